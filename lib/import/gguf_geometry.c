/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/gguf_layers.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MIXERS_MAX = 2, FFNS_MAX = 2, LAYER_NORM_KINDS = SLOT_MOE_NORM - SLOT_MIXER_NORM + 1 };

static uint64_t elements(const llmp_tensor *t)
{
    return t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
}

/* --- sorting tensors into slots -----------------------------------------------------------------
 */

static const llmp__gguf_name *name_of(const llmp_tensor *tensor)
{
    const llmp__gguf_name *name = llmp__gguf_name_find(tensor->suffix);
    return name != NULL ? name : llmp__gguf_name_expert(tensor->suffix);
}

static void place(const llmp__gguf_model *m, llmp__gguf_layer *layer, const llmp_tensor *tensor)
{
    const llmp__gguf_name *name = name_of(tensor);
    llmp__slot slot = name == NULL ? SLOT_NONE : name->slot;
    bool norm = slot >= SLOT_MIXER_NORM && slot <= SLOT_MOE_NORM;
    if (slot == SLOT_NONE || (norm && tensor->ne[0] != m->hidden)) {
        layer->extra += elements(tensor);
    } else if (norm) {
        layer->norms[slot - SLOT_MIXER_NORM]++;
    }
    if (name == NULL && tensor->dims > 1) {
        layer->unknown = tensor->suffix;
    }
    if (slot == SLOT_K_BIAS || slot == SLOT_V_BIAS) {
        slot = SLOT_COVERED;
    }
    layer->slots[slot] = tensor;
}

/* Tensors in order of their layer: position of the first of each, and an index. */
typedef struct by_layer {
    uint32_t *order;
    uint32_t *first; /* layer_count + 1 entries */
} by_layer;

static llmp_status sort_by_layer(const llmp__gguf_model *m, const llmp_tensor *tensors,
                                 size_t count, by_layer *out)
{
    size_t layers = (size_t)m->layer_count;
    out->order = calloc(count + 1, sizeof *out->order);
    out->first = calloc(layers + 2, sizeof *out->first);
    if (out->order == NULL || out->first == NULL) {
        return llmp__fail_memory(m->error, "the layers");
    }
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].layer < layers) {
            out->first[tensors[i].layer + 2]++;
        }
    }
    for (size_t i = 2; i < layers + 2; i++) {
        out->first[i] += out->first[i - 1];
    }
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].layer < layers) {
            out->order[out->first[tensors[i].layer + 1]++] = (uint32_t)i;
        }
    }
    return LLMP_OK;
}

/* --- one layer ----------------------------------------------------------------------------------
 */

/* Shares the norms out: a lone block gets all; a post-attention norm is the feed-forward's input
 * norm where that has no other (Qwen3-Next, gpt-oss, GLM-4.5). */
static void share_norms(const llmp__gguf_layer *l, llmp_block *mixers, size_t mixer_count,
                        llmp_block *ffns, size_t ffn_count)
{
    uint32_t mixer = l->norms[0], post = l->norms[1], ffn = l->norms[2], post_ffn = l->norms[3];
    uint32_t moe = l->norms[4];
    if (ffn == 0 && post_ffn == 0) {
        ffn = post;
    } else {
        mixer += post;
    }
    ffn += post_ffn;
    if (mixer_count == 0) {
        ffn += mixer;
    } else if (ffn_count == 0) {
        mixer += ffn + moe;
    }
    for (size_t i = 0; i < mixer_count; i++) {
        mixers[i].norms = i == 0 ? mixer : 0;
    }
    for (size_t i = 0; i < ffn_count; i++) {
        ffns[i].norms = i == 0 ? ffn : 0;
    }
    if (ffn_count > 0) {
        ffns[ffn_count - 1].norms += moe;
    }
}

static llmp_status add_layer(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                             llmp__builder *builder)
{
    llmp_block blocks[MIXERS_MAX + FFNS_MAX];
    size_t mixers = 0, ffns = 0;
    llmp_status status = llmp__gguf_mixers(m, l, blocks, &mixers);
    if (status == LLMP_OK) {
        status = llmp__gguf_ffns(m, l, blocks + mixers, &ffns);
    }
    if (status != LLMP_OK) {
        return status;
    }
    size_t count = mixers + ffns;
    if (count == 0 || (mixers == 0 && l->unknown != NULL)) {
        return llmp__fail(m->error, LLMP_E_UNSUPPORTED,
                          "layer %" PRIu32 " of architecture %.64s is of no known kind: %.64s",
                          l->index, m->architecture,
                          l->unknown != NULL ? l->unknown : "no attention, no feed-forward");
    }
    share_norms(l, blocks, mixers, blocks + mixers, ffns);
    if (l->extra > 0) {
        blocks[count - 1].other_params = l->extra;
        blocks[count - 1].note = "tensors of the file that belong to no kind of block";
    }
    for (size_t i = 0; i < count && status == LLMP_OK; i++) {
        status = llmp__builder_add(builder, l->index, &blocks[i], m->error);
    }
    return status;
}

static llmp_status add_layers(const llmp__gguf_model *m, const llmp_tensor *tensors,
                              const by_layer *sorted, llmp__builder *builder)
{
    for (uint32_t i = 0; i < m->layer_count; i++) {
        llmp__gguf_layer layer;
        memset(&layer, 0, sizeof layer);
        layer.index = i;
        for (uint32_t j = sorted->first[i]; j < sorted->first[i + 1]; j++) {
            place(m, &layer, &tensors[sorted->order[j]]);
        }
        llmp_status status = add_layer(m, &layer, builder);
        if (status != LLMP_OK) {
            return status;
        }
    }
    return LLMP_OK;
}

/* --- outside the layers -------------------------------------------------------------------------
 */

static void read_globals(const llmp__gguf_model *m, const llmp_tensor *tensors, size_t count,
                         llmp_model *out)
{
    out->tied_embeddings = true;
    for (size_t i = 0; i < count; i++) {
        const llmp_tensor *t = &tensors[i];
        if (t->role == LLMP_ROLE_MTP) {
            out->mtp_params += elements(t);
            continue;
        }
        if (t->role == LLMP_ROLE_VISION) {
            out->vision_params += elements(t);
            continue;
        }
        const llmp__gguf_name *name = name_of(t);
        llmp__slot slot = name == NULL ? SLOT_NONE : name->slot;
        if (slot != SLOT_TABLE) {
            out->text_params += elements(t);
        }
        if (t->layer != LLMP_NO_LAYER) {
            if (slot == SLOT_LAYER_INPUT_GATE && t->ne[1] <= UINT32_MAX) {
                out->per_layer_embedding_size = (uint32_t)t->ne[1];
            }
            continue;
        }
        if (slot == SLOT_TOKEN_EMBEDDING && t->ne[1] <= UINT32_MAX) {
            out->vocab_size = (uint32_t)t->ne[1];
        } else if (slot == SLOT_LAYER_EMBEDDING && t->ne[1] <= UINT32_MAX) {
            out->per_layer_embedding_vocab = (uint32_t)t->ne[1];
        } else if (slot == SLOT_HYPER_BASE && t->ne[0] <= UINT32_MAX) {
            out->hyper_connections = (uint32_t)t->ne[0];
        } else if (slot == SLOT_NONE) {
            out->other_params += elements(t);
        }
        out->tied_embeddings = out->tied_embeddings && slot != SLOT_HEAD;
        out->output_head_bias = out->output_head_bias || slot == SLOT_HEAD_BIAS;
    }
    (void)m;
}

static llmp_status read_totals(llmp__gguf_model *m, llmp_model *out)
{
    uint32_t hidden = 0, layers = 0;
    uint64_t mtp = 0;
    llmp_status status = llmp__gguf_need(m, "embedding_length", LLMP_NO_LAYER, &hidden);
    if (status == LLMP_OK) {
        status = llmp__gguf_need(m, "block_count", LLMP_NO_LAYER, &layers);
    }
    if (status != LLMP_OK) {
        return status;
    }
    (void)llmp__gguf_meta(m, "nextn_predict_layers", LLMP_NO_LAYER, &mtp);
    if (mtp >= layers) {
        return llmp__fail(m->error, LLMP_E_VALUE,
                          "%" PRIu64 " prediction layers of %" PRIu32 " in all", mtp, layers);
    }
    m->hidden = hidden;
    m->layer_count = layers - mtp;
    out->hidden_size = hidden;
    out->mtp_layers = (uint32_t)mtp;
    (void)llmp__gguf_meta(m, "context_length", LLMP_NO_LAYER, &out->max_context_tokens);
    return LLMP_OK;
}

llmp_status llmp__gguf_geometry(const llmp__gguf *gguf, const char *architecture,
                                const llmp_tensor *tensors, size_t tensor_count, llmp__arena *arena,
                                llmp_model *out, llmp_error *error)
{
    llmp__gguf_model m = {.gguf = gguf, .architecture = architecture, .error = error};
    llmp__builder builder;
    by_layer sorted = {NULL, NULL};
    llmp_status status = read_totals(&m, out);
    if (status == LLMP_OK) {
        status = llmp__builder_begin(&builder, arena, out, m.layer_count, error);
    }
    if (status == LLMP_OK) {
        read_globals(&m, tensors, tensor_count, out);
        if (out->vocab_size == 0) {
            status = llmp__fail(error, LLMP_E_SCHEMA, "no token_embd.weight among the tensors");
        }
    }
    if (status == LLMP_OK) {
        status = sort_by_layer(&m, tensors, tensor_count, &sorted);
    }
    if (status == LLMP_OK) {
        status = add_layers(&m, tensors, &sorted, &builder);
    }
    if (status == LLMP_OK) {
        status = llmp__builder_finish(&builder, error);
    }
    free(sorted.order);
    free(sorted.first);
    return status;
}
