/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/utf8.h"

#include <string.h>

enum { REPLACEMENT = 0xFFFD };

unsigned llmp__utf8_next(const char *text, uint32_t *out_code)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t code = s[0];
    unsigned more = 0;
    uint32_t smallest = 0;
    if (code < 0x80) {
        *out_code = (code < 0x20 && code != '\n') || code == 0x7F ? REPLACEMENT : code;
        return 1;
    }
    if (code >= 0xC2 && code < 0xE0) {
        more = 1;
        code &= 0x1F;
        smallest = 0x80;
    } else if (code >= 0xE0 && code < 0xF0) {
        more = 2;
        code &= 0x0F;
        smallest = 0x800;
    } else if (code >= 0xF0 && code < 0xF5) {
        more = 3;
        code &= 0x07;
        smallest = 0x10000;
    } else {
        *out_code = REPLACEMENT;
        return 1;
    }
    for (unsigned i = 1; i <= more; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            *out_code = REPLACEMENT;
            return i;
        }
        code = code << 6 | (s[i] & 0x3F);
    }
    bool valid = code >= smallest && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) &&
                 code >= 0xA0 && (code < 0x202A || code > 0x202E) &&
                 (code < 0x2066 || code > 0x2069);
    *out_code = valid ? code : REPLACEMENT;
    return more + 1;
}

unsigned llmp__utf8_code_width(uint32_t code)
{
    static const uint32_t wide[][2] = {
        {0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD},
    };
    if ((code >= 0x300 && code <= 0x36F) || (code >= 0x200B && code <= 0x200D) ||
        (code >= 0xFE00 && code <= 0xFE0F)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (code >= wide[i][0] && code <= wide[i][1]) {
            return 2;
        }
    }
    return 1;
}

unsigned llmp__utf8_width(const char *text)
{
    unsigned width = 0;
    while (*text != '\0') {
        uint32_t code;
        text += llmp__utf8_next(text, &code);
        width += llmp__utf8_code_width(code);
    }
    return width;
}

/* One look-alike a character, so that columns stay aligned. */
static char look_alike(uint32_t code)
{
    switch (code) {
    case 0xB1: /* plus-minus */
        return '~';
    case 0xB7: /* middle dot */
        return '|';
    case 0xD7: /* times */
        return 'x';
    case 0xB5: /* micro */
        return 'u';
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';
    case 0x2018:
    case 0x2019:
        return '\'';
    case 0x201C:
    case 0x201D:
        return '"';
    case 0x2026: /* ellipsis */
        return '.';
    case 0x2192:
        return '>';
    case 0x2248:
        return '~';
    case 0x2264:
        return '<';
    case 0x2265:
        return '>';
    case 0x2500:
        return '-';
    case 0x2502:
        return '|';
    case 0x2514:
    case 0x253C:
        return '+';
    case 0x2588:
        return '#';
    case 0xA0:
        return ' ';
    default:
        return '?';
    }
}

void llmp__utf8_add(llmp__text *out, const char *text, size_t length, bool ascii)
{
    const char *end = text + length;
    while (text < end && *text != '\0') {
        uint32_t code;
        unsigned bytes = llmp__utf8_next(text, &code);
        if (code < 0x80) {
            llmp__text_add_char(out, (char)code);
        } else if (ascii) {
            llmp__text_add_char(out, look_alike(code));
        } else if (code == REPLACEMENT) {
            llmp__text_add(out, "\xEF\xBF\xBD");
        } else {
            llmp__text_add_bytes(out, text, bytes);
        }
        text += bytes;
    }
}

size_t llmp__utf8_break(const char *text, unsigned width, const char **out_next)
{
    const char *at = text;
    const char *blank = NULL;
    unsigned used = 0;
    while (*at != '\0' && *at != '\n') {
        uint32_t code;
        unsigned bytes = llmp__utf8_next(at, &code);
        used += llmp__utf8_code_width(code);
        if (code == ' ') {
            if (used > width + 1 && blank != NULL) {
                break;
            }
            blank = at;
        } else if (used > width && blank != NULL) {
            break;
        }
        at += bytes;
    }
    bool whole = *at == '\0' || *at == '\n';
    const char *end = whole && (used <= width || blank == NULL) ? at : blank;
    const char *next = end;
    if (*next == '\n') {
        next++;
    } else {
        while (*next == ' ') {
            next++;
        }
    }
    *out_next = next;
    while (end > text && end[-1] == ' ') {
        end--;
    }
    return (size_t)(end - text);
}
