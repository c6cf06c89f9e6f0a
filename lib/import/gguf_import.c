/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/import_private.h"

#include "base/error.h"
#include "import/builder.h"
#include "import/gguf_layers.h"

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

enum { TYPES_MAX = 512, SPLITS_MAX = 1024 };

typedef struct gguf_import {
    const llmp__source *source;
    llmp_import *import;
    const llmp_format *formats[TYPES_MAX]; /* by ggml_type */
    llmp__gguf first;                      /* holds the metadata of a split set */
    size_t tensor_room;
} gguf_import;

/* --- tensors ------------------------------------------------------------------------------------
 */

static void collect_formats(gguf_import *g)
{
    const llmp_catalog *catalog = g->source->catalog;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_FORMAT); i++) {
        const llmp_format *format = LLMP_FORMAT(llmp_catalog_at(catalog, LLMP_KIND_FORMAT, i));
        if (LLMP_HAS_FORMAT(format, ggml_type) && format->ggml_type >= 0 &&
            format->ggml_type < TYPES_MAX) {
            g->formats[format->ggml_type] = format;
        }
    }
}

static llmp_role role_of(const char *suffix, uint32_t layer, uint64_t model_layers)
{
    if (layer != LLMP_NO_LAYER && layer >= model_layers) {
        return LLMP_ROLE_MTP;
    }
    if (layer == LLMP_NO_LAYER && (strncmp(suffix, "v.", 2) == 0 || strncmp(suffix, "a.", 2) == 0 ||
                                   strncmp(suffix, "mm.", 3) == 0)) {
        return LLMP_ROLE_VISION;
    }
    const llmp__gguf_name *name = llmp__gguf_name_find(suffix);
    name = name != NULL ? name : llmp__gguf_name_expert(suffix);
    return name != NULL ? name->role : LLMP_ROLE_OTHER;
}

/* Layers of the model proper; all of them when the file does not say. */
static uint64_t model_layers(const llmp__gguf *gguf, const char *architecture)
{
    llmp__gguf_model m = {.gguf = gguf, .architecture = architecture};
    uint64_t layers = 0, mtp = 0;
    if (!llmp__gguf_meta(&m, "block_count", LLMP_NO_LAYER, &layers)) {
        return UINT64_MAX;
    }
    (void)llmp__gguf_meta(&m, "nextn_predict_layers", LLMP_NO_LAYER, &mtp);
    return mtp < layers ? layers - mtp : layers;
}

static llmp_status convert(gguf_import *g, const llmp__gguf *gguf, const llmp__gguf_tensor *from,
                           uint64_t layers, llmp_tensor *to)
{
    llmp_error *error = g->source->error;
    const llmp_format *format = from->type < TYPES_MAX ? g->formats[from->type] : NULL;
    if (format == NULL) {
        return llmp__fail_offset(error, LLMP_E_UNSUPPORTED, gguf->where, from->offset,
                                 "tensor %.80s is of type %" PRIu32 ", which is not known",
                                 from->name, from->type);
    }
    if (from->ne[0] % format->block_weights != 0) {
        return llmp__fail_offset(error, LLMP_E_SYNTAX, gguf->where, from->offset,
                                 "tensor %.80s: rows of %" PRIu64
                                 " are no whole number of %s blocks of %" PRIu32,
                                 from->name, from->ne[0], format->head.id, format->block_weights);
    }
    to->suffix = llmp__gguf_name_split(from->name, &to->layer);
    to->role = role_of(to->suffix, to->layer, layers);
    to->dims = from->dims;
    memcpy(to->ne, from->ne, sizeof to->ne);
    to->block = 255;
    to->format = format;
    to->bytes = llmp_format_bytes(format, to->ne);
    uint64_t room = gguf->size > gguf->data_at ? gguf->size - gguf->data_at : 0;
    bool whole_file = g->source->path != NULL;
    if (whole_file && (from->data > room || to->bytes > room - from->data)) {
        return llmp__fail_offset(error, LLMP_E_TRUNCATED, gguf->where, from->offset,
                                 "the data of tensor %.80s ends beyond the file: %" PRIu64
                                 " bytes at %" PRIu64 " of %" PRIu64,
                                 from->name, to->bytes, from->data, room);
    }
    return LLMP_OK;
}

typedef struct extent {
    uint64_t at, bytes, entry;
} extent;

static int by_place(const void *a, const void *b)
{
    const extent *x = a, *y = b;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
                          : (x->entry > y->entry) - (x->entry < y->entry);
}

/* Tensors that overlap would count bytes twice. */
static llmp_status check_overlap(const llmp__gguf *gguf, const llmp_tensor *tensors,
                                 llmp_error *error)
{
    extent *extents = calloc(gguf->tensor_count + 1, sizeof *extents);
    if (extents == NULL) {
        return llmp__fail_memory(error, gguf->where);
    }
    for (size_t i = 0; i < gguf->tensor_count; i++) {
        extents[i] = (extent){gguf->tensors[i].data, tensors[i].bytes, gguf->tensors[i].offset};
    }
    qsort(extents, gguf->tensor_count, sizeof *extents, by_place);
    llmp_status status = LLMP_OK;
    for (size_t i = 1; i < gguf->tensor_count && status == LLMP_OK; i++) {
        if (extents[i].at - extents[i - 1].at < extents[i - 1].bytes) {
            status = llmp__fail_offset(error, LLMP_E_SYNTAX, gguf->where, extents[i].entry,
                                       "the data of this tensor overlaps another's at %" PRIu64,
                                       extents[i].at);
        }
    }
    free(extents);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const llmp_tensor *x = *(const llmp_tensor *const *)a, *y = *(const llmp_tensor *const *)b;
    return x->layer != y->layer ? (x->layer > y->layer) - (x->layer < y->layer)
                                : strcmp(x->suffix, y->suffix);
}

static llmp_status check_names(const gguf_import *g)
{
    size_t count = g->import->tensor_count;
    const llmp_tensor **sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL) {
        return llmp__fail_memory(g->source->error, g->source->where);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &g->import->tensors[i];
    }
    qsort(sorted, count, sizeof *sorted, by_name);
    llmp_status status = LLMP_OK;
    for (size_t i = 1; i < count && status == LLMP_OK; i++) {
        if (by_name(&sorted[i - 1], &sorted[i]) == 0) {
            char name[300];
            llmp_tensor_name(sorted[i], name, sizeof name);
            status = llmp__fail_at(g->source->error, LLMP_E_DUPLICATE, g->source->where, 0, 0, NULL,
                                   "two tensors are named %.80s", name);
        }
    }
    free(sorted);
    return status;
}

static llmp_status add_tensors(gguf_import *g, const llmp__gguf *gguf, uint64_t layers)
{
    llmp_import *import = g->import;
    if (gguf->tensor_count == 0) {
        return LLMP_OK;
    }
    size_t need = import->tensor_count + gguf->tensor_count;
    llmp_tensor *all = llmp__arena_alloc(&import->arena, need, sizeof *all);
    if (all == NULL) {
        return llmp__fail_memory(g->source->error, gguf->where);
    }
    if (import->tensor_count > 0) {
        memcpy(all, import->tensors, import->tensor_count * sizeof *all);
    }
    for (size_t i = 0; i < gguf->tensor_count; i++) {
        TRY(convert(g, gguf, &gguf->tensors[i], layers, &all[import->tensor_count + i]));
    }
    TRY(check_overlap(gguf, all + import->tensor_count, g->source->error));
    import->tensors = all;
    import->tensor_count = need;
    return LLMP_OK;
}

/* --- files --------------------------------------------------------------------------------------
 */

static llmp_status read_file(gguf_import *g, const char *path, llmp__gguf *out)
{
    llmp__reader reader;
    TRY(llmp__reader_open(&reader, path, g->source->error));
    llmp_status status = llmp__gguf_read(&reader, &g->import->arena, out, g->source->error);
    g->import->file_bytes += reader.size;
    out->where = path;
    llmp__reader_close(&reader);
    return status;
}

/* The k-th name of a set, "X-00002-of-00005.gguf", from any other of it. */
static llmp_status split_path(gguf_import *g, uint64_t k, uint64_t count, const char **out)
{
    const char *path = g->source->path;
    size_t length = strlen(path), tail = strlen("-00001-of-00003.gguf");
    unsigned no = 0, of = 0;
    int used = 0;
    if (length <= tail ||
        sscanf(path + length - tail, "-%5u-of-%5u.gguf%n", &no, &of, &used) != 2 ||
        (size_t)used != tail || of != count) {
        return llmp__fail_at(g->source->error, LLMP_E_SYNTAX, path, 0, 0, "split.count",
                             "one of %" PRIu64 " files; its name should end in -00001-of-%05" PRIu64
                             ".gguf",
                             count, count);
    }
    char *name = llmp__arena_text(&g->import->arena, path, length + 1);
    if (name == NULL) {
        return llmp__fail_memory(g->source->error, path);
    }
    snprintf(name + length - tail, tail + 1, "-%05u-of-%05u.gguf", (unsigned)(k + 1), of);
    *out = name;
    return LLMP_OK;
}

static llmp_status check_split(gguf_import *g, const llmp__gguf *gguf, uint64_t k, uint64_t count)
{
    uint64_t no = 0, of = 0;
    if (!llmp__gguf_whole(llmp__gguf_find(gguf, "split.no"), 0, &no) ||
        !llmp__gguf_whole(llmp__gguf_find(gguf, "split.count"), 0, &of) || no != k || of != count) {
        return llmp__fail_at(g->source->error, LLMP_E_SYNTAX, gguf->where, 0, 0, "split.no",
                             "is not file %" PRIu64 " of the %" PRIu64 " it belongs to", k + 1,
                             count);
    }
    return LLMP_OK;
}

static const char *architecture_of(const llmp__gguf *gguf)
{
    const llmp__gguf_value *value = llmp__gguf_find(gguf, "general.architecture");
    return value != NULL ? value->text : NULL;
}

static llmp_status need_architecture(const gguf_import *g)
{
    const char *architecture = architecture_of(&g->first);
    if (architecture == NULL || *architecture == '\0' || strlen(architecture) > 64) {
        return llmp__fail_at(g->source->error, LLMP_E_SCHEMA, g->first.where, 0, 0,
                             "general.architecture", "is missing, empty or no text");
    }
    return LLMP_OK;
}

static llmp_status read_others(gguf_import *g, uint64_t count, uint64_t layers)
{
    uint64_t total = 0;
    for (uint64_t k = 1; k < count; k++) {
        const char *path = NULL;
        llmp__gguf gguf;
        TRY(split_path(g, k, count, &path));
        TRY(read_file(g, path, &gguf));
        TRY(check_split(g, &gguf, k, count));
        TRY(add_tensors(g, &gguf, layers));
    }
    if (llmp__gguf_whole(llmp__gguf_find(&g->first, "split.tensors.count"), 0, &total) &&
        total != g->import->tensor_count) {
        return llmp__fail_at(
            g->source->error, LLMP_E_TRUNCATED, g->first.where, 0, 0, "split.tensors.count",
            "promises %" PRIu64 " tensors; the files hold %zu", total, g->import->tensor_count);
    }
    return LLMP_OK;
}

static llmp_status read_set(gguf_import *g)
{
    uint64_t count = 1, no = 0;
    TRY(read_file(g, g->source->path, &g->first));
    (void)llmp__gguf_whole(llmp__gguf_find(&g->first, "split.count"), 0, &count);
    (void)llmp__gguf_whole(llmp__gguf_find(&g->first, "split.no"), 0, &no);
    if (count > SPLITS_MAX) {
        return llmp__fail_at(g->source->error, LLMP_E_LIMIT, g->first.where, 0, 0, "split.count",
                             "%" PRIu64 " files; at most %d", count, SPLITS_MAX);
    }
    if (count > 1 && no != 0) { /* metadata is in the first, whichever was named */
        const char *path = NULL;
        TRY(split_path(g, 0, count, &path));
        g->import->file_bytes = 0;
        TRY(read_file(g, path, &g->first));
        TRY(check_split(g, &g->first, 0, count));
    }
    TRY(need_architecture(g));
    uint64_t layers = model_layers(&g->first, architecture_of(&g->first));
    TRY(add_tensors(g, &g->first, layers));
    return count > 1 ? read_others(g, count, layers) : LLMP_OK;
}

static llmp_status read_memory(gguf_import *g)
{
    llmp__reader reader;
    llmp__reader_memory(&reader, g->source->data, g->source->data_bytes, g->source->where);
    TRY(llmp__gguf_read(&reader, &g->import->arena, &g->first, g->source->error));
    TRY(need_architecture(g));
    return add_tensors(g, &g->first, model_layers(&g->first, architecture_of(&g->first)));
}

/* --- the record ---------------------------------------------------------------------------------
 */

/* general.file_type: llama_ftype of include/llama.h, and of ik_llama.cpp from 135 on. */
static const struct {
    uint32_t type;
    const char *quant;
} file_types[] = {
    {0, "F32"},      {1, "F16"},      {2, "Q4_0"},      {3, "Q4_1"},    {7, "Q8_0"},
    {8, "Q5_0"},     {9, "Q5_1"},     {10, "Q2_K"},     {11, "Q3_K_S"}, {12, "Q3_K_M"},
    {13, "Q3_K_L"},  {14, "Q4_K_S"},  {15, "Q4_K_M"},   {16, "Q5_K_S"}, {17, "Q5_K_M"},
    {18, "Q6_K"},    {19, "IQ2_XXS"}, {20, "IQ2_XS"},   {21, "Q2_K_S"}, {22, "IQ3_XS"},
    {23, "IQ3_XXS"}, {24, "IQ1_S"},   {25, "IQ4_NL"},   {26, "IQ3_S"},  {27, "IQ3_M"},
    {28, "IQ2_S"},   {29, "IQ2_M"},   {30, "IQ4_XS"},   {31, "IQ1_M"},  {32, "BF16"},
    {36, "TQ1_0"},   {37, "TQ2_0"},   {38, "MXFP4_MOE"}};

static const char *title_of(const gguf_import *g)
{
    enum { GUESSED = 1024 };
    uint64_t type = 0;
    if (!llmp__gguf_whole(llmp__gguf_find(&g->first, "general.file_type"), 0, &type)) {
        return NULL;
    }
    type &= ~(uint64_t)GUESSED;
    for (size_t i = 0; i < sizeof file_types / sizeof file_types[0]; i++) {
        if (file_types[i].type == type) {
            return file_types[i].quant;
        }
    }
    return NULL;
}

llmp_status llmp__import_gguf(const llmp__source *source, llmp_import *import)
{
    gguf_import g = {.source = source, .import = import};
    collect_formats(&g);
    TRY(source->path != NULL ? read_set(&g) : read_memory(&g));
    TRY(check_names(&g));
    llmp__import_sum(import);
    const char *architecture = architecture_of(&g.first);
    const llmp__gguf_value *name = llmp__gguf_find(&g.first, "general.name");
    TRY(llmp__import_head(source, import, name != NULL ? name->text : NULL, architecture,
                          "GGUF header of", LLMP_GRADE_EXACT));
    import->model.architecture = import->model.family; /* printable, unlike the file's */
    const char *title = title_of(&g);
    llmp__import_title(source, import, title != NULL ? title : llmp__import_common_format(import));
    llmp_error why = LLMP_ERROR_INIT;
    llmp_status status =
        llmp__gguf_geometry(&g.first, architecture, import->tensors, import->tensor_count,
                            &import->arena, &import->model, &why);
    if (status == LLMP_E_MEMORY) {
        return llmp__fail_memory(source->error, source->where);
    }
    if (status == LLMP_OK) {
        status = llmp__import_check(source, import, &why);
    }
    return status == LLMP_OK ? LLMP_OK : llmp__import_partial(import, &why, source->error);
}
