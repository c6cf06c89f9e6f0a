/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file assign.h
 * @brief Which format each tensor gets under a quantisation, and its bytes.
 */
#ifndef LLMP_ARCH_ASSIGN_H
#define LLMP_ARCH_ASSIGN_H

#include <llmplan/arch.h>

/**
 * Sets `format` and `bytes` of every tensor.
 *
 * The tensors must come in layer order, as GGUF files list them: llama.cpp counts value-like
 * tensors as they come. A quant with `own_recipe` takes its total from `sizes`, or from the caller,
 * and gives each quantised tensor its share by the nominal formats; so does any quant when the
 * caller knows the total. Scaled bytes sum to the known total exactly.
 *
 * @param grade  receives exact (floats, one plain type), derived (mixes, serving formats, scaled
 *               sizes) or estimate (rules known to be incomplete)
 * @return LLMP_E_NO_DATA: a recipe without a known size for the model; LLMP_E_REFERENCE: a format
 * id that does not exist; LLMP_E_LIMIT: too many rules. Nothing is set on failure.
 */
LLMP_NODISCARD llmp_status llmp__assign_formats(const llmp_catalog *catalog,
                                                const llmp_model *model, const llmp_quant *quant,
                                                const llmp_arch_options *options,
                                                llmp_tensor *tensors, size_t tensor_count,
                                                llmp_grade *grade, llmp_error *error);

/** Total that the tensors must sum to, where it is known from outside. */
typedef struct llmp__known_size {
    uint64_t bytes; /**< 0: unknown */
    bool with_mtp;  /**< MTP tensors count in it; vision never does */
} llmp__known_size;

/** Size told by the caller, or on record for a quant with `own_recipe`. LLMP_E_NO_DATA: such a
 * quant without either. */
LLMP_NODISCARD llmp_status llmp__known_size_of(const llmp_model *model, const llmp_quant *quant,
                                               const llmp_arch_options *options,
                                               llmp__known_size *out, llmp_error *error);

/** Gives quantised tensors a common factor so that all that count sum to the total; floats keep
 * their bytes unless nothing else is there to scale. Needs formats and bytes. */
void llmp__scale_to(llmp_tensor *tensors, size_t count, const llmp__known_size *known);

#endif
