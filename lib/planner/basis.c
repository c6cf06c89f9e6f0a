/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said about an answer: warnings, and where each figure comes from. */
#include "planner/fit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void llmp__fit_add_warning(llmp_fit_answer *answer, const char *format, ...)
{
    if (answer->warning_count == LLMP_FIT_WARNINGS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(answer->warnings[answer->warning_count++], sizeof answer->warnings[0], format,
              arguments);
    va_end(arguments);
}

void llmp__fit_warn(const llmp_fit_request *request, llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const llmp_arch_summary *summary = llmp_arch_summary_of(answer->arch);
    if (fit->attempt.memory_model.warning)
        llmp__fit_add_warning(answer, "%s: %s", answer->machine->devices[0]->head.name,
                              fit->attempt.memory_model.warning);
    if (answer->memory.placement == LLMP_PLACE_DEVICE && answer->machine->device_count > 1)
        llmp__fit_add_warning(answer,
                              "one of the %u devices holds all of it; --split layer or "
                              "tensor uses them all, --on \"%s\" is one alone",
                              (unsigned)answer->machine->device_count,
                              answer->machine->devices[0]->head.id);
    if (answer->memory.repacked_bytes) {
        char size[32];
        llmp_bytes_format(answer->memory.repacked_bytes, size, sizeof size);
        llmp__fit_add_warning(answer,
                              "weights are laid out anew at loading: %s of the file's pages stay "
                              "in memory beside them until something needs the room",
                              size);
    }
    if (summary->bits_per_weight < 3.3 && summary->params > 0)
        llmp__fit_add_warning(
            answer, "at %.1f bits per weight answers are visibly worse than the original's",
            summary->bits_per_weight);
    if (summary->vision_bytes && !request->memory.with_vision) {
        char size[32];
        llmp_bytes_format(summary->vision_bytes, size, sizeof size);
        llmp__fit_add_warning(answer,
                              "text only: the vision or audio tower would add %s (--vision)", size);
    }
    if (request->memory.with_vision && !summary->vision_bytes)
        llmp__fit_add_warning(answer, "%s has no vision or audio tower to count",
                              answer->model->head.name);
    for (uint32_t i = 0; i < answer->memory.share_count; i++) {
        const llmp_memory_share *share = &answer->memory.shares[i];
        if (!answer->machine->host_assumed || !share->is_host ||
            (share->layer_count == 0 && share->expert_layer_count == 0))
            continue;
        char size[32];
        llmp_bytes_format(answer->machine->host_memory_bytes, size, sizeof size);
        llmp__fit_add_warning(
            answer,
            "the computer is taken to have %s at %.0f GB/s: --host-memory, --host-bandwidth, or "
            "name a rig",
            size, answer->machine->host_bandwidth_bytes_per_s / 1e9);
    }
    if (answer->model->missing)
        llmp__fit_add_warning(answer, "the model's record is partial: %s", answer->model->missing);
    if (answer->widened[0])
        llmp__fit_add_warning(answer, "wider interval: %s", answer->widened);
    if (request->prompt_tokens > (double)answer->memory.context_tokens)
        llmp__fit_add_warning(answer, "a prompt of %.0f tokens does not fit the context of %llu",
                              request->prompt_tokens,
                              (unsigned long long)answer->memory.context_tokens);
}

static void add_basis(llmp_fit_answer *answer, const char *figure, llmp_grade grade,
                      const char *format, ...) LLMP_PRINTF(4, 5);

/* Length of the first of several sources; `show --why` and --explain print them all. */
static int first_source(const char *source)
{
    return (int)strcspn(source, ";");
}

static void add_basis(llmp_fit_answer *answer, const char *figure, llmp_grade grade,
                      const char *format, ...)
{
    if (answer->basis_count == LLMP_FIT_BASIS_MAX)
        return;
    llmp_fit_basis *basis = &answer->basis[answer->basis_count++];
    snprintf(basis->figure, sizeof basis->figure, "%s", figure);
    basis->grade = grade;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(basis->source, sizeof basis->source, format, arguments);
    va_end(arguments);
}

static const llmp_profile *used_profile(const llmp_fit *fit)
{
    return fit->attempt.speed.stage_count ? &fit->attempt.speed.stages[0].profile : NULL;
}

static void add_speed_basis(llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const llmp_device *device = answer->machine->devices[0];
    llmp_field_source source;
    llmp_catalog_provenance(LLMP_KIND_DEVICE, &device->head, "memory_bandwidth_gb_s", &source);
    const char *stated = source.source ? source.source : "unknown";
    add_basis(answer, "memory_bandwidth", source.grade, "%.0f GB/s peak: %.*s",
              device->memory_bandwidth_bytes_per_s / 1e9, first_source(stated), stated);
    const llmp_profile *profile = used_profile(fit);
    if (!profile)
        return;
    const llmp_grade grade = fit->attempt.speed.grade;
    if (profile->calibrated)
        add_basis(
            answer, "decode", grade,
            "calibrated on this device, %s; its class alone says %.3g tokens/s (%.3g to %.3g)",
            profile->head.source ? profile->head.source : "unknown",
            answer->class_decode_tokens_per_s.p50, answer->class_decode_tokens_per_s.p10,
            answer->class_decode_tokens_per_s.p90);
    else if (profile->samples)
        add_basis(answer, "decode", grade, "profile %s, %u measurements: %s",
                  profile->device_class ? profile->device_class : "", profile->samples,
                  profile->head.source ? profile->head.source : "unknown");
    else
        add_basis(answer, "decode", grade, "profile %s, a prior without measurements: %s",
                  profile->device_class ? profile->device_class : "",
                  profile->head.source ? profile->head.source : "unknown");
    add_basis(answer, "prefill", grade, "the same profile, 80 %% interval within a factor of %.2f",
              answer->prefill.tokens_per_s.p50 / answer->prefill.tokens_per_s.p10);
}

void llmp__fit_basis(const llmp_catalog *catalog, llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    const llmp_arch_summary *summary = llmp_arch_summary_of(answer->arch);
    const char *model_source = answer->model->head.source ? answer->model->head.source : "unknown";
    add_basis(answer, "geometry", answer->model->head.grade, "%.*s", first_source(model_source),
              model_source);
    add_basis(answer, "weights", summary->weights_grade,
              summary->weights_grade == LLMP_GRADE_EXACT ? "tensors of %s as %s, block by block"
                                                         : "%s under the rules of %s",
              answer->model->head.name, answer->quant_title);
    if (answer->quant && answer->quant_reason[0]) {
        const char *source;
        double loss = llmp__quant_loss(catalog, answer->quant, answer->model, &source);
        if (source)
            add_basis(answer, "quality", LLMP_GRADE_MEASURED, "KL divergence %.4f: %.*s", loss,
                      first_source(source), source);
        else
            add_basis(answer, "quality", LLMP_GRADE_ESTIMATE,
                      "KL divergence %.4f, interpolated over bits per weight", loss);
    }
    add_basis(answer, "kv", answer->model->head.grade, "cells times cached elements of each layer");
    add_basis(answer, "compute", answer->memory.grade, "%s memory policy: %s",
              answer->engine->head.name,
              answer->engine->head.source ? answer->engine->head.source : "unknown");
    if (answer->has_speed)
        add_speed_basis(fit);
}
