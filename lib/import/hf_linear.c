/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/hf_config.h"

#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

static llmp_status read_deltanet(const llmp__hf *hf, llmp_block *b)
{
    TRY(llmp__hf_need(hf, "linear_num_key_heads", 0, &b->k_heads));
    TRY(llmp__hf_need(hf, "linear_num_value_heads", 0, &b->v_heads));
    TRY(llmp__hf_need(hf, "linear_key_head_dim", 0, &b->head_dim_k));
    TRY(llmp__hf_need(hf, "linear_value_head_dim", 0, &b->head_dim_v));
    return llmp__hf_need(hf, "linear_conv_kernel_dim", 0, &b->conv_kernel);
}

static llmp_status read_kda(const llmp__hf *hf, llmp_block *b)
{
    llmp__hf inner = *hf;
    inner.text = llmp__hf_find(hf, "linear_attn_config");
    if (inner.text == NULL || inner.text->kind != LLMP__NODE_MAP) {
        return llmp__hf_fail(hf, "linear_attn_config", "the key is missing");
    }
    b->full_rank_gate = (hf->traits->flags & HF_FULL_GATE) != 0;
    TRY(llmp__hf_need(&inner, "num_heads", 0, &b->heads));
    TRY(llmp__hf_need(&inner, "head_dim", 0, &b->head_dim_k));
    return llmp__hf_need(&inner, "short_conv_kernel_size", 0, &b->conv_kernel);
}

static llmp_status inner_size(const llmp__hf *hf, uint32_t *out)
{
    uint32_t expand = 0;
    TRY(llmp__hf_get(hf, "mamba_d_ssm", 0, 0, out));
    if (*out > 0) {
        return LLMP_OK;
    }
    TRY(llmp__hf_need(hf, "mamba_expand|expand", 0, &expand));
    *out = expand > 64 ? 0 : expand * hf->hidden;
    return *out > 0 ? LLMP_OK : llmp__hf_fail(hf, "mamba_expand", "is out of range");
}

static llmp_status read_mamba(const llmp__hf *hf, llmp_block *b)
{
    TRY(inner_size(hf, &b->d_inner));
    TRY(llmp__hf_need(hf, "mamba_d_state|state_size", 0, &b->d_state));
    TRY(llmp__hf_need(hf, "mamba_d_conv|conv_kernel", 0, &b->conv_kernel));
    const llmp__node *rank = llmp__hf_find(hf, "mamba_dt_rank|time_step_rank");
    if (rank == NULL || rank->kind == LLMP__NODE_QUOTED) { /* "auto" */
        b->dt_rank = (hf->hidden + 15) / 16;
    } else {
        TRY(llmp__hf_need(hf, "mamba_dt_rank|time_step_rank", 0, &b->dt_rank));
    }
    if (hf->traits->layout == HF_MAMBA_PERIOD) {
        b->other_params = (uint64_t)b->dt_rank + 2 * (uint64_t)b->d_state;
        b->note = "norms on the time step, B and C";
    }
    return LLMP_OK;
}

static llmp_status read_mamba2(const llmp__hf *hf, llmp_block *b)
{
    uint32_t dim = 0;
    TRY(llmp__hf_get(hf, "mamba_head_dim|mamba_d_head", 0, 0, &dim));
    const char *heads = "mamba_num_heads|mamba_n_heads";
    if (llmp__hf_find(hf, heads) == NULL && dim > 0) {
        TRY(inner_size(hf, &b->d_inner));
        b->heads = b->d_inner / dim;
    } else {
        TRY(llmp__hf_need(hf, heads, 0, &b->heads));
    }
    if (b->heads == 0 || b->heads > 65536 || dim > 65536) {
        return llmp__hf_fail(hf, heads, "is out of range");
    }
    if (dim > 0) {
        b->d_inner = b->heads * dim;
    } else {
        TRY(inner_size(hf, &b->d_inner));
    }
    TRY(llmp__hf_need(hf, "ssm_state_size|mamba_d_state", 0, &b->d_state));
    TRY(llmp__hf_need(hf, "conv_kernel|mamba_d_conv", 0, &b->conv_kernel));
    TRY(llmp__hf_get(hf, "n_groups|mamba_n_groups", 0, 1, &b->groups));
    b->no_state_norm =
        hf->traits->layout == HF_MAMBA_BESIDE && !llmp__hf_bool(hf, "mamba_rms_norm", false);
    return LLMP_OK;
}

static llmp_status read_lightning(const llmp__hf *hf, llmp_block *b)
{
    TRY(llmp__hf_need(hf, "num_attention_heads", 0, &b->heads));
    return llmp__hf_need(hf, "head_dim", 0, &b->head_dim_k);
}

llmp_status llmp__hf_linear(const llmp__hf *hf, uint32_t layer, llmp_block_kind kind,
                            llmp_block *out)
{
    (void)layer;
    *out = llmp__builder_block(kind);
    switch (kind) {
    case LLMP_BLOCK_GATED_DELTANET:
        return read_deltanet(hf, out);
    case LLMP_BLOCK_KDA:
        return read_kda(hf, out);
    case LLMP_BLOCK_MAMBA:
        return read_mamba(hf, out);
    case LLMP_BLOCK_MAMBA2:
        return read_mamba2(hf, out);
    case LLMP_BLOCK_LIGHTNING:
        return read_lightning(hf, out);
    case LLMP_BLOCK_SHORT_CONV:
        return llmp__hf_need(hf, "conv_L_cache", 0, &out->conv_kernel);
    case LLMP_BLOCK_ATTENTION:
    case LLMP_BLOCK_MLA:
    case LLMP_BLOCK_RWKV:
    case LLMP_BLOCK_FFN:
    case LLMP_BLOCK_MOE:
    case LLMP_BLOCK_KIND_COUNT:
        break;
    }
    return LLMP_E_INTERNAL;
}
