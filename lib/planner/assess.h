/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of an assessment. */
#ifndef LLMP_PLANNER_ASSESS_H
#define LLMP_PLANNER_ASSESS_H

#include <llmplan/planner_assess.h>

#include "planner/cost_private.h"
#include "planner/fit.h"

struct llmp_assessment {
    llmp_assess_answer answer;
    llmp_fit *fits[LLMP_ASSESS_MODELS_MAX];
    llmp_fit_request asked[LLMP_ASSESS_MODELS_MAX]; /* as placed: machine, reserves, quant */
    llmp_machine parts[LLMP_ASSESS_MODELS_MAX];     /* the devices of each, where not all of them */
    llmp_cost *cost;
};

/**
 * Finds each model's devices, what the others leave it there, and quants that fit together, and
 * writes them into `asked`, which holds the requests with the whole machine.
 */
llmp_status llmp__assess_place(const llmp_catalog *catalog, llmp_assessment *assessment,
                               llmp_error *error);

/** Money of the first model's workload; what is not known is said in the answer. */
llmp_status llmp__assess_money(const llmp_catalog *catalog, const llmp_cost_request *cost,
                               llmp_assessment *assessment, llmp_error *error);

#endif
