/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file tree.h
 * @brief A document as a tree of nodes that know where they stood: what YAML and JSON both become.
 */
#ifndef LLMP_DOC_TREE_H
#define LLMP_DOC_TREE_H

#include "base/arena.h"

#include <llmplan/status.h>
#include <stddef.h>

/** Caps on every document; beyond them LLMP_E_LIMIT. */
enum {
    LLMP__DOC_DEPTH_MAX = 64,
    LLMP__DOC_NODES_MAX = 1000000,
    LLMP__DOC_BYTES_MAX = 64 * 1024 * 1024
};

typedef enum llmp__node_kind {
    LLMP__NODE_PLAIN,  /* unquoted: a YAML plain scalar; a JSON number, true, false or null */
    LLMP__NODE_QUOTED, /* a quoted or block scalar: text whatever it looks like */
    LLMP__NODE_LIST,
    LLMP__NODE_MAP
} llmp__node_kind;

typedef struct llmp__node {
    llmp__node_kind kind;
    uint32_t line; /* 1-based */
    uint32_t column;
    const char *text; /* scalars; NUL-terminated, without NULs inside */
    const char *key;  /* when the parent is a map */
    uint32_t key_line;
    uint32_t key_column;
    size_t count; /* of children */
    struct llmp__node *first;
    struct llmp__node *last;
    struct llmp__node *next; /* sibling */
} llmp__node;

/** True for plain `null`, `~` or nothing. Types come from the schema, not from how text looks. */
bool llmp__node_is_null(const llmp__node *node);

/** The child under that exact key, or NULL; NULL for what is not a map. */
const llmp__node *llmp__node_get(const llmp__node *map, const char *key);

/** "a list", "a map", "text", for messages. */
const char *llmp__node_kind_name(const llmp__node *node);

/** Typed reads of a scalar; false when it is something else. Quoted text is no number or bool. */
bool llmp__node_number(const llmp__node *node, double *out);
bool llmp__node_whole(const llmp__node *node, uint64_t *out);
bool llmp__node_bool(const llmp__node *node, bool *out);

/** Appends @p child to a list or map. */
void llmp__node_append(llmp__node *parent, llmp__node *child);

/**
 * Fails with LLMP_E_DUPLICATE when two children of a map share a key.
 * @param where  file name for the message
 */
llmp_status llmp__node_check_keys(const llmp__node *map, const char *where, llmp_error *error);

#endif
