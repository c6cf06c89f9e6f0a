/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/format.h"

#include <math.h>
#include <string.h>

const int8_t llmp__mxfp4_doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/* --- numbers ---------------------------------------------------------------------------------- */

uint64_t llmp__bench_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

float llmp__bench_random_unit(uint64_t *state)
{
    return (float)(llmp__bench_random(state) >> 40) * (2.0F / 16777216.0F) - 1.0F;
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float llmp__f16_to_f32(uint16_t half)
{
    int exponent = (half >> 10) & 31;
    float fraction = (float)(half & 1023);
    float magnitude = exponent == 31  ? (fraction == 0.0F ? HUGE_VALF : (float)NAN)
                      : exponent == 0 ? ldexpf(fraction, -24)
                                      : ldexpf(1024.0F + fraction, exponent - 25);
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

float llmp__bf16_to_f32(uint16_t half)
{
    return from_bits((uint32_t)half << 16);
}

uint16_t llmp__f32_to_bf16(float value)
{
    uint32_t bits = to_bits(value);
    return (uint16_t)((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

float llmp__e8m0_to_f32(uint8_t exponent)
{
    return ldexpf(1.0F, exponent - 127);
}

static uint16_t load16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (at[1] << 8));
}

/* --- meaning ---------------------------------------------------------------------------------- */

static void f16_dequantise(const uint8_t *block, float *out)
{
    out[0] = llmp__f16_to_f32(load16(block));
}

static void bf16_dequantise(const uint8_t *block, float *out)
{
    out[0] = llmp__bf16_to_f32(load16(block));
    out[1] = llmp__bf16_to_f32(load16(block + 2));
}

static void q8_0_dequantise(const uint8_t *block, float *out)
{
    float d = llmp__f16_to_f32(load16(block));
    for (int i = 0; i < 32; i++) {
        out[i] = d * (float)(int8_t)block[2 + i];
    }
}

static void q4_0_dequantise(const uint8_t *block, float *out)
{
    float d = llmp__f16_to_f32(load16(block));
    for (int i = 0; i < 16; i++) {
        out[i] = d * (float)((block[2 + i] & 15) - 8);
        out[16 + i] = d * (float)((block[2 + i] >> 4) - 8);
    }
}

static void mxfp4_dequantise(const uint8_t *block, float *out)
{
    float half = 0.5F * llmp__e8m0_to_f32(block[0]);
    for (int i = 0; i < 16; i++) {
        out[i] = half * (float)llmp__mxfp4_doubled[block[1 + i] & 15];
        out[16 + i] = half * (float)llmp__mxfp4_doubled[block[1 + i] >> 4];
    }
}

/* Scale and minimum of sub-block j of q4_K: 6 bits each, the upper four in pieces. */
static void q4_k_scale(const uint8_t *packed, int j, int *scale, int *minimum)
{
    if (j < 4) {
        *scale = packed[j] & 63;
        *minimum = packed[4 + j] & 63;
    } else {
        *scale = (packed[4 + j] & 15) | ((packed[j - 4] >> 6) << 4);
        *minimum = (packed[4 + j] >> 4) | ((packed[j] >> 6) << 4);
    }
}

static void q4_k_dequantise(const uint8_t *block, float *out)
{
    float d = llmp__f16_to_f32(load16(block));
    float dmin = llmp__f16_to_f32(load16(block + 2));
    for (int j = 0; j < 8; j++) {
        int scale;
        int minimum;
        q4_k_scale(block + 4, j, &scale, &minimum);
        const uint8_t *q = block + 16 + 32 * (j / 2);
        for (int i = 0; i < 32; i++) {
            int nibble = j % 2 == 0 ? q[i] & 15 : q[i] >> 4;
            out[32 * j + i] = d * (float)(scale * nibble) - dmin * (float)minimum;
        }
    }
}

static void q6_k_dequantise(const uint8_t *block, float *out)
{
    float d = llmp__f16_to_f32(load16(block + 208));
    for (int half = 0; half < 2; half++) {
        const uint8_t *low = block + 64 * half;
        const uint8_t *high = block + 128 + 32 * half;
        for (int part = 0; part < 4; part++) { /* 32 weights each */
            for (int i = 0; i < 32; i++) {
                int four = low[i + 32 * (part % 2)] >> (part < 2 ? 0 : 4) & 15;
                int two = high[i] >> (2 * part) & 3;
                int8_t scale = (int8_t)block[192 + 8 * half + 2 * part + i / 16];
                out[128 * half + 32 * part + i] = d * (float)(scale * ((four | two << 4) - 32));
            }
        }
    }
}

/* --- content ---------------------------------------------------------------------------------- */

static void random_bytes(uint64_t *state, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (uint8_t)(llmp__bench_random(state) >> 56);
    }
}

/* A finite f16 of magnitude 2^-8 .. 2^-4. */
static void random_f16(uint64_t *state, uint8_t *out)
{
    uint64_t bits = llmp__bench_random(state);
    unsigned half = (unsigned)(bits & 0x83FFU) | (unsigned)(7 + (bits >> 32) % 4) << 10;
    out[0] = (uint8_t)half;
    out[1] = (uint8_t)(half >> 8);
}

static void f16_random(uint64_t *state, uint8_t *block)
{
    random_f16(state, block);
}

static void bf16_random(uint64_t *state, uint8_t *block)
{
    for (int i = 0; i < 2; i++) {
        uint16_t half = llmp__f32_to_bf16(llmp__bench_random_unit(state));
        block[2 * i] = (uint8_t)half;
        block[2 * i + 1] = (uint8_t)(half >> 8);
    }
}

static void q8_0_random(uint64_t *state, uint8_t *block)
{
    random_f16(state, block);
    random_bytes(state, block + 2, 32);
}

static void q4_0_random(uint64_t *state, uint8_t *block)
{
    random_f16(state, block);
    random_bytes(state, block + 2, 16);
}

static void mxfp4_random(uint64_t *state, uint8_t *block)
{
    block[0] = (uint8_t)(117 + llmp__bench_random(state) % 16);
    random_bytes(state, block + 1, 16);
}

static void q4_k_random(uint64_t *state, uint8_t *block)
{
    random_f16(state, block);
    random_f16(state, block + 2);
    random_bytes(state, block + 4, 140);
}

static void q6_k_random(uint64_t *state, uint8_t *block)
{
    random_bytes(state, block, 208);
    random_f16(state, block + 208);
}

/* --- layout ----------------------------------------------------------------------------------- */

/* Unit bytes at an offset of each of 16 rows, side by side; returns where the next go. */
static uint8_t *put(uint8_t *out, const uint8_t *rows, size_t row_bytes, size_t offset, size_t unit)
{
    for (size_t lane = 0; lane < LLMP__LANES; lane++) {
        memcpy(out + lane * unit, rows + lane * row_bytes + offset, unit);
    }
    return out + LLMP__LANES * unit;
}

static uint8_t *put_many(uint8_t *out, const uint8_t *rows, size_t row_bytes, size_t offset,
                         size_t unit, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out = put(out, rows, row_bytes, offset + i * unit, unit);
    }
    return out;
}

static void f16_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    (void)put(out, rows, row_bytes, 0, 2);
}

static void bf16_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    (void)put(out, rows, row_bytes, 0, 4);
}

static void q8_0_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    out = put(out, rows, row_bytes, 0, 2);
    (void)put_many(out, rows, row_bytes, 2, 4, 8);
}

static void q4_0_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    out = put(out, rows, row_bytes, 0, 2);
    (void)put_many(out, rows, row_bytes, 2, 4, 4);
}

static void mxfp4_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    out = put(out, rows, row_bytes, 0, 1);
    (void)put_many(out, rows, row_bytes, 1, 4, 4);
}

static void q4_k_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    out = put_many(out, rows, row_bytes, 0, 2, 2);
    (void)put_many(out, rows, row_bytes, 4, 4, 35);
}

static void q6_k_interleave(const uint8_t *rows, size_t row_bytes, uint8_t *out)
{
    out = put(out, rows, row_bytes, 208, 2);
    out = put_many(out, rows, row_bytes, 192, 1, 16);
    for (size_t half = 0; half < 2; half++) {
        for (size_t u = 0; u < 8; u++) {
            out = put(out, rows, row_bytes, 64 * half + 4 * u, 4);
            out = put(out, rows, row_bytes, 64 * half + 32 + 4 * u, 4);
            out = put(out, rows, row_bytes, 128 + 32 * half + 4 * u, 4);
        }
    }
}

#define GGML "ggml, ggml-common.h"
const llmp__format llmp__formats[LLMP__FORMAT_COUNT] = {
    [LLMP__F16] = {"f16", 1, 2, LLMP__ACT_F32, "2 a weight", "IEEE 754 binary16", f16_dequantise,
                   f16_random, f16_interleave},
    [LLMP__BF16] = {"bf16", 2, 4, LLMP__ACT_BF16, "2 a weight", "binary32 cut to 16 bits",
                    bf16_dequantise, bf16_random, bf16_interleave},
    [LLMP__Q8_0] = {"q8_0", 32, 34, LLMP__ACT_Q8_32, "34 per 32 weights", GGML, q8_0_dequantise,
                    q8_0_random, q8_0_interleave},
    [LLMP__Q4_0] = {"q4_0", 32, 18, LLMP__ACT_Q8_32, "18 per 32 weights", GGML, q4_0_dequantise,
                    q4_0_random, q4_0_interleave},
    [LLMP__Q4_K] = {"q4_k", 256, 144, LLMP__ACT_Q8_256, "144 per 256 weights", GGML,
                    q4_k_dequantise, q4_k_random, q4_k_interleave},
    [LLMP__Q6_K] = {"q6_k", 256, 210, LLMP__ACT_Q8_256, "210 per 256 weights", GGML,
                    q6_k_dequantise, q6_k_random, q6_k_interleave},
    [LLMP__MXFP4] = {"mxfp4", 32, 17, LLMP__ACT_Q8_32, "17 per 32 weights",
                     "OCP Microscaling Formats 1.0", mxfp4_dequantise, mxfp4_random,
                     mxfp4_interleave},
};

size_t llmp__format_row_bytes(const llmp__format *format, size_t k)
{
    return k / format->block_weights * format->block_bytes;
}

/* --- activations ------------------------------------------------------------------------------ */

static size_t padded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

size_t llmp__activations_bytes(size_t k)
{
    return padded(k * 4) + padded(k * 2) + 2 * padded(k) + 2 * padded(k / 32 * 4) +
           padded(k / 256 * 4) + padded(k / 16 * 4);
}

static void quantise(const float *values, size_t count, int8_t *q, float *scale)
{
    float most = 0.0F;
    for (size_t i = 0; i < count; i++) {
        most = fmaxf(most, fabsf(values[i]));
    }
    *scale = most / 127.0F;
    for (size_t i = 0; i < count; i++) {
        q[i] = most > 0.0F ? (int8_t)lrintf(values[i] * 127.0F / most) : (int8_t)0;
    }
}

static int32_t sum_of(const int8_t *q, size_t count)
{
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += q[i];
    }
    return sum;
}

void llmp__activations_fill(llmp__activations *out, void *memory, const float *values, size_t k)
{
    uint8_t *at = memory;
    out->k = k;
    out->f32 = (float *)(void *)at;
    at += padded(k * 4);
    out->bf16 = (uint16_t *)(void *)at;
    at += padded(k * 2);
    out->q32 = (int8_t *)at;
    at += padded(k);
    out->q256 = (int8_t *)at;
    at += padded(k);
    out->scale32 = (float *)(void *)at;
    at += padded(k / 32 * 4);
    out->sum32 = (int32_t *)(void *)at;
    at += padded(k / 32 * 4);
    out->scale256 = (float *)(void *)at;
    at += padded(k / 256 * 4);
    out->sum256_16 = (int32_t *)(void *)at;
    for (size_t i = 0; i < k; i++) {
        out->f32[i] = values[i];
        out->bf16[i] = llmp__f32_to_bf16(values[i]);
    }
    for (size_t b = 0; b < k / 32; b++) {
        quantise(values + 32 * b, 32, out->q32 + 32 * b, &out->scale32[b]);
        out->sum32[b] = sum_of(out->q32 + 32 * b, 32);
    }
    for (size_t b = 0; b < k / 256; b++) {
        quantise(values + 256 * b, 256, out->q256 + 256 * b, &out->scale256[b]);
    }
    for (size_t b = 0; b < k / 16; b++) {
        out->sum256_16[b] = sum_of(out->q256 + 16 * b, 16);
    }
}

double llmp__activations_value(const llmp__activations *x, llmp__activation kind, size_t i)
{
    switch (kind) {
    case LLMP__ACT_F32:
        return (double)x->f32[i];
    case LLMP__ACT_BF16:
        return (double)llmp__bf16_to_f32(x->bf16[i]);
    case LLMP__ACT_Q8_32:
        return (double)x->scale32[i / 32] * x->q32[i];
    case LLMP__ACT_Q8_256:
        return (double)x->scale256[i / 256] * x->q256[i];
    }
    return 0.0;
}
