/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of a comparison. */
#ifndef LLMP_PLANNER_COMPARE_H
#define LLMP_PLANNER_COMPARE_H

#include <llmplan/planner_compare.h>

/* What one model costs on one column. */
typedef struct llmp__column_money {
    llmp_compare_state state;     /* of the amounts */
    llmp_compare_state breakeven; /* NO: never within the horizon */
    uint32_t machine;             /* that serves */
    double machines_count;
    double usd_per_month;
    double usd_per_mtok;
    double breakeven_months;
} llmp__column_money;

struct llmp_compare {
    llmp_compare_answer answer;
    const llmp_catalog *catalog;
    llmp_compare_request request; /* columns and models copied */
    llmp_fit_request models[LLMP_COMPARE_MODELS_MAX];
    llmp_compare_column columns[LLMP_COMPARE_COLUMNS_MAX];
    /* apart: one of each model; together: all that lie there, in [0] */
    llmp_assessment *on[LLMP_COMPARE_COLUMNS_MAX][LLMP_MACHINES_MAX][LLMP_COMPARE_MODELS_MAX];
    /* together: which machine of the column each model lies on */
    uint32_t home[LLMP_COMPARE_COLUMNS_MAX][LLMP_COMPARE_MODELS_MAX];
    llmp_compare_block *blocks;
};

/** Together: shares the models of a column out over its machines. */
llmp_status llmp__compare_share_out(llmp_compare *it, uint32_t column, llmp_error *error);

llmp_status llmp__compare_money(const llmp_compare *it, uint32_t column, uint32_t model,
                                llmp__column_money *out, llmp_error *error);

/** Fills the rows of a block whose subjects are set. */
llmp_status llmp__compare_rows(const llmp_compare *it, llmp_compare_block *block,
                               llmp_error *error);
/** What one subject has in a row; the row's cells need not be set. */
void llmp__compare_cell(const llmp_compare *it, const llmp_compare_block *block,
                        const llmp_compare_subject *subject, const llmp_compare_row *row,
                        llmp_compare_cell *cell);
/** Marks the best of a row. */
void llmp__compare_mark(llmp_compare_row *row, uint32_t count);

#endif
