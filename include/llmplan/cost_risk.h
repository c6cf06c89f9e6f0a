/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cost_risk.h
 * @brief The same comparison in many futures.
 *
 * Quasi-random futures: a Sobol sequence (GSL) with a random digital shift, mapped through inverse
 * distribution functions. The same seed gives the same bytes.
 */
#ifndef LLMPLAN_COST_RISK_H
#define LLMPLAN_COST_RISK_H

#include <llmplan/cost_answer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What may turn out differently. Each is a factor on what the study says. */
typedef enum llmp_factor {
    LLMP_FACTOR_API_PRICE = 0,
    LLMP_FACTOR_API_PRICE_CHANGE = 1, /**< on next year's price, of this year's */
    LLMP_FACTOR_USAGE = 2,
    LLMP_FACTOR_GROWTH = 3, /**< on next year's requests, of this year's */
    LLMP_FACTOR_SPEED = 4,
    LLMP_FACTOR_POWER = 5,
    LLMP_FACTOR_HARDWARE = 6,
    LLMP_FACTOR_RESIDUAL = 7, /**< on the value a year later, of the value now; at most 1 then */
    LLMP_FACTOR_ELECTRICITY = 8,
    LLMP_FACTOR_STAFF = 9,
    LLMP_FACTOR_RENT_PRICE = 10,
    LLMP_FACTOR_COUNT = 11
} llmp_factor;

/** "api_price", ... for programs; and for people. Never NULL. */
LLMP_API const char *llmp_factor_name(llmp_factor factor);
LLMP_API const char *llmp_factor_title(llmp_factor factor);

typedef enum llmp_shape {
    LLMP_SHAPE_FIXED = 0,      /**< the factor is 1 */
    LLMP_SHAPE_UNIFORM = 1,    /**< low .. high */
    LLMP_SHAPE_TRIANGULAR = 2, /**< low .. high, most likely 1 (or the nearer end) */
    LLMP_SHAPE_LOGNORMAL = 3   /**< 10 % below low, 10 % above high */
} llmp_shape;

/** How a factor is spread; 0 < low <= high <= 1e6. */
typedef struct llmp_spread {
    llmp_shape shape;
    double low_value;
    double high_value;
} llmp_spread;

/** Most pairs that may move together. */
#define LLMP_CORRELATIONS_MAX 16

/** Two factors that move together. */
typedef struct llmp_correlation {
    llmp_factor a;
    llmp_factor b;
    double ratio; /**< of their normal scores (a Gaussian copula), -1 < ratio < 1 */
} llmp_correlation;

/** How many futures, and which. */
typedef struct llmp_risk_options {
    uint32_t struct_size;
    llmp_spread spread[LLMP_FACTOR_COUNT];
    size_t correlation_count; /**< the pairs not listed are independent */
    llmp_correlation correlation[LLMP_CORRELATIONS_MAX];
    uint32_t draws;       /**< 16 .. 65536; powers of two spread best */
    uint32_t index_draws; /**< base draws of the Sobol indices; 0: none are computed */
    uint64_t seed;
} llmp_risk_options;

#define LLMP_RISK_OPTIONS_INIT                                              \
    {                                                                       \
        sizeof(llmp_risk_options), {{LLMP_SHAPE_FIXED, 0, 0}}, 0,           \
            {{LLMP_FACTOR_API_PRICE, LLMP_FACTOR_API_PRICE, 0}}, 4096, 0, 1 \
    }

/** Three points of a distribution. An infinite number of months is "never within the horizon". */
typedef struct llmp_range {
    double p10;
    double p50;
    double p90;
} llmp_range;

/** One factor's part in it. */
typedef struct llmp_sensitivity {
    bool varies;
    double low_usd;     /**< present saving with the factor at its P10, all else at P50 */
    double high_usd;    /**< at its P90 */
    double first_ratio; /**< first-order Sobol index of the present saving; NaN: not computed */
    double total_ratio; /**< total index (Jansen) */
} llmp_sensitivity;

/** The futures, summed up. Money is discounted to the start, resale included. */
typedef struct llmp_risk {
    uint32_t struct_size;
    uint32_t draws;
    llmp_range candidate_usd;
    llmp_range baseline_usd;
    llmp_range saving_usd;
    llmp_range breakeven_months; /**< HUGE_VAL: never within the horizon */
    double saves_ratio;          /**< share of futures in which the candidate costs less */
    double breaks_even_ratio;    /**< in which it breaks even within the horizon */
    llmp_sensitivity sensitivity[LLMP_FACTOR_COUNT];
} llmp_risk;

/**
 * Runs the comparison in @p options->draws futures. Needs a work space of some 64 bytes a draw.
 * Correlated factors are drawn through a Gaussian copula; the tornado and the Sobol indices vary
 * factors independently, as their definitions ask.
 * @return LLMP_E_RANGE (draws, a spread, correlations that contradict each other), LLMP_E_ARGUMENT,
 * LLMP_E_MEMORY, or as llmp_flow_run for the study itself
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_risk_run(const llmp_study *study, llmp_option candidate,
                                                  llmp_option baseline,
                                                  const llmp_risk_options *options, llmp_risk *out,
                                                  llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
