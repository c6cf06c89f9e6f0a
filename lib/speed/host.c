/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host: its bandwidth, arithmetic and profile. */
#include "base/error.h"
#include "speed/prepare.h"

/* A processor nobody named: only what is true of the whole class holds. */
static const char *const any_cpu_classes[] = {"cpu"};
static const llmp_device any_cpu = {
    .head = {.id = "cpu", .name = "unknown CPU"},
    .kind = LLMP_DEVICE_CPU,
    .classes = any_cpu_classes,
    .class_count = 1,
};

const llmp_device *llmp__host_device(const llmp_machine *machine)
{
    if (machine->host_cpu)
        return machine->host_cpu;
    const llmp_device *device = machine->device_count ? machine->devices[0] : NULL;
    if (device && (device->kind == LLMP_DEVICE_CPU || device->unified_memory))
        return device;
    return NULL;
}

/* The engine's CPU build; the chosen backend when it is one, or when there is no other. */
static const llmp_backend *cpu_backend(const llmp_memory_model *memory)
{
    const llmp_engine *engine = memory->engine;
    for (size_t i = 0; i < engine->backend_count; i++)
        for (size_t j = 0; j < engine->backends[i].kind_count; j++)
            if (engine->backends[i].kinds[j] == LLMP_DEVICE_CPU)
                return &engine->backends[i];
    return memory->backend;
}

static double host_bandwidth(llmp__preparation *preparation, const llmp_device *device)
{
    const llmp_machine *machine = preparation->memory->machine;
    double rate = machine->host_bandwidth_bytes_per_s;
    if (rate > 0)
        return rate;
    if (device != &any_cpu &&
        llmp__device_fact(preparation, device, offsetof(llmp_device, memory_bandwidth_bytes_per_s),
                          &rate))
        return rate;
    return 0;
}

/* Of a processor; what is not known of it is as its rate for the main format. */
static void host_peaks(llmp__preparation *preparation, const llmp_device *device, llmp__peaks *out)
{
    llmp_compute quantized =
        llmp__quantized_compute(&preparation->out->host_profile, preparation->summary->main_format);
    if (!llmp__device_fact(preparation, device, offsetof(llmp_device, fp32_flop_per_s),
                           &out->fp32_flop_per_s))
        out->fp32_flop_per_s = 0;
    if (!llmp__compute_rate(preparation, device, LLMP_COMPUTE_FP16, &out->wide_flop_per_s))
        out->wide_flop_per_s = out->main_flop_per_s;
    if (!llmp__compute_rate(preparation, device, quantized, &out->quantized_flop_per_s))
        out->quantized_flop_per_s = out->main_flop_per_s;
}

llmp_status llmp__prepare_host(llmp__preparation *preparation, llmp_speed_stage *stage)
{
    llmp_speed_model *out = preparation->out;
    const llmp_device *device = llmp__host_device(preparation->memory->machine);
    if (!device)
        device = &any_cpu;
    if (preparation->memory->machine->host_assumed)
        llmp__widen(preparation, "the computer around the device is assumed");
    out->host_bandwidth_bytes_per_s = host_bandwidth(preparation, device);
    if (!(out->host_bandwidth_bytes_per_s > 0)) {
        llmp__fail(preparation->error, LLMP_E_NO_DATA,
                   "the memory bandwidth of the host is unknown, and part of the model runs there");
        llmp__set_field(preparation->error, "host_memory_bandwidth_gb_s");
        llmp__hint(preparation->error, "name a rig, or set the host's memory bandwidth");
        return LLMP_E_NO_DATA;
    }
    llmp_grade grade;
    llmp_status status = llmp__resolve_profile(
        preparation, cpu_backend(preparation->memory), device, &out->host_profile, &grade,
        &out->host_compute_ratio, &out->host_dequant_weights_per_s);
    if (status != LLMP_OK)
        return status;

    const llmp_format *format = preparation->summary->main_format;
    llmp_compute type = llmp__weight_compute(&out->host_profile, format);
    bool chip_gpu = device->kind != LLMP_DEVICE_CPU; /* its rates are the GPU's */
    if (chip_gpu || device == &any_cpu ||
        !llmp__compute_rate(preparation, device, type, &out->host_flop_per_s))
        out->host_flop_per_s = 0;
    llmp__peaks peaks = {.main_flop_per_s = out->host_flop_per_s};
    if (out->host_flop_per_s > 0)
        host_peaks(preparation, device, &peaks);
    llmp__derive_products(out, &out->host_profile, &peaks, out->host_products);
    if (!stage)
        return LLMP_OK;

    stage->is_host = true;
    stage->devices = 1;
    stage->bandwidth_bytes_per_s = out->host_bandwidth_bytes_per_s;
    stage->compute_flop_per_s = out->host_flop_per_s;
    stage->compute_ratio = out->host_compute_ratio;
    stage->dequant_weights_per_s = out->host_dequant_weights_per_s;
    stage->profile = out->host_profile;
    stage->weight_bits = llmp__width_bits(llmp__format_width(format));
    stage->block_weights = format->block_weights;
    stage->fp32_flop_per_s = peaks.fp32_flop_per_s;
    stage->attention_flop_per_s = peaks.wide_flop_per_s;
    stage->quantized_flop_per_s = peaks.quantized_flop_per_s;
    llmp__stage_derive(out, stage);
    stage->profile_grade = grade;
    double ceiling = 0;
    if (!(out->host_flop_per_s > 0)) {
        llmp__fail(preparation->error, LLMP_E_NO_DATA,
                   "the arithmetic rate of the host's processor is unknown, and layers run there");
        llmp__set_field(preparation->error, "fp32_tflops");
        return LLMP_E_NO_DATA;
    }
    ceiling = llmp__ceiling_rate(preparation, device, format);
    stage->ceiling_flop_per_s = ceiling > out->host_flop_per_s ? ceiling : out->host_flop_per_s;
    double tdp_w;
    if (llmp__device_fact(preparation, device, offsetof(llmp_device, tdp_w), &tdp_w)) {
        stage->tdp_w = tdp_w;
        stage->idle_w = llmp__device_idle_w(device, tdp_w);
    }
    return LLMP_OK;
}
