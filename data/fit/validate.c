/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits to all rows, and to all but one device's or one model's. */
#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const family_names[] = {"bandwidths", "times", "compute"};

static int compare(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

double quantile_of(double *values, size_t count, double q)
{
    if (!count)
        return (double)NAN;
    qsort(values, count, sizeof *values, compare);
    double at = q * (double)(count - 1);
    size_t low = (size_t)at;
    size_t high = low + 1 < count ? low + 1 : low;
    return values[low] + (at - (double)low) * (values[high] - values[low]);
}

double median_of(double *values, size_t count)
{
    return quantile_of(values, count, 0.5);
}

void fit_all(fit_data *data)
{
    for (int s = 0; s < data->system_count; s++) {
        fit_system *system = &data->systems[s];
        if (system->node_count)
            solve(data, s, NULL, system->value);
    }
    for (size_t i = 0; i < data->row_count; i++) {
        fit_row *row = &data->rows[i];
        row->log_fit = row->log_before;
        if (row->system >= 0)
            row->log_fit =
                predict(&data->systems[row->system], row, data->systems[row->system].value);
    }
}

static const void *group_of(const fit_row *row, bool models)
{
    return models ? (const void *)row->scenario->model : (const void *)row->device;
}

static void fold(fit_data *data, const void *group, bool models, bool *left_out)
{
    bool touched[SYSTEMS_MAX] = {false};
    for (size_t i = 0; i < data->row_count; i++) {
        left_out[i] = group_of(&data->rows[i], models) == group;
        if (left_out[i] && data->rows[i].system >= 0)
            touched[data->rows[i].system] = true;
    }
    static double value[EFFECTS_MAX];
    for (int s = 0; s < data->system_count; s++) {
        if (!touched[s])
            continue;
        fit_system *system = &data->systems[s];
        memcpy(value, system->value, sizeof value);
        solve(data, s, left_out, value);
        for (size_t i = 0; i < data->row_count; i++) {
            fit_row *row = &data->rows[i];
            if (row->system == s && left_out[i])
                *(models ? &row->log_model : &row->log_device) = predict(system, row, value);
        }
    }
}

void cross_validate(fit_data *data, bool models)
{
    bool *left_out = calloc(data->row_count, sizeof *left_out);
    bool *done = calloc(data->row_count, sizeof *done);
    if (!left_out || !done)
        die("out of memory");
    for (size_t i = 0; i < data->row_count; i++)
        *(models ? &data->rows[i].log_model : &data->rows[i].log_device) = data->rows[i].log_before;
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        if (done[i] || row->system < 0)
            continue;
        fold(data, group_of(row, models), models, left_out);
        for (size_t j = i; j < data->row_count; j++)
            done[j] = done[j] || left_out[j];
    }
    free(left_out);
    free(done);
}

/* Mean of |ln(predicted/measured)| over both cross-validations; rows that repeat count less, and
 * one that is off by more than a factor e no more than by e. */
double cv_score(const fit_data *data)
{
    double sum = 0, weight = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        if (row->system < 0 || row->excluded)
            continue;
        double spread = row->scenario->phase == LLMP_PHASE_DECODE ? 1 : 0.5;
        double device = fmin(1, fabs(row->log_device - row->log_measured));
        double model = fmin(1, fabs(row->log_model - row->log_measured));
        sum += row->weight * spread * (2 * device + model) / 3;
        weight += row->weight * spread;
    }
    return sum / weight;
}

static double score_of(fit_data *data)
{
    for (int s = 0; s < data->system_count; s++)
        set_widths(data, &data->systems[s]);
    fit_all(data);
    cross_validate(data, false);
    cross_validate(data, true);
    return cv_score(data);
}

void search_widths(fit_data *data)
{
    double best = score_of(data);
    static const double factors[] = {0.5, 2};
    for (int f = 0; f < 2 * FAMILY_COUNT; f++) {
        double *width = f < FAMILY_COUNT ? &data->widths.of_class[f]
                                         : &data->widths.of_device[f - FAMILY_COUNT];
        for (int k = 0; k < 2; k++) {
            double start = *width, old = best;
            *width = start * factors[k];
            double score = score_of(data);
            fprintf(stderr, "fit: %s width of %s x %.3g: %.5f (best %.5f)\n",
                    f < FAMILY_COUNT ? "class" : "device", family_names[f % FAMILY_COUNT], *width,
                    score, best);
            if (score < best)
                best = score;
            else
                *width = start;
            if (best < old)
                k--; /* further the same way */
        }
    }
}
