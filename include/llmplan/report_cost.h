/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_cost.h
 * @brief Answers about cost as documents.
 */
#ifndef LLMPLAN_REPORT_COST_H
#define LLMPLAN_REPORT_COST_H

#include <llmplan/planner_cost.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/** `cost`: monthly and over the horizon, by line. JSON: llmplan.cost/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_cost(const llmp_cost *cost, bool with_trace,
                                                     const llmp_report_style *style,
                                                     llmp_document **out, llmp_error *error);

/**
 * `breakeven`: when buying pays. JSON: llmplan.breakeven/1.
 * @return LLMP_E_NO_SOLUTION when the answer has no own machine to compare with an API
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_breakeven(const llmp_cost *cost, bool with_trace,
                                                          const llmp_report_style *style,
                                                          llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
