/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/gguf_layers.h"

#include "base/error.h"

#include <inttypes.h>

static uint32_t narrow(uint64_t value)
{
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

static void read_dense(const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *up = l->slots[SLOT_FFN_UP], *down = l->slots[SLOT_FFN_DOWN];
    b->ffn_size = narrow(down->ne[0]);
    b->fused_gate_up = l->slots[SLOT_FFN_GATE] == NULL && up->ne[1] == 2 * down->ne[0];
    b->ungated = l->slots[SLOT_FFN_GATE] == NULL && !b->fused_gate_up;
    b->ffn_bias = l->slots[SLOT_FFN_BIAS] != NULL;
}

static void read_shared(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    uint64_t count = 1;
    if (l->slots[SLOT_SHARED_DOWN] == NULL) {
        return;
    }
    (void)llmp__gguf_meta(m, "expert_shared_count", l->index, &count);
    b->shared_experts = count == 0 ? 1 : narrow(count);
    b->shared_ffn_size = narrow(l->slots[SLOT_SHARED_DOWN]->ne[0]);
    b->shared_gate = l->slots[SLOT_SHARED_SIGMOID] != NULL;
}

static llmp_status read_moe(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *down = l->slots[SLOT_EXPERT_DOWN];
    bool gated = l->slots[SLOT_EXPERT_GATE] != NULL || l->slots[SLOT_EXPERT_GATE_UP] != NULL ||
                 l->slots[SLOT_SPLIT_GATE] != NULL;
    llmp_status status = llmp__gguf_need(m, "expert_used_count", l->index, &b->experts_per_token);
    if (status == LLMP_OK && down == NULL) {
        down = l->slots[SLOT_SPLIT_DOWN];
        status = llmp__gguf_need(m, "expert_count", l->index, &b->experts);
    } else if (status == LLMP_OK) {
        b->experts = narrow(down->ne[2]);
    }
    if (status != LLMP_OK) {
        return status;
    }
    if (b->experts_per_token == 0 || b->experts_per_token > b->experts) {
        return llmp__fail(m->error, LLMP_E_VALUE,
                          "layer %" PRIu32 ": %" PRIu32 " experts used of %" PRIu32, l->index,
                          b->experts_per_token, b->experts);
    }
    b->expert_ffn_size = narrow(down->ne[0]);
    b->latent_size = l->slots[SLOT_LATENT] != NULL ? narrow(down->ne[1]) : 0;
    b->ungated = !gated;
    b->router_bias = l->slots[SLOT_ROUTER_BIAS] != NULL;
    b->ffn_bias = l->slots[SLOT_EXPERT_BIAS] != NULL;
    read_shared(m, l, b);
    return LLMP_OK;
}

llmp_status llmp__gguf_ffns(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *out,
                            size_t *out_count)
{
    if (l->slots[SLOT_FFN_UP] != NULL && l->slots[SLOT_FFN_DOWN] != NULL) {
        out[*out_count] = llmp__builder_block(LLMP_BLOCK_FFN);
        read_dense(l, &out[(*out_count)++]);
    }
    if (l->slots[SLOT_EXPERT_DOWN] != NULL || l->slots[SLOT_SPLIT_DOWN] != NULL) {
        out[*out_count] = llmp__builder_block(LLMP_BLOCK_MOE);
        llmp_status status = read_moe(m, l, &out[*out_count]);
        if (status != LLMP_OK) {
            return status;
        }
        (*out_count)++;
    }
    return LLMP_OK;
}
