/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner_compare.h
 * @brief Machines, or models, side by side: who wins each row, and what is too close to call.
 *
 * A column is one machine, or several separate ones that stand side by side ("rtx-5090 +
 * dgx-spark"): their memories are never added up; each job goes to the machine that does it best.
 *
 * Two values a and b with 80 % intervals tie when |ln(a/b)| <= sqrt(u^2 + v^2), u and v being the
 * logs of the half-intervals that face each other: the 80 % interval of their ratio then holds 1,
 * their errors being independent. Values without an interval tie when they agree to half a percent.
 * What cannot be done is beaten by what can; what is unknown takes no part, and where nobody else
 * does there is no win.
 */
#ifndef LLMPLAN_PLANNER_COMPARE_H
#define LLMPLAN_PLANNER_COMPARE_H

#include <llmplan/planner_assess.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLMP_COMPARE_COLUMNS_MAX 12
#define LLMP_COMPARE_MODELS_MAX 8
#define LLMP_COMPARE_SUBJECTS_MAX 12
#define LLMP_COMPARE_ROWS_MAX 40

/** What a row is about. */
typedef enum llmp_compare_metric {
    LLMP_COMPARE_VERDICT = 0,    /**< an llmp_verdict as a number */
    LLMP_COMPARE_QUANT_LOSS = 1, /**< of the quant, against the original */
    LLMP_COMPARE_CONTEXT = 2,    /**< the largest */
    LLMP_COMPARE_DECODE = 3,     /**< at `tokens` */
    LLMP_COMPARE_TTFT = 4,       /**< of a prompt of `tokens` */
    LLMP_COMPARE_TASK = 5,
    LLMP_COMPARE_USERS = 6,      /**< at once, each with the whole context */
    LLMP_COMPARE_USER_SPEED = 7, /**< of each of them; never marked: their numbers differ */
    LLMP_COMPARE_LOAD = 8,
    LLMP_COMPARE_DISK = 9, /**< never marked */
    LLMP_COMPARE_DECODE_W = 10,
    LLMP_COMPARE_IDLE_W = 11,
    LLMP_COMPARE_PRICE = 12,
    LLMP_COMPARE_MACHINES = 13, /**< that the workload takes */
    LLMP_COMPARE_USD_PER_MONTH = 14,
    LLMP_COMPARE_USD_PER_MTOK = 15,
    LLMP_COMPARE_BREAKEVEN = 16, /**< months, against the API */
    LLMP_COMPARE_NOISE = 17,     /**< an llmp_noise as a number: the loudest machine's */
    LLMP_COMPARE_METRIC_COUNT = 18
} llmp_compare_metric;

/** "decode_tokens_per_s", ...; stable, with the unit. Never NULL. */
LLMP_API const char *llmp_compare_metric_name(llmp_compare_metric metric);
/** 1 when more is better, -1 when less is, 0 when the row is never marked. */
LLMP_API int llmp_compare_metric_sense(llmp_compare_metric metric);

typedef enum llmp_compare_state {
    LLMP_COMPARE_UNKNOWN = 0,
    LLMP_COMPARE_VALUE = 1,
    LLMP_COMPARE_NO = 2 /**< cannot run, does not fit, never pays */
} llmp_compare_state;

typedef enum llmp_compare_mark {
    LLMP_COMPARE_PLAIN = 0,
    LLMP_COMPARE_WINS = 1, /**< best, and surely so */
    LLMP_COMPARE_TIES = 2  /**< best, or within the intervals of the best */
} llmp_compare_mark;

typedef struct llmp_compare_cell {
    llmp_compare_state state;
    llmp_compare_mark mark;
    llmp_estimate value; /**< p10 == p90 where there is no interval */
    uint32_t machine;    /**< of the column: which of its machines does it */
    bool by_one;         /**< `machine` says something: one of several does it */
} llmp_compare_cell;

typedef struct llmp_compare_row {
    llmp_compare_metric metric;
    double tokens;         /**< DECODE, TTFT; of USERS and USER_SPEED the context */
    const llmp_task *task; /**< TASK */
    llmp_compare_cell cells[LLMP_COMPARE_SUBJECTS_MAX];
} llmp_compare_row;

/** One machine or several separate ones. Borrowed. */
typedef struct llmp_compare_column {
    const llmp_machine *machines;
    uint32_t machine_count; /**< 1 .. LLMP_MACHINES_MAX */
} llmp_compare_column;

/** What stands over a column of a block. */
typedef struct llmp_compare_subject {
    uint32_t model;
    uint32_t column;
} llmp_compare_subject;

/** A table: one model on every column; or every model on the one column; or, with several models
 * together, what concerns the machines as a whole. */
typedef struct llmp_compare_block {
    bool of_models; /**< subjects differ in their model, not in their column */
    bool whole;     /**< of all models together; subject.model is 0 */
    uint32_t subject_count;
    llmp_compare_subject subjects[LLMP_COMPARE_SUBJECTS_MAX];
    uint32_t row_count;
    llmp_compare_row rows[LLMP_COMPARE_ROWS_MAX];
} llmp_compare_block;

/** What is asked. */
typedef struct llmp_compare_request {
    uint32_t struct_size;
    uint32_t model_count;           /**< 1 .. 8; together at most LLMP_ASSESS_MODELS_MAX */
    const llmp_fit_request *models; /**< their `machine` is not read */
    uint32_t column_count;
    const llmp_compare_column *columns;
    bool together;           /**< all models loaded at once */
    llmp_assess_request ask; /**< depths, prompts, tasks, cost; its machine and models unread */
} llmp_compare_request;

/** The answer. Transparent; owned by the llmp_compare. */
typedef struct llmp_compare_answer {
    uint32_t struct_size;
    uint32_t model_count;
    uint32_t column_count;
    bool together;
    bool any_runs; /**< some model on some machine */
    bool has_api;
    uint32_t block_count;
    const llmp_compare_block *blocks;
} llmp_compare_answer;

typedef struct llmp_compare llmp_compare;

/**
 * Compares. In a column of several machines each carries every model (or with `together` each model
 * lies on one of them, shared out so that the worst verdict is the least bad, then the tasks
 * quickest); a job is done by the machine that does it best; prices and idle power add up, users
 * too; money is that of the machine that serves the workload for least, the others idling.
 * @return LLMP_OK also when nothing runs; LLMP_E_RANGE for too many or no models, columns, machines
 *         or subjects; else as llmp_assess_create
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_compare_create(const llmp_catalog *catalog,
                                                        const llmp_compare_request *request,
                                                        llmp_compare **out, llmp_error *error);
LLMP_API void llmp_compare_destroy(llmp_compare **compare);
LLMP_API const llmp_compare_answer *llmp_compare_answer_of(const llmp_compare *compare);
LLMP_API const llmp_compare_column *llmp_compare_column_at(const llmp_compare *compare,
                                                           uint32_t column);

/** What a machine of a column costs: as stated, else by llmp_machine_price_of.
 * @return false when it is unknown */
LLMP_API bool llmp_compare_price(const llmp_compare *compare, uint32_t column, uint32_t machine,
                                 llmp_machine_price *out);

/**
 * The assessment behind: of one model on one machine of a column.
 * @param out_slot  receives its place among the assessment's models
 * @return NULL when out of range, or when the model does not lie on that machine
 */
LLMP_API const llmp_assessment *llmp_compare_assessment(const llmp_compare *compare,
                                                        uint32_t column, uint32_t machine,
                                                        uint32_t model, uint32_t *out_slot);

#ifdef __cplusplus
}
#endif
#endif
