/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measurements for `calibrate`: files of benchmarks, or this processor's kernels timed now. */
#include "cli/calibrate.h"

#include <llmplan/bench.h>
#include <llmplan/report_bench.h>

#include <stdlib.h>
#include <string.h>

enum { FILE_CAP = 64 << 20 };

/* Whatever benchmark wrote it; what no reader takes is llama-bench's to complain of. */
static int read_rows(calibration_session *s, const arguments *args, const char *path,
                     const char *text, size_t size)
{
    static const char *const formats[] = {"llama-bench", "vllm", "mlx"};
    llmp_measured_given given = LLMP_MEASURED_GIVEN_INIT;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_error later = LLMP_ERROR_INIT;
    llmp_measured **out = &s->files[s->request.measured_count];
    given.model = args->model;
    given.quant = args->quant;
    size_t line = strcspn(text, "\n");
    const char *column = strstr(text, "tokens_per_s");
    bool table = column != NULL && (size_t)(column - text) < line;
    llmp_status status = llmp_measured_read_as(s->catalog, table ? "csv" : formats[0], text, size,
                                               path, &given, out, &error);
    for (size_t i = 1; status != LLMP_OK && !table && i < sizeof formats / sizeof *formats; i++) {
        if (llmp_measured_read_as(s->catalog, formats[i], text, size, path, &given, out, &later) ==
            LLMP_OK) {
            status = LLMP_OK;
        }
    }
    if (status != LLMP_OK) {
        return fail(path, &error);
    }
    s->request.measured[s->request.measured_count++] = *out;
    return EXIT_DONE;
}

static int read_kernels(calibration_session *s, const char *path, const char *text, size_t size)
{
    llmp_error error = LLMP_ERROR_INIT;
    if (s->request.kernels != NULL) {
        return usage_error("--from", NULL, "one result of llmplan bench, not also %s", path);
    }
    if (llmp_calibration_read_kernels(text, size, path, &s->kernels, &error) != LLMP_OK) {
        return fail(path, &error);
    }
    s->request.kernels = &s->kernels;
    return EXIT_DONE;
}

/* --on this without a file of kernels: measured now, and read as a file of bench would be. */
int calibration_run_kernels(calibration_session *s)
{
    static const llmp_report_style plain = LLMP_REPORT_STYLE_INIT;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_bench *bench = NULL;
    llmp_document *document = NULL;
    const llmp_renderer *json = NULL;
    char *text = NULL;
    (void)fprintf(stderr, "llmplan: note: measuring this processor, 30 seconds\n");
    llmp_status status = llmp_bench_create(NULL, &bench, &error);
    if (status == LLMP_OK) {
        status = llmp_report_bench(bench, &plain, &document, &error);
    }
    if (status == LLMP_OK) {
        status = llmp_renderer_find("json", &json, &error);
    }
    if (status == LLMP_OK) {
        status = llmp_document_render(document, json, &plain, &text, &error);
    }
    int code =
        status == LLMP_OK ? read_kernels(s, "bench", text, strlen(text)) : fail("bench", &error);
    llmp_text_free(text);
    llmp_document_destroy(&document);
    llmp_bench_destroy(&bench);
    return code;
}

/* Kernels are known before the catalog is: they may say what it lacks of this machine. */
int calibration_read_texts(calibration_session *s, const arguments *args)
{
    int code = EXIT_DONE;
    if (args->from_files.count > LLMP_CALIBRATE_FILES_MAX) {
        return usage_error("--from", NULL, "at most %d files", LLMP_CALIBRATE_FILES_MAX);
    }
    for (size_t i = 0; code == EXIT_DONE && i < args->from_files.count; i++) {
        const char *path = args->from_files.items[i];
        char *text = NULL;
        size_t size = 0;
        code = read_file(path, FILE_CAP, &text, &size);
        char *grown = code == EXIT_DONE ? realloc(text, size + 1) : NULL; /* for strstr */
        if (code != EXIT_DONE || grown == NULL) {
            free(text);
            return code == EXIT_DONE ? EXIT_INTERNAL : code;
        }
        grown[size] = '\0';
        if (llmp_calibration_is_kernels(grown, size)) {
            code = read_kernels(s, path, grown, size);
            free(grown);
        } else {
            s->texts[s->text_count] = grown;
            s->sizes[s->text_count] = size;
            s->paths[s->text_count++] = path;
        }
    }
    return code;
}

int calibration_read_rows(calibration_session *s, const arguments *args)
{
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < s->text_count; i++) {
        code = read_rows(s, args, s->paths[i], s->texts[i], s->sizes[i]);
    }
    return code;
}
