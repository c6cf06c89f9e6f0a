/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner_cost.h
 * @brief What a model costs: an API, a machine of one's own, a rented one, for one workload.
 *
 * Joins the speed of a placed model with prices. Every number it assumes is a setting with a key, a
 * source and a grade, and can be set by that key.
 */
#ifndef LLMPLAN_PLANNER_COST_H
#define LLMPLAN_PLANNER_COST_H

#include <llmplan/catalog_part.h>
#include <llmplan/catalog_score.h>
#include <llmplan/cost.h>
#include <llmplan/planner.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a machine costs, before tax. One observation has low_usd == high_usd. */
typedef struct llmp_machine_price {
    double low_usd;
    double usd; /**< to plan with: the middle */
    double high_usd;
    double host_usd;  /**< of it, for the computer around cards, from parts */
    llmp_date as_of;  /**< of the oldest price in it */
    llmp_grade grade; /**< of the worst */
    char source[160];
} llmp_machine_price;

/**
 * Price of a whole machine on a day, every price by llmp_price_to_buy: its rig's; else the sum of
 * its devices', and around cards the cheapest computer of llmp_recommend_create's parts that takes
 * so many of them (slots, cooling, supply on the strongest circuit of the catalog; one that feeds
 * them their full power first), with no less memory than the machine has, in the rig's host where
 * the rig names one. A price of cards alone is never that of a machine.
 * @param as_of  0: the date of the built-in data
 * @return LLMP_E_NO_DATA when a device has no price on that day, or nothing that is priced goes
 *         around its cards: modules of servers, too many cards; the hint says what to state;
 *         LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_machine_price_of(const llmp_catalog *catalog,
                                                          const llmp_machine *machine,
                                                          llmp_buying buying, llmp_date as_of,
                                                          llmp_machine_price *out,
                                                          llmp_error *error);

#define LLMP_COST_ASSUME_MAX 64

/** Most kinds of task of a hybrid. */
#define LLMP_COST_TASKS_MAX 32

/** A kind of task of the workload, and how well each side does it on one scale of 0 .. 1. */
typedef struct llmp_cost_task {
    char name[64];
    double share_ratio; /**< of requests; those of all tasks add up to 1 */
    double own_quality_ratio;
    double api_quality_ratio;
} llmp_cost_task;

/**
 * Reads "NAME=SHARE:OWN:API", such as "code=0.4:0.62:0.81".
 * @return LLMP_E_RANGE, LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_cost_task_parse(const char *text, llmp_cost_task *out,
                                                         llmp_error *error);

/** What is asked. At least one of fit and api is given. */
typedef struct llmp_cost_request {
    uint32_t struct_size;
    const llmp_fit_request *fit;   /**< model on machine; NULL: only the API's bill */
    const llmp_api_price *api;     /**< in force today; NULL: no API */
    const llmp_rental *rental;     /**< the machine's device by the hour; NULL: not rented */
    const llmp_workload *workload; /**< the shape of use, not NULL */
    const llmp_tariff *tariff;     /**< NULL: United States, household or commercial by device */
    const llmp_subscription *subscription; /**< flat seats beside the bill; NULL: none */
    uint32_t seats_count;                  /**< 0: as few as are sold */
    llmp_service_terms terms;
    double tokens_per_month_count; /**< scales the workload; 0: as it says */
    double requests_per_day_count; /**< the same by requests; 0: as it says */
    double people_count;           /**< scales a workload that is one of `users_count` people; 0: as
                                      it says */
    double people_hours_count;     /**< of their day; 0: the workload's */
    llmp_buying buying;            /**< what machines and parts are bought */
    llmp_date as_of;               /**< of prices and currencies; 0: the built-in data's */
    bool parallel_given;           /**< fit->memory.parallel is meant, not chosen here */
    bool context_given;            /**< the same for fit->memory.context_tokens */
    size_t assume_count;
    const char *assume[LLMP_COST_ASSUME_MAX]; /**< "own.machine_usd=5000"; last wins. Also
                                                 "spread.usage=0.5..2" by llmp_factor_name: P10
                                                 and P90, or ends after "uniform" or "triangular" */
    bool hybrid;       /**< the machine and the API together; needs fit and api */
    size_t task_count; /**< with hybrid: a side for each kind of task */
    llmp_cost_task task[LLMP_COST_TASKS_MAX];
    uint32_t draws; /**< futures; 0: none */
    bool indices;   /**< Sobol indices as well */
    uint64_t seed;
} llmp_cost_request;

/** One assumption, as used. */
typedef struct llmp_cost_setting {
    const char *key;  /**< "own.machine_usd" */
    const char *unit; /**< "USD", "months", ... */
    const char *doc;
    double number;
    llmp_grade grade;
    char source[160];
} llmp_cost_setting;

#define LLMP_COST_SETTINGS_MAX 88
#define LLMP_COST_WARNINGS_MAX 12
#define LLMP_COST_SCORES_MAX 6

/** How fast one machine is with so many sequences at once. */
typedef struct llmp_cost_rate {
    uint32_t parallel;
    llmp_server server;
    llmp_estimate decode_tokens_per_s;
    llmp_estimate prefill_tokens_per_s;
} llmp_cost_rate;

/** Flat seats for the same use. What they hold is stated by vendors in messages, rarely in tokens:
 * no flow is made of it. */
typedef struct llmp_cost_seats {
    const llmp_subscription *subscription;
    uint32_t seats_count;
    double usd_per_month;         /**< all seats, paid by the month */
    bool stands_in;               /**< the catalog names the API's model among the plan's */
    double window_requests_count; /**< that the workload asks of one seat in hours of use */
    bool limit_known;             /**< a number of requests in a window is stated */
    bool within_limit;            /**< and window_requests_count is no more */
    double bill_ratio;            /**< seats, of the API's bill of month 1; NaN without an API */
} llmp_cost_seats;

/** How the machine and the API share the work. */
typedef enum llmp_pattern {
    LLMP_PATTERN_API = 0,         /**< the API alone */
    LLMP_PATTERN_OWN = 1,         /**< the machine alone; what it cannot take overflows */
    LLMP_PATTERN_TIERED = 2,      /**< local first, a judge hands on */
    LLMP_PATTERN_ROUTED = 3,      /**< a router decides beforehand */
    LLMP_PATTERN_SPECIALISED = 4, /**< a side for each kind of task */
    LLMP_PATTERN_REFINED = 5,     /**< drafted locally, rewritten by the API */
    LLMP_PATTERN_SPLIT = 6,       /**< the cheapest share kept local that is good enough */
    LLMP_PATTERN_COUNT = 7
} llmp_pattern;

/** "api", "own", "tiered", ... Never NULL. */
LLMP_API const char *llmp_pattern_name(llmp_pattern pattern);

/** A pattern simulated over the horizon: whole machines, overflow and all. NaN is unknown. */
typedef struct llmp_cost_pattern {
    bool present;       /**< asked for, and answerable */
    double total_usd;   /**< over the horizon, resale included */
    double present_usd; /**< discounted */
    double local_ratio; /**< share of requests whose answer is the machine's */
    double api_ratio;   /**< share of requests that the API sees, overflow apart */
    double latency_s;   /**< of a whole answer, with as many at once as the busiest moment has */
    double quality_ratio;
    uint32_t machines_most;
} llmp_cost_pattern;

/** The patterns side by side. */
typedef struct llmp_cost_hybrid {
    llmp_cost_pattern pattern[LLMP_PATTERN_COUNT];
    double
        own_latency_s; /**< of one local answer: fresh prompt / prefill + output / one's decode */
    bool escalation_pays; /**< a cascade that escalates nothing costs no more than the API */
    double escalation_most_ratio; /**< up to which a cascade costs no more than the API */
    bool split_meets_quality;     /**< LLMP_PATTERN_SPLIT reaches the minimum */
    size_t task_count;
    llmp_cost_task task[LLMP_COST_TASKS_MAX];
    bool task_local[LLMP_COST_TASKS_MAX]; /**< whose LLMP_PATTERN_SPECIALISED makes local */
} llmp_cost_hybrid;

/** The answer. Owned by the llmp_cost. Flows are NULL where the study has no such option. */
typedef struct llmp_cost_answer {
    uint32_t struct_size;
    const llmp_api_price *api;
    const llmp_rental *rental;
    const llmp_workload *workload;
    const llmp_tariff *tariff;
    const llmp_fit *fit;
    bool cannot_run;      /**< the model cannot run on the machine: neither own nor rent */
    char own_reason[256]; /**< with a rental: why no machine is bought, as its price is unknown;
                             else "" */
    bool same_model;      /**< the API serves the same open model */
    /** Benchmarks that both models have a score of, the first LLMP_COST_SCORES_MAX of them in
     * scores: own in a, API in b; 0 where it is the same model. */
    size_t score_count;
    llmp_score_pair scores[LLMP_COST_SCORES_MAX];
    llmp_study study;
    const llmp_flow *flows[LLMP_OPTION_COUNT];
    bool has_comparison[LLMP_OPTION_COUNT]; /**< of own and rent, with the API */
    llmp_comparison comparison[LLMP_OPTION_COUNT];
    bool has_volume;
    llmp_volume volume; /**< own against API, at the most sequences a machine takes */
    llmp_cost_rate single;
    llmp_cost_rate used; /**< what the study counts with */
    llmp_cost_rate most; /**< as many as the memory holds, at most 32, in data centres 256 */
    bool has_seats;
    llmp_cost_seats seats;
    bool has_hybrid;
    llmp_cost_hybrid hybrid;
    bool has_risk;
    llmp_risk risk; /**< own against API */
    llmp_risk_options risk_options;
    const llmp_api_price *hosted; /**< the same open model at its cheapest host; NULL: none known,
                                     or the API is a host of it */
    double hosted_usd;            /**< its bill of month 1 */
    llmp_comparison hosted_comparison; /**< own against it */
    size_t setting_count;
    llmp_cost_setting settings[LLMP_COST_SETTINGS_MAX];
    size_t warning_count;
    char warnings[LLMP_COST_WARNINGS_MAX][256];
} llmp_cost_answer;

typedef struct llmp_cost llmp_cost;

/**
 * Answers.
 * Hybrid patterns are flows of the same study with other shares: see cost_hybrid.h for the closed
 * forms they agree with where machines are not whole.
 * @return LLMP_OK also when the model cannot run on the machine or nothing ever pays;
 *         LLMP_E_ARGUMENT for a hybrid without API or machine; LLMP_E_NO_DATA for tasks without
 *         hybrid.quality_min_ratio, and for people of a workload that is nobody's;
 *         LLMP_E_UNKNOWN, LLMP_E_RANGE for an assumption (the hint lists near keys) or for
 *         fewer seats than are sold, LLMP_E_NO_DATA
 *         when a price, a power or a currency's rate is unknown and not assumed, as llmp_fit_create
 *         and llmp_flow_run otherwise
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_cost_create(const llmp_catalog *catalog,
                                                     const llmp_cost_request *request,
                                                     llmp_cost **out, llmp_error *error);
LLMP_API void llmp_cost_destroy(llmp_cost **cost);
LLMP_API const llmp_cost_answer *llmp_cost_answer_of(const llmp_cost *cost);

/** Derives the figures of the answer. */
LLMP_API void llmp_cost_explain(const llmp_cost *cost, const llmp_trace *trace);

/**
 * Reads a study: a YAML map of options as the command line has them (`model: gpt-oss-120b`,
 * `on: 2x rtx-4090`; a list repeats an option; `assume:` is a map).
 * @param each  receives option and value in order; what it returns other than LLMP_OK ends the
 *              reading and is returned
 * @return LLMP_E_SYNTAX, LLMP_E_SCHEMA with line and column, LLMP_E_DUPLICATE, LLMP_E_LIMIT for
 *         an assumption of more than 255 characters, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_study_file_read(
    const char *text, size_t text_bytes, const char *where,
    llmp_status (*each)(void *user, const char *option, const char *value, llmp_error *error),
    void *user, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
