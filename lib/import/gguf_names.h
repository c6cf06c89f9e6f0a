/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file gguf_names.h
 * @brief What the tensors of a GGUF file are, by name. One table; the rest looks at slots.
 */
#ifndef LLMP_IMPORT_GGUF_NAMES_H
#define LLMP_IMPORT_GGUF_NAMES_H

#include <llmplan/arch.h>

/** Tensors that geometry is read from; others only have a role. */
typedef enum llmp__slot {
    SLOT_NONE = 0, /* known, but covered by no block: counted as other parameters */
    SLOT_COVERED,  /* follows from the geometry of its block */
    SLOT_MIXER_NORM,
    SLOT_POST_MIXER_NORM,
    SLOT_FFN_NORM,
    SLOT_POST_FFN_NORM,
    SLOT_MOE_NORM, /* of the routed experts beside a dense feed-forward */
    SLOT_Q,
    SLOT_K,
    SLOT_V,
    SLOT_QKV,
    SLOT_OUTPUT,
    SLOT_Q_BIAS,
    SLOT_K_BIAS,
    SLOT_V_BIAS,
    SLOT_QKV_BIAS,
    SLOT_OUTPUT_BIAS,
    SLOT_Q_NORM,
    SLOT_K_NORM,
    SLOT_V_NORM,
    SLOT_SINKS,
    SLOT_GATE,
    SLOT_Q_A,
    SLOT_Q_B,
    SLOT_KV_A,
    SLOT_KV_A_NORM,
    SLOT_KV_B,
    SLOT_K_B,
    SLOT_V_B,
    SLOT_INDEX_Q_B,
    SLOT_INDEX_K,
    SLOT_INDEX_APE,
    SLOT_SINGLE_KV, /* DeepSeek-V4 */
    SLOT_OUTPUT_A,
    SLOT_OUTPUT_B,
    SLOT_COMPRESS_APE,
    SLOT_FFN_GATE,
    SLOT_FFN_UP,
    SLOT_FFN_DOWN,
    SLOT_FFN_BIAS,
    SLOT_ROUTER,
    SLOT_ROUTER_BIAS,
    SLOT_EXPERT_GATE,
    SLOT_EXPERT_UP,
    SLOT_EXPERT_GATE_UP,
    SLOT_EXPERT_DOWN,
    SLOT_EXPERT_BIAS,
    SLOT_SPLIT_GATE, /* one tensor per expert, as files of early 2024 have it */
    SLOT_SPLIT_UP,
    SLOT_SPLIT_DOWN,
    SLOT_LATENT,
    SLOT_SHARED_GATE,
    SLOT_SHARED_UP,
    SLOT_SHARED_DOWN,
    SLOT_SHARED_SIGMOID,
    SLOT_SSM_IN,
    SLOT_SSM_CONV,
    SLOT_SSM_X,
    SLOT_SSM_BA, /* beta and alpha of gated DeltaNet, joined or not */
    SLOT_SSM_NORM,
    SLOT_SSM_OUT,
    SLOT_KDA_CONV,
    SLOT_KDA_GATE,
    SLOT_SHORT_CONV,
    SLOT_TIME_MIX,
    SLOT_LAYER_INPUT_GATE,
    SLOT_MTP,
    SLOT_TOKEN_EMBEDDING,
    SLOT_HEAD,
    SLOT_HEAD_BIAS,
    SLOT_OUTPUT_NORM,
    SLOT_LAYER_EMBEDDING,
    SLOT_HYPER_BASE,
    SLOT_TABLE, /* constants, not parameters: RoPE factors */
    SLOT_COUNT
} llmp__slot;

typedef struct llmp__gguf_name {
    const char *suffix; /* without "blk.N." */
    llmp_role role;
    llmp__slot slot;
} llmp__gguf_name;

/** Sorted by suffix. */
extern const llmp__gguf_name llmp__gguf_names[];
extern const size_t llmp__gguf_name_count;

/** What a tensor with that suffix is, or NULL. */
const llmp__gguf_name *llmp__gguf_name_find(const char *suffix);

/**
 * Splits "blk.12.attn_q.weight" into 12 and "attn_q.weight"; any other name is its own suffix, with
 * layer LLMP_NO_LAYER.
 */
const char *llmp__gguf_name_split(const char *name, uint32_t *out_layer);

/** Splits "ffn_up.7.weight" (one expert) and gives what "ffn_up_exps.weight" would be, or NULL. */
const llmp__gguf_name *llmp__gguf_name_expert(const char *suffix);

#endif
