/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doc/tree.h"

#include "base/error.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

bool llmp__node_is_null(const llmp__node *node)
{
    return node->kind == LLMP__NODE_PLAIN &&
           (strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0 || *node->text == '\0');
}

const llmp__node *llmp__node_get(const llmp__node *map, const char *key)
{
    if (map == NULL || map->kind != LLMP__NODE_MAP) {
        return NULL;
    }
    for (const llmp__node *child = map->first; child != NULL; child = child->next) {
        if (strcmp(child->key, key) == 0) {
            return child;
        }
    }
    return NULL;
}

const char *llmp__node_kind_name(const llmp__node *node)
{
    switch (node->kind) {
    case LLMP__NODE_PLAIN:
        return llmp__node_is_null(node) ? "null" : "a plain value";
    case LLMP__NODE_QUOTED:
        return "text";
    case LLMP__NODE_LIST:
        return "a list";
    case LLMP__NODE_MAP:
        return "a map";
    }
    return "?";
}

bool llmp__node_number(const llmp__node *node, double *out)
{
    return node != NULL && node->kind == LLMP__NODE_PLAIN &&
           llmp__number_parse(node->text, strlen(node->text), out);
}

bool llmp__node_whole(const llmp__node *node, uint64_t *out)
{
    return node != NULL && node->kind == LLMP__NODE_PLAIN &&
           llmp__whole_parse(node->text, strlen(node->text), out);
}

bool llmp__node_bool(const llmp__node *node, bool *out)
{
    if (node == NULL || node->kind != LLMP__NODE_PLAIN) {
        return false;
    }
    bool yes = strcmp(node->text, "true") == 0;
    if (!yes && strcmp(node->text, "false") != 0) {
        return false;
    }
    *out = yes;
    return true;
}

void llmp__node_append(llmp__node *parent, llmp__node *child)
{
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->next = child;
    }
    parent->last = child;
    parent->count++;
}

static llmp_status duplicate(const llmp__node *first, const llmp__node *second, const char *where,
                             llmp_error *error)
{
    return llmp__fail_at(error, LLMP_E_DUPLICATE, where, second->key_line, second->key_column,
                         second->key, "the key '%.64s' stands here again, first on line %u",
                         second->key, (unsigned)first->key_line);
}

/* By key, then by place, so that of two equal ones the first comes first. */
static int by_key(const void *a, const void *b)
{
    const llmp__node *x = *(const llmp__node *const *)a;
    const llmp__node *y = *(const llmp__node *const *)b;
    int order = strcmp(x->key, y->key);
    if (order == 0 && x->key_line != y->key_line) {
        order = x->key_line < y->key_line ? -1 : 1;
    } else if (order == 0) {
        order = x->key_column < y->key_column ? -1 : 1;
    }
    return order;
}

llmp_status llmp__node_check_keys(const llmp__node *map, const char *where, llmp_error *error)
{
    enum { FEW = 16 };
    if (map->count <= FEW) {
        for (const llmp__node *a = map->first; a != NULL; a = a->next) {
            for (const llmp__node *b = a->next; b != NULL; b = b->next) {
                if (strcmp(a->key, b->key) == 0) {
                    return duplicate(a, b, where, error);
                }
            }
        }
        return LLMP_OK;
    }
    const llmp__node **sorted = malloc(map->count * sizeof *sorted);
    if (sorted == NULL) {
        return llmp__fail_memory(error, where);
    }
    size_t n = 0;
    for (const llmp__node *child = map->first; child != NULL; child = child->next) {
        sorted[n++] = child;
    }
    qsort(sorted, n, sizeof *sorted, by_key);
    llmp_status status = LLMP_OK;
    for (size_t i = 1; i < n && status == LLMP_OK; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
            status = duplicate(sorted[i - 1], sorted[i], where, error);
        }
    }
    free(sorted);
    return status;
}
