/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/builder.h"

#include "base/error.h"
#include "catalog/load.h"

#include <llmplan/arch.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

llmp_block llmp__builder_block(llmp_block_kind kind)
{
    llmp_block block;
    memset(&block, 0, sizeof block); /* padding too: blocks are compared as bytes */
    block.kind = kind;
    block.norms = 1;
    return block;
}

llmp_status llmp__builder_begin(llmp__builder *builder, llmp__arena *arena, llmp_model *model,
                                uint64_t layer_count, llmp_error *error)
{
    memset(builder, 0, sizeof *builder);
    if (layer_count == 0 || layer_count > LLMP_LAYERS_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "%" PRIu64 " layers; 1 to %d are possible",
                          layer_count, LLMP_LAYERS_MAX);
    }
    builder->arena = arena;
    builder->model = model;
    builder->layer_count = (size_t)layer_count;
    builder->layers = llmp__arena_alloc(arena, builder->layer_count, sizeof *builder->layers);
    builder->blocks = llmp__arena_alloc(arena, LLMP__BLOCKS_MAX, sizeof *builder->blocks);
    if (builder->layers == NULL || builder->blocks == NULL) {
        return llmp__fail_memory(error, "the layers");
    }
    return LLMP_OK;
}

llmp_status llmp__builder_add(llmp__builder *builder, size_t layer, const llmp_block *block,
                              llmp_error *error)
{
    llmp_block wanted;
    memcpy(&wanted, block, sizeof wanted);
    if (wanted.head_dim_v == 0) {
        wanted.head_dim_v = wanted.head_dim_k;
    }
    size_t i = 0;
    while (i < builder->block_count && memcmp(&builder->blocks[i], &wanted, sizeof wanted) != 0) {
        i++;
    }
    llmp_layer *to = &builder->layers[layer];
    if (i == LLMP__BLOCKS_MAX || to->block_count == LLMP_LAYER_BLOCKS_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "layer %zu: more than %d kinds of block", layer,
                          i == LLMP__BLOCKS_MAX ? LLMP__BLOCKS_MAX : LLMP_LAYER_BLOCKS_MAX);
    }
    if (i == builder->block_count) {
        memcpy(&builder->blocks[builder->block_count++], &wanted, sizeof wanted);
    }
    to->blocks[to->block_count++] = (uint8_t)i;
    return LLMP_OK;
}

/* --- names --------------------------------------------------------------------------------------
 */

static const char *stem_of(const llmp_block *block)
{
    switch (block->kind) {
    case LLMP_BLOCK_ATTENTION:
        if (block->window_tokens == 0) {
            return block->shares_kv ? "attn_s" : "attn";
        }
        if (block->window_kind == LLMP_WINDOW_CHUNKED) {
            return "chunk";
        }
        return block->shares_kv ? "swa_s" : "swa";
    case LLMP_BLOCK_MLA:
        return "mla";
    case LLMP_BLOCK_GATED_DELTANET:
        return "gdn";
    case LLMP_BLOCK_KDA:
        return "kda";
    case LLMP_BLOCK_MAMBA:
    case LLMP_BLOCK_MAMBA2:
        return "mamba";
    case LLMP_BLOCK_LIGHTNING:
        return "lightning";
    case LLMP_BLOCK_SHORT_CONV:
        return "conv";
    case LLMP_BLOCK_RWKV:
        return "rwkv";
    case LLMP_BLOCK_FFN:
        return "mlp";
    case LLMP_BLOCK_MOE:
        return "moe";
    case LLMP_BLOCK_KIND_COUNT:
        break;
    }
    return "block";
}

static llmp_status name_blocks(llmp__builder *builder, llmp_error *error)
{
    for (size_t i = 0; i < builder->block_count; i++) {
        const char *stem = stem_of(&builder->blocks[i]);
        unsigned same = 1;
        for (size_t j = 0; j < i; j++) {
            same += strcmp(stem_of(&builder->blocks[j]), stem) == 0;
        }
        char id[32];
        if (same == 1) {
            snprintf(id, sizeof id, "%s", stem);
        } else {
            snprintf(id, sizeof id, "%s%u", stem, same);
        }
        builder->blocks[i].id = llmp__arena_text(builder->arena, id, strlen(id));
        if (builder->blocks[i].id == NULL) {
            return llmp__fail_memory(error, "a block");
        }
    }
    return LLMP_OK;
}

/* --- presence -----------------------------------------------------------------------------------
 */

typedef union member {
    const void *pointer;
    bool boolean;
    double f64;
    uint64_t u64;
    uint32_t u32;
    int32_t i32;
} member;

/* Zero, false and NULL mean that a fact is not known or does not apply. */
static bool is_known(const llmp_field *field, const void *record, double *out_number)
{
    const unsigned char *at = (const unsigned char *)record + field->offset;
    member value = {.u64 = 0};
    memcpy(&value, at, llmp__member_size(field->type));
    size_t count = 0;
    *out_number = field->min;
    switch (field->type) {
    case LLMP_T_STRING:
    case LLMP_T_REF:
        return value.pointer != NULL;
    case LLMP_T_STRINGS:
    case LLMP_T_ENUMS:
    case LLMP_T_RECORDS:
        memcpy(&count, (const unsigned char *)record + field->count_offset, sizeof count);
        return count > 0;
    case LLMP_T_BOOL:
        return value.boolean;
    case LLMP_T_F64:
        *out_number = value.f64 / field->scale;
        return value.f64 < 0 || value.f64 > 0;
    case LLMP_T_U64:
        *out_number = (double)value.u64 / field->scale;
        return value.u64 != 0;
    case LLMP_T_U32:
        *out_number = value.u32;
        return value.u32 != 0;
    case LLMP_T_DATE:
    case LLMP_T_I32:
    case LLMP_T_ENUM:
        return value.i32 != 0;
    }
    return false;
}

static llmp_status mark_known(const llmp_schema *schema, void *record, const char *what,
                              llmp_error *error)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const llmp_field *field = &schema->fields[i];
        double number = 0;
        bool known = is_known(field, record, &number);
        if (known && (number < field->min || number > field->max)) {
            llmp_status status =
                llmp__fail(error, LLMP_E_VALUE, "%s: %s is %.0f; %.0f to %.0f is possible", what,
                           field->key, number, field->min, field->max);
            llmp__set_field(error, field->key);
            return status;
        }
        llmp__schema_mark(schema, record, i, known || (field->flags & LLMP_FIELD_REQUIRED) != 0);
    }
    return LLMP_OK;
}

static void mark(const llmp_schema *schema, void *record, size_t offset, bool present)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (schema->fields[i].offset == offset) {
            llmp__schema_mark(schema, record, i, present);
        }
    }
}

llmp_status llmp__model_mark(llmp_model *model, llmp_error *error)
{
    llmp_status status = mark_known(&llmp__schema_model, model, model->head.id, error);
    mark(&llmp__schema_model, model, offsetof(llmp_model, tied_embeddings), model->layer_count > 0);
    return status;
}

llmp_status llmp__builder_finish(llmp__builder *builder, llmp_error *error)
{
    llmp_status status = name_blocks(builder, error);
    for (size_t i = 0; i < builder->block_count && status == LLMP_OK; i++) {
        llmp_block *block = &builder->blocks[i];
        status = mark_known(&llmp__schema_block, block, block->id, error);
        mark(&llmp__schema_block, block, offsetof(llmp_block, norms), block->norms != 1);
        if (block->kind == LLMP_BLOCK_MLA) {
            mark(&llmp__schema_block, block, offsetof(llmp_block, head_dim_rope), true);
        } else if (block->head_dim_v == block->head_dim_k) {
            mark(&llmp__schema_block, block, offsetof(llmp_block, head_dim_v), false);
        }
    }
    if (status != LLMP_OK) {
        return status;
    }
    const char *pattern =
        llmp__pattern_write(builder->arena, builder->layers, builder->layer_count, builder->blocks);
    if (pattern == NULL) {
        return llmp__fail_memory(error, "the layer pattern");
    }
    llmp_model *model = builder->model;
    model->blocks = builder->blocks;
    model->block_count = builder->block_count;
    model->layers = builder->layers;
    model->layer_count = builder->layer_count;
    model->layers_pattern = pattern;
    return LLMP_OK;
}
