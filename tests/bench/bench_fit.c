/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of a whole default answer: quant, placement, speed, limits, advice. At most 1 ms. */
#include <llmplan/planner.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static llmp_error error;

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Seconds to prepare the speed model of an answer's placement. */
static double prepare_s(const llmp_catalog *catalog, const llmp_fit_request *request,
                        const llmp_fit_answer *answer, long iterations)
{
    static llmp_memory_model memory;
    static llmp_speed_model speed;
    if (llmp_memory_prepare(catalog, answer->arch, request->machine, answer->engine,
                            answer->backend, &request->memory, &memory, &error) != LLMP_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    double start = now_s();
    for (long i = 0; i < iterations; i++) {
        if (llmp_speed_prepare(catalog, &memory, &answer->memory, &speed, &error) != LLMP_OK) {
            fprintf(stderr, "%s\n", error.message);
            exit(1);
        }
    }
    return (now_s() - start) / (double)iterations;
}

static void run(const llmp_catalog *catalog, const char *name, const char *expression,
                long iterations)
{
    static llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count;
    const llmp_record *model;
    llmp_fit_request request = LLMP_FIT_REQUEST_INIT;
    if (llmp_catalog_find(catalog, LLMP_KIND_MODEL, name, &model, NULL, &error) != LLMP_OK ||
        llmp_machine_parse(catalog, expression, machines, &count, NULL, &error) != LLMP_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    request.model = LLMP_MODEL(model);
    request.machine = &machines[0];
    llmp_fit *fit = NULL;
    double start = now_s();
    for (long i = 0; i < iterations; i++) {
        llmp_fit_destroy(&fit);
        if (llmp_fit_create(catalog, &request, &fit, &error) != LLMP_OK) {
            fprintf(stderr, "%s\n", error.message);
            exit(1);
        }
    }
    double mean_s = (now_s() - start) / (double)iterations;
    const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
    printf("  %-16s on %-10s %-8s %8.0f us, of which one speed_prepare %5.1f us\n", name,
           expression, answer->quant_title, mean_s * 1e6,
           prepare_s(catalog, &request, answer, 10 * iterations) * 1e6);
    llmp_fit_destroy(&fit);
}

int main(int argc, char **argv)
{
    const long iterations = argc > 1 ? atol(argv[1]) : 200;
    llmp_catalog *catalog;
    if (iterations < 1 || llmp_catalog_create(&catalog, &error) != LLMP_OK)
        return 1;
    run(catalog, "llama-3.1-70b", "dgx-spark", iterations);
    run(catalog, "llama-3.1-70b", "2x 4090", iterations);
    run(catalog, "qwen3-30b-a3b", "4090", iterations);
    run(catalog, "gpt-oss-120b", "4090", iterations);
    run(catalog, "deepseek-v3.2", "8x h200", iterations);
    llmp_catalog_destroy(&catalog);
    return 0;
}
