/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MLX: the cache grows with the conversation in steps; memory is wired up to a limit. */
#include "memory/memory.h"

enum { BYTES_16BIT = 2 };

static void cells(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                  llmp__load *out)
{
    out->context_tokens = context_tokens;
    out->cells = llmp__pad(context_tokens, model->engine->context_pad_tokens) * parallel;
}

/* A rotating cache keeps the window and, during prefill, the chunk being read. */
static uint64_t window_cells(const llmp_memory_model *model, uint32_t window_tokens,
                             const llmp__load *load)
{
    uint64_t all = load->cells / load->parallel;
    return llmp__min(all, (uint64_t)window_tokens + model->ubatch_tokens) * load->parallel;
}

/* One chunk through the widest layer in 16 bit; logits of the last position only. */
static void compute(const llmp_memory_model *model, llmp__load *load)
{
    uint64_t row = (uint64_t)BYTES_16BIT * model->ubatch_tokens, width = model->hidden_size;
    uint64_t attention = row * (2 * width + 2 * model->query_elements_max);
    if (!model->flash_attention)
        attention += row * model->heads_max * (load->cells / load->parallel);
    uint64_t body = llmp__max(attention, row * (3 * (uint64_t)model->ffn_max + 4 * width));
    load->compute_bytes = body;
    load->compute_head_bytes =
        body + (uint64_t)BYTES_16BIT * 2 * load->parallel * model->vocab_size;
    load->compute_cpu_bytes = load->compute_head_bytes;
    load->compute_host_bytes = 0;
    load->compute_copies_bytes = 0;
    load->compute_sharded_bytes = load->compute_head_bytes;
}

const llmp__policy llmp__policy_mlx = {
    .id = LLMP_POLICY_MLX,
    .name = "mlx",
    .kv_formula = "sum over layers of parallel * pad(context, step) * (k_elements * b_k + "
                  "v_elements * b_v); window layers at most window + chunk",
    .kv_source = "mlx-lm models/cache.py",
    .compute_formula = "chunk * 2 * max(3 ffn + 4 hidden, 2 hidden + 2 query) + logits",
    .compute_source = "prior: one layer's activations in 16 bit",
    .kv_families = {LLMP_FAMILY_FLOAT, LLMP_FAMILY_MLX},
    .kv_family_count = 2,
    .cells = cells,
    .window_cells = window_cells,
    .compute = compute,
};
