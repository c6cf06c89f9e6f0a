/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of the rule that judges claims, for any estimate and any claim. Fixed seed. */
#include "t.h"

#include <llmplan/planner_audit.h>

#include <math.h>

enum { TRIES = 20000 };

static uint64_t seed = 0x9E3779B97F4A7C15;

static double between(double low, double high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return low * exp((double)(seed >> 11) / 9007199254740992.0 * log(high / low));
}

/* A rate as the speed model gives it: lognormal, cut at the ceiling. */
static llmp_estimate random_rate(void)
{
    double p50 = between(1e-3, 1e5);
    double spread = between(1.001, 8);
    double ceiling = p50 * between(1.0001, 50);
    return (llmp_estimate){p50 / spread, p50, fmin(p50 * spread, ceiling), ceiling,
                           LLMP_GRADE_DERIVED};
}

static llmp_claim_says point(double value)
{
    return (llmp_claim_says){value, value, false, false};
}

/* Further from what is expected is never better, on either side; at it, consistent; above the
 * ceiling, impossible. */
static void further_is_never_better(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        llmp_estimate e = random_rate();
        double near = between(1, 20);
        double far = near * between(1.0001, 20);
        llmp_claim_says at = point(e.p50);
        llmp_claim_says over = point(e.ceiling * 1.0001);
        llmp_claim_says up[] = {point(e.p50 * near), point(e.p50 * far)};
        llmp_claim_says down[] = {point(e.p50 / near), point(e.p50 / far)};
        assert_int_equal(llmp_claim_judge(&at, &e, false), LLMP_CLAIM_CONSISTENT);
        assert_int_equal(llmp_claim_judge(&over, &e, false), LLMP_CLAIM_IMPOSSIBLE);
        assert_true(llmp_claim_judge(&up[1], &e, false) <= llmp_claim_judge(&up[0], &e, false));
        assert_true(llmp_claim_judge(&down[1], &e, false) <= llmp_claim_judge(&down[0], &e, false));
        assert_true(llmp_claim_judge(&down[1], &e, false) >= LLMP_CLAIM_IMPLAUSIBLE);
        assert_true(llmp_claim_chance(&up[1], &e) <= llmp_claim_chance(&up[0], &e) + 1e-12);
        assert_true(llmp_claim_chance(&at, &e) <= 0.5 && llmp_claim_chance(&up[0], &e) <= 0.5);
    }
}

/* A time is a rate turned over, and so are its claims. The rate's spread is not cut here, as what a
 * floor cuts from a time is at its other end. */
static void times_mirror_rates(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        llmp_estimate rate = random_rate();
        rate.p90 = rate.p50 * rate.p50 / rate.p10;
        rate.ceiling = rate.p90 * between(1.1, 9);
        llmp_estimate time = {1 / rate.p90, 1 / rate.p50, 1 / rate.p10, 1 / rate.ceiling,
                              rate.grade};
        double low = rate.p50 * between(0.02, 50);
        double high = low * between(1.001, 10);
        double p1;
        double p99;
        llmp_estimate_tails(&rate, false, &p1, &p99);
        if (fabs(low / p99 - 1) < 1e-9 || fabs(high / p1 - 1) < 1e-9) {
            continue; /* on the edge, the last digit decides */
        }
        llmp_claim_says speed = {low, high, true, false};
        llmp_claim_says seconds = {1 / high, 1 / low, true, false};
        assert_int_equal(llmp_claim_judge(&speed, &rate, false),
                         llmp_claim_judge(&seconds, &time, true));
    }
}

/* "Over" and "under" together cover a point: what is consistent as a point is consistent as both.
 */
static void open_ends(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        llmp_estimate e = random_rate();
        double value = e.p50 * between(0.02, 50);
        llmp_claim_says at = point(value);
        llmp_claim_says over = {value, HUGE_VAL, false, false};
        llmp_claim_says under = {-HUGE_VAL, value, false, false};
        llmp_claim_verdict verdict = llmp_claim_judge(&at, &e, false);
        assert_true(llmp_claim_judge(&over, &e, false) >= verdict);
        assert_true(llmp_claim_judge(&under, &e, false) >= verdict);
        assert_true(llmp_claim_judge(value < e.p50 ? &over : &under, &e, false) ==
                    LLMP_CLAIM_CONSISTENT);
    }
}

/* What is written is read. */
static void written_is_read(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        char text[80];
        llmp_claim_says says;
        llmp_error error = LLMP_ERROR_INIT;
        double low = between(1e-6, 1e12);
        double high = low * between(1, 100);
        (void)snprintf(text, sizeof text, i % 2 ? "%.17g-%.17g" : "%.17g to %.17g", low, high);
        assert_ok(llmp_claim_says_parse(text, &says, &error));
        assert_true(says.low_value == low && says.high_value == high && says.is_range);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(further_is_never_better),
        cmocka_unit_test(times_mirror_rates),
        cmocka_unit_test(open_ends),
        cmocka_unit_test(written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
