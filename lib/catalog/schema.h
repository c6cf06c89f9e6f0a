/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file schema.h
 * @brief The one table per record type that drives loading, range checks, overlays, --set, output,
 * documentation and the generated built-in data. There is no second list of these keys.
 */
#ifndef LLMP_CATALOG_SCHEMA_H
#define LLMP_CATALOG_SCHEMA_H

#include <llmplan/catalog.h>

typedef enum llmp_field_type {
    LLMP_T_STRING,
    LLMP_T_DATE,
    LLMP_T_BOOL,
    LLMP_T_F64,     /* member double = key * scale */
    LLMP_T_U32,     /* member uint32_t, no scale */
    LLMP_T_I32,     /* member int32_t, no scale */
    LLMP_T_U64,     /* member uint64_t = key * scale; scale 1 must be a whole number */
    LLMP_T_ENUM,    /* member int-sized enum; names[] indexed by value, NULL-terminated */
    LLMP_T_REF,     /* member const char *: id of a record of kind `ref` */
    LLMP_T_STRINGS, /* member const char *const * and a size_t count */
    LLMP_T_ENUMS,   /* member const ENUM * and a size_t count */
    LLMP_T_RECORDS  /* member const STRUCT * and a size_t count; schema `child` */
} llmp_field_type;

enum {
    LLMP_FIELD_REQUIRED = 1,
    LLMP_FIELD_FUTURE = 2 /* a date that may be later than the data */
};

typedef struct llmp_field {
    const char *key;
    const char *member; /* C name, for the generated initialisers */
    size_t offset;
    size_t count_offset; /* of the size_t beside a list; 0 for scalars */
    const char *count_member;
    llmp_field_type type;
    unsigned flags;
    double scale; /* member = key * scale */
    double min;   /* inclusive, in the unit of the key */
    double max;
    const char *unit;
    const char *const *names; /* LLMP_T_ENUM, LLMP_T_ENUMS */
    llmp_kind ref; /* LLMP_T_REF; LLMP_KIND_COUNT: a device or a profile class, unchecked */
    const struct llmp_schema *child;
    const char *doc;
} llmp_field;

struct llmp_schema {
    const char *title;     /* "device"; sub-records: "price" */
    const char *list_key;  /* "devices": top-level key in YAML; sub-records: NULL */
    const char *c_type;    /* "llmp_device" */
    size_t size_bytes;     /* sizeof of it */
    size_t present_offset; /* of uint64_t present[2]; always there */
    const llmp_field *fields;
    size_t field_count;
};

extern const llmp_schema *const llmp__schemas[LLMP_KIND_COUNT];
extern const llmp_schema llmp__schema_model, llmp__schema_device, llmp__schema_rig,
    llmp__schema_link, llmp__schema_format, llmp__schema_quant, llmp__schema_engine,
    llmp__schema_profile, llmp__schema_block, llmp__schema_price, llmp__schema_power,
    llmp__schema_field_source, llmp__schema_api_price, llmp__schema_price_tier,
    llmp__schema_price_window, llmp__schema_subscription, llmp__schema_rental, llmp__schema_tariff,
    llmp__schema_assumption, llmp__schema_workload, llmp__schema_benchmark, llmp__schema_score,
    llmp__schema_task, llmp__schema_host, llmp__schema_psu, llmp__schema_circuit;

/* Rows. S is the struct type; the unit is part of the key and repeated for humans. */
#define LLMP__ROW(S, key, member, type, flags, scale, lo, hi, unit, names, ref, child, doc)       \
    {                                                                                             \
        key, #member, offsetof(S, member), 0, NULL, type, flags, scale, lo, hi, unit, names, ref, \
            child, doc                                                                            \
    }
#define LLMP__LIST(S, key, member, count, type, flags, names, ref, child, doc)                   \
    {                                                                                            \
        key, #member, offsetof(S, member), offsetof(S, count), #count, type, flags, 1, 0, 0, "", \
            names, ref, child, doc                                                               \
    }

#define F_STR(S, key, member, flags, doc) \
    LLMP__ROW(S, key, member, LLMP_T_STRING, flags, 1, 0, 0, "", NULL, LLMP_KIND_COUNT, NULL, doc)
#define F_DATE(S, key, member, flags, doc) \
    LLMP__ROW(S, key, member, LLMP_T_DATE, flags, 1, 0, 0, "", NULL, LLMP_KIND_COUNT, NULL, doc)
#define F_BOOL(S, key, member, doc) \
    LLMP__ROW(S, key, member, LLMP_T_BOOL, 0, 1, 0, 0, "", NULL, LLMP_KIND_COUNT, NULL, doc)
#define F_F64(S, key, member, scale, lo, hi, unit, flags, doc)                                     \
    LLMP__ROW(S, key, member, LLMP_T_F64, flags, scale, lo, hi, unit, NULL, LLMP_KIND_COUNT, NULL, \
              doc)
#define F_U64(S, key, member, scale, lo, hi, unit, flags, doc)                                     \
    LLMP__ROW(S, key, member, LLMP_T_U64, flags, scale, lo, hi, unit, NULL, LLMP_KIND_COUNT, NULL, \
              doc)
#define F_U32(S, key, member, lo, hi, unit, flags, doc) \
    LLMP__ROW(S, key, member, LLMP_T_U32, flags, 1, lo, hi, unit, NULL, LLMP_KIND_COUNT, NULL, doc)
#define F_I32(S, key, member, lo, hi, flags, doc) \
    LLMP__ROW(S, key, member, LLMP_T_I32, flags, 1, lo, hi, "", NULL, LLMP_KIND_COUNT, NULL, doc)
#define F_ENUM(S, key, member, names, flags, doc) \
    LLMP__ROW(S, key, member, LLMP_T_ENUM, flags, 1, 0, 0, "", names, LLMP_KIND_COUNT, NULL, doc)
#define F_REF(S, key, member, kind, flags, doc) \
    LLMP__ROW(S, key, member, LLMP_T_REF, flags, 1, 0, 0, "", NULL, kind, NULL, doc)
#define F_STRS(S, key, member, count, flags, doc) \
    LLMP__LIST(S, key, member, count, LLMP_T_STRINGS, flags, NULL, LLMP_KIND_COUNT, NULL, doc)
#define F_ENUMS(S, key, member, count, names, flags, doc) \
    LLMP__LIST(S, key, member, count, LLMP_T_ENUMS, flags, names, LLMP_KIND_COUNT, NULL, doc)
#define F_RECS(S, key, member, count, child, flags, doc) \
    LLMP__LIST(S, key, member, count, LLMP_T_RECORDS, flags, NULL, LLMP_KIND_COUNT, child, doc)

/* Keys every record has. */
#define LLMP__HEAD_FIELDS(S)                                                                \
    F_STR(S, "id", head.id, LLMP_FIELD_REQUIRED, "unique within its kind"),                 \
        F_STR(S, "name", head.name, LLMP_FIELD_REQUIRED, "as printed"),                     \
        F_STRS(S, "aliases", head.aliases, head.alias_count, 0, "other names people type"), \
        F_STRS(S, "default_for", head.default_for, head.default_for_count, 0,               \
               "family names that resolve to this record, with a note"),                    \
        F_DATE(S, "as_of", head.as_of, LLMP_FIELD_REQUIRED, "when the facts held"),         \
        F_STR(S, "source", head.source, LLMP_FIELD_REQUIRED, "where the facts come from"),  \
        F_ENUM(S, "grade", head.grade, llmp__grade_names, LLMP_FIELD_REQUIRED,              \
               "how the facts are known"),                                                  \
        F_STR(S, "note", head.note, 0, "caveats in words"),                                 \
        F_RECS(S, "sources", head.field_sources, head.field_source_count,                   \
               &llmp__schema_field_source, 0, "source, date or grade of single fields")

#define LLMP__SCHEMA(S, title, list_key, present, fields)             \
    {                                                                 \
        title, list_key, #S, sizeof(S), offsetof(S, present), fields, \
            sizeof(fields) / sizeof((fields)[0])                      \
    }

extern const char *const llmp__grade_names[], *const llmp__family_names[],
                                                  *const llmp__compute_names[],
                                                      *const llmp__role_names[],
                                                          *const llmp__vendor_names[],
                                                              *const llmp__device_kind_names[],
                                                                  *const llmp__account_names[],
                                                                      *const llmp__noise_names[];

#endif
