/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

static void add_gated_deltanet(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, heads = block->v_heads;
    uint64_t keys = (uint64_t)block->k_heads * block->head_dim_k;
    uint64_t values = heads * llmp__block_dim_v(block), conv = 2 * keys + values;
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_QKV, "attn_qkv.weight", h, conv);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_GATE, "attn_gate.weight", h, values);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_beta.weight", h, heads);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_alpha.weight", h, heads);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_CONV, "ssm_conv1d.weight", block->conv_kernel, conv);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ssm_dt.bias", heads);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_a", heads);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_norm.weight", llmp__block_dim_v(block));
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OUT, "ssm_out.weight", values, h);
}

static void add_kda(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, heads = block->heads, rank = llmp__block_gate_rank(block);
    uint64_t width = heads * block->head_dim_k, kernel = block->conv_kernel;
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_Q, "attn_q.weight", h, width);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_K, "attn_k.weight", h, width);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_V, "attn_v.weight", h, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_CONV, "ssm_conv1d_q.weight", kernel, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_CONV, "ssm_conv1d_k.weight", kernel, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_CONV, "ssm_conv1d_v.weight", kernel, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_f_a.weight", h, rank);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_f_b.weight", rank, width);
    if (block->full_rank_gate) {
        llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_GATE, "attn_gate.weight", h, width);
    } else {
        llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_g_a.weight", h, rank);
        llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_g_b.weight", rank, width);
    }
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_beta.weight", h, heads);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_a", heads);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ssm_dt.bias", width);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_norm.weight", block->head_dim_k);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output.weight", width, h);
}

static void add_conv(llmp__inventory *inventory, const llmp_block *block, uint64_t width)
{
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_CONV, "ssm_conv1d.weight", block->conv_kernel, width);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ssm_conv1d.bias", width);
}

static void add_mamba(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, inner = block->d_inner, state = block->d_state;
    uint64_t rank = block->dt_rank;
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_IN, "ssm_in.weight", h, 2 * inner);
    add_conv(inventory, block, inner);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_x.weight", inner, rank + 2 * state);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "ssm_dt.weight", rank, inner);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ssm_dt.bias", inner);
    llmp__add_matrix(inventory, LLMP_ROLE_NORM, "ssm_a", state, inner);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_d", inner);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OUT, "ssm_out.weight", inner, h);
}

static void add_mamba2(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, inner = block->d_inner, heads = block->heads;
    uint64_t shared = 2 * (uint64_t)block->groups * block->d_state;
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_IN, "ssm_in.weight", h, 2 * inner + shared + heads);
    add_conv(inventory, block, inner + shared);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ssm_dt.bias", heads);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_a", heads);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_d", heads);
    if (!block->no_state_norm)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_norm.weight", inner);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OUT, "ssm_out.weight", inner, h);
}

static void add_lightning(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, width = (uint64_t)block->heads * block->head_dim_k;
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_QKV, "attn_qkv.weight", h, 3 * width);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_GATE, "attn_gate.weight", h, width);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "ssm_norm.weight", width);
    llmp__add_matrix(inventory, LLMP_ROLE_ATTENTION_OUTPUT, "attn_output.weight", width, h);
}

static void add_short_conv(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden;
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_IN, "shortconv.in_proj.weight", h, 3 * h);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_CONV, "shortconv.conv.weight", block->conv_kernel, h);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OUT, "shortconv.out_proj.weight", h, h);
}

/* What decay, in-context rate, value mix and gate project through, and the token-shift vectors, are
 * never quantised: other_params. RWKV-5 and 6 have a whole gate. */
static void add_rwkv(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, width = (uint64_t)block->heads * block->head_dim_k;
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "time_mix_receptance.weight", h, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "time_mix_key.weight", h, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "time_mix_value.weight", h, width);
    if (block->output_gate)
        llmp__add_matrix(inventory, LLMP_ROLE_SSM_OTHER, "time_mix_gate.weight", h, width);
    llmp__add_matrix(inventory, LLMP_ROLE_SSM_OUT, "time_mix_output.weight", width, h);
}

void llmp__inventory_linear(llmp__inventory *inventory, const llmp_block *block)
{
    switch (block->kind) {
    case LLMP_BLOCK_GATED_DELTANET:
        add_gated_deltanet(inventory, block);
        break;
    case LLMP_BLOCK_KDA:
        add_kda(inventory, block);
        break;
    case LLMP_BLOCK_MAMBA:
        add_mamba(inventory, block);
        break;
    case LLMP_BLOCK_MAMBA2:
        add_mamba2(inventory, block);
        break;
    case LLMP_BLOCK_LIGHTNING:
        add_lightning(inventory, block);
        break;
    case LLMP_BLOCK_SHORT_CONV:
        add_short_conv(inventory, block);
        break;
    case LLMP_BLOCK_RWKV:
        add_rwkv(inventory, block);
        break;
    case LLMP_BLOCK_ATTENTION:
    case LLMP_BLOCK_MLA:
    case LLMP_BLOCK_FFN:
    case LLMP_BLOCK_MOE:
    case LLMP_BLOCK_KIND_COUNT:
        break;
    }
}
