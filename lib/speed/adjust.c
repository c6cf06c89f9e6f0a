/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from a stage's profile, and what other builds and drivers do to it. */
#include "base/error.h"
#include "speed/prepare.h"

#include <math.h>
#include <string.h>

static const double years_max = 3;
enum { SMALL_BLOCK = 255, WIDE_BITS = 16 };

static double first_known(double a, double b, double c)
{
    return a > 0 ? a : b > 0 ? b : c;
}

static double ratio_of_width(const llmp_profile *p, uint32_t bits)
{
    double c16 = p->compute_16bit_ratio, c8 = p->compute_8bit_ratio, c4 = p->compute_4bit_ratio;
    return bits == WIDE_BITS ? first_known(c16, c8, c4)
           : bits == 8       ? first_known(c8, c4, c16)
                             : first_known(c4, c8, c16);
}

static double unpack_flop(const llmp_profile *p, uint32_t block_weights)
{
    return block_weights > SMALL_BLOCK ? p->unpack_k_flop_per_weight : p->unpack_flop_per_weight;
}

static double given(double factor)
{
    return factor > 0 ? factor : 1;
}

static llmp_profile_format factors_of(const llmp_profile *p, const llmp_format *format)
{
    llmp_profile_format out = {.compute_factor = 1, .batch_factor = 1};
    for (size_t i = 0; i < p->format_count; i++)
        if (strcmp(p->formats[i].format, format->head.id) == 0) {
            out.compute_factor = given(p->formats[i].compute_factor);
            out.batch_factor = given(p->formats[i].batch_factor);
        }
    return out;
}

/* Products of one format after the other: times per weight add up. */
static llmp_speed_products products_of(const llmp_profile *p, const llmp_format_mix *mix,
                                       const llmp__peaks *peaks)
{
    double all = 0, multiply = 0, vector = 0, unpack = 0;
    for (uint32_t i = 0; i < mix->count; i++) {
        const llmp_format *format = mix->formats[i];
        llmp_profile_format by = factors_of(p, format);
        uint32_t bits = llmp__width_bits(llmp__format_width(format));
        double peak = bits == WIDE_BITS ? peaks->wide_flop_per_s : peaks->quantized_flop_per_s;
        double rate = fmin(1, ratio_of_width(p, bits) * by.compute_factor) * peak;
        all += mix->weights[i];
        multiply += mix->weights[i] / rate;
        vector += mix->weights[i] / (rate * by.batch_factor);
        if (bits == WIDE_BITS)
            continue;
        double flop = unpack_flop(p, format->block_weights);
        if (flop > 0 && peaks->fp32_flop_per_s > 0)
            unpack += mix->weights[i] * flop / peaks->fp32_flop_per_s;
        else if (p->dequant_weights_per_s > 0)
            unpack += mix->weights[i] / p->dequant_weights_per_s;
    }
    llmp_speed_products out = {0, 0, 0};
    if (all > 0 && multiply > 0 && isfinite(multiply)) {
        out.compute_ratio = all / multiply / peaks->main_flop_per_s;
        out.dequant_weights_per_s = unpack > 0 ? all / unpack : 0;
        out.batch_compute_ratio = p->batch_compute_ratio * multiply / vector;
    }
    return out;
}

void llmp__derive_products(const llmp_speed_model *model, const llmp_profile *profile,
                           const llmp__peaks *peaks, llmp_speed_products out[LLMP_PART_COUNT])
{
    bool known = profile->format_count > 0 && peaks->main_flop_per_s > 0;
    for (int part = 0; part < LLMP_PART_COUNT; part++)
        out[part] = known ? products_of(profile, &model->mixes[part], peaks)
                          : (llmp_speed_products){0, 0, 0};
}

void llmp__stage_derive(const llmp_speed_model *model, llmp_speed_stage *stage)
{
    const llmp_profile *p = &stage->profile;
    llmp__peaks peaks = {stage->compute_flop_per_s, stage->attention_flop_per_s,
                         stage->quantized_flop_per_s, stage->fp32_flop_per_s};
    llmp__derive_products(model, p, &peaks, stage->products);
    stage->compute_ratio = ratio_of_width(p, stage->weight_bits);
    stage->dequant_weights_per_s = 0;
    if (stage->weight_bits == WIDE_BITS)
        return;
    double flop = unpack_flop(p, stage->block_weights);
    if (flop > 0 && stage->fp32_flop_per_s > 0)
        stage->dequant_weights_per_s = stage->fp32_flop_per_s / flop;
    else
        stage->dequant_weights_per_s = p->dequant_weights_per_s;
}

static void scale_ratio(double *ratio, double factor)
{
    *ratio = fmin(1, *ratio * factor);
}

static void scale_profile(llmp_profile *p, const llmp_profile_driver *by)
{
    scale_ratio(&p->weight_bandwidth_ratio, given(by->bandwidth_factor));
    scale_ratio(&p->kv_bandwidth_ratio, given(by->kv_factor));
    scale_ratio(&p->compute_16bit_ratio, given(by->compute_factor));
    scale_ratio(&p->compute_8bit_ratio, given(by->compute_factor));
    scale_ratio(&p->compute_4bit_ratio, given(by->compute_factor));
    scale_ratio(&p->attention_compute_ratio, given(by->compute_factor));
    scale_ratio(&p->attention_decode_ratio, given(by->compute_factor));
    scale_ratio(&p->moe_compute_ratio, given(by->moe_compute_factor));
    p->layer_s *= given(by->layer_factor);
    p->moe_layer_s *= given(by->layer_factor);
    p->linear_layer_s *= given(by->layer_factor);
    p->mla_layer_s *= given(by->layer_factor);
}

static void age(llmp_profile *p, double year)
{
    double years = fmin(years_max, p->build_year - year);
    if (!(p->build_year > 0 && years > 0))
        return;
    llmp_profile_driver by = {.id = "age"};
    by.bandwidth_factor = exp(p->bandwidth_per_year * years);
    by.kv_factor = exp(p->kv_per_year * years);
    by.layer_factor = exp(p->layer_per_year * years);
    by.compute_factor = exp(p->compute_per_year * years);
    by.moe_compute_factor = exp(p->moe_per_year * years);
    scale_profile(p, &by);
    double attention = exp(p->attention_per_year * years);
    scale_ratio(&p->attention_compute_ratio, attention);
    scale_ratio(&p->attention_decode_ratio, attention);
}

/* The longest id that the driver's name begins with. */
static const llmp_profile_driver *find_driver(const llmp_profile *p, const char *driver)
{
    const llmp_profile_driver *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < p->driver_count; i++) {
        size_t length = strlen(p->drivers[i].id);
        if (length > longest && strncmp(p->drivers[i].id, driver, length) == 0) {
            best = &p->drivers[i];
            longest = length;
        }
    }
    return best;
}

llmp_status llmp_speed_adjust(llmp_speed_model *model, const llmp_speed_conditions *conditions,
                              llmp_error *error)
{
    if (!model || !model->struct_size)
        return llmp__fail_argument(error, "model", "is NULL or not prepared");
    for (uint32_t i = 0; i < model->stage_count; i++) {
        llmp_speed_stage *stage = &model->stages[i];
        if (conditions && conditions->build_year > 0)
            age(&stage->profile, conditions->build_year);
        const llmp_profile_driver *driver = conditions && conditions->driver
                                                ? find_driver(&stage->profile, conditions->driver)
                                                : NULL;
        if (driver)
            scale_profile(&stage->profile, driver);
        llmp__stage_derive(model, stage);
    }
    return LLMP_OK;
}
