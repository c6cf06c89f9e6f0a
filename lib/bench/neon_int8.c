/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NEON int8 products: with the dot product instructions (__ARM_FEATURE_DOTPROD) in one, else by
 * widening multiplies. Four vectors are one unit of 16 rows. */
#include "bench/isa.h"
#include "bench/kernels.h"

#include <arm_neon.h>
#include <string.h>

enum { PARTS = 4 };

LLMP__INLINE int32_t load32(const void *at)
{
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* 4 activations to every lane. */
LLMP__INLINE int8x16_t broadcast(const int8_t *four)
{
    return vreinterpretq_s8_s32(vdupq_n_s32(load32(four)));
}

LLMP__INLINE int32x4_t dot(int32x4_t sum, int8x16_t w, int8x16_t x)
{
#ifdef __ARM_FEATURE_DOTPROD
    return vdotq_s32(sum, w, x);
#else
    int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(x)));
    int32x4_t high = vpaddlq_s16(vmull_high_s8(w, x));
    return vaddq_s32(sum, vpaddq_s32(low, high));
#endif
}

LLMP__INLINE int8x16_t load(const uint8_t *at)
{
    return vreinterpretq_s8_u8(vld1q_u8(at));
}

LLMP__INLINE int8x16_t low_of(uint8x16_t pairs)
{
    return vreinterpretq_s8_u8(vandq_u8(pairs, vdupq_n_u8(15)));
}

LLMP__INLINE int8x16_t high_of(uint8x16_t pairs)
{
    return vreinterpretq_s8_u8(vshrq_n_u8(pairs, 4));
}

/* 4 f16 as f32. */
LLMP__INLINE float32x4_t load_f16(const uint8_t *at)
{
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(at)));
}

/* 4 exponents of 2^(e - 127) / 2. */
LLMP__INLINE float32x4_t load_e8m0(const uint8_t *at)
{
    uint8x8_t bytes = vreinterpret_u8_s32(vdup_n_s32(load32(at)));
    uint32x4_t wide = vmovl_u16(vget_low_u16(vmovl_u8(bytes)));
    return vmulq_n_f32(vreinterpretq_f32_u32(vshlq_n_u32(wide, 23)), 0.5F);
}

/* As avx512_vnni.c: DECODE sets `low` and `high` of part p, BIAS is what weights have too much. */
#define DEFINE_32(name, block_bytes, BIAS, SCALE, DECODE)                                     \
    LLMP__INLINE void name##_tile(const uint8_t *group, const llmp__activations *x, float *y, \
                                  int rows)                                                   \
    {                                                                                         \
        float32x4_t sums[4][PARTS];                                                           \
        LLMP__UNROLL                                                                          \
        for (int r = 0; r < rows; r++) {                                                      \
            LLMP__UNROLL                                                                      \
            for (int p = 0; p < PARTS; p++) {                                                 \
                sums[r][p] = vdupq_n_f32(0.0F);                                               \
            }                                                                                 \
        }                                                                                     \
        for (size_t b = 0; b < x->k / 32; b++, group += (block_bytes)*LLMP__LANES) {          \
            LLMP__UNROLL                                                                      \
            for (int p = 0; p < PARTS; p++) {                                                 \
                float32x4_t scale = SCALE;                                                    \
                int32x4_t whole[4];                                                           \
                LLMP__UNROLL                                                                  \
                for (int r = 0; r < rows; r++) {                                              \
                    whole[r] = vdupq_n_s32(-(BIAS)*x[r].sum32[b]);                            \
                }                                                                             \
                LLMP__UNROLL                                                                  \
                for (int u = 0; u < 4; u++) {                                                 \
                    DECODE;                                                                   \
                    LLMP__UNROLL                                                              \
                    for (int r = 0; r < rows; r++) {                                          \
                        const int8_t *q = x[r].q32 + 32 * b + 4 * u;                          \
                        whole[r] = dot(whole[r], low, broadcast(q));                          \
                        whole[r] = dot(whole[r], high, broadcast(q + 16));                    \
                    }                                                                         \
                }                                                                             \
                LLMP__UNROLL                                                                  \
                for (int r = 0; r < rows; r++) {                                              \
                    sums[r][p] = vfmaq_f32(sums[r][p], vcvtq_f32_s32(whole[r]),               \
                                           vmulq_n_f32(scale, x[r].scale32[b]));              \
                }                                                                             \
            }                                                                                 \
        }                                                                                     \
        LLMP__UNROLL                                                                          \
        for (int r = 0; r < rows; r++) {                                                      \
            LLMP__UNROLL                                                                      \
            for (int p = 0; p < PARTS; p++) {                                                 \
                vst1q_f32(y + r * LLMP__LANES + 4 * p, sums[r][p]);                           \
            }                                                                                 \
        }                                                                                     \
    }                                                                                         \
    static void name(const uint8_t *group, const llmp__activations *x, size_t m, float *y)    \
    {                                                                                         \
        LLMP__TILES_4(name##_tile, group, x, m, y);                                           \
    }

DEFINE_32(q8_0, 34, 0, load_f16(group + 8 * p), int8x16_t low = load(group + 32 + 64 * u + 16 * p);
          int8x16_t high = load(group + 288 + 64 * u + 16 * p))

#define NIBBLES(offset)                                             \
    uint8x16_t both = vld1q_u8(group + (offset) + 64 * u + 16 * p); \
    int8x16_t low = low_of(both);                                   \
    int8x16_t high = high_of(both)
DEFINE_32(q4_0, 18, 8, load_f16(group + 8 * p), NIBBLES(32))

#define VALUES vld1q_s8(llmp__mxfp4_doubled)
DEFINE_32(mxfp4, 17, 0, load_e8m0(group + 4 * p), NIBBLES(16);
          low = vqtbl1q_s8(VALUES, vreinterpretq_u8_s8(low));
          high = vqtbl1q_s8(VALUES, vreinterpretq_u8_s8(high)))

/* --- blocks of 256 ---------------------------------------------------------------------------- */

LLMP__INLINE int32x4_t byte_of(uint8x16_t words, int index)
{
    uint32x4_t shifted =
        vshlq_u32(vreinterpretq_u32_u8(words), vdupq_n_s32(-8 * index)); /* negative: right */
    return vreinterpretq_s32_u32(vandq_u32(shifted, vdupq_n_u32(255)));
}

LLMP__INLINE void q4_k_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const uint8x16_t six = vdupq_n_u8(63);
    const uint8x16_t top = vdupq_n_u8(48);
    const uint8x16_t nibble = vdupq_n_u8(15);
    float32x4_t sums[4][PARTS];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            sums[r][p] = vdupq_n_f32(0.0F);
        }
    }
    for (size_t b = 0; b < x->k / 256; b++, group += 144 * LLMP__LANES) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            uint8x16_t word0 = vld1q_u8(group + 64 + 16 * p);
            uint8x16_t word1 = vld1q_u8(group + 128 + 16 * p);
            uint8x16_t word2 = vld1q_u8(group + 192 + 16 * p);
            /* within bytes, so that nothing crosses from the next one */
            uint8x16_t scales[2] = {
                vandq_u8(word0, six),
                vorrq_u8(vandq_u8(word2, nibble), vandq_u8(vshrq_n_u8(word0, 2), top))};
            uint8x16_t minima[2] = {
                vandq_u8(word1, six),
                vorrq_u8(vshrq_n_u8(word2, 4), vandq_u8(vshrq_n_u8(word1, 2), top))};
            int32x4_t whole[4];
            int32x4_t below[4];
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                whole[r] = below[r] = vdupq_n_s32(0);
            }
            LLMP__UNROLL
            for (int pair = 0; pair < 4; pair++) {
                int32x4_t even[4];
                int32x4_t odd[4];
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    even[r] = odd[r] = vdupq_n_s32(0);
                }
                LLMP__UNROLL
                for (int u = 0; u < 8; u++) {
                    uint8x16_t both = vld1q_u8(group + 256 + 512 * pair + 64 * u + 16 * p);
                    LLMP__UNROLL
                    for (int r = 0; r < rows; r++) {
                        const int8_t *q = x[r].q256 + 256 * b + 64 * pair + 4 * u;
                        even[r] = dot(even[r], low_of(both), broadcast(q));
                        odd[r] = dot(odd[r], high_of(both), broadcast(q + 32));
                    }
                }
                int j = 2 * pair;
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    const int32_t *s = x[r].sum256_16 + 16 * b + 4 * pair;
                    whole[r] = vmlaq_s32(whole[r], even[r], byte_of(scales[j / 4], j % 4));
                    whole[r] = vmlaq_s32(whole[r], odd[r], byte_of(scales[j / 4], j % 4 + 1));
                    below[r] = vmlaq_n_s32(below[r], byte_of(minima[j / 4], j % 4), s[0] + s[1]);
                    below[r] =
                        vmlaq_n_s32(below[r], byte_of(minima[j / 4], j % 4 + 1), s[2] + s[3]);
                }
            }
            float32x4_t d = load_f16(group + 8 * p);
            float32x4_t dmin = load_f16(group + 32 + 8 * p);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                float32x4_t value =
                    vfmsq_f32(vmulq_f32(d, vcvtq_f32_s32(whole[r])), dmin, vcvtq_f32_s32(below[r]));
                sums[r][p] = vfmaq_n_f32(sums[r][p], value, x[r].scale256[b]);
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            vst1q_f32(y + r * LLMP__LANES + 4 * p, sums[r][p]);
        }
    }
}

static void q4_k(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(q4_k_tile, group, x, m, y);
}

/* 4 scales as int32. */
LLMP__INLINE int32x4_t load_scales(const uint8_t *at)
{
    int8x8_t bytes = vreinterpret_s8_s32(vdup_n_s32(load32(at)));
    return vmovl_s16(vget_low_s16(vmovl_s8(bytes)));
}

LLMP__INLINE void q6_k_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    const uint8x16_t nibble = vdupq_n_u8(15);
    const uint8x16_t upper = vdupq_n_u8(48);
    float32x4_t sums[2][PARTS];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            sums[r][p] = vdupq_n_f32(0.0F);
        }
    }
    for (size_t b = 0; b < x->k / 256; b++, group += 210 * LLMP__LANES) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            int32x4_t whole[2];
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                whole[r] = vdupq_n_s32(0);
            }
            for (size_t part = 0; part < 4; part++) { /* 16 weights of each quarter of a half */
                const uint8_t *bits = group + 288 + 768 * part + 16 * p;
                size_t half = part / 2;
                size_t at = 128 * half + 16 * (part % 2);
                int32x4_t dots[2][4];
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    LLMP__UNROLL
                    for (int quarter = 0; quarter < 4; quarter++) {
                        int32_t sum = x[r].sum256_16[16 * b + (at + 32 * (size_t)quarter) / 16];
                        dots[r][quarter] = vdupq_n_s32(-32 * sum);
                    }
                }
                LLMP__UNROLL
                for (int u = 0; u < 4; u++) {
                    uint8x16_t low0 = vld1q_u8(bits + 192 * u);
                    uint8x16_t low1 = vld1q_u8(bits + 192 * u + 64);
                    uint8x16_t high = vld1q_u8(bits + 192 * u + 128);
                    uint8x16_t w[4] = {
                        vorrq_u8(vandq_u8(low0, nibble), vandq_u8(vshlq_n_u8(high, 4), upper)),
                        vorrq_u8(vandq_u8(low1, nibble), vandq_u8(vshlq_n_u8(high, 2), upper)),
                        vorrq_u8(vshrq_n_u8(low0, 4), vandq_u8(high, upper)),
                        vorrq_u8(vshrq_n_u8(low1, 4), vandq_u8(vshrq_n_u8(high, 2), upper))};
                    LLMP__UNROLL
                    for (int r = 0; r < rows; r++) {
                        const int8_t *q = x[r].q256 + 256 * b + at + 4 * (size_t)u;
                        LLMP__UNROLL
                        for (int quarter = 0; quarter < 4; quarter++) {
                            dots[r][quarter] =
                                dot(dots[r][quarter], vreinterpretq_s8_u8(w[quarter]),
                                    broadcast(q + 32 * quarter));
                        }
                    }
                }
                LLMP__UNROLL
                for (int quarter = 0; quarter < 4; quarter++) {
                    size_t index = 8 * half + 2 * (size_t)quarter + part % 2;
                    int32x4_t scale = load_scales(group + 32 + 16 * index + 4 * (size_t)p);
                    LLMP__UNROLL
                    for (int r = 0; r < rows; r++) {
                        whole[r] = vmlaq_s32(whole[r], dots[r][quarter], scale);
                    }
                }
            }
            float32x4_t d = load_f16(group + 8 * p);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                sums[r][p] = vfmaq_f32(sums[r][p], vcvtq_f32_s32(whole[r]),
                                       vmulq_n_f32(d, x[r].scale256[b]));
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            vst1q_f32(y + r * LLMP__LANES + 4 * p, sums[r][p]);
        }
    }
}

static void q6_k(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_2(q6_k_tile, group, x, m, y);
}

/* --- gemm ------------------------------------------------------------------------------------- */

enum { BLOCK_UNITS = 256 }; /* 16 KiB of one group of B */

LLMP__INLINE void gemm_tile(const int8_t *a, size_t stride, const uint8_t *b, size_t units,
                            int32_t *c, size_t row, bool first, int rows)
{
    int32x4_t sums[4][PARTS];
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            sums[r][p] = first ? vdupq_n_s32(0) : vld1q_s32(c + (size_t)r * row + 4 * p);
        }
    }
    for (size_t u = 0; u < units; u++) {
        int8x16_t w[PARTS];
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            w[p] = load(b + 64 * u + 16 * p);
        }
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            int8x16_t four = broadcast(a + 4 * (u * stride + (size_t)r));
            LLMP__UNROLL
            for (int p = 0; p < PARTS; p++) {
                sums[r][p] = dot(sums[r][p], w[p], four);
            }
        }
    }
    LLMP__UNROLL
    for (int r = 0; r < rows; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            vst1q_s32(c + (size_t)r * row + 4 * p, sums[r][p]);
        }
    }
}

static void gemm(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    size_t row = groups * LLMP__LANES;
    size_t stride = m < 8 ? 1 : 8;
    for (size_t u = 0; u < units; u += BLOCK_UNITS) {
        size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;
        for (size_t g = 0; g < groups; g++) {
            const uint8_t *columns = (const uint8_t *)b + 64 * (g * units + u);
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

#ifdef __ARM_FEATURE_DOTPROD
#define NEEDS .variant = "dotprod", .needs = LLMP__ISA_NEON | LLMP__ISA_DOTPROD
#define TABLE llmp__kernels_dotprod
#else
#define NEEDS .variant = "neon", .needs = LLMP__ISA_NEON
#define TABLE llmp__kernels_neon_int8
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
