/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner_recommend.h
 * @brief Which machine to buy: every machine that is sold and every one that can be built from
 * parts, judged alike, ranked, and for each loser why it lost.
 *
 * All machines run the same weights: for each model the quant of the request, else the one with the
 * fewest bits that stays close to the original. Prices are those of llmp_price_to_buy on the day; a
 * machine whose price is unknown is listed and never recommended.
 */
#ifndef LLMPLAN_PLANNER_RECOMMEND_H
#define LLMPLAN_PLANNER_RECOMMEND_H

#include <llmplan/catalog_part.h>
#include <llmplan/catalog_score.h>
#include <llmplan/planner_assess.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLMP_RECOMMEND_PARTS_MAX 6
#define LLMP_RECOMMEND_MEMBERS_MAX 2
#define LLMP_RECOMMEND_SCORES_MAX 8

/** About as fast as people read: 238 words a minute (Brysbaert 2019, silent reading of English) at
 * three quarters of a word for each token. */
#define LLMP_READING_TOKENS_PER_S 5.0

/** What is best. Ties go to the lower price, then to fewer watts, then to the id. */
typedef enum llmp_objective {
    /** Fast answers, and price a little: least seconds x (price + 1,000 USD)^0.25, so that twice
     * the price must make answers a sixth faster. Seconds of an answer, p50: time to first token of
     * the prompt and `output_tokens` at the decode rate; of several models the slowest. */
    LLMP_OBJECTIVE_ANSWER = 0,
    LLMP_OBJECTIVE_VALUE = 1,  /**< most answers per second and dollar: 1 / (seconds x price) */
    LLMP_OBJECTIVE_PRICE = 2,  /**< least price */
    LLMP_OBJECTIVE_DECODE = 3, /**< most tokens per second for each user, p50 */
    LLMP_OBJECTIVE_COUNT = 4
} llmp_objective;

/** "answer", "value", "price", "decode". Never NULL. */
LLMP_API const char *llmp_objective_name(llmp_objective objective);

/** A score that every model must reach; a model without one does not. */
typedef struct llmp_score_floor {
    const llmp_benchmark *benchmark;
    double min; /**< in the benchmark's unit */
} llmp_score_floor;

/** What is asked. 0 means no limit unless said otherwise. */
typedef struct llmp_recommend_request {
    uint32_t struct_size;
    uint32_t model_count; /**< 1 .. LLMP_ASSESS_MODELS_MAX, loaded together */
    /** One each; `machine` is not read. `memory.context_tokens` (0: LLMP_ASSESS_CONTEXT_TOKENS, or
     * what the model was made for) must fit for each user; decode is at `prompt_tokens`. */
    const llmp_fit_request *models;
    double budget_usd;
    double decode_min_tokens_per_s; /**< for each user while all decode, p50; initially as fast as
                                         people read */
    double ttft_max_s;              /**< of a prompt of `prompt_tokens`, one user, p50 */
    double peak_max_w;              /**< of the whole machine at the wall */
    bool has_noise_max;
    llmp_noise noise_max;
    uint32_t users_count;        /**< at once; 0: 1 */
    double output_tokens;        /**< of the answer that is timed; 0: 500 */
    const llmp_circuit *circuit; /**< the outlet; NULL: "us-120v-15a" */
    llmp_buying buying;
    llmp_objective objective;
    const llmp_machine *owned; /**< what it is made of need not be bought; NULL: nothing */
    uint32_t floor_count;
    llmp_score_floor floors[LLMP_RECOMMEND_SCORES_MAX];
    llmp_date as_of; /**< 0: the date of the built-in data */
    /** Workload, API, assumptions, for the best machine; `fit` and `as_of` are not read. NULL: an
     * API is no choice, as where data must stay on the premises. */
    const llmp_cost_request *cost;
} llmp_recommend_request;

#define LLMP_RECOMMEND_REQUEST_INIT                                                          \
    {                                                                                        \
        sizeof(llmp_recommend_request), 0, NULL, 0, LLMP_READING_TOKENS_PER_S, 0, 0, false,  \
            LLMP_NOISE_QUIET, 1, 500, NULL, LLMP_BUYING_NEW, LLMP_OBJECTIVE_ANSWER, NULL, 0, \
            {{NULL, 0}}, 0, NULL                                                             \
    }

/** One line of a bill. */
typedef struct llmp_part {
    llmp_kind kind;            /**< rig, device, host or PSU */
    const llmp_record *record; /**< of memory its host */
    uint64_t memory_bytes;     /**< above 0: memory for the host */
    uint32_t count;            /**< to be bought */
    uint32_t owned_count;      /**< there already */
    double unit_usd;           /**< middle of the price */
    const llmp_price *price;   /**< NULL when it is owned or comes with something else */
} llmp_part;

/** One machine as it would be bought. */
typedef struct llmp_config {
    char title[160]; /**< unique */
    llmp_machine machine;
    uint32_t part_count;
    llmp_part parts[LLMP_RECOMMEND_PARTS_MAX];
    bool has_price;
    double low_usd; /**< to be paid, what is owned taken off */
    double usd;     /**< the middle */
    double high_usd;
    llmp_date price_as_of;  /**< of the oldest price in it */
    llmp_grade price_grade; /**< of the worst */
    double peak_w;          /**< at the wall with everything busy; NaN: unknown */
    double power_limit_w;   /**< set on each card so that supply, outlet and limit hold; 0: none */
    double power_full_w;    /**< of each card without it */
    bool has_noise;
    llmp_noise noise;
    bool is_owned; /**< nothing is to be paid */
} llmp_config;

/** Why a machine is not the answer. */
typedef enum llmp_rejection {
    LLMP_REJECTION_NONE = 0, /**< meets everything */
    LLMP_REJECTION_PRICE_UNKNOWN = 1,
    LLMP_REJECTION_NOT_SOLD = 2,
    LLMP_REJECTION_CANNOT_BUILD = 3, /**< slots, connectors, supply or outlet */
    LLMP_REJECTION_BUDGET = 4,
    LLMP_REJECTION_POWER = 5,
    LLMP_REJECTION_NOISE = 6,
    LLMP_REJECTION_MEMORY = 7, /**< does not fit, or not with so much context */
    LLMP_REJECTION_ENGINE = 8, /**< no engine runs it there, or its speed is unknown */
    LLMP_REJECTION_DECODE = 9,
    LLMP_REJECTION_TTFT = 10,
    LLMP_REJECTION_SCORE = 11,
    LLMP_REJECTION_COUNT = 12
} llmp_rejection;

/** "budget", "memory", ... Never NULL. */
LLMP_API const char *llmp_rejection_name(llmp_rejection rejection);

/** A machine, several equal ones, or two different ones with a model each, judged. */
typedef struct llmp_recommend_row {
    char title[256];
    uint32_t member_count;
    const llmp_config *members[LLMP_RECOMMEND_MEMBERS_MAX];
    uint32_t counts[LLMP_RECOMMEND_MEMBERS_MAX];   /**< equal machines, users shared out */
    uint32_t model_member[LLMP_ASSESS_MODELS_MAX]; /**< which member runs it */
    bool has_price;
    double low_usd, usd, high_usd;
    double peak_w; /**< NaN: unknown */
    bool has_noise;
    llmp_noise noise;

    llmp_verdict verdict;              /**< the worst of the models' */
    bool has_speed;                    /**< judged, and it runs */
    llmp_estimate decode_tokens_per_s; /**< for each user, of the slowest model */
    llmp_estimate prefill_tokens_per_s;
    llmp_estimate ttft_s;
    llmp_estimate answer_s;
    uint32_t users_count; /**< that the memory holds at the whole context */
    const llmp_engine *engine;
    double decode_w; /**< busy decoding, NaN: unknown */

    llmp_rejection rejection;
    char why[240]; /**< one reason: why it lost, or what speaks for it */
    uint32_t rank; /**< from 1 among those that meet everything; else 0 */
    bool front;    /**< no other that meets everything is as good in all of price, decode, prefill,
                        users and peak power and better in one */
    double miss_log; /**< sum of ln(wanted / had) over what it misses; 0: meets all; infinite:
                          cannot be made good */
} llmp_recommend_row;

/** What the next dollars buy: the best machine at each price from the cheapest on. */
typedef struct llmp_recommend_step {
    const llmp_recommend_row *row;
    double extra_usd;         /**< above the step before */
    double gain_per_1000_usd; /**< tokens/s of decode for each 1,000 USD; NaN below 100 USD */
    bool within_budget;
} llmp_recommend_step;

#define LLMP_RECOMMEND_STEPS_MAX 32

/** The best machine against an API. */
typedef struct llmp_recommend_money {
    bool known;       /**< else `reason` */
    char reason[256]; /**< why nothing can be said */
    const llmp_api_price *api;
    const llmp_workload *workload;
    double own_usd_per_month; /**< all costs over the horizon, resale included */
    double api_usd_per_month;
    double months;              /**< horizon */
    llmp_comparison comparison; /**< owning against the API */
    bool api_is_better;         /**< buying never pays within the horizon */
    uint32_t machines_count;    /**< that the workload's peak takes */
    /** What the first model and the API's have both scored; none when the API serves that model. */
    size_t pair_count;
    llmp_score_pair pairs[LLMP_RECOMMEND_SCORES_MAX];
} llmp_recommend_money;

/** The answer. Rows: those that meet everything by rank, then the others, nearest first. */
typedef struct llmp_recommend_answer {
    uint32_t struct_size;
    const llmp_recommend_request *request; /**< as asked, defaults filled in */
    const llmp_quant *quants[LLMP_ASSESS_MODELS_MAX];
    double quant_loss_ratio[LLMP_ASSESS_MODELS_MAX];
    const llmp_circuit *circuit;
    double circuit_w;
    const llmp_host *owned_host; /**< what the owned cards are taken to sit in; NULL: nothing */
    uint64_t owned_memory_bytes;
    size_t row_count;
    const llmp_recommend_row *rows;
    size_t met_count;   /**< rows that meet everything */
    size_t front_count; /**< of them */
    size_t rejected[LLMP_REJECTION_COUNT];
    const llmp_recommend_row *best;         /**< NULL when nothing meets everything */
    const llmp_recommend_row *nearest_miss; /**< NULL when nothing could be made good */
    size_t step_count;
    llmp_recommend_step steps[LLMP_RECOMMEND_STEPS_MAX];
    /** By floor and model: the score, NULL when unknown. */
    const llmp_score *scores[LLMP_RECOMMEND_SCORES_MAX][LLMP_ASSESS_MODELS_MAX];
    bool scores_met;
    bool has_money; /**< an API was asked about, and there is a best machine */
    llmp_recommend_money money;
} llmp_recommend_answer;

typedef struct llmp_recommendation llmp_recommendation;

/**
 * Searches. Considered are: every rig; every computer of the catalog, alone and as clusters over
 * its network link up to as many as are documented; and for every card, number of cards and host
 * what slots, lanes, connectors, supplies, the outlet and the power limit allow, with the least
 * memory that helps; several equal machines where one cannot take the users; and with two models
 * every pair of machines with one each.
 *
 * A card runs at its own power where it can. Where supply, outlet or `peak_max_w` leave less, it
 * gets a power limit, no lower than its driver accepts, and is judged with what that costs in
 * speed.
 *
 * @return LLMP_OK also when nothing meets the request; LLMP_E_ARGUMENT, LLMP_E_RANGE (also for a
 * context that a model was not made for);
 * LLMP_E_NO_DATA when a model's geometry is unknown; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_recommend_create(const llmp_catalog *catalog,
                                                          const llmp_recommend_request *request,
                                                          llmp_recommendation **out,
                                                          llmp_error *error);
LLMP_API void llmp_recommend_destroy(llmp_recommendation **recommendation);
LLMP_API const llmp_recommend_answer *
llmp_recommend_answer_of(const llmp_recommendation *recommendation);

/** Derives the best machine: its bill, power, and the fit of each model. Nothing without one. */
LLMP_API LLMP_NODISCARD llmp_status llmp_recommend_explain(
    const llmp_recommendation *recommendation, const llmp_trace *trace, llmp_error *error);

/* --- which model ------------------------------------------------------------------------------ */

/** A model that the money can run, with the best machine for it. */
typedef struct llmp_recommend_pick {
    const llmp_model *model;
    const llmp_score *score;       /**< on the benchmark ranked by */
    const llmp_recommend_row *row; /**< valid as long as the list */
    const llmp_quant *quant;
} llmp_recommend_pick;

typedef struct llmp_recommend_list llmp_recommend_list;

/**
 * Without a model: the models of the catalog with a known score on @p benchmark that pass the
 * floors and that some machine runs within the request, best score first, and the best machine for
 * each. `models[0]` of the request holds the settings common to all, with no model; its `use` and
 * `family` filter. The request's `cost` is not read.
 * @param limit  stops after so many; 0: all
 * @return LLMP_OK also when there is none; else as llmp_recommend_create
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_recommend_list_create(
    const llmp_catalog *catalog, const llmp_recommend_request *request,
    const llmp_benchmark *benchmark, size_t limit, llmp_recommend_list **out, llmp_error *error);
LLMP_API void llmp_recommend_list_destroy(llmp_recommend_list **list);
LLMP_API size_t llmp_recommend_list_size(const llmp_recommend_list *list);
/** NULL when @p i is out of range. */
LLMP_API const llmp_recommend_pick *llmp_recommend_list_at(const llmp_recommend_list *list,
                                                           size_t i);
/** Models left out: no known score; below a floor; better than the last listed, but run by nothing
 * within the request. Each pointer may be NULL. */
LLMP_API void llmp_recommend_list_left_out(const llmp_recommend_list *list, size_t *out_unknown,
                                           size_t *out_below, size_t *out_cannot);

#ifdef __cplusplus
}
#endif
#endif
