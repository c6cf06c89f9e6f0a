/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/gguf_layers.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

bool llmp__gguf_meta(const llmp__gguf_model *model, const char *key, uint32_t layer, uint64_t *out)
{
    char full[160];
    snprintf(full, sizeof full, "%s.%s", model->architecture, key);
    const llmp__gguf_value *value = llmp__gguf_find(model->gguf, full);
    bool list = value != NULL && value->type == LLMP__GGUF_ARRAY;
    return llmp__gguf_whole(value, list && layer != LLMP_NO_LAYER ? layer : 0, out);
}

llmp_status llmp__gguf_need(const llmp__gguf_model *model, const char *key, uint32_t layer,
                            uint32_t *out)
{
    uint64_t value = 0;
    if (!llmp__gguf_meta(model, key, layer, &value)) {
        return llmp__fail(model->error, LLMP_E_SCHEMA, "the key %.64s.%s is missing or no count",
                          model->architecture, key);
    }
    if (value > UINT32_MAX) {
        return llmp__fail(model->error, LLMP_E_VALUE, "%.64s.%s is too large", model->architecture,
                          key);
    }
    *out = (uint32_t)value;
    return LLMP_OK;
}

/* Which layers slide, where the file does not list them: every `period`-th layer sees everything,
 * the last of each period unless full_first. From src/llama-model.cpp; architectures that are not
 * here attend to all positions whatever attention.sliding_window says, as llama.cpp does. */
typedef struct window_rule {
    const char *architecture;
    uint32_t period;
    llmp_window_kind kind;
    uint32_t tokens; /* when the file gives none */
    bool full_first;
} window_rule;

static const window_rule window_rules[] = {
    {"afmoe", 4, LLMP_WINDOW_SLIDING, 0, false},
    {"cohere2", 4, LLMP_WINDOW_SLIDING, 0, false},
    {"exaone-moe", 4, LLMP_WINDOW_SLIDING, 0, false},
    {"exaone4", 4, LLMP_WINDOW_SLIDING, 0, false},
    {"gemma-embedding", 6, LLMP_WINDOW_SLIDING, 0, false},
    {"gemma2", 2, LLMP_WINDOW_SLIDING, 4096, false},
    {"gemma3", 6, LLMP_WINDOW_SLIDING, 0, false},
    {"gemma3n", 5, LLMP_WINDOW_SLIDING, 0, false},
    {"gemma4", 6, LLMP_WINDOW_SLIDING, 0, false},
    {"gpt-oss", 2, LLMP_WINDOW_SLIDING, 0, false},
    {"llama4", 4, LLMP_WINDOW_CHUNKED, 8192, false},
    {"mimo2", 0, LLMP_WINDOW_SLIDING, 0, false},
    {"olmo2", 4, LLMP_WINDOW_SLIDING, 0, false},
    {"smallthinker", 4, LLMP_WINDOW_SLIDING, 0, true},
    {"step35", 0, LLMP_WINDOW_SLIDING, 0, false},
};

static const window_rule *find_rule(const char *architecture)
{
    for (size_t i = 0; i < sizeof window_rules / sizeof window_rules[0]; i++) {
        if (strcmp(window_rules[i].architecture, architecture) == 0) {
            return &window_rules[i];
        }
    }
    return NULL;
}

static bool slides(const llmp__gguf_model *model, const window_rule *rule, uint32_t layer)
{
    char full[160];
    snprintf(full, sizeof full, "%s.attention.sliding_window_pattern", model->architecture);
    const llmp__gguf_value *pattern = llmp__gguf_find(model->gguf, full);
    uint64_t value = 0;
    if (pattern != NULL && pattern->type == LLMP__GGUF_ARRAY) {
        return llmp__gguf_whole(pattern, layer, &value) && value != 0;
    }
    uint64_t period = rule != NULL ? rule->period : 0;
    if (llmp__gguf_whole(pattern, 0, &value)) {
        period = value;
    }
    if (period == 0) {
        return false;
    }
    return rule != NULL && rule->full_first ? layer % period != 0 : layer % period != period - 1;
}

void llmp__gguf_window(const llmp__gguf_model *model, uint32_t layer, llmp_block *block)
{
    const window_rule *rule = find_rule(model->architecture);
    uint64_t tokens = rule != NULL ? rule->tokens : 0;
    (void)llmp__gguf_meta(model, "attention.sliding_window", layer, &tokens);
    if (rule != NULL && rule->kind == LLMP_WINDOW_CHUNKED && tokens > 0) {
        tokens = rule->tokens; /* llama.cpp puts its own constant over any that is given */
    }
    if (tokens == 0 || tokens > UINT32_MAX || !slides(model, rule, layer)) {
        return;
    }
    block->window_tokens = (uint32_t)tokens;
    block->window_kind = rule != NULL ? rule->kind : LLMP_WINDOW_SLIDING;
}
