/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gen_gguf MODEL QUANT OUT.gguf [v2] [be] [vocab=N]: a catalog model as a GGUF file without data.
 * The file is sparse: "10 GB" take no disk. */
#include "gguf_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const llmp_record *find(const llmp_catalog *catalog, llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    if (llmp_catalog_find(catalog, kind, name, &record, NULL, &error) != LLMP_OK) {
        fprintf(stderr, "%s %s\n", error.message, error.hint);
        exit(1);
    }
    return record;
}

int main(int argc, char **argv)
{
    llmp_catalog *catalog = NULL;
    llmp_arch *arch = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    uint32_t version = 3;
    bool big_endian = false;
    unsigned long vocab = 0;
    if (argc < 4) {
        fprintf(stderr, "usage: gen_gguf MODEL QUANT OUT.gguf [v2] [be] [vocab=N]\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        version = strcmp(argv[i], "v2") == 0 ? 2 : version;
        big_endian = big_endian || strcmp(argv[i], "be") == 0;
        vocab = strncmp(argv[i], "vocab=", 6) == 0 ? strtoul(argv[i] + 6, NULL, 10) : vocab;
    }
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        return 1;
    }
    const llmp_model *model = LLMP_MODEL(find(catalog, LLMP_KIND_MODEL, argv[1]));
    const llmp_quant *quant = LLMP_QUANT(find(catalog, LLMP_KIND_QUANT, argv[2]));
    if (llmp_arch_create(catalog, model, quant, NULL, &arch, &error) != LLMP_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    gguf_writer w;
    gguf_begin(&w, version, big_endian);
    gguf_model_keys(&w, model);
    gguf_tokens(&w, vocab > 0 ? (uint32_t)vocab : model->vocab_size);
    uint64_t total = gguf_model_tensors(&w, arch, 0, SIZE_MAX);
    gguf_save(&w, argv[3]);
    printf("%s: %llu tensors, %llu bytes\n", argv[3], (unsigned long long)w.tensors,
           (unsigned long long)total);
    gguf_free(&w);
    llmp_arch_destroy(&arch);
    llmp_catalog_destroy(&catalog);
    return 0;
}
