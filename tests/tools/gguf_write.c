/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gguf_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { U16 = 2, U32 = 4, I32 = 5, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9 };

static void die(const char *what)
{
    perror(what);
    exit(2);
}

void bytes_add(bytes *b, const void *data, size_t size)
{
    if (b->size + size > b->room) {
        b->room = (b->size + size) * 2;
        b->data = realloc(b->data, b->room);
        if (b->data == NULL) {
            die("memory");
        }
    }
    if (size > 0) {
        memcpy(b->data + b->size, data, size);
    }
    b->size += size;
}

static void add_number(bytes *b, bool big_endian, uint64_t value, unsigned size)
{
    unsigned char out[8];
    for (unsigned i = 0; i < size; i++) {
        unsigned shift = 8 * (big_endian ? size - 1 - i : i);
        out[i] = (unsigned char)(value >> shift & 0xFF);
    }
    bytes_add(b, out, size);
}

void bytes_u32(bytes *b, bool big_endian, uint32_t value)
{
    add_number(b, big_endian, value, 4);
}

void bytes_u64(bytes *b, bool big_endian, uint64_t value)
{
    add_number(b, big_endian, value, 8);
}

void bytes_text(bytes *b, bool big_endian, const char *text)
{
    bytes_u64(b, big_endian, strlen(text));
    bytes_add(b, text, strlen(text));
}

void gguf_begin(gguf_writer *w, uint32_t version, bool big_endian)
{
    memset(w, 0, sizeof *w);
    w->version = version;
    w->big_endian = big_endian;
    w->alignment = 32;
}

void gguf_free(gguf_writer *w)
{
    free(w->value_bytes.data);
    free(w->tensor_bytes.data);
    memset(w, 0, sizeof *w);
}

static bytes *add_key(gguf_writer *w, const char *key, uint32_t type)
{
    bytes *b = &w->value_bytes;
    bytes_text(b, w->big_endian, key);
    bytes_u32(b, w->big_endian, type);
    w->values++;
    return b;
}

void gguf_u16(gguf_writer *w, const char *key, uint16_t value)
{
    add_number(add_key(w, key, U16), w->big_endian, value, 2);
}

void gguf_u32(gguf_writer *w, const char *key, uint32_t value)
{
    bytes_u32(add_key(w, key, U32), w->big_endian, value);
}

void gguf_f32(gguf_writer *w, const char *key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_u32(add_key(w, key, F32), w->big_endian, bits);
}

void gguf_text(gguf_writer *w, const char *key, const char *value)
{
    bytes_text(add_key(w, key, STRING), w->big_endian, value);
}

static bytes *add_list(gguf_writer *w, const char *key, uint32_t type, uint64_t count)
{
    bytes *b = add_key(w, key, ARRAY);
    bytes_u32(b, w->big_endian, type);
    bytes_u64(b, w->big_endian, count);
    return b;
}

void gguf_u32_list(gguf_writer *w, const char *key, const uint32_t *values, size_t count)
{
    bytes *b = add_list(w, key, U32, count);
    for (size_t i = 0; i < count; i++) {
        bytes_u32(b, w->big_endian, values[i]);
    }
}

void gguf_bool_list(gguf_writer *w, const char *key, const bool *values, size_t count)
{
    bytes *b = add_list(w, key, BOOL, count);
    for (size_t i = 0; i < count; i++) {
        add_number(b, w->big_endian, values[i], 1);
    }
}

void gguf_tokens(gguf_writer *w, uint32_t count)
{
    char token[32];
    bytes *b = add_list(w, "tokenizer.ggml.tokens", STRING, count);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(token, sizeof token, "token%x", (unsigned)(i * 2654435761u));
        bytes_text(b, w->big_endian, token);
    }
    b = add_list(w, "tokenizer.ggml.scores", F32, count);
    for (uint32_t i = 0; i < count; i++) {
        bytes_u32(b, w->big_endian, 0xC2000000u + i);
    }
    b = add_list(w, "tokenizer.ggml.token_type", I32, count);
    for (uint32_t i = 0; i < count; i++) {
        bytes_u32(b, w->big_endian, 1);
    }
}

void gguf_tensor(gguf_writer *w, const char *name, uint32_t type, uint32_t dims, const uint64_t *ne,
                 uint64_t data_bytes)
{
    bytes *b = &w->tensor_bytes;
    bytes_text(b, w->big_endian, name);
    bytes_u32(b, w->big_endian, dims);
    for (uint32_t i = 0; i < dims; i++) {
        bytes_u64(b, w->big_endian, ne[i]);
    }
    bytes_u32(b, w->big_endian, type);
    bytes_u64(b, w->big_endian, w->data_bytes);
    w->data_bytes += (data_bytes + w->alignment - 1) / w->alignment * w->alignment;
    w->tensors++;
}

unsigned char *gguf_header(const gguf_writer *w, size_t *out_size)
{
    static const unsigned char zeros[64];
    bytes b = {NULL, 0, 0};
    bytes_add(&b, "GGUF", 4);
    bytes_u32(&b, w->big_endian, w->version);
    bytes_u64(&b, w->big_endian, w->tensors);
    bytes_u64(&b, w->big_endian, w->values);
    bytes_add(&b, w->value_bytes.data, w->value_bytes.size);
    bytes_add(&b, w->tensor_bytes.data, w->tensor_bytes.size);
    while (b.size % w->alignment != 0) {
        bytes_add(&b, zeros, 1);
    }
    *out_size = b.size;
    return b.data;
}

void gguf_save(const gguf_writer *w, const char *path)
{
    size_t size = 0;
    unsigned char *header = gguf_header(w, &size);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(header, 1, size, file) != size || fflush(file) != 0 ||
        ftruncate(fileno(file), (off_t)(size + w->data_bytes)) != 0 || fclose(file) != 0) {
        die(path);
    }
    free(header);
}
