/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file load.h
 * @brief A located tree plus a schema gives a record: types, ranges, enumerations, required keys.
 */
#ifndef LLMP_CATALOG_LOAD_H
#define LLMP_CATALOG_LOAD_H

#include "base/arena.h"
#include "catalog/schema.h"
#include "doc/tree.h"

typedef struct llmp__loader {
    const char *where;  /* file name or flag; lives as long as the arena */
    llmp__arena *arena; /* receives lists; text stays in the tree, which must be there too */
    llmp_status
        value_status; /* for a value out of range: LLMP_E_VALUE, or LLMP_E_RANGE for --set */
    llmp_error *error;
} llmp__loader;

/**
 * Reads one record of a kind. Presence bits and origins are set, documented defaults filled in and
 * layers expanded; references are not resolved.
 * @param base  record that stated fields override, or NULL
 * @param path  "devices[3]", for messages
 * @param out   as large as the schema says; garbage on failure
 */
llmp_status llmp__load_record(const llmp__loader *loader, llmp_kind kind, const llmp__node *map,
                              const llmp_record *base, const char *path, void *out);

/** As llmp__load_record, for a struct that is no catalog record: no origins, no defaults. */
llmp_status llmp__load_struct(const llmp__loader *loader, const llmp_schema *schema,
                              const llmp__node *map, const char *path, void *out);

/** Index of the schema's field of that key; field_count when there is none. */
size_t llmp__schema_find(const llmp_schema *schema, const char *key);
/** Puts the keys nearest to @p key into @p hint. */
void llmp__schema_suggest(const llmp_schema *schema, const char *key, char *hint, size_t size);

/** Presence of field @p i. */
bool llmp__schema_present(const llmp_schema *schema, const void *record, size_t i);
bool llmp__schema_has(const llmp_schema *schema, const void *record, size_t offset);
void llmp__schema_mark(const llmp_schema *schema, void *record, size_t i, bool present);
/** Bytes of a member of that type, without the count beside a list. */
size_t llmp__member_size(llmp_field_type type);
/** Copies field @p i when @p from knows it and @p to does not; true when it did. */
bool llmp__copy_missing(const llmp_schema *schema, size_t i, const void *from, void *to);

#endif
