/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison for programs: JSON, and a line of CSV for every cell. */
#include "report/build_compare.h"

#include <math.h>

static const llmp__column csv_columns[] = {
    {.key = "model"}, {.key = "machine"}, {.key = "metric"}, {.key = "tokens", .right = true},
    {.key = "task"},  {.key = "state"},   {.key = "p10"},    {.key = "p50"},
    {.key = "p90"},   {.key = "mark"},    {.key = "text"},   {.key = "by"},
};

static const char *state_word(llmp_compare_state state)
{
    return state == LLMP_COMPARE_VALUE ? "value" : state == LLMP_COMPARE_NO ? "no" : "unknown";
}

static const char *mark_word(llmp_compare_mark mark)
{
    return mark == LLMP_COMPARE_WINS ? "wins" : mark == LLMP_COMPARE_TIES ? "ties" : NULL;
}

static const char *by_of(const llmp_compare *compare, const llmp_compare_subject *s,
                         const llmp_compare_cell *cell)
{
    return cell->by_one ? llmp_compare_column_at(compare, s->column)->machines[cell->machine].title
                        : NULL;
}

static void csv_row(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block,
                    const llmp_compare_row *row, uint32_t i, llmp__block *csv)
{
    const llmp_compare_subject *s = &block->subjects[i];
    const llmp_compare_cell *cell = &row->cells[i];
    const bool known = cell->state == LLMP_COMPARE_VALUE;
    llmp__cell *c = llmp__table_row(d, csv);
    c[0].raw = block->whole ? "" : llmp__compare_model(compare, s->model)->head.id;
    c[1].raw = llmp__compare_column_title(d, compare, s->column);
    c[2].raw = llmp_compare_metric_name(row->metric);
    c[3].raw = row->tokens > 0.0 ? llmp__raw_number(d, row->tokens) : NULL;
    c[4].raw = row->task == NULL ? NULL : row->task->head.id;
    c[5].raw = state_word(cell->state);
    c[6].raw = known ? llmp__raw_number(d, cell->value.p10) : NULL;
    c[7].raw = known ? llmp__raw_number(d, cell->value.p50) : NULL;
    c[8].raw = known ? llmp__raw_number(d, cell->value.p90) : NULL;
    c[9].raw = mark_word(cell->mark);
    c[10].raw = llmp__compare_cell_text(d, compare, block, row, i, true);
    c[11].raw = by_of(compare, s, cell);
}

static void cell_data(llmp_document *d, const llmp_compare *compare,
                      const llmp_compare_block *block, const llmp_compare_row *row, uint32_t i,
                      llmp__node *cells)
{
    const llmp_compare_cell *cell = &row->cells[i];
    llmp__node *node = llmp__data_map(d, cells, NULL);
    const bool known = cell->state == LLMP_COMPARE_VALUE;
    llmp__data_text(d, node, "state", state_word(cell->state));
    llmp__data_number(d, node, "p10", known ? cell->value.p10 : (double)NAN);
    llmp__data_number(d, node, "p50", known ? cell->value.p50 : (double)NAN);
    llmp__data_number(d, node, "p90", known ? cell->value.p90 : (double)NAN);
    llmp__data_text(d, node, "mark", mark_word(cell->mark));
    llmp__data_text(d, node, "text", llmp__compare_cell_text(d, compare, block, row, i, true));
    llmp__data_text(d, node, "by", by_of(compare, &block->subjects[i], cell));
}

static void block_data(llmp_document *d, const llmp_compare *compare,
                       const llmp_compare_block *block, llmp__node *list, llmp__block *csv)
{
    llmp__node *node = llmp__data_map(d, list, NULL);
    llmp__node *subjects = llmp__data_list(d, node, "subjects");
    for (uint32_t i = 0; i < block->subject_count; i++) {
        const llmp_compare_subject *s = &block->subjects[i];
        llmp__node *subject = llmp__data_map(d, subjects, NULL);
        llmp__data_text(d, subject, "model",
                        block->whole ? NULL : llmp__compare_model(compare, s->model)->head.id);
        llmp__data_text(d, subject, "machine", llmp__compare_column_title(d, compare, s->column));
    }
    llmp__node *rows = llmp__data_list(d, node, "rows");
    for (uint32_t r = 0; r < block->row_count; r++) {
        const llmp_compare_row *row = &block->rows[r];
        const int sense = llmp_compare_metric_sense(row->metric);
        llmp__node *one = llmp__data_map(d, rows, NULL);
        llmp__data_text(d, one, "metric", llmp_compare_metric_name(row->metric));
        llmp__data_number(d, one, "tokens", row->tokens > 0.0 ? row->tokens : (double)NAN);
        llmp__data_text(d, one, "task", row->task == NULL ? NULL : row->task->head.id);
        llmp__data_text(d, one, "better", sense > 0 ? "more" : sense < 0 ? "less" : NULL);
        llmp__node *cells = llmp__data_list(d, one, "cells");
        for (uint32_t i = 0; i < block->subject_count; i++) {
            cell_data(d, compare, block, row, i, cells);
            csv_row(d, compare, block, row, i, csv);
        }
    }
}

/* --- columns ---------------------------------------------------------------------------------- */

static void price_data(llmp_document *d, llmp__node *node, const llmp_compare *compare,
                       uint32_t column, uint32_t machine)
{
    llmp_machine_price price;
    char date[16];
    if (!llmp_compare_price(compare, column, machine, &price)) {
        llmp__data_null(d, node, "price");
        return;
    }
    llmp__node *map = llmp__data_map(d, node, "price");
    (void)llmp_date_format(price.as_of, date, sizeof date);
    llmp__data_number(d, map, "low_usd", price.low_usd);
    llmp__data_number(d, map, "usd", price.usd);
    llmp__data_number(d, map, "high_usd", price.high_usd);
    llmp__data_number(d, map, "host_usd", price.host_usd);
    llmp__data_text(d, map, "as_of", date);
    llmp__data_text(d, map, "grade", llmp_grade_name(price.grade));
    llmp__data_text(d, map, "source", price.source);
}

static void columns_data(llmp_document *d, const llmp_compare *compare)
{
    llmp__node *list = llmp__data_list(d, d->data, "columns");
    for (uint32_t c = 0; c < llmp_compare_answer_of(compare)->column_count; c++) {
        const llmp_compare_column *column = llmp_compare_column_at(compare, c);
        llmp__node *node = llmp__data_map(d, list, NULL);
        llmp__data_text(d, node, "title", llmp__compare_column_title(d, compare, c));
        llmp__node *machines = llmp__data_list(d, node, "machines");
        for (uint32_t k = 0; k < column->machine_count; k++) {
            llmp__node *machine = llmp__data_map(d, machines, NULL);
            llmp__data_text(d, machine, "title", column->machines[k].title);
            llmp__data_text(d, machine, "form", column->machines[k].devices[0]->form);
            const llmp_device *device = column->machines[k].devices[0];
            llmp__data_text(d, machine, "noise",
                            LLMP_HAS_DEVICE(device, noise) ? llmp_noise_name(device->noise) : NULL);
            price_data(d, machine, compare, c, k);
        }
    }
}

/* --- answers ---------------------------------------------------------------------------------- */

static llmp_status explain(const void *what, const llmp_trace *trace, llmp_error *error)
{
    return llmp_assess_explain(what, trace, error);
}

static void tasks_data(llmp_document *d, llmp__node *node, const llmp_assess_answer *a,
                       const llmp_assess_model *m)
{
    llmp__node *tasks = llmp__data_list(d, node, "tasks");
    for (uint32_t t = 0; t < a->task_count; t++) {
        const llmp_assess_task *task = &m->tasks[t];
        const double unknown = (double)NAN;
        llmp__node *one = llmp__data_map(d, tasks, NULL);
        llmp__data_text(d, one, "task", task->task->head.id);
        llmp__data_bool(d, one, "fits", task->fits);
        llmp__data_number(d, one, "context_tokens", llmp_task_context_tokens(task->task));
        llmp__data_estimate(d, one, "time_s", m->has_speed, &task->time.time_s);
        llmp__data_number(d, one, "prefill_s", m->has_speed ? task->time.prefill_s : unknown);
        llmp__data_number(d, one, "decode_s", m->has_speed ? task->time.decode_s : unknown);
        llmp__data_number(d, one, "prefill_tokens",
                          m->has_speed ? task->time.prefill_tokens : unknown);
        llmp__data_number(d, one, "cached_tokens",
                          m->has_speed ? task->time.cached_tokens : unknown);
        llmp__data_number(d, one, "output_tokens",
                          m->has_speed ? task->time.output_tokens : unknown);
    }
}

static llmp_status answer_data(llmp_document *d, const llmp_compare *compare, uint32_t column,
                               uint32_t machine, uint32_t model, bool with_trace, llmp__node *list,
                               llmp_error *error)
{
    uint32_t slot;
    const llmp_assessment *it = llmp_compare_assessment(compare, column, machine, model, &slot);
    if (it == NULL) {
        return LLMP_OK;
    }
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    const llmp_assess_model *m = &a->models[slot];
    llmp__node *node = llmp__data_map(d, list, NULL);
    llmp__data_text(d, node, "column", llmp__compare_column_title(d, compare, column));
    llmp__data_text(d, node, "machine", a->machine->title);
    llmp__data_text(d, node, "model", m->fit->model->head.id);
    llmp__fit_data(d, llmp__data_map(d, node, "fit"), llmp_assess_fit(it, slot));
    llmp__data_number(d, node, "quant_loss_ratio",
                      m->fit->quant == NULL ? (double)NAN : m->quant_loss_ratio);
    tasks_data(d, node, a, m);
    llmp__data_whole(d, node, "users_count", m->users_count);
    llmp__data_estimate(d, node, "user_tokens_per_s", m->has_speed && m->users_count > 0,
                        &m->user_tokens_per_s);
    llmp__data_whole(d, node, "disk_bytes", m->disk_bytes);
    llmp__data_number(d, node, "load_s", m->load_s);
    llmp__data_number(d, node, "disk_read_bytes_per_s", a->disk_read_bytes_per_s);
    llmp__data_bool(d, node, "disk_assumed", a->disk_assumed);
    llmp__data_number(d, node, "decode_w", a->decode_w);
    llmp__data_number(d, node, "prefill_w", a->prefill_w);
    llmp__data_number(d, node, "idle_w", a->idle_w);
    llmp__data_text(d, node, "cost_reason", a->cost_reason[0] == '\0' ? NULL : a->cost_reason);
    if (!with_trace || slot != 0) {
        return LLMP_OK;
    }
    llmp__paragraph(d, LLMP__TONE_STRONG,
                    llmp__format(d, "%s on %s", m->fit->model->head.name, a->machine->title));
    return llmp__trace_section(d, node, explain, it, error);
}

llmp_status llmp__compare_data(llmp_document *d, const llmp_compare *compare, bool with_trace,
                               llmp_error *error)
{
    const llmp_compare_answer *a = llmp_compare_answer_of(compare);
    llmp_status status = LLMP_OK;
    llmp__block *csv = llmp__table(d, csv_columns, sizeof csv_columns / sizeof *csv_columns, true);
    csv->hidden = true;
    const llmp_cost_answer *money = llmp__compare_money_answer(compare);
    llmp__data_bool(d, d->data, "together", a->together);
    llmp__data_text(d, d->data, "workload", money == NULL ? NULL : money->workload->head.id);
    llmp__data_text(d, d->data, "api",
                    money == NULL || money->api == NULL ? NULL : money->api->head.id);
    columns_data(d, compare);
    llmp__node *blocks = llmp__data_list(d, d->data, "blocks");
    for (uint32_t b = 0; b < a->block_count; b++) {
        block_data(d, compare, &a->blocks[b], blocks, csv);
    }
    llmp__node *answers = llmp__data_list(d, d->data, "answers");
    for (uint32_t c = 0; c < a->column_count; c++) {
        for (uint32_t k = 0; k < llmp_compare_column_at(compare, c)->machine_count; k++) {
            for (uint32_t m = 0; m < a->model_count && status == LLMP_OK; m++) {
                status = answer_data(d, compare, c, k, m, with_trace, answers, error);
            }
        }
    }
    return status;
}
