/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `recommend` without a model: what the money can run, best score first. */
#include "report/build_recommend.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>

static const llmp__column columns[] = {
    {.title = "model", .key = "model"},
    {.title = "score", .key = "score", .right = true},
    {.title = "by", .key = "account"},
    {.title = "quant", .key = "quant"},
    {.title = "machine", .key = "machine", .wrap = true},
    {.title = "USD", .key = "price_usd", .right = true},
    {.title = "t/s", .key = "decode_p50_tokens_per_s", .right = true},
    {.title = "answer", .key = "answer_p50_s", .right = true},
};

static void pick_row(llmp_document *d, llmp__block *table, llmp__node *list,
                     const llmp_recommend_pick *p)
{
    const llmp_recommend_row *row = p->row;
    llmp__node *map = llmp__data_map(d, list, NULL);
    llmp__cell *c = llmp__table_row(d, table);
    const char *quant = p->quant == NULL ? NULL : p->quant->head.id;
    llmp__data_text(d, map, "model", p->model->head.id);
    llmp__data_number(d, map, "score", p->score->value);
    llmp__data_text(d, map, "account", llmp_account_name(p->score->account));
    llmp__data_text(d, map, "quant", quant);
    llmp__data_text(d, map, "machine", row->title);
    llmp__data_number(d, map, "price_usd", round(row->usd * 100) / 100);
    llmp__data_estimate(d, map, "decode_tokens_per_s", true, &row->decode_tokens_per_s);
    llmp__data_estimate(d, map, "ttft_s", true, &row->ttft_s);
    llmp__data_estimate(d, map, "answer_s", true, &row->answer_s);
    if (isnan(row->peak_w)) {
        llmp__data_null(d, map, "peak_w");
    } else {
        llmp__data_number(d, map, "peak_w", round(row->peak_w));
    }
    c[0].text = c[0].raw = p->model->head.id;
    c[1].text = c[1].raw = llmp__raw_number(d, p->score->value);
    c[2].text = c[2].raw = llmp_account_name(p->score->account);
    c[3].text = c[3].raw = quant == NULL ? "" : quant;
    c[4].text = c[4].raw = row->title;
    c[5].text = llmp__count(d, (uint64_t)llround(row->usd));
    c[5].raw = llmp__format(d, "%.2f", row->usd);
    c[6].text = llmp__figure(d, row->decode_tokens_per_s.p50);
    c[6].raw = llmp__raw_number(d, row->decode_tokens_per_s.p50);
    c[7].text = llmp__seconds(d, row->answer_s.p50);
    c[7].raw = llmp__raw_number(d, row->answer_s.p50);
}

llmp_status llmp_report_recommend_list(const llmp_recommend_list *list,
                                       const llmp_benchmark *benchmark, double budget_usd,
                                       const llmp_report_style *style, llmp_document **out,
                                       llmp_error *error)
{
    (void)style;
    if (list == NULL || benchmark == NULL || out == NULL) {
        return llmp__fail_argument(error, "list, benchmark or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.recommend_list/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    size_t unknown = 0, below = 0, cannot = 0;
    size_t size = llmp_recommend_list_size(list);
    llmp_recommend_list_left_out(list, &unknown, &below, &cannot);
    llmp__data_text(d, d->data, "benchmark", benchmark->head.id);
    if (budget_usd > 0) {
        llmp__data_number(d, d->data, "budget_usd", budget_usd);
    } else {
        llmp__data_null(d, d->data, "budget_usd");
    }
    llmp__node *rows = llmp__data_list(d, d->data, "rows");
    llmp__paragraph(
        d, size == 0 ? LLMP__TONE_BAD : LLMP__TONE_STRONG,
        size == 0 ? "No model with a known score runs within this."
                  : llmp__format(d, "The best models%s by %s, and the machine to buy for each",
                                 budget_usd > 0
                                     ? llmp__format(d, " that %s USD run",
                                                    llmp__count(d, (uint64_t)llround(budget_usd)))
                                     : "",
                                 benchmark->head.name))
        ->indent = 0;
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    table->indent = 0;
    table->hidden = size == 0;
    for (size_t i = 0; i < size; i++) {
        pick_row(d, table, rows, llmp_recommend_list_at(list, i));
    }
    llmp__data_whole(d, d->data, "unknown", unknown);
    llmp__data_whole(d, d->data, "below", below);
    llmp__data_whole(d, d->data, "cannot", cannot);
    llmp__paragraph(d, LLMP__TONE_DIM,
                    llmp__format(d,
                                 "%zu better ones run on nothing within this; of %zu models no "
                                 "score on it is known, %zu are below what is asked. Scores hold "
                                 "for the weights as released. One in full: llmplan recommend "
                                 "MODEL ...",
                                 cannot, unknown, below))
        ->indent = 0;
    return llmp__document_finish(d, out, error);
}
