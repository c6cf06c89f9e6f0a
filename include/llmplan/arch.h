/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file arch.h
 * @brief A model and a quantisation as numbers: tensors, bytes, FLOP, cache and state per token.
 *
 * This stage knows nothing of devices. All counts are exact; the grade of an llmp_arch says whether
 * its weight bytes come from tensor headers (exact), from geometry and rules (exact for plain
 * types, derived for mixes), or from a published size.
 */
#ifndef LLMPLAN_ARCH_H
#define LLMPLAN_ARCH_H

#include <llmplan/catalog.h>
#include <llmplan/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLMP_NO_LAYER UINT32_MAX
#define LLMP_LAYERS_MAX 1024

/** One tensor. ne[0] is the row length (input features), ne[1] rows, ne[2] experts; unused are 1.
 */
typedef struct llmp_tensor {
    llmp_role role;
    uint32_t layer; /**< LLMP_NO_LAYER outside the layer stack */
    uint32_t dims;  /**< 1..4 */
    uint64_t ne[4];
    uint8_t block;      /**< index in llmp_model.blocks; 255 outside */
    const char *suffix; /**< GGUF name without "blk.N.": "attn_q.weight"; static or arena text */
    const llmp_format *format; /**< NULL until assigned */
    uint64_t bytes;            /**< 0 until assigned */
} llmp_tensor;

/** Kinds of work a layer does; profiles charge overhead by kind. */
typedef enum llmp_layer_work {
    LLMP_WORK_ATTENTION = 1u << 0,
    LLMP_WORK_MLA = 1u << 1,
    LLMP_WORK_RECURRENT = 1u << 2, /**< any linear attention, state space or convolution */
    LLMP_WORK_FFN = 1u << 3,
    LLMP_WORK_MOE = 1u << 4,
    LLMP_WORK_INDEXER = 1u << 5,
    LLMP_WORK_STATE_SPACE = 1u << 6 /**< a Mamba scan, one of LLMP_WORK_RECURRENT */
} llmp_layer_work;

/**
 * What one layer costs. Layers with equal members can be grouped. Weight bytes are of the formats
 * assigned; "read" means read in a decode step whatever the batch.
 */
typedef struct llmp_layer_cost {
    uint32_t work; /**< llmp_layer_work bits */

    uint64_t weight_bytes;       /**< everything the layer stores */
    uint64_t dense_read_bytes;   /**< attention, norms, dense FFN, router, shared experts */
    uint64_t expert_bytes;       /**< ONE routed expert (gate+up+down), 0 when dense */
    uint64_t expert_total_bytes; /**< all routed experts */
    uint32_t experts;
    uint32_t experts_per_token;
    double dense_weights;  /**< number of dense matmul weights: FLOP per token = 2 x this */
    double expert_weights; /**< of ONE routed expert */

    /* softmax attention and MLA cache, per cell (= per cached position and sequence) */
    uint64_t k_elements;            /**< cached key elements per position; MLA: latent + rope */
    uint64_t v_elements;            /**< 0 for absorbed MLA */
    uint64_t k_elements_unabsorbed; /**< MLA in engines that cache full keys; else = k_elements */
    uint64_t v_elements_unabsorbed;
    uint32_t window_tokens; /**< 0: all positions */
    llmp_window_kind window_kind;
    bool owns_kv; /**< false: reuses another layer's cache, but still reads it */
    uint32_t heads;
    uint32_t kv_heads;              /**< MLA: 1 (the latent is shared by all heads) */
    double attention_flop_per_pair; /**< FLOP per (query token, attended position), all heads */
    uint64_t index_bytes_per_token; /**< indexer key cache, per position */
    uint32_t index_topk;            /**< 0: dense */
    double index_flop_per_pair;

    /* recurrent state, per sequence */
    uint64_t conv_state_elements;
    uint64_t ssm_state_elements;
    double state_flop_per_token;
} llmp_layer_cost;

/** Matrices of a model by what they are multiplied with: every token, the tokens routed to them,
 * the tokens that are asked for an answer. */
typedef enum llmp_weight_part {
    LLMP_PART_DENSE = 0,   /**< of layers, routed experts left out */
    LLMP_PART_EXPERTS = 1, /**< routed experts */
    LLMP_PART_HEAD = 2,    /**< output head, or the embedding that serves as one */
    LLMP_PART_COUNT = 3
} llmp_weight_part;

#define LLMP_MIX_FORMATS_MAX 8

/** Weights by the format they are stored in; of more formats than there is room for the first. */
typedef struct llmp_format_mix {
    uint32_t count;
    const llmp_format *formats[LLMP_MIX_FORMATS_MAX];
    double weights[LLMP_MIX_FORMATS_MAX];
} llmp_format_mix;

/** Totals. */
typedef struct llmp_arch_summary {
    uint32_t struct_size;
    uint32_t layer_count;
    uint32_t hidden_size;
    uint32_t vocab_size;
    uint32_t heads_max; /**< largest query-head count of any layer */
    uint32_t ffn_max;   /**< widest activation of any FFN: dense width, or routed+shared */
    bool tied_embeddings;
    uint64_t max_context_tokens; /**< 0 with max_context_known false: unknown */
    bool max_context_known;
    uint64_t params;                    /**< text model: layers, embeddings, head, final norm */
    uint64_t active_params;             /**< touched per token: no embedding table, head included */
    uint64_t weight_bytes;              /**< all tensors of the text model */
    uint64_t layer_weight_bytes;        /**< inside the layer stack */
    uint64_t embedding_bytes;           /**< token embedding; 0 when tied (counted as head) */
    uint64_t head_bytes;                /**< output head (the shared table when tied) */
    uint64_t per_layer_embedding_bytes; /**< row-gathered: stored, hardly read */
    uint64_t other_bytes;  /**< final norm and model-level projections, read every step */
    uint64_t vision_bytes; /**< vision/audio towers at 16 bit, not in weight_bytes */
    bool vision_known;     /**< false: the model has one of unknown size, or none */
    uint64_t mtp_bytes;    /**< MTP layers, not in weight_bytes */
    double head_weights;
    double bits_per_weight; /**< 8 * weight_bytes / params */
    llmp_grade weights_grade;
    llmp_compute layer_compute;     /**< type that most layer weights multiply in (by weights) */
    const llmp_format *main_format; /**< format holding most layer weights */
    llmp_format_mix mixes[LLMP_PART_COUNT];
} llmp_arch_summary;

#define LLMP_ARCH_SUMMARY_INIT                   \
    {                                            \
        .struct_size = sizeof(llmp_arch_summary) \
    }

/** Owner of the tensors of a model under a quantisation. Immutable after creation; thread-safe. */
typedef struct llmp_arch llmp_arch;

/** How to build. */
typedef struct llmp_arch_options {
    uint32_t struct_size;
    bool imatrix; /**< the file was made with an importance matrix (most published ones are) */
    uint64_t weight_bytes; /**< size of the text model as known to the caller; 0: computed */
} llmp_arch_options;

#define LLMP_ARCH_OPTIONS_INIT             \
    {                                      \
        sizeof(llmp_arch_options), true, 0 \
    }

/**
 * Builds the inventory of @p model under @p quant.
 * @param options  NULL for defaults
 * @return LLMP_E_NO_DATA: the model's geometry is unknown (the message says what is missing), or
 * the quant is a recipe without a known size for this model; LLMP_E_UNSUPPORTED: a block kind with
 *         no inventory; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_arch_create(const llmp_catalog *catalog,
                                                     const llmp_model *model,
                                                     const llmp_quant *quant,
                                                     const llmp_arch_options *options,
                                                     llmp_arch **out, llmp_error *error);

/**
 * Builds from a tensor list read from a file: types and bytes are the file's, geometry the model's.
 * @param tensors  copied; role OTHER where the name was not recognised
 * @return LLMP_E_ARGUMENT, LLMP_E_NO_DATA, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_arch_create_from_tensors(
    const llmp_catalog *catalog, const llmp_model *model, const llmp_tensor *tensors,
    size_t tensor_count, const char *title, llmp_arch **out, llmp_error *error);

/** Frees; sets *arch to NULL; accepts NULL. */
LLMP_API void llmp_arch_destroy(llmp_arch **arch);

LLMP_API const llmp_model *llmp_arch_model(const llmp_arch *arch);
/** NULL when built from a file. */
LLMP_API const llmp_quant *llmp_arch_quant(const llmp_arch *arch);
/** The quant's id, or the title given with the file. Never NULL. */
LLMP_API const char *llmp_arch_quant_title(const llmp_arch *arch);
LLMP_API const llmp_arch_summary *llmp_arch_summary_of(const llmp_arch *arch);
/** Cost of layer i; NULL when out of range. */
LLMP_API const llmp_layer_cost *llmp_arch_layer(const llmp_arch *arch, uint32_t i);
LLMP_API size_t llmp_arch_tensor_count(const llmp_arch *arch);
LLMP_API const llmp_tensor *llmp_arch_tensor(const llmp_arch *arch, size_t i);
/** Writes the GGUF name of a tensor, "blk.3.attn_q.weight". Returns as snprintf. */
LLMP_API int llmp_tensor_name(const llmp_tensor *tensor, char *out, size_t out_size);

/** Bytes of one row-major tensor in a format, blocks and extras included. */
LLMP_API uint64_t llmp_format_bytes(const llmp_format *format, const uint64_t ne[4]);

/** Bytes of @p elements cached values per position in a KV cache format. */
LLMP_API double llmp_format_bytes_per_element(const llmp_format *format);

/** Emits the derivation of the totals. */
LLMP_API void llmp_arch_explain(const llmp_arch *arch, const llmp_trace *trace);

#ifdef __cplusplus
}
#endif
#endif
