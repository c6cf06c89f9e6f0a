/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of a recommendation over the whole catalog. At most 1 s for 10,000 USD. */
#include <llmplan/planner_recommend.h>
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

static void run(const llmp_catalog *catalog, const char *first, const char *second, double budget,
                long iterations)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    llmp_fit_request models[2] = {initial, initial};
    llmp_recommend_request request = LLMP_RECOMMEND_REQUEST_INIT;
    const char *names[2] = {first, second};
    for (int i = 0; i < 2 && names[i] != NULL; i++) {
        const llmp_record *record = NULL;
        must(llmp_catalog_find(catalog, LLMP_KIND_MODEL, names[i], &record, NULL, &error));
        models[i].model = LLMP_MODEL(record);
        request.model_count++;
    }
    request.models = models;
    request.budget_usd = budget;
    request.buying = LLMP_BUYING_USED;
    llmp_recommendation *it = NULL;
    double start = now_s();
    for (long i = 0; i < iterations; i++) {
        llmp_recommend_destroy(&it);
        must(llmp_recommend_create(catalog, &request, &it, &error));
    }
    double each_s = (now_s() - start) / (double)iterations;
    const llmp_recommend_answer *a = llmp_recommend_answer_of(it);
    printf("%-14s %-20s %6.0f USD  %4zu machines  %7.1f ms%s\n", first,
           second == NULL ? "" : second, budget, a->row_count, each_s * 1e3,
           each_s > 1 ? "  above 1 s" : "");
    llmp_recommend_destroy(&it);
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 5;
    llmp_catalog *catalog = NULL;
    must(llmp_catalog_create(&catalog, &error));
    run(catalog, "llama-3.1-70b", NULL, 10000, iterations);
    run(catalog, "gpt-oss-120b", NULL, 10000, iterations);
    run(catalog, "deepseek-v3.2", NULL, 10000, iterations);
    run(catalog, "deepseek-v3.2", NULL, 0, iterations);
    run(catalog, "gpt-oss-120b", "qwen3-coder-30b-a3b", 10000, iterations);
    llmp_catalog_destroy(&catalog);
    return 0;
}
