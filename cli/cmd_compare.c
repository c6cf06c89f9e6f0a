/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/money.h"

#include <llmplan/report_compare.h>
#include <stdlib.h>
#include <string.h>

/* Everything a comparison is asked about. The first question owns the catalog. */
typedef struct comparison {
    question models[LLMP_COMPARE_MODELS_MAX];
    question machines[LLMP_COMPARE_COLUMNS_MAX];
    size_t model_count;
    size_t machine_count;
    llmp_fit_request requests[LLMP_COMPARE_MODELS_MAX];
    llmp_compare_column columns[LLMP_COMPARE_COLUMNS_MAX];
    llmp_cost_request cost;
    llmp_compare_request request;
} comparison;

/* --- names ------------------------------------------------------------------------------------ */

static arguments on_machine(const arguments *args, size_t i)
{
    arguments one = *args;
    (void)snprintf(one.on, sizeof one.on, "%s", args->ons.items[i]);
    return one;
}

static int check(const arguments *args)
{
    const size_t most = args->together ? LLMP_ASSESS_MODELS_MAX : LLMP_COMPARE_MODELS_MAX;
    if (args->names.count == 0) {
        return usage_error("compare",
                           "such as llmplan compare gpt-oss-120b --on rtx-5090 --on "
                           "dgx-spark",
                           "say which MODEL");
    }
    if (args->ons.count == 0) {
        return usage_error("--on", "repeat it for each: --on rtx-5090 --on dgx-spark",
                           "say which machines");
    }
    if (args->names.count > most) {
        return usage_error("compare", NULL, "%zu models are more than %zu%s", args->names.count,
                           most, args->together ? " loaded together" : "");
    }
    if (args->together && args->names.count == 1) {
        return usage_error("--together", "such as gpt-oss-120b qwen3-coder-30b-a3b --together",
                           "needs several models");
    }
    return EXIT_DONE;
}

static int resolve_names(const arguments *args, comparison *c)
{
    arguments first = on_machine(args, 0);
    int code = question_open(&first, args->names.items[0], &c->models[0]);
    c->model_count = code == EXIT_DONE ? 1 : 0;
    for (size_t i = 1; i < args->names.count && code == EXIT_DONE; i++) {
        code = question_beside(&c->models[0], &first, args->names.items[i], &c->models[i]);
        c->model_count += code == EXIT_DONE ? 1 : 0;
    }
    for (size_t i = 1; i < args->ons.count && code == EXIT_DONE; i++) {
        arguments other = on_machine(args, i);
        code = question_beside(&c->models[0], &other, NULL, &c->machines[i]);
        c->machine_count += code == EXIT_DONE ? 1 : 0;
    }
    return code;
}

/* --- sizes and tasks -------------------------------------------------------------------------- */

static int read_points(const char *option, const char *text, double *out, uint32_t *out_count)
{
    uint64_t values[LLMP_ASSESS_POINTS_MAX];
    size_t count = 0;
    if (text == NULL) {
        return EXIT_DONE;
    }
    int code = options_read_axis(option, text, values, LLMP_ASSESS_POINTS_MAX, &count);
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        if (values[i] < 1 || values[i] > 4294967296U) {
            return usage_error(option, NULL, "%llu is outside 1 to 4,294,967,296",
                               (unsigned long long)values[i]);
        }
        out[i] = (double)values[i];
    }
    *out_count = (uint32_t)count;
    return code;
}

static int shorter_first(const void *a, const void *b)
{
    const llmp_task *const *x = a, *const *y = b;
    const double left = llmp_task_context_tokens(*x), right = llmp_task_context_tokens(*y);
    return left == right ? strcmp((*x)->head.id, (*y)->head.id) : left < right ? -1 : 1;
}

/* Those named, else the catalog's. */
static int resolve_tasks(const arguments *args, const llmp_catalog *catalog,
                         llmp_assess_request *ask)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_record *record = NULL;
    if (args->timed.count > LLMP_ASSESS_TASKS_MAX) {
        return usage_error("--task", NULL, "given more than %d times", LLMP_ASSESS_TASKS_MAX);
    }
    for (size_t i = 0; i < args->timed.count; i++) {
        if (llmp_catalog_find(catalog, LLMP_KIND_TASK, args->timed.items[i], &record, NULL,
                              &error) != LLMP_OK) {
            return fail("--task", &error);
        }
        ask->tasks[ask->task_count++] = LLMP_TASK(record);
    }
    const size_t known = llmp_catalog_count(catalog, LLMP_KIND_TASK);
    for (size_t i = 0; args->timed.count == 0 && i < known && i < LLMP_ASSESS_TASKS_MAX; i++) {
        ask->tasks[ask->task_count++] = LLMP_TASK(llmp_catalog_at(catalog, LLMP_KIND_TASK, i));
    }
    if (args->timed.count == 0) {
        qsort(ask->tasks, ask->task_count, sizeof ask->tasks[0], shorter_first);
    }
    return EXIT_DONE;
}

/* --- the question ----------------------------------------------------------------------------- */

static int fill(const arguments *args, comparison *c)
{
    static const llmp_assess_request initial = LLMP_ASSESS_REQUEST_INIT;
    const llmp_catalog *catalog = c->models[0].catalog;
    llmp_compare_request *r = &c->request;
    for (size_t i = 0; i < c->model_count; i++) {
        c->requests[i] = c->models[i].request;
    }
    for (size_t i = 0; i < args->ons.count; i++) {
        const question *q = i == 0 ? &c->models[0] : &c->machines[i];
        c->columns[i] = (llmp_compare_column){q->machines, (uint32_t)q->machine_count};
    }
    *r = (llmp_compare_request){.struct_size = sizeof *r,
                                .model_count = (uint32_t)c->model_count,
                                .models = c->requests,
                                .column_count = (uint32_t)args->ons.count,
                                .columns = c->columns,
                                .together = args->together,
                                .ask = initial};
    int code = read_points("--prompt", args->prompts, r->ask.prompts_tokens, &r->ask.prompt_count);
    code = code == EXIT_DONE
               ? read_points("--depth", args->depths, r->ask.depths_tokens, &r->ask.depth_count)
               : code;
    code = code == EXIT_DONE ? resolve_tasks(args, catalog, &r->ask) : code;
    code = code == EXIT_DONE ? money_terms(args, catalog, &c->cost) : code;
    r->ask.cost = &c->cost;
    return code;
}

static int answer(const arguments *args, const comparison *c)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_compare *compare = NULL;
    llmp_report_style style = style_of(args);
    llmp_status status = llmp_compare_create(c->models[0].catalog, &c->request, &compare, &error);
    if (status == LLMP_OK) {
        status = llmp_report_compare(compare, args->explain, &style, &document, &error);
    }
    const bool runs = status == LLMP_OK && llmp_compare_answer_of(compare)->any_runs;
    int code = status == LLMP_OK
                   ? deliver(args, &style, &document, runs ? EXIT_DONE : EXIT_ANSWER_NO)
                   : fail("compare", &error);
    llmp_compare_destroy(&compare);
    return code;
}

int cmd_compare(const arguments *args)
{
    int code = check(args);
    if (code != EXIT_DONE) {
        return code;
    }
    comparison *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return EXIT_INTERNAL;
    }
    code = resolve_names(args, c);
    code = code == EXIT_DONE ? fill(args, c) : code;
    code = code == EXIT_DONE ? answer(args, c) : code;
    for (size_t i = 0; i < c->machine_count; i++) {
        question_close(&c->machines[1 + i]);
    }
    for (size_t i = c->model_count; i-- > 0;) {
        question_close(&c->models[i]);
    }
    free(c);
    return code;
}
