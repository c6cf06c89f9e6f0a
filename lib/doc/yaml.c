/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doc/yaml.h"

#include "base/error.h"

#include <string.h>
#include <yaml.h>

/* State of one parse. A map waits for a key, then for its value: `key` holds the former. */
struct state {
    const char *where;
    llmp__arena *arena;
    llmp_error *error;
    llmp__node *stack[LLMP__DOC_DEPTH_MAX];
    llmp__node *key[LLMP__DOC_DEPTH_MAX]; /* scalar node waiting for its value, else NULL */
    size_t depth;
    size_t nodes;
    size_t documents;
    llmp__node *root;
};

static uint32_t place(size_t zero_based)
{
    return zero_based >= UINT32_MAX ? UINT32_MAX : (uint32_t)(zero_based + 1);
}

static llmp_status refuse(const struct state *s, llmp_status status, const yaml_event_t *event,
                          const char *what, const char *hint)
{
    (void)llmp__fail_at(s->error, status, s->where, place(event->start_mark.line),
                        place(event->start_mark.column), NULL, "%s", what);
    if (hint != NULL) {
        llmp__hint(s->error, "%s", hint);
    }
    return status;
}

static llmp__node *new_node(struct state *s, llmp__node_kind kind, const yaml_event_t *event)
{
    llmp__node *node = llmp__arena_alloc(s->arena, 1, sizeof *node);
    if (node != NULL) {
        node->kind = kind;
        node->line = place(event->start_mark.line);
        node->column = place(event->start_mark.column);
    }
    return node;
}

/* Puts a finished or opened value where it belongs: the root, a list, or under the waiting key. */
static void attach(struct state *s, llmp__node *node)
{
    if (s->depth == 0) {
        s->root = node;
        return;
    }
    llmp__node **key = &s->key[s->depth - 1];
    if (*key != NULL) {
        node->key = (*key)->text;
        node->key_line = (*key)->line;
        node->key_column = (*key)->column;
        *key = NULL;
    }
    llmp__node_append(s->stack[s->depth - 1], node);
}

static bool wants_key(const struct state *s)
{
    return s->depth > 0 && s->stack[s->depth - 1]->kind == LLMP__NODE_MAP &&
           s->key[s->depth - 1] == NULL;
}

static llmp_status count_node(struct state *s, const yaml_event_t *event)
{
    if (++s->nodes > LLMP__DOC_NODES_MAX) {
        return refuse(s, LLMP_E_LIMIT, event, "more than 1,000,000 values in one document", NULL);
    }
    return LLMP_OK;
}

static llmp_status on_scalar(struct state *s, const yaml_event_t *event)
{
    if (event->data.scalar.anchor != NULL) {
        return refuse(s, LLMP_E_SYNTAX, event, "anchors are not allowed", "write the value out");
    }
    if (event->data.scalar.tag != NULL) {
        return refuse(s, LLMP_E_SYNTAX, event, "tags are not allowed",
                      "the type of a value follows from its key");
    }
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL) {
        return refuse(s, LLMP_E_SYNTAX, event, "a NUL character in a value", NULL);
    }
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    llmp__node *node = new_node(s, plain ? LLMP__NODE_PLAIN : LLMP__NODE_QUOTED, event);
    if (node != NULL) {
        node->text = llmp__arena_text(s->arena, (const char *)event->data.scalar.value,
                                      event->data.scalar.length);
    }
    if (node == NULL || node->text == NULL) {
        return llmp__fail_memory(s->error, s->where);
    }
    if (wants_key(s)) {
        if (plain && strcmp(node->text, "<<") == 0) {
            return refuse(s, LLMP_E_SYNTAX, event, "merge keys are not allowed", NULL);
        }
        s->key[s->depth - 1] = node;
    } else {
        attach(s, node);
    }
    return count_node(s, event);
}

static llmp_status on_start(struct state *s, const yaml_event_t *event, llmp__node_kind kind,
                            bool anchored, bool tagged)
{
    if (anchored) {
        return refuse(s, LLMP_E_SYNTAX, event, "anchors are not allowed", "write the value out");
    }
    if (tagged) {
        return refuse(s, LLMP_E_SYNTAX, event, "tags are not allowed",
                      "the type of a value follows from its key");
    }
    if (wants_key(s)) {
        return refuse(s, LLMP_E_SYNTAX, event, "a key must be plain text", NULL);
    }
    if (s->depth == LLMP__DOC_DEPTH_MAX) {
        return refuse(s, LLMP_E_LIMIT, event, "nested deeper than 64 levels", NULL);
    }
    llmp__node *node = new_node(s, kind, event);
    if (node == NULL) {
        return llmp__fail_memory(s->error, s->where);
    }
    attach(s, node);
    s->stack[s->depth] = node;
    s->key[s->depth] = NULL;
    s->depth++;
    return count_node(s, event);
}

static llmp_status on_event(struct state *s, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++s->documents > 1) {
            return refuse(s, LLMP_E_SYNTAX, event, "a second document in one file",
                          "one document per file: remove the line '---'");
        }
        return LLMP_OK;
    case YAML_ALIAS_EVENT:
        return refuse(s, LLMP_E_SYNTAX, event, "aliases are not allowed", "write the value out");
    case YAML_SCALAR_EVENT:
        return on_scalar(s, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(s, event, LLMP__NODE_LIST, event->data.sequence_start.anchor != NULL,
                        event->data.sequence_start.tag != NULL);
    case YAML_MAPPING_START_EVENT:
        return on_start(s, event, LLMP__NODE_MAP, event->data.mapping_start.anchor != NULL,
                        event->data.mapping_start.tag != NULL);
    case YAML_SEQUENCE_END_EVENT:
        s->depth--;
        return LLMP_OK;
    case YAML_MAPPING_END_EVENT:
        s->depth--;
        return llmp__node_check_keys(s->stack[s->depth], s->where, s->error);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return LLMP_OK;
    }
    return LLMP_OK;
}

static llmp_status parser_failed(const struct state *s, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        return llmp__fail_memory(s->error, s->where);
    }
    const char *problem = parser->problem == NULL ? "not well-formed YAML" : parser->problem;
    if (parser->error == YAML_READER_ERROR) {
        return llmp__fail_offset(s->error, LLMP_E_SYNTAX, s->where, parser->problem_offset, "%s",
                                 problem);
    }
    return llmp__fail_at(s->error, LLMP_E_SYNTAX, s->where, place(parser->problem_mark.line),
                         place(parser->problem_mark.column), NULL, "%s%s%s", problem,
                         parser->context == NULL ? "" : " ",
                         parser->context == NULL ? "" : parser->context);
}

llmp_status llmp__yaml_parse(const char *text, size_t text_bytes, const char *where,
                             llmp__arena *arena, llmp__node **out, llmp_error *error)
{
    struct state s = {.where = where, .arena = arena, .error = error};
    yaml_parser_t parser;
    if (text_bytes > LLMP__DOC_BYTES_MAX) {
        return llmp__fail_at(error, LLMP_E_LIMIT, where, 0, 0, NULL, "more than 64 MiB of YAML");
    }
    if (yaml_parser_initialize(&parser) == 0) {
        return llmp__fail_memory(error, where);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, text_bytes);
    llmp_status status = LLMP_OK;
    bool done = false;
    while (status == LLMP_OK && !done) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            status = parser_failed(&s, &parser);
            break;
        }
        done = event.type == YAML_STREAM_END_EVENT;
        status = on_event(&s, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (status == LLMP_OK) {
        *out = s.root;
    }
    return status;
}
