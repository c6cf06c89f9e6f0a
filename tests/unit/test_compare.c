/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks by hand; columns of several machines against their machines alone. */
#include "catalog.h"

#include "planner/compare.h"

static llmp_machine machines[3][LLMP_MACHINES_MAX];
static llmp_compare_column columns[3];
static llmp_fit_request models[2];
static llmp_cost_request cost;

static llmp_compare_request ask(const char *const *names, uint32_t name_count,
                                const char *const *ons, uint32_t on_count)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    static const llmp_assess_request assess = LLMP_ASSESS_REQUEST_INIT;
    llmp_compare_request r = {.struct_size = sizeof r, .models = models, .columns = columns};
    for (uint32_t i = 0; i < name_count; i++) {
        models[i] = initial;
        models[i].model = LLMP_MODEL(named(LLMP_KIND_MODEL, names[i]));
    }
    for (uint32_t i = 0; i < on_count; i++) {
        size_t count;
        assert_ok(llmp_machine_parse(catalog, ons[i], machines[i], &count, NULL, &error));
        columns[i] = (llmp_compare_column){machines[i], (uint32_t)count};
    }
    r.model_count = name_count;
    r.column_count = on_count;
    r.ask = assess;
    r.ask.tasks[0] = LLMP_TASK(named(LLMP_KIND_TASK, "chat-turn"));
    r.ask.tasks[1] = LLMP_TASK(named(LLMP_KIND_TASK, "document-30k"));
    r.ask.task_count = 2;
    cost = (llmp_cost_request){.struct_size = sizeof cost, .terms = LLMP_SERVICE_TERMS_INIT};
    cost.workload = LLMP_WORKLOAD(named(LLMP_KIND_WORKLOAD, "rag"));
    assert_ok(llmp_price_in_force(catalog, "claude-opus-4.6", 0, &cost.api, NULL, &error));
    r.ask.cost = &cost;
    return r;
}

static llmp_compare *compare(const llmp_compare_request *request)
{
    llmp_compare *it = NULL;
    assert_ok(llmp_compare_create(catalog, request, &it, &error));
    return it;
}

static const llmp_compare_row *row_of(const llmp_compare_block *block, llmp_compare_metric metric,
                                      double tokens)
{
    for (uint32_t r = 0; r < block->row_count; r++) {
        if (block->rows[r].metric == metric && (tokens == 0.0 || block->rows[r].tokens == tokens)) {
            return &block->rows[r];
        }
    }
    fail_msg("no row of %s", llmp_compare_metric_name(metric));
    return NULL;
}

/* --- marks ------------------------------------------------------------------------------------ */

static llmp_compare_cell cell(double p10, double p50, double p90)
{
    return (llmp_compare_cell){.state = LLMP_COMPARE_VALUE,
                               .value = {p10, p50, p90, p90, LLMP_GRADE_DERIVED}};
}

static void mark3(llmp_compare_metric metric, llmp_compare_cell a, llmp_compare_cell b,
                  llmp_compare_cell c, const char *expected)
{
    llmp_compare_row row = {.metric = metric, .cells = {a, b, c}};
    llmp__compare_mark(&row, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(row.cells[i].mark, expected[i] == '*'   ? LLMP_COMPARE_WINS
                                            : expected[i] == '=' ? LLMP_COMPARE_TIES
                                                                 : LLMP_COMPARE_PLAIN);
    }
}

/* Half-intervals of ln 1.2 = 0.182 each: together sqrt(2) times that, 0.258, a factor of 1.294. */
static void marks_by_hand(void **state)
{
    (void)state;
    const llmp_compare_cell best = cell(50, 60, 72);
    mark3(LLMP_COMPARE_DECODE, best, cell(47 / 1.2, 47, 47 * 1.2), cell(20, 24, 28), "==-");
    mark3(LLMP_COMPARE_DECODE, best, cell(46 / 1.2, 46, 46 * 1.2), cell(20, 24, 28), "*--");
    /* of times the least is best: 60 / 46 is beyond, 60 / 47 within */
    mark3(LLMP_COMPARE_TTFT, best, cell(46 / 1.2, 46, 46 * 1.2), cell(90, 99, 120), "-*-");
    mark3(LLMP_COMPARE_TTFT, best, cell(47 / 1.2, 47, 47 * 1.2), cell(90, 99, 120), "==-");
    /* only the half that faces the other counts: wide upward is no tie downward */
    mark3(LLMP_COMPARE_DECODE, cell(59, 60, 600), cell(1, 50, 51), cell(1, 2, 3), "*--");
    /* exact ones tie when they read the same */
    mark3(LLMP_COMPARE_PRICE, cell(1000, 1000, 1000), cell(1004, 1004, 1004),
          cell(1010, 1010, 1010), "==-");
    /* what is unknown or impossible neither wins nor ties */
    llmp_compare_cell unknown = best, no = best;
    unknown.state = LLMP_COMPARE_UNKNOWN;
    no.state = LLMP_COMPARE_NO;
    mark3(LLMP_COMPARE_DECODE, unknown, no, cell(1, 2, 3), "--*");
    mark3(LLMP_COMPARE_DECODE, unknown, no, no, "---");
    mark3(LLMP_COMPARE_PRICE, unknown, unknown, cell(1, 2, 3), "---");
    mark3(LLMP_COMPARE_USER_SPEED, best, cell(1, 2, 3), cell(4, 5, 6), "---");
    mark3(LLMP_COMPARE_VERDICT, cell(0, 0, 0), cell(0, 0, 0), cell(1, 1, 1), "==-");
}

/* --- several machines ------------------------------------------------------------------------- */

/* A column of two does each job as its better machine does, and is no larger than the larger. */
static void each_job_to_the_better(void **state)
{
    (void)state;
    static const char *const names[] = {"gpt-oss-120b"};
    static const char *const ons[] = {"rtx-5090", "dgx-spark", "rtx-5090 + dgx-spark"};
    llmp_compare_request request = ask(names, 1, ons, 3);
    llmp_compare *it = compare(&request);
    const llmp_compare_answer *a = llmp_compare_answer_of(it);
    assert_int_equal(a->block_count, 1);
    const llmp_compare_block *block = &a->blocks[0];
    assert_int_equal(block->subject_count, 3);
    for (uint32_t r = 0; r < block->row_count; r++) {
        const llmp_compare_row *row = &block->rows[r];
        const int sense = llmp_compare_metric_sense(row->metric);
        const llmp_compare_cell *c = row->cells;
        if (row->metric <= LLMP_COMPARE_TASK) {
            const double best = sense > 0 ? fmax(c[0].value.p50, c[1].value.p50)
                                          : fmin(c[0].value.p50, c[1].value.p50);
            assert_int_equal(c[2].state, LLMP_COMPARE_VALUE);
            assert_true(c[2].value.p50 == best);
            assert_true(c[2].value.p50 == c[c[2].machine].value.p50);
        } else if (row->metric == LLMP_COMPARE_USERS || row->metric == LLMP_COMPARE_PRICE ||
                   row->metric == LLMP_COMPARE_IDLE_W || row->metric == LLMP_COMPARE_DISK) {
            assert_close(c[2].value.p50, c[0].value.p50 + c[1].value.p50, 1e-12);
        }
    }
    /* a card's noise is that of the case around it, and a sum with an unknown is unknown */
    const llmp_compare_row *noise = row_of(block, LLMP_COMPARE_NOISE, 0);
    assert_int_equal(noise->cells[0].state, LLMP_COMPARE_UNKNOWN);
    assert_int_equal(noise->cells[1].state, LLMP_COMPARE_VALUE);
    assert_int_equal(noise->cells[2].state, LLMP_COMPARE_UNKNOWN);
    assert_int_equal(noise->cells[1].mark, LLMP_COMPARE_PLAIN);
    assert_true(row_of(block, LLMP_COMPARE_TASK, 0)->cells[2].by_one);
    assert_false(row_of(block, LLMP_COMPARE_TASK, 0)->cells[1].by_one);
    llmp_compare_destroy(&it);
}

/* Two machines cost what the server costs and what the other costs when nobody asks it anything. */
static void the_other_idles(void **state)
{
    (void)state;
    static const char *const names[] = {"gpt-oss-20b"};
    static const char *const ons[] = {"rtx-5090", "dgx-spark", "rtx-5090 + dgx-spark"};
    llmp_compare_request request = ask(names, 1, ons, 3);
    llmp_compare *it = compare(&request);
    const llmp_compare_block *block = &llmp_compare_answer_of(it)->blocks[0];
    const llmp_compare_row *month = row_of(block, LLMP_COMPARE_USD_PER_MONTH, 0);
    const uint32_t server = month->cells[2].machine;
    assert_true(month->cells[server].value.p50 <= month->cells[1 - server].value.p50);

    llmp_fit_request fit = models[0];
    fit.machine = &machines[1 - server][0];
    fit.memory.context_tokens = LLMP_ASSESS_CONTEXT_TOKENS;
    llmp_cost_request idle = cost;
    idle.fit = &fit;
    idle.context_given = true;
    idle.assume[idle.assume_count++] = "demand.requests_count=0";
    idle.assume[idle.assume_count++] = "own.machine_count=1";
    llmp_cost *alone = NULL;
    assert_ok(llmp_cost_create(catalog, &idle, &alone, &error));
    const llmp_flow *own = llmp_cost_answer_of(alone)->flows[LLMP_OPTION_OWN];
    assert_close(month->cells[2].value.p50,
                 month->cells[server].value.p50 + own->total_usd / own->months, 1e-9);
    llmp_cost_destroy(&alone);

    /* the dearer the later it pays */
    const llmp_compare_row *pays = row_of(block, LLMP_COMPARE_BREAKEVEN, 0);
    assert_int_equal(pays->cells[2].state, LLMP_COMPARE_VALUE);
    assert_true(pays->cells[2].value.p50 > pays->cells[server].value.p50);
    llmp_compare_destroy(&it);
}

/* Models together on separate machines: each lies on one, and the small one leaves the large. */
static void shared_out(void **state)
{
    (void)state;
    static const char *const names[] = {"gpt-oss-120b", "gpt-oss-20b"};
    static const char *const ons[] = {"dgx-spark", "rtx-5090 + dgx-spark"};
    llmp_compare_request request = ask(names, 2, ons, 2);
    request.together = true;
    llmp_compare *it = compare(&request);
    const llmp_compare_answer *a = llmp_compare_answer_of(it);
    assert_true(a->together);
    assert_int_equal(a->block_count, 3); /* one each, and the machines */
    assert_true(a->blocks[2].whole);
    uint32_t slot;
    assert_null(llmp_compare_assessment(it, 1, 0, 0, &slot)); /* 59 GiB are not on 32 */
    assert_non_null(llmp_compare_assessment(it, 1, 1, 0, &slot));
    assert_non_null(llmp_compare_assessment(it, 1, 0, 1, &slot));
    assert_null(llmp_compare_assessment(it, 1, 1, 1, &slot));
    assert_int_equal(row_of(&a->blocks[2], LLMP_COMPARE_VERDICT, 0)->cells[0].state,
                     LLMP_COMPARE_VALUE);
    assert_non_null(llmp_compare_assessment(it, 0, 0, 1, &slot));
    assert_int_equal(slot, 1);
    /* the same model is as fast or faster where it has a machine of its own */
    const llmp_compare_row *decode = row_of(&a->blocks[1], LLMP_COMPARE_DECODE, 2000);
    assert_int_equal(decode->cells[1].mark, LLMP_COMPARE_WINS);
    assert_true(row_of(&a->blocks[0], LLMP_COMPARE_USERS, 0)->cells[1].value.p50 >=
                row_of(&a->blocks[0], LLMP_COMPARE_USERS, 0)->cells[0].value.p50);
    llmp_compare_destroy(&it);
}

/* One machine and several models: the models are compared. */
static void models_compared(void **state)
{
    (void)state;
    static const char *const names[] = {"qwen3-32b", "qwen3-30b-a3b"};
    static const char *const ons[] = {"dgx-spark"};
    llmp_compare_request request = ask(names, 2, ons, 1);
    llmp_compare *it = compare(&request);
    const llmp_compare_answer *a = llmp_compare_answer_of(it);
    assert_int_equal(a->block_count, 1);
    assert_true(a->blocks[0].of_models);
    /* 3 of 30 billion are read instead of 32 */
    assert_int_equal(row_of(&a->blocks[0], LLMP_COMPARE_DECODE, 2000)->cells[1].mark,
                     LLMP_COMPARE_WINS);
    llmp_compare_destroy(&it);
}

static void nothing_runs(void **state)
{
    (void)state;
    static const char *const names[] = {"gpt-oss-120b"};
    static const char *const ons[] = {"mac-studio-m4max-36", "macbook-pro-14-m5-16"};
    llmp_compare_request request = ask(names, 1, ons, 1);
    models[0].quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "BF16"));
    models[0].memory.placement = LLMP_PLACE_DEVICE;
    llmp_compare *it = compare(&request);
    const llmp_compare_answer *a = llmp_compare_answer_of(it);
    assert_false(a->any_runs);
    assert_int_equal(row_of(&a->blocks[0], LLMP_COMPARE_DECODE, 2000)->cells[0].state,
                     LLMP_COMPARE_NO);
    assert_int_equal(row_of(&a->blocks[0], LLMP_COMPARE_USD_PER_MONTH, 0)->cells[0].state,
                     LLMP_COMPARE_UNKNOWN);
    llmp_compare_destroy(&it);
}

static void bad_requests(void **state)
{
    (void)state;
    static const char *const names[] = {"gpt-oss-20b"};
    static const char *const ons[] = {"dgx-spark"};
    llmp_compare *it = NULL;
    llmp_compare_request request = ask(names, 1, ons, 1);
    request.column_count = 0;
    assert_int_equal(llmp_compare_create(catalog, &request, &it, &error), LLMP_E_RANGE);
    request.column_count = LLMP_COMPARE_COLUMNS_MAX + 1;
    assert_int_equal(llmp_compare_create(catalog, &request, &it, &error), LLMP_E_RANGE);
    request.column_count = 1;
    request.model_count = LLMP_ASSESS_MODELS_MAX + 1;
    request.together = true;
    assert_int_equal(llmp_compare_create(catalog, &request, &it, &error), LLMP_E_RANGE);
    request.model_count = 0;
    assert_int_equal(llmp_compare_create(catalog, &request, &it, &error), LLMP_E_RANGE);
    request.model_count = 1;
    request.columns = NULL;
    assert_int_equal(llmp_compare_create(catalog, &request, &it, &error), LLMP_E_ARGUMENT);
    assert_null(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_by_hand),   cmocka_unit_test(each_job_to_the_better),
        cmocka_unit_test(the_other_idles), cmocka_unit_test(shared_out),
        cmocka_unit_test(models_compared), cmocka_unit_test(nothing_runs),
        cmocka_unit_test(bad_requests),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
