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

/* The format of a price list that --format names, or the number of formats. */
static llmp_price_format price_format(const char *name)
{
    llmp_price_format format = LLMP_PRICES_AUTO;
    while (format < LLMP_PRICES_COUNT && strcmp(llmp_price_format_name(format), name) != 0) {
        format++;
    }
    return format;
}

static int write_prices(const llmp_price_import *import, const char *path)
{
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    if (llmp_prices_overlay_text(import, &text, &error) != LLMP_OK) {
        return fail("--out", &error);
    }
    int code = write_file(path, text, strlen(text));
    llmp_text_free(text);
    return code;
}

/* llmplan import prices FILE: --format may say how to answer or what the list is. */
static int import_prices(const arguments *args)
{
    llmp_catalog *catalog;
    llmp_price_import *import = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_price_import_options options = LLMP_PRICE_IMPORT_OPTIONS_INIT;
    arguments answer = *args;
    const char *path = args->names.items[1];
    llmp_price_format format =
        args->format == NULL ? LLMP_PRICES_COUNT : price_format(args->format);
    if (format != LLMP_PRICES_COUNT) {
        options.format = format;
        answer.format = NULL;
    }
    if (args->as_of != NULL && llmp_date_parse(args->as_of, &options.as_of, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    if (llmp_prices_import(catalog, path, &options, &import, &error) != LLMP_OK) {
        code = fail(path, &error);
    } else if (args->out != NULL && llmp_prices_count(import) > 0) {
        code = write_prices(import, args->out);
    }
    if (code == EXIT_DONE && (args->out == NULL || strcmp(args->out, "-") != 0)) {
        llmp_document *document = NULL;
        llmp_report_style style = style_of(args);
        code = llmp_report_prices_import(import, &style, &document, &error) == LLMP_OK
                   ? deliver(&answer, &style, &document, EXIT_DONE)
                   : fail("import", &error);
    }
    llmp_prices_destroy(&import);
    llmp_catalog_destroy(&catalog);
    return code;
}

int cmd_import(const arguments *args)
{
    if (args->names.count == 2 && strcmp(args->names.items[0], "prices") == 0) {
        return import_prices(args);
    }
    if (args->format != NULL && price_format(args->format) != LLMP_PRICES_COUNT) {
        return usage_error("--format", "such as llmplan import prices FILE --format auto",
                           "%s is a format of price lists", args->format);
    }
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
