/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_engine.h
 * @brief Catalog records for inference engines: what they run, how they spend memory, how fast.
 */
#ifndef LLMPLAN_CATALOG_ENGINE_H
#define LLMPLAN_CATALOG_ENGINE_H

#include <llmplan/catalog_device.h>
#include <llmplan/catalog_quant.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How an engine lays out memory; each policy is one named strategy in the memory stage. */
typedef enum llmp_memory_policy {
    LLMP_POLICY_LLAMA_CPP = 0, /**< preallocated cells, padded context, reserved worst-case graph */
    LLMP_POLICY_PAGED = 1,     /**< a fraction of the device, pages (vLLM, SGLang, TensorRT-LLM) */
    LLMP_POLICY_MLX = 2,       /**< grows on demand under a wired limit */
    LLMP_POLICY_STATIC = 3,    /**< preallocated, unpadded (ExLlamaV3) */
    LLMP_POLICY_COUNT = 4
} llmp_memory_policy;

/** Where an engine can run: one build or driver of it. */
typedef struct llmp_backend {
    const char *id;   /**< cuda, metal, rocm, vulkan, cpu, tpu, ... */
    const char *name; /**< as users and result tables write it: "CUDA" */
    const llmp_vendor *vendors;
    size_t vendor_count;
    const llmp_device_kind *kinds; /**< device kinds it runs on */
    size_t kind_count;
    uint64_t runtime_bytes; /**< per device: context, kernels, library workspaces */
    uint64_t runtime_host_bytes;
    double margin_ratio; /**< share of the device the engine leaves free, absent: margin_bytes */
    uint64_t margin_bytes;
    const char *const
        *repacked_formats; /**< formats it keeps a second time in a layout of its own */
    size_t repacked_format_count;
    uint32_t repacked_rows; /**< only matrices whose rows are a multiple of so many */
    uint32_t priority;      /**< lower is preferred when the user names none */
    const char *note;
    uint64_t present[2];
} llmp_backend;

/** An inference engine. */
typedef struct llmp_engine {
    llmp_record head;
    llmp_memory_policy policy;
    const llmp_format_family *families; /**< formats it loads */
    size_t family_count;
    const llmp_backend *backends;
    size_t backend_count;
    uint32_t context_pad_tokens; /**< context is rounded up to a multiple */
    uint32_t ubatch_tokens;      /**< default physical batch of prefill */
    uint32_t batch_tokens;       /**< default logical batch / max batched tokens */
    uint32_t block_tokens;       /**< KV page, paged policy */
    double utilization_ratio;    /**< share of the device it claims, paged policy */
    bool flash_attention;        /**< default */
    bool window_cache;           /**< sliding-window layers keep only the window */
    bool layer_split;
    bool tensor_parallel;
    bool cpu_offload; /**< whole layers on the CPU */
    bool expert_offload;
    bool mla_absorbed;                /**< caches the latent only */
    uint32_t state_bytes_per_element; /**< recurrent state type; llama.cpp F32: 4 */
    uint32_t conv_state_bytes_per_element;
    double
        activation_bytes_per_batch_token; /**< paged policy: peak activation per token and width */
    uint32_t sampler_bytes_per_logit;     /**< paged policy: per sequence and vocabulary entry */
    uint64_t graph_bytes;                 /**< CUDA graphs and the like, per device */
    uint64_t collective_bytes;            /**< per device when there are several (NCCL) */
    const char *kv_format;                /**< default KV cache format id */
    const char *command; /**< template with {placeholders}; docs/engines.md lists them */
    uint32_t priority;   /**< lower is tried first when the user names no engine */
    const char *const *preferred_for; /**< device classes on which it goes before all others */
    size_t preferred_for_count;
} llmp_engine;

/** What another driver, or variant of a backend, does to a profile: factors, absent: 1. */
typedef struct llmp_profile_driver {
    const char *id;          /**< as result tables write it; a prefix counts: rocm7 for rocm7.1.1 */
    double bandwidth_factor; /**< on weight_bandwidth_ratio */
    double kv_factor;        /**< on kv_bandwidth_ratio */
    double layer_factor;     /**< on every per-layer time */
    double compute_factor;   /**< on the compute ratios */
    double moe_compute_factor; /**< on moe_compute_ratio */
    uint64_t present[2];
} llmp_profile_driver;

/** What one weight format does to a profile. */
typedef struct llmp_profile_format {
    const char *format;    /**< format id, q6_k */
    double compute_factor; /**< on the compute ratio of its width; absent: 1 */
    double batch_factor;   /**< on batch_compute_ratio; absent: 1 */
    uint64_t present[2];
} llmp_profile_format;

/**
 * Efficiency of one engine and backend on a class of device. A field that is absent is taken from
 * the profile `like` names, then from the next wider class of the device.
 *
 * decode step:  N_p[W/(beta_w BW), C(B), weights/R_dq] + K/(beta_kv BW) + 2 S/(beta_state BW)
 *               + layers (t_layer + [B > 1] t_batch + moe t_moe + linear t_linear) + B t_seq
 *               + t_host + communication
 * C(B) = 2 weights min(max(B, tile)/(eta F), B/(v eta F)), v = batch_compute_ratio
 *
 * eta and R_dq are those of the format that holds most weights; where a profile lists formats, each
 * part of a model (layers, experts, head) has the means of its own formats: 1/(eta F) = sum over
 * formats of share/(eta_f c_f F_f), 1/R_dq = sum of share unpack_f/F_32.
 *
 * Where attention_decode_ratio is stated, K/(beta_kv BW) becomes
 *   [K late/(beta_kv BW) + (flop + pair_flop heads n B)/(attention_decode_ratio F_16)] / unfused,
 * late = max(0, 1 - kv_free_row_bytes/row), and one sequence of cache_split_tokens positions or
 * more adds cache_split_s to each attention layer.
 */
typedef struct llmp_profile {
    llmp_record head;
    const char *engine;            /**< engine id */
    const char *backend;           /**< backend id */
    const char *device_class;      /**< a class, or a device id */
    const char *like;              /**< profile id */
    double weight_bandwidth_ratio; /**< beta_w in (0,1] */
    double kv_bandwidth_ratio;     /**< beta_kv in (0,1] */
    double state_bandwidth_ratio;  /**< the same of recurrent states, which are read and written;
                                        absent: beta_kv */
    double scan_bandwidth_ratio;   /**< the same of Mamba states; absent: state_bandwidth_ratio */
    double compute_16bit_ratio;    /**< eta of F16/BF16 GEMM in prefill, of the dense peak */
    double compute_8bit_ratio; /**< eta of 8-bit weights, of the peak of the type multiplied in */
    double compute_4bit_ratio; /**< eta of 4-bit and smaller weights, likewise */
    llmp_compute quantized_compute;  /**< type that quantised prefill multiplies in */
    double attention_compute_ratio;  /**< eta of prefill attention, of the FP16 peak */
    double attention_decode_ratio;   /**< eta of decode attention, one query at a time, of the same
                                          peak, on top of reading the cache; absent:
                                          attention_compute_ratio, overlapped with it */
    double attention_pair_flop;      /**< what a query head and a cached position cost in decode
                                          besides their products (mask, exponential, rescaling), as
                                          FLOP at that eta; absent: 0 */
    double expert_bandwidth_factor;  /**< on beta_w, for experts that the host keeps for a device:
                                          gathered anew for every token; absent: 1 */
    double cache_split_s;            /**< extra per attention layer in decode of one sequence whose
                                          cache is divided over threads: */
    double cache_split_tokens;       /**< from so many positions on; absent: never */
    double attention_unfused_factor; /**< how many times faster decode attention is as plain matrix
                                          products, flash attention off; absent: 1 */
    double kv_free_row_bytes;        /**< of a head's row of the cache, what arrives with its first
                                          line in decode (processors fetch lines in pairs); the rest
                                          is read at beta_kv; absent: 0 */
    double dequant_weights_per_s;    /**< R_dq: weights a quantised GEMV can unpack per second */
    double unpack_flop_per_weight;   /**< R_dq of blocks below 256 weights = FP32 rate over this */
    double unpack_k_flop_per_weight; /**< the same of 256-weight blocks (K and I quants) */
    double batch_compute_ratio;      /**< compute of kernels that multiply token by token, against
                                          GEMM's; the faster of both is taken */
    double tile_tokens;              /**< a GEMM of fewer tokens costs as much as of so many */
    double vector_tokens;            /**< up to so many tokens kernels multiply token by token, for
                                          more by GEMM; absent: the faster of both is taken */
    double expert_vector_tokens;     /**< the same of experts, tokens before routing */
    double scan_compute_ratio;       /**< eta of recurrent scans in prefill, of the FP32 peak;
                                          absent: as attention */
    double moe_compute_ratio;    /**< further factor on grouped GEMM at many tokens per expert */
    double moe_half_tokens;      /**< tokens per expert at which that factor is halved */
    double pass_bandwidth_ratio; /**< rate at which a prefill pass prepares the weights it uses
                                    before it multiplies, of the peak; absent: it need not */
    double norm_p;               /**< p of the smooth maximum, >= 1 */
    double layer_s;              /**< t_layer */
    double moe_layer_s;          /**< extra per MoE layer */
    double linear_layer_s;       /**< extra per recurrent layer */
    double mla_layer_s;          /**< extra per layer with latent attention */
    double batch_layer_s;        /**< extra per layer when decoding more than one token */
    double sequence_s;           /**< per sequence in the batch */
    double host_s;               /**< per step */
    double prefill_host_s;       /**< per ubatch */
    double routing_skew;         /**< alpha of the power law over experts; 0 uniform */
    double build_year;         /**< of the build described, as 2026.5; older ones are slower by: */
    double bandwidth_per_year; /**< ln of weight_bandwidth_ratio per year */
    double kv_per_year;        /**< ln of kv_bandwidth_ratio per year */
    double layer_per_year;     /**< ln of per-layer times per year */
    double compute_per_year;   /**< ln of compute ratios per year */
    double moe_per_year;       /**< ln of moe_compute_ratio per year */
    double attention_per_year; /**< ln of attention ratios per year, besides compute_per_year */
    double power_compute_exponent;     /**< compute ~ (limit / TDP)^this under a power limit */
    double power_bandwidth_exponent;   /**< weight and KV bandwidth likewise */
    double allreduce_factor;           /**< latency of an all-reduce over the link's */
    double allreduce_bandwidth_factor; /**< its bandwidth over the link's; absent: 1 */
    const llmp_profile_driver *drivers;
    size_t driver_count;
    const llmp_profile_format *formats;
    size_t format_count;
    double sigma_decode; /**< standard deviation of ln(predicted/measured) */
    double sigma_prefill;
    double sigma_batch_factor; /**< on sigma_decode at a batch of 16; its (log2 batch)/4th power,
                                    at most 1.5th, at others */
    double sigma_deep_factor;  /**< beyond 8,192 cached positions */
    double sigma_attention_factor; /**< its power is attention's share of the step: where that is
                                      limited by arithmetic, devices differ most */
    double sigma_mixed_factor;     /**< with experts or recurrent layers */
    double sigma_hybrid_factor;    /**< with both, besides */
    double sigma_split_factor;     /**< over several devices */
    double sigma_prefill_split_factor; /**< on sigma_prefill over several devices */
    uint32_t samples;                  /**< measurements behind the fit; absent: prior */
    bool calibrated;                   /**< from measurements on the user's own machine */
} llmp_profile;

#ifdef __cplusplus
}
#endif
#endif
