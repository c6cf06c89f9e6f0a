/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file speed.h
 * @brief How long a step takes: decode, prefill, time to first token, energy.
 *
 * One decode step of a batch B at mean context n on one device:
 *
 *   t = N_p[ W(B)/(beta_w BW), FLOP/(eta F), weights/R_dq ] + K(B,n)/(beta_kv BW)
 *       + layers t_layer + moe t_moe + linear t_linear + B t_seq + t_host + t_communication
 *
 * with N_p[a,b,..] = (a^p + b^p + ..)^(1/p), a smooth maximum. W counts distinct experts. Prefill
 * is the same with T tokens per ubatch, quadratic attention, and the output head once. The
 * efficiency factors come from an engine profile; the ceiling uses none of them.
 */
#ifndef LLMPLAN_SPEED_H
#define LLMPLAN_SPEED_H

#include <llmplan/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What bounds a step, the largest term. */
typedef enum llmp_limit {
    LLMP_LIMIT_WEIGHT_BANDWIDTH = 0,
    LLMP_LIMIT_KV_BANDWIDTH = 1,
    LLMP_LIMIT_COMPUTE = 2,
    LLMP_LIMIT_DEQUANTISATION = 3,
    LLMP_LIMIT_OVERHEAD = 4, /**< launches, per-layer and per-sequence costs */
    LLMP_LIMIT_COMMUNICATION = 5,
    LLMP_LIMIT_HOST_BANDWIDTH = 6, /**< layers or experts on the CPU */
    LLMP_LIMIT_DISK = 7,
    LLMP_LIMIT_HOST_COMPUTE = 8, /**< likewise, by their arithmetic */
    LLMP_LIMIT_COUNT = 9
} llmp_limit;

/** "memory bandwidth (weights)", ... as in a sentence "limited by ...". Never NULL. */
LLMP_API const char *llmp_limit_name(llmp_limit limit);

#define LLMP_SPEED_STAGES_MAX (LLMP_MACHINE_DEVICES_MAX + 1)
#define LLMP_SPEED_GROUPS_MAX 192

/** Layers of one kind on one stage, with everything a step needs to know of them. */
typedef struct llmp_speed_group {
    uint32_t count;
    uint32_t work;      /* llmp_layer_work bits */
    uint32_t kv_shards; /* devices a tensor-parallel cache is spread over; 0: all, 1: MLA */
    double dense_bytes;
    double expert_bytes;
    double experts;
    double experts_per_token;
    double dense_weights;
    double expert_weights;
    double kv_bytes_per_position; /* read at decode, cache format applied; also for shared caches */
    double kv_row_bytes;          /* keys of one position and head */
    double window_tokens;         /* 0: all */
    double attention_flop_per_pair;
    double attention_head_count;  /* query heads */
    double prefill_flop_per_pair; /* where prefill differs (MLA with full keys); 0: the same */
    double index_bytes_per_position;
    double index_topk_tokens;
    double index_flop_per_pair;
    double state_bytes; /* recurrent state of one sequence; a pass reads and writes it */
    double state_flop_per_token;
    bool experts_on_host;
    bool prompt_may_skip; /* behind the last layer that writes a cache: of a prompt only the last
                             token has to pass; engines may, so the ceiling does not count it */
} llmp_speed_group;

/** What the matrices of one part of a model reach, by the formats they are stored in. */
typedef struct llmp_speed_products {
    double compute_ratio;         /**< of compute_flop_per_s; 0: as the main format */
    double dequant_weights_per_s; /**< 0: none needed; counts where compute_ratio is set */
    double batch_compute_ratio;   /**< token by token, against compute_ratio; likewise */
} llmp_speed_products;

/** One device (or the host, or one tensor-parallel group) and the layers it runs, in order. */
typedef struct llmp_speed_stage {
    bool is_host;
    uint32_t devices;             /**< tensor-parallel width; 1 otherwise */
    double bandwidth_bytes_per_s; /**< peak of one device */
    double compute_flop_per_s;    /**< peak of the type prefill multiplies in */
    double attention_flop_per_s;
    double ceiling_flop_per_s;    /**< highest rate over every type a kernel may use */
    double compute_ratio;         /**< eta of the profile for this weight format, of compute_flop */
    double fp32_flop_per_s;       /**< 0: unknown */
    double power_ratio;           /**< power limit over TDP; 1 without a limit */
    uint32_t weight_bits;         /**< width class of the weights: 16, 8 or 4 */
    uint32_t block_weights;       /**< of the weight format */
    double dequant_weights_per_s; /**< R_dq; 0: the format needs none, or it never limits */
    double quantized_flop_per_s;  /**< peak of the type quantised weights multiply in */
    llmp_speed_products products[LLMP_PART_COUNT]; /**< where the profile lists formats */
    double extra_bytes;  /**< head, final norm: read once per step on this stage */
    double head_weights; /**< 0 where the head is elsewhere */
    double tdp_w;        /**< of one device; 0: unknown, and then energy is NaN */
    double idle_w;
    llmp_profile profile; /**< norm_p 0: a plain maximum */
    llmp_grade profile_grade;
    uint32_t group_first;
    uint32_t group_count;
} llmp_speed_stage;

/** A placed model reduced to numbers. Fixed size, no allocation, copyable. */
typedef struct llmp_speed_model {
    uint32_t struct_size;
    uint32_t stage_count;
    llmp_speed_stage stages[LLMP_SPEED_STAGES_MAX];
    uint32_t group_count;
    llmp_speed_group groups[LLMP_SPEED_GROUPS_MAX];
    uint32_t ubatch_tokens;
    uint32_t layer_count;
    double hidden_bytes; /**< one token's activation between layers */
    double host_bandwidth_bytes_per_s;
    double host_flop_per_s; /**< 0: unknown; then only bandwidth bounds the host */
    double host_compute_ratio;
    double host_dequant_weights_per_s;
    llmp_speed_products host_products[LLMP_PART_COUNT];
    llmp_profile host_profile;
    bool unfused_attention;                 /**< flash attention is off */
    llmp_format_mix mixes[LLMP_PART_COUNT]; /**< formats of the model's matrices; borrowed */
    double host_link_bandwidth_bytes_per_s; /**< PCIe, device to host */
    double host_link_latency_s;
    double allreduce_latency_s;
    double allreduce_bandwidth_bytes_per_s;
    double stage_link_latency_s; /**< hand-over between pipeline stages */
    double stage_link_bandwidth_bytes_per_s;
    double disk_bytes; /**< read again in every pass */
    double disk_read_bytes_per_s;
    double host_idle_w;
    double sigma_decode; /**< of ln(predicted/measured), widened for extrapolation */
    double sigma_prefill;
    llmp_grade grade;
    char widened[160]; /**< why the interval is wider than the profile's, or "" */
} llmp_speed_model;

/**
 * Reduces a placed model.
 * @param memory_model, plan  as computed by the memory stage; the verdict must not be CANNOT_RUN
 * @return LLMP_E_NO_DATA (bandwidth, compute rate or profile unknown; the message names the fact),
 *         LLMP_E_NO_SOLUTION (the plan cannot run), LLMP_E_LIMIT, LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_prepare(const llmp_catalog *catalog,
                                                       const llmp_memory_model *memory_model,
                                                       const llmp_memory_result *plan,
                                                       llmp_speed_model *out, llmp_error *error);

/** As llmp_speed_prepare, by the class's profile even where there is a calibrated one. */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_prepare_class(const llmp_catalog *catalog,
                                                             const llmp_memory_model *memory_model,
                                                             const llmp_memory_result *plan,
                                                             llmp_speed_model *out,
                                                             llmp_error *error);

/** How a prediction differs from the profile's own conditions. */
typedef struct llmp_speed_conditions {
    uint32_t struct_size;
    double build_year;  /**< of the engine's build; 0: as current as the profile */
    const char *driver; /**< as in the profile's list of drivers; NULL or unlisted: no effect */
} llmp_speed_conditions;
#define LLMP_SPEED_CONDITIONS_INIT             \
    {                                          \
        sizeof(llmp_speed_conditions), 0, NULL \
    }

/**
 * Adjusts a prepared model to an older build and another driver. Ratios and times are multiplied by
 * exp(rate x years) of the profile, at most three years, and by the driver's factors; ratios stay
 * at or below 1. Call once per prepared model; also after changing a stage's profile, to derive
 * compute_ratio and dequant_weights_per_s from it again (@p conditions may be NULL then).
 * @return LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_adjust(llmp_speed_model *model,
                                                      const llmp_speed_conditions *conditions,
                                                      llmp_error *error);

/** Where a step takes its time; the parts are of the p50 and add up to step_s. */
typedef struct llmp_step_parts {
    double weights_s;
    double compute_s; /**< what compute and dequantisation add over the weights read */
    double kv_s;
    double overhead_s;
    double communication_s;
    double host_s; /**< layers and experts on the CPU */
    double disk_s;
    double step_s;
} llmp_step_parts;

typedef struct llmp_decode_result {
    llmp_estimate tokens_per_s;          /**< aggregate over the batch */
    llmp_estimate sequence_tokens_per_s; /**< of one sequence: aggregate / batch */
    double step_s;                       /**< p50 */
    double weights_read_bytes;           /**< per step */
    double kv_read_bytes;
    double distinct_experts_count; /**< expected, mean over MoE layers; 0 when dense */
    llmp_step_parts parts;
    llmp_limit limited_by;
    llmp_estimate
        energy_j_per_token; /**< machine without losses of the power supply; NaN: unknown */
} llmp_decode_result;

/**
 * One decode step with @p batch sequences at mean context @p context_tokens.
 * @param context_tokens  0 .. 2^32 cached positions per sequence (fractions allowed: means)
 * @param batch           1 .. 65536
 * @return LLMP_E_RANGE
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_decode(const llmp_speed_model *model,
                                                      double context_tokens, uint32_t batch,
                                                      const llmp_trace *trace,
                                                      llmp_decode_result *out, llmp_error *error);

typedef struct llmp_prefill_result {
    llmp_estimate tokens_per_s; /**< aggregate over the sequences */
    llmp_estimate time_s;       /**< to process all prompts */
    double flop;
    llmp_step_parts parts;
    llmp_limit limited_by;
    llmp_estimate energy_j_per_token; /**< NaN: unknown */
} llmp_prefill_result;

/**
 * Prefill of @p sequences prompts of @p prompt_tokens each, after @p prefix_tokens cached
 * positions.
 * @param prompt_tokens  1 .. 2^32
 * @return LLMP_E_RANGE
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_prefill(const llmp_speed_model *model,
                                                       double prompt_tokens, double prefix_tokens,
                                                       uint32_t sequences, const llmp_trace *trace,
                                                       llmp_prefill_result *out, llmp_error *error);

/** Time to first token: prefill of the prompt and one decode step. */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_ttft(const llmp_speed_model *model,
                                                    double prompt_tokens, double prefix_tokens,
                                                    llmp_estimate *out_s, llmp_error *error);

/** Idle draw of the placed model's machine, W: devices and host; NaN when a device's is unknown. */
LLMP_API double llmp_speed_idle_w(const llmp_speed_model *model);

/** Speculative decoding. */
typedef struct llmp_speculation {
    uint32_t struct_size;
    const llmp_speed_model *draft; /**< NULL: the model's own MTP layers */
    uint32_t draft_tokens;         /**< gamma, 1 .. 64 */
    double acceptance_ratio;       /**< alpha in [0,1), per drafted token */
    double draft_step_ratio;       /**< draft step over target step when draft is NULL */
} llmp_speculation;

/**
 * Decode with speculation: E[tokens] = (1 - alpha^(gamma+1)) / (1 - alpha), in
 * gamma t_draft + t_target(gamma + 1 tokens per sequence). The ceiling is full acceptance.
 * @return LLMP_E_RANGE
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_speed_speculative(
    const llmp_speed_model *model, const llmp_speculation *speculation, double context_tokens,
    uint32_t batch, const llmp_trace *trace, llmp_decode_result *out, llmp_error *error);

/**
 * Expected number of distinct experts that @p tokens tokens touch.
 * Uniform: E (1 - (1 - k/E)^T). With popularity p_i ~ i^-skew, inclusion probabilities scaled to
 * sum to k and capped at 1: sum (1 - (1 - p_i)^T). At least min(k T, ...) >= k and at most min(E, k
 * T).
 */
LLMP_API double llmp_speed_distinct_experts(double experts, double experts_per_token, double tokens,
                                            double skew);

#ifdef __cplusplus
}
#endif
#endif
