/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file units.h
 * @brief Units, grades, dates and estimates, and how people write them.
 *
 * In memory every quantity is in a coherent base unit (bytes, seconds, FLOP/s, watts, USD) and its
 * name ends in that unit. Human units exist only at the edges, through the functions below. GiB
 * (2^30) and GB (10^9) are different words everywhere; a bare "G" is refused.
 */
#ifndef LLMPLAN_UNITS_H
#define LLMPLAN_UNITS_H

#include <llmplan/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLMP_KIB ((uint64_t)1 << 10)
#define LLMP_MIB ((uint64_t)1 << 20)
#define LLMP_GIB ((uint64_t)1 << 30)
#define LLMP_GB 1e9

/** How a number came to be known, best first. The grade of a result is the worst of its inputs. */
typedef enum llmp_grade {
    LLMP_GRADE_EXACT = 0,     /**< arithmetic on exact inputs (a tensor header, an architecture) */
    LLMP_GRADE_MEASURED = 1,  /**< somebody measured it; the source says who */
    LLMP_GRADE_DATASHEET = 2, /**< the maker states it */
    LLMP_GRADE_DERIVED = 3,   /**< follows by a stated rule from graded facts */
    LLMP_GRADE_ESTIMATE = 4   /**< a prior: judgement with no measurement behind it */
} llmp_grade;

/** "exact", "measured", ... Never NULL. */
LLMP_API const char *llmp_grade_name(llmp_grade grade);

/** The worse of two grades. */
LLMP_API llmp_grade llmp_grade_worse(llmp_grade a, llmp_grade b);

/**
 * A calendar date as year*10000 + month*100 + day; day 0 when only the month is known, month 0 when
 * only the year is; 0 is unknown.
 */
typedef int32_t llmp_date;

/** Reads "2026", "2026-02" or "2026-02-23". @return LLMP_E_RANGE when it is no such date. */
LLMP_API LLMP_NODISCARD llmp_status llmp_date_parse(const char *text, llmp_date *out,
                                                    llmp_error *error);
/** Writes the date as precisely as it is known ("unknown" for 0). Returns as snprintf. */
LLMP_API int llmp_date_format(llmp_date date, char *out, size_t out_size);

/**
 * A predicted rate or time with its 80 % interval. p10 <= p50 <= p90 in value order whatever the
 * quantity. `ceiling` is the physical bound that no run can beat: the largest possible rate, or for
 * a time the smallest. Unit: that of the member holding the estimate.
 */
typedef struct llmp_estimate {
    double p10;
    double p50;
    double p90;
    double ceiling;
    llmp_grade grade;
} llmp_estimate;

/**
 * Reads a size: "24GiB", "512 MiB", "1.5GB", "4096" (bytes). Units B, kB, MB, GB, TB, KiB, MiB,
 * GiB, TiB. A fraction of a byte is rounded to nearest.
 * @return LLMP_E_RANGE: not a number, negative, above 2^63, an unknown unit, or a bare K/M/G/T (the
 *         hint names both readings)
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_bytes_parse(const char *text, uint64_t *out_bytes,
                                                     llmp_error *error);

/**
 * Reads a count: "5731", "5,731", "8k" (8,192: token counts are binary in this field's usage when
 * the suffix is a lower-case k), "128k", "1M" (1,048,576).
 * @return LLMP_E_RANGE: not a non-negative whole number, or above 2^63
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_tokens_parse(const char *text, uint64_t *out_tokens,
                                                      llmp_error *error);

/** Reads a finite decimal number, whole string, any locale. @return LLMP_E_RANGE otherwise. */
LLMP_API LLMP_NODISCARD llmp_status llmp_number_parse(const char *text, double *out_number,
                                                      llmp_error *error);

/** Writes "39.6 GiB", "624 MiB", "512 B": three significant digits. Returns as snprintf. */
LLMP_API int llmp_bytes_format(uint64_t bytes, char *out, size_t out_size);

/** Writes a count with thousands separators: "131,072". Returns as snprintf. */
LLMP_API int llmp_count_format(uint64_t count, char *out, size_t out_size);

#ifdef __cplusplus
}
#endif
#endif
