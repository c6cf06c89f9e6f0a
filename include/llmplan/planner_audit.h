/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner_audit.h
 * @brief Is a claim about a model, a machine or money possible, plausible, and rightly computed?
 *
 * What a claim leaves open (quantisation, engine, context, placement) is judged over every reading
 * that makes sense: a claim stands if one reading allows it. What it says is an interval [a, b]:
 *
 *   "38"            [38, 38]
 *   "30-50"         [30, 50]
 *   "up to 70"      [70, 70], what the best reading reaches
 *   "over 9000"     [9000, inf)
 *   "under 0.05"    (-inf, 0.05]
 *
 * A reading of a speed or a time has the interval P that physics allows (a rate up to the ceiling,
 * a time from the floor) and the interval Q from its 1st to its 99th percentile. The claim is
 * impossible when [a, b] and P have nothing in common, partly impossible when a stated range leaves
 * P at one end, implausible when [a, b] and Q have nothing in common, else consistent. The best
 * verdict over all readings counts.
 *
 * Percentiles: p99 = p50 (p90 / p50)^2.444 and p1 likewise with p10, the ratio of the quantiles of
 * Student's t with four degrees of freedom, 3.747 / 1.533: residuals of speed models have heavier
 * tails than a normal distribution, whose ratio is 1.815.
 *
 * What is plain arithmetic (sums, bills, pay-back) is computed again. "About" then allows for
 * rounding: half a unit of the last digit that is not 0, at most 5 %.
 */
#ifndef LLMPLAN_PLANNER_AUDIT_H
#define LLMPLAN_PLANNER_AUDIT_H

#include <llmplan/planner.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a claim is about. The name ends in the unit of what it says. */
typedef enum llmp_claim_kind {
    LLMP_CLAIM_DECODE_TOKENS_PER_S = 0,  /**< summed over `batch` sequences; one when not stated */
    LLMP_CLAIM_PREFILL_TOKENS_PER_S = 1, /**< of a prompt of `prompt` tokens */
    LLMP_CLAIM_TTFT_S = 2,               /**< first token of a `prompt`, `depth` of it cached */
    LLMP_CLAIM_LATENCY_S = 3,            /**< the same and `output` tokens */
    LLMP_CLAIM_FITS = 4,      /**< on the devices alone, unless `offload`; says nothing */
    LLMP_CLAIM_MEMORY_GB = 5, /**< needs so many gigabytes (10^9) */
    LLMP_CLAIM_RATIO = 6,     /**< `metric` of `machine` over that of `against` */
    LLMP_CLAIM_CAPACITY_REQUESTS_PER_S = 7, /**< `machine_count` machines carry so many requests of
                                                 `prompt` + `output` tokens */
    LLMP_CLAIM_MACHINE_USD = 8,
    LLMP_CLAIM_POWER_W = 9,
    LLMP_CLAIM_ELECTRICITY_USD_PER_MONTH = 10,
    LLMP_CLAIM_BILL_USD = 11, /**< `requests` of `prompt` + `output` tokens at an API */
    LLMP_CLAIM_PAYBACK_MONTHS = 12,
    LLMP_CLAIM_SAVINGS_RATIO =
        13,                  /**< a share `local_ratio` answered locally, the rest by an API */
    LLMP_CLAIM_SUM = 14,     /**< of `terms` */
    LLMP_CLAIM_PRODUCT = 15, /**< of `terms` */
    LLMP_CLAIM_FACT = 16,    /**< a field `key` of a catalog `record` ("device.rtx-4090") */
    LLMP_CLAIM_OTHER = 17,   /**< what nothing here can judge; kept so that it is listed */
    LLMP_CLAIM_KIND_COUNT = 18
} llmp_claim_kind;

/** "decode_tokens_per_s", ... Never NULL. */
LLMP_API const char *llmp_claim_kind_name(llmp_claim_kind kind);
/** "tokens/s", "months", "". Never NULL. */
LLMP_API const char *llmp_claim_unit(llmp_claim_kind kind);

typedef enum llmp_claim_metric {
    LLMP_METRIC_DECODE = 0,
    LLMP_METRIC_PREFILL = 1,
    LLMP_METRIC_LATENCY = 2, /**< how many times shorter */
    LLMP_METRIC_TOKENS_PER_J = 3
} llmp_claim_metric;

/** A claim as its file states it. Absent members are 0 or NULL; text is borrowed. */
typedef struct llmp_claim {
    const char *id;
    const char *source;
    const char *text; /**< the wording */
    uint32_t kind;    /**< llmp_claim_kind */
    const char *says; /**< "38", "30-50", "up to 70", "over 9000", "under 0.05" */
    const char *model;
    const char *const *models; /**< readings of a class ("a 13B model") */
    size_t model_count;
    double params_count; /**< MEMORY_GB: a model of that size, whichever */
    const char *quant;
    const char *const *quants;
    size_t quant_count;
    double bits_per_weight; /**< quants of so many bits up to one more */
    const char *machine;
    double machine_count; /**< CAPACITY, ELECTRICITY: so many of them; 0: one */
    const char *against;
    uint32_t metric; /**< llmp_claim_metric */
    const char *engine;
    const char *backend;
    bool offload;      /**< FITS: layers may lie in host memory */
    bool devices_only; /**< speeds: nothing may */
    uint64_t context_tokens;
    double depth_tokens; /**< already cached */
    double prompt_tokens;
    double output_tokens;
    uint32_t batch;
    const char *api;
    const char *const *apis;
    size_t api_count;
    double requests_count;
    const char *bill; /**< PAYBACK: USD a month, "1000-5000" */
    double machine_usd;
    double power_w;
    double usd_per_kwh;
    const char *tariff;
    double pue_ratio;
    double local_ratio;
    double local_usd; /**< of one request answered locally */
    const char *const *terms;
    size_t term_count;
    const char *record;
    const char *key;
    bool used; /**< MACHINE_USD: second hand */
    llmp_date as_of;
    const char *note;
    uint32_t line;       /**< in its file; 0: none */
    uint64_t present[2]; /**< internal */
} llmp_claim;

/** What a claim says, as an interval; infinite where it is open. */
typedef struct llmp_claim_says {
    double low_value;
    double high_value;
    bool is_range; /**< both ends are stated */
    bool up_to;
} llmp_claim_says;

/**
 * Reads "38", "1,723", "30-50", "30 to 50", "up to 70", "over 9000", ">9000", "under 0.05",
 * "<0.05", "about 38", "~38".
 * @return LLMP_E_RANGE: no such form, negative, or a range that goes down
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_claim_says_parse(const char *text, llmp_claim_says *out,
                                                          llmp_error *error);

typedef struct llmp_interval {
    double low_value;
    double high_value;
} llmp_interval;

/** From bad to good. */
typedef enum llmp_claim_verdict {
    LLMP_CLAIM_IMPOSSIBLE = 0,        /**< no reading within what physics allows */
    LLMP_CLAIM_PARTLY_IMPOSSIBLE = 1, /**< one end of a stated range is beyond it */
    LLMP_CLAIM_WRONG = 2,             /**< recomputed, or looked up, it is another number */
    LLMP_CLAIM_IMPLAUSIBLE = 3,       /**< outside what is seen in 98 of 100 cases */
    LLMP_CLAIM_NOT_JUDGED = 4,        /**< a fact is missing */
    LLMP_CLAIM_CONSISTENT = 5,
    LLMP_CLAIM_VERDICT_COUNT = 6
} llmp_claim_verdict;

/** "impossible", "partly impossible", "wrong", "implausible", "cannot be judged", "consistent". */
LLMP_API const char *llmp_claim_verdict_name(llmp_claim_verdict verdict);

/**
 * Chance of a value at least as far from p50 as what is said, on that side: the tail of Student's t
 * with four degrees of freedom over ln(value / p50); 0.5 when p50 lies in what is said.
 */
LLMP_API double llmp_claim_chance(const llmp_claim_says *says, const llmp_estimate *estimate);

/** 1st to 99th percentile of an estimate; a rate's at most its ceiling, a time's at least it. */
LLMP_API void llmp_estimate_tails(const llmp_estimate *estimate, bool is_time, double *out_p1,
                                  double *out_p99);

/**
 * The rule at the top of this file.
 * @param is_time  smaller is faster: the estimate's ceiling is a least time
 * @return IMPOSSIBLE, PARTLY_IMPOSSIBLE, IMPLAUSIBLE or CONSISTENT
 */
LLMP_API llmp_claim_verdict llmp_claim_judge(const llmp_claim_says *says,
                                             const llmp_estimate *estimate, bool is_time);

/** What became of a claim. Owned by the llmp_audit; transparent. */
typedef struct llmp_claim_result {
    const llmp_claim *claim;
    llmp_claim_verdict verdict;
    bool has_says;
    llmp_claim_says says;
    bool has_estimate; /**< a speed, a time, a ratio: of the reading that suits the claim best */
    llmp_estimate estimate;
    llmp_interval tails; /**< from its 1st to its 99th percentile */
    double chance_ratio; /**< of a value at least as far from p50 as the claim, on its side; 0.5
                              when p50 agrees with it */
    bool has_computed;   /**< arithmetic and prices: the interval over all readings */
    llmp_interval computed;
    double factor_ratio; /**< impossible: beyond the bound; wrong: off by; else 0 */
    uint32_t readings_count;
    char reading[160];     /**< "Q8_0, llama.cpp CUDA, 4,096 tokens of context" */
    char why[480];         /**< the sentence that carries the verdict, with its numbers */
    char assumed[320];     /**< what the claim leaves open and how it was read */
    char alternative[256]; /**< what the claim would be true of; "" when not looked for */
} llmp_claim_result;

typedef struct llmp_audit_options {
    uint32_t struct_size;
    llmp_date as_of; /**< prices of that day, over the claims' own; 0: theirs, else the data's */
} llmp_audit_options;
#define LLMP_AUDIT_OPTIONS_INIT        \
    {                                  \
        sizeof(llmp_audit_options), 0, \
    }

typedef struct llmp_audit llmp_audit;

/**
 * Judges a file of claims: YAML with `claims:`, a list (docs/audit.md has the keys).
 * @param options  may be NULL
 * @return LLMP_E_SYNTAX, _SCHEMA, _VALUE, _REFERENCE (a name the catalog does not know, with the
 *         nearest), _DUPLICATE (an id), _LIMIT with line and column; LLMP_E_MEMORY. A claim that is
 *         false or cannot be judged is no error.
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_audit_file_create(const llmp_catalog *catalog,
                                                           const char *text, size_t text_bytes,
                                                           const char *where,
                                                           const llmp_audit_options *options,
                                                           llmp_audit **out, llmp_error *error);

/**
 * Judges @p count claims that a caller states. They are borrowed and must outlive the audit.
 * @return LLMP_E_UNKNOWN, LLMP_E_RANGE, LLMP_E_ARGUMENT naming the member; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_audit_create(const llmp_catalog *catalog,
                                                      const llmp_claim *claims, size_t count,
                                                      const llmp_audit_options *options,
                                                      llmp_audit **out, llmp_error *error);
LLMP_API void llmp_audit_destroy(llmp_audit **audit);
LLMP_API size_t llmp_audit_size(const llmp_audit *audit);
/** The i-th result, in the order of the claims; NULL when out of range. */
LLMP_API const llmp_claim_result *llmp_audit_result(const llmp_audit *audit, size_t i);
/** How many have that verdict. */
LLMP_API size_t llmp_audit_count(const llmp_audit *audit, llmp_claim_verdict verdict);

/**
 * Derives a result: the reading that suits the claim best stage by stage, or the terms of a
 * recomputation.
 * @return LLMP_E_RANGE when i is out of range; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_audit_explain(const llmp_audit *audit, size_t i,
                                                       const llmp_trace *trace, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
