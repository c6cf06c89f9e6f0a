/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures, as strangers send them; a first byte of 17 or 127 makes it an SMBIOS table. */
#include "calibrate/capture.h"

#include <llmplan/detect.h>
#include <llmplan/import.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const llmp_capture *capture)
{
    llmp_catalog *catalog = NULL;
    llmp_detected *machine = malloc(sizeof *machine);
    llmp_error error = LLMP_ERROR_INIT;
    if (machine == NULL || llmp_catalog_create(&catalog, NULL) != LLMP_OK) {
        free(machine);
        return;
    }
    *machine = (llmp_detected)LLMP_DETECTED_INIT;
    if (llmp_detect(catalog, capture, machine, &error) == LLMP_OK) {
        llmp_status status = llmp_detected_install(machine, 12.5e9, catalog, &error);
        bool told = status == LLMP_E_VALUE && error.field[0] != '\0';
        if (status != LLMP_OK && status != LLMP_E_NO_DATA && status != LLMP_E_MEMORY && !told) {
            abort(); /* what was detected is a good record, or names the number that is none */
        }
    }
    llmp_catalog_destroy(&catalog);
    free(machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp_capture *capture = NULL;
    llmp_capture *again = NULL;
    char *text = NULL;
    if (size > 0 && (data[0] == 17 || data[0] == 127)) {
        capture = llmp__capture_new();
        if (capture == NULL) {
            return 0;
        }
        llmp__capture_smbios(capture, data, size);
        if (llmp__capture_seal(capture, NULL) != LLMP_OK) {
            abort();
        }
    } else if (llmp_capture_parse((const char *)data, size, "fuzz", &capture, NULL) != LLMP_OK) {
        return 0;
    }
    use(capture);
    if (llmp_capture_text(capture, &text, NULL) == LLMP_OK) {
        if (llmp_capture_parse(text, strlen(text), "again", &again, NULL) != LLMP_OK) {
            abort();
        }
        llmp_capture_destroy(&again);
        llmp_text_free(text);
    }
    llmp_capture_destroy(&capture);
    return 0;
}
