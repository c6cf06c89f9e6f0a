/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_CATALOG_WRITE_H
#define LLMP_CATALOG_WRITE_H

#include "base/text.h"
#include "catalog/schema.h"

/** Writes "models:" or the like, to be followed by records of that kind. */
void llmp__write_section(llmp__text *out, llmp_kind kind);

/** Writes a record as YAML that llmp_catalog_overlay reads back to the same facts. */
void llmp__write_record(llmp__text *out, llmp_kind kind, const llmp_record *record);

#endif
