/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The least time physics allows: every rate at its peak, nothing but bytes that must move and FLOP
 * that must be done, no overhead, and transfers hidden behind arithmetic.
 */
#include "speed/step.h"

#include <math.h>

/* Weights a stage must read if tokens agree on their experts as much as they can. */
static void fewest_weights(const llmp_speed_model *model, const llmp_speed_stage *stage,
                           double *device_bytes, double *host_bytes)
{
    double device = stage->extra_bytes;
    double host = 0;
    for (uint32_t i = 0; i < stage->group_count; i++) {
        const llmp_speed_group *group = &model->groups[stage->group_first + i];
        device += group->count * group->dense_bytes;
        double experts = group->count * group->experts_per_token * group->expert_bytes;
        if (group->experts_on_host && !stage->is_host)
            host += experts;
        else
            device += experts;
    }
    *device_bytes = device;
    *host_bytes = host;
}

static double disk_s(const llmp_speed_model *model)
{
    return model->disk_bytes > 0 ? model->disk_bytes / model->disk_read_bytes_per_s : 0;
}

/*
 * A token passes every stage, so a pass takes at least one sequence's share of each, one after
 * another; and a stage does all of its own work, however well stages overlap.
 */
double llmp__decode_ceiling_s(const llmp_speed_model *model, double sequences,
                              const llmp__ceiling_stage *work)
{
    double path = 0, busiest = 0, host_total = 0;
    for (uint32_t i = 0; i < model->stage_count; i++) {
        const llmp_speed_stage *stage = &model->stages[i];
        double bytes, host_bytes;
        fewest_weights(model, stage, &bytes, &host_bytes);
        double bandwidth = stage->devices * stage->bandwidth_bytes_per_s;
        double rate = stage->devices * stage->ceiling_flop_per_s;
        double host = host_bytes > 0 ? host_bytes / model->host_bandwidth_bytes_per_s : 0;
        path += fmax((bytes + work[i].kv_bytes / sequences) / bandwidth,
                     work[i].flop / sequences / rate) +
                host;
        busiest = fmax(busiest, fmax((bytes + work[i].kv_bytes) / bandwidth, work[i].flop / rate));
        host_total += host;
    }
    return fmax(fmax(path, fmax(busiest, host_total)), disk_s(model));
}

/* Stages overlap over many ubatches, and weights may move to whichever processor multiplies. */
double llmp__prefill_ceiling_s(const llmp_speed_model *model, const llmp__ceiling_stage *work)
{
    double busiest = 0, flop = 0, rates = 0;
    bool host = false;
    for (uint32_t i = 0; i < model->stage_count; i++) {
        const llmp_speed_stage *stage = &model->stages[i];
        double bytes, host_bytes;
        fewest_weights(model, stage, &bytes, &host_bytes);
        busiest = fmax(busiest, bytes / (stage->devices * stage->bandwidth_bytes_per_s));
        if (host_bytes > 0)
            busiest = fmax(busiest, host_bytes / model->host_bandwidth_bytes_per_s);
        host = host || stage->is_host || host_bytes > 0;
        flop += work[i].flop;
        rates += stage->devices * stage->ceiling_flop_per_s;
    }
    if (host && model->stage_count > 0 && !model->stages[model->stage_count - 1].is_host)
        rates += model->host_flop_per_s;
    double multiply = flop / rates;
    for (uint32_t i = 0; i < model->stage_count && !host; i++)
        multiply = fmax(multiply, work[i].flop / (model->stages[i].devices *
                                                  model->stages[i].ceiling_flop_per_s));
    return fmax(fmax(busiest, multiply), disk_s(model));
}
