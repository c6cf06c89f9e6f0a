/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The month-by-month frame, the API option, and what the options share. */
#include "cost/flow.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

double llmp__monthly(double per_year_ratio)
{
    return per_year_ratio == 1.0 ? 1.0 : pow(per_year_ratio, 1.0 / 12.0);
}

/* --- booking ---------------------------------------------------------------------------------- */

static void book(llmp__sim *sim, llmp_line line, double usd)
{
    sim->flow->line_usd[line] += usd;
    if (sim->m == 0) {
        sim->flow->first_month_usd[line] += usd;
    }
}

void llmp__lump(llmp__sim *sim, llmp_line line, double usd)
{
    book(sim, line, usd);
    sim->month->lump_usd += usd;
}

void llmp__repay(llmp__sim *sim, double usd)
{
    book(sim, LLMP_LINE_LOAN_PAYMENT, usd);
    sim->month->running_usd += usd;
}

void llmp__running(llmp__sim *sim, llmp_line line, double usd)
{
    book(sim, line, usd);
    sim->month->running_usd += usd;
    sim->deductible_usd += usd;
}

void llmp__service(llmp__sim *sim, llmp_line line, double usd)
{
    llmp__running(sim, line, usd);
    llmp__running(sim, LLMP_LINE_TAX, usd * sim->study->services_tax_ratio);
}

void llmp__at_end(llmp__sim *sim, llmp_line line, double usd)
{
    sim->flow->line_usd[line] += usd;
    sim->flow->end_usd += usd;
}

void llmp__income_tax(llmp__sim *sim)
{
    double relief = sim->study->income_tax_ratio * sim->deductible_usd;
    book(sim, LLMP_LINE_INCOME_TAX, -relief);
    sim->month->running_usd -= relief;
    sim->deductible_usd = 0.0;
}

/* --- demand and capacity ---------------------------------------------------------------------- */

void llmp__sim_month(llmp__sim *sim, uint32_t m)
{
    const llmp_study *study = sim->study;
    if (m == 0) {
        sim->growth = 1.0;
        sim->api_price = 1.0;
    }
    for (size_t i = 0; study->has_api && i < study->api.step_count; i++) {
        sim->api_price *=
            study->api.steps[i].month == m + 1 ? study->api.steps[i].price_ratio : 1.0;
    }
    sim->m = m;
    sim->month = &sim->flow->month[m];
    sim->month->requests_count = study->demand.requests_count * sim->growth;
    sim->month->served_ratio = 1.0;
    sim->flow->prompt_tokens += sim->month->requests_count * study->demand.prompt_tokens;
    sim->flow->output_tokens += sim->month->requests_count * study->demand.output_tokens;
}

llmp__work llmp__work_of(const llmp_demand *demand, const llmp_server *server)
{
    double prompt = demand->prompt_tokens * (1.0 - demand->cached_ratio);
    llmp__work work = {0.0, 0.0};
    work.prefill_s = prompt > 0.0 ? prompt / server->prefill_tokens_per_s : 0.0;
    work.decode_s =
        demand->output_tokens > 0.0 ? demand->output_tokens / server->decode_tokens_per_s : 0.0;
    return work;
}

double llmp_served_ratio(double capacity_ratio, double peak_ratio)
{
    double c = capacity_ratio;
    double p = peak_ratio;
    if (c >= p) {
        return 1.0;
    }
    if (p <= 1.0) {
        return c;
    }
    double y = pow(c / p, 1.0 / (p - 1.0));
    /* y^p = y c / p */
    return 1.0 - ((1.0 - y * c / p) - c * (1.0 - y));
}

llmp__capacity llmp__capacity_of(const llmp_demand *demand, double busy_s, double machine_s,
                                 uint32_t count, uint32_t at_least, uint32_t most)
{
    llmp__capacity out = {count, 1.0};
    if (count == 0) {
        /* a hair less, so that a load of exactly n machines takes n */
        double need = ceil(busy_s * demand->peak_ratio / machine_s * (1.0 - 1e-12));
        out.machines = need < (double)most ? (uint32_t)need : most;
        out.machines = out.machines < at_least ? at_least : out.machines;
    }
    if (busy_s > 0.0) {
        out.served_ratio = llmp_served_ratio(
            (double)out.machines * machine_s / busy_s * (1.0 + 1e-12), demand->peak_ratio);
    }
    return out;
}

/* --- the API ---------------------------------------------------------------------------------- */

double llmp__api_usd(const llmp__sim *sim)
{
    const llmp_api_option *api = &sim->study->api;
    return api->bill.total_usd * (1.0 + api->credit_fee_ratio) * sim->growth * sim->api_price;
}

void llmp__api_part(llmp__sim *sim, llmp_line line, double ratio)
{
    if (sim->study->has_api && ratio > 0.0) {
        llmp__service(sim, line, llmp__api_usd(sim) * ratio);
    }
}

static void run_api(llmp__sim *sim)
{
    const llmp_api_option *api = &sim->study->api;
    const llmp_bill *bill = &api->bill;
    double price_step = llmp__monthly(api->price_change_per_year_ratio);
    double growth_step = llmp__monthly(sim->study->demand.growth_per_year_ratio);
    for (uint32_t m = 0; m < sim->flow->months; m++) {
        llmp__sim_month(sim, m);
        double x = sim->growth * sim->api_price;
        const double *usd = bill->bucket_usd;
        llmp__service(sim, LLMP_LINE_API_INPUT, x * usd[LLMP_BUCKET_INPUT]);
        llmp__service(sim, LLMP_LINE_API_CACHED_READ, x * usd[LLMP_BUCKET_CACHED_READ]);
        llmp__service(sim, LLMP_LINE_API_CACHE_WRITE,
                      x * (usd[LLMP_BUCKET_CACHE_WRITE_5M] + usd[LLMP_BUCKET_CACHE_WRITE_1H]));
        llmp__service(sim, LLMP_LINE_API_OUTPUT,
                      x * (usd[LLMP_BUCKET_OUTPUT] + usd[LLMP_BUCKET_REASONING]));
        llmp__service(sim, LLMP_LINE_API_FEES,
                      x * (bill->requests_usd + bill->minimum_usd + bill->storage_usd +
                           bill->total_usd * api->credit_fee_ratio));
        llmp__income_tax(sim);
        sim->growth *= growth_step;
        sim->api_price *= price_step;
    }
}

/* --- running ---------------------------------------------------------------------------------- */

static void finish(llmp_flow *flow, double discount_per_year_ratio)
{
    double overflow = 0.0;
    double requests = 0.0;
    for (int i = 0; i < LLMP_LINE_COUNT; i++) {
        flow->total_usd += flow->line_usd[i];
    }
    for (uint32_t m = 0; m < flow->months; m++) {
        const llmp_flow_month *month = &flow->month[m];
        double over = 1.0 - month->served_ratio;
        requests += month->requests_count;
        overflow += month->requests_count * over;
        if (over > 1e-9 && flow->overflow_month == 0) {
            flow->overflow_month = m + 1;
        }
        flow->electricity_wh += month->electricity_wh;
        if (month->machine_count > flow->machines_most) {
            flow->machines_most = month->machine_count;
        }
    }
    flow->overflow_ratio = requests > 0.0 ? overflow / requests : 0.0;
    double discount = pow(1.0 + discount_per_year_ratio, -(double)flow->months / 12.0);
    flow->present_usd =
        llmp_flow_cumulative_usd(flow, (double)flow->months, discount_per_year_ratio) +
        flow->end_usd * discount;
}

void llmp__flow_run(const llmp_study *study, llmp_option option, llmp_flow *out)
{
    /* months beyond the horizon are never read */
    size_t used = offsetof(llmp_flow, month) + study->horizon_months * sizeof out->month[0];
    memset(out, 0, used);
    memset(out->line_usd, 0, sizeof *out - offsetof(llmp_flow, line_usd));
    out->struct_size = (uint32_t)sizeof *out;
    out->option = option;
    out->months = study->horizon_months;
    llmp__sim sim = {study, out, NULL, 0, 1.0, 1.0, 0.0};
    switch (option) {
    case LLMP_OPTION_API:
        run_api(&sim);
        break;
    case LLMP_OPTION_OWN:
        llmp__flow_own(&sim);
        break;
    case LLMP_OPTION_RENT:
        llmp__flow_rent(&sim);
        break;
    case LLMP_OPTION_COUNT:
        break;
    }
    finish(out, study->discount_per_year_ratio);
    out->unserved_ratio = study->has_api ? 0.0 : out->overflow_ratio;
}

llmp_status llmp_flow_run(const llmp_study *study, llmp_option option, llmp_flow *out,
                          llmp_error *error)
{
    if (study == NULL || out == NULL || study->struct_size == 0) {
        return llmp__fail_argument(error, "study or out", "is NULL, or struct_size is 0");
    }
    bool has = option == LLMP_OPTION_API    ? study->has_api
               : option == LLMP_OPTION_OWN  ? study->has_own
               : option == LLMP_OPTION_RENT ? study->has_rent
                                            : false;
    if (!has) {
        return llmp__fail_argument(error, "option", "the study does not have it");
    }
    llmp_status status = llmp_study_check(study, error);
    if (status == LLMP_OK) {
        llmp__flow_run(study, option, out);
    }
    return status;
}

double llmp_flow_cumulative_usd(const llmp_flow *flow, double months,
                                double discount_per_year_ratio)
{
    double step = pow(1.0 + discount_per_year_ratio, -1.0 / 12.0);
    double discount = 1.0;
    double sum = 0.0;
    for (uint32_t m = 0; m < flow->months && (double)m < months; m++) {
        double part = fmin(1.0, months - (double)m);
        sum += flow->month[m].lump_usd * discount;
        discount *= step;
        sum += flow->month[m].running_usd * part * discount;
    }
    return sum;
}
