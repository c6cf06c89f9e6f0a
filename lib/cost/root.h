/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bracketed root by Brent's method. */
#ifndef LLMP_COST_ROOT_H
#define LLMP_COST_ROOT_H

typedef double llmp__function(double x, void *with);

/**
 * The root of f between two points where its values have different signs (or one is 0). At a jump
 * across zero it is the place of the jump, on the side of @p high's sign.
 */
double llmp__root(llmp__function *f, void *with, double low, double f_low, double high,
                  double f_high);

#endif
