/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_price.h
 * @brief Catalog records for money: API prices, subscriptions, GPU rental, electricity, other dated
 * assumptions, and workload presets.
 *
 * A member that is not known (LLMP_HAS_PRICE and the like) holds 0 but means unknown, never free.
 * Dates `effective_from` and `effective_to` are half-open: a price holds from the first and no more
 * on the second; when absent, since always and until further notice.
 */
#ifndef LLMPLAN_CATALOG_PRICE_H
#define LLMPLAN_CATALOG_PRICE_H

#include <llmplan/catalog_record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- API prices --------------------------------------------------------------------------------
 */

/** Where a provider's usage counts put reasoning tokens. They are billed as output either way. */
typedef enum llmp_reasoning_count {
    LLMP_REASONING_IN_OUTPUT = 0,    /**< inside the output count: add nothing */
    LLMP_REASONING_BESIDE_OUTPUT = 1 /**< beside it: add them to the output */
} llmp_reasoning_count;

/** Days of the week as UTC has them. */
typedef enum llmp_weekday {
    LLMP_MONDAY = 0,
    LLMP_TUESDAY = 1,
    LLMP_WEDNESDAY = 2,
    LLMP_THURSDAY = 3,
    LLMP_FRIDAY = 4,
    LLMP_SATURDAY = 5,
    LLMP_SUNDAY = 6
} llmp_weekday;

/**
 * Long-context tier. A request with more prompt tokens than `above_prompt_tokens` (uncached, cached
 * and written ones together) pays these rates for every token it has, output included; the tier of
 * the largest threshold passed applies. No tier charges only the excess. A rate that is absent here
 * but known in the price is unknown, not the price's.
 */
typedef struct llmp_price_tier {
    uint64_t above_prompt_tokens;
    double input_usd_per_mtok;
    double output_usd_per_mtok;
    double cached_read_usd_per_mtok;
    double cache_write_5m_usd_per_mtok;
    double cache_write_1h_usd_per_mtok;
    double batch_input_usd_per_mtok;
    double batch_output_usd_per_mtok;
    uint64_t present[2];
} llmp_price_tier;

/** Rates at some hours. Rates that are absent are the price's own. */
typedef struct llmp_price_window {
    uint32_t utc_from_hhmm;   /**< 100 is 01:00; included */
    uint32_t utc_to_hhmm;     /**< excluded; below utc_from_hhmm the window passes midnight */
    const llmp_weekday *days; /**< on which it starts; none: every day */
    size_t day_count;
    double input_usd_per_mtok;
    double output_usd_per_mtok;
    double cached_read_usd_per_mtok;
    double cache_write_5m_usd_per_mtok;
    const char *note; /**< exceptions in words, such as public holidays */
    uint64_t present[2];
} llmp_price_window;

/**
 * What a provider charges for a model over some time. A model that changed its price has several
 * records with the same provider, model and region; llmp_price_in_force picks among them.
 *
 * The token buckets are disjoint: uncached input, cached read, cache write, output.
 */
typedef struct llmp_api_price {
    llmp_record head;
    const char *provider;   /**< "anthropic"; of hosted open models the host: "groq" */
    const char *model;      /**< as the provider's API calls it */
    const char *region;     /**< NULL: the provider's default endpoint */
    const char *open_model; /**< id of the catalog model that is served; NULL: closed or unknown */
    const char *served_format; /**< what the weights are served in ("fp8"), as stated */
    llmp_date effective_from;
    llmp_date effective_to;
    llmp_date retirement; /**< the model is switched off on this day */
    bool deprecated;      /**< the provider asks to move off it; the day may be unknown */
    bool free_of_charge;  /**< rate-limited gift: listed, never a price to plan with */
    bool doubtful;        /**< contradicted or lopsided: never a default */
    bool verified;        /**< a second, independent source has the same input and output price */

    double input_usd_per_mtok;
    double output_usd_per_mtok;
    double cached_read_usd_per_mtok;
    double cache_write_5m_usd_per_mtok; /**< writes that live five minutes, or the only kind */
    double cache_write_1h_usd_per_mtok;
    double cache_storage_usd_per_mtok_hour;
    double batch_input_usd_per_mtok;
    double batch_output_usd_per_mtok;
    double batch_cached_read_usd_per_mtok; /**< known only where the discounts stack */
    double reasoning_usd_per_mtok;         /**< only where it is not the output price */
    double flex_ratio;                     /**< factor on input, cached read and output */
    double priority_ratio;                 /**< the same for the fast or priority service */
    double regional_ratio;                 /**< the same for data that must stay in a region */
    double request_usd;                    /**< per request, beside the tokens */
    double minimum_usd;                    /**< least that a request costs */
    uint32_t cache_minimum_tokens;         /**< shorter prefixes are not cached */
    bool cache_write_free;                 /**< writing to the cache costs no more than input */
    const llmp_price_tier *tiers;          /**< by rising threshold */
    size_t tier_count;
    const llmp_price_window *windows; /**< later ones win */
    size_t window_count;
    llmp_reasoning_count reasoning;
    const char *tokenizer;  /**< in words */
    double tokenizer_ratio; /**< tokens for a text, of what the vendor's earlier tokenizer made */
    uint64_t context_tokens;
    uint64_t max_output_tokens;
} llmp_api_price;

/* --- subscriptions -----------------------------------------------------------------------------
 */

/** What happens to requests beyond a subscription's limits. */
typedef enum llmp_beyond {
    LLMP_BEYOND_STOPS = 0,     /**< refused until the limit resets */
    LLMP_BEYOND_PER_TOKEN = 1, /**< billed at the API's price, when allowed to */
    LLMP_BEYOND_CREDITS = 2,   /**< from credits that are bought */
    LLMP_BEYOND_SLOWER = 3     /**< served later or by a smaller model */
} llmp_beyond;

/** A flat price per seat. */
typedef struct llmp_subscription {
    llmp_record head;
    const char *provider;
    const char *plan;
    llmp_date effective_from;
    llmp_date effective_to;
    double usd_per_seat_month;
    double annual_usd_per_seat_month; /**< when paid by the year */
    uint32_t seats_min;
    const char *limits; /**< as the vendor states them */
    uint32_t requests_per_window;
    uint64_t tokens_per_window;
    double window_hours_count;     /**< hours after which the limit resets */
    double included_usd_per_month; /**< usage at API price that is included */
    llmp_beyond beyond;
    const char *const *models; /**< ids of API prices it stands in for */
    size_t model_count;
} llmp_subscription;

/* --- GPU rental --------------------------------------------------------------------------------
 */

typedef enum llmp_rental_kind {
    LLMP_RENTAL_ON_DEMAND = 0,
    LLMP_RENTAL_SPOT = 1,       /**< may be taken away */
    LLMP_RENTAL_RESERVED = 2,   /**< paid whether used or not, for `term_months` */
    LLMP_RENTAL_COMMUNITY = 3,  /**< somebody else's machine, on a marketplace */
    LLMP_RENTAL_MARKET_LOW = 4, /**< lowest offer on a marketplace */
    LLMP_RENTAL_MARKET_MEAN = 5 /**< mean or median of many offers */
} llmp_rental_kind;

/** What one GPU costs for an hour. */
typedef struct llmp_rental {
    llmp_record head;
    const char *provider;
    const char *device; /**< device id; NULL: not in the catalog */
    const char *gpu;    /**< as the provider lists it */
    llmp_rental_kind kind;
    uint32_t gpus_min; /**< smallest machine that is rented out at this price */
    double usd_per_gpu_hour;
    uint32_t term_months;
    const char *region;
} llmp_rental;

/* --- electricity -------------------------------------------------------------------------------
 */

typedef enum llmp_tariff_class {
    LLMP_TARIFF_HOUSEHOLD = 0,
    LLMP_TARIFF_COMMERCIAL = 1,
    LLMP_TARIFF_INDUSTRIAL = 2,
    LLMP_TARIFF_NON_HOUSEHOLD = 3 /**< commercial and industrial together */
} llmp_tariff_class;

/** A price of electricity, in the currency it was published in. */
typedef struct llmp_tariff {
    llmp_record head;
    const char *country; /**< "US", "DE"; "EU" for the union */
    const char *region;
    llmp_tariff_class customer;
    const char *currency;    /**< "USD", "EUR"; an assumption of that subject converts it */
    double currency_per_kwh; /**< in `currency` */
} llmp_tariff;

/* --- other assumptions -------------------------------------------------------------------------
 */

/** What an assumption is about; the name of each says its unit. */
typedef enum llmp_quantity {
    LLMP_QUANTITY_PUE_RATIO = 0,
    LLMP_QUANTITY_GRID_CARBON_KG_PER_KWH = 1,
    LLMP_QUANTITY_COLOCATION_USD_PER_KW_MONTH = 2,
    LLMP_QUANTITY_STAFF_USD_PER_YEAR = 3,      /**< wage or loaded cost; the note says which */
    LLMP_QUANTITY_STAFF_LOAD_RATIO = 4,        /**< cost of an hour, of the wage paid for it */
    LLMP_QUANTITY_STAFF_SHARE_RATIO = 5,       /**< of one full-time person */
    LLMP_QUANTITY_USD_PER_CURRENCY_UNIT = 6,   /**< subject: the currency */
    LLMP_QUANTITY_RESIDUAL_VALUE_RATIO = 7,    /**< of the price new, after `age_years` */
    LLMP_QUANTITY_FAILURES_PER_YEAR_RATIO = 8, /**< share of devices that fail for good in a year */
    LLMP_QUANTITY_API_PRICE_CHANGE_PER_YEAR_RATIO = 9, /**< next year's price, of this year's */
    LLMP_QUANTITY_CREDIT_FEE_RATIO = 10,               /**< on top of what is bought */
    LLMP_QUANTITY_POWER_RATIO = 11                     /**< power drawn, of the rated power */
} llmp_quantity;

/** A dated number to plan with, with its range. */
typedef struct llmp_assumption {
    llmp_record head;
    llmp_quantity quantity;
    const char *country; /**< or region; NULL: anywhere */
    const char *subject; /**< currency, device class, role or site it is about; NULL: any */
    double value;
    double low_value;
    double high_value;
    uint32_t age_years; /**< of residual values */
} llmp_assumption;

/* --- workloads ---------------------------------------------------------------------------------
 */

/** What is asked of a model, in the units people think in. Averages unless said otherwise. */
typedef struct llmp_workload {
    llmp_record head;
    double requests_per_day; /**< on days of use */
    double prompt_tokens;    /**< mean per request, cached ones included */
    double output_tokens;    /**< mean per request, without reasoning */
    double reasoning_tokens; /**< mean per request, beside the output */
    double prompt_sigma_log; /**< standard deviation of ln(prompt tokens): lognormal */
    double output_sigma_log;
    double cache_hit_ratio;     /**< share of prompt tokens that are read from a cache */
    double cache_hit_low_ratio; /**< plausible range of it */
    double cache_hit_high_ratio;
    double cache_write_ratio; /**< share of prompt tokens that are written to it */
    double long_token_ratio;  /**< share of prompt tokens in requests of `long_prompt_tokens` */
    double long_prompt_tokens;
    double batch_ratio;   /**< share of requests that can wait a day */
    double hours_per_day; /**< over which the requests come */
    double days_per_week;
    double peak_ratio;            /**< busiest hour, of the mean hour of use */
    double growth_per_year_ratio; /**< 0.2: a fifth more each year */
    double users_count;           /**< people behind it */
} llmp_workload;

#ifdef __cplusplus
}
#endif
#endif
