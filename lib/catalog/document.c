/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/document.h"

#include "base/error.h"
#include "base/names.h"

#include <stdio.h>
#include <string.h>

static llmp_status open_section(llmp__document *d, llmp_error *error)
{
    const llmp__node *s = d->section;
    llmp__nearest nearest;
    char hint[200];
    llmp__nearest_begin(&nearest, s->key);
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        const char *key = llmp__schemas[kind]->list_key;
        if (strcmp(key, s->key) == 0) {
            d->kind = (llmp_kind)kind;
            d->index = 0;
            d->item = s->first;
            if (s->kind == LLMP__NODE_LIST || llmp__node_is_null(s)) {
                return LLMP_OK;
            }
            return llmp__fail_at(error, LLMP_E_SCHEMA, d->where, s->line, s->column, s->key,
                                 "%s where a list of %s should stand", llmp__node_kind_name(s),
                                 key);
        }
        llmp__nearest_offer(&nearest, key, key);
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    (void)llmp__fail_at(error, LLMP_E_SCHEMA, d->where, s->key_line, s->key_column, s->key,
                        "unknown section '%.64s'", s->key);
    llmp__hint(error, "%s",
               *hint == '\0' ? "sections: models, devices, rigs, links, formats, quants, engines, "
                               "profiles, prices, subscriptions, rentals, tariffs, assumptions, "
                               "workloads, benchmarks, scores, tasks, hosts, psus, circuits"
                             : hint);
    return LLMP_E_SCHEMA;
}

llmp_status llmp__document_next(llmp__document *d, llmp_error *error)
{
    if (d->root == NULL || llmp__node_is_null(d->root)) {
        d->item = NULL;
        return LLMP_OK;
    }
    if (d->root->kind != LLMP__NODE_MAP) {
        return llmp__fail_at(error, LLMP_E_SCHEMA, d->where, d->root->line, d->root->column, NULL,
                             "%s where a map of sections should stand",
                             llmp__node_kind_name(d->root));
    }
    if (d->item != NULL) {
        d->item = d->item->next;
        d->index++;
    }
    while (d->item == NULL) {
        d->section = d->section == NULL ? d->root->first : d->section->next;
        if (d->section == NULL) {
            return LLMP_OK;
        }
        llmp_status status = open_section(d, error);
        if (status != LLMP_OK) {
            d->item = NULL;
            return status;
        }
    }
    if (++d->count > LLMP__DOCUMENT_RECORDS_MAX) {
        return llmp__fail_at(error, LLMP_E_LIMIT, d->where, d->item->line, d->item->column, NULL,
                             "more than %d records in one document",
                             (int)LLMP__DOCUMENT_RECORDS_MAX);
    }
    (void)snprintf(d->path, sizeof d->path, "%.32s[%zu]", d->section->key, d->index);
    return LLMP_OK;
}
