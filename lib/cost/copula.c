/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Gaussian copula. */
#include "cost/copula.h"

#include "base/error.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static int index_of(llmp_factor factor, const llmp_factor *factors, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (factors[i] == factor) {
            return (int)i;
        }
    }
    return -1;
}

/* In place, the lower triangle. GSL's would call its error handler where there is none. */
static bool cholesky(llmp__copula *c)
{
    for (unsigned j = 0; j < c->count; j++) {
        for (unsigned i = j; i < c->count; i++) {
            double sum = c->factor[i][j];
            for (unsigned k = 0; k < j; k++) {
                sum -= c->factor[i][k] * c->factor[j][k];
            }
            if (i == j && !(sum > 1e-9)) {
                return false;
            }
            c->factor[i][j] = i == j ? sqrt(sum) : sum / c->factor[j][j];
        }
    }
    return true;
}

llmp_status llmp__copula_open(llmp__copula *out, const llmp_risk_options *options,
                              const llmp_factor *factors, unsigned count, llmp_error *error)
{
    bool any = false;
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < count; i++) {
        out->factor[i][i] = 1.0;
    }
    for (size_t i = 0; i < options->correlation_count; i++) {
        const llmp_correlation *pair = &options->correlation[i];
        int a = index_of(pair->a, factors, count);
        int b = index_of(pair->b, factors, count);
        if (a >= 0 && b >= 0 && a != b) {
            out->factor[a > b ? a : b][a > b ? b : a] = pair->ratio;
            any = any || pair->ratio != 0.0;
        }
    }
    out->count = any ? count : 0;
    return cholesky(out) ? LLMP_OK
                         : llmp__fail(error, LLMP_E_RANGE,
                                      "correlations that contradict each other: no factors can "
                                      "move so");
}

void llmp__copula_apply(const llmp__copula *c, double *u)
{
    double z[LLMP_FACTOR_COUNT];
    for (unsigned i = 0; i < c->count; i++) {
        z[i] = gsl_cdf_ugaussian_Pinv(u[i]);
    }
    for (unsigned i = 0; i < c->count; i++) {
        double sum = 0.0;
        for (unsigned k = 0; k <= i; k++) {
            sum += c->factor[i][k] * z[k];
        }
        u[i] = gsl_cdf_ugaussian_P(sum);
    }
}
