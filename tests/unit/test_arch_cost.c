/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cache, state and work per layer. Expected values are worked out by hand from the published
 * dimensions, or are what engines print in their logs. */
#include "t.h"

#include <llmplan/arch.h>

static llmp_catalog *catalog;
static llmp_error error;

static int open_catalog(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static llmp_arch *arch_of(const char *model, const char *quant)
{
    const llmp_record *m, *q;
    llmp_arch *arch;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_MODEL, model, &m, NULL, &error));
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_QUANT, quant, &q, NULL, &error));
    assert_ok(llmp_arch_create(catalog, LLMP_MODEL(m), LLMP_QUANT(q), NULL, &arch, &error));
    return arch;
}

static uint64_t cache_elements(const llmp_arch *arch)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < llmp_arch_summary_of(arch)->layer_count; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(arch, i);
        sum += cost->owns_kv ? cost->k_elements + cost->v_elements : 0;
    }
    return sum;
}

static void test_gqa(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("llama-3.1-8b", "F16");
    const llmp_layer_cost *cost = llmp_arch_layer(arch, 31);
    assert_int_equal(cost->work, LLMP_WORK_ATTENTION | LLMP_WORK_FFN);
    /* 131,072 bytes per token at f16 over 32 layers */
    assert_int_equal(2 * cache_elements(arch), 131072);
    assert_int_equal(cost->k_elements, 8 * 128);
    assert_int_equal(cost->window_tokens, 0);
    /* 4 * heads * head_dim per attended position */
    assert_close(cost->attention_flop_per_pair, 4 * 32 * 128, 0);
    /* q and o 4096^2, k and v 4096 x 1024, three of 4096 x 14336 */
    assert_close(cost->dense_weights, 2 * 16777216. + 2 * 4194304. + 3 * 58720256., 0);
    assert_close(cost->expert_weights, 0, 0);
    assert_null(llmp_arch_layer(arch, 32));
    const llmp_arch_summary *s = llmp_arch_summary_of(arch);
    assert_false(s->tied_embeddings);
    assert_close(s->head_weights, 4096. * 128256, 0);
    /* norms stay at four bytes: 65 vectors of 4096; so do 64 rotary factors */
    assert_int_equal(s->weight_bytes, 2 * UINT64_C(8030261248) + 2 * 65 * 4096 + 4 * 64);
    llmp_arch_destroy(&arch);
    assert_null(arch);
    llmp_arch_destroy(&arch);
}

static void test_mla(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("deepseek-v3", "Q8_0");
    const llmp_layer_cost *dense = llmp_arch_layer(arch, 2), *moe = llmp_arch_layer(arch, 3);
    assert_int_equal(dense->work, LLMP_WORK_MLA | LLMP_WORK_FFN);
    assert_int_equal(moe->work, LLMP_WORK_MLA | LLMP_WORK_MOE);
    /* 61 layers x 576: 70,272 bytes per token at f16, the latent only */
    assert_int_equal(2 * cache_elements(arch), 70272);
    assert_int_equal(moe->v_elements, 0);
    /* full keys and values of 128 heads: 4.99 MB per token in engines without absorption */
    assert_int_equal(61 * 2 * (moe->k_elements_unabsorbed + moe->v_elements_unabsorbed), 4997120);
    assert_int_equal(moe->kv_heads, 1);
    assert_close(moe->attention_flop_per_pair, 2. * 128 * (2 * 512 + 64), 0);
    assert_int_equal(moe->experts, 256);
    assert_int_equal(moe->experts_per_token, 8);
    assert_close(moe->expert_weights, 3. * 7168 * 2048, 0);
    /* 34 bytes for 32 weights */
    assert_int_equal(moe->expert_bytes, 3 * 7168 * 2048 / 32 * 34);
    assert_int_equal(moe->expert_total_bytes, 256 * moe->expert_bytes);
    assert_int_equal(moe->weight_bytes, moe->dense_read_bytes + moe->expert_total_bytes);
    assert_int_equal(moe->index_topk, 0);
    llmp_arch_destroy(&arch);
}

static void test_indexer(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("deepseek-v3.2", "BF16");
    const llmp_layer_cost *cost = llmp_arch_layer(arch, 60);
    assert_true(cost->work & LLMP_WORK_INDEXER);
    /* 128 one-byte elements and one scale of four bytes */
    assert_int_equal(cost->index_bytes_per_token, 132);
    assert_int_equal(cost->index_topk, 2048);
    assert_close(cost->index_flop_per_pair, 2. * 64 * 128, 0);
    llmp_arch_destroy(&arch);
    /* GLM-5.2: most layers reuse the selection of an earlier one */
    arch = arch_of("glm-5.2", "BF16");
    cost = llmp_arch_layer(arch, 3);
    assert_false(cost->work & LLMP_WORK_INDEXER);
    assert_int_equal(cost->index_bytes_per_token, 0);
    assert_int_equal(cost->index_topk, 2048);
    llmp_arch_destroy(&arch);
}

static void test_windows(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("gemma-3-27b", "BF16");
    assert_int_equal(llmp_arch_layer(arch, 4)->window_tokens, 1024);
    assert_int_equal(llmp_arch_layer(arch, 5)->window_tokens, 0);
    assert_int_equal(llmp_arch_layer(arch, 61)->window_tokens, 1024);
    llmp_arch_destroy(&arch);
    arch = arch_of("llama-4-scout", "BF16");
    assert_int_equal(llmp_arch_layer(arch, 2)->window_kind, LLMP_WINDOW_CHUNKED);
    assert_int_equal(llmp_arch_layer(arch, 2)->window_tokens, 8192);
    assert_int_equal(llmp_arch_layer(arch, 3)->window_tokens, 0);
    llmp_arch_destroy(&arch);
}

/* Gemma 4: other head dims on global layers, and layers without a cache of their own. */
static void test_shared_and_uneven_heads(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("gemma-4-31b", "BF16");
    assert_int_equal(llmp_arch_layer(arch, 0)->k_elements, 16 * 256);
    assert_int_equal(llmp_arch_layer(arch, 5)->k_elements, 4 * 512);
    assert_int_equal(llmp_arch_layer(arch, 5)->v_elements, 4 * 512);
    llmp_arch_destroy(&arch);
    arch = arch_of("gemma-4-e2b", "BF16");
    uint32_t owners = 0;
    for (uint32_t i = 0; i < 35; i++)
        owners += llmp_arch_layer(arch, i)->owns_kv;
    assert_int_equal(owners, 15);
    assert_true(llmp_arch_layer(arch, 14)->owns_kv);
    assert_false(llmp_arch_layer(arch, 15)->owns_kv);
    /* 262,144 rows of 35 x 256, looked up and not multiplied */
    const llmp_arch_summary *s = llmp_arch_summary_of(arch);
    assert_int_equal(s->per_layer_embedding_bytes, 2 * UINT64_C(2348810240));
    assert_true(s->tied_embeddings);
    assert_int_equal(s->embedding_bytes, 0);
    assert_int_equal(s->head_bytes, 2 * UINT64_C(262144) * 1536);
    llmp_arch_destroy(&arch);
}

static void state_of(const char *model, double *conv_mib, double *state_mib, uint32_t *layers)
{
    llmp_arch *arch = arch_of(model, "BF16");
    uint64_t conv = 0, ssm = 0;
    *layers = 0;
    for (uint32_t i = 0; i < llmp_arch_summary_of(arch)->layer_count; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(arch, i);
        conv += cost->conv_state_elements;
        ssm += cost->ssm_state_elements;
        *layers += (cost->work & LLMP_WORK_RECURRENT) != 0;
    }
    *conv_mib = 4.0 * (double)conv / (double)LLMP_MIB;
    *state_mib = 4.0 * (double)ssm / (double)LLMP_MIB;
    llmp_arch_destroy(&arch);
}

/* Sizes llama.cpp prints for one sequence in f32. */
static void test_recurrent_state(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        uint32_t layers;
        double state_mib, conv_mib;
    } logs[] = {
        {"qwen3.6-27b", 48, 144.00, 5.62},        {"qwen3.6-35b-a3b", 30, 60.00, 2.81},
        {"qwen3.5-4b", 24, 48.00, 2.25},          {"qwen3.5-9b", 24, 48.00, 2.25},
        {"qwen3-next-80b-a3b", 36, 72.00, 3.375},
    };
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        double conv, ssm;
        uint32_t layers;
        state_of(logs[i].model, &conv, &ssm, &layers);
        assert_int_equal(layers, logs[i].layers);
        assert_close(ssm, logs[i].state_mib, 0);
        assert_true(fabs(conv - logs[i].conv_mib) <= 0.00501);
    }
}

/* Mamba-2 of Nemotron 3 Nano by hand: 64 heads of 64, 8 groups of state 128, kernel 4. */
static void test_mamba2_state(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("nemotron-3-nano-30b-a3b", "BF16");
    const llmp_layer_cost *cost = llmp_arch_layer(arch, 0);
    assert_int_equal(cost->work, LLMP_WORK_RECURRENT | LLMP_WORK_STATE_SPACE);
    assert_int_equal(cost->conv_state_elements, 3 * (4096 + 2 * 8 * 128));
    assert_int_equal(cost->ssm_state_elements, 4096 * 128);
    assert_int_equal(llmp_arch_layer(arch, 1)->work, LLMP_WORK_MOE);
    assert_int_equal(llmp_arch_layer(arch, 5)->work, LLMP_WORK_ATTENTION);
    llmp_arch_destroy(&arch);
}

/* DeepSeek-V4-Flash: entries of 512 elements for 4 or 128 positions, 128 raw positions beside them,
 * an indexer of 512 entries on the first kind. */
static void test_compressed_cache(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("deepseek-v4-flash", "BF16");
    const llmp_layer_cost *raw = llmp_arch_layer(arch, 1), *fine = llmp_arch_layer(arch, 2);
    const llmp_layer_cost *coarse = llmp_arch_layer(arch, 3);
    assert_int_equal(raw->k_elements, 512);
    assert_int_equal(raw->window_tokens, 128);
    assert_int_equal(raw->conv_state_elements, 0);
    assert_int_equal(fine->k_elements, 128);
    assert_int_equal(fine->window_tokens, 0);
    assert_int_equal(fine->v_elements, 0);
    assert_int_equal(fine->conv_state_elements, 128 * 512);
    assert_int_equal(fine->index_topk, 4 * 512);
    assert_int_equal(fine->index_bytes_per_token, 33);
    assert_int_equal(coarse->k_elements, 4);
    assert_int_equal(coarse->index_topk, 0);
    assert_close(coarse->attention_flop_per_pair, 4. * 64 * 512 / 128, 0);
    llmp_arch_destroy(&arch);
}

static void test_same_shape(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("deepseek-v3.2-speciale", "Q4_K_M");
    llmp_arch *other = arch_of("deepseek-v3.2", "Q4_K_M");
    assert_string_equal(llmp_arch_model(arch)->head.id, "deepseek-v3.2-speciale");
    assert_int_equal(llmp_arch_summary_of(arch)->weight_bytes,
                     llmp_arch_summary_of(other)->weight_bytes);
    llmp_arch_destroy(&arch);
    llmp_arch_destroy(&other);
}

/* FLOP per token from the literature: two per active weight. */
static void test_active_weights(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("qwen3-30b-a3b", "Q4_K_M");
    double weights = llmp_arch_summary_of(arch)->head_weights;
    for (uint32_t i = 0; i < 48; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(arch, i);
        weights += cost->dense_weights + cost->expert_weights * cost->experts_per_token;
    }
    /* matrices only: norms are 48 * (2 * 2048 + 2 * 128) + 2048 less than the active parameters */
    assert_close(weights, 3041867776. - 210944., 0);
    llmp_arch_destroy(&arch);
}

/* Q4_K_M gives attn_v and ffn_down of layers 0-3, 28-31 and 6, 9, ... 27 six bits: 16 of 32. A
 * layer of Llama 3.1 8B has 4096 x (2 x 4096 + 2 x 1024) + 3 x 4096 x 14336 weights in matrices. */
static void test_mixes(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("llama-3.1-8b", "Q4_K_M");
    const llmp_format_mix *dense = &llmp_arch_summary_of(arch)->mixes[LLMP_PART_DENSE];
    const double all = 32. * (4096. * 10240 + 3 * 4096. * 14336);
    const double six = 16. * (4096. * 14336 + 4096. * 1024);
    assert_int_equal(dense->count, 2);
    for (uint32_t i = 0; i < 2; i++)
        assert_close(dense->weights[i],
                     strcmp(dense->formats[i]->head.id, "q6_k") == 0 ? six : all - six, 0);
    const llmp_format_mix *head = &llmp_arch_summary_of(arch)->mixes[LLMP_PART_HEAD];
    assert_int_equal(head->count, 1);
    assert_string_equal(head->formats[0]->head.id, "q6_k");
    assert_close(head->weights[0], 4096. * 128256, 0);
    assert_int_equal(llmp_arch_summary_of(arch)->mixes[LLMP_PART_EXPERTS].count, 0);
    llmp_arch_destroy(&arch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gqa),
        cmocka_unit_test(test_mla),
        cmocka_unit_test(test_indexer),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_shared_and_uneven_heads),
        cmocka_unit_test(test_recurrent_state),
        cmocka_unit_test(test_mamba2_state),
        cmocka_unit_test(test_compressed_cache),
        cmocka_unit_test(test_same_shape),
        cmocka_unit_test(test_active_weights),
        cmocka_unit_test(test_mixes),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
