/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file validate_stats.h
 * @brief Quantiles of errors, plain and with weights.
 */
#ifndef LLMP_PLANNER_VALIDATE_STATS_H
#define LLMP_PLANNER_VALIDATE_STATS_H

#include <llmplan/validate.h>

/** A value and the weight it carries. */
typedef struct llmp__weighted {
    double value;
    double weight;
} llmp__weighted;

/** Sorts by value. */
void llmp__weighted_sort(llmp__weighted *items, size_t count);

/** Quantile @p q in [0,1] of sorted values, interpolated at (n-1) q. NaN when there are none. */
double llmp__quantile(const llmp__weighted *sorted, size_t count, double q);

/**
 * The same with weights: value k (from 0) stands at (k w_k + (n-1) sum of the weights before) /
 * ((n-1) sum of all), which for equal weights is the place above. NaN when there are none.
 */
double llmp__quantile_weighted(const llmp__weighted *sorted, size_t count, double q);

/**
 * Errors of some rows, all of them predicted.
 * @param rows     pointers to @p count > 0 rows, those of one device together
 * @param scratch  room for @p count
 */
void llmp__validate_stats(const llmp_validate_row *const *rows, size_t count,
                          llmp__weighted *scratch, llmp_validate_stats *out);

#endif
