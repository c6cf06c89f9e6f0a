/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file safetensors.h
 * @brief The header of one safetensors file, read and checked.
 */
#ifndef LLMP_IMPORT_SAFETENSORS_H
#define LLMP_IMPORT_SAFETENSORS_H

#include "base/arena.h"
#include "base/file.h"

enum { LLMP__ST_DIMS_MAX = 8 };

/** Number types of the format. */
typedef struct llmp__st_dtype {
    const char *name;
    uint32_t bits;
    const char *format; /* catalog id of plain weights of that type, or NULL */
} llmp__st_dtype;

typedef struct llmp__st_tensor {
    const char *name;
    const llmp__st_dtype *dtype;
    uint32_t dims;
    uint64_t shape[LLMP__ST_DIMS_MAX]; /* as written: rows first */
    uint64_t begin;                    /* in the data section */
    uint64_t bytes;
} llmp__st_tensor;

typedef struct llmp__st_header {
    llmp__st_tensor *tensors;
    size_t count;
    bool mlx; /* "__metadata__": {"format": "mlx"} */
} llmp__st_header;

/**
 * Reads a header: a length of 8 bytes, then JSON. Offsets must be contiguous from 0, and sizes must
 * be those of shape and type.
 * @param whole  the data must fill the rest of the file too
 * @return LLMP_E_SYNTAX, _TRUNCATED, _LIMIT, _DUPLICATE, _SCHEMA, _UNSUPPORTED (a type); LLMP_E_IO,
 * LLMP_E_MEMORY
 */
llmp_status llmp__st_read(llmp__reader *reader, bool whole, llmp__arena *arena,
                          llmp__st_header *out, llmp_error *error);

#endif
