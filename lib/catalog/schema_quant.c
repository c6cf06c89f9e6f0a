/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define REQ LLMP_FIELD_REQUIRED
#define F llmp_format
#define Q llmp_quant
#define R llmp_quant_rule

const char *const llmp__family_names[] = {"float",      "ggml", "ik",    "gptq",  "awq",
                                          "compressed", "fp8",  "nvfp4", "mxfp4", "mlx",
                                          "exl3",       "bnb",  NULL};
const char *const llmp__compute_names[] = {"fp32", "fp16", "bf16", "fp8",
                                           "fp4",  "int8", "int4", NULL};
const char *const llmp__role_names[] = {"token_embedding",
                                        "output_head",
                                        "per_layer_embedding",
                                        "norm",
                                        "bias",
                                        "attention_q",
                                        "attention_k",
                                        "attention_v",
                                        "attention_qkv",
                                        "attention_output",
                                        "attention_gate",
                                        "mla_q_a",
                                        "mla_q_b",
                                        "mla_kv_a",
                                        "mla_kv_b",
                                        "mla_k_b",
                                        "mla_v_b",
                                        "indexer",
                                        "ffn_gate",
                                        "ffn_up",
                                        "ffn_down",
                                        "router",
                                        "expert_gate",
                                        "expert_up",
                                        "expert_down",
                                        "shared_gate",
                                        "shared_up",
                                        "shared_down",
                                        "ssm_in",
                                        "ssm_out",
                                        "ssm_conv",
                                        "ssm_other",
                                        "projection",
                                        "vision",
                                        "mtp",
                                        "other",
                                        NULL};
_Static_assert(sizeof(llmp__role_names) / sizeof(llmp__role_names[0]) == LLMP_ROLE_COUNT + 1,
               "a name for every role");
static const char *const layer_range_names[] = {
    "all", "more_bits", "first_eighth", "first_sixteenth", "first_2", "first_4", "middle", NULL};

static const llmp_field format_fields[] = {
    LLMP__HEAD_FIELDS(F),
    F_ENUM(F, "family", family, llmp__family_names, REQ, "which engines load it"),
    F_U32(F, "block_weights", block_weights, 1, 65536, "", REQ,
          "weights in a block, along the row"),
    F_U32(F, "block_rows", block_rows, 1, 65536, "", 0, "rows a block spans; default 1"),
    F_U32(F, "block_bytes", block_bytes, 1, 1048576, "B", REQ, "bytes of a block"),
    F_U32(F, "scale_bytes", scale_bytes, 1, 1048576, "B", 0,
          "part of a block that a partial block stores in full; absent: partial blocks are padded"),
    F_U32(F, "row_bytes", row_bytes, 1, 64, "B", 0, "extra bytes per row"),
    F_U32(F, "column_bytes", column_bytes, 1, 64, "B", 0, "extra bytes per input column"),
    F_F64(F, "bits_per_weight", bits_per_weight, 1, 0.5, 64, "bit", REQ,
          "stated; must equal 8 * block_bytes / (block_weights * block_rows)"),
    F_I32(F, "ggml_type", ggml_type, 0, 65535, 0, "tensor type id in GGUF files"),
    F_REF(F, "fallback", fallback, LLMP_KIND_FORMAT, 0, "for rows that no whole block fills"),
    F_ENUM(F, "native_compute", native_compute, llmp__compute_names, REQ,
           "type its kernels multiply in where the device has it"),
    F_ENUMS(F, "kernel_computes", kernel_computes, kernel_compute_count, llmp__compute_names, REQ,
            "every type a kernel for it may use; the fastest is the ceiling"),
    F_BOOL(F, "kv_cache", kv_cache, "engines offer it for the KV cache"),
};
const llmp_schema llmp__schema_format =
    LLMP__SCHEMA(llmp_format, "format", "formats", head.present, format_fields);

static const llmp_field rule_fields[] = {
    F_ENUMS(R, "roles", roles, role_count, llmp__role_names, 0, "tensors it covers; absent: all"),
    F_REF(R, "format", format, LLMP_KIND_FORMAT, REQ, "what they get"),
    F_ENUM(R, "layers", layers, layer_range_names, 0, "which layers; absent: all"),
    F_U32(R, "gqa_min", gqa_min, 1, 1024, "", 0, "only with heads/kv_heads at least this"),
    F_U32(R, "experts_equal", experts_equal, 1, 65536, "", 0, "only with exactly so many experts"),
    F_U32(R, "experts_min", experts_min, 1, 65536, "", 0, "only with at least so many experts"),
    F_U32(R, "dims", dims, 1, 4, "", 0, "only tensors of so many dimensions"),
    F_BOOL(R, "running", running, "`layers` counts tensors as they come, shared experts included"),
    F_BOOL(R, "misaligned_only", misaligned_only,
           "only where blocks of the base format do not fill the rows"),
    F_BOOL(R, "tied_only", tied_only, "only when the embedding is also the output head"),
    F_BOOL(R, "llama_70b", llama_70b, "only for what llama.cpp types as 70B"),
    F_STR(R, "architecture", architecture, 0, "only for this GGUF architecture"),
    F_REF(R, "when_format", when_format, LLMP_KIND_FORMAT, 0, "only if earlier rules gave this"),
    F_BOOL(R, "without_imatrix", without_imatrix, "only for files made without an imatrix"),
    F_BOOL(R, "with_imatrix", with_imatrix, "only for files made with an imatrix"),
};
static const llmp_schema rule_schema =
    LLMP__SCHEMA(llmp_quant_rule, "rule", NULL, present, rule_fields);

static const llmp_field size_fields[] = {
    F_REF(llmp_quant_size, "model", model, LLMP_KIND_MODEL, REQ, "which model"),
    F_U64(llmp_quant_size, "weight_bytes", weight_bytes, 1, 1, 9e15, "B", REQ,
          "sum of its tensors"),
    F_BOOL(llmp_quant_size, "with_mtp", with_mtp, "the size counts MTP layers"),
    F_DATE(llmp_quant_size, "as_of", as_of, 0, "when seen"),
    F_STR(llmp_quant_size, "source", source, REQ, "where seen"),
};
static const llmp_schema size_schema =
    LLMP__SCHEMA(llmp_quant_size, "size", NULL, present, size_fields);

static const llmp_field quality_fields[] = {
    F_STR(llmp_quality, "metric", metric, REQ, "what was measured"),
    F_STR(llmp_quality, "model", model, 0, "on which model"),
    F_F64(llmp_quality, "value_ratio", value_ratio, 1, -1, 1e6, "", REQ, "the figure"),
    F_DATE(llmp_quality, "as_of", as_of, 0, "when"),
    F_STR(llmp_quality, "source", source, REQ, "by whom"),
};
static const llmp_schema quality_schema =
    LLMP__SCHEMA(llmp_quality, "quality", NULL, present, quality_fields);

static const llmp_field quant_fields[] = {
    LLMP__HEAD_FIELDS(Q),
    F_ENUM(Q, "family", family, llmp__family_names, REQ, "which engines load it"),
    F_REF(Q, "base_format", base_format, LLMP_KIND_FORMAT, 0, "of every matrix no rule covers"),
    F_REF(Q, "unquantized_format", unquantized_format, LLMP_KIND_FORMAT, REQ,
          "of what is left alone: norms, biases, routers"),
    F_RECS(Q, "rules", rules, rule_count, &rule_schema, 0, "exceptions; the last match wins"),
    F_BOOL(Q, "common", common, "published for most models; suggested to the user"),
    F_BOOL(Q, "own_recipe", own_recipe, "per-tensor choices that no rule predicts"),
    F_RECS(Q, "sizes", sizes, size_count, &size_schema, 0, "known sizes of such recipes"),
    F_F64(Q, "nominal_bits_per_weight", nominal_bits_per_weight, 1, 0.5, 64, "bit", REQ,
          "typical of the whole file; for ranking"),
    F_RECS(Q, "qualities", qualities, quality_count, &quality_schema, 0,
           "published quality figures"),
};
const llmp_schema llmp__schema_quant =
    LLMP__SCHEMA(llmp_quant, "quant", "quants", head.present, quant_fields);
