/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `validate`: errors and coverage by group. */
#include "report/build_validate.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { ROWS_SHOWN = 24, WORST_SHOWN = 10, WORST_SHOWN_VERBOSE = 20, PLOT_LEAST = 4 };

static const llmp__column csv_columns[] = {
    {.key = "axis"},
    {.key = "group"},
    {.key = "phase"},
    {.key = "n", .right = true},
    {.key = "devices", .right = true},
    {.key = "median_abs_error_ratio", .right = true},
    {.key = "p90_abs_error_ratio", .right = true},
    {.key = "median_abs_log_error", .right = true},
    {.key = "bias_ratio", .right = true},
    {.key = "coverage_p10_p90", .right = true},
    {.key = "median_abs_error_ratio_balanced", .right = true},
    {.key = "p90_abs_error_ratio_balanced", .right = true},
    {.key = "median_abs_log_error_balanced", .right = true},
    {.key = "bias_ratio_balanced", .right = true},
    {.key = "coverage_p10_p90_balanced", .right = true},
};

enum { FIRST_FIGURE = 5, COLUMNS = sizeof csv_columns / sizeof *csv_columns };

/* In the order of the columns from FIRST_FIGURE on; their keys are those of the JSON. */
static void figures_of(const llmp_validate_stats *s, double out[COLUMNS - FIRST_FIGURE])
{
    const double figures[COLUMNS - FIRST_FIGURE] = {
        s->median_abs_error_ratio,       s->p90_abs_error_ratio,
        s->median_abs_log_error_ratio,   s->bias_ratio,
        s->coverage_p10_p90_ratio,       s->median_abs_error_balanced_ratio,
        s->p90_abs_error_balanced_ratio, s->median_abs_log_error_balanced_ratio,
        s->bias_balanced_ratio,          s->coverage_p10_p90_balanced_ratio};
    memcpy(out, figures, sizeof figures);
}

/* --- data ---------------------------------------------------------------------------------------
 */

static void stats_data(llmp_document *d, llmp__node *map, const llmp_validate_stats *s)
{
    double figures[COLUMNS - FIRST_FIGURE];
    figures_of(s, figures);
    llmp__data_whole(d, map, "n", s->n);
    llmp__data_whole(d, map, "devices", s->devices);
    for (size_t i = FIRST_FIGURE; i < COLUMNS; i++) {
        if (s->n > 0) {
            llmp__data_number(d, map, csv_columns[i].key, figures[i - FIRST_FIGURE]);
        } else {
            llmp__data_null(d, map, csv_columns[i].key);
        }
    }
}

/* Of everything in a phase; no rows and no figures when nothing could be predicted. */
static const llmp_validate_stats *stats_of_all(const llmp_validation *v, llmp_phase phase)
{
    static const llmp_validate_stats nothing = {0};
    for (size_t i = 0; i < llmp_validation_group_count(v); i++) {
        const llmp_validate_group *g = llmp_validation_group(v, i);
        if (g->axis == LLMP_AXIS_ALL && g->phase == phase) {
            return &g->stats;
        }
    }
    return &nothing;
}

/* "decode" and "prefill" of everything stand at the top, as do the axes. A group of an axis has its
 * figures and, nested, those of each phase. */
static void groups_data(llmp_document *d, const llmp_validation *v)
{
    static const char *const axis_keys[] = {"all",    "device", "model", "quant",
                                            "engine", "driver", "cells", "summary"};
    static const llmp_phase phases[] = {LLMP_PHASE_OTHER, LLMP_PHASE_DECODE, LLMP_PHASE_PREFILL};
    llmp__node *axes[LLMP_AXIS_COUNT] = {NULL};
    llmp__node *last = NULL;
    for (size_t p = 0; p < sizeof phases / sizeof *phases; p++) {
        bool whole = phases[p] == LLMP_PHASE_OTHER;
        stats_data(d, llmp__data_map(d, d->data, whole ? "all" : llmp_phase_name(phases[p])),
                   stats_of_all(v, phases[p]));
    }
    for (size_t a = LLMP_AXIS_DEVICE; a < LLMP_AXIS_COUNT; a++) {
        axes[a] = llmp__data_map(d, d->data, axis_keys[a]);
    }
    for (size_t i = 0; i < llmp_validation_group_count(v); i++) {
        const llmp_validate_group *g = llmp_validation_group(v, i);
        llmp__node *map;
        if (g->axis == LLMP_AXIS_ALL) {
            continue;
        }
        if (g->phase == LLMP_PHASE_OTHER) {
            map = last = llmp__data_map(d, axes[g->axis], llmp__format(d, "%s", g->name));
        } else {
            map = llmp__data_map(d, last, llmp_phase_name(g->phase));
        }
        stats_data(d, map, &g->stats);
    }
}

static void groups_csv(llmp_document *d, const llmp_validation *v)
{
    llmp__block *table = llmp__table(d, csv_columns, COLUMNS, true);
    table->hidden = true;
    for (size_t i = 0; i < llmp_validation_group_count(v); i++) {
        const llmp_validate_group *g = llmp_validation_group(v, i);
        double figures[COLUMNS - FIRST_FIGURE];
        figures_of(&g->stats, figures);
        llmp__cell *c = llmp__table_row(d, table);
        c[0].raw = llmp_validate_axis_name(g->axis);
        c[1].raw = llmp__format(d, "%s", g->name);
        c[2].raw = g->phase == LLMP_PHASE_OTHER ? "" : llmp_phase_name(g->phase);
        c[3].raw = llmp__raw_whole(d, g->stats.n);
        c[4].raw = llmp__raw_whole(d, g->stats.devices);
        for (size_t k = FIRST_FIGURE; k < COLUMNS; k++) {
            c[k].raw = llmp__raw_number(d, figures[k - FIRST_FIGURE]);
        }
    }
}

/* --- for people ---------------------------------------------------------------------------------
 */

const char *llmp__percent(llmp_document *d, double ratio, bool with_sign)
{
    double percent = 100.0 * ratio;
    int decimals = fabs(percent) < 99.95 ? 1 : 0;
    return with_sign ? llmp__format(d, "%+.*f %%", decimals, percent)
                     : llmp__format(d, "%.*f %%", decimals, percent);
}

static const llmp__column group_columns[] = {
    {.title = "error of p50", .wrap = true}, {.title = "rows", .right = true},
    {.title = "devices", .right = true},     {.title = "median", .right = true},
    {.title = "9 of 10", .right = true},     {.title = "bias", .right = true},
    {.title = "covered", .right = true},     {.title = "by device", .right = true},
};

/* "decode, llama.cpp, dense": unlike a path it can be wrapped. */
static const char *words(llmp_document *d, const char *path)
{
    char text[160];
    size_t length = 0;
    for (; *path != '\0' && length + 2 < sizeof text; path++) {
        text[length++] = *path == '/' ? ',' : *path;
        if (*path == '/') {
            text[length++] = ' ';
        }
    }
    text[length] = '\0';
    return llmp__format(d, "%s", text);
}

static void group_row(llmp_document *d, llmp__block *table, const char *name,
                      const llmp_validate_stats *s)
{
    llmp__cell *c = llmp__table_row(d, table);
    c[0].text = name;
    c[1].text = llmp__count(d, s->n);
    c[2].text = llmp__count(d, s->devices);
    c[3].text = llmp__percent(d, s->median_abs_error_ratio, false);
    c[4].text = llmp__percent(d, s->p90_abs_error_ratio, false);
    c[5].text = llmp__percent(d, s->bias_ratio, true);
    c[6].text = llmp__percent(d, s->coverage_p10_p90_ratio, false);
    c[7].text = llmp__percent(d, s->median_abs_error_balanced_ratio, false);
}

static llmp__block *group_table(llmp_document *d, const char *title, bool detail)
{
    llmp__block *heading = llmp__paragraph(d, LLMP__TONE_STRONG, title);
    heading->indent = 0;
    heading->detail = detail;
    llmp__block *table =
        llmp__table(d, group_columns, sizeof group_columns / sizeof *group_columns, false);
    table->tight = true;
    table->detail = detail;
    return table;
}

/* The whole by phase, then the summaries; all axes in verbose style. */
static void tables(llmp_document *d, const llmp_validation *v)
{
    llmp__block *table = NULL;
    llmp_validate_axis shown = LLMP_AXIS_COUNT;
    const size_t count = llmp_validation_group_count(v);
    for (size_t i = 0; i < count; i++) {
        const llmp_validate_group *g = llmp_validation_group(v, i);
        if (g->axis != LLMP_AXIS_ALL && g->axis != LLMP_AXIS_SUMMARY) {
            continue;
        }
        if (table == NULL) {
            table = group_table(d, "Predicted against measured", false);
        }
        if (g->axis == LLMP_AXIS_SUMMARY || g->phase != LLMP_PHASE_OTHER || count == 1) {
            group_row(d, table,
                      g->axis == LLMP_AXIS_ALL ? llmp_phase_name(g->phase) : words(d, g->name),
                      &g->stats);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const llmp_validate_group *g = llmp_validation_group(v, i);
        if (g->axis == LLMP_AXIS_ALL || g->axis == LLMP_AXIS_SUMMARY) {
            continue;
        }
        if (g->axis != shown) {
            table =
                group_table(d, llmp__format(d, "By %s", llmp_validate_axis_name(g->axis)), true);
            shown = g->axis;
        }
        bool split = g->phase != LLMP_PHASE_OTHER;
        if (split || g->axis == LLMP_AXIS_CELL) {
            group_row(d, table,
                      split ? llmp__format(d, "%s, %s", g->name, llmp_phase_name(g->phase))
                            : words(d, g->name),
                      &g->stats);
        }
    }
}

static void fill(llmp_document *d, const llmp_validation *v, const char *file, bool with_rows,
                 const llmp_report_style *style)
{
    const size_t rows = llmp_validation_size(v);
    const size_t predicted = llmp_validation_predicted(v);
    llmp__data_text(d, d->data, "file", file);
    llmp__data_whole(d, d->data, "rows", rows);
    llmp__data_whole(d, d->data, "predicted", predicted);
    llmp__block *heading = llmp__paragraph(
        d, LLMP__TONE_STRONG,
        llmp__format(d, "%s \xC2\xB7 %s row%s \xC2\xB7 %s predicted \xC2\xB7 %s refused", file,
                     llmp__count(d, rows), rows == 1 ? "" : "s", llmp__count(d, predicted),
                     llmp__count(d, rows - predicted)));
    heading->indent = 0;
    llmp__validate_refused(d, v);
    groups_data(d, v);
    if (with_rows) {
        llmp__validate_rows_data(d, v, true);
    } else {
        groups_csv(d, v);
    }
    if (predicted == 0) {
        return;
    }
    tables(d, v);
    if (with_rows || predicted <= ROWS_SHOWN) {
        llmp__validate_rows_table(d, v, rows);
    } else {
        llmp__validate_worst_table(d, v,
                                   style && style->verbose ? WORST_SHOWN_VERBOSE : WORST_SHOWN);
    }
    if (predicted >= PLOT_LEAST) {
        llmp__validate_plot(d, v);
    }
    llmp__block *note = llmp__paragraph(
        d, LLMP__TONE_DIM,
        "Error: predicted p50 over measured, less one. Covered: measured within p10 to p90. By "
        "device: "
        "the median when each device weighs the same. -v groups by device, model, quant, engine, "
        "driver and cell, and names rows.");
    note->indent = 0;
}

llmp_status llmp_report_validate(const llmp_validation *validation, const char *file,
                                 bool with_rows, const llmp_report_style *style,
                                 llmp_document **out, llmp_error *error)
{
    if (validation == NULL || file == NULL || out == NULL) {
        return llmp__fail_argument(error, "validation, file or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.validate/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    fill(d, validation, file, with_rows, style);
    return llmp__document_finish(d, out, error);
}
