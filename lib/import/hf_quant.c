/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quantization_config (transformers, compressed-tensors, ModelOpt, ExLlama) and MLX's own. */
#include "import/hf_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const llmp__node *section(const llmp__node *root, const char *key)
{
    static const char *const parts[] = {"text_config", "llm_config", "language_config"};
    const llmp__node *node = llmp__node_get(root, key);
    for (size_t i = 0; node == NULL && i < sizeof parts / sizeof parts[0]; i++) {
        node = llmp__node_get(llmp__node_get(root, parts[i]), key);
    }
    return node != NULL && node->kind == LLMP__NODE_MAP ? node : NULL;
}

static const char *text(const llmp__node *map, const char *key)
{
    const llmp__node *node = llmp__node_get(map, key);
    return node != NULL && node->kind == LLMP__NODE_QUOTED ? node->text : "";
}

static uint64_t whole(const llmp__node *map, const char *key, uint64_t other)
{
    uint64_t value = other;
    (void)llmp__node_whole(llmp__node_get(map, key), &value);
    return value;
}

static bool put(char out[64], const char *title)
{
    snprintf(out, 64, "%s", title);
    return true;
}

static bool fp8_title(const llmp__node *q, char out[64])
{
    const llmp__node *tile = llmp__node_get(q, "weight_block_size");
    if (tile != NULL && tile->kind == LLMP__NODE_LIST) {
        return put(out, "FP8");
    }
    return put(out,
               strcmp(text(q, "activation_scheme"), "static") == 0 ? "FP8-static" : "FP8-dynamic");
}

static bool compressed_title(const llmp__node *q, char out[64])
{
    const llmp__node *groups = llmp__node_get(q, "config_groups");
    const llmp__node *first =
        groups != NULL && groups->kind == LLMP__NODE_MAP ? groups->first : NULL;
    const llmp__node *weights = llmp__node_get(first, "weights");
    const char *format = text(q, "format");
    uint64_t bits = whole(weights, "num_bits", 4), group = whole(weights, "group_size", 128);
    if (strstr(format, "mxfp4") != NULL) {
        return put(out, "MXFP4");
    }
    if (strstr(format, "nvfp4") != NULL) {
        return put(out, "NVFP4");
    }
    if (strcmp(format, "float-quantized") == 0 || strcmp(text(weights, "type"), "float") == 0) {
        return put(out, strcmp(text(weights, "strategy"), "block") == 0 ? "FP8" : "FP8-dynamic");
    }
    if (strcmp(format, "int-quantized") == 0) {
        return put(out, "INT8");
    }
    if (bits == 8) {
        return put(out, "W8A16");
    }
    return put(out, group == 32 ? "W4A16-g32" : "W4A16");
}

static bool modelopt_title(const llmp__node *q, char out[64])
{
    const char *algorithm = text(q, "quant_algo");
    if (*algorithm == '\0') {
        algorithm = text(llmp__node_get(q, "quantization"), "quant_algo");
    }
    if (strcmp(algorithm, "FP8") == 0) {
        return put(out, "FP8-static");
    }
    if (strstr(algorithm, "NVFP4") != NULL) {
        return put(out, "NVFP4");
    }
    snprintf(out, 64, "%.60s", *algorithm != '\0' ? algorithm : "modelopt");
    return true;
}

static bool bitsandbytes_title(const llmp__node *q, char out[64])
{
    bool four = false, twice = false;
    (void)llmp__node_bool(llmp__node_get(q, "load_in_4bit"), &four);
    (void)llmp__node_bool(llmp__node_get(q, "bnb_4bit_use_double_quant"), &twice);
    return put(out, !four ? "LLM-INT8" : twice ? "NF4-double" : "NF4");
}

/* {"group_size": 64, "bits": 4, "mode": "affine"} */
static bool mlx_title(const llmp__node *q, char out[64])
{
    uint64_t bits = whole(q, "bits", 0), group = whole(q, "group_size", 64);
    const char *mode = text(q, "mode");
    if (bits == 0) {
        return false;
    }
    if (strcmp(mode, "mxfp4") == 0 || strcmp(mode, "mxfp8") == 0 || strcmp(mode, "nvfp4") == 0) {
        return put(out, mode[0] == 'n' ? "MLX-NVFP4" : mode[4] == '4' ? "MLX-MXFP4" : "MLX-MXFP8");
    }
    int length = snprintf(out, 64, "MLX-%" PRIu64 "bit", bits % 100);
    if (group != 64) {
        snprintf(out + length, 64 - (size_t)length, "-g%" PRIu64, group % 10000);
    }
    return true;
}

bool llmp__hf_quant_title(const llmp__node *root, char out[64])
{
    const llmp__node *q = section(root, "quantization_config");
    const char *method = text(q, "quant_method");
    double bits = 0;
    if (strcmp(method, "fp8") == 0 || (q != NULL && *text(q, "fmt") != '\0')) {
        return fp8_title(q, out);
    }
    if (strcmp(method, "mxfp4") == 0) {
        return put(out, "MXFP4-BF16"); /* experts only; the rest stays as it was */
    }
    if (strcmp(method, "compressed-tensors") == 0) {
        return compressed_title(q, out);
    }
    if (strncmp(method, "modelopt", 8) == 0) {
        return modelopt_title(q, out);
    }
    if (strcmp(method, "awq") == 0 || strcmp(method, "gptq") == 0) {
        snprintf(out, 64, "%s-%" PRIu64 "bit", method[0] == 'a' ? "AWQ" : "GPTQ",
                 whole(q, "bits", 4) % 100);
        return true;
    }
    if (strcmp(method, "bitsandbytes") == 0) {
        return bitsandbytes_title(q, out);
    }
    if (strcmp(method, "exl3") == 0 && llmp__node_number(llmp__node_get(q, "bits"), &bits)) {
        snprintf(out, 64,
                 bits * 10 - (double)(int)(bits * 10) > 0.01 ? "EXL3-%.2fbpw" : "EXL3-%.1fbpw",
                 bits);
        return true;
    }
    const llmp__node *mlx = section(root, "quantization");
    if (mlx != NULL && mlx_title(mlx, out)) {
        return true;
    }
    if (*method != '\0') {
        snprintf(out, 64, "%.60s", method);
        return true;
    }
    return false;
}

const char *llmp__hf_native_format(const llmp__node *root)
{
    static const struct {
        const char *dtype, *format;
    } types[] = {{"bfloat16", "bf16"}, {"float16", "f16"}, {"float32", "f32"}};
    char title[64];
    if (llmp__hf_quant_title(root, title)) {
        return strcmp(title, "FP8") == 0         ? "fp8-block128"
               : strncmp(title, "FP8", 3) == 0   ? "fp8"
               : strncmp(title, "MXFP4", 5) == 0 ? "mxfp4"
               : strcmp(title, "NVFP4") == 0     ? "nvfp4"
                                                 : NULL;
    }
    static const char *const keys[] = {"torch_dtype", "dtype"};
    static const char *const parts[] = {"text_config", "llm_config", "language_config"};
    for (size_t i = 0; i < 2; i++) {
        const char *dtype = text(root, keys[i]);
        for (size_t j = 0; *dtype == '\0' && j < 3; j++) {
            dtype = text(llmp__node_get(root, parts[j]), keys[i]);
        }
        for (size_t j = 0; j < 3; j++) {
            if (strcmp(dtype, types[j].dtype) == 0) {
                return types[j].format;
            }
        }
    }
    return NULL;
}
