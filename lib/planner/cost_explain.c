/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derivation of an answer about cost. */
#include "planner/cost_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void term(const llmp_trace *trace, const char *stage, const char *name, const char *formula,
                 double value, const char *unit, llmp_grade grade, const char *source,
                 const char *format, ...) LLMP_PRINTF(9, 10);

static void term(const llmp_trace *trace, const char *stage, const char *name, const char *formula,
                 double value, const char *unit, llmp_grade grade, const char *source,
                 const char *format, ...)
{
    char inputs[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(inputs, sizeof inputs, format, arguments);
    va_end(arguments);
    const llmp_trace_term out = {stage, name, formula, inputs, value, unit, source, grade};
    trace->emit(trace->user, &out);
}

static void explain_bill(const llmp_cost_answer *a, const llmp_trace *trace)
{
    const llmp_bill *bill = &a->study.api.bill;
    for (int b = 0; b < LLMP_BUCKET_COUNT; b++) {
        if (bill->bucket_tokens[b] > 0.0) {
            term(trace, "bill", llmp_bucket_name((llmp_bucket)b),
                 "sum over requests of tokens * usd_per_mtok / 1e6", bill->bucket_usd[b], "USD",
                 a->api->head.grade, a->api->head.source, "%.6g tokens in month 1%s",
                 bill->bucket_tokens[b],
                 (bill->assumed >> b & 1u) != 0 ? ", at the input price: its own is unknown" : "");
        }
    }
    term(trace, "bill", "total_usd", "sum of buckets, fees, minimum and storage", bill->total_usd,
         "USD", a->api->head.grade, NULL, "%.6g requests", bill->requests_count);
}

static void explain_work(const llmp_cost_answer *a, const llmp_trace *trace)
{
    const llmp_demand *d = &a->study.demand;
    const llmp_server *s = &a->study.own.server;
    double fresh = d->prompt_tokens * (1.0 - d->cached_ratio);
    double prefill_s = fresh > 0.0 ? fresh / s->prefill_tokens_per_s : 0.0;
    double decode_s = d->output_tokens > 0.0 ? d->output_tokens / s->decode_tokens_per_s : 0.0;
    term(trace, "work", "prefill_s", "prompt (1 - cached) / prefill rate", prefill_s, "s",
         a->used.prefill_tokens_per_s.grade, NULL, "%.6g uncached tokens at %.6g tokens/s", fresh,
         s->prefill_tokens_per_s);
    term(trace, "work", "decode_s", "output / decode rate", decode_s, "s",
         a->used.decode_tokens_per_s.grade, NULL, "%.6g tokens at %.6g tokens/s", d->output_tokens,
         s->decode_tokens_per_s);
    term(trace, "work", "busy_ratio", "requests (prefill_s + decode_s) / time on",
         a->flows[LLMP_OPTION_OWN]->month[0].busy_ratio, "", LLMP_GRADE_DERIVED, NULL,
         "%.6g requests, %u machines, %.6g hours on", d->requests_count,
         a->flows[LLMP_OPTION_OWN]->month[0].machine_count, a->study.own.hours_on_count);
    term(trace, "work", "electricity_wh", "PUE (prefill_s W + decode_s W + idle_s W) / 3600",
         a->flows[LLMP_OPTION_OWN]->month[0].electricity_wh, "Wh", LLMP_GRADE_DERIVED, NULL,
         "%.4g, %.4g and %.4g W, PUE %.4g", s->prefill_w, s->decode_w, s->idle_w,
         a->study.own.pue_ratio);
}

static void explain_hybrid(const llmp_cost_answer *a, const llmp_trace *trace)
{
    const llmp_hybrid_terms *h = &a->study.hybrid;
    for (int i = 0; i < LLMP_PATTERN_COUNT; i++) {
        const llmp_cost_pattern *p = &a->hybrid.pattern[i];
        if (p->present) {
            term(trace, "hybrid", llmp_pattern_name((llmp_pattern)i),
                 i == LLMP_PATTERN_REFINED ? "own flow of drafts + API bill of prompt and draft"
                                           : "own flow with these shares + API bill of the rest",
                 p->total_usd, "USD", LLMP_GRADE_DERIVED, NULL,
                 "%.4g of answers local, the API sees %.4g, %u machines", p->local_ratio,
                 p->api_ratio, p->machines_most);
        }
    }
    term(trace, "hybrid", "own_latency_s", "fresh prompt / prefill + output / (decode / at once)",
         a->hybrid.own_latency_s, "s", a->used.decode_tokens_per_s.grade, NULL, "%u at once",
         a->used.parallel);
    term(trace, "hybrid", "escalation_most_ratio", "root of present own flow - present API flow",
         a->hybrid.escalation_most_ratio, "", LLMP_GRADE_DERIVED, NULL, "%.4g is assumed",
         h->escalation_ratio);
}

void llmp_cost_explain(const llmp_cost *cost, const llmp_trace *trace)
{
    if (cost == NULL || trace == NULL || trace->emit == NULL) {
        return;
    }
    const llmp_cost_answer *a = &cost->answer;
    for (size_t i = 0; i < a->setting_count; i++) {
        const llmp_cost_setting *s = &a->settings[i];
        if (isnan(s->number)) {
            continue;
        }
        term(trace, "setting", s->key, s->doc, s->number, s->unit, s->grade, s->source, "%s", "");
    }
    if (a->study.has_api) {
        explain_bill(a, trace);
    }
    if (a->flows[LLMP_OPTION_OWN] != NULL) {
        explain_work(a, trace);
    }
    if (a->has_hybrid) {
        explain_hybrid(a, trace);
    }
    for (int o = 0; o < LLMP_OPTION_COUNT; o++) {
        const llmp_flow *flow = a->flows[o];
        for (int i = 0; flow != NULL && i < LLMP_LINE_COUNT; i++) {
            if (flow->line_usd[i] != 0.0) {
                term(trace, llmp_option_name((llmp_option)o), llmp_line_name((llmp_line)i),
                     "sum over months", flow->line_usd[i], "USD", LLMP_GRADE_DERIVED, NULL,
                     "%u months", flow->months);
            }
        }
        if (flow != NULL) {
            term(trace, llmp_option_name((llmp_option)o), "present_usd",
                 "sum of lumps d^(m-1) + running d^m + end d^H, d = (1 + rate)^(-1/12)",
                 flow->present_usd, "USD", LLMP_GRADE_DERIVED, NULL, "rate %.4g a year",
                 a->study.discount_per_year_ratio);
        }
    }
}
