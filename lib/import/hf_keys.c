/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/hf_config.h"

#include "base/error.h"

#include <string.h>

/* Defaults of the configuration classes of transformers that published configs rely on
 * (src/transformers/models/<model_type>/configuration_<model_type>.py). */
static const struct {
    const char *model_type;
    const char *key;
    uint32_t value;
} defaults[] = {
    {"gemma", "head_dim", 256},
    {"gemma2", "head_dim", 256},
    {"gemma2", "sliding_window", 4096},
    {"gemma3_text", "head_dim", 256},
    {"gemma3_text", "num_attention_heads", 8},
    {"gemma3_text", "num_key_value_heads", 4},
    {"gemma3_text", "sliding_window", 4096},
    {"gemma3_text", "vocab_size", 262208},
    {"glm4", "head_dim", 128},
    {"glm4_moe", "head_dim", 128},
    {"cohere2", "sliding_window", 4096},
    {"gpt_oss", "head_dim", 64},
    {"llama4_text", "attention_chunk_size", 8192},
    {"llama4_text", "head_dim", 128},
    {"mixtral", "num_experts_per_tok", 2},
    {"mixtral", "num_local_experts", 8},
    {"qwen3", "head_dim", 128},
    {"qwen3_5_moe_text", "head_dim", 256},
    {"qwen3_5_text", "head_dim", 256},
    {"qwen3_next", "head_dim", 256},
    {"qwen3_vl_text", "head_dim", 128},
};

/* Copies the next of "a|b|c" and steps over it; false at the end. */
static bool next_key(const char **keys, char out[64])
{
    size_t length = strcspn(*keys, "|");
    if (length == 0 || length >= 64) {
        return false;
    }
    memcpy(out, *keys, length);
    out[length] = '\0';
    *keys += length + ((*keys)[length] == '|');
    return true;
}

const llmp__node *llmp__hf_find(const llmp__hf *hf, const char *keys)
{
    char key[64];
    while (next_key(&keys, key)) {
        const llmp__node *node = llmp__node_get(hf->text, key);
        if (node != NULL && !llmp__node_is_null(node)) {
            return node;
        }
    }
    return NULL;
}

llmp_status llmp__hf_fail(const llmp__hf *hf, const char *key, const char *what)
{
    const llmp__node *node = llmp__hf_find(hf, key);
    node = node != NULL ? node : hf->text;
    return llmp__fail_at(hf->error, LLMP_E_SCHEMA, hf->where, node->line, node->column, key, "%s",
                         what);
}

const llmp__node *llmp__hf_entry(const llmp__node *list, size_t i)
{
    const llmp__node *child = list != NULL && list->kind == LLMP__NODE_LIST ? list->first : NULL;
    for (; child != NULL && i > 0; i--) {
        child = child->next;
    }
    return child;
}

static bool whole_u32(const llmp__node *node, uint32_t *out)
{
    uint64_t value = 0;
    if (!llmp__node_whole(node, &value) || value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

llmp_status llmp__hf_get(const llmp__hf *hf, const char *keys, uint32_t layer, uint32_t other,
                         uint32_t *out)
{
    const llmp__node *node = llmp__hf_find(hf, keys);
    if (node == NULL) {
        *out = other;
        return LLMP_OK;
    }
    if (node->kind == LLMP__NODE_LIST) {
        const llmp__node *entry = llmp__hf_entry(node, layer);
        node = entry != NULL ? entry : node;
    }
    return whole_u32(node, out) ? LLMP_OK : llmp__hf_fail(hf, keys, "is no count");
}

llmp_status llmp__hf_need(const llmp__hf *hf, const char *keys, uint32_t layer, uint32_t *out)
{
    if (llmp__hf_find(hf, keys) != NULL) {
        return llmp__hf_get(hf, keys, layer, 0, out);
    }
    char key[64];
    for (const char *rest = keys; next_key(&rest, key);) {
        for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
            if (strcmp(defaults[i].model_type, hf->traits->model_type) == 0 &&
                strcmp(defaults[i].key, key) == 0) {
                *out = defaults[i].value;
                return LLMP_OK;
            }
        }
    }
    const char *first = keys;
    if (!next_key(&first, key)) {
        key[0] = '\0';
    }
    return llmp__hf_fail(hf, key, "the key is missing");
}

bool llmp__hf_bool(const llmp__hf *hf, const char *key, bool other)
{
    bool value = other;
    (void)llmp__node_bool(llmp__hf_find(hf, key), &value);
    return value;
}

const char *llmp__hf_text_at(const llmp__hf *hf, const char *key, uint32_t i)
{
    const llmp__node *entry = llmp__hf_entry(llmp__hf_find(hf, key), i);
    return entry != NULL && entry->kind == LLMP__NODE_QUOTED ? entry->text : NULL;
}
