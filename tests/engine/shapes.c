/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shapes.h"

#include <stddef.h>
#include <string.h>

/*
 * Constants of the CPU's efficiency (data/engines) were looked at on the shapes dev-*; samples for
 * calibration come from the shapes cal-*, one of either usual head size; the others are only ever
 * predicted.
 */
static const shape shapes[] = {
    {"dev-dense-s", "llama", 768, 12, 12, 4, 64, 2048, 32000, .tied = false},
    {"dev-dense-m", "llama", 1536, 20, 24, 6, 64, 4096, 32000, .tied = false},
    {"dev-qwen", "qwen3", 1280, 18, 16, 4, 128, 3328, 100096, .tied = true},
    {"dev-moe", "qwen3moe", 768, 12, 12, 4, 64, 2048, 32000, .experts = 16, .experts_used = 2,
     .expert_ffn = 1024},
    {"dev-mla", "deepseek2", 768, 10, 12, 1, 192, 3072, 32000, .experts = 16, .experts_used = 2,
     .expert_ffn = 768, .shared_experts = 1, .dense_layers = 1, .q_lora = 384, .kv_lora = 512,
     .rope_dim = 64, .nope_dim = 128, .v_dim = 128},
    {"dev-window", "gemma3", 1024, 18, 4, 1, 256, 4096, 128000, .tied = true, .window = 512},

    {"dev-mha", "llama", 1152, 10, 18, 18, 64, 3072, 32000, .tied = false},
    {"dev-128", "llama", 1536, 10, 12, 12, 128, 4096, 32000, .tied = false},

    {"cal-small", "llama", 896, 16, 14, 2, 64, 2560, 48000, .tied = false},
    {"cal-large", "llama", 1792, 22, 14, 2, 128, 4864, 48000, .tied = false},

    {"llama-0.4b", "llama", 1024, 24, 16, 16, 64, 2816, 32000, .tied = false}, /* MHA */
    {"llama-1.1b", "llama", 2048, 22, 32, 4, 64, 5632, 32000, .tied = false},  /* TinyLlama */
    {"llama-2b", "llama", 2560, 24, 20, 4, 128, 6912, 64000, .tied = true},
    {"qwen3-0.6b", "qwen3", 1024, 28, 16, 8, 128, 3072, 151936, .tied = true},
    {"qwen3moe-s", "qwen3moe", 1024, 16, 16, 4, 128, 3072, 32000, .experts = 32, .experts_used = 4,
     .expert_ffn = 768},
    {"dsv2-s", "deepseek2", 1024, 14, 16, 1, 192, 4096, 32000, .experts = 32, .experts_used = 4,
     .expert_ffn = 768, .shared_experts = 2, .dense_layers = 1, .q_lora = 512, .kv_lora = 512,
     .rope_dim = 64, .nope_dim = 128, .v_dim = 128},
    {"gemma3-1b", "gemma3", 1152, 26, 4, 1, 256, 6912, 262144, .tied = true, .window = 512},
};

const shape *shape_find(const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(shapes[i].name, name) == 0) {
            return &shapes[i];
        }
    }
    return NULL;
}
