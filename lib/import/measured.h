/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file measured.h
 * @brief Building tables of measured rows.
 */
#ifndef LLMP_IMPORT_MEASURED_H
#define LLMP_IMPORT_MEASURED_H

#include <llmplan/measured.h>

#include "base/arena.h"

struct llmp_measured {
    llmp__arena arena;
    llmp_measured_row *rows;
    size_t count;
    size_t capacity;
};

/** An empty table; NULL when out of memory. */
llmp_measured *llmp__measured_new(void);

/** A row with nothing known, to be filled in; NULL when out of memory. Moves the earlier ones. */
llmp_measured_row *llmp__measured_add(llmp_measured *measured);

/** Copies text into the table; NULL when it is NULL, blank or memory is short. */
const char *llmp__measured_text(llmp_measured *measured, const char *text);

/** Makes unknown what lies outside its column's range, for rows that were not read from a CSV. */
void llmp__measured_forget_absurd(llmp_measured_row *row);

/** Sets phase and phase_text. */
void llmp__measured_set_phase(llmp_measured *measured, llmp_measured_row *row, const char *text);

#endif
