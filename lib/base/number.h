/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file number.h
 * @brief Numbers and text, exactly and in any locale.
 */
#ifndef LLMP_BASE_NUMBER_H
#define LLMP_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LLMP__NUMBER_SIZE = 32 };

/** [+-]digits[.digits][e[+-]digits], nothing around it, finite. */
bool llmp__number_parse(const char *text, size_t length, double *out);

/** Digits only, no overflow. */
bool llmp__whole_parse(const char *text, size_t length, uint64_t *out);

/** The shortest decimal that reads back as @p number ("82.58"). Not finite: "nan", "inf", "-inf".
 */
void llmp__number_format(double number, char out[LLMP__NUMBER_SIZE]);

/**
 * The same text without its final NUL, about ten times as fast, for finite numbers of 1e-4 to below
 * 1e15 in magnitude.
 * @return its length; 0 for other numbers, which llmp__number_format writes
 */
size_t llmp__number_shortest(double number, char out[LLMP__NUMBER_SIZE]);

/** A whole number in digits, without a final NUL. @return its length */
size_t llmp__whole_write(uint64_t number, char out[LLMP__NUMBER_SIZE]);

/** Nearest whole number; false when negative, not finite or 2^63 and more. */
bool llmp__round_u64(double number, uint64_t *out);

/**
 * The inverse of member = key * scale: the shortest decimal key that scales to exactly @p member.
 * With @p whole, to within rounding to a whole number.
 */
double llmp__unscale(double member, double scale, bool whole);

#endif
