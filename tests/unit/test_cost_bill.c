/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bills with published or hand-derived totals. */
#include "t.h"

#include <llmplan/cost.h>

static void rate(llmp_rates *rates, llmp_bucket bucket, double usd_per_mtok)
{
    rates->known |= 1u << bucket;
    rates->usd_per_mtok[bucket] = usd_per_mtok;
}

static llmp_rate_card card_of(double input, double output)
{
    llmp_rate_card card = LLMP_RATE_CARD_INIT;
    rate(&card.rates, LLMP_BUCKET_INPUT, input);
    rate(&card.rates, LLMP_BUCKET_OUTPUT, output);
    return card;
}

static llmp_usage usage_of(double requests, double input, double output)
{
    llmp_usage usage = LLMP_USAGE_INIT;
    usage.requests_count = requests;
    usage.tokens[LLMP_BUCKET_INPUT] = input;
    usage.tokens[LLMP_BUCKET_OUTPUT] = output;
    return usage;
}

/* langfuse/claude-observability-plugin issue 34: the same session with five-minute and one-hour
 * writes, 12.31 and 16.31 USD. */
static void two_write_lifetimes(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill;
    llmp_rate_card card = card_of(10, 50);
    rate(&card.rates, LLMP_BUCKET_CACHED_READ, 1.0);
    rate(&card.rates, LLMP_BUCKET_CACHE_WRITE_5M, 12.5);
    rate(&card.rates, LLMP_BUCKET_CACHE_WRITE_1H, 20.0);
    llmp_usage usage = usage_of(1, 1900, 16300);
    usage.tokens[LLMP_BUCKET_CACHED_READ] = 4.8e6;
    usage.tokens[LLMP_BUCKET_CACHE_WRITE_5M] = 533800;
    assert_ok(llmp_bill_usage(&card, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 12.3065, 1e-12);
    assert_close(bill.bucket_usd[LLMP_BUCKET_CACHED_READ], 4.8, 1e-12);
    usage.tokens[LLMP_BUCKET_CACHE_WRITE_1H] = usage.tokens[LLMP_BUCKET_CACHE_WRITE_5M];
    usage.tokens[LLMP_BUCKET_CACHE_WRITE_5M] = 0;
    assert_ok(llmp_bill_usage(&card, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 16.31, 1e-12);
    assert_int_equal(bill.assumed, 0);
}

/* Ten million interactions a day of 500 + 200 tokens at 5 / 25. */
static void ten_million_interactions(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill;
    llmp_rate_card card = card_of(5, 25);
    llmp_usage usage = usage_of(1e7, 500, 200);
    assert_ok(llmp_bill_usage(&card, &usage, 1, &bill, &error));
    assert_true(bill.total_usd == 75000.0);
    assert_true(bill.bucket_usd[LLMP_BUCKET_INPUT] == 25000.0);
}

/* Gemini 3 Pro, 250k in and 2k out in one request: all of it at 4 / 18 (1.036), not the excess only
 * (0.624). GPT-5.4, 300k of which 200k cached, 5k out: 0.7125. */
static void tiers_hold_for_whole_requests(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill;
    llmp_rate_card gemini = card_of(2, 12);
    gemini.tier_count = 1;
    gemini.tiers[0].above_prompt_tokens = 200000;
    rate(&gemini.tiers[0].rates, LLMP_BUCKET_INPUT, 4);
    rate(&gemini.tiers[0].rates, LLMP_BUCKET_OUTPUT, 18);
    llmp_usage usage = usage_of(1, 250000, 2000);
    assert_ok(llmp_bill_usage(&gemini, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 1.036, 1e-12);
    assert_close(bill.tiered_tokens, 252000, 0);
    usage.tokens[LLMP_BUCKET_INPUT] = 200000; /* at the threshold is not above it */
    assert_ok(llmp_bill_usage(&gemini, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 0.424, 1e-12);

    llmp_rate_card gpt = card_of(2.5, 15);
    rate(&gpt.rates, LLMP_BUCKET_CACHED_READ, 0.25);
    gpt.tier_count = 1;
    gpt.tiers[0].above_prompt_tokens = 272000;
    rate(&gpt.tiers[0].rates, LLMP_BUCKET_INPUT, 5);
    rate(&gpt.tiers[0].rates, LLMP_BUCKET_CACHED_READ, 0.5);
    rate(&gpt.tiers[0].rates, LLMP_BUCKET_OUTPUT, 22.5);
    usage = usage_of(1, 100000, 5000);
    usage.tokens[LLMP_BUCKET_CACHED_READ] = 200000;
    assert_ok(llmp_bill_usage(&gpt, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 0.7125, 1e-12);
}

/* A tenth of requests with 300k input and the rest with 30k: a doubled tier raises the input bill
 * by 52.6 %, although the mean is far below the threshold. */
static void a_distribution_not_its_mean(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill flat;
    llmp_bill tiered;
    llmp_rate_card card = card_of(3, 0);
    llmp_usage kinds[2] = {usage_of(9, 30000, 0), usage_of(1, 300000, 0)};
    assert_ok(llmp_bill_usage(&card, kinds, 2, &flat, &error));
    card.tier_count = 1;
    card.tiers[0].above_prompt_tokens = 200000;
    rate(&card.tiers[0].rates, LLMP_BUCKET_INPUT, 6);
    assert_ok(llmp_bill_usage(&card, kinds, 2, &tiered, &error));
    assert_close(tiered.total_usd / flat.total_usd, 1.0 + 30.0 / 57.0, 1e-12);
}

static void unknown_is_not_free(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill = {.total_usd = -7};
    llmp_rate_card card = card_of(3, 15);
    llmp_usage usage = usage_of(1, 0, 0);
    usage.tokens[LLMP_BUCKET_CACHED_READ] = 1e6;
    assert_ok(llmp_bill_usage(&card, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 3.0, 1e-12);
    assert_int_equal(bill.assumed, 1u << LLMP_BUCKET_CACHED_READ);
    usage.tokens[LLMP_BUCKET_CACHED_READ] = 0;
    usage.tokens[LLMP_BUCKET_REASONING] = 2e6;
    assert_ok(llmp_bill_usage(&card, &usage, 1, &bill, &error));
    assert_close(bill.total_usd, 30.0, 1e-12);
    assert_int_equal(bill.assumed, 0);
    card.rates.known = 1u << LLMP_BUCKET_INPUT;
    bill.total_usd = -7;
    assert_int_equal(llmp_bill_usage(&card, &usage, 1, &bill, &error), LLMP_E_NO_DATA);
    assert_contains(error.message, "output");
    assert_true(bill.total_usd == -7);
}

static void absurd_numbers_are_refused(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill = {.total_usd = -7};
    const double bad_prices[] = {-1, (double)NAN, 1e308, HUGE_VAL};
    for (size_t i = 0; i < 4; i++) {
        llmp_rate_card card = card_of(bad_prices[i], 15);
        llmp_usage usage = usage_of(1, 5731, 7);
        assert_int_equal(llmp_bill_usage(&card, &usage, 1, &bill, &error), LLMP_E_RANGE);
    }
    const double bad_tokens[] = {-1, (double)NAN, 1e13, -HUGE_VAL};
    for (size_t i = 0; i < 4; i++) {
        llmp_rate_card card = card_of(3, 15);
        llmp_usage usage = usage_of(1, bad_tokens[i], 7);
        assert_int_equal(llmp_bill_usage(&card, &usage, 1, &bill, &error), LLMP_E_RANGE);
        usage = usage_of(bad_tokens[i] == 1e13 ? 1e16 : bad_tokens[i], 5731, 7);
        assert_int_equal(llmp_bill_usage(&card, &usage, 1, &bill, &error), LLMP_E_RANGE);
    }
    assert_true(bill.total_usd == -7);
}

static void minimum_and_fees(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill;
    llmp_rate_card card = card_of(1, 2);
    card.request_usd = 0.001;
    card.minimum_usd = 0.005;
    llmp_usage usage = usage_of(1000, 1000, 500); /* 0.002 of tokens a request */
    assert_ok(llmp_bill_usage(&card, &usage, 1, &bill, &error));
    assert_close(bill.requests_usd, 1.0, 1e-12);
    assert_close(bill.minimum_usd, 2.0, 1e-12);
    assert_close(bill.total_usd, 5.0, 1e-12);
}

/* Prompts of mean 5,731 with a spread of 0.9 and a tier above 12,000: z = ln(12000/5731)/0.9, of
 * which Q(z + 0.45) = 0.101841278357 requests hold Q(z - 0.45) = 0.355270513306 of the tokens. Of
 * 7,000 requests, 40 % cached, at 2 / 0.2 / 12 and above at 4 / 0.4 / 18: 89.89660234 USD. The mean
 * alone would be 24.0702 x 2 + 16.0468 x 0.2 + 1.61 x 12 = 70.66976. */
static void spread_prompts_reach_a_tier(void **state)
{
    (void)state;
    llmp_error error;
    llmp_bill bill;
    llmp_usage kinds[LLMP_USAGE_KINDS_MAX];
    size_t count;
    llmp_rate_card card = card_of(2, 12);
    rate(&card.rates, LLMP_BUCKET_CACHED_READ, 0.2);
    card.tier_count = 1;
    card.tiers[0].above_prompt_tokens = 12000;
    rate(&card.tiers[0].rates, LLMP_BUCKET_INPUT, 4);
    rate(&card.tiers[0].rates, LLMP_BUCKET_CACHED_READ, 0.4);
    rate(&card.tiers[0].rates, LLMP_BUCKET_OUTPUT, 18);
    llmp_usage mean = usage_of(7000, 5731 * 0.6, 230);
    mean.tokens[LLMP_BUCKET_CACHED_READ] = 5731 * 0.4;
    assert_ok(llmp_usage_spread(&card, &mean, 0.9, kinds, &count, &error));
    assert_int_equal(count, 2);
    assert_close(kinds[1].requests_count, 7000 * 0.10184127835662551, 1e-9);
    assert_close(kinds[1].tokens[LLMP_BUCKET_INPUT], 0.6 * 19992.43670752422, 1e-9);
    assert_ok(llmp_bill_usage(&card, kinds, count, &bill, &error));
    assert_close(bill.total_usd, 89.89660234227841, 1e-9);
    assert_close(bill.bucket_tokens[LLMP_BUCKET_INPUT], 7000 * 5731 * 0.6, 1e-9);
    assert_ok(llmp_usage_spread(&card, &mean, 0, kinds, &count, &error));
    assert_int_equal(count, 1);
    assert_ok(llmp_bill_usage(&card, kinds, count, &bill, &error));
    assert_close(bill.total_usd, 70.66976, 1e-9);
    assert_int_equal(llmp_usage_spread(&card, &mean, (double)NAN, kinds, &count, &error),
                     LLMP_E_RANGE);
}

/* Whatever the spread and the tiers, requests and tokens stay what they were. */
static void spreading_loses_nothing(void **state)
{
    (void)state;
    llmp_error error;
    llmp_usage kinds[LLMP_USAGE_KINDS_MAX];
    size_t count;
    llmp_rate_card card = card_of(2, 12);
    const uint64_t above[] = {32000, 128000, 252000, 512000};
    card.tier_count = 4;
    for (size_t i = 0; i < 4; i++) {
        card.tiers[i].above_prompt_tokens = above[i];
        card.tiers[i].rates = card.rates;
    }
    for (double sigma = 0.05; sigma < 10; sigma *= 1.7) {
        for (double prompt = 17; prompt < 1e7; prompt *= 5.3) {
            const llmp_usage mean = usage_of(7e3, prompt, 230);
            double requests = 0;
            double tokens = 0;
            assert_ok(llmp_usage_spread(&card, &mean, sigma, kinds, &count, &error));
            for (size_t i = 0; i < count; i++) {
                requests += kinds[i].requests_count;
                tokens += kinds[i].requests_count * kinds[i].tokens[LLMP_BUCKET_INPUT];
            }
            assert_close(requests, 7e3, 1e-9);
            assert_close(tokens, 7e3 * prompt, 1e-6);
        }
    }
}

static void cents_add_up(void **state)
{
    (void)state;
    const double usd[] = {0.005, 0.005, 0.005, 12.3449, -1.2351, 100.0 / 3};
    int64_t cents[6];
    int64_t sum = 0;
    int64_t total = llmp_cents_split(usd, 6, cents);
    for (size_t i = 0; i < 6; i++) {
        sum += cents[i];
        assert_true(fabs((double)cents[i] - usd[i] * 100.0) < 1.0);
    }
    assert_true(total == 4446 && sum == total); /* 44.458.. */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_write_lifetimes),
        cmocka_unit_test(ten_million_interactions),
        cmocka_unit_test(tiers_hold_for_whole_requests),
        cmocka_unit_test(a_distribution_not_its_mean),
        cmocka_unit_test(unknown_is_not_free),
        cmocka_unit_test(absurd_numbers_are_refused),
        cmocka_unit_test(minimum_and_fees),
        cmocka_unit_test(spread_prompts_reach_a_tier),
        cmocka_unit_test(spreading_loses_nothing),
        cmocka_unit_test(cents_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
