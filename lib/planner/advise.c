/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would help: each suggestion is computed like the answer itself, and kept only if it does. */
#include "planner/fit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct trial {
    llmp_verdict verdict;
    uint64_t headroom_bytes;
    uint64_t missing_bytes;
    uint64_t max_context_tokens;
    double decode_tokens_per_s;
} trial;

static bool evaluate(const llmp_catalog *catalog, const llmp_fit_request *request,
                     const llmp_quant *quant, trial *out)
{
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp__attempt attempt;
    if (llmp__choose_engine(catalog, request, quant, &engine, &backend, NULL) != LLMP_OK ||
        llmp__attempt_memory(catalog, request, quant, engine, backend, &attempt, NULL) != LLMP_OK)
        return false;
    memset(out, 0, sizeof *out);
    out->verdict = attempt.memory.verdict;
    out->headroom_bytes = attempt.memory.headroom_bytes;
    out->missing_bytes = attempt.memory.missing_bytes;
    llmp__attempt_speed(catalog, &attempt);
    llmp_decode_result decode;
    if (attempt.has_speed &&
        llmp_speed_decode(&attempt.speed,
                          llmp__decode_depth(request, attempt.memory.context_tokens),
                          request->memory.parallel, NULL, &decode, NULL) == LLMP_OK)
        out->decode_tokens_per_s = decode.tokens_per_s.p50;
    if (out->verdict != LLMP_VERDICT_CANNOT_RUN &&
        llmp_memory_largest_context(&attempt.memory_model, request->memory.parallel, out->verdict,
                                    &out->max_context_tokens, NULL) != LLMP_OK)
        out->max_context_tokens = 0;
    llmp__attempt_release(&attempt);
    return true;
}

static void add(llmp_fit_answer *answer, const trial *result, const char *change)
{
    if (answer->advice_count == LLMP_FIT_ADVICE_MAX)
        return;
    llmp_fit_advice *advice = &answer->advice[answer->advice_count++];
    memset(advice, 0, sizeof *advice);
    snprintf(advice->change, sizeof advice->change, "%s", change);
    advice->verdict = result->verdict;
    advice->decode_p50_tokens_per_s = result->decode_tokens_per_s;
    advice->headroom_bytes = result->headroom_bytes;
    advice->max_context_tokens = result->max_context_tokens;
    char free_text[32], context_text[32];
    llmp_bytes_format(result->headroom_bytes, free_text, sizeof free_text);
    llmp_count_format(result->max_context_tokens, context_text, sizeof context_text);
    size_t length = (size_t)snprintf(advice->effect, sizeof advice->effect, "%s",
                                     llmp_verdict_name(result->verdict));
    if (result->verdict == LLMP_VERDICT_FITS)
        length += (size_t)snprintf(advice->effect + length, sizeof advice->effect - length,
                                   " with %s to spare", free_text);
    if (result->decode_tokens_per_s > 0)
        length += (size_t)snprintf(advice->effect + length, sizeof advice->effect - length,
                                   ", %.3g tokens/s", result->decode_tokens_per_s);
    if (result->max_context_tokens)
        snprintf(advice->effect + length, sizeof advice->effect - length, ", context up to %s",
                 context_text);
}

/* Better in verdict, or the same and at least `gain` times faster. */
static bool improves(const llmp_fit_answer *answer, const trial *result, double gain)
{
    if (result->verdict != answer->verdict)
        return result->verdict < answer->verdict;
    return answer->has_speed &&
           result->decode_tokens_per_s > gain * answer->decode.tokens_per_s.p50;
}

/* The best quant that makes the model fit, when it does not; for one that fits, a faster step down.
 */
static void advise_quant(const llmp_catalog *catalog, const llmp_fit_request *request,
                         llmp_fit *fit)
{
    if (request->import && llmp_import_kind_of(request->import) != LLMP_IMPORT_HF_CONFIG)
        return;
    llmp_fit_answer *answer = &fit->answer;
    const double bits = llmp_arch_summary_of(answer->arch)->bits_per_weight;
    llmp_fit_request other = *request;
    other.engine = answer->engine; /* another engine would be another question */
    other.backend = answer->backend->id;
    unsigned given = 0;
    llmp__candidate candidates[LLMP__CANDIDATES_MAX];
    const size_t count = llmp__quant_candidates(catalog, answer->model, answer->engine, candidates);
    for (size_t i = 0; i < count && given < 2; i++) {
        const llmp_quant *quant = candidates[i].quant;
        trial result;
        if (!quant->common || quant->nominal_bits_per_weight > bits - 0.4 ||
            (answer->verdict == LLMP_VERDICT_FITS && quant->nominal_bits_per_weight < 4) ||
            !evaluate(catalog, &other, quant, &result) || !improves(answer, &result, 1.25))
            continue;
        char change[96];
        snprintf(change, sizeof change, "--quant %s", quant->head.id);
        add(answer, &result, change);
        given++;
        if (answer->verdict != LLMP_VERDICT_FITS)
            break;
    }
}

/* The quant that fits costs quality: what better answers would cost in speed. */
static void advise_quality(const llmp_catalog *catalog, const llmp_fit_request *request,
                           llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const char *source;
    if (!answer->quant || answer->verdict != LLMP_VERDICT_FITS || request->import ||
        llmp__quant_loss(catalog, answer->quant, answer->model, &source) <
            LLMP__NOTICEABLE_LOSS_RATIO)
        return;
    llmp__candidate candidates[LLMP__CANDIDATES_MAX];
    const size_t count = llmp__quant_candidates(catalog, answer->model, answer->engine, candidates);
    llmp_fit_request other = *request;
    other.engine = answer->engine;
    other.backend = answer->backend->id;
    for (size_t i = count; i-- > 0;) { /* from the worst: the cheapest that is good enough */
        trial result;
        if (candidates[i].loss >= LLMP__NOTICEABLE_LOSS_RATIO / 2)
            continue;
        if (evaluate(catalog, &other, candidates[i].quant, &result) &&
            result.verdict == LLMP_VERDICT_RUNS_SLOWLY) {
            char change[96];
            snprintf(change, sizeof change, "--quant %s", candidates[i].quant->head.id);
            add(answer, &result, change);
        }
        return;
    }
}

static void advise_kv(const llmp_catalog *catalog, const llmp_fit_request *request, llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const llmp_record *q8 = llmp_catalog_get(catalog, LLMP_KIND_FORMAT, "q8_0");
    if (!q8 || request->memory.kv_k_format || answer->max_context_is_models ||
        answer->engine->policy != LLMP_POLICY_LLAMA_CPP)
        return;
    llmp_fit_request other = *request;
    other.engine = answer->engine;
    other.memory.kv_k_format = other.memory.kv_v_format = LLMP_FORMAT(q8);
    trial result;
    if (evaluate(catalog, &other, fit->attempt.quant, &result) &&
        (improves(answer, &result, 1.1) ||
         (result.verdict == answer->verdict &&
          (double)result.max_context_tokens > 1.1 * (double)answer->max_context_tokens)))
        add(answer, &result, "--kv-type q8_0");
}

static void advise_context(const llmp_catalog *catalog, const llmp_fit_request *request,
                           llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    uint64_t fitting = 0;
    if (answer->verdict == LLMP_VERDICT_FITS ||
        llmp_memory_largest_context(&fit->attempt.memory_model, request->memory.parallel,
                                    LLMP_VERDICT_FITS, &fitting, NULL) != LLMP_OK ||
        fitting < 1024 || fitting >= request->memory.context_tokens)
        return;
    llmp_fit_request other = *request;
    other.engine = answer->engine;
    other.memory.context_tokens = fitting;
    trial result;
    char change[96];
    snprintf(change, sizeof change, "--context %llu", (unsigned long long)fitting);
    if (evaluate(catalog, &other, fit->attempt.quant, &result) && improves(answer, &result, 1.1))
        add(answer, &result, change);
}

static void advise_split(const llmp_catalog *catalog, const llmp_fit_request *request,
                         llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    if (answer->memory.placement != LLMP_PLACE_LAYER_SPLIT || !answer->engine->tensor_parallel)
        return;
    llmp_fit_request other = *request;
    other.engine = answer->engine;
    other.memory.placement = LLMP_PLACE_TENSOR_PARALLEL;
    trial result;
    if (evaluate(catalog, &other, fit->attempt.quant, &result) && improves(answer, &result, 1.1))
        add(answer, &result, "--split tensor");
}

/* What cannot run on the usual engine may on one that keeps weights in host memory, or has files of
 * fewer bits. The request's own quant stays. */
static void advise_engine(const llmp_catalog *catalog, const llmp_fit_request *request,
                          llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const llmp_quant *best_quant = NULL;
    const llmp_engine *best = NULL;
    trial most = {.verdict = LLMP_VERDICT_CANNOT_RUN};
    if (answer->verdict != LLMP_VERDICT_CANNOT_RUN || request->engine || request->import)
        return;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_ENGINE); i++) {
        llmp_fit_request other = *request;
        llmp__attempt chosen;
        char reason[160];
        trial result;
        other.engine = LLMP_ENGINE(llmp_catalog_at(catalog, LLMP_KIND_ENGINE, i));
        const llmp_quant *quant = request->quant;
        if (!quant &&
            llmp__choose_quant(catalog, &other, &chosen, reason, sizeof reason, NULL) == LLMP_OK) {
            quant = chosen.quant;
            llmp__attempt_release(&chosen);
        }
        if (!quant || !evaluate(catalog, &other, quant, &result))
            continue;
        const bool better = result.verdict != most.verdict
                                ? result.verdict < most.verdict
                                : best && other.engine->priority < best->priority;
        if (result.verdict < LLMP_VERDICT_CANNOT_RUN && better) {
            most = result;
            best = other.engine;
            best_quant = quant;
        }
    }
    char change[96];
    if (!best)
        return;
    if (request->quant)
        snprintf(change, sizeof change, "-e %.60s", best->head.id);
    else
        snprintf(change, sizeof change, "-e %.40s -q %.30s", best->head.id, best_quant->head.id);
    add(answer, &most, change);
}

/* Twice the same card: the smallest change of machine. */
static void advise_machine(const llmp_catalog *catalog, const llmp_fit_request *request,
                           llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const char *source;
    const bool poor = answer->quant && !request->quant &&
                      llmp__quant_loss(catalog, answer->quant, answer->model, &source) >=
                          LLMP__NOTICEABLE_LOSS_RATIO;
    if ((answer->verdict == LLMP_VERDICT_FITS && !poor) || request->machine->device_count > 8)
        return;
    const llmp_device *device = request->machine->devices[0];
    if (device->kind == LLMP_DEVICE_CPU)
        return;
    char expression[96];
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count = 0;
    for (unsigned n = 2 * request->machine->device_count; n <= 8; n *= 2) {
        snprintf(expression, sizeof expression, "%ux %s", n, device->head.id);
        if (llmp_machine_parse(catalog, expression, machines, &count, NULL, NULL) != LLMP_OK)
            return;
        llmp_fit_request other = *request;
        other.machine = &machines[0];
        other.memory.placement = LLMP_PLACE_AUTO;
        trial result;
        llmp__attempt chosen;
        char reason[160];
        const llmp_quant *quant = fit->attempt.quant;
        if (poor &&
            llmp__choose_quant(catalog, &other, &chosen, reason, sizeof reason, NULL) == LLMP_OK) {
            quant = chosen.quant;
            llmp__attempt_release(&chosen);
        }
        if (!evaluate(catalog, &other, quant, &result) || result.verdict > LLMP_VERDICT_FITS)
            continue;
        char change[96 + 96];
        if (quant != fit->attempt.quant)
            snprintf(change, sizeof change, "--on \"%s\" -q %s", expression, quant->head.id);
        else
            snprintf(change, sizeof change, "--on \"%s\"", expression);
        add(answer, &result, change);
        return;
    }
}

void llmp__fit_advise(const llmp_catalog *catalog, const llmp_fit_request *request, llmp_fit *fit)
{
    advise_context(catalog, request, fit);
    advise_kv(catalog, request, fit);
    advise_quant(catalog, request, fit);
    advise_quality(catalog, request, fit);
    advise_engine(catalog, request, fit);
    advise_split(catalog, request, fit);
    advise_machine(catalog, request, fit);
}
