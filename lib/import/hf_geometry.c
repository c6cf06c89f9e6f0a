/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/hf_config.h"

#include "base/error.h"

#include <llmplan/arch.h>

#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

enum { KEYS_MAX = 2048 }; /* every layer looks keys up one by one */

/* --- the language model's part ------------------------------------------------------------------
 */

static const char *model_type_of(const llmp__node *map)
{
    const llmp__node *node = llmp__node_get(map, "model_type");
    return node != NULL && node->kind == LLMP__NODE_QUOTED ? node->text : NULL;
}

static const llmp__hf_traits *traits_of(const char *type)
{
    return type != NULL ? llmp__hf_traits_find(type) : NULL;
}

/* Multimodal configs nest the language model. Its own model_type counts, unless the outer one is
 * known too: Kimi K3 calls its language model kimi_linear, from which it departs. */
static llmp_status find_text(llmp__hf *hf)
{
    static const char *const parts[] = {"text_config", "llm_config", "language_config"};
    hf->text = hf->root;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const llmp__node *part = llmp__node_get(hf->root, parts[i]);
        if (part != NULL && part->kind == LLMP__NODE_MAP) {
            hf->text = part;
            break;
        }
    }
    if (hf->text->count > KEYS_MAX) {
        return llmp__fail_at(hf->error, LLMP_E_LIMIT, hf->where, hf->text->line, hf->text->column,
                             NULL, "more than %d keys", KEYS_MAX);
    }
    const char *outer = model_type_of(hf->root), *inner = model_type_of(hf->text);
    const char *type = inner != NULL ? inner : outer;
    if (type == NULL) {
        return llmp__fail_at(hf->error, LLMP_E_SCHEMA, hf->where, hf->root->line, hf->root->column,
                             "model_type", "the key is missing or no text");
    }
    hf->traits = traits_of(outer);
    hf->traits = hf->traits != NULL ? hf->traits : traits_of(inner);
    if (hf->traits == NULL) {
        const llmp__node *node = llmp__node_get(inner != NULL ? hf->text : hf->root, "model_type");
        return llmp__fail_at(hf->error, LLMP_E_UNSUPPORTED, hf->where, node->line, node->column,
                             "model_type", "the model type '%.64s' is not known", type);
    }
    return LLMP_OK;
}

/* Hybrid patterns have an entry per layer, so num_hidden_layers may be left out. */
static llmp_status read_layer_count(llmp__hf *hf)
{
    const llmp__node *pattern = llmp__hf_find(hf, "hybrid_override_pattern");
    const llmp__node *list = llmp__hf_find(hf, "layers_block_type");
    if (llmp__hf_find(hf, "num_hidden_layers") != NULL || (pattern == NULL && list == NULL)) {
        return llmp__hf_need(hf, "num_hidden_layers", 0, &hf->layers);
    }
    size_t count = pattern != NULL && pattern->kind == LLMP__NODE_QUOTED ? strlen(pattern->text)
                   : list != NULL                                        ? list->count
                                                                         : 0;
    if (count > LLMP_LAYERS_MAX) {
        return llmp__hf_fail(hf, "layers_block_type", "has too many layers");
    }
    hf->layers = (uint32_t)count;
    return LLMP_OK;
}

/* What llama.cpp calls members of a family that lack what the family is named for. */
static const char *architecture_of(const llmp__hf *hf, const llmp_model *model)
{
    bool kinds[LLMP_BLOCK_KIND_COUNT] = {false};
    for (size_t i = 0; i < model->block_count; i++) {
        kinds[model->blocks[i].kind] = true;
    }
    if (hf->traits->layout == HF_MAMBA_TYPES && !kinds[LLMP_BLOCK_MAMBA2]) {
        return kinds[LLMP_BLOCK_MOE] ? "granitemoe" : "granite";
    }
    if (hf->traits->layout == HF_ONE_BLOCK && kinds[LLMP_BLOCK_MOE]) {
        return "nemotron_h_moe";
    }
    return hf->traits->architecture;
}

/* --- outside the layers -------------------------------------------------------------------------
 */

static bool tied(const llmp__hf *hf)
{
    bool value = (hf->traits->flags & HF_TIED) != 0;
    if (!llmp__node_bool(llmp__node_get(hf->root, "tie_word_embeddings"), &value)) {
        (void)llmp__node_bool(llmp__node_get(hf->text, "tie_word_embeddings"), &value);
    }
    return value;
}

static llmp_status read_context(const llmp__hf *hf, llmp_model *model)
{
    uint32_t context = 0;
    TRY(llmp__hf_get(hf, "max_position_embeddings|model_max_length", 0, 0, &context));
    model->max_context_tokens = context;
    return LLMP_OK;
}

static llmp_status read_mtp(const llmp__hf *hf, llmp_model *model)
{
    TRY(llmp__hf_get(hf, "num_nextn_predict_layers|mtp_num_hidden_layers|num_mtp_modules", 0, 0,
                     &model->mtp_layers));
    return LLMP_OK;
}

/* Gemma 3n and 4 E-models: a small embedding per layer. Gemma 3n also has LAuReL and AltUp
 * (modeling_gemma3n.py); `per_layer` gets their parameters in one layer. */
static llmp_status read_gemma_extras(const llmp__hf *hf, llmp_model *model, uint64_t *per_layer)
{
    uint32_t rank = 0, streams = 0;
    uint64_t h = hf->hidden;
    TRY(llmp__hf_get(hf, "hidden_size_per_layer_input", 0, 0, &model->per_layer_embedding_size));
    if (model->per_layer_embedding_size > 0) {
        TRY(llmp__hf_need(hf, "vocab_size_per_layer_input", 0, &model->per_layer_embedding_vocab));
    }
    TRY(llmp__hf_get(hf, "laurel_rank", 0, 0, &rank));
    TRY(llmp__hf_get(hf, "altup_num_inputs", 0, 0, &streams));
    if (rank > 0 && streams > 1 && streams <= 16) {
        uint64_t n = streams;
        uint64_t laurel = 2 * h * rank + h;
        uint64_t altup =
            h * n + h + n * n + n * n * n + h; /* router, norm, correct, predict, scale */
        *per_layer = laurel + altup;
        model->other_params = 2 * (n - 1) * h * h; /* projections in and out */
    }
    return LLMP_OK;
}

static llmp_status read_layers(const llmp__hf *hf, uint64_t per_layer, llmp__builder *builder)
{
    for (uint32_t i = 0; i < hf->layers; i++) {
        llmp_block blocks[LLMP__HF_BLOCKS_MAX];
        size_t count = 0;
        TRY(llmp__hf_layer(hf, i, blocks, &count));
        if (count > 0 && per_layer > 0) {
            blocks[count - 1].other_params += per_layer;
            blocks[count - 1].note = "LAuReL and AltUp";
        }
        for (size_t j = 0; j < count; j++) {
            TRY(llmp__builder_add(builder, i, &blocks[j], hf->error));
        }
    }
    return LLMP_OK;
}

llmp_status llmp__hf_geometry(const llmp__node *root, const char *where, llmp__arena *arena,
                              llmp_model *model, llmp_error *error)
{
    llmp__hf hf = {.root = root, .where = where, .error = error};
    llmp__builder builder;
    uint64_t per_layer = 0;
    TRY(find_text(&hf));
    TRY(llmp__hf_need(&hf, "hidden_size", 0, &hf.hidden));
    TRY(read_layer_count(&hf));
    TRY(llmp__hf_need(&hf, "vocab_size", 0, &model->vocab_size));
    if (hf.hidden == 0 || hf.hidden > 1u << 20) {
        return llmp__hf_fail(&hf, "hidden_size", "is out of range");
    }
    model->hidden_size = hf.hidden;
    model->family = hf.traits->family;
    model->tied_embeddings = tied(&hf);
    TRY(read_context(&hf, model));
    TRY(read_mtp(&hf, model));
    TRY(llmp__hf_get(&hf, "hc_mult", 0, 0, &model->hyper_connections));
    TRY(read_gemma_extras(&hf, model, &per_layer));
    TRY(llmp__builder_begin(&builder, arena, model, hf.layers, error));
    TRY(read_layers(&hf, per_layer, &builder));
    TRY(llmp__builder_finish(&builder, error));
    model->architecture = architecture_of(&hf, model);
    return LLMP_OK;
}
