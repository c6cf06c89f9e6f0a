/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power while decoding and prefilling. */
#include "speed/step.h"

#include <math.h>

/*
 * P = TDP min(0.85, 0.55 + 0.055 ln B): of 343 vLLM runs on H100 and B200 (ML.ENERGY v3) a device
 * draws 0.63 of its TDP at 8 sequences, 0.78 at 100 and 0.84 above 150.
 */
static const double base_ratio = 0.55;
static const double per_log_batch_ratio = 0.055;
static const double most_ratio = 0.85;

double llmp__decode_power_ratio(double batch)
{
    return fmin(most_ratio, base_ratio + per_log_batch_ratio * log(batch));
}

double llmp__prefill_power_ratio(void)
{
    return most_ratio;
}

double llmp_speed_idle_w(const llmp_speed_model *model)
{
    double total = model->host_idle_w;
    for (uint32_t i = 0; i < model->stage_count; i++) {
        const llmp_speed_stage *stage = &model->stages[i];
        if (!(stage->tdp_w > 0) && !stage->is_host)
            return (double)NAN;
        total += stage->devices * stage->idle_w;
    }
    return total;
}

double llmp__busy_extra_w(const llmp_speed_stage *stage, double power_ratio)
{
    double extra = power_ratio * stage->tdp_w - stage->idle_w;
    return extra > 0 ? stage->devices * extra : 0;
}
