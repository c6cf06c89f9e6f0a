/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Part of the model on the host: experts of some layers, or whole layers. */
#include "memory/memory.h"

/* One attempt: whole layers below `cpu_layers`, and experts below `cpu_experts`, on the host. */
typedef struct cut {
    uint32_t cpu_layers;
    uint32_t cpu_experts;
} cut;

static bool devices_fit(const llmp_memory_model *model, const llmp__load *load, cut c, bool margin,
                        llmp_memory_result *out)
{
    out->share_count = 0;
    llmp__fill_devices(model, load, c.cpu_layers, c.cpu_experts, margin, out);
    for (uint32_t i = 0, d = 0; i < out->share_count; i++, d++) {
        while (model->machine->devices[d] != out->shares[i].device)
            d++;
        uint64_t kept = margin ? model->device_margin_bytes[d] : 0;
        if (out->shares[i].parts.total_bytes + kept > out->shares[i].available_bytes)
            return false;
    }
    return true;
}

static cut cut_at(uint32_t at, bool experts)
{
    cut c = {experts ? 0 : at, experts ? at : 0};
    return c;
}

/* Smallest cut in [1, most] that leaves the devices room; `most` when none does. The devices are
 * left as that cut fills them. */
static uint32_t smallest(const llmp_memory_model *model, const llmp__load *load, bool experts,
                         uint32_t most, bool margin, llmp_memory_result *out)
{
    uint32_t low = 1, high = most;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (devices_fit(model, load, cut_at(middle, experts), margin, out))
            high = middle;
        else
            low = middle + 1;
    }
    (void)devices_fit(model, load, cut_at(high, experts), margin, out);
    return high;
}

static uint32_t moe_layers_below(const llmp_memory_model *model, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < end; i++)
        count += model->expert_prefix_bytes[i + 1] > model->expert_prefix_bytes[i];
    return count;
}

static void add_host(const llmp_memory_model *model, const llmp__load *load, cut c,
                     llmp_memory_result *out)
{
    llmp_memory_share *share = llmp__share_open_host(model, out);
    llmp_memory_parts *parts = &share->parts;
    share->layer_count = c.cpu_layers;
    share->expert_layer_count = moe_layers_below(model, c.cpu_experts);
    llmp__add_layers(model, load, 0, c.cpu_layers, 0, parts);
    parts->weights_bytes += model->expert_prefix_bytes[c.cpu_experts];
    if (llmp__policy_of(model)->embedding_on_host)
        parts->weights_bytes += model->embedding_bytes + model->embedding_copy_bytes;
    parts->compute_bytes = llmp__max(load->compute_host_bytes, load->compute_bytes);
    llmp__share_close(share);
}

static uint64_t finish(const llmp_memory_model *model, const llmp__load *load, cut c,
                       llmp_memory_result *out)
{
    out->gpu_layers = model->layer_count - c.cpu_layers;
    out->cpu_expert_layers = c.cpu_experts;
    add_host(model, load, c, out);
    return llmp__missing(model, out);
}

/* With the margin if the host can take what it costs; the margin is slack, not need. */
static uint64_t solve(const llmp_memory_model *model, const llmp__load *load, bool experts,
                      uint32_t most, llmp_memory_result *out)
{
    if (devices_fit(model, load, cut_at(most, experts), true, out)) {
        uint32_t at = smallest(model, load, experts, most, true, out);
        if (!finish(model, load, cut_at(at, experts), out))
            return 0;
    }
    uint32_t at = smallest(model, load, experts, most, false, out);
    return finish(model, load, cut_at(at, experts), out);
}

static uint64_t fixed(const llmp_memory_model *model, const llmp__load *load, cut c,
                      llmp_memory_result *out)
{
    (void)devices_fit(model, load, c, false, out);
    return finish(model, load, c, out);
}

uint64_t llmp__place_experts(const llmp_memory_model *model, const llmp__load *load,
                             llmp_memory_result *out)
{
    int32_t asked = model->options.cpu_expert_layers;
    uint32_t layers = model->layer_count;
    if (asked > 0)
        return fixed(model, load, cut_at((uint32_t)asked < layers ? (uint32_t)asked : layers, true),
                     out);
    return solve(model, load, true, layers, out);
}

uint64_t llmp__place_layers(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out)
{
    int32_t asked = model->options.gpu_layers;
    uint32_t layers = model->layer_count;
    if (asked >= 0 && (uint32_t)asked < layers)
        return fixed(model, load, cut_at(layers - (uint32_t)asked, false), out);
    if (layers == 1)
        return LLMP__NOT_POSSIBLE;
    return solve(model, load, false, layers - 1, out);
}
