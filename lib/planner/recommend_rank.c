/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which is best, what stands on the front, why each other lost, what more money buys. */
#include "planner/recommend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- order ------------------------------------------------------------------------------------ */

static int ascending(double a, double b)
{
    return (a > b) - (a < b);
}

/* Unknown power comes after any known one. */
static double power(const llmp_recommend_row *row)
{
    return isnan(row->peak_w) ? HUGE_VAL : row->peak_w;
}

/* Twice the price must make answers a sixth faster; the first thousand dollars weigh little. */
static const double price_exponent = 0.25;
static const double price_floor_usd = 1000;

static double goal(llmp_objective objective, const llmp_recommend_row *row)
{
    switch (objective) {
    case LLMP_OBJECTIVE_VALUE:
        return row->answer_s.p50 * row->usd;
    case LLMP_OBJECTIVE_PRICE:
        return row->usd;
    case LLMP_OBJECTIVE_DECODE:
        return -row->decode_tokens_per_s.p50;
    case LLMP_OBJECTIVE_ANSWER:
    case LLMP_OBJECTIVE_COUNT:
        break;
    }
    return row->answer_s.p50 * pow(row->usd + price_floor_usd, price_exponent);
}

int llmp__recommend_order(llmp_objective objective, const llmp_recommend_row *a,
                          const llmp_recommend_row *b)
{
    const double keys[][2] = {
        {goal(objective, a), goal(objective, b)},
        {a->usd, b->usd},
        {a->answer_s.p50, b->answer_s.p50},
        {power(a), power(b)},
        {-(double)a->users_count, -(double)b->users_count},
        {-a->prefill_tokens_per_s.p50, -b->prefill_tokens_per_s.p50},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int order = ascending(keys[i][0], keys[i][1]);
        if (order != 0) {
            return order;
        }
    }
    return strcmp(a->title, b->title);
}

static int order_missed(const llmp_recommend_row *a, const llmp_recommend_row *b)
{
    int order = ascending(a->miss_log, b->miss_log);
    order = order != 0 ? order : (int)b->has_price - (int)a->has_price;
    order = order != 0 ? order : ascending(a->usd, b->usd);
    order = order != 0 ? order : (int)a->rejection - (int)b->rejection;
    return order != 0 ? order : strcmp(a->title, b->title);
}

/* qsort takes no context: one comparison for each objective. */
static int compare(llmp_objective objective, const void *x, const void *y)
{
    const llmp_recommend_row *a = x;
    const llmp_recommend_row *b = y;
    bool met_a = a->rejection == LLMP_REJECTION_NONE;
    bool met_b = b->rejection == LLMP_REJECTION_NONE;
    if (met_a != met_b) {
        return met_a ? -1 : 1;
    }
    return met_a ? llmp__recommend_order(objective, a, b) : order_missed(a, b);
}
static int by_answer(const void *a, const void *b)
{
    return compare(LLMP_OBJECTIVE_ANSWER, a, b);
}
static int by_value(const void *a, const void *b)
{
    return compare(LLMP_OBJECTIVE_VALUE, a, b);
}
static int by_price(const void *a, const void *b)
{
    return compare(LLMP_OBJECTIVE_PRICE, a, b);
}
static int by_decode(const void *a, const void *b)
{
    return compare(LLMP_OBJECTIVE_DECODE, a, b);
}

/* --- front ------------------------------------------------------------------------------------ */

/* As good in everything. */
static bool covers(const llmp_recommend_row *a, const llmp_recommend_row *b)
{
    return a->usd <= b->usd && a->decode_tokens_per_s.p50 >= b->decode_tokens_per_s.p50 &&
           a->prefill_tokens_per_s.p50 >= b->prefill_tokens_per_s.p50 &&
           a->users_count >= b->users_count && power(a) <= power(b);
}

/* ", answers take 1.4 times as long", or nothing when they are as fast. */
static const char *and_slower(const llmp_recommend_row *row, const llmp_recommend_row *best,
                              char text[64])
{
    const double ratio = row->answer_s.p50 / best->answer_s.p50;
    const bool same = ratio > 0.98 && ratio < 1.02;
    (void)snprintf(text, 64, same ? ", answers as fast" : ", answers take %.3g times as long",
                   ratio);
    return text;
}

/* What speaks for one that is not the best: the largest of its advantages, in words. */
static void praise(const llmp_recommend_row *row, const llmp_recommend_row *best, char why[240])
{
    char usd[40];
    char slower[64];
    const double leads[] = {
        best->usd > 0 && row->usd > 0 ? best->usd / row->usd : 1,
        row->decode_tokens_per_s.p50 / best->decode_tokens_per_s.p50,
        row->prefill_tokens_per_s.p50 / best->prefill_tokens_per_s.p50,
        best->users_count > 0 ? (double)row->users_count / best->users_count : 1,
        isnan(row->peak_w) || isnan(best->peak_w) ? 0 : best->peak_w / row->peak_w,
    };
    size_t lead = 0;
    for (size_t i = 1; i < sizeof leads / sizeof *leads; i++) {
        lead = leads[i] > leads[lead] ? i : lead;
    }
    (void)and_slower(row, best, slower);
    if (row->answer_s.p50 < best->answer_s.p50 && row->usd > best->usd) {
        (void)llmp_count_format((uint64_t)floor(row->usd - best->usd), usd, sizeof usd);
        (void)snprintf(why, 240, "answers %.3g times as fast, for %s USD more",
                       best->answer_s.p50 / row->answer_s.p50, usd);
    } else if (leads[lead] <= 1) {
        (void)snprintf(why, 240, "its power is known, the best's is not%s", slower);
    } else if (lead == 0) {
        (void)llmp_count_format((uint64_t)floor(best->usd - row->usd), usd, sizeof usd);
        (void)snprintf(why, 240, "%s USD less%s", usd, slower);
    } else if (lead == 1) {
        (void)snprintf(why, 240, "decodes %.3g times as fast", leads[lead]);
    } else if (lead == 2) {
        (void)snprintf(why, 240, "reads prompts %.3g times as fast%s", leads[lead], slower);
    } else if (lead == 3) {
        (void)snprintf(why, 240, "holds %u users to %u%s", (unsigned)row->users_count,
                       (unsigned)best->users_count, slower);
    } else {
        (void)snprintf(why, 240, "draws %.0f W to %.0f%s", row->peak_w, best->peak_w, slower);
    }
}

static void find_front(llmp_recommend_row *rows, size_t met, llmp_recommend_answer *answer)
{
    for (size_t i = 0; i < met; i++) {
        llmp_recommend_row *row = &rows[i];
        const llmp_recommend_row *by = NULL;
        for (size_t j = 0; j < met && by == NULL; j++) {
            bool better = covers(&rows[j], row) && (!covers(row, &rows[j]) || j < i);
            by = j != i && better ? &rows[j] : NULL;
        }
        row->rank = (uint32_t)(i + 1);
        row->front = by == NULL;
        answer->front_count += row->front ? 1 : 0;
        if (i == 0) {
            row->why[0] = '\0';
        } else if (row->front) {
            praise(row, &rows[0], row->why);
        } else {
            (void)snprintf(row->why, sizeof row->why, "%s #%u, %.180s",
                           covers(row, by) ? "the same figures as" : "in nothing better than",
                           (unsigned)by->rank, by->title);
        }
    }
}

/* --- what more money buys --------------------------------------------------------------------- */

static int by_usd(const void *x, const void *y)
{
    const llmp_recommend_row *const *a = x;
    const llmp_recommend_row *const *b = y;
    int order = ascending((*a)->usd, (*b)->usd);
    return order != 0 ? order : llmp__recommend_order(LLMP_OBJECTIVE_ANSWER, *a, *b);
}

/* Nothing but money stands against it. */
static bool only_money(const llmp_recommend_row *row, double budget_usd)
{
    return row->rejection == LLMP_REJECTION_NONE ||
           (row->rejection == LLMP_REJECTION_BUDGET && row->has_speed &&
            row->miss_log <= log(row->usd / budget_usd) + 1e-9);
}

/* Less than this much faster is no step: it lies well within the intervals. */
static const double step_ratio = 1.1;
/* A gain for so little says nothing of what a thousand would bring. */
static const double least_step_usd = 100;

static void find_steps(llmp_recommendation *it)
{
    llmp_recommend_answer *a = &it->answer;
    const double budget = it->search.request.budget_usd;
    const llmp_recommend_row **rows = calloc(a->row_count + 1, sizeof(*rows));
    size_t count = 0;
    if (rows == NULL) {
        return;
    }
    for (size_t i = 0; i < a->row_count; i++) {
        if (only_money(&it->rows[i], budget)) {
            rows[count++] = &it->rows[i];
        }
    }
    qsort(rows, count, sizeof(*rows), by_usd);
    const llmp_recommend_row *last = NULL;
    for (size_t i = 0; i < count && a->step_count < LLMP_RECOMMEND_STEPS_MAX; i++) {
        const llmp_recommend_row *row = rows[i];
        bool better = last == NULL || last->answer_s.p50 > step_ratio * row->answer_s.p50;
        if (!better) {
            continue;
        }
        llmp_recommend_step *step = &a->steps[a->step_count++];
        step->row = row;
        step->within_budget = !(budget > 0) || row->usd <= budget;
        step->extra_usd = last == NULL ? row->usd : row->usd - last->usd;
        double gain =
            row->decode_tokens_per_s.p50 - (last == NULL ? 0 : last->decode_tokens_per_s.p50);
        step->gain_per_1000_usd =
            step->extra_usd > least_step_usd ? gain / step->extra_usd * 1000 : (double)NAN;
        last = row;
    }
    free(rows);
}

/* --- scores ----------------------------------------------------------------------------------- */

static void check_floors(llmp_recommendation *it, char why[240])
{
    const llmp__search *s = &it->search;
    llmp_recommend_answer *a = &it->answer;
    a->scores_met = true;
    why[0] = '\0';
    for (uint32_t f = 0; f < s->request.floor_count; f++) {
        const llmp_score_floor *floor_ = &s->request.floors[f];
        for (uint32_t m = 0; m < s->request.model_count; m++) {
            const llmp_model *model = llmp__request_model(&s->models[m]);
            const llmp_score *score = llmp_score_of(s->catalog, (llmp_scored){model, NULL},
                                                    floor_->benchmark->head.id, s->day);
            a->scores[f][m] = score;
            if (score != NULL && score->value >= floor_->min) {
                continue;
            }
            a->scores_met = false;
            if (why[0] == '\0' && score == NULL) {
                (void)snprintf(why, 240, "no score of %.60s on %.40s is known, wanted %g",
                               model->head.name, floor_->benchmark->head.name, floor_->min);
            } else if (why[0] == '\0') {
                (void)snprintf(why, 240, "%.60s has %g on %.40s, wanted %g", model->head.name,
                               score->value, floor_->benchmark->head.name, floor_->min);
            }
        }
    }
}

void llmp__recommend_rank(llmp_recommendation *it)
{
    static int (*const orders[LLMP_OBJECTIVE_COUNT])(const void *, const void *) = {
        by_answer, by_value, by_price, by_decode};
    llmp_recommend_answer *a = &it->answer;
    char why[240];
    check_floors(it, why);
    for (size_t i = 0; i < a->row_count && !a->scores_met; i++) {
        llmp_recommend_row *row = &it->rows[i];
        row->miss_log = HUGE_VAL;
        if (row->rejection == LLMP_REJECTION_NONE) {
            row->rejection = LLMP_REJECTION_SCORE;
            memcpy(row->why, why, sizeof row->why);
        }
    }
    qsort(it->rows, a->row_count, sizeof *it->rows, orders[it->search.request.objective]);
    a->rows = it->rows;
    for (size_t i = 0; i < a->row_count; i++) {
        a->rejected[it->rows[i].rejection]++;
    }
    a->met_count = a->rejected[LLMP_REJECTION_NONE];
    find_front(it->rows, a->met_count, a);
    a->best = a->met_count > 0 ? &it->rows[0] : NULL;
    for (size_t i = a->met_count; i < a->row_count && a->nearest_miss == NULL; i++) {
        const llmp_recommend_row *row = &it->rows[i];
        a->nearest_miss = row->has_price && isfinite(row->miss_log) ? row : NULL;
    }
    find_steps(it);
}
