/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ExLlama: one cache of fixed size for all sequences, allocated at start. */
#include "memory/memory.h"

enum { BYTES_16BIT = 2, BYTES_LOGIT = 4 };

static void cells(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                  llmp__load *out)
{
    out->context_tokens = context_tokens;
    out->cells = llmp__pad(context_tokens * parallel, model->engine->context_pad_tokens);
}

static uint64_t window_cells(const llmp_memory_model *model, uint32_t window_tokens,
                             const llmp__load *load)
{
    uint64_t wanted = (uint64_t)window_tokens * load->parallel + model->ubatch_tokens;
    return llmp__min(load->cells, wanted);
}

static void compute(const llmp_memory_model *model, llmp__load *load)
{
    uint64_t row = (uint64_t)BYTES_16BIT * model->ubatch_tokens, width = model->hidden_size;
    uint64_t attention = row * (2 * width + 2 * model->query_elements_max);
    uint64_t body = llmp__max(attention, row * (3 * (uint64_t)model->ffn_max + 4 * width));
    load->compute_bytes = body;
    load->compute_head_bytes = body + (uint64_t)BYTES_LOGIT * load->parallel * model->vocab_size;
    load->compute_cpu_bytes = load->compute_head_bytes;
    load->compute_host_bytes = 0;
    load->compute_copies_bytes = 0;
    load->compute_sharded_bytes = load->compute_head_bytes;
}

const llmp__policy llmp__policy_static = {
    .id = LLMP_POLICY_STATIC,
    .name = "static",
    .kv_formula = "sum over layers of context * parallel * (k_elements * b_k + v_elements * b_v)",
    .kv_source = "ExLlamaV3 cache documentation",
    .compute_formula = "chunk * 2 * max(3 ffn + 4 hidden, 2 hidden + 2 query) + logits",
    .compute_source = "prior: one layer's activations in 16 bit",
    .embedding_on_host = true,
    .kv_families = {LLMP_FAMILY_FLOAT, LLMP_FAMILY_EXL3, LLMP_FAMILY_GGML},
    .kv_family_count = 3,
    .cells = cells,
    .window_cells = window_cells,
    .compute = compute,
};
