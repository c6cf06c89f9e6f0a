/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Life of a catalog. Linked with the built-in tables, not into their compiler. */
#include "base/error.h"
#include "catalog/catalog_private.h"

#include <stdlib.h>

const char *llmp_data_version(void)
{
    return llmp__builtin_version;
}

const char *llmp_version(void)
{
    return LLMP_VERSION;
}

static bool fill(llmp_catalog *catalog)
{
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        const llmp__builtin_table *from = &llmp__builtin[kind];
        const unsigned char *row = from->rows;
        for (size_t i = 0; i < from->count; i++, row += from->row_bytes) {
            if (!llmp__table_add(&catalog->tables.kinds[kind], &catalog->arenas->arena,
                                 (const llmp_record *)(const void *)row)) {
                return false;
            }
        }
    }
    return true;
}

llmp_status llmp_catalog_create(llmp_catalog **out, llmp_error *error)
{
    if (out == NULL) {
        return llmp__fail_argument(error, "out", "is NULL");
    }
    llmp_catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog != NULL) {
        catalog->arenas = calloc(1, sizeof *catalog->arenas);
    }
    if (catalog == NULL || catalog->arenas == NULL || !fill(catalog)) {
        llmp_catalog_destroy(&catalog);
        return llmp__fail_memory(error, "the catalog");
    }
    *out = catalog;
    return LLMP_OK;
}

void llmp_catalog_destroy(llmp_catalog **catalog)
{
    if (catalog == NULL || *catalog == NULL) {
        return;
    }
    while ((*catalog)->arenas != NULL) {
        llmp__layer_arena *next = (*catalog)->arenas->next;
        llmp__arena_free(&(*catalog)->arenas->arena);
        free((*catalog)->arenas);
        (*catalog)->arenas = next;
    }
    free(*catalog);
    *catalog = NULL;
}

void llmp_catalog_freeze(llmp_catalog *catalog)
{
    if (catalog != NULL) {
        catalog->frozen = true;
    }
}
