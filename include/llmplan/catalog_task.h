/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_task.h
 * @brief Catalog records for pieces of work whose time people know: a chat turn, a document, an
 * agent at work.
 */
#ifndef LLMPLAN_CATALOG_TASK_H
#define LLMPLAN_CATALOG_TASK_H

#include <llmplan/catalog_record.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A conversation of `turns` turns with one user. Turn 1 adds `prompt_tokens` to what is there
 * (`prefix_tokens`), every later one `turn_prompt_tokens`; the model answers each with
 * `output_tokens`, which stay in the context. Of what was there before a turn, `cache_hit_ratio` is
 * read from the cache and the rest processed again.
 */
typedef struct llmp_task {
    llmp_record head;
    uint32_t turns;
    double prefix_tokens;
    double prompt_tokens;
    double turn_prompt_tokens;
    double output_tokens; /**< each turn, reasoning included */
    double cache_hit_ratio;
} llmp_task;

#ifdef __cplusplus
}
#endif
#endif
