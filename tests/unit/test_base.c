/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "t.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/names.h"
#include "base/number.h"
#include "base/text.h"

#include <locale.h>
#include <stdlib.h>

/* --- errors ------------------------------------------------------------------------------------
 */

static void error_text_has_place_field_and_hint(void **state)
{
    (void)state;
    char text[512];
    llmp_error error = LLMP_ERROR_INIT;
    assert_int_equal(llmp__fail_at(&error, LLMP_E_VALUE, "a.yaml", 7, 12, "devices[3].tdp_w",
                                   "tdp_w is %d W", 31415),
                     LLMP_E_VALUE);
    llmp__hint(&error, "is it kW?");
    (void)llmp_error_format(&error, text, sizeof text);
    assert_string_equal(text, "a.yaml:7:12: tdp_w is 31415 W (devices[3].tdp_w)\nis it kW?");

    (void)llmp__fail_offset(&error, LLMP_E_TRUNCATED, "m.gguf", 5731, "ends");
    (void)llmp_error_format(&error, text, sizeof text);
    assert_string_equal(text, "m.gguf: at byte 5731: ends");

    (void)llmp__fail(&error, LLMP_E_RANGE, "plain");
    assert_int_equal(llmp_error_format(&error, text, 4), 5);
    assert_string_equal(text, "pla");
    assert_int_equal(llmp__fail(NULL, LLMP_E_RANGE, "x"), LLMP_E_RANGE);
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(llmp_status_name(LLMP_OK), "OK");
    assert_string_equal(llmp_status_name(LLMP_E_AMBIGUOUS), "E_AMBIGUOUS");
    assert_string_equal(llmp_status_name(LLMP_E_INTERNAL), "E_INTERNAL");
    assert_string_equal(llmp_status_name((llmp_status)17), "E_?");
}

static void long_error_text_is_cut(void **state)
{
    (void)state;
    char long_name[1000];
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    llmp_error error = LLMP_ERROR_INIT;
    (void)llmp__fail_at(&error, LLMP_E_VALUE, long_name, 1, 1, long_name, "%s", long_name);
    assert_int_equal(strlen(error.where), sizeof error.where - 1);
    assert_int_equal(strlen(error.field), sizeof error.field - 1);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

/* --- memory and text ---------------------------------------------------------------------------
 */

static void arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    llmp__arena arena = {NULL};
    for (size_t i = 1; i < 3000; i += 41) {
        unsigned char *p = llmp__arena_alloc(&arena, i, 1);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_equal(p[j], 0);
        }
        memset(p, 0xA5, i);
    }
    assert_non_null(llmp__arena_alloc(&arena, 1, 5731000)); /* larger than a block */
    assert_null(llmp__arena_alloc(&arena, SIZE_MAX / 3, 7));
    assert_string_equal(llmp__arena_text(&arena, "context", 4), "cont");
    llmp__arena_free(&arena);
    assert_null(arena.blocks);
}

static void text_grows(void **state)
{
    (void)state;
    llmp__text text = {NULL, 0, 0, false};
    assert_string_equal(llmp__text_get(&text), "");
    for (int i = 0; i < 500; i++) {
        llmp__text_add_format(&text, "%03d,", i);
    }
    assert_false(text.failed);
    assert_int_equal(text.length, 2000);
    assert_memory_equal(text.data + 1996, "499,", 5);
    llmp__text_free(&text);
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static bool parses(const char *text, double *out)
{
    return llmp__number_parse(text, strlen(text), out);
}

static void numbers_are_read_exactly(void **state)
{
    (void)state;
    /* One from each path; the expected bits are the C compiler's. */
    static const struct {
        const char *text;
        double value;
    } good[] = {{"82.58", 82.58},
                {"-0.00390625", -0.00390625},
                {"+7", 7},
                {".5", .5},
                {"3.", 3.},
                {"1e3", 1e3},
                {"9007199254740993", 9007199254740992.0},
                {"0.1234567890123456789", 0.1234567890123456789},
                {"1.7976931348623157e308", 1.7976931348623157e308},
                {"4.9e-324", 4.9e-324},
                {"123456789012345678901234567890", 123456789012345678901234567890.0},
                {"1e-23", 1e-23}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = -1;
        assert_true(parses(good[i].text, &value));
        assert_memory_equal(&value, &good[i].value, sizeof value);
    }
    static const char *const bad[] = {"",    "-",     ".",   "1e",  "1e+",  "0x10",
                                      "nan", "inf",   " 1",  "1 ",  "1,5",  "1e999",
                                      "--1", "1.2.3", "1_0", "e10", "1e1.5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 42;
        assert_false(parses(bad[i], &value));
        assert_true(value > 41 && value < 43);
    }
}

static void numbers_are_written_shortest(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{82.58, "82.58"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e21, "1e+21"},
                 {1e15, "1000000000000000"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {-0.5, "-0.5"},
                 {5e-324, "4.94065645841247e-324"},
                 {0, "0"},
                 {1008e9, "1008000000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[LLMP__NUMBER_SIZE];
        llmp__number_format(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void random_numbers_round_trip(void **state)
{
    (void)state;
    uint64_t bits = UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value = 0;
        double back = 0;
        char text[LLMP__NUMBER_SIZE];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        llmp__number_format(value, text);
        assert_true(parses(text, &back));
        assert_memory_equal(&back, &value, sizeof back);
    }
}

static void numbers_ignore_the_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    locale_t german = (locale_t)0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && german == (locale_t)0; i++) {
        german = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
    }
    if (german == (locale_t)0) {
        print_message("# no German or French locale here: nothing to tell apart\n");
        return;
    }
    locale_t before = uselocale(german);
    char text[LLMP__NUMBER_SIZE];
    double value = 0;
    bool read = parses("0.1234567890123456789", &value);
    llmp__number_format(82.58, text);
    (void)uselocale(before);
    freelocale(german);
    assert_true(read);
    assert_close(value, 0.1234567890123456789, 1e-16);
    assert_string_equal(text, "82.58");
}

static void scaling_is_undone(void **state)
{
    (void)state;
    for (int i = 1; i < 20000; i += 7) {
        double key = i / 100.0;
        assert_true(fabs(llmp__unscale(key * 1e12, 1e12, false) - key) <= 0);
        assert_true(fabs(llmp__unscale(key * 1e-6, 1e-6, false) - key) <= 0);
        double gib = 1073741824.0;
        assert_true(fabs(llmp__unscale(round(key * gib), gib, true) - key) <= 0);
    }
}

/* --- names -------------------------------------------------------------------------------------
 */

static void names_compare_as_people_type(void **state)
{
    (void)state;
    assert_true(llmp__name_equal("RTX 4090", "rtx-4090"));
    assert_true(llmp__name_equal("Q4_K_M", "q4-k-m"));
    assert_false(llmp__name_equal("rtx-4090", "rtx-4090-laptop"));
    assert_true(llmp__name_hash("RTX 4090") == llmp__name_hash("rtx_4090"));
    assert_true(llmp__name_hash("rtx-4090") != llmp__name_hash("rtx-4080"));
    assert_false(llmp__name_equal("rtx4090", "rtx-4090"));
    assert_true(llmp__name_equal_loose("rtx4090", "RTX 4090"));
    assert_false(llmp__name_equal_loose("rtx409", "rtx-4090"));
    assert_true(llmp__name_in_family("h100-sxm", "H100"));
    assert_false(llmp__name_in_family("h100", "h100"));
    assert_false(llmp__name_in_family("h1000-x", "h100"));
}

static void distance_is_damerau_levenshtein(void **state)
{
    (void)state;
    /* Textbook cases. */
    assert_int_equal(llmp__name_distance("kitten", "sitting"), 3);
    assert_int_equal(llmp__name_distance("saturday", "sunday"), 3);
    assert_int_equal(llmp__name_distance("ca", "ac"), 1);
    assert_int_equal(llmp__name_distance("", "abc"), 3);
    assert_int_equal(llmp__name_distance("tpd_w", "tdp_w"), 1);
    assert_int_equal(llmp__name_distance("TDP W", "tdp-w"), 0);
}

static void nearest_are_ranked(void **state)
{
    (void)state;
    char text[128];
    llmp__nearest n;
    llmp__nearest_begin(&n, "qwn3-8b");
    llmp__nearest_offer(&n, "llama-3.1-8b", "llama-3.1-8b");
    llmp__nearest_offer(&n, "qwen3-4b", "qwen3-4b");
    llmp__nearest_offer(&n, "qwen3-8b", "qwen3-8b");
    llmp__nearest_offer(&n, "Qwen 3 8B", "qwen3-8b"); /* an alias adds no second entry */
    llmp__nearest_format(&n, text, sizeof text);
    assert_string_equal(text, "did you mean 'qwen3-8b' or 'qwen3-4b'?");
    llmp__nearest_begin(&n, "zzzzzz");
    llmp__nearest_offer(&n, "qwen3-8b", "qwen3-8b");
    llmp__nearest_format(&n, text, sizeof text);
    assert_string_equal(text, "");
    llmp__nearest_begin(&n, "scout");
    llmp__nearest_offer(&n, "llama-4-scout-17b-16e", "llama-4-scout-17b-16e");
    llmp__nearest_format(&n, text, sizeof text);
    assert_string_equal(text, "did you mean 'llama-4-scout-17b-16e'?");
}

/* --- files -------------------------------------------------------------------------------------
 */

static void reader_has_both_byte_orders(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x67, 0x45, 0x23, 0x01, 0xEF, 0xCD, 0xAB,
                                          0x89, 0x00, 0x00, 0x80, 0x3F, 0x7A};
    llmp_error error = LLMP_ERROR_INIT;
    llmp__reader r;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    uint16_t u16 = 0;
    uint8_t u8 = 0;
    float f32 = 0;
    llmp__reader_memory(&r, bytes, sizeof bytes, "memory");
    assert_ok(llmp__read_u64(&r, &u64, &error));
    assert_true(u64 == UINT64_C(0x89ABCDEF01234567));
    assert_ok(llmp__read_f32(&r, &f32, &error));
    assert_close(f32, 1.0, 0);
    assert_ok(llmp__read_u8(&r, &u8, &error));
    assert_int_equal(u8, 0x7A);
    r.at = 0;
    r.big_endian = true;
    assert_ok(llmp__read_u32(&r, &u32, &error));
    assert_int_equal(u32, 0x67452301);
    assert_ok(llmp__read_u16(&r, &u16, &error));
    assert_int_equal(u16, 0xEFCD);
}

static void reader_refuses_what_is_not_there(void **state)
{
    (void)state;
    static const unsigned char bytes[5] = {1, 2, 3, 4, 5};
    llmp_error error = LLMP_ERROR_INIT;
    llmp__reader r;
    uint64_t u64 = 7;
    llmp__reader_memory(&r, bytes, sizeof bytes, "memory");
    assert_ok(llmp__read_skip(&r, 2, &error));
    assert_int_equal(llmp__read_u64(&r, &u64, &error), LLMP_E_TRUNCATED);
    assert_int_equal(u64, 7);
    assert_true(error.has_offset);
    assert_int_equal(error.offset_bytes, 2);
    assert_contains(error.message, "8 bytes needed, 3 left");
    assert_int_equal(llmp__read_skip(&r, UINT64_MAX, &error), LLMP_E_TRUNCATED);
    assert_int_equal(r.at, 2);
}

static void files_are_read(void **state)
{
    (void)state;
    static const char path[] = TEST_DATA "/unit/test_base.c";
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    assert_ok(llmp__file_read(path, 1 << 20, &text, &size, &error));
    assert_memory_equal(text, "/* SPDX", 7);
    assert_int_equal(strlen(text), size);

    llmp__reader r;
    char *piece = malloc(size);
    assert_ok(llmp__reader_open(&r, path, &error));
    assert_int_equal(r.size, size);
    for (size_t at = 0; at < size;) { /* backwards and forwards over the window */
        size_t n = size - at < 997 ? size - at : 997;
        r.at = at;
        assert_ok(llmp__read_bytes(&r, piece + at, n, &error));
        at += n;
    }
    assert_memory_equal(piece, text, size);
    assert_int_equal(llmp__read_left(&r), 0);
    llmp__reader_close(&r);
    free(piece);
    free(text);

    assert_int_equal(llmp__file_read(path, 100, &text, &size, &error), LLMP_E_LIMIT);
    assert_int_equal(llmp__file_read(TEST_DATA "/none", 100, &text, &size, &error), LLMP_E_IO);
    assert_contains(error.message, "cannot open: No such file");
    assert_int_equal(llmp__file_read(TEST_DATA, 100, &text, &size, &error), LLMP_E_IO);
    assert_contains(error.message, "is a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_text_has_place_field_and_hint),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(long_error_text_is_cut),
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(text_grows),
        cmocka_unit_test(numbers_are_read_exactly),
        cmocka_unit_test(numbers_are_written_shortest),
        cmocka_unit_test(random_numbers_round_trip),
        cmocka_unit_test(numbers_ignore_the_locale),
        cmocka_unit_test(scaling_is_undone),
        cmocka_unit_test(names_compare_as_people_type),
        cmocka_unit_test(distance_is_damerau_levenshtein),
        cmocka_unit_test(nearest_are_ranked),
        cmocka_unit_test(reader_has_both_byte_orders),
        cmocka_unit_test(reader_refuses_what_is_not_there),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
