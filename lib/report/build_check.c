/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `check`: which files are good, and where the others are not. */
#include "report/build.h"

#include "base/error.h"

static const llmp__column columns[] = {
    {.title = "", .key = "file"},
    {.title = "", .key = "result"},
    {.key = "line", .right = true},
    {.key = "column", .right = true},
    {.key = "message"},
};

llmp_status llmp_report_check(const llmp_check_result *results, size_t count,
                              const llmp_report_style *style, llmp_document **out,
                              llmp_error *error)
{
    (void)style;
    if ((results == NULL && count > 0) || out == NULL) {
        return llmp__fail_argument(error, "results or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.check/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    llmp__node *files = llmp__data_list(d, d->data, "files");
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    table->indent = 0;
    for (size_t i = 0; i < count; i++) {
        const llmp_check_result *r = &results[i];
        bool good = r->status == LLMP_OK;
        const char *message = good ? NULL : r->error.message;
        llmp__node *entry = llmp__data_map(d, files, NULL);
        llmp__data_text(d, entry, "file", r->file);
        llmp__data_bool(d, entry, "good", good);
        llmp__data_text(d, entry, "status", llmp_status_name(r->status));
        llmp__data_text(d, entry, "message", message);
        llmp__data_text(d, entry, "hint", good || r->error.hint[0] == '\0' ? NULL : r->error.hint);
        llmp__data_text(d, entry, "field",
                        good || r->error.field[0] == '\0' ? NULL : r->error.field);
        llmp__data_whole(d, entry, "line", good ? 0 : r->error.line);
        llmp__data_whole(d, entry, "column", good ? 0 : r->error.column);
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = llmp__format(d, "%s", r->file);
        row[1].text = good ? "good" : "bad";
        row[1].tone = good ? LLMP__TONE_GOOD : LLMP__TONE_BAD;
        row[2].raw = good ? NULL : llmp__raw_whole(d, r->error.line);
        row[3].raw = good ? NULL : llmp__raw_whole(d, r->error.column);
        row[4].raw = good ? "" : llmp__format(d, "%s", message);
    }
    return llmp__document_finish(d, out, error);
}
