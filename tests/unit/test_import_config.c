/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.json: defaults, spellings, quantisations, and what is refused. Whole published configs are
 * in tests/truth. */
#include "t.h"

#include <llmplan/import.h>

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

static llmp_status try_text(const char *text, llmp_import **out)
{
    return llmp_import_memory(catalog, text, strlen(text), LLMP_IMPORT_HF_CONFIG, "x/config.json",
                              out, &error);
}

/* A config with these keys after model_type; single quotes stand for double ones. */
static llmp_status try_config(const char *model_type, const char *rest, llmp_import **out)
{
    char text[4096];
    snprintf(text, sizeof text, "{'model_type':'%s',%s}", model_type, rest);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return try_text(text, out);
}

#define BASE                                                                              \
    "'hidden_size':768,'num_hidden_layers':6,'num_attention_heads':12,'vocab_size':5731," \
    "'intermediate_size':1931"

static void check_pattern(const char *model_type, const char *rest, const char *pattern)
{
    llmp_import *import = NULL;
    if (try_config(model_type, rest, &import) != LLMP_OK) {
        fail_msg("%s: %s: %s", model_type, error.field, error.message);
    }
    assert_string_equal(llmp_import_model(import)->layers_pattern, pattern);
    llmp_import_destroy(&import);
}

static void test_patterns(void **state)
{
    (void)state;
    check_pattern("llama", BASE, "attn+mlp*6");
    check_pattern("gemma2", BASE, "(swa+mlp attn+mlp)*3");
    check_pattern("gemma3_text", BASE ",'sliding_window':512", "swa+mlp*5 attn+mlp");
    check_pattern("mistral", BASE ",'sliding_window':4096", "swa+mlp*6");
    check_pattern("mistral", BASE ",'sliding_window':null", "attn+mlp*6");
    check_pattern("qwen2", BASE ",'sliding_window':4096,'use_sliding_window':false", "attn+mlp*6");
    check_pattern("exaone4", BASE ",'sliding_window':512,'sliding_window_pattern':'LLG'",
                  "(swa+mlp*2 attn+mlp)*2");
    check_pattern("deepseek_v3",
                  BASE ",'kv_lora_rank':64,'qk_nope_head_dim':32,'qk_rope_head_dim':16,"
                       "'v_head_dim':32,'n_routed_experts':9,'num_experts_per_tok':2,"
                       "'moe_intermediate_size':71,'first_k_dense_replace':2,'moe_layer_freq':1",
                  "mla+mlp*2 mla+moe*4");
    check_pattern("qwen3_moe",
                  BASE ",'num_experts':7,'num_experts_per_tok':3,'moe_intermediate_size':71,"
                       "'decoder_sparse_step':2,'mlp_only_layers':[3]",
                  "attn+mlp attn+moe attn+mlp*3 attn+moe");
    check_pattern("qwen3_next",
                  BASE ",'linear_num_key_heads':2,'linear_num_value_heads':4,"
                       "'linear_key_head_dim':16,'linear_value_head_dim':16,"
                       "'linear_conv_kernel_dim':4,'full_attention_interval':3",
                  "(gdn+mlp*2 attn+mlp)*2");
    check_pattern("lfm2",
                  BASE ",'conv_L_cache':3,'layer_types':['conv','conv','full_attention','conv',"
                       "'conv','full_attention']",
                  "(conv+mlp*2 attn+mlp)*2");
    check_pattern("minimax_m1",
                  BASE ",'head_dim':64,'attn_type_list':[0,0,1,0,0,1],'num_local_experts':3,"
                       "'num_experts_per_tok':1",
                  "(lightning+moe*2 attn+moe)*2");
    check_pattern("kimi_linear",
                  BASE ",'kv_lora_rank':64,'qk_nope_head_dim':32,'qk_rope_head_dim':0,"
                       "'v_head_dim':32,'linear_attn_config':{'num_heads':4,'head_dim':32,"
                       "'short_conv_kernel_size':4,'full_attn_layers':[3,6]}",
                  "(kda+mlp*2 mla+mlp)*2");
    check_pattern("falcon_h1",
                  BASE ",'mamba_n_heads':24,'mamba_d_head':64,'mamba_d_state':128,'mamba_d_conv':4,"
                       "'mamba_n_groups':1",
                  "attn+mamba+mlp*6");
    check_pattern("nemotron_h",
                  "'hidden_size':768,'vocab_size':5731,'num_attention_heads':12,'head_dim':64,"
                  "'intermediate_size':1931,'mamba_num_heads':24,'mamba_head_dim':64,"
                  "'ssm_state_size':128,'conv_kernel':4,'n_groups':8,"
                  "'hybrid_override_pattern':'M-M*-'",
                  "mamba mlp mamba attn mlp");
}

static void test_heads_and_biases(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    assert_ok(try_config("llama", BASE ",'attention_bias':true,'num_key_value_heads':4", &import));
    const llmp_block *b = &llmp_import_model(import)->blocks[0];
    assert_int_equal(b->head_dim_k, 64); /* 768 / 12 */
    assert_int_equal(b->kv_heads, 4);
    assert_true(b->qkv_bias && b->output_bias);
    assert_false(llmp_import_model(import)->tied_embeddings);
    llmp_import_destroy(&import);
    assert_ok(try_config("qwen3", BASE ",'tie_word_embeddings':true", &import));
    b = &llmp_import_model(import)->blocks[0];
    assert_int_equal(b->head_dim_k, 128); /* stated by Qwen3Config */
    assert_int_equal(b->kv_heads, 12);
    assert_int_equal(b->qk_norm, LLMP_QK_NORM_HEAD);
    assert_true(llmp_import_model(import)->tied_embeddings);
    llmp_import_destroy(&import);
}

static void test_quantisations(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *title;
    } cases[] = {
        {"'torch_dtype':'bfloat16'", NULL},
        {"'quantization_config':{'quant_method':'fp8','weight_block_size':[128,128]}", "FP8"},
        {"'quantization_config':{'quant_method':'fp8','activation_scheme':'static'}", "FP8-static"},
        {"'quantization_config':{'quant_method':'awq','bits':4}", "AWQ-4bit"},
        {"'quantization_config':{'quant_method':'gptq','bits':8}", "GPTQ-8bit"},
        {"'quantization_config':{'quant_method':'mxfp4'}", "MXFP4-BF16"},
        {"'quantization_config':{'quant_method':'modelopt','quant_algo':'FP8'}", "FP8-static"},
        {"'quantization_config':{'quant_method':'bitsandbytes','load_in_4bit':true}", "NF4"},
        {"'quantization_config':{'quant_method':'exl3','bits':4.0}", "EXL3-4.0bpw"},
        {"'quantization_config':{'quant_method':'exl3','bits':2.25}", "EXL3-2.25bpw"},
        {"'quantization':{'bits':6,'group_size':64}", "MLX-6bit"},
        {"'quantization':{'bits':8,'group_size':32}", "MLX-8bit-g32"},
        {"'quantization':{'bits':4,'group_size':32,'mode':'mxfp4'}", "MLX-MXFP4"},
        {"'quantization_config':{'quant_method':'novel'}", "novel"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char keys[512];
        llmp_import *import = NULL;
        snprintf(keys, sizeof keys, "%s,%s", BASE, cases[i].keys);
        assert_ok(try_config("llama", keys, &import));
        if (cases[i].title == NULL) {
            assert_null(llmp_import_quant_title(import));
            assert_string_equal(llmp_import_model(import)->native_format, "bf16");
        } else {
            assert_string_equal(llmp_import_quant_title(import), cases[i].title);
        }
        llmp_import_destroy(&import);
    }
}

static void test_refused(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    static const struct {
        const char *type, *keys;
        llmp_status status;
        const char *field;
    } cases[] = {
        {"marvel", BASE, LLMP_E_UNSUPPORTED, "model_type"},
        {"llama", "'hidden_size':768", LLMP_E_SCHEMA, "num_hidden_layers"},
        {"llama", "'hidden_size':'768'", LLMP_E_SCHEMA, "hidden_size"},
        {"llama", "'hidden_size':-768", LLMP_E_SCHEMA, "hidden_size"},
        {"llama", "'hidden_size':768,'hidden_size':769", LLMP_E_DUPLICATE, "hidden_size"},
        {"llama", BASE ",'num_key_value_heads':5", LLMP_E_SCHEMA, "num_key_value_heads"},
        {"llama", BASE ",'layer_types':['wormhole']", LLMP_E_UNSUPPORTED, "layer_types"},
        {"granitemoehybrid", BASE, LLMP_E_SCHEMA, "layer_types"},
        {"nemotron_h", BASE ",'hybrid_override_pattern':'X'", LLMP_E_UNSUPPORTED,
         "hybrid_override_pattern"},
        {"llama",
         "'hidden_size':768,'num_hidden_layers':4294967295,'num_attention_heads':12,"
         "'vocab_size':5731,'intermediate_size':1931",
         LLMP_E_LIMIT, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmp_status got = try_config(cases[i].type, cases[i].keys, &import);
        if (got != cases[i].status || strcmp(error.field, cases[i].field) != 0) {
            fail_msg("%s: %s at '%s': %s", cases[i].keys, llmp_status_name(got), error.field,
                     error.message);
        }
    }
    assert_int_equal(try_text("[]", &import), LLMP_E_SCHEMA);
    assert_int_equal(try_text("", &import), LLMP_E_SYNTAX);
    assert_int_equal(try_text("{}", &import), LLMP_E_SCHEMA);
}

/* Unquantised: the caller must choose. */
static void test_arch_needs_a_quant(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    llmp_arch *arch = NULL;
    assert_ok(try_config("llama", BASE, &import));
    assert_int_equal(llmp_import_arch(catalog, import, NULL, &arch, &error), LLMP_E_ARGUMENT);
    const llmp_quant *f16 = LLMP_QUANT(llmp_catalog_get(catalog, LLMP_KIND_QUANT, "F16"));
    assert_ok(llmp_import_arch(catalog, import, f16, &arch, &error));
    /* two tables of 5731 x 768, final norm, and six layers of 4 x 768^2 + 3 x 768 x 1931 + 2 x 768
     */
    uint64_t params = 2 * 5731 * 768 + 768 + 6 * (4 * 768 * 768 + 3 * 768 * 1931 + 2 * 768);
    assert_true(llmp_arch_summary_of(arch)->params == params);
    llmp_arch_destroy(&arch);
    llmp_import_destroy(&import);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),           cmocka_unit_test(test_heads_and_biases),
        cmocka_unit_test(test_quantisations),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_arch_needs_a_quant),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
