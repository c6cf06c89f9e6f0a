/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cost_hybrid.h
 * @brief More than one model behind one question: router, cascade, a model per task, refinement,
 * and how much to keep local.
 */
#ifndef LLMPLAN_COST_HYBRID_H
#define LLMPLAN_COST_HYBRID_H

#include <llmplan/cost_flow.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One model of a pattern. All figures are per request; quality is any score in 0 .. 1. */
typedef struct llmp_hybrid_tier {
    double cost_usd;
    double latency_s;
    double quality_ratio;    /**< of the requests it keeps */
    double escalation_ratio; /**< share handed on to the next tier; of the last one ignored */
} llmp_hybrid_tier;

/** What a pattern costs, per request. */
typedef struct llmp_hybrid {
    double cost_usd;
    double latency_s; /**< mean */
    double quality_ratio;
    double strongest_ratio; /**< share of requests that reach the last tier */
} llmp_hybrid;

/**
 * Cascade: each tier tries, a judge accepts or hands on. C = sum_i (prod_{j<i} e_j) (c_i + judge),
 * no judge after the last tier; latency alike; quality is the mean over who answered.
 * @param tiers  @p count from weak to strong, 1 .. 64
 * @return LLMP_E_RANGE (a share outside 0 .. 1, a negative amount), LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_cascade(const llmp_hybrid_tier *tiers, size_t count,
                                                        double judge_usd, double judge_s,
                                                        llmp_hybrid *out, llmp_error *error);

/**
 * Router: one model answers each request, chosen beforehand. C = sum p_i c_i + router.
 * @param tiers, share_ratio  @p count of each; shares add up to 1 within 1e-9
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_router(const llmp_hybrid_tier *tiers,
                                                       const double *share_ratio, size_t count,
                                                       double router_usd, double router_s,
                                                       llmp_hybrid *out, llmp_error *error);

/**
 * A model per task: of each class of requests the cheapest tier whose quality is at least
 * @p quality_min_ratio, else the best one.
 * @param tiers        @p class_count rows of @p tier_count: how each tier does on each class
 * @param share_ratio  of each class; they add up to 1 within 1e-9
 * @param out_choice   the tier of each class; may be NULL
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_specialised(
    const llmp_hybrid_tier *tiers, const double *share_ratio, size_t class_count, size_t tier_count,
    double quality_min_ratio, size_t *out_choice, llmp_hybrid *out, llmp_error *error);

/** Prices of one model in a refinement. */
typedef struct llmp_refine_price {
    double input_usd_per_mtok;
    double output_usd_per_mtok;
} llmp_refine_price;

/**
 * Progressive refinement: the weak model drafts, the strong one reads prompt and draft and writes
 * the rest. C = [w_in s + w_out d + s_in (s + d) + s_out r] / 1e6.
 * @param prompt_tokens, draft_tokens, refined_tokens  s, d, r
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_refine_usd(
    const llmp_refine_price *weak, const llmp_refine_price *strong, double prompt_tokens,
    double draft_tokens, double refined_tokens, double *out_usd, llmp_error *error);

/**
 * Escalation rate at which a two-tier cascade costs as much as the strong model alone:
 * 1 - (weak + judge) / strong. Negative: the cascade never pays.
 * @return LLMP_E_RANGE unless strong_usd > 0 and the others are not negative
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_breakeven_escalation(
    double weak_usd, double judge_usd, double strong_usd, double *out_ratio, llmp_error *error);

/**
 * Largest escalation rate at which own machines with a judge in front of the API cost no more, over
 * the horizon and discounted, than the API alone: by Brent's method on the flows, whole machines
 * and all. Falls back to the ends where there is no crossing.
 * @param out_ratio  0 .. 1; 0 also when @p out_pays is false
 * @param out_pays   without any escalation the machines cost no more
 * @return as llmp_flow_run; LLMP_E_ARGUMENT when the study lacks own or API; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_escalation_most(const llmp_study *study,
                                                                double *out_ratio, bool *out_pays,
                                                                llmp_error *error);

/** The cheapest share of requests to keep on one's own machines. */
typedef struct llmp_split {
    double local_ratio;
    double present_usd;
    double quality_ratio;
    double all_api_usd;   /**< present cost of keeping none, without machines */
    double all_local_usd; /**< of keeping all */
    bool meets_quality;   /**< some share does; otherwise the one of the best quality is given */
} llmp_split;

/**
 * Tries every share of 0, 1, .. 100 % and keeps the cheapest whose quality
 * (1 - l + l e) q_api + l (1 - e) q_local is at least @p quality_min_ratio, e being the study's
 * escalation ratio. A share of 0 is the API alone.
 * @return as llmp_flow_run; LLMP_E_ARGUMENT when the study lacks own or API; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_hybrid_best_split(const llmp_study *study,
                                                           double local_quality_ratio,
                                                           double api_quality_ratio,
                                                           double quality_min_ratio,
                                                           llmp_split *out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
