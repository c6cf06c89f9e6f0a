/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

void llmp__inventory_ffn(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, f = block->ffn_size;
    uint64_t up = block->fused_gate_up ? 2 * f : f;
    bool gate = !block->ungated && !block->fused_gate_up;
    if (gate)
        llmp__add_matrix(inventory, LLMP_ROLE_FFN_GATE, "ffn_gate.weight", h, f);
    llmp__add_matrix(inventory, LLMP_ROLE_FFN_UP, "ffn_up.weight", h, up);
    llmp__add_matrix(inventory, LLMP_ROLE_FFN_DOWN, "ffn_down.weight", f, h);
    if (!block->ffn_bias)
        return;
    if (gate)
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ffn_gate.bias", f);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ffn_up.bias", up);
    llmp__add_vector(inventory, LLMP_ROLE_BIAS, "ffn_down.bias", h);
}

static void add_shared(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, f = block->shared_ffn_size;
    if (!block->ungated)
        llmp__add_matrix(inventory, LLMP_ROLE_SHARED_GATE, "ffn_gate_shexp.weight", h, f);
    llmp__add_matrix(inventory, LLMP_ROLE_SHARED_UP, "ffn_up_shexp.weight", h, f);
    llmp__add_matrix(inventory, LLMP_ROLE_SHARED_DOWN, "ffn_down_shexp.weight", f, h);
    if (block->shared_gate)
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "ffn_gate_inp_shexp.weight", h);
}

void llmp__inventory_moe(llmp__inventory *inventory, const llmp_block *block)
{
    uint64_t h = inventory->hidden, f = block->expert_ffn_size, experts = block->experts;
    uint64_t width = block->latent_size ? block->latent_size : h;
    llmp__add_matrix(inventory, LLMP_ROLE_ROUTER, "ffn_gate_inp.weight", h, experts);
    if (block->router_bias)
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "exp_probs_b.bias", experts);
    if (block->latent_size) {
        llmp__add_matrix(inventory, LLMP_ROLE_PROJECTION, "ffn_latent_down.weight", h, width);
        llmp__add_matrix(inventory, LLMP_ROLE_PROJECTION, "ffn_latent_up.weight", width, h);
    }
    if (!block->ungated)
        llmp__add(inventory, LLMP_ROLE_EXPERT_GATE, "ffn_gate_exps.weight", 3, width, f, experts);
    llmp__add(inventory, LLMP_ROLE_EXPERT_UP, "ffn_up_exps.weight", 3, width, f, experts);
    llmp__add(inventory, LLMP_ROLE_EXPERT_DOWN, "ffn_down_exps.weight", 3, f, width, experts);
    if (block->ffn_bias) {
        if (!block->ungated)
            llmp__add_matrix(inventory, LLMP_ROLE_BIAS, "ffn_gate_exps.bias", f, experts);
        llmp__add_matrix(inventory, LLMP_ROLE_BIAS, "ffn_up_exps.bias", f, experts);
        llmp__add_matrix(inventory, LLMP_ROLE_BIAS, "ffn_down_exps.bias", width, experts);
    }
    if (block->shared_ffn_size)
        add_shared(inventory, block);
}
