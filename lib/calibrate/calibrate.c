/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples and a prior to a posterior: robust nonlinear least squares on ln(predicted/measured). */
#include "calibrate/parameters.h"

#include "base/error.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a well-fitted profile still misses of one engine on one machine, shapes and formats varied:
 * on graphics cards a few percent (docs/calibrate.md); on processors, whose kernels differ by
 * format and shape, what models of the dev-* shapes were off when left out (medians 6.8 and 5.4 %,
 * as standard deviations). */
static const double model_error[2][2] = {{0.06, 0.08}, {0.10, 0.12}}; /* [processor][prefill] */
/* On processors attention's cost goes by the shape of its heads: on the dev-* shapes by 15 % of it,
 * the same at every depth of a model. As about four depths and batches are measured of each, they
 * count as one when each is taken to be twice as far off. */
static const double attention_error = 0.30;
/* Residuals beyond so many of their spreads count like their first power. */
static const double outlier = 2;
static const double difference_step = 1e-5;
static const double far_off = 1e3;
enum { REWEIGHTINGS = 4, ITERATIONS = 60 };

typedef struct problem {
    const llmp_calibration_value *prior;
    const llmp_calibration_sample *samples;
    llmp_speed_model *model; /* scratch */
    size_t *index;           /* samples of the fit */
    double *weight;          /* of their residuals */
    double *spread;          /* of ln(predicted/measured) to be expected, of all samples */
    size_t count;
    int effect[LLMP__EFFECTS]; /* of a coefficient */
    double width[LLMP__EFFECTS];
    size_t effects;
    bool shares[LLMP_CALIBRATE_COUNT]; /* the common effect; on ln of the value */
} problem;

/* --- prediction ---------------------------------------------------------------------------------
 */

static bool is_host_machine(const llmp_speed_model *model)
{
    return model->stages[model->stage_count - 1].is_host && model->stage_count == 1;
}

static double predict(llmp_speed_model *scratch, const llmp_calibration_sample *sample,
                      const llmp_calibration_value *values)
{
    *scratch = *sample->model;
    bool host = is_host_machine(scratch);
    for (uint32_t i = 0; i < scratch->stage_count; i++)
        if (scratch->stages[i].is_host == host)
            llmp_calibration_apply(values, &scratch->stages[i].profile);
    if (llmp_speed_adjust(scratch, NULL, NULL) != LLMP_OK)
        return (double)NAN;
    if (sample->prefill) {
        llmp_prefill_result prefill;
        return llmp_speed_prefill(scratch, sample->prompt_tokens, sample->context_tokens,
                                  sample->batch, NULL, &prefill, NULL) == LLMP_OK
                   ? prefill.tokens_per_s.p50
                   : (double)NAN;
    }
    llmp_decode_result decode;
    return llmp_speed_decode(scratch, sample->context_tokens, sample->batch, NULL, &decode, NULL) ==
                   LLMP_OK
               ? decode.tokens_per_s.p50
               : (double)NAN;
}

/* Values at the effects; what has none keeps the prior's. */
static void values_at(const problem *p, const double *x, llmp_calibration_value *out)
{
    double common = 0;
    memcpy(out, p->prior, LLMP_CALIBRATE_COUNT * sizeof *out);
    for (size_t j = 0; j < p->effects; j++)
        if (p->effect[j] == LLMP__COMMON_COMPUTE)
            common = x[j];
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++) {
        const llmp__parameter *parameter = &llmp__parameters[i];
        double shift = p->shares[i] ? common / llmp__log_slope(parameter, out[i].value) : 0;
        for (size_t j = 0; j < p->effects; j++)
            if (p->effect[j] == i)
                shift += x[j];
        if (out[i].value > 0 && (shift > 0 || shift < 0))
            out[i].value =
                llmp__from_scale(parameter, llmp__to_scale(parameter, out[i].value) + shift);
    }
}

static double model_error_of(const llmp_calibration_sample *sample)
{
    return model_error[is_host_machine(sample->model)][sample->prefill];
}

/* Of a step; what it takes more than without cached positions. */
static double attention_share(const problem *p, const llmp_calibration_sample *sample)
{
    llmp_calibration_sample shallow = *sample;
    shallow.context_tokens = 0;
    double share = 1 - predict(p->model, sample, p->prior) / predict(p->model, &shallow, p->prior);
    return share > 0 && share < 1 ? share : 0;
}

static double spread_of(const problem *p, const llmp_calibration_sample *sample)
{
    double model = model_error_of(sample);
    if (!sample->prefill && is_host_machine(sample->model))
        model = hypot(model, attention_error * attention_share(p, sample));
    return sample->spread_ratio > 0 ? hypot(model, sample->spread_ratio) : model;
}

static double residual(const problem *p, size_t i, const llmp_calibration_value *values)
{
    const llmp_calibration_sample *sample = &p->samples[p->index[i]];
    double r =
        log(predict(p->model, sample, values) / sample->tokens_per_s) / p->spread[p->index[i]];
    /* GSL aborts on what is not finite; far off is far off */
    return isfinite(r) ? r : far_off;
}

/* --- least squares ------------------------------------------------------------------------------
 */

static int residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
    const problem *p = context;
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT];
    values_at(p, x->data, values);
    for (size_t i = 0; i < p->count; i++)
        gsl_vector_set(f, i, p->weight[i] * residual(p, i, values));
    for (size_t j = 0; j < p->effects; j++)
        gsl_vector_set(f, p->count + j, x->data[j] / p->width[j]);
    return GSL_SUCCESS;
}

static int slopes(const gsl_vector *x, void *context, gsl_matrix *jacobian)
{
    const problem *p = context;
    double at[LLMP__EFFECTS];
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT];
    memcpy(at, x->data, p->effects * sizeof *at);
    gsl_matrix_set_zero(jacobian);
    for (size_t j = 0; j < p->effects; j++) {
        at[j] = x->data[j] + difference_step;
        values_at(p, at, values);
        for (size_t i = 0; i < p->count; i++)
            gsl_matrix_set(jacobian, i, j, p->weight[i] * residual(p, i, values));
        at[j] = x->data[j] - difference_step;
        values_at(p, at, values);
        for (size_t i = 0; i < p->count; i++) {
            double up = gsl_matrix_get(jacobian, i, j);
            double down = p->weight[i] * residual(p, i, values);
            gsl_matrix_set(jacobian, i, j, (up - down) / (2 * difference_step));
        }
        at[j] = x->data[j];
        gsl_matrix_set(jacobian, p->count + j, j, 1 / p->width[j]);
    }
    return GSL_SUCCESS;
}

/* Weights of the soft L1 loss at the present position; the square root, for a residual. */
static void reweigh(problem *p, const double *x)
{
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT];
    values_at(p, x, values);
    for (size_t i = 0; i < p->count; i++) {
        double r = residual(p, i, values) / outlier;
        p->weight[i] = sqrt(1 / sqrt(1 + r * r));
    }
}

/* x: start and result; covariance: may be NULL. */
static bool minimise(problem *p, double *x, gsl_matrix *covariance)
{
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *work = gsl_multifit_nlinear_alloc(
        gsl_multifit_nlinear_trust, &options, p->count + p->effects, p->effects);
    if (!work)
        return false;
    gsl_multifit_nlinear_fdf function = {
        .f = residuals, .df = slopes, .n = p->count + p->effects, .p = p->effects, .params = p};
    bool good = true;
    for (int round = 0; round < REWEIGHTINGS && good; round++) {
        int info;
        gsl_vector_view start = gsl_vector_view_array(x, p->effects);
        reweigh(p, x);
        good = gsl_multifit_nlinear_init(&start.vector, &function, work) == GSL_SUCCESS;
        if (good) {
            /* no further progress is convergence too */
            (void)gsl_multifit_nlinear_driver(ITERATIONS, 1e-9, 1e-9, 0, NULL, NULL, &info, work);
            memcpy(x, gsl_multifit_nlinear_position(work)->data, p->effects * sizeof *x);
        }
    }
    for (size_t j = 0; j < p->effects; j++)
        good = good && isfinite(x[j]);
    if (good && covariance)
        good = gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(work), 0, covariance) ==
               GSL_SUCCESS;
    gsl_multifit_nlinear_free(work);
    return good;
}

static void set_effects(problem *p)
{
    p->effects = 0;
    bool common = false;
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++) {
        const llmp__parameter *parameter = &llmp__parameters[i];
        double slope = llmp__log_slope(parameter, p->prior[i].value);
        if (!(p->prior[i].value > 0 && p->prior[i].spread_ratio > 0) || !(slope > 0))
            continue;
        double width = p->prior[i].spread_ratio;
        /* what its spread has in common with the others is the common effect's */
        if (parameter->shares_compute && width > llmp__common_spread_ratio) {
            width = sqrt(width * width - llmp__common_spread_ratio * llmp__common_spread_ratio);
            p->shares[i] = true;
            common = true;
        }
        p->effect[p->effects] = i;
        p->width[p->effects++] = width / slope;
    }
    if (common) {
        p->effect[p->effects] = LLMP__COMMON_COMPUTE;
        p->width[p->effects++] = llmp__common_spread_ratio;
    }
}

/* --- samples ------------------------------------------------------------------------------------
 */

static llmp_status check(const llmp_calibration_sample *s, size_t i, llmp_error *error)
{
    const char *label = s->label ? s->label : "";
    if (!s->struct_size || !s->model || !s->model->stage_count)
        return llmp__fail_argument(error, "samples", "has no prepared model");
    if (!(s->tokens_per_s > 0) || !isfinite(s->tokens_per_s))
        return llmp__fail(error, LLMP_E_RANGE, "sample %zu %s has a rate of %g tokens/s", i, label,
                          s->tokens_per_s);
    if (s->batch < 1 || !(s->context_tokens >= 0) || (s->prefill && !(s->prompt_tokens >= 1)))
        return llmp__fail(error, LLMP_E_RANGE,
                          "sample %zu %s: batch %u, context %g and prompt %g cannot be", i, label,
                          s->batch, s->context_tokens, s->prompt_tokens);
    return LLMP_OK;
}

/* Faster than physics allows by the catalog's facts: the facts or the sample are wrong. */
static double ceiling_of(const llmp_calibration_sample *s)
{
    llmp_prefill_result prefill;
    llmp_decode_result decode;
    if (s->prefill)
        return llmp_speed_prefill(s->model, s->prompt_tokens, s->context_tokens, s->batch, NULL,
                                  &prefill, NULL) == LLMP_OK
                   ? prefill.tokens_per_s.ceiling
                   : HUGE_VAL;
    return llmp_speed_decode(s->model, s->context_tokens, s->batch, NULL, &decode, NULL) == LLMP_OK
               ? decode.tokens_per_s.ceiling
               : HUGE_VAL;
}

static void judge(const llmp_calibration_sample *s, const llmp_calibration_options *options,
                  llmp_calibration_fit *fit)
{
    fit->used = true;
    double ceiling = ceiling_of(s);
    if (s->spread_ratio > options->spread_max_ratio) {
        fit->used = false;
        snprintf(fit->reason, sizeof fit->reason,
                 "unstable: its repetitions spread by %.0f %%, more than %.0f %%",
                 100 * s->spread_ratio, 100 * options->spread_max_ratio);
    } else if (s->tokens_per_s > 1.02 * ceiling) {
        fit->used = false;
        snprintf(fit->reason, sizeof fit->reason,
                 "faster than the device's stated peaks allow (%.4g tokens/s): check its facts",
                 ceiling);
    } else if (!(fit->prior_tokens_per_s > 0)) {
        fit->used = false;
        snprintf(fit->reason, sizeof fit->reason, "the profile predicts no rate for it");
    }
}

/* --- spreads ------------------------------------------------------------------------------------
 */

/* d ln(value of parameter) / d effect, for each effect. */
static double log_slope(const problem *p, size_t j, int parameter, double value)
{
    const llmp__parameter *info = &llmp__parameters[parameter];
    double slope = llmp__log_slope(info, value);
    if (p->effect[j] == parameter)
        return slope;
    bool shared = p->effect[j] == LLMP__COMMON_COMPUTE && p->shares[parameter];
    return shared ? slope / llmp__log_slope(info, p->prior[parameter].value) : 0;
}

static double variance(const gsl_matrix *covariance, const double *slope, size_t n)
{
    double sum = 0;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            sum += slope[a] * slope[b] * gsl_matrix_get(covariance, a, b);
    return sum;
}

static void set_posterior(const problem *p, const double *x, const gsl_matrix *covariance,
                          llmp_calibration *out)
{
    values_at(p, x, out->posterior);
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++) {
        double slope[LLMP__EFFECTS], before = 0;
        double value = out->posterior[i].value;
        if (!(value > 0))
            continue;
        for (size_t j = 0; j < p->effects; j++) {
            slope[j] = log_slope(p, j, i, value);
            double prior_slope = log_slope(p, j, i, p->prior[i].value);
            before += prior_slope * prior_slope * p->width[j] * p->width[j];
        }
        out->posterior[i].spread_ratio = sqrt(variance(covariance, slope, p->effects));
        out->informed[i] = out->posterior[i].spread_ratio < 0.9 * sqrt(before);
    }
}

/* ln(predicted/measured) to be expected at the conditions of a sample: the parameters' part. */
static double predictive_variance(const problem *p, const double *x, const gsl_matrix *covariance,
                                  const llmp_calibration_sample *sample)
{
    double slope[LLMP__EFFECTS], at[LLMP__EFFECTS];
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT];
    memcpy(at, x, p->effects * sizeof *at);
    for (size_t j = 0; j < p->effects; j++) {
        at[j] = x[j] + difference_step;
        values_at(p, at, values);
        double up = log(predict(p->model, sample, values));
        at[j] = x[j] - difference_step;
        values_at(p, at, values);
        double down = log(predict(p->model, sample, values));
        at[j] = x[j];
        slope[j] = (up - down) / (2 * difference_step);
    }
    return variance(covariance, slope, p->effects);
}

/*
 * Residuals say how well the model fits the samples; few of them say little, so the model error of
 * other machines counts as this many of them.
 */
static const double model_error_samples = 4;

static double sigma_of(const problem *p, const double *x, const gsl_matrix *covariance,
                       bool prefill)
{
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT];
    values_at(p, x, values);
    double squares = 0, count = 0, parameters = 0, seen = 0, expected = 0;
    for (size_t i = 0; i < p->count; i++) {
        const llmp_calibration_sample *sample = &p->samples[p->index[i]];
        if (sample->prefill != prefill)
            continue;
        double r = residual(p, i, values) * p->spread[p->index[i]];
        /* other shapes and depths lean on what these samples do not show: both ends of depth */
        llmp_calibration_sample deep = *sample;
        if (!prefill)
            deep.context_tokens = 4096;
        double weight = p->weight[i] * p->weight[i];
        expected = fmax(expected, model_error_of(sample));
        squares += weight * r * r;
        count += weight;
        parameters += 0.5 * (predictive_variance(p, x, covariance, sample) +
                             predictive_variance(p, x, covariance, &deep));
        seen += 1;
    }
    squares += model_error_samples * expected * expected;
    count += model_error_samples;
    return seen > 0 ? sqrt(squares / count + parameters / seen) : 0;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static llmp_status solve(problem *p, double *x, llmp_calibration *out, llmp_error *error)
{
    for (size_t j = 0; j < p->effects; j++)
        x[j] = 0;
    if (!p->count || !p->effects)
        return LLMP_OK;
    gsl_matrix *covariance = out ? gsl_matrix_alloc(p->effects, p->effects) : NULL;
    if (out && !covariance)
        return llmp__fail_memory(error, "a covariance");
    bool good = minimise(p, x, covariance);
    if (good && out) {
        set_posterior(p, x, covariance, out);
        out->sigma_decode = sigma_of(p, x, covariance, false);
        out->sigma_prefill = sigma_of(p, x, covariance, true);
    }
    gsl_matrix_free(covariance);
    return good ? LLMP_OK
                : llmp__fail(error, LLMP_E_INTERNAL, "the fit to %zu samples failed", p->count);
}

static bool same_model(const llmp_calibration_sample *a, const llmp_calibration_sample *b)
{
    return a->model == b->model || (a->label && b->label && strcmp(a->label, b->label) == 0);
}

/* Each model's samples as predicted from those of the others. */
static llmp_status leave_out(problem *p, size_t total, llmp_calibration_fit *fits,
                             llmp_error *error)
{
    double x[LLMP__EFFECTS];
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT];
    llmp_status status = LLMP_OK;
    for (size_t i = 0; i < total && status == LLMP_OK; i++) {
        if (!fits[i].used || fits[i].left_out_tokens_per_s > 0)
            continue;
        p->count = 0;
        for (size_t k = 0; k < total; k++)
            if (fits[k].used && !same_model(&p->samples[i], &p->samples[k]))
                p->index[p->count++] = k;
        if (!p->count)
            continue;
        status = solve(p, x, NULL, error);
        if (status != LLMP_OK)
            break;
        values_at(p, x, values);
        for (size_t k = i; k < total; k++)
            if (same_model(&p->samples[i], &p->samples[k]))
                fits[k].left_out_tokens_per_s = predict(p->model, &p->samples[k], values);
    }
    return status;
}

static llmp_status run(problem *p, size_t total, const llmp_calibration_options *options,
                       llmp_calibration *out, llmp_calibration_fit *fits, llmp_error *error)
{
    double x[LLMP__EFFECTS];
    for (size_t i = 0; i < total; i++) {
        fits[i] = (llmp_calibration_fit){.used = false};
        double predicted = predict(p->model, &p->samples[i], p->prior);
        fits[i].prior_tokens_per_s = predicted > 0 && isfinite(predicted) ? predicted : 0;
        p->spread[i] = spread_of(p, &p->samples[i]);
        judge(&p->samples[i], options, &fits[i]);
        if (fits[i].used) {
            p->index[p->count++] = i;
            out->used++;
            out->decode_used += !p->samples[i].prefill;
            out->prefill_used += p->samples[i].prefill;
        } else {
            out->rejected++;
        }
    }
    set_effects(p);
    llmp_status status = solve(p, x, out, error);
    for (size_t i = 0; i < total && status == LLMP_OK; i++)
        if (fits[i].prior_tokens_per_s > 0)
            fits[i].posterior_tokens_per_s = predict(p->model, &p->samples[i], out->posterior);
    if (status == LLMP_OK && options->leave_out)
        status = leave_out(p, total, fits, error);
    return status;
}

llmp_status llmp_calibrate(const llmp_calibration_value prior[LLMP_CALIBRATE_COUNT],
                           const llmp_calibration_sample *samples, size_t sample_count,
                           const llmp_calibration_options *options, llmp_calibration *out,
                           llmp_calibration_fit *fits, llmp_error *error)
{
    static const llmp_calibration_options defaults = LLMP_CALIBRATION_OPTIONS_INIT;
    if (!prior || !out || (sample_count && (!samples || !fits)))
        return llmp__fail_argument(error, "prior, samples, fits or out", "must not be NULL");
    if (sample_count > LLMP_CALIBRATION_SAMPLES_MAX)
        return llmp__fail(error, LLMP_E_RANGE, "%zu samples, at most %d", sample_count,
                          LLMP_CALIBRATION_SAMPLES_MAX);
    llmp_status status = LLMP_OK;
    for (size_t i = 0; i < sample_count && status == LLMP_OK; i++)
        status = check(&samples[i], i, error);
    if (status != LLMP_OK)
        return status;
    problem p = {.prior = prior, .samples = samples};
    llmp_calibration result = {.struct_size = sizeof result};
    memcpy(result.posterior, prior, sizeof result.posterior);
    p.model = malloc(sizeof *p.model);
    p.index = malloc((sample_count + 1) * sizeof *p.index);
    p.weight = malloc((sample_count + 1) * sizeof *p.weight);
    p.spread = malloc((sample_count + 1) * sizeof *p.spread);
    if (!p.model || !p.index || !p.weight || !p.spread)
        status = llmp__fail_memory(error, "a calibration");
    else
        status = run(&p, sample_count, options ? options : &defaults, &result, fits, error);
    free(p.model);
    free(p.index);
    free(p.weight);
    free(p.spread);
    if (status == LLMP_OK)
        *out = result;
    return status;
}
