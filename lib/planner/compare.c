/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines or models side by side: assessments, and the blocks of rows they make. */
#include "planner/compare.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static llmp_status check_count(const char *what, uint32_t count, uint32_t most, llmp_error *error)
{
    return count >= 1 && count <= most
               ? LLMP_OK
               : llmp__fail(error, LLMP_E_RANGE, "%u %s are outside 1 to %u", count, what, most);
}

static llmp_status check(const llmp_compare_request *r, llmp_error *error)
{
    llmp_status status =
        check_count(r->together ? "models together" : "models", r->model_count,
                    r->together ? LLMP_ASSESS_MODELS_MAX : LLMP_COMPARE_MODELS_MAX, error);
    if (status == LLMP_OK) {
        status =
            check_count("machines to compare", r->column_count, LLMP_COMPARE_COLUMNS_MAX, error);
    }
    for (uint32_t c = 0; c < r->column_count && status == LLMP_OK; c++) {
        status = check_count("machines side by side", r->columns[c].machine_count,
                             LLMP_MACHINES_MAX, error);
    }
    return status;
}

/* --- assessments ------------------------------------------------------------------------------ */

static llmp_status assess_apart(llmp_compare *it, uint32_t column, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    const llmp_compare_column *c = &it->columns[column];
    for (uint32_t k = 0; k < c->machine_count; k++) {
        for (uint32_t m = 0; m < it->request.model_count && status == LLMP_OK; m++) {
            llmp_assess_request ask = it->request.ask;
            ask.machine = &c->machines[k];
            ask.models = &it->models[m];
            ask.model_count = 1;
            status = llmp_assess_create(it->catalog, &ask, &it->on[column][k][m], error);
        }
    }
    return status;
}

const llmp_assessment *llmp_compare_assessment(const llmp_compare *it, uint32_t column,
                                               uint32_t machine, uint32_t model, uint32_t *out_slot)
{
    if (it == NULL || out_slot == NULL || column >= it->answer.column_count ||
        model >= it->answer.model_count || machine >= it->columns[column].machine_count) {
        return NULL;
    }
    *out_slot = 0;
    if (!it->answer.together) {
        return it->on[column][machine][model];
    }
    for (uint32_t m = 0; m < model; m++) {
        *out_slot += it->home[column][m] == machine ? 1 : 0;
    }
    return it->home[column][model] == machine ? it->on[column][machine][0] : NULL;
}

bool llmp_compare_price(const llmp_compare *it, uint32_t column, uint32_t machine,
                        llmp_machine_price *out)
{
    if (it == NULL || out == NULL || column >= it->answer.column_count ||
        machine >= it->columns[column].machine_count) {
        return false;
    }
    for (uint32_t m = 0; m < it->request.model_count; m++) {
        const llmp_assessment *one = it->on[column][machine][m];
        const llmp_assess_answer *a = one == NULL ? NULL : llmp_assess_answer_of(one);
        if (a != NULL && a->has_price) {
            *out = a->price; /* also one that was stated */
            return true;
        }
    }
    const llmp_cost_request *cost = it->request.ask.cost;
    return llmp_machine_price_of(it->catalog, &it->columns[column].machines[machine],
                                 cost == NULL ? LLMP_BUYING_NEW : cost->buying,
                                 cost == NULL ? 0 : cost->as_of, out, NULL) == LLMP_OK;
}

static void note_what_runs(llmp_compare *it)
{
    for (uint32_t c = 0; c < it->answer.column_count; c++) {
        for (uint32_t k = 0; k < it->columns[c].machine_count; k++) {
            for (uint32_t m = 0; m < it->answer.model_count; m++) {
                uint32_t slot;
                const llmp_assessment *a = llmp_compare_assessment(it, c, k, m, &slot);
                it->answer.any_runs =
                    it->answer.any_runs ||
                    (a != NULL && llmp_assess_answer_of(a)->models[slot].fit->verdict !=
                                      LLMP_VERDICT_CANNOT_RUN);
            }
        }
    }
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void add_subject(llmp_compare_block *block, uint32_t model, uint32_t column)
{
    block->subjects[block->subject_count++] = (llmp_compare_subject){model, column};
}

/* One column and several models: the models are compared. Else the columns, model by model. */
static llmp_status build_blocks(llmp_compare *it, llmp_error *error)
{
    llmp_compare_answer *a = &it->answer;
    const bool of_models = a->column_count == 1 && a->model_count > 1 && !a->together;
    const bool whole = a->together && a->model_count > 1;
    a->block_count = of_models ? 1 : a->model_count + (whole ? 1 : 0);
    it->blocks = calloc(a->block_count, sizeof *it->blocks);
    a->blocks = it->blocks;
    if (it->blocks == NULL) {
        return llmp__fail_memory(error, "a comparison");
    }
    llmp_status status = LLMP_OK;
    for (uint32_t b = 0; b < a->block_count && status == LLMP_OK; b++) {
        llmp_compare_block *block = &it->blocks[b];
        block->of_models = of_models;
        block->whole = whole && b == a->model_count;
        for (uint32_t m = 0; of_models && m < a->model_count; m++) {
            add_subject(block, m, 0);
        }
        for (uint32_t c = 0; !of_models && c < a->column_count; c++) {
            add_subject(block, block->whole ? 0 : b, c);
        }
        status = llmp__compare_rows(it, block, error);
    }
    return status;
}

/* --- the answer ------------------------------------------------------------------------------- */

static llmp_status compare(llmp_compare *it, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    for (uint32_t c = 0; c < it->answer.column_count && status == LLMP_OK; c++) {
        status = it->answer.together ? llmp__compare_share_out(it, c, error)
                                     : assess_apart(it, c, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    note_what_runs(it);
    return build_blocks(it, error);
}

llmp_status llmp_compare_create(const llmp_catalog *catalog, const llmp_compare_request *request,
                                llmp_compare **out, llmp_error *error)
{
    if (catalog == NULL || request == NULL || out == NULL || request->struct_size == 0 ||
        request->models == NULL || request->columns == NULL) {
        return llmp__fail_argument(error, "catalog, request or out",
                                   "is NULL, or has no models or machines");
    }
    llmp_status status = check(request, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp_compare *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return llmp__fail_memory(error, "a comparison");
    }
    it->catalog = catalog;
    it->request = *request;
    memcpy(it->models, request->models, request->model_count * sizeof *it->models);
    memcpy(it->columns, request->columns, request->column_count * sizeof *it->columns);
    it->request.models = it->models;
    it->request.columns = it->columns;
    it->answer.struct_size = (uint32_t)sizeof it->answer;
    it->answer.model_count = request->model_count;
    it->answer.column_count = request->column_count;
    it->answer.together = request->together && request->model_count > 1;
    it->answer.has_api = request->ask.cost != NULL && request->ask.cost->api != NULL;
    status = compare(it, error);
    if (status != LLMP_OK) {
        llmp_compare_destroy(&it);
        return status;
    }
    *out = it;
    return LLMP_OK;
}

void llmp_compare_destroy(llmp_compare **compare)
{
    if (compare == NULL || *compare == NULL) {
        return;
    }
    llmp_compare *it = *compare;
    for (uint32_t c = 0; c < LLMP_COMPARE_COLUMNS_MAX; c++) {
        for (uint32_t k = 0; k < LLMP_MACHINES_MAX; k++) {
            for (uint32_t m = 0; m < LLMP_COMPARE_MODELS_MAX; m++) {
                llmp_assess_destroy(&it->on[c][k][m]);
            }
        }
    }
    free(it->blocks);
    free(it);
    *compare = NULL;
}

const llmp_compare_answer *llmp_compare_answer_of(const llmp_compare *compare)
{
    return &compare->answer;
}

const llmp_compare_column *llmp_compare_column_at(const llmp_compare *compare, uint32_t column)
{
    return column < compare->answer.column_count ? &compare->columns[column] : NULL;
}
