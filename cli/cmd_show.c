/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <string.h>
#include <time.h>

/* Of any kind when none is said: the first that knows the name. */
static int find_any(const llmp_catalog *catalog, const char *name, llmp_kind *out_kind,
                    const llmp_record **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_error first = LLMP_ERROR_INIT;
    char note[256] = "";
    for (llmp_kind kind = LLMP_KIND_MODEL; kind < LLMP_KIND_COUNT; kind++) {
        llmp_status status = llmp_catalog_find(catalog, kind, name, out, note, &error);
        if (status == LLMP_OK) {
            if (*note != '\0') {
                (void)fprintf(stderr, "llmplan: note: %s\n", note);
            }
            *out_kind = kind;
            return EXIT_DONE;
        }
        if (status == LLMP_E_AMBIGUOUS || first.status == LLMP_OK ||
            (first.hint[0] == '\0' && error.hint[0] != '\0')) {
            first = error;
        }
        if (status == LLMP_E_AMBIGUOUS) {
            break;
        }
    }
    if (first.status == LLMP_E_UNKNOWN) {
        (void)snprintf(first.message, sizeof first.message, "the catalog knows nothing named '%s'",
                       name);
        if (strncmp(first.hint, "did you mean", 12) != 0) { /* the names of one kind are no help */
            (void)snprintf(first.hint, sizeof first.hint,
                           "llmplan list KIND names what there is, such as llmplan list devices");
        }
    }
    return fail("show", &first);
}

static int find_record(const arguments *args, const llmp_catalog *catalog, llmp_kind *kind,
                       const llmp_record **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    char note[256] = "";
    if (args->names.count == 1) {
        return find_any(catalog, args->names.items[0], kind, out);
    }
    int code = kind_of("show", args->names.items[0], kind);
    if (code != EXIT_DONE) {
        return code;
    }
    if (llmp_catalog_find(catalog, *kind, args->names.items[1], out, note, &error) != LLMP_OK) {
        return fail("show", &error);
    }
    if (*note != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", note);
    }
    return EXIT_DONE;
}

static int show_schema(const arguments *args)
{
    llmp_kind kind;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    if (args->names.count != 1) {
        return usage_error("--schema", "such as llmplan show --schema device",
                           "say the schema of what");
    }
    int code = kind_of("--schema", args->names.items[0], &kind);
    if (code != EXIT_DONE) {
        return code;
    }
    return llmp_report_schema(kind, &style, &document, &error) == LLMP_OK
               ? deliver(args, &style, &document, EXIT_DONE)
               : fail("show", &error);
}

static llmp_date today(void)
{
    time_t now = time(NULL);
    struct tm parts;
    return gmtime_r(&now, &parts) == NULL
               ? 0
               : (parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
}

/* llmplan show prices --stale */
static int show_stale(const arguments *args)
{
    llmp_kind kind;
    llmp_catalog *catalog;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    llmp_date day = today();
    if (args->names.count != 1) {
        return usage_error("--stale", "such as llmplan show prices --stale", "say which records");
    }
    int code = kind_of("--stale", args->names.items[0], &kind);
    if (code == EXIT_DONE && args->as_of != NULL &&
        llmp_date_parse(args->as_of, &day, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    code = code == EXIT_DONE ? catalog_open(args, &catalog) : code;
    if (code != EXIT_DONE) {
        return code;
    }
    uint32_t age = args->max_age_days == 0 ? 90 : (uint32_t)args->max_age_days;
    code = llmp_report_stale(catalog, kind, day, age, &style, &document, &error) == LLMP_OK
               ? deliver(args, &style, &document, EXIT_DONE)
               : fail("show", &error);
    llmp_catalog_destroy(&catalog);
    return code;
}

/* Of a price with a history the record that holds on --as-of. */
static int in_force(const arguments *args, const llmp_catalog *catalog, llmp_kind kind,
                    const llmp_record **record)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_api_price *price = NULL;
    llmp_date day = 0;
    char note[256] = "";
    if (kind != LLMP_KIND_PRICE) {
        return usage_error("--as-of", NULL, "goes with --stale or a price");
    }
    if (llmp_date_parse(args->as_of, &day, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    if (llmp_price_in_force(catalog, (*record)->id, day, &price, note, &error) != LLMP_OK) {
        return fail("show", &error);
    }
    if (*note != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", note);
    }
    *record = &price->head;
    return EXIT_DONE;
}

int cmd_show(const arguments *args)
{
    llmp_catalog *catalog;
    llmp_kind kind = LLMP_KIND_MODEL;
    const llmp_record *record = NULL;
    if (args->schema) {
        return show_schema(args);
    }
    if (args->stale) {
        return show_stale(args);
    }
    if (args->names.count < 1 || args->names.count > 2) {
        return usage_error("show", "such as llmplan show rtx-4090, llmplan show quant Q4_K_M",
                           "name one record");
    }
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    code = find_record(args, catalog, &kind, &record);
    if (code == EXIT_DONE && args->as_of != NULL) {
        code = in_force(args, catalog, kind, &record);
    }
    if (code == EXIT_DONE && args->sets.count > 0) {
        const char *ids[LLMP_KIND_COUNT] = {NULL};
        char id[128];
        (void)snprintf(id, sizeof id, "%s", record->id);
        ids[kind] = id;
        code = catalog_apply_sets(catalog, args, ids);
        record = llmp_catalog_get(catalog, kind, id);
    }
    if (code == EXIT_DONE) {
        llmp_error error = LLMP_ERROR_INIT;
        llmp_document *document = NULL;
        llmp_report_style style = style_of(args);
        code =
            llmp_report_show(catalog, kind, record, args->why, &style, &document, &error) == LLMP_OK
                ? deliver(args, &style, &document, EXIT_DONE)
                : fail("show", &error);
    }
    llmp_catalog_destroy(&catalog);
    return code;
}
