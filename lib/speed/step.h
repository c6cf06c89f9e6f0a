/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file step.h
 * @brief What the files of this folder share: rates, routing, the parts of one pass.
 */
#ifndef LLMP_SPEED_STEP_H
#define LLMP_SPEED_STEP_H

#include <llmplan/speed.h>

/* z of the 90th percentile of a normal distribution: half of the 80 % interval. */
#define LLMP__Z90 1.2815515655446004

/** (a^p + b^p + c^p)^(1/p), a smooth maximum of times; p 0 gives the maximum. None is negative. */
double llmp__smooth_max(double a, double b, double c, double p);

/* --- routing of tokens to experts --------------------------------------------------------------
 */

enum { LLMP__ROUTING_EXACT = 4, LLMP__ROUTING_NODES = 8 };

/** Popularity of experts as a few nodes: the most popular exactly, the tail by quadrature. */
typedef struct llmp__routing {
    double experts;
    double per_token;
    double skew;
    double certain; /* experts every token uses */
    uint32_t nodes;
    double weight[LLMP__ROUTING_NODES];   /* experts a node stands for */
    double log_miss[LLMP__ROUTING_NODES]; /* ln(1 - p) */
} llmp__routing;

void llmp__routing_init(llmp__routing *routing, double experts, double per_token, double skew);
/** As init, unless @p routing is for these already; a zeroed one is for none. */
void llmp__routing_need(llmp__routing *routing, double experts, double per_token, double skew);
double llmp__routing_distinct(const llmp__routing *routing, double tokens);

/* --- matrix products ---------------------------------------------------------------------------
 */

/** How fast matrices are multiplied. */
typedef struct llmp__product_rates {
    double flop_per_s;
    double vector_flop_per_s; /* kernels that multiply token by token; 0: there are none */
    double weights_per_s;     /* dequantisation; 0: no limit */
} llmp__product_rates;

/** What one stage, or the host, achieves; all devices of a tensor-parallel group together. */
typedef struct llmp__rates {
    double bytes_per_s;
    double kv_bytes_per_s;
    double state_bytes_per_s;
    double scan_bytes_per_s; /* Mamba states */
    llmp__product_rates products[LLMP_PART_COUNT];
    double tile_tokens;   /* least width of a GEMM */
    double vector_tokens; /* most tokens multiplied one by one; 0: the faster way */
    double expert_vector_tokens;
    double pass_bytes_per_s; /* weights prepared before a prefill pass; 0: none */
    double scan_flop_per_s;
    double attention_flop_per_s;
    double attention_decode_flop_per_s;
    double attention_pair_flop;
    bool attention_serial; /* decode attention multiplies a row when it has been read */
    double moe_compute_ratio;
    double moe_half_tokens;
    double routing_skew;
    double norm_p;
} llmp__rates;

/** @p ratio and @p weights_per_s are the main format's; @p products go before them. */
llmp__product_rates llmp__rates_of(const llmp_speed_products *products, double devices,
                                   double ratio, double flop_per_s, double weights_per_s,
                                   double vector_ratio);
void llmp__stage_rates(const llmp_speed_stage *stage, llmp__rates *out);
/** The host as a helper of the devices: experts kept there. */
void llmp__host_rates(const llmp_speed_model *model, llmp__rates *out);

/** Time of matrix products, its three bounds, and what they stand for. */
typedef struct llmp__linear {
    double time_s; /* smooth maximum of the bounds */
    double weights_s;
    double compute_s;
    double dequant_s;
    double bytes;
    double flop;
} llmp__linear;

void llmp__linear_add(llmp__linear *sum, const llmp__linear *part);

/** Dense weights of a part: read once, multiplied with @p tokens. */
llmp__linear llmp__dense_time(const llmp__rates *rates, llmp_weight_part part, double bytes,
                              double weights, double tokens);

/** Routed experts of @p layers layers, @p tokens tokens; @p distinct of them touched per layer. */
llmp__linear llmp__expert_time(const llmp__rates *rates, const llmp_speed_group *group,
                               double tokens, double distinct);

/** All matrix products of one stage in one pass of @p tokens tokens; the head is not among them.
 * @p routing, zeroed before the first call, keeps what further calls need again. */
typedef struct llmp__stage_pass {
    llmp__linear device;
    double host_s;          /* experts on the host, with the copies to and fro */
    double host_read_s;     /* bounds of that: reading, on either side of the link, */
    double host_compute_s;  /* and arithmetic of the host */
    double bytes;           /* weights read, wherever they lie */
    double flop;            /* matrix products, wherever done */
    double avoidable_flop;  /* of them, in layers a prompt may skip */
    double moe_layers;      /* layers with routed experts */
    double distinct_layers; /* sum over them of distinct experts */
} llmp__stage_pass;

void llmp__stage_pass_time(const llmp_speed_model *model, const llmp_speed_stage *stage,
                           double tokens, bool prefill, llmp__routing *routing,
                           llmp__stage_pass *out);

/** Output head and final norm for @p outputs positions. */
llmp__linear llmp__head_time(const llmp_speed_stage *stage, double outputs);

/** Weights on their way from host memory to a device; 0: unknown. */
double llmp__stream_bytes_per_s(const llmp_speed_model *model);

/** A host stage in prefill: the matrix products done by the first device instead, weights sent over
 * the host link once per pass. Infinite when there is no device. */
double llmp__streamed_stage_s(const llmp_speed_model *model, const llmp_speed_stage *stage,
                              double tokens, llmp__routing *routing);

/* --- attention and state -----------------------------------------------------------------------
 */

typedef struct llmp__attention {
    double bytes;        /* cache, index and state traffic of the whole stage */
    double shared_bytes; /* cache and index over the devices that hold them: what one moves; in
                            decode what it waits for */
    double state_bytes;  /* state of all devices, */
    double scan_bytes;   /* of which Mamba's */
    double flop;         /* of pairs */
    double pairs;        /* of query heads and positions; decode */
    double split_layers; /* whose cache is divided over threads; decode */
    double state_flop;   /* of recurrent scans */
    double least_flop;   /* by the cheapest of equivalent forms, for the ceiling */
} llmp__attention;

/** One decode pass: each of @p sequences runs @p tokens tokens against @p context positions. */
void llmp__attention_decode(const llmp_speed_model *model, const llmp_speed_stage *stage,
                            double context, double sequences, double tokens, llmp__attention *out);
/** A whole prompt after @p prefix positions, in passes of @p ubatch tokens. */
void llmp__attention_prefill(const llmp_speed_model *model, const llmp_speed_stage *stage,
                             double prompt, double prefix, double sequences, double ubatch,
                             llmp__attention *out);
/** Positions attended by the first @p tokens tokens together: sum of min(i, limit); 0: no limit. */
double llmp__causal_pairs(double tokens, double limit);

/* --- devices together --------------------------------------------------------------------------
 */

/** Launches and synchronisation of a stage's layers in one pass; @p batch: of decode with more than
 * one token, where engines do without recorded graphs. */
double llmp__layer_overhead_s(const llmp_speed_model *model, const llmp_speed_stage *stage,
                              bool batch);
/** All-reduces of a tensor-parallel stage in one pass of @p tokens tokens; 0 for one device. */
double llmp__allreduce_s(const llmp_speed_model *model, const llmp_speed_stage *stage,
                         double tokens);
/** Hand-over from stage @p i to the next with @p tokens activations. */
double llmp__handover_s(const llmp_speed_model *model, uint32_t i, double tokens);
/** The first stage that is no host, or the only one. */
const llmp_speed_stage *llmp__lead_stage(const llmp_speed_model *model);

/* --- one pass ----------------------------------------------------------------------------------
 */

/** Everything a decode pass yields; rates and intervals follow from it. */
typedef struct llmp__step {
    llmp_step_parts parts;
    llmp_limit limited_by;
    double weights_bytes;
    double kv_bytes;
    double flop;
    double distinct_experts;
    double attention_ratio; /* attention's share of the step */
    double ceiling_s;
    double energy_j;         /* NaN: unknown */
    double energy_ceiling_j; /* nothing but idle power during the ceiling's time */
} llmp__step;

/** @p tokens per sequence: 1, or the drafted ones and one more when a draft is verified. */
void llmp__decode_step(const llmp_speed_model *model, double context, double batch, double tokens,
                       llmp__step *out);

llmp_status llmp__check_decode(const llmp_speed_model *model, double context_tokens, uint32_t batch,
                               const void *out, llmp_error *error);

/** Rates and energy of passes that take @p pass_s (at least @p ceiling_s) and yield @p yield tokens
 * (at most @p most_yield) for each of @p batch sequences. */
void llmp__decode_answer(const llmp_speed_model *model, const llmp__step *step, double pass_s,
                         double ceiling_s, double yield, double most_yield, double batch,
                         double sigma, llmp_decode_result *out);

/** Bounds of the linear part collected over a pass, to name what limits it. */
typedef struct llmp__bounds {
    double linear_s;
    double weights_s;
    double compute_s;
    double dequant_s;
    double host_read_s; /* of layers and experts of the host */
    double host_compute_s;
} llmp__bounds;

llmp_limit llmp__limit_of(const llmp_step_parts *parts, const llmp__bounds *bounds);

/* --- physical bounds ---------------------------------------------------------------------------
 */

/** What a stage cannot avoid. */
typedef struct llmp__ceiling_stage {
    double kv_bytes;
    double flop;
} llmp__ceiling_stage;

double llmp__decode_ceiling_s(const llmp_speed_model *model, double sequences,
                              const llmp__ceiling_stage *work);
double llmp__prefill_ceiling_s(const llmp_speed_model *model, const llmp__ceiling_stage *work);

/* --- power -------------------------------------------------------------------------------------
 */

/** Share of its TDP a busy device draws while decoding @p batch sequences. */
double llmp__decode_power_ratio(double batch);
double llmp__prefill_power_ratio(void);
/** What a stage draws above idle when busy. */
double llmp__busy_extra_w(const llmp_speed_stage *stage, double power_ratio);

/* --- intervals ---------------------------------------------------------------------------------
 */

/** Widened when the depth is beyond what profiles were measured at. */
double llmp__depth_sigma(double sigma, double positions);
/** Power of the profile's factor for batches that applies to @p batch: 1 at 16. */
double llmp__batch_power(double batch);
/** Spreads of a situation, from those of the profile. */
double llmp__prefill_sigma(const llmp_speed_model *model, double positions);
/** Of a decode pass: by depth, batch, attention's share of it, kinds of layer and devices. */
double llmp__decode_sigma(const llmp_speed_model *model, double positions, double batch,
                          double attention_ratio);
/** A rate with its 80 % interval; never above @p ceiling. */
/** count / seconds; without a bound on the time there is none on the rate either. */
double llmp__rate(double count, double seconds);
llmp_estimate llmp__rate_estimate(double p50, double sigma, double ceiling, llmp_grade grade);
/** A time or an energy; never below @p ceiling. */
llmp_estimate llmp__time_estimate(double p50, double sigma, double ceiling, llmp_grade grade);

/** All NaN. */
llmp_estimate llmp__unknown_estimate(void);

/* --- derivation --------------------------------------------------------------------------------
 */

void llmp__explain(const llmp_trace *trace, const char *stage, const char *term,
                   const char *formula, double value, const char *unit, llmp_grade grade,
                   const char *format, ...) LLMP_PRINTF(8, 9);
void llmp__explain_parts(const llmp_trace *trace, const char *stage, const llmp_speed_model *model,
                         const llmp_step_parts *parts);

#endif
