/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Combinations and options that are refused, each with what would do instead. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "catalog/schema.h"
#include "memory/memory.h"

#define CONTEXT_MAX ((uint64_t)1 << 32)

enum { PARALLEL_MAX = 65536 };

llmp_status llmp__check_options(const llmp_memory_options *options, llmp_error *error)
{
    if (options->struct_size == 0)
        return llmp__fail_argument(error, "options", "struct_size is 0; use the _INIT");
    if (options->context_tokens < 1 || options->context_tokens > CONTEXT_MAX)
        return llmp__fail(error, LLMP_E_RANGE,
                          "the context is %llu tokens, expected 1 to 4,294,967,296",
                          (unsigned long long)options->context_tokens);
    if (options->parallel < 1 || options->parallel > PARALLEL_MAX)
        return llmp__fail(error, LLMP_E_RANGE, "%u parallel sequences, expected 1 to 65,536",
                          (unsigned)options->parallel);
    if (!(options->utilization_ratio >= 0 && options->utilization_ratio <= 1))
        return llmp__fail(error, LLMP_E_RANGE, "the utilization is %g, expected 0 to 1",
                          options->utilization_ratio);
    if (options->gpu_layers < -1 || options->cpu_expert_layers < -1)
        return llmp__fail(error, LLMP_E_RANGE, "a number of layers is negative");
    return LLMP_OK;
}

static bool loads(const llmp_engine *engine, llmp_format_family family)
{
    if (family == LLMP_FAMILY_FLOAT)
        return true;
    for (size_t i = 0; i < engine->family_count; i++)
        if (engine->families[i] == family)
            return true;
    return false;
}

static void list_families(const llmp_engine *engine, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < engine->family_count && at < size; i++) {
        int n = snprintf(out + at, size - at, "%s%s", i ? ", " : "",
                         llmp__family_names[engine->families[i]]);
        at += n > 0 ? (size_t)n : 0;
    }
}

static bool caches_in(const llmp__policy *policy, const llmp_format *format)
{
    bool known = false;
    for (size_t i = 0; i < policy->kv_family_count; i++)
        known = known || policy->kv_families[i] == format->family;
    return known && (!policy->kv_block_max || format->block_weights <= policy->kv_block_max);
}

static llmp_status check_cache_format(const llmp_memory_model *model, const llmp_format *format,
                                      bool is_v, llmp_error *error)
{
    const llmp__policy *policy = llmp__policy_of(model);
    if (!format)
        return llmp__fail_argument(error, "kv_format", "the engine names no cache type");
    if (!caches_in(policy, format)) {
        llmp__fail(error, LLMP_E_RANGE, "%s is no cache type of %s", format->head.id,
                   model->engine->head.name);
        llmp__hint(error, "%s",
                   model->engine->policy == LLMP_POLICY_LLAMA_CPP
                       ? "cache types are f16, bf16, f32, q8_0, q5_1, q5_0, q4_1, q4_0, iq4_nl"
                       : "f16 and bf16 always do");
        return LLMP_E_RANGE;
    }
    if (is_v && policy->v_needs_flash && !model->options.known_to_run &&
        format->block_weights > 1 && !model->flash_attention) {
        llmp__fail(error, LLMP_E_IMPOSSIBLE, "a %s V cache needs flash attention", format->head.id);
        llmp__hint(error, "switch flash attention on, or keep V at f16");
        return LLMP_E_IMPOSSIBLE;
    }
    return LLMP_OK;
}

/* FP8 and FP4 weights on a device without such units are unpacked by every engine that loads them:
 * slower, not impossible. */
static const char *warning_of(const llmp_memory_model *model, const llmp_format *format)
{
    const llmp_device *device = model->machine->devices[0];
    if (!format || model->cpu_only)
        return NULL;
    if (format->native_compute == LLMP_COMPUTE_FP8 && !(device->fp8_flop_per_s > 0))
        return "no FP8 matrix unit: weights are unpacked to a wider type, which saves memory and "
               "bandwidth but not compute";
    if (format->native_compute == LLMP_COMPUTE_FP4 && !(device->fp4_flop_per_s > 0))
        return "no FP4 matrix unit: weights are unpacked to a wider type, which saves memory and "
               "bandwidth but not compute";
    return NULL;
}

llmp_status llmp__check_engine(const llmp__model_view *view, llmp_memory_model *model,
                               llmp_error *error)
{
    const llmp_format *format = view->summary->main_format;
    if (format && !loads(model->engine, format->family) && !model->options.known_to_run) {
        char families[160];
        list_families(model->engine, families, sizeof families);
        llmp__fail(error, LLMP_E_IMPOSSIBLE, "%s cannot load %s weights (%s)",
                   model->engine->head.name, llmp__family_names[format->family], format->head.id);
        llmp__hint(error, "it loads %s; choose another quant or engine", families);
        return LLMP_E_IMPOSSIBLE;
    }
    llmp_status status = check_cache_format(model, model->kv_k_format, false, error);
    if (status == LLMP_OK)
        status = check_cache_format(model, model->kv_v_format, true, error);
    if (status == LLMP_OK)
        model->warning = warning_of(model, format);
    return status;
}

static llmp_status refuse(llmp_error *error, const char *message, const char *hint)
{
    llmp__fail(error, LLMP_E_IMPOSSIBLE, "%s", message);
    llmp__hint(error, "%s", hint);
    return LLMP_E_IMPOSSIBLE;
}

static llmp_status refuse_engine(const llmp_memory_model *model, const char *what,
                                 llmp_error *error)
{
    llmp__fail(error, LLMP_E_IMPOSSIBLE, "%s has no %s", model->engine->head.name, what);
    llmp__hint(error, "leave the placement to llmplan, or choose another engine");
    return LLMP_E_IMPOSSIBLE;
}

static llmp_status check_several(const llmp_memory_model *model, llmp_error *error)
{
    if (model->machine->device_count > 1 && !model->cpu_only)
        return LLMP_OK;
    return refuse(error, "a split needs more than one device", "name two: \"2x rtx-4090\"");
}

static llmp_status check_host(const llmp_memory_model *model, llmp_error *error)
{
    if (model->host_known || model->options.known_to_run)
        return LLMP_OK;
    llmp__fail(error, LLMP_E_NO_DATA, "the host memory of %s is not known", model->machine->title);
    llmp__hint(error, "name a rig, or state the host's memory");
    return LLMP_E_NO_DATA;
}

static llmp_status check_tensor(const llmp_memory_model *model, llmp_error *error)
{
    if (!model->engine->tensor_parallel && !model->options.known_to_run)
        return refuse_engine(model, "tensor parallelism", error);
    llmp_status status = check_several(model, error);
    if (status == LLMP_OK && model->tensor_parallel == 1) {
        llmp__fail(error, LLMP_E_IMPOSSIBLE, "the heads do not divide over %u devices",
                   (unsigned)model->machine->device_count);
        llmp__hint(error, "use a number of devices that divides heads and KV heads, or the layer "
                          "split");
        return LLMP_E_IMPOSSIBLE;
    }
    return status;
}

llmp_status llmp__check_placement(const llmp_memory_model *model, llmp_error *error)
{
    const llmp_engine *engine = model->engine;
    const bool known = model->options.known_to_run;
    llmp_status status;
    if (model->options.gpu_layers >= 0 &&
        (uint32_t)model->options.gpu_layers < model->layer_count && !engine->cpu_offload && !known)
        return refuse_engine(model, "way to keep layers on the CPU", error);
    if (model->options.gpu_layers >= 0 &&
        (uint32_t)model->options.gpu_layers < model->layer_count &&
        model->options.cpu_expert_layers > 0)
        return refuse(error, "some layers and some experts on the host is no placement of ours",
                      "move whole layers or only their experts");
    switch (model->options.placement) {
    case LLMP_PLACE_AUTO:
        return LLMP_OK;
    case LLMP_PLACE_DEVICE:
        return LLMP_OK;
    case LLMP_PLACE_LAYER_SPLIT:
        if (!engine->layer_split && !known)
            return refuse_engine(model, "layer split", error);
        return check_several(model, error);
    case LLMP_PLACE_TENSOR_PARALLEL:
        return check_tensor(model, error);
    case LLMP_PLACE_EXPERT_OFFLOAD:
        if (!engine->expert_offload && !known)
            return refuse_engine(model, "expert offload", error);
        if (!model->moe_layer_count)
            return refuse(error, "the model has no routed experts to offload",
                          "offload whole layers instead");
        return check_host(model, error);
    case LLMP_PLACE_LAYER_OFFLOAD:
        if (!engine->cpu_offload && !known)
            return refuse_engine(model, "way to keep layers on the CPU", error);
        return check_host(model, error);
    case LLMP_PLACE_CPU:
        if (!engine->cpu_offload && !model->cpu_only && !known)
            return refuse_engine(model, "way to run on the CPU", error);
        return check_host(model, error);
    case LLMP_PLACE_DISK:
        if (!llmp__policy_of(model)->maps_weights || model->options.no_mmap)
            return refuse_engine(model, "mapping of weights from disk", error);
        status = check_host(model, error);
        return status;
    }
    return llmp__fail_argument(error, "placement", "no such placement");
}

bool llmp_engine_takes(const llmp_engine *engine, const llmp_memory_options *options)
{
    if (!engine || !options)
        return false;
    const llmp__policy *policy = llmp__policies[engine->policy];
    const llmp_placement placement = options->placement;
    const bool layers = options->gpu_layers >= 0 || placement == LLMP_PLACE_LAYER_OFFLOAD ||
                        placement == LLMP_PLACE_CPU;
    const bool experts = options->cpu_expert_layers > 0 || placement == LLMP_PLACE_EXPERT_OFFLOAD;
    return (!layers || engine->cpu_offload) && (!experts || engine->expert_offload) &&
           (placement != LLMP_PLACE_LAYER_SPLIT || engine->layer_split) &&
           (placement != LLMP_PLACE_TENSOR_PARALLEL || engine->tensor_parallel) &&
           (placement != LLMP_PLACE_DISK || policy->maps_weights) &&
           (!options->kv_k_format || caches_in(policy, options->kv_k_format)) &&
           (!options->kv_v_format || caches_in(policy, options->kv_v_format));
}

llmp_placement llmp_placement_of_devices(const llmp_machine *machine, const llmp_engine *engine)
{
    if (!machine || machine->device_count == 1)
        return LLMP_PLACE_DEVICE;
    return engine && !engine->layer_split ? LLMP_PLACE_TENSOR_PARALLEL : LLMP_PLACE_LAYER_SPLIT;
}
