/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file inventory.h
 * @brief The steps that make an llmp_arch: geometry -> tensors -> formats -> costs.
 *
 *   geometry.c             which model's geometry counts, and whether it is complete
 *   inventory.c            the tensors of the whole model; per kind of block:
 *   inventory_attention.c    softmax attention and MLA
 *   inventory_linear.c       linear attention, state space, convolution
 *   inventory_ffn.c          dense feed-forward and experts
 *   assign.h               a format and bytes for every tensor, by the rules of a quant
 *   cost.c                 what a layer costs per token
 *   summary.c              totals
 *   explain.c              where the totals come from
 *   names.c                GGUF names
 *   arch.c                 owner and accessors
 */
#ifndef LLMP_ARCH_INVENTORY_H
#define LLMP_ARCH_INVENTORY_H

#include "arch/assign.h"
#include "base/arena.h"
#include "base/error.h"

#include <llmplan/arch.h>

enum { LLMP__NO_BLOCK = 255 };

struct llmp_arch {
    llmp__arena arena;
    const llmp_model *model; /* the record asked for, with the geometry that counts filled in */
    const llmp_quant *quant;
    const char *title;
    llmp_tensor *tensors;
    size_t tensor_count;
    llmp_layer_cost *layers; /* one per model layer */
    llmp_arch_summary summary;
};

/* --- geometry.c ------------------------------------------------------------------------------- */

/** Follows same_shape_as and checks that every block has what its kind reads. *out is @p model or a
 * copy in the arena. LLMP_E_NO_DATA, LLMP_E_UNSUPPORTED, LLMP_E_MEMORY. */
llmp_status llmp__geometry(const llmp_catalog *catalog, const llmp_model *model, llmp__arena *arena,
                           const llmp_model **out, llmp_error *error);

/** Vectors of hidden_size in a block: the stated number, or 1. */
uint32_t llmp__block_norms(const llmp_block *block);
/** Value head dim: the stated one, or the key's. */
uint32_t llmp__block_dim_v(const llmp_block *block);
/** Rank of KDA's low-rank gates: the stated one, or the head dim. */
uint32_t llmp__block_gate_rank(const llmp_block *block);

/* --- inventory.c ------------------------------------------------------------------------------ */

/** Collects tensors. A failed allocation is remembered. */
typedef struct llmp__inventory {
    llmp_tensor *tensors; /* NULL: only count */
    size_t count;
    uint32_t layer;
    uint8_t block;
    uint32_t hidden;
    uint32_t streams;     /* hyper-connections; 0: a plain residual stream */
    uint32_t norms_named; /* of this layer's mixers or feed-forwards so far */
} llmp__inventory;

/** Appends a tensor with @p dims of the given extents. */
void llmp__add(llmp__inventory *inventory, llmp_role role, const char *suffix, uint32_t dims,
               uint64_t ne0, uint64_t ne1, uint64_t ne2);
/** Appends a vector; nothing when @p length is 0. */
void llmp__add_vector(llmp__inventory *inventory, llmp_role role, const char *suffix,
                      uint64_t length);
/** Appends a matrix of @p rows rows of @p row_length. */
void llmp__add_matrix(llmp__inventory *inventory, llmp_role role, const char *suffix,
                      uint64_t row_length, uint64_t rows);

/** Tensors of one block, into the inventory's current layer. The block passed llmp__geometry. */
void llmp__inventory_attention(llmp__inventory *inventory, const llmp_block *block);
void llmp__inventory_mla(llmp__inventory *inventory, const llmp_block *block);
void llmp__inventory_linear(llmp__inventory *inventory, const llmp_block *block);
void llmp__inventory_ffn(llmp__inventory *inventory, const llmp_block *block);
void llmp__inventory_moe(llmp__inventory *inventory, const llmp_block *block);

/** All tensors of a model whose geometry is complete, in layer order, without formats. MTP layers
 * are one tensor of role MTP, outside the parameter count. LLMP_E_MEMORY. */
llmp_status llmp__inventory_build(const llmp_model *model, llmp__arena *arena, llmp_tensor **out,
                                  size_t *out_count, llmp_error *error);

/** Elements of a tensor. */
uint64_t llmp__tensor_elements(const llmp_tensor *tensor);
/** True for roles that a token's activations are multiplied with as a matrix; experts excluded. */
bool llmp__role_is_dense_matrix(llmp_role role);
/** True for the stacked matrices of routed experts. */
bool llmp__role_is_expert(llmp_role role);
/** True for a routed expert's matrices and biases. */
bool llmp__tensor_is_expert(const llmp_tensor *tensor);
/** True for the bias that only steers which experts are chosen. */
bool llmp__tensor_is_router_bias(const llmp_tensor *tensor);
/** False for rotary scaling factors: stored with the model, but constants and not parameters. */
bool llmp__tensor_is_parameter(const llmp_tensor *tensor);
/** True when the tensor belongs to the text model proper (not MTP, not vision). */
bool llmp__tensor_is_text(const llmp_tensor *tensor);

/* --- cost.c, summary.c ------------------------------------------------------------------------ */

/** Fills arch->layers from the geometry and the tensors with their bytes. */
llmp_status llmp__arch_costs(llmp_arch *arch, llmp_error *error);
/** Cost of one block by geometry alone (cache, state, FLOP per pair), added to @p cost. */
void llmp__block_cost(const llmp_block *block, uint32_t hidden, llmp_layer_cost *cost);
/** Fills arch->summary. Needs the layers. @p grade: how the bytes are known. */
void llmp__arch_summarise(llmp_arch *arch, llmp_grade grade);

#endif
