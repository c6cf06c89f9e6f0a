/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in each layer. */
#include "import/hf_config.h"

#include "base/error.h"

#include <llmplan/arch.h>

#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

static llmp_status fail_kind(const llmp__hf *hf, const char *key, const char *kind)
{
    const llmp__node *node = llmp__hf_find(hf, key);
    return llmp__fail_at(hf->error, LLMP_E_UNSUPPORTED, hf->where,
                         node != NULL ? node->line : hf->text->line,
                         node != NULL ? node->column : hf->text->column, key,
                         "the layer kind '%.64s' is not known", kind);
}

static llmp_status softmax(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    bool latent = (hf->traits->flags & HF_MLA) != 0;
    return latent ? llmp__hf_mla(hf, layer, out) : llmp__hf_attention(hf, layer, out);
}

/* --- mixers by layout ---------------------------------------------------------------------------
 */

static llmp_status gdn_hybrid(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    const char *type = llmp__hf_text_at(hf, "layer_types", layer);
    uint32_t interval = 0;
    TRY(llmp__hf_get(hf, "full_attention_interval", 0, hf->traits->full_period, &interval));
    bool full = type != NULL ? strcmp(type, "full_attention") == 0
                             : interval > 0 && (layer + 1) % interval == 0;
    if (type != NULL && !full && strcmp(type, "linear_attention") != 0) {
        return fail_kind(hf, "layer_types", type);
    }
    return full ? softmax(hf, layer, out)
                : llmp__hf_linear(hf, layer, LLMP_BLOCK_GATED_DELTANET, out);
}

/* Lists count layers from 1. */
static llmp_status kda_hybrid(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    const llmp__node *config = llmp__hf_find(hf, "linear_attn_config");
    const llmp__node *full = llmp__node_get(config, "full_attn_layers");
    if (full == NULL || full->kind != LLMP__NODE_LIST) {
        return llmp__hf_fail(hf, "linear_attn_config", "has no list full_attn_layers");
    }
    if (full->count > LLMP_LAYERS_MAX) {
        return llmp__hf_fail(hf, "linear_attn_config", "lists more layers than possible");
    }
    uint64_t at = 0;
    for (const llmp__node *n = full->first; n != NULL; n = n->next) {
        if (llmp__node_whole(n, &at) && at == (uint64_t)layer + 1) {
            return softmax(hf, layer, out);
        }
    }
    return llmp__hf_linear(hf, layer, LLMP_BLOCK_KDA, out);
}

static llmp_status by_types(const llmp__hf *hf, uint32_t layer, const char *other_name,
                            llmp_block_kind other, llmp_block *out)
{
    const char *type = llmp__hf_text_at(hf, "layer_types", layer);
    if (type == NULL) {
        return llmp__hf_fail(hf, "layer_types", "the key is missing or has too few entries");
    }
    if (strcmp(type, other_name) == 0) {
        return llmp__hf_linear(hf, layer, other, out);
    }
    if (strcmp(type, "attention") != 0 && strcmp(type, "full_attention") != 0) {
        return fail_kind(hf, "layer_types", type);
    }
    return softmax(hf, layer, out);
}

static llmp_status by_period(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    uint32_t period = 0, offset = 0;
    TRY(llmp__hf_need(hf, "attn_layer_period", 0, &period));
    TRY(llmp__hf_need(hf, "attn_layer_offset", 0, &offset));
    if (period == 0) {
        return llmp__hf_fail(hf, "attn_layer_period", "is 0");
    }
    return layer % period == offset % period ? softmax(hf, layer, out)
                                             : llmp__hf_linear(hf, layer, LLMP_BLOCK_MAMBA, out);
}

static llmp_status lightning(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    uint32_t full = 0;
    TRY(llmp__hf_need(hf, "attn_type_list", layer, &full));
    return full != 0 ? softmax(hf, layer, out)
                     : llmp__hf_linear(hf, layer, LLMP_BLOCK_LIGHTNING, out);
}

/* --- layouts that are no mixer and feed-forward pair --------------------------------------------
 */

/* "M-M*E": Mamba-2, feed-forward, attention, experts; or a list of words. */
static llmp_status one_block(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    static const char *const words[] = {"mamba", "mlp", "attention", "moe"};
    static const char letters[] = "M-*E";
    const llmp__node *pattern = llmp__hf_find(hf, "hybrid_override_pattern");
    const char *type = llmp__hf_text_at(hf, "layers_block_type", layer);
    size_t kind = 4;
    if (pattern != NULL && pattern->kind == LLMP__NODE_QUOTED && layer < strlen(pattern->text)) {
        const char *found = strchr(letters, pattern->text[layer]);
        kind = found != NULL ? (size_t)(found - letters) : 4;
        type = pattern->text + layer;
    } else {
        for (size_t i = 0; type != NULL && i < 4; i++) {
            kind = strcmp(type, words[i]) == 0 ? i : kind;
        }
    }
    switch (kind) {
    case 0:
        return llmp__hf_linear(hf, layer, LLMP_BLOCK_MAMBA2, out);
    case 1:
        return llmp__hf_dense(hf, layer, out);
    case 2:
        return softmax(hf, layer, out);
    case 3:
        return llmp__hf_moe(hf, layer, out);
    default:
        return type == NULL
                   ? llmp__hf_fail(hf, "hybrid_override_pattern", "the key is missing or too short")
                   : fail_kind(hf, "hybrid_override_pattern", type);
    }
}

/* Nemotron NAS: each layer says what it has; widths are multiples of two thirds of hidden_size,
 * rounded up to 256 (modeling_decilm.py). */
static llmp_status configured(const llmp__hf *hf, uint32_t layer, llmp_block *out, size_t *count)
{
    const llmp__node *entry = llmp__hf_entry(llmp__hf_find(hf, "block_configs"), layer);
    const llmp__node *attention = llmp__node_get(entry, "attention");
    const llmp__node *ffn = llmp__node_get(entry, "ffn");
    bool off = false, linear = false;
    double factor = 0;
    if (attention == NULL || ffn == NULL) {
        return llmp__hf_fail(hf, "block_configs", "lacks attention or ffn of a layer");
    }
    (void)llmp__node_bool(llmp__node_get(attention, "replace_with_linear"), &linear);
    if (linear) {
        return fail_kind(hf, "block_configs", "attention.replace_with_linear");
    }
    (void)llmp__node_bool(llmp__node_get(attention, "no_op"), &off);
    if (!off) {
        llmp_block *b = &out[*count];
        uint64_t group = 0;
        llmp_status status = llmp__hf_attention(hf, layer, b);
        if (status != LLMP_OK) {
            return status;
        }
        if (!llmp__node_whole(llmp__node_get(attention, "n_heads_in_group"), &group) ||
            group == 0 || b->heads % group != 0) {
            return llmp__hf_fail(hf, "block_configs",
                                 "n_heads_in_group is no divisor of the heads");
        }
        b->kv_heads = b->heads / (uint32_t)group;
        (*count)++;
    }
    off = false;
    (void)llmp__node_bool(llmp__node_get(ffn, "no_op"), &off);
    if (off) {
        return LLMP_OK;
    }
    if (!llmp__node_number(llmp__node_get(ffn, "ffn_mult"), &factor) || factor <= 0 ||
        factor > 1000) {
        return llmp__hf_fail(hf, "block_configs", "ffn_mult is missing or out of range");
    }
    uint64_t width = (uint64_t)(2 * factor * hf->hidden / 3);
    out[*count] = llmp__builder_block(LLMP_BLOCK_FFN);
    out[(*count)++].ffn_size = (uint32_t)((width + 255) / 256 * 256);
    return LLMP_OK;
}

static llmp_status beside(const llmp__hf *hf, uint32_t layer, llmp_block *out, size_t *count)
{
    TRY(llmp__hf_attention(hf, layer, &out[0]));
    TRY(llmp__hf_linear(hf, layer, LLMP_BLOCK_MAMBA2, &out[1]));
    out[1].norms = 0;
    *count = 2;
    return llmp__hf_ffns(hf, layer, out, count);
}

static llmp_status sparse_kda(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    const char *type = llmp__hf_text_at(hf, "layer_types", layer);
    if (type == NULL) {
        return llmp__hf_fail(hf, "layer_types", "the key is missing or has too few entries");
    }
    if (strcmp(type, "linear_attention") == 0) {
        return llmp__hf_linear(hf, layer, LLMP_BLOCK_KDA, out);
    }
    return strcmp(type, "deepseek_sparse_attention") == 0 ? llmp__hf_mla(hf, layer, out)
                                                          : fail_kind(hf, "layer_types", type);
}

static llmp_status mixer(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    switch (hf->traits->layout) {
    case HF_UNIFORM:
        return softmax(hf, layer, out);
    case HF_HYBRID_GDN:
        return gdn_hybrid(hf, layer, out);
    case HF_HYBRID_KDA:
        return kda_hybrid(hf, layer, out);
    case HF_MAMBA_TYPES:
        return by_types(hf, layer, "mamba", LLMP_BLOCK_MAMBA2, out);
    case HF_MAMBA_PERIOD:
        return by_period(hf, layer, out);
    case HF_LIGHTNING:
        return lightning(hf, layer, out);
    case HF_KDA_TYPES:
        return sparse_kda(hf, layer, out);
    case HF_COMPRESSED:
        return llmp__hf_compressed(hf, layer, out);
    case HF_CONV_TYPES:
        return by_types(hf, layer, "conv", LLMP_BLOCK_SHORT_CONV, out);
    case HF_MAMBA_BESIDE:
    case HF_ONE_BLOCK:
    case HF_BLOCK_CONFIGS:
        break;
    }
    return LLMP_E_INTERNAL;
}

llmp_status llmp__hf_layer(const llmp__hf *hf, uint32_t layer, llmp_block *out, size_t *out_count)
{
    *out_count = 0;
    if (hf->traits->layout == HF_ONE_BLOCK) {
        *out_count = 1;
        return one_block(hf, layer, out);
    }
    if (hf->traits->layout == HF_BLOCK_CONFIGS) {
        return configured(hf, layer, out, out_count);
    }
    if (hf->traits->layout == HF_MAMBA_BESIDE) {
        return beside(hf, layer, out, out_count);
    }
    TRY(mixer(hf, layer, out));
    *out_count = 1;
    return llmp__hf_ffns(hf, layer, out, out_count);
}
