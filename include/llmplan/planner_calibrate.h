/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file planner_calibrate.h
 * @brief Measured rows of one machine to the profile of that machine, as an overlay.
 */
#ifndef LLMPLAN_PLANNER_CALIBRATE_H
#define LLMPLAN_PLANNER_CALIBRATE_H

#include <llmplan/calibrate.h>
#include <llmplan/measured.h>
#include <llmplan/planner.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLMP_CALIBRATE_FILES_MAX 32
#define LLMP_CALIBRATE_FORMATS_MAX 40

/** What is asked. */
typedef struct llmp_calibrate_request {
    uint32_t struct_size;
    const llmp_machine *machine; /**< its devices are alike; the profile is of the device */
    const llmp_engine *engine;   /**< NULL: that of the first row, else llama.cpp */
    const char *backend;         /**< NULL: the engine's first on the machine */
    const llmp_measured *measured[LLMP_CALIBRATE_FILES_MAX];
    size_t measured_count;
    const llmp_calibration_kernels *kernels; /**< of the machine's processor; NULL: none */
    llmp_date as_of;                         /**< of the profile; 0: that of the data */
    llmp_calibration_options options;
} llmp_calibrate_request;
#define LLMP_CALIBRATE_REQUEST_INIT                                           \
    {                                                                         \
        sizeof(llmp_calibrate_request), NULL, NULL, NULL, {NULL}, 0, NULL, 0, \
            LLMP_CALIBRATION_OPTIONS_INIT                                     \
    }

/** One row and what became of it. */
typedef struct llmp_calibrate_row {
    const llmp_measured_row *measured;
    const char *model; /**< id; NULL when it was not found */
    const char *quant;
    llmp_calibration_fit fit; /**< of the rates; `reason` also when the row is no sample at all */
} llmp_calibrate_row;

/** |predicted/measured - 1| over the samples used, medians; NaN where there is none. */
typedef struct llmp_calibrate_errors {
    double class_ratio;      /**< by the class profile */
    double calibrated_ratio; /**< by the calibrated one, the samples themselves */
    double left_out_ratio;   /**< by what the other models' samples say */
    uint32_t samples;
    uint32_t left_out; /**< samples that others could predict */
} llmp_calibrate_errors;

/** Standard deviation of ln(predicted/measured). */
typedef struct llmp_calibrate_spread {
    double sigma_decode;
    double sigma_prefill;
} llmp_calibrate_spread;

/** The answer. */
typedef struct llmp_calibrate_answer {
    uint32_t struct_size;
    const llmp_device *device;
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_calibration_value of_class_values[LLMP_CALIBRATE_COUNT]; /**< what the class says */
    llmp_calibration_value prior[LLMP_CALIBRATE_COUNT]; /**< the same, narrowed by kernels */
    bool has_kernels;
    llmp_calibration_kernels kernels;
    llmp_profile_format formats[LLMP_CALIBRATE_FORMATS_MAX]; /**< what kernels say of formats, and
                                                                  the class of others, against
                                                                  Q4_0 */
    size_t format_count;
    bool attention_known; /**< kernels or samples tell decode attention: its spread is no longer
                               that of the class */
    llmp_calibration calibration;
    bool written[LLMP_CALIBRATE_COUNT]; /**< parameters that the overlay states */
    llmp_calibrate_spread of_class;     /**< what the class's profile states; 0: nothing */
    llmp_calibrate_spread calibrated;   /**< what the calibrated one does */
    uint32_t models; /**< distinct pairs of model and quant among the samples used */
    llmp_calibrate_errors decode;
    llmp_calibrate_errors prefill;
    char profile_id[128];
} llmp_calibrate_answer;

/** True when a text is what `llmplan bench --json` writes. */
LLMP_API bool llmp_calibration_is_kernels(const char *text, size_t text_bytes);

/**
 * Reads what `llmplan bench --json` wrote: of each kernel the result of most threads and the
 * largest working set, on the processor: the median of bandwidths, the best of products.
 * @return LLMP_E_SYNTAX, LLMP_E_SCHEMA (another document), LLMP_E_NO_DATA (stream_read or gemm of
 *         f32 is not among the kernels), LLMP_E_LIMIT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_calibration_read_kernels(const char *text,
                                                                  size_t text_bytes,
                                                                  const char *where,
                                                                  llmp_calibration_kernels *out,
                                                                  llmp_error *error);

/**
 * The device with what kernels measured for every rate it does not state, as an overlay (allocated;
 * free with llmp_text_free); "" when it states all. A measured rate is a lower bound of a peak: it
 * is graded measured, and the arithmetic rates get half as much again.
 * @param as_of  0: that of the data
 * @return LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_calibration_device(const llmp_device *device,
                                                            const llmp_calibration_kernels *kernels,
                                                            llmp_date as_of, char **out,
                                                            llmp_error *error);

/** Owner of an answer, its rows and its overlay. */
typedef struct llmp_machine_calibration llmp_machine_calibration;

/**
 * Calibrates. A row is a sample when the catalog knows its model and quant, and its engine, backend
 * and device are those calibrated; else it is set aside with the reason. A device that the catalog
 * does not know by its name in the file is taken to be the machine's, and the row says so; rows of
 * other devices are never used.
 * @return LLMP_E_NO_DATA (no sample can be used: the message says why of the first),
 *         LLMP_E_IMPOSSIBLE (the engine does not run on the machine), LLMP_E_LIMIT (more than
 *         LLMP_CALIBRATION_SAMPLES_MAX rows), LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_machine_calibrate(const llmp_catalog *catalog,
                                                           const llmp_calibrate_request *request,
                                                           llmp_machine_calibration **out,
                                                           llmp_error *error);
LLMP_API void llmp_machine_calibration_destroy(llmp_machine_calibration **calibration);
LLMP_API const llmp_calibrate_answer *
llmp_calibrate_answer_of(const llmp_machine_calibration *calibration);
LLMP_API size_t llmp_calibrate_row_count(const llmp_machine_calibration *calibration);
LLMP_API const llmp_calibrate_row *
llmp_calibrate_row_at(const llmp_machine_calibration *calibration, size_t i);
/** The overlay, YAML that llmp_catalog_overlay reads: the profile, and the device where the catalog
 * knows it only as detected. Borrowed. */
LLMP_API const char *llmp_calibrate_overlay(const llmp_machine_calibration *calibration);

#ifdef __cplusplus
}
#endif
#endif
