/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads JSON strictly from standard input and prints each path once with its type, so that a golden
 * file holds the shape of an answer and not its figures. */
#include "doc/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATHS_MAX = 4096, PATH_SIZE = 160, INPUT_MAX = 64 << 20 };

typedef struct shape {
    char (*paths)[PATH_SIZE];
    size_t count;
} shape;

static const char *type_of(const llmp__node *node)
{
    double number;
    bool boolean;
    switch (node->kind) {
    case LLMP__NODE_QUOTED:
        return "text";
    case LLMP__NODE_LIST:
        return "list";
    case LLMP__NODE_MAP:
        return "map";
    case LLMP__NODE_PLAIN:
        return llmp__node_number(node, &number)  ? "number"
               : llmp__node_bool(node, &boolean) ? "bool"
                                                 : "null";
    }
    return "?";
}

static void add(shape *s, const char *path, const char *type)
{
    char line[PATH_SIZE];
    (void)snprintf(line, sizeof line, "%.140s: %s", path, type);
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->paths[i], line) == 0) {
            return;
        }
    }
    if (s->count < PATHS_MAX) {
        memcpy(s->paths[s->count++], line, sizeof line);
    }
}

static void walk(shape *s, const llmp__node *node, const char *path)
{
    char below[PATH_SIZE];
    add(s, path, type_of(node));
    if (node->kind != LLMP__NODE_LIST && node->kind != LLMP__NODE_MAP) {
        return;
    }
    for (const llmp__node *child = node->first; child != NULL; child = child->next) {
        if (node->kind == LLMP__NODE_MAP) {
            (void)snprintf(below, sizeof below, "%.100s%s%.40s", path, *path == '\0' ? "" : ".",
                           child->key);
        } else {
            (void)snprintf(below, sizeof below, "%.140s[]", path);
        }
        walk(s, child, below);
    }
}

int main(void)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp__arena arena = {0};
    llmp__node *root = NULL;
    shape s = {calloc(PATHS_MAX, PATH_SIZE), 0};
    char *text = malloc(INPUT_MAX);
    if (text == NULL || s.paths == NULL) {
        return 99;
    }
    size_t size = fread(text, 1, INPUT_MAX, stdin);
    bool parsed = llmp__json_parse(text, size, "standard input", LLMP__JSON_STRICT, &arena, &root,
                                   &error) == LLMP_OK;
    if (parsed) {
        walk(&s, root, "");
    } else {
        printf("not JSON: line %u column %u: %s\n", error.line, error.column, error.message);
    }
    for (size_t i = 0; i < s.count; i++) {
        puts(s.paths[i]);
    }
    free(text);
    free(s.paths);
    llmp__arena_free(&arena);
    return parsed ? 0 : 1;
}
