/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/name_index.h"

#include "base/names.h"

#include <stdlib.h>
#include <string.h>

static int by_hash(const void *a, const void *b)
{
    const llmp__name_entry *x = a;
    const llmp__name_entry *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return strcmp(x->record->id, y->record->id);
}

bool llmp__name_index(const llmp__table *table, llmp__name_entry **out, size_t *out_count)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        count += 1 + table->rows[i]->alias_count + table->rows[i]->default_for_count;
    }
    llmp__name_entry *entries = malloc((count + 1) * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < table->count; i++) {
        const llmp_record *r = table->rows[i];
        entries[n++] = (llmp__name_entry){llmp__name_hash(r->id), r->id, r};
        for (size_t k = 0; k < r->alias_count; k++) {
            entries[n++] = (llmp__name_entry){llmp__name_hash(r->aliases[k]), r->aliases[k], r};
        }
        for (size_t k = 0; k < r->default_for_count; k++) {
            const char *name = r->default_for[k];
            entries[n++] = (llmp__name_entry){llmp__name_hash(name), name, r};
        }
    }
    qsort(entries, n, sizeof *entries, by_hash);
    *out = entries;
    *out_count = n;
    return true;
}
