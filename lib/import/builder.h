/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file builder.h
 * @brief Collects a model layer by layer: equal blocks become one, names and the layer pattern
 * follow, and known members are marked as the schema wants them.
 */
#ifndef LLMP_IMPORT_BUILDER_H
#define LLMP_IMPORT_BUILDER_H

#include "base/arena.h"

#include <llmplan/catalog.h>

enum { LLMP__BLOCKS_MAX = 254 }; /* 255 means "no block" in a tensor */

typedef struct llmp__builder {
    llmp__arena *arena; /* receives the record */
    llmp_model *model;
    llmp_block *blocks;
    size_t block_count;
    llmp_layer *layers;
    size_t layer_count;
} llmp__builder;

/** Starts the layers of @p model. LLMP_E_LIMIT above LLMP_LAYERS_MAX. */
llmp_status llmp__builder_begin(llmp__builder *builder, llmp__arena *arena, llmp_model *model,
                                uint64_t layer_count, llmp_error *error);

/** A block of that kind with the documented defaults. */
llmp_block llmp__builder_block(llmp_block_kind kind);

/** Appends a block to a layer. Its id is chosen here. */
llmp_status llmp__builder_add(llmp__builder *builder, size_t layer, const llmp_block *block,
                              llmp_error *error);

/** Names the blocks, writes the pattern, attaches both to the model. */
llmp_status llmp__builder_finish(llmp__builder *builder, llmp_error *error);

/** Marks every member of the model that is known, and checks them against the schema's ranges. */
llmp_status llmp__model_mark(llmp_model *model, llmp_error *error);

/** The layer pattern of expanded layers, runs and repetitions folded; NULL when out of memory. */
const char *llmp__pattern_write(llmp__arena *arena, const llmp_layer *layers, size_t layer_count,
                                const llmp_block *blocks);

#endif
