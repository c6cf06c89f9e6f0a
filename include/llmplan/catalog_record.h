/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_record.h
 * @brief What every catalog record has: identity, provenance, and which facts are known.
 */
#ifndef LLMPLAN_CATALOG_RECORD_H
#define LLMPLAN_CATALOG_RECORD_H

#include <llmplan/units.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Record types. Ids and aliases are unique within a type. */
typedef enum llmp_kind {
    LLMP_KIND_MODEL = 0,
    LLMP_KIND_DEVICE = 1,
    LLMP_KIND_RIG = 2,
    LLMP_KIND_LINK = 3,
    LLMP_KIND_FORMAT = 4, /**< how a block of weights is laid out in bytes (q4_k, bf16, ...) */
    LLMP_KIND_QUANT = 5,  /**< which format each tensor of a model gets (Q4_K_M, AWQ-4bit, ...) */
    LLMP_KIND_ENGINE = 6,
    LLMP_KIND_PROFILE = 7,      /**< efficiency of an engine on a class of device */
    LLMP_KIND_PRICE = 8,        /**< what an API charges for a model, over some time */
    LLMP_KIND_SUBSCRIPTION = 9, /**< flat price per seat */
    LLMP_KIND_RENTAL = 10,      /**< GPU by the hour */
    LLMP_KIND_TARIFF = 11,      /**< electricity */
    LLMP_KIND_ASSUMPTION = 12,  /**< PUE, colocation, staff, currencies, residual values, ... */
    LLMP_KIND_WORKLOAD = 13,    /**< what is asked of a model */
    LLMP_KIND_BENCHMARK = 14,   /**< a test of quality */
    LLMP_KIND_SCORE = 15,       /**< what a model scored on one */
    LLMP_KIND_TASK = 16,        /**< one piece of work, to be timed */
    LLMP_KIND_HOST = 17,        /**< a computer without its cards */
    LLMP_KIND_PSU = 18,         /**< power supply */
    LLMP_KIND_CIRCUIT = 19,     /**< what a wall outlet gives */
    LLMP_KIND_COUNT = 20
} llmp_kind;

/** "model", "device", ... Never NULL. */
LLMP_API const char *llmp_kind_name(llmp_kind kind);

/** Source, date and grade of single fields, where they differ from the record's. */
typedef struct llmp_field_source {
    const char *const *fields; /**< keys as in YAML */
    size_t field_count;
    const char *source;
    llmp_date as_of;
    llmp_grade grade;
    const char *note;
    uint64_t present[2];
} llmp_field_source;

/** Who set a field, when it was not the built-in catalog. */
typedef struct llmp_origin {
    uint32_t field;    /**< index in the schema of the record's kind */
    const char *where; /**< file name or flag */
    uint32_t line;     /**< 0 when there is none */
} llmp_origin;

/** The head of every record. Strings live as long as the catalog. */
typedef struct llmp_record {
    const char *id;   /**< lower-case letters, digits, '.', '_', '-' (quants and prices: as people
                         write them) */
    const char *name; /**< as printed */
    const char *const *aliases;
    size_t alias_count;
    const char *const *default_for; /**< ambiguous family names that resolve to this record */
    size_t default_for_count;
    llmp_date as_of;
    const char *source;
    llmp_grade grade;
    const char *note;
    const llmp_field_source *field_sources;
    size_t field_source_count;
    const llmp_origin *origins; /**< overlays only; built-in fields have none */
    size_t origin_count;
    uint64_t present[2]; /**< bit i: field i of the kind's schema is known */
} llmp_record;

#ifdef __cplusplus
}
#endif
#endif
