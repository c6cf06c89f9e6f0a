/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as transformers and MLX write them: MODULE.PART, where the last word of MODULE and the
 * words around it tell the role. */
#include "import/hf_names.h"

#include <string.h>

/* --- parts --------------------------------------------------------------------------------------
 */

static const struct {
    const char *tail;
    llmp__hf_part part;
} parts[] = {
    /* longest first where one is the tail of another */
    {".weight_global_scale", HF_PART_SIDE},
    {".input_global_scale", HF_PART_SIDE},
    {".weight_zero_point", HF_PART_SCALE},
    {".weight_scale_inv", HF_PART_SCALE},
    {".weight_scale_2", HF_PART_SIDE},
    {".weight_g_idx", HF_PART_SIDE},
    {".weight_packed", HF_PART_WEIGHT},
    {".activation_scale", HF_PART_SIDE},
    {".weight_scale", HF_PART_SCALE},
    {".weight_shape", HF_PART_SIDE},
    {".input_scale", HF_PART_SIDE},
    {".k_scale", HF_PART_SIDE},
    {".v_scale", HF_PART_SIDE},
    {".qweight", HF_PART_WEIGHT},
    {".qzeros", HF_PART_SCALE},
    {".scales", HF_PART_SCALE},
    {".biases", HF_PART_SCALE},
    {".g_idx", HF_PART_SIDE},
    {".trellis", HF_PART_WEIGHT},
    {".suh", HF_PART_SCALE},
    {".svh", HF_PART_SCALE},
    {".weight", HF_PART_WEIGHT},
    {".bias", HF_PART_BIAS},
    {"_blocks", HF_PART_WEIGHT},
    {"_scales", HF_PART_SCALE},
    {"_bias", HF_PART_BIAS},
};

static llmp__hf_part split_part(const char *name, size_t *out_length)
{
    size_t length = strlen(name);
    *out_length = length;
    /* bitsandbytes: X.weight, X.weight.absmax, X.weight.quant_state.bitsandbytes__nf4 */
    const char *side = strstr(name, ".weight.");
    if (side != NULL) {
        *out_length = (size_t)(side - name);
        return HF_PART_SCALE;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t tail = strlen(parts[i].tail);
        if (length > tail && strcmp(name + length - tail, parts[i].tail) == 0) {
            *out_length = length - tail;
            return parts[i].part;
        }
    }
    return HF_PART_WEIGHT;
}

/* --- modules ------------------------------------------------------------------------------------
 */

static const struct {
    const char *leaf;
    llmp_role role;
    const char *suffix;
} leaves[] = {
    {"A_log", LLMP_ROLE_NORM, "ssm_a"},
    {"c_fc", LLMP_ROLE_FFN_UP, "ffn_up.weight"},
    {"conv", LLMP_ROLE_SSM_CONV, "shortconv.conv.weight"},
    {"conv1d", LLMP_ROLE_SSM_CONV, "ssm_conv1d.weight"},
    {"down_proj", LLMP_ROLE_FFN_DOWN, "ffn_down.weight"},
    {"dt_proj", LLMP_ROLE_SSM_OTHER, "ssm_dt.weight"},
    {"embed_tokens", LLMP_ROLE_TOKEN_EMBEDDING, "token_embd.weight"},
    {"embed_tokens_per_layer", LLMP_ROLE_PER_LAYER_EMBEDDING, "per_layer_token_embd.weight"},
    {"embeddings", LLMP_ROLE_TOKEN_EMBEDDING, "token_embd.weight"},
    {"fc1", LLMP_ROLE_FFN_UP, "ffn_up.weight"},
    {"fc1_latent_proj", LLMP_ROLE_PROJECTION, "ffn_latent_down.weight"},
    {"fc2", LLMP_ROLE_FFN_DOWN, "ffn_down.weight"},
    {"fc2_latent_proj", LLMP_ROLE_PROJECTION, "ffn_latent_up.weight"},
    {"gate", LLMP_ROLE_ROUTER, "ffn_gate_inp.weight"},
    {"gate_proj", LLMP_ROLE_FFN_GATE, "ffn_gate.weight"},
    {"gate_up_proj", LLMP_ROLE_FFN_UP, "ffn_up.weight"},
    {"in_proj", LLMP_ROLE_SSM_IN, "ssm_in.weight"},
    {"in_proj_a", LLMP_ROLE_SSM_OTHER, "ssm_alpha.weight"},
    {"in_proj_b", LLMP_ROLE_SSM_OTHER, "ssm_beta.weight"},
    {"in_proj_ba", LLMP_ROLE_SSM_OTHER, "ssm_ba.weight"},
    {"in_proj_qkv", LLMP_ROLE_ATTENTION_QKV, "attn_qkv.weight"},
    {"in_proj_qkvz", LLMP_ROLE_SSM_IN, "ssm_in.weight"},
    {"in_proj_z", LLMP_ROLE_ATTENTION_GATE, "attn_gate.weight"},
    {"input_linear", LLMP_ROLE_FFN_UP, "ffn_up.weight"},
    {"k_proj", LLMP_ROLE_ATTENTION_K, "attn_k.weight"},
    {"kv_a_proj_with_mqa", LLMP_ROLE_MLA_KV_A, "attn_kv_a_mqa.weight"},
    {"kv_b_proj", LLMP_ROLE_MLA_KV_B, "attn_kv_b.weight"},
    {"layer", LLMP_ROLE_ROUTER, "ffn_gate_inp.weight"},
    {"lm_head", LLMP_ROLE_OUTPUT_HEAD, "output.weight"},
    {"o_proj", LLMP_ROLE_ATTENTION_OUTPUT, "attn_output.weight"},
    {"out_proj", LLMP_ROLE_SSM_OUT, "ssm_out.weight"},
    {"output_linear", LLMP_ROLE_FFN_DOWN, "ffn_down.weight"},
    {"per_layer_input_gate", LLMP_ROLE_PROJECTION, "inp_gate.weight"},
    {"per_layer_model_projection", LLMP_ROLE_PROJECTION, "per_layer_model_proj.weight"},
    {"per_layer_projection", LLMP_ROLE_PROJECTION, "proj.weight"},
    {"proj", LLMP_ROLE_ROUTER, "ffn_gate_inp.weight"},
    {"q_a_proj", LLMP_ROLE_MLA_Q_A, "attn_q_a.weight"},
    {"q_b_proj", LLMP_ROLE_MLA_Q_B, "attn_q_b.weight"},
    {"q_proj", LLMP_ROLE_ATTENTION_Q, "attn_q.weight"},
    {"qkv_proj", LLMP_ROLE_ATTENTION_QKV, "attn_qkv.weight"},
    {"query_key_value", LLMP_ROLE_ATTENTION_QKV, "attn_qkv.weight"},
    {"router", LLMP_ROLE_ROUTER, "ffn_gate_inp.weight"},
    {"shared_expert_gate", LLMP_ROLE_NORM, "ffn_gate_inp_shexp.weight"},
    {"up_proj", LLMP_ROLE_FFN_UP, "ffn_up.weight"},
    {"v_proj", LLMP_ROLE_ATTENTION_V, "attn_v.weight"},
    {"w1", LLMP_ROLE_FFN_GATE, "ffn_gate.weight"},
    {"w2", LLMP_ROLE_FFN_DOWN, "ffn_down.weight"},
    {"w3", LLMP_ROLE_FFN_UP, "ffn_up.weight"},
    {"word_embeddings", LLMP_ROLE_TOKEN_EMBEDDING, "token_embd.weight"},
    {"x_proj", LLMP_ROLE_SSM_OTHER, "ssm_x.weight"},
};

static bool has(const char *name, const char *word)
{
    return strstr(name, word) != NULL;
}

static bool is_vision(const char *name)
{
    static const char *const words[] = {"vision",       "visual", "multi_modal_projector",
                                        "mm_projector", "audio",  "image_newline"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (has(name, words[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t layer_of(const char *name)
{
    const char *at = strstr(name, "layers.");
    uint32_t layer = 0;
    int digits = 0;
    if (at == NULL) {
        return LLMP_NO_LAYER;
    }
    for (at += 7; *at >= '0' && *at <= '9' && digits < 7; at++, digits++) {
        layer = layer * 10 + (uint32_t)(*at - '0');
    }
    return digits > 0 ? layer : LLMP_NO_LAYER;
}

static void find_leaf(const char *name, size_t length, llmp__hf_name *out)
{
    size_t start = length;
    while (start > 0 && name[start - 1] != '.') {
        start--;
    }
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        if (strlen(leaves[i].leaf) == length - start &&
            memcmp(leaves[i].leaf, name + start, length - start) == 0) {
            out->role = leaves[i].role;
            out->suffix = leaves[i].suffix;
            return;
        }
    }
}

/* A feed-forward matrix is of a routed or shared expert by what it stands in. */
static void refine(const char *name, llmp__hf_name *out)
{
    static const struct {
        llmp_role plain, expert, shared;
        const char *expert_suffix, *shared_suffix;
    } rows[] = {{LLMP_ROLE_FFN_GATE, LLMP_ROLE_EXPERT_GATE, LLMP_ROLE_SHARED_GATE,
                 "ffn_gate_exps.weight", "ffn_gate_shexp.weight"},
                {LLMP_ROLE_FFN_UP, LLMP_ROLE_EXPERT_UP, LLMP_ROLE_SHARED_UP, "ffn_up_exps.weight",
                 "ffn_up_shexp.weight"},
                {LLMP_ROLE_FFN_DOWN, LLMP_ROLE_EXPERT_DOWN, LLMP_ROLE_SHARED_DOWN,
                 "ffn_down_exps.weight", "ffn_down_shexp.weight"}};
    bool shared = has(name, "shared_expert") || has(name, "shared_mlp");
    /* Granite stacks experts in block_sparse_moe.input_linear. */
    bool expert = !shared && (has(name, ".experts.") || has(name, "switch_mlp.") ||
                              has(name, "block_sparse_moe.input_linear") ||
                              has(name, "block_sparse_moe.output_linear"));
    for (size_t i = 0; i < 3; i++) {
        if (out->role != rows[i].plain || (!shared && !expert)) {
            continue;
        }
        out->role = shared ? rows[i].shared : rows[i].expert;
        out->suffix = shared ? rows[i].shared_suffix : rows[i].expert_suffix;
        out->expert = expert;
        return;
    }
    if (out->role == LLMP_ROLE_FFN_GATE && has(name, "self_attn.")) {
        out->role = LLMP_ROLE_ATTENTION_GATE;
        out->suffix = "attn_gate.weight";
    }
}

llmp__hf_name llmp__hf_name_of(const char *name, uint32_t layers)
{
    llmp__hf_name out = {.role = LLMP_ROLE_OTHER, .layer = LLMP_NO_LAYER, .suffix = "other"};
    out.part = split_part(name, &out.module_length);
    if (is_vision(name)) {
        out.role = LLMP_ROLE_VISION;
        return out;
    }
    out.layer = layer_of(name);
    if (strncmp(name, "mtp.", 4) == 0 || has(name, ".mtp.") || has(name, "mtp_block") ||
        (out.layer != LLMP_NO_LAYER && out.layer >= layers)) {
        out.role = LLMP_ROLE_MTP;
        return out;
    }
    if (has(name, "e_score_correction_bias") || has(name, "expert_bias")) {
        out.role = LLMP_ROLE_BIAS;
        out.suffix = "exp_probs_b.bias";
        return out;
    }
    find_leaf(name, out.module_length, &out);
    refine(name, &out);
    if (has(name, "indexer.") && out.role != LLMP_ROLE_OTHER) {
        out.role = LLMP_ROLE_INDEXER;
    }
    return out;
}
