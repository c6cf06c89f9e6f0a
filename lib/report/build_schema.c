/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `show --schema`: the keys of a kind of record, from the table that also checks files. */
#include "report/build.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const llmp__column columns[] = {
    {.title = "key", .key = "key"},
    {.title = "meaning", .wrap = true},
    {.key = "type"},
    {.key = "unit"},
    {.key = "min", .right = true},
    {.key = "max", .right = true},
    {.key = "required"},
    {.key = "choices"},
    {.key = "doc"},
};

static const char *choices_of(llmp_document *d, llmp__node *entry, const llmp_schema *schema,
                              size_t i)
{
    const char *text = "";
    const char *one = llmp_schema_choice(schema, i, 0);
    if (one == NULL) {
        llmp__data_null(d, entry, "choices");
        return text;
    }
    llmp__node *list = llmp__data_list(d, entry, "choices");
    for (size_t j = 0; one != NULL; one = llmp_schema_choice(schema, i, ++j)) {
        llmp__data_text(d, list, NULL, one);
        text = llmp__format(d, "%s%s%s", text, j == 0 ? "" : "|", one);
    }
    return text;
}

/* "number, 1 to 100000 GB/s, required: theoretical peak". */
static const char *meaning(llmp_document *d, const llmp_field_info *info, const char *choices,
                           bool ranged)
{
    const char *range = !ranged ? ""
                                : llmp__format(d, ", %s to %s%s%s", llmp__raw_number(d, info->min),
                                               llmp__raw_number(d, info->max),
                                               *info->unit == '\0' ? "" : " ", info->unit);
    /* break a long list of choices where the terminal wants */
    const char *spaced = "";
    for (const char *c = choices; *c != '\0';) {
        size_t length = strcspn(c, "|");
        spaced = llmp__format(d, "%s%s%.*s", spaced, c == choices ? " " : ", ", (int)length, c);
        c += length + (c[length] == '|' ? 1 : 0);
    }
    return llmp__format(d, "%s%s%s%s: %s", info->type, spaced, range,
                        info->required ? ", required" : "", info->doc);
}

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
        const char *choices = choices_of(d, entry, schema, i);
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = llmp__format(d, "%s%s", prefix, info.key);
        row[1].text = meaning(d, &info, choices, ranged);
        row[2].raw = llmp__format(d, "%s", info.type);
        row[3].raw = info.unit;
        row[4].raw = ranged ? llmp__raw_number(d, info.min) : NULL;
        row[5].raw = ranged ? llmp__raw_number(d, info.max) : NULL;
        row[6].raw = info.required ? "yes" : "no";
        row[7].raw = choices;
        row[8].raw = info.doc;
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
