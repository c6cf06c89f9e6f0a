/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cache, state and compute buffers as engines printed them in their logs. kv_cache_map.csv says
 * which model and options each log line was made with, or why it is left out. */
#include "t.h"

#include "base/file.h"
#include "doc/csv.h"
#include "memory/memory.h"

#include <stdlib.h>

#define MIB 1048576.0

enum { SAMPLES_MAX = 256 };

static llmp_catalog *catalog;
static llmp_error error;
static llmp__arena arena;
static llmp__csv logs, map;
static double compute_errors[SAMPLES_MAX];
static size_t compute_count;

static void read_table(const char *path, llmp__csv *out)
{
    char *text;
    size_t size;
    assert_ok(llmp__file_read(path, 1 << 20, &text, &size, &error));
    assert_ok(llmp__csv_parse(text, size, path, &arena, out, &error));
    free(text);
}

static int open_all(void **state)
{
    (void)state;
    assert_ok(llmp_catalog_create(&catalog, &error));
    read_table(TEST_DATA "/truth/kv_cache.csv", &logs);
    read_table(TEST_DATA "/truth/kv_cache_map.csv", &map);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    llmp__arena_free(&arena);
    llmp_catalog_destroy(&catalog);
    return 0;
}

static const char *cell(const llmp__csv *csv, size_t row, const char *column)
{
    size_t at = llmp__csv_column(csv, column);
    assert_true(at < csv->column_count);
    return llmp__csv_cell(csv, row, at);
}

static unsigned number(size_t row, const char *column)
{
    return (unsigned)strtoul(cell(&map, row, column), NULL, 10);
}

static size_t log_at(unsigned line)
{
    for (size_t i = 0; i < logs.row_count; i++)
        if (logs.lines[i] == line)
            return i;
    fail_msg("no log on line %u", line);
    return 0;
}

static const llmp_record *find(llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    assert_ok(llmp_catalog_find(catalog, kind, name, &record, NULL, &error));
    return record;
}

/* Everything one row of the map stands for. */
typedef struct setup {
    llmp_engine engine;
    llmp_machine machine;
    llmp_arch *arch;
    llmp_memory_model model;
    llmp__load load;
} setup;

static setup *prepare(size_t row)
{
    static setup s; /* large */
    const char *engine = cell(&map, row, "engine"), *cache = cell(&map, row, "cache");
    const char *flash = cell(&map, row, "flash_attention");
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count;
    s.engine = *LLMP_ENGINE(find(LLMP_KIND_ENGINE, engine));
    if (*cache && strcmp(engine, "vllm"))
        s.engine.mla_absorbed = !strcmp(cache, "absorbed");
    assert_ok(llmp_machine_parse(catalog, "h100-sxm", machines, &count, NULL, &error));
    s.machine = machines[0];

    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    options.context_tokens = number(row, "context_tokens");
    options.parallel = number(row, "parallel");
    options.kv_split = number(row, "kv_split");
    options.ubatch_tokens = number(row, "ubatch_tokens");
    options.window_full = number(row, "window_full");
    options.state_copies = number(row, "state_copies");
    options.kv_k_format = LLMP_FORMAT(find(LLMP_KIND_FORMAT, cell(&map, row, "k_format")));
    options.kv_v_format = LLMP_FORMAT(find(LLMP_KIND_FORMAT, cell(&map, row, "v_format")));
    if (!strcmp(flash, "on"))
        options.flash_attention = LLMP_CHOICE_ON;
    if (!strcmp(flash, "off"))
        options.flash_attention = LLMP_CHOICE_OFF;
    const llmp_record *model = find(LLMP_KIND_MODEL, cell(&map, row, "model"));
    const llmp_record *quant = find(LLMP_KIND_QUANT, "F16");
    const llmp_backend *backend;
    assert_ok(llmp_backend_for(&s.engine, &s.machine, NULL, &backend, &error));
    assert_ok(
        llmp_arch_create(catalog, LLMP_MODEL(model), LLMP_QUANT(quant), NULL, &s.arch, &error));
    assert_ok(llmp_memory_prepare(catalog, s.arch, &s.machine, &s.engine, backend, &options,
                                  &s.model, &error));
    llmp__load_compute(&s.model, options.context_tokens, options.parallel, &s.load);
    return &s;
}

static unsigned compare(unsigned line, const char *what, uint64_t bytes, const char *printed)
{
    char ours[32];
    snprintf(ours, sizeof ours, "%.2f", (double)bytes / MIB);
    if (!strcmp(ours, printed))
        return 0;
    print_message("# line %u %s: %s MiB, the log says %s\n", line, what, ours, printed);
    return 1;
}

static unsigned check_caches(size_t row, size_t log, const setup *s)
{
    uint64_t full = 0, window = 0, state = 0;
    unsigned line = number(row, "line"), wrong = 0;
    for (uint32_t i = 0; i < s->model.layer_count; i++)
        for (uint32_t k = 0; k < s->model.kind_count; k++) {
            if (s->model.kind_prefix[k][i + 1] == s->model.kind_prefix[k][i])
                continue;
            /* with --swa-full the log still tells the two kinds of layer apart */
            *(llmp_arch_layer(s->arch, i)->window_tokens && s->engine.window_cache ? &window
                                                                                   : &full) +=
                s->load.cache_bytes[k];
            state += s->load.state_bytes[k];
        }
    if (number(row, "check_kv"))
        wrong += compare(line, "KV", full, cell(&logs, log, "kv_total_MiB"));
    if (number(row, "check_window"))
        wrong += compare(line, "window KV", window, cell(&logs, log, "swa_kv_MiB"));
    if (number(row, "check_state"))
        wrong += compare(line, "state", state, cell(&logs, log, "recurrent_state_MiB"));
    return wrong;
}

static uint64_t buffer_of(const char *role, const llmp__load *load)
{
    if (!strcmp(role, "cpu"))
        return load->compute_cpu_bytes;
    if (!strcmp(role, "host"))
        return load->compute_host_bytes;
    if (!strcmp(role, "head"))
        return load->compute_head_bytes;
    if (!strcmp(role, "split"))
        return load->compute_bytes + load->compute_copies_bytes;
    assert_string_equal(role, "split_head");
    return load->compute_head_bytes + load->compute_copies_bytes;
}

/* "CUDA0=head CPU=host": the named buffer of the log against a role of ours. */
static void check_compute(size_t row, size_t log, const setup *s)
{
    char roles[128];
    const char *printed = cell(&logs, log, "compute_buffers_MiB");
    snprintf(roles, sizeof roles, "%s", cell(&map, row, "compute"));
    char *rest = NULL;
    for (char *at = strtok_r(roles, " ", &rest); at; at = strtok_r(NULL, " ", &rest)) {
        char *role = strchr(at, '=');
        assert_non_null(role);
        *role++ = '\0';
        const char *named = strstr(printed, at);
        assert_non_null(named);
        const char *value = strchr(named, '=');
        double log_mib = strtod(value ? value + 1 : named, NULL);
        double ours = (double)buffer_of(role, &s->load) / MIB;
        double off = ours / log_mib - 1;
        print_message("# %4u %-18s %-10s %10.2f %10.2f %+6.1f %%\n", number(row, "line"),
                      cell(&map, row, "model"), at, log_mib, ours, 100 * off);
        assert_true(compute_count < SAMPLES_MAX);
        compute_errors[compute_count++] = fabs(off);
    }
}

/* A pool of so many GiB, printed to two digits, and the tokens it holds. */
static unsigned check_pool(size_t row, size_t log, const setup *s)
{
    double devices = strtod(cell(&map, row, "compute") + strlen("tp"), NULL), sum = 0;
    const char *pool_gib = cell(&logs, log, "available_kv_GiB");
    for (uint32_t k = 0; k < s->model.kind_count; k++)
        sum += s->model.kinds[k].cell_bytes * s->model.kind_prefix[k][s->model.layer_count];
    double tokens = strtod(cell(&logs, log, "gpu_kv_tokens"), NULL);
    double gib = tokens * sum / devices / 1073741824.0;
    /* K and V printed apart */
    double printed = *pool_gib ? strtod(pool_gib, NULL) : 2 * 5.60, half = *pool_gib ? 0.005 : 0.01;
    double page = 16 * sum / devices / 1073741824.0;
    if (gib <= printed + half && gib >= printed - half - page)
        return 0;
    print_message("# line %u: %.0f tokens are %.4f GiB, the log says %.2f\n", number(row, "line"),
                  tokens, gib, printed);
    return 1;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_logs(void **state)
{
    (void)state;
    unsigned wrong = 0, included = 0, excluded = 0;
    assert_int_equal(map.row_count, logs.row_count); /* every row: used, or a reason why not */
    for (size_t i = 0; i < map.row_count; i++) {
        size_t log = log_at(number(i, "line"));
        assert_int_equal(logs.lines[i], number(i, "line"));
        if (!*cell(&map, i, "model")) {
            assert_true(*cell(&map, i, "reason"));
            excluded++;
            continue;
        }
        setup *s = prepare(i);
        if (!strcmp(cell(&map, i, "cache"), "paged")) {
            wrong += check_pool(i, log, s);
        } else {
            wrong += check_caches(i, log, s);
            check_compute(i, log, s);
        }
        llmp_arch_destroy(&s->arch);
        included++;
    }
    print_message("# %u logs reproduced or compared, %u left out, %u figures differ\n", included,
                  excluded, wrong);
    assert_int_equal(wrong, 0);
    assert_true(included > 100);
}

static void test_compute_buffers(void **state)
{
    (void)state;
    assert_true(compute_count >= 25);
    qsort(compute_errors, compute_count, sizeof *compute_errors, ascending);
    double median = compute_errors[compute_count / 2];
    print_message("# compute buffers: %zu, median error %.1f %%, 90th percentile %.1f %%\n",
                  compute_count, 100 * median, 100 * compute_errors[compute_count * 9 / 10]);
    assert_true(median <= 0.15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_logs),
                                       cmocka_unit_test(test_compute_buffers)};
    return cmocka_run_group_tests_name("kv_cache", tests, open_all, close_all);
}
