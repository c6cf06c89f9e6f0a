/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `cost` and `breakeven` share. */
#include "report/build_cost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOT " \xC2\xB7 "

const char *llmp__cents(llmp_document *d, int64_t cents)
{
    uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;
    return llmp__format(d, "%s%s.%02u", cents < 0 ? "-" : "", llmp__count(d, size / 100),
                        (unsigned)(size % 100));
}

const char *llmp__usd(llmp_document *d, double usd)
{
    int64_t cents;
    if (!(fabs(usd) < 1e13)) {
        return llmp__format(d, "%.4g USD", usd);
    }
    if (fabs(usd) >= 1000.0) {
        return llmp__format(d, "%s%s USD", usd < 0.0 ? "-" : "",
                            llmp__count(d, (uint64_t)llround(fabs(usd))));
    }
    (void)llmp_cents_split(&usd, 1, &cents);
    return llmp__format(d, "%s USD", llmp__cents(d, cents));
}

/* --- heading ---------------------------------------------------------------------------------- */

static void heading_data(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_demand *demand = &a->study.demand;
    const llmp_fit_answer *fit = a->fit == NULL ? NULL : llmp_fit_answer_of(a->fit);
    llmp__data_text(d, d->data, "model", fit == NULL ? NULL : fit->model->head.id);
    llmp__data_text(d, d->data, "quant", fit == NULL ? NULL : fit->quant_title);
    llmp__data_text(d, d->data, "machine", fit == NULL ? NULL : fit->machine->title);
    llmp__data_text(d, d->data, "api", a->api == NULL ? NULL : a->api->head.id);
    llmp__data_text(d, d->data, "rental", a->rental == NULL ? NULL : a->rental->head.id);
    llmp__data_text(d, d->data, "workload", a->workload->head.id);
    llmp__data_bool(d, d->data, "cannot_run", a->cannot_run);
    llmp__data_bool(d, d->data, "same_model", a->same_model);
    llmp__data_whole(d, d->data, "horizon_months", a->study.horizon_months);
    llmp__node *map = llmp__data_map(d, d->data, "demand");
    llmp__data_number(d, map, "requests_per_month", demand->requests_count);
    llmp__data_number(d, map, "prompt_tokens", demand->prompt_tokens);
    llmp__data_number(d, map, "cached_ratio", demand->cached_ratio);
    llmp__data_number(d, map, "output_tokens", demand->output_tokens);
    llmp__data_number(d, map, "tokens_per_month",
                      demand->requests_count * (demand->prompt_tokens + demand->output_tokens));
}

void llmp__cost_heading(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_demand *demand = &a->study.demand;
    const llmp_fit_answer *fit = a->fit == NULL ? NULL : llmp_fit_answer_of(a->fit);
    heading_data(d, a);
    const char *own = fit == NULL
                          ? ""
                          : llmp__format(d, "%s" DOT "%s" DOT "%s%s", fit->model->head.name,
                                         fit->quant_title, llmp__machine_title(d, fit->machine),
                                         a->api == NULL ? "" : ", against ");
    llmp__block *title =
        llmp__paragraph(d, LLMP__TONE_STRONG,
                        llmp__format(d, "%s%s", own, a->api == NULL ? "" : a->api->head.name));
    title->indent = 0;
    title->tight = true;
    llmp__block *use = llmp__paragraph(
        d, LLMP__TONE_DIM,
        llmp__format(
            d, "%s" DOT "%s requests a month of %s + %s tokens, %.3g %% cached" DOT "%u months",
            a->workload->head.name, llmp__count(d, (uint64_t)llround(demand->requests_count)),
            llmp__count(d, (uint64_t)llround(demand->prompt_tokens)),
            llmp__count(d, (uint64_t)llround(demand->output_tokens)), demand->cached_ratio * 100.0,
            a->study.horizon_months));
    use->indent = 0;
    use->tight = true;
}

/* --- comparison ------------------------------------------------------------------------------- */

void llmp__data_comparison(llmp_document *d, llmp__node *parent, const char *key,
                           const llmp_comparison *c)
{
    llmp__node *map = llmp__data_map(d, parent, key);
    const double unknown = (double)NAN;
    llmp__data_bool(d, map, "breaks_even", c->breaks_even);
    llmp__data_number(d, map, "breakeven_months", c->breaks_even ? c->breakeven_months : unknown);
    llmp__data_bool(d, map, "lasting", c->lasting);
    llmp__data_number(d, map, "payback_months", c->pays_back ? c->payback_months : unknown);
    llmp__data_number(d, map, "saving_usd", c->saving_usd);
    llmp__data_number(d, map, "saving_present_usd", c->saving_present_usd);
    llmp__data_number(d, map, "irr_per_year_ratio", c->has_irr ? c->irr_ratio : unknown);
    llmp__data_number(d, map, "most_behind_usd", c->most_behind_usd);
}

static const char *when(llmp_document *d, const llmp_cost_answer *a, const llmp_comparison *c)
{
    return c->breaks_even
               ? llmp__format(d, "pays after %s months", llmp__figure(d, c->breakeven_months))
               : llmp__format(d, "never pays within %u months", a->study.horizon_months);
}

static const char *score_words(llmp_document *d, const llmp_score *score)
{
    char date[16];
    (void)llmp_date_format(score->head.as_of, date, sizeof date);
    return llmp__format(d, "%.4g (%s, %s)", score->value, llmp_account_name(score->account), date);
}

static void score_data(llmp_document *d, llmp__node *parent, const char *key, const llmp_score *s)
{
    char date[16];
    llmp__node *map = llmp__data_map(d, parent, key);
    (void)llmp_date_format(s->head.as_of, date, sizeof date);
    llmp__data_number(d, map, "value", s->value);
    llmp__data_text(d, map, "account", llmp_account_name(s->account));
    llmp__data_text(d, map, "setting", s->setting);
    llmp__data_text(d, map, "as_of", date);
    llmp__data_text(d, map, "source", s->head.source);
}

/* What both are known to have scored; whether that is enough is the user's to say. */
static void scores(llmp_document *d, const llmp_cost_answer *a)
{
    llmp__node *list = llmp__data_list(d, d->data, "scores");
    size_t shown = a->score_count < LLMP_COST_SCORES_MAX ? a->score_count : LLMP_COST_SCORES_MAX;
    for (size_t i = 0; i < shown; i++) {
        const llmp_score_pair *pair = &a->scores[i];
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "benchmark", pair->benchmark->head.id);
        llmp__data_bool(d, entry, "same_account", pair->same_account);
        score_data(d, entry, "own", pair->a);
        score_data(d, entry, "api", pair->b);
        llmp__labelled(d, i == 0 ? "Scores:" : "", LLMP__COST_LABEL,
                       llmp__format(d, "%s: own %s, API %s", pair->benchmark->head.name,
                                    score_words(d, pair->a), score_words(d, pair->b)))
            ->tight = true;
    }
}

static void two_comparisons(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_fit_answer *fit = llmp_fit_answer_of(a->fit);
    if (a->api != NULL && a->same_model) {
        llmp__labelled(d, "Compared:", LLMP__COST_LABEL,
                       llmp__format(d, "the same open model%s%s.",
                                    a->api->served_format == NULL ? "" : ", there served in ",
                                    a->api->served_format == NULL ? "" : a->api->served_format));
    } else if (a->api != NULL) {
        llmp__labelled(d, "Compared:", LLMP__COST_LABEL,
                       llmp__format(d,
                                    "two different models. That %s does the work of %s is your "
                                    "assumption; %s",
                                    fit->model->head.name, a->api->model,
                                    a->score_count > 0
                                        ? "what both are known to have scored is below."
                                        : "no benchmark is known that both have a score of."));
        scores(d, a);
    }
    if (a->hosted != NULL) {
        char date[16];
        (void)llmp_date_format(a->hosted->head.as_of, date, sizeof date);
        llmp__data_comparison(d, d->data, "against_hosted", &a->hosted_comparison);
        llmp__labelled(
            d, "Hosted:", LLMP__COST_LABEL,
            llmp__format(d,
                         "the same open model at its cheapest host, %s (%s / %s USD per million "
                         "tokens, %s), costs %s a month: against that, buying %s.",
                         a->hosted->provider, llmp__figure(d, a->hosted->input_usd_per_mtok),
                         llmp__figure(d, a->hosted->output_usd_per_mtok), date,
                         llmp__usd(d, a->hosted_usd), when(d, a, &a->hosted_comparison)));
    }
    llmp__data_text(d, d->data, "hosted", a->hosted == NULL ? NULL : a->hosted->head.id);
}

/* --- closing ---------------------------------------------------------------------------------- */

static const llmp__column setting_columns[] = {
    {.title = "assumed", .detail = true},
    {.title = "", .right = true, .detail = true},
    {.title = "from", .detail = true, .wrap = true},
};

static void settings(llmp_document *d, const llmp_cost_answer *a)
{
    llmp__node *list = llmp__data_list(d, d->data, "settings");
    llmp__block *table = llmp__table(d, setting_columns, 3, false);
    table->detail = true;
    for (size_t i = 0; i < a->setting_count; i++) {
        const llmp_cost_setting *s = &a->settings[i];
        bool own = strncmp(s->key, "own.", 4) == 0;
        bool rent = strncmp(s->key, "rent.", 5) == 0;
        bool hybrid = strncmp(s->key, "hybrid.", 7) == 0;
        if ((own && !a->study.has_own) || (rent && !a->study.has_rent) ||
            (hybrid && !a->has_hybrid)) {
            continue;
        }
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "key", s->key);
        llmp__data_number(d, entry, "value", s->number);
        llmp__data_text(d, entry, "unit", s->unit);
        llmp__data_text(d, entry, "grade", llmp_grade_name(s->grade));
        llmp__data_text(d, entry, "source", s->source);
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = llmp__format(d, "%s", s->key);
        row[1].text = isnan(s->number) ? "unknown"
                                       : llmp__format(d, "%.6g%s%s", s->number,
                                                      *s->unit == '\0' ? "" : " ", s->unit);
        row[2].text = llmp__format(d, "%s (%s)", s->source, llmp_grade_name(s->grade));
    }
}

static void emit(void *user, const llmp_trace_term *term)
{
    llmp_document *d = user;
    llmp__node *list = d->data->last;
    llmp__node *entry = llmp__data_map(d, list, NULL);
    llmp__data_text(d, entry, "stage", term->stage);
    llmp__data_text(d, entry, "term", term->term);
    llmp__data_text(d, entry, "formula", term->formula);
    llmp__data_text(d, entry, "inputs", term->inputs);
    llmp__data_number(d, entry, "value", term->value);
    llmp__data_text(d, entry, "unit", term->unit);
    llmp__data_text(d, entry, "source", term->source);
    llmp__data_text(d, entry, "grade", llmp_grade_name(term->grade));
    llmp__labelled(d, llmp__format(d, "%s %s", term->stage, term->term), 44,
                   llmp__format(d, "%.6g %s", term->value, term->unit))
        ->tight = true;
    llmp__block *how = llmp__paragraph(d, LLMP__TONE_DIM,
                                       llmp__format(d, "%s%s%s%s%s", term->formula,
                                                    *term->inputs == '\0' ? "" : ": ", term->inputs,
                                                    term->source == NULL ? "" : "; ",
                                                    term->source == NULL ? "" : term->source));
    how->indent = 6;
    how->tight = true;
}

void llmp__cost_closing(llmp_document *d, const llmp_cost *cost, bool with_trace)
{
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    llmp__block *before = d->last_block;
    if (a->study.has_own) {
        two_comparisons(d, a);
    }
    llmp__node *warnings = llmp__data_list(d, d->data, "warnings");
    for (size_t i = 0; i < a->warning_count; i++) {
        llmp__data_text(d, warnings, NULL, a->warnings[i]);
        llmp__labelled(d, i == 0 ? "Note:" : "", LLMP__COST_LABEL, a->warnings[i])->tight = i > 0;
    }
    settings(d, a);
    char date[16] = "";
    if (a->api != NULL) {
        (void)llmp_date_format(a->api->head.as_of, date, sizeof date);
    }
    llmp__labelled(
        d, "Basis:", LLMP__COST_LABEL,
        llmp__format(
            d, "%s%s%s%s%sassumptions: -v%s", a->api == NULL ? "" : "API price ", date,
            a->api == NULL ? "" : DOT,
            a->study.has_own || a->study.has_rent ? "speed from the model of this machine" DOT : "",
            a->study.has_own
                ? llmp__format(d, "machine %s" DOT, llmp__usd(d, a->study.own.machine_usd))
                : "",
            with_trace ? "" : DOT "derivation: --explain"));
    llmp__block *first = before == NULL ? NULL : before->next;
    if (first != NULL) {
        first->tight = false;
    }
    if (with_trace) {
        const llmp_trace trace = {emit, d};
        (void)llmp__data_list(d, d->data, "trace");
        llmp_cost_explain(cost, &trace);
    }
}
