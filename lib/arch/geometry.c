/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

#include "catalog/load.h"
#include "catalog/schema.h"

#include <stddef.h>

/* Key of the block member at an offset, for messages. */
static const char *block_key(size_t offset)
{
    for (size_t i = 0; i < llmp__schema_block.field_count; i++)
        if (llmp__schema_block.fields[i].offset == offset)
            return llmp__schema_block.fields[i].key;
    return "";
}

uint32_t llmp__block_norms(const llmp_block *block)
{
    return llmp__schema_has(&llmp__schema_block, block, offsetof(llmp_block, norms)) ? block->norms
                                                                                     : 1;
}

uint32_t llmp__block_dim_v(const llmp_block *block)
{
    return block->head_dim_v ? block->head_dim_v : block->head_dim_k;
}

uint32_t llmp__block_gate_rank(const llmp_block *block)
{
    return block->gate_rank ? block->gate_rank : block->head_dim_k;
}

/* --- completeness ------------------------------------------------------------------------------
 */

typedef struct need {
    size_t offset; /* of a uint32_t that must not be 0 */
} need;

#define NEED(member)                 \
    {                                \
        offsetof(llmp_block, member) \
    }
static const need attention_needs[] = {NEED(heads), NEED(kv_heads), NEED(head_dim_k)};
static const need mla_needs[] = {NEED(heads), NEED(kv_lora_rank), NEED(head_dim_nope),
                                 NEED(head_dim_v)};
static const need deltanet_needs[] = {NEED(k_heads), NEED(v_heads), NEED(head_dim_k),
                                      NEED(conv_kernel)};
static const need kda_needs[] = {NEED(heads), NEED(head_dim_k), NEED(conv_kernel)};
static const need mamba_needs[] = {NEED(d_inner), NEED(d_state), NEED(dt_rank), NEED(conv_kernel)};
static const need mamba2_needs[] = {NEED(heads), NEED(d_inner), NEED(d_state), NEED(groups),
                                    NEED(conv_kernel)};
static const need rwkv_needs[] = {NEED(heads), NEED(head_dim_k)};
static const need lightning_needs[] = {NEED(heads), NEED(head_dim_k)};
static const need short_conv_needs[] = {NEED(conv_kernel)};
static const need ffn_needs[] = {NEED(ffn_size)};
static const need moe_needs[] = {NEED(experts), NEED(experts_per_token), NEED(expert_ffn_size)};

typedef struct need_list {
    const need *needs;
    size_t count;
    const char *unsupported; /* name of the kind when there is no inventory for it */
} need_list;

#define LIST(array)                                     \
    {                                                   \
        array, sizeof(array) / sizeof((array)[0]), NULL \
    }

static need_list needs_of(llmp_block_kind kind)
{
    switch (kind) {
    case LLMP_BLOCK_ATTENTION:
        return (need_list)LIST(attention_needs);
    case LLMP_BLOCK_MLA:
        return (need_list)LIST(mla_needs);
    case LLMP_BLOCK_GATED_DELTANET:
        return (need_list)LIST(deltanet_needs);
    case LLMP_BLOCK_KDA:
        return (need_list)LIST(kda_needs);
    case LLMP_BLOCK_MAMBA:
        return (need_list)LIST(mamba_needs);
    case LLMP_BLOCK_MAMBA2:
        return (need_list)LIST(mamba2_needs);
    case LLMP_BLOCK_LIGHTNING:
        return (need_list)LIST(lightning_needs);
    case LLMP_BLOCK_SHORT_CONV:
        return (need_list)LIST(short_conv_needs);
    case LLMP_BLOCK_FFN:
        return (need_list)LIST(ffn_needs);
    case LLMP_BLOCK_MOE:
        return (need_list)LIST(moe_needs);
    case LLMP_BLOCK_RWKV:
        return (need_list)LIST(rwkv_needs);
    case LLMP_BLOCK_KIND_COUNT:
        break;
    }
    return (need_list){NULL, 0, "unknown"};
}

static llmp_status check_block(const llmp_model *model, const llmp_block *block, llmp_error *error)
{
    need_list list = needs_of(block->kind);
    if (list.unsupported)
        return llmp__fail(error, LLMP_E_UNSUPPORTED,
                          "%s: block \"%s\" is of kind %s, whose tensors are not known",
                          model->head.id, block->id, list.unsupported);
    for (size_t i = 0; i < list.count; i++) {
        uint32_t value =
            *(const uint32_t *)(const void *)((const char *)block + list.needs[i].offset);
        if (value == 0)
            return llmp__fail(error, LLMP_E_NO_DATA, "%s: block \"%s\" lacks %s", model->head.id,
                              block->id, block_key(list.needs[i].offset));
    }
    if (block->kind == LLMP_BLOCK_ATTENTION && block->heads % block->kv_heads)
        return llmp__fail(error, LLMP_E_VALUE,
                          "%s: block \"%s\": %u heads do not divide among %u key/value heads",
                          model->head.id, block->id, block->heads, block->kv_heads);
    if (block->kind == LLMP_BLOCK_MOE && block->experts_per_token > block->experts)
        return llmp__fail(error, LLMP_E_VALUE, "%s: block \"%s\" uses %u experts of %u",
                          model->head.id, block->id, block->experts_per_token, block->experts);
    return LLMP_OK;
}

static llmp_status check_model(const llmp_model *model, llmp_error *error)
{
    if (!model->layer_count || !model->hidden_size || !model->vocab_size) {
        llmp_status status =
            llmp__fail(error, LLMP_E_NO_DATA, "%s: %s", model->head.id,
                       model->missing ? model->missing
                                      : "hidden_size, vocab_size or the layers are not known");
        llmp__hint(error, "give a .gguf file or a Hugging Face config.json of the model instead");
        return status;
    }
    if (model->layer_count > LLMP_LAYERS_MAX)
        return llmp__fail(error, LLMP_E_LIMIT, "%s: %zu layers; at most %d", model->head.id,
                          model->layer_count, LLMP_LAYERS_MAX);
    for (size_t i = 0; i < model->block_count; i++) {
        llmp_status status = check_block(model, &model->blocks[i], error);
        if (status)
            return status;
    }
    for (size_t i = 0; i < model->layer_count; i++) {
        const llmp_layer *layer = &model->layers[i];
        for (uint8_t j = 0; j < layer->block_count; j++)
            if (layer->blocks[j] >= model->block_count)
                return llmp__fail(error, LLMP_E_INTERNAL, "%s: layer %zu names no block",
                                  model->head.id, i);
    }
    if (model->per_layer_embedding_size && !model->per_layer_embedding_vocab)
        return llmp__fail(error, LLMP_E_NO_DATA, "%s lacks per_layer_embedding_vocab",
                          model->head.id);
    return LLMP_OK;
}

/* --- shared shapes -----------------------------------------------------------------------------
 */

/* The geometry is the other model's; what is said of this one alone stays its own. */
static void take_shape(llmp_model *to, const llmp_model *from)
{
    to->hidden_size = from->hidden_size;
    to->vocab_size = from->vocab_size;
    to->tied_embeddings = from->tied_embeddings;
    to->output_head_bias = from->output_head_bias;
    to->layers_pattern = from->layers_pattern;
    to->blocks = from->blocks;
    to->block_count = from->block_count;
    to->layers = from->layers;
    to->layer_count = from->layer_count;
    to->per_layer_embedding_size = from->per_layer_embedding_size;
    to->per_layer_embedding_vocab = from->per_layer_embedding_vocab;
    to->hyper_connections = from->hyper_connections;
    to->rope_factors = from->rope_factors;
    to->mtp_layers = from->mtp_layers;
    to->mtp_params = from->mtp_params;
    to->other_params = from->other_params;
    if (!to->vision_params)
        to->vision_params = from->vision_params;
    if (!to->max_context_tokens)
        to->max_context_tokens = from->max_context_tokens;
    if (!to->architecture)
        to->architecture = from->architecture;
    if (!to->native_format)
        to->native_format = from->native_format;
}

enum { SHAPE_STEPS_MAX = 8 };

llmp_status llmp__geometry(const llmp_catalog *catalog, const llmp_model *model, llmp__arena *arena,
                           const llmp_model **out, llmp_error *error)
{
    const llmp_model *shape = model;
    for (int step = 0; !shape->layer_count && shape->same_shape_as; step++) {
        const llmp_record *next =
            catalog ? llmp_catalog_get(catalog, LLMP_KIND_MODEL, shape->same_shape_as) : NULL;
        if (!next)
            return llmp__fail(error, LLMP_E_REFERENCE, "%s has the shape of %s, which is unknown",
                              shape->head.id, shape->same_shape_as);
        if (step == SHAPE_STEPS_MAX)
            return llmp__fail(error, LLMP_E_REFERENCE, "%s: same_shape_as goes in a circle",
                              model->head.id);
        shape = LLMP_MODEL(next);
    }
    llmp_status status = check_model(shape, error);
    if (status)
        return status;
    if (shape == model) {
        *out = model;
        return LLMP_OK;
    }
    llmp_model *copy = llmp__arena_alloc(arena, 1, sizeof *copy);
    if (!copy)
        return llmp__fail_memory(error, "a model");
    *copy = *model;
    take_shape(copy, shape);
    *out = copy;
    return LLMP_OK;
}
