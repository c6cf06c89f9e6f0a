/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_audit.h
 * @brief Judged claims as a document.
 */
#ifndef LLMPLAN_REPORT_AUDIT_H
#define LLMPLAN_REPORT_AUDIT_H

#include <llmplan/planner_audit.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `audit`: verdicts, with the sentence that carries each. JSON: llmplan.audit/1.
 * @param file        name of the file of claims; NULL: claims stated on the command line
 * @param with_trace  derives each ("trace" of each claim in JSON)
 * @return LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_audit(const llmp_audit *audit, const char *file,
                                                      bool with_trace,
                                                      const llmp_report_style *style,
                                                      llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
