/* SPDX-License-Identifier: GPL-3.0-or-later */
/* More than one model behind one question. */
#include <llmplan/cost_hybrid.h>

#include "base/error.h"
#include "cost/flow.h"
#include "cost/root.h"

#include <math.h>
#include <stdlib.h>

enum { TIERS_MOST = 64, SPLIT_STEPS = 100 };

static bool amount(double x)
{
    return x >= 0.0 && x <= 1e12;
}

static bool share(double x)
{
    return x >= 0.0 && x <= 1.0;
}

static llmp_status check_tiers(const llmp_hybrid_tier *tiers, size_t count, llmp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const llmp_hybrid_tier *t = &tiers[i];
        if (!amount(t->cost_usd) || !amount(t->latency_s) || !share(t->quality_ratio) ||
            !share(t->escalation_ratio)) {
            return llmp__fail(error, LLMP_E_RANGE,
                              "tier %zu: cost and latency are 0 or more, quality and escalation "
                              "0 to 1",
                              i);
        }
    }
    return LLMP_OK;
}

static llmp_status check_shares(const double *share_ratio, size_t count, llmp_error *error)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!share(share_ratio[i])) {
            return llmp__fail(error, LLMP_E_RANGE, "share %zu is %g: 0 to 1", i, share_ratio[i]);
        }
        sum += share_ratio[i];
    }
    return fabs(sum - 1.0) <= 1e-9
               ? LLMP_OK
               : llmp__fail(error, LLMP_E_RANGE, "the shares add up to %g, not 1", sum);
}

llmp_status llmp_hybrid_cascade(const llmp_hybrid_tier *tiers, size_t count, double judge_usd,
                                double judge_s, llmp_hybrid *out, llmp_error *error)
{
    if (tiers == NULL || out == NULL || count == 0 || count > TIERS_MOST) {
        return llmp__fail_argument(error, "tiers, count or out", "is missing, or too many");
    }
    if (!amount(judge_usd) || !amount(judge_s)) {
        return llmp__fail(error, LLMP_E_RANGE, "a judge of %g USD and %g s", judge_usd, judge_s);
    }
    llmp_status status = check_tiers(tiers, count, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp_hybrid sum = {0, 0, 0, 0};
    double reach = 1.0;
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        double kept = last ? 1.0 : 1.0 - tiers[i].escalation_ratio;
        sum.cost_usd += reach * (tiers[i].cost_usd + (last ? 0.0 : judge_usd));
        sum.latency_s += reach * (tiers[i].latency_s + (last ? 0.0 : judge_s));
        sum.quality_ratio += reach * kept * tiers[i].quality_ratio;
        sum.strongest_ratio = reach;
        reach *= tiers[i].escalation_ratio;
    }
    *out = sum;
    return LLMP_OK;
}

llmp_status llmp_hybrid_router(const llmp_hybrid_tier *tiers, const double *share_ratio,
                               size_t count, double router_usd, double router_s, llmp_hybrid *out,
                               llmp_error *error)
{
    if (tiers == NULL || share_ratio == NULL || out == NULL || count == 0 || count > TIERS_MOST) {
        return llmp__fail_argument(error, "tiers, shares, count or out", "is missing, or too many");
    }
    if (!amount(router_usd) || !amount(router_s)) {
        return llmp__fail(error, LLMP_E_RANGE, "a router of %g USD and %g s", router_usd, router_s);
    }
    llmp_status status = check_tiers(tiers, count, error);
    status = status == LLMP_OK ? check_shares(share_ratio, count, error) : status;
    if (status != LLMP_OK) {
        return status;
    }
    llmp_hybrid sum = {router_usd, router_s, 0, share_ratio[count - 1]};
    for (size_t i = 0; i < count; i++) {
        sum.cost_usd += share_ratio[i] * tiers[i].cost_usd;
        sum.latency_s += share_ratio[i] * tiers[i].latency_s;
        sum.quality_ratio += share_ratio[i] * tiers[i].quality_ratio;
    }
    *out = sum;
    return LLMP_OK;
}

static size_t choose(const llmp_hybrid_tier *tiers, size_t count, double quality_min_ratio)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        bool good = tiers[i].quality_ratio >= quality_min_ratio;
        bool best_good = tiers[best].quality_ratio >= quality_min_ratio;
        bool better = good && best_good ? tiers[i].cost_usd < tiers[best].cost_usd
                                        : tiers[i].quality_ratio > tiers[best].quality_ratio;
        best = (good && !best_good) || (good == best_good && better) ? i : best;
    }
    return best;
}

llmp_status llmp_hybrid_specialised(const llmp_hybrid_tier *tiers, const double *share_ratio,
                                    size_t class_count, size_t tier_count, double quality_min_ratio,
                                    size_t *out_choice, llmp_hybrid *out, llmp_error *error)
{
    if (tiers == NULL || share_ratio == NULL || out == NULL || class_count == 0 ||
        tier_count == 0 || class_count > TIERS_MOST || tier_count > TIERS_MOST) {
        return llmp__fail_argument(error, "tiers, shares, counts or out",
                                   "is missing, or too many");
    }
    if (!share(quality_min_ratio)) {
        return llmp__fail(error, LLMP_E_RANGE, "a quality of %g: 0 to 1", quality_min_ratio);
    }
    llmp_status status = check_tiers(tiers, class_count * tier_count, error);
    status = status == LLMP_OK ? check_shares(share_ratio, class_count, error) : status;
    if (status != LLMP_OK) {
        return status;
    }
    llmp_hybrid sum = {0, 0, 0, 0};
    for (size_t i = 0; i < class_count; i++) {
        const llmp_hybrid_tier *row = &tiers[i * tier_count];
        size_t chosen = choose(row, tier_count, quality_min_ratio);
        sum.cost_usd += share_ratio[i] * row[chosen].cost_usd;
        sum.latency_s += share_ratio[i] * row[chosen].latency_s;
        sum.quality_ratio += share_ratio[i] * row[chosen].quality_ratio;
        sum.strongest_ratio += chosen + 1 == tier_count ? share_ratio[i] : 0.0;
        if (out_choice != NULL) {
            out_choice[i] = chosen;
        }
    }
    *out = sum;
    return LLMP_OK;
}

llmp_status llmp_hybrid_refine_usd(const llmp_refine_price *weak, const llmp_refine_price *strong,
                                   double prompt_tokens, double draft_tokens, double refined_tokens,
                                   double *out_usd, llmp_error *error)
{
    if (weak == NULL || strong == NULL || out_usd == NULL) {
        return llmp__fail_argument(error, "weak, strong or out_usd", "is NULL");
    }
    const double numbers[] = {
        weak->input_usd_per_mtok,
        weak->output_usd_per_mtok,
        strong->input_usd_per_mtok,
        strong->output_usd_per_mtok,
        prompt_tokens,
        draft_tokens,
        refined_tokens,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!amount(numbers[i])) {
            return llmp__fail(error, LLMP_E_RANGE, "%g is no price and no count of tokens",
                              numbers[i]);
        }
    }
    *out_usd =
        (weak->input_usd_per_mtok * prompt_tokens + weak->output_usd_per_mtok * draft_tokens +
         strong->input_usd_per_mtok * (prompt_tokens + draft_tokens) +
         strong->output_usd_per_mtok * refined_tokens) /
        1e6;
    return LLMP_OK;
}

llmp_status llmp_hybrid_breakeven_escalation(double weak_usd, double judge_usd, double strong_usd,
                                             double *out_ratio, llmp_error *error)
{
    if (out_ratio == NULL) {
        return llmp__fail_argument(error, "out_ratio", "is NULL");
    }
    if (!amount(weak_usd) || !amount(judge_usd) || !amount(strong_usd) || strong_usd == 0.0) {
        return llmp__fail(error, LLMP_E_RANGE, "costs of %g, %g and %g USD", weak_usd, judge_usd,
                          strong_usd);
    }
    *out_ratio = 1.0 - (weak_usd + judge_usd) / strong_usd;
    return LLMP_OK;
}

/* --- how much to hand on ---------------------------------------------------------------------- */

typedef struct escalation_search {
    llmp_study study;
    llmp_flow flow;
    double api_usd;
} escalation_search;

/* What a cascade saves at an escalation rate. */
static double saving_at(double ratio, void *with)
{
    escalation_search *s = with;
    s->study.own.escalation_ratio = ratio;
    llmp__flow_run(&s->study, LLMP_OPTION_OWN, &s->flow);
    return s->api_usd - s->flow.present_usd;
}

llmp_status llmp_hybrid_escalation_most(const llmp_study *study, double *out_ratio, bool *out_pays,
                                        llmp_error *error)
{
    if (study == NULL || out_ratio == NULL || out_pays == NULL || !study->has_own ||
        !study->has_api) {
        return llmp__fail_argument(error, "study, out_ratio or out_pays",
                                   "is NULL, or not both of own and API are in it");
    }
    escalation_search *s = malloc(sizeof *s);
    if (s == NULL) {
        return llmp__fail_memory(error, "a search");
    }
    s->study = *study;
    llmp_status status = llmp_study_check(study, error);
    if (status == LLMP_OK) {
        llmp__flow_run(study, LLMP_OPTION_API, &s->flow);
        s->api_usd = s->flow.present_usd;
        double none = saving_at(0.0, s);
        double all = saving_at(1.0, s);
        *out_pays = none >= 0.0;
        *out_ratio = none < 0.0   ? 0.0
                     : all >= 0.0 ? 1.0
                                  : llmp__root(saving_at, s, 0.0, none, 1.0, all);
    }
    free(s);
    return status;
}

/* --- how much to keep ------------------------------------------------------------------------- */

typedef struct split_search {
    llmp_study study;
    llmp_flow flow;
    llmp_flow api;
} split_search;

static double quality_at(const llmp_study *study, double local, double local_quality,
                         double api_quality)
{
    double answered = local * (1.0 - study->own.escalation_ratio);
    return answered * local_quality + (1.0 - answered) * api_quality;
}

llmp_status llmp_hybrid_best_split(const llmp_study *study, double local_quality_ratio,
                                   double api_quality_ratio, double quality_min_ratio,
                                   llmp_split *out, llmp_error *error)
{
    if (study == NULL || out == NULL || !study->has_own || !study->has_api) {
        return llmp__fail_argument(error, "study or out",
                                   "is NULL, or not both of own and API are in it");
    }
    if (!share(local_quality_ratio) || !share(api_quality_ratio) || !share(quality_min_ratio)) {
        return llmp__fail(error, LLMP_E_RANGE, "qualities are 0 to 1");
    }
    split_search *s = malloc(sizeof *s);
    if (s == NULL) {
        return llmp__fail_memory(error, "a search");
    }
    llmp_status status = llmp_flow_run(study, LLMP_OPTION_API, &s->api, error);
    llmp_split best = {.meets_quality = false};
    double best_quality = -1.0;
    for (int i = 0; status == LLMP_OK && i <= SPLIT_STEPS; i++) {
        double local = (double)i / (double)SPLIT_STEPS;
        s->study = *study;
        s->study.own.local_ratio = local;
        status = i == 0 ? LLMP_OK : llmp_flow_run(&s->study, LLMP_OPTION_OWN, &s->flow, error);
        if (status != LLMP_OK) {
            break;
        }
        double usd = i == 0 ? s->api.present_usd : s->flow.present_usd;
        double quality = quality_at(study, local, local_quality_ratio, api_quality_ratio);
        bool meets = quality >= quality_min_ratio - 1e-12;
        bool better = meets ? !best.meets_quality || usd < best.present_usd
                            : !best.meets_quality && quality > best_quality;
        if (better) {
            best.local_ratio = local;
            best.present_usd = usd;
            best.quality_ratio = best_quality = quality;
            best.meets_quality = meets;
        }
        best.all_local_usd = usd;
    }
    best.all_api_usd = s->api.present_usd;
    free(s);
    if (status == LLMP_OK) {
        *out = best;
    }
    return status;
}
