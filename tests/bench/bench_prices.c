/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a price list of thousands of records, writing its overlay, and loading that. */
#include "base/text.h"

#include <llmplan/import.h>
#include <llmplan/import_prices.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The shape and size of LiteLLM's file, twenty keys a record. */
static void write_list(llmp__text *out, unsigned count)
{
    llmp__text_add(out, "{");
    for (unsigned i = 0; i < count; i++) {
        llmp__text_add_format(
            out,
            "%s\n\"host%u/vendor/model-%u-%ub-instruct\": {\"cache_read_input_token_cost\": "
            "%ue-08, "
            "\"input_cost_per_token\": %ue-07, \"output_cost_per_token\": %ue-07, "
            "\"input_cost_per_token_above_200k_tokens\": %ue-07, "
            "\"output_cost_per_token_above_200k_tokens\": %ue-07, "
            "\"litellm_provider\": \"host%u\", \"max_input_tokens\": 131072, "
            "\"max_output_tokens\": 16384, \"max_tokens\": 16384, \"mode\": \"chat\", "
            "\"source\": \"https://example.org/pricing\", \"supports_assistant_prefill\": true, "
            "\"supports_function_calling\": true, \"supports_parallel_function_calling\": true, "
            "\"supports_prompt_caching\": true, \"supports_reasoning\": true, "
            "\"supports_response_schema\": true, \"supports_tool_choice\": true, "
            "\"supports_vision\": false}",
            i == 0 ? "" : ",", i % 37, i, i % 400 + 1, i % 90 + 1, i % 90 + 2, i % 300 + 9,
            i % 90 + 4, i % 300 + 18, i % 37);
    }
    llmp__text_add(out, "\n}\n");
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 3000;
    llmp__text list = {0};
    llmp_catalog *catalog = NULL;
    llmp_catalog *over = NULL;
    llmp_price_import *import = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    write_list(&list, count);
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK ||
        llmp_catalog_create(&over, &error) != LLMP_OK || list.failed) {
        return EXIT_FAILURE;
    }
    double start = now_ms();
    llmp_status status = llmp_prices_import_memory(catalog, list.data, list.length, "generated",
                                                   NULL, &import, &error);
    double read = now_ms();
    status = status == LLMP_OK ? llmp_prices_overlay_text(import, &text, &error) : status;
    double written = now_ms();
    status = status == LLMP_OK ? llmp_catalog_overlay(over, text, strlen(text), "overlay", &error)
                               : status;
    double loaded = now_ms();
    if (status != LLMP_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    (void)printf("%zu of %u records, %zu bytes: read %.1f ms, overlay written %.1f ms, loaded "
                 "%.1f ms\n",
                 llmp_prices_count(import), count, list.length, read - start, written - read,
                 loaded - written);
    llmp_text_free(text);
    llmp__text_free(&list);
    llmp_prices_destroy(&import);
    llmp_catalog_destroy(&over);
    llmp_catalog_destroy(&catalog);
    return EXIT_SUCCESS;
}
