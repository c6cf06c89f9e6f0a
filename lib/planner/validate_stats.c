/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/validate_stats.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const llmp__weighted *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->weight < y->weight ? -1 : x->weight > y->weight;
}

void llmp__weighted_sort(llmp__weighted *items, size_t count)
{
    if (count > 1)
        qsort(items, count, sizeof *items, by_value);
}

double llmp__quantile(const llmp__weighted *sorted, size_t count, double q)
{
    if (count == 0 || !(q >= 0 && q <= 1))
        return (double)NAN;
    /* a stride of two doubles: the weights lie between */
    _Static_assert(sizeof(llmp__weighted) == 2 * sizeof(double), "a value and a weight");
    return gsl_stats_quantile_from_sorted_data(&sorted->value, 2, count, q);
}

double llmp__quantile_weighted(const llmp__weighted *sorted, size_t count, double q)
{
    double total = 0, before = 0, last_place = 0;
    for (size_t i = 0; i < count; i++)
        total += sorted[i].weight;
    if (count == 0 || !(total > 0))
        return (double)NAN;
    if (count == 1)
        return sorted[0].value;
    const double steps = (double)(count - 1);
    for (size_t i = 0; i < count; i++) {
        const double place = ((double)i * sorted[i].weight + steps * before) / (steps * total);
        if (place >= q) {
            if (i == 0 || !(place > last_place))
                return sorted[i].value;
            const double t = (q - last_place) / (place - last_place);
            return sorted[i - 1].value + t * (sorted[i].value - sorted[i - 1].value);
        }
        before += sorted[i].weight;
        last_place = place;
    }
    return sorted[count - 1].value;
}

/* Each device's rows share a weight of one. */
static void set_weights(const llmp_validate_row *const *rows, size_t count, llmp__weighted *out)
{
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count; end++)
            if (strcmp(rows[end]->device, rows[first]->device) != 0)
                break;
        for (size_t i = first; i < end; i++)
            out[i].weight = 1.0 / (double)(end - first);
    }
}

typedef double measure(const llmp_validate_row *row);

static double error_of(const llmp_validate_row *row)
{
    return row->error_ratio;
}

static double abs_error_of(const llmp_validate_row *row)
{
    return fabs(row->error_ratio);
}

static double abs_log_error_of(const llmp_validate_row *row)
{
    return fabs(log(row->tokens_per_s.p50 / row->measured->tokens_per_s));
}

static void sorted_by(measure *value, const llmp_validate_row *const *rows, size_t count,
                      llmp__weighted *out)
{
    set_weights(rows, count, out);
    for (size_t i = 0; i < count; i++)
        out[i].value = value(rows[i]);
    llmp__weighted_sort(out, count);
}

static void coverage(const llmp_validate_row *const *rows, size_t count, llmp__weighted *scratch,
                     llmp_validate_stats *out)
{
    double covered = 0, weight_covered = 0, weight = 0;
    set_weights(rows, count, scratch);
    for (size_t i = 0; i < count; i++) {
        weight += scratch[i].weight;
        if (!rows[i]->covered)
            continue;
        covered += 1;
        weight_covered += scratch[i].weight;
    }
    out->coverage_p10_p90_ratio = covered / (double)count;
    out->coverage_p10_p90_balanced_ratio = weight_covered / weight;
    out->devices = (size_t)llround(weight); /* one each */
}

void llmp__validate_stats(const llmp_validate_row *const *rows, size_t count,
                          llmp__weighted *scratch, llmp_validate_stats *out)
{
    memset(out, 0, sizeof *out);
    out->n = count;
    sorted_by(error_of, rows, count, scratch);
    out->bias_ratio = llmp__quantile(scratch, count, 0.5);
    out->bias_balanced_ratio = llmp__quantile_weighted(scratch, count, 0.5);
    sorted_by(abs_log_error_of, rows, count, scratch);
    out->median_abs_log_error_ratio = llmp__quantile(scratch, count, 0.5);
    out->median_abs_log_error_balanced_ratio = llmp__quantile_weighted(scratch, count, 0.5);
    sorted_by(abs_error_of, rows, count, scratch);
    out->median_abs_error_ratio = llmp__quantile(scratch, count, 0.5);
    out->median_abs_error_balanced_ratio = llmp__quantile_weighted(scratch, count, 0.5);
    out->p90_abs_error_ratio = llmp__quantile(scratch, count, 0.9);
    out->p90_abs_error_balanced_ratio = llmp__quantile_weighted(scratch, count, 0.9);
    coverage(rows, count, scratch, out);
}
