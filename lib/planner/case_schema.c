/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/cases.h"

#define C llmp__case
#define REQ LLMP_FIELD_REQUIRED

const char *const llmp__case_unit_names[] = {"B",  "KiB", "MiB", "GiB",  "GB",    "tokens/s", "s",
                                             "ms", "us",  "1",   "FLOP", "GFLOP", "J",        NULL};
const double llmp__case_unit_scales[] = {1,    1024, 1048576, 1073741824, 1e9, 1, 1,
                                         1e-3, 1e-6, 1,       1,          1e9, 1};
static const char *const choice_names[] = {"default", "off", "on", NULL};
static const char *const placement_names[] = {
    "auto", "device", "layer_split", "tensor_parallel", "expert_offload", "layer_offload",
    "cpu",  "disk",   NULL};

static const llmp_field case_fields[] = {
    F_STR(C, "id", id, REQ, "unique in the file"),
    F_STR(C, "source", source, REQ, "where the expected value comes from"),
    F_STR(C, "question", question, REQ, "what is computed"),
    F_STR(C, "model", model, 0, "catalog id or alias"),
    F_STR(C, "quant", quant, 0, "quant id; default BF16"),
    F_STR(C, "machine", machine, 0, "machine expression; default one h100-sxm"),
    F_STR(C, "engine", engine, 0, "engine id; default llama.cpp"),
    F_STR(C, "backend", backend, 0, "backend id"),
    F_STRS(C, "set", set, set_count, 0, "catalog assignments in force for this case"),
    F_U64(C, "context", context_tokens, 1, 1, 4294967296.0, "tokens", 0, "context per sequence"),
    F_U32(C, "parallel", parallel, 1, 65536, "", 0, "sequences"),
    F_U32(C, "ubatch", ubatch_tokens, 1, 1048576, "tokens", 0, "physical batch"),
    F_U32(C, "batch", batch, 1, 65536, "", 0, "sequences decoded together, tokens routed"),
    F_F64(C, "prompt", prompt_tokens, 1, 1, 4294967296.0, "tokens", 0, "prompt length"),
    F_F64(C, "depth", depth_tokens, 1, 0, 4294967296.0, "tokens", 0, "cached positions"),
    F_STR(C, "kv_format", kv_format, 0, "KV cache format id"),
    F_ENUM(C, "flash_attention", flash_attention, choice_names, 0, "default, off or on"),
    F_BOOL(C, "kv_split", kv_split, "one KV stream per sequence"),
    F_BOOL(C, "window_full", window_full, "window layers keep all cells"),
    F_ENUM(C, "placement", placement, placement_names, 0, "how it is placed"),
    F_F64(C, "experts", experts_count, 1, 1, 65536, "", 0, "for distinct_experts"),
    F_F64(C, "experts_per_token", experts_per_token_count, 1, 1, 65536, "", 0, "likewise"),
    F_F64(C, "skew", skew_ratio, 1, 0, 4, "", 0, "likewise"),
    F_F64(C, "build_year", build_year, 1, 2020, 2100, "year", 0, "of the engine; default current"),
    F_F64(C, "value", low_value, 1, -1e18, 1e18, "", REQ, "expected, or the low end"),
    F_F64(C, "value_high", high_value, 1, -1e18, 1e18, "", 0, "the high end; default value"),
    F_ENUM(C, "unit", unit, llmp__case_unit_names, REQ, "unit of value and tolerance"),
    F_F64(C, "tolerance_ratio", tolerance_ratio, 1, 0, 10, "", 0, "of the value"),
    F_F64(C, "tolerance", tolerance_value, 1, 0, 1e18, "", 0, "in the unit"),
    F_BOOL(C, "differs", differs, "a wrong published number: ours must lie outside"),
    F_STR(C, "note", note, 0, "what the case guards"),
};
const llmp_schema llmp__schema_case =
    LLMP__SCHEMA(llmp__case, "case", "cases", present, case_fields);
