/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recommendation for programs. */
#include "report/build_recommend.h"

#include <math.h>
#include <stdio.h>

static void data_usd(llmp_document *d, llmp__node *map, const char *key, bool known, double usd)
{
    if (known && isfinite(usd)) {
        llmp__data_number(d, map, key, round(usd * 100) / 100);
    } else {
        llmp__data_null(d, map, key);
    }
}

static void data_w(llmp_document *d, llmp__node *map, const char *key, double w)
{
    data_usd(d, map, key, !isnan(w), w);
}

static void data_parts(llmp_document *d, llmp__node *list, const llmp_config *c)
{
    for (uint32_t i = 0; i < c->part_count; i++) {
        const llmp_part *p = &c->parts[i];
        llmp__node *map = llmp__data_map(d, list, NULL);
        char date[16] = "";
        if (p->price != NULL) {
            (void)llmp_date_format(p->price->as_of, date, sizeof date);
        }
        llmp__data_text(d, map, "kind", p->memory_bytes > 0 ? "memory" : llmp_kind_name(p->kind));
        llmp__data_text(d, map, "id", p->record->id);
        if (p->memory_bytes > 0) {
            llmp__data_whole(d, map, "memory_bytes", p->memory_bytes);
        } else {
            llmp__data_null(d, map, "memory_bytes");
        }
        llmp__data_whole(d, map, "count", p->count);
        llmp__data_whole(d, map, "owned_count", p->owned_count);
        data_usd(d, map, "unit_usd", p->price != NULL, p->unit_usd);
        llmp__data_text(d, map, "price_as_of",
                        p->price == NULL ? NULL : llmp__format(d, "%s", date));
        llmp__data_text(d, map, "price_source", p->price == NULL ? NULL : p->price->source);
        llmp__data_text(d, map, "price_grade",
                        p->price == NULL ? NULL : llmp_grade_name(p->price->grade));
    }
}

static void data_row(llmp_document *d, llmp__node *list, const llmp_recommend_row *row)
{
    llmp__node *map = llmp__data_map(d, list, NULL);
    llmp__data_text(d, map, "machine", row->title);
    if (row->rank > 0) {
        llmp__data_whole(d, map, "rank", row->rank);
    } else {
        llmp__data_null(d, map, "rank");
    }
    llmp__data_bool(d, map, "front", row->front);
    llmp__data_text(d, map, "rejection", llmp_rejection_name(row->rejection));
    llmp__data_text(d, map, "why", row->why[0] == '\0' ? NULL : row->why);
    data_usd(d, map, "price_usd", row->has_price, row->usd);
    data_usd(d, map, "price_low_usd", row->has_price, row->low_usd);
    data_usd(d, map, "price_high_usd", row->has_price, row->high_usd);
    llmp__data_text(d, map, "verdict", row->has_speed ? llmp__verdict_word(row->verdict) : NULL);
    llmp__data_estimate(d, map, "decode_tokens_per_s", row->has_speed, &row->decode_tokens_per_s);
    llmp__data_estimate(d, map, "prefill_tokens_per_s", row->has_speed, &row->prefill_tokens_per_s);
    llmp__data_estimate(d, map, "ttft_s", row->has_speed, &row->ttft_s);
    llmp__data_estimate(d, map, "answer_s", row->has_speed, &row->answer_s);
    if (row->has_speed) {
        llmp__data_whole(d, map, "users", row->users_count);
    } else {
        llmp__data_null(d, map, "users");
    }
    data_w(d, map, "peak_w", row->peak_w);
    data_w(d, map, "decode_w", row->decode_w);
    llmp__data_text(d, map, "noise", row->has_noise ? llmp_noise_name(row->noise) : NULL);
    llmp__node *members = llmp__data_list(d, map, "members");
    for (uint32_t m = 0; m < row->member_count; m++) {
        const llmp_config *c = row->members[m];
        llmp__node *member = llmp__data_map(d, members, NULL);
        llmp__data_text(d, member, "machine", c->title);
        llmp__data_whole(d, member, "count", row->counts[m]);
        data_w(d, member, "power_limit_w", c->power_limit_w > 0 ? c->power_limit_w : (double)NAN);
        data_parts(d, llmp__data_list(d, member, "parts"), c);
    }
}

static const llmp__column csv_columns[] = {
    {.key = "machine"},
    {.key = "rank"},
    {.key = "front"},
    {.key = "rejection"},
    {.key = "price_usd"},
    {.key = "decode_p10_tokens_per_s"},
    {.key = "decode_p50_tokens_per_s"},
    {.key = "decode_p90_tokens_per_s"},
    {.key = "prefill_p50_tokens_per_s"},
    {.key = "ttft_p50_s"},
    {.key = "answer_p50_s"},
    {.key = "users"},
    {.key = "peak_w"},
    {.key = "noise"},
    {.key = "why"},
};

static void csv_row(llmp_document *d, llmp__block *table, const llmp_recommend_row *row)
{
    llmp__cell *c = llmp__table_row(d, table);
    c[0].raw = row->title;
    c[1].raw = row->rank > 0 ? llmp__raw_whole(d, row->rank) : "";
    c[2].raw = row->front ? "yes" : "no";
    c[3].raw = llmp_rejection_name(row->rejection);
    c[4].raw = row->has_price ? llmp__format(d, "%.2f", row->usd) : "";
    if (row->has_speed) {
        c[5].raw = llmp__raw_number(d, row->decode_tokens_per_s.p10);
        c[6].raw = llmp__raw_number(d, row->decode_tokens_per_s.p50);
        c[7].raw = llmp__raw_number(d, row->decode_tokens_per_s.p90);
        c[8].raw = llmp__raw_number(d, row->prefill_tokens_per_s.p50);
        c[9].raw = llmp__raw_number(d, row->ttft_s.p50);
        c[10].raw = llmp__raw_number(d, row->answer_s.p50);
        c[11].raw = llmp__raw_whole(d, row->users_count);
    }
    c[12].raw = isnan(row->peak_w) ? "" : llmp__raw_number(d, round(row->peak_w));
    c[13].raw = row->has_noise ? llmp_noise_name(row->noise) : "";
    c[14].raw = row->why;
}

static void data_asked(llmp_document *d, const llmp_recommend_answer *a)
{
    const llmp_recommend_request *r = a->request;
    llmp__node *map = llmp__data_map(d, d->data, "asked");
    llmp__node *models = llmp__data_list(d, map, "models");
    for (uint32_t i = 0; i < r->model_count; i++) {
        llmp__node *m = llmp__data_map(d, models, NULL);
        llmp__data_text(d, m, "model", r->models[i].model->head.id);
        llmp__data_text(d, m, "quant", a->quants[i] == NULL ? NULL : a->quants[i]->head.id);
        llmp__data_number(d, m, "quant_loss_ratio", a->quant_loss_ratio[i]);
        llmp__data_whole(d, m, "context_tokens", r->models[i].memory.context_tokens);
    }
    data_usd(d, map, "budget_usd", r->budget_usd > 0, r->budget_usd);
    data_usd(d, map, "decode_min_tokens_per_s", r->decode_min_tokens_per_s > 0,
             r->decode_min_tokens_per_s);
    data_usd(d, map, "ttft_max_s", r->ttft_max_s > 0, r->ttft_max_s);
    data_usd(d, map, "peak_max_w", r->peak_max_w > 0, r->peak_max_w);
    llmp__data_whole(d, map, "users", r->users_count);
    llmp__data_number(d, map, "prompt_tokens", r->models[0].prompt_tokens);
    llmp__data_number(d, map, "output_tokens", r->output_tokens);
    llmp__data_text(d, map, "objective", llmp_objective_name(r->objective));
    llmp__data_text(d, map, "circuit", a->circuit->head.id);
    llmp__data_number(d, map, "circuit_w", a->circuit_w);
}

static void data_money(llmp_document *d, const llmp_recommend_answer *a)
{
    const llmp_recommend_money *m = &a->money;
    if (!a->has_money) {
        llmp__data_null(d, d->data, "api");
        return;
    }
    llmp__node *map = llmp__data_map(d, d->data, "api");
    llmp__data_text(d, map, "price", m->api->head.id);
    llmp__data_text(d, map, "workload", m->workload->head.id);
    data_usd(d, map, "api_usd_per_month", m->known, m->api_usd_per_month);
    data_usd(d, map, "own_usd_per_month", m->known, m->own_usd_per_month);
    data_usd(d, map, "breakeven_months", m->known && m->comparison.breaks_even,
             m->comparison.breakeven_months);
    llmp__data_bool(d, map, "api_is_better", m->known && m->api_is_better);
    llmp__data_text(d, map, "reason", m->known ? NULL : m->reason);
    llmp__node *quality = llmp__data_list(d, map, "quality");
    for (size_t i = 0; i < m->pair_count; i++) {
        const llmp_score_pair *q = &m->pairs[i];
        llmp__node *pair = llmp__data_map(d, quality, NULL);
        llmp__data_text(d, pair, "benchmark", q->benchmark->head.id);
        llmp__data_number(d, pair, "own_score", q->a->value);
        llmp__data_text(d, pair, "own_account", llmp_account_name(q->a->account));
        llmp__data_number(d, pair, "api_score", q->b->value);
        llmp__data_text(d, pair, "api_account", llmp_account_name(q->b->account));
    }
}

void llmp__recommend_data(llmp_document *d, const llmp_recommend_answer *a)
{
    data_asked(d, a);
    llmp__data_text(d, d->data, "best", a->best == NULL ? NULL : a->best->title);
    llmp__data_text(d, d->data, "nearest_miss",
                    a->nearest_miss == NULL ? NULL : a->nearest_miss->title);
    llmp__data_whole(d, d->data, "met", a->met_count);
    llmp__node *rejected = llmp__data_map(d, d->data, "rejected");
    for (int i = 1; i < (int)LLMP_REJECTION_COUNT; i++) {
        llmp__data_whole(d, rejected, llmp_rejection_name((llmp_rejection)i), a->rejected[i]);
    }
    data_money(d, a);
    llmp__node *steps = llmp__data_list(d, d->data, "steps");
    for (size_t i = 0; i < a->step_count; i++) {
        const llmp_recommend_step *s = &a->steps[i];
        llmp__node *map = llmp__data_map(d, steps, NULL);
        llmp__data_text(d, map, "machine", s->row->title);
        data_usd(d, map, "price_usd", true, s->row->usd);
        data_usd(d, map, "extra_usd", true, s->extra_usd);
        data_usd(d, map, "gain_tokens_per_s_per_1000_usd", true, s->gain_per_1000_usd);
        llmp__data_bool(d, map, "within_budget", s->within_budget);
    }
    llmp__node *rows = llmp__data_list(d, d->data, "rows");
    llmp__block *table =
        llmp__table(d, csv_columns, sizeof csv_columns / sizeof *csv_columns, true);
    table->hidden = true;
    for (size_t i = 0; i < a->row_count; i++) {
        data_row(d, rows, &a->rows[i]);
        csv_row(d, table, &a->rows[i]);
    }
}
