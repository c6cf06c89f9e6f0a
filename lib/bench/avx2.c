/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AVX2 with FMA and F16C: streams, f16 and bf16 gemv, f32 and bf16 gemm. 16 rows are two vectors.
 */
#include "bench/isa.h"
#include "bench/kernels.h"

#include <immintrin.h>
#include <string.h>

static float stream_read(const float *a, size_t count)
{
    __m256 sums[8];
    LLMP__UNROLL
    for (int i = 0; i < 8; i++) {
        sums[i] = _mm256_setzero_ps();
    }
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (int k = 0; k < 8; k++) {
            sums[k] = _mm256_add_ps(sums[k], _mm256_loadu_ps(a + i + 8 * k));
        }
    }
    float lanes[8];
    LLMP__UNROLL
    for (int i = 1; i < 8; i++) {
        sums[0] = _mm256_add_ps(sums[0], sums[i]);
    }
    _mm256_storeu_ps(lanes, sums[0]);
    return lanes[0] + lanes[1] + lanes[2] + lanes[3] + lanes[4] + lanes[5] + lanes[6] + lanes[7];
}

#define COPY(name, STORE, END)                                    \
    static void name(float *to, const float *from, size_t count)  \
    {                                                             \
        for (size_t i = 0; i < count; i += 64) {                  \
            LLMP__UNROLL                                          \
            for (size_t k = 0; k < 64; k += 8) {                  \
                STORE(to + i + k, _mm256_loadu_ps(from + i + k)); \
            }                                                     \
        }                                                         \
        END;                                                      \
    }
COPY(copy, _mm256_storeu_ps, (void)0)
COPY(copy_past, _mm256_stream_ps, _mm_sfence())

#define TRIAD(name, STORE, END)                                                                    \
    static void name(float *a, const float *b, const float *c, float scale, size_t count)          \
    {                                                                                              \
        __m256 s = _mm256_set1_ps(scale);                                                          \
        for (size_t i = 0; i < count; i += 64) {                                                   \
            LLMP__UNROLL                                                                           \
            for (size_t k = 0; k < 64; k += 8) {                                                   \
                STORE(a + i + k,                                                                   \
                      _mm256_fmadd_ps(s, _mm256_loadu_ps(c + i + k), _mm256_loadu_ps(b + i + k))); \
            }                                                                                      \
        }                                                                                          \
        END;                                                                                       \
    }
TRIAD(triad, _mm256_storeu_ps, (void)0)
TRIAD(triad_past, _mm256_stream_ps, _mm_sfence())

/* --- gemv ------------------------------------------------------------------------------------- */

LLMP__INLINE __m256i load(const void *at)
{
    return _mm256_loadu_si256(at);
}

LLMP__INLINE __m256i broadcast(const void *four)
{
    int32_t value;
    memcpy(&value, four, sizeof value);
    return _mm256_set1_epi32(value);
}

/* One row of activations keeps two sums a vector, to hide the latency of the multiply-add. */
LLMP__INLINE void f16_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    __m256 sums[4][2];
    LLMP__UNROLL
    for (int r = 0; r < 4; r++) {
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    }
    for (size_t i = 0; i < x->k; i += 4) {
        LLMP__UNROLL
        for (int u = 0; u < 4; u++) {
            const uint8_t *at = group + 32 * (i + (size_t)u);
            __m256 w0 = _mm256_cvtph_ps(_mm_loadu_si128((const void *)at));
            __m256 w1 = _mm256_cvtph_ps(_mm_loadu_si128((const void *)(at + 16)));
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                int to = rows == 1 ? u : r;
                __m256 value = _mm256_set1_ps(x[r].f32[i + (size_t)u]);
                sums[to][0] = _mm256_fmadd_ps(w0, value, sums[to][0]);
                sums[to][1] = _mm256_fmadd_ps(w1, value, sums[to][1]);
            }
        }
    }
    if (rows == 1) {
        LLMP__UNROLL
        for (int h = 0; h < 2; h++) {
            sums[0][h] = _mm256_add_ps(_mm256_add_ps(sums[0][h], sums[1][h]),
                                       _mm256_add_ps(sums[2][h], sums[3][h]));
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm256_storeu_ps(y + r * LLMP__LANES, sums[r][0]);
        _mm256_storeu_ps(y + r * LLMP__LANES + 8, sums[r][1]);
    }
}

static void f16(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(f16_tile, group, x, m, y);
}

/* A pair of bf16 is two f32: the low one shifted up, the high one with the low bits cleared. */
LLMP__INLINE __m256 first_of(__m256i pairs)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
}

LLMP__INLINE __m256 second_of(__m256i pairs)
{
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32((int)0xFFFF0000U)));
}

LLMP__INLINE void bf16_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    __m256 sums[4][2];
    LLMP__UNROLL
    for (int r = 0; r < 4; r++) {
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    }
    for (size_t i = 0; i < x->k; i += 4) {
        LLMP__UNROLL
        for (int u = 0; u < 2; u++) {
            const uint8_t *at = group + 32 * i + 64 * (size_t)u;
            LLMP__UNROLL
            for (int h = 0; h < 2; h++) {
                __m256i w = load(at + 32 * h);
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    int to = rows == 1 ? 2 * u : r;
                    int next = rows == 1 ? 2 * u + 1 : r;
                    __m256i pair = broadcast(x[r].bf16 + i + 2 * (size_t)u);
                    sums[to][h] = _mm256_fmadd_ps(first_of(w), first_of(pair), sums[to][h]);
                    sums[next][h] = _mm256_fmadd_ps(second_of(w), second_of(pair), sums[next][h]);
                }
            }
        }
    }
    if (rows == 1) {
        LLMP__UNROLL
        for (int h = 0; h < 2; h++) {
            sums[0][h] = _mm256_add_ps(_mm256_add_ps(sums[0][h], sums[1][h]),
                                       _mm256_add_ps(sums[2][h], sums[3][h]));
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm256_storeu_ps(y + r * LLMP__LANES, sums[r][0]);
        _mm256_storeu_ps(y + r * LLMP__LANES + 8, sums[r][1]);
    }
}

static void bf16(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(bf16_tile, group, x, m, y);
}

/* --- gemm ------------------------------------------------------------------------------------- */

/* The tile is 4 rows by one group; 256 units of it are 16 KiB of B. */
enum { BLOCK_UNITS = 256 };

#define GEMM(name, UNIT)                                                                           \
    LLMP__INLINE void name##_tile(const uint8_t *a, size_t stride, const uint8_t *b, size_t units, \
                                  float *c, size_t row, bool first, int rows)                      \
    {                                                                                              \
        __m256 sums[4][2];                                                                         \
        LLMP__UNROLL                                                                               \
        for (int r = 0; r < rows; r++) {                                                           \
            const float *from = c + (size_t)r * row;                                               \
            sums[r][0] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(from);                      \
            sums[r][1] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(from + 8);                  \
        }                                                                                          \
        for (size_t u = 0; u < units; u++) {                                                       \
            __m256i w0 = load(b + 64 * u);                                                         \
            __m256i w1 = load(b + 64 * u + 32);                                                    \
            LLMP__UNROLL                                                                           \
            for (int r = 0; r < rows; r++) {                                                       \
                __m256i value = broadcast(a + 4 * (u * stride + (size_t)r));                       \
                UNIT(sums[r][0], w0, value);                                                       \
                UNIT(sums[r][1], w1, value);                                                       \
            }                                                                                      \
        }                                                                                          \
        LLMP__UNROLL                                                                               \
        for (int r = 0; r < rows; r++) {                                                           \
            _mm256_storeu_ps(c + (size_t)r * row, sums[r][0]);                                     \
            _mm256_storeu_ps(c + (size_t)r * row + 8, sums[r][1]);                                 \
        }                                                                                          \
    }                                                                                              \
    static void name(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c) \
    {                                                                                              \
        size_t row = groups * LLMP__LANES;                                                         \
        size_t stride = m < 8 ? 1 : 8;                                                             \
        for (size_t u = 0; u < units; u += BLOCK_UNITS) {                                          \
            size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;                       \
            for (size_t g = 0; g < groups; g++) {                                                  \
                const uint8_t *columns = (const uint8_t *)b + 64 * (g * units + u);                \
                for (size_t i = 0; i < m; i += stride == 8 ? 4 : 1) {                              \
                    size_t panel = i / stride * stride;                                            \
                    const uint8_t *rows =                                                          \
                        (const uint8_t *)a + 4 * (panel * units + u * stride + i - panel);         \
                    float *to = (float *)c + i * row + g * LLMP__LANES;                            \
                    if (stride == 8) {                                                             \
                        name##_tile(rows, 8, columns, some, to, row, u == 0, 4);                   \
                    } else {                                                                       \
                        name##_tile(rows, 1, columns, some, to, row, u == 0, 1);                   \
                    }                                                                              \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

#define F32_UNIT(sum, w, value) \
    sum = _mm256_fmadd_ps(_mm256_castsi256_ps(w), _mm256_castsi256_ps(value), sum)
#define BF16_UNIT(sum, w, value)                              \
    sum = _mm256_fmadd_ps(first_of(w), first_of(value), sum); \
    sum = _mm256_fmadd_ps(second_of(w), second_of(value), sum)
GEMM(gemm_f32, F32_UNIT)
GEMM(gemm_bf16, BF16_UNIT)

#define V "avx2"
#define NEEDS .variant = V, .needs = LLMP__ISA_AVX2
#define NEEDS_NT .variant = V "-nt", .needs = LLMP__ISA_AVX2, .non_temporal = true
const llmp__kernel llmp__kernels_avx2[] = {
    {.id = LLMP__STREAM_READ, .dtype = "f32", NEEDS, .read = stream_read},
    {.id = LLMP__COPY, .dtype = "f32", NEEDS, .copy = copy},
    {.id = LLMP__COPY, .dtype = "f32", NEEDS_NT, .copy = copy_past},
    {.id = LLMP__TRIAD, .dtype = "f32", NEEDS, .triad = triad},
    {.id = LLMP__TRIAD, .dtype = "f32", NEEDS_NT, .triad = triad_past},
    {.id = LLMP__GEMV, .dtype = "f16", NEEDS, .gemv = f16},
    {.id = LLMP__GEMV, .dtype = "bf16", NEEDS, .gemv = bf16},
    {.id = LLMP__GEMM, .dtype = "f32", NEEDS, .gemm = gemm_f32},
    {.id = LLMP__GEMM, .dtype = "bf16", NEEDS, .gemm = gemm_bf16},
    {.dtype = NULL},
};
