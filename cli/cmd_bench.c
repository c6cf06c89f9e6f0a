/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <llmplan/report_bench.h>
#include <string.h>
#include <unistd.h>

/* One line on a terminal, written over and over and wiped at the end. */
static bool show_progress(void *context, const llmp_bench_progress *p)
{
    char line[80];
    (void)context;
    (void)snprintf(line, sizeof line, "measuring %u of %u: %s %s, %u thread%s (%.0f of %.0f s)",
                   p->done + 1, p->total, p->name, p->dtype, p->threads, p->threads == 1 ? "" : "s",
                   p->elapsed_s, p->limit_s);
    (void)fprintf(stderr, "\r%-78s", line);
    (void)fflush(stderr);
    return true;
}

static void wipe_progress(void)
{
    (void)fprintf(stderr, "\r%-78s\r", "");
    (void)fflush(stderr);
}

/* The option that set a member at fault. */
static const char *option_of(const llmp_error *error)
{
    return strcmp(error->field, "time_s") == 0         ? "--time"
           : strcmp(error->field, "threads") == 0      ? "--threads"
           : strcmp(error->field, "memory_bytes") == 0 ? "--memory"
           : strcmp(error->field, "kernels") == 0      ? "--kernel"
           : strcmp(error->field, "backend") == 0      ? "--backend"
                                                       : "bench";
}

static int bench_failed(llmp_error *error)
{
    const char *option = option_of(error);
    if (option[0] == '-') {
        error->field[0] = '\0';
    }
    return fail(option, error);
}

static int list_kernels(const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    return llmp_report_bench_kernels(&style, &document, &error) == LLMP_OK
               ? deliver(args, &style, &document, EXIT_DONE)
               : fail("bench", &error);
}

int cmd_bench(const arguments *args)
{
    if (args->names.count > 0) {
        return usage_error("bench", "one kernel alone: llmplan bench --kernel gemv:q4_0",
                           "takes no names, not '%s'", args->names.items[0]);
    }
    if (args->list) {
        return list_kernels(args);
    }
    bool terminal = isatty(STDERR_FILENO) != 0;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_bench *bench = NULL;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    llmp_bench_options options = LLMP_BENCH_OPTIONS_INIT;
    options.quick = args->quick;
    options.time_s = args->time_s;
    options.threads = (uint32_t)args->threads;
    options.memory_bytes = args->memory_bytes;
    options.backend = args->backend;
    options.kernels = args->kernels.items;
    options.kernel_count = args->kernels.count;
    options.progress = terminal ? show_progress : NULL;
    llmp_status status = llmp_bench_create(&options, &bench, &error);
    if (terminal) {
        wipe_progress();
    }
    if (status != LLMP_OK) {
        return bench_failed(&error);
    }
    status = llmp_report_bench(bench, &style, &document, &error);
    llmp_bench_destroy(&bench);
    return status == LLMP_OK ? deliver(args, &style, &document, EXIT_DONE) : fail("bench", &error);
}
