/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads and their data. A slice belongs to one thread, which touches it first. */
#define _DEFAULT_SOURCE /* madvise */
#include "bench/cpu.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

enum { PAGE = 4096 };
#define HUGE_PAGE (2 * LLMP_MIB)

/*
 * A model's file lies in the page cache in pieces far larger than 4 KiB, and engines read it as
 * fast as huge pages are read: on a Zen 4 virtual machine 34 GB/s, where pages of 4 KiB gave 28.
 * Without the system's support the request does nothing.
 */
static void *aligned_huge(size_t bytes)
{
    void *memory = NULL;
    if (posix_memalign(&memory, HUGE_PAGE, bytes) != 0) {
        return NULL;
    }
#if defined __linux__ && defined MADV_HUGEPAGE
    (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

static void *aligned(size_t bytes)
{
    void *memory = NULL;
    return posix_memalign(&memory, PAGE, (bytes + PAGE - 1) / PAGE * PAGE) == 0 ? memory : NULL;
}

static uint64_t held(const llmp__cpu *cpu)
{
    uint64_t threads = cpu->pool == NULL ? 0 : llmp__pool_threads(cpu->pool);
    return cpu->slice_bytes * threads + cpu->shared_bytes + cpu->result_bytes * threads;
}

static void note_peak(llmp__cpu *cpu)
{
    cpu->peak_bytes = held(cpu) > cpu->peak_bytes ? held(cpu) : cpu->peak_bytes;
}

static void free_results(llmp__cpu *cpu)
{
    uint32_t threads = cpu->pool == NULL ? 0 : llmp__pool_threads(cpu->pool);
    for (uint32_t i = 0; i < threads; i++) {
        free(cpu->threads[i].result);
        cpu->threads[i].result = NULL;
    }
    cpu->result_bytes = 0;
}

static void free_slices(llmp__cpu *cpu)
{
    free(cpu->buffer);
    cpu->buffer = NULL;
    cpu->slice_bytes = 0;
    cpu->content = LLMP__CONTENT_NONE;
}

void llmp__cpu_free(llmp__cpu *cpu)
{
    free_results(cpu);
    free_slices(cpu);
    llmp__pool_destroy(&cpu->pool);
    free(cpu->threads);
    free(cpu->shared);
    cpu->threads = NULL;
    cpu->shared = NULL;
    cpu->shared_bytes = 0;
}

llmp_status llmp__cpu_threads(llmp__cpu *cpu, uint32_t threads, llmp_error *error)
{
    if (cpu->pool != NULL && llmp__pool_threads(cpu->pool) == threads) {
        return LLMP_OK;
    }
    free_results(cpu);
    free_slices(cpu);
    llmp__pool_destroy(&cpu->pool);
    free(cpu->threads);
    cpu->threads = aligned(threads * sizeof *cpu->threads);
    if (cpu->threads == NULL) {
        return llmp__fail_memory(error, "threads");
    }
    memset(cpu->threads, 0, threads * sizeof *cpu->threads);
    return llmp__pool_create(cpu->run->topology, threads, &cpu->pool, error);
}

llmp_status llmp__cpu_slices(llmp__cpu *cpu, size_t slice_bytes, llmp_error *error)
{
    slice_bytes = slice_bytes >= HUGE_PAGE ? slice_bytes / HUGE_PAGE * HUGE_PAGE
                                           : (slice_bytes + PAGE - 1) / PAGE * PAGE;
    if (cpu->buffer != NULL && cpu->slice_bytes == slice_bytes) {
        return LLMP_OK;
    }
    free_slices(cpu);
    cpu->buffer = aligned_huge(slice_bytes * llmp__pool_threads(cpu->pool));
    if (cpu->buffer == NULL) {
        return llmp__fail_memory(error, "data to measure with");
    }
    cpu->slice_bytes = slice_bytes;
    note_peak(cpu);
    return LLMP_OK;
}

llmp_status llmp__cpu_shared(llmp__cpu *cpu, size_t bytes, size_t result_bytes, llmp_error *error)
{
    if (cpu->shared_bytes != bytes) {
        free(cpu->shared);
        cpu->shared = aligned(bytes);
        cpu->shared_bytes = cpu->shared == NULL ? 0 : bytes;
    }
    bool good = cpu->shared != NULL;
    if (good && cpu->result_bytes != result_bytes) {
        free_results(cpu);
        for (uint32_t i = 0; i < llmp__pool_threads(cpu->pool); i++) {
            cpu->threads[i].result = aligned(result_bytes);
            good = good && cpu->threads[i].result != NULL;
        }
        cpu->result_bytes = result_bytes;
    }
    note_peak(cpu);
    return good ? LLMP_OK : llmp__fail_memory(error, "activations to measure with");
}

static void fill_floats(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    llmp__cpu *cpu = context;
    float *slice = (void *)(cpu->buffer + thread * cpu->slice_bytes);
    float block[LLMP__STREAM_BLOCK];
    uint64_t state = thread;
    (void)threads;
    (void)iterations;
    for (size_t i = 0; i < LLMP__STREAM_BLOCK; i++) {
        block[i] = llmp__bench_random_unit(&state);
    }
    for (size_t i = 0; i + LLMP__STREAM_BLOCK <= cpu->slice_bytes / sizeof *slice;
         i += LLMP__STREAM_BLOCK) {
        memcpy(slice + i, block, sizeof block);
    }
}

void llmp__cpu_fill_floats(llmp__cpu *cpu)
{
    if (cpu->content != LLMP__CONTENT_FLOATS) {
        (void)llmp__pool_run(cpu->pool, fill_floats, cpu, 1);
        cpu->content = LLMP__CONTENT_FLOATS;
    }
}

typedef struct pattern_job {
    llmp__cpu *cpu;
    const uint8_t *pattern;
    size_t bytes;
} pattern_job;

static void fill_pattern(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    const pattern_job *job = context;
    uint8_t *slice = job->cpu->buffer + thread * job->cpu->slice_bytes;
    (void)threads;
    (void)iterations;
    for (size_t at = 0; at < job->cpu->slice_bytes; at += job->bytes) {
        size_t left = job->cpu->slice_bytes - at;
        memcpy(slice + at, job->pattern, left < job->bytes ? left : job->bytes);
    }
    job->cpu->threads[thread].cursor = 0;
}

void llmp__cpu_fill_pattern(llmp__cpu *cpu, const char *dtype, const uint8_t *pattern,
                            size_t pattern_bytes)
{
    pattern_job job = {cpu, pattern, pattern_bytes};
    if (cpu->content != LLMP__CONTENT_GROUPS || cpu->content_bytes != pattern_bytes ||
        strcmp(cpu->content_dtype, dtype) != 0) {
        (void)llmp__pool_run(cpu->pool, fill_pattern, &job, 1);
        cpu->content = LLMP__CONTENT_GROUPS;
        cpu->content_dtype = dtype;
        cpu->content_bytes = pattern_bytes;
    }
}
