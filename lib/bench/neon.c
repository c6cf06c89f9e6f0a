/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NEON: streams, f16 and bf16 gemv, f32 and bf16 gemm. 16 rows are four vectors. */
#include "bench/isa.h"
#include "bench/kernels.h"

#include <arm_neon.h>
#include <string.h>

enum { PARTS = 4 };

static float stream_read(const float *a, size_t count)
{
    float32x4_t sums[8];
    LLMP__UNROLL
    for (int i = 0; i < 8; i++) {
        sums[i] = vdupq_n_f32(0.0F);
    }
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (int k = 0; k < 16; k++) {
            sums[k % 8] = vaddq_f32(sums[k % 8], vld1q_f32(a + i + 4 * k));
        }
    }
    LLMP__UNROLL
    for (int i = 1; i < 8; i++) {
        sums[0] = vaddq_f32(sums[0], sums[i]);
    }
    return vaddvq_f32(sums[0]);
}

static void copy(float *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (size_t k = 0; k < 64; k += 4) {
            vst1q_f32(to + i + k, vld1q_f32(from + i + k));
        }
    }
}

static void triad(float *a, const float *b, const float *c, float scale, size_t count)
{
    for (size_t i = 0; i < count; i += 64) {
        LLMP__UNROLL
        for (size_t k = 0; k < 64; k += 4) {
            vst1q_f32(a + i + k, vfmaq_n_f32(vld1q_f32(b + i + k), vld1q_f32(c + i + k), scale));
        }
    }
}

/* --- gemv ------------------------------------------------------------------------------------- */

/* One row of activations keeps two sums a vector, to hide the latency of the multiply-add. */
LLMP__INLINE void f16_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    float32x4_t sums[4][PARTS];
    LLMP__UNROLL
    for (int r = 0; r < 4; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            sums[r][p] = vdupq_n_f32(0.0F);
        }
    }
    for (size_t i = 0; i < x->k; i += 2) {
        LLMP__UNROLL
        for (int u = 0; u < 2; u++) {
            const uint8_t *at = group + 32 * (i + (size_t)u);
            LLMP__UNROLL
            for (int p = 0; p < PARTS; p++) {
                float32x4_t w = vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(at + 8 * p)));
                LLMP__UNROLL
                for (int r = 0; r < rows; r++) {
                    int to = rows == 1 ? u : r;
                    sums[to][p] = vfmaq_n_f32(sums[to][p], w, x[r].f32[i + (size_t)u]);
                }
            }
        }
    }
    LLMP__UNROLL
    for (int p = 0; p < PARTS; p++) {
        sums[0][p] = rows == 1 ? vaddq_f32(sums[0][p], sums[1][p]) : sums[0][p];
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            vst1q_f32(y + r * LLMP__LANES + 4 * p, sums[r][p]);
        }
    }
}

static void f16(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(f16_tile, group, x, m, y);
}

LLMP__INLINE float32x4_t first_of(uint8x16_t pairs)
{
    return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_u8(pairs), 16));
}

LLMP__INLINE float32x4_t second_of(uint8x16_t pairs)
{
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_u8(pairs), vdupq_n_u32(0xFFFF0000U)));
}

LLMP__INLINE void bf16_tile(const uint8_t *group, const llmp__activations *x, float *y, int rows)
{
    float32x4_t sums[4][PARTS];
    LLMP__UNROLL
    for (int r = 0; r < 4; r++) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            sums[r][p] = vdupq_n_f32(0.0F);
        }
    }
    for (size_t i = 0; i < x->k; i += 2) {
        LLMP__UNROLL
        for (int p = 0; p < PARTS; p++) {
            uint8x16_t w = vld1q_u8(group + 32 * i + 16 * p);
            LLMP__UNROLL
            for (int r = 0; r < rows; r++) {
                int next = rows == 1 ? 1 : r;
                sums[r][p] = vfmaq_n_f32(sums[r][p], first_of(w), llmp__bf16_to_f32(x[r].bf16[i]));
                sums[next][p] =
                    vfmaq_n_f32(sums[next][p], second_of(w), llmp__bf16_to_f32(x[r].bf16[i + 1]));
            }
        }
    }
    LLMP__UNROLL
    for (int p = 0; p < PARTS; p++) {
        sums[0][p] = rows == 1 ? vaddq_f32(sums[0][p], sums[1][p]) : sums[0][p];
        LLMP__UNROLL
        for (int r = 0; r < rows; r++) {
            vst1q_f32(y + r * LLMP__LANES + 4 * p, sums[r][p]);
        }
    }
}

static void bf16(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    LLMP__TILES_4(bf16_tile, group, x, m, y);
}

/* --- gemm ------------------------------------------------------------------------------------- */

/* The tile is 4 rows by one group; 256 units of it are 16 KiB of B. */
enum { BLOCK_UNITS = 256 };

LLMP__INLINE float32x4_t broadcast(const uint8_t *unit)
{
    float value;
    memcpy(&value, unit, sizeof value);
    return vdupq_n_f32(value);
}

#define F32_UNIT(sum, w, value) sum = vfmaq_f32(sum, vreinterpretq_f32_u8(w), value)
#define BF16_UNIT(sum, w, value)                                              \
    sum = vfmaq_f32(sum, first_of(w), first_of(vreinterpretq_u8_f32(value))); \
    sum = vfmaq_f32(sum, second_of(w), second_of(vreinterpretq_u8_f32(value)))

#define GEMM(name, UNIT)                                                                           \
    LLMP__INLINE void name##_tile(const uint8_t *a, size_t stride, const uint8_t *b, size_t units, \
                                  float *c, size_t row, bool first, int rows)                      \
    {                                                                                              \
        float32x4_t sums[4][PARTS];                                                                \
        LLMP__UNROLL                                                                               \
        for (int r = 0; r < rows; r++) {                                                           \
            LLMP__UNROLL                                                                           \
            for (int p = 0; p < PARTS; p++) {                                                      \
                sums[r][p] = first ? vdupq_n_f32(0.0F) : vld1q_f32(c + (size_t)r * row + 4 * p);   \
            }                                                                                      \
        }                                                                                          \
        for (size_t u = 0; u < units; u++) {                                                       \
            uint8x16_t w[PARTS];                                                                   \
            LLMP__UNROLL                                                                           \
            for (int p = 0; p < PARTS; p++) {                                                      \
                w[p] = vld1q_u8(b + 64 * u + 16 * p);                                              \
            }                                                                                      \
            LLMP__UNROLL                                                                           \
            for (int r = 0; r < rows; r++) {                                                       \
                float32x4_t value = broadcast(a + 4 * (u * stride + (size_t)r));                   \
                LLMP__UNROLL                                                                       \
                for (int p = 0; p < PARTS; p++) {                                                  \
                    UNIT(sums[r][p], w[p], value);                                                 \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        LLMP__UNROLL                                                                               \
        for (int r = 0; r < rows; r++) {                                                           \
            LLMP__UNROLL                                                                           \
            for (int p = 0; p < PARTS; p++) {                                                      \
                vst1q_f32(c + (size_t)r * row + 4 * p, sums[r][p]);                                \
            }                                                                                      \
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
GEMM(gemm_f32, F32_UNIT)
GEMM(gemm_bf16, BF16_UNIT)

#define NEEDS .variant = "neon", .needs = LLMP__ISA_NEON
const llmp__kernel llmp__kernels_neon[] = {
    {.id = LLMP__STREAM_READ, .dtype = "f32", NEEDS, .read = stream_read},
    {.id = LLMP__COPY, .dtype = "f32", NEEDS, .copy = copy},
    {.id = LLMP__TRIAD, .dtype = "f32", NEEDS, .triad = triad},
    {.id = LLMP__GEMV, .dtype = "f16", NEEDS, .gemv = f16},
    {.id = LLMP__GEMV, .dtype = "bf16", NEEDS, .gemv = bf16},
    {.id = LLMP__GEMM, .dtype = "f32", NEEDS, .gemm = gemm_f32},
    {.id = LLMP__GEMM, .dtype = "bf16", NEEDS, .gemm = gemm_bf16},
    {.dtype = NULL},
};
