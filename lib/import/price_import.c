/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "catalog/write.h"
#include "doc/json.h"
#include "import/price_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* --- formats ------------------------------------------------------------------------------------
 */

static const llmp__node *first_of(const llmp__node *node)
{
    return node == NULL ? NULL : node->first;
}

static bool is_list(const llmp__node *node)
{
    return node != NULL && node->kind == LLMP__NODE_LIST;
}

/* By what any of the first records has: odd records must not hide the format. */
static bool any_has(const llmp__node *parent, const char *key)
{
    size_t left = 100;
    for (const llmp__node *n = first_of(parent); n != NULL && left > 0; n = n->next, left--) {
        if (llmp__node_get(n, key) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_litellm(const llmp__node *root)
{
    return root->kind == LLMP__NODE_MAP && any_has(root, "litellm_provider");
}

static bool is_openrouter(const llmp__node *root)
{
    const llmp__node *data = llmp__node_get(root, "data");
    return is_list(data) && any_has(data, "pricing");
}

static bool is_genai(const llmp__node *root)
{
    return is_list(root) && any_has(root, "models") &&
           (any_has(root, "api_pattern") || any_has(root, "model_match"));
}

static bool is_llm_prices(const llmp__node *root)
{
    return root->kind == LLMP__NODE_MAP &&
           ((is_list(llmp__node_get(root, "models")) && llmp__node_get(root, "vendor") != NULL) ||
            (is_list(llmp__node_get(root, "prices")) &&
             any_has(llmp__node_get(root, "prices"), "vendor")) ||
            (any_has(root, "vendor") && any_has(root, "models")));
}

static bool is_models_dev(const llmp__node *root)
{
    return root->kind == LLMP__NODE_MAP && any_has(root, "models") && !any_has(root, "vendor");
}

static const struct {
    const char *name;
    const char *title;
    bool (*is)(const llmp__node *root);
    void (*read)(llmp_price_import *import, const llmp__node *root);
} formats[LLMP_PRICES_COUNT] = {
    [LLMP_PRICES_AUTO] = {"auto", "", NULL, NULL},
    [LLMP_PRICES_LITELLM] = {"litellm", "LiteLLM price list", is_litellm, llmp__read_litellm},
    [LLMP_PRICES_MODELS_DEV] = {"models.dev", "models.dev", is_models_dev, llmp__read_models_dev},
    [LLMP_PRICES_OPENROUTER] = {"openrouter", "OpenRouter API", is_openrouter,
                                llmp__read_openrouter},
    [LLMP_PRICES_GENAI] = {"genai-prices", "genai-prices", is_genai, llmp__read_genai},
    [LLMP_PRICES_LLM_PRICES] = {"llm-prices", "llm-prices", is_llm_prices, llmp__read_llm_prices},
};

const char *llmp_price_format_name(llmp_price_format format)
{
    return (unsigned)format < LLMP_PRICES_COUNT ? formats[format].name : NULL;
}

static llmp_status choose(const llmp__node *root, const char *where, llmp_price_format wanted,
                          llmp_price_format *out, llmp_error *error)
{
    if (wanted != LLMP_PRICES_AUTO) {
        *out = wanted;
        return formats[wanted].is(root)
                   ? LLMP_OK
                   : llmp__fail_at(error, LLMP_E_SCHEMA, where, root->line, root->column, NULL,
                                   "this has not the shape of %s", formats[wanted].name);
    }
    for (int f = LLMP_PRICES_AUTO + 1; f < (int)LLMP_PRICES_COUNT; f++) {
        if (formats[f].is(root)) {
            *out = (llmp_price_format)f;
            return LLMP_OK;
        }
    }
    (void)llmp__fail_at(error, LLMP_E_UNSUPPORTED, where, root->line, root->column, NULL,
                        "no price list of a known format");
    llmp__hint(error, "known: litellm, models.dev, openrouter, genai-prices, llm-prices");
    return LLMP_E_UNSUPPORTED;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static void take_names(llmp_price_import *import)
{
    size_t count = llmp_catalog_count(import->catalog, LLMP_KIND_PRICE);
    for (size_t i = 0; i < count; i++) {
        const llmp_record *r = llmp_catalog_at(import->catalog, LLMP_KIND_PRICE, i);
        (void)llmp__names_add(import, r->id);
        for (size_t k = 0; k < r->alias_count; k++) {
            (void)llmp__names_add(import, r->aliases[k]);
        }
        for (size_t k = 0; k < r->default_for_count; k++) {
            (void)llmp__names_add(import, r->default_for[k]);
        }
    }
}

static int by_line(const void *a, const void *b)
{
    const llmp_price_note *x = a;
    const llmp_price_note *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

static llmp_status read_all(llmp_price_import *import, const char *text, size_t text_bytes,
                            const char *where, llmp_price_format wanted, llmp_error *error)
{
    llmp__arena tree = {NULL};
    llmp__node *root = NULL;
    char source[300];
    llmp_status status =
        llmp__json_parse(text, text_bytes, where, LLMP__JSON_PYTHON, &tree, &root, error);
    if (status == LLMP_OK) {
        status = choose(root, where, wanted, &import->format, error);
    }
    if (status == LLMP_OK) {
        const char *slash = strrchr(where, '/');
        (void)snprintf(source, sizeof source, "%s, %.200s", formats[import->format].title,
                       slash == NULL ? where : slash + 1);
        import->where = llmp__price_line(import, source);
        take_names(import);
        formats[import->format].read(import, root);
        if (import->note_count > 1) {
            qsort(import->notes, import->note_count, sizeof *import->notes, by_line);
        }
        status = import->failed ? llmp__fail_memory(error, where) : LLMP_OK;
    }
    llmp__arena_free(&tree);
    return status;
}

static llmp_date day_of_data(void)
{
    llmp_date date = 0;
    return llmp_date_parse(llmp_data_version(), &date, NULL) == LLMP_OK ? date : 0;
}

llmp_status llmp_prices_import_memory(const llmp_catalog *catalog, const char *text,
                                      size_t text_bytes, const char *where,
                                      const llmp_price_import_options *options,
                                      llmp_price_import **out, llmp_error *error)
{
    static const llmp_price_import_options defaults = LLMP_PRICE_IMPORT_OPTIONS_INIT;
    if (catalog == NULL || text == NULL || out == NULL) {
        return llmp__fail_argument(error, "catalog, text or out", "is NULL");
    }
    options = options == NULL ? &defaults : options;
    if (options->struct_size < sizeof *options || (unsigned)options->format >= LLMP_PRICES_COUNT) {
        return llmp__fail_argument(error, "options", "has no struct_size or no known format");
    }
    llmp_price_import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        return llmp__fail_memory(error, "a price list");
    }
    import->as_of = options->as_of != 0 ? options->as_of : day_of_data();
    import->catalog = catalog;
    llmp_status status = read_all(import, text, text_bytes, where == NULL ? "prices" : where,
                                  options->format, error);
    import->catalog = NULL;
    if (status != LLMP_OK) {
        llmp_prices_destroy(&import);
        return status;
    }
    *out = import;
    return LLMP_OK;
}

llmp_status llmp_prices_import(const llmp_catalog *catalog, const char *path,
                               const llmp_price_import_options *options, llmp_price_import **out,
                               llmp_error *error)
{
    llmp_price_import_options known = LLMP_PRICE_IMPORT_OPTIONS_INIT;
    struct stat info;
    struct tm parts;
    char *text = NULL;
    size_t size = 0;
    if (path == NULL) {
        return llmp__fail_argument(error, "path", "is NULL");
    }
    llmp_status status = llmp__file_read(path, LLMP__DOC_BYTES_MAX, &text, &size, error);
    if (status != LLMP_OK) {
        return status;
    }
    if (options != NULL && options->struct_size >= sizeof known) {
        known = *options;
    }
    if (known.as_of == 0 && stat(path, &info) == 0 && gmtime_r(&info.st_mtime, &parts) != NULL) {
        known.as_of = (parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
    }
    status = llmp_prices_import_memory(catalog, text, size, path, &known, out, error);
    free(text);
    return status;
}

void llmp_prices_destroy(llmp_price_import **import)
{
    if (import == NULL || *import == NULL) {
        return;
    }
    llmp__arena_free(&(*import)->arena);
    free(*import);
    *import = NULL;
}

llmp_price_format llmp_prices_format(const llmp_price_import *import)
{
    return import->format;
}

size_t llmp_prices_count(const llmp_price_import *import)
{
    return import->price_count;
}

const llmp_api_price *llmp_prices_at(const llmp_price_import *import, size_t i)
{
    return i < import->price_count ? import->prices[i] : NULL;
}

size_t llmp_prices_note_count(const llmp_price_import *import)
{
    return import->note_count;
}

const llmp_price_note *llmp_prices_note_at(const llmp_price_import *import, size_t i)
{
    return i < import->note_count ? &import->notes[i] : NULL;
}

llmp_status llmp_prices_overlay_text(const llmp_price_import *import, char **out, llmp_error *error)
{
    if (import == NULL || out == NULL) {
        return llmp__fail_argument(error, "import or out", "is NULL");
    }
    llmp__text text = {0};
    llmp__write_section(&text, LLMP_KIND_PRICE);
    for (size_t i = 0; i < import->price_count; i++) {
        llmp__write_record(&text, LLMP_KIND_PRICE, &import->prices[i]->head);
    }
    if (text.failed || text.data == NULL) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "the overlay");
    }
    *out = text.data; /* the caller's now */
    return LLMP_OK;
}
