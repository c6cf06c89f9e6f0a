/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/isa.h"

#include <stdbool.h>
#include <stdio.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#if defined(__x86_64__)
/* __builtin_cpu_supports knows which registers the system saves; AVX-VNNI it does not know on every
 * compiler, so that bit is read directly (leaf 7, subleaf 1, EAX bit 4). */
static unsigned detect_x86(void)
{
    unsigned set = 0;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        unsigned a = 0;
        unsigned b = 0;
        unsigned c = 0;
        unsigned d = 0;
        bool f16c = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & (1U << 29)) != 0;
        set |= f16c ? (unsigned)LLMP__ISA_AVX2 : 0U;
        if (f16c && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1U << 4)) != 0) {
            set |= LLMP__ISA_AVXVNNI;
        }
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        set |= LLMP__ISA_AVX512;
        set |= __builtin_cpu_supports("avx512vnni") ? (unsigned)LLMP__ISA_AVX512_VNNI : 0U;
        set |= __builtin_cpu_supports("avx512bf16") ? (unsigned)LLMP__ISA_AVX512_BF16 : 0U;
    }
    return set;
}
#endif

#if defined(__aarch64__) && defined(__APPLE__)
static bool has(const char *name)
{
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}
#endif

unsigned llmp__isa_detect(void)
{
#if defined(__x86_64__)
    return detect_x86();
#elif defined(__aarch64__)
    unsigned set = LLMP__ISA_NEON;
#if defined(__linux__)
    set |= (getauxval(AT_HWCAP) & (1UL << 20)) != 0 ? (unsigned)LLMP__ISA_DOTPROD : 0U;
    set |= (getauxval(AT_HWCAP2) & (1UL << 13)) != 0 ? (unsigned)LLMP__ISA_I8MM : 0U;
#elif defined(__APPLE__)
    set |= has("hw.optional.arm.FEAT_DotProd") ? (unsigned)LLMP__ISA_DOTPROD : 0U;
    set |= has("hw.optional.arm.FEAT_I8MM") ? (unsigned)LLMP__ISA_I8MM : 0U;
#endif
    return set;
#else
    return 0;
#endif
}

int llmp__isa_format(unsigned set, char *out, size_t out_size)
{
    static const char *const names[LLMP__ISA_COUNT] = {
        "avx2", "avx-vnni", "avx512", "avx512-vnni", "avx512-bf16", "neon", "dotprod", "i8mm"};
    int length = 0;
    if (out_size > 0) {
        out[0] = '\0';
    }
    for (int i = 0; i < LLMP__ISA_COUNT; i++) {
        if ((set & (1U << i)) != 0) {
            size_t at = (size_t)length < out_size ? (size_t)length : out_size;
            length += snprintf(out + at, out_size - at, "%s%s", length == 0 ? "" : " ", names[i]);
        }
    }
    return length;
}
