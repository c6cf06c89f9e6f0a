/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `validate`: single rows, those refused, and the plot. */
#include "report/build_validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double log_error(const llmp_validate_row *row)
{
    return fabs(log(row->tokens_per_s.p50 / row->measured->tokens_per_s));
}

/* The row's own name, else its line. */
static const char *row_name(llmp_document *d, const llmp_measured_row *m)
{
    return m->id != NULL ? llmp__format(d, "%s", m->id)
                         : llmp__format(d, "line %u", (unsigned)m->line);
}

/* --- data ---------------------------------------------------------------------------------------
 */

static const llmp__column csv_columns[] = {
    {.key = "id"},
    {.key = "line", .right = true},
    {.key = "device"},
    {.key = "device_count", .right = true},
    {.key = "model"},
    {.key = "quant"},
    {.key = "engine"},
    {.key = "backend"},
    {.key = "driver"},
    {.key = "phase"},
    {.key = "prompt_tokens", .right = true},
    {.key = "gen_tokens", .right = true},
    {.key = "context_depth", .right = true},
    {.key = "batch", .right = true},
    {.key = "tensor_parallel", .right = true},
    {.key = "tokens_per_s", .right = true},
    {.key = "predicted_p10_tokens_per_s", .right = true},
    {.key = "predicted_p50_tokens_per_s", .right = true},
    {.key = "predicted_p90_tokens_per_s", .right = true},
    {.key = "predicted_ceiling_tokens_per_s", .right = true},
    {.key = "error_ratio", .right = true},
    {.key = "covered"},
    {.key = "above_ceiling"},
    {.key = "cell"},
    {.key = "note"},
    {.key = "refused"},
};

enum { FIRST_JUDGEMENT = 21, COLUMNS = sizeof csv_columns / sizeof *csv_columns };

/* Text and figures of a row in the order of the columns; the rest is empty. */
static void values(const llmp_validate_row *row, const char *texts[COLUMNS],
                   double numbers[COLUMNS])
{
    const llmp_measured_row *m = row->measured;
    const llmp_estimate *t = &row->tokens_per_s;
    const bool p = row->predicted;
    const char *const all_texts[COLUMNS] = {
        [0] = m->id,
        [2] = p ? row->device : m->device,
        [4] = p ? row->model : m->model,
        [5] = p ? row->quant : m->quant,
        [6] = p ? row->engine : m->engine,
        [7] = m->backend,
        [8] = m->driver,
        [9] = m->phase == LLMP_PHASE_OTHER ? m->phase_text : llmp_phase_name(m->phase),
        [23] = row->cell,
        [24] = row->note,
        [25] = row->reason};
    const double all_numbers[COLUMNS] = {[1] = m->line,
                                         [3] = m->device_count,
                                         [10] = m->prompt_tokens,
                                         [11] = m->gen_tokens,
                                         [12] = m->context_depth,
                                         [13] = m->batch,
                                         [14] = m->tensor_parallel,
                                         [15] = m->tokens_per_s,
                                         [16] = p ? t->p10 : (double)NAN,
                                         [17] = p ? t->p50 : (double)NAN,
                                         [18] = p ? t->p90 : (double)NAN,
                                         [19] = p ? t->ceiling : (double)NAN,
                                         [20] = p ? row->error_ratio : (double)NAN};
    memcpy((void *)texts, all_texts, sizeof all_texts);
    memcpy(numbers, all_numbers, sizeof all_numbers);
}

static void add_data(llmp_document *d, llmp__node *list, const llmp_validate_row *row)
{
    const char *texts[COLUMNS];
    double numbers[COLUMNS];
    values(row, texts, numbers);
    llmp__node *map = llmp__data_map(d, list, NULL);
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *key = csv_columns[i].key;
        if (i == FIRST_JUDGEMENT || i == FIRST_JUDGEMENT + 1) {
            if (row->predicted) {
                llmp__data_bool(d, map, key,
                                i == FIRST_JUDGEMENT ? row->covered : row->above_ceiling);
            } else {
                llmp__data_null(d, map, key);
            }
        } else if (csv_columns[i].right) {
            llmp__data_number(d, map, key, numbers[i]);
        } else {
            llmp__data_text(d, map, key, texts[i]);
        }
    }
}

static void add_csv(llmp_document *d, llmp__block *table, const llmp_validate_row *row)
{
    const char *texts[COLUMNS];
    double numbers[COLUMNS];
    values(row, texts, numbers);
    llmp__cell *c = llmp__table_row(d, table);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (csv_columns[i].right) {
            c[i].raw = isfinite(numbers[i]) ? llmp__raw_number(d, numbers[i]) : NULL;
        } else {
            c[i].raw = texts[i] == NULL ? "" : llmp__format(d, "%s", texts[i]);
        }
    }
    if (row->predicted) {
        c[FIRST_JUDGEMENT].raw = row->covered ? "yes" : "no";
        c[FIRST_JUDGEMENT + 1].raw = row->above_ceiling ? "yes" : "no";
    }
}

void llmp__validate_rows_data(llmp_document *d, const llmp_validation *v, bool csv)
{
    llmp__node *list = llmp__data_list(d, d->data, "per_row");
    llmp__block *table = llmp__table(d, csv_columns, COLUMNS, csv);
    table->hidden = true;
    for (size_t i = 0; i < llmp_validation_size(v); i++) {
        add_data(d, list, llmp_validation_at(v, i));
        add_csv(d, table, llmp_validation_at(v, i));
    }
}

/* --- for people ---------------------------------------------------------------------------------
 */

static const llmp__column row_columns[] = {
    {.title = "row", .detail = true},        {.title = "what", .wrap = true},
    {.title = "measured", .right = true},    {.title = "expected", .right = true},
    {.title = "80 % within", .right = true}, {.title = "measured is", .right = true},
};

/* "4x rtx-3090, qwen3.6-27b Q6_K, prefill, depth 8,192, batch 7" */
static const char *what(llmp_document *d, const llmp_validate_row *row)
{
    const llmp_measured_row *m = row->measured;
    const char *count =
        m->device_count > 1 ? llmp__format(d, "%.0f\xC3\x97 ", m->device_count) : "";
    const char *depth =
        m->context_depth > 0
            ? llmp__format(d, ", depth %s", llmp__count(d, (uint64_t)m->context_depth))
            : "";
    const char *batch = m->batch > 1 ? llmp__format(d, ", batch %.0f", m->batch) : "";
    return llmp__format(d, "%s%s, %s %s, %s%s%s", count, row->device, row->model, row->quant,
                        llmp_phase_name(m->phase), depth, batch);
}

/* What was measured against what was expected. */
static const char *verdict(llmp_document *d, const llmp_validate_row *row, llmp__tone *tone)
{
    double share = row->measured->tokens_per_s / row->tokens_per_s.p50;
    *tone = row->above_ceiling ? LLMP__TONE_BAD : row->covered ? LLMP__TONE_PLAIN : LLMP__TONE_WARN;
    return row->above_ceiling ? "above the ceiling"
                              : llmp__format(d, "%.2f\xC3\x97%s", share,
                                             row->covered  ? ""
                                             : share < 1.0 ? ", slower"
                                                           : ", faster");
}

static void row_for_people(llmp_document *d, llmp__block *table, const llmp_validate_row *row)
{
    const llmp_measured_row *m = row->measured;
    llmp__cell *c = llmp__table_row(d, table);
    c[0].text = row_name(d, m);
    c[1].text = what(d, row);
    c[2].text = llmp__figure(d, m->tokens_per_s);
    c[3].text = llmp__figure(d, row->tokens_per_s.p50);
    c[4].text = llmp__interval(d, &row->tokens_per_s);
    c[5].text = verdict(d, row, &c[5].tone);
}

static llmp__block *rows_table(llmp_document *d, const char *title)
{
    llmp__block *heading = llmp__paragraph(d, LLMP__TONE_STRONG, title);
    heading->indent = 0;
    llmp__block *table =
        llmp__table(d, row_columns, sizeof row_columns / sizeof *row_columns, false);
    table->tight = true;
    return table;
}

void llmp__validate_rows_table(llmp_document *d, const llmp_validation *v, size_t limit)
{
    llmp__block *table = rows_table(d, "Rows, tokens/s");
    for (size_t i = 0; i < llmp_validation_size(v) && i < limit; i++) {
        if (llmp_validation_at(v, i)->predicted) {
            row_for_people(d, table, llmp_validation_at(v, i));
        }
    }
}

static int furthest_first(const void *a, const void *b)
{
    const llmp_validate_row *x = *(const llmp_validate_row *const *)a;
    const llmp_validate_row *y = *(const llmp_validate_row *const *)b;
    double dx = log_error(x);
    double dy = log_error(y);
    if (dx != dy) {
        return dx > dy ? -1 : 1;
    }
    return x < y ? -1 : x > y; /* the table's order */
}

void llmp__validate_worst_table(llmp_document *d, const llmp_validation *v, size_t limit)
{
    const size_t room = llmp_validation_predicted(v);
    const llmp_validate_row **sorted = malloc((room ? room : 1) * sizeof *sorted);
    size_t count = 0;
    if (sorted == NULL) {
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < llmp_validation_size(v); i++) {
        if (llmp_validation_at(v, i)->predicted) {
            sorted[count++] = llmp_validation_at(v, i);
        }
    }
    qsort((void *)sorted, count, sizeof *sorted, furthest_first);
    llmp__block *table = rows_table(d, "Furthest off, tokens/s");
    for (size_t i = 0; i < count && i < limit; i++) {
        row_for_people(d, table, sorted[i]);
    }
    free((void *)sorted);
}

enum { REASONS_SHOWN = 12 };

void llmp__validate_refused(llmp_document *d, const llmp_validation *v)
{
    llmp__node *list = llmp__data_list(d, d->data, "refused");
    const char *reasons[REASONS_SHOWN];
    size_t counts[REASONS_SHOWN] = {0}, firsts[REASONS_SHOWN], known = 0, others = 0;
    for (size_t i = 0; i < llmp_validation_size(v); i++) {
        const llmp_validate_row *row = llmp_validation_at(v, i);
        if (row->predicted) {
            continue;
        }
        llmp__node *map = llmp__data_map(d, list, NULL);
        llmp__data_text(d, map, "id", row->measured->id);
        llmp__data_whole(d, map, "line", row->measured->line);
        llmp__data_text(d, map, "reason", row->reason);
        size_t at = 0;
        while (at < known && strcmp(reasons[at], row->reason) != 0) {
            at++;
        }
        if (at == known && known < REASONS_SHOWN) {
            reasons[known] = row->reason;
            firsts[known++] = i;
        }
        if (at < known) {
            counts[at]++;
        } else {
            others++;
        }
    }
    for (size_t i = 0; i < known; i++) {
        const llmp_measured_row *first = llmp_validation_at(v, firsts[i])->measured;
        llmp__block *line = llmp__paragraph(
            d, LLMP__TONE_WARN,
            counts[i] == 1
                ? llmp__format(d, "%s refused: %s", row_name(d, first), reasons[i])
                : llmp__format(d, "%s rows refused (first %s): %s", llmp__count(d, counts[i]),
                               row_name(d, first), reasons[i]));
        line->tight = i > 0;
    }
    if (others > 0) {
        llmp__paragraph(d, LLMP__TONE_WARN,
                        llmp__format(d, "%s more rows refused for other reasons; --json lists them",
                                     llmp__count(d, others)));
    }
}

void llmp__validate_plot(llmp_document *d, const llmp_validation *v)
{
    const size_t room = llmp_validation_predicted(v);
    double *xy = malloc((2 * room + 1) * sizeof *xy);
    size_t count = 0;
    if (xy == NULL) {
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < llmp_validation_size(v); i++) {
        const llmp_validate_row *row = llmp_validation_at(v, i);
        if (row->predicted) {
            xy[count] = row->measured->tokens_per_s;
            xy[room + count++] = row->tokens_per_s.p50;
        }
    }
    llmp__block *plot = llmp__plot(d, "predicted over measured, tokens/s; on the line they agree",
                                   "measured", NULL, true);
    plot->scatter = true;
    llmp__plot_series(d, plot, NULL, xy, xy + room, count);
    free(xy);
}
