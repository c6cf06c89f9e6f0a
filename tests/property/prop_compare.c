/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of every comparison: equal machines tie, order does not matter, a machine that is
 * better in everything loses nothing. Random machines and models from a fixed seed. */
#include "t.h"

#include <llmplan/planner_compare.h>
#include <stdlib.h>

enum { TRIES = 40 };

static uint64_t seed = 88172645463325252u;
static llmp_error error;

static uint64_t next(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed >> 11) % below;
}

static const char *const devices[] = {"rtx-4090",
                                      "rtx-5090",
                                      "dgx-spark",
                                      "rtx-3060-12gb",
                                      "2x rtx-3090",
                                      "h100-sxm",
                                      "mac-studio-m3ultra-96",
                                      "rtx-pro-6000-blackwell"};
static const char *const names[] = {"llama-3.1-8b", "qwen3-32b", "gpt-oss-20b", "qwen3-30b-a3b",
                                    "gemma-3-27b"};
enum {
    DEVICES = sizeof devices / sizeof *devices,
    NAMES = sizeof names / sizeof *names,
    COLUMNS = 3
};

typedef struct scene {
    llmp_catalog *catalog;
    llmp_machine machines[COLUMNS][LLMP_MACHINES_MAX];
    llmp_compare_column columns[COLUMNS];
    llmp_fit_request model;
    llmp_cost_request cost;
    llmp_compare_request request;
} scene;

static const llmp_record *named(const scene *s, llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    assert_ok(llmp_catalog_find(s->catalog, kind, name, &record, NULL, &error));
    return record;
}

static void open_scene(scene *s, const char *overlay)
{
    memset(s, 0, sizeof *s);
    assert_ok(llmp_catalog_create(&s->catalog, &error));
    if (overlay != NULL) {
        assert_ok(llmp_catalog_overlay(s->catalog, overlay, strlen(overlay), "test", &error));
    }
}

static llmp_compare *compare(scene *s, const char *model, const char *const *ons, uint32_t count)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    static const llmp_assess_request assess = LLMP_ASSESS_REQUEST_INIT;
    llmp_compare *it = NULL;
    s->model = initial;
    s->model.model = LLMP_MODEL(named(s, LLMP_KIND_MODEL, model));
    for (uint32_t c = 0; c < count; c++) {
        size_t machines;
        assert_ok(llmp_machine_parse(s->catalog, ons[c], s->machines[c], &machines, NULL, &error));
        s->columns[c] = (llmp_compare_column){s->machines[c], (uint32_t)machines};
    }
    s->cost = (llmp_cost_request){.struct_size = sizeof s->cost, .terms = LLMP_SERVICE_TERMS_INIT};
    s->cost.workload = LLMP_WORKLOAD(named(s, LLMP_KIND_WORKLOAD, "chat"));
    assert_ok(llmp_price_in_force(s->catalog, "claude-opus-4.6", 0, &s->cost.api, NULL, &error));
    s->request = (llmp_compare_request){.struct_size = sizeof s->request,
                                        .model_count = 1,
                                        .models = &s->model,
                                        .column_count = count,
                                        .columns = s->columns,
                                        .ask = assess};
    s->request.ask.cost = &s->cost;
    for (size_t i = 0; i < llmp_catalog_count(s->catalog, LLMP_KIND_TASK); i++) {
        s->request.ask.tasks[s->request.ask.task_count++] =
            LLMP_TASK(llmp_catalog_at(s->catalog, LLMP_KIND_TASK, i));
    }
    assert_ok(llmp_compare_create(s->catalog, &s->request, &it, &error));
    return it;
}

/* Equal machines: every row that is marked at all is a tie of all. */
static void equal_machines_tie(void **state)
{
    (void)state;
    scene s;
    open_scene(&s, NULL);
    for (size_t i = 0; i < DEVICES; i++) {
        const char *const ons[] = {devices[i], devices[i], devices[i]};
        llmp_compare *it = compare(&s, names[next(NAMES)], ons, COLUMNS);
        const llmp_compare_block *block = &llmp_compare_answer_of(it)->blocks[0];
        for (uint32_t r = 0; r < block->row_count; r++) {
            const llmp_compare_row *row = &block->rows[r];
            const bool marked = llmp_compare_metric_sense(row->metric) != 0 &&
                                row->cells[0].state == LLMP_COMPARE_VALUE;
            for (uint32_t c = 0; c < COLUMNS; c++) {
                assert_int_equal(row->cells[c].mark,
                                 marked ? LLMP_COMPARE_TIES : LLMP_COMPARE_PLAIN);
                assert_int_equal(row->cells[c].state, row->cells[0].state);
            }
        }
        llmp_compare_destroy(&it);
    }
    llmp_catalog_destroy(&s.catalog);
}

/* The columns in another order: the same cells and marks in that order. */
static void order_does_not_matter(void **state)
{
    (void)state;
    scene s, t;
    open_scene(&s, NULL);
    open_scene(&t, NULL);
    for (int try = 0; try < TRIES; try++) {
        const char *ons[COLUMNS];
        const char *turned[COLUMNS];
        const char *model = names[next(NAMES)];
        for (int c = 0; c < COLUMNS; c++) {
            ons[c] = devices[next(DEVICES)];
        }
        for (int c = 0; c < COLUMNS; c++) {
            turned[c] = ons[(c + 1) % COLUMNS];
        }
        llmp_compare *a = compare(&s, model, ons, COLUMNS);
        llmp_compare *b = compare(&t, model, turned, COLUMNS);
        const llmp_compare_block *x = &llmp_compare_answer_of(a)->blocks[0];
        const llmp_compare_block *y = &llmp_compare_answer_of(b)->blocks[0];
        assert_int_equal(x->row_count, y->row_count);
        for (uint32_t r = 0; r < x->row_count; r++) {
            for (uint32_t c = 0; c < COLUMNS; c++) {
                const llmp_compare_cell *one = &x->rows[r].cells[(c + 1) % COLUMNS];
                const llmp_compare_cell *other = &y->rows[r].cells[c];
                assert_int_equal(one->state, other->state);
                assert_int_equal(one->mark, other->mark);
                assert_memory_equal(&one->value.p50, &other->value.p50, sizeof(double));
            }
        }
        llmp_compare_destroy(&a);
        llmp_compare_destroy(&b);
    }
    llmp_catalog_destroy(&s.catalog);
    llmp_catalog_destroy(&t.catalog);
}

/* Eight times as fast, four times as large, half as dear and hungry as a made-up card. */
static const char better_overlay[] =
    "devices:\n"
    "  - {id: plain-card, name: Plain, as_of: 2026-11, source: test, grade: estimate,\n"
    "     vendor: nvidia, kind: gpu, classes: [ada-geforce, nvidia-gddr, nvidia, gpu],\n"
    "     memory_gib: 24, memory_bandwidth_gb_s: 500, fp16_tflops: 50, fp32_tflops: 25, tdp_w: "
    "400,\n"
    "     pcie_generation: 4, pcie_lanes: 16, prices: [{kind: street, low_usd: 4000,\n"
    "     high_usd: 4000, as_of: 2026-11, source: test, grade: estimate}]}\n"
    "  - {id: better-card, name: Better, as_of: 2026-11, source: test, grade: estimate,\n"
    "     vendor: nvidia, kind: gpu, classes: [ada-geforce, nvidia-gddr, nvidia, gpu],\n"
    "     memory_gib: 96, memory_bandwidth_gb_s: 4000, fp16_tflops: 400, fp32_tflops: 200, tdp_w: "
    "200,\n"
    "     pcie_generation: 4, pcie_lanes: 16, prices: [{kind: street, low_usd: 2000,\n"
    "     high_usd: 2000, as_of: 2026-11, source: test, grade: estimate}]}\n";

static const llmp_quant *quant_on(const llmp_compare *it, uint32_t column)
{
    uint32_t slot;
    const llmp_assessment *one = llmp_compare_assessment(it, column, 0, 0, &slot);
    return llmp_assess_answer_of(one)->models[slot].fit->quant;
}

/* It loses no row; what the improvement is about it wins: speed, users, price, power. */
static void better_in_everything(void **state)
{
    (void)state;
    static const char *const ons[] = {"plain-card", "better-card"};
    scene s;
    open_scene(&s, better_overlay);
    for (size_t i = 0; i < NAMES; i++) {
        llmp_compare *it = compare(&s, names[i], ons, 2);
        const llmp_compare_block *block = &llmp_compare_answer_of(it)->blocks[0];
        const bool same_quant = quant_on(it, 0) == quant_on(it, 1);
        for (uint32_t r = 0; r < block->row_count; r++) {
            const llmp_compare_row *row = &block->rows[r];
            const llmp_compare_metric m = row->metric;
            if (llmp_compare_metric_sense(m) == 0 ||
                (m == LLMP_COMPARE_LOAD && !same_quant)) { /* a better quant is larger */
                continue;
            }
            if (row->cells[1].state != LLMP_COMPARE_VALUE) { /* the model has no such context */
                assert_int_not_equal(row->cells[0].state, LLMP_COMPARE_VALUE);
                continue;
            }
            if (row->cells[1].mark == LLMP_COMPARE_PLAIN) {
                fail_msg("%s: loses %s at %g: %g to %g", names[i], llmp_compare_metric_name(m),
                         row->tokens, row->cells[1].value.p50, row->cells[0].value.p50);
            }
            if (m == LLMP_COMPARE_PRICE || m == LLMP_COMPARE_IDLE_W ||
                m == LLMP_COMPARE_USD_PER_MONTH || m == LLMP_COMPARE_USD_PER_MTOK ||
                m == LLMP_COMPARE_DECODE_W || (same_quant && m == LLMP_COMPARE_TASK) ||
                (same_quant && m == LLMP_COMPARE_DECODE)) {
                assert_int_equal(row->cells[1].mark, LLMP_COMPARE_WINS);
            }
        }
        llmp_compare_destroy(&it);
    }
    llmp_catalog_destroy(&s.catalog);
}

static double on_devices(const llmp_fit_answer *fit)
{
    double sum = 0;
    for (uint32_t i = 0; i < fit->memory.share_count; i++) {
        sum += fit->memory.shares[i].is_host ? 0 : (double)fit->memory.shares[i].parts.total_bytes;
    }
    return sum;
}

static llmp_assessment *assess(const scene *s, const llmp_machine *machine,
                               const llmp_fit_request *models, uint32_t count)
{
    llmp_assess_request request = LLMP_ASSESS_REQUEST_INIT;
    llmp_assessment *it = NULL;
    request.machine = machine;
    request.models = models;
    request.model_count = count;
    assert_ok(llmp_assess_create(s->catalog, &request, &it, &error));
    return it;
}

/* Models that fit together take no more than there is, and neither has more room than alone. */
static void together_is_no_more_than_there_is(void **state)
{
    (void)state;
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    scene s;
    open_scene(&s, NULL);
    int fitting = 0;
    for (int try = 0; try < TRIES; try++) {
        size_t count;
        llmp_fit_request models[2] = {initial, initial};
        assert_ok(llmp_machine_parse(s.catalog, devices[next(DEVICES)], s.machines[0], &count, NULL,
                                     &error));
        const llmp_machine *machine = &s.machines[0][0];
        for (int i = 0; i < 2; i++) {
            models[i].model = LLMP_MODEL(named(&s, LLMP_KIND_MODEL, names[next(NAMES)]));
        }
        llmp_assessment *both = assess(&s, machine, models, 2);
        const llmp_assess_answer *a = llmp_assess_answer_of(both);
        double there = 0;
        for (uint32_t d = 0; d < machine->device_count; d++) {
            there += (double)machine->devices[d]->memory_bytes;
        }
        if (a->verdict == LLMP_VERDICT_FITS) {
            fitting++;
            assert_true(on_devices(a->models[0].fit) + on_devices(a->models[1].fit) <= there);
        }
        for (uint32_t i = 0; i < 2; i++) {
            models[i].quant = a->models[i].fit->quant; /* the same alone */
            llmp_assessment *alone = assess(&s, machine, &models[i], 1);
            const llmp_assess_model *one = &llmp_assess_answer_of(alone)->models[0];
            assert_true(one->fit->verdict <= a->models[i].fit->verdict);
            if (one->fit->verdict == a->models[i].fit->verdict) {
                assert_true(one->fit->max_context_tokens >= a->models[i].fit->max_context_tokens);
            }
            llmp_assess_destroy(&alone);
        }
        llmp_assess_destroy(&both);
    }
    assert_true(fitting > TRIES / 8);
    llmp_catalog_destroy(&s.catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_machines_tie),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(better_in_everything),
        cmocka_unit_test(together_is_no_more_than_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
