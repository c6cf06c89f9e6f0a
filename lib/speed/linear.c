/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of matrix products: weights read, multiplied and unpacked, as a smooth maximum. */
#include "speed/step.h"

#include <math.h>

/* Clocks fall with the power allowed. */
static void limit_power(const llmp_speed_stage *stage, llmp__rates *out)
{
    double compute = pow(stage->power_ratio, stage->profile.power_compute_exponent);
    double bandwidth = pow(stage->power_ratio, stage->profile.power_bandwidth_exponent);
    for (int part = 0; part < LLMP_PART_COUNT; part++) {
        out->products[part].flop_per_s *= compute;
        out->products[part].vector_flop_per_s *= compute;
        out->products[part].weights_per_s *= compute;
    }
    out->scan_flop_per_s *= compute;
    out->attention_flop_per_s *= compute;
    out->attention_decode_flop_per_s *= compute;
    out->bytes_per_s *= bandwidth;
    out->kv_bytes_per_s *= bandwidth;
    out->state_bytes_per_s *= bandwidth;
    out->scan_bytes_per_s *= bandwidth;
    out->pass_bytes_per_s *= bandwidth;
}

llmp__product_rates llmp__rates_of(const llmp_speed_products *products, double devices,
                                   double ratio, double flop_per_s, double weights_per_s,
                                   double vector_ratio)
{
    llmp__product_rates out;
    bool own = products->compute_ratio > 0;
    out.flop_per_s = devices * (own ? products->compute_ratio : ratio) * flop_per_s;
    out.vector_flop_per_s =
        (own && vector_ratio > 0 ? products->batch_compute_ratio : vector_ratio) * out.flop_per_s;
    out.weights_per_s = devices * (own ? products->dequant_weights_per_s : weights_per_s);
    return out;
}

void llmp__stage_rates(const llmp_speed_stage *stage, llmp__rates *out)
{
    const llmp_profile *profile = &stage->profile;
    double devices = stage->devices;
    out->bytes_per_s = devices * profile->weight_bandwidth_ratio * stage->bandwidth_bytes_per_s;
    out->kv_bytes_per_s = profile->kv_bandwidth_ratio * stage->bandwidth_bytes_per_s;
    double state = profile->state_bandwidth_ratio;
    out->state_bytes_per_s =
        devices * (state > 0 ? state : profile->kv_bandwidth_ratio) * stage->bandwidth_bytes_per_s;
    double scan = profile->scan_bandwidth_ratio;
    out->scan_bytes_per_s =
        scan > 0 ? devices * scan * stage->bandwidth_bytes_per_s : out->state_bytes_per_s;
    out->pass_bytes_per_s = devices * profile->pass_bandwidth_ratio * stage->bandwidth_bytes_per_s;
    for (int part = 0; part < LLMP_PART_COUNT; part++)
        out->products[part] = llmp__rates_of(
            &stage->products[part], devices, stage->compute_ratio, stage->compute_flop_per_s,
            stage->dequant_weights_per_s, profile->batch_compute_ratio);
    out->tile_tokens = profile->tile_tokens;
    out->vector_tokens = profile->vector_tokens;
    out->expert_vector_tokens = profile->expert_vector_tokens;
    out->attention_flop_per_s =
        devices * profile->attention_compute_ratio * stage->attention_flop_per_s;
    out->attention_serial = profile->attention_decode_ratio > 0;
    out->attention_decode_flop_per_s =
        out->attention_serial
            ? devices * profile->attention_decode_ratio * stage->attention_flop_per_s
            : out->attention_flop_per_s;
    out->attention_pair_flop = profile->attention_pair_flop;
    out->scan_flop_per_s = devices * profile->scan_compute_ratio * stage->fp32_flop_per_s;
    if (!(out->scan_flop_per_s > 0))
        out->scan_flop_per_s = out->attention_flop_per_s;
    out->moe_compute_ratio = profile->moe_compute_ratio > 0 ? profile->moe_compute_ratio : 1;
    out->moe_half_tokens = profile->moe_half_tokens;
    out->routing_skew = profile->routing_skew;
    out->norm_p = profile->norm_p;
    if (stage->power_ratio > 0 && stage->power_ratio < 1)
        limit_power(stage, out);
}

void llmp__linear_add(llmp__linear *sum, const llmp__linear *part)
{
    sum->time_s += part->time_s;
    sum->weights_s += part->weights_s;
    sum->compute_s += part->compute_s;
    sum->dequant_s += part->dequant_s;
    sum->bytes += part->bytes;
    sum->flop += part->flop;
}

/* A rate of 0 is unknown and bounds nothing. */
static double over(double amount, double rate)
{
    return rate > 0 ? amount / rate : 0;
}

/* GEMM of at least a tile, or token by token: as the engine does, or where that is faster. */
static double multiply_s(const llmp__rates *rates, const llmp__product_rates *products,
                         double weights, double tokens)
{
    double flop = 2 * weights * tokens;
    double gemm = over(2 * weights * fmax(tokens, rates->tile_tokens), products->flop_per_s);
    double vector = over(flop, products->vector_flop_per_s);
    if (vector > 0 && rates->vector_tokens > 0)
        return tokens <= rates->vector_tokens ? vector : gemm;
    return vector > 0 && vector < gemm ? vector : gemm;
}

llmp__linear llmp__dense_time(const llmp__rates *rates, llmp_weight_part part, double bytes,
                              double weights, double tokens)
{
    const llmp__product_rates *products = &rates->products[part];
    llmp__linear out;
    out.bytes = bytes;
    out.flop = 2 * weights * tokens;
    out.weights_s = over(bytes, rates->bytes_per_s);
    out.compute_s = multiply_s(rates, products, weights, tokens);
    out.dequant_s = over(weights, products->weights_per_s);
    out.time_s = llmp__smooth_max(out.weights_s, out.compute_s, out.dequant_s, rates->norm_p);
    return out;
}

/* Kernels have narrower tiles for few tokens, down to eight: at worst one column of them is used.
 */
static const double least_tile_ratio = 1.0 / 8;

/*
 * Engines have two ways. Grouped: tokens are sorted by expert, each touched expert is read once,
 * and its matrix product is as inefficient as m/(m + m_half) for m tokens, at worst 1/8. One by
 * one: a matrix-vector product for every token and expert, which reads an expert again for each of
 * its tokens. Engines that switch at a number of tokens do so here; of others the faster way is
 * taken, so that few tokens pay no padding and many share the reads.
 */
llmp__linear llmp__expert_time(const llmp__rates *rates, const llmp_speed_group *group,
                               double tokens, double distinct)
{
    double uses = tokens * group->experts_per_token;
    const llmp__product_rates *products = &rates->products[LLMP_PART_EXPERTS];
    double share = uses / distinct;
    double tile = fmax(share / (share + rates->moe_half_tokens), least_tile_ratio);
    double flop_per_s = products->flop_per_s * rates->moe_compute_ratio * tile;

    llmp__linear grouped;
    grouped.bytes = group->count * distinct * group->expert_bytes;
    grouped.flop = 2 * group->count * uses * group->expert_weights;
    grouped.weights_s = over(grouped.bytes, rates->bytes_per_s);
    grouped.compute_s = over(grouped.flop, flop_per_s);
    grouped.dequant_s =
        over(group->count * distinct * group->expert_weights, products->weights_per_s);
    grouped.time_s =
        llmp__smooth_max(grouped.weights_s, grouped.compute_s, grouped.dequant_s, rates->norm_p);

    const double switches = rates->expert_vector_tokens;
    if (switches > 0 && tokens > switches)
        return grouped;
    llmp__linear single = grouped;
    double again = uses / distinct;
    single.weights_s *= again;
    single.dequant_s *= again;
    single.compute_s =
        over(grouped.flop,
             products->vector_flop_per_s > 0 ? products->vector_flop_per_s : products->flop_per_s);
    /* the smooth maximum is at least the largest: often that already decides */
    if (!(switches > 0) &&
        (single.weights_s >= grouped.time_s || single.compute_s >= grouped.time_s))
        return grouped;
    single.time_s =
        llmp__smooth_max(single.weights_s, single.compute_s, single.dequant_s, rates->norm_p);
    return switches > 0 || single.time_s < grouped.time_s ? single : grouped;
}

/* What `part` of a group's layers stands for as one group: sums for equal routing. */
typedef struct moe_sum {
    llmp_speed_group group; /* count 1, bytes and weights summed over layers */
    double layers;
    double layers_on_host;
    double host_bytes;
    double host_weights;
} moe_sum;

static bool same_routing(const moe_sum *sum, const llmp_speed_group *group)
{
    return sum->group.experts >= group->experts && sum->group.experts <= group->experts &&
           sum->group.experts_per_token >= group->experts_per_token &&
           sum->group.experts_per_token <= group->experts_per_token;
}

static void begin_moe(moe_sum *sum, const llmp_speed_group *group)
{
    *sum = (moe_sum){.layers = 0};
    sum->group.count = 1;
    sum->group.experts = group->experts;
    sum->group.experts_per_token = group->experts_per_token;
}

static void host_experts(const llmp_speed_model *model, const llmp__rates *device, moe_sum *sum,
                         double tokens, double distinct, bool prefill, llmp__stage_pass *out)
{
    llmp__rates host;
    llmp__host_rates(model, &host);
    llmp_speed_group group = sum->group;
    group.expert_bytes = sum->host_bytes;
    group.expert_weights = sum->host_weights;
    double copies = 2 * sum->layers_on_host *
                    (model->host_link_latency_s +
                     over(tokens * model->hidden_bytes, model->host_link_bandwidth_bytes_per_s));
    llmp__linear there = llmp__expert_time(&host, &group, tokens, distinct);
    double time = there.time_s + copies;
    double read_s = there.weights_s, compute_s = fmax(there.compute_s, there.dequant_s);
    double rate = llmp__stream_bytes_per_s(model);
    if (prefill && rate > 0) {
        llmp__linear here = llmp__expert_time(device, &group, tokens, distinct);
        double streamed = here.bytes / rate + here.time_s;
        /* without a rate of the host's arithmetic only streaming can be timed */
        if (streamed < time || !(host.products[LLMP_PART_EXPERTS].flop_per_s > 0)) {
            time = read_s = streamed;
            compute_s = 0;
        }
    }
    out->host_s += time;
    out->host_read_s += read_s;
    out->host_compute_s += compute_s;
    out->bytes += there.bytes;
    out->flop += there.flop;
}

static void end_moe(const llmp_speed_model *model, const llmp__rates *rates, moe_sum *sum,
                    double tokens, bool prefill, llmp__routing *routing, llmp__stage_pass *out)
{
    double layers = sum->layers + sum->layers_on_host;
    if (!(layers > 0))
        return;
    llmp__routing_need(routing, sum->group.experts, sum->group.experts_per_token,
                       rates->routing_skew);
    double distinct = llmp__routing_distinct(routing, tokens);
    out->moe_layers += layers;
    out->distinct_layers += layers * distinct;
    if (sum->layers > 0) {
        llmp__linear part = llmp__expert_time(rates, &sum->group, tokens, distinct);
        llmp__linear_add(&out->device, &part);
        out->bytes += part.bytes;
        out->flop += part.flop;
    }
    if (sum->layers_on_host > 0)
        host_experts(model, rates, sum, tokens, distinct, prefill, out);
}

void llmp__stage_pass_time(const llmp_speed_model *model, const llmp_speed_stage *stage,
                           double tokens, bool prefill, llmp__routing *routing,
                           llmp__stage_pass *out)
{
    *out = (llmp__stage_pass){.host_s = 0};
    llmp__rates rates;
    llmp__stage_rates(stage, &rates);
    moe_sum moe = {.layers = 0};
    double bytes = 0, weights = 0;
    for (uint32_t i = 0; i < stage->group_count; i++) {
        const llmp_speed_group *group = &model->groups[stage->group_first + i];
        bytes += group->count * group->dense_bytes;
        weights += group->count * group->dense_weights;
        if (group->prompt_may_skip)
            out->avoidable_flop +=
                2 * tokens * group->count *
                (group->dense_weights + group->experts_per_token * group->expert_weights);
        if (!(group->experts > 0))
            continue;
        if (!same_routing(&moe, group)) {
            end_moe(model, &rates, &moe, tokens, prefill, routing, out);
            begin_moe(&moe, group);
        }
        if (group->experts_on_host && !stage->is_host) {
            moe.layers_on_host += group->count;
            moe.host_bytes += group->count * group->expert_bytes;
            moe.host_weights += group->count * group->expert_weights;
        } else {
            moe.layers += group->count;
            moe.group.expert_bytes += group->count * group->expert_bytes;
            moe.group.expert_weights += group->count * group->expert_weights;
        }
    }
    end_moe(model, &rates, &moe, tokens, prefill, routing, out);
    llmp__linear dense = llmp__dense_time(&rates, LLMP_PART_DENSE, bytes, weights, tokens);
    llmp__linear_add(&out->device, &dense);
    out->bytes += dense.bytes;
    out->flop += dense.flop;
}

llmp__linear llmp__head_time(const llmp_speed_stage *stage, double outputs)
{
    llmp__rates rates;
    llmp__stage_rates(stage, &rates);
    return llmp__dense_time(&rates, LLMP_PART_HEAD, stage->extra_bytes, stage->head_weights,
                            outputs);
}
