/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A study file: options of the command line as a YAML map. */
#include <llmplan/planner_cost.h>

#include "base/arena.h"
#include "base/error.h"
#include "doc/yaml.h"

#include <stdio.h>
#include <string.h>

typedef struct reader {
    const char *where;
    llmp_status (*each)(void *user, const char *option, const char *value, llmp_error *error);
    void *user;
    llmp_error *error;
} reader;

static llmp_status pass(const reader *r, const char *option, const llmp__node *node)
{
    if (node->kind != LLMP__NODE_PLAIN && node->kind != LLMP__NODE_QUOTED) {
        return llmp__fail_at(r->error, LLMP_E_SCHEMA, r->where, node->line, node->column, option,
                             "%s is %s where a value is expected", option,
                             llmp__node_kind_name(node));
    }
    llmp_status status = r->each(r->user, option, node->text, r->error);
    if (status != LLMP_OK && r->error != NULL) {
        llmp__set_where(r->error, r->where);
        r->error->line = node->line;
        r->error->column = node->column;
    }
    return status;
}

static llmp_status pass_assumptions(const reader *r, const llmp__node *map)
{
    llmp_status status = llmp__node_check_keys(map, r->where, r->error);
    for (const llmp__node *n = map->first; status == LLMP_OK && n != NULL; n = n->next) {
        char text[256];
        llmp__node joined = *n;
        if (n->kind != LLMP__NODE_PLAIN && n->kind != LLMP__NODE_QUOTED) {
            return pass(r, n->key, n);
        }
        int length = snprintf(text, sizeof text, "%s=%s", n->key, n->text);
        if (length < 0 || (size_t)length >= sizeof text) { /* cut short it would be another one */
            return llmp__fail_at(r->error, LLMP_E_LIMIT, r->where, n->line, n->column, "assume",
                                 "an assumption takes at most %d characters", (int)sizeof text - 1);
        }
        joined.text = text;
        status = pass(r, "assume", &joined);
    }
    return status;
}

static llmp_status pass_all(const reader *r, const llmp__node *root)
{
    if (root == NULL || root->kind != LLMP__NODE_MAP) {
        return llmp__fail_at(r->error, LLMP_E_SCHEMA, r->where, 1, 1, "",
                             "a study is a map such as 'model: gpt-oss-120b'");
    }
    llmp_status status = llmp__node_check_keys(root, r->where, r->error);
    for (const llmp__node *n = root->first; status == LLMP_OK && n != NULL; n = n->next) {
        if (n->kind == LLMP__NODE_MAP && strcmp(n->key, "assume") == 0) {
            status = pass_assumptions(r, n);
        } else if (n->kind == LLMP__NODE_LIST) {
            for (const llmp__node *item = n->first; status == LLMP_OK && item != NULL;
                 item = item->next) {
                status = pass(r, n->key, item);
            }
        } else {
            status = pass(r, n->key, n);
        }
    }
    return status;
}

llmp_status llmp_study_file_read(const char *text, size_t text_bytes, const char *where,
                                 llmp_status (*each)(void *user, const char *option,
                                                     const char *value, llmp_error *error),
                                 void *user, llmp_error *error)
{
    if (text == NULL || where == NULL || each == NULL) {
        return llmp__fail_argument(error, "text, where or each", "is NULL");
    }
    llmp__arena arena = {NULL};
    llmp__node *root = NULL;
    const reader r = {where, each, user, error};
    llmp_status status = llmp__yaml_parse(text, text_bytes, where, &arena, &root, error);
    status = status == LLMP_OK ? pass_all(&r, root) : status;
    llmp__arena_free(&arena);
    return status;
}
