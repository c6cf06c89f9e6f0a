/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `recommend`: the verdict first, then the bill, the front, what more money buys, who lost why. */
#include "report/build_recommend.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>

static const char *usd(llmp_document *d, double number)
{
    return llmp__count(d, (uint64_t)llround(fmax(number, 0)));
}

static const char *watts(llmp_document *d, double w)
{
    return isnan(w) ? "?" : llmp__format(d, "%.0f", w);
}

/* --- verdict ---------------------------------------------------------------------------------- */

static const char *asked(llmp_document *d, const llmp_recommend_answer *a)
{
    const llmp_recommend_request *r = a->request;
    const char *text = "";
    for (uint32_t i = 0; i < r->model_count; i++) {
        const llmp_fit_request *m = &r->models[i];
        text = llmp__format(d, "%s%s%s%s%s", text, i == 0 ? "" : " with ", m->model->head.id,
                            a->quants[i] == NULL ? "" : " \xC2\xB7 ",
                            a->quants[i] == NULL ? "" : a->quants[i]->head.id);
    }
    text = llmp__format(d, "%s \xC2\xB7 context %s", text,
                        llmp__count(d, r->models[0].memory.context_tokens));
    if (r->users_count > 1) {
        text = llmp__format(d, "%s \xC2\xB7 %u users", text, (unsigned)r->users_count);
    }
    if (r->decode_min_tokens_per_s > 0) {
        text =
            llmp__format(d, "%s \xC2\xB7 at least %g tokens/s", text, r->decode_min_tokens_per_s);
    }
    return r->budget_usd > 0
               ? llmp__format(d, "%s \xC2\xB7 up to %s USD", text, usd(d, r->budget_usd))
               : text;
}

static const char *goal_words(const llmp_recommend_answer *a)
{
    switch (a->request->objective) {
    case LLMP_OBJECTIVE_VALUE:
        return "most answers for the money";
    case LLMP_OBJECTIVE_PRICE:
        return "cheapest that meets everything";
    case LLMP_OBJECTIVE_DECODE:
        return "fastest decode";
    case LLMP_OBJECTIVE_ANSWER:
    case LLMP_OBJECTIVE_COUNT:
        break;
    }
    return "fast answers, price to the power of 1/4";
}

static void verdict(llmp_document *d, const llmp_recommend_answer *a)
{
    const llmp_recommend_row *best = a->best;
    const bool api = a->has_money && a->money.known && a->money.api_is_better;
    llmp__paragraph(d, LLMP__TONE_STRONG, asked(d, a))->indent = 0;
    if (best == NULL) {
        llmp__paragraph(d, LLMP__TONE_BAD,
                        llmp__format(d, "NOTHING meets this, of %zu machines.", a->row_count));
    } else if (api) {
        llmp__paragraph(
            d, LLMP__TONE_WARN,
            llmp__format(d,
                         "THE API is the better buy: %s costs %s USD a month, the best machine %s, "
                         "and buying never pays within %.0f months.",
                         a->money.api->head.id, usd(d, a->money.api_usd_per_month),
                         usd(d, a->money.own_usd_per_month), a->money.months));
    }
    if (best != NULL) {
        llmp__paragraph(d, LLMP__TONE_GOOD,
                        llmp__format(d, "%s: %s",
                                     api             ? "BEST MACHINE"
                                     : best->usd > 0 ? "BUY"
                                                     : "KEEP",
                                     best->title));
        llmp__paragraph(
            d, LLMP__TONE_PLAIN,
            llmp__format(
                d,
                "%s USD%s.  %s tokens/s%s (%s), first token of a "
                "%s-token prompt after %s, an answer of %.0f tokens in %s.  Holds %u "
                "user%s; %s%s%s.",
                usd(d, best->usd),
                best->low_usd < best->high_usd
                    ? llmp__format(d, " (%s\xE2\x80\x93%s)", usd(d, best->low_usd),
                                   usd(d, best->high_usd))
                    : "",
                llmp__figure(d, best->decode_tokens_per_s.p50),
                a->request->users_count > 1 ? " for each user" : "",
                llmp__interval(d, &best->decode_tokens_per_s),
                llmp__count(d, (uint64_t)a->request->models[0].prompt_tokens),
                llmp__seconds(d, best->ttft_s.p50), a->request->output_tokens,
                llmp__seconds(d, best->answer_s.p50), (unsigned)best->users_count,
                best->users_count == 1 ? "" : "s",
                isnan(best->peak_w) ? "peak power unknown"
                                    : llmp__format(d, "up to %s W", watts(d, best->peak_w)),
                best->has_noise ? ", " : "", best->has_noise ? llmp_noise_name(best->noise) : ""))
            ->tight = true;
    }
}

/* --- bill ------------------------------------------------------------------------------------- */

static const char *part_name(llmp_document *d, const llmp_part *part)
{
    return part->memory_bytes > 0
               ? llmp__format(d, "%s GiB of memory", llmp__gib(d, (double)part->memory_bytes, 0))
               : part->record->name;
}

static const llmp__column bill_columns[] = {
    {.title = "what", .wrap = true}, {.title = "USD each", .right = true},
    {.title = "USD", .right = true}, {.title = "seen"},
    {.title = "how known"},
};

static void bill(llmp_document *d, const llmp_recommend_row *row)
{
    llmp__block *table = llmp__table(d, bill_columns, 5, false);
    for (uint32_t m = 0; m < row->member_count; m++) {
        const llmp_config *c = row->members[m];
        for (uint32_t i = 0; i < c->part_count; i++) {
            const llmp_part *p = &c->parts[i];
            llmp__cell *cell = llmp__table_row(d, table);
            uint32_t count = p->count * row->counts[m];
            char date[16] = "";
            if (p->price != NULL) {
                (void)llmp_date_format(p->price->as_of, date, sizeof date);
            }
            cell[0].text = llmp__format(d, "%u \xC3\x97 %s", (unsigned)(count + p->owned_count),
                                        part_name(d, p));
            cell[1].text = count == 0 ? "" : usd(d, p->unit_usd);
            cell[2].text = count == 0 ? "owned" : usd(d, count * p->unit_usd);
            cell[3].text = llmp__format(d, "%s", count == 0 ? "" : date);
            cell[4].text = p->price == NULL || count == 0
                               ? ""
                               : llmp__format(d, "%s%s", llmp_grade_name(p->price->grade),
                                              p->price->kind == LLMP_PRICE_LAUNCH ? ", launch price"
                                              : p->price->kind == LLMP_PRICE_USED ? ", used"
                                                                                  : "");
        }
        if (c->power_limit_w > 0) {
            llmp__labelled(d, "", 0,
                           llmp__format(d,
                                        "Each card is limited to %.0f of its %.0f W, so that "
                                        "supply and outlet hold; the speeds count with it.",
                                        c->power_limit_w, c->power_full_w));
        }
    }
}

/* --- front ------------------------------------------------------------------------------------ */

static const llmp__column front_columns[] = {
    {.title = "#", .right = true},       {.title = "machine", .wrap = true},
    {.title = "USD", .right = true},     {.title = "t/s", .right = true},
    {.title = "prefill", .right = true}, {.title = "answer", .right = true},
    {.title = "users", .right = true},   {.title = "W", .right = true},
};

/* What the cards cannot hold is computed by the host: people should see it. */
static const char *title_of(llmp_document *d, const llmp_recommend_row *row)
{
    return row->verdict == LLMP_VERDICT_FITS ? row->title
                                             : llmp__format(d, "%s (offloads)", row->title);
}

static void front_row(llmp_document *d, llmp__block *table, const llmp_recommend_row *row)
{
    llmp__cell *c = llmp__table_row(d, table);
    c[0].text = row->rank > 0 ? llmp__format(d, "%u", (unsigned)row->rank) : "";
    c[1].text = title_of(d, row);
    c[2].text = usd(d, row->usd);
    c[3].text = llmp__figure(d, row->decode_tokens_per_s.p50);
    c[4].text = llmp__figure(d, row->prefill_tokens_per_s.p50);
    c[5].text = llmp__seconds(d, row->answer_s.p50);
    c[6].text = llmp__format(d, "%u", (unsigned)row->users_count);
    c[7].text = watts(d, row->peak_w);
}

static void front(llmp_document *d, const llmp_recommend_answer *a, size_t limit)
{
    if (a->front_count < 2) {
        return;
    }
    size_t shown = 0;
    llmp__paragraph(d, LLMP__TONE_STRONG,
                    llmp__format(d,
                                 "The front: of %zu that nothing beats in all of price, speed, "
                                 "prompts, users and watts",
                                 a->front_count))
        ->indent = 0;
    llmp__block *table = llmp__table(d, front_columns, 8, false);
    table->indent = 0;
    for (size_t i = 0; i < a->met_count; i++) {
        if (a->rows[i].front && (limit == 0 || shown < limit)) {
            front_row(d, table, &a->rows[i]);
            shown++;
        }
    }
}

static const llmp__column step_columns[] = {
    {.title = "USD", .right = true},
    {.title = "buys", .wrap = true},
    {.title = "t/s", .right = true},
    {.title = "answer", .right = true},
    {.title = "t/s per 1,000 more", .right = true},
};

static void steps(llmp_document *d, const llmp_recommend_answer *a)
{
    if (a->step_count < 2) {
        return;
    }
    llmp__paragraph(d, LLMP__TONE_STRONG, "What more money buys: the fastest answer at each price")
        ->indent = 0;
    llmp__block *table = llmp__table(d, step_columns, 5, false);
    table->indent = 0;
    for (size_t i = 0; i < a->step_count; i++) {
        const llmp_recommend_step *s = &a->steps[i];
        llmp__cell *c = llmp__table_row(d, table);
        c[0].text = usd(d, s->row->usd);
        c[1].text =
            llmp__format(d, "%s%s", title_of(d, s->row), s->within_budget ? "" : " (over budget)");
        c[2].text = llmp__figure(d, s->row->decode_tokens_per_s.p50);
        c[3].text = llmp__seconds(d, s->row->answer_s.p50);
        c[4].text = i == 0 || isnan(s->gain_per_1000_usd)
                        ? ""
                        : llmp__format(d, "%s%s", s->gain_per_1000_usd < 0 ? "" : "+",
                                       llmp__figure(d, s->gain_per_1000_usd));
    }
}

/* --- losers ----------------------------------------------------------------------------------- */

static void losers(llmp_document *d, const llmp_recommend_answer *a, size_t limit)
{
    size_t shown = 0;
    llmp__paragraph(d, LLMP__TONE_STRONG,
                    llmp__format(d, "Why not the others (%zu meet everything, %zu do not)",
                                 a->met_count, a->row_count - a->met_count))
        ->indent = 0;
    for (size_t i = 0; i < a->row_count && (limit == 0 || shown < limit); i++) {
        const llmp_recommend_row *row = &a->rows[i];
        if (row == a->best) {
            continue;
        }
        const char *number = row->rank > 0 ? llmp__format(d, "#%u", (unsigned)row->rank) : "-";
        llmp__block *line = llmp__labelled(
            d, number, 5,
            llmp__format(d, "%s%s%s: %s", row->title, row->has_price ? ", " : "",
                         row->has_price ? llmp__format(d, "%s USD", usd(d, row->usd)) : "",
                         row->why));
        line->tight = true;
        line->indent = 0;
        shown++;
    }
    const size_t total = a->row_count - (a->best != NULL ? 1 : 0);
    if (shown < total) {
        llmp__block *more = llmp__paragraph(
            d, LLMP__TONE_DIM,
            llmp__format(d, "%zu more: --limit 0, --format csv or --json", total - shown));
        more->indent = 0;
        more->tight = true;
    }
}

/* --- notes ------------------------------------------------------------------------------------ */

static void notes(llmp_document *d, const llmp_recommend_answer *a)
{
    const llmp_recommend_money *m = &a->money;
    if (a->best == NULL && a->nearest_miss != NULL) {
        const llmp_recommend_row *near = a->nearest_miss;
        llmp__labelled(
            d, "Nearest:", 10,
            llmp__format(d, "%s, %s USD: %s", near->title, usd(d, near->usd), near->why));
    }
    if (a->has_money && m->known && !m->api_is_better) {
        llmp__labelled(d, "API:", 10,
                       llmp__format(d,
                                    "%s costs %s USD a month for %s, the machine %s with "
                                    "everything; buying pays after %.0f months.",
                                    m->api->head.id, usd(d, m->api_usd_per_month),
                                    m->workload->head.id, usd(d, m->own_usd_per_month),
                                    ceil(m->comparison.breakeven_months)));
    } else if (a->has_money && !m->known) {
        llmp__labelled(d, "API:", 10, llmp__format(d, "not compared: %s", m->reason));
    }
    for (size_t i = 0; a->has_money && i < m->pair_count; i++) {
        const llmp_score_pair *q = &m->pairs[i];
        llmp__labelled(d, i == 0 ? "Quality:" : "", 10,
                       llmp__format(d, "%s: the machine's model %s (%s), the API's %s (%s)",
                                    q->benchmark->head.name, llmp__raw_number(d, q->a->value),
                                    llmp_account_name(q->a->account),
                                    llmp__raw_number(d, q->b->value),
                                    llmp_account_name(q->b->account)))
            ->tight = i > 0;
    }
    for (uint32_t f = 0; f < a->request->floor_count; f++) {
        for (uint32_t i = 0; i < a->request->model_count; i++) {
            const llmp_score *s = a->scores[f][i];
            llmp__labelled(d, "Score:", 10,
                           s == NULL
                               ? llmp__format(d, "%s: none on %s is known",
                                              a->request->models[i].model->head.id,
                                              a->request->floors[f].benchmark->head.name)
                               : llmp__format(d, "%s: %s on %s (%s), for the weights as released",
                                              a->request->models[i].model->head.id,
                                              llmp__raw_number(d, s->value),
                                              a->request->floors[f].benchmark->head.name,
                                              llmp_account_name(s->account)));
        }
    }
    if (a->owned_host != NULL) {
        llmp__labelled(d, "Owned:", 10,
                       llmp__format(d, "%s, in %s with %s GiB", a->request->owned->title,
                                    a->owned_host->head.name,
                                    llmp__gib(d, (double)a->owned_memory_bytes, 0)));
    }
    char date[16];
    (void)llmp_date_format(a->request->as_of, date, sizeof date);
    llmp__labelled(
        d, "Basis:", 10,
        llmp__format(
            d,
            "%s, then price, then watts. Prices %s, middle of what was seen by %s, without "
            "tax and cables; outlet %s: %.0f W for hours. Same weights everywhere. "
            "--explain derives the best.",
            goal_words(a), a->request->buying == LLMP_BUYING_NEW ? "new" : "used where known",
            a->request->as_of == 0 ? llmp_data_version() : date, a->circuit->head.id,
            a->circuit_w));
}

static llmp_status derive(const void *of, const llmp_trace *trace, llmp_error *error)
{
    return llmp_recommend_explain(of, trace, error);
}

llmp_status llmp_report_recommend(const llmp_recommendation *recommendation, size_t limit,
                                  bool with_trace, const llmp_report_style *style,
                                  llmp_document **out, llmp_error *error)
{
    (void)style;
    if (recommendation == NULL || out == NULL) {
        return llmp__fail_argument(error, "recommendation or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.recommend/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    const llmp_recommend_answer *a = llmp_recommend_answer_of(recommendation);
    llmp__recommend_data(d, a);
    verdict(d, a);
    if (a->best != NULL) {
        bill(d, a->best);
    }
    front(d, a, limit);
    steps(d, a);
    losers(d, a, limit);
    notes(d, a);
    llmp_status status =
        with_trace ? llmp__trace_section(d, d->data, derive, recommendation, error) : LLMP_OK;
    if (status != LLMP_OK) {
        llmp_document_destroy(&d);
        return status;
    }
    return llmp__document_finish(d, out, error);
}
