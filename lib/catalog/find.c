/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records by the names people type. */
#include "base/error.h"
#include "base/names.h"
#include "catalog/catalog_private.h"

#include <stdio.h>
#include <string.h>

size_t llmp_catalog_count(const llmp_catalog *catalog, llmp_kind kind)
{
    return (unsigned)kind < LLMP_KIND_COUNT ? catalog->tables.kinds[kind].count : 0;
}

const llmp_record *llmp_catalog_at(const llmp_catalog *catalog, llmp_kind kind, size_t i)
{
    return i < llmp_catalog_count(catalog, kind) ? catalog->tables.kinds[kind].rows[i] : NULL;
}

const llmp_record *llmp_catalog_get(const llmp_catalog *catalog, llmp_kind kind, const char *id)
{
    return (unsigned)kind < LLMP_KIND_COUNT && id != NULL
               ? llmp__table_get(&catalog->tables.kinds[kind], id)
               : NULL;
}

/* Ways a record can answer to a name, best first. */
enum how { BY_ID, BY_ALIAS, BY_DEFAULT, BY_PRINTED, LOOSELY, BY_FAMILY, HOW_COUNT };

static bool any_equal(const char *const *names, size_t count, const char *name,
                      bool (*equal)(const char *, const char *))
{
    for (size_t i = 0; i < count; i++) {
        if (equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

static bool answers(const llmp_record *r, const char *name, enum how how)
{
    switch (how) {
    case BY_ID:
        return llmp__name_equal(r->id, name);
    case BY_ALIAS:
        return any_equal(r->aliases, r->alias_count, name, llmp__name_equal);
    case BY_DEFAULT:
        return any_equal(r->default_for, r->default_for_count, name, llmp__name_equal);
    case BY_PRINTED:
        return llmp__name_equal(r->name, name);
    case LOOSELY:
        return llmp__name_equal_loose(r->id, name) ||
               any_equal(r->aliases, r->alias_count, name, llmp__name_equal_loose) ||
               any_equal(r->default_for, r->default_for_count, name, llmp__name_equal_loose) ||
               llmp__name_equal_loose(r->name, name);
    case BY_FAMILY:
        return llmp__name_in_family(r->id, name) ||
               any_equal(r->aliases, r->alias_count, name, llmp__name_in_family);
    case HOW_COUNT:
        break;
    }
    return false;
}

/* Writes the ids of the records that answer, other than @p except; returns how many there are. */
static size_t list_answers(const llmp__table *table, const char *name, enum how how,
                           const llmp_record *except, char *out, size_t size)
{
    size_t count = 0;
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < table->count; i++) {
        const llmp_record *r = table->rows[i];
        if (r == except || !answers(r, name, how)) {
            continue;
        }
        count++;
        if (used + strlen(r->id) + 8 < size) {
            int n = snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", ", r->id);
            used += n > 0 ? (size_t)n : 0;
        } else if (used + 5 < size && used > 3 && strcmp(out + used - 3, "...") != 0) {
            int n = snprintf(out + used, size - used, ", ...");
            used += n > 0 ? (size_t)n : 0;
        }
    }
    return count;
}

/* What is left of a name without what others put around it: a repository's owner, a maker, the kind
 * of file. NULL when there is nothing of the sort. */
static const char *bare_name(llmp_kind kind, const char *name, char out[128])
{
    const char *start = name;
    if (kind == LLMP_KIND_MODEL && strchr(name, '/') != NULL) {
        start = strrchr(name, '/') + 1;
    }
    for (size_t i = 1; kind == LLMP_KIND_DEVICE && i < LLMP_VENDOR_COUNT; i++) {
        size_t length = strlen(llmp__vendor_names[i]);
        char maker[32];
        (void)snprintf(maker, sizeof maker, "%.*s", (int)length, name);
        if (llmp__name_equal(maker, llmp__vendor_names[i]) &&
            (name[length] == ' ' || name[length] == '-')) {
            start = name + length + 1;
        }
    }
    int length = snprintf(out, 128, "%.120s", start);
    if (kind == LLMP_KIND_MODEL && length > 5 && llmp__name_equal(out + length - 5, "-gguf")) {
        out[length - 5] = '\0';
    }
    return out[0] == '\0' || strcmp(out, name) == 0 ? NULL : out;
}

/* So few records are named all, when none is near. */
enum { FEW = 12 };

static llmp_status unknown(const llmp__table *table, llmp_kind kind, const char *name,
                           llmp_error *error)
{
    if (error == NULL) {
        return LLMP_E_UNKNOWN;
    }
    char hint[240];
    llmp__nearest nearest;
    llmp__nearest_begin(&nearest, name);
    for (size_t i = 0; i < table->count; i++) {
        const llmp_record *r = table->rows[i];
        llmp__nearest_offer(&nearest, r->id, r->id);
        for (size_t j = 0; j < r->alias_count; j++) {
            llmp__nearest_offer(&nearest, r->aliases[j], r->id);
        }
        for (size_t j = 0; j < r->default_for_count; j++) {
            llmp__nearest_offer(&nearest, r->default_for[j], r->id);
        }
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    if (hint[0] == '\0' && table->count <= FEW) {
        size_t used = 0;
        for (size_t i = 0; i < table->count && used < sizeof hint; i++) {
            int n = snprintf(hint + used, sizeof hint - used, "%s%s", i == 0 ? "one of " : ", ",
                             table->rows[i]->id);
            used += n > 0 ? (size_t)n : 0;
        }
    }
    (void)llmp__fail(error, LLMP_E_UNKNOWN, "no %s is called '%.64s'", llmp_kind_name(kind), name);
    llmp__hint(error, "%s", hint);
    return LLMP_E_UNKNOWN;
}

static llmp_status ambiguous(const llmp__table *table, llmp_kind kind, const char *name,
                             enum how how, llmp_error *error)
{
    char choices[240];
    size_t count = list_answers(table, name, how, NULL, choices, sizeof choices);
    (void)llmp__fail(error, LLMP_E_AMBIGUOUS, "'%.64s' could be %zu %ss", name, count,
                     llmp_kind_name(kind));
    llmp__hint(error, "one of %s", choices);
    return LLMP_E_AMBIGUOUS;
}

/* "h100: taken as h100-sxm; also h100-pcie, h100-nvl" */
static void note_default(const llmp__table *table, const char *name, const llmp_record *taken,
                         char out_note[256])
{
    char others[150];
    size_t count = list_answers(table, name, BY_FAMILY, taken, others, sizeof others);
    (void)snprintf(out_note, 256, "%.40s: taken as %.40s%s%s", name, taken->id,
                   count > 0 ? "; also " : "", others);
}

llmp_status llmp_catalog_find(const llmp_catalog *catalog, llmp_kind kind, const char *name,
                              const llmp_record **out, char out_note[256], llmp_error *error)
{
    if (catalog == NULL || name == NULL || out == NULL || (unsigned)kind >= LLMP_KIND_COUNT) {
        return llmp__fail_argument(error, "catalog, kind, name or out", "is NULL or no kind");
    }
    const llmp__table *table = &catalog->tables.kinds[kind];
    const llmp_record *found = *name == '\0' ? NULL : llmp__table_get(table, name);
    int how = BY_ID;
    for (; found == NULL && *name != '\0' && how < (int)HOW_COUNT; how++) {
        size_t count = 0;
        for (size_t i = 0; i < table->count; i++) {
            if (answers(table->rows[i], name, (enum how)how)) {
                found = table->rows[i];
                count++;
            }
        }
        /* A part of one name is a guess, not a name: it is suggested, not taken. */
        found = how == BY_FAMILY && count == 1 ? NULL : found;
        if (count > 1) {
            return ambiguous(table, kind, name, (enum how)how, error);
        }
        if (found != NULL) {
            break;
        }
    }
    if (found == NULL) {
        char bare[128];
        if (bare_name(kind, name, bare) != NULL &&
            llmp_catalog_find(catalog, kind, bare, out, out_note, NULL) == LLMP_OK) {
            if (out_note != NULL && out_note[0] == '\0') {
                (void)snprintf(out_note, 256, "%.80s: taken as %.40s", name, (*out)->id);
            }
            return LLMP_OK;
        }
        return unknown(table, kind, name, error);
    }
    if (out_note != NULL) {
        out_note[0] = '\0';
        if (how == BY_DEFAULT) {
            note_default(table, name, found, out_note);
        }
    }
    *out = found;
    return LLMP_OK;
}
