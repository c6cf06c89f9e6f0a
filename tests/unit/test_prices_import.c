/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Public price lists: what is read, what is refused and why, and that nothing is guessed. */
#include "t.h"

#include <llmplan/import.h>
#include <llmplan/import_prices.h>
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

static llmp_price_import *read_list(const char *name, llmp_date as_of)
{
    char path[512];
    llmp_price_import *import = NULL;
    llmp_price_import_options options = LLMP_PRICE_IMPORT_OPTIONS_INIT;
    options.as_of = as_of;
    (void)snprintf(path, sizeof path, TEST_DATA "/prices/%s", name);
    assert_ok(llmp_prices_import(catalog, path, &options, &import, &error));
    return import;
}

static const llmp_api_price *price_of(const llmp_price_import *import, const char *provider,
                                      const char *model, llmp_date from)
{
    for (size_t i = 0; i < llmp_prices_count(import); i++) {
        const llmp_api_price *p = llmp_prices_at(import, i);
        if (strcmp(p->provider, provider) == 0 && strcmp(p->model, model) == 0 &&
            p->effective_from == from) {
            return p;
        }
    }
    fail_msg("no price of %s/%s", provider, model);
    return NULL;
}

static const llmp_price_note *note_of(const llmp_price_import *import, const char *record)
{
    for (size_t i = 0; i < llmp_prices_note_count(import); i++) {
        const llmp_price_note *n = llmp_prices_note_at(import, i);
        if (strcmp(n->record, record) == 0) {
            return n;
        }
    }
    return NULL;
}

static void near(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-12 * fabs(b));
}

static void two(const llmp_api_price *p, double input, double output)
{
    near(p->input_usd_per_mtok, input);
    near(p->output_usd_per_mtok, output);
}

static void litellm(void **state)
{
    (void)state;
    llmp_price_import *import = read_list("litellm.json", 20260724);
    assert_int_equal(llmp_prices_format(import), LLMP_PRICES_LITELLM);
    assert_int_equal(llmp_prices_count(import), 8);
    const llmp_api_price *sol = price_of(import, "openai", "gpt-5.6-sol", 0);
    two(sol, 5, 30);
    near(sol->cached_read_usd_per_mtok, 0.5);
    near(sol->cache_write_5m_usd_per_mtok, 6.25);
    assert_false(LLMP_HAS_PRICE(sol, cache_write_1h_usd_per_mtok));
    near(sol->batch_input_usd_per_mtok, 2.5);
    near(sol->flex_ratio, 0.5);
    near(sol->priority_ratio, 2);
    near(sol->regional_ratio, 1.1);
    assert_int_equal(sol->tier_count, 1);
    assert_int_equal(sol->tiers[0].above_prompt_tokens, 272000);
    near(sol->tiers[0].output_usd_per_mtok, 45);
    const llmp_api_price *sonnet = price_of(import, "anthropic", "claude-sonnet-4-5", 0);
    near(sonnet->cache_write_1h_usd_per_mtok, 6); /* above_1hr is a time, no size */
    assert_int_equal(sonnet->tier_count, 1);
    near(sonnet->tiers[0].cache_write_1h_usd_per_mtok, 12);
    const llmp_api_price *qwen = price_of(import, "alibaba", "qwen3-max", 0);
    two(qwen, 1.2, 6);
    assert_int_equal(qwen->tier_count, 2);
    assert_int_equal(qwen->tiers[1].above_prompt_tokens, 128000);
    near(qwen->tiers[1].output_usd_per_mtok, 15);
    const llmp_api_price *bedrock =
        price_of(import, "bedrock", "eu.anthropic.claude-opus-4-6-v1", 0);
    assert_string_equal(bedrock->region, "eu");
    assert_int_equal(note_of(import, "sample_spec")->kind, LLMP_PRICE_LEFT_OUT);
    llmp_prices_destroy(&import);
    assert_null(import);
}

static void models_dev(void **state)
{
    (void)state;
    llmp_price_import *import = read_list("models.dev_api.json", 20260702);
    assert_int_equal(llmp_prices_format(import), LLMP_PRICES_MODELS_DEV);
    assert_int_equal(llmp_prices_count(import), 3);
    const llmp_api_price *gpt = price_of(import, "openai", "gpt-5.4", 0);
    /* its context_over_200k stands for the tier that begins at 272k */
    assert_int_equal(gpt->tier_count, 1);
    assert_int_equal(gpt->tiers[0].above_prompt_tokens, 272000);
    assert_false(LLMP_HAS_PRICE(gpt, cache_write_5m_usd_per_mtok));
    near(gpt->priority_ratio, 2);
    const llmp_api_price *opus = price_of(import, "anthropic", "claude-opus-4-6", 0);
    near(opus->priority_ratio, 6);
    assert_int_equal(opus->context_tokens, 1000000);
    assert_true(price_of(import, "google", "gemini-3-pro-preview", 0)->deprecated);
    llmp_prices_destroy(&import);
}

static void openrouter(void **state)
{
    (void)state;
    llmp_price_import *import = read_list("openrouter_models.json", 20260819);
    assert_int_equal(llmp_prices_format(import), LLMP_PRICES_OPENROUTER);
    assert_int_equal(llmp_prices_count(import), 8);
    const llmp_api_price *flash = price_of(import, "openrouter", "qwen/qwen3.7-flash", 0);
    two(flash, 0.03, 0.13);
    assert_int_equal(flash->tier_count, 2);
    assert_int_equal(flash->tiers[1].above_prompt_tokens, 256000);
    const llmp_api_price *pro = price_of(import, "openrouter", "deepseek/deepseek-v4-pro", 0);
    assert_int_equal(pro->window_count, 4);
    assert_int_equal(pro->windows[0].utc_from_hhmm, 1000);
    assert_int_equal(pro->windows[0].utc_to_hhmm, 100); /* passes midnight */
    near(pro->windows[1].input_usd_per_mtok, 1.32);
    assert_string_equal(pro->open_model, "deepseek-v4-pro");
    const llmp_api_price *gemini = price_of(import, "openrouter", "google/gemini-3.7-flash", 0);
    near(gemini->batch_input_usd_per_mtok, 0.1875);
    assert_false(LLMP_HAS_PRICE(gemini, cache_write_5m_usd_per_mtok)); /* it was storage */
    assert_int_equal(note_of(import, "openrouter/auto")->kind, LLMP_PRICE_REFUSED);
    assert_int_equal(note_of(import, "openai/gpt-oss-20b:free")->kind, LLMP_PRICE_LEFT_OUT);
    assert_int_equal(note_of(import, "~anthropic/claude-opus-latest")->kind, LLMP_PRICE_LEFT_OUT);
    llmp_prices_destroy(&import);
}

static void genai(void **state)
{
    (void)state;
    llmp_price_import *import = read_list("genai_prices.json", 20260923);
    assert_int_equal(llmp_prices_format(import), LLMP_PRICES_GENAI);
    assert_int_equal(llmp_prices_count(import), 7);
    const llmp_api_price *before = price_of(import, "anthropic", "claude-opus-4-6", 0);
    assert_int_equal(before->effective_to, 20260313);
    assert_int_equal(before->tier_count, 1);
    near(before->tiers[0].output_usd_per_mtok, 37.5);
    near(before->tiers[0].cache_write_1h_usd_per_mtok, 20);
    const llmp_api_price *after = price_of(import, "anthropic", "claude-opus-4-6", 20260313);
    assert_int_equal(after->tier_count, 0);
    const llmp_api_price *pro = price_of(import, "deepseek", "deepseek-v4-pro", 20260817);
    assert_int_equal(pro->window_count, 2);
    assert_int_equal(pro->windows[1].utc_from_hhmm, 600);
    assert_int_equal(price_of(import, "deepseek", "deepseek-v4-pro", 0)->window_count, 0);
    const llmp_api_price *gpt = price_of(import, "openai", "gpt-5.4", 0);
    assert_int_equal(gpt->tiers[0].above_prompt_tokens, 271999);
    llmp_prices_destroy(&import);
}

static void llm_prices(void **state)
{
    (void)state;
    llmp_price_import *import = read_list("llm_prices.json", 20260805);
    assert_int_equal(llmp_prices_format(import), LLMP_PRICES_LLM_PRICES);
    assert_int_equal(llmp_prices_count(import), 4);
    assert_int_equal(price_of(import, "openai", "gpt-5.6-luna", 0)->effective_to, 20260730);
    two(price_of(import, "openai", "gpt-5.6-luna", 20260730), 0.2, 1.2);
    const llmp_api_price *gemini = price_of(import, "google", "gemini-3-pro-preview", 0);
    assert_int_equal(gemini->tier_count, 1);
    near(gemini->tiers[0].input_usd_per_mtok, 4);
    assert_false(LLMP_HAS_PRICE(gemini, cached_read_usd_per_mtok));
    llmp_prices_destroy(&import);
}

/* One answer for every odd record, none of them a guess. */
static void odd_records_are_told_one_by_one(void **state)
{
    static const struct {
        const char *record;
        llmp_price_note_kind kind;
        const char *says;
    } expected[] = {
        {"below-zero", LLMP_PRICE_REFUSED, "-1"},
        {"no-number", LLMP_PRICE_REFUSED, "NaN"},
        {"huge", LLMP_PRICE_REFUSED, "1e308"},
        {"per-million", LLMP_PRICE_REFUSED, "unit"},
        {"in-words", LLMP_PRICE_REFUSED, "cheap"},
        {"zero", LLMP_PRICE_REFUSED, "0"},
        {"half", LLMP_PRICE_REFUSED, "output"},
        {"half-a-tier", LLMP_PRICE_REFUSED, "200000"},
        {"gap", LLMP_PRICE_REFUSED, "join"},
        {"negative-window", LLMP_PRICE_REFUSED, "max_input_tokens"},
        {"dbu", LLMP_PRICE_REFUSED, NULL},
        {"picture", LLMP_PRICE_LEFT_OUT, "image_generation"},
        {"nobody", LLMP_PRICE_REFUSED, "litellm_provider"},
        {"lopsided", LLMP_PRICE_DOUBTED, "6.8"},
        {"bad-day", LLMP_PRICE_DOUBTED, "2026-13-45"},
        {"a-list", LLMP_PRICE_REFUSED, "list"},
    };
    (void)state;
    llmp_price_import *import = read_list("odd_litellm.json", 20261101);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const llmp_price_note *note = note_of(import, expected[i].record);
        assert_non_null(note);
        assert_int_equal(note->kind, expected[i].kind);
        assert_int_equal(note->line, i + 4); /* in order, from line 4 on */
        assert_true(expected[i].says == NULL || strstr(note->text, expected[i].says) != NULL);
    }
    assert_int_equal(llmp_prices_count(import), 4);
    two(price_of(import, "openai", "good-one", 0), 3, 15); /* 3.0000000000000004e-06 */
    two(price_of(import, "openai", "good_one", 0), 4, 15);
    assert_true(price_of(import, "openai", "lopsided", 0)->doubtful);
    assert_false(LLMP_HAS_PRICE(price_of(import, "openai", "bad-day", 0), retirement));
    llmp_prices_destroy(&import);
}

static void same_price(const llmp_api_price *a, const llmp_api_price *b)
{
    const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_PRICE);
    for (size_t i = 0; i < llmp_schema_size(schema); i++) {
        llmp_value x;
        llmp_value y;
        llmp_schema_get(schema, a, i, &x);
        llmp_schema_get(schema, b, i, &y);
        assert_int_equal(x.type, y.type);
        if (x.type == LLMP_VALUE_TEXT) {
            assert_string_equal(x.text, y.text);
        } else if (x.type == LLMP_VALUE_NUMBER) {
            assert_true(!(x.number < y.number) && !(x.number > y.number));
        } else {
            assert_true(x.count == y.count && x.boolean == y.boolean && x.size == y.size);
        }
    }
    for (size_t i = 0; i < a->tier_count; i++) {
        assert_int_equal(a->tiers[i].above_prompt_tokens, b->tiers[i].above_prompt_tokens);
        near(a->tiers[i].output_usd_per_mtok, b->tiers[i].output_usd_per_mtok);
        assert_int_equal(a->tiers[i].present[0], b->tiers[i].present[0]);
    }
    for (size_t i = 0; i < a->window_count; i++) {
        assert_int_equal(a->windows[i].utc_to_hhmm, b->windows[i].utc_to_hhmm);
        near(a->windows[i].input_usd_per_mtok, b->windows[i].input_usd_per_mtok);
        assert_int_equal(a->windows[i].present[0], b->windows[i].present[0]);
    }
}

static const char *const lists[] = {"litellm.json",           "models.dev_api.json",
                                    "openrouter_models.json", "genai_prices.json",
                                    "llm_prices.json",        "odd_litellm.json"};

static void overlays_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        llmp_catalog *over = NULL;
        char *text = NULL;
        llmp_price_import *import = read_list(lists[i], 20261115);
        assert_ok(llmp_prices_overlay_text(import, &text, &error));
        assert_ok(llmp_catalog_create(&over, &error));
        assert_ok(llmp_catalog_overlay(over, text, strlen(text), lists[i], &error));
        for (size_t k = 0; k < llmp_prices_count(import); k++) {
            const llmp_api_price *p = llmp_prices_at(import, k);
            const llmp_record *r = llmp_catalog_get(over, LLMP_KIND_PRICE, p->head.id);
            assert_non_null(r);
            same_price(p, LLMP_API_PRICE(r));
        }
        llmp_catalog_destroy(&over);
        llmp_text_free(text);
        llmp_prices_destroy(&import);
    }
}

/* A list seen after the built-in prices holds; one seen before them does not. */
static void the_list_seen_last_holds(void **state)
{
    static const char list[] =
        "{\"claude-opus-4-6\": {\"litellm_provider\": \"anthropic\", \"mode\": \"chat\", "
        "\"input_cost_per_token\": 4.5e-06, \"output_cost_per_token\": 2.25e-05}}";
    static const struct {
        llmp_date seen;
        double expected;
    } cases[] = {{20261120, 4.5}, {20261001, 5}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        llmp_catalog *over = NULL;
        llmp_price_import *import = NULL;
        char *text = NULL;
        const llmp_api_price *p = NULL;
        llmp_price_import_options options = LLMP_PRICE_IMPORT_OPTIONS_INIT;
        options.as_of = cases[i].seen;
        assert_ok(llmp_prices_import_memory(catalog, list, strlen(list), "list", &options, &import,
                                            &error));
        assert_ok(llmp_prices_overlay_text(import, &text, &error));
        assert_ok(llmp_catalog_create(&over, &error));
        assert_ok(llmp_catalog_overlay(over, text, strlen(text), "list", &error));
        assert_ok(llmp_price_in_force(over, "claude-opus-4.6", 20261121, &p, NULL, &error));
        near(p->input_usd_per_mtok, cases[i].expected);
        llmp_catalog_destroy(&over);
        llmp_text_free(text);
        llmp_prices_destroy(&import);
    }
}

/* Hosts have long names, and a name that is taken grows by format and date. */
static void long_names_fit(void **state)
{
    static const char list[] =
        "{\"fireworks_ai/accounts/fireworks/models/qwen3-coder-480b-a35b-instruct\": "
        "{\"litellm_provider\": \"fireworks_ai\", \"mode\": \"chat\", "
        "\"input_cost_per_token\": 4.5e-07, \"output_cost_per_token\": 1.8e-06}}";
    (void)state;
    llmp_catalog *over = NULL;
    llmp_price_import *import = NULL;
    char *text = NULL;
    const llmp_api_price *p = NULL;
    assert_ok(
        llmp_prices_import_memory(catalog, list, strlen(list), "list", NULL, &import, &error));
    assert_int_equal(llmp_prices_count(import), 1);
    assert_string_equal(
        llmp_prices_at(import, 0)->head.id,
        "fireworks/accounts/fireworks/models/qwen3-coder-480b-a35b-instruct@litellm-2026-11-22");
    assert_ok(llmp_prices_overlay_text(import, &text, &error));
    assert_ok(llmp_catalog_create(&over, &error));
    assert_ok(llmp_catalog_overlay(over, text, strlen(text), "list", &error));
    assert_ok(llmp_price_in_force(
        over, "fireworks/accounts/fireworks/models/qwen3-coder-480b-a35b-instruct", 0, &p, NULL,
        &error));
    near(p->input_usd_per_mtok, 0.45);
    llmp_catalog_destroy(&over);
    llmp_text_free(text);
    llmp_prices_destroy(&import);
}

static void what_is_no_list_is_refused(void **state)
{
    static const struct {
        const char *text;
        llmp_price_format format;
        llmp_status status;
    } cases[] = {
        {"{\"a\": {\"b\": 1}}", LLMP_PRICES_AUTO, LLMP_E_UNSUPPORTED},
        {"[]", LLMP_PRICES_AUTO, LLMP_E_UNSUPPORTED},
        {"3", LLMP_PRICES_AUTO, LLMP_E_UNSUPPORTED},
        {"{\"a\": {\"litellm_provider\": \"x\"}}", LLMP_PRICES_GENAI, LLMP_E_SCHEMA},
        {"{\"a\": {\"litellm_provider\": \"x\"", LLMP_PRICES_AUTO, LLMP_E_SYNTAX},
        {"{\"a\": {\"litellm_provider\": \"x\"}, \"a\": 1}", LLMP_PRICES_AUTO, LLMP_E_DUPLICATE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmp_price_import *import = NULL;
        llmp_price_import_options options = LLMP_PRICE_IMPORT_OPTIONS_INIT;
        options.format = cases[i].format;
        llmp_status status = llmp_prices_import_memory(
            catalog, cases[i].text, strlen(cases[i].text), "text", &options, &import, &error);
        assert_int_equal(status, cases[i].status);
        assert_null(import);
        assert_true(error.message[0] != '\0');
    }
}

/* Four lineages against the built-in prices on the day each was seen. */
static void second_sources_agree(void **state)
{
    (void)state;
    static const llmp_date seen[] = {20260724, 20260702, 0, 20260923, 20260805};
    size_t compared = 0;
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        if (seen[i] == 0) {
            continue; /* OpenRouter's headline prices move by the day */
        }
        llmp_price_import *import = read_list(lists[i], seen[i]);
        for (size_t k = 0; k < llmp_prices_count(import); k++) {
            const llmp_api_price *p = llmp_prices_at(import, k);
            const llmp_api_price *ours = NULL;
            char name[200];
            (void)snprintf(name, sizeof name, "%s/%s", p->provider, p->model);
            llmp_date day = p->effective_from > seen[i] ? p->effective_from : seen[i];
            day = p->effective_to != 0 && p->effective_to <= day ? p->effective_from : day;
            if (day == 0) {
                day = p->effective_to - 1; /* its last day, or a day of that month */
            }
            if (llmp_price_in_force(catalog, name, day, &ours, NULL, NULL) != LLMP_OK ||
                !ours->verified || strcmp(p->provider, "deepinfra") == 0) {
                continue; /* hosts of open models change prices within weeks */
            }
            if (fabs(ours->input_usd_per_mtok - p->input_usd_per_mtok) > 1e-9 ||
                fabs(ours->output_usd_per_mtok - p->output_usd_per_mtok) > 1e-9) {
                fail_msg("%s on %d: %g/%g in %s", name, (int)day, p->input_usd_per_mtok,
                         p->output_usd_per_mtok, lists[i]);
            }
            assert_true(p->tier_count == 0 || ours->tier_count == p->tier_count);
            compared++;
        }
        llmp_prices_destroy(&import);
    }
    assert_true(compared >= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(litellm),
        cmocka_unit_test(models_dev),
        cmocka_unit_test(openrouter),
        cmocka_unit_test(genai),
        cmocka_unit_test(llm_prices),
        cmocka_unit_test(odd_records_are_told_one_by_one),
        cmocka_unit_test(overlays_read_back),
        cmocka_unit_test(the_list_seen_last_holds),
        cmocka_unit_test(long_names_fit),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(second_sources_agree),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
