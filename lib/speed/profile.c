/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiencies of an engine on a device, for the width of weights at hand. */
#include "base/error.h"
#include "speed/prepare.h"

#include <string.h>

/* Start values where a profile states none: one stream on a known class of device. */
static const double default_sigma_decode = 0.25;
static const double default_sigma_prefill = 0.30;

llmp__width llmp__format_width(const llmp_format *format)
{
    if (format->bits_per_weight >= 12)
        return LLMP__WIDTH_16;
    return format->bits_per_weight >= 7 ? LLMP__WIDTH_8 : LLMP__WIDTH_4;
}

uint32_t llmp__width_bits(llmp__width width)
{
    switch (width) {
    case LLMP__WIDTH_16:
        return 16;
    case LLMP__WIDTH_8:
        return 8;
    case LLMP__WIDTH_4:
        break;
    }
    return 4;
}

/* The ratio for the width, or the nearest one the profile has. */
static double compute_ratio(llmp__preparation *preparation, const llmp_profile *profile,
                            llmp__width width)
{
    const double by_width[] = {profile->compute_16bit_ratio, profile->compute_8bit_ratio,
                               profile->compute_4bit_ratio};
    static const llmp__width order[][3] = {
        {LLMP__WIDTH_16, LLMP__WIDTH_8, LLMP__WIDTH_4},
        {LLMP__WIDTH_8, LLMP__WIDTH_4, LLMP__WIDTH_16},
        {LLMP__WIDTH_4, LLMP__WIDTH_8, LLMP__WIDTH_16},
    };
    for (int i = 0; i < 3; i++) {
        double ratio = by_width[order[width][i]];
        if (!(ratio > 0))
            continue;
        if (i > 0)
            llmp__widen(preparation, "no measurement of this weight format's width");
        return ratio;
    }
    return 0;
}

llmp_compute llmp__quantized_compute(const llmp_profile *profile, const llmp_format *format)
{
    return LLMP_HAS_PROFILE(profile, quantized_compute) ? profile->quantized_compute
                                                        : format->native_compute;
}

llmp_compute llmp__weight_compute(const llmp_profile *profile, const llmp_format *format)
{
    return llmp__format_width(format) == LLMP__WIDTH_16 ? format->native_compute
                                                        : llmp__quantized_compute(profile, format);
}

static llmp_status missing(llmp__preparation *preparation, const llmp_profile *profile,
                           const char *field)
{
    llmp_status status =
        llmp__fail(preparation->error, LLMP_E_NO_DATA, "the profile of %s on %s has no %s",
                   preparation->memory->engine->head.id,
                   profile->device_class ? profile->device_class : "the device", field);
    llmp__set_field(preparation->error, field);
    return status;
}

/* Nothing but a profile for every GPU, or for every CPU, covers it. */
static bool class_unknown(const llmp_profile *profile, const llmp_device *device)
{
    return profile->device_class && device->class_count > 1 &&
           strcmp(profile->device_class, device->classes[device->class_count - 1]) == 0;
}

llmp_status llmp__resolve_profile(llmp__preparation *preparation, const llmp_backend *backend,
                                  const llmp_device *device, llmp_profile *out,
                                  llmp_grade *out_grade, double *out_compute_ratio,
                                  double *out_dequant_weights_per_s)
{
    llmp_status status =
        (preparation->class_only ? llmp_profile_resolve_class : llmp_profile_resolve)(
            preparation->catalog, preparation->memory->engine, backend, device, out, out_grade,
            preparation->error);
    if (status != LLMP_OK)
        return status;
    llmp__width width = llmp__format_width(preparation->summary->main_format);
    *out_compute_ratio = compute_ratio(preparation, out, width);
    if (!(out->weight_bandwidth_ratio > 0))
        return missing(preparation, out, "weight_bandwidth_ratio");
    if (!(out->kv_bandwidth_ratio > 0))
        return missing(preparation, out, "kv_bandwidth_ratio");
    if (!(*out_compute_ratio > 0))
        return missing(preparation, out, "compute_16bit_ratio");
    if (!(out->attention_compute_ratio > 0))
        out->attention_compute_ratio = out->compute_16bit_ratio;
    *out_dequant_weights_per_s = width == LLMP__WIDTH_16 ? 0 : out->dequant_weights_per_s;

    if (class_unknown(out, device))
        llmp__widen(preparation, "no profile of this class of device");
    if (LLMP_HAS_DEVICE(device, numa_nodes) && device->numa_nodes > 1)
        llmp__widen(preparation, "more than one NUMA node");
    llmp_speed_model *model = preparation->out;
    double decode = out->sigma_decode > 0 ? out->sigma_decode : default_sigma_decode;
    double prefill = out->sigma_prefill > 0 ? out->sigma_prefill : default_sigma_prefill;
    if (decode > model->sigma_decode)
        model->sigma_decode = decode;
    if (prefill > model->sigma_prefill)
        model->sigma_prefill = prefill;
    model->grade = llmp_grade_worse(model->grade, *out_grade);
    return LLMP_OK;
}
