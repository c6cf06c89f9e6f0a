/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of an assessment with tasks and money. At most 1 ms for one model on one machine. */
#include <llmplan/planner_assess.h>
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

static void must(llmp_status status)
{
    if (status != LLMP_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

static const llmp_record *named(const llmp_catalog *catalog, llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    must(llmp_catalog_find(catalog, kind, name, &record, NULL, &error));
    return record;
}

static void run(const llmp_catalog *catalog, const char *first, const char *second,
                const char *machine, long iterations)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request models[2];
    const char *names[2] = {first, second};
    llmp_assess_request request = LLMP_ASSESS_REQUEST_INIT;
    llmp_cost_request cost = {.struct_size = sizeof cost, .terms = LLMP_SERVICE_TERMS_INIT};
    size_t count;
    must(llmp_machine_parse(catalog, machine, machines, &count, NULL, &error));
    for (int i = 0; i < 2 && names[i] != NULL; i++) {
        models[i] = initial;
        models[i].model = LLMP_MODEL(named(catalog, LLMP_KIND_MODEL, names[i]));
        request.model_count++;
    }
    request.machine = &machines[0];
    request.models = models;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_TASK) && i < 3; i++) {
        request.tasks[request.task_count++] =
            LLMP_TASK(llmp_catalog_at(catalog, LLMP_KIND_TASK, i));
    }
    cost.workload = LLMP_WORKLOAD(named(catalog, LLMP_KIND_WORKLOAD, "rag"));
    must(llmp_price_in_force(catalog, "claude-opus-4.6", 0, &cost.api, NULL, &error));
    request.cost = &cost;
    llmp_assessment *it = NULL;
    double start = now_s();
    for (long i = 0; i < iterations; i++) {
        llmp_assess_destroy(&it);
        must(llmp_assess_create(catalog, &request, &it, &error));
    }
    double each_s = (now_s() - start) / (double)iterations;
    printf("%-18s %-22s %-14s %-12s %.3f ms\n", first, second == NULL ? "" : second, machine,
           llmp_verdict_name(llmp_assess_answer_of(it)->verdict), each_s * 1e3);
    llmp_assess_destroy(&it);
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    llmp_catalog *catalog = NULL;
    must(llmp_catalog_create(&catalog, &error));
    run(catalog, "llama-3.1-70b", NULL, "dgx-spark", iterations);
    run(catalog, "llama-3.1-70b", NULL, "2x rtx-4090", iterations);
    run(catalog, "qwen3-30b-a3b", NULL, "rtx-4090", iterations);
    run(catalog, "gpt-oss-120b", NULL, "rtx-4090", iterations);
    run(catalog, "gpt-oss-120b", "qwen3-coder-30b-a3b", "dgx-spark", iterations);
    run(catalog, "qwen3-32b", "gemma-3-27b", "2x rtx-4090", iterations);
    llmp_catalog_destroy(&catalog);
    return 0;
}
