/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The best machine against an API. */
#include "planner/recommend.h"

#include <stdio.h>
#include <string.h>

static void take(const llmp_assess_answer *a, llmp_recommend_money *out)
{
    out->known = a->has_cost && a->has_api;
    if (!out->known) {
        (void)snprintf(out->reason, sizeof out->reason, "%.250s",
                       a->cost_reason[0] != '\0' ? a->cost_reason : "no API is known");
        return;
    }
    out->own_usd_per_month = a->usd_per_month;
    out->api_usd_per_month = a->api_usd_per_month;
    out->machines_count = a->machines_count;
    out->comparison = a->comparison;
    out->api_is_better = !a->comparison.breaks_even;
}

/* The first model's workload on the machine that runs it; the price is the one that won. */
llmp_status llmp__recommend_money(llmp_recommendation *it, llmp_error *error)
{
    llmp_recommend_answer *a = &it->answer;
    const llmp__search *s = &it->search;
    const llmp_recommend_row *best = a->best;
    if (best == NULL || s->request.cost == NULL || s->request.cost->api == NULL) {
        return LLMP_OK;
    }
    char price[64];
    llmp_cost_request cost = *s->request.cost;
    llmp_assess_request request = LLMP_ASSESS_REQUEST_INIT;
    llmp_assessment *assessment = NULL;
    llmp_error why = LLMP_ERROR_INIT;
    const uint32_t member = best->member_count == 1 ? 0 : best->model_member[0];
    (void)snprintf(price, sizeof price, "own.machine_usd=%.2f",
                   best->usd / (best->counts[member] > 0 ? best->counts[member] : 1));
    if (cost.assume_count < LLMP_COST_ASSUME_MAX) {
        cost.assume[cost.assume_count++] = price;
    }
    cost.as_of = s->day;
    request.machine = &best->members[member]->machine;
    request.models = s->models;
    request.model_count = best->member_count == 1 ? s->request.model_count : 1;
    request.cost = &cost;
    request.context_given = true;
    request.depth_count = request.prompt_count = 0;
    a->has_money = true;
    const llmp_model *model = llmp__request_model(&s->models[0]);
    bool same = cost.api->open_model != NULL && strcmp(cost.api->open_model, model->head.id) == 0;
    size_t pairs = same ? 0
                        : llmp_score_pairs(s->catalog, (llmp_scored){model, NULL},
                                           (llmp_scored){NULL, cost.api}, s->day, a->money.pairs,
                                           LLMP_RECOMMEND_SCORES_MAX);
    a->money.pair_count = pairs < LLMP_RECOMMEND_SCORES_MAX ? pairs : LLMP_RECOMMEND_SCORES_MAX;
    a->money.api = cost.api;
    a->money.workload = cost.workload;
    llmp_status status = llmp_assess_create(s->catalog, &request, &assessment, &why);
    if (status == LLMP_OK) {
        take(llmp_assess_answer_of(assessment), &a->money);
        const llmp_cost *of = llmp_assess_cost(assessment);
        a->money.months = of == NULL ? 0 : llmp_cost_answer_of(of)->study.horizon_months;
    } else if (error != NULL) {
        *error = why;
    }
    llmp_assess_destroy(&assessment);
    return status;
}
