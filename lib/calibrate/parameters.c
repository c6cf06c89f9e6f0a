/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/parameters.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define P(member) offsetof(llmp_profile, member)

/* Spreads are those that data/fit found between devices of a class (data/fit/predict.c), wider
 * where it had one value for all of them. */
const llmp__parameter llmp__parameters[LLMP_CALIBRATE_COUNT] = {
    [LLMP_CALIBRATE_WEIGHT_BANDWIDTH] = {"weight_bandwidth_ratio", P(weight_bandwidth_ratio), true,
                                         false, false, 0.2},
    [LLMP_CALIBRATE_KV_BANDWIDTH] = {"kv_bandwidth_ratio", P(kv_bandwidth_ratio), true, false,
                                     false, 0.5},
    [LLMP_CALIBRATE_LAYER] = {"layer_us", P(layer_s), false, false, false, 0.5},
    [LLMP_CALIBRATE_MOE_LAYER] = {"moe_layer_us", P(moe_layer_s), false, false, false, 0.5},
    [LLMP_CALIBRATE_SEQUENCE] = {"sequence_us", P(sequence_s), false, false, false, 0.5},
    [LLMP_CALIBRATE_UNPACK] = {"unpack_flop_per_weight", P(unpack_flop_per_weight), false, false,
                               false, 0.4},
    [LLMP_CALIBRATE_UNPACK_K] = {"unpack_k_flop_per_weight", P(unpack_k_flop_per_weight), false,
                                 false, false, 0.4},
    [LLMP_CALIBRATE_COMPUTE_16BIT] = {"compute_16bit_ratio", P(compute_16bit_ratio), true, true,
                                      true, 0.25},
    [LLMP_CALIBRATE_COMPUTE_8BIT] = {"compute_8bit_ratio", P(compute_8bit_ratio), true, true, true,
                                     0.25},
    [LLMP_CALIBRATE_COMPUTE_4BIT] = {"compute_4bit_ratio", P(compute_4bit_ratio), true, true, true,
                                     0.25},
    [LLMP_CALIBRATE_ATTENTION] = {"attention_compute_ratio", P(attention_compute_ratio), true, true,
                                  true, 0.4},
    [LLMP_CALIBRATE_ATTENTION_DECODE] = {"attention_decode_ratio", P(attention_decode_ratio), true,
                                         false, false, 0.5},
    [LLMP_CALIBRATE_MOE_COMPUTE] = {"moe_compute_ratio", P(moe_compute_ratio), true, false, true,
                                    0.4},
    [LLMP_CALIBRATE_BATCH_COMPUTE] = {"batch_compute_ratio", P(batch_compute_ratio), false, false,
                                      false, 0.4},
    [LLMP_CALIBRATE_ATTENTION_PAIR] = {"attention_pair_flop", P(attention_pair_flop), false, false,
                                       false, 0.5},
};
const double llmp__common_spread_ratio = 0.3;

const char *llmp_calibration_key(llmp_calibration_parameter parameter)
{
    return (unsigned)parameter < LLMP_CALIBRATE_COUNT ? llmp__parameters[parameter].key : NULL;
}

/* A ratio of 1 has no logit; just below it there is nothing left to find. */
static const double ratio_max = 0.999;

double llmp__to_scale(const llmp__parameter *p, double value)
{
    if (!p->ratio)
        return log(value);
    value = fmin(value, ratio_max);
    return log(value / (1 - value));
}

double llmp__from_scale(const llmp__parameter *p, double x)
{
    return p->ratio ? 1 / (1 + exp(-x)) : exp(x);
}

double llmp__log_slope(const llmp__parameter *p, double value)
{
    return p->ratio ? 1 - fmin(value, ratio_max) : 1;
}

static double *member(llmp_profile *profile, size_t offset)
{
    return (double *)(void *)((char *)profile + offset);
}

llmp_status llmp_calibration_prior(const llmp_profile *profile,
                                   llmp_calibration_value out[LLMP_CALIBRATE_COUNT],
                                   llmp_error *error)
{
    if (!profile || !out)
        return llmp__fail_argument(error, profile ? "out" : "profile", "must not be NULL");
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++) {
        const llmp__parameter *p = &llmp__parameters[i];
        double value;
        memcpy(&value, (const char *)profile + p->offset, sizeof value);
        double sigma = p->of_prefill ? profile->sigma_prefill : profile->sigma_decode;
        out[i].value = value > 0 ? value : 0;
        out[i].spread_ratio = value > 0 ? fmax(p->spread_ratio, sigma) : 0;
    }
    return LLMP_OK;
}

void llmp_calibration_apply(const llmp_calibration_value values[LLMP_CALIBRATE_COUNT],
                            llmp_profile *profile)
{
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++)
        if (values[i].value > 0)
            *member(profile, llmp__parameters[i].offset) = values[i].value;
}
