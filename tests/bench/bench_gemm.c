/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our f32 gemm against OpenBLAS on the same shapes, one thread, interleaved. Processor time, not
 * wall time: the ratio holds on a machine that others use too. Aim: at least 60 %. */
#define _DEFAULT_SOURCE
#include "bench/isa.h"
#include "bench/kernels.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N = 2048, K = 2048, ROUNDS = 9, M_MAX = 512 };

void openblas_set_num_threads(int count);
char *openblas_get_corename(void);

static double cpu_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static float *array(size_t count)
{
    void *memory = NULL;
    if (posix_memalign(&memory, 64, count * sizeof(float)) != 0) {
        exit(1);
    }
    return memory;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static const int rows[] = {1, 8, 32, 128, 512};
    const llmp__kernel *kernel = llmp__kernel_choose(LLMP__GEMM, "f32", llmp__isa_detect(), false);
    float *a = array((size_t)M_MAX * K);
    float *b = array((size_t)N * K);
    float *packed_a = array((size_t)M_MAX * K);
    float *packed_b = array((size_t)N * K);
    float *c = array((size_t)M_MAX * N);
    uint64_t seed = 5731;
    for (size_t i = 0; i < (size_t)M_MAX * K; i++) {
        a[i] = llmp__bench_random_unit(&seed);
    }
    for (size_t i = 0; i < (size_t)N * K; i++) {
        b[i] = llmp__bench_random_unit(&seed);
    }
    llmp__gemm_pack(b, N, LLMP__LANES, K, packed_b);
    openblas_set_num_threads(1);
    printf("f32 gemm, n = k = 2048, one thread, Gop/s of processor time; ours by %s, OpenBLAS "
           "for %s\n",
           kernel->variant, openblas_get_corename());
    printf("%8s %10s %10s %8s\n", "M", "ours", "OpenBLAS", "ratio");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t m = (size_t)rows[i];
        double ours[ROUNDS];
        double theirs[ROUNDS];
        double ops = 2.0 * (double)m * N * K;
        int times = (int)(1 + 2e9 / ops);
        llmp__gemm_pack(a, m, m < 8 ? m : 8, K, packed_a);
        for (int round = 0; round < ROUNDS; round++) {
            double start_s = cpu_s();
            for (int k = 0; k < times; k++) {
                kernel->gemm(packed_a, packed_b, m, N / LLMP__LANES, K, c);
            }
            ours[round] = ops * times / (cpu_s() - start_s) * 1e-9;
            start_s = cpu_s();
            for (int k = 0; k < times; k++) {
                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, N, K, 1.0F, a, K, b, K,
                            0.0F, c, N);
            }
            theirs[round] = ops * times / (cpu_s() - start_s) * 1e-9;
        }
        qsort(ours, ROUNDS, sizeof *ours, by_value);
        qsort(theirs, ROUNDS, sizeof *theirs, by_value);
        printf("%8d %10.1f %10.1f %7.0f %%\n", rows[i], ours[ROUNDS / 2], theirs[ROUNDS / 2],
               100.0 * ours[ROUNDS / 2] / theirs[ROUNDS / 2]);
    }
    free(a);
    free(b);
    free(packed_a);
    free(packed_b);
    free(c);
    return 0;
}
