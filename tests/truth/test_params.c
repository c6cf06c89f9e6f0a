/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every model of the catalog against counts that other people's programs made. */
#include "t.h"

#include <llmplan/arch.h>

#include <stdlib.h>

enum { ROWS_MAX = 512, COLUMNS = 8 };

typedef struct row {
    char line[640];
    const char *cell[COLUMNS];
    bool seen;
} row;

enum column { ID, KIND, PUBLISHED, TEXT, ACTIVE, PUBLISHED_MINUS_TEXT, TEXT_MINUS, REASON };

static row rows[ROWS_MAX];
static size_t row_count;
static llmp_catalog *catalog;
static llmp_error error;

static bool split(row *r)
{
    char *at = r->line;
    at[strcspn(at, "\r\n")] = '\0';
    for (int i = 0; i < COLUMNS; i++) {
        r->cell[i] = at;
        char *comma = i + 1 < COLUMNS ? strchr(at, ',') : NULL;
        if (i + 1 < COLUMNS && !comma)
            return false;
        if (comma) {
            *comma = '\0';
            at = comma + 1;
        }
    }
    return true;
}

static int read_table(void **state)
{
    (void)state;
    FILE *file = fopen(TEST_DATA "/truth/params.csv", "r");
    if (!file)
        return -1;
    row *r = &rows[0];
    bool ok = true;
    while (ok && row_count < ROWS_MAX && fgets(r->line, sizeof r->line, file)) {
        if (r->line[0] == '#' || strncmp(r->line, "id,", 3) == 0)
            continue;
        ok = split(r);
        r = &rows[++row_count];
    }
    fclose(file);
    if (!ok || row_count == ROWS_MAX)
        return -1;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int free_table(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static long long number(const row *r, enum column column)
{
    char *end;
    long long value = strtoll(r->cell[column], &end, 10);
    if (end == r->cell[column] || *end)
        fail_msg("%s: \"%s\" is no number", r->cell[ID], r->cell[column]);
    return value;
}

static row *find_row(const char *id)
{
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].cell[ID], id) == 0)
            return &rows[i];
    return NULL;
}

static const llmp_quant *bf16(void)
{
    const llmp_record *record;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_QUANT, "BF16", &record, NULL, &error));
    return LLMP_QUANT(record);
}

static bool is(const row *r, const char *kind)
{
    return strcmp(r->cell[KIND], kind) == 0;
}

/* Rows and records are the same set: nothing is left out silently. */
static void test_every_model_has_a_row(void **state)
{
    (void)state;
    size_t count = llmp_catalog_count(catalog, LLMP_KIND_MODEL);
    for (size_t i = 0; i < count; i++) {
        const llmp_record *record = llmp_catalog_at(catalog, LLMP_KIND_MODEL, i);
        row *r = find_row(record->id);
        if (!r)
            fail_msg("%s stands in the catalog but not in the table", record->id);
        else
            r->seen = true;
    }
    for (size_t i = 0; i < row_count; i++)
        if (!rows[i].seen)
            fail_msg("%s stands in the table but not in the catalog", rows[i].cell[ID]);
}

static void check_counts(const row *r, const llmp_arch_summary *summary)
{
    long long params = (long long)summary->params, active = (long long)summary->active_params;
    if (is(r, "announced")) {
        assert_close(params, number(r, PUBLISHED), 0.02);
    } else if (*r->cell[PUBLISHED]) {
        if (number(r, PUBLISHED) != params + number(r, PUBLISHED_MINUS_TEXT))
            fail_msg("%s: %lld parameters, published %s, known difference %s", r->cell[ID], params,
                     r->cell[PUBLISHED], r->cell[PUBLISHED_MINUS_TEXT]);
        assert_true(is(r, "exact") ? number(r, PUBLISHED_MINUS_TEXT) == 0 : is(r, "explained"));
    }
    if (*r->cell[TEXT]) {
        long long difference = number(r, TEXT_MINUS);
        if (params != number(r, TEXT) + difference)
            fail_msg("%s: %lld parameters, independent count %s, known difference %lld",
                     r->cell[ID], params, r->cell[TEXT], difference);
        /* Such differences are small tensors, never matrices. */
        assert_true(llabs(difference) * 2000 < params);
    }
    /* Router biases are active in neither count, so only norms and scales can differ. */
    if (*r->cell[ACTIVE] && number(r, TEXT_MINUS) == 0 && active != number(r, ACTIVE))
        fail_msg("%s: %lld active, independent count %s", r->cell[ID], active, r->cell[ACTIVE]);
    if (is(r, "explained") || (*r->cell[TEXT_MINUS] && number(r, TEXT_MINUS)))
        assert_true(strlen(r->cell[REASON]) > 10);
}

static void test_counts(void **state)
{
    (void)state;
    const llmp_quant *quant = bf16();
    size_t exact = 0, explained = 0, counted = 0, other = 0;
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        if (is(r, "partial"))
            continue;
        const llmp_record *record = llmp_catalog_get(catalog, LLMP_KIND_MODEL, r->cell[ID]);
        assert_non_null(record);
        llmp_arch *arch;
        assert_ok(llmp_arch_create(catalog, LLMP_MODEL(record), quant, NULL, &arch, &error));
        check_counts(r, llmp_arch_summary_of(arch));
        llmp_arch_destroy(&arch);
        exact += is(r, "exact");
        explained += is(r, "explained");
        counted += is(r, "counted");
        other += is(r, "announced") || is(r, "unchecked");
    }
    print_message(
        "# %zu exact, %zu explained, %zu counted by another program, %zu rounded or none\n", exact,
        explained, counted, other);
    /* The table must not shrink to the easy rows. */
    assert_true(exact >= 78);
    assert_true(exact + explained + counted >= 160);
}

/* A partial record loads, says what it cannot answer, and is refused with that sentence. */
static void test_partial_records_say_so(void **state)
{
    (void)state;
    const llmp_quant *quant = bf16();
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        if (!is(r, "partial"))
            continue;
        const llmp_record *record = llmp_catalog_get(catalog, LLMP_KIND_MODEL, r->cell[ID]);
        assert_non_null(record);
        const llmp_model *model = LLMP_MODEL(record);
        assert_non_null(model->missing);
        assert_true(strlen(model->missing) > 20);
        llmp_arch *arch = NULL;
        assert_int_equal(llmp_arch_create(catalog, model, quant, NULL, &arch, &error),
                         LLMP_E_NO_DATA);
        assert_null(arch);
        assert_contains(error.message, model->missing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_has_a_row),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_partial_records_say_so),
    };
    return cmocka_run_group_tests(tests, read_table, free_table);
}
