/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work of the host: experts kept in its memory, and layers sent to a device for prefill. */
#include "speed/step.h"

#include <math.h>

void llmp__host_rates(const llmp_speed_model *model, llmp__rates *out)
{
    const llmp_profile *profile = &model->host_profile;
    *out = (llmp__rates){.tile_tokens = 0};
    double experts = profile->expert_bandwidth_factor;
    out->bytes_per_s = (experts > 0 ? experts : 1) * profile->weight_bandwidth_ratio *
                       model->host_bandwidth_bytes_per_s;
    out->kv_bytes_per_s = profile->kv_bandwidth_ratio * model->host_bandwidth_bytes_per_s;
    for (int part = 0; part < LLMP_PART_COUNT; part++)
        out->products[part] =
            llmp__rates_of(&model->host_products[part], 1, model->host_compute_ratio,
                           model->host_flop_per_s, model->host_dequant_weights_per_s, 0);
    out->attention_flop_per_s = profile->attention_compute_ratio * model->host_flop_per_s;
    out->moe_compute_ratio = profile->moe_compute_ratio > 0 ? profile->moe_compute_ratio : 1;
    out->moe_half_tokens = profile->moe_half_tokens;
    out->routing_skew = profile->routing_skew;
    out->norm_p = profile->norm_p;
}

double llmp__stream_bytes_per_s(const llmp_speed_model *model)
{
    double link = model->host_link_bandwidth_bytes_per_s;
    double memory = model->host_bandwidth_bytes_per_s;
    return memory > 0 && memory < link ? memory : link;
}

double llmp__streamed_stage_s(const llmp_speed_model *model, const llmp_speed_stage *stage,
                              double tokens, llmp__routing *routing)
{
    const llmp_speed_stage *lead = llmp__lead_stage(model);
    double rate = llmp__stream_bytes_per_s(model);
    if (lead->is_host || !(rate > 0))
        return HUGE_VAL;
    llmp_speed_stage there = *lead;
    there.group_first = stage->group_first;
    there.group_count = stage->group_count;
    llmp__stage_pass pass;
    llmp__stage_pass_time(model, &there, tokens, true, routing, &pass);
    return pass.device.time_s + pass.host_s + pass.device.bytes / rate;
}
