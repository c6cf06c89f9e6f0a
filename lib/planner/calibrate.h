/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file calibrate.h
 * @brief The parts of a machine's calibration.
 */
#ifndef LLMP_PLANNER_CALIBRATE_H
#define LLMP_PLANNER_CALIBRATE_H

#include "base/arena.h"

#include <llmplan/planner_calibrate.h>

struct llmp_machine_calibration {
    llmp_calibrate_answer answer;
    llmp_calibrate_row *rows;
    size_t row_count;
    llmp_profile class_profile;
    char *overlay;
    llmp__arena arena;
};

/** Writes the overlay of a finished answer. */
llmp_status llmp__calibrate_write(const llmp_catalog *catalog, llmp_date as_of,
                                  llmp_machine_calibration *calibration, llmp_error *error);

#endif
