/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much use it takes to pay. */
#include <llmplan/cost_answer.h>

#include "base/error.h"
#include "cost/flow.h"
#include "cost/root.h"
#include "cost/scale.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 240 };
static const double decades = 6.0;
static const double cannot_usd = 1e15;

typedef struct search {
    const llmp_study *study;
    llmp_option candidate;
    llmp_option baseline;
    llmp_study *scaled;
    llmp_flow *a;
    llmp_flow *b;
} search;

void llmp__study_scale(llmp_study *study, double usage_ratio, double price_ratio)
{
    llmp_bill *bill = &study->api.bill;
    double usd_ratio = usage_ratio * price_ratio;
    study->demand.requests_count *= usage_ratio;
    bill->total_usd = 0.0;
    for (int i = 0; i < LLMP_BUCKET_COUNT; i++) {
        bill->bucket_usd[i] *= usd_ratio;
        bill->bucket_tokens[i] *= usage_ratio;
        bill->total_usd += bill->bucket_usd[i];
    }
    bill->requests_usd *= usd_ratio;
    bill->minimum_usd *= usd_ratio;
    bill->storage_usd *= usd_ratio;
    bill->requests_count *= usage_ratio;
    bill->tiered_tokens *= usage_ratio;
    bill->total_usd += bill->requests_usd + bill->minimum_usd + bill->storage_usd;
}

/* Present saving at 10^x of the study's demand. */
static double saving_at(double x, void *with)
{
    search *s = with;
    *s->scaled = *s->study;
    llmp__study_scale(s->scaled, pow(10.0, x), 1.0);
    llmp__flow_run(s->scaled, s->candidate, s->a);
    llmp__flow_run(s->scaled, s->baseline, s->b);
    /* who leaves requests unanswered is not cheaper */
    return s->a->unserved_ratio > 1e-9 ? -cannot_usd : s->b->present_usd - s->a->present_usd;
}

static const llmp_server *server_of(const llmp_study *study, llmp_option option)
{
    return option == LLMP_OPTION_RENT ? &study->rent.server : &study->own.server;
}

static void describe(search *s, double x, llmp_volume *out)
{
    double saving = saving_at(x, s);
    const llmp_demand *demand = &s->scaled->demand;
    out->exists = true;
    out->scale_ratio = pow(10.0, x);
    out->requests_count = demand->requests_count;
    out->tokens = demand->requests_count * (demand->prompt_tokens + demand->output_tokens);
    out->at_a_step = fabs(saving) > 1e-6 * fmax(fabs(s->a->present_usd), fabs(s->b->present_usd));
    out->within_machines = s->a->overflow_month == 0;
    if (s->candidate != LLMP_OPTION_API && s->a->months > 0) {
        const llmp_server *server = server_of(s->study, s->candidate);
        llmp__work work = llmp__work_of(demand, server);
        double machines = s->a->month[0].machine_count;
        double usable_s = machines * demand->hours_count * 3600.0 * server->busy_max_ratio;
        double busy_s = demand->requests_count * (work.prefill_s + work.decode_s);
        out->busy_ratio = usable_s > 0.0 ? busy_s / usable_s : 0.0;
    }
}

static void find(search *s, llmp_volume *out)
{
    double x = -decades;
    double saving = saving_at(x, s);
    for (int i = 1; i <= STEPS && saving < 0.0; i++) {
        double next_x = -decades + 2.0 * decades * (double)i / (double)STEPS;
        double next = saving_at(next_x, s);
        if (next >= 0.0) {
            x = llmp__root(saving_at, s, x, saving, next_x, next);
            /* the root may lie a hair before a jump */
            x = saving_at(x, s) < 0.0 && saving_at(x + 1e-12, s) >= 0.0 ? x + 1e-12 : x;
            describe(s, x, out);
            return;
        }
        x = next_x;
        saving = next;
    }
    if (saving >= 0.0) {
        describe(s, x, out);
    }
}

llmp_status llmp_breakeven_volume(const llmp_study *study, llmp_option candidate,
                                  llmp_option baseline, llmp_volume *out, llmp_error *error)
{
    if (out == NULL) {
        return llmp__fail_argument(error, "out", "is NULL");
    }
    llmp_flow *flows = malloc(2 * sizeof *flows);
    llmp_study *scaled = malloc(sizeof *scaled);
    llmp_status status = flows == NULL || scaled == NULL
                             ? llmp__fail_memory(error, "two flows")
                             : llmp_flow_run(study, candidate, &flows[0], error);
    if (status == LLMP_OK) {
        status = llmp_flow_run(study, baseline, &flows[1], error);
    }
    if (status == LLMP_OK) {
        search s = {study, candidate, baseline, scaled, &flows[0], &flows[1]};
        llmp_volume volume = {.exists = false};
        find(&s, &volume);
        *out = volume;
    }
    free(scaled);
    free(flows);
    return status;
}
