/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests of many sizes, where a price asks how long each is. */
#include <llmplan/cost_bill.h>

#include "base/error.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double sigma_most = 10.0;
/* below this share of requests and of tokens, a tier is left to its neighbour */
static const double share_least = 1e-12;

static double prompt_of(const llmp_usage *usage)
{
    double sum = 0.0;
    for (int b = LLMP_BUCKET_INPUT; b < LLMP_BUCKET_OUTPUT; b++) {
        sum += usage->tokens[b];
    }
    return sum;
}

llmp_status llmp_usage_spread(const llmp_rate_card *card, const llmp_usage *mean, double sigma_log,
                              llmp_usage *out, size_t *out_count, llmp_error *error)
{
    if (card == NULL || mean == NULL || out == NULL || out_count == NULL) {
        return llmp__fail_argument(error, "card, mean, out or out_count", "is NULL");
    }
    if (!(sigma_log >= 0.0 && sigma_log <= sigma_most) || card->tier_count > LLMP_RATE_TIERS_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "a spread of %g, or %zu tiers: 0 to %g, at most %d",
                          sigma_log, card->tier_count, sigma_most, LLMP_RATE_TIERS_MAX);
    }
    double prompt = prompt_of(mean);
    size_t count = 0;
    double requests_above = 1.0; /* than the tier's lower end, as shares */
    double tokens_above = 1.0;
    double low = 0.0;
    if (!(sigma_log > 0.0 && prompt > 0.0)) {
        *out = *mean;
        *out_count = 1;
        return LLMP_OK;
    }
    for (size_t i = 0; i <= card->tier_count; i++) {
        bool last = i == card->tier_count;
        double high = last ? HUGE_VAL : (double)card->tiers[i].above_prompt_tokens;
        /* of a lognormal of that mean: P(X > T), and E[X; X > T] / E[X] */
        double z = last ? HUGE_VAL : log(high / prompt) / sigma_log;
        double requests_next = last ? 0.0 : gsl_cdf_ugaussian_Q(z + 0.5 * sigma_log);
        double tokens_next = last ? 0.0 : gsl_cdf_ugaussian_Q(z - 0.5 * sigma_log);
        double share = requests_above - requests_next;
        if (share < share_least && tokens_above - tokens_next < share_least) {
            continue;
        }
        double longer = (tokens_above - tokens_next) / share;
        /* rounding must not carry a mean out of its tier */
        longer = fmin(fmax(longer, low * (1.0 + 1e-9) / prompt), high / prompt);
        out[count] = *mean;
        out[count].requests_count = mean->requests_count * share;
        out[count].cache_storage_mtok_hours_count = mean->cache_storage_mtok_hours_count * share;
        for (int b = LLMP_BUCKET_INPUT; b < LLMP_BUCKET_OUTPUT; b++) {
            out[count].tokens[b] = mean->tokens[b] * longer;
        }
        count++;
        requests_above = requests_next;
        tokens_above = tokens_next;
        low = high;
    }
    *out_count = count;
    return LLMP_OK;
}
