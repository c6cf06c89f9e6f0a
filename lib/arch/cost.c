/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

/* Elementwise work on a recurrent state, in FLOP per state element and token: decay, the product
 * with the key, the rank-1 update, the product with the query. */
#define DELTA_RULE_FLOP 7.0 /* decay 1, read by key 2, update 2, read by query 2 */
#define LINEAR_FLOP 5.0     /* decay 1, update 2, read 2 */

/* Compressed attention (DeepSeek-V4) caches one pooled entry per compress_ratio positions, so a
 * position costs that fraction; the raw vectors of the last window_tokens positions are a constant
 * per sequence, like a convolution's. */
static void attention_cost(const llmp_block *block, llmp_layer_cost *cost)
{
    uint64_t dim_v = llmp__block_dim_v(block), ratio = block->compress_ratio;
    uint64_t k = (uint64_t)block->kv_heads * block->head_dim_k;
    uint64_t v = block->single_kv ? 0 : (uint64_t)block->kv_heads * dim_v;
    if (!ratio)
        ratio = 1;
    cost->work |= LLMP_WORK_ATTENTION;
    cost->heads += block->heads;
    cost->kv_heads += block->kv_heads;
    cost->k_elements += (k + ratio - 1) / ratio;
    cost->v_elements += (v + ratio - 1) / ratio;
    cost->k_elements_unabsorbed += (k + ratio - 1) / ratio;
    cost->v_elements_unabsorbed += (v + ratio - 1) / ratio;
    if (ratio > 1)
        cost->conv_state_elements += (uint64_t)block->window_tokens * (k + v);
    else
        cost->window_tokens = block->window_tokens;
    cost->window_kind = block->window_kind;
    cost->owns_kv = !block->shares_kv;
    cost->attention_flop_per_pair +=
        2.0 * (double)block->heads * (double)(block->head_dim_k + dim_v) / (double)ratio;
}

/* Absorbed MLA: all heads attend to one latent of kv_lora_rank + rope elements; values are the
 * first kv_lora_rank of them. */
static void mla_cost(const llmp_block *block, llmp_layer_cost *cost)
{
    uint64_t latent = block->kv_lora_rank, rope = block->head_dim_rope, heads = block->heads;
    cost->work |= LLMP_WORK_MLA;
    cost->heads += block->heads;
    cost->kv_heads += 1;
    cost->k_elements += latent + rope;
    cost->k_elements_unabsorbed += heads * (block->head_dim_nope + rope);
    cost->v_elements_unabsorbed += heads * block->head_dim_v;
    cost->window_tokens = block->window_tokens;
    cost->window_kind = block->window_kind;
    cost->owns_kv = !block->shares_kv;
    cost->attention_flop_per_pair += 2.0 * (double)heads * (double)(2 * latent + rope);
}

/* The indexer caches one key per position (per pooled entry when the cache is compressed): 8-bit
 * elements with a 32-bit scale per 128 of them. index_topk counts entries, the cost positions. */
static void indexer_cost(const llmp_block *block, llmp_layer_cost *cost)
{
    uint32_t ratio = block->compress_ratio ? block->compress_ratio : 1;
    cost->index_topk = block->index_topk * ratio;
    if (!block->index_heads)
        return;
    uint64_t dim = block->index_head_dim;
    cost->work |= LLMP_WORK_INDEXER;
    cost->index_bytes_per_token += (dim + 4 * ((dim + 127) / 128) + ratio - 1) / ratio;
    cost->index_flop_per_pair += 2.0 * (double)block->index_heads * (double)dim / (double)ratio;
}

static void state_cost(llmp_layer_cost *cost, uint64_t conv_elements, uint64_t state_elements,
                       double flop_per_element)
{
    cost->work |= LLMP_WORK_RECURRENT;
    cost->conv_state_elements += conv_elements;
    cost->ssm_state_elements += state_elements;
    cost->state_flop_per_token += flop_per_element * (double)state_elements;
}

static void ffn_cost(const llmp_block *block, llmp_layer_cost *cost)
{
    if (block->kind == LLMP_BLOCK_FFN) {
        cost->work |= LLMP_WORK_FFN;
        return;
    }
    cost->work |= LLMP_WORK_MOE;
    cost->experts = block->experts;
    cost->experts_per_token = block->experts_per_token;
}

void llmp__block_cost(const llmp_block *block, uint32_t hidden, llmp_layer_cost *cost)
{
    uint64_t kernel = block->conv_kernel ? block->conv_kernel - 1 : 0;
    uint64_t dim_k = block->head_dim_k, dim_v = llmp__block_dim_v(block), heads = block->heads;
    uint64_t inner = block->d_inner, h = hidden;
    switch (block->kind) {
    case LLMP_BLOCK_ATTENTION:
        attention_cost(block, cost);
        indexer_cost(block, cost);
        break;
    case LLMP_BLOCK_MLA:
        mla_cost(block, cost);
        indexer_cost(block, cost);
        break;
    case LLMP_BLOCK_GATED_DELTANET:
        state_cost(cost, kernel * (2 * block->k_heads * dim_k + block->v_heads * dim_v),
                   block->v_heads * dim_k * dim_v, DELTA_RULE_FLOP);
        break;
    case LLMP_BLOCK_KDA:
        state_cost(cost, 3 * kernel * heads * dim_k, heads * dim_k * dim_k, DELTA_RULE_FLOP);
        break;
    case LLMP_BLOCK_MAMBA:
        cost->work |= LLMP_WORK_STATE_SPACE;
        state_cost(cost, kernel * inner, inner * block->d_state, LINEAR_FLOP);
        break;
    case LLMP_BLOCK_MAMBA2:
        cost->work |= LLMP_WORK_STATE_SPACE;
        state_cost(cost, kernel * (inner + 2 * (uint64_t)block->groups * block->d_state),
                   inner * block->d_state, LINEAR_FLOP);
        break;
    case LLMP_BLOCK_LIGHTNING:
        state_cost(cost, 0, heads * dim_k * dim_k, LINEAR_FLOP);
        break;
    case LLMP_BLOCK_SHORT_CONV:
        state_cost(cost, kernel * h, 0, 0.0);
        break;
    case LLMP_BLOCK_RWKV: /* two shifted tokens and a head_dim square per head */
        state_cost(cost, 2 * h, heads * dim_k * dim_k, LINEAR_FLOP);
        break;
    case LLMP_BLOCK_FFN:
    case LLMP_BLOCK_MOE:
        ffn_cost(block, cost);
        break;
    case LLMP_BLOCK_KIND_COUNT:
        break;
    }
}

static void tensor_cost(const llmp_tensor *tensor, llmp_layer_cost *cost)
{
    cost->weight_bytes += tensor->bytes;
    if (llmp__tensor_is_expert(tensor)) {
        cost->expert_total_bytes += tensor->bytes;
        if (llmp__role_is_expert(tensor->role))
            cost->expert_weights += (double)llmp__tensor_elements(tensor);
    } else {
        cost->dense_read_bytes += tensor->bytes;
        if (llmp__role_is_dense_matrix(tensor->role))
            cost->dense_weights += (double)llmp__tensor_elements(tensor);
    }
}

llmp_status llmp__arch_costs(llmp_arch *arch, llmp_error *error)
{
    const llmp_model *model = arch->model;
    arch->layers = llmp__arena_alloc(&arch->arena, model->layer_count, sizeof *arch->layers);
    if (!arch->layers)
        return llmp__fail_memory(error, "the layer costs");
    for (size_t i = 0; i < model->layer_count; i++) {
        const llmp_layer *layer = &model->layers[i];
        for (uint8_t j = 0; j < layer->block_count; j++)
            llmp__block_cost(&model->blocks[layer->blocks[j]], model->hidden_size,
                             &arch->layers[i]);
    }
    for (size_t i = 0; i < arch->tensor_count; i++) {
        const llmp_tensor *tensor = &arch->tensors[i];
        if (tensor->layer < model->layer_count && llmp__tensor_is_text(tensor))
            tensor_cost(tensor, &arch->layers[tensor->layer]);
    }
    for (size_t i = 0; i < model->layer_count; i++) {
        llmp_layer_cost *cost = &arch->layers[i];
        if (!cost->experts)
            continue;
        cost->expert_bytes = cost->expert_total_bytes / cost->experts;
        cost->expert_weights /= (double)cost->experts;
    }
    return LLMP_OK;
}
