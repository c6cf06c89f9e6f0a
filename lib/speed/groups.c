/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers to groups of equal layers. */
#include "base/error.h"
#include "speed/prepare.h"

#include <string.h>

/*
 * MLA has two equal forms: absorbed, against the latent, and with keys and values of full width,
 * which needs a third of the arithmetic per pair. Servers prefill in full width (but select on the
 * latent); llama.cpp and MLX always absorb.
 */
static double prefill_flop_per_pair(const llmp_engine *engine, const llmp_layer_cost *cost)
{
    bool full =
        !engine->mla_absorbed || (engine->policy == LLMP_POLICY_PAGED && cost->index_topk == 0);
    if (!(cost->work & LLMP_WORK_MLA) || !full)
        return 0;
    return 2 * ((double)cost->k_elements_unabsorbed + (double)cost->v_elements_unabsorbed);
}

static void describe(const llmp__preparation *preparation, const llmp_layer_cost *cost,
                     llmp_speed_group *out)
{
    const llmp_memory_model *memory = preparation->memory;
    const llmp_engine *engine = memory->engine;
    double k = (double)cost->k_elements, v = (double)cost->v_elements;
    uint32_t shards = cost->kv_heads;
    if ((cost->work & LLMP_WORK_MLA) && !engine->mla_absorbed) {
        k = (double)cost->k_elements_unabsorbed;
        v = (double)cost->v_elements_unabsorbed;
        shards = cost->heads;
    }
    /* bytes of padding would make equal groups differ */
    memset(out, 0, sizeof *out);
    out->work = cost->work;
    out->kv_shards = shards;
    out->dense_bytes = (double)cost->dense_read_bytes;
    out->expert_bytes = (double)cost->expert_bytes;
    out->experts = cost->experts;
    out->experts_per_token = cost->experts_per_token;
    out->dense_weights = cost->dense_weights;
    out->expert_weights = cost->expert_weights;
    out->kv_bytes_per_position = k * memory->k_bytes_per_element + v * memory->v_bytes_per_element;
    out->kv_row_bytes = k * memory->k_bytes_per_element / (shards > 0 ? shards : 1);
    bool windows = engine->window_cache && !memory->options.window_full;
    out->window_tokens = windows ? cost->window_tokens : 0;
    out->attention_flop_per_pair = cost->attention_flop_per_pair;
    out->attention_head_count = cost->heads;
    out->prefill_flop_per_pair = prefill_flop_per_pair(engine, cost);
    if (!engine->mla_absorbed && out->prefill_flop_per_pair > 0)
        out->attention_flop_per_pair = out->prefill_flop_per_pair;
    out->index_bytes_per_position = (double)cost->index_bytes_per_token;
    out->index_topk_tokens = cost->index_topk;
    out->index_flop_per_pair = cost->index_flop_per_pair;
    double conv_bytes =
        engine->conv_state_bytes_per_element ? engine->conv_state_bytes_per_element : 4;
    double ssm_bytes = engine->state_bytes_per_element ? engine->state_bytes_per_element : 4;
    out->state_bytes = (double)cost->conv_state_elements * conv_bytes +
                       (double)cost->ssm_state_elements * ssm_bytes;
    out->state_flop_per_token = cost->state_flop_per_token;
}

/* The first layer behind which none writes a cache or a state. */
static uint32_t last_writer_end(const llmp__preparation *preparation)
{
    uint32_t end = preparation->summary->layer_count;
    for (; end > 0; end--) {
        const llmp_layer_cost *cost = llmp_arch_layer(preparation->memory->arch, end - 1);
        bool attends = (cost->work & (LLMP_WORK_ATTENTION | LLMP_WORK_MLA)) != 0;
        if (!attends || cost->owns_kv || (cost->work & LLMP_WORK_RECURRENT))
            break;
    }
    return end;
}

llmp_status llmp__prepare_groups(llmp__preparation *preparation, llmp_speed_stage *stage,
                                 uint32_t first, uint32_t count)
{
    llmp_speed_model *model = preparation->out;
    stage->group_first = model->group_count;
    stage->group_count = 0;
    const uint32_t skippable = last_writer_end(preparation);
    for (uint32_t i = first; i < first + count; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(preparation->memory->arch, i);
        if (!cost)
            return llmp__fail(preparation->error, LLMP_E_ARGUMENT,
                              "the plan has layer %u, which the model has not", i);
        llmp_speed_group group;
        describe(preparation, cost, &group);
        group.experts_on_host =
            !stage->is_host && cost->experts > 0 && i < preparation->plan->cpu_expert_layers;
        group.prompt_may_skip = i >= skippable;
        llmp_speed_group *known = &model->groups[stage->group_first];
        uint32_t at = 0;
        for (; at < stage->group_count; at++) {
            group.count = known[at].count;
            if (memcmp(&known[at], &group, sizeof group) == 0)
                break;
        }
        if (at < stage->group_count) {
            known[at].count++;
            continue;
        }
        if (model->group_count == LLMP_SPEED_GROUPS_MAX)
            return llmp__fail(preparation->error, LLMP_E_LIMIT,
                              "more than %d kinds of layer over all devices",
                              LLMP_SPEED_GROUPS_MAX);
        group.count = 1;
        known[at] = group;
        stage->group_count++;
        model->group_count++;
    }
    return LLMP_OK;
}
