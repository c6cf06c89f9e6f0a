/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/hf_config.h"

#include <llmplan/arch.h>

#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

static const char expert_keys[] = "num_experts|n_routed_experts|num_local_experts|moe_num_experts";
static const char used_keys[] =
    "num_experts_per_tok|num_experts_per_token|experts_per_token|top_k_experts|moe_topk|moe_k";
static const char expert_width_keys[] = "moe_intermediate_size|expert_intermediate_size";
static const char shared_count_keys[] =
    "n_shared_experts|num_shared_experts|num_shared_expert|moe_num_shared_experts";
static const char shared_width_keys[] = "moe_shared_expert_intermediate_size|"
                                        "shared_expert_intermediate_size|shared_intermediate_size|"
                                        "share_expert_dim";

static bool has(const llmp__hf *hf, unsigned flag)
{
    return (hf->traits->flags & flag) != 0;
}

static bool list_has(const llmp__node *list, uint32_t wanted)
{
    uint64_t value = 0;
    size_t left = LLMP_LAYERS_MAX; /* a list of layers has no more */
    for (const llmp__node *n = list != NULL ? list->first : NULL; n != NULL && left > 0;
         n = n->next, left--) {
        if (llmp__node_whole(n, &value) && value == wanted) {
            return true;
        }
    }
    return false;
}

/* --- which layers are routed --------------------------------------------------------------------
 */

/* (layer + shift) % period == want, for a period that is stated; true when it is not. */
static llmp_status on_period(const llmp__hf *hf, const char *key, uint32_t shifted, uint32_t want,
                             bool *out)
{
    uint32_t period = 0;
    TRY(llmp__hf_get(hf, key, 0, 1, &period));
    *out = period > 0 && shifted % period == want % period;
    return LLMP_OK;
}

static llmp_status by_frequency(const llmp__hf *hf, uint32_t layer, bool *out)
{
    const llmp__node *node = llmp__hf_find(hf, "moe_layer_freq");
    uint32_t value = 1;
    if (node != NULL && node->kind == LLMP__NODE_LIST) {
        TRY(llmp__hf_get(hf, "moe_layer_freq", layer, 1, &value));
        *out = value != 0;
        return LLMP_OK;
    }
    return on_period(hf, "moe_layer_freq", layer, 0, out);
}

llmp_status llmp__hf_is_moe(const llmp__hf *hf, uint32_t layer, bool *out)
{
    uint32_t experts = 0, first = 0, last = 0, offset = 0;
    bool yes[4] = {true, true, true, true};
    *out = false;
    TRY(llmp__hf_get(hf, expert_keys, 0, 0, &experts));
    if (experts < 2) {
        return LLMP_OK;
    }
    const char *type = llmp__hf_text_at(hf, "mlp_layer_types", layer);
    if (type != NULL) {
        *out = strcmp(type, "sparse") == 0;
        return LLMP_OK;
    }
    TRY(llmp__hf_get(hf, "first_k_dense_replace|num_dense_layers|moe_layer_start_index", 0, 0,
                     &first));
    TRY(llmp__hf_get(hf, "moe_layer_end_index", 0, UINT32_MAX, &last));
    if (layer < first || layer > last || list_has(llmp__hf_find(hf, "mlp_only_layers"), layer)) {
        return LLMP_OK;
    }
    const llmp__node *listed = llmp__hf_find(hf, "moe_layers");
    if (listed != NULL && listed->kind == LLMP__NODE_LIST) {
        *out = list_has(listed, layer);
        return LLMP_OK;
    }
    TRY(by_frequency(hf, layer, &yes[0]));
    TRY(on_period(hf, "decoder_sparse_step|interleave_moe_layer_step", layer + 1, 0, &yes[1]));
    TRY(on_period(hf, "moe_layer_interval", layer + 1, 0, &yes[2]));
    TRY(llmp__hf_get(hf, "expert_layer_offset", 0, 0, &offset));
    TRY(on_period(hf, "expert_layer_period", layer, offset, &yes[3]));
    *out = yes[0] && yes[1] && yes[2] && yes[3];
    return LLMP_OK;
}

/* --- widths -------------------------------------------------------------------------------------
 */

/* LFM2 gives the width before its own rounding (Lfm2MLP). */
static llmp_status lfm2_width(const llmp__hf *hf, uint32_t *out)
{
    uint64_t width = 0;
    uint32_t multiple = 0;
    double factor = 1;
    if (!llmp__node_whole(llmp__hf_find(hf, "block_ff_dim|intermediate_size"), &width) ||
        width > 1u << 24) {
        return llmp__hf_fail(hf, "block_ff_dim", "the key is missing or no width");
    }
    if (llmp__hf_bool(hf, "block_auto_adjust_ff_dim", true)) {
        TRY(llmp__hf_get(hf, "block_multiple_of", 0, 256, &multiple));
        (void)llmp__node_number(llmp__hf_find(hf, "block_ffn_dim_multiplier"), &factor);
        if (factor < 0.01 || factor > 100 || multiple == 0) {
            return llmp__hf_fail(hf, "block_ffn_dim_multiplier", "is out of range");
        }
        width = (uint64_t)(factor * (double)(2 * width / 3));
        width = (width + multiple - 1) / multiple * multiple;
    }
    *out = (uint32_t)width;
    return LLMP_OK;
}

static llmp_status dense_width(const llmp__hf *hf, uint32_t layer, uint32_t *out)
{
    if (strcmp(hf->traits->model_type, "lfm2") == 0) {
        return lfm2_width(hf, out);
    }
    const char *special = hf->traits->layout == HF_MAMBA_TYPES
                              ? "shared_intermediate_size"
                              : "intermediate_size_mlp|dense_intermediate_size";
    if (llmp__hf_find(hf, special) != NULL) {
        return llmp__hf_need(hf, special, layer, out);
    }
    return llmp__hf_need(hf, "intermediate_size", layer, out);
}

llmp_status llmp__hf_dense(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    llmp_block *b = out;
    *b = llmp__builder_block(LLMP_BLOCK_FFN);
    uint32_t shared = 0;
    TRY(dense_width(hf, layer, &b->ffn_size));
    TRY(llmp__hf_get(hf, "num_kv_shared_layers", 0, 0, &shared));
    if (llmp__hf_bool(hf, "use_double_wide_mlp", false) && shared <= hf->layers &&
        layer >= hf->layers - shared) {
        b->ffn_size *= 2;
    }
    b->norms = has(hf, HF_SANDWICH) ? 2 : has(hf, HF_PARALLEL) ? 0 : 1;
    b->ungated = has(hf, HF_UNGATED);
    b->fused_gate_up = has(hf, HF_FUSED_UP);
    b->ffn_bias = llmp__hf_bool(hf, "mlp_bias", false);
    if (strncmp(hf->traits->model_type, "gemma4", 6) == 0) {
        b->other_params = 1;
        b->note = "one output scale per layer";
    }
    return LLMP_OK;
}

static llmp_status shared_width(const llmp__hf *hf, uint32_t layer, llmp_block *b)
{
    uint32_t width = 0, count = 0;
    bool one = has(hf, HF_SHARED_ONE);
    TRY(llmp__hf_get(hf, shared_count_keys, layer, one ? 1 : 0, &count));
    TRY(llmp__hf_get(hf, shared_width_keys, layer, 0, &width));
    if (count == 0 && width > 0 && llmp__hf_find(hf, shared_count_keys) == NULL) {
        count = 1;
    }
    uint64_t all = count > 4096 ? 0 : (uint64_t)count * (width > 0 ? width : b->expert_ffn_size);
    if (all > UINT32_MAX) {
        return llmp__hf_fail(hf, shared_count_keys, "is out of range");
    }
    b->shared_experts = all > 0 ? count : 0;
    b->shared_ffn_size = (uint32_t)all;
    b->shared_gate = all > 0 && has(hf, HF_SHARED_GATE);
    return LLMP_OK;
}

llmp_status llmp__hf_moe(const llmp__hf *hf, uint32_t layer, llmp_block *out)
{
    llmp_block *b = out;
    *b = llmp__builder_block(LLMP_BLOCK_MOE);
    TRY(llmp__hf_need(hf, expert_keys, layer, &b->experts));
    TRY(llmp__hf_need(hf, used_keys, layer, &b->experts_per_token));
    if (llmp__hf_find(hf, expert_width_keys) != NULL) {
        TRY(llmp__hf_need(hf, expert_width_keys, layer, &b->expert_ffn_size));
    } else {
        TRY(llmp__hf_need(hf, "intermediate_size", layer, &b->expert_ffn_size));
    }
    if (b->experts_per_token == 0 || b->experts_per_token > b->experts) {
        return llmp__hf_fail(hf, used_keys, "is more than the experts there are");
    }
    TRY(shared_width(hf, layer, b));
    TRY(llmp__hf_get(hf, "moe_latent_size|routed_expert_hidden_size", 0, 0, &b->latent_size));
    if (b->latent_size > 0 && llmp__hf_bool(hf, "latent_moe_use_norm", false)) {
        b->other_params = b->latent_size;
        b->note = "norm on the latent";
    }
    uint32_t hashed = 0; /* DeepSeek-V4: the first layers route by token id, without a bias */
    TRY(llmp__hf_get(hf, "num_hash_layers", 0, 0, &hashed));
    b->router_bias = has(hf, HF_ROUTER_BIAS) && layer >= hashed &&
                     llmp__hf_bool(hf, "use_routing_bias", true) &&
                     llmp__hf_bool(hf, "use_expert_bias", true);
    b->ffn_bias = has(hf, HF_EXPERT_BIAS);
    b->ungated = has(hf, HF_UNGATED);
    return LLMP_OK;
}

llmp_status llmp__hf_ffns(const llmp__hf *hf, uint32_t layer, llmp_block *out, size_t *out_count)
{
    if (llmp__hf_bool(hf, "enable_moe_block", false)) { /* Gemma 4: both, side by side */
        llmp_block *moe = &out[*out_count + 1];
        TRY(llmp__hf_dense(hf, layer, &out[*out_count]));
        TRY(llmp__hf_moe(hf, layer, moe));
        moe->norms = 3;
        moe->other_params = (uint64_t)hf->hidden + moe->experts;
        moe->note = "router input scale (hidden_size) and one output scale per expert";
        *out_count += 2;
        return LLMP_OK;
    }
    bool routed = false;
    TRY(llmp__hf_is_moe(hf, layer, &routed));
    TRY(routed ? llmp__hf_moe(hf, layer, &out[*out_count])
               : llmp__hf_dense(hf, layer, &out[*out_count]));
    (*out_count)++;
    return LLMP_OK;
}
