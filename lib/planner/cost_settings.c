/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every assumption of a study, by key. The table is the only list of them. */
#include "planner/cost_private.h"
#include "planner/site.h"

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct setting {
    const char *key;
    size_t offset; /* in llmp_study */
    bool whole;
    const char *unit;
    const char *doc;
} setting;

#define D(key, member, unit, doc)                           \
    {                                                       \
        key, offsetof(llmp_study, member), false, unit, doc \
    }
#define U(key, member, unit, doc)                          \
    {                                                      \
        key, offsetof(llmp_study, member), true, unit, doc \
    }

static const setting table[] = {
    U("horizon_months", horizon_months, "months", "how far to look"),
    D("discount_per_year_ratio", discount_per_year_ratio, "", "cost of capital"),
    D("services_tax_ratio", services_tax_ratio, "", "tax on services that is not recovered"),
    D("income_tax_ratio", income_tax_ratio, "", "0: before tax"),
    D("demand.requests_count", demand.requests_count, "/month", "requests in month 1"),
    D("demand.prompt_tokens", demand.prompt_tokens, "tokens", "of a request, cached ones too"),
    D("demand.prompt_sigma_log", demand.prompt_sigma_log, "",
      "spread of its logarithm; decides how many requests reach a dearer tier"),
    D("demand.cached_ratio", demand.cached_ratio, "", "share of them held in a cache, both sides"),
    D("demand.output_tokens", demand.output_tokens, "tokens", "of a request, with reasoning"),
    D("demand.hours_count", demand.hours_count, "h/month", "over which requests come"),
    D("demand.peak_ratio", demand.peak_ratio, "", "busiest moment, of the mean of those hours"),
    D("demand.growth_per_year_ratio", demand.growth_per_year_ratio, "",
      "next year's requests, of this year's"),
    D("api.price_change_per_year_ratio", api.price_change_per_year_ratio, "",
      "next year's price, of this year's"),
    D("api.credit_fee_ratio", api.credit_fee_ratio, "", "on top of what is bought"),
    U("own.machine_count", own.machine_count, "machines", "0: as few as carry the peak"),
    U("own.machines_max", own.machines_max, "machines", "of that choice; 0: no limit"),
    D("own.machine_usd", own.machine_usd, "USD", "one machine with its host"),
    D("own.machine_price_change_per_year_ratio", own.machine_price_change_per_year_ratio, "",
      "next year's price, of this year's"),
    D("own.shipping_usd", own.shipping_usd, "USD", "a machine"),
    D("own.install_usd", own.install_usd, "USD", "a machine"),
    D("own.spares_ratio", own.spares_ratio, "", "of the machine's price"),
    D("own.tax_ratio", own.tax_ratio, "", "on the purchase"),
    U("own.owned_count", own.owned_count, "machines", "already there"),
    D("own.owned_value_usd", own.owned_value_usd, "USD", "what one of them would sell for"),
    D("own.financed_ratio", own.financed_ratio, "", "share of the purchase that is borrowed"),
    D("own.loan_interest_per_year_ratio", own.loan_interest_per_year_ratio, "", "of the loan"),
    U("own.loan_months", own.loan_months, "months", "of the loan"),
    D("own.hours_on_count", own.hours_on_count, "h/month", "that machines are on"),
    D("own.busy_max_ratio", own.server.busy_max_ratio, "", "most of an hour that may be busy"),
    D("own.prefill_tokens_per_s", own.server.prefill_tokens_per_s, "tokens/s", "of a machine"),
    D("own.decode_tokens_per_s", own.server.decode_tokens_per_s, "tokens/s", "of a machine"),
    D("own.prefill_w", own.server.prefill_w, "W", "of a machine reading prompts"),
    D("own.decode_w", own.server.decode_w, "W", "of a machine writing"),
    D("own.idle_w", own.server.idle_w, "W", "of a machine that waits"),
    D("own.pue_ratio", own.pue_ratio, "", "cooling and distribution"),
    D("own.electricity_usd_per_kwh", own.electricity_usd_per_kwh, "USD/kWh", "tariff"),
    D("own.electricity_change_per_year_ratio", own.electricity_change_per_year_ratio, "",
      "next year's tariff, of this year's"),
    D("own.carbon_kg_per_kwh", own.carbon_kg_per_kwh, "kg/kWh", "of the grid"),
    D("own.colocation_kw", own.colocation_kw, "kW", "contracted for a machine; 0: own place"),
    D("own.colocation_usd_per_kw_month", own.colocation_usd_per_kw_month, "USD/kW", "a month"),
    D("own.maintenance_per_year_ratio", own.maintenance_per_year_ratio, "", "of the price"),
    D("own.failures_per_year_ratio", own.failures_per_year_ratio, "", "that fail for good"),
    U("own.warranty_months", own.warranty_months, "months", "failures cost nothing before"),
    D("own.setup_staff_hours_count", own.setup_staff_hours_count, "h", "once"),
    D("own.staff_hours_count", own.staff_hours_count, "h/month", "to keep it running"),
    D("own.staff_hours_per_machine_count", own.staff_hours_per_machine_count, "h/month",
      "on top for each machine"),
    D("own.staff_usd_per_hour", own.staff_usd_per_hour, "USD/h", "loaded cost"),
    D("own.software_usd_per_month", own.software_usd_per_month, "USD/month", "licences, network"),
    D("own.residual_per_year_ratio", own.residual_per_year_ratio, "",
      "value a year later, of the value now"),
    U("own.replacement_months", own.replacement_months, "months", "0: never"),
    U("own.depreciation_months", own.depreciation_months, "months", "for the after-tax view"),
    D("own.local_ratio", own.local_ratio, "", "share of requests tried locally"),
    D("own.escalation_ratio", own.escalation_ratio, "", "share of those sent on to the API"),
    D("own.judge_usd", own.judge_usd, "USD", "of judging one local answer"),
    D("hybrid.escalation_ratio", hybrid.escalation_ratio, "", "of local answers, handed on"),
    D("hybrid.routed_ratio", hybrid.routed_ratio, "", "of requests, sent to the API at once"),
    D("hybrid.router_usd", hybrid.router_usd, "USD", "of routing one request"),
    D("hybrid.judge_s", hybrid.judge_s, "s", "that judging one local answer takes"),
    D("hybrid.draft_tokens", hybrid.draft_tokens, "tokens", "drafted locally; 0: the output"),
    D("hybrid.refined_tokens", hybrid.refined_tokens, "tokens",
      "written by the API over the draft; 0: the output"),
    D("hybrid.api_latency_s", hybrid.api_latency_s, "s", "of a whole answer of the API"),
    D("hybrid.own_quality_ratio", hybrid.own_quality_ratio, "", "any score of 0 to 1"),
    D("hybrid.api_quality_ratio", hybrid.api_quality_ratio, "", "on the same scale"),
    D("hybrid.quality_min_ratio", hybrid.quality_min_ratio, "", "that a mix must reach"),
    U("rent.machine_count", rent.machine_count, "machines", "0: as few as carry the peak"),
    U("rent.gpus_per_machine", rent.gpus_per_machine, "GPUs", "of a machine"),
    D("rent.usd_per_gpu_hour", rent.usd_per_gpu_hour, "USD/h", "one GPU"),
    D("rent.price_change_per_year_ratio", rent.price_change_per_year_ratio, "",
      "next year's price, of this year's"),
    D("rent.hours_billed_count", rent.hours_billed_count, "h/month", "use and idling"),
    D("rent.interrupted_ratio", rent.interrupted_ratio, "", "billed hours lost (spot)"),
    D("rent.other_usd_per_month", rent.other_usd_per_month, "USD/month", "storage, traffic"),
    D("rent.setup_staff_hours_count", rent.setup_staff_hours_count, "h", "once"),
    D("rent.staff_hours_count", rent.staff_hours_count, "h/month", "to keep it running"),
    D("rent.staff_usd_per_hour", rent.staff_usd_per_hour, "USD/h", "loaded cost"),
    D("rent.pue_ratio", rent.pue_ratio, "", "cooling and distribution"),
    D("rent.carbon_kg_per_kwh", rent.carbon_kg_per_kwh, "kg/kWh", "of the grid"),
};
enum { COUNT = sizeof table / sizeof *table };
_Static_assert((int)COUNT <= LLMP_COST_SETTINGS_MAX, "settings fit the answer");

static double read_member(const llmp_study *study, const setting *s)
{
    const char *at = (const char *)study + s->offset;
    double number;
    uint32_t whole;
    if (s->whole) {
        memcpy(&whole, at, sizeof whole);
        return (double)whole;
    }
    memcpy(&number, at, sizeof number);
    return number;
}

static void write_member(llmp_study *study, const setting *s, double number)
{
    char *at = (char *)study + s->offset;
    uint32_t whole = s->whole ? (uint32_t)number : 0;
    if (s->whole) {
        memcpy(at, &whole, sizeof whole);
    } else {
        memcpy(at, &number, sizeof number);
    }
}

void llmp__cost_settings_open(llmp_cost *cost)
{
    cost->answer.setting_count = COUNT;
    for (size_t i = 0; i < COUNT; i++) {
        llmp_cost_setting *out = &cost->answer.settings[i];
        *out = (llmp_cost_setting){table[i].key,        table[i].unit,
                                   table[i].doc,        read_member(&cost->answer.study, &table[i]),
                                   LLMP_GRADE_ESTIMATE, "default"};
    }
}

static int find(const char *key, size_t length)
{
    for (int i = 0; i < (int)COUNT; i++) {
        if (strlen(table[i].key) == length && strncmp(table[i].key, key, length) == 0) {
            return i;
        }
    }
    return -1;
}

void llmp__cost_assume(llmp_cost *cost, const char *key, double number, llmp_grade grade,
                       const char *source)
{
    int i = find(key, strlen(key));
    if (i < 0) {
        return;
    }
    llmp_cost_setting *out = &cost->answer.settings[i];
    write_member(&cost->answer.study, &table[i], number);
    out->number = number;
    out->grade = grade;
    (void)snprintf(out->source, sizeof out->source, "%s", source == NULL ? "" : source);
}

bool llmp__cost_assume_catalog(llmp_cost *cost, const llmp_catalog *catalog, const char *key,
                               llmp_quantity quantity, const char *subject, const char *country)
{
    const llmp_assumption *best = llmp__assumption_of(catalog, quantity, subject, country);
    if (best != NULL) {
        char source[160];
        (void)snprintf(source, sizeof source, "%s: %s", best->head.id, best->head.source);
        llmp__cost_assume(cost, key, best->value, best->head.grade, source);
    }
    return best != NULL;
}

static llmp_status unknown(const char *text, llmp_error *error)
{
    llmp__nearest nearest;
    char hint[200];
    llmp_status status =
        llmp__fail(error, LLMP_E_UNKNOWN, "'%.80s' is no KEY=VALUE of a study", text);
    char key[96];
    (void)snprintf(key, sizeof key, "%.*s", (int)strcspn(text, "="), text);
    llmp__nearest_begin(&nearest, key);
    for (size_t i = 0; i < COUNT; i++) {
        const char *dot = strchr(table[i].key, '.');
        llmp__nearest_offer(&nearest, table[i].key, table[i].key);
        if (dot != NULL) {
            llmp__nearest_offer(&nearest, dot + 1, table[i].key);
        }
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    llmp__hint(error, "%s%sall keys: --verbose", hint, *hint == '\0' ? "" : " ");
    return status;
}

llmp_status llmp__cost_assume_text(llmp_cost *cost, const char *text, llmp_error *error)
{
    const char *equals = strchr(text, '=');
    int i = equals == NULL ? -1 : find(text, (size_t)(equals - text));
    double number;
    if (i < 0) {
        return unknown(text, error);
    }
    if (!llmp__number_parse(equals + 1, strlen(equals + 1), &number)) {
        return llmp__fail(error, LLMP_E_RANGE, "%s is not a number: '%.60s'", table[i].key,
                          equals + 1);
    }
    if (table[i].whole && !(number >= 0.0 && number <= 1e6 && number == (double)(long)number)) {
        return llmp__fail(error, LLMP_E_RANGE, "%s is a whole number of 0 to 1,000,000, not %g",
                          table[i].key, number);
    }
    llmp__cost_assume(cost, table[i].key, number, LLMP_GRADE_EXACT, "given");
    return LLMP_OK;
}

bool llmp__cost_assumed_by_user(const llmp_cost_request *request, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < request->assume_count; i++) {
        if (strncmp(request->assume[i], key, length) == 0 && request->assume[i][length] == '=') {
            return true;
        }
    }
    return false;
}

void llmp__cost_warn(llmp_cost *cost, const char *format, ...)
{
    llmp_cost_answer *a = &cost->answer;
    if (a->warning_count == LLMP_COST_WARNINGS_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(a->warnings[a->warning_count++], sizeof a->warnings[0], format, arguments);
    va_end(arguments);
}
