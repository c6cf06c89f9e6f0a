/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file calibrate.h
 * @brief From measurements on one machine to an engine profile of that machine.
 *
 * A profile's parameters x (on a log or logit scale) have a prior: the class profile, as wide as
 * devices of a class differ. Samples are rates that the engine reached; micro-benchmarks bound
 * single parameters and narrow the prior before any sample. The posterior is the maximum of
 *
 *   sum_i rho((ln predicted_i(x) - ln measured_i) / s_i) + sum_j ((x_j - x0_j) / w_j)^2,
 *
 * rho(r) = 2 k^2 (sqrt(1 + r^2/k^2) - 1), k = 2 (soft L1), solved by GSL's trust-region least
 * squares with reweighting; s_i^2 = model error^2 + (spread of the sample)^2. Its spread is the
 * inverse of J^T J with the rows of the prior in J: what samples say nothing of keeps the prior's
 * value and width. Compute efficiencies share one effect besides their own, so that a sample of one
 * weight format informs the others.
 */
#ifndef LLMPLAN_CALIBRATE_H
#define LLMPLAN_CALIBRATE_H

#include <llmplan/speed.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of a profile that calibration may move. */
typedef enum llmp_calibration_parameter {
    LLMP_CALIBRATE_WEIGHT_BANDWIDTH = 0,
    LLMP_CALIBRATE_KV_BANDWIDTH = 1,
    LLMP_CALIBRATE_LAYER = 2,
    LLMP_CALIBRATE_MOE_LAYER = 3,
    LLMP_CALIBRATE_SEQUENCE = 4,
    LLMP_CALIBRATE_UNPACK = 5,
    LLMP_CALIBRATE_UNPACK_K = 6,
    LLMP_CALIBRATE_COMPUTE_16BIT = 7,
    LLMP_CALIBRATE_COMPUTE_8BIT = 8,
    LLMP_CALIBRATE_COMPUTE_4BIT = 9,
    LLMP_CALIBRATE_ATTENTION = 10,
    LLMP_CALIBRATE_ATTENTION_DECODE = 11,
    LLMP_CALIBRATE_MOE_COMPUTE = 12,
    LLMP_CALIBRATE_BATCH_COMPUTE = 13,
    LLMP_CALIBRATE_ATTENTION_PAIR = 14,
    LLMP_CALIBRATE_COUNT = 15
} llmp_calibration_parameter;

/** The key of the profile's field: "weight_bandwidth_ratio", "layer_us", ... NULL out of range. */
LLMP_API const char *llmp_calibration_key(llmp_calibration_parameter parameter);

/** What is believed of one parameter. */
typedef struct llmp_calibration_value {
    double value;        /**< in the unit of the profile's member (seconds, ratios); 0: none */
    double spread_ratio; /**< standard deviation of ln value; 0: fixed */
} llmp_calibration_value;

/**
 * The prior that a profile gives: its values, each as uncertain as devices of a class are found to
 * differ (data/fit), or as the profile's own sigma_decode or sigma_prefill if that is more.
 * @return LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status
llmp_calibration_prior(const llmp_profile *profile,
                       llmp_calibration_value out[LLMP_CALIBRATE_COUNT], llmp_error *error);

/** Weight formats whose products kernels measure. */
#define LLMP_CALIBRATION_FORMATS_MAX 8

/** The i-th of them, a format id ("q4_k"); NULL past the last. */
LLMP_API const char *llmp_calibration_format(size_t i);

/** What micro-kernels reached on the processor, all its cores together; NaN: not measured. */
typedef struct llmp_calibration_kernels {
    uint32_t struct_size;
    uint32_t threads;
    double read_bytes_per_s; /**< stream_read from memory, the median */
    double fp32_op_per_s;    /**< gemm of many rows, f32, the best run: products are only ever
                                  slowed down, by whoever takes the processor meanwhile */
    double int8_op_per_s;    /**< the same of int8 */
    /** The same on weights of each format; 0 or NaN: not measured. */
    double format_op_per_s[LLMP_CALIBRATION_FORMATS_MAX];
    double barrier_s;    /**< one meeting of all threads; NaN: not measured */
    double spread_ratio; /**< of read_bytes_per_s */
} llmp_calibration_kernels;

/**
 * Narrows a prior by micro-kernels: every parameter becomes what llama.cpp's CPU kernels reach of
 * the rate measured, over the rate that the device states. The shares were measured with llama.cpp
 * on one processor with shapes that no accuracy is reported of (docs/calibrate.md); each has a
 * spread, to which the kernels' own adds.
 * @param prior  in and out; rates that were not measured keep what was believed
 * @return LLMP_E_NO_DATA (the device states no memory bandwidth or FP32 rate: take the kernels'
 * own, the hint says how), LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status
llmp_calibration_narrow(const llmp_calibration_kernels *kernels, const llmp_device *device,
                        llmp_calibration_value prior[LLMP_CALIBRATE_COUNT], llmp_error *error);

/**
 * What weight formats do to a profile with the compute ratios of @p values: compute_factor = the
 * share of a format's own gemm that llama.cpp reaches x that gemm / (ratio of the format's width x
 * the rate the device states).
 * @param out  at least LLMP_CALIBRATION_FORMATS_MAX; formats are static strings
 * @return how many were set: those measured, whose width has a ratio
 */
LLMP_API size_t llmp_calibration_formats(const llmp_calibration_kernels *kernels,
                                         const llmp_device *device,
                                         const llmp_calibration_value values[LLMP_CALIBRATE_COUNT],
                                         llmp_profile_format *out);

/** Spreads of ln(predicted/measured) to expect of a prior that kernels narrowed, without samples.
 */
#define LLMP_CALIBRATION_KERNELS_SIGMA_DECODE 0.18
#define LLMP_CALIBRATION_KERNELS_SIGMA_PREFILL 0.20

/** One measured rate. */
typedef struct llmp_calibration_sample {
    uint32_t struct_size;
    const llmp_speed_model
        *model;            /**< prepared for the machine with the prior's profile; borrowed */
    bool prefill;          /**< else decode */
    double context_tokens; /**< decode: mean depth; prefill: cached before the prompt */
    double prompt_tokens;  /**< prefill */
    uint32_t batch;
    double tokens_per_s; /**< of all sequences together */
    double spread_ratio; /**< standard deviation over mean of its repetitions; 0: unknown */
    const char *label;   /**< for messages; may be NULL */
} llmp_calibration_sample;
#define LLMP_CALIBRATION_SAMPLE_INIT                                          \
    {                                                                         \
        sizeof(llmp_calibration_sample), NULL, false, 0, 0, 1, 0.0, 0.0, NULL \
    }
/** Most samples of one calibration. */
#define LLMP_CALIBRATION_SAMPLES_MAX 2048

/** What became of a sample. */
typedef struct llmp_calibration_fit {
    bool used;
    double prior_tokens_per_s;     /**< predicted by the prior; 0 when it cannot be */
    double posterior_tokens_per_s; /**< by the posterior */
    double left_out_tokens_per_s;  /**< by a posterior of the samples of all other models; 0: not
                                        asked, or there is no other */
    char reason[160];              /**< why it was set aside; "" when used */
} llmp_calibration_fit;

/** How to calibrate. */
typedef struct llmp_calibration_options {
    uint32_t struct_size;
    double spread_max_ratio; /**< a sample less stable than this is set aside */
    bool leave_out;          /**< also predict each model's samples without them */
} llmp_calibration_options;
#define LLMP_CALIBRATION_OPTIONS_INIT                 \
    {                                                 \
        sizeof(llmp_calibration_options), 0.10, false \
    }

/** The result. */
typedef struct llmp_calibration {
    uint32_t struct_size;
    llmp_calibration_value posterior[LLMP_CALIBRATE_COUNT];
    bool informed[LLMP_CALIBRATE_COUNT]; /**< samples made it at least a tenth narrower */
    uint32_t used;                       /**< samples */
    uint32_t rejected;
    uint32_t decode_used;
    uint32_t prefill_used;
    double sigma_decode; /**< of ln(predicted/measured) to be expected: the residuals, the model
                              error of a known engine and the posterior's own spread; 0: no decode
                              sample was used */
    double sigma_prefill;
} llmp_calibration;

/**
 * The posterior. With no usable sample it is the prior.
 * @param prior  as from llmp_calibration_prior, narrowed or not
 * @param fits   one per sample; set for all
 * @return LLMP_E_RANGE (a sample's rate, depth or batch; more than
 *         LLMP_CALIBRATION_SAMPLES_MAX), LLMP_E_ARGUMENT, LLMP_E_MEMORY, LLMP_E_INTERNAL (GSL)
 */
LLMP_API LLMP_NODISCARD llmp_status
llmp_calibrate(const llmp_calibration_value prior[LLMP_CALIBRATE_COUNT],
               const llmp_calibration_sample *samples, size_t sample_count,
               const llmp_calibration_options *options, llmp_calibration *out,
               llmp_calibration_fit *fits, llmp_error *error);

/** Sets the parameters of a profile that have a value. */
LLMP_API void llmp_calibration_apply(const llmp_calibration_value values[LLMP_CALIBRATE_COUNT],
                                     llmp_profile *profile);

#ifdef __cplusplus
}
#endif
#endif
