/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_quant.h
 * @brief Catalog records for quantisation: block formats, and the rules that give each tensor one.
 */
#ifndef LLMPLAN_CATALOG_QUANT_H
#define LLMPLAN_CATALOG_QUANT_H

#include <llmplan/catalog_record.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_format_family {
    LLMP_FAMILY_FLOAT = 0, /**< F32, F16, BF16: every engine */
    LLMP_FAMILY_GGML = 1,
    LLMP_FAMILY_IK = 2, /**< ik_llama.cpp only */
    LLMP_FAMILY_GPTQ = 3,
    LLMP_FAMILY_AWQ = 4,
    LLMP_FAMILY_COMPRESSED = 5, /**< compressed-tensors integer weights */
    LLMP_FAMILY_FP8 = 6,
    LLMP_FAMILY_NVFP4 = 7,
    LLMP_FAMILY_MXFP4 = 8,
    LLMP_FAMILY_MLX = 9,
    LLMP_FAMILY_EXL3 = 10,
    LLMP_FAMILY_BNB = 11,
    LLMP_FAMILY_COUNT = 12
} llmp_format_family;

/** Number types a matrix unit multiplies in; used for efficiency and for the compute ceiling. */
typedef enum llmp_compute {
    LLMP_COMPUTE_FP32 = 0,
    LLMP_COMPUTE_FP16 = 1,
    LLMP_COMPUTE_BF16 = 2,
    LLMP_COMPUTE_FP8 = 3,
    LLMP_COMPUTE_FP4 = 4,
    LLMP_COMPUTE_INT8 = 5,
    LLMP_COMPUTE_INT4 = 6,
    LLMP_COMPUTE_COUNT = 7
} llmp_compute;

/**
 * How a row of weights is laid out: ceil(row/block_weights) * block_bytes + row_bytes. For tiled
 * scales (FP8 128x128) block_rows > 1 and the tile is block_weights x block_rows.
 */
typedef struct llmp_format {
    llmp_record head;
    llmp_format_family family;
    uint32_t block_weights; /**< weights in one block, along the row */
    uint32_t block_rows;    /**< rows a block spans; default 1 */
    uint32_t block_bytes;
    uint32_t scale_bytes;        /**< part of a block that a partial block stores in full */
    uint32_t row_bytes;          /**< extra bytes per row (ik per-row scales) */
    uint32_t column_bytes;       /**< extra bytes per input column (EXL3 suh) */
    double bits_per_weight;      /**< stated; the build checks it against the block */
    int32_t ggml_type;           /**< id in GGUF files, where it has one */
    const char *fallback;        /**< format for rows that no whole number of blocks fills */
    llmp_compute native_compute; /**< type the kernels multiply in where the device has it */
    const llmp_compute *kernel_computes; /**< every type a kernel for it may use, for the ceiling */
    size_t kernel_compute_count;
    bool kv_cache; /**< engines offer it as a KV cache type */
} llmp_format;

/**
 * What a tensor does. The rules of a quant select on it; GGUF and safetensors names map to it.
 */
typedef enum llmp_role {
    LLMP_ROLE_TOKEN_EMBEDDING = 0,
    LLMP_ROLE_OUTPUT_HEAD = 1,
    LLMP_ROLE_PER_LAYER_EMBEDDING = 2,
    LLMP_ROLE_NORM = 3, /**< any 1-D parameter that engines keep in F32: norms, biases, gates */
    LLMP_ROLE_BIAS = 4,
    LLMP_ROLE_ATTENTION_Q = 5,
    LLMP_ROLE_ATTENTION_K = 6,
    LLMP_ROLE_ATTENTION_V = 7,
    LLMP_ROLE_ATTENTION_QKV = 8, /**< fused */
    LLMP_ROLE_ATTENTION_OUTPUT = 9,
    LLMP_ROLE_ATTENTION_GATE = 10,
    LLMP_ROLE_MLA_Q_A = 11,
    LLMP_ROLE_MLA_Q_B = 12,
    LLMP_ROLE_MLA_KV_A = 13,
    LLMP_ROLE_MLA_KV_B = 14, /**< not absorbed */
    LLMP_ROLE_MLA_K_B = 15,
    LLMP_ROLE_MLA_V_B = 16,
    LLMP_ROLE_INDEXER = 17,
    LLMP_ROLE_FFN_GATE = 18,
    LLMP_ROLE_FFN_UP = 19,
    LLMP_ROLE_FFN_DOWN = 20,
    LLMP_ROLE_ROUTER = 21,
    LLMP_ROLE_EXPERT_GATE = 22, /**< stacked experts: third dimension = experts */
    LLMP_ROLE_EXPERT_UP = 23,
    LLMP_ROLE_EXPERT_DOWN = 24,
    LLMP_ROLE_SHARED_GATE = 25,
    LLMP_ROLE_SHARED_UP = 26,
    LLMP_ROLE_SHARED_DOWN = 27,
    LLMP_ROLE_SSM_IN = 28,
    LLMP_ROLE_SSM_OUT = 29,
    LLMP_ROLE_SSM_CONV = 30,
    LLMP_ROLE_SSM_OTHER = 31,  /**< small projections (x, dt, beta/alpha) with two dimensions */
    LLMP_ROLE_PROJECTION = 32, /**< any other matrix (latent projections, laurel, altup, ...) */
    LLMP_ROLE_VISION = 33,
    LLMP_ROLE_MTP = 34,
    LLMP_ROLE_OTHER = 35,
    LLMP_ROLE_COUNT = 36
} llmp_role;

/** Which of a tensor's layers a rule covers; i is its index as llama.cpp counts, n the layer count.
 */
typedef enum llmp_layer_range {
    LLMP_LAYERS_ALL = 0,
    LLMP_LAYERS_MORE_BITS = 1,       /**< i < n/8, or i >= 7n/8, or (i - n/8) mod 3 == 2 */
    LLMP_LAYERS_FIRST_EIGHTH = 2,    /**< i < n/8 */
    LLMP_LAYERS_FIRST_SIXTEENTH = 3, /**< i < n/16 */
    LLMP_LAYERS_FIRST_2 = 4,
    LLMP_LAYERS_FIRST_4 = 5,
    LLMP_LAYERS_MIDDLE = 6, /**< n/8 <= i < 7n/8 */
    LLMP_LAYERS_COUNT = 7
} llmp_layer_range;

/** One rule. Conditions that are absent hold always; of the rules that match, the last wins. */
typedef struct llmp_quant_rule {
    const llmp_role *roles;
    size_t role_count;
    const char *format; /**< format id */
    llmp_layer_range layers;
    uint32_t gqa_min;       /**< heads/kv_heads at least */
    uint32_t experts_equal; /**< exactly so many experts */
    uint32_t experts_min;
    uint32_t dims;            /**< tensor has exactly so many dimensions */
    bool running;             /**< `layers` counts tensors as they come, shared experts included */
    bool misaligned_only;     /**< only where blocks of the base format do not fill the rows */
    bool tied_only;           /**< only when the embedding is also the output head */
    bool llama_70b;           /**< only for what llama.cpp types as 70B (80 layers, llama, GQA 8) */
    const char *architecture; /**< only for this GGUF architecture */
    const char *when_format;  /**< only if the rules so far gave this format */
    bool without_imatrix;     /**< only for files made without an importance matrix */
    bool with_imatrix;
    uint64_t present[2];
} llmp_quant_rule;

/** A known size of a recipe that rules cannot predict (Unsloth UD). */
typedef struct llmp_quant_size {
    const char *model; /**< model id */
    uint64_t weight_bytes;
    bool with_mtp; /**< the file holds the multi-token-prediction layers and the size counts them */
    llmp_date as_of;
    const char *source;
    uint64_t present[2];
} llmp_quant_size;

/** A published quality figure. */
typedef struct llmp_quality {
    const char *metric; /**< "perplexity-increase-ratio", "kl-divergence" */
    const char *model;
    double value_ratio;
    llmp_date as_of;
    const char *source;
    uint64_t present[2];
} llmp_quality;

/** A quantisation as users name it. */
typedef struct llmp_quant {
    llmp_record head;
    llmp_format_family family;
    const char *base_format; /**< format id of every matrix no rule covers */
    const char
        *unquantized_format; /**< format id of what is left alone (norms, routers); f32, bf16 */
    const llmp_quant_rule *rules;
    size_t rule_count;
    bool common;     /**< published for most models: suggested, and tried first */
    bool own_recipe; /**< tensor types are not predictable: only `sizes` or a file can tell */
    const llmp_quant_size *sizes;
    size_t size_count;
    double nominal_bits_per_weight; /**< for ranking and speed when own_recipe */
    const llmp_quality *qualities;
    size_t quality_count;
} llmp_quant;

#ifdef __cplusplus
}
#endif
#endif
