/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_CAP = 64 << 20 };

static int report(const arguments *args, const llmp_catalog *catalog, const llmp_measured *measured,
                  const char *path)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_validation *validation = NULL;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    if (llmp_validation_create(catalog, measured, &validation, &error) != LLMP_OK) {
        return fail(path, &error);
    }
    int code = llmp_validation_predicted(validation) > 0 ? EXIT_DONE : EXIT_NO_DATA;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (llmp_report_validate(validation, name, args->rows, &style, &document, &error) != LLMP_OK) {
        code = fail("validate", &error);
    } else {
        code = deliver(args, &style, &document, code);
    }
    llmp_validation_destroy(&validation);
    return code;
}

int cmd_validate(const arguments *args)
{
    static const char *const no_ids[LLMP_KIND_COUNT] = {NULL};
    llmp_catalog *catalog;
    llmp_measured *measured = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    if (args->names.count != 1) {
        return usage_error("validate", "such as llmplan validate measured.csv",
                           args->names.count == 0 ? "name a file of measured speeds"
                                                  : "one file at a time");
    }
    const char *path = args->names.items[0];
    llmp_measured_given given = LLMP_MEASURED_GIVEN_INIT;
    given.device = args->device;
    given.model = args->model;
    given.quant = args->quant;
    given.engine = args->engine;
    given.backend = args->backend;
    given.device_count = (double)args->device_count;
    const char *format = args->from == NULL ? "csv" : args->from;
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    code = catalog_apply_sets(catalog, args, no_ids);
    if (code == EXIT_DONE) {
        code = read_file(path, FILE_CAP, &text, &size);
    }
    if (code == EXIT_DONE && llmp_measured_read_as(catalog, format, text, size, path, &given,
                                                   &measured, &error) != LLMP_OK) {
        code = fail(path, &error);
    }
    if (code == EXIT_DONE) {
        code = report(args, catalog, measured, path);
    }
    free(text);
    llmp_measured_destroy(&measured);
    llmp_catalog_destroy(&catalog);
    return code;
}
