/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file sweep.h
 * @brief Every combination of models, quants, machines, engines, cache types, contexts and batches.
 *
 * Rows are numbered in the order of the axes, models slowest and batches fastest, so that any part
 * of a sweep can be computed by itself: by another thread, another machine, or later. A row says
 * what `llmp_fit_create` says of the same scenario with its quant given.
 */
#ifndef LLMPLAN_SWEEP_H
#define LLMPLAN_SWEEP_H

#include <llmplan/catalog_part.h>
#include <llmplan/import.h>
#include <llmplan/planner.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A value of the axis of engines. */
typedef struct llmp_sweep_engine {
    const llmp_engine *engine; /**< NULL: the one people use for the quant on the machine */
    const char *backend;       /**< NULL: the engine's first that runs on the machine */
} llmp_sweep_engine;

/** A value of the axis of KV cache types; NULL members: the engine's default. */
typedef struct llmp_sweep_kv {
    const llmp_format *k_format;
    const llmp_format *v_format;
} llmp_sweep_kv;

/** What is combined, slowest axis first. Borrowed: all of it must outlive the sweep. */
typedef struct llmp_sweep_axes {
    uint32_t struct_size;
    const llmp_model *const *models; /**< at least one */
    size_t model_count;
    /** NULL, or for each model the import it is the llmp_import_model of, NULL for one of the
     * catalog. */
    const llmp_import *const *imports;
    const llmp_quant *const *quants; /**< at least one; NULL: a file's own, which all must have */
    size_t quant_count;
    const llmp_machine *machines; /**< at least one */
    size_t machine_count;
    const llmp_sweep_engine *engines; /**< none: the usual one */
    size_t engine_count;
    const llmp_sweep_kv *kv; /**< none: the engine's default */
    size_t kv_count;
    const uint32_t *ubatches_tokens; /**< 1 .. 1,048,576; none: the engine's default */
    size_t ubatch_count;
    const uint64_t *prompts_tokens; /**< 1 .. 2^32, cut to the context; none: the whole context */
    size_t prompt_count;
    const uint64_t *contexts_tokens; /**< 1 .. 2^32, of each sequence; at least one */
    size_t context_count;
    const uint32_t *batches; /**< 1 .. 65536, sequences at once; at least one */
    size_t batch_count;
    llmp_memory_options memory; /**< of all rows; context, parallel, ubatch and cache types are
                                     those of the axes */
    bool devices_only;          /**< nothing on the host, as llmp_placement_of_devices says for each
                                     machine; memory.placement is then not read */
    const llmp_tariff *tariff;  /**< NULL: United States, household or commercial by device */
    llmp_buying buying;         /**< what machines and parts are bought */
    llmp_date as_of;            /**< of prices and currencies; 0: the built-in data's */
    uint32_t months;            /**< a machine is used, 1 .. 240 */
} llmp_sweep_axes;

#define LLMP_SWEEP_AXES_INIT                                                                       \
    {                                                                                              \
        sizeof(llmp_sweep_axes), NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, \
            0, NULL, 0, NULL, 0, LLMP_MEMORY_OPTIONS_INIT, false, NULL, LLMP_BUYING_NEW, 0, 36     \
    }

/** One scenario and its answer. Text belongs to the worker and holds until its next row. */
typedef struct llmp_sweep_row {
    uint32_t struct_size;
    uint64_t index; /**< from 0 */

    const llmp_model *model;
    const llmp_quant *quant; /**< NULL: a file's own */
    const char *quant_name;  /**< its id, or as llmp_import_quant_title has it */
    const llmp_machine *machine;
    const char *machine_name;    /**< as llmp_machine_parse reads it: "2x rtx-4090" */
    const llmp_engine *engine;   /**< NULL: none is named and none runs the quant on the machine */
    const llmp_backend *backend; /**< NULL: none of the engine's does */
    const llmp_format *kv_k_format; /**< NULL: neither asked for nor is there an engine */
    const llmp_format *kv_v_format;
    uint32_t ubatch_tokens; /**< 0: as above */
    uint64_t prompt_tokens; /**< prefill and first token are of it, decode is at this depth */
    uint64_t context_tokens;
    uint32_t batch;

    llmp_status status; /**< LLMP_OK, or why the row has no figures, as of llmp_fit_create */
    bool has_memory;    /**< verdict to missing_bytes are set */
    llmp_verdict verdict;
    llmp_placement placement;
    llmp_memory_parts memory;
    uint64_t host_bytes;
    uint64_t headroom_bytes;
    uint64_t missing_bytes;
    bool has_speed; /**< what follows is set; false when it cannot run or a fact is missing */
    llmp_estimate decode_tokens_per_s; /**< of all sequences together */
    llmp_limit limited_by;
    llmp_estimate prefill_tokens_per_s; /**< one prompt */
    llmp_estimate ttft_s;
    llmp_estimate energy_j_per_token; /**< of decode; NaN: unknown */
    double least_usd_per_mtok;        /**< NaN: the price of the machine or its power is unknown */
    const char *reason;               /**< why a figure is missing; "" when none is */
} llmp_sweep_row;

/** The axes, checked. Immutable: any number of threads may share it, each with its own worker. */
typedef struct llmp_sweep llmp_sweep;

/** What one thread keeps prepared from row to row. */
typedef struct llmp_sweep_worker llmp_sweep_worker;

/**
 * Checks the axes and works out what each machine costs.
 * @param catalog  frozen when several threads will work; must outlive the sweep
 * @return LLMP_E_ARGUMENT (an axis that must have a value has none; NULL; no quant for a
 *         model that has none of its own), LLMP_E_RANGE (a value
 *         outside what its axis allows), LLMP_E_LIMIT (more than 2^53 combinations), LLMP_E_NO_DATA
 *         (no rate for the tariff's currency), LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_sweep_create(const llmp_catalog *catalog,
                                                      const llmp_sweep_axes *axes, llmp_sweep **out,
                                                      llmp_error *error);
/** Frees; sets *sweep to NULL; accepts NULL. Its workers go first. */
LLMP_API void llmp_sweep_destroy(llmp_sweep **sweep);

/** Number of combinations. */
LLMP_API uint64_t llmp_sweep_count(const llmp_sweep *sweep);

/**
 * Rows first .. end - 1 of shard @p shard (from 1) of @p shards: contiguous, disjoint, together all
 * rows, sizes equal but for one.
 * @return LLMP_E_RANGE unless 1 <= shard <= shards
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_sweep_shard(uint64_t count, uint64_t shard,
                                                     uint64_t shards, uint64_t *out_first,
                                                     uint64_t *out_end, llmp_error *error);

/** @return LLMP_E_MEMORY, LLMP_E_ARGUMENT */
LLMP_API LLMP_NODISCARD llmp_status llmp_sweep_worker_create(const llmp_sweep *sweep,
                                                             llmp_sweep_worker **out,
                                                             llmp_error *error);
LLMP_API void llmp_sweep_worker_destroy(llmp_sweep_worker **worker);

/**
 * Computes row @p index. Rows in rising order are fastest: what their slow axes have in common is
 * prepared once.
 *
 * least_usd_per_mtok, of tokens written by a machine that never pauses:
 *   1e6 (price (1 - 0.65^(months/12)) / (months 730 h 3600) / decode_p50 + energy_p50 pue tariff)
 * in which 0.65 is the share of its value a machine keeps each year. It is the least a token can
 * cost, not a bill: `llmp_cost_create` makes one.
 *
 * @return LLMP_OK also for a row without figures (see status, reason); LLMP_E_RANGE for an index
 *         that is none; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_sweep_row_at(llmp_sweep_worker *worker, uint64_t index,
                                                      llmp_sweep_row *out, llmp_error *error);

/** The same without figures: which scenario row @p index is. has_memory and has_speed are false. */
LLMP_API LLMP_NODISCARD llmp_status llmp_sweep_scenario_at(llmp_sweep_worker *worker,
                                                           uint64_t index, llmp_sweep_row *out,
                                                           llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
