/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Quality first; of equal quality the smaller; then by name, so that the order is total. */
static int by_quality(const void *a, const void *b)
{
    const llmp__candidate *x = a, *y = b;
    if (x->loss != y->loss)
        return x->loss < y->loss ? -1 : 1;
    if (x->quant->nominal_bits_per_weight != y->quant->nominal_bits_per_weight)
        return x->quant->nominal_bits_per_weight < y->quant->nominal_bits_per_weight ? -1 : 1;
    return strcmp(x->quant->head.id, y->quant->head.id);
}

static const llmp_format *named_format(const llmp_catalog *catalog, const char *id)
{
    return id ? LLMP_FORMAT(llmp_catalog_get(catalog, LLMP_KIND_FORMAT, id)) : NULL;
}

/* More bits than the weights have (0.6 allows for block scales), or a float format that is not the
 * model's own. */
static bool pointless(const llmp_quant *quant, const llmp_format *native)
{
    if (quant->nominal_bits_per_weight > (native ? native->bits_per_weight : 16) + 0.6)
        return true;
    return quant->family == LLMP_FAMILY_FLOAT && native && quant->base_format &&
           strcmp(quant->base_format, native->head.id) != 0;
}

/* What is published for some models only is used when asked for, never chosen. */
bool llmp__quant_is_sensible(const llmp_catalog *catalog, const llmp_quant *quant,
                             const llmp_model *model)
{
    return !quant->own_recipe && (quant->common || llmp__quant_is_native(catalog, quant, model)) &&
           !pointless(quant, named_format(catalog, model->native_format));
}

size_t llmp__quant_candidates(const llmp_catalog *catalog, const llmp_model *model,
                              const llmp_engine *engine, llmp__candidate out[LLMP__CANDIDATES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_QUANT); i++) {
        const llmp_quant *quant = LLMP_QUANT(llmp_catalog_at(catalog, LLMP_KIND_QUANT, i));
        if (!llmp__quant_is_sensible(catalog, quant, model) ||
            !llmp__engine_loads_quant(catalog, engine, quant, NULL) ||
            count == LLMP__CANDIDATES_MAX)
            continue;
        const char *source;
        out[count].quant = quant;
        out[count].loss = llmp__quant_loss(catalog, quant, model, &source);
        count++;
    }
    qsort(out, count, sizeof *out, by_quality);
    return count;
}

/* All that devices, and the host where it may help, can give together, whatever the placement. */
static double machine_bytes(const llmp_memory_model *memory, bool with_host)
{
    double sum = memory->host_shared || !with_host ? 0 : (double)memory->host_available_bytes;
    for (uint32_t d = 0; d < memory->machine->device_count; d++)
        sum +=
            fmax((double)memory->device_available_bytes[d], (double)memory->device_pool_bytes[d]);
    return sum;
}

/* Weights alone of a quant, roughly and from below: to skip candidates that cannot possibly be
 * chosen. With `must_fit`, running from host memory is not enough; engines may keep the embedding
 * there even so, thus only what every placement on devices puts there counts. */
static bool hopeless(const llmp_quant *quant, const llmp__attempt *seen, bool must_fit)
{
    if (!seen->arch)
        return false;
    const llmp_arch_summary *arch = llmp_arch_summary_of(seen->arch);
    double params = (double)arch->params;
    if (must_fit)
        params *=
            (double)(arch->layer_weight_bytes + arch->head_bytes) / (double)arch->weight_bytes;
    return params * quant->nominal_bits_per_weight / 8 * 0.8 >
           machine_bytes(&seen->memory_model, !must_fit || seen->memory_model.cpu_only);
}

/* Offloaded, every byte costs time: about 4.8 bits is where published losses begin to be felt, so
 * more is not worth the wait. */
#define OFFLOAD_BITS 5

static void keep(llmp__attempt *best, llmp__attempt *attempt)
{
    llmp__attempt_release(best);
    *best = *attempt;
    attempt->arch = NULL;
}

/* Nothing runs: answer for the fewest bits, where least is missing. */
static void try_smallest(const llmp_catalog *catalog, const llmp_fit_request *request,
                         const llmp__candidate *candidates, size_t count, const llmp_engine *engine,
                         const llmp_backend *backend, llmp__attempt *best, llmp_error *error)
{
    const llmp_quant *smallest = NULL;
    for (size_t i = 0; i < count; i++)
        if (!smallest ||
            candidates[i].quant->nominal_bits_per_weight < smallest->nominal_bits_per_weight)
            smallest = candidates[i].quant;
    if (smallest &&
        llmp__attempt_memory(catalog, request, smallest, engine, backend, best, error) != LLMP_OK)
        best->arch = NULL;
}

static llmp_status nothing_possible(llmp_error *error, const llmp_error *first,
                                    const llmp_engine *engine)
{
    if (error && first->status != LLMP_OK)
        *error = *first;
    else
        llmp__fail(error, LLMP_E_NO_DATA, "no quant of the catalog is loaded by %s",
                   engine->head.name);
    return first->status != LLMP_OK ? first->status : LLMP_E_NO_DATA;
}

llmp_status llmp__choose_quant(const llmp_catalog *catalog, const llmp_fit_request *request,
                               llmp__attempt *out, char *out_reason, size_t reason_size,
                               llmp_error *error)
{
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_status status = llmp__choose_engine(catalog, request, NULL, &engine, &backend, error);
    if (status != LLMP_OK)
        return status;
    const llmp_model *model = llmp__request_model(request);
    llmp__candidate candidates[LLMP__CANDIDATES_MAX];
    const size_t count = llmp__quant_candidates(catalog, model, engine, candidates);

    llmp__attempt best, smallest;
    best.arch = smallest.arch = NULL;
    llmp_error first = LLMP_ERROR_INIT;
    bool fits = false;
    for (size_t i = 0; i < count && !fits; i++) {
        const bool worth_offload =
            !best.arch && candidates[i].quant->nominal_bits_per_weight < OFFLOAD_BITS;
        if (hopeless(candidates[i].quant, best.arch ? &best : &smallest, !worth_offload))
            continue;
        llmp__attempt attempt;
        llmp_error local = LLMP_ERROR_INIT;
        if (llmp__attempt_memory(catalog, request, candidates[i].quant, engine, backend, &attempt,
                                 &local) != LLMP_OK) {
            if (first.status == LLMP_OK)
                first = local;
            continue;
        }
        if (attempt.memory.verdict == LLMP_VERDICT_FITS) {
            keep(&best, &attempt);
            fits = true;
        } else if (attempt.memory.verdict == LLMP_VERDICT_RUNS_SLOWLY && worth_offload) {
            keep(&best, &attempt);
        } else {
            keep(&smallest, &attempt);
        }
        llmp__attempt_release(&attempt);
    }
    llmp__attempt_release(&smallest);
    if (!best.arch)
        try_smallest(catalog, request, candidates, count, engine, backend, &best, &first);
    if (!best.arch)
        return nothing_possible(error, &first, engine);
    *out = best;
    const llmp_memory_options *m = &request->memory;
    const bool stated = m->gpu_layers >= 0 || m->cpu_expert_layers >= 0 ||
                        m->placement == LLMP_PLACE_LAYER_OFFLOAD ||
                        m->placement == LLMP_PLACE_EXPERT_OFFLOAD || m->placement == LLMP_PLACE_CPU;
    snprintf(out_reason, reason_size, "%s",
             fits ? "the best quality that fits"
             : stated && best.memory.verdict == LLMP_VERDICT_RUNS_SLOWLY
                 ? "the best quality under 5 bits for what runs on the CPU"
             : best.memory.verdict == LLMP_VERDICT_RUNS_SLOWLY
                 ? "nothing fits on the device; the best quality under 5 bits that runs at all"
                 : "nothing fits; the smallest there is");
    return LLMP_OK;
}
