/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step times against measurements and against arithmetic done by hand. */
#include "t.h"

#include <llmplan/speed.h>

#include "speed_models.h"

#define GIB 1073741824.0

static llmp_error error;

/* RTX 4090, Llama-3-8B Q4_K_M of 4.58 GiB, 1,024 tokens generated: 127.74 tokens/s measured
 * (XiongjieDai). Read per token: the file less the embedding table, 128,256 x 4,096 x 0.5625 B. */
static void decode_of_8b_on_4090(void **state)
{
    (void)state;
    llmp_speed_model model = llama_8b(1008e9, 165.2e12, 4.58 * GIB - 128256.0 * 4096 * 0.5625);
    llmp_profile *profile = &model.stages[0].profile;
    profile->weight_bandwidth_ratio = 0.90;
    profile->kv_bandwidth_ratio = 0.35;
    profile->layer_s = 86e-6;
    profile->norm_p = 3;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 512, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p50, 127.74, 0.10);
    /* by hand: 4.6223e9/(0.9 x 1008e9) = 5.0951 ms; 32 x 86 us = 2.752 ms; KV 131,072 x 512 B /
     * (0.35 x 1008e9) = 0.1902 ms; arithmetic, 15 GFLOP in 0.09 ms against 5.1 ms, adds nothing */
    assert_close(result.step_s, 5.0951e-3 + 2.752e-3 + 0.1902e-3, 1e-3);
    assert_int_equal(result.limited_by, LLMP_LIMIT_WEIGHT_BANDWIDTH);
    assert_close(result.kv_read_bytes, 131072.0 * 512, 1e-12);
}

/* RTX 6000 Ada: bandwidth and per-layer cost from two measurements of 8B (Q4_K_M 130.99, F16 51.97
 * tokens/s) predict 70B Q4_K_M, measured 18.36. */
static void two_points_predict_70b(void **state)
{
    (void)state;
    const double q4 = 4.58 * GIB - 128256.0 * 4096 * 0.5625;
    const double f16 = 14.96 * GIB - 128256.0 * 4096 * 2;
    const double slope = (1 / 51.97 - 1 / 130.99) / (f16 - q4);
    llmp_speed_model model = bare_model(960e9, 182e12, 80);
    model.stages[0].profile.weight_bandwidth_ratio = 1 / slope / 960e9;
    model.stages[0].profile.layer_s = (1 / 130.99 - q4 * slope) / 32;
    model.groups[0].dense_bytes = (39.59 * GIB - 128256.0 * 8192 * 0.5625) / 80;
    model.groups[0].dense_weights = 70e9 / 80;
    model.stages[0].profile.norm_p = 3;
    assert_close(1 / step_of(&model, 0, 1), 18.36, 0.05);
}

/* H800: one layer's decode attention over 64 sequences of 16,384 positions, 8 KV heads of 128 in
 * BF16: 1,372.6 us measured (InferSim). */
static void attention_reads(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(3.35e12, 989e12, 1);
    model.groups[0].kv_bytes_per_position = 2 * 8 * 128 * 2;
    model.groups[0].attention_flop_per_pair = 4 * 32 * 128;
    model.stages[0].profile.kv_bandwidth_ratio = 0.94;
    model.stages[0].profile.norm_p = 1.4;
    assert_close(step_of(&model, 16384, 64), 1372.6e-6, 0.10);
}

/* Decode attention may be slower than prefill's: 3 layers, 5,731 positions, 512 FLOP a pair at 2 %
 * of 1 TFLOP/s: 3 x 5731 x 512 / 2e10 s; prefill of 100 keeps 40 %: 3 x 5050 pairs x 512 / 4e11 s.
 */
static void decode_attention_has_its_own_rate(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e30, 1e12, 3);
    model.groups[0].attention_flop_per_pair = 512;
    model.stages[0].profile.attention_compute_ratio = 0.4;
    assert_close(step_of(&model, 5731, 1), 3 * 5731.0 * 512 / 4e11, 1e-9);
    model.stages[0].profile.attention_decode_ratio = 0.02;
    assert_close(step_of(&model, 5731, 1), 3 * 5731.0 * 512 / 2e10, 1e-9);
    assert_close(prefill_of(&model, 100, 0), 3 * 5050.0 * 512 / 4e11, 1e-9);
    /* and comes on top of reading: 3 x 5731 x 100 B at 30 % of 1 GB/s */
    model.stages[0].bandwidth_bytes_per_s = 1e9;
    model.stages[0].profile.kv_bandwidth_ratio = 0.3;
    model.groups[0].kv_bytes_per_position = 100;
    assert_close(step_of(&model, 5731, 1), 3 * 5731.0 * (512 / 2e10 + 100 / 3e8), 1e-9);
}

/* 3 layers with a state of 1,000 B, 7 sequences, read and written at 20 % of 1 GB/s: 3 x 7 x 2 x
 * 1000 / 2e8 s = 210 us, where the cache's rate (all of it) would give 42. A prompt of 100 scans 50
 * FLOP a token and layer at 4 % of 1 GFLOP/s FP32: 3 x 100 x 50 / 4e7 s, and moves the states of
 * one pass at the rate of weights. Mamba's states move at 10 %: 420 us; others stay. */
static void states_and_scans_have_rates_of_their_own(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e9, 1e30, 3);
    model.groups[0].state_bytes = 1000;
    model.groups[0].state_flop_per_token = 50;
    assert_close(step_of(&model, 5731, 7), 42e-6, 1e-9);
    model.stages[0].profile.state_bandwidth_ratio = 0.2;
    assert_close(step_of(&model, 5731, 7), 210e-6, 1e-9);
    model.stages[0].profile.scan_compute_ratio = 0.04;
    model.stages[0].fp32_flop_per_s = 1e9;
    assert_close(prefill_of(&model, 100, 0), 3 * 100 * 50 / 4e7 + 3 * 2 * 1000 / 1e9, 1e-9);
    model.stages[0].profile.scan_bandwidth_ratio = 0.1;
    assert_close(step_of(&model, 5731, 7), 210e-6, 1e-9);
    model.groups[0].work = LLMP_WORK_RECURRENT | LLMP_WORK_STATE_SPACE;
    assert_close(step_of(&model, 5731, 7), 420e-6, 1e-9);
}

/* 2 layers of 1e6 weights at 1 TFLOP/s: 7 tokens cost a tile of 32, 2 x 2 x 1e6 x 32 / 1e12 = 128
 * us, or one by one at a fifth of the rate 7 x 4 us / 0.2 = 140: the tile. 5 tokens: 100 us one by
 * one. 40 fill more than a tile: 160 us. Beyond one token every layer costs 9 us more. */
static void batches_multiply_by_tile_or_by_token(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e30, 1e12, 2);
    llmp_profile *profile = &model.stages[0].profile;
    model.groups[0].dense_weights = 1e6;
    assert_close(step_of(&model, 0, 7), 28e-6, 1e-9);
    profile->tile_tokens = 32;
    profile->batch_compute_ratio = 0.2;
    assert_close(step_of(&model, 0, 7), 128e-6, 1e-9);
    assert_close(step_of(&model, 0, 5), 100e-6, 1e-9);
    assert_close(step_of(&model, 0, 40), 160e-6, 1e-9);
    profile->batch_layer_s = 9e-6;
    assert_close(step_of(&model, 0, 5), 118e-6, 1e-9);
    assert_close(step_of(&model, 0, 1), 20e-6, 1e-9);
    /* an engine that multiplies up to 6 tokens one by one: 6 x 20 us, and 7 a tile; up to 7 140 */
    profile->batch_layer_s = 0;
    profile->vector_tokens = 6;
    assert_close(step_of(&model, 0, 6), 120e-6, 1e-9);
    assert_close(step_of(&model, 0, 7), 128e-6, 1e-9);
    profile->vector_tokens = 7;
    assert_close(step_of(&model, 0, 7), 140e-6, 1e-9);
}

/* 1 layer of 1e6 weights in 70 bytes, 1,300 tokens in ubatches of 512 at 1 GFLOP/s: 2.6 s. With
 * weights prepared at 0.7 % of 1 kB/s before each of three passes: 3 x 70 / 7 = 30 s more. */
static void passes_prepare_weights(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e3, 1e9, 1);
    model.groups[0].dense_weights = 1e6;
    model.groups[0].dense_bytes = 70;
    assert_close(prefill_of(&model, 1300, 0), 2.6, 1e-9);
    model.stages[0].profile.pass_bandwidth_ratio = 0.007;
    assert_close(prefill_of(&model, 1300, 0), 32.6, 1e-9);
}

/* 5 layers of both halves at 40 us, 7 of a mixer alone at half, of which each scans for 3 us more;
 * 3 with latent attention and 11 us more. */
static void layers_cost_by_their_halves(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e30, 1e30, 5);
    llmp_profile *profile = &model.stages[0].profile;
    profile->layer_s = 40e-6;
    profile->linear_layer_s = 3e-6;
    profile->mla_layer_s = 11e-6;
    model.group_count = 3;
    model.stages[0].group_count = 3;
    model.groups[0].work = LLMP_WORK_ATTENTION | LLMP_WORK_FFN;
    model.groups[1] = model.groups[2] = model.groups[0];
    model.groups[1].count = 7;
    model.groups[1].work = LLMP_WORK_RECURRENT | LLMP_WORK_STATE_SPACE;
    model.groups[2].count = 3;
    model.groups[2].work = LLMP_WORK_MLA | LLMP_WORK_MOE;
    assert_close(step_of(&model, 0, 1), 5 * 40e-6 + 7 * 23e-6 + 3 * 51e-6, 1e-9);
}

/* A100, BF16 GEMM 4096 x 4096 x 22016: 3.3655 ms measured (Vidur). */
static void matrix_product(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(2.039e12, 312e12, 1);
    llmp_profile *profile = &model.stages[0].profile;
    profile->weight_bandwidth_ratio = 0.83;
    model.stages[0].compute_ratio = 0.74;
    profile->norm_p = 1.42;
    profile->layer_s = 5.1e-6;
    model.groups[0].dense_weights = 4096.0 * 22016;
    model.groups[0].dense_bytes = 2 * model.groups[0].dense_weights;
    model.ubatch_tokens = 4096;
    assert_close(prefill_of(&model, 4096, 0), 3.3655e-3, 0.15);
}

/* Smooth maximum by hand: reading 8 ms, multiplying 6 ms, unpacking 0: p 2 gives 10 ms; unpacking
 * as slow as reading would give sqrt(64 + 36 + 64). */
static void smooth_maximum(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e12, 5);
    model.stages[0].profile.norm_p = 2;
    model.groups[0].dense_bytes = 8e9 / 5;
    model.groups[0].dense_weights = 3e9 / 5;
    assert_close(step_of(&model, 5731, 1), 10e-3, 1e-12);
    model.stages[0].dequant_weights_per_s = 3e9 / 8e-3;
    assert_close(step_of(&model, 5731, 1), sqrt(164) * 1e-3, 1e-12);
    model.stages[0].profile.norm_p = 0;
    assert_close(step_of(&model, 5731, 1), 8e-3, 1e-12);
}

/* Windows clip what is read, a selection reads its index in full, state does not grow. By hand for
 * batch 7 at 5,731 positions on 1 TB/s: 3 layers of a 1,024 window at 100 B, 2 layers selecting
 * 2,048 at 200 B with an index of 10 B, state of 4,000 B read and written on all five. */
static void windows_selection_state(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e15, 5);
    model.group_count = 2;
    model.stages[0].group_count = 2;
    model.groups[0].count = 3;
    model.groups[0].window_tokens = 1024;
    model.groups[0].kv_bytes_per_position = 100;
    model.groups[0].state_bytes = 4000;
    model.groups[1] = model.groups[0];
    model.groups[1].count = 2;
    model.groups[1].window_tokens = 0;
    model.groups[1].kv_bytes_per_position = 200;
    model.groups[1].index_bytes_per_position = 10;
    model.groups[1].index_topk_tokens = 2048;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 5731, 7, NULL, &result, &error));
    const double bytes = 7 * (3 * (1024 * 100 + 8000.0) + 2 * (2048 * 200 + 5731 * 10 + 8000.0));
    assert_close(result.kv_read_bytes, bytes, 1e-12);
    assert_close(result.step_s, bytes / 1e12, 1e-12);
    assert_int_equal(result.limited_by, LLMP_LIMIT_KV_BANDWIDTH);
}

/* Prefill by hand, everything at rate 1 per unit: 1 layer, 1e6 weights, 700 tokens in ubatches of
 * 512 after 300 positions, window 400, 1 FLOP per pair, 1e9 FLOP/s, bandwidth without bound. */
static void prefill_by_hand(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e30, 1e9, 1);
    model.groups[0].dense_weights = 1e6;
    model.groups[0].attention_flop_per_pair = 1000;
    model.groups[0].window_tokens = 400;
    model.stages[0].head_weights = 5e6;
    model.stages[0].profile.prefill_host_s = 0.25;
    model.stages[0].profile.layer_s = 0.125;
    model.stages[0].profile.sequence_s = 0.5;
    /* token i of 300+1 .. 300+700 attends min(i, 400): 301..400 sum to 35,050, then 600 x 400 */
    const double pairs = 35050 + 600 * 400.0;
    const double flop = 2e6 * 700 + 1000 * pairs + 2 * 5e6;
    llmp_prefill_result result;
    assert_ok(llmp_speed_prefill(&model, 700, 300, 1, NULL, &result, &error));
    assert_close(result.flop, flop, 1e-12);
    assert_close(result.time_s.p50, flop / 1e9 + 2 * (0.25 + 0.125) + 0.5, 1e-12);
    assert_close(result.tokens_per_s.p50 * result.time_s.p50, 700, 1e-12);
    assert_int_equal(result.limited_by, LLMP_LIMIT_COMPUTE);

    /* three prompts share passes: 2,100 tokens are 5 of 512 */
    assert_ok(llmp_speed_prefill(&model, 700, 300, 3, NULL, &result, &error));
    assert_close(result.time_s.p50, 3 * flop / 1e9 + 5 * 0.375 + 3 * 0.5, 1e-12);
}

/* Behind the last cache that is written only the last token matters: an engine that knows takes
 * half the time here, so the ceiling must allow for it. 2 x 2 layers of 1e9 weights, 1,024 tokens.
 */
static void ceiling_skips_layers(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e15, 1e13, 4);
    model.group_count = 2;
    model.stages[0].group_count = 2;
    model.groups[0].count = 2;
    model.groups[0].dense_weights = 1e9;
    model.groups[1] = model.groups[0];
    llmp_prefill_result whole, half;
    assert_ok(llmp_speed_prefill(&model, 1024, 0, 1, NULL, &whole, &error));
    model.groups[1].prompt_may_skip = true;
    assert_ok(llmp_speed_prefill(&model, 1024, 0, 1, NULL, &half, &error));
    assert_close(whole.time_s.ceiling, 8e9 * 1024 / 1e13, 1e-12);
    assert_close(half.time_s.ceiling, 4e9 * 1024 / 1e13, 1e-12);
    assert_close(half.time_s.p50, whole.time_s.p50, 1e-12);
    assert_close(half.flop, whole.flop, 1e-12);
}

/* Chunks read the prefix again: 1,300 tokens in ubatches of 512 after 100 positions read
 * 100 + 612 + 1,124 of it and write 1,300; a window of 600 caps those at 100 + 600 + 600. */
static void prefill_reads(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e9, 1e30, 1);
    model.groups[0].kv_bytes_per_position = 1000;
    assert_close(prefill_of(&model, 1300, 100), 1000 * (1836 + 1300) / 1e9, 1e-12);
    model.groups[0].window_tokens = 600;
    assert_close(prefill_of(&model, 1300, 100), 1000 * (1300 + 1300) / 1e9, 1e-12);
}

/* Qwen3-30B-A3B: 8 x 3 x 2 x 2048 x 768 x 48 = 3.62 GFLOP of experts per token (InferSim). */
static void expert_flop(void **state)
{
    (void)state;
    llmp_speed_model model = qwen3_30b_a3b(1e12, 1e14);
    model.groups[0].dense_weights = 0;
    model.groups[0].attention_flop_per_pair = 0;
    model.stages[0].head_weights = 0;
    llmp_prefill_result result;
    assert_ok(llmp_speed_prefill(&model, 5731, 0, 1, NULL, &result, &error));
    assert_close(result.flop / 5731, 3.62e9, 0.01);
}

/* Interval by hand: sigma 0.1, p90/p50 = e^(1.28155 x 0.1) = 1.13673. */
static void intervals(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e12, 5);
    model.groups[0].dense_bytes = 1e9;
    model.stages[0].profile.weight_bandwidth_ratio = 0.5;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 5731, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p50, 100, 1e-12);
    assert_close(result.tokens_per_s.p90, 113.673, 1e-5);
    assert_close(result.tokens_per_s.p10, 100 / 1.13673, 1e-5);
    assert_close(result.tokens_per_s.ceiling, 200, 1e-12);
    /* beyond 32k positions sigma is 0.15 */
    assert_ok(llmp_speed_decode(&model, 40000, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p90, 100 * exp(1.2815515655446 * 0.15), 1e-9);
    /* an interval that would pass the ceiling is cut there */
    model.stages[0].profile.weight_bandwidth_ratio = 0.98;
    assert_ok(llmp_speed_decode(&model, 5731, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p90, 200, 1e-12);
}

struct sum {
    double parts;
    double step;
    double rate;
    bool ceiling;
};

static void collect(void *user, const llmp_trace_term *term)
{
    struct sum *sum = user;
    size_t length = strlen(term->term);
    assert_true(isfinite(term->value));
    if (strcmp(term->term, "step_s") == 0)
        sum->step = term->value;
    else if (strcmp(term->term, "ceiling_s") == 0)
        sum->ceiling = true;
    else if (strcmp(term->term, "tokens_per_s") == 0)
        sum->rate = term->value;
    else if (strcmp(term->unit, "s") == 0 && length > 2)
        sum->parts += term->value;
}

static void trace_adds_up(void **state)
{
    (void)state;
    llmp_speed_model model = qwen3_30b_a3b(1008e9, 165e12);
    llmp_profile *profile = &model.stages[0].profile;
    profile->weight_bandwidth_ratio = 0.9;
    profile->kv_bandwidth_ratio = 0.4;
    profile->norm_p = 3;
    profile->layer_s = 50e-6;
    profile->moe_layer_s = 30e-6;
    profile->host_s = 100e-6;
    profile->sequence_s = 10e-6;
    model.disk_bytes = 1e7;
    model.disk_read_bytes_per_s = 5e9;
    struct sum sum = {0};
    llmp_trace trace = {collect, &sum};
    llmp_decode_result decode;
    assert_ok(llmp_speed_decode(&model, 5731, 7, &trace, &decode, &error));
    assert_close(sum.parts, decode.step_s, 1e-12);
    assert_close(sum.step, decode.step_s, 0);
    assert_close(sum.rate, 7 / decode.step_s, 1e-12);
    assert_true(sum.ceiling);
    sum = (struct sum){0};
    llmp_prefill_result prefill;
    assert_ok(llmp_speed_prefill(&model, 5731, 77, 1, &trace, &prefill, &error));
    assert_close(sum.parts, prefill.time_s.p50, 1e-12);
    assert_close(sum.rate, 5731 / prefill.time_s.p50, 1e-12);
}

/* 450 W card at 30 W idle, machine 60 W idle, one stream: 0.55 x 450 W while busy. */
static void energy(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e12, 1);
    model.groups[0].dense_bytes = 20e9;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 0, 1, NULL, &result, &error));
    assert_true(isnan(result.energy_j_per_token.p50));
    model.stages[0].tdp_w = 450;
    model.stages[0].idle_w = 30;
    model.host_idle_w = 60;
    assert_ok(llmp_speed_decode(&model, 0, 1, NULL, &result, &error));
    assert_close(result.energy_j_per_token.p50, 0.020 * (0.55 * 450 + 60), 1e-9);

    /* 77 sequences in one pass: 0.55 + 0.055 ln 77 = 0.78891 */
    assert_ok(llmp_speed_decode(&model, 0, 77, NULL, &result, &error));
    assert_close(result.energy_j_per_token.p50 * 77, 0.020 * (0.78891 * 450 + 60), 1e-5);

    /* a second card, idle while the first one works and the other way round: each 10 GB */
    model.stage_count = 2;
    model.group_count = 2;
    model.groups[0].dense_bytes = 10e9;
    model.groups[1] = model.groups[0];
    model.stages[1] = model.stages[0];
    model.stages[1].group_first = 1;
    assert_ok(llmp_speed_decode(&model, 0, 1, NULL, &result, &error));
    assert_close(result.energy_j_per_token.p50, 0.020 * (0.55 * 450 + 30 + 60), 1e-9);
}

static void first_token(void **state)
{
    (void)state;
    llmp_speed_model model = llama_8b(1008e9, 165.2e12, 4.6e9);
    llmp_estimate ttft;
    assert_ok(llmp_speed_ttft(&model, 5731, 77, &ttft, &error));
    assert_close(ttft.p50, prefill_of(&model, 5731, 77) + step_of(&model, 5808, 1), 1e-12);
    assert_true(ttft.ceiling <= ttft.p10 && ttft.p10 <= ttft.p50 && ttft.p50 <= ttft.p90);
}

static void wrong_arguments(void **state)
{
    (void)state;
    llmp_speed_model model = llama_8b(1008e9, 165.2e12, 4.6e9);
    llmp_decode_result decode;
    memset(&decode, 0x5a, sizeof decode);
    llmp_decode_result before = decode;
    assert_int_equal(llmp_speed_decode(&model, 100, 0, NULL, &decode, &error), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_decode(&model, -1, 1, NULL, &decode, &error), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_decode(&model, nan(""), 1, NULL, &decode, NULL), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_decode(&model, 100, 65537, NULL, &decode, NULL), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_decode(NULL, 100, 1, NULL, &decode, &error), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_speed_decode(&model, 100, 1, NULL, NULL, &error), LLMP_E_ARGUMENT);
    llmp_prefill_result prefill;
    assert_int_equal(llmp_speed_prefill(&model, 0, 0, 1, NULL, &prefill, &error), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_prefill(&model, 5e9, 0, 1, NULL, &prefill, &error), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_prefill(&model, 10, 0, 0, NULL, &prefill, &error), LLMP_E_RANGE);
    assert_int_equal(llmp_speed_prefill(&model, 10, -2, 1, NULL, &prefill, &error), LLMP_E_RANGE);
    assert_memory_equal(&before, &decode, sizeof decode);
    for (int i = 0; i < LLMP_LIMIT_COUNT; i++)
        assert_true(strlen(llmp_limit_name((llmp_limit)i)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_of_8b_on_4090),
        cmocka_unit_test(two_points_predict_70b),
        cmocka_unit_test(attention_reads),
        cmocka_unit_test(decode_attention_has_its_own_rate),
        cmocka_unit_test(matrix_product),
        cmocka_unit_test(smooth_maximum),
        cmocka_unit_test(windows_selection_state),
        cmocka_unit_test(prefill_by_hand),
        cmocka_unit_test(prefill_reads),
        cmocka_unit_test(ceiling_skips_layers),
        cmocka_unit_test(expert_flop),
        cmocka_unit_test(intervals),
        cmocka_unit_test(trace_adds_up),
        cmocka_unit_test(energy),
        cmocka_unit_test(first_token),
        cmocka_unit_test(states_and_scans_have_rates_of_their_own),
        cmocka_unit_test(batches_multiply_by_tile_or_by_token),
        cmocka_unit_test(passes_prepare_weights),
        cmocka_unit_test(layers_cost_by_their_halves),
        cmocka_unit_test(wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
