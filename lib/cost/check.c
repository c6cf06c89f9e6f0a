/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every number of a study is looked at once, before anything is computed from it. */
#include <llmplan/cost_flow.h>

#include "base/error.h"

#include <math.h>
#include <string.h>

typedef struct range_check {
    const char *name;
    double number;
    double low;
    double high;
} range_check;

static const double money_most = 1e12;
static const double ratio_most = 1e3;

static llmp_status check_all(const char *part, const range_check *checks, size_t count,
                             llmp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const range_check *c = &checks[i];
        if (!(c->number >= c->low && c->number <= c->high)) {
            llmp_status status = llmp__fail(error, LLMP_E_RANGE, "%s %s is %g: %g to %g", part,
                                            c->name, c->number, c->low, c->high);
            llmp__set_field(error, c->name);
            return status;
        }
    }
    return LLMP_OK;
}

#define CHECK(part, list, error) check_all((part), (list), sizeof(list) / sizeof *(list), (error))

static llmp_status check_demand(const llmp_demand *d, llmp_error *error)
{
    const range_check checks[] = {
        {"requests_count", d->requests_count, 0, 1e15},
        {"prompt_tokens", d->prompt_tokens, 0, 1e12},
        {"prompt_sigma_log", d->prompt_sigma_log, 0, 10},
        {"cached_ratio", d->cached_ratio, 0, 1},
        {"output_tokens", d->output_tokens, 0, 1e12},
        {"hours_count", d->hours_count, 1e-3, LLMP_HOURS_PER_MONTH},
        {"peak_ratio", d->peak_ratio, 1, 1e6},
        {"growth_per_year_ratio", d->growth_per_year_ratio, 1e-6, ratio_most},
    };
    return CHECK("demand's", checks, error);
}

static llmp_status check_bill(const llmp_bill *bill, llmp_error *error)
{
    double sum = bill->requests_usd + bill->minimum_usd + bill->storage_usd;
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        if (!(bill->bucket_usd[b] >= 0.0 && bill->bucket_usd[b] <= money_most)) {
            return llmp__fail(error, LLMP_E_RANGE, "the bill of %s is %g USD",
                              llmp_bucket_name((llmp_bucket)b), bill->bucket_usd[b]);
        }
        sum += bill->bucket_usd[b];
    }
    if (!(bill->total_usd >= 0.0 && bill->total_usd <= money_most &&
          fabs(sum - bill->total_usd) <= 1e-9 * fmax(1.0, sum))) {
        return llmp__fail(error, LLMP_E_RANGE, "a bill of %g USD whose parts are %g USD",
                          bill->total_usd, sum);
    }
    return LLMP_OK;
}

static llmp_status check_api(const llmp_api_option *a, llmp_error *error)
{
    const range_check checks[] = {
        {"price_change_per_year_ratio", a->price_change_per_year_ratio, 1e-6, ratio_most},
        {"credit_fee_ratio", a->credit_fee_ratio, 0, 1},
        {"step_count", (double)a->step_count, 0, LLMP_PRICE_STEPS_MAX},
    };
    llmp_status status = CHECK("API's", checks, error);
    for (size_t i = 0; status == LLMP_OK && i < a->step_count; i++) {
        const range_check steps[] = {
            {"steps.month", (double)a->steps[i].month, 1, LLMP_MONTHS_MAX},
            {"steps.price_ratio", a->steps[i].price_ratio, 0, ratio_most},
        };
        status = CHECK("API's", steps, error);
    }
    return status == LLMP_OK ? check_bill(&a->bill, error) : status;
}

/* Rates that the demand does not use may be 0; powers may be unknown where they cost nothing. */
static llmp_status check_server(const char *part, const llmp_server *s, const llmp_demand *d,
                                bool need_power, llmp_error *error)
{
    bool prefills = d->prompt_tokens > 0.0 && d->cached_ratio < 1.0;
    const range_check checks[] = {
        {"prefill_tokens_per_s", s->prefill_tokens_per_s, prefills ? 1e-6 : 0, 1e12},
        {"decode_tokens_per_s", s->decode_tokens_per_s, d->output_tokens > 0.0 ? 1e-6 : 0, 1e12},
        {"busy_max_ratio", s->busy_max_ratio, 1e-3, 1},
    };
    const double powers_w[] = {s->prefill_w, s->decode_w, s->idle_w};
    for (size_t i = 0; i < 3; i++) {
        if (isnan(powers_w[i]) && need_power) {
            llmp_status status =
                llmp__fail(error, LLMP_E_NO_DATA, "%s power while %s is unknown", part,
                           i == 0   ? "reading prompts"
                           : i == 1 ? "writing"
                                    : "idle");
            llmp__hint(error, "state it, or an electricity price of 0");
            return status;
        }
        if (!isnan(powers_w[i]) && !(powers_w[i] >= 0.0 && powers_w[i] <= 1e9)) {
            return llmp__fail(error, LLMP_E_RANGE, "%s power of %g W: 0 to 1e9", part, powers_w[i]);
        }
    }
    return CHECK(part, checks, error);
}

static llmp_status check_own(const llmp_own_option *o, const llmp_demand *d, llmp_error *error)
{
    const range_check checks[] = {
        {"machine_count", o->machine_count, 0, 1e6},
        {"machines_max", o->machines_max, 0, 1e6},
        {"machine_usd", o->machine_usd, 0, money_most},
        {"machine_price_change_per_year_ratio", o->machine_price_change_per_year_ratio, 1e-6,
         ratio_most},
        {"shipping_usd", o->shipping_usd, 0, money_most},
        {"install_usd", o->install_usd, 0, money_most},
        {"spares_ratio", o->spares_ratio, 0, 10},
        {"tax_ratio", o->tax_ratio, 0, 10},
        {"owned_count", o->owned_count, 0, 1e6},
        {"owned_value_usd", o->owned_value_usd, 0, money_most},
        {"financed_ratio", o->financed_ratio, 0, 1},
        {"loan_interest_per_year_ratio", o->loan_interest_per_year_ratio, 0, 10},
        {"loan_months", o->loan_months, o->financed_ratio > 0.0 ? 1 : 0, 1200},
        {"hours_on_count", o->hours_on_count, d->hours_count, LLMP_HOURS_PER_MONTH},
        {"pue_ratio", o->pue_ratio, 1, 10},
        {"electricity_usd_per_kwh", o->electricity_usd_per_kwh, 0, 1e3},
        {"electricity_change_per_year_ratio", o->electricity_change_per_year_ratio, 1e-6,
         ratio_most},
        {"carbon_kg_per_kwh", o->carbon_kg_per_kwh, 0, 100},
        {"colocation_kw", o->colocation_kw, 0, 1e6},
        {"colocation_usd_per_kw_month", o->colocation_usd_per_kw_month, 0, 1e6},
        {"maintenance_per_year_ratio", o->maintenance_per_year_ratio, 0, 10},
        {"failures_per_year_ratio", o->failures_per_year_ratio, 0, 10},
        {"warranty_months", o->warranty_months, 0, 1200},
        {"setup_staff_hours_count", o->setup_staff_hours_count, 0, 1e9},
        {"staff_hours_count", o->staff_hours_count, 0, 1e9},
        {"staff_hours_per_machine_count", o->staff_hours_per_machine_count, 0, 1e6},
        {"staff_usd_per_hour", o->staff_usd_per_hour, 0, 1e6},
        {"software_usd_per_month", o->software_usd_per_month, 0, money_most},
        {"residual_per_year_ratio", o->residual_per_year_ratio, 0, 2},
        {"replacement_months", o->replacement_months, 0, 1200},
        {"depreciation_months", o->depreciation_months, 0, 1200},
        {"local_ratio", o->local_ratio, 0, 1},
        {"escalation_ratio", o->escalation_ratio, 0, 1},
        {"judge_usd", o->judge_usd, 0, money_most},
    };
    llmp_status status = CHECK("own machine's", checks, error);
    bool power = o->electricity_usd_per_kwh > 0.0 || o->carbon_kg_per_kwh > 0.0;
    return status == LLMP_OK ? check_server("own machine's", &o->server, d, power, error) : status;
}

static llmp_status check_rent(const llmp_rent_option *r, const llmp_demand *d, llmp_error *error)
{
    const range_check checks[] = {
        {"machine_count", r->machine_count, 0, 1e6},
        {"machines_max", r->machines_max, 0, 1e6},
        {"gpus_per_machine", r->gpus_per_machine, 1, 1e6},
        {"usd_per_gpu_hour", r->usd_per_gpu_hour, 0, 1e6},
        {"price_change_per_year_ratio", r->price_change_per_year_ratio, 1e-6, ratio_most},
        {"hours_billed_count", r->hours_billed_count, 1e-3, LLMP_HOURS_PER_MONTH},
        {"interrupted_ratio", r->interrupted_ratio, 0, 0.9},
        {"other_usd_per_month", r->other_usd_per_month, 0, money_most},
        {"setup_staff_hours_count", r->setup_staff_hours_count, 0, 1e9},
        {"staff_hours_count", r->staff_hours_count, 0, 1e9},
        {"staff_usd_per_hour", r->staff_usd_per_hour, 0, 1e6},
        {"carbon_kg_per_kwh", r->carbon_kg_per_kwh, 0, 100},
        {"pue_ratio", r->pue_ratio, 1, 10},
    };
    llmp_status status = CHECK("rented machine's", checks, error);
    return status == LLMP_OK
               ? check_server("rented machine's", &r->server, d, r->carbon_kg_per_kwh > 0.0, error)
               : status;
}

llmp_status llmp_study_check(const llmp_study *study, llmp_error *error)
{
    if (study == NULL || study->struct_size == 0) {
        return llmp__fail_argument(error, "study", "is NULL, or its struct_size is 0");
    }
    const range_check checks[] = {
        {"horizon_months", study->horizon_months, 1, LLMP_MONTHS_MAX},
        {"discount_per_year_ratio", study->discount_per_year_ratio, 0, 10},
        {"services_tax_ratio", study->services_tax_ratio, 0, 10},
        {"income_tax_ratio", study->income_tax_ratio, 0, 0.99},
    };
    llmp_status status = CHECK("study's", checks, error);
    status = status == LLMP_OK ? check_demand(&study->demand, error) : status;
    if (status == LLMP_OK && study->has_api) {
        status = check_api(&study->api, error);
    }
    if (status == LLMP_OK && study->has_own) {
        status = check_own(&study->own, &study->demand, error);
    }
    if (status == LLMP_OK && study->has_rent) {
        status = check_rent(&study->rent, &study->demand, error);
    }
    return status;
}

void llmp_study_init(llmp_study *study)
{
    const llmp_demand demand = LLMP_DEMAND_INIT;
    memset(study, 0, sizeof *study);
    study->struct_size = (uint32_t)sizeof *study;
    study->demand = demand;
    study->horizon_months = 36;
    study->api.price_change_per_year_ratio = 1.0;
    study->own.server.busy_max_ratio = 1.0;
    study->own.machine_price_change_per_year_ratio = 1.0;
    study->own.hours_on_count = LLMP_HOURS_PER_MONTH;
    study->own.pue_ratio = 1.0;
    study->own.electricity_change_per_year_ratio = 1.0;
    study->own.local_ratio = 1.0;
    study->hybrid.api_latency_s = (double)NAN;
    study->hybrid.own_quality_ratio = (double)NAN;
    study->hybrid.api_quality_ratio = (double)NAN;
    study->hybrid.quality_min_ratio = (double)NAN;
    study->rent.server.busy_max_ratio = 1.0;
    study->rent.gpus_per_machine = 1;
    study->rent.price_change_per_year_ratio = 1.0;
    study->rent.hours_billed_count = LLMP_HOURS_PER_MONTH;
    study->rent.pue_ratio = 1.0;
}
