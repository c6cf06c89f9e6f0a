/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/import_private.h"

#include "base/error.h"
#include "catalog/catalog_private.h"
#include "catalog/check.h"
#include "import/builder.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* --- pieces the importers share -----------------------------------------------------------------
 */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* An id as the catalog wants it: at most 63 of a-z 0-9 . _ - */
static void make_id(const char *name, char out[64])
{
    size_t length = 0;
    for (; *name != '\0' && length < 63; name++) {
        char c = *name;
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (c >= 'A' && c <= 'Z') {
            out[length++] = (char)(c - 'A' + 'a');
        } else if (fine) {
            out[length++] = c;
        } else if (length > 0 && out[length - 1] != '-') {
            out[length++] = '-';
        }
    }
    while (length > 0 && out[length - 1] == '-') {
        length--;
    }
    out[length] = '\0';
    if (length == 0) {
        memcpy(out, "imported", sizeof "imported");
    }
}

/* One printable line: what comes from files may hold anything. */
static char *clean_text(llmp__arena *arena, const char *text, size_t cap)
{
    size_t length = strlen(text);
    char *out = llmp__arena_text(arena, text, length < cap ? length : cap);
    for (char *c = out; c != NULL && *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F) {
            *c = ' ';
        }
    }
    return out;
}

/* The catalog's own names are not for files to take: an overlay would mix two records. */
static void make_free_id(const llmp_catalog *catalog, const char *name, char out[64])
{
    static const char tail[] = "-imported";
    const llmp_record *other = NULL;
    make_id(name, out);
    if (llmp_catalog_find(catalog, LLMP_KIND_MODEL, out, &other, NULL, NULL) == LLMP_E_UNKNOWN) {
        return;
    }
    size_t length = strlen(out), room = 63 - (sizeof tail - 1);
    memcpy(out + (length < room ? length : room), tail, sizeof tail);
}

llmp_status llmp__import_head(const llmp__source *source, llmp_import *import, const char *name,
                              const char *family, const char *what, llmp_grade grade)
{
    llmp_record *head = &import->model.head;
    char id[64], line[256];
    const char *shown = name != NULL && *name != '\0' ? name : base_name(source->where);
    make_free_id(source->catalog, shown, id);
    snprintf(line, sizeof line, "%s %.180s", what, base_name(source->where));
    head->id = llmp__arena_text(&import->arena, id, strlen(id));
    head->name = clean_text(&import->arena, shown, 120);
    head->source = clean_text(&import->arena, line, sizeof line);
    import->model.family = clean_text(&import->arena, family, 64);
    head->as_of = source->as_of;
    head->grade = grade;
    if (head->id == NULL || head->name == NULL || head->source == NULL ||
        import->model.family == NULL) {
        return llmp__fail_memory(source->error, source->where);
    }
    return LLMP_OK;
}

static void keep_first(void *context, const llmp_error *problem)
{
    llmp_error *first = context;
    if (first->status == LLMP_OK) {
        *first = *problem;
    }
}

llmp_status llmp__import_check(const llmp__source *source, llmp_import *import, llmp_error *error)
{
    llmp_error first = LLMP_ERROR_INIT;
    llmp_status status = llmp__model_mark(&import->model, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp__checker checker = {.tables = &source->catalog->tables,
                             .report = keep_first,
                             .context = &first,
                             .problems_max = 1};
    llmp__check_record(&checker, LLMP_KIND_MODEL, &import->model.head);
    if (first.status != LLMP_OK && error != NULL) {
        *error = first;
        llmp__set_where(error, source->where);
    }
    return first.status;
}

llmp_status llmp__import_partial(llmp_import *import, const llmp_error *why, llmp_error *error)
{
    llmp_model *model = &import->model;
    model->layers = NULL;
    model->layer_count = 0;
    model->blocks = NULL;
    model->block_count = 0;
    model->layers_pattern = NULL;
    model->missing = clean_text(&import->arena, why->message, sizeof why->message);
    if (model->missing == NULL) {
        return llmp__fail_memory(error, "the import");
    }
    return llmp__model_mark(model, error);
}

void llmp__import_title(const llmp__source *source, llmp_import *import, const char *title)
{
    const llmp_record *record = NULL;
    import->quant_title = title != NULL ? clean_text(&import->arena, title, 63) : NULL;
    if (title != NULL && llmp_catalog_find(source->catalog, LLMP_KIND_QUANT, title, &record, NULL,
                                           NULL) == LLMP_OK) {
        import->quant = LLMP_QUANT(record);
        import->quant_title = record->id;
    }
}

const char *llmp__import_common_format(const llmp_import *import)
{
    enum { FORMATS_MAX = 256 }; /* more than the catalog has; the rest counts as none */
    const llmp_format *formats[FORMATS_MAX];
    uint64_t bytes[FORMATS_MAX];
    size_t count = 0, best = 0;
    for (size_t i = 0; i < import->tensor_count; i++) {
        const llmp_tensor *t = &import->tensors[i];
        size_t at = 0;
        while (at < count && formats[at] != t->format) {
            at++;
        }
        if (at == count && (count == FORMATS_MAX || t->format == NULL)) {
            continue;
        }
        if (at == count) {
            formats[count] = t->format;
            bytes[count++] = 0;
        }
        bytes[at] += t->bytes;
        best = bytes[at] > bytes[best] ? at : best;
    }
    /* The rest of a file of one type is norms, or a head of another type. */
    bool plain = count > 0 && bytes[best] >= import->tensor_bytes / 10 * 9;
    return plain ? formats[best]->head.name : "mixed";
}

void llmp__import_sum(llmp_import *import)
{
    import->tensor_bytes = 0;
    for (size_t i = 0; i < import->tensor_count; i++) {
        import->tensor_bytes += import->tensors[i].bytes;
    }
}

/* --- opening ------------------------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text), n = strlen(tail);
    return length >= n && strcmp(text + length - n, tail) == 0;
}

static llmp_date date_of(time_t when)
{
    struct tm parts;
    if (gmtime_r(&when, &parts) == NULL) {
        return 0;
    }
    return (llmp_date)((parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday);
}

static llmp_status import_as(const llmp__source *source, llmp_import_kind kind, llmp_import **out)
{
    llmp_import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        return llmp__fail_memory(source->error, source->where);
    }
    import->kind = kind;
    llmp_status status = LLMP_E_INTERNAL;
    switch (kind) {
    case LLMP_IMPORT_GGUF:
        status = llmp__import_gguf(source, import);
        break;
    case LLMP_IMPORT_SAFETENSORS:
        status = llmp__import_safetensors(source, import);
        break;
    case LLMP_IMPORT_HF_CONFIG:
        status = llmp__import_config(source, import);
        break;
    }
    if (status != LLMP_OK) {
        llmp_import_destroy(&import);
        return status;
    }
    *out = import;
    return LLMP_OK;
}

static bool exists(const char *folder, const char *name, char out[4096])
{
    struct stat info;
    int length = snprintf(out, 4096, "%s/%s", folder, name);
    return length > 0 && length < 4096 && stat(out, &info) == 0 && S_ISREG(info.st_mode);
}

/* A folder in Hugging Face form: its weights where they are, else its config. */
static llmp_status open_folder(llmp__source *source, llmp_import **out)
{
    static const struct {
        const char *name;
        llmp_import_kind kind;
    } files[] = {{"model.safetensors.index.json", LLMP_IMPORT_SAFETENSORS},
                 {"model.safetensors", LLMP_IMPORT_SAFETENSORS},
                 {"config.json", LLMP_IMPORT_HF_CONFIG}};
    char path[4096];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (exists(source->path, files[i].name, path)) {
            source->path = path;
            source->where = path;
            return import_as(source, files[i].kind, out);
        }
    }
    return llmp__fail_at(source->error, LLMP_E_IO, source->path, 0, 0, NULL,
                         "the folder has neither model.safetensors, its index nor config.json");
}

/* By name, else by the first bytes. */
static llmp_status kind_of_file(const char *path, llmp_import_kind *out, llmp_error *error)
{
    llmp__reader reader;
    char start[9] = "";
    llmp_status status = llmp__reader_open(&reader, path, error);
    if (status != LLMP_OK) {
        return status;
    }
    uint64_t left = llmp__read_left(&reader);
    status = llmp__read_bytes(&reader, start, left < 9 ? (size_t)left : 9, error);
    llmp__reader_close(&reader);
    if (status != LLMP_OK) {
        return status;
    }
    if (memcmp(start, "GGUF", 4) == 0 || ends_with(path, ".gguf")) {
        *out = LLMP_IMPORT_GGUF;
    } else if (ends_with(path, ".safetensors") || ends_with(path, ".safetensors.index.json") ||
               start[8] == '{') {
        *out = LLMP_IMPORT_SAFETENSORS;
    } else if (ends_with(path, ".json") || start[0] == '{' || isspace((unsigned char)start[0])) {
        *out = LLMP_IMPORT_HF_CONFIG;
    } else {
        status = llmp__fail_offset(error, LLMP_E_UNSUPPORTED, path, 0,
                                   "neither GGUF, safetensors nor a config.json");
    }
    return status;
}

llmp_status llmp_import_open(const llmp_catalog *catalog, const char *path, llmp_import **out,
                             llmp_error *error)
{
    if (catalog == NULL || path == NULL || *path == '\0' || out == NULL) {
        return llmp__fail_argument(error, path == NULL ? "path" : "catalog", "is NULL or empty");
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        return llmp__fail_at(error, LLMP_E_IO, path, 0, 0, NULL, "no such file or folder");
    }
    llmp__source source = {.catalog = catalog,
                           .path = path,
                           .where = path,
                           .as_of = date_of(info.st_mtime),
                           .error = error};
    if (S_ISDIR(info.st_mode)) {
        return open_folder(&source, out);
    }
    llmp_import_kind kind = LLMP_IMPORT_GGUF;
    llmp_status status = kind_of_file(path, &kind, error);
    return status == LLMP_OK ? import_as(&source, kind, out) : status;
}

llmp_status llmp_import_memory(const llmp_catalog *catalog, const void *data, size_t data_bytes,
                               llmp_import_kind kind, const char *where, llmp_import **out,
                               llmp_error *error)
{
    if (catalog == NULL || (data == NULL && data_bytes > 0) || out == NULL) {
        return llmp__fail_argument(error, "data", "or the catalog is NULL");
    }
    if ((unsigned)kind > LLMP_IMPORT_HF_CONFIG) {
        return llmp__fail_argument(error, "kind", "is none");
    }
    llmp_date today = 0;
    if (llmp_date_parse(llmp_data_version(), &today, NULL) != LLMP_OK) {
        today = 0;
    }
    llmp__source source = {.catalog = catalog,
                           .where = where != NULL ? where : "memory",
                           .data = data != NULL ? data : "",
                           .data_bytes = data_bytes,
                           .as_of = today,
                           .error = error};
    return import_as(&source, kind, out);
}

void llmp_import_destroy(llmp_import **import)
{
    if (import == NULL || *import == NULL) {
        return;
    }
    llmp__arena_free(&(*import)->arena);
    free(*import);
    *import = NULL;
}

/* --- reading ------------------------------------------------------------------------------------
 */

llmp_import_kind llmp_import_kind_of(const llmp_import *import)
{
    return import->kind;
}

const llmp_model *llmp_import_model(const llmp_import *import)
{
    return &import->model;
}

const llmp_tensor *llmp_import_tensors(const llmp_import *import, size_t *out_count)
{
    *out_count = import->tensor_count;
    return import->tensor_count > 0 ? import->tensors : NULL;
}

const char *llmp_import_quant_title(const llmp_import *import)
{
    return import->quant_title;
}

uint64_t llmp_import_tensor_bytes(const llmp_import *import)
{
    return import->tensor_bytes;
}

uint64_t llmp_import_file_bytes(const llmp_import *import)
{
    return import->file_bytes;
}

llmp_status llmp_import_arch(const llmp_catalog *catalog, const llmp_import *import,
                             const llmp_quant *quant, llmp_arch **out, llmp_error *error)
{
    if (catalog == NULL || import == NULL || out == NULL) {
        return llmp__fail_argument(error, "import", "or the catalog is NULL");
    }
    /* MLX, AWQ and the like pack weights, so only a file whose shapes are the model's stands for
     * itself. */
    if (quant == NULL && import->tensor_count > 0) {
        return llmp_arch_create_from_tensors(catalog, &import->model, import->tensors,
                                             import->tensor_count, import->quant_title, out, error);
    }
    const llmp_quant *chosen = quant != NULL ? quant : import->quant;
    if (chosen == NULL) {
        llmp_status status =
            llmp__fail(error, LLMP_E_ARGUMENT, "the config states no quantisation; choose one");
        llmp__hint(error, "for example BF16, FP8 or Q4_K_M");
        return status;
    }
    return llmp_arch_create(catalog, &import->model, chosen, NULL, out, error);
}

void llmp_text_free(char *text)
{
    free(text);
}
