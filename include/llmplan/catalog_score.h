/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_score.h
 * @brief Catalog records for quality: benchmarks, and what models scored on them, by whose account.
 *
 * A score is a published figure, never computed here. It holds for the weights as released: a
 * quantised copy may do worse. Scores of different accounts come from different harnesses and
 * settings; llmp_score_pairs compares within one account where it can. A model without a record has
 * no known score, which is neither good nor bad.
 */
#ifndef LLMPLAN_CATALOG_SCORE_H
#define LLMPLAN_CATALOG_SCORE_H

#include <llmplan/catalog.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_score_unit {
    LLMP_SCORE_PERCENT = 0, /**< of tasks solved or questions answered */
    LLMP_SCORE_ELO = 1      /**< rating from pairwise votes */
} llmp_score_unit;

/** A test that models are given. More is better. */
typedef struct llmp_benchmark {
    llmp_record head;
    llmp_score_unit unit;
    const char *measures; /**< what it asks of a model, in a few words */
} llmp_benchmark;

/** By whose account a model scored. */
typedef enum llmp_account {
    LLMP_ACCOUNT_INDEPENDENT = 0, /**< run by somebody else than the model's maker */
    LLMP_ACCOUNT_VENDOR = 1,      /**< the maker's own claim */
    LLMP_ACCOUNT_QUOTED = 2       /**< passed on by an article; the original was not seen */
} llmp_account;

/** What a model scored on a benchmark. Exactly one of `model` and `api_model` is given. */
typedef struct llmp_score {
    llmp_record head;
    const char *model;     /**< id of a catalog model; NULL: closed */
    const char *api_model; /**< id of one API price of it; all prices of that provider's model share
                                the score; NULL: open weights */
    const char *benchmark; /**< benchmark id */
    double value;          /**< in the benchmark's unit: percent 0..100, or Elo points */
    llmp_account account;
    const char *setting; /**< "reasoning high", "mini-SWE-agent", as far as stated */
} llmp_score;

#define LLMP_BENCHMARK(record) ((const llmp_benchmark *)(const void *)(record))
#define LLMP_SCORE(record) ((const llmp_score *)(const void *)(record))

/** "independent", "vendor", "quoted". Never NULL. */
LLMP_API const char *llmp_account_name(llmp_account account);

/** Known scores of a model, or of what is sold at a price: exactly one is given. */
typedef struct llmp_scored {
    const llmp_model *model;
    const llmp_api_price *price; /**< also finds the scores of the open model it serves */
} llmp_scored;

/**
 * The score to go by: published by @p as_of (0: the date of the built-in data); an independent one
 * before the vendor's before a quoted one, among those the latest.
 * @param benchmark  id
 * @return NULL when none is known (or an argument is NULL)
 */
LLMP_API const llmp_score *llmp_score_of(const llmp_catalog *catalog, llmp_scored of,
                                         const char *benchmark, llmp_date as_of);

/**
 * All scores published by @p as_of, by id.
 * @param out  room for @p max; may be NULL when max is 0
 * @return how many there are, which may be more than @p max
 */
LLMP_API size_t llmp_scores_of(const llmp_catalog *catalog, llmp_scored of, llmp_date as_of,
                               const llmp_score **out, size_t max);

/** Two models on one benchmark. */
typedef struct llmp_score_pair {
    const llmp_benchmark *benchmark;
    const llmp_score *a;
    const llmp_score *b;
    bool same_account; /**< both independent, or both their vendors' claims */
} llmp_score_pair;

/**
 * Benchmarks on which both have a score published by @p as_of, by benchmark id; from the same
 * account where there is one (independent first), else each as llmp_score_of.
 * @return how many there are, which may be more than @p max
 */
LLMP_API size_t llmp_score_pairs(const llmp_catalog *catalog, llmp_scored a, llmp_scored b,
                                 llmp_date as_of, llmp_score_pair *out, size_t max);

#ifdef __cplusplus
}
#endif
#endif
