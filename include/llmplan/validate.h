/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file validate.h
 * @brief Predicted speeds against measured ones: error and interval coverage by group.
 */
#ifndef LLMPLAN_VALIDATE_H
#define LLMPLAN_VALIDATE_H

#include <llmplan/catalog.h>
#include <llmplan/measured.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What became of one row. */
typedef struct llmp_validate_row {
    const llmp_measured_row *measured;
    bool predicted;
    llmp_estimate tokens_per_s; /**< of all sequences together; set when predicted */
    double error_ratio;         /**< p50 / measured - 1 */
    bool covered;               /**< p10 <= measured <= p90 */
    bool above_ceiling;         /**< measured more than physics allows by the catalog's facts */
    const char *device;         /**< ids the names resolved to; NULL when refused */
    const char *model;
    const char *quant;
    const char *engine;
    const char *driver; /**< as the row has it; NULL when blank */
    const char *cell;   /**< "decode/llama.cpp/dense/1-device/batch-1/depth-0" */
    const char *note;   /**< why the interval is wide, what was set aside; "" mostly */
    const char *reason; /**< why it was refused, with the nearest names; NULL when predicted */
} llmp_validate_row;

/** What a group is of. */
typedef enum llmp_validate_axis {
    LLMP_AXIS_ALL = 0, /**< one group, named "all" */
    LLMP_AXIS_DEVICE = 1,
    LLMP_AXIS_MODEL = 2,
    LLMP_AXIS_QUANT = 3,
    LLMP_AXIS_ENGINE = 4,
    LLMP_AXIS_DRIVER = 5,  /**< rows that state one */
    LLMP_AXIS_CELL = 6,    /**< phase/engine/architecture/devices/batch/depth */
    LLMP_AXIS_SUMMARY = 7, /**< unions of cells, such as "decode/llama.cpp/1-device" */
    LLMP_AXIS_COUNT = 8
} llmp_validate_axis;

/** "all", "device", "model", "quant", "engine", "driver", "cell", "summary". Never NULL. */
LLMP_API const char *llmp_validate_axis_name(llmp_validate_axis axis);

/**
 * Errors of n rows. With e = p50/measured: the error ratio is e - 1, the log error ln e. Quantiles
 * are of order statistics, interpolated ((n-1) q from the first). In `_balanced` figures each
 * device weighs the same, its rows sharing its weight: value k (from 0, sorted) stands at
 * (k w_k + (n-1) sum of the weights before) / ((n-1) sum of all), for equal weights the same place.
 */
typedef struct llmp_validate_stats {
    size_t n;
    size_t devices; /**< different ones */
    double median_abs_error_ratio;
    double p90_abs_error_ratio;
    double median_abs_log_error_ratio;
    double bias_ratio; /**< median of e - 1 */
    double coverage_p10_p90_ratio;
    double median_abs_error_balanced_ratio;
    double p90_abs_error_balanced_ratio;
    double median_abs_log_error_balanced_ratio;
    double bias_balanced_ratio;
    double coverage_p10_p90_balanced_ratio;
} llmp_validate_stats;

/** A group of predicted rows; never empty. */
typedef struct llmp_validate_group {
    llmp_validate_axis axis;
    const char *name; /**< a catalog id, a driver, a cell */
    llmp_phase phase; /**< the rows of one phase; OTHER: of both */
    llmp_validate_stats stats;
} llmp_validate_group;

/** Owner of rows and groups. Borrows the catalog and the measured table. */
typedef struct llmp_validation llmp_validation;

/**
 * Predicts every row and groups the errors. A row that cannot be predicted is refused with its
 * reason, never dropped.
 * A decode row is predicted at the mean depth context_depth + gen_tokens / 2 (a blank gen_tokens
 * means 128), a prefill row over prompt_tokens (blank: 512) after context_depth. Blank
 * device_count, batch and tensor_parallel mean 1. What ran is never refused for lack of memory.
 * @return LLMP_E_ARGUMENT, LLMP_E_MEMORY; a table with no predictable row is no error
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_validation_create(const llmp_catalog *catalog,
                                                           const llmp_measured *measured,
                                                           llmp_validation **out,
                                                           llmp_error *error);

/** Frees; sets *validation to NULL; accepts NULL. */
LLMP_API void llmp_validation_destroy(llmp_validation **validation);

/** Rows in the table's order. */
LLMP_API size_t llmp_validation_size(const llmp_validation *validation);
LLMP_API const llmp_validate_row *llmp_validation_at(const llmp_validation *validation, size_t i);
/** How many of them are predicted. */
LLMP_API size_t llmp_validation_predicted(const llmp_validation *validation);

/** Groups ordered by axis, name (summaries in their own order) and phase. */
LLMP_API size_t llmp_validation_group_count(const llmp_validation *validation);
LLMP_API const llmp_validate_group *llmp_validation_group(const llmp_validation *validation,
                                                          size_t i);

#ifdef __cplusplus
}
#endif
#endif
