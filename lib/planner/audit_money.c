/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims of bills, pay-back and savings: computed again with the functions of `cost`. */
#include "planner/audit.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- an API's bill ---------------------------------------------------------------------------- */

typedef struct bills {
    double low_usd;
    double high_usd;
    const llmp_api_price *low;
    const llmp_api_price *high;
    const llmp_api_price *within; /* one that agrees with what is said */
    double within_usd;
    uint32_t count;
} bills;

static llmp_status bill_of(const llmp_api_price *price, const llmp_claim *c, double *out,
                           llmp_error *error)
{
    const llmp_service_terms terms = LLMP_SERVICE_TERMS_INIT;
    llmp_usage usage = LLMP_USAGE_INIT;
    llmp_rate_card card;
    llmp_bill bill;
    usage.requests_count = c->requests_count;
    usage.tokens[LLMP_BUCKET_INPUT] = c->prompt_tokens;
    usage.tokens[LLMP_BUCKET_OUTPUT] = c->output_tokens;
    llmp_status status = llmp_rate_card_of(price, &terms, &card, error);
    status = status == LLMP_OK ? llmp_bill_usage(&card, &usage, 1, &bill, error) : status;
    if (status == LLMP_OK) {
        *out = bill.total_usd;
    }
    return status;
}

static llmp_status all_bills(const llmp__claim_scene *scene, bills *out, llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    *out = (bills){.low_usd = HUGE_VAL};
    for (size_t i = 0; i < scene->api_count; i++) {
        const llmp_api_price *p = scene->apis[i];
        double usd = 0.0;
        char inputs[160];
        llmp_status status = bill_of(p, c, &usd, error);
        if (status != LLMP_OK && status != LLMP_E_NO_DATA) {
            return status;
        }
        if (status != LLMP_OK) {
            continue;
        }
        out->count++;
        if (usd < out->low_usd) {
            out->low_usd = usd;
            out->low = p;
        }
        if (usd > out->high_usd || out->high == NULL) {
            out->high_usd = usd;
            out->high = p;
        }
        double slack = llmp__rounding(scene->says.low_value);
        if (usd >= scene->says.low_value - slack && usd <= scene->says.high_value + slack) {
            out->within = p;
            out->within_usd = usd;
        }
        (void)snprintf(inputs, sizeof inputs, "%s: %g requests of %g at %g and %g at %g",
                       p->head.id, c->requests_count, c->prompt_tokens, p->input_usd_per_mtok,
                       c->output_tokens, p->output_usd_per_mtok);
        llmp__claim_term(scene, "bill_usd", "requests * sum over buckets of tokens * price / 1e6",
                         inputs, usd, "USD", p->head.source);
    }
    return LLMP_OK;
}

llmp_status llmp__judge_bill(const llmp__claim_scene *scene, llmp_claim_result *result,
                             llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    bills b;
    if (scene->api_count == 0 || !(c->requests_count > 0.0) ||
        !(c->prompt_tokens + c->output_tokens > 0.0)) {
        return llmp__not_judged(result, "It lacks %s.",
                                scene->api_count == 0        ? "an API with a price of that day"
                                : !(c->requests_count > 0.0) ? "a number of requests"
                                                             : "the tokens of a request");
    }
    llmp_status status = all_bills(scene, &b, error);
    if (status != LLMP_OK) {
        return status;
    }
    if (b.count == 0) {
        return llmp__not_judged(result, "The catalog has no price of what is billed.");
    }
    double low = b.within != NULL ? b.within_usd : b.low_usd;
    double high = b.within != NULL ? b.within_usd : b.high_usd;
    llmp__judge_computed(scene, low, high, LLMP_CLAIM_WRONG, result);
    result->computed.low_value = b.low_usd;
    result->computed.high_value = b.high_usd;
    result->readings_count = b.count;
    if (b.count == 1) {
        (void)snprintf(
            result->why, sizeof result->why,
            "%s requests of %s + %s tokens at %s and %s USD/Mtok are %s USD.",
            llmp__figure_text(c->requests_count).text, llmp__figure_text(c->prompt_tokens).text,
            llmp__figure_text(c->output_tokens).text,
            llmp__figure_text(b.low->input_usd_per_mtok).text,
            llmp__figure_text(b.low->output_usd_per_mtok).text, llmp__figure_text(b.low_usd).text);
        (void)snprintf(result->reading, sizeof result->reading, "%s", b.low->head.id);
    } else {
        (void)snprintf(result->why, sizeof result->why, "From %s USD (%.60s) to %s USD (%.60s)%s.",
                       llmp__figure_text(b.low_usd).text, b.low->head.id,
                       llmp__figure_text(b.high_usd).text, b.high->head.id,
                       b.low_usd < scene->says.low_value && b.within != NULL
                           ? "; it holds for the dearer of them only"
                           : "");
    }
    return LLMP_OK;
}

/* --- pay-back --------------------------------------------------------------------------------- */

/* Months until a machine has paid that draws so much; never: infinite. */
static llmp_status months_of(const llmp__claim_scene *scene, double bill_usd, double kwh_usd,
                             double *out, llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    llmp_study *study = malloc(sizeof *study);
    llmp_flow *flows = malloc(2 * sizeof *flows);
    llmp_comparison comparison;
    llmp_status status =
        study == NULL || flows == NULL ? llmp__fail_memory(error, "two flows") : LLMP_OK;
    if (status == LLMP_OK) {
        llmp_study_init(study);
        study->has_own = study->has_api = true;
        study->horizon_months = LLMP_MONTHS_MAX;
        study->api.bill.total_usd = study->api.bill.bucket_usd[LLMP_BUCKET_INPUT] = bill_usd;
        study->own.machine_count = 1;
        study->own.machine_usd = c->machine_usd;
        study->own.server.idle_w = c->power_w;
        study->own.pue_ratio = c->pue_ratio > 0.0 ? c->pue_ratio : 1.0;
        study->own.electricity_usd_per_kwh = kwh_usd;
        status = llmp_flow_run(study, LLMP_OPTION_OWN, &flows[0], error);
    }
    status = status == LLMP_OK ? llmp_flow_run(study, LLMP_OPTION_API, &flows[1], error) : status;
    if (status == LLMP_OK) {
        status = llmp_compare_flows(&flows[0], &flows[1], 0.0, &comparison, error);
    }
    if (status == LLMP_OK) {
        *out = comparison.pays_back ? comparison.payback_months : HUGE_VAL;
    }
    free(study);
    free(flows);
    return status;
}

static llmp_status payback_bill(const llmp__claim_scene *scene, double *low, double *high,
                                uint32_t *count, llmp_error *error)
{
    llmp_claim_says bill;
    bills b;
    if (scene->claim->bill != NULL) {
        llmp_status status = llmp_claim_says_parse(scene->claim->bill, &bill, error);
        if (status != LLMP_OK || !isfinite(bill.low_value) || !isfinite(bill.high_value)) {
            return status != LLMP_OK
                       ? status
                       : llmp__fail(error, LLMP_E_RANGE, "a bill has two ends, or is one number");
        }
        *low = bill.low_value;
        *high = bill.high_value;
        *count = 1;
        return LLMP_OK;
    }
    llmp_status status = all_bills(scene, &b, error);
    *low = b.low_usd;
    *high = b.high_usd;
    *count = b.count;
    return status;
}

llmp_status llmp__judge_payback(const llmp__claim_scene *scene, llmp_claim_result *result,
                                llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    double low_usd;
    double high_usd;
    double soon;
    double late;
    double kwh_usd;
    uint32_t count = 0;
    char bill[80];
    char months[80];
    if (!(c->machine_usd > 0.0) ||
        (c->bill == NULL && (scene->api_count == 0 || !(c->requests_count > 0.0)))) {
        return llmp__not_judged(result, "It lacks %s.",
                                c->machine_usd > 0.0 ? "the bill that is saved" : "what is paid");
    }
    llmp_status status = payback_bill(scene, &low_usd, &high_usd, &count, error);
    if (status == LLMP_OK && count == 0) {
        return llmp__not_judged(result, "The catalog has no price of what is billed.");
    }
    status = status == LLMP_OK ? llmp__claim_kwh_usd(scene, &kwh_usd, error) : status;
    status = status == LLMP_OK ? months_of(scene, high_usd, kwh_usd, &soon, error) : status;
    status = status == LLMP_OK ? months_of(scene, low_usd, kwh_usd, &late, error) : status;
    if (status != LLMP_OK) {
        return status;
    }
    llmp__judge_computed(scene, soon, late, LLMP_CLAIM_WRONG, result);
    result->readings_count = count;
    llmp__range_text(low_usd, high_usd, bill, sizeof bill);
    if (isfinite(late)) {
        llmp__range_text(soon, late, months, sizeof months);
    } else {
        (void)snprintf(months, sizeof months, "%s months to never in ten years",
                       isfinite(soon) ? llmp__figure_text(soon).text : "no");
    }
    (void)snprintf(result->why, sizeof result->why,
                   "%s USD against %s USD a month, %s W at %s USD/kWh: %s%s.",
                   llmp__figure_text(c->machine_usd).text, bill, llmp__figure_text(c->power_w).text,
                   llmp__figure_text(kwh_usd).text, months, isfinite(late) ? " months" : "");
    (void)snprintf(result->assumed, sizeof result->assumed,
                   "the machine does all of the work, nobody's time, no resale, on day and night");
    llmp__claim_term(scene, "payback_months", "cash flows of the machine and of the bill", bill,
                     soon, "months", NULL);
    return LLMP_OK;
}

/* --- savings ---------------------------------------------------------------------------------- */

llmp_status llmp__judge_savings(const llmp__claim_scene *scene, llmp_claim_result *result,
                                llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    llmp_claim one = *c;
    llmp_hybrid hybrid;
    double api = 0.0;
    one.requests_count = 1.0;
    if (scene->api_count == 0 || !(c->local_ratio > 0.0) ||
        !(c->prompt_tokens + c->output_tokens > 0.0)) {
        return llmp__not_judged(result, "It lacks %s.",
                                scene->api_count == 0     ? "an API with a price of that day"
                                : !(c->local_ratio > 0.0) ? "the share answered locally"
                                                          : "the tokens of a request");
    }
    llmp_status status = bill_of(scene->apis[0], &one, &api, error);
    const llmp_hybrid_tier tiers[] = {{c->local_usd, 0, 1, 1.0 - c->local_ratio}, {api, 0, 1, 0}};
    if (status == LLMP_OK) {
        status = llmp_hybrid_cascade(tiers, 2, 0.0, 0.0, &hybrid, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    double saved = 1.0 - hybrid.cost_usd / api;
    llmp__judge_computed(scene, saved, saved, LLMP_CLAIM_WRONG, result);
    if (!(c->local_usd > 0.0)) { /* what local answers cost is not said: nothing, at best */
        result->verdict =
            scene->says.low_value > saved + 1e-9 ? LLMP_CLAIM_WRONG : LLMP_CLAIM_CONSISTENT;
    }
    (void)snprintf(result->why, sizeof result->why,
                   "A request costs %.4g USD at the API; with %.3g %% answered for %.4g USD each "
                   "the mean is %.4g: %.3g %% saved%s.",
                   api, 100.0 * c->local_ratio, c->local_usd, hybrid.cost_usd, 100.0 * saved,
                   c->local_usd > 0.0 ? "" : ", if local answers cost nothing at all");
    (void)snprintf(result->assumed, sizeof result->assumed,
                   "every request is tried locally first, and judging the answer costs nothing");
    (void)snprintf(result->reading, sizeof result->reading, "%s", scene->apis[0]->head.id);
    llmp__claim_term(scene, "mean_usd", "local + (1 - local share) * API", result->reading,
                     hybrid.cost_usd, "USD", NULL);
    return LLMP_OK;
}
