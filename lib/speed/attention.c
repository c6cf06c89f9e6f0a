/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions attended, cache bytes moved and attention FLOP, windows and selection applied. */
#include "speed/step.h"

#include <math.h>

static double smaller_limit(double a, double b)
{
    if (!(a > 0))
        return b;
    return b > 0 && b < a ? b : a;
}

static double clipped(double positions, double limit)
{
    return limit > 0 && positions > limit ? limit : positions;
}

/* Devices of a stage that share the cache of a group. */
static double cache_shards(const llmp_speed_stage *stage, const llmp_speed_group *group)
{
    uint32_t shards = group->kv_shards;
    return shards > 0 && shards < stage->devices ? shards : stage->devices;
}

/* Share of cached rows that is not fetched along with their first line. */
static double late_share(const llmp_speed_stage *stage, const llmp_speed_group *group)
{
    double early = stage->profile.kv_free_row_bytes, row = group->kv_row_bytes;
    return early > 0 && row > 0 ? fmax(0, 1 - early / row) : 1;
}

/* FLOP per pair in prefill, and by whichever form of the same attention needs fewest. */
static double prefill_flop(const llmp_speed_group *group, double *least)
{
    double decode = group->attention_flop_per_pair;
    double prefill = group->prefill_flop_per_pair > 0 ? group->prefill_flop_per_pair : decode;
    *least = prefill < decode ? prefill : decode;
    return prefill;
}

void llmp__attention_decode(const llmp_speed_model *model, const llmp_speed_stage *stage,
                            double context, double sequences, double tokens, llmp__attention *out)
{
    *out = (llmp__attention){.bytes = 0};
    for (uint32_t i = 0; i < stage->group_count; i++) {
        const llmp_speed_group *group = &model->groups[stage->group_first + i];
        double limit = smaller_limit(group->window_tokens, group->index_topk_tokens);
        double attended = clipped(context, limit);
        double cache = group->kv_bytes_per_position * attended;
        double index = group->index_bytes_per_position * context;
        double state = 2 * group->state_bytes;
        double scale = group->count * sequences;
        out->bytes += scale * (cache + index + state);
        out->shared_bytes +=
            scale * (cache * late_share(stage, group) + index) / cache_shards(stage, group);
        out->state_bytes += scale * state;
        if (group->work & LLMP_WORK_STATE_SPACE)
            out->scan_bytes += scale * state;
        double least;
        prefill_flop(group, &least);
        double index_flop = group->index_flop_per_pair * context;
        double pair = group->attention_flop_per_pair;
        out->flop += scale * tokens * (pair * attended + index_flop);
        if (pair > 0)
            out->pairs += scale * tokens * group->attention_head_count * attended;
        double split = stage->profile.cache_split_tokens;
        if (pair > 0 && split > 0 && attended >= split && sequences * tokens <= 1)
            out->split_layers += group->count;
        out->state_flop += scale * tokens * group->state_flop_per_token;
        out->least_flop +=
            scale * tokens * (least * attended + index_flop + group->state_flop_per_token);
    }
}

double llmp__causal_pairs(double tokens, double limit)
{
    if (!(limit > 0) || tokens <= limit)
        return 0.5 * tokens * (tokens + 1);
    return 0.5 * limit * (limit + 1) + (tokens - limit) * limit;
}

/* Sum over passes of the prefix each one reads again: sum of min(prefix + j ubatch, window). */
static double prefix_reads(double prefix, double ubatch, double passes, double window)
{
    double growing = passes;
    if (window > 0) {
        growing = window > prefix ? ceil((window - prefix) / ubatch) : 0;
        growing = growing < passes ? growing : passes;
    }
    return growing * (prefix + 0.5 * ubatch * (growing - 1)) + (passes - growing) * window;
}

void llmp__attention_prefill(const llmp_speed_model *model, const llmp_speed_stage *stage,
                             double prompt, double prefix, double sequences, double ubatch,
                             llmp__attention *out)
{
    *out = (llmp__attention){.bytes = 0};
    double passes = ceil(prompt / ubatch);
    for (uint32_t i = 0; i < stage->group_count; i++) {
        const llmp_speed_group *group = &model->groups[stage->group_first + i];
        double window = group->window_tokens;
        double limit = smaller_limit(window, group->index_topk_tokens);
        double pairs =
            llmp__causal_pairs(prefix + prompt, limit) - llmp__causal_pairs(prefix, limit);
        double all = llmp__causal_pairs(prefix + prompt, 0) - llmp__causal_pairs(prefix, 0);
        /* a selection differs by token: together a pass's tokens touch every position */
        double positions = prefix_reads(prefix, ubatch, passes, window) + prompt;
        double cache =
            group->kv_bytes_per_position * positions +
            group->index_bytes_per_position * (prefix_reads(prefix, ubatch, passes, 0) + prompt);
        double state = 2 * group->state_bytes * passes;
        double scale = group->count * sequences;
        out->bytes += scale * (cache + state);
        out->shared_bytes += scale * cache / cache_shards(stage, group);
        out->state_bytes += scale * state;
        double least, pair = prefill_flop(group, &least);
        double index_flop = group->index_flop_per_pair * all;
        double state_flop = group->state_flop_per_token * prompt;
        out->flop += scale * (pair * pairs + index_flop);
        out->state_flop += scale * state_flop;
        if (!group->prompt_may_skip)
            out->least_flop += scale * (least * pairs + index_flop + state_flop);
    }
}
