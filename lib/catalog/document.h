/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file document.h
 * @brief A catalog document: a map of `models:`, `devices:`, ... each with a list of records.
 */
#ifndef LLMP_CATALOG_DOCUMENT_H
#define LLMP_CATALOG_DOCUMENT_H

#include "catalog/schema.h"
#include "doc/tree.h"

/** More records than any price list has. */
enum { LLMP__DOCUMENT_RECORDS_MAX = 16384 };

/** A walk over the records of a document; start from zero. */
typedef struct llmp__document {
    const llmp__node *root;
    const char *where;
    const llmp__node *section;
    const llmp__node *item;
    llmp_kind kind;
    size_t index;  /* in its section */
    size_t count;  /* of records so far */
    char path[64]; /* "devices[3]" */
} llmp__document;

/**
 * Steps to the next record: @p document has its kind, node and path. At the end item is NULL.
 * @return LLMP_E_SCHEMA for an unknown section or one that is no list; LLMP_E_LIMIT
 */
llmp_status llmp__document_next(llmp__document *document, llmp_error *error);

#endif
