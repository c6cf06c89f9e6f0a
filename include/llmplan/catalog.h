/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog.h
 * @brief The catalog: built-in facts, overlays, lookup by the names people type, machines.
 *
 * The built-in catalog is const data in the library. A llmp_catalog adds overlays on top of it,
 * last wins, field by field. Until frozen it belongs to one thread; once frozen it may be shared.
 */
#ifndef LLMPLAN_CATALOG_H
#define LLMPLAN_CATALOG_H

#include <llmplan/catalog_device.h>
#include <llmplan/catalog_engine.h>
#include <llmplan/catalog_model.h>
#include <llmplan/catalog_price.h>
#include <llmplan/catalog_quant.h>
#include <llmplan/catalog_task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct llmp_catalog llmp_catalog;

/** Version of the built-in data, "2026-11-22". */
LLMP_API const char *llmp_data_version(void);
/** Version of the library, "0.1.0". */
LLMP_API const char *llmp_version(void);

/**
 * Creates a catalog of the built-in data.
 * @param out  receives the catalog; free with llmp_catalog_destroy
 * @return LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_catalog_create(llmp_catalog **out, llmp_error *error);

/** Frees the catalog and everything reached through it; sets *catalog to NULL; accepts NULL. */
LLMP_API void llmp_catalog_destroy(llmp_catalog **catalog);

/**
 * Reads an overlay: YAML text with one top-level list per kind (`models:`, `devices:`, ...). A
 * record with a known id overrides the fields it states; `key: null` makes a fact unknown. All or
 * nothing.
 * @param text   need not be NUL-terminated
 * @param where  file name for messages and provenance; copied
 * @return LLMP_E_SYNTAX, _SCHEMA, _VALUE, _REFERENCE, _DUPLICATE, _LIMIT with line and column;
 *         LLMP_E_ARGUMENT when frozen; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_catalog_overlay(llmp_catalog *catalog, const char *text,
                                                         size_t text_bytes, const char *where,
                                                         llmp_error *error);

/** As llmp_catalog_overlay, from a file. @return also LLMP_E_IO. */
LLMP_API LLMP_NODISCARD llmp_status llmp_catalog_overlay_file(llmp_catalog *catalog,
                                                              const char *path, llmp_error *error);

/**
 * Sets one field: "device.rtx-4090.tdp_w=400", or "device.tdp_w=400" with @p default_ids telling
 * the record of each kind that the short form means (entries may be NULL).
 * @return LLMP_E_ARGUMENT (form), LLMP_E_UNKNOWN (kind, record or key, with the nearest),
 * LLMP_E_RANGE
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_catalog_set(llmp_catalog *catalog, const char *assignment,
                                                     const char *const default_ids[LLMP_KIND_COUNT],
                                                     llmp_error *error);

/** No more changes: the catalog may now be shared between threads. */
LLMP_API void llmp_catalog_freeze(llmp_catalog *catalog);

/** Number of records of a kind. */
LLMP_API size_t llmp_catalog_count(const llmp_catalog *catalog, llmp_kind kind);

/** The i-th record of a kind, ordered by id; NULL when i is out of range. */
LLMP_API const llmp_record *llmp_catalog_at(const llmp_catalog *catalog, llmp_kind kind, size_t i);

/**
 * Finds a record by id, alias or default family name, ignoring case and treating ' ', '_' and '-'
 * alike.
 * @param out_note  optional; receives a sentence when a family name was resolved to its default
 *                  ("h100: taken as h100-sxm; also h100-pcie, h100-nvl"), else "". At least 256
 * bytes.
 * @return LLMP_E_UNKNOWN with the nearest names in the hint; LLMP_E_AMBIGUOUS with the choices
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_catalog_find(const llmp_catalog *catalog, llmp_kind kind,
                                                      const char *name, const llmp_record **out,
                                                      char out_note[256], llmp_error *error);

/** Exact id only; NULL when there is none. The casts below are what a caller wants. */
LLMP_API const llmp_record *llmp_catalog_get(const llmp_catalog *catalog, llmp_kind kind,
                                             const char *id);

#define LLMP_MODEL(record) ((const llmp_model *)(const void *)(record))
#define LLMP_DEVICE(record) ((const llmp_device *)(const void *)(record))
#define LLMP_RIG(record) ((const llmp_rig *)(const void *)(record))
#define LLMP_LINK(record) ((const llmp_link *)(const void *)(record))
#define LLMP_FORMAT(record) ((const llmp_format *)(const void *)(record))
#define LLMP_QUANT(record) ((const llmp_quant *)(const void *)(record))
#define LLMP_ENGINE(record) ((const llmp_engine *)(const void *)(record))
#define LLMP_PROFILE(record) ((const llmp_profile *)(const void *)(record))
#define LLMP_API_PRICE(record) ((const llmp_api_price *)(const void *)(record))
#define LLMP_SUBSCRIPTION(record) ((const llmp_subscription *)(const void *)(record))
#define LLMP_RENTAL(record) ((const llmp_rental *)(const void *)(record))
#define LLMP_TARIFF(record) ((const llmp_tariff *)(const void *)(record))
#define LLMP_ASSUMPTION(record) ((const llmp_assumption *)(const void *)(record))
#define LLMP_WORKLOAD(record) ((const llmp_workload *)(const void *)(record))
#define LLMP_TASK(record) ((const llmp_task *)(const void *)(record))

/* --- fields ------------------------------------------------------------------------------------
 */

typedef enum llmp_value_type {
    LLMP_VALUE_ABSENT = 0,
    LLMP_VALUE_TEXT = 1,   /**< also enumerations, dates, references */
    LLMP_VALUE_NUMBER = 2, /**< in the unit of the key, not the base unit */
    LLMP_VALUE_COUNT = 3,  /**< whole number, unit of the key */
    LLMP_VALUE_BOOL = 4,
    LLMP_VALUE_TEXTS = 5,  /**< list of texts or of enumeration names; read with llmp_value_text */
    LLMP_VALUE_RECORDS = 6 /**< list of sub-records; see llmp_value_at */
} llmp_value_type;

/** A field's value as YAML and JSON show it. Text lives as long as the catalog or in `buffer`. */
typedef struct llmp_value {
    llmp_value_type type;
    const char *text;
    double number;
    uint64_t count;
    bool boolean;
    const char *const *texts;      /**< TEXTS that are not enumerations; else NULL */
    const char *const *enum_names; /**< TEXTS that are; names by value */
    size_t size;                   /**< entries of TEXTS or RECORDS */
    const void *records;           /**< first sub-record, or first enumeration value */
    const struct llmp_schema *record_schema;
    char buffer[32];
} llmp_value;

/** One key of a record type. Everything that reads, writes or documents records goes through these.
 */
typedef struct llmp_field_info {
    const char *key; /**< as in YAML and JSON, unit included */
    const char
        *type; /**< "text", "id", "number", "count", "bool", "date", "one of", "list of ..." */
    const char *unit; /**< "GB/s", "" */
    double min;       /**< of numbers and counts, in the unit of the key */
    double max;
    bool required;
    const char *doc;
} llmp_field_info;

typedef struct llmp_schema llmp_schema;

/** The schema of a kind's records. Never NULL for a valid kind. */
LLMP_API const llmp_schema *llmp_catalog_schema(llmp_kind kind);
LLMP_API size_t llmp_schema_size(const llmp_schema *schema);
/** Describes field i; false when i is out of range. */
LLMP_API bool llmp_schema_field(const llmp_schema *schema, size_t i, llmp_field_info *out);
/** Schema of the sub-records that field i lists, or NULL. */
LLMP_API const llmp_schema *llmp_schema_child(const llmp_schema *schema, size_t i);
/** The j-th word that field i may have, when it is a choice or a list of choices; NULL past the
 * last, or when it is none. */
LLMP_API const char *llmp_schema_choice(const llmp_schema *schema, size_t i, size_t j);
/** Reads field i of a record (or sub-record) of that schema. Absent gives LLMP_VALUE_ABSENT. */
LLMP_API void llmp_schema_get(const llmp_schema *schema, const void *record, size_t i,
                              llmp_value *out);
/** The j-th sub-record of a LLMP_VALUE_RECORDS value; NULL when out of range. */
LLMP_API const void *llmp_value_at(const llmp_value *value, size_t j);
/** The j-th entry of a LLMP_VALUE_TEXTS value; NULL when out of range. */
LLMP_API const char *llmp_value_text(const llmp_value *value, size_t j);

/** True when the member at @p offset of a record of this kind is known. Use the macros. */
LLMP_API bool llmp_catalog_has(llmp_kind kind, const void *record, size_t offset);
#define LLMP_HAS_DEVICE(r, member) \
    llmp_catalog_has(LLMP_KIND_DEVICE, (r), offsetof(llmp_device, member))
#define LLMP_HAS_MODEL(r, member) \
    llmp_catalog_has(LLMP_KIND_MODEL, (r), offsetof(llmp_model, member))
#define LLMP_HAS_RIG(r, member) llmp_catalog_has(LLMP_KIND_RIG, (r), offsetof(llmp_rig, member))
#define LLMP_HAS_LINK(r, member) llmp_catalog_has(LLMP_KIND_LINK, (r), offsetof(llmp_link, member))
#define LLMP_HAS_QUANT(r, member) \
    llmp_catalog_has(LLMP_KIND_QUANT, (r), offsetof(llmp_quant, member))
#define LLMP_HAS_FORMAT(r, member) \
    llmp_catalog_has(LLMP_KIND_FORMAT, (r), offsetof(llmp_format, member))
#define LLMP_HAS_ENGINE(r, member) \
    llmp_catalog_has(LLMP_KIND_ENGINE, (r), offsetof(llmp_engine, member))
#define LLMP_HAS_PROFILE(r, member) \
    llmp_catalog_has(LLMP_KIND_PROFILE, (r), offsetof(llmp_profile, member))

#define LLMP_HAS_PRICE(r, member) \
    llmp_catalog_has(LLMP_KIND_PRICE, (r), offsetof(llmp_api_price, member))
#define LLMP_HAS_SUBSCRIPTION(r, member) \
    llmp_catalog_has(LLMP_KIND_SUBSCRIPTION, (r), offsetof(llmp_subscription, member))
#define LLMP_HAS_RENTAL(r, member) \
    llmp_catalog_has(LLMP_KIND_RENTAL, (r), offsetof(llmp_rental, member))
#define LLMP_HAS_TARIFF(r, member) \
    llmp_catalog_has(LLMP_KIND_TARIFF, (r), offsetof(llmp_tariff, member))
#define LLMP_HAS_ASSUMPTION(r, member) \
    llmp_catalog_has(LLMP_KIND_ASSUMPTION, (r), offsetof(llmp_assumption, member))
#define LLMP_HAS_WORKLOAD(r, member) \
    llmp_catalog_has(LLMP_KIND_WORKLOAD, (r), offsetof(llmp_workload, member))
#define LLMP_HAS_TASK(r, member) llmp_catalog_has(LLMP_KIND_TASK, (r), offsetof(llmp_task, member))

/** The same for tiers and windows of a price. */
LLMP_API bool llmp_price_tier_has(const llmp_price_tier *tier, size_t offset);
LLMP_API bool llmp_price_window_has(const llmp_price_window *window, size_t offset);
#define LLMP_HAS_TIER(t, member) llmp_price_tier_has((t), offsetof(llmp_price_tier, member))
#define LLMP_HAS_WINDOW(w, member) llmp_price_window_has((w), offsetof(llmp_price_window, member))

/** The same for a block of a model. */
LLMP_API bool llmp_block_has(const llmp_block *block, size_t offset);
#define LLMP_HAS_BLOCK(b, member) llmp_block_has((b), offsetof(llmp_block, member))

/** Source, date and grade that hold for one key of a record (its own or the record's). */
LLMP_API void llmp_catalog_provenance(llmp_kind kind, const llmp_record *record, const char *key,
                                      llmp_field_source *out);

/**
 * A device with the facts it lacks taken from the device it is `like`, and so on along the chain.
 * Identity, classes, prices and powers stay its own. A fact is filled in when it is known in @p out
 * and not in @p device; its grade is at best derived.
 * @param out  a copy; strings and lists borrowed from the catalog
 * @return how many facts were filled in
 */
LLMP_API size_t llmp_device_fill(const llmp_catalog *catalog, const llmp_device *device,
                                 llmp_device *out);

/* --- money -------------------------------------------------------------------------------------
 */

/**
 * The price of a model in force on a day: @p name resolves as in llmp_catalog_find to some record
 * of the model, and among all records of the same provider, model and region whose span holds the
 * day the one is taken that began or was seen last by then.
 * @param as_of     0: the date of the built-in data
 * @param out_note  optional, as llmp_catalog_find; also says when the model is retired by that day
 * @return LLMP_E_UNKNOWN, LLMP_E_AMBIGUOUS as llmp_catalog_find; LLMP_E_NO_DATA when no record's
 *         span holds the day (the hint names the spans' ends)
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_price_in_force(const llmp_catalog *catalog,
                                                        const char *name, llmp_date as_of,
                                                        const llmp_api_price **out,
                                                        char out_note[256], llmp_error *error);

/**
 * The first day after @p as_of on which another record of the same provider, model and region comes
 * into force; 0 when none is known.
 */
LLMP_API llmp_date llmp_price_next_change(const llmp_catalog *catalog, const llmp_api_price *price,
                                          llmp_date as_of);

/**
 * US dollars for one unit of a currency, from the latest assumption on or before @p as_of ("USD"
 * is 1). @p as_of 0: the date of the built-in data.
 * @return LLMP_E_NO_DATA when the catalog has no rate
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_currency_rate(const llmp_catalog *catalog,
                                                       const char *currency, llmp_date as_of,
                                                       double *out_usd, llmp_error *error);

/* --- machines ----------------------------------------------------------------------------------
 */

#define LLMP_MACHINE_DEVICES_MAX 64
#define LLMP_MACHINES_MAX 8

/**
 * A machine to run on: devices that can share one model, and the host around them. Resolved from a
 * device, "2x rtx-4090", a rig, or a cluster of equal machines over a link.
 */
typedef struct llmp_machine {
    char title[128];     /**< "2 x RTX 4090" */
    const llmp_rig *rig; /**< NULL when composed from devices */
    uint32_t device_count;
    const llmp_device *devices[LLMP_MACHINE_DEVICES_MAX];
    uint32_t machines;            /**< equal machines the devices are spread over; normally 1 */
    const llmp_link *device_link; /**< inside a machine; NULL: PCIe of the devices, or one device */
    const llmp_link *machine_link; /**< between machines; NULL when machines is 1 */
    const llmp_device *host_cpu;   /**< NULL: unknown */
    uint64_t host_memory_bytes;    /**< 0 with host_memory_known false: unknown */
    bool host_memory_known;
    bool host_assumed; /**< memory (and bandwidth) are those of the catalog's assumed-host */
    bool host_shares_device_memory;    /**< unified: host memory is the device's */
    double host_bandwidth_bytes_per_s; /**< theoretical; 0 when unknown */
    double disk_read_bytes_per_s;      /**< sequential; 0 when unknown */
    double device_power_limit_w;       /**< set on every device; 0: the rig's, else none */
} llmp_machine;

/**
 * Reads a machine expression: NAME, "Nx NAME", a rig id, or "A + B" (separate machines, one verdict
 * each). "2x dgx-spark" becomes a cluster over the device's network link.
 * @param out_machines  room for LLMP_MACHINES_MAX
 * @param out_note      as llmp_catalog_find; may be NULL
 * @return LLMP_E_UNKNOWN, LLMP_E_AMBIGUOUS as llmp_catalog_find; LLMP_E_RANGE for a count outside
 *         1..LLMP_MACHINE_DEVICES_MAX; LLMP_E_IMPOSSIBLE when such devices cannot be joined
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_machine_parse(const llmp_catalog *catalog,
                                                       const char *expression,
                                                       llmp_machine *out_machines,
                                                       size_t *out_count, char out_note[256],
                                                       llmp_error *error);

/**
 * Efficiency profile for an engine and backend on a device: the narrowest that exists for each
 * field, merged along the device's classes.
 * @param out        a merged profile; strings borrowed from the catalog
 * @param out_grade  grade of the merged profile: estimate when any used field is a prior
 * @return LLMP_E_NO_DATA when no profile covers the device at all
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_profile_resolve(
    const llmp_catalog *catalog, const llmp_engine *engine, const llmp_backend *backend,
    const llmp_device *device, llmp_profile *out, llmp_grade *out_grade, llmp_error *error);

/** As llmp_profile_resolve, with calibrated profiles left aside: what is known of the class. */
LLMP_API LLMP_NODISCARD llmp_status llmp_profile_resolve_class(
    const llmp_catalog *catalog, const llmp_engine *engine, const llmp_backend *backend,
    const llmp_device *device, llmp_profile *out, llmp_grade *out_grade, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
