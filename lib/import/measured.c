/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of measured rows, and the CSV that states every column. */
#include "import/measured.h"

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"
#include "doc/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *llmp_phase_name(llmp_phase phase)
{
    switch (phase) {
    case LLMP_PHASE_OTHER:
        return "other";
    case LLMP_PHASE_DECODE:
        return "decode";
    case LLMP_PHASE_PREFILL:
        return "prefill";
    }
    return "other";
}

/* --- the table ----------------------------------------------------------------------------------
 */

typedef enum column_kind { TEXT, NUMBER, WHOLE, SWITCH } column_kind;

/* Every column that is read; the one list of their names. */
static const struct column {
    const char *name;
    size_t offset;
    column_kind kind;
    bool required;
    double min, max;
} columns[] = {
#define MEMBER(name) #name, offsetof(llmp_measured_row, name)
    {MEMBER(id), TEXT, false, 0, 0},
    {MEMBER(device), TEXT, true, 0, 0},
    {MEMBER(device_count), WHOLE, true, 1, 64},
    {MEMBER(model), TEXT, true, 0, 0},
    {MEMBER(quant), TEXT, true, 0, 0},
    {MEMBER(kv_type), TEXT, false, 0, 0},
    {MEMBER(engine), TEXT, true, 0, 0},
    {MEMBER(engine_version), TEXT, false, 0, 0},
    {MEMBER(backend), TEXT, true, 0, 0},
    {"phase", offsetof(llmp_measured_row, phase_text), TEXT, true, 0, 0},
    {MEMBER(prompt_tokens), NUMBER, true, 0, 4294967296.0},
    {MEMBER(gen_tokens), NUMBER, true, 0, 4294967296.0},
    {MEMBER(context_depth), NUMBER, true, 0, 4294967296.0},
    {MEMBER(batch), NUMBER, true, 0.01, 65536}, /* a mean concurrency may be 7.9 */
    {MEMBER(tensor_parallel), WHOLE, true, 1, 64},
    {MEMBER(tokens_per_s), NUMBER, true, 0, 1e12},
    {MEMBER(tokens_per_s_stddev), NUMBER, false, 0, 1e12},
    {MEMBER(flash_attn), SWITCH, false, 0, 1},
    {MEMBER(n_ubatch), WHOLE, false, 1, 4294967295.0},
    {MEMBER(weights_gib), NUMBER, false, 0, 1e6},
    {MEMBER(driver), TEXT, false, 0, 0},
    {MEMBER(split_mode), TEXT, false, 0, 0},
    {MEMBER(link), TEXT, false, 0, 0},
    {MEMBER(power_limit_w), NUMBER, false, 0, 1e6},
    {MEMBER(gpu_layers), WHOLE, false, -1, 1e9}, /* llama.cpp writes -1 for all of them */
    {MEMBER(cpu_moe_layers), WHOLE, false, 0, 1e9},
    {MEMBER(host), TEXT, false, 0, 0},
    {MEMBER(source_url), TEXT, false, 0, 0},
    {MEMBER(quality), TEXT, false, 0, 0},
#undef MEMBER
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void *member(llmp_measured_row *row, const struct column *column)
{
    return (char *)row + column->offset;
}

llmp_measured *llmp__measured_new(void)
{
    return calloc(1, sizeof(llmp_measured));
}

llmp_measured_row *llmp__measured_add(llmp_measured *measured)
{
    if (measured->count == measured->capacity) {
        size_t room = measured->capacity * 2 + 64;
        llmp_measured_row *grown = realloc(measured->rows, room * sizeof *grown);
        if (!grown)
            return NULL;
        measured->rows = grown;
        measured->capacity = room;
    }
    llmp_measured_row *row = &measured->rows[measured->count++];
    memset(row, 0, sizeof *row);
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].kind != TEXT)
            *(double *)member(row, &columns[i]) = (double)NAN;
    return row;
}

static bool in_range(const struct column *column, double number)
{
    return number >= column->min && number <= column->max &&
           (column->kind == NUMBER || number == floor(number));
}

void llmp__measured_forget_absurd(llmp_measured_row *row)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        double *number = columns[i].kind == TEXT ? NULL : member(row, &columns[i]);
        if (number && !in_range(&columns[i], *number))
            *number = (double)NAN;
    }
}

static bool blank(const char *text)
{
    return !text || text[strspn(text, " \t")] == '\0';
}

const char *llmp__measured_text(llmp_measured *measured, const char *text)
{
    if (blank(text))
        return NULL;
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && strchr(" \t", text[length - 1]))
        length--;
    return llmp__arena_text(&measured->arena, text, length);
}

void llmp__measured_set_phase(llmp_measured *measured, llmp_measured_row *row, const char *text)
{
    row->phase_text = llmp__measured_text(measured, text);
    row->phase = LLMP_PHASE_OTHER;
    if (row->phase_text && llmp__name_equal(row->phase_text, "decode"))
        row->phase = LLMP_PHASE_DECODE;
    else if (row->phase_text && llmp__name_equal(row->phase_text, "prefill"))
        row->phase = LLMP_PHASE_PREFILL;
}

void llmp_measured_destroy(llmp_measured **measured)
{
    if (!measured || !*measured)
        return;
    llmp__arena_free(&(*measured)->arena);
    free((*measured)->rows);
    free(*measured);
    *measured = NULL;
}

size_t llmp_measured_size(const llmp_measured *measured)
{
    return measured ? measured->count : 0;
}

const llmp_measured_row *llmp_measured_at(const llmp_measured *measured, size_t i)
{
    return measured && i < measured->count ? &measured->rows[i] : NULL;
}

/* --- CSV ----------------------------------------------------------------------------------------
 */

static llmp_status bad_cell(const char *where, uint32_t line, const struct column *column,
                            const char *cell, llmp_error *error)
{
    llmp_status status =
        llmp__fail_at(error, LLMP_E_VALUE, where, line, 0, column->name,
                      column->kind == SWITCH ? "'%.60s' is neither 0 nor 1"
                                             : "'%.60s' is no number that can stand here",
                      cell);
    if (column->kind != SWITCH)
        llmp__hint(error, "a%s number from %.10g to %.10g, or nothing when it is unknown",
                   column->kind == WHOLE ? " whole" : "", column->min, column->max);
    return status;
}

/* Words that people write where a number stands; NaN where they say that it is unknown. */
static const struct word {
    const char *word;
    double value;
    bool of_switch;
} known_words[] = {
    {"on", 1, true},
    {"off", 0, true},
    {"true", 1, true},
    {"false", 0, true},
    {"yes", 1, true},
    {"no", 0, true},
    {"all", -1, false}, /* gpu_layers */
    {"auto", (double)NAN, false},
    {"unknown", (double)NAN, false},
    {"n/a", (double)NAN, false},
    {"?", (double)NAN, false},
};

static bool read_cell(const struct column *column, const char *text, double *out)
{
    double number;
    for (size_t i = 0; i < sizeof known_words / sizeof known_words[0]; i++) {
        const struct word *w = &known_words[i];
        bool here = !w->of_switch || column->kind == SWITCH;
        if (here && llmp__name_equal(text, w->word) && !(w->value < column->min)) {
            *out = w->value;
            return true;
        }
    }
    if (!llmp__number_parse(text, strlen(text), &number) || !in_range(column, number))
        return false;
    *out = number;
    return true;
}

static llmp_status find_columns(const llmp__csv *csv, const char *where, size_t places[COLUMNS],
                                llmp_error *error)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        places[i] = llmp__csv_column(csv, columns[i].name);
        if (places[i] < csv->column_count || !columns[i].required)
            continue;
        llmp_status status = llmp__fail_at(error, LLMP_E_SCHEMA, where, 1, 0, columns[i].name,
                                           "the column %s is missing", columns[i].name);
        llmp__hint(error, "the header names the columns; for the output of another program name it "
                          "(--from llama-bench)");
        return status;
    }
    return LLMP_OK;
}

static llmp_status read_row(llmp_measured *measured, const llmp__csv *csv, size_t r,
                            const size_t places[COLUMNS], const char *where, llmp_error *error)
{
    llmp_measured_row *row = llmp__measured_add(measured);
    if (!row)
        return llmp__fail_memory(error, "a row");
    row->line = csv->lines[r];
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *cell = llmp__csv_cell(csv, r, places[i]);
        if (blank(cell))
            continue;
        const char *text = llmp__measured_text(measured, cell);
        if (!text)
            return llmp__fail_memory(error, "a cell");
        if (columns[i].kind == TEXT)
            *(const char **)member(row, &columns[i]) = text;
        else if (!read_cell(&columns[i], text, member(row, &columns[i])))
            return bad_cell(where, row->line, &columns[i], text, error);
    }
    llmp__measured_set_phase(measured, row, row->phase_text);
    return LLMP_OK;
}

llmp_status llmp_measured_read(const char *text, size_t text_bytes, const char *where,
                               llmp_measured **out, llmp_error *error)
{
    if (!text || !out)
        return llmp__fail_argument(error, text ? "out" : "text", "must not be NULL");
    llmp__arena arena = {NULL};
    llmp__csv csv;
    size_t places[COLUMNS];
    llmp_measured *measured = llmp__measured_new();
    llmp_status status = measured ? llmp__csv_parse(text, text_bytes, where, &arena, &csv, error)
                                  : llmp__fail_memory(error, "the table");
    if (status == LLMP_OK)
        status = find_columns(&csv, where, places, error);
    for (size_t r = 0; status == LLMP_OK && r < csv.row_count; r++)
        status = read_row(measured, &csv, r, places, where, error);
    llmp__arena_free(&arena);
    if (status == LLMP_OK)
        *out = measured;
    else
        llmp_measured_destroy(&measured);
    return status;
}
