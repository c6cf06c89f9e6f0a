/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file format.h
 * @brief The weight formats that gemv runs on: their blocks, what they mean (the reference), and
 * the interleaved layout that kernels read.
 *
 * Kernels take 16 rows together, one in each lane of a vector: the bytes of 16 rows are interleaved
 * in units of 4 (scales in units of their size), so that one vector holds 4 consecutive weights of
 * each row, a broadcast of 4 activations meets all of them, and no sum crosses lanes. Interleaving
 * moves bytes and adds none, as an engine's repacking does. Layout of 16 blocks, in bytes:
 *
 *   f16    2 bytes of each row, for each of k weights
 *   bf16   4 bytes (2 weights) of each row, k/2 times
 *   q8_0   16 scales f16 | 8 units of weights
 *   q4_0   16 scales f16 | 4 units: low nibbles weights 4u.., high nibbles 16+4u..
 *   mxfp4  16 exponents u8 | 4 units, nibbles as q4_0
 *   q4_k   16 d f16 | 16 dmin f16 | 3 units of scales | 32 units of nibbles
 *   q6_k   16 d f16 | 16 x 16 scales s8 | for each half and u in 0..7: low bits u, low bits 8+u,
 *          high bits u
 *
 * Blocks are those of ggml-common.h in ggml (q8_0 34 bytes and q4_0 18 bytes for 32 weights, q4_K
 * 144 and q6_K 210 for 256) and of the OCP Microscaling specification 1.0 (MXFP4: 17 bytes for 32).
 */
#ifndef LLMP_BENCH_FORMAT_H
#define LLMP_BENCH_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { LLMP__LANES = 16, LLMP__SUPER = 256 };

typedef enum llmp__format_id {
    LLMP__F16,
    LLMP__BF16,
    LLMP__Q8_0,
    LLMP__Q4_0,
    LLMP__Q4_K,
    LLMP__Q6_K,
    LLMP__MXFP4,
    LLMP__FORMAT_COUNT
} llmp__format_id;

/** How the activations that meet a format are stored. */
typedef enum llmp__activation {
    LLMP__ACT_F32,
    LLMP__ACT_BF16,
    LLMP__ACT_Q8_32, /* s8 with an f32 scale for each 32 */
    LLMP__ACT_Q8_256 /* s8 with an f32 scale for each 256 */
} llmp__activation;

typedef struct llmp__format {
    const char *name; /* of the dtype in results */
    uint32_t block_weights;
    uint32_t block_bytes;
    llmp__activation activation;
    const char *bytes; /* declared, in words */
    const char *reference;
    /** The weights of a block. */
    void (*dequantise)(const uint8_t *block, float *out);
    /** A block of random but sane content (no infinity, no denormal scale). */
    void (*random)(uint64_t *state, uint8_t *block);
    /** 16 blocks at @p rows, @p row_bytes apart, into 16 * block_bytes. */
    void (*interleave)(const uint8_t *rows, size_t row_bytes, uint8_t *out);
} llmp__format;

/** Indexed by llmp__format_id. */
extern const llmp__format llmp__formats[LLMP__FORMAT_COUNT];

/** Bytes of a row of k weights. */
size_t llmp__format_row_bytes(const llmp__format *format, size_t k);

/** A row of activations in every form that a kernel may want; k is a multiple of 256. */
typedef struct llmp__activations {
    size_t k;
    float *f32;         /* k, as given */
    uint16_t *bf16;     /* k, rounded to nearest even */
    int8_t *q32;        /* k: round(x / scale), scale = max |x| / 127 of each 32 */
    float *scale32;     /* k/32 */
    int32_t *sum32;     /* k/32: sums of q32 */
    int8_t *q256;       /* as above for each 256 */
    float *scale256;    /* k/256 */
    int32_t *sum256_16; /* k/16: sums of 16 of q256 */
} llmp__activations;

/** Bytes that llmp__activations_fill needs at @p memory for k values. */
size_t llmp__activations_bytes(size_t k);
/** @p memory aligned to 64. */
void llmp__activations_fill(llmp__activations *out, void *memory, const float *values, size_t k);
/** The value that a kernel of that kind sees at @p i. */
double llmp__activations_value(const llmp__activations *x, llmp__activation kind, size_t i);

/** Random numbers for test data (splitmix64). */
uint64_t llmp__bench_random(uint64_t *state);
/** Uniform in -1 .. 1. */
float llmp__bench_random_unit(uint64_t *state);

float llmp__f16_to_f32(uint16_t half);
float llmp__bf16_to_f32(uint16_t half);
uint16_t llmp__f32_to_bf16(float value);
/** 2^(e - 127), 2^-127 for 0. */
float llmp__e8m0_to_f32(uint8_t exponent);

/** Of MXFP4 doubled, so that they are whole: 0, 1, 2, 3, 4, 6, 8, 12 and their negatives. */
extern const int8_t llmp__mxfp4_doubled[16];

#endif
