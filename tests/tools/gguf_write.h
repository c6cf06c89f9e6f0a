/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file gguf_write.h
 * @brief Writes GGUF files for tests: any keys and tensors, v2 or v3, either byte order, no data.
 *
 * Data is a hole in the file, so one of 10 GB costs no disk. A tool for tests: it exits when memory
 * or the disk is full.
 */
#ifndef LLMP_TEST_GGUF_WRITE_H
#define LLMP_TEST_GGUF_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    unsigned char *data;
    size_t size;
    size_t room;
} bytes;

typedef struct gguf_writer {
    uint32_t version;
    bool big_endian;
    uint64_t alignment;
    uint64_t values;
    uint64_t tensors;
    uint64_t data_bytes; /* of tensors so far, padded */
    bytes value_bytes;
    bytes tensor_bytes;
} gguf_writer;

void gguf_begin(gguf_writer *w, uint32_t version, bool big_endian);
void gguf_free(gguf_writer *w);

void gguf_u16(gguf_writer *w, const char *key, uint16_t value);
void gguf_u32(gguf_writer *w, const char *key, uint32_t value);
void gguf_f32(gguf_writer *w, const char *key, float value);
void gguf_text(gguf_writer *w, const char *key, const char *value);
void gguf_u32_list(gguf_writer *w, const char *key, const uint32_t *values, size_t count);
void gguf_bool_list(gguf_writer *w, const char *key, const bool *values, size_t count);
/** tokenizer.ggml.tokens, .scores and .token_type of that many entries. */
void gguf_tokens(gguf_writer *w, uint32_t count);

/** A tensor of @p dims extents that takes @p data_bytes. */
void gguf_tensor(gguf_writer *w, const char *name, uint32_t type, uint32_t dims, const uint64_t *ne,
                 uint64_t data_bytes);

/** The header with its padding; malloc'ed. */
unsigned char *gguf_header(const gguf_writer *w, size_t *out_size);
/** The header and a hole for the data. */
void gguf_save(const gguf_writer *w, const char *path);

/* Pieces, for files that are wrong on purpose. */
void bytes_add(bytes *b, const void *data, size_t size);
void bytes_u32(bytes *b, bool big_endian, uint32_t value);
void bytes_u64(bytes *b, bool big_endian, uint64_t value);
void bytes_text(bytes *b, bool big_endian, const char *text);

#endif
