/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every offer judged: alone, several of it, and two with a model each. */
#include "planner/recommend.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Dearer ones are not judged: what more money buys is told up to here. */
static const double beyond_budget_ratio = 1.5;
static const double beyond_budget_usd = 500;

enum { COPIES_MAX = 4, PAIRED_MAX = 48 };

static bool too_dear(const llmp__search *search, double usd)
{
    const double budget = search->request.budget_usd;
    return budget > 0 && usd > beyond_budget_ratio * budget + beyond_budget_usd;
}

static bool add_row(llmp_recommendation *it, const llmp_recommend_row *row)
{
    size_t count = it->answer.row_count;
    if (count == it->row_capacity) {
        size_t capacity = count * 2 + 256;
        llmp_recommend_row *rows = realloc(it->rows, capacity * sizeof *rows);
        if (rows == NULL) {
            return false;
        }
        it->rows = rows;
        it->row_capacity = capacity;
    }
    it->rows[count] = *row;
    it->answer.row_count++;
    return true;
}

/* --- several equal ones ----------------------------------------------------------------------- */

static void multiply(llmp_recommend_row *row, uint32_t copies)
{
    (void)snprintf(row->title, sizeof row->title, "%u separate: %.200s", (unsigned)copies,
                   row->members[0]->title);
    row->counts[0] = copies;
    /* what is owned is one of them */
    const llmp_config *c = row->members[0];
    double full_low = 0, full = 0, full_high = 0;
    for (uint32_t i = 0; i < c->part_count; i++) {
        const llmp_part *part = &c->parts[i];
        const uint32_t all = part->count + part->owned_count;
        full_low += part->price == NULL ? 0 : all * part->price->low_usd;
        full += all * part->unit_usd;
        full_high += part->price == NULL ? 0 : all * part->price->high_usd;
    }
    row->low_usd += (copies - 1) * full_low;
    row->usd += (copies - 1) * full;
    row->high_usd += (copies - 1) * full_high;
    row->peak_w *= copies;
    row->decode_w *= copies;
    row->users_count *= copies;
}

/* Parts that are owned and have no price cannot be bought a second time. */
static bool can_repeat(const llmp_config *c)
{
    for (uint32_t i = 0; i < c->part_count; i++) {
        if (c->parts[i].price == NULL && c->parts[i].owned_count > 0) {
            return false;
        }
    }
    return true;
}

static llmp_status judge_copies(llmp_recommendation *it, const llmp__offer *offer, uint32_t models,
                                llmp_error *error)
{
    const llmp__search *s = &it->search;
    const uint32_t users = s->request.users_count;
    llmp_status status = LLMP_OK;
    for (uint32_t n = 2; n <= COPIES_MAX && n <= users && status == LLMP_OK; n++) {
        llmp_recommend_row row;
        if (too_dear(s, offer->config.usd * n) || !can_repeat(&offer->config)) {
            break;
        }
        status = llmp__judge(s, offer, models, (users + n - 1) / n, &row, error);
        if (status != LLMP_OK || !row.has_speed) {
            continue;
        }
        multiply(&row, n);
        llmp__judge_limits(s, &row);
        if (!add_row(it, &row)) {
            return llmp__fail_memory(error, "a ranking");
        }
        if (row.rejection != LLMP_REJECTION_DECODE) {
            break; /* more of them serve nobody better */
        }
    }
    return status;
}

/* --- two different ones ----------------------------------------------------------------------- */

typedef struct single {
    const llmp__offer *offer;
    llmp_recommend_row row;
} single;

typedef struct singles {
    single items[PAIRED_MAX];
    size_t count;
} singles;

static bool as_good(const single *a, const single *b)
{
    return a->row.usd <= b->row.usd && a->row.answer_s.p50 <= b->row.answer_s.p50 &&
           (isnan(b->row.peak_w) || a->row.peak_w <= b->row.peak_w);
}

/* Keeps those that none is as good as in price, speed and power. */
static void keep_single(singles *list, const single *one)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (as_good(&list->items[i], one)) {
            return;
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!as_good(one, &list->items[i])) {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
    if (kept < PAIRED_MAX) {
        list->items[list->count++] = *one;
    }
}

static llmp_status judge_single(const llmp__search *s, const llmp__offer *offer, uint32_t model,
                                singles *list, llmp_error *error)
{
    single one = {.offer = offer};
    llmp_status status =
        llmp__judge(s, offer, 1U << model, s->request.users_count, &one.row, error);
    if (status == LLMP_OK && one.row.has_speed && one.row.has_price &&
        !(s->request.budget_usd > 0 && one.row.usd > beyond_budget_ratio * s->request.budget_usd)) {
        keep_single(list, &one);
    }
    return status;
}

static llmp_estimate slower(llmp_estimate a, llmp_estimate b)
{
    return a.p50 < b.p50 ? a : b;
}

static llmp_estimate longer(llmp_estimate a, llmp_estimate b)
{
    return a.p50 > b.p50 ? a : b;
}

static void join(const single *a, const single *b, llmp_recommend_row *row)
{
    const llmp_recommend_row *x = &a->row;
    const llmp_recommend_row *y = &b->row;
    *row = *x;
    (void)snprintf(row->title, sizeof row->title, "%.120s + %.120s", x->title, y->title);
    row->member_count = 2;
    row->members[1] = y->members[0];
    row->counts[1] = 1;
    row->model_member[1] = 1;
    row->low_usd += y->low_usd;
    row->usd += y->usd;
    row->high_usd += y->high_usd;
    row->peak_w += y->peak_w;
    row->decode_w += y->decode_w;
    row->has_noise = x->has_noise && y->has_noise;
    row->noise = x->noise > y->noise ? x->noise : y->noise;
    row->verdict = x->verdict > y->verdict ? x->verdict : y->verdict;
    row->decode_tokens_per_s = slower(x->decode_tokens_per_s, y->decode_tokens_per_s);
    row->prefill_tokens_per_s = slower(x->prefill_tokens_per_s, y->prefill_tokens_per_s);
    row->ttft_s = longer(x->ttft_s, y->ttft_s);
    row->answer_s = longer(x->answer_s, y->answer_s);
    row->users_count = x->users_count < y->users_count ? x->users_count : y->users_count;
}

static llmp_status judge_pairs(llmp_recommendation *it, const singles *first, const singles *second,
                               llmp_error *error)
{
    for (size_t i = 0; i < first->count; i++) {
        for (size_t j = 0; j < second->count; j++) {
            llmp_recommend_row row;
            const single *a = &first->items[i];
            const single *b = &second->items[j];
            bool uses_owned_twice = a->offer == b->offer && !can_repeat(&a->offer->config);
            if (too_dear(&it->search, a->row.usd + b->row.usd) || uses_owned_twice) {
                continue;
            }
            join(a, b, &row);
            llmp__judge_limits(&it->search, &row);
            if (!add_row(it, &row)) {
                return llmp__fail_memory(error, "a ranking");
            }
        }
    }
    return LLMP_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static llmp_status judge_offer(llmp_recommendation *it, const llmp__offer *offer, bool *out_fits,
                               llmp_error *error)
{
    const llmp__search *s = &it->search;
    const uint32_t all = (1U << s->request.model_count) - 1;
    llmp_recommend_row row;
    llmp_status status = LLMP_OK;
    *out_fits = false;
    if (offer->obstacle != LLMP_REJECTION_NONE || too_dear(s, offer->config.usd)) {
        llmp__row_of_offer(offer, &row);
    } else {
        status = llmp__judge(s, offer, all, s->request.users_count, &row, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    *out_fits = row.has_speed && row.verdict == LLMP_VERDICT_FITS;
    if (row.rejection != LLMP_REJECTION_PRICE_UNKNOWN && row.rejection != LLMP_REJECTION_NOT_SOLD &&
        row.rejection != LLMP_REJECTION_CANNOT_BUILD) {
        llmp__judge_limits(s, &row);
    }
    if (!add_row(it, &row)) {
        return llmp__fail_memory(error, "a ranking");
    }
    bool short_of_users =
        s->request.users_count > 1 &&
        (row.rejection == LLMP_REJECTION_MEMORY || row.rejection == LLMP_REJECTION_DECODE ||
         (row.has_speed && row.verdict != LLMP_VERDICT_FITS));
    return short_of_users ? judge_copies(it, offer, all, error) : LLMP_OK;
}

llmp_status llmp__recommend_judge_all(llmp_recommendation *it, llmp_error *error)
{
    const llmp__search *s = &it->search;
    singles *lists = calloc(2, sizeof *lists);
    uint32_t settled = 0; /* family that needs no more memory */
    llmp_status status = lists == NULL ? llmp__fail_memory(error, "pairs of machines") : LLMP_OK;
    for (size_t i = 0; i < s->offers.count && status == LLMP_OK; i++) {
        const llmp__offer *offer = s->offers.items[i];
        bool fits = false;
        if (offer->family == settled) {
            continue;
        }
        status = judge_offer(it, offer, &fits, error);
        settled = fits ? offer->family : settled;
        for (uint32_t m = 0; m < 2 && s->request.model_count == 2 && status == LLMP_OK; m++) {
            if (offer->obstacle == LLMP_REJECTION_NONE && !too_dear(s, offer->config.usd)) {
                status = judge_single(s, offer, m, &lists[m], error);
            }
        }
    }
    if (status == LLMP_OK && s->request.model_count == 2) {
        status = judge_pairs(it, &lists[0], &lists[1], error);
    }
    free(lists);
    return status;
}
