/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doc/csv.h"

#include "base/error.h"
#include "doc/tree.h"

#include <string.h>

struct reader {
    const char *text;
    size_t size;
    size_t at;
    uint32_t line;
    size_t line_start;
    const char *where;
    llmp__arena *arena;
    llmp_error *error;
    /* growing lists, moved to the arena's memory as they grow */
    const char **cells;
    size_t cell_count;
    size_t cell_capacity;
    uint32_t *lines;
    size_t row_count;
    size_t row_capacity;
};

static llmp_status fail(const struct reader *r, llmp_status status, const char *what)
{
    return llmp__fail_at(r->error, status, r->where, r->line, (uint32_t)(r->at - r->line_start + 1),
                         NULL, "%s", what);
}

static void *grow(struct reader *r, const void *list, size_t count, size_t *capacity, size_t size)
{
    size_t room = *capacity * 2 + 64;
    void *grown = llmp__arena_alloc(r->arena, room, size);
    if (grown != NULL && count > 0) {
        memcpy(grown, list, count * size);
    }
    *capacity = grown == NULL ? *capacity : room;
    return grown;
}

static bool at_line_end(const struct reader *r)
{
    return r->at == r->size || r->text[r->at] == '\n' ||
           (r->text[r->at] == '\r' && (r->at + 1 == r->size || r->text[r->at + 1] == '\n'));
}

static void skip_line_end(struct reader *r)
{
    if (r->at < r->size && r->text[r->at] == '\r') {
        r->at++;
    }
    if (r->at < r->size) {
        r->at++;
        r->line++;
        r->line_start = r->at;
    }
}

/* A cell in quotes; the cursor stands on the first. The unescaped text is never longer. */
static llmp_status quoted(struct reader *r, char *out, size_t *out_length)
{
    struct reader start = *r;
    size_t n = 0;
    r->at++;
    while (r->at < r->size) {
        char c = r->text[r->at++];
        if (c == '"' && r->at < r->size && r->text[r->at] == '"') {
            r->at++;
        } else if (c == '"') {
            *out_length = n;
            if (!at_line_end(r) && r->text[r->at] != ',') {
                return fail(r, LLMP_E_SYNTAX, "text after a closing quote");
            }
            return LLMP_OK;
        } else if (c == '\n') {
            r->line++;
            r->line_start = r->at;
        }
        out[n++] = c;
    }
    return fail(&start, LLMP_E_SYNTAX, "a quote is never closed");
}

static llmp_status plain(struct reader *r, char *out, size_t *out_length)
{
    size_t n = 0;
    while (!at_line_end(r) && r->text[r->at] != ',') {
        if (r->text[r->at] == '"') {
            return fail(r, LLMP_E_SYNTAX, "a quote inside a cell that does not begin with one");
        }
        out[n++] = r->text[r->at++];
    }
    *out_length = n;
    return LLMP_OK;
}

/* Upper bound of the cell's length. */
static size_t cell_room(const struct reader *r)
{
    size_t i = r->at;
    bool inside = false;
    while (i < r->size && (inside || (r->text[i] != ',' && r->text[i] != '\n'))) {
        inside = r->text[i] == '"' ? !inside : inside;
        i++;
    }
    return i - r->at;
}

static llmp_status read_cell(struct reader *r)
{
    if (r->cell_count >= LLMP__DOC_NODES_MAX) {
        return fail(r, LLMP_E_LIMIT, "more than 1,000,000 cells");
    }
    if (r->cell_count == r->cell_capacity) {
        r->cells = grow(r, r->cells, r->cell_count, &r->cell_capacity, sizeof(const char *));
        if (r->cells == NULL) {
            return llmp__fail_memory(r->error, r->where);
        }
    }
    size_t length = 0;
    char *cell = llmp__arena_alloc(r->arena, cell_room(r) + 1, 1);
    if (cell == NULL) {
        return llmp__fail_memory(r->error, r->where);
    }
    bool in_quotes = r->at < r->size && r->text[r->at] == '"';
    llmp_status status = in_quotes ? quoted(r, cell, &length) : plain(r, cell, &length);
    cell[length] = '\0';
    if (status == LLMP_OK && strlen(cell) != length) {
        return fail(r, LLMP_E_SYNTAX, "a NUL character");
    }
    r->cells[r->cell_count++] = cell;
    return status;
}

/* One record; returns its number of cells. */
static llmp_status read_row(struct reader *r, size_t *out_count)
{
    size_t before = r->cell_count;
    for (;;) {
        llmp_status status = read_cell(r);
        if (status != LLMP_OK) {
            return status;
        }
        if (r->at < r->size && r->text[r->at] == ',') {
            r->at++;
            continue;
        }
        skip_line_end(r);
        *out_count = r->cell_count - before;
        return LLMP_OK;
    }
}

static llmp_status read_header(struct reader *r, llmp__csv *out)
{
    llmp_status status = read_row(r, &out->column_count);
    if (status != LLMP_OK) {
        return status;
    }
    out->columns = r->cells;
    r->cells = NULL;
    r->cell_count = 0;
    r->cell_capacity = 0;
    for (size_t i = 0; i < out->column_count && out->column_count <= 4096; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(out->columns[i], out->columns[j]) == 0) {
                return llmp__fail_at(r->error, LLMP_E_DUPLICATE, r->where, 1, 0, out->columns[i],
                                     "two columns are called '%.64s'", out->columns[i]);
            }
        }
    }
    return out->column_count <= 4096 ? LLMP_OK : fail(r, LLMP_E_LIMIT, "more than 4096 columns");
}

static llmp_status read_rows(struct reader *r, llmp__csv *out)
{
    while (r->at < r->size) {
        if (at_line_end(r)) {
            skip_line_end(r);
            continue;
        }
        if (r->row_count == r->row_capacity) {
            r->lines = grow(r, r->lines, r->row_count, &r->row_capacity, sizeof(uint32_t));
            if (r->lines == NULL) {
                return llmp__fail_memory(r->error, r->where);
            }
        }
        uint32_t line = r->line;
        size_t count = 0;
        r->lines[r->row_count++] = line;
        llmp_status status = read_row(r, &count);
        if (status != LLMP_OK) {
            return status;
        }
        if (count != out->column_count) {
            return llmp__fail_at(r->error, LLMP_E_SYNTAX, r->where, line, 1, NULL,
                                 "%zu cells in a row, %zu in the header", count, out->column_count);
        }
    }
    return LLMP_OK;
}

llmp_status llmp__csv_parse(const char *text, size_t text_bytes, const char *where,
                            llmp__arena *arena, llmp__csv *out, llmp_error *error)
{
    struct reader r = {.text = text,
                       .size = text_bytes,
                       .line = 1,
                       .where = where,
                       .arena = arena,
                       .error = error};
    llmp__csv csv;
    memset(&csv, 0, sizeof csv);
    if (text_bytes > LLMP__DOC_BYTES_MAX) {
        return llmp__fail_at(error, LLMP_E_LIMIT, where, 0, 0, NULL, "more than 64 MiB of CSV");
    }
    if (text_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        r.at = 3;
        r.line_start = 3;
    }
    while (r.at < r.size && at_line_end(&r)) {
        skip_line_end(&r);
    }
    if (r.at == r.size) {
        return fail(&r, LLMP_E_SYNTAX, "no header row");
    }
    llmp_status status = read_header(&r, &csv);
    if (status == LLMP_OK) {
        status = read_rows(&r, &csv);
    }
    if (status != LLMP_OK) {
        return status;
    }
    csv.row_count = r.row_count;
    csv.cells = r.cells;
    csv.lines = r.lines;
    *out = csv;
    return LLMP_OK;
}

size_t llmp__csv_column(const llmp__csv *csv, const char *name)
{
    size_t i = 0;
    while (i < csv->column_count && strcmp(csv->columns[i], name) != 0) {
        i++;
    }
    return i;
}

const char *llmp__csv_cell(const llmp__csv *csv, size_t row, size_t column)
{
    return row < csv->row_count && column < csv->column_count
               ? csv->cells[row * csv->column_count + column]
               : "";
}
