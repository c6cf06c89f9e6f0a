/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draft tokens, verified in one pass of the target. */
#include "base/error.h"
#include "speed/step.h"

#include <math.h>

/* Gains differ by a factor of 1.7 between runs of one method (software, prompts): wider. */
static const double speculative_sigma = 1.5;

static llmp_status check(const llmp_speculation *speculation, llmp_error *error)
{
    if (!speculation || !speculation->struct_size)
        return llmp__fail_argument(error, "speculation", "must be initialised");
    if (speculation->draft_tokens < 1 || speculation->draft_tokens > 64)
        return llmp__fail(error, LLMP_E_RANGE, "draft is %u tokens, expected 1 .. 64",
                          speculation->draft_tokens);
    if (!(speculation->acceptance_ratio >= 0 && speculation->acceptance_ratio < 1))
        return llmp__fail(error, LLMP_E_RANGE, "acceptance is %g, expected 0 <= a < 1",
                          speculation->acceptance_ratio);
    if (!speculation->draft &&
        !(speculation->draft_step_ratio > 0 && speculation->draft_step_ratio <= 1))
        return llmp__fail(error, LLMP_E_RANGE, "draft step ratio is %g, expected 0 < ratio <= 1",
                          speculation->draft_step_ratio);
    return LLMP_OK;
}

llmp_status llmp_speed_speculative(const llmp_speed_model *model,
                                   const llmp_speculation *speculation, double context_tokens,
                                   uint32_t batch, const llmp_trace *trace, llmp_decode_result *out,
                                   llmp_error *error)
{
    llmp_status status = llmp__check_decode(model, context_tokens, batch, out, error);
    if (status == LLMP_OK)
        status = check(speculation, error);
    if (status == LLMP_OK && speculation->draft)
        status = llmp__check_decode(speculation->draft, context_tokens, batch, out, error);
    if (status != LLMP_OK)
        return status;

    double drafted = speculation->draft_tokens;
    double accepted = speculation->acceptance_ratio;
    double yield = accepted > 0 ? -expm1((drafted + 1) * log(accepted)) / (1 - accepted) : 1;
    llmp__step verify, draft;
    llmp__decode_step(model, context_tokens, batch, drafted + 1, &verify);
    double scale = 1;
    if (speculation->draft) {
        llmp__decode_step(speculation->draft, context_tokens, batch, 1, &draft);
    } else {
        llmp__decode_step(model, context_tokens, batch, 1, &draft);
        scale = speculation->draft_step_ratio;
    }
    double pass_s = drafted * scale * draft.parts.step_s + verify.parts.step_s;
    double ceiling_s = drafted * scale * draft.ceiling_s + verify.ceiling_s;
    llmp__step both = verify;
    double times = drafted * scale;
    both.parts.weights_s += times * draft.parts.weights_s;
    both.parts.compute_s += times * draft.parts.compute_s;
    both.parts.kv_s += times * draft.parts.kv_s;
    both.parts.overhead_s += times * draft.parts.overhead_s;
    both.parts.communication_s += times * draft.parts.communication_s;
    both.parts.host_s += times * draft.parts.host_s;
    both.parts.disk_s += times * draft.parts.disk_s;
    both.parts.step_s = pass_s;
    both.weights_bytes += times * draft.weights_bytes;
    both.kv_bytes += times * draft.kv_bytes;
    both.energy_j += times * draft.energy_j;
    both.energy_ceiling_j += times * draft.energy_ceiling_j;
    double sigma = speculative_sigma *
                   llmp__decode_sigma(model, context_tokens, batch, verify.attention_ratio);
    llmp__decode_answer(model, &both, pass_s, ceiling_s, yield, drafted + 1, batch, sigma, out);
    if (!trace)
        return LLMP_OK;
    llmp__explain(trace, "speculation", "tokens_per_pass", "(1 - a^(g+1)) / (1 - a)", yield,
                  "tokens", model->grade, "a %.4g, g %u", accepted, speculation->draft_tokens);
    llmp__explain(trace, "speculation", "draft_s", "g x one draft step", times * draft.parts.step_s,
                  "s", model->grade, "g %u", speculation->draft_tokens);
    llmp__explain(trace, "speculation", "verify_s", "a pass of g + 1 tokens per sequence",
                  verify.parts.step_s, "s", model->grade, "distinct experts %.4g",
                  verify.distinct_experts);
    llmp__explain_parts(trace, "speculation", model, &both.parts);
    return LLMP_OK;
}
