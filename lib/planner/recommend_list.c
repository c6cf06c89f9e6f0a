/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which model the money can run: the best scores first, and for each the best machine. */
#include "planner/recommend.h"

#include "base/error.h"
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

typedef struct candidate {
    const llmp_model *model;
    const llmp_score *score;
} candidate;

struct llmp_recommend_list {
    llmp_recommend_pick *picks;
    llmp_recommendation **owners; /* of the picks' rows */
    size_t count;
    size_t unknown;
    size_t below;
    size_t cannot;
};

static bool wanted(const llmp_recommend_request *r, const llmp_model *model)
{
    const llmp_fit_request *fit = &r->models[0];
    bool use = fit->use == NULL;
    for (size_t i = 0; i < model->use_count && !use; i++) {
        use = strcmp(model->uses[i], fit->use) == 0;
    }
    return use && (fit->family == NULL || llmp__name_equal(model->family, fit->family)) &&
           model->layer_count > 0;
}

static bool above_floors(const llmp_catalog *catalog, const llmp_recommend_request *r,
                         const llmp_model *model)
{
    for (uint32_t f = 0; f < r->floor_count; f++) {
        const llmp_score *s = llmp_score_of(catalog, (llmp_scored){model, NULL},
                                            r->floors[f].benchmark->head.id, r->as_of);
        if (s == NULL || s->value < r->floors[f].min) {
            return false;
        }
    }
    return true;
}

/* Best score first, then the smaller model, then by id. */
static int by_score(const void *x, const void *y)
{
    const candidate *a = x;
    const candidate *b = y;
    if (a->score->value != b->score->value) {
        return a->score->value > b->score->value ? -1 : 1;
    }
    if (a->model->published_params != b->model->published_params) {
        return a->model->published_params < b->model->published_params ? -1 : 1;
    }
    return strcmp(a->model->head.id, b->model->head.id);
}

static size_t list_candidates(const llmp_catalog *catalog, const llmp_recommend_request *r,
                              const llmp_benchmark *benchmark, candidate *out,
                              llmp_recommend_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_MODEL); i++) {
        const llmp_model *model = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, i));
        if (!wanted(r, model)) {
            continue;
        }
        const llmp_score *score =
            llmp_score_of(catalog, (llmp_scored){model, NULL}, benchmark->head.id, r->as_of);
        if (score == NULL) {
            list->unknown++;
        } else if (!above_floors(catalog, r, model)) {
            list->below++;
        } else {
            out[count++] = (candidate){model, score};
        }
    }
    qsort(out, count, sizeof *out, by_score);
    return count;
}

static llmp_status pick(const llmp_catalog *catalog, const llmp_recommend_request *request,
                        const candidate *c, llmp_recommend_list *list, llmp_error *error)
{
    llmp_recommend_request r = *request;
    llmp_fit_request fit = r.models[0];
    llmp_recommendation *it = NULL;
    fit.model = c->model;
    r.models = &fit;
    r.model_count = 1;
    r.cost = NULL;
    if (llmp_context_check(c->model, fit.memory.context_tokens, NULL) != LLMP_OK) {
        list->cannot++; /* made for less than is asked for */
        return LLMP_OK;
    }
    llmp_status status = llmp_recommend_create(catalog, &r, &it, error);
    if (status != LLMP_OK) {
        return status;
    }
    const llmp_recommend_answer *a = llmp_recommend_answer_of(it);
    if (a->best == NULL) {
        list->cannot++;
        llmp_recommend_destroy(&it);
        return LLMP_OK;
    }
    list->picks[list->count] = (llmp_recommend_pick){c->model, c->score, a->best, a->quants[0]};
    list->owners[list->count++] = it;
    return LLMP_OK;
}

llmp_status llmp_recommend_list_create(const llmp_catalog *catalog,
                                       const llmp_recommend_request *request,
                                       const llmp_benchmark *benchmark, size_t limit,
                                       llmp_recommend_list **out, llmp_error *error)
{
    if (catalog == NULL || request == NULL || request->models == NULL || benchmark == NULL ||
        out == NULL) {
        return llmp__fail_argument(error, "catalog, request, benchmark or out", "is NULL");
    }
    size_t models = llmp_catalog_count(catalog, LLMP_KIND_MODEL);
    llmp_recommend_list *list = calloc(1, sizeof *list);
    candidate *candidates = calloc(models + 1, sizeof *candidates);
    llmp_status status = LLMP_OK;
    if (list != NULL) {
        list->picks = calloc(models + 1, sizeof *list->picks);
        list->owners = calloc(models + 1, sizeof *list->owners);
    }
    if (list == NULL || candidates == NULL || list->picks == NULL || list->owners == NULL) {
        status = llmp__fail_memory(error, "a list of models");
    } else {
        size_t count = list_candidates(catalog, request, benchmark, candidates, list);
        for (size_t i = 0; i < count && status == LLMP_OK && (limit == 0 || list->count < limit);
             i++) {
            status = pick(catalog, request, &candidates[i], list, error);
        }
    }
    free(candidates);
    if (status != LLMP_OK) {
        llmp_recommend_list_destroy(&list);
        return status;
    }
    *out = list;
    return LLMP_OK;
}

void llmp_recommend_list_destroy(llmp_recommend_list **list)
{
    if (list == NULL || *list == NULL) {
        return;
    }
    for (size_t i = 0; i < (*list)->count; i++) {
        llmp_recommend_destroy(&(*list)->owners[i]);
    }
    free((*list)->picks);
    free((*list)->owners);
    free(*list);
    *list = NULL;
}

size_t llmp_recommend_list_size(const llmp_recommend_list *list)
{
    return list->count;
}

const llmp_recommend_pick *llmp_recommend_list_at(const llmp_recommend_list *list, size_t i)
{
    return i < list->count ? &list->picks[i] : NULL;
}

void llmp_recommend_list_left_out(const llmp_recommend_list *list, size_t *out_unknown,
                                  size_t *out_below, size_t *out_cannot)
{
    if (out_unknown != NULL) {
        *out_unknown = list->unknown;
    }
    if (out_below != NULL) {
        *out_below = list->below;
    }
    if (out_cannot != NULL) {
        *out_cannot = list->cannot;
    }
}
