/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "t.h"

#include <llmplan/validate.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "planner/measured.h"
#include "planner/validate_stats.h"

#define assert_near(a, b, off) assert_true(fabs((double)(a) - (double)(b)) <= (off))

static llmp_catalog *catalog;

static int create(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, NULL) != LLMP_OK;
}

static int destroy(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

/* --- figures ------------------------------------------------------------------------------------
 */

/* Measured 100 each: card-a p50 110 and 120 and 60, card-b 104. */
static void errors_of_four_rows(void **state)
{
    (void)state;
    llmp_measured_row measured = {.tokens_per_s = 100};
    const double p50[] = {110, 120, 60, 104};
    llmp_validate_row rows[4];
    const llmp_validate_row *picked[4];
    llmp__weighted scratch[4];
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < 4; i++) {
        rows[i].measured = &measured;
        rows[i].predicted = true;
        rows[i].tokens_per_s.p50 = p50[i];
        rows[i].error_ratio = p50[i] / 100 - 1;
        rows[i].covered = i != 2;
        rows[i].device = i < 3 ? "card-a" : "card-b";
        picked[i] = &rows[i];
    }
    llmp_validate_stats s;
    llmp__validate_stats(picked, 4, scratch, &s);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.devices, 2);
    /* |e-1| sorted: .04 .10 .20 .40; median (.10+.20)/2, 0.9 at place 2.7: .20 + .7 x .20 */
    assert_near(s.median_abs_error_ratio, 0.15, 1e-12);
    assert_near(s.p90_abs_error_ratio, 0.34, 1e-12);
    /* e-1 sorted: -.40 .04 .10 .20; median .07 */
    assert_near(s.bias_ratio, 0.07, 1e-12);
    /* |ln e|: ln 1.04 = .03922, ln 1.1 = .09531, ln 1.2 = .18232, ln .6 = .51083 */
    assert_near(s.median_abs_log_error_ratio, (0.0953101798 + 0.1823215568) / 2, 1e-9);
    assert_near(s.coverage_p10_p90_ratio, 0.75, 1e-12);
    /* weights: card-a 1/3 each, card-b 1. |e-1|: .04 (1), .10, .20, .40 (1/3 each).
     * Places (k w_k + 3 before)/(3 x 2): 0, (1/3+3)/6 = .5556, (2/3+4)/6 = .7778, 1.
     * Median at .5: .04 + .5/.5556 x .06 = .094; 0.9: .20 + (.9-.7778)/.2222 x .20 = .31 */
    assert_near(s.median_abs_error_balanced_ratio, 0.094, 1e-9);
    assert_near(s.p90_abs_error_balanced_ratio, 0.31, 1e-9);
    /* e-1: -.40 (1/3), .04 (1), .10, .20: places 0, (1+1)/6 = .3333, (2/3+4)/6 = .7778, 1.
     * Median: .04 + (.5-.3333)/.4444 x .06 = .0625 */
    assert_near(s.bias_balanced_ratio, 0.0625, 1e-9);
    /* card-a covers 2/3 of its rows, card-b all: (2/3 + 1)/2 */
    assert_near(s.coverage_p10_p90_balanced_ratio, 5.0 / 6, 1e-12);
}

static void one_row_is_its_own_median(void **state)
{
    (void)state;
    const llmp__weighted one = {0.37, 1};
    assert_near(llmp__quantile(&one, 1, 0.9), 0.37, 0);
    assert_near(llmp__quantile_weighted(&one, 1, 0.1), 0.37, 0);
    assert_true(isnan(llmp__quantile(&one, 0, 0.5)));
    assert_true(isnan(llmp__quantile_weighted(&one, 0, 0.5)));
    assert_true(isnan(llmp__quantile(&one, 1, 1.5)));
}

static void equal_weights_change_nothing(void **state)
{
    (void)state;
    const llmp__weighted items[] = {{-3, 0.2}, {1, 0.2}, {1, 0.2}, {4, 0.2}, {11, 0.2}};
    for (double q = 0; q <= 1; q += 0.0625)
        assert_near(llmp__quantile_weighted(items, 5, q), llmp__quantile(items, 5, q), 1e-12);
}

/* --- rows ---------------------------------------------------------------------------------------
 */

#define HEADER                                                                           \
    "device,device_count,model,quant,engine,backend,phase,prompt_tokens,gen_tokens,"     \
    "context_depth,batch,tensor_parallel,tokens_per_s,weights_gib,link,split_mode,host," \
    "gpu_layers,cpu_moe_layers,n_ubatch,power_limit_w,kv_type,flash_attn\n"

static llmp_measured *read(const char *rows)
{
    char text[4096];
    llmp_measured *measured = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    snprintf(text, sizeof text, "%s%s", HEADER, rows);
    assert_ok(llmp_measured_read(text, strlen(text), "test", &measured, &error));
    return measured;
}

/* Prepares the only row; what a test does with it comes back through the pointers. */
static llmp__measured_scenario *prepare(const char *row, llmp_measured **out_measured)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp__measured_scenario *scenario = malloc(sizeof *scenario);
    assert_non_null(scenario);
    *out_measured = read(row);
    assert_ok(
        llmp__measured_prepare(catalog, llmp_measured_at(*out_measured, 0), scenario, &error));
    return scenario;
}

static void done(llmp__measured_scenario *scenario, llmp_measured **measured)
{
    llmp__measured_release(scenario);
    free(scenario);
    llmp_measured_destroy(measured);
}

static void blanks_are_unknown(void **state)
{
    (void)state;
    llmp_measured *measured =
        read("rtx-4090,1,m,q,e,b,decode,,,,,,17.5,,,,,,,,,,unknown\n\"a, b\",2,m,q,e,b,Prefill,512,"
             ",8192,7,1,1e3,,,,,,,,,,on\n");
    assert_int_equal(llmp_measured_size(measured), 2);
    const llmp_measured_row *first = llmp_measured_at(measured, 0);
    assert_int_equal(first->line, 2);
    assert_int_equal(first->phase, LLMP_PHASE_DECODE);
    assert_true(isnan(first->gen_tokens) && isnan(first->batch) && isnan(first->flash_attn));
    assert_null(first->host);
    assert_null(first->id); /* no such column */
    const llmp_measured_row *second = llmp_measured_at(measured, 1);
    assert_string_equal(second->device, "a, b");
    assert_int_equal(second->phase, LLMP_PHASE_PREFILL);
    assert_near(second->context_depth, 8192, 0);
    assert_near(second->tokens_per_s, 1000, 0);
    assert_near(second->flash_attn, 1, 0);
    assert_null(llmp_measured_at(measured, 2));
    llmp_measured_destroy(&measured);
    assert_null(measured);
}

/* 5731 + 300/2: a decode row averages its positions, and its prompt is not added. */
static void decode_stands_at_the_mean_depth(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp__measured_scenario *s =
        prepare("rtx-4090,1,llama-3.1-8b,Q4_K_M,llama.cpp,CUDA,decode,2048,300,5731,7,1,100"
                ",,,,,,,,,,\n",
                &measured);
    assert_near(s->context_tokens, 5881, 0);
    assert_int_equal(s->batch, 7);
    llmp_estimate rate;
    llmp_decode_result decode;
    llmp_error error = LLMP_ERROR_INIT;
    assert_ok(llmp__measured_predict(s, &rate, &error));
    assert_ok(llmp_speed_decode(&s->speed, 5881, 7, NULL, &decode, &error));
    assert_near(rate.p50, decode.tokens_per_s.p50, 0);
    assert_true(rate.p10 < rate.p50 && rate.p50 < rate.p90 && rate.p90 <= rate.ceiling);
    done(s, &measured);
}

/* 70B in 16 bit needs 131 GiB; on one card of 24 GiB it cannot have been but by offload, on four it
 * was split, whatever our estimate says. */
static void what_ran_is_placed(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp__measured_scenario *s = prepare("rtx-3090,4,llama-3-70b,F16,llama.cpp,CUDA,decode,,,,1,1,9"
                                         ",,pcie,layer,,,,,,,\n",
                                         &measured);
    assert_int_equal(s->memory.placement, LLMP_PLACE_LAYER_SPLIT);
    assert_int_equal(s->memory.verdict, LLMP_VERDICT_FITS);
    for (int i = 0; i < 4; i++) /* 80 layers and the head over four */
        assert_in_range(s->memory.shares[i].layer_count, 20 - 1, 20 + 1);
    assert_null(s->machine.device_link);
    done(s, &measured);

    s = prepare("rtx-3090,1,llama-3-70b,F16,llama.cpp,CUDA,decode,,,,1,1,2,,,,,,,,,,\n", &measured);
    assert_int_not_equal(s->memory.placement, LLMP_PLACE_DEVICE);
    done(s, &measured);

    s = prepare("rtx-3090,3,llama-3-70b,Q4_K_M,llama.cpp,CUDA,decode,,,,1,3,20,,,,,,,,,,\n",
                &measured);
    assert_int_equal(s->memory.placement, LLMP_PLACE_TENSOR_PARALLEL); /* 64 heads over three */
    assert_int_equal(s->memory.tensor_parallel, 3);
    done(s, &measured);
}

static void stated_offload_is_taken(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp__measured_scenario *s =
        prepare("rtx-4090,1,qwen3-235b-a22b,Q4_K_M,llama.cpp,CUDA,decode,,,,1,1,9,,,,,99,90,,,,\n",
                &measured);
    assert_int_equal(s->memory.placement, LLMP_PLACE_EXPERT_OFFLOAD);
    assert_int_equal(s->memory.cpu_expert_layers, 90);
    done(s, &measured);
    s = prepare("rtx-4090,1,llama-3-70b,Q4_K_M,llama.cpp,CUDA,decode,,,,1,1,9,,,,,37,,,,,\n",
                &measured);
    assert_int_equal(s->memory.placement, LLMP_PLACE_LAYER_OFFLOAD);
    assert_int_equal(s->memory.gpu_layers, 37);
    done(s, &measured);
}

/* The bytes of custom quants are the row's; of another file they are not. */
static void stated_sizes_are_taken_when_they_can_be(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp__measured_scenario *s = prepare(
        "rtx-4090,1,llama-3.1-8b,Q4_K_M,llama.cpp,CUDA,decode,,,,1,1,9,4.75,,,,,,,,,\n", &measured);
    assert_near((double)llmp_arch_summary_of(s->arch)->weight_bytes, 4.75 * 1073741824.0, 0.5);
    assert_string_equal(s->note, "");
    done(s, &measured);
    s = prepare("rtx-4090,1,llama-3.1-8b,Q4_K_M,llama.cpp,CUDA,decode,,,,1,1,9,40,,,,,,,,,\n",
                &measured);
    assert_true(llmp_arch_summary_of(s->arch)->weight_bytes < 5ULL << 30);
    assert_non_null(strstr(s->note, "set aside"));
    done(s, &measured);
}

static void optional_columns_reach_the_stages(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp__measured_scenario *s =
        prepare("strix-halo-395-128,2,llama-3.1-8b,Q8_0,llama.cpp,Vulkan,prefill,5731,,300,1,1,9"
                ",,ethernet-rpc,layer,,,,256,90,q8_0,1\n",
                &measured);
    assert_int_equal(s->machine.machines, 2);
    assert_string_equal(s->machine.machine_link->head.id, "10gbe");
    assert_near(s->machine.device_power_limit_w, 90, 0);
    assert_int_equal(s->memory_model.ubatch_tokens, 256);
    assert_string_equal(s->memory_model.kv_v_format->head.id, "q8_0");
    assert_true(s->memory_model.flash_attention);
    assert_near(s->prompt_tokens, 5731, 0);
    assert_near(s->context_tokens, 300, 0);
    done(s, &measured);
}

static void remarks_around_names_are_read_past(void **state)
{
    (void)state;
    llmp_measured *measured;
    llmp__measured_scenario *s =
        prepare("rtx-4090,1,llama-3.1-8b,Q6_K (6.1 GiB),llama.cpp,CUDA+CPU,decode,,,,1,1,9"
                ",,,,,20,,,,,\n",
                &measured);
    assert_string_equal(s->quant->head.id, "Q6_K");
    assert_string_equal(s->backend->id, "cuda");
    assert_int_equal(s->memory.placement, LLMP_PLACE_LAYER_OFFLOAD);
    done(s, &measured);
}

static void bad_rows_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *field;
        const char *said;
    } cases[] = {
        {"rtx-4091,1,llama-3.1-8b,Q8_0,llama.cpp,CUDA,decode,,,,1,1,9,,,,,,,,,,\n", "device",
         "rtx-4091"},
        {"rtx-4090,1,llama-9,Q8_0,llama.cpp,CUDA,decode,,,,1,1,9,,,,,,,,,,\n", "model", "llama-9"},
        {"rtx-4090,1,llama-3.1-8b,Q4_K_X,llama.cpp,CUDA,decode,,,,1,1,9,,,,,,,,,,\n", "quant",
         "Q4_K_X"},
        {"rtx-4090,1,llama-3.1-8b,Q8_0,llama.cpp,Metal,decode,,,,1,1,9,,,,,,,,,,\n", "backend",
         "Metal"},
        {"rtx-4090,1,llama-3.1-8b,Q8_0,llama.cpp,CUDA,e2e,,,,1,1,9,,,,,,,,,,\n", "phase", "e2e"},
        {"rtx-4090,1,llama-3.1-8b,Q8_0,llama.cpp,CUDA,decode,,,,1,1,,,,,,,,,,,\n", "tokens_per_s",
         "blank"},
        {",1,llama-3.1-8b,Q8_0,llama.cpp,CUDA,decode,,,,1,1,9,,,,,,,,,,\n", "device", "blank"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        llmp_measured *measured = read(cases[i].row);
        llmp_validation *validation = NULL;
        llmp_error error = LLMP_ERROR_INIT;
        assert_ok(llmp_validation_create(catalog, measured, &validation, &error));
        assert_int_equal(llmp_validation_predicted(validation), 0);
        assert_int_equal(llmp_validation_group_count(validation), 0);
        const llmp_validate_row *row = llmp_validation_at(validation, 0);
        assert_non_null(row->reason);
        assert_int_equal(strncmp(row->reason, cases[i].field, strlen(cases[i].field)), 0);
        assert_non_null(strstr(row->reason, cases[i].said));
        llmp_validation_destroy(&validation);
        llmp_measured_destroy(&measured);
    }
}

static void bad_files_are_located(void **state)
{
    (void)state;
    llmp_measured *measured = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    static const char missing[] = "device,device_count,model\nrtx-4090,1,m\n";
    assert_int_equal(llmp_measured_read(missing, sizeof missing - 1, "x", &measured, &error),
                     LLMP_E_SCHEMA);
    assert_string_equal(error.field, "quant");
    char text[2048];
    snprintf(text, sizeof text, "%s%s", HEADER,
             "rtx-4090,1,m,q,e,b,decode,,,,1,1,9,,,,,,,,,,\n"
             "rtx-4090,1,m,q,e,b,decode,,,,1,2.5,9,,,,,,,,,,\n");
    assert_int_equal(llmp_measured_read(text, strlen(text), "x", &measured, &error), LLMP_E_VALUE);
    assert_int_equal(error.line, 3);
    assert_string_equal(error.field, "tensor_parallel");
    assert_null(measured);
}

/* The shipped table: every name in it resolves, and every row can be predicted. */
static void the_shipped_table_is_predictable(void **state)
{
    (void)state;
    llmp_measured *measured = NULL;
    llmp_validation *validation = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    static const char path[] = TEST_DATA "/../data/measured/speed.csv";
    assert_ok(llmp__file_read(path, 1 << 22, &text, &size, &error));
    assert_ok(llmp_measured_read(text, size, path, &measured, &error));
    assert_ok(llmp_validation_create(catalog, measured, &validation, &error));
    free(text);
    assert_true(llmp_validation_size(validation) > 1000);
    for (size_t i = 0; i < llmp_validation_size(validation); i++) {
        const llmp_validate_row *row = llmp_validation_at(validation, i);
        if (!row->predicted)
            fail_msg("%s: %s", row->measured->id, row->reason);
        const llmp_estimate *t = &row->tokens_per_s;
        assert_true(t->p10 > 0 && t->p10 <= t->p50 && t->p50 <= t->p90 && t->p90 <= t->ceiling);
    }
    llmp_validation_destroy(&validation);
    llmp_measured_destroy(&measured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_four_rows),
        cmocka_unit_test(one_row_is_its_own_median),
        cmocka_unit_test(equal_weights_change_nothing),
        cmocka_unit_test(blanks_are_unknown),
        cmocka_unit_test(decode_stands_at_the_mean_depth),
        cmocka_unit_test(what_ran_is_placed),
        cmocka_unit_test(stated_offload_is_taken),
        cmocka_unit_test(stated_sizes_are_taken_when_they_can_be),
        cmocka_unit_test(optional_columns_reach_the_stages),
        cmocka_unit_test(remarks_around_names_are_read_past),
        cmocka_unit_test(bad_rows_are_refused_by_name),
        cmocka_unit_test(bad_files_are_located),
        cmocka_unit_test(the_shipped_table_is_predictable),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
