/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

/* Pools compress_ratio positions of the residual stream into one cache entry of @p dim. */
static void add_compressor(llmp__inventory *inventory, const llmp_block *block, uint64_t dim,
                           llmp_role role, const char *const names[4])
{
    uint64_t width = block->compress_overlap ? 2 * dim : dim;
    llmp__add_matrix(inventory, role, names[0], inventory->hidden, width);
    llmp__add_matrix(inventory, role, names[1], inventory->hidden, width);
    llmp__add_matrix(inventory, LLMP_ROLE_NORM, names[2], width, block->compress_ratio);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, names[3], dim);
}

/* Sparse-attention indexer: a few small heads that score every cached position, or every pooled
 * entry. Queries come from the compressed query where there is one. */
static void add_indexer(llmp__inventory *inventory, const llmp_block *block)
{
    static const char *const compressor[4] = {
        "indexer_compressor_kv.weight", "indexer_compressor_gate.weight",
        "indexer_compressor_ape.weight", "indexer_compressor_norm.weight"};
    uint64_t dim = block->index_head_dim, h = inventory->hidden;
    llmp__add_matrix(inventory, LLMP_ROLE_INDEXER, "indexer.attn_q_b.weight",
                     block->q_lora_rank ? block->q_lora_rank : h, block->index_heads * dim);
    llmp__add_matrix(inventory, LLMP_ROLE_INDEXER, "indexer.proj.weight", h, block->index_heads);
    if (block->compress_ratio) {
        add_compressor(inventory, block, dim, LLMP_ROLE_INDEXER, compressor);
        return;
    }
    llmp__add_matrix(inventory, LLMP_ROLE_INDEXER, "indexer.attn_k.weight", h, dim);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "indexer.k_norm.weight", dim);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "indexer.k_norm.bias", dim);
}

/* Queries, through a low rank where the block has one. */
static void add_query(llmp__inventory *inventory, const llmp_block *block, uint64_t width)
{
    uint64_t h = inventory->hidden, rank = block->q_lora_rank;
    if (!rank) {
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_Q, "attn_q.weight", h, width);
        return;
    }
    llmp__add_matrix(inventory, LLMP_ROLE_MLA_Q_A, "attn_q_a.weight", h, rank);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_q_a_norm.weight", rank);
    llmp__add_matrix(inventory, LLMP_ROLE_MLA_Q_B, "attn_q_b.weight", rank, width);
}

/* The output projection, through a low rank per group of heads where the block has one. */
static void add_output(llmp__inventory *inventory, const llmp_block *block, uint64_t width)
{
    uint64_t h = inventory->hidden, groups = block->o_groups ? block->o_groups : 1;
    if (!block->o_lora_rank) {
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output.weight", width, h);
        return;
    }
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output_a.weight", width / groups,
                     groups * block->o_lora_rank);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output_b.weight",
                     groups * block->o_lora_rank, h);
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
    add_query(inventory, block, q);
    if (block->single_kv) {
        llmp__add_matrix(inventory, LLMP_ROLE_MLA_KV_A, "attn_kv.weight", h, k);
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_kv_a_norm.weight", k);
        return;
    }
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
    static const char *const compressor[4] = {
        "attn_compressor_kv.weight", "attn_compressor_gate.weight", "attn_compressor_ape.weight",
        "attn_compressor_norm.weight"};
    uint64_t heads = block->heads, kv_heads = block->omits_kv_projection ? 0 : block->kv_heads;
    uint64_t dim_k = block->head_dim_k, dim_v = llmp__block_dim_v(block);
    add_qkv(inventory, block, heads * dim_k * (block->output_gate ? 2 : 1), kv_heads * dim_k,
            block->k_equals_v ? 0 : kv_heads * dim_v);
    add_qk_norms(inventory, block);
    if (block->v_norm)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_v_norm.weight", dim_v);
    if (block->sinks)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_sinks.weight", heads);
    add_output(inventory, block, heads * dim_v);
    if (block->output_bias)
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "attn_output.bias", inventory->hidden);
    if (block->compress_ratio)
        add_compressor(inventory, block, dim_k, LLMP_ROLE_PROJECTION, compressor);
    if (block->index_heads)
        add_indexer(inventory, block);
}

/* The up-projection of the latent is stored as its key and value halves, which absorbed attention
 * needs; the number of weights is that of the joint matrix. */
void llmp__inventory_mla(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, heads = block->heads, latent = block->kv_lora_rank;
    uint64_t nope = block->head_dim_nope, rope = block->head_dim_rope, dim_v = block->head_dim_v;
    add_query(inventory, block, heads * (nope + rope));
    llmp__add_matrix(inventory, LLMP_ROLE_MLA_KV_A, "attn_kv_a_mqa.weight", h, latent + rope);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "attn_kv_a_norm.weight", latent);
    llmp__add(inventory, LLMP_ROLE_MLA_K_B, "attn_k_b.weight", 3, nope, latent, heads);
    llmp__add(inventory, LLMP_ROLE_MLA_V_B, "attn_v_b.weight", 3, latent, dim_v, heads);
    add_output(inventory, block, heads * dim_v);
    if (block->output_gate)
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_GATE, "attn_gate.weight", h, heads * dim_v);
    if (block->index_heads)
        add_indexer(inventory, block);
}
