/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accuracy on the measured table is at least that of accuracy_baseline.csv, and docs/accuracy.md
 * was written from the inputs as they are. ./dev accuracy writes both. */
#include "t.h"

#include "base/file.h"
#include "doc/csv.h"

#include <llmplan/validate.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 26 };
static const double tolerance_percent = 0.5;

static llmp_catalog *catalog;
static llmp_measured *measured;
static llmp_validation *validation;
static llmp_error error;
static llmp__arena arena;

static void read_text(const char *path, char **text, size_t *size)
{
    assert_ok(llmp__file_read(path, FILE_MAX, text, size, &error));
}

static int predict_all(void **state)
{
    (void)state;
    size_t size;
    assert_ok(llmp_catalog_create(&catalog, &error));
    char *text = NULL;
    read_text(TEST_DATA "/../data/measured/speed.csv", &text, &size);
    assert_ok(llmp_measured_read(text, size, "speed.csv", &measured, &error));
    free(text);
    assert_ok(llmp_validation_create(catalog, measured, &validation, &error));
    return 0;
}

static int release_all(void **state)
{
    (void)state;
    llmp_validation_destroy(&validation);
    llmp_measured_destroy(&measured);
    llmp_catalog_destroy(&catalog);
    llmp__arena_free(&arena);
    return 0;
}

static const llmp_validate_group *find_group(const char *name, const char *phase)
{
    for (size_t i = 0; i < llmp_validation_group_count(validation); i++) {
        const llmp_validate_group *group = llmp_validation_group(validation, i);
        if ((group->axis == LLMP_AXIS_SUMMARY || group->axis == LLMP_AXIS_ALL) &&
            strcmp(group->name, name) == 0 && strcmp(llmp_phase_name(group->phase), phase) == 0)
            return group;
    }
    return NULL;
}

static void no_cell_is_worse_than_recorded(void **state)
{
    (void)state;
    size_t size;
    llmp__csv csv;
    char *text = NULL;
    read_text(TEST_DATA "/truth/accuracy_baseline.csv", &text, &size);
    assert_ok(llmp__csv_parse(text, size, "accuracy_baseline.csv", &arena, &csv, &error));
    free(text);
    assert_true(csv.row_count >= 5);
    size_t worse = 0;
    for (size_t i = 0; i < csv.row_count; i++) {
        const char *const *cell = &csv.cells[i * csv.column_count];
        const llmp_validate_group *group = find_group(cell[0], cell[1]);
        if (!group)
            fail_msg("there is no cell '%s' any more", cell[0]);
        assert_int_equal(group->stats.n, strtoul(cell[2], NULL, 10));
        double median = 100 * group->stats.median_abs_error_ratio - strtod(cell[3], NULL);
        double p90 = 100 * group->stats.p90_abs_error_ratio - strtod(cell[4], NULL);
        if (median > tolerance_percent || p90 > tolerance_percent) {
            print_error("%s (%s): median %+.2f, p90 %+.2f points\n", cell[0], cell[1], median, p90);
            worse++;
        }
    }
    assert_int_equal(worse, 0);
}

/* FNV-1a */
static uint64_t sum_of(const char *path)
{
    size_t size;
    char *text = NULL;
    read_text(path, &text, &size);
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)text[i]) * 1099511628211u;
    free(text);
    return sum;
}

static void the_report_is_of_these_inputs(void **state)
{
    (void)state;
    size_t size, inputs = 0;
    char *text = NULL;
    read_text(TEST_DATA "/../docs/accuracy.md", &text, &size);
    const char *at = strstr(text, "## Inputs");
    assert_non_null(at);
    while ((at = strstr(at, "- `"))) {
        char name[128], path[512];
        unsigned long long sum;
        assert_int_equal(sscanf(at, "- `%127[^`]` %llx", name, &sum), 2);
        snprintf(path, sizeof path, TEST_DATA "/../%s", name);
        if (sum_of(path) != sum)
            fail_msg("%s changed since docs/accuracy.md was written: ./dev accuracy", name);
        inputs++;
        at++;
    }
    assert_true(inputs >= 4);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cell_is_worse_than_recorded),
        cmocka_unit_test(the_report_is_of_these_inputs),
    };
    return cmocka_run_group_tests(tests, predict_all, release_all);
}
