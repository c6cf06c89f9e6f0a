/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "memory/memory.h"

static const char *fixed_reason(const llmp_memory_model *model, const llmp_memory_result *r)
{
    switch (r->placement) {
    case LLMP_PLACE_AUTO:
        return "";
    case LLMP_PLACE_DEVICE:
        return "everything fits on one device";
    case LLMP_PLACE_LAYER_SPLIT:
        return "whole layers divided over the devices; they work one after the other";
    case LLMP_PLACE_TENSOR_PARALLEL:
        return "every layer divided over all devices";
    case LLMP_PLACE_EXPERT_OFFLOAD:
        return "the devices cannot hold all experts; some layers' experts stay in host memory";
    case LLMP_PLACE_LAYER_OFFLOAD:
        return "the devices cannot hold all layers; the first ones stay in host memory";
    case LLMP_PLACE_CPU:
        return model->cpu_only ? "everything fits in host memory" : "everything in host memory";
    case LLMP_PLACE_DISK:
        return "host memory cannot hold the weights; the rest is read from disk for every token";
    }
    return "";
}

static void set_reason(const llmp_memory_model *model, llmp_memory_result *out)
{
    if (out->verdict != LLMP_VERDICT_CANNOT_RUN) {
        const char *text = fixed_reason(model, out);
        memcpy(out->reason, text, strlen(text) + 1);
        return;
    }
    char missing[32];
    llmp_bytes_format(out->missing_bytes, missing, sizeof missing);
    bool could_offload = model->engine->cpu_offload && !model->host_known;
    snprintf(out->reason, sizeof out->reason, "%s: %s missing%s",
             llmp_placement_name(out->placement), missing,
             could_offload ? "; the host's memory is not known, so nothing was offloaded to it"
                           : "");
}

static llmp_status check(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                         llmp_error *error)
{
    if (!model || model->struct_size == 0)
        return llmp__fail_argument(error, "model", "it was not prepared");
    if (context_tokens > (uint64_t)1 << 32)
        return llmp__fail(error, LLMP_E_RANGE, "the context is %llu tokens, more than 2^32",
                          (unsigned long long)context_tokens);
    if (parallel > 65536)
        return llmp__fail(error, LLMP_E_RANGE, "%u parallel sequences, expected at most 65,536",
                          (unsigned)parallel);
    return LLMP_OK;
}

llmp_status llmp_memory_plan(const llmp_memory_model *model, uint64_t context_tokens,
                             uint32_t parallel, const llmp_trace *trace, llmp_memory_result *out,
                             llmp_error *error)
{
    llmp_status status = check(model, context_tokens, parallel, error);
    if (status != LLMP_OK)
        return status;
    if (!out)
        return llmp__fail_argument(error, "out", "it is NULL");
    llmp__load load;
    llmp__load_compute(model, context_tokens ? context_tokens : model->options.context_tokens,
                       parallel ? parallel : model->options.parallel, &load);
    llmp__place(model, &load, out);
    out->struct_size = sizeof *out;
    out->repacked_bytes = out->placement == LLMP_PLACE_CPU ? model->repacked_bytes : 0;
    /* compute buffers follow a rule checked against logs; runtime overheads are the record's */
    out->grade = llmp_grade_worse(llmp_grade_worse(model->weights_grade, LLMP_GRADE_DERIVED),
                                  model->engine->head.grade);
    set_reason(model, out);
    if (trace)
        llmp__explain_plan(model, &load, out, trace);
    return LLMP_OK;
}

uint64_t llmp_memory_kv_bytes(const llmp_memory_model *model, uint64_t context_tokens,
                              uint32_t parallel)
{
    llmp__load load;
    if (check(model, context_tokens, parallel, NULL) != LLMP_OK)
        return 0;
    llmp__load_compute(model, context_tokens ? context_tokens : model->options.context_tokens,
                       parallel ? parallel : model->options.parallel, &load);
    uint64_t bytes = 0;
    for (uint32_t k = 0; k < model->kind_count; k++)
        bytes += load.cache_bytes[k] * model->kind_prefix[k][model->layer_count];
    return bytes;
}
