/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file gguf.h
 * @brief The header of one GGUF file, read and checked; tensor data is never touched.
 */
#ifndef LLMP_IMPORT_GGUF_H
#define LLMP_IMPORT_GGUF_H

#include "base/arena.h"
#include "base/file.h"

#include <llmplan/catalog.h>

typedef enum llmp__gguf_type {
    LLMP__GGUF_U8 = 0,
    LLMP__GGUF_I8 = 1,
    LLMP__GGUF_U16 = 2,
    LLMP__GGUF_I16 = 3,
    LLMP__GGUF_U32 = 4,
    LLMP__GGUF_I32 = 5,
    LLMP__GGUF_F32 = 6,
    LLMP__GGUF_BOOL = 7,
    LLMP__GGUF_STRING = 8,
    LLMP__GGUF_ARRAY = 9,
    LLMP__GGUF_U64 = 10,
    LLMP__GGUF_I64 = 11,
    LLMP__GGUF_F64 = 12
} llmp__gguf_type;

/** One key. Whole numbers and bools, alone or in short lists, are kept as int64_t. */
typedef struct llmp__gguf_value {
    const char *key;
    uint32_t type;         /* llmp__gguf_type */
    uint32_t element_type; /* of an array */
    uint64_t count;        /* of an array; 1 otherwise */
    uint64_t offset;       /* in the file, for messages */
    const int64_t *wholes; /* count entries, or NULL: floats, strings, long arrays */
    const char *text;      /* strings */
} llmp__gguf_value;

typedef struct llmp__gguf_tensor {
    const char *name;
    uint32_t dims;
    uint32_t type;
    uint64_t ne[4];
    uint64_t data;   /* offset in the data section */
    uint64_t offset; /* of this entry in the file */
} llmp__gguf_tensor;

typedef struct llmp__gguf {
    const char *where;
    uint32_t version;
    bool big_endian;
    uint64_t alignment;
    uint64_t data_at; /* where the data section begins */
    uint64_t size;    /* of the file */
    llmp__gguf_value *values;
    size_t value_count;
    llmp__gguf_tensor *tensors;
    size_t tensor_count;
} llmp__gguf;

/**
 * Reads a header. @return LLMP_E_SYNTAX, _TRUNCATED, _LIMIT, _DUPLICATE, _VALUE, _UNSUPPORTED with
 * the offset; LLMP_E_IO, LLMP_E_MEMORY
 */
llmp_status llmp__gguf_read(llmp__reader *reader, llmp__arena *arena, llmp__gguf *out,
                            llmp_error *error);

/** The value under that key, or NULL. */
const llmp__gguf_value *llmp__gguf_find(const llmp__gguf *gguf, const char *key);

/** A whole number; entry @p i of a list of them. False when absent, negative or no such thing. */
bool llmp__gguf_whole(const llmp__gguf_value *value, size_t i, uint64_t *out);

#endif
