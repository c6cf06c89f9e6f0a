/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file document.h
 * @brief A catalog document: a map of `models:`, `devices:`, ... each with a list of records.
 */
#ifndef LLMP_CATALOG_DOCUMENT_H
#define LLMP_CATALOG_DOCUMENT_H

#include "catalog/schema.h"
#include "doc/tree.h"

/** A walk over the records of a document; start from zero. */
typedef struct llmp__document {
    const llmp__node *root;
    const char *where;
    const llmp__node *section;
    const llmp__node *item;
    llmp_kind kind;
    size_t index;
    char path[64]; /* "devices[3]" */
} llmp__document;

/**
 * Steps to the next record: @p document has its kind, node and path. At the end item is NULL.
 * @return LLMP_E_SCHEMA for an unknown section or one that is no list
 */
llmp_status llmp__document_next(llmp__document *document, llmp_error *error);

#endif
