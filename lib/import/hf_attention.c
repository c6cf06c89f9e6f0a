/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/hf_config.h"

#include "base/error.h"

#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

static bool has(const llmp__hf *hf, unsigned flag)
{
    return (hf->traits->flags & flag) != 0;
}

/* --- which layers see how far -------------------------------------------------------------------
 */

typedef enum reach { REACH_FULL, REACH_SLIDING, REACH_CHUNKED } reach;

static llmp_status reach_by_type(const llmp__hf *hf, const char *type, reach *out)
{
    static const struct {
        const char *name;
        reach reach;
    } types[] = {{"full_attention", REACH_FULL},
                 {"attention", REACH_FULL},
                 {"sliding_attention", REACH_SLIDING},
                 {"chunked_attention", REACH_CHUNKED}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, type) == 0) {
            *out = types[i].reach;
            return LLMP_OK;
        }
    }
    return llmp__fail_at(hf->error, LLMP_E_UNSUPPORTED, hf->where, hf->text->line, 0, "layer_types",
                         "the layer type '%.64s' is not known", type);
}

static llmp_status reach_of(const llmp__hf *hf, uint32_t layer, reach *out)
{
    const char *type = llmp__hf_text_at(hf, "layer_types", layer);
    uint32_t period = 0, flag = 0;
    *out = REACH_FULL;
    if (hf->traits->layout != HF_UNIFORM) {
        return LLMP_OK; /* hybrids see everything where they attend at all */
    }
    if (type != NULL) {
        return reach_by_type(hf, type, out);
    }
    if (llmp__hf_find(hf, "hybrid_layer_pattern") != NULL) { /* MiMo: 1 slides */
        TRY(llmp__hf_get(hf, "hybrid_layer_pattern", layer, 0, &flag));
        *out = flag != 0 ? REACH_SLIDING : REACH_FULL;
        return LLMP_OK;
    }
    const llmp__node *pattern = llmp__hf_find(hf, "sliding_window_pattern");
    if (pattern != NULL && pattern->kind == LLMP__NODE_QUOTED) { /* EXAONE: "LLLG" */
        period = (uint32_t)strlen(pattern->text);
    } else {
        TRY(llmp__hf_get(hf, "sliding_window_pattern", 0, hf->traits->full_period, &period));
    }
    if (period > 0) {
        bool chunks = strcmp(hf->traits->model_type, "llama4_text") == 0;
        bool full = layer % period == period - 1;
        *out = full ? REACH_FULL : chunks ? REACH_CHUNKED : REACH_SLIDING;
        return LLMP_OK;
    }
    bool slides = llmp__hf_find(hf, "sliding_window") != NULL;
    if (has(hf, HF_NO_WINDOW) ||
        (has(hf, HF_WINDOW_BY_KEY) && !llmp__hf_bool(hf, "use_sliding_window", false))) {
        slides = false;
    }
    *out = slides ? REACH_SLIDING : REACH_FULL;
    return LLMP_OK;
}

static llmp_status set_window(const llmp__hf *hf, reach how, llmp_block *b)
{
    if (how == REACH_SLIDING) {
        return llmp__hf_need(hf, "sliding_window|sliding_window_size", 0, &b->window_tokens);
    }
    if (how == REACH_CHUNKED) {
        b->window_kind = LLMP_WINDOW_CHUNKED;
        return llmp__hf_need(hf, "attention_chunk_size", 0, &b->window_tokens);
    }
    return LLMP_OK;
}

/* --- heads --------------------------------------------------------------------------------------
 */

static llmp_status set_head_dim(const llmp__hf *hf, llmp_block *b)
{
    const char *keys = "head_dim|attention_head_dim";
    if (llmp__hf_find(hf, keys) == NULL) {
        llmp_error ignored = LLMP_ERROR_INIT;
        llmp__hf quiet = *hf;
        quiet.error = &ignored;
        if (llmp__hf_need(&quiet, "head_dim", 0, &b->head_dim_k) == LLMP_OK) {
            return LLMP_OK;
        }
        if (hf->hidden % b->heads != 0) {
            return llmp__hf_fail(hf, "head_dim", "the key is missing and the heads do not divide");
        }
        b->head_dim_k = hf->hidden / b->heads; /* as every configuration class does */
        return LLMP_OK;
    }
    return llmp__hf_need(hf, keys, 0, &b->head_dim_k);
}

/* MiMo V2 and Gemma 4 give their two kinds of layer different heads. */
static llmp_status set_heads(const llmp__hf *hf, uint32_t layer, reach how, llmp_block *b)
{
    TRY(llmp__hf_need(hf, "num_attention_heads", layer, &b->heads));
    if (b->heads == 0) {
        return llmp__hf_fail(hf, "num_attention_heads", "is 0");
    }
    TRY(llmp__hf_get(hf, "num_key_value_heads", layer, b->heads, &b->kv_heads));
    if (strcmp(hf->traits->model_type, "gemma3_text") == 0) {
        TRY(llmp__hf_need(hf, "num_key_value_heads", layer, &b->kv_heads));
    }
    TRY(set_head_dim(hf, b));
    TRY(llmp__hf_get(hf, "v_head_dim", 0, b->head_dim_k, &b->head_dim_v));
    if (how == REACH_SLIDING) {
        TRY(llmp__hf_get(hf, "swa_num_attention_heads", 0, b->heads, &b->heads));
        TRY(llmp__hf_get(hf, "swa_num_key_value_heads", 0, b->kv_heads, &b->kv_heads));
        TRY(llmp__hf_get(hf, "swa_head_dim", 0, b->head_dim_k, &b->head_dim_k));
        TRY(llmp__hf_get(hf, "swa_v_head_dim", 0, b->head_dim_v, &b->head_dim_v));
    } else {
        TRY(llmp__hf_get(hf, "global_head_dim", 0, b->head_dim_k, &b->head_dim_k));
        TRY(llmp__hf_get(hf, "global_head_dim", 0, b->head_dim_v, &b->head_dim_v));
        TRY(llmp__hf_get(hf, "num_global_key_value_heads", 0, b->kv_heads, &b->kv_heads));
        b->k_equals_v = llmp__hf_bool(hf, "attention_k_eq_v", false);
    }
    if (b->heads == 0 || b->kv_heads == 0 || b->heads % b->kv_heads != 0) {
        return llmp__hf_fail(hf, "num_key_value_heads", "does not divide the query heads");
    }
    return LLMP_OK;
}

static void set_norms_and_biases(const llmp__hf *hf, reach how, llmp_block *b)
{
    bool by_key = !has(hf, HF_QK_BY_KEY) || llmp__hf_bool(hf, "use_qk_norm", false);
    if (by_key && has(hf, HF_QK_HEAD)) {
        b->qk_norm = LLMP_QK_NORM_HEAD;
    } else if (by_key && has(hf, HF_QK_FULL)) {
        b->qk_norm = LLMP_QK_NORM_FULL;
    }
    bool bias = llmp__hf_bool(hf, "attention_bias", false);
    b->qkv_bias = has(hf, HF_QKV_BIAS) || bias || llmp__hf_bool(hf, "use_qkv_bias", false);
    b->output_bias =
        (bias && has(hf, HF_OUT_BIAS)) || llmp__hf_bool(hf, "attention_out_bias", false);
    b->sinks =
        has(hf, HF_SINKS) || llmp__hf_bool(hf,
                                           how == REACH_SLIDING ? "add_swa_attention_sink_bias"
                                                                : "add_full_attention_sink_bias",
                                           false);
    b->norms = has(hf, HF_SANDWICH) ? 2 : 1;
    b->fused_qkv = has(hf, HF_FUSED_QKV);
    b->output_gate = has(hf, HF_GATED_OUT) && llmp__hf_bool(hf, "attn_output_gate", true);
}

llmp_status llmp__hf_attention(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    llmp_block *b = out;
    *b = llmp__builder_block(LLMP_BLOCK_ATTENTION);
    reach how = REACH_FULL;
    uint32_t shared = 0;
    TRY(reach_of(hf, layer, &how));
    TRY(set_window(hf, how, b));
    TRY(set_heads(hf, layer, how, b));
    set_norms_and_biases(hf, how, b);
    TRY(llmp__hf_get(hf, "num_kv_shared_layers", 0, 0, &shared));
    if (shared <= hf->layers && layer >= hf->layers - shared) {
        b->shares_kv = true;
        /* Gemma 4 leaves the unused projections out; Gemma 3n ships them. */
        b->omits_kv_projection = strncmp(hf->traits->model_type, "gemma4", 6) == 0;
    }
    return LLMP_OK;
}

/* --- latent attention ---------------------------------------------------------------------------
 */

/* GLM-5.2: only some layers own an indexer; the others reuse its selection. */
static bool owns_indexer(const llmp__hf *hf, uint32_t layer)
{
    const char *type = llmp__hf_text_at(hf, "indexer_types", layer);
    return type == NULL || strcmp(type, "full") == 0;
}

llmp_status llmp__hf_mla(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    llmp_block *b = out;
    *b = llmp__builder_block(LLMP_BLOCK_MLA);
    TRY(llmp__hf_need(hf, "num_attention_heads", 0, &b->heads));
    TRY(llmp__hf_get(hf, "q_lora_rank", 0, 0, &b->q_lora_rank));
    TRY(llmp__hf_need(hf, "kv_lora_rank", 0, &b->kv_lora_rank));
    TRY(llmp__hf_need(hf, "qk_nope_head_dim", 0, &b->head_dim_nope));
    TRY(llmp__hf_need(hf, "qk_rope_head_dim", 0, &b->head_dim_rope));
    TRY(llmp__hf_need(hf, "v_head_dim", 0, &b->head_dim_v));
    TRY(llmp__hf_get(hf, "index_topk", 0, 0, &b->index_topk));
    if (b->index_topk > 0 && owns_indexer(hf, layer)) {
        TRY(llmp__hf_need(hf, "index_n_heads", 0, &b->index_heads));
        TRY(llmp__hf_need(hf, "index_head_dim", 0, &b->index_head_dim));
    }
    b->output_gate = llmp__hf_bool(hf, "mla_use_output_gate", false);
    return LLMP_OK;
}

/* --- compressed attention -----------------------------------------------------------------------
 */

llmp_status llmp__hf_compressed(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    enum { FINE = 4 }; /* the ratio whose pools overlap and are chosen by an indexer */
    llmp_block *b = out;
    *b = llmp__builder_block(LLMP_BLOCK_ATTENTION);
    TRY(llmp__hf_need(hf, "num_attention_heads", 0, &b->heads));
    TRY(llmp__hf_need(hf, "num_key_value_heads", 0, &b->kv_heads));
    TRY(llmp__hf_need(hf, "head_dim", 0, &b->head_dim_k));
    TRY(llmp__hf_need(hf, "q_lora_rank", 0, &b->q_lora_rank));
    TRY(llmp__hf_need(hf, "o_lora_rank", 0, &b->o_lora_rank));
    TRY(llmp__hf_need(hf, "o_groups", 0, &b->o_groups));
    TRY(llmp__hf_need(hf, "sliding_window", 0, &b->window_tokens));
    TRY(llmp__hf_need(hf, "compress_ratios", layer, &b->compress_ratio));
    b->single_kv = true;
    b->sinks = has(hf, HF_SINKS);
    if (b->compress_ratio == FINE) {
        b->compress_overlap = true;
        TRY(llmp__hf_need(hf, "index_n_heads", 0, &b->index_heads));
        TRY(llmp__hf_need(hf, "index_head_dim", 0, &b->index_head_dim));
        TRY(llmp__hf_need(hf, "index_topk", 0, &b->index_topk));
    }
    return LLMP_OK;
}
