/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fit` without a model: what a machine can run, best first. */
#include "report/build.h"

#include "base/error.h"

#include <stdio.h>

static const llmp__column columns[] = {
    {.title = "model", .key = "model"},
    {.title = "params", .key = "params", .right = true},
    {.title = "quant", .key = "quant"},
    {.title = "GiB", .key = "total_bytes", .right = true},
    {.title = "context", .key = "max_context_tokens", .right = true},
    {.title = "t/s", .key = "decode_p50_tokens_per_s", .right = true},
    {.title = "80 % in", .right = true},
    {.title = "TTFT", .key = "ttft_p50_s", .right = true, .detail = true},
    {.title = "", .key = "verdict"},
    {.key = "engine"},
    {.key = "backend"},
    {.key = "active_params", .right = true},
    {.key = "headroom_bytes", .right = true},
    {.key = "decode_p10_tokens_per_s", .right = true},
    {.key = "decode_p90_tokens_per_s", .right = true},
    {.key = "decode_ceiling_tokens_per_s", .right = true},
    {.key = "prefill_p50_tokens_per_s", .right = true},
    {.key = "placement"},
};

static void data(llmp_document *d, llmp__node *list, const llmp_fit_row *row)
{
    llmp__node *entry = llmp__data_map(d, list, NULL);
    llmp__data_text(d, entry, "model", row->model->head.id);
    llmp__data_whole(d, entry, "params", row->params);
    llmp__data_whole(d, entry, "active_params", row->active_params);
    llmp__data_text(d, entry, "quant", row->quant->head.id);
    llmp__data_text(d, entry, "engine", row->engine->head.id);
    llmp__data_text(d, entry, "backend", row->backend == NULL ? NULL : row->backend->id);
    llmp__data_text(d, entry, "verdict", llmp__verdict_word(row->verdict));
    llmp__data_text(d, entry, "placement_strategy", llmp_placement_name(row->placement));
    llmp__data_whole(d, entry, "total_bytes", row->total_bytes);
    llmp__data_whole(d, entry, "device_bytes", row->device_bytes);
    llmp__data_whole(d, entry, "headroom_bytes", row->headroom_bytes);
    llmp__data_whole(d, entry, "max_context_tokens", row->max_context_tokens);
    llmp__data_estimate(d, entry, "decode_tokens_per_s", row->has_speed, &row->decode_tokens_per_s);
    llmp__data_estimate(d, entry, "prefill_tokens_per_s", row->has_speed,
                        &row->prefill_tokens_per_s);
    llmp__data_estimate(d, entry, "ttft_s", row->has_speed, &row->ttft_s);
}

static void cells(llmp_document *d, llmp__block *table, const llmp_fit_row *row)
{
    llmp__cell *c = llmp__table_row(d, table);
    c[0].text = row->model->head.id;
    c[1].text = llmp__params(d, row->params);
    if (row->active_params > 0 && row->active_params < row->params * 3 / 4) {
        c[1].text = llmp__format(d, "%s-A%.2gB", c[1].text, (double)row->active_params / 1e9);
    }
    c[1].raw = llmp__raw_whole(d, row->params);
    c[2].text = row->quant->head.id;
    c[3].text = llmp__gib(d, (double)row->device_bytes, 1);
    c[3].raw = llmp__raw_whole(d, row->total_bytes);
    c[4].text = row->max_context_tokens >= 1024
                    ? llmp__format(d, "%lluk", (unsigned long long)row->max_context_tokens / 1024)
                    : llmp__count(d, row->max_context_tokens);
    c[4].raw = llmp__raw_whole(d, row->max_context_tokens);
    c[8].text = row->verdict == LLMP_VERDICT_FITS ? "" : "slow";
    c[8].tone = llmp__verdict_tone(row->verdict);
    c[8].raw = llmp__verdict_word(row->verdict);
    c[9].raw = row->engine->head.id;
    c[10].raw = row->backend == NULL ? "" : row->backend->id;
    c[11].raw = llmp__raw_whole(d, row->active_params);
    c[12].raw = llmp__raw_whole(d, row->headroom_bytes);
    c[17].raw = llmp_placement_name(row->placement);
    if (!row->has_speed) {
        return;
    }
    const llmp_estimate *t = &row->decode_tokens_per_s;
    c[5].text = llmp__figure(d, t->p50);
    c[5].raw = llmp__raw_number(d, t->p50);
    c[6].text = llmp__interval(d, t);
    c[7].text = llmp__seconds(d, row->ttft_s.p50);
    c[7].raw = llmp__raw_number(d, row->ttft_s.p50);
    c[13].raw = llmp__raw_number(d, t->p10);
    c[14].raw = llmp__raw_number(d, t->p90);
    c[15].raw = llmp__raw_number(d, t->ceiling);
    c[16].raw = llmp__raw_number(d, row->prefill_tokens_per_s.p50);
}

llmp_status llmp_report_fit_list(const llmp_fit_list *list, const llmp_machine *machine,
                                 size_t limit, const llmp_report_style *style, llmp_document **out,
                                 llmp_error *error)
{
    (void)style;
    if (list == NULL || machine == NULL || out == NULL) {
        return llmp__fail_argument(error, "list, machine or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.fit_list/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    size_t cannot = 0;
    size_t unknown = 0;
    size_t shorter = 0;
    llmp_fit_list_left_out(list, &cannot, &unknown, &shorter);
    size_t size = llmp_fit_list_size(list);
    size_t shown = limit > 0 && limit < size ? limit : size;
    llmp__data_text(d, d->data, "machine", machine->title);
    llmp__node *rows = llmp__data_list(d, d->data, "rows");
    llmp__paragraph(
        d, LLMP__TONE_STRONG,
        size == 0
            ? llmp__format(d, "%s runs none of these models", llmp__machine_title(d, machine))
            : llmp__format(
                  d, "%s runs %zu models; first those close to the original, the largest on top",
                  llmp__machine_title(d, machine), size))
        ->indent = 0;
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    table->indent = 0;
    for (size_t i = 0; i < shown; i++) {
        data(d, rows, llmp_fit_list_row(list, i));
        cells(d, table, llmp_fit_list_row(list, i));
    }
    llmp__data_whole(d, d->data, "rows_total", size);
    llmp__data_whole(d, d->data, "cannot_run", cannot);
    llmp__data_whole(d, d->data, "unknown", unknown);
    llmp__data_whole(d, d->data, "shorter_context", shorter);
    const char *more = shown < size ? llmp__format(d, "%zu more: --limit 0. ", size - shown) : "";
    llmp__block *note = llmp__paragraph(
        d, LLMP__TONE_DIM,
        llmp__format(
            d,
            "%s%zu cannot run here, %s%zu have unknown geometry. Quant, unless given: the best "
            "quality that fits. One in full: llmplan fit MODEL --on ...",
            more, cannot,
            shorter == 0 ? "" : llmp__format(d, "%zu were made for less context, ", shorter),
            unknown));
    note->indent = 0;
    return llmp__document_finish(d, out, error);
}
