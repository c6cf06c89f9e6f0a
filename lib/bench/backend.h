/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file backend.h
 * @brief Where kernels run. The suite knows backends only by this struct: each says which points it
 * would measure, and measures one at a time; the suite shares out the time, keeps the results and
 * reports progress. A GPU interface is one more entry in llmp__bench_backends.
 */
#ifndef LLMP_BENCH_BACKEND_H
#define LLMP_BENCH_BACKEND_H

#include "base/arena.h"
#include "bench/harness.h"
#include "bench/topology.h"

#include <llmplan/bench.h>
#include <llmplan/units.h>

/** One thing to measure. */
typedef struct llmp__bench_point {
    const char *name; /* of the kernel */
    const char *dtype;
    uint32_t threads;           /* 0 where the backend has none */
    uint32_t device;            /* the backend's own number of a device */
    uint32_t kind;              /* the backend's own */
    uint64_t working_set_bytes; /* wanted; the result says what it was */
    uint64_t m;
    double weight; /* share of the time, 1 for most */
    bool again;    /* joins the runs of the same point before it: interleaved with others, a drift
                      of the machine touches all alike */
} llmp__bench_point;

/** What a backend may know of the run. */
typedef struct llmp__bench_run {
    const llmp_bench_options *options;
    const llmp__topology *topology;
    uint32_t threads;      /* what "all" means */
    uint64_t memory_bytes; /* most to hold at once */
    llmp__arena *arena;    /* of the llmp_bench: for text of results */
} llmp__bench_run;

typedef struct llmp__bench_backend {
    const char *name; /* "cpu" */
    /**
     * Looks whether it can run here. @param out_state  NULL, with LLMP_OK, when it cannot: no such
     * library or device is no error.
     */
    llmp_status (*open)(const llmp__bench_run *run, void **out_state, llmp_error *error);
    /** Fills at most @p room points, the most telling first. @return how many there are */
    size_t (*plan)(void *state, llmp__bench_point *out, size_t room);
    /**
     * Measures one point. Fills name, dtype, variant, device, threads, sizes, the declared bytes
     * and operations and cpu_share_ratio of @p out (preset to what the point says, NAN else), and
     * @p stats; the suite derives the rates. Sets @p stats->runs to 0 for a point that cannot be
     * measured here, with the reason in @p error's message.
     */
    llmp_status (*measure)(void *state, const llmp__bench_point *point,
                           const llmp__bench_timing *timing, llmp_bench_result *out,
                           llmp__bench_stats *stats, llmp_error *error);
    /** Most memory held so far. */
    uint64_t (*peak_bytes)(const void *state);
    void (*close)(void *state);
    /** The i-th kernel compiled in; false past the end. struct_size is set already. */
    bool (*kernel_at)(size_t i, llmp_bench_kernel_info *out);
    /** The i-th remark on what was left out; NULL past the end. May be NULL. */
    const char *(*note)(const void *state, size_t i);
} llmp__bench_backend;

/** NULL-terminated. */
extern const llmp__bench_backend *const llmp__bench_backends[];

extern const llmp__bench_backend llmp__bench_cpu;
extern const llmp__bench_backend llmp__bench_opencl; /* found at run time */

/** A copy of a text that lives as long as the results; "" without memory. */
const char *llmp__bench_keep(const llmp__bench_run *run, const char *text);

#endif
