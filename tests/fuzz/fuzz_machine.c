/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machine expressions, lookups and assignments from one line each. */
#include <llmplan/catalog.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const llmp_catalog *catalog, const char *text)
{
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_error error = LLMP_ERROR_INIT;
    char note[256];
    size_t count = 0;
    if (llmp_machine_parse(catalog, text, machines, &count, note, &error) != LLMP_OK) {
        if (error.status == LLMP_OK || error.status == LLMP_E_INTERNAL || count != 0) {
            abort();
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const llmp_machine *m = &machines[i];
        if (m->device_count < 1 || m->device_count > LLMP_MACHINE_DEVICES_MAX || m->machines < 1 ||
            (m->machines > 1) != (m->machine_link != NULL)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[512];
    llmp_catalog *catalog = NULL;
    const llmp_record *record = NULL;
    size_t length = size < sizeof text ? size : sizeof text - 1;
    if (length > 0) {
        memcpy(text, data, length);
    }
    text[length] = '\0';
    if (llmp_catalog_create(&catalog, NULL) != LLMP_OK) {
        return 0;
    }
    parse(catalog, text);
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        (void)(llmp_catalog_find(catalog, (llmp_kind)kind, text, &record, NULL, NULL) == LLMP_OK);
    }
    if (llmp_catalog_set(catalog, text, NULL, NULL) == LLMP_OK) {
        parse(catalog, text);
    }
    llmp_catalog_destroy(&catalog);
    return 0;
}
