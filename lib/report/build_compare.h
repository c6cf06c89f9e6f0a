/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a comparison's document. */
#ifndef LLMP_REPORT_BUILD_COMPARE_H
#define LLMP_REPORT_BUILD_COMPARE_H

#include "report/build.h"

#include <llmplan/report_compare.h>

/* What a row is called: "decode at 2,000", "a chat turn". */
const char *llmp__compare_row_title(llmp_document *d, const llmp_compare_row *row);
/* The same over a narrow column. */
const char *llmp__compare_row_head(llmp_document *d, const llmp_compare_row *row);
/* What a cell says, without its mark; `wide` has both ends of intervals. */
const char *llmp__compare_cell_text(llmp_document *d, const llmp_compare *compare,
                                    const llmp_compare_block *block, const llmp_compare_row *row,
                                    uint32_t subject, bool wide);
/* " *", " =" or "". */
const char *llmp__compare_mark_text(llmp_compare_mark mark);
/* "GeForce RTX 5090 + DGX Spark". */
const char *llmp__compare_column_title(llmp_document *d, const llmp_compare *compare,
                                       uint32_t column);
/* A subject's: its model's name where models are compared, else its column's. */
const char *llmp__compare_subject_title(llmp_document *d, const llmp_compare *compare,
                                        const llmp_compare_block *block, uint32_t subject);
/* The fit of a model where a column has it: the i-th machine's that has; NULL past the last. */
const llmp_fit_answer *llmp__compare_fit(const llmp_compare *compare, uint32_t column,
                                         uint32_t model, uint32_t i);
/* The request's model, of any machine. */
const llmp_model *llmp__compare_model(const llmp_compare *compare, uint32_t model);

/* Money as it was asked for, of the first machine that has an answer; NULL when none has. */
const llmp_cost_answer *llmp__compare_money_answer(const llmp_compare *compare);

/* Tables of a block. */
void llmp__compare_tables(llmp_document *d, const llmp_compare *compare,
                          const llmp_compare_block *block, const llmp_report_style *style);
/* Data and the rows of CSV. */
llmp_status llmp__compare_data(llmp_document *d, const llmp_compare *compare, bool with_trace,
                               llmp_error *error);

#endif
