/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published figures about hardware money, from the cash flows. */
#include "t.h"

#include <llmplan/cost.h>
#include <stdlib.h>

static llmp_study study_of(void)
{
    llmp_study study;
    llmp_study_init(&study);
    study.has_own = true;
    study.demand.requests_count = 1000;
    study.demand.prompt_tokens = 5731;
    study.demand.output_tokens = 211;
    study.own.server.prefill_tokens_per_s = 1000;
    study.own.server.decode_tokens_per_s = 50;
    study.own.machine_count = 1;
    return study;
}

/* computetape.com: 30,000 USD written off over 3 years of 6,100 productive hours are 1.64 USD an
 * hour, over 5 years 0.98: the hourly price at which renting those hours costs the same. */
static void capital_per_productive_hour(void **state)
{
    (void)state;
    static const struct {
        uint32_t months;
        double usd_per_hour;
    } cases[] = {{36, 1.64}, {60, 0.98}};
    llmp_error error;
    llmp_flow *flows = calloc(2, sizeof *flows);
    llmp_comparison c;
    assert_non_null(flows);
    for (size_t i = 0; i < 2; i++) {
        llmp_study study = study_of();
        study.has_rent = true;
        study.horizon_months = cases[i].months;
        study.own.machine_usd = 30000;
        study.own.residual_per_year_ratio = 0;
        study.rent.server = study.own.server;
        study.rent.machine_count = study.rent.gpus_per_machine = 1;
        study.rent.hours_billed_count = 6100 / 12.0;
        assert_ok(llmp_flow_run(&study, LLMP_OPTION_OWN, &flows[0], &error));
        assert_true(fabs(flows[0].total_usd / (cases[i].months * 6100 / 12.0) -
                         cases[i].usd_per_hour) < 0.01);
        for (int sign = -1; sign <= 1; sign += 2) {
            study.rent.usd_per_gpu_hour = cases[i].usd_per_hour + sign * 0.01;
            assert_ok(llmp_flow_run(&study, LLMP_OPTION_RENT, &flows[1], &error));
            assert_ok(llmp_compare_flows(&flows[0], &flows[1], 0, &c, &error));
            assert_true(c.breaks_even == (sign > 0));
        }
    }
    free(flows);
}

/* The Llama 3 paper (arXiv 2407.21783): 148 faulty GPUs among 16,384 in 54 days, at most 0.0611 of
 * them in a year, when each fault is taken for the end of a GPU (glennklockwood.com). */
static void failed_gpus(void **state)
{
    (void)state;
    llmp_error error;
    llmp_study study = study_of();
    llmp_flow *flow = calloc(1, sizeof *flow);
    assert_non_null(flow);
    study.horizon_months = 24;
    study.own.machine_usd = 25173;
    study.own.machine_count = 8192;
    study.own.warranty_months = 12;
    study.own.failures_per_year_ratio = 0.0611;
    assert_ok(llmp_flow_run(&study, LLMP_OPTION_OWN, flow, &error));
    assert_true(flow->month[11].running_usd == 0.0);
    /* 0.0611 is known to 0.001: 148 to 1.6 % */
    double bought = 2 * flow->line_usd[LLMP_LINE_FAILURES] / 25173;
    assert_close(bought * 54 / 365, 148, 0.001 / 0.0611);
    free(flow);
}

/* llm-analysis, examples/llama2: 25.57 tokens/s on two A100 at 2.21 USD/h. The published 0.0478 USD
 * for 1,000 tokens is 0.0480 when divided out. */
static void two_a100(void **state)
{
    (void)state;
    llmp_error error;
    llmp_study study = study_of();
    llmp_flow *flow = calloc(1, sizeof *flow);
    assert_non_null(flow);
    study.has_own = false;
    study.has_rent = true;
    study.horizon_months = 7;
    study.rent.machine_count = 1;
    study.rent.gpus_per_machine = 2;
    study.rent.usd_per_gpu_hour = 2.21;
    study.rent.hours_billed_count = LLMP_HOURS_PER_MONTH;
    study.rent.server.decode_tokens_per_s = 25.57;
    study.demand.prompt_tokens = 0;
    study.demand.output_tokens = 242;
    study.demand.requests_count = 25.57 * 3600 * 730 / 242;
    assert_ok(llmp_flow_run(&study, LLMP_OPTION_RENT, flow, &error));
    assert_true(fabs(flow->total_usd / (flow->output_tokens / 1e3) - 0.0480) < 0.00005);
    assert_close(flow->month[6].busy_ratio, 1, 1e-9);
    free(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capital_per_productive_hour),
        cmocka_unit_test(failed_gpus),
        cmocka_unit_test(two_a100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
