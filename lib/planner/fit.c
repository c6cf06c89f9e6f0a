/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static llmp_status check_request(const llmp_fit_request *request, bool for_list, llmp_error *error)
{
    if (!request || request->struct_size == 0)
        return llmp__fail_argument(error, "request", "is missing or not initialised");
    if (!request->machine || request->machine->device_count == 0)
        return llmp__fail_argument(error, "machine", "is missing");
    if (for_list)
        return LLMP_OK;
    if (!request->model == !request->import)
        return llmp__fail_argument(error, "model", "give either a model or an imported file");
    if (!(request->prompt_tokens >= 1) || request->prompt_tokens > 4294967296.0)
        return llmp__fail(error, LLMP_E_RANGE, "prompt of %.0f tokens is outside 1 .. 2^32",
                          request->prompt_tokens);
    if (request->draft_tokens < 1 || request->draft_tokens > 64)
        return llmp__fail(error, LLMP_E_RANGE, "%u draft tokens is outside 1 .. 64",
                          request->draft_tokens);
    if (!(request->acceptance_ratio >= 0) || request->acceptance_ratio >= 1)
        return llmp__fail(error, LLMP_E_RANGE, "acceptance of %g is outside [0, 1)",
                          request->acceptance_ratio);
    return LLMP_OK;
}

llmp_status llmp_context_check(const llmp_model *model, uint64_t asked, llmp_error *error)
{
    if (!LLMP_HAS_MODEL(model, max_context_tokens) || asked <= model->max_context_tokens)
        return LLMP_OK;
    char asked_text[32], most_text[32];
    llmp_count_format(asked, asked_text, sizeof asked_text);
    llmp_count_format(model->max_context_tokens, most_text, sizeof most_text);
    llmp__fail(error, LLMP_E_RANGE, "a context of %s tokens is more than %s was made for: %s",
               asked_text, model->head.name, most_text);
    llmp__hint(error,
               "ask for at most %s, or raise the limit with --set model.max_context_tokens=%llu",
               most_text, (unsigned long long)asked);
    return LLMP_E_RANGE;
}

uint64_t llmp__context_tokens(const llmp_fit_request *request)
{
    const llmp_model *model = llmp__request_model(request);
    const uint64_t asked = request->memory.context_tokens;
    const uint64_t usual = LLMP_CONTEXT_DEFAULT_TOKENS;
    return asked ? asked
           : LLMP_HAS_MODEL(model, max_context_tokens) && model->max_context_tokens < usual
               ? model->max_context_tokens
               : usual;
}

double llmp__decode_depth(const llmp_fit_request *request, uint64_t context_tokens)
{
    return fmin(request->prompt_tokens, (double)context_tokens);
}

static llmp_status attempt_request(const llmp_catalog *catalog, const llmp_fit_request *request,
                                   llmp_fit *fit, llmp_error *error)
{
    const bool own_quant =
        request->import && llmp_import_kind_of(request->import) != LLMP_IMPORT_HF_CONFIG;
    if (!request->quant && !own_quant &&
        !(request->import && llmp_import_quant_title(request->import)))
        return llmp__choose_quant(catalog, request, &fit->attempt, fit->answer.quant_reason,
                                  sizeof fit->answer.quant_reason, error);
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_status status =
        llmp__choose_engine(catalog, request, request->quant, &engine, &backend, error);
    if (status != LLMP_OK)
        return status;
    return llmp__attempt_memory(catalog, request, request->quant, engine, backend, &fit->attempt,
                                error);
}

static void fill_limits(llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const llmp_verdict worst =
        answer->verdict == LLMP_VERDICT_CANNOT_RUN ? LLMP_VERDICT_RUNS_SLOWLY : answer->verdict;
    uint64_t context = 0;
    uint32_t parallel = 0;
    if (llmp_memory_largest_context(&fit->attempt.memory_model, answer->options.parallel, worst,
                                    &context, NULL) == LLMP_OK)
        answer->max_context_tokens = context;
    if (llmp_memory_largest_parallel(&fit->attempt.memory_model, answer->options.context_tokens,
                                     worst, &parallel, NULL) == LLMP_OK)
        answer->max_parallel = parallel;
    if (answer->memory.placement == LLMP_PLACE_DISK) /* more would fit, and only thrash */
        answer->max_parallel = answer->options.parallel;
    const llmp_arch_summary *summary = llmp_arch_summary_of(answer->arch);
    answer->max_context_is_models =
        summary->max_context_known && answer->max_context_tokens >= summary->max_context_tokens;
}

/* The draft model as it would run by itself, under its own quant or the target's. */
static llmp_status attempt_draft(const llmp_catalog *catalog, const llmp_fit_request *request,
                                 llmp_fit *fit, llmp_error *error)
{
    llmp_fit_request draft_request = *request;
    draft_request.model = request->draft_model;
    draft_request.import = NULL;
    draft_request.memory.placement = LLMP_PLACE_AUTO;
    draft_request.memory.adapter_bytes = 0;
    draft_request.memory.with_vision = draft_request.memory.with_mtp = false;
    const llmp_quant *quant = request->draft_quant ? request->draft_quant : fit->attempt.quant;
    if (!quant) {
        llmp__fail(error, LLMP_E_ARGUMENT, "the draft model needs a quant of its own");
        llmp__hint(error, "write --spec-draft %s:Q8_0", request->draft_model->head.id);
        return LLMP_E_ARGUMENT;
    }
    fit->draft = calloc(1, sizeof *fit->draft);
    if (!fit->draft)
        return llmp__fail_memory(error, "a draft");
    llmp_status status = llmp__attempt_memory(catalog, &draft_request, quant, fit->attempt.engine,
                                              fit->attempt.backend, fit->draft, error);
    if (status == LLMP_OK)
        llmp__attempt_speed(catalog, fit->draft);
    return status;
}

/* Sets the draft's memory aside in `own`, an equal part on each device, and asks again. */
static llmp_status attempt_beside_draft(const llmp_catalog *catalog, llmp_fit_request *own,
                                        llmp_fit *fit, llmp_error *error)
{
    llmp_status status = attempt_draft(catalog, own, fit, error);
    if (status != LLMP_OK)
        return status;
    const llmp_memory_result *draft = &fit->draft->memory;
    fit->answer.draft_bytes = 0;
    for (uint32_t i = 0; i < draft->share_count; i++)
        if (!draft->shares[i].is_host || fit->draft->memory_model.host_shared)
            fit->answer.draft_bytes +=
                draft->shares[i].parts.total_bytes - draft->shares[i].parts.runtime_bytes;
    const uint64_t devices = own->machine->device_count;
    own->memory.beside_bytes += (fit->answer.draft_bytes + devices - 1) / devices;
    llmp__attempt_release(&fit->attempt);
    return attempt_request(catalog, own, fit, error);
}

static llmp_status speculate(const llmp_fit_request *request, llmp_fit *fit, llmp_error *error)
{
    if (!request->draft_model && !request->self_draft)
        return LLMP_OK;
    llmp_speculation speculation = {sizeof speculation, NULL, request->draft_tokens,
                                    request->acceptance_ratio, 0};
    if (request->draft_model) {
        if (!fit->draft->has_speed) {
            llmp__fit_add_warning(&fit->answer, "the draft model itself cannot run here");
            return LLMP_OK;
        }
        speculation.draft = &fit->draft->speed;
    } else {
        const llmp_arch_summary *summary = llmp_arch_summary_of(fit->answer.arch);
        if (!fit->answer.model->mtp_layers) {
            llmp__fail(error, LLMP_E_IMPOSSIBLE, "%s has no multi-token-prediction layers",
                       fit->answer.model->head.name);
            llmp__hint(error, "name a smaller model of the family as the draft");
            return LLMP_E_IMPOSSIBLE;
        }
        /* One MTP layer and the head, against all layers and the head. */
        double layer = (double)summary->layer_weight_bytes / summary->layer_count;
        double head = (double)summary->head_bytes;
        speculation.draft_step_ratio =
            (layer + head) / ((double)summary->layer_weight_bytes + head);
    }
    if (llmp_speed_speculative(&fit->attempt.speed, &speculation, fit->answer.decode_context_tokens,
                               fit->answer.options.parallel, NULL, &fit->answer.speculative,
                               NULL) == LLMP_OK)
        fit->answer.has_speculative = true;
    return LLMP_OK;
}

/* What the class's profile says, beside a calibrated answer. */
static llmp_status fill_class_speed(const llmp_catalog *catalog, llmp_fit *fit, llmp_error *error)
{
    llmp_fit_answer *answer = &fit->answer;
    bool calibrated = false;
    for (uint32_t i = 0; i < fit->attempt.speed.stage_count; i++)
        calibrated = calibrated || fit->attempt.speed.stages[i].profile.calibrated;
    if (!calibrated)
        return LLMP_OK;
    llmp_speed_model *model = malloc(sizeof *model);
    llmp_decode_result decode;
    llmp_prefill_result prefill;
    llmp_status status = model ? llmp_speed_prepare_class(catalog, &fit->attempt.memory_model,
                                                          &fit->attempt.memory, model, error)
                               : llmp__fail_memory(error, "a speed model");
    if (status == LLMP_OK)
        status = llmp_speed_decode(model, answer->decode_context_tokens, answer->options.parallel,
                                   NULL, &decode, error);
    if (status == LLMP_OK)
        status = llmp_speed_prefill(model, answer->prompt_tokens, 0, 1, NULL, &prefill, error);
    if (status == LLMP_OK)
        status = llmp_speed_ttft(model, answer->prompt_tokens, 0, &answer->class_ttft_s, error);
    free(model);
    if (status != LLMP_OK)
        return status;
    answer->class_decode_tokens_per_s = decode.tokens_per_s;
    answer->class_prefill_tokens_per_s = prefill.tokens_per_s;
    answer->calibrated = true;
    return LLMP_OK;
}

static llmp_status fill_speed(const llmp_catalog *catalog, const llmp_fit_request *request,
                              llmp_fit *fit, llmp_error *error)
{
    llmp_fit_answer *answer = &fit->answer;
    llmp__attempt_speed(catalog, &fit->attempt);
    if (!fit->attempt.has_speed) {
        const llmp_error *why = &fit->attempt.speed_error;
        if (fit->attempt.speed_status != LLMP_OK) {
            snprintf(answer->speed_reason, sizeof answer->speed_reason, "%.190s%s%.190s",
                     why->message, why->hint[0] ? "; " : "", why->hint);
            llmp__fit_add_warning(answer, "no speed: %s", answer->speed_reason);
        }
        return LLMP_OK;
    }
    const llmp_speed_model *speed = &fit->attempt.speed;
    const uint32_t batch = answer->options.parallel;
    const double context = (double)answer->memory.context_tokens;
    answer->prompt_tokens = fmin(request->prompt_tokens, context);
    answer->decode_context_tokens = llmp__decode_depth(request, answer->memory.context_tokens);
    llmp_status status = llmp_speed_decode(speed, answer->decode_context_tokens, batch, NULL,
                                           &answer->decode, error);
    if (status == LLMP_OK)
        status = llmp_speed_decode(speed, context, batch, NULL, &answer->decode_full, error);
    if (status == LLMP_OK)
        status =
            llmp_speed_prefill(speed, answer->prompt_tokens, 0, 1, NULL, &answer->prefill, error);
    if (status == LLMP_OK)
        status = llmp_speed_ttft(speed, answer->prompt_tokens, 0, &answer->ttft_s, error);
    if (status == LLMP_OK)
        status = fill_class_speed(catalog, fit, error);
    if (status != LLMP_OK)
        return status;
    answer->has_speed = true;
    snprintf(answer->widened, sizeof answer->widened, "%s", speed->widened);
    if (speed->disk_read_bytes_per_s > 0)
        answer->load_s =
            (double)llmp_arch_summary_of(answer->arch)->weight_bytes / speed->disk_read_bytes_per_s;
    return speculate(request, fit, error);
}

static void fill_answer(const llmp_fit_request *request, llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    answer->verdict = fit->attempt.memory.verdict;
    answer->model = llmp__request_model(request);
    answer->machine = request->machine;
    answer->engine = fit->attempt.engine;
    answer->backend = fit->attempt.backend;
    answer->quant = llmp_arch_quant(fit->attempt.arch);
    answer->quant_title = llmp_arch_quant_title(fit->attempt.arch);
    answer->arch = fit->attempt.arch;
    answer->options = request->memory;
    answer->memory = fit->attempt.memory;
}

static llmp_status create(const llmp_catalog *catalog, const llmp_fit_request *request,
                          bool in_words, llmp_fit **out, llmp_error *error)
{
    if (!catalog || !out)
        return llmp__fail_argument(error, "catalog or out", "is NULL");
    llmp_status status = check_request(request, false, error);
    if (status == LLMP_OK)
        status =
            llmp_context_check(llmp__request_model(request), request->memory.context_tokens, error);
    if (status != LLMP_OK)
        return status;
    llmp_fit *fit = calloc(1, sizeof *fit);
    if (!fit)
        return llmp__fail_memory(error, "an answer");
    fit->catalog = catalog;
    fit->answer.struct_size = sizeof fit->answer;
    llmp_fit_request resolved = *request;
    resolved.memory.context_tokens = llmp__context_tokens(request);
    request = &resolved;
    llmp_fit_request own = resolved; /* with the draft's memory taken off */
    status = attempt_request(catalog, request, fit, error);
    if (status == LLMP_OK && request->draft_model)
        status = attempt_beside_draft(catalog, &own, fit, error);
    if (status == LLMP_OK) {
        fill_answer(request, fit);
        status = fill_speed(catalog, request, fit, error);
    }
    if (status != LLMP_OK) {
        llmp_fit_destroy(&fit);
        return status;
    }
    fill_limits(fit);
    llmp__fit_warn(request, fit);
    if (in_words) {
        llmp__fit_command(catalog, request, fit);
        llmp__fit_advise(catalog, &own, fit);
        llmp__fit_basis(catalog, fit);
    }
    *out = fit;
    return LLMP_OK;
}

llmp_status llmp_fit_create(const llmp_catalog *catalog, const llmp_fit_request *request,
                            llmp_fit **out, llmp_error *error)
{
    return create(catalog, request, true, out, error);
}

llmp_status llmp__fit_create_brief(const llmp_catalog *catalog, const llmp_fit_request *request,
                                   llmp_fit **out, llmp_error *error)
{
    return create(catalog, request, false, out, error);
}

void llmp_fit_destroy(llmp_fit **fit)
{
    if (!fit || !*fit)
        return;
    llmp__attempt_release(&(*fit)->attempt);
    if ((*fit)->draft)
        llmp__attempt_release((*fit)->draft);
    free((*fit)->draft);
    free(*fit);
    *fit = NULL;
}

const llmp_fit_answer *llmp_fit_answer_of(const llmp_fit *fit)
{
    return &fit->answer;
}

const llmp_speed_model *llmp_fit_speed_model(const llmp_fit *fit)
{
    return fit->answer.has_speed ? &fit->attempt.speed : NULL;
}

const llmp_memory_model *llmp_fit_memory_model(const llmp_fit *fit)
{
    return &fit->attempt.memory_model;
}

llmp_status llmp_fit_explain(const llmp_fit *fit, const llmp_trace *trace, llmp_error *error)
{
    const llmp_fit_answer *answer = &fit->answer;
    llmp_memory_result memory;
    llmp_decode_result decode;
    llmp_prefill_result prefill;
    llmp_arch_explain(answer->arch, trace);
    llmp_status status = llmp_memory_plan(&fit->attempt.memory_model, 0, 0, trace, &memory, error);
    if (status != LLMP_OK || !answer->has_speed)
        return status;
    status = llmp_speed_decode(&fit->attempt.speed, answer->decode_context_tokens,
                               answer->options.parallel, trace, &decode, error);
    if (status == LLMP_OK)
        status = llmp_speed_prefill(&fit->attempt.speed, answer->prompt_tokens, 0, 1, trace,
                                    &prefill, error);
    return status;
}
