/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in catalog, opened once for a test program, and its records by name. */
#ifndef LLMP_TEST_CATALOG_H
#define LLMP_TEST_CATALOG_H

#include "t.h"

#include <llmplan/catalog.h>

static llmp_catalog *catalog;
static llmp_error error;

static inline int open_catalog(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static inline int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static inline const llmp_record *named(llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    assert_ok(llmp_catalog_find(catalog, kind, name, &record, NULL, &error));
    return record;
}

/* The first machine of an expression; valid until the next call. */
static inline const llmp_machine *machine_named(const char *expression)
{
    static llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count;
    assert_ok(llmp_machine_parse(catalog, expression, machines, &count, NULL, &error));
    return &machines[0];
}

#endif
