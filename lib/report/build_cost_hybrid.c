/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine and the API together, pattern by pattern. */
#include "report/build_cost.h"

#include <math.h>

static const llmp__column columns[] = {
    {.title = "together, USD a month"},     {.title = "", .right = true},
    {.title = "of API", .right = true},     {.title = "local", .right = true},
    {.title = "s, busiest", .right = true}, {.title = "quality", .right = true},
};

static const char *title_of(llmp_document *d, const llmp_cost_answer *a, llmp_pattern pattern)
{
    const llmp_hybrid_terms *h = &a->study.hybrid;
    switch (pattern) {
    case LLMP_PATTERN_API:
        return "the API alone";
    case LLMP_PATTERN_OWN:
        return "the machine alone";
    case LLMP_PATTERN_TIERED:
        return llmp__format(d, "tiered: %.3g %% handed on", h->escalation_ratio * 100.0);
    case LLMP_PATTERN_ROUTED:
        return llmp__format(d, "routed: %.3g %% to the API", h->routed_ratio * 100.0);
    case LLMP_PATTERN_SPECIALISED:
        return "a side for each task";
    case LLMP_PATTERN_REFINED:
        return "drafted here, rewritten there";
    case LLMP_PATTERN_SPLIT:
        return "the best split";
    case LLMP_PATTERN_COUNT:
        break;
    }
    return "";
}

static void data(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_cost_hybrid *h = &a->hybrid;
    llmp__node *map = llmp__data_map(d, d->data, "hybrid");
    llmp__data_bool(d, map, "escalation_pays", h->escalation_pays);
    llmp__data_number(d, map, "escalation_most_ratio", h->escalation_most_ratio);
    llmp__node *list = llmp__data_list(d, map, "patterns");
    for (int i = 0; i < LLMP_PATTERN_COUNT; i++) {
        const llmp_cost_pattern *p = &h->pattern[i];
        if (!p->present) {
            continue;
        }
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "pattern", llmp_pattern_name((llmp_pattern)i));
        llmp__data_number(d, entry, "usd_per_month",
                          p->total_usd / (double)a->study.horizon_months);
        llmp__data_number(d, entry, "total_usd", p->total_usd);
        llmp__data_number(d, entry, "present_usd", p->present_usd);
        llmp__data_number(d, entry, "local_ratio", p->local_ratio);
        llmp__data_number(d, entry, "api_ratio", p->api_ratio);
        llmp__data_number(d, entry, "latency_s", p->latency_s);
        llmp__data_number(d, entry, "quality_ratio", p->quality_ratio);
        llmp__data_whole(d, entry, "machines_most", p->machines_most);
    }
    llmp__node *tasks = llmp__data_list(d, map, "tasks");
    for (size_t i = 0; i < h->task_count; i++) {
        llmp__node *entry = llmp__data_map(d, tasks, NULL);
        llmp__data_text(d, entry, "task", h->task[i].name);
        llmp__data_number(d, entry, "share_ratio", h->task[i].share_ratio);
        llmp__data_text(d, entry, "side", h->task_local[i] ? "own" : "api");
    }
}

static int cheapest(const llmp_cost_hybrid *h)
{
    int best = LLMP_PATTERN_API;
    for (int i = 0; i < LLMP_PATTERN_COUNT; i++) {
        if (h->pattern[i].present && h->pattern[i].present_usd < h->pattern[best].present_usd) {
            best = i;
        }
    }
    return best;
}

static void rows(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_cost_hybrid *h = &a->hybrid;
    const double api_usd = h->pattern[LLMP_PATTERN_API].total_usd;
    const int best = cheapest(h);
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, false);
    for (int i = 0; i < LLMP_PATTERN_COUNT; i++) {
        const llmp_cost_pattern *p = &h->pattern[i];
        if (!p->present) {
            continue;
        }
        double usd = p->total_usd / (double)a->study.horizon_months;
        int64_t cents;
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = title_of(d, a, (llmp_pattern)i);
        (void)llmp_cents_split(&usd, 1, &cents);
        row[1].text = llmp__cents(d, cents);
        row[2].text =
            api_usd > 0.0 ? llmp__format(d, "%.3g %%", p->total_usd / api_usd * 100.0) : "";
        row[3].text = llmp__format(d, "%.3g %%", p->local_ratio * 100.0);
        row[4].text = isnan(p->latency_s) ? "" : llmp__figure(d, p->latency_s);
        row[5].text = isnan(p->quality_ratio) ? "" : llmp__format(d, "%.3g", p->quality_ratio);
        row[0].tone = i == best ? LLMP__TONE_STRONG : LLMP__TONE_PLAIN;
    }
}

void llmp__cost_hybrid_report(llmp_document *d, const llmp_cost_answer *a)
{
    if (!a->has_hybrid) {
        return;
    }
    const llmp_cost_hybrid *h = &a->hybrid;
    data(d, a);
    rows(d, a);
    llmp__paragraph(
        d, LLMP__TONE_PLAIN,
        h->escalation_pays
            ? llmp__format(d,
                           "A cascade pays while it hands on no more than %.3g %% of its answers.",
                           h->escalation_most_ratio * 100.0)
            : "No cascade pays: the machine costs more than the API before anything is handed on.");
    for (size_t i = 0; i < h->task_count; i++) {
        llmp__labelled(d, i == 0 ? "Tasks:" : "", LLMP__COST_LABEL,
                       llmp__format(d, "%s, %.3g %% of requests: %s", h->task[i].name,
                                    h->task[i].share_ratio * 100.0,
                                    h->task_local[i] ? "on the machine" : "by the API"))
            ->tight = i > 0;
    }
    if (isnan(h->pattern[LLMP_PATTERN_SPLIT].quality_ratio)) {
        llmp__paragraph(d, LLMP__TONE_DIM,
                        "The split counts money only: qualities are unknown (--assume "
                        "hybrid.own_quality_ratio=, api_, and quality_min_ratio=).");
    } else if (!h->split_meets_quality) {
        llmp__paragraph(d, LLMP__TONE_WARN, "No split is good enough; the best one is shown.");
    }
}
