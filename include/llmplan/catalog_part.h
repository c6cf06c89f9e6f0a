/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_part.h
 * @brief Catalog records for what a machine is built from besides its cards: hosts, power supplies,
 * and the circuit in the wall.
 *
 * A host is a class of computer (processor, board, case, cooler, disk), not one product: where
 * parts are alike in what matters here, one record stands for them.
 */
#ifndef LLMPLAN_CATALOG_PART_H
#define LLMPLAN_CATALOG_PART_H

#include <llmplan/catalog.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What every one of so many cards gets in a host. */
typedef struct llmp_slot_layout {
    uint32_t cards;
    double slots_count; /**< widest card that fits with so many */
    uint32_t pcie_generation;
    uint32_t pcie_lanes; /**< of the card with the fewest */
    uint64_t present[2];
} llmp_slot_layout;

/** Memory that may be fitted. */
typedef struct llmp_memory_kit {
    uint64_t memory_bytes;
    double bandwidth_bytes_per_s; /**< theoretical, with these modules */
    const llmp_price *prices;
    size_t price_count;
    uint64_t present[2];
} llmp_memory_kit;

/** A computer without cards, memory and power supply. */
typedef struct llmp_host {
    llmp_record head;
    const char *cpu;                 /**< device id */
    const llmp_slot_layout *layouts; /**< by rising number of cards */
    size_t layout_count;
    const llmp_memory_kit *memories; /**< by rising size */
    size_t memory_count;
    double card_length_mm; /**< longest card */
    bool forced_airflow;   /**< cools passive cards, and only such or blowers belong in it */
    const char *psu;       /**< its own supplies, all fitted and in its price; NULL: bought apart */
    uint32_t psus_max;     /**< power supplies it takes side by side */
    double idle_w;         /**< at the wall, without cards */
    double load_w;         /**< most that it draws without cards */
    uint64_t disk_bytes;
    double disk_read_bytes_per_s;
    llmp_noise noise; /**< without cards */
    const llmp_price *prices;
    size_t price_count;
} llmp_host;

/** A power supply. */
typedef struct llmp_psu {
    llmp_record head;
    double rated_w;
    double load_ratio; /**< share of the rating to plan with: cards draw more for milliseconds */
    double efficiency_ratio;
    double mains_min_v;         /**< for the full rating */
    uint32_t power_16pin_count; /**< 12VHPWR or 12V-2x6 */
    uint32_t power_8pin_count;  /**< PCI Express */
    const llmp_price *prices;
    size_t price_count;
} llmp_psu;

/** What one circuit in the wall gives. */
typedef struct llmp_circuit {
    llmp_record head;
    double mains_v;
    double breaker_a;
    double continuous_ratio; /**< share of the breaker's current that may flow for hours */
} llmp_circuit;

#define LLMP_HOST(record) ((const llmp_host *)(const void *)(record))
#define LLMP_PSU(record) ((const llmp_psu *)(const void *)(record))
#define LLMP_CIRCUIT(record) ((const llmp_circuit *)(const void *)(record))

#define LLMP_HAS_HOST(r, member) llmp_catalog_has(LLMP_KIND_HOST, (r), offsetof(llmp_host, member))
#define LLMP_HAS_PSU(r, member) llmp_catalog_has(LLMP_KIND_PSU, (r), offsetof(llmp_psu, member))

/** Watts that may be drawn for hours: volts x amperes x continuous ratio. */
LLMP_API double llmp_circuit_w(const llmp_circuit *circuit);

/** Who pays what for a thing on a day. */
typedef enum llmp_buying {
    LLMP_BUYING_NEW = 0, /**< street, list and launch prices */
    LLMP_BUYING_USED = 1 /**< used ones too, and they come first */
} llmp_buying;

/**
 * The price to plan with on a day: of those seen by then and not more than two years before, the
 * latest; on the same day street before list before launch. A launch or list price counts no more
 * once the product is `discontinued`. Hourly prices and prices of `devices_only` are none.
 * @param as_of         0: the date of the built-in data
 * @param discontinued  0: still sold
 * @return NULL when there is none
 */
LLMP_API const llmp_price *llmp_price_to_buy(const llmp_price *prices, size_t count,
                                             llmp_buying buying, llmp_date discontinued,
                                             llmp_date as_of);

#ifdef __cplusplus
}
#endif
#endif
