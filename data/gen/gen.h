/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_GEN_H
#define LLMP_GEN_H

#include "catalog/tables.h"

/** Writes the tables as C; false, with a message on stderr, when the file cannot be written. */
bool llmp__gen_write(const char *path, const char *version, const llmp__tables *tables);

/** The loader made these records, so they may be completed. */
llmp_model *llmp__gen_mutable(const llmp_record *record);

#endif
