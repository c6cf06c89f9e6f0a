/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A placed model reduced to stages and groups. */
#include "speed/prepare.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double widening = 1.5;
/* A factor of 3.6 either way: wider, a range tells nothing more. What is measured to be wider
 * stays. */
static const double widened_most = 1;
enum { REASONS_COUNTED = 2 }; /* more reasons do not widen further */
enum { HIDDEN_BYTES_FP32 = 4, HIDDEN_BYTES_16 = 2 };

void llmp__widen(llmp__preparation *preparation, const char *why)
{
    char *text = preparation->out->widened;
    if (strstr(text, why))
        return;
    size_t length = strlen(text);
    snprintf(text + length, sizeof preparation->out->widened - length, "%s%s", length ? "; " : "",
             why);
    preparation->reasons++;
}

static llmp_status unknown_fact(llmp__preparation *preparation, const llmp_device *device,
                                const char *what, const char *field)
{
    llmp_status status = llmp__fail(preparation->error, LLMP_E_NO_DATA, "the %s of %s is unknown",
                                    what, device->head.name);
    llmp__set_field(preparation->error, field);
    llmp__hint(preparation->error, "state it with --set device.%s.%s=VALUE", device->head.id,
               field);
    return status;
}

static double power_limit_w(const llmp_machine *machine, const llmp_device *device, double tdp_w)
{
    if (machine->device_power_limit_w > 0)
        return machine->device_power_limit_w < tdp_w ? machine->device_power_limit_w : tdp_w;
    if (!machine->rig)
        return tdp_w;
    for (size_t i = 0; i < machine->rig->device_count; i++) {
        const llmp_rig_device *part = &machine->rig->devices[i];
        if (strcmp(part->device, device->head.id) == 0 && part->power_limit_w > 0 &&
            part->power_limit_w < tdp_w)
            return part->power_limit_w;
    }
    return tdp_w;
}

static llmp_status device_stage(llmp__preparation *preparation, const llmp_device *device,
                                uint32_t devices, llmp_speed_stage *stage)
{
    const llmp_format *format = preparation->summary->main_format;
    stage->devices = devices;
    if (!llmp__device_fact(preparation, device, offsetof(llmp_device, memory_bandwidth_bytes_per_s),
                           &stage->bandwidth_bytes_per_s))
        return unknown_fact(preparation, device, "memory bandwidth", "memory_bandwidth_gb_s");
    llmp_status status = llmp__resolve_profile(
        preparation, preparation->memory->backend, device, &stage->profile, &stage->profile_grade,
        &stage->compute_ratio, &stage->dequant_weights_per_s);
    if (status != LLMP_OK)
        return status;
    stage->weight_bits = llmp__width_bits(llmp__format_width(format));
    stage->block_weights = format->block_weights;
    stage->power_ratio = 1;
    if (!llmp__device_fact(preparation, device, offsetof(llmp_device, fp32_flop_per_s),
                           &stage->fp32_flop_per_s))
        stage->fp32_flop_per_s = 0;
    llmp_compute type = llmp__weight_compute(&stage->profile, format);
    if (!llmp__compute_rate(preparation, device, type, &stage->compute_flop_per_s))
        return unknown_fact(preparation, device, "matrix arithmetic rate", "fp16_tflops");
    if (!llmp__compute_rate(preparation, device, LLMP_COMPUTE_FP16, &stage->attention_flop_per_s))
        stage->attention_flop_per_s = stage->compute_flop_per_s;
    type = llmp__quantized_compute(&stage->profile, format);
    if (!llmp__compute_rate(preparation, device, type, &stage->quantized_flop_per_s))
        stage->quantized_flop_per_s = stage->compute_flop_per_s;
    llmp__stage_derive(preparation->out, stage);
    stage->ceiling_flop_per_s = llmp__ceiling_rate(preparation, device, format);
    if (stage->compute_flop_per_s > stage->ceiling_flop_per_s)
        stage->ceiling_flop_per_s = stage->compute_flop_per_s;
    if (stage->attention_flop_per_s > stage->ceiling_flop_per_s)
        stage->ceiling_flop_per_s = stage->attention_flop_per_s;
    double tdp_w;
    if (llmp__device_fact(preparation, device, offsetof(llmp_device, tdp_w), &tdp_w)) {
        stage->tdp_w = power_limit_w(preparation->memory->machine, device, tdp_w);
        stage->power_ratio = stage->tdp_w / tdp_w;
        stage->idle_w = llmp__device_idle_w(device, stage->tdp_w);
    }
    return LLMP_OK;
}

/* A tensor-parallel group is as fast as its slowest device. */
static llmp_status tensor_stage(llmp__preparation *preparation, llmp_speed_stage *stage)
{
    const llmp_memory_result *plan = preparation->plan;
    const llmp_device *slowest = plan->shares[0].device;
    for (uint32_t i = 1; i < plan->share_count; i++) {
        const llmp_device *device = plan->shares[i].device;
        if (device && !plan->shares[i].is_host &&
            device->memory_bandwidth_bytes_per_s < slowest->memory_bandwidth_bytes_per_s)
            slowest = device;
    }
    llmp_status status = device_stage(preparation, slowest, plan->tensor_parallel, stage);
    if (status != LLMP_OK)
        return status;
    return llmp__prepare_groups(preparation, stage, 0, preparation->summary->layer_count);
}

static llmp_status share_stage(llmp__preparation *preparation, const llmp_memory_share *share,
                               llmp_speed_stage *stage)
{
    /* a CPU as the machine's device is the host as well */
    bool host = share->is_host || (share->device && share->device->kind == LLMP_DEVICE_CPU);
    llmp_status status = host ? llmp__prepare_host(preparation, stage)
                              : device_stage(preparation, share->device, 1, stage);
    if (status != LLMP_OK)
        return status;
    return llmp__prepare_groups(preparation, stage, share->first_layer, share->layer_count);
}

static llmp_status prepare_stages(llmp__preparation *preparation)
{
    const llmp_memory_result *plan = preparation->plan;
    llmp_speed_model *out = preparation->out;
    if (plan->tensor_parallel > 1) {
        out->stage_count = 1;
        return tensor_stage(preparation, &out->stages[0]);
    }
    for (uint32_t i = 0; i < plan->share_count; i++) {
        if (!plan->shares[i].layer_count)
            continue;
        llmp_status status =
            share_stage(preparation, &plan->shares[i], &out->stages[out->stage_count]);
        if (status != LLMP_OK)
            return status;
        out->stage_count++;
    }
    if (!out->stage_count)
        return llmp__fail(preparation->error, LLMP_E_NO_SOLUTION, "the plan places no layer");
    return LLMP_OK;
}

static llmp_status prepare_disk(llmp__preparation *preparation)
{
    const llmp_memory_result *plan = preparation->plan;
    if (!plan->disk_streamed || !plan->disk_bytes)
        return LLMP_OK;
    const llmp_machine *machine = preparation->memory->machine;
    if (!(machine->disk_read_bytes_per_s > 0)) {
        llmp__fail(preparation->error, LLMP_E_NO_DATA,
                   "weights are read from disk for every token, and the disk's rate is unknown");
        llmp__set_field(preparation->error, "disk_read_gb_s");
        return LLMP_E_NO_DATA;
    }
    preparation->out->disk_bytes = (double)plan->disk_bytes;
    preparation->out->disk_read_bytes_per_s = machine->disk_read_bytes_per_s;
    return LLMP_OK;
}

/* llama.cpp keeps activations in FP32, servers in 16 bit. */
static double hidden_bytes(const llmp__preparation *preparation)
{
    double width = preparation->memory->engine->policy == LLMP_POLICY_LLAMA_CPP ? HIDDEN_BYTES_FP32
                                                                                : HIDDEN_BYTES_16;
    return width * preparation->summary->hidden_size;
}

static void place_head(llmp__preparation *preparation)
{
    llmp_speed_model *out = preparation->out;
    uint32_t at = out->stage_count - 1;
    while (at > 0 && out->stages[at].is_host)
        at--;
    const llmp_arch_summary *summary = preparation->summary;
    out->stages[at].extra_bytes = (double)(summary->head_bytes + summary->other_bytes);
    out->stages[at].head_weights = summary->head_weights;
}

static bool experts_on_host(const llmp_speed_model *model)
{
    for (uint32_t i = 0; i < model->group_count; i++)
        if (model->groups[i].experts_on_host)
            return true;
    return false;
}

static double widened(double sigma)
{
    return fmax(sigma, fmin(sigma * widening, widened_most));
}

static llmp_status prepare(llmp__preparation *preparation)
{
    llmp_speed_model *out = preparation->out;
    const llmp_memory_model *memory = preparation->memory;
    out->struct_size = sizeof *out;
    out->ubatch_tokens = memory->ubatch_tokens;
    out->layer_count = preparation->summary->layer_count;
    out->hidden_bytes = hidden_bytes(preparation);
    out->unfused_attention = !memory->flash_attention;
    memcpy(out->mixes, preparation->summary->mixes, sizeof out->mixes);
    out->grade = preparation->summary->weights_grade;
    if (memory->machine->rig && LLMP_HAS_RIG(memory->machine->rig, host_idle_w))
        out->host_idle_w = memory->machine->rig->host_idle_w;
    llmp_status status = prepare_stages(preparation);
    if (status == LLMP_OK && experts_on_host(out)) {
        llmp__widen(preparation, "experts on the host");
        status = llmp__prepare_host(preparation, NULL);
    }
    if (status == LLMP_OK)
        status = prepare_disk(preparation);
    if (status != LLMP_OK)
        return status;
    place_head(preparation);
    llmp__prepare_links(preparation, preparation->plan->tensor_parallel);
    if (out->grade == LLMP_GRADE_ESTIMATE &&
        preparation->summary->weights_grade == LLMP_GRADE_ESTIMATE)
        llmp__widen(preparation, "weight size estimated");
    for (unsigned i = 0; i < preparation->reasons && i < REASONS_COUNTED; i++) {
        out->sigma_decode = widened(out->sigma_decode);
        out->sigma_prefill = widened(out->sigma_prefill);
    }
    return LLMP_OK;
}

static llmp_status prepare_by(const llmp_catalog *catalog, const llmp_memory_model *memory_model,
                              const llmp_memory_result *plan, bool class_only,
                              llmp_speed_model *out, llmp_error *error)
{
    if (!catalog || !memory_model || !plan || !out)
        return llmp__fail_argument(error,
                                   !catalog        ? "catalog"
                                   : !memory_model ? "memory_model"
                                   : !plan         ? "plan"
                                                   : "out",
                                   "must not be NULL");
    if (plan->verdict == LLMP_VERDICT_CANNOT_RUN)
        return llmp__fail(error, LLMP_E_NO_SOLUTION, "a plan that cannot run has no speed: %s",
                          plan->reason);
    const llmp_arch_summary *summary = llmp_arch_summary_of(memory_model->arch);
    if (!summary->main_format)
        return llmp__fail(error, LLMP_E_NO_DATA, "the weight formats of the model are unknown");
    llmp_speed_model model;
    memset(&model, 0, sizeof model);
    llmp__preparation preparation = {catalog, memory_model, plan, summary,
                                     &model,  error,        0,    class_only};
    llmp_status status = prepare(&preparation);
    if (status == LLMP_OK)
        *out = model;
    return status;
}

llmp_status llmp_speed_prepare(const llmp_catalog *catalog, const llmp_memory_model *memory_model,
                               const llmp_memory_result *plan, llmp_speed_model *out,
                               llmp_error *error)
{
    return prepare_by(catalog, memory_model, plan, false, out, error);
}

llmp_status llmp_speed_prepare_class(const llmp_catalog *catalog,
                                     const llmp_memory_model *memory_model,
                                     const llmp_memory_result *plan, llmp_speed_model *out,
                                     llmp_error *error)
{
    return prepare_by(catalog, memory_model, plan, true, out, error);
}
