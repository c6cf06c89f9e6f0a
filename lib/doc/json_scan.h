/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file json_scan.h
 * @brief A first pass over JSON text: what cJSON does not tell (where each value stands) and what
 * it lets through (numbers such as 01, control characters, depth, size).
 */
#ifndef LLMP_DOC_JSON_SCAN_H
#define LLMP_DOC_JSON_SCAN_H

#include "doc/tree.h"

/** Where a value or key starts. */
typedef struct llmp__json_place {
    uint32_t offset;
    uint32_t length; /* of a number, literal or string */
    uint32_t line;
    uint32_t column;
    uint32_t key; /* index of its key's place, or UINT32_MAX */
} llmp__json_place;

typedef struct llmp__json_scan {
    const char *text;
    size_t size;
    const char *where;
    unsigned flags;
    llmp_error *error;
    size_t at;
    uint32_t line;
    size_t line_start;
    size_t depth;
    char *patched; /* copy of the text with non-finite literals blanked out; NULL when none */
    llmp__json_place *values; /* in the order of the text */
    size_t value_count;
    size_t value_capacity;
    llmp__json_place *keys;
    size_t key_count;
    size_t key_capacity;
    uint32_t pending_key;
} llmp__json_scan;

llmp_status llmp__json_scan_run(llmp__json_scan *scan);
void llmp__json_scan_free(llmp__json_scan *scan);

/** Fails at a byte of the text. */
llmp_status llmp__json_fail(const llmp__json_scan *scan, llmp_status status, size_t at,
                            const char *what);

#endif
