/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file text.h
 * @brief Growable text. A failed allocation is remembered, so callers check once at the end.
 */
#ifndef LLMP_BASE_TEXT_H
#define LLMP_BASE_TEXT_H

#include <llmplan/status.h>
#include <stddef.h>

typedef struct llmp__text {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t length;
    size_t capacity;
    bool failed;
} llmp__text;

void llmp__text_add(llmp__text *text, const char *part);
void llmp__text_add_bytes(llmp__text *text, const char *part, size_t length);
void llmp__text_add_char(llmp__text *text, char c);
void llmp__text_add_format(llmp__text *text, const char *format, ...) LLMP_PRINTF(2, 3);
void llmp__text_add_indent(llmp__text *text, unsigned spaces);
/** What was written, "" when nothing. Owned by the text. */
const char *llmp__text_get(const llmp__text *text);
void llmp__text_free(llmp__text *text);

#endif
