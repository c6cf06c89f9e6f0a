/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "t.h"

#include <llmplan/units.h>

static void sizes_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"24GiB", UINT64_C(25769803776)},
                {"512 MiB", UINT64_C(536870912)},
                {"1.5GB", UINT64_C(1500000000)},
                {"4096", 4096},
                {"0", 0},
                {"7 B", 7},
                {"3kB", 3000},
                {"3KiB", 3072},
                {"2TiB", UINT64_C(2199023255552)},
                {"1.7TB", UINT64_C(1700000000000)},
                {"0.3 B", 0},
                {"0.6B", 1},
                {"80gib", UINT64_C(85899345920)},
                {"80GB", UINT64_C(80000000000)},
                {"9223372036854775807", UINT64_C(9223372036854775807)},
                {"8388607TiB", UINT64_C(9223370937343148032)}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        llmp_error error = LLMP_ERROR_INIT;
        uint64_t bytes = 1;
        assert_ok(llmp_bytes_parse(good[i].text, &bytes, &error));
        assert_true(bytes == good[i].bytes);
    }
}

static void wrong_sizes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "GiB",        "-1GiB",
                                      "1e3",   "24Gb",       "24 GX",
                                      "1..2B", "8388609TiB", "99999999999999999999",
                                      "1GiB ", " 1GiB",      "0x10",
                                      "nan"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        llmp_error error = LLMP_ERROR_INIT;
        uint64_t bytes = 77;
        assert_int_equal(llmp_bytes_parse(bad[i], &bytes, &error), LLMP_E_RANGE);
        assert_int_equal(bytes, 77);
        assert_int_equal(error.status, LLMP_E_RANGE);
    }
    llmp_error error = LLMP_ERROR_INIT;
    uint64_t bytes = 0;
    assert_int_equal(llmp_bytes_parse("24g", &bytes, &error), LLMP_E_RANGE);
    assert_string_equal(error.hint, "write 24GiB (binary) or 24GB (decimal)");
    assert_int_equal(llmp_bytes_parse("24 K", &bytes, &error), LLMP_E_RANGE);
    assert_string_equal(error.hint, "write 24KiB (binary) or 24kB (decimal)");
    assert_int_equal(llmp_bytes_parse(NULL, &bytes, &error), LLMP_E_ARGUMENT);
}

static void token_counts_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t tokens;
    } good[] = {{"5731", 5731},  {"5,731", 5731},        {"8k", 8192},   {"128k", 131072},
                {"1M", 1048576}, {"1,048,576", 1048576}, {"1.5k", 1536}, {"0", 0}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        llmp_error error = LLMP_ERROR_INIT;
        uint64_t tokens = 1;
        assert_ok(llmp_tokens_parse(good[i].text, &tokens, &error));
        assert_int_equal(tokens, good[i].tokens);
    }
    static const char *const bad[] = {"",
                                      "k",
                                      "8K",
                                      "1m",
                                      "-5",
                                      "57,31",
                                      "5,7310",
                                      ",5",
                                      "5,",
                                      "1.3",
                                      "1.3k",
                                      "1e3",
                                      "8 k",
                                      "5731,",
                                      "99999999999999999999",
                                      "9999999999999999M"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t tokens = 77;
        assert_int_equal(llmp_tokens_parse(bad[i], &tokens, NULL), LLMP_E_RANGE);
        assert_int_equal(tokens, 77);
    }
}

static void dates_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        llmp_date date;
    } good[] = {{"2026", 20260000},
                {"2026-02", 20260200},
                {"2026-02-23", 20260223},
                {"2024-02-29", 20240229},
                {"2000-02-29", 20000229}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        llmp_error error = LLMP_ERROR_INIT;
        llmp_date date = 0;
        char text[16];
        assert_ok(llmp_date_parse(good[i].text, &date, &error));
        assert_int_equal(date, good[i].date);
        (void)llmp_date_format(date, text, sizeof text);
        assert_string_equal(text, good[i].text);
    }
    static const char *const bad[] = {"",           "26",         "2026-13",     "2026-00",
                                      "2026-02-30", "2025-02-29", "2100-02-29",  "2026-2-3",
                                      "2026/02/23", "20260223",   "2026-02-231", "1492"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        llmp_date date = 5;
        assert_int_equal(llmp_date_parse(bad[i], &date, NULL), LLMP_E_RANGE);
        assert_int_equal(date, 5);
    }
    char text[16];
    (void)llmp_date_format(0, text, sizeof text);
    assert_string_equal(text, "unknown");
}

static void sizes_are_written_with_three_digits(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {512, "512 B"},
                 {1023, "1023 B"},
                 {1024, "1.00 KiB"},
                 {UINT64_C(654311424), "624 MiB"},
                 {UINT64_C(42520176230), "39.6 GiB"},
                 {UINT64_C(25769803776), "24.0 GiB"},
                 {UINT64_C(1073741823), "1.00 GiB"}, /* rounds up into the next unit */
                 {UINT64_C(10737418239), "10.0 GiB"},
                 {UINT64_C(107374182399), "100 GiB"},
                 {UINT64_C(1098437885952), "1023 GiB"},
                 {UINT64_MAX, "16.0 EiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        (void)llmp_bytes_format(cases[i].bytes, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void counts_are_grouped(void **state)
{
    (void)state;
    char text[32];
    (void)llmp_count_format(131072, text, sizeof text);
    assert_string_equal(text, "131,072");
    (void)llmp_count_format(7, text, sizeof text);
    assert_string_equal(text, "7");
    (void)llmp_count_format(1000, text, sizeof text);
    assert_string_equal(text, "1,000");
    (void)llmp_count_format(UINT64_MAX, text, sizeof text);
    assert_string_equal(text, "18,446,744,073,709,551,615");
    assert_int_equal(llmp_count_format(131072, text, 4), 7);
    assert_string_equal(text, "131");
}

static void grades_are_ordered(void **state)
{
    (void)state;
    assert_string_equal(llmp_grade_name(LLMP_GRADE_DATASHEET), "datasheet");
    assert_int_equal(llmp_grade_worse(LLMP_GRADE_MEASURED, LLMP_GRADE_DERIVED), LLMP_GRADE_DERIVED);
    assert_int_equal(llmp_grade_worse(LLMP_GRADE_ESTIMATE, LLMP_GRADE_EXACT), LLMP_GRADE_ESTIMATE);
}

static void plain_numbers(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    double value = 0;
    assert_ok(llmp_number_parse("-2.5e-3", &value, &error));
    assert_close(value, -0.0025, 0);
    assert_int_equal(llmp_number_parse("2,5", &value, &error), LLMP_E_RANGE);
    assert_contains(error.message, "'2,5' is not a finite decimal number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(wrong_sizes_are_refused),
        cmocka_unit_test(token_counts_are_read),
        cmocka_unit_test(dates_are_read_and_written),
        cmocka_unit_test(sizes_are_written_with_three_digits),
        cmocka_unit_test(counts_are_grouped),
        cmocka_unit_test(grades_are_ordered),
        cmocka_unit_test(plain_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
