/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_DOC_JSON_H
#define LLMP_DOC_JSON_H

#include "doc/tree.h"

enum {
    LLMP__JSON_STRICT = 0,
    /* NaN, Infinity and -Infinity as Python writes them, as plain text that is no number. */
    LLMP__JSON_PYTHON = 1
};

/**
 * Reads one JSON value: RFC 8259 to the letter, and no duplicate keys, numbers beyond a double or
 * NUL in strings. Numbers keep their digits, so that whole numbers are read exactly or not at all
 * (llmp__node_whole).
 * @param flags  LLMP__JSON_STRICT or LLMP__JSON_PYTHON
 * @param arena  receives the tree
 * @return LLMP_E_SYNTAX, LLMP_E_DUPLICATE, LLMP_E_LIMIT with line, column and byte offset;
 *         LLMP_E_MEMORY
 */
llmp_status llmp__json_parse(const char *text, size_t text_bytes, const char *where, unsigned flags,
                             llmp__arena *arena, llmp__node **out, llmp_error *error);

#endif
