/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One decode pass and the rates that follow from it. */
#include "base/error.h"
#include "speed/step.h"

#include <math.h>

static void add_stage(const llmp_speed_model *model, uint32_t index, double context, double batch,
                      double tokens, llmp__routing *routing, llmp__step *out, llmp__bounds *bounds,
                      llmp__ceiling_stage *work, double *distinct_layers, double *moe_layers,
                      double *busy_s)
{
    const llmp_speed_stage *stage = &model->stages[index];
    llmp__rates rates;
    llmp__stage_rates(stage, &rates);
    llmp__stage_pass pass;
    llmp__stage_pass_time(model, stage, batch * tokens, false, routing, &pass);
    if (stage->extra_bytes > 0 || stage->head_weights > 0) {
        llmp__linear head = llmp__head_time(stage, batch * tokens);
        llmp__linear_add(&pass.device, &head);
        pass.bytes += head.bytes;
        pass.flop += head.flop;
    }
    llmp__attention attention;
    llmp__attention_decode(model, stage, context, batch, tokens, &attention);
    double kv_s = attention.shared_bytes / rates.kv_bytes_per_s;
    double pairs_s = rates.attention_decode_flop_per_s > 0
                         ? (attention.flop + rates.attention_pair_flop * attention.pairs) /
                               rates.attention_decode_flop_per_s
                         : 0;
    double state_s = (attention.state_bytes - attention.scan_bytes) / rates.state_bytes_per_s +
                     attention.scan_bytes / rates.scan_bytes_per_s;
    if (model->unfused_attention && stage->profile.attention_unfused_factor > 0) {
        kv_s /= stage->profile.attention_unfused_factor;
        pairs_s /= stage->profile.attention_unfused_factor;
    }
    double attention_s =
        state_s + (rates.attention_serial ? kv_s + pairs_s
                                          : llmp__smooth_max(kv_s, pairs_s, 0, rates.norm_p));
    kv_s += state_s;
    double overhead = llmp__layer_overhead_s(model, stage, batch * tokens > 1) +
                      attention.split_layers * stage->profile.cache_split_s;
    double reduce = llmp__allreduce_s(model, stage, batch * tokens);

    llmp_step_parts *parts = &out->parts;
    double busy = pass.device.time_s + attention_s + overhead + reduce;
    out->attention_ratio += attention_s; /* seconds, until the step's are known */
    if (stage->is_host) {
        parts->host_s += busy + pass.host_s;
        bounds->host_read_s += pass.device.weights_s + kv_s;
        bounds->host_compute_s += fmax(pass.device.compute_s, pass.device.dequant_s) + pairs_s;
    } else {
        parts->weights_s += pass.device.weights_s;
        parts->compute_s += pass.device.time_s - pass.device.weights_s + attention_s - kv_s;
        parts->kv_s += kv_s;
        parts->overhead_s += overhead;
        parts->host_s += pass.host_s;
        bounds->linear_s += pass.device.time_s;
        bounds->weights_s += pass.device.weights_s;
        bounds->compute_s += pass.device.compute_s + (pairs_s > kv_s ? pairs_s : 0);
        bounds->dequant_s += pass.device.dequant_s;
    }
    bounds->host_read_s += pass.host_read_s;
    bounds->host_compute_s += pass.host_compute_s;
    parts->communication_s += stage->is_host ? 0 : reduce;
    parts->communication_s += llmp__handover_s(model, index, batch * tokens);
    out->weights_bytes += pass.bytes;
    out->kv_bytes += attention.bytes;
    out->flop += pass.flop + attention.flop + attention.state_flop;
    *distinct_layers += pass.distinct_layers;
    *moe_layers += pass.moe_layers;
    *work = (llmp__ceiling_stage){attention.bytes, pass.flop + attention.least_flop};
    *busy_s = busy;
}

void llmp__decode_step(const llmp_speed_model *model, double context, double batch, double tokens,
                       llmp__step *out)
{
    *out = (llmp__step){.flop = 0};
    llmp__bounds bounds = {.linear_s = 0};
    llmp__ceiling_stage work[LLMP_SPEED_STAGES_MAX];
    llmp__routing routing = {.nodes = 0};
    double distinct_layers = 0, moe_layers = 0, extra_j = 0;
    double power = llmp__decode_power_ratio(batch * tokens);
    for (uint32_t i = 0; i < model->stage_count; i++) {
        double busy_s;
        add_stage(model, i, context, batch, tokens, &routing, out, &bounds, &work[i],
                  &distinct_layers, &moe_layers, &busy_s);
        extra_j += busy_s * llmp__busy_extra_w(&model->stages[i], power);
    }
    llmp_step_parts *parts = &out->parts;
    const llmp_profile *profile = &llmp__lead_stage(model)->profile;
    double fixed = profile->host_s + batch * profile->sequence_s;
    parts->overhead_s += fixed;
    if (model->disk_bytes > 0)
        parts->disk_s = model->disk_bytes / model->disk_read_bytes_per_s;
    parts->step_s = parts->weights_s + parts->compute_s + parts->kv_s + parts->overhead_s +
                    parts->communication_s + parts->host_s + parts->disk_s;

    out->attention_ratio =
        parts->step_s > 0 && isfinite(parts->step_s) ? out->attention_ratio / parts->step_s : 0;
    out->distinct_experts = moe_layers > 0 ? distinct_layers / moe_layers : 0;
    out->ceiling_s = llmp__decode_ceiling_s(model, batch, work);
    /* efficiencies are at most 1, yet smooth maxima of host and device work can in principle sum
     * to less than a bound over all of it */
    if (parts->step_s < out->ceiling_s) {
        parts->overhead_s += out->ceiling_s - parts->step_s;
        parts->step_s = out->ceiling_s;
    }
    out->limited_by = llmp__limit_of(parts, &bounds);
    double idle_w = llmp_speed_idle_w(model);
    out->energy_j = extra_j + parts->step_s * idle_w;
    out->energy_ceiling_j = out->ceiling_s * idle_w;
}

llmp_status llmp__check_decode(const llmp_speed_model *model, double context_tokens, uint32_t batch,
                               const void *out, llmp_error *error)
{
    if (!model || !out)
        return llmp__fail_argument(error, model ? "out" : "model", "must not be NULL");
    if (!model->struct_size || !model->stage_count)
        return llmp__fail_argument(error, "model", "is not prepared");
    if (!(context_tokens >= 0 && context_tokens <= 4294967296.0))
        return llmp__fail(error, LLMP_E_RANGE, "context is %g tokens, expected 0 .. 2^32",
                          context_tokens);
    if (batch < 1 || batch > 65536)
        return llmp__fail(error, LLMP_E_RANGE, "batch is %u sequences, expected 1 .. 65536", batch);
    return LLMP_OK;
}

void llmp__decode_answer(const llmp_speed_model *model, const llmp__step *step, double pass_s,
                         double ceiling_s, double yield, double most_yield, double batch,
                         double sigma, llmp_decode_result *out)
{
    out->step_s = pass_s;
    out->parts = step->parts;
    out->weights_read_bytes = step->weights_bytes;
    out->kv_read_bytes = step->kv_bytes;
    out->distinct_experts_count = step->distinct_experts;
    out->limited_by = step->limited_by;
    out->tokens_per_s =
        llmp__rate_estimate(llmp__rate(batch * yield, pass_s), sigma,
                            llmp__rate(batch * most_yield, ceiling_s), model->grade);
    out->sequence_tokens_per_s = out->tokens_per_s;
    out->sequence_tokens_per_s.p10 /= batch;
    out->sequence_tokens_per_s.p50 /= batch;
    out->sequence_tokens_per_s.p90 /= batch;
    out->sequence_tokens_per_s.ceiling /= batch;
    out->energy_j_per_token =
        llmp__time_estimate(step->energy_j / (batch * yield), sigma,
                            step->energy_ceiling_j / (batch * most_yield), model->grade);
    if (isnan(step->energy_j))
        out->energy_j_per_token = llmp__unknown_estimate();
}

llmp_status llmp_speed_decode(const llmp_speed_model *model, double context_tokens, uint32_t batch,
                              const llmp_trace *trace, llmp_decode_result *out, llmp_error *error)
{
    llmp_status status = llmp__check_decode(model, context_tokens, batch, out, error);
    if (status != LLMP_OK)
        return status;
    llmp__step step;
    llmp__decode_step(model, context_tokens, batch, 1, &step);
    double sigma = llmp__decode_sigma(model, context_tokens, batch, step.attention_ratio);
    llmp__decode_answer(model, &step, step.parts.step_s, step.ceiling_s, 1, 1, batch, sigma, out);
    if (!trace)
        return LLMP_OK;
    llmp__explain(trace, "decode", "distinct_experts", "sum over experts of 1 - (1 - p)^tokens",
                  step.distinct_experts, "", model->grade, "batch %u", batch);
    llmp__explain(trace, "decode", "weights_read_bytes", "dense + distinct experts + head",
                  step.weights_bytes, "B", model->grade, "batch %u", batch);
    llmp__explain(trace, "decode", "kv_read_bytes",
                  "sequences x (cache at the context, windows applied, + 2 x state)", step.kv_bytes,
                  "B", model->grade, "batch %u, context %.10g", batch, context_tokens);
    llmp__explain_parts(trace, "decode", model, &step.parts);
    llmp__explain(trace, "decode", "ceiling_s", "fewest bytes / peak bandwidth, FLOP / peak rate",
                  step.ceiling_s, "s", model->grade, "%s", "");
    llmp__explain(trace, "decode", "sigma", "of ln(predicted/measured)", sigma, "", model->grade,
                  "%s%s", model->widened,
                  sigma > model->sigma_decode ? "; wider for this batch, depth or kind of layer"
                                              : "");
    llmp__explain(trace, "decode", "tokens_per_s", "batch / step_s", out->tokens_per_s.p50,
                  "tokens/s", model->grade, "%s",
                  out->tokens_per_s.p90 >= out->tokens_per_s.ceiling ? "p90 cut at the ceiling"
                                                                     : "");
    return LLMP_OK;
}
