/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peak rates and power of devices, with declared stand-ins for missing facts. */
#include "speed/prepare.h"

#include <string.h>

/* Idle cards draw 3 to 10 % of their TDP. */
static const double idle_tdp_ratio = 0.07;

static bool own_fact(const llmp_device *device, size_t offset, double *out)
{
    if (!llmp_catalog_has(LLMP_KIND_DEVICE, device, offset))
        return false;
    memcpy(out, (const char *)device + offset, sizeof *out);
    return *out > 0;
}

bool llmp__device_fact(llmp__preparation *preparation, const llmp_device *device, size_t offset,
                       double *out)
{
    if (own_fact(device, offset, out))
        return true;
    llmp_device filled;
    if (!device->like || !llmp_device_fill(preparation->catalog, device, &filled) ||
        !own_fact(&filled, offset, out))
        return false;
    preparation->out->grade = llmp_grade_worse(preparation->out->grade, LLMP_GRADE_DERIVED);
    llmp__widen(preparation, "a device's facts taken from a similar one");
    return true;
}

static const size_t rate_offsets[LLMP_COMPUTE_COUNT] = {
    [LLMP_COMPUTE_FP32] = offsetof(llmp_device, fp32_flop_per_s),
    [LLMP_COMPUTE_FP16] = offsetof(llmp_device, fp16_flop_per_s),
    [LLMP_COMPUTE_BF16] = offsetof(llmp_device, bf16_flop_per_s),
    [LLMP_COMPUTE_FP8] = offsetof(llmp_device, fp8_flop_per_s),
    [LLMP_COMPUTE_FP4] = offsetof(llmp_device, fp4_flop_per_s),
    [LLMP_COMPUTE_INT8] = offsetof(llmp_device, int8_op_per_s),
    [LLMP_COMPUTE_INT4] = offsetof(llmp_device, int4_op_per_s),
};

/* Where a device lacks a type, engines unpack to the next one it has. */
static llmp_compute next_type(llmp_compute type)
{
    switch (type) {
    case LLMP_COMPUTE_FP4:
        return LLMP_COMPUTE_FP8;
    case LLMP_COMPUTE_INT4:
        return LLMP_COMPUTE_INT8;
    case LLMP_COMPUTE_FP8:
    case LLMP_COMPUTE_INT8:
    case LLMP_COMPUTE_BF16:
        return LLMP_COMPUTE_FP16;
    case LLMP_COMPUTE_FP16:
        return LLMP_COMPUTE_FP32;
    case LLMP_COMPUTE_FP32:
    case LLMP_COMPUTE_COUNT:
        break;
    }
    return LLMP_COMPUTE_COUNT;
}

static bool is_16bit(llmp_compute type)
{
    return type == LLMP_COMPUTE_FP16 || type == LLMP_COMPUTE_BF16;
}

/* Some cards do 16 bit at a fraction of their 32-bit rate (Pascal: 1/64); engines then widen. */
static double at_least_fp32(llmp__preparation *preparation, const llmp_device *device, double rate)
{
    double wide;
    return llmp__device_fact(preparation, device, rate_offsets[LLMP_COMPUTE_FP32], &wide) &&
                   wide > rate
               ? wide
               : rate;
}

bool llmp__compute_rate(llmp__preparation *preparation, const llmp_device *device,
                        llmp_compute type, double *out)
{
    for (; type != LLMP_COMPUTE_COUNT; type = next_type(type))
        if (llmp__device_fact(preparation, device, rate_offsets[type], out)) {
            if (is_16bit(type))
                *out = at_least_fp32(preparation, device, *out);
            return true;
        }
    return false;
}

double llmp__ceiling_rate(llmp__preparation *preparation, const llmp_device *device,
                          const llmp_format *format)
{
    double best = 0, rate;
    for (size_t i = 0; i < format->kernel_compute_count; i++) {
        llmp_compute type = format->kernel_computes[i];
        if (llmp__device_fact(preparation, device, rate_offsets[type], &rate) && rate > best)
            best = rate;
        if (type == LLMP_COMPUTE_FP16 &&
            llmp__device_fact(preparation, device, offsetof(llmp_device, fp16_acc16_flop_per_s),
                              &rate) &&
            rate > best)
            best = rate;
        if (is_16bit(type))
            best = at_least_fp32(preparation, device, best);
    }
    return best;
}

double llmp__device_idle_w(const llmp_device *device, double tdp_w)
{
    for (size_t i = 0; i < device->power_count; i++) {
        const llmp_power *power = &device->powers[i];
        if (power->state == LLMP_POWER_IDLE &&
            (power->scope == LLMP_POWER_DEVICE || device->tdp_is_wall))
            return 0.5 * (power->low_w + power->high_w);
    }
    return idle_tdp_ratio * tdp_w;
}
