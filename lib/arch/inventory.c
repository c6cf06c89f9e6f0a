/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

void llmp__add(llmp__inventory *inventory, llmp_role role, const char *suffix, uint32_t dims,
               uint64_t ne0, uint64_t ne1, uint64_t ne2)
{
    if (inventory->tensors) {
        llmp_tensor *tensor = &inventory->tensors[inventory->count];
        tensor->role = role;
        tensor->layer = inventory->layer;
        tensor->dims = dims;
        tensor->ne[0] = ne0;
        tensor->ne[1] = ne1;
        tensor->ne[2] = ne2;
        tensor->ne[3] = 1;
        tensor->block = inventory->block;
        tensor->suffix = suffix;
    }
    inventory->count++;
}

void llmp__add_vector(llmp__inventory *inventory, llmp_role role, const char *suffix,
                      uint64_t length)
{
    if (length)
        llmp__add(inventory, role, suffix, 1, length, 1, 1);
}

void llmp__add_matrix(llmp__inventory *inventory, llmp_role role, const char *suffix,
                      uint64_t row_length, uint64_t rows)
{
    llmp__add(inventory, role, suffix, 2, row_length, rows, 1);
}

static bool is_feed_forward(llmp_block_kind kind)
{
    return kind == LLMP_BLOCK_FFN || kind == LLMP_BLOCK_MOE;
}

/* Norms around a block. A feed-forward beside another one (Gemma 4 MoE) continues the numbering. */
static void add_norms(llmp__inventory *inventory, const llmp_block *block)
{
    static const char *const mixer[] = {"attn_norm.weight", "attn_post_norm.weight",
                                        "attn_norm_2.weight", "attn_post_norm_2.weight"};
    static const char *const feed_forward[] = {"ffn_norm.weight", "ffn_post_norm.weight",
                                               "ffn_pre_norm_2.weight", "ffn_post_norm_1.weight",
                                               "ffn_post_norm_2.weight"};
    bool ff = is_feed_forward(block->kind);
    const char *const *names = ff ? feed_forward : mixer;
    uint32_t known = ff ? 5 : 4;
    uint32_t norms = llmp__block_norms(block);
    for (uint32_t i = 0; i < norms; i++) {
        uint32_t at = inventory->norms_named++;
        llmp__add_vector(inventory, LLMP_ROLE_NORM, names[at < known ? at : known - 1],
                         inventory->hidden);
    }
}

/* Hyper-connections: mixing n residual streams into a block's input, back from its output, and
 * among themselves takes n + n + n*n weights per element of the streams. */
static void add_hyper_connections(llmp__inventory *inventory, const llmp_block *block)
{
    static const char *const mixer[3] = {"hc_attn_fn.weight", "hc_attn_base.weight",
                                         "hc_attn_scale.weight"};
    static const char *const feed_forward[3] = {"hc_ffn_fn.weight", "hc_ffn_base.weight",
                                                "hc_ffn_scale.weight"};
    uint64_t streams = inventory->streams, mixes = (2 + streams) * streams;
    const char *const *names = is_feed_forward(block->kind) ? feed_forward : mixer;
    if (!streams)
        return;
    llmp__add_matrix(inventory, LLMP_ROLE_NORM, names[0], streams * inventory->hidden, mixes);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, names[1], mixes);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, names[2], 3);
}

static void add_block(llmp__inventory *inventory, const llmp_block *block)
{
    add_norms(inventory, block);
    add_hyper_connections(inventory, block);
    switch (block->kind) {
    case LLMP_BLOCK_ATTENTION:
        llmp__inventory_attention(inventory, block);
        break;
    case LLMP_BLOCK_MLA:
        llmp__inventory_mla(inventory, block);
        break;
    case LLMP_BLOCK_GATED_DELTANET:
    case LLMP_BLOCK_KDA:
    case LLMP_BLOCK_MAMBA:
    case LLMP_BLOCK_MAMBA2:
    case LLMP_BLOCK_LIGHTNING:
    case LLMP_BLOCK_SHORT_CONV:
    case LLMP_BLOCK_RWKV:
        llmp__inventory_linear(inventory, block);
        break;
    case LLMP_BLOCK_FFN:
        llmp__inventory_ffn(inventory, block);
        break;
    case LLMP_BLOCK_MOE:
        llmp__inventory_moe(inventory, block);
        break;
    case LLMP_BLOCK_KIND_COUNT: /* not a kind */
        break;
    }
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "other", block->other_params);
}

static void add_layer(llmp__inventory *inventory, const llmp_model *model, const llmp_layer *layer)
{
    bool was_ff = false;
    inventory->norms_named = 0;
    for (uint8_t i = 0; i < layer->block_count; i++) {
        const llmp_block *block = &model->blocks[layer->blocks[i]];
        if (is_feed_forward(block->kind) != was_ff)
            inventory->norms_named = 0;
        was_ff = is_feed_forward(block->kind);
        inventory->block = layer->blocks[i];
        add_block(inventory, block);
    }
    inventory->block = LLMP__NO_BLOCK;
    if (model->per_layer_embedding_size) {
        uint32_t width = model->per_layer_embedding_size;
        llmp__add_matrix(inventory, LLMP_ROLE_PROJECTION, "inp_gate.weight", inventory->hidden,
                         width);
        llmp__add_matrix(inventory, LLMP_ROLE_PROJECTION, "proj.weight", width, inventory->hidden);
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "post_norm.weight", inventory->hidden);
    }
}

static void add_embeddings(llmp__inventory *inventory, const llmp_model *model)
{
    llmp__add_matrix(inventory, LLMP_ROLE_TOKEN_EMBEDDING, "token_embd.weight", model->hidden_size,
                     model->vocab_size);
    if (model->per_layer_embedding_size) {
        uint64_t width = (uint64_t)model->per_layer_embedding_size * model->layer_count;
        llmp__add_matrix(inventory, LLMP_ROLE_PER_LAYER_EMBEDDING, "per_layer_token_embd.weight",
                         width, model->per_layer_embedding_vocab);
        llmp__add_matrix(inventory, LLMP_ROLE_PROJECTION, "per_layer_model_proj.weight",
                         model->hidden_size, width);
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "per_layer_proj_norm.weight",
                         model->per_layer_embedding_size);
    }
}

static void add_head(llmp__inventory *inventory, const llmp_model *model)
{
    uint64_t streams = model->hyper_connections;
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "output_norm.weight", model->hidden_size);
    if (streams) {
        llmp__add_matrix(inventory, LLMP_ROLE_NORM, "output_hc_fn.weight",
                         streams * model->hidden_size, streams);
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "output_hc_base.weight", streams);
        llmp__add_vector(inventory, LLMP_ROLE_NORM, "output_hc_scale.weight", 1);
    }
    if (!model->tied_embeddings)
        llmp__add_matrix(inventory, LLMP_ROLE_OUTPUT_HEAD, "output.weight", model->hidden_size,
                         model->vocab_size);
    if (model->output_head_bias)
        llmp__add_vector(inventory, LLMP_ROLE_BIAS, "output.bias", model->vocab_size);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "other", model->other_params);
    llmp__add_vector(inventory, LLMP_ROLE_NORM, "rope_freqs.weight", model->rope_factors);
    if (model->mtp_params) {
        uint64_t rows = model->mtp_params / model->hidden_size;
        if (rows)
            llmp__add_matrix(inventory, LLMP_ROLE_MTP, "nextn", model->hidden_size, rows);
        llmp__add_vector(inventory, LLMP_ROLE_MTP, "nextn_small",
                         model->mtp_params - rows * model->hidden_size);
    }
}

static void collect(llmp__inventory *inventory, const llmp_model *model)
{
    inventory->count = 0;
    inventory->hidden = model->hidden_size;
    inventory->streams = model->hyper_connections;
    inventory->layer = LLMP_NO_LAYER;
    inventory->block = LLMP__NO_BLOCK;
    add_embeddings(inventory, model);
    for (size_t i = 0; i < model->layer_count; i++) {
        inventory->layer = (uint32_t)i;
        add_layer(inventory, model, &model->layers[i]);
    }
    inventory->layer = LLMP_NO_LAYER;
    add_head(inventory, model);
}

llmp_status llmp__inventory_build(const llmp_model *model, llmp__arena *arena, llmp_tensor **out,
                                  size_t *out_count, llmp_error *error)
{
    llmp__inventory inventory = {0};
    collect(&inventory, model);
    inventory.tensors = llmp__arena_alloc(arena, inventory.count, sizeof *inventory.tensors);
    if (!inventory.tensors)
        return llmp__fail_memory(error, "the tensor inventory");
    collect(&inventory, model);
    *out = inventory.tensors;
    *out_count = inventory.count;
    return LLMP_OK;
}
