/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file check.h
 * @brief Invariants between fields and records that no single value shows.
 */
#ifndef LLMP_CATALOG_CHECK_H
#define LLMP_CATALOG_CHECK_H

#include "catalog/tables.h"

typedef struct llmp__checker {
    const llmp__tables *tables;
    llmp_date today; /* nothing may be dated later; 0: unchecked */
    void (*report)(void *context, const llmp_error *problem);
    void *context;
    size_t problems;
    size_t problems_max; /* enough: look no further */
} llmp__checker;

/** Checks one record: references, and the rules of its kind. Reports every problem. */
void llmp__check_record(llmp__checker *checker, llmp_kind kind, const llmp_record *record);

/**
 * Checks that no name of a new record is that of another record of the kind.
 * @return false when out of memory
 */
bool llmp__check_new_names(llmp__checker *checker, llmp_kind kind,
                           bool (*is_new)(const void *context, llmp_kind kind,
                                          const llmp_record *record),
                           const void *context);

/** The same for every pair of a kind: that ids, aliases and family names of a kind are told apart,
 * as llmp_catalog_find does.
 */
void llmp__check_names(llmp__checker *checker, llmp_kind kind);

/** Reports one problem with a key of a record. */
void llmp__check_problem(llmp__checker *checker, llmp_status status, llmp_kind kind,
                         const llmp_record *record, const char *key, const char *hint,
                         const char *format, ...) LLMP_PRINTF(7, 8);

/** The rules of prices, subscriptions, rentals, tariffs, assumptions and workloads. */
void llmp__check_money(llmp__checker *checker, llmp_kind kind, const llmp_record *record);

#endif
