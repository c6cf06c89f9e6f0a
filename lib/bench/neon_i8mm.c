/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The int8 matrix product instruction of arm64: 2 rows by 2 columns, 8 deep. Two units side by side
 * make its operands. */
#include "bench/isa.h"
#include "bench/kernels.h"

#include <arm_neon.h>
#include <string.h>

enum { BLOCK_UNITS = 256, WIDE = 8 };

/* 4 lanes of unit u and of the next: lanes 0 and 1, then 2 and 3, 8 bytes each. */
LLMP__INLINE void pairs(const int8_t *unit, const int8_t *next, int8x16_t out[2])
{
    int32x4_t first = vreinterpretq_s32_s8(vld1q_s8(unit));
    int32x4_t second = next == NULL ? vdupq_n_s32(0) : vreinterpretq_s32_s8(vld1q_s8(next));
    out[0] = vreinterpretq_s8_s32(vzip1q_s32(first, second));
    out[1] = vreinterpretq_s8_s32(vzip2q_s32(first, second));
}

/* 8 rows by 8 columns of a group. */
static void tile(const int8_t *a, const int8_t *b, size_t units, int32_t *c, size_t row, bool first)
{
    int32x4_t sums[4][4];
    LLMP__UNROLL
    for (int i = 0; i < 4; i++) {
        LLMP__UNROLL
        for (int k = 0; k < 4; k++) {
            sums[i][k] = vdupq_n_s32(0);
        }
    }
    for (size_t u = 0; u < units; u += 2) {
        bool more = u + 1 < units;
        int8x16_t left[4];
        int8x16_t right[4];
        pairs(a + 32 * u, more ? a + 32 * (u + 1) : NULL, left);
        pairs(a + 32 * u + 16, more ? a + 32 * (u + 1) + 16 : NULL, left + 2);
        pairs(b + 64 * u, more ? b + 64 * (u + 1) : NULL, right);
        pairs(b + 64 * u + 16, more ? b + 64 * (u + 1) + 16 : NULL, right + 2);
        LLMP__UNROLL
        for (int i = 0; i < 4; i++) {
            LLMP__UNROLL
            for (int k = 0; k < 4; k++) {
                sums[i][k] = vmmlaq_s32(sums[i][k], left[i], right[k]);
            }
        }
    }
    LLMP__UNROLL
    for (int i = 0; i < 4; i++) {
        LLMP__UNROLL
        for (int k = 0; k < 4; k++) {
            int32_t *upper = c + 2 * (size_t)i * row + 2 * k;
            int32_t *lower = upper + row;
            int32x2_t top = vget_low_s32(sums[i][k]);
            int32x2_t bottom = vget_high_s32(sums[i][k]);
            vst1_s32(upper, first ? top : vadd_s32(top, vld1_s32(upper)));
            vst1_s32(lower, first ? bottom : vadd_s32(bottom, vld1_s32(lower)));
        }
    }
}

/* One row has no partner: dot products. */
static void one_row(const int8_t *a, const int8_t *b, size_t units, int32_t *c)
{
    int32x4_t sums[4];
    LLMP__UNROLL
    for (int p = 0; p < 4; p++) {
        sums[p] = vdupq_n_s32(0);
    }
    for (size_t u = 0; u < units; u++) {
        int32_t four;
        memcpy(&four, a + 4 * u, sizeof four);
        int8x16_t value = vreinterpretq_s8_s32(vdupq_n_s32(four));
        LLMP__UNROLL
        for (int p = 0; p < 4; p++) {
            sums[p] = vdotq_s32(sums[p], vld1q_s8(b + 64 * u + 16 * p), value);
        }
    }
    LLMP__UNROLL
    for (int p = 0; p < 4; p++) {
        vst1q_s32(c + 4 * p, sums[p]);
    }
}

static void gemm(const void *a, const void *b, size_t m, size_t groups, size_t units, void *c)
{
    const int8_t *left = a;
    const int8_t *right = b;
    int32_t *out = c;
    size_t row = groups * LLMP__LANES;
    for (size_t g = 0; g < groups && m < 8; g++) {
        one_row(left, right + 64 * g * units, units, out + g * LLMP__LANES);
    }
    for (size_t u = 0; u < units && m >= 8; u += BLOCK_UNITS) {
        size_t some = units - u < BLOCK_UNITS ? units - u : BLOCK_UNITS;
        for (size_t g = 0; g < groups; g++) {
            for (size_t half = 0; half < 2; half++) {
                const int8_t *columns = right + 64 * (g * units + u) + 32 * half;
                for (size_t i = 0; i < m; i += 8) {
                    tile(left + 4 * (i * units + 8 * u), columns, some,
                         out + i * row + g * LLMP__LANES + WIDE * half, row, u == 0);
                }
            }
        }
    }
}

const llmp__kernel llmp__kernels_i8mm[] = {
    {.id = LLMP__GEMM,
     .dtype = "int8",
     .variant = "i8mm",
     .needs = LLMP__ISA_NEON | LLMP__ISA_DOTPROD | LLMP__ISA_I8MM,
     .gemm = gemm},
    {.dtype = NULL},
};
