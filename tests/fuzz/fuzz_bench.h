/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows read from a benchmark's output are numbers within reason, or unknown. */
#ifndef LLMP_FUZZ_BENCH_H
#define LLMP_FUZZ_BENCH_H

#include <llmplan/measured.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(double number, double low, double high)
{
    if (!isnan(number) && !(number >= low && number <= high)) {
        abort();
    }
}

static void fuzz_bench(const char *format, const uint8_t *data, size_t size)
{
    static llmp_catalog *catalog;
    llmp_measured *measured = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    if (catalog == NULL && llmp_catalog_create(&catalog, NULL) != LLMP_OK) {
        abort();
    }
    if (llmp_measured_read_as(catalog, format, (const char *)data, size, "fuzz", NULL, &measured,
                              &error) != LLMP_OK) {
        if (measured != NULL || error.status == LLMP_OK) {
            abort();
        }
        return;
    }
    for (size_t i = 0; i < llmp_measured_size(measured); i++) {
        const llmp_measured_row *row = llmp_measured_at(measured, i);
        within(row->device_count, 1, 64);
        within(row->batch, 0.01, 65536);
        within(row->tensor_parallel, 1, 64);
        within(row->prompt_tokens, 0, 4294967296.0);
        within(row->gen_tokens, 0, 4294967296.0);
        within(row->context_depth, 0, 4294967296.0);
        within(row->tokens_per_s, 0, 1e12);
        within(row->n_ubatch, 1, 4294967295.0);
        within(row->weights_gib, 0, 1e6);
        within(row->gpu_layers, -1, 1e9);
        within(row->cpu_moe_layers, 0, 1e9);
        if (row->device != NULL && strlen(row->device) > size + 64) {
            abort();
        }
    }
    llmp_measured_destroy(&measured);
}

#endif
