/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is uncertain, as the user says: "spread.usage=0.5..2", with uniform or triangular before the
 * numbers, and what moves together: "correlation.api_price_change:residual=0.3". */
#include "planner/cost_private.h"

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

static const char prefix[] = "spread.";
static const char pair_prefix[] = "correlation.";

static bool is_pair(const char *text)
{
    return strncmp(text, pair_prefix, sizeof pair_prefix - 1) == 0;
}

bool llmp__cost_is_spread(const char *text)
{
    return strncmp(text, prefix, sizeof prefix - 1) == 0 || is_pair(text);
}

static int find_factor(const char *name, size_t length)
{
    for (int i = 0; i < (int)LLMP_FACTOR_COUNT; i++) {
        const char *has = llmp_factor_name((llmp_factor)i);
        if (strlen(has) == length && strncmp(has, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static llmp_status unknown(const char *name, size_t length, llmp_error *error)
{
    llmp__nearest nearest;
    char asked[64];
    char hint[200];
    (void)snprintf(asked, sizeof asked, "%.*s", (int)(length < 63 ? length : 63), name);
    llmp_status status = llmp__fail(error, LLMP_E_UNKNOWN, "no factor is called '%s'", asked);
    llmp__nearest_begin(&nearest, asked);
    for (int i = 0; i < (int)LLMP_FACTOR_COUNT; i++) {
        const char *has = llmp_factor_name((llmp_factor)i);
        llmp__nearest_offer(&nearest, has, has);
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    llmp__hint(error, "%s", hint);
    return status;
}

static const char *read_shape(const char *text, llmp_shape *out)
{
    static const struct {
        const char *word;
        llmp_shape shape;
    } shapes[] = {{"uniform ", LLMP_SHAPE_UNIFORM},
                  {"triangular ", LLMP_SHAPE_TRIANGULAR},
                  {"lognormal ", LLMP_SHAPE_LOGNORMAL}};
    *out = LLMP_SHAPE_LOGNORMAL;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t length = strlen(shapes[i].word);
        if (strncmp(text, shapes[i].word, length) == 0) {
            *out = shapes[i].shape;
            return text + length;
        }
    }
    return text;
}

llmp_status llmp__cost_correlate(llmp_risk_options *options, llmp_factor a, llmp_factor b,
                                 double ratio, llmp_error *error)
{
    size_t i = 0;
    while (i < options->correlation_count &&
           !((options->correlation[i].a == a && options->correlation[i].b == b) ||
             (options->correlation[i].a == b && options->correlation[i].b == a))) {
        i++;
    }
    if (i == LLMP_CORRELATIONS_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "more than %d correlations", LLMP_CORRELATIONS_MAX);
    }
    options->correlation_count += i == options->correlation_count ? 1 : 0;
    options->correlation[i] = (llmp_correlation){a, b, ratio};
    return LLMP_OK;
}

static llmp_status read_pair(const char *text, llmp_risk_options *options, llmp_error *error)
{
    const char *names = text + sizeof pair_prefix - 1;
    size_t both = strcspn(names, "=");
    size_t first = strcspn(names, ":");
    first = first < both ? first : both;
    const char *other = names + first + (first < both ? 1 : 0);
    size_t other_length = both - (size_t)(other - names);
    int a = find_factor(names, first);
    int b = find_factor(other, other_length);
    double ratio = 0.0;
    const char *value = names[both] == '=' ? names + both + 1 : "";
    if (a < 0 || b < 0) {
        return a < 0 ? unknown(names, first, error) : unknown(other, other_length, error);
    }
    if (a == b || !llmp__number_parse(value, strlen(value), &ratio) ||
        !(ratio > -1.0 && ratio < 1.0)) {
        llmp_status status =
            llmp__fail(error, LLMP_E_RANGE, "'%.100s' is no correlation of two factors", text);
        llmp__hint(error, "such as correlation.api_price_change:residual=0.3, between -1 and 1");
        return status;
    }
    return llmp__cost_correlate(options, (llmp_factor)a, (llmp_factor)b, ratio, error);
}

llmp_status llmp__cost_spread_text(const char *text, llmp_risk_options *options, llmp_error *error)
{
    if (is_pair(text)) {
        return read_pair(text, options, error);
    }
    const char *name = text + sizeof prefix - 1;
    size_t length = strcspn(name, "=");
    llmp_spread spread = {LLMP_SHAPE_LOGNORMAL, 0.0, 0.0};
    int factor = find_factor(name, length);
    if (factor < 0) {
        return unknown(name, length, error);
    }
    const char *value = name[length] == '=' ? name + length + 1 : "";
    const char *low = read_shape(value, &spread.shape);
    const char *dots = strstr(low, "..");
    if (dots == NULL || !llmp__number_parse(low, (size_t)(dots - low), &spread.low_value) ||
        !llmp__number_parse(dots + 2, strlen(dots + 2), &spread.high_value) ||
        !(spread.low_value > 0.0 && spread.low_value <= spread.high_value &&
          spread.high_value <= 1e6)) {
        llmp_status status = llmp__fail(error, LLMP_E_RANGE, "spread.%s is no spread: '%.60s'",
                                        llmp_factor_name((llmp_factor)factor), value);
        llmp__hint(error, "factors above 0, such as 0.5..2 or uniform 0.8..1.2");
        return status;
    }
    if (spread.low_value == 1.0 && spread.high_value == 1.0) {
        spread.shape = LLMP_SHAPE_FIXED;
    }
    options->spread[factor] = spread;
    return LLMP_OK;
}
