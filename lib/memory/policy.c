/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory/memory.h"

const llmp__policy *const llmp__policies[] = {&llmp__policy_llama_cpp, &llmp__policy_paged,
                                              &llmp__policy_mlx, &llmp__policy_static, NULL};

/* Cache formats are whole blocks per head, so this is exact; a fraction would round up. */
static uint64_t whole_bytes(double cells_bytes)
{
    uint64_t whole = (uint64_t)cells_bytes;
    return (double)whole < cells_bytes - 1e-6 * cells_bytes ? whole + 1 : whole;
}

void llmp__load_compute(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                        llmp__load *out)
{
    const llmp__policy *policy = llmp__policy_of(model);
    out->any_will_do = false;
    out->parallel = parallel;
    out->window_cells = 0;
    policy->cells(model, context_tokens, parallel, out);
    uint64_t states = (uint64_t)parallel * (1 + model->options.state_copies);
    for (uint32_t k = 0; k < model->kind_count; k++) {
        const llmp_cache_kind *kind = &model->kinds[k];
        uint64_t cells = out->cells;
        if (kind->window_tokens) {
            cells = policy->window_cells(model, kind->window_tokens, out);
            out->window_cells = llmp__max(out->window_cells, cells);
        }
        out->cache_bytes[k] = whole_bytes((double)cells * kind->cell_bytes) +
                              whole_bytes((double)out->cells * kind->index_cell_bytes);
        out->state_bytes[k] = states * kind->state_bytes;
    }
    policy->compute(model, out);
}
