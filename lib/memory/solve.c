/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Largest context and largest number of sequences: a search over a verdict that only worsens. */
#include "base/error.h"
#include "memory/memory.h"

enum { PARALLEL_MAX = 65536 };

/* What is searched: sequences of a context, or units of context of some sequences. */
typedef struct search {
    const llmp_memory_model *model;
    llmp_verdict worst;
    uint64_t context_tokens; /* 0: it is what varies */
    uint64_t unit_tokens;
    uint32_t parallel; /* 0: it is what varies */
} search;

static void load_at(const search *s, uint64_t x, llmp__load *out)
{
    llmp__load_compute(s->model, s->context_tokens ? s->context_tokens : x * s->unit_tokens,
                       s->parallel ? s->parallel : (uint32_t)x, out);
    out->any_will_do = true;
}

static bool may_be_good(const search *s, uint64_t x)
{
    llmp__load load;
    load_at(s, x, &load);
    return llmp__may_fit(s->model, &load);
}

static bool good(const search *s, uint64_t x)
{
    if (s->worst >= LLMP_VERDICT_CANNOT_RUN)
        return true;
    llmp__load load;
    load_at(s, x, &load);
    return llmp__may_fit(s->model, &load) && llmp__fits(s->model, &load, s->worst);
}

typedef bool condition(const search *s, uint64_t x);

/* The largest x from low on that is good, high not being so. */
static uint64_t bisect(const search *s, condition *is_good, uint64_t low, uint64_t high)
{
    while (low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;
        if (is_good(s, middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The largest of 1 .. most, or 0. What all memories could hold together is found first: the answer
 * lies little below, and placing is dear. */
static uint64_t largest(const search *s, uint64_t most)
{
    if (most == 0 || good(s, most))
        return most;
    uint64_t high = bisect(s, may_be_good, 0, most) + 1;
    uint64_t step = high / 64 + 1;
    uint64_t low = high;
    do {
        high = low;
        low = low > step ? low - step : 0;
        step *= 2;
    } while (low && !good(s, low));
    return bisect(s, good, low, high);
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
    /* the model's maximum need not be a whole number of pads */
    const search whole = {model, worst, most, 0, sequences};
    const search padded = {model, worst, 0, pad, sequences};
    *out_tokens = good(&whole, 0) ? most : largest(&padded, (most + pad - 1) / pad - 1) * pad;
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
    const search s = {model, worst, context, 0, 0};
    *out_parallel = (uint32_t)largest(&s, PARALLEL_MAX);
    return LLMP_OK;
}
