/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct cache_totals {
    uint64_t elements, index_bytes, state_elements;
    uint32_t caching, windowed, recurrent, experts;
} cache_totals;

static cache_totals total(const llmp_arch *arch)
{
    cache_totals totals = {0};
    for (uint32_t i = 0; i < arch->summary.layer_count; i++) {
        const llmp_layer_cost *cost = &arch->layers[i];
        if (cost->owns_kv) {
            totals.elements += cost->k_elements + cost->v_elements;
            totals.caching++;
            totals.windowed += cost->window_tokens > 0;
        }
        totals.index_bytes += cost->index_bytes_per_token;
        totals.state_elements += cost->conv_state_elements + cost->ssm_state_elements;
        totals.recurrent += (cost->work & LLMP_WORK_RECURRENT) != 0;
        totals.experts += (cost->work & LLMP_WORK_MOE) != 0;
    }
    return totals;
}

static void emit(const llmp_trace *trace, const char *term, const char *formula, const char *inputs,
                 double value, const char *unit, llmp_grade grade, const char *source)
{
    llmp_trace_term out = {"arch", term, formula, inputs, value, unit, source, grade};
    trace->emit(trace->user, &out);
}

static void explain_weights(const llmp_arch *arch, const llmp_trace *trace)
{
    const llmp_arch_summary *s = &arch->summary;
    const llmp_model *model = arch->model;
    char inputs[192];
    snprintf(inputs, sizeof inputs, "%u layers, hidden size %u, vocabulary %u, %zu tensors",
             s->layer_count, s->hidden_size, s->vocab_size, arch->tensor_count);
    emit(trace, "params", "sum over tensors of their elements", inputs, (double)s->params, "",
         model->head.grade, model->head.source);
    snprintf(inputs, sizeof inputs, "%s",
             s->tied_embeddings ? "head is the embedding table" : "embedding table left out");
    emit(trace, "active_params", "params - looked-up tables - experts a token does not use", inputs,
         (double)s->active_params, "", model->head.grade, NULL);
    snprintf(inputs, sizeof inputs, "%s, mostly %s, %.3f bits per weight", arch->title,
             s->main_format ? s->main_format->head.name : "as in the file", s->bits_per_weight);
    emit(trace, "weight_bytes", "sum over tensors of rows * bytes per row in the tensor's format",
         inputs, (double)s->weight_bytes, "B", s->weights_grade,
         arch->quant ? arch->quant->head.source : "tensor headers of the file");
    snprintf(inputs, sizeof inputs,
             "layers %" PRIu64 ", embedding %" PRIu64 ", head %" PRIu64
             ", per-layer tables %" PRIu64 ", rest %" PRIu64,
             s->layer_weight_bytes, s->embedding_bytes, s->head_bytes, s->per_layer_embedding_bytes,
             s->other_bytes);
    emit(trace, "weight_bytes_by_part", "layers + embedding + head + per-layer tables + rest",
         inputs, (double)s->weight_bytes, "B", s->weights_grade, NULL);
}

static void explain_cache(const llmp_arch *arch, const llmp_trace *trace)
{
    cache_totals totals = total(arch);
    llmp_grade grade = arch->model->head.grade;
    const char *source = arch->model->head.source;
    char inputs[192];
    snprintf(inputs, sizeof inputs, "%u of %u layers own a cache, %u of them with a window",
             totals.caching, arch->summary.layer_count, totals.windowed);
    emit(trace, "kv_elements_per_token",
         "sum over layers of kv_heads * (key dim + value dim); MLA: latent + rope", inputs,
         (double)totals.elements, "elements", grade, source);
    if (totals.recurrent) {
        snprintf(inputs, sizeof inputs, "%u recurrent layers", totals.recurrent);
        emit(trace, "state_elements_per_sequence",
             "sum over layers of convolution state + recurrent state", inputs,
             (double)totals.state_elements, "elements", grade, source);
    }
    if (totals.index_bytes)
        emit(trace, "index_bytes_per_token", "sum over indexer layers of key bytes + scales", "",
             (double)totals.index_bytes, "B", grade, source);
    if (totals.experts) {
        const llmp_layer_cost *cost = &arch->layers[arch->summary.layer_count - 1];
        for (uint32_t i = 0; i < arch->summary.layer_count && !cost->experts; i++)
            cost = &arch->layers[i];
        snprintf(inputs, sizeof inputs, "%u layers, %u of %u experts per token", totals.experts,
                 cost->experts_per_token, cost->experts);
        emit(trace, "expert_bytes", "bytes of one routed expert", inputs,
             (double)cost->expert_bytes, "B", arch->summary.weights_grade, NULL);
    }
}

void llmp_arch_explain(const llmp_arch *arch, const llmp_trace *trace)
{
    if (!arch || !trace || !trace->emit)
        return;
    explain_weights(arch, trace);
    explain_cache(arch, trace);
}
