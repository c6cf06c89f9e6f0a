/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/tables.h"

#include <stdlib.h>
#include <string.h>

/* Index of the first row whose id is not below @p id. */
static size_t lower_bound(const llmp__table *table, const char *id)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(table->rows[middle]->id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const llmp_record *llmp__table_get(const llmp__table *table, const char *id)
{
    size_t i = lower_bound(table, id);
    return i < table->count && strcmp(table->rows[i]->id, id) == 0 ? table->rows[i] : NULL;
}

static bool reserve(llmp__table *table, llmp__arena *arena)
{
    if (table->count < table->capacity) {
        return true;
    }
    size_t capacity = table->capacity * 2 + 16;
    const llmp_record **rows = llmp__arena_alloc(arena, capacity, sizeof(const llmp_record *));
    if (rows == NULL) {
        return false;
    }
    if (table->count > 0) {
        memcpy(rows, table->rows, table->count * sizeof(const llmp_record *));
    }
    table->rows = rows;
    table->capacity = capacity;
    return true;
}

bool llmp__table_add(llmp__table *table, llmp__arena *arena, const llmp_record *record)
{
    if (!reserve(table, arena)) {
        return false;
    }
    table->rows[table->count++] = record;
    return true;
}

bool llmp__table_put(llmp__table *table, llmp__arena *arena, const llmp_record *record)
{
    size_t i = lower_bound(table, record->id);
    if (i < table->count && strcmp(table->rows[i]->id, record->id) == 0) {
        table->rows[i] = record;
        return true;
    }
    if (!reserve(table, arena)) {
        return false;
    }
    memmove(table->rows + i + 1, table->rows + i, (table->count - i) * sizeof table->rows[0]);
    table->rows[i] = record;
    table->count++;
    return true;
}

static int by_id(const void *a, const void *b)
{
    const llmp_record *x = *(const llmp_record *const *)a;
    const llmp_record *y = *(const llmp_record *const *)b;
    return strcmp(x->id, y->id);
}

void llmp__table_sort(llmp__table *table)
{
    if (table->count > 1) {
        qsort(table->rows, table->count, sizeof table->rows[0], by_id);
    }
}
