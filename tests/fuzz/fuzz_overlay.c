/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An overlay is taken as a whole or not at all; what it leaves can be read and written. */
#include "base/text.h"
#include "catalog/write.h"

#include <llmplan/catalog.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_changed(const llmp_catalog *catalog)
{
    llmp__text text = {NULL, 0, 0, false};
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        for (size_t i = 0; i < llmp_catalog_count(catalog, (llmp_kind)kind); i++) {
            const llmp_record *r = llmp_catalog_at(catalog, (llmp_kind)kind, i);
            if (r->origin_count > 0) {
                llmp__write_record(&text, (llmp_kind)kind, r);
            }
        }
    }
    llmp__text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp_catalog *catalog = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        return 0;
    }
    size_t models = llmp_catalog_count(catalog, LLMP_KIND_MODEL);
    llmp_status status = llmp_catalog_overlay(catalog, (const char *)data, size, "fuzz", &error);
    if (status == LLMP_OK) {
        write_changed(catalog);
    } else if (error.status != status || status == LLMP_E_INTERNAL ||
               llmp_catalog_count(catalog, LLMP_KIND_MODEL) != models) {
        abort();
    }
    llmp_catalog_destroy(&catalog);
    return 0;
}
