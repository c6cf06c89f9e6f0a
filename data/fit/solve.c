/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nonlinear least squares on ln(predicted/measured), robust by reweighting, effects drawn to 0. */
#include "fit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multilarge_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Spread of repeated measurements, and with it where residuals count as outliers. */
static const double spread_decode = 0.06, spread_prefill = 0.15;
static const double outlier = 2;
static const double step = 1e-4;
enum { REWEIGHTINGS = 3 };

/* What a row's residual depends on: few of the effects. */
typedef struct slope {
    int effect;
    double value;
} slope;

enum { SLOPES_MAX = PARAM_COUNT * CHAIN_MAX + FACTOR_COUNT + FORMATS_MAX };

typedef struct problem {
    const fit_system *system;
    const fit_row **rows;
    double *robust; /* factor on a row's residual */
    size_t count;
    slope *slopes; /* SLOPES_MAX for each row, at `at` */
    int *slope_counts;
    double at[EFFECTS_MAX];
    bool known;
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

static double difference(const problem *p, size_t i, double *effects, int at, double base)
{
    double old = effects[at];
    effects[at] = old + step;
    double out = (residual(p, i, effects) - base) / step;
    effects[at] = old;
    return out;
}

/* A row feels an effect through the sum it is in: one difference serves all effects of a sum. */
static int row_slopes(const problem *p, size_t i, double *effects, slope *out)
{
    const fit_system *system = p->system;
    const fit_row *row = p->rows[i];
    double base = residual(p, i, effects);
    int count = 0;
    for (int k = 0; k < PARAM_COUNT; k++) {
        if (!feels(row, (param)k))
            continue;
        double value = (double)NAN;
        for (int c = 0; c < row->chain_count; c++) {
            int at = system->effect[k][row->chain[c]];
            if (at < 0)
                continue;
            if (isnan(value))
                value = difference(p, i, effects, at, base);
            out[count++] = (slope){at, value};
        }
    }
    for (int f = 0; f < FACTOR_COUNT && row->driver >= 0; f++) {
        int at = system->driver_effect[row->driver][f];
        out[count++] = (slope){at, difference(p, i, effects, at, base)};
    }
    for (int k = 0; k < system->format_count; k++)
        if (has_format(row, system->formats[k])) {
            int at = system->format_effect[k];
            out[count++] = (slope){at, difference(p, i, effects, at, base)};
        }
    return count;
}

static void need_slopes(problem *p, const gsl_vector *x)
{
    if (p->known && memcmp(p->at, x->data, x->size * sizeof *p->at) == 0)
        return;
    memcpy(p->at, x->data, x->size * sizeof *p->at);
    double effects[EFFECTS_MAX];
    memcpy(effects, x->data, x->size * sizeof *effects);
    for (size_t i = 0; i < p->count; i++)
        p->slope_counts[i] = row_slopes(p, i, effects, p->slopes + i * SLOPES_MAX);
    p->known = true;
}

/* v = J u or its transpose, and the lower half of J^T J, of a Jacobian that is mostly 0. */
static int multiply(CBLAS_TRANSPOSE_t transpose, const gsl_vector *x, const gsl_vector *u,
                    void *context, gsl_vector *v, gsl_matrix *square)
{
    problem *p = context;
    const double *width = p->system->width;
    need_slopes(p, x);
    if (v)
        gsl_vector_set_zero(v);
    if (square)
        gsl_matrix_set_zero(square);
    for (size_t i = 0; i < p->count; i++) {
        const slope *s = p->slopes + i * SLOPES_MAX;
        for (int a = 0; a < p->slope_counts[i]; a++) {
            size_t at = (size_t)s[a].effect;
            if (v && transpose == CblasTrans)
                *gsl_vector_ptr(v, at) += s[a].value * gsl_vector_get(u, i);
            else if (v)
                *gsl_vector_ptr(v, i) += s[a].value * gsl_vector_get(u, at);
            for (int b = 0; square && b < p->slope_counts[i]; b++)
                if (s[b].effect <= s[a].effect)
                    *gsl_matrix_ptr(square, at, (size_t)s[b].effect) += s[a].value * s[b].value;
        }
    }
    for (size_t j = 0; j < x->size; j++) {
        if (v && transpose == CblasTrans)
            *gsl_vector_ptr(v, j) += gsl_vector_get(u, p->count + j) / width[j];
        else if (v)
            *gsl_vector_ptr(v, p->count + j) += gsl_vector_get(u, j) / width[j];
        if (square)
            *gsl_matrix_ptr(square, j, j) += 1 / (width[j] * width[j]);
    }
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
    gsl_multilarge_nlinear_parameters options = gsl_multilarge_nlinear_default_parameters();
    options.trs = gsl_multilarge_nlinear_trs_lm;
    options.solver = gsl_multilarge_nlinear_solver_cholesky;
    gsl_multilarge_nlinear_workspace *work =
        gsl_multilarge_nlinear_alloc(gsl_multilarge_nlinear_trust, &options, p->count + n, n);
    gsl_multilarge_nlinear_fdf function = {
        .f = values, .df = multiply, .n = p->count + n, .p = n, .params = p};
    gsl_vector_view start = gsl_vector_view_array(value, n);
    if (!work)
        die("out of memory");
    p->known = false;
    gsl_multilarge_nlinear_init(&start.vector, &function, work);
    int info;
    gsl_multilarge_nlinear_driver(iterations, 1e-4, 1e-4, 0, NULL, NULL, &info, work);
    memcpy(value, gsl_multilarge_nlinear_position(work)->data, n * sizeof *value);
    gsl_multilarge_nlinear_free(work);
}

void solve(fit_data *data, int system, const bool *left_out, double *value)
{
    static problem p;
    p = (problem){.system = &data->systems[system]};
    p.rows = malloc(data->row_count * sizeof *p.rows);
    p.robust = malloc(data->row_count * sizeof *p.robust);
    p.slopes = malloc(data->row_count * SLOPES_MAX * sizeof *p.slopes);
    p.slope_counts = malloc(data->row_count * sizeof *p.slope_counts);
    if (!p.rows || !p.robust || !p.slopes || !p.slope_counts)
        die("out of memory");
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        if (row->system == system && !row->excluded && !(left_out && left_out[i]))
            p.rows[p.count++] = row;
    }
    /* a fold starts at the fit to all rows, and has to get away from it */
    for (int i = 0; i < (left_out ? REWEIGHTINGS : REWEIGHTINGS + 1); i++) {
        reweigh(&p, value);
        minimise(&p, left_out ? 8 : 12, value);
    }
    free(p.rows);
    free(p.robust);
    free(p.slopes);
    free(p.slope_counts);
}
