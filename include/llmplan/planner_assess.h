/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner_assess.h
 * @brief One machine judged for one model, or for several that must be loaded together: fit, speed,
 * users, seconds of real tasks, power, money. What `compare` and `recommend` are made of.
 */
#ifndef LLMPLAN_PLANNER_ASSESS_H
#define LLMPLAN_PLANNER_ASSESS_H

#include <llmplan/planner_cost.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- tasks --------------------------------------------------------------------------------------
 */

/** How long a task takes one user, who waits for every answer and nobody else's. */
typedef struct llmp_task_time {
    llmp_estimate time_s; /**< p10 adds up the fast ends of both phases, p90 the slow ones */
    double prefill_s;     /**< of the p50 */
    double decode_s;
    double prefill_tokens; /**< processed */
    double cached_tokens;  /**< read from the cache instead */
    double output_tokens;
    double context_tokens; /**< at the end: what must fit */
} llmp_task_time;

/** Tokens of context that a task ends with: prefix + prompts + outputs. */
LLMP_API double llmp_task_context_tokens(const llmp_task *task);

/**
 * Time of a task on a placed model. Turn i finds n_i tokens, of which h n_i are cached, and adds
 * p_i:
 *
 *   t = sum over turns of prefill(p_i + (1 - h) n_i tokens after h n_i)
 *                         + output / decode(rate at depth n_i + p_i + output / 2)
 *
 * @param trace  receives each turn; may be NULL
 * @return LLMP_E_ARGUMENT, LLMP_E_RANGE when the context passes 2^32 tokens or turns are outside
 *         1 .. 1000
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_task_time_of(const llmp_speed_model *model,
                                                      const llmp_task *task,
                                                      const llmp_trace *trace, llmp_task_time *out,
                                                      llmp_error *error);

/* --- assessment ---------------------------------------------------------------------------------
 */

#define LLMP_ASSESS_MODELS_MAX 4
#define LLMP_ASSESS_POINTS_MAX 8
#define LLMP_ASSESS_TASKS_MAX 8
/** Context when none is asked for. */
#define LLMP_ASSESS_CONTEXT_TOKENS 32768

/** What is asked. */
typedef struct llmp_assess_request {
    uint32_t struct_size;
    const llmp_machine *machine;
    uint32_t model_count;           /**< 1 .. LLMP_ASSESS_MODELS_MAX, loaded together */
    const llmp_fit_request *models; /**< one each; their `machine` is not read */
    uint32_t depth_count;
    double depths_tokens[LLMP_ASSESS_POINTS_MAX]; /**< decode at */
    uint32_t prompt_count;
    double prompts_tokens[LLMP_ASSESS_POINTS_MAX]; /**< time to first token of */
    uint32_t task_count;
    const llmp_task *tasks[LLMP_ASSESS_TASKS_MAX];
    /** Workload, API, tariff, assumptions; the workload is the first model's and `fit` is not read.
     * NULL: no money. */
    const llmp_cost_request *cost;
    bool context_given; /**< the models' memory.context_tokens are meant */
} llmp_assess_request;

/** A depth of 2,000 and of 30,000 tokens, prompts of the same; no tasks, no money. */
#define LLMP_ASSESS_REQUEST_INIT                                                                   \
    {                                                                                              \
        sizeof(llmp_assess_request), NULL, 0, NULL, 2, {2000.0, 30000.0}, 2, {2000.0, 30000.0}, 0, \
            {NULL}, NULL, false                                                                    \
    }

/** One figure over context: `fits` false when the machine cannot hold so many tokens. */
typedef struct llmp_assess_point {
    double tokens;
    bool fits;
    llmp_estimate value;
} llmp_assess_point;

/** One task. */
typedef struct llmp_assess_task {
    const llmp_task *task;
    bool fits; /**< its context does */
    llmp_task_time time;
} llmp_assess_task;

/** One model on the machine. Speeds only where `has_speed`. */
typedef struct llmp_assess_model {
    const llmp_fit_answer *fit; /**< with the memory of the others taken off */
    double quant_loss_ratio;    /**< as in llmp_fit_row; 0 for a file's own mix */
    bool has_speed;
    llmp_assess_point decode_tokens_per_s[LLMP_ASSESS_POINTS_MAX]; /**< one user */
    llmp_assess_point ttft_s[LLMP_ASSESS_POINTS_MAX];
    llmp_assess_task tasks[LLMP_ASSESS_TASKS_MAX];
    uint32_t users_count;            /**< sequences of the whole context kept at once */
    llmp_estimate user_tokens_per_s; /**< each of them, all decoding at the whole context */
    uint64_t disk_bytes;             /**< of the weights */
    double load_s;                   /**< disk_bytes over the storage's rate */
} llmp_assess_model;

/** The answer. Transparent; owned by the llmp_assessment. */
typedef struct llmp_assess_answer {
    uint32_t struct_size;
    const llmp_machine *machine;
    llmp_verdict verdict; /**< the worst of the models' */
    uint32_t model_count;
    llmp_assess_model models[LLMP_ASSESS_MODELS_MAX];
    uint32_t depth_count;
    uint32_t prompt_count;
    uint32_t task_count;
    uint64_t disk_bytes; /**< of all models */
    double load_s;       /**< one after the other */
    double disk_read_bytes_per_s;
    bool disk_assumed; /**< the rate is that of the catalog's assumed-host */

    double decode_w;  /**< busy with the first model, one user; NaN: unknown */
    double prefill_w; /**< NaN: unknown */
    double idle_w;    /**< NaN: unknown */

    bool has_price;
    llmp_machine_price price; /**< or as stated: own.machine_usd among the assumptions */
    bool has_cost;            /**< else cost_reason */
    char cost_reason[256];
    double usd_per_month; /**< total cost of owning over the horizon, resale included, by month */
    uint32_t machines_count; /**< what the workload's peak takes, all counted in the costs */
    double usd_per_mtok;   /**< the same over the tokens served by the machine, prompt and output */
    double overflow_ratio; /**< of the requests: more than one machine can take */
    bool has_api;
    double api_usd_per_month;   /**< the API for the same demand, over the same horizon */
    llmp_comparison comparison; /**< owning against the API */
} llmp_assess_answer;

typedef struct llmp_assessment llmp_assessment;

/**
 * Assesses. Several models are placed one after the other, the largest first, each on devices that
 * are still free where it fits there, else beside the others; quants that are not given are chosen
 * so that the greatest loss among them is the least that fits. If nothing fits, the first models
 * have precedence.
 *
 * Without context_given here or in the cost request every model gets LLMP_ASSESS_CONTEXT_TOKENS or
 * what the workload's requests take, if that is more, but no more than it was made for.
 * @return LLMP_OK also when a model cannot run or a price is unknown; else as llmp_fit_create, and
 *         LLMP_E_UNKNOWN or LLMP_E_RANGE for an assumption
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_assess_create(const llmp_catalog *catalog,
                                                       const llmp_assess_request *request,
                                                       llmp_assessment **out, llmp_error *error);
LLMP_API void llmp_assess_destroy(llmp_assessment **assessment);
LLMP_API const llmp_assess_answer *llmp_assess_answer_of(const llmp_assessment *assessment);
/** The i-th model's answer to `fit`, without advice and command; NULL when out of range. */
LLMP_API const llmp_fit *llmp_assess_fit(const llmp_assessment *assessment, uint32_t i);
/** The money behind it; NULL unless has_cost. */
LLMP_API const llmp_cost *llmp_assess_cost(const llmp_assessment *assessment);

/** Derives every figure: each model's fit, tasks, loading, money. */
LLMP_API LLMP_NODISCARD llmp_status llmp_assess_explain(const llmp_assessment *assessment,
                                                        const llmp_trace *trace, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
