/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing a catalog: errors with places, precedence, provenance, single fields, round trips. */
#include "t.h"

#include "base/text.h"
#include "catalog/write.h"

#include <llmplan/catalog.h>

static llmp_catalog *catalog;
static llmp_error error;

static int setup(void **state)
{
    (void)state;
    memset(&error, 0, sizeof error);
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static llmp_status overlay(const char *text)
{
    return llmp_catalog_overlay(catalog, text, strlen(text), "my.yaml", &error);
}

#define HEAD "name: N, as_of: 2026-02, source: test, grade: estimate"
#define MODEL "models:\n  - {id: m, " HEAD ", family: F, hidden_size: 64, vocab_size: 100,\n"

/* --- errors ------------------------------------------------------------------------------------
 */

static void problems_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        llmp_status status;
        uint32_t line;
        uint32_t column;
        const char *message;
        const char *hint;
        const char *field;
    } cases[] = {
        {"devices:\n  - id: rtx-4090\n    tpd_w: 400\n", LLMP_E_SCHEMA, 3, 5,
         "unknown key 'tpd_w' in a device", "did you mean 'tdp_w'?", "devices[0]"},
        {"devices:\n  - id: rtx-4090\n    tdp_w: 31415\n", LLMP_E_VALUE, 3, 12,
         "tdp_w is 31415 W, expected 1 to 20000 W", "", "devices[0].tdp_w"},
        {"devices:\n  - id: rtx-4090\n    tdp_w: -3\n", LLMP_E_VALUE, 3, 12, "tdp_w is -3 W", "",
         "devices[0].tdp_w"},
        {"devices:\n  - id: rtx-4090\n    tdp_w: \"450\"\n", LLMP_E_SCHEMA, 3, 12,
         "tdp_w is '450', expected a number in W", "", "devices[0].tdp_w"},
        {"devices:\n  - id: rtx-4090\n    tdp_w: [450]\n", LLMP_E_SCHEMA, 3, 12,
         "tdp_w is a list, expected a number in W", "", "devices[0].tdp_w"},
        {"devices:\n  - id: rtx-4090\n    bus_bits: 38.5\n", LLMP_E_SCHEMA, 3, 15,
         "expected a whole number", "", "devices[0].bus_bits"},
        {"devices:\n  - id: rtx-4090\n    kind: gpuu\n", LLMP_E_VALUE, 3, 11,
         "kind is 'gpuu', expected one of gpu, soc", "did you mean 'gpu'", "devices[0].kind"},
        {"devices:\n  - id: rtx-4090\n    release: 2022-13\n", LLMP_E_VALUE, 3, 14, "not a date",
         "write 2026", "devices[0].release"},
        {"devices:\n  - id: rtx-4090\n    unified_memory: yes\n", LLMP_E_SCHEMA, 3, 21,
         "expected true or false", "", "devices[0].unified_memory"},
        {"devices:\n  - id: rtx-4090\n    vendor: null\n", LLMP_E_SCHEMA, 2, 5,
         "the key 'vendor' is missing", "", "devices[0]"},
        {"devices:\n  - {id: new-card, " HEAD "}\n", LLMP_E_SCHEMA, 2, 5,
         "the key 'vendor' is missing in a device", "", "devices[0]"},
        {"devices:\n  - {name: X}\n", LLMP_E_SCHEMA, 2, 5, "the key 'id' is missing", "",
         "devices[0]"},
        {"devices:\n  - id: rtx-4090\n    note: \"a\\eb\"\n", LLMP_E_VALUE, 3, 11,
         "a control character", "", "devices[0].note"},
        {"devices:\n  - id: rtx-4090\n    aliases: []\n", LLMP_E_VALUE, 3, 14, "an empty list", "",
         "devices[0].aliases"},
        {"devices:\n  - id: rtx-4090\n    prices:\n      - {kind: list, low_usd: 1}\n",
         LLMP_E_SCHEMA, 4, 9, "the key 'high_usd' is missing in a price", "",
         "devices[0].prices[0]"},
        {"devices:\n  - id: rtx-4090\n    prices:\n      - {kind: list, low_usd: 9, high_usd: 8, "
         "as_of: 2026, source: s}\n",
         LLMP_E_VALUE, 3, 0, "low_usd is above high_usd", "", "rtx-4090.prices"},
        {"devices:\n  - id: rtx-4090\n    device_link: nvlink44\n", LLMP_E_REFERENCE, 3, 0,
         "no link has the id 'nvlink44'", "nvlink4", "rtx-4090.device_link"},
        {"devices:\n  - id: rtx-4090\n    like: rtx-4090\n", LLMP_E_REFERENCE, 3, 0,
         "the chain of 'like' is a circle", "", "rtx-4090.like"},
        {"devices:\n  - id: rtx-4090\n    aliases: [rtx-5090]\n", LLMP_E_DUPLICATE, 3, 0,
         "'rtx-5090' also names 'rtx-5090'", "", "rtx-4090.aliases"},
        {"devices:\n  - {id: rtx-4090}\n  - {id: rtx-4090}\n", LLMP_E_DUPLICATE, 3, 5,
         "'rtx-4090' stands here again, first on line 2", "", "devices[1]"},
        {"devices:\n  - {id: RTX!, " HEAD ", vendor: nvidia, kind: gpu, classes: [gpu],\n"
         "     memory_bandwidth_gb_s: 5, memory_gib: 8}\n",
         LLMP_E_VALUE, 2, 10, "'RTX!' is no id", "", "devices[0]"},
        {"device:\n  - {id: rtx-4090}\n", LLMP_E_SCHEMA, 1, 1, "unknown section 'device'",
         "did you mean 'devices'?", "device"},
        {"devices: 5\n", LLMP_E_SCHEMA, 1, 10, "a list of devices should stand", "", "devices"},
        {"- a\n", LLMP_E_SCHEMA, 1, 1, "a map of sections should stand", "", ""},
        {"devices: [5]\n", LLMP_E_SCHEMA, 1, 11, "where a device should stand", "", "devices[0]"},
        {"devices: &a [*a]\n", LLMP_E_SYNTAX, 1, 10, "anchors are not allowed", "", ""},
        {MODEL "     blocks: [{id: a, kind: ffn, ffn_size: 64}],\n     layers: \"a*2 b\"}\n",
         LLMP_E_REFERENCE, 4, 19, "the block 'b', which is not declared", "", "models[0]"},
        {MODEL "     blocks: [{id: a, kind: ffn, ffn_size: 64}],\n     layers: a**2}\n",
         LLMP_E_SYNTAX, 4, 16, "without a count", "", "models[0]"},
        {MODEL "     blocks: [{id: a, kind: ffn, ffn_size: 64}, {id: b, kind: ffn, ffn_size: 8}],\n"
               "     layers: a}\n",
         LLMP_E_REFERENCE, 3, 0, "no layer uses the block 'b'", "", "m.blocks"},
        {MODEL "     blocks: [{id: a, kind: attention, heads: 7, kv_heads: 3, head_dim: 8}],\n"
               "     layers: a}\n",
         LLMP_E_VALUE, 3, 0, "7 heads do not divide by 3 kv_heads", "", "m.blocks"},
        {MODEL "     blocks: [{id: a, kind: moe, experts: 7, experts_per_token: 9,\n"
               "     expert_ffn_size: 8}], layers: a}\n",
         LLMP_E_VALUE, 3, 0, "experts_per_token is above experts", "", "m.blocks"},
        {MODEL "     blocks: [{id: a, kind: warp_attention}], layers: a}\n", LLMP_E_VALUE, 3, 29,
         "kind is 'warp_attention', expected one of attention, mla", "", "models[0].blocks[0]"},
        {"models:\n  - {id: m, " HEAD ", family: F}\n", LLMP_E_SCHEMA, 2, 0,
         "must say in 'missing'", "", "m.id"},
        {"models:\n  - {id: m, " HEAD ", family: F, same_shape_as: m}\n", LLMP_E_REFERENCE, 2, 0,
         "'m' has no geometry to share", "", "m.same_shape_as"},
        {"formats:\n  - {id: q4_0, bits_per_weight: 4.6}\n", LLMP_E_VALUE, 2, 0,
         "the block takes 4.5 bits per weight", "", "q4_0.bits_per_weight"},
        {"devices:\n  - id: rtx-4090\n    sources: [{fields: [tpd_w], note: n}]\n",
         LLMP_E_REFERENCE, 3, 0, "'tpd_w', which is no key of a device", "did you mean 'tdp_w'?",
         "rtx-4090.sources"},
    };
    const llmp_record *before = llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090");
    size_t models = llmp_catalog_count(catalog, LLMP_KIND_MODEL);
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmp_status status = overlay(cases[i].text);
        if (status != cases[i].status || strstr(error.message, cases[i].message) == NULL ||
            strstr(error.hint, cases[i].hint) == NULL || error.line != cases[i].line ||
            error.column != cases[i].column ||
            strncmp(error.field, cases[i].field, strlen(cases[i].field)) != 0) {
            char text[1200];
            (void)llmp_error_format(&error, text, sizeof text);
            print_error("%s gave %s %s\n", cases[i].text, llmp_status_name(status), text);
            wrong++;
        }
        assert_string_equal(error.where, "my.yaml");
        /* All or nothing. */
        assert_ptr_equal(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090"), before);
        assert_int_equal(llmp_catalog_count(catalog, LLMP_KIND_MODEL), models);
    }
    assert_int_equal(wrong, 0);
}

/* Hostile numbers of records are refused. */
static void numbers_are_capped(void **state)
{
    (void)state;
    llmp__text text = {NULL, 0, 0, false};
    llmp__text_add(&text, "links:\n");
    for (int i = 0; i < 16385; i++) {
        llmp__text_add_format(&text,
                              "  - {id: l%d, " HEAD ", kind: pcie, bandwidth_gb_s: 1, "
                              "latency_us: 1}\n",
                              i);
    }
    assert_int_equal(overlay(llmp__text_get(&text)), LLMP_E_LIMIT);
    assert_contains(error.message, "more than 16384 records");
    assert_int_equal(error.line, 16386);
    llmp__text_free(&text);

    llmp__text_add(&text, MODEL "     layers: b0, blocks: [");
    for (int i = 0; i < 256; i++) {
        llmp__text_add_format(&text, "{id: b%d, kind: ffn, ffn_size: 8}, ", i);
    }
    llmp__text_add(&text, "]}\n");
    assert_int_equal(overlay(llmp__text_get(&text)), LLMP_E_LIMIT);
    assert_contains(error.message, "more than 255 kinds of block");
    llmp__text_free(&text);
}

static void nothing_is_an_overlay_too(void **state)
{
    (void)state;
    assert_int_equal(overlay(""), LLMP_OK);
    assert_int_equal(overlay("# later\n"), LLMP_OK);
    assert_int_equal(overlay("devices:\n"), LLMP_OK);
    assert_int_equal(llmp_catalog_overlay(catalog, NULL, 0, "x", &error), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_catalog_overlay_file(catalog, "no-such-file.yaml", &error), LLMP_E_IO);
    assert_string_equal(error.where, "no-such-file.yaml");
}

static void frozen_catalogs_do_not_change(void **state)
{
    (void)state;
    llmp_catalog_freeze(catalog);
    assert_int_equal(overlay("devices:\n  - {id: rtx-4090, tdp_w: 300}\n"), LLMP_E_ARGUMENT);
    assert_int_equal(llmp_catalog_set(catalog, "device.rtx-4090.tdp_w=300", NULL, &error),
                     LLMP_E_ARGUMENT);
}

/* --- precedence --------------------------------------------------------------------------------
 */

static const llmp_origin *origin_of(const llmp_record *r, llmp_kind kind, const char *key)
{
    for (size_t i = 0; i < r->origin_count; i++) {
        llmp_field_info info;
        assert_true(llmp_schema_field(llmp_catalog_schema(kind), r->origins[i].field, &info));
        if (strcmp(info.key, key) == 0) {
            return &r->origins[i];
        }
    }
    return NULL;
}

static void the_last_overlay_wins_by_field(void **state)
{
    (void)state;
    static const char first[] = "devices:\n  - id: rtx-4090\n    tdp_w: 400\n    boost_mhz: 2222\n";
    static const char second[] = "# x\n\ndevices:\n  - id: rtx-4090\n    tdp_w: 317.5\n";
    assert_ok(llmp_catalog_overlay(catalog, first, strlen(first), "a.yaml", &error));
    assert_ok(llmp_catalog_overlay(catalog, second, strlen(second), "b.yaml", &error));
    assert_ok(llmp_catalog_set(catalog, "device.4090.l2_mb=70", NULL, &error));
    const llmp_device *d = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090"));
    assert_close(d->tdp_w, 317.5, 0);
    assert_int_equal(d->boost_mhz, 2222);
    assert_close(d->memory_bandwidth_bytes_per_s, 1008e9, 1e-12); /* still the built-in */
    assert_int_equal(d->l2_bytes, 70000000);

    const llmp_origin *o = origin_of(&d->head, LLMP_KIND_DEVICE, "tdp_w");
    assert_string_equal(o->where, "b.yaml");
    assert_int_equal(o->line, 5);
    o = origin_of(&d->head, LLMP_KIND_DEVICE, "boost_mhz");
    assert_string_equal(o->where, "a.yaml");
    assert_int_equal(o->line, 4);
    o = origin_of(&d->head, LLMP_KIND_DEVICE, "l2_mb");
    assert_string_equal(o->where, "--set");
    assert_int_equal(o->line, 0);
    assert_null(origin_of(&d->head, LLMP_KIND_DEVICE, "memory_bandwidth_gb_s"));
    assert_null(origin_of(&d->head, LLMP_KIND_DEVICE, "id"));
    assert_int_equal(d->head.origin_count, 3);
}

static void null_makes_a_fact_unknown(void **state)
{
    (void)state;
    assert_ok(overlay("devices:\n  - {id: rtx-4090, tdp_w: null, classes: [a, gpu], prices: ~}\n"));
    const llmp_device *d = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090"));
    assert_false(LLMP_HAS_DEVICE(d, tdp_w));
    assert_false(LLMP_HAS_DEVICE(d, prices));
    assert_null(d->prices);
    assert_int_equal(d->price_count, 0);
    assert_int_equal(d->class_count, 2);
    assert_non_null(origin_of(&d->head, LLMP_KIND_DEVICE, "tdp_w"));
}

static void new_records_may_refer_to_each_other(void **state)
{
    (void)state;
    assert_ok(overlay("models:\n"
                      "  - {id: z-copy, " HEAD ", family: F, same_shape_as: z-base, "
                      "vocab_size: 321}\n"
                      "  - {id: z-base, " HEAD ", family: F, hidden_size: 64, vocab_size: 100,\n"
                      "     blocks: [{id: a, kind: ffn, ffn_size: 57}], layers: a*31}\n"));
    const llmp_model *m = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, "z-copy"));
    assert_int_equal(m->layer_count, 31);
    assert_int_equal(m->blocks[0].ffn_size, 57);
    assert_int_equal(m->hidden_size, 64);
    assert_int_equal(m->vocab_size, 321); /* its own wins */
}

static void layers_follow_the_pattern_that_holds(void **state)
{
    (void)state;
    assert_ok(overlay(MODEL "     blocks: [{id: a, kind: ffn, ffn_size: 64}], layers: a*7}\n"));
    assert_ok(overlay("models:\n  - {id: m, layers: a*23}\n"));
    const llmp_model *m = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, "m"));
    assert_int_equal(m->layer_count, 23);
    assert_int_equal(overlay("models:\n  - {id: m, blocks: [{id: b, kind: ffn, ffn_size: 5}]}\n"),
                     LLMP_E_REFERENCE);
    assert_contains(error.message, "'a', which is not declared");
}

/* --- single fields -----------------------------------------------------------------------------
 */

static void single_fields_are_set(void **state)
{
    (void)state;
    const char *const ids[LLMP_KIND_COUNT] = {[LLMP_KIND_DEVICE] = "rtx-5090"};
    assert_ok(llmp_catalog_set(catalog, "device.tdp_w=480.25", ids, &error));
    assert_ok(
        llmp_catalog_set(catalog, "model.llama-3.1-70b.max_context_tokens=5731", NULL, &error));
    assert_ok(llmp_catalog_set(catalog, "device.rtx-5090.classes=[mine, gpu]", NULL, &error));
    assert_ok(llmp_catalog_set(catalog, "device.rtx-5090.boost_mhz=null", NULL, &error));
    const llmp_device *d = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-5090"));
    assert_close(d->tdp_w, 480.25, 0);
    assert_string_equal(d->classes[0], "mine");
    assert_false(LLMP_HAS_DEVICE(d, boost_mhz));
    const llmp_model *m = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, "llama-3.1-70b"));
    assert_int_equal(m->max_context_tokens, 5731);
    assert_int_equal(m->layer_count, 80);
}

static void wrong_assignments_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        llmp_status status;
        const char *message;
        const char *hint;
    } cases[] = {
        {"tdp_w=3", LLMP_E_ARGUMENT, "sets nothing", "KIND.RECORD.KEY=VALUE"},
        {"device.rtx-4090.tdp_w", LLMP_E_ARGUMENT, "sets nothing", ""},
        {"device.rtx-4090.=3", LLMP_E_ARGUMENT, "sets nothing", ""},
        {"device.tdp_w=3", LLMP_E_ARGUMENT, "which device?", "device.RECORD.tdp_w=3"},
        {"devise.rtx-4090.tdp_w=3", LLMP_E_UNKNOWN, "no kind of record is 'devise'", "device"},
        {"device.rtx-4091x.tdp_w=3", LLMP_E_UNKNOWN, "no device is called", "rtx-4090"},
        {"device.rtx-4090.tpd_w=3", LLMP_E_UNKNOWN, "no key of a device", "tdp_w"},
        {"device.rtx-4090.tdp_w=0", LLMP_E_RANGE, "expected 1 to 20000 W", ""},
        {"device.rtx-4090.kind=car", LLMP_E_RANGE, "expected one of", ""},
        {"device.rtx-4090.tdp_w=x", LLMP_E_SCHEMA, "expected a number", ""},
        {"device.rtx-4090.id=x", LLMP_E_ARGUMENT, "cannot be changed", ""},
        {"device.rtx-4090.tdp_w=", LLMP_E_ARGUMENT, "sets nothing", ""},
        {"device.rtx-4090.like=nothing", LLMP_E_REFERENCE, "no device has the id 'nothing'", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(llmp_catalog_set(catalog, cases[i].text, NULL, &error), cases[i].status);
        assert_contains(error.message, cases[i].message);
        assert_contains(error.hint, cases[i].hint);
        assert_string_equal(error.where, "--set");
    }
}

/* --- round trips -------------------------------------------------------------------------------
 */

static void same_fields(const llmp_schema *schema, const void *a, const void *b, const char *id)
{
    for (size_t i = 0; i < llmp_schema_size(schema); i++) {
        llmp_field_info info;
        llmp_value x;
        llmp_value y;
        assert_true(llmp_schema_field(schema, i, &info));
        llmp_schema_get(schema, a, i, &x);
        llmp_schema_get(schema, b, i, &y);
        bool same = x.type == y.type && x.count == y.count && x.boolean == y.boolean &&
                    x.size == y.size && !(x.number < y.number) && !(x.number > y.number);
        if (same && x.type == LLMP_VALUE_TEXT) {
            same = strcmp(x.text, y.text) == 0;
        }
        for (size_t j = 0; same && x.type == LLMP_VALUE_TEXTS && j < x.size; j++) {
            same = strcmp(llmp_value_text(&x, j), llmp_value_text(&y, j)) == 0;
        }
        if (!same) {
            fail_msg("%s.%s changed", id, info.key);
        }
        for (size_t j = 0; x.type == LLMP_VALUE_RECORDS && j < x.size; j++) {
            same_fields(x.record_schema, llmp_value_at(&x, j), llmp_value_at(&y, j), id);
        }
    }
}

/* Every built-in record, written as YAML, gives the same record when read as an overlay. */
static void every_record_survives_a_round_trip(void **state)
{
    (void)state;
    llmp_catalog *copy = NULL;
    llmp__text text = {NULL, 0, 0, false};
    size_t records = 0;
    for (int k = 0; k < (int)LLMP_KIND_COUNT; k++) {
        llmp__write_section(&text, (llmp_kind)k);
        for (size_t i = 0; i < llmp_catalog_count(catalog, (llmp_kind)k); i++) {
            llmp__write_record(&text, (llmp_kind)k, llmp_catalog_at(catalog, (llmp_kind)k, i));
            records++;
        }
    }
    assert_false(text.failed);
    assert_ok(llmp_catalog_create(&copy, &error));
    assert_ok(llmp_catalog_overlay(copy, llmp__text_get(&text), text.length, "round.yaml", &error));
    assert_true(records > 300);
    for (int k = 0; k < (int)LLMP_KIND_COUNT; k++) {
        for (size_t i = 0; i < llmp_catalog_count(catalog, (llmp_kind)k); i++) {
            const llmp_record *a = llmp_catalog_at(catalog, (llmp_kind)k, i);
            const llmp_record *b = llmp_catalog_get(copy, (llmp_kind)k, a->id);
            assert_non_null(b);
            assert_true(b->origin_count > 0);
            same_fields(llmp_catalog_schema((llmp_kind)k), a, b, a->id);
            if (k == (int)LLMP_KIND_MODEL) {
                const llmp_model *x = LLMP_MODEL(a);
                const llmp_model *y = LLMP_MODEL(b);
                assert_int_equal(x->layer_count, y->layer_count);
                for (size_t l = 0; l < x->layer_count; l++) {
                    assert_memory_equal(&x->layers[l], &y->layers[l], sizeof x->layers[l]);
                }
            }
        }
    }
    llmp__text_free(&text);
    llmp_catalog_destroy(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(problems_are_told_with_their_place, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_capped, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_an_overlay_too, setup, teardown),
        cmocka_unit_test_setup_teardown(frozen_catalogs_do_not_change, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_overlay_wins_by_field, setup, teardown),
        cmocka_unit_test_setup_teardown(null_makes_a_fact_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(new_records_may_refer_to_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(layers_follow_the_pattern_that_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(single_fields_are_set, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_assignments_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_record_survives_a_round_trip, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
