/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenCL kernels on whatever device there is; PoCL makes the processor one. */
#include "t.h"

#include "bench/opencl.h"

#include <math.h>
#include <stdlib.h>

static llmp__opencl_state opencl;
static llmp__arena arena;
static llmp__topology topology;
static llmp_bench_options options = LLMP_BENCH_OPTIONS_INIT;
static llmp__bench_run run = {.options = &options, .topology = &topology, .arena = &arena};

static int open_devices(void **state)
{
    (void)state;
    options.backend = "opencl"; /* processors too */
    run.memory_bytes = 256 * LLMP_MIB;
    opencl.run = &run;
    if (llmp__opencl_load(&opencl.cl)) {
        llmp__opencl_devices(&opencl);
    }
    return 0;
}

static int close_devices(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < opencl.device_count; i++) {
        llmp__opencl_close_device(&opencl, &opencl.devices[i]);
    }
    llmp__arena_free(&arena);
    return 0;
}

/* Where it must run, nothing to run on is a failure. */
static bool there_is_a_device(void)
{
    if (opencl.device_count == 0 && getenv("LLMPLAN_NEED_OPENCL") != NULL) {
        fail_msg("no OpenCL device: %s", opencl.note_count > 0 ? opencl.notes[0] : "no library");
    }
    return opencl.device_count > 0;
}

static void every_format_agrees_with_its_meaning(void **state)
{
    (void)state;
    if (!there_is_a_device()) {
        skip();
    }
    for (uint32_t i = 0; i < opencl.device_count; i++) {
        for (int f = 0; f < LLMP__FORMAT_COUNT; f++) {
            if (!llmp__opencl_right(&opencl, &opencl.devices[i], (llmp__format_id)f)) {
                fail_msg("%s: gemv %s is wrong", opencl.devices[i].name, llmp__formats[f].name);
            }
        }
    }
}

/* One kernel of the device on numbers of ours; false: it could not be run. */
static bool compute(llmp__opencl_device *d, const char *name, cl_mem out, size_t out_bytes,
                    const size_t *global, const size_t *local, cl_uint dimensions,
                    cl_uint arguments, const size_t *sizes, const void *const *values, void *result)
{
    const llmp__opencl *cl = &opencl.cl;
    cl_int code;
    cl_kernel kernel = cl->clCreateKernel(d->program, name, &code);
    assert_non_null(kernel);
    for (cl_uint i = 0; i < arguments; i++) {
        assert_int_equal(cl->clSetKernelArg(kernel, i, sizes[i], values[i]), CL_SUCCESS);
    }
    bool done = cl->clEnqueueNDRangeKernel(d->queue, kernel, dimensions, NULL, global, local, 0,
                                           NULL, NULL) == CL_SUCCESS &&
                cl->clEnqueueReadBuffer(d->queue, out, CL_TRUE, 0, out_bytes, result, 0, NULL,
                                        NULL) == CL_SUCCESS;
    (void)cl->clReleaseKernel(kernel);
    return done;
}

/* A product of 7 x 48 and 64 x 48 of small whole numbers is exact, whatever the order of sums. */
static void a_product_is_exact(void **state)
{
    (void)state;
    enum { M = 7, N = 64, K = 48 };
    static float a[M * K];
    static float b[N * K];
    static float c[M * N];
    if (!there_is_a_device()) {
        skip();
    }
    for (int i = 0; i < M * K; i++) {
        a[i] = (float)(i * 31 % 17 - 8);
    }
    for (int i = 0; i < N * K; i++) {
        b[i] = (float)(i * 13 % 23 - 11);
    }
    for (uint32_t i = 0; i < opencl.device_count; i++) {
        llmp__opencl_device *d = &opencl.devices[i];
        const llmp__opencl *cl = &opencl.cl;
        assert_true(llmp__opencl_buffers(&opencl, d, sizeof a, sizeof c));
        assert_true(llmp__opencl_fill(&opencl, d, "a test", b, sizeof b));
        assert_int_equal(
            cl->clEnqueueWriteBuffer(d->queue, d->x, CL_TRUE, 0, sizeof a, a, 0, NULL, NULL),
            CL_SUCCESS);
        const cl_uint shape[] = {M, N, K};
        const size_t sizes[] = {sizeof d->x, sizeof d->data, 4, 4, 4, sizeof d->y};
        const void *const values[] = {&d->x, &d->data, &shape[0], &shape[1], &shape[2], &d->y};
        const size_t global[] = {16, 16};
        assert_true(compute(d, "gemm_f32", d->y, sizeof c, global, global, 2, 6, sizes, values, c));
        for (int row = 0; row < M; row++) {
            for (int column = 0; column < N; column++) {
                float sum = 0.0F;
                for (int k = 0; k < K; k++) {
                    sum += a[row * K + k] * b[column * K + k];
                }
                assert_true(c[row * N + column] == sum);
            }
        }
    }
}

/* Every kind of kernel gives a rate that its own bytes and operations explain. */
static void a_run_measures_every_kind(void **state)
{
    (void)state;
    static const char *const wanted[] = {"stream_read", "gemv:q4_0", "launch", "host_to_device",
                                         "device_to_host"};
    llmp_error error = LLMP_ERROR_INIT;
    llmp_bench *bench = NULL;
    llmp_bench_options o = LLMP_BENCH_OPTIONS_INIT;
    size_t count;
    if (!there_is_a_device()) {
        skip();
    }
    o.backend = "opencl";
    o.time_s = 60; /* enough for each on a busy machine; they take a few seconds */
    o.quick = true;
    o.memory_bytes = 256 * LLMP_MIB;
    o.kernels = wanted;
    o.kernel_count = sizeof wanted / sizeof *wanted;
    assert_ok(llmp_bench_create(&o, &bench, &error));
    const llmp_bench_result *r = llmp_bench_results(bench, &count);
    assert_int_equal(count, o.kernel_count * opencl.device_count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(r[i].backend, "opencl");
        assert_true(r[i].device[0] != '\0' && r[i].threads == 0 && r[i].runs > 0);
        assert_true(r[i].median_s > 0 && r[i].best_s <= r[i].median_s);
        assert_true(isnan(r[i].cpu_share_ratio));
        if (strcmp(r[i].name, "launch") == 0) {
            assert_true(isnan(r[i].median_bytes_per_s));
        } else {
            assert_close(r[i].median_bytes_per_s, r[i].bytes_per_iteration / r[i].median_s, 1e-12);
        }
    }
    const llmp_bench_result *gemv = llmp_bench_find(bench, "opencl", "gemv", "q4_0");
    assert_non_null(gemv); /* 18 bytes for 32 weights */
    assert_close(gemv->bytes_per_iteration, (double)(gemv->n * gemv->k) * 18 / 32, 1e-12);
    assert_close(gemv->op_per_iteration, 2.0 * (double)(gemv->n * gemv->k), 1e-12);
    llmp_bench_destroy(&bench);
    assert_null(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_agrees_with_its_meaning),
        cmocka_unit_test(a_product_is_exact),
        cmocka_unit_test(a_run_measures_every_kind),
    };
    return cmocka_run_group_tests_name("bench_opencl", tests, open_devices, close_devices);
}
