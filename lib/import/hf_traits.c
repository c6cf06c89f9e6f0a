/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model_type implies beyond its keys. Read off the model code of transformers
 * (src/transformers/models/<model_type>/) and, for models of their own code, modeling_*.py beside
 * their weights; architecture is the name llama.cpp converts it to. */
#include "import/hf_config.h"

#include <string.h>

enum {
    QWEN3 = HF_QK_HEAD | HF_OUT_BIAS | HF_WINDOW_BY_KEY,
    DEEPSEEK = HF_MLA | HF_ROUTER_BIAS,
    GEMMA3 = HF_TIED | HF_SANDWICH | HF_QK_HEAD
};

static const llmp__hf_traits traits[] = {
    {"bailing_moe", "bailingmoe", "Ling", 0, HF_UNIFORM, 0},
    {"bailing_moe_v2", "bailingmoe2", "Ling", HF_QK_HEAD | HF_ROUTER_BIAS, HF_UNIFORM, 0},
    {"cohere", "command-r", "Command",
     HF_TIED | HF_PARALLEL | HF_OUT_BIAS | HF_QK_FULL | HF_QK_BY_KEY, HF_UNIFORM, 0},
    {"cohere2", "cohere2", "Command", HF_TIED | HF_PARALLEL | HF_OUT_BIAS, HF_UNIFORM, 4},
    {"deepseek_v2", "deepseek2", "DeepSeek", HF_MLA, HF_UNIFORM, 0},
    {"deepseek_v3", "deepseek2", "DeepSeek", DEEPSEEK, HF_UNIFORM, 0},
    {"deepseek_v32", "deepseek32", "DeepSeek", DEEPSEEK, HF_UNIFORM, 0},
    {"deepseek_v4", "deepseek4", "DeepSeek", HF_SINKS | HF_ROUTER_BIAS, HF_COMPRESSED, 0},
    {"ernie4_5", "ernie4_5", "ERNIE", HF_TIED, HF_UNIFORM, 0},
    {"ernie4_5_moe", "ernie4_5-moe", "ERNIE", HF_TIED | HF_ROUTER_BIAS, HF_UNIFORM, 0},
    {"exaone4", "exaone4", "EXAONE", HF_QK_HEAD, HF_UNIFORM, 4},
    {"falcon_h1", "falcon-h1", "Falcon", 0, HF_MAMBA_BESIDE, 0},
    {"gemma", "gemma", "Gemma", HF_TIED | HF_OUT_BIAS, HF_UNIFORM, 0},
    {"gemma2", "gemma2", "Gemma", HF_TIED | HF_SANDWICH | HF_OUT_BIAS, HF_UNIFORM, 2},
    {"gemma3_text", "gemma3", "Gemma", GEMMA3, HF_UNIFORM, 6},
    {"gemma3n_text", "gemma3n", "Gemma", GEMMA3, HF_UNIFORM, 5},
    {"gemma4", "gemma4", "Gemma", GEMMA3, HF_UNIFORM, 6},
    {"gemma4_text", "gemma4", "Gemma", GEMMA3, HF_UNIFORM, 6},
    {"gemma4_unified_text", "gemma4", "Gemma", GEMMA3, HF_UNIFORM, 6},
    {"glm4", "glm4", "GLM", HF_SANDWICH | HF_FUSED_UP, HF_UNIFORM, 0},
    {"glm4_moe", "glm4moe", "GLM", HF_QK_HEAD | HF_QK_BY_KEY | HF_ROUTER_BIAS, HF_UNIFORM, 0},
    {"glm4_moe_lite", "deepseek2", "GLM", DEEPSEEK, HF_UNIFORM, 0},
    {"glm5_next", "glm5-next", "GLM", DEEPSEEK, HF_KDA_TYPES, 0},
    {"glm5_next_text", "glm5-next", "GLM", DEEPSEEK, HF_KDA_TYPES, 0},
    {"glm_moe_dsa", "glm-dsa", "GLM", DEEPSEEK, HF_UNIFORM, 0},
    {"gpt_oss", "gpt-oss", "gpt-oss", HF_OUT_BIAS | HF_SINKS | HF_ROUTER_BIAS | HF_EXPERT_BIAS,
     HF_UNIFORM, 2},
    {"granite", "granite", "Granite", HF_OUT_BIAS, HF_UNIFORM, 0},
    {"granitemoe", "granitemoe", "Granite", HF_OUT_BIAS, HF_UNIFORM, 0},
    {"granitemoehybrid", "granitehybrid", "Granite", HF_TIED | HF_OUT_BIAS, HF_MAMBA_TYPES, 0},
    {"hunyuan_v1_dense", "hunyuan-dense", "Hunyuan", HF_QK_HEAD | HF_OUT_BIAS, HF_UNIFORM, 0},
    {"hunyuan_v1_moe", "hunyuan-moe", "Hunyuan", HF_QK_HEAD | HF_OUT_BIAS, HF_UNIFORM, 0},
    {"jamba", "jamba", "Jamba", 0, HF_MAMBA_PERIOD, 0},
    {"kimi_k2", "deepseek2", "Kimi", DEEPSEEK, HF_UNIFORM, 0},
    {"kimi_k3", "kimi-k3", "Kimi", DEEPSEEK | HF_FULL_GATE, HF_HYBRID_KDA, 0},
    {"kimi_linear", "kimi-linear", "Kimi", DEEPSEEK, HF_HYBRID_KDA, 0},
    {"lfm2", "lfm2", "LFM", HF_TIED | HF_QK_HEAD, HF_CONV_TYPES, 0},
    {"lfm2_moe", "lfm2moe", "LFM", HF_TIED | HF_QK_HEAD | HF_ROUTER_BIAS, HF_CONV_TYPES, 0},
    {"llama", "llama", "Llama", HF_OUT_BIAS, HF_UNIFORM, 0},
    {"llama4_text", "llama4", "Llama", HF_OUT_BIAS | HF_SHARED_ONE, HF_UNIFORM, 4},
    {"mimo", "mimo", "MiMo", HF_QKV_BIAS | HF_WINDOW_BY_KEY, HF_UNIFORM, 0},
    {"mimo_v2_flash", "mimo2", "MiMo", HF_ROUTER_BIAS, HF_UNIFORM, 0},
    {"minimax_m1", NULL, "MiniMax", 0, HF_LIGHTNING, 0},
    {"minimax_m2", "minimax-m2", "MiniMax", HF_QK_FULL | HF_ROUTER_BIAS, HF_UNIFORM, 0},
    {"minimax_m3", "minimax-m3", "MiniMax", HF_QK_HEAD | HF_ROUTER_BIAS, HF_UNIFORM, 0},
    {"minimax_text_01", NULL, "MiniMax", 0, HF_LIGHTNING, 0},
    {"ministral3", "mistral3", "Mistral", 0, HF_UNIFORM, 0},
    {"mistral", "llama", "Mistral", 0, HF_UNIFORM, 0},
    {"mixtral", "llama", "Mistral", 0, HF_UNIFORM, 0},
    {"nemotron-nas", "deci", "Nemotron", HF_OUT_BIAS, HF_BLOCK_CONFIGS, 0},
    {"nemotron_h", "nemotron_h", "Nemotron", HF_OUT_BIAS | HF_UNGATED | HF_ROUTER_BIAS,
     HF_ONE_BLOCK, 0},
    {"olmo2", "olmo2", "OLMo", HF_QK_FULL | HF_OUT_BIAS, HF_UNIFORM, 0},
    {"olmo3", "olmo2", "OLMo", HF_QK_FULL | HF_OUT_BIAS, HF_UNIFORM, 4},
    {"phi3", "phi3", "Phi", HF_FUSED_QKV | HF_FUSED_UP | HF_NO_WINDOW, HF_UNIFORM, 0},
    {"qwen2", "qwen2", "Qwen", HF_QKV_BIAS | HF_WINDOW_BY_KEY, HF_UNIFORM, 0},
    {"qwen2_moe", "qwen2moe", "Qwen", HF_QKV_BIAS | HF_WINDOW_BY_KEY | HF_SHARED_GATE, HF_UNIFORM,
     0},
    {"qwen3", "qwen3", "Qwen", QWEN3, HF_UNIFORM, 0},
    {"qwen3_5_moe_text", "qwen35moe", "Qwen", HF_QK_HEAD | HF_GATED_OUT | HF_SHARED_GATE,
     HF_HYBRID_GDN, 4},
    {"qwen3_5_text", "qwen35", "Qwen", HF_QK_HEAD | HF_GATED_OUT, HF_HYBRID_GDN, 4},
    {"qwen3_moe", "qwen3moe", "Qwen", QWEN3, HF_UNIFORM, 0},
    {"qwen3_next", "qwen3next", "Qwen", HF_QK_HEAD | HF_GATED_OUT | HF_SHARED_GATE, HF_HYBRID_GDN,
     4},
    {"qwen3_vl_moe_text", "qwen3vlmoe", "Qwen", QWEN3, HF_UNIFORM, 0},
    {"qwen3_vl_text", "qwen3vl", "Qwen", QWEN3, HF_UNIFORM, 0},
    {"seed_oss", "seed_oss", "Seed", 0, HF_UNIFORM, 0},
    {"smollm3", "smollm3", "SmolLM", HF_TIED | HF_OUT_BIAS | HF_WINDOW_BY_KEY, HF_UNIFORM, 0},
};

const llmp__hf_traits *llmp__hf_traits_find(const char *model_type)
{
    for (size_t i = 0; i < sizeof traits / sizeof traits[0]; i++) {
        if (strcmp(traits[i].model_type, model_type) == 0) {
            return &traits[i];
        }
    }
    return NULL;
}
