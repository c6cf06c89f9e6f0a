/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of a decode and a prefill estimate of a prepared model. */
#include <llmplan/speed.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "speed_models.h"

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void profile_of(llmp_speed_model *model)
{
    llmp_profile *profile = &model->stages[0].profile;
    profile->weight_bandwidth_ratio = 0.88;
    profile->kv_bandwidth_ratio = 0.35;
    profile->attention_compute_ratio = 0.3;
    profile->moe_compute_ratio = 0.5;
    profile->moe_half_tokens = 40;
    profile->norm_p = 3;
    profile->layer_s = 50e-6;
    profile->moe_layer_s = 30e-6;
    profile->routing_skew = 1.1;
    model->stages[0].compute_ratio = 0.24;
    model->stages[0].dequant_weights_per_s = 1e12;
    model->stages[0].tdp_w = 450;
    model->stages[0].idle_w = 15;
}

/* A mixed quantisation has several kinds of layer. */
static void split_groups(llmp_speed_model *model, unsigned kinds)
{
    llmp_speed_group whole = model->groups[0];
    model->group_count = kinds;
    model->stages[0].group_count = kinds;
    for (unsigned i = 0; i < kinds; i++) {
        model->groups[i] = whole;
        model->groups[i].count = whole.count / kinds;
        model->groups[i].dense_bytes *= 1 + 0.1 * i;
    }
}

static int run(const char *name, const llmp_speed_model *model, long iterations)
{
    double sum = 0, start = now_s();
    for (long i = 0; i < iterations; i++) {
        llmp_decode_result decode;
        llmp_prefill_result prefill;
        if (llmp_speed_decode(model, 5731 + (double)(i & 255), 1 + (uint32_t)(i & 7), NULL, &decode,
                              NULL) != LLMP_OK ||
            llmp_speed_prefill(model, 5731 + (double)(i & 255), 0, 1, NULL, &prefill, NULL) !=
                LLMP_OK)
            return 1;
        sum += decode.tokens_per_s.p10 + prefill.time_s.p90;
    }
    double each = (now_s() - start) / (double)iterations;
    printf("%-24s %8.0f ns per decode and prefill (checksum %.6g)\n", name, each * 1e9,
           sum / (double)iterations);
    return 0;
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 300000;
    if (iterations < 1)
        return 2;
    llmp_speed_model dense = llama_8b(1008e9, 660e12, 4.6e9);
    llmp_speed_model moe = qwen3_30b_a3b(1008e9, 660e12);
    profile_of(&dense);
    profile_of(&moe);
    split_groups(&dense, 2);
    split_groups(&moe, 4);
    return run("dense, 2 kinds of layer", &dense, iterations) ||
           run("MoE, 4 kinds of layer", &moe, iterations);
}
