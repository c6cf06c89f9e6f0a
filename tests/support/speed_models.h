/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speed models filled in by hand. */
#ifndef LLMP_TEST_SPEED_MODELS_H
#define LLMP_TEST_SPEED_MODELS_H

#include <llmplan/speed.h>
#include <math.h>
#include <string.h>

/* One device, one group of `layers` layers, nothing else known. */
static inline llmp_speed_model bare_model(double bandwidth, double flop_per_s, unsigned layers)
{
    llmp_speed_model model;
    memset(&model, 0, sizeof model);
    model.struct_size = sizeof model;
    model.stage_count = 1;
    model.group_count = 1;
    model.ubatch_tokens = 512;
    model.layer_count = layers;
    model.sigma_decode = 0.1;
    model.sigma_prefill = 0.2;
    llmp_speed_stage *stage = &model.stages[0];
    stage->devices = 1;
    stage->bandwidth_bytes_per_s = bandwidth;
    stage->compute_flop_per_s = flop_per_s;
    stage->attention_flop_per_s = flop_per_s;
    stage->ceiling_flop_per_s = flop_per_s;
    stage->compute_ratio = 1;
    stage->profile.weight_bandwidth_ratio = 1;
    stage->profile.kv_bandwidth_ratio = 1;
    stage->profile.attention_compute_ratio = 1;
    stage->group_count = 1;
    model.groups[0].count = layers;
    model.groups[0].work = LLMP_WORK_ATTENTION | LLMP_WORK_FFN;
    return model;
}

/* Llama-3-8B: 32 layers, hidden 4096, KV 8 x 128 in FP16, vocabulary 128,256. Weights read are
 * `read_bytes`, a sixteenth of them the head's. */
static inline llmp_speed_model llama_8b(double bandwidth, double flop_per_s, double read_bytes)
{
    llmp_speed_model model = bare_model(bandwidth, flop_per_s, 32);
    llmp_speed_group *group = &model.groups[0];
    model.stages[0].extra_bytes = read_bytes / 16;
    model.stages[0].head_weights = 4096.0 * 128256;
    group->dense_bytes = read_bytes * 15 / 16 / 32;
    group->dense_weights = 4096.0 * (4096 + 1024 + 1024 + 4096) + 3 * 4096.0 * 14336;
    group->kv_bytes_per_position = 2 * 8 * 128 * 2;
    group->attention_flop_per_pair = 4 * 32 * 128;
    model.hidden_bytes = 4096 * 4;
    return model;
}

/* Qwen3-30B-A3B: 48 layers, 8 of 128 experts of width 768 on hidden 2048, 4.5 bits. */
static inline llmp_speed_model qwen3_30b_a3b(double bandwidth, double flop_per_s)
{
    llmp_speed_model model = bare_model(bandwidth, flop_per_s, 48);
    llmp_speed_group *group = &model.groups[0];
    const double attention = 2048.0 * (4096 + 512 + 512 + 4096), router = 2048.0 * 128;
    group->work = LLMP_WORK_ATTENTION | LLMP_WORK_MOE;
    group->dense_weights = attention + router;
    group->dense_bytes = 0.5625 * attention + 4 * router;
    group->experts = 128;
    group->experts_per_token = 8;
    group->expert_weights = 3 * 2048.0 * 768;
    group->expert_bytes = 0.5625 * group->expert_weights;
    group->kv_bytes_per_position = 2 * 4 * 128 * 2;
    group->attention_flop_per_pair = 4 * 32 * 128;
    model.stages[0].head_weights = 2048.0 * 151936;
    model.stages[0].extra_bytes = 0.5625 * model.stages[0].head_weights;
    model.hidden_bytes = 2048 * 4;
    return model;
}

static inline double step_of(const llmp_speed_model *model, double context, unsigned batch)
{
    llmp_decode_result result;
    return llmp_speed_decode(model, context, batch, NULL, &result, NULL) == LLMP_OK ? result.step_s
                                                                                    : -1;
}

static inline double prefill_of(const llmp_speed_model *model, double prompt, double prefix)
{
    llmp_prefill_result result;
    return llmp_speed_prefill(model, prompt, prefix, 1, NULL, &result, NULL) == LLMP_OK
               ? result.time_s.p50
               : -1;
}

#endif
