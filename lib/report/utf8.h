/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Display width of UTF-8 text, and making foreign text safe to print. */
#ifndef LLMP_REPORT_UTF8_H
#define LLMP_REPORT_UTF8_H

#include "base/text.h"

/** Decodes one character at @p text (not at its end) and returns its length in bytes, at least 1.
 * What is not UTF-8, and every control character but newline, gives U+FFFD. */
unsigned llmp__utf8_next(const char *text, uint32_t *out_code);

/** Columns a character takes: 0, 1 or 2. */
unsigned llmp__utf8_code_width(uint32_t code);

/** Columns of text on a terminal. */
unsigned llmp__utf8_width(const char *text);

/** Appends at most @p length bytes of text as valid UTF-8 without control characters; with @p ascii
 * each character beyond ASCII becomes one that looks alike. */
void llmp__utf8_add(llmp__text *out, const char *text, size_t length, bool ascii);

/** Bytes of the first line of @p text when broken at blanks to @p width columns (a longer word
 * stays whole); *out_next is where the next line starts. */
size_t llmp__utf8_break(const char *text, unsigned width, const char **out_next);

#endif
