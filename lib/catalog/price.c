/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of several dated records holds on a day. */
#include "base/error.h"
#include "base/names.h"
#include "catalog/catalog_private.h"

#include <stdio.h>
#include <string.h>

bool llmp_price_tier_has(const llmp_price_tier *tier, size_t offset)
{
    return llmp__schema_has(&llmp__schema_price_tier, tier, offset);
}

bool llmp_price_window_has(const llmp_price_window *window, size_t offset)
{
    return llmp__schema_has(&llmp__schema_price_window, window, offset);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_product(const llmp_api_price *a, const llmp_api_price *b)
{
    return same_text(a->provider, b->provider) && same_text(a->model, b->model) &&
           same_text(a->region, b->region);
}

llmp_date llmp__day_or_data(llmp_date as_of)
{
    if (as_of == 0 && llmp_date_parse(llmp_data_version(), &as_of, NULL) != LLMP_OK) {
        return 0;
    }
    return as_of;
}

static bool holds(const llmp_api_price *p, llmp_date day)
{
    return p->effective_from <= day && (p->effective_to == 0 || day < p->effective_to);
}

/* The last day up to @p day on which it is known to have held: seen then, or begun then. */
static llmp_date evidence(const llmp_api_price *p, llmp_date day)
{
    bool seen = p->head.as_of <= day && p->head.as_of > p->effective_from;
    return seen ? p->head.as_of : p->effective_from;
}

static bool better(const llmp_api_price *a, const llmp_api_price *b, llmp_date day)
{
    if (a->doubtful != b->doubtful) {
        return b->doubtful;
    }
    llmp_date x = evidence(a, day);
    llmp_date y = evidence(b, day);
    return x != y ? x > y : a->head.as_of > b->head.as_of;
}

/* "known from 2026-02-05 to 2026-03-13, from 2027-01-01" */
static llmp_status none_in_force(const llmp_catalog *catalog, const llmp_api_price *some,
                                 llmp_date day, llmp_error *error)
{
    char spans[200] = "";
    char date[16];
    size_t used = 0;
    size_t count = llmp_catalog_count(catalog, LLMP_KIND_PRICE);
    for (size_t i = 0; i < count && used + 48 < sizeof spans; i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        if (!same_product(p, some)) {
            continue;
        }
        char from[16];
        char to[16];
        (void)llmp_date_format(p->effective_from, from, sizeof from);
        (void)llmp_date_format(p->effective_to, to, sizeof to);
        int n = snprintf(spans + used, sizeof spans - used, "%s%s%s%s%s", used == 0 ? "" : ", ",
                         p->effective_from != 0 ? "from " : "", p->effective_from != 0 ? from : "",
                         p->effective_to != 0 ? " to " : "", p->effective_to != 0 ? to : "");
        used += n > 0 ? (size_t)n : 0;
    }
    (void)llmp_date_format(day, date, sizeof date);
    (void)llmp__fail(error, LLMP_E_NO_DATA, "no price of '%.80s' is known for %s", some->head.id,
                     date);
    llmp__hint(error, "known %s", spans);
    return LLMP_E_NO_DATA;
}

llmp_status llmp_price_in_force(const llmp_catalog *catalog, const char *name, llmp_date as_of,
                                const llmp_api_price **out, char out_note[256], llmp_error *error)
{
    const llmp_record *record = NULL;
    char note[256] = "";
    if (out == NULL) {
        return llmp__fail_argument(error, "out", "is NULL");
    }
    llmp_status status = llmp_catalog_find(catalog, LLMP_KIND_PRICE, name, &record, note, error);
    if (status != LLMP_OK) {
        return status;
    }
    const llmp_api_price *some = LLMP_API_PRICE(record);
    const llmp_api_price *best = NULL;
    llmp_date day = llmp__day_or_data(as_of);
    size_t count = llmp_catalog_count(catalog, LLMP_KIND_PRICE);
    for (size_t i = 0; i < count; i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        if (same_product(p, some) && holds(p, day) && (best == NULL || better(p, best, day))) {
            best = p;
        }
    }
    if (best == NULL) {
        return none_in_force(catalog, some, day, error);
    }
    if (out_note != NULL) {
        (void)snprintf(out_note, 256, "%s", note);
        if (best->retirement != 0 && best->retirement <= day) {
            char date[16];
            (void)llmp_date_format(best->retirement, date, sizeof date);
            (void)snprintf(out_note, 256, "%.100s is retired since %s", best->head.id, date);
        }
    }
    *out = best;
    return LLMP_OK;
}

llmp_date llmp_price_next_change(const llmp_catalog *catalog, const llmp_api_price *price,
                                 llmp_date as_of)
{
    llmp_date next = 0;
    llmp_date day = llmp__day_or_data(as_of);
    size_t count =
        catalog == NULL || price == NULL ? 0 : llmp_catalog_count(catalog, LLMP_KIND_PRICE);
    for (size_t i = 0; i < count; i++) {
        const llmp_api_price *p = LLMP_API_PRICE(llmp_catalog_at(catalog, LLMP_KIND_PRICE, i));
        if (same_product(p, price) && p->effective_from > day &&
            (next == 0 || p->effective_from < next)) {
            next = p->effective_from;
        }
    }
    return next;
}

llmp_status llmp_currency_rate(const llmp_catalog *catalog, const char *currency, llmp_date as_of,
                               double *out_usd, llmp_error *error)
{
    if (catalog == NULL || currency == NULL || out_usd == NULL) {
        return llmp__fail_argument(error, "catalog, currency or out_usd", "is NULL");
    }
    if (llmp__name_equal(currency, "USD")) {
        *out_usd = 1;
        return LLMP_OK;
    }
    const llmp_assumption *best = NULL;
    llmp_date day = llmp__day_or_data(as_of);
    size_t count = llmp_catalog_count(catalog, LLMP_KIND_ASSUMPTION);
    for (size_t i = 0; i < count; i++) {
        const llmp_assumption *a =
            LLMP_ASSUMPTION(llmp_catalog_at(catalog, LLMP_KIND_ASSUMPTION, i));
        if (a->quantity == LLMP_QUANTITY_USD_PER_CURRENCY_UNIT && a->subject != NULL &&
            llmp__name_equal(a->subject, currency) && a->head.as_of <= day &&
            (best == NULL || a->head.as_of > best->head.as_of)) {
            best = a;
        }
    }
    if (best == NULL) {
        char date[16];
        (void)llmp_date_format(day, date, sizeof date);
        (void)llmp__fail(error, LLMP_E_NO_DATA, "no rate of %.16s on or before %s", currency, date);
        llmp__hint(error, "add an assumption: quantity usd_per_currency_unit, subject %.16s",
                   currency);
        return LLMP_E_NO_DATA;
    }
    *out_usd = best->value;
    return LLMP_OK;
}
