/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Factors that move together: independent probabilities made dependent. */
#ifndef LLMP_COST_COPULA_H
#define LLMP_COST_COPULA_H

#include <llmplan/cost_risk.h>

/* The lower triangle of the Cholesky factor of the varied factors' correlations. */
typedef struct llmp__copula {
    unsigned count; /* 0: independent */
    double factor[LLMP_FACTOR_COUNT][LLMP_FACTOR_COUNT];
} llmp__copula;

/* Pairs of which one does not vary are left out. @return LLMP_E_RANGE */
llmp_status llmp__copula_open(llmp__copula *out, const llmp_risk_options *options,
                              const llmp_factor *factors, unsigned count, llmp_error *error);
/* Probabilities in, probabilities out; each stays uniform. */
void llmp__copula_apply(const llmp__copula *copula, double *u);

#endif
