/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derivation of an answer, stage by stage. */
#include "report/build.h"

#include <math.h>
#include <string.h>

enum { SOURCES_MAX = 64, TERM_WIDTH = 30 };

typedef struct collector {
    llmp_document *d;
    llmp__node *list;
    const char *stage;
    const char *sources[SOURCES_MAX]; /* long and mostly the same: terms refer to them by number */
    size_t source_count;
} collector;

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
    bool plain = value >= 0.01 && value < 1e6;
    const char *number = count   ? llmp__count(d, whole)
                         : plain ? llmp__figure(d, value)
                                 : llmp__format(d, "%.4g", value);
    return *unit == '\0' ? number : llmp__format(d, "%s %s", number, unit);
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* " [3]", or nothing for a term that is arithmetic. */
static const char *reference(collector *c, const char *source)
{
    size_t i = 0;
    if (source == NULL || *source == '\0') {
        return "";
    }
    while (i < c->source_count && strcmp(c->sources[i], source) != 0) {
        i++;
    }
    if (i == c->source_count && i < SOURCES_MAX) {
        c->sources[c->source_count++] = llmp__format(c->d, "%s", source);
    }
    return llmp__format(c->d, " [%zu]", i + 1);
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
        llmp__paragraph(d, LLMP__TONE_STRONG, llmp__format(d, "How: %s", term->stage));
    }
    const char *inputs = or_empty(term->inputs);
    llmp__labelled(d, term->term, TERM_WIDTH, readable(d, term->value, or_empty(term->unit)))
        ->indent = 4;
    llmp__block *how =
        llmp__paragraph(d, LLMP__TONE_DIM,
                        llmp__format(d, "%s%s%s%s", term->formula, *inputs == '\0' ? "" : ": ",
                                     inputs, reference(c, term->source)));
    how->indent = 6;
    how->tight = true;
}

llmp_status llmp__trace_section(llmp_document *d, llmp__node *parent, llmp__derive *derive,
                                const void *of, llmp_error *error)
{
    collector c = {.d = d, .list = llmp__data_list(d, parent, "trace")};
    llmp_trace trace = {emit, &c};
    llmp_status status = derive(of, &trace, error);
    for (size_t i = 0; i < c.source_count; i++) {
        llmp__block *source = llmp__labelled(d, llmp__format(d, "[%zu]", i + 1), 5, c.sources[i]);
        source->tight = i > 0;
    }
    return status;
}

static llmp_status derive_fit(const void *of, const llmp_trace *trace, llmp_error *error)
{
    return llmp_fit_explain(of, trace, error);
}

llmp_status llmp__fit_trace(llmp_document *d, llmp__node *parent, const llmp_fit *fit,
                            llmp_error *error)
{
    return llmp__trace_section(d, parent, derive_fit, fit, error);
}
