/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can this machine run: every model of the catalog at its best quant, ranked. */
#include "planner/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/names.h"

struct llmp_fit_list {
    llmp_fit_row *rows;
    size_t count;
    size_t cannot_run;
    size_t unknown;
    size_t shorter; /* made for less context than was asked for */
};

static bool has_use(const llmp_model *model, const char *use)
{
    for (size_t i = 0; i < model->use_count; i++)
        if (strcmp(model->uses[i], use) == 0)
            return true;
    return false;
}

static bool wanted(const llmp_fit_request *request, const llmp_model *model)
{
    return (!request->use || has_use(model, request->use)) &&
           (!request->family || llmp__name_equal(model->family, request->family));
}

static void fill_row(const llmp_catalog *catalog, const llmp_fit_request *request,
                     llmp__attempt *attempt, llmp_fit_row *row)
{
    memset(row, 0, sizeof *row);
    const llmp_arch_summary *summary = llmp_arch_summary_of(attempt->arch);
    row->model = llmp_arch_model(attempt->arch);
    row->quant = attempt->quant;
    row->engine = attempt->engine;
    row->backend = attempt->backend;
    row->verdict = attempt->memory.verdict;
    row->placement = attempt->memory.placement;
    row->total_bytes = attempt->memory.total.total_bytes;
    for (uint32_t i = 0; i < attempt->memory.share_count; i++)
        if (!attempt->memory.shares[i].is_host)
            row->device_bytes += attempt->memory.shares[i].parts.total_bytes;
    if (!row->device_bytes)
        row->device_bytes = row->total_bytes;
    row->headroom_bytes = attempt->memory.headroom_bytes;
    row->params = summary->params;
    row->active_params = summary->active_params;
    const char *source;
    if (attempt->quant)
        row->quant_loss_ratio = llmp__quant_loss(catalog, attempt->quant, row->model, &source);
    if (llmp_memory_largest_context(&attempt->memory_model, request->memory.parallel, row->verdict,
                                    &row->max_context_tokens, NULL) != LLMP_OK)
        row->max_context_tokens = 0;
    llmp__attempt_speed(catalog, attempt);
    if (!attempt->has_speed)
        return;
    const double depth = llmp__decode_depth(request, attempt->memory.context_tokens);
    llmp_decode_result decode;
    llmp_prefill_result prefill;
    row->has_speed =
        llmp_speed_decode(&attempt->speed, depth, request->memory.parallel, NULL, &decode, NULL) ==
            LLMP_OK &&
        llmp_speed_prefill(&attempt->speed, depth, 0, 1, NULL, &prefill, NULL) == LLMP_OK &&
        llmp_speed_ttft(&attempt->speed, depth, 0, &row->ttft_s, NULL) == LLMP_OK;
    if (row->has_speed) {
        row->decode_tokens_per_s = decode.tokens_per_s;
        row->prefill_tokens_per_s = prefill.tokens_per_s;
    }
}

static int tier(const llmp_fit_row *row)
{
    if (row->verdict != LLMP_VERDICT_FITS)
        return 2;
    return row->quant_loss_ratio >= LLMP__NOTICEABLE_LOSS_RATIO;
}

/* By tier; then more parameters; then the id, so that the order is total. */
static int by_rank(const void *a, const void *b)
{
    const llmp_fit_row *x = a, *y = b;
    if (tier(x) != tier(y))
        return tier(x) < tier(y) ? -1 : 1;
    if (x->params != y->params)
        return x->params > y->params ? -1 : 1;
    return strcmp(x->model->head.id, y->model->head.id);
}

static llmp_status attempt_model(const llmp_catalog *catalog, const llmp_fit_request *request,
                                 llmp__attempt *attempt)
{
    char reason[160];
    if (!request->quant)
        return llmp__choose_quant(catalog, request, attempt, reason, sizeof reason, NULL);
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_status status =
        llmp__choose_engine(catalog, request, request->quant, &engine, &backend, NULL);
    if (status != LLMP_OK)
        return status;
    return llmp__attempt_memory(catalog, request, request->quant, engine, backend, attempt, NULL);
}

static void consider(const llmp_catalog *catalog, const llmp_fit_request *request,
                     const llmp_model *model, llmp_fit_list *list)
{
    llmp_fit_request one = *request;
    one.model = model;
    one.import = NULL;
    if (llmp_context_check(model, request->memory.context_tokens, NULL) != LLMP_OK) {
        list->shorter++;
        return;
    }
    llmp__attempt attempt;
    if (attempt_model(catalog, &one, &attempt) != LLMP_OK) {
        list->unknown++;
        return;
    }
    const uint64_t params = llmp_arch_summary_of(attempt.arch)->params;
    const bool in_range =
        params >= request->params_min && (!request->params_max || params <= request->params_max);
    if (in_range && attempt.memory.verdict == LLMP_VERDICT_CANNOT_RUN)
        list->cannot_run++;
    else if (in_range)
        fill_row(catalog, &one, &attempt, &list->rows[list->count++]);
    llmp__attempt_release(&attempt);
}

/* "one of chat, code, ...", each once, as far as there is room. */
static void list_values(const llmp_catalog *catalog, bool uses, char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "one of");
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_MODEL); i++) {
        const llmp_model *model = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, i));
        const size_t count = uses ? model->use_count : model->family ? 1 : 0;
        for (size_t u = 0; u < count; u++) {
            char entry[64];
            const char *value = uses ? model->uses[u] : model->family;
            snprintf(entry, sizeof entry, " %.60s,", value);
            if (strstr(out, entry) || length + strlen(entry) >= size)
                continue;
            memcpy(out + length, entry, strlen(entry) + 1);
            length += strlen(entry);
        }
    }
    out[length - 1] = '\0'; /* the last comma */
}

/* A filter that no model of the catalog answers to is a mistyped one. */
static llmp_status check_filter(const llmp_catalog *catalog, const char *what, const char *asked,
                                bool is_use, llmp_error *error)
{
    if (!asked)
        return LLMP_OK;
    llmp__nearest nearest;
    llmp__nearest_begin(&nearest, asked);
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_MODEL); i++) {
        const llmp_model *model = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, i));
        if (is_use ? has_use(model, asked) : llmp__name_equal(model->family, asked))
            return LLMP_OK;
        if (!is_use && model->family)
            llmp__nearest_offer(&nearest, model->family, model->family);
        for (size_t u = 0; is_use && u < model->use_count; u++)
            llmp__nearest_offer(&nearest, model->uses[u], model->uses[u]);
    }
    char hint[240];
    llmp__nearest_format(&nearest, hint, sizeof hint);
    if (!hint[0])
        list_values(catalog, is_use, hint, sizeof hint);
    llmp__fail(error, LLMP_E_UNKNOWN, "no model of the catalog has the %s '%.64s'", what, asked);
    llmp__hint(error, "%s", hint);
    return LLMP_E_UNKNOWN;
}

llmp_status llmp_fit_list_create(const llmp_catalog *catalog, const llmp_fit_request *request,
                                 llmp_fit_list **out, llmp_error *error)
{
    if (!catalog || !out || !request || request->struct_size == 0 || !request->machine)
        return llmp__fail_argument(error, "request", "is missing or not initialised");
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_status status = check_filter(catalog, "use", request->use, true, error);
    if (status == LLMP_OK)
        status = check_filter(catalog, "family", request->family, false, error);
    if (status == LLMP_OK)
        status = llmp__choose_engine(catalog, request, request->quant, &engine, &backend, error);
    if (status != LLMP_OK)
        return status;
    const size_t models = llmp_catalog_count(catalog, LLMP_KIND_MODEL);
    llmp_fit_list *list = calloc(1, sizeof *list);
    if (list)
        list->rows = calloc(models ? models : 1, sizeof *list->rows);
    if (!list || !list->rows) {
        llmp_fit_list_destroy(&list);
        return llmp__fail_memory(error, "the list");
    }
    for (size_t i = 0; i < models; i++) {
        const llmp_model *model = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, i));
        if (wanted(request, model))
            consider(catalog, request, model, list);
    }
    qsort(list->rows, list->count, sizeof *list->rows, by_rank);
    *out = list;
    return LLMP_OK;
}

void llmp_fit_list_destroy(llmp_fit_list **list)
{
    if (!list || !*list)
        return;
    free((*list)->rows);
    free(*list);
    *list = NULL;
}

size_t llmp_fit_list_size(const llmp_fit_list *list)
{
    return list->count;
}

const llmp_fit_row *llmp_fit_list_row(const llmp_fit_list *list, size_t i)
{
    return i < list->count ? &list->rows[i] : NULL;
}

void llmp_fit_list_left_out(const llmp_fit_list *list, size_t *out_cannot_run, size_t *out_unknown,
                            size_t *out_shorter)
{
    if (out_cannot_run)
        *out_cannot_run = list->cannot_run;
    if (out_unknown)
        *out_unknown = list->unknown;
    if (out_shorter)
        *out_shorter = list->shorter;
}
