/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file import_prices.h
 * @brief Public price lists as catalog records: LiteLLM, models.dev, OpenRouter, genai-prices,
 * llm-prices.
 *
 * Prices are taken as stated or not at all: what is negative, no number, zero without being known
 * to be free, or in doubt is reported record by record. Units are the format's; ours are USD per
 * million tokens, rounded to 10 significant digits.
 */
#ifndef LLMPLAN_IMPORT_PRICES_H
#define LLMPLAN_IMPORT_PRICES_H

#include <llmplan/catalog.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_price_format {
    LLMP_PRICES_AUTO = 0,       /**< by the shape of the file */
    LLMP_PRICES_LITELLM = 1,    /**< BerriAI/litellm model_prices_and_context_window.json */
    LLMP_PRICES_MODELS_DEV = 2, /**< models.dev api.json */
    LLMP_PRICES_OPENROUTER = 3, /**< the answer of openrouter.ai/api/v1/models */
    LLMP_PRICES_GENAI = 4,      /**< pydantic/genai-prices data.json */
    LLMP_PRICES_LLM_PRICES = 5, /**< simonw/llm-prices: a vendor's file, a map of them, or all */
    LLMP_PRICES_COUNT = 6
} llmp_price_format;

/** "auto", "litellm", "models.dev", "openrouter", "genai-prices", "llm-prices"; NULL for none. */
LLMP_API const char *llmp_price_format_name(llmp_price_format format);

typedef enum llmp_price_note_kind {
    LLMP_PRICE_LEFT_OUT = 0, /**< by design: no text model, an alias, a free variant */
    LLMP_PRICE_REFUSED = 1,  /**< odd: no price is made of it */
    LLMP_PRICE_DOUBTED = 2   /**< taken, but something about it is odd */
} llmp_price_note_kind;

/** What became of one record of the file. */
typedef struct llmp_price_note {
    llmp_price_note_kind kind;
    const char *record; /**< its key in the file */
    const char *text;
    uint32_t line;
} llmp_price_note;

typedef struct llmp_price_import_options {
    size_t struct_size;
    llmp_price_format format;
    llmp_date as_of; /**< when the file's prices held; 0: the file's date, of memory the data's */
} llmp_price_import_options;

#define LLMP_PRICE_IMPORT_OPTIONS_INIT                         \
    {                                                          \
        sizeof(llmp_price_import_options), LLMP_PRICES_AUTO, 0 \
    }

/** A price list that was read. Owns its records and notes. */
typedef struct llmp_price_import llmp_price_import;

/**
 * Reads a price list of at most 64 MiB.
 * @param catalog  whose ids and aliases the new records must not take; a model it has a price for
 *                 gets a record beside it, and llmp_price_in_force takes the one observed last
 * @param options  NULL: the defaults
 * @return LLMP_E_IO; LLMP_E_SYNTAX, _DUPLICATE, _LIMIT with line and column when it is no such
 *         JSON; LLMP_E_UNSUPPORTED when the shape is of no known format; LLMP_E_SCHEMA when it is
 *         not of the format asked for; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_prices_import(const llmp_catalog *catalog,
                                                       const char *path,
                                                       const llmp_price_import_options *options,
                                                       llmp_price_import **out, llmp_error *error);

/** As llmp_prices_import, from memory. @p where names the text in messages and sources. */
LLMP_API LLMP_NODISCARD llmp_status llmp_prices_import_memory(
    const llmp_catalog *catalog, const char *text, size_t text_bytes, const char *where,
    const llmp_price_import_options *options, llmp_price_import **out, llmp_error *error);

/** Frees; sets *import to NULL; accepts NULL. */
LLMP_API void llmp_prices_destroy(llmp_price_import **import);

/** The format that was read, never LLMP_PRICES_AUTO. */
LLMP_API llmp_price_format llmp_prices_format(const llmp_price_import *import);
LLMP_API size_t llmp_prices_count(const llmp_price_import *import);
/** The i-th price in the order of the file; NULL when out of range. */
LLMP_API const llmp_api_price *llmp_prices_at(const llmp_price_import *import, size_t i);
LLMP_API size_t llmp_prices_note_count(const llmp_price_import *import);
/** The i-th note in the order of the file; NULL when out of range. */
LLMP_API const llmp_price_note *llmp_prices_note_at(const llmp_price_import *import, size_t i);

/**
 * The prices as an overlay that llmp_catalog_overlay reads back to the same records.
 * @param out  allocated; free with llmp_text_free (import.h)
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_prices_overlay_text(const llmp_price_import *import,
                                                             char **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
