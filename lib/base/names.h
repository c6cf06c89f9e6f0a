/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file names.h
 * @brief Comparing names as people type them, and suggesting the nearest.
 */
#ifndef LLMP_BASE_NAMES_H
#define LLMP_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Equal when case is ignored and ' ', '_' and '-' are one character. */
bool llmp__name_equal(const char *a, const char *b);

/** Equal for names that llmp__name_equal calls equal. */
uint64_t llmp__name_hash(const char *name);

/** Equal when case is ignored and ' ', '_' and '-' are left out ("RTX4090" and "rtx-4090"). */
bool llmp__name_equal_loose(const char *a, const char *b);

/** True when @p name begins with @p prefix (as llmp__name_equal) and a separator follows. */
bool llmp__name_in_family(const char *name, const char *prefix);

/** Insertions, deletions, substitutions and swaps of neighbours between two names, compared as in
 * llmp__name_equal; only the first 63 characters count. */
unsigned llmp__name_distance(const char *a, const char *b);

enum { LLMP__NEAREST_MAX = 3 };

/** Keeps the names nearest to a query among those offered. */
typedef struct llmp__nearest {
    const char *query;
    unsigned limit; /* names further than this are no suggestion */
    size_t count;
    const char *names[LLMP__NEAREST_MAX];
    unsigned distances[LLMP__NEAREST_MAX];
} llmp__nearest;

void llmp__nearest_begin(llmp__nearest *nearest, const char *query);
/** @p name is what a match is judged by, @p shown what is suggested; kept, not copied. */
void llmp__nearest_offer(llmp__nearest *nearest, const char *name, const char *shown);
/** "did you mean 'a', 'b' or 'c'?", "" when nothing is near. */
void llmp__nearest_format(const llmp__nearest *nearest, char *out, size_t out_size);

#endif
