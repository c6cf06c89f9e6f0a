/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which published scores speak of a model. */
#include "catalog/catalog_private.h"

#include <llmplan/catalog_score.h>

#include <string.h>

const char *llmp_account_name(llmp_account account)
{
    return (unsigned)account <= LLMP_ACCOUNT_QUOTED ? llmp__account_names[account] : "unknown";
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool speaks_of(const llmp_catalog *catalog, const llmp_score *score, llmp_scored of)
{
    if (of.model != NULL) {
        return same_text(score->model, of.model->head.id);
    }
    if (of.price == NULL) {
        return false;
    }
    if (score->api_model == NULL) {
        return same_text(score->model, of.price->open_model);
    }
    const llmp_record *record = llmp_catalog_get(catalog, LLMP_KIND_PRICE, score->api_model);
    return record != NULL && same_text(LLMP_API_PRICE(record)->provider, of.price->provider) &&
           same_text(LLMP_API_PRICE(record)->model, of.price->model);
}

static const llmp_score *score_at(const llmp_catalog *catalog, size_t i)
{
    return LLMP_SCORE(llmp_catalog_at(catalog, LLMP_KIND_SCORE, i));
}

/* The best score of @p account, or of any when it is negative. */
static const llmp_score *find(const llmp_catalog *catalog, llmp_scored of, const char *benchmark,
                              llmp_date day, int account)
{
    const llmp_score *best = NULL;
    size_t count = llmp_catalog_count(catalog, LLMP_KIND_SCORE);
    for (size_t i = 0; i < count; i++) {
        const llmp_score *s = score_at(catalog, i);
        if (strcmp(s->benchmark, benchmark) != 0 || s->head.as_of > day ||
            (account >= 0 && s->account != (llmp_account)account) || !speaks_of(catalog, s, of)) {
            continue;
        }
        if (best == NULL || s->account < best->account ||
            (s->account == best->account && s->head.as_of > best->head.as_of)) {
            best = s;
        }
    }
    return best;
}

const llmp_score *llmp_score_of(const llmp_catalog *catalog, llmp_scored of, const char *benchmark,
                                llmp_date as_of)
{
    return catalog == NULL || benchmark == NULL
               ? NULL
               : find(catalog, of, benchmark, llmp__day_or_data(as_of), -1);
}

size_t llmp_scores_of(const llmp_catalog *catalog, llmp_scored of, llmp_date as_of,
                      const llmp_score **out, size_t max)
{
    size_t found = 0;
    llmp_date day = llmp__day_or_data(as_of);
    size_t count = catalog == NULL ? 0 : llmp_catalog_count(catalog, LLMP_KIND_SCORE);
    for (size_t i = 0; i < count; i++) {
        const llmp_score *s = score_at(catalog, i);
        if (s->head.as_of <= day && speaks_of(catalog, s, of)) {
            if (found < max) {
                out[found] = s;
            }
            found++;
        }
    }
    return found;
}

size_t llmp_score_pairs(const llmp_catalog *catalog, llmp_scored a, llmp_scored b, llmp_date as_of,
                        llmp_score_pair *out, size_t max)
{
    size_t found = 0;
    llmp_date day = llmp__day_or_data(as_of);
    size_t count = catalog == NULL ? 0 : llmp_catalog_count(catalog, LLMP_KIND_BENCHMARK);
    for (size_t i = 0; i < count; i++) {
        llmp_score_pair pair = {LLMP_BENCHMARK(llmp_catalog_at(catalog, LLMP_KIND_BENCHMARK, i)),
                                NULL, NULL, false};
        for (int account = LLMP_ACCOUNT_INDEPENDENT;
             account < (int)LLMP_ACCOUNT_QUOTED && !pair.same_account; account++) {
            pair.a = find(catalog, a, pair.benchmark->head.id, day, account);
            pair.b = find(catalog, b, pair.benchmark->head.id, day, account);
            pair.same_account = pair.a != NULL && pair.b != NULL;
        }
        if (!pair.same_account) {
            pair.a = find(catalog, a, pair.benchmark->head.id, day, -1);
            pair.b = find(catalog, b, pair.benchmark->head.id, day, -1);
        }
        if (pair.a != NULL && pair.b != NULL) {
            if (found < max) {
                out[found] = pair;
            }
            found++;
        }
    }
    return found;
}
