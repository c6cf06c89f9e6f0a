/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a claim, and the words for its kinds. */
#include "planner/audit.h"

#define C llmp_claim
#define REQ LLMP_FIELD_REQUIRED

static const char *const kind_names[] = {
    "decode_tokens_per_s",
    "prefill_tokens_per_s",
    "ttft_s",
    "latency_s",
    "fits",
    "memory_gb",
    "ratio",
    "capacity_requests_per_s",
    "machine_usd",
    "power_w",
    "electricity_usd_per_month",
    "bill_usd",
    "payback_months",
    "savings_ratio",
    "sum",
    "product",
    "fact",
    "other",
    NULL,
};
static const char *const kind_units[] = {
    "tokens/s", "tokens/s",  "s",   "s",      "", "GB", "times", "requests/s", "USD",
    "W",        "USD/month", "USD", "months", "", "",   "",      "",           "",
};
static const char *const metric_names[] = {"decode", "prefill", "latency", "tokens_per_j", NULL};

const char *llmp_claim_kind_name(llmp_claim_kind kind)
{
    return (unsigned)kind < LLMP_CLAIM_KIND_COUNT ? kind_names[kind] : "?";
}

const char *llmp_claim_unit(llmp_claim_kind kind)
{
    return (unsigned)kind < LLMP_CLAIM_KIND_COUNT ? kind_units[kind] : "";
}

const char *llmp_claim_verdict_name(llmp_claim_verdict verdict)
{
    static const char *const names[] = {"impossible",  "partly impossible", "wrong",
                                        "implausible", "cannot be judged",  "consistent"};
    return (unsigned)verdict < LLMP_CLAIM_VERDICT_COUNT ? names[verdict] : "?";
}

static const llmp_field claim_fields[] = {
    F_STR(C, "id", id, REQ, "unique in the file"),
    F_STR(C, "source", source, REQ, "who says it, where, when"),
    F_STR(C, "text", text, 0, "the wording"),
    F_ENUM(C, "claim", kind, kind_names, REQ, "what it is about, with its unit"),
    F_STR(C, "says", says, 0, "38, 30-50, up to 70, over 9000, under 0.05"),
    F_STR(C, "model", model, 0, "catalog id or alias"),
    F_STRS(C, "models", models, model_count, 0, "any of these, where only a class is named"),
    F_F64(C, "params", params_count, 1, 1, 1e15, "", 0, "memory_gb: weights, of any model"),
    F_STR(C, "quant", quant, 0, "quant id; default every common one"),
    F_STRS(C, "quants", quants, quant_count, 0, "any of these"),
    F_F64(C, "bits", bits_per_weight, 1, 1, 32, "", 0,
          "every common quant of so many bits a weight"),
    F_STR(C, "machine", machine, 0, "machine expression"),
    F_F64(C, "machine_count", machine_count, 1, 1, 1e6, "", 0, "so many of them; default 1"),
    F_STR(C, "against", against, 0, "ratio: the machine it is compared with"),
    F_ENUM(C, "metric", metric, metric_names, 0, "ratio: of what; default decode"),
    F_STR(C, "engine", engine, 0, "engine id; default what people use for the quant"),
    F_STR(C, "backend", backend, 0, "backend id"),
    F_BOOL(C, "offload", offload, "fits: layers may lie in host memory"),
    F_BOOL(C, "devices_only", devices_only, "speeds: nothing lies in host memory"),
    F_U64(C, "context", context_tokens, 1, 1, 4294967296.0, "tokens", 0, "room for a sequence"),
    F_F64(C, "depth", depth_tokens, 1, 0, 4294967296.0, "tokens", 0, "already cached"),
    F_F64(C, "prompt", prompt_tokens, 1, 1, 4294967296.0, "tokens", 0, "of one request"),
    F_F64(C, "output", output_tokens, 1, 1, 4294967296.0, "tokens", 0, "of one request"),
    F_U32(C, "batch", batch, 1, 65536, "", 0, "sequences at once; default 1"),
    F_STR(C, "api", api, 0, "API price"),
    F_STRS(C, "apis", apis, api_count, 0, "any of these"),
    F_F64(C, "requests", requests_count, 1, 0, 1e15, "", 0, "of the bill, or in a month"),
    F_STR(C, "bill", bill, 0, "payback: USD a month that are saved, as in says"),
    F_F64(C, "machine_usd", machine_usd, 1, 0, 1e12, "USD", 0, "payback: what is bought"),
    F_F64(C, "power_w", power_w, 1, 0, 1e9, "W", 0, "drawn; default: the machine's"),
    F_F64(C, "usd_per_kwh", usd_per_kwh, 1, 0, 100, "USD", 0, "electricity"),
    F_STR(C, "tariff", tariff, 0, "the same by a tariff of the catalog"),
    F_F64(C, "pue", pue_ratio, 1, 1, 10, "", 0, "power of the site, of the machine's"),
    F_F64(C, "local_ratio", local_ratio, 1, 0, 1, "", 0, "savings: answered locally"),
    F_F64(C, "local_usd", local_usd, 1, 0, 1e6, "USD", 0, "savings: one request tried locally"),
    F_STRS(C, "terms", terms, term_count, 0, "sum, product: numbers"),
    F_STR(C, "record", record, 0, "fact: device.rtx-4090"),
    F_STR(C, "key", key, 0, "fact: memory_bandwidth_gb_s"),
    F_BOOL(C, "used", used, "machine_usd: second hand"),
    F_DATE(C, "as_of", as_of, 0, "prices of that day"),
    F_STR(C, "note", note, 0, "for the reader"),
};
const llmp_schema llmp__schema_claim =
    LLMP__SCHEMA(llmp_claim, "claim", "claims", present, claim_fields);
