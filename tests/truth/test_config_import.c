/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published config.json files against independent counts and against the catalog's own records. */
#include "t.h"

#include <llmplan/import.h>

#include <stdlib.h>

static llmp_catalog *catalog;
static llmp_error error;

static uint64_t count(const llmp_model *model)
{
    llmp_arch *arch = NULL;
    const llmp_quant *bf16 = LLMP_QUANT(llmp_catalog_get(catalog, LLMP_KIND_QUANT, "BF16"));
    assert_ok(llmp_arch_create(catalog, model, bf16, NULL, &arch, &error));
    uint64_t params = llmp_arch_summary_of(arch)->params;
    llmp_arch_destroy(&arch);
    return params;
}

/* Equal but for names, notes and which members were written out. */
static bool same_block(const llmp_block *a, const llmp_block *b)
{
    llmp_block x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    x.id = y.id = x.note = y.note = NULL;
    memset(x.present, 0, sizeof x.present);
    memset(y.present, 0, sizeof y.present);
    return memcmp(&x, &y, sizeof x) == 0;
}

static void compare(const llmp_model *got, const llmp_model *want)
{
    assert_int_equal(got->hidden_size, want->hidden_size);
    assert_int_equal(got->vocab_size, want->vocab_size);
    assert_int_equal(got->tied_embeddings, want->tied_embeddings);
    assert_string_equal(got->architecture, want->architecture);
    assert_int_equal(got->layer_count, want->layer_count);
    for (size_t i = 0; i < want->layer_count; i++) {
        const llmp_layer *a = &got->layers[i], *b = &want->layers[i];
        assert_int_equal(a->block_count, b->block_count);
        for (uint8_t j = 0; j < b->block_count; j++) {
            if (!same_block(&got->blocks[a->blocks[j]], &want->blocks[b->blocks[j]])) {
                fail_msg("%s: layer %zu: %s differs from the catalog's %s", want->head.id, i,
                         got->blocks[a->blocks[j]].id, want->blocks[b->blocks[j]].id);
            }
        }
    }
}

/* params 0: nobody else has counted. */
static void check_config(const char *id, uint64_t params)
{
    char path[2048];
    llmp_import *import = NULL;
    snprintf(path, sizeof path, TEST_DATA "/truth/configs/%s.json", id);
    assert_ok(llmp_import_open(catalog, path, &import, &error));
    const llmp_model *model = llmp_import_model(import);
    uint64_t got = count(model);
    if (params > 0 && got != params) {
        fail_msg("%s: %llu parameters, expected %llu", id, (unsigned long long)got,
                 (unsigned long long)params);
    }
    compare(model, LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, id)));
    llmp_import_destroy(&import);
}

static void test_configs(void **state)
{
    (void)state;
    char line[1024];
    int checked = 0;
    FILE *file = fopen(TEST_DATA "/truth/config_import.csv", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *comma = strchr(line, ',');
        if (line[0] == '#' || comma == NULL || strncmp(line, "id,", 3) == 0) {
            continue;
        }
        *comma = '\0';
        check_config(line, strtoull(comma + 1, NULL, 10));
        checked++;
    }
    fclose(file);
    assert_true(checked >= 30);
}

static int open_catalog(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_configs)};
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
