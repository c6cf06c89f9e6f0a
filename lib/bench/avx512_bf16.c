/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AVX-512 BF16: pairs of bf16 multiplied and added to an f32. */
#include "bench/avx512_gemv.h"
#include "bench/isa.h"

LLMP__INLINE __m512 dot(__m512 sum, __m512i a, __m512i b)
{
    __m512bh left;
    __m512bh right;
    memcpy(&left, &a, sizeof left);
    memcpy(&right, &b, sizeof right);
    return _mm512_dpbf16_ps(sum, left, right);
}

LLMP__INLINE void tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    __m512 sums[8];
    LLMP__UNROLL
    for (int i = 0; i < 8; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    for (size_t i = 0; i < x->k; i += 8) {
        LLMP__UNROLL
        for (int u = 0; u < 4; u++) {
            __m512i w = load(group + 32 * i + 64 * (size_t)u);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                int at = rows == 1 ? u : r;
                sums[at] = dot(sums[at], w, broadcast(x[r].bf16 + i + 2 * (size_t)u));
            }
        }
    }
    if (rows == 1) {
        sums[0] = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + r * LLMP__LANES, sums[r]);
    }
}

static void gemv(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_8(tile, group, x, m, y);
}

enum { BLOCK_UNITS = 192 }; /* as for f32: a unit is as many bytes */

LLMP__INLINE void gemm_tile(const uint8_t *a, const uint8_t *b, size_t apart, size_t units,
                            float *c, size_t row, bool first, int rows, int wide)
{
    __m512 sums[8][2];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            sums[r][g] = first ? _mm512_setzero_ps()
                               : _mm512_loadu_ps(c + (size_t)r * row + (size_t)g * LLMP__LANES);
        }
    }
    for (size_t u = 0; u < units; u++) {
        __m512i w[2];
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            w[g] = load(b + (size_t)g * apart + u * 64);
        }
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            __m512i pair = broadcast(a + 4 * (u * (size_t)rows + (size_t)r));
            LLMP__UNROLL
            for (int g = 0; g < wide; g++) {
                sums[r][g] = dot(sums[r][g], w[g], pair);
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            _mm512_storeu_ps(c + (size_t)r * row + (size_t)g * LLMP__LANES, sums[r][g]);
        }
    }
}

static void gemm(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    const uint8_t *right = b;
    const uint8_t *left = a;
    float *out = c;
    size_t row = groups * LLMP__LANES;
    size_t apart = units * 64;
    size_t rows = m < 8 ? 1 : 8;
    for (size_t u = 0; u < units; u += BLOCK_UNITS) {
        size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;
        for (size_t g = 0; g < groups; g += 2) {
            const uint8_t *columns = right + g * apart + u * 64;
            for (size_t i = 0; i < m; i += rows) {
                const uint8_t *panel = left + 4 * (i * units + u * rows);
                float *to = out + i * row + g * LLMP__LANES;
                if (rows == 8 && g + 2 <= groups) {
                    gemm_tile(panel, columns, apart, some, to, row, u == 0, 8, 2);
                } else if (rows == 8) {
                    gemm_tile(panel, columns, apart, some, to, row, u == 0, 8, 1);
                } else if (g + 2 <= groups) {
                    gemm_tile(panel, columns, apart, some, to, row, u == 0, 1, 2);
                } else {
                    gemm_tile(panel, columns, apart, some, to, row, u == 0, 1, 1);
                }
            }
        }
    }
}

#define NEEDS .variant = "avx512-bf16", .needs = LLMP__ISA_AVX512 | LLMP__ISA_AVX512_BF16
const llmp__kernel llmp__kernels_avx512_bf16[] = {
    {.id = LLMP__GEMV, .dtype = "bf16", NEEDS, .gemv = gemv},
    {.id = LLMP__GEMM, .dtype = "bf16", NEEDS, .gemm = gemm},
    {.dtype = NULL},
};
