/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doc/json.h"

#include "base/error.h"
#include "doc/json_scan.h"

#include <cjson/cJSON.h>
#include <string.h>

/* Walks the cJSON tree and the places of the scan side by side: both are in the order of the text.
 */
struct builder {
    const llmp__json_scan *scan;
    llmp__arena *arena;
    llmp_error *error;
    size_t next; /* place of the next value */
};

static llmp_status broken(const struct builder *b)
{
    return llmp__fail(b->error, LLMP_E_INTERNAL, "JSON values of %s miscounted", b->scan->where);
}

static llmp_status build(struct builder *b, const cJSON *item, llmp__node **out);

static llmp_status build_children(struct builder *b, const cJSON *item, llmp__node *node)
{
    for (const cJSON *child = item->child; child != NULL; child = child->next) {
        llmp__node *made = NULL;
        llmp_status status = build(b, child, &made);
        if (status != LLMP_OK) {
            return status;
        }
        if (node->kind == LLMP__NODE_MAP) {
            made->key = llmp__arena_text(b->arena, child->string, strlen(child->string));
            if (made->key == NULL) {
                return llmp__fail_memory(b->error, b->scan->where);
            }
        }
        llmp__node_append(node, made);
    }
    return node->kind == LLMP__NODE_MAP ? llmp__node_check_keys(node, b->scan->where, b->error)
                                        : LLMP_OK;
}

/* Depth is bounded by the scan. */
static llmp_status build(struct builder *b, const cJSON *item, llmp__node **out)
{
    llmp__node *node = llmp__arena_alloc(b->arena, 1, sizeof *node);
    if (node == NULL) {
        return llmp__fail_memory(b->error, b->scan->where);
    }
    if (b->next == b->scan->value_count) {
        return broken(b);
    }
    const llmp__json_place *place = &b->scan->values[b->next++];
    node->line = place->line;
    node->column = place->column;
    if (place->key != UINT32_MAX) {
        node->key_line = b->scan->keys[place->key].line;
        node->key_column = b->scan->keys[place->key].column;
    }
    *out = node;
    if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
        node->kind = cJSON_IsObject(item) ? LLMP__NODE_MAP : LLMP__NODE_LIST;
        return build_children(b, item, node);
    }
    if (cJSON_IsString(item)) {
        node->kind = LLMP__NODE_QUOTED;
        node->text = llmp__arena_text(b->arena, item->valuestring, strlen(item->valuestring));
    } else {
        node->kind = LLMP__NODE_PLAIN;
        node->text = llmp__arena_text(b->arena, b->scan->text + place->offset, place->length);
    }
    return node->text == NULL ? llmp__fail_memory(b->error, b->scan->where) : LLMP_OK;
}

static llmp_status parse_scanned(llmp__json_scan *scan, llmp__arena *arena, llmp__node **out)
{
    const char *text = scan->patched != NULL ? scan->patched : scan->text;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text, scan->size, &end, 0);
    if (root == NULL) {
        size_t at = end == NULL ? 0 : (size_t)(end - text);
        return llmp__json_fail(scan, LLMP_E_SYNTAX, at, "not well-formed JSON");
    }
    size_t at = (size_t)(end - text);
    while (at < scan->size && strchr(" \t\r\n", text[at]) != NULL) {
        at++;
    }
    struct builder b = {scan, arena, scan->error, 0};
    llmp__node *made = NULL;
    llmp_status status = at < scan->size
                             ? llmp__json_fail(scan, LLMP_E_SYNTAX, at, "more after the JSON value")
                             : build(&b, root, &made);
    cJSON_Delete(root);
    if (status == LLMP_OK && b.next != scan->value_count) {
        status = broken(&b);
    }
    if (status == LLMP_OK) {
        *out = made;
    }
    return status;
}

llmp_status llmp__json_parse(const char *text, size_t text_bytes, const char *where, unsigned flags,
                             llmp__arena *arena, llmp__node **out, llmp_error *error)
{
    if (text_bytes > LLMP__DOC_BYTES_MAX) {
        return llmp__fail_at(error, LLMP_E_LIMIT, where, 0, 0, NULL, "more than 64 MiB of JSON");
    }
    llmp__json_scan scan = {
        .text = text, .size = text_bytes, .where = where, .flags = flags, .error = error};
    llmp_status status = llmp__json_scan_run(&scan);
    if (status == LLMP_OK) {
        status = parse_scanned(&scan, arena, out);
    }
    llmp__json_scan_free(&scan);
    return status;
}
