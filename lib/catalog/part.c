/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts: what is drawn, and what is paid. */
#include "catalog/catalog_private.h"

#include <llmplan/catalog_part.h>

const char *llmp_noise_name(llmp_noise noise)
{
    return (unsigned)noise <= LLMP_NOISE_SERVER_ROOM ? llmp__noise_names[noise] : "unknown";
}

double llmp_circuit_w(const llmp_circuit *circuit)
{
    return circuit == NULL ? 0 : circuit->mains_v * circuit->breaker_a * circuit->continuous_ratio;
}

/* Dates are yyyymmdd with 00 where unknown, so this is two years before. */
enum { TWO_YEARS = 20000 };

static bool counts(const llmp_price *p, llmp_buying buying, llmp_date discontinued, llmp_date day)
{
    bool maker = p->kind == LLMP_PRICE_LIST || p->kind == LLMP_PRICE_LAUNCH;
    bool gone = discontinued != 0 && discontinued <= day;
    bool kind = maker ? !gone
                : p->kind == LLMP_PRICE_STREET
                    ? true
                    : p->kind == LLMP_PRICE_USED && buying == LLMP_BUYING_USED;
    return kind && !p->devices_only && p->as_of <= day && p->as_of >= day - TWO_YEARS;
}

/* How near to what is paid: used when that is wanted, then street, list, launch. */
static int nearness(const llmp_price *p)
{
    return p->kind == LLMP_PRICE_USED     ? 3
           : p->kind == LLMP_PRICE_STREET ? 2
           : p->kind == LLMP_PRICE_LIST   ? 1
                                          : 0;
}

static bool nearer(const llmp_price *a, const llmp_price *b)
{
    bool used_a = a->kind == LLMP_PRICE_USED;
    bool used_b = b->kind == LLMP_PRICE_USED;
    if (used_a != used_b) {
        return used_a;
    }
    return a->as_of != b->as_of ? a->as_of > b->as_of : nearness(a) > nearness(b);
}

const llmp_price *llmp_price_to_buy(const llmp_price *prices, size_t count, llmp_buying buying,
                                    llmp_date discontinued, llmp_date as_of)
{
    const llmp_price *best = NULL;
    llmp_date day = llmp__day_or_data(as_of);
    for (size_t i = 0; i < count; i++) {
        if (counts(&prices[i], buying, discontinued, day) &&
            (best == NULL || nearer(&prices[i], best))) {
            best = &prices[i];
        }
    }
    return best;
}
