/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nonlinear least squares on ln(predicted/measured), robust by reweighting, effects drawn to 0. */
#include "fit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Spread of repeated measurements, and with it where residuals count as outliers. */
static const double spread_decode = 0.06, spread_prefill = 0.15;
static const double outlier = 2;
static const double step = 1e-4;
enum { REWEIGHTINGS = 3 };

typedef struct problem {
    const fit_system *system;
    const fit_row **rows;
    double *robust; /* factor on a row's residual */
    size_t count;
} problem;

static double spread_of(const fit_row *row)
{
    return row->scenario->phase == LLMP_PHASE_DECODE ? spread_decode : spread_prefill;
}

static double residual(const problem *p, size_t i, const double *effects)
{
    const fit_row *row = p->rows[i];
    return p->robust[i] * (predict(p->system, row, effects) - row->log_measured) / spread_of(row);
}

static int values(const gsl_vector *x, void *context, gsl_vector *f)
{
    const problem *p = context;
    for (size_t i = 0; i < p->count; i++)
        gsl_vector_set(f, i, residual(p, i, x->data));
    for (size_t j = 0; j < x->size; j++)
        gsl_vector_set(f, p->count + j, x->data[j] / p->system->width[j]);
    return GSL_SUCCESS;
}

/* A row feels an effect through the sum it is in: one difference serves all effects of a sum. */
static int slopes(const gsl_vector *x, void *context, gsl_matrix *jacobian)
{
    const problem *p = context;
    const fit_system *system = p->system;
    double effects[EFFECTS_MAX];
    memcpy(effects, x->data, x->size * sizeof *effects);
    gsl_matrix_set_zero(jacobian);
    for (size_t i = 0; i < p->count; i++) {
        const fit_row *row = p->rows[i];
        double base = residual(p, i, effects);
        for (int k = 0; k < PARAM_COUNT; k++) {
            if (!feels(row, (param)k))
                continue;
            double slope = 0;
            bool known = false;
            for (int c = 0; c < row->chain_count; c++) {
                int at = system->effect[k][row->chain[c]];
                if (at < 0)
                    continue;
                if (!known) {
                    double old = effects[at];
                    effects[at] = old + step;
                    slope = (residual(p, i, effects) - base) / step;
                    effects[at] = old;
                    known = true;
                }
                gsl_matrix_set(jacobian, i, (size_t)at, slope);
            }
        }
        for (int f = 0; f < FACTOR_COUNT && row->driver >= 0; f++) {
            int at = system->driver_effect[row->driver][f];
            double old = effects[at];
            effects[at] = old + step;
            gsl_matrix_set(jacobian, i, (size_t)at, (residual(p, i, effects) - base) / step);
            effects[at] = old;
        }
    }
    for (size_t j = 0; j < x->size; j++)
        gsl_matrix_set(jacobian, p->count + j, j, 1 / system->width[j]);
    return GSL_SUCCESS;
}

/* Cauchy weights; the square root, for a residual. */
static void reweigh(problem *p, const double *effects)
{
    for (size_t i = 0; i < p->count; i++) {
        const fit_row *row = p->rows[i];
        double r = (predict(p->system, row, effects) - row->log_measured) / spread_of(row);
        p->robust[i] = sqrt(row->weight / (1 + r * r / (outlier * outlier)));
    }
}

static void minimise(problem *p, size_t iterations, double *value)
{
    size_t n = (size_t)p->system->effect_count;
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    options.solver = gsl_multifit_nlinear_solver_cholesky;
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &options, p->count + n, n);
    gsl_multifit_nlinear_fdf function = {
        .f = values, .df = slopes, .n = p->count + n, .p = n, .params = p};
    gsl_vector_view start = gsl_vector_view_array(value, n);
    if (!work)
        die("out of memory");
    gsl_multifit_nlinear_init(&start.vector, &function, work);
    int info;
    gsl_multifit_nlinear_driver(iterations, 1e-4, 1e-4, 0, NULL, NULL, &info, work);
    memcpy(value, gsl_multifit_nlinear_position(work)->data, n * sizeof *value);
    gsl_multifit_nlinear_free(work);
}

void solve(fit_data *data, int system, const bool *left_out, double *value)
{
    problem p = {.system = &data->systems[system]};
    p.rows = malloc(data->row_count * sizeof *p.rows);
    p.robust = malloc(data->row_count * sizeof *p.robust);
    if (!p.rows || !p.robust)
        die("out of memory");
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        if (row->system == system && !row->excluded && !(left_out && left_out[i]))
            p.rows[p.count++] = row;
    }
    for (int i = 0; i < (left_out ? REWEIGHTINGS - 1 : REWEIGHTINGS + 1); i++) {
        reweigh(&p, value);
        minimise(&p, left_out ? 4 : 12, value);
    }
    free(p.rows);
    free(p.robust);
}
