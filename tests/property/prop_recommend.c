/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of every recommendation: better in everything is never behind, more choice is
 * never worse, order of the catalog is nothing, and limits hold. */
#include "t.h"

#include "planner/recommend.h"

#include <math.h>
#include <stdlib.h>

enum { TRIES = 25 };

static uint64_t seed = 88172645463325252u;
static llmp_error error;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double uniform(void)
{
    return (double)(next() >> 11) / 9007199254740992.0;
}

static double between(double low, double high)
{
    return low * exp(uniform() * log(high / low));
}

static const char *const names[] = {"llama-3.1-8b",  "qwen3-32b",     "gpt-oss-20b",
                                    "gpt-oss-120b",  "qwen3-30b-a3b", "llama-3.1-70b",
                                    "deepseek-v3.2", "gemma-3-27b"};

static llmp_fit_request fit;

static llmp_recommend_request random_request(const llmp_catalog *catalog)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    llmp_recommend_request r = LLMP_RECOMMEND_REQUEST_INIT;
    const char *name = names[next() % (sizeof names / sizeof *names)];
    fit = initial;
    fit.model = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, name));
    assert_non_null(fit.model);
    fit.memory.context_tokens = (uint64_t)between(512, 60000);
    fit.prompt_tokens = between(10, 8000);
    r.model_count = 1;
    r.models = &fit;
    r.budget_usd = uniform() < 0.2 ? 0 : between(800, 40000);
    r.decode_min_tokens_per_s = uniform() < 0.5 ? 0 : between(1, 60);
    r.ttft_max_s = uniform() < 0.5 ? 0 : between(0.2, 20);
    r.peak_max_w = uniform() < 0.6 ? 0 : between(200, 3000);
    r.users_count = (uint32_t)between(1, 9);
    r.output_tokens = between(20, 3000);
    r.buying = uniform() < 0.5 ? LLMP_BUYING_NEW : LLMP_BUYING_USED;
    r.objective = (llmp_objective)(next() % LLMP_OBJECTIVE_COUNT);
    r.circuit = LLMP_CIRCUIT(llmp_catalog_at(
        catalog, LLMP_KIND_CIRCUIT, next() % llmp_catalog_count(catalog, LLMP_KIND_CIRCUIT)));
    return r;
}

static double watts(const llmp_recommend_row *row)
{
    return isnan(row->peak_w) ? HUGE_VAL : row->peak_w;
}

static bool better_in_everything(const llmp_recommend_row *a, const llmp_recommend_row *b)
{
    return a->usd < b->usd && a->decode_tokens_per_s.p50 > b->decode_tokens_per_s.p50 &&
           a->prefill_tokens_per_s.p50 > b->prefill_tokens_per_s.p50 &&
           a->ttft_s.p50 < b->ttft_s.p50 && a->users_count >= b->users_count &&
           watts(a) <= watts(b);
}

static void better_is_never_behind_and_limits_hold(void **state)
{
    llmp_catalog *catalog = NULL;
    (void)state;
    assert_ok(llmp_catalog_create(&catalog, &error));
    for (int t = 0; t < TRIES; t++) {
        llmp_recommendation *it = NULL;
        llmp_recommend_request r = random_request(catalog);
        assert_ok(llmp_recommend_create(catalog, &r, &it, &error));
        const llmp_recommend_answer *a = llmp_recommend_answer_of(it);
        for (size_t i = 0; i < a->met_count; i++) {
            const llmp_recommend_row *row = &a->rows[i];
            assert_int_equal(row->rank, i + 1);
            assert_true(r.budget_usd <= 0 || row->usd <= r.budget_usd);
            assert_true(row->decode_tokens_per_s.p50 >= r.decode_min_tokens_per_s);
            assert_true(r.ttft_max_s <= 0 || row->ttft_s.p50 <= r.ttft_max_s);
            assert_true(r.peak_max_w <= 0 || row->peak_w <= r.peak_max_w);
            assert_true(row->low_usd <= row->usd && row->usd <= row->high_usd);
            for (size_t j = 0; j < i; j++) {
                if (better_in_everything(row, &a->rows[j])) {
                    fail_msg("%s stands behind %s (objective %s)", row->title, a->rows[j].title,
                             llmp_objective_name(r.objective));
                }
            }
        }
        size_t sum = 0;
        for (size_t i = 0; i < a->row_count; i++) {
            assert_true(i == 0 || a->rows[i].why[0] != '\0');
        }
        for (int i = 0; i < (int)LLMP_REJECTION_COUNT; i++) {
            sum += a->rejected[i];
        }
        assert_int_equal(sum, a->row_count);
        llmp_recommend_destroy(&it);
    }
    llmp_catalog_destroy(&catalog);
}

/* Whole families change places; within one the memories keep their rising order. */
static void shuffle(llmp__offers *offers)
{
    llmp__offer **out = malloc((offers->count + 1) * sizeof *out);
    size_t used = 0;
    assert_non_null(out);
    while (offers->count > 0) {
        size_t at = next() % offers->count;
        uint32_t family = offers->items[at]->family;
        size_t kept = 0;
        for (size_t i = 0; i < offers->count; i++) {
            if (offers->items[i]->family == family) {
                out[used++] = offers->items[i];
            } else {
                offers->items[kept++] = offers->items[i];
            }
        }
        offers->count = kept;
    }
    memcpy(offers->items, out, used * sizeof *out);
    offers->count = used;
    free(out);
}

static void order_of_the_catalog_is_nothing(void **state)
{
    llmp_catalog *catalog = NULL;
    (void)state;
    assert_ok(llmp_catalog_create(&catalog, &error));
    for (int t = 0; t < TRIES / 2; t++) {
        llmp_recommendation *it = NULL;
        llmp_recommend_request r = random_request(catalog);
        assert_ok(llmp_recommend_create(catalog, &r, &it, &error));
        const llmp_recommend_answer *a = llmp_recommend_answer_of(it);
        llmp_recommendation *other = calloc(1, sizeof *other);
        assert_non_null(other);
        assert_ok(llmp__search_open(catalog, &r, &other->search, &error));
        assert_ok(llmp__offers_enumerate(&other->search, &error));
        shuffle(&other->search.offers);
        assert_ok(llmp__recommend_judge_all(other, &error));
        llmp__recommend_rank(other);
        assert_int_equal(a->row_count, other->answer.row_count);
        assert_int_equal(a->met_count, other->answer.met_count);
        assert_int_equal(a->step_count, other->answer.step_count);
        for (size_t i = 0; i < a->row_count; i++) {
            const llmp_recommend_row *x = &a->rows[i];
            const llmp_recommend_row *y = &other->answer.rows[i];
            assert_string_equal(x->title, y->title);
            assert_string_equal(x->why, y->why);
            assert_true(x->usd == y->usd && x->answer_s.p50 == y->answer_s.p50);
        }
        llmp_recommend_destroy(&it);
        llmp_recommend_destroy(&other);
    }
    llmp_catalog_destroy(&catalog);
}

static void more_choice_is_never_worse(void **state)
{
    (void)state;
    for (int t = 0; t < TRIES; t++) {
        llmp_catalog *catalog = NULL;
        llmp_recommendation *before = NULL;
        llmp_recommendation *after = NULL;
        char text[600];
        static const char *const devices[] = {"dgx-spark-gb10", "mac-studio-m5ultra-96",
                                              "framework-desktop-395-128",
                                              "mac-studio-m3ultra-512"};
        assert_ok(llmp_catalog_create(&catalog, &error));
        uint64_t resume = seed;
        llmp_recommend_request r = random_request(catalog);
        assert_ok(llmp_recommend_create(catalog, &r, &before, &error));
        const double usd = between(300, 20000);
        (void)snprintf(text, sizeof text,
                       "rigs:\n  - {id: test-offer, name: An offer, as_of: 2026-10, source: test,\n"
                       "     grade: measured, psu_w: 300,\n"
                       "     devices: [{device: %s, count: 1}],\n"
                       "     prices: [{kind: street, low_usd: %.2f, high_usd: %.2f,\n"
                       "     as_of: 2026-10, source: test, grade: measured}]}\n",
                       devices[next() % 4], usd, usd);
        const llmp_recommend_row *best = llmp_recommend_answer_of(before)->best;
        llmp_recommend_row old;
        const bool had = best != NULL;
        if (had) {
            old = *best;
        }
        llmp_catalog *larger = NULL;
        assert_ok(llmp_catalog_create(&larger, &error));
        assert_ok(llmp_catalog_overlay(larger, text, strlen(text), "test", &error));
        const uint64_t here = seed;
        seed = resume;
        r = random_request(larger);
        seed = here;
        assert_ok(llmp_recommend_create(larger, &r, &after, &error));
        const llmp_recommend_row *now = llmp_recommend_answer_of(after)->best;
        assert_true(!had || now != NULL);
        assert_true(!had || llmp__recommend_order(r.objective, now, &old) <= 0);
        llmp_recommend_destroy(&before);
        llmp_recommend_destroy(&after);
        llmp_catalog_destroy(&catalog);
        llmp_catalog_destroy(&larger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(better_is_never_behind_and_limits_hold),
        cmocka_unit_test(order_of_the_catalog_is_nothing),
        cmocka_unit_test(more_choice_is_never_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
