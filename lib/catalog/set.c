/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field from the command line: "device.rtx-4090.tdp_w=400". */
#include "base/error.h"
#include "base/names.h"
#include "catalog/catalog_private.h"
#include "doc/yaml.h"

#include <string.h>

enum { PART_SIZE = 128 }; /* the longest id and its end */

struct assignment {
    llmp_kind kind;
    char name[PART_SIZE]; /* "" in the short form */
    char key[PART_SIZE];
    const char *value;
};

static llmp_status wrong_form(const char *assignment, llmp_error *error)
{
    (void)llmp__fail_at(error, LLMP_E_ARGUMENT, "--set", 0, 0, NULL, "'%.80s' sets nothing",
                        assignment);
    llmp__hint(error, "write KIND.RECORD.KEY=VALUE, such as device.rtx-4090.tdp_w=400");
    return LLMP_E_ARGUMENT;
}

static bool copy_part(const char *from, const char *to, char out[PART_SIZE])
{
    size_t length = (size_t)(to - from);
    if (length >= PART_SIZE) {
        return false;
    }
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static llmp_status find_kind(const char *name, llmp_kind *out, llmp_error *error)
{
    llmp__nearest nearest;
    char hint[240];
    llmp__nearest_begin(&nearest, name);
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        if (llmp__name_equal(llmp_kind_name((llmp_kind)kind), name)) {
            *out = (llmp_kind)kind;
            return LLMP_OK;
        }
        llmp__nearest_offer(&nearest, llmp_kind_name((llmp_kind)kind),
                            llmp_kind_name((llmp_kind)kind));
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    (void)llmp__fail_at(error, LLMP_E_UNKNOWN, "--set", 0, 0, NULL, "no kind of record is '%.64s'",
                        name);
    llmp__hint(error, "%s",
               *hint == '\0'
                   ? "one of model, device, rig, link, format, quant, engine, profile, price, "
                     "subscription, rental, tariff, assumption, workload"
                   : hint);
    return LLMP_E_UNKNOWN;
}

/* Records may have dots in their names, kinds and keys have none. */
static llmp_status split(const char *text, struct assignment *out, llmp_error *error)
{
    char kind[PART_SIZE];
    const char *equals = strchr(text, '=');
    const char *first = strchr(text, '.');
    if (equals == NULL || first == NULL || first > equals) {
        return wrong_form(text, error);
    }
    const char *last = equals;
    while (last[-1] != '.') {
        last--;
    }
    if (!copy_part(text, first, kind) || !copy_part(last, equals, out->key) ||
        out->key[0] == '\0') {
        return wrong_form(text, error);
    }
    out->name[0] = '\0';
    if (last - 1 > first && !copy_part(first + 1, last - 1, out->name)) {
        return wrong_form(text, error);
    }
    out->value = equals + 1;
    return find_kind(kind, &out->kind, error);
}

static llmp_status find_record(const llmp_catalog *catalog, const struct assignment *a,
                               const char *const default_ids[LLMP_KIND_COUNT],
                               const llmp_record **out, llmp_error *error)
{
    const char *name = a->name;
    if (*name == '\0') {
        name = default_ids == NULL ? NULL : default_ids[a->kind];
    }
    if (name == NULL) {
        (void)llmp__fail_at(error, LLMP_E_ARGUMENT, "--set", 0, 0, NULL, "which %s?",
                            llmp_kind_name(a->kind));
        llmp__hint(error, "write %s.RECORD.%s=%.40s", llmp_kind_name(a->kind), a->key, a->value);
        return LLMP_E_ARGUMENT;
    }
    llmp_status status = llmp_catalog_find(catalog, a->kind, name, out, NULL, error);
    if (status != LLMP_OK) {
        llmp__set_where(error, "--set");
    }
    return status;
}

/* A map of the id and the one key, as an overlay would have it. */
static llmp_status make_map(llmp__arena *arena, const struct assignment *a, const llmp_record *base,
                            llmp__node **out, llmp_error *error)
{
    llmp__node *value = NULL;
    llmp__node *map = llmp__arena_alloc(arena, 1, sizeof *map);
    llmp__node *id = llmp__arena_alloc(arena, 1, sizeof *id);
    char *key = llmp__arena_text(arena, a->key, strlen(a->key));
    if (map == NULL || id == NULL || key == NULL) {
        return llmp__fail_memory(error, "--set");
    }
    llmp_status status =
        llmp__yaml_parse(a->value, strlen(a->value), "--set", arena, &value, error);
    if (status != LLMP_OK || value == NULL) {
        return wrong_form(a->value, error);
    }
    map->kind = LLMP__NODE_MAP;
    id->kind = LLMP__NODE_QUOTED;
    id->text = base->id;
    id->key = "id";
    value->key = key;
    value->line = 0; /* a flag has no lines */
    value->column = 0;
    llmp__node_append(map, id);
    llmp__node_append(map, value);
    *out = map;
    return LLMP_OK;
}

static llmp_status check_key(const struct assignment *a, llmp_error *error)
{
    const llmp_schema *schema = llmp__schemas[a->kind];
    size_t i = llmp__schema_find(schema, a->key);
    if (i == schema->field_count) {
        char hint[240];
        llmp__schema_suggest(schema, a->key, hint, sizeof hint);
        (void)llmp__fail_at(error, LLMP_E_UNKNOWN, "--set", 0, 0, NULL, "'%.64s' is no key of a %s",
                            a->key, schema->title);
        llmp__hint(error, "%s", hint);
        return LLMP_E_UNKNOWN;
    }
    if (strcmp(a->key, "id") == 0) {
        return llmp__fail_at(error, LLMP_E_ARGUMENT, "--set", 0, 0, NULL,
                             "the id of a record cannot be changed");
    }
    return LLMP_OK;
}

static llmp_status apply(llmp__change *change, const struct assignment *a, const llmp_record *base,
                         llmp_error *error)
{
    llmp__arena *arena = &change->layer->arena;
    llmp__loader loader = {"--set", arena, LLMP_E_RANGE, error};
    const llmp_record *record = NULL;
    llmp__node *map = NULL;
    llmp_status status = make_map(arena, a, base, &map, error);
    if (status == LLMP_OK) {
        status = llmp__change_record(change, &loader, a->kind, map, base->id, &record);
    }
    return status == LLMP_OK ? llmp__change_check(change, error) : status;
}

llmp_status llmp_catalog_set(llmp_catalog *catalog, const char *assignment,
                             const char *const default_ids[LLMP_KIND_COUNT], llmp_error *error)
{
    if (catalog == NULL || assignment == NULL) {
        return llmp__fail_argument(error, catalog == NULL ? "catalog" : "assignment", "is NULL");
    }
    struct assignment a = {.kind = LLMP_KIND_MODEL};
    const llmp_record *base = NULL;
    llmp__change change;
    llmp_status status = split(assignment, &a, error);
    if (status == LLMP_OK) {
        status = check_key(&a, error);
    }
    if (status == LLMP_OK) {
        status = find_record(catalog, &a, default_ids, &base, error);
    }
    if (status == LLMP_OK) {
        status = llmp__change_begin(&change, catalog, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    status = apply(&change, &a, base, error);
    if (status == LLMP_OK) {
        llmp__change_commit(&change);
    } else {
        llmp__change_abort(&change);
    }
    return status;
}
