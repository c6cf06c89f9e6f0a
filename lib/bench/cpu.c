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
    for (uint64_t i = 0; i < iterations * j->groups; i++) {
        j->kernel->gemv(slice + cursor * j->group_bytes, j->x, j->m, own->result);
        cursor = cursor + 1 == j->available ? 0 : cursor + 1;
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

static void too_small(const llmp__bench_point *p, llmp__bench_stats *stats, llmp_error *error)
{
    stats->runs = 0;
    (void)llmp__fail(error, LLMP_E_NO_DATA, "%s %s left out: it needs more memory", p->name,
                     p->dtype);
}

static llmp_status measure_gemv(llmp__cpu *cpu, const llmp__bench_point *p,
                                const llmp__bench_timing *timing, llmp_bench_result *out,
                                llmp__bench_stats *stats, llmp_error *error)
{
    const llmp__format *f = llmp__format_find(p->dtype);
    size_t row_bytes = llmp__format_row_bytes(f, LLMP__GEMV_K);
    llmp__activations x;
    job j = {
        .cpu = cpu, .task = gemv_task, .group_bytes = row_bytes * LLMP__LANES, .m = 1, .x = &x};
    llmp_status status = memory_slices(cpu, error);
    status = status == LLMP_OK ? llmp__cpu_shared(cpu, llmp__activations_bytes(LLMP__GEMV_K),
                                                  LLMP__LANES * sizeof(float), error)
                               : status;
    uint8_t *rows = malloc(2 * j.group_bytes);
    if (status != LLMP_OK || rows == NULL) {
        free(rows);
        return status != LLMP_OK ? status : llmp__fail_memory(error, "a matrix");
    }
    uint64_t seed = CHECK_SEED;
    float values[LLMP__GEMV_K];
    for (size_t i = 0; i < LLMP__GEMV_K; i++) {
        values[i] = llmp__bench_random_unit(&seed);
    }
    llmp__activations_fill(&x, cpu->shared, values, LLMP__GEMV_K);
    for (size_t at = 0; at < j.group_bytes; at += f->block_bytes) {
        f->random(&seed, rows + at);
    }
    uint8_t *group = rows + j.group_bytes;
    for (size_t b = 0; b < LLMP__GEMV_K / f->block_weights; b++) {
        f->interleave(rows + b * f->block_bytes, row_bytes,
                      group + b * f->block_bytes * LLMP__LANES);
    }
    j.kernel = choose(cpu, LLMP__GEMV, p->dtype, false);
    share_groups(&j, p->threads, 1);
    if (j.groups > 0) {
        llmp__cpu_fill_pattern(cpu, p->dtype, group, j.group_bytes);
    }
    free(rows);
    if (j.groups == 0) {
        too_small(p, stats, error);
        return LLMP_OK;
    }
    out->k = LLMP__GEMV_K;
    out->n = j.groups * LLMP__LANES * p->threads;
    out->working_set_bytes = j.available * j.group_bytes * p->threads;
    out->bytes_per_iteration = (double)(j.groups * j.group_bytes * p->threads);
    out->op_per_iteration = 2.0 * (double)out->n * (double)out->k;
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
    size_t results = p->m * j.groups * LLMP__LANES * sizeof(float);
    if ((cpu->slice_bytes + results) * p->threads + activations > cpu->run->memory_bytes) {
        too_small(p, stats, error);
        return LLMP_OK;
    }
    status = llmp__cpu_shared(cpu, activations, results, error);
    uint8_t *group = malloc(j.group_bytes);
    if (status != LLMP_OK || group == NULL) {
        free(group);
        return status != LLMP_OK ? status : llmp__fail_memory(error, "a matrix");
    }
    uint64_t seed = CHECK_SEED;
    random_operand(p->dtype, &seed, group, j.group_bytes);
    random_operand(p->dtype, &seed, cpu->shared, activations);
    /* one more letter tells it from a gemv of the same data type */
    llmp__cpu_fill_pattern(cpu,
                           elements == 1   ? "f32 gemm"
                           : elements == 2 ? "bf16 gemm"
                                           : "int8 gemm",
                           group, j.group_bytes);
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
        return measure_gemv(cpu, p, timing, out, stats, error);
    case LLMP__GEMM:
        return measure_gemm(cpu, p, timing, out, stats, error);
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

/* --- the table, for people -------------------------------------------------------------------- */

static void describe(const llmp__kernel *k, llmp_bench_kernel_info *out)
{
    static const char *const bytes[] = {"4 an element", "8 an element", "12 an element"};
    static const char *const ops[] = {"1 an element", "none", "2 an element"};
    switch (k->id) {
    case LLMP__STREAM_READ:
    case LLMP__COPY:
    case LLMP__TRIAD:
        out->bytes = bytes[k->id];
        out->operations = ops[k->id];
        out->reference = k->id == LLMP__STREAM_READ ? "likwid-bench load" : "STREAM, McCalpin";
        return;
    case LLMP__GEMV:
        out->bytes = llmp__format_find(k->dtype)->bytes;
        out->operations = "2 a weight";
        out->reference = llmp__format_find(k->dtype)->reference;
        return;
    case LLMP__GEMM:
        out->bytes = strcmp(k->dtype, "f32") == 0    ? "4 (nk + mk + mn)"
                     : strcmp(k->dtype, "bf16") == 0 ? "2 (nk + mk) + 4 mn"
                                                     : "nk + mk + 4 mn";
        out->operations = "2 mnk";
        out->reference = "Goto and van de Geijn 2008";
        return;
    case LLMP__KERNEL_COUNT:
        break;
    }
}

static const char *needs_of(unsigned needs)
{
    static const struct {
        unsigned set;
        const char *text;
    } all[] = {{LLMP__ISA_AVX2, "avx2"},
               {LLMP__ISA_AVX2 | LLMP__ISA_AVXVNNI, "avx2 avx-vnni"},
               {LLMP__ISA_AVX512, "avx512"},
               {LLMP__ISA_AVX512 | LLMP__ISA_AVX512_VNNI, "avx512 avx512-vnni"},
               {LLMP__ISA_AVX512 | LLMP__ISA_AVX512_BF16, "avx512 avx512-bf16"},
               {LLMP__ISA_NEON, "neon"},
               {LLMP__ISA_NEON | LLMP__ISA_DOTPROD, "neon dotprod"},
               {LLMP__ISA_NEON | LLMP__ISA_I8MM, "neon i8mm"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].set == needs) {
            return all[i].text;
        }
    }
    return "";
}

static bool kernel_at(size_t i, llmp_bench_kernel_info *out)
{
    static const struct {
        const char *name, *dtype, *operations, *reference;
    } plain[] = {{"barrier", "none", "1 barrier", "all threads meet, spinning"},
                 {"clock", "int64", "1024 additions", "dependent additions, one cycle each"}};
    unsigned isa = llmp__isa_detect();
    size_t count = 0;
    const llmp__kernel *k;
    while ((k = llmp__kernel_at(count)) != NULL) {
        if (count == i) {
            out->name = llmp__kernel_names[k->id];
            out->dtype = k->dtype;
            out->variant = k->variant;
            out->needs = needs_of(k->needs);
            out->usable = (k->needs & ~isa) == 0;
            out->chosen = llmp__kernel_choose(k->id, k->dtype, isa, false) == k ||
                          llmp__kernel_choose(k->id, k->dtype, isa, true) == k;
            describe(k, out);
            return true;
        }
        count++;
    }
    if (i - count < sizeof plain / sizeof *plain) {
        out->name = plain[i - count].name;
        out->dtype = plain[i - count].dtype;
        out->operations = plain[i - count].operations;
        out->reference = plain[i - count].reference;
        out->variant = "c";
        out->needs = "";
        out->bytes = "none";
        out->usable = out->chosen = true;
        return true;
    }
    return false;
}

const llmp__bench_backend llmp__bench_cpu = {.name = "cpu",
                                             .open = open_cpu,
                                             .plan = llmp__cpu_plan,
                                             .measure = measure,
                                             .peak_bytes = peak_bytes,
                                             .close = close_cpu,
                                             .kernel_at = kernel_at,
                                             .note = note_of};
