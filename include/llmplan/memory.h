/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file memory.h
 * @brief What a model takes on an engine, where it goes, and what would still fit.
 *
 * "Does not fit" is an answer: these functions return LLMP_OK with a verdict. Nothing here
 * allocates; all functions are thread-safe on distinct outputs.
 */
#ifndef LLMPLAN_MEMORY_H
#define LLMPLAN_MEMORY_H

#include <llmplan/arch.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_verdict {
    LLMP_VERDICT_FITS = 0,
    LLMP_VERDICT_RUNS_SLOWLY = 1, /**< only with layers or experts on the CPU, or from disk */
    LLMP_VERDICT_CANNOT_RUN = 2   /**< missing_bytes says how much memory is missing */
} llmp_verdict;

/** "fits", "runs slowly", "cannot run". Never NULL. */
LLMP_API const char *llmp_verdict_name(llmp_verdict verdict);

typedef enum llmp_placement {
    LLMP_PLACE_AUTO = 0,            /**< the first of the following that fits; paged engines try
                                         tensor parallelism before the layer split */
    LLMP_PLACE_DEVICE = 1,          /**< everything on one device */
    LLMP_PLACE_LAYER_SPLIT = 2,     /**< whole layers over several devices, by free memory */
    LLMP_PLACE_TENSOR_PARALLEL = 3, /**< every layer over all devices */
    LLMP_PLACE_EXPERT_OFFLOAD = 4,  /**< routed experts of some layers on the host */
    LLMP_PLACE_LAYER_OFFLOAD = 5,   /**< whole layers on the host */
    LLMP_PLACE_CPU = 6,             /**< everything on the host */
    LLMP_PLACE_DISK = 7             /**< weights mapped from disk, more than host memory holds */
} llmp_placement;

/** "device", "layer split", ... Never NULL. */
LLMP_API const char *llmp_placement_name(llmp_placement placement);

typedef enum llmp_choice {
    LLMP_CHOICE_DEFAULT = 0,
    LLMP_CHOICE_OFF = 1,
    LLMP_CHOICE_ON = 2
} llmp_choice;

/** Context of a question that names none: what people use, not what a model could hold. */
#define LLMP_CONTEXT_DEFAULT_TOKENS 8192

/** What is asked of the engine. Zero and NULL members mean the engine's own default. */
typedef struct llmp_memory_options {
    uint32_t struct_size;
    uint64_t context_tokens; /**< per sequence; 1 .. 2^32; 0: LLMP_CONTEXT_DEFAULT_TOKENS, or what
                                the model was made for where that is less */
    uint32_t parallel;       /**< sequences kept at once; 1 .. 65536 */
    uint32_t ubatch_tokens;  /**< physical prefill batch */
    uint32_t batch_tokens;   /**< logical batch, max batched tokens */
    const llmp_format *kv_k_format;
    const llmp_format *kv_v_format;
    llmp_choice flash_attention;
    bool kv_split;    /**< llama.cpp: one KV stream per sequence instead of a unified one */
    bool window_full; /**< llama.cpp --swa-full */
    bool no_mmap;
    bool with_vision;            /**< count vision and audio towers */
    bool with_mtp;               /**< count MTP layers (needed for self-speculation) */
    uint64_t adapter_bytes;      /**< LoRA adapters, spread over the layers */
    uint64_t reserve_bytes;      /**< taken by a display or other programs, per device */
    uint64_t host_reserve_bytes; /**< operating system and other programs; 0: an eighth of host
                                      memory, at most 2 GiB */
    double utilization_ratio;    /**< paged engines; 0: the engine's default */
    llmp_placement placement;
    int32_t gpu_layers;        /**< layers on devices; -1: as many as fit */
    int32_t cpu_expert_layers; /**< the first so many layers' experts go to the host, as
                                    llama.cpp's --n-cpu-moe; -1: as few as needed */
    uint32_t state_copies;  /**< further recurrent states per sequence, for undoing speculation */
    uint32_t output_tokens; /**< tokens of a micro-batch that yield logits; 0: all of them, what
                                 llama.cpp reserves for; a server on a late build: parallel */
    bool known_to_run;      /**< it was measured: a stated placement is taken as it is, devices
                                 share it evenly, and neither memory nor what the catalog says of
                                 the engine is held against it */
    uint64_t beside_bytes;  /**< held on each device by other models: off what the engine may
                                 claim there, where reserve_bytes is off the whole device */
    uint64_t beside_host_bytes; /**< the same of the host */
} llmp_memory_options;

#define LLMP_MEMORY_OPTIONS_INIT                                                                \
    {                                                                                           \
        sizeof(llmp_memory_options), 0, 1, 0, 0, NULL, NULL, LLMP_CHOICE_DEFAULT, false, false, \
            false, false, false, 0, 0, 0, 0.0, LLMP_PLACE_AUTO, -1, -1, 0, 0, false, 0, 0       \
    }

/** Memory by part. */
typedef struct llmp_memory_parts {
    uint64_t weights_bytes;
    uint64_t kv_bytes;
    uint64_t state_bytes;   /**< recurrent state */
    uint64_t compute_bytes; /**< activations, logits, graphs */
    uint64_t runtime_bytes; /**< driver context, libraries, communication buffers */
    uint64_t total_bytes;
} llmp_memory_parts;

/** One device's (or the host's) share of the plan. */
typedef struct llmp_memory_share {
    const llmp_device *device; /**< NULL: the host */
    bool is_host;
    llmp_memory_parts parts;
    uint64_t available_bytes; /**< what the device can really give a model */
    uint32_t first_layer;
    uint32_t layer_count;        /**< layers computed here (all of them under tensor parallelism) */
    uint32_t expert_layer_count; /**< host: layers whose experts live here */
    double tensor_share_ratio;   /**< share of each layer: 1, or 1/n under tensor parallelism */
} llmp_memory_share;

/**
 * The plan. On CANNOT_RUN the shares show the attempt that misses least. Only the first share_count
 * shares are set.
 */
typedef struct llmp_memory_result {
    uint32_t struct_size;
    llmp_verdict verdict;
    llmp_placement placement;
    uint32_t share_count; /**< devices used, then the host if it holds anything */
    llmp_memory_share shares[LLMP_MACHINE_DEVICES_MAX + 1];
    llmp_memory_parts total;  /**< sum of all shares, the host's included */
    uint64_t host_bytes;      /**< of the total, what lies in host memory */
    uint64_t available_bytes; /**< over the devices used; with the host when layers or experts live
                                   there. A host that only looks up embeddings is not counted. */
    uint64_t headroom_bytes;  /**< left of that; 0 when it cannot run */
    uint64_t missing_bytes;   /**< 0 unless it cannot run */
    uint64_t context_tokens;  /**< per sequence, as the engine rounds it */
    uint64_t window_cells;    /**< cells of a sliding-window layer; 0 when there are none */
    uint32_t gpu_layers;      /**< llama.cpp's -ngl counts the output as one more */
    uint32_t cpu_expert_layers;  /**< value of --n-cpu-moe */
    uint32_t tensor_parallel;    /**< 1 unless TENSOR_PARALLEL */
    uint64_t kv_capacity_tokens; /**< paged engines: tokens the KV pool holds at this context */
    uint64_t repacked_bytes; /**< weights that a CPU engine keeps in a layout of its own beside the
                                  mapped file: the file's pages stay resident as well until the
                                  system needs them, so they are in no sum and no verdict */
    bool disk_streamed;
    uint64_t disk_bytes; /**< read from disk again for every token, when disk_streamed */
    llmp_grade grade;    /**< worst of the parts; weights and KV are better than it */
    char reason[160];    /**< why this placement, or what stands in the way */
} llmp_memory_result;

#define LLMP_CACHE_KINDS_MAX 16

/** Layers whose caches are alike. */
typedef struct llmp_cache_kind {
    double cell_bytes;       /**< one layer; 0 when it owns no cache */
    double index_cell_bytes; /**< sparse-attention indexer */
    uint32_t window_tokens;  /**< 0: keeps every position (also where the engine ignores the
                                  window) */
    uint32_t heads;          /**< query heads */
    uint32_t shards_max;     /**< devices the cache divides over: KV heads, 1 for MLA */
    uint64_t state_bytes;    /**< recurrent state of one sequence, one layer */
} llmp_cache_kind;

/**
 * Model, machine, engine and options reduced to the numbers the solvers need. Prepare once,
 * evaluate for many contexts and batches. Borrows its inputs: they must outlive it.
 */
typedef struct llmp_memory_model {
    uint32_t struct_size;
    const llmp_arch *arch;
    const llmp_machine *machine;
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_memory_options options;
    const llmp_format *kv_k_format;
    const llmp_format *kv_v_format;
    bool flash_attention;
    uint32_t ubatch_tokens;
    uint32_t batch_tokens;
    double k_bytes_per_element;
    double v_bytes_per_element;
    const char *warning; /**< what the engine does instead (FP8 weights on a device without FP8), or
                              NULL; static text */

    uint64_t device_available_bytes[LLMP_MACHINE_DEVICES_MAX];
    uint64_t device_pool_bytes[LLMP_MACHINE_DEVICES_MAX];   /**< unified memory: device and host
                                                                 together; else 0 */
    uint64_t device_margin_bytes[LLMP_MACHINE_DEVICES_MAX]; /**< left free when the engine decides
                                                                 what to offload */
    uint32_t split_first[LLMP_MACHINE_DEVICES_MAX + 1];     /**< layer split by available memory */
    bool host_known;
    bool host_shared; /**< host memory is the first device's */
    bool cpu_only;    /**< the machine has no accelerator this backend uses */
    uint64_t host_available_bytes;

    /* the model; layer i's bytes are prefix[i+1] - prefix[i] */
    uint32_t layer_count;
    uint32_t moe_layer_count;
    uint64_t weight_prefix_bytes[LLMP_LAYERS_MAX + 1];
    uint64_t expert_prefix_bytes[LLMP_LAYERS_MAX + 1];
    uint64_t head_bytes;           /**< output head, final norm and the like */
    uint64_t embedding_bytes;      /**< row-gathered tables */
    uint64_t embedding_copy_bytes; /**< tied table kept a second time on the host */
    uint64_t vision_bytes;
    uint64_t mtp_bytes;
    uint64_t staging_bytes;       /**< largest expert matrix copied to a device at prefill */
    uint64_t active_weight_bytes; /**< weights a decode step reads */
    uint64_t repacked_bytes;      /**< of them what is kept a second time; see the result */
    uint32_t hidden_size;
    uint32_t vocab_size;
    uint32_t ffn_max;
    uint32_t heads_max;
    uint64_t query_elements_max;
    uint64_t max_context_tokens; /**< 0: unknown */
    uint32_t tensor_parallel;    /**< devices a tensor split may use here; 1: none */
    llmp_grade weights_grade;

    uint32_t kind_count;
    llmp_cache_kind kinds[LLMP_CACHE_KINDS_MAX];
    uint16_t kind_prefix[LLMP_CACHE_KINDS_MAX][LLMP_LAYERS_MAX + 1]; /**< layers of a kind before
                                                                          i */
} llmp_memory_model;

/**
 * Prepares.
 * @param catalog  resolves the engine's default KV cache type
 *
 * What a device can give is the driver's figure where known, else the marketed one; less what the
 * catalog says a model may not take (Metal's working set, GTT limits), less the reserve. A paged
 * engine claims its utilization of that. The margin of a backend (llama.cpp's --fit leaves 1 GiB)
 * is kept free only where the engine itself decides what to offload: a plan that fits without it
 * does run, so it is no part of the need.
 * Unified memory is one pool: the device's share and the host's share must fit it together.
 *
 * Formats wider than the device computes in (FP8 on Ampere) are no obstacle: engines unpack them;
 * `warning` says so.
 * @return LLMP_E_ARGUMENT (NULL, struct_size 0), LLMP_E_RANGE (context, parallel, ratio, layers;
 *         also a KV type that is no cache type of the engine), LLMP_E_IMPOSSIBLE (the engine cannot
 *         run this quant, device or placement; the hint says what can), LLMP_E_LIMIT (more than
 *         LLMP_CACHE_KINDS_MAX kinds of cache or LLMP_LAYERS_MAX layers), LLMP_E_NO_DATA (the
 *         capacity of a device, or of the host where the placement needs it, is unknown)
 */
LLMP_API LLMP_NODISCARD llmp_status
llmp_memory_prepare(const llmp_catalog *catalog, const llmp_arch *arch, const llmp_machine *machine,
                    const llmp_engine *engine, const llmp_backend *backend,
                    const llmp_memory_options *options, llmp_memory_model *out, llmp_error *error);

/**
 * Footprint and placement for @p context_tokens per sequence and @p parallel sequences (the
 * prepared options' own when 0).
 * @param trace  may be NULL
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_memory_plan(const llmp_memory_model *model,
                                                     uint64_t context_tokens, uint32_t parallel,
                                                     const llmp_trace *trace,
                                                     llmp_memory_result *out, llmp_error *error);

/**
 * Bytes of the KV cache of the whole model, as the engine rounds it; excludes recurrent state.
 * MHA/GQA: sum over layers of cells * (k_elements * b_k + v_elements * b_v); window layers have
 * fewer cells.
 */
LLMP_API uint64_t llmp_memory_kv_bytes(const llmp_memory_model *model, uint64_t context_tokens,
                                       uint32_t parallel);

/**
 * Largest context per sequence (a multiple of the engine's padding, at most the model's maximum
 * when known) whose verdict is no worse than @p worst; 0 when not even one token fits.
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_memory_largest_context(const llmp_memory_model *model,
                                                                uint32_t parallel,
                                                                llmp_verdict worst,
                                                                uint64_t *out_tokens,
                                                                llmp_error *error);

/** Largest number of sequences of @p context_tokens each; 0 when not even one fits. */
LLMP_API LLMP_NODISCARD llmp_status llmp_memory_largest_parallel(const llmp_memory_model *model,
                                                                 uint64_t context_tokens,
                                                                 llmp_verdict worst,
                                                                 uint32_t *out_parallel,
                                                                 llmp_error *error);

/** How a machine's devices hold a model with nothing on the host: alone, else layers shared out,
 * else, where the @p engine (NULL: any) knows no other way, a share of every layer. */
LLMP_API llmp_placement llmp_placement_of_devices(const llmp_machine *machine,
                                                  const llmp_engine *engine);

/** Whether an engine can do what options state, whatever the model: the placement, layers and
 * experts on the host, the types of the cache. False when either is NULL. */
LLMP_API bool llmp_engine_takes(const llmp_engine *engine, const llmp_memory_options *options);

/** Finds how an engine runs on a machine's devices: the first of its backends that can, or @p id,
 * which may also be one of the host's processor. */
LLMP_API LLMP_NODISCARD llmp_status llmp_backend_for(const llmp_engine *engine,
                                                     const llmp_machine *machine, const char *id,
                                                     const llmp_backend **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
