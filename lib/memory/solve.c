/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Largest context and largest number of sequences: bisection over a verdict that only worsens. */
#include "base/error.h"
#include "memory/memory.h"

enum { PARALLEL_MAX = 65536 };

static bool good(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                 llmp_verdict worst)
{
    if (worst >= LLMP_VERDICT_CANNOT_RUN)
        return true;
    llmp__load load;
    llmp__load_compute(model, context_tokens, parallel, &load);
    load.any_will_do = true;
    return llmp__fits(model, &load, worst);
}

static llmp_status check(const llmp_memory_model *model, const void *out, llmp_error *error)
{
    if (!model || model->struct_size == 0)
        return llmp__fail_argument(error, "model", "it was not prepared");
    return out ? LLMP_OK : llmp__fail_argument(error, "out", "it is NULL");
}

llmp_status llmp_memory_largest_context(const llmp_memory_model *model, uint32_t parallel,
                                        llmp_verdict worst, uint64_t *out_tokens, llmp_error *error)
{
    llmp_status status = check(model, out_tokens, error);
    if (status != LLMP_OK)
        return status;
    uint32_t sequences = parallel ? parallel : model->options.parallel;
    if (sequences > PARALLEL_MAX)
        return llmp__fail(error, LLMP_E_RANGE, "%u parallel sequences, expected at most 65,536",
                          (unsigned)sequences);
    uint64_t pad = llmp__max(model->engine->context_pad_tokens, 1);
    uint64_t most = model->max_context_tokens ? model->max_context_tokens : (uint64_t)1 << 32;
    uint64_t low = 0, high = (most + pad - 1) / pad; /* in units of the padding */
    if (good(model, most, sequences, worst)) {
        *out_tokens = most;
        return LLMP_OK;
    }
    while (low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;
        if (good(model, middle * pad, sequences, worst))
            low = middle;
        else
            high = middle;
    }
    *out_tokens = low * pad;
    return LLMP_OK;
}

llmp_status llmp_memory_largest_parallel(const llmp_memory_model *model, uint64_t context_tokens,
                                         llmp_verdict worst, uint32_t *out_parallel,
                                         llmp_error *error)
{
    llmp_status status = check(model, out_parallel, error);
    if (status != LLMP_OK)
        return status;
    uint64_t context = context_tokens ? context_tokens : model->options.context_tokens;
    if (context > (uint64_t)1 << 32)
        return llmp__fail(error, LLMP_E_RANGE, "the context is %llu tokens, more than 2^32",
                          (unsigned long long)context);
    uint32_t low = 0, high = 1;
    while (high <= PARALLEL_MAX && good(model, context, high, worst)) {
        low = high;
        high *= 2;
    }
    while (high <= PARALLEL_MAX && low + 1 < high) {
        uint32_t middle = low + (high - low) / 2;
        if (good(model, context, middle, worst))
            low = middle;
        else
            high = middle;
    }
    *out_parallel = low;
    return LLMP_OK;
}
