/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/load.h"

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"
#include "base/text.h"
#include "catalog/finish.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 96, NAMES_SIZE = 200 };

/* One value on its way into its member. */
struct slot {
    const llmp__loader *loader;
    const llmp_field *field;
    const llmp__node *node;
    const char *path; /* of the value: "devices[3].tdp_w" */
    unsigned char *record;
};

size_t llmp__schema_find(const llmp_schema *schema, const char *key)
{
    size_t i = 0;
    while (i < schema->field_count && strcmp(schema->fields[i].key, key) != 0) {
        i++;
    }
    return i;
}

void llmp__schema_suggest(const llmp_schema *schema, const char *key, char *hint, size_t size)
{
    llmp__nearest nearest;
    llmp__nearest_begin(&nearest, key);
    for (size_t i = 0; i < schema->field_count; i++) {
        llmp__nearest_offer(&nearest, schema->fields[i].key, schema->fields[i].key);
    }
    llmp__nearest_format(&nearest, hint, size);
}

static void put(const struct slot *s, const void *value, size_t size)
{
    memcpy(s->record + s->field->offset, value, size);
}

static void put_list(const struct slot *s, const void *list, size_t count)
{
    memcpy(s->record + s->field->offset, &list, sizeof list);
    memcpy(s->record + s->field->count_offset, &count, sizeof count);
}

/* --- errors -------------------------------------------------------------------------------------
 */

static llmp_status wrong_type(const struct slot *s, const llmp__node *node, const char *expected)
{
    bool scalar = node->kind == LLMP__NODE_PLAIN || node->kind == LLMP__NODE_QUOTED;
    return llmp__fail_at(s->loader->error, LLMP_E_SCHEMA, s->loader->where, node->line,
                         node->column, s->path, "%s is %s%.60s%s, expected %s", s->field->key,
                         scalar ? "'" : "", scalar ? node->text : llmp__node_kind_name(node),
                         scalar ? "'" : "", expected);
}

static llmp_status out_of_range(const struct slot *s)
{
    const llmp_field *f = s->field;
    char low[LLMP__NUMBER_SIZE];
    char high[LLMP__NUMBER_SIZE];
    llmp__number_format(f->min, low);
    llmp__number_format(f->max, high);
    return llmp__fail_at(s->loader->error, s->loader->value_status, s->loader->where, s->node->line,
                         s->node->column, s->path, "%s is %.40s%s%s, expected %s to %s%s%s", f->key,
                         s->node->text, *f->unit == '\0' ? "" : " ", f->unit, low, high,
                         *f->unit == '\0' ? "" : " ", f->unit);
}

static llmp_status bad_name(const struct slot *s, const llmp__node *node)
{
    llmp__nearest nearest;
    char hint[NAMES_SIZE];
    char choices[NAMES_SIZE];
    size_t used = 0;
    llmp__nearest_begin(&nearest, node->text);
    choices[0] = '\0';
    for (const char *const *name = s->field->names; *name != NULL; name++) {
        llmp__nearest_offer(&nearest, *name, *name);
        int n =
            snprintf(choices + used, sizeof choices - used, "%s%s", used == 0 ? "" : ", ", *name);
        used += n > 0 && (size_t)n < sizeof choices - used ? (size_t)n : 0;
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    (void)llmp__fail_at(s->loader->error, s->loader->value_status, s->loader->where, node->line,
                        node->column, s->path, "%s is '%.60s', expected one of %s", s->field->key,
                        node->text, choices);
    llmp__hint(s->loader->error, "%s", hint);
    return s->loader->value_status;
}

/* --- scalars ------------------------------------------------------------------------------------
 */

static llmp_status check_text(const struct slot *s, const llmp__node *node)
{
    if (node->kind != LLMP__NODE_PLAIN && node->kind != LLMP__NODE_QUOTED) {
        return wrong_type(s, node, "text");
    }
    if (*node->text == '\0') {
        return llmp__fail_at(s->loader->error, s->loader->value_status, s->loader->where,
                             node->line, node->column, s->path, "%s is empty", s->field->key);
    }
    for (const char *c = node->text; *c != '\0'; c++) {
        if (((unsigned char)*c < ' ' && *c != '\n' && *c != '\t') || *c == 127) {
            return llmp__fail_at(s->loader->error, s->loader->value_status, s->loader->where,
                                 node->line, node->column, s->path, "a control character in %s",
                                 s->field->key);
        }
    }
    return LLMP_OK;
}

static llmp_status load_text(const struct slot *s)
{
    llmp_status status = check_text(s, s->node);
    if (status == LLMP_OK) {
        put(s, &s->node->text, sizeof s->node->text);
    }
    return status;
}

static llmp_status load_date(const struct slot *s)
{
    llmp_date date = 0;
    llmp_status status = check_text(s, s->node);
    if (status != LLMP_OK) {
        return status;
    }
    if (llmp_date_parse(s->node->text, &date, NULL) != LLMP_OK) {
        (void)llmp__fail_at(s->loader->error, s->loader->value_status, s->loader->where,
                            s->node->line, s->node->column, s->path, "%s is '%.40s', not a date",
                            s->field->key, s->node->text);
        llmp__hint(s->loader->error, "write 2026, 2026-02 or 2026-02-23");
        return s->loader->value_status;
    }
    put(s, &date, sizeof date);
    return LLMP_OK;
}

static llmp_status load_bool(const struct slot *s)
{
    bool value = false;
    if (!llmp__node_bool(s->node, &value)) {
        return wrong_type(s, s->node, "true or false");
    }
    put(s, &value, sizeof value);
    return LLMP_OK;
}

static llmp_status read_number(const struct slot *s, double *out)
{
    if (!llmp__node_number(s->node, out)) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "a number%s%s", *s->field->unit ? " in " : "",
                       s->field->unit);
        return wrong_type(s, s->node, expected);
    }
    return *out < s->field->min || *out > s->field->max ? out_of_range(s) : LLMP_OK;
}

static llmp_status load_f64(const struct slot *s)
{
    double number = 0;
    llmp_status status = read_number(s, &number);
    if (status == LLMP_OK) {
        number *= s->field->scale;
        put(s, &number, sizeof number);
    }
    return status;
}

static bool is_one(double scale)
{
    return !(scale < 1) && !(scale > 1);
}

/* Whole numbers; with a scale, any number that a byte can be rounded to. */
static llmp_status load_whole(const struct slot *s)
{
    double number = 0;
    uint64_t whole = 0;
    llmp_status status = read_number(s, &number);
    if (status != LLMP_OK) {
        return status;
    }
    bool exact = llmp__node_whole(s->node, &whole);
    if (!is_one(s->field->scale)) {
        exact = llmp__round_u64(number * s->field->scale, &whole);
    } else if (!exact) {
        exact = number < 9007199254740992.0 && llmp__round_u64(number, &whole) &&
                !((double)whole < number) && !((double)whole > number);
    }
    if (!exact) {
        return wrong_type(s, s->node, "a whole number");
    }
    if (s->field->type == LLMP_T_U64) {
        put(s, &whole, sizeof whole);
    } else if (s->field->type == LLMP_T_U32) {
        uint32_t narrow = (uint32_t)whole; /* the schema's maximum fits */
        put(s, &narrow, sizeof narrow);
    } else {
        int32_t narrow = (int32_t)whole;
        put(s, &narrow, sizeof narrow);
    }
    return LLMP_OK;
}

static llmp_status read_name(const struct slot *s, const llmp__node *node, int *out)
{
    llmp_status status = check_text(s, node);
    if (status != LLMP_OK) {
        return status;
    }
    for (int i = 0; s->field->names[i] != NULL; i++) {
        if (strcmp(s->field->names[i], node->text) == 0) {
            *out = i;
            return LLMP_OK;
        }
    }
    return bad_name(s, node);
}

static llmp_status load_enum(const struct slot *s)
{
    int value = 0;
    llmp_status status = read_name(s, s->node, &value);
    if (status == LLMP_OK) {
        put(s, &value, sizeof value);
    }
    return status;
}

/* --- lists --------------------------------------------------------------------------------------
 */

static llmp_status load_texts(const struct slot *s)
{
    const char **list = llmp__arena_alloc(s->loader->arena, s->node->count, sizeof(const char *));
    size_t n = 0;
    for (const llmp__node *item = s->node->first; item != NULL && list != NULL; item = item->next) {
        llmp_status status = check_text(s, item);
        if (status != LLMP_OK) {
            return status;
        }
        list[n++] = item->text;
    }
    put_list(s, list, n);
    return list == NULL ? llmp__fail_memory(s->loader->error, s->path) : LLMP_OK;
}

static llmp_status load_enums(const struct slot *s)
{
    int *list = llmp__arena_alloc(s->loader->arena, s->node->count, sizeof *list);
    size_t n = 0;
    for (const llmp__node *item = s->node->first; item != NULL && list != NULL; item = item->next) {
        llmp_status status = read_name(s, item, &list[n++]);
        if (status != LLMP_OK) {
            return status;
        }
    }
    put_list(s, list, n);
    return list == NULL ? llmp__fail_memory(s->loader->error, s->path) : LLMP_OK;
}

static llmp_status load_fields(const llmp__loader *loader, const llmp_schema *schema,
                               const llmp__node *map, const char *path, unsigned char *record);

static llmp_status load_records(const struct slot *s)
{
    const llmp_schema *child = s->field->child;
    unsigned char *list = llmp__arena_alloc(s->loader->arena, s->node->count, child->size_bytes);
    size_t n = 0;
    for (const llmp__node *item = s->node->first; item != NULL && list != NULL; item = item->next) {
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%.70s[%zu]", s->path, n);
        llmp_status status =
            load_fields(s->loader, child, item, path, list + n * child->size_bytes);
        if (status != LLMP_OK) {
            return status;
        }
        n++;
    }
    put_list(s, list, n);
    return list == NULL ? llmp__fail_memory(s->loader->error, s->path) : LLMP_OK;
}

static llmp_status load_list(const struct slot *s)
{
    if (s->node->kind != LLMP__NODE_LIST) {
        return wrong_type(s, s->node, "a list");
    }
    if (s->node->count == 0) {
        return llmp__fail_at(s->loader->error, s->loader->value_status, s->loader->where,
                             s->node->line, s->node->column, s->path,
                             "%s is an empty list; leave the key out", s->field->key);
    }
    if (s->field->type == LLMP_T_STRINGS) {
        return load_texts(s);
    }
    return s->field->type == LLMP_T_ENUMS ? load_enums(s) : load_records(s);
}

/* --- records ------------------------------------------------------------------------------------
 */

static llmp_status load_value(const struct slot *s)
{
    switch (s->field->type) {
    case LLMP_T_STRING:
    case LLMP_T_REF:
        return load_text(s);
    case LLMP_T_DATE:
        return load_date(s);
    case LLMP_T_BOOL:
        return load_bool(s);
    case LLMP_T_F64:
        return load_f64(s);
    case LLMP_T_U32:
    case LLMP_T_I32:
    case LLMP_T_U64:
        return load_whole(s);
    case LLMP_T_ENUM:
        return load_enum(s);
    case LLMP_T_STRINGS:
    case LLMP_T_ENUMS:
    case LLMP_T_RECORDS:
        return load_list(s);
    }
    return llmp__fail(s->loader->error, LLMP_E_INTERNAL, "field type of %s", s->field->key);
}

static void clear_value(const struct slot *s)
{
    memset(s->record + s->field->offset, 0, llmp__member_size(s->field->type));
    if (s->field->count_offset != 0) {
        memset(s->record + s->field->count_offset, 0, sizeof(size_t));
    }
}

static llmp_status unknown_key(const llmp__loader *loader, const llmp_schema *schema,
                               const llmp__node *child, const char *path)
{
    char hint[NAMES_SIZE];
    llmp__schema_suggest(schema, child->key, hint, sizeof hint);
    (void)llmp__fail_at(loader->error, LLMP_E_SCHEMA, loader->where, child->key_line,
                        child->key_column, path, "unknown key '%.64s' in a %s", child->key,
                        schema->title);
    llmp__hint(loader->error, "%s", hint);
    return LLMP_E_SCHEMA;
}

static llmp_status check_required(const llmp__loader *loader, const llmp_schema *schema,
                                  const llmp__node *map, const char *path, const void *record)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if ((schema->fields[i].flags & LLMP_FIELD_REQUIRED) != 0 &&
            !llmp__schema_present(schema, record, i)) {
            return llmp__fail_at(loader->error, LLMP_E_SCHEMA, loader->where, map->line,
                                 map->column, path, "the key '%s' is missing in a %s",
                                 schema->fields[i].key, schema->title);
        }
    }
    return LLMP_OK;
}

static llmp_status load_fields(const llmp__loader *loader, const llmp_schema *schema,
                               const llmp__node *map, const char *path, unsigned char *record)
{
    if (map->kind != LLMP__NODE_MAP) {
        return llmp__fail_at(loader->error, LLMP_E_SCHEMA, loader->where, map->line, map->column,
                             path, "%s where a %s should stand", llmp__node_kind_name(map),
                             schema->title);
    }
    for (const llmp__node *child = map->first; child != NULL; child = child->next) {
        size_t i = llmp__schema_find(schema, child->key);
        if (i == schema->field_count) {
            return unknown_key(loader, schema, child, path);
        }
        char value_path[PATH_SIZE];
        (void)snprintf(value_path, sizeof value_path, "%.60s.%.32s", path, child->key);
        struct slot s = {loader, &schema->fields[i], child, value_path, record};
        bool known = !llmp__node_is_null(child);
        if (known) {
            llmp_status status = load_value(&s);
            if (status != LLMP_OK) {
                return status;
            }
        } else {
            clear_value(&s);
        }
        llmp__schema_mark(schema, record, i, known);
    }
    return check_required(loader, schema, map, path, record);
}

llmp_status llmp__load_struct(const llmp__loader *loader, const llmp_schema *schema,
                              const llmp__node *map, const char *path, void *out)
{
    memset(out, 0, schema->size_bytes);
    return load_fields(loader, schema, map, path, out);
}

/* Origins of the base that the overlay does not touch, then one for every key it states. The id
 * that says which record is overridden sets nothing. */
static llmp_status load_origins(const llmp__loader *loader, const llmp_schema *schema,
                                const llmp__node *map, bool has_base, llmp_record *record)
{
    llmp_origin *origins =
        llmp__arena_alloc(loader->arena, record->origin_count + map->count, sizeof *origins);
    size_t n = 0;
    if (origins == NULL) {
        return llmp__fail_memory(loader->error, loader->where);
    }
    for (size_t i = 0; i < record->origin_count; i++) {
        const char *key = schema->fields[record->origins[i].field].key;
        if (strcmp(key, "id") == 0 || llmp__node_get(map, key) == NULL) {
            origins[n++] = record->origins[i];
        }
    }
    for (const llmp__node *child = map->first; child != NULL; child = child->next) {
        if (has_base && strcmp(child->key, "id") == 0) {
            continue;
        }
        origins[n].field = (uint32_t)llmp__schema_find(schema, child->key);
        origins[n].where = loader->where;
        origins[n].line = child->key_line;
        n++;
    }
    record->origins = origins;
    record->origin_count = n;
    return LLMP_OK;
}

llmp_status llmp__load_record(const llmp__loader *loader, llmp_kind kind, const llmp__node *map,
                              const llmp_record *base, const char *path, void *out)
{
    const llmp_schema *schema = llmp__schemas[kind];
    if (base != NULL) {
        memcpy(out, base, schema->size_bytes);
    } else {
        memset(out, 0, schema->size_bytes);
    }
    llmp_status status = load_fields(loader, schema, map, path, out);
    if (status == LLMP_OK) {
        status = load_origins(loader, schema, map, base != NULL, out);
    }
    return status == LLMP_OK ? llmp__finish_record(loader, kind, map, path, out) : status;
}
