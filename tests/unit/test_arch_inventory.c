/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tensors of a layer, their GGUF names, and what is refused. */
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

static const llmp_model *model_of(const char *name)
{
    const llmp_record *record;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_MODEL, name, &record, NULL, &error));
    return LLMP_MODEL(record);
}

static const llmp_quant *quant_of(const char *name)
{
    const llmp_record *record;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_QUANT, name, &record, NULL, &error));
    return LLMP_QUANT(record);
}

static llmp_arch *arch_of(const char *model)
{
    llmp_arch *arch;
    assert_ok(llmp_arch_create(catalog, model_of(model), quant_of("F16"), NULL, &arch, &error));
    return arch;
}

static const llmp_tensor *tensor_named(const llmp_arch *arch, const char *name)
{
    for (size_t i = 0; i < llmp_arch_tensor_count(arch); i++) {
        char text[128];
        llmp_tensor_name(llmp_arch_tensor(arch, i), text, sizeof text);
        if (strcmp(text, name) == 0)
            return llmp_arch_tensor(arch, i);
    }
    return NULL;
}

static void check_shape(const llmp_arch *arch, const char *name, llmp_role role, uint32_t dims,
                        uint64_t ne0, uint64_t ne1, uint64_t ne2)
{
    const llmp_tensor *tensor = tensor_named(arch, name);
    if (!tensor) {
        fail_msg("no tensor %s", name);
        return;
    }
    assert_int_equal(tensor->role, role);
    assert_int_equal(tensor->dims, dims);
    assert_int_equal(tensor->ne[0], ne0);
    assert_int_equal(tensor->ne[1], ne1);
    assert_int_equal(tensor->ne[2], ne2);
    assert_int_equal(tensor->ne[3], 1);
}

/* Shapes as GGUF files of these models list them. */
static void test_shapes(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("llama-3.1-8b");
    assert_int_equal(llmp_arch_tensor_count(arch), 292); /* as loaders print for this model */
    check_shape(arch, "blk.7.attn_k.weight", LLMP_ROLE_ATTENTION_K, 2, 4096, 1024, 1);
    check_shape(arch, "token_embd.weight", LLMP_ROLE_TOKEN_EMBEDDING, 2, 4096, 128256, 1);
    check_shape(arch, "rope_freqs.weight", LLMP_ROLE_NORM, 1, 64, 1, 1);
    llmp_arch_destroy(&arch);
    arch = arch_of("deepseek-v3");
    check_shape(arch, "blk.3.attn_k_b.weight", LLMP_ROLE_MLA_K_B, 3, 128, 512, 128);
    check_shape(arch, "blk.3.attn_v_b.weight", LLMP_ROLE_MLA_V_B, 3, 512, 128, 128);
    check_shape(arch, "blk.60.ffn_down_exps.weight", LLMP_ROLE_EXPERT_DOWN, 3, 2048, 7168, 256);
    check_shape(arch, "blk.60.ffn_up_shexp.weight", LLMP_ROLE_SHARED_UP, 2, 7168, 2048, 1);
    assert_null(tensor_named(arch, "blk.2.ffn_gate_inp.weight"));
    llmp_arch_destroy(&arch);
    arch = arch_of("phi-4");
    check_shape(arch, "blk.0.attn_qkv.weight", LLMP_ROLE_ATTENTION_QKV, 2, 5120, 7680, 1);
    check_shape(arch, "blk.0.ffn_up.weight", LLMP_ROLE_FFN_UP, 2, 5120, 35840, 1);
    assert_null(tensor_named(arch, "blk.0.ffn_gate.weight"));
    llmp_arch_destroy(&arch);
    arch = arch_of("qwen3.6-27b");
    check_shape(arch, "blk.0.attn_qkv.weight", LLMP_ROLE_ATTENTION_QKV, 2, 5120, 10240, 1);
    check_shape(arch, "blk.0.ssm_conv1d.weight", LLMP_ROLE_SSM_CONV, 2, 4, 10240, 1);
    check_shape(arch, "blk.3.attn_q.weight", LLMP_ROLE_ATTENTION_Q, 2, 5120, 12288, 1);
    assert_null(tensor_named(arch, "blk.3.ssm_out.weight"));
    llmp_arch_destroy(&arch);
    arch = arch_of("gemma-4-31b");
    assert_null(tensor_named(arch, "blk.5.attn_v.weight"));
    assert_non_null(tensor_named(arch, "blk.4.attn_v.weight"));
    assert_null(tensor_named(arch, "output.weight"));
    llmp_arch_destroy(&arch);
}

/* RWKV-7 of 12 layers and 768 (World 0.1B, 191 M): four square matrices and a feed-forward of
 * 2 x 4 h^2; projections of rank 64, 64, 32 and 128 in and out; 19 vectors a layer, four of them
 * norms; the first layer has no value mix (2 x 32 h + h). Two vectors more before and behind, and
 * two tables of 65,536: 2 h V + 4 h + L (12 h^2 + 2 x 288 h + 19 h) - 65 h = 191,034,624. */
static void test_rwkv(void **state)
{
    (void)state;
    enum { H = 768, LAYERS = 12 };
    static const char *const ids[] = {"first", "mix", "mlp"};
    llmp_block blocks[3] = {{0}, {0}, {0}};
    llmp_layer layers[LAYERS] = {{0}};
    llmp_model model = *model_of("llama-3.2-1b");
    const uint64_t low_rank = 2 * (64 + 64 + 32 + 128) * H;
    for (int i = 0; i < 3; i++) {
        blocks[i].id = ids[i];
        blocks[i].kind = i < 2 ? LLMP_BLOCK_RWKV : LLMP_BLOCK_FFN;
        blocks[i].heads = 12;
        blocks[i].head_dim_k = 64;
        blocks[i].other_params = i == 2 ? H : low_rank + 16 * H;
    }
    blocks[0].other_params -= 2 * 32 * H + H;
    blocks[2].ffn_size = 4 * H;
    blocks[2].ungated = true;
    for (int i = 0; i < LAYERS; i++)
        layers[i] = (llmp_layer){.block_count = 2, .blocks = {i > 0, 2}};
    model.head.id = "rwkv-7-0.1b";
    model.tied_embeddings = false;
    model.hidden_size = H;
    model.vocab_size = 65536;
    model.blocks = blocks;
    model.block_count = 3;
    model.layers = layers;
    model.layer_count = LAYERS;
    model.rope_factors = 0;
    model.other_params = 3 * H;
    llmp_arch *arch = NULL;
    assert_ok(llmp_arch_create(catalog, &model, quant_of("Q8_0"), NULL, &arch, &error));
    /* norms of a block are one vector here, so the second of each pair is among the others */
    assert_int_equal(llmp_arch_summary_of(arch)->params, 191034624);
    check_shape(arch, "blk.7.time_mix_receptance.weight", LLMP_ROLE_SSM_OTHER, 2, H, H, 1);
    check_shape(arch, "blk.7.ffn_up.weight", LLMP_ROLE_FFN_UP, 2, H, 4 * H, 1);
    /* two shifted tokens and 12 squares of 64, in f32, whatever the context */
    const llmp_layer_cost *cost = llmp_arch_layer(arch, 7);
    assert_int_equal(cost->conv_state_elements + cost->ssm_state_elements, 2 * H + 12 * 64 * 64);
    llmp_arch_destroy(&arch);
}

static void test_arguments(void **state)
{
    (void)state;
    llmp_arch *arch = NULL;
    const llmp_model *model = model_of("llama-3.2-1b");
    const llmp_quant *quant = quant_of("Q8_0");
    llmp_arch_options options = LLMP_ARCH_OPTIONS_INIT;
    options.struct_size = 0;
    assert_int_equal(llmp_arch_create(catalog, NULL, quant, NULL, &arch, &error), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_arch_create(catalog, model, NULL, NULL, &arch, NULL), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_arch_create(catalog, model, quant, &options, &arch, &error),
                     LLMP_E_ARGUMENT);
    assert_null(arch);
}

/* Blocks that lack what their kind needs, or whose kind has no inventory, are named. */
static void test_refusals(void **state)
{
    (void)state;
    const llmp_quant *quant = quant_of("Q8_0");
    llmp_model model = *model_of("qwen3-30b-a3b");
    llmp_block blocks[2] = {model.blocks[0], model.blocks[1]};
    assert_int_equal(model.block_count, 2);
    model.blocks = blocks;
    llmp_arch *arch = NULL;

    blocks[1].expert_ffn_size = 0;
    assert_int_equal(llmp_arch_create(catalog, &model, quant, NULL, &arch, &error), LLMP_E_NO_DATA);
    assert_contains(error.message, "expert_ffn_size");
    assert_contains(error.message, "\"moe\"");
    blocks[1].expert_ffn_size = 768;

    blocks[1].experts_per_token = 129;
    assert_int_equal(llmp_arch_create(catalog, &model, quant, NULL, &arch, &error), LLMP_E_VALUE);
    blocks[1].experts_per_token = 8;

    blocks[0].kv_heads = 5;
    assert_int_equal(llmp_arch_create(catalog, &model, quant, NULL, &arch, &error), LLMP_E_VALUE);
    blocks[0].kv_heads = 4;

    blocks[0].kind = LLMP_BLOCK_RWKV;
    blocks[0].head_dim_k = 0;
    assert_int_equal(llmp_arch_create(catalog, &model, quant, NULL, &arch, &error), LLMP_E_NO_DATA);
    assert_contains(error.message, "head_dim");
    assert_null(arch);

    llmp_model circle = {0};
    circle.head.id = "circle";
    circle.same_shape_as = "no-such-model";
    assert_int_equal(llmp_arch_create(catalog, &circle, quant, NULL, &arch, &error),
                     LLMP_E_REFERENCE);
}

/* From a file: bytes are the file's, layers beyond the model's are MTP, rotary factors no weights.
 */
static void test_from_tensors(void **state)
{
    (void)state;
    const llmp_model *model = model_of("tinyllama-1.1b");
    llmp_tensor tensors[4] = {
        {.role = LLMP_ROLE_TOKEN_EMBEDDING,
         .layer = LLMP_NO_LAYER,
         .dims = 2,
         .ne = {2048, 32000, 1, 1},
         .block = 255,
         .suffix = "token_embd.weight",
         .bytes = 1001},
        {.role = LLMP_ROLE_FFN_DOWN,
         .layer = 21,
         .dims = 2,
         .ne = {5632, 2048, 1, 1},
         .block = 255,
         .suffix = "ffn_down.weight",
         .bytes = 70007},
        {.role = LLMP_ROLE_FFN_DOWN,
         .layer = 22,
         .dims = 2,
         .ne = {5632, 2048, 1, 1},
         .block = 255,
         .suffix = "ffn_down.weight",
         .bytes = 13},
        {.role = LLMP_ROLE_OTHER,
         .layer = LLMP_NO_LAYER,
         .dims = 1,
         .ne = {32, 1, 1, 1},
         .block = 255,
         .suffix = "rope_freqs.weight",
         .bytes = 128},
    };
    llmp_arch *arch;
    assert_ok(
        llmp_arch_create_from_tensors(catalog, model, tensors, 4, "file.gguf", &arch, &error));
    const llmp_arch_summary *s = llmp_arch_summary_of(arch);
    assert_int_equal(s->weight_bytes, 1001 + 70007 + 128);
    assert_int_equal(s->mtp_bytes, 13);
    assert_int_equal(s->params, 2048 * 32000 + 5632 * 2048);
    assert_int_equal(s->head_bytes, 1001);
    assert_true(s->tied_embeddings);
    assert_int_equal(s->weights_grade, LLMP_GRADE_EXACT);
    assert_int_equal(llmp_arch_layer(arch, 21)->dense_read_bytes, 70007);
    assert_int_equal(llmp_arch_layer(arch, 0)->k_elements, 4 * 64);
    assert_string_equal(llmp_arch_quant_title(arch), "file.gguf");
    assert_null(llmp_arch_quant(arch));
    llmp_arch_destroy(&arch);
    assert_int_equal(llmp_arch_create_from_tensors(catalog, model, tensors, 0, "f", &arch, &error),
                     LLMP_E_ARGUMENT);
}

static void count_term(void *user, const llmp_trace_term *term)
{
    double *params = user;
    assert_string_equal(term->stage, "arch");
    if (strcmp(term->term, "params") == 0)
        *params = term->value;
}

static void test_explain(void **state)
{
    (void)state;
    llmp_arch *arch = arch_of("nemotron-nano-9b-v2");
    double params = 0;
    llmp_trace trace = {count_term, &params};
    llmp_arch_explain(arch, &trace);
    llmp_arch_explain(arch, NULL);
    assert_close(params, 8888227328., 0);
    llmp_arch_destroy(&arch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),       cmocka_unit_test(test_rwkv),
        cmocka_unit_test(test_arguments),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_from_tensors), cmocka_unit_test(test_explain),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
