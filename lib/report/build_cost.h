/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `cost` and `breakeven` share. */
#ifndef LLMP_REPORT_BUILD_COST_H
#define LLMP_REPORT_BUILD_COST_H

#include "report/build.h"

#include <llmplan/report_cost.h>

enum { LLMP__COST_LABEL = 9 };

/* "1,234.56", from cents. */
const char *llmp__cents(llmp_document *d, int64_t cents);
/* "1,234 USD" above 1,000, with cents below. */
const char *llmp__usd(llmp_document *d, double usd);

/* Model, machine, API and workload, as text and data. */
void llmp__cost_heading(llmp_document *d, const llmp_cost_answer *a);
/* Flat seats, when they were asked for. */
void llmp__cost_seats_report(llmp_document *d, const llmp_cost_answer *a);
/* The machine and the API together, when that was asked for. */
void llmp__cost_hybrid_report(llmp_document *d, const llmp_cost_answer *a);
/* Warnings, the two kinds of comparison, where numbers are from, settings. */
void llmp__cost_closing(llmp_document *d, const llmp_cost *cost, bool with_trace);
/* A comparison of an option with an API. */
void llmp__data_comparison(llmp_document *d, llmp__node *parent, const char *key,
                           const llmp_comparison *c);

#endif
