/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/check.h"

#include <string.h>

static void check_span(llmp__checker *c, llmp_kind kind, const llmp_record *head, llmp_date from,
                       llmp_date to)
{
    if (from != 0 && to != 0 && to <= from) {
        llmp__check_problem(c, LLMP_E_VALUE, kind, head, "effective_to", "",
                            "effective_to is not after effective_from");
    }
}

static bool hhmm(uint32_t time)
{
    return time % 100 < 60;
}

static void check_price(llmp__checker *c, const llmp_api_price *p)
{
    check_span(c, LLMP_KIND_PRICE, &p->head, p->effective_from, p->effective_to);
    for (size_t i = 1; i < p->tier_count; i++) {
        if (p->tiers[i].above_prompt_tokens <= p->tiers[i - 1].above_prompt_tokens) {
            llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_PRICE, &p->head, "tiers", "",
                                "tier %zu: thresholds do not rise", i);
        }
    }
    for (size_t i = 0; i < p->window_count; i++) {
        const llmp_price_window *w = &p->windows[i];
        if (!hhmm(w->utc_from_hhmm) || !hhmm(w->utc_to_hhmm) ||
            w->utc_from_hhmm == w->utc_to_hhmm) {
            llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_PRICE, &p->head, "windows",
                                "write 130 for 01:30",
                                "window %zu: no stretch of hours and minutes", i);
        }
    }
    bool zero = !(p->input_usd_per_mtok > 0) && !(p->output_usd_per_mtok > 0);
    if (zero != p->free_of_charge) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_PRICE, &p->head, "free_of_charge",
                            "an unknown price is no price: leave the record out",
                            zero ? "a price of 0 that is not free_of_charge"
                                 : "free_of_charge with a price");
    }
}

static bool is_currency(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static void check_assumption(llmp__checker *c, const llmp_assumption *a)
{
    bool low = llmp_catalog_has(LLMP_KIND_ASSUMPTION, a, offsetof(llmp_assumption, low_value));
    bool high = llmp_catalog_has(LLMP_KIND_ASSUMPTION, a, offsetof(llmp_assumption, high_value));
    if ((low && a->low_value > a->value) || (high && a->high_value < a->value)) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_ASSUMPTION, &a->head, "value", "",
                            "value is outside low_value to high_value");
    }
    if (a->quantity == LLMP_QUANTITY_USD_PER_CURRENCY_UNIT &&
        (a->subject == NULL || !is_currency(a->subject) || !(a->value > 0))) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_ASSUMPTION, &a->head, "subject", "",
                            "a rate needs its currency as subject, such as EUR, and is positive");
    }
}

static void check_workload(llmp__checker *c, const llmp_workload *w)
{
    if (w->cache_hit_ratio + w->cache_write_ratio > 1) {
        llmp__check_problem(c, LLMP_E_VALUE, LLMP_KIND_WORKLOAD, &w->head, "cache_write_ratio", "",
                            "tokens read and written are more than there are");
    }
}

void llmp__check_money(llmp__checker *checker, llmp_kind kind, const llmp_record *record)
{
    if (kind == LLMP_KIND_PRICE) {
        check_price(checker, LLMP_API_PRICE(record));
    } else if (kind == LLMP_KIND_SUBSCRIPTION) {
        const llmp_subscription *s = LLMP_SUBSCRIPTION(record);
        check_span(checker, kind, record, s->effective_from, s->effective_to);
    } else if (kind == LLMP_KIND_TARIFF && !is_currency(LLMP_TARIFF(record)->currency)) {
        llmp__check_problem(checker, LLMP_E_VALUE, kind, record, "currency", "",
                            "'%.16s' is no currency such as USD", LLMP_TARIFF(record)->currency);
    } else if (kind == LLMP_KIND_ASSUMPTION) {
        check_assumption(checker, LLMP_ASSUMPTION(record));
    } else if (kind == LLMP_KIND_WORKLOAD) {
        check_workload(checker, LLMP_WORKLOAD(record));
    }
}
