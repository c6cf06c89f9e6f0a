/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a price list whose overlay reads back, or an error; no price is zero or absurd. */
#include <llmplan/import.h>
#include <llmplan/import_prices.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const llmp_api_price *p)
{
    if (!(p->input_usd_per_mtok > 0) || !(p->input_usd_per_mtok <= 10000) ||
        !(p->output_usd_per_mtok > 0) || !(p->output_usd_per_mtok <= 10000)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static llmp_catalog *catalog; /* made once: a thousand times dearer than an input */
    llmp_price_import *import = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    if (catalog == NULL && llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        abort();
    }
    llmp_status status =
        llmp_prices_import_memory(catalog, (const char *)data, size, "fuzz", NULL, &import, &error);
    if (status != LLMP_OK) {
        if (import != NULL || error.message[0] == '\0') {
            abort();
        }
        return 0;
    }
    for (size_t i = 0; i < llmp_prices_count(import); i++) {
        check(llmp_prices_at(import, i));
    }
    char *text = NULL;
    llmp_catalog *over = NULL;
    if (llmp_prices_overlay_text(import, &text, &error) != LLMP_OK ||
        llmp_catalog_create(&over, &error) != LLMP_OK) {
        abort();
    }
    if (llmp_prices_count(import) > 0 &&
        llmp_catalog_overlay(over, text, strlen(text), "overlay", &error) != LLMP_OK) {
        abort();
    }
    llmp_catalog_destroy(&over);
    llmp_text_free(text);
    llmp_prices_destroy(&import);
    return 0;
}
