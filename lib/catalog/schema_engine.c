/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define REQ LLMP_FIELD_REQUIRED
#define B llmp_backend
#define E llmp_engine
#define P llmp_profile

static const char *const policy_names[] = {"llama_cpp", "paged", "mlx", "static", NULL};

static const llmp_field backend_fields[] = {
    F_STR(B, "id", id, REQ, "cuda, metal, rocm, vulkan, cpu, ..."),
    F_STR(B, "name", name, REQ, "as result tables write it"),
    F_ENUMS(B, "vendors", vendors, vendor_count, llmp__vendor_names, REQ, "whose devices"),
    F_ENUMS(B, "kinds", kinds, kind_count, llmp__device_kind_names, REQ, "device kinds"),
    F_U64(B, "runtime_mib", runtime_bytes, 1048576.0, 0, 1e6, "MiB", REQ, "overhead per device"),
    F_U64(B, "runtime_host_mib", runtime_host_bytes, 1048576.0, 0, 1e6, "MiB", 0, "on the host"),
    F_F64(B, "margin_ratio", margin_ratio, 1, 0, 0.9, "", 0, "share left free"),
    F_U64(B, "margin_mib", margin_bytes, 1048576.0, 0, 1e6, "MiB", 0, "left free per device"),
    F_STRS(B, "repacked_formats", repacked_formats, repacked_format_count, 0,
           "formats it keeps a second time in a layout of its own"),
    F_U32(B, "repacked_rows", repacked_rows, 1, 4096, "", 0, "rows must be a multiple of so many"),
    F_U32(B, "priority", priority, 0, 1000, "", REQ, "lower is tried first"),
    F_STR(B, "note", note, 0, "source of the constants"),
};
static const llmp_schema backend_schema =
    LLMP__SCHEMA(llmp_backend, "backend", NULL, present, backend_fields);

static const llmp_field engine_fields[] = {
    LLMP__HEAD_FIELDS(E),
    F_ENUM(E, "policy", policy, policy_names, REQ, "how it lays out memory"),
    F_ENUMS(E, "families", families, family_count, llmp__family_names, REQ, "formats it loads"),
    F_RECS(E, "backends", backends, backend_count, &backend_schema, REQ, "where it runs"),
    F_U32(E, "context_pad_tokens", context_pad_tokens, 1, 65536, "tokens", 0, "context rounding"),
    F_U32(E, "ubatch_tokens", ubatch_tokens, 1, 1048576, "tokens", REQ, "physical prefill batch"),
    F_U32(E, "batch_tokens", batch_tokens, 1, 1048576, "tokens", REQ, "logical batch"),
    F_U32(E, "block_tokens", block_tokens, 1, 65536, "tokens", 0, "KV page"),
    F_F64(E, "utilization_ratio", utilization_ratio, 1, 0.05, 1, "", 0, "share it claims"),
    F_BOOL(E, "flash_attention", flash_attention, "on by default"),
    F_BOOL(E, "window_cache", window_cache, "sliding layers keep only the window"),
    F_BOOL(E, "layer_split", layer_split, "splits layers over devices"),
    F_BOOL(E, "tensor_parallel", tensor_parallel, "splits tensors over devices"),
    F_BOOL(E, "cpu_offload", cpu_offload, "runs layers on the CPU"),
    F_BOOL(E, "expert_offload", expert_offload, "runs experts on the CPU"),
    F_BOOL(E, "mla_absorbed", mla_absorbed, "caches the MLA latent only"),
    F_U32(E, "state_bytes_per_element", state_bytes_per_element, 1, 8, "B", 0, "recurrent state"),
    F_U32(E, "conv_state_bytes_per_element", conv_state_bytes_per_element, 1, 8, "B", 0,
          "convolution state"),
    F_F64(E, "activation_bytes_per_batch_token", activation_bytes_per_batch_token, 1, 0, 1e6, "B",
          0, "peak activation per batched token and hidden element"),
    F_U32(E, "sampler_bytes_per_logit", sampler_bytes_per_logit, 0, 4096, "B", 0,
          "sampling peak per sequence and vocabulary entry"),
    F_U64(E, "graph_mib", graph_bytes, 1048576.0, 0, 1e6, "MiB", 0, "captured graphs per device"),
    F_U64(E, "collective_mib", collective_bytes, 1048576.0, 0, 1e6, "MiB", 0,
          "communication buffers per device"),
    F_REF(E, "kv_format", kv_format, LLMP_KIND_FORMAT, REQ, "default KV cache type"),
    F_STR(E, "command", command, 0, "command template"),
    F_U32(E, "priority", priority, 0, 1000, "", REQ, "lower is tried first"),
    F_STRS(E, "preferred_for", preferred_for, preferred_for_count, 0,
           "device classes on which it goes before all others"),
};
const llmp_schema llmp__schema_engine =
    LLMP__SCHEMA(llmp_engine, "engine", "engines", head.present, engine_fields);

#define V llmp_profile_driver
#define FACTOR(key, member, doc) F_F64(V, key, member, 1, 0.01, 100, "", 0, doc)
static const llmp_field driver_fields[] = {
    F_STR(V, "id", id, REQ, "as result tables write it, or how that begins"),
    FACTOR("bandwidth_factor", bandwidth_factor, "on weight_bandwidth_ratio"),
    FACTOR("kv_factor", kv_factor, "on kv_bandwidth_ratio"),
    FACTOR("layer_factor", layer_factor, "on the per-layer times"),
    FACTOR("compute_factor", compute_factor, "on the compute ratios"),
    FACTOR("moe_compute_factor", moe_compute_factor, "on moe_compute_ratio"),
};
static const llmp_schema driver_schema =
    LLMP__SCHEMA(llmp_profile_driver, "driver", NULL, present, driver_fields);

#define W llmp_profile_format
static const llmp_field profile_format_fields[] = {
    F_REF(W, "format", format, LLMP_KIND_FORMAT, REQ, "weight format"),
    F_F64(W, "compute_factor", compute_factor, 1, 0.01, 100, "", 0,
          "on the compute ratio of its width"),
    F_F64(W, "batch_factor", batch_factor, 1, 0.01, 100, "", 0, "on batch_compute_ratio"),
};
static const llmp_schema profile_format_schema =
    LLMP__SCHEMA(llmp_profile_format, "format", NULL, present, profile_format_fields);

#define RATIO(key, member, doc) F_F64(P, key, member, 1, 0.001, 1, "", 0, doc)
#define RATE(key, member, doc) F_F64(P, key, member, 1, -3, 3, "1/year", 0, doc)
#define SPREAD(key, member, doc) F_F64(P, key, member, 1, 0.1, 10, "", 0, doc)
#define TIME_US(key, member, doc) F_F64(P, key, member, 1e-6, 0, 1e6, "us", 0, doc)

static const llmp_field profile_fields[] = {
    LLMP__HEAD_FIELDS(P),
    F_REF(P, "engine", engine, LLMP_KIND_ENGINE, REQ, "engine it describes"),
    F_STR(P, "backend", backend, 0, "backend; absent: any"),
    F_STR(P, "device_class", device_class, REQ, "a device class or a device id"),
    F_REF(P, "like", like, LLMP_KIND_PROFILE, 0, "profile for absent fields"),
    RATIO("weight_bandwidth_ratio", weight_bandwidth_ratio, "beta_w, of the device's peak"),
    RATIO("kv_bandwidth_ratio", kv_bandwidth_ratio, "beta_kv, of the device's peak"),
    RATIO("state_bandwidth_ratio", state_bandwidth_ratio, "the same of recurrent states"),
    RATIO("scan_bandwidth_ratio", scan_bandwidth_ratio, "the same of Mamba states"),
    RATIO("compute_16bit_ratio", compute_16bit_ratio, "eta of 16-bit prefill GEMM"),
    RATIO("compute_8bit_ratio", compute_8bit_ratio, "eta with 8-bit weights"),
    RATIO("compute_4bit_ratio", compute_4bit_ratio, "eta with smaller weights"),
    F_ENUM(P, "quantized_compute", quantized_compute, llmp__compute_names, 0,
           "type that quantised prefill multiplies in"),
    RATIO("attention_compute_ratio", attention_compute_ratio, "eta of prefill attention"),
    RATIO("attention_decode_ratio", attention_decode_ratio,
          "eta of decode attention; absent: attention_compute_ratio"),
    F_F64(P, "attention_pair_flop", attention_pair_flop, 1, 0, 1e5, "FLOP", 0,
          "work of a head and a cached position besides products"),
    F_F64(P, "expert_bandwidth_factor", expert_bandwidth_factor, 1, 0.01, 10, "", 0,
          "on weight_bandwidth_ratio, for experts kept on the host"),
    TIME_US("cache_split_us", cache_split_s, "extra per layer whose cache is divided over threads"),
    F_F64(P, "cache_split_tokens", cache_split_tokens, 1, 1, 1e9, "tokens", 0,
          "positions from which one sequence's cache is"),
    F_F64(P, "attention_unfused_factor", attention_unfused_factor, 1, 0.01, 100, "", 0,
          "on decode attention's speed without flash attention"),
    F_F64(P, "kv_free_row_bytes", kv_free_row_bytes, 1, 0, 65536, "B", 0,
          "of a head's cached row, what comes with its first line"),
    F_F64(P, "dequant_gweights_s", dequant_weights_per_s, 1e9, 0.01, 1e6, "Gweights/s", 0,
          "R_dq, weights a quantised GEMV unpacks"),
    F_F64(P, "unpack_flop_per_weight", unpack_flop_per_weight, 1, 0.1, 1e4, "FLOP", 0,
          "FP32 work to unpack a weight of a block below 256"),
    F_F64(P, "unpack_k_flop_per_weight", unpack_k_flop_per_weight, 1, 0.1, 1e4, "FLOP", 0,
          "the same of 256-weight blocks"),
    F_F64(P, "batch_compute_ratio", batch_compute_ratio, 1, 0.001, 10, "", 0,
          "kernels that multiply token by token, against GEMM"),
    F_F64(P, "tile_tokens", tile_tokens, 1, 0, 1e4, "tokens", 0, "least width of a GEMM"),
    F_F64(P, "vector_tokens", vector_tokens, 1, 0, 1e4, "tokens", 0,
          "most tokens multiplied one by one"),
    F_F64(P, "expert_vector_tokens", expert_vector_tokens, 1, 0, 1e4, "tokens", 0,
          "the same of experts"),
    F_F64(P, "scan_compute_ratio", scan_compute_ratio, 1, 1e-5, 1, "", 0,
          "eta of recurrent scans, of the FP32 peak"),
    RATIO("moe_compute_ratio", moe_compute_ratio, "grouped GEMM against a plain one"),
    F_F64(P, "moe_half_tokens", moe_half_tokens, 1, 0, 1e6, "tokens", 0,
          "tokens per expert that halve it"),
    F_F64(P, "pass_bandwidth_ratio", pass_bandwidth_ratio, 1, 0.001, 10, "", 0,
          "of weights prepared before a prefill pass"),
    F_F64(P, "norm_p", norm_p, 1, 1, 64, "", 0, "p of the smooth maximum"),
    TIME_US("layer_us", layer_s, "t_layer"),
    TIME_US("moe_layer_us", moe_layer_s, "extra per MoE layer"),
    TIME_US("linear_layer_us", linear_layer_s, "extra per recurrent layer"),
    TIME_US("mla_layer_us", mla_layer_s, "extra per layer with latent attention"),
    TIME_US("batch_layer_us", batch_layer_s, "extra per layer for more than one token"),
    TIME_US("sequence_us", sequence_s, "per sequence in the batch"),
    TIME_US("host_us", host_s, "per step"),
    TIME_US("prefill_host_us", prefill_host_s, "per ubatch"),
    F_F64(P, "routing_skew", routing_skew, 1, 0, 4, "", 0, "alpha of expert popularity"),
    F_F64(P, "build_year", build_year, 1, 2020, 2100, "year", 0, "of the build described"),
    RATE("bandwidth_per_year", bandwidth_per_year, "ln weight_bandwidth_ratio per year of age"),
    RATE("kv_per_year", kv_per_year, "ln kv_bandwidth_ratio per year of age"),
    RATE("layer_per_year", layer_per_year, "ln of per-layer times per year of age"),
    RATE("compute_per_year", compute_per_year, "ln of compute ratios per year of age"),
    RATE("moe_per_year", moe_per_year, "ln moe_compute_ratio per year of age"),
    RATE("attention_per_year", attention_per_year, "ln of attention ratios per year of age"),
    F_F64(P, "power_compute_exponent", power_compute_exponent, 1, 0, 3, "", 0,
          "of limit/TDP, on compute"),
    F_F64(P, "power_bandwidth_exponent", power_bandwidth_exponent, 1, 0, 3, "", 0,
          "of limit/TDP, on bandwidths"),
    F_F64(P, "allreduce_factor", allreduce_factor, 1, 0.01, 100, "", 0,
          "all-reduce latency over the link's"),
    F_F64(P, "allreduce_bandwidth_factor", allreduce_bandwidth_factor, 1, 0.01, 100, "", 0,
          "all-reduce bandwidth over the link's"),
    F_RECS(P, "drivers", drivers, driver_count, &driver_schema, 0, "other drivers"),
    F_RECS(P, "formats", formats, format_count, &profile_format_schema, 0,
           "weight formats that differ from their width"),
    F_F64(P, "sigma_decode", sigma_decode, 1, 0.001, 3, "", 0, "sd of ln(predicted/measured)"),
    F_F64(P, "sigma_prefill", sigma_prefill, 1, 0.001, 3, "", 0, "the same for prefill"),
    SPREAD("sigma_batch_factor", sigma_batch_factor, "on sigma_decode at a batch of 16"),
    SPREAD("sigma_deep_factor", sigma_deep_factor, "beyond 8,192 positions"),
    SPREAD("sigma_attention_factor", sigma_attention_factor, "to the power of attention's share"),
    SPREAD("sigma_mixed_factor", sigma_mixed_factor, "with experts or recurrent layers"),
    SPREAD("sigma_hybrid_factor", sigma_hybrid_factor, "with both, besides"),
    SPREAD("sigma_split_factor", sigma_split_factor, "over several devices"),
    SPREAD("sigma_prefill_split_factor", sigma_prefill_split_factor, "on sigma_prefill likewise"),
    F_U32(P, "samples", samples, 1, 1000000, "", 0, "measurements behind it; absent: a prior"),
    F_BOOL(P, "calibrated", calibrated, "from measurements on the user's own machine"),
};
const llmp_schema llmp__schema_profile =
    LLMP__SCHEMA(llmp_profile, "profile", "profiles", head.present, profile_fields);
