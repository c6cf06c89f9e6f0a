/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/price_private.h"

#include "base/names.h"

#include <string.h>

const char *llmp__price_provider(const char *name)
{
    static const char *const ours[][2] = {
        {"amazon-bedrock", "bedrock"},
        {"bedrock_converse", "bedrock"},
        {"dashscope", "alibaba"},
        {"fireworks-ai", "fireworks"},
        {"fireworks_ai", "fireworks"},
        {"gemini", "google"},
        {"minimaxi", "minimax"},
        {"moonshotai", "moonshot"},
        {"novita-ai", "novita"},
        {"together_ai", "together"},
        {"togetherai", "together"},
        {"vertex_ai-language-models", "google"},
        {"x-ai", "xai"},
        {"z-ai", "zai"},
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(ours[i][0], name) == 0) {
            return ours[i][1];
        }
    }
    return name;
}

static bool insert(llmp__name_set *set, const char *name)
{
    size_t i = (size_t)llmp__name_hash(name) & (set->capacity - 1);
    for (; set->slots[i] != NULL; i = (i + 1) & (set->capacity - 1)) {
        if (llmp__name_equal(set->slots[i], name)) {
            return false;
        }
    }
    set->slots[i] = name;
    set->count++;
    return true;
}

static bool widen(llmp_price_import *import)
{
    llmp__name_set wider = {NULL, import->names.capacity == 0 ? 4096 : import->names.capacity * 2,
                            0};
    wider.slots = llmp__arena_alloc(&import->arena, wider.capacity, sizeof(const char *));
    if (wider.slots == NULL) {
        import->failed = true;
        return false;
    }
    for (size_t i = 0; i < import->names.capacity; i++) {
        if (import->names.slots[i] != NULL) {
            (void)insert(&wider, import->names.slots[i]);
        }
    }
    import->names = wider;
    return true;
}

bool llmp__names_add(llmp_price_import *import, const char *name)
{
    if (import->names.count * 2 >= import->names.capacity && !widen(import)) {
        return false;
    }
    const char *kept = llmp__arena_text(&import->arena, name, strlen(name));
    import->failed = import->failed || kept == NULL;
    return kept != NULL && insert(&import->names, kept);
}
