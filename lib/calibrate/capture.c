/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The container of a capture, and its text. */
#include "calibrate/capture.h"

#include "base/error.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char first_line[] = "llmplan capture 1\n";
static const char section_mark[] = "=== ";
enum { MARK = sizeof section_mark - 1, SECTIONS_MAX = 4096, NAME_MAX_BYTES = 200 };

llmp_capture *llmp__capture_new(void)
{
    return calloc(1, sizeof(llmp_capture));
}

void llmp_capture_destroy(llmp_capture **capture)
{
    if (capture == NULL || *capture == NULL) {
        return;
    }
    llmp__arena_free(&(*capture)->arena);
    free((*capture)->sections);
    free(*capture);
    *capture = NULL;
}

static bool grow(llmp_capture *capture)
{
    if (capture->count < capture->capacity) {
        return true;
    }
    size_t capacity = capture->capacity == 0 ? 64 : 2 * capture->capacity;
    llmp__section *grown = realloc(capture->sections, capacity * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    capture->sections = grown;
    capture->capacity = capacity;
    return true;
}

/* A line that looks like a section's begin would end the one it is in. */
static void clean(char *text)
{
    bool at_start = true;
    for (char *c = text; *c != '\0'; c++) {
        if (at_start && strncmp(c, section_mark, MARK) == 0) {
            *c = '?';
        }
        at_start = *c == '\n';
        if (((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t') || (unsigned char)*c >= 0x7f) {
            *c = '?';
        }
    }
}

void llmp__capture_add(llmp_capture *capture, const char *name, const char *text, size_t length)
{
    capture->bytes += length + strlen(name);
    if (capture->failed || capture->bytes > LLMP_CAPTURE_BYTES_MAX ||
        capture->count >= SECTIONS_MAX || !grow(capture)) {
        capture->failed = true;
        return;
    }
    char *body = llmp__arena_alloc(&capture->arena, length + 1, 1);
    const char *copy = llmp__arena_text(&capture->arena, name, strlen(name));
    if (body == NULL || copy == NULL) {
        capture->failed = true;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        body[i] = text[i] == '\0' ? '\n' : text[i];
    }
    clean(body);
    capture->sections[capture->count++] = (llmp__section){copy, body};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const llmp__section *)a)->name, ((const llmp__section *)b)->name);
}

llmp_status llmp__capture_seal(llmp_capture *capture, llmp_error *error)
{
    if (capture->failed) {
        return capture->bytes > LLMP_CAPTURE_BYTES_MAX || capture->count >= SECTIONS_MAX
                   ? llmp__fail(error, LLMP_E_LIMIT, "a capture of more than %u MiB or %d sections",
                                LLMP_CAPTURE_BYTES_MAX >> 20, SECTIONS_MAX)
                   : llmp__fail_memory(error, "the capture");
    }
    if (capture->count > 0) {
        qsort(capture->sections, capture->count, sizeof *capture->sections, by_name);
    }
    for (size_t i = 1; i < capture->count; i++) {
        if (strcmp(capture->sections[i - 1].name, capture->sections[i].name) == 0) {
            return llmp__fail(error, LLMP_E_DUPLICATE, "the section '%.120s' is there twice",
                              capture->sections[i].name);
        }
    }
    return LLMP_OK;
}

const char *llmp__capture_get(const llmp_capture *capture, const char *name)
{
    llmp__section key = {name, NULL};
    const llmp__section *found =
        capture->count == 0
            ? NULL
            : bsearch(&key, capture->sections, capture->count, sizeof *capture->sections, by_name);
    return found == NULL ? NULL : found->text;
}

bool llmp__capture_line(const llmp_capture *capture, const char *folder, const char *file,
                        char *out, size_t out_size)
{
    char path[2 * NAME_MAX_BYTES];
    int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    const char *text =
        length < 0 || (size_t)length >= sizeof path ? NULL : llmp__capture_get(capture, path);
    if (text == NULL) {
        return false;
    }
    text += strspn(text, " \t");
    size_t size = strcspn(text, "\n");
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t')) {
        size--;
    }
    if (size == 0 || size >= out_size) {
        return false;
    }
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

static bool hex_parse(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    size_t digits = strspn(text, "0123456789abcdefABCDEF");
    if (digits == 0 || digits > 16 || text[digits] != '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        int digit = *text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10;
        value = value << 4 | (uint64_t)digit;
    }
    *out = value;
    return true;
}

bool llmp__capture_whole(const llmp_capture *capture, const char *folder, const char *file,
                         uint64_t *out)
{
    char line[40];
    if (!llmp__capture_line(capture, folder, file, line, sizeof line)) {
        return false;
    }
    return strncmp(line, "0x", 2) == 0 ? hex_parse(line + 2, out)
                                       : llmp__whole_parse(line, strlen(line), out);
}

/* --- text -------------------------------------------------------------------------------------
 */

llmp_status llmp_capture_text(const llmp_capture *capture, char **out, llmp_error *error)
{
    llmp__text text = {0};
    if (capture == NULL || out == NULL) {
        return llmp__fail_argument(error, "capture or output", "is NULL");
    }
    llmp__text_add(&text, first_line);
    for (size_t i = 0; i < capture->count; i++) {
        const char *body = capture->sections[i].text;
        size_t length = strlen(body);
        llmp__text_add_format(&text, "%s%s\n", section_mark, capture->sections[i].name);
        llmp__text_add_bytes(&text, body, length);
        if (length > 0 && body[length - 1] != '\n') {
            llmp__text_add_char(&text, '\n');
        }
    }
    if (text.failed) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "the capture's text");
    }
    *out = text.data; /* the caller's now */
    return LLMP_OK;
}

static bool good_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_BYTES || strstr(name, "..") != NULL) {
        return false;
    }
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f) {
            return false;
        }
    }
    return true;
}

/* What stands for the version: to the end of the line, and not long. */
static size_t version_length(const char *text, size_t size, size_t from)
{
    size_t length = 0;
    while (from + length < size && length < 8 && text[from + length] > ' ') {
        length++;
    }
    return length;
}

static llmp_status parse_head(const char *text, size_t size, const char *where, llmp_error *error)
{
    static const char head[] = "llmplan capture ";
    if (size < sizeof head || memcmp(text, head, sizeof head - 1) != 0) {
        (void)llmp__fail_at(error, LLMP_E_SYNTAX, where, 1, 1, NULL,
                            "this is no capture: it does not begin with '%s1'", head);
        llmp__hint(error, "make one with: llmplan detect --dump FILE");
        return LLMP_E_SYNTAX;
    }
    if (size < sizeof first_line - 1 || memcmp(text, first_line, sizeof first_line - 1) != 0) {
        return llmp__fail_at(error, LLMP_E_UNSUPPORTED, where, 1, sizeof head, NULL,
                             "a capture of version '%.*s', this program reads 1",
                             (int)version_length(text, size, sizeof head - 1),
                             text + sizeof head - 1);
    }
    return LLMP_OK;
}

static llmp_status parse_sections(llmp_capture *capture, const char *text, size_t size,
                                  const char *where, llmp_error *error)
{
    size_t at = sizeof first_line - 1;
    uint32_t line = 2;
    char name[NAME_MAX_BYTES + 1] = "";
    size_t begin = at;
    while (at <= size) {
        const char *newline = at < size ? memchr(text + at, '\n', size - at) : NULL;
        size_t end = newline == NULL ? size : (size_t)(newline - text);
        bool mark = end - at >= MARK && memcmp(text + at, section_mark, MARK) == 0;
        if (mark || at == size) {
            if (name[0] != '\0') {
                llmp__capture_add(capture, name, text + begin, at - begin);
            } else if (begin != at) {
                return llmp__fail_at(error, LLMP_E_SYNTAX, where, 2, 1, NULL,
                                     "expected a section, '%sNAME'", section_mark);
            }
        }
        if (at == size) {
            break;
        }
        if (mark) {
            size_t length = end - at - MARK;
            (void)snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : 0,
                           text + at + MARK);
            if (!good_name(name)) {
                return llmp__fail_at(error, LLMP_E_SYNTAX, where, line, MARK + 1, NULL,
                                     "'%.60s' is no name of a section", name);
            }
            begin = newline == NULL ? size : end + 1;
        }
        at = newline == NULL ? size : end + 1;
        line++;
    }
    return LLMP_OK;
}

llmp_status llmp_capture_parse(const char *text, size_t text_bytes, const char *where,
                               llmp_capture **out, llmp_error *error)
{
    if ((text == NULL && text_bytes > 0) || out == NULL) {
        return llmp__fail_argument(error, "text or output", "is NULL");
    }
    where = where == NULL ? "capture" : where;
    if (text_bytes > LLMP_CAPTURE_BYTES_MAX) {
        (void)llmp__fail(error, LLMP_E_LIMIT, "a capture of more than %u MiB",
                         LLMP_CAPTURE_BYTES_MAX >> 20);
        llmp__set_where(error, where);
        return LLMP_E_LIMIT;
    }
    llmp_status status = parse_head(text_bytes == 0 ? "" : text, text_bytes, where, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp_capture *capture = llmp__capture_new();
    if (capture == NULL) {
        return llmp__fail_memory(error, "the capture");
    }
    status = parse_sections(capture, text, text_bytes, where, error);
    if (status == LLMP_OK) {
        status = llmp__capture_seal(capture, error);
        if (status != LLMP_OK) {
            llmp__set_where(error, where);
        }
    }
    if (status != LLMP_OK) {
        llmp_capture_destroy(&capture);
        return status;
    }
    *out = capture;
    return LLMP_OK;
}
