/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gguf_model.h"

#include <stdio.h>
#include <string.h>

typedef struct keys {
    gguf_writer *w;
    const char *prefix;
    uint32_t heads[LLMP_LAYERS_MAX];
    uint32_t kv_heads[LLMP_LAYERS_MAX];
    bool slides[LLMP_LAYERS_MAX];
    uint32_t window;
    uint32_t shared;
} keys;

static void put(const keys *k, const char *key, uint32_t value)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s", k->prefix, key);
    if (value > 0) {
        gguf_u32(k->w, full, value);
    }
}

static void put_list(const keys *k, const char *key, const uint32_t *values, size_t count)
{
    char full[128];
    bool equal = true;
    for (size_t i = 1; i < count; i++) {
        equal = equal && values[i] == values[0];
    }
    snprintf(full, sizeof full, "%s.%s", k->prefix, key);
    if (equal) {
        gguf_u32(k->w, full, values[0]);
    } else {
        gguf_u32_list(k->w, full, values, count);
    }
}

static void put_attention(keys *k, const llmp_model *model)
{
    uint32_t full_dim = 0, swa_dim = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        for (uint8_t j = 0; j < model->layers[i].block_count; j++) {
            const llmp_block *b = &model->blocks[model->layers[i].blocks[j]];
            bool mla = b->kind == LLMP_BLOCK_MLA, kda = b->kind == LLMP_BLOCK_KDA;
            if (b->kind != LLMP_BLOCK_ATTENTION && !mla && !kda) {
                continue;
            }
            k->heads[i] = b->heads;
            k->kv_heads[i] = mla || kda ? 1 : b->kv_heads;
            k->slides[i] = b->window_tokens > 0;
            k->window = b->window_tokens > 0 ? b->window_tokens : k->window;
            k->shared += b->shares_kv;
            *(b->window_tokens > 0 ? &swa_dim : &full_dim) = b->head_dim_k;
        }
    }
    uint32_t any = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        any = k->heads[i] > any ? k->heads[i] : any;
    }
    for (size_t i = 0; i < model->layer_count; i++) {
        k->heads[i] = k->heads[i] > 0 ? k->heads[i] : any;
    }
    if (any > 0) {
        put_list(k, "attention.head_count", k->heads, model->layer_count);
        put_list(k, "attention.head_count_kv", k->kv_heads, model->layer_count);
    }
    put(k, "attention.key_length", full_dim > 0 ? full_dim : swa_dim);
    if (full_dim > 0 && swa_dim > 0 && full_dim != swa_dim) {
        put(k, "attention.key_length_swa", swa_dim);
    }
    put(k, "attention.shared_kv_layers", k->shared);
    for (size_t i = 0; i < model->block_count; i++) {
        if (model->blocks[i].index_topk > 0) {
            put(k, "attention.indexer.head_count", model->blocks[i].index_heads);
            put(k, "attention.indexer.top_k", model->blocks[i].index_topk);
            break;
        }
    }
    if (k->window > 0) {
        char full[128];
        put(k, "attention.sliding_window", k->window);
        snprintf(full, sizeof full, "%s.attention.sliding_window_pattern", k->prefix);
        gguf_bool_list(k->w, full, k->slides, model->layer_count);
    }
}

static void put_block(const keys *k, const llmp_block *b)
{
    switch (b->kind) {
    case LLMP_BLOCK_GATED_DELTANET:
        put(k, "ssm.group_count", b->k_heads);
        put(k, "ssm.time_step_rank", b->v_heads);
        put(k, "ssm.state_size", b->head_dim_k);
        put(k, "ssm.inner_size", b->v_heads * b->head_dim_v);
        put(k, "ssm.conv_kernel", b->conv_kernel);
        break;
    case LLMP_BLOCK_MAMBA:
    case LLMP_BLOCK_MAMBA2:
        put(k, "ssm.inner_size", b->d_inner);
        put(k, "ssm.state_size", b->d_state);
        put(k, "ssm.conv_kernel", b->conv_kernel);
        put(k, "ssm.group_count", b->groups);
        put(k, "ssm.time_step_rank", b->kind == LLMP_BLOCK_MAMBA ? b->dt_rank : b->heads);
        break;
    case LLMP_BLOCK_MOE:
        put(k, "expert_count", b->experts);
        put(k, "expert_used_count", b->experts_per_token);
        put(k, "expert_shared_count", b->shared_experts);
        break;
    case LLMP_BLOCK_MLA:
    case LLMP_BLOCK_ATTENTION:
    case LLMP_BLOCK_KDA:
    case LLMP_BLOCK_LIGHTNING:
    case LLMP_BLOCK_SHORT_CONV:
    case LLMP_BLOCK_RWKV:
    case LLMP_BLOCK_FFN:
    case LLMP_BLOCK_KIND_COUNT:
        break;
    }
}

void gguf_model_keys(gguf_writer *w, const llmp_model *model)
{
    static keys k; /* large, and tools have one thread */
    memset(&k, 0, sizeof k);
    k.w = w;
    k.prefix = model->architecture != NULL ? model->architecture : "unnamed";
    gguf_text(w, "general.architecture", k.prefix);
    gguf_text(w, "general.name", model->head.name);
    gguf_f32(w, "general.sampling.temp", 0.6F);
    put(&k, "block_count", (uint32_t)model->layer_count);
    put(&k, "embedding_length", model->hidden_size);
    put(&k, "context_length", (uint32_t)model->max_context_tokens);
    put_attention(&k, model);
    bool seen[LLMP_BLOCK_KIND_COUNT] = {false};
    for (size_t i = 0; i < model->block_count; i++) {
        const llmp_block *b = &model->blocks[i];
        if (!seen[b->kind]) {
            put_block(&k, b);
        }
        seen[b->kind] = true;
    }
}

uint64_t gguf_model_tensors(gguf_writer *w, const llmp_arch *arch, size_t from, size_t to)
{
    uint64_t total = 0;
    for (size_t i = from; i < to && i < llmp_arch_tensor_count(arch); i++) {
        const llmp_tensor *t = llmp_arch_tensor(arch, i);
        char name[200];
        if (t->role == LLMP_ROLE_MTP) {
            continue;
        }
        int length = llmp_tensor_name(t, name, sizeof name);
        if (strcmp(t->suffix, "other") == 0) { /* more than one block of a layer may have some */
            snprintf(name + length, sizeof name - (size_t)length, ".%u.weight", (unsigned)t->block);
        }
        gguf_tensor(w, name, (uint32_t)t->format->ggml_type, t->dims, t->ne, t->bytes);
        total += t->bytes;
    }
    return total;
}
