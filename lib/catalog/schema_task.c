/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define T llmp_task
static const llmp_field task_fields[] = {
    LLMP__HEAD_FIELDS(T),
    F_U32(T, "turns", turns, 1, 1000, "", LLMP_FIELD_REQUIRED, "times that the model answers"),
    F_F64(T, "prefix_tokens", prefix_tokens, 1, 0, 1e9, "tokens", 0, "there before it begins"),
    F_F64(T, "prompt_tokens", prompt_tokens, 1, 1, 1e9, "tokens", LLMP_FIELD_REQUIRED,
          "new in the first turn"),
    F_F64(T, "turn_prompt_tokens", turn_prompt_tokens, 1, 1, 1e9, "tokens", 0,
          "new in each later turn: what tools and people say"),
    F_F64(T, "output_tokens", output_tokens, 1, 1, 1e9, "tokens", LLMP_FIELD_REQUIRED,
          "of each turn, reasoning included"),
    F_F64(T, "cache_hit_ratio", cache_hit_ratio, 1, 0, 1, "", LLMP_FIELD_REQUIRED,
          "of what was there before a turn, read from the cache"),
};
const llmp_schema llmp__schema_task =
    LLMP__SCHEMA(llmp_task, "task", "tasks", head.present, task_fields);
