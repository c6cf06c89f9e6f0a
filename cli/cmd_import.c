/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <string.h>

static int write_record(const llmp_import *import, const char *path)
{
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    if (llmp_import_overlay_text(import, &text, &error) != LLMP_OK) {
        return fail("--out", &error);
    }
    int code = write_file(path, text, strlen(text));
    llmp_text_free(text);
    return code;
}

int cmd_import(const arguments *args)
{
    llmp_catalog *catalog;
    llmp_import *import = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    if (args->names.count != 1) {
        return usage_error("import", "a .gguf or .safetensors file, a folder, or a config.json",
                           "name one file");
    }
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    const char *path = args->names.items[0];
    if (llmp_import_open(catalog, path, &import, &error) != LLMP_OK) {
        code = fail(path, &error);
    } else if (args->out != NULL) {
        code = write_record(import, args->out);
    }
    /* the record on standard output leaves no room for the report */
    if (code == EXIT_DONE && (args->out == NULL || strcmp(args->out, "-") != 0)) {
        llmp_document *document = NULL;
        llmp_report_style style = style_of(args);
        code = llmp_report_import(import, &style, &document, &error) == LLMP_OK
                   ? deliver(args, &style, &document, EXIT_DONE)
                   : fail("import", &error);
    }
    llmp_import_destroy(&import);
    llmp_catalog_destroy(&catalog);
    return code;
}
