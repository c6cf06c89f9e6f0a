/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

int cmd_list(const arguments *args)
{
    llmp_kind kind;
    llmp_catalog *catalog;
    const char *const ids[LLMP_KIND_COUNT] = {NULL};
    if (args->names.count == 0) {
        return usage_error("list",
                           "models, devices, rigs, links, formats, quants, engines, profiles, "
                           "prices, subscriptions, rentals, tariffs, assumptions, workloads, "
                           "benchmarks, scores, tasks, hosts, psus or circuits",
                           "say what to list, such as llmplan list devices");
    }
    if (args->names.count > 2) {
        return usage_error("list", NULL, "one filter at a time, not also '%s'",
                           args->names.items[2]);
    }
    int code = kind_of("list", args->names.items[0], &kind);
    code = code == EXIT_DONE ? catalog_open(args, &catalog) : code;
    if (code != EXIT_DONE) {
        return code;
    }
    code = catalog_apply_sets(catalog, args, ids);
    if (code == EXIT_DONE) {
        llmp_error error = LLMP_ERROR_INIT;
        llmp_document *document = NULL;
        llmp_report_style style = style_of(args);
        const char *filter = args->names.count > 1 ? args->names.items[1] : NULL;
        code = llmp_report_list(catalog, kind, filter, &style, &document, &error) == LLMP_OK
                   ? deliver(args, &style, &document, EXIT_DONE)
                   : fail("list", &error);
    }
    llmp_catalog_destroy(&catalog);
    return code;
}
