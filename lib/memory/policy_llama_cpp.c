/* SPDX-License-Identifier: GPL-3.0-or-later */
/* llama.cpp and what is built on it: cells preallocated, worst-case graph reserved. */
#include "memory/memory.h"

enum {
    F32 = 4,
    F16 = 2,
    PIPELINE_COPIES = 4 /* GGML_SCHED_MAX_COPIES: inputs kept per device that works in turn */
};

static uint32_t streams_of(const llmp_memory_model *model, const llmp__load *load)
{
    return model->options.kv_split ? load->parallel : 1;
}

/* Unified: one stream of all sequences' cells. Split: a stream per sequence, each padded. */
static void cells(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                  llmp__load *out)
{
    uint64_t pad = model->engine->context_pad_tokens;
    if (model->options.kv_split) {
        out->context_tokens = llmp__pad(context_tokens, pad);
        out->cells = out->context_tokens * parallel;
    } else {
        out->cells = llmp__pad(context_tokens * parallel, pad);
        out->context_tokens = parallel == 1 ? out->cells : context_tokens;
    }
}

static uint64_t window_cells(const llmp_memory_model *model, uint32_t window_tokens,
                             const llmp__load *load)
{
    uint64_t pad = model->engine->context_pad_tokens, streams = streams_of(model, load);
    uint64_t windows = model->options.kv_split ? 1 : load->parallel;
    uint64_t wanted = window_tokens * windows + model->ubatch_tokens;
    return llmp__pad(llmp__min(load->cells / streams, wanted), pad) * streams;
}

/*
 * The graph of one micro-batch. Buffers are reused along the layers, so the widest moment counts:
 * the attention or FFN of a layer (with the mask it reads), or the logits at the end.
 */
static void compute(const llmp_memory_model *model, llmp__load *load)
{
    uint64_t streams = streams_of(model, load), ubatch = model->ubatch_tokens;
    uint64_t mask_cells = 0, scores = 0;
    bool full = false;
    for (uint32_t k = 0; k < model->kind_count; k++) {
        const llmp_cache_kind *kind = &model->kinds[k];
        if (!kind->heads)
            continue;
        uint64_t kept = load->cells;
        if (kind->window_tokens)
            kept = window_cells(model, kind->window_tokens, load);
        else
            full = true;
        scores = llmp__max(scores, kept / streams * kind->heads);
    }
    mask_cells = ((full ? load->cells : 0) + load->window_cells) / streams;

    uint64_t row = (uint64_t)F32 * ubatch, width = model->hidden_size;
    uint64_t mask = row * mask_cells;
    uint64_t attention = row * (2 * width + 2 * model->query_elements_max);
    uint64_t ffn = row * (3 * (uint64_t)model->ffn_max + 4 * width);
    uint64_t body =
        mask + (model->flash_attention ? F16 * ubatch * mask_cells + llmp__max(attention, ffn)
                                       : llmp__max(row * scores + attention, ffn));
    uint64_t outputs =
        model->options.output_tokens ? llmp__min(model->options.output_tokens, ubatch) : ubatch;
    uint64_t logits = F32 * outputs * model->vocab_size + row * 2 * width;

    load->compute_bytes = body;
    load->compute_head_bytes = llmp__max(body, logits);
    load->compute_cpu_bytes = load->compute_head_bytes;
    load->compute_host_bytes =
        mask + row * 2 * width + (uint64_t)F32 * load->parallel * model->vocab_size;
    load->compute_copies_bytes = (PIPELINE_COPIES - 1) * mask;
    load->compute_sharded_bytes = load->compute_head_bytes;
}

const llmp__policy llmp__policy_llama_cpp = {
    .id = LLMP_POLICY_LLAMA_CPP,
    .name = "llama_cpp",
    .kv_formula = "sum over layers of cells * (k_elements * b_k + v_elements * b_v); cells = "
                  "pad(context * parallel, 256); window layers pad(min(cells, window * parallel + "
                  "ubatch), 256)",
    .kv_source = "llama.cpp src/llama-kv-cache-iswa.cpp, src/llama-context.cpp",
    .compute_formula = "ubatch * 4 * max(widest layer + mask, vocab + 2 hidden); widest layer = "
                       "max(3 ffn + 4 hidden, 2 hidden + 2 query) or, without flash attention, "
                       "cells * heads + 2 hidden + 2 query",
    .compute_source = "llama.cpp graph reservation, checked against its logs",
    .embedding_on_host = true,
    .maps_weights = true,
    .v_needs_flash = true,
    .kv_block_max = 32,
    .kv_families = {LLMP_FAMILY_FLOAT, LLMP_FAMILY_GGML, LLMP_FAMILY_IK},
    .kv_family_count = 3,
    .cells = cells,
    .window_cells = window_cells,
    .compute = compute,
};
