/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(llmp__text *text, size_t extra)
{
    if (text->failed || extra > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    size_t need = text->length + extra + 1;
    if (need > text->capacity) {
        size_t capacity = text->capacity * 2 > need ? text->capacity * 2 : need + 63;
        char *grown = realloc(text->data, capacity);
        if (grown == NULL) {
            text->failed = true;
            return false;
        }
        text->data = grown;
        text->capacity = capacity;
    }
    return true;
}

void llmp__text_add_bytes(llmp__text *text, const char *part, size_t length)
{
    if (reserve(text, length)) {
        if (length > 0) {
            memcpy(text->data + text->length, part, length);
        }
        text->length += length;
        text->data[text->length] = '\0';
    }
}

void llmp__text_add(llmp__text *text, const char *part)
{
    llmp__text_add_bytes(text, part, strlen(part));
}

void llmp__text_add_char(llmp__text *text, char c)
{
    llmp__text_add_bytes(text, &c, 1);
}

void llmp__text_add_indent(llmp__text *text, unsigned spaces)
{
    for (unsigned i = 0; i < spaces; i++) {
        llmp__text_add_char(text, ' ');
    }
}

void llmp__text_add_format(llmp__text *text, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0) {
        text->failed = true;
    } else if (reserve(text, (size_t)length)) {
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

const char *llmp__text_get(const llmp__text *text)
{
    return text->data == NULL ? "" : text->data;
}

void llmp__text_free(llmp__text *text)
{
    free(text->data);
    *text = (llmp__text){NULL, 0, 0, false};
}
