/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file of measurements to a profile that predicts what was not measured. */
#include "t.h"

#include <llmplan/planner_calibrate.h>
#include <llmplan/validate.h>

#include <stdlib.h>

static llmp_catalog *catalog;
static llmp_error error;

static char *slurp(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/cli/fixtures/%s", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

static int setup(void **state)
{
    (void)state;
    memset(&error, 0, sizeof error);
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK)
        return -1;
    char *lab = slurp("lab.yaml");
    llmp_status status = llmp_catalog_overlay(catalog, lab, strlen(lab), "lab.yaml", &error);
    free(lab);
    return status == LLMP_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static llmp_measured *rows_of(const char *text)
{
    llmp_measured *measured = NULL;
    assert_ok(llmp_measured_read(text, strlen(text), "rows.csv", &measured, &error));
    return measured;
}

#define COLUMNS                                                                      \
    "device,device_count,model,quant,engine,backend,phase,prompt_tokens,gen_tokens," \
    "context_depth,batch,tensor_parallel,tokens_per_s,tokens_per_s_stddev\n"
/* RTX 6000 Ada, Llama 3 8B, 1,024 tokens generated (XiongjieDai). */
#define TWO_POINTS                                                                        \
    COLUMNS "lab-card,1,llama-3-8b,Q4_K_M,llama.cpp,cuda,decode,,1024,0,1,1,130.99,0.2\n" \
            "lab-card,1,llama-3-8b,F16,llama.cpp,cuda,decode,,1024,0,1,1,51.97,0.1\n"
#define LARGE COLUMNS "lab-card,1,llama-3-70b,Q4_K_M,llama.cpp,cuda,decode,,1024,0,1,1,18.36,\n"

static llmp_machine_calibration *calibrate(const char *device, const char *text,
                                           llmp_measured **measured)
{
    static llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count = 0;
    llmp_calibrate_request request = LLMP_CALIBRATE_REQUEST_INIT;
    llmp_machine_calibration *made = NULL;
    assert_ok(llmp_machine_parse(catalog, device, machines, &count, NULL, &error));
    *measured = rows_of(text);
    request.machine = machines;
    request.measured[request.measured_count++] = *measured;
    request.as_of = 20261126;
    if (llmp_machine_calibrate(catalog, &request, &made, &error) != LLMP_OK)
        return NULL;
    return made;
}

static llmp_validate_row predict(const char *text)
{
    llmp_measured *measured = rows_of(text);
    llmp_validation *validation = NULL;
    assert_ok(llmp_validation_create(catalog, measured, &validation, &error));
    llmp_validate_row row = *llmp_validation_at(validation, 0);
    assert_true(row.predicted);
    llmp_validation_destroy(&validation);
    llmp_measured_destroy(&measured);
    return row;
}

/* Case D03: two runs of 8B predict 70B within 5 % of the 18.36 tokens/s measured, in a narrower
 * interval that covers it. */
static void two_points_predict_70b(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp_validate_row before = predict(LARGE);
    llmp_machine_calibration *made = calibrate("lab-card", TWO_POINTS, &measured);
    assert_non_null(made);
    const char *overlay = llmp_calibrate_overlay(made);
    assert_ok(llmp_catalog_overlay(catalog, overlay, strlen(overlay), "mine.yaml", &error));
    llmp_validate_row after = predict(LARGE);
    assert_close(after.tokens_per_s.p50, 18.36, 0.05);
    assert_true(after.covered);
    assert_true(after.tokens_per_s.p90 / after.tokens_per_s.p10 <
                before.tokens_per_s.p90 / before.tokens_per_s.p10);
    llmp_machine_calibration_destroy(&made);
    llmp_measured_destroy(&measured);
}

/* What the overlay states is what the fit found; the class stays askable. */
static void the_overlay_round_trips(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp_machine_calibration *made = calibrate("lab-card", TWO_POINTS, &measured);
    assert_non_null(made);
    const llmp_calibrate_answer *answer = llmp_calibrate_answer_of(made);
    const char *overlay = llmp_calibrate_overlay(made);
    assert_ok(llmp_catalog_overlay(catalog, overlay, strlen(overlay), "mine.yaml", &error));
    llmp_profile profile;
    assert_ok(llmp_profile_resolve(catalog, answer->engine, answer->backend, answer->device,
                                   &profile, NULL, &error));
    assert_true(profile.calibrated);
    assert_close(profile.weight_bandwidth_ratio,
                 answer->calibration.posterior[LLMP_CALIBRATE_WEIGHT_BANDWIDTH].value, 1e-4);
    assert_close(profile.layer_s, answer->calibration.posterior[LLMP_CALIBRATE_LAYER].value, 1e-4);
    assert_close(profile.sigma_decode, answer->calibrated.sigma_decode, 1e-4);
    assert_close(profile.moe_layer_s, 30e-6, 1e-9); /* the class's */
    assert_int_equal(profile.samples, 2);
    assert_ok(llmp_profile_resolve_class(catalog, answer->engine, answer->backend, answer->device,
                                         &profile, NULL, &error));
    assert_false(profile.calibrated);
    assert_close(profile.weight_bandwidth_ratio, 0.8, 1e-9);
    /* it is of this device alone */
    const llmp_device *other =
        LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-6000-ada"));
    assert_ok(llmp_profile_resolve(catalog, answer->engine, answer->backend, other, &profile, NULL,
                                   &error));
    assert_false(profile.calibrated);
    llmp_machine_calibration_destroy(&made);
    llmp_measured_destroy(&measured);
}

/* Also where the catalog has a profile fitted to this very device: measured here goes first. */
static void calibrated_goes_before_fitted(void **state)
{
    (void)state;
    static const char fitted[] = "profiles:\n  - id: a-fitted\n    name: F\n    engine: llama.cpp\n"
                                 "    backend: cuda\n    device_class: lab-card\n"
                                 "    weight_bandwidth_ratio: 0.5\n    as_of: 2026-11\n"
                                 "    source: made up for tests\n    grade: derived\n";
    llmp_measured *measured;
    llmp_profile profile;
    assert_ok(llmp_catalog_overlay(catalog, fitted, strlen(fitted), "fitted.yaml", &error));
    llmp_machine_calibration *made = calibrate("lab-card", TWO_POINTS, &measured);
    assert_non_null(made);
    const llmp_calibrate_answer *answer = llmp_calibrate_answer_of(made);
    assert_close(answer->prior[LLMP_CALIBRATE_WEIGHT_BANDWIDTH].value, 0.5, 1e-9);
    const char *overlay = llmp_calibrate_overlay(made);
    assert_ok(llmp_catalog_overlay(catalog, overlay, strlen(overlay), "mine.yaml", &error));
    assert_ok(llmp_profile_resolve(catalog, answer->engine, answer->backend, answer->device,
                                   &profile, NULL, &error));
    assert_close(profile.weight_bandwidth_ratio,
                 answer->calibration.posterior[LLMP_CALIBRATE_WEIGHT_BANDWIDTH].value, 1e-4);
    assert_true(profile.weight_bandwidth_ratio > 0.6);
    llmp_machine_calibration_destroy(&made);
    llmp_measured_destroy(&measured);
}

static void rows_of_another_device_are_never_used(void **state)
{
    (void)state;
    llmp_measured *measured;
    assert_null(calibrate("rtx-6000-ada", TWO_POINTS, &measured));
    assert_int_equal(error.status, LLMP_E_NO_DATA);
    assert_non_null(strstr(error.message, "measured on Lab Card"));
    llmp_measured_destroy(&measured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_points_predict_70b, setup, teardown),
        cmocka_unit_test_setup_teardown(the_overlay_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(calibrated_goes_before_fitted, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_of_another_device_are_never_used, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
