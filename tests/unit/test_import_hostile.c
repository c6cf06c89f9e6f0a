/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GGUF files that are cut short, lie or contradict themselves: an error with a place, never more.
 */
#include "t.h"

#include "gguf_model.h"

#include <llmplan/import.h>

#include <stdlib.h>
#include <sys/stat.h>
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

static llmp_status try_bytes(const void *data, size_t size)
{
    llmp_import *import = NULL;
    llmp_status status =
        llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, "test", &import, &error);
    llmp_import_destroy(&import);
    return status;
}

/* A small model: hidden 96, 2 layers, 3 heads of 32. */
static void write_small(gguf_writer *w, bool big_endian)
{
    gguf_begin(w, 3, big_endian);
    gguf_text(w, "general.architecture", "llama");
    gguf_u32(w, "llama.block_count", 2);
    gguf_u32(w, "llama.embedding_length", 96);
    gguf_u32(w, "llama.attention.head_count", 3);
    gguf_u32(w, "llama.attention.head_count_kv", 1);
    gguf_tokens(w, 17);
    static const struct {
        const char *name;
        uint64_t columns, rows;
    } rows[] = {{"attn_q", 96, 96},      {"attn_k", 96, 32},    {"attn_v", 96, 32},
                {"attn_output", 96, 96}, {"ffn_gate", 96, 160}, {"ffn_up", 96, 160},
                {"ffn_down", 160, 96}};
    char name[64];
    uint64_t ne[2] = {96, 131};
    gguf_tensor(w, "token_embd.weight", 8, 2, ne, 96 * 131 / 32 * 34);
    for (int layer = 0; layer < 2; layer++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            ne[0] = rows[i].columns;
            ne[1] = rows[i].rows;
            snprintf(name, sizeof name, "blk.%d.%s.weight", layer, rows[i].name);
            gguf_tensor(w, name, 8, 2, ne, ne[0] * ne[1] / 32 * 34);
        }
    }
}

/* 8.5 bits for each weight: 131 x 96 and two layers of 96 x (96 + 32 + 32 + 96 + 3 x 160). */
enum { SMALL_WEIGHTS = 131 * 96 + 2 * 96 * (96 + 32 + 32 + 96 + 3 * 160) };

static void test_exact_bytes(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        gguf_writer w;
        llmp_import *import = NULL;
        size_t size = 0;
        write_small(&w, big_endian == 1);
        unsigned char *data = gguf_header(&w, &size);
        assert_ok(
            llmp_import_memory(catalog, data, size, LLMP_IMPORT_GGUF, "small", &import, &error));
        assert_null(llmp_import_model(import)->missing);
        assert_true(llmp_import_tensor_bytes(import) == SMALL_WEIGHTS / 32 * 34);
        assert_true(llmp_import_model(import)->text_params == SMALL_WEIGHTS);
        assert_true(llmp_import_model(import)->tied_embeddings);
        assert_string_equal(llmp_import_model(import)->layers_pattern, "attn+mlp*2");
        llmp_import_destroy(&import);
        free(data);
        gguf_free(&w);
    }
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    gguf_writer w;
    size_t size = 0;
    write_small(&w, false);
    unsigned char *data = gguf_header(&w, &size);
    size_t padding = 0;
    while (data[size - 1 - padding] == 0) {
        padding++;
    }
    assert_int_equal(try_bytes(data, size), LLMP_OK);
    for (size_t cut = 0; cut + padding < size; cut++) {
        /* A copy of its own size, so that reading beyond shows under a sanitizer. */
        unsigned char *copy = malloc(cut + 1);
        assert_non_null(copy);
        memcpy(copy, data, cut);
        llmp_status status = try_bytes(copy, cut);
        if (status != LLMP_E_TRUNCATED || !error.has_offset || error.offset_bytes > cut) {
            fail_msg("cut at %zu: %s at %llu", cut, llmp_status_name(status),
                     (unsigned long long)error.offset_bytes);
        }
        free(copy);
    }
    free(data);
    gguf_free(&w);
}

/* Each byte changed in turn: any answer but a crash. */
static void test_flip_anywhere(void **state)
{
    (void)state;
    gguf_writer w;
    size_t size = 0;
    int refused = 0;
    write_small(&w, true);
    unsigned char *data = gguf_header(&w, &size);
    for (size_t i = 0; i < size; i++) {
        data[i] ^= 0xA5;
        refused += try_bytes(data, size) != LLMP_OK;
        data[i] ^= 0xA5;
    }
    assert_true(refused > 100);
    free(data);
    gguf_free(&w);
}

/* --- one lie at a time --------------------------------------------------------------------------
 */

static void start(bytes *b, uint32_t version, uint64_t tensors, uint64_t values)
{
    *b = (bytes){NULL, 0, 0};
    bytes_add(b, "GGUF", 4);
    bytes_u32(b, false, version);
    bytes_u64(b, false, tensors);
    bytes_u64(b, false, values);
}

static void key(bytes *b, const char *name, uint32_t type)
{
    bytes_text(b, false, name);
    bytes_u32(b, false, type);
}

static void architecture(bytes *b)
{
    key(b, "general.architecture", 8);
    bytes_text(b, false, "llama");
}

static void expect(bytes *b, llmp_status want, const char *message)
{
    static const unsigned char zeros[256];
    bytes_add(b, zeros, sizeof zeros); /* so that nothing fails for want of bytes alone */
    llmp_status got = try_bytes(b->data, b->size);
    if (got != want) {
        fail_msg("%s: %s, expected %s (%s)", message, llmp_status_name(got), llmp_status_name(want),
                 error.message);
    }
    assert_contains(error.message, message);
    free(b->data);
}

static void test_counts_that_lie(void **state)
{
    (void)state;
    bytes b;
    start(&b, 3, UINT64_C(1) << 60, 0);
    expect(&b, LLMP_E_TRUNCATED, "more tensors than the file holds");
    start(&b, 3, 0, UINT64_MAX);
    expect(&b, LLMP_E_TRUNCATED, "more keys than the file holds");
    start(&b, 3, 0, 1);
    bytes_u64(&b, false, UINT64_MAX);
    expect(&b, LLMP_E_TRUNCATED, "a string is longer than the file");
    start(&b, 3, 0, 1);
    key(&b, "a", 9);
    bytes_u32(&b, false, 8);
    bytes_u64(&b, false, UINT64_C(1) << 61);
    expect(&b, LLMP_E_TRUNCATED, "an array has more entries than the file holds");
    start(&b, 3, 0, 1);
    key(&b, "a", 9);
    bytes_u32(&b, false, 99);
    bytes_u64(&b, false, 1);
    expect(&b, LLMP_E_SYNTAX, "an array of an unknown type");
    start(&b, 3, 0, 1);
    key(&b, "deep", 9);
    for (int i = 0; i < 12; i++) {
        bytes_u32(&b, false, 9);
        bytes_u64(&b, false, 1);
    }
    expect(&b, LLMP_E_LIMIT, "nested deeper");
}

static void test_versions(void **state)
{
    (void)state;
    bytes b;
    static const uint32_t versions[] = {0, 1, 4, 7, 65535};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        start(&b, versions[i], 0, 0);
        expect(&b, LLMP_E_UNSUPPORTED, "GGUF versions 2 and 3 are known");
    }
    start(&b, 3, 0, 0);
    b.data[0] = 'g';
    expect(&b, LLMP_E_SYNTAX, "no GGUF file");
    assert_int_equal(try_bytes("GGU", 3), LLMP_E_TRUNCATED);
}

static void test_keys(void **state)
{
    (void)state;
    bytes b;
    start(&b, 3, 0, 2);
    architecture(&b);
    architecture(&b);
    expect(&b, LLMP_E_DUPLICATE, "general.architecture");
    start(&b, 3, 0, 0);
    expect(&b, LLMP_E_SCHEMA, "missing");
    start(&b, 3, 0, 1);
    key(&b, "general.architecture", 4);
    bytes_u32(&b, false, 5);
    expect(&b, LLMP_E_SCHEMA, "no text");
    start(&b, 3, 0, 1);
    key(&b, "a", 13);
    expect(&b, LLMP_E_SYNTAX, "unknown type");
    static const uint32_t alignments[] = {0, 3, 48, 1u << 31};
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        start(&b, 3, 0, 1);
        key(&b, "general.alignment", 4);
        bytes_u32(&b, false, alignments[i]);
        expect(&b, LLMP_E_VALUE, "no power of two");
    }
}

static void tensor(bytes *b, const char *name, uint32_t dims, uint64_t ne, uint32_t type,
                   uint64_t at)
{
    bytes_text(b, false, name);
    bytes_u32(b, false, dims);
    for (uint32_t i = 0; i < dims && i < 8; i++) {
        bytes_u64(b, false, ne);
    }
    bytes_u32(b, false, type);
    bytes_u64(b, false, at);
}

static void test_tensors(void **state)
{
    (void)state;
    static const struct {
        uint32_t dims;
        uint64_t ne;
        uint32_t type;
        uint64_t at;
        llmp_status status;
        const char *message;
    } cases[] = {
        {0, 1, 0, 0, LLMP_E_LIMIT, "dimensions of a tensor"},
        {5, 1, 0, 0, LLMP_E_LIMIT, "dimensions of a tensor"},
        {2, 0, 0, 0, LLMP_E_LIMIT, "impossible tensor dimension"},
        {4, UINT64_C(1) << 40, 0, 0, LLMP_E_LIMIT, "impossible tensor dimension"},
        {1, 32, 0, 7, LLMP_E_SYNTAX, "not aligned"},
        {1, 33, 8, 0, LLMP_E_SYNTAX, "no whole number"},
        {1, 256, 4, 0, LLMP_E_UNSUPPORTED, "type 4"},
        {1, 256, 70000, 0, LLMP_E_UNSUPPORTED, "type 70000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bytes b;
        start(&b, 3, 1, 1);
        architecture(&b);
        tensor(&b, "x.weight", cases[i].dims, cases[i].ne, cases[i].type, cases[i].at);
        expect(&b, cases[i].status, cases[i].message);
        assert_true(error.has_offset);
    }
    bytes b;
    start(&b, 3, 2, 1);
    architecture(&b);
    tensor(&b, "x.weight", 1, 32, 0, 0);
    tensor(&b, "y.weight", 1, 32, 0, 96);
    expect(&b, LLMP_E_SYNTAX, "overlaps");
    start(&b, 3, 2, 1);
    architecture(&b);
    tensor(&b, "x.weight", 1, 32, 0, 0);
    tensor(&b, "x.weight", 1, 32, 0, 128);
    expect(&b, LLMP_E_DUPLICATE, "x.weight");
}

/* The file ends before its tensors do. */
static void test_file_too_short(void **state)
{
    (void)state;
    char path[] = "llmplan-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    gguf_writer w;
    llmp_import *import = NULL;
    struct stat info;
    write_small(&w, false);
    gguf_save(&w, path);
    assert_ok(llmp_import_open(catalog, path, &import, &error));
    llmp_import_destroy(&import);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 64), 0);
    assert_int_equal(llmp_import_open(catalog, path, &import, &error), LLMP_E_TRUNCATED);
    assert_true(error.has_offset);
    assert_contains(error.message, "blk.1.ffn_down.weight");
    (void)unlink(path);
    gguf_free(&w);
}

/* What is not known is said, and the bytes still stand. */
static void test_unknown_layer(void **state)
{
    (void)state;
    bytes b;
    static const unsigned char zeros[64];
    llmp_import *import = NULL;
    llmp_arch *arch = NULL;
    start(&b, 3, 2, 3);
    key(&b, "general.architecture", 8);
    bytes_text(&b, false, "marvel");
    key(&b, "marvel.block_count", 4);
    bytes_u32(&b, false, 1);
    key(&b, "marvel.embedding_length", 4);
    bytes_u32(&b, false, 64);
    tensor(&b, "token_embd.weight", 2, 64, 1, 0);
    tensor(&b, "blk.0.wormhole.weight", 2, 64, 1, 8192);
    bytes_add(&b, zeros, sizeof zeros);
    assert_ok(
        llmp_import_memory(catalog, b.data, b.size, LLMP_IMPORT_GGUF, "test", &import, &error));
    assert_true(llmp_import_tensor_bytes(import) == 16384);
    assert_contains(llmp_import_model(import)->missing, "wormhole.weight");
    assert_contains(llmp_import_model(import)->missing, "marvel");
    assert_int_equal(llmp_import_arch(catalog, import, NULL, &arch, &error), LLMP_E_NO_DATA);
    llmp_import_destroy(&import);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_bytes),   cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_flip_anywhere), cmocka_unit_test(test_counts_that_lie),
        cmocka_unit_test(test_versions),      cmocka_unit_test(test_keys),
        cmocka_unit_test(test_tensors),       cmocka_unit_test(test_file_too_short),
        cmocka_unit_test(test_unknown_layer),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
