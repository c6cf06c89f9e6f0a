/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

/* Every machine gets its own verdict; the best one decides the exit code. */
static int fit_machines(const arguments *args, question *q)
{
    llmp_fit *fits[LLMP_MACHINES_MAX] = {NULL};
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    llmp_status status = LLMP_OK;
    bool runs = false;
    for (size_t i = 0; i < q->machine_count && status == LLMP_OK; i++) {
        q->request.machine = &q->machines[i];
        status = llmp_fit_create(q->catalog, &q->request, &fits[i], &error);
        runs = runs || (status == LLMP_OK &&
                        llmp_fit_answer_of(fits[i])->verdict != LLMP_VERDICT_CANNOT_RUN);
    }
    if (status == LLMP_OK) {
        status = llmp_report_fit((const llmp_fit *const *)fits, q->machine_count, args->explain,
                                 &style, &document, &error);
    }
    int code = status == LLMP_OK
                   ? deliver(args, &style, &document, runs ? EXIT_DONE : EXIT_ANSWER_NO)
                   : fail("fit", &error);
    for (size_t i = 0; i < q->machine_count; i++) {
        llmp_fit_destroy(&fits[i]);
    }
    return code;
}

static int list_machine(const arguments *args, question *q)
{
    llmp_fit_list *list = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    if (q->machine_count > 1) {
        return usage_error("--on", "ask for each, or name a model",
                           "lists what one machine can run, not %zu", q->machine_count);
    }
    if (args->draft != NULL || args->explain) {
        return usage_error(args->explain ? "--explain" : "--spec-draft", NULL, "needs a MODEL");
    }
    q->request.machine = &q->machines[0];
    llmp_status status = llmp_fit_list_create(q->catalog, &q->request, &list, &error);
    bool any = status == LLMP_OK && llmp_fit_list_size(list) > 0;
    if (status == LLMP_OK) {
        status = llmp_report_fit_list(list, &q->machines[0], (size_t)args->limit, &style, &document,
                                      &error);
    }
    int code = status == LLMP_OK
                   ? deliver(args, &style, &document, any ? EXIT_DONE : EXIT_ANSWER_NO)
                   : fail("fit", &error);
    llmp_fit_list_destroy(&list);
    return code;
}

int cmd_fit(const arguments *args)
{
    question q;
    const char *model = args->names.count > 0 ? args->names.items[0] : NULL;
    if (args->names.count > 1) {
        return usage_error("fit", "quote names of several words: --on \"2x rtx-4090\"",
                           "one model at a time, not also '%s'", args->names.items[1]);
    }
    if (model != NULL && (args->use != NULL || args->family != NULL || args->min_params > 0 ||
                          args->max_params > 0)) {
        return usage_error("fit", "leave MODEL out to list what a machine can run",
                           "--use, --family, --min-params and --max-params choose among models");
    }
    int code = question_open(args, model, &q);
    if (code != EXIT_DONE) {
        return code;
    }
    code = model == NULL ? list_machine(args, &q) : fit_machines(args, &q);
    question_close(&q);
    return code;
}
