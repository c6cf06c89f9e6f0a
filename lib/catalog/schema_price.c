/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define REQ LLMP_FIELD_REQUIRED
#define LATER LLMP_FIELD_FUTURE
#define P llmp_api_price
#define T llmp_price_tier
#define W llmp_price_window

static const char *const reasoning_names[] = {"in_output", "beside_output", NULL};
static const char *const weekday_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
static const char *const beyond_names[] = {"stops", "per_token", "credits", "slower", NULL};
static const char *const rental_kind_names[] = {
    "on_demand", "spot", "reserved", "community", "market_low", "market_mean", NULL};
static const char *const tariff_class_names[] = {"household", "commercial", "industrial",
                                                 "non_household", NULL};
static const char *const quantity_names[] = {"pue_ratio",
                                             "grid_carbon_kg_per_kwh",
                                             "colocation_usd_per_kw_month",
                                             "staff_usd_per_year",
                                             "staff_load_ratio",
                                             "staff_share_ratio",
                                             "usd_per_currency_unit",
                                             "residual_value_ratio",
                                             "failures_per_year_ratio",
                                             "api_price_change_per_year_ratio",
                                             "credit_fee_ratio",
                                             "power_ratio",
                                             NULL};

/* Above 10,000 USD/Mtok a unit is wrong; the dearest list price ever was 600. */
#define RATE(S, key, doc) F_F64(S, #key, key, 1, 0, 10000, "USD/Mtok", 0, doc)
#define RATE_REQ(S, key, doc) F_F64(S, #key, key, 1, 0, 10000, "USD/Mtok", REQ, doc)
#define SHARE(S, key, doc) F_F64(S, #key, key, 1, 0, 1, "", 0, doc)

static const llmp_field tier_fields[] = {
    F_U64(T, "above_prompt_tokens", above_prompt_tokens, 1, 1, 1e9, "tokens", REQ,
          "the tier prices whole requests with more prompt tokens than this"),
    RATE_REQ(T, input_usd_per_mtok, "uncached input"),
    RATE_REQ(T, output_usd_per_mtok, "output"),
    RATE(T, cached_read_usd_per_mtok, "input read from the cache"),
    RATE(T, cache_write_5m_usd_per_mtok, "input written to the cache"),
    RATE(T, cache_write_1h_usd_per_mtok, "input written for an hour"),
    RATE(T, batch_input_usd_per_mtok, "input of batch requests"),
    RATE(T, batch_output_usd_per_mtok, "output of batch requests"),
};
const llmp_schema llmp__schema_price_tier =
    LLMP__SCHEMA(llmp_price_tier, "tier", NULL, present, tier_fields);

static const llmp_field window_fields[] = {
    F_U32(W, "utc_from_hhmm", utc_from_hhmm, 0, 2359, "", REQ, "130 is 01:30; included"),
    F_U32(W, "utc_to_hhmm", utc_to_hhmm, 0, 2400, "", REQ,
          "excluded; below utc_from_hhmm the window passes midnight"),
    F_ENUMS(W, "days", days, day_count, weekday_names, 0, "on which it starts; absent: every day"),
    RATE(W, input_usd_per_mtok, "uncached input"),
    RATE(W, output_usd_per_mtok, "output"),
    RATE(W, cached_read_usd_per_mtok, "input read from the cache"),
    RATE(W, cache_write_5m_usd_per_mtok, "input written to the cache"),
    F_STR(W, "note", note, 0, "exceptions"),
};
const llmp_schema llmp__schema_price_window =
    LLMP__SCHEMA(llmp_price_window, "window", NULL, present, window_fields);

static const llmp_field price_fields[] = {
    LLMP__HEAD_FIELDS(P),
    F_STR(P, "provider", provider, REQ, "who bills; of open models the host"),
    F_STR(P, "model", model, REQ, "as the provider's API calls it"),
    F_STR(P, "region", region, 0, "absent: the default endpoint"),
    F_REF(P, "open_model", open_model, LLMP_KIND_MODEL, 0, "catalog model that is served"),
    F_STR(P, "served_format", served_format, 0, "type of the weights, as stated"),
    F_DATE(P, "effective_from", effective_from, LATER, "first day of the price"),
    F_DATE(P, "effective_to", effective_to, LATER, "first day on which it holds no more"),
    F_DATE(P, "retirement", retirement, LATER, "the model is switched off"),
    F_BOOL(P, "deprecated", deprecated, "the provider asks to move off it"),
    F_BOOL(P, "free_of_charge", free_of_charge, "a rate-limited gift, no price to plan with"),
    F_BOOL(P, "doubtful", doubtful, "contradicted or lopsided, never a default"),
    F_BOOL(P, "verified", verified, "a second, independent source says the same"),
    RATE_REQ(P, input_usd_per_mtok, "uncached input"),
    RATE_REQ(P, output_usd_per_mtok, "output"),
    RATE(P, cached_read_usd_per_mtok, "input read from the cache"),
    RATE(P, cache_write_5m_usd_per_mtok, "input written to the cache for five minutes"),
    RATE(P, cache_write_1h_usd_per_mtok, "input written for an hour"),
    F_F64(P, "cache_storage_usd_per_mtok_hour", cache_storage_usd_per_mtok_hour, 1, 0, 10000,
          "USD/Mtok/h", 0, "keeping input in the cache"),
    RATE(P, batch_input_usd_per_mtok, "input of batch requests"),
    RATE(P, batch_output_usd_per_mtok, "output of batch requests"),
    RATE(P, batch_cached_read_usd_per_mtok, "cached input of batch requests, where both apply"),
    RATE(P, reasoning_usd_per_mtok, "reasoning, where it is not the output price"),
    F_F64(P, "flex_ratio", flex_ratio, 1, 0.01, 1, "", 0, "factor of the slow service"),
    F_F64(P, "priority_ratio", priority_ratio, 1, 1, 100, "", 0, "factor of the fast service"),
    F_F64(P, "regional_ratio", regional_ratio, 1, 1, 10, "", 0,
          "factor for data bound to a region"),
    F_F64(P, "request_usd", request_usd, 1, 0, 1000, "USD", 0, "per request, beside the tokens"),
    F_F64(P, "minimum_usd", minimum_usd, 1, 0, 1000, "USD", 0, "least that a request costs"),
    F_U32(P, "cache_minimum_tokens", cache_minimum_tokens, 1, 1048576, "tokens", 0,
          "shorter prefixes are not cached"),
    F_BOOL(P, "cache_write_free", cache_write_free, "writes are billed as plain input"),
    F_RECS(P, "tiers", tiers, tier_count, &llmp__schema_price_tier, 0,
           "rates of long requests, by rising threshold"),
    F_RECS(P, "windows", windows, window_count, &llmp__schema_price_window, 0,
           "rates at some hours; later ones win"),
    F_ENUM(P, "reasoning", reasoning, reasoning_names, 0, "where usage counts reasoning tokens"),
    F_STR(P, "tokenizer", tokenizer, 0, "what counts the tokens"),
    F_F64(P, "tokenizer_ratio", tokenizer_ratio, 1, 0.2, 5, "", 0,
          "tokens for a text, of the vendor's earlier tokenizer"),
    F_U64(P, "context_tokens", context_tokens, 1, 1, 1e9, "tokens", 0, "context window"),
    F_U64(P, "max_output_tokens", max_output_tokens, 1, 1, 1e9, "tokens", 0, "longest answer"),
};
const llmp_schema llmp__schema_api_price =
    LLMP__SCHEMA(llmp_api_price, "price", "prices", head.present, price_fields);

#define S llmp_subscription
static const llmp_field subscription_fields[] = {
    LLMP__HEAD_FIELDS(S),
    F_STR(S, "provider", provider, REQ, "who bills"),
    F_STR(S, "plan", plan, REQ, "as the provider calls it"),
    F_DATE(S, "effective_from", effective_from, LATER, "first day of the price"),
    F_DATE(S, "effective_to", effective_to, LATER, "first day on which it holds no more"),
    F_F64(S, "usd_per_seat_month", usd_per_seat_month, 1, 0, 100000, "USD", REQ, "paid monthly"),
    F_F64(S, "annual_usd_per_seat_month", annual_usd_per_seat_month, 1, 0, 100000, "USD", 0,
          "paid by the year"),
    F_U32(S, "seats_min", seats_min, 1, 1000000, "", 0, "fewest seats sold"),
    F_STR(S, "limits", limits, 0, "as the vendor states them"),
    F_U32(S, "requests_per_window", requests_per_window, 1, 100000000, "", 0, "limit"),
    F_U64(S, "tokens_per_window", tokens_per_window, 1, 1, 1e15, "tokens", 0, "limit"),
    F_F64(S, "window_hours", window_hours_count, 1, 0.001, 8784, "h", 0,
          "after which the limit resets"),
    F_F64(S, "included_usd_per_month", included_usd_per_month, 1, 0, 100000, "USD", 0,
          "usage at API price that is included"),
    F_ENUM(S, "beyond", beyond, beyond_names, 0, "what happens beyond the limits"),
    F_STRS(S, "models", models, model_count, 0, "ids of API prices it stands in for"),
};
const llmp_schema llmp__schema_subscription = LLMP__SCHEMA(
    llmp_subscription, "subscription", "subscriptions", head.present, subscription_fields);

#define R llmp_rental
static const llmp_field rental_fields[] = {
    LLMP__HEAD_FIELDS(R),
    F_STR(R, "provider", provider, REQ, "who rents it out"),
    F_REF(R, "device", device, LLMP_KIND_DEVICE, 0, "catalog device"),
    F_STR(R, "gpu", gpu, REQ, "as the provider lists it"),
    F_ENUM(R, "kind", kind, rental_kind_names, REQ, "terms"),
    F_U32(R, "gpus_min", gpus_min, 1, 100000, "", 0, "GPUs in the smallest machine at this price"),
    F_F64(R, "usd_per_gpu_hour", usd_per_gpu_hour, 1, 0.001, 10000, "USD", REQ, "one GPU"),
    F_U32(R, "term_months", term_months, 1, 120, "months", 0, "of a reservation"),
    F_STR(R, "region", region, 0, "where"),
};
const llmp_schema llmp__schema_rental =
    LLMP__SCHEMA(llmp_rental, "rental", "rentals", head.present, rental_fields);

#define E llmp_tariff
static const llmp_field tariff_fields[] = {
    LLMP__HEAD_FIELDS(E),
    F_STR(E, "country", country, REQ, "two letters; EU for the union"),
    F_STR(E, "region", region, 0, "part of the country"),
    F_ENUM(E, "customer", customer, tariff_class_names, REQ, "class of customer"),
    F_STR(E, "currency", currency, REQ, "three letters"),
    F_F64(E, "currency_per_kwh", currency_per_kwh, 1, 0.0001, 10000, "per kWh", REQ,
          "price, in that currency"),
};
const llmp_schema llmp__schema_tariff =
    LLMP__SCHEMA(llmp_tariff, "tariff", "tariffs", head.present, tariff_fields);

#define A llmp_assumption
static const llmp_field assumption_fields[] = {
    LLMP__HEAD_FIELDS(A),
    F_ENUM(A, "quantity", quantity, quantity_names, REQ, "what it is, unit included"),
    F_STR(A, "country", country, 0, "or region; absent: anywhere"),
    F_STR(A, "subject", subject, 0, "currency, kind of device, role or site"),
    F_F64(A, "value", value, 1, -1e9, 1e9, "", REQ, "to plan with"),
    F_F64(A, "low_value", low_value, 1, -1e9, 1e9, "", 0, "lowest plausible"),
    F_F64(A, "high_value", high_value, 1, -1e9, 1e9, "", 0, "highest plausible"),
    F_U32(A, "age_years", age_years, 1, 50, "years", 0, "of what has this residual value"),
};
const llmp_schema llmp__schema_assumption =
    LLMP__SCHEMA(llmp_assumption, "assumption", "assumptions", head.present, assumption_fields);

#define L llmp_workload
static const llmp_field workload_fields[] = {
    LLMP__HEAD_FIELDS(L),
    F_F64(L, "requests_per_day", requests_per_day, 1, 0.001, 1e12, "", REQ, "on days of use"),
    F_F64(L, "prompt_tokens", prompt_tokens, 1, 0, 1e9, "tokens", REQ,
          "mean per request, cached ones included"),
    F_F64(L, "output_tokens", output_tokens, 1, 0, 1e9, "tokens", REQ,
          "mean per request, without reasoning"),
    F_F64(L, "reasoning_tokens", reasoning_tokens, 1, 0, 1e9, "tokens", 0,
          "mean per request, beside the output"),
    F_F64(L, "prompt_sigma_log", prompt_sigma_log, 1, 0, 5, "", 0,
          "spread of ln(prompt tokens), lognormal"),
    F_F64(L, "output_sigma_log", output_sigma_log, 1, 0, 5, "", 0, "the same of the output"),
    SHARE(L, cache_hit_ratio, "prompt tokens that are read from a cache"),
    SHARE(L, cache_hit_low_ratio, "low end of it"),
    SHARE(L, cache_hit_high_ratio, "high end of it"),
    SHARE(L, cache_write_ratio, "prompt tokens that are written to it"),
    SHARE(L, long_token_ratio, "prompt tokens that stand in long requests"),
    F_F64(L, "long_prompt_tokens", long_prompt_tokens, 1, 1, 1e9, "tokens", 0,
          "mean prompt of a long request"),
    SHARE(L, batch_ratio, "requests that can wait a day"),
    F_F64(L, "hours_per_day", hours_per_day, 1, 0.01, 24, "h", 0, "over which requests come"),
    F_F64(L, "days_per_week", days_per_week, 1, 0.01, 7, "", 0, "days of use"),
    F_F64(L, "peak_ratio", peak_ratio, 1, 1, 1000, "", 0, "busiest hour, of the mean hour of use"),
    F_F64(L, "growth_per_year_ratio", growth_per_year_ratio, 1, -0.99, 1000, "", 0,
          "0.2: a fifth more each year"),
    F_F64(L, "users", users_count, 1, 1, 1e10, "", 0, "people behind it"),
};
const llmp_schema llmp__schema_workload =
    LLMP__SCHEMA(llmp_workload, "workload", "workloads", head.present, workload_fields);
