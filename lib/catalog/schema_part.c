/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#include <llmplan/catalog_part.h>

#define REQ LLMP_FIELD_REQUIRED

#define L llmp_slot_layout
static const llmp_field layout_fields[] = {
    F_U32(L, "cards", cards, 1, 64, "", REQ, "with so many cards"),
    F_F64(L, "slots", slots_count, 1, 0.5, 10, "", REQ, "widest card that fits"),
    F_U32(L, "pcie_generation", pcie_generation, 1, 8, "", REQ, "PCI Express of each"),
    F_U32(L, "pcie_lanes", pcie_lanes, 1, 32, "", REQ, "lanes of the one with the fewest"),
};
static const llmp_schema layout_schema =
    LLMP__SCHEMA(llmp_slot_layout, "layout", NULL, present, layout_fields);

#define M llmp_memory_kit
static const llmp_field memory_fields[] = {
    F_U64(M, "memory_gib", memory_bytes, 1073741824.0, 0.5, 65536, "GiB", REQ, "fitted"),
    F_F64(M, "bandwidth_gb_s", bandwidth_bytes_per_s, 1e9, 1, 1e5, "GB/s", REQ,
          "theoretical, with these modules"),
    F_RECS(M, "prices", prices, price_count, &llmp__schema_price, 0, "dated prices"),
};
static const llmp_schema memory_schema =
    LLMP__SCHEMA(llmp_memory_kit, "memory", NULL, present, memory_fields);

#define H llmp_host
static const llmp_field host_fields[] = {
    LLMP__HEAD_FIELDS(H),
    F_REF(H, "cpu", cpu, LLMP_KIND_DEVICE, REQ, "processor"),
    F_RECS(H, "layouts", layouts, layout_count, &layout_schema, REQ,
           "what each of so many cards gets, by rising number"),
    F_RECS(H, "memories", memories, memory_count, &memory_schema, REQ,
           "memory that may be fitted, by rising size"),
    F_F64(H, "card_length_mm", card_length_mm, 1, 50, 1000, "mm", REQ, "longest card"),
    F_BOOL(H, "forced_airflow", forced_airflow, "cools passive cards; loud"),
    F_REF(H, "psu", psu, LLMP_KIND_PSU, 0,
          "its own supplies, all fitted and in its price; absent: bought apart"),
    F_U32(H, "psus_max", psus_max, 1, 8, "", REQ, "power supplies side by side"),
    F_F64(H, "idle_w", idle_w, 1, 1, 1e5, "W", REQ, "at the wall, without cards"),
    F_F64(H, "load_w", load_w, 1, 1, 1e5, "W", REQ, "most it draws without cards"),
    F_U64(H, "disk_gb", disk_bytes, 1e9, 1, 1e7, "GB", 0, "disk fitted"),
    F_F64(H, "disk_read_gb_s", disk_read_bytes_per_s, 1e9, 0.05, 1000, "GB/s", 0,
          "sequential read"),
    F_ENUM(H, "noise", noise, llmp__noise_names, REQ, "without cards"),
    F_RECS(H, "prices", prices, price_count, &llmp__schema_price, 0,
           "dated prices, without cards, memory and power supply"),
};
const llmp_schema llmp__schema_host =
    LLMP__SCHEMA(llmp_host, "host", "hosts", head.present, host_fields);

#define S llmp_psu
static const llmp_field psu_fields[] = {
    LLMP__HEAD_FIELDS(S),
    F_F64(S, "rated_w", rated_w, 1, 50, 1e5, "W", REQ, "output"),
    F_F64(S, "load_ratio", load_ratio, 1, 0.1, 1, "", REQ, "share of it to plan with"),
    F_F64(S, "efficiency_ratio", efficiency_ratio, 1, 0.5, 1, "", REQ, "output over input"),
    F_F64(S, "mains_min_v", mains_min_v, 1, 90, 480, "V", REQ, "mains voltage of the full rating"),
    F_U32(S, "power_16pin_connectors", power_16pin_count, 0, 16, "", REQ, "12VHPWR or 12V-2x6"),
    F_U32(S, "power_8pin_connectors", power_8pin_count, 0, 32, "", REQ, "PCI Express with 8 pins"),
    F_RECS(S, "prices", prices, price_count, &llmp__schema_price, 0, "dated prices"),
};
const llmp_schema llmp__schema_psu =
    LLMP__SCHEMA(llmp_psu, "psu", "psus", head.present, psu_fields);

#define C llmp_circuit
static const llmp_field circuit_fields[] = {
    LLMP__HEAD_FIELDS(C),
    F_F64(C, "mains_v", mains_v, 1, 90, 480, "V", REQ, "voltage"),
    F_F64(C, "breaker_a", breaker_a, 1, 1, 400, "A", REQ, "breaker"),
    F_F64(C, "continuous_ratio", continuous_ratio, 1, 0.1, 1, "", REQ,
          "share of the breaker's current that may flow for hours"),
};
const llmp_schema llmp__schema_circuit =
    LLMP__SCHEMA(llmp_circuit, "circuit", "circuits", head.present, circuit_fields);
