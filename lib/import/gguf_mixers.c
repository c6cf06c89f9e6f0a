/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/gguf_layers.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

static uint64_t elements(const llmp_tensor *t)
{
    return t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
}

static llmp_status fail_shape(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                              const char *what)
{
    return llmp__fail(m->error, LLMP_E_SCHEMA, "layer %" PRIu32 ": %s", l->index, what);
}

/* a / b when that is whole and neither is 0. */
static bool divide(uint64_t a, uint64_t b, uint32_t *out)
{
    if (a == 0 || b == 0 || a % b != 0 || a / b > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)(a / b);
    return true;
}

static uint32_t meta_or(const llmp__gguf_model *m, const char *key, uint32_t layer, uint64_t other)
{
    uint64_t value = other;
    if (!llmp__gguf_meta(m, key, layer, &value) || value > UINT32_MAX) {
        value = other;
    }
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

/* --- softmax attention --------------------------------------------------------------------------
 */

/* Key head dim by metadata, for layers without a key projection of their own. */
static uint32_t stated_head_dim(const llmp__gguf_model *m, const llmp_block *b, uint32_t layer,
                                const char *key, const char *key_window)
{
    uint64_t dim = 0;
    if (b->window_tokens > 0 && llmp__gguf_meta(m, key_window, layer, &dim) && dim > 0) {
        return dim > UINT32_MAX ? 0 : (uint32_t)dim;
    }
    uint64_t even = b->heads > 0 ? m->hidden / b->heads : 0;
    return meta_or(m, key, layer, even);
}

static llmp_status read_fused(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    b->fused_qkv = true;
    b->head_dim_k =
        stated_head_dim(m, b, l->index, "attention.key_length", "attention.key_length_swa");
    b->head_dim_v =
        stated_head_dim(m, b, l->index, "attention.value_length", "attention.value_length_swa");
    uint64_t want =
        ((uint64_t)b->heads + b->kv_heads) * b->head_dim_k + (uint64_t)b->kv_heads * b->head_dim_v;
    if (l->slots[SLOT_QKV]->ne[1] != want) {
        return fail_shape(m, l, "attn_qkv.weight is not as wide as the heads say");
    }
    b->qkv_bias = l->slots[SLOT_QKV_BIAS] != NULL;
    return LLMP_OK;
}

static llmp_status read_separate(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                                 llmp_block *b)
{
    const llmp_tensor *q = l->slots[SLOT_Q], *k = l->slots[SLOT_K], *v = l->slots[SLOT_V];
    if (k == NULL) {
        b->head_dim_k =
            stated_head_dim(m, b, l->index, "attention.key_length", "attention.key_length_swa");
        if (!b->shares_kv || l->slots[SLOT_OUTPUT] == NULL ||
            !divide(l->slots[SLOT_OUTPUT]->ne[0], b->heads, &b->head_dim_v)) {
            return fail_shape(m, l, "attention without attn_k.weight");
        }
        b->omits_kv_projection = true;
    } else if (!divide(k->ne[1], b->kv_heads, &b->head_dim_k)) {
        return fail_shape(m, l, "attn_k.weight does not divide among the key/value heads");
    }
    if (v != NULL && !divide(v->ne[1], b->kv_heads, &b->head_dim_v)) {
        return fail_shape(m, l, "attn_v.weight does not divide among the key/value heads");
    }
    b->k_equals_v = k != NULL && v == NULL;
    uint64_t width = (uint64_t)b->heads * b->head_dim_k;
    b->output_gate = q->ne[1] == 2 * width;
    if (q->ne[1] != width && !b->output_gate) {
        return fail_shape(m, l, "attn_q.weight is not as wide as the heads say");
    }
    b->qkv_bias = l->slots[SLOT_Q_BIAS] != NULL;
    return LLMP_OK;
}

static void read_attention_norms(const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *norm = l->slots[SLOT_Q_NORM];
    if (norm != NULL) {
        b->qk_norm = elements(norm) == b->head_dim_k ? LLMP_QK_NORM_HEAD : LLMP_QK_NORM_FULL;
    }
    b->v_norm = l->slots[SLOT_V_NORM] != NULL;
    b->sinks = l->slots[SLOT_SINKS] != NULL;
    b->output_bias = l->slots[SLOT_OUTPUT_BIAS] != NULL;
}

static void read_indexer(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *q = l->slots[SLOT_INDEX_Q_B], *k = l->slots[SLOT_INDEX_K];
    b->index_topk = meta_or(m, "attention.indexer.top_k", l->index, 0);
    if (q != NULL && k != NULL && k->ne[1] <= UINT32_MAX) {
        b->index_head_dim = (uint32_t)k->ne[1];
        (void)divide(q->ne[1], k->ne[1], &b->index_heads);
    }
}

static llmp_status read_attention(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                                  llmp_block *b)
{
    TRY(llmp__gguf_need(m, "attention.head_count", l->index, &b->heads));
    b->kv_heads = meta_or(m, "attention.head_count_kv", l->index, b->heads);
    if (b->heads == 0 || b->kv_heads == 0 || b->heads % b->kv_heads != 0) {
        return fail_shape(m, l, "query heads do not divide among key/value heads");
    }
    llmp__gguf_window(m, l->index, b);
    uint64_t shared = 0;
    if (llmp__gguf_meta(m, "attention.shared_kv_layers", LLMP_NO_LAYER, &shared)) {
        b->shares_kv = shared <= m->layer_count && l->index >= m->layer_count - shared;
    }
    TRY(l->slots[SLOT_QKV] != NULL ? read_fused(m, l, b) : read_separate(m, l, b));
    uint64_t dim_v = b->head_dim_v > 0 ? b->head_dim_v : b->head_dim_k;
    const llmp_tensor *output = l->slots[SLOT_OUTPUT];
    if (output != NULL && output->ne[0] != b->heads * dim_v) {
        return fail_shape(m, l, "attn_output.weight is not as wide as the heads say");
    }
    read_attention_norms(l, b);
    read_indexer(m, l, b);
    return LLMP_OK;
}

/* --- latent attention ---------------------------------------------------------------------------
 */

static llmp_status read_mla(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *kv_a = l->slots[SLOT_KV_A], *norm = l->slots[SLOT_KV_A_NORM];
    const llmp_tensor *k_b = l->slots[SLOT_K_B], *output = l->slots[SLOT_OUTPUT];
    const llmp_tensor *q_b = l->slots[SLOT_Q_B];
    const llmp_tensor *q = q_b != NULL ? q_b : l->slots[SLOT_Q];
    if (norm == NULL || q == NULL || output == NULL || norm->ne[0] > kv_a->ne[1] ||
        norm->ne[0] > UINT32_MAX || kv_a->ne[1] - norm->ne[0] > UINT32_MAX) {
        return fail_shape(m, l, "latent attention lacks a projection or its shape is odd");
    }
    TRY(llmp__gguf_need(m, "attention.head_count", l->index, &b->heads));
    if (k_b != NULL && k_b->dims == 3 && k_b->ne[2] <= UINT32_MAX) {
        b->heads = (uint32_t)k_b->ne[2];
    }
    b->kv_lora_rank = (uint32_t)norm->ne[0];
    b->head_dim_rope = (uint32_t)(kv_a->ne[1] - norm->ne[0]);
    if (q_b != NULL) {
        b->q_lora_rank = q_b->ne[0] > UINT32_MAX ? 0 : (uint32_t)q_b->ne[0];
    }
    uint32_t query = 0;
    if (!divide(q->ne[1], b->heads, &query) || query <= b->head_dim_rope ||
        !divide(output->ne[0], b->heads, &b->head_dim_v)) {
        return fail_shape(m, l, "latent attention does not divide among the heads");
    }
    b->head_dim_nope = query - b->head_dim_rope;
    b->output_gate = l->slots[SLOT_GATE] != NULL;
    read_indexer(m, l, b);
    return LLMP_OK;
}

/* --- linear attention and state space -----------------------------------------------------------
 */

static llmp_status read_deltanet(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                                 llmp_block *b)
{
    const llmp_tensor *conv = l->slots[SLOT_SSM_CONV];
    uint32_t inner = 0;
    TRY(llmp__gguf_need(m, "ssm.group_count", l->index, &b->k_heads));
    TRY(llmp__gguf_need(m, "ssm.time_step_rank", l->index, &b->v_heads));
    TRY(llmp__gguf_need(m, "ssm.state_size", l->index, &b->head_dim_k));
    TRY(llmp__gguf_need(m, "ssm.inner_size", l->index, &inner));
    if (conv == NULL || conv->ne[0] > UINT32_MAX || b->k_heads == 0 || b->head_dim_k == 0 ||
        !divide(inner, b->v_heads, &b->head_dim_v) ||
        conv->ne[1] != 2 * (uint64_t)b->k_heads * b->head_dim_k + inner) {
        return fail_shape(m, l, "the convolution is not as wide as keys and values");
    }
    b->conv_kernel = (uint32_t)conv->ne[0];
    return LLMP_OK;
}

static llmp_status read_kda(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *q = l->slots[SLOT_Q], *gate = l->slots[SLOT_KDA_GATE];
    b->conv_kernel = (uint32_t)(l->slots[SLOT_KDA_CONV]->ne[0] & UINT32_MAX);
    TRY(llmp__gguf_need(m, "attention.head_count", LLMP_NO_LAYER, &b->heads));
    if (q == NULL || gate == NULL || !divide(q->ne[1], b->heads, &b->head_dim_k)) {
        return fail_shape(m, l, "Kimi delta attention does not divide among the heads");
    }
    b->full_rank_gate = l->slots[SLOT_GATE] != NULL;
    b->gate_rank = gate->ne[1] == b->head_dim_k ? 0 : (uint32_t)(gate->ne[1] & UINT32_MAX);
    return LLMP_OK;
}

static llmp_status read_mamba(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    const llmp_tensor *in = l->slots[SLOT_SSM_IN];
    TRY(llmp__gguf_need(m, "ssm.inner_size", l->index, &b->d_inner));
    TRY(llmp__gguf_need(m, "ssm.state_size", l->index, &b->d_state));
    TRY(llmp__gguf_need(m, "ssm.conv_kernel", l->index, &b->conv_kernel));
    uint32_t rank = 0;
    TRY(llmp__gguf_need(m, "ssm.time_step_rank", l->index, &rank));
    uint64_t want = 2 * (uint64_t)b->d_inner;
    if (b->kind == LLMP_BLOCK_MAMBA) {
        b->dt_rank = rank;
    } else {
        b->heads = rank;
        TRY(llmp__gguf_need(m, "ssm.group_count", l->index, &b->groups));
        b->no_state_norm = l->slots[SLOT_SSM_NORM] == NULL;
        want += 2 * (uint64_t)b->groups * b->d_state + b->heads;
    }
    return in->ne[1] == want ? LLMP_OK
                             : fail_shape(m, l, "ssm_in.weight is not as wide as the keys say");
}

static llmp_status read_rwkv(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *b)
{
    TRY(llmp__gguf_need(m, "wkv.head_size", l->index, &b->head_dim_k));
    b->output_gate = l->slots[SLOT_GATE] != NULL;
    return divide(m->hidden, b->head_dim_k, &b->heads)
               ? LLMP_OK
               : fail_shape(m, l, "the hidden size does not divide among the heads");
}

/* --- which ones a layer has ---------------------------------------------------------------------
 */

static bool has(const llmp__gguf_layer *l, llmp__slot slot)
{
    return l->slots[slot] != NULL;
}

static llmp_status add(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block_kind kind,
                       llmp_status (*read)(const llmp__gguf_model *, const llmp__gguf_layer *,
                                           llmp_block *),
                       llmp_block *out, size_t *out_count)
{
    out[*out_count] = llmp__builder_block(kind);
    TRY(read(m, l, &out[*out_count]));
    (*out_count)++;
    return LLMP_OK;
}

static llmp_status read_short_conv(const llmp__gguf_model *m, const llmp__gguf_layer *l,
                                   llmp_block *b)
{
    (void)m;
    b->conv_kernel = (uint32_t)(l->slots[SLOT_SHORT_CONV]->ne[0] & UINT32_MAX);
    return LLMP_OK;
}

llmp_status llmp__gguf_mixers(const llmp__gguf_model *m, const llmp__gguf_layer *l, llmp_block *out,
                              size_t *out_count)
{
    bool delta = has(l, SLOT_SSM_BA) && !has(l, SLOT_KDA_CONV);
    if (has(l, SLOT_KDA_CONV)) {
        return add(m, l, LLMP_BLOCK_KDA, read_kda, out, out_count);
    }
    if (delta) {
        return add(m, l, LLMP_BLOCK_GATED_DELTANET, read_deltanet, out, out_count);
    }
    if (has(l, SLOT_KV_A)) {
        return add(m, l, LLMP_BLOCK_MLA, read_mla, out, out_count);
    }
    if (has(l, SLOT_SINGLE_KV)) {
        return add(m, l, LLMP_BLOCK_ATTENTION, llmp__gguf_compressed, out, out_count);
    }
    if (has(l, SLOT_SHORT_CONV)) {
        return add(m, l, LLMP_BLOCK_SHORT_CONV, read_short_conv, out, out_count);
    }
    if (has(l, SLOT_TIME_MIX)) {
        return add(m, l, LLMP_BLOCK_RWKV, read_rwkv, out, out_count);
    }
    /* Falcon-H1 has both side by side. */
    if (has(l, SLOT_Q) || has(l, SLOT_QKV)) {
        TRY(add(m, l, LLMP_BLOCK_ATTENTION, read_attention, out, out_count));
    }
    if (has(l, SLOT_SSM_IN)) {
        llmp_block_kind kind = has(l, SLOT_SSM_X) ? LLMP_BLOCK_MAMBA : LLMP_BLOCK_MAMBA2;
        TRY(add(m, l, kind, read_mamba, out, out_count));
    }
    return LLMP_OK;
}
