/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Futures against distributions known in closed form; routing against published cases. */
#include "t.h"

#include <llmplan/cost.h>
#include <stdlib.h>

/* Saving = usage * 1000 * price - 8000 over one month: all sensitivities have closed forms. */
static llmp_study linear_study(void)
{
    llmp_study study;
    llmp_study_init(&study);
    study.has_api = study.has_own = true;
    study.horizon_months = 12;
    study.demand.requests_count = 100;
    study.demand.prompt_tokens = 1000;
    study.demand.output_tokens = 100;
    study.own.server.prefill_tokens_per_s = 1e5;
    study.own.server.decode_tokens_per_s = 1e5;
    study.own.machine_count = 1;
    study.own.machine_usd = 8000;
    study.api.bill.total_usd = study.api.bill.bucket_usd[LLMP_BUCKET_INPUT] = 1000;
    return study;
}

/* API price uniform in 0.5 .. 1.5: savings of 12000 x - 8000 have percentiles at x = 0.6, 1, 1.4,
 * and buying wins where x > 2/3, five sixths of futures; even at 8 / x months where x >= 2/3. */
static void one_uniform_factor(void **state)
{
    (void)state;
    llmp_error error;
    llmp_risk risk;
    llmp_study study = linear_study();
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    options.spread[LLMP_FACTOR_API_PRICE] = (llmp_spread){LLMP_SHAPE_UNIFORM, 0.5, 1.5};
    assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error));
    assert_true(fabs(risk.saving_usd.p10 + 800) < 12000.0 / 2048);
    assert_true(fabs(risk.saving_usd.p50 - 4000) < 12000.0 / 2048);
    assert_true(fabs(risk.saving_usd.p90 - 8800) < 12000.0 / 2048);
    assert_true(fabs(risk.saves_ratio - 5.0 / 6) < 1.0 / 2048);
    assert_true(fabs(risk.breaks_even_ratio - 5.0 / 6) < 1.0 / 2048);
    assert_true(fabs(risk.breakeven_months.p10 - 8 / 1.4) < 0.01);
    assert_true(fabs(risk.breakeven_months.p50 - 8) < 0.01);
    assert_true(risk.breakeven_months.p90 == HUGE_VAL);
    assert_close(risk.sensitivity[LLMP_FACTOR_API_PRICE].low_usd, -800, 1e-9);
    assert_close(risk.sensitivity[LLMP_FACTOR_API_PRICE].high_usd, 8800, 1e-9);
    assert_false(risk.sensitivity[LLMP_FACTOR_USAGE].varies);
}

/* Two factors that multiply, both uniform in 0.5 .. 1.5 (mean 1, variance v = 1/12): of the
 * variance 2v + v^2 each alone explains v and with the other v + v^2. Hardware adds its own part.
 */
static void sobol_indices(void **state)
{
    (void)state;
    llmp_error error;
    llmp_risk risk;
    llmp_study study = linear_study();
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    options.index_draws = 4096;
    options.spread[LLMP_FACTOR_API_PRICE] = (llmp_spread){LLMP_SHAPE_UNIFORM, 0.5, 1.5};
    options.spread[LLMP_FACTOR_USAGE] = (llmp_spread){LLMP_SHAPE_UNIFORM, 0.5, 1.5};
    options.spread[LLMP_FACTOR_HARDWARE] = (llmp_spread){LLMP_SHAPE_TRIANGULAR, 0.5, 2.0};
    study.own.residual_per_year_ratio = 0;
    assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error));
    double v = 1.0 / 12;
    double api = 12000.0 * 12000 * (2 * v + v * v);
    /* triangular: (a^2 + b^2 + c^2 - ab - ac - bc) / 18 of 0.5, 2, 1 */
    double hardware = 8000.0 * 8000 * (0.25 + 4 + 1 - 1 - 0.5 - 2) / 18;
    double all = api + hardware;
    const llmp_sensitivity *s = risk.sensitivity;
    assert_true(fabs(s[LLMP_FACTOR_API_PRICE].first_ratio - 1.44e8 * v / all) < 0.01);
    assert_true(fabs(s[LLMP_FACTOR_USAGE].first_ratio - 1.44e8 * v / all) < 0.01);
    assert_true(fabs(s[LLMP_FACTOR_USAGE].total_ratio - 1.44e8 * (v + v * v) / all) < 0.01);
    assert_true(fabs(s[LLMP_FACTOR_HARDWARE].first_ratio - hardware / all) < 0.01);
    assert_true(fabs(s[LLMP_FACTOR_HARDWARE].total_ratio - hardware / all) < 0.01);
    assert_true(isnan(s[LLMP_FACTOR_STAFF].first_ratio));
}

/* Lognormal spreads are given by their P10 and P90. */
static void lognormal_percentiles(void **state)
{
    (void)state;
    llmp_error error;
    llmp_risk risk;
    llmp_study study = linear_study();
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    options.spread[LLMP_FACTOR_API_PRICE] = (llmp_spread){LLMP_SHAPE_LOGNORMAL, 0.4, 3.6};
    assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error));
    assert_close(risk.baseline_usd.p10, 12000 * 0.4, 2e-3);
    assert_close(risk.baseline_usd.p50, 12000 * 1.2, 2e-3);
    assert_close(risk.baseline_usd.p90, 12000 * 3.6, 2e-3);
    assert_close(risk.candidate_usd.p10, 8000, 1e-12);
}

/* A bill of price x use, both lognormal with P90 / P50 of 1.5 and 1.8: logarithms add up, with a
 * variance of s1^2 + s2^2 + 2 r s1 s2, so P90 is 12000 exp(1.2815515655 of its root). */
static void factors_move_together(void **state)
{
    (void)state;
    llmp_error error;
    llmp_risk risk;
    llmp_study study = linear_study();
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    options.draws = 16384;
    options.spread[LLMP_FACTOR_API_PRICE] = (llmp_spread){LLMP_SHAPE_LOGNORMAL, 1 / 1.5, 1.5};
    options.spread[LLMP_FACTOR_USAGE] = (llmp_spread){LLMP_SHAPE_LOGNORMAL, 1 / 1.8, 1.8};
    options.correlation_count = 2;
    options.correlation[1] =
        (llmp_correlation){LLMP_FACTOR_RESIDUAL, LLMP_FACTOR_USAGE, 0.9}; /* one does not vary */
    for (double r = -0.8; r < 0.9; r += 0.4) {
        options.correlation[0] = (llmp_correlation){LLMP_FACTOR_USAGE, LLMP_FACTOR_API_PRICE, r};
        double a = log(1.5);
        double b = log(1.8);
        double p90 = 12000 * exp(sqrt(a * a + b * b + 2 * r * a * b));
        assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error));
        assert_close(risk.baseline_usd.p90, p90, 0.01);
        assert_close(risk.baseline_usd.p50, 12000, 0.01);
    }
    /* three that cannot be: a with b and b with c alike, a against c */
    options.spread[LLMP_FACTOR_STAFF] = (llmp_spread){LLMP_SHAPE_LOGNORMAL, 0.5, 2};
    options.correlation_count = 3;
    options.correlation[0] = (llmp_correlation){LLMP_FACTOR_USAGE, LLMP_FACTOR_API_PRICE, 0.9};
    options.correlation[1] = (llmp_correlation){LLMP_FACTOR_API_PRICE, LLMP_FACTOR_STAFF, 0.9};
    options.correlation[2] = (llmp_correlation){LLMP_FACTOR_USAGE, LLMP_FACTOR_STAFF, -0.9};
    assert_int_equal(
        llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error),
        LLMP_E_RANGE);
}

/* 8,000 USD of machine and e x 12,000 of API within a year, against 12,000: even at a third. With a
 * judge of 1.25 USD for each of 1,200 requests: (4,000 - 1,500) / 12,000. */
static void escalation_that_still_pays(void **state)
{
    (void)state;
    llmp_error error;
    double ratio = -1;
    bool pays = false;
    llmp_study study = linear_study();
    study.own.residual_per_year_ratio = 0;
    assert_ok(llmp_hybrid_escalation_most(&study, &ratio, &pays, &error));
    assert_true(pays);
    assert_close(ratio, 1.0 / 3, 1e-9);
    study.own.judge_usd = 1.25;
    assert_ok(llmp_hybrid_escalation_most(&study, &ratio, &pays, &error));
    assert_close(ratio, 2500.0 / 12000, 1e-9);
    study.own.machine_usd = 12001;
    assert_ok(llmp_hybrid_escalation_most(&study, &ratio, &pays, &error));
    assert_true(!pays && ratio == 0);
    study.own.machine_usd = study.own.judge_usd = 0;
    assert_ok(llmp_hybrid_escalation_most(&study, &ratio, &pays, &error));
    assert_true(pays && ratio == 1);
    study.has_api = false;
    assert_int_equal(llmp_hybrid_escalation_most(&study, &ratio, &pays, &error), LLMP_E_ARGUMENT);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    llmp_error error;
    llmp_study study = linear_study();
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    llmp_risk a;
    llmp_risk b;
    options.draws = 512;
    options.index_draws = 64;
    for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
        options.spread[i] = (llmp_spread){LLMP_SHAPE_LOGNORMAL, 0.7, 1.5};
    }
    memset(&a, 1, sizeof a);
    memset(&b, 2, sizeof b);
    assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &a, &error));
    assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &b, &error));
    assert_true(a.saving_usd.p10 == b.saving_usd.p10 && a.saving_usd.p90 == b.saving_usd.p90);
    assert_memory_equal(a.sensitivity, b.sensitivity, sizeof a.sensitivity);
    options.seed = 2;
    assert_ok(llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &b, &error));
    assert_true(a.saving_usd.p10 != b.saving_usd.p10);
}

static void bad_spreads(void **state)
{
    (void)state;
    llmp_error error;
    llmp_risk risk;
    llmp_study study = linear_study();
    const llmp_spread bad[] = {{LLMP_SHAPE_UNIFORM, 0, 1},
                               {LLMP_SHAPE_UNIFORM, 2, 1},
                               {LLMP_SHAPE_LOGNORMAL, -1, 1},
                               {LLMP_SHAPE_TRIANGULAR, 1, (double)NAN}};
    for (size_t i = 0; i < 4; i++) {
        llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
        options.spread[LLMP_FACTOR_POWER] = bad[i];
        assert_int_equal(
            llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error),
            LLMP_E_RANGE);
    }
    llmp_risk_options options = LLMP_RISK_OPTIONS_INIT;
    options.draws = 0;
    assert_int_equal(
        llmp_risk_run(&study, LLMP_OPTION_OWN, LLMP_OPTION_API, &options, &risk, &error),
        LLMP_E_RANGE);
}

/* Published: cheap 0.10, strong 15, a fifth escalated: 3.10, with the cheap attempt on escalated
 * calls counted; a router between the same is 3.08. Break-even escalation 1 - 0.1/15. */
static void cascade_and_router(void **state)
{
    (void)state;
    llmp_error error;
    llmp_hybrid h;
    double even;
    const llmp_hybrid_tier tiers[] = {{0.10, 0.4, 0.8, 0.2}, {15, 2.0, 0.95, 0}};
    const double shares[] = {0.8, 0.2};
    assert_ok(llmp_hybrid_cascade(tiers, 2, 0, 0, &h, &error));
    assert_close(h.cost_usd, 3.10, 1e-12);
    assert_close(h.latency_s, 0.4 + 0.2 * 2.0, 1e-12);
    assert_close(h.quality_ratio, 0.8 * 0.8 + 0.2 * 0.95, 1e-12);
    assert_ok(llmp_hybrid_router(tiers, shares, 2, 0, 0, &h, &error));
    assert_close(h.cost_usd, 3.08, 1e-12);
    assert_ok(llmp_hybrid_breakeven_escalation(0.1, 0.4, 15, &even, &error));
    const llmp_hybrid_tier at[] = {{0.10, 0, 0, even}, {15, 0, 0, 0}};
    assert_ok(llmp_hybrid_cascade(at, 2, 0.4, 0, &h, &error));
    assert_close(h.cost_usd, 15, 1e-12);
    const double not_one[] = {0.8, 0.3};
    assert_int_equal(llmp_hybrid_router(tiers, not_one, 2, 0, 0, &h, &error), LLMP_E_RANGE);
}

static void specialised_and_refined(void **state)
{
    (void)state;
    llmp_error error;
    llmp_hybrid h;
    size_t choice[3];
    double usd;
    /* cheap is good enough for the first class, mid for the second, nothing for the third */
    const llmp_hybrid_tier rows[] = {{1, 0, 0.9, 0}, {3, 0, 0.95, 0}, {20, 0, 0.99, 0},
                                     {1, 0, 0.3, 0}, {3, 0, 0.85, 0}, {20, 0, 0.9, 0},
                                     {1, 0, 0.1, 0}, {3, 0, 0.2, 0},  {20, 0, 0.6, 0}};
    const double shares[] = {0.5, 0.3, 0.2};
    assert_ok(llmp_hybrid_specialised(rows, shares, 3, 3, 0.8, choice, &h, &error));
    assert_int_equal(choice[0], 0);
    assert_int_equal(choice[1], 1);
    assert_int_equal(choice[2], 2);
    assert_close(h.cost_usd, 0.5 + 0.9 + 4, 1e-12);
    const llmp_refine_price weak = {0.1, 0.4};
    const llmp_refine_price strong = {5, 25};
    assert_ok(llmp_hybrid_refine_usd(&weak, &strong, 2000, 800, 300, &usd, &error));
    assert_close(usd, (200 + 320 + 5 * 2800.0 + 7500) / 1e6, 1e-12);
}

/* None or all of it local are the pure cases; with machines half as dear as the API the best split
 * keeps all, and a quality floor keeps the share that meets it. */
static void splits(void **state)
{
    (void)state;
    llmp_error error;
    llmp_split split;
    llmp_study study = linear_study();
    llmp_flow *flow = calloc(1, sizeof *flow);
    assert_non_null(flow);
    assert_ok(llmp_hybrid_best_split(&study, 0.7, 0.9, 0.0, &split, &error));
    assert_close(split.all_api_usd, 12000, 1e-12);
    assert_close(split.all_local_usd, 8000, 1e-12);
    assert_close(split.local_ratio, 1, 0);
    study.own.machine_usd = 1000;
    assert_ok(llmp_hybrid_best_split(&study, 0.7, 0.9, 0.82, &split, &error));
    assert_close(split.local_ratio, 0.4, 1e-12);
    assert_close(split.quality_ratio, 0.82, 1e-12);
    assert_close(split.present_usd, 1000 + 0.6 * 12000, 1e-12);
    study.own.machine_usd = 8000; /* dearer than what 40 % saves: keep none */
    assert_ok(llmp_hybrid_best_split(&study, 0.7, 0.9, 0.82, &split, &error));
    assert_close(split.local_ratio, 0, 0);
    study.own.escalation_ratio = 0.25;
    study.own.judge_usd = 0.5;
    assert_ok(llmp_flow_run(&study, LLMP_OPTION_OWN, flow, &error));
    assert_close(flow->line_usd[LLMP_LINE_ROUTED_API], 3000, 1e-12);
    assert_close(flow->line_usd[LLMP_LINE_JUDGE], 600, 1e-12);
    assert_close(flow->total_usd, 8000 + 3000 + 600, 1e-12);
    free(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_uniform_factor),
        cmocka_unit_test(sobol_indices),
        cmocka_unit_test(lognormal_percentiles),
        cmocka_unit_test(factors_move_together),
        cmocka_unit_test(escalation_that_still_pays),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(bad_spreads),
        cmocka_unit_test(cascade_and_router),
        cmocka_unit_test(specialised_and_refined),
        cmocka_unit_test(splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
