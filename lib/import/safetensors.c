/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/import_private.h"

#include "base/error.h"

llmp_status llmp__import_safetensors(const llmp__source *source, llmp_import *import)
{
    (void)import;
    return llmp__fail(source->error, LLMP_E_UNSUPPORTED, "safetensors");
}
