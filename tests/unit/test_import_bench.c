/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "t.h"

#include <llmplan/measured.h>

#include <stdlib.h>

#include "base/file.h"

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

static llmp_measured *read_file(const char *name, const char *format,
                                const llmp_measured_given *given)
{
    char path[512], *text = NULL;
    size_t size = 0;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_measured *measured = NULL;
    snprintf(path, sizeof path, "%s/cli/fixtures/%s", TEST_DATA, name);
    assert_ok(llmp__file_read(path, 1 << 20, &text, &size, &error));
    assert_ok(llmp_measured_read_as(catalog, format, text, size, path, given, &measured, &error));
    free(text);
    return measured;
}

#define assert_number(a, b) assert_close((a), (b), 1e-12)

/* Two RTX 3090 by llama-bench's CSV; the second and third tests ran on one (-sm none). */
static void llama_bench_csv(void **state)
{
    (void)state;
    llmp_measured *measured = read_file("bench.csv", "llama-bench", NULL);
    assert_int_equal(llmp_measured_size(measured), 3);
    const llmp_measured_row *row = llmp_measured_at(measured, 0);
    assert_int_equal(row->line, 2);
    assert_string_equal(row->device, "rtx-3090");
    assert_number(row->device_count, 2);
    assert_string_equal(row->model, "llama-3.1-8b");
    assert_string_equal(row->quant, "Q4_K_M");
    assert_string_equal(row->kv_type, "f16/q8_0");
    assert_string_equal(row->backend, "cuda");
    assert_string_equal(row->engine_version, "b7941 0a1b2c3d");
    assert_int_equal(row->phase, LLMP_PHASE_PREFILL);
    assert_number(row->prompt_tokens, 5731);
    assert_number(row->context_depth, 4096);
    assert_number(row->batch, 1); /* n_batch is 2048 */
    assert_number(row->n_ubatch, 1024);
    assert_number(row->flash_attn, 1);
    assert_number(row->tokens_per_s, 3127.5);
    assert_number(row->weights_gib, 4912898304.0 / 1073741824.0);
    assert_number(row->gpu_layers, 99);
    row = llmp_measured_at(measured, 1);
    assert_int_equal(row->phase, LLMP_PHASE_DECODE);
    assert_number(row->gen_tokens, 77);
    assert_number(row->device_count, 1);
    assert_int_equal(llmp_measured_at(measured, 2)->phase, LLMP_PHASE_OTHER); /* pp512+tg77 */
    llmp_measured_destroy(&measured);
}

static void llama_bench_markdown(void **state)
{
    (void)state;
    llmp_measured *measured = read_file("bench.md", "llama-bench", NULL);
    assert_int_equal(llmp_measured_size(measured), 2);
    const llmp_measured_row *row = llmp_measured_at(measured, 1);
    assert_int_equal(row->line, 7);
    assert_string_equal(row->device, "rtx-4090"); /* from the log above the table */
    assert_string_equal(row->model, "gpt-oss-20b");
    assert_string_equal(row->quant, "MXFP4");
    assert_int_equal(row->phase, LLMP_PHASE_DECODE);
    assert_number(row->gen_tokens, 32);
    assert_number(row->context_depth, 4096);
    assert_number(row->tokens_per_s, 231.75);
    assert_close(row->weights_gib, 11.27, 1e-9);
    llmp_measured_destroy(&measured);
}

static void llama_bench_sql_json_and_jsonl(void **state)
{
    (void)state;
    llmp_measured *measured = read_file("bench.sql", "llama-bench", NULL);
    assert_int_equal(llmp_measured_size(measured), 1);
    const llmp_measured_row *row = llmp_measured_at(measured, 0);
    assert_string_equal(row->device, "apple-m2-ultra-76"); /* the family's default, not the M2 */
    assert_string_equal(row->backend, "metal");
    assert_string_equal(row->kv_type, "f16");
    assert_number(row->context_depth, 8192);
    assert_number(row->tokens_per_s, 101.75);
    llmp_measured_destroy(&measured);

    measured = read_file("bench.json", "llama-bench", NULL);
    row = llmp_measured_at(measured, 0);
    assert_string_equal(row->model, "qwen3-235b-a22b"); /* first of three files */
    assert_string_equal(row->quant, "Q4_K_M");
    assert_number(row->cpu_moe_layers, 90);
    llmp_measured_destroy(&measured);

    measured = read_file("bench.jsonl", "llama-bench", NULL);
    assert_int_equal(llmp_measured_size(measured), 2);
    assert_number(llmp_measured_at(measured, 1)->tokens_per_s, 7.5);
    assert_int_equal(llmp_measured_at(measured, 1)->line, 2);
    llmp_measured_destroy(&measured);
}

/* 70 requests of 5731 in and 200 out, 7 at once: each (420.5 + 199 x 18.5) ms = 4.102 s, and
 * 70 x 4.102 / 41 s = 7.0 in flight. Median 17.5 ms per token: 7 / 0.0175 s = 400 tokens/s. */
static void vllm_serving(void **state)
{
    (void)state;
    llmp_measured_given given = LLMP_MEASURED_GIVEN_INIT;
    given.device = "rtx-4090";
    given.device_count = 2;
    llmp_measured *measured = read_file("vllm.json", "vllm", &given);
    assert_int_equal(llmp_measured_size(measured), 1); /* no prefill row with several at once */
    const llmp_measured_row *row = llmp_measured_at(measured, 0);
    assert_string_equal(row->device, "rtx-4090");
    assert_number(row->device_count, 2);
    assert_string_equal(row->split_mode, "tensor");
    assert_string_equal(row->model, "llama-3.1-8b");
    assert_string_equal(row->quant, "BF16");
    assert_number(row->batch, 7);
    assert_number(row->context_depth, 5731);
    assert_number(row->gen_tokens, 200);
    assert_number(row->tokens_per_s, 400);
    llmp_measured_destroy(&measured);
}

static void mlx_benchmark(void **state)
{
    (void)state;
    llmp_measured *measured = read_file("mlx.txt", "mlx", NULL);
    assert_int_equal(llmp_measured_size(measured), 2);
    const llmp_measured_row *prefill = llmp_measured_at(measured, 0);
    assert_int_equal(prefill->phase, LLMP_PHASE_PREFILL);
    assert_number(prefill->prompt_tokens, 1531);
    assert_number(prefill->context_depth + 1, 1);
    assert_number(prefill->tokens_per_s, 1202.5);
    const llmp_measured_row *decode = llmp_measured_at(measured, 1);
    assert_int_equal(decode->phase, LLMP_PHASE_DECODE);
    assert_number(decode->context_depth, 1531);
    assert_number(decode->gen_tokens, 77);
    assert_number(decode->tokens_per_s, 61.375);
    assert_null(decode->device);
    llmp_measured_destroy(&measured);
}

static void what_is_no_output_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        const char *text;
        llmp_status status;
    } cases[] = {
        {"llama-bench", "hello\n", LLMP_E_SCHEMA},
        {"llama-bench", "", LLMP_E_SCHEMA},
        {"llama-bench", "[{\"avg\": 1}]", LLMP_E_SCHEMA},
        {"llama-bench", "[{\"avg_ts\": 1}", LLMP_E_SYNTAX},
        {"llama-bench", "INSERT INTO test (a, b) VALUES ('1');", LLMP_E_SYNTAX},
        {"llama-bench", "INSERT INTO test (a, b) VALUES ('1', '2", LLMP_E_SYNTAX},
        {"llama-bench", "| model | test | t/s |\n| m | pp512 |\n", LLMP_E_SYNTAX},
        {"llama-bench", "| a | b |\n| - | - |\n", LLMP_E_SCHEMA},
        {"vllm", "{\"completed\": 0}", LLMP_E_SCHEMA},
        {"vllm", "3", LLMP_E_SCHEMA},
        {"mlx", "Prompt: hello\n", LLMP_E_SCHEMA},
        {"ollama", "x", LLMP_E_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        llmp_measured *measured = NULL;
        llmp_error error = LLMP_ERROR_INIT;
        if (llmp_measured_read_as(catalog, cases[i].format, cases[i].text, strlen(cases[i].text),
                                  "x", NULL, &measured, &error) != cases[i].status)
            fail_msg("'%s': %s, expected %s", cases[i].text, llmp_status_name(error.status),
                     llmp_status_name(cases[i].status));
        assert_null(measured);
    }
}

/* As drivers and uploaders write them; a variant nobody knows does not become its sibling. */
static void names_are_found_or_kept(void **state)
{
    (void)state;
    static const struct {
        const char *gpu, *file, *device, *model, *quant;
    } cases[] = {
        {"NVIDIA GeForce RTX 4070 Ti SUPER", "llama-2-7b.Q4_0.gguf", "rtx-4070-ti-super",
         "llama-2-7b", "Q4_0"},
        {"NVIDIA H100 80GB HBM3", "Qwen_Qwen3-4B-Q6_K.gguf", "h100-sxm", "qwen3-4b", "Q6_K"},
        {"AMD Radeon RX 7900 XTX (RADV NAVI31)", "gemma-3-27b-it-Q8_0.gguf", "rx-7900-xtx",
         "gemma-3-27b", "Q8_0"},
        {"Intel(R) Arc(TM) A770 Graphics", "Qwen3-30B-A3B-Instruct-2507-UD-Q4_K_XL.gguf",
         "arc-a770-16", "qwen3-30b-a3b", "UD-Q4_K_XL"},
        {"NVIDIA GeForce RTX 4090 Ultra", "Llama-3.1-9B-Q4_K_M.gguf",
         "NVIDIA GeForce RTX 4090 Ultra", "Llama-3.1-9B-Q4_K_M", "Q4_K_M"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        llmp_measured *measured = NULL;
        llmp_error error = LLMP_ERROR_INIT;
        snprintf(text, sizeof text,
                 "build_commit,gpu_info,backends,model_filename,n_prompt,n_gen,avg_ts\n"
                 "a,%s,Vulkan,%s,0,128,9.5\n",
                 cases[i].gpu, cases[i].file);
        assert_ok(llmp_measured_read_as(catalog, "llama-bench", text, strlen(text), "x", NULL,
                                        &measured, &error));
        const llmp_measured_row *row = llmp_measured_at(measured, 0);
        assert_string_equal(row->device, cases[i].device);
        assert_string_equal(row->model, cases[i].model);
        assert_string_equal(row->quant, cases[i].quant);
        llmp_measured_destroy(&measured);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama_bench_csv),
        cmocka_unit_test(llama_bench_markdown),
        cmocka_unit_test(llama_bench_sql_json_and_jsonl),
        cmocka_unit_test(vllm_serving),
        cmocka_unit_test(mlx_benchmark),
        cmocka_unit_test(what_is_no_output_is_refused),
        cmocka_unit_test(names_are_found_or_kept),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
