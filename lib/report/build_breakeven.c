/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `breakeven`: when buying pays, how sure that is, and what it hangs on. */
#include "report/build_cost.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { TORNADO_SHOWN = 5, MANY_TIMES = 1000 };

static const char *months(llmp_document *d, const llmp_cost_answer *a, double at)
{
    return at > (double)a->study.horizon_months ? "never" : llmp__figure(d, at);
}

static void verdict(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_comparison *c = &a->comparison[LLMP_OPTION_OWN];
    const llmp_risk *risk = &a->risk;
    const char *spread = "";
    if (a->has_risk) {
        spread = llmp__format(d, " In 80 %% of %s futures: %s \xE2\x80\x93 %s; in %.3g %% never.",
                              llmp__count(d, risk->draws), months(d, a, risk->breakeven_months.p10),
                              months(d, a, risk->breakeven_months.p90),
                              (1.0 - risk->breaks_even_ratio) * 100.0);
    }
    if (c->breaks_even) {
        llmp__paragraph(d, c->lasting ? LLMP__TONE_GOOD : LLMP__TONE_WARN,
                        llmp__format(d, "Buying pays after %s months%s.%s",
                                     llmp__figure(d, c->breakeven_months),
                                     c->lasting ? "" : ", but later purchases undo it", spread));
    } else {
        llmp__paragraph(d, LLMP__TONE_BAD,
                        llmp__format(d, "Buying never pays within %u months.%s",
                                     a->study.horizon_months, spread));
    }
}

static const llmp__column columns[] = {
    {.title = "", .key = "quantity"},
    {.title = "", .key = "value", .right = true},
    {.title = "80 % within", .key = "p10", .right = true},
    {.key = "p90", .right = true},
};

static void row(llmp_document *d, llmp__block *table, const char *title, const char *text,
                double raw, const llmp_range *range, bool usd)
{
    llmp__cell *cells = llmp__table_row(d, table);
    cells[0].text = cells[0].raw = title;
    cells[1].text = text;
    cells[1].raw = isfinite(raw) ? llmp__raw_number(d, raw) : "";
    if (range != NULL && isfinite(range->p10)) {
        cells[2].text = usd ? llmp__format(d, "%s \xE2\x80\x93 %s", llmp__figure(d, range->p10),
                                           llmp__figure(d, range->p90))
                            : "";
        cells[2].raw = llmp__raw_number(d, range->p10);
        cells[3].raw = isfinite(range->p90) ? llmp__raw_number(d, range->p90) : "";
    }
}

static void volume_row(llmp_document *d, llmp__block *table, const llmp_cost_answer *a)
{
    const llmp_volume *v = &a->volume;
    if (!v->exists) {
        row(d, table, "break-even volume", "none: no volume makes it pay", (double)NAN, NULL,
            false);
        return;
    }
    row(d, table, "break-even volume, tokens a month",
        llmp__format(d, "%s million%s", llmp__figure(d, v->tokens / 1e6),
                     v->at_a_step ? ", at a step" : ""),
        v->tokens, NULL, false);
    row(d, table,
        v->busy_ratio > 1.0 ? "  which is more than the machines carry"
                            : "  which keeps the machines busy",
        llmp__format(d, "%.3g %%", v->busy_ratio * 100.0), v->busy_ratio, NULL, false);
}

static void figures(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_comparison *c = &a->comparison[LLMP_OPTION_OWN];
    const llmp_risk *risk = a->has_risk ? &a->risk : NULL;
    const double unknown = (double)NAN;
    llmp__block *table = llmp__table(d, columns, 4, true);
    row(d, table, "break-even, months",
        c->breaks_even ? llmp__figure(d, c->breakeven_months) : "never",
        c->breaks_even ? c->breakeven_months : unknown,
        risk == NULL ? NULL : &risk->breakeven_months, false);
    row(d, table, "payback without discount, months",
        c->pays_back ? llmp__figure(d, c->payback_months) : "never",
        c->pays_back ? c->payback_months : unknown, NULL, false);
    row(d, table, "net present value, USD", llmp__figure(d, c->saving_present_usd),
        c->saving_present_usd, risk == NULL ? NULL : &risk->saving_usd, true);
    row(d, table, "rate of return a year",
        c->has_irr ? llmp__format(d, "%s %%", llmp__figure(d, c->irr_ratio * 100.0)) : "none",
        c->has_irr ? c->irr_ratio : unknown, NULL, false);
    row(d, table, "most behind at any time, USD", llmp__figure(d, c->most_behind_usd),
        c->most_behind_usd, NULL, false);
    row(d, table, "own, present cost, USD", llmp__figure(d, a->flows[LLMP_OPTION_OWN]->present_usd),
        a->flows[LLMP_OPTION_OWN]->present_usd, risk == NULL ? NULL : &risk->candidate_usd, true);
    row(d, table, "API, present cost, USD", llmp__figure(d, a->flows[LLMP_OPTION_API]->present_usd),
        a->flows[LLMP_OPTION_API]->present_usd, risk == NULL ? NULL : &risk->baseline_usd, true);
    if (risk != NULL) {
        row(d, table, "share of futures in which buying is cheaper",
            llmp__format(d, "%.3g %%", risk->saves_ratio * 100.0), risk->saves_ratio, NULL, false);
    }
    volume_row(d, table, a);
}

/* --- what it hangs on ------------------------------------------------------------------------- */

static double swing(const llmp_sensitivity *s)
{
    return s->varies ? fabs(s->high_usd - s->low_usd) : -1.0;
}

static void tornado(llmp_document *d, const llmp_cost_answer *a)
{
    static const llmp__column tornado_columns[] = {
        {.title = "net present value, USD, at the factor's"},
        {.title = "P10", .right = true},
        {.title = "P90", .right = true},
        {.title = "share", .right = true},
        {.title = "", .bar = true},
    };
    bool used[LLMP_FACTOR_COUNT] = {false};
    bool indices = a->risk_options.index_draws > 0;
    double most = 0.0;
    llmp__block *table = llmp__table(d, tornado_columns, 5, false);
    for (int n = 0; n < TORNADO_SHOWN; n++) {
        int best = -1;
        for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
            if (!used[i] && swing(&a->risk.sensitivity[i]) > 0.0 &&
                (best < 0 || swing(&a->risk.sensitivity[i]) > swing(&a->risk.sensitivity[best]))) {
                best = i;
            }
        }
        if (best < 0) {
            return;
        }
        const llmp_sensitivity *s = &a->risk.sensitivity[best];
        used[best] = true;
        most = n == 0 ? swing(s) : most;
        llmp__cell *cells = llmp__table_row(d, table);
        cells[0].text = llmp_factor_title((llmp_factor)best);
        cells[1].text = llmp__figure(d, s->low_usd);
        cells[2].text = llmp__figure(d, s->high_usd);
        cells[3].text =
            indices ? llmp__format(d, "%.2f of %.2f", s->first_ratio, s->total_ratio) : "";
        cells[4].share = most > 0.0 ? swing(s) / most : 0.0;
    }
}

static void range_data(llmp_document *d, llmp__node *parent, const char *key,
                       const llmp_range *range)
{
    llmp__node *map = llmp__data_map(d, parent, key);
    llmp__data_number(d, map, "p10", range->p10);
    llmp__data_number(d, map, "p50", range->p50);
    llmp__data_number(d, map, "p90", range->p90);
}

static void risk_data(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_risk *risk = &a->risk;
    llmp__node *map = llmp__data_map(d, d->data, "risk");
    llmp__data_whole(d, map, "draws", risk->draws);
    llmp__data_whole(d, map, "seed", a->risk_options.seed);
    range_data(d, map, "own_present_usd", &risk->candidate_usd);
    range_data(d, map, "api_present_usd", &risk->baseline_usd);
    range_data(d, map, "saving_present_usd", &risk->saving_usd);
    range_data(d, map, "breakeven_months", &risk->breakeven_months);
    llmp__data_number(d, map, "saves_ratio", risk->saves_ratio);
    llmp__data_number(d, map, "breaks_even_ratio", risk->breaks_even_ratio);
    llmp__node *pairs = llmp__data_list(d, map, "correlations");
    for (size_t i = 0; i < a->risk_options.correlation_count; i++) {
        const llmp_correlation *c = &a->risk_options.correlation[i];
        llmp__node *entry = llmp__data_map(d, pairs, NULL);
        llmp__data_text(d, entry, "a", llmp_factor_name(c->a));
        llmp__data_text(d, entry, "b", llmp_factor_name(c->b));
        llmp__data_number(d, entry, "ratio", c->ratio);
    }
    llmp__node *list = llmp__data_list(d, map, "sensitivity");
    for (int i = 0; i < LLMP_FACTOR_COUNT; i++) {
        const llmp_sensitivity *s = &risk->sensitivity[i];
        if (!s->varies) {
            continue;
        }
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "factor", llmp_factor_name((llmp_factor)i));
        llmp__data_number(d, entry, "low_value", a->risk_options.spread[i].low_value);
        llmp__data_number(d, entry, "high_value", a->risk_options.spread[i].high_value);
        llmp__data_number(d, entry, "saving_at_p10_usd", s->low_usd);
        llmp__data_number(d, entry, "saving_at_p90_usd", s->high_usd);
        llmp__data_number(d, entry, "first_ratio", s->first_ratio);
        llmp__data_number(d, entry, "total_ratio", s->total_ratio);
    }
}

static void volume_data(llmp_document *d, const llmp_volume *v)
{
    llmp__node *map = llmp__data_map(d, d->data, "volume");
    const double unknown = (double)NAN;
    llmp__data_bool(d, map, "exists", v->exists);
    llmp__data_number(d, map, "tokens_per_month", v->exists ? v->tokens : unknown);
    llmp__data_number(d, map, "requests_per_month", v->exists ? v->requests_count : unknown);
    llmp__data_number(d, map, "busy_ratio", v->exists ? v->busy_ratio : unknown);
    llmp__data_bool(d, map, "at_a_step", v->at_a_step);
}

static void curve(llmp_document *d, const llmp_cost_answer *a)
{
    size_t n = (size_t)a->study.horizon_months + 1;
    double *xy = calloc(3 * n, sizeof *xy);
    if (xy == NULL) {
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        xy[i] = (double)i;
        xy[n + i] = llmp_flow_cumulative_usd(a->flows[LLMP_OPTION_OWN], (double)i, 0.0);
        xy[2 * n + i] = llmp_flow_cumulative_usd(a->flows[LLMP_OPTION_API], (double)i, 0.0);
    }
    llmp__block *plot = llmp__plot(d, "cumulative cost, USD", "months", NULL, false);
    llmp__plot_series(d, plot, "own", xy, xy + n, n);
    llmp__plot_series(d, plot, "API", xy, xy + 2 * n, n);
    plot->detail = true;
    free(xy);
}

llmp_status llmp_report_breakeven(const llmp_cost *cost, bool with_trace,
                                  const llmp_report_style *style, llmp_document **out,
                                  llmp_error *error)
{
    (void)style;
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    if (a == NULL || out == NULL) {
        return llmp__fail_argument(error, "cost or out", "is NULL");
    }
    if (!a->cannot_run && a->own_reason[0] != '\0') {
        llmp_status status = llmp__fail(error, LLMP_E_NO_DATA, "%s", a->own_reason);
        llmp__hint(error, "state the machine's price: --assume own.machine_usd=USD");
        return status;
    }
    if (!a->cannot_run && !a->has_comparison[LLMP_OPTION_OWN]) {
        return llmp__fail(error, LLMP_E_NO_SOLUTION,
                          "there is nothing to compare: name a machine and an API");
    }
    llmp_document *d = llmp__document_new("llmplan.breakeven/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    llmp__cost_heading(d, a);
    if (a->cannot_run) {
        llmp__paragraph(d, LLMP__TONE_BAD,
                        "Never: the model CANNOT RUN on this machine (llmplan fit says why).");
    } else {
        verdict(d, a);
        llmp__data_comparison(d, d->data, "own_against_api", &a->comparison[LLMP_OPTION_OWN]);
        if (a->has_comparison[LLMP_OPTION_RENT]) {
            llmp__data_comparison(d, d->data, "rent_against_api", &a->comparison[LLMP_OPTION_RENT]);
        }
        figures(d, a);
        volume_data(d, &a->volume);
        if (a->has_risk) {
            risk_data(d, a);
            tornado(d, a);
        }
        curve(d, a);
    }
    llmp__cost_closing(d, cost, with_trace);
    return llmp__document_finish(d, out, error);
}
