/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scrambled Sobol points. */
#ifndef LLMP_COST_SOBOL_H
#define LLMP_COST_SOBOL_H

#include <llmplan/status.h>

enum { LLMP__SOBOL_DIMENSIONS_MAX = 40 };

typedef struct llmp__sobol {
    unsigned dimensions;
    bool begun;
    void *state; /* GSL's, in memory of ours */
    uint32_t scramble[LLMP__SOBOL_DIMENSIONS_MAX];
} llmp__sobol;

/** @p dimensions 1 .. 40. @return LLMP_E_MEMORY */
llmp_status llmp__sobol_open(llmp__sobol *sobol, unsigned dimensions, uint64_t seed,
                             llmp_error *error);
/** The next point, inside (0,1) in each dimension. */
void llmp__sobol_next(llmp__sobol *sobol, double *out);
void llmp__sobol_close(llmp__sobol *sobol);

#endif
