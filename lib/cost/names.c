/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <llmplan/cost.h>

#define NAME_OF(names, i) \
    ((size_t)(i) < sizeof(names) / sizeof *(names) ? (names)[(size_t)(i)] : "?")

const char *llmp_bucket_name(llmp_bucket bucket)
{
    static const char *const names[] = {"input",          "cached_read", "cache_write_5m",
                                        "cache_write_1h", "output",      "reasoning"};
    return NAME_OF(names, bucket);
}

const char *llmp_service_name(llmp_service service)
{
    static const char *const names[] = {"standard", "batch", "flex", "priority"};
    return NAME_OF(names, service);
}

const char *llmp_option_name(llmp_option option)
{
    static const char *const names[] = {"API", "own", "rent"};
    return NAME_OF(names, option);
}

const char *llmp_line_name(llmp_line line)
{
    static const char *const names[LLMP_LINE_COUNT] = {
        "api_input",  "api_cached_read", "api_cache_write", "api_output",
        "api_fees",   "routed_api",      "overflow_api",    "judge",
        "rent",       "hardware",        "delivery",        "spares",
        "tax",        "loan_drawn",      "loan_payment",    "electricity",
        "colocation", "maintenance",     "failures",        "staff",
        "software",   "forgone_resale",  "resale",          "income_tax",
    };
    return NAME_OF(names, line);
}

const char *llmp_line_title(llmp_line line)
{
    static const char *const names[LLMP_LINE_COUNT] = {
        "API input",  "API cached input", "API cache writes", "API output",
        "API fees",   "API, routed",      "API, overflow",    "judging",
        "rent",       "hardware",         "delivery",         "spares",
        "tax",        "loan drawn",       "loan payments",    "electricity",
        "colocation", "maintenance",      "failures",         "staff",
        "software",   "forgone resale",   "resale",           "income tax",
    };
    return NAME_OF(names, line);
}

const char *llmp_factor_name(llmp_factor factor)
{
    static const char *const names[LLMP_FACTOR_COUNT] = {
        "api_price", "api_price_change", "usage",       "growth", "speed",      "power",
        "hardware",  "residual",         "electricity", "staff",  "rent_price",
    };
    return NAME_OF(names, factor);
}

const char *llmp_factor_title(llmp_factor factor)
{
    static const char *const names[LLMP_FACTOR_COUNT] = {
        "API price",      "API price a year on", "usage",       "growth of usage", "speed", "power",
        "hardware price", "resale value",        "electricity", "staff",           "rent",
    };
    return NAME_OF(names, factor);
}
