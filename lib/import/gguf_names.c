/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as llama.cpp writes them (gguf-py/gguf/constants.py, src/llama-arch.cpp). */
#include "import/gguf_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(suffix, role, slot)               \
    {                                         \
        suffix, LLMP_ROLE_##role, SLOT_##slot \
    }

const llmp__gguf_name llmp__gguf_names[] = {
    ROW("altup_correct_coef.weight", PROJECTION, NONE),
    ROW("altup_correct_scale.weight", NORM, NONE),
    ROW("altup_predict_coef.weight", PROJECTION, NONE),
    ROW("altup_proj.weight", PROJECTION, NONE),
    ROW("altup_router.weight", PROJECTION, NONE),
    ROW("altup_router_norm.weight", NORM, NONE),
    ROW("altup_unembd_proj.weight", PROJECTION, NONE),
    ROW("attn_compress_ape", NORM, COMPRESS_APE),
    ROW("attn_compress_ape.weight", NORM, COMPRESS_APE),
    ROW("attn_compress_gate.weight", PROJECTION, COVERED),
    ROW("attn_compress_kv.weight", PROJECTION, COVERED),
    ROW("attn_compress_norm.weight", NORM, COVERED),
    ROW("attn_compressor_ape", NORM, COMPRESS_APE),
    ROW("attn_compressor_ape.weight", NORM, COMPRESS_APE),
    ROW("attn_compressor_gate.weight", PROJECTION, COVERED),
    ROW("attn_compressor_kv.weight", PROJECTION, COVERED),
    ROW("attn_compressor_norm.weight", NORM, COVERED),
    ROW("attn_gate.weight", ATTENTION_GATE, GATE),
    ROW("attn_k.bias", BIAS, K_BIAS),
    ROW("attn_k.weight", ATTENTION_K, K),
    ROW("attn_k_b.weight", MLA_K_B, K_B),
    ROW("attn_k_norm.bias", BIAS, NONE),
    ROW("attn_k_norm.weight", NORM, K_NORM),
    ROW("attn_kv.weight", MLA_KV_A, SINGLE_KV),
    ROW("attn_kv_a_mqa.weight", MLA_KV_A, KV_A),
    ROW("attn_kv_a_norm.weight", NORM, KV_A_NORM),
    ROW("attn_kv_b.weight", MLA_KV_B, KV_B),
    ROW("attn_kv_norm.weight", NORM, COVERED),
    ROW("attn_norm.bias", BIAS, MIXER_NORM),
    ROW("attn_norm.weight", NORM, MIXER_NORM),
    ROW("attn_norm_2.bias", BIAS, MIXER_NORM),
    ROW("attn_norm_2.weight", NORM, MIXER_NORM),
    ROW("attn_output.bias", BIAS, OUTPUT_BIAS),
    ROW("attn_output.weight", ATTENTION_OUTPUT, OUTPUT),
    ROW("attn_output_a.weight", ATTENTION_OUTPUT, OUTPUT_A),
    ROW("attn_output_b.weight", ATTENTION_OUTPUT, OUTPUT_B),
    ROW("attn_output_norm.bias", BIAS, POST_MIXER_NORM),
    ROW("attn_output_norm.weight", NORM, POST_MIXER_NORM),
    ROW("attn_post_norm.weight", NORM, POST_MIXER_NORM),
    ROW("attn_q.bias", BIAS, Q_BIAS),
    ROW("attn_q.weight", ATTENTION_Q, Q),
    ROW("attn_q_a.weight", MLA_Q_A, Q_A),
    ROW("attn_q_a_norm.weight", NORM, COVERED),
    ROW("attn_q_b.weight", MLA_Q_B, Q_B),
    ROW("attn_q_norm.bias", BIAS, NONE),
    ROW("attn_q_norm.weight", NORM, Q_NORM),
    ROW("attn_qkv.bias", BIAS, QKV_BIAS),
    ROW("attn_qkv.weight", ATTENTION_QKV, QKV),
    ROW("attn_rot_embd.weight", OTHER, TABLE),
    ROW("attn_sinks.weight", NORM, SINKS),
    ROW("attn_sub_norm.weight", NORM, NONE),
    ROW("attn_v.bias", BIAS, V_BIAS),
    ROW("attn_v.weight", ATTENTION_V, V),
    ROW("attn_v_b.weight", MLA_V_B, V_B),
    ROW("attn_v_norm.weight", NORM, V_NORM),
    ROW("channel_mix_key.weight", FFN_UP, FFN_UP),
    ROW("channel_mix_receptance.weight", PROJECTION, NONE),
    ROW("channel_mix_value.weight", FFN_DOWN, FFN_DOWN),
    ROW("exp_probs_b", BIAS, ROUTER_BIAS),
    ROW("exp_probs_b.bias", BIAS, ROUTER_BIAS),
    ROW("ffn_act.scales", OTHER, NONE),
    ROW("ffn_down.bias", BIAS, FFN_BIAS),
    ROW("ffn_down.weight", FFN_DOWN, FFN_DOWN),
    ROW("ffn_down_exps.bias", BIAS, EXPERT_BIAS),
    ROW("ffn_down_exps.scale", NORM, NONE),
    ROW("ffn_down_exps.weight", EXPERT_DOWN, EXPERT_DOWN),
    ROW("ffn_down_shexp.weight", SHARED_DOWN, SHARED_DOWN),
    ROW("ffn_gate.bias", BIAS, FFN_BIAS),
    ROW("ffn_gate.weight", FFN_GATE, FFN_GATE),
    ROW("ffn_gate_exps.bias", BIAS, EXPERT_BIAS),
    ROW("ffn_gate_exps.weight", EXPERT_GATE, EXPERT_GATE),
    ROW("ffn_gate_inp.bias", BIAS, ROUTER_BIAS),
    ROW("ffn_gate_inp.scale", NORM, NONE),
    ROW("ffn_gate_inp.weight", ROUTER, ROUTER),
    ROW("ffn_gate_inp_shexp.weight", NORM, SHARED_SIGMOID),
    ROW("ffn_gate_shexp.weight", SHARED_GATE, SHARED_GATE),
    ROW("ffn_gate_tid2eid", OTHER, TABLE),
    ROW("ffn_gate_tid2eid.weight", OTHER, TABLE),
    ROW("ffn_gate_up_exps.bias", BIAS, EXPERT_BIAS),
    ROW("ffn_gate_up_exps.weight", EXPERT_UP, EXPERT_GATE_UP),
    ROW("ffn_latent_down.weight", PROJECTION, LATENT),
    ROW("ffn_latent_up.weight", PROJECTION, COVERED),
    ROW("ffn_norm.bias", BIAS, FFN_NORM),
    ROW("ffn_norm.weight", NORM, FFN_NORM),
    ROW("ffn_norm_exps.weight", NORM, MOE_NORM),
    ROW("ffn_post_norm.weight", NORM, POST_FFN_NORM),
    ROW("ffn_post_norm_1.weight", NORM, MOE_NORM),
    ROW("ffn_post_norm_2.weight", NORM, MOE_NORM),
    ROW("ffn_pre_norm_2.weight", NORM, MOE_NORM),
    ROW("ffn_sub_norm.weight", NORM, NONE),
    ROW("ffn_up.bias", BIAS, FFN_BIAS),
    ROW("ffn_up.weight", FFN_UP, FFN_UP),
    ROW("ffn_up_exps.bias", BIAS, EXPERT_BIAS),
    ROW("ffn_up_exps.weight", EXPERT_UP, EXPERT_UP),
    ROW("ffn_up_shexp.weight", SHARED_UP, SHARED_UP),
    ROW("hc_attn_base", NORM, COVERED),
    ROW("hc_attn_base.weight", NORM, COVERED),
    ROW("hc_attn_fn", NORM, COVERED),
    ROW("hc_attn_fn.weight", NORM, COVERED),
    ROW("hc_attn_scale", NORM, COVERED),
    ROW("hc_attn_scale.weight", NORM, COVERED),
    ROW("hc_ffn_base", NORM, COVERED),
    ROW("hc_ffn_base.weight", NORM, COVERED),
    ROW("hc_ffn_fn", NORM, COVERED),
    ROW("hc_ffn_fn.weight", NORM, COVERED),
    ROW("hc_ffn_scale", NORM, COVERED),
    ROW("hc_ffn_scale.weight", NORM, COVERED),
    ROW("indexer.attn_k.weight", INDEXER, INDEX_K),
    ROW("indexer.attn_q_b.weight", INDEXER, INDEX_Q_B),
    ROW("indexer.compress_ape", NORM, INDEX_APE),
    ROW("indexer.compress_ape.weight", NORM, INDEX_APE),
    ROW("indexer.compress_gate.weight", INDEXER, COVERED),
    ROW("indexer.compress_kv.weight", INDEXER, COVERED),
    ROW("indexer.compress_norm.weight", NORM, COVERED),
    ROW("indexer.compressor_ape", NORM, INDEX_APE),
    ROW("indexer.compressor_ape.weight", NORM, INDEX_APE),
    ROW("indexer.compressor_gate.weight", INDEXER, COVERED),
    ROW("indexer.compressor_kv.weight", INDEXER, COVERED),
    ROW("indexer.compressor_norm.weight", NORM, COVERED),
    ROW("indexer.k_norm.bias", BIAS, COVERED),
    ROW("indexer.k_norm.weight", NORM, COVERED),
    ROW("indexer.proj.weight", INDEXER, COVERED),
    ROW("indexer_compress_ape", NORM, INDEX_APE),
    ROW("indexer_compress_ape.weight", NORM, INDEX_APE),
    ROW("indexer_compress_gate.weight", INDEXER, COVERED),
    ROW("indexer_compress_kv.weight", INDEXER, COVERED),
    ROW("indexer_compress_norm.weight", NORM, COVERED),
    ROW("indexer_compressor_ape", NORM, INDEX_APE),
    ROW("indexer_compressor_ape.weight", NORM, INDEX_APE),
    ROW("indexer_compressor_gate.weight", INDEXER, COVERED),
    ROW("indexer_compressor_kv.weight", INDEXER, COVERED),
    ROW("indexer_compressor_norm.weight", NORM, COVERED),
    ROW("inp_gate.weight", PROJECTION, LAYER_INPUT_GATE),
    ROW("laurel_l.weight", PROJECTION, NONE),
    ROW("laurel_post_norm.weight", NORM, NONE),
    ROW("laurel_r.weight", PROJECTION, NONE),
    ROW("layer_output_norm.bias", BIAS, POST_FFN_NORM),
    ROW("layer_output_norm.weight", NORM, POST_FFN_NORM),
    ROW("layer_output_scale.weight", NORM, NONE),
    ROW("nextn.eh_proj.weight", MTP, MTP),
    ROW("nextn.embed_tokens.weight", MTP, MTP),
    ROW("nextn.enorm.weight", MTP, MTP),
    ROW("nextn.hnorm.weight", MTP, MTP),
    ROW("nextn.shared_head_head.weight", MTP, MTP),
    ROW("nextn.shared_head_norm.weight", MTP, MTP),
    ROW("output.bias", BIAS, HEAD_BIAS),
    ROW("output.weight", OUTPUT_HEAD, HEAD),
    ROW("output_hc_base", NORM, HYPER_BASE),
    ROW("output_hc_base.weight", NORM, HYPER_BASE),
    ROW("output_hc_fn", NORM, COVERED),
    ROW("output_hc_fn.weight", NORM, COVERED),
    ROW("output_hc_scale", NORM, COVERED),
    ROW("output_hc_scale.weight", NORM, COVERED),
    ROW("output_norm.bias", BIAS, NONE),
    ROW("output_norm.weight", NORM, OUTPUT_NORM),
    ROW("per_layer_model_proj.weight", PROJECTION, COVERED),
    ROW("per_layer_proj_norm.weight", NORM, COVERED),
    ROW("per_layer_token_embd.weight", PER_LAYER_EMBEDDING, LAYER_EMBEDDING),
    ROW("position_embd.weight", OTHER, NONE),
    ROW("post_attention_norm.bias", BIAS, POST_MIXER_NORM),
    ROW("post_attention_norm.weight", NORM, POST_MIXER_NORM),
    ROW("post_ffw_norm.bias", BIAS, POST_FFN_NORM),
    ROW("post_ffw_norm.weight", NORM, POST_FFN_NORM),
    ROW("post_ffw_norm_1.weight", NORM, MOE_NORM),
    ROW("post_ffw_norm_2.weight", NORM, MOE_NORM),
    ROW("post_norm.weight", NORM, COVERED),
    ROW("pre_ffw_norm_2.weight", NORM, MOE_NORM),
    ROW("proj.weight", PROJECTION, COVERED),
    ROW("rope_factors_long.weight", OTHER, TABLE),
    ROW("rope_factors_short.weight", OTHER, TABLE),
    ROW("rope_freqs.weight", OTHER, TABLE),
    ROW("shortconv.conv.weight", SSM_CONV, SHORT_CONV),
    ROW("shortconv.in_proj.weight", SSM_IN, COVERED),
    ROW("shortconv.out_proj.weight", SSM_OUT, COVERED),
    ROW("ssm_a", NORM, COVERED),
    ROW("ssm_alpha.weight", SSM_OTHER, SSM_BA),
    ROW("ssm_b_norm.weight", NORM, NONE),
    ROW("ssm_ba.weight", SSM_OTHER, SSM_BA),
    ROW("ssm_beta.weight", SSM_OTHER, SSM_BA),
    ROW("ssm_c_norm.weight", NORM, NONE),
    ROW("ssm_conv1d.bias", BIAS, COVERED),
    ROW("ssm_conv1d.weight", SSM_CONV, SSM_CONV),
    ROW("ssm_conv1d_k.weight", SSM_CONV, COVERED),
    ROW("ssm_conv1d_q.weight", SSM_CONV, KDA_CONV),
    ROW("ssm_conv1d_v.weight", SSM_CONV, COVERED),
    ROW("ssm_d", NORM, COVERED),
    ROW("ssm_dt.bias", BIAS, COVERED),
    ROW("ssm_dt.weight", SSM_OTHER, COVERED),
    ROW("ssm_dt_norm.weight", NORM, NONE),
    ROW("ssm_f_a.weight", SSM_OTHER, KDA_GATE),
    ROW("ssm_f_b.weight", SSM_OTHER, COVERED),
    ROW("ssm_g_a.weight", SSM_OTHER, COVERED),
    ROW("ssm_g_b.weight", SSM_OTHER, COVERED),
    ROW("ssm_in.weight", SSM_IN, SSM_IN),
    ROW("ssm_norm.weight", NORM, SSM_NORM),
    ROW("ssm_out.weight", SSM_OUT, SSM_OUT),
    ROW("ssm_x.weight", SSM_OTHER, SSM_X),
    ROW("time_mix_gate.weight", PROJECTION, GATE),
    ROW("time_mix_key.weight", PROJECTION, TIME_MIX),
    ROW("time_mix_output.weight", PROJECTION, COVERED),
    ROW("time_mix_receptance.weight", PROJECTION, COVERED),
    ROW("time_mix_value.weight", PROJECTION, COVERED),
    ROW("token_embd.weight", TOKEN_EMBEDDING, TOKEN_EMBEDDING),
    ROW("token_embd_norm.bias", BIAS, NONE),
    ROW("token_embd_norm.weight", NORM, NONE),
    ROW("token_types.weight", OTHER, NONE),
};
const size_t llmp__gguf_name_count = sizeof llmp__gguf_names / sizeof llmp__gguf_names[0];

static int by_suffix(const void *suffix, const void *row)
{
    return strcmp(suffix, ((const llmp__gguf_name *)row)->suffix);
}

const llmp__gguf_name *llmp__gguf_name_find(const char *suffix)
{
    return bsearch(suffix, llmp__gguf_names, llmp__gguf_name_count, sizeof llmp__gguf_names[0],
                   by_suffix);
}

/* Reads at most seven digits; NULL when there are none. */
static const char *read_digits(const char *at, uint32_t *out)
{
    uint32_t number = 0;
    int digits = 0;
    for (; *at >= '0' && *at <= '9' && digits < 7; at++, digits++) {
        number = number * 10 + (uint32_t)(*at - '0');
    }
    *out = number;
    return digits > 0 ? at : NULL;
}

const char *llmp__gguf_name_split(const char *name, uint32_t *out_layer)
{
    *out_layer = LLMP_NO_LAYER;
    if (strncmp(name, "blk.", 4) != 0) {
        return name;
    }
    uint32_t layer = 0;
    const char *end = read_digits(name + 4, &layer);
    if (end == NULL || *end != '.') {
        return name;
    }
    *out_layer = layer;
    return end + 1;
}

const llmp__gguf_name *llmp__gguf_name_expert(const char *suffix)
{
    static const llmp__gguf_name experts[] = {ROW("ffn_gate.", EXPERT_GATE, SPLIT_GATE),
                                              ROW("ffn_up.", EXPERT_UP, SPLIT_UP),
                                              ROW("ffn_down.", EXPERT_DOWN, SPLIT_DOWN)};
    for (size_t i = 0; i < sizeof experts / sizeof experts[0]; i++) {
        size_t length = strlen(experts[i].suffix);
        uint32_t expert = 0;
        if (strncmp(suffix, experts[i].suffix, length) != 0) {
            continue;
        }
        const char *end = read_digits(suffix + length, &expert);
        return end != NULL && strcmp(end, ".weight") == 0 ? &experts[i] : NULL;
    }
    return NULL;
}
