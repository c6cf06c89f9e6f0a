/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every measured row predicted, or refused with its reason. */
#include "planner/validate.h"

#include "base/error.h"
#include "planner/measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

static const char *keep(llmp_validation *validation, const char *text)
{
    return llmp__arena_text(&validation->arena, text, strlen(text));
}

/* --- traits -------------------------------------------------------------------------------------
 */

static const char *architecture_of(const llmp_arch *arch)
{
    uint32_t work = 0;
    for (uint32_t i = 0; i < llmp_arch_summary_of(arch)->layer_count; i++)
        work |= llmp_arch_layer(arch, i)->work;
    return work & LLMP_WORK_RECURRENT ? "hybrid" : work & LLMP_WORK_MOE ? "moe" : "dense";
}

static bool on_host(const llmp_memory_result *plan)
{
    switch (plan->placement) {
    case LLMP_PLACE_AUTO:
    case LLMP_PLACE_DEVICE:
    case LLMP_PLACE_LAYER_SPLIT:
    case LLMP_PLACE_TENSOR_PARALLEL:
        return false;
    case LLMP_PLACE_EXPERT_OFFLOAD:
    case LLMP_PLACE_LAYER_OFFLOAD:
    case LLMP_PLACE_CPU:
    case LLMP_PLACE_DISK:
        return true;
    }
    return false;
}

/* AMD's Vulkan and ROCm stacks come in several that differ by factors. */
static bool driver_matters(const llmp_backend *backend)
{
    return strcmp(backend->id, "vulkan") == 0 || strcmp(backend->id, "rocm") == 0;
}

static const char *batch_bucket(double batch)
{
    return batch <= 1 ? "batch-1" : batch <= 32 ? "batch-2-32" : "batch-33+";
}

static const char *depth_bucket(double depth)
{
    if (!(depth > 0)) /* blank as well */
        return "depth-0";
    return depth <= 4096 ? "depth-1-4k" : depth <= 32768 ? "depth-4k-32k" : "depth-32k+";
}

static void describe(const llmp__measured_scenario *s, llmp__traits *traits, char *cell,
                     size_t size)
{
    traits->architecture = architecture_of(s->arch);
    traits->devices = s->machine.device_count;
    traits->on_host = on_host(&s->memory);
    traits->driver_moot = s->row->driver || !driver_matters(s->backend);
    traits->llama_cpp = strcmp(s->engine->head.id, "llama.cpp") == 0;
    char devices[40];
    snprintf(devices, sizeof devices, "%u-device%s%s", (unsigned)traits->devices,
             traits->devices > 1 ? "s" : "",
             !traits->on_host                        ? ""
             : s->memory.placement == LLMP_PLACE_CPU ? "-cpu"
                                                     : "-offload");
    snprintf(cell, size, "%s/%s/%s/%s/%s/%s", llmp_phase_name(s->phase), s->engine->head.id,
             traits->architecture, devices, batch_bucket(s->batch),
             depth_bucket(s->row->context_depth));
}

/* --- rows ---------------------------------------------------------------------------------------
 */

static void refuse(llmp_validation *validation, llmp_validate_row *row, const llmp_error *error)
{
    char text[TEXT_SIZE + 256];
    snprintf(text, sizeof text, "%s%s%s%s%s", error->field, error->field[0] ? ": " : "",
             error->message, error->hint[0] ? "; " : "", error->hint);
    row->reason = keep(validation, text);
}

static bool predict(llmp_validation *validation, const llmp__measured_scenario *scenario,
                    llmp_validate_row *row, llmp__traits *traits, llmp_error *error)
{
    llmp_estimate estimate;
    if (llmp__measured_predict(scenario, &estimate, error) != LLMP_OK)
        return false;
    if (!(estimate.p50 > 0) || !isfinite(estimate.p50)) {
        llmp__fail(error, LLMP_E_NO_DATA, "the prediction is no rate");
        return false;
    }
    const double measured = row->measured->tokens_per_s;
    char text[TEXT_SIZE];
    row->predicted = true;
    row->tokens_per_s = estimate;
    row->error_ratio = estimate.p50 / measured - 1;
    row->covered = estimate.p10 <= measured && measured <= estimate.p90;
    row->above_ceiling = measured > estimate.ceiling;
    row->device = scenario->machine.rig ? scenario->machine.rig->head.id
                                        : scenario->machine.devices[0]->head.id;
    row->model = scenario->model->head.id;
    row->quant = scenario->quant->head.id;
    row->engine = scenario->engine->head.id;
    row->driver = row->measured->driver;
    describe(scenario, traits, text, sizeof text);
    row->cell = keep(validation, text);
    snprintf(text, sizeof text, "%s%s%s", scenario->note,
             scenario->note[0] && scenario->speed.widened[0] ? "; " : "", scenario->speed.widened);
    row->note = keep(validation, text);
    return true;
}

/* @return false when memory is short */
static bool judge(const llmp_catalog *catalog, llmp_validation *validation, size_t i,
                  llmp__measured_scenario *scenario)
{
    llmp_validate_row *row = &validation->rows[i];
    llmp_error error = LLMP_ERROR_INIT;
    bool good = llmp__measured_prepare(catalog, row->measured, scenario, &error) == LLMP_OK &&
                predict(validation, scenario, row, &validation->traits[i], &error);
    llmp__measured_release(scenario);
    if (good)
        validation->predicted++;
    else
        refuse(validation, row, &error);
    return good ? row->cell && row->note : row->reason && error.status != LLMP_E_MEMORY;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static bool judge_all(const llmp_catalog *catalog, const llmp_measured *measured,
                      llmp_validation *validation)
{
    const size_t count = llmp_measured_size(measured);
    llmp__measured_scenario *scenario = malloc(sizeof *scenario);
    validation->rows = calloc(count ? count : 1, sizeof *validation->rows);
    validation->traits = calloc(count ? count : 1, sizeof *validation->traits);
    bool good = scenario && validation->rows && validation->traits;
    validation->count = good ? count : 0;
    for (size_t i = 0; good && i < count; i++) {
        validation->rows[i].measured = llmp_measured_at(measured, i);
        good = judge(catalog, validation, i, scenario);
    }
    free(scenario);
    return good;
}

llmp_status llmp_validation_create(const llmp_catalog *catalog, const llmp_measured *measured,
                                   llmp_validation **out, llmp_error *error)
{
    if (!catalog || !measured || !out)
        return llmp__fail_argument(error, "catalog, measured or out", "is NULL");
    llmp_validation *validation = calloc(1, sizeof *validation);
    if (!validation)
        return llmp__fail_memory(error, "a validation");
    llmp_status status = LLMP_OK;
    if (!judge_all(catalog, measured, validation))
        status = llmp__fail_memory(error, "a row");
    if (status == LLMP_OK)
        status = llmp__validate_group_rows(validation, error);
    if (status == LLMP_OK)
        *out = validation;
    else
        llmp_validation_destroy(&validation);
    return status;
}

void llmp_validation_destroy(llmp_validation **validation)
{
    if (!validation || !*validation)
        return;
    llmp__arena_free(&(*validation)->arena);
    free((*validation)->rows);
    free((*validation)->traits);
    free((*validation)->groups);
    free(*validation);
    *validation = NULL;
}

size_t llmp_validation_size(const llmp_validation *validation)
{
    return validation->count;
}

const llmp_validate_row *llmp_validation_at(const llmp_validation *validation, size_t i)
{
    return i < validation->count ? &validation->rows[i] : NULL;
}

size_t llmp_validation_predicted(const llmp_validation *validation)
{
    return validation->predicted;
}

size_t llmp_validation_group_count(const llmp_validation *validation)
{
    return validation->group_count;
}

const llmp_validate_group *llmp_validation_group(const llmp_validation *validation, size_t i)
{
    return i < validation->group_count ? &validation->groups[i] : NULL;
}
