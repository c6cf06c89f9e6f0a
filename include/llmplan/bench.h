/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file bench.h
 * @brief What this machine really does: micro-kernels that declare their bytes and operations,
 * timed.
 *
 * Each result is one kernel with one data type, one thread count and one working set. A rate is the
 * bytes (or operations) that one iteration declares over the seconds that it took, so every figure
 * can be audited: bytes_per_s = bytes_per_iteration / seconds. Explicit bytes only: a store counts
 * once, whether or not the processor reads the line before it writes.
 *
 * Kernels: `stream_read` (sum of f32, 4 bytes an element), `copy` (8), `triad` a = b + s c (12),
 * over working sets from the first cache to memory; `gemv`, one row of activations times a matrix
 * in the formats of GGUF, cold from memory; `gemm`, M rows of activations; `barrier`, one meeting
 * of all threads; `clock`, dependent additions of one cycle each, hence the core clock.
 *
 * Every variant for an instruction set is compared with the plain reference before it is timed; one
 * that differs is left out and named. Values of a result that a kernel does not have (the bytes of
 * a barrier) are NAN.
 */
#ifndef LLMPLAN_BENCH_H
#define LLMPLAN_BENCH_H

#include <llmplan/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One timed kernel. Text is static or owned by the llmp_bench. */
typedef struct llmp_bench_result {
    uint32_t struct_size;
    const char *name;    /**< "stream_read", "copy", "triad", "gemv", "gemm", "barrier", ... */
    const char *dtype;   /**< "f32", "bf16", "int8", "q4_0", ...; "none" for a barrier */
    const char *variant; /**< instruction set or code path, such as "avx512-vnni" */
    const char *backend; /**< "cpu"; of a GPU its programming interface, such as "opencl" */
    const char *device;  /**< "cpu", or the name of the device that the backend gives */
    uint32_t threads;    /**< threads that ran it; of a GPU 0 */
    uint64_t working_set_bytes; /**< all data gone through before any is seen again; 0: none */
    uint64_t m;                 /**< rows of activations; 0 where the kernel has none */
    uint64_t n;                 /**< rows of the matrix of one iteration; 0 as above */
    uint64_t k;                 /**< length of a row; 0 as above */
    double bytes_per_iteration; /**< declared bytes; NAN: none */
    double op_per_iteration;    /**< declared operations, a multiply-add is two; NAN: none */
    double median_s;            /**< of one iteration */
    double best_s;              /**< the fastest run; for ceilings only */
    double mad_s;               /**< median absolute deviation of the runs */
    double median_bytes_per_s;
    double best_bytes_per_s;
    double median_op_per_s;
    double best_op_per_s;
    double spread_ratio; /**< 1.4826 mad_s / median_s: a standard deviation if errors are normal */
    double cpu_share_ratio; /**< processor time over wall time of its threads, 1 when alone; NAN: a
                               GPU */
    uint32_t runs;          /**< timed runs kept, warm-up dropped */
    bool noisy;             /**< spread above 3 %, or share below 97 %: do not lean on it alone */
} llmp_bench_result;

/** What was found of the processor and used. */
typedef struct llmp_bench_machine {
    uint32_t struct_size;
    const char *cpu;          /**< the name it gives itself; "" unknown */
    const char *isa;          /**< features that variants need and that it has, "avx2 avx512 ..." */
    uint32_t logical_cpus;    /**< this process may run on (affinity) */
    uint32_t cores;           /**< distinct cores among them */
    uint32_t quota_cpus;      /**< whole CPUs worth of time its control group allows; 0: no limit */
    uint32_t threads;         /**< "all": cores, or the quota where that is less */
    uint64_t l1_bytes;        /**< data cache of one core; 0 unknown */
    uint64_t l2_bytes;        /**< of one core or cluster; 0 unknown */
    uint64_t llc_total_bytes; /**< the last level, all instances reached; 0 unknown */
    uint64_t available_memory_bytes; /**< 0 unknown */
    uint64_t memory_bytes;           /**< most that the run held at once */
    double clock_before_hz;          /**< core clock in Hz by dependent additions; NAN: not run */
    double clock_after_hz;           /**< the same at the end */
} llmp_bench_machine;

/** How far a run is. */
typedef struct llmp_bench_progress {
    uint32_t done;
    uint32_t total;
    double elapsed_s;
    double limit_s;
    const char *name;  /**< of the kernel that comes next */
    const char *dtype; /**< its data type */
    uint32_t threads;
} llmp_bench_progress;

/** @return false to stop; llmp_bench_create then fails with LLMP_E_NO_DATA */
typedef bool llmp_bench_progress_fn(void *context, const llmp_bench_progress *progress);

/** What to run. */
typedef struct llmp_bench_options {
    uint32_t struct_size;
    bool quick;                 /**< fewer points, shorter runs */
    double time_s;              /**< wall time of the whole, 0.5 .. 3600; 0: 30, or 5 when quick */
    uint32_t threads;           /**< 1 .. logical_cpus instead of all; 0: all */
    uint64_t memory_bytes;      /**< most to hold at once, from 16 MiB; 0: a quarter of what is
                                   available, at most 4 GiB */
    const char *backend;        /**< only this one; NULL: all */
    const char *const *kernels; /**< "gemv" or "gemv:q4_0"; NULL: all */
    size_t kernel_count;
    llmp_bench_progress_fn *progress; /**< may be NULL; called by the caller's thread */
    void *progress_context;
} llmp_bench_options;

#define LLMP_BENCH_OPTIONS_INIT                                                 \
    {                                                                           \
        sizeof(llmp_bench_options), false, 0.0, 0, 0, NULL, NULL, 0, NULL, NULL \
    }

/** Results and what they were measured on. */
typedef struct llmp_bench llmp_bench;

/**
 * Measures. Starts its own threads, pinned one to a core where the system allows, and joins them;
 * the calling thread is not pinned. Reads clocks and the system; not a pure function.
 * @param options NULL: the defaults
 * @param out     destroy with llmp_bench_destroy
 * @return LLMP_E_RANGE: an option outside its range; LLMP_E_UNKNOWN: no such kernel, data type or
 *         backend (the hint has the nearest); LLMP_E_NO_DATA: stopped by the callback;
 *         LLMP_E_MEMORY; LLMP_E_INTERNAL: threads cannot be started
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_bench_create(const llmp_bench_options *options,
                                                      llmp_bench **out, llmp_error *error);
LLMP_API void llmp_bench_destroy(llmp_bench **bench);

/** All results in the order measured; borrowed. */
LLMP_API const llmp_bench_result *llmp_bench_results(const llmp_bench *bench, size_t *out_count);
LLMP_API const llmp_bench_machine *llmp_bench_machine_of(const llmp_bench *bench);
/** Wall time of the whole. */
LLMP_API double llmp_bench_elapsed_s(const llmp_bench *bench);
/** The i-th remark (a variant left out, memory bounded, a noisy run); NULL past the end. */
LLMP_API const char *llmp_bench_note(const llmp_bench *bench, size_t i);

/**
 * The result that answers a question: kernel @p name of @p dtype (NULL: any) on @p backend (NULL:
 * "cpu") with most threads and, among those, the largest working set and the largest M. NULL: none.
 */
LLMP_API const llmp_bench_result *llmp_bench_find(const llmp_bench *bench, const char *backend,
                                                  const char *name, const char *dtype);

/** One variant of a kernel, as compiled in. */
typedef struct llmp_bench_kernel_info {
    uint32_t struct_size;
    const char *name;
    const char *dtype;
    const char *variant;
    const char *backend;
    const char *needs; /**< features of the processor, "" for none */
    const char *bytes; /**< declared bytes of an element or weight, such as "18 per 32 weights" */
    const char *operations; /**< declared operations */
    const char *reference;  /**< where the format or the rule is defined */
    bool usable;            /**< this processor has what it needs */
    bool chosen;            /**< the fastest usable one, by the order of the table */
} llmp_bench_kernel_info;

/** The i-th kernel variant; false past the end. */
LLMP_API bool llmp_bench_kernel_at(size_t i, llmp_bench_kernel_info *out);

#ifdef __cplusplus
}
#endif
#endif
