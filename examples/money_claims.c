/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims about money from an essay of February 2026 on local models, recomputed with the library;
 * article/ has all of its claims. Everything that is assumed stands here in numbers. Ends with 1
 * when a figure that is plain arithmetic is off. */
#include <llmplan/llmplan.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static llmp_catalog *catalog;
static llmp_error error;
static llmp_flow *own_flow;
static llmp_flow *api_flow;
static int wrong;

static void stop(void)
{
    char text[1024];
    (void)llmp_error_format(&error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(1);
}

/* What an API of the catalog charges for requests of one size. */
static double bill_usd(const char *name, double requests, double input, double output)
{
    const llmp_api_price *price = NULL;
    const llmp_service_terms terms = LLMP_SERVICE_TERMS_INIT;
    llmp_usage usage = LLMP_USAGE_INIT;
    llmp_rate_card card;
    llmp_bill bill;
    usage.requests_count = requests;
    usage.tokens[LLMP_BUCKET_INPUT] = input;
    usage.tokens[LLMP_BUCKET_OUTPUT] = output;
    if (llmp_price_in_force(catalog, name, 0, &price, NULL, &error) != LLMP_OK ||
        llmp_rate_card_of(price, &terms, &card, &error) != LLMP_OK ||
        llmp_bill_usage(&card, &usage, 1, &bill, &error) != LLMP_OK) {
        stop();
    }
    return bill.total_usd;
}

static void expect(const char *what, double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        printf("  WRONG: %s is %.10g, not %.10g\n", what, value, expected);
        wrong = 1;
    }
}

/* A machine that draws so much all month. */
static double electricity_usd(double watts, double pue, double usd_per_kwh)
{
    llmp_study study;
    llmp_study_init(&study);
    study.has_own = true;
    study.horizon_months = 1;
    study.own.machine_count = 1;
    study.own.server.idle_w = watts;
    study.own.pue_ratio = pue;
    study.own.electricity_usd_per_kwh = usd_per_kwh;
    if (llmp_flow_run(&study, LLMP_OPTION_OWN, own_flow, &error) != LLMP_OK) {
        stop();
    }
    return own_flow->total_usd;
}

/* Months until a machine that draws 500 W has paid, nobody's time counted; 0: never in ten years.
 */
static double payback_months(double machine_usd, double bill_usd_per_month)
{
    llmp_study study;
    llmp_comparison comparison;
    llmp_study_init(&study);
    study.has_own = study.has_api = true;
    study.horizon_months = LLMP_MONTHS_MAX;
    study.api.bill.total_usd = study.api.bill.bucket_usd[LLMP_BUCKET_INPUT] = bill_usd_per_month;
    study.own.machine_count = 1;
    study.own.machine_usd = machine_usd;
    study.own.server.idle_w = 500;
    study.own.electricity_usd_per_kwh = 0.1872;
    if (llmp_flow_run(&study, LLMP_OPTION_OWN, own_flow, &error) != LLMP_OK ||
        llmp_flow_run(&study, LLMP_OPTION_API, api_flow, &error) != LLMP_OK ||
        llmp_compare_flows(own_flow, api_flow, 0.0, &comparison, &error) != LLMP_OK) {
        stop();
    }
    return comparison.breaks_even ? comparison.breakeven_months : 0.0;
}

static void ten_million_a_day(void)
{
    double day = bill_usd("claude-opus-4.6", 1e7, 500, 200);
    printf("10 million interactions a day on Claude Opus 4.6 cost 75,000 USD a day\n"
           "  TRUE: %.2f USD a day, %.1f million a year\n",
           day, day * 365.25 / 1e6);
    expect("the daily bill", day, 75000, 1e-6);
}

static void eight_h100(void)
{
    double spec = electricity_usd(5600, 1.0, 0.146);
    double worst = electricity_usd(10200, 1.54, 0.1902 * 1.1741);
    printf(
        "Eight H100s take 5,000 USD of electricity a month\n"
        "  TOO HIGH: 8 x 700 W at 14.6 cents are %.0f USD; a whole DGX at its rated 10.2 kW, PUE "
        "1.54 and EU prices %.0f USD, %.1f times less\n",
        spec, worst, 5000 / worst);
    expect("8 x 700 W", spec, 596.848, 1e-9);
    expect("kilowatt-hours of the worst case", worst / (0.1902 * 1.1741), 11466.84, 0.01);
}

static void half_a_billion(void)
{
    const double requests = 500e6 / 700;
    double opus = bill_usd("claude-opus-4.6", requests, 500, 200);
    double open = bill_usd("groq/openai/gpt-oss-120b", requests, 500, 200);
    printf("500 million tokens a month cost 1,000 to 5,000 USD by API\n"
           "  ONLY FOR FRONTIER MODELS: Claude Opus 4.6 %.0f USD, gpt-oss-120b hosted %.0f USD\n",
           opus, open);
    expect("Opus at 5 to 2", opus, 37500.0 / 7, 1e-6);
    double against_opus = payback_months(8000, opus);
    double against_open = payback_months(8000, open);
    printf(
        "An 8,000 USD workstation pays back in two to eight months\n"
        "  ONLY IF IT REPLACES A FRONTIER MODEL: against Opus after %.1f months, against the same "
        "open model hosted %s%.0f months, before anybody's time\n",
        against_opus, against_open > 0.0 ? "after " : "not within ",
        against_open > 0.0 ? against_open : (double)LLMP_MONTHS_MAX);
    expect("months against Opus", against_opus, 8000 / (37500.0 / 7 - 365 * 0.1872), 1e-9);
}

/* Two boxes of eight H100s with hosts are the half million. */
static void half_a_million_of_h100(void)
{
    static llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request fit = LLMP_FIT_REQUEST_INIT;
    llmp_cost_request request = {.struct_size = sizeof request, .terms = LLMP_SERVICE_TERMS_INIT};
    const llmp_record *model = NULL;
    const llmp_record *engine = NULL;
    const llmp_record *workload = NULL;
    size_t count;
    llmp_cost *cost;
    if (llmp_catalog_find(catalog, LLMP_KIND_MODEL, "deepseek-v3.2", &model, NULL, &error) !=
            LLMP_OK ||
        llmp_catalog_find(catalog, LLMP_KIND_ENGINE, "vllm", &engine, NULL, &error) != LLMP_OK ||
        llmp_catalog_find(catalog, LLMP_KIND_WORKLOAD, "ecommerce-10m", &workload, NULL, &error) !=
            LLMP_OK ||
        llmp_machine_parse(catalog, "8x h100-sxm", machines, &count, NULL, &error) != LLMP_OK ||
        llmp_price_in_force(catalog, "claude-opus-4.6", 0, &request.api, NULL, &error) != LLMP_OK) {
        stop();
    }
    fit.model = LLMP_MODEL(model);
    fit.engine = LLMP_ENGINE(engine);
    fit.machine = &machines[0];
    request.fit = &fit;
    request.workload = (const llmp_workload *)(const void *)workload;
    request.assume[request.assume_count++] = "own.machine_count=2";
    request.assume[request.assume_count++] = "own.machine_usd=250000";
    if (llmp_cost_create(catalog, &request, &cost, &error) != LLMP_OK) {
        stop();
    }
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    const llmp_demand *demand = &a->study.demand;
    double per_s = demand->requests_count / (demand->hours_count * 3600);
    printf("H100s worth 500,000 USD do the same with DeepSeek-V3.2, paid back in a week\n");
    if (a->cannot_run) {
        printf("  FALSE: it does not fit\n");
    } else {
        printf(
            "  %s: it takes %.0f input and %.0f output tokens a second; two boxes of eight carry "
            "%.0f %% of that (%.0f and %.0f tokens a second each)\n",
            a->flows[LLMP_OPTION_OWN]->overflow_ratio > 0.01 ? "FALSE" : "POSSIBLE",
            per_s * demand->prompt_tokens, per_s * demand->output_tokens,
            100 * (1 - a->flows[LLMP_OPTION_OWN]->overflow_ratio),
            a->study.own.server.prefill_tokens_per_s, a->study.own.server.decode_tokens_per_s);
    }
    expect("input tokens a second", per_s * demand->prompt_tokens, 57870.37, 0.01);
    expect("output tokens a second", per_s * demand->output_tokens, 23148.15, 0.01);
    llmp_cost_destroy(&cost);
}

static void tiered(void)
{
    llmp_hybrid hybrid;
    const llmp_hybrid_tier tiers[] = {{0.0001, 1, 0.8, 0.05}, {0.0075, 2, 0.9, 0}};
    if (llmp_hybrid_cascade(tiers, 2, 0, 0, &hybrid, &error) != LLMP_OK) {
        stop();
    }
    printf("Answering 95 %% locally saves 95 %% of the cost\n"
           "  AT MOST: with a local answer at 0.0001 USD and Opus at 0.0075 it saves %.1f %%, and "
           "nothing of what machines cost that stand idle\n",
           100 * (1 - hybrid.cost_usd / 0.0075));
    expect("the cascade", hybrid.cost_usd, 0.0001 + 0.05 * 0.0075, 1e-12);
}

int main(void)
{
    own_flow = malloc(sizeof *own_flow);
    api_flow = malloc(sizeof *api_flow);
    if (own_flow == NULL || api_flow == NULL || llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        return 1;
    }
    ten_million_a_day();
    half_a_million_of_h100();
    eight_h100();
    half_a_billion();
    tiered();
    llmp_catalog_destroy(&catalog);
    free(own_flow);
    free(api_flow);
    return wrong;
}
