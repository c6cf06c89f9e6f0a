/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_CAP = 64 << 20 };

typedef struct input {
    const char *path;
    char *text;
    size_t size;
    bool cases;
    int code; /* of reading it */
} input;

/* A file of cases has `cases:` where a catalog file has `models:` and the like. */
static bool has_cases(const char *text, size_t size)
{
    static const char key[] = "cases:";
    for (size_t at = 0; at + sizeof key - 1 <= size;) {
        if (memcmp(text + at, key, sizeof key - 1) == 0) {
            return true;
        }
        const char *end = memchr(text + at, '\n', size - at);
        if (end == NULL) {
            break;
        }
        at = (size_t)(end - text) + 1;
    }
    return false;
}

static int check_cases(const arguments *args, const llmp_catalog *catalog, const input *inputs,
                       size_t count)
{
    llmp_case_file files[LIST_MAX];
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (!inputs[i].cases) {
            return inputs[i].code != EXIT_DONE
                       ? inputs[i].code
                       : usage_error("check", "check them apart",
                                     "%s is a catalog file, others hold cases", inputs[i].path);
        }
        files[i] = (llmp_case_file){inputs[i].path, inputs[i].text, inputs[i].size};
    }
    if (llmp_report_cases(catalog, files, count, &style, &failed, &document, &error) != LLMP_OK) {
        return fail("check", &error);
    }
    return deliver(args, &style, &document, failed == 0 ? EXIT_DONE : EXIT_ANSWER_NO);
}

/* Each file is checked on top of the catalog and of the good files before it. */
static int check_catalog(const arguments *args, llmp_catalog *catalog, const input *inputs,
                         size_t count)
{
    llmp_check_result results[LIST_MAX];
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    int worst = EXIT_DONE;
    for (size_t i = 0; i < count; i++) {
        llmp_check_result *r = &results[i];
        llmp_error one = LLMP_ERROR_INIT;
        int code = inputs[i].code;
        r->file = inputs[i].path;
        r->status = LLMP_E_IO;
        if (code == EXIT_DONE) {
            r->status =
                llmp_catalog_overlay(catalog, inputs[i].text, inputs[i].size, r->file, &one);
            code = r->status == LLMP_OK ? EXIT_DONE : fail(r->file, &one);
        } else {
            (void)snprintf(one.message, sizeof one.message, "cannot be read");
        }
        r->error = one;
        worst = code > worst ? code : worst;
    }
    if (llmp_report_check(results, count, &style, &document, &error) != LLMP_OK) {
        return fail("check", &error);
    }
    return deliver(args, &style, &document, worst);
}

int cmd_check(const arguments *args)
{
    llmp_catalog *catalog;
    input inputs[LIST_MAX] = {{NULL, NULL, 0, false, 0}};
    size_t count = args->names.count;
    bool cases = false;
    if (count == 0) {
        return usage_error("check", "such as llmplan check my-devices.yaml", "name a file");
    }
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        inputs[i].path = args->names.items[i];
        inputs[i].code = read_file(inputs[i].path, FILE_CAP, &inputs[i].text, &inputs[i].size);
        inputs[i].cases = inputs[i].code == EXIT_DONE && has_cases(inputs[i].text, inputs[i].size);
        cases = cases || inputs[i].cases;
    }
    code = cases ? check_cases(args, catalog, inputs, count)
                 : check_catalog(args, catalog, inputs, count);
    for (size_t i = 0; i < count; i++) {
        free(inputs[i].text);
    }
    llmp_catalog_destroy(&catalog);
    return code;
}
