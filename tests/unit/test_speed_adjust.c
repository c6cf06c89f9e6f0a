/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Older builds, drivers, unpacking rates, power limits and the spread by situation. */
#include "t.h"

#include "planner/measured.h"
#include "speed_models.h"

static llmp_error error;

static void an_older_build_is_slower_by_its_age(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(936e9, 71e12, 37);
    llmp_profile *profile = &model.stages[0].profile;
    profile->layer_s = 40e-6;
    profile->weight_bandwidth_ratio = 0.8;
    profile->build_year = 2026.2;
    profile->layer_per_year = 0.25;
    profile->bandwidth_per_year = -0.05;
    profile->attention_compute_ratio = 0.4;
    profile->compute_per_year = -0.1;
    profile->attention_per_year = -0.05;
    llmp_speed_conditions conditions = LLMP_SPEED_CONDITIONS_INIT;
    conditions.build_year = 2024.6; /* 1.6 years */
    assert_ok(llmp_speed_adjust(&model, &conditions, &error));
    assert_close(profile->layer_s, 40e-6 * exp(0.4), 1e-9);
    assert_close(profile->weight_bandwidth_ratio, 0.8 * exp(-0.08), 1e-9);
    assert_close(profile->attention_compute_ratio, 0.4 * exp(-0.16 - 0.08), 1e-9);
    /* a newer one than described changes nothing */
    conditions.build_year = 2027.3;
    assert_ok(llmp_speed_adjust(&model, &conditions, &error));
    assert_close(profile->layer_s, 40e-6 * exp(0.4), 1e-9);
}

static void the_longest_matching_driver_counts(void **state)
{
    (void)state;
    llmp_profile_driver drivers[2] = {{.id = "rocm"}, {.id = "rocm7"}};
    drivers[0].layer_factor = 3;
    drivers[1].layer_factor = 1.5;
    drivers[1].bandwidth_factor = 2;
    llmp_speed_model model = bare_model(640e9, 50e12, 23);
    llmp_profile *profile = &model.stages[0].profile;
    profile->layer_s = 30e-6;
    profile->weight_bandwidth_ratio = 0.7;
    profile->drivers = drivers;
    profile->driver_count = 2;
    llmp_speed_conditions conditions = LLMP_SPEED_CONDITIONS_INIT;
    conditions.driver = "rocm7.1.1";
    assert_ok(llmp_speed_adjust(&model, &conditions, &error));
    assert_close(profile->layer_s, 45e-6, 1e-12);
    assert_close(profile->weight_bandwidth_ratio, 1, 1e-12); /* not above the peak */
}

static void unpacking_follows_the_block(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(400e9, 21e12, 32);
    llmp_speed_stage *stage = &model.stages[0];
    stage->fp32_flop_per_s = 10.4e12;
    stage->weight_bits = 4;
    stage->block_weights = 32;
    stage->profile.unpack_flop_per_weight = 13;
    stage->profile.unpack_k_flop_per_weight = 26;
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    assert_close(stage->dequant_weights_per_s, 8e11, 1e-12);
    stage->block_weights = 256;
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    assert_close(stage->dequant_weights_per_s, 4e11, 1e-12);
    stage->weight_bits = 16;
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    assert_true(stage->dequant_weights_per_s <= 0);
}

/* Three quarters of the layers in one format and a quarter in another, the head in 16 bit: each
 * takes its own time, one after the other. */
static void listed_formats_are_multiplied_one_after_the_other(void **state)
{
    (void)state;
    llmp_format small = {.head = {.id = "q4_x"}, .bits_per_weight = 4.5, .block_weights = 256};
    llmp_format large = {.head = {.id = "q6_x"}, .bits_per_weight = 6.6, .block_weights = 256};
    llmp_format eight = {.head = {.id = "q8_x"}, .bits_per_weight = 8.5, .block_weights = 32};
    llmp_format wide = {.head = {.id = "f16_x"}, .bits_per_weight = 16, .block_weights = 1};
    llmp_profile_format of[2] = {{.format = "q6_x", .compute_factor = 0.5},
                                 {.format = "q4_x", .compute_factor = 0.8}};
    llmp_speed_model model = bare_model(400e9, 20e12, 32);
    llmp_speed_stage *stage = &model.stages[0];
    llmp_profile *profile = &stage->profile;
    stage->attention_flop_per_s = 7e12; /* of 16-bit products */
    stage->quantized_flop_per_s = 20e12;
    stage->fp32_flop_per_s = 5e12;
    stage->weight_bits = 4;
    stage->block_weights = 256;
    profile->compute_4bit_ratio = 0.25;
    profile->compute_8bit_ratio = 0.2;
    profile->compute_16bit_ratio = 0.6;
    profile->unpack_flop_per_weight = 5;
    profile->unpack_k_flop_per_weight = 8;
    model.mixes[LLMP_PART_DENSE] =
        (llmp_format_mix){.count = 2, .formats = {&small, &large}, .weights = {3e9, 1e9}};
    model.mixes[LLMP_PART_EXPERTS] =
        (llmp_format_mix){.count = 1, .formats = {&eight}, .weights = {7e9}};
    model.mixes[LLMP_PART_HEAD] =
        (llmp_format_mix){.count = 1, .formats = {&wide}, .weights = {5e8}};
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    assert_true(stage->products[LLMP_PART_DENSE].compute_ratio <= 0); /* nothing is listed */
    assert_close(stage->compute_ratio, 0.25, 1e-12);
    profile->formats = of;
    profile->format_count = 2;
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    /* 0.75/(0.25 x 0.8) + 0.25/(0.25 x 0.5) = 3.75 + 2 */
    assert_close(stage->products[LLMP_PART_DENSE].compute_ratio, 1 / 5.75, 1e-12);
    /* 8 FLOP a weight of either */
    assert_close(stage->products[LLMP_PART_DENSE].dequant_weights_per_s, 5e12 / 8, 1e-12);
    assert_close(stage->products[LLMP_PART_EXPERTS].compute_ratio, 0.2, 1e-12);
    assert_close(stage->products[LLMP_PART_EXPERTS].dequant_weights_per_s, 1e12, 1e-12);
    /* 0.6 of 7 TFLOP/s, as a share of 20; nothing to unpack */
    assert_close(stage->products[LLMP_PART_HEAD].compute_ratio, 0.6 * 7 / 20, 1e-12);
    assert_true(stage->products[LLMP_PART_HEAD].dequant_weights_per_s <= 0);
}

/* 1,731 tokens and nothing but arithmetic: half of a prompt's products twice as slow. */
static void a_slow_format_slows_its_share_of_a_prompt(void **state)
{
    (void)state;
    llmp_format a = {.head = {.id = "a"}, .bits_per_weight = 4.5, .block_weights = 32};
    llmp_format b = {.head = {.id = "b"}, .bits_per_weight = 4.5, .block_weights = 32};
    llmp_profile_format of = {.format = "b", .compute_factor = 0.5};
    llmp_speed_model model = bare_model(1e18, 20e12, 24);
    model.stages[0].quantized_flop_per_s = 20e12;
    model.stages[0].weight_bits = 4;
    model.stages[0].profile.compute_4bit_ratio = 0.3;
    model.groups[0].dense_weights = 43e6;
    model.mixes[LLMP_PART_DENSE] =
        (llmp_format_mix){.count = 2, .formats = {&a, &b}, .weights = {11e6, 11e6}};
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    const double plain = prefill_of(&model, 1731, 0);
    assert_close(plain, 2 * 24 * 43e6 * 1731 / (0.3 * 20e12), 1e-6);
    model.stages[0].profile.formats = &of;
    model.stages[0].profile.format_count = 1;
    assert_ok(llmp_speed_adjust(&model, NULL, &error));
    assert_close(prefill_of(&model, 1731, 0), 1.5 * plain, 1e-6);
}

/* 23 layers of 14 heads, 5,731 positions, 3 sequences: each pair costs 4 x 128 FLOP of products and
 * 170 besides. */
static void a_pair_costs_more_than_its_products(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(1e18, 2e12, 23);
    llmp_speed_group *group = &model.groups[0];
    group->attention_head_count = 14;
    group->attention_flop_per_pair = 14 * 4 * 128;
    model.stages[0].profile.attention_decode_ratio = 0.04;
    const double pairs = 23.0 * 14 * 5731 * 3;
    assert_close(step_of(&model, 5731, 3), pairs * 512 / 8e10, 1e-6);
    model.stages[0].profile.attention_pair_flop = 170;
    assert_close(step_of(&model, 5731, 3), pairs * 682 / 8e10, 1e-6);
}

/* 17 layers at 600 positions and 5 that see 256 of them: only the former are divided, and only for
 * one sequence. */
static void a_divided_cache_costs_its_layers(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(50e9, 2e12, 17);
    model.group_count = model.stages[0].group_count = 2;
    model.groups[0].attention_flop_per_pair = 14 * 4 * 80;
    model.groups[1] = model.groups[0];
    model.groups[1].count = 5;
    model.groups[1].window_tokens = 256;
    const double one = step_of(&model, 600, 1), three = step_of(&model, 600, 3);
    const double shallow = step_of(&model, 511, 1);
    model.stages[0].profile.cache_split_s = 55e-6;
    model.stages[0].profile.cache_split_tokens = 512;
    assert_close(step_of(&model, 600, 1) - one, 17 * 55e-6, 1e-9);
    assert_close(step_of(&model, 600, 3), three, 1e-12);
    assert_close(step_of(&model, 511, 1), shallow, 1e-12);
}

/* Without flash attention reading and arithmetic of the cache are faster by the factor; recurrent
 * states are not part of it. */
static void attention_may_be_unfused(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(50e9, 2e12, 17);
    model.groups[0].kv_bytes_per_position = 1920;
    model.groups[0].attention_flop_per_pair = 14 * 4 * 80;
    model.groups[0].state_bytes = 3e5;
    llmp_profile *profile = &model.stages[0].profile;
    profile->kv_bandwidth_ratio = profile->state_bandwidth_ratio = 0.1;
    profile->attention_decode_ratio = 0.01;
    profile->attention_unfused_factor = 3.5;
    const double states = 17 * 2 * 3e5 / 5e9;
    const double rest = step_of(&model, 5731, 1) - states;
    assert_close(rest, 17 * 5731 * (1920 / 5e9 + 14 * 4 * 80 / 2e10), 1e-9);
    model.unfused_attention = true;
    assert_close(step_of(&model, 5731, 1) - states, rest / 3.5, 1e-9);
}

/* Keys of 80 elements in FP16: of 160 bytes 128 come with the first line, 32 are waited for. */
static void long_rows_are_waited_for(void **state)
{
    (void)state;
    llmp_speed_model model = bare_model(50e9, 1e18, 17);
    llmp_speed_group *group = &model.groups[0];
    group->kv_bytes_per_position = 2 * 6 * 160;
    group->kv_row_bytes = 160;
    model.stages[0].profile.kv_bandwidth_ratio = 0.1;
    const double read_s = 17 * 1920. * 5731 / 50e9;
    assert_close(step_of(&model, 5731, 1), 10 * read_s, 1e-6);
    model.stages[0].profile.kv_free_row_bytes = 128;
    assert_close(step_of(&model, 5731, 1), 0.2 * 10 * read_s, 1e-6);
    group->kv_row_bytes = 96; /* none is waited for, yet all is read: the ceiling */
    assert_close(step_of(&model, 5731, 1), read_s, 1e-6);
}

static void batches_and_depth_widen_as_the_profile_says(void **state)
{
    (void)state;
    llmp_speed_model model = llama_8b(1008e9, 165.2e12, 4.2e9);
    model.sigma_decode = 0.1;
    model.stages[0].profile.sigma_batch_factor = 2;
    model.stages[0].profile.sigma_deep_factor = 1.5;
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&model, 731, 1, NULL, &result, &error));
    const double plain = log(result.tokens_per_s.p50 / result.tokens_per_s.p10);
    assert_ok(llmp_speed_decode(&model, 731, 7, NULL, &result, &error));
    /* 2^(log2(7)/4) */
    assert_close(log(result.tokens_per_s.p50 / result.tokens_per_s.p10), 1.6265765617 * plain,
                 1e-9);
    assert_ok(llmp_speed_decode(&model, 9731, 7, NULL, &result, &error));
    assert_close(log(result.tokens_per_s.p50 / result.tokens_per_s.p10), 2.4398648425 * plain,
                 1e-9);
}

/* Attention's share of a step is what the step takes more than without cached positions. */
static void attention_widens_by_its_share(void **state)
{
    (void)state;
    llmp_speed_model model = llama_8b(1008e9, 165.2e12, 4.2e9);
    model.sigma_decode = 0.1;
    model.stages[0].profile.sigma_attention_factor = 6;
    llmp_decode_result none, some;
    assert_ok(llmp_speed_decode(&model, 0, 1, NULL, &none, &error));
    assert_ok(llmp_speed_decode(&model, 5731, 1, NULL, &some, &error));
    double share = 1 - none.step_s / some.step_s;
    assert_true(share > 0.02 && share < 0.9);
    assert_close(log(none.tokens_per_s.p50 / none.tokens_per_s.p10), 1.2815515655 * 0.1, 1e-9);
    assert_close(log(some.tokens_per_s.p50 / some.tokens_per_s.p10),
                 1.2815515655 * 0.1 * pow(6, share), 1e-9);
}

static void versions_tell_the_year(void **state)
{
    (void)state;
    assert_close(llmp__build_year("b7941 (2026-02-05)"), 2026 + 1.5 / 12, 1e-9);
    assert_close(llmp__build_year("build 8e672ef (Nov 2023)"), 2023 + 10.5 / 12, 1e-9);
    assert_close(llmp__build_year("09-01-2026"), 2026 + 0.5 / 12, 1e-9);
    assert_true(fabs(llmp__build_year("b6097") - 2025.57) < 0.1);
    assert_true(llmp__build_year("9c35706") <= 0);
    assert_true(llmp__build_year(NULL) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_build_is_slower_by_its_age),
        cmocka_unit_test(the_longest_matching_driver_counts),
        cmocka_unit_test(unpacking_follows_the_block),
        cmocka_unit_test(listed_formats_are_multiplied_one_after_the_other),
        cmocka_unit_test(a_slow_format_slows_its_share_of_a_prompt),
        cmocka_unit_test(a_pair_costs_more_than_its_products),
        cmocka_unit_test(long_rows_are_waited_for),
        cmocka_unit_test(attention_may_be_unfused),
        cmocka_unit_test(a_divided_cache_costs_its_layers),
        cmocka_unit_test(batches_and_depth_widen_as_the_profile_says),
        cmocka_unit_test(attention_widens_by_its_share),
        cmocka_unit_test(versions_tell_the_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
