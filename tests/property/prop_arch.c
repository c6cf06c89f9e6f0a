/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of any geometry: parts sum to totals, more of something never counts less. Random
 * models of every kind of block, from a fixed seed. */
#include "t.h"

#include <llmplan/arch.h>

enum { TRIES = 3000, LAYERS_MAX = 40 };

static llmp_catalog *catalog;
static const llmp_quant *quants[4];
static llmp_error error;
static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t pick(uint32_t low, uint32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return low + (uint32_t)((seed >> 20) % (high - low + 1));
}

static bool chance(uint32_t percent)
{
    return pick(1, 100) <= percent;
}

typedef struct scene {
    llmp_model model;
    llmp_block blocks[5];
    llmp_layer layers[LAYERS_MAX];
} scene;

static int open_catalog(void **state)
{
    (void)state;
    static const char *const names[4] = {"BF16", "Q8_0", "Q4_K_M", "IQ3_XXS"};
    if (llmp_catalog_create(&catalog, &error))
        return -1;
    for (int i = 0; i < 4; i++) {
        const llmp_record *record;
        if (llmp_catalog_find(catalog, LLMP_KIND_QUANT, names[i], &record, NULL, &error))
            return -1;
        quants[i] = LLMP_QUANT(record);
    }
    return 0;
}

static int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static void random_attention(llmp_block *block)
{
    block->kind = LLMP_BLOCK_ATTENTION;
    block->kv_heads = pick(1, 9);
    block->heads = block->kv_heads * pick(1, 8);
    block->head_dim_k = 32 * pick(1, 9);
    block->head_dim_v = chance(30) ? 16 * pick(1, 11) : 0;
    block->qkv_bias = chance(30);
    block->output_bias = chance(20);
    block->output_gate = chance(20);
    block->sinks = chance(20);
    block->qk_norm = (llmp_qk_norm)pick(0, 2);
    block->window_tokens = chance(40) ? pick(100, 9000) : 0;
    block->shares_kv = chance(10);
    block->fused_qkv = chance(20);
}

static void random_mixer(llmp_block *block)
{
    block->conv_kernel = pick(2, 5);
    block->heads = pick(1, 70);
    block->head_dim_k = 16 * pick(1, 13);
    switch (pick(0, 6)) {
    case 0:
        block->kind = LLMP_BLOCK_MLA;
        block->q_lora_rank = chance(70) ? 64 * pick(1, 25) : 0;
        block->kv_lora_rank = 64 * pick(1, 9);
        block->head_dim_nope = 16 * pick(1, 13);
        block->head_dim_rope = 16 * pick(0, 5);
        block->head_dim_v = 16 * pick(1, 13);
        block->index_heads = chance(40) ? pick(1, 65) : 0;
        block->index_head_dim = 128;
        block->index_topk = block->index_heads ? pick(100, 4000) : 0;
        break;
    case 1:
        block->kind = LLMP_BLOCK_GATED_DELTANET;
        block->k_heads = pick(1, 17);
        block->v_heads = block->k_heads * pick(1, 4);
        break;
    case 2:
        block->kind = LLMP_BLOCK_KDA;
        break;
    case 3:
        block->kind = LLMP_BLOCK_MAMBA2;
        block->d_inner = 64 * block->heads;
        block->d_state = 16 * pick(1, 16);
        block->groups = pick(1, 8);
        break;
    case 4:
        block->kind = LLMP_BLOCK_MAMBA;
        block->d_inner = 64 * pick(1, 100);
        block->d_state = 16;
        block->dt_rank = pick(8, 300);
        break;
    case 5:
        block->kind = LLMP_BLOCK_LIGHTNING;
        break;
    default:
        random_attention(block);
    }
}

static void random_scene(scene *s)
{
    *s = (scene){0};
    static const char *const ids[5] = {"attn", "mixer", "mlp", "moe", "extra"};
    for (int i = 0; i < 5; i++) {
        s->blocks[i].id = ids[i];
        s->blocks[i].other_params = chance(20) ? pick(1, 5000) : 0;
    }
    random_attention(&s->blocks[0]);
    random_mixer(&s->blocks[1]);
    s->blocks[2].kind = s->blocks[4].kind = LLMP_BLOCK_FFN;
    s->blocks[2].ffn_size = s->blocks[4].ffn_size = 32 * pick(1, 300);
    s->blocks[2].ungated = chance(30);
    s->blocks[2].ffn_bias = chance(30);
    llmp_block *moe = &s->blocks[3];
    moe->kind = LLMP_BLOCK_MOE;
    moe->experts = pick(2, 130);
    moe->experts_per_token = pick(1, moe->experts < 9 ? moe->experts : 9);
    moe->expert_ffn_size = 32 * pick(1, 60);
    moe->shared_ffn_size = chance(50) ? 32 * pick(1, 60) : 0;
    moe->ffn_bias = chance(20);
    moe->router_bias = chance(50);
    moe->latent_size = chance(20) ? 32 * pick(1, 20) : 0;
    llmp_model *m = &s->model;
    m->head.id = "random";
    m->head.grade = LLMP_GRADE_DATASHEET;
    m->hidden_size = 32 * pick(1, 130);
    m->vocab_size = pick(100, 70001);
    m->tied_embeddings = chance(40);
    m->hyper_connections = chance(10) ? pick(2, 4) : 0;
    if (chance(10)) {
        m->per_layer_embedding_size = 32 * pick(1, 8);
        m->per_layer_embedding_vocab = pick(100, 9000);
    }
    m->mtp_params = chance(20) ? pick(1, 90000000) : 0;
    m->blocks = s->blocks;
    m->block_count = 5;
    m->layers = s->layers;
    m->layer_count = pick(1, LAYERS_MAX);
    for (size_t i = 0; i < m->layer_count; i++)
        s->layers[i] = (llmp_layer){2, {(uint8_t)pick(0, 1), (uint8_t)pick(2, 3)}};
}

static llmp_arch *build(const scene *s, const llmp_quant *quant)
{
    llmp_arch *arch;
    assert_ok(llmp_arch_create(catalog, &s->model, quant, NULL, &arch, &error));
    return arch;
}

static uint64_t layer_sum(const llmp_arch *arch)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < llmp_arch_summary_of(arch)->layer_count; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(arch, i);
        assert_int_equal(cost->weight_bytes, cost->dense_read_bytes + cost->expert_total_bytes);
        assert_true(cost->expert_bytes * cost->experts <= cost->expert_total_bytes);
        sum += cost->weight_bytes;
    }
    return sum;
}

static void test_parts_sum_to_totals(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        scene s;
        random_scene(&s);
        llmp_arch *arch = build(&s, quants[i % 4]);
        const llmp_arch_summary *t = llmp_arch_summary_of(arch);
        assert_int_equal(layer_sum(arch), t->layer_weight_bytes);
        assert_int_equal(t->weight_bytes, t->layer_weight_bytes + t->embedding_bytes +
                                              t->head_bytes + t->per_layer_embedding_bytes +
                                              t->other_bytes);
        uint64_t bytes = 0;
        for (size_t k = 0; k < llmp_arch_tensor_count(arch); k++)
            bytes += llmp_arch_tensor(arch, k)->bytes;
        assert_int_equal(bytes, t->weight_bytes + t->mtp_bytes);
        assert_true(t->active_params <= t->params);
        assert_int_equal(t->embedding_bytes == 0, s.model.tied_embeddings);
        assert_int_equal(t->mtp_bytes == 0, s.model.mtp_params == 0);
        llmp_arch_destroy(&arch);
    }
}

/* Twice the experts: as many active weights and a larger router; nothing else moves. */
static void test_more_experts(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES / 3; i++) {
        scene s;
        random_scene(&s);
        llmp_arch *few = build(&s, quants[0]);
        s.blocks[3].experts *= 2;
        llmp_arch *many = build(&s, quants[0]);
        uint64_t moe_layers = 0;
        for (size_t k = 0; k < s.model.layer_count; k++)
            moe_layers += s.layers[k].blocks[1] == 3;
        uint64_t router = moe_layers * s.model.hidden_size * s.blocks[3].experts / 2;
        assert_int_equal(llmp_arch_summary_of(many)->active_params,
                         llmp_arch_summary_of(few)->active_params + router);
        for (uint32_t k = 0; k < s.model.layer_count; k++) {
            assert_int_equal(llmp_arch_layer(many, k)->expert_bytes,
                             llmp_arch_layer(few, k)->expert_bytes);
            assert_int_equal(llmp_arch_layer(many, k)->k_elements,
                             llmp_arch_layer(few, k)->k_elements);
        }
        llmp_arch_destroy(&few);
        llmp_arch_destroy(&many);
    }
}

/* The order of layers changes nothing that is summed, when every tensor has the same format. */
static void test_layer_order(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES / 3; i++) {
        scene s;
        random_scene(&s);
        llmp_arch *forward = build(&s, quants[i % 2]);
        for (size_t a = 0, b = s.model.layer_count - 1; a < b; a++, b--) {
            llmp_layer swap = s.layers[a];
            s.layers[a] = s.layers[b];
            s.layers[b] = swap;
        }
        llmp_arch *backward = build(&s, quants[i % 2]);
        const llmp_arch_summary *f = llmp_arch_summary_of(forward);
        const llmp_arch_summary *b = llmp_arch_summary_of(backward);
        assert_int_equal(f->params, b->params);
        assert_int_equal(f->active_params, b->active_params);
        assert_int_equal(f->weight_bytes, b->weight_bytes);
        llmp_arch_destroy(&forward);
        llmp_arch_destroy(&backward);
    }
}

/* Fewer bits never store more, and 16 bit floats store two bytes for all but the small tensors. */
static void test_formats(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES / 3; i++) {
        scene s;
        random_scene(&s);
        llmp_arch *wide = build(&s, quants[0]), *narrow = build(&s, quants[1]);
        const llmp_arch_summary *w = llmp_arch_summary_of(wide);
        assert_true(llmp_arch_summary_of(narrow)->weight_bytes <= w->weight_bytes);
        assert_true(w->weight_bytes >= 2 * w->params);
        assert_true(w->weight_bytes <= 4 * w->params);
        llmp_arch_destroy(&wide);
        llmp_arch_destroy(&narrow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_sum_to_totals),
        cmocka_unit_test(test_more_experts),
        cmocka_unit_test(test_layer_order),
        cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
