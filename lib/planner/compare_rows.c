/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a comparison, in the order people ask: does it run, how fast, for how many, for how
 * much. */
#include "planner/compare.h"

#include <math.h>

static llmp_compare_row *add_row(llmp_compare_block *block, llmp_compare_metric m)
{
    llmp_compare_row *row = &block->rows[block->row_count];
    row->metric = m;
    block->row_count += block->row_count + 1 < LLMP_COMPARE_ROWS_MAX ? 1 : 0;
    return row;
}

static void plain_row(const llmp_compare *it, llmp_compare_block *block, llmp_compare_metric m,
                      double tokens, const llmp_task *task)
{
    llmp_compare_row *row = add_row(block, m);
    row->tokens = tokens;
    row->task = task;
    for (uint32_t i = 0; i < block->subject_count; i++) {
        llmp__compare_cell(it, block, &block->subjects[i], row, &row->cells[i]);
    }
    llmp__compare_mark(row, block->subject_count);
}

static void model_rows(const llmp_compare *it, llmp_compare_block *block)
{
    const llmp_assess_request *ask = &it->request.ask;
    plain_row(it, block, LLMP_COMPARE_VERDICT, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_QUANT_LOSS, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_CONTEXT, 0, NULL);
    for (uint32_t i = 0; i < ask->depth_count; i++) {
        plain_row(it, block, LLMP_COMPARE_DECODE, ask->depths_tokens[i], NULL);
    }
    for (uint32_t i = 0; i < ask->prompt_count; i++) {
        plain_row(it, block, LLMP_COMPARE_TTFT, ask->prompts_tokens[i], NULL);
    }
    for (uint32_t i = 0; i < ask->task_count; i++) {
        plain_row(it, block, LLMP_COMPARE_TASK, 0, ask->tasks[i]);
    }
    plain_row(it, block, LLMP_COMPARE_USERS, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_USER_SPEED, 0, NULL);
}

static void put(llmp_compare_cell *cell, llmp_compare_state state, double value)
{
    cell->state = state == LLMP_COMPARE_VALUE && !isfinite(value) ? LLMP_COMPARE_UNKNOWN : state;
    cell->value = (llmp_estimate){value, value, value, value, LLMP_GRADE_DERIVED};
}

static llmp_status money_rows(const llmp_compare *it, llmp_compare_block *block, llmp_error *error)
{
    llmp_compare_row *machines = add_row(block, LLMP_COMPARE_MACHINES);
    llmp_compare_row *month = add_row(block, LLMP_COMPARE_USD_PER_MONTH);
    llmp_compare_row *mtok = add_row(block, LLMP_COMPARE_USD_PER_MTOK);
    llmp_compare_row *breakeven =
        it->answer.has_api ? add_row(block, LLMP_COMPARE_BREAKEVEN) : NULL;
    for (uint32_t i = 0; i < block->subject_count; i++) {
        llmp__column_money money;
        llmp_status status = llmp__compare_money(it, block->subjects[i].column,
                                                 block->subjects[i].model, &money, error);
        if (status != LLMP_OK) {
            return status;
        }
        put(&machines->cells[i], money.state, money.machines_count);
        put(&month->cells[i], money.state, money.usd_per_month);
        put(&mtok->cells[i], money.state, money.usd_per_mtok);
        if (breakeven != NULL) {
            put(&breakeven->cells[i], money.breakeven, money.breakeven_months);
        }
        month->cells[i].machine = money.machine;
        month->cells[i].by_one = it->columns[block->subjects[i].column].machine_count > 1 &&
                                 money.state == LLMP_COMPARE_VALUE;
    }
    llmp__compare_mark(machines, block->subject_count);
    llmp__compare_mark(month, block->subject_count);
    llmp__compare_mark(mtok, block->subject_count);
    if (breakeven != NULL) {
        llmp__compare_mark(breakeven, block->subject_count);
    }
    return LLMP_OK;
}

llmp_status llmp__compare_rows(const llmp_compare *it, llmp_compare_block *block, llmp_error *error)
{
    const bool machines_too = block->whole || !it->answer.together;
    if (block->whole) {
        plain_row(it, block, LLMP_COMPARE_VERDICT, 0, NULL);
    } else {
        model_rows(it, block);
    }
    if (!machines_too) {
        return LLMP_OK;
    }
    plain_row(it, block, LLMP_COMPARE_LOAD, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_DISK, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_DECODE_W, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_IDLE_W, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_NOISE, 0, NULL);
    plain_row(it, block, LLMP_COMPARE_PRICE, 0, NULL);
    return it->request.ask.cost == NULL ? LLMP_OK : money_rows(it, block, error);
}
