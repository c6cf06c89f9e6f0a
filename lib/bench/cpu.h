/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of the CPU backend: what it measures, the data, the work of a thread. */
#ifndef LLMP_BENCH_CPU_H
#define LLMP_BENCH_CPU_H

#include "bench/backend.h"
#include "bench/kernels.h"
#include "bench/pool.h"

/** Kinds of points beyond the kernels of kernels.h. */
enum { LLMP__POINT_BARRIER = LLMP__KERNEL_COUNT, LLMP__POINT_CLOCK };

enum {
    LLMP__GEMV_K = 4096,
    LLMP__GEMM_K = 2048,
    LLMP__GEMM_ROWS_MAX = 512,
    LLMP__MATRIX_ROWS = 2048
};

/** What lies in the buffer. */
typedef enum llmp__content {
    LLMP__CONTENT_NONE,
    LLMP__CONTENT_FLOATS,
    LLMP__CONTENT_GROUPS /* of a gemv format or gemm operand */
} llmp__content;

/** A thread's own, a cache line apart from the next. */
typedef struct llmp__cpu_thread {
    _Alignas(64) uint64_t cursor; /* where in its slice it goes on */
    float sink;                   /* keeps results alive */
    float *result;                /* of gemv and gemm */
} llmp__cpu_thread;

typedef struct llmp__cpu {
    const llmp__bench_run *run;
    unsigned isa;
    llmp__pool *pool; /* of as many threads as the last point wanted */
    uint8_t *buffer;  /* slices of all threads, each touched first by its thread */
    size_t slice_bytes;
    llmp__content content;
    const char *content_dtype; /* of groups, which also differ in size */
    size_t content_bytes;
    llmp__cpu_thread *threads;
    uint8_t *shared; /* activations */
    size_t shared_bytes;
    size_t result_bytes; /* a thread */
    uint64_t peak_bytes;
    bool bad[256]; /* kernels, by llmp__kernel_at, that differ from the reference */
    bool checked[256];
    const char *notes[16];
    size_t note_count;
} llmp__cpu;

/** Bytes that a working set in memory has: as STREAM's rule wants, each of three arrays four times
 * the last-level caches, within what the run may hold. */
uint64_t llmp__cpu_memory_set(const llmp__bench_run *run);

size_t llmp__cpu_plan(void *state, llmp__bench_point *out, size_t room);

/** Threads, slices and content as a point needs them. @return LLMP_E_MEMORY, LLMP_E_INTERNAL */
llmp_status llmp__cpu_threads(llmp__cpu *cpu, uint32_t threads, llmp_error *error);
llmp_status llmp__cpu_slices(llmp__cpu *cpu, size_t slice_bytes, llmp_error *error);
llmp_status llmp__cpu_shared(llmp__cpu *cpu, size_t bytes, size_t result_bytes, llmp_error *error);
void llmp__cpu_fill_floats(llmp__cpu *cpu);
/** Repeats @p pattern through every slice. */
void llmp__cpu_fill_pattern(llmp__cpu *cpu, const char *dtype, const uint8_t *pattern,
                            size_t pattern_bytes);
void llmp__cpu_free(llmp__cpu *cpu);

bool llmp__cpu_kernel_at(size_t i, llmp_bench_kernel_info *out);

#endif
