/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A catalog price reduced to one rate card: service class, region and hour chosen. */
#include <llmplan/cost_bill.h>

#include "base/error.h"

enum { MINUTES_PER_DAY = 1440, DAYS = 7 };

static void put(llmp_rates *rates, llmp_bucket bucket, bool known, double usd_per_mtok)
{
    if (known) {
        rates->known |= 1u << bucket;
        rates->usd_per_mtok[bucket] = usd_per_mtok;
    }
}

static void scale(llmp_rates *rates, double factor)
{
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        rates->usd_per_mtok[b] *= factor;
    }
}

static llmp_rates standard_rates(const llmp_api_price *p)
{
    llmp_rates rates = {.known = 0};
    put(&rates, LLMP_BUCKET_INPUT, LLMP_HAS_PRICE(p, input_usd_per_mtok), p->input_usd_per_mtok);
    put(&rates, LLMP_BUCKET_OUTPUT, LLMP_HAS_PRICE(p, output_usd_per_mtok), p->output_usd_per_mtok);
    put(&rates, LLMP_BUCKET_CACHED_READ, LLMP_HAS_PRICE(p, cached_read_usd_per_mtok),
        p->cached_read_usd_per_mtok);
    put(&rates, LLMP_BUCKET_CACHE_WRITE_5M, LLMP_HAS_PRICE(p, cache_write_5m_usd_per_mtok),
        p->cache_write_5m_usd_per_mtok);
    put(&rates, LLMP_BUCKET_CACHE_WRITE_1H, LLMP_HAS_PRICE(p, cache_write_1h_usd_per_mtok),
        p->cache_write_1h_usd_per_mtok);
    put(&rates, LLMP_BUCKET_REASONING, LLMP_HAS_PRICE(p, reasoning_usd_per_mtok),
        p->reasoning_usd_per_mtok);
    return rates;
}

/* Where writing costs no more than input, an unlisted write price is the input price. */
static void free_writes(const llmp_api_price *p, llmp_rates *rates)
{
    bool input = (rates->known >> LLMP_BUCKET_INPUT & 1u) != 0;
    bool write = (rates->known >> LLMP_BUCKET_CACHE_WRITE_5M & 1u) != 0;
    put(rates, LLMP_BUCKET_CACHE_WRITE_5M, p->cache_write_free && input && !write,
        rates->usd_per_mtok[LLMP_BUCKET_INPUT]);
}

static llmp_rates tier_rates(const llmp_price_tier *t)
{
    llmp_rates rates = {.known = 0};
    put(&rates, LLMP_BUCKET_INPUT, LLMP_HAS_TIER(t, input_usd_per_mtok), t->input_usd_per_mtok);
    put(&rates, LLMP_BUCKET_OUTPUT, LLMP_HAS_TIER(t, output_usd_per_mtok), t->output_usd_per_mtok);
    put(&rates, LLMP_BUCKET_CACHED_READ, LLMP_HAS_TIER(t, cached_read_usd_per_mtok),
        t->cached_read_usd_per_mtok);
    put(&rates, LLMP_BUCKET_CACHE_WRITE_5M, LLMP_HAS_TIER(t, cache_write_5m_usd_per_mtok),
        t->cache_write_5m_usd_per_mtok);
    put(&rates, LLMP_BUCKET_CACHE_WRITE_1H, LLMP_HAS_TIER(t, cache_write_1h_usd_per_mtok),
        t->cache_write_1h_usd_per_mtok);
    return rates;
}

/* --- prices by the hour ----------------------------------------------------------------------- */

static int minute_of(uint32_t hhmm)
{
    return (int)(hhmm / 100 * 60 + hhmm % 100);
}

static bool starts_on(const llmp_price_window *w, int day)
{
    for (size_t i = 0; i < w->day_count; i++) {
        if ((int)w->days[i] == day) {
            return true;
        }
    }
    return w->day_count == 0;
}

/* Days are those on which the window starts, so after midnight yesterday counts. */
static bool window_holds(const llmp_price_window *w, int day, int minute)
{
    int from = minute_of(w->utc_from_hhmm);
    int to = minute_of(w->utc_to_hhmm);
    if (from < to) {
        return minute >= from && minute < to && starts_on(w, day);
    }
    return (minute >= from && starts_on(w, day)) ||
           (minute < to && starts_on(w, (day + DAYS - 1) % DAYS));
}

static void apply_window(llmp_rates *rates, const llmp_price_window *w)
{
    put(rates, LLMP_BUCKET_INPUT, LLMP_HAS_WINDOW(w, input_usd_per_mtok), w->input_usd_per_mtok);
    put(rates, LLMP_BUCKET_OUTPUT, LLMP_HAS_WINDOW(w, output_usd_per_mtok), w->output_usd_per_mtok);
    put(rates, LLMP_BUCKET_CACHED_READ, LLMP_HAS_WINDOW(w, cached_read_usd_per_mtok),
        w->cached_read_usd_per_mtok);
    put(rates, LLMP_BUCKET_CACHE_WRITE_5M, LLMP_HAS_WINDOW(w, cache_write_5m_usd_per_mtok),
        w->cache_write_5m_usd_per_mtok);
}

static llmp_rates rates_at(const llmp_api_price *p, int day, int minute)
{
    llmp_rates rates = standard_rates(p);
    for (size_t i = 0; i < p->window_count; i++) {
        if (window_holds(&p->windows[i], day, minute)) {
            apply_window(&rates, &p->windows[i]);
        }
    }
    return rates;
}

/* The mean over a week of even use. */
static llmp_rates rates_of_week(const llmp_api_price *p)
{
    llmp_rates mean = standard_rates(p);
    if (p->window_count == 0) {
        return mean;
    }
    double sum[LLMP_BUCKET_COUNT] = {0};
    uint32_t known = ~0u;
    for (int day = 0; day < DAYS; day++) {
        for (int minute = 0; minute < MINUTES_PER_DAY; minute++) {
            llmp_rates rates = rates_at(p, day, minute);
            known &= rates.known;
            for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
                sum[b] += rates.usd_per_mtok[b];
            }
        }
    }
    mean.known = known;
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        mean.usd_per_mtok[b] = sum[b] / (double)(DAYS * MINUTES_PER_DAY);
    }
    return mean;
}

/* --- service classes -------------------------------------------------------------------------- */

static llmp_status no_service(const llmp_api_price *p, llmp_service service, llmp_error *error)
{
    llmp_status status = llmp__fail(error, LLMP_E_NO_DATA, "%.120s has no %s price", p->head.id,
                                    llmp_service_name(service));
    llmp__hint(error, "it has standard%s%s%s",
               LLMP_HAS_PRICE(p, batch_input_usd_per_mtok) ? ", batch" : "",
               LLMP_HAS_PRICE(p, flex_ratio) ? ", flex" : "",
               LLMP_HAS_PRICE(p, priority_ratio) ? ", priority" : "");
    return status;
}

static llmp_rates batch_rates(bool known, double input, double output, const llmp_rates *standard,
                              bool stack, bool *derived)
{
    llmp_rates rates = {.known = 0};
    put(&rates, LLMP_BUCKET_INPUT, known, input);
    put(&rates, LLMP_BUCKET_OUTPUT, known, output);
    put(&rates, LLMP_BUCKET_CACHED_READ, known, input);
    bool read_known = (standard->known >> LLMP_BUCKET_CACHED_READ & 1u) != 0;
    double read = standard->usd_per_mtok[LLMP_BUCKET_CACHED_READ];
    double full = standard->usd_per_mtok[LLMP_BUCKET_INPUT];
    if (stack && read_known && full > 0.0) {
        put(&rates, LLMP_BUCKET_CACHED_READ, known, read * input / full);
        *derived = true;
    }
    return rates;
}

static llmp_status apply_service(const llmp_api_price *p, const llmp_service_terms *terms,
                                 llmp_rate_card *card, llmp_error *error)
{
    double ratio = 1.0;
    switch (terms->service) {
    case LLMP_SERVICE_STANDARD:
        break;
    case LLMP_SERVICE_BATCH:
        if (!LLMP_HAS_PRICE(p, batch_input_usd_per_mtok) ||
            !LLMP_HAS_PRICE(p, batch_output_usd_per_mtok)) {
            return no_service(p, terms->service, error);
        }
        card->rates = batch_rates(true, p->batch_input_usd_per_mtok, p->batch_output_usd_per_mtok,
                                  &card->rates, terms->discounts_stack, &card->derived);
        put(&card->rates, LLMP_BUCKET_CACHED_READ,
            LLMP_HAS_PRICE(p, batch_cached_read_usd_per_mtok), p->batch_cached_read_usd_per_mtok);
        for (size_t i = 0; i < p->tier_count; i++) {
            const llmp_price_tier *t = &p->tiers[i];
            bool known = LLMP_HAS_TIER(t, batch_input_usd_per_mtok) &&
                         LLMP_HAS_TIER(t, batch_output_usd_per_mtok);
            card->tiers[i].rates =
                batch_rates(known, t->batch_input_usd_per_mtok, t->batch_output_usd_per_mtok,
                            &card->tiers[i].rates, terms->discounts_stack, &card->derived);
        }
        return LLMP_OK;
    case LLMP_SERVICE_FLEX:
        if (!LLMP_HAS_PRICE(p, flex_ratio)) {
            return no_service(p, terms->service, error);
        }
        ratio = p->flex_ratio;
        break;
    case LLMP_SERVICE_PRIORITY:
        if (!LLMP_HAS_PRICE(p, priority_ratio)) {
            return no_service(p, terms->service, error);
        }
        ratio = p->priority_ratio;
        break;
    }
    scale(&card->rates, ratio);
    for (size_t i = 0; i < card->tier_count; i++) {
        scale(&card->tiers[i].rates, ratio);
    }
    return LLMP_OK;
}

llmp_status llmp_rate_card_of(const llmp_api_price *price, const llmp_service_terms *terms,
                              llmp_rate_card *out, llmp_error *error)
{
    if (price == NULL || terms == NULL || out == NULL) {
        return llmp__fail_argument(error, "price, terms or out", "is NULL");
    }
    if (terms->utc_hhmm > 2359 || terms->utc_hhmm % 100 > 59) {
        return llmp__fail(error, LLMP_E_RANGE, "%u is no time of day: 0 to 2359", terms->utc_hhmm);
    }
    if (price->tier_count > LLMP_RATE_TIERS_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "%zu tiers: at most %d", price->tier_count,
                          LLMP_RATE_TIERS_MAX);
    }
    llmp_rate_card card = LLMP_RATE_CARD_INIT;
    card.rates = terms->at_instant
                     ? rates_at(price, (int)terms->utc_day, minute_of(terms->utc_hhmm))
                     : rates_of_week(price);
    card.tier_count = price->tier_count;
    for (size_t i = 0; i < price->tier_count; i++) {
        card.tiers[i].above_prompt_tokens = price->tiers[i].above_prompt_tokens;
        card.tiers[i].rates = tier_rates(&price->tiers[i]);
        free_writes(price, &card.tiers[i].rates);
    }
    free_writes(price, &card.rates);
    llmp_status status = apply_service(price, terms, &card, error);
    if (status != LLMP_OK) {
        return status;
    }
    if (terms->regional && LLMP_HAS_PRICE(price, regional_ratio)) {
        scale(&card.rates, price->regional_ratio);
        for (size_t i = 0; i < card.tier_count; i++) {
            scale(&card.tiers[i].rates, price->regional_ratio);
        }
    }
    card.request_usd = price->request_usd;
    card.minimum_usd = price->minimum_usd;
    card.cache_storage_usd_per_mtok_hour = price->cache_storage_usd_per_mtok_hour;
    *out = card;
    return LLMP_OK;
}
