/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several models on one machine: which devices each gets, what the others leave it, which quants
 * fit together. */
#include "planner/assess.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Where one model lies. */
typedef struct lies {
    uint64_t device_bytes[LLMP_MACHINE_DEVICES_MAX];
    uint64_t host_bytes;
} lies;

/* One try: quants by model and what became of it. */
typedef struct layout {
    const llmp_quant *quants[LLMP_ASSESS_MODELS_MAX];
    lies models[LLMP_ASSESS_MODELS_MAX];
    bool lies[LLMP_ASSESS_MODELS_MAX]; /* somewhere */
    uint32_t placed;
    bool fits;
} layout;

/* Quants to choose from, and the archs of those that were tried: most are tried many times. */
typedef struct choice {
    llmp__candidate list[LLMP_ASSESS_MODELS_MAX][LLMP__CANDIDATES_MAX]; /* best quality first */
    llmp_arch *archs[LLMP_ASSESS_MODELS_MAX][LLMP__CANDIDATES_MAX];     /* NULL: not yet built */
    size_t counts[LLMP_ASSESS_MODELS_MAX]; /* 0: the quant is given, or the file's own */
    double losses[LLMP_ASSESS_MODELS_MAX * LLMP__CANDIDATES_MAX];
    size_t loss_count;
} choice;

/* What placing takes along. */
typedef struct placing {
    const llmp_catalog *catalog;
    const llmp_assessment *it;
    choice candidates;
    uint32_t order[LLMP_ASSESS_MODELS_MAX]; /* in which models are placed */
    layout best, trial;
    llmp__attempt attempt;
} placing;

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t on_device(const layout *l, uint32_t d, uint32_t but)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < LLMP_ASSESS_MODELS_MAX; i++) {
        sum += i == but || !l->lies[i] ? 0 : l->models[i].device_bytes[d];
    }
    return sum;
}

static uint64_t on_host(const llmp_assessment *it, const layout *l, uint32_t but)
{
    uint64_t sum = it->asked[but].memory.beside_host_bytes;
    for (uint32_t i = 0; i < LLMP_ASSESS_MODELS_MAX; i++) {
        sum += i == but || !l->lies[i] ? 0 : l->models[i].host_bytes;
    }
    return sum;
}

/* The machine with those of its devices alone that `keep` tells; which they are goes to `index`. */
static void part_of(const llmp_machine *machine, const bool *keep, llmp_machine *out,
                    uint32_t *index)
{
    const uint32_t each = machine->device_count / machine->machines;
    uint32_t last_machine = UINT32_MAX;
    *out = *machine;
    out->device_count = out->machines = 0;
    for (uint32_t d = 0; d < machine->device_count; d++) {
        if (keep[d]) {
            out->machines += last_machine == d / each ? 0 : 1;
            last_machine = d / each;
            index[out->device_count] = d;
            out->devices[out->device_count++] = machine->devices[d];
        }
    }
    out->machine_link = out->machines > 1 ? machine->machine_link : NULL;
    if (out->device_count < machine->device_count) {
        (void)snprintf(out->title, sizeof out->title, "%u of %.100s", out->device_count,
                       machine->title);
    }
}

/* Which device a share is of: the first of its kind that is not taken by an earlier one. */
static void record(const llmp__attempt *attempt, const llmp_machine *machine, const uint32_t *index,
                   lies *out)
{
    bool seen[LLMP_MACHINE_DEVICES_MAX] = {false};
    const lies nothing = {{0}, 0};
    *out = nothing;
    for (uint32_t s = 0; s < attempt->memory.share_count; s++) {
        const llmp_memory_share *share = &attempt->memory.shares[s];
        uint32_t d = 0;
        if (share->is_host && !attempt->memory_model.host_shared) {
            out->host_bytes += share->parts.total_bytes;
            continue;
        }
        while (!share->is_host && d + 1 < machine->device_count &&
               (seen[d] || machine->devices[d] != share->device)) {
            d++;
        }
        seen[d] = !share->is_host || seen[d];
        out->device_bytes[index[d]] += share->parts.total_bytes;
    }
}

static llmp_status build_once(placing *p, uint32_t i, const llmp_quant *quant, llmp_arch **out,
                              llmp_error *error)
{
    size_t k = 0;
    while (k < p->candidates.counts[i] && p->candidates.list[i][k].quant != quant) {
        k++;
    }
    llmp_arch **kept = &p->candidates.archs[i][k < p->candidates.counts[i] ? k : 0];
    llmp_status status = LLMP_OK;
    if (*kept == NULL) {
        status = llmp_arch_create(p->catalog, p->it->asked[i].model, quant, NULL, kept, error);
    }
    *out = *kept;
    return status;
}

/* Model i under the request's quant on some machine beside so much. The arch stays the room's. */
static llmp_status attempt_on(placing *p, uint32_t i, llmp_fit_request *request,
                              const llmp_machine *machine, uint64_t beside_bytes, llmp_error *error)
{
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_arch *arch = NULL;
    char reason[160];
    request->machine = machine;
    request->memory.beside_bytes = beside_bytes;
    if (request->quant == NULL && request->import == NULL) {
        return llmp__choose_quant(p->catalog, request, &p->attempt, reason, sizeof reason, error);
    }
    llmp_status status =
        llmp__choose_engine(p->catalog, request, request->quant, &engine, &backend, error);
    if (status != LLMP_OK || request->import != NULL) {
        return status == LLMP_OK ? llmp__attempt_memory(p->catalog, request, request->quant, engine,
                                                        backend, &p->attempt, error)
                                 : status;
    }
    status = build_once(p, i, request->quant, &arch, error);
    return status == LLMP_OK ? llmp__attempt_of_arch(p->catalog, request, arch, request->quant,
                                                     engine, backend, &p->attempt, error)
                             : status;
}

/* Forgets an attempt, but not an arch that is kept. */
static void let_go(placing *p, const llmp_fit_request *request)
{
    if (request->quant != NULL && request->import == NULL) {
        p->attempt.arch = NULL;
    }
    llmp__attempt_release(&p->attempt);
}

static void take(placing *p, uint32_t i, const llmp_fit_request *request, const llmp_machine *part,
                 const uint32_t *index, layout *l)
{
    record(&p->attempt, part, index, &l->models[i]);
    l->quants[i] = p->attempt.quant;
    l->lies[i] = true;
    l->placed++;
    let_go(p, request);
}

/* Places the next model after those before it: on free devices where it fits there, else on all. */
static llmp_status place_next(placing *p, layout *l, llmp_verdict *out_verdict, llmp_error *error)
{
    const uint32_t i = p->order[l->placed];
    const llmp_machine *machine = p->it->answer.machine;
    llmp_machine part;
    uint32_t index[LLMP_MACHINE_DEVICES_MAX];
    bool free_one[LLMP_MACHINE_DEVICES_MAX];
    bool all[LLMP_MACHINE_DEVICES_MAX];
    uint32_t free_count = 0;
    uint64_t most = 0;
    llmp_fit_request request = p->it->asked[i];
    request.quant = l->quants[i];
    request.memory.beside_host_bytes = on_host(p->it, l, i);
    for (uint32_t d = 0; d < machine->device_count; d++) {
        const uint64_t used = on_device(l, d, i);
        all[d] = true;
        free_one[d] = used == 0;
        free_count += free_one[d] ? 1 : 0;
        most = larger(most, used);
    }
    if (free_count > 0 && free_count < machine->device_count) {
        part_of(machine, free_one, &part, index);
        if (attempt_on(p, i, &request, &part, 0, NULL) == LLMP_OK) {
            *out_verdict = p->attempt.memory.verdict;
            if (*out_verdict == LLMP_VERDICT_FITS) {
                take(p, i, &request, &part, index, l);
                return LLMP_OK;
            }
            let_go(p, &request);
        }
    }
    part_of(machine, all, &part, index);
    llmp_status status = attempt_on(p, i, &request, &part, most, error);
    if (status == LLMP_OK) {
        *out_verdict = p->attempt.memory.verdict;
        take(p, i, &request, &part, index, l);
    }
    return status;
}

/* Places all; stops at the first that does not fit when they must. */
static llmp_status place_all(placing *p, bool must_fit, layout *l, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    l->placed = 0;
    l->fits = true;
    for (uint32_t i = 0; i < LLMP_ASSESS_MODELS_MAX; i++) {
        l->lies[i] = false;
    }
    while (status == LLMP_OK && l->placed < p->it->answer.model_count && (l->fits || !must_fit)) {
        llmp_verdict verdict = LLMP_VERDICT_CANNOT_RUN;
        status = place_next(p, l, &verdict, error);
        l->fits = l->fits && status == LLMP_OK && verdict == LLMP_VERDICT_FITS;
    }
    return status;
}

/* --- quants together ---------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static llmp_status list_candidates(const llmp_catalog *catalog, const llmp_assessment *it,
                                   choice *c, llmp_error *error)
{
    c->loss_count = 0;
    for (uint32_t i = 0; i < it->answer.model_count; i++) {
        const llmp_fit_request *request = &it->asked[i];
        const llmp_engine *engine;
        const llmp_backend *backend;
        c->counts[i] = 0;
        if (request->quant != NULL || request->import != NULL) {
            continue;
        }
        llmp_status status = llmp__choose_engine(catalog, request, NULL, &engine, &backend, error);
        if (status != LLMP_OK) {
            return status;
        }
        c->counts[i] = llmp__quant_candidates(catalog, request->model, engine, c->list[i]);
        for (size_t k = 0; k < c->counts[i]; k++) {
            c->losses[c->loss_count++] = c->list[i][k].loss;
        }
    }
    qsort(c->losses, c->loss_count, sizeof *c->losses, by_value);
    return LLMP_OK;
}

/* Of the quants that lose no more than that the one with the fewest bits; the best if none. */
static void quants_within(const llmp_assessment *it, const choice *c, double loss, layout *l)
{
    for (uint32_t i = 0; i < it->answer.model_count; i++) {
        l->quants[i] = it->asked[i].quant;
        for (size_t k = 0; k < c->counts[i]; k++) {
            const llmp_quant *quant = c->list[i][k].quant;
            if (k == 0 ||
                (c->list[i][k].loss <= loss &&
                 quant->nominal_bits_per_weight < l->quants[i]->nominal_bits_per_weight)) {
                l->quants[i] = quant;
            }
        }
    }
}

/* With the greatest loss settled, each model in turn takes the best quant that still fits. */
static void improve(placing *p)
{
    const choice *c = &p->candidates;
    for (uint32_t i = 0; i < p->it->answer.model_count; i++) {
        for (size_t k = 0; k < c->counts[i] && c->list[i][k].quant != p->best.quants[i]; k++) {
            p->trial = p->best;
            p->trial.quants[i] = c->list[i][k].quant;
            if (place_all(p, true, &p->trial, NULL) == LLMP_OK && p->trial.fits) {
                p->best = p->trial;
                break;
            }
        }
    }
}

static uint64_t params_of(const llmp_fit_request *request)
{
    const llmp_model *model = llmp__request_model(request);
    return LLMP_HAS_MODEL(model, published_params) ? model->published_params : 0;
}

/* The largest first, as it may need several devices that a small one can do without. */
static void order_by_size(placing *p)
{
    for (uint32_t i = 1; i < p->it->answer.model_count; i++) {
        for (uint32_t k = i; k > 0 && params_of(&p->it->asked[p->order[k]]) >
                                          params_of(&p->it->asked[p->order[k - 1]]);
             k--) {
            const uint32_t larger_one = p->order[k];
            p->order[k] = p->order[k - 1];
            p->order[k - 1] = larger_one;
        }
    }
}

static void order_as_given(placing *p)
{
    for (uint32_t i = 0; i < LLMP_ASSESS_MODELS_MAX; i++) {
        p->order[i] = i;
    }
}

/* The least greatest loss that fits, by bisection: what fits with more bits fits with fewer. */
static bool choose_together(placing *p)
{
    const choice *c = &p->candidates;
    size_t low = 0;
    size_t high = c->loss_count;
    bool found = false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        quants_within(p->it, c, c->losses[middle], &p->trial);
        if (place_all(p, true, &p->trial, NULL) == LLMP_OK && p->trial.fits) {
            p->best = p->trial;
            found = true;
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (found) {
        improve(p);
    }
    return found;
}

/* --- together ----------------------------------------------------------------------------------
 */

/* The devices a model lies on become its machine, and what the others hold there is off limits. */
static void settle(llmp_assessment *it, const layout *l)
{
    const llmp_machine *machine = it->answer.machine;
    for (uint32_t i = 0; i < it->answer.model_count; i++) {
        bool keep[LLMP_MACHINE_DEVICES_MAX];
        uint32_t index[LLMP_MACHINE_DEVICES_MAX];
        uint64_t most = 0;
        uint32_t used = 0;
        for (uint32_t d = 0; d < machine->device_count; d++) {
            keep[d] = l->models[i].device_bytes[d] > 0;
            used += keep[d] ? 1 : 0;
        }
        for (uint32_t d = 0; d < machine->device_count; d++) {
            keep[d] = keep[d] || used == 0;
            most = keep[d] ? larger(most, on_device(l, d, i)) : most;
        }
        part_of(machine, keep, &it->parts[i], index);
        llmp_fit_request *request = &it->asked[i];
        request->memory.beside_host_bytes = on_host(it, l, i);
        request->memory.beside_bytes += most;
        request->machine = &it->parts[i];
        request->quant = l->quants[i];
    }
}

llmp_status llmp__assess_place(const llmp_catalog *catalog, llmp_assessment *it, llmp_error *error)
{
    placing *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return llmp__fail_memory(error, "a placement of several models");
    }
    p->catalog = catalog;
    p->it = it;
    llmp_status status = list_candidates(catalog, it, &p->candidates, error);
    order_as_given(p);
    order_by_size(p);
    bool found = false;
    if (status == LLMP_OK && p->candidates.loss_count > 0) {
        found = choose_together(p);
    } else if (status == LLMP_OK) { /* all quants are given */
        quants_within(it, &p->candidates, 0.0, &p->best);
        found = place_all(p, true, &p->best, NULL) == LLMP_OK && p->best.fits;
    }
    if (status == LLMP_OK && !found) { /* in the order given: each takes what is left */
        order_as_given(p);
        for (uint32_t i = 0; i < it->answer.model_count; i++) {
            p->best.quants[i] = it->asked[i].quant;
        }
        status = place_all(p, false, &p->best, error);
    }
    if (status == LLMP_OK) {
        settle(it, &p->best);
    }
    for (uint32_t i = 0; i < LLMP_ASSESS_MODELS_MAX; i++) {
        for (size_t k = 0; k < LLMP__CANDIDATES_MAX; k++) {
            llmp_arch_destroy(&p->candidates.archs[i][k]);
        }
    }
    free(p);
    return status;
}
