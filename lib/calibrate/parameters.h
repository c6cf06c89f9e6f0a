/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file parameters.h
 * @brief The parameters of a profile on the scales they are fitted on.
 */
#ifndef LLMP_CALIBRATE_PARAMETERS_H
#define LLMP_CALIBRATE_PARAMETERS_H

#include <llmplan/calibrate.h>

typedef struct llmp__parameter {
    const char *key;
    size_t offset;       /* in llmp_profile */
    bool ratio;          /* at most 1: logit scale, else log */
    bool shares_compute; /* moves with the common effect */
    bool of_prefill;     /* believed as far as sigma_prefill says */
    double spread_ratio; /* how devices of a class differ */
} llmp__parameter;

extern const llmp__parameter llmp__parameters[LLMP_CALIBRATE_COUNT];

/** Effects: one per parameter, and one common to the compute efficiencies. */
enum { LLMP__COMMON_COMPUTE = LLMP_CALIBRATE_COUNT, LLMP__EFFECTS };

/** Width of the common effect as devices of a class differ. */
extern const double llmp__common_spread_ratio;

double llmp__to_scale(const llmp__parameter *p, double value);
double llmp__from_scale(const llmp__parameter *p, double x);
/** d ln(value) / dx at a value. */
double llmp__log_slope(const llmp__parameter *p, double value);

#endif
