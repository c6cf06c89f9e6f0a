/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doc/json_scan.h"

#include "base/error.h"
#include "base/number.h"
#include "doc/json.h"

#include <stdlib.h>
#include <string.h>

llmp_status llmp__json_fail(const llmp__json_scan *scan, llmp_status status, size_t at,
                            const char *what)
{
    uint32_t line = 1;
    size_t start = 0;
    at = at > scan->size ? scan->size : at;
    for (size_t i = 0; i < at; i++) {
        if (scan->text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    (void)llmp__fail_at(scan->error, status, scan->where, line, (uint32_t)(at - start + 1), NULL,
                        "%s", what);
    if (scan->error != NULL) {
        scan->error->offset_bytes = at;
        scan->error->has_offset = true;
    }
    return status;
}

static llmp_status fail_here(const llmp__json_scan *s, llmp_status status, const char *what)
{
    return llmp__json_fail(s, status, s->at, what);
}

static llmp_status add(llmp__json_scan *s, llmp__json_place **list, size_t *count, size_t *capacity,
                       size_t length)
{
    if (*count >= LLMP__DOC_NODES_MAX) {
        return fail_here(s, LLMP_E_LIMIT, "more than 1,000,000 values in one document");
    }
    if (*count == *capacity) {
        size_t room = *capacity * 2 + 64;
        llmp__json_place *grown = realloc(*list, room * sizeof *grown);
        if (grown == NULL) {
            return llmp__fail_memory(s->error, s->where);
        }
        *list = grown;
        *capacity = room;
    }
    llmp__json_place *place = &(*list)[(*count)++];
    place->offset = (uint32_t)s->at;
    place->length = (uint32_t)length;
    place->line = s->line;
    place->column = (uint32_t)(s->at - s->line_start + 1);
    place->key = UINT32_MAX;
    return LLMP_OK;
}

static llmp_status add_value(llmp__json_scan *s, size_t length)
{
    llmp_status status = add(s, &s->values, &s->value_count, &s->value_capacity, length);
    if (status == LLMP_OK) {
        s->values[s->value_count - 1].key = s->pending_key;
        s->pending_key = UINT32_MAX;
    }
    return status;
}

/* Length of the string at the cursor, quotes included; 0 when it breaks off or is not allowed. */
static llmp_status string_length(const llmp__json_scan *s, size_t *out)
{
    for (size_t i = s->at + 1; i < s->size; i++) {
        unsigned char c = (unsigned char)s->text[i];
        if (c == '"') {
            *out = i + 1 - s->at;
            return LLMP_OK;
        }
        if (c < ' ') {
            return llmp__json_fail(s, LLMP_E_SYNTAX, i, "a control character in a string");
        }
        if (c == '\\') {
            if (s->size - i > 5 && memcmp(s->text + i, "\\u0000", 6) == 0) {
                return llmp__json_fail(s, LLMP_E_SYNTAX, i, "a NUL character in a string");
            }
            i++;
        }
    }
    return fail_here(s, LLMP_E_SYNTAX, "a string is never closed");
}

static llmp_status scan_string(llmp__json_scan *s)
{
    size_t length = 0;
    llmp_status status = string_length(s, &length);
    if (status != LLMP_OK) {
        return status;
    }
    size_t after = s->at + length;
    while (after < s->size && strchr(" \t\r\n", s->text[after]) != NULL && s->text[after] != '\0') {
        after++;
    }
    if (after < s->size && s->text[after] == ':') {
        status = add(s, &s->keys, &s->key_count, &s->key_capacity, length);
        s->pending_key = (uint32_t)(s->key_count - 1);
    } else {
        status = add_value(s, length);
    }
    s->at += length;
    return status;
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)? and within a double. */
static bool is_json_number(const char *text, size_t length)
{
    size_t i = length > 0 && text[0] == '-' ? 1 : 0;
    double value = 0;
    bool digit = i < length && text[i] >= '0' && text[i] <= '9';
    bool zero =
        digit && text[i] == '0' && i + 1 < length && text[i + 1] >= '0' && text[i + 1] <= '9';
    const char *point = memchr(text, '.', length);
    bool fraction =
        point == NULL || (point + 1 < text + length && point[1] >= '0' && point[1] <= '9');
    return digit && !zero && fraction && llmp__number_parse(text, length, &value);
}

static bool is_python(const char *text, size_t length)
{
    static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == length && memcmp(text, words[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* cJSON sees a 0 there. */
static llmp_status patch(llmp__json_scan *s, size_t length)
{
    if (s->patched == NULL) {
        s->patched = malloc(s->size + 1);
        if (s->patched == NULL) {
            return llmp__fail_memory(s->error, s->where);
        }
        memcpy(s->patched, s->text, s->size);
        s->patched[s->size] = '\0';
    }
    memset(s->patched + s->at, ' ', length);
    s->patched[s->at] = '0';
    return LLMP_OK;
}

static llmp_status scan_word(llmp__json_scan *s)
{
    size_t length = 0;
    while (s->at + length < s->size && strchr(" \t\r\n,:[]{}\"", s->text[s->at + length]) == NULL) {
        length++;
    }
    const char *word = s->text + s->at;
    bool literal =
        (length == 4 && (memcmp(word, "true", 4) == 0 || memcmp(word, "null", 4) == 0)) ||
        (length == 5 && memcmp(word, "false", 5) == 0);
    llmp_status status = LLMP_OK;
    if (!literal && is_python(word, length) && (s->flags & LLMP__JSON_PYTHON) != 0) {
        status = patch(s, length);
    } else if (!literal && is_python(word, length)) {
        status = fail_here(s, LLMP_E_SYNTAX, "a number that is not finite");
    } else if (!literal && !is_json_number(word, length)) {
        status = fail_here(s, LLMP_E_SYNTAX, "neither a finite number nor true, false or null");
    }
    if (status == LLMP_OK) {
        status = add_value(s, length);
    }
    s->at += length;
    return status;
}

static llmp_status scan_next(llmp__json_scan *s)
{
    llmp_status status = LLMP_OK;
    char c = s->text[s->at];
    switch (c) {
    case '\n':
        s->line++;
        s->line_start = s->at + 1;
        s->at++;
        break;
    case ' ':
    case '\t':
    case '\r':
    case ',':
    case ':':
        s->at++;
        break;
    case ']':
    case '}':
        s->depth -= s->depth > 0 ? 1 : 0;
        s->at++;
        break;
    case '[':
    case '{':
        if (s->depth == LLMP__DOC_DEPTH_MAX) {
            return fail_here(s, LLMP_E_LIMIT, "nested deeper than 64 levels");
        }
        s->depth++;
        status = add_value(s, 1);
        s->at++;
        break;
    case '"':
        status = scan_string(s);
        break;
    case '\0':
        status = fail_here(s, LLMP_E_SYNTAX, "a NUL character");
        break;
    default:
        status = scan_word(s);
        break;
    }
    return status;
}

llmp_status llmp__json_scan_run(llmp__json_scan *scan)
{
    llmp_status status = LLMP_OK;
    scan->line = 1;
    scan->pending_key = UINT32_MAX;
    if (scan->size >= 3 && memcmp(scan->text, "\xEF\xBB\xBF", 3) == 0) {
        scan->at = 3; /* byte order mark */
        scan->line_start = 3;
    }
    while (status == LLMP_OK && scan->at < scan->size) {
        status = scan_next(scan);
    }
    return status;
}

void llmp__json_scan_free(llmp__json_scan *scan)
{
    free(scan->patched);
    free(scan->values);
    free(scan->keys);
}
