/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `detect`, and the machine called "this" in --on. */
#include "cli/cli.h"

#include <llmplan/detect.h>
#include <llmplan/import.h>
#include <llmplan/report_detect.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A capture file, or a folder that stands for "/". */
static int open_capture(const char *from, llmp_capture **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    struct stat info;
    char *text;
    size_t size;
    if (from == NULL || (stat(from, &info) == 0 && S_ISDIR(info.st_mode))) {
        return llmp_capture_system(from == NULL ? "/" : from, out, &error) == LLMP_OK
                   ? EXIT_DONE
                   : fail("detect", &error);
    }
    int code = read_file(from, LLMP_CAPTURE_BYTES_MAX, &text, &size);
    if (code != EXIT_DONE) {
        return code;
    }
    llmp_status status = llmp_capture_parse(text, size, from, out, &error);
    free(text);
    return status == LLMP_OK ? EXIT_DONE : fail("--from", &error);
}

static int detect(const llmp_catalog *catalog, const char *from, llmp_detected *out)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_capture *capture = NULL;
    int code = open_capture(from, &capture);
    if (code == EXIT_DONE && llmp_detect(catalog, capture, out, &error) != LLMP_OK) {
        code = fail(from == NULL ? "detect" : from, &error);
    }
    llmp_capture_destroy(&capture);
    return code;
}

/* --- --on this -------------------------------------------------------------------------------- */

/* The word among others: "this", "this + rtx-4090", "2x this", "this,rtx-4090". */
static bool names_this(const char *expression)
{
    for (const char *at = strstr(expression, "this"); at != NULL; at = strstr(at + 4, "this")) {
        bool begins = at == expression || strchr(" +x*,", at[-1]) != NULL;
        if (begins && (at[4] == '\0' || strchr(" +,", at[4]) != NULL)) {
            return true;
        }
    }
    return false;
}

int catalog_add_this(llmp_catalog *catalog, const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    bool named = names_this(args->on) || names_this(args->owned);
    for (size_t i = 0; i < args->machines.count; i++) {
        named = named || names_this(args->machines.items[i]);
    }
    if (!named || llmp_catalog_get(catalog, LLMP_KIND_RIG, "this") != NULL) {
        return EXIT_DONE;
    }
    llmp_detected *machine = malloc(sizeof *machine);
    if (machine == NULL) {
        return EXIT_INTERNAL;
    }
    *machine = (llmp_detected)LLMP_DETECTED_INIT;
    int code = detect(catalog, NULL, machine);
    if (code == EXIT_DONE && llmp_detected_install(machine, args->host_bandwidth_gb_s * LLMP_GB,
                                                   catalog, &error) != LLMP_OK) {
        code = fail("--on this", &error);
    }
    for (size_t i = 0; code == EXIT_DONE && i < machine->gpu_count; i++) {
        const llmp_detected_gpu *gpu = &machine->gpus[i];
        if (gpu->match == NULL && !gpu->shares_memory) {
            (void)fprintf(stderr, "llmplan: note: the GPU %s is left out: %s (llmplan detect)\n",
                          gpu->pci_id, gpu->why);
        }
    }
    free(machine);
    return code;
}

/* --- detect ----------------------------------------------------------------------------------- */

static int write_capture(const arguments *args)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_capture *capture = NULL;
    char *text = NULL;
    int code = open_capture(args->replay, &capture);
    if (code == EXIT_DONE) {
        code = llmp_capture_text(capture, &text, &error) == LLMP_OK
                   ? write_file(args->dump, text, strlen(text))
                   : fail("detect", &error);
    }
    if (code == EXIT_DONE && strcmp(args->dump, "-") != 0) {
        (void)fprintf(stderr,
                      "llmplan: wrote %s: names no person, host or serial number; read it through "
                      "before you send it\n",
                      args->dump);
    }
    llmp_text_free(text);
    llmp_capture_destroy(&capture);
    return code;
}

static int write_records(const arguments *args, const llmp_catalog *catalog,
                         const llmp_detected *machine)
{
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    if (llmp_detected_records(machine, args->host_bandwidth_gb_s * LLMP_GB, catalog, &text,
                              &error) != LLMP_OK) {
        return fail("detect", &error);
    }
    int code = write_file(args->out, text, strlen(text));
    llmp_text_free(text);
    return code;
}

static int show(const arguments *args, const llmp_detected *machine)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    return llmp_report_detected(machine, &document, &error) == LLMP_OK
               ? deliver(args, &style, &document, EXIT_DONE)
               : fail("detect", &error);
}

int cmd_detect(const arguments *args)
{
    llmp_catalog *catalog = NULL;
    if (args->names.count > 0) {
        return usage_error("detect", "to read a capture: --from FILE", "takes no '%s'",
                           args->names.items[0]);
    }
    if (args->host_bandwidth_gb_s > 0 && args->out == NULL) {
        return usage_error("--host-bandwidth", NULL, "goes into the record: needs --out FILE");
    }
    if (args->dump != NULL) {
        return args->out == NULL ? write_capture(args)
                                 : usage_error("--dump", NULL, "contradicts --out");
    }
    llmp_detected *machine = malloc(sizeof *machine);
    if (machine == NULL) {
        return EXIT_INTERNAL;
    }
    *machine = (llmp_detected)LLMP_DETECTED_INIT;
    int code = catalog_open(args, &catalog);
    if (code == EXIT_DONE) {
        code = detect(catalog, args->replay, machine);
    }
    if (code == EXIT_DONE) {
        code = args->out != NULL ? write_records(args, catalog, machine) : show(args, machine);
    }
    llmp_catalog_destroy(&catalog);
    free(machine);
    return code;
}
