/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a column costs: of several machines one serves the workload and the others idle. */
#include "planner/compare.h"

#include "base/error.h"
#include "planner/cost_private.h"

#include <math.h>
#include <stdlib.h>

/* The flow of a machine that is bought, on, and not asked anything. */
static llmp_status idle_flow(const llmp_compare *it, const llmp_assessment *assessment,
                             llmp_cost **out, llmp_error *error)
{
    llmp_cost_request cost = *it->request.ask.cost;
    const llmp_assess_answer *a = llmp_assess_answer_of(assessment);
    llmp_fit_request fit = LLMP_FIT_REQUEST_INIT;
    fit.machine = a->machine;
    fit.memory = a->models[0].fit->options;
    cost.fit = &fit;
    cost.api = NULL;
    cost.tokens_per_month_count = 0.0;
    if (cost.assume_count + 2 > LLMP_COST_ASSUME_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "more than %d assumptions",
                          LLMP_COST_ASSUME_MAX - 2);
    }
    cost.assume[cost.assume_count++] = "demand.requests_count=0";
    cost.assume[cost.assume_count++] = "own.machine_count=1";
    llmp_fit *made = (llmp_fit *)(uintptr_t)llmp_assess_fit(assessment, 0);
    return llmp__cost_create_of(it->catalog, &cost, made, out, error);
}

static void add_flow(llmp_flow *sum, const llmp_flow *flow)
{
    for (uint32_t m = 0; m < sum->months; m++) {
        sum->month[m].lump_usd += flow->month[m].lump_usd;
        sum->month[m].running_usd += flow->month[m].running_usd;
    }
    sum->end_usd += flow->end_usd;
    sum->total_usd += flow->total_usd;
    sum->present_usd += flow->present_usd;
}

/* Which machine serves: of those the model lies on the one that does so for least. */
static const llmp_assessment *server_of(const llmp_compare *it, uint32_t column, uint32_t model,
                                        uint32_t *out_machine)
{
    const llmp_assessment *best = NULL;
    for (uint32_t k = 0; k < it->columns[column].machine_count; k++) {
        uint32_t slot;
        const llmp_assessment *one = llmp_compare_assessment(it, column, k, model, &slot);
        if (one == NULL || slot != 0 || !llmp_assess_answer_of(one)->has_cost) {
            continue;
        }
        if (best == NULL || llmp_assess_answer_of(one)->usd_per_month <
                                llmp_assess_answer_of(best)->usd_per_month) {
            best = one;
            *out_machine = k;
        }
    }
    return best;
}

/* The assessment of a machine, whichever models lie on it. */
static const llmp_assessment *any_on(const llmp_compare *it, uint32_t column, uint32_t machine,
                                     uint32_t model)
{
    return it->on[column][machine][it->answer.together ? 0 : model];
}

static llmp_status add_others(const llmp_compare *it, uint32_t column, uint32_t model,
                              uint32_t server, llmp_flow *sum, bool *out_known, llmp_error *error)
{
    *out_known = true;
    for (uint32_t k = 0; k < it->columns[column].machine_count; k++) {
        const llmp_assessment *other = any_on(it, column, k, model);
        llmp_cost *cost = NULL;
        if (k == server) {
            continue;
        }
        if (other == NULL || llmp_assess_cost(other) == NULL) {
            *out_known = false;
            return LLMP_OK;
        }
        llmp_status status = idle_flow(it, other, &cost, error);
        if (status != LLMP_OK) {
            return status;
        }
        add_flow(sum, llmp_cost_answer_of(cost)->flows[LLMP_OPTION_OWN]);
        llmp_cost_destroy(&cost);
    }
    return LLMP_OK;
}

static llmp_status fill(const llmp_assess_answer *a, const llmp_cost_answer *cost,
                        const llmp_flow *own, llmp__column_money *out, llmp_error *error)
{
    const double tokens = own->prompt_tokens + own->output_tokens;
    const llmp_flow *api = cost->flows[LLMP_OPTION_API];
    llmp_comparison against;
    out->state = LLMP_COMPARE_VALUE;
    out->machines_count = a->machines_count;
    out->usd_per_month = own->total_usd / own->months;
    out->usd_per_mtok = tokens > 0.0 ? own->total_usd / tokens * 1e6 : (double)NAN;
    if (api == NULL) {
        return LLMP_OK;
    }
    llmp_status status =
        llmp_compare_flows(own, api, cost->study.discount_per_year_ratio, &against, error);
    if (status == LLMP_OK) {
        out->breakeven = against.breaks_even ? LLMP_COMPARE_VALUE : LLMP_COMPARE_NO;
        out->breakeven_months = against.breakeven_months;
    }
    return status;
}

llmp_status llmp__compare_money(const llmp_compare *it, uint32_t column, uint32_t model,
                                llmp__column_money *out, llmp_error *error)
{
    const llmp__column_money nothing = {0};
    const llmp_assessment *server = server_of(it, column, model, &out->machine);
    const uint32_t machine = server == NULL ? 0 : out->machine;
    *out = nothing;
    out->machine = machine;
    if (server == NULL) {
        return LLMP_OK;
    }
    const llmp_cost_answer *cost = llmp_cost_answer_of(llmp_assess_cost(server));
    llmp_flow *sum = malloc(sizeof *sum);
    bool known = true;
    if (sum == NULL) {
        return llmp__fail_memory(error, "a flow");
    }
    *sum = *cost->flows[LLMP_OPTION_OWN];
    llmp_status status = add_others(it, column, model, machine, sum, &known, error);
    if (status == LLMP_OK && known) {
        status = fill(llmp_assess_answer_of(server), cost, sum, out, error);
    }
    free(sum);
    return status;
}
