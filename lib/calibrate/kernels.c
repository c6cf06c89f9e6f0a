/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What llama.cpp's CPU kernels reach of what micro-kernels reach. */
#include "calibrate/parameters.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

/* PER_FP32: operations of the FP32 rate a weight takes, hence the other way round. */
typedef enum rate { RATE_READ, RATE_FP32, RATE_INT8, PER_FP32, RATE_NONE } rate;

/*
 * Shares of the measured rate; a parameter without a rate has its value itself. Fitted by
 * `calibrate` to 236 speeds of llama.cpp v0.5.0 on two Zen 4 cores, random-weight models of the
 * dev-* shapes (tests/engine), against `llmplan bench` in the same minutes: median error 6.5 % in
 * decode and 3.7 % in prefill, with a model left out 6.8 and 5.4 %. Spreads allow for other
 * processors and for bandwidths that vary from minute to minute.
 */
static const struct share {
    llmp_calibration_parameter parameter;
    rate of;
    double share;
    double spread_ratio;
} shares[] = {
    {LLMP_CALIBRATE_WEIGHT_BANDWIDTH, RATE_READ, 0.97, 0.15},
    {LLMP_CALIBRATE_KV_BANDWIDTH, RATE_READ, 0.14, 0.3},
    {LLMP_CALIBRATE_LAYER, RATE_NONE, 52e-6, 0.4},
    {LLMP_CALIBRATE_MOE_LAYER, RATE_NONE, 21e-6, 0.5},
    {LLMP_CALIBRATE_SEQUENCE, RATE_NONE, 500e-6, 0.5},
    {LLMP_CALIBRATE_UNPACK, PER_FP32, 3.4, 0.25},
    {LLMP_CALIBRATE_UNPACK_K, PER_FP32, 3.75, 0.25},
    {LLMP_CALIBRATE_COMPUTE_16BIT, RATE_FP32, 0.44, 0.15},
    {LLMP_CALIBRATE_COMPUTE_8BIT, RATE_INT8, 0.19, 0.15},
    {LLMP_CALIBRATE_COMPUTE_4BIT, RATE_INT8, 0.27, 0.15},
    {LLMP_CALIBRATE_ATTENTION, RATE_FP32, 0.44, 0.3},
    {LLMP_CALIBRATE_ATTENTION_DECODE, RATE_FP32, 0.50, 0.3},
    {LLMP_CALIBRATE_MOE_COMPUTE, RATE_NONE, 0.64, 0.2},
    {LLMP_CALIBRATE_BATCH_COMPUTE, RATE_NONE, 0.63, 0.12},
    {LLMP_CALIBRATE_ATTENTION_PAIR, RATE_NONE, 900, 0.4},
};

static const double ratio_max = 0.999;

/*
 * Formats by their own gemm, which unpacks them in its innermost loop as llama.cpp's kernels do.
 * Q8_0 and F16, which llama.cpp keeps in rows, reach less of it than Q4_0, Q4_K and MXFP4, which it
 * interleaves; Q6_K was measured within Q4_K_M alone and has Q4_K's share. Q5_0 stands in for K
 * quants whose rows are no multiple of 256; it has Q8_0's kernel.
 */
static const struct format_share {
    const char *format;
    const char *kernel;            /* the format whose gemm counts */
    llmp_calibration_parameter of; /* ratio of the width */
    rate rate;
    double share;
    double batch_factor; /* few tokens: row by row, where many are multiplied in tiles */
} format_shares[] = {
    {"q4_0", "q4_0", LLMP_CALIBRATE_COMPUTE_4BIT, RATE_INT8, 0.378, 1},
    {"q4_k", "q4_k", LLMP_CALIBRATE_COMPUTE_4BIT, RATE_INT8, 0.40, 0.85},
    {"q6_k", "q6_k", LLMP_CALIBRATE_COMPUTE_4BIT, RATE_INT8, 0.40, 0.85},
    {"mxfp4", "mxfp4", LLMP_CALIBRATE_COMPUTE_4BIT, RATE_INT8, 0.34, 1.2},
    {"q8_0", "q8_0", LLMP_CALIBRATE_COMPUTE_8BIT, RATE_INT8, 0.286, 0.74},
    {"f16", "f16", LLMP_CALIBRATE_COMPUTE_16BIT, RATE_FP32, 0.361, 1.2},
    {"q5_0", "q8_0", LLMP_CALIBRATE_COMPUTE_4BIT, RATE_INT8, 0.20, 1},
};
enum { FORMAT_SHARES = sizeof format_shares / sizeof *format_shares };
_Static_assert((int)FORMAT_SHARES <= (int)LLMP_CALIBRATION_FORMATS_MAX, "room for the formats");

static size_t place_of(const char *format)
{
    size_t i = 0;
    while (i + 1 < FORMAT_SHARES && strcmp(format_shares[i].format, format) != 0)
        i++;
    return i;
}

const char *llmp_calibration_format(size_t i)
{
    return i < FORMAT_SHARES ? format_shares[i].format : NULL;
}

static double known_or(double known, double otherwise)
{
    return known > 0 ? known : otherwise;
}

/* As the speed stage takes them: 16-bit arithmetic where it is faster than FP32. */
static double stated_rate(const llmp_device *device, rate of)
{
    double wide = fmax(device->fp32_flop_per_s, device->fp16_flop_per_s);
    switch (of) {
    case RATE_READ:
        return device->memory_bandwidth_bytes_per_s;
    case RATE_INT8:
        return known_or(device->int8_op_per_s, wide);
    case RATE_FP32:
        return wide;
    case PER_FP32:
    case RATE_NONE:
        break;
    }
    return 0;
}

size_t llmp_calibration_formats(const llmp_calibration_kernels *kernels, const llmp_device *device,
                                const llmp_calibration_value values[LLMP_CALIBRATE_COUNT],
                                llmp_profile_format *out)
{
    size_t count = 0;
    for (size_t i = 0; i < FORMAT_SHARES; i++) {
        const struct format_share *s = &format_shares[i];
        double measured = kernels->format_op_per_s[place_of(s->kernel)];
        double width = values[s->of].value * stated_rate(device, s->rate);
        if (measured > 0 && width > 0)
            out[count++] = (llmp_profile_format){.format = s->format,
                                                 .compute_factor = s->share * measured / width,
                                                 .batch_factor = s->batch_factor,
                                                 .present = {7}}; /* all of them */
    }
    return count;
}

llmp_status llmp_calibration_narrow(const llmp_calibration_kernels *kernels,
                                    const llmp_device *device,
                                    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT],
                                    llmp_error *error)
{
    if (!kernels || !kernels->struct_size || !device || !prior)
        return llmp__fail_argument(error, "kernels, device or prior", "is NULL");
    bool bandwidth = device->memory_bandwidth_bytes_per_s > 0;
    if (!bandwidth || !(device->fp32_flop_per_s > 0)) {
        llmp_status status = llmp__fail(error, LLMP_E_NO_DATA, "%s states no %s", device->head.name,
                                        bandwidth ? "FP32 rate" : "memory bandwidth");
        llmp__set_field(error, bandwidth ? "fp32_tflops" : "memory_bandwidth_gb_s");
        llmp__hint(error, "state it with --set device.%s.%s=VALUE", device->head.id,
                   bandwidth ? "fp32_tflops" : "memory_bandwidth_gb_s");
        return status;
    }
    const double measured[] = {kernels->read_bytes_per_s, kernels->fp32_op_per_s,
                               known_or(kernels->int8_op_per_s, kernels->fp32_op_per_s),
                               device->fp32_flop_per_s};
    const double stated[] = {stated_rate(device, RATE_READ), stated_rate(device, RATE_FP32),
                             stated_rate(device, RATE_INT8), kernels->fp32_op_per_s};
    double noise = kernels->spread_ratio > 0 ? kernels->spread_ratio : 0;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        const struct share *s = &shares[i];
        double value = s->share;
        if (s->of != RATE_NONE) {
            if (!(measured[s->of] > 0 && stated[s->of] > 0))
                continue;
            value *= measured[s->of] / stated[s->of];
        }
        if (llmp__parameters[s->parameter].ratio)
            value = fmin(value, ratio_max);
        prior[s->parameter] = (llmp_calibration_value){
            value, s->of == RATE_NONE ? s->spread_ratio : hypot(s->spread_ratio, noise)};
    }
    return LLMP_OK;
}
