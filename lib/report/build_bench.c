/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `bench`: measurements of this machine. People see the ceiling first, then what runs below it. */
#include "report/build.h"

#include "base/error.h"

#include <llmplan/report_bench.h>
#include <math.h>
#include <string.h>

#define GIGA 1e-9

enum { GEMM_ROWS = 5, SERIES_MAX = 512 };

static const llmp__column result_columns[] = {
    {.title = "kernel", .key = "name"},
    {.title = "type", .key = "dtype"},
    {.title = "variant", .key = "variant"},
    {.key = "backend"},
    {.key = "device"},
    {.title = "thr", .key = "threads", .right = true},
    {.title = "working set", .key = "working_set_bytes", .right = true},
    {.title = "M", .key = "m", .right = true},
    {.key = "n", .right = true},
    {.key = "k", .right = true},
    {.title = "GB/s", .key = "median_bytes_per_s", .right = true},
    {.title = "best", .key = "best_bytes_per_s", .right = true},
    {.title = "Gop/s", .key = "median_operations_per_s", .right = true},
    {.key = "best_operations_per_s", .right = true},
    {.key = "median_s", .right = true},
    {.title = "spread", .key = "spread_ratio", .right = true},
    {.key = "cpu_share_ratio", .right = true},
    {.key = "runs", .right = true},
    {.title = "", .key = "noisy"},
};

static const llmp__column gemv_columns[] = {
    {.title = "gemv", .key = NULL},         {.title = "threads", .right = true},
    {.title = "GB/s", .right = true},       {.title = "of read", .right = true},
    {.title = "Gweights/s", .right = true}, {.title = "variant", .wrap = true},
};

static const llmp__column gemm_columns[] = {
    {.title = "gemm, Gop/s", .key = NULL}, {.title = "threads", .right = true},
    {.title = "M = 1", .right = true},     {.title = "8", .right = true},
    {.title = "32", .right = true},        {.title = "128", .right = true},
    {.title = "512", .right = true},       {.title = "variant", .wrap = true},
};

static const uint64_t gemm_rows[GEMM_ROWS] = {1, 8, 32, 128, 512};

static const char *giga(llmp_document *d, double rate)
{
    return isfinite(rate) ? llmp__figure(d, rate * GIGA) : "";
}

static const char *percent(llmp_document *d, double ratio)
{
    return isfinite(ratio) ? llmp__format(d, "%.1f %%", 100.0 * ratio) : "";
}

static const char *raw(llmp_document *d, double number)
{
    return isfinite(number) ? llmp__raw_number(d, number) : "";
}

static bool is(const llmp_bench_result *r, const char *name)
{
    return strcmp(r->name, name) == 0;
}

/* --- data ------------------------------------------------------------------------------------- */

static void data_rate(llmp_document *d, llmp__node *entry, const char *key, double median,
                      double best)
{
    if (!isfinite(median)) {
        llmp__data_null(d, entry, key);
        return;
    }
    llmp__node *rate = llmp__data_map(d, entry, key);
    llmp__data_number(d, rate, "median", median);
    llmp__data_number(d, rate, "best", best);
}

static void data_size(llmp_document *d, llmp__node *entry, const char *key, uint64_t size)
{
    if (size == 0) {
        llmp__data_null(d, entry, key);
    } else {
        llmp__data_whole(d, entry, key, size);
    }
}

static void data_result(llmp_document *d, llmp__node *list, const llmp_bench_result *r)
{
    llmp__node *entry = llmp__data_map(d, list, NULL);
    llmp__data_text(d, entry, "name", r->name);
    llmp__data_text(d, entry, "dtype", r->dtype);
    llmp__data_text(d, entry, "variant", r->variant);
    llmp__data_text(d, entry, "backend", r->backend);
    llmp__data_text(d, entry, "device", r->device);
    llmp__data_whole(d, entry, "threads", r->threads);
    data_size(d, entry, "working_set_bytes", r->working_set_bytes);
    data_size(d, entry, "m", r->m);
    data_size(d, entry, "n", r->n);
    data_size(d, entry, "k", r->k);
    llmp__data_number(d, entry, "bytes_per_iteration", r->bytes_per_iteration);
    llmp__data_number(d, entry, "operations_per_iteration", r->op_per_iteration);
    data_rate(d, entry, "seconds_per_iteration", r->median_s, r->best_s);
    data_rate(d, entry, "bytes_per_s", r->median_bytes_per_s, r->best_bytes_per_s);
    data_rate(d, entry, "operations_per_s", r->median_op_per_s, r->best_op_per_s);
    llmp__data_whole(d, entry, "runs", r->runs);
    llmp__data_number(d, entry, "spread_ratio", r->spread_ratio);
    llmp__data_number(d, entry, "cpu_share_ratio", r->cpu_share_ratio);
    llmp__data_bool(d, entry, "noisy", r->noisy);
}

static void data_machine(llmp_document *d, const llmp_bench_machine *m)
{
    llmp__node *entry = llmp__data_map(d, d->data, "machine");
    llmp__data_text(d, entry, "cpu", *m->cpu == '\0' ? NULL : m->cpu);
    llmp__data_text(d, entry, "isa", m->isa);
    llmp__data_whole(d, entry, "logical_cpus", m->logical_cpus);
    llmp__data_whole(d, entry, "cores", m->cores);
    data_size(d, entry, "quota_cpus", m->quota_cpus);
    llmp__data_whole(d, entry, "threads", m->threads);
    data_size(d, entry, "l1_bytes", m->l1_bytes);
    data_size(d, entry, "l2_bytes", m->l2_bytes);
    data_size(d, entry, "llc_total_bytes", m->llc_total_bytes);
    data_size(d, entry, "available_memory_bytes", m->available_memory_bytes);
    llmp__data_number(d, entry, "clock_before_hz", m->clock_before_hz);
    llmp__data_number(d, entry, "clock_after_hz", m->clock_after_hz);
}

/* --- for people ------------------------------------------------------------------------------- */

static void row(llmp_document *d, llmp__block *table, const llmp_bench_result *r)
{
    llmp__cell *c = llmp__table_row(d, table);
    size_t i = 0;
    c[i++].text = r->name;
    c[i++].text = r->dtype;
    c[i++].text = r->variant;
    c[i++].raw = r->backend;
    c[i++].raw = r->device;
    c[i].text = r->threads == 0 ? "" : llmp__count(d, r->threads);
    c[i++].raw = llmp__raw_whole(d, r->threads);
    const uint64_t sizes[] = {r->working_set_bytes, r->m, r->n, r->k};
    for (size_t k = 0; k < 4; k++, i++) {
        c[i].text = sizes[k] == 0 ? ""
                    : k == 0      ? llmp__bytes(d, sizes[k])
                                  : llmp__count(d, sizes[k]);
        c[i].raw = sizes[k] == 0 ? "" : llmp__raw_whole(d, sizes[k]);
    }
    const double rates[] = {r->median_bytes_per_s, r->best_bytes_per_s, r->median_op_per_s,
                            r->best_op_per_s};
    for (size_t k = 0; k < 4; k++, i++) {
        c[i].text = giga(d, rates[k]);
        c[i].raw = raw(d, rates[k]);
    }
    c[i++].raw = raw(d, r->median_s);
    c[i].text = percent(d, r->spread_ratio);
    c[i++].raw = raw(d, r->spread_ratio);
    c[i++].raw = raw(d, r->cpu_share_ratio);
    c[i++].raw = llmp__raw_whole(d, r->runs);
    c[i].text = r->noisy ? "noisy" : "";
    c[i].tone = LLMP__TONE_WARN;
    c[i].raw = r->noisy ? "yes" : "no";
}

static const char *threads_text(llmp_document *d, uint32_t threads)
{
    return threads == 0 ? "" : llmp__format(d, ", %u thread%s", threads, threads == 1 ? "" : "s");
}

static bool on_device(const llmp_bench_result *r)
{
    return r->threads == 0 && strcmp(r->device, "cpu") != 0;
}

static bool same_place(const llmp_bench_result *a, const llmp_bench_result *b)
{
    return a->threads == b->threads && strcmp(a->backend, b->backend) == 0 &&
           strcmp(a->device, b->device) == 0;
}

/* The code path, and on which device where there are several. */
static const char *path(llmp_document *d, const llmp_bench_result *r, size_t count, size_t i)
{
    bool several = false;
    for (size_t k = 0; k < count; k++) {
        several = several || (on_device(&r[k]) && on_device(&r[i]) && !same_place(&r[k], &r[i]));
    }
    return several ? llmp__format(d, "%s, %s", r[i].variant, r[i].device) : r[i].variant;
}

/* The essential, one line: what memory can be read at. */
static void headline(llmp_document *d, const llmp_bench *bench)
{
    const llmp_bench_result *read = llmp_bench_find(bench, NULL, "stream_read", NULL);
    const llmp_bench_machine *m = llmp_bench_machine_of(bench);
    const char *cpu = *m->cpu == '\0' ? "this machine" : m->cpu;
    const char *text = "No memory bandwidth was measured";
    if (read != NULL) {
        text =
            llmp__format(d, "Memory is read at %s GB/s: %s%s%s", giga(d, read->median_bytes_per_s),
                         cpu, threads_text(d, read->threads), read->noisy ? " (noisy)" : "");
    }
    /* of devices with memory of their own, each its own line */
    size_t count;
    const llmp_bench_result *r = llmp_bench_results(bench, &count);
    bool first = read != NULL;
    if (first) {
        llmp__paragraph(d, LLMP__TONE_STRONG, text)->indent = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (is(&r[i], "stream_read") && on_device(&r[i])) {
            llmp__block *line =
                llmp__paragraph(d, LLMP__TONE_STRONG,
                                llmp__format(d, "Its memory is read at %s GB/s: %s by %s%s",
                                             giga(d, r[i].median_bytes_per_s), r[i].device,
                                             r[i].backend, r[i].noisy ? " (noisy)" : ""));
            line->indent = 0;
            line->tight = first;
            first = true;
        }
    }
    if (!first) {
        llmp__paragraph(d, LLMP__TONE_STRONG, text)->indent = 0;
    }
}

/* The largest set read where a result is from. */
static uint64_t largest_of(const llmp_bench_result *r, size_t count, const llmp_bench_result *one)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        bool here = is(&r[i], "stream_read") && strcmp(r[i].device, one->device) == 0;
        largest = here && r[i].working_set_bytes > largest ? r[i].working_set_bytes : largest;
    }
    return largest;
}

static void add_streams(llmp_document *d, const llmp_bench_result *r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const llmp_bench_result *one = &r[i];
        bool stream = is(one, "stream_read") || is(one, "copy") || is(one, "triad");
        if (is(one, "launch")) {
            llmp__labelled(
                d, "launch", 16,
                llmp__format(d, "%s of a kernel in a queue", llmp__seconds(d, one->median_s)))
                ->tight = true;
        }
        stream = (stream && one->working_set_bytes > largest_of(r, count, one) / 10 * 9) ||
                 is(one, "host_to_device") || is(one, "device_to_host");
        if (stream) {
            llmp__block *line = llmp__labelled(
                d, one->name, 16,
                llmp__format(d, "%s GB/s, best %s%s, %s%s", giga(d, one->median_bytes_per_s),
                             giga(d, one->best_bytes_per_s), threads_text(d, one->threads),
                             llmp__bytes(d, one->working_set_bytes), one->noisy ? ", noisy" : ""));
            line->tight = true;
        }
    }
}

/* Read bandwidth over the working set shows the caches. */
static void add_plot(llmp_document *d, const llmp_bench_result *r, size_t count)
{
    double x[SERIES_MAX];
    double y[SERIES_MAX];
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        most = is(&r[i], "stream_read") && r[i].threads > most ? r[i].threads : most;
    }
    llmp__block *plot = NULL;
    for (uint32_t threads = most; threads > 0; threads = threads == 1 ? 0 : 1) {
        size_t points = 0;
        double last = 0.0;
        /* in order of size; the list holds the largest first */
        for (;;) {
            const llmp_bench_result *next = NULL;
            for (size_t i = 0; i < count; i++) {
                double kib = (double)r[i].working_set_bytes / 1024.0;
                if (is(&r[i], "stream_read") && r[i].threads == threads && kib > last &&
                    (next == NULL || r[i].working_set_bytes < next->working_set_bytes)) {
                    next = &r[i];
                }
            }
            if (next == NULL || points == SERIES_MAX) {
                break;
            }
            last = (double)next->working_set_bytes / 1024.0;
            x[points] = last;
            y[points++] = next->median_bytes_per_s * GIGA;
        }
        if (points > 2) {
            plot = plot == NULL
                       ? llmp__plot(d, "Read bandwidth over the working set", "KiB", "GB/s", true)
                       : plot;
            llmp__plot_series(d, plot,
                              llmp__format(d, "%u thread%s", threads, threads == 1 ? "" : "s"), x,
                              y, points);
        }
    }
}

static void add_gemv(llmp_document *d, const llmp_bench *bench, const llmp_bench_result *r,
                     size_t count)
{
    llmp__block *table = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is(&r[i], "gemv")) {
            continue;
        }
        table = table == NULL ? llmp__table(d, gemv_columns,
                                            sizeof gemv_columns / sizeof *gemv_columns, false)
                              : table;
        double read = (double)NAN;
        for (size_t k = 0; k < count; k++) {
            if (is(&r[k], "stream_read") && same_place(&r[k], &r[i]) &&
                r[k].working_set_bytes >= r[i].working_set_bytes / 2) {
                read = r[k].median_bytes_per_s;
            }
        }
        llmp__cell *c = llmp__table_row(d, table);
        c[0].text = r[i].dtype;
        c[1].text = r[i].threads == 0 ? "" : llmp__count(d, r[i].threads);
        c[2].text = giga(d, r[i].median_bytes_per_s);
        c[3].text = isfinite(read)
                        ? llmp__format(d, "%.0f %%", 100.0 * r[i].median_bytes_per_s / read)
                        : "";
        c[4].text = giga(d, r[i].median_op_per_s / 2.0);
        c[5].text =
            r[i].noisy ? llmp__format(d, "%s, noisy", path(d, r, count, i)) : path(d, r, count, i);
    }
    (void)bench;
}

static void add_gemm(llmp_document *d, const llmp_bench_result *r, size_t count)
{
    llmp__block *table = NULL;
    for (size_t i = 0; i < count; i++) {
        bool seen = !is(&r[i], "gemm");
        for (size_t k = 0; k < i && !seen; k++) {
            seen = is(&r[k], "gemm") && strcmp(r[k].dtype, r[i].dtype) == 0 &&
                   same_place(&r[k], &r[i]);
        }
        if (seen) {
            continue;
        }
        table = table == NULL ? llmp__table(d, gemm_columns,
                                            sizeof gemm_columns / sizeof *gemm_columns, false)
                              : table;
        llmp__cell *c = llmp__table_row(d, table);
        c[0].text = r[i].dtype;
        c[1].text = r[i].threads == 0 ? "" : llmp__count(d, r[i].threads);
        for (size_t k = i; k < count; k++) {
            for (size_t column = 0; column < GEMM_ROWS; column++) {
                if (is(&r[k], "gemm") && strcmp(r[k].dtype, r[i].dtype) == 0 &&
                    same_place(&r[k], &r[i]) && r[k].m == gemm_rows[column]) {
                    c[2 + column].text = giga(d, r[k].median_op_per_s);
                }
            }
        }
        c[2 + GEMM_ROWS].text = path(d, r, count, i);
    }
}

static void add_footer(llmp_document *d, const llmp_bench *bench, const llmp_bench_result *r,
                       size_t count)
{
    const llmp_bench_machine *m = llmp_bench_machine_of(bench);
    const llmp_bench_result *barrier = llmp_bench_find(bench, NULL, "barrier", NULL);
    size_t noisy = 0;
    double share = 1.0;
    for (size_t i = 0; i < count; i++) {
        noisy += r[i].noisy ? 1 : 0;
        share = isfinite(r[i].cpu_share_ratio) ? fmin(share, r[i].cpu_share_ratio) : share;
    }
    if (barrier != NULL) {
        (void)llmp__labelled(d, "barrier", 12,
                             llmp__format(d, "%s%s", llmp__seconds(d, barrier->median_s),
                                          threads_text(d, barrier->threads)));
    }
    if (isfinite(m->clock_after_hz)) {
        llmp__labelled(d, "core clock", 12,
                       llmp__format(d, "%s GHz at the start, %s at the end",
                                    giga(d, m->clock_before_hz), giga(d, m->clock_after_hz)))
            ->tight = barrier != NULL;
    }
    llmp__block *held =
        llmp__labelled(d, "held", 12,
                       llmp__format(d, "at most %s of memory; %s", llmp__bytes(d, m->memory_bytes),
                                    llmp__seconds(d, llmp_bench_elapsed_s(bench))));
    held->tight = barrier != NULL || isfinite(m->clock_after_hz);
    if (noisy > 0) {
        (void)llmp__paragraph(
            d, LLMP__TONE_WARN,
            llmp__format(d,
                         "%zu of %zu measurements are noisy (spread above 3 %%, or less than 97 %% "
                         "of the processor time; least %.0f %%): close other programs, run again, "
                         "or use --time to measure longer",
                         noisy, count, 100.0 * share));
    }
    const char *text;
    for (size_t i = 0; (text = llmp_bench_note(bench, i)) != NULL; i++) {
        (void)llmp__paragraph(d, LLMP__TONE_WARN, text);
    }
}

llmp_status llmp_report_bench(const llmp_bench *bench, const llmp_report_style *style,
                              llmp_document **out, llmp_error *error)
{
    (void)style;
    if (bench == NULL || out == NULL) {
        return llmp__fail_argument(error, "bench or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.bench/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    size_t count;
    const llmp_bench_result *results = llmp_bench_results(bench, &count);
    data_machine(d, llmp_bench_machine_of(bench));
    llmp__data_whole(d, d->data, "memory_held_bytes", llmp_bench_machine_of(bench)->memory_bytes);
    llmp__data_number(d, d->data, "elapsed_s", llmp_bench_elapsed_s(bench));
    const llmp_bench_result *read = llmp_bench_find(bench, NULL, "stream_read", NULL);
    llmp__data_number(d, d->data, "read_bytes_per_s",
                      read == NULL ? (double)NAN : read->median_bytes_per_s);
    llmp__node *list = llmp__data_list(d, d->data, "kernels");
    headline(d, bench);
    add_streams(d, results, count);
    add_gemv(d, bench, results, count);
    add_gemm(d, results, count);
    add_plot(d, results, count);
    llmp__block *table =
        llmp__table(d, result_columns, sizeof result_columns / sizeof *result_columns, true);
    table->detail = true;
    for (size_t i = 0; i < count; i++) {
        data_result(d, list, &results[i]);
        row(d, table, &results[i]);
    }
    add_footer(d, bench, results, count);
    llmp__node *notes = llmp__data_list(d, d->data, "notes");
    const char *text;
    for (size_t i = 0; (text = llmp_bench_note(bench, i)) != NULL; i++) {
        llmp__data_text(d, notes, NULL, text);
    }
    return llmp__document_finish(d, out, error);
}

/* --- the kernels ------------------------------------------------------------------------------ */

static const llmp__column kernel_columns[] = {
    {.title = "kernel", .key = "name"},
    {.title = "type", .key = "dtype"},
    {.title = "variant", .key = "variant"},
    {.key = "backend"},
    {.title = "needs", .key = "needs", .detail = true},
    {.title = "here", .key = "usable"},
    {.key = "chosen"},
    {.title = "bytes", .key = "bytes"},
    {.title = "operations", .key = "operations"},
    {.title = "reference", .key = "reference", .detail = true},
};

llmp_status llmp_report_bench_kernels(const llmp_report_style *style, llmp_document **out,
                                      llmp_error *error)
{
    (void)style;
    if (out == NULL) {
        return llmp__fail_argument(error, "out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.bench_kernels/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    llmp__node *list = llmp__data_list(d, d->data, "kernels");
    llmp__block *table =
        llmp__table(d, kernel_columns, sizeof kernel_columns / sizeof *kernel_columns, true);
    table->indent = 0;
    llmp_bench_kernel_info info;
    for (size_t i = 0; llmp_bench_kernel_at(i, &info); i++) {
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "name", info.name);
        llmp__data_text(d, entry, "dtype", info.dtype);
        llmp__data_text(d, entry, "variant", info.variant);
        llmp__data_text(d, entry, "backend", info.backend);
        llmp__data_text(d, entry, "needs", info.needs);
        llmp__data_bool(d, entry, "usable", info.usable);
        llmp__data_bool(d, entry, "chosen", info.chosen);
        llmp__data_text(d, entry, "bytes", info.bytes);
        llmp__data_text(d, entry, "operations", info.operations);
        llmp__data_text(d, entry, "reference", info.reference);
        llmp__cell *c = llmp__table_row(d, table);
        c[0].text = info.name;
        c[1].text = info.dtype;
        c[2].text = info.variant;
        c[3].raw = info.backend;
        c[4].text = info.needs;
        c[5].text = info.chosen ? "used" : info.usable ? "can run" : "cannot run";
        c[5].raw = info.usable ? "yes" : "no";
        c[5].tone = info.chosen ? LLMP__TONE_GOOD : LLMP__TONE_PLAIN;
        c[6].raw = info.chosen ? "yes" : "no";
        c[7].text = info.bytes;
        c[8].text = info.operations;
        c[9].text = info.reference;
    }
    llmp__block *note =
        llmp__paragraph(d, LLMP__TONE_DIM,
                        "Bytes and operations are what an iteration is said to move and do. "
                        "Run some of them: llmplan bench --kernel gemv:q4_0");
    note->indent = 0;
    return llmp__document_finish(d, out, error);
}
