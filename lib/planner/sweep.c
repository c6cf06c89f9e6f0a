/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The axes of a sweep: checked, counted, numbered, priced. */
#include "planner/sweep.h"
#include "planner/cost_private.h"
#include "planner/site.h"

#include "base/error.h"

#include <llmplan/planner_cost.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX ((uint64_t)1 << 32)
#define ROWS_MAX ((uint64_t)1 << 53) /* numbers of rows are exact in JSON */

enum { BATCH_MAX = 65536, UBATCH_MAX = 1048576, MONTHS_MAX = 240 };

static llmp_status outside(llmp_error *error, const char *axis, uint64_t value, uint64_t most)
{
    llmp_status status = llmp__fail(error, LLMP_E_RANGE, "%s %llu is outside 1 to %llu", axis,
                                    (unsigned long long)value, (unsigned long long)most);
    llmp__set_field(error, axis);
    return status;
}

static llmp_status check_tokens(const char *axis, const uint64_t *values, size_t count,
                                llmp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] < 1 || values[i] > TOKENS_MAX) {
            return outside(error, axis, values[i], TOKENS_MAX);
        }
    }
    return LLMP_OK;
}

static llmp_status check_small(const char *axis, const uint32_t *values, size_t count,
                               uint32_t most, llmp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] < 1 || values[i] > most) {
            return outside(error, axis, values[i], most);
        }
    }
    return LLMP_OK;
}

static llmp_status check_axes(const llmp_sweep_axes *axes, llmp_error *error)
{
    const struct {
        const char *name;
        const void *values;
        size_t count;
        bool optional;
    } all[] = {
        {"models", axes->models, axes->model_count, false},
        {"quants", axes->quants, axes->quant_count, false},
        {"machines", axes->machines, axes->machine_count, false},
        {"engines", axes->engines, axes->engine_count, true},
        {"kv", axes->kv, axes->kv_count, true},
        {"ubatches", axes->ubatches_tokens, axes->ubatch_count, true},
        {"prompts", axes->prompts_tokens, axes->prompt_count, true},
        {"contexts", axes->contexts_tokens, axes->context_count, false},
        {"batches", axes->batches, axes->batch_count, false},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if ((all[i].count == 0 && !all[i].optional) ||
            (all[i].count > 0 && all[i].values == NULL)) {
            return llmp__fail_argument(error, all[i].name, "the axis has no value");
        }
    }
    llmp_status status = check_tokens("context", axes->contexts_tokens, axes->context_count, error);
    if (status == LLMP_OK) {
        status = check_tokens("prompt", axes->prompts_tokens, axes->prompt_count, error);
    }
    if (status == LLMP_OK) {
        status = check_small("batch", axes->batches, axes->batch_count, BATCH_MAX, error);
    }
    if (status == LLMP_OK) {
        status =
            check_small("ubatch", axes->ubatches_tokens, axes->ubatch_count, UBATCH_MAX, error);
    }
    return status == LLMP_OK ? check_small("months", &axes->months, 1, MONTHS_MAX, error) : status;
}

/* Without a quant go only files that have tensors, or state one. */
static llmp_status check_files(const llmp_sweep_axes *axes, llmp_error *error)
{
    bool own = false;
    for (size_t i = 0; i < axes->quant_count; i++) {
        own = own || axes->quants[i] == NULL;
    }
    for (size_t i = 0; own && i < axes->model_count; i++) {
        const llmp_import *import = axes->imports == NULL ? NULL : axes->imports[i];
        if (import == NULL || (llmp_import_kind_of(import) == LLMP_IMPORT_HF_CONFIG &&
                               llmp_import_quant_title(import) == NULL)) {
            return llmp__fail_argument(error, "quants", "is missing for a model without its own");
        }
    }
    return LLMP_OK;
}

static uint64_t values_of(size_t count)
{
    return count == 0 ? 1 : count;
}

static llmp_status count_rows(llmp_sweep *sweep, llmp_error *error)
{
    const llmp_sweep_axes *a = &sweep->axes;
    const size_t counts[] = {a->batch_count,   a->context_count, a->prompt_count,
                             a->ubatch_count,  a->kv_count,      a->engine_count,
                             a->machine_count, a->quant_count,   a->model_count};
    sweep->count = 1;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t values = values_of(counts[i]);
        if (values > ROWS_MAX / sweep->count) {
            return llmp__fail(error, LLMP_E_LIMIT, "the axes have more than 2^53 combinations");
        }
        sweep->count *= values;
        if (i == 2) {
            sweep->inner_count = sweep->count;
        }
    }
    return LLMP_OK;
}

llmp__sweep_place llmp__sweep_place_of(const llmp_sweep *sweep, uint64_t index)
{
    const llmp_sweep_axes *a = &sweep->axes;
    llmp__sweep_place place;
    const struct {
        size_t count;
        size_t *at;
    } axes[] = {{a->batch_count, &place.batch},     {a->context_count, &place.context},
                {a->prompt_count, &place.prompt},   {a->ubatch_count, &place.ubatch},
                {a->kv_count, &place.kv},           {a->engine_count, &place.engine},
                {a->machine_count, &place.machine}, {a->quant_count, &place.quant},
                {a->model_count, &place.model}};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        uint64_t values = values_of(axes[i].count);
        *axes[i].at = (size_t)(index % values);
        index /= values;
    }
    return place;
}

/* --- money ------------------------------------------------------------------------------------ */

/* As llmp_machine_parse reads it. */
static void name_machine(const llmp_machine *machine, char *out, size_t out_size)
{
    if (machine->rig != NULL) {
        (void)snprintf(out, out_size, "%s", machine->rig->head.id);
    } else if (machine->device_count == 1) {
        (void)snprintf(out, out_size, "%s", machine->devices[0]->head.id);
    } else {
        (void)snprintf(out, out_size, "%ux %s", machine->device_count,
                       machine->devices[0]->head.id);
    }
}

static llmp_status price_electricity(const llmp_sweep *sweep, bool data_centre, double *out_usd,
                                     llmp_error *error)
{
    const llmp_tariff *tariff = sweep->axes.tariff == NULL
                                    ? llmp__usual_tariff(sweep->catalog, data_centre)
                                    : sweep->axes.tariff;
    const llmp_assumption *pue = llmp__assumption_of(sweep->catalog, LLMP_QUANTITY_PUE_RATIO,
                                                     LLMP__SITE_NAME(data_centre), NULL);
    double usd;
    *out_usd = (double)NAN;
    if (tariff == NULL) {
        return LLMP_OK;
    }
    llmp_status status =
        llmp_currency_rate(sweep->catalog, tariff->currency, sweep->axes.as_of, &usd, error);
    if (status == LLMP_OK) {
        *out_usd =
            tariff->currency_per_kwh * usd * (pue == NULL ? 1.0 : pue->value) / 3.6e6; /* J/kWh */
    }
    return status;
}

static llmp_status price_machines(llmp_sweep *sweep, llmp_error *error)
{
    double months = sweep->axes.months;
    double lost = 1.0 - pow(LLMP__RESIDUAL_PER_YEAR_RATIO, months / 12.0);
    for (size_t i = 0; i < sweep->axes.machine_count; i++) {
        const llmp_machine *machine = &sweep->axes.machines[i];
        llmp__sweep_machine *out = &sweep->machines[i];
        llmp_machine_price price;
        if (machine->device_count == 0) {
            return llmp__fail_argument(error, "machines", "one has no devices");
        }
        name_machine(machine, out->name, sizeof out->name);
        out->usd_per_s = llmp_machine_price_of(sweep->catalog, machine, sweep->axes.buying,
                                               sweep->axes.as_of, &price, NULL) == LLMP_OK
                             ? price.usd * lost / (months * LLMP_HOURS_PER_MONTH * 3600.0)
                             : (double)NAN;
        llmp_status status = price_electricity(sweep, llmp__cost_in_data_centre(machine),
                                               &out->electricity_usd_per_j, error);
        if (status != LLMP_OK) {
            return status;
        }
    }
    return LLMP_OK;
}

/* --- life ------------------------------------------------------------------------------------- */

llmp_status llmp_sweep_create(const llmp_catalog *catalog, const llmp_sweep_axes *axes,
                              llmp_sweep **out, llmp_error *error)
{
    if (catalog == NULL || axes == NULL || out == NULL || axes->struct_size == 0) {
        return llmp__fail_argument(error, "catalog, axes or out", "is missing or not initialised");
    }
    llmp_status status = check_axes(axes, error);
    status = status == LLMP_OK ? check_files(axes, error) : status;
    if (status != LLMP_OK) {
        return status;
    }
    llmp_sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep != NULL) {
        sweep->machines = calloc(axes->machine_count, sizeof *sweep->machines);
    }
    if (sweep == NULL || sweep->machines == NULL) {
        llmp_sweep_destroy(&sweep);
        return llmp__fail_memory(error, "a sweep");
    }
    sweep->catalog = catalog;
    sweep->axes = *axes;
    status = count_rows(sweep, error);
    status = status == LLMP_OK ? price_machines(sweep, error) : status;
    if (status != LLMP_OK) {
        llmp_sweep_destroy(&sweep);
        return status;
    }
    *out = sweep;
    return LLMP_OK;
}

void llmp_sweep_destroy(llmp_sweep **sweep)
{
    if (sweep != NULL && *sweep != NULL) {
        free((*sweep)->machines);
        free(*sweep);
        *sweep = NULL;
    }
}

uint64_t llmp_sweep_count(const llmp_sweep *sweep)
{
    return sweep->count;
}

/* Where a part begins; the first parts take one row more each of what does not divide. */
static uint64_t boundary(uint64_t count, uint64_t part, uint64_t parts)
{
    uint64_t each = count / parts, rest = count % parts;
    return each * part + (part < rest ? part : rest);
}

llmp_status llmp_sweep_shard(uint64_t count, uint64_t shard, uint64_t shards, uint64_t *out_first,
                             uint64_t *out_end, llmp_error *error)
{
    if (out_first == NULL || out_end == NULL) {
        return llmp__fail_argument(error, "out_first or out_end", "is NULL");
    }
    if (shard < 1 || shard > shards) {
        return llmp__fail(error, LLMP_E_RANGE, "shard %llu is outside 1 to %llu",
                          (unsigned long long)shard, (unsigned long long)shards);
    }
    *out_first = boundary(count, shard - 1, shards);
    *out_end = boundary(count, shard, shards);
    return LLMP_OK;
}
