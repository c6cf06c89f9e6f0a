/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file harness.h
 * @brief Timing without input or output: a subject in, statistics out, after zstd's benchfn. The
 * subject says how long its iterations took, so the same harness serves threads with a wall clock,
 * a GPU with its own events, and a test with a clock of its own.
 */
#ifndef LLMP_BENCH_HARNESS_H
#define LLMP_BENCH_HARNESS_H

#include <llmplan/status.h>

/** What is timed. */
typedef struct llmp__bench_subject {
    /** Runs so many iterations. @return seconds taken; negative or NAN: it failed */
    double (*run_s)(void *context, uint64_t iterations);
    void *context;
} llmp__bench_subject;

/** How long. */
typedef struct llmp__bench_timing {
    double run_s;      /* one run should take at least so long */
    double budget_s;   /* for all of it, warm-up included; runs stop when it is spent */
    uint32_t min_runs; /* kept whatever the budget, 1 .. LLMP__BENCH_RUNS_MAX */
    uint32_t max_runs;
} llmp__bench_timing;

enum { LLMP__BENCH_RUNS_MAX = 128 };

/** Of one iteration. */
typedef struct llmp__bench_stats {
    uint32_t runs;
    uint64_t iterations; /* of a run */
    double median_s;
    double best_s;
    double mad_s;
    double spread_ratio;                  /* 1.4826 mad_s / median_s */
    double seconds[LLMP__BENCH_RUNS_MAX]; /* of each run, sorted */
} llmp__bench_stats;

/** Above this spread a result is called noisy: 3 %, where repeated runs of one machine differ. */
#define LLMP__BENCH_NOISY_RATIO 0.03

/** Doubles the iterations until a run is long enough (these are the warm-up and dropped), then
 * repeats. @return LLMP_E_INTERNAL when the subject fails */
llmp_status llmp__bench_measure(const llmp__bench_subject *subject,
                                const llmp__bench_timing *timing, llmp__bench_stats *out,
                                llmp_error *error);

/** Statistics of @p count >= 1 times of an iteration, at most LLMP__BENCH_RUNS_MAX. `iterations` is
 * left alone. */
void llmp__bench_summarise(const double *seconds, uint32_t count, llmp__bench_stats *out);

/** Adds the runs of the same subject at another time, as many as there is room for. */
void llmp__bench_join(llmp__bench_stats *into, const llmp__bench_stats *more);

/** Monotonic seconds. */
double llmp__bench_now_s(void);

#endif
