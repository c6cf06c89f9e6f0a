/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derivation, one term at a time. */
#include "speed/step.h"

#include <stdarg.h>
#include <stdio.h>

void llmp__explain(const llmp_trace *trace, const char *stage, const char *term,
                   const char *formula, double value, const char *unit, llmp_grade grade,
                   const char *format, ...)
{
    if (!trace || !trace->emit)
        return;
    char inputs[256];
    va_list args;
    va_start(args, format);
    vsnprintf(inputs, sizeof inputs, format, args);
    va_end(args);
    llmp_trace_term out = {stage, term, formula, inputs, value, unit, NULL, grade};
    trace->emit(trace->user, &out);
}

void llmp__explain_parts(const llmp_trace *trace, const char *stage, const llmp_speed_model *model,
                         const llmp_step_parts *parts)
{
    if (!trace || !trace->emit)
        return;
    const llmp_speed_stage *lead = llmp__lead_stage(model);
    const llmp_profile *profile = &lead->profile;
    const llmp_speed_products *products = &lead->products[LLMP_PART_DENSE];
    bool mixed = products->compute_ratio > 0;
    double eta = mixed ? products->compute_ratio : lead->compute_ratio;
    double unpacking = mixed ? products->dequant_weights_per_s : lead->dequant_weights_per_s;
    const char *id = profile->head.id ? profile->head.id : "?";
    llmp_grade grade = model->grade;
    llmp__explain(
        trace, stage, "weights_s", "weights read by the devices / (beta_w bandwidth devices)",
        parts->weights_s, "s", grade, "beta_w %.3g, bandwidth %.4g GB/s, devices %u, profile %s",
        profile->weight_bandwidth_ratio, lead->bandwidth_bytes_per_s / LLMP_GB, lead->devices, id);
    llmp__explain(trace, stage, "compute_s",
                  "smooth maximum of reading, multiplying and unpacking - reading, + attention",
                  parts->compute_s, "s", grade,
                  "eta %.3g%s, %.4g TFLOP/s, unpacking %.3g G/s, p %.3g", eta,
                  mixed ? " (by its formats)" : "", lead->compute_flop_per_s / 1e12,
                  unpacking / 1e9, profile->norm_p);
    llmp__explain(trace, stage, "kv_s", "kv_read_bytes / (beta_kv bandwidth)", parts->kv_s, "s",
                  grade, "beta_kv %.3g", profile->kv_bandwidth_ratio);
    llmp__explain(trace, stage, "overhead_s",
                  "layers t_layer + moe t_moe + linear t_linear + sequences t_seq + t_host",
                  parts->overhead_s, "s", grade,
                  "t_layer %.3g us, t_moe %.3g us, t_linear %.3g us, t_seq %.3g us, t_host %.3g us",
                  profile->layer_s * 1e6, profile->moe_layer_s * 1e6, profile->linear_layer_s * 1e6,
                  profile->sequence_s * 1e6, profile->host_s * 1e6);
    llmp__explain(trace, stage, "communication_s",
                  "reductions (alpha + 2(n-1)/n bytes/W) + hand-overs (latency + bytes/bandwidth)",
                  parts->communication_s, "s", grade, "n %u, alpha %.3g us, W %.4g GB/s, stages %u",
                  lead->devices, model->allreduce_latency_s * 1e6,
                  model->allreduce_bandwidth_bytes_per_s / LLMP_GB, model->stage_count);
    llmp__explain(trace, stage, "host_s",
                  "layers and experts of the host, read there: reading, multiplying, copies",
                  parts->host_s, "s", grade, "host bandwidth %.4g GB/s, link %.4g GB/s",
                  model->host_bandwidth_bytes_per_s / LLMP_GB,
                  model->host_link_bandwidth_bytes_per_s / LLMP_GB);
    llmp__explain(trace, stage, "disk_s", "disk_bytes / disk rate per pass", parts->disk_s, "s",
                  grade, "disk %.4g GB/s", model->disk_read_bytes_per_s / LLMP_GB);
    llmp__explain(trace, stage, "step_s", "sum of the parts", parts->step_s, "s", grade, "%s", "");
}
