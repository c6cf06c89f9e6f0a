/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Parameters of a tensor that a token's activations meet. Looked-up rows are not multiplied, a
 * router's bias only steers the choice, and of the experts k in E take part. */
static uint64_t active_elements(const llmp_arch *arch, const llmp_tensor *tensor)
{
    uint64_t elements = llmp__tensor_elements(tensor);
    if (tensor->role == LLMP_ROLE_PER_LAYER_EMBEDDING || llmp__tensor_is_router_bias(tensor))
        return 0;
    if (llmp__tensor_is_expert(tensor) && tensor->layer < arch->summary.layer_count) {
        const llmp_layer_cost *cost = &arch->layers[tensor->layer];
        if (cost->experts)
            return elements / cost->experts * cost->experts_per_token;
    }
    return elements;
}

static void sum_shape(const llmp_arch *arch, llmp_arch_summary *summary)
{
    const llmp_model *model = arch->model;
    for (size_t i = 0; i < model->block_count; i++) {
        const llmp_block *block = &model->blocks[i];
        uint64_t width = block->kind == LLMP_BLOCK_MOE
                             ? (uint64_t)block->experts_per_token * block->expert_ffn_size +
                                   block->shared_ffn_size
                             : block->ffn_size;
        summary->ffn_max = (uint32_t)max_u64(summary->ffn_max, width);
        summary->heads_max = (uint32_t)max_u64(summary->heads_max,
                                               block->kind == LLMP_BLOCK_MAMBA2 ? 0 : block->heads);
    }
}

static void sum_tensors(const llmp_arch *arch, llmp_arch_summary *summary)
{
    const llmp_tensor *embedding = NULL, *head = NULL;
    for (size_t i = 0; i < arch->tensor_count; i++) {
        const llmp_tensor *tensor = &arch->tensors[i];
        if (tensor->role == LLMP_ROLE_MTP)
            summary->mtp_bytes += tensor->bytes;
        if (!llmp__tensor_is_text(tensor))
            continue;
        if (llmp__tensor_is_parameter(tensor)) {
            summary->params += llmp__tensor_elements(tensor);
            summary->active_params += active_elements(arch, tensor);
        }
        summary->weight_bytes += tensor->bytes;
        if (tensor->role == LLMP_ROLE_TOKEN_EMBEDDING)
            embedding = tensor;
        else if (tensor->role == LLMP_ROLE_OUTPUT_HEAD)
            head = tensor;
        else if (tensor->role == LLMP_ROLE_PER_LAYER_EMBEDDING)
            summary->per_layer_embedding_bytes += tensor->bytes;
        else if (tensor->layer < summary->layer_count)
            summary->layer_weight_bytes += tensor->bytes;
        else
            summary->other_bytes += tensor->bytes;
    }
    if (head && embedding) {
        summary->embedding_bytes = embedding->bytes;
        summary->active_params -= llmp__tensor_elements(embedding);
    }
    const llmp_tensor *multiplied = head ? head : embedding;
    if (multiplied) {
        summary->head_bytes = multiplied->bytes;
        summary->head_weights = (double)llmp__tensor_elements(multiplied);
    }
    summary->tied_embeddings = head == NULL;
}

static void add_to_mix(llmp_format_mix *mix, const llmp_tensor *tensor)
{
    uint32_t at = 0;
    while (at < mix->count && mix->formats[at] != tensor->format)
        at++;
    if (at == mix->count) {
        if (at == LLMP_MIX_FORMATS_MAX)
            return;
        mix->formats[mix->count++] = tensor->format;
    }
    mix->weights[at] += (double)llmp__tensor_elements(tensor);
}

static void sum_formats(const llmp_arch *arch, llmp_arch_summary *summary)
{
    llmp_role head = summary->tied_embeddings ? LLMP_ROLE_TOKEN_EMBEDDING : LLMP_ROLE_OUTPUT_HEAD;
    for (size_t i = 0; i < arch->tensor_count; i++) {
        const llmp_tensor *tensor = &arch->tensors[i];
        if (!tensor->format || !llmp__tensor_is_text(tensor))
            continue;
        if (tensor->role == head)
            add_to_mix(&summary->mixes[LLMP_PART_HEAD], tensor);
        else if (tensor->layer < summary->layer_count && llmp__role_is_expert(tensor->role))
            add_to_mix(&summary->mixes[LLMP_PART_EXPERTS], tensor);
        else if (tensor->layer < summary->layer_count && llmp__role_is_dense_matrix(tensor->role))
            add_to_mix(&summary->mixes[LLMP_PART_DENSE], tensor);
    }
}

/* The format and the compute type that hold most layer weights. */
static void find_main_format(const llmp_arch *arch, llmp_arch_summary *summary)
{
    enum { FORMATS_MAX = 32 };
    const llmp_format *formats[FORMATS_MAX];
    uint64_t weights[FORMATS_MAX] = {0}, by_compute[LLMP_COMPUTE_COUNT] = {0};
    size_t count = 0, best = 0;
    for (size_t i = 0; i < arch->tensor_count; i++) {
        const llmp_tensor *tensor = &arch->tensors[i];
        if (!tensor->format || tensor->layer >= summary->layer_count ||
            !(llmp__role_is_dense_matrix(tensor->role) || llmp__role_is_expert(tensor->role)))
            continue;
        size_t at = 0;
        while (at < count && formats[at] != tensor->format)
            at++;
        if (at == count && count < FORMATS_MAX)
            formats[count++] = tensor->format;
        if (at < count)
            weights[at] += llmp__tensor_elements(tensor);
        by_compute[tensor->format->native_compute] += llmp__tensor_elements(tensor);
    }
    for (size_t i = 1; i < count; i++)
        if (weights[i] > weights[best])
            best = i;
    summary->main_format = count ? formats[best] : NULL;
    for (int i = 1; i < LLMP_COMPUTE_COUNT; i++)
        if (by_compute[i] > by_compute[summary->layer_compute])
            summary->layer_compute = (llmp_compute)i;
}

void llmp__arch_summarise(llmp_arch *arch, llmp_grade grade)
{
    const llmp_model *model = arch->model;
    llmp_arch_summary *summary = &arch->summary;
    *summary = (llmp_arch_summary)LLMP_ARCH_SUMMARY_INIT;
    summary->layer_count = (uint32_t)model->layer_count;
    summary->hidden_size = model->hidden_size;
    summary->vocab_size = model->vocab_size;
    summary->max_context_tokens = model->max_context_tokens;
    summary->max_context_known = model->max_context_tokens > 0;
    summary->vision_known = model->vision_params > 0;
    summary->vision_bytes = 2 * model->vision_params;
    summary->weights_grade = grade;
    sum_shape(arch, summary);
    sum_tensors(arch, summary);
    find_main_format(arch, summary);
    sum_formats(arch, summary);
    if (summary->params)
        summary->bits_per_weight = 8.0 * (double)summary->weight_bytes / (double)summary->params;
}
