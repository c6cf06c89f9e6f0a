/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `check` of case files: what passed, and what was expected where something did not. */
#include "report/build.h"

#include "base/error.h"

static const llmp__column columns[] = {
    {.title = "case", .key = "case"},
    {.title = "question", .key = "question"},
    {.title = "computed", .key = "value", .right = true},
    {.title = "accepted", .right = true},
    {.title = "unit", .key = "unit"},
    {.title = "", .key = "result"},
    {.key = "low_value", .right = true},
    {.key = "high_value", .right = true},
    {.key = "file"},
    {.key = "message"},
};

typedef struct collector {
    llmp_document *d;
    llmp__node *list;
    llmp__block *failures; /* people see these */
    llmp__block *all;      /* and these in verbose style; CSV has them */
    const char *file;
} collector;

static const char *short_number(llmp_document *d, double number)
{
    return llmp__format(d, number >= 1e5 ? "%.0f" : "%.5g", number);
}

static void fill(const collector *c, llmp__block *table, const llmp_case_result *r)
{
    llmp_document *d = c->d;
    llmp__cell *row = llmp__table_row(d, table);
    row[0].text = llmp__format(d, "%s", r->id);
    row[1].text = llmp__format(d, "%s", r->question);
    row[2].text = r->answered ? short_number(d, r->value) : "no answer";
    row[2].raw = r->answered ? llmp__raw_number(d, r->value) : NULL;
    row[3].text = llmp__format(d, "%s%s to %s", r->differs ? "not " : "",
                               short_number(d, r->low_value), short_number(d, r->high_value));
    row[4].text = llmp__format(d, "%s", r->unit);
    row[5].text = r->passed ? "passed" : "FAILED";
    row[5].raw = r->passed ? "passed" : "failed";
    row[5].tone = r->passed ? LLMP__TONE_GOOD : LLMP__TONE_BAD;
    row[6].raw = llmp__raw_number(d, r->low_value);
    row[7].raw = llmp__raw_number(d, r->high_value);
    row[8].raw = c->file;
    row[9].raw = llmp__format(d, "%s", r->message);
}

static void collect(void *user, const llmp_case_result *r)
{
    collector *c = user;
    llmp_document *d = c->d;
    llmp__node *entry = llmp__data_map(d, c->list, NULL);
    llmp__data_text(d, entry, "file", c->file);
    llmp__data_text(d, entry, "case", r->id);
    llmp__data_text(d, entry, "question", r->question);
    llmp__data_text(d, entry, "source", r->source);
    llmp__data_text(d, entry, "unit", r->unit);
    if (r->answered) {
        llmp__data_number(d, entry, "value", r->value);
    } else {
        llmp__data_null(d, entry, "value");
    }
    llmp__data_number(d, entry, "low_value", r->low_value);
    llmp__data_number(d, entry, "high_value", r->high_value);
    llmp__data_bool(d, entry, "differs", r->differs);
    llmp__data_bool(d, entry, "passed", r->passed);
    llmp__data_text(d, entry, "message", r->message[0] == '\0' ? NULL : r->message);
    fill(c, c->all, r);
    if (!r->passed) {
        fill(c, c->failures, r);
    }
}

llmp_status llmp_report_cases(const llmp_catalog *catalog, const llmp_case_file *files,
                              size_t count, const llmp_report_style *style, size_t *out_failed,
                              llmp_document **out, llmp_error *error)
{
    if (catalog == NULL || (files == NULL && count > 0) || out == NULL) {
        return llmp__fail_argument(error, "catalog, files or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.cases/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    size_t passed = 0;
    size_t failed = 0;
    collector c = {d, llmp__data_list(d, d->data, "cases"), NULL, NULL, NULL};
    c.failures = llmp__table(d, columns, sizeof columns / sizeof *columns, false);
    c.failures->indent = 0;
    c.all = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    c.all->indent = 0;
    c.all->detail = true;
    for (size_t i = 0; i < count; i++) {
        size_t good = 0;
        size_t bad = 0;
        c.file = llmp__format(d, "%s", files[i].where);
        llmp_status status = llmp_cases_run(catalog, files[i].text, files[i].text_bytes,
                                            files[i].where, collect, &c, &good, &bad, error);
        if (status != LLMP_OK) {
            llmp_document_destroy(&d);
            return status;
        }
        passed += good;
        failed += bad;
    }
    c.failures->hidden = failed == 0 || (style != NULL && style->verbose);
    llmp__data_whole(d, d->data, "passed", passed);
    llmp__data_whole(d, d->data, "failed", failed);
    llmp__paragraph(d, failed == 0 ? LLMP__TONE_GOOD : LLMP__TONE_BAD,
                    llmp__format(d, "%zu %s passed, %zu failed", passed,
                                 passed == 1 ? "case" : "cases", failed))
        ->indent = 0;
    if (out_failed != NULL) {
        *out_failed = failed;
    }
    return llmp__document_finish(d, out, error);
}
