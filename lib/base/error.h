/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file error.h
 * @brief Filling in llmp_error. Every function here accepts a NULL error and returns the status, so
 * that failing is one line: `return llmp__fail(error, LLMP_E_RANGE, "count is %d", n);`
 */
#ifndef LLMP_BASE_ERROR_H
#define LLMP_BASE_ERROR_H

#include <llmplan/status.h>
#include <stddef.h>

/** Sets status and message, clears the rest. */
llmp_status llmp__fail(llmp_error *error, llmp_status status, const char *format, ...)
    LLMP_PRINTF(3, 4);

/** As llmp__fail, with a place in a text. @p where and @p field may be NULL. */
llmp_status llmp__fail_at(llmp_error *error, llmp_status status, const char *where, uint32_t line,
                          uint32_t column, const char *field, const char *format, ...)
    LLMP_PRINTF(7, 8);

/** As llmp__fail, with a place in a binary file. */
llmp_status llmp__fail_offset(llmp_error *error, llmp_status status, const char *where,
                              uint64_t offset_bytes, const char *format, ...) LLMP_PRINTF(5, 6);

/** Adds to an error already set. */
void llmp__hint(llmp_error *error, const char *format, ...) LLMP_PRINTF(2, 3);
void llmp__set_field(llmp_error *error, const char *field);
void llmp__set_where(llmp_error *error, const char *where);

/** LLMP_E_MEMORY for @p what. */
llmp_status llmp__fail_memory(llmp_error *error, const char *what);

/** LLMP_E_ARGUMENT for a NULL or contradictory argument of that name. */
llmp_status llmp__fail_argument(llmp_error *error, const char *name, const char *why);

#endif
