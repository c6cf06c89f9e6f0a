/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fit` for people: verdict, memory by part, speed, limits, what would help, how to run it. */
#include "report/build.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { LABEL = 9, ADVICE_SHOWN = 3 };

#define DOT " \xC2\xB7 "

static void heading(llmp_document *d, const llmp_fit *fit, bool again)
{
    const llmp_fit_answer *a = llmp_fit_answer_of(fit);
    const llmp_memory_model *model = llmp_fit_memory_model(fit);
    const char *backend = a->backend == NULL ? "" : a->backend->name;
    llmp__block *title = llmp__paragraph(
        d, LLMP__TONE_STRONG,
        llmp__format(d, "%s" DOT "%s" DOT "%s %s" DOT "%s", a->model->head.name, a->quant_title,
                     a->engine->head.name, backend, llmp__machine_title(d, a->machine)));
    title->indent = 0;
    title->tight = !again;
    bool chosen = a->quant_reason[0] != '\0';
    bool flash = model->flash_attention;
    llmp__block *defaults = llmp__paragraph(
        d, LLMP__TONE_DIM,
        llmp__format(
            d, "context %s" DOT "parallel %s" DOT "KV %s%s%s%s%s%s%s%s",
            llmp__count(d, a->options.context_tokens), llmp__count(d, a->options.parallel),
            llmp__kv_title(d, model),
            flash == a->engine->flash_attention ? "" : DOT "flash attention ",
            flash == a->engine->flash_attention ? ""
            : flash                             ? "on"
                                                : "off",
            a->options.with_vision ? DOT "vision" : "", a->options.with_mtp ? DOT "MTP" : "",
            a->options.reserve_bytes == 0
                ? ""
                : llmp__format(d, DOT "%s reserved", llmp__bytes(d, a->options.reserve_bytes)),
            a->draft_bytes == 0
                ? ""
                : llmp__format(d, DOT "%s for the draft model", llmp__bytes(d, a->draft_bytes)),
            chosen ? llmp__format(d, DOT "quant: %s", a->quant_reason) : ""));
    defaults->indent = 0;
    defaults->tight = true;
}

static const char *placement_words(llmp_document *d, const llmp_fit_answer *a)
{
    const llmp_memory_result *m = &a->memory;
    unsigned layers = llmp_arch_summary_of(a->arch)->layer_count;
    switch (m->placement) {
    case LLMP_PLACE_EXPERT_OFFLOAD:
        return llmp__format(d, "experts of %u of %u layers in host memory, on the CPU",
                            m->cpu_expert_layers, layers);
    case LLMP_PLACE_LAYER_OFFLOAD:
        return llmp__format(d, "%u of %u layers on the GPU, the rest on the CPU", m->gpu_layers,
                            layers);
    case LLMP_PLACE_CPU:
        return "everything on the CPU";
    case LLMP_PLACE_DISK:
        return llmp__format(d, "%s of weights are read from disk again for every token",
                            llmp__bytes(d, m->disk_bytes));
    case LLMP_PLACE_AUTO:
    case LLMP_PLACE_DEVICE:
    case LLMP_PLACE_LAYER_SPLIT:
    case LLMP_PLACE_TENSOR_PARALLEL:
        break;
    }
    return m->reason;
}

static void pace(llmp_document *d, const llmp_fit_answer *a)
{
    if (!a->has_speed) {
        return;
    }
    const char *rate =
        llmp__format(d, "%s tokens/s (%s)", llmp__figure(d, a->decode.tokens_per_s.p50),
                     llmp__interval(d, &a->decode.tokens_per_s));
    const char *first = llmp__seconds_interval(d, &a->ttft_s);
    const char *text = a->options.parallel > 1
                           ? llmp__format(d, "%s, %s each of %s" DOT "first token %s", rate,
                                          llmp__figure(d, a->decode.sequence_tokens_per_s.p50),
                                          llmp__count(d, a->options.parallel), first)
                           : llmp__format(d, "%s" DOT "first token of %s after %s", rate,
                                          llmp__count(d, (uint64_t)a->prompt_tokens), first);
    llmp__paragraph(d, LLMP__TONE_STRONG, text)->tight = true;
}

static void verdict(llmp_document *d, const llmp_fit_answer *a)
{
    const llmp_memory_result *m = &a->memory;
    const char *text = "";
    switch (a->verdict) {
    case LLMP_VERDICT_FITS:
        text = llmp__format(d, "FITS, %s to spare", llmp__bytes(d, m->headroom_bytes));
        break;
    case LLMP_VERDICT_RUNS_SLOWLY:
        text = llmp__format(d, "RUNS SLOWLY: %s", placement_words(d, a));
        break;
    case LLMP_VERDICT_CANNOT_RUN:
        text = llmp__format(d, "CANNOT RUN: %s missing; it needs %s of %s usable",
                            llmp__bytes(d, m->missing_bytes), llmp__bytes(d, m->total.total_bytes),
                            llmp__bytes(d, m->available_bytes));
        break;
    }
    llmp__paragraph(d, llmp__verdict_tone(a->verdict), text);
    if (a->verdict == LLMP_VERDICT_CANNOT_RUN && m->reason[0] != '\0') {
        llmp__paragraph(d, LLMP__TONE_PLAIN, m->reason)->tight = true;
    }
    pace(d, a);
}

/* --- speed ------------------------------------------------------------------------------------ */

static const llmp__column speed_columns[] = {
    {.title = "speed, tokens/s"},
    {.title = "expected", .right = true},
    {.title = "80 % within", .right = true},
    {.title = "at most", .right = true},
    {.title = "limited by", .wrap = true},
};

static void speed_row(llmp_document *d, llmp__block *table, const char *name,
                      const llmp_estimate *rate, llmp_limit limit)
{
    llmp__cell *row = llmp__table_row(d, table);
    row[0].text = name;
    row[1].text = llmp__figure(d, rate->p50);
    row[1].tone = LLMP__TONE_STRONG;
    row[2].text = llmp__interval(d, rate);
    row[3].text = llmp__figure(d, rate->ceiling);
    row[4].text = llmp_limit_name(limit);
}

/* What the class of the machine says, beside a calibrated answer. */
static void class_row(llmp_document *d, llmp__block *table, const char *name,
                      const llmp_estimate *rate)
{
    llmp__cell *row = llmp__table_row(d, table);
    row[0].text = name;
    row[1].text = llmp__figure(d, rate->p50);
    row[2].text = llmp__interval(d, rate);
    row[0].tone = row[1].tone = row[2].tone = LLMP__TONE_DIM;
}

static void speed(llmp_document *d, const llmp_fit_answer *a)
{
    llmp__block *table =
        llmp__table(d, speed_columns, sizeof speed_columns / sizeof *speed_columns, false);
    const char *depth = llmp__count(d, (uint64_t)a->decode_context_tokens);
    speed_row(d, table, llmp__format(d, "decode at %s", depth), &a->decode.tokens_per_s,
              a->decode.limited_by);
    if ((double)a->memory.context_tokens > 1.1 * a->decode_context_tokens) {
        speed_row(d, table,
                  llmp__format(d, "decode at %s", llmp__count(d, a->memory.context_tokens)),
                  &a->decode_full.tokens_per_s, a->decode_full.limited_by);
    }
    if (a->has_speculative) {
        speed_row(d, table, "with drafts", &a->speculative.tokens_per_s, a->speculative.limited_by);
    }
    speed_row(d, table,
              llmp__format(d, "prefill of %s", llmp__count(d, (uint64_t)a->prompt_tokens)),
              &a->prefill.tokens_per_s, a->prefill.limited_by);
    if (a->calibrated) {
        class_row(d, table, llmp__format(d, "decode at %s, uncalibrated", depth),
                  &a->class_decode_tokens_per_s);
        class_row(d, table, "prefill, uncalibrated", &a->class_prefill_tokens_per_s);
    }
}

static void limits(llmp_document *d, const llmp_fit_answer *a)
{
    if (a->max_context_tokens == 0) {
        return;
    }
    const char *text = llmp__format(
        d, "largest context %s%s" DOT "%s at once", llmp__count(d, a->max_context_tokens),
        a->max_context_is_models ? " (the model's)" : "",
        a->max_parallel == 1 ? "1 user"
                             : llmp__format(d, "%s users", llmp__count(d, a->max_parallel)));
    if (a->has_speed && a->decode.energy_j_per_token.p50 > 0.0) {
        text = llmp__format(d, "%s" DOT "%s J/token", text,
                            llmp__figure(d, a->decode.energy_j_per_token.p50));
    }
    llmp__paragraph(d, LLMP__TONE_PLAIN, text)->tight = a->has_speed;
}

/* --- words ------------------------------------------------------------------------------------ */

static const llmp__column advice_columns[] = {{.title = ""},
                                              {.title = "", .wrap = true},
                                              {.title = ""},
                                              {.title = "", .right = true},
                                              {.title = ""}};

static void advice(llmp_document *d, const llmp_fit_answer *a, const llmp_report_style *style)
{
    llmp__block *table =
        llmp__table(d, advice_columns, sizeof advice_columns / sizeof *advice_columns, false);
    table->tight = true;
    uint32_t shown = a->advice_count;
    if (!style->verbose && shown > ADVICE_SHOWN) {
        shown = ADVICE_SHOWN;
    }
    for (uint32_t i = 0; i < shown; i++) {
        const llmp_fit_advice *one = &a->advice[i];
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = i == 0 ? "Better:" : "";
        row[1].text = one->change;
        row[2].text = one->verdict == LLMP_VERDICT_FITS
                          ? llmp__format(d, "fits, %s spare", llmp__bytes(d, one->headroom_bytes))
                          : llmp_verdict_name(one->verdict);
        row[3].text = one->decode_p50_tokens_per_s > 0.0
                          ? llmp__format(d, "%s t/s", llmp__figure(d, one->decode_p50_tokens_per_s))
                          : "";
        row[4].text =
            one->max_context_tokens > 0
                ? llmp__format(d, "context %.4gk", (double)one->max_context_tokens / 1024.0)
                : "";
    }
}

/* The summary names what decides: how well the bytes and the speed are known. */
static bool in_summary(const char *figure)
{
    return strcmp(figure, "weights") == 0 || strcmp(figure, "kv") == 0 ||
           strcmp(figure, "decode") == 0;
}

static void basis(llmp_document *d, const llmp_fit_answer *a, bool with_trace)
{
    static const llmp__column columns[] = {
        {.title = "basis"}, {.title = "grade"}, {.title = "source", .wrap = true}};
    llmp__text line = {0};
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, false);
    table->detail = true;
    for (uint32_t i = 0; i < a->basis_count; i++) {
        const llmp_fit_basis *b = &a->basis[i];
        if (in_summary(b->figure)) {
            llmp__text_add_format(&line, "%s%s %s", line.length == 0 ? "" : ", ", b->figure,
                                  llmp_grade_name(b->grade));
        }
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = b->figure;
        row[1].text = llmp_grade_name(b->grade);
        row[2].text = b->source;
    }
    d->failed = d->failed || line.failed;
    llmp__labelled(
        d, "Basis:", LABEL,
        llmp__format(d, "%s%s", llmp__text_get(&line), with_trace ? "" : DOT "why: --explain"));
    llmp__text_free(&line);
}

static llmp_status answer(llmp_document *d, llmp__node *data, const llmp_fit *fit, bool again,
                          bool with_trace, const llmp_report_style *style, llmp_error *error)
{
    const llmp_fit_answer *a = llmp_fit_answer_of(fit);
    llmp__fit_data(d, data, fit);
    heading(d, fit, again);
    verdict(d, a);
    llmp__fit_memory(d, fit, style);
    if (a->has_speed) {
        speed(d, a);
    }
    limits(d, a);
    llmp__block *before = d->last_block;
    for (uint32_t i = 0; i < a->warning_count; i++) {
        llmp__labelled(d, i == 0 ? "Note:" : "", LABEL, a->warnings[i]);
    }
    if (a->advice_count > 0) {
        advice(d, a, style);
    }
    if (a->command[0] != '\0') {
        llmp__command(d, "Run:", LABEL, a->command);
    }
    basis(d, a, with_trace);
    llmp__block *first = before == NULL ? NULL : before->next;
    while (first != NULL && !style->verbose && first->detail) {
        first = first->next;
    }
    if (first != NULL) {
        first->tight = false;
    }
    return with_trace ? llmp__fit_trace(d, data, fit, error) : LLMP_OK;
}

llmp_status llmp_report_fit(const llmp_fit *const *fits, size_t count, bool with_trace,
                            const llmp_report_style *style, llmp_document **out, llmp_error *error)
{
    static const llmp_report_style plain = LLMP_REPORT_STYLE_INIT;
    if (fits == NULL || count == 0 || out == NULL) {
        return llmp__fail_argument(error, "fits or out", "is missing");
    }
    llmp_document *d = llmp__document_new("llmplan.fit/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    /* One machine: its answer is the document. Several: a list of such answers. */
    llmp__node *list = count > 1 ? llmp__data_list(d, d->data, "answers") : NULL;
    llmp_status status = LLMP_OK;
    for (size_t i = 0; i < count && status == LLMP_OK; i++) {
        llmp__node *data = list == NULL ? d->data : llmp__data_map(d, list, NULL);
        status = answer(d, data, fits[i], i > 0, with_trace, style == NULL ? &plain : style, error);
    }
    llmp__block *csv = llmp__table(d, llmp__fit_csv_columns, llmp__fit_csv_column_count, true);
    for (size_t i = 0; i < count; i++) {
        llmp__fit_csv_row(d, csv, llmp_fit_answer_of(fits[i]));
    }
    if (status != LLMP_OK) {
        llmp_document_destroy(&d);
        return status;
    }
    return llmp__document_finish(d, out, error);
}
