/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_COST_COMPARE_H
#define LLMP_COST_COMPARE_H

#include <llmplan/cost_answer.h>

/* When the discounted saving first reaches zero, and whether it stays there. */
typedef struct llmp__crossing {
    bool found;
    bool lasting;
    double months;
    double most_behind_usd;
} llmp__crossing;

llmp__crossing llmp__crossing_of(const llmp_flow *candidate, const llmp_flow *baseline,
                                 double discount_per_year_ratio);

#endif
