/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each variant against the plain reference, after dav1d's checkasm. Tolerances follow from the
 * arithmetic: an f32 result of n roundings is off by at most n 2^-24 of the sum of the magnitudes
 * that went into it; copies and integers are exact. */
#include "bench/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 0x1p-24

enum {
    STREAM_COUNT = LLMP__STREAM_BLOCK * 37,
    GEMV_K = 3 * LLMP__SUPER,
    GEMV_ROWS = 11, /* tiles of 8, 4, 2 and 1 all run */
    GEMM_GROUPS = 3,
    GEMM_UNITS = 301, /* more than a block of units, and odd */
    GEMM_ROWS = 24,
    GUARD = 16 /* floats around an output that must stay */
};

/* Allocations of one check, all freed at the end; a failed one is remembered. */
typedef struct memory {
    void *parts[8];
    size_t count;
    bool failed;
} memory;

static void *take(memory *m, size_t bytes)
{
    void *part = NULL;
    if (posix_memalign(&part, 64, bytes) != 0) {
        m->failed = true;
        return NULL;
    }
    memset(part, 0, bytes);
    m->parts[m->count++] = part;
    return part;
}

static double finish(memory *m, double error)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->parts[i]);
    }
    return m->failed ? HUGE_VAL : error;
}

static void watch(float *out, size_t count)
{
    for (size_t i = 0; i < GUARD; i++) {
        out[i] = out[GUARD + count + i] = 77.0F;
    }
}

static bool untouched(const float *out, size_t count)
{
    for (size_t i = 0; i < GUARD; i++) {
        if (out[i] != 77.0F || out[GUARD + count + i] != 77.0F) {
            return false;
        }
    }
    return true;
}

/* NAN counts as wrong. */
static double worse(double error, double difference, double tolerance)
{
    double ratio = fabs(difference) / tolerance;
    ratio = difference == 0.0 ? 0.0 : ratio;
    return isnan(ratio) || isnan(error) ? HUGE_VAL : fmax(error, ratio);
}

static double check_stream(const llmp__kernel *k, uint64_t seed)
{
    memory m = {.count = 0};
    float *a = take(&m, STREAM_COUNT * sizeof *a);
    float *b = take(&m, STREAM_COUNT * sizeof *b);
    float *out = take(&m, (STREAM_COUNT + 2 * GUARD) * sizeof *out);
    double error = 0.0;
    if (m.failed) {
        return finish(&m, error);
    }
    double sum = 0.0;
    double magnitude = 0.0;
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        a[i] = llmp__bench_random_unit(&seed);
        b[i] = llmp__bench_random_unit(&seed);
        sum += (double)a[i];
        magnitude += fabs((double)a[i]);
    }
    watch(out, STREAM_COUNT);
    if (k->read != NULL) {
        error = worse(error, (double)k->read(a, STREAM_COUNT) - sum,
                      STREAM_COUNT * ROUNDING * magnitude);
    } else if (k->copy != NULL) {
        k->copy(out + GUARD, a, STREAM_COUNT);
        error = memcmp(out + GUARD, a, STREAM_COUNT * sizeof *a) == 0 ? 0.0 : HUGE_VAL;
    } else {
        k->triad(out + GUARD, a, b, 0.4F, STREAM_COUNT);
        for (size_t i = 0; i < STREAM_COUNT; i++) {
            double scaled = (double)0.4F * (double)b[i];
            double wanted = (double)a[i] + scaled;
            error = worse(error, (double)out[GUARD + i] - wanted,
                          2.0 * ROUNDING * (fabs((double)a[i]) + fabs(scaled)));
        }
    }
    return finish(&m, untouched(out, STREAM_COUNT) ? error : HUGE_VAL);
}

/* Rounding of every weight and sum, and cancellation between a scale and a minimum, are bounded by
 * the largest weight of a super-block. */
static double gemv_error(const llmp__format *f, const uint8_t *rows, const llmp__activations *x,
                         size_t lane, float got)
{
    float w[LLMP__SUPER];
    double sum = 0.0;
    double magnitude = 0.0;
    size_t row_bytes = llmp__format_row_bytes(f, GEMV_K);
    for (size_t at = 0; at < GEMV_K; at += LLMP__SUPER) {
        double most = 0.0;
        double size = 0.0;
        for (size_t i = 0; i < LLMP__SUPER; i += f->block_weights) {
            f->dequantise(rows + lane * row_bytes + llmp__format_row_bytes(f, at + i), w + i);
        }
        for (size_t i = 0; i < LLMP__SUPER; i++) {
            double value = llmp__activations_value(x, f->activation, at + i);
            sum += (double)w[i] * value;
            most = fmax(most, fabs((double)w[i]));
            size += fabs(value);
        }
        magnitude += most * size;
    }
    double roundings = 4.0 + 4.0 * GEMV_K / (f->block_weights < 32 ? 1 : 32);
    return worse(0.0, (double)got - sum, roundings * ROUNDING * magnitude);
}

static double check_gemv(const llmp__kernel *k, uint64_t seed)
{
    const llmp__format *f = llmp__format_find(k->dtype);
    size_t row_bytes = llmp__format_row_bytes(f, GEMV_K);
    size_t part = llmp__activations_bytes(GEMV_K);
    size_t results = GEMV_ROWS * LLMP__LANES;
    memory m = {.count = 0};
    uint8_t *rows = take(&m, LLMP__LANES * row_bytes);
    uint8_t *group = take(&m, LLMP__LANES * row_bytes);
    float *values = take(&m, GEMV_K * sizeof *values);
    uint8_t *inside = take(&m, GEMV_ROWS * part);
    float *out = take(&m, (results + 2 * GUARD) * sizeof *out);
    if (m.failed) {
        return finish(&m, 0.0);
    }
    for (size_t at = 0; at < LLMP__LANES * row_bytes; at += f->block_bytes) {
        f->random(&seed, rows + at);
    }
    for (size_t b = 0; b < GEMV_K / f->block_weights; b++) {
        f->interleave(rows + b * f->block_bytes, row_bytes,
                      group + b * f->block_bytes * LLMP__LANES);
    }
    llmp__activations x[GEMV_ROWS];
    for (size_t r = 0; r < GEMV_ROWS; r++) {
        for (size_t i = 0; i < GEMV_K; i++) {
            values[i] = llmp__bench_random_unit(&seed);
        }
        llmp__activations_fill(&x[r], inside + r * part, values, GEMV_K);
    }
    double error = 0.0;
    static const size_t counts[] = {1, 2, 3, GEMV_ROWS};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        memset(out, 0xFF, (results + 2 * GUARD) * sizeof *out); /* NAN: nothing may be left */
        watch(out, counts[c] * LLMP__LANES);
        k->gemv(group, x, counts[c], out + GUARD);
        for (size_t i = 0; i < counts[c] * LLMP__LANES; i++) {
            error = fmax(error,
                         gemv_error(f, rows, &x[i / LLMP__LANES], i % LLMP__LANES, out[GUARD + i]));
        }
        error = untouched(out, counts[c] * LLMP__LANES) ? error : HUGE_VAL;
    }
    return finish(&m, error);
}

/* The value of element i of a row, and how many make a unit. */
static double element(const char *dtype, const void *row, size_t i)
{
    return strcmp(dtype, "f32") == 0    ? (double)((const float *)row)[i]
           : strcmp(dtype, "bf16") == 0 ? (double)llmp__bf16_to_f32(((const uint16_t *)row)[i])
                                        : (double)((const int8_t *)row)[i];
}

static size_t elements_of_unit(const char *dtype)
{
    return strcmp(dtype, "f32") == 0 ? 1 : strcmp(dtype, "bf16") == 0 ? 2 : 4;
}

static void random_units(const char *dtype, uint64_t *seed, void *out, size_t units)
{
    size_t count = units * elements_of_unit(dtype);
    for (size_t i = 0; i < count; i++) {
        float value = llmp__bench_random_unit(seed);
        if (strcmp(dtype, "f32") == 0) {
            ((float *)out)[i] = value;
        } else if (strcmp(dtype, "bf16") == 0) {
            ((uint16_t *)out)[i] = llmp__f32_to_bf16(value);
        } else {
            ((int8_t *)out)[i] = (int8_t)lrintf(value * 127.0F);
        }
    }
}

static double check_gemm(const llmp__kernel *k, uint64_t seed)
{
    size_t columns = GEMM_GROUPS * LLMP__LANES;
    size_t results = GEMM_ROWS * columns;
    memory mem = {.count = 0};
    uint8_t *a = take(&mem, GEMM_ROWS * GEMM_UNITS * 4);
    uint8_t *b = take(&mem, columns * GEMM_UNITS * 4);
    void *panels = take(&mem, GEMM_ROWS * GEMM_UNITS * 4);
    void *groups = take(&mem, columns * GEMM_UNITS * 4);
    float *out = take(&mem, (results + 2 * GUARD) * sizeof *out);
    if (mem.failed) {
        return finish(&mem, 0.0);
    }
    random_units(k->dtype, &seed, a, GEMM_ROWS * GEMM_UNITS);
    random_units(k->dtype, &seed, b, columns * GEMM_UNITS);
    llmp__gemm_pack(b, columns, LLMP__LANES, GEMM_UNITS, groups);
    bool whole = strcmp(k->dtype, "int8") == 0;
    size_t length = GEMM_UNITS * elements_of_unit(k->dtype);
    double error = 0.0;
    static const size_t counts[] = {1, 8, GEMM_ROWS};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t m = counts[c];
        llmp__gemm_pack(a, m, m < 8 ? m : 8, GEMM_UNITS, panels);
        memset(out, 0xFF, (results + 2 * GUARD) * sizeof *out);
        watch(out, m * columns);
        k->gemm(panels, groups, m, GEMM_GROUPS, GEMM_UNITS, out + GUARD);
        for (size_t i = 0; i < m * columns; i++) {
            double sum = 0.0;
            double magnitude = 0.0;
            for (size_t e = 0; e < length; e++) {
                double product = element(k->dtype, a + i / columns * GEMM_UNITS * 4, e) *
                                 element(k->dtype, b + i % columns * GEMM_UNITS * 4, e);
                sum += product;
                magnitude += fabs(product);
            }
            int32_t integer;
            memcpy(&integer, &out[GUARD + i], sizeof integer);
            error = whole ? worse(error, integer - sum, 0.5)
                          : worse(error, (double)out[GUARD + i] - sum,
                                  (double)length * ROUNDING * magnitude);
        }
        error = untouched(out, m * columns) ? error : HUGE_VAL;
    }
    return finish(&mem, error);
}

double llmp__kernel_check(const llmp__kernel *kernel, uint64_t seed)
{
    switch (kernel->id) {
    case LLMP__STREAM_READ:
    case LLMP__COPY:
    case LLMP__TRIAD:
        return check_stream(kernel, seed);
    case LLMP__GEMV:
        return check_gemv(kernel, seed);
    case LLMP__GEMM:
        return check_gemm(kernel, seed);
    case LLMP__KERNEL_COUNT:
        break;
    }
    return HUGE_VAL;
}
