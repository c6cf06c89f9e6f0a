/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of machines: outlets, prices of a day, and what their records may say. */
#include "t.h"

#include <llmplan/catalog_part.h>

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

static const llmp_record *got(llmp_kind kind, const char *id)
{
    const llmp_record *record = llmp_catalog_get(catalog, kind, id);
    assert_non_null(record);
    return record;
}

/* NEC: a load that lasts takes at most 80 % of the breaker. 120 x 15 x 0.8 = 1440. */
static void outlets(void **state)
{
    (void)state;
    assert_true(fabs(llmp_circuit_w(LLMP_CIRCUIT(got(LLMP_KIND_CIRCUIT, "us-120v-15a"))) - 1440) <
                1e-9);
    assert_true(fabs(llmp_circuit_w(LLMP_CIRCUIT(got(LLMP_KIND_CIRCUIT, "eu-230v-16a"))) - 2944) <
                1e-9);
    assert_true(llmp_circuit_w(NULL) == 0);
}

/* NVIDIA asks for 850 W with a 4090 (450 W) and 1000 W with a 5090 (575 W), beside a processor of
 * 250 W; 750 W and 850 W must not do. */
static void supplies_follow_the_makers_advice(void **state)
{
    (void)state;
    const double load_w[] = {450 + 250, 575 + 250};
    const char *enough[] = {"atx-850", "atx-1000"};
    const char *too_small[] = {"atx-650", "atx-850"};
    for (size_t i = 0; i < 2; i++) {
        const llmp_psu *big = LLMP_PSU(got(LLMP_KIND_PSU, enough[i]));
        const llmp_psu *small = LLMP_PSU(got(LLMP_KIND_PSU, too_small[i]));
        assert_true(big->rated_w * big->load_ratio >= load_w[i]);
        assert_true(small->rated_w * small->load_ratio < load_w[i]);
    }
}

static llmp_price price(llmp_price_kind kind, double usd, llmp_date day)
{
    llmp_price p;
    memset(&p, 0, sizeof p);
    p.kind = kind;
    p.low_usd = p.high_usd = usd;
    p.as_of = day;
    return p;
}

static void the_price_of_the_day(void **state)
{
    (void)state;
    llmp_price prices[] = {
        price(LLMP_PRICE_LAUNCH, 1999, 20250100), price(LLMP_PRICE_STREET, 4089, 20260200),
        price(LLMP_PRICE_LIST, 2100, 20260200),   price(LLMP_PRICE_STREET, 4100, 20260622),
        price(LLMP_PRICE_USED, 3500, 20260200),   price(LLMP_PRICE_CLOUD_HOUR, 1.2, 20260700),
    };
    const size_t count = sizeof prices / sizeof *prices;
    const struct {
        llmp_buying buying;
        llmp_date gone, day;
        double usd; /* 0: none */
    } cases[] = {
        {LLMP_BUYING_NEW, 0, 20250301, 1999},  {LLMP_BUYING_NEW, 0, 20260217, 4089},
        {LLMP_BUYING_NEW, 0, 20260621, 4089},  {LLMP_BUYING_NEW, 0, 20260622, 4100},
        {LLMP_BUYING_USED, 0, 20260801, 3500}, {LLMP_BUYING_USED, 0, 20260101, 1999},
        {LLMP_BUYING_NEW, 0, 20241231, 0},     {LLMP_BUYING_NEW, 20250201, 20250301, 0},
        {LLMP_BUYING_NEW, 0, 20280701, 0}, /* the latest is two years old */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const llmp_price *p =
            llmp_price_to_buy(prices, count, cases[i].buying, cases[i].gone, cases[i].day);
        assert_true(p == NULL ? cases[i].usd == 0 : p->low_usd == cases[i].usd);
    }
    prices[3].devices_only = true;
    assert_true(llmp_price_to_buy(prices, count, LLMP_BUYING_NEW, 0, 20260801)->low_usd == 4089);
    assert_null(llmp_price_to_buy(NULL, 0, LLMP_BUYING_NEW, 0, 0));
}

/* Apple replaced the M3 Ultra and M4 Max Studios on 2026-08-25. */
static void what_is_gone_has_no_new_price(void **state)
{
    (void)state;
    const llmp_device *d = LLMP_DEVICE(got(LLMP_KIND_DEVICE, "mac-studio-m3ultra-512"));
    assert_int_equal(d->discontinued, 20260825);
    assert_true(
        llmp_price_to_buy(d->prices, d->price_count, LLMP_BUYING_NEW, d->discontinued, 20260824)
            ->low_usd == 9499);
    assert_null(
        llmp_price_to_buy(d->prices, d->price_count, LLMP_BUYING_NEW, d->discontinued, 20260825));
}

static void every_card_on_sale_has_its_size(void **state)
{
    (void)state;
    size_t cards = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_device *d = LLMP_DEVICE(llmp_catalog_at(catalog, LLMP_KIND_DEVICE, i));
        if (d->form == NULL || strstr(d->form, " card") == NULL) {
            continue;
        }
        cards++;
        if (!(d->slots_count > 0) || !(d->length_mm > 0) || !LLMP_HAS_DEVICE(d, cooling)) {
            fail_msg("%s: size or cooling is unknown", d->head.id);
        }
        if (LLMP_HAS_DEVICE(d, power_limit_min_w) && !(d->power_limit_min_w <= d->tdp_w)) {
            fail_msg("%s: lowest limit above its own", d->head.id);
        }
    }
    assert_true(cards > 40);
}

static void refused(const char *text, llmp_status status, const char *part)
{
    assert_int_equal(llmp_catalog_overlay(catalog, text, strlen(text), "o.yaml", &error), status);
    assert_non_null(strstr(error.message, part));
}

static void bad_hosts_are_refused(void **state)
{
    (void)state;
    refused("hosts:\n  - id: am5-desktop\n    layouts:\n"
            "      - {cards: 2, slots: 2, pcie_generation: 5, pcie_lanes: 8}\n"
            "      - {cards: 2, slots: 2, pcie_generation: 5, pcie_lanes: 8}\n",
            LLMP_E_VALUE, "does not rise");
    refused("hosts:\n  - id: am5-desktop\n    memories:\n"
            "      - {memory_gib: 64, bandwidth_gb_s: 89.6}\n"
            "      - {memory_gib: 32, bandwidth_gb_s: 89.6}\n",
            LLMP_E_VALUE, "does not rise");
    refused("hosts:\n  - {id: am5-desktop, psu: no-such-psu}\n", LLMP_E_REFERENCE, "no-such-psu");
    refused("psus:\n  - {id: atx-850, load_ratio: 1.5}\n", LLMP_E_VALUE, "load_ratio");
}

static void noise_has_names(void **state)
{
    (void)state;
    assert_string_equal(llmp_noise_name(LLMP_NOISE_QUIET), "quiet");
    assert_string_equal(llmp_noise_name(LLMP_NOISE_SERVER_ROOM), "server_room");
    assert_string_equal(llmp_noise_name((llmp_noise)9), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outlets, setup, teardown),
        cmocka_unit_test_setup_teardown(supplies_follow_the_makers_advice, setup, teardown),
        cmocka_unit_test(the_price_of_the_day),
        cmocka_unit_test_setup_teardown(what_is_gone_has_no_new_price, setup, teardown),
        cmocka_unit_test_setup_teardown(every_card_on_sale_has_its_size, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_hosts_are_refused, setup, teardown),
        cmocka_unit_test(noise_has_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
