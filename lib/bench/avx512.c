/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AVX-512 without dot products: streams, f16 and bf16 gemv, f32 gemm. */
#include "bench/avx512_gemv.h"
#include "bench/isa.h"

static float stream_read(const float *a, size_t count)
{
    __m512 s0 = _mm512_setzero_ps();
    __m512 s1 = s0;
    __m512 s2 = s0;
    __m512 s3 = s0;
    __m512 s4 = s0;
    __m512 s5 = s0;
    __m512 s6 = s0;
    __m512 s7 = s0;
    size_t i = 0;
    for (; i + 128 <= count; i += 128) {
        s0 = _mm512_add_ps(s0, _mm512_loadu_ps(a + i));
        s1 = _mm512_add_ps(s1, _mm512_loadu_ps(a + i + 16));
        s2 = _mm512_add_ps(s2, _mm512_loadu_ps(a + i + 32));
        s3 = _mm512_add_ps(s3, _mm512_loadu_ps(a + i + 48));
        s4 = _mm512_add_ps(s4, _mm512_loadu_ps(a + i + 64));
        s5 = _mm512_add_ps(s5, _mm512_loadu_ps(a + i + 80));
        s6 = _mm512_add_ps(s6, _mm512_loadu_ps(a + i + 96));
        s7 = _mm512_add_ps(s7, _mm512_loadu_ps(a + i + 112));
    }
    for (; i < count; i += 16) {
        s0 = _mm512_add_ps(s0, _mm512_loadu_ps(a + i));
    }
    s0 = _mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3));
    s4 = _mm512_add_ps(_mm512_add_ps(s4, s5), _mm512_add_ps(s6, s7));
    return _mm512_reduce_add_ps(_mm512_add_ps(s0, s4));
}

static void copy(float *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (size_t k = 0; k < 64; k += 16) {
            _mm512_storeu_ps(to + i + k, _mm512_loadu_ps(from + i + k));
        }
    }
}

static void copy_past(float *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (size_t k = 0; k < 64; k += 16) {
            _mm512_stream_ps(to + i + k, _mm512_loadu_ps(from + i + k));
        }
    }
    _mm_sfence();
}

static void triad(float *a, const float *b, const float *c, float scale, size_t count)
{
    __m512 s = _mm512_set1_ps(scale);
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (size_t k = 0; k < 64; k += 16) {
            _mm512_storeu_ps(a + i + k, _mm512_fmadd_ps(s, _mm512_loadu_ps(c + i + k),
                                                        _mm512_loadu_ps(b + i + k)));
        }
    }
}

static void triad_past(float *a, const float *b, const float *c, float scale, size_t count)
{
    __m512 s = _mm512_set1_ps(scale);
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (size_t k = 0; k < 64; k += 16) {
            _mm512_stream_ps(a + i + k, _mm512_fmadd_ps(s, _mm512_loadu_ps(c + i + k),
                                                        _mm512_loadu_ps(b + i + k)));
        }
    }
    _mm_sfence();
}

/* --- gemv ------------------------------------------------------------------------------------- */

/* One row of activations keeps four sums, to hide the latency of the multiply-add. */
LLMP__INLINE void f16_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    size_t k = x->k;
    int parts = rows == 1 ? 4 : 1;
    __m512 sums[8];
    LLMP__UNROLL
    for (int i = 0; i < 8; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    for (size_t i = 0; i < k; i += 4) {
        LLMP__UNROLL
        for (int u = 0; u < 4; u++) {
            __m512 w = load_f16(group + 32 * (i + (size_t)u));
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                int at = r + u % parts;
                sums[at] = _mm512_fmadd_ps(w, _mm512_set1_ps(x[r].f32[i + (size_t)u]), sums[at]);
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

static void f16(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_8(f16_tile, group, x, m, y);
}

/* A pair of bf16 is two f32: the low one shifted up, the high one with the low bits cleared. */
LLMP__INLINE void bf16_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const __m512i high = _mm512_set1_epi32((int)0xFFFF0000U);
    __m512 sums[8];
    LLMP__UNROLL
    for (int i = 0; i < 8; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    for (size_t i = 0; i < x->k; i += 4) {
        LLMP__UNROLL
        for (int u = 0; u < 2; u++) {
            __m512i w = load(group + 32 * i + 64 * (size_t)u);
            __m512 first = _mm512_castsi512_ps(_mm512_slli_epi32(w, 16));
            __m512 second = _mm512_castsi512_ps(_mm512_and_si512(w, high));
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                int at = rows == 1 ? 2 * u : r;
                int next = rows == 1 ? 2 * u + 1 : r;
                __m512i pair = broadcast(x[r].bf16 + i + 2 * (size_t)u);
                sums[at] = _mm512_fmadd_ps(first, _mm512_castsi512_ps(_mm512_slli_epi32(pair, 16)),
                                           sums[at]);
                sums[next] = _mm512_fmadd_ps(
                    second, _mm512_castsi512_ps(_mm512_and_si512(pair, high)), sums[next]);
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

static void bf16(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_8(bf16_tile, group, x, m, y);
}

/* --- gemm ------------------------------------------------------------------------------------- */

/* The tile is 8 rows by 2 groups. Along k, 192 units at a time: 24 KiB of B and 6 KiB of A stay in
 * the first cache while every panel of A passes. */
enum { BLOCK_UNITS = 192 };

LLMP__INLINE void f32_tile(const float *a, const float *b, size_t apart, size_t units, float *c,
                           size_t row, bool first, int rows, int wide)
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
        __m512 w[2];
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            w[g] = _mm512_loadu_ps(b + (size_t)g * apart + u * LLMP__LANES);
        }
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            __m512 value = _mm512_set1_ps(a[u * (size_t)rows + (size_t)r]);
            LLMP__UNROLL
            for (int g = 0; g < wide; g++) {
                sums[r][g] = _mm512_fmadd_ps(value, w[g], sums[r][g]);
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

static void gemm_f32(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    const float *right = b;
    const float *left = a;
    float *out = c;
    size_t row = groups * LLMP__LANES;
    size_t apart = units * LLMP__LANES;
    size_t rows = m < 8 ? 1 : 8;
    for (size_t u = 0; u < units; u += BLOCK_UNITS) {
        size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;
        for (size_t g = 0; g < groups; g += 2) {
            const float *columns = right + g * apart + u * LLMP__LANES;
            for (size_t i = 0; i < m; i += rows) {
                const float *panel = left + i * units + u * rows;
                float *to = out + i * row + g * LLMP__LANES;
                if (rows == 8 && g + 2 <= groups) {
                    f32_tile(panel, columns, apart, some, to, row, u == 0, 8, 2);
                } else if (rows == 8) {
                    f32_tile(panel, columns, apart, some, to, row, u == 0, 8, 1);
                } else if (g + 2 <= groups) {
                    f32_tile(panel, columns, apart, some, to, row, u == 0, 1, 2);
                } else {
                    f32_tile(panel, columns, apart, some, to, row, u == 0, 1, 1);
                }
            }
        }
    }
}

#define V "avx512"
#define NEEDS .variant = V, .needs = LLMP__ISA_AVX512
const llmp__kernel llmp__kernels_avx512[] = {
    {.id = LLMP__STREAM_READ, .dtype = "f32", NEEDS, .read = stream_read},
    {.id = LLMP__COPY, .dtype = "f32", NEEDS, .copy = copy},
    {.id = LLMP__COPY,
     .dtype = "f32",
     .variant = V "-nt",
     .needs = LLMP__ISA_AVX512,
     .non_temporal = true,
     .copy = copy_past},
    {.id = LLMP__TRIAD, .dtype = "f32", NEEDS, .triad = triad},
    {.id = LLMP__TRIAD,
     .dtype = "f32",
     .variant = V "-nt",
     .needs = LLMP__ISA_AVX512,
     .non_temporal = true,
     .triad = triad_past},
    {.id = LLMP__GEMV, .dtype = "f16", NEEDS, .gemv = f16},
    {.id = LLMP__GEMV, .dtype = "bf16", NEEDS, .gemv = bf16},
    {.id = LLMP__GEMM, .dtype = "f32", NEEDS, .gemm = gemm_f32},
    {.dtype = NULL},
};
