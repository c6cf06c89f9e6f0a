/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_bench.h
 * @brief Measurements of this machine as documents.
 */
#ifndef LLMPLAN_REPORT_BENCH_H
#define LLMPLAN_REPORT_BENCH_H

#include <llmplan/bench.h>
#include <llmplan/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/** `bench`: what was measured, memory bandwidth first. JSON: llmplan.bench/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_bench(const llmp_bench *bench,
                                                      const llmp_report_style *style,
                                                      llmp_document **out, llmp_error *error);

/** `bench --list`: the kernels and their variants. JSON: llmplan.bench_kernels/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_bench_kernels(const llmp_report_style *style,
                                                              llmp_document **out,
                                                              llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
