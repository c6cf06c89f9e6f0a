/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file hf_names.h
 * @brief What the tensors of a Hugging Face checkpoint are, by name.
 */
#ifndef LLMP_IMPORT_HF_NAMES_H
#define LLMP_IMPORT_HF_NAMES_H

#include <llmplan/arch.h>

/** Which part of a (perhaps packed) weight a tensor is. */
typedef enum llmp__hf_part {
    HF_PART_WEIGHT, /* the numbers themselves, plain or packed */
    HF_PART_BIAS,
    HF_PART_SCALE, /* scales and zero points, one per group or channel */
    HF_PART_SIDE   /* anything else that comes with a packed weight */
} llmp__hf_part;

typedef struct llmp__hf_name {
    llmp_role role;
    uint32_t layer; /* LLMP_NO_LAYER outside the layers */
    bool expert;    /* one of many: merge with its like */
    llmp__hf_part part;
    size_t module_length; /* of the name without its part: what packed pieces share */
    const char *suffix;   /* the GGUF name of such a tensor, or "other" */
} llmp__hf_name;

/** @p layers: of the model; layers beyond are for multi-token prediction. */
llmp__hf_name llmp__hf_name_of(const char *name, uint32_t layers);

#endif
