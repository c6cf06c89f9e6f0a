/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents and renderers, with words that no builder uses: they must not need any. */
#include "t.h"

#include "report/build.h"
#include "report/document.h"
#include "report/render.h"
#include "report/utf8.h"

#include "base/arena.h"
#include "doc/json.h"

#include <stdlib.h>

static const llmp__column columns[] = {
    {.title = "fruit", .key = "fruit"},
    {.title = "weight, g", .key = "weight_g", .right = true},
    {.title = "share", .bar = true},
    {.key = "hidden"},
};

static llmp_document *fruit(const char *name)
{
    llmp_document *d = llmp__document_new("test.fruit/1");
    assert_non_null(d);
    llmp__data_text(d, d->data, "name", name);
    llmp__data_number(d, d->data, "ratio", 0.1);
    llmp__data_number(d, d->data, "unknown", (double)NAN);
    llmp__data_whole(d, d->data, "count", UINT64_MAX);
    llmp__data_bool(d, d->data, "ripe", true);
    llmp__node *list = llmp__data_list(d, d->data, "list");
    llmp__data_text(d, list, NULL, "a");
    llmp__paragraph(d, LLMP__TONE_GOOD, "GOOD FRUIT");
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    llmp__cell *row = llmp__table_row(d, table);
    row[0].text = name;
    row[1].text = "1,234";
    row[1].raw = "1234";
    row[2].share = 0.5;
    row[3].raw = "seed";
    row = llmp__table_row(d, table);
    row[0].text = "fig";
    row[1].text = "5";
    row[1].raw = "5";
    row[2].share = 0.001;
    double x[] = {1, 2, 4, 8};
    double y[] = {40, 30, 20, 10};
    llmp__block *plot = llmp__plot(d, "rot", "days", NULL, true);
    llmp__plot_series(d, plot, "fig", x, y, 4);
    llmp__command(d, "Run:", 9,
                  "eat --very-long-option-number-one 'a b  c' --very-long-option-number-two 2 "
                  "--very-long-option-number-three 3");
    return d;
}

static char *rendered(llmp_document *d, const char *format, llmp_report_style style)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_renderer *renderer;
    char *text = NULL;
    assert_ok(llmp_renderer_find(format, &renderer, &error));
    assert_ok(llmp_document_render(d, renderer, &style, &text, &error));
    return text;
}

static void test_json_reads_back(void **state)
{
    (void)state;
    static const llmp_report_style style = LLMP_REPORT_STYLE_INIT;
    const char *name = "qu\"o\\te\n\x1b[31m\x07 \xC3\xA9 \xFF broken \xC3";
    llmp_document *d = fruit(name);
    char *text = rendered(d, "json", style);
    llmp_error error = LLMP_ERROR_INIT;
    llmp__arena arena = {0};
    llmp__node *root = NULL;
    assert_ok(
        llmp__json_parse(text, strlen(text), "test", LLMP__JSON_STRICT, &arena, &root, &error));
    assert_string_equal(root->first->key, "schema");
    assert_string_equal(llmp__node_get(root, "schema")->text, "test.fruit/1");
    /* valid UTF-8 survives byte by byte; each byte that is not becomes U+FFFD */
    assert_string_equal(llmp__node_get(root, "name")->text,
                        "qu\"o\\te\n\x1b[31m\x07 \xC3\xA9 \xEF\xBF\xBD broken \xEF\xBF\xBD");
    assert_string_equal(llmp__node_get(root, "ratio")->text, "0.1");
    assert_true(llmp__node_is_null(llmp__node_get(root, "unknown")));
    assert_string_equal(llmp__node_get(root, "count")->text, "18446744073709551615");
    llmp__arena_free(&arena);
    llmp_text_free(text);
    llmp_document_destroy(&d);
    assert_null(d);
}

static void test_csv_is_rfc_4180(void **state)
{
    (void)state;
    static const llmp_report_style style = LLMP_REPORT_STYLE_INIT;
    llmp_document *d = fruit("=a, \"b\"");
    char *text = rendered(d, "csv", style);
    assert_string_equal(text, "fruit,weight_g,hidden\n\"'=a, \"\"b\"\"\",1234,seed\nfig,5,\n");
    llmp_text_free(text);
    llmp_document_destroy(&d);
}

static unsigned longest_line(const char *text)
{
    unsigned longest = 0;
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        char *line = strndup(at, length);
        unsigned width = llmp__utf8_width(line);
        longest = width > longest ? width : longest;
        assert_true(length == 0 || line[length - 1] != ' ' || at[length] == '\0');
        free(line);
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    return longest;
}

static void test_text_keeps_to_the_width(void **state)
{
    (void)state;
    for (uint32_t width = 56; width <= 120; width += 7) {
        for (int ascii = 0; ascii < 2; ascii++) {
            llmp_report_style style = LLMP_REPORT_STYLE_INIT;
            style.width = width;
            style.ascii = ascii != 0;
            llmp_document *d = fruit("\xC3\xA9toile \xE6\xA2\xA8");
            char *text = rendered(d, "text", style);
            assert_true(longest_line(text) <= width);
            assert_null(strchr(text, '\033'));
            for (const char *c = text; style.ascii && *c != '\0'; c++) {
                assert_true((unsigned char)*c < 0x80);
            }
            llmp_text_free(text);
            llmp_document_destroy(&d);
        }
    }
}

static void test_colour_adds_no_words(void **state)
{
    (void)state;
    llmp_report_style style = LLMP_REPORT_STYLE_INIT;
    llmp_document *d = fruit("pear");
    char *plain = rendered(d, "text", style);
    style.colour = true;
    char *coloured = rendered(d, "text", style);
    assert_true(strlen(coloured) > strlen(plain));
    char *out = coloured;
    for (const char *in = coloured; *in != '\0'; in++) {
        if (*in == '\033') {
            in = strchr(in, 'm');
            continue;
        }
        *out++ = *in;
    }
    *out = '\0';
    assert_string_equal(coloured, plain);
    llmp_text_free(coloured);
    llmp_text_free(plain);
    llmp_document_destroy(&d);
}

static void test_foreign_text_cannot_steer_the_terminal(void **state)
{
    (void)state;
    static const llmp_report_style style = LLMP_REPORT_STYLE_INIT;
    static const char *const formats[] = {"text", "csv", "md"};
    /* escape, bell, 8-bit CSI, right-to-left override */
    llmp_document *d = fruit("a\x1b[2J\x07\xC2\x9B\xE2\x80\xAE"
                             "b");
    for (size_t i = 0; i < 3; i++) {
        char *text = rendered(d, formats[i], style);
        assert_null(strpbrk(text, "\x1b\x07"));
        assert_null(strstr(text, "\xC2\x9B"));
        assert_null(strstr(text, "\xE2\x80\xAE"));
        llmp_text_free(text);
    }
    llmp_document_destroy(&d);
}

static void test_a_wrapped_command_is_the_same_command(void **state)
{
    (void)state;
    llmp_report_style style = LLMP_REPORT_STYLE_INIT;
    style.width = 60;
    llmp_document *d = fruit("pear");
    char *text = rendered(d, "text", style);
    const char *run = strstr(text, "Run:");
    assert_non_null(run);
    assert_contains(run, " \\\n");
    assert_contains(run, "'a b  c'");
    char joined[512];
    size_t length = 0;
    for (const char *c = run + 4; *c != '\0' && length + 1 < sizeof joined; c++) {
        if (strncmp(c, " \\\n", 3) == 0) {
            c += 2;
            c += strspn(c + 1, " ");
            joined[length++] = ' ';
        } else {
            joined[length++] = *c;
        }
    }
    joined[length] = '\0';
    assert_string_equal(joined + strspn(joined, " "),
                        "eat --very-long-option-number-one 'a b  c' --very-long-option-number-two "
                        "2 --very-long-option-number-three 3\n");
    llmp_text_free(text);
    llmp_document_destroy(&d);
}

static void test_every_renderer_is_found_by_its_name(void **state)
{
    (void)state;
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_renderer *found;
    size_t count = 0;
    for (const llmp_renderer *r; (r = llmp_renderer_at(count)) != NULL; count++) {
        assert_ok(llmp_renderer_find(llmp_renderer_name(r), &found, &error));
        assert_ptr_equal(found, r);
    }
    assert_int_equal(count, 4);
    assert_int_equal(llmp_renderer_find("xml", &found, &error), LLMP_E_UNKNOWN);
    assert_contains(error.hint, "text, json, csv, md");
}

static void test_figures(void **state)
{
    (void)state;
    llmp_document *d = llmp__document_new("test/1");
    assert_string_equal(llmp__figure(d, 4.8951), "4.90");
    assert_string_equal(llmp__figure(d, 9.996), "10.0");
    assert_string_equal(llmp__figure(d, 99.96), "100");
    assert_string_equal(llmp__figure(d, 18.96), "19.0");
    assert_string_equal(llmp__figure(d, 410.4), "410");
    assert_string_equal(llmp__figure(d, 12345.0), "12,300");
    assert_string_equal(llmp__figure(d, 9996.0), "10,000");
    assert_string_equal(llmp__figure(d, 0.0), "0.00");
    assert_string_equal(llmp__figure(d, 0.004567), "0.00457");
    assert_string_equal(llmp__figure(d, (double)INFINITY), "unknown");
    assert_string_equal(llmp__seconds(d, 0.2619), "262 ms");
    assert_string_equal(llmp__seconds(d, 4.9), "4.90 s");
    assert_string_equal(llmp__seconds(d, 600.0), "10.0 min");
    assert_string_equal(llmp__seconds(d, 5e-6), "5.00 \xC2\xB5s");
    assert_string_equal(llmp__params(d, 70553706496U), "70.6B");
    assert_string_equal(llmp__params(d, 999999999U), "1B");
    assert_string_equal(llmp__gib(d, 1.5 * 1073741824.0, 2), "1.50");
    llmp_document_destroy(&d);
}

static void test_breaking_lines(void **state)
{
    (void)state;
    const char *next = "one two  three \xC3\xA9\xC3\xA9\xC3\xA9 averyveryverylongword x";
    static const char *const lines[] = {"one two", "three", "\xC3\xA9\xC3\xA9\xC3\xA9",
                                        "averyveryverylongword", "x"};
    for (size_t i = 0; i < 5; i++) {
        const char *line = next;
        size_t length = llmp__utf8_break(line, 8, &next);
        assert_int_equal(length, strlen(lines[i]));
        assert_memory_equal(line, lines[i], length);
    }
    assert_string_equal(next, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_reads_back),
        cmocka_unit_test(test_csv_is_rfc_4180),
        cmocka_unit_test(test_text_keeps_to_the_width),
        cmocka_unit_test(test_colour_adds_no_words),
        cmocka_unit_test(test_foreign_text_cannot_steer_the_terminal),
        cmocka_unit_test(test_a_wrapped_command_is_the_same_command),
        cmocka_unit_test(test_every_renderer_is_found_by_its_name),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_breaking_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
