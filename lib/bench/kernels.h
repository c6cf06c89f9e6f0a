/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file kernels.h
 * @brief The kernels, as tables of named variants: what each declares, what it needs, its code.
 *
 * A table belongs to an instruction set and is compiled with its flags. Within a kernel and data
 * type the first usable entry, in the order of llmp__kernel_tables, is the one that is timed.
 */
#ifndef LLMP_BENCH_KERNELS_H
#define LLMP_BENCH_KERNELS_H

#include "bench/format.h"

#include <stdbool.h>

typedef enum llmp__kernel_id {
    LLMP__STREAM_READ,
    LLMP__COPY,
    LLMP__TRIAD,
    LLMP__GEMV,
    LLMP__GEMM,
    LLMP__KERNEL_COUNT
} llmp__kernel_id;

/** Elements of streams come in blocks of so many floats: 256 bytes. */
enum { LLMP__STREAM_BLOCK = 64 };

/** Sum of @p count floats, in any order. */
typedef float llmp__read_fn(const float *a, size_t count);
typedef void llmp__copy_fn(float *to, const float *from, size_t count);
/** a = b + scale c. */
typedef void llmp__triad_fn(float *a, const float *b, const float *c, float scale, size_t count);

/**
 * 16 interleaved rows (see format.h) times @p m rows of activations, all of length k, a multiple of
 * 256: y[i * 16 + lane].
 */
typedef void llmp__gemv_fn(const uint8_t *group, const llmp__activations *x, size_t m, float *y);

/**
 * A dense product of packed operands. A unit is 4 bytes: 1 f32, 2 bf16 or 4 int8 along k.
 * @param a      panels of 8 rows, [m / 8][units][8] units; for m < 8 [units][m]
 * @param b      groups of 16 columns, [groups][units][16] units
 * @param m      1 or a multiple of 8
 * @param c      m rows of groups * 16 floats (int32 for int8), row-major
 */
typedef void llmp__gemm_fn(const void *a, const void *b, size_t m, size_t groups, size_t units,
                           void *c);

typedef struct llmp__kernel {
    llmp__kernel_id id;
    const char *dtype; /* NULL ends a table */
    const char *variant;
    unsigned needs;    /* of LLMP__ISA_ */
    bool non_temporal; /* stores past the caches: for working sets that do not fit them */
    llmp__read_fn *read;
    llmp__copy_fn *copy;
    llmp__triad_fn *triad;
    llmp__gemv_fn *gemv;
    llmp__gemm_fn *gemm;
} llmp__kernel;

/** NULL-terminated, fastest instruction set first; the plain C table is last and complete. */
extern const llmp__kernel *const llmp__kernel_tables[];

/** "gemv", ... */
extern const char *const llmp__kernel_names[LLMP__KERNEL_COUNT];

/** Plain C, complete. */
extern const llmp__kernel llmp__kernels_scalar[];
#if defined(__x86_64__)
extern const llmp__kernel llmp__kernels_avx2[];
extern const llmp__kernel llmp__kernels_avx2_int8[];
extern const llmp__kernel llmp__kernels_avxvnni[];
extern const llmp__kernel llmp__kernels_avx512[];
extern const llmp__kernel llmp__kernels_avx512_vnni[];
extern const llmp__kernel llmp__kernels_avx512_bf16[];
#elif defined(__aarch64__)
extern const llmp__kernel llmp__kernels_neon[];
extern const llmp__kernel llmp__kernels_neon_int8[];
extern const llmp__kernel llmp__kernels_dotprod[];
extern const llmp__kernel llmp__kernels_i8mm[];
#endif

/** The i-th entry over all tables; NULL past the end. */
const llmp__kernel *llmp__kernel_at(size_t i);

/** The entry to time: the first whose needs are in @p isa. @p large asks for non-temporal stores
 * where there are any. NULL: no such data type. */
const llmp__kernel *llmp__kernel_choose(llmp__kernel_id id, const char *dtype, unsigned isa,
                                        bool large);

/** Packs @p count rows of units, a multiple of @p lanes, for a gemm: panels of A take 8 lanes (m
 * for m < 8), groups of B 16. */
void llmp__gemm_pack(const void *rows, size_t count, size_t lanes, size_t units, void *out);

/** Largest error of a variant against the plain reference, over its tolerance: at most 1 is right.
 * Odd sizes, random data by @p seed, bytes around the output watched. */
double llmp__kernel_check(const llmp__kernel *kernel, uint64_t seed);

/** The format of a gemv data type; NULL for one that has none. */
const llmp__format *llmp__format_find(const char *dtype);

/** Full unrolling of short loops over accumulators, so that they stay in registers. */
#if defined(__clang__)
#define LLMP__UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define LLMP__UNROLL _Pragma("GCC unroll 16")
#else
#define LLMP__UNROLL
#endif
#if defined(__GNUC__) || defined(__clang__)
#define LLMP__INLINE static inline __attribute__((always_inline))
#else
#define LLMP__INLINE static inline
#endif

/** Runs TILE(group, x, y, rows) over m rows of activations in the largest tiles that fit; the
 * constant lets the compiler keep a tile's sums in registers. */
#define LLMP__TILES_8(TILE, group, x, m, y)                       \
    do {                                                          \
        size_t done = 0;                                          \
        for (; done + 8 <= (m); done += 8)                        \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 8); \
        if (done + 4 <= (m)) {                                    \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 4); \
            done += 4;                                            \
        }                                                         \
        for (; done < (m); done++)                                \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 1); \
    } while (0)
#define LLMP__TILES_4(TILE, group, x, m, y)                       \
    do {                                                          \
        size_t done = 0;                                          \
        for (; done + 4 <= (m); done += 4)                        \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 4); \
        for (; done < (m); done++)                                \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 1); \
    } while (0)
#define LLMP__TILES_2(TILE, group, x, m, y)                       \
    do {                                                          \
        size_t done = 0;                                          \
        for (; done + 2 <= (m); done += 2)                        \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 2); \
        for (; done < (m); done++)                                \
            TILE(group, (x) + done, (y) + done * LLMP__LANES, 1); \
    } while (0)

#endif
