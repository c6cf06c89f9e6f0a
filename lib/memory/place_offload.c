/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Part of the model on the host: experts of some layers, or whole layers. */
#include "memory/memory.h"

static bool devices_fit(const llmp_memory_model *model, const llmp__load *load,
                        const llmp__cut *cut, llmp_memory_result *out)
{
    out->share_count = 0;
    llmp__fill_devices(model, load, cut, out);
    for (uint32_t i = 0, d = 0; i < out->share_count; i++, d++) {
        while (model->machine->devices[d] != out->shares[i].device)
            d++;
        uint64_t kept = cut->margin ? model->device_margin_bytes[d] : 0;
        if (out->shares[i].parts.total_bytes + kept > out->shares[i].available_bytes)
            return false;
    }
    return true;
}

static uint64_t finish(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                       llmp_memory_result *out)
{
    out->gpu_layers = model->layer_count - cut->cpu_layers;
    out->cpu_expert_layers = cut->cpu_experts;
    llmp__share_host(model, load, cut, out);
    return llmp__missing(model, out);
}

static uint64_t fixed(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                      llmp_memory_result *out)
{
    (void)devices_fit(model, load, cut, out);
    return finish(model, load, cut, out);
}

static llmp__cut cut_at(uint32_t at, bool experts, bool margin)
{
    llmp__cut cut = {experts ? 0 : at, experts ? at : 0, margin};
    return cut;
}

/* The smallest cut in [1, most] that leaves the devices room, else `most`. More on the host is
 * always easier for the devices. */
static uint64_t bisect(const llmp_memory_model *model, const llmp__load *load, bool experts,
                       uint32_t most, bool margin, llmp_memory_result *out)
{
    uint32_t low = 1, high = most;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        llmp__cut cut = cut_at(middle, experts, margin);
        if (!devices_fit(model, load, &cut, out)) {
            low = middle + 1;
            continue;
        }
        high = middle;
        if (load->any_will_do && !finish(model, load, &cut, out))
            return 0;
    }
    llmp__cut cut = cut_at(high, experts, margin);
    if (!devices_fit(model, load, &cut, out) && margin)
        return LLMP__NOT_POSSIBLE;
    return finish(model, load, &cut, out);
}

/* Several devices with a host in the first one's memory: what the host takes, that device loses,
 * so there is no order to search by. */
static uint64_t scan(const llmp_memory_model *model, const llmp__load *load, bool experts,
                     uint32_t most, llmp_memory_result *out)
{
    uint64_t missing = LLMP__NOT_POSSIBLE;
    for (uint32_t at = 1; at <= most && missing; at++) {
        llmp__cut cut = cut_at(at, experts, false);
        missing = fixed(model, load, &cut, out);
    }
    return missing;
}

/* Whether any cut at all will do: the largest that the host can take leaves the devices most room.
 */
static uint64_t any(const llmp_memory_model *model, const llmp__load *load, bool experts,
                    uint32_t most, llmp_memory_result *out)
{
    uint32_t low = 0, high = most + 1;
    while (low + 1 < high) {
        uint32_t middle = low + (high - low) / 2;
        llmp__cut cut = cut_at(middle, experts, false);
        llmp_memory_share host;
        llmp__fill_host(model, load, &cut, &host);
        if (!model->host_known || host.parts.total_bytes <= host.available_bytes)
            low = middle;
        else
            high = middle;
    }
    llmp__cut cut = cut_at(low, experts, false);
    if (!low || !devices_fit(model, load, &cut, out))
        return LLMP__NOT_POSSIBLE;
    return finish(model, load, &cut, out);
}

/* With the margin if the host can take what it costs; the margin is slack, not need. */
static uint64_t solve(const llmp_memory_model *model, const llmp__load *load, bool experts,
                      uint32_t most, llmp_memory_result *out)
{
    if (model->host_shared && model->machine->device_count > 1)
        return scan(model, load, experts, most, out);
    if (load->any_will_do && !model->host_shared)
        return any(model, load, experts, most, out);
    if (!load->any_will_do && !bisect(model, load, experts, most, true, out))
        return 0;
    return bisect(model, load, experts, most, false, out);
}

uint64_t llmp__place_experts(const llmp_memory_model *model, const llmp__load *load,
                             llmp_memory_result *out)
{
    int32_t asked = model->options.cpu_expert_layers;
    uint32_t layers = model->layer_count;
    if (asked <= 0)
        return solve(model, load, true, layers, out);
    llmp__cut cut = cut_at((uint32_t)asked < layers ? (uint32_t)asked : layers, true, false);
    return fixed(model, load, &cut, out);
}

uint64_t llmp__place_layers(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out)
{
    int32_t asked = model->options.gpu_layers;
    uint32_t layers = model->layer_count;
    if (asked >= 0 && (uint32_t)asked < layers) {
        llmp__cut cut = cut_at(layers - (uint32_t)asked, false, false);
        return fixed(model, load, &cut, out);
    }
    return layers > 1 ? solve(model, load, false, layers - 1, out) : LLMP__NOT_POSSIBLE;
}
