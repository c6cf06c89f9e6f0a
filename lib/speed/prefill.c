/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prefill: prompts cut into ubatches, quadratic attention, the head once. */
#include "base/error.h"
#include "speed/step.h"

#include <math.h>

typedef struct prompt_work {
    double tokens; /* of all sequences */
    double ubatch;
    double full; /* passes of `ubatch` tokens */
    double rest; /* tokens of the last, smaller pass; 0: none */
    double passes;
} prompt_work;

typedef struct stage_sums {
    llmp_step_parts parts;
    llmp__bounds bounds;
    llmp__ceiling_stage ceiling[LLMP_SPEED_STAGES_MAX];
    double slowest_s;      /* largest stage, all passes */
    double slowest_pass_s; /* the same of one pass */
    double staged_s;       /* sum over stages, all passes */
    double staged_pass_s;  /* one pass of each */
    llmp__routing routing;
    double extra_j;
    double flop;
    bool host;
} stage_sums;

static void scale_linear(llmp__linear *sum, const llmp__linear *part, double times)
{
    sum->time_s += times * part->time_s;
    sum->weights_s += times * part->weights_s;
    sum->compute_s += times * part->compute_s;
    sum->dequant_s += times * part->dequant_s;
    sum->flop += times * part->flop;
}

/* Passes of `tokens` tokens each: matrix products, copies, all-reduces. Returns the time of one. */
static double add_passes(const llmp_speed_model *model, uint32_t index, double tokens, double times,
                         llmp__linear *linear, double *host_s, double *links_s, stage_sums *out)
{
    const llmp_speed_stage *stage = &model->stages[index];
    llmp__stage_pass pass;
    llmp__stage_pass_time(model, stage, tokens, true, &out->routing, &pass);
    if (stage->is_host) {
        double there = llmp__streamed_stage_s(model, stage, tokens, &out->routing);
        if (there < pass.device.time_s) {
            pass.device.time_s = pass.device.weights_s = there;
            pass.device.compute_s = pass.device.dequant_s = 0;
        }
    } else if (pass.device.bytes > 0) {
        llmp__rates rates;
        llmp__stage_rates(stage, &rates);
        if (rates.pass_bytes_per_s > 0)
            pass.device.time_s += pass.device.bytes / rates.pass_bytes_per_s;
    }
    double links = llmp__allreduce_s(model, stage, tokens) + llmp__handover_s(model, index, tokens);
    scale_linear(linear, &pass.device, times);
    *host_s += times * pass.host_s;
    out->bounds.host_read_s += times * pass.host_read_s;
    out->bounds.host_compute_s += times * pass.host_compute_s;
    *links_s += times * links;
    out->flop += times * pass.flop;
    out->ceiling[index].flop += times * (pass.flop - pass.avoidable_flop);
    return pass.device.time_s + pass.host_s + links;
}

static void add_stage(const llmp_speed_model *model, uint32_t index, const prompt_work *work,
                      double prompt, double prefix, double sequences, stage_sums *out)
{
    const llmp_speed_stage *stage = &model->stages[index];
    llmp__rates rates;
    llmp__stage_rates(stage, &rates);
    llmp__linear linear = {.time_s = 0};
    double host_s = 0, links_s = 0;
    out->ceiling[index] = (llmp__ceiling_stage){0, 0};
    double pass_s = 0;
    if (work->rest > 0)
        pass_s = add_passes(model, index, work->rest, 1, &linear, &host_s, &links_s, out);
    if (work->full > 0)
        pass_s =
            add_passes(model, index, work->ubatch, work->full, &linear, &host_s, &links_s, out);
    if (stage->extra_bytes > 0 || stage->head_weights > 0) {
        llmp__linear head = llmp__head_time(stage, sequences);
        scale_linear(&linear, &head, 1);
        out->flop += head.flop;
        out->ceiling[index].flop += head.flop;
    }
    llmp__attention attention;
    llmp__attention_prefill(model, stage, prompt, prefix, sequences, work->ubatch, &attention);
    /* tiles of a long cache stream like weights; decode's lower rate is a lack of parallel work */
    double kv_s =
        (attention.shared_bytes * stage->devices + attention.state_bytes) / rates.bytes_per_s;
    double pairs_s =
        rates.attention_flop_per_s > 0 ? attention.flop / rates.attention_flop_per_s : 0;
    if (attention.state_flop > 0)
        pairs_s += attention.state_flop / rates.scan_flop_per_s;
    double launch = llmp__layer_overhead_s(model, stage, false);
    double overhead = work->passes * launch;
    out->flop += attention.flop + attention.state_flop;
    out->ceiling[index].flop += attention.least_flop;

    double busy = linear.time_s + kv_s + pairs_s + overhead;
    llmp_step_parts *parts = &out->parts;
    if (stage->is_host) {
        parts->host_s += busy + host_s;
        out->bounds.host_read_s += linear.weights_s + kv_s;
        out->bounds.host_compute_s += fmax(linear.compute_s, linear.dequant_s) + pairs_s;
        out->host = true;
    } else {
        parts->weights_s += linear.weights_s;
        parts->compute_s += linear.time_s - linear.weights_s + pairs_s;
        parts->kv_s += kv_s;
        parts->overhead_s += overhead;
        parts->host_s += host_s;
        out->bounds.linear_s += linear.time_s + pairs_s;
        out->bounds.weights_s += linear.weights_s;
        out->bounds.compute_s += linear.compute_s + pairs_s;
        out->bounds.dequant_s += linear.dequant_s;
        out->host = out->host || host_s > 0;
    }
    parts->communication_s += links_s;
    double total = busy + links_s + host_s;
    pass_s += launch + kv_s / work->passes + pairs_s / fmax(1, work->tokens / work->ubatch);
    out->staged_s += total;
    out->staged_pass_s += pass_s;
    out->slowest_s = fmax(out->slowest_s, total);
    out->slowest_pass_s = fmax(out->slowest_pass_s, pass_s);
    out->extra_j += busy * llmp__busy_extra_w(stage, llmp__prefill_power_ratio());
}

/*
 * Stages work on different ubatches at once: the slowest stage is always busy, and the others show
 * only while the first ubatch runs in and the last one out. Of m ubatches over S equal stages, m +
 * S - 1 stage times pass instead of m S. With the host in the chain engines do without overlap.
 */
static void overlap(stage_sums *sums)
{
    double pipelined = sums->slowest_s + sums->staged_pass_s - sums->slowest_pass_s;
    if (sums->host || !(pipelined < sums->staged_s))
        return;
    double factor = pipelined / sums->staged_s;
    llmp_step_parts *parts = &sums->parts;
    parts->weights_s *= factor;
    parts->compute_s *= factor;
    parts->kv_s *= factor;
    parts->overhead_s *= factor;
    parts->communication_s *= factor;
    sums->bounds.linear_s *= factor;
}

static void finish(const llmp_speed_model *model, const prompt_work *work, double sequences,
                   stage_sums *sums)
{
    llmp_step_parts *parts = &sums->parts;
    const llmp_profile *profile = &llmp__lead_stage(model)->profile;
    parts->overhead_s += work->passes * profile->prefill_host_s + sequences * profile->sequence_s;
    if (model->disk_bytes > 0)
        parts->disk_s = work->passes * model->disk_bytes / model->disk_read_bytes_per_s;
    parts->step_s = parts->weights_s + parts->compute_s + parts->kv_s + parts->overhead_s +
                    parts->communication_s + parts->host_s + parts->disk_s;
}

static void explain(const llmp_speed_model *model, const llmp_trace *trace, const prompt_work *work,
                    double sigma, double ceiling_s, const llmp_prefill_result *out)
{
    llmp__explain(trace, "prefill", "passes", "ceil(tokens / ubatch)", work->passes, "",
                  model->grade, "tokens %.10g, ubatch %.10g", work->tokens, work->ubatch);
    llmp__explain(trace, "prefill", "flop",
                  "2 x weights used x tokens + attention pairs + head once", out->flop, "FLOP",
                  model->grade, "tokens %.10g", work->tokens);
    llmp__explain_parts(trace, "prefill", model, &out->parts);
    llmp__explain(trace, "prefill", "ceiling_s", "FLOP / peak rate, fewest bytes / peak bandwidth",
                  ceiling_s, "s", model->grade, "%s", "");
    llmp__explain(trace, "prefill", "sigma", "of ln(predicted/measured)", sigma, "", model->grade,
                  "%s%s", model->widened,
                  sigma > llmp__prefill_sigma(model, 0) ? "; depth beyond 32,768 positions" : "");
    llmp__explain(trace, "prefill", "tokens_per_s", "tokens / step_s", out->tokens_per_s.p50,
                  "tokens/s", model->grade, "%s",
                  out->tokens_per_s.p90 >= out->tokens_per_s.ceiling ? "p90 cut at the ceiling"
                                                                     : "");
}

static llmp_status check(const llmp_speed_model *model, double prompt_tokens, double prefix_tokens,
                         uint32_t sequences, const void *out, llmp_error *error)
{
    if (!model || !out)
        return llmp__fail_argument(error, model ? "out" : "model", "must not be NULL");
    if (!model->struct_size || !model->stage_count || !model->ubatch_tokens)
        return llmp__fail_argument(error, "model", "is not prepared");
    if (!(prompt_tokens >= 1 && prompt_tokens <= 4294967296.0))
        return llmp__fail(error, LLMP_E_RANGE, "prompt is %g tokens, expected 1 .. 2^32",
                          prompt_tokens);
    if (!(prefix_tokens >= 0 && prefix_tokens <= 4294967296.0))
        return llmp__fail(error, LLMP_E_RANGE, "prefix is %g tokens, expected 0 .. 2^32",
                          prefix_tokens);
    if (sequences < 1 || sequences > 65536)
        return llmp__fail(error, LLMP_E_RANGE, "%u sequences, expected 1 .. 65536", sequences);
    return LLMP_OK;
}

llmp_status llmp_speed_prefill(const llmp_speed_model *model, double prompt_tokens,
                               double prefix_tokens, uint32_t sequences, const llmp_trace *trace,
                               llmp_prefill_result *out, llmp_error *error)
{
    llmp_status status = check(model, prompt_tokens, prefix_tokens, sequences, out, error);
    if (status != LLMP_OK)
        return status;
    prompt_work work;
    work.ubatch = model->ubatch_tokens;
    work.tokens = sequences * prompt_tokens;
    work.full = floor(work.tokens / work.ubatch);
    work.rest = work.tokens - work.full * work.ubatch;
    work.passes = work.full + (work.rest > 0);

    stage_sums sums = {.flop = 0};
    for (uint32_t i = 0; i < model->stage_count; i++)
        add_stage(model, i, &work, prompt_tokens, prefix_tokens, sequences, &sums);
    overlap(&sums);
    finish(model, &work, sequences, &sums);
    double ceiling_s = llmp__prefill_ceiling_s(model, sums.ceiling);
    if (sums.parts.step_s < ceiling_s) {
        sums.parts.overhead_s += ceiling_s - sums.parts.step_s;
        sums.parts.step_s = ceiling_s;
    }

    double sigma = llmp__prefill_sigma(model, prefix_tokens + prompt_tokens);
    out->parts = sums.parts;
    out->flop = sums.flop;
    out->limited_by = llmp__limit_of(&sums.parts, &sums.bounds);
    out->time_s = llmp__time_estimate(sums.parts.step_s, sigma, ceiling_s, model->grade);
    const llmp_estimate *time = &out->time_s;
    out->tokens_per_s = (llmp_estimate){
        llmp__rate(work.tokens, time->p90), llmp__rate(work.tokens, time->p50),
        llmp__rate(work.tokens, time->p10), llmp__rate(work.tokens, time->ceiling), model->grade};
    double idle_w = llmp_speed_idle_w(model);
    if (isnan(idle_w))
        out->energy_j_per_token = llmp__unknown_estimate();
    else
        out->energy_j_per_token =
            llmp__time_estimate((sums.extra_j + sums.parts.step_s * idle_w) / work.tokens, sigma,
                                ceiling_s * idle_w / work.tokens, model->grade);
    if (trace)
        explain(model, trace, &work, sigma, ceiling_s, out);
    return LLMP_OK;
}

llmp_status llmp_speed_ttft(const llmp_speed_model *model, double prompt_tokens,
                            double prefix_tokens, llmp_estimate *out_s, llmp_error *error)
{
    if (!out_s)
        return llmp__fail_argument(error, "out_s", "must not be NULL");
    llmp_prefill_result prefill;
    llmp_status status =
        llmp_speed_prefill(model, prompt_tokens, prefix_tokens, 1, NULL, &prefill, error);
    if (status != LLMP_OK)
        return status;
    llmp_decode_result decode;
    status = llmp_speed_decode(model, fmin(prompt_tokens + prefix_tokens, 4294967296.0), 1, NULL,
                               &decode, error);
    if (status != LLMP_OK)
        return status;
    const llmp_estimate *rate = &decode.tokens_per_s;
    *out_s = (llmp_estimate){prefill.time_s.p10 + 1 / rate->p90, prefill.time_s.p50 + 1 / rate->p50,
                             prefill.time_s.p90 + 1 / rate->p10,
                             prefill.time_s.ceiling + 1 / rate->ceiling,
                             llmp_grade_worse(prefill.time_s.grade, rate->grade)};
    return LLMP_OK;
}
