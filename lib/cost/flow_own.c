/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines of one's own: bought in whole numbers, powered, kept up, replaced, sold. */
#include "cost/flow.h"

#include <math.h>

enum { MACHINES_MOST = 10000 };

/* Machines bought together. */
typedef struct cohort {
    uint32_t month; /* bought as it begins */
    uint32_t machines;
    double value_usd; /* of one, when bought */
    double basis_usd; /* of all, to depreciate */
    bool owned;       /* before the study began */
} cohort;

typedef struct own_sim {
    llmp__sim *sim;
    const llmp_own_option *own;
    double price; /* of machines, of month 1's */
    size_t cohort_count;
    cohort cohorts[LLMP_MONTHS_MAX + 1];
    double loan_rate;                          /* a month */
    double loan_usd;                           /* outstanding */
    double loan_pay_usd;                       /* a month, of loans still running */
    double loan_ends_usd[LLMP_MONTHS_MAX + 1]; /* payments that stop with a month */
} own_sim;

static double residual(const llmp_own_option *own, double value_usd, uint32_t months)
{
    return value_usd * pow(own->residual_per_year_ratio, (double)months / 12.0);
}

/* What of the basis is not written off yet. */
static double book_value(const llmp_own_option *own, const cohort *c, uint32_t age)
{
    double left =
        own->depreciation_months == 0 ? 0.0 : 1.0 - (double)age / (double)own->depreciation_months;
    return c->owned ? 0.0 : c->basis_usd * fmax(0.0, left);
}

static void borrow(own_sim *s, double usd)
{
    const llmp_own_option *own = s->own;
    if (usd <= 0.0) {
        return;
    }
    double n = (double)own->loan_months;
    double pay =
        s->loan_rate == 0.0 ? usd / n : usd * s->loan_rate / (1.0 - pow(1.0 + s->loan_rate, -n));
    llmp__lump(s->sim, LLMP_LINE_LOAN_DRAWN, -usd);
    s->loan_usd += usd;
    s->loan_pay_usd += pay;
    uint64_t last = (uint64_t)s->sim->m + own->loan_months - 1;
    if (last <= LLMP_MONTHS_MAX) {
        s->loan_ends_usd[last] += pay;
    }
}

static void buy(own_sim *s, uint32_t machines)
{
    const llmp_own_option *own = s->own;
    if (machines == 0) {
        return;
    }
    double n = (double)machines;
    double hardware = n * own->machine_usd * s->price;
    double delivery = n * (own->shipping_usd + own->install_usd);
    double spares = hardware * own->spares_ratio;
    double tax = (hardware + delivery + spares) * own->tax_ratio;
    llmp__lump(s->sim, LLMP_LINE_HARDWARE, hardware);
    llmp__lump(s->sim, LLMP_LINE_DELIVERY, delivery);
    llmp__lump(s->sim, LLMP_LINE_SPARES, spares);
    llmp__lump(s->sim, LLMP_LINE_TAX, tax);
    double all = hardware + delivery + spares + tax;
    borrow(s, all * own->financed_ratio);
    s->cohorts[s->cohort_count++] =
        (cohort){s->sim->m, machines, own->machine_usd * s->price, all, false};
}

static uint32_t owned_now(const own_sim *s)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < s->cohort_count; i++) {
        sum += s->cohorts[i].machines;
    }
    return sum;
}

static void start(own_sim *s)
{
    const llmp_own_option *own = s->own;
    if (own->owned_count > 0) {
        s->cohorts[s->cohort_count++] =
            (cohort){0, own->owned_count, own->owned_value_usd, 0.0, true};
        llmp__lump(s->sim, LLMP_LINE_FORGONE_RESALE,
                   (double)own->owned_count * own->owned_value_usd);
    }
    /* whoever sets up is paid once, like what is delivered */
    llmp__running(s->sim, LLMP_LINE_STAFF, own->setup_staff_hours_count * own->staff_usd_per_hour);
}

/* Sells what has reached its age; the month's purchase makes up for it. */
static uint32_t retire(own_sim *s)
{
    const llmp_own_option *own = s->own;
    uint32_t sold = 0;
    size_t kept = 0;
    for (size_t i = 0; i < s->cohort_count; i++) {
        const cohort c = s->cohorts[i];
        uint32_t age = s->sim->m - c.month;
        if (own->replacement_months == 0 || age < own->replacement_months) {
            s->cohorts[kept++] = c;
            continue;
        }
        double usd = (double)c.machines * residual(own, c.value_usd, age);
        llmp__lump(s->sim, LLMP_LINE_RESALE, -usd);
        s->sim->deductible_usd += book_value(own, &c, age) - (c.owned ? 0.0 : usd);
        sold += c.machines;
    }
    s->cohort_count = kept;
    return sold;
}

static void upkeep(own_sim *s, uint32_t machines)
{
    llmp__sim *sim = s->sim;
    const llmp_own_option *own = s->own;
    double n = (double)machines;
    double now_usd = own->machine_usd * s->price;
    double out_of_warranty = 0.0;
    double write_off = 0.0;
    for (size_t i = 0; i < s->cohort_count; i++) {
        const cohort *c = &s->cohorts[i];
        uint32_t age = sim->m - c->month;
        out_of_warranty += c->owned || age >= own->warranty_months ? (double)c->machines : 0.0;
        write_off += c->owned || age >= own->depreciation_months
                         ? 0.0
                         : c->basis_usd / (double)own->depreciation_months;
    }
    llmp__running(sim, LLMP_LINE_MAINTENANCE, n * now_usd * own->maintenance_per_year_ratio / 12.0);
    llmp__running(sim, LLMP_LINE_FAILURES,
                  out_of_warranty * now_usd * own->failures_per_year_ratio / 12.0);
    llmp__running(sim, LLMP_LINE_STAFF,
                  (own->staff_hours_count + n * own->staff_hours_per_machine_count) *
                      own->staff_usd_per_hour);
    llmp__service(sim, LLMP_LINE_SOFTWARE, own->software_usd_per_month);
    llmp__service(sim, LLMP_LINE_COLOCATION,
                  n * own->colocation_kw * own->colocation_usd_per_kw_month);
    double interest = s->loan_usd * s->loan_rate;
    double pay = fmin(s->loan_pay_usd, s->loan_usd + interest);
    s->loan_usd += interest - pay;
    llmp__repay(sim, pay);
    s->loan_pay_usd -= s->loan_ends_usd[sim->m];
    sim->deductible_usd += interest + write_off;
}

static void month_of(own_sim *s, const llmp__work *work, double electricity_usd_per_kwh)
{
    llmp__sim *sim = s->sim;
    const llmp_own_option *own = s->own;
    const llmp_demand *demand = &sim->study->demand;
    double requests = sim->month->requests_count * own->local_ratio;
    double busy_s = requests * (work->prefill_s + work->decode_s);
    double machine_s = demand->hours_count * 3600.0 * own->server.busy_max_ratio;
    uint32_t sold = retire(s);
    uint32_t there = owned_now(s);
    llmp__capacity capacity =
        llmp__capacity_of(demand, busy_s, machine_s, own->machine_count, there + sold,
                          own->machines_max == 0 ? MACHINES_MOST : own->machines_max);
    if (capacity.machines > there) {
        buy(s, capacity.machines - there);
    }
    double served = capacity.served_ratio;
    double on_s = (double)capacity.machines * own->hours_on_count * 3600.0;
    sim->month->machine_count = capacity.machines;
    sim->month->served_ratio = 1.0 - own->local_ratio * (1.0 - served);
    sim->month->busy_ratio = on_s > 0.0 ? busy_s * served / on_s : 0.0;
    double joules =
        requests * served *
            (work->prefill_s * own->server.prefill_w + work->decode_s * own->server.decode_w) +
        fmax(0.0, on_s - busy_s * served) * own->server.idle_w;
    /* unknown powers pass the check only where electricity is free */
    sim->month->electricity_wh = isnan(joules) ? 0.0 : joules / 3600.0 * own->pue_ratio;
    double kwh = sim->month->electricity_wh / 1000.0;
    sim->flow->carbon_kg += kwh * own->carbon_kg_per_kwh;
    llmp__service(sim, LLMP_LINE_ELECTRICITY, kwh * electricity_usd_per_kwh);
    upkeep(s, capacity.machines);
    llmp__running(sim, LLMP_LINE_JUDGE, requests * own->judge_usd);
    double escalated = own->local_ratio * own->escalation_ratio * served;
    llmp__api_part(sim, LLMP_LINE_ROUTED_API, 1.0 - own->local_ratio + escalated);
    llmp__api_part(sim, LLMP_LINE_OVERFLOW_API, own->local_ratio * (1.0 - served));
    llmp__income_tax(sim);
}

static void end(own_sim *s)
{
    double taxable = 0.0;
    for (size_t i = 0; i < s->cohort_count; i++) {
        const cohort *c = &s->cohorts[i];
        uint32_t age = s->sim->flow->months - c->month;
        double usd = (double)c->machines * residual(s->own, c->value_usd, age);
        llmp__at_end(s->sim, LLMP_LINE_RESALE, -usd);
        taxable += c->owned ? 0.0 : usd - book_value(s->own, c, age);
    }
    llmp__at_end(s->sim, LLMP_LINE_LOAN_PAYMENT, s->loan_usd);
    llmp__at_end(s->sim, LLMP_LINE_INCOME_TAX, taxable * s->sim->study->income_tax_ratio);
}

void llmp__flow_own(llmp__sim *sim)
{
    const llmp_own_option *own = &sim->study->own;
    own_sim s = {.sim = sim, .own = own, .price = 1.0};
    llmp__work work = llmp__work_of(&sim->study->demand, &own->server);
    double electricity = own->electricity_usd_per_kwh;
    double price_step = llmp__monthly(own->machine_price_change_per_year_ratio);
    double electricity_step = llmp__monthly(own->electricity_change_per_year_ratio);
    double growth_step = llmp__monthly(sim->study->demand.growth_per_year_ratio);
    double api_step =
        sim->study->has_api ? llmp__monthly(sim->study->api.price_change_per_year_ratio) : 1.0;
    s.loan_rate = llmp__monthly(1.0 + own->loan_interest_per_year_ratio) - 1.0;
    for (uint32_t m = 0; m < sim->flow->months; m++) {
        llmp__sim_month(sim, m);
        if (m == 0) {
            start(&s);
        }
        month_of(&s, &work, electricity);
        s.price *= price_step;
        electricity *= electricity_step;
        sim->growth *= growth_step;
        sim->api_price *= api_step;
    }
    end(&s);
}
