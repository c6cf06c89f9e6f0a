/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several devices cost: per-layer launches, all-reduces, hand-over between stages. */
#include "speed/step.h"

/* The mixer and the feed-forward part; a layer may have only one of them. */
static double halves(const llmp_speed_group *group)
{
    const uint32_t mixer = LLMP_WORK_ATTENTION | LLMP_WORK_MLA | LLMP_WORK_RECURRENT;
    const uint32_t feed = LLMP_WORK_FFN | LLMP_WORK_MOE;
    return group->work ? (group->work & mixer ? 1 : 0) + (group->work & feed ? 1 : 0) : 2;
}

double llmp__layer_overhead_s(const llmp_speed_model *model, const llmp_speed_stage *stage,
                              bool batch)
{
    const llmp_profile *profile = &stage->profile;
    double total = 0;
    for (uint32_t i = 0; i < stage->group_count; i++) {
        const llmp_speed_group *group = &model->groups[stage->group_first + i];
        double each = halves(group) / 2 * (profile->layer_s + (batch ? profile->batch_layer_s : 0));
        if (group->work & LLMP_WORK_MOE)
            each += profile->moe_layer_s;
        if (group->work & LLMP_WORK_RECURRENT)
            each += profile->linear_layer_s;
        if (group->work & LLMP_WORK_MLA)
            each += profile->mla_layer_s;
        total += group->count * each;
    }
    return total;
}

/* One after each half of a layer. */
static double reductions(const llmp_speed_model *model, const llmp_speed_stage *stage)
{
    double total = 0;
    for (uint32_t i = 0; i < stage->group_count; i++) {
        const llmp_speed_group *group = &model->groups[stage->group_first + i];
        total += group->count * halves(group);
    }
    return total;
}

double llmp__allreduce_s(const llmp_speed_model *model, const llmp_speed_stage *stage,
                         double tokens)
{
    if (stage->devices < 2)
        return 0;
    double n = stage->devices;
    double bytes = 2 * (n - 1) / n * tokens * model->hidden_bytes;
    double factor = stage->profile.allreduce_factor > 0 ? stage->profile.allreduce_factor : 1;
    double share = stage->profile.allreduce_bandwidth_factor;
    share = share > 0 ? share : 1;
    return reductions(model, stage) * (factor * model->allreduce_latency_s +
                                       bytes / (share * model->allreduce_bandwidth_bytes_per_s));
}

double llmp__handover_s(const llmp_speed_model *model, uint32_t i, double tokens)
{
    if (i + 1 >= model->stage_count)
        return 0;
    bool host = model->stages[i].is_host || model->stages[i + 1].is_host;
    double latency = host ? model->host_link_latency_s : model->stage_link_latency_s;
    double rate =
        host ? model->host_link_bandwidth_bytes_per_s : model->stage_link_bandwidth_bytes_per_s;
    return latency + (rate > 0 ? tokens * model->hidden_bytes / rate : 0);
}

const llmp_speed_stage *llmp__lead_stage(const llmp_speed_model *model)
{
    for (uint32_t i = 0; i < model->stage_count; i++)
        if (!model->stages[i].is_host)
            return &model->stages[i];
    return &model->stages[0];
}
