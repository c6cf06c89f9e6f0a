/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published scores: which one is taken, as of when, and what two models have in common. */
#include "t.h"

#include <llmplan/catalog_score.h>

static llmp_catalog *catalog;
static llmp_error error;

static int setup(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static llmp_scored model(const char *id)
{
    return (llmp_scored){LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, id)), NULL};
}

static llmp_scored price(const char *id)
{
    return (llmp_scored){NULL, LLMP_API_PRICE(llmp_catalog_get(catalog, LLMP_KIND_PRICE, id))};
}

/* The essay of 2026-02-17: 80.8 and 65.4 for Opus 4.6, 77.3 for GPT-5.3-Codex, 91.9 for Gemini 3
 * Pro, MATH-500 97.3 and MMLU 90.8 for DeepSeek-V3.2, LiveCodeBench 85 for Kimi K2.5. */
static void the_essays_figures_are_there(void **state)
{
    (void)state;
    const llmp_date day = 20260217;
    const struct {
        llmp_scored of;
        const char *benchmark;
        double value;
    } quoted[] = {
        {price("anthropic/claude-opus-4-6"), "swe_bench_verified", 80.8},
        {price("anthropic/claude-opus-4-6"), "terminal_bench_2", 65.4},
        {price("anthropic/claude-opus-4-6"), "mrcr_v2", 76},
        {price("anthropic/claude-opus-4-6"), "open_rca", 34.9},
        {price("openai/gpt-5.3-codex"), "terminal_bench_2", 77.3},
        {price("openai/gpt-5.3-codex"), "osworld_verified", 64.7},
        {price("google/gemini-3-pro-preview"), "gpqa_diamond", 91.9},
        {price("google/gemini-3-pro-preview"), "mmmu_pro", 81},
        {price("google/gemini-3-pro-preview"), "video_mmmu", 87.6},
        {price("google/gemini-3-pro-preview"), "lmarena", 1501},
        {model("deepseek-v3.2"), "math_500", 97.3},
        {model("deepseek-v3.2"), "mmlu", 90.8},
        {model("kimi-k2.5"), "live_code_bench", 85},
    };
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
        const llmp_score *s = llmp_score_of(catalog, quoted[i].of, quoted[i].benchmark, day);
        assert_non_null(s);
        assert_true(s->value == quoted[i].value);
        assert_int_equal(s->account, LLMP_ACCOUNT_QUOTED);
        assert_string_equal(llmp_account_name(s->account), "quoted");
    }
}

/* OpenHands ran Opus 4.6 on 2026-03-26: before that day only the quoted figure is known. */
static void the_date_decides_what_is_known(void **state)
{
    (void)state;
    const llmp_scored opus = price("anthropic/claude-opus-4-6");
    assert_true(llmp_score_of(catalog, opus, "swe_bench_verified", 20260325)->value == 80.8);
    const llmp_score *later = llmp_score_of(catalog, opus, "swe_bench_verified", 20260326);
    assert_true(later->value == 76.8);
    assert_int_equal(later->account, LLMP_ACCOUNT_INDEPENDENT);
    assert_ptr_equal(llmp_score_of(catalog, opus, "swe_bench_verified", 0), later);
    assert_null(llmp_score_of(catalog, opus, "swe_bench_verified", 20260204));
}

static void unknown_is_no_score(void **state)
{
    (void)state;
    assert_null(llmp_score_of(catalog, model("llama-2-7b"), "swe_bench_verified", 0));
    assert_null(llmp_score_of(catalog, model("gpt-oss-120b"), "no-such-benchmark", 0));
    assert_null(llmp_score_of(NULL, model("gpt-oss-120b"), "mmlu", 0));
    assert_null(llmp_score_of(catalog, model("gpt-oss-120b"), NULL, 0));
    assert_null(llmp_score_of(catalog, (llmp_scored){NULL, NULL}, "mmlu", 0));
    assert_int_equal(llmp_scores_of(catalog, model("llama-2-7b"), 0, NULL, 0), 0);
}

/* An open model scores the same wherever it is served; a closed one through any of its prices. */
static void prices_share_scores(void **state)
{
    (void)state;
    const llmp_score *own = llmp_score_of(catalog, model("gpt-oss-120b"), "gpqa_diamond", 0);
    assert_true(own->value == 80.1);
    size_t served = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_PRICE); i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        if (p->open_model != NULL && strcmp(p->open_model, "gpt-oss-120b") == 0) {
            assert_ptr_equal(llmp_score_of(catalog, (llmp_scored){NULL, p}, "gpqa_diamond", 0),
                             own);
            served++;
        }
    }
    assert_true(served > 1);
}

static void all_scores_are_listed(void **state)
{
    (void)state;
    const llmp_score *scores[3] = {NULL, NULL, NULL};
    const llmp_scored opus = price("anthropic/claude-opus-4-6");
    assert_int_equal(llmp_scores_of(catalog, opus, 0, scores, 2), 5);
    assert_non_null(scores[1]);
    assert_null(scores[2]);
    assert_int_equal(llmp_scores_of(catalog, opus, 20260217, NULL, 0), 4);
}

/* Kimi K2.5: vendor 76.8, OpenHands 68.8. Opus 4.6: quoted 80.8, OpenHands 76.8. Within one account
 * the gap is 8.0 and not 12.0. */
static void pairs_stay_within_an_account(void **state)
{
    (void)state;
    llmp_score_pair pairs[8];
    size_t count = llmp_score_pairs(catalog, model("kimi-k2.5"), price("anthropic/claude-opus-4-6"),
                                    0, pairs, 8);
    assert_int_equal(count, 2); /* and Terminal-Bench 2.0 */
    assert_string_equal(pairs[0].benchmark->head.id, "swe_bench_verified");
    assert_true(pairs[0].same_account);
    assert_true(pairs[0].a->value == 68.8 && pairs[0].b->value == 76.8);
    assert_string_equal(pairs[1].benchmark->head.id, "terminal_bench_2");
    assert_false(pairs[1].same_account); /* vendor against quoted */
    assert_int_equal(llmp_score_pairs(catalog, model("kimi-k2.5"),
                                      price("anthropic/claude-opus-4-6"), 20260217, pairs, 8),
                     2);
    assert_true(pairs[0].b->value == 80.8); /* OpenHands came later */
}

static void refused(const char *text, llmp_status status, const char *part)
{
    assert_int_equal(llmp_catalog_overlay(catalog, text, strlen(text), "o.yaml", &error), status);
    assert_non_null(strstr(error.message, part));
}

static void bad_scores_are_refused(void **state)
{
    (void)state;
    refused("scores:\n  - {id: a.b, name: A, model: gpt-oss-20b, benchmark: mmlu, score: 100.5,\n"
            "     account: vendor, as_of: 2026, source: s, grade: datasheet}\n",
            LLMP_E_VALUE, "above 100 percent");
    refused("scores:\n  - {id: a.b, name: A, benchmark: mmlu, score: 50,\n"
            "     account: vendor, as_of: 2026, source: s, grade: datasheet}\n",
            LLMP_E_SCHEMA, "either model or api_model");
    refused("scores:\n  - {id: a.b, name: A, model: gpt-oss-20b, api_model: openai/gpt-5,\n"
            "     benchmark: mmlu, score: 50, account: vendor, as_of: 2026, source: s,\n"
            "     grade: datasheet}\n",
            LLMP_E_SCHEMA, "either model or api_model");
    refused("scores:\n  - {id: a.b, name: A, model: gpt-oss-20b, benchmark: mmlo, score: 50,\n"
            "     account: vendor, as_of: 2026, source: s, grade: datasheet}\n",
            LLMP_E_REFERENCE, "mmlo");
}

/* A benchmark of the user's own is data like any other. */
static void an_overlay_adds_a_benchmark(void **state)
{
    (void)state;
    const char *text =
        "benchmarks:\n"
        "  - {id: our-tickets, name: Our tickets, unit: percent, measures: support tickets,\n"
        "     as_of: 2026-03, source: own test, grade: measured}\n"
        "scores:\n"
        "  - {id: gpt-oss-20b.our-tickets, name: ours, model: gpt-oss-20b, benchmark: "
        "our-tickets,\n"
        "     score: 71.4, account: independent, as_of: 2026-03-09, source: own test,\n"
        "     grade: measured}\n";
    assert_ok(llmp_catalog_overlay(catalog, text, strlen(text), "own.yaml", &error));
    assert_true(llmp_score_of(catalog, model("gpt-oss-20b"), "our-tickets", 0)->value == 71.4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_essays_figures_are_there, setup, teardown),
        cmocka_unit_test_setup_teardown(the_date_decides_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_is_no_score, setup, teardown),
        cmocka_unit_test_setup_teardown(prices_share_scores, setup, teardown),
        cmocka_unit_test_setup_teardown(all_scores_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(pairs_stay_within_an_account, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_scores_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_overlay_adds_a_benchmark, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
