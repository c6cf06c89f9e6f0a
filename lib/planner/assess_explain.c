/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derivation of an assessment. */
#include "planner/assess.h"

#include "base/error.h"

#include <stdio.h>

static void explain_loading(const llmp_assess_answer *a, const llmp_trace *trace)
{
    char inputs[160];
    (void)snprintf(inputs, sizeof inputs, "%.6g bytes at %.4g bytes/s%s", (double)a->disk_bytes,
                   a->disk_read_bytes_per_s, a->disk_assumed ? ", as of assumed-host" : "");
    const llmp_trace_term load = {"loading",
                                  "load_s",
                                  "weights / sequential read rate",
                                  inputs,
                                  a->load_s,
                                  "s",
                                  NULL,
                                  a->disk_assumed ? LLMP_GRADE_ESTIMATE : LLMP_GRADE_DATASHEET};
    trace->emit(trace->user, &load);
}

llmp_status llmp_assess_explain(const llmp_assessment *it, const llmp_trace *trace,
                                llmp_error *error)
{
    if (it == NULL || trace == NULL || trace->emit == NULL) {
        return llmp__fail_argument(error, "assessment or trace", "is NULL");
    }
    const llmp_assess_answer *a = &it->answer;
    llmp_status status = LLMP_OK;
    for (uint32_t i = 0; i < a->model_count && status == LLMP_OK; i++) {
        const llmp_speed_model *speed = llmp_fit_speed_model(it->fits[i]);
        status = llmp_fit_explain(it->fits[i], trace, error);
        for (uint32_t k = 0; k < a->task_count && speed != NULL && status == LLMP_OK; k++) {
            llmp_task_time time;
            status = llmp_task_time_of(speed, a->models[i].tasks[k].task, trace, &time, error);
        }
    }
    if (status == LLMP_OK) {
        explain_loading(a, trace);
        llmp_cost_explain(it->cost, trace);
    }
    return status;
}
