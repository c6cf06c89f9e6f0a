/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What devices can give, and where a model goes. */
#include "t.h"

#include <llmplan/memory.h>

#define GIB 1073741824.0

static llmp_catalog *catalog;
static llmp_error error;
static llmp_memory_model model; /* large */
static llmp_memory_result result;
static llmp_machine machines[LLMP_MACHINES_MAX];
static llmp_device devices[2];
static const llmp_engine *engine;
static llmp_arch *arch;

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

static int release(void **state)
{
    (void)state;
    llmp_arch_destroy(&arch);
    return 0;
}

static const llmp_record *find(llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    assert_ok(llmp_catalog_find(catalog, kind, name, &record, NULL, &error));
    return record;
}

static void build(const char *name, const char *quant)
{
    llmp_arch_destroy(&arch);
    assert_ok(llmp_arch_create(catalog, LLMP_MODEL(find(LLMP_KIND_MODEL, name)),
                               LLMP_QUANT(find(LLMP_KIND_QUANT, quant)), NULL, &arch, &error));
}

/* A machine whose devices may be changed. */
static void on(const char *machine, const char *engine_id, double host_gib)
{
    size_t count;
    assert_ok(llmp_machine_parse(catalog, machine, machines, &count, NULL, &error));
    engine = LLMP_ENGINE(find(LLMP_KIND_ENGINE, engine_id));
    for (uint32_t d = 0; d < machines[0].device_count && d < 2; d++) {
        devices[d] = *machines[0].devices[d];
        machines[0].devices[d] = &devices[d];
    }
    if (host_gib > 0 && !machines[0].host_shares_device_memory) {
        machines[0].host_memory_known = true;
        machines[0].host_memory_bytes = (uint64_t)(host_gib * GIB);
    }
}

static void plan(const llmp_memory_options *options)
{
    const llmp_backend *backend;
    assert_ok(llmp_backend_for(engine, &machines[0], NULL, &backend, &error));
    assert_ok(
        llmp_memory_prepare(catalog, arch, &machines[0], engine, backend, options, &model, &error));
    assert_ok(llmp_memory_plan(&model, 0, 0, NULL, &result, &error));
}

/* 24 "GB" of a GeForce are 24,564 MiB to the driver; a display takes some. */
static void test_reported_memory(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    build("llama-3.1-8b", "Q4_K_M");
    on("rtx-4090", "llama.cpp", 64);
    plan(&options);
    assert_int_equal(model.device_available_bytes[0], 24564ull << 20);
    options.reserve_bytes = 573ull << 20;
    plan(&options);
    assert_int_equal(model.device_available_bytes[0], (24564ull - 573) << 20);
    devices[0].memory_reported_bytes = 0;
    plan(&options);
    assert_int_equal(model.device_available_bytes[0], (24576ull - 573) << 20);
    assert_int_equal(result.verdict, LLMP_VERDICT_FITS);
    assert_int_equal(result.placement, LLMP_PLACE_DEVICE);
    /* 64 GiB less 2 for the operating system */
    assert_int_equal(model.host_available_bytes, 62 * LLMP_GIB);
}

/* Metal takes three quarters of 64 GiB; device and host together stay within the 64. */
static void test_unified_pool(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    build("llama-3.1-70b", "Q4_K_M");
    on("m4-max-40", "llama.cpp", 0);
    devices[0].memory_bytes = 64 * LLMP_GIB;
    devices[0].memory_reported_bytes = 0;
    devices[0].usable_memory_bytes = 0;
    devices[0].usable_memory_ratio = 0.75;
    machines[0].host_memory_bytes = 64 * LLMP_GIB;
    machines[0].host_memory_known = true;
    plan(&options);
    assert_true(machines[0].host_shares_device_memory);
    assert_int_equal(model.device_available_bytes[0], 48 * LLMP_GIB);
    assert_int_equal(model.device_pool_bytes[0], 62 * LLMP_GIB);
    assert_int_equal(result.verdict, LLMP_VERDICT_FITS);
    assert_true(result.available_bytes <= 48 * LLMP_GIB);
    /* 65 GiB of Q6_K cannot be had from 62 by counting the pool twice */
    build("llama-3.1-70b", "Q8_0");
    options.no_mmap = true;
    plan(&options);
    assert_int_equal(result.verdict, LLMP_VERDICT_CANNOT_RUN);
    assert_true(result.missing_bytes > 6 * LLMP_GIB && result.missing_bytes < 16 * LLMP_GIB);
    assert_contains(result.reason, "missing");
}

/* 24 GB and 12 GB: two thirds of the layers on the first, or as they fit. */
static void test_unequal_devices(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    build("qwen3-32b", "Q5_K_M");
    on("2x rtx-4090", "llama.cpp", 64);
    devices[1].memory_reported_bytes = 12282ull << 20;
    devices[1].memory_bytes = 0; /* that size alone */
    options.placement = LLMP_PLACE_LAYER_SPLIT;
    plan(&options);
    assert_int_equal(result.verdict, LLMP_VERDICT_FITS);
    assert_int_equal(result.shares[0].layer_count + result.shares[1].layer_count, 64);
    /* 24564 / (24564 + 12282) of 65 items: 43.3, the layers before it */
    assert_int_equal(result.shares[0].layer_count, 44);
    assert_int_equal(result.shares[1].first_layer, 44);
    /* 22.0 GiB for the first card would overflow 18: it takes fewer */
    devices[0].memory_reported_bytes = 17ull << 30;
    devices[0].memory_bytes = 0; /* that size alone */
    devices[1].memory_reported_bytes = 11ull << 30;
    devices[1].memory_bytes = 0; /* that size alone */
    plan(&options);
    for (int i = 0; i < 2; i++)
        assert_true(result.shares[i].parts.total_bytes <= result.shares[i].available_bytes);
    assert_int_equal(result.verdict, LLMP_VERDICT_FITS);
}

/* llama.cpp's own --fit log: Qwen3-30B-A3B F16 at 4,096 tokens with 20,386 MiB free puts the
 * experts of 34 of 48 layers on the host, leaving its margin of 1,024 MiB. */
static void test_expert_offload(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    llmp_backend backend;
    const llmp_backend *found;
    build("qwen3-30b-a3b", "F16");
    on("rtx-4090", "llama.cpp", 128);
    assert_ok(llmp_backend_for(engine, &machines[0], NULL, &found, &error));
    backend = *found;
    backend.runtime_bytes = 0; /* the free memory was measured with the context in place */
    devices[0].memory_reported_bytes = (19187ull + 1199) << 20;
    devices[0].memory_bytes = 0; /* that size alone */
    options.context_tokens = 4096;
    assert_ok(llmp_memory_prepare(catalog, arch, &machines[0], engine, &backend, &options, &model,
                                  &error));
    assert_ok(llmp_memory_plan(&model, 0, 0, NULL, &result, &error));
    assert_int_equal(result.placement, LLMP_PLACE_EXPERT_OFFLOAD);
    assert_int_equal(result.verdict, LLMP_VERDICT_RUNS_SLOWLY);
    assert_int_equal(result.cpu_expert_layers, 34);
    assert_int_equal(result.shares[1].expert_layer_count, 34);
    assert_int_equal(result.gpu_layers, 48);
    /* the log's 19,187 MiB, and 136 for an expert matrix on its way to the device */
    assert_close((double)result.shares[0].parts.total_bytes / 1048576.0, 19187, 0.01);
}

/* Half of a dense 70B on one card, half in host memory. */
static void test_layer_offload(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    build("llama-3.1-70b", "Q4_K_M");
    on("rtx-4090", "llama.cpp", 64);
    plan(&options);
    assert_int_equal(result.placement, LLMP_PLACE_LAYER_OFFLOAD);
    assert_int_equal(result.shares[0].layer_count + result.shares[1].layer_count, 80);
    assert_int_equal(result.shares[1].first_layer, 0);
    assert_true(result.shares[1].is_host);
    uint32_t most = result.gpu_layers;
    /* about 0.48 GiB a layer: 23.99 less 1 of margin, 0.8 head, 0.8 runtime and buffers */
    assert_true(most >= 40 && most <= 46);
    options.gpu_layers = 17;
    plan(&options);
    assert_int_equal(result.gpu_layers, 17);
    assert_int_equal(result.shares[0].layer_count, 17);
    options.gpu_layers = 0;
    plan(&options);
    assert_int_equal(result.placement, LLMP_PLACE_CPU);
    assert_int_equal(result.verdict, LLMP_VERDICT_RUNS_SLOWLY);
}

static void test_disk(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    build("deepseek-v3", "Q4_K_M");
    on("rtx-4090", "llama.cpp", 64);
    plan(&options);
    assert_int_equal(result.placement, LLMP_PLACE_DISK);
    assert_int_equal(result.verdict, LLMP_VERDICT_RUNS_SLOWLY);
    assert_true(result.disk_streamed);
    /* 37B active parameters at 4.8 bits are 22 GB; 84 % of the file is not in memory */
    assert_true(result.disk_bytes > 15000000000u && result.disk_bytes < 25000000000u);
    options.no_mmap = true;
    plan(&options);
    assert_int_equal(result.verdict, LLMP_VERDICT_CANNOT_RUN);
    assert_true(result.missing_bytes > 250 * LLMP_GIB);
}

static void test_cpu_machine(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    const llmp_backend *backend;
    build("llama-3.1-8b", "Q4_K_M");
    on("ryzen-9-9950x", "llama.cpp", 48);
    plan(&options);
    assert_int_equal(result.placement, LLMP_PLACE_CPU);
    assert_int_equal(result.verdict, LLMP_VERDICT_FITS);
    machines[0].host_memory_known = false;
    assert_ok(llmp_backend_for(engine, &machines[0], NULL, &backend, &error));
    assert_int_equal(
        llmp_memory_prepare(catalog, arch, &machines[0], engine, backend, &options, &model, &error),
        LLMP_E_NO_DATA);
}

static void test_backends(void **state)
{
    (void)state;
    const llmp_backend *backend = NULL;
    on("rtx-4090", "llama.cpp", 64);
    assert_ok(llmp_backend_for(engine, &machines[0], NULL, &backend, &error));
    assert_string_equal(backend->id, "cuda");
    assert_ok(llmp_backend_for(engine, &machines[0], "Vulkan", &backend, &error));
    assert_string_equal(backend->id, "vulkan");
    assert_int_equal(llmp_backend_for(engine, &machines[0], "metal", &backend, &error),
                     LLMP_E_IMPOSSIBLE);
    assert_contains(error.hint, "cuda");
    assert_int_equal(llmp_backend_for(engine, &machines[0], "opengl", &backend, &error),
                     LLMP_E_UNKNOWN);
    assert_string_equal(backend->id, "vulkan"); /* untouched */
    on("m4-max-40", "llama.cpp", 0);
    assert_ok(llmp_backend_for(engine, &machines[0], NULL, &backend, &error));
    assert_string_equal(backend->id, "metal");
}

/* Two computers with unified memory: one pool each. */
static void test_cluster(void **state)
{
    (void)state;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    build("qwen3-235b-a22b", "Q4_K_M");
    on("2x dgx-spark", "llama.cpp", 0);
    plan(&options);
    assert_int_equal(machines[0].machines, 2);
    assert_int_equal(result.placement, LLMP_PLACE_LAYER_SPLIT);
    assert_int_equal(result.verdict, LLMP_VERDICT_FITS);
    /* 122,570 MiB each, of which a system takes 2 GiB */
    assert_int_equal(model.device_pool_bytes[1], (122570ull - 2048) << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_reported_memory, release),
        cmocka_unit_test_teardown(test_unified_pool, release),
        cmocka_unit_test_teardown(test_unequal_devices, release),
        cmocka_unit_test_teardown(test_expert_offload, release),
        cmocka_unit_test_teardown(test_layer_offload, release),
        cmocka_unit_test_teardown(test_disk, release),
        cmocka_unit_test_teardown(test_cpu_machine, release),
        cmocka_unit_test_teardown(test_backends, release),
        cmocka_unit_test_teardown(test_cluster, release),
    };
    return cmocka_run_group_tests_name("memory placement", tests, open_catalog, close_catalog);
}
