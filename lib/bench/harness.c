/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/harness.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of the standard deviation over the median absolute deviation, for normal errors: 1 / 0.67449. */
#define MAD_TO_SIGMA 1.4826

#define ITERATIONS_MAX (UINT64_C(1) << 40)

double llmp__bench_now_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts. */
static double median_of(double *values, uint32_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 == 1 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

void llmp__bench_summarise(const double *seconds, uint32_t count, llmp__bench_stats *out)
{
    double distances[LLMP__BENCH_RUNS_MAX];
    out->runs = count;
    memmove(out->seconds, seconds, count * sizeof *seconds);
    out->median_s = median_of(out->seconds, count);
    out->best_s = out->seconds[0];
    for (uint32_t i = 0; i < count; i++) {
        distances[i] = fabs(out->seconds[i] - out->median_s);
    }
    out->mad_s = median_of(distances, count);
    out->spread_ratio = out->median_s > 0.0 ? MAD_TO_SIGMA * out->mad_s / out->median_s : 0.0;
}

void llmp__bench_join(llmp__bench_stats *into, const llmp__bench_stats *more)
{
    uint32_t room = (uint32_t)LLMP__BENCH_RUNS_MAX - into->runs;
    uint32_t added = more->runs < room ? more->runs : room;
    memcpy(into->seconds + into->runs, more->seconds, added * sizeof *more->seconds);
    llmp__bench_summarise(into->seconds, into->runs + added, into);
}

/* The next count of iterations after one that was too short. */
static uint64_t grow(uint64_t iterations, double took_s, double wanted_s)
{
    double factor = took_s > 0.0 ? 1.1 * wanted_s / took_s : 10.0;
    factor = factor > 10.0 ? 10.0 : factor < 1.1 ? 1.1 : factor;
    double next = ceil((double)iterations * factor);
    return next >= (double)ITERATIONS_MAX ? ITERATIONS_MAX : (uint64_t)next;
}

llmp_status llmp__bench_measure(const llmp__bench_subject *subject,
                                const llmp__bench_timing *timing, llmp__bench_stats *out,
                                llmp_error *error)
{
    double seconds[LLMP__BENCH_RUNS_MAX];
    uint32_t most =
        timing->max_runs < LLMP__BENCH_RUNS_MAX ? timing->max_runs : (uint32_t)LLMP__BENCH_RUNS_MAX;
    uint32_t least = timing->min_runs < most ? timing->min_runs : most;
    if (least < 1) {
        return llmp__fail_argument(error, "timing", "asks for no runs");
    }
    uint64_t iterations = 1;
    double spent_s = 0.0;
    for (;;) { /* the warm-up */
        double took_s = subject->run_s(subject->context, iterations);
        if (!(took_s >= 0.0)) {
            return llmp__fail(error, LLMP_E_INTERNAL, "a benchmark kernel failed");
        }
        spent_s += took_s;
        if (took_s >= timing->run_s || iterations >= ITERATIONS_MAX) {
            break;
        }
        iterations = grow(iterations, took_s, timing->run_s);
    }
    uint32_t runs = 0;
    while (runs < least || (runs < most && spent_s < timing->budget_s)) {
        double took_s = subject->run_s(subject->context, iterations);
        if (!(took_s >= 0.0)) {
            return llmp__fail(error, LLMP_E_INTERNAL, "a benchmark kernel failed");
        }
        spent_s += took_s;
        seconds[runs++] = took_s / (double)iterations;
    }
    llmp__bench_summarise(seconds, runs, out);
    out->iterations = iterations;
    return LLMP_OK;
}
