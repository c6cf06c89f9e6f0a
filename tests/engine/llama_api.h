/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file llama_api.h
 * @brief The part of llama.cpp's interface that the suite calls, as of release v0.5.0.
 *
 * The npm package ships shared libraries and no headers, so structures and enumerators are declared
 * here. They hold for that release only; llama_run checks llama_version().
 */
#ifndef LLMP_ENGINE_LLAMA_API_H
#define LLMP_ENGINE_LLAMA_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LLAMA_RELEASE "v0.5.0"

typedef struct llama_model llama_model;
typedef struct llama_context llama_context;
typedef struct llama_memory llama_memory;

typedef struct llama_model_params {
    void *devices;
    const void *tensor_buft_overrides;
    int32_t n_gpu_layers;
    int split_mode;
    int load_mode;
    int lazy_mode;
    int32_t main_gpu;
    const float *tensor_split;
    void *progress_callback;
    void *progress_callback_user_data;
    const void *kv_overrides;
    bool vocab_only, check_tensors, use_extra_bufts, no_host, no_alloc, load_mtp;
} llama_model_params;

typedef struct llama_context_params {
    uint32_t n_ctx, n_batch, n_ubatch, n_seq_max, n_rs_seq, n_outputs_max, n_outputs_max_per_seq;
    int32_t n_threads, n_threads_batch;
    int ctx_type, rope_scaling_type, pooling_type, attention_type, flash_attn_type;
    float rope_freq_base, rope_freq_scale, yarn_ext_factor, yarn_attn_factor, yarn_beta_fast,
        yarn_beta_slow;
    uint32_t yarn_orig_ctx;
    float defrag_thold;
    void *cb_eval, *cb_eval_user_data;
    int type_k, type_v;
    void *abort_callback, *abort_callback_data;
    bool embeddings, offload_kqv, no_perf, op_offload, swa_full, kv_unified;
    void *samplers;
    size_t n_samplers;
    llama_context *ctx_other;
} llama_context_params;

typedef struct llama_batch {
    int32_t n_tokens;
    int32_t *token;
    float *embd;
    int32_t *pos;
    int32_t *n_seq_id;
    int32_t **seq_id;
    int8_t *logits;
} llama_batch;

enum { LLAMA_LOG_INFO = 2 }; /* below: debugging */
typedef void (*llama_log)(int level, const char *text, void *user);

/* NAME(result, arguments) of every function called. */
#define LLAMA_FUNCTIONS(NAME)                                                           \
    NAME(llama_version, const char *, (void))                                           \
    NAME(llama_backend_init, void, (void))                                              \
    NAME(llama_log_set, void, (llama_log, void *))                                      \
    NAME(llama_model_default_params, llama_model_params, (void))                        \
    NAME(llama_context_default_params, llama_context_params, (void))                    \
    NAME(llama_model_load_from_file, llama_model *, (const char *, llama_model_params)) \
    NAME(llama_model_free, void, (llama_model *))                                       \
    NAME(llama_init_from_model, llama_context *, (llama_model *, llama_context_params)) \
    NAME(llama_free, void, (llama_context *))                                           \
    NAME(llama_get_memory, llama_memory *, (const llama_context *))                     \
    NAME(llama_memory_clear, void, (llama_memory *, bool))                              \
    NAME(llama_batch_init, llama_batch, (int32_t, int32_t, int32_t))                    \
    NAME(llama_batch_free, void, (llama_batch))                                         \
    NAME(llama_decode, int32_t, (llama_context *, llama_batch))                         \
    NAME(llama_synchronize, void, (llama_context *))                                    \
    NAME(llama_state_seq_save_file, size_t,                                             \
         (llama_context *, const char *, int32_t, const int32_t *, size_t))             \
    NAME(llama_state_seq_load_file, size_t,                                             \
         (llama_context *, const char *, int32_t, int32_t *, size_t, size_t *))

#endif
