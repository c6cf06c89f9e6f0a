/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several models and several separate machines: who lies where. */
#include "planner/compare.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { SUBSETS_MAX = 1 << LLMP_ASSESS_MODELS_MAX };

/* Assessments of every set of models on every machine that an arrangement asked for. */
typedef struct arrangements {
    llmp_compare *it;
    uint32_t column;
    llmp_assessment *of[LLMP_MACHINES_MAX][SUBSETS_MAX];
} arrangements;

/* How good an arrangement is: the worst verdict, then the sum of ln seconds over models and tasks
 * (without tasks, of ln seconds per token). */
typedef struct merit {
    llmp_verdict worst;
    double ln_time;
} merit;

/* What a task that has no room counts as: longer than any that has. */
static const double no_room_ln_s = 30.0;

static llmp_status assess_set(arrangements *all, uint32_t machine, uint32_t set,
                              llmp_assessment **out, llmp_error *error)
{
    llmp_compare *it = all->it;
    llmp_fit_request models[LLMP_ASSESS_MODELS_MAX];
    llmp_assess_request ask = it->request.ask;
    llmp_status status = LLMP_OK;
    if (all->of[machine][set] == NULL) {
        ask.machine = &it->columns[all->column].machines[machine];
        ask.models = models;
        ask.model_count = 0;
        for (uint32_t m = 0; m < it->request.model_count; m++) {
            if ((set >> m & 1u) != 0) {
                models[ask.model_count++] = it->models[m];
            }
        }
        status = llmp_assess_create(it->catalog, &ask, &all->of[machine][set], error);
    }
    *out = all->of[machine][set];
    return status;
}

static void judge(const llmp_assess_answer *a, merit *sum)
{
    sum->worst = a->verdict > sum->worst ? a->verdict : sum->worst;
    for (uint32_t i = 0; i < a->model_count; i++) {
        const llmp_assess_model *m = &a->models[i];
        for (uint32_t t = 0; t < a->task_count; t++) {
            const bool done = m->has_speed && m->tasks[t].fits;
            sum->ln_time += done ? log(m->tasks[t].time.time_s.p50) : no_room_ln_s;
        }
        if (a->task_count == 0) {
            sum->ln_time -= m->has_speed ? log(m->fit->decode.tokens_per_s.p50) : -no_room_ln_s;
        }
    }
}

static uint32_t set_on(const llmp_compare *it, const uint32_t *home, uint32_t machine)
{
    uint32_t set = 0;
    for (uint32_t m = 0; m < it->request.model_count; m++) {
        set |= home[m] == machine ? 1u << m : 0u;
    }
    return set;
}

static llmp_status judge_all(arrangements *all, const uint32_t *home, merit *out, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    *out = (merit){LLMP_VERDICT_FITS, 0.0};
    for (uint32_t k = 0; k < all->it->columns[all->column].machine_count; k++) {
        llmp_assessment *a;
        const uint32_t set = set_on(all->it, home, k);
        if (set != 0 && status == LLMP_OK) {
            status = assess_set(all, k, set, &a, error);
            if (status == LLMP_OK) {
                judge(llmp_assess_answer_of(a), out);
            }
        }
    }
    return status;
}

/* Counts up in the base of the machines; false after the last arrangement. */
static bool next(uint32_t *home, uint32_t models, uint32_t machines)
{
    for (uint32_t m = 0; m < models; m++) {
        if (++home[m] < machines) {
            return true;
        }
        home[m] = 0;
    }
    return false;
}

llmp_status llmp__compare_share_out(llmp_compare *it, uint32_t column, llmp_error *error)
{
    const uint32_t machines = it->columns[column].machine_count;
    uint32_t home[LLMP_COMPARE_MODELS_MAX] = {0};
    merit best = {LLMP_VERDICT_CANNOT_RUN, HUGE_VAL};
    llmp_status status = LLMP_OK;
    arrangements *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return llmp__fail_memory(error, "arrangements");
    }
    all->it = it;
    all->column = column;
    do {
        merit m;
        status = judge_all(all, home, &m, error);
        if (status == LLMP_OK &&
            (m.worst < best.worst || (m.worst == best.worst && m.ln_time < best.ln_time))) {
            best = m;
            for (uint32_t i = 0; i < it->request.model_count; i++) {
                it->home[column][i] = home[i];
            }
        }
    } while (status == LLMP_OK && next(home, it->request.model_count, machines));
    for (uint32_t k = 0; k < machines; k++) {
        const uint32_t set = set_on(it, it->home[column], k);
        if (status == LLMP_OK && set != 0) {
            it->on[column][k][0] = all->of[k][set];
            all->of[k][set] = NULL;
        }
        for (uint32_t s = 0; s < SUBSETS_MAX; s++) {
            llmp_assess_destroy(&all->of[k][s]);
        }
    }
    free(all);
    return status;
}
