/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file name_index.h
 * @brief Every name of a table by hash, so that clashes among thousands are found without comparing
 * each with each.
 */
#ifndef LLMP_CATALOG_NAME_INDEX_H
#define LLMP_CATALOG_NAME_INDEX_H

#include "catalog/tables.h"

typedef struct llmp__name_entry {
    uint64_t hash; /* equal for names that llmp__name_equal calls equal */
    const char *name;
    const llmp_record *record;
} llmp__name_entry;

/** Ids, aliases and family names of a table, sorted by hash. False when out of memory; else free
 * @p out. */
bool llmp__name_index(const llmp__table *table, llmp__name_entry **out, size_t *out_count);

#endif
