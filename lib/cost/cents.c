/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounding a column of amounts so that it still adds up. */
#include <llmplan/cost_bill.h>

#include <math.h>

int64_t llmp_cents_split(const double *usd, size_t count, int64_t *cents)
{
    double sum = 0.0;
    int64_t placed = 0;
    for (size_t i = 0; i < count; i++) {
        sum += usd[i];
        cents[i] = (int64_t)floor(usd[i] * 100.0);
        placed += cents[i];
    }
    int64_t total = llround(sum * 100.0);
    for (int64_t left = total - placed; left > 0; left--) {
        /* the line that rounding down took most from; a cent added makes its remainder negative */
        size_t best = 0;
        double most = -HUGE_VAL;
        for (size_t i = 0; i < count; i++) {
            double remainder = usd[i] * 100.0 - (double)cents[i];
            if (remainder > most) {
                most = remainder;
                best = i;
            }
        }
        if (count == 0) {
            break;
        }
        cents[best]++;
    }
    return total;
}
