/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experts, several devices, the host, the disk, speculation. */
#include "t.h"

#include <llmplan/speed.h>

#include "speed_models.h"

static llmp_error error;

/* Sum over experts one by one, with the scale found by bisection. */
static double brute_force(unsigned experts, double per_token, double tokens, double skew)
{
    double low = 0, high = 1e9;
    for (int i = 0; i < 200; i++) {
        double scale = 0.5 * (low + high), sum = 0;
        for (unsigned e = 1; e <= experts; e++)
            sum += fmin(1, scale * pow(e, -skew));
        if (sum < per_token)
            low = scale;
        else
            high = scale;
    }
    double sum = 0;
    for (unsigned e = 1; e <= experts; e++)
        sum += 1 - pow(1 - fmin(1, low * pow(e, -skew)), tokens);
    return sum;
}

static void distinct_experts(void **state)
{
    (void)state;
    /* uniform: 128 (1 - (1 - 8/128)^32) = 111.77 */
    assert_close(llmp_speed_distinct_experts(128, 8, 32, 0), 111.77, 1e-4);
    assert_close(llmp_speed_distinct_experts(8, 2, 1, 0.7), 2, 1e-12);
    assert_close(llmp_speed_distinct_experts(60, 4, 1e9, 1.1), 60, 1e-9);
    assert_close(llmp_speed_distinct_experts(8, 8, 3, 1.1), 8, 1e-12);
    assert_true(llmp_speed_distinct_experts(0, 0, 3, 1.1) <= 0);
    const unsigned experts[] = {8, 16, 60, 64, 128, 160, 256, 512};
    const double per_token[] = {1, 2, 4, 8, 10};
    const double skews[] = {0.2, 0.7, 1.0, 1.1, 1.2};
    const double tokens[] = {2, 3, 7, 31, 128, 511, 5731};
    for (int e = 0; e < 8; e++)
        for (int k = 0; k < 5; k++)
            for (int s = 0; s < 5; s++)
                for (int t = 0; t < 7; t++) {
                    if (2 * per_token[k] > experts[e])
                        continue;
                    assert_close(
                        llmp_speed_distinct_experts(experts[e], per_token[k], tokens[t], skews[s]),
                        brute_force(experts[e], per_token[k], tokens[t], skews[s]), 0.01);
                }
}

/* Qwen3-30B-A3B, 7 sequences, uniform routing, 1 TB/s, arithmetic without bound. By hand:
 * D = 128 (1 - (120/128)^7) = 46.528; per layer 8 uses x 7 = 56 one by one, so grouped is cheaper.
 */
static void expert_reads(void **state)
{
    (void)state;
    llmp_speed_model model = qwen3_30b_a3b(1e12, 1e30);
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 0, 7, NULL, &result, &error));
    const double distinct = 128 * (1 - pow(120.0 / 128, 7));
    const double expert = 0.5625 * 3 * 2048 * 768;
    const double dense = 0.5625 * 2048 * 9216 + 4 * 2048 * 128;
    const double head = 0.5625 * 2048 * 151936;
    assert_close(result.distinct_experts_count, 46.528, 1e-3);
    assert_close(result.weights_read_bytes, 48 * (distinct * expert + dense) + head, 1e-12);
    assert_close(result.step_s, result.weights_read_bytes / 1e12, 1e-9);
    /* the ceiling assumes that all seven agree on eight experts */
    assert_close(result.tokens_per_s.ceiling, 7 * 1e12 / (48 * (8 * expert + dense) + head), 1e-9);
}

/* Two tokens per expert against a half of 60: grouped products run at 2/62 of the rate, one by one
 * at the full rate but reading each expert twice. */
static void grouped_or_one_by_one(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e12, 1);
    llmp_speed_group *group = &model.groups[0];
    group->experts = 4;
    group->experts_per_token = 4;
    group->expert_weights = 1e9;
    group->expert_bytes = 1e8;
    model.stages[0].profile.moe_half_tokens = 60;
    model.stages[0].profile.moe_compute_ratio = 0.5;
    /* one by one: 2 x 1e9 x 8 / 1e12 = 16 ms of arithmetic; grouped would take 16 x 2 x 31 */
    assert_close(step_of(&model, 0, 2), 16e-3, 1e-12);
    /* 1,200 tokens: 9.6 s one by one by arithmetic but 0.48 s of reads; grouped pays 2 x 1260/1200
     */
    assert_close(step_of(&model, 0, 1200), 9.6, 1e-12);
    group->expert_bytes = 1e10; /* now reading 1,200 times costs 48 s */
    assert_close(step_of(&model, 0, 1200), 9.6 * 2 * 1260 / 1200, 1e-12);
    /* 5 tokens, 20 uses, 40 ms of arithmetic: one by one reads 20 x 10 GB in 0.2 s. Grouped would
     * take 0.04 / 0.5 / (5/65), but for tiles of eight: x 8, 0.64 s */
    assert_close(step_of(&model, 0, 5), 0.2, 1e-12);
    model.stages[0].bandwidth_bytes_per_s = 1e13; /* reading takes 20 ms: arithmetic bounds */
    assert_close(step_of(&model, 0, 5), 40e-3, 1e-12);
    group->expert_bytes = 1e12; /* once 0.4 s, five times 2 s */
    assert_close(step_of(&model, 0, 5), 0.64, 1e-12);
    /* an engine that groups from six tokens on reads five times; one that groups from five, once */
    model.stages[0].profile.expert_vector_tokens = 5;
    assert_close(step_of(&model, 0, 5), 2, 1e-12);
    model.stages[0].profile.expert_vector_tokens = 4;
    assert_close(step_of(&model, 0, 5), 0.64, 1e-12);
}

/* 8 H100: an all-reduce of 20 kB measures 32 us (Vidur), alpha 29 us and 339 GB/s fitted. */
static void all_reduce(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e30, 1e30, 80);
    model.stages[0].devices = 8;
    model.hidden_bytes = 20e3;
    model.allreduce_latency_s = 29e-6;
    model.allreduce_bandwidth_bytes_per_s = 339e9;
    assert_close(step_of(&model, 0, 1) / 160, 32e-6, 0.30);
    /* 160 messages per token of 300 us over TCP: 48 ms; 3 us over RDMA: 0.48 ms */
    model.allreduce_bandwidth_bytes_per_s = 1e30;
    model.allreduce_latency_s = 300e-6;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 0, 1, NULL, &result, &error));
    assert_close(result.parts.communication_s, 48e-3, 1e-9);
    assert_int_equal(result.limited_by, LLMP_LIMIT_COMMUNICATION);
    model.allreduce_latency_s = 3e-6;
    assert_close(step_of(&model, 0, 1), 0.48e-3, 1e-9);
    /* a layer of one part only reduces once */
    model.groups[0].work = LLMP_WORK_RECURRENT;
    assert_close(step_of(&model, 0, 1), 0.24e-3, 1e-9);
    /* 7 tokens of 20 kB, 2 x 7/8 of them at a quarter of 1 GB/s: 980 us besides the latency */
    model.allreduce_bandwidth_bytes_per_s = 1e9;
    model.stages[0].profile.allreduce_bandwidth_factor = 0.25;
    assert_close(step_of(&model, 0, 7), 80 * (3e-6 + 980e-6), 1e-9);
}

/* MLA's latent lies on every device: four devices read weights four times as fast, and it not. */
static void shared_latent(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e30, 10);
    model.stages[0].devices = 4;
    model.allreduce_bandwidth_bytes_per_s = 1e30;
    model.groups[0].dense_bytes = 4e8;
    model.groups[0].kv_bytes_per_position = 1000;
    assert_close(step_of(&model, 5731, 7), (10 * 4e8 + 7 * 57310e3) / 4e12, 1e-9);
    model.groups[0].kv_shards = 1;
    assert_close(step_of(&model, 5731, 7), 10 * 4e8 / 4e12 + 7 * 57310e3 / 1e12, 1e-9);
}

/* Two cards of a split: their times add for one stream, and overlap over the ubatches of a prompt.
 */
static void layer_split(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e12, 4);
    model.stage_count = 2;
    model.group_count = 2;
    model.groups[0].count = 2;
    model.groups[0].dense_bytes = 5e9;
    model.groups[0].dense_weights = 1e9;
    model.groups[1] = model.groups[0];
    model.stages[1] = model.stages[0];
    model.stages[1].group_first = 1;
    model.hidden_bytes = 1e6;
    model.stage_link_latency_s = 1e-3;
    model.stage_link_bandwidth_bytes_per_s = 1e9;
    assert_close(step_of(&model, 0, 1), 20e-3 + 2e-3, 1e-12);
    /* eight ubatches of 100 tokens take 0.4 s on each card: 9 of 16 stage times */
    model.ubatch_tokens = 100;
    model.stage_link_latency_s = 0;
    model.hidden_bytes = 0;
    assert_close(prefill_of(&model, 800, 0), 9 * 0.4, 1e-12);
}

/* Experts of 36 of 48 layers on the host, 102 GB/s measured: 36.7 tokens/s on an RTX 2080 of 448
 * GB/s (llmfit). */
static void experts_on_host(void **state)
{
    (void)state;
    llmp_speed_model model = qwen3_30b_a3b(448e9, 80e12);
    model.group_count = 2;
    model.stages[0].group_count = 2;
    model.groups[0].count = 12;
    model.groups[1] = model.groups[0];
    model.groups[1].count = 36;
    model.groups[1].experts_on_host = true;
    llmp_profile *profile = &model.stages[0].profile;
    profile->weight_bandwidth_ratio = 0.88;
    profile->layer_s = 50e-6;
    profile->moe_layer_s = 30e-6;
    profile->norm_p = 3;
    model.host_bandwidth_bytes_per_s = 102e9;
    model.host_profile = *profile;
    model.host_profile.weight_bandwidth_ratio = 0.87;
    model.host_profile.expert_bandwidth_factor = 0.5 / 0.87;
    model.host_link_latency_s = 15e-6;
    model.host_link_bandwidth_bytes_per_s = 12e9;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 512, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p50, 36.7, 0.40);
    /* 36 x 8 x 2.654 MB at half of 102 GB/s, and 36 x 2 copies of 15 us and 8 kB */
    assert_close(result.parts.host_s,
                 36 * 8 * 0.5625 * 3 * 2048 * 768 / 51e9 + 72 * (15e-6 + 8192 / 12e9), 1e-9);
    assert_int_equal(result.limited_by, LLMP_LIMIT_HOST_BANDWIDTH);

    /* a prompt goes by whichever is faster: a slow host has the weights streamed to the card */
    model.host_compute_ratio = 1;
    model.host_flop_per_s = 1e15;
    double fast = prefill_of(&model, 5731, 0);
    model.host_flop_per_s = 1e9;
    double streamed = prefill_of(&model, 5731, 0);
    model.host_link_bandwidth_bytes_per_s = 1e3;
    assert_true(fast < streamed);
    assert_true(streamed < prefill_of(&model, 5731, 0) / 100);
}

static void host_layers_and_disk(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e13, 4);
    model.stage_count = 2;
    model.group_count = 2;
    model.groups[0].count = 3;
    model.groups[0].dense_bytes = 1e9;
    model.groups[0].dense_weights = 2e9;
    model.groups[1] = model.groups[0];
    model.groups[1].count = 1;
    model.stages[1] = model.stages[0];
    model.stages[1].group_first = 1;
    model.stages[1].is_host = true;
    model.stages[1].bandwidth_bytes_per_s = 50e9;
    model.stages[1].compute_flop_per_s = 1e11;
    model.host_link_bandwidth_bytes_per_s = 25e9;
    /* 3 ms on the card; the host reads 1 GB in 20 ms and multiplies 4 GFLOP in 40 ms */
    assert_close(step_of(&model, 0, 1), 3e-3 + 40e-3, 1e-9);
    /* 512 tokens of prompt: 2.05 TFLOP would take the host 20 s; sent to the card 40 ms + 0.2 s */
    assert_close(prefill_of(&model, 512, 0), 4 * 512 * 4e9 / 1e13 + 1e9 / 25e9, 1e-9);
    model.disk_bytes = 5e9;
    model.disk_read_bytes_per_s = 2e9;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 0, 1, NULL, &result, &error));
    assert_close(result.step_s, 43e-3 + 2.5, 1e-9);
    assert_int_equal(result.limited_by, LLMP_LIMIT_DISK);
}

/* DeepSeek MTP: one drafted token accepted with 0.85 gives 1.85 tokens per pass. */
static void speculation(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e12, 1e30, 10);
    model.groups[0].dense_bytes = 1e9;
    model.stages[0].profile.weight_bandwidth_ratio = 0.5;
    llmp_speculation how = {sizeof how, NULL, 1, 0.85, 0.05};
    llmp_decode_result result;
    assert_ok(llmp_speed_speculative(&model, &how, 5731, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p50 * result.step_s, 1.85, 1e-12);
    /* a pass is 20 ms, the draft 1 ms; accepting everything at full bandwidth gives 2 in 10.5 ms */
    assert_close(result.step_s, 21e-3, 1e-9);
    assert_close(result.tokens_per_s.ceiling, 2 / 10.5e-3, 1e-9);

    /* gamma 3, acceptance 0.6: (1 - 0.6^4)/0.4 = 2.176; a draft of a tenth of the bytes */
    llmp_speed_model draft = model;
    draft.groups[0].dense_bytes = 1e8;
    how = (llmp_speculation){sizeof how, &draft, 3, 0.6, 0};
    assert_ok(llmp_speed_speculative(&model, &how, 5731, 1, NULL, &result, &error));
    assert_close(result.tokens_per_s.p50, 2.176 / (3 * 2e-3 + 20e-3), 1e-9);

    /* experts: verifying touches more of them, so the gain is smaller */
    llmp_speed_model moe = qwen3_30b_a3b(1e12, 1e30);
    how = (llmp_speculation){sizeof how, NULL, 3, 0.8, 0.02};
    assert_ok(llmp_speed_speculative(&moe, &how, 5731, 1, NULL, &result, &error));
    double dense_gain = 2.952 / (1 + 3 * 0.02);
    assert_true(result.tokens_per_s.p50 * step_of(&moe, 5731, 1) < 0.8 * dense_gain);

    how.acceptance_ratio = 1;
    assert_int_equal(llmp_speed_speculative(&moe, &how, 5731, 1, NULL, &result, &error),
                     LLMP_E_RANGE);
    how = (llmp_speculation){sizeof how, NULL, 0, 0.5, 0.1};
    assert_int_equal(llmp_speed_speculative(&moe, &how, 5731, 1, NULL, &result, &error),
                     LLMP_E_RANGE);
    how = (llmp_speculation){sizeof how, NULL, 2, 0.5, 0};
    assert_int_equal(llmp_speed_speculative(&moe, &how, 5731, 1, NULL, &result, &error),
                     LLMP_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distinct_experts),      cmocka_unit_test(expert_reads),
        cmocka_unit_test(grouped_or_one_by_one), cmocka_unit_test(all_reduce),
        cmocka_unit_test(shared_latent),         cmocka_unit_test(layer_split),
        cmocka_unit_test(experts_on_host),       cmocka_unit_test(host_layers_and_disk),
        cmocka_unit_test(speculation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
