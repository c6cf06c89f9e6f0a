/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain C on the interleaved layout: runs anywhere, and says in short what the others do. */
#include "bench/scalar.h"

#include <string.h>

static uint16_t load16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (at[1] << 8));
}

static void f16_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t i = 0; i < x->k; i++) {
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            y[lane] += llmp__f16_to_f32(load16(group + 2 * (i * LLMP__LANES + lane))) * x->f32[i];
        }
    }
}

static void bf16_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t i = 0; i < x->k; i += 2) {
        float first = llmp__bf16_to_f32(x->bf16[i]);
        float second = llmp__bf16_to_f32(x->bf16[i + 1]);
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            const uint8_t *at = group + 2 * i * LLMP__LANES + 4 * lane;
            y[lane] +=
                llmp__bf16_to_f32(load16(at)) * first + llmp__bf16_to_f32(load16(at + 2)) * second;
        }
    }
}

static void q8_0_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t b = 0; b < x->k / 32; b++, group += 34 * LLMP__LANES) {
        const int8_t *q = x->q32 + 32 * b;
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            int32_t sum = 0;
            for (size_t i = 0; i < 32; i++) {
                sum += (int8_t)group[32 + 64 * (i / 4) + 4 * lane + i % 4] * q[i];
            }
            y[lane] += llmp__f16_to_f32(load16(group + 2 * lane)) * x->scale32[b] * (float)sum;
        }
    }
}

static void q4_0_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t b = 0; b < x->k / 32; b++, group += 18 * LLMP__LANES) {
        const int8_t *q = x->q32 + 32 * b;
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            int32_t sum = -8 * x->sum32[b];
            for (size_t i = 0; i < 16; i++) {
                uint8_t pair = group[32 + 64 * (i / 4) + 4 * lane + i % 4];
                sum += (pair & 15) * q[i] + (pair >> 4) * q[16 + i];
            }
            y[lane] += llmp__f16_to_f32(load16(group + 2 * lane)) * x->scale32[b] * (float)sum;
        }
    }
}

static void mxfp4_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t b = 0; b < x->k / 32; b++, group += 17 * LLMP__LANES) {
        const int8_t *q = x->q32 + 32 * b;
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            int32_t sum = 0;
            for (size_t i = 0; i < 16; i++) {
                uint8_t pair = group[16 + 64 * (i / 4) + 4 * lane + i % 4];
                sum += llmp__mxfp4_doubled[pair & 15] * q[i] +
                       llmp__mxfp4_doubled[pair >> 4] * q[16 + i];
            }
            y[lane] += 0.5F * llmp__e8m0_to_f32(group[lane]) * x->scale32[b] * (float)sum;
        }
    }
}

static uint32_t load32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void q4_k_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t b = 0; b < x->k / 256; b++, group += 144 * LLMP__LANES) {
        const int8_t *q = x->q256 + 256 * b;
        const int32_t *sums = x->sum256_16 + 16 * b;
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            const uint8_t *packed = group + 64 + 4 * lane;
            uint32_t word0 = load32(packed);
            uint32_t word1 = load32(packed + 64);
            uint32_t word2 = load32(packed + 128);
            uint32_t scales[2] = {word0 & 0x3F3F3F3FU,
                                  (word2 & 0x0F0F0F0FU) | ((word0 >> 2) & 0x30303030U)};
            uint32_t minima[2] = {word1 & 0x3F3F3F3FU,
                                  ((word2 >> 4) & 0x0F0F0F0FU) | ((word1 >> 2) & 0x30303030U)};
            int32_t sum = 0;
            int32_t below = 0;
            for (size_t j = 0; j < 8; j++) {
                const uint8_t *nibbles = group + 256 + 512 * (j / 2) + 4 * lane;
                int32_t dot = 0;
                for (size_t i = 0; i < 32; i++) {
                    uint8_t pair = nibbles[64 * (i / 4) + i % 4];
                    dot += (j % 2 == 0 ? pair & 15 : pair >> 4) * q[32 * j + i];
                }
                int shift = (int)(8 * (j % 4));
                sum += (int32_t)(scales[j / 4] >> shift & 63) * dot;
                below += (int32_t)(minima[j / 4] >> shift & 63) * (sums[2 * j] + sums[2 * j + 1]);
            }
            y[lane] +=
                x->scale256[b] * (llmp__f16_to_f32(load16(group + 2 * lane)) * (float)sum -
                                  llmp__f16_to_f32(load16(group + 32 + 2 * lane)) * (float)below);
        }
    }
}

static void q6_k_row(const uint8_t *group, const llmp__activations *x, float *y)
{
    for (size_t b = 0; b < x->k / 256; b++, group += 210 * LLMP__LANES) {
        const int8_t *q = x->q256 + 256 * b;
        for (size_t lane = 0; lane < LLMP__LANES; lane++) {
            int32_t sum = 0;
            for (size_t i = 0; i < 256; i++) {
                size_t half = i / 128;
                size_t part = i % 128 / 32;
                size_t at = i % 32;
                const uint8_t *bits =
                    group + 288 + 1536 * half + 192 * (at / 4) + 4 * lane + at % 4;
                int low = bits[64 * (part % 2)] >> (part < 2 ? 0 : 4) & 15;
                int high = bits[128] >> (2 * part) & 3;
                int8_t scale = (int8_t)group[32 + 16 * (8 * half + 2 * part + at / 16) + lane];
                sum += scale * ((low | high << 4) - 32) * q[i];
            }
            y[lane] += llmp__f16_to_f32(load16(group + 2 * lane)) * x->scale256[b] * (float)sum;
        }
    }
}

typedef void row_fn(const uint8_t *group, const llmp__activations *x, float *y);

static void rows(row_fn *row, const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    memset(y, 0, m * LLMP__LANES * sizeof *y);
    for (size_t i = 0; i < m; i++) {
        row(group, x + i, y + i * LLMP__LANES);
    }
}

#define DEFINE(format)                                                                     \
    void llmp__scalar_##format(const uint8_t *group, const llmp__activations *x, size_t m, \
                               float *y)                                                   \
    {                                                                                      \
        rows(format##_row, group, x, m, y);                                                \
    }
DEFINE(f16)
DEFINE(bf16)
DEFINE(q8_0)
DEFINE(q4_0)
DEFINE(q4_k)
DEFINE(q6_k)
DEFINE(mxfp4)
