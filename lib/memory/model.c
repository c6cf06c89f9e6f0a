/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reduces a model, machine and engine to what the solvers need. */
#include "base/error.h"
#include "memory/memory.h"

static bool same_kind(const llmp_cache_kind *a, const llmp_cache_kind *b)
{
    return a->cell_bytes == b->cell_bytes && a->index_cell_bytes == b->index_cell_bytes &&
           a->window_tokens == b->window_tokens && a->heads == b->heads &&
           a->shards_max == b->shards_max && a->state_bytes == b->state_bytes;
}

static llmp_cache_kind kind_of(const llmp_memory_model *model, const llmp_layer_cost *cost)
{
    const llmp_engine *engine = model->engine;
    const llmp__policy *policy = llmp__policy_of(model);
    bool absorbed = engine->mla_absorbed || !(cost->work & LLMP_WORK_MLA);
    bool windows = engine->window_cache && !model->options.window_full;
    llmp_cache_kind kind = {0};
    kind.heads = cost->heads;
    kind.shards_max = absorbed ? cost->kv_heads : cost->heads;
    kind.window_tokens = windows ? cost->window_tokens : 0;
    if (cost->owns_kv) {
        uint64_t k = absorbed ? cost->k_elements : cost->k_elements_unabsorbed;
        uint64_t v = absorbed ? cost->v_elements : cost->v_elements_unabsorbed;
        kind.cell_bytes =
            (double)k * model->k_bytes_per_element + (double)v * model->v_bytes_per_element;
        if (policy->keeps_index)
            kind.index_cell_bytes = (double)cost->index_bytes_per_token;
    }
    kind.state_bytes = cost->conv_state_elements * engine->conv_state_bytes_per_element +
                       cost->ssm_state_elements * engine->state_bytes_per_element;
    return kind;
}

/* Width of the queries: heads times the key head dim that is cached. */
static uint64_t query_elements(const llmp_memory_model *model, const llmp_layer_cost *cost)
{
    if (cost->work & LLMP_WORK_MLA && !model->engine->mla_absorbed)
        return cost->k_elements_unabsorbed; /* a key per head */
    return cost->kv_heads ? cost->k_elements / cost->kv_heads * (uint64_t)cost->heads : 0;
}

static llmp_status add_layer(llmp_memory_model *model, uint32_t i, const llmp_layer_cost *cost,
                             llmp_error *error)
{
    llmp_cache_kind kind = kind_of(model, cost);
    uint32_t found = 0;
    while (found < model->kind_count && !same_kind(&model->kinds[found], &kind))
        found++;
    if (found == LLMP_CACHE_KINDS_MAX)
        return llmp__fail(error, LLMP_E_LIMIT, "the model has more than %d kinds of cache",
                          LLMP_CACHE_KINDS_MAX);
    if (found == model->kind_count) {
        model->kinds[found] = kind;
        for (uint32_t j = 0; j <= i; j++)
            model->kind_prefix[found][j] = 0;
        model->kind_count++;
    }
    for (uint32_t k = 0; k < model->kind_count; k++)
        model->kind_prefix[k][i + 1] = (uint16_t)(model->kind_prefix[k][i] + (k == found));
    model->weight_prefix_bytes[i + 1] = model->weight_prefix_bytes[i] + cost->weight_bytes;
    model->expert_prefix_bytes[i + 1] = model->expert_prefix_bytes[i] + cost->expert_total_bytes;
    model->active_weight_bytes +=
        cost->dense_read_bytes + cost->expert_bytes * cost->experts_per_token;
    /* a layer's experts are three matrices: gate, up, down */
    model->staging_bytes = llmp__max(model->staging_bytes, cost->expert_total_bytes / 3);
    if (cost->expert_total_bytes)
        model->moe_layer_count++;
    if (cost->heads)
        model->query_elements_max =
            llmp__max(model->query_elements_max, query_elements(model, cost));
    return LLMP_OK;
}

/* llama.cpp gives device d the layers whose place among layers + output lies within its share of
 * the memory that is free. */
static void split_by_memory(llmp_memory_model *model)
{
    uint32_t devices = model->machine->device_count, layers = model->layer_count;
    double all = 0, before = 0;
    for (uint32_t d = 0; d < devices; d++)
        all += (double)model->device_available_bytes[d];
    for (uint32_t d = 0; d < devices; d++) {
        double place = all > 0 ? before / all * (layers + 1.0) : 0;
        uint32_t first = (uint32_t)place;
        if ((double)first < place)
            first++;
        model->split_first[d] = first < layers ? first : layers;
        before += (double)model->device_available_bytes[d];
    }
    model->split_first[devices] = layers;
}

/* Heads divide evenly; KV heads divide, or are repeated a whole number of times. */
static bool divides(const llmp__model_view *view, uint32_t n)
{
    for (uint32_t i = 0; i < view->summary->layer_count; i++) {
        const llmp_layer_cost *cost = view->layer(view->user, i);
        if (cost->heads % n)
            return false;
        if (cost->kv_heads && !(cost->work & LLMP_WORK_MLA) && cost->kv_heads % n &&
            n % cost->kv_heads)
            return false;
    }
    return true;
}

static void set_ends(llmp_memory_model *model, const llmp_arch_summary *summary)
{
    const llmp_memory_options *options = &model->options;
    bool tied_copy = summary->tied_embeddings && llmp__policy_of(model)->embedding_on_host;
    model->head_bytes = summary->head_bytes + summary->other_bytes;
    model->embedding_bytes = summary->embedding_bytes + summary->per_layer_embedding_bytes;
    /* over unified memory a mapped file is one set of pages for both */
    model->embedding_copy_bytes =
        tied_copy && !(model->host_shared && !options->no_mmap) ? summary->head_bytes : 0;
    model->vision_bytes = options->with_vision ? summary->vision_bytes : 0;
    model->mtp_bytes = options->with_mtp ? summary->mtp_bytes : 0;
    model->active_weight_bytes += model->head_bytes;
    model->hidden_size = summary->hidden_size;
    model->vocab_size = summary->vocab_size;
    model->ffn_max = summary->ffn_max;
    model->heads_max = summary->heads_max;
    model->weights_grade = summary->weights_grade;
}

static void set_engine(llmp_memory_model *model)
{
    const llmp_engine *engine = model->engine;
    llmp_memory_options *options = &model->options;
    model->ubatch_tokens = options->ubatch_tokens ? options->ubatch_tokens : engine->ubatch_tokens;
    model->batch_tokens = options->batch_tokens ? options->batch_tokens : engine->batch_tokens;
    if (options->utilization_ratio <= 0)
        options->utilization_ratio =
            engine->utilization_ratio > 0 ? engine->utilization_ratio : 1.0;
    switch (options->flash_attention) {
    case LLMP_CHOICE_DEFAULT:
        model->flash_attention = engine->flash_attention;
        break;
    case LLMP_CHOICE_ON:
        model->flash_attention = true;
        break;
    case LLMP_CHOICE_OFF:
        model->flash_attention = false;
        break;
    }
}

static void set_counters(llmp_memory_model *model, uint32_t layers)
{
    model->layer_count = layers;
    model->moe_layer_count = 0;
    model->kind_count = 0;
    model->weight_prefix_bytes[0] = model->expert_prefix_bytes[0] = 0;
    model->staging_bytes = model->active_weight_bytes = model->query_elements_max = 0;
    model->repacked_bytes = 0;
    model->tensor_parallel = 1;
    model->warning = NULL;
}

llmp_status llmp__memory_prepare(const llmp__model_view *view, const llmp_machine *machine,
                                 const llmp_engine *engine, const llmp_backend *backend,
                                 const llmp_memory_options *options, const llmp_format *k_format,
                                 const llmp_format *v_format, double k_bytes, double v_bytes,
                                 llmp_memory_model *out, llmp_error *error)
{
    llmp_status status = llmp__check_options(options, error);
    if (status != LLMP_OK)
        return status;
    uint32_t layers = view->summary->layer_count;
    if (layers == 0 || layers > LLMP_LAYERS_MAX)
        return llmp__fail(error, layers ? LLMP_E_LIMIT : LLMP_E_NO_DATA,
                          "the model has %u layers, expected 1 to %d", (unsigned)layers,
                          LLMP_LAYERS_MAX);
    out->struct_size = 0; /* not usable until everything below went well */
    out->arch = NULL;
    out->machine = machine;
    out->engine = engine;
    out->backend = backend;
    out->options = *options;
    out->kv_k_format = k_format;
    out->kv_v_format = v_format;
    out->k_bytes_per_element = k_bytes;
    out->v_bytes_per_element = v_bytes;
    out->max_context_tokens = view->max_context_tokens;
    set_counters(out, layers);
    set_engine(out);
    llmp__set_host_kind(out);
    if ((status = llmp__check_engine(view, out, error)) != LLMP_OK ||
        (status = llmp__availability(out, error)) != LLMP_OK)
        return status;
    for (uint32_t i = 0; i < layers; i++)
        if ((status = add_layer(out, i, view->layer(view->user, i), error)) != LLMP_OK)
            return status;
    set_ends(out, view->summary);
    split_by_memory(out);
    if (machine->device_count > 1 &&
        (options->known_to_run ||
         (engine->tensor_parallel && divides(view, machine->device_count))))
        out->tensor_parallel = machine->device_count;
    if ((status = llmp__check_placement(out, error)) != LLMP_OK)
        return status;
    out->struct_size = sizeof *out;
    return LLMP_OK;
}
