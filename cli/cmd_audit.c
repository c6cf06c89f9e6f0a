/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <llmplan/report_audit.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_CAP = 16 << 20, KINDS = 8 };

/* --- one line --------------------------------------------------------------------------------- */

/* What every claim of one line shares. */
static llmp_claim shared(const arguments *args)
{
    llmp_claim c = {.source = "command line"};
    c.model = args->model;
    c.quant = args->quant;
    c.machine = args->on[0] == '\0' ? NULL : args->on;
    c.engine = args->engine;
    c.backend = args->backend;
    c.bits_per_weight = args->bits;
    c.context_tokens = args->context_tokens;
    c.depth_tokens = (double)args->depth_tokens;
    c.prompt_tokens = args->has_prompt ? (double)args->prompt_tokens : 0.0;
    c.output_tokens = (double)args->generate_tokens;
    c.batch = (uint32_t)args->batch_tokens;
    c.devices_only = args->devices_only;
    return c;
}

static size_t state(const arguments *args, llmp_claim claims[KINDS])
{
    const struct {
        const char *option;
        const char *says;
        llmp_claim_kind kind;
    } given[] = {
        {"--decode", args->says_decode, LLMP_CLAIM_DECODE_TOKENS_PER_S},
        {"--prefill", args->says_prefill, LLMP_CLAIM_PREFILL_TOKENS_PER_S},
        {"--ttft", args->says_ttft, LLMP_CLAIM_TTFT_S},
        {"--latency", args->says_latency, LLMP_CLAIM_LATENCY_S},
        {"--memory", args->says_memory, LLMP_CLAIM_MEMORY_GB},
        {"--price", args->says_price, LLMP_CLAIM_MACHINE_USD},
        {"--power", args->says_power, LLMP_CLAIM_POWER_W},
        {"--fits", args->says_fits ? "" : NULL, LLMP_CLAIM_FITS},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        if (given[i].says != NULL) {
            claims[count] = shared(args);
            claims[count].id = given[i].option;
            claims[count].says = *given[i].says == '\0' ? NULL : given[i].says;
            claims[count++].kind = given[i].kind;
        }
    }
    return count;
}

/* What "device.tdp_w=400" speaks of; names that are wrong are told of later. */
static void short_forms(const llmp_catalog *catalog, const arguments *args,
                        const char *ids[LLMP_KIND_COUNT])
{
    const llmp_record *record;
    size_t count = 0;
    llmp_machine *machines = calloc(LLMP_MACHINES_MAX, sizeof *machines);
    if (args->model != NULL &&
        llmp_catalog_find(catalog, LLMP_KIND_MODEL, args->model, &record, NULL, NULL) == LLMP_OK) {
        ids[LLMP_KIND_MODEL] = record->id;
    }
    if (machines != NULL && args->on[0] != '\0' &&
        llmp_machine_parse(catalog, args->on, machines, &count, NULL, NULL) == LLMP_OK) {
        ids[LLMP_KIND_DEVICE] = machines[0].devices[0]->head.id;
        ids[LLMP_KIND_RIG] = machines[0].rig == NULL ? NULL : machines[0].rig->head.id;
    }
    free(machines);
}

/* --- the answer ------------------------------------------------------------------------------- */

static int exit_code(const llmp_audit *audit)
{
    size_t count = llmp_audit_size(audit);
    size_t false_count = llmp_audit_count(audit, LLMP_CLAIM_IMPOSSIBLE) +
                         llmp_audit_count(audit, LLMP_CLAIM_PARTLY_IMPOSSIBLE) +
                         llmp_audit_count(audit, LLMP_CLAIM_WRONG);
    bool none = count > 0 && llmp_audit_count(audit, LLMP_CLAIM_NOT_JUDGED) == count;
    return false_count > 0 ? EXIT_ANSWER_NO : none ? EXIT_NO_DATA : EXIT_DONE;
}

static int answer(const arguments *args, const llmp_audit *audit, const char *file)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    if (llmp_report_audit(audit, file, args->explain, &style, &document, &error) != LLMP_OK) {
        return fail("audit", &error);
    }
    return deliver(args, &style, &document, exit_code(audit));
}

static int judge_file(const arguments *args, const llmp_catalog *catalog,
                      const llmp_audit_options *options)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_audit *audit = NULL;
    char *text;
    size_t size;
    const char *path = args->names.items[0];
    int code = read_file(path, FILE_CAP, &text, &size);
    if (code != EXIT_DONE) {
        return code;
    }
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    llmp_status status = llmp_audit_file_create(catalog, text, size, name, options, &audit, &error);
    free(text);
    code = status == LLMP_OK ? answer(args, audit, name) : fail(name, &error);
    llmp_audit_destroy(&audit);
    return code;
}

/* The option that a member of a claim comes from. */
static const char *option_of(const llmp_claim *claims, size_t count, const llmp_error *error)
{
    static const char *const options[][2] = {{"model", "--model"},
                                             {"quant", "--quant"},
                                             {"machine", "--on"},
                                             {"engine", "--engine"},
                                             {"backend", "--backend"}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(error->field, options[i][0]) == 0) {
            return options[i][1];
        }
    }
    return count == 1 ? claims[0].id : "audit";
}

static int judge_line(const arguments *args, const llmp_catalog *catalog, const llmp_claim *claims,
                      size_t count, const llmp_audit_options *options)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_audit *audit = NULL;
    if (llmp_audit_create(catalog, claims, count, options, &audit, &error) != LLMP_OK) {
        const char *option = option_of(claims, count, &error);
        error.field[0] = '\0';
        return fail(option, &error);
    }
    int code = answer(args, audit, NULL);
    llmp_audit_destroy(&audit);
    return code;
}

int cmd_audit(const arguments *args)
{
    llmp_claim claims[KINDS];
    llmp_catalog *catalog;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_audit_options options = LLMP_AUDIT_OPTIONS_INIT;
    const char *ids[LLMP_KIND_COUNT] = {NULL};
    size_t count = state(args, claims);
    if ((args->names.count == 1) == (count > 0) || args->names.count > 1) {
        return usage_error(
            "audit", "such as llmplan audit --model llama-3.1-70b --on dgx-spark --decode 38",
            args->names.count > 0 && count > 0 ? "a file states its claims itself"
                                               : "name one file of claims, or state a claim");
    }
    if (args->as_of != NULL && llmp_date_parse(args->as_of, &options.as_of, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    int code = catalog_open(args, &catalog);
    if (code != EXIT_DONE) {
        return code;
    }
    short_forms(catalog, args, ids);
    code = catalog_apply_sets(catalog, args, ids);
    if (code == EXIT_DONE) {
        llmp_catalog_freeze(catalog);
        code = count > 0 ? judge_line(args, catalog, claims, count, &options)
                         : judge_file(args, catalog, &options);
    }
    llmp_catalog_destroy(&catalog);
    return code;
}
