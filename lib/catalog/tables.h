/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file tables.h
 * @brief The records of a catalog as one sorted list per kind.
 */
#ifndef LLMP_CATALOG_TABLES_H
#define LLMP_CATALOG_TABLES_H

#include "base/arena.h"
#include "catalog/schema.h"

typedef struct llmp__table {
    const llmp_record **rows; /* by id once sorted */
    size_t count;
    size_t capacity;
} llmp__table;

typedef struct llmp__tables {
    llmp__table kinds[LLMP_KIND_COUNT];
} llmp__tables;

/** Binary search by exact id; NULL when there is none. */
const llmp_record *llmp__table_get(const llmp__table *table, const char *id);
/** Appends a row, unsorted. False when out of memory. */
bool llmp__table_add(llmp__table *table, llmp__arena *arena, const llmp_record *record);
/** Replaces the row of that id, or inserts it in order. False when out of memory. */
bool llmp__table_put(llmp__table *table, llmp__arena *arena, const llmp_record *record);
void llmp__table_sort(llmp__table *table);

/** The built-in data, generated from data/ (see data/gen). */
typedef struct llmp__builtin_table {
    const void *rows; /* sorted by id */
    size_t count;
    size_t row_bytes;
} llmp__builtin_table;

extern const llmp__builtin_table llmp__builtin[LLMP_KIND_COUNT];
extern const char llmp__builtin_version[];

#endif
