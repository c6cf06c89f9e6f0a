/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "t.h"

#include "doc/csv.h"
#include "doc/json.h"

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
    assert_ok(llmp__json_parse(text, strlen(text), "t.json", 0, &arena, &root, &error));
    return root;
}

static void refused(const char *text, llmp_status status, uint32_t line, uint32_t column,
                    const char *message)
{
    llmp__node *root = NULL;
    assert_int_equal(llmp__json_parse(text, strlen(text), "t.json", 0, &arena, &root, &error),
                     status);
    assert_null(root);
    assert_contains(error.message, message);
    assert_int_equal(error.line, line);
    assert_int_equal(error.column, column);
}

static void tree_knows_places(void **state)
{
    (void)state;
    const llmp__node *root =
        parsed("{\"a\": [1, -2.5e3,\n  {\"b\" : \"x\\u00e9\\n\"}],\n\"\": null}");
    const llmp__node *a = llmp__node_get(root, "a");
    assert_int_equal(a->kind, LLMP__NODE_LIST);
    assert_int_equal(a->count, 3);
    assert_int_equal(a->column, 7);
    double number = 0;
    assert_true(llmp__node_number(a->first->next, &number));
    assert_close(number, -2500, 0);
    const llmp__node *b = llmp__node_get(a->last, "b");
    assert_string_equal(b->text, "x\xc3\xa9\n");
    assert_int_equal(b->line, 2);
    assert_int_equal(b->column, 10);
    assert_int_equal(b->key_column, 4);
    assert_true(llmp__node_is_null(llmp__node_get(root, "")));
    assert_null(llmp__node_get(root, "A")); /* keys are exact */
}

static void whole_numbers_keep_their_digits(void **state)
{
    (void)state;
    const llmp__node *root = parsed("[9007199254740993, 1234567890123460, 1e3, \"5\"]");
    uint64_t whole = 0;
    assert_true(llmp__node_whole(root->first, &whole));
    assert_true(whole == UINT64_C(9007199254740993));
    assert_true(llmp__node_whole(root->first->next, &whole));
    assert_true(whole == UINT64_C(1234567890123460));
    assert_false(llmp__node_whole(root->first->next->next, &whole));
    assert_false(llmp__node_whole(root->last, &whole));
}

static void what_cjson_lets_through_is_refused(void **state)
{
    (void)state;
    refused("{\"a\":1} x", LLMP_E_SYNTAX, 1, 9, "neither a finite number");
    refused("{\"a\":1} {}", LLMP_E_SYNTAX, 1, 9, "more after the JSON value");
    refused("{\"a\":1,\n\"a\":2}", LLMP_E_DUPLICATE, 2, 1, "'a' stands here again");
    refused("[1e999]", LLMP_E_SYNTAX, 1, 2, "neither a finite number");
    refused("[NaN]", LLMP_E_SYNTAX, 1, 2, "not finite");
    refused("[-Infinity]", LLMP_E_SYNTAX, 1, 2, "not finite");
    refused("[01]", LLMP_E_SYNTAX, 1, 2, "neither a finite number");
    refused("[1.]", LLMP_E_SYNTAX, 1, 2, "neither a finite number");
    refused("[+1]", LLMP_E_SYNTAX, 1, 2, "neither a finite number");
    refused("[.5]", LLMP_E_SYNTAX, 1, 2, "neither a finite number");
    refused("[True]", LLMP_E_SYNTAX, 1, 2, "neither a finite number");
    refused("[\"a\nb\"]", LLMP_E_SYNTAX, 1, 4, "a control character");
    refused("[\"a\\u0000b\"]", LLMP_E_SYNTAX, 1, 4, "a NUL character");
    refused("[\"a", LLMP_E_SYNTAX, 1, 2, "never closed");
    refused("[1,]", LLMP_E_SYNTAX, 1, 4, "not well-formed");
    refused("{\"a\" 1}", LLMP_E_SYNTAX, 1, 6, "not well-formed");
    refused("", LLMP_E_SYNTAX, 1, 1, "not well-formed");
    refused("[1 2]", LLMP_E_SYNTAX, 1, 4, "not well-formed");
    assert_true(error.has_offset);
    assert_int_equal(error.offset_bytes, 3);
}

static void python_literals_are_no_numbers(void **state)
{
    (void)state;
    static const char text[] = "{\"limit\": [0.0, Infinity], \"x\": -Infinity, \"y\": NaN}";
    llmp__node *root = NULL;
    double number = 0;
    assert_ok(llmp__json_parse(text, sizeof text - 1, "t.json", LLMP__JSON_PYTHON, &arena, &root,
                               &error));
    const llmp__node *limit = llmp__node_get(root, "limit");
    assert_true(llmp__node_number(limit->first, &number));
    assert_string_equal(limit->last->text, "Infinity");
    assert_false(llmp__node_number(limit->last, &number));
    assert_string_equal(llmp__node_get(root, "y")->text, "NaN");
}

static void depth_and_count_are_capped(void **state)
{
    (void)state;
    char text[5001];
    memset(text, '[', 5000);
    text[5000] = '\0';
    refused(text, LLMP_E_LIMIT, 1, 65, "nested deeper");
    size_t size = 2 * 1000001;
    char *many = malloc(size + 1);
    for (size_t i = 0; i < size; i += 2) {
        many[i] = i == 0 ? '[' : ',';
        many[i + 1] = '1';
    }
    many[size] = '\0';
    refused(many, LLMP_E_LIMIT, 1, 2000000, "more than 1,000,000 values");
    free(many);
}

/* --- CSV ---------------------------------------------------------------------------------------
 */

static llmp_status csv(const char *text, llmp__csv *out)
{
    return llmp__csv_parse(text, strlen(text), "t.csv", &arena, out, &error);
}

static void csv_follows_rfc_4180(void **state)
{
    (void)state;
    llmp__csv t;
    assert_ok(csv("\xEF\xBB\xBF"
                  "id,text,n\r\nx,\"a, \"\"b\"\"\nc\",5\r\n\r\ny,,\n\"\",\"\",7",
                  &t));
    assert_int_equal(t.column_count, 3);
    assert_int_equal(t.row_count, 3);
    size_t text = llmp__csv_column(&t, "text");
    assert_int_equal(text, 1);
    assert_string_equal(llmp__csv_cell(&t, 0, 0), "x");
    assert_string_equal(llmp__csv_cell(&t, 0, text), "a, \"b\"\nc");
    assert_string_equal(llmp__csv_cell(&t, 1, 2), "");
    assert_string_equal(llmp__csv_cell(&t, 2, 2), "7");
    assert_int_equal(t.lines[0], 2);
    assert_int_equal(t.lines[1], 5);
    assert_int_equal(llmp__csv_column(&t, "none"), 3);
    assert_string_equal(llmp__csv_cell(&t, 0, 3), "");
}

static void csv_errors_have_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        llmp_status status;
        uint32_t line;
        uint32_t column;
        const char *message;
    } cases[] = {{"a,b\n1,2\n3\n", LLMP_E_SYNTAX, 3, 1, "1 cells in a row, 2 in the header"},
                 {"a,b\n1,\"2\n", LLMP_E_SYNTAX, 2, 3, "never closed"},
                 {"a,b\n1,\"2\"x\n", LLMP_E_SYNTAX, 2, 6, "after a closing quote"},
                 {"a,b\n1,2\"\n", LLMP_E_SYNTAX, 2, 4, "a quote inside"},
                 {"a,b,a\n", LLMP_E_DUPLICATE, 1, 0, "two columns are called 'a'"},
                 {"\n\n", LLMP_E_SYNTAX, 3, 1, "no header"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmp__csv t = {.row_count = 99};
        assert_int_equal(csv(cases[i].text, &t), cases[i].status);
        assert_int_equal(t.row_count, 99);
        assert_contains(error.message, cases[i].message);
        assert_int_equal(error.line, cases[i].line);
        assert_int_equal(error.column, cases[i].column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tree_knows_places, clean),
        cmocka_unit_test_teardown(whole_numbers_keep_their_digits, clean),
        cmocka_unit_test_teardown(what_cjson_lets_through_is_refused, clean),
        cmocka_unit_test_teardown(python_literals_are_no_numbers, clean),
        cmocka_unit_test_teardown(depth_and_count_are_capped, clean),
        cmocka_unit_test_teardown(csv_follows_rfc_4180, clean),
        cmocka_unit_test_teardown(csv_errors_have_places, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
