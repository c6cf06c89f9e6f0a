/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <llmplan/report_calibrate.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FILE_CAP = 64 << 20, PATH_SIZE = 4096 };

/* What is open while the command runs. */
typedef struct session {
    llmp_catalog *catalog;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_calibrate_request request;
    llmp_measured *files[LLMP_CALIBRATE_FILES_MAX];
    llmp_calibration_kernels kernels;
    char *device_overlay; /* what kernels say of the device, to be stored too */
    llmp_machine_calibration *made;
} session;

static void close_session(session *s)
{
    llmp_machine_calibration_destroy(&s->made);
    for (size_t i = 0; i < s->request.measured_count; i++) {
        llmp_measured_destroy(&s->files[i]);
    }
    llmp_catalog_destroy(&s->catalog);
    if (s->device_overlay != NULL) {
        llmp_text_free(s->device_overlay);
    }
    free(s);
}

/* --- files ------------------------------------------------------------------------------------ */

/* Whatever benchmark wrote it; what no reader takes is llama-bench's to complain of. */
static int read_rows(session *s, const arguments *args, const char *path, const char *text,
                     size_t size)
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

static int read_kernels(session *s, const char *path, const char *text, size_t size)
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

static int read_one(session *s, const arguments *args, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    if (s->request.measured_count == LLMP_CALIBRATE_FILES_MAX) {
        return usage_error("--from", NULL, "at most %d files", LLMP_CALIBRATE_FILES_MAX);
    }
    int code = read_file(path, FILE_CAP, &text, &size);
    if (code == EXIT_DONE) {
        char *grown = realloc(text, size + 1); /* readers want no NUL, strstr does */
        if (grown == NULL) {
            free(text);
            return EXIT_INTERNAL;
        }
        text = grown;
        text[size] = '\0';
        code = llmp_calibration_is_kernels(text, size) ? read_kernels(s, path, text, size)
                                                       : read_rows(s, args, path, text, size);
    }
    free(text);
    return code;
}

/* --- what is calibrated ----------------------------------------------------------------------- */

static int resolve_machine(session *s, const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    size_t count = 0;
    if (llmp_machine_parse(s->catalog, args->on, s->machines, &count, told, &error) != LLMP_OK) {
        return fail("--on", &error);
    }
    if (count > 1) {
        return usage_error("--on", "one after the other", "calibrates one machine, not %zu", count);
    }
    if (*told != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", told);
    }
    s->request.machine = &s->machines[0];
    return EXIT_DONE;
}

static int resolve_engine(session *s, const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_record *record;
    s->request.backend = args->backend;
    if (args->engine == NULL) {
        return EXIT_DONE;
    }
    if (llmp_catalog_find(s->catalog, LLMP_KIND_ENGINE, args->engine, &record, NULL, &error) !=
        LLMP_OK) {
        return fail("--engine", &error);
    }
    s->request.engine = LLMP_ENGINE(record);
    return EXIT_DONE;
}

static llmp_date today(void)
{
    time_t now = time(NULL);
    struct tm day;
    if (gmtime_r(&now, &day) == NULL) {
        return 0;
    }
    return (llmp_date)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday);
}

/* What the catalog does not know of the device, kernels measured. */
static int learn_device(session *s, const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_device *device = s->machines[0].devices[0];
    if (s->request.kernels == NULL) {
        return EXIT_DONE;
    }
    if (llmp_calibration_device(device, s->request.kernels, s->request.as_of, &s->device_overlay,
                                &error) != LLMP_OK ||
        (*s->device_overlay != '\0' &&
         llmp_catalog_overlay(s->catalog, s->device_overlay, strlen(s->device_overlay),
                              "llmplan bench", &error) != LLMP_OK)) {
        return fail("calibrate", &error);
    }
    return resolve_machine(s, args);
}

static int prepare(session *s, const arguments *args)
{
    static const char *const no_ids[LLMP_KIND_COUNT] = {NULL};
    llmp_error error = LLMP_ERROR_INIT;
    s->request.as_of = today();
    s->request.options.leave_out = args->check;
    if (args->as_of != NULL && llmp_date_parse(args->as_of, &s->request.as_of, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    int code = catalog_open(args, &s->catalog);
    if (code == EXIT_DONE) {
        code = catalog_apply_sets(s->catalog, args, no_ids);
    }
    if (code == EXIT_DONE) {
        code = resolve_machine(s, args);
    }
    if (code == EXIT_DONE) {
        code = resolve_engine(s, args);
    }
    for (size_t i = 0; code == EXIT_DONE && i < args->from_files.count; i++) {
        code = read_one(s, args, args->from_files.items[i]);
    }
    return code == EXIT_DONE ? learn_device(s, args) : code;
}

/* --- where it goes ---------------------------------------------------------------------------- */

/* The folder of the user's catalog, made when it is not there. */
static int user_folder(char *out, size_t size)
{
    if (!config_folder(out, size)) {
        return usage_error("calibrate", "set XDG_CONFIG_HOME, or name a file with --out",
                           "there is no folder for a catalog of yours");
    }
    for (char *slash = strchr(out + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(out, 0777);
        *slash = '/';
    }
    if (mkdir(out, 0777) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "llmplan: %s: cannot create: %s\n", out, strerror(errno));
        return EXIT_IO;
    }
    return EXIT_DONE;
}

static int store(const session *s, const arguments *args, char *path, size_t size)
{
    const char *device = s->device_overlay == NULL ? "" : s->device_overlay;
    const char *profile = llmp_calibrate_overlay(s->made);
    int code = EXIT_DONE;
    if (args->out != NULL) {
        (void)snprintf(path, size, "%s", args->out);
    } else {
        code = user_folder(path, size);
        size_t used = strlen(path);
        int length = snprintf(path + used, size - used, "/%s.yaml",
                              llmp_calibrate_answer_of(s->made)->profile_id);
        if (code == EXIT_DONE && (length < 0 || (size_t)length >= size - used)) {
            code =
                usage_error("calibrate", "name a file with --out", "the folder's name is too long");
        }
    }
    size_t room = strlen(device) + strlen(profile) + 1;
    char *text = code == EXIT_DONE ? malloc(room) : NULL;
    if (text != NULL) {
        (void)snprintf(text, room, "%s%s", device, profile);
        code = write_file(path, text, strlen(text));
    }
    free(text);
    return code;
}

static int answer(const session *s, const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    char path[PATH_SIZE] = "";
    int code = args->check ? EXIT_DONE : store(s, args, path, sizeof path);
    if (code != EXIT_DONE || strcmp(path, "-") == 0) {
        return code;
    }
    if (llmp_report_calibrate(s->made, args->check ? NULL : path, &style, &document, &error) !=
        LLMP_OK) {
        return fail("calibrate", &error);
    }
    return deliver(args, &style, &document, EXIT_DONE);
}

int cmd_calibrate(const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    if (args->on[0] == '\0') {
        return usage_error("calibrate", "such as --on rtx-4090, or --on this",
                           "name the machine that was measured with --on");
    }
    if (args->names.count > 0) {
        return usage_error("calibrate", "files come after --from", "what is '%s'?",
                           args->names.items[0]);
    }
    if (args->from_files.count == 0) {
        return usage_error("calibrate", "such as --from runs.json, what llama-bench -o json wrote",
                           "name measurements with --from");
    }
    session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return EXIT_INTERNAL;
    }
    s->request = (llmp_calibrate_request)LLMP_CALIBRATE_REQUEST_INIT;
    int code = prepare(s, args);
    if (code == EXIT_DONE) {
        code = llmp_machine_calibrate(s->catalog, &s->request, &s->made, &error) == LLMP_OK
                   ? answer(s, args)
                   : fail("calibrate", &error);
    }
    close_session(s);
    return code;
}
