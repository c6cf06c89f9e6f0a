/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AVX-512 VNNI: 4 unsigned by signed bytes added to an int32 in each of 16 lanes. Weights are made
 * unsigned and what that adds is taken off through the sums of the activations. */
#include "bench/avx512_gemv.h"
#include "bench/isa.h"

/* The shape of a format with 32 weights a block: DECODE sets `low` and `high`, the unit of weights
 * 4u.. and that of 16 + 4u.., BIAS is what was added to each weight, SCALE gives 16 f32. */
#define DEFINE_32(name, block_bytes, units, BIAS, SCALE, DECODE, NEXT)                        \
    LLMP__INLINE void name##_tile(const uint8_t *group, const llmp__activations *x, float *y, \
                                  int rows)                                                   \
    {                                                                                         \
        CONSTANTS;                                                                            \
        __m512 sums[8];                                                                       \
        LLMP__UNROLL                                                                          \
        for (int r = 0; r < rows; r++) {                                                      \
            sums[r] = _mm512_setzero_ps();                                                    \
        }                                                                                     \
        for (size_t b = 0; b < x->k / 32; b++, group += (block_bytes)*LLMP__LANES) {          \
            __m512 scale = SCALE;                                                             \
            __m512i even[8];                                                                  \
            __m512i odd[8];                                                                   \
            LLMP__UNROLL                                                                      \
            for (int r = 0; r < rows; r++) {                                                  \
                even[r] = _mm512_set1_epi32(-(BIAS)*x[r].sum32[b]);                           \
                odd[r] = _mm512_setzero_si512();                                              \
            }                                                                                 \
            LLMP__UNROLL                                                                      \
            for (size_t u = 0; u < (units); u++) {                                            \
                DECODE;                                                                       \
                LLMP__UNROLL                                                                  \
                for (int r = 0; r < rows; r++) {                                              \
                    const int8_t *q = x[r].q32 + 32 * b + 4 * u;                              \
                    even[r] = _mm512_dpbusd_epi32(even[r], low, broadcast(q));                \
                    odd[r] = _mm512_dpbusd_epi32(odd[r], high, broadcast(q + (NEXT)));        \
                }                                                                             \
            }                                                                                 \
            LLMP__UNROLL                                                                      \
            for (int r = 0; r < rows; r++) {                                                  \
                __m512 dot = _mm512_cvtepi32_ps(_mm512_add_epi32(even[r], odd[r]));           \
                sums[r] = _mm512_fmadd_ps(                                                    \
                    dot, _mm512_mul_ps(scale, _mm512_set1_ps(x[r].scale32[b])), sums[r]);     \
            }                                                                                 \
        }                                                                                     \
        LLMP__UNROLL                                                                          \
        for (int r = 0; r < rows; r++) {                                                      \
            _mm512_storeu_ps(y + r * LLMP__LANES, sums[r]);                                   \
        }                                                                                     \
    }                                                                                         \
    static void name(const uint8_t *group, const llmp__activations *x, size_t m, float *y)    \
    {                                                                                         \
        LLMP__TILES_8(name##_tile, group, x, m, y);                                           \
    }

#define CONSTANTS const __m512i sign = _mm512_set1_epi8((char)0x80)
DEFINE_32(q8_0, 34, 4, 128, load_f16(group),
          __m512i low = _mm512_xor_si512(load(group + 32 + 64 * u), sign);
          __m512i high = _mm512_xor_si512(load(group + 288 + 64 * u), sign), 16)
#undef CONSTANTS

#define CONSTANTS const __m512i nibble = _mm512_set1_epi8(15)
#define NIBBLES(offset)                             \
    __m512i pair = load(group + (offset) + 64 * u); \
    __m512i low = _mm512_and_si512(pair, nibble);   \
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(pair, 4), nibble)
DEFINE_32(q4_0, 18, 4, 8, load_f16(group), NIBBLES(32), 16)
#undef CONSTANTS

/* The values 0, 1, .., 12 and their negatives, with 12 added to keep them unsigned. */
#define CONSTANTS                                  \
    const __m512i nibble = _mm512_set1_epi8(15);   \
    const __m512i values = _mm512_broadcast_i32x4( \
        _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0))
/* 2^(e - 127) / 2 from the bits of the exponent. */
#define E8M0                                                                            \
    _mm512_mul_ps(_mm512_castsi512_ps(_mm512_slli_epi32(                                \
                      _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)group)), 23)), \
                  _mm512_set1_ps(0.5F))
DEFINE_32(mxfp4, 17, 4, 12, E8M0, NIBBLES(16); low = _mm512_shuffle_epi8(values, low);
          high = _mm512_shuffle_epi8(values, high), 16)
#undef CONSTANTS

/* --- blocks of 256 ---------------------------------------------------------------------------- */

/* Byte `index` of every lane. */
LLMP__INLINE __m512i byte_of(__m512i words, int index)
{
    return _mm512_and_si512(_mm512_srli_epi32(words, (unsigned)(8 * index)),
                            _mm512_set1_epi32(255));
}

LLMP__INLINE void q4_k_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i six = _mm512_set1_epi8(63);
    const __m512i top = _mm512_set1_epi8(48);
    __m512 sums[4];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        sums[r] = _mm512_setzero_ps();
    }
    for (size_t b = 0; b < x->k / 256; b++, group += 144 * LLMP__LANES) {
        __m512i word0 = load(group + 64);
        __m512i word1 = load(group + 128);
        __m512i word2 = load(group + 192);
        __m512i scales[2] = {_mm512_and_si512(word0, six),
                             _mm512_or_si512(_mm512_and_si512(word2, nibble),
                                             _mm512_and_si512(_mm512_srli_epi16(word0, 2), top))};
        __m512i minima[2] = {_mm512_and_si512(word1, six),
                             _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(word2, 4), nibble),
                                             _mm512_and_si512(_mm512_srli_epi16(word1, 2), top))};
        __m512i whole[4];
        __m512i below[4];
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            whole[r] = _mm512_setzero_si512();
            below[r] = _mm512_setzero_si512();
        }
        LLMP__UNROLL
        for (int pair = 0; pair < 4; pair++) {
            __m512i even[4];
            __m512i odd[4];
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                even[r] = odd[r] = _mm512_setzero_si512();
            }
            LLMP__UNROLL
            for (int u = 0; u < 8; u++) {
                __m512i both = load(group + 256 + 512 * pair + 64 * u);
                __m512i low = _mm512_and_si512(both, nibble);
                __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), nibble);
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    const int8_t *q = x[r].q256 + 256 * b + 64 * pair + 4 * u;
                    even[r] = _mm512_dpbusd_epi32(even[r], low, broadcast(q));
                    odd[r] = _mm512_dpbusd_epi32(odd[r], high, broadcast(q + 32));
                }
            }
            int j = 2 * pair;
            __m512i scale0 = byte_of(scales[j / 4], j % 4);
            __m512i scale1 = byte_of(scales[j / 4], j % 4 + 1);
            __m512i min0 = byte_of(minima[j / 4], j % 4);
            __m512i min1 = byte_of(minima[j / 4], j % 4 + 1);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                const int32_t *s = x[r].sum256_16 + 16 * b + 4 * pair;
                whole[r] = _mm512_add_epi32(whole[r],
                                            _mm512_add_epi32(_mm512_mullo_epi32(even[r], scale0),
                                                             _mm512_mullo_epi32(odd[r], scale1)));
                below[r] = _mm512_add_epi32(
                    below[r],
                    _mm512_add_epi32(_mm512_mullo_epi32(min0, _mm512_set1_epi32(s[0] + s[1])),
                                     _mm512_mullo_epi32(min1, _mm512_set1_epi32(s[2] + s[3]))));
            }
        }
        __m512 d = load_f16(group);
        __m512 dmin = load_f16(group + 32);
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            __m512 value = _mm512_fnmadd_ps(dmin, _mm512_cvtepi32_ps(below[r]),
                                            _mm512_mul_ps(d, _mm512_cvtepi32_ps(whole[r])));
            sums[r] = _mm512_fmadd_ps(value, _mm512_set1_ps(x[r].scale256[b]), sums[r]);
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + r * LLMP__LANES, sums[r]);
    }
}

static void q4_k(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(q4_k_tile, group, x, m, y);
}

LLMP__INLINE void q6_k_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i upper = _mm512_set1_epi8(48);
    __m512 sums[4];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        sums[r] = _mm512_setzero_ps();
    }
    for (size_t b = 0; b < x->k / 256; b++, group += 210 * LLMP__LANES) {
        __m512i whole[4];
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            whole[r] = _mm512_setzero_si512();
        }
        for (size_t part = 0; part < 4; part++) { /* 16 weights of each quarter of a half */
            const uint8_t *bits = group + 288 + 768 * part;
            size_t half = part / 2;
            size_t at = 128 * half + 16 * (part % 2);
            __m512i dots[4][4];
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                LLMP__UNROLL
                for (int quarter = 0; quarter < 4; quarter++) {
                    int32_t sum = x[r].sum256_16[16 * b + (at + 32 * (size_t)quarter) / 16];
                    dots[r][quarter] = _mm512_set1_epi32(-32 * sum);
                }
            }
            LLMP__UNROLL
            for (int u = 0; u < 4; u++) {
                __m512i low0 = load(bits + 192 * u);
                __m512i low1 = load(bits + 192 * u + 64);
                __m512i high = load(bits + 192 * u + 128);
                __m512i w[4] = {
                    _mm512_or_si512(_mm512_and_si512(low0, nibble),
                                    _mm512_and_si512(_mm512_slli_epi16(high, 4), upper)),
                    _mm512_or_si512(_mm512_and_si512(low1, nibble),
                                    _mm512_and_si512(_mm512_slli_epi16(high, 2), upper)),
                    _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(low0, 4), nibble),
                                    _mm512_and_si512(high, upper)),
                    _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(low1, 4), nibble),
                                    _mm512_and_si512(_mm512_srli_epi16(high, 2), upper))};
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    const int8_t *q = x[r].q256 + 256 * b + at + 4 * (size_t)u;
                    LLMP__UNROLL
                    for (int quarter = 0; quarter < 4; quarter++) {
                        dots[r][quarter] = _mm512_dpbusd_epi32(dots[r][quarter], w[quarter],
                                                               broadcast(q + 32 * quarter));
                    }
                }
            }
            LLMP__UNROLL
            for (int quarter = 0; quarter < 4; quarter++) {
                size_t index = 8 * half + 2 * (size_t)quarter + part % 2;
                __m512i scale =
                    _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(group + 32 + 16 * index)));
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    whole[r] =
                        _mm512_add_epi32(whole[r], _mm512_mullo_epi32(dots[r][quarter], scale));
                }
            }
        }
        __m512 d = load_f16(group);
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole[r]),
                                      _mm512_mul_ps(d, _mm512_set1_ps(x[r].scale256[b])), sums[r]);
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + r * LLMP__LANES, sums[r]);
    }
}

static void q6_k(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(q6_k_tile, group, x, m, y);
}

/* --- gemm ------------------------------------------------------------------------------------- */

enum { BLOCK_UNITS = 192 }; /* 24 KiB of two groups of B */

/* -128 times the sum of each row of a panel: what b + 128 adds. */
LLMP__INLINE void row_corrections(const int8_t *panel, size_t units, size_t rows, int32_t *out)
{
    for (size_t r = 0; r < rows; r++) {
        out[r] = 0;
    }
    for (size_t u = 0; u < units; u++) {
        for (size_t r = 0; r < rows; r++) {
            const int8_t *four = panel + 4 * (u * rows + r);
            out[r] -= 128 * (four[0] + four[1] + four[2] + four[3]);
        }
    }
}

LLMP__INLINE void gemm_tile(const int8_t *a, const int8_t *b, size_t apart, size_t units,
                            int32_t *c, size_t row, int rows, int wide)
{
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    __m512i sums[8][2];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            sums[r][g] = load(c + (size_t)r * row + (size_t)g * LLMP__LANES);
        }
    }
    for (size_t u = 0; u < units; u++) {
        __m512i w[2];
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            w[g] = _mm512_xor_si512(load(b + (size_t)g * apart + u * 64), sign);
        }
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            __m512i four = broadcast(a + 4 * (u * (size_t)rows + (size_t)r));
            LLMP__UNROLL
            for (int g = 0; g < wide; g++) {
                sums[r][g] = _mm512_dpbusd_epi32(sums[r][g], w[g], four);
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int g = 0; g < wide; g++) {
            _mm512_storeu_si512(c + (size_t)r * row + (size_t)g * LLMP__LANES, sums[r][g]);
        }
    }
}

static void gemm(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    const int8_t *right = b;
    const int8_t *left = a;
    int32_t *out = c;
    size_t row = groups * LLMP__LANES;
    size_t apart = units * 64;
    size_t rows = m < 8 ? 1 : 8;
    for (size_t i = 0; i < m; i += rows) {
        int32_t start[8];
        row_corrections(left + 4 * i * units, units, rows, start);
        for (size_t r = 0; r < rows; r++) {
            for (size_t column = 0; column < row; column++) {
                out[(i + r) * row + column] = start[r];
            }
        }
    }
    for (size_t u = 0; u < units; u += BLOCK_UNITS) {
        size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;
        for (size_t g = 0; g < groups; g += 2) {
            const int8_t *columns = right + g * apart + u * 64;
            for (size_t i = 0; i < m; i += rows) {
                const int8_t *panel = left + 4 * (i * units + u * rows);
                int32_t *to = out + i * row + g * LLMP__LANES;
                if (rows == 8 && g + 2 <= groups) {
                    gemm_tile(panel, columns, apart, some, to, row, 8, 2);
                } else if (rows == 8) {
                    gemm_tile(panel, columns, apart, some, to, row, 8, 1);
                } else if (g + 2 <= groups) {
                    gemm_tile(panel, columns, apart, some, to, row, 1, 2);
                } else {
                    gemm_tile(panel, columns, apart, some, to, row, 1, 1);
                }
            }
        }
    }
}

#define NEEDS .variant = "avx512-vnni", .needs = LLMP__ISA_AVX512 | LLMP__ISA_AVX512_VNNI
const llmp__kernel llmp__kernels_avx512_vnni[] = {
    {.id = LLMP__GEMV, .dtype = "q8_0", NEEDS, .gemv = q8_0},
    {.id = LLMP__GEMV, .dtype = "q4_0", NEEDS, .gemv = q4_0},
    {.id = LLMP__GEMV, .dtype = "q4_k", NEEDS, .gemv = q4_k},
    {.id = LLMP__GEMV, .dtype = "q6_k", NEEDS, .gemv = q6_k},
    {.id = LLMP__GEMV, .dtype = "mxfp4", NEEDS, .gemv = mxfp4},
    {.id = LLMP__GEMM, .dtype = "int8", NEEDS, .gemm = gemm},
    {.dtype = NULL},
};
