/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the AVX-512 gemv files share: one vector is one unit of 16 rows. */
#ifndef LLMP_BENCH_AVX512_GEMV_H
#define LLMP_BENCH_AVX512_GEMV_H

#include "bench/kernels.h"

#include <immintrin.h>
#include <string.h>

LLMP__INLINE __m512i load(const void *at)
{
    return _mm512_loadu_si512(at);
}

/* 16 f16 as f32. */
LLMP__INLINE __m512 load_f16(const uint8_t *at)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)at));
}

/* 4 activations to every lane. */
LLMP__INLINE __m512i broadcast(const void *four)
{
    int32_t value;
    memcpy(&value, four, sizeof value);
    return _mm512_set1_epi32(value);
}

#endif
