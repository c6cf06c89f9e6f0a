/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_IMPORT_PRIVATE_H
#define LLMP_IMPORT_PRIVATE_H

#include "base/arena.h"
#include "base/file.h"

#include <llmplan/import.h>

struct llmp_import {
    llmp_import_kind kind;
    llmp__arena arena;
    llmp_model model;
    llmp_tensor *tensors;
    size_t tensor_count;
    uint64_t tensor_bytes;
    uint64_t file_bytes;
    const char *quant_title; /* NULL: the file states none */
    const llmp_quant *quant; /* a catalog record of that title, or NULL */
};

/** An import being made: where its pieces come from. */
typedef struct llmp__source {
    const llmp_catalog *catalog;
    const char *path;  /* NULL: memory */
    const char *where; /* for messages and the record's source */
    const void *data;
    size_t data_bytes;
    llmp_date as_of;
    llmp_error *error;
} llmp__source;

/* Each fills an import that is empty but for its kind; on failure the caller frees it. */
llmp_status llmp__import_gguf(const llmp__source *source, llmp_import *import);
llmp_status llmp__import_safetensors(const llmp__source *source, llmp_import *import);
llmp_status llmp__import_config(const llmp__source *source, llmp_import *import);

/** As llmp__import_config, from text; for a config beside weights. */
llmp_status llmp__import_config_text(const llmp__source *source, llmp_import *import,
                                     const char *text, size_t size);

/** Id, name and provenance of the record. @p name may be NULL: taken from the file name. */
llmp_status llmp__import_head(const llmp__source *source, llmp_import *import, const char *name,
                              const char *family, const char *what, llmp_grade grade);

/** Marks what the record knows and holds it to the rules of the catalog, so that an overlay of it
 * loads. Any status a loader has. */
llmp_status llmp__import_check(const llmp__source *source, llmp_import *import, llmp_error *error);

/** Keeps tensors and bytes but drops geometry: @p error says what the file does not tell. */
llmp_status llmp__import_partial(llmp_import *import, const llmp_error *why, llmp_error *error);

/** Sets the title, made printable, and the quant where the catalog knows it. */
void llmp__import_title(const llmp__source *source, llmp_import *import, const char *title);

/** The title of tensors nobody named: the format of most bytes, or "mixed". */
const char *llmp__import_common_format(const llmp_import *import);

/** Adds up tensor_bytes. */
void llmp__import_sum(llmp_import *import);

#endif
