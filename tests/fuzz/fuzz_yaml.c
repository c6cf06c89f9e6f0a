/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a tree within the limits or an error with a place; text is written so that it reads
 * back. */
#include "base/text.h"
#include "doc/yaml.h"
#include "doc/yaml_write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the first scalar found, reads it, compares. */
static void round_trip(const llmp__node *node)
{
    while (node != NULL && node->text == NULL) {
        node = node->first;
    }
    if (node == NULL) {
        return;
    }
    llmp__arena arena = {NULL};
    llmp__text text = {NULL, 0, 0, false};
    llmp__node *back = NULL;
    llmp__text_add(&text, "k: ");
    llmp__yaml_write_text(&text, node->text);
    if (llmp__yaml_parse(llmp__text_get(&text), text.length, "back", &arena, &back, NULL) !=
            LLMP_OK ||
        strcmp(llmp__node_get(back, "k")->text, node->text) != 0) {
        abort();
    }
    llmp__text_free(&text);
    llmp__arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp__arena arena = {NULL};
    llmp__node *root = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_status status = llmp__yaml_parse((const char *)data, size, "fuzz", &arena, &root, &error);
    if (status != LLMP_OK && (error.status != status || error.message[0] == '\0')) {
        abort();
    }
    if (status == LLMP_OK) {
        round_trip(root);
    }
    llmp__arena_free(&arena);
    return 0;
}
