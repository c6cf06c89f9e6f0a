/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares: what one device or the host holds. */
#include "memory/memory.h"

static uint64_t between(const uint64_t *prefix, uint32_t first, uint32_t end)
{
    return prefix[end] - prefix[first];
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void llmp__add_layers(const llmp_memory_model *model, const llmp__load *load, uint32_t first,
                      uint32_t end, uint32_t cpu_experts, llmp_memory_parts *parts)
{
    uint32_t layers = model->layer_count;
    uint64_t adapters = model->options.adapter_bytes;
    parts->weights_bytes += between(model->weight_prefix_bytes, first, end) +
                            adapters / layers * (end - first) + adapters % layers * end / layers -
                            adapters % layers * first / layers;
    if (cpu_experts > first)
        parts->weights_bytes -=
            between(model->expert_prefix_bytes, first, smaller(cpu_experts, end));
    for (uint32_t k = 0; k < model->kind_count; k++) {
        uint64_t count = (uint64_t)(model->kind_prefix[k][end] - model->kind_prefix[k][first]);
        parts->kv_bytes += count * load->cache_bytes[k];
        parts->state_bytes += count * load->state_bytes[k];
    }
}

void llmp__add_ends(const llmp_memory_model *model, bool first, bool last, llmp_memory_parts *parts)
{
    if (first) {
        parts->weights_bytes += model->vision_bytes;
        if (!llmp__policy_of(model)->embedding_on_host)
            parts->weights_bytes += model->embedding_bytes;
    }
    if (last)
        parts->weights_bytes += model->head_bytes + model->mtp_bytes;
}

llmp_memory_share *llmp__share_open(const llmp_memory_model *model, llmp_memory_result *out,
                                    uint32_t index)
{
    llmp_memory_share *share = &out->shares[out->share_count++];
    *share = (llmp_memory_share){0};
    share->tensor_share_ratio = 1.0;
    share->device = model->machine->devices[index];
    share->available_bytes = model->device_available_bytes[index];
    share->parts.runtime_bytes = model->backend->runtime_bytes;
    return share;
}

void llmp__share_close(llmp_memory_share *share)
{
    llmp_memory_parts *p = &share->parts;
    p->total_bytes =
        p->weights_bytes + p->kv_bytes + p->state_bytes + p->compute_bytes + p->runtime_bytes;
}

static uint32_t moe_layers_below(const llmp_memory_model *model, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < end; i++)
        count += model->expert_prefix_bytes[i + 1] > model->expert_prefix_bytes[i];
    return count;
}

void llmp__fill_host(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                     llmp_memory_share *share)
{
    llmp_memory_parts *parts = &share->parts;
    bool computes = cut->cpu_layers || cut->cpu_experts;
    *share = (llmp_memory_share){0};
    share->is_host = true;
    share->tensor_share_ratio = 1.0;
    share->available_bytes = model->host_available_bytes;
    share->layer_count = cut->cpu_layers;
    parts->runtime_bytes = model->backend->runtime_host_bytes;
    if (computes)
        llmp__add_layers(model, load, 0, cut->cpu_layers, 0, parts);
    parts->weights_bytes += model->expert_prefix_bytes[cut->cpu_experts];
    if (llmp__policy_of(model)->embedding_on_host)
        parts->weights_bytes += model->embedding_bytes + model->embedding_copy_bytes;
    parts->compute_bytes = computes ? llmp__max(load->compute_host_bytes, load->compute_bytes)
                                    : load->compute_host_bytes;
    llmp__share_close(share);
}

void llmp__share_host(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                      llmp_memory_result *out)
{
    static const llmp__cut nothing = {0, 0, false};
    llmp_memory_share *share = &out->shares[out->share_count];
    llmp__fill_host(model, load, cut ? cut : &nothing, share);
    if (cut)
        share->expert_layer_count = moe_layers_below(model, cut->cpu_experts);
    if (share->parts.total_bytes)
        out->share_count++;
}

static uint64_t excess(uint64_t wanted, uint64_t there)
{
    return wanted > there ? wanted - there : 0;
}

uint64_t llmp__first_device_bytes(const llmp_memory_model *model, const llmp_memory_result *out)
{
    const llmp_memory_share *share = &out->shares[0];
    bool first = !share->is_host && share->device == model->machine->devices[0];
    return out->share_count && first ? share->parts.total_bytes : 0;
}

uint64_t llmp__missing(const llmp_memory_model *model, const llmp_memory_result *out)
{
    uint64_t missing = 0, first = llmp__first_device_bytes(model, out);
    for (uint32_t i = 0; i < out->share_count; i++) {
        const llmp_memory_share *share = &out->shares[i];
        uint64_t total = share->parts.total_bytes;
        if (!share->is_host) {
            missing += excess(total, share->available_bytes);
        } else if (model->host_shared) {
            uint64_t alone = excess(first, model->device_available_bytes[0]);
            uint64_t pool = excess(first + total, model->device_pool_bytes[0]);
            missing += pool > alone ? pool - alone : 0;
        } else if (model->host_known) {
            missing += excess(total, share->available_bytes);
        }
    }
    return missing;
}
