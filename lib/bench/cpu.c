/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPU backend: measures one point at a time with the best variant that agrees with the
 * reference. */
#include "bench/cpu.h"

#include "base/error.h"
#include "bench/isa.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_SEED = 20261126, KERNELS_MAX = 256 };

static llmp_status open_cpu(const llmp__bench_run *run, void **out_state, llmp_error *error)
{
    llmp__cpu *cpu = calloc(1, sizeof *cpu);
    if (cpu == NULL) {
        return llmp__fail_memory(error, "a benchmark");
    }
    cpu->run = run;
    cpu->isa = llmp__isa_detect();
    uint64_t set = llmp__cpu_memory_set(run);
    if (set < 4 * run->topology->llc_total_bytes) {
        char text[160];
        char sizes[2][32];
        (void)llmp_bytes_format(set, sizes[0], sizeof sizes[0]);
        (void)llmp_bytes_format(run->topology->llc_total_bytes, sizes[1], sizeof sizes[1]);
        (void)snprintf(text, sizeof text,
                       "Working sets of %s are less than four times the caches (%s): part of what "
                       "is read may come from them",
                       sizes[0], sizes[1]);
        cpu->notes[cpu->note_count++] = llmp__bench_keep(run, text);
    }
    *out_state = cpu;
    return LLMP_OK;
}

static void close_cpu(void *state)
{
    llmp__cpu_free(state);
    free(state);
}

static uint64_t peak_bytes(const void *state)
{
    return ((const llmp__cpu *)state)->peak_bytes;
}

static const char *note_of(const void *state, size_t i)
{
    const llmp__cpu *cpu = state;
    return i < cpu->note_count ? cpu->notes[i] : NULL;
}

/* The first usable variant that agrees with the reference; the others are named in a note. */
static const llmp__kernel *choose(llmp__cpu *cpu, llmp__kernel_id id, const char *dtype, bool large)
{
    const llmp__kernel *fallback = NULL;
    const llmp__kernel *k;
    for (size_t i = 0; i < KERNELS_MAX && (k = llmp__kernel_at(i)) != NULL; i++) {
        if (k->id != id || strcmp(k->dtype, dtype) != 0 || (k->needs & ~cpu->isa) != 0 ||
            (k->non_temporal && !large)) {
            continue;
        }
        if (!cpu->checked[i]) {
            cpu->checked[i] = true;
            cpu->bad[i] = !(llmp__kernel_check(k, CHECK_SEED) <= 1.0);
            if (cpu->bad[i] && cpu->note_count < sizeof cpu->notes / sizeof *cpu->notes) {
                char text[160];
                (void)snprintf(text, sizeof text,
                               "%s %s by %s differs from the reference and is not used",
                               llmp__kernel_names[id], dtype, k->variant);
                cpu->notes[cpu->note_count++] = llmp__bench_keep(cpu->run, text);
            }
        }
        if (!cpu->bad[i] && (k->non_temporal || !large)) {
            return k;
        }
        fallback = fallback == NULL && !cpu->bad[i] ? k : fallback;
    }
    return fallback;
}

/* --- work of a thread ------------------------------------------------------------------------- */

enum { ROWS_AT_ONCE = 8 };

typedef struct job {
    llmp__cpu *cpu;
    const llmp__kernel *kernel;
    llmp__pool_task *task;
    size_t bytes;     /* streams: of each array of a thread */
    size_t groups;    /* gemv and gemm: of an iteration of a thread */
    size_t available; /* groups in a slice, a multiple of `groups` */
    size_t group_bytes;
    size_t m;
    size_t units;
    const llmp__activations *x;
    double share_sum; /* of runs so far */
    uint32_t share_count;
} job;

static void stream_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    const job *j = context;
    const llmp__kernel *k = j->kernel;
    size_t count = j->bytes / sizeof(float);
    float *a = (void *)(j->cpu->buffer + thread * j->cpu->slice_bytes);
    float sum = 0.0F;
    (void)threads;
    for (uint64_t i = 0; i < iterations; i++) {
        if (k->read != NULL) {
            sum += k->read(a, count);
        } else if (k->copy != NULL) {
            k->copy(a, a + count, count);
        } else {
            k->triad(a, a + count, a + 2 * count, 0.4F, count);
        }
    }
    j->cpu->threads[thread].sink = sum;
}

static void gemv_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    const job *j = context;
    llmp__cpu_thread *own = &j->cpu->threads[thread];
    const uint8_t *slice = j->cpu->buffer + thread * j->cpu->slice_bytes;
    uint64_t cursor = own->cursor;
    (void)threads;
    for (uint64_t i = 0; i < iterations; i++) {
        /* a few rows of activations stay in the first cache while the matrix passes */
        for (size_t row = 0; row < j->m; row += ROWS_AT_ONCE) {
            size_t rows = j->m - row < ROWS_AT_ONCE ? j->m - row : ROWS_AT_ONCE;
            for (size_t g = 0; g < j->groups; g++) {
                j->kernel->gemv(slice + (cursor + g) * j->group_bytes, j->x + row, rows,
                                own->result + (row * j->groups + g * rows) * LLMP__LANES);
            }
        }
        cursor = cursor + j->groups == j->available ? 0 : cursor + j->groups;
    }
    own->cursor = cursor;
    own->sink = own->result[0];
}

static void gemm_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    const job *j = context;
    llmp__cpu_thread *own = &j->cpu->threads[thread];
    const uint8_t *slice = j->cpu->buffer + thread * j->cpu->slice_bytes;
    uint64_t cursor = own->cursor;
    (void)threads;
    for (uint64_t i = 0; i < iterations; i++) {
        cursor = cursor + j->groups > j->available ? 0 : cursor;
        j->kernel->gemm(j->cpu->shared, slice + cursor * j->group_bytes, j->m, j->groups, j->units,
                        own->result);
        cursor += j->groups;
    }
    own->cursor = cursor;
    own->sink = own->result[0];
}

static void barrier_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    const job *j = context;
    (void)thread;
    (void)threads;
    for (uint64_t i = 0; i < iterations; i++) {
        llmp__pool_barrier(j->cpu->pool);
    }
}

enum { CLOCK_ADDS = 1024 };

/* Each addition needs the one before it: one cycle each on any processor of the last 20 years. */
static void clock_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations)
{
    const job *j = context;
    uint64_t value = thread + 1;
    uint64_t step = iterations | 1;
    (void)threads;
    for (uint64_t i = 0; i < iterations; i++) {
        for (int k = 0; k < CLOCK_ADDS / 16; k++) {
            LLMP__UNROLL
            for (int u = 0; u < 16; u++) {
                value += step;
                __asm__ volatile("" : "+r"(value)); /* or they would become one product */
            }
        }
    }
    j->cpu->threads[thread].sink = (float)value;
}

static double run_s(void *context, uint64_t iterations)
{
    job *j = context;
    double seconds = llmp__pool_run(j->cpu->pool, j->task, j, iterations);
    j->share_sum += llmp__pool_cpu_share(j->cpu->pool);
    j->share_count++;
    return seconds;
}

/* --- points ----------------------------------------------------------------------------------- */

static llmp_status timed(job *j, const llmp__bench_timing *timing, llmp_bench_result *out,
                         llmp__bench_stats *stats, llmp_error *error)
{
    llmp__bench_subject subject = {run_s, j};
    out->variant = j->kernel == NULL ? "c" : j->kernel->variant;
    llmp_status status = llmp__bench_measure(&subject, timing, stats, error);
    out->cpu_share_ratio = j->share_sum / j->share_count;
    return status;
}

/* The slices of working sets in memory; those of caches lie at their start. */
static llmp_status memory_slices(llmp__cpu *cpu, llmp_error *error)
{
    return llmp__cpu_slices(cpu, llmp__cpu_memory_set(cpu->run) / llmp__pool_threads(cpu->pool),
                            error);
}

static llmp_status measure_stream(llmp__cpu *cpu, const llmp__bench_point *p,
                                  const llmp__bench_timing *timing, llmp_bench_result *out,
                                  llmp__bench_stats *stats, llmp_error *error)
{
    uint64_t arrays = p->kind == LLMP__STREAM_READ ? 1 : p->kind == LLMP__COPY ? 2 : 3;
    uint64_t ops = p->kind == LLMP__STREAM_READ ? 1 : p->kind == LLMP__COPY ? 0 : 2;
    uint64_t caches = cpu->run->topology->llc_total_bytes;
    bool large = p->working_set_bytes > 2 * caches;
    uint64_t block = LLMP__STREAM_BLOCK * sizeof(float);
    job j = {.cpu = cpu, .task = stream_task};
    llmp_status status = memory_slices(cpu, error);
    if (status != LLMP_OK) {
        return status;
    }
    llmp__cpu_fill_floats(cpu);
    j.kernel = choose(cpu, (llmp__kernel_id)p->kind, p->dtype, large);
    uint64_t each = p->working_set_bytes / p->threads / arrays;
    each = each * arrays > cpu->slice_bytes ? cpu->slice_bytes / arrays : each;
    j.bytes = each < block ? block : each / block * block;
    double elements = (double)(j.bytes / sizeof(float)) * p->threads;
    out->working_set_bytes = j.bytes * arrays * p->threads;
    out->bytes_per_iteration = (double)out->working_set_bytes;
    out->op_per_iteration = ops == 0 ? (double)NAN : (double)ops * elements;
    return timed(&j, timing, out, stats, error);
}

/* Groups of a thread for a matrix of about LLMP__MATRIX_ROWS rows in all, no more than it holds. */
static void share_groups(job *j, uint32_t threads, size_t least)
{
    size_t all = LLMP__MATRIX_ROWS / LLMP__LANES;
    size_t held = j->cpu->slice_bytes / j->group_bytes;
    j->groups = (all + threads - 1) / threads;
    j->groups = j->groups < least ? least : j->groups;
    j->groups = j->groups > held ? held : j->groups;
    j->available = j->groups == 0 ? 0 : held / j->groups * j->groups;
}

/* Room for activations and results within what the run may hold; false when there is none. */
static bool make_room(const job *j, uint32_t threads, size_t activations, llmp_status *status,
                      llmp_error *error)
{
    size_t results = j->m * j->groups * LLMP__LANES * sizeof(float);
    if ((j->cpu->slice_bytes + results) * threads + activations > j->cpu->run->memory_bytes) {
        return false;
    }
    *status = llmp__cpu_shared(j->cpu, activations, results, error);
    return *status == LLMP_OK;
}

static void too_small(const llmp__bench_point *p, llmp__bench_stats *stats, llmp_error *error)
{
    stats->runs = 0;
    if (error->status == LLMP_OK) {
        (void)llmp__fail(error, LLMP_E_NO_DATA, "%s %s left out: it needs more memory", p->name,
                         p->dtype);
    }
}

/* One group of random rows, interleaved; NULL without memory. */
static uint8_t *random_group(const llmp__format *f, size_t k)
{
    size_t row_bytes = llmp__format_row_bytes(f, k);
    size_t bytes = row_bytes * LLMP__LANES;
    uint8_t *rows = malloc(bytes);
    uint8_t *group = malloc(bytes);
    uint64_t seed = CHECK_SEED;
    for (size_t at = 0; rows != NULL && at < bytes; at += f->block_bytes) {
        f->random(&seed, rows + at);
    }
    for (size_t b = 0; rows != NULL && group != NULL && b < k / f->block_weights; b++) {
        f->interleave(rows + b * f->block_bytes, row_bytes,
                      group + b * f->block_bytes * LLMP__LANES);
    }
    if (rows == NULL) {
        free(group);
        group = NULL;
    }
    free(rows);
    return group;
}

static void random_activations(llmp__activations *x, uint8_t *memory, size_t m, size_t k)
{
    float values[LLMP__GEMV_K];
    uint64_t seed = CHECK_SEED;
    for (size_t r = 0; r < m; r++) {
        for (size_t i = 0; i < k; i++) {
            values[i] = llmp__bench_random_unit(&seed);
        }
        llmp__activations_fill(&x[r], memory + r * llmp__activations_bytes(k), values, k);
    }
}

/* A matrix in a format of GGUF times m rows of activations: gemv, and gemm as engines do it. */
static llmp_status measure_format(llmp__cpu *cpu, const llmp__bench_point *p,
                                  const llmp__bench_timing *timing, llmp_bench_result *out,
                                  llmp__bench_stats *stats, llmp_error *error)
{
    const llmp__format *f = llmp__format_find(p->dtype);
    size_t k = p->kind == LLMP__GEMV ? LLMP__GEMV_K : LLMP__GEMM_K;
    llmp__activations x[LLMP__GEMM_ROWS_MAX];
    job j = {.cpu = cpu, .task = gemv_task, .m = p->m, .x = x};
    j.group_bytes = llmp__format_row_bytes(f, k) * LLMP__LANES;
    llmp_status status = memory_slices(cpu, error);
    if (status != LLMP_OK) {
        return status;
    }
    share_groups(&j, p->threads, 1);
    if (j.groups == 0 ||
        !make_room(&j, p->threads, p->m * llmp__activations_bytes(k), &status, error)) {
        too_small(p, stats, error);
        return status;
    }
    uint8_t *group = random_group(f, k);
    if (group == NULL) {
        return llmp__fail_memory(error, "a matrix");
    }
    llmp__cpu_fill_pattern(cpu, p->dtype, group, j.group_bytes);
    free(group);
    random_activations(x, cpu->shared, p->m, k);
    j.kernel = choose(cpu, LLMP__GEMV, p->dtype, false);
    out->m = p->m;
    out->n = j.groups * LLMP__LANES * p->threads;
    out->k = k;
    out->working_set_bytes = j.available * j.group_bytes * p->threads;
    out->bytes_per_iteration = (double)(j.groups * j.group_bytes * p->threads);
    out->op_per_iteration = 2.0 * (double)out->m * (double)out->n * (double)out->k;
    return timed(&j, timing, out, stats, error);
}

static void random_operand(const char *dtype, uint64_t *seed, uint8_t *out, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 4) {
        float value = llmp__bench_random_unit(seed);
        uint16_t pair[2] = {llmp__f32_to_bf16(value), llmp__f32_to_bf16(-value)};
        int8_t four[4];
        for (int i = 0; i < 4; i++) {
            four[i] = (int8_t)lrintf(127.0F * llmp__bench_random_unit(seed));
        }
        memcpy(out + at,
               strcmp(dtype, "f32") == 0    ? (const void *)&value
               : strcmp(dtype, "bf16") == 0 ? (const void *)pair
                                            : (const void *)four,
               4);
    }
}

static llmp_status measure_gemm(llmp__cpu *cpu, const llmp__bench_point *p,
                                const llmp__bench_timing *timing, llmp_bench_result *out,
                                llmp__bench_stats *stats, llmp_error *error)
{
    size_t elements = strcmp(p->dtype, "f32") == 0 ? 1 : strcmp(p->dtype, "bf16") == 0 ? 2 : 4;
    job j = {.cpu = cpu, .task = gemm_task, .m = p->m, .units = LLMP__GEMM_K / elements};
    j.group_bytes = j.units * 4 * LLMP__LANES;
    llmp_status status = memory_slices(cpu, error);
    if (status != LLMP_OK) {
        return status;
    }
    share_groups(&j, p->threads, 2);
    if (j.groups == 0) {
        too_small(p, stats, error);
        return LLMP_OK;
    }
    size_t activations = p->m * j.units * 4;
    if (!make_room(&j, p->threads, activations, &status, error)) {
        too_small(p, stats, error);
        return status;
    }
    uint8_t *group = malloc(j.group_bytes);
    if (group == NULL) {
        return llmp__fail_memory(error, "a matrix");
    }
    uint64_t seed = CHECK_SEED;
    random_operand(p->dtype, &seed, group, j.group_bytes);
    random_operand(p->dtype, &seed, cpu->shared, activations);
    llmp__cpu_fill_pattern(cpu, p->dtype, group, j.group_bytes);
    free(group);
    j.kernel = choose(cpu, LLMP__GEMM, p->dtype, false);
    out->m = p->m;
    out->n = j.groups * LLMP__LANES * p->threads;
    out->k = LLMP__GEMM_K;
    out->working_set_bytes = j.available * j.group_bytes * p->threads;
    out->bytes_per_iteration = (double)(j.groups * j.group_bytes * p->threads) +
                               (double)activations + 4.0 * (double)(p->m * out->n);
    out->op_per_iteration = 2.0 * (double)p->m * (double)out->n * (double)out->k;
    return timed(&j, timing, out, stats, error);
}

static llmp_status measure(void *state, const llmp__bench_point *p,
                           const llmp__bench_timing *timing, llmp_bench_result *out,
                           llmp__bench_stats *stats, llmp_error *error)
{
    llmp__cpu *cpu = state;
    llmp_status status = llmp__cpu_threads(cpu, p->threads, error);
    if (status != LLMP_OK) {
        return status;
    }
    job j = {.cpu = cpu};
    switch (p->kind) {
    case LLMP__STREAM_READ:
    case LLMP__COPY:
    case LLMP__TRIAD:
        return measure_stream(cpu, p, timing, out, stats, error);
    case LLMP__GEMV:
        return measure_format(cpu, p, timing, out, stats, error);
    case LLMP__GEMM:
        return llmp__kernel_choose(LLMP__GEMM, p->dtype, cpu->isa, false) != NULL
                   ? measure_gemm(cpu, p, timing, out, stats, error)
                   : measure_format(cpu, p, timing, out, stats, error);
    case LLMP__POINT_BARRIER:
        j.task = barrier_task;
        out->op_per_iteration = 1.0;
        return timed(&j, timing, out, stats, error);
    case LLMP__POINT_CLOCK:
        j.task = clock_task;
        out->op_per_iteration = CLOCK_ADDS;
        return timed(&j, timing, out, stats, error);
    default:
        return llmp__fail(error, LLMP_E_INTERNAL, "an unknown point");
    }
}

const llmp__bench_backend llmp__bench_cpu = {.name = "cpu",
                                             .open = open_cpu,
                                             .plan = llmp__cpu_plan,
                                             .measure = measure,
                                             .peak_bytes = peak_bytes,
                                             .close = close_cpu,
                                             .kernel_at = llmp__cpu_kernel_at,
                                             .note = note_of};
