/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file import.h
 * @brief Foreign model files as catalog records: GGUF, safetensors, Hugging Face configs.
 *
 * Only headers are read: a file of 400 GB answers in milliseconds. Input is treated as hostile:
 * every count and offset is checked against the file's size, and no allocation is larger than the
 * bytes that justify it.
 */
#ifndef LLMPLAN_IMPORT_H
#define LLMPLAN_IMPORT_H

#include <llmplan/arch.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_import_kind {
    LLMP_IMPORT_GGUF = 0,
    LLMP_IMPORT_SAFETENSORS = 1, /**< one file, or a model.safetensors.index.json with its shards */
    LLMP_IMPORT_HF_CONFIG = 2    /**< a config.json alone: geometry, no tensors */
} llmp_import_kind;

/** What a file says. Owns its record and tensors. */
typedef struct llmp_import llmp_import;

/**
 * Opens a GGUF file (the first of a split set finds the others), a safetensors file, a Hugging Face
 * folder (config.json with or without weights) or a config.json, whichever @p path is.
 * @return LLMP_E_IO; LLMP_E_SYNTAX, _TRUNCATED, _LIMIT, _DUPLICATE with a byte offset;
 * LLMP_E_UNSUPPORTED (GGUF version, tensor type, attention or layer kind: named); LLMP_E_SCHEMA (a
 * key is missing or of the wrong type); LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_import_open(const llmp_catalog *catalog, const char *path,
                                                     llmp_import **out, llmp_error *error);

/** As llmp_import_open, from memory; for one GGUF or safetensors header or a config.json. */
LLMP_API LLMP_NODISCARD llmp_status llmp_import_memory(const llmp_catalog *catalog,
                                                       const void *data, size_t data_bytes,
                                                       llmp_import_kind kind, const char *where,
                                                       llmp_import **out, llmp_error *error);

/** Frees; sets *import to NULL; accepts NULL. */
LLMP_API void llmp_import_destroy(llmp_import **import);

LLMP_API llmp_import_kind llmp_import_kind_of(const llmp_import *import);
/** The model record. `missing` is set when the file does not tell the whole geometry. */
LLMP_API const llmp_model *llmp_import_model(const llmp_import *import);
/** Tensors with roles, formats and bytes; NULL and 0 for a bare config. */
LLMP_API const llmp_tensor *llmp_import_tensors(const llmp_import *import, size_t *out_count);
/** Quant id or label of the file ("Q4_K_M", "mixed"); NULL when a bare config states none. */
LLMP_API const char *llmp_import_quant_title(const llmp_import *import);
/** Sum of all tensor bytes, and of the file or files (0 for memory). */
LLMP_API uint64_t llmp_import_tensor_bytes(const llmp_import *import);
LLMP_API uint64_t llmp_import_file_bytes(const llmp_import *import);

/**
 * The arch of the file: its own tensors where it has them, else its geometry under @p quant.
 * @param quant  NULL: the file's; required for a bare config of an unquantised model
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_import_arch(const llmp_catalog *catalog,
                                                     const llmp_import *import,
                                                     const llmp_quant *quant, llmp_arch **out,
                                                     llmp_error *error);

/**
 * Writes the model record as an overlay that llmp_catalog_overlay reads back to the same record.
 * @param out  allocated; free with llmp_text_free
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_import_overlay_text(const llmp_import *import, char **out,
                                                             llmp_error *error);

/** Frees text the library allocated; accepts NULL. */
LLMP_API void llmp_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
