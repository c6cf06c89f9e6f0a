/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines rented by the hour. */
#include "cost/flow.h"

#include <math.h>

enum { MACHINES_MOST = 10000 };

static void month_of(llmp__sim *sim, const llmp__work *work, double price)
{
    const llmp_rent_option *rent = &sim->study->rent;
    const llmp_demand *demand = &sim->study->demand;
    double requests = sim->month->requests_count;
    double busy_s = requests * (work->prefill_s + work->decode_s);
    double hours = fmin(demand->hours_count, rent->hours_billed_count);
    double machine_s =
        hours * 3600.0 * rent->server.busy_max_ratio * (1.0 - rent->interrupted_ratio);
    llmp__capacity capacity =
        llmp__capacity_of(demand, busy_s, machine_s, rent->machine_count, 0,
                          rent->machines_max == 0 ? MACHINES_MOST : rent->machines_max);
    double served = capacity.served_ratio;
    double on_s = (double)capacity.machines * rent->hours_billed_count * 3600.0;
    sim->month->machine_count = capacity.machines;
    sim->month->served_ratio = served;
    sim->month->busy_ratio = on_s > 0.0 ? busy_s * served / on_s : 0.0;
    double joules =
        requests * served *
            (work->prefill_s * rent->server.prefill_w + work->decode_s * rent->server.decode_w) +
        fmax(0.0, on_s - busy_s * served) * rent->server.idle_w;
    sim->month->electricity_wh = joules / 3600.0 * rent->pue_ratio;
    sim->flow->carbon_kg += sim->month->electricity_wh / 1000.0 * rent->carbon_kg_per_kwh;
    llmp__service(sim, LLMP_LINE_RENT,
                  (double)capacity.machines * (double)rent->gpus_per_machine *
                      rent->usd_per_gpu_hour * rent->hours_billed_count * price);
    llmp__service(sim, LLMP_LINE_SOFTWARE, rent->other_usd_per_month);
    double staff_hours =
        rent->staff_hours_count + (sim->m == 0 ? rent->setup_staff_hours_count : 0.0);
    llmp__running(sim, LLMP_LINE_STAFF, staff_hours * rent->staff_usd_per_hour);
    llmp__api_part(sim, LLMP_LINE_OVERFLOW_API, 1.0 - served);
    llmp__income_tax(sim);
}

void llmp__flow_rent(llmp__sim *sim)
{
    const llmp_rent_option *rent = &sim->study->rent;
    llmp__work work = llmp__work_of(&sim->study->demand, &rent->server);
    double price = 1.0;
    double price_step = llmp__monthly(rent->price_change_per_year_ratio);
    double growth_step = llmp__monthly(sim->study->demand.growth_per_year_ratio);
    double api_step =
        sim->study->has_api ? llmp__monthly(sim->study->api.price_change_per_year_ratio) : 1.0;
    for (uint32_t m = 0; m < sim->flow->months; m++) {
        llmp__sim_month(sim, m);
        month_of(sim, &work, price);
        price *= price_step;
        sim->growth *= growth_step;
        sim->api_price *= api_step;
    }
}
