/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seconds of a task: turn after turn, each a prefill behind what is cached and a stretch of decode.
 */
#include <llmplan/planner_assess.h>

#include "base/error.h"

#include <stdio.h>

enum { TURNS_MAX = 1000 };

static double turn_prompt(const llmp_task *task, uint32_t turn)
{
    return turn == 0 ? task->prompt_tokens : task->turn_prompt_tokens;
}

double llmp_task_context_tokens(const llmp_task *task)
{
    double later = task->turns > 1 ? (double)(task->turns - 1) : 0.0;
    return task->prefix_tokens + task->prompt_tokens + later * task->turn_prompt_tokens +
           (later + 1.0) * task->output_tokens;
}

static void add(llmp_estimate *sum, const llmp_prefill_result *prefill,
                const llmp_decode_result *decode, double output_tokens)
{
    const llmp_estimate *p = &prefill->time_s;
    const llmp_estimate *rate = &decode->tokens_per_s;
    sum->p10 += p->p10 + output_tokens / rate->p90;
    sum->p50 += p->p50 + output_tokens / rate->p50;
    sum->p90 += p->p90 + output_tokens / rate->p10;
    sum->ceiling += p->ceiling + output_tokens / rate->ceiling;
    sum->grade = llmp_grade_worse(sum->grade, llmp_grade_worse(p->grade, rate->grade));
}

static void explain(const llmp_trace *trace, const llmp_task *task, uint32_t turn, double fresh,
                    double cached, double depth, double turn_s, llmp_grade grade)
{
    char inputs[160];
    char name[48];
    if (trace == NULL) {
        return;
    }
    (void)snprintf(inputs, sizeof inputs, "%.6g tokens after %.6g cached, then %.6g at depth %.6g",
                   fresh, cached, task->output_tokens, depth);
    (void)snprintf(name, sizeof name, "%.24s, turn %u", task->head.id, turn + 1);
    const llmp_trace_term term = {"task", name,   "prefill(new and lost) + output / decode rate",
                                  inputs, turn_s, "s",
                                  NULL,   grade};
    trace->emit(trace->user, &term);
}

llmp_status llmp_task_time_of(const llmp_speed_model *model, const llmp_task *task,
                              const llmp_trace *trace, llmp_task_time *out, llmp_error *error)
{
    if (model == NULL || task == NULL || out == NULL) {
        return llmp__fail_argument(error, "model, task or out", "is NULL");
    }
    if (task->turns < 1 || task->turns > TURNS_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "task %.60s: %u turns are outside 1 to %d",
                          task->head.id, task->turns, TURNS_MAX);
    }
    llmp_task_time time = {.time_s = {0, 0, 0, 0, LLMP_GRADE_EXACT}};
    double before = task->prefix_tokens;
    for (uint32_t turn = 0; turn < task->turns; turn++) {
        llmp_prefill_result prefill;
        llmp_decode_result decode;
        double cached = task->cache_hit_ratio * before;
        double fresh = turn_prompt(task, turn) + before - cached;
        double depth = before + turn_prompt(task, turn) + 0.5 * task->output_tokens;
        llmp_status status = llmp_speed_prefill(model, fresh, cached, 1, NULL, &prefill, error);
        if (status == LLMP_OK) {
            status = llmp_speed_decode(model, depth, 1, NULL, &decode, error);
        }
        if (status != LLMP_OK) {
            return status;
        }
        add(&time.time_s, &prefill, &decode, task->output_tokens);
        double decode_s = task->output_tokens / decode.tokens_per_s.p50;
        explain(trace, task, turn, fresh, cached, depth, prefill.time_s.p50 + decode_s,
                time.time_s.grade);
        time.prefill_s += prefill.time_s.p50;
        time.decode_s += decode_s;
        time.prefill_tokens += fresh;
        time.cached_tokens += cached;
        time.output_tokens += task->output_tokens;
        before += turn_prompt(task, turn) + task->output_tokens;
    }
    time.context_tokens = before;
    *out = time;
    return LLMP_OK;
}
