/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole layers on one device or over several. */
#include "memory/memory.h"

static uint32_t largest_device(const llmp_memory_model *model)
{
    uint32_t best = 0;
    for (uint32_t d = 1; d < model->machine->device_count; d++)
        if (model->device_available_bytes[d] > model->device_available_bytes[best])
            best = d;
    return best;
}

uint64_t llmp__place_device(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out)
{
    out->share_count = 0;
    out->gpu_layers = model->layer_count;
    llmp_memory_share *share = llmp__share_open(model, out, largest_device(model));
    share->layer_count = model->layer_count;
    llmp__add_layers(model, load, 0, model->layer_count, 0, &share->parts);
    llmp__add_ends(model, true, true, &share->parts);
    share->parts.compute_bytes = load->compute_head_bytes;
    llmp__share_close(share);
    llmp__share_host(model, load, NULL, out);
    return llmp__missing(model, out);
}

/* What varies between the devices of a split. */
typedef struct span {
    uint32_t first, end;
    uint32_t cpu_experts;
    bool begins, ends;
    bool whole; /* nothing of the model on the host: the devices take turns, with copied inputs */
} span;

static void fill_span(const llmp_memory_model *model, const llmp__load *load, const span *s,
                      llmp_memory_share *share)
{
    llmp_memory_parts *parts = &share->parts;
    share->first_layer = s->first;
    share->layer_count = s->end - s->first;
    llmp__add_layers(model, load, s->first, s->end, s->cpu_experts, parts);
    llmp__add_ends(model, s->begins, s->ends, parts);
    parts->compute_bytes = s->ends ? load->compute_head_bytes : load->compute_bytes;
    if (s->cpu_experts && model->staging_bytes)
        parts->compute_bytes =
            llmp__max(parts->compute_bytes, load->compute_bytes + model->staging_bytes);
    if (model->machine->device_count > 1) {
        parts->runtime_bytes += model->engine->collective_bytes;
        if (s->whole)
            parts->compute_bytes += load->compute_copies_bytes;
    }
    llmp__share_close(share);
}

static uint64_t span_bytes(const llmp_memory_model *model, const llmp__load *load, const span *s)
{
    llmp_memory_share share = {0};
    share.parts.runtime_bytes = model->backend->runtime_bytes;
    fill_span(model, load, s, &share);
    return share.parts.total_bytes;
}

/* Where the most layers from s->first on end that keep within `there`; s->first when not even one
 * does. Looks first around @p like layers: devices tend to be equal. */
static uint32_t fullest(const llmp_memory_model *model, const llmp__load *load, span s,
                        uint64_t there, uint32_t like)
{
    uint32_t low = s.first, high = model->layer_count;
    bool near = like > 0 && like < high - low;
    s.end = near ? low + like : low + (high - low + 1) / 2;
    for (uint32_t step = 1; low < high; step *= 2) {
        bool fits = span_bytes(model, load, &s) <= there;
        if (fits)
            low = s.end;
        else
            high = s.end - 1;
        uint32_t half = (high - low + 1) / 2;
        s.end = !near || half <= step ? low + half : fits ? low + step : high + 1 - step;
    }
    return low;
}

/* What device d may hold: its own limit, less the margin; of a shared pool what the host leaves. */
static uint64_t room(const llmp_memory_model *model, uint32_t d, const llmp__cut *cut,
                     uint64_t host_bytes)
{
    uint64_t there = model->device_available_bytes[d];
    if (d == 0 && model->host_shared) {
        uint64_t pool = model->device_pool_bytes[0];
        there = llmp__min(there, pool > host_bytes ? pool - host_bytes : 0);
    }
    return cut->margin ? there - llmp__min(there, model->device_margin_bytes[d]) : there;
}

void llmp__fill_devices(const llmp_memory_model *model, const llmp__load *load,
                        const llmp__cut *cut, llmp_memory_result *out)
{
    uint32_t devices = model->machine->device_count, layers = model->layer_count;
    llmp_memory_share host = {0};
    if (model->host_shared)
        llmp__fill_host(model, load, cut, &host);
    span s = {.first = cut->cpu_layers,
              .cpu_experts = cut->cpu_experts,
              .begins = true,
              .whole = !cut->cpu_layers && !cut->cpu_experts};
    for (uint32_t d = 0, like = 0; d < devices && !s.ends; d++) {
        s.end = layers;
        s.ends = true;
        if (d + 1 < devices) {
            uint64_t there = room(model, d, cut, host.parts.total_bytes);
            s.ends = span_bytes(model, load, &s) <= there;
            if (!s.ends)
                s.end = fullest(model, load, s, there, like);
            if (s.end == s.first && !s.ends)
                continue;
        }
        fill_span(model, load, &s, llmp__share_open(model, out, d));
        like = s.end - s.first;
        s.first = s.end;
        s.begins = false;
    }
}

/* By free memory, as llama.cpp does unless told otherwise. */
static void split_evenly(const llmp_memory_model *model, const llmp__load *load,
                         llmp_memory_result *out)
{
    uint32_t devices = model->machine->device_count;
    span s = {0, 0, 0, true, false, true};
    for (uint32_t d = 0; d < devices; d++) {
        s.end = model->split_first[d + 1];
        s.ends = d + 1 == devices;
        fill_span(model, load, &s, llmp__share_open(model, out, d));
        s.first = s.end;
        s.begins = false;
    }
}

uint64_t llmp__place_layer_split(const llmp_memory_model *model, const llmp__load *load,
                                 llmp_memory_result *out)
{
    out->share_count = 0;
    out->gpu_layers = model->layer_count;
    split_evenly(model, load, out);
    llmp__share_host(model, load, NULL, out);
    uint64_t missing = llmp__missing(model, out);
    if (!missing || model->options.known_to_run)
        return missing;
    out->share_count = 0;
    static const llmp__cut nothing = {0, 0, false};
    llmp__fill_devices(model, load, &nothing, out);
    llmp__share_host(model, load, NULL, out);
    return llmp__missing(model, out);
}
