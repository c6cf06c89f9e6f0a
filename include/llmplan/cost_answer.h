/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cost_answer.h
 * @brief When does one option pay against another: break-even month, volume and utilisation, net
 * present value, internal rate of return, payback.
 *
 * Roots are found on the cash flows themselves by bracketing and Brent's method; nothing assumes
 * constant flows. What selling the machines would bring is in the totals, never in a break-even
 * month: that is when the money has come back with the machines still running.
 */
#ifndef LLMPLAN_COST_ANSWER_H
#define LLMPLAN_COST_ANSWER_H

#include <llmplan/cost_flow.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One option against another. */
typedef struct llmp_comparison {
    bool breaks_even;        /**< within the horizon, discounted */
    double breakeven_months; /**< first moment that it has cost no more than the other; else 0 */
    bool lasting;            /**< and stays so, through later purchases, to the horizon */
    bool pays_back;          /**< the same without discounting */
    double payback_months;
    double saving_usd;         /**< over the horizon, resale included; negative: it costs more */
    double saving_present_usd; /**< net present value of choosing it over the other */
    bool has_irr;              /**< the saving flow changes sign exactly once */
    double irr_ratio;          /**< internal rate of return, a year */
    double most_behind_usd;    /**< the largest sum it has cost more, at any moment */
} llmp_comparison;

/**
 * Compares two flows of one study.
 * @param discount_per_year_ratio  that of the study
 * @return LLMP_E_ARGUMENT when a flow is NULL or their horizons differ; LLMP_E_RANGE for a rate
 *         not in 0 .. 10
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_compare_flows(const llmp_flow *candidate,
                                                       const llmp_flow *baseline,
                                                       double discount_per_year_ratio,
                                                       llmp_comparison *out, llmp_error *error);

/** How much use it takes for an option to pay within the horizon. */
typedef struct llmp_volume {
    bool exists;           /**< some volume within 1e-6 .. 1e6 of the study's makes it pay */
    double scale_ratio;    /**< smallest one, of the study's demand */
    double requests_count; /**< a month */
    double tokens;         /**< prompt and output, a month */
    bool at_a_step;        /**< costs jump past each other there (a machine more or less) */
    bool within_machines;  /**< the machines can take it; otherwise the rest overflows */
    double busy_ratio; /**< break-even utilisation: busy share of the usable hours; may pass 1 */
} llmp_volume;

/**
 * Smallest demand at which the candidate's present cost, resale included, is no more than the
 * baseline's: the demand is scanned in 240 steps over twelve decades for the first change of sign,
 * which Brent's method then closes in on.
 * @return LLMP_OK also when no volume does; otherwise as llmp_flow_run; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_breakeven_volume(const llmp_study *study,
                                                          llmp_option candidate,
                                                          llmp_option baseline, llmp_volume *out,
                                                          llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
