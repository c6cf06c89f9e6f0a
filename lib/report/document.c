/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/document.h"

#include "base/error.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

llmp_document *llmp__document_new(const char *schema)
{
    llmp_document *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return NULL;
    }
    d->data = llmp__arena_alloc(&d->arena, 1, sizeof *d->data);
    if (d->data == NULL) {
        free(d);
        return NULL;
    }
    d->data->kind = LLMP__NODE_MAP;
    llmp__data_text(d, d->data, "schema", schema);
    llmp__data_text(d, d->data, "llmplan", llmp_version());
    llmp__data_text(d, d->data, "data", llmp_data_version());
    return d;
}

void llmp_document_destroy(llmp_document **document)
{
    if (document != NULL && *document != NULL) {
        llmp__arena_free(&(*document)->arena);
        free(*document);
        *document = NULL;
    }
}

llmp_status llmp__document_finish(llmp_document *document, llmp_document **out, llmp_error *error)
{
    if (document->failed) {
        llmp_document_destroy(&document);
        return llmp__fail_memory(error, "a report");
    }
    *out = document;
    return LLMP_OK;
}

static void *take(llmp_document *d, size_t count, size_t size)
{
    void *memory = llmp__arena_alloc(&d->arena, count, size);
    if (memory == NULL) {
        d->failed = true;
    }
    return memory;
}

static const char *copy(llmp_document *d, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    const char *kept = llmp__arena_text(&d->arena, text, strlen(text));
    if (kept == NULL) {
        d->failed = true;
        return "";
    }
    return kept;
}

/* --- data ------------------------------------------------------------------------------------- */

static llmp__node *add(llmp_document *d, llmp__node *parent, const char *key, llmp__node_kind kind)
{
    llmp__node *node = take(d, 1, sizeof *node);
    if (node == NULL || parent == NULL) {
        return NULL;
    }
    node->kind = kind;
    node->key = key;
    llmp__node_append(parent, node);
    return node;
}

llmp__node *llmp__data_map(llmp_document *d, llmp__node *parent, const char *key)
{
    return add(d, parent, key, LLMP__NODE_MAP);
}

llmp__node *llmp__data_list(llmp_document *d, llmp__node *parent, const char *key)
{
    return add(d, parent, key, LLMP__NODE_LIST);
}

static void scalar(llmp_document *d, llmp__node *parent, const char *key, llmp__node_kind kind,
                   const char *text)
{
    llmp__node *node = add(d, parent, key, kind);
    if (node != NULL) {
        node->text = copy(d, text);
    }
}

void llmp__data_null(llmp_document *d, llmp__node *parent, const char *key)
{
    scalar(d, parent, key, LLMP__NODE_PLAIN, "null");
}

void llmp__data_text(llmp_document *d, llmp__node *parent, const char *key, const char *text)
{
    if (text == NULL) {
        llmp__data_null(d, parent, key);
    } else {
        scalar(d, parent, key, LLMP__NODE_QUOTED, text);
    }
}

void llmp__data_number(llmp_document *d, llmp__node *parent, const char *key, double number)
{
    char text[LLMP__NUMBER_SIZE];
    if (!isfinite(number)) {
        llmp__data_null(d, parent, key);
        return;
    }
    llmp__number_format(number, text);
    scalar(d, parent, key, LLMP__NODE_PLAIN, text);
}

void llmp__data_whole(llmp_document *d, llmp__node *parent, const char *key, uint64_t whole)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, whole);
    scalar(d, parent, key, LLMP__NODE_PLAIN, text);
}

void llmp__data_bool(llmp_document *d, llmp__node *parent, const char *key, bool boolean)
{
    scalar(d, parent, key, LLMP__NODE_PLAIN, boolean ? "true" : "false");
}

/* --- presentation ----------------------------------------------------------------------------- */

const char *llmp__format(llmp_document *d, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : take(d, (size_t)length + 1, 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(args);
    return text == NULL ? "" : text;
}

static llmp__block *block(llmp_document *d, llmp__block_kind kind, const char *text)
{
    llmp__block *b = take(d, 1, sizeof *b);
    if (b == NULL) {
        return &d->lost_block;
    }
    b->kind = kind;
    b->text = copy(d, text);
    b->indent = 2;
    if (d->last_block == NULL) {
        d->blocks = b;
    } else {
        d->last_block->next = b;
    }
    d->last_block = b;
    return b;
}

llmp__block *llmp__paragraph(llmp_document *d, llmp__tone tone, const char *text)
{
    llmp__block *b = block(d, LLMP__PARAGRAPH, text);
    b->tone = tone;
    return b;
}

llmp__block *llmp__labelled(llmp_document *d, const char *label, unsigned label_width,
                            const char *text)
{
    llmp__block *b = block(d, LLMP__PARAGRAPH, text);
    b->label = copy(d, label);
    b->label_width = label_width;
    b->tight = true;
    return b;
}

llmp__block *llmp__command(llmp_document *d, const char *label, unsigned label_width,
                           const char *text)
{
    llmp__block *b = llmp__labelled(d, label, label_width, text);
    b->kind = LLMP__COMMAND;
    return b;
}

llmp__block *llmp__table(llmp_document *d, const llmp__column *columns, size_t count, bool csv)
{
    llmp__block *b = block(d, LLMP__TABLE, NULL);
    b->columns = columns;
    b->column_count = count < LLMP__COLUMNS_MAX ? count : LLMP__COLUMNS_MAX;
    b->csv = csv;
    return b;
}

llmp__cell *llmp__table_row(llmp_document *d, llmp__block *table)
{
    llmp__row *row = take(d, 1, sizeof *row);
    llmp__cell *cells = take(d, table->column_count, sizeof *cells);
    if (row == NULL || cells == NULL) {
        return d->lost_cells;
    }
    row->cells = cells;
    if (table->rows == NULL) {
        table->rows = row;
    } else {
        table->last_row->next = row;
    }
    table->last_row = row;
    return cells;
}

llmp__block *llmp__plot(llmp_document *d, const char *title, const char *x_title,
                        const char *y_title, bool log_x)
{
    llmp__block *b = block(d, LLMP__PLOT, title);
    b->x_title = copy(d, x_title);
    b->y_title = copy(d, y_title);
    b->log_x = log_x;
    return b;
}

void llmp__plot_series(llmp_document *d, llmp__block *plot, const char *title, const double *x,
                       const double *y, size_t count)
{
    llmp__series *series = take(d, 1, sizeof *series);
    double *kept = take(d, 2 * count + 1, sizeof *kept);
    if (series == NULL || kept == NULL) {
        return;
    }
    memcpy(kept, x, count * sizeof *x);
    memcpy(kept + count, y, count * sizeof *y);
    series->title = copy(d, title);
    series->x = kept;
    series->y = kept + count;
    series->count = count;
    llmp__series **end = &plot->series;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = series;
}
