/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing a catalog: overlays, all or nothing, field by field. */
#include "base/error.h"
#include "base/file.h"
#include "catalog/catalog_private.h"
#include "catalog/check.h"
#include "catalog/document.h"
#include "catalog/finish.h"
#include "catalog/load.h"
#include "doc/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- changes ------------------------------------------------------------------------------------
 */

llmp_status llmp__change_begin(llmp__change *change, llmp_catalog *catalog, llmp_error *error)
{
    if (catalog->frozen) {
        return llmp__fail_argument(error, "catalog", "is frozen");
    }
    memset(change, 0, sizeof *change);
    change->catalog = catalog;
    change->layer = calloc(1, sizeof *change->layer);
    if (change->layer == NULL) {
        return llmp__fail_memory(error, "an overlay");
    }
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        const llmp__table *from = &catalog->tables.kinds[kind];
        llmp__table *to = &change->tables.kinds[kind];
        for (size_t i = 0; i < from->count; i++) {
            if (!llmp__table_add(to, &change->layer->arena, from->rows[i])) {
                llmp__change_abort(change);
                return llmp__fail_memory(error, "an overlay");
            }
        }
    }
    return LLMP_OK;
}

void llmp__change_commit(llmp__change *change)
{
    change->layer->next = change->catalog->arenas;
    change->catalog->arenas = change->layer;
    change->catalog->tables = change->tables;
}

void llmp__change_abort(llmp__change *change)
{
    llmp__arena_free(&change->layer->arena);
    free(change->layer);
    change->layer = NULL;
}

/* The record that an overlay's record overrides, by exact id. */
static const llmp_record *base_of(const llmp__change *change, llmp_kind kind, const llmp__node *map)
{
    const llmp__node *id = llmp__node_get(map, "id");
    bool scalar = id != NULL && (id->kind == LLMP__NODE_PLAIN || id->kind == LLMP__NODE_QUOTED);
    return scalar ? llmp__table_get(&change->tables.kinds[kind], id->text) : NULL;
}

llmp_status llmp__change_record(llmp__change *change, const llmp__loader *loader, llmp_kind kind,
                                const llmp__node *map, const char *path, const llmp_record **out)
{
    void *record = llmp__arena_alloc(loader->arena, 1, llmp__schemas[kind]->size_bytes);
    if (record == NULL) {
        return llmp__fail_memory(loader->error, path);
    }
    const llmp_record *base = base_of(change, kind, map);
    llmp_status status = llmp__load_record(loader, kind, map, base, path, record);
    if (status != LLMP_OK) {
        return status;
    }
    if (!llmp__table_put(&change->tables.kinds[kind], loader->arena, record)) {
        return llmp__fail_memory(loader->error, path);
    }
    *out = record;
    return LLMP_OK;
}

/* --- checks -------------------------------------------------------------------------------------
 */

static void keep_first(void *context, const llmp_error *problem)
{
    llmp_error *first = context;
    if (first->status == LLMP_OK) {
        *first = *problem;
    }
}

static bool is_new(const llmp__change *change, llmp_kind kind, const llmp_record *record)
{
    return llmp__table_get(&change->catalog->tables.kinds[kind], record->id) != record;
}

static bool is_new_record(const void *change, llmp_kind kind, const llmp_record *record)
{
    return is_new(change, kind, record);
}

llmp_status llmp__change_check(llmp__change *change, llmp_error *error)
{
    llmp_error first = LLMP_ERROR_INIT;
    llmp__checker checker = {
        .tables = &change->tables, .report = keep_first, .context = &first, .problems_max = 1};
    llmp__table *models = &change->tables.kinds[LLMP_KIND_MODEL];
    for (size_t i = 0; i < models->count; i++) {
        if (is_new(change, LLMP_KIND_MODEL, models->rows[i])) {
            /* Of this change, hence not yet const to anybody else. */
            llmp_model *copy = llmp__arena_alloc(&change->layer->arena, 1, sizeof *copy);
            if (copy == NULL) {
                return llmp__fail_memory(error, "an overlay");
            }
            *copy = *LLMP_MODEL(models->rows[i]);
            llmp__finish_shape(models, copy);
            models->rows[i] = &copy->head;
        }
    }
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        const llmp__table *table = &change->tables.kinds[kind];
        size_t added = 0;
        for (size_t i = 0; i < table->count && checker.problems == 0; i++) {
            if (is_new(change, (llmp_kind)kind, table->rows[i])) {
                llmp__check_record(&checker, (llmp_kind)kind, table->rows[i]);
                added++;
            }
        }
        if (added > 0 && checker.problems == 0 &&
            !llmp__check_new_names(&checker, (llmp_kind)kind, is_new_record, change)) {
            return llmp__fail_memory(error, "an overlay");
        }
    }
    if (checker.problems > 0) {
        if (error != NULL) {
            *error = first;
        }
        return first.status;
    }
    return LLMP_OK;
}

/* --- overlays -----------------------------------------------------------------------------------
 */

/* An id may stand once in a document, or the file contradicts itself. */
static llmp_status check_repeated(const llmp__document *document, const llmp_record *record,
                                  llmp_error *error)
{
    for (const llmp__node *other = document->section->first; other != document->item;
         other = other->next) {
        const llmp__node *id = llmp__node_get(other, "id");
        if (id != NULL && strcmp(id->text, record->id) == 0) {
            return llmp__fail_at(error, LLMP_E_DUPLICATE, document->where, document->item->line,
                                 document->item->column, document->path,
                                 "'%.64s' stands here again, first on line %u", record->id,
                                 (unsigned)id->line);
        }
    }
    return LLMP_OK;
}

static llmp_status apply(llmp__change *change, const char *text, size_t text_bytes,
                         const char *where, llmp_error *error)
{
    llmp__arena *arena = &change->layer->arena;
    llmp__node *root = NULL;
    const char *kept = llmp__arena_text(arena, where, strlen(where));
    if (kept == NULL) {
        return llmp__fail_memory(error, where);
    }
    llmp_status status = llmp__yaml_parse(text, text_bytes, kept, arena, &root, error);
    llmp__loader loader = {kept, arena, LLMP_E_VALUE, error};
    llmp__document document = {.root = root, .where = kept};
    while (status == LLMP_OK) {
        const llmp_record *record = NULL;
        status = llmp__document_next(&document, error);
        if (status != LLMP_OK || document.item == NULL) {
            break;
        }
        const llmp_record *before = base_of(change, document.kind, document.item);
        bool again = before != NULL && is_new(change, document.kind, before);
        status = llmp__change_record(change, &loader, document.kind, document.item, document.path,
                                     &record);
        if (status == LLMP_OK && again) {
            status = check_repeated(&document, record, error);
        }
    }
    return status == LLMP_OK ? llmp__change_check(change, error) : status;
}

llmp_status llmp_catalog_overlay(llmp_catalog *catalog, const char *text, size_t text_bytes,
                                 const char *where, llmp_error *error)
{
    if (catalog == NULL || text == NULL) {
        return llmp__fail_argument(error, catalog == NULL ? "catalog" : "text", "is NULL");
    }
    llmp__change change;
    llmp_status status = llmp__change_begin(&change, catalog, error);
    if (status != LLMP_OK) {
        return status;
    }
    status = apply(&change, text, text_bytes, where == NULL ? "overlay" : where, error);
    if (status == LLMP_OK) {
        llmp__change_commit(&change);
    } else {
        llmp__change_abort(&change);
    }
    return status;
}

llmp_status llmp_catalog_overlay_file(llmp_catalog *catalog, const char *path, llmp_error *error)
{
    if (catalog == NULL || path == NULL) {
        return llmp__fail_argument(error, catalog == NULL ? "catalog" : "path", "is NULL");
    }
    char *text = NULL;
    size_t size = 0;
    llmp_status status = llmp__file_read(path, LLMP__DOC_BYTES_MAX, &text, &size, error);
    if (status == LLMP_OK) {
        status = llmp_catalog_overlay(catalog, text, size, path, error);
        free(text);
    }
    return status;
}
