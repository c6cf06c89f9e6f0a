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

void llmp__stage_derive(llmp_speed_stage *stage)
{
    const llmp_profile *p = &stage->profile;
    double c16 = p->compute_16bit_ratio, c8 = p->compute_8bit_ratio, c4 = p->compute_4bit_ratio;
    stage->compute_ratio = stage->weight_bits == WIDE_BITS ? first_known(c16, c8, c4)
                           : stage->weight_bits == 8       ? first_known(c8, c4, c16)
                                                           : first_known(c4, c8, c16);
    stage->dequant_weights_per_s = 0;
    if (stage->weight_bits == WIDE_BITS)
        return;
    double flop = stage->block_weights > SMALL_BLOCK ? p->unpack_k_flop_per_weight
                                                     : p->unpack_flop_per_weight;
    if (flop > 0 && stage->fp32_flop_per_s > 0)
        stage->dequant_weights_per_s = stage->fp32_flop_per_s / flop;
    else
        stage->dequant_weights_per_s = p->dequant_weights_per_s;
}

static void scale_ratio(double *ratio, double factor)
{
    *ratio = fmin(1, *ratio * factor);
}

static double given(double factor)
{
    return factor > 0 ? factor : 1;
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
        llmp__stage_derive(stage);
    }
    return LLMP_OK;
}
