/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/layers.h"

#include "base/error.h"
#include "base/names.h"

#include <string.h>

enum { LAYERS_MAX = 1024, DEPTH_MAX = 16, BLOCKS_MAX = 255 };

struct parser {
    const char *pattern;
    size_t at;
    const llmp_block *blocks;
    size_t block_count;
    llmp_error *error;
    size_t count;
    llmp_layer layers[LAYERS_MAX];
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool is_name(char c)
{
    return c != '\0' && !is_blank(c) && strchr("()*+", c) == NULL;
}

static void skip_blanks(struct parser *p)
{
    while (is_blank(p->pattern[p->at])) {
        p->at++;
    }
}

static llmp_status find_block(struct parser *p, uint8_t *out)
{
    const char *name = p->pattern + p->at;
    size_t length = 0;
    while (is_name(name[length])) {
        length++;
    }
    if (length == 0) {
        if (*name == '\0') {
            return llmp__fail(p->error, LLMP_E_SYNTAX,
                              "the layer pattern ends where a block id "
                              "should stand");
        }
        return llmp__fail(p->error, LLMP_E_SYNTAX,
                          "'%c' in the layer pattern where a block id should stand", *name);
    }
    for (size_t i = 0; i < p->block_count && i < BLOCKS_MAX; i++) {
        if (strlen(p->blocks[i].id) == length && memcmp(p->blocks[i].id, name, length) == 0) {
            *out = (uint8_t)i;
            p->at += length;
            return LLMP_OK;
        }
    }
    char text[64];
    char hint[200];
    length = length < sizeof text ? length : sizeof text - 1;
    memcpy(text, name, length);
    text[length] = '\0';
    llmp__nearest nearest;
    llmp__nearest_begin(&nearest, text);
    for (size_t i = 0; i < p->block_count; i++) {
        llmp__nearest_offer(&nearest, p->blocks[i].id, p->blocks[i].id);
    }
    llmp__nearest_format(&nearest, hint, sizeof hint);
    (void)llmp__fail(p->error, LLMP_E_REFERENCE,
                     "the layer pattern uses the block '%s', which is "
                     "not declared",
                     text);
    llmp__hint(p->error, "%s", hint);
    return LLMP_E_REFERENCE;
}

static llmp_status add_layer(struct parser *p, const llmp_layer *layer)
{
    if (p->count == LAYERS_MAX) {
        return llmp__fail(p->error, LLMP_E_LIMIT, "more than %d layers", (int)LAYERS_MAX);
    }
    p->layers[p->count++] = *layer;
    return LLMP_OK;
}

static llmp_status parse_layer(struct parser *p)
{
    llmp_layer layer = {0, {0}};
    for (;;) {
        if (layer.block_count == LLMP_LAYER_BLOCKS_MAX) {
            return llmp__fail(p->error, LLMP_E_LIMIT, "more than %d blocks in one layer",
                              LLMP_LAYER_BLOCKS_MAX);
        }
        llmp_status status = find_block(p, &layer.blocks[layer.block_count]);
        if (status != LLMP_OK) {
            return status;
        }
        layer.block_count++;
        if (p->pattern[p->at] != '+') {
            return add_layer(p, &layer);
        }
        p->at++;
    }
}

/* "*COUNT", or nothing for 1. */
static llmp_status parse_count(struct parser *p, size_t *out)
{
    *out = 1;
    if (p->pattern[p->at] != '*') {
        return LLMP_OK;
    }
    size_t start = ++p->at;
    size_t count = 0;
    while (p->pattern[p->at] >= '0' && p->pattern[p->at] <= '9') {
        count = count * 10 + (size_t)(p->pattern[p->at++] - '0');
        if (count > LAYERS_MAX) {
            return llmp__fail(p->error, LLMP_E_LIMIT, "a repetition of more than %d",
                              (int)LAYERS_MAX);
        }
    }
    if (p->at == start || count == 0) {
        return llmp__fail(p->error, LLMP_E_SYNTAX,
                          "'*' in the layer pattern without a count of 1 or more");
    }
    *out = count;
    return LLMP_OK;
}

static llmp_status repeat(struct parser *p, size_t from, size_t times)
{
    size_t length = p->count - from;
    for (size_t i = 1; i < times; i++) {
        for (size_t j = 0; j < length; j++) {
            llmp_layer layer = p->layers[from + j];
            llmp_status status = add_layer(p, &layer);
            if (status != LLMP_OK) {
                return status;
            }
        }
    }
    return LLMP_OK;
}

static llmp_status parse_pattern(struct parser *p, unsigned depth)
{
    size_t begin = p->count;
    for (;;) {
        skip_blanks(p);
        char c = p->pattern[p->at];
        size_t from = p->count;
        size_t times = 0;
        llmp_status status = LLMP_OK;
        if (c == '\0' || c == ')') {
            if (p->count == begin) {
                return llmp__fail(p->error, LLMP_E_SYNTAX, "an empty layer pattern");
            }
            return LLMP_OK;
        }
        if (c == '(') {
            if (depth == DEPTH_MAX) {
                return llmp__fail(p->error, LLMP_E_LIMIT, "more than %d nested parentheses",
                                  (int)DEPTH_MAX);
            }
            p->at++;
            status = parse_pattern(p, depth + 1);
            if (status == LLMP_OK && p->pattern[p->at] != ')') {
                status = llmp__fail(p->error, LLMP_E_SYNTAX,
                                    "a '(' in the layer pattern is never closed");
            }
            p->at += status == LLMP_OK ? 1 : 0;
        } else {
            status = parse_layer(p);
        }
        if (status == LLMP_OK) {
            status = parse_count(p, &times);
        }
        if (status == LLMP_OK) {
            status = repeat(p, from, times);
        }
        if (status != LLMP_OK) {
            return status;
        }
    }
}

llmp_status llmp__layers_expand(const char *pattern, const llmp_block *blocks, size_t block_count,
                                llmp__arena *arena, const llmp_layer **out, size_t *out_count,
                                size_t *out_at, llmp_error *error)
{
    struct parser p = {
        .pattern = pattern, .blocks = blocks, .block_count = block_count, .error = error};
    llmp_status status = parse_pattern(&p, 0);
    if (status == LLMP_OK && pattern[p.at] == ')') {
        status = llmp__fail(error, LLMP_E_SYNTAX, "a ')' in the layer pattern closes nothing");
    }
    if (status != LLMP_OK) {
        *out_at = p.at;
        return status;
    }
    llmp_layer *layers = llmp__arena_alloc(arena, p.count, sizeof *layers);
    if (layers == NULL) {
        return llmp__fail_memory(error, "layers");
    }
    memcpy(layers, p.layers, p.count * sizeof *layers);
    *out = layers;
    *out_count = p.count;
    return LLMP_OK;
}
