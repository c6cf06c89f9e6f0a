/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who wins a row, and what is too close to call. */
#include "planner/compare.h"

#include <math.h>

/* Values without an interval that read the same. */
static const double same_ratio = 0.005;

/* ln of one side of an interval; 0 where there is none. */
static double side(double from, double to)
{
    return from > 0.0 && to > from ? log(to / from) : 0.0;
}

/* `best` is at least as good as `other`. */
static bool close_to(const llmp_estimate *best, const llmp_estimate *other, int sense)
{
    if (!(best->p50 > 0.0) || !(other->p50 > 0.0)) {
        return best->p50 == other->p50;
    }
    const double apart = fabs(log(best->p50 / other->p50));
    const double u = sense > 0 ? side(best->p10, best->p50) : side(best->p50, best->p90);
    const double v = sense > 0 ? side(other->p50, other->p90) : side(other->p10, other->p50);
    const double within = hypot(u, v);
    return apart <= (within > 0.0 ? within : log1p(same_ratio));
}

void llmp__compare_mark(llmp_compare_row *row, uint32_t count)
{
    const int sense = llmp_compare_metric_sense(row->metric);
    const llmp_compare_cell *best = NULL;
    uint32_t near = 0;
    uint32_t judged = 0; /* a win over what is unknown is none */
    if (sense == 0 || count < 2) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const llmp_compare_cell *cell = &row->cells[i];
        judged += cell->state == LLMP_COMPARE_UNKNOWN ? 0 : 1;
        if (cell->state == LLMP_COMPARE_VALUE &&
            (best == NULL || sense * (cell->value.p50 - best->value.p50) > 0.0)) {
            best = cell;
        }
    }
    for (uint32_t i = 0; best != NULL && judged > 1 && i < count; i++) {
        llmp_compare_cell *cell = &row->cells[i];
        if (cell->state == LLMP_COMPARE_VALUE && close_to(&best->value, &cell->value, sense)) {
            cell->mark = LLMP_COMPARE_TIES;
            near++;
        }
    }
    for (uint32_t i = 0; near == 1 && i < count; i++) {
        if (row->cells[i].mark == LLMP_COMPARE_TIES) {
            row->cells[i].mark = LLMP_COMPARE_WINS;
        }
    }
}
