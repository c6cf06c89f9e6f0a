/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is measured on the CPU, the most telling first: when time is short the rest is left out.
 * Points of one thread count stand together, since data moves to where its threads are. */
#include "bench/cpu.h"

#include <string.h>

static const char *const gemv_dtypes[] = {"q4_k", "q8_0", "q4_0", "f16", "q6_k", "mxfp4", "bf16"};
static const char *const gemm_dtypes[] = {"f32", "bf16", "int8"};
static const uint64_t gemm_rows[] = {512, 128, 32, 8, 1};
/* bf16 as a format of files is the dense bf16 */
static const char *const gemm_formats[] = {"q4_k", "q8_0", "q4_0", "f16", "q6_k", "mxfp4"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define CACHE_UNKNOWN (32 * LLMP_MIB)
#define MEMORY_SET_LEAST (192 * LLMP_MIB)

uint64_t llmp__cpu_memory_set(const llmp__bench_run *run)
{
    uint64_t caches = run->topology->llc_total_bytes;
    uint64_t set = 3 * 4 * (caches == 0 ? CACHE_UNKNOWN : caches);
    set = set < MEMORY_SET_LEAST ? MEMORY_SET_LEAST : set;
    /* activations and results of the largest gemm take their part of what may be held */
    uint64_t columns = LLMP__MATRIX_ROWS + 2 * LLMP__LANES * (uint64_t)run->threads;
    uint64_t apart = LLMP__GEMM_ROWS_MAX * (llmp__activations_bytes(LLMP__GEMM_K) + 4 * columns);
    uint64_t most =
        run->memory_bytes >= 2 * apart ? run->memory_bytes - apart : run->memory_bytes / 2;
    return set < most ? set : most;
}

typedef struct list {
    llmp__bench_point *out;
    size_t room;
    size_t count;
} list;

static void add(list *l, uint32_t kind, const char *dtype, uint32_t threads, uint64_t bytes,
                uint64_t m, double weight)
{
    const char *name = kind == LLMP__POINT_BARRIER ? "barrier"
                       : kind == LLMP__POINT_CLOCK ? "clock"
                                                   : llmp__kernel_names[kind];
    if (l->count < l->room) {
        l->out[l->count] = (llmp__bench_point){.name = name,
                                               .dtype = dtype,
                                               .threads = threads,
                                               .kind = kind,
                                               .working_set_bytes = bytes,
                                               .m = m,
                                               .weight = weight};
        l->count++;
    }
}

static void add_gemm(list *l, uint32_t threads, uint64_t bytes)
{
    for (size_t d = 0; d < COUNT(gemm_dtypes); d++) {
        for (size_t i = 0; i < COUNT(gemm_rows); i++) {
            add(l, LLMP__GEMM, gemm_dtypes[d], threads, bytes, gemm_rows[i], 1.0);
        }
    }
}

/* In the formats of files, as engines multiply a prompt; without M = 1, which is gemv. */
static void add_gemm_formats(list *l, uint32_t threads, uint64_t bytes, size_t rows)
{
    for (size_t d = 0; d < COUNT(gemm_formats); d++) {
        for (size_t i = 0; i < rows; i++) {
            add(l, LLMP__GEMM, gemm_formats[d], threads, bytes, gemm_rows[i], 1.0);
        }
    }
}

static void add_gemv(list *l, uint32_t threads, uint64_t bytes, double weight)
{
    for (size_t d = 0; d < COUNT(gemv_dtypes); d++) {
        add(l, LLMP__GEMV, gemv_dtypes[d], threads, bytes, 1, weight);
    }
}

/* What decode hangs on: memory read, and every gemv against it. In rounds over the run. */
static void add_round(list *l, uint32_t threads, uint64_t bytes, bool again)
{
    size_t first = l->count;
    add(l, LLMP__STREAM_READ, "f32", threads, bytes, 0, 1.0);
    add_gemv(l, threads, bytes, 1.0);
    for (size_t i = first; i < l->count; i++) {
        l->out[i].again = again;
    }
}

/* Working sets below memory, 16 KiB a thread and up by a factor. */
static void add_caches(list *l, uint32_t kind, uint32_t threads, uint64_t memory, uint64_t factor)
{
    for (uint64_t bytes = 16 * LLMP_KIB * threads; bytes < memory; bytes *= factor) {
        add(l, kind, "f32", threads, bytes, 0, 0.5);
    }
}

/* One working set in the middle of each cache. */
static void add_levels(list *l, uint32_t kind, uint32_t threads, const llmp__topology *t)
{
    uint64_t sizes[] = {t->l1_bytes / 2 * threads, t->l2_bytes / 2 * threads,
                        t->llc_total_bytes / 2};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        if (sizes[i] > 0 && (i == 0 || sizes[i] > sizes[i - 1])) {
            add(l, kind, "f32", threads, sizes[i], 0, 0.5);
        }
    }
}

size_t llmp__cpu_plan(void *state, llmp__bench_point *out, size_t room)
{
    const llmp__cpu *cpu = state;
    const llmp__bench_run *run = cpu->run;
    bool quick = run->options->quick;
    uint32_t all = run->threads;
    uint64_t memory = llmp__cpu_memory_set(run);
    list l = {out, room, 0};

    add(&l, LLMP__POINT_CLOCK, "int64", 1, 0, 0, 0.2);
    add_round(&l, all, memory, false);
    add(&l, LLMP__POINT_BARRIER, "none", all, 0, 0, 0.5);
    add(&l, LLMP__COPY, "f32", all, memory, 0, 1.0);
    add(&l, LLMP__TRIAD, "f32", all, memory, 0, 1.0);
    add_gemm(&l, all, memory);
    if (!quick) {
        add_round(&l, all, memory, true);
    }
    add_gemm_formats(&l, all, memory, quick ? 1 : COUNT(gemm_rows) - 1);
    if (quick) {
        add_levels(&l, LLMP__STREAM_READ, all, run->topology);
    } else {
        add_caches(&l, LLMP__STREAM_READ, all, memory, 2);
        add_caches(&l, LLMP__COPY, all, memory, 8);
        add_caches(&l, LLMP__TRIAD, all, memory, 8);
        add_round(&l, all, memory, true);
    }
    /* decode often runs fastest with fewer threads than cores: the sweep shows where it saturates
     */
    for (uint32_t threads = all / 2; threads > 1 && !quick; threads /= 2) {
        add(&l, LLMP__STREAM_READ, "f32", threads, memory, 0, 1.0);
    }
    if (all > 1) {
        add(&l, LLMP__STREAM_READ, "f32", 1, memory, 0, 1.0);
    }
    if (all > 1 && !quick) {
        add_gemv(&l, 1, memory, 1.0);
        add_caches(&l, LLMP__STREAM_READ, 1, memory, 2);
        add_gemm(&l, 1, memory);
        add_gemm_formats(&l, 1, memory, 1);
    }
    add(&l, LLMP__POINT_CLOCK, "int64", 1, 0, 0, 0.2);
    return l.count;
}
