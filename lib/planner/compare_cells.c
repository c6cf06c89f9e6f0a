/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a comparison: what each metric takes from an assessment, and how a column of several
 * machines answers. */
#include "planner/compare.h"

#include <math.h>

/* How several machines answer as one. */
typedef enum joining {
    JOIN_BEST, /* the one that does it best */
    JOIN_SUM,
    JOIN_LEAST, /* everyone gets at least this */
    JOIN_MOST   /* they do it at the same time */
} joining;

typedef struct metric {
    const char *name;
    int sense;
    joining join;
    bool of_model; /* else of the machine */
} metric;

static const metric metrics[LLMP_COMPARE_METRIC_COUNT] = {
    [LLMP_COMPARE_VERDICT] = {"verdict", -1, JOIN_BEST, true},
    [LLMP_COMPARE_QUANT_LOSS] = {"quant_loss_ratio", -1, JOIN_BEST, true},
    [LLMP_COMPARE_CONTEXT] = {"max_context_tokens", 1, JOIN_BEST, true},
    [LLMP_COMPARE_DECODE] = {"decode_tokens_per_s", 1, JOIN_BEST, true},
    [LLMP_COMPARE_TTFT] = {"ttft_s", -1, JOIN_BEST, true},
    [LLMP_COMPARE_TASK] = {"task_s", -1, JOIN_BEST, true},
    [LLMP_COMPARE_USERS] = {"users_count", 1, JOIN_SUM, true},
    [LLMP_COMPARE_USER_SPEED] = {"user_tokens_per_s", 0, JOIN_LEAST, true},
    [LLMP_COMPARE_LOAD] = {"load_s", -1, JOIN_MOST, false},
    [LLMP_COMPARE_DISK] = {"disk_bytes", 0, JOIN_SUM, false},
    [LLMP_COMPARE_DECODE_W] = {"decode_w", -1, JOIN_SUM, false},
    [LLMP_COMPARE_IDLE_W] = {"idle_w", -1, JOIN_SUM, false},
    [LLMP_COMPARE_PRICE] = {"price_usd", -1, JOIN_SUM, false},
    [LLMP_COMPARE_MACHINES] = {"machines_count", -1, JOIN_SUM, false},
    [LLMP_COMPARE_USD_PER_MONTH] = {"usd_per_month", -1, JOIN_SUM, false},
    [LLMP_COMPARE_USD_PER_MTOK] = {"usd_per_mtok", -1, JOIN_SUM, false},
    [LLMP_COMPARE_NOISE] = {"noise", -1, JOIN_MOST, false},
    [LLMP_COMPARE_BREAKEVEN] = {"breakeven_months", -1, JOIN_SUM, false},
};

const char *llmp_compare_metric_name(llmp_compare_metric m)
{
    return (unsigned)m < LLMP_COMPARE_METRIC_COUNT ? metrics[m].name : "unknown";
}

int llmp_compare_metric_sense(llmp_compare_metric m)
{
    return (unsigned)m < LLMP_COMPARE_METRIC_COUNT ? metrics[m].sense : 0;
}

/* --- one machine ------------------------------------------------------------------------------ */

static llmp_compare_state exactly(double value, llmp_estimate *out)
{
    *out = (llmp_estimate){value, value, value, value, LLMP_GRADE_DERIVED};
    return isfinite(value) ? LLMP_COMPARE_VALUE : LLMP_COMPARE_UNKNOWN;
}

static llmp_compare_state point_of(const llmp_assess_point *points, uint32_t count, double tokens,
                                   llmp_estimate *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (points[i].tokens == tokens) {
            *out = points[i].value;
            return points[i].fits ? LLMP_COMPARE_VALUE : LLMP_COMPARE_NO;
        }
    }
    return LLMP_COMPARE_UNKNOWN;
}

static llmp_compare_state task_of(const llmp_assess_answer *a, const llmp_assess_model *m,
                                  const llmp_task *task, llmp_estimate *out)
{
    for (uint32_t i = 0; i < a->task_count; i++) {
        if (m->tasks[i].task == task) {
            *out = m->tasks[i].time.time_s;
            return m->tasks[i].fits ? LLMP_COMPARE_VALUE : LLMP_COMPARE_NO;
        }
    }
    return LLMP_COMPARE_UNKNOWN;
}

static bool needs_speed(llmp_compare_metric m)
{
    return m == LLMP_COMPARE_DECODE || m == LLMP_COMPARE_TTFT || m == LLMP_COMPARE_TASK ||
           m == LLMP_COMPARE_USERS || m == LLMP_COMPARE_USER_SPEED;
}

static llmp_compare_state of_model(const llmp_compare_row *row, const llmp_assess_answer *a,
                                   const llmp_assess_model *m, llmp_estimate *out)
{
    const bool cannot = m->fit->verdict == LLMP_VERDICT_CANNOT_RUN;
    if (row->metric == LLMP_COMPARE_VERDICT) {
        return exactly((double)m->fit->verdict, out);
    }
    if (cannot) {
        return LLMP_COMPARE_NO;
    }
    if (needs_speed(row->metric) && !m->has_speed) {
        return LLMP_COMPARE_UNKNOWN;
    }
    if (row->metric == LLMP_COMPARE_QUANT_LOSS) {
        return exactly(m->fit->quant == NULL ? (double)NAN : m->quant_loss_ratio, out);
    }
    if (row->metric == LLMP_COMPARE_CONTEXT) {
        return exactly((double)m->fit->max_context_tokens, out);
    }
    if (row->metric == LLMP_COMPARE_DECODE) {
        return point_of(m->decode_tokens_per_s, a->depth_count, row->tokens, out);
    }
    if (row->metric == LLMP_COMPARE_TTFT) {
        return point_of(m->ttft_s, a->prompt_count, row->tokens, out);
    }
    if (row->metric == LLMP_COMPARE_TASK) {
        return task_of(a, m, row->task, out);
    }
    if (row->metric == LLMP_COMPARE_USERS) {
        return exactly((double)m->users_count, out);
    }
    *out = m->user_tokens_per_s;
    return m->users_count > 0 ? LLMP_COMPARE_VALUE : LLMP_COMPARE_NO;
}

static llmp_compare_state of_machine(llmp_compare_metric m, const llmp_assess_answer *a,
                                     llmp_estimate *out)
{
    if (m == LLMP_COMPARE_LOAD) {
        return exactly(a->load_s, out);
    }
    if (m == LLMP_COMPARE_DISK) {
        return exactly((double)a->disk_bytes, out);
    }
    return exactly(m == LLMP_COMPARE_DECODE_W ? a->decode_w : a->idle_w, out);
}

/* --- several machines ------------------------------------------------------------------------- */

/* What each machine of a column says; those that say nothing are left out. */
typedef struct answers {
    uint32_t count;
    uint32_t machines[LLMP_MACHINES_MAX];
    llmp_compare_state states[LLMP_MACHINES_MAX];
    llmp_estimate values[LLMP_MACHINES_MAX];
} answers;

static bool takes_over(const metric *m, double better)
{
    return m->join == JOIN_BEST    ? m->sense * better > 0.0
           : m->join == JOIN_LEAST ? better < 0.0
                                   : better > 0.0;
}

static void add(llmp_estimate *sum, const llmp_estimate *value)
{
    sum->p10 += value->p10;
    sum->p50 += value->p50;
    sum->p90 += value->p90;
    sum->ceiling += value->ceiling;
    sum->grade = llmp_grade_worse(sum->grade, value->grade);
}

/* Machines that have no value leave the word to those that have, but of a sum over all. */
static void combine(const metric *m, const answers *all, llmp_compare_cell *cell)
{
    bool unknown = false;
    bool no = false;
    for (uint32_t i = 0; i < all->count; i++) {
        unknown = unknown || all->states[i] == LLMP_COMPARE_UNKNOWN;
        no = no || all->states[i] == LLMP_COMPARE_NO;
        if (all->states[i] != LLMP_COMPARE_VALUE) {
            continue;
        }
        if (cell->state != LLMP_COMPARE_VALUE) {
            cell->state = LLMP_COMPARE_VALUE;
            cell->value = all->values[i];
            cell->machine = all->machines[i];
        } else if (m->join == JOIN_SUM) {
            add(&cell->value, &all->values[i]);
        } else if (takes_over(m, all->values[i].p50 - cell->value.p50)) {
            cell->value = all->values[i];
            cell->machine = all->machines[i];
        }
    }
    if (m->join == JOIN_SUM && !m->of_model && unknown) {
        cell->state = LLMP_COMPARE_UNKNOWN;
    } else if (cell->state != LLMP_COMPARE_VALUE) {
        cell->state = no && !unknown ? LLMP_COMPARE_NO : LLMP_COMPARE_UNKNOWN;
    }
}

static void fill_cell(const llmp_compare *it, const llmp_compare_block *block,
                      const llmp_compare_subject *subject, const llmp_compare_row *row,
                      llmp_compare_cell *cell)
{
    const metric *m = &metrics[row->metric];
    const llmp_compare_column *column = &it->columns[subject->column];
    answers all = {.count = 0};
    for (uint32_t k = 0; k < column->machine_count; k++) {
        uint32_t slot = 0;
        const llmp_assessment *one =
            it->answer.together && (block->whole || !m->of_model)
                ? it->on[subject->column][k][0]
                : llmp_compare_assessment(it, subject->column, k, subject->model, &slot);
        const uint32_t i = all.count;
        all.machines[i] = k;
        if (one != NULL) {
            const llmp_assess_answer *a = llmp_assess_answer_of(one);
            all.states[i] = m->of_model ? of_model(row, a, &a->models[slot], &all.values[i])
                                        : of_machine(row->metric, a, &all.values[i]);
            all.count++;
        } else if (row->metric == LLMP_COMPARE_IDLE_W) { /* nothing lies there to tell by */
            all.states[i] = LLMP_COMPARE_UNKNOWN;
            all.count++;
        }
    }
    combine(m, &all, cell);
    cell->by_one = column->machine_count > 1 && m->join == JOIN_BEST &&
                   cell->state == LLMP_COMPARE_VALUE && row->metric != LLMP_COMPARE_VERDICT;
}

/* The worst verdict of all models; a column of machines has each on one of them. */
static void fill_worst(const llmp_compare *it, const llmp_compare_subject *subject,
                       llmp_compare_cell *cell)
{
    llmp_verdict worst = LLMP_VERDICT_FITS;
    for (uint32_t k = 0; k < it->columns[subject->column].machine_count; k++) {
        const llmp_assessment *one = it->on[subject->column][k][0];
        if (one != NULL && llmp_assess_answer_of(one)->verdict > worst) {
            worst = llmp_assess_answer_of(one)->verdict;
        }
    }
    cell->state = exactly((double)worst, &cell->value);
}

/* Busy with one user: the machine that decodes fastest decodes, the others idle. */
static void fill_decode_w(const llmp_compare *it, const llmp_compare_subject *subject,
                          llmp_compare_cell *cell)
{
    const llmp_compare_column *column = &it->columns[subject->column];
    uint32_t busy = LLMP_MACHINES_MAX;
    double best = 0.0;
    double sum = 0.0;
    for (uint32_t k = 0; k < column->machine_count; k++) {
        uint32_t slot;
        const llmp_assessment *one =
            llmp_compare_assessment(it, subject->column, k, subject->model, &slot);
        const llmp_assess_model *m = one == NULL ? NULL : &llmp_assess_answer_of(one)->models[slot];
        if (m != NULL && m->has_speed && m->fit->decode.tokens_per_s.p50 > best) {
            best = m->fit->decode.tokens_per_s.p50;
            busy = k;
        }
    }
    for (uint32_t k = 0; k < column->machine_count; k++) {
        uint32_t slot;
        const llmp_assessment *one =
            it->answer.together
                ? it->on[subject->column][k][0]
                : llmp_compare_assessment(it, subject->column, k, subject->model, &slot);
        const llmp_assess_answer *a = one == NULL ? NULL : llmp_assess_answer_of(one);
        sum += a == NULL ? (double)NAN : k == busy ? a->decode_w : a->idle_w;
    }
    cell->state = busy == LLMP_MACHINES_MAX ? LLMP_COMPARE_UNKNOWN : exactly(sum, &cell->value);
}

static void fill_price(const llmp_compare *it, const llmp_compare_subject *subject,
                       llmp_compare_cell *cell)
{
    const llmp_compare_column *column = &it->columns[subject->column];
    cell->state = LLMP_COMPARE_VALUE;
    cell->value.grade = LLMP_GRADE_EXACT;
    for (uint32_t k = 0; k < column->machine_count; k++) {
        llmp_machine_price price;
        if (!llmp_compare_price(it, subject->column, k, &price)) {
            cell->state = LLMP_COMPARE_UNKNOWN;
            return;
        }
        cell->value.p10 += price.low_usd;
        cell->value.p50 += price.usd;
        cell->value.p90 += price.high_usd;
        cell->value.grade = llmp_grade_worse(cell->value.grade, price.grade);
    }
    cell->value.ceiling = cell->value.p10;
}

/* Known of whole computers; a card's depends on the case around it. */
static void fill_noise(const llmp_compare *it, const llmp_compare_subject *subject,
                       llmp_compare_cell *cell)
{
    const llmp_compare_column *column = &it->columns[subject->column];
    double loudest = 0.0;
    for (uint32_t k = 0; k < column->machine_count; k++) {
        const llmp_device *device = column->machines[k].devices[0];
        const bool known = LLMP_HAS_DEVICE(device, noise);
        loudest = known ? fmax(loudest, (double)device->noise) : (double)NAN;
        if (!known) {
            break;
        }
    }
    cell->state = exactly(loudest, &cell->value);
}

void llmp__compare_cell(const llmp_compare *it, const llmp_compare_block *block,
                        const llmp_compare_subject *subject, const llmp_compare_row *row,
                        llmp_compare_cell *cell)
{
    if (row->metric == LLMP_COMPARE_PRICE) {
        fill_price(it, subject, cell);
    } else if (row->metric == LLMP_COMPARE_DECODE_W) {
        fill_decode_w(it, subject, cell);
    } else if (row->metric == LLMP_COMPARE_NOISE) {
        fill_noise(it, subject, cell);
    } else if (row->metric == LLMP_COMPARE_VERDICT && block->whole) {
        fill_worst(it, subject, cell);
    } else {
        fill_cell(it, block, subject, row, cell);
    }
}
