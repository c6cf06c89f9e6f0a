/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file file.h
 * @brief Reading whole small files, and places in huge ones.
 */
#ifndef LLMP_BASE_FILE_H
#define LLMP_BASE_FILE_H

#include <llmplan/status.h>
#include <stddef.h>

/**
 * Reads a file of at most @p cap_bytes.
 * @param out  malloc'ed, with a NUL after the last byte
 * @return LLMP_E_IO, LLMP_E_LIMIT above the cap, LLMP_E_MEMORY
 */
llmp_status llmp__file_read(const char *path, size_t cap_bytes, char **out, size_t *out_size,
                            llmp_error *error);

/**
 * A cursor over a file or a buffer. Every read is checked against the real size, so a header that
 * lies gets LLMP_E_TRUNCATED with the offset; nothing is allocated by what the file claims.
 */
typedef struct llmp__reader {
    const char *where; /* for messages; borrowed */
    uint64_t size;
    uint64_t at;
    bool big_endian;
    int fd;                      /* -1 when reading from memory */
    const unsigned char *memory; /* NULL when reading from a file */
    unsigned char *window;       /* a stretch of the file, to save system calls */
    uint64_t window_at;
    size_t window_length;
} llmp__reader;

/** Opens @p path, kept by reference. @return LLMP_E_IO, LLMP_E_MEMORY */
llmp_status llmp__reader_open(llmp__reader *reader, const char *path, llmp_error *error);
/** Reads from @p data, which must outlive the reader. */
void llmp__reader_memory(llmp__reader *reader, const void *data, size_t size, const char *where);
void llmp__reader_close(llmp__reader *reader);

/** @return LLMP_E_TRUNCATED when the file ends before, LLMP_E_IO */
llmp_status llmp__read_bytes(llmp__reader *reader, void *out, size_t size, llmp_error *error);
llmp_status llmp__read_skip(llmp__reader *reader, uint64_t size, llmp_error *error);
llmp_status llmp__read_u8(llmp__reader *reader, uint8_t *out, llmp_error *error);
llmp_status llmp__read_u16(llmp__reader *reader, uint16_t *out, llmp_error *error);
llmp_status llmp__read_u32(llmp__reader *reader, uint32_t *out, llmp_error *error);
llmp_status llmp__read_u64(llmp__reader *reader, uint64_t *out, llmp_error *error);
llmp_status llmp__read_f32(llmp__reader *reader, float *out, llmp_error *error);
llmp_status llmp__read_f64(llmp__reader *reader, double *out, llmp_error *error);
/** Bytes between the cursor and the end. */
uint64_t llmp__read_left(const llmp__reader *reader);

#endif
