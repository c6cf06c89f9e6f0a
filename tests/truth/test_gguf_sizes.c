/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Weight bytes of catalog model x named quantisation against sizes that other people published.
 *
 * gguf_sizes.csv holds the published rows; gguf_sizes_map.csv says which catalog records each row
 * means, or why it is left out. `extra` tells what the published number holds besides the tensors
 * of the text model: "file", metadata and vocabulary (nothing is added for them: the error shows
 * them, 0.01 % to 0.9 %); "vision", the tower that safetensors checkpoints include (added).
 */
#include "t.h"

#include "base/arena.h"
#include "base/file.h"
#include "doc/csv.h"

#include <llmplan/arch.h>
#include <stdlib.h>

enum { ROWS_MAX = 1024 };

typedef struct outcome {
    const char *row;
    const char *model;
    const char *quant;
    bool file;
    bool gguf;
    bool tensor_bytes; /* the published number is the exact sum of tensor bytes */
    double stated;
    double rounding; /* half a unit in the last printed place, relative */
    double error;    /* predicted / stated - 1 */
} outcome;

static llmp__arena arena;
static llmp_catalog *catalog;
static llmp_error error;
static outcome outcomes[ROWS_MAX];
static size_t outcome_count, excluded_count;

static llmp__csv read_csv(const char *name)
{
    llmp__csv csv;
    char path[512], *text;
    size_t size;
    snprintf(path, sizeof path, "%s/truth/%s", TEST_DATA, name);
    assert_ok(llmp__file_read(path, 1 << 20, &text, &size, &error));
    assert_ok(llmp__csv_parse(text, size, name, &arena, &csv, &error));
    free(text);
    return csv;
}

static const char *cell(const llmp__csv *csv, size_t row, const char *column)
{
    size_t at = llmp__csv_column(csv, column);
    assert_true(at < csv->column_count);
    return llmp__csv_cell(csv, row, at);
}

static double relative_rounding(const llmp__csv *sizes, size_t row, double bytes)
{
    const char *unit = cell(sizes, row, "unit_stated");
    if (strcmp(unit, "bytes") == 0)
        return 0;
    /* Docker's cards and the perplexity tables print MB and GB for powers of two. */
    double of_unit = unit[0] == 'M' ? 1048576. : 1073741824.;
    bool whole = strcmp(cell(sizes, row, "precision"), "whole MiB") == 0;
    return (whole ? 0.5 : 0.005) * of_unit / bytes;
}

static void predict(const llmp__csv *sizes, const llmp__csv *map, size_t row)
{
    const llmp_record *model, *quant;
    llmp_arch *arch;
    const char *extra = cell(map, row, "extra"), *basis = cell(sizes, row, "basis");
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_MODEL, cell(map, row, "model_id"), &model, NULL,
                                &error));
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_QUANT, cell(map, row, "quant_id"), &quant, NULL,
                                &error));
    assert_ok(llmp_arch_create(catalog, LLMP_MODEL(model), LLMP_QUANT(quant), NULL, &arch, &error));
    const llmp_arch_summary *summary = llmp_arch_summary_of(arch);
    uint64_t bytes = summary->weight_bytes;
    if (strcmp(extra, "vision") == 0)
        bytes += summary->vision_bytes;
    assert_true(outcome_count < ROWS_MAX);
    outcome *o = &outcomes[outcome_count++];
    o->row = cell(sizes, row, "row");
    o->model = model->id;
    o->quant = quant->id;
    o->file = strcmp(extra, "file") == 0;
    o->gguf = strcmp(LLMP_QUANT(quant)->unquantized_format, "f32") == 0;
    o->tensor_bytes = strstr(basis, "model_size (tensor bytes)") != NULL;
    o->stated = strtod(cell(sizes, row, "size_bytes"), NULL);
    o->rounding = relative_rounding(sizes, row, o->stated);
    o->error = (double)bytes / o->stated - 1;
    llmp_arch_destroy(&arch);
}

static int read_tables(void **state)
{
    (void)state;
    if (llmp_catalog_create(&catalog, &error))
        return -1;
    llmp__csv sizes = read_csv("gguf_sizes.csv"), map = read_csv("gguf_sizes_map.csv");
    if (sizes.row_count != map.row_count)
        return -1;
    for (size_t i = 0; i < map.row_count; i++) {
        assert_string_equal(cell(&sizes, i, "row"), cell(&map, i, "row"));
        assert_string_equal(cell(&sizes, i, "model"), cell(&map, i, "stated_model"));
        bool excluded = cell(&map, i, "excluded_because")[0] != '\0';
        assert_int_equal(excluded, cell(&map, i, "model_id")[0] == '\0');
        if (excluded)
            excluded_count++;
        else
            predict(&sizes, &map, i);
    }
    return 0;
}

static int free_tables(void **state)
{
    (void)state;
    llmp__arena_free(&arena);
    llmp_catalog_destroy(&catalog);
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool first_of_its_kind(size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(outcomes[i].model, outcomes[at].model) == 0 &&
            strcmp(outcomes[i].quant, outcomes[at].quant) == 0)
            return false;
    }
    return true;
}

/* Median and worst over the rows chosen, printed and held to the limits. */
static void hold(const char *title, bool gguf, bool other, bool distinct, double median_limit,
                 double worst_limit)
{
    double errors[ROWS_MAX];
    size_t n = 0;
    const outcome *worst = NULL;
    for (size_t i = 0; i < outcome_count; i++) {
        const outcome *o = &outcomes[i];
        if ((o->gguf ? !gguf : !other) || (distinct && !first_of_its_kind(i)))
            continue;
        errors[n++] = fabs(o->error);
        if (!worst || fabs(o->error) > fabs(worst->error))
            worst = o;
    }
    assert_non_null(worst);
    qsort(errors, n, sizeof errors[0], compare);
    double median = n % 2 ? errors[n / 2] : (errors[n / 2 - 1] + errors[n / 2]) / 2;
    printf("# %s: %zu rows, median %.3f %%, worst %.3f %% (row %s: %s %s)\n", title, n,
           100 * median, 100 * fabs(worst->error), worst->row, worst->model, worst->quant);
    assert_true(median <= median_limit);
    assert_true(fabs(worst->error) <= worst_limit);
}

static void test_errors(void **state)
{
    (void)state;
    printf("# %zu rows compared, %zu left out with a reason\n", outcome_count, excluded_count);
    hold("all rows", true, true, false, 0.005, 0.015);
    hold("distinct model and quant", true, true, true, 0.005, 0.015);
    hold("GGUF", true, false, true, 0.005, 0.015);
    hold("safetensors", false, true, true, 0.005, 0.015);
}

/* Leaving out what misses would make the limits easy. */
static void test_enough_rows(void **state)
{
    (void)state;
    assert_true(outcome_count >= 230);
}

/* A file is never smaller than its tensors. */
static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < outcome_count; i++) {
        const outcome *o = &outcomes[i];
        if (o->file && o->error > o->rounding)
            fail_msg("row %s: %s %s is %.4f %% above the file", o->row, o->model, o->quant,
                     100 * o->error);
    }
}

/* llama-bench prints the sum of tensor bytes: every byte counts. */
static void test_tensor_bytes(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < outcome_count; i++) {
        const outcome *o = &outcomes[i];
        if (!o->tensor_bytes)
            continue;
        n++;
        if (fabs(o->error * o->stated) >= 0.5)
            fail_msg("row %s: %s %s is off by %.0f bytes", o->row, o->model, o->quant,
                     o->error * o->stated);
    }
    assert_true(n >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_enough_rows),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_tensor_bytes),
    };
    return cmocka_run_group_tests_name("sizes of published files", tests, read_tables, free_tables);
}
