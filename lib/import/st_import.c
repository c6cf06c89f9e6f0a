/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A safetensors checkpoint: headers of all shards, pieces of packed weights joined, experts of a
 * layer stacked, geometry from the config beside it. */
#include "import/import_private.h"

#include "base/error.h"
#include "doc/json.h"
#include "import/builder.h"
#include "import/hf_config.h"
#include "import/hf_names.h"
#include "import/hf_packed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

enum { SHARDS_MAX = 4096, INDEX_BYTES_MAX = 64 * 1024 * 1024 };

typedef struct piece {
    const llmp__st_tensor *tensor;
    llmp__hf_name name;
} piece;

typedef struct st_import {
    const llmp__source *source;
    llmp_import *import;
    llmp__packing packing;
    piece *pieces;
    size_t count;
    size_t room;
    const char *folder; /* with its slash; "" for the working folder; NULL: memory */
} st_import;

/* --- shards -------------------------------------------------------------------------------------
 */

static llmp_status keep(st_import *s, const llmp__st_header *header)
{
    size_t need = s->count + header->count;
    if (need > s->room) {
        piece *grown = realloc(s->pieces, need * 2 * sizeof *grown);
        if (grown == NULL) {
            return llmp__fail_memory(s->source->error, s->source->where);
        }
        s->pieces = grown;
        s->room = need * 2;
    }
    for (size_t i = 0; i < header->count; i++) {
        s->pieces[s->count++].tensor = &header->tensors[i];
    }
    s->packing.mlx = s->packing.mlx || header->mlx;
    return LLMP_OK;
}

static llmp_status read_shard(st_import *s, const char *path)
{
    llmp__reader reader;
    llmp__st_header header;
    TRY(llmp__reader_open(&reader, path, s->source->error));
    llmp_status status = llmp__st_read(&reader, true, &s->import->arena, &header, s->source->error);
    s->import->file_bytes += reader.size;
    llmp__reader_close(&reader);
    return status == LLMP_OK ? keep(s, &header) : status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct file names of a weight map, sorted. */
static llmp_status shard_names(st_import *s, const llmp__node *map, const char ***out,
                               size_t *out_count)
{
    const char **names = llmp__arena_alloc(&s->import->arena, map->count, sizeof *names);
    size_t count = 0;
    if (names == NULL) {
        return llmp__fail_memory(s->source->error, s->source->where);
    }
    for (const llmp__node *n = map->first; n != NULL; n = n->next) {
        /* A shard lies beside its index, so a name with a folder is none. */
        if (n->kind != LLMP__NODE_QUOTED || *n->text == '\0' || *n->text == '.' ||
            strchr(n->text, '/') != NULL) {
            return llmp__fail_at(s->source->error, LLMP_E_VALUE, s->source->where, n->line,
                                 n->column, n->key, "is no name of a file beside the index");
        }
        names[count++] = n->text;
    }
    qsort(names, count, sizeof *names, by_text);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        if (distinct == 0 || strcmp(names[distinct - 1], names[i]) != 0) {
            names[distinct++] = names[i];
        }
    }
    if (distinct > SHARDS_MAX) {
        return llmp__fail_at(s->source->error, LLMP_E_LIMIT, s->source->where, 0, 0, "weight_map",
                             "names %zu files; at most %d", distinct, SHARDS_MAX);
    }
    *out = names;
    *out_count = distinct;
    return LLMP_OK;
}

static int by_piece(const void *a, const void *b)
{
    return strcmp(((const piece *)a)->tensor->name, ((const piece *)b)->tensor->name);
}

static int name_of_piece(const void *name, const void *p)
{
    return strcmp(name, ((const piece *)p)->tensor->name);
}

/* Every tensor the index promises must be there, and no other. */
static llmp_status check_index(const st_import *s, const llmp__node *map)
{
    for (const llmp__node *n = map->first; n != NULL; n = n->next) {
        if (bsearch(n->key, s->pieces, s->count, sizeof *s->pieces, name_of_piece) == NULL) {
            return llmp__fail_at(s->source->error, LLMP_E_TRUNCATED, s->source->where, n->line,
                                 n->column, n->key, "is in none of the files");
        }
    }
    return LLMP_OK;
}

static llmp_status check_duplicates(const st_import *s)
{
    for (size_t i = 1; i < s->count; i++) {
        if (by_piece(&s->pieces[i - 1], &s->pieces[i]) == 0) {
            return llmp__fail_at(s->source->error, LLMP_E_DUPLICATE, s->source->where, 0, 0,
                                 s->pieces[i].tensor->name, "stands in two files");
        }
    }
    return LLMP_OK;
}

static void sort_pieces(st_import *s)
{
    if (s->count > 0) {
        qsort(s->pieces, s->count, sizeof *s->pieces, by_piece);
    }
}

static llmp_status read_index(st_import *s)
{
    char *text = NULL, path[4096];
    size_t size = 0, count = 0;
    const char **names = NULL;
    llmp__node *root = NULL;
    const llmp__source *source = s->source;
    TRY(llmp__file_read(source->path, INDEX_BYTES_MAX, &text, &size, source->error));
    llmp_status status = llmp__json_parse(text, size, source->where, LLMP__JSON_STRICT,
                                          &s->import->arena, &root, source->error);
    free(text);
    if (status != LLMP_OK) {
        return status;
    }
    const llmp__node *map = llmp__node_get(root, "weight_map");
    if (map == NULL || map->kind != LLMP__NODE_MAP) {
        return llmp__fail_at(source->error, LLMP_E_SCHEMA, source->where, root->line, root->column,
                             "weight_map", "the key is missing or no map");
    }
    TRY(shard_names(s, map, &names, &count));
    for (size_t i = 0; i < count; i++) {
        int length = snprintf(path, sizeof path, "%s%s", s->folder, names[i]);
        if (length < 0 || (size_t)length >= sizeof path) {
            return llmp__fail_at(source->error, LLMP_E_LIMIT, source->where, 0, 0, names[i],
                                 "the path is too long");
        }
        TRY(read_shard(s, path));
    }
    sort_pieces(s);
    return check_index(s, map);
}

/* --- tensors ------------------------------------------------------------------------------------
 */

static bool same_module(const piece *a, const piece *b)
{
    return a->name.module_length == b->name.module_length &&
           memcmp(a->tensor->name, b->tensor->name, a->name.module_length) == 0;
}

/* The pieces of one module, which sorting has put side by side but for modules whose name begins
 * with this one's: [from, returned). */
static size_t module_end(const st_import *s, size_t from)
{
    size_t end = from + 1;
    while (end < s->count && same_module(&s->pieces[from], &s->pieces[end])) {
        end++;
    }
    return end;
}

static const llmp_format *format_by_id(const st_import *s, const char *id)
{
    return id != NULL ? LLMP_FORMAT(llmp_catalog_get(s->source->catalog, LLMP_KIND_FORMAT, id))
                      : NULL;
}

static const llmp_format *packed_format(const st_import *s, const llmp__st_tensor *weight)
{
    const llmp_quant *quant = s->packing.quant;
    const llmp_format *format =
        quant != NULL && quant->base_format != NULL ? format_by_id(s, quant->base_format) : NULL;
    if (quant != NULL && strncmp(quant->head.id, "MXFP4", 5) == 0) {
        format = format_by_id(s, "mxfp4");
    }
    return format != NULL ? format : format_by_id(s, weight->dtype->format);
}

/* A tensor of an expert joins the stack of its layer and role. */
static llmp_tensor *stack_of(llmp_import *import, const llmp_tensor *t, bool expert)
{
    /* Experts of a layer are neighbours by name, so the stack is among the last few. */
    for (size_t back = 1; expert && back <= 64 && back <= import->tensor_count; back++) {
        llmp_tensor *other = &import->tensors[import->tensor_count - back];
        if (other->layer == t->layer && other->role == t->role && other->ne[0] == t->ne[0] &&
            other->ne[1] == t->ne[1] && other->format == t->format) {
            return other;
        }
    }
    return NULL;
}

static void add_tensor(st_import *s, const piece *p, llmp_tensor *t)
{
    llmp_import *import = s->import;
    bool single = p->name.expert && t->dims <= 2 && t->role != LLMP_ROLE_BIAS;
    llmp_tensor *stack = single ? stack_of(import, t, true) : NULL;
    if (stack != NULL) {
        stack->ne[2]++;
        stack->dims = 3;
        stack->bytes += t->bytes;
        return;
    }
    import->tensors[import->tensor_count++] = *t;
}

static void fill_role(const piece *p, llmp_tensor *t)
{
    bool vector = t->dims == 1 || (t->dims == 2 && t->ne[1] == 1);
    bool outside = p->name.role == LLMP_ROLE_VISION || p->name.role == LLMP_ROLE_MTP;
    t->role = p->name.role;
    t->layer = p->name.layer;
    t->block = 255;
    t->suffix = p->name.suffix;
    if (outside) {
        return;
    }
    if (p->name.part == HF_PART_BIAS) {
        t->role = LLMP_ROLE_BIAS;
        t->suffix = p->name.expert ? "ffn_exps.bias" : "bias";
    } else if (vector && t->role != LLMP_ROLE_BIAS) {
        t->role = LLMP_ROLE_NORM;
    }
}

/* The module's weight with everything that belongs to it; its bias apart. */
static void add_module(st_import *s, size_t from, size_t end)
{
    const piece *weight = NULL, *scale = NULL;
    uint64_t side_bytes = 0;
    for (size_t i = from; i < end; i++) {
        const piece *p = &s->pieces[i];
        if (p->name.part == HF_PART_WEIGHT) {
            weight = p;
        } else if (p->name.part == HF_PART_BIAS) {
            llmp_tensor t = {0};
            (void)llmp__packed_shape(&s->packing, p->tensor, NULL, t.ne, &t.dims);
            fill_role(p, &t);
            t.format = format_by_id(s, p->tensor->dtype->format);
            t.bytes = p->tensor->bytes;
            add_tensor(s, p, &t);
        } else {
            bool better = scale == NULL || p->tensor->dims > scale->tensor->dims ||
                          p->tensor->bytes > scale->tensor->bytes;
            scale = p->name.part == HF_PART_SCALE && better ? p : scale;
            side_bytes += p->tensor->bytes;
        }
    }
    weight = weight != NULL ? weight : scale;
    if (weight == NULL) {
        weight = side_bytes > 0 ? &s->pieces[from] : NULL;
    }
    if (weight == NULL) {
        return;
    }
    llmp_tensor t = {0};
    const llmp__st_tensor *scales = scale != NULL && scale != weight ? scale->tensor : NULL;
    bool packed = llmp__packed_shape(&s->packing, weight->tensor, scales, t.ne, &t.dims);
    fill_role(weight, &t);
    t.format =
        packed ? packed_format(s, weight->tensor) : format_by_id(s, weight->tensor->dtype->format);
    t.bytes = side_bytes + (weight->name.part == HF_PART_WEIGHT ? weight->tensor->bytes : 0);
    add_tensor(s, weight, &t);
}

static int by_module(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    size_t n = x->name.module_length, m = y->name.module_length;
    int order = memcmp(x->tensor->name, y->tensor->name, n < m ? n : m);
    if (order != 0 || n != m) {
        return order != 0 ? order : n < m ? -1 : 1;
    }
    return strcmp(x->tensor->name, y->tensor->name);
}

static llmp_status build_tensors(st_import *s)
{
    llmp_import *import = s->import;
    uint32_t layers =
        import->model.layer_count > 0 ? (uint32_t)import->model.layer_count : LLMP_NO_LAYER;
    import->tensors = llmp__arena_alloc(&import->arena, s->count, sizeof *import->tensors);
    if (import->tensors == NULL) {
        return llmp__fail_memory(s->source->error, s->source->where);
    }
    for (size_t i = 0; i < s->count; i++) {
        s->pieces[i].name = llmp__hf_name_of(s->pieces[i].tensor->name, layers);
    }
    if (s->count > 0) {
        qsort(s->pieces, s->count, sizeof *s->pieces, by_module);
    }
    for (size_t i = 0; i < s->count;) {
        size_t end = module_end(s, i);
        add_module(s, i, end);
        i = end;
    }
    llmp__import_sum(import);
    return LLMP_OK;
}

/* --- the config beside --------------------------------------------------------------------------
 */

static void find_packing(st_import *s)
{
    const llmp_quant *quant = s->import->quant;
    const char *title = s->import->quant_title != NULL ? s->import->quant_title : "";
    s->packing.quant = quant;
    s->packing.bits = strstr(title, "8bit") != NULL || strncmp(title, "W8", 2) == 0 ? 8 : 0;
    for (uint32_t bits = 2; bits <= 6; bits++) {
        char word[16];
        snprintf(word, sizeof word, "%" PRIu32 "bit", bits);
        s->packing.bits = strstr(title, word) != NULL ? bits : s->packing.bits;
    }
    if (strncmp(title, "W4", 2) == 0 || strstr(title, "FP4") != NULL || strstr(title, "NF4")) {
        s->packing.bits = 4;
    }
    s->packing.group = strstr(title, "-g32") != NULL    ? 32
                       : strstr(title, "-g128") != NULL ? 128
                                                        : 0;
    s->packing.group = strstr(title, "MLX-MXFP") != NULL   ? 32
                       : strstr(title, "MLX-NVFP") != NULL ? 16
                                                           : s->packing.group;
}

/* Without a config, or with one of an unknown model, the bytes still stand. */
static llmp_status read_config(st_import *s, llmp_error *why, bool *out_known)
{
    char path[4096], *text = NULL;
    size_t size = 0;
    *out_known = false;
    int length = s->folder != NULL ? snprintf(path, sizeof path, "%sconfig.json", s->folder) : -1;
    if (length < 0 || (size_t)length >= sizeof path ||
        llmp__file_read(path, INDEX_BYTES_MAX, &text, &size, NULL) != LLMP_OK) {
        (void)llmp__fail(why, LLMP_E_NO_DATA,
                         "the layers: there is no config.json beside the weights");
        return LLMP_OK;
    }
    llmp__source config = *s->source;
    config.where = path;
    config.error = why;
    llmp_status status = llmp__import_config_text(&config, s->import, text, size);
    free(text);
    if (status == LLMP_E_MEMORY) {
        return llmp__fail_memory(s->source->error, s->source->where);
    }
    *out_known = status == LLMP_OK;
    return LLMP_OK;
}

static const char *folder_of(const llmp__source *source, llmp__arena *arena)
{
    const char *slash = source->path != NULL ? strrchr(source->path, '/') : NULL;
    if (source->path == NULL) {
        return NULL;
    }
    return slash != NULL ? llmp__arena_text(arena, source->path, (size_t)(slash - source->path) + 1)
                         : "";
}

static bool is_index(const char *path)
{
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".json") == 0;
}

static llmp_status read_all(st_import *s)
{
    if (s->source->path == NULL) {
        llmp__reader reader;
        llmp__st_header header;
        llmp__reader_memory(&reader, s->source->data, s->source->data_bytes, s->source->where);
        TRY(llmp__st_read(&reader, false, &s->import->arena, &header, s->source->error));
        TRY(keep(s, &header));
    } else if (is_index(s->source->path)) {
        TRY(read_index(s));
    } else {
        TRY(read_shard(s, s->source->path));
    }
    sort_pieces(s);
    return check_duplicates(s);
}

static llmp_status make(st_import *s)
{
    llmp_error why = LLMP_ERROR_INIT;
    bool known = false;
    TRY(read_all(s));
    TRY(read_config(s, &why, &known));
    if (!known) {
        memset(&s->import->model, 0, sizeof s->import->model);
        TRY(llmp__import_head(s->source, s->import, NULL, "unknown", "safetensors header of",
                              LLMP_GRADE_EXACT));
    }
    find_packing(s);
    TRY(build_tensors(s));
    if (s->import->quant_title == NULL) {
        llmp__import_title(s->source, s->import, llmp__import_common_format(s->import));
    }
    return known ? LLMP_OK : llmp__import_partial(s->import, &why, s->source->error);
}

llmp_status llmp__import_safetensors(const llmp__source *source, llmp_import *import)
{
    st_import s = {.source = source, .import = import};
    s.folder = folder_of(source, &import->arena);
    llmp_status status = make(&s);
    free(s.pieces);
    return status;
}
