/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What bounds a pass. */
#include "speed/step.h"

const char *llmp_limit_name(llmp_limit limit)
{
    switch (limit) {
    case LLMP_LIMIT_WEIGHT_BANDWIDTH:
        return "memory bandwidth (weights)";
    case LLMP_LIMIT_KV_BANDWIDTH:
        return "memory bandwidth (KV cache)";
    case LLMP_LIMIT_COMPUTE:
        return "compute";
    case LLMP_LIMIT_DEQUANTISATION:
        return "unpacking of quantised weights";
    case LLMP_LIMIT_OVERHEAD:
        return "per-layer overhead";
    case LLMP_LIMIT_COMMUNICATION:
        return "communication between devices";
    case LLMP_LIMIT_HOST_BANDWIDTH:
        return "host memory bandwidth";
    case LLMP_LIMIT_DISK:
        return "disk";
    case LLMP_LIMIT_HOST_COMPUTE:
        return "host arithmetic";
    case LLMP_LIMIT_COUNT:
        break;
    }
    return "unknown";
}

llmp_limit llmp__limit_of(const llmp_step_parts *parts, const llmp__bounds *bounds)
{
    llmp_limit linear = LLMP_LIMIT_WEIGHT_BANDWIDTH;
    double largest = bounds->weights_s;
    if (bounds->compute_s > largest) {
        largest = bounds->compute_s;
        linear = LLMP_LIMIT_COMPUTE;
    }
    if (bounds->dequant_s > largest)
        linear = LLMP_LIMIT_DEQUANTISATION;

    const struct {
        llmp_limit limit;
        double time_s;
    } others[] = {
        {LLMP_LIMIT_KV_BANDWIDTH, parts->kv_s},
        {LLMP_LIMIT_OVERHEAD, parts->overhead_s},
        {LLMP_LIMIT_COMMUNICATION, parts->communication_s},
        {LLMP_LIMIT_HOST_BANDWIDTH, parts->host_s},
        {LLMP_LIMIT_DISK, parts->disk_s},
    };
    llmp_limit out = linear;
    double time = bounds->linear_s;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].time_s > time) {
            time = others[i].time_s;
            out = others[i].limit;
        }
    if (out == LLMP_LIMIT_HOST_BANDWIDTH && bounds->host_compute_s > bounds->host_read_s)
        out = LLMP_LIMIT_HOST_COMPUTE;
    return out;
}
