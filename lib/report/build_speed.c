/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `speed`: decode and prefill over context and batch, as a table and a curve. */
#include "report/build.h"

#include "base/error.h"

#include <stdlib.h>

static const llmp__column columns[] = {
    {.title = "context", .key = "context_tokens", .right = true},
    {.title = "batch", .key = "batch", .right = true},
    {.title = "decode", .key = "decode_p50_tokens_per_s", .right = true},
    {.title = "80 % within", .right = true},
    {.title = "at most", .key = "decode_ceiling_tokens_per_s", .right = true},
    {.title = "each", .key = "sequence_p50_tokens_per_s", .right = true},
    {.title = "prefill", .key = "prefill_p50_tokens_per_s", .right = true},
    {.title = "TTFT", .key = "ttft_p50_s", .right = true},
    {.title = "", .key = "fits"},
    {.key = "decode_p10_tokens_per_s", .right = true},
    {.key = "decode_p90_tokens_per_s", .right = true},
    {.key = "limited_by"},
};

typedef struct point {
    double context_tokens;
    uint32_t batch;
    bool fits;
    llmp_decode_result decode;
    llmp_prefill_result prefill;
    llmp_estimate ttft_s;
} point;

static llmp_status compute(const llmp_fit *fit, point *p, llmp_error *error)
{
    const llmp_speed_model *model = llmp_fit_speed_model(fit);
    double prompt = p->context_tokens < 1.0 ? 1.0 : p->context_tokens;
    llmp_status status =
        llmp_speed_decode(model, p->context_tokens, p->batch, NULL, &p->decode, error);
    if (status == LLMP_OK) {
        status = llmp_speed_prefill(model, prompt, 0.0, 1, NULL, &p->prefill, error);
    }
    if (status == LLMP_OK) {
        status = llmp_speed_ttft(model, prompt, 0.0, &p->ttft_s, error);
    }
    llmp_memory_result *plan = malloc(sizeof *plan); /* too large for a stack */
    if (status == LLMP_OK && plan == NULL) {
        status = llmp__fail_memory(error, "a plan");
    }
    if (status == LLMP_OK) {
        status = llmp_memory_plan(llmp_fit_memory_model(fit), (uint64_t)prompt, p->batch, NULL,
                                  plan, error);
        p->fits = status == LLMP_OK && plan->verdict <= llmp_fit_answer_of(fit)->verdict;
    }
    free(plan);
    return status;
}

static void add(llmp_document *d, llmp__node *list, llmp__block *table, const point *p)
{
    llmp__node *entry = llmp__data_map(d, list, NULL);
    llmp__data_number(d, entry, "context_tokens", p->context_tokens);
    llmp__data_whole(d, entry, "batch", p->batch);
    llmp__data_bool(d, entry, "fits", p->fits);
    llmp__data_estimate(d, entry, "decode_tokens_per_s", true, &p->decode.tokens_per_s);
    llmp__data_estimate(d, entry, "sequence_tokens_per_s", true, &p->decode.sequence_tokens_per_s);
    llmp__data_text(d, entry, "limited_by", llmp__limit_word(p->decode.limited_by));
    llmp__data_estimate(d, entry, "prefill_tokens_per_s", true, &p->prefill.tokens_per_s);
    llmp__data_estimate(d, entry, "ttft_s", true, &p->ttft_s);

    const llmp_estimate *t = &p->decode.tokens_per_s;
    llmp__cell *c = llmp__table_row(d, table);
    c[0].text = llmp__count(d, (uint64_t)p->context_tokens);
    c[0].raw = llmp__raw_number(d, p->context_tokens);
    c[1].text = llmp__count(d, p->batch);
    c[1].raw = llmp__raw_whole(d, p->batch);
    c[2].text = llmp__figure(d, t->p50);
    c[2].raw = llmp__raw_number(d, t->p50);
    c[3].text = llmp__interval(d, t);
    c[4].text = llmp__figure(d, t->ceiling);
    c[4].raw = llmp__raw_number(d, t->ceiling);
    c[5].text = llmp__figure(d, p->decode.sequence_tokens_per_s.p50);
    c[5].raw = llmp__raw_number(d, p->decode.sequence_tokens_per_s.p50);
    c[6].text = llmp__figure(d, p->prefill.tokens_per_s.p50);
    c[6].raw = llmp__raw_number(d, p->prefill.tokens_per_s.p50);
    c[7].text = llmp__seconds(d, p->ttft_s.p50);
    c[7].raw = llmp__raw_number(d, p->ttft_s.p50);
    c[8].text = p->fits ? "" : "too large";
    c[8].tone = LLMP__TONE_WARN;
    c[8].raw = p->fits ? "yes" : "no";
    c[9].raw = llmp__raw_number(d, t->p10);
    c[10].raw = llmp__raw_number(d, t->p90);
    c[11].raw = llmp__limit_word(p->decode.limited_by);
}

/* One curve a batch over context; with one context, one curve over batch. */
static void curves(llmp_document *d, const llmp_speed_axes *axes, const point *points)
{
    bool over_context = axes->context_count > 1;
    size_t length = over_context ? axes->context_count : axes->batch_count;
    size_t series = over_context ? axes->batch_count : 1;
    double *xy = calloc(2 * length, sizeof *xy);
    if (length < 2 || xy == NULL) {
        d->failed = d->failed || xy == NULL;
        free(xy);
        return;
    }
    llmp__block *plot =
        llmp__plot(d, "decode, tokens/s", over_context ? "context, tokens" : "batch", NULL, true);
    for (size_t s = 0; s < series; s++) {
        for (size_t i = 0; i < length; i++) {
            const point *p = &points[over_context ? i * axes->batch_count + s : i];
            xy[i] = over_context ? p->context_tokens : (double)p->batch;
            xy[length + i] = p->decode.tokens_per_s.p50;
        }
        llmp__plot_series(d, plot, NULL, xy, xy + length, length);
    }
    free(xy);
}

static llmp_status fill(llmp_document *d, const llmp_fit *fit, const llmp_speed_axes *axes,
                        point *points, llmp_error *error)
{
    const llmp_fit_answer *a = llmp_fit_answer_of(fit);
    llmp__data_text(d, d->data, "model", a->model->head.id);
    llmp__data_text(d, d->data, "quant", a->quant_title);
    llmp__data_text(d, d->data, "engine", a->engine->head.id);
    llmp__data_text(d, d->data, "backend", a->backend == NULL ? NULL : a->backend->id);
    llmp__data_text(d, d->data, "machine", a->machine->title);
    llmp__node *list = llmp__data_list(d, d->data, "points");
    llmp__block *heading =
        llmp__paragraph(d, LLMP__TONE_STRONG,
                        llmp__format(d, "%s \xC2\xB7 %s \xC2\xB7 %s %s \xC2\xB7 %s",
                                     a->model->head.name, a->quant_title, a->engine->head.name,
                                     a->backend == NULL ? "" : a->backend->name,
                                     llmp__machine_title(d, a->machine)));
    heading->indent = 0;
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    table->indent = 0;
    size_t n = 0;
    for (size_t i = 0; i < axes->context_count; i++) {
        for (size_t k = 0; k < axes->batch_count; k++) {
            point *p = &points[n++];
            p->context_tokens = axes->contexts_tokens[i];
            p->batch = axes->batches[k];
            llmp_status status = compute(fit, p, error);
            if (status != LLMP_OK) {
                return status;
            }
            add(d, list, table, p);
        }
    }
    curves(d, axes, points);
    llmp__block *note = llmp__paragraph(
        d, LLMP__TONE_DIM,
        "Tokens/s. Decode with that much context already there; prefill and TTFT of a prompt that "
        "long. \"too large\": its cache does not fit like this.");
    note->indent = 0;
    return LLMP_OK;
}

llmp_status llmp_report_speed(const llmp_fit *fit, const llmp_speed_axes *axes,
                              const llmp_report_style *style, llmp_document **out,
                              llmp_error *error)
{
    (void)style;
    if (fit == NULL || axes == NULL || out == NULL || axes->context_count == 0 ||
        axes->batch_count == 0) {
        return llmp__fail_argument(error, "fit, axes or out", "is missing");
    }
    if (llmp_fit_speed_model(fit) == NULL) {
        const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
        return answer->verdict == LLMP_VERDICT_CANNOT_RUN
                   ? llmp__fail(error, LLMP_E_NO_SOLUTION,
                                "there is no speed: the model cannot run on this machine")
                   : llmp__fail(error, LLMP_E_NO_DATA, "there is no speed: %s",
                                answer->speed_reason);
    }
    point *points = calloc(axes->context_count * axes->batch_count, sizeof *points);
    llmp_document *d = llmp__document_new("llmplan.speed/1");
    if (d == NULL || points == NULL) {
        free(points);
        llmp_document_destroy(&d);
        return llmp__fail_memory(error, "a report");
    }
    llmp_status status = fill(d, fit, axes, points, error);
    free(points);
    if (status != LLMP_OK) {
        llmp_document_destroy(&d);
        return status;
    }
    return llmp__document_finish(d, out, error);
}
