/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `cost`: by line, a month on average and over the horizon. */
#include "report/build_cost.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static const llmp__column columns[] = {
    {.title = "USD a month", .key = "line"},
    {.title = "API", .key = "api_usd_per_month", .right = true},
    {.title = "own", .key = "own_usd_per_month", .right = true},
    {.title = "rent", .key = "rent_usd_per_month", .right = true},
    {.key = "api_usd", .right = true},
    {.key = "own_usd", .right = true},
    {.key = "rent_usd", .right = true},
};

/* Options that are not in the study have no column for people. */
static const llmp__column *shown_columns(llmp_document *d, const llmp_cost_answer *a,
                                         const llmp__column *all, size_t count)
{
    llmp__column *shown = llmp__arena_alloc(&d->arena, count, sizeof *shown);
    if (shown == NULL) {
        d->failed = true;
        return all;
    }
    memcpy(shown, all, count * sizeof *shown);
    for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
        if (a->flows[o] == NULL) {
            shown[1 + o].title = NULL;
        }
    }
    return shown;
}

/* Amounts of every option, rounded so that each column adds up. */
typedef struct table_cents {
    int64_t lines[LLMP_OPTION_COUNT][LLMP_LINE_COUNT];
    int64_t total[LLMP_OPTION_COUNT];
} table_cents;

static void round_columns(const llmp_cost_answer *a, table_cents *out)
{
    for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
        double usd[LLMP_LINE_COUNT] = {0};
        for (int i = 0; a->flows[o] != NULL && i < LLMP_LINE_COUNT; i++) {
            usd[i] = a->flows[o]->line_usd[i] / (double)a->study.horizon_months;
        }
        out->total[o] = llmp_cents_split(usd, LLMP_LINE_COUNT, out->lines[o]);
    }
}

static void line_row(llmp_document *d, llmp__block *table, const llmp_cost_answer *a,
                     const table_cents *cents, int line)
{
    llmp__cell *row = llmp__table_row(d, table);
    bool sum = line == LLMP_LINE_COUNT;
    row[0].text = sum ? "total" : llmp_line_title((llmp_line)line);
    row[0].raw = sum ? "total" : llmp_line_name((llmp_line)line);
    for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
        const llmp_flow *flow = a->flows[o];
        if (flow == NULL) {
            continue;
        }
        double usd = sum ? flow->total_usd : flow->line_usd[line];
        int64_t shown = sum ? cents->total[o] : cents->lines[o][line];
        row[1 + o].text = usd == 0.0 && !sum ? "" : llmp__cents(d, shown);
        row[1 + o].raw = llmp__raw_number(d, usd / (double)a->study.horizon_months);
        row[4 + o].raw = llmp__raw_number(d, usd);
        row[1 + o].tone = sum ? LLMP__TONE_STRONG : LLMP__TONE_PLAIN;
    }
}

static void lines(llmp_document *d, const llmp_cost_answer *a)
{
    table_cents cents;
    llmp__block *table =
        llmp__table(d, shown_columns(d, a, columns, sizeof columns / sizeof *columns),
                    sizeof columns / sizeof *columns, true);
    round_columns(a, &cents);
    for (int i = 0; i < LLMP_LINE_COUNT; i++) {
        bool any = false;
        for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
            any = any || (a->flows[o] != NULL && a->flows[o]->line_usd[i] != 0.0);
        }
        if (any) {
            line_row(d, table, a, &cents, i);
        }
    }
    line_row(d, table, a, &cents, LLMP_LINE_COUNT);
}

/* Own and rented money is split by the time that reading and writing take. */
static double input_share(const llmp_cost_answer *a, llmp_option option)
{
    const llmp_demand *demand = &a->study.demand;
    const llmp_bill *bill = &a->study.api.bill;
    if (option == LLMP_OPTION_API) {
        double output =
            bill->bucket_usd[LLMP_BUCKET_OUTPUT] + bill->bucket_usd[LLMP_BUCKET_REASONING];
        return bill->total_usd > 0.0 ? 1.0 - output / bill->total_usd : 0.0;
    }
    const llmp_server *s = &a->study.own.server;
    double prompt = demand->prompt_tokens * (1.0 - demand->cached_ratio);
    double prefill_s = prompt > 0.0 ? prompt / s->prefill_tokens_per_s : 0.0;
    double decode_s =
        demand->output_tokens > 0.0 ? demand->output_tokens / s->decode_tokens_per_s : 0.0;
    return prefill_s + decode_s > 0.0 ? prefill_s / (prefill_s + decode_s) : 0.0;
}

static double per_mtok(double usd, double tokens)
{
    return tokens > 0.0 ? usd / (tokens / 1e6) : (double)NAN;
}

/* Of the tokens that the machines wrote themselves. */
static double joules_per_token(const llmp_flow *flow)
{
    double tokens = flow->output_tokens * (1.0 - flow->overflow_ratio);
    return flow->electricity_wh > 0.0 && tokens > 0.0 ? flow->electricity_wh * 3600.0 / tokens
                                                      : (double)NAN;
}

static void option_data(llmp_document *d, llmp__node *options, const llmp_cost_answer *a,
                        llmp_option option)
{
    const llmp_flow *flow = a->flows[option];
    double share = input_share(a, option);
    double months = (double)flow->months;
    llmp__node *map = llmp__data_map(d, options, NULL);
    llmp__data_text(d, map, "option", llmp_option_name(option));
    llmp__data_number(d, map, "total_usd", flow->total_usd);
    llmp__data_number(d, map, "usd_per_month", flow->total_usd / months);
    llmp__data_number(d, map, "present_usd", flow->present_usd);
    llmp__data_number(d, map, "input_usd_per_mtok",
                      per_mtok(flow->total_usd * share, flow->prompt_tokens));
    llmp__data_number(d, map, "output_usd_per_mtok",
                      per_mtok(flow->total_usd * (1.0 - share), flow->output_tokens));
    bool powered = flow->electricity_wh > 0.0;
    llmp__data_number(d, map, "electricity_kwh_per_month",
                      powered ? flow->electricity_wh / 1000.0 / months : (double)NAN);
    llmp__data_number(d, map, "energy_j_per_output_token", joules_per_token(flow));
    llmp__data_number(d, map, "carbon_kg_per_month",
                      powered ? flow->carbon_kg / months : (double)NAN);
    llmp__data_whole(d, map, "machines_most", flow->machines_most);
    llmp__data_number(d, map, "busy_ratio_month_1", flow->month[0].busy_ratio);
    llmp__data_number(d, map, "overflow_ratio", flow->overflow_ratio);
    llmp__data_number(d, map, "unserved_ratio", flow->unserved_ratio);
    llmp__node *list = llmp__data_list(d, map, "lines");
    for (int i = 0; i < LLMP_LINE_COUNT; i++) {
        if (flow->line_usd[i] != 0.0) {
            llmp__node *entry = llmp__data_map(d, list, NULL);
            llmp__data_text(d, entry, "line", llmp_line_name((llmp_line)i));
            llmp__data_number(d, entry, "usd", flow->line_usd[i]);
            llmp__data_number(d, entry, "first_month_usd", flow->first_month_usd[i]);
        }
    }
    llmp__node *months_list = llmp__data_list(d, map, "cumulative_usd");
    for (uint32_t m = 1; m <= flow->months; m++) {
        llmp__data_number(d, months_list, NULL, llmp_flow_cumulative_usd(flow, (double)m, 0.0));
    }
}

static const llmp__column sum_columns[] = {
    {.title = "over the horizon"},
    {.title = "API", .right = true},
    {.title = "own", .right = true},
    {.title = "rent", .right = true},
};

typedef double figure(const llmp_cost_answer *a, llmp_option option);

static double total_of(const llmp_cost_answer *a, llmp_option o)
{
    return a->flows[o]->total_usd;
}

static double present_of(const llmp_cost_answer *a, llmp_option o)
{
    return a->flows[o]->present_usd;
}

static double input_of(const llmp_cost_answer *a, llmp_option o)
{
    return per_mtok(a->flows[o]->total_usd * input_share(a, o), a->flows[o]->prompt_tokens);
}

static double output_of(const llmp_cost_answer *a, llmp_option o)
{
    return per_mtok(a->flows[o]->total_usd * (1.0 - input_share(a, o)), a->flows[o]->output_tokens);
}

static double energy_of(const llmp_cost_answer *a, llmp_option o)
{
    return joules_per_token(a->flows[o]);
}

static double carbon_of(const llmp_cost_answer *a, llmp_option o)
{
    const llmp_flow *f = a->flows[o];
    return f->electricity_wh > 0.0 ? f->carbon_kg / (double)f->months : (double)NAN;
}

static void sums(llmp_document *d, const llmp_cost_answer *a)
{
    static const struct {
        const char *title;
        figure *of;
    } rows[] = {
        {"total, USD", total_of},
        {"present value, USD", present_of},
        {"USD per million input tokens", input_of},
        {"USD per million output tokens", output_of},
        {"J per output token", energy_of},
        {"kg CO2 a month", carbon_of},
    };
    llmp__block *table = llmp__table(d, shown_columns(d, a, sum_columns, 4), 4, false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool any = false;
        for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
            any = any || (a->flows[o] != NULL && isfinite(rows[i].of(a, (llmp_option)o)));
        }
        if (!any) {
            continue;
        }
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = rows[i].title;
        for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
            double number = a->flows[o] == NULL ? (double)NAN : rows[i].of(a, (llmp_option)o);
            row[1 + o].text = isnan(number) ? "" : llmp__figure(d, number);
        }
    }
}

static void verdict(llmp_document *d, const llmp_cost_answer *a)
{
    int best = -1;
    int options = 0;
    double share = 1e-9;
    for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
        const llmp_flow *f = a->flows[o];
        options += f != NULL ? 1 : 0;
        if (f != NULL && f->unserved_ratio <= share &&
            (best < 0 || f->present_usd < a->flows[best]->present_usd)) {
            best = o;
        }
    }
    bool several = options > 1;
    llmp__data_text(d, d->data, "cheapest", best < 0 ? NULL : llmp_option_name((llmp_option)best));
    if (a->cannot_run) {
        llmp__paragraph(d, LLMP__TONE_BAD, "The model CANNOT RUN on this machine.");
    }
    if (best >= 0) {
        llmp__paragraph(
            d, LLMP__TONE_STRONG,
            llmp__format(d, "%s: %s a month on average over %u months.",
                         best == LLMP_OPTION_API ? several ? "Cheapest: the API" : "The API"
                         : best == LLMP_OPTION_OWN
                             ? several ? "Cheapest: a machine of your own" : "A machine of your own"
                         : several ? "Cheapest: a rented machine"
                                   : "A rented machine",
                         llmp__usd(d, a->flows[best]->total_usd / (double)a->study.horizon_months),
                         a->study.horizon_months));
    } else if (!a->cannot_run) {
        llmp__paragraph(d, LLMP__TONE_BAD, "Nothing here can serve all of it.");
    }
    const llmp_flow *machine =
        a->flows[LLMP_OPTION_OWN] != NULL ? a->flows[LLMP_OPTION_OWN] : a->flows[LLMP_OPTION_RENT];
    if (machine != NULL) {
        llmp__paragraph(
            d, LLMP__TONE_PLAIN,
            llmp__format(d,
                         "%u machine%s, busy %.3g %% of the time in month 1; %s tokens/s of output "
                         "with %u at once (%s alone), %s of prompt.",
                         machine->month[0].machine_count,
                         machine->month[0].machine_count == 1 ? "" : "s",
                         machine->month[0].busy_ratio * 100.0,
                         llmp__figure(d, a->used.server.decode_tokens_per_s), a->used.parallel,
                         llmp__figure(d, a->single.server.decode_tokens_per_s),
                         llmp__figure(d, a->used.server.prefill_tokens_per_s)))
            ->tight = true;
    }
}

llmp_status llmp_report_cost(const llmp_cost *cost, bool with_trace, const llmp_report_style *style,
                             llmp_document **out, llmp_error *error)
{
    (void)style;
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    if (a == NULL || out == NULL) {
        return llmp__fail_argument(error, "cost or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.cost/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    llmp__cost_heading(d, a);
    verdict(d, a);
    llmp__node *options = llmp__data_list(d, d->data, "options");
    for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
        if (a->flows[o] != NULL) {
            option_data(d, options, a, (llmp_option)o);
        }
    }
    if (a->study.has_api || a->study.has_own || a->study.has_rent) {
        lines(d, a);
        sums(d, a);
    }
    llmp__cost_hybrid_report(d, a);
    llmp__cost_seats_report(d, a);
    llmp__cost_closing(d, cost, with_trace);
    return llmp__document_finish(d, out, error);
}
