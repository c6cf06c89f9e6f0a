/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

/* Sparse-attention indexer: a few small heads that score every cached position. @p query_width is
 * what its queries are projected from: the compressed query in MLA, else the residual stream. */
static void add_indexer(llmp__inventory *inventory, const llmp_block *block, uint64_t query_width,
                        bool key_norm)
{
    uint64_t dim = block->index_head_dim;
    llmp__add_matrix(inventory, LLMP_ROLE_INDEXER, "indexer.attn_q_b.weight", query_width,
                     block->index_heads * dim);
    llmp__add_matrix(inventory, LLMP_ROLE_INDEXER, "indexer.attn_k.weight", inventory->hidden, dim);
    if (!key_norm)
        return;
    llmp__add_matrix(inventory, LLMP_ROLE_INDEXER, "indexer.proj.weight", inventory->hidden,
                     block->index_heads);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "indexer.k_norm.weight", dim);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "indexer.k_norm.bias", dim);
}

static void add_qkv(llmp__inventory *inventory, const llmp_block *block, uint64_t q, uint64_t k,
                    uint64_t v)
{
    uint64_t h = inventory->hidden;
    if (block->fused_qkv) {
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_QKV, "attn_qkv.weight", h, q + k + v);
        if (block->qkv_bias)
            llmp__add_vector(inventory, LLMP_ROLE_BIAS, "attn_qkv.bias", q + k + v);
        return;
    }
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_Q, "attn_q.weight", h, q);
    if (k)
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_K, "attn_k.weight", h, k);
    if (v)
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_V, "attn_v.weight", h, v);
    if (block->qkv_bias) {
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "attn_q.bias", q);
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "attn_k.bias", k);
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "attn_v.bias", v);
    }
}

static void add_qk_norms(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t q = 0, k = 0;
    switch (block->qk_norm) {
    case LLMP_QK_NORM_NONE:
        return;
    case LLMP_QK_NORM_HEAD:
        q = k = block->head_dim_k;
        break;
    case LLMP_QK_NORM_FULL:
        q = (uint64_t)block->heads * block->head_dim_k;
        k = (uint64_t)block->kv_heads * block->head_dim_k;
        break;
    }
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_q_norm.weight", q);
    if (!block->omits_kv_projection)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_k_norm.weight", k);
}

void llmp__inventory_attention(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t heads = block->heads, kv_heads = block->omits_kv_projection ? 0 : block->kv_heads;
    uint64_t dim_k = block->head_dim_k, dim_v = llmp__block_dim_v(block);
    add_qkv(inventory, block, heads * dim_k * (block->output_gate ? 2 : 1), kv_heads * dim_k,
            block->k_equals_v ? 0 : kv_heads * dim_v);
    add_qk_norms(inventory, block);
    if (block->v_norm)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_v_norm.weight", dim_v);
    if (block->sinks)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_sinks.weight", heads);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output.weight", heads * dim_v,
                     inventory->hidden);
    if (block->output_bias)
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "attn_output.bias", inventory->hidden);
    if (block->index_heads)
        add_indexer(inventory, block, inventory->hidden, false);
}

/* The up-projection of the latent is stored as its key and value halves, which absorbed attention
 * needs; the number of weights is that of the joint matrix. */
void llmp__inventory_mla(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, heads = block->heads, latent = block->kv_lora_rank;
    uint64_t nope = block->head_dim_nope, rope = block->head_dim_rope;
    uint64_t dim_v = block->head_dim_v, q = heads * (nope + rope);
    if (block->q_lora_rank) {
        llmp__add_matrix(inventory, LLMP_ROLE_MLA_Q_A, "attn_q_a.weight", h, block->q_lora_rank);
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_q_a_norm.weight", block->q_lora_rank);
        llmp__add_matrix(inventory, LLMP_ROLE_MLA_Q_B, "attn_q_b.weight", block->q_lora_rank, q);
    } else {
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_Q, "attn_q.weight", h, q);
    }
    llmp__add_matrix(inventory, LLMP_ROLE_MLA_KV_A, "attn_kv_a_mqa.weight", h, latent + rope);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_kv_a_norm.weight", latent);
    llmp__add(inventory, LLMP_ROLE_MLA_K_B, "attn_k_b.weight", 3, nope, latent, heads);
    llmp__add(inventory, LLMP_ROLE_MLA_V_B, "attn_v_b.weight", 3, latent, dim_v, heads);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output.weight", heads * dim_v, h);
    if (block->output_gate)
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_GATE, "attn_gate.weight", h, heads * dim_v);
    if (block->index_heads)
        add_indexer(inventory, block, block->q_lora_rank ? block->q_lora_rank : h, true);
}
