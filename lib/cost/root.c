/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/root.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

enum { ITERATIONS = 200, STATE_BYTES = 256 };

/* The solver's state is ours, so that GSL allocates nothing and has no error to handle: its values
 * are finite and of different signs whenever it is called. */
double llmp__root(llmp__function *f, void *with, double low, double f_low, double high,
                  double f_high)
{
    union {
        double align;
        unsigned char bytes[STATE_BYTES];
    } state;
    gsl_function function = {f, with};
    const gsl_root_fsolver_type *type = gsl_root_fsolver_brent;
    double root = high;
    if (f_high == 0.0 || !isfinite(f_low) || !isfinite(f_high) || type->size > sizeof state) {
        return high;
    }
    if (f_low == 0.0) {
        return low;
    }
    if ((f_low < 0.0) == (f_high < 0.0) ||
        type->set(state.bytes, &function, &root, low, high) != GSL_SUCCESS) {
        return high;
    }
    for (int i = 0; i < ITERATIONS; i++) {
        double width = fabs(high - low);
        if (type->iterate(state.bytes, &function, &root, &low, &high) != GSL_SUCCESS ||
            fabs(high - low) <= 1e-15 * fmax(fabs(low), fabs(high)) ||
            (i > 100 && fabs(high - low) >= width)) {
            break;
        }
    }
    return root;
}
