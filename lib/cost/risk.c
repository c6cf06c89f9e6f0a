/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison in many futures. */
#include <llmplan/cost_risk.h>

#include "base/error.h"
#include "cost/compare.h"
#include "cost/copula.h"
#include "cost/flow.h"
#include "cost/scale.h"
#include "cost/sobol.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS_LEAST = 16, DRAWS_MOST = 65536 };
static const double z90 = 1.2815515655446004;

/* --- one future ------------------------------------------------------------------------------- */

/* The factor at a cumulative probability u. */
static double quantile(const llmp_spread *spread, double u)
{
    double low = spread->low_value;
    double high = spread->high_value;
    switch (spread->shape) {
    case LLMP_SHAPE_FIXED:
        return 1.0;
    case LLMP_SHAPE_UNIFORM:
        return low + u * (high - low);
    case LLMP_SHAPE_TRIANGULAR: {
        double mode = fmin(fmax(1.0, low), high);
        double width = high - low;
        double below = width > 0.0 ? (mode - low) / width : 0.0;
        return u < below ? low + sqrt(u * width * (mode - low))
                         : high - sqrt((1.0 - u) * width * (high - mode));
    }
    case LLMP_SHAPE_LOGNORMAL: {
        double mean = 0.5 * (log(low) + log(high));
        double sigma = (log(high) - log(low)) / (2.0 * z90);
        return exp(mean + sigma * gsl_cdf_ugaussian_Pinv(u));
    }
    }
    return 1.0;
}

static void scale_server(llmp_server *server, double speed, double power)
{
    server->prefill_tokens_per_s *= speed;
    server->decode_tokens_per_s *= speed;
    server->prefill_w *= power;
    server->decode_w *= power;
    server->idle_w *= power;
}

static void apply(llmp_study *study, const double *f)
{
    llmp_own_option *own = &study->own;
    llmp__study_scale(study, f[LLMP_FACTOR_USAGE], f[LLMP_FACTOR_API_PRICE]);
    study->api.price_change_per_year_ratio *= f[LLMP_FACTOR_API_PRICE_CHANGE];
    study->demand.growth_per_year_ratio *= f[LLMP_FACTOR_GROWTH];
    scale_server(&own->server, f[LLMP_FACTOR_SPEED], f[LLMP_FACTOR_POWER]);
    scale_server(&study->rent.server, f[LLMP_FACTOR_SPEED], f[LLMP_FACTOR_POWER]);
    own->machine_usd *= f[LLMP_FACTOR_HARDWARE];
    own->residual_per_year_ratio = fmin(own->residual_per_year_ratio * f[LLMP_FACTOR_RESIDUAL],
                                        fmax(1.0, own->residual_per_year_ratio));
    own->electricity_usd_per_kwh *= f[LLMP_FACTOR_ELECTRICITY];
    own->staff_usd_per_hour *= f[LLMP_FACTOR_STAFF];
    study->rent.staff_usd_per_hour *= f[LLMP_FACTOR_STAFF];
    study->rent.usd_per_gpu_hour *= f[LLMP_FACTOR_RENT_PRICE];
}

/* Everything that a run needs. */
typedef struct futures {
    const llmp_study *study;
    llmp_option candidate;
    llmp_option baseline;
    const llmp_risk_options *options;
    llmp_study *future;
    llmp_flow *a;
    llmp_flow *b;
    unsigned varied; /* factors that do */
    llmp_factor factors[LLMP_FACTOR_COUNT];
    const llmp__copula *copula;
    double *columns; /* candidate, baseline, saving, months: `draws` of each */
} futures;

/* @p u has one probability for each varied factor. Leaves both flows; returns the saving. */
static double saving_of(futures *s, const double *u)
{
    double f[LLMP_FACTOR_COUNT];
    for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
        f[i] = 1.0;
    }
    for (unsigned i = 0; i < s->varied; i++) {
        f[s->factors[i]] = quantile(&s->options->spread[s->factors[i]], u[i]);
    }
    *s->future = *s->study;
    apply(s->future, f);
    llmp__flow_run(s->future, s->candidate, s->a);
    llmp__flow_run(s->future, s->baseline, s->b);
    return s->b->present_usd - s->a->present_usd;
}

/* --- many ------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Linear between order statistics; infinite where either neighbour is. */
static double percentile(const double *sorted, uint32_t count, double p)
{
    double at = p * (double)(count - 1);
    uint32_t i = (uint32_t)at;
    double part = at - (double)i;
    double next = sorted[i + 1 < count ? i + 1 : i];
    return part == 0.0 || sorted[i] == next ? sorted[i] : sorted[i] + part * (next - sorted[i]);
}

static llmp_range range_of(double *column, uint32_t count)
{
    qsort(column, count, sizeof *column, by_value);
    return (llmp_range){percentile(column, count, 0.1), percentile(column, count, 0.5),
                        percentile(column, count, 0.9)};
}

static llmp_status run_draws(futures *s, llmp_risk *out, llmp_error *error)
{
    double u[LLMP__SOBOL_DIMENSIONS_MAX];
    uint32_t n = s->options->draws;
    uint32_t saves = 0;
    uint32_t breaks_even = 0;
    llmp__sobol sobol;
    llmp_status status =
        llmp__sobol_open(&sobol, s->varied == 0 ? 1 : s->varied, s->options->seed, error);
    if (status != LLMP_OK) {
        return status;
    }
    for (uint32_t i = 0; i < n; i++) {
        llmp__sobol_next(&sobol, u);
        llmp__copula_apply(s->copula, u);
        double saving = saving_of(s, u);
        llmp__crossing even = llmp__crossing_of(s->a, s->b, s->study->discount_per_year_ratio);
        s->columns[i] = s->a->present_usd;
        s->columns[n + i] = s->b->present_usd;
        s->columns[2 * (size_t)n + i] = saving;
        s->columns[3 * (size_t)n + i] = even.found ? even.months : HUGE_VAL;
        saves += saving > 0.0 ? 1u : 0u;
        breaks_even += even.found ? 1u : 0u;
    }
    llmp__sobol_close(&sobol);
    out->draws = n;
    out->candidate_usd = range_of(s->columns, n);
    out->baseline_usd = range_of(s->columns + n, n);
    out->saving_usd = range_of(s->columns + 2 * (size_t)n, n);
    out->breakeven_months = range_of(s->columns + 3 * (size_t)n, n);
    out->saves_ratio = (double)saves / (double)n;
    out->breaks_even_ratio = (double)breaks_even / (double)n;
    return LLMP_OK;
}

static void run_tornado(futures *s, llmp_risk *out)
{
    double u[LLMP_FACTOR_COUNT];
    for (unsigned i = 0; i < s->varied; i++) {
        llmp_sensitivity *sensitivity = &out->sensitivity[s->factors[i]];
        for (unsigned k = 0; k < s->varied; k++) {
            u[k] = 0.5;
        }
        u[i] = 0.1;
        sensitivity->low_usd = saving_of(s, u);
        u[i] = 0.9;
        sensitivity->high_usd = saving_of(s, u);
        sensitivity->varies = true;
    }
}

/* Saltelli et al. 2010 for the first order, Jansen 1999 for the total: sums over base draws of
 * f(B) (f(AB_i) - f(A)) and (f(A) - f(AB_i))^2 / 2, over the variance. */
static llmp_status run_indices(futures *s, llmp_risk *out, llmp_error *error)
{
    double ab[LLMP__SOBOL_DIMENSIONS_MAX];
    double mixed[LLMP_FACTOR_COUNT];
    double first[LLMP_FACTOR_COUNT] = {0};
    double total[LLMP_FACTOR_COUNT] = {0};
    double sum = 0.0;
    double squares = 0.0;
    uint32_t n = s->options->index_draws;
    unsigned d = s->varied;
    /* of the centre, so that variances do not cancel */
    for (unsigned k = 0; k < d; k++) {
        mixed[k] = 0.5;
    }
    double centre = saving_of(s, mixed);
    llmp__sobol sobol;
    llmp_status status = llmp__sobol_open(&sobol, 2 * d, s->options->seed + 1, error);
    if (status != LLMP_OK) {
        return status;
    }
    for (uint32_t i = 0; i < n; i++) {
        llmp__sobol_next(&sobol, ab);
        double fa = saving_of(s, ab) - centre;
        double fb = saving_of(s, ab + d) - centre;
        sum += fa + fb;
        squares += fa * fa + fb * fb;
        for (unsigned k = 0; k < d; k++) {
            memcpy(mixed, ab, d * sizeof *mixed);
            mixed[k] = ab[d + k];
            double fm = saving_of(s, mixed) - centre;
            first[k] += fb * (fm - fa);
            total[k] += 0.5 * (fa - fm) * (fa - fm);
        }
    }
    llmp__sobol_close(&sobol);
    double mean = sum / (2.0 * (double)n);
    double variance = squares / (2.0 * (double)n) - mean * mean;
    for (unsigned k = 0; k < d && variance > 0.0; k++) {
        out->sensitivity[s->factors[k]].first_ratio = first[k] / (double)n / variance;
        out->sensitivity[s->factors[k]].total_ratio = total[k] / (double)n / variance;
    }
    return LLMP_OK;
}

/* --- asking ----------------------------------------------------------------------------------- */

static llmp_status check_options(const llmp_risk_options *o, llmp_error *error)
{
    if (o->draws < DRAWS_LEAST || o->draws > DRAWS_MOST || o->index_draws > DRAWS_MOST) {
        return llmp__fail(error, LLMP_E_RANGE, "%u draws: %d to %d",
                          o->index_draws > DRAWS_MOST ? o->index_draws : o->draws, DRAWS_LEAST,
                          DRAWS_MOST);
    }
    if (o->correlation_count > LLMP_CORRELATIONS_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "%zu correlations: at most %d", o->correlation_count,
                          LLMP_CORRELATIONS_MAX);
    }
    for (size_t i = 0; i < o->correlation_count; i++) {
        const llmp_correlation *c = &o->correlation[i];
        if (!(c->ratio > -1.0 && c->ratio < 1.0) || c->a == c->b || c->a >= LLMP_FACTOR_COUNT ||
            c->b >= LLMP_FACTOR_COUNT) {
            return llmp__fail(error, LLMP_E_RANGE,
                              "a correlation of %g: between -1 and 1, of two "
                              "factors",
                              c->ratio);
        }
    }
    for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
        const llmp_spread *s = &o->spread[i];
        if (s->shape != LLMP_SHAPE_FIXED &&
            !(s->low_value > 0.0 && s->low_value <= s->high_value && s->high_value <= 1e6)) {
            return llmp__fail(error, LLMP_E_RANGE, "%s from %g to %g: 0 < low <= high <= 1e6",
                              llmp_factor_name((llmp_factor)i), s->low_value, s->high_value);
        }
    }
    return LLMP_OK;
}

static llmp_status run_all(futures *s, llmp_risk *out, llmp_error *error)
{
    for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
        out->sensitivity[i].first_ratio = (double)NAN;
        out->sensitivity[i].total_ratio = (double)NAN;
        if (s->options->spread[i].shape != LLMP_SHAPE_FIXED) {
            s->factors[s->varied++] = (llmp_factor)i;
        }
    }
    llmp__copula copula;
    llmp_status status = llmp__copula_open(&copula, s->options, s->factors, s->varied, error);
    s->copula = &copula;
    status = status == LLMP_OK ? run_draws(s, out, error) : status;
    if (status == LLMP_OK) {
        run_tornado(s, out);
    }
    if (status == LLMP_OK && s->options->index_draws > 0 && s->varied > 0) {
        status = run_indices(s, out, error);
    }
    return status;
}

llmp_status llmp_risk_run(const llmp_study *study, llmp_option candidate, llmp_option baseline,
                          const llmp_risk_options *options, llmp_risk *out, llmp_error *error)
{
    if (options == NULL || out == NULL) {
        return llmp__fail_argument(error, "options or out", "is NULL");
    }
    llmp_status status = check_options(options, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp_flow *flows = malloc(2 * sizeof *flows);
    llmp_study *future = malloc(sizeof *future);
    double *columns = malloc(4 * (size_t)options->draws * sizeof *columns);
    llmp_risk risk = {.struct_size = (uint32_t)sizeof risk};
    if (flows == NULL || future == NULL || columns == NULL) {
        status = llmp__fail_memory(error, "the futures");
    }
    /* checks the study: the factors leave it within what the simulation can take */
    status = status == LLMP_OK ? llmp_flow_run(study, candidate, &flows[0], error) : status;
    status = status == LLMP_OK ? llmp_flow_run(study, baseline, &flows[1], error) : status;
    if (status == LLMP_OK) {
        futures s = {.study = study,
                     .candidate = candidate,
                     .baseline = baseline,
                     .options = options,
                     .future = future,
                     .a = &flows[0],
                     .b = &flows[1],
                     .columns = columns};
        status = run_all(&s, &risk, error);
    }
    free(columns);
    free(future);
    free(flows);
    if (status == LLMP_OK) {
        *out = risk;
    }
    return status;
}
