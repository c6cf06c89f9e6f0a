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
        cmocka_unit_test(batches_and_depth_widen_as_the_profile_says),
        cmocka_unit_test(attention_widens_by_its_share),
        cmocka_unit_test(versions_tell_the_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
