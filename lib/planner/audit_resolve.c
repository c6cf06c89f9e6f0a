/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names in a claim, looked up; what its kind cannot do without, asked for. */
#include "planner/audit.h"

#include "base/error.h"
#include "base/names.h"
#include "catalog/load.h"

#include <stdio.h>
#include <string.h>

static llmp_status at_key(llmp_status status, llmp_error *error, const char *key)
{
    if (status != LLMP_OK && error != NULL) {
        (void)snprintf(error->field, sizeof error->field, "%s", key);
    }
    return status;
}

static llmp_status find(const llmp_catalog *catalog, llmp_kind kind, const char *key,
                        const char *name, const llmp_record **out, llmp_error *error)
{
    return at_key(llmp_catalog_find(catalog, kind, name, out, NULL, error), error, key);
}

/* One name and a list of names, of models or quants. */
static llmp_status find_all(const llmp_catalog *catalog, llmp_kind kind, const char *const keys[2],
                            const char *name, const char *const *names, size_t count,
                            const void **out, size_t *out_count, llmp_error *error)
{
    const llmp_record *record;
    llmp_status status = LLMP_OK;
    if (count + (name != NULL) > LLMP__CLAIM_NAMES_MAX) {
        return at_key(llmp__fail(error, LLMP_E_LIMIT, "more than %d names in a claim",
                                 (int)LLMP__CLAIM_NAMES_MAX),
                      error, keys[1]);
    }
    if (name != NULL) {
        status = find(catalog, kind, keys[0], name, &record, error);
        if (status == LLMP_OK) {
            out[(*out_count)++] = record;
        }
    }
    for (size_t i = 0; status == LLMP_OK && i < count; i++) {
        status = find(catalog, kind, keys[1], names[i], &record, error);
        if (status == LLMP_OK) {
            out[(*out_count)++] = record;
        }
    }
    return status;
}

static llmp_status find_machine(const llmp_catalog *catalog, const char *key, const char *name,
                                llmp_machine *room, const llmp_machine **out, llmp_error *error)
{
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count = 0;
    if (name == NULL) {
        return LLMP_OK;
    }
    llmp_status status = llmp_machine_parse(catalog, name, machines, &count, NULL, error);
    if (status == LLMP_OK && count != 1) {
        status = llmp__fail(error, LLMP_E_ARGUMENT, "a claim is about one machine, '%.60s' are %zu",
                            name, count);
        llmp__hint(error, "state a claim for each");
    }
    if (status == LLMP_OK) {
        *room = machines[0];
        *out = room;
    }
    return at_key(status, error, key);
}

/* A price that was not in force that day is left out: the claim may then lack one. */
static llmp_status find_api(llmp__claim_scene *scene, const char *key, const char *name,
                            llmp_error *error)
{
    const llmp_api_price *price;
    llmp_status status =
        llmp_price_in_force(scene->catalog, name, scene->as_of, &price, NULL, error);
    if (status == LLMP_OK) {
        scene->apis[scene->api_count++] = price;
    }
    return status == LLMP_E_NO_DATA ? LLMP_OK : at_key(status, error, key);
}

static llmp_status find_apis(llmp__claim_scene *scene, llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    llmp_status status = c->api == NULL ? LLMP_OK : find_api(scene, "api", c->api, error);
    if (c->api_count >= LLMP__CLAIM_NAMES_MAX) {
        return at_key(llmp__fail(error, LLMP_E_LIMIT, "more than %d prices in a claim",
                                 (int)LLMP__CLAIM_NAMES_MAX - 1),
                      error, "apis");
    }
    for (size_t i = 0; status == LLMP_OK && i < c->api_count; i++) {
        status = find_api(scene, "apis", c->apis[i], error);
    }
    return status;
}

/* "device.rtx-4090" and one of its keys. */
static llmp_status find_fact(llmp__claim_scene *scene, llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    size_t length = strcspn(c->record, ".");
    for (int k = 0; k < LLMP_KIND_COUNT; k++) {
        const char *kind = llmp_kind_name((llmp_kind)k);
        if (c->record[length] != '.' || strlen(kind) != length ||
            strncmp(kind, c->record, length) != 0) {
            continue;
        }
        llmp_status status = find(scene->catalog, (llmp_kind)k, "record", c->record + length + 1,
                                  &scene->record, error);
        if (status != LLMP_OK) {
            return status;
        }
        scene->record_schema = llmp_catalog_schema((llmp_kind)k);
        scene->key = llmp__schema_find(scene->record_schema, c->key);
        if (scene->key == llmp_schema_size(scene->record_schema)) {
            char hint[200];
            llmp__schema_suggest(scene->record_schema, c->key, hint, sizeof hint);
            status = llmp__fail(error, LLMP_E_UNKNOWN, "a %s has no key '%.60s'", kind, c->key);
            llmp__hint(error, "%s", hint);
            return at_key(status, error, "key");
        }
        return LLMP_OK;
    }
    llmp_status status =
        llmp__fail(error, LLMP_E_UNKNOWN, "'%.60s' names no kind of record", c->record);
    llmp__hint(error, "write device.rtx-4090, model.llama-3.1-70b, rig.dgx-spark-pair");
    return at_key(status, error, "record");
}

static llmp_status need(bool there, const char *key, const llmp_claim *claim, llmp_error *error)
{
    if (there) {
        return LLMP_OK;
    }
    llmp_status status = llmp__fail(error, LLMP_E_SCHEMA, "a claim of %s needs '%s'",
                                    llmp_claim_kind_name((llmp_claim_kind)claim->kind), key);
    return at_key(status, error, key);
}

/* What makes no question without it. What is merely not stated is for the judges. */
static llmp_status check(const llmp__claim_scene *scene, llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    llmp_status status = LLMP_OK;
    if (c->kind != LLMP_CLAIM_FITS && c->kind != LLMP_CLAIM_OTHER) {
        status = need(c->says != NULL, "says", c, error);
    }
    if (status == LLMP_OK && (c->kind == LLMP_CLAIM_SUM || c->kind == LLMP_CLAIM_PRODUCT)) {
        status = need(c->term_count > 0, "terms", c, error);
    }
    if (status == LLMP_OK && c->kind == LLMP_CLAIM_FACT) {
        status = need(c->record != NULL, "record", c, error);
        status = status == LLMP_OK ? need(c->key != NULL, "key", c, error) : status;
    }
    if (status == LLMP_OK && c->kind == LLMP_CLAIM_RATIO) {
        status = need(c->against != NULL, "against", c, error);
    }
    if (status == LLMP_OK && c->says == NULL && c->kind == LLMP_CLAIM_FITS) {
        status = need(c->machine != NULL, "machine", c, error);
    }
    return status;
}

llmp_status llmp__claim_resolve(const llmp_catalog *catalog, const llmp_claim *claim,
                                const llmp_audit_options *options, llmp__claim_scene *out,
                                llmp_error *error)
{
    static const char *const model_keys[] = {"model", "models"};
    static const char *const quant_keys[] = {"quant", "quants"};
    const llmp_record *record = NULL;
    const void *found[LLMP__CLAIM_NAMES_MAX];
    memset(out, 0, sizeof *out);
    out->catalog = catalog;
    out->claim = claim;
    out->as_of = options != NULL && options->as_of != 0 ? options->as_of : claim->as_of;
    llmp_status status = claim->kind < LLMP_CLAIM_KIND_COUNT
                             ? check(out, error)
                             : llmp__fail(error, LLMP_E_RANGE, "no kind of claim");
    if (status == LLMP_OK && claim->says != NULL) {
        status = at_key(llmp_claim_says_parse(claim->says, &out->says, error), error, "says");
    }
    if (status == LLMP_OK) {
        status = find_all(catalog, LLMP_KIND_MODEL, model_keys, claim->model, claim->models,
                          claim->model_count, found, &out->model_count, error);
        for (size_t i = 0; i < out->model_count; i++) {
            out->models[i] = found[i];
        }
    }
    if (status == LLMP_OK) {
        status = find_all(catalog, LLMP_KIND_QUANT, quant_keys, claim->quant, claim->quants,
                          claim->quant_count, found, &out->quant_count, error);
        for (size_t i = 0; i < out->quant_count; i++) {
            out->quants[i] = found[i];
        }
    }
    if (status == LLMP_OK && claim->engine != NULL) {
        status = find(catalog, LLMP_KIND_ENGINE, "engine", claim->engine, &record, error);
        out->engine = status == LLMP_OK ? LLMP_ENGINE(record) : NULL;
    }
    if (status == LLMP_OK && claim->backend != NULL && claim->engine == NULL) {
        status = at_key(llmp__fail(error, LLMP_E_ARGUMENT, "a backend needs its engine"), error,
                        "backend");
    }
    if (status == LLMP_OK) {
        status = find_machine(catalog, "machine", claim->machine, &out->machines[0], &out->machine,
                              error);
    }
    if (status == LLMP_OK) {
        status = find_machine(catalog, "against", claim->against, &out->machines[1], &out->against,
                              error);
    }
    if (status == LLMP_OK && claim->tariff != NULL) {
        status = find(catalog, LLMP_KIND_TARIFF, "tariff", claim->tariff, &record, error);
        out->tariff = status == LLMP_OK ? LLMP_TARIFF(record) : NULL;
    }
    status = status == LLMP_OK ? find_apis(out, error) : status;
    if (status == LLMP_OK && claim->kind == LLMP_CLAIM_FACT) {
        status = find_fact(out, error);
    }
    return status;
}
