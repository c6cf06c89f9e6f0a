/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims judged, one after the other: from a file or as stated. */
#include "planner/audit.h"

#include "base/error.h"
#include "catalog/load.h"
#include "doc/yaml.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct llmp_audit {
    const llmp_catalog *catalog;
    llmp_audit_options options;
    llmp__arena arena; /* claims of a file and their text */
    llmp_claim_result *results;
    size_t count;
};

llmp_status llmp__not_judged(llmp_claim_result *result, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(result->why, sizeof result->why, format, list);
    va_end(list);
    result->verdict = LLMP_CLAIM_NOT_JUDGED;
    return LLMP_OK;
}

bool llmp__same_source(const char *source, const llmp_claim *claim)
{
    return source != NULL && strncmp(source, claim->source, strlen(claim->source)) == 0;
}

void llmp__claim_term(const llmp__claim_scene *scene, const char *term, const char *formula,
                      const char *inputs, double value, const char *unit, const char *source)
{
    const llmp_trace_term t = {"claim", term, formula, inputs,
                               value,   unit, source,  LLMP_GRADE_DERIVED};
    if (scene->trace != NULL && isfinite(value)) {
        scene->trace->emit(scene->trace->user, &t);
    }
}

static llmp_status judge_other(const llmp__claim_scene *scene, llmp_claim_result *result,
                               llmp_error *error)
{
    (void)error;
    return llmp__not_judged(result, "%s",
                            scene->claim->note != NULL ? scene->claim->note
                                                       : "Nothing here computes that.");
}

static llmp__judge *const judges[LLMP_CLAIM_KIND_COUNT] = {
    [LLMP_CLAIM_DECODE_TOKENS_PER_S] = llmp__judge_speed,
    [LLMP_CLAIM_PREFILL_TOKENS_PER_S] = llmp__judge_speed,
    [LLMP_CLAIM_TTFT_S] = llmp__judge_speed,
    [LLMP_CLAIM_LATENCY_S] = llmp__judge_speed,
    [LLMP_CLAIM_FITS] = llmp__judge_fits,
    [LLMP_CLAIM_MEMORY_GB] = llmp__judge_memory,
    [LLMP_CLAIM_RATIO] = llmp__judge_ratio,
    [LLMP_CLAIM_CAPACITY_REQUESTS_PER_S] = llmp__judge_capacity,
    [LLMP_CLAIM_MACHINE_USD] = llmp__judge_price,
    [LLMP_CLAIM_POWER_W] = llmp__judge_power,
    [LLMP_CLAIM_ELECTRICITY_USD_PER_MONTH] = llmp__judge_electricity,
    [LLMP_CLAIM_BILL_USD] = llmp__judge_bill,
    [LLMP_CLAIM_PAYBACK_MONTHS] = llmp__judge_payback,
    [LLMP_CLAIM_SAVINGS_RATIO] = llmp__judge_savings,
    [LLMP_CLAIM_SUM] = llmp__judge_terms,
    [LLMP_CLAIM_PRODUCT] = llmp__judge_terms,
    [LLMP_CLAIM_FACT] = llmp__judge_fact,
    [LLMP_CLAIM_OTHER] = judge_other,
};

static llmp_status judge(const llmp_audit *audit, const llmp_claim *claim, const llmp_trace *trace,
                         llmp_claim_result *result, llmp_error *error)
{
    llmp__claim_scene *scene = malloc(sizeof *scene); /* machines are large */
    if (scene == NULL) {
        return llmp__fail_memory(error, "a claim");
    }
    memset(result, 0, sizeof *result);
    result->claim = claim;
    llmp_status status = llmp__claim_resolve(audit->catalog, claim, &audit->options, scene, error);
    if (status == LLMP_OK) {
        scene->trace = trace;
        result->has_says = claim->says != NULL;
        result->says = scene->says;
        status = judges[claim->kind](scene, result, error);
    }
    free(scene);
    return status;
}

/* --- a file ----------------------------------------------------------------------------------- */

/* Where in the file the key at fault stands. */
static void locate(const llmp__node *node, const char *where, llmp_error *error)
{
    const llmp__node *child = llmp__node_get(node, error->field);
    const llmp__node *at = child == NULL ? node : child;
    llmp__set_where(error, where);
    error->line = at->line;
    error->column = at->column;
    if (error->status == LLMP_E_UNKNOWN || error->status == LLMP_E_AMBIGUOUS) {
        error->status = LLMP_E_REFERENCE;
    } else if (error->status == LLMP_E_RANGE || error->status == LLMP_E_ARGUMENT ||
               error->status == LLMP_E_IMPOSSIBLE) {
        error->status = LLMP_E_VALUE;
    }
}

static llmp_status unique(const llmp_claim *claims, size_t i, const char *where,
                          const llmp__node *node, llmp_error *error)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(claims[k].id, claims[i].id) == 0) {
            return llmp__fail_at(error, LLMP_E_DUPLICATE, where, node->line, node->column, "id",
                                 "the id '%.60s' stands here again, first on line %u", claims[i].id,
                                 claims[k].line);
        }
    }
    return LLMP_OK;
}

static llmp_status judge_list(llmp_audit *audit, const llmp__node *list, const char *where,
                              llmp_error *error)
{
    llmp_error local = LLMP_ERROR_INIT;
    const llmp__loader loader = {where, &audit->arena, LLMP_E_VALUE, &local};
    llmp_claim *claims = llmp__arena_alloc(&audit->arena, list->count, sizeof *claims);
    audit->results = calloc(list->count + 1, sizeof *audit->results);
    if (claims == NULL || audit->results == NULL) {
        return llmp__fail_memory(error, "claims");
    }
    for (const llmp__node *node = list->first; node != NULL; node = node->next) {
        size_t i = audit->count;
        char path[48];
        (void)snprintf(path, sizeof path, "claims[%zu]", i);
        llmp_status status =
            llmp__load_struct(&loader, &llmp__schema_claim, node, path, &claims[i]);
        if (status == LLMP_OK) {
            claims[i].line = node->line;
            status = unique(claims, i, where, node, &local);
        }
        if (status == LLMP_OK) {
            status = judge(audit, &claims[i], NULL, &audit->results[i], &local);
            if (status != LLMP_OK) {
                locate(node, where, &local);
                status = local.status;
            }
        }
        if (status != LLMP_OK) {
            if (error != NULL) {
                *error = local;
            }
            return status;
        }
        audit->count++;
    }
    return LLMP_OK;
}

static llmp_audit *begin(const llmp_catalog *catalog, const llmp_audit_options *options)
{
    static const llmp_audit_options none = LLMP_AUDIT_OPTIONS_INIT;
    llmp_audit *audit = calloc(1, sizeof *audit);
    if (audit != NULL) {
        audit->catalog = catalog;
        audit->options = options == NULL ? none : *options;
    }
    return audit;
}

llmp_status llmp_audit_file_create(const llmp_catalog *catalog, const char *text, size_t text_bytes,
                                   const char *where, const llmp_audit_options *options,
                                   llmp_audit **out, llmp_error *error)
{
    llmp__node *root = NULL;
    if (catalog == NULL || text == NULL || where == NULL || out == NULL ||
        (options != NULL && options->struct_size == 0)) {
        return llmp__fail_argument(error, "catalog, text, where, options or out",
                                   "is NULL or not initialised");
    }
    llmp_audit *audit = begin(catalog, options);
    if (audit == NULL) {
        return llmp__fail_memory(error, "an audit");
    }
    const char *file = llmp__arena_text(&audit->arena, where, strlen(where));
    llmp_status status =
        file == NULL ? llmp__fail_memory(error, "an audit")
                     : llmp__yaml_parse(text, text_bytes, file, &audit->arena, &root, error);
    const llmp__node *list =
        status == LLMP_OK && root != NULL ? llmp__node_get(root, "claims") : NULL;
    if (status == LLMP_OK && (list == NULL || list->kind != LLMP__NODE_LIST)) {
        status = llmp__fail_at(error, LLMP_E_SCHEMA, where, 1, 1, "claims",
                               "expected a map with a list under 'claims'");
    }
    for (const llmp__node *n = status == LLMP_OK ? root->first : NULL; n != NULL; n = n->next) {
        if (n != list && status == LLMP_OK) {
            status = llmp__fail_at(error, LLMP_E_SCHEMA, where, n->key_line, n->key_column, n->key,
                                   "unknown key '%.60s' beside 'claims'", n->key);
        }
    }
    status = status == LLMP_OK ? judge_list(audit, list, file, error) : status;
    if (status != LLMP_OK) {
        llmp_audit_destroy(&audit);
        return status;
    }
    *out = audit;
    return LLMP_OK;
}

/* --- as stated -------------------------------------------------------------------------------- */

llmp_status llmp_audit_create(const llmp_catalog *catalog, const llmp_claim *claims, size_t count,
                              const llmp_audit_options *options, llmp_audit **out,
                              llmp_error *error)
{
    if (catalog == NULL || (claims == NULL && count > 0) || out == NULL ||
        (options != NULL && options->struct_size == 0)) {
        return llmp__fail_argument(error, "catalog, claims, options or out",
                                   "is NULL or not initialised");
    }
    for (size_t i = 0; i < count; i++) {
        if (claims[i].id == NULL || claims[i].source == NULL) {
            return llmp__fail_argument(error, "id or source", "of a claim is NULL");
        }
    }
    llmp_audit *audit = begin(catalog, options);
    llmp_status status = LLMP_OK;
    if (audit != NULL) {
        audit->results = calloc(count + 1, sizeof *audit->results);
    }
    if (audit == NULL || audit->results == NULL) {
        status = llmp__fail_memory(error, "an audit");
    }
    for (size_t i = 0; status == LLMP_OK && i < count; i++) {
        status = judge(audit, &claims[i], NULL, &audit->results[i], error);
        audit->count = i + 1;
    }
    if (status != LLMP_OK) {
        llmp_audit_destroy(&audit);
        return status;
    }
    *out = audit;
    return LLMP_OK;
}

void llmp_audit_destroy(llmp_audit **audit)
{
    if (audit == NULL || *audit == NULL) {
        return;
    }
    llmp__arena_free(&(*audit)->arena);
    free((*audit)->results);
    free(*audit);
    *audit = NULL;
}

size_t llmp_audit_size(const llmp_audit *audit)
{
    return audit == NULL ? 0 : audit->count;
}

const llmp_claim_result *llmp_audit_result(const llmp_audit *audit, size_t i)
{
    return i < llmp_audit_size(audit) ? &audit->results[i] : NULL;
}

size_t llmp_audit_count(const llmp_audit *audit, llmp_claim_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < llmp_audit_size(audit); i++) {
        count += audit->results[i].verdict == verdict;
    }
    return count;
}

llmp_status llmp_audit_explain(const llmp_audit *audit, size_t i, const llmp_trace *trace,
                               llmp_error *error)
{
    llmp_claim_result again;
    if (audit == NULL || trace == NULL || trace->emit == NULL) {
        return llmp__fail_argument(error, "audit or trace", "is NULL");
    }
    if (i >= audit->count) {
        return llmp__fail(error, LLMP_E_RANGE, "there are %zu claims, not %zu", audit->count,
                          i + 1);
    }
    return judge(audit, audit->results[i].claim, trace, &again, error);
}
