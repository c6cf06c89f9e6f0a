/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenarios of a sweep per second: computed, and computed and written as text, by two threads. */
#include <llmplan/report_sweep.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 2, MACHINES = 512, QUANTS = 256, LINE = 4096, CHUNK = 1024 };

static llmp_error error;

typedef struct job {
    const llmp_sweep *sweep;
    uint64_t part; /* takes every THREADS-th chunk from here */
    uint64_t end;
    int format; /* -1: none */
    uint64_t rows;
    uint64_t predicted;
    uint64_t bytes;
    double cpu_s;
} job;

static double seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void *work(void *user)
{
    job *j = user;
    llmp_sweep_worker *worker;
    llmp_sweep_row row;
    char line[LINE];
    if (llmp_sweep_worker_create(j->sweep, &worker, NULL) != LLMP_OK)
        return NULL;
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t chunk = j->part; chunk * CHUNK < j->end; chunk += THREADS) {
        for (uint64_t i = chunk * CHUNK; i < j->end && i < (chunk + 1) * CHUNK; i++) {
            if (llmp_sweep_row_at(worker, i, &row, NULL) != LLMP_OK)
                return NULL;
            j->rows++;
            j->predicted += row.has_speed;
            if (j->format >= 0)
                j->bytes +=
                    llmp_sweep_format_row((llmp_sweep_format)j->format, &row, line, sizeof line);
        }
    }
    j->cpu_s = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    llmp_sweep_worker_destroy(&worker);
    return NULL;
}

static void run(const char *what, const llmp_sweep *sweep, int format, uint64_t limit)
{
    pthread_t threads[THREADS];
    job jobs[THREADS];
    job sum = {NULL, 0, 0, 0, 0, 0, 0, 0};
    uint64_t end = llmp_sweep_count(sweep);
    end = end < limit ? end : limit;
    double start = seconds(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (job){sweep, i, end, format, 0, 0, 0, 0};
        if (pthread_create(&threads[i], NULL, work, &jobs[i]) != 0)
            exit(1);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum.rows += jobs[i].rows;
        sum.predicted += jobs[i].predicted;
        sum.bytes += jobs[i].bytes;
        sum.cpu_s += jobs[i].cpu_s;
    }
    double wall_s = seconds(CLOCK_MONOTONIC) - start;
    printf("  %-9s %9llu rows (%2.0f %% with speed) %9.0f/s wall, %5.2f us of processor each", what,
           (unsigned long long)sum.rows, 100.0 * (double)sum.predicted / (double)sum.rows,
           (double)sum.rows / wall_s, sum.cpu_s / (double)sum.rows * 1e6);
    printf(sum.bytes ? ", %.0f bytes\n" : "\n", (double)sum.bytes / (double)sum.rows);
}

static const llmp_model *model_of(const llmp_catalog *catalog, const char *name)
{
    const llmp_record *record;
    if (llmp_catalog_find(catalog, LLMP_KIND_MODEL, name, &record, NULL, &error) != LLMP_OK)
        exit(1);
    return LLMP_MODEL(record);
}

static void sweep_of(const llmp_catalog *catalog, const char *title, llmp_sweep_axes *axes,
                     uint64_t limit)
{
    llmp_sweep *sweep;
    if (llmp_sweep_create(catalog, axes, &sweep, &error) != LLMP_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    printf("%s\n", title);
    run("computed", sweep, -1, limit);
    run("CSV", sweep, LLMP_SWEEP_CSV, limit);
    run("NDJSON", sweep, LLMP_SWEEP_NDJSON, limit);
    llmp_sweep_destroy(&sweep);
}

int main(int argc, char **argv)
{
    static llmp_machine machines[MACHINES];
    static const llmp_quant *quants[QUANTS];
    uint64_t limit = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    llmp_catalog *catalog;
    size_t machine_count = 0;
    size_t quant_count = 0;
    if (limit < 1 || llmp_catalog_create(&catalog, &error) != LLMP_OK)
        return 2;
    llmp_catalog_freeze(catalog);
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        size_t count;
        llmp_machine parsed[LLMP_MACHINES_MAX];
        if (llmp_machine_parse(catalog, llmp_catalog_at(catalog, LLMP_KIND_DEVICE, i)->id, parsed,
                               &count, NULL, &error) == LLMP_OK &&
            machine_count < MACHINES)
            machines[machine_count++] = parsed[0];
    }
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_QUANT) && i < QUANTS; i++)
        quants[quant_count++] = LLMP_QUANT(llmp_catalog_at(catalog, LLMP_KIND_QUANT, i));
    const llmp_model *models[] = {
        model_of(catalog, "llama-3.1-8b"), model_of(catalog, "llama-3.1-70b"),
        model_of(catalog, "qwen3-30b-a3b"), model_of(catalog, "gpt-oss-120b")};
    static const uint64_t contexts[] = {4096, 8192, 16384, 32768, 65536, 131072};
    static const uint32_t batches[] = {1, 2, 4, 8, 16, 32, 64};
    llmp_sweep_axes axes = LLMP_SWEEP_AXES_INIT;
    axes.models = models;
    axes.model_count = sizeof models / sizeof *models;
    axes.quants = quants;
    axes.quant_count = quant_count;
    axes.machines = machines;
    axes.machine_count = machine_count;
    axes.contexts_tokens = contexts;
    axes.context_count = 6;
    axes.batches = batches;
    axes.batch_count = 7;
    sweep_of(catalog, "4 models, all quants and devices, 6 contexts, 7 batches", &axes, limit);

    static uint64_t many[2000];
    static uint32_t rising[256];
    for (size_t i = 0; i < 2000; i++)
        many[i] = 53 + 4 * i;
    for (size_t i = 0; i < 256; i++)
        rising[i] = (uint32_t)i % 16 + 1;
    static const char *const ons[] = {"h100-sxm", "8x h100-sxm"};
    const llmp_record *quant;
    if (llmp_catalog_find(catalog, LLMP_KIND_QUANT, "Q4_K_M", &quant, NULL, &error) != LLMP_OK)
        return 1;
    const llmp_quant *one = LLMP_QUANT(quant);
    axes.quants = &one;
    axes.quant_count = 1;
    axes.contexts_tokens = many;
    axes.context_count = 2000;
    axes.batches = rising;
    axes.batch_count = 256;
    axes.model_count = 1;
    for (size_t i = 0; i < 4; i++) {
        char title[96];
        size_t count;
        llmp_machine server[LLMP_MACHINES_MAX];
        if (llmp_machine_parse(catalog, ons[i % 2], server, &count, NULL, &error) != LLMP_OK)
            return 1;
        axes.machines = server;
        axes.machine_count = 1;
        axes.models = &models[i < 2 ? 0 : 2];
        snprintf(title, sizeof title, "%s on %s, 2,000 contexts, 256 batches",
                 axes.models[0]->head.id, ons[i % 2]);
        sweep_of(catalog, title, &axes, limit);
    }
    llmp_catalog_destroy(&catalog);
    return 0;
}
