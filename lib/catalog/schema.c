/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define REQ LLMP_FIELD_REQUIRED

const char *const llmp__grade_names[] = {"exact",   "measured", "datasheet",
                                         "derived", "estimate", NULL};

static const llmp_field field_source_fields[] = {
    F_STRS(llmp_field_source, "fields", fields, field_count, REQ, "keys it speaks of"),
    F_STR(llmp_field_source, "source", source, 0, "where they come from"),
    F_DATE(llmp_field_source, "as_of", as_of, 0, "when they held"),
    F_ENUM(llmp_field_source, "grade", grade, llmp__grade_names, 0, "how they are known"),
    F_STR(llmp_field_source, "note", note, 0, "caveats"),
};
const llmp_schema llmp__schema_field_source =
    LLMP__SCHEMA(llmp_field_source, "source", NULL, present, field_source_fields);

const llmp_schema *const llmp__schemas[LLMP_KIND_COUNT] = {
    [LLMP_KIND_MODEL] = &llmp__schema_model,
    [LLMP_KIND_DEVICE] = &llmp__schema_device,
    [LLMP_KIND_RIG] = &llmp__schema_rig,
    [LLMP_KIND_LINK] = &llmp__schema_link,
    [LLMP_KIND_FORMAT] = &llmp__schema_format,
    [LLMP_KIND_QUANT] = &llmp__schema_quant,
    [LLMP_KIND_ENGINE] = &llmp__schema_engine,
    [LLMP_KIND_PROFILE] = &llmp__schema_profile,
    [LLMP_KIND_PRICE] = &llmp__schema_api_price,
    [LLMP_KIND_SUBSCRIPTION] = &llmp__schema_subscription,
    [LLMP_KIND_RENTAL] = &llmp__schema_rental,
    [LLMP_KIND_TARIFF] = &llmp__schema_tariff,
    [LLMP_KIND_ASSUMPTION] = &llmp__schema_assumption,
    [LLMP_KIND_WORKLOAD] = &llmp__schema_workload,
    [LLMP_KIND_BENCHMARK] = &llmp__schema_benchmark,
    [LLMP_KIND_SCORE] = &llmp__schema_score,
    [LLMP_KIND_TASK] = &llmp__schema_task,
    [LLMP_KIND_HOST] = &llmp__schema_host,
    [LLMP_KIND_PSU] = &llmp__schema_psu,
    [LLMP_KIND_CIRCUIT] = &llmp__schema_circuit,
};
