/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything on the host, in memory or mapped from disk. */
#include "memory/memory.h"

static llmp_memory_share *whole_host(const llmp_memory_model *model, const llmp__load *load,
                                     llmp_memory_result *out)
{
    out->share_count = 0;
    out->gpu_layers = 0;
    llmp_memory_share *share = &out->shares[out->share_count++];
    *share = (llmp_memory_share){0};
    share->is_host = true;
    share->tensor_share_ratio = 1.0;
    share->available_bytes = model->host_available_bytes;
    share->parts.runtime_bytes = model->backend->runtime_host_bytes;
    if (model->cpu_only)
        share->device = model->machine->devices[0];
    share->layer_count = model->layer_count;
    share->expert_layer_count = model->moe_layer_count;
    llmp__add_layers(model, load, 0, model->layer_count, 0, &share->parts);
    llmp__add_ends(model, true, true, &share->parts);
    if (llmp__policy_of(model)->embedding_on_host)
        share->parts.weights_bytes += model->embedding_bytes;
    share->parts.compute_bytes = load->compute_cpu_bytes;
    llmp__share_close(share);
    return share;
}

uint64_t llmp__place_cpu(const llmp_memory_model *model, const llmp__load *load,
                         llmp_memory_result *out)
{
    (void)whole_host(model, load, out);
    return llmp__missing(model, out);
}

/*
 * Pages that memory cannot hold are read again for every token: the share of the weights read that
 * is not resident. At least an average layer must be.
 */
uint64_t llmp__place_disk(const llmp_memory_model *model, const llmp__load *load,
                          llmp_memory_result *out)
{
    llmp_memory_share *share = whole_host(model, load, out);
    llmp_memory_parts *parts = &share->parts;
    uint64_t weights = parts->weights_bytes, rest = parts->total_bytes - weights;
    uint64_t least = weights / model->layer_count;
    uint64_t there = share->available_bytes > rest ? share->available_bytes - rest : 0;
    if (there >= weights)
        return 0;
    out->disk_streamed = true;
    parts->weights_bytes = llmp__max(there, least);
    llmp__share_close(share);
    double absent = 1.0 - (double)parts->weights_bytes / (double)weights;
    out->disk_bytes = (uint64_t)((double)model->active_weight_bytes * absent);
    return llmp__missing(model, out);
}
