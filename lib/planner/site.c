/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/site.h"

#include <string.h>

const llmp_tariff *llmp__usual_tariff(const llmp_catalog *catalog, bool data_centre)
{
    const llmp_record *record = NULL;
    const char *name = data_centre ? "us-commercial" : "us-household";
    if (llmp_catalog_find(catalog, LLMP_KIND_TARIFF, name, &record, NULL, NULL) != LLMP_OK) {
        return NULL;
    }
    return (const llmp_tariff *)(const void *)record;
}

static bool is_about(const char *asked, const char *has)
{
    return asked == NULL ? has == NULL : has != NULL && strcmp(asked, has) == 0;
}

const llmp_assumption *llmp__assumption_of(const llmp_catalog *catalog, llmp_quantity quantity,
                                           const char *subject, const char *country)
{
    const llmp_assumption *best = NULL;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_ASSUMPTION); i++) {
        const llmp_record *record = llmp_catalog_at(catalog, LLMP_KIND_ASSUMPTION, i);
        const llmp_assumption *a = (const llmp_assumption *)(const void *)record;
        if (a->quantity == quantity && is_about(subject, a->subject) &&
            is_about(country, a->country) && (best == NULL || a->head.as_of > best->head.as_of)) {
            best = a;
        }
    }
    return best;
}
