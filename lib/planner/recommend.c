/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which machine to buy: the question, its defaults, the answer and its derivation. */
#include "planner/recommend.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *llmp_objective_name(llmp_objective objective)
{
    static const char *const names[] = {"answer", "value", "price", "decode"};
    return (unsigned)objective < LLMP_OBJECTIVE_COUNT ? names[objective] : "unknown";
}

const char *llmp_rejection_name(llmp_rejection rejection)
{
    static const char *const names[] = {"none",   "price_unknown", "not_sold", "cannot_build",
                                        "budget", "power",         "noise",    "memory",
                                        "engine", "decode",        "ttft",     "score"};
    return (unsigned)rejection < LLMP_REJECTION_COUNT ? names[rejection] : "unknown";
}

/* --- defaults --------------------------------------------------------------------------------- */

/* The fewest bits that stay close to the original: all machines are judged with the same weights,
 * so that memory to spare makes none slower. */
static const llmp_quant *choose_quant(const llmp_catalog *catalog, const llmp_model *model)
{
    llmp__candidate *list = calloc(LLMP__CANDIDATES_MAX, sizeof *list);
    const llmp_record *engine = llmp_catalog_get(catalog, LLMP_KIND_ENGINE, "llama.cpp");
    const llmp_quant *best = NULL;
    size_t count = list == NULL || engine == NULL
                       ? 0
                       : llmp__quant_candidates(catalog, model, LLMP_ENGINE(engine), list);
    for (size_t i = 0; i < count; i++) {
        const llmp_quant *q = list[i].quant;
        if (list[i].loss >= LLMP__CLOSE_LOSS_RATIO) {
            continue;
        }
        if (best == NULL || q->nominal_bits_per_weight < best->nominal_bits_per_weight) {
            best = q;
        }
    }
    free(list);
    return best;
}

static void set_model(llmp__search *s, llmp_fit_request *fit)
{
    const llmp_model *model = llmp__request_model(fit);
    if (fit->quant == NULL && fit->import == NULL) {
        fit->quant = choose_quant(s->catalog, model);
    }
    if (fit->memory.context_tokens == 0) {
        fit->memory.context_tokens = LLMP_HAS_MODEL(model, max_context_tokens) &&
                                             model->max_context_tokens < LLMP_ASSESS_CONTEXT_TOKENS
                                         ? model->max_context_tokens
                                         : LLMP_ASSESS_CONTEXT_TOKENS;
    }
}

static llmp_status check(const llmp_catalog *catalog, const llmp_recommend_request *r,
                         llmp_error *error)
{
    if (catalog == NULL || r == NULL || r->struct_size == 0 || r->models == NULL) {
        return llmp__fail_argument(error, "catalog or request", "is NULL, or has no model");
    }
    if (r->model_count < 1 || r->model_count > LLMP_ASSESS_MODELS_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "%u models are outside 1 to %d loaded together",
                          r->model_count, LLMP_ASSESS_MODELS_MAX);
    }
    if ((unsigned)r->objective >= LLMP_OBJECTIVE_COUNT ||
        r->floor_count > LLMP_RECOMMEND_SCORES_MAX) {
        return llmp__fail_argument(error, "objective or floors", "is none");
    }
    if (!(r->budget_usd >= 0) || !(r->decode_min_tokens_per_s >= 0) || !(r->ttft_max_s >= 0) ||
        !(r->peak_max_w >= 0) || r->users_count > 65536) {
        return llmp__fail(error, LLMP_E_RANGE, "a limit is negative, or more than 65,536 users");
    }
    for (uint32_t i = 0; i < r->model_count; i++) {
        if (llmp__request_model(&r->models[i]) == NULL) {
            return llmp__fail_argument(error, "models", "has none");
        }
        llmp_status status = llmp_context_check(llmp__request_model(&r->models[i]),
                                                r->models[i].memory.context_tokens, error);
        if (status != LLMP_OK) {
            return status;
        }
    }
    return LLMP_OK;
}

static void set_owned(llmp__search *s)
{
    const llmp_machine *owned = s->request.owned;
    if (owned == NULL) {
        return;
    }
    const llmp_device *d = owned->devices[0];
    bool card = d->kind == LLMP_DEVICE_GPU;
    const char *host = owned->rig != NULL ? owned->rig->host : NULL;
    const llmp_record *record = llmp_catalog_get(
        s->catalog, LLMP_KIND_HOST, host == NULL && owned->rig == NULL ? "am5-desktop" : host);
    s->owned.any = true;
    s->owned.host = card && record != NULL ? LLMP_HOST(record) : NULL;
    s->owned.psu_w = owned->rig != NULL ? owned->rig->psu_w : 0;
    s->owned.memory_bytes = owned->host_memory_known ? owned->host_memory_bytes : 0;
}

llmp_status llmp__search_shop(const llmp_catalog *catalog, const llmp_recommend_request *request,
                              llmp__search *out, llmp_error *error)
{
    memset(out, 0, sizeof *out);
    out->catalog = catalog;
    out->request = *request;
    out->circuit = request->circuit != NULL
                       ? request->circuit
                       : LLMP_CIRCUIT(llmp_catalog_get(catalog, LLMP_KIND_CIRCUIT, "us-120v-15a"));
    if (out->circuit == NULL) {
        return llmp__fail(error, LLMP_E_NO_DATA, "the catalog has no circuit us-120v-15a");
    }
    out->day = request->as_of;
    if (out->day == 0 && llmp_date_parse(llmp_data_version(), &out->day, error) != LLMP_OK) {
        return LLMP_E_INTERNAL;
    }
    return LLMP_OK;
}

llmp_status llmp__search_open(const llmp_catalog *catalog, const llmp_recommend_request *request,
                              llmp__search *out, llmp_error *error)
{
    llmp_status status = check(catalog, request, error);
    status = status == LLMP_OK ? llmp__search_shop(catalog, request, out, error) : status;
    if (status != LLMP_OK) {
        return status;
    }
    llmp_recommend_request *r = &out->request;
    r->users_count = r->users_count == 0 ? 1 : r->users_count;
    r->output_tokens = r->output_tokens > 0 ? r->output_tokens : 500;
    for (uint32_t i = 0; i < r->model_count; i++) {
        out->models[i] = request->models[i];
        set_model(out, &out->models[i]);
    }
    r->models = out->models;
    set_owned(out);
    return LLMP_OK;
}

/* --- answer ----------------------------------------------------------------------------------- */

static llmp_status search(llmp_recommendation *it, llmp_error *error)
{
    llmp__search *s = &it->search;
    llmp_recommend_answer *a = &it->answer;
    llmp_status status = llmp__offers_enumerate(s, error);
    if (status == LLMP_OK) {
        status = llmp__recommend_judge_all(it, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    a->struct_size = (uint32_t)sizeof *a;
    a->request = &s->request;
    a->circuit = s->circuit;
    a->circuit_w = llmp_circuit_w(s->circuit);
    a->owned_host = s->owned.host;
    a->owned_memory_bytes = s->owned.memory_bytes;
    for (uint32_t i = 0; i < s->request.model_count; i++) {
        const char *source;
        a->quants[i] = s->models[i].quant;
        a->quant_loss_ratio[i] =
            a->quants[i] == NULL ? 0
                                 : llmp__quant_loss(s->catalog, a->quants[i],
                                                    llmp__request_model(&s->models[i]), &source);
    }
    llmp__recommend_rank(it);
    return llmp__recommend_money(it, error);
}

llmp_status llmp_recommend_create(const llmp_catalog *catalog,
                                  const llmp_recommend_request *request, llmp_recommendation **out,
                                  llmp_error *error)
{
    if (out == NULL) {
        return llmp__fail_argument(error, "out", "is NULL");
    }
    llmp_recommendation *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return llmp__fail_memory(error, "a recommendation");
    }
    llmp_status status = llmp__search_open(catalog, request, &it->search, error);
    status = status == LLMP_OK ? search(it, error) : status;
    if (status != LLMP_OK) {
        llmp_recommend_destroy(&it);
        return status;
    }
    *out = it;
    return LLMP_OK;
}

void llmp_recommend_destroy(llmp_recommendation **recommendation)
{
    if (recommendation == NULL || *recommendation == NULL) {
        return;
    }
    llmp__offers_free(&(*recommendation)->search.offers);
    free((*recommendation)->rows);
    free(*recommendation);
    *recommendation = NULL;
}

const llmp_recommend_answer *llmp_recommend_answer_of(const llmp_recommendation *recommendation)
{
    return &recommendation->answer;
}

/* --- derivation ------------------------------------------------------------------------------- */

static void emit(const llmp_trace *trace, const char *term, const char *formula, const char *inputs,
                 double value, const char *unit, const char *source, llmp_grade grade)
{
    const llmp_trace_term t = {"recommend", term, formula, inputs, value, unit, source, grade};
    trace->emit(trace->user, &t);
}

static void explain_bill(const llmp_config *c, const llmp_trace *trace)
{
    for (uint32_t i = 0; i < c->part_count; i++) {
        const llmp_part *part = &c->parts[i];
        char inputs[200];
        char date[16] = "";
        if (part->price != NULL) {
            (void)llmp_date_format(part->price->as_of, date, sizeof date);
        }
        (void)snprintf(inputs, sizeof inputs, "%.60s%s: %u x %.0f%s%s%s", part->record->name,
                       part->memory_bytes > 0 ? ", memory" : "", (unsigned)part->count,
                       part->unit_usd, part->owned_count > 0 ? ", the rest owned" : "",
                       *date != '\0' ? ", " : "", date);
        emit(trace, "part_usd", "count x middle of the price", inputs, part->count * part->unit_usd,
             "USD", part->price == NULL ? NULL : part->price->source,
             part->price == NULL ? LLMP_GRADE_ESTIMATE : part->price->grade);
    }
    emit(trace, "price_usd", "sum of the parts to be bought", c->title, c->usd, "USD", NULL,
         c->price_grade);
    if (!isnan(c->peak_w)) {
        char inputs[200] = "";
        if (c->power_limit_w > 0) {
            (void)snprintf(inputs, sizeof inputs, "each card limited to %.0f of %.0f W",
                           c->power_limit_w, c->power_full_w);
        }
        emit(trace, "peak_w", "(cards + host) / efficiency of the supply, or as its maker says",
             inputs, c->peak_w, "W", NULL, LLMP_GRADE_DERIVED);
    }
}

llmp_status llmp_recommend_explain(const llmp_recommendation *it, const llmp_trace *trace,
                                   llmp_error *error)
{
    if (it == NULL || trace == NULL || trace->emit == NULL) {
        return llmp__fail_argument(error, "recommendation or trace", "is NULL");
    }
    const llmp_recommend_row *best = it->answer.best;
    const llmp__search *s = &it->search;
    llmp_status status = LLMP_OK;
    for (uint32_t m = 0; best != NULL && m < best->member_count && status == LLMP_OK; m++) {
        llmp_fit_request asked[LLMP_ASSESS_MODELS_MAX];
        llmp_assess_request request = LLMP_ASSESS_REQUEST_INIT;
        llmp_assessment *assessment = NULL;
        explain_bill(best->members[m], trace);
        for (uint32_t i = 0; i < s->request.model_count; i++) {
            if (best->member_count == 1 || best->model_member[i] == m) {
                asked[request.model_count] = s->models[i];
                asked[request.model_count++].memory.parallel =
                    (s->request.users_count + best->counts[m] - 1) / best->counts[m];
            }
        }
        request.machine = &best->members[m]->machine;
        request.models = asked;
        request.context_given = true;
        status = llmp_assess_create(s->catalog, &request, &assessment, error);
        if (status == LLMP_OK) {
            status = llmp_assess_explain(assessment, trace, error);
        }
        llmp_assess_destroy(&assessment);
    }
    if (best != NULL && status == LLMP_OK) {
        char inputs[160];
        (void)snprintf(inputs, sizeof inputs, "%.4g s + %.6g / %.4g tokens/s", best->ttft_s.p50,
                       s->request.output_tokens, best->decode_tokens_per_s.p50);
        emit(trace, "answer_s", "time to first token + output / decode rate, p50", inputs,
             best->answer_s.p50, "s", NULL, best->answer_s.grade);
    }
    return status;
}
