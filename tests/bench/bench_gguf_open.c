/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a file of about 10 GB with 700 tensors and 150,000 tokens: milliseconds per open. The
 * file is sparse. Fails above 10 ms. */
#include "gguf_model.h"

#include <llmplan/import.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void write_file(const llmp_catalog *catalog, const char *path)
{
    llmp_arch *arch = NULL;
    llmp_error error;
    const llmp_model *model = LLMP_MODEL(llmp_catalog_get(catalog, LLMP_KIND_MODEL, "qwen3-32b"));
    const llmp_quant *quant = LLMP_QUANT(llmp_catalog_get(catalog, LLMP_KIND_QUANT, "IQ2_XS"));
    if (llmp_arch_create(catalog, model, quant, NULL, &arch, &error) != LLMP_OK) {
        exit(1);
    }
    gguf_writer w;
    gguf_begin(&w, 3, false);
    gguf_model_keys(&w, model);
    gguf_tokens(&w, 150000);
    gguf_model_tensors(&w, arch, 0, SIZE_MAX);
    gguf_save(&w, path);
    printf("  %llu tensors, %.1f GB\n", (unsigned long long)w.tensors, (double)w.data_bytes * 1e-9);
    gguf_free(&w);
    llmp_arch_destroy(&arch);
}

int main(int argc, char **argv)
{
    long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    char path[] = "llmplan-bench-XXXXXX";
    llmp_catalog *catalog = NULL;
    llmp_error error;
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0 || llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        return 1;
    }
    write_file(catalog, path);
    double best = 1e9, start = now_s();
    for (long i = 0; i < iterations; i++) {
        llmp_import *import = NULL;
        double one = now_s();
        if (llmp_import_open(catalog, path, &import, &error) != LLMP_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        one = now_s() - one;
        best = one < best ? one : best;
        llmp_import_destroy(&import);
    }
    double mean = (now_s() - start) / (double)iterations;
    printf("  %-28s %8.3f ms (best %.3f)\n", "open a GGUF file", mean * 1e3, best * 1e3);
    (void)unlink(path);
    llmp_catalog_destroy(&catalog);
    return best > 0.010; /* a busy machine disturbs the mean */
}
