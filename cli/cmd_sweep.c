/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check_words(const arguments *args)
{
    if (args->models.count == 0 && args->names.count == 0) {
        return usage_error("sweep", "such as --model llama-3.1-8b,qwen3-32b, or --model all",
                           "say which models");
    }
    if (args->machines.count == 0) {
        return usage_error("sweep", "such as --on rtx-4090,m5-max, or --on all",
                           "say which machines");
    }
    if (args->out != NULL && args->output != NULL) {
        return usage_error("--out", NULL, "is another name of --output: give one");
    }
    const char *path = args->out == NULL ? args->output : args->out;
    if (args->resume && (path == NULL || strcmp(path, "-") == 0)) {
        return usage_error("--resume", "such as --out rows.csv --resume",
                           "needs the file to continue");
    }
    return EXIT_DONE;
}

/* "3/8". */
static int read_shard(const char *text, uint64_t count, uint64_t *out_first, uint64_t *out_end)
{
    char part[32];
    uint64_t shard = 0;
    uint64_t shards = 0;
    llmp_error error = LLMP_ERROR_INIT;
    const char *slash = text == NULL ? NULL : strchr(text, '/');
    *out_first = 0;
    *out_end = count;
    if (text == NULL) {
        return EXIT_DONE;
    }
    size_t length = slash == NULL ? 0 : (size_t)(slash - text);
    (void)snprintf(part, sizeof part, "%.*s", (int)(length < 31 ? length : 31), text);
    if (slash == NULL || length >= sizeof part ||
        llmp_tokens_parse(part, &shard, NULL) != LLMP_OK ||
        llmp_tokens_parse(slash + 1, &shards, NULL) != LLMP_OK) {
        return usage_error("--shard", "such as 1/8, then 2/8, to 8/8", "'%s' is not I/N", text);
    }
    if (llmp_sweep_shard(count, shard, shards, out_first, out_end, &error) != LLMP_OK) {
        return fail("--shard", &error);
    }
    return EXIT_DONE;
}

static int find_tariff(const llmp_catalog *catalog, const char *name, const llmp_tariff **out)
{
    const llmp_record *record;
    llmp_error error = LLMP_ERROR_INIT;
    if (name == NULL) {
        return EXIT_DONE;
    }
    if (llmp_catalog_find(catalog, LLMP_KIND_TARIFF, name, &record, NULL, &error) != LLMP_OK) {
        return fail("--tariff", &error);
    }
    *out = LLMP_TARIFF(record);
    return EXIT_DONE;
}

static uint64_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (uint64_t)count;
}

static int run(const arguments *args, const llmp_sweep *sweep)
{
    bool json = args->json || (args->format != NULL && strcmp(args->format, "csv") != 0);
    const char *path = args->out == NULL ? args->output : args->out;
    sweep_job job = {.sweep = sweep,
                     .format = json ? LLMP_SWEEP_NDJSON : LLMP_SWEEP_CSV,
                     .threads = args->threads == 0 ? processors() : args->threads,
                     .path = path == NULL ? "-" : path,
                     .fd = -1};
    int code = read_shard(args->shard, llmp_sweep_count(sweep), &job.first, &job.end);
    code = code == EXIT_DONE ? sweep_file_open(&job, args->resume) : code;
    return code == EXIT_DONE ? sweep_run(&job) : code;
}

int cmd_sweep(const arguments *args)
{
    static const char *const no_ids[LLMP_KIND_COUNT] = {NULL};
    llmp_catalog *catalog = NULL;
    llmp_sweep *sweep = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    sweep_axes axes = {.backend_count = 0};
    int code = check_words(args);
    code = code == EXIT_DONE ? catalog_open(args, &catalog) : code;
    code = code == EXIT_DONE ? catalog_apply_sets(catalog, args, no_ids) : code;
    if (code == EXIT_DONE) {
        llmp_catalog_freeze(catalog);
        code = sweep_axes_open(args, catalog, &axes);
    }
    code = code == EXIT_DONE ? find_tariff(catalog, args->tariff, &axes.axes.tariff) : code;
    axes.axes.buying = args->used ? LLMP_BUYING_USED : LLMP_BUYING_NEW;
    if (code == EXIT_DONE && args->as_of != NULL &&
        llmp_date_parse(args->as_of, &axes.axes.as_of, &error) != LLMP_OK) {
        code = fail("--as-of", &error);
    }
    if (code == EXIT_DONE && llmp_sweep_create(catalog, &axes.axes, &sweep, &error) != LLMP_OK) {
        code = fail("sweep", &error);
    }
    code = code == EXIT_DONE ? run(args, sweep) : code;
    llmp_sweep_destroy(&sweep);
    sweep_axes_close(&axes);
    llmp_catalog_destroy(&catalog);
    return code;
}
