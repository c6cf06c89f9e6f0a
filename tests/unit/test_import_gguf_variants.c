/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spellings and layouts that files in the wild have and the catalog's own names do not. */
#include "t.h"

#include "gguf_write.h"

#include <llmplan/import.h>

#include <stdlib.h>

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

static void begin(gguf_writer *w, const char *architecture, uint32_t layers)
{
    char key[96];
    static const struct {
        const char *key;
        uint32_t value;
    } keys[] = {{"embedding_length", 96},       {"attention.head_count", 6},
                {"attention.head_count_kv", 2}, {"expert_count", 4},
                {"expert_used_count", 2},       {"context_length", 5731}};
    gguf_begin(w, 3, false);
    gguf_text(w, "general.architecture", architecture);
    snprintf(key, sizeof key, "%s.block_count", architecture);
    gguf_u32(w, key, layers);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        snprintf(key, sizeof key, "%s.%s", architecture, keys[i].key);
        gguf_u32(w, key, keys[i].value);
    }
}

/* F16, two bytes each. */
static void add(gguf_writer *w, int layer, const char *suffix, uint64_t columns, uint64_t rows)
{
    char name[96];
    uint64_t ne[2] = {columns, rows};
    snprintf(name, sizeof name, "blk.%d.%s", layer, suffix);
    gguf_tensor(w, layer < 0 ? suffix : name, 1, rows > 1 ? 2 : 1, ne, 2 * columns * rows);
}

static void add_attention(gguf_writer *w, int layer)
{
    add(w, layer, "attn_norm.weight", 96, 1);
    add(w, layer, "attn_q.weight", 96, 96);
    add(w, layer, "attn_k.weight", 96, 32);
    add(w, layer, "attn_v.weight", 96, 32);
    add(w, layer, "attn_output.weight", 96, 96);
}

static llmp_import *read_back(gguf_writer *w)
{
    llmp_import *import = NULL;
    size_t size = 0;
    unsigned char *data = gguf_header(w, &size);
    assert_ok(llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, "wild", &import, &error));
    free(data);
    gguf_free(w);
    return import;
}

static const llmp_block *block_of(const llmp_import *import, llmp_block_kind kind)
{
    const llmp_model *model = llmp_import_model(import);
    for (size_t i = 0; i < model->block_count; i++) {
        if (model->blocks[i].kind == kind) {
            return &model->blocks[i];
        }
    }
    fail_msg("no such block; missing: %s", model->missing != NULL ? model->missing : "nothing");
    return NULL;
}

/* RWKV-7: time mix and channel mix; what projects through a low rank belongs to no kind of block.
 */
static void test_rwkv(void **state)
{
    (void)state;
    gguf_writer w;
    llmp_arch *arch = NULL;
    begin(&w, "rwkv7", 2);
    gguf_u32(&w, "rwkv7.wkv.head_size", 32);
    gguf_u32(&w, "general.file_type", 1);
    add(&w, -1, "token_embd.weight", 96, 131);
    add(&w, -1, "output.weight", 96, 131);
    for (int layer = 0; layer < 2; layer++) {
        add(&w, layer, "attn_norm.weight", 96, 1);
        add(&w, layer, "attn_norm_2.weight", 96, 1);
        add(&w, layer, "time_mix_receptance.weight", 96, 96);
        add(&w, layer, "time_mix_key.weight", 96, 96);
        add(&w, layer, "time_mix_value.weight", 96, 96);
        add(&w, layer, "time_mix_output.weight", 96, 96);
        add(&w, layer, "time_mix_w1.weight", 96, 16);
        add(&w, layer, "time_mix_w2.weight", 16, 96);
        add(&w, layer, "channel_mix_key.weight", 96, 384);
        add(&w, layer, "channel_mix_value.weight", 384, 96);
    }
    uint64_t all_bytes =
        2 * (2 * 131 * 96 + 2 * (2 * 96 + 4 * 96 * 96 + 2 * 96 * 16 + 2 * 96 * 384));
    llmp_import *import = read_back(&w);
    const llmp_block *mix = block_of(import, LLMP_BLOCK_RWKV);
    assert_int_equal(mix->heads, 3);
    assert_int_equal(mix->head_dim_k, 32);
    assert_false(mix->output_gate);
    const llmp_block *channel = block_of(import, LLMP_BLOCK_FFN);
    assert_int_equal(channel->ffn_size, 384);
    assert_true(channel->ungated);
    assert_int_equal(mix->other_params + channel->other_params, 2 * 96 * 16);
    size_t count = 0;
    const llmp_tensor *tensors = llmp_import_tensors(import, &count);
    assert_ok(llmp_arch_create_from_tensors(catalog, llmp_import_model(import), tensors, count,
                                            "F16", &arch, &error));
    assert_true(llmp_import_tensor_bytes(import) == all_bytes);
    assert_int_equal(llmp_arch_layer(arch, 1)->conv_state_elements, 2 * 96);
    assert_int_equal(llmp_arch_layer(arch, 1)->ssm_state_elements, 3 * 32 * 32);
    llmp_arch_destroy(&arch);
    llmp_import_destroy(&import);
}

/* Mixtral files of early 2024 hold one tensor per expert. */
static void test_expert_by_expert(void **state)
{
    (void)state;
    gguf_writer w;
    llmp_arch *arch = NULL;
    char name[64];
    begin(&w, "llama", 1);
    gguf_u32(&w, "general.file_type", 1);
    add(&w, -1, "token_embd.weight", 96, 131);
    add_attention(&w, 0);
    add(&w, 0, "ffn_norm.weight", 96, 1);
    add(&w, 0, "ffn_gate_inp.weight", 96, 4);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "ffn_gate.%d.weight", i);
        add(&w, 0, name, 96, 160);
        snprintf(name, sizeof name, "ffn_up.%d.weight", i);
        add(&w, 0, name, 96, 160);
        snprintf(name, sizeof name, "ffn_down.%d.weight", i);
        add(&w, 0, name, 160, 96);
    }
    llmp_import *import = read_back(&w);
    const llmp_block *moe = block_of(import, LLMP_BLOCK_MOE);
    assert_int_equal(moe->experts, 4);
    assert_int_equal(moe->experts_per_token, 2);
    assert_int_equal(moe->expert_ffn_size, 160);
    assert_false(moe->ungated);
    assert_string_equal(llmp_import_quant_title(import), "F16");
    assert_ok(llmp_import_arch(catalog, import, NULL, &arch, &error));
    assert_true(llmp_arch_layer(arch, 0)->expert_bytes == 3 * 96 * 160 * 2);
    llmp_arch_destroy(&arch);
    llmp_import_destroy(&import);
}

/* The last layer predicts further tokens: its tensors count as bytes, not as a layer. */
static void test_prediction_layer(void **state)
{
    (void)state;
    gguf_writer w;
    begin(&w, "glm4moe", 3);
    gguf_u32(&w, "glm4moe.nextn_predict_layers", 1);
    add(&w, -1, "token_embd.weight", 96, 131);
    for (int layer = 0; layer < 3; layer++) {
        add_attention(&w, layer);
        add(&w, layer, "post_attention_norm.weight", 96, 1);
        add(&w, layer, "ffn_gate.weight", 96, 160);
        add(&w, layer, "ffn_up.weight", 96, 160);
        add(&w, layer, "ffn_down.weight", 160, 96);
    }
    add(&w, 2, "nextn.eh_proj.weight", 192, 96);
    llmp_import *import = read_back(&w);
    const llmp_model *model = llmp_import_model(import);
    uint64_t layer = 2 * 96 + 2 * 96 * 96 + 2 * 96 * 32 + 3 * 96 * 160;
    assert_int_equal(model->layer_count, 2);
    assert_int_equal(model->mtp_layers, 1);
    assert_true(model->mtp_params == layer + 192 * 96);
    assert_true(model->text_params == 96 * 131 + 2 * layer);
    assert_true(llmp_import_tensor_bytes(import) == 2 * (96 * 131 + 3 * layer + 192 * 96));
    assert_int_equal(block_of(import, LLMP_BLOCK_FFN)->norms, 1); /* the post-attention norm */
    assert_int_equal(block_of(import, LLMP_BLOCK_ATTENTION)->norms, 1);
    llmp_import_destroy(&import);
}

/* Phi-3: fused projections; StarCoder 2: biases everywhere and no gate. */
static void test_fused_and_biased(void **state)
{
    (void)state;
    gguf_writer w;
    begin(&w, "phi3", 1);
    gguf_u32(&w, "phi3.attention.sliding_window", 64); /* which llama.cpp leaves unused */
    add(&w, -1, "token_embd.weight", 96, 131);
    add(&w, 0, "attn_norm.weight", 96, 1);
    add(&w, 0, "attn_qkv.weight", 96, 160); /* (6 + 2 + 2) x 16 */
    add(&w, 0, "attn_output.weight", 96, 96);
    add(&w, 0, "ffn_norm.weight", 96, 1);
    add(&w, 0, "ffn_up.weight", 96, 320);
    add(&w, 0, "ffn_down.weight", 160, 96);
    llmp_import *import = read_back(&w);
    const llmp_block *attention = block_of(import, LLMP_BLOCK_ATTENTION);
    assert_true(attention->fused_qkv);
    assert_int_equal(attention->head_dim_k, 16);
    assert_int_equal(attention->window_tokens, 0);
    assert_true(block_of(import, LLMP_BLOCK_FFN)->fused_gate_up);
    assert_int_equal(block_of(import, LLMP_BLOCK_FFN)->ffn_size, 160);
    llmp_import_destroy(&import);

    begin(&w, "starcoder2", 1);
    add(&w, -1, "token_embd.weight", 96, 131);
    add_attention(&w, 0);
    add(&w, 0, "attn_norm.bias", 96, 1);
    add(&w, 0, "attn_q.bias", 96, 1);
    add(&w, 0, "attn_k.bias", 32, 1);
    add(&w, 0, "attn_v.bias", 32, 1);
    add(&w, 0, "attn_output.bias", 96, 1);
    add(&w, 0, "ffn_norm.weight", 96, 1);
    add(&w, 0, "ffn_norm.bias", 96, 1);
    add(&w, 0, "ffn_up.weight", 96, 160);
    add(&w, 0, "ffn_up.bias", 160, 1);
    add(&w, 0, "ffn_down.weight", 160, 96);
    add(&w, 0, "ffn_down.bias", 96, 1);
    import = read_back(&w);
    attention = block_of(import, LLMP_BLOCK_ATTENTION);
    assert_true(attention->qkv_bias && attention->output_bias);
    assert_int_equal(attention->norms, 2);
    assert_true(block_of(import, LLMP_BLOCK_FFN)->ungated);
    assert_true(block_of(import, LLMP_BLOCK_FFN)->ffn_bias);
    llmp_import_destroy(&import);
}

/* Windows come from the file's list, its period, or the architecture's rule. */
static void test_windows(void **state)
{
    (void)state;
    static const struct {
        const char *architecture;
        uint32_t window, period;
        const char *pattern;
    } cases[] = {
        {"gemma2", 64, 0, "(swa+mlp attn+mlp)*2"}, {"gemma3", 64, 0, "swa+mlp*4"},
        {"gemma3", 64, 2, "(swa+mlp attn+mlp)*2"}, {"llama", 64, 0, "attn+mlp*4"},
        {"llama4", 0, 0, "chunk+mlp*3 attn+mlp"},  {"olmo2", 0, 0, "attn+mlp*4"},
        {"olmo2", 64, 0, "swa+mlp*3 attn+mlp"},    {"smallthinker", 64, 0, "attn+mlp swa+mlp*3"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gguf_writer w;
        char key[96];
        begin(&w, cases[i].architecture, 4);
        if (cases[i].window > 0) {
            snprintf(key, sizeof key, "%s.attention.sliding_window", cases[i].architecture);
            gguf_u32(&w, key, cases[i].window);
        }
        if (cases[i].period > 0) {
            snprintf(key, sizeof key, "%s.attention.sliding_window_pattern", cases[i].architecture);
            gguf_u32(&w, key, cases[i].period);
        }
        add(&w, -1, "token_embd.weight", 96, 131);
        for (int layer = 0; layer < 4; layer++) {
            add_attention(&w, layer);
            add(&w, layer, "ffn_up.weight", 96, 160);
            add(&w, layer, "ffn_down.weight", 160, 96);
        }
        llmp_import *import = read_back(&w);
        assert_string_equal(llmp_import_model(import)->layers_pattern, cases[i].pattern);
        llmp_import_destroy(&import);
    }
}

/* A head count that the shapes deny leaves the geometry unknown and the bytes known. */
static void test_contradiction(void **state)
{
    (void)state;
    gguf_writer w;
    begin(&w, "llama", 1);
    add(&w, -1, "token_embd.weight", 96, 131);
    add(&w, 0, "attn_q.weight", 96, 100);
    add(&w, 0, "attn_k.weight", 96, 32);
    add(&w, 0, "attn_v.weight", 96, 32);
    llmp_import *import = read_back(&w);
    assert_contains(llmp_import_model(import)->missing, "attn_q.weight");
    assert_true(llmp_import_tensor_bytes(import) == 2 * 96 * (131 + 100 + 64));
    llmp_import_destroy(&import);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rwkv),
        cmocka_unit_test(test_expert_by_expert),
        cmocka_unit_test(test_prediction_layer),
        cmocka_unit_test(test_fused_and_biased),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_contradiction),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
