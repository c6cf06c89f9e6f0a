/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cost_flow.h
 * @brief Monthly cash flows of an API, a machine of one's own, and a rented one, for one demand.
 *
 * A month is 730 hours. Month m runs from time m-1 to m; `lump_usd` is paid as it begins and
 * `running_usd` evenly over it. Costs are positive, what comes in is negative. Yearly factors apply
 * by the month: month m of a price that changes by x a year costs x^((m-1)/12) of month 1.
 */
#ifndef LLMPLAN_COST_FLOW_H
#define LLMPLAN_COST_FLOW_H

#include <llmplan/cost_bill.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLMP_HOURS_PER_MONTH 730.0
#define LLMP_MONTHS_MAX 120

/** What money is spent on. */
typedef enum llmp_line {
    LLMP_LINE_API_INPUT = 0,
    LLMP_LINE_API_CACHED_READ = 1,
    LLMP_LINE_API_CACHE_WRITE = 2,
    LLMP_LINE_API_OUTPUT = 3, /**< with reasoning */
    LLMP_LINE_API_FEES = 4,   /**< per request, minimum, storage, buying credit */
    LLMP_LINE_ROUTED_API = 5, /**< what a hybrid sends to the API on purpose */
    LLMP_LINE_OVERFLOW_API = 6,
    LLMP_LINE_JUDGE = 7,
    LLMP_LINE_RENT = 8,
    LLMP_LINE_HARDWARE = 9,
    LLMP_LINE_DELIVERY = 10, /**< shipping, installation, setting up */
    LLMP_LINE_SPARES = 11,
    LLMP_LINE_TAX = 12, /**< sales tax or VAT that is not recovered */
    LLMP_LINE_LOAN_DRAWN = 13,
    LLMP_LINE_LOAN_PAYMENT = 14,
    LLMP_LINE_ELECTRICITY = 15,
    LLMP_LINE_COLOCATION = 16,
    LLMP_LINE_MAINTENANCE = 17,
    LLMP_LINE_FAILURES = 18,
    LLMP_LINE_STAFF = 19,
    LLMP_LINE_SOFTWARE = 20,
    LLMP_LINE_FORGONE_RESALE = 21, /**< machines already owned could be sold instead */
    LLMP_LINE_RESALE = 22,
    LLMP_LINE_INCOME_TAX = 23, /**< relief for costs and depreciation; only in the after-tax view */
    LLMP_LINE_COUNT = 24
} llmp_line;

/** "api_input", ... for programs. Never NULL. */
LLMP_API const char *llmp_line_name(llmp_line line);
/** "API input", ... for people. Never NULL. */
LLMP_API const char *llmp_line_title(llmp_line line);

/** What has to be served in the first month. The same cache hits hold for every option. */
typedef struct llmp_demand {
    uint32_t struct_size;
    double requests_count;        /**< in month 1 */
    double prompt_tokens;         /**< of one request, cached ones included */
    double prompt_sigma_log;      /**< of ln(prompt tokens) between requests; 0: all alike */
    double cached_ratio;          /**< share of them that a cache holds, 0 .. 1 */
    double output_tokens;         /**< of one request, with reasoning */
    double hours_count;           /**< hours of a month over which requests come, 0 .. 730 */
    double peak_ratio;            /**< busiest moment, of the mean of those hours; at least 1 */
    double growth_per_year_ratio; /**< next year's requests, of this year's; 1: none */
} llmp_demand;

#define LLMP_DEMAND_INIT                                                             \
    {                                                                                \
        sizeof(llmp_demand), 0.0, 0.0, 0.0, 0.0, 0.0, LLMP_HOURS_PER_MONTH, 1.0, 1.0 \
    }

#define LLMP_PRICE_STEPS_MAX 8

/** An announced change: from this month on the API costs so much of what it cost before. */
typedef struct llmp_price_step {
    uint32_t month;
    double price_ratio;
} llmp_price_step;

/** Paying by the token. */
typedef struct llmp_api_option {
    llmp_bill bill;                     /**< of month 1's demand */
    double price_change_per_year_ratio; /**< next year's price, of this year's; 1: none */
    double credit_fee_ratio;            /**< on top of what is bought */
    double staff_hours_count;           /**< a month */
    size_t step_count;
    llmp_price_step steps[LLMP_PRICE_STEPS_MAX];
} llmp_api_option;

/** How one machine serves the model. Powers are of the whole machine, at the plug. */
typedef struct llmp_server {
    double prefill_tokens_per_s; /**< uncached prompt tokens */
    double decode_tokens_per_s;  /**< summed over the sequences that run together */
    double prefill_w;
    double decode_w;
    double idle_w;
    double busy_max_ratio; /**< share of an hour that may be busy, 0 < .. <= 1 */
} llmp_server;

/** Buying machines, or using ones already owned. Amounts are for one machine. */
typedef struct llmp_own_option {
    llmp_server server;
    uint32_t machine_count; /**< 0: as few whole machines as carry the busiest moment */
    uint32_t machines_max;  /**< of that choice; 0: 10,000 */
    double machine_usd;     /**< devices and host, without tax */
    double machine_price_change_per_year_ratio;
    double shipping_usd;
    double install_usd;
    double spares_ratio; /**< of machine_usd */
    double tax_ratio;    /**< on machine, shipping, install and spares */

    uint32_t owned_count; /**< already there: nothing to pay, but they could be sold */
    double owned_value_usd;

    double financed_ratio; /**< share of what is bought that is borrowed */
    double loan_interest_per_year_ratio;
    uint32_t loan_months; /**< annuity */

    double hours_on_count; /**< a month; at least the hours of use */
    double pue_ratio;
    double electricity_usd_per_kwh;
    double electricity_change_per_year_ratio;
    double carbon_kg_per_kwh;
    double colocation_kw; /**< contracted for one machine; 0: at one's own place */
    double colocation_usd_per_kw_month;

    double maintenance_per_year_ratio; /**< of machine_usd */
    double failures_per_year_ratio;    /**< machines' worth that fails for good in a year */
    uint32_t warranty_months;
    double setup_staff_hours_count;       /**< once, for all machines */
    double staff_hours_count;             /**< a month, for all machines */
    double staff_hours_per_machine_count; /**< a month, on top for each */
    double staff_usd_per_hour;
    double software_usd_per_month;

    double residual_per_year_ratio; /**< value a year later, of the value now */
    uint32_t replacement_months;    /**< then sold and bought anew; 0: never */
    uint32_t depreciation_months;   /**< straight line, for the after-tax view */

    double local_ratio;      /**< share of requests tried here; the rest goes to the API */
    double escalation_ratio; /**< share of those that the API then answers as well */
    double judge_usd;        /**< of one request tried here */
} llmp_own_option;

/** Renting machines by the hour. */
typedef struct llmp_rent_option {
    llmp_server server;
    uint32_t machine_count; /**< as in llmp_own_option */
    uint32_t machines_max;
    uint32_t gpus_per_machine;
    double usd_per_gpu_hour;
    double price_change_per_year_ratio;
    double hours_billed_count;  /**< a month; reserved: 730; on demand: hours of use and idling */
    double interrupted_ratio;   /**< share of billed hours lost to interruptions (spot), 0 .. 0.9 */
    double other_usd_per_month; /**< storage, traffic */
    double setup_staff_hours_count;
    double staff_hours_count;
    double staff_usd_per_hour;
    double carbon_kg_per_kwh;
    double pue_ratio;
} llmp_rent_option;

/** What hybrid patterns assume beside the own machines and the API; no flow reads it. NaN is
 * unknown.
 */
typedef struct llmp_hybrid_terms {
    double escalation_ratio; /**< cascade: share of local answers that a judge hands on */
    double routed_ratio;     /**< router: share of requests that go to the API at once */
    double router_usd;       /**< of routing one request */
    double judge_s;          /**< that judging one local answer takes */
    double draft_tokens;     /**< refinement: written locally for one request; 0: the output */
    double refined_tokens;   /**< written by the API over the draft; 0: the output */
    double api_latency_s;    /**< of a whole answer of the API */
    double own_quality_ratio;
    double api_quality_ratio;
    double quality_min_ratio; /**< what a mix must reach */
} llmp_hybrid_terms;

/** The three ways. */
typedef enum llmp_option {
    LLMP_OPTION_API = 0,
    LLMP_OPTION_OWN = 1,
    LLMP_OPTION_RENT = 2,
    LLMP_OPTION_COUNT = 3
} llmp_option;

/** "API", "own", "rent". Never NULL. */
LLMP_API const char *llmp_option_name(llmp_option option);

/** A study: one demand, up to three ways to meet it. Copyable. */
typedef struct llmp_study {
    uint32_t struct_size;
    llmp_demand demand;
    uint32_t horizon_months;        /**< 1 .. LLMP_MONTHS_MAX */
    double discount_per_year_ratio; /**< 0.08: a dollar in a year is worth 1/1.08 */
    double services_tax_ratio;      /**< on API, rent, electricity, colocation, software */
    double income_tax_ratio;        /**< 0: before tax */
    bool has_api;                   /**< also: overflow and escalation go there */
    bool has_own;
    bool has_rent;
    llmp_api_option api;
    llmp_own_option own;
    llmp_rent_option rent;
    llmp_hybrid_terms hybrid;
} llmp_study;

/** Neutral defaults: no growth, no tax, no discount, one local tier that tries everything, always
 * on, PUE 1; amounts, speeds and powers 0. */
LLMP_API void llmp_study_init(llmp_study *study);

/** One month of a flow. */
typedef struct llmp_flow_month {
    double lump_usd;
    double running_usd;
    double requests_count;
    double served_ratio; /**< by the option itself; the rest overflows, or is not served */
    double busy_ratio;   /**< busy time, of the time that machines are on; 0 for the API */
    double electricity_wh;
    uint32_t machine_count;
} llmp_flow_month;

/** A flow. The end-of-horizon resale is not in any month: `end_usd`, usually negative. */
typedef struct llmp_flow {
    uint32_t struct_size;
    llmp_option option;
    uint32_t months;
    llmp_flow_month month[LLMP_MONTHS_MAX]; /**< [0] is month 1 */
    double line_usd[LLMP_LINE_COUNT];       /**< over the horizon; they add up to total_usd */
    double first_month_usd[LLMP_LINE_COUNT];
    double end_usd;
    double total_usd;
    double present_usd; /**< discounted */
    double electricity_wh;
    double carbon_kg;
    double prompt_tokens; /**< demanded over the horizon */
    double output_tokens;
    double unserved_ratio;   /**< of all requests: neither the option nor an API took them */
    double overflow_ratio;   /**< of all requests: more than the machines could take */
    uint32_t overflow_month; /**< first month with overflow; 0: none */
    uint32_t machines_most;
} llmp_flow;

/**
 * Checks every member that the study uses.
 * @return LLMP_E_RANGE naming the member, LLMP_E_NO_DATA for a power that is NaN (unknown) while
 *         electricity costs something, LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_study_check(const llmp_study *study, llmp_error *error);

/**
 * Simulates one option month by month.
 *
 * Machines: busy seconds of a month = uncached prompt tokens / prefill rate + output tokens /
 * decode rate. Over the hours of use the load falls from peak_ratio times its mean along
 * p (1-x)^(p-1), so that whole machines, when they are chosen here, carry the busiest moment, and
 * with fewer the share served at capacity c (in means) is 1 - [(1 - y^p) - c (1 - y)], y =
 * (c/p)^(1/(p-1)). Electricity is watt-hours of prefill, decode and idling, times PUE.
 * @return as llmp_study_check; LLMP_E_ARGUMENT when the study lacks the option;
 *         machines that cannot carry it are no error: see overflow_ratio and unserved_ratio
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_flow_run(const llmp_study *study, llmp_option option,
                                                  llmp_flow *out, llmp_error *error);

/**
 * Cost from the start up to a moment, resale at the end of the horizon not counted.
 * @param months  0 .. flow->months, fractions allowed; at a whole month before the next lump
 * @param discount_per_year_ratio  lumps count at their moment, running costs at the end of their
 *                                 month
 */
LLMP_API double llmp_flow_cumulative_usd(const llmp_flow *flow, double months,
                                         double discount_per_year_ratio);

/** Share of a load with that peak (see llmp_flow_run) that a capacity of so many means serves. */
LLMP_API double llmp_served_ratio(double capacity_ratio, double peak_ratio);

#ifdef __cplusplus
}
#endif
#endif
