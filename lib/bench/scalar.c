/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain C streams and dense products, and the table of everything plain. */
#include "bench/scalar.h"

#include <string.h>

static float stream_read(const float *a, size_t count)
{
    float sums[16] = {0.0F};
    for (size_t i = 0; i < count; i += 16) {
        for (size_t lane = 0; lane < 16; lane++) {
            sums[lane] += a[i + lane];
        }
    }
    float sum = 0.0F;
    for (size_t lane = 0; lane < 16; lane++) {
        sum += sums[lane];
    }
    return sum;
}

static void copy(float *to, const float *from, size_t count)
{
    memcpy(to, from, count * sizeof *to);
}

static void triad(float *a, const float *b, const float *c, float scale, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        a[i] = b[i] + scale * c[i];
    }
}

/* Rows of a panel and its stride: panels of 8, or all of m < 8. */
static size_t panel_rows(size_t m)
{
    return m < 8 ? m : 8;
}

static void gemm_f32(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    float *out = c;
    size_t rows = panel_rows(m);
    for (size_t i = 0; i < m; i++) {
        const float *left = (const float *)a + i / rows * rows * units + i % rows;
        for (size_t g = 0; g < groups; g++) {
            const float *right = (const float *)b + g * units * LLMP__LANES;
            float sums[LLMP__LANES] = {0.0F};
            for (size_t u = 0; u < units; u++) {
                for (size_t lane = 0; lane < LLMP__LANES; lane++) {
                    sums[lane] += left[u * rows] * right[u * LLMP__LANES + lane];
                }
            }
            memcpy(out + (i * groups + g) * LLMP__LANES, sums, sizeof sums);
        }
    }
}

static void gemm_bf16(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    float *out = c;
    size_t rows = panel_rows(m);
    for (size_t i = 0; i < m; i++) {
        const uint16_t *left = (const uint16_t *)a + 2 * (i / rows * rows * units + i % rows);
        for (size_t g = 0; g < groups; g++) {
            const uint16_t *right = (const uint16_t *)b + 2 * g * units * LLMP__LANES;
            float sums[LLMP__LANES] = {0.0F};
            for (size_t u = 0; u < units; u++) {
                float first = llmp__bf16_to_f32(left[2 * u * rows]);
                float second = llmp__bf16_to_f32(left[2 * u * rows + 1]);
                for (size_t lane = 0; lane < LLMP__LANES; lane++) {
                    const uint16_t *pair = right + 2 * (u * LLMP__LANES + lane);
                    sums[lane] +=
                        first * llmp__bf16_to_f32(pair[0]) + second * llmp__bf16_to_f32(pair[1]);
                }
            }
            memcpy(out + (i * groups + g) * LLMP__LANES, sums, sizeof sums);
        }
    }
}

static void gemm_int8(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    int32_t *out = c;
    size_t rows = panel_rows(m);
    for (size_t i = 0; i < m; i++) {
        const int8_t *left = (const int8_t *)a + 4 * (i / rows * rows * units + i % rows);
        for (size_t g = 0; g < groups; g++) {
            const int8_t *right = (const int8_t *)b + 4 * g * units * LLMP__LANES;
            int32_t sums[LLMP__LANES] = {0};
            for (size_t u = 0; u < units; u++) {
                for (size_t lane = 0; lane < LLMP__LANES; lane++) {
                    const int8_t *four = right + 4 * (u * LLMP__LANES + lane);
                    for (size_t i4 = 0; i4 < 4; i4++) {
                        sums[lane] += left[4 * u * rows + i4] * four[i4];
                    }
                }
            }
            memcpy(out + (i * groups + g) * LLMP__LANES, sums, sizeof sums);
        }
    }
}

#define C "c"
const llmp__kernel llmp__kernels_scalar[] = {
    {.id = LLMP__STREAM_READ, .dtype = "f32", .variant = C, .read = stream_read},
    {.id = LLMP__COPY, .dtype = "f32", .variant = C, .copy = copy},
    {.id = LLMP__TRIAD, .dtype = "f32", .variant = C, .triad = triad},
    {.id = LLMP__GEMV, .dtype = "f16", .variant = C, .gemv = llmp__scalar_f16},
    {.id = LLMP__GEMV, .dtype = "bf16", .variant = C, .gemv = llmp__scalar_bf16},
    {.id = LLMP__GEMV, .dtype = "q8_0", .variant = C, .gemv = llmp__scalar_q8_0},
    {.id = LLMP__GEMV, .dtype = "q4_0", .variant = C, .gemv = llmp__scalar_q4_0},
    {.id = LLMP__GEMV, .dtype = "q4_k", .variant = C, .gemv = llmp__scalar_q4_k},
    {.id = LLMP__GEMV, .dtype = "q6_k", .variant = C, .gemv = llmp__scalar_q6_k},
    {.id = LLMP__GEMV, .dtype = "mxfp4", .variant = C, .gemv = llmp__scalar_mxfp4},
    {.id = LLMP__GEMM, .dtype = "f32", .variant = C, .gemm = gemm_f32},
    {.id = LLMP__GEMM, .dtype = "bf16", .variant = C, .gemm = gemm_bf16},
    {.id = LLMP__GEMM, .dtype = "int8", .variant = C, .gemm = gemm_int8},
    {.dtype = NULL},
};
