/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run: options checked, points of all backends in order, time shared out, rates derived. */
#include "bench/backend.h"

#include "base/error.h"
#include "base/names.h"
#include "bench/isa.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 1024, NOTES_MAX = 64, BACKENDS_MAX = 8 };

#define TIME_DEFAULT_S 30.0
#define TIME_QUICK_S 5.0
/* A measurement that starts later than this share of the time could end after it. */
#define LAST_START 0.96
#define TIME_LEAST_S 0.5
#define TIME_MOST_S 3600.0
#define MEMORY_LEAST (16 * LLMP_MIB)
#define MEMORY_DEFAULT_MOST (4 * LLMP_GIB)
#define MEMORY_UNKNOWN (512 * LLMP_MIB) /* where the system does not say what is available */

struct llmp_bench {
    llmp__arena arena;
    llmp__topology topology;
    llmp_bench_machine machine;
    char isa[128];
    llmp_bench_result results[POINTS_MAX];
    llmp__bench_stats stats[POINTS_MAX]; /* of each result */
    size_t result_count;
    const char *notes[NOTES_MAX];
    size_t note_count;
    double elapsed_s;
};

const llmp__bench_backend *const llmp__bench_backends[] = {&llmp__bench_cpu, &llmp__bench_opencl,
                                                           NULL};

const char *llmp__bench_keep(const llmp__bench_run *run, const char *text)
{
    const char *copy = llmp__arena_text(run->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

/* --- options ---------------------------------------------------------------------------------- */

/* "gemv" or "gemv:q4_0" against a kernel. */
static bool names(const char *wanted, const char *name, const char *dtype)
{
    size_t length = strcspn(wanted, ":");
    return strlen(name) == length && strncmp(wanted, name, length) == 0 &&
           (wanted[length] == '\0' || strcmp(wanted + length + 1, dtype) == 0);
}

static llmp_status check_kernel_name(const char *wanted, llmp_error *error)
{
    llmp_bench_kernel_info info;
    llmp__nearest near;
    llmp__nearest_begin(&near, wanted);
    size_t length = strcspn(wanted, ":");
    for (size_t i = 0; llmp_bench_kernel_at(i, &info); i++) {
        if (names(wanted, info.name, info.dtype)) {
            return LLMP_OK;
        }
    }
    char hint[192];
    bool known = false;
    for (size_t i = 0; llmp_bench_kernel_at(i, &info); i++) {
        bool same = strlen(info.name) == length && strncmp(info.name, wanted, length) == 0;
        known = known || same;
    }
    if (known) {
        near.query = wanted + length + 1;
    }
    for (size_t i = 0; llmp_bench_kernel_at(i, &info); i++) {
        bool same = strlen(info.name) == length && strncmp(info.name, wanted, length) == 0;
        if (!known || same) {
            llmp__nearest_offer(&near, known ? info.dtype : info.name,
                                known ? info.dtype : info.name);
        }
    }
    llmp__nearest_format(&near, hint, sizeof hint);
    llmp_status status =
        known ? llmp__fail(error, LLMP_E_UNKNOWN, "'%.*s' has no data type '%s'", (int)length,
                           wanted, wanted + length + 1)
              : llmp__fail(error, LLMP_E_UNKNOWN, "there is no kernel '%.*s'", (int)length, wanted);
    llmp__set_field(error, "kernels");
    llmp__hint(error, "%s%sall kernels: llmplan bench --list", hint, *hint == '\0' ? "" : " ");
    return status;
}

static llmp_status check_options(const llmp_bench_options *o, const llmp__topology *topology,
                                 llmp_error *error)
{
    llmp_status status = LLMP_OK;
    if (o->struct_size == 0) {
        return llmp__fail_argument(error, "options", "has struct_size 0");
    }
    if (!(o->time_s == 0.0 || (o->time_s >= TIME_LEAST_S && o->time_s <= TIME_MOST_S))) {
        status = llmp__fail(error, LLMP_E_RANGE, "%g s is outside 0.5 to 3,600", o->time_s);
        llmp__set_field(error, "time_s");
    } else if (o->threads > topology->logical_cpus) {
        status = llmp__fail(error, LLMP_E_RANGE, "%u threads on %u usable CPUs", o->threads,
                            topology->logical_cpus);
        llmp__set_field(error, "threads");
    } else if (o->memory_bytes != 0 && o->memory_bytes < MEMORY_LEAST) {
        status = llmp__fail(error, LLMP_E_RANGE, "less than 16 MiB measures caches, not memory");
        llmp__set_field(error, "memory_bytes");
    } else if (o->memory_bytes != 0 && topology->available_memory_bytes != 0 &&
               o->memory_bytes > topology->available_memory_bytes) {
        char available[32];
        (void)llmp_bytes_format(topology->available_memory_bytes, available, sizeof available);
        status = llmp__fail(error, LLMP_E_RANGE, "more than the %s available", available);
        llmp__set_field(error, "memory_bytes");
    }
    for (size_t i = 0; status == LLMP_OK && i < o->kernel_count; i++) {
        status = check_kernel_name(o->kernels[i], error);
    }
    if (status == LLMP_OK && o->backend != NULL) {
        llmp__nearest near;
        char hint[192];
        char all[128];
        int length = 0;
        llmp__nearest_begin(&near, o->backend);
        for (size_t i = 0; llmp__bench_backends[i] != NULL; i++) {
            if (strcmp(llmp__bench_backends[i]->name, o->backend) == 0) {
                return LLMP_OK;
            }
            llmp__nearest_offer(&near, llmp__bench_backends[i]->name,
                                llmp__bench_backends[i]->name);
            length += snprintf(all + length, sizeof all - (size_t)length, "%s%s",
                               i == 0 ? "" : ", ", llmp__bench_backends[i]->name);
        }
        llmp__nearest_format(&near, hint, sizeof hint);
        status = llmp__fail(error, LLMP_E_UNKNOWN, "there is no backend '%s'", o->backend);
        llmp__set_field(error, "backend");
        llmp__hint(error, "%s%sbackends: %s", hint, *hint == '\0' ? "" : " ", all);
    }
    return status;
}

static uint64_t memory_of(const llmp_bench_options *o, const llmp__topology *topology)
{
    if (o->memory_bytes != 0) {
        return o->memory_bytes;
    }
    uint64_t quarter = topology->available_memory_bytes == 0 ? MEMORY_UNKNOWN
                                                             : topology->available_memory_bytes / 4;
    return quarter > MEMORY_DEFAULT_MOST ? MEMORY_DEFAULT_MOST
           : quarter < MEMORY_LEAST      ? MEMORY_LEAST
                                         : quarter;
}

/* --- the run ---------------------------------------------------------------------------------- */

typedef struct planned {
    llmp__bench_point point;
    const llmp__bench_backend *backend;
    void *state;
} planned;

typedef struct opened {
    const llmp__bench_backend *backend;
    void *state;
} opened;

static void note(llmp_bench *bench, const char *text)
{
    const char *copy = llmp__arena_text(&bench->arena, text, strlen(text));
    for (size_t i = 0; i < bench->note_count && copy != NULL; i++) {
        copy = strcmp(bench->notes[i], copy) == 0 ? NULL : copy; /* once is enough */
    }
    if (copy != NULL && bench->note_count < NOTES_MAX) {
        bench->notes[bench->note_count++] = copy;
    }
}

static bool wanted(const llmp_bench_options *o, const char *name, const char *dtype)
{
    bool any = o->kernel_count == 0;
    for (size_t i = 0; i < o->kernel_count && !any; i++) {
        any = names(o->kernels[i], name, dtype);
    }
    return any;
}

/* Looking for devices takes a driver a second: only where something could run on them. */
static bool has_wanted(const llmp__bench_backend *backend, const llmp_bench_options *o)
{
    llmp_bench_kernel_info info = {.struct_size = sizeof info};
    bool any = o->kernel_count == 0;
    for (size_t i = 0; !any && backend->kernel_at(i, &info); i++) {
        any = wanted(o, info.name, info.dtype);
    }
    return any;
}

static void derive(llmp_bench_result *r, const llmp__bench_stats *stats)
{
    r->runs = stats->runs;
    r->median_s = stats->median_s;
    r->best_s = stats->best_s;
    r->mad_s = stats->mad_s;
    r->spread_ratio = stats->spread_ratio;
    r->median_bytes_per_s = r->bytes_per_iteration / r->median_s;
    r->best_bytes_per_s = r->bytes_per_iteration / r->best_s;
    r->median_op_per_s = r->op_per_iteration / r->median_s;
    r->best_op_per_s = r->op_per_iteration / r->best_s;
    r->noisy = r->spread_ratio > LLMP__BENCH_NOISY_RATIO ||
               (isfinite(r->cpu_share_ratio) && r->cpu_share_ratio < 1.0 - LLMP__BENCH_NOISY_RATIO);
}

static llmp__bench_timing timing_of(double budget_s, bool quick)
{
    llmp__bench_timing timing = {.budget_s = budget_s, .min_runs = quick ? 3 : 5, .max_runs = 31};
    timing.run_s = budget_s / 16.0;
    timing.run_s = timing.run_s > 0.05 ? 0.05 : timing.run_s < 0.0005 ? 0.0005 : timing.run_s;
    return timing;
}

/* The result of the same point; result_count when there is none. */
static size_t find_same(const llmp_bench *bench, const llmp_bench_result *r)
{
    size_t i = 0;
    for (; i < bench->result_count; i++) {
        const llmp_bench_result *other = &bench->results[i];
        if (strcmp(other->name, r->name) == 0 && strcmp(other->dtype, r->dtype) == 0 &&
            strcmp(other->backend, r->backend) == 0 && strcmp(other->device, r->device) == 0 &&
            other->threads == r->threads && other->m == r->m &&
            other->working_set_bytes == r->working_set_bytes) {
            break;
        }
    }
    return i;
}

static llmp_status measure(llmp_bench *bench, const planned *p, const llmp__bench_timing *timing,
                           llmp_error *error)
{
    llmp_bench_result r = {.struct_size = sizeof r,
                           .name = p->point.name,
                           .dtype = p->point.dtype,
                           .variant = "",
                           .backend = p->backend->name,
                           .device = p->backend->name,
                           .threads = p->point.threads,
                           .working_set_bytes = p->point.working_set_bytes,
                           .m = p->point.m,
                           .bytes_per_iteration = (double)NAN,
                           .op_per_iteration = (double)NAN,
                           .cpu_share_ratio = (double)NAN};
    llmp__bench_stats stats = {.runs = 0};
    llmp_error local = LLMP_ERROR_INIT;
    llmp_status status = p->backend->measure(p->state, &p->point, timing, &r, &stats, &local);
    if (status != LLMP_OK) {
        if (error != NULL) {
            *error = local;
        }
        return status;
    }
    if (stats.runs == 0) {
        note(bench, local.message);
        return LLMP_OK;
    }
    size_t at = p->point.again ? find_same(bench, &r) : bench->result_count;
    if (at < bench->result_count) {
        double runs = bench->stats[at].runs;
        double share = bench->results[at].cpu_share_ratio * runs + r.cpu_share_ratio * stats.runs;
        r.cpu_share_ratio = share / (runs + stats.runs);
        llmp__bench_join(&bench->stats[at], &stats);
    } else {
        bench->stats[at] = stats;
        bench->result_count++;
    }
    bench->results[at] = r;
    derive(&bench->results[at], &bench->stats[at]);
    return LLMP_OK;
}

static llmp_status run_points(llmp_bench *bench, const llmp_bench_options *o, const planned *points,
                              size_t count, double start_s, double limit_s, llmp_error *error)
{
    double weight = 0.0;
    for (size_t i = 0; i < count; i++) {
        weight += points[i].point.weight;
    }
    size_t left_out = 0;
    for (size_t i = 0; i < count; i++) {
        const llmp__bench_point *p = &points[i].point;
        double elapsed_s = llmp__bench_now_s() - start_s;
        if (o->progress != NULL) {
            llmp_bench_progress progress = {(uint32_t)i, (uint32_t)count, elapsed_s, limit_s,
                                            p->name,     p->dtype,        p->threads};
            if (!o->progress(o->progress_context, &progress)) {
                return llmp__fail(error, LLMP_E_NO_DATA, "stopped after %zu of %zu measurements", i,
                                  count);
            }
        }
        if (elapsed_s >= LAST_START * limit_s) {
            left_out += p->again ? 0 : 1;
            continue;
        }
        /* what is filled in before the clock starts takes its part too */
        llmp__bench_timing timing =
            timing_of(0.9 * (limit_s - elapsed_s) * p->weight / weight, o->quick);
        llmp_status status = measure(bench, &points[i], &timing, error);
        if (status != LLMP_OK) {
            return status;
        }
        weight -= p->weight;
    }
    if (left_out > 0) {
        char text[128];
        (void)snprintf(text, sizeof text, "%zu of %zu measurements left out: the time is over",
                       left_out, count);
        note(bench, text);
    }
    return LLMP_OK;
}

static void set_machine(llmp_bench *bench, const llmp__bench_run *run)
{
    const llmp__topology *t = &bench->topology;
    (void)llmp__isa_format(llmp__isa_detect(), bench->isa, sizeof bench->isa);
    bench->machine = (llmp_bench_machine){.struct_size = sizeof bench->machine,
                                          .cpu = t->cpu,
                                          .isa = bench->isa,
                                          .logical_cpus = t->logical_cpus,
                                          .cores = t->cores,
                                          .quota_cpus = t->quota_cpus,
                                          .threads = run->threads,
                                          .l1_bytes = t->l1_bytes,
                                          .l2_bytes = t->l2_bytes,
                                          .llc_total_bytes = t->llc_total_bytes,
                                          .available_memory_bytes = t->available_memory_bytes,
                                          .clock_before_hz = (double)NAN,
                                          .clock_after_hz = (double)NAN};
}

/* The first and last measured clocks. */
static void set_clocks(llmp_bench *bench)
{
    for (size_t i = 0; i < bench->result_count; i++) {
        const llmp_bench_result *r = &bench->results[i];
        if (strcmp(r->name, "clock") == 0) {
            bench->machine.clock_before_hz = isnan(bench->machine.clock_before_hz)
                                                 ? r->best_op_per_s
                                                 : bench->machine.clock_before_hz;
            bench->machine.clock_after_hz = r->best_op_per_s;
        }
    }
}

static llmp_status run_all(llmp_bench *bench, const llmp_bench_options *o,
                           const llmp__bench_run *run, planned *points, llmp_error *error)
{
    opened backends[BACKENDS_MAX];
    llmp__bench_point one[POINTS_MAX];
    size_t open_count = 0;
    size_t count = 0;
    double start_s = llmp__bench_now_s();
    double limit_s = o->time_s > 0.0 ? o->time_s : o->quick ? TIME_QUICK_S : TIME_DEFAULT_S;
    llmp_status status = LLMP_OK;
    for (size_t i = 0; llmp__bench_backends[i] != NULL && status == LLMP_OK; i++) {
        const llmp__bench_backend *b = llmp__bench_backends[i];
        void *state = NULL;
        if ((o->backend != NULL && strcmp(o->backend, b->name) != 0) || !has_wanted(b, o)) {
            continue;
        }
        status = b->open(run, &state, error);
        if (status != LLMP_OK || state == NULL) {
            continue;
        }
        backends[open_count++] = (opened){b, state};
        size_t planned_here = b->plan(state, one, POINTS_MAX);
        for (size_t k = 0; k < planned_here && count < POINTS_MAX; k++) {
            if (wanted(o, one[k].name, one[k].dtype)) {
                points[count++] = (planned){one[k], b, state};
            }
        }
    }
    if (status == LLMP_OK) {
        /* whatever opening took, half of the time is for measuring */
        double opened_s = llmp__bench_now_s();
        double late_s = opened_s - start_s - 0.5 * limit_s;
        status = run_points(bench, o, points, count, start_s + (late_s > 0.0 ? late_s : 0.0),
                            limit_s, error);
    }
    for (size_t i = 0; i < open_count; i++) {
        const llmp__bench_backend *b = backends[i].backend;
        const char *text;
        for (size_t k = 0; b->note != NULL && (text = b->note(backends[i].state, k)) != NULL; k++) {
            note(bench, text);
        }
        bench->machine.memory_bytes += b->peak_bytes(backends[i].state);
        b->close(backends[i].state);
    }
    set_clocks(bench);
    bench->elapsed_s = llmp__bench_now_s() - start_s;
    return status;
}

llmp_status llmp_bench_create(const llmp_bench_options *options, llmp_bench **out,
                              llmp_error *error)
{
    static const llmp_bench_options defaults = LLMP_BENCH_OPTIONS_INIT;
    if (out == NULL) {
        return llmp__fail_argument(error, "out", "is NULL");
    }
    const llmp_bench_options *o = options == NULL ? &defaults : options;
    llmp_bench *bench = calloc(1, sizeof *bench);
    planned *points = calloc(POINTS_MAX, sizeof *points);
    if (bench == NULL || points == NULL) {
        free(points);
        free(bench);
        return llmp__fail_memory(error, "a benchmark");
    }
    llmp__topology_detect(&bench->topology);
    llmp__bench_run run = {.options = o,
                           .topology = &bench->topology,
                           .threads = o->threads != 0 ? o->threads : bench->topology.threads,
                           .memory_bytes = memory_of(o, &bench->topology),
                           .arena = &bench->arena};
    llmp_status status = check_options(o, &bench->topology, error);
    if (status == LLMP_OK) {
        set_machine(bench, &run);
        status = run_all(bench, o, &run, points, error);
    }
    free(points);
    if (status != LLMP_OK) {
        llmp_bench_destroy(&bench);
        return status;
    }
    *out = bench;
    return LLMP_OK;
}

void llmp_bench_destroy(llmp_bench **bench)
{
    if (bench != NULL && *bench != NULL) {
        llmp__arena_free(&(*bench)->arena);
        free(*bench);
        *bench = NULL;
    }
}

/* --- what was found --------------------------------------------------------------------------- */

const llmp_bench_result *llmp_bench_results(const llmp_bench *bench, size_t *out_count)
{
    *out_count = bench->result_count;
    return bench->results;
}

const llmp_bench_machine *llmp_bench_machine_of(const llmp_bench *bench)
{
    return &bench->machine;
}

double llmp_bench_elapsed_s(const llmp_bench *bench)
{
    return bench->elapsed_s;
}

const char *llmp_bench_note(const llmp_bench *bench, size_t i)
{
    return i < bench->note_count ? bench->notes[i] : NULL;
}

/* More threads first, then the larger working set, then more rows. */
static bool more_telling(const llmp_bench_result *a, const llmp_bench_result *b)
{
    return a->threads != b->threads ? a->threads > b->threads
           : a->working_set_bytes != b->working_set_bytes
               ? a->working_set_bytes > b->working_set_bytes
               : a->m > b->m;
}

const llmp_bench_result *llmp_bench_find(const llmp_bench *bench, const char *backend,
                                         const char *name, const char *dtype)
{
    const llmp_bench_result *best = NULL;
    const char *where = backend == NULL ? "cpu" : backend;
    for (size_t i = 0; i < bench->result_count; i++) {
        const llmp_bench_result *r = &bench->results[i];
        if (strcmp(r->backend, where) == 0 && strcmp(r->name, name) == 0 &&
            (dtype == NULL || strcmp(r->dtype, dtype) == 0) &&
            (best == NULL || more_telling(r, best))) {
            best = r;
        }
    }
    return best;
}

bool llmp_bench_kernel_at(size_t i, llmp_bench_kernel_info *out)
{
    for (size_t b = 0; llmp__bench_backends[b] != NULL; b++) {
        for (size_t k = 0;; k++) {
            llmp_bench_kernel_info info = {.struct_size = sizeof info,
                                           .backend = llmp__bench_backends[b]->name};
            if (!llmp__bench_backends[b]->kernel_at(k, &info)) {
                break;
            }
            if (i-- == 0) {
                *out = info;
                return true;
            }
        }
    }
    return false;
}
