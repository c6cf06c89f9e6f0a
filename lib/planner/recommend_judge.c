/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One machine measured against what is asked. */
#include "planner/recommend.h"

#include "base/error.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_fast(const llmp_estimate *a, const llmp_estimate *b)
{
    return a->p50 < b->p50;
}

/* The slowest of the models decides what a user sees. */
static llmp_status take_speed(const llmp__search *search, const llmp_assess_model *model,
                              uint32_t users, bool first, llmp_recommend_row *row,
                              llmp_error *error)
{
    const llmp_recommend_request *r = &search->request;
    const llmp_fit_answer *fit = model->fit;
    llmp_estimate decode = fit->decode.tokens_per_s;
    llmp_estimate answer = fit->ttft_s;
    decode = fit->decode.sequence_tokens_per_s;
    answer.p10 += r->output_tokens / decode.p90;
    answer.p50 += r->output_tokens / decode.p50;
    answer.p90 += r->output_tokens / decode.p10;
    answer.ceiling += r->output_tokens / decode.ceiling;
    answer.grade = llmp_grade_worse(answer.grade, decode.grade);
    (void)users;
    (void)error;
    if (first || is_fast(&decode, &row->decode_tokens_per_s)) {
        row->decode_tokens_per_s = decode;
    }
    if (first || is_fast(&fit->prefill.tokens_per_s, &row->prefill_tokens_per_s)) {
        row->prefill_tokens_per_s = fit->prefill.tokens_per_s;
    }
    if (first || is_fast(&row->ttft_s, &fit->ttft_s)) {
        row->ttft_s = fit->ttft_s;
    }
    if (first || is_fast(&row->answer_s, &answer)) {
        row->answer_s = answer;
    }
    row->users_count =
        first || model->users_count < row->users_count ? model->users_count : row->users_count;
    return LLMP_OK;
}

/* How far the memory is off, and in words. */
static void take_memory(const llmp_fit_answer *fit, llmp_recommend_row *row)
{
    uint64_t has = 0;
    for (uint32_t i = 0; i < fit->memory.share_count; i++) {
        has += fit->memory.shares[i].available_bytes;
    }
    uint64_t needs = fit->memory.total.total_bytes;
    double short_gib = (double)(needs > has ? needs - has : 0) / 1073741824.0;
    row->rejection = LLMP_REJECTION_MEMORY;
    row->miss_log += has > 0 && needs > has ? log((double)needs / (double)has) : 0.01;
    if (short_gib >= 0.05) {
        (void)snprintf(row->why, sizeof row->why, "%.60s does not fit by %.1f GiB",
                       fit->model->head.name, short_gib);
    } else {
        (void)snprintf(row->why, sizeof row->why, "%.60s does not fit on the devices one by one",
                       fit->model->head.name);
    }
}

void llmp__row_of_offer(const llmp__offer *offer, llmp_recommend_row *row)
{
    const llmp_config *c = &offer->config;
    memset(row, 0, sizeof *row);
    (void)snprintf(row->title, sizeof row->title, "%s", c->title);
    row->member_count = 1;
    row->members[0] = c;
    row->counts[0] = 1;
    row->has_price = c->has_price;
    row->low_usd = c->low_usd;
    row->usd = c->usd;
    row->high_usd = c->high_usd;
    row->peak_w = c->peak_w;
    row->has_noise = c->has_noise;
    row->noise = c->noise;
    row->verdict = LLMP_VERDICT_CANNOT_RUN;
    row->decode_w = (double)NAN;
    row->rejection = offer->obstacle;
    (void)snprintf(row->why, sizeof row->why, "%s", offer->why);
    row->miss_log = offer->obstacle == LLMP_REJECTION_NONE ? 0 : HUGE_VAL;
}

llmp_status llmp__judge(const llmp__search *search, const llmp__offer *offer, uint32_t models,
                        uint32_t users, llmp_recommend_row *row, llmp_error *error)
{
    llmp_fit_request asked[LLMP_ASSESS_MODELS_MAX];
    llmp_assess_request request = LLMP_ASSESS_REQUEST_INIT;
    llmp_assessment *assessment = NULL;
    llmp_error why = LLMP_ERROR_INIT;
    llmp__row_of_offer(offer, row);
    if (offer->obstacle != LLMP_REJECTION_NONE) {
        return LLMP_OK;
    }
    for (uint32_t i = 0; i < search->request.model_count; i++) {
        if ((models >> i & 1U) != 0) {
            asked[request.model_count] = search->models[i];
            asked[request.model_count++].memory.parallel = users;
        }
    }
    request.machine = &offer->config.machine;
    request.models = asked;
    request.context_given = true;
    request.depth_count = request.prompt_count = 0;
    llmp_status status = llmp_assess_create(search->catalog, &request, &assessment, &why);
    if (status == LLMP_E_MEMORY || status == LLMP_E_INTERNAL) {
        if (error != NULL) {
            *error = why;
        }
        return status;
    }
    if (status != LLMP_OK) {
        row->rejection = LLMP_REJECTION_ENGINE;
        row->miss_log = HUGE_VAL;
        (void)snprintf(row->why, sizeof row->why, "%.230s", why.message);
        return LLMP_OK;
    }
    const llmp_assess_answer *a = llmp_assess_answer_of(assessment);
    row->verdict = a->verdict;
    row->decode_w = a->decode_w;
    row->engine = a->models[0].fit->engine;
    row->has_speed = true;
    for (uint32_t i = 0; i < a->model_count && status == LLMP_OK; i++) {
        const llmp_assess_model *m = &a->models[i];
        if (m->fit->verdict == LLMP_VERDICT_CANNOT_RUN) {
            row->has_speed = false;
            take_memory(m->fit, row);
        } else if (!m->has_speed && m->fit->verdict == LLMP_VERDICT_RUNS_SLOWLY) {
            row->has_speed = false;
            row->rejection = LLMP_REJECTION_MEMORY;
            row->miss_log = HUGE_VAL;
            (void)snprintf(row->why, sizeof row->why,
                           "%.60s does not fit what its devices may take, and how slow the "
                           "processor is with it is unknown",
                           m->fit->model->head.name);
        } else if (!m->has_speed) {
            row->has_speed = false;
            row->rejection = LLMP_REJECTION_ENGINE;
            row->miss_log = HUGE_VAL;
            (void)snprintf(row->why, sizeof row->why, "its speed is unknown: %.200s",
                           m->fit->speed_reason);
        } else {
            status = take_speed(search, m, users, i == 0, row, error);
        }
    }
    llmp_assess_destroy(&assessment);
    return status;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* One thing missed: the first is the reason, all count for how near it was. */
static void miss(llmp_recommend_row *row, llmp_rejection rejection, double ratio,
                 const char *format, ...) LLMP_PRINTF(4, 5);

static void miss(llmp_recommend_row *row, llmp_rejection rejection, double ratio,
                 const char *format, ...)
{
    row->miss_log += ratio > 1 ? log(ratio) : HUGE_VAL;
    if (row->rejection == LLMP_REJECTION_NONE) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(row->why, sizeof row->why, format, args);
        va_end(args);
        row->rejection = rejection;
    }
}

static void limit_power(const llmp__search *search, llmp_recommend_row *row)
{
    const llmp_recommend_request *r = &search->request;
    const double circuit_w = llmp_circuit_w(search->circuit);
    if (isnan(row->peak_w)) {
        if (r->peak_max_w > 0) {
            miss(row, LLMP_REJECTION_POWER, 0, "its power is unknown");
        }
    } else if (r->peak_max_w > 0 && row->peak_w > r->peak_max_w) {
        miss(row, LLMP_REJECTION_POWER, row->peak_w / r->peak_max_w,
             "draws up to %.0f W, %.0f more than allowed", row->peak_w,
             row->peak_w - r->peak_max_w);
    } else if (row->peak_w > circuit_w) {
        miss(row, LLMP_REJECTION_POWER, row->peak_w / circuit_w,
             "draws up to %.0f W, the outlet gives %.0f", row->peak_w, circuit_w);
    }
}

void llmp__judge_limits(const llmp__search *search, llmp_recommend_row *row)
{
    const llmp_recommend_request *r = &search->request;
    if (r->budget_usd > 0 && row->has_price && row->usd > r->budget_usd) {
        char over[40];
        (void)llmp_count_format((uint64_t)ceil(row->usd - r->budget_usd), over, sizeof over);
        miss(row, LLMP_REJECTION_BUDGET, row->usd / r->budget_usd, "over budget by %s USD", over);
    }
    limit_power(search, row);
    if (r->has_noise_max && (!row->has_noise || row->noise > r->noise_max)) {
        miss(row, LLMP_REJECTION_NOISE, 0, "%s, wanted at most %s",
             row->has_noise ? llmp_noise_name(row->noise) : "how loud it is is unknown",
             llmp_noise_name(r->noise_max));
    }
    if (!row->has_speed) {
        return;
    }
    const double decode = row->decode_tokens_per_s.p50;
    if (r->decode_min_tokens_per_s > 0 && decode < r->decode_min_tokens_per_s) {
        miss(row, LLMP_REJECTION_DECODE, r->decode_min_tokens_per_s / decode,
             "%.3g tokens/s (p50), wanted %g", decode, r->decode_min_tokens_per_s);
    }
    if (r->ttft_max_s > 0 && row->ttft_s.p50 > r->ttft_max_s) {
        miss(row, LLMP_REJECTION_TTFT, row->ttft_s.p50 / r->ttft_max_s,
             "first token after %.3g s (p50), wanted %g", row->ttft_s.p50, r->ttft_max_s);
    }
}
