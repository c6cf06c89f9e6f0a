/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which placement: the one asked for, or the first that fits. */
#include "memory/memory.h"

enum { PLACEMENTS = LLMP_PLACE_DISK + 1 };

static bool possible(const llmp_memory_model *model, llmp_placement placement)
{
    const llmp_engine *engine = model->engine;
    bool several = model->machine->device_count > 1 && !model->cpu_only;
    switch (placement) {
    case LLMP_PLACE_AUTO:
        return false;
    case LLMP_PLACE_DEVICE:
        return !model->cpu_only;
    case LLMP_PLACE_LAYER_SPLIT:
        return several && engine->layer_split;
    case LLMP_PLACE_TENSOR_PARALLEL:
        return several && model->tensor_parallel > 1;
    case LLMP_PLACE_EXPERT_OFFLOAD:
        return !model->cpu_only && engine->expert_offload && model->moe_layer_count &&
               model->host_known;
    case LLMP_PLACE_LAYER_OFFLOAD:
        return !model->cpu_only && engine->cpu_offload && model->host_known;
    case LLMP_PLACE_CPU:
        return model->cpu_only || (engine->cpu_offload && model->host_known);
    case LLMP_PLACE_DISK:
        return (model->cpu_only || (engine->cpu_offload && model->host_known)) &&
               llmp__policy_of(model)->maps_weights && !model->options.no_mmap;
    }
    return false;
}

static uint64_t attempt(const llmp_memory_model *model, const llmp__load *load,
                        llmp_placement placement, llmp_memory_result *out)
{
    out->placement = placement;
    out->tensor_parallel = 1;
    out->cpu_expert_layers = 0;
    out->disk_streamed = false;
    out->disk_bytes = 0;
    switch (placement) {
    case LLMP_PLACE_AUTO:
        break;
    case LLMP_PLACE_DEVICE:
        return llmp__place_device(model, load, out);
    case LLMP_PLACE_LAYER_SPLIT:
        return llmp__place_layer_split(model, load, out);
    case LLMP_PLACE_TENSOR_PARALLEL:
        return llmp__place_tensor(model, load, out);
    case LLMP_PLACE_EXPERT_OFFLOAD:
        return llmp__place_experts(model, load, out);
    case LLMP_PLACE_LAYER_OFFLOAD:
        return llmp__place_layers(model, load, out);
    case LLMP_PLACE_CPU:
        return llmp__place_cpu(model, load, out);
    case LLMP_PLACE_DISK:
        return llmp__place_disk(model, load, out);
    }
    return LLMP__NOT_POSSIBLE;
}

/* What a placement that fits amounts to. */
static llmp_verdict verdict_of(const llmp_memory_model *model, llmp_placement placement)
{
    switch (placement) {
    case LLMP_PLACE_DEVICE:
    case LLMP_PLACE_LAYER_SPLIT:
    case LLMP_PLACE_TENSOR_PARALLEL:
        return LLMP_VERDICT_FITS;
    case LLMP_PLACE_CPU:
        return model->cpu_only ? LLMP_VERDICT_FITS : LLMP_VERDICT_RUNS_SLOWLY;
    case LLMP_PLACE_AUTO:
    case LLMP_PLACE_EXPERT_OFFLOAD:
    case LLMP_PLACE_LAYER_OFFLOAD:
    case LLMP_PLACE_DISK:
        return LLMP_VERDICT_RUNS_SLOWLY;
    }
    return LLMP_VERDICT_CANNOT_RUN;
}

/* A stated number of layers or experts is a stated placement. */
static llmp_placement asked_for(const llmp_memory_model *model)
{
    const llmp_memory_options *options = &model->options;
    llmp_placement asked = options->placement;
    if (asked == LLMP_PLACE_AUTO && !model->cpu_only) {
        if (options->gpu_layers == 0)
            asked = LLMP_PLACE_CPU;
        else if (options->gpu_layers > 0 && (uint32_t)options->gpu_layers < model->layer_count)
            asked = LLMP_PLACE_LAYER_OFFLOAD;
        else if (options->cpu_expert_layers > 0 && model->moe_layer_count)
            asked = LLMP_PLACE_EXPERT_OFFLOAD;
        else if (options->gpu_layers > 0) /* all of them, as with -ngl 99 */
            asked = model->machine->device_count == 1         ? LLMP_PLACE_DEVICE
                    : possible(model, LLMP_PLACE_LAYER_SPLIT) ? LLMP_PLACE_LAYER_SPLIT
                                                              : LLMP_PLACE_TENSOR_PARALLEL;
    }
    if (asked == LLMP_PLACE_DEVICE && model->cpu_only)
        asked = LLMP_PLACE_CPU;
    return asked;
}

static uint64_t first_that_fits(const llmp_memory_model *model, const llmp__load *load,
                                llmp_memory_result *out)
{
    static const llmp_placement layers_first[] = {LLMP_PLACE_DEVICE,
                                                  LLMP_PLACE_LAYER_SPLIT,
                                                  LLMP_PLACE_TENSOR_PARALLEL,
                                                  LLMP_PLACE_EXPERT_OFFLOAD,
                                                  LLMP_PLACE_LAYER_OFFLOAD,
                                                  LLMP_PLACE_CPU,
                                                  LLMP_PLACE_DISK};
    static const llmp_placement tensors_first[] = {
        LLMP_PLACE_DEVICE,        LLMP_PLACE_TENSOR_PARALLEL,
        LLMP_PLACE_LAYER_SPLIT,   LLMP_PLACE_EXPERT_OFFLOAD,
        LLMP_PLACE_LAYER_OFFLOAD, LLMP_PLACE_CPU,
        LLMP_PLACE_DISK};
    const llmp_placement *order =
        llmp__policy_of(model)->tensor_first ? tensors_first : layers_first;
    llmp_placement nearest = model->cpu_only ? LLMP_PLACE_CPU : LLMP_PLACE_DEVICE;
    uint64_t least = LLMP__NOT_POSSIBLE;
    for (int i = 0; i < PLACEMENTS - 1; i++) {
        if (!possible(model, order[i]))
            continue;
        uint64_t missing = attempt(model, load, order[i], out);
        if (!missing)
            return 0;
        if (missing < least) {
            least = missing;
            nearest = order[i];
        }
    }
    return attempt(model, load, nearest, out);
}

/* Nothing can be placed over several memories that together are too small. */
static uint64_t cache_need(const llmp_memory_model *model, const llmp__load *load)
{
    uint64_t bytes = 0;
    for (uint32_t k = 0; k < model->kind_count; k++)
        bytes += (load->cache_bytes[k] + load->state_bytes[k]) *
                 model->kind_prefix[k][model->layer_count];
    return bytes;
}

static uint64_t least_need(const llmp_memory_model *model, const llmp__load *load)
{
    return model->weight_prefix_bytes[model->layer_count] + model->head_bytes +
           cache_need(model, load);
}

bool llmp__may_fit(const llmp_memory_model *model, const llmp__load *load)
{
    uint64_t all = model->host_available_bytes;
    if (asked_for(model) != LLMP_PLACE_AUTO || (model->cpu_only && !model->host_known))
        return true;
    for (uint32_t d = 0; d < model->machine->device_count; d++)
        all += model->device_available_bytes[d];
    return least_need(model, load) <= all ||
           (possible(model, LLMP_PLACE_DISK) &&
            cache_need(model, load) <= model->host_available_bytes);
}

bool llmp__fits(const llmp_memory_model *model, const llmp__load *load, llmp_verdict worst)
{
    static const llmp_placement cheapest_first[] = {
        LLMP_PLACE_DEVICE,          LLMP_PLACE_CPU,         LLMP_PLACE_DISK,
        LLMP_PLACE_TENSOR_PARALLEL, LLMP_PLACE_LAYER_SPLIT, LLMP_PLACE_EXPERT_OFFLOAD,
        LLMP_PLACE_LAYER_OFFLOAD};
    llmp_memory_result scratch; /* set by placing; not cleared, it is large */
    llmp_placement asked = asked_for(model);
    if (asked != LLMP_PLACE_AUTO)
        return verdict_of(model, asked) <= worst && !attempt(model, load, asked, &scratch);
    uint64_t need = least_need(model, load), devices = 0;
    for (uint32_t d = 0; d < model->machine->device_count; d++)
        devices += model->device_available_bytes[d];
    for (int i = 0; i < PLACEMENTS - 1; i++) {
        llmp_placement placement = cheapest_first[i];
        bool split = placement == LLMP_PLACE_LAYER_SPLIT;
        bool offload =
            placement == LLMP_PLACE_EXPERT_OFFLOAD || placement == LLMP_PLACE_LAYER_OFFLOAD;
        if (verdict_of(model, placement) > worst || !possible(model, placement) ||
            (split && need > devices) || (offload && need > devices + model->host_available_bytes))
            continue;
        if (!attempt(model, load, placement, &scratch))
            return true;
    }
    return false;
}

static bool counts_host(llmp_placement placement)
{
    switch (placement) {
    case LLMP_PLACE_AUTO:
    case LLMP_PLACE_DEVICE:
    case LLMP_PLACE_LAYER_SPLIT:
    case LLMP_PLACE_TENSOR_PARALLEL:
        return false;
    case LLMP_PLACE_EXPERT_OFFLOAD:
    case LLMP_PLACE_LAYER_OFFLOAD:
    case LLMP_PLACE_CPU:
    case LLMP_PLACE_DISK:
        return true;
    }
    return false;
}

/* Over unified memory the host's part is what the devices leave of the pool. */
static void set_host_available(const llmp_memory_model *model, llmp_memory_result *out,
                               llmp_memory_share *share)
{
    if (!model->host_shared)
        return;
    uint64_t taken = llmp__first_device_bytes(model, out);
    uint64_t pool = model->device_pool_bytes[0];
    share->available_bytes = pool > taken ? pool - taken : 0;
}

static void sum_up(const llmp_memory_model *model, llmp_memory_result *out)
{
    llmp_memory_parts total = {0};
    uint64_t available = 0, left = 0, host_left = UINT64_MAX;
    out->host_bytes = 0;
    for (uint32_t i = 0; i < out->share_count; i++) {
        llmp_memory_share *share = &out->shares[i];
        const llmp_memory_parts *p = &share->parts;
        total.weights_bytes += p->weights_bytes;
        total.kv_bytes += p->kv_bytes;
        total.state_bytes += p->state_bytes;
        total.compute_bytes += p->compute_bytes;
        total.runtime_bytes += p->runtime_bytes;
        total.total_bytes += p->total_bytes;
        if (share->is_host) {
            set_host_available(model, out, share);
            out->host_bytes = p->total_bytes;
        }
        uint64_t spare =
            share->available_bytes > p->total_bytes ? share->available_bytes - p->total_bytes : 0;
        if (!share->is_host) {
            available += share->available_bytes;
            left += spare;
        } else if (model->host_shared) {
            host_left = spare;
        } else if (counts_host(out->placement)) {
            available += share->available_bytes;
            left += spare;
        }
    }
    /* one pool: the device's limit and the pool's both bind */
    if (model->host_shared && counts_host(out->placement)) {
        available = llmp__max(available, model->device_pool_bytes[0]);
        left = host_left;
    } else if (model->host_shared) {
        left = llmp__min(left, host_left);
    }
    out->total = total;
    out->available_bytes = available;
    out->headroom_bytes = out->verdict == LLMP_VERDICT_CANNOT_RUN ? 0 : left;
}

/* How many tokens the pages hold that remain after everything else, at this mix of context. */
static uint64_t pool_tokens(const llmp_memory_model *model, const llmp__load *load,
                            const llmp_memory_result *out)
{
    uint64_t least = UINT64_MAX, page = llmp__max(model->engine->block_tokens, 1);
    for (uint32_t i = 0; i < out->share_count; i++) {
        const llmp_memory_share *share = &out->shares[i];
        uint64_t other = share->parts.total_bytes - share->parts.kv_bytes;
        if (share->is_host || !share->parts.kv_bytes)
            continue;
        double pool = share->available_bytes > other ? (double)(share->available_bytes - other) : 0;
        double tokens = pool / (double)share->parts.kv_bytes * (double)load->cells;
        least = llmp__min(least, (uint64_t)tokens / page * page);
    }
    return least == UINT64_MAX ? 0 : least;
}

void llmp__place(const llmp_memory_model *model, const llmp__load *load, llmp_memory_result *out)
{
    llmp_placement asked = asked_for(model);
    uint64_t missing = asked == LLMP_PLACE_AUTO ? first_that_fits(model, load, out)
                                                : attempt(model, load, asked, out);
    if (model->options.known_to_run && missing != LLMP__NOT_POSSIBLE)
        missing = 0;
    out->verdict = missing ? LLMP_VERDICT_CANNOT_RUN : verdict_of(model, out->placement);
    out->missing_bytes = missing == LLMP__NOT_POSSIBLE ? 0 : missing;
    out->context_tokens = load->context_tokens;
    out->window_cells = load->window_cells;
    sum_up(model, out);
    out->kv_capacity_tokens =
        model->engine->policy == LLMP_POLICY_PAGED ? pool_tokens(model, load, out) : 0;
}
