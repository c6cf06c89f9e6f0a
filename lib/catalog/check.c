/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/check.h"

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"
#include "catalog/load.h"
#include "catalog/name_index.h"

#include <llmplan/catalog_part.h>
#include <llmplan/catalog_score.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a record's key was written, as far as is known. */
static void locate(const llmp_record *record, const llmp_schema *schema, const char *key,
                   const char **out_where, uint32_t *out_line)
{
    *out_where = record->id;
    *out_line = 0;
    for (size_t i = 0; i < record->origin_count; i++) {
        const llmp_origin *o = &record->origins[i];
        bool wanted = strcmp(schema->fields[o->field].key, key) == 0;
        if (wanted || *out_line == 0) {
            *out_where = o->where;
            *out_line = o->line;
        }
        if (wanted) {
            return;
        }
    }
}

void llmp__check_problem(llmp__checker *c, llmp_status status, llmp_kind kind,
                         const llmp_record *record, const char *key, const char *hint,
                         const char *format, ...)
{
    char message[320];
    char field[96];
    const char *where = NULL;
    uint32_t line = 0;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    locate(record, llmp__schemas[kind], key, &where, &line);
    (void)snprintf(field, sizeof field, "%s.%s", record->id, key);
    llmp_error error = LLMP_ERROR_INIT;
    (void)llmp__fail_at(&error, status, where, line, 0, field, "%s", message);
    llmp__hint(&error, "%s", hint);
    c->problems++;
    c->report(c->context, &error);
}

/* --- references ---------------------------------------------------------------------------------
 */

static void check_reference(llmp__checker *c, llmp_kind kind, const llmp_record *record,
                            const char *key, llmp_kind target, const char *id)
{
    const llmp__table *table = &c->tables->kinds[target];
    if (llmp__table_get(table, id) != NULL) {
        return;
    }
    char hint[200];
    llmp__nearest nearest;
    llmp__nearest_begin(&nearest, id);
    for (size_t i = 0; i < table->count; i++) {
        llmp__nearest_offer(&nearest, table->rows[i]->id, table->rows[i]->id);
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    llmp__check_problem(c, LLMP_E_REFERENCE, kind, record, key, hint, "no %s has the id '%.64s'",
                        llmp_kind_name(target), id);
}

/* Every reference and date in a record or, with @p key, in a sub-record under that key. */
static void check_fields(llmp__checker *c, llmp_kind kind, const llmp_record *record,
                         const char *key, const llmp_schema *schema, const void *fields)
{
    for (size_t i = 0; i < schema->field_count && c->problems < c->problems_max; i++) {
        const llmp_field *f = &schema->fields[i];
        if (!llmp__schema_present(schema, fields, i)) {
            continue;
        }
        const unsigned char *at = (const unsigned char *)fields + f->offset;
        const char *name = key == NULL ? f->key : key;
        if (f->type == LLMP_T_REF && f->ref != LLMP_KIND_COUNT) {
            const char *id = NULL;
            memcpy(&id, at, sizeof id);
            check_reference(c, kind, record, name, f->ref, id);
        } else if (f->type == LLMP_T_DATE && c->today != 0 && (f->flags & LLMP_FIELD_FUTURE) == 0) {
            llmp_date date = 0;
            memcpy(&date, at, sizeof date);
            if (date > c->today) {
                llmp__check_problem(c, LLMP_E_VALUE, kind, record, name, "",
                                    "%s is later than the version of the data", f->key);
            }
        } else if (f->type == LLMP_T_RECORDS) {
            llmp_value list;
            llmp_schema_get(schema, fields, i, &list);
            for (size_t j = 0; j < list.size && c->problems < c->problems_max; j++) {
                check_fields(c, kind, record, name, f->child, llmp_value_at(&list, j));
            }
        }
    }
}

static void check_sources(llmp__checker *c, llmp_kind kind, const llmp_record *record)
{
    const llmp_schema *schema = llmp__schemas[kind];
    for (size_t i = 0; i < record->field_source_count; i++) {
        const llmp_field_source *s = &record->field_sources[i];
        for (size_t j = 0; j < s->field_count; j++) {
            if (llmp__schema_find(schema, s->fields[j]) == schema->field_count) {
                char hint[200];
                llmp__schema_suggest(schema, s->fields[j], hint, sizeof hint);
                llmp__check_problem(c, LLMP_E_REFERENCE, kind, record, "sources", hint,
                                    "sources speak of '%.64s', which is no key of a %s",
                                    s->fields[j], schema->title);
            }
        }
    }
}

/* --- by kind ------------------------------------------------------------------------------------
 */

static void check_prices(llmp__checker *c, llmp_kind kind, const llmp_record *record,
                         const llmp_price *prices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (prices[i].low_usd > prices[i].high_usd) {
            llmp__check_problem(c, LLMP_E_VALUE, kind, record, "prices", "",
                                "price %zu: low_usd is above high_usd", i);
        }
    }
}

static void check_device(llmp__checker *c, const llmp_device *d)
{
    const llmp_record *head = &d->head;
    check_prices(c, LLMP_KIND_DEVICE, head, d->prices, d->price_count);
    for (size_t i = 0; i < d->power_count; i++) {
        if (d->powers[i].low_w > d->powers[i].high_w) {
            llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_DEVICE, head, "powers", "",
                                "power %zu: low_w is above high_w", i);
        }
    }
    if (d->memory_bandwidth_measured_bytes_per_s > d->memory_bandwidth_bytes_per_s) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_DEVICE, head,
                            "memory_bandwidth_measured_gb_s", "",
                            "measured bandwidth is above the theoretical peak");
    }
    if (d->memory_bytes == 0 && d->kind != LLMP_DEVICE_CPU && d->like == NULL) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_DEVICE, head, "memory_gib", "",
                            "only a CPU may leave memory_gib out");
    }
    if (d->usable_memory_bytes > d->memory_bytes && d->memory_bytes > 0) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_DEVICE, head, "usable_memory_gib", "",
                            "usable memory is above the capacity");
    }
    const llmp_device *next = d;
    for (size_t hops = 0; next != NULL && next->like != NULL; hops++) {
        if (hops > c->tables->kinds[LLMP_KIND_DEVICE].count) {
            llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_DEVICE, head, "like", "",
                                "the chain of 'like' is a circle");
            break;
        }
        next = LLMP_DEVICE(llmp__table_get(&c->tables->kinds[LLMP_KIND_DEVICE], next->like));
    }
}

static void check_rig(llmp__checker *c, const llmp_rig *r)
{
    check_prices(c, LLMP_KIND_RIG, &r->head, r->prices, r->price_count);
    uint32_t count = 0;
    for (size_t i = 0; i < r->device_count; i++) {
        count += r->devices[i].count;
    }
    if (r->machines > LLMP_MACHINE_DEVICES_MAX || count * r->machines > LLMP_MACHINE_DEVICES_MAX) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_RIG, &r->head, "devices", "",
                            "more than %d devices in all", LLMP_MACHINE_DEVICES_MAX);
    }
    if (r->machines > 1 && r->machine_link == NULL) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_RIG, &r->head, "machines", "",
                            "several machines need a machine_link");
    }
}

static void check_host(llmp__checker *c, const llmp_host *h)
{
    check_prices(c, LLMP_KIND_HOST, &h->head, h->prices, h->price_count);
    for (size_t i = 0; i < h->layout_count; i++) {
        if (i > 0 && h->layouts[i].cards <= h->layouts[i - 1].cards) {
            llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_HOST, &h->head, "layouts", "",
                                "layout %zu: the number of cards does not rise", i);
        }
    }
    for (size_t i = 0; i < h->memory_count; i++) {
        check_prices(c, LLMP_KIND_HOST, &h->head, h->memories[i].prices,
                     h->memories[i].price_count);
        if (i > 0 && h->memories[i].memory_bytes <= h->memories[i - 1].memory_bytes) {
            llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_HOST, &h->head, "memories", "",
                                "memory %zu: the size does not rise", i);
        }
    }
}

static void check_format(llmp__checker *c, const llmp_format *f)
{
    double bits = 8.0 * f->block_bytes / ((double)f->block_weights * f->block_rows);
    /* Half a unit of the last decimal stated, and two decimals at least. */
    char stated[LLMP__NUMBER_SIZE];
    llmp__number_format(f->bits_per_weight, stated);
    const char *point = strchr(stated, '.');
    size_t decimals = point == NULL || strlen(point) < 3 ? 2 : strlen(point) - 1;
    if (!(fabs(bits - f->bits_per_weight) <= 0.5000001 * pow(10, -(double)decimals))) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_FORMAT, &f->head, "bits_per_weight", "",
                            "the block takes %.6g bits per weight", bits);
    }
    const llmp_format *next = f;
    for (size_t hops = 0; next != NULL && next->fallback != NULL; hops++) {
        if (hops > c->tables->kinds[LLMP_KIND_FORMAT].count) {
            llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_FORMAT, &f->head, "fallback", "",
                                "the chain of fallbacks is a circle");
            break;
        }
        next = LLMP_FORMAT(llmp__table_get(&c->tables->kinds[LLMP_KIND_FORMAT], next->fallback));
    }
}

static void check_quant(llmp__checker *c, const llmp_quant *q)
{
    if (!q->own_recipe && q->base_format == NULL) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_QUANT, &q->head, "base_format", "",
                            "needed unless own_recipe is true");
    }
}

static void check_profile(llmp__checker *c, const llmp_profile *p)
{
    const llmp__table *profiles = &c->tables->kinds[LLMP_KIND_PROFILE];
    const llmp_engine *engine =
        LLMP_ENGINE(llmp__table_get(&c->tables->kinds[LLMP_KIND_ENGINE], p->engine));
    bool known = p->backend == NULL || engine == NULL;
    for (size_t i = 0; engine != NULL && i < engine->backend_count && !known; i++) {
        known = strcmp(engine->backends[i].id, p->backend) == 0;
    }
    if (!known) {
        llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_PROFILE, &p->head, "backend", "",
                            "the engine %s has no backend '%.40s'", p->engine, p->backend);
    }
    const llmp_profile *next = p;
    for (size_t hops = 0; next != NULL && next->like != NULL; hops++) {
        if (hops > profiles->count) {
            llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_PROFILE, &p->head, "like", "",
                                "the chain of 'like' is a circle");
            break;
        }
        next = LLMP_PROFILE(llmp__table_get(profiles, next->like));
    }
    const llmp__table *devices = &c->tables->kinds[LLMP_KIND_DEVICE];
    bool used = llmp__table_get(devices, p->device_class) != NULL;
    for (size_t i = 0; i < devices->count && !used; i++) {
        const llmp_device *d = LLMP_DEVICE(devices->rows[i]);
        for (size_t j = 0; j < d->class_count && !used; j++) {
            used = strcmp(d->classes[j], p->device_class) == 0;
        }
    }
    if (!used) {
        llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_PROFILE, &p->head, "device_class", "",
                            "no device is or belongs to '%.64s'", p->device_class);
    }
}

static void check_score(llmp__checker *c, const llmp_score *s)
{
    const llmp_record *benchmark =
        llmp__table_get(&c->tables->kinds[LLMP_KIND_BENCHMARK], s->benchmark);
    if ((s->model == NULL) == (s->api_model == NULL)) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_SCORE, &s->head, "model", "",
                            "give either model or api_model");
    }
    if (benchmark != NULL && LLMP_BENCHMARK(benchmark)->unit == LLMP_SCORE_PERCENT &&
        s->value > 100) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_SCORE, &s->head, "score", "",
                            "%g is above 100 percent", s->value);
    }
}

/* --- models -------------------------------------------------------------------------------------
 */

static void check_block(llmp__checker *c, const llmp_model *m, const llmp_block *b)
{
    const llmp_record *head = &m->head;
    if (b->kind == LLMP_BLOCK_ATTENTION &&
        (b->heads == 0 || b->kv_heads == 0 || b->head_dim_k == 0)) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_MODEL, head, "blocks", "",
                            "block '%s' needs heads, kv_heads and head_dim", b->id);
    } else if (b->kv_heads > 0 && b->heads % b->kv_heads != 0) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_MODEL, head, "blocks", "",
                            "block '%s': %u heads do not divide by %u kv_heads", b->id,
                            (unsigned)b->heads, (unsigned)b->kv_heads);
    }
    if (b->kind == LLMP_BLOCK_FFN && b->ffn_size == 0) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_MODEL, head, "blocks", "",
                            "block '%s' needs ffn_size", b->id);
    }
    if (b->kind == LLMP_BLOCK_MOE &&
        (b->experts == 0 || b->experts_per_token == 0 || b->expert_ffn_size == 0)) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_MODEL, head, "blocks", "",
                            "block '%s' needs experts, experts_per_token and expert_ffn_size",
                            b->id);
    }
    if (b->experts_per_token > b->experts) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_MODEL, head, "blocks", "",
                            "block '%s': experts_per_token is above experts", b->id);
    }
}

static void check_geometry(llmp__checker *c, const llmp_model *m)
{
    bool used[256] = {false};
    for (size_t i = 0; i < m->layer_count; i++) {
        for (size_t j = 0; j < m->layers[i].block_count; j++) {
            used[m->layers[i].blocks[j]] = true;
        }
    }
    for (size_t i = 0; i < m->block_count; i++) {
        check_block(c, m, &m->blocks[i]);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(m->blocks[i].id, m->blocks[j].id) == 0) {
                llmp__check_problem(c, LLMP_E_DUPLICATE, LLMP_KIND_MODEL, &m->head, "blocks", "",
                                    "two blocks have the id '%s'", m->blocks[i].id);
            }
        }
        if (i < 256 && !used[i]) {
            llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_MODEL, &m->head, "blocks", "",
                                "no layer uses the block '%s'", m->blocks[i].id);
        }
    }
}

static void check_model(llmp__checker *c, const llmp_model *m)
{
    const llmp_record *head = &m->head;
    check_geometry(c, m);
    if (m->layer_count > 0 && (m->hidden_size == 0 || m->vocab_size == 0)) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_MODEL, head, "layers", "",
                            "a model with layers needs hidden_size and vocab_size");
    }
    if (m->layer_count == 0 && m->same_shape_as != NULL) {
        llmp__check_problem(c, LLMP_E_REFERENCE, LLMP_KIND_MODEL, head, "same_shape_as", "",
                            "'%.64s' has no geometry to share", m->same_shape_as);
    } else if (m->layer_count == 0 && m->missing == NULL) {
        llmp__check_problem(c, LLMP_E_SCHEMA, LLMP_KIND_MODEL, head, "id", "",
                            "a model without layers must say in 'missing' what it cannot answer");
    }
    if (m->active_params_stated > 0 && m->published_params > 0 &&
        m->active_params_stated > m->published_params) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_MODEL, head, "active_params_stated", "",
                            "more active parameters than parameters");
    }
}

static void check_task(llmp__checker *checker, const llmp_task *t)
{
    if (t->turns > 1 && !LLMP_HAS_TASK(t, turn_prompt_tokens)) {
        llmp__check_problem(checker, LLMP_E_VALUE, LLMP_KIND_TASK, &t->head, "turn_prompt_tokens",
                            "what tools and people add in each",
                            "turn_prompt_tokens is missing where there are %u turns",
                            (unsigned)t->turns);
    }
}

void llmp__check_record(llmp__checker *checker, llmp_kind kind, const llmp_record *record)
{
    check_fields(checker, kind, record, NULL, llmp__schemas[kind], record);
    check_sources(checker, kind, record);
    switch (kind) {
    case LLMP_KIND_MODEL:
        check_model(checker, LLMP_MODEL(record));
        break;
    case LLMP_KIND_DEVICE:
        check_device(checker, LLMP_DEVICE(record));
        break;
    case LLMP_KIND_RIG:
        check_rig(checker, LLMP_RIG(record));
        break;
    case LLMP_KIND_FORMAT:
        check_format(checker, LLMP_FORMAT(record));
        break;
    case LLMP_KIND_QUANT:
        check_quant(checker, LLMP_QUANT(record));
        break;
    case LLMP_KIND_PROFILE:
        check_profile(checker, LLMP_PROFILE(record));
        break;
    case LLMP_KIND_SCORE:
        check_score(checker, LLMP_SCORE(record));
        break;
    case LLMP_KIND_PRICE:
    case LLMP_KIND_SUBSCRIPTION:
    case LLMP_KIND_RENTAL:
    case LLMP_KIND_TARIFF:
    case LLMP_KIND_ASSUMPTION:
    case LLMP_KIND_WORKLOAD:
        llmp__check_money(checker, kind, record);
        break;
    case LLMP_KIND_TASK:
        check_task(checker, LLMP_TASK(record));
        break;
    case LLMP_KIND_HOST:
        check_host(checker, LLMP_HOST(record));
        break;
    case LLMP_KIND_PSU:
        check_prices(checker, kind, record, LLMP_PSU(record)->prices,
                     LLMP_PSU(record)->price_count);
        break;
    case LLMP_KIND_CIRCUIT:
    case LLMP_KIND_LINK:
    case LLMP_KIND_ENGINE:
    case LLMP_KIND_BENCHMARK:
    case LLMP_KIND_COUNT:
        break;
    }
}

/* --- names --------------------------------------------------------------------------------------
 */

static bool has_name(const llmp_record *r, const char *name)
{
    bool has = llmp__name_equal(r->id, name);
    for (size_t i = 0; i < r->alias_count && !has; i++) {
        has = llmp__name_equal(r->aliases[i], name);
    }
    for (size_t i = 0; i < r->default_for_count && !has; i++) {
        has = llmp__name_equal(r->default_for[i], name);
    }
    return has;
}

static void check_name(llmp__checker *c, llmp_kind kind, const llmp_record *record,
                       const llmp_record *other, const char *key, const char *name)
{
    if (has_name(other, name)) {
        llmp__check_problem(c, LLMP_E_DUPLICATE, kind, record, key, "", "'%.64s' also names '%s'",
                            name, other->id);
    }
}

static void check_pair(llmp__checker *c, llmp_kind kind, const llmp_record *record,
                       const llmp_record *other)
{
    if (strcmp(record->id, other->id) == 0) {
        const char *where = NULL;
        uint32_t line = 0;
        locate(other, llmp__schemas[kind], "id", &where, &line);
        llmp__check_problem(c, LLMP_E_DUPLICATE, kind, record, "id", "",
                            "the id stands at %s:%u too", where, (unsigned)line);
        return;
    }
    check_name(c, kind, record, other, "id", record->id);
    for (size_t i = 0; i < record->alias_count; i++) {
        check_name(c, kind, record, other, "aliases", record->aliases[i]);
    }
    for (size_t i = 0; i < record->default_for_count; i++) {
        check_name(c, kind, record, other, "default_for", record->default_for[i]);
    }
}

static bool enough(const llmp__checker *c)
{
    return c->problems_max > 0 && c->problems >= c->problems_max;
}

bool llmp__check_new_names(llmp__checker *checker, llmp_kind kind,
                           bool (*is_new)(const void *context, llmp_kind kind,
                                          const llmp_record *record),
                           const void *context)
{
    llmp__name_entry *names = NULL;
    size_t count = 0;
    if (!llmp__name_index(&checker->tables->kinds[kind], &names, &count)) {
        return false;
    }
    for (size_t i = 0; i < count && !enough(checker); i++) {
        for (size_t j = i + 1; j < count && names[j].hash == names[i].hash; j++) {
            const llmp_record *a = names[i].record;
            const llmp_record *b = names[j].record;
            if (a != b && llmp__name_equal(names[i].name, names[j].name)) {
                bool second = is_new(context, kind, b);
                if (second || is_new(context, kind, a)) {
                    check_pair(checker, kind, second ? b : a, second ? a : b);
                }
            }
        }
    }
    free(names);
    return true;
}

void llmp__check_names(llmp__checker *checker, llmp_kind kind)
{
    const llmp__table *table = &checker->tables->kinds[kind];
    for (size_t i = 0; i < table->count; i++) {
        for (size_t j = 0; j < i; j++) {
            check_pair(checker, kind, table->rows[i], table->rows[j]);
        }
    }
}
