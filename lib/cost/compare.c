/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One flow against another: when it pays, and what it brings. */
#include "cost/compare.h"

#include "base/error.h"
#include "cost/root.h"

#include <math.h>

/* --- the break-even month --------------------------------------------------------------------- */

/* The discounted saving within one month. */
typedef struct stretch {
    double from_usd;  /* as the month begins, its lumps paid */
    double slope_usd; /* over the month */
    double start;     /* in months */
} stretch;

static double saving_at(double months, void *with)
{
    const stretch *s = with;
    return s->from_usd + s->slope_usd * (months - s->start);
}

llmp__crossing llmp__crossing_of(const llmp_flow *candidate, const llmp_flow *baseline,
                                 double discount_per_year_ratio)
{
    llmp__crossing out = {false, true, 0.0, 0.0};
    double step =
        discount_per_year_ratio == 0.0 ? 1.0 : pow(1.0 + discount_per_year_ratio, -1.0 / 12.0);
    double discount = 1.0;
    double saving = 0.0;
    for (uint32_t m = 0; m < candidate->months; m++) {
        const llmp_flow_month *a = &candidate->month[m];
        const llmp_flow_month *b = &baseline->month[m];
        saving += (b->lump_usd - a->lump_usd) * discount;
        discount *= step;
        double slope = (b->running_usd - a->running_usd) * discount;
        double next = saving + slope;
        /* where money is equal to the last digits it is not behind */
        double noise = 1e-12 * (fabs(saving) + fabs(slope));
        if (!out.found && saving >= 0.0 && (m > 0 || slope >= 0.0)) {
            out.found = true;
            out.months = (double)m;
        } else if (!out.found && next >= -noise) {
            stretch s = {saving, slope, (double)m};
            out.found = true;
            out.months = next <= 0.0
                             ? (double)m + 1.0
                             : llmp__root(saving_at, &s, (double)m, saving, (double)m + 1.0, next);
        }
        out.lasting = !out.found || next >= -noise ? out.lasting : false;
        out.most_behind_usd = fmax(out.most_behind_usd, fmax(-saving, -next));
        saving = next;
    }
    out.lasting = out.found && out.lasting;
    return out;
}

/* --- the rate of return ----------------------------------------------------------------------- */

typedef struct pair {
    const llmp_flow *candidate;
    const llmp_flow *baseline;
} pair;

/* Net present value of the savings when a month's rate is exp(x) - 1. */
static double value_at(double x, void *with)
{
    const pair *p = with;
    double sum = 0.0;
    for (uint32_t m = 0; m < p->candidate->months; m++) {
        const llmp_flow_month *a = &p->candidate->month[m];
        const llmp_flow_month *b = &p->baseline->month[m];
        sum += (b->lump_usd - a->lump_usd) * exp(-x * (double)m) +
               (b->running_usd - a->running_usd) * exp(-x * ((double)m + 1.0));
    }
    return sum +
           (p->baseline->end_usd - p->candidate->end_usd) * exp(-x * (double)p->candidate->months);
}

static void note_sign(double usd, int *last, unsigned *changes)
{
    int sign = usd > 0.0 ? 1 : usd < 0.0 ? -1 : 0;
    if (sign != 0) {
        *changes += *last != 0 && *last != sign ? 1u : 0u;
        *last = sign;
    }
}

/* One change of sign means one rate at most (Descartes). */
static unsigned sign_changes(const pair *p)
{
    unsigned changes = 0;
    int last = 0;
    double end = p->baseline->end_usd - p->candidate->end_usd;
    for (uint32_t m = 0; m <= p->candidate->months; m++) {
        double usd = m == p->candidate->months
                         ? end
                         : p->baseline->month[m].lump_usd - p->candidate->month[m].lump_usd;
        usd += m == 0
                   ? 0.0
                   : p->baseline->month[m - 1].running_usd - p->candidate->month[m - 1].running_usd;
        note_sign(usd, &last, &changes);
    }
    return changes;
}

static bool find_irr(const pair *p, double *out_ratio)
{
    const double low = -0.25; /* a loss of 95 % a year */
    const double high = 3.0;
    pair copy = *p;
    double f_low = value_at(low, &copy);
    double f_high = value_at(high, &copy);
    if (sign_changes(p) != 1 || (f_low < 0.0) == (f_high < 0.0)) {
        return false;
    }
    double x = llmp__root(value_at, &copy, low, f_low, high, f_high);
    *out_ratio = expm1(12.0 * x);
    return true;
}

/* --- together --------------------------------------------------------------------------------- */

llmp_status llmp_compare_flows(const llmp_flow *candidate, const llmp_flow *baseline,
                               double discount_per_year_ratio, llmp_comparison *out,
                               llmp_error *error)
{
    if (candidate == NULL || baseline == NULL || out == NULL ||
        candidate->months != baseline->months) {
        return llmp__fail_argument(error, "candidate, baseline or out",
                                   "is NULL, or the horizons differ");
    }
    if (!(discount_per_year_ratio >= 0.0 && discount_per_year_ratio <= 10.0)) {
        return llmp__fail(error, LLMP_E_RANGE, "a discount rate of %g a year: 0 to 10",
                          discount_per_year_ratio);
    }
    llmp_comparison result = {.breaks_even = false};
    llmp__crossing even = llmp__crossing_of(candidate, baseline, discount_per_year_ratio);
    llmp__crossing plain = llmp__crossing_of(candidate, baseline, 0.0);
    result.breaks_even = even.found;
    result.breakeven_months = even.found ? even.months : 0.0;
    result.lasting = even.lasting;
    result.pays_back = plain.found;
    result.payback_months = plain.found ? plain.months : 0.0;
    result.most_behind_usd = plain.most_behind_usd;
    result.saving_usd = baseline->total_usd - candidate->total_usd;
    result.saving_present_usd = baseline->present_usd - candidate->present_usd;
    pair flows = {candidate, baseline};
    result.has_irr = find_irr(&flows, &result.irr_ratio);
    *out = result;
    return LLMP_OK;
}
