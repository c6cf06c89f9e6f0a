/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time to prepare, to plan, and to solve for context and sequences. */
#include <llmplan/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static llmp_error error;
static llmp_memory_model model; /* large */
static llmp_memory_result result;

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void report(const char *what, double seconds, long iterations)
{
    printf("  %-28s %8.0f ns\n", what, seconds / (double)iterations * 1e9);
}

static const llmp_record *find(const llmp_catalog *catalog, llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    if (llmp_catalog_find(catalog, kind, name, &record, NULL, &error) != LLMP_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return record;
}

static void run(const llmp_catalog *catalog, const char *name, const char *quant,
                const char *expression, uint64_t host_bytes, long iterations)
{
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count;
    const llmp_engine *engine = LLMP_ENGINE(find(catalog, LLMP_KIND_ENGINE, "llama.cpp"));
    const llmp_backend *backend;
    llmp_arch *arch;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    uint64_t context = 0;
    uint32_t parallel = 0;
    if (llmp_machine_parse(catalog, expression, machines, &count, NULL, &error) != LLMP_OK ||
        llmp_arch_create(catalog, LLMP_MODEL(find(catalog, LLMP_KIND_MODEL, name)),
                         LLMP_QUANT(find(catalog, LLMP_KIND_QUANT, quant)), NULL, &arch,
                         &error) != LLMP_OK ||
        llmp_backend_for(engine, &machines[0], NULL, &backend, &error) != LLMP_OK)
        exit(1);
    machines[0].host_memory_known = host_bytes > 0;
    machines[0].host_memory_bytes = host_bytes;

    double start = now_s();
    for (long i = 0; i < iterations; i++)
        if (llmp_memory_prepare(catalog, arch, &machines[0], engine, backend, &options, &model,
                                &error) != LLMP_OK)
            exit(1);
    double prepared = now_s() - start;
    start = now_s();
    for (long i = 0; i < iterations; i++)
        if (llmp_memory_plan(&model, 5731 + (uint64_t)(i & 255), 1 + (uint32_t)(i & 1), NULL,
                             &result, &error) != LLMP_OK)
            exit(1);
    double planned = now_s() - start;
    start = now_s();
    for (long i = 0; i < iterations; i++)
        if (llmp_memory_largest_context(&model, 1 + (uint32_t)(i & 1), LLMP_VERDICT_RUNS_SLOWLY,
                                        &context, &error) != LLMP_OK)
            exit(1);
    double contexts = now_s() - start;
    start = now_s();
    for (long i = 0; i < iterations; i++)
        if (llmp_memory_largest_parallel(&model, 5731 + (uint64_t)(i & 1), LLMP_VERDICT_RUNS_SLOWLY,
                                         &parallel, &error) != LLMP_OK)
            exit(1);
    double parallels = now_s() - start;
    printf("%s %s on %s: %s, context to %llu, sequences to %u\n", name, quant, machines[0].title,
           llmp_placement_name(result.placement), (unsigned long long)context, (unsigned)parallel);
    report("prepare", prepared, iterations);
    report("plan", planned, iterations);
    report("largest context", contexts, iterations);
    report("largest parallel", parallels, iterations);
    llmp_arch_destroy(&arch);
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
    llmp_catalog *catalog;
    if (iterations < 1 || llmp_catalog_create(&catalog, &error) != LLMP_OK)
        return 2;
    run(catalog, "llama-3.1-8b", "Q4_K_M", "rtx-4090", 0, iterations);
    run(catalog, "llama-3.1-70b", "Q4_K_M", "2x rtx-4090", 64 * LLMP_GIB, iterations);
    run(catalog, "llama-3.1-70b", "Q4_K_M", "rtx-4090", 64 * LLMP_GIB, iterations);
    run(catalog, "gpt-oss-120b", "MXFP4_MOE", "rtx-4090", 64 * LLMP_GIB, iterations);
    run(catalog, "gemma-3-27b", "Q4_K_M", "8x h100-sxm", 64 * LLMP_GIB, iterations);
    llmp_catalog_destroy(&catalog);
    return 0;
}
