/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file hf_config.h
 * @brief Geometry from a Hugging Face config.json. What each model_type means stands in one table
 * (hf_traits.c); keys and their spellings are read in one place (hf_keys.c).
 */
#ifndef LLMP_IMPORT_HF_CONFIG_H
#define LLMP_IMPORT_HF_CONFIG_H

#include "doc/tree.h"
#include "import/builder.h"

/** How a model_type departs from Llama: pre-norm, GQA, gated feed-forward. */
typedef enum llmp__hf_flag {
    HF_TIED = 1 << 0,      /* transformers ties the head unless the config says otherwise */
    HF_QKV_BIAS = 1 << 1,  /* always, whatever attention_bias says */
    HF_OUT_BIAS = 1 << 2,  /* attention_bias also means the output projection */
    HF_QK_HEAD = 1 << 3,   /* norm per head on Q and K */
    HF_QK_FULL = 1 << 4,   /* norm over the whole projection */
    HF_QK_BY_KEY = 1 << 5, /* either only where use_qk_norm is true */
    HF_SANDWICH = 1 << 6,  /* norms before and after each block */
    HF_PARALLEL = 1 << 7,  /* the feed-forward shares the attention's norm */
    HF_FUSED_QKV = 1 << 8, /* engines store them so */
    HF_FUSED_UP = 1 << 9,
    HF_UNGATED = 1 << 10, /* two matrices */
    HF_SINKS = 1 << 11,
    HF_GATED_OUT = 1 << 12, /* attention output gate in the query projection */
    HF_MLA = 1 << 13,
    HF_ROUTER_BIAS = 1 << 14,
    HF_EXPERT_BIAS = 1 << 15,
    HF_SHARED_GATE = 1 << 16,
    HF_SHARED_ONE = 1 << 17,    /* one shared expert as wide as the others, without a key for it */
    HF_WINDOW_BY_KEY = 1 << 18, /* sliding_window counts only with use_sliding_window */
    HF_NO_WINDOW = 1 << 19,     /* sliding_window is in the config but not used by the model */
    HF_FULL_GATE = 1 << 20      /* the output gate of KDA is a full matrix */
} llmp__hf_flag;

/** Which layers are what. */
typedef enum llmp__hf_layout {
    HF_UNIFORM = 0,  /* attention by layer_types, sliding patterns or all alike */
    HF_HYBRID_GDN,   /* linear_attention in layer_types or full_attention_interval */
    HF_HYBRID_KDA,   /* linear_attn_config */
    HF_MAMBA_TYPES,  /* mamba and attention in layer_types (Granite 4) */
    HF_MAMBA_PERIOD, /* attn_layer_period (Jamba) */
    HF_MAMBA_BESIDE, /* Mamba-2 and attention in every layer (Falcon-H1) */
    HF_ONE_BLOCK,    /* hybrid_override_pattern (Nemotron-H) */
    HF_LIGHTNING,    /* attn_type_list (MiniMax-M1) */
    HF_KDA_TYPES,    /* linear_attention, deepseek_sparse_attention in layer_types (GLM-5.3) */
    HF_COMPRESSED,   /* compress_ratios (DeepSeek-V4) */
    HF_CONV_TYPES,   /* conv and full_attention in layer_types (LFM2) */
    HF_BLOCK_CONFIGS /* one entry per layer (Nemotron NAS) */
} llmp__hf_layout;

typedef struct llmp__hf_traits {
    const char *model_type;
    const char *architecture; /* GGUF general.architecture */
    const char *family;
    unsigned flags;
    llmp__hf_layout layout;
    uint32_t full_period; /* every so many layers one sees everything, where no key tells */
} llmp__hf_traits;

/** NULL for a model_type that is not known. */
const llmp__hf_traits *llmp__hf_traits_find(const char *model_type);

/** A config while it is read. */
typedef struct llmp__hf {
    const llmp__node *root;
    const llmp__node *text; /* the language model's part; the root when flat */
    const llmp__hf_traits *traits;
    const char *where;
    uint32_t hidden;
    uint32_t layers;
    llmp_error *error;
} llmp__hf;

/* --- keys: each takes a list of spellings "a|b", the first present one wins ----------------------
 */

/** The node, or NULL when absent or null. */
const llmp__node *llmp__hf_find(const llmp__hf *hf, const char *keys);
/** A whole number, or entry @p layer of a list of them; @p other when absent. LLMP_E_SCHEMA when it
 * is neither. */
llmp_status llmp__hf_get(const llmp__hf *hf, const char *keys, uint32_t layer, uint32_t other,
                         uint32_t *out);
/** As above with the default that transformers documents for the model_type, if it has one; else
 * LLMP_E_SCHEMA naming the key. */
llmp_status llmp__hf_need(const llmp__hf *hf, const char *keys, uint32_t layer, uint32_t *out);
bool llmp__hf_bool(const llmp__hf *hf, const char *key, bool other);
/** Text of entry @p i of a list of texts; NULL when there is none. */
const char *llmp__hf_text_at(const llmp__hf *hf, const char *key, uint32_t i);
/** Entry @p i of a list; NULL when there is none. */
const llmp__node *llmp__hf_entry(const llmp__node *list, size_t i);
/** LLMP_E_SCHEMA at the key's place. */
llmp_status llmp__hf_fail(const llmp__hf *hf, const char *key, const char *what);

/* --- blocks --------------------------------------------------------------------------------------
 */

enum { LLMP__HF_BLOCKS_MAX = 4 };

/** The blocks of one layer. */
llmp_status llmp__hf_layer(const llmp__hf *hf, uint32_t layer, llmp_block *out, size_t *out_count);
llmp_status llmp__hf_attention(const llmp__hf *hf, uint32_t layer, llmp_block *out);
/** DeepSeek-V4: one vector per position, pooled beyond the window. */
llmp_status llmp__hf_compressed(const llmp__hf *hf, uint32_t layer, llmp_block *out);
llmp_status llmp__hf_mla(const llmp__hf *hf, uint32_t layer, llmp_block *out);
llmp_status llmp__hf_linear(const llmp__hf *hf, uint32_t layer, llmp_block_kind kind,
                            llmp_block *out);
llmp_status llmp__hf_dense(const llmp__hf *hf, uint32_t layer, llmp_block *out);
llmp_status llmp__hf_moe(const llmp__hf *hf, uint32_t layer, llmp_block *out);
/** True when the layer's feed-forward is routed. */
llmp_status llmp__hf_is_moe(const llmp__hf *hf, uint32_t layer, bool *out);
/** Appends one or two feed-forwards of a layer that has both sides. */
llmp_status llmp__hf_ffns(const llmp__hf *hf, uint32_t layer, llmp_block *out, size_t *out_count);

/** Finds the text part and the traits, reads all geometry into @p model. */
llmp_status llmp__hf_geometry(const llmp__node *root, const char *where, llmp__arena *arena,
                              llmp_model *model, llmp_error *error);

/** The quant a config states, in @p out; false when it states none. */
bool llmp__hf_quant_title(const llmp__node *root, char out[64]);
/** Format id of the checkpoint, or NULL. */
const char *llmp__hf_native_format(const llmp__node *root);

#endif
