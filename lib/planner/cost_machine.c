/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine in an answer about cost: how fast, how hungry, how dear, where it stands. */
#include "planner/cost_private.h"
#include "planner/site.h"

#include "base/error.h"
#include "planner/fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sequences at once: what servers in data centres are set to by default, and what is usual at a
 * desk. */
enum { PARALLEL_SERVER = 256, PARALLEL_DESK = 32 };

static bool has_class(const llmp_device *device, const char *part)
{
    for (size_t i = 0; i < device->class_count; i++) {
        if (strstr(device->classes[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

bool llmp__cost_in_data_centre(const llmp_machine *machine)
{
    const llmp_device *device = machine->devices[0];
    return has_class(device, "datacenter") || has_class(device, "data-center") ||
           has_class(device, "hbm") || device->kind == LLMP_DEVICE_ACCELERATOR;
}

/* --- price ------------------------------------------------------------------------------------ */

static llmp_status price_machine(llmp_cost *cost, const llmp_catalog *catalog,
                                 const llmp_cost_request *request, llmp_error *error)
{
    llmp_machine_price price;
    llmp_error why = LLMP_ERROR_INIT;
    if (llmp__cost_assumed_by_user(request, "own.machine_usd")) {
        return LLMP_OK;
    }
    llmp_status status = llmp_machine_price_of(catalog, request->fit->machine, request->buying,
                                               request->as_of, &price, &why);
    if (status == LLMP_OK) {
        llmp__cost_assume(cost, "own.machine_usd", price.usd, price.grade, price.source);
    } else if (status == LLMP_E_NO_DATA && request->rental != NULL && !request->hybrid) {
        (void)snprintf(cost->answer.own_reason, sizeof cost->answer.own_reason, "%.255s",
                       why.message);
        llmp__cost_warn(cost, "a machine of your own is left out: %s (--assume own.machine_usd)",
                        why.message);
        return LLMP_OK;
    }
    if (status != LLMP_OK && error != NULL) {
        *error = why;
    }
    return status;
}

/* --- where it stands -------------------------------------------------------------------------- */

static llmp_status set_tariff(llmp_cost *cost, const llmp_catalog *catalog,
                              const llmp_cost_request *request, const llmp_tariff *tariff,
                              llmp_error *error)
{
    double usd;
    char source[160];
    llmp_status status = llmp_currency_rate(catalog, tariff->currency, request->as_of, &usd, error);
    if (status != LLMP_OK) {
        return status;
    }
    (void)snprintf(source, sizeof source, "tariff %s%s%s: %s", tariff->head.id,
                   usd == 1.0 ? "" : " converted from ", usd == 1.0 ? "" : tariff->currency,
                   tariff->head.source);
    llmp__cost_assume(cost, "own.electricity_usd_per_kwh", tariff->currency_per_kwh * usd,
                      tariff->head.grade, source);
    cost->answer.tariff = tariff;
    return LLMP_OK;
}

static void set_staff(llmp_cost *cost, const llmp_catalog *catalog, bool data_centre)
{
    /* a year of 2,080 hours; the share is the catalog's */
    const char *rate_key = "own.staff_usd_per_hour";
    double yearly = 275000.0;
    if (llmp__cost_assume_catalog(cost, catalog, rate_key, LLMP_QUANTITY_STAFF_USD_PER_YEAR,
                                  "ml engineer loaded", "US")) {
        yearly = cost->answer.study.own.staff_usd_per_hour;
    }
    llmp__cost_assume(cost, rate_key, yearly / 2080.0, LLMP_GRADE_DERIVED,
                      "loaded cost of a US engineer over 2,080 hours");
    double share = 0.15;
    if (data_centre && llmp__cost_assume_catalog(cost, catalog, "own.staff_hours_count",
                                                 LLMP_QUANTITY_STAFF_SHARE_RATIO, NULL, NULL)) {
        share = cost->answer.study.own.staff_hours_count;
    }
    llmp__cost_assume(cost, "own.staff_hours_count", data_centre ? share * 2080.0 / 12.0 : 2.0,
                      LLMP_GRADE_ESTIMATE,
                      data_centre ? "15 % of a full-time person"
                                  : "a desk-side machine: judgement");
    llmp__cost_assume(cost, "own.setup_staff_hours_count", data_centre ? 40.0 : 8.0,
                      LLMP_GRADE_ESTIMATE, "judgement");
    llmp__cost_assume(cost, "rent.staff_usd_per_hour", yearly / 2080.0, LLMP_GRADE_DERIVED,
                      "loaded cost of a US engineer over 2,080 hours");
    llmp__cost_assume(cost, "rent.staff_hours_count",
                      0.5 * cost->answer.study.own.staff_hours_count, LLMP_GRADE_ESTIMATE,
                      "half of an own machine's: judgement");
    llmp__cost_assume(cost, "rent.setup_staff_hours_count",
                      0.5 * cost->answer.study.own.setup_staff_hours_count, LLMP_GRADE_ESTIMATE,
                      "half of an own machine's: judgement");
}

llmp_status llmp__cost_site(llmp_cost *cost, const llmp_catalog *catalog,
                            const llmp_cost_request *request, llmp_error *error)
{
    bool data_centre = llmp__cost_in_data_centre(request->fit->machine);
    const llmp_tariff *tariff =
        request->tariff == NULL ? llmp__usual_tariff(catalog, data_centre) : request->tariff;
    set_staff(cost, catalog, data_centre);
    (void)llmp__cost_assume_catalog(cost, catalog, "own.pue_ratio", LLMP_QUANTITY_PUE_RATIO,
                                    LLMP__SITE_NAME(data_centre), NULL);
    const char *country = tariff == NULL ? NULL : tariff->country;
    if (!llmp__cost_assume_catalog(cost, catalog, "own.carbon_kg_per_kwh",
                                   LLMP_QUANTITY_GRID_CARBON_KG_PER_KWH, NULL, country)) {
        (void)llmp__cost_assume_catalog(cost, catalog, "own.carbon_kg_per_kwh",
                                        LLMP_QUANTITY_GRID_CARBON_KG_PER_KWH, NULL, NULL);
    }
    (void)llmp__cost_assume_catalog(cost, catalog, "own.failures_per_year_ratio",
                                    LLMP_QUANTITY_FAILURES_PER_YEAR_RATIO, "gpu", NULL);
    llmp__cost_assume(cost, "own.warranty_months", 36.0, LLMP_GRADE_ESTIMATE,
                      "usual warranty of servers and workstations");
    llmp__cost_assume(cost, "own.residual_per_year_ratio", LLMP__RESIDUAL_PER_YEAR_RATIO,
                      LLMP_GRADE_DERIVED,
                      "fits resale guides: 62, 42, 30, 18, 12 % after 1 to 5 years");
    llmp__cost_assume(cost, "own.busy_max_ratio", 0.9, LLMP_GRADE_ESTIMATE, "judgement");
    llmp_status status = price_machine(cost, catalog, request, error);
    if (status != LLMP_OK || tariff == NULL ||
        llmp__cost_assumed_by_user(request, "own.electricity_usd_per_kwh")) {
        return status;
    }
    return set_tariff(cost, catalog, request, tariff, error);
}

void llmp__cost_rental(llmp_cost *cost, const llmp_catalog *catalog,
                       const llmp_cost_request *request)
{
    const llmp_rental *rental = request->rental;
    const llmp_study *study = &cost->answer.study;
    char source[160];
    char date[16];
    (void)llmp_date_format(rental->head.as_of, date, sizeof date);
    (void)snprintf(source, sizeof source, "%s %s: %s", rental->provider, date, rental->head.source);
    llmp__cost_assume(cost, "rent.usd_per_gpu_hour", rental->usd_per_gpu_hour, rental->head.grade,
                      source);
    llmp__cost_assume(cost, "rent.gpus_per_machine",
                      fmax(rental->gpus_min, request->fit->machine->device_count), LLMP_GRADE_EXACT,
                      "the machine's");
    bool reserved = rental->kind == LLMP_RENTAL_RESERVED;
    llmp__cost_assume(cost, "rent.hours_billed_count",
                      reserved ? LLMP_HOURS_PER_MONTH : study->demand.hours_count,
                      LLMP_GRADE_DERIVED,
                      reserved ? "reserved: every hour" : "the hours of use, idling included");
    /* it stands in a data centre, of no country that the offer names */
    (void)llmp__cost_assume_catalog(cost, catalog, "rent.pue_ratio", LLMP_QUANTITY_PUE_RATIO,
                                    LLMP__SITE_NAME(true), NULL);
    (void)llmp__cost_assume_catalog(cost, catalog, "rent.carbon_kg_per_kwh",
                                    LLMP_QUANTITY_GRID_CARBON_KG_PER_KWH, NULL, NULL);
    if (rental->kind == LLMP_RENTAL_SPOT) {
        llmp__cost_assume(cost, "rent.interrupted_ratio", 0.1, LLMP_GRADE_ESTIMATE, "judgement");
    }
}

/* --- rates ------------------------------------------------------------------------------------ */

static llmp_status rate_at(const llmp_cost *cost, uint32_t parallel, llmp_cost_rate *out,
                           llmp_error *error)
{
    const llmp_speed_model *model = llmp_fit_speed_model(cost->fit);
    const llmp_demand *demand = &cost->answer.study.demand;
    double fresh = fmax(1.0, demand->prompt_tokens * (1.0 - demand->cached_ratio));
    double prefix = demand->prompt_tokens - fresh;
    llmp_prefill_result prefill;
    llmp_decode_result decode;
    llmp_status status =
        llmp_speed_prefill(model, fresh, fmax(0.0, prefix), 1, NULL, &prefill, error);
    if (status == LLMP_OK) {
        status = llmp_speed_decode(model, demand->prompt_tokens + 0.5 * demand->output_tokens,
                                   parallel, NULL, &decode, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    out->parallel = parallel;
    out->prefill_tokens_per_s = prefill.tokens_per_s;
    out->decode_tokens_per_s = decode.tokens_per_s;
    out->server = (llmp_server){
        prefill.tokens_per_s.p50,
        decode.tokens_per_s.p50,
        prefill.energy_j_per_token.p50 * prefill.tokens_per_s.p50,
        decode.energy_j_per_token.p50 * decode.tokens_per_s.p50,
        llmp_speed_idle_w(model),
        cost->answer.study.own.server.busy_max_ratio,
    };
    return LLMP_OK;
}

/* Busy time at the peak of month 1, of what one machine has. */
static double load_of(const llmp_cost *cost, const llmp_cost_rate *rate)
{
    const llmp_demand *d = &cost->answer.study.demand;
    double each_s = d->prompt_tokens * (1.0 - d->cached_ratio) / rate->server.prefill_tokens_per_s +
                    d->output_tokens / rate->server.decode_tokens_per_s;
    return d->requests_count * each_s * d->peak_ratio /
           (d->hours_count * 3600.0 * rate->server.busy_max_ratio);
}

static void use_rate(llmp_cost *cost, const llmp_cost_request *request, const llmp_cost_rate *rate)
{
    const llmp_server *s = &rate->server;
    const struct {
        const char *key;
        double number;
    } values[] = {
        {"own.prefill_tokens_per_s", s->prefill_tokens_per_s},
        {"own.decode_tokens_per_s", s->decode_tokens_per_s},
        {"own.prefill_w", s->prefill_w},
        {"own.decode_w", s->decode_w},
        {"own.idle_w", s->idle_w},
    };
    char source[160];
    (void)snprintf(source, sizeof source, "speed model, %u at once", rate->parallel);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (!llmp__cost_assumed_by_user(request, values[i].key)) {
            llmp__cost_assume(cost, values[i].key, values[i].number,
                              rate->decode_tokens_per_s.grade, source);
        }
    }
    cost->answer.study.rent.server = cost->answer.study.own.server;
    cost->answer.used = *rate;
    cost->answer.used.server = cost->answer.study.own.server;
}

llmp_status llmp__cost_rates(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error)
{
    const llmp_fit_answer *fit = llmp_fit_answer_of(cost->fit);
    uint32_t limit =
        llmp__cost_in_data_centre(request->fit->machine) ? PARALLEL_SERVER : PARALLEL_DESK;
    uint32_t most = fit->max_parallel == 0      ? 1
                    : fit->max_parallel > limit ? limit
                                                : fit->max_parallel;
    llmp_cost_rate rate;
    most = request->parallel_given ? request->fit->memory.parallel : most;
    llmp_status status = rate_at(cost, 1, &cost->answer.single, error);
    status = status == LLMP_OK ? rate_at(cost, most, &cost->answer.most, error) : status;
    if (status != LLMP_OK) {
        return status;
    }
    rate = cost->answer.single;
    for (uint32_t n = 2; load_of(cost, &rate) > 1.0 && n <= most; n *= 2) {
        status = rate_at(cost, n, &rate, error);
        if (status != LLMP_OK) {
            return status;
        }
    }
    if (request->parallel_given || load_of(cost, &rate) > 1.0) {
        rate = cost->answer.most;
    }
    use_rate(cost, request, &rate);
    return LLMP_OK;
}

uint64_t llmp__cost_context_tokens(double prompt_tokens, double output_tokens)
{
    return (uint64_t)(ceil((prompt_tokens + output_tokens) / 1024.0) * 1024.0);
}

llmp_status llmp__cost_machine(llmp_cost *cost, const llmp_catalog *catalog,
                               const llmp_cost_request *request, llmp_error *error)
{
    const llmp_demand *demand = &cost->answer.study.demand;
    llmp_fit_request ask = *request->fit;
    uint64_t needed = llmp__cost_context_tokens(demand->prompt_tokens, demand->output_tokens);
    if (!request->context_given) {
        uint64_t usual = llmp__context_tokens(&ask);
        ask.memory.context_tokens = needed > usual ? needed : usual;
    }
    ask.prompt_tokens = demand->prompt_tokens;
    llmp_status status = LLMP_OK;
    if (!cost->fit_borrowed) {
        status = llmp_fit_create(catalog, &ask, &cost->fit, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    cost->answer.fit = cost->fit;
    const llmp_fit_answer *fit = llmp_fit_answer_of(cost->fit);
    if (fit->verdict == LLMP_VERDICT_CANNOT_RUN) {
        cost->answer.cannot_run = true;
        return LLMP_OK;
    }
    if (llmp_fit_speed_model(cost->fit) == NULL) {
        return llmp__fail(error, LLMP_E_NO_DATA, "the speed of %.60s is unknown: %.280s",
                          fit->model->head.name, fit->speed_reason);
    }
    return llmp__cost_rates(cost, request, error);
}
