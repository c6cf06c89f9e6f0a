/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report_sweep.h
 * @brief Rows of a sweep as lines of CSV or of JSON, for streaming.
 *
 * Numbers are the shortest decimals that read back exactly, in any locale.
 */
#ifndef LLMPLAN_REPORT_SWEEP_H
#define LLMPLAN_REPORT_SWEEP_H

#include <llmplan/sweep.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_sweep_format {
    LLMP_SWEEP_CSV = 0,   /**< RFC 4180 with line feeds; what is unknown is empty */
    LLMP_SWEEP_NDJSON = 1 /**< one document llmplan.sweep/1 a line; what is unknown is null */
} llmp_sweep_format;

/**
 * The line before the first row: CSV's names of columns; nothing for NDJSON.
 * @param out  not terminated by NUL; holds a part when too small
 * @return the length it has or would have had
 */
LLMP_API size_t llmp_sweep_format_header(llmp_sweep_format format, char *out, size_t out_size);

/**
 * One row with its line feed.
 * @param out  as above
 */
LLMP_API size_t llmp_sweep_format_row(llmp_sweep_format format, const llmp_sweep_row *row,
                                      char *out, size_t out_size);

/** How the line of a row begins: its number and scenario, as llmp_sweep_scenario_at fills it. */
LLMP_API size_t llmp_sweep_format_scenario(llmp_sweep_format format, const llmp_sweep_row *row,
                                           char *out, size_t out_size);

#ifdef __cplusplus
}
#endif
#endif
