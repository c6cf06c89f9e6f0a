/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derivation of a plan, term by term. The terms of the shares add up to the total's. */
#include <stdio.h>
#include <string.h>

#include "memory/memory.h"

typedef struct writer {
    const llmp_trace *trace;
    const llmp_memory_model *model;
    const llmp__policy *policy;
    llmp_grade overhead;
} writer;

static void emit(const writer *w, const char *term, const char *formula, const char *inputs,
                 uint64_t value, const char *unit, const char *source, llmp_grade grade)
{
    llmp_trace_term t = {"memory", term, formula, inputs, (double)value, unit, source, grade};
    w->trace->emit(w->trace->user, &t);
}

static void explain_load(const writer *w, const llmp__load *load, const llmp_memory_result *r)
{
    const llmp_memory_model *model = w->model;
    char inputs[256];
    snprintf(inputs, sizeof inputs, "%u sequences, padding %u", (unsigned)load->parallel,
             (unsigned)model->engine->context_pad_tokens);
    emit(w, "cells", "cached positions of a layer that keeps them all, every sequence", inputs,
         load->cells, "", w->policy->kv_source, LLMP_GRADE_EXACT);
    if (r->window_cells) {
        snprintf(inputs, sizeof inputs, "micro-batch %u, batch %u", (unsigned)model->ubatch_tokens,
                 (unsigned)model->batch_tokens);
        emit(w, "window_cells", "cached positions of a sliding-window layer", inputs,
             r->window_cells, "", w->policy->kv_source, LLMP_GRADE_EXACT);
    }
    for (uint32_t k = 0; k < model->kind_count; k++) {
        const llmp_cache_kind *kind = &model->kinds[k];
        if (!load->cache_bytes[k] && !load->state_bytes[k])
            continue;
        snprintf(inputs, sizeof inputs, "%u layers, %g B per cell, window %u",
                 (unsigned)model->kind_prefix[k][model->layer_count],
                 kind->cell_bytes + kind->index_cell_bytes, (unsigned)kind->window_tokens);
        if (load->cache_bytes[k])
            emit(w, "layer_kv_bytes", "cells * bytes per cell, one layer of this kind", inputs,
                 load->cache_bytes[k], "B", w->policy->kv_source, LLMP_GRADE_EXACT);
        if (load->state_bytes[k])
            emit(w, "layer_state_bytes", "sequences * (convolution + recurrent state), one layer",
                 inputs, load->state_bytes[k], "B", w->policy->kv_source, LLMP_GRADE_EXACT);
    }
}

/* Shares of a tensor split that hold the same, from `share` on: derived together. */
static uint32_t count_alike(const llmp_memory_share *share, uint32_t left)
{
    uint32_t count = 1;
    while (count < left && share->tensor_share_ratio < 1.0 &&
           share[count].device == share->device &&
           memcmp(&share[count].parts, &share->parts, sizeof share->parts) == 0)
        count++;
    return count;
}

static void explain_share(const writer *w, const llmp_memory_share *share, uint32_t alike)
{
    const llmp_memory_parts *p = &share->parts;
    char where[160];
    char name[96];
    if (alike > 1)
        snprintf(name, sizeof name, "%u x %s", (unsigned)alike, share->device->head.name);
    else
        snprintf(name, sizeof name, "%s", share->device ? share->device->head.name : "host");
    const unsigned count = share->layer_count, first = share->first_layer;
    int length = 0;
    if (share->tensor_share_ratio < 1.0)
        length = snprintf(where, sizeof where, "%s: %u layers, %.4g of each", name, count,
                          share->tensor_share_ratio);
    else if (count == 0)
        length = snprintf(where, sizeof where, "%s: no whole layer", name);
    else
        length =
            snprintf(where, sizeof where, "%s: layers %u to %u", name, first, first + count - 1);
    if (share->expert_layer_count && share->is_host && length > 0)
        snprintf(where + length, sizeof where - (size_t)length, ", experts of %u layers",
                 (unsigned)share->expert_layer_count);
    emit(w, "weights_bytes", "sum of the tensors held here", where, alike * p->weights_bytes, "B",
         NULL, w->model->weights_grade);
    emit(w, "kv_bytes", w->policy->kv_formula, where, alike * p->kv_bytes, "B",
         w->policy->kv_source, LLMP_GRADE_EXACT);
    emit(w, "state_bytes", "sequences * layers * state elements * bytes", where,
         alike * p->state_bytes, "B", w->policy->kv_source, LLMP_GRADE_EXACT);
    char widths[256];
    snprintf(widths, sizeof widths,
             "%s; ubatch %u, batch %u, hidden %u, ffn %u, query %llu, vocabulary %u, flash "
             "attention %s",
             name, (unsigned)w->model->ubatch_tokens, (unsigned)w->model->batch_tokens,
             (unsigned)w->model->hidden_size, (unsigned)w->model->ffn_max,
             (unsigned long long)w->model->query_elements_max, (unsigned)w->model->vocab_size,
             w->model->flash_attention ? "on" : "off");
    emit(w, "compute_bytes", w->policy->compute_formula, widths, alike * p->compute_bytes, "B",
         w->policy->compute_source, LLMP_GRADE_DERIVED);
    emit(w, "runtime_bytes", "driver context, libraries, communication buffers", where,
         alike * p->runtime_bytes, "B", w->model->backend->note, w->overhead);
    emit(w, "share_bytes", "weights + kv + state + compute + runtime", where,
         alike * p->total_bytes, "B", NULL, w->overhead);
    emit(w, "share_available_bytes",
         share->is_host ? "host memory - reserve" : "usable device memory - reserve", where,
         alike * share->available_bytes, "B", share->device ? share->device->head.source : NULL,
         share->device ? share->device->head.grade : LLMP_GRADE_ESTIMATE);
}

void llmp__explain_plan(const llmp_memory_model *model, const llmp__load *load,
                        const llmp_memory_result *result, const llmp_trace *trace)
{
    writer w = {trace, model, llmp__policy_of(model), model->engine->head.grade};
    emit(&w, "context_tokens", "context asked for, as the engine rounds it", "",
         result->context_tokens, "tokens", NULL, LLMP_GRADE_EXACT);
    explain_load(&w, load, result);
    char shares[32];
    snprintf(shares, sizeof shares, "%u shares", (unsigned)result->share_count);
    for (uint32_t i = 0, alike; i < result->share_count; i += alike) {
        alike = count_alike(&result->shares[i], result->share_count - i);
        explain_share(&w, &result->shares[i], alike);
    }
    emit(&w, "total_bytes", "sum of the shares", shares, result->total.total_bytes, "B", NULL,
         result->grade);
    emit(&w, "available_bytes", "over the devices used, and the host where layers live on it", "",
         result->available_bytes, "B", NULL, result->grade);
    if (result->verdict == LLMP_VERDICT_CANNOT_RUN)
        emit(&w, "missing_bytes", "what the shares exceed their devices by", "",
             result->missing_bytes, "B", NULL, result->grade);
    else
        emit(&w, "headroom_bytes", "available - needed", "", result->headroom_bytes, "B", NULL,
             result->grade);
    if (result->disk_streamed)
        emit(&w, "disk_bytes", "weights read per token * share of the weights not in memory", "",
             result->disk_bytes, "B", NULL, LLMP_GRADE_DERIVED);
}
