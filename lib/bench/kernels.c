/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/kernels.h"

#include <string.h>

const llmp__kernel *const llmp__kernel_tables[] = {
#if defined(__x86_64__)
    llmp__kernels_avx512_bf16, llmp__kernels_avx512_vnni,
    llmp__kernels_avx512,      llmp__kernels_avxvnni,
    llmp__kernels_avx2_int8,   llmp__kernels_avx2,
#elif defined(__aarch64__)
    llmp__kernels_i8mm,      llmp__kernels_dotprod,
    llmp__kernels_neon_int8, llmp__kernels_neon,
#endif
    llmp__kernels_scalar,      NULL,
};

const char *const llmp__kernel_names[LLMP__KERNEL_COUNT] = {"stream_read", "copy", "triad", "gemv",
                                                            "gemm"};

const llmp__kernel *llmp__kernel_at(size_t i)
{
    for (size_t table = 0; llmp__kernel_tables[table] != NULL; table++) {
        for (const llmp__kernel *k = llmp__kernel_tables[table]; k->dtype != NULL; k++) {
            if (i-- == 0) {
                return k;
            }
        }
    }
    return NULL;
}

const llmp__kernel *llmp__kernel_choose(llmp__kernel_id id, const char *dtype, unsigned isa,
                                        bool large)
{
    const llmp__kernel *fallback = NULL;
    const llmp__kernel *k;
    for (size_t i = 0; (k = llmp__kernel_at(i)) != NULL; i++) {
        if (k->id != id || strcmp(k->dtype, dtype) != 0 || (k->needs & ~isa) != 0) {
            continue;
        }
        if (k->non_temporal == large) {
            return k;
        }
        fallback = fallback == NULL && !k->non_temporal ? k : fallback;
    }
    return fallback;
}

const llmp__format *llmp__format_find(const char *dtype)
{
    for (int i = 0; i < LLMP__FORMAT_COUNT; i++) {
        if (strcmp(llmp__formats[i].name, dtype) == 0) {
            return &llmp__formats[i];
        }
    }
    return NULL;
}

void llmp__gemm_pack(const void *rows, size_t count, size_t lanes, size_t units, void *out)
{
    const unsigned char *from = rows;
    unsigned char *to = out;
    for (size_t first = 0; first + lanes <= count; first += lanes) {
        for (size_t u = 0; u < units; u++) {
            for (size_t lane = 0; lane < lanes; lane++, to += 4) {
                memcpy(to, from + 4 * ((first + lane) * units + u), 4);
            }
        }
    }
}
