/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An API bill, bucket by bucket, at the rates of the tier each request falls in. */
#include <llmplan/cost_bill.h>

#include "base/error.h"

#include <math.h>

static const double usd_per_mtok_most = 1e6;
static const double tokens_most = 1e12;
static const double requests_most = 1e15;

/* False for NaN as well. */
static bool within(double x, double most)
{
    return x >= 0.0 && x <= most;
}

static llmp_status check_rates(const llmp_rates *rates, llmp_error *error)
{
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        if ((rates->known >> b & 1u) != 0 && !within(rates->usd_per_mtok[b], usd_per_mtok_most)) {
            llmp_status status = llmp__fail(
                error, LLMP_E_RANGE, "a price of %g USD per million tokens of %s is none",
                rates->usd_per_mtok[b], llmp_bucket_name((llmp_bucket)b));
            llmp__hint(error, "0 to 1,000,000; leave out what is not known");
            return status;
        }
    }
    return LLMP_OK;
}

static llmp_status check_card(const llmp_rate_card *card, llmp_error *error)
{
    llmp_status status = check_rates(&card->rates, error);
    if (card->tier_count > LLMP_RATE_TIERS_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "%zu tiers: at most %d", card->tier_count,
                          LLMP_RATE_TIERS_MAX);
    }
    for (size_t i = 0; status == LLMP_OK && i < card->tier_count; i++) {
        status = check_rates(&card->tiers[i].rates, error);
        if (status == LLMP_OK && i > 0 &&
            card->tiers[i].above_prompt_tokens <= card->tiers[i - 1].above_prompt_tokens) {
            status = llmp__fail(error, LLMP_E_RANGE, "tiers must have rising thresholds");
        }
    }
    if (status == LLMP_OK && !(within(card->request_usd, usd_per_mtok_most) &&
                               within(card->minimum_usd, usd_per_mtok_most) &&
                               within(card->cache_storage_usd_per_mtok_hour, usd_per_mtok_most))) {
        status = llmp__fail(error, LLMP_E_RANGE,
                            "a fee that is negative, not a number or above 1,000,000 USD");
    }
    return status;
}

static llmp_status check_usage(const llmp_usage *usage, llmp_error *error)
{
    if (!within(usage->requests_count, requests_most)) {
        return llmp__fail(error, LLMP_E_RANGE, "%g requests: 0 to 1e15", usage->requests_count);
    }
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        if (!within(usage->tokens[b], tokens_most)) {
            return llmp__fail(error, LLMP_E_RANGE, "%g tokens of %s in a request: 0 to 1e12",
                              usage->tokens[b], llmp_bucket_name((llmp_bucket)b));
        }
    }
    if (!within(usage->cache_storage_mtok_hours_count, requests_most)) {
        return llmp__fail(error, LLMP_E_RANGE, "%g million token hours of cache storage",
                          usage->cache_storage_mtok_hours_count);
    }
    return LLMP_OK;
}

/* The rates of a request, and whether they are a tier's. */
static const llmp_rates *rates_of(const llmp_rate_card *card, const llmp_usage *usage,
                                  bool *out_tiered)
{
    double prompt = usage->tokens[LLMP_BUCKET_INPUT] + usage->tokens[LLMP_BUCKET_CACHED_READ] +
                    usage->tokens[LLMP_BUCKET_CACHE_WRITE_5M] +
                    usage->tokens[LLMP_BUCKET_CACHE_WRITE_1H];
    const llmp_rates *rates = &card->rates;
    *out_tiered = false;
    for (size_t i = 0; i < card->tier_count; i++) {
        if (prompt > (double)card->tiers[i].above_prompt_tokens) {
            rates = &card->tiers[i].rates;
            *out_tiered = true;
        }
    }
    return rates;
}

/* What stands in for a bucket without a price of its own. */
static llmp_bucket stand_in(llmp_bucket bucket)
{
    return bucket == LLMP_BUCKET_REASONING ? LLMP_BUCKET_OUTPUT : LLMP_BUCKET_INPUT;
}

static llmp_status add(const llmp_rate_card *card, const llmp_usage *usage, llmp_bill *bill,
                       llmp_error *error)
{
    bool tiered;
    const llmp_rates *rates = rates_of(card, usage, &tiered);
    double request_usd = 0.0;
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        double tokens = usage->requests_count * usage->tokens[b];
        llmp_bucket paid_as = (llmp_bucket)b;
        if (usage->tokens[b] <= 0.0) {
            continue;
        }
        if ((rates->known >> b & 1u) == 0 && paid_as != LLMP_BUCKET_INPUT &&
            paid_as != LLMP_BUCKET_OUTPUT) {
            paid_as = stand_in(paid_as);
            /* reasoning is billed as output everywhere: no assumption of ours */
            bill->assumed |= b == LLMP_BUCKET_REASONING ? 0u : 1u << b;
        }
        if ((rates->known >> paid_as & 1u) == 0) {
            return llmp__fail(error, LLMP_E_NO_DATA, "the price of %s tokens is unknown%s",
                              llmp_bucket_name(paid_as), tiered ? " for prompts this long" : "");
        }
        double usd = usage->tokens[b] * rates->usd_per_mtok[paid_as] / 1e6;
        request_usd += usd;
        bill->bucket_usd[b] += usage->requests_count * usd;
        bill->bucket_tokens[b] += tokens;
        bill->tiered_tokens += tiered ? tokens : 0.0;
    }
    request_usd += card->request_usd;
    bill->requests_usd += usage->requests_count * card->request_usd;
    bill->minimum_usd += usage->requests_count * fmax(0.0, card->minimum_usd - request_usd);
    bill->storage_usd +=
        usage->cache_storage_mtok_hours_count * card->cache_storage_usd_per_mtok_hour;
    bill->requests_count += usage->requests_count;
    return LLMP_OK;
}

llmp_status llmp_bill_usage(const llmp_rate_card *card, const llmp_usage *usage, size_t count,
                            llmp_bill *out, llmp_error *error)
{
    if (card == NULL || out == NULL || (usage == NULL && count > 0)) {
        return llmp__fail_argument(error, "card, usage or out", "is NULL");
    }
    llmp_bill bill = {.total_usd = 0.0};
    llmp_status status = check_card(card, error);
    for (size_t i = 0; status == LLMP_OK && i < count; i++) {
        status = check_usage(&usage[i], error);
        status = status == LLMP_OK ? add(card, &usage[i], &bill, error) : status;
    }
    if (status != LLMP_OK) {
        return status;
    }
    bill.total_usd = bill.requests_usd + bill.minimum_usd + bill.storage_usd;
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        bill.total_usd += bill.bucket_usd[b];
    }
    *out = bill;
    return LLMP_OK;
}
