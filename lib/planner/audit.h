/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file audit.h
 * @brief The parts of judging claims: names resolved, readings of what a claim leaves open, one
 * judge for each kind.
 */
#ifndef LLMP_PLANNER_AUDIT_H
#define LLMP_PLANNER_AUDIT_H

#include "base/arena.h"
#include "catalog/schema.h"
#include "planner/fit.h"

#include <llmplan/cost.h>
#include <llmplan/planner_audit.h>

extern const llmp_schema llmp__schema_claim;

enum { LLMP__CLAIM_NAMES_MAX = 32 };

/** A claim with its names looked up. */
typedef struct llmp__claim_scene {
    const llmp_catalog *catalog;
    const llmp_claim *claim;
    llmp_claim_says says;
    const llmp_model *models[LLMP__CLAIM_NAMES_MAX];
    size_t model_count;
    const llmp_quant *quants[LLMP__CLAIM_NAMES_MAX];
    size_t quant_count; /* 0: not stated */
    const llmp_engine *engine;
    const llmp_machine *machine; /* NULL: not stated */
    const llmp_machine *against;
    const llmp_api_price *apis[LLMP__CLAIM_NAMES_MAX];
    size_t api_count;
    const llmp_tariff *tariff;
    const llmp_schema *record_schema;
    const llmp_record *record;
    size_t key;
    llmp_date as_of;
    const llmp_trace *trace; /* NULL: only judge */
    llmp_machine machines[2];
} llmp__claim_scene;

/** Looks up every name of a claim. On failure error->field is the key at fault. */
llmp_status llmp__claim_resolve(const llmp_catalog *catalog, const llmp_claim *claim,
                                const llmp_audit_options *options, llmp__claim_scene *out,
                                llmp_error *error);

/** One way to read what a claim leaves open, placed and timed. */
typedef struct llmp__reading {
    const llmp_model *model;
    const llmp_machine *machine;
    double depth_tokens;
    llmp_placement placement; /* what the engine chose itself */
    uint32_t gpu_layers;      /* likewise */
    uint32_t cpu_expert_layers;
    llmp_fit_request request;
    llmp__attempt attempt;
} llmp__reading;

/** What readings did not come about. */
typedef struct llmp__unread {
    uint32_t tried;
    uint32_t no_room;         /* do not fit, or only with the host */
    uint64_t missing_bytes;   /* least of them */
    uint64_t need_bytes;      /* of that one */
    uint64_t available_bytes; /* likewise */
    char title[96];           /* likewise, "Llama 3.1 70B Q2_K" */
    uint32_t unknown;         /* a fact is missing */
    char message[200];        /* which */
} llmp__unread;

/**
 * Every reading of a scene on a machine: models x quants x depths x placements, in a fixed order.
 * @param devices_only  only what fits without the host
 * @param each          may keep nothing of the reading
 */
llmp_status llmp__readings(const llmp__claim_scene *scene, const llmp_machine *machine,
                           bool devices_only,
                           void (*each)(void *user, const llmp__reading *reading), void *user,
                           llmp__unread *out, llmp_error *error);
/** Says in `why` that there was no reading, with a verdict: no room, or a fact missing. */
void llmp__no_reading(const llmp__unread *unread, const llmp_machine *machine,
                      llmp_claim_result *result);
/** "Q8_0, llama.cpp CUDA, tensor parallel". */
void llmp__reading_title(const llmp__reading *reading, char *out, size_t out_size);

/** Keeps the reading that suits a claim best. */
typedef struct llmp__best {
    const llmp_claim_says *says;
    bool is_time;
    bool any;
    llmp_claim_verdict verdict;
    double distance; /* of the claim from the reading's p50, in logarithms */
    llmp_estimate estimate;
} llmp__best;
/** True when this estimate is better than what was kept, and then kept. */
bool llmp__best_offer(llmp__best *best, const llmp_estimate *estimate);

/** Judges. Each fills the result but for claim and says. */
typedef llmp_status llmp__judge(const llmp__claim_scene *scene, llmp_claim_result *result,
                                llmp_error *error);
llmp__judge llmp__judge_speed, llmp__judge_fits, llmp__judge_memory, llmp__judge_ratio,
    llmp__judge_capacity, llmp__judge_price, llmp__judge_power, llmp__judge_electricity,
    llmp__judge_bill, llmp__judge_payback, llmp__judge_savings, llmp__judge_terms, llmp__judge_fact;

/** A claim is no evidence for itself: what the catalog has from the same source does not count. */
bool llmp__same_source(const char *source, const llmp_claim *claim);
/** NOT_JUDGED with the reason. */
llmp_status llmp__not_judged(llmp_claim_result *result, const char *format, ...) LLMP_PRINTF(2, 3);
/**
 * Compares what is said with an interval over all readings.
 * @param otherwise  the verdict when they have nothing in common; when WRONG, what is said may be
 *                   rounded
 */
void llmp__judge_computed(const llmp__claim_scene *scene, double low, double high,
                          llmp_claim_verdict otherwise, llmp_claim_result *result);
/** Half a unit of the last digit that is not 0, at most 5 %. */
double llmp__rounding(double value);

/** USD per kilowatt-hour as the claim or its tariff says; 0 when neither does. */
llmp_status llmp__claim_kwh_usd(const llmp__claim_scene *scene, double *out, llmp_error *error);

/** What a speed that is too high would be possible for: more sequences, smaller models. */
void llmp__claim_alternative(const llmp__claim_scene *scene, const llmp__reading *best,
                             llmp_claim_result *result);

/** Three significant digits and thousands separators, in one of a few static-free buffers. */
typedef struct llmp__short {
    char text[32];
} llmp__short;
llmp__short llmp__figure_text(double value);

/** "5,357", or "135 to 5,357". */
void llmp__range_text(double low, double high, char *out, size_t size);

/** "; so much in 3 of 100 cases" where that is worth saying, else "". */
void llmp__chance_text(const llmp_claim_result *result, char *out, size_t size);

/** Emits a term of a recomputation; nothing without a trace. */
void llmp__claim_term(const llmp__claim_scene *scene, const char *term, const char *formula,
                      const char *inputs, double value, const char *unit, const char *source);

#endif
