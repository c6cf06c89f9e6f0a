/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON: the data tree, keys in the builder's order, two blanks an indent. */
#include "report/render.h"
#include "report/utf8.h"

#include <string.h>

static void string(llmp__text *out, const char *text)
{
    llmp__text_add_char(out, '"');
    for (const char *c = text; *c != '\0';) {
        uint32_t code;
        unsigned bytes = llmp__utf8_next(c, &code);
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\') {
            llmp__text_add_char(out, '\\');
            llmp__text_add_char(out, *c);
        } else if (byte == '\n') {
            llmp__text_add(out, "\\n");
        } else if (byte < 0x20 || byte == 0x7F) {
            llmp__text_add_format(out, "\\u%04x", (unsigned)byte);
        } else {
            llmp__utf8_add(out, c, bytes, false);
        }
        c += bytes;
    }
    llmp__text_add_char(out, '"');
}

static bool flat(const llmp__node *node)
{
    return node->kind == LLMP__NODE_PLAIN || node->kind == LLMP__NODE_QUOTED || node->count == 0;
}

/* Builders nest a handful of levels, so the depth of this recursion is theirs, not a file's. */
static void value(llmp__text *out, const llmp__node *node, unsigned indent)
{
    bool map = node->kind == LLMP__NODE_MAP;
    switch (node->kind) {
    case LLMP__NODE_PLAIN:
        llmp__text_add(out, node->text);
        return;
    case LLMP__NODE_QUOTED:
        string(out, node->text);
        return;
    case LLMP__NODE_LIST:
    case LLMP__NODE_MAP:
        break;
    }
    if (node->count == 0) {
        llmp__text_add(out, map ? "{}" : "[]");
        return;
    }
    bool one_line = node->count <= 6;
    for (const llmp__node *child = node->first; child != NULL; child = child->next) {
        one_line = one_line && flat(child) && (child->text == NULL || strlen(child->text) < 24);
    }
    llmp__text_add_char(out, map ? '{' : '[');
    for (const llmp__node *child = node->first; child != NULL; child = child->next) {
        if (!one_line) {
            llmp__text_add_char(out, '\n');
            llmp__text_add_indent(out, indent + 2);
        }
        if (map) {
            string(out, child->key);
            llmp__text_add(out, ": ");
        }
        value(out, child, indent + 2);
        if (child->next != NULL) {
            llmp__text_add(out, one_line ? ", " : ",");
        }
    }
    if (!one_line) {
        llmp__text_add_char(out, '\n');
        llmp__text_add_indent(out, indent);
    }
    llmp__text_add_char(out, map ? '}' : ']');
}

static void render(const llmp_document *document, const llmp_report_style *style, llmp__text *out)
{
    (void)style;
    value(out, document->data, 0);
    llmp__text_add_char(out, '\n');
}

const llmp_renderer llmp__render_json = {"json", "for programs; keys are stable", render};
