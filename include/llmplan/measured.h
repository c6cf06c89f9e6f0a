/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file measured.h
 * @brief Measured speeds as plain rows: what somebody ran on what, and the rate they saw.
 *
 * Names are the file's own; nothing is resolved here. llmplan/validate.h predicts such rows.
 */
#ifndef LLMPLAN_MEASURED_H
#define LLMPLAN_MEASURED_H

#include <llmplan/catalog.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the rate is of. */
typedef enum llmp_phase {
    LLMP_PHASE_OTHER = 0, /**< neither: end-to-end, mixed, unknown */
    LLMP_PHASE_DECODE = 1,
    LLMP_PHASE_PREFILL = 2
} llmp_phase;

/** "decode", "prefill", "other". Never NULL. */
LLMP_API const char *llmp_phase_name(llmp_phase phase);

/**
 * One row. Text is NULL and a number NaN where the file does not say. Columns of a CSV are named
 * like the members, but for the phase: "decode" or "prefill".
 */
typedef struct llmp_measured_row {
    uint32_t line; /**< of the file, 1-based; 0 when it has no lines */
    const char *id;
    const char *device;
    double device_count; /**< 1 .. 64 */
    const char *model;
    const char *quant;
    const char *kv_type; /**< "q8_0", or "K/V" when keys and values differ */
    const char *engine;
    const char *engine_version;
    const char *backend;
    llmp_phase phase;
    const char *phase_text;
    double prompt_tokens;       /**< prefill: processed per sequence; decode: informative */
    double gen_tokens;          /**< decode: the rate is a mean over so many positions */
    double context_depth;       /**< positions cached when the measurement starts */
    double batch;               /**< sequences at once, a mean maybe (not llama-bench's n_batch) */
    double tensor_parallel;     /**< devices that share each layer */
    double tokens_per_s;        /**< of all sequences together */
    double tokens_per_s_stddev; /**< standard deviation of its repetitions */
    double flash_attn;          /**< 0 or 1 */
    double n_ubatch;
    double weights_gib; /**< size of the weights as run */
    const char *driver;
    const char *split_mode; /**< "layer", "row" or "tensor" */
    const char *link;       /**< a link's id, or "pcie", "nvlink", ... */
    double power_limit_w;   /**< of one device */
    double gpu_layers;
    double cpu_moe_layers;
    const char *host; /**< a CPU or rig of the catalog */
    const char *source_url;
    const char *quality;
} llmp_measured_row;

/** Owner of rows and their text. */
typedef struct llmp_measured llmp_measured;

/**
 * Reads a CSV with a header. Required columns: device, device_count, model, quant, engine, backend,
 * phase, prompt_tokens, gen_tokens, context_depth, batch, tensor_parallel, tokens_per_s. The other
 * members of llmp_measured_row are optional columns; columns of other names are ignored, a blank is
 * unknown.
 * @param text   need not be NUL-terminated
 * @param where  file name for messages
 * @return LLMP_E_SCHEMA (a required column is missing: named), LLMP_E_VALUE (not a number, or out
 *         of range: line and column name), LLMP_E_SYNTAX, LLMP_E_DUPLICATE, LLMP_E_LIMIT (64 MiB,
 *         1,000,000 cells), LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_measured_read(const char *text, size_t text_bytes,
                                                       const char *where, llmp_measured **out,
                                                       llmp_error *error);

/** What a benchmark's output does not say, or says in words the catalog does not know. */
typedef struct llmp_measured_given {
    uint32_t struct_size;
    const char *device; /**< NULL: the file's; likewise the others */
    const char *model;
    const char *quant;
    const char *engine;
    const char *backend;
    double device_count; /**< 0: the file's */
} llmp_measured_given;

#define LLMP_MEASURED_GIVEN_INIT                                       \
    {                                                                  \
        sizeof(llmp_measured_given), NULL, NULL, NULL, NULL, NULL, 0.0 \
    }

/**
 * Reads what a benchmark wrote.
 * - "csv": as llmp_measured_read.
 * - "llama-bench": its CSV, JSON, JSONL, SQL or Markdown, whichever the text is. Device, model and
 *   quant come from the GPU, the file name and the type it names. A pp+tg test is neither phase.
 * - "vllm": JSON of benchmark_serving (one result, a list, or one a line). A decode row of as many
 *   sequences as ran at once, each at the median time per output token, at the mean prompt's depth;
 *   with one at a time also a prefill row, mean prompt over median time to first token, server and
 *   all. Several devices share each layer.
 * - "mlx": what mlx_lm.generate and mlx_lm.benchmark print. Generation follows the prompt.
 * Names are looked up the way their makers write them: "NVIDIA GeForce RTX 4090",
 * "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "Q4_K - Medium". What is not found keeps its words.
 * @param given  replaces what the file says; NULL for nothing
 * @return LLMP_E_UNKNOWN (no such format), LLMP_E_SYNTAX or LLMP_E_SCHEMA (no such output), and as
 *         llmp_measured_read
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_measured_read_as(const llmp_catalog *catalog,
                                                          const char *format, const char *text,
                                                          size_t text_bytes, const char *where,
                                                          const llmp_measured_given *given,
                                                          llmp_measured **out, llmp_error *error);

/** Frees; sets *measured to NULL; accepts NULL. */
LLMP_API void llmp_measured_destroy(llmp_measured **measured);
LLMP_API size_t llmp_measured_size(const llmp_measured *measured);
/** Row i in the file's order; NULL when out of range. */
LLMP_API const llmp_measured_row *llmp_measured_at(const llmp_measured *measured, size_t i);

#ifdef __cplusplus
}
#endif
#endif
