/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file site.h
 * @brief Where a machine stands: facts that several questions about money share.
 */
#ifndef LLMP_PLANNER_SITE_H
#define LLMP_PLANNER_SITE_H

#include <llmplan/catalog.h>

/** What assumptions call the place. */
#define LLMP__SITE_NAME(data_centre) ((data_centre) ? "data centre" : "room")

/** United States, commercial or household; NULL when the catalog has none. */
const llmp_tariff *llmp__usual_tariff(const llmp_catalog *catalog, bool data_centre);

/** The latest assumption about a quantity, of just that subject and country; NULL: there is none.
 */
const llmp_assumption *llmp__assumption_of(const llmp_catalog *catalog, llmp_quantity quantity,
                                           const char *subject, const char *country);

/** Fits resale guides: 62, 42, 30, 18, 12 % after 1 to 5 years. */
#define LLMP__RESIDUAL_PER_YEAR_RATIO 0.65

#endif
