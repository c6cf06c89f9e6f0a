/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#include <llmplan/catalog_score.h>

#define REQ LLMP_FIELD_REQUIRED

static const char *const unit_names[] = {"percent", "elo", NULL};
const char *const llmp__account_names[] = {"independent", "vendor", "quoted", NULL};

#define B llmp_benchmark
static const llmp_field benchmark_fields[] = {
    LLMP__HEAD_FIELDS(B),
    F_ENUM(B, "unit", unit, unit_names, REQ, "of its scores; more is better"),
    F_STR(B, "measures", measures, REQ, "what it asks of a model"),
};
const llmp_schema llmp__schema_benchmark =
    LLMP__SCHEMA(llmp_benchmark, "benchmark", "benchmarks", head.present, benchmark_fields);

#define S llmp_score
static const llmp_field score_fields[] = {
    LLMP__HEAD_FIELDS(S),
    F_REF(S, "model", model, LLMP_KIND_MODEL, 0, "catalog model"),
    F_REF(S, "api_model", api_model, LLMP_KIND_PRICE, 0,
          "one price of a closed model; all of that provider's model share the score"),
    F_REF(S, "benchmark", benchmark, LLMP_KIND_BENCHMARK, REQ, "what was run"),
    F_F64(S, "score", value, 1, 0, 5000, "", REQ, "in the benchmark's unit"),
    F_ENUM(S, "account", account, llmp__account_names, REQ, "by whose account"),
    F_STR(S, "setting", setting, 0, "harness, effort, version, as far as stated"),
};
const llmp_schema llmp__schema_score =
    LLMP__SCHEMA(llmp_score, "score", "scores", head.present, score_fields);
