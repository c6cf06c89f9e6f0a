/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device's kernels against the plain meaning of the formats, before any is timed. */
#include "bench/opencl.h"

#include <math.h>
#include <stdlib.h>

enum { K = 512, ROWS = 2 * LLMP__LANES, TEAM_ITEMS = 128, SEED = 731 };

/* Of an f32 sum: a rounding for every product, of the magnitudes that are summed. */
static const double rounding = 0x1p-23;

/* Random rows; @p group holds them interleaved, 16 at a time. */
static void make_rows(const llmp__format *f, uint8_t *rows, uint8_t *groups)
{
    size_t row_bytes = llmp__format_row_bytes(f, K);
    uint64_t seed = SEED;
    for (size_t at = 0; at < ROWS * row_bytes; at += f->block_bytes) {
        f->random(&seed, rows + at);
    }
    for (size_t g = 0; g < ROWS / LLMP__LANES; g++) {
        const uint8_t *from = rows + g * LLMP__LANES * row_bytes;
        uint8_t *to = groups + g * LLMP__LANES * row_bytes;
        for (size_t b = 0; b < K / f->block_weights; b++) {
            f->interleave(from + b * f->block_bytes, row_bytes,
                          to + b * f->block_bytes * LLMP__LANES);
        }
    }
}

static bool agrees(const llmp__format *f, const uint8_t *rows, const float *x, const float *y)
{
    size_t row_bytes = llmp__format_row_bytes(f, K);
    float w[LLMP__SUPER];
    for (size_t r = 0; r < ROWS; r++) {
        double sum = 0.0;
        double size = 0.0;
        for (size_t b = 0; b < K / f->block_weights; b++) {
            f->dequantise(rows + r * row_bytes + b * f->block_bytes, w);
            double most = 0.0; /* a minimum is taken off after the sum: both are as large */
            double magnitude = 0.0;
            for (size_t i = 0; i < f->block_weights; i++) {
                double value = (double)x[b * f->block_weights + i];
                sum += (double)w[i] * value;
                most = fmax(most, fabs((double)w[i]));
                magnitude += fabs(value);
            }
            size += most * magnitude;
        }
        if (!(fabs((double)y[r] - sum) <= 4.0 * K * rounding * size)) {
            return false;
        }
    }
    return true;
}

/* The device's y = W x. */
static bool compute(llmp__opencl_state *s, llmp__opencl_device *d, const llmp__format *f,
                    const uint8_t *groups, const float *x, float *y)
{
    const llmp__opencl *cl = &s->cl;
    size_t bytes = ROWS * llmp__format_row_bytes(f, K);
    const size_t local = TEAM_ITEMS;
    const size_t global = ROWS / LLMP__LANES * local;
    const cl_ulong from = 0;
    const cl_uint k = K;
    cl_int code;
    cl_mem w = cl->clCreateBuffer(d->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    cl_kernel kernel = cl->clCreateKernel(d->program, f->name, &code);
    bool done = w != NULL && kernel != NULL &&
                llmp__opencl_buffers(s, d, K * sizeof *x, ROWS * sizeof *y) &&
                cl->clEnqueueWriteBuffer(d->queue, w, CL_TRUE, 0, bytes, groups, 0, NULL, NULL) ==
                    CL_SUCCESS &&
                cl->clEnqueueWriteBuffer(d->queue, d->x, CL_TRUE, 0, K * sizeof *x, x, 0, NULL,
                                         NULL) == CL_SUCCESS &&
                cl->clSetKernelArg(kernel, 0, sizeof w, &w) == CL_SUCCESS &&
                cl->clSetKernelArg(kernel, 1, sizeof from, &from) == CL_SUCCESS &&
                cl->clSetKernelArg(kernel, 2, sizeof k, &k) == CL_SUCCESS &&
                cl->clSetKernelArg(kernel, 3, sizeof d->x, &d->x) == CL_SUCCESS &&
                cl->clSetKernelArg(kernel, 4, sizeof d->y, &d->y) == CL_SUCCESS &&
                cl->clEnqueueNDRangeKernel(d->queue, kernel, 1, NULL, &global, &local, 0, NULL,
                                           NULL) == CL_SUCCESS &&
                cl->clEnqueueReadBuffer(d->queue, d->y, CL_TRUE, 0, ROWS * sizeof *y, y, 0, NULL,
                                        NULL) == CL_SUCCESS;
    if (kernel != NULL) {
        (void)cl->clReleaseKernel(kernel);
    }
    if (w != NULL) {
        (void)cl->clReleaseMemObject(w);
    }
    return done;
}

bool llmp__opencl_right(llmp__opencl_state *s, llmp__opencl_device *d, llmp__format_id format)
{
    const llmp__format *f = &llmp__formats[format];
    const unsigned bit = 1U << format;
    if ((d->checked & bit) != 0) {
        return (d->bad & bit) == 0;
    }
    size_t bytes = ROWS * llmp__format_row_bytes(f, K);
    uint8_t *rows = malloc(2 * bytes);
    float x[K];
    float y[ROWS];
    uint64_t seed = SEED + 1;
    for (size_t i = 0; i < K; i++) {
        x[i] = llmp__bench_random_unit(&seed);
    }
    bool right = false;
    if (rows != NULL) {
        make_rows(f, rows, rows + bytes);
        right = compute(s, d, f, rows + bytes, x, y) && agrees(f, rows, x, y);
    }
    free(rows);
    d->checked |= bit;
    d->bad |= right ? 0 : bit;
    return right;
}
