/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `show`: one record, every known field, by its schema; and on request where each comes from. */
#include "report/build.h"

#include "base/error.h"

#include <llmplan/catalog_score.h>

#include <stdio.h>
#include <string.h>

static const llmp__column columns[] = {
    {.title = "", .key = "key"},
    {.title = "", .key = "value", .wrap = true},
    {.title = ""},
};

static void data_value(llmp_document *d, llmp__node *parent, const char *key,
                       const llmp_value *value);

static void data_record(llmp_document *d, llmp__node *map, const llmp_schema *schema,
                        const void *record)
{
    llmp_field_info info;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        llmp_value value;
        llmp_schema_get(schema, record, i, &value);
        data_value(d, map, info.key, &value);
    }
}

/* Records nest two levels by their schemas, so this recursion ends. */
static void data_value(llmp_document *d, llmp__node *parent, const char *key,
                       const llmp_value *value)
{
    llmp__node *list;
    switch (value->type) {
    case LLMP_VALUE_ABSENT:
        llmp__data_null(d, parent, key);
        return;
    case LLMP_VALUE_TEXT:
        llmp__data_text(d, parent, key, value->text);
        return;
    case LLMP_VALUE_NUMBER:
        llmp__data_number(d, parent, key, value->number);
        return;
    case LLMP_VALUE_COUNT:
        llmp__data_whole(d, parent, key, value->count);
        return;
    case LLMP_VALUE_BOOL:
        llmp__data_bool(d, parent, key, value->boolean);
        return;
    case LLMP_VALUE_TEXTS:
        list = llmp__data_list(d, parent, key);
        for (size_t i = 0; i < value->size; i++) {
            llmp__data_text(d, list, NULL, llmp_value_text(value, i));
        }
        return;
    case LLMP_VALUE_RECORDS:
        list = llmp__data_list(d, parent, key);
        for (size_t i = 0; i < value->size; i++) {
            data_record(d, llmp__data_map(d, list, NULL), value->record_schema,
                        llmp_value_at(value, i));
        }
        return;
    }
}

static const char *number_text(llmp_document *d, double number)
{
    const char *raw = llmp__raw_number(d, number);
    return raw == NULL ? "unknown" : raw;
}

static const char *scalar_text(llmp_document *d, const llmp_value *value, const char *unit)
{
    const char *text = "";
    switch (value->type) {
    case LLMP_VALUE_TEXT:
        text = llmp__format(d, "%s", value->text);
        break;
    case LLMP_VALUE_NUMBER:
        text = number_text(d, value->number);
        break;
    case LLMP_VALUE_COUNT:
        text = llmp__count(d, value->count);
        break;
    case LLMP_VALUE_BOOL:
        text = value->boolean ? "yes" : "no";
        break;
    case LLMP_VALUE_TEXTS:
        for (size_t i = 0; i < value->size; i++) {
            text = llmp__format(d, "%s%s%s", text, i == 0 ? "" : ", ", llmp_value_text(value, i));
        }
        break;
    case LLMP_VALUE_ABSENT:
    case LLMP_VALUE_RECORDS:
        break;
    }
    return *unit == '\0' ? text : llmp__format(d, "%s %s", text, unit);
}

/* A sub-record on one line: "kind street, low_usd 3600, ...". Schemas nest two levels. */
static const char *inline_text(llmp_document *d, const llmp_schema *schema, const void *record)
{
    const char *text = "";
    llmp_field_info info;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        llmp_value value;
        llmp_schema_get(schema, record, i, &value);
        if (value.type == LLMP_VALUE_ABSENT || (value.type == LLMP_VALUE_BOOL && !value.boolean)) {
            continue;
        }
        /* words speak for themselves; numbers need their key, which has the unit */
        const char *one = "";
        if (value.type == LLMP_VALUE_RECORDS) {
            for (size_t j = 0; j < value.size; j++) {
                one = llmp__format(d, "%s%s(%s)", one, j == 0 ? "" : " ",
                                   inline_text(d, value.record_schema, llmp_value_at(&value, j)));
            }
            one = llmp__format(d, "%s %s", info.key, one);
        } else if (value.type == LLMP_VALUE_TEXT) {
            one = scalar_text(d, &value, "");
        } else {
            one = value.type == LLMP_VALUE_BOOL
                      ? llmp__format(d, "%s", info.key)
                      : llmp__format(d, "%s %s", info.key, scalar_text(d, &value, ""));
        }
        text = *text == '\0' ? one : llmp__format(d, "%s, %s", text, one);
    }
    return text;
}

static const char *raw_text(llmp_document *d, const llmp_value *value)
{
    return value->type == LLMP_VALUE_COUNT ? llmp__raw_whole(d, value->count)
                                           : scalar_text(d, value, "");
}

static llmp__cell *add_row(llmp_document *d, llmp__block *table, const char *key, const char *shown,
                           const char *text, const char *raw)
{
    llmp__cell *row = llmp__table_row(d, table);
    row[0].text = shown;
    row[0].raw = key;
    row[1].text = text;
    row[1].raw = raw;
    return row;
}

static void show_field(llmp_document *d, llmp__block *table, const llmp_field_info *info,
                       const llmp_value *value, const char *origin)
{
    if (value->type != LLMP_VALUE_RECORDS) {
        llmp__cell *row = add_row(d, table, info->key, info->key, scalar_text(d, value, info->unit),
                                  raw_text(d, value));
        row[2].text = row[2].raw = origin;
        return;
    }
    for (size_t i = 0; i < value->size; i++) {
        const char *text = inline_text(d, value->record_schema, llmp_value_at(value, i));
        llmp__cell *row = add_row(d, table, info->key, i == 0 ? info->key : "", text, text);
        row[2].text = row[2].raw = i == 0 ? origin : "";
    }
}

static const char *set_by(llmp_document *d, const llmp_record *record, size_t field)
{
    for (size_t i = 0; i < record->origin_count; i++) {
        const llmp_origin *origin = &record->origins[i];
        if (origin->field == field) {
            return origin->line == 0 ? llmp__format(d, "%s", origin->where)
                                     : llmp__format(d, "%s:%u", origin->where, origin->line);
        }
    }
    return "built-in";
}

enum { SOURCES_MAX = 64 };

/* Sources are long and mostly the same: fields refer to them by number. */
typedef struct sources {
    const char *texts[SOURCES_MAX];
    size_t count;
} sources;

static size_t number_of(sources *known, const char *text)
{
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->texts[i], text) == 0) {
            return i + 1;
        }
    }
    if (known->count < SOURCES_MAX) {
        known->texts[known->count++] = text;
    }
    return known->count;
}

static const char *why_field(llmp_document *d, sources *known, llmp__node *provenance,
                             llmp_kind kind, const llmp_record *record, size_t field,
                             const char *key)
{
    char date[24];
    llmp_field_source source;
    llmp_catalog_provenance(kind, record, key, &source);
    const char *by = set_by(d, record, field);
    (void)llmp_date_format(source.as_of, date, sizeof date);
    llmp__node *entry = llmp__data_map(d, provenance, key);
    llmp__data_text(d, entry, "set_by", by);
    llmp__data_text(d, entry, "grade", llmp_grade_name(source.grade));
    llmp__data_text(d, entry, "as_of", source.as_of == 0 ? NULL : date);
    llmp__data_text(d, entry, "source", source.source);
    return llmp__format(d, "[%zu] %s%s%s",
                        number_of(known, source.source == NULL ? "unknown" : source.source),
                        llmp_grade_name(source.grade), strcmp(by, "built-in") == 0 ? "" : ", ",
                        strcmp(by, "built-in") == 0 ? "" : by);
}

/* Identity and provenance stand in the heading and the last line. */
static bool in_heading(const char *key)
{
    return strcmp(key, "id") == 0 || strcmp(key, "name") == 0 || strcmp(key, "as_of") == 0 ||
           strcmp(key, "source") == 0 || strcmp(key, "grade") == 0 || strcmp(key, "sources") == 0;
}

enum { SCORES_MAX = 64 };

/* What published tests say of a model; each is a record of its own, with its source. */
static void show_scores(llmp_document *d, llmp__block *table, const llmp_catalog *catalog,
                        llmp_kind kind, const llmp_record *record)
{
    const llmp_score *scores[SCORES_MAX];
    llmp_scored of = {kind == LLMP_KIND_MODEL ? LLMP_MODEL(record) : NULL,
                      kind == LLMP_KIND_PRICE ? LLMP_API_PRICE(record) : NULL};
    size_t count = llmp_scores_of(catalog, of, 0, scores, SCORES_MAX);
    count = count < SCORES_MAX ? count : SCORES_MAX;
    llmp__node *list = llmp__data_list(d, d->data, "scores");
    for (size_t i = 0; i < count; i++) {
        const llmp_score *s = scores[i];
        const llmp_record *benchmark = llmp_catalog_get(catalog, LLMP_KIND_BENCHMARK, s->benchmark);
        char date[24];
        (void)llmp_date_format(s->head.as_of, date, sizeof date);
        const char *text = llmp__format(
            d, "%s %s (%s, %s%s%s)", benchmark == NULL ? s->benchmark : benchmark->name,
            llmp__raw_number(d, s->value), llmp_account_name(s->account), date,
            s->setting == NULL ? "" : ", ", s->setting == NULL ? "" : s->setting);
        add_row(d, table, "scores", i == 0 ? "scores" : "", text, text);
        data_record(d, llmp__data_map(d, list, NULL), llmp_catalog_schema(LLMP_KIND_SCORE), s);
    }
    if (count == 0) {
        add_row(d, table, "scores", "scores", "none known", "");
    }
}

llmp_status llmp_report_show(const llmp_catalog *catalog, llmp_kind kind, const llmp_record *record,
                             bool why, const llmp_report_style *style, llmp_document **out,
                             llmp_error *error)
{
    (void)style;
    if (catalog == NULL || record == NULL || out == NULL) {
        return llmp__fail_argument(error, "catalog, record or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.show/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    const llmp_schema *schema = llmp_catalog_schema(kind);
    llmp__data_text(d, d->data, "kind", llmp_kind_name(kind));
    data_record(d, llmp__data_map(d, d->data, "record"), schema, record);
    llmp__block *heading = llmp__paragraph(
        d, LLMP__TONE_STRONG,
        llmp__format(d, "%s \xC2\xB7 %s %s", record->name, llmp_kind_name(kind), record->id));
    heading->indent = 0;
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    sources known = {{NULL}, 0};
    llmp__node *provenance = why ? llmp__data_map(d, d->data, "provenance") : NULL;
    llmp_field_info info;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        llmp_value value;
        llmp_schema_get(schema, record, i, &value);
        if (in_heading(info.key) || value.type == LLMP_VALUE_ABSENT) {
            continue;
        }
        const char *origin = why ? why_field(d, &known, provenance, kind, record, i, info.key) : "";
        show_field(d, table, &info, &value, origin);
    }
    if (kind == LLMP_KIND_MODEL || kind == LLMP_KIND_PRICE) {
        show_scores(d, table, catalog, kind, record);
    }
    char date[24];
    (void)llmp_date_format(record->as_of, date, sizeof date);
    if (why) {
        for (size_t i = 0; i < known.count; i++) {
            llmp__labelled(d, llmp__format(d, "[%zu]", i + 1), 5, known.texts[i])->tight = i > 0;
        }
    } else {
        llmp__labelled(d, "Source:", 9,
                       llmp__format(d, "%s, %s: %s", llmp_grade_name(record->grade), date,
                                    record->source == NULL ? "unknown" : record->source))
            ->tight = false;
        llmp__labelled(d, "", 9, "where each field comes from: --why");
    }
    return llmp__document_finish(d, out, error);
}
