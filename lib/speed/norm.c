/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "speed/step.h"

#include <math.h>

/* Profiles mostly have a small whole p, and a step takes a dozen of these powers. */
static double power(double x, double p)
{
    if (p > 8 || p > floor(p))
        return pow(x, p);
    double out = x;
    for (int i = 1; i < (int)p; i++)
        out *= x;
    return out;
}

double llmp__smooth_max(double a, double b, double c, double p)
{
    double top = a > b ? a : b;
    top = top > c ? top : c;
    if (!(top > 0) || isinf(top) || !(p > 0))
        return top;
    /* relative to the largest, so that no power over- or underflows to a wrong answer */
    double sum = 0;
    const double terms[3] = {a, b, c};
    for (int i = 0; i < 3; i++)
        if (terms[i] >= top)
            sum += 1;
        else if (terms[i] > 0)
            sum += power(terms[i] / top, p);
    return sum > 1 ? top * pow(sum, 1 / p) : top;
}
