/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of `llmplan bench` to the few rates that calibration takes from it. */
#include <llmplan/planner_calibrate.h>

#include "base/arena.h"
#include "base/error.h"
#include "doc/json.h"

#include <math.h>
#include <string.h>

static const char schema_prefix[] = "llmplan.bench/1";

bool llmp_calibration_is_kernels(const char *text, size_t text_bytes)
{
    const size_t length = sizeof schema_prefix - 1;
    size_t most = text_bytes < 512 ? text_bytes : 512; /* the schema is the first key */
    for (size_t i = 0; i + length <= most; i++)
        if (memcmp(text + i, schema_prefix, length) == 0)
            return true;
    return false;
}

static double number_of(const llmp__node *map, const char *key)
{
    const llmp__node *node = llmp__node_get(map, key);
    double out;
    return node && llmp__node_number(node, &out) ? out : (double)NAN;
}

static bool is(const llmp__node *map, const char *key, const char *text)
{
    const llmp__node *node = llmp__node_get(map, key);
    return node && node->text && strcmp(node->text, text) == 0;
}

/* Of results that answer the same, that of most threads, and of those the largest: all of a machine
 * from memory. */
static bool better(const llmp__node *a, const llmp__node *b)
{
    static const char *const by[] = {"threads", "working_set_bytes", "m"};
    for (size_t i = 0; b && i < sizeof by / sizeof *by; i++) {
        double x = number_of(a, by[i]), y = number_of(b, by[i]);
        if (x > y || x < y)
            return x > y;
    }
    return !b;
}

static const llmp__node *find(const llmp__node *list, const char *name, const char *dtype)
{
    const llmp__node *best = NULL;
    for (const llmp__node *one = list->first; one; one = one->next)
        if (is(one, "name", name) && is(one, "dtype", dtype) &&
            (is(one, "backend", "cpu") || !llmp__node_get(one, "backend")) && better(one, best))
            best = one;
    return best;
}

static double positive(double rate)
{
    return rate > 0 ? rate : (double)NAN;
}

static double bandwidth_of(const llmp__node *kernel, llmp_calibration_kernels *out)
{
    if (!kernel)
        return (double)NAN;
    double spread = number_of(kernel, "spread_ratio");
    if (spread > out->spread_ratio)
        out->spread_ratio = spread;
    return positive(number_of(llmp__node_get(kernel, "bytes_per_s"), "median"));
}

static double products_of(const llmp__node *list, const char *dtype)
{
    const llmp__node *kernel = find(list, "gemm", dtype);
    return kernel ? positive(number_of(llmp__node_get(kernel, "operations_per_s"), "best"))
                  : (double)NAN;
}

static llmp_status read_kernels(const llmp__node *root, const char *where,
                                llmp_calibration_kernels *out, llmp_error *error)
{
    const llmp__node *list = llmp__node_get(root, "kernels");
    if (!is(root, "schema", schema_prefix) || !list || list->kind != LLMP__NODE_LIST)
        return llmp__fail_at(error, LLMP_E_SCHEMA, where, root->line, root->column, "kernels",
                             "not what llmplan bench --json writes");
    llmp_calibration_kernels k = {.struct_size = sizeof k};
    const llmp__node *read = find(list, "stream_read", "f32");
    k.read_bytes_per_s = bandwidth_of(read, &k);
    k.fp32_op_per_s = products_of(list, "f32");
    k.int8_op_per_s = products_of(list, "int8");
    for (size_t i = 0; llmp_calibration_format(i); i++)
        k.format_op_per_s[i] = products_of(list, llmp_calibration_format(i));
    const llmp__node *barrier = find(list, "barrier", "none");
    k.barrier_s = barrier ? number_of(llmp__node_get(barrier, "seconds_per_iteration"), "median")
                          : (double)NAN;
    if (!(k.read_bytes_per_s > 0) || !(k.fp32_op_per_s > 0))
        return llmp__fail_at(error, LLMP_E_NO_DATA, where, list->line, list->column, "kernels",
                             "no %s among the kernels: run llmplan bench without --kernel",
                             k.read_bytes_per_s > 0 ? "gemm of f32" : "stream_read");
    double threads = number_of(read, "threads");
    k.threads = threads > 0 && threads < 65536 ? (uint32_t)threads : 0;
    *out = k;
    return LLMP_OK;
}

llmp_status llmp_calibration_read_kernels(const char *text, size_t text_bytes, const char *where,
                                          llmp_calibration_kernels *out, llmp_error *error)
{
    if (!text || !where || !out)
        return llmp__fail_argument(error, "text, where or out", "is NULL");
    llmp__arena arena = {0};
    llmp__node *root = NULL;
    llmp_status status =
        llmp__json_parse(text, text_bytes, where, LLMP__JSON_STRICT, &arena, &root, error);
    if (status == LLMP_OK)
        status = read_kernels(root, where, out, error);
    llmp__arena_free(&arena);
    return status;
}
