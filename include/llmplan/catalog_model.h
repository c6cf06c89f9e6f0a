/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_model.h
 * @brief Catalog records for models: what a model is made of, layer by layer.
 *
 * A model is a list of *blocks* (one kind of attention, one kind of FFN, ...) and a *layer pattern*
 * that strings them together, so that any order of any kinds can be written down without a name or
 * a parameter count standing in for geometry:
 *
 *     blocks: [{id: swa, kind: attention, ...}, {id: full, kind: attention, ...}, {id: mlp, ...}]
 *     layers: "(swa+mlp*5 full+mlp)*10"
 *
 * Pattern grammar: items are separated by blanks; an item is a layer or a parenthesised pattern,
 * each optionally followed by "*COUNT"; a layer is one or more block ids joined by "+". "swa+mlp*5"
 * is five layers. The catalog expands it into llmp_layer entries.
 */
#ifndef LLMPLAN_CATALOG_MODEL_H
#define LLMPLAN_CATALOG_MODEL_H

#include <llmplan/catalog_record.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of block. An unknown kind in a file is refused by name. */
typedef enum llmp_block_kind {
    LLMP_BLOCK_ATTENTION = 0,      /**< softmax attention, MHA/GQA/MQA by heads and kv_heads */
    LLMP_BLOCK_MLA = 1,            /**< multi-head latent attention (DeepSeek-V2 and later) */
    LLMP_BLOCK_GATED_DELTANET = 2, /**< linear attention of Qwen3-Next/3.5 */
    LLMP_BLOCK_KDA = 3,            /**< Kimi delta attention */
    LLMP_BLOCK_MAMBA = 4,          /**< Mamba-1 selective state space */
    LLMP_BLOCK_MAMBA2 = 5,         /**< Mamba-2 */
    LLMP_BLOCK_LIGHTNING = 6,      /**< lightning (linear) attention of MiniMax-M1 */
    LLMP_BLOCK_SHORT_CONV = 7,     /**< gated short convolution (LFM2) */
    LLMP_BLOCK_RWKV = 8,           /**< RWKV time mix */
    LLMP_BLOCK_FFN = 9,            /**< dense feed-forward */
    LLMP_BLOCK_MOE = 10,           /**< routed experts, with or without shared ones */
    LLMP_BLOCK_KIND_COUNT = 11
} llmp_block_kind;

/** What is normalised in queries and keys before the dot product; parameters differ. */
typedef enum llmp_qk_norm {
    LLMP_QK_NORM_NONE = 0,
    LLMP_QK_NORM_HEAD = 1, /**< one vector of head_dim for Q, one for K */
    LLMP_QK_NORM_FULL = 2  /**< one vector of heads*head_dim for Q, kv_heads*head_dim for K */
} llmp_qk_norm;

/** Which past positions a layer attends to. */
typedef enum llmp_window_kind {
    LLMP_WINDOW_SLIDING = 0, /**< the last window_tokens positions */
    LLMP_WINDOW_CHUNKED = 1 /**< the positions since the last multiple of window_tokens (Llama 4) */
} llmp_window_kind;

/**
 * One kind of block. Members that its kind does not use are 0/false and absent (LLMP_HAS_BLOCK).
 * Counts are per layer; dims are in elements. h is the model's hidden_size. Documented defaults
 * (norms 1, head_dim_v as head_dim) are already filled in; such a member stays absent.
 *
 * What each kind reads, and the matrices it stands for (every kind also has `norms` vectors of h
 * and `other_params`):
 * - attention: heads, kv_heads, head_dim, head_dim_v: Q h x heads*head_dim (doubled by
 *   output_gate), K h x kv_heads*head_dim, V h x kv_heads*head_dim_v, output heads*head_dim_v x h.
 *   With index_heads also a sparse-attention indexer that projects from h. DeepSeek-V4 adds
 *   q_lora_rank, o_lora_rank with o_groups, single_kv and compress_ratio.
 * - mla: heads, q_lora_rank, kv_lora_rank, head_dim_nope, head_dim_rope, head_dim_v. index_topk
 *   without index_heads: the layer reuses the selection of an earlier layer's indexer.
 * - gated_deltanet: k_heads, v_heads, head_dim (keys), head_dim_v, conv_kernel.
 * - kda: heads, head_dim, conv_kernel, gate_rank.
 * - mamba: d_inner, d_state, dt_rank, conv_kernel. mamba2: the same with groups and with heads
 *   (state-space heads, d_inner / head width) instead of dt_rank. Both convolutions have a bias.
 * - lightning: heads, head_dim. short_conv: conv_kernel (width h). rwkv: heads, head_dim, of
 *   receptance, key, value and output (with output_gate, RWKV-5 and 6, a gate as large); low-rank
 *   projections and token-shift vectors are other_params, since engines never quantise them.
 * - ffn: ffn_size. moe: experts, experts_per_token, expert_ffn_size, shared_ffn_size, latent_size.
 */
typedef struct llmp_block {
    const char *id;
    llmp_block_kind kind;
    uint32_t norms; /**< vectors of hidden_size in this block (pre, post, sandwich); default 1 */

    /* softmax attention; heads and head dims also serve MLA, KDA, lightning */
    uint32_t heads;
    uint32_t kv_heads;
    uint32_t head_dim_k; /**< key (and query) head dim */
    uint32_t head_dim_v; /**< value head dim; defaults to head_dim_k */
    uint32_t window_tokens;
    llmp_window_kind window_kind;
    llmp_qk_norm qk_norm;
    bool shares_kv;           /**< reuses an earlier layer's KV: no cache of its own */
    bool omits_kv_projection; /**< shares_kv and the checkpoint holds no K/V projection either */
    bool k_equals_v; /**< one projection serves as K and V (Gemma 4 global layers); both are cached
                      */
    bool v_norm;     /**< a parameter-free or learned norm on V; learned: head_dim_v parameters */
    bool qkv_bias;
    bool output_bias;
    bool output_gate; /**< the query projection is doubled to carry an output gate (Qwen3-Next) */
    bool sinks;       /**< one learned sink per head (gpt-oss) */
    bool single_kv;   /**< one vector per position is key and value of all heads, cached once */
    uint32_t o_lora_rank;    /**< output projection through this rank per group; absent: direct */
    uint32_t o_groups;       /**< groups of heads in it */
    uint32_t compress_ratio; /**< positions pooled into one cache entry; the window stays raw */
    bool compress_overlap;   /**< pooling windows overlap by half: twice the projections */
    bool fused_qkv;          /**< engines store Q, K and V as one matrix (Phi-3) */

    /* multi-head latent attention */
    uint32_t q_lora_rank; /**< absent: queries are projected directly */
    uint32_t kv_lora_rank;
    uint32_t head_dim_nope;
    uint32_t head_dim_rope;
    uint32_t index_heads; /**< sparse-attention indexer (DSA); absent: dense attention */
    uint32_t index_head_dim;
    uint32_t index_topk; /**< positions attended after selection */

    /* linear attention and state space */
    uint32_t k_heads;
    uint32_t v_heads;
    uint32_t conv_kernel;
    uint32_t d_inner;
    uint32_t d_state;
    uint32_t groups;
    uint32_t dt_rank;
    bool no_state_norm;  /**< Mamba-2 without the gated norm of d_inner on its output (Falcon-H1) */
    bool full_rank_gate; /**< KDA's output gate is a full matrix (Kimi K3) */
    uint32_t gate_rank;  /**< low-rank gate projections (KDA); absent: head dim */

    /* feed-forward */
    uint32_t ffn_size;
    bool ungated;       /**< two matrices (up, down) instead of three (gate, up, down) */
    bool fused_gate_up; /**< engines store gate and up as one matrix (Phi-3, GLM-4) */
    bool ffn_bias;
    uint32_t experts;
    uint32_t experts_per_token;
    uint32_t expert_ffn_size;
    uint32_t shared_experts;
    uint32_t shared_ffn_size; /**< width of all shared experts together */
    bool shared_gate;         /**< a sigmoid gate vector on the shared expert (Qwen MoE) */
    bool router_bias;         /**< one bias per expert */
    uint32_t latent_size;     /**< experts work on a projection of this width (Nemotron 3 Super) */

    uint64_t other_params; /**< small 1-D parameters not covered above; `note` says which */
    const char *note;
    uint64_t present[2];
} llmp_block;

#define LLMP_LAYER_BLOCKS_MAX 4

/** One layer: indices into llmp_model.blocks, in the order of the pattern. */
typedef struct llmp_layer {
    uint8_t block_count;
    uint8_t blocks[LLMP_LAYER_BLOCKS_MAX];
} llmp_layer;

/** A model. Absent facts are told by LLMP_HAS_MODEL. Geometry of same_shape_as is filled in. */
typedef struct llmp_model {
    llmp_record head;
    const char *family;
    const char *architecture;  /**< GGUF `general.architecture`, when the model has one */
    const char *same_shape_as; /**< id of the model whose geometry this record shares, or NULL */
    uint32_t hidden_size;
    uint32_t vocab_size;
    bool tied_embeddings;
    bool output_head_bias;
    uint64_t max_context_tokens; /**< as published, without rope-scaling tricks */
    const char *native_format;   /**< id of the format the maker ships, such as bf16 */
    const char *layers_pattern;
    const llmp_block *blocks;
    size_t block_count;
    const llmp_layer *layers; /**< expanded from layers_pattern; 0 when geometry is unknown */
    size_t layer_count;

    uint32_t per_layer_embedding_size; /**< Gemma 3n/4 E-models: width per layer; else absent */
    uint32_t per_layer_embedding_vocab;
    uint32_t hyper_connections; /**< parallel residual streams (mHC); absent: one */
    uint32_t rope_factors;      /**< rotary scaling factors that GGUF files store; no parameters */
    uint32_t mtp_layers;        /**< multi-token-prediction layers in the checkpoint */
    uint64_t mtp_params;        /**< their parameters, where known */
    uint64_t vision_params;     /**< vision/audio towers and projectors, where known */
    uint64_t
        other_params; /**< model-level parameters outside blocks, embedding, head, final norm */
    uint64_t published_params;         /**< the count the maker or the checkpoint index states */
    uint64_t text_params;              /**< independent count of the text model, for checking */
    uint64_t active_params_stated;     /**< the maker's "A3B" figure */
    const char *published_params_note; /**< why published and text counts differ, if they do */
    const char *license;
    llmp_date release;
    const char *const *uses; /**< chat, code, reasoning, vision, embedding ... */
    size_t use_count;
    const char
        *missing; /**< for a partial record: what is not known, in words; NULL when complete */
} llmp_model;

#ifdef __cplusplus
}
#endif
#endif
