/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file gguf_model.h
 * @brief A catalog model under a quantisation as a GGUF file: the names, shapes and keys that
 * llama.cpp would write.
 */
#ifndef LLMP_TEST_GGUF_MODEL_H
#define LLMP_TEST_GGUF_MODEL_H

#include "gguf_write.h"

#include <llmplan/arch.h>

/** Adds the metadata of the model. */
void gguf_model_keys(gguf_writer *w, const llmp_model *model);
/** Adds tensors [from, to) of the arch; those of MTP layers are left out. Returns their bytes. */
uint64_t gguf_model_tensors(gguf_writer *w, const llmp_arch *arch, size_t from, size_t to);

#endif
