/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner.h
 * @brief The user's questions, answered by composing the stages.
 *
 * fit: does this model run on this machine, with what placement, how fast, and what would help.
 */
#ifndef LLMPLAN_PLANNER_H
#define LLMPLAN_PLANNER_H

#include <llmplan/import.h>
#include <llmplan/speed.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is asked. Exactly one of model and import is given. */
typedef struct llmp_fit_request {
    uint32_t struct_size;
    const llmp_model *model;
    const llmp_import *import;
    const char
        *file; /**< path for the command line; NULL: a name is made up from model and quant */
    const llmp_machine *machine;
    const llmp_quant *quant;   /**< NULL: the file's, else the best quality that fits */
    const llmp_engine *engine; /**< NULL: the engine people use for this quant on this machine */
    const char *backend;       /**< NULL: the engine's first that runs on the machine */
    llmp_memory_options memory;
    double prompt_tokens;          /**< for TTFT and prefill; decode is quoted at this depth */
    const llmp_model *draft_model; /**< speculative decoding; NULL: none */
    const llmp_quant *draft_quant; /**< NULL: the target's */
    uint32_t draft_tokens;
    double acceptance_ratio;
    bool self_draft;    /**< speculate with the model's own MTP layers */
    const char *use;    /**< fit_all: only models with this use; NULL: all */
    const char *family; /**< fit_all: only this family; NULL: all */
    uint64_t params_min;
    uint64_t params_max; /**< 0: no limit */
} llmp_fit_request;

#define LLMP_FIT_REQUEST_INIT                                                             \
    {                                                                                     \
        sizeof(llmp_fit_request), NULL, NULL, NULL, NULL, NULL, NULL, NULL,               \
            LLMP_MEMORY_OPTIONS_INIT, 2000.0, NULL, NULL, 4, 0.7, false, NULL, NULL, 0, 0 \
    }

/** One thing the user could do instead, with its effect. */
typedef struct llmp_fit_advice {
    char change[96];  /**< what to type: "--kv-type q8_0" */
    char effect[160]; /**< "+1.2 GiB free, context up to 57,344" */
    llmp_verdict verdict;
    double decode_p50_tokens_per_s; /**< 0 when it cannot run */
    uint64_t headroom_bytes;
    uint64_t max_context_tokens;
} llmp_fit_advice;

#define LLMP_FIT_ADVICE_MAX 6
#define LLMP_FIT_WARNINGS_MAX 12
#define LLMP_FIT_BASIS_MAX 12

/** Where one figure of the answer comes from. */
typedef struct llmp_fit_basis {
    char figure[32]; /**< "weights", "kv", "decode", ... */
    llmp_grade grade;
    char source[256];
} llmp_fit_basis;

/** The answer. Transparent; owned by the llmp_fit. */
typedef struct llmp_fit_answer {
    uint32_t struct_size;
    llmp_verdict verdict;
    const llmp_model *model;
    const llmp_machine *machine;
    const llmp_engine *engine;
    const llmp_backend *backend;
    const llmp_quant *quant; /**< NULL for a file's own mix */
    const char *quant_title;
    char quant_reason[160]; /**< why this quant, when it was chosen; "" when it was asked for */
    const llmp_arch *arch;
    llmp_memory_options options; /**< as asked, defaults filled in */
    llmp_memory_result memory;
    uint64_t max_context_tokens; /**< largest context per sequence with this verdict; 0: none */
    bool max_context_is_models;  /**< limited by the model, not by memory */
    uint32_t max_parallel;       /**< sequences of the asked context */

    bool has_speed;         /**< false when it cannot run, or a fact is missing */
    char speed_reason[384]; /**< which, and what to do; "" when nothing is missing */
    double prompt_tokens;
    double decode_context_tokens; /**< depth that `decode` is quoted at */
    llmp_decode_result decode;
    llmp_decode_result decode_full; /**< at the whole context */
    bool has_speculative;
    llmp_decode_result speculative;
    uint64_t draft_bytes; /**< set aside for the draft model: its weights, cache and buffers */
    llmp_prefill_result prefill;
    llmp_estimate ttft_s;
    bool calibrated; /**< by a profile measured on this machine; then also what its class says: */
    llmp_estimate class_decode_tokens_per_s;
    llmp_estimate class_prefill_tokens_per_s;
    llmp_estimate class_ttft_s;
    char widened[160]; /**< why intervals are wider than the profile's; "" when they are not */
    double load_s;     /**< reading the weights from disk; 0 when the disk is unknown */

    char command[1024]; /**< the line that runs it; "" when nothing can */
    uint32_t advice_count;
    llmp_fit_advice advice[LLMP_FIT_ADVICE_MAX];
    uint32_t warning_count;
    char warnings[LLMP_FIT_WARNINGS_MAX][256];
    uint32_t basis_count;
    llmp_fit_basis basis[LLMP_FIT_BASIS_MAX];
} llmp_fit_answer;

/** Owner of an answer and of the arch behind it. */
typedef struct llmp_fit llmp_fit;

/** LLMP_E_RANGE when the model was made for fewer tokens than are asked for; the hint has its
 * limit. */
LLMP_API LLMP_NODISCARD llmp_status llmp_context_check(const llmp_model *model, uint64_t asked,
                                                       llmp_error *error);

/**
 * Answers for one model on one machine.
 * @return LLMP_OK also for "cannot run"; LLMP_E_ARGUMENT, LLMP_E_RANGE (context above 2^32, ...),
 *         LLMP_E_IMPOSSIBLE (no engine runs this quant on this machine), LLMP_E_NO_DATA (geometry
 * or size unknown: the message names what is missing and the hint what to give), LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_fit_create(const llmp_catalog *catalog,
                                                    const llmp_fit_request *request, llmp_fit **out,
                                                    llmp_error *error);
LLMP_API void llmp_fit_destroy(llmp_fit **fit);
LLMP_API const llmp_fit_answer *llmp_fit_answer_of(const llmp_fit *fit);

/** Derives every figure of the answer, stage by stage. */
LLMP_API LLMP_NODISCARD llmp_status llmp_fit_explain(const llmp_fit *fit, const llmp_trace *trace,
                                                     llmp_error *error);

/** The placed model of an answer, for curves over context and batch; NULL when has_speed is false.
 */
LLMP_API const llmp_speed_model *llmp_fit_speed_model(const llmp_fit *fit);
LLMP_API const llmp_memory_model *llmp_fit_memory_model(const llmp_fit *fit);

/** One line of "what can I run here". */
typedef struct llmp_fit_row {
    const llmp_model *model;
    const llmp_quant *quant;
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_verdict verdict;
    llmp_placement placement;
    uint64_t total_bytes;
    uint64_t device_bytes; /**< what of it the devices hold; all of it without a device */
    uint64_t headroom_bytes;
    uint64_t max_context_tokens;
    uint64_t params;
    uint64_t active_params;
    double quant_loss_ratio; /**< KL divergence against the original, published or interpolated */
    llmp_estimate decode_tokens_per_s;
    llmp_estimate prefill_tokens_per_s;
    llmp_estimate ttft_s;
    bool has_speed;
} llmp_fit_row;

/** A ranked list and what was left out. */
typedef struct llmp_fit_list llmp_fit_list;

/**
 * What can this machine run: every catalog model with known geometry that passes the request's
 * filters, each at its best quant that fits (or the request's quant), ranked: what fits at a
 * quality close to the original, then what fits with a noticeable loss, then what runs slowly;
 * within each the most parameters first. Models that cannot run, or were made for less context than
 * is asked for, are counted.
 * @return LLMP_OK also when nothing runs; LLMP_E_UNKNOWN for a use or family that no model has,
 *         LLMP_E_IMPOSSIBLE (no engine runs on the machine), LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_fit_list_create(const llmp_catalog *catalog,
                                                         const llmp_fit_request *request,
                                                         llmp_fit_list **out, llmp_error *error);
LLMP_API void llmp_fit_list_destroy(llmp_fit_list **list);
LLMP_API size_t llmp_fit_list_size(const llmp_fit_list *list);
LLMP_API const llmp_fit_row *llmp_fit_list_row(const llmp_fit_list *list, size_t i);
/** Models left out: cannot run here; geometry unknown; made for less context than the request has.
 * Each pointer may be NULL. */
LLMP_API void llmp_fit_list_left_out(const llmp_fit_list *list, size_t *out_cannot_run,
                                     size_t *out_unknown, size_t *out_shorter);

/* --- executable cases ---------------------------------------------------------------------------
 */

/** What became of one case. Text is valid during the callback only. */
typedef struct llmp_case_result {
    const char *id;
    const char *question; /**< "kv_bytes", "decode_tokens_per_s", ... */
    const char *source;   /**< where the expected value comes from */
    const char *unit;     /**< of the values below */
    double value;         /**< computed; NaN-free: 0 when `answered` is false */
    double low_value;     /**< the accepted range */
    double high_value;
    bool differs; /**< a wrong published number: passes when the value lies outside the range */
    bool answered;
    bool passed;
    const char *message; /**< why it was not answered; "" otherwise */
} llmp_case_result;

/**
 * Runs a file of cases: YAML with `cases:`, each a question with inputs, an expected value, its
 * tolerance and its source. docs/cases.md lists questions and keys.
 * @param each       called for every case in order; may be NULL
 * @param out_failed number of cases that did not pass; may be NULL
 * @return LLMP_E_SYNTAX, _SCHEMA, _VALUE, _LIMIT, ... for the file; a failed case is no error
 */
LLMP_API LLMP_NODISCARD llmp_status
llmp_cases_run(const llmp_catalog *catalog, const char *text, size_t text_bytes, const char *where,
               void (*each)(void *user, const llmp_case_result *result), void *user,
               size_t *out_passed, size_t *out_failed, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
