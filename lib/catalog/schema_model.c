/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define REQ LLMP_FIELD_REQUIRED
#define B llmp_block
#define M llmp_model

static const char *const block_kind_names[] = {
    "attention", "mla",        "gated_deltanet", "kda", "mamba", "mamba2",
    "lightning", "short_conv", "rwkv",           "ffn", "moe",   NULL};
static const char *const qk_norm_names[] = {"none", "head", "full", NULL};
static const char *const window_kind_names[] = {"sliding", "chunked", NULL};

#define DIM(key, member, doc) F_U32(B, key, member, 1, 16777216, "", 0, doc)

static const llmp_field block_fields[] = {
    F_STR(B, "id", id, REQ, "name used in the layer pattern"),
    F_ENUM(B, "kind", kind, block_kind_names, REQ, "what the block computes"),
    F_U32(B, "norms", norms, 0, 16, "", 0, "vectors of hidden_size in the block; default 1"),
    DIM("heads", heads, "query heads"),
    DIM("kv_heads", kv_heads, "key and value heads"),
    DIM("head_dim", head_dim_k, "key (and query) head dimension"),
    DIM("head_dim_v", head_dim_v, "value head dimension; default head_dim"),
    DIM("window_tokens", window_tokens, "attention window; absent: all positions"),
    F_ENUM(B, "window_kind", window_kind, window_kind_names, 0, "how the window moves"),
    F_ENUM(B, "qk_norm", qk_norm, qk_norm_names, 0, "norm on queries and keys"),
    F_BOOL(B, "shares_kv", shares_kv, "reuses an earlier layer's KV, has no cache of its own"),
    F_BOOL(B, "omits_kv_projection", omits_kv_projection, "and holds no K/V projection"),
    F_BOOL(B, "k_equals_v", k_equals_v, "one projection serves as K and V"),
    F_BOOL(B, "v_norm", v_norm, "learned norm on values"),
    F_BOOL(B, "qkv_bias", qkv_bias, "biases on Q, K and V"),
    F_BOOL(B, "output_bias", output_bias, "bias on the output projection"),
    F_BOOL(B, "output_gate", output_gate, "query projection doubled for an output gate"),
    F_BOOL(B, "sinks", sinks, "one learned sink per head"),
    F_BOOL(B, "single_kv", single_kv, "one cached vector is key and value of all heads"),
    DIM("o_lora_rank", o_lora_rank, "rank of the output projection per group; absent: direct"),
    DIM("o_groups", o_groups, "groups of heads in a low-rank output projection"),
    DIM("compress_ratio", compress_ratio, "positions pooled into one cache entry"),
    F_BOOL(B, "compress_overlap", compress_overlap, "pooling windows overlap by half"),
    F_BOOL(B, "fused_qkv", fused_qkv, "Q, K and V are stored as one matrix"),
    DIM("q_lora_rank", q_lora_rank, "MLA query compression; absent: direct"),
    DIM("kv_lora_rank", kv_lora_rank, "MLA latent width"),
    DIM("head_dim_nope", head_dim_nope, "MLA head dimension without position"),
    F_U32(B, "head_dim_rope", head_dim_rope, 0, 65536, "", 0, "MLA head dimension with position"),
    DIM("index_heads", index_heads, "sparse-attention indexer heads"),
    DIM("index_head_dim", index_head_dim, "indexer head dimension"),
    DIM("index_topk", index_topk, "positions attended after selection"),
    DIM("k_heads", k_heads, "linear attention key heads"),
    DIM("v_heads", v_heads, "linear attention value heads"),
    DIM("conv_kernel", conv_kernel, "short convolution length"),
    DIM("d_inner", d_inner, "state-space inner width"),
    DIM("d_state", d_state, "state size per channel"),
    DIM("groups", groups, "state-space groups"),
    DIM("dt_rank", dt_rank, "Mamba-1 time-step rank"),
    F_BOOL(B, "no_state_norm", no_state_norm, "no norm on the state-space output"),
    F_BOOL(B, "full_rank_gate", full_rank_gate, "the output gate is a full matrix"),
    DIM("gate_rank", gate_rank, "low-rank gates; default head_dim"),
    DIM("ffn_size", ffn_size, "feed-forward width"),
    F_BOOL(B, "ungated", ungated, "two matrices instead of three"),
    F_BOOL(B, "fused_gate_up", fused_gate_up, "gate and up are stored as one matrix"),
    F_BOOL(B, "ffn_bias", ffn_bias, "biases on the feed-forward matrices"),
    DIM("experts", experts, "routed experts"),
    DIM("experts_per_token", experts_per_token, "routed experts used per token"),
    DIM("expert_ffn_size", expert_ffn_size, "width of one routed expert"),
    DIM("shared_experts", shared_experts, "experts every token uses"),
    DIM("shared_ffn_size", shared_ffn_size, "width of all shared experts together"),
    F_BOOL(B, "shared_gate", shared_gate, "gate vector on the shared expert"),
    F_BOOL(B, "router_bias", router_bias, "one bias per expert"),
    DIM("latent_size", latent_size, "width the routed experts work in"),
    F_U64(B, "other_params", other_params, 1, 0, 1e12, "", 0, "small parameters not covered above"),
    F_STR(B, "note", note, 0, "what other_params are, caveats"),
};
const llmp_schema llmp__schema_block =
    LLMP__SCHEMA(llmp_block, "block", NULL, present, block_fields);

static const llmp_field model_fields[] = {
    LLMP__HEAD_FIELDS(M),
    F_STR(M, "family", family, REQ, "Llama, Qwen, ..."),
    F_STR(M, "architecture", architecture, 0, "GGUF general.architecture"),
    F_REF(M, "same_shape_as", same_shape_as, LLMP_KIND_MODEL, 0, "model whose geometry it shares"),
    F_U32(M, "hidden_size", hidden_size, 8, 1048576, "", 0, "width of the residual stream"),
    F_U32(M, "vocab_size", vocab_size, 2, 16777216, "", 0, "tokens"),
    F_BOOL(M, "tied_embeddings", tied_embeddings, "the output head is the embedding"),
    F_BOOL(M, "output_head_bias", output_head_bias, "bias on the output head"),
    F_U64(M, "max_context_tokens", max_context_tokens, 1, 1, 1e9, "tokens", 0, "as published"),
    F_REF(M, "native_format", native_format, LLMP_KIND_FORMAT, 0, "as the maker ships it"),
    F_STR(M, "layers", layers_pattern, 0, "layer pattern over block ids"),
    F_RECS(M, "blocks", blocks, block_count, &llmp__schema_block, 0, "kinds of block"),
    F_U32(M, "per_layer_embedding_size", per_layer_embedding_size, 1, 65536, "", 0,
          "width per layer of a per-layer embedding"),
    F_U32(M, "per_layer_embedding_vocab", per_layer_embedding_vocab, 1, 16777216, "", 0,
          "its rows"),
    F_U32(M, "hyper_connections", hyper_connections, 2, 64, "", 0, "parallel residual streams"),
    F_U32(M, "rope_factors", rope_factors, 1, 65536, "", 0,
          "rotary scaling factors that GGUF files store"),
    F_U32(M, "mtp_layers", mtp_layers, 1, 64, "", 0, "multi-token-prediction layers"),
    F_U64(M, "mtp_params", mtp_params, 1, 1, 1e14, "", 0, "their parameters"),
    F_U64(M, "vision_params", vision_params, 1, 1, 1e14, "", 0, "vision and audio towers"),
    F_U64(M, "other_params", other_params, 1, 1, 1e14, "", 0, "model-level parameters not covered"),
    F_U64(M, "published_params", published_params, 1, 1, 1e14, "", 0,
          "count the checkpoint states"),
    F_U64(M, "text_params", text_params, 1, 1, 1e14, "", 0, "independent count of the text model"),
    F_U64(M, "active_params_stated", active_params_stated, 1, 1, 1e14, "", 0, "as the maker says"),
    F_STR(M, "published_params_note", published_params_note, 0, "why the counts differ"),
    F_STR(M, "license", license, 0, "licence name"),
    F_DATE(M, "release", release, LLMP_FIELD_FUTURE, "released"),
    F_STRS(M, "uses", uses, use_count, 0, "chat, code, reasoning, vision, ..."),
    F_STR(M, "missing", missing, 0, "what a partial record cannot answer"),
};
const llmp_schema llmp__schema_model =
    LLMP__SCHEMA(llmp_model, "model", "models", head.present, model_fields);
