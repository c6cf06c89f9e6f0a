/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_CATALOG_PRIVATE_H
#define LLMP_CATALOG_PRIVATE_H

#include "catalog/load.h"
#include "catalog/tables.h"

/** Memory of one overlay, kept when the overlay was good. */
typedef struct llmp__layer_arena {
    struct llmp__layer_arena *next;
    llmp__arena arena;
} llmp__layer_arena;

struct llmp_catalog {
    bool frozen;
    llmp__tables tables;
    llmp__layer_arena *arenas; /* the last one belongs to the catalog itself */
};

/**
 * One change to a catalog, all or nothing: records go to tables of their own, and only a commit
 * makes them the catalog's.
 */
typedef struct llmp__change {
    llmp_catalog *catalog;
    llmp__layer_arena *layer;
    llmp__tables tables;
} llmp__change;

llmp_status llmp__change_begin(llmp__change *change, llmp_catalog *catalog, llmp_error *error);
void llmp__change_commit(llmp__change *change);
void llmp__change_abort(llmp__change *change);

/**
 * Merges one record into the change: over the record of the same id, or as a new one.
 * @param out  the record; to be checked once all of them are in
 */

llmp_status llmp__change_record(llmp__change *change, const llmp__loader *loader, llmp_kind kind,
                                const llmp__node *map, const char *path, const llmp_record **out);

/** @p as_of, or when it is 0 the date of the built-in data. */
llmp_date llmp__day_or_data(llmp_date as_of);

/** Completes and checks the records that the change put in. Stops at the first problem. */
llmp_status llmp__change_check(llmp__change *change, llmp_error *error);

#endif
