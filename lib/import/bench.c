/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Benchmark output: which reader, what it has in common, and what the caller knows better. */
#include "import/bench.h"

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"
#include "doc/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const llmp__bench_format *const llmp__bench_formats[] = {&llmp__bench_llama, &llmp__bench_vllm,
                                                         &llmp__bench_mlx, NULL};

const char *llmp__bench_text(llmp__bench *bench, const char *text, size_t length)
{
    const char *copy = llmp__arena_text(bench->arena, text, length);
    return copy ? copy : "";
}

double llmp__bench_number(const char *text)
{
    double number;
    return llmp__number_parse(text, strlen(text), &number) ? number : (double)NAN;
}

double llmp__bench_leading(const char *text, const char **end)
{
    double number = (double)NAN;
    text += strspn(text, " ");
    size_t length = strspn(text, "0123456789.");
    while (length && text[length - 1] == '.') /* the end of a sentence */
        length--;
    if (end)
        *end = text + length;
    return llmp__number_parse(text, length, &number) ? number : (double)NAN;
}

const char *llmp__bench_member(const llmp__node *map, const char *key)
{
    const llmp__node *node = llmp__node_get(map, key);
    bool scalar = node && (node->kind == LLMP__NODE_PLAIN || node->kind == LLMP__NODE_QUOTED);
    return scalar && !llmp__node_is_null(node) ? node->text : "";
}

const char *llmp__bench_line(llmp__bench *bench, size_t *at)
{
    if (*at >= bench->size)
        return NULL;
    const char *from = bench->text + *at;
    const char *end = memchr(from, '\n', bench->size - *at);
    size_t length = end ? (size_t)(end - from) : bench->size - *at;
    *at += length + 1;
    while (length && (from[length - 1] == '\r' || from[length - 1] == ' '))
        length--;
    return llmp__bench_text(bench, from, length);
}

llmp_status llmp__bench_not(const llmp__bench *bench, const char *program)
{
    return llmp__fail_at(bench->error, LLMP_E_SCHEMA, bench->where, 0, 0, NULL,
                         "no results of %s in it", program);
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static llmp_status each_of(llmp__bench *bench, const llmp__node *node,
                           llmp_status (*each)(llmp__bench *, const llmp__node *))
{
    llmp_status status = LLMP_OK;
    if (node->kind == LLMP__NODE_MAP)
        return each(bench, node);
    if (node->kind != LLMP__NODE_LIST)
        return llmp__fail_at(bench->error, LLMP_E_SCHEMA, bench->where, node->line, node->column,
                             NULL, "expected a result, found %s", llmp__node_kind_name(node));
    for (const llmp__node *item = node->first; item && status == LLMP_OK; item = item->next)
        status =
            item->kind == LLMP__NODE_MAP
                ? each(bench, item)
                : llmp__fail_at(bench->error, LLMP_E_SCHEMA, bench->where, item->line, item->column,
                                NULL, "expected a result, found %s", llmp__node_kind_name(item));
    return status;
}

/* One object a line: the first line is one by itself. */
static bool by_line(const llmp__bench *bench)
{
    llmp__arena arena = {NULL};
    llmp__node *node = NULL;
    const char *end = memchr(bench->text, '\n', bench->size);
    const size_t length = end ? (size_t)(end - bench->text) : bench->size;
    bool whole = end && end[1] == '{' &&
                 llmp__json_parse(bench->text, length, bench->where, LLMP__JSON_PYTHON, &arena,
                                  &node, NULL) == LLMP_OK;
    llmp__arena_free(&arena);
    return whole;
}

llmp_status llmp__bench_each_json(llmp__bench *bench,
                                  llmp_status (*each)(llmp__bench *, const llmp__node *))
{
    llmp__node *node = NULL;
    llmp_status status;
    if (!by_line(bench)) {
        status = llmp__json_parse(bench->text, bench->size, bench->where, LLMP__JSON_PYTHON,
                                  bench->arena, &node, bench->error);
        return status == LLMP_OK ? each_of(bench, node, each) : status;
    }
    status = LLMP_OK;
    const uint32_t before = bench->lines_before;
    uint32_t number = 0;
    const char *line;
    for (size_t at = 0; status == LLMP_OK && (line = llmp__bench_line(bench, &at)) != NULL;) {
        bench->lines_before = before + number++;
        if (line[strspn(line, " \t")] == '\0')
            continue;
        status = llmp__json_parse(line, strlen(line), bench->where, LLMP__JSON_PYTHON, bench->arena,
                                  &node, bench->error);
        if (status == LLMP_OK)
            status = each_of(bench, node, each);
        if (status != LLMP_OK && bench->error)
            bench->error->line = before + number;
    }
    bench->lines_before = before;
    return status;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void replace(llmp_measured *measured, const char **member, const char *given)
{
    if (given)
        *member = llmp__measured_text(measured, given);
}

static void apply(llmp_measured *measured, const llmp_measured_given *given)
{
    for (size_t i = 0; i < measured->count; i++) {
        llmp_measured_row *row = &measured->rows[i];
        replace(measured, &row->device, given->device);
        replace(measured, &row->model, given->model);
        replace(measured, &row->quant, given->quant);
        replace(measured, &row->engine, given->engine);
        replace(measured, &row->backend, given->backend);
        if (given->device_count >= 1)
            row->device_count = given->device_count;
    }
}

static llmp_status read_bench(const llmp__bench_format *format, llmp__bench *bench)
{
    if (bench->size > LLMP__DOC_BYTES_MAX)
        return llmp__fail_at(bench->error, LLMP_E_LIMIT, bench->where, 0, 0, NULL,
                             "more than 64 MiB");
    if (memchr(bench->text, '\0', bench->size))
        return llmp__fail_at(bench->error, LLMP_E_SYNTAX, bench->where, 0, 0, NULL,
                             "a NUL in the text");
    static const char mark[] = "\xEF\xBB\xBF";
    if (bench->size >= 3 && memcmp(bench->text, mark, 3) == 0) {
        bench->text += 3;
        bench->size -= 3;
    }
    while (bench->size && strchr(" \t\r\n", *bench->text)) {
        bench->text++;
        bench->size--;
    }
    bench->text = llmp__arena_text(bench->arena, bench->text, bench->size);
    bench->out = llmp__measured_new();
    if (!bench->text || !bench->out)
        return llmp__fail_memory(bench->error, "the text");
    llmp_status status = format->read(bench);
    for (size_t i = 0; i < bench->out->count; i++)
        llmp__measured_forget_absurd(&bench->out->rows[i]);
    return status;
}

static const llmp__bench_format *named(const char *name)
{
    for (size_t i = 0; llmp__bench_formats[i]; i++)
        if (llmp__name_equal(llmp__bench_formats[i]->name, name))
            return llmp__bench_formats[i];
    return NULL;
}

static llmp_status no_format(const char *name, llmp_error *error)
{
    char known[128] = "csv";
    size_t length = 3;
    for (size_t i = 0; llmp__bench_formats[i] && length < sizeof known; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, ", %s",
                                   llmp__bench_formats[i]->name);
    llmp__fail(error, LLMP_E_UNKNOWN, "'%.40s' is no format of measurements", name);
    llmp__hint(error, "there are %s", known);
    return LLMP_E_UNKNOWN;
}

llmp_status llmp_measured_read_as(const llmp_catalog *catalog, const char *format, const char *text,
                                  size_t text_bytes, const char *where,
                                  const llmp_measured_given *given, llmp_measured **out,
                                  llmp_error *error)
{
    if (!catalog || !format || !text || !out)
        return llmp__fail_argument(error, "catalog, format, text or out", "is NULL");
    if (given && given->struct_size == 0)
        return llmp__fail_argument(error, "given", "struct_size is 0; use the _INIT");
    llmp_measured *measured = NULL;
    llmp_status status;
    if (llmp__name_equal(format, "csv")) {
        status = llmp_measured_read(text, text_bytes, where, &measured, error);
    } else {
        const llmp__bench_format *reader = named(format);
        if (!reader)
            return no_format(format, error);
        llmp__arena arena = {NULL};
        llmp__bench bench = {catalog, text, text_bytes, where, 0, &arena, NULL, error};
        status = read_bench(reader, &bench);
        measured = bench.out;
        llmp__arena_free(&arena);
    }
    if (status != LLMP_OK) {
        llmp_measured_destroy(&measured);
        return status;
    }
    if (given)
        apply(measured, given);
    *out = measured;
    return LLMP_OK;
}
