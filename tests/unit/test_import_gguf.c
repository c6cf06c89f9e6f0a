/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of the catalog written as GGUF and read back: same bytes, same geometry. */
#include "t.h"

#include "gguf_model.h"

#include <llmplan/import.h>

#include <stdlib.h>
#include <unistd.h>

static llmp_catalog *catalog;
static llmp_error error;

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

static const llmp_model *model_of(const char *id)
{
    return LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, id));
}

static const llmp_quant *quant_of(const char *id)
{
    return LLMP_QUANT(llmp_catalog_get(catalog, LLMP_KIND_QUANT, id));
}

static uint64_t write_header(const llmp_model *model, const llmp_arch *arch, uint32_t version,
                             bool big_endian, unsigned char **data, size_t *size)
{
    gguf_writer w;
    gguf_begin(&w, version, big_endian);
    gguf_model_keys(&w, model);
    gguf_tokens(&w, 1511);
    uint64_t bytes_written = gguf_model_tensors(&w, arch, 0, SIZE_MAX);
    *data = gguf_header(&w, size);
    gguf_free(&w);
    return bytes_written;
}

/* Members that GGUF does not tell or that do not change what is computed. */
static llmp_block comparable(const llmp_block *block)
{
    llmp_block b;
    memcpy(&b, block, sizeof b);
    b.id = NULL;
    b.note = NULL;
    b.present[0] = b.present[1] = 0;
    b.norms = 0;
    b.other_params = 0;
    b.head_dim_v = b.head_dim_v > 0 ? b.head_dim_v : b.head_dim_k;
    b.gate_rank = b.gate_rank == b.head_dim_k ? 0 : b.gate_rank;
    if (b.shared_experts > 0) {
        b.shared_experts = 1;
    }
    return b;
}

static void compare_layers(const llmp_model *got, const llmp_model *want)
{
    assert_int_equal(got->layer_count, want->layer_count);
    for (size_t i = 0; i < want->layer_count; i++) {
        const llmp_layer *a = &got->layers[i], *b = &want->layers[i];
        if (a->block_count != b->block_count) {
            fail_msg("%s: layer %zu has %u blocks, not %u", want->head.id, i, a->block_count,
                     b->block_count);
        }
        for (uint8_t j = 0; j < b->block_count; j++) {
            llmp_block x = comparable(&got->blocks[a->blocks[j]]);
            llmp_block y = comparable(&want->blocks[b->blocks[j]]);
            if (memcmp(&x, &y, sizeof x) != 0) {
                fail_msg("%s: layer %zu: block %s differs from %s", want->head.id, i,
                         got->blocks[a->blocks[j]].id, want->blocks[b->blocks[j]].id);
            }
        }
    }
}

/* What no GGUF file of today holds. */
static bool is_writable(const llmp_model *model)
{
    if (model->layer_count == 0) {
        return false;
    }
    for (size_t i = 0; i < model->block_count; i++) {
        const llmp_block *b = &model->blocks[i];
        if (b->kind == LLMP_BLOCK_LIGHTNING || b->kind == LLMP_BLOCK_RWKV) {
            return false;
        }
    }
    return true;
}

static void test_every_model(void **state)
{
    (void)state;
    static const char *const quants[] = {"F16", "Q4_K_M", "Q8_0", "IQ3_XS"};
    size_t count = llmp_catalog_count(catalog, LLMP_KIND_MODEL), tried = 0;
    for (size_t i = 0; i < count; i++) {
        const llmp_model *model = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, i));
        llmp_arch *arch = NULL, *read_arch = NULL;
        llmp_import *import = NULL;
        unsigned char *data = NULL;
        size_t size = 0;
        if (!is_writable(model) ||
            llmp_arch_create(catalog, model, quant_of(quants[i % 4]), NULL, &arch, &error)) {
            continue;
        }
        uint64_t want = write_header(model, arch, 2 + i % 2, i % 3 == 0, &data, &size);
        assert_ok(llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, "test.gguf", &import,
                                     &error));
        const llmp_model *got = llmp_import_model(import);
        if (got->missing != NULL) {
            fail_msg("%s: %s", model->head.id, got->missing);
        }
        assert_true(llmp_import_tensor_bytes(import) == want);
        assert_int_equal(got->hidden_size, model->hidden_size);
        assert_int_equal(got->vocab_size, model->vocab_size);
        assert_int_equal(got->tied_embeddings, model->tied_embeddings);
        compare_layers(got, model);
        assert_ok(llmp_import_arch(catalog, import, NULL, &read_arch, &error));
        assert_true(llmp_arch_summary_of(read_arch)->weight_bytes ==
                    llmp_arch_summary_of(arch)->weight_bytes);
        assert_true(llmp_arch_summary_of(read_arch)->params == llmp_arch_summary_of(arch)->params);
        llmp_arch_destroy(&read_arch);
        llmp_arch_destroy(&arch);
        llmp_import_destroy(&import);
        free(data);
        tried++;
    }
    assert_true(tried > 150);
}

/* Llama-3.1-8B Q4_K_M as llama-bench reports it: 4912898304 bytes, 8030261248 parameters without
 * the RoPE factors. */
static void test_published_bytes(void **state)
{
    (void)state;
    llmp_arch *arch = NULL;
    llmp_import *import = NULL;
    unsigned char *data = NULL;
    size_t size = 0;
    const llmp_model *model = model_of("llama-3.1-8b");
    assert_ok(llmp_arch_create(catalog, model, quant_of("Q4_K_M"), NULL, &arch, &error));
    write_header(model, arch, 3, false, &data, &size);
    assert_ok(llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, NULL, &import, &error));
    assert_true(llmp_import_tensor_bytes(import) == 4912898304u);
    assert_true(llmp_import_model(import)->text_params == 8030261248u);
    assert_string_equal(llmp_import_model(import)->layers_pattern, "attn+mlp*32");
    llmp_import_destroy(&import);
    llmp_arch_destroy(&arch);
    free(data);
}

static void test_overlay_reads_back(void **state)
{
    (void)state;
    static const char *const ids[] = {"gemma-4-e2b", "qwen3-next-80b-a3b", "falcon-h1-0.5b",
                                      "nemotron-super-49b-v1", "mimo-v2-flash"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        llmp_arch *arch = NULL, *again = NULL;
        llmp_import *import = NULL;
        llmp_catalog *other = NULL;
        unsigned char *data = NULL;
        char *text = NULL;
        size_t size = 0;
        assert_ok(
            llmp_arch_create(catalog, model_of(ids[i]), quant_of("BF16"), NULL, &arch, &error));
        write_header(model_of(ids[i]), arch, 3, false, &data, &size);
        assert_ok(llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, "a name.gguf", &import,
                                     &error));
        assert_null(llmp_import_model(import)->missing);
        assert_ok(llmp_import_overlay_text(import, &text, &error));
        assert_ok(llmp_catalog_create(&other, &error));
        assert_ok(llmp_catalog_overlay(other, text, strlen(text), "overlay", &error));
        const llmp_model *got = LLMP_MODEL(
            llmp_catalog_get(other, LLMP_KIND_MODEL, llmp_import_model(import)->head.id));
        assert_non_null(got);
        assert_string_not_equal(got->head.id, ids[i]); /* the catalog's own record stays */
        compare_layers(got, model_of(ids[i]));
        assert_ok(llmp_arch_create(other, got, quant_of("BF16"), NULL, &again, &error));
        assert_true(llmp_arch_summary_of(again)->params == llmp_arch_summary_of(arch)->params);
        llmp_arch_destroy(&again);
        llmp_arch_destroy(&arch);
        llmp_import_destroy(&import);
        llmp_catalog_destroy(&other);
        llmp_text_free(text);
        free(data);
    }
}

/* --- files --------------------------------------------------------------------------------------
 */

static void save_split(const char *folder, unsigned count, const llmp_arch *arch,
                       const llmp_model *model, unsigned leave_out)
{
    size_t tensors = llmp_arch_tensor_count(arch);
    for (unsigned k = 0; k < count; k++) {
        char path[256];
        gguf_writer w;
        gguf_begin(&w, 3, false);
        gguf_text(&w, "general.architecture", model->architecture);
        if (k == 0) {
            gguf_free(&w);
            gguf_begin(&w, 3, false);
            gguf_model_keys(&w, model);
        }
        gguf_u16(&w, "split.no", (uint16_t)k);
        gguf_u16(&w, "split.count", (uint16_t)count);
        gguf_u32(&w, "split.tensors.count", (uint32_t)tensors);
        gguf_model_tensors(&w, arch, tensors * k / count, tensors * (k + 1) / count);
        snprintf(path, sizeof path, "%s/m-%05u-of-%05u.gguf", folder, k + 1, count);
        if (k + 1 != leave_out) {
            gguf_save(&w, path);
        } else {
            (void)unlink(path);
        }
        gguf_free(&w);
    }
}

static void test_split(void **state)
{
    (void)state;
    char folder[] = "llmplan-test-XXXXXX", path[256];
    assert_non_null(mkdtemp(folder));
    llmp_arch *arch = NULL;
    llmp_import *import = NULL;
    const llmp_model *model = model_of("qwen3-30b-a3b");
    assert_ok(llmp_arch_create(catalog, model, quant_of("Q4_K_M"), NULL, &arch, &error));
    save_split(folder, 3, arch, model, 0);
    for (unsigned k = 1; k <= 3; k++) { /* whichever is named */
        snprintf(path, sizeof path, "%s/m-%05u-of-00003.gguf", folder, k);
        assert_ok(llmp_import_open(catalog, path, &import, &error));
        assert_true(llmp_import_tensor_bytes(import) == llmp_arch_summary_of(arch)->weight_bytes);
        assert_true(llmp_import_file_bytes(import) > llmp_import_tensor_bytes(import));
        compare_layers(llmp_import_model(import), model);
        llmp_import_destroy(&import);
    }
    save_split(folder, 3, arch, model, 2);
    assert_int_equal(llmp_import_open(catalog, path, &import, &error), LLMP_E_IO);
    assert_contains(error.where, "m-00002-of-00003.gguf");
    snprintf(path, sizeof path, "%s/m-00001-of-00003.gguf", folder);
    assert_int_equal(truncate(path, 300000), 0);
    assert_int_equal(llmp_import_open(catalog, path, &import, &error), LLMP_E_TRUNCATED);
    assert_true(error.has_offset);
    for (unsigned k = 1; k <= 3; k++) {
        snprintf(path, sizeof path, "%s/m-%05u-of-00003.gguf", folder, k);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    llmp_arch_destroy(&arch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model),
        cmocka_unit_test(test_published_bytes),
        cmocka_unit_test(test_overlay_reads_back),
        cmocka_unit_test(test_split),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
