/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a placed model of the catalog to stages, rates and links. */
#include "t.h"

#include <llmplan/speed.h>

/* Devices with known numbers: one complete, one that borrows, one that knows no rate of arithmetic,
 * and a machine around the first. */
static const char overlay[] = "devices:\n"
                              "  - id: test-card\n"
                              "    name: Test card\n"
                              "    vendor: nvidia\n"
                              "    kind: gpu\n"
                              "    classes: [test-class, nvidia-gddr, nvidia, gpu]\n"
                              "    memory_gib: 24\n"
                              "    memory_bandwidth_gb_s: 1000\n"
                              "    fp16_tflops: 100\n"
                              "    bf16_tflops: 90\n"
                              "    int8_tops: 400\n"
                              "    tdp_w: 300\n"
                              "    pcie_generation: 4\n"
                              "    pcie_lanes: 16\n"
                              "    as_of: 2026-11\n"
                              "    source: made up\n"
                              "    grade: datasheet\n"
                              "  - id: test-like\n"
                              "    name: Test card that lacks facts\n"
                              "    vendor: nvidia\n"
                              "    kind: gpu\n"
                              "    classes: [test-class, gpu]\n"
                              "    like: test-card\n"
                              "    memory_gib: 24\n"
                              "    memory_bandwidth_gb_s: 500\n"
                              "    pcie_generation: 4\n"
                              "    pcie_lanes: 16\n"
                              "    as_of: 2026-11\n"
                              "    source: made up\n"
                              "    grade: datasheet\n"
                              "  - id: test-blank\n"
                              "    name: Test card of unknown arithmetic\n"
                              "    vendor: nvidia\n"
                              "    kind: gpu\n"
                              "    classes: [test-class, gpu]\n"
                              "    memory_gib: 24\n"
                              "    memory_bandwidth_gb_s: 1000\n"
                              "    as_of: 2026-11\n"
                              "    source: made up\n"
                              "    grade: datasheet\n"
                              "rigs:\n"
                              "  - id: test-rig\n"
                              "    name: Test machine\n"
                              "    devices: [{device: test-card, count: 1, power_limit_w: 250}]\n"
                              "    host_cpu: ryzen-9950x-ddr5-5600\n"
                              "    host_memory_gib: 256\n"
                              "    host_memory_bandwidth_gb_s: 80\n"
                              "    host_idle_w: 70\n"
                              "    as_of: 2026-11\n"
                              "    source: made up\n"
                              "    grade: estimate\n";

static llmp_error error;
static llmp_catalog *catalog;

struct setup {
    llmp_arch *arch;
    llmp_machine machine[LLMP_MACHINES_MAX];
    llmp_memory_model memory;
    llmp_memory_result plan;
    llmp_speed_model speed;
};

static const llmp_record *find(llmp_kind kind, const char *name)
{
    const llmp_record *record;
    assert_ok(llmp_catalog_find(catalog, kind, name, &record, NULL, &error));
    return record;
}

static llmp_status try_setup(struct setup *s, const char *model, const char *quant,
                             const char *machine, const char *engine_id,
                             const llmp_memory_options *options)
{
    size_t count;
    const llmp_engine *engine = LLMP_ENGINE(find(LLMP_KIND_ENGINE, engine_id));
    const llmp_backend *backend;
    assert_ok(llmp_machine_parse(catalog, machine, s->machine, &count, NULL, &error));
    assert_ok(llmp_backend_for(engine, s->machine, NULL, &backend, &error));
    assert_ok(llmp_arch_create(catalog, LLMP_MODEL(find(LLMP_KIND_MODEL, model)),
                               LLMP_QUANT(find(LLMP_KIND_QUANT, quant)), NULL, &s->arch, &error));
    assert_ok(llmp_memory_prepare(catalog, s->arch, s->machine, engine, backend, options,
                                  &s->memory, &error));
    assert_ok(llmp_memory_plan(&s->memory, 0, 0, NULL, &s->plan, &error));
    return llmp_speed_prepare(catalog, &s->memory, &s->plan, &s->speed, &error);
}

static uint32_t layers_of(const llmp_speed_model *model)
{
    uint32_t layers = 0;
    for (uint32_t i = 0; i < model->group_count; i++)
        layers += model->groups[i].count;
    return layers;
}

/* Llama-3.1-8B has 8,030,261,248 parameters, 128,256 x 4,096 of them in the embedding table, which
 * is gathered by row; the rest is read at 2 bytes. KV is 131,072 B per position. */
static void dense_on_one_card(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    assert_ok(try_setup(&s, "llama-3.1-8b", "BF16", "test-card", "llama.cpp", &options));
    assert_int_equal(s.speed.stage_count, 1);
    assert_int_equal(layers_of(&s.speed), 32);
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&s.speed, 5731, 7, NULL, &result, &error));
    assert_close(result.weights_read_bytes, 2.0 * (8030261248.0 - 128256.0 * 4096), 1e-3);
    assert_close(result.kv_read_bytes, 7 * 5731 * 131072.0, 1e-12);
    const llmp_speed_stage *stage = &s.speed.stages[0];
    assert_close(stage->bandwidth_bytes_per_s, 1000e9, 1e-12);
    assert_close(stage->compute_flop_per_s, 90e12, 1e-12);
    assert_close(stage->attention_flop_per_s, 100e12, 1e-12);
    assert_close(stage->tdp_w, 300, 1e-12);
    assert_close(s.speed.hidden_bytes, 4096 * 4, 1e-12);
    assert_true(s.speed.sigma_decode > 0.01 && s.speed.sigma_decode < 1);
    /* 2 x 7,504,924,672 weights per token, all but the head for every token of the prompt */
    llmp_prefill_result prefill;
    assert_ok(llmp_speed_prefill(&s.speed, 1, 0, 1, NULL, &prefill, &error));
    assert_close(prefill.flop, 2 * 7504924672.0, 1e-3);
    llmp_arch_destroy(&s.arch);
}

static void quantised_types(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    assert_ok(try_setup(&s, "llama-3.1-8b", "Q4_0", "test-card", "llama.cpp", &options));
    /* llama.cpp multiplies Q4_0 as int8 on these cards; no kernel can be faster than int8 */
    assert_close(s.speed.stages[0].compute_flop_per_s, 400e12, 1e-12);
    assert_close(s.speed.stages[0].ceiling_flop_per_s, 400e12, 1e-12);
    llmp_arch_destroy(&s.arch);
}

static void borrowed_facts(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    assert_ok(try_setup(&s, "llama-3.1-8b", "Q4_K_M", "test-like", "llama.cpp", &options));
    assert_close(s.speed.stages[0].bandwidth_bytes_per_s, 500e9, 1e-12);
    assert_close(s.speed.stages[0].compute_flop_per_s, 400e12, 1e-12);
    assert_true(s.speed.grade >= LLMP_GRADE_DERIVED);
    assert_contains(s.speed.widened, "similar");
    assert_contains(s.speed.widened, "class");
    double narrow = s.speed.stages[0].profile.sigma_decode;
    assert_close(s.speed.sigma_decode, narrow * 1.5 * 1.5, 1e-12);
    llmp_arch_destroy(&s.arch);
}

static void unknown_arithmetic(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    s.speed.stage_count = 77;
    assert_int_equal(try_setup(&s, "llama-3.1-8b", "Q4_K_M", "test-blank", "llama.cpp", &options),
                     LLMP_E_NO_DATA);
    assert_contains(error.message, "Test card of unknown arithmetic");
    assert_string_equal(error.field, "fp16_tflops");
    assert_int_equal(s.speed.stage_count, 77);
    llmp_arch_destroy(&s.arch);
}

static void does_not_run(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    options.placement = LLMP_PLACE_DEVICE;
    assert_int_equal(try_setup(&s, "llama-3.1-405b", "BF16", "test-card", "llama.cpp", &options),
                     LLMP_E_NO_SOLUTION);
    llmp_arch_destroy(&s.arch);
}

/* Experts of the first 30 of 48 layers on the host: their bytes are the host's. */
static void experts_to_the_host(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    options.placement = LLMP_PLACE_EXPERT_OFFLOAD;
    options.cpu_expert_layers = 30;
    assert_ok(try_setup(&s, "qwen3-30b-a3b", "Q4_K_M", "test-rig", "llama.cpp", &options));
    uint32_t moved = 0;
    for (uint32_t i = 0; i < s.speed.group_count; i++)
        moved += s.speed.groups[i].experts_on_host ? s.speed.groups[i].count : 0;
    assert_int_equal(moved, 30);
    assert_int_equal(layers_of(&s.speed), 48);
    assert_close(s.speed.host_bandwidth_bytes_per_s, 80e9, 1e-12);
    assert_close(s.speed.host_idle_w, 70, 1e-12);
    assert_close(s.speed.stages[0].tdp_w, 250, 1e-12);
    assert_contains(s.speed.widened, "host");
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&s.speed, 5731, 1, NULL, &result, &error));
    assert_true(result.parts.host_s > result.parts.weights_s);
    llmp_arch_destroy(&s.arch);
}

static void layers_on_the_host(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    options.placement = LLMP_PLACE_LAYER_OFFLOAD;
    options.gpu_layers = 20;
    assert_ok(try_setup(&s, "llama-3.3-70b", "Q4_K_M", "test-rig", "llama.cpp", &options));
    assert_int_equal(s.speed.stage_count, 2);
    assert_int_equal(layers_of(&s.speed), 80);
    llmp_decode_result result;
    assert_ok(llmp_speed_decode(&s.speed, 5731, 1, NULL, &result, &error));
    assert_int_equal(result.limited_by, LLMP_LIMIT_HOST_BANDWIDTH);
    llmp_arch_destroy(&s.arch);
}

/* All-reduce latency of the DGX H100 (Vidur): 17, 31 and 29 us at 2, 4 and 8 devices. */
static void tensor_parallel_links(void **state)
{
    (void)state;
    const unsigned devices[] = {2, 4, 8};
    const double measured_s[] = {17e-6, 31e-6, 29e-6};
    for (int i = 0; i < 3; i++) {
        static struct setup s;
        char machine[32];
        snprintf(machine, sizeof machine, "%ux h100-sxm", devices[i]);
        llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
        options.placement = LLMP_PLACE_TENSOR_PARALLEL;
        assert_ok(try_setup(&s, "llama-3.1-8b", "BF16", machine, "vllm", &options));
        assert_int_equal(s.speed.stage_count, 1);
        assert_int_equal(s.speed.stages[0].devices, devices[i]);
        assert_close(s.speed.allreduce_latency_s, measured_s[i], 0.30);
        assert_close(s.speed.hidden_bytes, 4096 * 2, 1e-12);
        assert_int_equal(s.speed.groups[0].kv_shards, 8);
        llmp_arch_destroy(&s.arch);
    }
}

static void split_over_two(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    options.placement = LLMP_PLACE_LAYER_SPLIT;
    assert_ok(try_setup(&s, "llama-3.3-70b", "Q4_K_M", "2x test-card", "llama.cpp", &options));
    assert_int_equal(s.speed.stage_count, 2);
    assert_int_equal(layers_of(&s.speed), 80);
    assert_true(s.speed.stages[0].extra_bytes <= 0);
    assert_true(s.speed.stages[1].extra_bytes > 0);
    assert_true(s.speed.stage_link_bandwidth_bytes_per_s > 5e9);
    llmp_arch_destroy(&s.arch);
}

/* DeepSeek-V3, 128 heads: absorbed 2 x 128 x (2 x 512 + 64) = 278,528 FLOP per pair and layer, full
 * width 2 x 128 x (128 + 64 + 128) = 81,920, which is how servers prefill. The latent is on every
 * device. */
static void latent_attention(void **state)
{
    (void)state;
    static struct setup s;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    options.placement = LLMP_PLACE_TENSOR_PARALLEL;
    assert_ok(try_setup(&s, "deepseek-v3", "FP8", "8x h200", "vllm", &options));
    assert_close(s.speed.groups[0].attention_flop_per_pair, 278528, 1e-12);
    assert_close(s.speed.groups[0].prefill_flop_per_pair, 81920, 1e-12);
    assert_int_equal(s.speed.groups[0].kv_shards, 1);
    assert_close(s.speed.stages[0].compute_flop_per_s, 1979e12, 0.01);
    llmp_prefill_result one, two;
    assert_ok(llmp_speed_prefill(&s.speed, 8192, 0, 1, NULL, &one, &error));
    assert_ok(llmp_speed_prefill(&s.speed, 8192, 8192, 1, NULL, &two, &error));
    assert_close(two.flop - one.flop, 61 * 81920.0 * 8192 * 8192, 1e-9);
    llmp_arch_destroy(&s.arch);
}

static int open_catalog(void **state)
{
    (void)state;
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK)
        return 1;
    if (llmp_catalog_overlay(catalog, overlay, sizeof overlay - 1, "test", &error) != LLMP_OK) {
        fprintf(stderr, "%s:%u: %s %s\n", error.where, error.line, error.message, error.field);
        return 1;
    }
    llmp_catalog_freeze(catalog);
    return 0;
}

static int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_on_one_card),  cmocka_unit_test(quantised_types),
        cmocka_unit_test(borrowed_facts),     cmocka_unit_test(unknown_arithmetic),
        cmocka_unit_test(does_not_run),       cmocka_unit_test(experts_to_the_host),
        cmocka_unit_test(layers_on_the_host), cmocka_unit_test(tensor_parallel_links),
        cmocka_unit_test(split_over_two),     cmocka_unit_test(latent_attention),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
