/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_CATALOG_LAYERS_H
#define LLMP_CATALOG_LAYERS_H

#include "base/arena.h"

#include <llmplan/catalog_model.h>

/**
 * Expands a layer pattern (grammar in catalog_model.h).
 * @param pattern   NUL-terminated
 * @param out_at    on failure, the offset in @p pattern that the error speaks of
 * @return LLMP_E_SYNTAX, LLMP_E_REFERENCE for a block that is not declared, LLMP_E_LIMIT above 1024
 *         layers, 4 blocks a layer or 16 parentheses, LLMP_E_MEMORY
 */
llmp_status llmp__layers_expand(const char *pattern, const llmp_block *blocks, size_t block_count,
                                llmp__arena *arena, const llmp_layer **out, size_t *out_count,
                                size_t *out_at, llmp_error *error);

#endif
