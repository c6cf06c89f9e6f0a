/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cost_bill.h
 * @brief What an API charges for some requests, bucket by bucket.
 *
 * Buckets are disjoint: uncached input, cached read, cache write, output, reasoning. A long-context
 * tier is chosen by all prompt tokens of one request and its rates hold for the whole request; no
 * vendor charges only the excess. An unknown rate is never zero.
 */
#ifndef LLMPLAN_COST_BILL_H
#define LLMPLAN_COST_BILL_H

#include <llmplan/catalog.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What tokens are charged as. */
typedef enum llmp_bucket {
    LLMP_BUCKET_INPUT = 0, /**< neither read from nor written to a cache */
    LLMP_BUCKET_CACHED_READ = 1,
    LLMP_BUCKET_CACHE_WRITE_5M = 2, /**< lives five minutes, or the vendor's only kind */
    LLMP_BUCKET_CACHE_WRITE_1H = 3,
    LLMP_BUCKET_OUTPUT = 4,
    LLMP_BUCKET_REASONING = 5, /**< billed as output unless it has a price of its own */
    LLMP_BUCKET_COUNT = 6
} llmp_bucket;

/** "input", "cached_read", ... Never NULL. */
LLMP_API const char *llmp_bucket_name(llmp_bucket bucket);

/** Prices of the buckets. */
typedef struct llmp_rates {
    uint32_t known; /**< bit b: usd_per_mtok[b] is known; otherwise it is not read */
    double usd_per_mtok[LLMP_BUCKET_COUNT];
} llmp_rates;

#define LLMP_RATE_TIERS_MAX 8

/** Rates of requests with more prompt tokens than a threshold. */
typedef struct llmp_rate_tier {
    uint64_t above_prompt_tokens;
    llmp_rates rates;
} llmp_rate_tier;

/** One price reduced to numbers: a model, a service class and a day are already chosen. */
typedef struct llmp_rate_card {
    uint32_t struct_size;
    llmp_rates rates;
    size_t tier_count;
    llmp_rate_tier tiers[LLMP_RATE_TIERS_MAX]; /**< by rising threshold */
    double request_usd;                        /**< beside the tokens */
    double minimum_usd;                        /**< least that a request costs */
    double cache_storage_usd_per_mtok_hour;    /**< 0: not charged */
    bool derived;                              /**< a factor or fallback of ours is in it */
} llmp_rate_card;

#define LLMP_RATE_CARD_INIT                                                                      \
    {                                                                                            \
        sizeof(llmp_rate_card), {0, {0, 0, 0, 0, 0, 0}}, 0, {{0, {0, {0, 0, 0, 0, 0, 0}}}}, 0.0, \
            0.0, 0.0, false                                                                      \
    }

/** How a request is served. */
typedef enum llmp_service {
    LLMP_SERVICE_STANDARD = 0,
    LLMP_SERVICE_BATCH = 1, /**< within a day */
    LLMP_SERVICE_FLEX = 2,  /**< later when busy */
    LLMP_SERVICE_PRIORITY = 3
} llmp_service;

/** "standard", "batch", "flex", "priority". Never NULL. */
LLMP_API const char *llmp_service_name(llmp_service service);

/** Under which terms a price is read. */
typedef struct llmp_service_terms {
    uint32_t struct_size;
    llmp_service service;
    bool regional;        /**< data must stay in a region */
    bool at_instant;      /**< at one moment; otherwise the mean over a week of even use */
    llmp_weekday utc_day; /**< of the moment */
    uint32_t utc_hhmm;    /**< of the moment, 0 .. 2359 */
    bool discounts_stack; /**< cached reads of batches are half price too, unless it is known */
} llmp_service_terms;

#define LLMP_SERVICE_TERMS_INIT                                                                \
    {                                                                                          \
        sizeof(llmp_service_terms), LLMP_SERVICE_STANDARD, false, false, LLMP_MONDAY, 0, false \
    }

/**
 * Reduces a catalog price. Prices by hour are weighted by their share of the week, or taken at the
 * given moment. Cached reads of batches are at the batch input price unless the record or
 * @p terms says that discounts stack.
 * @return LLMP_E_NO_DATA when the record has no price for that service (the hint says which it
 *         has), LLMP_E_RANGE for an hour that is none, LLMP_E_LIMIT for more than
 *         LLMP_RATE_TIERS_MAX tiers, LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_rate_card_of(const llmp_api_price *price,
                                                      const llmp_service_terms *terms,
                                                      llmp_rate_card *out, llmp_error *error);

/** Requests of one size. */
typedef struct llmp_usage {
    uint32_t struct_size;
    double requests_count;
    double tokens[LLMP_BUCKET_COUNT];      /**< of one request */
    double cache_storage_mtok_hours_count; /**< of all requests together */
} llmp_usage;

#define LLMP_USAGE_INIT                                  \
    {                                                    \
        sizeof(llmp_usage), 0.0, {0, 0, 0, 0, 0, 0}, 0.0 \
    }

/** Most kinds that llmp_usage_spread makes. */
#define LLMP_USAGE_KINDS_MAX (LLMP_RATE_TIERS_MAX + 1)

/**
 * Requests whose prompts vary in length, as one kind for each tier that they fall in. With a
 * lognormal length of mean m and standard deviation s of its logarithm, requests above a threshold
 * T are a share Q(ln(T/m)/s + s/2) and hold a share Q(ln(T/m)/s - s/2) of the prompt tokens, Q
 * being the upper tail of the normal distribution. Output does not depend on it.
 * @param mean       the mean request; all its prompt buckets scale alike
 * @param sigma_log  s, 0 .. 10; 0: every request is the mean one
 * @param out        LLMP_USAGE_KINDS_MAX kinds; requests and tokens add up to those of @p mean
 * @param out_count  how many of them are set, at least 1
 * @return LLMP_E_RANGE, LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_usage_spread(const llmp_rate_card *card,
                                                      const llmp_usage *mean, double sigma_log,
                                                      llmp_usage *out, size_t *out_count,
                                                      llmp_error *error);

/** A bill. total_usd is the sum of the others. */
typedef struct llmp_bill {
    double bucket_usd[LLMP_BUCKET_COUNT];
    double requests_usd; /**< per-request fees */
    double minimum_usd;  /**< what minimum charges add */
    double storage_usd;
    double total_usd;
    double bucket_tokens[LLMP_BUCKET_COUNT]; /**< what was billed */
    double requests_count;
    double tiered_tokens; /**< of requests in a long-context tier */
    uint32_t assumed;     /**< bit b: its price was unknown and the input price stood in */
} llmp_bill;

/**
 * Bills some kinds of requests: sum over kinds and buckets of
 * requests * tokens * usd_per_mtok / 1e6, at the rates of the tier that each request falls in.
 * An unknown cache price is the input price of the same tier, and `assumed` says so; unknown
 * reasoning is output.
 * @param usage  @p count kinds; tokens finite, 0 .. 1e12; requests 0 .. 1e15
 * @return LLMP_E_RANGE (a negative or absurd count; a price that is negative, not finite or above
 *         1e6 USD per million tokens), LLMP_E_NO_DATA (tokens whose price is unknown),
 *         LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_bill_usage(const llmp_rate_card *card,
                                                    const llmp_usage *usage, size_t count,
                                                    llmp_bill *out, llmp_error *error);

/**
 * Rounds amounts to cents so that the rounded lines add up to the rounded total (largest
 * remainders).
 * @param usd    finite, together below 1e13 in magnitude
 * @param cents  @p count values
 * @return the total in cents
 */
LLMP_API int64_t llmp_cents_split(const double *usd, size_t count, int64_t *cents);

#ifdef __cplusplus
}
#endif
#endif
