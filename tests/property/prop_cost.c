/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of every study: sums, scale, pure cases, equality at the break-even point. Random
 * studies from a fixed seed. */
#include "t.h"

#include <llmplan/cost.h>
#include <stdlib.h>

enum { TRIES = 1500 };

static uint64_t seed = 88172645463325252u;

static double uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static double between(double low, double high)
{
    return low * exp(uniform() * log(high / low));
}

static bool chance(double p)
{
    return uniform() < p;
}

static void random_server(llmp_server *s)
{
    s->prefill_tokens_per_s = between(50, 20000);
    s->decode_tokens_per_s = between(5, 5000);
    s->prefill_w = between(50, 10000);
    s->decode_w = s->prefill_w * between(0.3, 1);
    s->idle_w = s->prefill_w * between(0.05, 0.4);
    s->busy_max_ratio = between(0.3, 1);
}

static void random_study(llmp_study *s)
{
    llmp_study_init(s);
    s->has_api = s->has_own = s->has_rent = true;
    s->horizon_months = (uint32_t)between(1, LLMP_MONTHS_MAX + 0.9);
    s->discount_per_year_ratio = chance(0.3) ? 0 : between(0.01, 0.3);
    s->services_tax_ratio = chance(0.5) ? 0 : between(0.05, 0.27);
    s->income_tax_ratio = chance(0.5) ? 0 : between(0.1, 0.5);
    s->demand.requests_count = between(10, 1e7);
    s->demand.prompt_tokens = between(50, 100000);
    s->demand.cached_ratio = chance(0.5) ? 0 : uniform();
    s->demand.output_tokens = between(10, 5000);
    s->demand.hours_count = between(20, 730);
    s->demand.peak_ratio = chance(0.3) ? 1 : between(1, 8);
    s->demand.growth_per_year_ratio = chance(0.3) ? 1 : between(0.5, 3);
    llmp_bill bill = {.total_usd = 0};
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        bill.bucket_usd[b] = chance(0.3) ? 0 : between(1, 1e5);
        bill.total_usd += bill.bucket_usd[b];
    }
    s->api.bill = bill;
    s->api.price_change_per_year_ratio = chance(0.3) ? 1 : between(0.1, 1.5);
    s->api.credit_fee_ratio = chance(0.5) ? 0 : 0.055;
    random_server(&s->own.server);
    s->rent.server = s->own.server;
    s->own.machine_count = chance(0.5) ? 0 : (uint32_t)between(1, 9);
    s->own.machines_max = chance(0.5) ? 0 : 20;
    s->own.machine_usd = between(500, 400000);
    s->own.machine_price_change_per_year_ratio = between(0.7, 1.2);
    s->own.shipping_usd = between(1, 1000);
    s->own.install_usd = between(1, 1000);
    s->own.spares_ratio = uniform() * 0.1;
    s->own.tax_ratio = uniform() * 0.25;
    s->own.owned_count = chance(0.7) ? 0 : 1;
    s->own.owned_value_usd = between(100, 10000);
    s->own.financed_ratio = chance(0.5) ? 0 : uniform();
    s->own.loan_interest_per_year_ratio = uniform() * 0.15;
    s->own.loan_months = (uint32_t)between(1, 84);
    s->own.pue_ratio = between(1, 1.8);
    s->own.electricity_usd_per_kwh = between(0.05, 0.5);
    s->own.electricity_change_per_year_ratio = between(0.9, 1.1);
    s->own.colocation_kw = chance(0.5) ? 0 : between(0.3, 12);
    s->own.colocation_usd_per_kw_month = 195;
    s->own.maintenance_per_year_ratio = uniform() * 0.1;
    s->own.failures_per_year_ratio = uniform() * 0.06;
    s->own.warranty_months = (uint32_t)between(1, 60);
    s->own.staff_hours_count = between(0.1, 100);
    s->own.setup_staff_hours_count = between(1, 100);
    s->own.staff_usd_per_hour = between(20, 150);
    s->own.residual_per_year_ratio = between(0.3, 1);
    s->own.replacement_months = chance(0.5) ? 0 : (uint32_t)between(6, 60);
    s->own.depreciation_months = (uint32_t)between(12, 72);
    s->rent.machine_count = s->own.machine_count;
    s->rent.usd_per_gpu_hour = between(0.2, 12);
    s->rent.interrupted_ratio = chance(0.5) ? 0 : uniform() * 0.3;
    s->rent.hours_billed_count = between(100, 730);
}

static llmp_flow *flows;

static void run(const llmp_study *s, llmp_option option, llmp_flow *out)
{
    llmp_error error;
    assert_ok(llmp_flow_run(s, option, out, &error));
}

/* Lines, months and the total are one sum; to the cent after rounding; and without discount the
 * present value is the plain one. */
static void lines_add_up(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        llmp_study s;
        int64_t cents[LLMP_LINE_COUNT];
        random_study(&s);
        for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
            double lines = 0;
            double months = 0;
            double size = 0;
            run(&s, (llmp_option)o, flows);
            for (int k = 0; k < LLMP_LINE_COUNT; k++) {
                lines += flows->line_usd[k];
                size += fabs(flows->line_usd[k]);
            }
            for (uint32_t m = 0; m < flows->months; m++) {
                months += flows->month[m].lump_usd + flows->month[m].running_usd;
                assert_true(flows->month[m].busy_ratio <= 1 + 1e-9);
                assert_true(flows->month[m].served_ratio >= -1e-12 &&
                            flows->month[m].served_ratio <= 1 + 1e-12);
            }
            assert_true(fabs(lines - flows->total_usd) <= 1e-12 * size);
            assert_true(fabs(months + flows->end_usd - flows->total_usd) <= 1e-10 * size);
            int64_t sum = 0;
            int64_t total = llmp_cents_split(flows->line_usd, LLMP_LINE_COUNT, cents);
            for (int k = 0; k < LLMP_LINE_COUNT; k++) {
                sum += cents[k];
            }
            assert_true(sum == total);
            assert_true(fabs((double)total / 100 - flows->total_usd) <= 0.0051 + 1e-12 * size);
            s.discount_per_year_ratio = 0;
            run(&s, (llmp_option)o, flows);
            assert_true(fabs(flows->present_usd - flows->total_usd) <= 1e-10 * size);
        }
    }
}

static void scale_money(llmp_study *s, double k)
{
    s->api.bill.total_usd = 0;
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        s->api.bill.bucket_usd[b] *= k;
        s->api.bill.total_usd += s->api.bill.bucket_usd[b];
    }
    s->own.machine_usd *= k;
    s->own.shipping_usd *= k;
    s->own.install_usd *= k;
    s->own.owned_value_usd *= k;
    s->own.electricity_usd_per_kwh *= k;
    s->own.colocation_usd_per_kw_month *= k;
    s->own.staff_usd_per_hour *= k;
    s->rent.usd_per_gpu_hour *= k;
}

/* Money in another currency moves no month; the two cumulative costs agree at the break-even point;
 * whoever breaks even was behind before. */
static void breakeven_identities(void **state)
{
    (void)state;
    llmp_error error;
    int broke_even = 0;
    for (int i = 0; i < TRIES; i++) {
        llmp_study s;
        llmp_comparison c;
        llmp_comparison scaled;
        random_study(&s);
        double rate = s.discount_per_year_ratio;
        run(&s, LLMP_OPTION_OWN, &flows[0]);
        run(&s, LLMP_OPTION_API, &flows[1]);
        assert_ok(llmp_compare_flows(&flows[0], &flows[1], rate, &c, &error));
        if (c.breaks_even && c.breakeven_months > 0) {
            double at = c.breakeven_months;
            double own = llmp_flow_cumulative_usd(&flows[0], at, rate);
            double api = llmp_flow_cumulative_usd(&flows[1], at, rate);
            /* a month that begins by selling may jump across */
            bool jump = at == floor(at) && at < flows->months;
            assert_true(jump || fabs(own - api) <= 1e-9 * fmax(fabs(own), fabs(api)));
            assert_true(llmp_flow_cumulative_usd(&flows[0], at * 0.999, rate) >
                        llmp_flow_cumulative_usd(&flows[1], at * 0.999, rate));
            broke_even++;
        }
        scale_money(&s, 7.31);
        run(&s, LLMP_OPTION_OWN, &flows[0]);
        run(&s, LLMP_OPTION_API, &flows[1]);
        assert_ok(llmp_compare_flows(&flows[0], &flows[1], rate, &scaled, &error));
        assert_int_equal(c.breaks_even, scaled.breaks_even);
        assert_true(fabs(c.breakeven_months - scaled.breakeven_months) <= 1e-6);
        assert_int_equal(c.lasting, scaled.lasting);
    }
    assert_true(broke_even > TRIES / 50);
}

/* The rate of return makes the present value zero. */
static void rate_of_return(void **state)
{
    (void)state;
    llmp_error error;
    int found = 0;
    for (int i = 0; i < TRIES; i++) {
        llmp_study s;
        llmp_comparison c;
        random_study(&s);
        run(&s, LLMP_OPTION_OWN, &flows[0]);
        run(&s, LLMP_OPTION_API, &flows[1]);
        assert_ok(llmp_compare_flows(&flows[0], &flows[1], 0, &c, &error));
        if (!c.has_irr || c.irr_ratio < 0 || c.irr_ratio > 10) {
            continue;
        }
        s.discount_per_year_ratio = c.irr_ratio;
        run(&s, LLMP_OPTION_OWN, &flows[0]);
        run(&s, LLMP_OPTION_API, &flows[1]);
        double size = fabs(flows[0].present_usd) + flows[1].present_usd;
        assert_true(fabs(flows[0].present_usd - flows[1].present_usd) <= 1e-7 * size);
        found++;
    }
    assert_true(found > TRIES / 50);
}

/* A hybrid that keeps nothing and has no machines is the API; one that keeps all and escalates
 * nothing is the machine. */
static void hybrid_ends(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        llmp_study s;
        random_study(&s);
        s.own.local_ratio = 0;
        s.own.machine_count = s.own.owned_count = 0;
        s.own.setup_staff_hours_count = s.own.staff_hours_count = 0;
        run(&s, LLMP_OPTION_OWN, &flows[0]);
        run(&s, LLMP_OPTION_API, &flows[1]);
        assert_close(flows[0].total_usd, flows[1].total_usd, 1e-9);
        random_study(&s);
        run(&s, LLMP_OPTION_OWN, &flows[0]);
        assert_true(flows[0].line_usd[LLMP_LINE_ROUTED_API] == 0.0);
    }
}

/* What is not served by the machines is a share of the load, more the smaller they are. */
static void served_share(void **state)
{
    (void)state;
    for (int i = 0; i < 20 * TRIES; i++) {
        double peak = chance(0.2) ? 1 : between(1, 50);
        double c = between(0.001, 60);
        double served = llmp_served_ratio(c, peak);
        assert_true(served >= 0 && served <= 1);
        assert_true(served <= c + 1e-9);
        assert_true(llmp_served_ratio(c * 1.1, peak) >= served - 1e-12);
        /* by the midpoint rule over the load */
        if (i % 40 == 0) {
            double sum = 0;
            for (int k = 0; k < 2000; k++) {
                sum += fmin(c, peak * pow((k + 0.5) / 2000, peak - 1)) / 2000;
            }
            assert_true(fabs(sum - served) < 2e-3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_add_up),   cmocka_unit_test(breakeven_identities),
        cmocka_unit_test(rate_of_return), cmocka_unit_test(hybrid_ends),
        cmocka_unit_test(served_share),
    };
    flows = calloc(2, sizeof *flows);
    int failed = flows == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    free(flows);
    return failed;
}
