/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_calibrate.h
 * @brief Calibrations as documents.
 */
#ifndef LLMPLAN_REPORT_CALIBRATE_H
#define LLMPLAN_REPORT_CALIBRATE_H

#include <llmplan/planner_calibrate.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `calibrate`: the parameters before and after, every sample with what was predicted of it, and
 * what was set aside. JSON: llmplan.calibrate/1.
 * @param stored_in  file the overlay was written to; NULL: none was
 */
LLMP_API LLMP_NODISCARD llmp_status
llmp_report_calibrate(const llmp_machine_calibration *calibration, const char *stored_in,
                      const llmp_report_style *style, llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
