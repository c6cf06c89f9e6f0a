/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file validate.h
 * @brief Inside a validation: rows, and how they are grouped.
 */
#ifndef LLMP_PLANNER_VALIDATE_H
#define LLMP_PLANNER_VALIDATE_H

#include <llmplan/validate.h>

#include "base/arena.h"

/** What of a row's scenario groups are made by. */
typedef struct llmp__traits {
    const char *architecture; /* dense, moe, hybrid */
    uint32_t devices;
    bool on_host;     /* on the CPU, or in part */
    bool driver_moot; /* the backend has one driver, or the row states which */
    bool llama_cpp;
} llmp__traits;

struct llmp_validation {
    llmp__arena arena;
    llmp_validate_row *rows;
    llmp__traits *traits; /* like rows */
    size_t count;
    size_t predicted;
    llmp_validate_group *groups;
    size_t group_count;
    size_t group_capacity;
};

/** Makes all groups of the predicted rows. @return LLMP_E_MEMORY */
llmp_status llmp__validate_group_rows(llmp_validation *validation, llmp_error *error);

#endif
