/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_detect.h
 * @brief What was detected, as a document.
 */
#ifndef LLMPLAN_REPORT_DETECT_H
#define LLMPLAN_REPORT_DETECT_H

#include <llmplan/detect.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The document of `detect`, schema "llmplan.detect/1": product, cpu, memory, limits, gpus, plans_as
 * (the records a plan would use), unknown (what, and what to supply).
 * @return LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_detected(const llmp_detected *detected,
                                                         llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
