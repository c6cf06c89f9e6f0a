/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results leave here: to standard output, or to a file that is whole or not there. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int io_error(const char *path, const char *what)
{
    (void)fprintf(stderr, "llmplan: %s: %s: %s\n", path, what, strerror(errno));
    return EXIT_IO;
}

static int write_stdout(const char *text, size_t length)
{
    bool written = fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0;
    if (!written) {
        /* a reader that has seen enough (head) is no trouble worth words */
        return errno == EPIPE ? EXIT_IO : io_error("standard output", "cannot write");
    }
    return EXIT_DONE;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text += written;
        length -= (size_t)written;
    }
    return true;
}

/* Beside the target, so that the rename stays on one file system. */
static int replace(const char *path, mode_t mode, const char *text, size_t length)
{
    size_t size = strlen(path) + 16;
    char *temporary = malloc(size);
    if (temporary == NULL) {
        return EXIT_INTERNAL;
    }
    (void)snprintf(temporary, size, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    if (fd < 0) {
        int code = io_error(path, "cannot create");
        free(temporary);
        return code;
    }
    bool good = write_all(fd, text, length) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    good = good && rename(temporary, path) == 0;
    int code = good ? EXIT_DONE : io_error(path, "cannot write");
    if (!good) {
        (void)unlink(temporary);
    }
    free(temporary);
    return code;
}

static int write_in_place(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return io_error(path, "cannot open");
    }
    bool good = fwrite(text, 1, length, file) == length;
    good = fclose(file) == 0 && good;
    return good ? EXIT_DONE : io_error(path, "cannot write");
}

int write_file(const char *path, const char *text, size_t length)
{
    struct stat info;
    if (strcmp(path, "-") == 0) {
        return write_stdout(text, length);
    }
    if (stat(path, &info) != 0) {
        mode_t mask = umask(0);
        (void)umask(mask);
        return replace(path, 0666 & ~mask, text, length);
    }
    if (!S_ISREG(info.st_mode)) {
        return write_in_place(path, text, length); /* a device or a pipe */
    }
    char *target = realpath(path, NULL); /* a link keeps pointing to what it names */
    if (target == NULL) {
        return io_error(path, "cannot open");
    }
    int code = replace(target, info.st_mode & 07777, text, length);
    free(target);
    return code;
}

int deliver(const arguments *args, const llmp_report_style *style, llmp_document **document,
            int exit_code)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_renderer *renderer = NULL;
    char *text = NULL;
    const char *format = args->json ? "json" : args->format == NULL ? "text" : args->format;
    llmp_status status = llmp_renderer_find(format, &renderer, &error);
    if (status == LLMP_OK) {
        status = llmp_document_render(*document, renderer, style, &text, &error);
    }
    llmp_document_destroy(document);
    if (status != LLMP_OK) {
        return fail("--format", &error);
    }
    int code = write_file(args->output == NULL ? "-" : args->output, text, strlen(text));
    llmp_text_free(text);
    return code == EXIT_DONE ? exit_code : code;
}

static int read_stream(FILE *stream, const char *name, size_t cap_bytes, char **out,
                       size_t *out_size)
{
    size_t size = 0;
    size_t room = 65536;
    char *data = malloc(room);
    while (data != NULL) {
        size += fread(data + size, 1, room - size, stream);
        if (size < room) {
            break;
        }
        if (size > cap_bytes) {
            free(data);
            (void)usage_error(name, NULL, "more than %zu MiB", cap_bytes >> 20);
            return EXIT_BAD_INPUT;
        }
        room *= 2;
        char *grown = realloc(data, room);
        if (grown == NULL) {
            free(data);
        }
        data = grown;
    }
    if (data == NULL) {
        return EXIT_INTERNAL;
    }
    if (ferror(stream)) {
        free(data);
        return io_error(name, "cannot read");
    }
    *out = data;
    *out_size = size;
    return EXIT_DONE;
}

int read_file(const char *path, size_t cap_bytes, char **out, size_t *out_size)
{
    if (strcmp(path, "-") == 0) {
        return read_stream(stdin, "standard input", cap_bytes, out, out_size);
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return io_error(path, "cannot open");
    }
    int code = read_stream(file, path, cap_bytes, out, out_size);
    (void)fclose(file);
    return code;
}
