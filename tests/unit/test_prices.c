/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built-in prices, rentals, tariffs, assumptions and workloads: counts, values from published
 * pages, the price in force on a day. */
#include "t.h"

#include <llmplan/catalog.h>
#include <math.h>

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

static void near(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-12 * fabs(b));
}

static const llmp_api_price *on(const char *name, llmp_date day)
{
    const llmp_api_price *p = NULL;
    assert_ok(llmp_price_in_force(catalog, name, day, &p, NULL, &error));
    return p;
}

/* Rows of the collected table; DeepSeek's peak and off-peak rows are one price with windows. */
static void every_provider_is_there(void **state)
{
    static const struct {
        const char *provider;
        size_t count;
    } expected[] = {
        {"openrouter", 134}, {"fireworks", 97}, {"novita", 95},    {"deepinfra", 86},
        {"together", 64},    {"openai", 58},    {"mistral", 49},   {"alibaba", 35},
        {"bedrock", 33},     {"anthropic", 29}, {"baseten", 29},   {"groq", 25},
        {"xai", 23},         {"google", 22},    {"zai", 21},       {"moonshot", 18},
        {"minimax", 13},     {"deepseek", 10},  {"sambanova", 11}, {"cerebras", 9},
        {"xiaomi", 8},       {"amazon", 8},     {"meta", 7},
    };
    (void)state;
    size_t total = 0;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        size_t count = 0;
        for (size_t k = 0; k < llmp_catalog_count(catalog, LLMP_KIND_PRICE); k++) {
            const llmp_record *r = llmp_catalog_at(catalog, LLMP_KIND_PRICE, k);
            count += strcmp(LLMP_API_PRICE(r)->provider, expected[i].provider) == 0;
        }
        assert_int_equal(count, expected[i].count);
        total += count;
    }
    assert_int_equal(llmp_catalog_count(catalog, LLMP_KIND_PRICE), total);
    assert_int_equal(llmp_catalog_count(catalog, LLMP_KIND_RENTAL), 103);
}

/* Claude Opus 4.6: a premium above 200k tokens until 2026-03-13, none since. */
static void history_of_opus(void **state)
{
    (void)state;
    const llmp_api_price *first = on("claude-opus-4.6", 20260217);
    assert_int_equal(first->tier_count, 1);
    assert_int_equal(first->tiers[0].above_prompt_tokens, 200000);
    near(first->tiers[0].input_usd_per_mtok, 10);
    near(first->tiers[0].output_usd_per_mtok, 37.5);
    near(first->input_usd_per_mtok, 5);
    assert_int_equal(on("claude-opus-4.6", 20260312)->tier_count, 1);
    const llmp_api_price *now = on("claude-opus-4.6", 20260313);
    assert_int_equal(now->tier_count, 0);
    near(now->output_usd_per_mtok, 25);
    near(now->cache_write_1h_usd_per_mtok, 10);
    assert_ptr_equal(on("anthropic/claude-opus-4-6", 0), now);
    assert_int_equal(llmp_price_next_change(catalog, first, 20260217), 20260313);
    assert_int_equal(llmp_price_next_change(catalog, now, 20261122), 0);
    const llmp_api_price *none = now;
    assert_int_equal(llmp_price_in_force(catalog, "claude-opus-4.6", 20260101, &none, NULL, &error),
                     LLMP_E_NO_DATA);
    assert_ptr_equal(none, now); /* untouched */
    assert_true(strstr(error.hint, "2026-02-05") != NULL);
}

/* Announced: Gemini 3.7 Flash doubles on 2027-01-01, Gemini 4 Argon on 2026-12-01. */
static void announced_prices(void **state)
{
    (void)state;
    near(on("gemini-3.7-flash", 20261231)->input_usd_per_mtok, 0.75);
    near(on("gemini-3.7-flash", 20270101)->input_usd_per_mtok, 1.5);
    near(on("gemini-3.7-flash", 20270101)->output_usd_per_mtok, 7.5);
    near(on("gemini-4-argon", 20261130)->output_usd_per_mtok, 10);
    near(on("gemini-4-argon", 20261201)->output_usd_per_mtok, 20);
    assert_int_equal(llmp_price_next_change(catalog, on("gemini-4-argon", 20261122), 20261122),
                     20261201);
    near(on("gpt-5.6-luna", 20260729)->input_usd_per_mtok, 1);
    near(on("gpt-5.6-luna", 20260730)->input_usd_per_mtok, 0.2);
    near(on("openai/o3", 20250609)->input_usd_per_mtok, 10);
    near(on("openai/o3", 20261001)->input_usd_per_mtok, 2);
}

/* DeepSeek bills twice as much on weekdays from 01 to 04 and from 06 to 10 UTC: 35 of 168 hours. */
static void hours_of_deepseek(void **state)
{
    (void)state;
    const llmp_api_price *p = on("deepseek/deepseek-flash#peak", 20261122);
    assert_string_equal(p->head.id, "deepseek/deepseek-flash");
    assert_ptr_equal(on("deepseek-v4-flash", 20261122), p); /* the old name is billed as flash */
    near(p->input_usd_per_mtok, 0.15);
    uint32_t hours = 0;
    for (size_t i = 0; i < p->window_count; i++) {
        const llmp_price_window *w = &p->windows[i];
        near(w->input_usd_per_mtok, 2 * p->input_usd_per_mtok);
        near(w->output_usd_per_mtok, 2 * p->output_usd_per_mtok);
        near(w->cached_read_usd_per_mtok, 2 * p->cached_read_usd_per_mtok);
        assert_false(LLMP_HAS_WINDOW(w, cache_write_5m_usd_per_mtok));
        hours += (w->utc_to_hhmm - w->utc_from_hhmm) / 100 * (uint32_t)w->day_count;
    }
    assert_int_equal(hours, 35);
    near(on("deepseek-v4-pro", 20260816)->input_usd_per_mtok, 0.435);
    near(on("deepseek-v4-pro", 20260817)->input_usd_per_mtok, 0.66);
    near(on("deepseek-v4-pro", 20261122)->input_usd_per_mtok, 0.66);
}

/* Published price pages. */
static void published_values(void **state)
{
    static const struct {
        const char *name;
        double input;
        double cached;
        double output;
    } values[] = {
        {"gpt-5.4", 2.5, 0.25, 15},
        {"gpt-4.1", 2, 0.5, 8},
        {"gpt-4o", 2.5, 1.25, 10},
        {"claude-sonnet-4-6", 3, 0.3, 15},
        {"claude-haiku-4.5", 1, 0.1, 5},
        {"gemini-2.5-pro", 1.25, 0.125, 10},
        {"gemini-3-pro", 2, 0.2, 12},
        {"grok-4.5", 2, 0.3, 6},
        {"claude-haiku-5.5", 0.1, 0.01, 0.5},
        {"gpt-5.3-codex", 1.75, 0.175, 14},
    };
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const llmp_api_price *p = on(values[i].name, 20261122);
        near(p->input_usd_per_mtok, values[i].input);
        near(p->output_usd_per_mtok, values[i].output);
        near(p->cached_read_usd_per_mtok, values[i].cached);
    }
    near(on("groq/llama-3.3-70b-versatile", 0)->input_usd_per_mtok, 0.59);
    near(on("groq/llama-3.3-70b-versatile", 0)->output_usd_per_mtok, 0.79);
    near(on("deepinfra/openai/gpt-oss-120b", 0)->input_usd_per_mtok, 0.037);
    near(on("cerebras/gpt-oss-120b", 0)->output_usd_per_mtok, 0.75);
}

/* A request of 250k tokens in and 2k out on Gemini 3 Pro costs 1.036 USD, not 0.624. */
static void tiers_price_whole_requests(void **state)
{
    (void)state;
    const llmp_api_price *p = on("gemini-3-pro", 20260217);
    assert_int_equal(p->tier_count, 1);
    const llmp_price_tier *t = &p->tiers[0];
    assert_true(250000 > t->above_prompt_tokens);
    near((250000 * t->input_usd_per_mtok + 2000 * t->output_usd_per_mtok) / 1e6, 1.036);
    const llmp_api_price *gpt = on("gpt-5.4", 0);
    t = &gpt->tiers[0];
    near((100000 * t->input_usd_per_mtok + 200000 * t->cached_read_usd_per_mtok +
          5000 * t->output_usd_per_mtok) /
             1e6,
         0.7125);
    const llmp_api_price *qwen = on("qwen3-coder-plus", 0);
    assert_int_equal(qwen->tier_count, 3);
    near(qwen->tiers[2].output_usd_per_mtok, 60);
}

/* 4.8 M read, 533.8k written, 1.9k in and 16.3k out: 12.31 USD with short writes, 16.31 with long.
 */
static void two_kinds_of_cache_write(void **state)
{
    (void)state;
    const llmp_api_price *p = on("claude-fable-5", 0);
    double rest = 1900 * p->input_usd_per_mtok + 4800000 * p->cached_read_usd_per_mtok +
                  16300 * p->output_usd_per_mtok;
    near((rest + 533800 * p->cache_write_5m_usd_per_mtok) / 1e6, 12.3065);
    near((rest + 533800 * p->cache_write_1h_usd_per_mtok) / 1e6, 16.31);
}

/* Unknown stays unknown, free is said, retired and doubtful are marked. */
static void unknown_is_not_zero(void **state)
{
    (void)state;
    size_t free_ones = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_PRICE); i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        free_ones += p->free_of_charge;
        assert_true(p->free_of_charge || (p->input_usd_per_mtok > 0 && p->output_usd_per_mtok > 0));
        assert_true(!LLMP_HAS_PRICE(p, cached_read_usd_per_mtok) ||
                    p->cached_read_usd_per_mtok > 0);
        assert_true(!LLMP_HAS_PRICE(p, cache_write_5m_usd_per_mtok) ||
                    p->cache_write_5m_usd_per_mtok > 0);
        assert_true(p->head.as_of <= 20261122 && p->head.source != NULL);
        assert_true(!p->doubtful || p->head.grade == LLMP_GRADE_ESTIMATE);
        assert_true(!p->verified || p->head.grade == LLMP_GRADE_DATASHEET);
    }
    assert_int_equal(free_ones, 2);
    assert_true(on("openrouter/z-ai/glm-5.2", 0)->doubtful);
    char note[256] = "";
    const llmp_api_price *p = NULL;
    assert_ok(llmp_price_in_force(catalog, "gemini-3-pro", 20261122, &p, note, &error));
    assert_int_equal(p->retirement, 20260309);
    assert_true(strstr(note, "2026-03-09") != NULL);
    assert_false(
        LLMP_HAS_PRICE(on("gpt-6.1-terra", 0), context_tokens)); /* a cap, not its window */
    near(on("claude-opus-5.5", 0)->tokenizer_ratio, 1.3);
}

static void open_models_and_their_hosts(void **state)
{
    (void)state;
    size_t hosts = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_PRICE); i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        hosts += p->open_model != NULL && strcmp(p->open_model, "llama-3.3-70b") == 0;
    }
    assert_in_range(hosts, 10, 20);
    assert_string_equal(
        on("fireworks/accounts/fireworks/models/llama-v3p1-8b-instruct", 0)->open_model,
        "llama-3.1-8b");
    assert_null(on("zai/glm-5-turbo", 0)->open_model);
}

static void currencies(void **state)
{
    (void)state;
    double rate = 7;
    assert_ok(llmp_currency_rate(catalog, "USD", 0, &rate, &error));
    near(rate, 1);
    assert_ok(llmp_currency_rate(catalog, "EUR", 20250301, &rate, &error));
    near(rate, 1.0465);
    assert_ok(llmp_currency_rate(catalog, "eur", 0, &rate, &error));
    near(rate, 1.1741);
    assert_int_equal(llmp_currency_rate(catalog, "CNY", 0, &rate, &error), LLMP_E_NO_DATA);
    near(rate, 1.1741);
    assert_int_equal(llmp_currency_rate(catalog, "EUR", 20240101, &rate, &error), LLMP_E_NO_DATA);
}

static void workload_of_the_essay(void **state)
{
    (void)state;
    const llmp_record *r = NULL;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_WORKLOAD, "e-commerce", &r, NULL, &error));
    const llmp_workload *w = LLMP_WORKLOAD(r);
    const llmp_api_price *p = on("claude-opus-4.6", 20260217);
    near(
        w->requests_per_day *
            (w->prompt_tokens * p->input_usd_per_mtok + w->output_tokens * p->output_usd_per_mtok) /
            1e6,
        75000);
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_WORKLOAD, "coding", &r, NULL, &error));
    w = LLMP_WORKLOAD(r);
    double share = w->prompt_tokens / (w->prompt_tokens + w->output_tokens);
    assert_true(share >= 0.96 && share <= 0.98);
    assert_true(w->cache_hit_ratio >= 0.84 && w->cache_hit_ratio <= 0.96);
}

static void bad_overlays_are_refused(void **state)
{
    static const char head[] = "prices:\n  - {id: x/y, name: y, provider: x, model: y, "
                               "as_of: 2026-11, source: me, grade: estimate, ";
    static const struct {
        const char *rest;
        llmp_status status;
    } cases[] = {
        {"input_usd_per_mtok: -1, output_usd_per_mtok: 1}", LLMP_E_VALUE},
        {"input_usd_per_mtok: .nan, output_usd_per_mtok: 1}", LLMP_E_SCHEMA},
        {"input_usd_per_mtok: 1e308, output_usd_per_mtok: 1}", LLMP_E_VALUE},
        {"input_usd_per_mtok: 0, output_usd_per_mtok: 0}", LLMP_E_VALUE},
        {"input_usd_per_mtok: 1, output_usd_per_mtok: 1, effective_from: 2026-05, effective_to: "
         "2026-04}",
         LLMP_E_VALUE},
        {"input_usd_per_mtok: 1, output_usd_per_mtok: 1, context_tokens: -5}", LLMP_E_VALUE},
        {"input_usd_per_mtok: 1, output_usd_per_mtok: 1, open_model: no-such-model}",
         LLMP_E_REFERENCE},
        {"input_usd_per_mtok: 1, output_usd_per_mtok: 1, tiers: [{above_prompt_tokens: 2000, "
         "input_usd_per_mtok: 2, output_usd_per_mtok: 2}, {above_prompt_tokens: 2000, "
         "input_usd_per_mtok: 2, output_usd_per_mtok: 2}]}",
         LLMP_E_VALUE},
        {"input_usd_per_mtok: 1, output_usd_per_mtok: 1, windows: [{utc_from_hhmm: 170, "
         "utc_to_hhmm: 300}]}",
         LLMP_E_VALUE},
        {"input_usd_per_mtok: 1}", LLMP_E_SCHEMA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[600];
        (void)snprintf(text, sizeof text, "%s%s\n", head, cases[i].rest);
        assert_int_equal(llmp_catalog_overlay(catalog, text, strlen(text), "bad", &error),
                         cases[i].status);
    }
    static const char tariff[] = "tariffs:\n  - {id: a, name: a, country: DE, customer: household, "
                                 "currency: euros, currency_per_kwh: 0.3, as_of: 2026, source: me, "
                                 "grade: estimate}\n";
    assert_int_equal(llmp_catalog_overlay(catalog, tariff, strlen(tariff), "bad", &error),
                     LLMP_E_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_provider_is_there),
        cmocka_unit_test(history_of_opus),
        cmocka_unit_test(announced_prices),
        cmocka_unit_test(hours_of_deepseek),
        cmocka_unit_test(published_values),
        cmocka_unit_test(tiers_price_whole_requests),
        cmocka_unit_test(two_kinds_of_cache_write),
        cmocka_unit_test(unknown_is_not_zero),
        cmocka_unit_test(open_models_and_their_hosts),
        cmocka_unit_test(currencies),
        cmocka_unit_test(workload_of_the_essay),
        cmocka_unit_test(bad_overlays_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
