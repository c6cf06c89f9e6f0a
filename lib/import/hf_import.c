/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/import_private.h"

#include "base/error.h"
#include "doc/json.h"
#include "import/builder.h"
#include "import/hf_config.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIG_BYTES_MAX = 4 * 1024 * 1024 };

/* A name it states, else the file's; a folder's name says more than "config.json". */
static const char *name_of(const llmp__source *source, const llmp__node *root, llmp__arena *arena)
{
    const llmp__node *stated = llmp__node_get(root, "_name_or_path");
    if (stated != NULL && stated->kind == LLMP__NODE_QUOTED && *stated->text != '\0') {
        const char *slash = strrchr(stated->text, '/');
        return slash != NULL && slash[1] != '\0' ? slash + 1 : stated->text;
    }
    const char *end = strrchr(source->where, '/');
    const char *file = end != NULL ? end + 1 : source->where;
    if (strcmp(file, "config.json") != 0) { /* a config saved under the model's name */
        const char *dot = strrchr(file, '.');
        size_t length = dot != NULL && dot > file ? (size_t)(dot - file) : strlen(file);
        return llmp__arena_text(arena, file, length);
    }
    if (end == NULL || end == source->where) {
        return NULL;
    }
    const char *start = end;
    while (start > source->where && start[-1] != '/') {
        start--;
    }
    return llmp__arena_text(arena, start, (size_t)(end - start));
}

llmp_status llmp__import_config_text(const llmp__source *source, llmp_import *import,
                                     const char *text, size_t size)
{
    llmp__node *root = NULL;
    llmp_status status = llmp__json_parse(text, size, source->where, LLMP__JSON_PYTHON,
                                          &import->arena, &root, source->error);
    if (status != LLMP_OK) {
        return status;
    }
    if (root->kind != LLMP__NODE_MAP) {
        return llmp__fail_at(source->error, LLMP_E_SCHEMA, source->where, root->line, root->column,
                             NULL, "expected a map, found %s", llmp__node_kind_name(root));
    }
    llmp_model *model = &import->model;
    status = llmp__hf_geometry(root, source->where, &import->arena, model, source->error);
    if (status != LLMP_OK) {
        return status;
    }
    status = llmp__import_head(source, import, name_of(source, root, &import->arena), model->family,
                               "Hugging Face config", LLMP_GRADE_DATASHEET);
    char title[64];
    if (status == LLMP_OK && llmp__hf_quant_title(root, title)) {
        const char *kept = llmp__arena_text(&import->arena, title, strlen(title));
        if (kept == NULL) {
            return llmp__fail_memory(source->error, source->where);
        }
        llmp__import_title(source, import, kept);
    }
    model->native_format = llmp__hf_native_format(root);
    return status == LLMP_OK ? llmp__import_check(source, import, source->error) : status;
}

llmp_status llmp__import_config(const llmp__source *source, llmp_import *import)
{
    if (source->path == NULL) {
        if (source->data_bytes > CONFIG_BYTES_MAX) {
            return llmp__fail_at(source->error, LLMP_E_LIMIT, source->where, 0, 0, NULL,
                                 "a config larger than 4 MiB");
        }
        return llmp__import_config_text(source, import, source->data, source->data_bytes);
    }
    char *text = NULL;
    size_t size = 0;
    llmp_status status =
        llmp__file_read(source->path, CONFIG_BYTES_MAX, &text, &size, source->error);
    if (status == LLMP_OK) {
        status = llmp__import_config_text(source, import, text, size);
    }
    free(text);
    return status;
}
