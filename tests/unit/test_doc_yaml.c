/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "t.h"

#include "base/text.h"
#include "doc/yaml.h"
#include "doc/yaml_write.h"

#include <stdlib.h>

static llmp__arena arena;
static llmp_error error;

static int clean(void **state)
{
    (void)state;
    llmp__arena_free(&arena);
    memset(&error, 0, sizeof error);
    return 0;
}

static llmp__node *parsed(const char *text)
{
    llmp__node *root = NULL;
    assert_ok(llmp__yaml_parse(text, strlen(text), "t.yaml", &arena, &root, &error));
    return root;
}

static void refused(const char *text, llmp_status status, uint32_t line, uint32_t column,
                    const char *message)
{
    llmp__node *root = NULL;
    assert_int_equal(llmp__yaml_parse(text, strlen(text), "t.yaml", &arena, &root, &error), status);
    assert_null(root);
    assert_contains(error.message, message);
    assert_string_equal(error.where, "t.yaml");
    assert_int_equal(error.line, line);
    assert_int_equal(error.column, column);
    llmp__arena_free(&arena);
}

static void tree_knows_places(void **state)
{
    (void)state;
    const llmp__node *root = parsed("a: 1\nlist:\n  - {x: 'no', y: null}\n  - \"~\"\nend: ~\n");
    assert_int_equal(root->kind, LLMP__NODE_MAP);
    assert_int_equal(root->count, 3);
    const llmp__node *list = llmp__node_get(root, "list");
    assert_int_equal(list->kind, LLMP__NODE_LIST);
    assert_int_equal(list->key_line, 2);
    assert_int_equal(list->key_column, 1);
    const llmp__node *x = llmp__node_get(list->first, "x");
    assert_int_equal(x->kind, LLMP__NODE_QUOTED);
    assert_string_equal(x->text, "no");
    assert_int_equal(x->line, 3);
    assert_int_equal(x->column, 9);
    assert_true(llmp__node_is_null(llmp__node_get(list->first, "y")));
    assert_false(llmp__node_is_null(list->last)); /* quoted is text */
    assert_true(llmp__node_is_null(llmp__node_get(root, "end")));
    assert_null(llmp__node_get(root, "A"));
}

static void types_come_from_the_reader(void **state)
{
    (void)state;
    const llmp__node *root = parsed("n: no\nd: 1008.5\nw: 12345678901234567890\nq: '5'\nb: true\n");
    double number = 0;
    uint64_t whole = 0;
    bool boolean = false;
    assert_string_equal(llmp__node_get(root, "n")->text, "no"); /* Norway stays Norway */
    assert_false(llmp__node_bool(llmp__node_get(root, "n"), &boolean));
    assert_true(llmp__node_number(llmp__node_get(root, "d"), &number));
    assert_close(number, 1008.5, 0);
    assert_true(llmp__node_whole(llmp__node_get(root, "w"), &whole));
    assert_true(whole == UINT64_C(12345678901234567890));
    assert_false(llmp__node_number(llmp__node_get(root, "q"), &number));
    assert_true(llmp__node_bool(llmp__node_get(root, "b"), &boolean));
    assert_true(boolean);
}

static void empty_documents_have_no_root(void **state)
{
    (void)state;
    llmp__node *root = NULL;
    assert_ok(llmp__yaml_parse("", 0, "t.yaml", &arena, &root, &error));
    assert_null(root);
    assert_ok(llmp__yaml_parse("# nothing\n", 10, "t.yaml", &arena, &root, &error));
    assert_null(root);
}

static void the_rest_of_yaml_is_refused(void **state)
{
    (void)state;
    refused("a: 1\nb: 2\na: 3\n", LLMP_E_DUPLICATE, 3, 1, "'a' stands here again, first on line 1");
    refused("a: &x 1\n", LLMP_E_SYNTAX, 1, 4, "anchors are not allowed");
    refused("a: &x {b: 1}\n", LLMP_E_SYNTAX, 1, 4, "anchors are not allowed");
    refused("a: &x [*x]\n", LLMP_E_SYNTAX, 1, 4, "anchors are not allowed");
    refused("a: *x\n", LLMP_E_SYNTAX, 1, 4, "aliases are not allowed");
    refused("a: !!int 1\n", LLMP_E_SYNTAX, 1, 4, "tags are not allowed");
    refused("a: !x [1]\n", LLMP_E_SYNTAX, 1, 4, "tags are not allowed");
    refused("a: 1\n---\nb: 2\n", LLMP_E_SYNTAX, 2, 1, "a second document");
    refused("? [a, b]\n: 1\n", LLMP_E_SYNTAX, 1, 3, "a key must be plain text");
    refused("<<: {a: 1}\n", LLMP_E_SYNTAX, 1, 1, "merge keys");
    refused("a: [1, 2\nb: 3\n", LLMP_E_SYNTAX, 2, 2, "");
    refused("a: \"x\\0y\"\n", LLMP_E_SYNTAX, 1, 4, "NUL");
    refused("\tb: 1\n", LLMP_E_SYNTAX, 1, 1, "");
}

static void many_keys_are_compared_too(void **state)
{
    (void)state;
    llmp__text text = {NULL, 0, 0, false};
    for (int i = 0; i < 3000; i++) {
        llmp__text_add_format(&text, "k%d: %d\n", i, i);
    }
    assert_int_equal(parsed(llmp__text_get(&text))->count, 3000);
    llmp__text_add(&text, "k1733: again\n");
    refused(llmp__text_get(&text), LLMP_E_DUPLICATE, 3001, 1,
            "'k1733' stands here again, first on "
            "line 1734");
    llmp__text_free(&text);
}

static void depth_is_capped(void **state)
{
    (void)state;
    char text[5001];
    memset(text, '[', 5000);
    text[5000] = '\0';
    refused(text, LLMP_E_LIMIT, 1, 65, "nested deeper than 64 levels");
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    text[128] = '\0';
    assert_non_null(parsed(text));
}

static void count_is_capped(void **state)
{
    (void)state;
    size_t size = 2 * 1000001;
    char *text = malloc(size + 1);
    text[0] = '[';
    for (size_t i = 1; i < size; i += 2) {
        text[i] = '1';
        text[i + 1] = ',';
    }
    text[size] = '\0';
    refused(text, LLMP_E_LIMIT, 1, 2000000, "more than 1,000,000 values");
    free(text);
}

static void written_text_is_read_back(void **state)
{
    (void)state;
    static const char *const samples[] = {"plain",
                                          "null",
                                          "~",
                                          "",
                                          "- x",
                                          "a: b",
                                          "a:b",
                                          "x #y",
                                          "#y",
                                          "it's",
                                          "say \"hi\"",
                                          "back\\",
                                          "tab\tin",
                                          "two\nlines",
                                          "[x]",
                                          "{",
                                          "a, b",
                                          "true",
                                          "1e5",
                                          " lead",
                                          "trail ",
                                          "@x",
                                          "%x",
                                          "`x",
                                          "!x",
                                          "&x",
                                          "*x",
                                          "|",
                                          ">",
                                          "---",
                                          "...",
                                          "key:",
                                          "?",
                                          "<<",
                                          "Zh\xc3\xbcrich",
                                          "2 \xc3\x97 RTX",
                                          "https://a.b/c?d=e&f=g#h"};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        llmp__text text = {NULL, 0, 0, false};
        llmp__text_add(&text, "k: ");
        llmp__yaml_write_text(&text, samples[i]);
        llmp__text_add(&text, "\nl: [");
        llmp__yaml_write_text(&text, samples[i]);
        llmp__text_add(&text, ", z]\n");
        const llmp__node *root = parsed(llmp__text_get(&text));
        assert_string_equal(llmp__node_get(root, "k")->text, samples[i]);
        assert_false(llmp__node_is_null(llmp__node_get(root, "k")));
        assert_int_equal(llmp__node_get(root, "l")->count, 2);
        assert_string_equal(llmp__node_get(root, "l")->first->text, samples[i]);
        llmp__text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tree_knows_places, clean),
        cmocka_unit_test_teardown(types_come_from_the_reader, clean),
        cmocka_unit_test_teardown(empty_documents_have_no_root, clean),
        cmocka_unit_test_teardown(the_rest_of_yaml_is_refused, clean),
        cmocka_unit_test_teardown(many_keys_are_compared_too, clean),
        cmocka_unit_test_teardown(depth_is_capped, clean),
        cmocka_unit_test_teardown(count_is_capped, clean),
        cmocka_unit_test_teardown(written_text_is_read_back, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
