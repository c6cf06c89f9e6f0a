/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file shapes.h
 * @brief Shapes of the random-weight models that the engine suite runs.
 */
#ifndef LLMP_ENGINE_SHAPES_H
#define LLMP_ENGINE_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct shape {
    const char *name;
    const char *arch; /* of llama.cpp */
    uint32_t hidden, layers, heads, kv_heads, head_dim, ffn, vocab;
    bool tied;
    uint32_t experts, experts_used, expert_ffn, shared_experts, dense_layers;
    uint32_t window;
    uint32_t q_lora, kv_lora, rope_dim, nope_dim, v_dim; /* MLA */
} shape;

/** NULL when there is none of that name. */
const shape *shape_find(const char *name);

#endif
