/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows and cells of a comparison say. */
#include "report/build_compare.h"
#include "report/utf8.h"

#include <math.h>
#include <string.h>

#define PLUS_MINUS "\xC2\xB1"
#define DASH "\xE2\x80\x93"

/* --- names ------------------------------------------------------------------------------------ */

static const struct {
    const char *title;
    const char *head;
} names[LLMP_COMPARE_METRIC_COUNT] = {
    [LLMP_COMPARE_VERDICT] = {"verdict", "verdict"},
    [LLMP_COMPARE_QUANT_LOSS] = {"quant", "quant"},
    [LLMP_COMPARE_CONTEXT] = {"largest context", "context"},
    [LLMP_COMPARE_DECODE] = {"decode at %s, t/s", "t/s at %s"},
    [LLMP_COMPARE_TTFT] = {"first token of %s", "TTFT %s"},
    [LLMP_COMPARE_USERS] = {"users at once", "users"},
    [LLMP_COMPARE_USER_SPEED] = {"each of them, t/s", "t/s each"},
    [LLMP_COMPARE_LOAD] = {"loading it", "loading"},
    [LLMP_COMPARE_DISK] = {"on disk", "disk"},
    [LLMP_COMPARE_DECODE_W] = {"power, decoding", "W busy"},
    [LLMP_COMPARE_IDLE_W] = {"power, idle", "W idle"},
    [LLMP_COMPARE_NOISE] = {"noise", "noise"},
    [LLMP_COMPARE_PRICE] = {"price", "price"},
    [LLMP_COMPARE_MACHINES] = {"machines needed", "needed"},
    [LLMP_COMPARE_USD_PER_MONTH] = {"USD a month", "USD/month"},
    [LLMP_COMPARE_USD_PER_MTOK] = {"USD/Mtok", "USD/Mtok"},
    [LLMP_COMPARE_BREAKEVEN] = {"pays after, months", "pays in"},
};

static const char *name_of(llmp_document *d, const llmp_compare_row *row, const char *pattern)
{
    const char *at = pattern == NULL ? NULL : strstr(pattern, "%s");
    if (row->metric == LLMP_COMPARE_TASK) {
        return llmp__format(d, "%s", row->task->head.name);
    }
    return at == NULL ? pattern
                      : llmp__format(d, "%.*s%s%s", (int)(at - pattern), pattern,
                                     llmp__count(d, (uint64_t)row->tokens), at + 2);
}

const char *llmp__compare_row_title(llmp_document *d, const llmp_compare_row *row)
{
    return name_of(d, row, names[row->metric].title);
}

const char *llmp__compare_row_head(llmp_document *d, const llmp_compare_row *row)
{
    return name_of(d, row, names[row->metric].head);
}

const char *llmp__compare_column_title(llmp_document *d, const llmp_compare *compare,
                                       uint32_t column)
{
    const llmp_compare_column *c = llmp_compare_column_at(compare, column);
    const char *title = llmp__machine_title(d, &c->machines[0]);
    for (uint32_t k = 1; k < c->machine_count; k++) {
        title = llmp__format(d, "%s + %s", title, llmp__machine_title(d, &c->machines[k]));
    }
    return title;
}

const llmp_fit_answer *llmp__compare_fit(const llmp_compare *compare, uint32_t column,
                                         uint32_t model, uint32_t i)
{
    const llmp_compare_column *c = llmp_compare_column_at(compare, column);
    for (uint32_t k = 0; k < c->machine_count; k++) {
        uint32_t slot;
        const llmp_assessment *a = llmp_compare_assessment(compare, column, k, model, &slot);
        if (a != NULL && i-- == 0) {
            return llmp_assess_answer_of(a)->models[slot].fit;
        }
    }
    return NULL;
}

const llmp_model *llmp__compare_model(const llmp_compare *compare, uint32_t model)
{
    return llmp__compare_fit(compare, 0, model, 0)->model;
}

const char *llmp__compare_subject_title(llmp_document *d, const llmp_compare *compare,
                                        const llmp_compare_block *block, uint32_t subject)
{
    const llmp_compare_subject *s = &block->subjects[subject];
    return block->of_models ? llmp__compare_model(compare, s->model)->head.name
                            : llmp__compare_column_title(d, compare, s->column);
}

const char *llmp__compare_mark_text(llmp_compare_mark mark)
{
    return mark == LLMP_COMPARE_WINS ? " *" : mark == LLMP_COMPARE_TIES ? " =" : "";
}

/* --- cells ------------------------------------------------------------------------------------ */

/* "60.1 (52.3-69.2)", or "60.1 +-14%" where there is little room. */
static const char *rate(llmp_document *d, const llmp_estimate *e, bool wide)
{
    return wide ? llmp__format(d, "%s (%s)", llmp__figure(d, e->p50), llmp__interval(d, e))
                : llmp__format(d, "%s " PLUS_MINUS "%.0f%%", llmp__figure(d, e->p50),
                               100.0 * (sqrt(e->p90 / e->p10) - 1.0));
}

static const char *duration(llmp_document *d, const llmp_estimate *e, bool wide)
{
    return wide ? llmp__seconds_interval(d, e)
                : llmp__format(d, "%s " PLUS_MINUS "%.0f%%", llmp__seconds(d, e->p50),
                               100.0 * (sqrt(e->p90 / e->p10) - 1.0));
}

static const char *amount(llmp_document *d, double usd)
{
    return usd >= 1000.0 ? llmp__count(d, (uint64_t)llround(usd)) : llmp__figure(d, usd);
}

static const char *price(llmp_document *d, const llmp_estimate *e, bool wide)
{
    return wide && e->p90 > e->p10
               ? llmp__format(d, "%s" DASH "%s USD", amount(d, e->p10), amount(d, e->p90))
               : llmp__format(d, "%s USD", amount(d, e->p50));
}

/* The quants of a model where a column has it; one name when all agree. */
static const char *quants(llmp_document *d, const llmp_compare *compare,
                          const llmp_compare_subject *s)
{
    const llmp_fit_answer *fit = llmp__compare_fit(compare, s->column, s->model, 0);
    const char *text = fit == NULL ? "" : fit->quant_title;
    for (uint32_t i = 1; (fit = llmp__compare_fit(compare, s->column, s->model, i)) != NULL; i++) {
        if (strstr(text, fit->quant_title) == NULL) {
            text = llmp__format(d, "%s + %s", text, fit->quant_title);
        }
    }
    return text;
}

static const char *none(const llmp_compare_row *row)
{
    switch (row->metric) {
    case LLMP_COMPARE_DECODE:
    case LLMP_COMPARE_TTFT:
    case LLMP_COMPARE_TASK:
        return "no room";
    case LLMP_COMPARE_BREAKEVEN:
        return "never";
    case LLMP_COMPARE_VERDICT:
    case LLMP_COMPARE_QUANT_LOSS:
    case LLMP_COMPARE_CONTEXT:
    case LLMP_COMPARE_USERS:
    case LLMP_COMPARE_USER_SPEED:
    case LLMP_COMPARE_LOAD:
    case LLMP_COMPARE_DISK:
    case LLMP_COMPARE_DECODE_W:
    case LLMP_COMPARE_IDLE_W:
    case LLMP_COMPARE_NOISE:
    case LLMP_COMPARE_PRICE:
    case LLMP_COMPARE_MACHINES:
    case LLMP_COMPARE_USD_PER_MONTH:
    case LLMP_COMPARE_USD_PER_MTOK:
    case LLMP_COMPARE_METRIC_COUNT:
        break;
    }
    return DASH;
}

static const char *value(llmp_document *d, const llmp_compare_row *row, const llmp_estimate *e,
                         bool wide)
{
    switch (row->metric) {
    case LLMP_COMPARE_VERDICT:
        return llmp_verdict_name((llmp_verdict)(int)e->p50);
    case LLMP_COMPARE_CONTEXT:
    case LLMP_COMPARE_USERS:
    case LLMP_COMPARE_MACHINES:
        return llmp__count(d, (uint64_t)e->p50);
    case LLMP_COMPARE_DECODE:
    case LLMP_COMPARE_USER_SPEED:
        return rate(d, e, wide);
    case LLMP_COMPARE_TTFT:
    case LLMP_COMPARE_TASK:
        return duration(d, e, wide);
    case LLMP_COMPARE_LOAD:
        return llmp__seconds(d, e->p50);
    case LLMP_COMPARE_DISK:
        return llmp__bytes(d, (uint64_t)e->p50);
    case LLMP_COMPARE_DECODE_W:
    case LLMP_COMPARE_IDLE_W:
        return llmp__format(d, "%.0f W", e->p50);
    case LLMP_COMPARE_NOISE:
        return llmp_noise_name((llmp_noise)(int)e->p50);
    case LLMP_COMPARE_PRICE:
        return price(d, e, wide);
    case LLMP_COMPARE_USD_PER_MONTH:
    case LLMP_COMPARE_USD_PER_MTOK:
        return amount(d, e->p50);
    case LLMP_COMPARE_BREAKEVEN:
        return llmp__format(d, "%.1f", e->p50);
    case LLMP_COMPARE_QUANT_LOSS:
    case LLMP_COMPARE_METRIC_COUNT:
        break;
    }
    return "";
}

const char *llmp__compare_cell_text(llmp_document *d, const llmp_compare *compare,
                                    const llmp_compare_block *block, const llmp_compare_row *row,
                                    uint32_t subject, bool wide)
{
    const llmp_compare_cell *cell = &row->cells[subject];
    if (row->metric == LLMP_COMPARE_QUANT_LOSS && cell->state != LLMP_COMPARE_NO) {
        return quants(d, compare, &block->subjects[subject]); /* also of a file's own mix */
    }
    if (cell->state == LLMP_COMPARE_NO) {
        const llmp_fit_answer *fit = llmp__compare_fit(compare, block->subjects[subject].column,
                                                       block->subjects[subject].model, 0);
        return fit != NULL && fit->verdict == LLMP_VERDICT_CANNOT_RUN ? DASH : none(row);
    }
    return cell->state == LLMP_COMPARE_UNKNOWN ? "unknown" : value(d, row, &cell->value, wide);
}
