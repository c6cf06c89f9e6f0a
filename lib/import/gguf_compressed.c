/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/gguf_layers.h"

#include "base/error.h"

#include <inttypes.h>

static llmp_status fail_shape(const llmp__gguf_model *m, const llmp__gguf_layer *l)
{
    return llmp__fail(m->error, LLMP_E_SCHEMA,
                      "layer %" PRIu32 ": compressed attention lacks a projection or its shape is "
                      "odd",
                      l->index);
}

static bool divide(uint64_t a, uint64_t b, uint32_t *out)
{
    if (a == 0 || b == 0 || a % b != 0 || a / b > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)(a / b);
    return true;
}

/* The position table of a compressor has a row for each pooled position, twice as wide where pools
 * overlap. */
static bool read_compressor(const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *ape = l->slots[SLOT_COMPRESS_APE];
    uint32_t factor = 0;
    if (ape == NULL) {
        return true;
    }
    if (!divide(ape->ne[0], b->head_dim_k, &factor) || factor > 2 || ape->ne[1] > UINT32_MAX) {
        return false;
    }
    b->compress_ratio = (uint32_t)ape->ne[1];
    b->compress_overlap = factor == 2;
    return true;
}

static bool read_indexer(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *q = l->slots[SLOT_INDEX_Q_B], *ape = l->slots[SLOT_INDEX_APE];
    uint64_t top = 0;
    if (q == NULL) {
        return true;
    }
    (void)llmp__gguf_meta(m, "attention.indexer.top_k", l->index, &top);
    b->index_topk = top > UINT32_MAX ? 0 : (uint32_t)top;
    return ape != NULL && divide(ape->ne[0], b->compress_overlap ? 2 : 1, &b->index_head_dim) &&
           divide(q->ne[1], b->index_head_dim, &b->index_heads);
}

llmp_status llmp__gguf_compressed(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                                  llmp_block *out)
{
    llmp_block *b = out;
    const llmp_tensor *kv = l->slots[SLOT_SINGLE_KV], *q = l->slots[SLOT_Q_B];
    const llmp_tensor *output = l->slots[SLOT_OUTPUT_A], *back = l->slots[SLOT_OUTPUT_B];
    llmp_status status = llmp__gguf_need(m, "attention.head_count", l->index, &b->heads);
    if (status == LLMP_OK) {
        status = llmp__gguf_need(m, "attention.sliding_window", l->index, &b->window_tokens);
    }
    if (status != LLMP_OK) {
        return status;
    }
    b->kv_heads = 1;
    b->single_kv = true;
    b->sinks = l->slots[SLOT_SINKS] != NULL;
    if (q == NULL || output == NULL || back == NULL || q->ne[0] > UINT32_MAX ||
        !divide(kv->ne[1], 1, &b->head_dim_k) || q->ne[1] != (uint64_t)b->heads * kv->ne[1] ||
        !divide(q->ne[1], output->ne[0], &b->o_groups) ||
        !divide(back->ne[0], b->o_groups, &b->o_lora_rank)) {
        return fail_shape(m, l);
    }
    b->q_lora_rank = (uint32_t)q->ne[0];
    return read_compressor(l, b) && read_indexer(m, l, b) ? LLMP_OK : fail_shape(m, l);
}
