/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the import targets share: read, walk everything, write the overlay, read that back. */
#ifndef LLMP_FUZZ_IMPORT_H
#define LLMP_FUZZ_IMPORT_H

#include <llmplan/import.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fuzz_import(const uint8_t *data, size_t size, llmp_import_kind kind)
{
    static llmp_catalog *catalog;
    llmp_error error;
    llmp_import *import = NULL;
    llmp_arch *arch = NULL;
    char *text = NULL;
    size_t count = 0;
    if (catalog == NULL && llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        abort();
    }
    if (llmp_import_memory(catalog, data, size, kind, "fuzz", &import, &error) != LLMP_OK) {
        return 0;
    }
    uint64_t total = 0;
    const llmp_tensor *tensors = llmp_import_tensors(import, &count);
    for (size_t i = 0; i < count; i++) {
        total += tensors[i].bytes + strlen(tensors[i].suffix);
    }
    (void)total;
    if (llmp_import_arch(catalog, import, NULL, &arch, &error) == LLMP_OK) {
        llmp_arch_destroy(&arch);
    }
    if (llmp_import_overlay_text(import, &text, &error) == LLMP_OK) {
        llmp_catalog *other = NULL;
        if (llmp_catalog_create(&other, &error) != LLMP_OK ||
            llmp_catalog_overlay(other, text, strlen(text), "fuzz", &error) != LLMP_OK) {
            abort(); /* what we write we must read */
        }
        llmp_catalog_destroy(&other);
    }
    llmp_text_free(text);
    llmp_import_destroy(&import);
    return 0;
}

#endif
