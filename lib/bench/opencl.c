/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The OpenCL backend: GPUs by a library that is found at run time. Times are of the wall clock over
 * many enqueued kernels, so that what a launch costs is hidden as an engine hides it, and measured
 * apart by kernels that do nothing. */
#include "bench/opencl.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEAM_ITEMS = 128,
    GEMM_TILE = 64,
    STREAM_GROUPS = 1024,
    STREAM_ITEMS = 256,
    SEED = 20261126
};
#define COPY_BYTES (64 * LLMP_MIB)

static const llmp__format_id gemv_formats[] = {LLMP__Q4_K, LLMP__Q8_0,  LLMP__Q4_0, LLMP__F16,
                                               LLMP__Q6_K, LLMP__MXFP4, LLMP__BF16};
static const char *const gemm_dtypes[] = {"f16", "f32"};
static const uint64_t gemm_rows[] = {512, 128, 32, 8, 1};
static const char variant[] = "opencl-c";

#define COUNT(array) (sizeof(array) / sizeof *(array))

static llmp_status open_opencl(const llmp__bench_run *run, void **out_state, llmp_error *error)
{
    *out_state = NULL;
    llmp__opencl_state *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return llmp__fail_memory(error, "a benchmark");
    }
    s->run = run;
    if (!llmp__opencl_load(&s->cl)) {
        free(s);
        return LLMP_OK;
    }
    llmp__opencl_devices(s);
    *out_state = s;
    return LLMP_OK;
}

static void close_opencl(void *state)
{
    llmp__opencl_state *s = state;
    for (uint32_t i = 0; i < s->device_count; i++) {
        llmp__opencl_close_device(s, &s->devices[i]);
    }
    free(s);
}

static uint64_t peak_bytes(const void *state)
{
    return ((const llmp__opencl_state *)state)->peak_bytes;
}

static const char *note_of(const void *state, size_t i)
{
    const llmp__opencl_state *s = state;
    return i < s->note_count ? s->notes[i] : NULL;
}

/* --- the plan --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *dtype; /* NULL: several */
    const char *bytes;
    const char *operations;
    const char *reference;
} kinds[LLMP__OPENCL_KINDS] = {
    [LLMP__OPENCL_STREAM_READ] = {"stream_read", "f32", "4 an element", "1 an element", "STREAM"},
    [LLMP__OPENCL_GEMV] = {"gemv", NULL, NULL, "2 a weight", NULL},
    [LLMP__OPENCL_GEMM] = {"gemm", NULL, "operands and results once", "2 m n k", "vector units"},
    [LLMP__OPENCL_LAUNCH] = {"launch", "none", "none", "none", "an empty kernel in a queue"},
    [LLMP__OPENCL_TO_DEVICE] = {"host_to_device", "bytes", "1 a byte", "none", "pinned memory"},
    [LLMP__OPENCL_FROM_DEVICE] = {"device_to_host", "bytes", "1 a byte", "none", "pinned memory"},
};

static size_t plan(void *state, llmp__bench_point *out, size_t room)
{
    const llmp__opencl_state *s = state;
    size_t count = 0;
#define ADD(what, type, bytes, rows, share)                              \
    if (count < room) {                                                  \
        out[count++] = (llmp__bench_point){.name = kinds[what].name,     \
                                           .dtype = (type),              \
                                           .device = i,                  \
                                           .kind = (what),               \
                                           .working_set_bytes = (bytes), \
                                           .m = (rows),                  \
                                           .weight = (share)};           \
    }
    for (uint32_t i = 0; i < s->device_count; i++) {
        uint64_t set = s->devices[i].set_bytes;
        ADD(LLMP__OPENCL_STREAM_READ, "f32", set, 0, 1.0)
        for (size_t f = 0; f < COUNT(gemv_formats); f++) {
            ADD(LLMP__OPENCL_GEMV, llmp__formats[gemv_formats[f]].name, set, 1, 1.0)
        }
        ADD(LLMP__OPENCL_LAUNCH, "none", 0, 0, 0.5)
        ADD(LLMP__OPENCL_TO_DEVICE, "bytes", COPY_BYTES, 0, 0.5)
        ADD(LLMP__OPENCL_FROM_DEVICE, "bytes", COPY_BYTES, 0, 0.5)
        for (size_t r = 0; r < COUNT(gemm_rows); r++) {
            for (size_t d = 0; d < COUNT(gemm_dtypes); d++) {
                ADD(LLMP__OPENCL_GEMM, gemm_dtypes[d], set, gemm_rows[r], 1.0)
            }
        }
    }
#undef ADD
    return count;
}

/* --- one point -------------------------------------------------------------------------------- */

typedef struct job {
    llmp__opencl_state *s;
    llmp__opencl_device *d;
    llmp__opencl_kind kind;
    cl_kernel kernel;
    cl_uint dimensions;
    size_t global[2];
    size_t local[2];
    cl_ulong matrix_bytes; /* gemv: one of the copies in the working set */
    cl_ulong copies;
    cl_ulong next;
    cl_mem pinned;
    void *host;
} job;

static bool set(const job *j, cl_uint index, size_t size, const void *value)
{
    return j->s->cl.clSetKernelArg(j->kernel, index, size, value) == CL_SUCCESS;
}

static bool enqueue(job *j)
{
    const llmp__opencl *cl = &j->s->cl;
    if (j->kind == LLMP__OPENCL_TO_DEVICE) {
        return cl->clEnqueueWriteBuffer(j->d->queue, j->d->data, CL_FALSE, 0, COPY_BYTES, j->host,
                                        0, NULL, NULL) == CL_SUCCESS;
    }
    if (j->kind == LLMP__OPENCL_FROM_DEVICE) {
        return cl->clEnqueueReadBuffer(j->d->queue, j->d->data, CL_FALSE, 0, COPY_BYTES, j->host, 0,
                                       NULL, NULL) == CL_SUCCESS;
    }
    if (j->kind == LLMP__OPENCL_GEMV) {
        cl_ulong from = j->next * j->matrix_bytes;
        j->next = j->next + 1 == j->copies ? 0 : j->next + 1;
        if (!set(j, 1, sizeof from, &from)) {
            return false;
        }
    }
    return cl->clEnqueueNDRangeKernel(j->d->queue, j->kernel, j->dimensions, NULL, j->global,
                                      j->local, 0, NULL, NULL) == CL_SUCCESS;
}

static double run_s(void *context, uint64_t iterations)
{
    job *j = context;
    const llmp__opencl *cl = &j->s->cl;
    double start_s = llmp__bench_now_s();
    for (uint64_t i = 0; i < iterations; i++) {
        if (!enqueue(j)) {
            (void)cl->clFinish(j->d->queue);
            return -1.0;
        }
        /* a queue is not endless */
        if (i % 256 == 255 && cl->clFinish(j->d->queue) != CL_SUCCESS) {
            return -1.0;
        }
    }
    return cl->clFinish(j->d->queue) == CL_SUCCESS ? llmp__bench_now_s() - start_s : -1.0;
}

static bool make_kernel(job *j, const char *name)
{
    cl_int code;
    j->kernel = j->s->cl.clCreateKernel(j->d->program, name, &code);
    return j->kernel != NULL;
}

static bool floats(llmp__opencl_state *s, llmp__opencl_device *d)
{
    float pattern[1024];
    uint64_t seed = SEED;
    for (size_t i = 0; i < COUNT(pattern); i++) {
        pattern[i] = llmp__bench_random_unit(&seed);
    }
    return llmp__opencl_fill(s, d, "floats", pattern, sizeof pattern);
}

static bool prepare_stream(job *j, llmp_bench_result *out)
{
    llmp__opencl_device *d = j->d;
    cl_ulong count = d->set_bytes / 16;
    j->dimensions = 1;
    j->local[0] = STREAM_ITEMS;
    j->global[0] = (size_t)STREAM_ITEMS * STREAM_GROUPS;
    out->bytes_per_iteration = (double)(count * 16);
    out->op_per_iteration = (double)(count * 4);
    out->working_set_bytes = count * 16;
    return floats(j->s, d) && llmp__opencl_buffers(j->s, d, 16, j->global[0] * sizeof(float)) &&
           make_kernel(j, "stream_read") && set(j, 0, sizeof d->data, &d->data) &&
           set(j, 1, sizeof count, &count) && set(j, 2, sizeof d->y, &d->y);
}

/* 16 rows of a format, interleaved. */
static uint8_t *group_of(const llmp__format *f, size_t *out_bytes)
{
    size_t row_bytes = llmp__format_row_bytes(f, LLMP__OPENCL_GEMV_K);
    size_t bytes = row_bytes * LLMP__LANES;
    uint8_t *rows = malloc(2 * bytes);
    uint64_t seed = SEED;
    for (size_t at = 0; rows != NULL && at < bytes; at += f->block_bytes) {
        f->random(&seed, rows + at);
    }
    for (size_t b = 0; rows != NULL && b < LLMP__OPENCL_GEMV_K / f->block_weights; b++) {
        f->interleave(rows + b * f->block_bytes, row_bytes,
                      rows + bytes + b * f->block_bytes * LLMP__LANES);
    }
    *out_bytes = bytes;
    return rows;
}

static bool write_activations(const job *j, size_t count)
{
    float *values = malloc(count * sizeof *values);
    uint64_t seed = SEED + 1;
    for (size_t i = 0; values != NULL && i < count; i++) {
        values[i] = llmp__bench_random_unit(&seed);
    }
    bool done = values != NULL && j->s->cl.clEnqueueWriteBuffer(j->d->queue, j->d->x, CL_TRUE, 0,
                                                                count * sizeof *values, values, 0,
                                                                NULL, NULL) == CL_SUCCESS;
    free(values);
    return done;
}

static bool prepare_gemv(job *j, const char *dtype, llmp_bench_result *out)
{
    llmp__opencl_device *d = j->d;
    const cl_uint k = LLMP__OPENCL_GEMV_K;
    llmp__format_id id = LLMP__F16;
    while (strcmp(llmp__formats[id].name, dtype) != 0) {
        id++;
    }
    size_t bytes = 0;
    uint8_t *group = group_of(&llmp__formats[id], &bytes);
    bool filled = group != NULL && llmp__opencl_fill(j->s, d, dtype, group + bytes, bytes);
    free(group);
    j->matrix_bytes = d->columns / LLMP__LANES * bytes;
    j->copies = d->set_bytes / j->matrix_bytes;
    j->dimensions = 1;
    j->local[0] = TEAM_ITEMS;
    j->global[0] = (size_t)(d->columns / LLMP__LANES) * TEAM_ITEMS;
    out->k = k;
    out->n = d->columns;
    out->working_set_bytes = j->copies * j->matrix_bytes;
    out->bytes_per_iteration = (double)j->matrix_bytes;
    out->op_per_iteration = 2.0 * (double)d->columns * (double)k;
    return filled && j->copies > 0 &&
           llmp__opencl_buffers(j->s, d, k * sizeof(float), d->columns * sizeof(float)) &&
           write_activations(j, k) && make_kernel(j, dtype) &&
           set(j, 0, sizeof d->data, &d->data) && set(j, 2, sizeof k, &k) &&
           set(j, 3, sizeof d->x, &d->x) && set(j, 4, sizeof d->y, &d->y);
}

static bool prepare_gemm(job *j, const llmp__bench_point *p, llmp_bench_result *out)
{
    llmp__opencl_device *d = j->d;
    bool halves = strcmp(p->dtype, "f16") == 0;
    size_t size = halves ? 2 : 4;
    const cl_uint m = (cl_uint)p->m;
    const cl_uint n = (cl_uint)((d->is_cpu ? d->columns / 4 : d->columns) / GEMM_TILE * GEMM_TILE);
    const cl_uint k = d->is_cpu ? LLMP__OPENCL_GEMV_K / 8 : LLMP__OPENCL_GEMV_K;
    size_t a_bytes = (size_t)m * k * sizeof(float);
    j->dimensions = 2;
    j->local[0] = j->local[1] = 16;
    j->global[0] = n / GEMM_TILE * 16;
    j->global[1] = (m + GEMM_TILE - 1) / GEMM_TILE * 16;
    out->m = m;
    out->n = n;
    out->k = k;
    out->op_per_iteration = 2.0 * m * (double)n * k;
    out->bytes_per_iteration = (double)size * ((double)m * k + (double)n * k) + 4.0 * m * (double)n;
    out->working_set_bytes = (uint64_t)n * k * size;
    size_t bytes = 0;
    uint8_t *group = halves ? group_of(&llmp__formats[LLMP__F16], &bytes) : NULL;
    /* the interleaved layout of f16 is that of any f16 numbers */
    bool filled = halves ? group != NULL && llmp__opencl_fill(j->s, d, "f16", group + bytes, bytes)
                         : floats(j->s, d);
    bool written = filled && llmp__opencl_buffers(j->s, d, a_bytes, (size_t)m * n * sizeof(float));
    /* any f16 is as good as another: the start of the same numbers */
    written = written && (halves ? j->s->cl.clEnqueueCopyBuffer(d->queue, d->data, d->x, 0, 0,
                                                                (size_t)m * k * size, 0, NULL,
                                                                NULL) == CL_SUCCESS
                                 : write_activations(j, (size_t)m * k));
    free(group);
    return written && out->working_set_bytes <= d->set_bytes &&
           make_kernel(j, halves ? "gemm_f16" : "gemm_f32") && set(j, 0, sizeof d->x, &d->x) &&
           set(j, 1, sizeof d->data, &d->data) && set(j, 2, sizeof m, &m) &&
           set(j, 3, sizeof n, &n) && set(j, 4, sizeof k, &k) && set(j, 5, sizeof d->y, &d->y);
}

static bool prepare_launch(job *j)
{
    j->dimensions = 1;
    j->local[0] = j->global[0] = 1;
    return llmp__opencl_buffers(j->s, j->d, 16, 16) && make_kernel(j, "nothing") &&
           set(j, 0, sizeof j->d->y, &j->d->y);
}

static bool prepare_copy(job *j, llmp_bench_result *out)
{
    cl_int code;
    const llmp__opencl *cl = &j->s->cl;
    out->bytes_per_iteration = (double)COPY_BYTES;
    out->working_set_bytes = COPY_BYTES;
    if (!floats(j->s, j->d) || j->d->set_bytes < COPY_BYTES) {
        return false;
    }
    j->pinned = cl->clCreateBuffer(j->d->context, CL_MEM_ALLOC_HOST_PTR, COPY_BYTES, NULL, &code);
    j->host = j->pinned == NULL ? NULL
                                : cl->clEnqueueMapBuffer(j->d->queue, j->pinned, CL_TRUE,
                                                         CL_MAP_READ | CL_MAP_WRITE, 0, COPY_BYTES,
                                                         0, NULL, NULL, &code);
    if (j->host != NULL) {
        memset(j->host, 0x2A, COPY_BYTES);
    }
    return j->host != NULL;
}

static bool prepare(job *j, const llmp__bench_point *p, llmp_bench_result *out)
{
    switch (j->kind) {
    case LLMP__OPENCL_STREAM_READ:
        return prepare_stream(j, out);
    case LLMP__OPENCL_GEMV:
        return prepare_gemv(j, p->dtype, out);
    case LLMP__OPENCL_GEMM:
        return prepare_gemm(j, p, out);
    case LLMP__OPENCL_LAUNCH:
        return prepare_launch(j);
    case LLMP__OPENCL_TO_DEVICE:
    case LLMP__OPENCL_FROM_DEVICE:
        return prepare_copy(j, out);
    case LLMP__OPENCL_KINDS:
        break;
    }
    return false;
}

static void finish(job *j)
{
    const llmp__opencl *cl = &j->s->cl;
    if (j->kind == LLMP__OPENCL_TO_DEVICE) {
        j->d->content = NULL;
    }
    if (j->host != NULL) {
        (void)cl->clEnqueueUnmapMemObject(j->d->queue, j->pinned, j->host, 0, NULL, NULL);
        (void)cl->clFinish(j->d->queue);
    }
    if (j->pinned != NULL) {
        (void)cl->clReleaseMemObject(j->pinned);
    }
    if (j->kernel != NULL) {
        (void)cl->clReleaseKernel(j->kernel);
    }
}

static llmp_status measure(void *state, const llmp__bench_point *p,
                           const llmp__bench_timing *timing, llmp_bench_result *out,
                           llmp__bench_stats *stats, llmp_error *error)
{
    llmp__opencl_state *s = state;
    job j = {.s = s, .d = &s->devices[p->device], .kind = (llmp__opencl_kind)p->kind};
    llmp__bench_subject subject = {run_s, &j};
    out->variant = variant;
    out->device = j.d->name;
    stats->runs = 0;
    for (llmp__format_id id = 0; j.kind == LLMP__OPENCL_GEMV && id < LLMP__FORMAT_COUNT; id++) {
        if (strcmp(llmp__formats[id].name, p->dtype) == 0 && !llmp__opencl_right(s, j.d, id)) {
            (void)llmp__fail(error, LLMP_E_NO_DATA,
                             "%s: gemv %s differs from the reference and is "
                             "not used",
                             j.d->name, p->dtype);
            return LLMP_OK;
        }
    }
    llmp_status status = LLMP_OK;
    if (!prepare(&j, p, out)) {
        (void)llmp__fail(error, LLMP_E_NO_DATA, "%s: %s %s left out: no memory or no kernel for it",
                         j.d->name, p->name, p->dtype);
    } else {
        status = llmp__bench_measure(&subject, timing, stats, error);
        if (status != LLMP_OK) { /* of one device; the others go on */
            stats->runs = 0;
            (void)llmp__fail(error, LLMP_E_NO_DATA, "%s: %s %s failed on the device", j.d->name,
                             p->name, p->dtype);
            status = LLMP_OK;
        }
    }
    finish(&j);
    return status;
}

static bool kernel_at(size_t i, llmp_bench_kernel_info *out)
{
    size_t at = i;
    llmp__opencl_kind kind = LLMP__OPENCL_STREAM_READ;
    const char *dtype = kinds[kind].dtype;
    const llmp__format *format = NULL;
    for (;; kind++) {
        size_t several = kind == LLMP__OPENCL_GEMV   ? COUNT(gemv_formats)
                         : kind == LLMP__OPENCL_GEMM ? COUNT(gemm_dtypes)
                                                     : 1;
        if (kind == LLMP__OPENCL_KINDS) {
            return false;
        }
        if (at < several) {
            format = kind == LLMP__OPENCL_GEMV ? &llmp__formats[gemv_formats[at]] : NULL;
            dtype = format != NULL              ? format->name
                    : kind == LLMP__OPENCL_GEMM ? gemm_dtypes[at]
                                                : kinds[kind].dtype;
            break;
        }
        at -= several;
    }
    out->name = kinds[kind].name;
    out->dtype = dtype;
    out->variant = variant;
    out->needs = "OpenCL 1.2";
    out->bytes = format != NULL ? format->bytes : kinds[kind].bytes;
    out->operations = kinds[kind].operations;
    out->reference = format != NULL ? format->reference : kinds[kind].reference;
    out->usable = out->chosen = false; /* known when a run looks for devices */
    return true;
}

const llmp__bench_backend llmp__bench_opencl = {.name = "opencl",
                                                .open = open_opencl,
                                                .plan = plan,
                                                .measure = measure,
                                                .peak_bytes = peak_bytes,
                                                .close = close_opencl,
                                                .kernel_at = kernel_at,
                                                .note = note_of};
