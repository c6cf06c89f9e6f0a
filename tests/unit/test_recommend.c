/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recommendations: bills, watts, who is rejected for what, pairs, what is owned, an API beside. */
#include "catalog.h"

#include <llmplan/planner_recommend.h>
#include <math.h>

static llmp_recommendation *it;

static int teardown(void **state)
{
    llmp_recommend_destroy(&it);
    return close_catalog(state);
}

static llmp_fit_request models[2];

static llmp_recommend_request ask(const char *first, const char *second, double budget_usd)
{
    static const llmp_fit_request fit = LLMP_FIT_REQUEST_INIT;
    llmp_recommend_request r = LLMP_RECOMMEND_REQUEST_INIT;
    models[0] = models[1] = fit;
    models[0].model = LLMP_MODEL(named(LLMP_KIND_MODEL, first));
    if (second != NULL) {
        models[1].model = LLMP_MODEL(named(LLMP_KIND_MODEL, second));
    }
    r.model_count = second == NULL ? 1 : 2;
    r.models = models;
    r.budget_usd = budget_usd;
    r.decode_min_tokens_per_s = 0;
    return r;
}

static const llmp_recommend_answer *answer(const llmp_recommend_request *r)
{
    llmp_recommend_destroy(&it);
    assert_ok(llmp_recommend_create(catalog, r, &it, &error));
    return llmp_recommend_answer_of(it);
}

static const llmp_recommend_row *row_of(const llmp_recommend_answer *a, const char *title)
{
    for (size_t i = 0; i < a->row_count; i++) {
        if (strcmp(a->rows[i].title, title) == 0) {
            return &a->rows[i];
        }
    }
    return NULL;
}

static const llmp_recommend_row *needed(const llmp_recommend_answer *a, const char *title)
{
    const llmp_recommend_row *row = row_of(a, title);
    if (row == NULL) {
        fail_msg("no row is called '%s'", title);
    }
    return row;
}

/* On 2026-02-17: cards 2 x (2,200 + 2,800) / 2, host (840 + 1,430) / 2, 32 GiB (350 + 400) / 2,
 * supply for (2 x 450 + 250) / 0.83 = 1,386 W: 1600 W at (350 + 520) / 2.
 * 5,000 + 1,135 + 375 + 435 = 6,945. At the wall 1,150 / 0.91. */
static void a_bill_by_hand(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("qwen3-32b", NULL, 8000);
    r.as_of = 20260217;
    const llmp_recommend_row *row = needed(answer(&r), "2 x GeForce RTX 4090, AM5 desktop, 32 GiB");
    assert_true(fabs(row->usd - 6945) < 1e-6);
    assert_true(fabs(row->low_usd - (4400 + 840 + 350 + 350)) < 1e-6);
    assert_true(fabs(row->high_usd - (5600 + 1430 + 400 + 520)) < 1e-6);
    assert_true(fabs(row->peak_w - 1150 / 0.91) < 1e-6);
    assert_int_equal(row->members[0]->part_count, 4);
    assert_true(row->members[0]->power_limit_w == 0);
    assert_int_equal(row->members[0]->price_grade, LLMP_GRADE_ESTIMATE);
    assert_string_equal(row->members[0]->machine.device_link->head.id, "pcie4-x8");
}

/* 120 V x 15 A x 0.8 x 0.91 = 1,310.4 W behind the supply, less 250 for the host: 530.2 W each. At
 * 230 V x 16 A the supply of 2,200 W feeds both in full. */
static void the_outlet_limits_cards(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("qwen3-32b", NULL, 12000);
    const llmp_recommend_row *row =
        needed(answer(&r), "2 x GeForce RTX 5090 at 530 W, AM5 desktop, 32 GiB");
    assert_true(row->members[0]->power_limit_w == 530);
    assert_true(row->members[0]->power_full_w == 575);
    assert_true(row->members[0]->machine.device_power_limit_w == 530);
    assert_true(row->peak_w <= 1440);
    const double limited = row->prefill_tokens_per_s.p50;
    r.circuit = LLMP_CIRCUIT(named(LLMP_KIND_CIRCUIT, "eu-230v-16a"));
    row = needed(answer(&r), "2 x GeForce RTX 5090, AM5 desktop, 32 GiB");
    assert_true(row->members[0]->power_limit_w == 0);
    assert_true(fabs(row->peak_w - (2 * 575 + 250) / 0.92) < 1e-6);
    assert_true(row->prefill_tokens_per_s.p50 > limited);
}

/* (600 x 0.9 - 250) / 1 = 290 W is below the 400 W that a 5090 accepts; a 4090 accepts 150. */
static void watts_that_no_driver_accepts(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("qwen3-32b", NULL, 9000);
    r.peak_max_w = 600;
    const llmp_recommend_answer *a = answer(&r);
    const llmp_recommend_row *row = needed(a, "1 x GeForce RTX 5090");
    assert_int_equal(row->rejection, LLMP_REJECTION_CANNOT_BUILD);
    assert_non_null(strstr(row->why, "it needs 400"));
    row = needed(a, "1 x GeForce RTX 4090 at 290 W, AM5 desktop, 32 GiB");
    assert_true(row->peak_w <= 600 && row->peak_w > 594);
    for (size_t i = 0; i < a->met_count; i++) {
        assert_true(a->rows[i].peak_w <= 600);
    }
}

/* Four cards of three slots stand nowhere in a case; on risers they do, used. */
static void slots_decide(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("llama-3.1-70b", NULL, 30000);
    r.circuit = LLMP_CIRCUIT(named(LLMP_KIND_CIRCUIT, "us-240v-30a"));
    const llmp_recommend_row *row = needed(answer(&r), "4 x GeForce RTX 4090");
    assert_int_equal(row->rejection, LLMP_REJECTION_CANNOT_BUILD);
    assert_non_null(strstr(row->why, "2 slots wide; this one is 3"));
    r.buying = LLMP_BUYING_USED;
    row = needed(answer(&r), "4 x GeForce RTX 3090, EPYC open frame, 128 GiB");
    assert_true(row->has_speed);
    assert_int_equal(row->members[0]->noise, LLMP_NOISE_LOUD);
}

static void what_has_no_price_is_listed_and_never_best(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("gpt-oss-20b", NULL, 0);
    const llmp_recommend_answer *a = answer(&r);
    const llmp_recommend_row *row = NULL;
    for (size_t i = 0; i < a->row_count; i++) {
        row = strstr(a->rows[i].title, "Max-Q") != NULL ? &a->rows[i] : row;
    }
    assert_non_null(row);
    assert_int_equal(row->rejection, LLMP_REJECTION_PRICE_UNKNOWN);
    assert_false(row->has_price);
    assert_int_equal(row->rank, 0);
    assert_true(a->rejected[LLMP_REJECTION_PRICE_UNKNOWN] > 3);
    for (size_t i = 0; i < a->met_count; i++) {
        assert_true(a->rows[i].has_price);
    }
    row = needed(a, "Quad RTX 5090 workstation");
    assert_int_equal(row->rejection, LLMP_REJECTION_PRICE_UNKNOWN);
    assert_non_null(strstr(row->why, "only the price of its cards"));
}

/* The M3 Ultra was sold until 2026-08-25, the M5 Ultra from then on. */
static void products_come_and_go(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("llama-3.1-70b", NULL, 10000);
    r.as_of = 20260217;
    const llmp_recommend_answer *a = answer(&r);
    assert_true(needed(a, "Mac Studio M3 Ultra 512GB")->usd == 9499);
    assert_int_equal(needed(a, "Mac Studio M5 Ultra 96GB")->rejection, LLMP_REJECTION_NOT_SOLD);
    assert_true(needed(a, "DGX Spark")->usd == 3999);
    r.as_of = 20261122;
    a = answer(&r);
    assert_int_equal(needed(a, "Mac Studio M3 Ultra 512GB")->rejection, LLMP_REJECTION_NOT_SOLD);
    assert_true(needed(a, "Mac Studio M5 Ultra 96GB")->usd == 5499);
    assert_true(needed(a, "DGX Spark")->usd == 4699);
}

static void reasons_name_the_gap(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("gpt-oss-120b", NULL, 4000);
    r.decode_min_tokens_per_s = 1000;
    const llmp_recommend_answer *a = answer(&r);
    assert_null(a->best);
    assert_int_equal(a->met_count, 0);
    assert_int_equal(a->front_count, 0);
    assert_non_null(a->nearest_miss);
    assert_true(isfinite(a->nearest_miss->miss_log) && a->nearest_miss->has_price);
    const llmp_recommend_row *spark = needed(a, "DGX Spark");
    assert_int_equal(spark->rejection, LLMP_REJECTION_BUDGET);
    assert_string_equal(spark->why, "over budget by 699 USD");
    /* both misses count for how near it is */
    assert_true(fabs(spark->miss_log - log(4699.0 / 4000) -
                     log(1000 / spark->decode_tokens_per_s.p50)) < 1e-9);
}

/* 2 machines of 4,699; one of them is there. */
static void what_is_owned_is_not_paid(void **state)
{
    (void)state;
    llmp_machine owned[LLMP_MACHINES_MAX];
    size_t count = 0;
    llmp_recommend_request r = ask("llama-3.1-70b", NULL, 6000);
    assert_ok(llmp_machine_parse(catalog, "dgx-spark", owned, &count, NULL, &error));
    r.owned = &owned[0];
    const llmp_recommend_answer *a = answer(&r);
    assert_true(needed(a, "DGX Spark")->usd == 0);
    assert_true(needed(a, "DGX Spark")->members[0]->is_owned);
    assert_true(needed(a, "Two DGX Sparks")->usd == 4699);

    assert_ok(llmp_machine_parse(catalog, "rtx-4090-workstation", owned, &count, NULL, &error));
    a = answer(&r);
    assert_true(needed(a, "RTX 4090 workstation")->usd == 0);
    /* one card more at 2,500 and a larger supply at 435 (1,386 W are more than its 1,200) */
    assert_true(fabs(needed(a, "2 x GeForce RTX 4090, AM5 desktop, 64 GiB")->usd - (2500 + 435)) <
                1e-6);
}

static void a_floor_on_quality(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("gpt-oss-120b", NULL, 6000);
    r.floor_count = 1;
    r.floors[0].benchmark = LLMP_BENCHMARK(named(LLMP_KIND_BENCHMARK, "swe-bench"));
    r.floors[0].min = 60; /* 62.4 by its maker */
    const llmp_recommend_answer *a = answer(&r);
    assert_true(a->scores_met && a->best != NULL);
    assert_true(a->scores[0][0]->value == 62.4);
    r.floors[0].min = 70;
    a = answer(&r);
    assert_null(a->best);
    assert_true(a->rejected[LLMP_REJECTION_SCORE] > 0);
    r = ask("llama-3.1-70b", NULL, 6000);
    r.floor_count = 1;
    r.floors[0].benchmark = LLMP_BENCHMARK(named(LLMP_KIND_BENCHMARK, "swe-bench"));
    r.floors[0].min = 1;
    a = answer(&r);
    assert_null(a->best); /* nobody published one: unknown is not met */
    assert_null(a->scores[0][0]);
    for (size_t i = 0; i < a->row_count; i++) {
        if (a->rows[i].rejection == LLMP_REJECTION_SCORE) {
            assert_non_null(strstr(a->rows[i].why, "no score of"));
        }
    }
}

/* 70 billion weights at 4.8 bits are 40 GiB; two thirds of 16 GiB may hold a model there. */
static void too_little_memory_says_so(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("llama-3.1-70b", NULL, 10000);
    const llmp_recommend_answer *a = answer(&r);
    const llmp_recommend_row *row = needed(a, "Mac mini M6 16GB");
    assert_int_equal(row->rejection, LLMP_REJECTION_MEMORY);
    assert_non_null(strstr(row->why, "does not fit"));
}

static void two_models_may_live_apart(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("qwen3-coder-30b-a3b", "gemma-3-27b", 8000);
    const llmp_recommend_answer *a = answer(&r);
    assert_non_null(a->best);
    size_t pairs = 0;
    for (size_t i = 0; i < a->row_count; i++) {
        const llmp_recommend_row *row = &a->rows[i];
        if (row->member_count == 2) {
            pairs++;
            assert_true(fabs(row->usd - row->members[0]->usd - row->members[1]->usd) < 1e-6);
            assert_int_equal(row->model_member[0], 0);
            assert_int_equal(row->model_member[1], 1);
        }
    }
    assert_true(pairs > 10);
}

/* Many users: several equal machines share them. */
static void several_machines_share_users(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("qwen3-32b", NULL, 30000);
    r.users_count = 24;
    r.decode_min_tokens_per_s = 8;
    const llmp_recommend_answer *a = answer(&r);
    size_t several = 0;
    for (size_t i = 0; i < a->row_count; i++) {
        const llmp_recommend_row *row = &a->rows[i];
        if (row->counts[0] > 1) {
            several++;
            assert_true(fabs(row->usd - row->counts[0] * row->members[0]->usd) < 1e-6);
        }
        if (row->rejection == LLMP_REJECTION_NONE) {
            assert_true(row->decode_tokens_per_s.p50 >= 8);
            assert_true(row->users_count >= 24);
        }
    }
    assert_true(several > 0);
}

/* What won is assessed on its own: the same figures. */
static void the_winner_alone_gives_the_same(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("gpt-oss-120b", NULL, 7000);
    r.users_count = 2;
    const llmp_recommend_answer *a = answer(&r);
    assert_non_null(a->best);
    llmp_fit_request fit = a->request->models[0];
    fit.machine = &a->best->members[0]->machine;
    fit.memory.parallel = 2;
    llmp_fit *alone = NULL;
    assert_ok(llmp_fit_create(catalog, &fit, &alone, &error));
    const llmp_fit_answer *f = llmp_fit_answer_of(alone);
    assert_true(f->decode.sequence_tokens_per_s.p50 == a->best->decode_tokens_per_s.p50);
    assert_true(f->ttft_s.p50 == a->best->ttft_s.p50);
    assert_true(f->max_parallel == a->best->users_count);
    llmp_fit_destroy(&alone);
}

static void steps_rise(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("gpt-oss-120b", NULL, 10000);
    const llmp_recommend_answer *a = answer(&r);
    assert_true(a->step_count > 3);
    for (size_t i = 1; i < a->step_count; i++) {
        const llmp_recommend_row *last = a->steps[i - 1].row;
        const llmp_recommend_row *row = a->steps[i].row;
        assert_true(row->usd > last->usd);
        assert_true(row->answer_s.p50 < last->answer_s.p50);
        assert_true(fabs(a->steps[i].extra_usd - (row->usd - last->usd)) < 1e-9);
        assert_true(a->steps[i].within_budget == (row->usd <= 10000));
    }
}

/* 1,000 tokens a month by API cost less than a machine's idle power. */
static void an_api_may_be_the_better_buy(void **state)
{
    (void)state;
    llmp_cost_request cost = {.struct_size = sizeof cost, .terms = LLMP_SERVICE_TERMS_INIT};
    llmp_recommend_request r = ask("gpt-oss-120b", NULL, 6000);
    cost.workload = LLMP_WORKLOAD(named(LLMP_KIND_WORKLOAD, "chat"));
    cost.tokens_per_month_count = 1000;
    assert_ok(llmp_price_in_force(catalog, "claude-opus-4.6", 0, &cost.api, NULL, &error));
    r.cost = &cost;
    r.peak_max_w = 1400; /* leaves out machines whose power nobody published */
    const llmp_recommend_answer *a = answer(&r);
    assert_true(a->has_money);
    if (!a->money.known) {
        fail_msg("%s: %s", a->best->title, a->money.reason);
    }
    assert_true(a->money.api_is_better);
    assert_true(a->money.api_usd_per_month < a->money.own_usd_per_month);
    /* SWE-bench Verified 62.4 by its maker, 76.8 by OpenHands: no account in common */
    bool compared = false;
    for (size_t i = 0; i < a->money.pair_count; i++) {
        const llmp_score_pair *pair = &a->money.pairs[i];
        if (strcmp(pair->benchmark->head.id, "swe_bench_verified") == 0) {
            assert_true(pair->a->value == 62.4 && pair->b->value == 76.8);
            assert_false(pair->same_account);
            compared = true;
        }
    }
    assert_true(compared);
    cost.tokens_per_month_count = 2e9;
    a = answer(&r);
    assert_true(a->money.known && !a->money.api_is_better);
    assert_true(a->money.comparison.breakeven_months > 0);
}

/* Without a model: the best scores first, each with a machine that the money buys. */
static void the_best_models_for_the_money(void **state)
{
    (void)state;
    llmp_recommend_list *list = NULL;
    llmp_recommend_request r = ask("gpt-oss-20b", NULL, 2500);
    const llmp_benchmark *by = LLMP_BENCHMARK(named(LLMP_KIND_BENCHMARK, "swe-bench"));
    models[0].model = NULL;
    r.decode_min_tokens_per_s = 20;
    assert_ok(llmp_recommend_list_create(catalog, &r, by, 4, &list, &error));
    assert_int_equal(llmp_recommend_list_size(list), 4);
    for (size_t i = 0; i < 4; i++) {
        const llmp_recommend_pick *pick = llmp_recommend_list_at(list, i);
        assert_ptr_equal(llmp_score_of(catalog, (llmp_scored){pick->model, NULL}, by->head.id, 0),
                         pick->score);
        assert_true(pick->row->usd <= 2500);
        assert_true(pick->row->decode_tokens_per_s.p50 >= 20);
        assert_true(i == 0 ||
                    pick->score->value <= llmp_recommend_list_at(list, i - 1)->score->value);
        /* the machine is the one recommended for that model */
        llmp_recommend_request one = ask(pick->model->head.id, NULL, 2500);
        one.decode_min_tokens_per_s = 20;
        assert_string_equal(answer(&one)->best->title, pick->row->title);
    }
    assert_null(llmp_recommend_list_at(list, 4));
    size_t unknown = 0, below = 1, cannot = 0;
    llmp_recommend_list_left_out(list, &unknown, &below, &cannot);
    assert_true(unknown > 50 && cannot > 3);
    assert_int_equal(below, 0);
    llmp_recommend_list_destroy(&list);

    r = ask("gpt-oss-20b", NULL, 2500);
    models[0].model = NULL;
    r.floor_count = 1;
    r.floors[0] = (llmp_score_floor){by, 99};
    assert_ok(llmp_recommend_list_create(catalog, &r, by, 0, &list, &error));
    assert_int_equal(llmp_recommend_list_size(list), 0);
    llmp_recommend_list_left_out(list, NULL, &below, NULL);
    assert_true(below > 20);
    llmp_recommend_list_destroy(&list);
    assert_int_equal(llmp_recommend_list_create(catalog, &r, NULL, 0, &list, &error),
                     LLMP_E_ARGUMENT);
    llmp_recommend_list_destroy(&list);
}

static void hostile_requests(void **state)
{
    (void)state;
    llmp_recommend_request r = ask("gpt-oss-20b", NULL, -1);
    assert_int_equal(llmp_recommend_create(catalog, &r, &it, &error), LLMP_E_RANGE);
    r.budget_usd = (double)NAN;
    assert_int_equal(llmp_recommend_create(catalog, &r, &it, &error), LLMP_E_RANGE);
    r.budget_usd = 1000;
    r.model_count = 0;
    assert_int_equal(llmp_recommend_create(catalog, &r, &it, &error), LLMP_E_RANGE);
    r.model_count = 5;
    assert_int_equal(llmp_recommend_create(catalog, &r, &it, &error), LLMP_E_RANGE);
    r.model_count = 1;
    r.objective = (llmp_objective)7;
    assert_int_equal(llmp_recommend_create(catalog, &r, &it, &error), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_recommend_create(catalog, NULL, &it, &error), LLMP_E_ARGUMENT);
    assert_null(it);
    llmp_recommend_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bill_by_hand, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(the_outlet_limits_cards, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(watts_that_no_driver_accepts, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(slots_decide, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(what_has_no_price_is_listed_and_never_best, open_catalog,
                                        teardown),
        cmocka_unit_test_setup_teardown(products_come_and_go, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(reasons_name_the_gap, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(what_is_owned_is_not_paid, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(a_floor_on_quality, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(too_little_memory_says_so, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(two_models_may_live_apart, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(several_machines_share_users, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(the_winner_alone_gives_the_same, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(steps_rise, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(an_api_may_be_the_better_buy, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(the_best_models_for_the_money, open_catalog, teardown),
        cmocka_unit_test_setup_teardown(hostile_requests, open_catalog, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
