/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file gguf_layers.h
 * @brief Geometry of a GGUF model: shapes tell what they can, metadata the rest.
 */
#ifndef LLMP_IMPORT_GGUF_LAYERS_H
#define LLMP_IMPORT_GGUF_LAYERS_H

#include "import/builder.h"
#include "import/gguf.h"
#include "import/gguf_names.h"

/** The file while its layers are read. */
typedef struct llmp__gguf_model {
    const llmp__gguf *gguf;   /* metadata: the first file of a set */
    const char *architecture; /* prefix of the keys */
    uint64_t hidden;
    uint64_t layer_count; /* without MTP layers */
    llmp_error *error;
} llmp__gguf_model;

/** One layer: the tensor in each slot, or NULL. */
typedef struct llmp__gguf_layer {
    uint32_t index;
    const llmp_tensor *slots[SLOT_COUNT];
    uint32_t norms[5];   /* by SLOT_MIXER_NORM .. SLOT_MOE_NORM */
    uint64_t extra;      /* elements that no block covers */
    const char *unknown; /* a matrix of no known name */
} llmp__gguf_layer;

/** "<architecture>.<key>", entry @p layer when it is a list. False when absent. */
bool llmp__gguf_meta(const llmp__gguf_model *model, const char *key, uint32_t layer, uint64_t *out);
/** As above; LLMP_E_SCHEMA naming the key when it is absent. */
llmp_status llmp__gguf_need(const llmp__gguf_model *model, const char *key, uint32_t layer,
                            uint32_t *out);

/** Attention window of a layer, if it has one. */
void llmp__gguf_window(const llmp__gguf_model *model, uint32_t layer, llmp_block *block);

/** Attention of DeepSeek-V4: one vector per position, pooled beyond the window. */
llmp_status llmp__gguf_compressed(const llmp__gguf_model *model, const llmp__gguf_layer *layer,
                                  llmp_block *out);
/** Appends the mixers (attention, state space, ...) of a layer; @p out counts them. */
llmp_status llmp__gguf_mixers(const llmp__gguf_model *model, const llmp__gguf_layer *layer,
                              llmp_block *out, size_t *out_count);
/** Appends the feed-forwards of a layer. */
llmp_status llmp__gguf_ffns(const llmp__gguf_model *model, const llmp__gguf_layer *layer,
                            llmp_block *out, size_t *out_count);

/**
 * Reads the geometry from tensors and metadata into @p out.
 * @return LLMP_E_SCHEMA, LLMP_E_UNSUPPORTED, LLMP_E_VALUE, LLMP_E_LIMIT: the geometry is not known,
 * and the message says why; LLMP_E_MEMORY
 */
llmp_status llmp__gguf_geometry(const llmp__gguf *gguf, const char *architecture,
                                const llmp_tensor *tensors, size_t tensor_count, llmp__arena *arena,
                                llmp_model *out, llmp_error *error);

#endif
