/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The harness by hand, the machine from captured files, a short run for its structure. Kernels are
 * in test_bench_kernels.c. */
#include "t.h"

#include "bench/backend.h"
#include "bench/harness.h"
#include "bench/pool.h"

static void statistics_by_hand(void **state)
{
    (void)state;
    llmp__bench_stats s = {.iterations = 7};
    double odd[] = {5.0, 1.0, 4.0, 2.0, 3.0};
    llmp__bench_summarise(odd, 5, &s);
    assert_int_equal(s.runs, 5);
    assert_close(s.median_s, 3.0, 0);
    assert_close(s.best_s, 1.0, 0);
    assert_close(s.mad_s, 1.0, 0); /* distances 2 2 1 1 0 */
    assert_close(s.spread_ratio, 1.4826 / 3.0, 1e-12);
    assert_int_equal(s.iterations, 7);
    double even[] = {9.0, 1.0, 4.0, 2.0};
    llmp__bench_summarise(even, 4, &s);
    assert_close(s.median_s, 3.0, 0);
    assert_close(s.mad_s, 1.5, 0); /* distances 2 1 1 6 */
    /* the runs of another round */
    double first[] = {3.0, 1.0};
    double second[] = {10.0, 2.0};
    llmp__bench_stats more = {.iterations = 9};
    llmp__bench_summarise(first, 2, &s);
    llmp__bench_summarise(second, 2, &more);
    llmp__bench_join(&s, &more);
    assert_int_equal(s.runs, 4);
    assert_close(s.median_s, 2.5, 0);
    assert_close(s.best_s, 1.0, 0);
    assert_close(s.mad_s, 1.0, 0); /* distances 0.5 1.5 0.5 7.5 */
    double one[] = {0.25};
    llmp__bench_summarise(one, 1, &s);
    assert_close(s.median_s, 0.25, 0);
    assert_true(s.mad_s == 0.0 && s.spread_ratio == 0.0);
}

/* A subject with a clock of its own. */
typedef struct fake {
    double each_s;
    double warm_s; /* added to the first call */
    uint64_t calls;
    uint64_t last;
    uint64_t fails_at;
} fake;

static double fake_run(void *context, uint64_t iterations)
{
    fake *f = context;
    f->last = iterations;
    if (++f->calls == f->fails_at) {
        return -1.0;
    }
    return (double)iterations * f->each_s + (f->calls == 1 ? f->warm_s : 0.0);
}

static void loops_are_sized_and_warm_up_is_dropped(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    llmp__bench_stats s;
    fake f = {.each_s = 1e-3, .warm_s = 0.01};
    llmp__bench_subject subject = {fake_run, &f};
    llmp__bench_timing timing = {.run_s = 0.1, .budget_s = 0.5, .min_runs = 3, .max_runs = 31};
    /* 1 (0.011 s, so wanted 1.1 * 0.1 / 0.011 = 10), 10, 100; then 0.1 s each until 0.5 s */
    assert_ok(llmp__bench_measure(&subject, &timing, &s, &error));
    assert_int_equal(s.iterations, 100);
    assert_int_equal(s.runs, 4);
    assert_int_equal(f.calls, 7);
    assert_close(s.median_s, 1e-3, 1e-12);
    assert_close(s.best_s, 1e-3, 1e-12);

    /* a subject slower than the budget is still run min_runs times, once each */
    f = (fake){.each_s = 2.0};
    assert_ok(llmp__bench_measure(&subject, &timing, &s, &error));
    assert_int_equal(s.iterations, 1);
    assert_int_equal(s.runs, 3);

    /* a fast one stops at max_runs */
    f = (fake){.each_s = 1e-3};
    timing.max_runs = 5;
    timing.budget_s = 100.0;
    assert_ok(llmp__bench_measure(&subject, &timing, &s, &error));
    assert_int_equal(s.runs, 5);
}

static void a_failing_subject_is_an_error(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    llmp__bench_stats s = {.runs = 77};
    llmp__bench_timing timing = {.run_s = 0.1, .budget_s = 0.5, .min_runs = 3, .max_runs = 31};
    fake f = {.each_s = 1e-3, .fails_at = 1};
    llmp__bench_subject subject = {fake_run, &f};
    assert_int_equal(llmp__bench_measure(&subject, &timing, &s, &error), LLMP_E_INTERNAL);
    f = (fake){.each_s = 1e-3, .fails_at = 5};
    assert_int_equal(llmp__bench_measure(&subject, &timing, &s, &error), LLMP_E_INTERNAL);
    timing.min_runs = 0;
    assert_int_equal(llmp__bench_measure(&subject, &timing, &s, &error), LLMP_E_ARGUMENT);
    assert_int_equal(s.runs, 77);
}

/* Two cores of two threads, a quota of 1.5 CPUs in the group above ours, 2 GiB there too. */
static void a_container_is_what_it_may_use(void **state)
{
    (void)state;
    static const uint16_t cpus[] = {0, 1, 2, 3};
    llmp__topology t;
    llmp__topology_read(TEST_DATA "/topology/container", cpus, 4, &t);
    assert_string_equal(t.cpu, "Test CPU 4 threads");
    assert_int_equal(t.logical_cpus, 4);
    assert_int_equal(t.cores, 2);
    static const uint16_t order[] = {0, 1, 2, 3};
    assert_memory_equal(t.order, order, sizeof order);
    assert_int_equal(t.quota_cpus, 2);
    assert_int_equal(t.threads, 2);
    assert_int_equal(t.l1_bytes, 48 << 10);
    assert_int_equal(t.l2_bytes, 1280 << 10);
    assert_int_equal(t.llc_total_bytes, 2 * (12 << 20));
    assert_true(t.available_memory_bytes == UINT64_C(2147483648));

    /* an affinity mask of both threads of the second core */
    static const uint16_t few[] = {1, 3};
    llmp__topology_read(TEST_DATA "/topology/container", few, 2, &t);
    assert_int_equal(t.cores, 1);
    assert_int_equal(t.threads, 1);
    assert_int_equal(t.llc_total_bytes, 12 << 20);
    /* one thread of each, the second in the order the mask gives */
    static const uint16_t mixed[] = {3, 2};
    llmp__topology_read(TEST_DATA "/topology/container", mixed, 2, &t);
    assert_int_equal(t.cores, 2);
    assert_memory_equal(t.order, mixed, sizeof mixed);
}

static void older_control_groups_count(void **state)
{
    (void)state;
    static const uint16_t cpus[] = {0, 1, 2, 3, 4, 5, 6, 7};
    llmp__topology t;
    llmp__topology_read(TEST_DATA "/topology/old_group", cpus, 8, &t);
    assert_int_equal(t.quota_cpus, 3);
    assert_int_equal(t.threads, 3);
    assert_int_equal(t.cores, 8); /* nothing says that any are siblings */
    assert_true(t.available_memory_bytes == 1000U * 1024U);
    assert_string_equal(t.cpu, "");
    assert_true(t.l1_bytes == 0 && t.l2_bytes == 0 && t.llc_total_bytes == 0);
}

typedef struct counted {
    llmp__pool *pool;
    uint64_t sum[4][8]; /* a line each */
} counted;

static void count_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    counted *c = context;
    for (uint64_t i = 0; i < iterations; i++) {
        c->sum[thread][0] += threads;
        llmp__pool_barrier(c->pool);
        /* all have added before any goes on */
        for (uint32_t k = 0; k < threads; k++) {
            c->sum[thread][1] += c->sum[k][0] == (i + 1) * threads ? 1 : 0;
        }
        llmp__pool_barrier(c->pool);
    }
}

static void a_pool_runs_all_threads_and_its_barrier_holds(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    llmp__topology t;
    llmp__topology_detect(&t);
    for (uint32_t threads = 1; threads <= 4 && threads <= t.logical_cpus; threads++) {
        counted c = {.pool = NULL};
        assert_ok(llmp__pool_create(&t, threads, &c.pool, &error));
        assert_int_equal(llmp__pool_threads(c.pool), threads);
        double seconds = llmp__pool_run(c.pool, count_task, &c, 50);
        assert_true(seconds > 0.0);
        double share = llmp__pool_cpu_share(c.pool);
        assert_true(share > 0.0 && share <= 1.0);
        for (uint32_t k = 0; k < threads; k++) {
            assert_int_equal(c.sum[k][0], 50 * threads);
            assert_int_equal(c.sum[k][1], 50 * threads);
        }
        llmp__pool_destroy(&c.pool);
        assert_null(c.pool);
        llmp__pool_destroy(&c.pool);
    }
    llmp__pool *pool = NULL;
    assert_int_equal(llmp__pool_create(&t, 0, &pool, &error), LLMP_E_ARGUMENT);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_bench *bench = NULL;
    llmp_bench_options o = LLMP_BENCH_OPTIONS_INIT;
    o.time_s = 0.1;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_RANGE);
    assert_string_equal(error.field, "time_s");
    o.time_s = (double)NAN;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_RANGE);
    o.time_s = 0.0;
    o.threads = 100000;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_RANGE);
    assert_string_equal(error.field, "threads");
    o.threads = 0;
    o.memory_bytes = 1 << 20;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_RANGE);
    o.memory_bytes = UINT64_C(1) << 60;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_RANGE);
    o.memory_bytes = 0;
    const char *kernel = "gemw";
    o.kernels = &kernel;
    o.kernel_count = 1;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_UNKNOWN);
    assert_contains(error.hint, "did you mean 'gemv'");
    kernel = "gemv:q4_1";
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_UNKNOWN);
    assert_contains(error.hint, "'q4_");
    o.kernel_count = 0;
    o.backend = "cuda";
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_UNKNOWN);
    o.backend = NULL;
    o.struct_size = 0;
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_bench_create(NULL, NULL, &error), LLMP_E_ARGUMENT);
    assert_null(bench);
}

typedef struct watched {
    uint32_t calls;
    uint32_t total;
    bool stop;
} watched;

static bool watch(void *context, const llmp_bench_progress *p)
{
    watched *w = context;
    assert_int_equal(p->done, w->calls);
    assert_true(p->limit_s == 0.5 && p->elapsed_s >= 0.0);
    w->calls++;
    w->total = p->total;
    return !w->stop;
}

static void a_short_run_declares_what_it_did(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    static const char *const kernels[] = {"gemv:q4_0", "stream_read", "gemm:int8", "gemm:q8_0"};
    watched w = {.calls = 0};
    llmp_bench_options o = LLMP_BENCH_OPTIONS_INIT;
    o.quick = true;
    o.time_s = 0.5;
    o.threads = 1;
    o.backend = "cpu"; /* drivers of others are not ours to watch */
    o.memory_bytes = 24 << 20;
    o.kernels = kernels;
    o.kernel_count = 4;
    o.progress = watch;
    o.progress_context = &w;
    llmp_bench *bench = NULL;
    assert_ok(llmp_bench_create(&o, &bench, &error));
    assert_int_equal(w.calls, w.total);
    size_t count;
    const llmp_bench_result *r = llmp_bench_results(bench, &count);
    assert_true(count >= 1 && count <= w.total);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(r[i].struct_size, sizeof *r);
        assert_int_equal(r[i].threads, 1);
        assert_true(r[i].runs >= 3 && r[i].best_s > 0.0 && r[i].best_s <= r[i].median_s);
        assert_close(r[i].median_bytes_per_s, r[i].bytes_per_iteration / r[i].median_s, 1e-12);
        assert_close(r[i].best_op_per_s, r[i].op_per_iteration / r[i].best_s, 1e-12);
        assert_true(r[i].working_set_bytes <= 24U << 20);
        assert_string_equal(r[i].backend, "cpu");
        if (strcmp(r[i].name, "gemv") == 0) {
            /* 18 bytes and 64 operations for 32 weights */
            assert_close(r[i].bytes_per_iteration, (double)(r[i].n * r[i].k) * 18.0 / 32.0, 0);
            assert_close(r[i].op_per_iteration, 2.0 * (double)(r[i].n * r[i].k), 0);
        } else if (strcmp(r[i].name, "stream_read") == 0) {
            assert_close(r[i].bytes_per_iteration, (double)r[i].working_set_bytes, 0);
            assert_close(r[i].op_per_iteration, r[i].bytes_per_iteration / 4.0, 0);
        } else {
            assert_close(r[i].op_per_iteration, 2.0 * (double)(r[i].m * r[i].n * r[i].k), 0);
        }
    }
    assert_string_equal(r[0].name, "stream_read");
    const llmp_bench_result *read = llmp_bench_find(bench, NULL, "stream_read", "f32");
    assert_ptr_equal(read, r);
    assert_null(llmp_bench_find(bench, "opencl", "stream_read", NULL));
    assert_true(llmp_bench_machine_of(bench)->memory_bytes <= 24U << 20);
    assert_true(llmp_bench_elapsed_s(bench) > 0.0);
    llmp_bench_destroy(&bench);
    assert_null(bench);

    w = (watched){.stop = true};
    assert_int_equal(llmp_bench_create(&o, &bench, &error), LLMP_E_NO_DATA);
    assert_null(bench);
    llmp_bench_destroy(&bench);
    llmp_bench_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_by_hand),
        cmocka_unit_test(loops_are_sized_and_warm_up_is_dropped),
        cmocka_unit_test(a_failing_subject_is_an_error),
        cmocka_unit_test(a_container_is_what_it_may_use),
        cmocka_unit_test(older_control_groups_count),
        cmocka_unit_test(a_pool_runs_all_threads_and_its_barrier_holds),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(a_short_run_declares_what_it_did),
    };
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
