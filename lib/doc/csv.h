/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_DOC_CSV_H
#define LLMP_DOC_CSV_H

#include "base/arena.h"

#include <llmplan/status.h>
#include <stddef.h>

/** A table: the first record of the text names the columns. */
typedef struct llmp__csv {
    size_t column_count;
    size_t row_count;
    const char **columns;
    const char **cells;    /* row_count * column_count, NUL-terminated, "" for a blank */
    const uint32_t *lines; /* line on which each row begins */
} llmp__csv;

/**
 * Reads RFC 4180 text with a header: quotes, doubled quotes, line ends inside quotes, LF or CRLF. A
 * byte order mark and blank lines are skipped.
 * @param arena  receives everything
 * @return LLMP_E_SYNTAX (a row of another length, an open quote, text after one, a NUL),
 *         LLMP_E_DUPLICATE (two columns of one name), LLMP_E_LIMIT (64 MiB, 1,000,000 cells), with
 *         line and column; LLMP_E_MEMORY
 */
llmp_status llmp__csv_parse(const char *text, size_t text_bytes, const char *where,
                            llmp__arena *arena, llmp__csv *out, llmp_error *error);

/** Index of a column; column_count when there is none. */
size_t llmp__csv_column(const llmp__csv *csv, const char *name);

/** A cell; "" when the column is column_count. */
const char *llmp__csv_cell(const llmp__csv *csv, size_t row, size_t column);

#endif
