/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vLLM, SGLang, TensorRT-LLM: a share of the device is claimed at once, the cache is paged. */
#include "memory/memory.h"

static uint64_t page_of(const llmp_memory_model *model)
{
    return model->engine->block_tokens ? model->engine->block_tokens : 1;
}

static void cells(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                  llmp__load *out)
{
    out->context_tokens = context_tokens;
    out->cells = llmp__pad(context_tokens, page_of(model)) * parallel;
}

/*
 * What one sequence may hold at most while it is prefilled: the window and one batch. A window that
 * slides may start inside a page, hence one page more.
 */
static uint64_t window_cells(const llmp_memory_model *model, uint32_t window_tokens,
                             const llmp__load *load)
{
    uint64_t page = page_of(model), all = load->cells / load->parallel;
    uint64_t most = llmp__pad((uint64_t)window_tokens - 1 + model->batch_tokens, page) + page;
    return llmp__min(all, most) * load->parallel;
}

/* Activations of the largest batch, sampling, captured graphs. Under tensor parallelism the
 * residual stream (four 16-bit copies) stays whole on every device, and so do the gathered logits.
 */
static void compute(const llmp_memory_model *model, llmp__load *load)
{
    const llmp_engine *engine = model->engine;
    double tokens = (double)model->batch_tokens * (double)model->hidden_size;
    double peak = tokens * engine->activation_bytes_per_batch_token, whole = tokens * 8.0;
    double sharded = whole < peak ? whole + (peak - whole) / model->tensor_parallel : peak;
    uint64_t sampling =
        (uint64_t)engine->sampler_bytes_per_logit * load->parallel * model->vocab_size;
    load->compute_bytes = (uint64_t)peak + engine->graph_bytes;
    load->compute_head_bytes = load->compute_bytes + sampling;
    load->compute_cpu_bytes = (uint64_t)peak + sampling;
    load->compute_host_bytes = 0;
    load->compute_copies_bytes = 0;
    load->compute_sharded_bytes = (uint64_t)sharded + sampling + engine->graph_bytes;
}

const llmp__policy llmp__policy_paged = {
    .id = LLMP_POLICY_PAGED,
    .name = "paged",
    .kv_formula = "sum over layers of parallel * pad(context, block) * (k_elements * b_k + "
                  "v_elements * b_v); window layers at most pad(window - 1 + batch, block) + block",
    .kv_source = "vLLM vllm/v1/kv_cache_interface.py",
    .compute_formula = "batch * hidden * activation_bytes + sequences * vocabulary * "
                       "sampler_bytes + graphs",
    .compute_source = "vLLM profile runs; see the engine's record",
    .tensor_first = true,
    .keeps_index = true,
    .kv_families = {LLMP_FAMILY_FLOAT, LLMP_FAMILY_FP8, LLMP_FAMILY_NVFP4},
    .kv_family_count = 3,
    .cells = cells,
    .window_cells = window_cells,
    .compute = compute,
};
