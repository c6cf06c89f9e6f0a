/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row of a sweep after the other, with what they have in common prepared once. */
#include "planner/fit.h"
#include "planner/sweep.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

llmp_status llmp_sweep_worker_create(const llmp_sweep *sweep, llmp_sweep_worker **out,
                                     llmp_error *error)
{
    if (sweep == NULL || out == NULL) {
        return llmp__fail_argument(error, "sweep or out", "is NULL");
    }
    llmp_sweep_worker *worker = calloc(1, sizeof *worker);
    if (worker != NULL) {
        worker->speeds = calloc(LLMP__SWEEP_SPEEDS, sizeof *worker->speeds);
    }
    if (worker == NULL || worker->speeds == NULL) {
        llmp_sweep_worker_destroy(&worker);
        return llmp__fail_memory(error, "a worker");
    }
    worker->sweep = sweep;
    *out = worker;
    return LLMP_OK;
}

void llmp_sweep_worker_destroy(llmp_sweep_worker **worker)
{
    if (worker != NULL && *worker != NULL) {
        llmp_arch_destroy(&(*worker)->arch);
        free((*worker)->speeds);
        free(*worker);
        *worker = NULL;
    }
}

/* --- what rows have in common ----------------------------------------------------------------- */

static const llmp_import *import_of(const llmp_sweep_axes *axes, size_t model)
{
    return axes->imports == NULL ? NULL : axes->imports[model];
}

static llmp_status need_arch(llmp_sweep_worker *w, size_t place, const llmp_quant *quant)
{
    const llmp_model *model = w->sweep->axes.models[place];
    const llmp_import *import = import_of(&w->sweep->axes, place);
    if (w->has_pair && w->model == model && w->quant == quant) {
        return w->arch_error.status;
    }
    llmp_arch_destroy(&w->arch);
    w->has_pair = true;
    w->model = model;
    w->quant = quant;
    w->arch_error.status = LLMP_OK;
    return import != NULL
               ? llmp_import_arch(w->sweep->catalog, import, quant, &w->arch, &w->arch_error)
               : llmp_arch_create(w->sweep->catalog, model, quant, NULL, &w->arch, &w->arch_error);
}

static const llmp_format *usual_kv(const llmp_sweep_worker *w)
{
    return w->engine == NULL ? NULL
                             : LLMP_FORMAT(llmp_catalog_get(w->sweep->catalog, LLMP_KIND_FORMAT,
                                                            w->engine->kv_format));
}

/* Engine, backend and cache types of the rows of @p outer. */
static void need_scenario(llmp_sweep_worker *w, uint64_t outer, const llmp__sweep_place *place)
{
    if (w->has_scenario && w->outer == outer) {
        return;
    }
    const llmp_sweep_axes *axes = &w->sweep->axes;
    llmp_fit_request request = LLMP_FIT_REQUEST_INIT;
    request.import = import_of(axes, place->model);
    request.model = request.import == NULL ? axes->models[place->model] : NULL;
    request.machine = &axes->machines[place->machine];
    request.memory = axes->memory;
    if (axes->kv_count > 0) {
        request.memory.kv_k_format = axes->kv[place->kv].k_format;
        request.memory.kv_v_format = axes->kv[place->kv].v_format;
    }
    if (axes->engine_count > 0) {
        request.engine = axes->engines[place->engine].engine;
        request.backend = axes->engines[place->engine].backend;
    }
    w->has_scenario = true;
    w->outer = outer;
    w->engine = request.engine;
    w->backend = NULL;
    w->scenario_error.status = LLMP_OK;
    (void)llmp__choose_engine(w->sweep->catalog, &request, axes->quants[place->quant], &w->engine,
                              &w->backend, &w->scenario_error);
    w->kv_k_format = axes->kv_count > 0 ? axes->kv[place->kv].k_format : NULL;
    w->kv_v_format = axes->kv_count > 0 ? axes->kv[place->kv].v_format : NULL;
    w->kv_k_format = w->kv_k_format == NULL ? usual_kv(w) : w->kv_k_format;
    w->kv_v_format = w->kv_v_format == NULL ? usual_kv(w) : w->kv_v_format;
}

static llmp_status need_memory(llmp_sweep_worker *w, const llmp__sweep_place *place)
{
    if (w->has_memory && w->memory_outer == w->outer) {
        return w->memory_error.status;
    }
    const llmp_sweep_axes *axes = &w->sweep->axes;
    w->has_memory = true;
    w->memory_outer = w->outer;
    w->memory_error.status = LLMP_OK;
    w->speed_count = w->speed_next = 0;
    llmp_memory_options options = axes->memory;
    options.context_tokens = 1;
    options.parallel = 1;
    options.kv_k_format = w->kv_k_format;
    options.kv_v_format = w->kv_v_format;
    options.ubatch_tokens = axes->ubatch_count > 0 ? axes->ubatches_tokens[place->ubatch] : 0;
    if (axes->devices_only) {
        options.placement = llmp_placement_of_devices(&axes->machines[place->machine], w->engine);
    }
    if (need_arch(w, place->model, axes->quants[place->quant]) != LLMP_OK) {
        w->memory_error = w->arch_error;
        return w->memory_error.status;
    }
    return llmp_memory_prepare(w->sweep->catalog, w->arch, &axes->machines[place->machine],
                               w->engine, w->backend, &options, &w->memory, &w->memory_error);
}

/* --- speed ------------------------------------------------------------------------------------ */

/* What the speed stage reads of a plan. */
static bool same_shape(const llmp__sweep_shape *shape, const llmp_memory_result *plan)
{
    if (shape->share_count != plan->share_count ||
        shape->tensor_parallel != plan->tensor_parallel ||
        shape->cpu_expert_layers != plan->cpu_expert_layers ||
        shape->disk_bytes != (plan->disk_streamed ? plan->disk_bytes : 0)) {
        return false;
    }
    for (uint32_t i = 0; i < plan->share_count; i++) {
        const llmp_memory_share *share = &plan->shares[i];
        if (shape->shares[i].device != (share->is_host ? NULL : share->device) ||
            shape->shares[i].first_layer != share->first_layer ||
            shape->shares[i].layer_count != share->layer_count) {
            return false;
        }
    }
    return true;
}

static void take_shape(llmp__sweep_shape *shape, const llmp_memory_result *plan)
{
    shape->share_count = plan->share_count;
    shape->tensor_parallel = plan->tensor_parallel;
    shape->cpu_expert_layers = plan->cpu_expert_layers;
    shape->disk_bytes = plan->disk_streamed ? plan->disk_bytes : 0;
    for (uint32_t i = 0; i < plan->share_count; i++) {
        const llmp_memory_share *share = &plan->shares[i];
        shape->shares[i].device = share->is_host ? NULL : share->device;
        shape->shares[i].first_layer = share->first_layer;
        shape->shares[i].layer_count = share->layer_count;
    }
}

static llmp__sweep_speed *need_speed(llmp_sweep_worker *w)
{
    for (uint32_t i = 0; i < w->speed_count; i++) {
        if (same_shape(&w->speeds[i].shape, &w->plan)) {
            return &w->speeds[i];
        }
    }
    llmp__sweep_speed *speed = &w->speeds[w->speed_next];
    w->speed_next = (w->speed_next + 1) % LLMP__SWEEP_SPEEDS;
    w->speed_count += w->speed_count < LLMP__SWEEP_SPEEDS;
    take_shape(&speed->shape, &w->plan);
    speed->prompt_tokens = 0.0;
    speed->status =
        llmp_speed_prepare(w->sweep->catalog, &w->memory, &w->plan, &speed->model, &w->row_error);
    if (speed->status != LLMP_OK) {
        (void)snprintf(speed->reason, sizeof speed->reason, "no speed: %.370s",
                       w->row_error.message);
    }
    return speed;
}

static llmp_status need_prefill(llmp__sweep_speed *speed, double prompt_tokens, llmp_error *error)
{
    if (speed->prompt_tokens == prompt_tokens) {
        return LLMP_OK;
    }
    llmp_prefill_result prefill;
    llmp_status status =
        llmp_speed_prefill(&speed->model, prompt_tokens, 0.0, 1, NULL, &prefill, error);
    if (status == LLMP_OK) {
        status = llmp_speed_ttft(&speed->model, prompt_tokens, 0.0, &speed->ttft_s, error);
    }
    if (status == LLMP_OK) {
        speed->prefill_tokens_per_s = prefill.tokens_per_s;
        speed->prompt_tokens = prompt_tokens;
    }
    return status;
}

static llmp_status fill_speed(llmp_sweep_worker *w, const llmp__sweep_machine *machine,
                              llmp_sweep_row *out)
{
    llmp__sweep_speed *speed = need_speed(w);
    llmp_decode_result decode;
    if (speed->status != LLMP_OK) {
        out->reason = speed->reason;
        return speed->status;
    }
    double prompt = (double)out->prompt_tokens;
    llmp_status status = need_prefill(speed, prompt, &w->row_error);
    if (status == LLMP_OK) {
        status = llmp_speed_decode(&speed->model, prompt, out->batch, NULL, &decode, &w->row_error);
    }
    if (status != LLMP_OK) {
        out->reason = w->row_error.message;
        return status;
    }
    out->has_speed = true;
    out->decode_tokens_per_s = decode.tokens_per_s;
    out->limited_by = decode.limited_by;
    out->energy_j_per_token = decode.energy_j_per_token;
    out->prefill_tokens_per_s = speed->prefill_tokens_per_s;
    out->ttft_s = speed->ttft_s;
    out->least_usd_per_mtok =
        1e6 * (machine->usd_per_s / decode.tokens_per_s.p50 +
               decode.energy_j_per_token.p50 * machine->electricity_usd_per_j);
    if (isnan(out->least_usd_per_mtok)) {
        out->reason = isnan(machine->usd_per_s) ? "no cost: the price of the machine is unknown"
                                                : "no cost: the power of the machine is unknown";
    }
    return LLMP_OK;
}

/* --- a row ------------------------------------------------------------------------------------ */

static llmp_status check(const llmp_sweep_worker *worker, uint64_t index, const void *out,
                         llmp_error *error)
{
    if (worker == NULL || out == NULL) {
        return llmp__fail_argument(error, "worker or out", "is NULL");
    }
    if (index >= worker->sweep->count) {
        return llmp__fail(error, LLMP_E_RANGE, "row %llu of %llu, numbered from 0",
                          (unsigned long long)index, (unsigned long long)worker->sweep->count);
    }
    return LLMP_OK;
}

static void fill_scenario(llmp_sweep_worker *w, uint64_t index, const llmp__sweep_place *place,
                          llmp_sweep_row *out)
{
    const llmp_sweep_axes *axes = &w->sweep->axes;
    need_scenario(w, index / w->sweep->inner_count, place);
    out->struct_size = sizeof *out;
    out->index = index;
    out->model = axes->models[place->model];
    out->quant = axes->quants[place->quant];
    const char *title = out->quant != NULL ? out->quant->head.id
                                           : llmp_import_quant_title(axes->imports[place->model]);
    out->quant_name = title == NULL ? "mixed" : title;
    out->machine = &axes->machines[place->machine];
    out->machine_name = w->sweep->machines[place->machine].name;
    out->engine = w->engine;
    out->backend = w->backend;
    out->kv_k_format = w->kv_k_format;
    out->kv_v_format = w->kv_v_format;
    out->ubatch_tokens = axes->ubatch_count > 0 ? axes->ubatches_tokens[place->ubatch]
                         : w->engine != NULL    ? w->engine->ubatch_tokens
                                                : 0;
    out->context_tokens = axes->contexts_tokens[place->context];
    out->prompt_tokens = out->context_tokens;
    if (axes->prompt_count > 0 && axes->prompts_tokens[place->prompt] < out->context_tokens) {
        out->prompt_tokens = axes->prompts_tokens[place->prompt];
    }
    out->batch = axes->batches[place->batch];
    out->status = LLMP_OK;
    out->has_memory = out->has_speed = false;
    out->reason = "";
}

static llmp_status refuse(llmp_sweep_row *out, const llmp_error *why)
{
    out->reason = why->message;
    return why->status;
}

static llmp_status fill_figures(llmp_sweep_worker *w, const llmp__sweep_place *place,
                                llmp_sweep_row *out)
{
    if (llmp_context_check(out->model, out->context_tokens, &w->row_error) != LLMP_OK) {
        return refuse(out, &w->row_error);
    }
    if (w->scenario_error.status != LLMP_OK) {
        return refuse(out, &w->scenario_error);
    }
    if (need_memory(w, place) != LLMP_OK) {
        return refuse(out, &w->memory_error);
    }
    if (llmp_memory_plan(&w->memory, out->context_tokens, out->batch, NULL, &w->plan,
                         &w->row_error) != LLMP_OK) {
        return refuse(out, &w->row_error);
    }
    const llmp_memory_result *plan = &w->plan;
    out->has_memory = true;
    out->verdict = plan->verdict;
    out->placement = plan->placement;
    out->memory = plan->total;
    out->host_bytes = plan->host_bytes;
    out->headroom_bytes = plan->headroom_bytes;
    out->missing_bytes = plan->missing_bytes;
    if (plan->verdict == LLMP_VERDICT_CANNOT_RUN) {
        out->reason = plan->reason;
        return LLMP_OK;
    }
    return fill_speed(w, &w->sweep->machines[place->machine], out);
}

llmp_status llmp_sweep_row_at(llmp_sweep_worker *worker, uint64_t index, llmp_sweep_row *out,
                              llmp_error *error)
{
    llmp_status status = check(worker, index, out, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp__sweep_place place = llmp__sweep_place_of(worker->sweep, index);
    llmp_sweep_row row;
    fill_scenario(worker, index, &place, &row);
    row.status = fill_figures(worker, &place, &row);
    if (row.status == LLMP_E_MEMORY) {
        worker->has_pair = worker->has_memory = false;
        return llmp__fail_memory(error, "a row");
    }
    *out = row;
    return LLMP_OK;
}

llmp_status llmp_sweep_scenario_at(llmp_sweep_worker *worker, uint64_t index, llmp_sweep_row *out,
                                   llmp_error *error)
{
    llmp_status status = check(worker, index, out, error);
    if (status == LLMP_OK) {
        llmp__sweep_place place = llmp__sweep_place_of(worker->sweep, index);
        fill_scenario(worker, index, &place, out);
    }
    return status;
}
