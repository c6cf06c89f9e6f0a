/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The join of speed and prices: what is asked reaches the study, and the answer follows from it. */
#include "catalog.h"

#include <llmplan/planner_cost.h>

static llmp_machine machines[LLMP_MACHINES_MAX];
static llmp_fit_request fit;

static llmp_cost_request ask(const char *api, const char *workload, const char *model,
                             const char *machine)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    llmp_cost_request request = {.struct_size = sizeof request, .terms = LLMP_SERVICE_TERMS_INIT};
    size_t count = 0;
    if (api != NULL) {
        assert_ok(llmp_price_in_force(catalog, api, 0, &request.api, NULL, &error));
    }
    request.workload = (const llmp_workload *)(const void *)named(LLMP_KIND_WORKLOAD, workload);
    if (model != NULL) {
        fit = initial;
        fit.model = LLMP_MODEL(named(LLMP_KIND_MODEL, model));
        assert_ok(llmp_machine_parse(catalog, machine, machines, &count, NULL, &error));
        fit.machine = &machines[0];
        request.fit = &fit;
    }
    return request;
}

static llmp_cost *answer(const llmp_cost_request *request)
{
    llmp_cost *cost = NULL;
    assert_ok(llmp_cost_create(catalog, request, &cost, &error));
    return cost;
}

/* Ten million interactions a day of 500 + 200 tokens on Claude Opus 4.6: 75,000 USD a day. */
static void the_essays_bill(void **state)
{
    (void)state;
    llmp_cost_request request = ask("claude-opus-4.6", "ecommerce-10m", NULL, NULL);
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    assert_close(a->study.api.bill.total_usd / (730.0 / 24), 75000, 1e-12);
    assert_false(a->study.has_own);
    llmp_cost_destroy(&cost);
    request.terms.service = LLMP_SERVICE_BATCH;
    cost = answer(&request);
    a = llmp_cost_answer_of(cost);
    assert_close(a->study.api.bill.total_usd / (730.0 / 24), 37500, 1e-12);
    llmp_cost_destroy(&cost);
}

/* Twelve developers who work six hours where the preset has one for eight: 9 times its requests. */
static void people_and_hours(void **state)
{
    (void)state;
    llmp_cost *cost = NULL;
    llmp_cost_request request = ask("claude-opus-4.6", "agentic-coding", NULL, NULL);
    request.people_count = 12;
    request.people_hours_count = 6;
    cost = answer(&request);
    const llmp_demand *d = &llmp_cost_answer_of(cost)->study.demand;
    assert_close(d->requests_count, 300 * 9 * 5.0 / 7 * 730 / 24, 1e-12);
    assert_close(d->hours_count, 6 * 5.0 / 7 * 730 / 24, 1e-12);
    llmp_cost_destroy(&cost);
    request.workload = (const llmp_workload *)(const void *)named(LLMP_KIND_WORKLOAD, "rag");
    assert_int_equal(llmp_cost_create(catalog, &request, &cost, &error), LLMP_E_NO_DATA);
}

/* With so many machines as there are, patterns are sums: handing on e adds e of the API's money,
 * routing r leaves r of it; the ends are the pure cases. A rewrite reads 1,250 + 500 tokens, of
 * which 187.5 from the cache, and writes 400, at 5 / 0.5 / 25. */
static void patterns_are_sums(void **state)
{
    (void)state;
    llmp_cost_request request = ask("claude-opus-4.6", "chat", "gpt-oss-120b", "dgx-spark");
    request.hybrid = true;
    request.assume[request.assume_count++] = "own.machine_count=4";
    request.assume[request.assume_count++] = "own.electricity_usd_per_kwh=0";
    request.assume[request.assume_count++] = "hybrid.escalation_ratio=0.37";
    request.assume[request.assume_count++] = "hybrid.routed_ratio=0.21";
    request.assume[request.assume_count++] = "hybrid.refined_tokens=400";
    request.assume[request.assume_count++] = "hybrid.own_quality_ratio=0.62";
    request.assume[request.assume_count++] = "hybrid.api_quality_ratio=0.81";
    request.assume[request.assume_count++] = "hybrid.quality_min_ratio=0.7";
    request.assume[request.assume_count++] = "hybrid.api_latency_s=7";
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    const llmp_cost_pattern *p = a->hybrid.pattern;
    double own = p[LLMP_PATTERN_OWN].total_usd;
    double api = p[LLMP_PATTERN_API].total_usd;
    assert_true(a->has_hybrid && !p[LLMP_PATTERN_SPECIALISED].present);
    assert_close(own, a->flows[LLMP_OPTION_OWN]->total_usd, 1e-12);
    assert_close(api, a->flows[LLMP_OPTION_API]->total_usd, 1e-12);
    assert_close(p[LLMP_PATTERN_TIERED].total_usd, own + 0.37 * api, 1e-9);
    assert_close(p[LLMP_PATTERN_ROUTED].total_usd, own + 0.21 * api, 1e-9);
    assert_close(p[LLMP_PATTERN_TIERED].quality_ratio, 0.63 * 0.62 + 0.37 * 0.81, 1e-12);
    assert_close(p[LLMP_PATTERN_TIERED].latency_s, a->hybrid.own_latency_s + 0.37 * 7, 1e-12);
    double each = (1750 * 5 - 187.5 * 4.5 + 400 * 25) / 1e6;
    assert_close(p[LLMP_PATTERN_REFINED].total_usd,
                 own + each * a->study.demand.requests_count * 36, 1e-9);
    /* 0.62 l + 0.81 (1 - l) >= 0.7: l <= 0.578.., and more of it local is cheaper */
    assert_close(p[LLMP_PATTERN_SPLIT].local_ratio, 0.57, 1e-12);
    assert_true(a->hybrid.split_meets_quality);
    /* escalating e costs e of the API: even where own + e api = api, discounted alike */
    assert_true(a->hybrid.escalation_pays);
    double own_now = p[LLMP_PATTERN_OWN].present_usd;
    double api_now = p[LLMP_PATTERN_API].present_usd;
    assert_close(a->hybrid.escalation_most_ratio, 1 - own_now / api_now, 1e-9);
    llmp_cost_destroy(&cost);
    request.assume[2] = "hybrid.escalation_ratio=0";
    request.assume[3] = "hybrid.routed_ratio=1";
    cost = answer(&request);
    p = llmp_cost_answer_of(cost)->hybrid.pattern;
    assert_true(p[LLMP_PATTERN_TIERED].total_usd == p[LLMP_PATTERN_OWN].total_usd);
    assert_true(p[LLMP_PATTERN_ROUTED].total_usd == p[LLMP_PATTERN_API].total_usd);
    llmp_cost_destroy(&cost);
}

/* Code needs 0.75, which only the API reaches; chat's 0.8 is enough and cheaper at home. */
static void a_side_for_each_task(void **state)
{
    (void)state;
    llmp_cost *cost = NULL;
    llmp_cost_request request = ask("claude-opus-4.6", "chat", "gpt-oss-120b", "dgx-spark");
    request.hybrid = true;
    assert_ok(llmp_cost_task_parse("code=0.43:0.62:0.81", &request.task[0], &error));
    assert_ok(llmp_cost_task_parse("small talk=0.57:0.8:0.85", &request.task[1], &error));
    request.task_count = 2;
    assert_int_equal(llmp_cost_create(catalog, &request, &cost, &error), LLMP_E_NO_DATA);
    request.assume[request.assume_count++] = "hybrid.quality_min_ratio=0.75";
    cost = answer(&request);
    const llmp_cost_hybrid *h = &llmp_cost_answer_of(cost)->hybrid;
    assert_false(h->task_local[0]);
    assert_true(h->task_local[1]);
    assert_close(h->pattern[LLMP_PATTERN_SPECIALISED].local_ratio, 0.57, 1e-12);
    assert_close(h->pattern[LLMP_PATTERN_SPECIALISED].quality_ratio, 0.43 * 0.81 + 0.57 * 0.8,
                 1e-12);
    llmp_cost_destroy(&cost);
    static const char *const bad[] = {"code",      "=1:1:1",    "a=1:1",
                                      "a=1:1:1:1", "a=0.5:2:1", "a=x:1:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        llmp_cost_task task;
        assert_int_equal(llmp_cost_task_parse(bad[i], &task, &error), LLMP_E_RANGE);
    }
}

/* Agentic coding at 5 / 0.5 / 6.25 / 25: 77,800 prompt tokens, 85 % read, 14 % written, 1 % plain;
 * 1,590 of output. */
static void cache_buckets(void **state)
{
    (void)state;
    llmp_cost_request request = ask("claude-opus-4.6", "agentic-coding", NULL, NULL);
    llmp_cost *cost = answer(&request);
    const llmp_bill *bill = &llmp_cost_answer_of(cost)->study.api.bill;
    double each = (77800 * (0.85 * 0.5 + 0.14 * 6.25 + 0.01 * 5) + 1590 * 25) / 1e6;
    assert_close(bill->total_usd / bill->requests_count, each, 1e-9);
    llmp_cost_destroy(&cost);
}

static void assumptions_are_used_and_told(void **state)
{
    (void)state;
    llmp_cost_request request = ask("groq/openai/gpt-oss-120b", "rag", "gpt-oss-120b", "h100-sxm");
    request.assume[request.assume_count++] = "own.machine_usd=31415";
    request.assume[request.assume_count++] = "own.staff_hours_count=7.5";
    request.assume[request.assume_count++] = "horizon_months=25";
    request.assume[request.assume_count++] = "demand.growth_per_year_ratio=2";
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    const llmp_flow *own = a->flows[LLMP_OPTION_OWN];
    assert_int_equal(own->months, 25);
    assert_close(own->line_usd[LLMP_LINE_HARDWARE], 31415.0 * own->machines_most, 1e-12);
    assert_close(own->line_usd[LLMP_LINE_STAFF], (25 * 7.5 + 40) * a->study.own.staff_usd_per_hour,
                 1e-12);
    assert_close(own->month[24].requests_count, 4 * a->study.demand.requests_count, 1e-9);
    assert_true(a->same_model);
    assert_null(a->hosted);
    bool found = false;
    for (size_t i = 0; i < a->setting_count; i++) {
        if (strcmp(a->settings[i].key, "own.machine_usd") == 0) {
            assert_close(a->settings[i].number, 31415, 0);
            assert_string_equal(a->settings[i].source, "given");
            found = true;
        }
    }
    assert_true(found);
    llmp_cost_destroy(&cost);
}

/* Against a closed model the same open model's cheapest host stands beside; both sides get the same
 * cache hits. */
static void two_comparisons(void **state)
{
    (void)state;
    llmp_cost_request request =
        ask("claude-opus-4.6", "agentic-coding", "gpt-oss-120b", "dgx-spark");
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    assert_false(a->same_model);
    assert_non_null(a->hosted);
    assert_string_equal(a->hosted->open_model, "gpt-oss-120b");
    assert_true(a->hosted_usd < a->study.api.bill.total_usd);
    assert_true(a->hosted_comparison.saving_usd < a->comparison[LLMP_OPTION_OWN].saving_usd);
    assert_true(llmp_fit_answer_of(a->fit)->options.context_tokens >= 77800 + 1590);
    llmp_cost_destroy(&cost);
    request.assume[request.assume_count++] = "demand.cached_ratio=0";
    cost = answer(&request);
    const llmp_cost_answer *b = llmp_cost_answer_of(cost);
    assert_true(b->flows[LLMP_OPTION_OWN]->month[0].busy_ratio *
                    b->flows[LLMP_OPTION_OWN]->month[0].machine_count >
                0.05);
    assert_true(b->study.api.bill.bucket_usd[LLMP_BUCKET_CACHED_READ] == 0.0);
    llmp_cost_destroy(&cost);
}

/* 57,870 input and 23,148 output tokens a second are far beyond one box of eight H100s: asked to do
 * with one, it overflows. */
static void one_box_cannot_carry_it(void **state)
{
    (void)state;
    llmp_cost_request request =
        ask("claude-opus-4.6", "ecommerce-10m", "llama-3.1-70b", "8x h100-sxm");
    const llmp_record *quant = NULL;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_QUANT, "FP8", &quant, NULL, &error));
    fit.quant = LLMP_QUANT(quant);
    fit.engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "vllm"));
    request.assume[request.assume_count++] = "own.machine_count=1";
    request.assume[request.assume_count++] = "own.machine_usd=300000";
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    assert_int_equal(a->flows[LLMP_OPTION_OWN]->overflow_month, 1);
    assert_true(a->flows[LLMP_OPTION_OWN]->overflow_ratio > 0.5);
    assert_true(a->warning_count > 0);
    llmp_cost_destroy(&cost);
}

/* An introductory price that doubles on 2027-01-01: ten months of a year from 2026-11-01 cost twice
 * as much as the first two. */
static void announced_prices(void **state)
{
    (void)state;
    llmp_cost_request request = ask(NULL, "chat", NULL, NULL);
    assert_ok(
        llmp_price_in_force(catalog, "gemini-3.7-flash", 20261101, &request.api, NULL, &error));
    request.as_of = 20261101;
    request.assume[request.assume_count++] = "horizon_months=12";
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    assert_close(a->flows[LLMP_OPTION_API]->total_usd, 22 * a->study.api.bill.total_usd, 1e-9);
    llmp_cost_destroy(&cost);
}

/* data/assumptions: a data centre draws 1.54 times what its machines do (Uptime Institute 2025),
 * the grid of the world gives off 0.436 kg a kWh. Rented machines draw and emit, too; and without a
 * price to buy the machine at they are what is left. */
static void what_is_rented(void **state)
{
    (void)state;
    const char *offer = "runpod-h100-sxm-on-demand-2026-11-09";
    llmp_cost_request request = ask(NULL, "chat", "llama-3.1-70b", "8x h100-sxm");
    request.rental = LLMP_RENTAL(named(LLMP_KIND_RENTAL, offer));
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    const llmp_flow *rent = a->flows[LLMP_OPTION_RENT];
    assert_null(a->flows[LLMP_OPTION_OWN]);
    assert_contains(a->own_reason, "8 x H100 SXM5 80GB: 240,000 USD is known for the cards alone");
    assert_contains(a->warnings[0], "a machine of your own is left out: 8 x H100");
    assert_close(a->study.rent.pue_ratio, 1.54, 1e-12);
    assert_true(rent->electricity_wh > 0.0);
    assert_close(rent->carbon_kg, rent->electricity_wh / 1000.0 * 0.436, 1e-9);
    llmp_cost_destroy(&cost);
    request.hybrid = true; /* asks of the machine as well */
    assert_int_equal(llmp_cost_create(catalog, &request, &cost, &error), LLMP_E_NO_DATA);
}

static void what_cannot_run(void **state)
{
    (void)state;
    llmp_cost_request request = ask("claude-opus-4.6", "chat", "llama-3.1-70b", "rtx-4090");
    fit.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "F16"));
    fit.memory.placement = LLMP_PLACE_DEVICE;
    llmp_cost *cost = answer(&request);
    assert_true(llmp_cost_answer_of(cost)->cannot_run);
    assert_null(llmp_cost_answer_of(cost)->flows[LLMP_OPTION_OWN]);
    llmp_cost_destroy(&cost);
}

static void bad_assumptions(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "own.machine_usb=3",  "own.machine_usd",   "own.machine_usd=x", "horizon_months=3.5",
        "own.machine_usd=-1", "own.pue_ratio=nan", "horizon_months=900"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        llmp_cost_request request = ask("claude-opus-4.6", "chat", "gpt-oss-120b", "dgx-spark");
        llmp_cost *cost = NULL;
        request.assume[request.assume_count++] = bad[i];
        llmp_status status = llmp_cost_create(catalog, &request, &cost, &error);
        assert_int_equal(status, i < 2 ? LLMP_E_UNKNOWN : LLMP_E_RANGE);
        assert_null(cost);
    }
    assert_contains(error.message, "horizon_months");
}

/* 225 messages in five hours are stated for a Max 5x seat at 100 USD; 9,000 requests in 160 hours
 * of use are 281.25 in five, too many for one seat and within the limit of two. */
static void seats_beside_a_bill(void **state)
{
    (void)state;
    llmp_cost_request request = ask("claude-opus-4.8", "agentic-coding", NULL, NULL);
    request.subscription = LLMP_SUBSCRIPTION(named(LLMP_KIND_SUBSCRIPTION, "claude-max-5x"));
    request.assume[request.assume_count++] = "demand.requests_count=9000";
    request.assume[request.assume_count++] = "demand.hours_count=160";
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    assert_true(a->has_seats && a->seats.stands_in && a->seats.limit_known);
    assert_int_equal(a->seats.seats_count, 1);
    assert_close(a->seats.usd_per_month, 100, 1e-12);
    assert_close(a->seats.window_requests_count, 281.25, 1e-12);
    assert_false(a->seats.within_limit);
    double bill = a->flows[LLMP_OPTION_API]->total_usd; /* seats are beside it, not in it */
    llmp_cost_destroy(&cost);

    request.seats_count = 2;
    cost = answer(&request);
    a = llmp_cost_answer_of(cost);
    assert_close(a->seats.usd_per_month, 200, 1e-12);
    assert_true(a->seats.within_limit);
    assert_close(a->flows[LLMP_OPTION_API]->total_usd, bill, 1e-12);
    assert_close(a->seats.bill_ratio * a->study.api.bill.total_usd, 200, 1e-12);
    llmp_cost_destroy(&cost);

    /* sold from two seats on; no number of requests is stated; another vendor's model */
    request.subscription = LLMP_SUBSCRIPTION(named(LLMP_KIND_SUBSCRIPTION, "chatgpt-business"));
    request.seats_count = 0;
    cost = answer(&request);
    a = llmp_cost_answer_of(cost);
    assert_int_equal(a->seats.seats_count, 2);
    assert_false(a->seats.limit_known || a->seats.within_limit || a->seats.stands_in);
    llmp_cost_destroy(&cost);
    request.seats_count = 1;
    assert_int_equal(llmp_cost_create(catalog, &request, &cost, &error), LLMP_E_RANGE);

    /* a month is a month, at night as well: 300 premium requests */
    request.subscription = LLMP_SUBSCRIPTION(named(LLMP_KIND_SUBSCRIPTION, "copilot-pro"));
    cost = answer(&request);
    a = llmp_cost_answer_of(cost);
    assert_close(a->seats.window_requests_count, 9000, 1e-3);
    llmp_cost_destroy(&cost);
}

static void spreads_of_the_user(void **state)
{
    (void)state;
    llmp_cost_request request = ask("claude-opus-4.8", "rag", "gpt-oss-120b", "h100-sxm");
    request.assume[request.assume_count++] = "own.machine_usd=40000";
    request.draws = 64;
    request.seed = 7;
    for (int i = 0; i < (int)LLMP_FACTOR_COUNT; i++) { /* one future, 64 times */
        static char all[LLMP_FACTOR_COUNT][64];
        (void)snprintf(all[i], sizeof all[i], "spread.%s=1..1", llmp_factor_name((llmp_factor)i));
        request.assume[request.assume_count++] = all[i];
    }
    llmp_cost *cost = answer(&request);
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    assert_close(a->risk.candidate_usd.p10, a->flows[LLMP_OPTION_OWN]->present_usd, 1e-9);
    assert_close(a->risk.candidate_usd.p90, a->flows[LLMP_OPTION_OWN]->present_usd, 1e-9);
    llmp_cost_destroy(&cost);
    request.assume[request.assume_count++] = "spread.hardware=uniform 0.83..1.37";
    cost = answer(&request);
    const llmp_risk_options *options = &llmp_cost_answer_of(cost)->risk_options;
    assert_int_equal(options->spread[LLMP_FACTOR_HARDWARE].shape, LLMP_SHAPE_UNIFORM);
    assert_close(options->spread[LLMP_FACTOR_HARDWARE].low_value, 0.83, 1e-15);
    assert_close(options->spread[LLMP_FACTOR_HARDWARE].high_value, 1.37, 1e-15);
    a = llmp_cost_answer_of(cost);
    assert_true(a->risk.candidate_usd.p90 > a->risk.candidate_usd.p10 * 1.001);
    llmp_cost_destroy(&cost);
    static const char *const bad[] = {
        "spread.usage",      "spread.usage=2",     "spread.usage=2..1",  "spread.usage=0..1",
        "spread.usage=1..x", "spread.usage=-1..1", "spread.usage=1..1e7"};
    request.draws = 0; /* refused also where no future is drawn */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.assume[request.assume_count - 1] = bad[i];
        assert_int_equal(llmp_cost_create(catalog, &request, &cost, &error), LLMP_E_RANGE);
    }
    request.assume[request.assume_count - 1] = "spread.usages=1..2";
    assert_int_equal(llmp_cost_create(catalog, &request, &cost, &error), LLMP_E_UNKNOWN);
    assert_contains(error.hint, "usage");
}

typedef struct seen {
    char text[512];
} seen;

static llmp_status collect(void *user, const char *option, const char *value, llmp_error *out)
{
    seen *s = user;
    size_t used = strlen(s->text);
    (void)out;
    (void)snprintf(s->text + used, sizeof s->text - used, "%s=%s;", option, value);
    return LLMP_OK;
}

static void study_files(void **state)
{
    (void)state;
    seen s = {""};
    const char *text = "model: gpt-oss-120b\non: 2x rtx-4090\nassume:\n  own.machine_usd: 5000\n"
                       "  horizon_months: 24\ncatalog: [a.yaml, b.yaml]\n";
    assert_ok(llmp_study_file_read(text, strlen(text), "s.yaml", collect, &s, &error));
    assert_string_equal(s.text, "model=gpt-oss-120b;on=2x rtx-4090;assume=own.machine_usd=5000;"
                                "assume=horizon_months=24;catalog=a.yaml;catalog=b.yaml;");
    const char *nested = "model: gpt-oss-120b\nassume:\n  own:\n    x: 1\n";
    assert_int_equal(llmp_study_file_read(nested, strlen(nested), "s.yaml", collect, &s, &error),
                     LLMP_E_SCHEMA);
    assert_int_equal(error.line, 4);
    assert_int_equal(llmp_study_file_read("[1]", 3, "s.yaml", collect, &s, &error), LLMP_E_SCHEMA);
    /* a number that does not fit is refused, never cut short */
    char text_long[400];
    (void)snprintf(text_long, sizeof text_long, "assume: {own.machine_usd: 5%0300d}", 0);
    assert_int_equal(
        llmp_study_file_read(text_long, strlen(text_long), "s.yaml", collect, &s, &error),
        LLMP_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_essays_bill),     cmocka_unit_test(people_and_hours),
        cmocka_unit_test(patterns_are_sums),   cmocka_unit_test(a_side_for_each_task),
        cmocka_unit_test(cache_buckets),       cmocka_unit_test(assumptions_are_used_and_told),
        cmocka_unit_test(two_comparisons),     cmocka_unit_test(one_box_cannot_carry_it),
        cmocka_unit_test(announced_prices),    cmocka_unit_test(what_is_rented),
        cmocka_unit_test(what_cannot_run),     cmocka_unit_test(bad_assumptions),
        cmocka_unit_test(seats_beside_a_bill), cmocka_unit_test(spreads_of_the_user),
        cmocka_unit_test(study_files),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
