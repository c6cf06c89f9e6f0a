/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine and the API together: each pattern is a flow of the same study with other shares. */
#include "planner/cost_private.h"

#include "base/error.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *llmp_pattern_name(llmp_pattern pattern)
{
    static const char *const names[LLMP_PATTERN_COUNT] = {
        "api", "own", "tiered", "routed", "specialised", "refined", "split"};
    return (unsigned)pattern < LLMP_PATTERN_COUNT ? names[pattern] : "unknown";
}

static llmp_status no_task(const char *text, llmp_error *error)
{
    llmp_status status = llmp__fail(error, LLMP_E_RANGE, "'%.80s' is no NAME=SHARE:OWN:API", text);
    llmp__hint(error, "shares and qualities of 0 to 1, such as code=0.4:0.62:0.81");
    return status;
}

llmp_status llmp_cost_task_parse(const char *text, llmp_cost_task *out, llmp_error *error)
{
    if (text == NULL || out == NULL) {
        return llmp__fail_argument(error, "text or out", "is NULL");
    }
    llmp_cost_task task = {"", 0, 0, 0};
    double *const numbers[] = {&task.share_ratio, &task.own_quality_ratio, &task.api_quality_ratio};
    size_t length = strcspn(text, "=");
    if (length == 0 || length >= sizeof task.name || text[length] == '\0') {
        return no_task(text, error);
    }
    memcpy(task.name, text, length);
    const char *at = text + length + 1;
    for (int i = 0; i < 3; i++) {
        size_t digits = strcspn(at, ":");
        if (!llmp__number_parse(at, digits, numbers[i]) ||
            !(*numbers[i] >= 0.0 && *numbers[i] <= 1.0) || (at[digits] == ':') != (i < 2)) {
            return no_task(text, error);
        }
        at += digits + 1;
    }
    *out = task;
    return LLMP_OK;
}

/* What a pattern needs to be simulated. */
typedef struct mix {
    llmp_study study;
    llmp_flow flow;
} mix;

/* --- what holds for one answer ---------------------------------------------------------------- */

/* A whole local answer of so many tokens, among as many sequences as the study serves at once. */
static double own_latency_s(const llmp_cost_answer *a, double output_tokens)
{
    const llmp_demand *d = &a->study.demand;
    const llmp_server *s = &a->study.own.server;
    double fresh = d->prompt_tokens * (1.0 - d->cached_ratio);
    double prefill_s = fresh > 0.0 ? fresh / s->prefill_tokens_per_s : 0.0;
    double each = s->decode_tokens_per_s / (double)(a->used.parallel > 0 ? a->used.parallel : 1);
    return prefill_s + (output_tokens > 0.0 ? output_tokens / each : 0.0);
}

/* Weighted, but what has no weight need not be known. */
static double blend(double ratio, double a, double b)
{
    return (ratio == 0.0 ? 0.0 : ratio * a) + (ratio == 1.0 ? 0.0 : (1.0 - ratio) * b);
}

/* --- patterns --------------------------------------------------------------------------------- */

static llmp_status run(mix *m, llmp_option option, llmp_cost_pattern *out, llmp_error *error)
{
    llmp_status status = llmp_flow_run(&m->study, option, &m->flow, error);
    if (status == LLMP_OK) {
        out->present = true;
        out->total_usd = m->flow.total_usd;
        out->present_usd = m->flow.present_usd;
        out->machines_most = m->flow.machines_most;
    }
    return status;
}

/* A share of requests is tried locally, some of those go on; each try costs the judge or router. */
static llmp_status share_work(mix *m, const llmp_cost_answer *a, double tried, double handed_on,
                              double each_usd, llmp_cost_pattern *out, llmp_error *error)
{
    const llmp_hybrid_terms *h = &a->study.hybrid;
    double kept = tried * (1.0 - handed_on);
    m->study = a->study;
    m->study.own.local_ratio = tried;
    m->study.own.escalation_ratio = handed_on;
    m->study.own.judge_usd = each_usd;
    out->local_ratio = kept;
    out->api_ratio = 1.0 - kept;
    out->quality_ratio = blend(kept, h->own_quality_ratio, h->api_quality_ratio);
    out->latency_s =
        blend(tried, a->hybrid.own_latency_s, 0.0) + blend(1.0 - kept, h->api_latency_s, 0.0);
    return run(m, tried == 0.0 ? LLMP_OPTION_API : LLMP_OPTION_OWN, out, error);
}

/* A router's fee falls on every request, the study's judge on local ones only. */
static double per_local_usd(double usd, double local_ratio)
{
    return local_ratio > 0.0 ? usd / local_ratio : 0.0;
}

static llmp_status refine(mix *m, llmp_cost *cost, const llmp_cost_request *request,
                          llmp_cost_pattern *out, llmp_error *error)
{
    const llmp_cost_answer *a = &cost->answer;
    const llmp_hybrid_terms *h = &a->study.hybrid;
    double draft = h->draft_tokens > 0.0 ? h->draft_tokens : a->study.demand.output_tokens;
    double refined = h->refined_tokens > 0.0 ? h->refined_tokens : a->study.demand.output_tokens;
    m->study = a->study;
    m->study.demand.output_tokens = draft;
    m->study.own.local_ratio = 1.0;
    m->study.own.escalation_ratio = 1.0;
    m->study.own.judge_usd = 0.0;
    out->local_ratio = 0.0;
    out->api_ratio = 1.0;
    out->quality_ratio = h->api_quality_ratio;
    out->latency_s = own_latency_s(a, draft) + h->api_latency_s;
    llmp_status status =
        llmp__cost_refine_bill(cost, request, draft, refined, &m->study.api.bill, error);
    return status == LLMP_OK ? run(m, LLMP_OPTION_OWN, out, error) : status;
}

/* --- a side for each kind of task --------------------------------------------------------------
 */

static llmp_status choose_sides(llmp_cost *cost, const llmp_cost_request *request,
                                double *out_local, double *out_quality, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    llmp_cost_hybrid *h = &a->hybrid;
    llmp_hybrid_tier tiers[2 * LLMP_COST_TASKS_MAX];
    double shares[LLMP_COST_TASKS_MAX];
    size_t choice[LLMP_COST_TASKS_MAX];
    llmp_hybrid mixed;
    double requests = a->study.demand.requests_count * (double)a->study.horizon_months;
    double own_usd = requests > 0.0 ? h->pattern[LLMP_PATTERN_OWN].total_usd / requests : 0.0;
    double api_usd = requests > 0.0 ? h->pattern[LLMP_PATTERN_API].total_usd / requests : 0.0;
    if (request->task_count > LLMP_COST_TASKS_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "more than %d kinds of task", LLMP_COST_TASKS_MAX);
    }
    if (isnan(a->study.hybrid.quality_min_ratio)) {
        llmp_status status = llmp__fail(error, LLMP_E_NO_DATA,
                                        "how good must an answer be? Tasks need a minimum quality");
        llmp__hint(error, "--assume hybrid.quality_min_ratio=0.8");
        return status;
    }
    for (size_t i = 0; i < request->task_count; i++) {
        const llmp_cost_task *t = &request->task[i];
        shares[i] = t->share_ratio;
        tiers[2 * i] = (llmp_hybrid_tier){fmax(0.0, own_usd), 0, t->own_quality_ratio, 0};
        tiers[2 * i + 1] = (llmp_hybrid_tier){api_usd, 0, t->api_quality_ratio, 0};
        h->task[i] = *t;
    }
    llmp_status status =
        llmp_hybrid_specialised(tiers, shares, request->task_count, 2,
                                a->study.hybrid.quality_min_ratio, choice, &mixed, error);
    if (status != LLMP_OK) {
        return status;
    }
    *out_local = 0.0;
    *out_quality = mixed.quality_ratio;
    h->task_count = request->task_count;
    for (size_t i = 0; i < request->task_count; i++) {
        h->task_local[i] = choice[i] == 0;
        *out_local += choice[i] == 0 ? shares[i] : 0.0;
    }
    *out_local = fmin(*out_local, 1.0);
    return LLMP_OK;
}

static llmp_status specialise(mix *m, llmp_cost *cost, const llmp_cost_request *request,
                              llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    llmp_cost_pattern *out = &a->hybrid.pattern[LLMP_PATTERN_SPECIALISED];
    double local = 0.0;
    double quality = 0.0;
    llmp_status status = choose_sides(cost, request, &local, &quality, error);
    if (status == LLMP_OK) {
        status = share_work(m, a, local, 0.0, per_local_usd(a->study.hybrid.router_usd, local), out,
                            error);
        out->quality_ratio = quality;
    }
    return status;
}

static llmp_status split(mix *m, llmp_cost *cost, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    const llmp_hybrid_terms *h = &a->study.hybrid;
    bool judged = !isnan(h->own_quality_ratio) && !isnan(h->api_quality_ratio) &&
                  !isnan(h->quality_min_ratio);
    llmp_split best;
    m->study = a->study;
    m->study.own.escalation_ratio = 0.0;
    m->study.own.judge_usd = 0.0;
    llmp_status status = llmp_hybrid_best_split(&m->study, judged ? h->own_quality_ratio : 1.0,
                                                judged ? h->api_quality_ratio : 1.0,
                                                judged ? h->quality_min_ratio : 0.0, &best, error);
    if (status != LLMP_OK) {
        return status;
    }
    a->hybrid.split_meets_quality = judged && best.meets_quality;
    return share_work(m, a, best.local_ratio, 0.0, 0.0, &a->hybrid.pattern[LLMP_PATTERN_SPLIT],
                      error);
}

/* --- together --------------------------------------------------------------------------------- */

static llmp_status check(const llmp_hybrid_terms *h, llmp_error *error)
{
    const struct {
        const char *key;
        double number;
        double most;
    } members[] = {
        {"escalation_ratio", h->escalation_ratio, 1},
        {"routed_ratio", h->routed_ratio, 1},
        {"router_usd", h->router_usd, 1e6},
        {"judge_s", h->judge_s, 1e6},
        {"draft_tokens", h->draft_tokens, 1e9},
        {"refined_tokens", h->refined_tokens, 1e9},
        {"api_latency_s", isnan(h->api_latency_s) ? 0 : h->api_latency_s, 1e6},
        {"own_quality_ratio", isnan(h->own_quality_ratio) ? 0 : h->own_quality_ratio, 1},
        {"api_quality_ratio", isnan(h->api_quality_ratio) ? 0 : h->api_quality_ratio, 1},
        {"quality_min_ratio", isnan(h->quality_min_ratio) ? 0 : h->quality_min_ratio, 1},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (!(members[i].number >= 0.0 && members[i].number <= members[i].most)) {
            return llmp__fail(error, LLMP_E_RANGE, "hybrid.%s is %g: 0 to %g", members[i].key,
                              members[i].number, members[i].most);
        }
    }
    return LLMP_OK;
}

static llmp_status run_all(mix *m, llmp_cost *cost, const llmp_cost_request *request,
                           llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    llmp_cost_pattern *p = a->hybrid.pattern;
    const llmp_hybrid_terms *h = &a->study.hybrid;
    double near = 1.0 - h->routed_ratio;
    llmp_status status = share_work(m, a, 0.0, 0.0, 0.0, &p[LLMP_PATTERN_API], error);
    status =
        status == LLMP_OK ? share_work(m, a, 1.0, 0.0, 0.0, &p[LLMP_PATTERN_OWN], error) : status;
    if (status == LLMP_OK) {
        status = share_work(m, a, 1.0, h->escalation_ratio, a->study.own.judge_usd,
                            &p[LLMP_PATTERN_TIERED], error);
        p[LLMP_PATTERN_TIERED].latency_s += h->judge_s;
    }
    if (status == LLMP_OK) {
        status = share_work(m, a, near, 0.0, per_local_usd(h->router_usd, near),
                            &p[LLMP_PATTERN_ROUTED], error);
    }
    if (status == LLMP_OK && request->task_count > 0) {
        status = specialise(m, cost, request, error);
    }
    status = status == LLMP_OK ? refine(m, cost, request, &p[LLMP_PATTERN_REFINED], error) : status;
    status = status == LLMP_OK ? split(m, cost, error) : status;
    if (status == LLMP_OK) {
        m->study = a->study;
        m->study.own.local_ratio = 1.0;
        status = llmp_hybrid_escalation_most(&m->study, &a->hybrid.escalation_most_ratio,
                                             &a->hybrid.escalation_pays, error);
    }
    return status;
}

llmp_status llmp__cost_hybrid(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    if (!a->study.has_api || !a->study.has_own) {
        return llmp__fail_argument(error, "hybrid", "needs both an API and a machine");
    }
    llmp_status status = check(&a->study.hybrid, error);
    mix *m = status == LLMP_OK ? malloc(sizeof *m) : NULL;
    if (status == LLMP_OK && m == NULL) {
        status = llmp__fail_memory(error, "a mix");
    }
    if (status == LLMP_OK) {
        a->hybrid.own_latency_s = own_latency_s(a, a->study.demand.output_tokens);
        status = run_all(m, cost, request, error);
        a->has_hybrid = status == LLMP_OK;
    }
    free(m);
    return status;
}
