/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file hf_packed.h
 * @brief The weights behind packed tensors: how many, in which shape, in which format.
 */
#ifndef LLMP_IMPORT_HF_PACKED_H
#define LLMP_IMPORT_HF_PACKED_H

#include "import/safetensors.h"

#include <llmplan/catalog.h>

/** How a checkpoint packs its weights, as its config says. */
typedef struct llmp__packing {
    const llmp_quant *quant; /* NULL: not stated */
    uint32_t bits;
    uint32_t group;
    bool mlx;
} llmp__packing;

/**
 * Logical extents of a weight from its packed tensor and its scales.
 * @param scale  NULL: there is none
 * @param ne     row length first; unused are 1
 * @return true when the weight is packed or scaled: its format is then the quant's
 */
bool llmp__packed_shape(const llmp__packing *packing, const llmp__st_tensor *weight,
                        const llmp__st_tensor *scale, uint64_t ne[4], uint32_t *out_dims);

#endif
