/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Posteriors against arithmetic done by hand, and published pairs of runs. */
#include "t.h"

#include <llmplan/calibrate.h>
#include <llmplan/speed.h>

#include "speed_models.h"

static llmp_error error;

/* A model whose every step is its layers' overhead: 1 / (layers x t), linear in ln t. */
static llmp_speed_model overhead_model(uint32_t layers)
{
    llmp_speed_model model = bare_model(1e30, 1e30, layers);
    model.groups[0].dense_bytes = 1;
    model.groups[0].dense_weights = 1;
    model.stages[0].profile.weight_bandwidth_ratio = 0.5;
    model.stages[0].profile.layer_s = 100e-6;
    return model;
}

static void only_layers(llmp_calibration_value prior[LLMP_CALIBRATE_COUNT], double spread)
{
    memset(prior, 0, LLMP_CALIBRATE_COUNT * sizeof *prior);
    prior[LLMP_CALIBRATE_LAYER] = (llmp_calibration_value){100e-6, spread};
}

static llmp_calibration_sample decode_sample(const llmp_speed_model *model, double tokens_per_s)
{
    llmp_calibration_sample sample = LLMP_CALIBRATION_SAMPLE_INIT;
    sample.model = model;
    sample.tokens_per_s = tokens_per_s;
    return sample;
}

/*
 * One parameter on a log scale with prior 100 us x/: e^0.5 and two samples that say 80 us, each
 * good to 0.06: precision 2/0.06^2 + 1/0.5^2 = 559.56, mean ln 0.8 x 555.56/559.56 = -0.221548,
 * hence 80.128 us, spread 1/sqrt(559.56) = 0.042274. (Residuals of 0.03 spreads: the robust loss is
 * the square.)
 */
static void posterior_by_hand(void **state)
{
    (void)state;
    llmp_speed_model model = overhead_model(23), other = overhead_model(31);
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration out;
    llmp_calibration_fit fits[2];
    only_layers(prior, 0.5);
    llmp_calibration_sample samples[] = {decode_sample(&model, 1 / (23 * 80e-6)),
                                         decode_sample(&other, 1 / (31 * 80e-6))};
    assert_ok(llmp_calibrate(prior, samples, 2, NULL, &out, fits, &error));
    assert_close(out.posterior[LLMP_CALIBRATE_LAYER].value, 80.1284e-6, 1e-4);
    assert_close(out.posterior[LLMP_CALIBRATE_LAYER].spread_ratio, 0.042274, 1e-3);
    assert_true(out.informed[LLMP_CALIBRATE_LAYER]);
    assert_int_equal(out.used, 2);
    assert_close(fits[0].prior_tokens_per_s, 1 / (23 * 100e-6), 1e-9);
    assert_close(fits[1].posterior_tokens_per_s, 1 / (31 * 80.1284e-6), 1e-4);
    /* residuals next to nothing: sqrt(4 x 0.06^2 / 6 + 0.042274^2) */
    assert_close(out.sigma_decode, sqrt(4 * 0.0036 / 6 + 0.042274 * 0.042274), 0.01);
}

/* A fifth sample that says ten times as long moves the soft-L1 answer little: it pulls with at most
 * the force of a residual of two spreads. Four say 80 us: the shift is below 2/4 of 0.06. */
static void one_outlier_does_not_decide(void **state)
{
    (void)state;
    llmp_speed_model model = overhead_model(23);
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration out;
    llmp_calibration_fit fits[5];
    llmp_calibration_sample samples[5];
    only_layers(prior, 0.5);
    for (int i = 0; i < 5; i++)
        samples[i] = decode_sample(&model, 1 / (23 * (i == 2 ? 800e-6 : 80e-6)));
    assert_ok(llmp_calibrate(prior, samples, 5, NULL, &out, fits, &error));
    assert_true(out.posterior[LLMP_CALIBRATE_LAYER].value > 80e-6);
    assert_true(out.posterior[LLMP_CALIBRATE_LAYER].value < 80e-6 * exp(0.5 * 0.06 + 0.01));
}

static void no_samples_give_the_prior(void **state)
{
    (void)state;
    llmp_profile profile = {.weight_bandwidth_ratio = 0.719,
                            .kv_bandwidth_ratio = 0.2057,
                            .layer_s = 51.72e-6,
                            .compute_16bit_ratio = 0.4383,
                            .batch_compute_ratio = 0.5,
                            .sigma_decode = 0.4712,
                            .sigma_prefill = 0.7101};
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration out;
    assert_ok(llmp_calibration_prior(&profile, prior, &error));
    /* as uncertain as the class is wide */
    assert_close(prior[LLMP_CALIBRATE_WEIGHT_BANDWIDTH].spread_ratio, 0.4712, 1e-12);
    assert_close(prior[LLMP_CALIBRATE_COMPUTE_16BIT].spread_ratio, 0.7101, 1e-12);
    assert_true(prior[LLMP_CALIBRATE_MOE_LAYER].spread_ratio <= 0); /* the profile has none */
    assert_ok(llmp_calibrate(prior, NULL, 0, NULL, &out, NULL, &error));
    assert_memory_equal(out.posterior, prior, sizeof prior);
    assert_int_equal(out.used, 0);
    assert_true(out.sigma_decode <= 0);
    llmp_profile same = profile;
    llmp_calibration_apply(out.posterior, &same);
    assert_memory_equal(&same, &profile, sizeof same);
}

/* What samples do not depend on keeps the prior, value and width. */
static void what_samples_do_not_show_stays(void **state)
{
    (void)state;
    llmp_speed_model model = overhead_model(23);
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration out;
    llmp_calibration_fit fits[1];
    only_layers(prior, 0.5);
    prior[LLMP_CALIBRATE_COMPUTE_8BIT] = (llmp_calibration_value){0.3, 0.5};
    prior[LLMP_CALIBRATE_COMPUTE_4BIT] = (llmp_calibration_value){0.2, 0.5};
    prior[LLMP_CALIBRATE_MOE_LAYER] = (llmp_calibration_value){30e-6, 0.7};
    llmp_calibration_sample sample = decode_sample(&model, 1 / (23 * 70e-6));
    assert_ok(llmp_calibrate(prior, &sample, 1, NULL, &out, fits, &error));
    assert_close(out.posterior[LLMP_CALIBRATE_MOE_LAYER].value, 30e-6, 1e-9);
    assert_close(out.posterior[LLMP_CALIBRATE_MOE_LAYER].spread_ratio, 0.7, 1e-6);
    assert_close(out.posterior[LLMP_CALIBRATE_COMPUTE_8BIT].value, 0.3, 1e-9);
    assert_close(out.posterior[LLMP_CALIBRATE_COMPUTE_8BIT].spread_ratio, 0.5, 1e-6);
    assert_false(out.informed[LLMP_CALIBRATE_COMPUTE_8BIT]);
    assert_close(out.sigma_decode > 0 ? 1 : 0, 1, 1e-12);
    assert_true(out.sigma_prefill <= 0);
}

static void unstable_and_impossible_samples_are_set_aside(void **state)
{
    (void)state;
    llmp_speed_model model = overhead_model(23);
    llmp_speed_model bound = bare_model(1e9, 1e12, 1);
    bound.groups[0].dense_bytes = 1e9;
    bound.groups[0].dense_weights = 1e8;
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration out;
    llmp_calibration_fit fits[3];
    only_layers(prior, 0.5);
    llmp_calibration_sample samples[] = {decode_sample(&model, 1 / (23 * 80e-6)),
                                         decode_sample(&model, 1 / (23 * 20e-6)),
                                         decode_sample(&bound, 1.7)};
    samples[1].spread_ratio = 0.31; /* of its repetitions */
    assert_ok(llmp_calibrate(prior, samples, 3, NULL, &out, fits, &error));
    assert_int_equal(out.used, 1);
    assert_int_equal(out.rejected, 2);
    assert_true(fits[0].used && !fits[1].used && !fits[2].used);
    assert_non_null(strstr(fits[1].reason, "31 %"));
    assert_non_null(strstr(fits[2].reason, "peaks"));
    assert_close(out.posterior[LLMP_CALIBRATE_LAYER].value, 80.3e-6, 0.01);
}

static void left_out_models_are_predicted_from_the_others(void **state)
{
    (void)state;
    llmp_speed_model model = overhead_model(23), other = overhead_model(31);
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration_options options = LLMP_CALIBRATION_OPTIONS_INIT;
    llmp_calibration out;
    llmp_calibration_fit fits[2];
    only_layers(prior, 0.5);
    options.leave_out = true;
    llmp_calibration_sample samples[] = {decode_sample(&model, 1 / (23 * 80e-6)),
                                         decode_sample(&other, 1 / (31 * 90e-6))};
    assert_ok(llmp_calibrate(prior, samples, 2, &options, &out, fits, &error));
    /* one sample: ln t = ln 0.8 x 277.78/281.78, from 100 us; then ln 0.9 likewise */
    assert_close(fits[1].left_out_tokens_per_s, 1 / (31 * 100e-6 * exp(-0.223144 * 0.985804)),
                 1e-4);
    assert_close(fits[0].left_out_tokens_per_s, 1 / (23 * 100e-6 * exp(-0.105361 * 0.985804)),
                 1e-4);
}

static void bad_samples_are_refused(void **state)
{
    (void)state;
    llmp_speed_model model = overhead_model(23);
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT];
    llmp_calibration out;
    llmp_calibration_fit fits[1];
    only_layers(prior, 0.5);
    llmp_calibration_sample sample = decode_sample(&model, 0);
    assert_int_equal(llmp_calibrate(prior, &sample, 1, NULL, &out, fits, &error), LLMP_E_RANGE);
    sample = decode_sample(&model, 17);
    sample.batch = 0;
    assert_int_equal(llmp_calibrate(prior, &sample, 1, NULL, &out, fits, &error), LLMP_E_RANGE);
    sample = decode_sample(NULL, 17);
    assert_int_equal(llmp_calibrate(prior, &sample, 1, NULL, &out, fits, &error), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_calibrate(NULL, NULL, 0, NULL, &out, NULL, &error), LLMP_E_ARGUMENT);
}

/* A parameter is the engine's share of the measured rate over the stated one: half the rate, half
 * the ratio; twice the stated peak, half the ratio. */
static void kernels_narrow_the_prior(void **state)
{
    (void)state;
    llmp_device device = {.head = {.id = "d", .name = "D"},
                          .memory_bandwidth_bytes_per_s = 60e9,
                          .fp32_flop_per_s = 280e9,
                          .int8_op_per_s = 1100e9};
    llmp_calibration_kernels kernels = {.struct_size = sizeof kernels,
                                        .threads = 2,
                                        .read_bytes_per_s = 48.6e9,
                                        .fp32_op_per_s = 189e9,
                                        .int8_op_per_s = 733e9,
                                        .barrier_s = 3e-7,
                                        .spread_ratio = 0.05};
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT] = {{0.719, 0.47}};
    assert_ok(llmp_calibration_narrow(&kernels, &device, prior, &error));
    const llmp_calibration_value *weights = &prior[LLMP_CALIBRATE_WEIGHT_BANDWIDTH];
    assert_true(weights->value > 0.4 * 48.6 / 60 && weights->value < 48.6 / 60);
    assert_true(weights->spread_ratio < 0.25);
    /* whatever the shares, they scale with what was measured and against what is stated */
    llmp_calibration_value twice[LLMP_CALIBRATE_COUNT] = {{0.719, 0.47}};
    kernels.read_bytes_per_s /= 2;
    kernels.int8_op_per_s /= 2;
    device.fp32_flop_per_s *= 2;
    assert_ok(llmp_calibration_narrow(&kernels, &device, twice, &error));
    assert_close(twice[LLMP_CALIBRATE_WEIGHT_BANDWIDTH].value, weights->value / 2, 1e-9);
    assert_close(twice[LLMP_CALIBRATE_COMPUTE_8BIT].value,
                 prior[LLMP_CALIBRATE_COMPUTE_8BIT].value / 2, 1e-9);
    assert_close(twice[LLMP_CALIBRATE_ATTENTION_DECODE].value,
                 prior[LLMP_CALIBRATE_ATTENTION_DECODE].value / 2, 1e-9);
    /* the rate of unpacking is the stated one over it, and stays what it was */
    assert_close(twice[LLMP_CALIBRATE_UNPACK].value, 2 * prior[LLMP_CALIBRATE_UNPACK].value, 1e-9);
    device.fp32_flop_per_s = 0;
    assert_int_equal(llmp_calibration_narrow(&kernels, &device, prior, &error), LLMP_E_NO_DATA);
    assert_string_equal(error.field, "fp32_tflops");
}

/* A format's factor is what its own products reach over what its width is said to. */
static void formats_follow_their_own_products(void **state)
{
    (void)state;
    llmp_device device = {.head = {.id = "d", .name = "D"},
                          .memory_bandwidth_bytes_per_s = 60e9,
                          .fp32_flop_per_s = 280e9,
                          .int8_op_per_s = 1100e9};
    llmp_calibration_kernels kernels = {.struct_size = sizeof kernels};
    llmp_calibration_value values[LLMP_CALIBRATE_COUNT] = {{0, 0}};
    llmp_profile_format formats[LLMP_CALIBRATION_FORMATS_MAX];
    values[LLMP_CALIBRATE_COMPUTE_4BIT].value = 0.2;
    assert_int_equal(llmp_calibration_formats(&kernels, &device, values, formats), 0);
    size_t q4_k = 0, q8_0 = 0;
    for (size_t i = 0; llmp_calibration_format(i); i++) {
        if (strcmp(llmp_calibration_format(i), "q4_k") == 0)
            q4_k = i;
        if (strcmp(llmp_calibration_format(i), "q8_0") == 0)
            q8_0 = i;
    }
    assert_true(q4_k != q8_0);
    kernels.format_op_per_s[q4_k] = 523e9;
    kernels.format_op_per_s[q8_0] = 611e9; /* its own width has no ratio, but Q5_0 has its kernel */
    assert_int_equal(llmp_calibration_formats(&kernels, &device, values, formats), 2);
    assert_string_equal(formats[1].format, "q5_0");
    assert_string_equal(formats[0].format, "q4_k");
    const double factor = formats[0].compute_factor;
    /* an engine reaches some of what kernels do, never all */
    assert_true(factor * 0.2 * 1100e9 < 523e9 && factor * 0.2 * 1100e9 > 0.1 * 523e9);
    kernels.format_op_per_s[q4_k] *= 1.7;
    values[LLMP_CALIBRATE_COMPUTE_4BIT].value *= 3;
    assert_int_equal(llmp_calibration_formats(&kernels, &device, values, formats), 2);
    assert_close(formats[0].compute_factor, factor * 1.7 / 3, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posterior_by_hand),
        cmocka_unit_test(one_outlier_does_not_decide),
        cmocka_unit_test(no_samples_give_the_prior),
        cmocka_unit_test(what_samples_do_not_show_stays),
        cmocka_unit_test(unstable_and_impossible_samples_are_set_aside),
        cmocka_unit_test(left_out_models_are_predicted_from_the_others),
        cmocka_unit_test(bad_samples_are_refused),
        cmocka_unit_test(kernels_narrow_the_prior),
        cmocka_unit_test(formats_follow_their_own_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
