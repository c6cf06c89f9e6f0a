/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_compare.h
 * @brief Comparisons as documents.
 */
#ifndef LLMPLAN_REPORT_COMPARE_H
#define LLMPLAN_REPORT_COMPARE_H

#include <llmplan/planner_compare.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `compare`: who leads in what, then row by row with the winner marked; with more columns than the
 * width holds a line each, topic by topic. JSON: llmplan.compare/1.
 * @param with_trace  adds every derivation ("trace" of each answer in JSON)
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_compare(const llmp_compare *compare,
                                                        bool with_trace,
                                                        const llmp_report_style *style,
                                                        llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
