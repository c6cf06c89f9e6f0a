/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims judged: what is expected is worked out by hand beside each, or follows from the rule. */
#include "t.h"

#include <llmplan/planner_audit.h>

#include <math.h>
#include <stdlib.h>

static llmp_catalog *catalog;

static int create(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, NULL) != LLMP_OK;
}

static int destroy(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static llmp_claim_result judge(llmp_claim claim)
{
    llmp_audit *audit = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    claim.id = "claim";
    claim.source = claim.source == NULL ? "test" : claim.source;
    assert_ok(llmp_audit_create(catalog, &claim, 1, NULL, &audit, &error));
    assert_int_equal(llmp_audit_size(audit), 1);
    llmp_claim_result result = *llmp_audit_result(audit, 0);
    assert_int_equal(llmp_audit_count(audit, result.verdict), 1);
    assert_true(result.why[0] != '\0');
    llmp_audit_destroy(&audit);
    return result;
}

/* --- what is said ----------------------------------------------------------------------------- */

static void forms(void **state)
{
    static const struct {
        const char *text;
        double low;
        double high;
        bool range;
        bool up_to;
    } good[] = {
        {"38", 38, 38, false, false},
        {"1,723", 1723, 1723, false, false},
        {"57,870.5", 57870.5, 57870.5, false, false},
        {"30-50", 30, 50, true, false},
        {"30 to 50", 30, 50, true, false},
        {"1e-3..2e-3", 1e-3, 2e-3, true, false},
        {"1,000\xE2\x80\x93"
         "5,000",
         1000, 5000, true, false},
        {"up to 70", 70, 70, false, true},
        {"over 9000", 9000, HUGE_VAL, false, false},
        {">9000", 9000, HUGE_VAL, false, false},
        {"under 0.05", -HUGE_VAL, 0.05, false, false},
        {"< 50", -HUGE_VAL, 50, false, false},
        {"about 80", 80, 80, false, false},
        {"~80", 80, 80, false, false},
    };
    static const char *const bad[] = {"",      "fast",     "-3",       "50-30",  "30-",
                                      "-",     "over",     "12,34",    "1,7234", "nan",
                                      "1e400", "30-50-70", "over 3-5", "38 t/s", "inf"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        llmp_claim_says says;
        llmp_error error = LLMP_ERROR_INIT;
        assert_ok(llmp_claim_says_parse(good[i].text, &says, &error));
        assert_true(says.low_value == good[i].low && says.high_value == good[i].high);
        assert_true(says.is_range == good[i].range && says.up_to == good[i].up_to);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        llmp_claim_says says = {1, 2, true, true};
        llmp_error error = LLMP_ERROR_INIT;
        assert_int_equal(llmp_claim_says_parse(bad[i], &says, &error), LLMP_E_RANGE);
        assert_true(says.low_value == 1 && says.high_value == 2); /* untouched */
        assert_true(error.message[0] != '\0' && error.hint[0] != '\0');
    }
}

/* --- the rule ----------------------------------------------------------------------------------
 */

static llmp_claim_verdict rule(const llmp_estimate *e, bool is_time, const char *text)
{
    llmp_claim_says says;
    llmp_error error = LLMP_ERROR_INIT;
    assert_ok(llmp_claim_says_parse(text, &says, &error));
    return llmp_claim_judge(&says, e, is_time);
}

/* p10 and p90 are 20 % from 100: p99 = 100 * 1.25^2.444 = 172.5, p1 = 100 * 0.8^2.444 = 57.96. */
static void intervals(void **state)
{
    const llmp_estimate rate = {80, 100, 125, 200, LLMP_GRADE_MEASURED};
    const llmp_estimate seconds = {80, 100, 125, 50, LLMP_GRADE_MEASURED};
    double p1;
    double p99;
    (void)state;
    llmp_estimate_tails(&rate, false, &p1, &p99);
    assert_close(p1, 57.96, 1e-3);
    assert_close(p99, 172.5, 1e-3);
    assert_int_equal(rule(&rate, false, "100"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&rate, false, "172"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&rate, false, "173"), LLMP_CLAIM_IMPLAUSIBLE);
    assert_int_equal(rule(&rate, false, "57"), LLMP_CLAIM_IMPLAUSIBLE);
    assert_int_equal(rule(&rate, false, "200.1"), LLMP_CLAIM_IMPOSSIBLE);
    assert_int_equal(rule(&rate, false, "150-250"), LLMP_CLAIM_PARTLY_IMPOSSIBLE);
    assert_int_equal(rule(&rate, false, "201-250"), LLMP_CLAIM_IMPOSSIBLE);
    assert_int_equal(rule(&rate, false, "20-60"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&rate, false, "over 20"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&rate, false, "over 180"), LLMP_CLAIM_IMPLAUSIBLE);
    assert_int_equal(rule(&rate, false, "over 200.1"), LLMP_CLAIM_IMPOSSIBLE);
    assert_int_equal(rule(&rate, false, "under 20"), LLMP_CLAIM_IMPLAUSIBLE);
    assert_int_equal(rule(&rate, false, "up to 172"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&seconds, true, "49"), LLMP_CLAIM_IMPOSSIBLE);
    assert_int_equal(rule(&seconds, true, "under 49"), LLMP_CLAIM_IMPOSSIBLE);
    assert_int_equal(rule(&seconds, true, "under 55"), LLMP_CLAIM_IMPLAUSIBLE);
    assert_int_equal(rule(&seconds, true, "40-90"), LLMP_CLAIM_PARTLY_IMPOSSIBLE);
    assert_int_equal(rule(&seconds, true, "under 1000"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&seconds, true, "over 172"), LLMP_CLAIM_CONSISTENT);
    assert_int_equal(rule(&seconds, true, "over 173"), LLMP_CLAIM_IMPLAUSIBLE);
}

/* At the 90th percentile the chance is 10 %, at the 99th 1 %. */
static void chances(void **state)
{
    const llmp_estimate rate = {80, 100, 125, 1e9, LLMP_GRADE_MEASURED};
    const double p99 = 100 * pow(1.25, 2.444);
    (void)state;
    assert_close(llmp_claim_chance(&(llmp_claim_says){100, 100, false, false}, &rate), 0.5, 1e-12);
    assert_close(llmp_claim_chance(&(llmp_claim_says){90, 110, true, false}, &rate), 0.5, 1e-12);
    assert_close(llmp_claim_chance(&(llmp_claim_says){125, 125, false, false}, &rate), 0.1, 1e-3);
    assert_close(llmp_claim_chance(&(llmp_claim_says){p99, 1e9, true, false}, &rate), 0.01, 2e-3);
    assert_close(llmp_claim_chance(&(llmp_claim_says){10, 80, true, false}, &rate), 0.1, 1e-3);
}

/* --- speeds ------------------------------------------------------------------------------------
 */

/* 69.5 billion weights at 8.5 bits are 73.8 GB a token; 273 GB/s give at most 3.70: 38 is 10.3
 * times too much. */
static void seventy_on_a_spark(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_DECODE_TOKENS_PER_S, .says = "38"};
    claim.model = "llama-3.1-70b";
    claim.quant = "Q8_0";
    claim.machine = "dgx-spark";
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_IMPOSSIBLE);
    assert_close(r.factor_ratio, 38 / (273 / (69.5 * 8.5 / 8)), 0.01);
    assert_true(r.alternative[0] != '\0');
    claim.says = "2.9";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.says = "3-5"; /* only the upper end is beyond 3.70 */
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_PARTLY_IMPOSSIBLE);
    /* compute: at most 2 x 69.5 GFLOP a token in 250 dense TFLOP/s (8 bits) is 1,799 */
    claim.kind = LLMP_CLAIM_PREFILL_TOKENS_PER_S;
    claim.says = "1,723";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPLAUSIBLE);
    claim.says = "1,850";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPOSSIBLE);
    claim.says = "100-250";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
}

/* The same claim with the quantisation left open is judged by its best reading: at 4 bits 35.3 GB
 * fit 7.7 times a second through 273 GB/s. */
static void benefit_of_the_doubt(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_DECODE_TOKENS_PER_S, .says = "5"};
    claim.model = "llama-3.1-70b";
    claim.machine = "dgx-spark";
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_CONSISTENT);
    assert_true(r.readings_count > 10);
    assert_non_null(strstr(r.assumed, "every common quantisation"));
    claim.bits_per_weight = 8;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPOSSIBLE);
    claim.bits_per_weight = 0;
    claim.says = "38";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPOSSIBLE);
}

/* Scaling a claim up from what is expected never makes it better; at p50 it is consistent; above
 * the ceiling it is impossible. */
static void scaling(void **state)
{
    static const struct {
        llmp_claim_kind kind;
        const char *model;
        const char *quant;
        const char *machine;
    } scenes[] = {
        {LLMP_CLAIM_DECODE_TOKENS_PER_S, "llama-3.1-8b", "Q4_K_M", "rtx-4090"},
        {LLMP_CLAIM_DECODE_TOKENS_PER_S, "gpt-oss-120b", "MXFP4", "dgx-spark"},
        {LLMP_CLAIM_DECODE_TOKENS_PER_S, "llama-3.1-70b", "Q4_K_M", "rtx-5090"},
        {LLMP_CLAIM_PREFILL_TOKENS_PER_S, "qwen3-30b-a3b", "Q8_0", "m5-max"},
        {LLMP_CLAIM_DECODE_TOKENS_PER_S, "llama-3.1-70b", "Q4_K_M", "2x rtx-4090"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        char says[32] = "17";
        llmp_claim claim = {.kind = scenes[i].kind, .says = says, .prompt_tokens = 731};
        claim.model = scenes[i].model;
        claim.quant = scenes[i].quant;
        claim.machine = scenes[i].machine;
        llmp_claim_result r = judge(claim);
        assert_true(r.has_estimate);
        llmp_claim_verdict before = LLMP_CLAIM_CONSISTENT;
        for (double scale = 1.0; scale < 300.0; scale *= 1.9) {
            (void)snprintf(says, sizeof says, "%.9g", scale * r.estimate.p50);
            llmp_claim_result at = judge(claim);
            assert_true(at.verdict <= before);
            before = at.verdict;
        }
        assert_int_equal(before, LLMP_CLAIM_IMPOSSIBLE);
        (void)snprintf(says, sizeof says, "%.9g", r.estimate.p50);
        llmp_claim_result middle = judge(claim);
        assert_int_equal(middle.verdict, LLMP_CLAIM_CONSISTENT);
        double ceiling = 0.0;
        for (double up = r.estimate.ceiling; up < 100.0 * r.estimate.ceiling; up *= 1.1) {
            (void)snprintf(says, sizeof says, "%.9g", up);
            llmp_claim_result at = judge(claim);
            if (at.verdict == LLMP_CLAIM_IMPOSSIBLE) { /* the best reading's ceiling, just passed */
                ceiling = at.estimate.ceiling;
                assert_close(at.factor_ratio, up / ceiling, 1e-6);
                assert_true(up > ceiling * (1 - 1e-8)); /* to nine digits */
                break;
            }
        }
        assert_true(ceiling > 0.0);
    }
}

/* --- memory ------------------------------------------------------------------------------------
 */

/* 70.55 billion weights at 4 bits are 35.3 GB, 32 GiB are 34.4; at 3 bits 26.5 GB. */
static void seventy_in_32_gib(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_FITS, .bits_per_weight = 4};
    claim.model = "llama-3.1-70b";
    claim.machine = "rtx-5090";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPOSSIBLE);
    claim.bits_per_weight = 3;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.bits_per_weight = 0;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.bits_per_weight = 4;
    claim.machine = "dgx-spark";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.bits_per_weight = 16; /* 141 GB of 128 GiB */
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPOSSIBLE);
    /* on the devices alone: 35 GB through a card's memory is no speed, whatever the host has */
    llmp_claim speed = {
        .kind = LLMP_CLAIM_DECODE_TOKENS_PER_S, .says = "30-50", .bits_per_weight = 4};
    speed.model = "llama-3.1-70b";
    speed.machine = "rtx-5090";
    speed.devices_only = true;
    llmp_claim_result r = judge(speed);
    assert_int_equal(r.verdict, LLMP_CLAIM_IMPOSSIBLE);
    assert_false(r.has_estimate);
}

/* 20e9 weights: 40 GB at 16 bits, 10 at 4; with a quarter more at most 50. */
static void twenty_billion(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_MEMORY_GB, .params_count = 20e9, .says = "about 80"};
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_WRONG);
    assert_close(r.computed.low_value, 10, 1e-12);
    assert_close(r.computed.high_value, 50, 1e-12);
    claim.says = "about 40";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.bits_per_weight = 4;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
}

/* --- money -------------------------------------------------------------------------------------
 */

static void arithmetic(void **state)
{
    static const char *const cards[] = {"4089", "3999"};
    static const char *const boxes[] = {"5,939", "3,999"};
    static const char *const year[] = {"75,000", "365"};
    static const char *const bad[] = {"4089", "cheap"};
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_SUM, .terms = cards, .term_count = 2, .says = "9,088"};
    llmp_claim_result r = judge(claim); /* 8,088 */
    assert_int_equal(r.verdict, LLMP_CLAIM_WRONG);
    assert_true(r.computed.low_value == 8088 && r.computed.high_value == 8088);
    claim.says = "8,088";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.terms = boxes; /* 9,938; prices cut to whole dollars may add up to one more */
    claim.says = "9,939";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.says = "9,940.5";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
    claim.kind = LLMP_CLAIM_PRODUCT; /* 27.375 million */
    claim.terms = year;
    claim.says = "over 27e6";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.says = "over 28e6"; /* 27.5 would still round to it */
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
    claim.terms = bad;
    claim.id = claim.source = "x";
    llmp_audit *audit = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    assert_int_equal(llmp_audit_create(catalog, &claim, 1, NULL, &audit, &error), LLMP_E_RANGE);
    assert_string_equal(error.field, "terms");
    assert_null(audit);
}

/* 1e7 x (500 x 5 + 200 x 25) / 1e6 = 75,000. */
static void bills(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_BILL_USD, .api = "claude-opus-4.6", .says = "75,000"};
    claim.requests_count = 1e7;
    claim.prompt_tokens = 500;
    claim.output_tokens = 200;
    claim.as_of = 20260217;
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_CONSISTENT);
    assert_close(r.computed.low_value, 75000, 1e-12);
    claim.says = "76,000";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
    claim.requests_count = 0;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_NOT_JUDGED);
}

/* 500 W are 365 kWh a month, at 0.20 USD 73: 8000 / (1000 - 73) = 8.63 and 8000 / (5000 - 73) =
 * 1.624 months. Against 50 USD it never pays. */
static void payback(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_PAYBACK_MONTHS, .says = "2-8", .bill = "1000-5000"};
    claim.machine_usd = 8000;
    claim.power_w = 500;
    claim.usd_per_kwh = 0.2;
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_CONSISTENT);
    assert_close(r.computed.low_value, 8000.0 / 4927, 1e-6);
    assert_close(r.computed.high_value, 8000.0 / 927, 1e-6);
    claim.says = "10-12";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
    claim.bill = "50";
    claim.says = "24";
    r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_WRONG);
    assert_non_null(strstr(r.why, "never"));
    claim.bill = NULL;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_NOT_JUDGED);
}

/* Ten kW for 730 hours at PUE 1.5 and 0.1 USD are 1,095 USD. */
static void electricity(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_ELECTRICITY_USD_PER_MONTH, .says = "1,100"};
    claim.power_w = 10000;
    claim.pue_ratio = 1.5;
    claim.usd_per_kwh = 0.1;
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_CONSISTENT);
    assert_close(r.computed.low_value, 1095, 1e-12);
    claim.says = "5,000";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
    /* eight H100s: 5.6 kW at the least, 10.2 kW of supply, PUE 1.8 and 0.19 EUR at the most: 2,993
     */
    llmp_claim cards = {.kind = LLMP_CLAIM_ELECTRICITY_USD_PER_MONTH, .says = "5,000"};
    cards.machine = "h100-sxm-x8";
    r = judge(cards);
    assert_int_equal(r.verdict, LLMP_CLAIM_WRONG);
    assert_true(r.computed.high_value > 2900 && r.computed.high_value < 3100);
    cards.says = "1,000";
    assert_int_equal(judge(cards).verdict, LLMP_CLAIM_CONSISTENT);
}

/* 0.95 of 0.0075 saved when local answers are free; 1 - 0.05 - 0.0001 / 0.0075 = 0.9367 else. */
static void savings(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_SAVINGS_RATIO, .says = "0.95", .local_ratio = 0.95};
    claim.api = "claude-opus-4.6";
    claim.prompt_tokens = 500;
    claim.output_tokens = 200;
    claim.as_of = 20260217;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.local_usd = 1e-4;
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_WRONG);
    assert_close(r.computed.low_value, 1 - 0.05 - 1e-4 / 0.0075, 1e-9);
}

/* A claim is no evidence for itself. */
static void prices(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_MACHINE_USD, .machine = "rtx-4090", .says = "2,755"};
    claim.source = "essay of 2026-02-17 on local models against frontier models";
    claim.as_of = 20260217;
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_CONSISTENT);
    assert_true(r.computed.low_value == 2200 && r.computed.high_value == 2800);
    claim.says = "5,000";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPLAUSIBLE);
}

static void facts(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_FACT, .record = "device.rtx-4090", .says = "1,010"};
    claim.key = "memory_bandwidth_gb_s"; /* 384 bit x 21 Gbit/s / 8 = 1,008 */
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.says = "1,100";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_WRONG);
}

/* --- two machines, many requests ---------------------------------------------------------------
 */

static void comparisons(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_RATIO, .says = "1.7", .quant = "Q4_K_M"};
    claim.model = "llama-3.1-8b"; /* 1,792 GB/s over 1,008 is 1.78 */
    claim.machine = "rtx-5090";
    claim.against = "rtx-4090";
    claim.devices_only = true;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    claim.says = "9.6";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPLAUSIBLE);
    /* a machine against itself */
    claim.against = claim.machine;
    claim.says = "1";
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_CONSISTENT);
    assert_close(r.estimate.p50, 1, 1e-12);
}

static void loads(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_CAPACITY_REQUESTS_PER_S, .says = "0.01"};
    claim.model = "llama-3.1-8b";
    claim.machine = "h100-sxm";
    claim.prompt_tokens = 500;
    claim.output_tokens = 200;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
    /* 700 tokens at 2 x 8 GFLOP are 11.2 TFLOP; 1,979 TFLOP/s of FP8 (3,958 of a sparse sheet are
     * not for this) carry 177 requests a second at the very most, 1e6 by no means */
    claim.says = "1e6";
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_IMPOSSIBLE);
    claim.machine_count = 1e6; /* a million of them do */
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_CONSISTENT);
}

/* --- what is missing, and what is wrong --------------------------------------------------------
 */

static void missing(void **state)
{
    (void)state;
    llmp_claim claim = {.kind = LLMP_CLAIM_DECODE_TOKENS_PER_S, .says = "38"};
    llmp_claim_result r = judge(claim);
    assert_int_equal(r.verdict, LLMP_CLAIM_NOT_JUDGED);
    assert_non_null(strstr(r.why, "which model"));
    claim.model = "llama-3.1-8b";
    assert_non_null(strstr(judge(claim).why, "which machine"));
    claim.machine = "rtx-4090";
    claim.bits_per_weight = 29;
    assert_int_equal(judge(claim).verdict, LLMP_CLAIM_NOT_JUDGED);
    claim.bits_per_weight = 0;
    claim.depth_tokens = 200000; /* made for 131,072 */
    assert_non_null(strstr(judge(claim).why, "131072"));
    claim.kind = LLMP_CLAIM_LATENCY_S;
    claim.depth_tokens = 0;
    assert_non_null(strstr(judge(claim).why, "how many tokens"));
}

static llmp_status file(const char *text, llmp_error *error)
{
    llmp_audit *audit = NULL;
    llmp_status status =
        llmp_audit_file_create(catalog, text, strlen(text), "c.yaml", NULL, &audit, error);
    llmp_audit_destroy(&audit);
    return status;
}

static void files(void **state)
{
    static const struct {
        const char *text;
        llmp_status status;
        uint32_t line;
        const char *hint;
    } bad[] = {
        {"claims: 3\n", LLMP_E_SCHEMA, 1, ""},
        {"claim:\n  - {id: a}\n", LLMP_E_SCHEMA, 1, ""},
        {"claims: []\nmore: 1\n", LLMP_E_SCHEMA, 2, ""},
        {"claims:\n  - {id: a, source: b}\n", LLMP_E_SCHEMA, 2, ""},
        {"claims:\n  - id: a\n    source: b\n    claim: decode\n", LLMP_E_VALUE, 4,
         "decode_tokens_per_s"},
        {"claims:\n  - id: a\n    source: b\n    claim: fits\n    machin: x\n", LLMP_E_SCHEMA, 5,
         "machine"},
        {"claims:\n  - id: a\n    source: b\n    claim: fits\n    machine: rtx-409\n",
         LLMP_E_REFERENCE, 5, "rtx-4090"},
        {"claims:\n  - id: a\n    source: b\n    claim: fits\n    machine: rtx-4090\n    model: "
         "llama-3.1-71b\n",
         LLMP_E_REFERENCE, 6, "llama-3.1-70b"},
        {"claims:\n  - id: a\n    source: b\n    claim: ttft_s\n    says: fast\n", LLMP_E_VALUE, 5,
         "up to"},
        {"claims:\n  - id: a\n    source: b\n    claim: fact\n    says: 1\n    record: "
         "device.rtx-4090\n    key: memory_gb\n",
         LLMP_E_REFERENCE, 7, "memory_gib"},
        {"claims:\n  - {id: a, source: b, claim: other}\n  - {id: a, source: b, claim: other}\n",
         LLMP_E_DUPLICATE, 3, ""},
        {"claims:\n  - {id: a, source: b, claim: fits, machine: rtx-4090 + rtx-5090}\n",
         LLMP_E_VALUE, 2, "each"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        llmp_error error = LLMP_ERROR_INIT;
        assert_int_equal(file(bad[i].text, &error), bad[i].status);
        assert_int_equal(error.line, bad[i].line);
        assert_string_equal(error.where, "c.yaml");
        assert_non_null(strstr(error.hint, bad[i].hint));
    }
    llmp_error error = LLMP_ERROR_INIT;
    assert_ok(file("claims:\n  - {id: a, source: b, claim: other}\n", &error));
}

/* Deriving gives the figure that was judged. */
static void emit(void *user, const llmp_trace_term *term)
{
    double *sum = user;
    if (strcmp(term->term, "sum") == 0) {
        *sum = term->value;
    }
}

static void derivations(void **state)
{
    static const char *const terms[] = {"4089", "3999"};
    double sum = 0.0;
    const llmp_trace trace = {emit, &sum};
    llmp_claim claim = {.id = "a", .source = "b", .kind = LLMP_CLAIM_SUM, .says = "1"};
    llmp_audit *audit = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    (void)state;
    claim.terms = terms;
    claim.term_count = 2;
    assert_ok(llmp_audit_create(catalog, &claim, 1, NULL, &audit, &error));
    assert_ok(llmp_audit_explain(audit, 0, &trace, &error));
    assert_true(sum == 8088);
    assert_int_equal(llmp_audit_explain(audit, 1, &trace, &error), LLMP_E_RANGE);
    llmp_audit_destroy(&audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(intervals),
        cmocka_unit_test(chances),
        cmocka_unit_test(seventy_on_a_spark),
        cmocka_unit_test(benefit_of_the_doubt),
        cmocka_unit_test(scaling),
        cmocka_unit_test(seventy_in_32_gib),
        cmocka_unit_test(twenty_billion),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(bills),
        cmocka_unit_test(payback),
        cmocka_unit_test(electricity),
        cmocka_unit_test(savings),
        cmocka_unit_test(prices),
        cmocka_unit_test(facts),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(loads),
        cmocka_unit_test(missing),
        cmocka_unit_test(files),
        cmocka_unit_test(derivations),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
