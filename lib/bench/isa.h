/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file isa.h
 * @brief Instruction sets that kernel variants need, and which of them run here.
 */
#ifndef LLMP_BENCH_ISA_H
#define LLMP_BENCH_ISA_H

#include <stddef.h>

enum {
    LLMP__ISA_AVX2 = 1 << 0,        /* with FMA and F16C */
    LLMP__ISA_AVXVNNI = 1 << 1,     /* the 256-bit encoding of processors without AVX-512 */
    LLMP__ISA_AVX512 = 1 << 2,      /* F, BW, DQ, VL */
    LLMP__ISA_AVX512_VNNI = 1 << 3, /* int8 dot products */
    LLMP__ISA_AVX512_BF16 = 1 << 4, /* bf16 dot products */
    LLMP__ISA_NEON = 1 << 5,
    LLMP__ISA_DOTPROD = 1 << 6, /* arm64 int8 dot products */
    LLMP__ISA_I8MM = 1 << 7,    /* arm64 int8 matrix products */
    LLMP__ISA_COUNT = 8
};

/** The features of this processor that its operating system saves. */
unsigned llmp__isa_detect(void);

/** "avx2 avx512" of a set; "" of none. Returns as snprintf. */
int llmp__isa_format(unsigned set, char *out, size_t out_size);

#endif
