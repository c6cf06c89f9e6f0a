/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question of cost: defaults, assumptions, rates, flows, comparisons, futures. */
#include "planner/cost_private.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the API side is compared with --------------------------------------------------------
 */

static bool serves(const llmp_api_price *price, const llmp_cost *cost)
{
    return cost->fit != NULL && price->open_model != NULL &&
           strcmp(price->open_model, llmp_fit_answer_of(cost->fit)->model->head.id) == 0;
}

/* A price to plan with: in force, not a gift, not doubted. */
static bool usable(const llmp_api_price *p, llmp_date day)
{
    return !p->free_of_charge && !p->doubtful && !p->deprecated && p->verified &&
           (p->effective_to == 0 || p->effective_to > day) && p->effective_from <= day &&
           (p->retirement == 0 || p->retirement > day) && LLMP_HAS_PRICE(p, input_usd_per_mtok) &&
           LLMP_HAS_PRICE(p, output_usd_per_mtok);
}

static llmp_date today(const llmp_cost_request *request)
{
    llmp_date date = 0;
    if (request->as_of == 0 && llmp_date_parse(llmp_data_version(), &date, NULL) != LLMP_OK) {
        date = 0;
    }
    return request->as_of == 0 ? (date == 0 ? 99991231 : date) : request->as_of;
}

/* The same model where it is hosted cheapest, so that the two comparisons stand side by side. */
static llmp_status find_hosted(llmp_cost *cost, const llmp_catalog *catalog,
                               const llmp_cost_request *request, llmp_bill *out_bill)
{
    llmp_date day = today(request);
    llmp_cost_request standard = *request;
    const llmp_service_terms terms = LLMP_SERVICE_TERMS_INIT;
    standard.terms = terms;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_PRICE); i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        llmp_bill bill;
        if (serves(p, cost) && usable(p, day) &&
            llmp__cost_bill(cost, &standard, p, &bill, NULL) == LLMP_OK &&
            (cost->answer.hosted == NULL || bill.total_usd < cost->answer.hosted_usd)) {
            cost->answer.hosted = p;
            cost->answer.hosted_usd = bill.total_usd;
            *out_bill = bill;
        }
    }
    return LLMP_OK;
}

static llmp_status compare_hosted(llmp_cost *cost, const llmp_catalog *catalog,
                                  const llmp_cost_request *request, llmp_error *error)
{
    llmp_bill bill;
    llmp_study *study = malloc(sizeof *study);
    llmp_flow *flows = malloc(2 * sizeof *flows);
    llmp_status status =
        study == NULL || flows == NULL ? llmp__fail_memory(error, "two flows") : LLMP_OK;
    status = status == LLMP_OK ? find_hosted(cost, catalog, request, &bill) : status;
    if (status == LLMP_OK && cost->answer.hosted != NULL) {
        *study = cost->answer.study;
        study->has_api = true;
        study->api.bill = bill;
        study->api.step_count = 0;
        status = llmp_flow_run(study, LLMP_OPTION_OWN, &flows[0], error);
        status =
            status == LLMP_OK ? llmp_flow_run(study, LLMP_OPTION_API, &flows[1], error) : status;
        status = status == LLMP_OK
                     ? llmp_compare_flows(&flows[0], &flows[1], study->discount_per_year_ratio,
                                          &cost->answer.hosted_comparison, error)
                     : status;
    }
    free(flows);
    free(study);
    return status;
}

/* --- announced prices ------------------------------------------------------------------------- */

static double months_until(llmp_date from, llmp_date to)
{
    double years = (double)(to / 10000 - from / 10000);
    double months = (double)(to / 100 % 100 - from / 100 % 100);
    return years * 12.0 + months + (double)(to % 100 - from % 100) / 30.4375;
}

/* Prices that are known to come into force later are steps of the flow, by what the bill becomes.
 */
static void announce(llmp_cost *cost, const llmp_catalog *catalog, const llmp_cost_request *request)
{
    llmp_api_option *api = &cost->answer.study.api;
    llmp_date start = today(request);
    double usd = api->bill.total_usd;
    llmp_date day = llmp_price_next_change(catalog, request->api, start);
    while (day > 0 && api->step_count < LLMP_PRICE_STEPS_MAX && usd > 0.0) {
        const llmp_api_price *next = NULL;
        llmp_bill bill;
        char text[16];
        double month = floor(months_until(start, day) + 0.5) + 1.0;
        if (month > (double)LLMP_MONTHS_MAX ||
            llmp_price_in_force(catalog, request->api->head.id, day, &next, NULL, NULL) !=
                LLMP_OK ||
            llmp__cost_bill(cost, request, next, &bill, NULL) != LLMP_OK) {
            return;
        }
        api->steps[api->step_count++] =
            (llmp_price_step){month < 1.0 ? 1 : (uint32_t)month, bill.total_usd / usd};
        (void)llmp_date_format(day, text, sizeof text);
        llmp__cost_warn(cost,
                        "on %s the API's price changes to %.3g times what it was, as announced",
                        text, bill.total_usd / usd);
        usd = bill.total_usd;
        day = llmp_price_next_change(catalog, request->api, day);
    }
}

/* --- flows ------------------------------------------------------------------------------------ */

static llmp_status run_flows(llmp_cost *cost, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    const bool has[LLMP_OPTION_COUNT] = {a->study.has_api, a->study.has_own, a->study.has_rent};
    for (int i = 0; i < LLMP_OPTION_COUNT; i++) {
        if (!has[i]) {
            continue;
        }
        cost->flows[i] = malloc(sizeof *cost->flows[i]);
        if (cost->flows[i] == NULL) {
            return llmp__fail_memory(error, "a flow");
        }
        llmp_status status = llmp_flow_run(&a->study, (llmp_option)i, cost->flows[i], error);
        if (status != LLMP_OK) {
            return status;
        }
        a->flows[i] = cost->flows[i];
    }
    for (int i = LLMP_OPTION_OWN; a->study.has_api && i < LLMP_OPTION_COUNT; i++) {
        if (has[i]) {
            llmp_status status =
                llmp_compare_flows(a->flows[i], a->flows[LLMP_OPTION_API],
                                   a->study.discount_per_year_ratio, &a->comparison[i], error);
            if (status != LLMP_OK) {
                return status;
            }
            a->has_comparison[i] = true;
        }
    }
    return LLMP_OK;
}

static llmp_status find_volume(llmp_cost *cost, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    llmp_study *study = malloc(sizeof *study);
    if (study == NULL) {
        return llmp__fail_memory(error, "a study");
    }
    *study = a->study;
    double busy_max = study->own.server.busy_max_ratio;
    if (a->most.parallel > a->used.parallel) {
        study->own.server = a->most.server;
        study->own.server.busy_max_ratio = busy_max;
    }
    llmp_status status =
        llmp_breakeven_volume(study, LLMP_OPTION_OWN, LLMP_OPTION_API, &a->volume, error);
    a->has_volume = status == LLMP_OK;
    free(study);
    return status;
}

/* --- futures ---------------------------------------------------------------------------------- */

static void spread(llmp_risk_options *o, llmp_factor factor, llmp_shape shape, double low,
                   double high)
{
    o->spread[factor] = (llmp_spread){shape, low, high};
}

static llmp_status run_risk(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    const llmp_estimate *speed = &a->used.decode_tokens_per_s;
    options.draws = request->draws;
    options.index_draws = request->indices ? 1024 : 0;
    options.seed = request->seed;
    spread(&options, LLMP_FACTOR_API_PRICE_CHANGE, LLMP_SHAPE_TRIANGULAR, 0.5, 1.5);
    spread(&options, LLMP_FACTOR_USAGE, LLMP_SHAPE_LOGNORMAL, 0.7, 1.4);
    spread(&options, LLMP_FACTOR_GROWTH, LLMP_SHAPE_LOGNORMAL, 0.8, 1.3);
    if (speed->p50 > 0.0 && speed->p10 > 0.0) {
        spread(&options, LLMP_FACTOR_SPEED, LLMP_SHAPE_LOGNORMAL, speed->p10 / speed->p50,
               fmax(speed->p90, speed->p50) / speed->p50);
    }
    spread(&options, LLMP_FACTOR_POWER, LLMP_SHAPE_LOGNORMAL, 0.85, 1.15);
    spread(&options, LLMP_FACTOR_HARDWARE, LLMP_SHAPE_LOGNORMAL, 0.9, 1.15);
    spread(&options, LLMP_FACTOR_RESIDUAL, LLMP_SHAPE_LOGNORMAL, 0.8, 1.2);
    spread(&options, LLMP_FACTOR_ELECTRICITY, LLMP_SHAPE_LOGNORMAL, 0.85, 1.25);
    spread(&options, LLMP_FACTOR_STAFF, LLMP_SHAPE_LOGNORMAL, 0.5, 2.0);
    /* the same news moves what APIs charge and what used hardware brings: a judgement */
    llmp_status status = llmp__cost_correlate(&options, LLMP_FACTOR_API_PRICE_CHANGE,
                                              LLMP_FACTOR_RESIDUAL, 0.3, error);
    for (size_t i = 0; status == LLMP_OK && i < request->assume_count; i++) {
        if (llmp__cost_is_spread(request->assume[i])) {
            status = llmp__cost_spread_text(request->assume[i], &options, error);
        }
    }
    if (status != LLMP_OK) {
        return status;
    }
    a->risk_options = options;
    status = llmp_risk_run(&a->study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &a->risk, error);
    a->has_risk = status == LLMP_OK;
    return status;
}

/* --- the answer ------------------------------------------------------------------------------- */

static llmp_status apply_user(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    for (size_t i = 0; status == LLMP_OK && i < request->assume_count; i++) {
        llmp_risk_options checked = LLMP_RISK_OPTIONS_INIT; /* futures are drawn later, or not */
        status = llmp__cost_is_spread(request->assume[i])
                     ? llmp__cost_spread_text(request->assume[i], &checked, error)
                     : llmp__cost_assume_text(cost, request->assume[i], error);
    }
    const llmp_demand *d = &cost->answer.study.demand;
    double each = d->prompt_tokens + d->output_tokens;
    if (status == LLMP_OK && request->tokens_per_month_count > 0.0 && each > 0.0) {
        llmp__cost_assume(cost, "demand.requests_count", request->tokens_per_month_count / each,
                          LLMP_GRADE_EXACT, "given as tokens a month");
    }
    if (status == LLMP_OK && cost->answer.study.own.hours_on_count < d->hours_count) {
        llmp__cost_assume(cost, "own.hours_on_count", d->hours_count, LLMP_GRADE_DERIVED,
                          "the hours of use");
    }
    return status;
}

static void warn(llmp_cost *cost, const llmp_cost_request *request)
{
    const llmp_cost_answer *a = &cost->answer;
    const llmp_flow *own = a->flows[LLMP_OPTION_OWN];
    if (a->study.has_api && a->study.api.bill.assumed != 0) {
        llmp__cost_warn(cost, "%s: a cache price is not known; the input price stands in",
                        request->api->head.id);
    }
    if (request->api != NULL && request->api->deprecated) {
        llmp__cost_warn(cost, "%s is deprecated by its provider", request->api->head.id);
    }
    if (request->api != NULL && (request->api->doubtful || request->api->free_of_charge)) {
        llmp__cost_warn(cost, "%s: %s", request->api->head.id,
                        request->api->doubtful ? "this price is contradicted by other sources"
                                               : "a gift with limits, no price to plan with");
    }
    if (own != NULL && own->overflow_month > 0) {
        llmp__cost_warn(cost, "from month %u on the machines cannot take it all: %.3g %% of %s",
                        own->overflow_month, own->overflow_ratio * 100.0,
                        a->study.has_api ? "requests overflow to the API"
                                         : "requests are not served");
    }
    if (own != NULL && own->line_usd[LLMP_LINE_STAFF] == 0.0) {
        llmp__cost_warn(cost, "nobody's time is counted (own.staff_hours_count)");
    }
}

static llmp_status answer_all(llmp_cost *cost, const llmp_catalog *catalog,
                              const llmp_cost_request *request, llmp_error *error)
{
    llmp_cost_answer *a = &cost->answer;
    llmp_status status = llmp__cost_demand(cost, request, error);
    if (status == LLMP_OK && request->fit != NULL) {
        status = llmp__cost_site(cost, catalog, request, error);
    }
    if (status == LLMP_OK && request->rental != NULL && request->fit != NULL) {
        llmp__cost_rental(cost, catalog, request);
    }
    status = status == LLMP_OK ? apply_user(cost, request, error) : status;
    if (status == LLMP_OK && request->api != NULL) {
        status = llmp__cost_bill(cost, request, request->api, &a->study.api.bill, error);
        a->study.has_api = status == LLMP_OK;
        if (status == LLMP_OK) {
            announce(cost, catalog, request);
        }
    }
    if (status == LLMP_OK && request->fit != NULL) {
        status = llmp__cost_machine(cost, catalog, request, error);
        a->study.has_own = !a->cannot_run && a->own_reason[0] == '\0';
        a->study.has_rent = !a->cannot_run && request->rental != NULL;
        a->same_model = request->api != NULL && serves(request->api, cost);
        if (request->api != NULL && !a->same_model && !cost->fit_borrowed) {
            const llmp_scored own = {.model = request->fit->model};
            const llmp_scored api = {.price = request->api};
            a->score_count = llmp_score_pairs(catalog, own, api, today(request), a->scores,
                                              LLMP_COST_SCORES_MAX);
        }
    }
    status = status == LLMP_OK ? run_flows(cost, error) : status;
    if (status == LLMP_OK && a->study.has_own && a->study.has_api && !cost->fit_borrowed) {
        status = find_volume(cost, error);
        if (status == LLMP_OK && request->draws > 0) {
            status = run_risk(cost, request, error);
        }
    }
    if (status == LLMP_OK && request->hybrid && !a->cannot_run) {
        status = llmp__cost_hybrid(cost, request, error);
    }
    if (status == LLMP_OK && a->study.has_own && !a->same_model && !cost->fit_borrowed) {
        status = compare_hosted(cost, catalog, request, error);
    }
    if (status == LLMP_OK && request->subscription != NULL) {
        status = llmp__cost_seats(cost, request, error);
    }
    if (status == LLMP_OK) {
        warn(cost, request);
    }
    return status;
}

static llmp_status create(const llmp_catalog *catalog, const llmp_cost_request *request,
                          llmp_fit *fit, llmp_cost **out, llmp_error *error)
{
    if (catalog == NULL || request == NULL || out == NULL || request->struct_size == 0 ||
        request->workload == NULL || (request->fit == NULL && request->api == NULL)) {
        return llmp__fail_argument(error, "catalog, request or out",
                                   "is NULL, or has neither a machine nor an API, or no workload");
    }
    if (!(request->tokens_per_month_count >= 0.0 && request->tokens_per_month_count <= 1e18 &&
          request->requests_per_day_count >= 0.0 && request->requests_per_day_count <= 1e15)) {
        return llmp__fail(error, LLMP_E_RANGE, "a demand below nothing or above 1e18 tokens");
    }
    if (!(request->people_count >= 0.0 && request->people_count <= 1e10 &&
          request->people_hours_count >= 0.0 && request->people_hours_count <= 24.0)) {
        return llmp__fail(error, LLMP_E_RANGE, "%g people for %g hours: up to 1e10, up to 24 a day",
                          request->people_count, request->people_hours_count);
    }
    if (request->assume_count > LLMP_COST_ASSUME_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "more than %d assumptions", LLMP_COST_ASSUME_MAX);
    }
    llmp_cost *cost = calloc(1, sizeof *cost);
    if (cost == NULL) {
        return llmp__fail_memory(error, "an answer");
    }
    cost->fit = fit;
    cost->fit_borrowed = fit != NULL;
    cost->answer.struct_size = (uint32_t)sizeof cost->answer;
    cost->answer.api = request->api;
    cost->answer.rental = request->rental;
    cost->answer.workload = request->workload;
    llmp_study_init(&cost->answer.study);
    cost->answer.study.discount_per_year_ratio = 0.08;
    llmp__cost_settings_open(cost);
    llmp_status status = answer_all(cost, catalog, request, error);
    if (status != LLMP_OK) {
        llmp_cost_destroy(&cost);
        return status;
    }
    *out = cost;
    return LLMP_OK;
}

llmp_status llmp_cost_create(const llmp_catalog *catalog, const llmp_cost_request *request,
                             llmp_cost **out, llmp_error *error)
{
    return create(catalog, request, NULL, out, error);
}

llmp_status llmp__cost_create_of(const llmp_catalog *catalog, const llmp_cost_request *request,
                                 llmp_fit *fit, llmp_cost **out, llmp_error *error)
{
    return create(catalog, request, fit, out, error);
}

void llmp_cost_destroy(llmp_cost **cost)
{
    if (cost == NULL || *cost == NULL) {
        return;
    }
    for (int i = 0; i < LLMP_OPTION_COUNT; i++) {
        free((*cost)->flows[i]);
    }
    if (!(*cost)->fit_borrowed) {
        llmp_fit_destroy(&(*cost)->fit);
    }
    free(*cost);
    *cost = NULL;
}

const llmp_cost_answer *llmp_cost_answer_of(const llmp_cost *cost)
{
    return cost == NULL ? NULL : &cost->answer;
}
