/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file status.h
 * @brief How every fallible llmplan function reports what went wrong.
 *
 * A function that can fail returns an llmp_status and takes an optional llmp_error last. Outputs
 * are untouched on failure and fully set on success. The library never prints, exits or aborts.
 * "Does not fit" is an answer, not an error.
 */
#ifndef LLMPLAN_STATUS_H
#define LLMPLAN_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define LLMP_NODISCARD __attribute__((warn_unused_result))
#define LLMP_PRINTF(format_index, first_arg) \
    __attribute__((format(printf, format_index, first_arg)))
#else
#define LLMP_NODISCARD
#define LLMP_PRINTF(format_index, first_arg)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define LLMP_API __attribute__((visibility("default")))
#else
#define LLMP_API
#endif

/**
 * Result of a fallible call, grouped by whose fault it is, so that a caller can test the group:
 * 1-19 the argument, 20-39 the input file, 40-59 a valid question without an answer, 60+ the
 * environment.
 */
typedef enum llmp_status {
    LLMP_OK = 0,

    LLMP_E_ARGUMENT = 1,   /**< a NULL or contradictory argument, or struct_size 0 */
    LLMP_E_RANGE = 2,      /**< a number outside the range its documentation states */
    LLMP_E_UNKNOWN = 3,    /**< no catalog record of that name; the hint has the nearest ones */
    LLMP_E_AMBIGUOUS = 4,  /**< a name several records answer to; the hint lists them */
    LLMP_E_IMPOSSIBLE = 5, /**< a combination that no engine can run (MLX on an NVIDIA card) */

    LLMP_E_SYNTAX = 20,      /**< the file is not well-formed YAML, JSON, CSV or GGUF */
    LLMP_E_SCHEMA = 21,      /**< unknown key, missing required key, wrong type */
    LLMP_E_VALUE = 22,       /**< a value in the file is outside its range */
    LLMP_E_REFERENCE = 23,   /**< a record names another one that does not exist */
    LLMP_E_DUPLICATE = 24,   /**< the same key, id or alias twice */
    LLMP_E_UNSUPPORTED = 25, /**< a valid file of a kind, version or layer type we do not know */
    LLMP_E_TRUNCATED = 26,   /**< the file ends before what its header promises */
    LLMP_E_LIMIT = 27,       /**< depth, count or size beyond the documented cap */

    LLMP_E_NO_DATA = 40,     /**< a fact that the answer needs is unknown */
    LLMP_E_NO_SOLUTION = 41, /**< a solver that promises a plan found none */

    LLMP_E_MEMORY = 60,  /**< an allocation failed */
    LLMP_E_IO = 61,      /**< a file cannot be opened, read or written */
    LLMP_E_INTERNAL = 62 /**< a broken invariant: a bug in llmplan */
} llmp_status;

/**
 * What went wrong and where. Owned by the caller, never allocates, valid after any call; all text
 * is NUL-terminated. Initialise with LLMP_ERROR_INIT or leave it to the callee, which sets every
 * member on failure and none on success.
 */
typedef struct llmp_error {
    llmp_status status;
    char message[384];     /**< what was found and what was expected, one sentence */
    char hint[256];        /**< the nearest valid choice or the next thing to do; may be empty */
    char where[256];       /**< file name, flag or "argument"; may be empty */
    char field[96];        /**< the key or argument, such as "devices[3].tdp_w"; may be empty */
    uint32_t line;         /**< 1-based; 0 when there is none */
    uint32_t column;       /**< 1-based; 0 when there is none */
    uint64_t offset_bytes; /**< place in a binary file; meaningful when has_offset */
    bool has_offset;
} llmp_error;

#define LLMP_ERROR_INIT                         \
    {                                           \
        LLMP_OK, "", "", "", "", 0, 0, 0, false \
    }

/** The name of a status, such as "E_RANGE"; "E_?" for a number that is none. Never NULL. */
LLMP_API const char *llmp_status_name(llmp_status status);

/**
 * Writes "WHERE:LINE:COLUMN: MESSAGE (FIELD)" and, on a second line, the hint, into @p out.
 * @param error       not NULL
 * @param out         at least @p out_size bytes, always NUL-terminated when @p out_size > 0
 * @return the length the text has or would have had, without the NUL (as snprintf)
 */
LLMP_API int llmp_error_format(const llmp_error *error, char *out, uint64_t out_size);

#ifdef __cplusplus
}
#endif
#endif
