/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cases.h
 * @brief Executable cases: what a file may ask, and the functions that answer.
 */
#ifndef LLMP_PLANNER_CASES_H
#define LLMP_PLANNER_CASES_H

#include "catalog/schema.h"

#include <llmplan/planner.h>

/** One case as its file states it. Absent inputs are 0 or NULL. */
typedef struct llmp__case {
    const char *id;
    const char *source;
    const char *question;
    const char *model;
    const char *quant;
    const char *machine;
    const char *engine;
    const char *backend;
    const char *const *set; /* catalog assignments, in force for this case */
    size_t set_count;
    uint64_t context_tokens;
    uint32_t parallel;
    uint32_t ubatch_tokens;
    uint32_t batch;
    double prompt_tokens;
    double depth_tokens;
    const char *kv_format;
    uint32_t flash_attention; /* llmp_choice */
    bool kv_split;
    bool window_full;
    uint32_t placement; /* llmp_placement */
    double experts_count;
    double experts_per_token_count;
    double skew_ratio;
    double build_year;
    double low_value;
    double high_value;
    uint32_t unit;
    double tolerance_ratio;
    double tolerance_value;
    bool differs;
    const char *note;
    uint64_t present[2];
} llmp__case;

extern const llmp_schema llmp__schema_case;
extern const char *const llmp__case_unit_names[];
/** Base units in one of the case's unit, indexed like the names. */
extern const double llmp__case_unit_scales[];

/** A question: its name, and the function that answers in base units. */
typedef struct llmp__question {
    const char *name;
    llmp_status (*answer)(const llmp_catalog *catalog, const llmp__case *input, double *out,
                          llmp_error *error);
} llmp__question;

extern const llmp__question llmp__questions[]; /* ends with a NULL name */

#endif
