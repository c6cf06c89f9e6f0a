/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine costs that serves a workload, from the stage of cost. */
#include "planner/assess.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void unknown(llmp_assess_answer *a, const char *reason)
{
    (void)snprintf(a->cost_reason, sizeof a->cost_reason, "%.250s", reason);
}

static const llmp_cost_setting *setting_of(const llmp_cost_answer *cost, const char *key)
{
    for (size_t i = 0; i < cost->setting_count; i++) {
        if (strcmp(cost->settings[i].key, key) == 0) {
            return &cost->settings[i];
        }
    }
    return NULL;
}

/* The price the study counts with; stated ones are exact. */
static void take_price(const llmp_cost_answer *cost, llmp_assess_answer *a)
{
    const llmp_cost_setting *stated = setting_of(cost, "own.machine_usd");
    if (stated != NULL && (!a->has_price || stated->number != a->price.usd)) {
        a->has_price = true;
        a->price = (llmp_machine_price){.low_usd = stated->number,
                                        .usd = stated->number,
                                        .high_usd = stated->number,
                                        .grade = stated->grade};
        (void)snprintf(a->price.source, sizeof a->price.source, "%s", stated->source);
    }
}

static void take_flows(const llmp_cost_answer *cost, llmp_assess_answer *a)
{
    const llmp_flow *own = cost->flows[LLMP_OPTION_OWN];
    const llmp_flow *api = cost->flows[LLMP_OPTION_API];
    const double tokens = own->prompt_tokens + own->output_tokens;
    a->has_cost = true;
    a->machines_count = own->machines_most;
    a->usd_per_month = own->total_usd / own->months;
    a->usd_per_mtok = tokens > 0.0 ? own->total_usd / tokens * 1e6 : (double)NAN;
    a->overflow_ratio = own->overflow_ratio + own->unserved_ratio;
    if (api != NULL && cost->has_comparison[LLMP_OPTION_OWN]) {
        a->has_api = true;
        a->api_usd_per_month = api->total_usd / api->months;
        a->comparison = cost->comparison[LLMP_OPTION_OWN];
    }
}

llmp_status llmp__assess_money(const llmp_catalog *catalog, const llmp_cost_request *cost,
                               llmp_assessment *it, llmp_error *error)
{
    llmp_assess_answer *a = &it->answer;
    llmp_error why = LLMP_ERROR_INIT;
    llmp_cost_request request = *cost;
    llmp_fit_request fit = it->asked[0];
    const llmp_fit_answer *first = a->models[0].fit;
    const llmp_workload *w = cost->workload;
    if (w == NULL) {
        return llmp__fail_argument(error, "cost", "has no workload");
    }
    fit.machine = a->machine; /* all of it is paid for */
    request.fit = &fit;
    a->has_price = llmp_machine_price_of(catalog, a->machine, cost->buying, cost->as_of, &a->price,
                                         &why) == LLMP_OK;
    if (first->verdict == LLMP_VERDICT_CANNOT_RUN || llmp_fit_speed_model(it->fits[0]) == NULL) {
        unknown(a, first->verdict == LLMP_VERDICT_CANNOT_RUN ? "the model cannot run"
                                                             : "the speed is unknown");
        return LLMP_OK;
    }
    const double needed = w->prompt_tokens + w->output_tokens + w->reasoning_tokens;
    if (needed > (double)first->max_context_tokens) {
        char text[32];
        (void)llmp_count_format((uint64_t)needed, text, sizeof text);
        (void)snprintf(a->cost_reason, sizeof a->cost_reason,
                       "requests of %s tokens are more than the largest context", text);
        return LLMP_OK;
    }
    llmp_status status = llmp__cost_create_of(catalog, &request, it->fits[0], &it->cost, &why);
    if (status == LLMP_E_NO_DATA) {
        unknown(a, why.message);
        return LLMP_OK;
    }
    if (status != LLMP_OK) {
        if (error != NULL) {
            *error = why;
        }
        return status;
    }
    const llmp_cost_answer *answer = llmp_cost_answer_of(it->cost);
    take_price(answer, a);
    if (answer->flows[LLMP_OPTION_OWN] != NULL) {
        take_flows(answer, a);
    }
    return LLMP_OK;
}
