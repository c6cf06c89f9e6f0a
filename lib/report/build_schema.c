/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `show --schema`: the keys of a kind of record, from the table that also checks files. */
#include "report/build.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const llmp__column columns[] = {
    {.title = "key", .key = "key"},
    {.title = "type", .key = "type"},
    {.title = "range", .key = "range"},
    {.title = "meaning", .key = "meaning", .wrap = true},
    {.key = "unit"},
    {.key = "required"},
};

static void keys(llmp_document *d, llmp__node *parent, const llmp_schema *schema,
                 llmp__block *table, const char *prefix, unsigned depth)
{
    llmp_field_info info;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        bool ranged = info.max > info.min;
        llmp__node *entry = llmp__data_map(d, parent, NULL);
        llmp__data_text(d, entry, "key", info.key);
        llmp__data_text(d, entry, "type", info.type);
        llmp__data_text(d, entry, "unit", info.unit);
        if (ranged) {
            llmp__data_number(d, entry, "min", info.min);
            llmp__data_number(d, entry, "max", info.max);
        } else {
            llmp__data_null(d, entry, "min");
            llmp__data_null(d, entry, "max");
        }
        llmp__data_bool(d, entry, "required", info.required);
        llmp__data_text(d, entry, "doc", info.doc);
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = llmp__format(d, "%s%s", prefix, info.key);
        bool choice = strncmp(info.type, "one of ", 7) == 0;
        row[1].text = choice ? "choice" : llmp__format(d, "%s", info.type);
        row[1].raw = llmp__format(d, "%s", info.type);
        row[2].text = ranged ? llmp__format(d, "%g..%g %s", info.min, info.max, info.unit) : "";
        row[3].text = llmp__format(d, "%s%s%s%s", info.required ? "required: " : "", info.doc,
                                   choice ? "; " : "", choice ? info.type : "");
        row[4].text = info.unit;
        row[5].text = info.required ? "yes" : "no";
        const llmp_schema *child = llmp_schema_child(schema, i);
        if (child != NULL && depth < 4) {
            keys(d, llmp__data_list(d, entry, "keys"), child, table,
                 llmp__format(d, "%s%s.", prefix, info.key), depth + 1);
        }
    }
}

llmp_status llmp_report_schema(llmp_kind kind, const llmp_report_style *style, llmp_document **out,
                               llmp_error *error)
{
    (void)style;
    if (out == NULL || (unsigned)kind >= LLMP_KIND_COUNT) {
        return llmp__fail_argument(error, "kind or out", "is missing");
    }
    llmp_document *d = llmp__document_new("llmplan.schema/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    llmp__data_text(d, d->data, "kind", llmp_kind_name(kind));
    llmp__block *heading = llmp__paragraph(
        d, LLMP__TONE_STRONG,
        llmp__format(d, "Keys of a %s, as in overlay files and --set", llmp_kind_name(kind)));
    heading->indent = 0;
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    table->indent = 0;
    keys(d, llmp__data_list(d, d->data, "keys"), llmp_catalog_schema(kind), table, "", 0);
    return llmp__document_finish(d, out, error);
}
