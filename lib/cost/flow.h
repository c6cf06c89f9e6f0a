/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the simulations of the options share. */
#ifndef LLMP_COST_FLOW_H
#define LLMP_COST_FLOW_H

#include <llmplan/cost_flow.h>

/* Where a simulation is. */
typedef struct llmp__sim {
    const llmp_study *study;
    llmp_flow *flow;
    llmp_flow_month *month;
    uint32_t m;            /* 0 is month 1 */
    double growth;         /* of requests, since month 1 */
    double api_price;      /* of month 1's */
    double deductible_usd; /* this month's, for the after-tax view */
} llmp__sim;

/* A yearly factor, by the month. */
double llmp__monthly(double per_year_ratio);

void llmp__lump(llmp__sim *sim, llmp_line line, double usd);
/* Deducted from taxable income in the after-tax view. */
void llmp__running(llmp__sim *sim, llmp_line line, double usd);
/* The same for what services tax is due on. */
void llmp__service(llmp__sim *sim, llmp_line line, double usd);
/* Not deducted: repaying a loan. */
void llmp__repay(llmp__sim *sim, double usd);
/* At the end of the horizon. */
void llmp__at_end(llmp__sim *sim, llmp_line line, double usd);

/* Month 1's API bill of this month's price and demand, fees included, without services tax. */
double llmp__api_usd(const llmp__sim *sim);
/* The API's share of a month as one line. */
void llmp__api_part(llmp__sim *sim, llmp_line line, double ratio);

/* Time that servers need for a month-1 request. */
typedef struct llmp__work {
    double prefill_s;
    double decode_s;
} llmp__work;
llmp__work llmp__work_of(const llmp_demand *demand, const llmp_server *server);

/* How many machines, and what they serve of a load. */
typedef struct llmp__capacity {
    uint32_t machines;
    double served_ratio;
} llmp__capacity;
llmp__capacity llmp__capacity_of(const llmp_demand *demand, double busy_s, double machine_s,
                                 uint32_t count, uint32_t at_least, uint32_t most);

void llmp__flow_own(llmp__sim *sim);
void llmp__flow_rent(llmp__sim *sim);
/* Moves to month m; before it, all of the month's members are zero. */
void llmp__sim_month(llmp__sim *sim, uint32_t m);
void llmp__income_tax(llmp__sim *sim);

/* The simulation without checks, for a study that passed them. */
void llmp__flow_run(const llmp_study *study, llmp_option option, llmp_flow *out);

#endif
