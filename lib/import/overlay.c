/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "base/text.h"
#include "catalog/write.h"
#include "import/import_private.h"

llmp_status llmp_import_overlay_text(const llmp_import *import, char **out, llmp_error *error)
{
    if (import == NULL || out == NULL) {
        return llmp__fail_argument(error, "import", "is NULL");
    }
    llmp__text text = {0};
    llmp__write_section(&text, LLMP_KIND_MODEL);
    llmp__write_record(&text, LLMP_KIND_MODEL, &import->model.head);
    if (text.failed || text.data == NULL) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "the overlay");
    }
    *out = text.data; /* the caller's now */
    return LLMP_OK;
}
