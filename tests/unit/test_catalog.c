/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in catalog: lookup, fields, provenance, and the checks it passed. */
#include "t.h"

#include "catalog/check.h"
#include "catalog/layers.h"

#include <llmplan/catalog.h>

static llmp_catalog *catalog;
static llmp_error error;

static int setup(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    llmp_catalog_destroy(&catalog); /* NULL is accepted */
    return 0;
}

static const llmp_record *found(llmp_kind kind, const char *name, char note[256])
{
    const llmp_record *record = NULL;
    assert_ok(llmp_catalog_find(catalog, kind, name, &record, note, &error));
    return record;
}

/* --- lookup ------------------------------------------------------------------------------------
 */

static void records_are_sorted_and_found(void **state)
{
    (void)state;
    for (int k = 0; k < (int)LLMP_KIND_COUNT; k++) {
        llmp_kind kind = (llmp_kind)k;
        size_t count = llmp_catalog_count(catalog, kind);
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            const llmp_record *r = llmp_catalog_at(catalog, kind, i);
            assert_ptr_equal(llmp_catalog_get(catalog, kind, r->id), r);
            assert_ptr_equal(found(kind, r->id, NULL), r);
            for (size_t j = 0; j < r->alias_count; j++) {
                assert_ptr_equal(found(kind, r->aliases[j], NULL), r);
            }
            for (size_t j = 0; j < r->default_for_count; j++) {
                assert_ptr_equal(found(kind, r->default_for[j], NULL), r);
            }
            if (i > 0) {
                assert_true(strcmp(llmp_catalog_at(catalog, kind, i - 1)->id, r->id) < 0);
            }
        }
        assert_null(llmp_catalog_at(catalog, kind, count));
        assert_null(llmp_catalog_get(catalog, kind, "no such record"));
    }
}

static void names_people_type(void **state)
{
    (void)state;
    char note[256];
    assert_string_equal(found(LLMP_KIND_DEVICE, "4090", note)->id, "rtx-4090");
    assert_string_equal(note, "");
    assert_string_equal(found(LLMP_KIND_DEVICE, "RTX 4090", NULL)->id, "rtx-4090");
    assert_string_equal(found(LLMP_KIND_DEVICE, "rtx4090", NULL)->id, "rtx-4090");
    assert_string_equal(found(LLMP_KIND_DEVICE, "GeForce RTX 4090", NULL)->id, "rtx-4090");
    assert_string_equal(found(LLMP_KIND_QUANT, "q4_k_m", NULL)->id, "Q4_K_M");
    const llmp_record *h100 = found(LLMP_KIND_DEVICE, "h100", note);
    assert_string_equal(h100->id, "h100-sxm");
    assert_contains(note, "h100: taken as h100-sxm; also ");
    assert_contains(note, "h100-pcie");
    assert_string_equal(found(LLMP_KIND_DEVICE, "m5-max", note)->id, "apple-m5-max-40");
    assert_contains(note, "apple-m5-max-32");
}

static void unknown_names_suggest(void **state)
{
    (void)state;
    const llmp_record *record = NULL;
    assert_int_equal(llmp_catalog_find(catalog, LLMP_KIND_MODEL, "qwn3-8b", &record, NULL, &error),
                     LLMP_E_UNKNOWN);
    assert_null(record);
    assert_string_equal(error.message, "no model is called 'qwn3-8b'");
    assert_contains(error.hint, "did you mean 'qwen3-8b'");
    assert_int_equal(llmp_catalog_find(catalog, LLMP_KIND_MODEL, "", &record, NULL, &error),
                     LLMP_E_UNKNOWN);
    assert_int_equal(llmp_catalog_find(catalog, LLMP_KIND_MODEL, NULL, &record, NULL, &error),
                     LLMP_E_ARGUMENT);
    assert_int_equal(llmp_catalog_find(catalog, LLMP_KIND_COUNT, "x", &record, NULL, &error),
                     LLMP_E_ARGUMENT);
}

static void families_without_default_list_the_choices(void **state)
{
    (void)state;
    const llmp_record *record = NULL;
    static const char text[] = "links:\n"
                               "  - {id: foo-a, name: A, kind: pcie, bandwidth_gb_s: 1, "
                               "latency_us: 1, as_of: 2026, source: t, grade: estimate}\n"
                               "  - {id: foo-b, name: B, kind: pcie, bandwidth_gb_s: 1, "
                               "latency_us: 1, as_of: 2026, source: t, grade: estimate}\n";
    assert_ok(llmp_catalog_overlay(catalog, text, sizeof text - 1, "t.yaml", &error));
    assert_int_equal(llmp_catalog_find(catalog, LLMP_KIND_LINK, "foo", &record, NULL, &error),
                     LLMP_E_AMBIGUOUS);
    assert_string_equal(error.message, "'foo' could be 2 links");
    assert_string_equal(error.hint, "one of foo-a, foo-b");
}

/* --- fields ------------------------------------------------------------------------------------
 */

static void facts_are_in_base_units(void **state)
{
    (void)state;
    /* Maker's data: 24 GB of memory marketed as GiB, 1008 GB/s, 450 W. */
    const llmp_device *d = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090"));
    assert_true(d->memory_bytes == 24 * LLMP_GIB);
    assert_close(d->memory_bandwidth_bytes_per_s, 1008e9, 1e-12);
    assert_close(d->tdp_w, 450, 0);
    assert_true(LLMP_HAS_DEVICE(d, tdp_w));
    assert_false(LLMP_HAS_DEVICE(d, cpu_cores));
    assert_int_equal(d->vendor, LLMP_VENDOR_NVIDIA);
}

static void schema_reads_in_the_unit_of_the_key(void **state)
{
    (void)state;
    const llmp_record *r = llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090");
    const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_DEVICE);
    bool seen = false;
    for (size_t i = 0; i < llmp_schema_size(schema); i++) {
        llmp_field_info info;
        llmp_value value;
        assert_true(llmp_schema_field(schema, i, &info));
        llmp_schema_get(schema, r, i, &value);
        if (strcmp(info.key, "memory_bandwidth_gb_s") == 0) {
            assert_int_equal(value.type, LLMP_VALUE_NUMBER);
            assert_close(value.number, 1008, 0);
            assert_string_equal(info.unit, "GB/s");
            seen = true;
        } else if (strcmp(info.key, "vendor") == 0) {
            assert_string_equal(value.text, "nvidia");
            assert_string_equal(llmp_schema_choice(schema, i, 1), "nvidia");
            assert_null(llmp_schema_choice(schema, i, LLMP_VENDOR_COUNT));
        } else if (strcmp(info.key, "memory_gib") == 0) {
            assert_close(value.number, 24, 0);
        } else if (strcmp(info.key, "classes") == 0) {
            assert_int_equal(value.type, LLMP_VALUE_TEXTS);
            assert_string_equal(llmp_value_text(&value, value.size - 1), "gpu");
            assert_null(llmp_value_text(&value, value.size));
        } else if (strcmp(info.key, "cpu_cores") == 0) {
            assert_int_equal(value.type, LLMP_VALUE_ABSENT);
        }
    }
    assert_true(seen);
    llmp_field_info info;
    assert_false(llmp_schema_field(schema, llmp_schema_size(schema), &info));
}

static void every_enumeration_list_can_be_read(void **state)
{
    (void)state;
    const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_ENGINE);
    const llmp_record *r = llmp_catalog_get(catalog, LLMP_KIND_ENGINE, "llama.cpp");
    assert_non_null(r);
    bool gguf = false;
    for (size_t i = 0; i < llmp_schema_size(schema); i++) {
        llmp_value value;
        llmp_field_info info;
        llmp_schema_get(schema, r, i, &value);
        assert_true(llmp_schema_field(schema, i, &info));
        for (size_t j = 0; strcmp(info.key, "families") == 0 && j < value.size; j++) {
            gguf = gguf || strcmp(llmp_value_text(&value, j), "ggml") == 0;
        }
        if (strcmp(info.key, "backends") == 0) {
            assert_int_equal(value.type, LLMP_VALUE_RECORDS);
            assert_ptr_equal(value.record_schema, llmp_schema_child(schema, i));
            assert_non_null(llmp_value_at(&value, 0));
            assert_null(llmp_value_at(&value, value.size));
        }
    }
    assert_true(gguf);
}

static void defaults_are_filled_but_not_known(void **state)
{
    (void)state;
    const llmp_model *m = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, "llama-3.1-70b"));
    /* From its published config: 80 layers, hidden 8192, 64 heads over 8 KV heads of 128. */
    assert_int_equal(m->layer_count, 80);
    assert_int_equal(m->hidden_size, 8192);
    const llmp_block *attention = &m->blocks[m->layers[0].blocks[0]];
    assert_int_equal(attention->kind, LLMP_BLOCK_ATTENTION);
    assert_int_equal(attention->heads, 64);
    assert_int_equal(attention->kv_heads, 8);
    assert_int_equal(attention->head_dim_k, 128);
    assert_int_equal(attention->head_dim_v, 128);
    assert_false(LLMP_HAS_BLOCK(attention, head_dim_v));
    assert_int_equal(attention->norms, 1);
    assert_false(LLMP_HAS_BLOCK(attention, shares_kv));
}

static void shared_shapes_are_filled_in(void **state)
{
    (void)state;
    size_t shared = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_MODEL); i++) {
        const llmp_model *m = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, i));
        if (m->same_shape_as != NULL) {
            const llmp_model *of =
                LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, m->same_shape_as));
            assert_non_null(of);
            assert_int_equal(m->layer_count, of->layer_count);
            assert_int_equal(m->hidden_size, of->hidden_size);
            assert_true(m->layer_count > 0);
            shared++;
        }
    }
    assert_true(shared > 0);
}

static void single_fields_have_their_own_source(void **state)
{
    (void)state;
    static const char text[] =
        "devices:\n"
        "  - {id: rtx-4090, sources: [{fields: [tdp_w, boost_mhz], source: a wattmeter, "
        "grade: measured, as_of: 2026-02}, {fields: [boost_mhz], note: in summer}]}\n";
    assert_ok(llmp_catalog_overlay(catalog, text, sizeof text - 1, "t.yaml", &error));
    const llmp_record *r = llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "rtx-4090");
    llmp_field_source s;
    llmp_catalog_provenance(LLMP_KIND_DEVICE, r, "tdp_w", &s);
    assert_string_equal(s.source, "a wattmeter");
    assert_int_equal(s.grade, LLMP_GRADE_MEASURED);
    assert_int_equal(s.as_of, 20260200);
    llmp_catalog_provenance(LLMP_KIND_DEVICE, r, "boost_mhz", &s);
    assert_string_equal(s.source, "a wattmeter");
    assert_string_equal(s.note, "in summer");
    llmp_catalog_provenance(LLMP_KIND_DEVICE, r, "bus_bits", &s);
    assert_string_equal(s.source, r->source);
    assert_int_equal(s.grade, r->grade);
}

/* --- layer patterns ----------------------------------------------------------------------------
 */

static const llmp_block pattern_blocks[] = {{.id = "swa"}, {.id = "full"}, {.id = "mlp"}};

static llmp_status expand(const char *pattern, llmp__arena *arena, const llmp_layer **out,
                          size_t *count, size_t *at)
{
    return llmp__layers_expand(pattern, pattern_blocks, 3, arena, out, count, at, &error);
}

static void patterns_are_expanded(void **state)
{
    (void)state;
    llmp__arena arena = {NULL};
    const llmp_layer *layers = NULL;
    size_t count = 0;
    size_t at = 0;
    assert_ok(expand("(swa+mlp*5 full+mlp)*10 mlp", &arena, &layers, &count, &at));
    assert_int_equal(count, 61);
    assert_int_equal(layers[4].block_count, 2);
    assert_int_equal(layers[4].blocks[0], 0);
    assert_int_equal(layers[5].blocks[0], 1);
    assert_int_equal(layers[59].blocks[0], 1);
    assert_int_equal(layers[60].block_count, 1);
    assert_ok(expand(" ( (swa)*2 (full mlp)*3 )*2 ", &arena, &layers, &count, &at));
    assert_int_equal(count, 16);
    assert_int_equal(layers[8].blocks[0], 0);
    llmp__arena_free(&arena);
}

static void bad_patterns_are_located(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        llmp_status status;
        size_t at;
        const char *message;
    } cases[] = {
        {"swa+mpl", LLMP_E_REFERENCE, 4, "the block 'mpl', which is not declared"},
        {"swa*0", LLMP_E_SYNTAX, 5, "without a count of 1 or more"},
        {"swa*", LLMP_E_SYNTAX, 4, "without a count"},
        {"(swa", LLMP_E_SYNTAX, 4, "never closed"},
        {"swa)", LLMP_E_SYNTAX, 3, "closes nothing"},
        {"swa+", LLMP_E_SYNTAX, 4, "ends where a block id"},
        {"+swa", LLMP_E_SYNTAX, 0, "'+' in the layer pattern"},
        {"()", LLMP_E_SYNTAX, 1, "an empty layer pattern"},
        {"", LLMP_E_SYNTAX, 0, "an empty layer pattern"},
        {"swa+swa+swa+swa+swa", LLMP_E_LIMIT, 16, "more than 4 blocks"},
        {"swa*1025", LLMP_E_LIMIT, 8, "more than 1024"},
        {"((swa*1000)*1000)*1000", LLMP_E_LIMIT, 16, "more than 1024 layers"},
        {"((((((((((((((((((((swa", LLMP_E_LIMIT, 16, "more than 16 nested"},
        {"swa*99999999999999999999999", LLMP_E_LIMIT, 8, "more than 1024"},
    };
    llmp__arena arena = {NULL};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const llmp_layer *layers = NULL;
        size_t count = 0;
        size_t at = 0;
        assert_int_equal(expand(cases[i].pattern, &arena, &layers, &count, &at), cases[i].status);
        assert_contains(error.message, cases[i].message);
        assert_int_equal(at, cases[i].at);
        assert_null(layers);
    }
    llmp__arena_free(&arena);
}

static void version_is_a_date(void **state)
{
    (void)state;
    llmp_date date = 0;
    assert_ok(llmp_date_parse(llmp_data_version(), &date, &error));
    assert_true(date % 100 != 0);
    assert_string_equal(llmp_kind_name(LLMP_KIND_PROFILE), "profile");
    assert_string_equal(llmp_kind_name(LLMP_KIND_COUNT), "record");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_are_sorted_and_found, setup, teardown),
        cmocka_unit_test_setup_teardown(names_people_type, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_names_suggest, setup, teardown),
        cmocka_unit_test_setup_teardown(families_without_default_list_the_choices, setup, teardown),
        cmocka_unit_test_setup_teardown(facts_are_in_base_units, setup, teardown),
        cmocka_unit_test_setup_teardown(schema_reads_in_the_unit_of_the_key, setup, teardown),
        cmocka_unit_test_setup_teardown(every_enumeration_list_can_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(defaults_are_filled_but_not_known, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_shapes_are_filled_in, setup, teardown),
        cmocka_unit_test_setup_teardown(single_fields_have_their_own_source, setup, teardown),
        cmocka_unit_test(patterns_are_expanded),
        cmocka_unit_test(bad_patterns_are_located),
        cmocka_unit_test_setup_teardown(version_is_a_date, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
