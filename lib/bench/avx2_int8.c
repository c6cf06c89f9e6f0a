/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 256-bit int8 products: with AVX-VNNI (LLMP__WITH_AVXVNNI) in one instruction, else by AVX2's
 * products of unsigned by signed bytes, whose 16-bit sums of two never overflow here: at most
 * 2 * 128 * 127. */
#include "bench/isa.h"
#include "bench/kernels.h"

#include <immintrin.h>
#include <string.h>

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

LLMP__INLINE __m256 load_f16(const uint8_t *at)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const void *)at));
}

/* sum + 4 products of unsigned w, at most 127, by signed x, in each lane. */
LLMP__INLINE __m256i dot(__m256i sum, __m256i w, __m256i x)
{
#ifdef LLMP__WITH_AVXVNNI
    return _mm256_dpbusd_avx_epi32(sum, w, x);
#else
    return _mm256_add_epi32(sum,
                            _mm256_madd_epi16(_mm256_maddubs_epi16(w, x), _mm256_set1_epi16(1)));
#endif
}

/* The same for signed w: |w| by x with the sign of w. */
LLMP__INLINE __m256i dot_signed(__m256i sum, __m256i w, __m256i x)
{
    return dot(sum, _mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
}

/* As avx512_vnni.c: DECODE sets `low` and `high` of half h, DOT meets them, BIAS was added. */
#define DEFINE_32(name, block_bytes, BIAS, SCALE, DOT, DECODE)                                \
    LLMP__INLINE void name##_tile(const uint8_t *group, const llmp__activations *x, float *y, \
                                  int rows)                                                   \
    {                                                                                         \
        CONSTANTS;                                                                            \
        __m256 sums[4][2];                                                                    \
        LLMP__UNROLL                                                                          \
        for (int r = 0; r < rows; r++) {                                                      \
            sums[r][0] = sums[r][1] = _mm256_setzero_ps();                                    \
        }                                                                                     \
        for (size_t b = 0; b < x->k / 32; b++, group += (block_bytes)*LLMP__LANES) {          \
            LLMP__UNROLL                                                                      \
            for (int h = 0; h < 2; h++) {                                                     \
                __m256 scale = SCALE;                                                         \
                __m256i whole[4];                                                             \
                LLMP__UNROLL                                                                  \
                for (int r = 0; r < rows; r++) {                                              \
                    whole[r] = _mm256_set1_epi32(-(BIAS)*x[r].sum32[b]);                      \
                }                                                                             \
                LLMP__UNROLL                                                                  \
                for (size_t u = 0; u < 4; u++) {                                              \
                    DECODE;                                                                   \
                    LLMP__UNROLL                                                              \
                    for (int r = 0; r < rows; r++) {                                          \
                        const int8_t *q = x[r].q32 + 32 * b + 4 * u;                          \
                        whole[r] = DOT(whole[r], low, broadcast(q));                          \
                        whole[r] = DOT(whole[r], high, broadcast(q + 16));                    \
                    }                                                                         \
                }                                                                             \
                LLMP__UNROLL                                                                  \
                for (int r = 0; r < rows; r++) {                                              \
                    sums[r][h] = _mm256_fmadd_ps(                                             \
                        _mm256_cvtepi32_ps(whole[r]),                                         \
                        _mm256_mul_ps(scale, _mm256_set1_ps(x[r].scale32[b])), sums[r][h]);   \
                }                                                                             \
            }                                                                                 \
        }                                                                                     \
        LLMP__UNROLL                                                                          \
        for (int r = 0; r < rows; r++) {                                                      \
            _mm256_storeu_ps(y + r * LLMP__LANES, sums[r][0]);                                \
            _mm256_storeu_ps(y + r * LLMP__LANES + 8, sums[r][1]);                            \
        }                                                                                     \
    }                                                                                         \
    static void name(const uint8_t *group, const llmp__activations *x, size_t m, float *y)    \
    {                                                                                         \
        LLMP__TILES_4(name##_tile, group, x, m, y);                                           \
    }

#define CONSTANTS (void)0
DEFINE_32(q8_0, 34, 0, load_f16(group + 16 * h), dot_signed,
          __m256i low = load(group + 32 + 64 * u + 32 * h);
          __m256i high = load(group + 288 + 64 * u + 32 * h))
#undef CONSTANTS

#define CONSTANTS const __m256i nibble = _mm256_set1_epi8(15)
#define NIBBLES(offset)                                      \
    __m256i both = load(group + (offset) + 64 * u + 32 * h); \
    __m256i low = _mm256_and_si256(both, nibble);            \
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), nibble)
DEFINE_32(q4_0, 18, 8, load_f16(group + 16 * h), dot, NIBBLES(32))
#undef CONSTANTS

/* The values 0, 1, .., 12 and their negatives, with 12 added to keep them unsigned. */
#define CONSTANTS                                       \
    const __m256i nibble = _mm256_set1_epi8(15);        \
    const __m256i values = _mm256_broadcastsi128_si256( \
        _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0))
/* 2^(e - 127) / 2 from the bits of the exponent. */
#define E8M0                                                                                      \
    _mm256_mul_ps(_mm256_castsi256_ps(_mm256_slli_epi32(                                          \
                      _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(group + 8 * h))), 23)), \
                  _mm256_set1_ps(0.5F))
DEFINE_32(mxfp4, 17, 12, E8M0, dot, NIBBLES(16); low = _mm256_shuffle_epi8(values, low);
          high = _mm256_shuffle_epi8(values, high))
#undef CONSTANTS

/* --- blocks of 256 ---------------------------------------------------------------------------- */

LLMP__INLINE __m256i byte_of(__m256i words, int index)
{
    return _mm256_and_si256(_mm256_srli_epi32(words, 8 * index), _mm256_set1_epi32(255));
}

/* Two rows of activations at a time: more do not fit 16 registers. */
LLMP__INLINE void q4_k_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i six = _mm256_set1_epi8(63);
    const __m256i top = _mm256_set1_epi8(48);
    __m256 sums[4][2];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    }
    for (size_t b = 0; b < x->k / 256; b++, group += 144 * LLMP__LANES) {
        for (int h = 0; h < 2; h++) {
            __m256i word0 = load(group + 64 + 32 * h);
            __m256i word1 = load(group + 128 + 32 * h);
            __m256i word2 = load(group + 192 + 32 * h);
            __m256i scales[2] = {
                _mm256_and_si256(word0, six),
                _mm256_or_si256(_mm256_and_si256(word2, nibble),
                                _mm256_and_si256(_mm256_srli_epi16(word0, 2), top))};
            __m256i minima[2] = {
                _mm256_and_si256(word1, six),
                _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(word2, 4), nibble),
                                _mm256_and_si256(_mm256_srli_epi16(word1, 2), top))};
            __m256i whole[4];
            __m256i below[4];
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                whole[r] = below[r] = _mm256_setzero_si256();
            }
            LLMP__UNROLL
            for (int pair = 0; pair < 4; pair++) {
                __m256i even[4];
                __m256i odd[4];
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    even[r] = odd[r] = _mm256_setzero_si256();
                }
                LLMP__UNROLL
                for (int u = 0; u < 8; u++) {
                    __m256i both = load(group + 256 + 512 * pair + 64 * u + 32 * h);
                    __m256i low = _mm256_and_si256(both, nibble);
                    __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), nibble);
                    LLMP__UNROLL
                    for (int r = 0; r < rows; r++) {
                        const int8_t *q = x[r].q256 + 256 * b + 64 * pair + 4 * u;
                        even[r] = dot(even[r], low, broadcast(q));
                        odd[r] = dot(odd[r], high, broadcast(q + 32));
                    }
                }
                int j = 2 * pair;
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    const int32_t *s = x[r].sum256_16 + 16 * b + 4 * pair;
                    __m256i scaled = _mm256_add_epi32(
                        _mm256_mullo_epi32(even[r], byte_of(scales[j / 4], j % 4)),
                        _mm256_mullo_epi32(odd[r], byte_of(scales[j / 4], j % 4 + 1)));
                    __m256i under =
                        _mm256_add_epi32(_mm256_mullo_epi32(byte_of(minima[j / 4], j % 4),
                                                            _mm256_set1_epi32(s[0] + s[1])),
                                         _mm256_mullo_epi32(byte_of(minima[j / 4], j % 4 + 1),
                                                            _mm256_set1_epi32(s[2] + s[3])));
                    whole[r] = _mm256_add_epi32(whole[r], scaled);
                    below[r] = _mm256_add_epi32(below[r], under);
                }
            }
            __m256 d = load_f16(group + 16 * h);
            __m256 dmin = load_f16(group + 32 + 16 * h);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                __m256 value = _mm256_fnmadd_ps(dmin, _mm256_cvtepi32_ps(below[r]),
                                                _mm256_mul_ps(d, _mm256_cvtepi32_ps(whole[r])));
                sums[r][h] = _mm256_fmadd_ps(value, _mm256_set1_ps(x[r].scale256[b]), sums[r][h]);
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm256_storeu_ps(y + r * LLMP__LANES, sums[r][0]);
        _mm256_storeu_ps(y + r * LLMP__LANES + 8, sums[r][1]);
    }
}

static void q4_k(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_2(q4_k_tile, group, x, m, y);
}

LLMP__INLINE void q6_k_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i upper = _mm256_set1_epi8(48);
    __m256 sums[2][2];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    }
    for (size_t b = 0; b < x->k / 256; b++, group += 210 * LLMP__LANES) {
        for (int h = 0; h < 2; h++) {
            __m256i whole[2];
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                whole[r] = _mm256_setzero_si256();
            }
            for (size_t part = 0; part < 4; part++) { /* 16 weights of each quarter of a half */
                const uint8_t *bits = group + 288 + 768 * part + 32 * h;
                size_t half = part / 2;
                size_t at = 128 * half + 16 * (part % 2);
                __m256i dots[2][4];
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    LLMP__UNROLL
                    for (int quarter = 0; quarter < 4; quarter++) {
                        int32_t sum = x[r].sum256_16[16 * b + (at + 32 * (size_t)quarter) / 16];
                        dots[r][quarter] = _mm256_set1_epi32(-32 * sum);
                    }
                }
                LLMP__UNROLL
                for (int u = 0; u < 4; u++) {
                    __m256i low0 = load(bits + 192 * u);
                    __m256i low1 = load(bits + 192 * u + 64);
                    __m256i high = load(bits + 192 * u + 128);
                    __m256i w[4] = {
                        _mm256_or_si256(_mm256_and_si256(low0, nibble),
                                        _mm256_and_si256(_mm256_slli_epi16(high, 4), upper)),
                        _mm256_or_si256(_mm256_and_si256(low1, nibble),
                                        _mm256_and_si256(_mm256_slli_epi16(high, 2), upper)),
                        _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(low0, 4), nibble),
                                        _mm256_and_si256(high, upper)),
                        _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(low1, 4), nibble),
                                        _mm256_and_si256(_mm256_srli_epi16(high, 2), upper))};
                    LLMP__UNROLL
                    for (int r = 0; r < rows; r++) {
                        const int8_t *q = x[r].q256 + 256 * b + at + 4 * (size_t)u;
                        LLMP__UNROLL
                        for (int quarter = 0; quarter < 4; quarter++) {
                            dots[r][quarter] =
                                dot(dots[r][quarter], w[quarter], broadcast(q + 32 * quarter));
                        }
                    }
                }
                LLMP__UNROLL
                for (int quarter = 0; quarter < 4; quarter++) {
                    size_t index = 8 * half + 2 * (size_t)quarter + part % 2;
                    __m256i scale = _mm256_cvtepi8_epi32(
                        _mm_loadl_epi64((const void *)(group + 32 + 16 * index + 8 * (size_t)h)));
                    LLMP__UNROLL
                    for (int r = 0; r < rows; r++) {
                        whole[r] =
                            _mm256_add_epi32(whole[r], _mm256_mullo_epi32(dots[r][quarter], scale));
                    }
                }
            }
            __m256 d = load_f16(group + 16 * h);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                sums[r][h] =
                    _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole[r]),
                                    _mm256_mul_ps(d, _mm256_set1_ps(x[r].scale256[b])), sums[r][h]);
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm256_storeu_ps(y + r * LLMP__LANES, sums[r][0]);
        _mm256_storeu_ps(y + r * LLMP__LANES + 8, sums[r][1]);
    }
}

static void q6_k(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_2(q6_k_tile, group, x, m, y);
}

/* --- gemm ------------------------------------------------------------------------------------- */

enum { BLOCK_UNITS = 256 }; /* 16 KiB of one group of B */

LLMP__INLINE void gemm_tile(const int8_t *a, size_t stride, const int8_t *b, size_t units,
                            int32_t *c, size_t row, bool first, int rows)
{
    __m256i sums[4][2];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        sums[r][0] = first ? _mm256_setzero_si256() : load(c + (size_t)r * row);
        sums[r][1] = first ? _mm256_setzero_si256() : load(c + (size_t)r * row + 8);
    }
    for (size_t u = 0; u < units; u++) {
        __m256i w0 = load(b + 64 * u);
        __m256i w1 = load(b + 64 * u + 32);
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            __m256i four = broadcast(a + 4 * (u * stride + (size_t)r));
            sums[r][0] = dot_signed(sums[r][0], w0, four);
            sums[r][1] = dot_signed(sums[r][1], w1, four);
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm256_storeu_si256((void *)(c + (size_t)r * row), sums[r][0]);
        _mm256_storeu_si256((void *)(c + (size_t)r * row + 8), sums[r][1]);
    }
}

static void gemm(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    size_t row = groups * LLMP__LANES;
    size_t stride = m < 8 ? 1 : 8;
    for (size_t u = 0; u < units; u += BLOCK_UNITS) {
        size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;
        for (size_t g = 0; g < groups; g++) {
            const int8_t *columns = (const int8_t *)b + 64 * (g * units + u);
            for (size_t i = 0; i < m; i += stride == 8 ? 4 : 1) {
                size_t panel = i / stride * stride;
                const int8_t *rows =
                    (const int8_t *)a + 4 * (panel * units + u * stride + i - panel);
                int32_t *to = (int32_t *)c + i * row + g * LLMP__LANES;
                if (stride == 8) {
                    gemm_tile(rows, 8, columns, some, to, row, u == 0, 4);
                } else {
                    gemm_tile(rows, 1, columns, some, to, row, u == 0, 1);
                }
            }
        }
    }
}

#ifdef LLMP__WITH_AVXVNNI
#define NEEDS .variant = "avx-vnni", .needs = LLMP__ISA_AVX2 | LLMP__ISA_AVXVNNI
#define TABLE llmp__kernels_avxvnni
#else
#define NEEDS .variant = "avx2", .needs = LLMP__ISA_AVX2
#define TABLE llmp__kernels_avx2_int8
#endif
const llmp__kernel TABLE[] = {
    {.id = LLMP__GEMV, .dtype = "q8_0", NEEDS, .gemv = q8_0},
    {.id = LLMP__GEMV, .dtype = "q4_0", NEEDS, .gemv = q4_0},
    {.id = LLMP__GEMV, .dtype = "q4_k", NEEDS, .gemv = q4_k},
    {.id = LLMP__GEMV, .dtype = "q6_k", NEEDS, .gemv = q6_k},
    {.id = LLMP__GEMV, .dtype = "mxfp4", NEEDS, .gemv = mxfp4},
    {.id = LLMP__GEMM, .dtype = "int8", NEEDS, .gemm = gemm},
    {.dtype = NULL},
};
