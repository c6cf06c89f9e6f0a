/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 80 % intervals of a lognormal error, and the physical bound they must respect. */
#include "speed/step.h"

#include <math.h>

/* Profiles are measured up to about 32k positions; beyond, the error is half as large again. */
static const double measured_depth = 32768;
static const double beyond = 1.5;

double llmp__depth_sigma(double sigma, double positions)
{
    return positions > measured_depth ? beyond * sigma : sigma;
}

double llmp__rate(double count, double seconds)
{
    return seconds > 0 ? count / seconds : HUGE_VAL;
}

static const double deep_positions = 8192;
/* Batches were measured up to 64. */
static const double most_batch_power = 1.5;

static double given(double factor)
{
    return factor > 0 ? factor : 1;
}

static bool several_devices(const llmp_speed_model *model)
{
    return llmp__lead_stage(model)->devices > 1 || model->stage_count > 1;
}

double llmp__batch_power(double batch)
{
    return batch > 1 ? fmin(most_batch_power, log2(batch) / 4) : 0;
}

double llmp__prefill_sigma(const llmp_speed_model *model, double positions)
{
    double sigma = llmp__depth_sigma(model->sigma_prefill, positions);
    if (several_devices(model))
        sigma *= given(llmp__lead_stage(model)->profile.sigma_prefill_split_factor);
    return sigma;
}

double llmp__decode_sigma(const llmp_speed_model *model, double positions, double batch,
                          double attention_ratio)
{
    const llmp_profile *profile = &llmp__lead_stage(model)->profile;
    double sigma = llmp__depth_sigma(model->sigma_decode, positions);
    uint32_t work = 0;
    for (uint32_t i = 0; i < model->group_count; i++)
        work |= model->groups[i].work;
    if (work & (LLMP_WORK_MOE | LLMP_WORK_RECURRENT))
        sigma *= given(profile->sigma_mixed_factor);
    if ((work & LLMP_WORK_MOE) && (work & LLMP_WORK_RECURRENT))
        sigma *= given(profile->sigma_hybrid_factor);
    sigma *= pow(given(profile->sigma_batch_factor), llmp__batch_power(batch));
    sigma *= pow(given(profile->sigma_attention_factor), attention_ratio);
    if (positions > deep_positions)
        sigma *= given(profile->sigma_deep_factor);
    if (several_devices(model))
        sigma *= given(profile->sigma_split_factor);
    return sigma;
}

llmp_estimate llmp__rate_estimate(double p50, double sigma, double ceiling, llmp_grade grade)
{
    double spread = exp(LLMP__Z90 * sigma);
    p50 = fmin(p50, ceiling);
    return (llmp_estimate){p50 / spread, p50, fmin(p50 * spread, ceiling), ceiling, grade};
}

llmp_estimate llmp__time_estimate(double p50, double sigma, double ceiling, llmp_grade grade)
{
    double spread = exp(LLMP__Z90 * sigma);
    p50 = fmax(p50, ceiling);
    return (llmp_estimate){fmax(p50 / spread, ceiling), p50, p50 * spread, ceiling, grade};
}

llmp_estimate llmp__unknown_estimate(void)
{
    const double nothing = (double)NAN;
    return (llmp_estimate){nothing, nothing, nothing, nothing, LLMP_GRADE_ESTIMATE};
}
