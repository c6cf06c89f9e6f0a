/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict and lenient reading agree wherever both succeed. */
#include "doc/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const llmp__node *a, const llmp__node *b)
{
    if (a->kind != b->kind || a->count != b->count || a->line != b->line ||
        (a->text != NULL && strcmp(a->text, b->text) != 0)) {
        abort();
    }
    const llmp__node *y = b->first;
    for (const llmp__node *x = a->first; x != NULL; x = x->next, y = y->next) {
        same(x, y);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp__arena arena = {NULL};
    llmp__node *strict = NULL;
    llmp__node *python = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_status status = llmp__json_parse((const char *)data, size, "fuzz", LLMP__JSON_STRICT,
                                          &arena, &strict, &error);
    if (status == LLMP_E_INTERNAL) {
        abort();
    }
    llmp_status lenient = llmp__json_parse((const char *)data, size, "fuzz", LLMP__JSON_PYTHON,
                                           &arena, &python, &error);
    if (lenient == LLMP_E_INTERNAL || (status == LLMP_OK && lenient != LLMP_OK)) {
        abort();
    }
    if (status == LLMP_OK) {
        same(strict, python);
    }
    llmp__arena_free(&arena);
    return 0;
}
