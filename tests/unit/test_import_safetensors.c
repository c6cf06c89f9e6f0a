/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small checkpoints of every packing; sizes are worked out by hand beside each. */
#include "t.h"

#include <llmplan/import.h>

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static llmp_catalog *catalog;
static llmp_error error;
static char folder[] = "llmplan-test-XXXXXX";

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int end(void **state)
{
    (void)state;
    static const char *const names[] = {"model.safetensors", "config.json",
                                        "model.safetensors.index.json", "a.safetensors",
                                        "b.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(in_folder(names[i]));
    }
    (void)rmdir(folder);
    llmp_catalog_destroy(&catalog);
    return 0;
}

/* --- writing ------------------------------------------------------------------------------------
 */

typedef struct writer {
    char json[65536];
    size_t length;
    uint64_t data_bytes;
} writer;

static writer w;

static void start(void)
{
    w.data_bytes = 0;
    w.length = (size_t)snprintf(w.json, sizeof w.json, "{\"__metadata__\":{\"format\":\"pt\"}");
}

static void add(const char *name, const char *dtype, const char *shape, uint64_t size)
{
    w.length += (size_t)snprintf(
        w.json + w.length, sizeof w.json - w.length,
        ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%llu,%llu]}", name, dtype,
        shape, (unsigned long long)w.data_bytes, (unsigned long long)(w.data_bytes + size));
    w.data_bytes += size;
    assert_true(w.length < sizeof w.json);
}

static void save_bytes(const char *name, const void *data, size_t size, uint64_t hole)
{
    FILE *file = fopen(in_folder(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(ftruncate(fileno(file), (off_t)(size + hole)), 0);
    fclose(file);
}

static size_t with_length(unsigned char *out, const char *json, size_t length)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)((uint64_t)length >> (8 * i) & 0xFF);
    }
    memcpy(out + 8, json, length);
    return length + 8;
}

static void save(const char *name)
{
    static unsigned char data[65536 + 8];
    w.json[w.length++] = '}';
    save_bytes(name, data, with_length(data, w.json, w.length), w.data_bytes);
}

static void save_text(const char *name, const char *text)
{
    save_bytes(name, text, strlen(text), 0);
}

/* hidden 64, 2 layers, 4 heads of 16, 2 KV heads, FFN 96, vocabulary 160 */
static const char config_start[] =
    "{\"model_type\":\"llama\",\"hidden_size\":64,\"num_hidden_layers\":2,"
    "\"num_attention_heads\":4,\"num_key_value_heads\":2,\"intermediate_size\":96,"
    "\"vocab_size\":160,\"tie_word_embeddings\":true,\"torch_dtype\":\"bfloat16\"";

static void save_config(const char *rest)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s}", config_start, rest);
    save_text("config.json", text);
}

static void add_layer(int layer)
{
    static const struct {
        const char *name, *shape;
        uint64_t size;
    } rows[] = {
        {"self_attn.q_proj.weight", "64,64", 8192},    {"self_attn.k_proj.weight", "32,64", 4096},
        {"self_attn.v_proj.weight", "32,64", 4096},    {"self_attn.o_proj.weight", "64,64", 8192},
        {"mlp.gate_proj.weight", "96,64", 12288},      {"mlp.up_proj.weight", "96,64", 12288},
        {"mlp.down_proj.weight", "64,96", 12288},      {"input_layernorm.weight", "64", 128},
        {"post_attention_layernorm.weight", "64", 128}};
    char name[128];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(name, sizeof name, "model.layers.%d.%s", layer, rows[i].name);
        add(name, "BF16", rows[i].shape, rows[i].size);
    }
}

/* Parameters: embedding 160 x 64; a layer 2 x 64x64 + 2 x 32x64 + 3 x 96x64 + 2 x 64; norm 64. */
enum { LAYER = 2 * 4096 + 2 * 2048 + 3 * 6144 + 128, TEXT = 10240 + 2 * LAYER + 64 };

static const llmp_tensor *find(const llmp_import *import, llmp_role role)
{
    size_t count = 0;
    const llmp_tensor *tensors = llmp_import_tensors(import, &count);
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].role == role) {
            return &tensors[i];
        }
    }
    return NULL;
}

static void check_tensor(const llmp_import *import, llmp_role role, uint64_t row_length,
                         uint64_t rows, uint64_t experts, uint64_t size)
{
    const llmp_tensor *t = find(import, role);
    assert_non_null(t);
    assert_true(t->ne[0] == row_length);
    assert_true(t->ne[1] == rows);
    assert_true(t->ne[2] == experts);
    assert_true(t->bytes == size);
}

/* --- checkpoints that are right -----------------------------------------------------------------
 */

static void test_plain(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    llmp_arch *arch = NULL;
    start();
    add("model.embed_tokens.weight", "BF16", "160,64", 20480);
    add_layer(0);
    add_layer(1);
    add("model.norm.weight", "BF16", "64", 128);
    add("vision_tower.patch.weight", "F32", "7,11", 308);
    save("model.safetensors");
    save_config("");
    assert_ok(llmp_import_open(catalog, folder, &import, &error));
    assert_int_equal(llmp_import_kind_of(import), LLMP_IMPORT_SAFETENSORS);
    assert_null(llmp_import_model(import)->missing);
    assert_true(llmp_import_tensor_bytes(import) == 2 * TEXT + 308);
    assert_string_equal(llmp_import_quant_title(import), "BF16");
    assert_ok(llmp_import_arch(catalog, import, NULL, &arch, &error));
    assert_true(llmp_arch_summary_of(arch)->params == TEXT);
    assert_true(llmp_arch_summary_of(arch)->weight_bytes == 2 * TEXT);
    llmp_arch_destroy(&arch);
    llmp_import_destroy(&import);
    (void)unlink(in_folder("config.json")); /* bytes still stand */
    assert_ok(llmp_import_open(catalog, in_folder("model.safetensors"), &import, &error));
    assert_contains(llmp_import_model(import)->missing, "config.json");
    assert_true(llmp_import_tensor_bytes(import) == 2 * TEXT + 308);
    llmp_import_destroy(&import);
    (void)unlink(in_folder("model.safetensors"));
}

static void test_shards(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    start();
    add("model.embed_tokens.weight", "BF16", "160,64", 20480);
    add_layer(0);
    save("a.safetensors");
    start();
    add_layer(1);
    add("model.norm.weight", "BF16", "64", 128);
    save("b.safetensors");
    save_config("");
    static const char index[] = "{\"metadata\":{\"total_size\":1},\"weight_map\":{"
                                "\"model.embed_tokens.weight\":\"a.safetensors\","
                                "\"model.norm.weight\":\"b.safetensors\"}}";
    save_text("model.safetensors.index.json", index);
    assert_ok(llmp_import_open(catalog, folder, &import, &error));
    assert_true(llmp_import_tensor_bytes(import) == 2 * TEXT);
    llmp_import_destroy(&import);

    save_text("model.safetensors.index.json", "{\"weight_map\":{\"ghost\":\"a.safetensors\"}}");
    assert_int_equal(llmp_import_open(catalog, folder, &import, &error), LLMP_E_TRUNCATED);
    assert_string_equal(error.field, "ghost");
    save_text("model.safetensors.index.json", "{\"weight_map\":{\"x\":\"../a.safetensors\"}}");
    assert_int_equal(llmp_import_open(catalog, folder, &import, &error), LLMP_E_VALUE);
    save_text("model.safetensors.index.json", "{\"weight_map\":{\"x\":\"c.safetensors\"}}");
    assert_int_equal(llmp_import_open(catalog, folder, &import, &error), LLMP_E_IO);
    assert_contains(error.where, "c.safetensors");
    (void)unlink(in_folder("model.safetensors.index.json"));
}

typedef struct packed {
    const char *config; /* of the quantisation */
    const char *title;
    const char *pieces[4][3]; /* part, type, shape */
    uint64_t sizes[4];
    uint64_t row_length, rows;
} packed;

/* A 96 x 64 up projection in each packing. */
static const packed packings[] = {
    {",\"quantization\":{\"group_size\":32,\"bits\":4}",
     "MLX-4bit-g32",
     {{"weight", "U32", "96,8"}, {"scales", "BF16", "96,2"}, {"biases", "BF16", "96,2"}},
     {3072, 384, 384},
     64,
     96},
    {",\"quantization_config\":{\"quant_method\":\"gptq\",\"bits\":4,\"group_size\":32}",
     "GPTQ-4bit",
     {{"g_idx", "I32", "64"},
      {"qweight", "I32", "8,96"},
      {"qzeros", "I32", "2,12"},
      {"scales", "F16", "2,96"}},
     {256, 3072, 96, 384},
     64,
     96},
    {",\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4,\"group_size\":32}",
     "AWQ-4bit",
     {{"qweight", "I32", "64,12"}, {"qzeros", "I32", "2,12"}, {"scales", "F16", "2,96"}},
     {3072, 96, 384},
     64,
     96},
    {",\"quantization_config\":{\"quant_method\":\"fp8\",\"weight_block_size\":[128,128]}",
     "FP8",
     {{"weight", "F8_E4M3", "96,64"}, {"weight_scale_inv", "F32", "1,1"}},
     {6144, 4},
     64,
     96},
    {",\"quantization_config\":{\"quant_method\":\"compressed-tensors\",\"format\":"
     "\"pack-quantized\",\"config_groups\":{\"group_0\":{\"weights\":{\"num_bits\":4,"
     "\"group_size\":32,\"type\":\"int\"}}}}",
     "W4A16-g32",
     {{"weight_packed", "I32", "96,8"},
      {"weight_scale", "BF16", "96,2"},
      {"weight_shape", "I64", "2"}},
     {3072, 384, 16},
     64,
     96},
    {",\"quantization_config\":{\"quant_method\":\"modelopt\",\"quant_algo\":\"NVFP4\"}",
     "NVFP4",
     {{"weight", "U8", "96,32"},
      {"weight_scale", "F8_E4M3", "96,4"},
      {"weight_scale_2", "F32", ""},
      {"input_scale", "F32", ""}},
     {3072, 384, 4, 4},
     64,
     96},
};

static void test_packings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++) {
        const packed *p = &packings[i];
        llmp_import *import = NULL;
        uint64_t total = 0;
        char name[128];
        start();
        for (size_t j = 0; j < 4 && p->pieces[j][0] != NULL; j++) {
            snprintf(name, sizeof name, "model.layers.0.mlp.up_proj.%s", p->pieces[j][0]);
            add(name, p->pieces[j][1], p->pieces[j][2], p->sizes[j]);
            total += p->sizes[j];
        }
        save("model.safetensors");
        save_config(p->config);
        assert_ok(llmp_import_open(catalog, in_folder("model.safetensors"), &import, &error));
        assert_string_equal(llmp_import_quant_title(import), p->title);
        check_tensor(import, LLMP_ROLE_FFN_UP, p->row_length, p->rows, 1, total);
        llmp_import_destroy(&import);
    }
}

/* gpt-oss stacks experts; others name each. */
static void test_experts(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    char name[128];
    start();
    add("model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", "5,192,2,16", 30720);
    add("model.layers.0.mlp.experts.gate_up_proj_scales", "U8", "5,192,2", 1920);
    add("model.layers.0.mlp.experts.gate_up_proj_bias", "BF16", "5,192", 1920);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "model.layers.0.mlp.experts.%d.down_proj.weight", i);
        add(name, "BF16", "64,96", 12288);
    }
    add("model.layers.7.mlp.down_proj.weight", "BF16", "64,96", 12288); /* beyond the two layers */
    save("model.safetensors");
    save_config(",\"quantization_config\":{\"quant_method\":\"mxfp4\"}");
    assert_ok(llmp_import_open(catalog, in_folder("model.safetensors"), &import, &error));
    check_tensor(import, LLMP_ROLE_EXPERT_UP, 64, 192, 5, 32640);
    check_tensor(import, LLMP_ROLE_EXPERT_DOWN, 96, 64, 5, 61440);
    check_tensor(import, LLMP_ROLE_MTP, 96, 64, 1, 12288);
    assert_string_equal(find(import, LLMP_ROLE_EXPERT_UP)->format->head.id, "mxfp4");
    llmp_import_destroy(&import);
}

/* --- checkpoints that are wrong -----------------------------------------------------------------
 */

static llmp_status read_json(const char *json)
{
    unsigned char data[1024];
    llmp_import *import = NULL;
    size_t size = with_length(data, json, strlen(json));
    llmp_status status =
        llmp_import_memory(catalog, data, size, LLMP_IMPORT_SAFETENSORS, "test", &import, &error);
    llmp_import_destroy(&import);
    return status;
}

#define ENTRY(dtype, shape, offsets) \
    "\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]"

static void test_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        llmp_status status;
    } cases[] = {
        {"{\"a\":{" ENTRY("F32", "3", "0,12") "}}", LLMP_OK},
        {"{\"a\":{" ENTRY("F32", "3", "0,13") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("F32", "3", "12,0") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("F32", "3", "4,16") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("F32", "-3", "0,12") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("F32", "4294967296,4294967296,4294967296", "0,12") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("F4", "3", "0,1") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("Q4", "3", "0,12") "}}", LLMP_E_UNSUPPORTED},
        {"{\"a\":{" ENTRY("U8", "1,1,1,1,1,1,1,1,1", "0,1") "}}", LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("U8", "7", "0,7") "},\"b\":{" ENTRY("U8", "7", "6,13") "}}",
         LLMP_E_SCHEMA},
        {"{\"a\":{" ENTRY("U8", "7", "0,7") "},\"a\":{" ENTRY("U8", "7", "7,14") "}}",
         LLMP_E_DUPLICATE},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[7]}}", LLMP_E_SCHEMA},
        {"{\"a\":[]}", LLMP_E_SCHEMA},
        {"[]", LLMP_E_SCHEMA},
        {"{\"a\":", LLMP_E_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmp_status got = read_json(cases[i].json);
        if (got != cases[i].status) {
            fail_msg("%s: %s, expected %s", cases[i].json, llmp_status_name(got),
                     llmp_status_name(cases[i].status));
        }
    }
}

static void test_lengths(void **state)
{
    (void)state;
    llmp_import *import = NULL;
    static const unsigned char huge[] = {0, 0, 0, 0, 0, 0, 0, 0x40, '{', '}'};
    static const unsigned char more[] = {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    for (size_t size = 0; size < 8; size++) {
        assert_int_equal(
            llmp_import_memory(catalog, more, size, LLMP_IMPORT_SAFETENSORS, "t", &import, &error),
            LLMP_E_TRUNCATED);
        assert_true(error.has_offset);
    }
    assert_int_equal(llmp_import_memory(catalog, huge, sizeof huge, LLMP_IMPORT_SAFETENSORS, "t",
                                        &import, &error),
                     LLMP_E_LIMIT);
    assert_int_equal(llmp_import_memory(catalog, more, sizeof more, LLMP_IMPORT_SAFETENSORS, "t",
                                        &import, &error),
                     LLMP_E_TRUNCATED);
    start();
    add("model.norm.weight", "BF16", "64", 128);
    w.data_bytes -= 1; /* one byte short */
    save("model.safetensors");
    assert_int_equal(llmp_import_open(catalog, in_folder("model.safetensors"), &import, &error),
                     LLMP_E_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),    cmocka_unit_test(test_shards),
        cmocka_unit_test(test_packings), cmocka_unit_test(test_experts),
        cmocka_unit_test(test_wrong),    cmocka_unit_test(test_lengths),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
