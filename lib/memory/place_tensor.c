/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every layer over all devices. */
#include "memory/memory.h"

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

/*
 * Matrices, embedding and head divide by devices. A layer's cache divides by its KV heads at most:
 * beyond that devices hold copies, and an MLA latent is whole on each.
 */
static void shard(const llmp_memory_model *model, const llmp__load *load, uint32_t n,
                  llmp_memory_parts *parts)
{
    uint64_t embedding = llmp__policy_of(model)->embedding_on_host ? 0 : model->embedding_bytes;
    parts->weights_bytes +=
        divide_up(model->weight_prefix_bytes[model->layer_count] + model->head_bytes + embedding +
                      model->mtp_bytes + model->options.adapter_bytes,
                  n) +
        model->vision_bytes;
    for (uint32_t k = 0; k < model->kind_count; k++) {
        uint64_t count = model->kind_prefix[k][model->layer_count];
        uint32_t shards = model->kinds[k].shards_max;
        shards = shards > n ? n : shards ? shards : 1;
        parts->kv_bytes += count * divide_up(load->cache_bytes[k], shards);
        parts->state_bytes += count * divide_up(load->state_bytes[k], n);
    }
    parts->compute_bytes += load->compute_sharded_bytes;
    parts->runtime_bytes += model->engine->collective_bytes;
}

uint64_t llmp__place_tensor(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out)
{
    uint32_t n = model->tensor_parallel;
    out->share_count = 0;
    out->gpu_layers = model->layer_count;
    out->tensor_parallel = n;
    for (uint32_t d = 0; d < n; d++) {
        llmp_memory_share *share = llmp__share_open(model, out, d);
        share->layer_count = model->layer_count;
        share->tensor_share_ratio = 1.0 / n;
        shard(model, load, n, &share->parts);
        llmp__share_close(share);
    }
    llmp__share_host(model, load, NULL, out);
    return llmp__missing(model, out);
}
