/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_recommend.h
 * @brief Recommendations as documents.
 */
#ifndef LLMPLAN_REPORT_RECOMMEND_H
#define LLMPLAN_REPORT_RECOMMEND_H

#include <llmplan/planner_recommend.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `recommend`: the best machine, its bill, the front, what more money buys, and why the others
 * lost. JSON: llmplan.recommend/1.
 * @param limit  losers that people are shown; 0: all. Programs get all.
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_recommend(const llmp_recommendation *recommendation,
                                                          size_t limit, bool with_trace,
                                                          const llmp_report_style *style,
                                                          llmp_document **out, llmp_error *error);

/** `recommend` without a model: what the money can run. JSON: llmplan.recommend_list/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_recommend_list(
    const llmp_recommend_list *list, const llmp_benchmark *benchmark, double budget_usd,
    const llmp_report_style *style, llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
