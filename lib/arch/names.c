/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

#include <stdio.h>
#include <string.h>

int llmp_tensor_name(const llmp_tensor *tensor, char *out, size_t out_size)
{
    if (tensor->layer == LLMP_NO_LAYER)
        return snprintf(out, out_size, "%s", tensor->suffix);
    return snprintf(out, out_size, "blk.%u.%s", tensor->layer, tensor->suffix);
}

uint64_t llmp__tensor_elements(const llmp_tensor *tensor)
{
    return tensor->ne[0] * tensor->ne[1] * tensor->ne[2] * tensor->ne[3];
}

bool llmp__role_is_expert(llmp_role role)
{
    return role == LLMP_ROLE_EXPERT_GATE || role == LLMP_ROLE_EXPERT_UP ||
           role == LLMP_ROLE_EXPERT_DOWN;
}

bool llmp__role_is_dense_matrix(llmp_role role)
{
    switch (role) {
    case LLMP_ROLE_OUTPUT_HEAD:
    case LLMP_ROLE_ATTENTION_Q:
    case LLMP_ROLE_ATTENTION_K:
    case LLMP_ROLE_ATTENTION_V:
    case LLMP_ROLE_ATTENTION_QKV:
    case LLMP_ROLE_ATTENTION_OUTPUT:
    case LLMP_ROLE_ATTENTION_GATE:
    case LLMP_ROLE_MLA_Q_A:
    case LLMP_ROLE_MLA_Q_B:
    case LLMP_ROLE_MLA_KV_A:
    case LLMP_ROLE_MLA_KV_B:
    case LLMP_ROLE_MLA_K_B:
    case LLMP_ROLE_MLA_V_B:
    case LLMP_ROLE_INDEXER:
    case LLMP_ROLE_FFN_GATE:
    case LLMP_ROLE_FFN_UP:
    case LLMP_ROLE_FFN_DOWN:
    case LLMP_ROLE_ROUTER:
    case LLMP_ROLE_SHARED_GATE:
    case LLMP_ROLE_SHARED_UP:
    case LLMP_ROLE_SHARED_DOWN:
    case LLMP_ROLE_SSM_IN:
    case LLMP_ROLE_SSM_OUT:
    case LLMP_ROLE_SSM_CONV:
    case LLMP_ROLE_SSM_OTHER:
    case LLMP_ROLE_PROJECTION:
        return true;
    case LLMP_ROLE_TOKEN_EMBEDDING:
    case LLMP_ROLE_PER_LAYER_EMBEDDING:
    case LLMP_ROLE_NORM:
    case LLMP_ROLE_BIAS:
    case LLMP_ROLE_EXPERT_GATE:
    case LLMP_ROLE_EXPERT_UP:
    case LLMP_ROLE_EXPERT_DOWN:
    case LLMP_ROLE_VISION:
    case LLMP_ROLE_MTP:
    case LLMP_ROLE_OTHER:
    case LLMP_ROLE_COUNT:
        return false;
    }
    return false;
}

bool llmp__tensor_is_expert(const llmp_tensor *tensor)
{
    return llmp__role_is_expert(tensor->role) ||
           (tensor->role == LLMP_ROLE_BIAS && tensor->ne[1] > 1 && tensor->suffix &&
            strstr(tensor->suffix, "_exps."));
}

bool llmp__tensor_is_router_bias(const llmp_tensor *tensor)
{
    return tensor->role == LLMP_ROLE_BIAS && tensor->suffix &&
           (strcmp(tensor->suffix, "exp_probs_b.bias") == 0 ||
            strcmp(tensor->suffix, "ffn_gate_inp.bias") == 0);
}

bool llmp__tensor_is_parameter(const llmp_tensor *tensor)
{
    return !(tensor->suffix && strncmp(tensor->suffix, "rope_f", 6) == 0);
}

bool llmp__tensor_is_text(const llmp_tensor *tensor)
{
    return tensor->role != LLMP_ROLE_MTP && tensor->role != LLMP_ROLE_VISION;
}
