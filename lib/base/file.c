/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static llmp_status io_error(llmp_error *error, const char *path, const char *verb)
{
    int code = errno;
    char reason[128] = "";
    if (strerror_r(code, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    return llmp__fail_at(error, LLMP_E_IO, path, 0, 0, NULL, "cannot %s: %s", verb,
                         reason[0] == '\0' ? "unknown error" : reason);
}

static llmp_status open_readable(const char *path, int *out_fd, struct stat *out_stat,
                                 llmp_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(error, path, "open");
    }
    if (fstat(fd, out_stat) != 0) {
        llmp_status status = io_error(error, path, "read");
        (void)close(fd);
        return status;
    }
    if (S_ISDIR(out_stat->st_mode)) {
        (void)close(fd);
        return llmp__fail_at(error, LLMP_E_IO, path, 0, 0, NULL, "is a directory, not a file");
    }
    *out_fd = fd;
    return LLMP_OK;
}

static llmp_status read_all(int fd, const char *path, size_t cap, char **out, size_t *out_size,
                            llmp_error *error)
{
    size_t size = 0;
    size_t room = 16384;
    char *data = malloc(room + 1);
    while (data != NULL) {
        ssize_t got = read(fd, data + size, room - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            llmp_status status = io_error(error, path, "read");
            free(data);
            return status;
        }
        size += (size_t)got;
        if (size > cap) {
            free(data);
            return llmp__fail_at(error, LLMP_E_LIMIT, path, 0, 0, NULL,
                                 "the file is larger than %zu bytes", cap);
        }
        if (got == 0) {
            data[size] = '\0';
            *out = data;
            *out_size = size;
            return LLMP_OK;
        }
        if (size == room) {
            room *= 2;
            char *grown = realloc(data, room + 1);
            if (grown == NULL) {
                free(data);
            }
            data = grown;
        }
    }
    return llmp__fail_memory(error, path);
}

llmp_status llmp__file_read(const char *path, size_t cap_bytes, char **out, size_t *out_size,
                            llmp_error *error)
{
    int fd = -1;
    struct stat info;
    llmp_status status = open_readable(path, &fd, &info, error);
    if (status != LLMP_OK) {
        return status;
    }
    status = read_all(fd, path, cap_bytes, out, out_size, error);
    (void)close(fd);
    return status;
}

enum { WINDOW_BYTES = 65536 };

llmp_status llmp__reader_open(llmp__reader *reader, const char *path, llmp_error *error)
{
    int fd = -1;
    struct stat info;
    llmp_status status = open_readable(path, &fd, &info, error);
    if (status != LLMP_OK) {
        return status;
    }
    if (!S_ISREG(info.st_mode)) {
        (void)close(fd);
        return llmp__fail_at(error, LLMP_E_IO, path, 0, 0, NULL, "is not a regular file");
    }
    unsigned char *window = malloc(WINDOW_BYTES);
    if (window == NULL) {
        (void)close(fd);
        return llmp__fail_memory(error, path);
    }
    memset(reader, 0, sizeof *reader);
    reader->where = path;
    reader->size = (uint64_t)info.st_size;
    reader->fd = fd;
    reader->window = window;
    return LLMP_OK;
}

void llmp__reader_memory(llmp__reader *reader, const void *data, size_t size, const char *where)
{
    memset(reader, 0, sizeof *reader);
    reader->where = where;
    reader->size = size;
    reader->fd = -1;
    reader->memory = data;
}

void llmp__reader_close(llmp__reader *reader)
{
    if (reader->fd >= 0) {
        (void)close(reader->fd);
    }
    free(reader->window);
    memset(reader, 0, sizeof *reader);
    reader->fd = -1;
}

uint64_t llmp__read_left(const llmp__reader *reader)
{
    return reader->size - reader->at;
}

static llmp_status truncated(const llmp__reader *reader, uint64_t size, llmp_error *error)
{
    return llmp__fail_offset(error, LLMP_E_TRUNCATED, reader->where, reader->at,
                             "the file ends: %" PRIu64 " bytes needed, %" PRIu64 " left", size,
                             llmp__read_left(reader));
}

/* Fills @p out from the file, in as many reads as it takes. */
static llmp_status read_at(const llmp__reader *reader, uint64_t offset, unsigned char *out,
                           size_t size, llmp_error *error)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(reader->fd, out + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return io_error(error, reader->where, "read");
        }
        if (got == 0) {
            return llmp__fail_offset(error, LLMP_E_TRUNCATED, reader->where, offset + done,
                                     "the file became shorter while it was read");
        }
        done += (size_t)got;
    }
    return LLMP_OK;
}

llmp_status llmp__read_bytes(llmp__reader *reader, void *out, size_t size, llmp_error *error)
{
    if (size > llmp__read_left(reader)) {
        return truncated(reader, size, error);
    }
    if (size == 0) {
        return LLMP_OK;
    }
    if (reader->memory != NULL) {
        memcpy(out, reader->memory + reader->at, size);
    } else if (size > WINDOW_BYTES) {
        llmp_status status = read_at(reader, reader->at, out, size, error);
        if (status != LLMP_OK) {
            return status;
        }
    } else {
        bool inside = reader->at >= reader->window_at &&
                      reader->at - reader->window_at + size <= reader->window_length;
        if (!inside) {
            uint64_t left = llmp__read_left(reader);
            size_t length = left < WINDOW_BYTES ? (size_t)left : (size_t)WINDOW_BYTES;
            reader->window_length = 0;
            llmp_status status = read_at(reader, reader->at, reader->window, length, error);
            if (status != LLMP_OK) {
                return status;
            }
            reader->window_at = reader->at;
            reader->window_length = length;
        }
        memcpy(out, reader->window + (reader->at - reader->window_at), size);
    }
    reader->at += size;
    return LLMP_OK;
}

llmp_status llmp__read_skip(llmp__reader *reader, uint64_t size, llmp_error *error)
{
    if (size > llmp__read_left(reader)) {
        return truncated(reader, size, error);
    }
    reader->at += size;
    return LLMP_OK;
}

/* An unsigned number of @p size bytes in the reader's byte order. */
static llmp_status read_number(llmp__reader *reader, size_t size, uint64_t *out, llmp_error *error)
{
    unsigned char bytes[8];
    llmp_status status = llmp__read_bytes(reader, bytes, size, error);
    if (status != LLMP_OK) {
        return status;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[reader->big_endian ? i : size - 1 - i];
    }
    *out = value;
    return LLMP_OK;
}

llmp_status llmp__read_u8(llmp__reader *reader, uint8_t *out, llmp_error *error)
{
    return llmp__read_bytes(reader, out, 1, error);
}

llmp_status llmp__read_u16(llmp__reader *reader, uint16_t *out, llmp_error *error)
{
    uint64_t value = 0;
    llmp_status status = read_number(reader, 2, &value, error);
    if (status == LLMP_OK) {
        *out = (uint16_t)value;
    }
    return status;
}

llmp_status llmp__read_u32(llmp__reader *reader, uint32_t *out, llmp_error *error)
{
    uint64_t value = 0;
    llmp_status status = read_number(reader, 4, &value, error);
    if (status == LLMP_OK) {
        *out = (uint32_t)value;
    }
    return status;
}

llmp_status llmp__read_u64(llmp__reader *reader, uint64_t *out, llmp_error *error)
{
    return read_number(reader, 8, out, error);
}

llmp_status llmp__read_f32(llmp__reader *reader, float *out, llmp_error *error)
{
    uint32_t bits = 0;
    llmp_status status = llmp__read_u32(reader, &bits, error);
    if (status == LLMP_OK) {
        memcpy(out, &bits, sizeof *out);
    }
    return status;
}

llmp_status llmp__read_f64(llmp__reader *reader, double *out, llmp_error *error)
{
    uint64_t bits = 0;
    llmp_status status = llmp__read_u64(reader, &bits, error);
    if (status == LLMP_OK) {
        memcpy(out, &bits, sizeof *out);
    }
    return status;
}
