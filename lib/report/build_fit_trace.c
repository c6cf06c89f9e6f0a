/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derivation of an answer: one table a stage. */
#include "report/build.h"

#include <math.h>
#include <string.h>

typedef struct collector {
    llmp_document *d;
    llmp__node *list;
    llmp__block *table;
    const char *stage;
} collector;

static const llmp__column columns[] = {
    {.title = "", .wrap = false},
    {.title = "", .right = true},
    {.title = "", .wrap = true},
};

static const char *readable(llmp_document *d, double value, const char *unit)
{
    uint64_t whole = (uint64_t)fmin(fmax(value, 0.0), 9e18);
    if (strcmp(unit, "B") == 0 && value >= 1024.0) {
        return llmp__bytes(d, whole);
    }
    if (strcmp(unit, "s") == 0 && value > 0.0) {
        return llmp__seconds(d, value);
    }
    bool count = value >= 0.0 && value < 1e12 && value == floor(value);
    const char *number = count ? llmp__count(d, whole) : llmp__format(d, "%.4g", value);
    return *unit == '\0' ? number : llmp__format(d, "%s %s", number, unit);
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void emit(void *user, const llmp_trace_term *term)
{
    collector *c = user;
    llmp_document *d = c->d;
    llmp__node *entry = llmp__data_map(d, c->list, NULL);
    llmp__data_text(d, entry, "stage", term->stage);
    llmp__data_text(d, entry, "term", term->term);
    llmp__data_text(d, entry, "formula", term->formula);
    llmp__data_text(d, entry, "inputs", or_empty(term->inputs));
    llmp__data_number(d, entry, "value", term->value);
    llmp__data_text(d, entry, "unit", or_empty(term->unit));
    llmp__data_text(d, entry, "source", term->source);
    llmp__data_text(d, entry, "grade", llmp_grade_name(term->grade));

    if (c->stage == NULL || strcmp(c->stage, term->stage) != 0) {
        c->stage = llmp__format(d, "%s", term->stage);
        llmp__block *heading =
            llmp__paragraph(d, LLMP__TONE_STRONG, llmp__format(d, "How: %s", term->stage));
        heading->indent = 2;
        c->table = llmp__table(d, columns, sizeof columns / sizeof *columns, false);
        c->table->tight = true;
        c->table->indent = 4;
    }
    llmp__cell *row = llmp__table_row(d, c->table);
    row[0].text = llmp__format(d, "%s", term->term);
    row[1].text = readable(d, term->value, or_empty(term->unit));
    const char *inputs = or_empty(term->inputs);
    const char *source = or_empty(term->source);
    row[2].text =
        llmp__format(d, "= %s%s%s%s%s%s", term->formula, *inputs == '\0' ? "" : ": ", inputs,
                     *source == '\0' ? "" : " [", source, *source == '\0' ? "" : "]");
}

llmp_status llmp__fit_trace(llmp_document *d, llmp__node *parent, const llmp_fit *fit,
                            llmp_error *error)
{
    collector c = {d, llmp__data_list(d, parent, "trace"), NULL, NULL};
    llmp_trace trace = {emit, &c};
    return llmp_fit_explain(fit, &trace, error);
}
