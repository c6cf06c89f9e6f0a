/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of every sweep: a row is what `fit` answers, whatever was asked before it; shards
 * are the whole; the order of an axis orders the rows and changes none. */
#include "t.h"

#include "gguf_model.h"

#include <llmplan/report_sweep.h>
#include <stdlib.h>

enum { SWEEPS = 40, ROWS = 60, VALUES = 5, LINE = 4096 };

static llmp_catalog *catalog;
static uint64_t seed = 88172645463325252u;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t below(uint64_t n)
{
    return draw() % n;
}

/* Random axes and all they point to. */
typedef struct axes {
    llmp_sweep_axes of;
    const llmp_model *models[VALUES];
    const llmp_import *imports[VALUES];
    const llmp_quant *quants[VALUES];
    llmp_machine machines[VALUES];
    llmp_sweep_kv kv[VALUES];
    uint32_t ubatches[VALUES];
    uint64_t prompts[VALUES];
    uint64_t contexts[VALUES];
    uint32_t batches[VALUES];
} axes;

static const llmp_record *any(llmp_kind kind)
{
    return llmp_catalog_at(catalog, kind, below(llmp_catalog_count(catalog, kind)));
}

static void any_machine(llmp_machine *out)
{
    llmp_machine parsed[LLMP_MACHINES_MAX];
    size_t count = 0;
    char text[128];
    const llmp_record *record = any(below(3) == 0 ? LLMP_KIND_RIG : LLMP_KIND_DEVICE);
    snprintf(text, sizeof text, "%s%s", below(3) == 0 ? "2x " : "", record->id);
    if (llmp_machine_parse(catalog, text, parsed, &count, NULL, NULL) != LLMP_OK)
        any_machine(out);
    else
        *out = parsed[0];
}

static void random_axes(axes *a)
{
    static const char *const kv[] = {"f16", "q8_0", "bf16", "q4_0", "fp8-e4m3"};
    a->of = (llmp_sweep_axes)LLMP_SWEEP_AXES_INIT;
    a->of.models = a->models;
    a->of.quants = a->quants;
    a->of.machines = a->machines;
    a->of.kv = a->kv;
    a->of.ubatches_tokens = a->ubatches;
    a->of.prompts_tokens = a->prompts;
    a->of.contexts_tokens = a->contexts;
    a->of.batches = a->batches;
    a->of.model_count = 1 + below(2);
    a->of.quant_count = 1 + below(3);
    a->of.machine_count = 1 + below(3);
    a->of.kv_count = below(3);
    a->of.ubatch_count = below(3);
    a->of.prompt_count = below(3);
    a->of.context_count = 1 + below(VALUES);
    a->of.batch_count = 1 + below(VALUES);
    for (size_t i = 0; i < VALUES; i++) {
        a->models[i] = LLMP_MODEL(any(LLMP_KIND_MODEL));
        do /* what any engine loads is likely to be predicted */
            a->quants[i] = LLMP_QUANT(any(LLMP_KIND_QUANT));
        while (!a->quants[i]->common && below(4) != 0);
        any_machine(&a->machines[i]);
        const llmp_record *format =
            llmp_catalog_get(catalog, LLMP_KIND_FORMAT, kv[below(sizeof kv / sizeof *kv)]);
        a->kv[i] = (llmp_sweep_kv){LLMP_FORMAT(format), LLMP_FORMAT(format)};
        a->ubatches[i] = 32 + (uint32_t)below(4000);
        a->prompts[i] = 1 + below(20000);
        a->contexts[i] = 1 + below(1u << (8 + below(11)));
        a->batches[i] = 1 + (uint32_t)below(1u << below(8));
    }
    a->of.memory.reserve_bytes = below(3) * LLMP_GIB;
    static const llmp_placement placements[] = {
        LLMP_PLACE_LAYER_OFFLOAD, LLMP_PLACE_EXPERT_OFFLOAD,  LLMP_PLACE_CPU,
        LLMP_PLACE_LAYER_SPLIT,   LLMP_PLACE_TENSOR_PARALLEL, LLMP_PLACE_DEVICE,
    };
    if (below(2) == 0) {
        a->of.memory.placement = placements[below(6)];
        a->of.memory.gpu_layers = a->of.memory.placement == LLMP_PLACE_LAYER_OFFLOAD && below(2)
                                      ? (int32_t)below(90)
                                      : -1;
        a->of.devices_only = a->of.memory.placement == LLMP_PLACE_DEVICE;
    }
}

static llmp_fit_request question_of(const axes *a, const llmp_sweep_row *row)
{
    llmp_fit_request q = LLMP_FIT_REQUEST_INIT;
    for (size_t i = 0; a->of.imports && i < a->of.model_count; i++)
        if (a->of.models[i] == row->model)
            q.import = a->of.imports[i];
    q.model = q.import ? NULL : row->model;
    q.quant = row->quant;
    q.machine = row->machine;
    q.memory = a->of.memory;
    q.memory.context_tokens = row->context_tokens;
    q.memory.parallel = row->batch;
    q.memory.ubatch_tokens = a->of.ubatch_count > 0 ? row->ubatch_tokens : 0;
    if (a->of.kv_count > 0) {
        q.memory.kv_k_format = row->kv_k_format;
        q.memory.kv_v_format = row->kv_v_format;
    }
    if (a->of.devices_only)
        q.memory.placement = llmp_placement_of_devices(row->machine, NULL);
    q.prompt_tokens = (double)row->prompt_tokens;
    return q;
}

static void assert_same(const char *what, const llmp_sweep_row *row, const llmp_estimate *a,
                        const llmp_estimate *b)
{
    bool same = (a->p50 == b->p50 || (isnan(a->p50) && isnan(b->p50))) &&
                (a->p10 == b->p10 || isnan(a->p10)) && (a->p90 == b->p90 || isnan(a->p90)) &&
                (a->ceiling == b->ceiling || isnan(a->ceiling));
    if (!same)
        fail_msg("%s of %s %s on %s, context %u, batch %u: %.17g, fit says %.17g", what,
                 row->model->head.id, row->quant_name, row->machine_name,
                 (unsigned)row->context_tokens, row->batch, a->p50, b->p50);
}

static void assert_fits_say_so(const axes *a, const llmp_sweep_row *row, size_t *predicted)
{
    llmp_fit *fit = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_fit_request q = question_of(a, row);
    llmp_status status = llmp_fit_create(catalog, &q, &fit, &error);
    if (status != LLMP_OK) {
        assert_int_equal(row->status, status);
        assert_false(row->has_memory);
        assert_string_equal(row->reason, error.message);
        return;
    }
    const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
    assert_true(row->has_memory);
    assert_ptr_equal(row->engine, answer->engine);
    assert_ptr_equal(row->backend, answer->backend);
    assert_int_equal(row->verdict, answer->verdict);
    assert_int_equal(row->placement, answer->memory.placement);
    assert_memory_equal(&row->memory, &answer->memory.total, sizeof row->memory);
    assert_true(row->host_bytes == answer->memory.host_bytes);
    assert_true(row->headroom_bytes == answer->memory.headroom_bytes);
    assert_true(row->missing_bytes == answer->memory.missing_bytes);
    assert_int_equal(row->has_speed, answer->has_speed);
    if (row->has_speed) {
        assert_same("decode", row, &row->decode_tokens_per_s, &answer->decode.tokens_per_s);
        assert_same("energy", row, &row->energy_j_per_token, &answer->decode.energy_j_per_token);
        assert_same("prefill", row, &row->prefill_tokens_per_s, &answer->prefill.tokens_per_s);
        assert_same("ttft", row, &row->ttft_s, &answer->ttft_s);
        assert_int_equal(row->limited_by, answer->decode.limited_by);
        (*predicted)++;
    } else {
        assert_true(row->reason[0] != '\0');
    }
    llmp_fit_destroy(&fit);
}

static void opened(const axes *a, llmp_sweep **sweep, llmp_sweep_worker **worker)
{
    llmp_error error = LLMP_ERROR_INIT;
    assert_ok(llmp_sweep_create(catalog, &a->of, sweep, &error));
    assert_ok(llmp_sweep_worker_create(*sweep, worker, &error));
}

/* Rows are asked for near each other and far: nothing prepared for one may leak into another. */
static void a_row_is_what_fit_answers(void **state)
{
    (void)state;
    size_t predicted = 0;
    for (int i = 0; i < SWEEPS; i++) {
        static axes a;
        llmp_sweep *sweep = NULL;
        llmp_sweep_worker *worker = NULL;
        llmp_sweep_row row;
        llmp_error error = LLMP_ERROR_INIT;
        random_axes(&a);
        opened(&a, &sweep, &worker);
        uint64_t index = 0, count = llmp_sweep_count(sweep);
        for (int k = 0; k < ROWS; k++) {
            index = below(4) == 0 ? below(count) : (index + 1 + below(3)) % count;
            assert_ok(llmp_sweep_row_at(worker, index, &row, &error));
            assert_true(row.index == index);
            assert_fits_say_so(&a, &row, &predicted);
        }
        llmp_sweep_worker_destroy(&worker);
        llmp_sweep_destroy(&sweep);
    }
    assert_true(predicted > SWEEPS * ROWS / 20); /* else nothing much was compared */
}

/* A file of a model's formats, as llama.cpp would write it. */
static llmp_import *file_of(const char *model_id, const char *quant_id)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_import *import = NULL;
    llmp_arch *arch = NULL;
    size_t size = 0;
    gguf_writer w;
    const llmp_model *model = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, model_id));
    const llmp_quant *quant = LLMP_QUANT(llmp_catalog_get(catalog, LLMP_KIND_QUANT, quant_id));
    assert_ok(llmp_arch_create(catalog, model, quant, NULL, &arch, &error));
    gguf_begin(&w, 3, false);
    gguf_model_keys(&w, model);
    gguf_tokens(&w, 1511);
    (void)gguf_model_tensors(&w, arch, 0, SIZE_MAX);
    unsigned char *data = gguf_header(&w, &size);
    assert_ok(llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, quant_id, &import, &error));
    gguf_free(&w);
    free(data);
    llmp_arch_destroy(&arch);
    return import;
}

static void files_are_what_fit_answers(void **state)
{
    (void)state;
    llmp_import *files[] = {file_of("qwen3-8b", "Q4_K_M"), file_of("qwen3-30b-a3b", "Q8_0"),
                            file_of("gemma-3-12b", "IQ4_XS")};
    size_t predicted = 0;
    for (int i = 0; i < SWEEPS; i++) {
        static axes a;
        llmp_sweep *sweep = NULL;
        llmp_sweep_worker *worker = NULL;
        llmp_sweep_row row;
        llmp_error error = LLMP_ERROR_INIT;
        random_axes(&a);
        a.quants[0] = NULL; /* others: what the file would be in another quant */
        a.of.imports = a.imports;
        for (size_t k = 0; k < a.of.model_count; k++) {
            a.imports[k] = files[(k + (size_t)i) % 3];
            a.models[k] = llmp_import_model(a.imports[k]);
        }
        opened(&a, &sweep, &worker);
        for (int k = 0; k < ROWS / 4; k++) {
            uint64_t index = below(llmp_sweep_count(sweep));
            assert_ok(llmp_sweep_row_at(worker, index, &row, &error));
            assert_true(strlen(row.quant_name) > 0);
            assert_fits_say_so(&a, &row, &predicted);
        }
        llmp_sweep_worker_destroy(&worker);
        llmp_sweep_destroy(&sweep);
        a.of.quant_count = 1;
        /* a name of the catalog has no quant without one */
        a.imports[0] = NULL;
        a.models[0] = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, "qwen3-8b"));
        assert_int_equal(llmp_sweep_create(catalog, &a.of, &sweep, &error), LLMP_E_ARGUMENT);
    }
    assert_true(predicted > SWEEPS);
    for (size_t k = 0; k < 3; k++)
        llmp_import_destroy(&files[k]);
}

/* The line of every row in order, and in it the scenario's beginning. */
static void lines_begin_with_their_scenario(void **state)
{
    (void)state;
    for (int i = 0; i < SWEEPS; i++) {
        static axes a;
        llmp_sweep *sweep = NULL;
        llmp_sweep_worker *worker = NULL;
        llmp_sweep_row row;
        llmp_error error = LLMP_ERROR_INIT;
        char line[LINE], begins[LINE];
        llmp_sweep_format format = (llmp_sweep_format)below(2);
        random_axes(&a);
        opened(&a, &sweep, &worker);
        for (int k = 0; k < ROWS; k++) {
            uint64_t index = below(llmp_sweep_count(sweep));
            assert_ok(llmp_sweep_row_at(worker, index, &row, &error));
            size_t length = llmp_sweep_format_row(format, &row, line, sizeof line);
            assert_true(length < sizeof line && line[length - 1] == '\n');
            assert_null(memchr(line, '\n', length - 1));
            assert_ok(llmp_sweep_scenario_at(worker, index, &row, &error));
            size_t begin = llmp_sweep_format_scenario(format, &row, begins, sizeof begins);
            assert_true(begin < length && memcmp(line, begins, begin) == 0);
            /* a buffer too small is never overrun, and the length stays right */
            size_t small = below(length);
            char *tight = malloc(small + 1);
            assert_ok(llmp_sweep_row_at(worker, index, &row, &error));
            assert_true(llmp_sweep_format_row(format, &row, tight, small) == length);
            free(tight);
        }
        llmp_sweep_worker_destroy(&worker);
        llmp_sweep_destroy(&sweep);
    }
}

static void swap_u64(uint64_t *values, size_t i, size_t k)
{
    uint64_t one = values[i];
    values[i] = values[k];
    values[k] = one;
}

/* Reversed contexts: row (c, b) is row (n - 1 - c, b). */
static void permuting_an_axis_permutes_rows(void **state)
{
    (void)state;
    for (int i = 0; i < SWEEPS; i++) {
        static axes a, turned;
        llmp_sweep *one = NULL, *two = NULL;
        llmp_sweep_worker *first = NULL, *second = NULL;
        llmp_sweep_row x, y;
        llmp_error error = LLMP_ERROR_INIT;
        char line_x[LINE], line_y[LINE];
        random_axes(&a);
        turned = a;
        size_t n = a.of.context_count;
        turned.of.contexts_tokens = turned.contexts;
        for (size_t k = 0; k < n / 2; k++)
            swap_u64(turned.contexts, k, n - 1 - k);
        opened(&a, &one, &first);
        opened(&turned, &two, &second);
        for (int k = 0; k < ROWS; k++) {
            uint64_t index = below(llmp_sweep_count(one));
            uint64_t batch = index % a.of.batch_count, rest = index / a.of.batch_count;
            uint64_t other = (rest / n * n + n - 1 - rest % n) * a.of.batch_count + batch;
            assert_ok(llmp_sweep_row_at(first, index, &x, &error));
            assert_ok(llmp_sweep_row_at(second, other, &y, &error));
            y.index = x.index;
            size_t length = llmp_sweep_format_row(LLMP_SWEEP_CSV, &x, line_x, LINE);
            assert_true(llmp_sweep_format_row(LLMP_SWEEP_CSV, &y, line_y, LINE) == length);
            assert_memory_equal(line_x, line_y, length);
        }
        llmp_sweep_worker_destroy(&first);
        llmp_sweep_worker_destroy(&second);
        llmp_sweep_destroy(&one);
        llmp_sweep_destroy(&two);
    }
}

static void shards_are_disjoint_and_complete(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        uint64_t count = draw() >> (11 + below(53)), shards = 1 + (draw() >> (40 + below(24)));
        uint64_t at = 0;
        for (uint64_t shard = 1; shard <= shards && shard < 200; shard++) {
            uint64_t first = 1, end = 0;
            llmp_error error = LLMP_ERROR_INIT;
            assert_ok(llmp_sweep_shard(count, shard, shards, &first, &end, &error));
            assert_true(first == at && end >= first);
            assert_true(end - first == count / shards || end - first == count / shards + 1);
            at = end;
        }
        uint64_t first = 0, end = 0;
        llmp_error error = LLMP_ERROR_INIT;
        assert_ok(llmp_sweep_shard(count, shards, shards, &first, &end, &error));
        assert_true(end == count);
    }
}

static int create(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, NULL) != LLMP_OK;
}

static int destroy(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_what_fit_answers),
        cmocka_unit_test(files_are_what_fit_answers),
        cmocka_unit_test(lines_begin_with_their_scenario),
        cmocka_unit_test(permuting_an_axis_permutes_rows),
        cmocka_unit_test(shards_are_disjoint_and_complete),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
