/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layout: https://github.com/huggingface/safetensors#format */
#include "import/safetensors.h"

#include "base/error.h"
#include "doc/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES_MAX = 100000000, LENGTH_BYTES = 8 }; /* the cap is the format's own */

static const llmp__st_dtype dtypes[] = {
    {"BF16", 16, "bf16"}, {"BOOL", 8, "i8"},     {"C64", 64, NULL},     {"F16", 16, "f16"},
    {"F32", 32, "f32"},   {"F4", 4, NULL},       {"F64", 64, "f64"},    {"F6_E2M3", 6, NULL},
    {"F6_E3M2", 6, NULL}, {"F8_E4M3", 8, "fp8"}, {"F8_E5M2", 8, "fp8"}, {"F8_E8M0", 8, "i8"},
    {"I16", 16, "i16"},   {"I32", 32, "i32"},    {"I64", 64, "i64"},    {"I8", 8, "i8"},
    {"U16", 16, "i16"},   {"U32", 32, "i32"},    {"U64", 64, "i64"},    {"U8", 8, "i8"},
};

typedef struct parse {
    const char *where;
    uint64_t data_bytes; /* of the file after the header */
    bool whole;
    llmp_error *error;
} parse;

static llmp_status fail(const parse *p, const llmp__node *at, const char *tensor, const char *what)
{
    llmp_status status = llmp__fail_at(p->error, LLMP_E_SCHEMA, p->where, 0, 0, tensor, "%s", what);
    if (p->error != NULL) {
        p->error->offset_bytes = LENGTH_BYTES + (at != NULL && at->line == 1 ? at->column - 1 : 0);
        p->error->has_offset = true;
    }
    return status;
}

static llmp_status read_dtype(const parse *p, const llmp__node *entry, llmp__st_tensor *out)
{
    const llmp__node *node = llmp__node_get(entry, "dtype");
    if (node == NULL || node->kind != LLMP__NODE_QUOTED) {
        return fail(p, entry, out->name, "has no dtype");
    }
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        if (strcmp(dtypes[i].name, node->text) == 0) {
            out->dtype = &dtypes[i];
            return LLMP_OK;
        }
    }
    llmp_status status = llmp__fail_at(p->error, LLMP_E_UNSUPPORTED, p->where, 0, 0, out->name,
                                       "the type '%.32s' is not known", node->text);
    return status;
}

static llmp_status read_shape(const parse *p, const llmp__node *entry, llmp__st_tensor *out,
                              uint64_t *out_bits)
{
    const llmp__node *node = llmp__node_get(entry, "shape");
    uint64_t bits = out->dtype->bits;
    if (node == NULL || node->kind != LLMP__NODE_LIST || node->count > LLMP__ST_DIMS_MAX) {
        return fail(p, entry, out->name, "has no shape of at most 8 dimensions");
    }
    for (const llmp__node *n = node->first; n != NULL; n = n->next) {
        uint64_t extent = 0;
        if (!llmp__node_whole(n, &extent) || (extent > 0 && bits > (UINT64_C(1) << 62) / extent)) {
            return fail(p, n, out->name, "has an impossible dimension");
        }
        out->shape[out->dims++] = extent;
        bits *= extent;
    }
    *out_bits = bits;
    return LLMP_OK;
}

static llmp_status read_tensor(const parse *p, const llmp__node *entry, llmp__st_tensor *out)
{
    uint64_t bits = 0, end = 0;
    out->name = entry->key;
    if (entry->kind != LLMP__NODE_MAP) {
        return fail(p, entry, out->name, "is no map");
    }
    llmp_status status = read_dtype(p, entry, out);
    if (status == LLMP_OK) {
        status = read_shape(p, entry, out, &bits);
    }
    if (status != LLMP_OK) {
        return status;
    }
    const llmp__node *offsets = llmp__node_get(entry, "data_offsets");
    if (offsets == NULL || offsets->kind != LLMP__NODE_LIST || offsets->count != 2 ||
        !llmp__node_whole(offsets->first, &out->begin) || !llmp__node_whole(offsets->last, &end) ||
        end < out->begin) {
        return fail(p, entry, out->name, "has no two data_offsets in order");
    }
    out->bytes = end - out->begin;
    if (bits % 8 != 0 || out->bytes != bits / 8) {
        return fail(p, offsets, out->name,
                    "its data_offsets are not as far apart as its shape says");
    }
    if (p->whole && end > p->data_bytes) {
        return llmp__fail_offset(p->error, LLMP_E_TRUNCATED, p->where,
                                 LENGTH_BYTES + offsets->column - 1,
                                 "the data of %.80s ends at %" PRIu64 "; the file has %" PRIu64,
                                 out->name, end, p->data_bytes);
    }
    return LLMP_OK;
}

static int by_place(const void *a, const void *b)
{
    const llmp__st_tensor *x = a, *y = b;
    if (x->begin != y->begin) {
        return x->begin < y->begin ? -1 : 1;
    }
    return (x->bytes > y->bytes) - (x->bytes < y->bytes); /* empty ones first */
}

/* The format forbids holes, so that nothing can hide in a file. */
static llmp_status check_places(const parse *p, llmp__st_header *header)
{
    uint64_t at = 0;
    qsort(header->tensors, header->count, sizeof *header->tensors, by_place);
    for (size_t i = 0; i < header->count; i++) {
        if (header->tensors[i].begin != at) {
            return fail(p, NULL, header->tensors[i].name,
                        "its data does not begin where the one before ends");
        }
        at += header->tensors[i].bytes;
    }
    if (p->whole && at != p->data_bytes) {
        return llmp__fail_at(
            p->error, at > p->data_bytes ? LLMP_E_TRUNCATED : LLMP_E_SYNTAX, p->where, 0, 0, NULL,
            "the header describes %" PRIu64 " bytes of data; the file has %" PRIu64, at,
            p->data_bytes);
    }
    return LLMP_OK;
}

static bool is_mlx(const llmp__node *root)
{
    const llmp__node *format = llmp__node_get(llmp__node_get(root, "__metadata__"), "format");
    return format != NULL && format->kind == LLMP__NODE_QUOTED && strcmp(format->text, "mlx") == 0;
}

static llmp_status read_tree(const parse *p, const llmp__node *root, llmp__arena *arena,
                             llmp__st_header *out)
{
    if (root->kind != LLMP__NODE_MAP) {
        return fail(p, root, NULL, "the header is no map");
    }
    llmp__st_header header = {.mlx = is_mlx(root)};
    header.tensors = llmp__arena_alloc(arena, root->count, sizeof *header.tensors);
    if (header.tensors == NULL) {
        return llmp__fail_memory(p->error, p->where);
    }
    for (const llmp__node *n = root->first; n != NULL; n = n->next) {
        if (strcmp(n->key, "__metadata__") == 0) {
            continue;
        }
        llmp_status status = read_tensor(p, n, &header.tensors[header.count]);
        if (status != LLMP_OK) {
            return status;
        }
        header.count++;
    }
    llmp_status status = check_places(p, &header);
    if (status == LLMP_OK) {
        *out = header;
    }
    return status;
}

/* The length is little-endian whatever the machine. */
static llmp_status read_length(llmp__reader *reader, uint64_t *out, llmp_error *error)
{
    reader->big_endian = false;
    llmp_status status = llmp__read_u64(reader, out, error);
    if (status != LLMP_OK) {
        return status;
    }
    if (*out > HEADER_BYTES_MAX) {
        return llmp__fail_offset(error, LLMP_E_LIMIT, reader->where, 0,
                                 "no safetensors file, or a header of %" PRIu64
                                 " bytes; at most %d are allowed",
                                 *out, HEADER_BYTES_MAX);
    }
    if (*out > llmp__read_left(reader)) {
        return llmp__fail_offset(error, LLMP_E_TRUNCATED, reader->where, 0,
                                 "the header has %" PRIu64 " bytes; the file has %" PRIu64 " more",
                                 *out, llmp__read_left(reader));
    }
    return LLMP_OK;
}

llmp_status llmp__st_read(llmp__reader *reader, bool whole, llmp__arena *arena,
                          llmp__st_header *out, llmp_error *error)
{
    uint64_t length = 0;
    llmp__node *root = NULL;
    llmp_status status = read_length(reader, &length, error);
    if (status != LLMP_OK) {
        return status;
    }
    char *text = malloc((size_t)length + 1);
    if (text == NULL) {
        return llmp__fail_memory(error, reader->where);
    }
    status = llmp__read_bytes(reader, text, (size_t)length, error);
    if (status == LLMP_OK) {
        text[length] = '\0';
        status = llmp__json_parse(text, (size_t)length, reader->where, LLMP__JSON_STRICT, arena,
                                  &root, error);
    }
    free(text);
    if (status != LLMP_OK) {
        return status;
    }
    parse p = {.where = reader->where,
               .data_bytes = llmp__read_left(reader),
               .whole = whole,
               .error = error};
    return read_tree(&p, root, arena, out);
}
