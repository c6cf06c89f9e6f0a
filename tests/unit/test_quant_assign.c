/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which format each tensor gets, and bytes of formats. Expected types follow from llama.cpp's
 * published rules, worked out by hand; byte counts from the layouts' definitions. */
#include "t.h"

#include <llmplan/arch.h>

static llmp_catalog *catalog;
static llmp_error error;

static int open_catalog(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static const llmp_record *find(llmp_kind kind, const char *name)
{
    const llmp_record *record;
    assert_ok(llmp_catalog_find(catalog, kind, name, &record, NULL, &error));
    return record;
}

static llmp_arch *arch_with(const char *model, const char *quant, const llmp_arch_options *options)
{
    llmp_arch *arch;
    assert_ok(llmp_arch_create(catalog, LLMP_MODEL(find(LLMP_KIND_MODEL, model)),
                               LLMP_QUANT(find(LLMP_KIND_QUANT, quant)), options, &arch, &error));
    return arch;
}

static uint64_t weight_bytes(const char *model, const char *quant)
{
    llmp_arch *arch = arch_with(model, quant, NULL);
    uint64_t bytes = llmp_arch_summary_of(arch)->weight_bytes;
    llmp_arch_destroy(&arch);
    return bytes;
}

static const llmp_format *format(const char *id)
{
    return LLMP_FORMAT(find(LLMP_KIND_FORMAT, id));
}

/* Format id of a tensor; its name as in GGUF files. */
static const char *type_of(const llmp_arch *arch, const char *name)
{
    for (size_t i = 0; i < llmp_arch_tensor_count(arch); i++) {
        char text[96];
        const llmp_tensor *tensor = llmp_arch_tensor(arch, i);
        llmp_tensor_name(tensor, text, sizeof text);
        if (strcmp(text, name) == 0)
            return tensor->format->head.id;
    }
    fail_msg("no tensor %s", name);
    return NULL;
}

static void expect_type(const char *model, const char *quant, const char *tensor, const char *type)
{
    llmp_arch *arch = arch_with(model, quant, NULL);
    assert_string_equal(type_of(arch, tensor), type);
    llmp_arch_destroy(&arch);
}

/* Sums of tensor bytes that llama-bench printed (model_size). */
static void test_published_sums(void **state)
{
    (void)state;
    assert_int_equal(weight_bytes("llama-3.1-8b", "Q4_K_M"), UINT64_C(4912898304));
    assert_int_equal(weight_bytes("llama-2-7b", "Q4_K_M"), UINT64_C(4080263168));
    assert_int_equal(weight_bytes("llama-3.3-70b", "Q4_K_M"), UINT64_C(42512531712));
    assert_int_equal(weight_bytes("llama-2-7b", "Q4_0"), UINT64_C(3825065984));
    assert_int_equal(weight_bytes("qwen3-32b", "Q8_0"), UINT64_C(34811744256));
}

static void expect_bytes(const char *id, uint64_t columns, uint64_t rows, uint64_t matrices,
                         uint64_t bytes)
{
    const uint64_t ne[4] = {columns, rows, matrices, 1};
    assert_int_equal(llmp_format_bytes(format(id), ne), bytes);
}

static void test_layouts(void **state)
{
    (void)state;
    expect_bytes("bf16", 4097, 3, 1, 2 * 4097 * 3);
    expect_bytes("q4_k", 11008, 4096, 1, UINT64_C(43) * 144 * 4096);
    expect_bytes("q8_0", 33, 7, 1, 2 * 34 * 7); /* a started block is stored whole */
    expect_bytes("mxfp4", 2880, 5760, 32, UINT64_C(90) * 17 * 5760 * 32);
    /* ik_llama.cpp keeps one float per row */
    expect_bytes("iq4_ks", 4096, 11, 1, (16 * 136 + 4) * 11);
    /* one F32 scale per tile of 128 x 128, edge tiles too: 56 x 5 tiles */
    expect_bytes("fp8-block128", 7168, 576, 1, UINT64_C(7168) * 576 + 56 * 5 * 4);
    /* qweight, qzeros, scales, g_idx of AutoGPTQ */
    expect_bytes("gptq-4bit-g128", 4096, 1024, 1,
                 4096 / 8 * 1024 * 4 + 32 * 1024 / 8 * 4 + 32 * 1024 * 2 + 4096 * 4);
    expect_bytes("awq-4bit-g128", 4096, 1024, 1,
                 4096 / 8 * 1024 * 4 + 32 * 1024 / 8 * 4 + 32 * 1024 * 2);
    /* packed words, scales and biases of mlx.quantize */
    expect_bytes("mlx-6bit-g64", 2560, 10, 1, 2560 * 10 * 6 / 8 + 40 * 10 * 4);
    /* trellis, suh and svh of ExLlamaV3 */
    expect_bytes("exl3-3", 4096, 1024, 1, UINT64_C(4096) * 1024 * 3 / 8 + 2 * 4096 + 2 * 1024);
    /* absmax in 8 bit per 64 weights, an F32 per 256 of those */
    expect_bytes("nf4-dq", 4096, 256, 1, 4096 * 256 / 2 + 4096 * 256 / 64 + 64 * 4);
}

/* Stated bits against blocks, for every format there is. */
static void test_bits(void **state)
{
    (void)state;
    size_t n = llmp_catalog_count(catalog, LLMP_KIND_FORMAT), caches = 0;
    assert_true(n >= 73);
    for (size_t i = 0; i < n; i++) {
        const llmp_format *f = LLMP_FORMAT(llmp_catalog_at(catalog, LLMP_KIND_FORMAT, i));
        assert_close(8 * llmp_format_bytes_per_element(f), f->bits_per_weight, 1e-12);
        caches += f->kv_cache;
    }
    assert_int_equal(caches, 10);
    assert_close(llmp_format_bytes_per_element(format("q8_0")), 34. / 32, 0);
    assert_close(llmp_format_bytes_per_element(format("q4_0")), 18. / 32, 0);
}

/* i < n/8, i >= 7n/8, or (i - n/8) mod 3 == 2: of 32 layers 0-3, 28-31 and 6, 9, ... 27. */
static void test_more_bits(void **state)
{
    (void)state;
    static const int with[] = {0, 3, 6, 9, 27, 28, 31}, without[] = {4, 5, 7, 8, 26};
    llmp_arch *arch = arch_with("llama-2-7b", "Q5_K_M", NULL);
    char name[64];
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        snprintf(name, sizeof name, "blk.%d.ffn_down.weight", with[i]);
        assert_string_equal(type_of(arch, name), "q6_k");
        snprintf(name, sizeof name, "blk.%d.attn_v.weight", with[i]);
        assert_string_equal(type_of(arch, name), "q6_k");
    }
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        snprintf(name, sizeof name, "blk.%d.ffn_down.weight", without[i]);
        assert_string_equal(type_of(arch, name), "q5_k");
    }
    assert_string_equal(type_of(arch, "output.weight"), "q6_k");
    assert_string_equal(type_of(arch, "token_embd.weight"), "q5_k");
    assert_string_equal(type_of(arch, "blk.5.attn_norm.weight"), "f32");
    llmp_arch_destroy(&arch);
}

static void test_conditions(void **state)
{
    (void)state;
    /* 70B types raise V from Q4_K to Q5_K; smaller ones do not */
    expect_type("llama-3.3-70b", "Q4_K_M", "blk.11.attn_v.weight", "q5_k");
    expect_type("llama-3.1-8b", "Q4_K_M", "blk.5.attn_v.weight", "q4_k");
    /* eight experts: V and K in Q8_0, output in Q5_K, router as trained */
    expect_type("mixtral-8x7b", "Q4_K_M", "blk.9.attn_v.weight", "q8_0");
    expect_type("mixtral-8x7b", "Q4_K_M", "blk.9.attn_k.weight", "q8_0");
    expect_type("mixtral-8x7b", "Q4_K_M", "blk.9.attn_output.weight", "q5_k");
    expect_type("mixtral-8x7b", "Q4_K_M", "blk.9.ffn_gate_inp.weight", "f32");
    /* grouped queries: 32 heads over 8 give V Q4_K under Q2_K, 32 over 32 give Q3_K */
    expect_type("llama-3.1-8b", "Q2_K", "blk.9.attn_v.weight", "q4_k");
    expect_type("llama-2-7b", "Q2_K", "blk.9.attn_v.weight", "q3_k");
    /* a tied table is the head */
    expect_type("llama-3.2-3b", "Q4_K_M", "token_embd.weight", "q6_k");
    expect_type("llama-3.1-8b", "IQ2_XXS", "token_embd.weight", "q2_k");
    expect_type("llama-3.1-8b", "IQ2_XXS", "output.weight", "q5_k");
    /* stacked experts only */
    expect_type("qwen3-30b-a3b", "MXFP4", "blk.7.ffn_up_exps.weight", "mxfp4");
    expect_type("qwen3-30b-a3b", "MXFP4", "blk.7.attn_q.weight", "q8_0");
    /* linear layers only */
    expect_type("qwen3-30b-a3b", "AWQ-4bit", "token_embd.weight", "f16");
    expect_type("qwen3-30b-a3b", "AWQ-4bit", "blk.7.ffn_gate_inp.weight", "f16");
    expect_type("qwen3-30b-a3b", "AWQ-4bit", "blk.7.attn_k.weight", "awq-4bit-g128");
    expect_type("qwen3-30b-a3b", "MLX-4bit", "blk.7.ffn_gate_inp.weight", "mlx-8bit-g64");
    expect_type("qwen3-30b-a3b", "MLX-4bit", "output.weight", "mlx-4bit-g64");
}

/* Rows of 896 fill no block of 256; rows of 4864 fill 19. */
static void test_fallback(void **state)
{
    (void)state;
    expect_type("qwen2.5-0.5b", "Q4_K_M", "blk.13.attn_q.weight", "q5_0");
    expect_type("qwen2.5-0.5b", "Q4_K_M", "blk.0.ffn_down.weight", "q6_k");
    expect_type("qwen2.5-0.5b", "Q4_K_M", "token_embd.weight", "q8_0");
    expect_type("qwen2.5-0.5b", "Q3_K_S", "blk.13.attn_q.weight", "q4_0");
    expect_type("qwen2.5-0.5b", "IQ2_XXS", "blk.13.attn_q.weight", "iq4_nl");
    expect_type("qwen2.5-0.5b", "IQ2_XXS", "token_embd.weight", "q8_0");
}

static void test_imatrix(void **state)
{
    (void)state;
    llmp_arch_options options = LLMP_ARCH_OPTIONS_INIT;
    options.imatrix = false;
    llmp_arch *without = arch_with("llama-2-7b", "IQ4_XS", &options);
    assert_string_equal(type_of(without, "blk.3.ffn_down.weight"), "q5_k");
    assert_string_equal(type_of(without, "blk.4.ffn_down.weight"), "iq4_xs");
    llmp_arch_destroy(&without);
    expect_type("llama-2-7b", "IQ4_XS", "blk.3.ffn_down.weight", "iq4_xs");
    expect_type("llama-2-7b", "Q4_0-imatrix", "blk.3.ffn_down.weight", "q4_1");
    expect_type("llama-2-7b", "Q4_0", "blk.3.ffn_down.weight", "q4_0");
}

static void test_recipes(void **state)
{
    (void)state;
    /* llama-bench model_size of the published files */
    assert_int_equal(weight_bytes("qwen3-30b-a3b", "UD-Q4_K_XL"), UINT64_C(17709692928));
    assert_int_equal(weight_bytes("gemma-3-27b", "UD-Q4_K_XL"), UINT64_C(16819763840));
    /* this one counts the MTP layer as well */
    llmp_arch *arch = arch_with("glm-4.5-air", "UD-Q4_K_XL", NULL);
    const llmp_arch_summary *summary = llmp_arch_summary_of(arch);
    assert_int_equal(summary->weight_bytes + summary->mtp_bytes, UINT64_C(73028549632));
    assert_int_equal(summary->weights_grade, LLMP_GRADE_DERIVED);
    llmp_arch_destroy(&arch);

    llmp_arch *untouched = NULL;
    llmp_status status =
        llmp_arch_create(catalog, LLMP_MODEL(find(LLMP_KIND_MODEL, "llama-3.1-8b")),
                         LLMP_QUANT(find(LLMP_KIND_QUANT, "UD-Q4_K_XL")), NULL, &untouched, &error);
    assert_int_equal(status, LLMP_E_NO_DATA);
    assert_null(untouched);
    assert_contains(error.message, "llama-3.1-8b");
    assert_contains(error.hint, ".gguf");
}

static void test_size_from_caller(void **state)
{
    (void)state;
    llmp_arch_options options = LLMP_ARCH_OPTIONS_INIT;
    options.weight_bytes = UINT64_C(4993221337);
    static const char *const quants[] = {"UD-Q4_K_XL", "Q4_K_M", "F16"};
    for (size_t i = 0; i < 3; i++) {
        llmp_arch *arch = arch_with("llama-3.1-8b", quants[i], &options);
        assert_int_equal(llmp_arch_summary_of(arch)->weight_bytes, options.weight_bytes);
        llmp_arch_destroy(&arch);
    }
}

static void test_grades(void **state)
{
    (void)state;
    static const struct {
        const char *quant;
        llmp_grade grade;
    } cases[] = {{"F16", LLMP_GRADE_EXACT},
                 {"Q4_K_M", LLMP_GRADE_DERIVED},
                 {"MLX-4bit", LLMP_GRADE_DERIVED},
                 {"IQ5_K", LLMP_GRADE_ESTIMATE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmp_arch *arch = arch_with("llama-3.1-8b", cases[i].quant, NULL);
        assert_int_equal(llmp_arch_summary_of(arch)->weights_grade, cases[i].grade);
        llmp_arch_destroy(&arch);
    }
}

/* Labels as they stand in published benchmarks. */
static void test_labels(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "MXFP4",     "Q4_0",      "Q8_0",      "Q4_K_M",        "UD-Q4_K_XL",  "UD-Q8_K_XL",
        "AWQ-4bit",  "F16",       "BF16",      "MLX-4bit",      "FP8",         "UD-Q6_K_XL",
        "MLX-6bit",  "UD-Q3_K_S", "Q3_K_S",    "Q6_K",          "UD-Q3_K_XL",  "NVFP4",
        "Q2_K",      "q4_k_m",    "MXFP4_MOE", "Q4_K - Medium", "EXL3-4.0bpw", "NF4",
        "GPTQ-Int4", "mxfp4 moe", "i1-Q4_K_M", "mlx 8bit",
    };
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        find(LLMP_KIND_QUANT, labels[i]);
}

/* Every quant works on a dense and a sparse model, or says that it cannot. */
static void test_all(void **state)
{
    (void)state;
    static const char *const models[] = {"phi-3-mini-4k", "deepseek-v2-lite", "gpt-oss-20b",
                                         "qwen3.5-9b", "nemotron-3-nano-30b-a3b"};
    size_t n = llmp_catalog_count(catalog, LLMP_KIND_QUANT);
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
        const llmp_model *model = LLMP_MODEL(find(LLMP_KIND_MODEL, models[m]));
        for (size_t i = 0; i < n; i++) {
            const llmp_quant *quant = LLMP_QUANT(llmp_catalog_at(catalog, LLMP_KIND_QUANT, i));
            llmp_arch *arch;
            llmp_status status = llmp_arch_create(catalog, model, quant, NULL, &arch, &error);
            if (status != LLMP_OK) {
                assert_true(quant->own_recipe && status == LLMP_E_NO_DATA);
                continue;
            }
            double bits = llmp_arch_summary_of(arch)->bits_per_weight;
            assert_true(bits > 1 && bits <= 33);
            llmp_arch_destroy(&arch);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_sums),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_more_bits),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_fallback),
        cmocka_unit_test(test_imatrix),
        cmocka_unit_test(test_recipes),
        cmocka_unit_test(test_size_from_caller),
        cmocka_unit_test(test_grades),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests_name("formats and quants", tests, open_catalog, close_catalog);
}
