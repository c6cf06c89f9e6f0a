/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file finish.h
 * @brief What follows from a record's own fields: defaults, expanded layers, well-formed names.
 */
#ifndef LLMP_CATALOG_FINISH_H
#define LLMP_CATALOG_FINISH_H

#include "catalog/load.h"
#include "catalog/tables.h"

/** Last step of llmp__load_record. */
llmp_status llmp__finish_record(const llmp__loader *loader, llmp_kind kind, const llmp__node *map,
                                const char *path, void *record);

/**
 * Gives a model the geometry of the model it shares its shape with, for the fields it lacks. Does
 * nothing without same_shape_as or when that is unknown or a cycle (which the checks report).
 */
void llmp__finish_shape(const llmp__table *models, llmp_model *model);

#endif
