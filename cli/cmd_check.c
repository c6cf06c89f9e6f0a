/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

/* Each file is checked on top of the catalog and of the files before it that are good. */
int cmd_check(const arguments *args)
{
    llmp_catalog *catalog;
    llmp_check_result results[LIST_MAX];
    int worst = EXIT_DONE;
    if (args->names.count == 0) {
        return usage_error("check", "such as llmplan check my-devices.yaml", "name a file");
    }
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    for (size_t i = 0; i < args->names.count; i++) {
        llmp_check_result *r = &results[i];
        llmp_error error = LLMP_ERROR_INIT;
        r->file = args->names.items[i];
        r->status = llmp_catalog_overlay_file(catalog, r->file, &error);
        r->error = error;
        if (r->status != LLMP_OK) {
            int one = fail(r->file, &error);
            worst = one > worst ? one : worst;
        }
    }
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    code = llmp_report_check(results, args->names.count, &style, &document, &error) == LLMP_OK
               ? deliver(args, &style, &document, worst)
               : fail("check", &error);
    llmp_catalog_destroy(&catalog);
    return code;
}
