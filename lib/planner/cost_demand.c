/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workload as a month's demand, and what an API charges for it. */
#include "planner/cost_private.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>

static const double days_per_month = LLMP_HOURS_PER_MONTH / 24.0;

static llmp_status no_people(const llmp_workload *w, llmp_error *error)
{
    llmp_status status =
        llmp__fail(error, LLMP_E_NO_DATA,
                   "workload %.80s does not say how many people are behind it", w->head.id);
    llmp__hint(error, "a workload with users_count, such as agentic-coding; or requests a day");
    return status;
}

llmp_status llmp__cost_demand(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error)
{
    const llmp_workload *w = request->workload;
    llmp_grade grade = w->head.grade;
    char source[160];
    if (!LLMP_HAS_WORKLOAD(w, prompt_tokens) || !LLMP_HAS_WORKLOAD(w, output_tokens)) {
        return llmp__fail(error, LLMP_E_NO_DATA, "workload %.80s has no token counts", w->head.id);
    }
    (void)snprintf(source, sizeof source, "workload %s: %s", w->head.id, w->head.source);
    double days = LLMP_HAS_WORKLOAD(w, days_per_week) ? w->days_per_week / 7.0 : 1.0;
    double hours = LLMP_HAS_WORKLOAD(w, hours_per_day) ? w->hours_per_day : 24.0;
    bool given = request->requests_per_day_count > 0.0;
    double per_day = given ? request->requests_per_day_count : w->requests_per_day;
    if (request->people_count > 0.0) {
        if (!(w->users_count > 0.0)) {
            return no_people(w, error);
        }
        double their_hours =
            request->people_hours_count > 0.0 ? request->people_hours_count : hours;
        per_day =
            w->requests_per_day * request->people_count / w->users_count * their_hours / hours;
        hours = their_hours;
        (void)snprintf(source, sizeof source, "%.6g people, %.4g h a day, each as workload %s",
                       request->people_count, their_hours, w->head.id);
    }
    llmp__cost_assume(cost, "demand.requests_count", per_day * days * days_per_month,
                      given ? LLMP_GRADE_EXACT : grade, given ? "given" : source);
    llmp__cost_assume(cost, "demand.prompt_tokens", w->prompt_tokens, grade, source);
    llmp__cost_assume(cost, "demand.output_tokens", w->output_tokens + w->reasoning_tokens, grade,
                      source);
    llmp__cost_assume(cost, "demand.cached_ratio", w->cache_hit_ratio, grade, source);
    llmp__cost_assume(cost, "demand.hours_count", hours * days * days_per_month, grade, source);
    if (LLMP_HAS_WORKLOAD(w, prompt_sigma_log)) {
        llmp__cost_assume(cost, "demand.prompt_sigma_log", w->prompt_sigma_log, grade, source);
    }
    if (LLMP_HAS_WORKLOAD(w, peak_ratio)) {
        llmp__cost_assume(cost, "demand.peak_ratio", fmax(1.0, w->peak_ratio), grade, source);
    }
    if (LLMP_HAS_WORKLOAD(w, growth_per_year_ratio)) {
        llmp__cost_assume(cost, "demand.growth_per_year_ratio", 1.0 + w->growth_per_year_ratio,
                          grade, source);
    }
    /* cascades in production are reported to save 30 to 70 %: so much stays local */
    static const char handed_on[] = "production cascades save 30 to 70 %: surveys of 2025";
    llmp__cost_assume(cost, "hybrid.escalation_ratio", 0.3, LLMP_GRADE_ESTIMATE, handed_on);
    llmp__cost_assume(cost, "hybrid.routed_ratio", 0.3, LLMP_GRADE_ESTIMATE, handed_on);
    return LLMP_OK;
}

/* One kind of request; shares of the prompt are cached, written, and the rest. */
static llmp_usage usage_of(const llmp_demand *demand, const llmp_workload *w, double requests,
                           double prompt, double tokens_ratio)
{
    double output = demand->output_tokens;
    llmp_usage usage = LLMP_USAGE_INIT;
    double cached = demand->cached_ratio;
    double written = fmin(w->cache_write_ratio, 1.0 - cached);
    double reasoning = w->reasoning_tokens / fmax(1e-300, w->output_tokens + w->reasoning_tokens);
    usage.requests_count = requests;
    usage.tokens[LLMP_BUCKET_INPUT] = prompt * (1.0 - cached - written) * tokens_ratio;
    usage.tokens[LLMP_BUCKET_CACHED_READ] = prompt * cached * tokens_ratio;
    usage.tokens[LLMP_BUCKET_CACHE_WRITE_5M] = prompt * written * tokens_ratio;
    usage.tokens[LLMP_BUCKET_OUTPUT] = output * (1.0 - reasoning) * tokens_ratio;
    usage.tokens[LLMP_BUCKET_REASONING] = output * reasoning * tokens_ratio;
    return usage;
}

/* Of few long requests and many short ones: the share of prompt tokens in long ones is stated. */
static size_t long_and_short(const llmp_demand *demand, const llmp_workload *w, double tokens_ratio,
                             llmp_usage *out)
{
    double all = demand->requests_count * demand->prompt_tokens;
    double long_requests = all * w->long_token_ratio / w->long_prompt_tokens;
    double others = demand->requests_count - long_requests;
    double prompt = others > 0.0 ? all * (1.0 - w->long_token_ratio) / others : 0.0;
    out[0] = usage_of(demand, w, others, prompt, tokens_ratio);
    out[1] = usage_of(demand, w, long_requests, w->long_prompt_tokens, tokens_ratio);
    return 2;
}

static llmp_status bill_of(const llmp_demand *demand, const llmp_cost_request *request,
                           const llmp_api_price *price, llmp_bill *out, llmp_error *error)
{
    const llmp_workload *w = request->workload;
    llmp_rate_card card;
    llmp_usage kinds[LLMP_USAGE_KINDS_MAX];
    size_t count = 0;
    llmp_status status = llmp_rate_card_of(price, &request->terms, &card, error);
    if (status != LLMP_OK) {
        return status;
    }
    double tokens_ratio = LLMP_HAS_PRICE(price, tokenizer_ratio) ? price->tokenizer_ratio : 1.0;
    if (w->long_token_ratio > 0.0 && w->long_prompt_tokens > demand->prompt_tokens) {
        count = long_and_short(demand, w, tokens_ratio, kinds);
    } else {
        const llmp_usage mean =
            usage_of(demand, w, demand->requests_count, demand->prompt_tokens, tokens_ratio);
        status = llmp_usage_spread(&card, &mean, demand->prompt_sigma_log, kinds, &count, error);
    }
    return status == LLMP_OK ? llmp_bill_usage(&card, kinds, count, out, error) : status;
}

llmp_status llmp__cost_bill(const llmp_cost *cost, const llmp_cost_request *request,
                            const llmp_api_price *price, llmp_bill *out, llmp_error *error)
{
    return bill_of(&cost->answer.study.demand, request, price, out, error);
}

llmp_status llmp__cost_refine_bill(const llmp_cost *cost, const llmp_cost_request *request,
                                   double draft_tokens, double refined_tokens, llmp_bill *out,
                                   llmp_error *error)
{
    llmp_demand demand = cost->answer.study.demand;
    double prompt = demand.prompt_tokens + draft_tokens;
    /* no cache holds the draft */
    demand.cached_ratio *= prompt > 0.0 ? demand.prompt_tokens / prompt : 0.0;
    demand.prompt_tokens = prompt;
    demand.output_tokens = refined_tokens;
    return bill_of(&demand, request, request->api, out, error);
}
