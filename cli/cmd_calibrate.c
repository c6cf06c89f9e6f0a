/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/calibrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PATH_SIZE = 4096 };

static void close_session(calibration_session *s)
{
    llmp_machine_calibration_destroy(&s->made);
    for (size_t i = 0; i < s->request.measured_count; i++) {
        llmp_measured_destroy(&s->files[i]);
    }
    for (size_t i = 0; i < s->text_count; i++) {
        free(s->texts[i]);
    }
    llmp_catalog_destroy(&s->catalog);
    if (s->device_overlay != NULL) {
        llmp_text_free(s->device_overlay);
    }
    free(s);
}

/* --- what is calibrated ----------------------------------------------------------------------- */

static int resolve_machine(calibration_session *s, const arguments *args)
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

static int resolve_engine(calibration_session *s, const arguments *args)
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
static int learn_device(calibration_session *s, const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    if (s->request.kernels == NULL) {
        return EXIT_DONE;
    }
    llmp_device device = *s->machines[0].devices[0];
    if (s->bandwidth_measured) {
        device.memory_bandwidth_bytes_per_s = 0; /* to be stored with the rest */
    }
    if (llmp_calibration_device(&device, s->request.kernels, s->request.as_of, &s->device_overlay,
                                &error) != LLMP_OK ||
        (*s->device_overlay != '\0' &&
         llmp_catalog_overlay(s->catalog, s->device_overlay, strlen(s->device_overlay),
                              "llmplan bench", &error) != LLMP_OK)) {
        return fail("calibrate", &error);
    }
    return resolve_machine(s, args);
}

static int prepare(calibration_session *s, const arguments *args)
{
    static const char *const no_ids[LLMP_KIND_COUNT] = {NULL};
    llmp_error error = LLMP_ERROR_INIT;
    s->request.as_of = today();
    s->request.options.leave_out = args->check;
    if (args->as_of != NULL && llmp_date_parse(args->as_of, &s->request.as_of, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    int code = calibration_read_texts(s, args);
    bool here = strcmp(args->on, "this") == 0;
    if (code == EXIT_DONE && here && args->from_files.count == 0) {
        code = calibration_run_kernels(s);
    }
    arguments known = *args;
    if (here && s->request.kernels != NULL) {
        known.host_bandwidth_gb_s = s->kernels.read_bytes_per_s / 1e9;
        s->bandwidth_measured = true;
    }
    if (code == EXIT_DONE) {
        code = catalog_open(&known, &s->catalog);
    }
    if (code == EXIT_DONE) {
        code = catalog_apply_sets(s->catalog, args, no_ids);
    }
    if (code == EXIT_DONE) {
        code = resolve_machine(s, args);
    }
    if (code == EXIT_DONE) {
        code = resolve_engine(s, args);
    }
    if (code == EXIT_DONE) {
        code = calibration_read_rows(s, args);
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

static int store(const calibration_session *s, const arguments *args, char *path, size_t size)
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

static int answer(const calibration_session *s, const arguments *args)
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
    if (args->from_files.count == 0 && strcmp(args->on, "this") != 0) {
        return usage_error("calibrate", "such as --from runs.json, what llama-bench -o json wrote",
                           "name measurements with --from");
    }
    calibration_session *s = calloc(1, sizeof *s);
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
