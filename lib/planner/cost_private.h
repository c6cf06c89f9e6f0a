/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of an answer about cost. */
#ifndef LLMP_PLANNER_COST_PRIVATE_H
#define LLMP_PLANNER_COST_PRIVATE_H

#include <llmplan/planner_cost.h>

struct llmp_cost {
    llmp_cost_answer answer;
    llmp_fit *fit;
    bool fit_borrowed; /* the fit is the caller's, and the answer brief */
    llmp_flow *flows[LLMP_OPTION_COUNT];
};

/**
 * As llmp_cost_create, of a fit that was made already for request->fit, and stays the caller's.
 * Nothing is searched for: neither the volume at which buying pays nor other hosts of the model,
 * nor scores.
 */
llmp_status llmp__cost_create_of(const llmp_catalog *catalog, const llmp_cost_request *request,
                                 llmp_fit *fit, llmp_cost **out, llmp_error *error);
/** Room that a workload's requests need, in whole 1,024 tokens. */
uint64_t llmp__cost_context_tokens(double prompt_tokens, double output_tokens);

/* --- settings: every assumption by key ----------------------------------------------------------
 */

/** Fills the settings from the study; all graded estimates without a source. */
void llmp__cost_settings_open(llmp_cost *cost);
/** Assigns by key, which must exist, and says where the number is from. */
void llmp__cost_assume(llmp_cost *cost, const char *key, double number, llmp_grade grade,
                       const char *source);
/** From an assumption of the catalog; false when there is none. @p subject, @p country may be NULL
 */
bool llmp__cost_assume_catalog(llmp_cost *cost, const llmp_catalog *catalog, const char *key,
                               llmp_quantity quantity, const char *subject, const char *country);
/** "key=value" of the user. @return LLMP_E_UNKNOWN, LLMP_E_RANGE */
llmp_status llmp__cost_assume_text(llmp_cost *cost, const char *text, llmp_error *error);
/** Whether an assumption is about futures, "spread.usage=0.5..2" or
 * "correlation.api_price_change:residual=0.3", and reads it over the options.
 * @return LLMP_E_UNKNOWN, LLMP_E_RANGE */
bool llmp__cost_is_spread(const char *text);
llmp_status llmp__cost_spread_text(const char *text, llmp_risk_options *options, llmp_error *error);
/** Two factors move together; replaces what was said of the pair. @return LLMP_E_LIMIT */
llmp_status llmp__cost_correlate(llmp_risk_options *options, llmp_factor a, llmp_factor b,
                                 double ratio, llmp_error *error);
bool llmp__cost_assumed_by_user(const llmp_cost_request *request, const char *key);

void llmp__cost_warn(llmp_cost *cost, const char *format, ...) LLMP_PRINTF(2, 3);

/* --- parts --------------------------------------------------------------------------------------
 */

/** The workload as a demand: settings demand.*. */
llmp_status llmp__cost_demand(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error);
/** The bill of the demand of month 1 at a price. */
llmp_status llmp__cost_bill(const llmp_cost *cost, const llmp_cost_request *request,
                            const llmp_api_price *price, llmp_bill *out, llmp_error *error);
/** Fits the model and fills in rates, powers and the machine's price. */
llmp_status llmp__cost_machine(llmp_cost *cost, const llmp_catalog *catalog,
                               const llmp_cost_request *request, llmp_error *error);
/** Electricity, staff, site: settings with defaults from the catalog. */
llmp_status llmp__cost_site(llmp_cost *cost, const llmp_catalog *catalog,
                            const llmp_cost_request *request, llmp_error *error);
/** Whether it is of the kind that stands in data centres. */
bool llmp__cost_in_data_centre(const llmp_machine *machine);
/** Rent settings. */
void llmp__cost_rental(llmp_cost *cost, const llmp_catalog *catalog,
                       const llmp_cost_request *request);
/** Flat seats beside the bill. @return LLMP_E_RANGE for fewer than are sold */
llmp_status llmp__cost_seats(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error);
/** The machine and the API together. @return LLMP_E_ARGUMENT, LLMP_E_RANGE, LLMP_E_NO_DATA */
llmp_status llmp__cost_hybrid(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error);
/** The bill of the API that rewrites drafts: it reads the prompt and the draft. */
llmp_status llmp__cost_refine_bill(const llmp_cost *cost, const llmp_cost_request *request,
                                   double draft_tokens, double refined_tokens, llmp_bill *out,
                                   llmp_error *error);
/** The server of the demand: as many sequences as its peak asks for. */
llmp_status llmp__cost_rates(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error);

#endif
