/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `list`: the records of a kind, a few telling columns each. */
#include "report/build.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* Case-insensitive search in what people know a record by. */
static bool contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; text != NULL && *text != '\0'; text++) {
        size_t i = 0;
        while (i < length && text[i] != '\0') {
            char a = text[i];
            char b = part[i];
            a = a >= 'A' && a <= 'Z' ? (char)(a - 'A' + 'a') : a;
            b = b >= 'A' && b <= 'Z' ? (char)(b - 'A' + 'a') : b;
            if (a != b) {
                break;
            }
            i++;
        }
        if (i == length) {
            return true;
        }
    }
    return length == 0;
}

static bool matches(const llmp_record *record, const char *filter)
{
    if (filter == NULL || contains(record->id, filter) || contains(record->name, filter)) {
        return true;
    }
    for (size_t i = 0; i < record->alias_count; i++) {
        if (contains(record->aliases[i], filter)) {
            return true;
        }
    }
    return false;
}

/* Keys worth a column, by kind; the schema knows how to read them. */
typedef struct listed {
    const char *key;
    const char *title;
} listed;

static const listed model_keys[] = {{"family", "family"},
                                    {"published_params", "params"},
                                    {"max_context_tokens", "context"},
                                    {"release", "released"},
                                    {NULL, NULL}};
static const listed device_keys[] = {{"memory_gib", "GiB"},
                                     {"memory_bandwidth_gb_s", "GB/s"},
                                     {"fp16_tflops", "FP16 TF"},
                                     {"tdp_w", "W"},
                                     {NULL, NULL}};
static const listed rig_keys[] = {
    {"host_memory_gib", "host GiB"}, {"psu_w", "PSU W"}, {NULL, NULL}};
static const listed link_keys[] = {{"kind", "kind"}, {"bandwidth_gb_s", "GB/s"}, {NULL, NULL}};
static const listed format_keys[] = {
    {"family", "family"}, {"bits_per_weight", "bits/weight"}, {NULL, NULL}};
static const listed quant_keys[] = {{"family", "family"},
                                    {"base_format", "base"},
                                    {"nominal_bits_per_weight", "bits/weight"},
                                    {NULL, NULL}};
static const listed engine_keys[] = {{"policy", "memory policy"}, {NULL, NULL}};
static const listed profile_keys[] = {{"weight_bandwidth_ratio", "bandwidth"},
                                      {"kv_bandwidth_ratio", "KV"},
                                      {"sigma_decode", "sigma"},
                                      {"samples", "samples"},
                                      {NULL, NULL}};

static const listed price_keys[] = {{"input_usd_per_mtok", "in $/Mtok"},
                                    {"output_usd_per_mtok", "out $/Mtok"},
                                    {"cached_read_usd_per_mtok", "cached $/Mtok"},
                                    {"context_tokens", "context"},
                                    {"effective_to", "until"},
                                    {"as_of", "as of"},
                                    {NULL, NULL}};
static const listed subscription_keys[] = {{"provider", "provider"},
                                           {"usd_per_seat_month", "$/seat/month"},
                                           {"as_of", "as of"},
                                           {NULL, NULL}};
static const listed rental_keys[] = {{"provider", "provider"}, {"device", "device"},
                                     {"kind", "terms"},        {"usd_per_gpu_hour", "$/GPU/h"},
                                     {"as_of", "as of"},       {NULL, NULL}};
static const listed tariff_keys[] = {
    {"country", "country"},   {"customer", "customer"}, {"currency_per_kwh", "per kWh"},
    {"currency", "currency"}, {"as_of", "as of"},       {NULL, NULL}};
static const listed assumption_keys[] = {{"quantity", "quantity"}, {"value", "value"},
                                         {"low_value", "low"},     {"high_value", "high"},
                                         {"as_of", "as of"},       {NULL, NULL}};
static const listed workload_keys[] = {{"requests_per_day", "requests/day"},
                                       {"prompt_tokens", "prompt"},
                                       {"output_tokens", "output"},
                                       {"cache_hit_ratio", "cache hits"},
                                       {NULL, NULL}};

static const listed benchmark_keys[] = {{"unit", "unit"}, {"measures", "measures"}, {NULL, NULL}};
static const listed score_keys[] = {{"score", "score"},
                                    {"account", "account"},
                                    {"setting", "setting"},
                                    {"as_of", "as of"},
                                    {NULL, NULL}};
static const listed task_keys[] = {{"turns", "turns"},
                                   {"prompt_tokens", "first prompt"},
                                   {"turn_prompt_tokens", "later ones add"},
                                   {"output_tokens", "output each"},
                                   {"cache_hit_ratio", "cache hits"},
                                   {NULL, NULL}};

static const listed host_keys[] = {
    {"cpu", "processor"}, {"psus_max", "PSUs"}, {"load_w", "W"}, {"noise", "noise"}, {NULL, NULL}};
static const listed psu_keys[] = {{"rated_w", "W"},
                                  {"power_16pin_connectors", "16-pin"},
                                  {"power_8pin_connectors", "8-pin"},
                                  {"mains_min_v", "from V"},
                                  {NULL, NULL}};
static const listed circuit_keys[] = {
    {"mains_v", "V"}, {"breaker_a", "A"}, {"continuous_ratio", "for hours"}, {NULL, NULL}};

static const listed *keys_of(llmp_kind kind)
{
    switch (kind) {
    case LLMP_KIND_MODEL:
        return model_keys;
    case LLMP_KIND_DEVICE:
        return device_keys;
    case LLMP_KIND_RIG:
        return rig_keys;
    case LLMP_KIND_LINK:
        return link_keys;
    case LLMP_KIND_FORMAT:
        return format_keys;
    case LLMP_KIND_QUANT:
        return quant_keys;
    case LLMP_KIND_ENGINE:
        return engine_keys;
    case LLMP_KIND_PROFILE:
        return profile_keys;
    case LLMP_KIND_PRICE:
        return price_keys;
    case LLMP_KIND_SUBSCRIPTION:
        return subscription_keys;
    case LLMP_KIND_RENTAL:
        return rental_keys;
    case LLMP_KIND_TARIFF:
        return tariff_keys;
    case LLMP_KIND_ASSUMPTION:
        return assumption_keys;
    case LLMP_KIND_WORKLOAD:
        return workload_keys;
    case LLMP_KIND_BENCHMARK:
        return benchmark_keys;
    case LLMP_KIND_SCORE:
        return score_keys;
    case LLMP_KIND_TASK:
        return task_keys;
    case LLMP_KIND_HOST:
        return host_keys;
    case LLMP_KIND_PSU:
        return psu_keys;
    case LLMP_KIND_CIRCUIT:
        return circuit_keys;
    case LLMP_KIND_COUNT:
        break;
    }
    return model_keys + 4;
}

enum { KEYS_MAX = 8, ID = 0, NAME = 1, FIRST_KEY = 2 };

static bool find_field(const llmp_schema *schema, const char *key, size_t *out)
{
    llmp_field_info info;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        if (strcmp(info.key, key) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static void cell(llmp_document *d, llmp__cell *out, llmp__node *entry, const char *key,
                 const llmp_value *value)
{
    switch (value->type) {
    case LLMP_VALUE_TEXT:
        out->text = out->raw = llmp__format(d, "%s", value->text);
        llmp__data_text(d, entry, key, value->text);
        return;
    case LLMP_VALUE_NUMBER:
        out->text = llmp__figure(d, value->number);
        out->raw = llmp__raw_number(d, value->number);
        llmp__data_number(d, entry, key, value->number);
        return;
    case LLMP_VALUE_COUNT:
        out->text = strcmp(key, "published_params") == 0 ? llmp__params(d, value->count)
                                                         : llmp__count(d, value->count);
        out->raw = llmp__raw_whole(d, value->count);
        llmp__data_whole(d, entry, key, value->count);
        return;
    case LLMP_VALUE_BOOL:
        out->text = out->raw = value->boolean ? "yes" : "no";
        llmp__data_bool(d, entry, key, value->boolean);
        return;
    case LLMP_VALUE_ABSENT:
    case LLMP_VALUE_TEXTS:
    case LLMP_VALUE_RECORDS:
        break;
    }
    out->text = "";
    llmp__data_null(d, entry, key);
}

/* Where no count is published people still want to know the size. */
static const char *stand_in(llmp_document *d, llmp_kind kind, const llmp_record *record,
                            const char *key)
{
    if (kind != LLMP_KIND_MODEL || strcmp(key, "published_params") != 0) {
        return "";
    }
    const llmp_model *model = LLMP_MODEL(record);
    return LLMP_HAS_MODEL(model, text_params) ? llmp__params(d, model->text_params) : "";
}

typedef struct layout {
    llmp__column *columns;
    size_t fields[KEYS_MAX];
    size_t count; /* of keys */
} layout;

static bool lay_out(llmp_document *d, llmp_kind kind, layout *out)
{
    const llmp_schema *schema = llmp_catalog_schema(kind);
    out->columns = llmp__arena_alloc(&d->arena, KEYS_MAX + FIRST_KEY, sizeof *out->columns);
    if (out->columns == NULL) {
        d->failed = true;
        return false;
    }
    out->columns[ID] = (llmp__column){.title = "id", .key = "id"};
    /* where names only repeat ids they would cost the width that figures need */
    bool telling = kind == LLMP_KIND_DEVICE || kind == LLMP_KIND_RIG || kind == LLMP_KIND_LINK ||
                   kind == LLMP_KIND_HOST || kind == LLMP_KIND_CIRCUIT;
    out->columns[NAME] =
        (llmp__column){.title = "name", .key = "name", .wrap = true, .detail = !telling};
    out->count = 0;
    for (const listed *key = keys_of(kind); key->key != NULL; key++) {
        llmp_field_info info;
        if (out->count < KEYS_MAX && find_field(schema, key->key, &out->fields[out->count]) &&
            llmp_schema_field(schema, out->fields[out->count], &info)) {
            bool number =
                strncmp(info.type, "number", 6) == 0 || strncmp(info.type, "count", 5) == 0;
            out->columns[FIRST_KEY + out->count++] =
                (llmp__column){.title = key->title,
                               .key = key->key,
                               .right = number,
                               .wrap = (kind == LLMP_KIND_SCORE || kind == LLMP_KIND_BENCHMARK) &&
                                       strcmp(info.type, "text") == 0};
        }
    }
    return true;
}

llmp_status llmp_report_list(const llmp_catalog *catalog, llmp_kind kind, const char *filter,
                             const llmp_report_style *style, llmp_document **out, llmp_error *error)
{
    (void)style;
    if (catalog == NULL || out == NULL) {
        return llmp__fail_argument(error, "catalog or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.list/1");
    layout plan;
    if (d == NULL || !lay_out(d, kind, &plan)) {
        llmp_document_destroy(&d);
        return llmp__fail_memory(error, "a report");
    }
    const llmp_schema *schema = llmp_catalog_schema(kind);
    llmp__data_text(d, d->data, "kind", llmp_kind_name(kind));
    llmp__node *records = llmp__data_list(d, d->data, "records");
    llmp__block *table = llmp__table(d, plan.columns, FIRST_KEY + plan.count, true);
    table->indent = 0;
    size_t shown = 0;
    size_t total = llmp_catalog_count(catalog, kind);
    for (size_t i = 0; i < total; i++) {
        const llmp_record *record = llmp_catalog_at(catalog, kind, i);
        if (!matches(record, filter)) {
            continue;
        }
        shown++;
        llmp__node *entry = llmp__data_map(d, records, NULL);
        llmp__data_text(d, entry, "id", record->id);
        llmp__data_text(d, entry, "name", record->name);
        llmp__node *aliases = llmp__data_list(d, entry, "aliases");
        for (size_t k = 0; k < record->alias_count; k++) {
            llmp__data_text(d, aliases, NULL, record->aliases[k]);
        }
        llmp__cell *row = llmp__table_row(d, table);
        row[ID].text = record->id;
        row[NAME].text = record->name;
        for (size_t k = 0; k < plan.count; k++) {
            llmp_value value;
            llmp_schema_get(schema, record, plan.fields[k], &value);
            cell(d, &row[FIRST_KEY + k], entry, plan.columns[FIRST_KEY + k].key, &value);
            if (value.type == LLMP_VALUE_ABSENT) {
                row[FIRST_KEY + k].text =
                    stand_in(d, kind, record, plan.columns[FIRST_KEY + k].key);
            }
        }
    }
    const char *kinds = llmp_kind_name(kind);
    const char *more = llmp__format(d, "More on one: llmplan show %s ID", kinds);
    llmp__block *note = llmp__paragraph(
        d, LLMP__TONE_DIM,
        shown == 0       ? llmp__format(d, "None of %zu %ss has '%s' in its name", total, kinds,
                                  filter == NULL ? "" : filter)
        : shown == total ? llmp__format(d, "%zu %ss. %s", total, kinds, more)
                         : llmp__format(d, "%zu of %zu %ss. %s", shown, total, kinds, more));
    table->hidden = shown == 0;
    note->tight = shown == 0;
    note->indent = 0;
    return llmp__document_finish(d, out, error);
}
