/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One machine judged for one model or several: the stages' answers side by side. */
#include "planner/assess.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static llmp_status check(const llmp_catalog *catalog, const llmp_assess_request *request,
                         llmp_assessment **out, llmp_error *error)
{
    if (catalog == NULL || request == NULL || out == NULL || request->struct_size == 0 ||
        request->machine == NULL || request->models == NULL) {
        return llmp__fail_argument(error, "catalog, request or out",
                                   "is NULL, or has no machine or model");
    }
    if (request->model_count < 1 || request->model_count > LLMP_ASSESS_MODELS_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "%u models are outside 1 to %d loaded together",
                          request->model_count, LLMP_ASSESS_MODELS_MAX);
    }
    if (request->depth_count > LLMP_ASSESS_POINTS_MAX ||
        request->prompt_count > LLMP_ASSESS_POINTS_MAX ||
        request->task_count > LLMP_ASSESS_TASKS_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT,
                          "more than %d depths or prompt sizes, or more than %d tasks",
                          LLMP_ASSESS_POINTS_MAX, LLMP_ASSESS_TASKS_MAX);
    }
    return LLMP_OK;
}

/* --- one model -------------------------------------------------------------------------------- */

static bool holds(const llmp_fit_answer *fit, double tokens)
{
    return tokens <= (double)fit->max_context_tokens;
}

static llmp_status fill_points(const llmp_assess_request *request, const llmp_speed_model *speed,
                               llmp_assess_model *out, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    for (uint32_t i = 0; i < request->depth_count && status == LLMP_OK; i++) {
        llmp_decode_result decode;
        llmp_assess_point *point = &out->decode_tokens_per_s[i];
        point->fits = holds(out->fit, point->tokens);
        status = llmp_speed_decode(speed, point->tokens, 1, NULL, &decode, error);
        point->value = status == LLMP_OK ? decode.tokens_per_s : point->value;
    }
    for (uint32_t i = 0; i < request->prompt_count && status == LLMP_OK; i++) {
        llmp_assess_point *point = &out->ttft_s[i];
        point->fits = holds(out->fit, point->tokens);
        status = llmp_speed_ttft(speed, point->tokens, 0.0, &point->value, error);
    }
    for (uint32_t i = 0; i < request->task_count && status == LLMP_OK; i++) {
        llmp_assess_task *task = &out->tasks[i];
        task->fits = holds(out->fit, llmp_task_context_tokens(task->task));
        status = llmp_task_time_of(speed, task->task, NULL, &task->time, error);
    }
    return status;
}

static llmp_status fill_model(const llmp_catalog *catalog, const llmp_assess_request *request,
                              const llmp_fit *fit, llmp_assess_model *out, llmp_error *error)
{
    const char *source;
    const llmp_fit_answer *a = llmp_fit_answer_of(fit);
    const llmp_speed_model *speed = llmp_fit_speed_model(fit);
    out->fit = a;
    for (uint32_t i = 0; i < request->depth_count; i++) {
        out->decode_tokens_per_s[i].tokens = request->depths_tokens[i];
    }
    for (uint32_t i = 0; i < request->prompt_count; i++) {
        out->ttft_s[i].tokens = request->prompts_tokens[i];
    }
    for (uint32_t i = 0; i < request->task_count; i++) {
        out->tasks[i].task = request->tasks[i];
    }
    out->quant_loss_ratio =
        a->quant == NULL ? 0.0 : llmp__quant_loss(catalog, a->quant, a->model, &source);
    out->disk_bytes = llmp_arch_summary_of(a->arch)->weight_bytes;
    out->has_speed = speed != NULL;
    if (speed == NULL) {
        return LLMP_OK;
    }
    out->users_count = a->max_parallel;
    llmp_status status = fill_points(request, speed, out, error);
    if (status == LLMP_OK && out->users_count > 0) {
        llmp_decode_result decode;
        status = llmp_speed_decode(speed, (double)a->memory.context_tokens, out->users_count, NULL,
                                   &decode, error);
        out->user_tokens_per_s =
            status == LLMP_OK ? decode.sequence_tokens_per_s : out->user_tokens_per_s;
    }
    return status;
}

/* --- the machine ------------------------------------------------------------------------------ */

static void fill_loading(const llmp_catalog *catalog, llmp_assess_answer *a)
{
    const llmp_machine *machine = a->machine;
    const llmp_record *assumed = llmp_catalog_get(catalog, LLMP_KIND_RIG, "assumed-host");
    a->disk_read_bytes_per_s = machine->disk_read_bytes_per_s;
    a->disk_assumed = machine->host_assumed;
    if (!(a->disk_read_bytes_per_s > 0.0) && assumed != NULL) {
        a->disk_read_bytes_per_s = LLMP_RIG(assumed)->disk_read_bytes_per_s;
        a->disk_assumed = true;
    }
    for (uint32_t i = 0; i < a->model_count; i++) {
        llmp_assess_model *model = &a->models[i];
        model->load_s = a->disk_read_bytes_per_s > 0.0
                            ? (double)model->disk_bytes / a->disk_read_bytes_per_s
                            : (double)NAN;
        a->disk_bytes += model->disk_bytes;
        a->load_s += model->load_s;
    }
}

static void fill_power(const llmp_fit *fit, llmp_assess_answer *a)
{
    const llmp_speed_model *speed = llmp_fit_speed_model(fit);
    llmp_decode_result decode;
    a->decode_w = a->prefill_w = a->idle_w = (double)NAN;
    if (speed == NULL || llmp_speed_decode(speed, a->models[0].fit->decode_context_tokens, 1, NULL,
                                           &decode, NULL) != LLMP_OK) {
        return;
    }
    const llmp_prefill_result *prefill = &a->models[0].fit->prefill;
    a->decode_w = decode.energy_j_per_token.p50 * decode.tokens_per_s.p50;
    a->prefill_w = prefill->energy_j_per_token.p50 * prefill->tokens_per_s.p50;
    a->idle_w = llmp_speed_idle_w(speed);
}

/* Room for the workload's requests, and never more than a model was made for unless asked. */
static void set_context(const llmp_assess_request *request, bool is_first, llmp_fit_request *fit)
{
    const llmp_cost_request *cost = request->cost;
    if (request->context_given || (cost != NULL && cost->context_given)) {
        return;
    }
    const llmp_model *model = llmp__request_model(fit);
    uint64_t context = LLMP_ASSESS_CONTEXT_TOKENS;
    if (cost != NULL && cost->workload != NULL && is_first) {
        const llmp_workload *w = cost->workload;
        uint64_t needed =
            llmp__cost_context_tokens(w->prompt_tokens, w->output_tokens + w->reasoning_tokens);
        context = needed > context ? needed : context;
    }
    if (LLMP_HAS_MODEL(model, max_context_tokens) && context > model->max_context_tokens) {
        context = model->max_context_tokens;
    }
    fit->memory.context_tokens = context;
}

static llmp_status assess(const llmp_catalog *catalog, const llmp_assess_request *request,
                          llmp_assessment *it, llmp_error *error)
{
    llmp_assess_answer *a = &it->answer;
    llmp_status status = LLMP_OK;
    for (uint32_t i = 0; i < request->model_count; i++) {
        it->asked[i] = request->models[i];
        it->asked[i].machine = request->machine;
        set_context(request, i == 0, &it->asked[i]);
    }
    if (request->model_count > 1) {
        status = llmp__assess_place(catalog, it, error);
    }
    for (uint32_t i = 0; i < request->model_count && status == LLMP_OK; i++) {
        status = llmp__fit_create_brief(catalog, &it->asked[i], &it->fits[i], error);
        if (status == LLMP_OK) {
            status = fill_model(catalog, request, it->fits[i], &a->models[i], error);
        }
        if (status == LLMP_OK && a->models[i].fit->verdict > a->verdict) {
            a->verdict = a->models[i].fit->verdict;
        }
    }
    if (status != LLMP_OK) {
        return status;
    }
    fill_loading(catalog, a);
    fill_power(it->fits[0], a);
    return request->cost == NULL ? LLMP_OK : llmp__assess_money(catalog, request->cost, it, error);
}

llmp_status llmp_assess_create(const llmp_catalog *catalog, const llmp_assess_request *request,
                               llmp_assessment **out, llmp_error *error)
{
    llmp_status status = check(catalog, request, out, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp_assessment *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return llmp__fail_memory(error, "an assessment");
    }
    it->answer.struct_size = (uint32_t)sizeof it->answer;
    it->answer.machine = request->machine;
    it->answer.model_count = request->model_count;
    it->answer.depth_count = request->depth_count;
    it->answer.prompt_count = request->prompt_count;
    it->answer.task_count = request->task_count;
    status = assess(catalog, request, it, error);
    if (status != LLMP_OK) {
        llmp_assess_destroy(&it);
        return status;
    }
    *out = it;
    return LLMP_OK;
}

void llmp_assess_destroy(llmp_assessment **assessment)
{
    if (assessment == NULL || *assessment == NULL) {
        return;
    }
    llmp_cost_destroy(&(*assessment)->cost);
    for (uint32_t i = 0; i < LLMP_ASSESS_MODELS_MAX; i++) {
        llmp_fit_destroy(&(*assessment)->fits[i]);
    }
    free(*assessment);
    *assessment = NULL;
}

const llmp_assess_answer *llmp_assess_answer_of(const llmp_assessment *assessment)
{
    return &assessment->answer;
}

const llmp_fit *llmp_assess_fit(const llmp_assessment *assessment, uint32_t i)
{
    return i < assessment->answer.model_count ? assessment->fits[i] : NULL;
}

const llmp_cost *llmp_assess_cost(const llmp_assessment *assessment)
{
    return assessment->cost;
}
