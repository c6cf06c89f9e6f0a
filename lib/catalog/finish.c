/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/finish.h"

#include "base/error.h"
#include "catalog/layers.h"

#include <string.h>

/* --- names --------------------------------------------------------------------------------------
 */

static bool is_id_character(char c, llmp_kind kind)
{
    bool upper = c >= 'A' && c <= 'Z';
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           (kind == LLMP_KIND_QUANT && (upper || c == '+')) ||
           (kind == LLMP_KIND_PRICE && (upper || strchr("/:@#~+", c) != NULL));
}

static llmp_status check_id(const llmp__loader *loader, llmp_kind kind, const llmp__node *map,
                            const char *path, const char *id)
{
    size_t length = strlen(id);
    size_t longest = kind == LLMP_KIND_PRICE ? 127 : 63;
    bool good = length <= longest;
    for (size_t i = 0; i < length; i++) {
        good = good && is_id_character(id[i], kind);
    }
    if (good) {
        return LLMP_OK;
    }
    const llmp__node *node = llmp__node_get(map, "id");
    node = node == NULL ? map : node;
    return llmp__fail_at(
        loader->error, loader->value_status, loader->where, node->line, node->column, path,
        "'%.80s' is no id: at most %zu %s, digits, '.', '_'%s and '-'", id, longest,
        kind == LLMP_KIND_QUANT || kind == LLMP_KIND_PRICE ? "letters" : "lower-case letters",
        kind == LLMP_KIND_PRICE ? ", '/', ':', '@', '#'" : "");
}

/* --- models -------------------------------------------------------------------------------------
 */

static llmp_status expand_layers(const llmp__loader *loader, const llmp__node *map,
                                 const char *path, llmp_model *model)
{
    size_t at = 0;
    model->layers = NULL;
    model->layer_count = 0;
    if (model->layers_pattern == NULL) {
        return LLMP_OK;
    }
    llmp_status status =
        llmp__layers_expand(model->layers_pattern, model->blocks, model->block_count, loader->arena,
                            &model->layers, &model->layer_count, &at, loader->error);
    if (status == LLMP_OK || loader->error == NULL) {
        return status;
    }
    const llmp__node *node = llmp__node_get(map, "layers");
    loader->error->line = node == NULL ? map->line : node->line;
    loader->error->column = node == NULL ? map->column : node->column;
    if (node != NULL && at < 10000) {
        /* Right unless the pattern is folded over lines or holds escapes, which none needs. */
        loader->error->column += (uint32_t)at + (node->kind == LLMP__NODE_QUOTED ? 1 : 0);
    }
    llmp__set_where(loader->error, loader->where);
    llmp__set_field(loader->error, path);
    return status;
}

/* The blocks belong to this record unless they came with its base, which has its defaults. */
static llmp_status fill_blocks(const llmp__loader *loader, const llmp__node *map, const char *path,
                               llmp_model *model)
{
    enum { BLOCKS_MAX = 255 }; /* layers name them by one byte */
    if (model->block_count > BLOCKS_MAX) {
        return llmp__fail_at(loader->error, LLMP_E_LIMIT, loader->where, map->line, map->column,
                             path, "more than %d kinds of block", (int)BLOCKS_MAX);
    }
    bool complete = true;
    for (size_t i = 0; i < model->block_count; i++) {
        const llmp_block *b = &model->blocks[i];
        complete = complete && (b->norms > 0 || LLMP_HAS_BLOCK(b, norms)) &&
                   (b->head_dim_k == 0 || b->head_dim_v > 0);
    }
    if (complete) {
        return LLMP_OK;
    }
    llmp_block *blocks = llmp__arena_alloc(loader->arena, model->block_count, sizeof *blocks);
    if (blocks == NULL) {
        return llmp__fail_memory(loader->error, loader->where);
    }
    for (size_t i = 0; i < model->block_count; i++) {
        blocks[i] = model->blocks[i];
        if (!LLMP_HAS_BLOCK(&blocks[i], norms)) {
            blocks[i].norms = 1;
        }
        if (blocks[i].head_dim_v == 0) {
            blocks[i].head_dim_v = blocks[i].head_dim_k;
        }
    }
    model->blocks = blocks;
    return LLMP_OK;
}

llmp_status llmp__finish_record(const llmp__loader *loader, llmp_kind kind, const llmp__node *map,
                                const char *path, void *record)
{
    const llmp_record *head = record;
    llmp_status status = check_id(loader, kind, map, path, head->id);
    if (status != LLMP_OK) {
        return status;
    }
    if (kind == LLMP_KIND_MODEL) {
        llmp_model *model = record;
        status = fill_blocks(loader, map, path, model);
        return status == LLMP_OK ? expand_layers(loader, map, path, model) : status;
    }
    if (kind == LLMP_KIND_FORMAT) {
        llmp_format *format = record;
        format->block_rows = format->block_rows == 0 ? 1 : format->block_rows;
    } else if (kind == LLMP_KIND_RIG) {
        llmp_rig *rig = record;
        rig->machines = rig->machines == 0 ? 1 : rig->machines;
    }
    return LLMP_OK;
}

static const llmp_model *shape_of(const llmp__table *models, const llmp_model *model)
{
    for (size_t hops = 0; hops <= models->count && model != NULL; hops++) {
        if (model->layer_count > 0 || model->same_shape_as == NULL) {
            return model;
        }
        model = LLMP_MODEL(llmp__table_get(models, model->same_shape_as));
    }
    return NULL;
}

void llmp__finish_shape(const llmp__table *models, llmp_model *model)
{
    static const char *const geometry[] = {"hidden_size",
                                           "vocab_size",
                                           "tied_embeddings",
                                           "output_head_bias",
                                           "layers",
                                           "blocks",
                                           "per_layer_embedding_size",
                                           "per_layer_embedding_vocab",
                                           "mtp_layers",
                                           "mtp_params",
                                           "vision_params",
                                           "other_params",
                                           "max_context_tokens",
                                           "native_format",
                                           "architecture"};
    const llmp_schema *schema = &llmp__schema_model;
    const llmp_model *shape = shape_of(models, model);
    if (model->same_shape_as == NULL || shape == NULL || shape == model) {
        return;
    }
    for (size_t i = 0; i < sizeof geometry / sizeof geometry[0]; i++) {
        size_t f = llmp__schema_find(schema, geometry[i]);
        (void)llmp__copy_missing(schema, f, shape, model);
    }
    model->layers = shape->layers;
    model->layer_count = shape->layer_count;
}
