/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 4,096 futures of a 36-month comparison of an own machine with an API, eleven factors varied. */
#include <llmplan/cost.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 20;
    llmp_error error;
    llmp_risk risk;
    llmp_study study;
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    llmp_study_init(&study);
    study.has_api = study.has_own = true;
    study.discount_per_year_ratio = 0.08;
    study.demand.requests_count = 40000;
    study.demand.prompt_tokens = 5731;
    study.demand.output_tokens = 211;
    study.demand.peak_ratio = 3;
    study.demand.hours_count = 220;
    study.demand.growth_per_year_ratio = 1.3;
    study.api.bill.total_usd = study.api.bill.bucket_usd[LLMP_BUCKET_INPUT] = 900;
    study.api.price_change_per_year_ratio = 0.7;
    study.own.server = (llmp_server){900, 120, 600, 450, 70, 0.8};
    study.own.machine_usd = 8000;
    study.own.electricity_usd_per_kwh = 0.19;
    study.own.staff_hours_count = 3;
    study.own.staff_usd_per_hour = 80;
    study.own.residual_per_year_ratio = 0.65;
    for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
        options.spread[i] = (llmp_spread){LLMP_SHAPE_LOGNORMAL, 0.7, 1.5};
    }
    double start = now_s();
    for (long i = 0; i < iterations; i++) {
        options.seed = (uint64_t)i + 1;
        if (llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error) !=
            LLMP_OK) {
            return 1;
        }
    }
    printf("4,096 futures of 36 months: %.2f ms; saving %.0f (%.0f to %.0f) USD, wins %.3f\n",
           (now_s() - start) / (double)iterations * 1e3, risk.saving_usd.p50, risk.saving_usd.p10,
           risk.saving_usd.p90, risk.saves_ratio);
    return 0;
}
