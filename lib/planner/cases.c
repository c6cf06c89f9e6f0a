/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/cases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/names.h"
#include "catalog/load.h"
#include "doc/yaml.h"

typedef struct runner {
    const llmp_catalog *catalog;
    const char *where;
    void (*each)(void *user, const llmp_case_result *result);
    void *user;
    size_t passed;
    size_t failed;
} runner;

static llmp_status find_question(const char *name, const char *where, const llmp__node *node,
                                 const llmp__question **out, llmp_error *error)
{
    llmp__nearest nearest;
    llmp__nearest_begin(&nearest, name);
    for (const llmp__question *question = llmp__questions; question->name; question++) {
        if (strcmp(question->name, name) == 0) {
            *out = question;
            return LLMP_OK;
        }
        llmp__nearest_offer(&nearest, question->name, question->name);
    }
    char hint[256];
    llmp__nearest_format(&nearest, hint, sizeof hint);
    llmp__fail_at(error, LLMP_E_SCHEMA, where, node->line, node->column, "question",
                  "unknown question '%s'", name);
    llmp__hint(error, "%s", hint);
    return LLMP_E_SCHEMA;
}

/* The catalog as the case wants it: the shared one, or a copy with the case's assignments. */
static llmp_status own_catalog(const llmp__case *input, llmp_catalog **out, llmp_error *error)
{
    static const char *const no_defaults[LLMP_KIND_COUNT] = {NULL};
    llmp_status status = llmp_catalog_create(out, error);
    for (size_t i = 0; i < input->set_count && status == LLMP_OK; i++)
        status = llmp_catalog_set(*out, input->set[i], no_defaults, error);
    return status;
}

static void judge(const llmp__case *input, double answer, llmp_case_result *result)
{
    result->answered = true;
    result->value = answer / llmp__case_unit_scales[input->unit];
    const bool inside = result->value >= result->low_value && result->value <= result->high_value;
    result->passed = inside != input->differs;
}

static void run_one(runner *run, const llmp__case *input, const llmp__question *question)
{
    llmp_case_result result;
    memset(&result, 0, sizeof result);
    const double high = input->high_value > input->low_value ? input->high_value : input->low_value;
    result.id = input->id;
    result.question = input->question;
    result.source = input->source;
    result.unit = llmp__case_unit_names[input->unit];
    result.low_value =
        input->low_value - fabs(input->low_value) * input->tolerance_ratio - input->tolerance_value;
    result.high_value = high + fabs(high) * input->tolerance_ratio + input->tolerance_value;
    result.differs = input->differs;
    result.message = "";
    llmp_error error = LLMP_ERROR_INIT;
    llmp_catalog *own = NULL;
    double answer = 0;
    llmp_status status = input->set_count ? own_catalog(input, &own, &error) : LLMP_OK;
    if (status == LLMP_OK)
        status = question->answer(own ? own : run->catalog, input, &answer, &error);
    if (status == LLMP_OK && isfinite(answer))
        judge(input, answer, &result);
    else
        result.message = error.message;
    llmp_catalog_destroy(&own);
    if (result.passed)
        run->passed++;
    else
        run->failed++;
    if (run->each)
        run->each(run->user, &result);
}

static llmp_status run_all(runner *run, llmp__arena *arena, const llmp__node *list,
                           llmp_error *error)
{
    const llmp__loader loader = {run->where, arena, LLMP_E_VALUE, error};
    size_t index = 0;
    for (const llmp__node *node = list->first; node; node = node->next, index++) {
        llmp__case input;
        const llmp__question *question;
        char path[48];
        snprintf(path, sizeof path, "cases[%zu]", index);
        llmp_status status = llmp__load_struct(&loader, &llmp__schema_case, node, path, &input);
        if (status == LLMP_OK)
            status = find_question(input.question, run->where, node, &question, error);
        if (status != LLMP_OK)
            return status;
        run_one(run, &input, question);
    }
    return LLMP_OK;
}

llmp_status llmp_cases_run(const llmp_catalog *catalog, const char *text, size_t text_bytes,
                           const char *where,
                           void (*each)(void *user, const llmp_case_result *result), void *user,
                           size_t *out_passed, size_t *out_failed, llmp_error *error)
{
    if (!catalog || !text || !where)
        return llmp__fail_argument(error, "catalog, text or where", "is NULL");
    llmp__arena arena = {NULL};
    llmp__node *root = NULL;
    runner run = {catalog, where, each, user, 0, 0};
    llmp_status status = llmp__yaml_parse(text, text_bytes, where, &arena, &root, error);
    const llmp__node *list = status == LLMP_OK && root ? llmp__node_get(root, "cases") : NULL;
    if (status == LLMP_OK && (!list || list->kind != LLMP__NODE_LIST))
        status = llmp__fail_at(error, LLMP_E_SCHEMA, where, 1, 1, "cases",
                               "expected a map with a list under 'cases'");
    if (status == LLMP_OK)
        status = run_all(&run, &arena, list, error);
    llmp__arena_free(&arena);
    if (status != LLMP_OK)
        return status;
    if (out_passed)
        *out_passed = run.passed;
    if (out_failed)
        *out_failed = run.failed;
    return LLMP_OK;
}
