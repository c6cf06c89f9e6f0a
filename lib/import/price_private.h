/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file price_private.h
 * @brief What the readers of price lists share: drafts of records, checked numbers, notes, names.
 */
#ifndef LLMP_IMPORT_PRICE_PRIVATE_H
#define LLMP_IMPORT_PRICE_PRIVATE_H

#include "base/arena.h"
#include "doc/tree.h"

#include <llmplan/import_prices.h>

/* Beyond what any list has; hostile ones must not make work that grows with the square. */
enum {
    LLMP__TIERS_MAX = 8,
    LLMP__WINDOWS_MAX = 8,
    LLMP__SPANS_MAX = 64,     /* prices of one model */
    LLMP__SIBLINGS_MAX = 4096 /* models that are looked up in one list */
};
enum { LLMP__PRICE_ID_MAX = 127 };

/** Names that are taken, as the catalog compares them. Open addressing. */
typedef struct llmp__name_set {
    const char **slots;
    size_t capacity;
    size_t count;
} llmp__name_set;

struct llmp_price_import {
    llmp__arena arena;
    llmp_price_format format;
    llmp_date as_of;
    const char *where;
    const llmp_catalog *catalog; /* while reading */
    llmp_api_price **prices;
    size_t price_count;
    size_t price_capacity;
    llmp_price_note *notes;
    size_t note_count;
    size_t note_capacity;
    llmp__name_set names;
    bool failed; /* out of memory */
};

/** A record being made. */
typedef struct llmp__draft {
    llmp_price_import *import;
    const llmp__node *node;
    const char *key; /* in the file, for notes */
    llmp_api_price price;
    llmp_price_tier tiers[LLMP__TIERS_MAX];
    llmp_price_window windows[LLMP__WINDOWS_MAX];
    bool per_token; /* unit of the file's rates: USD per token, else per million */
    bool refused;
} llmp__draft;

void llmp__draft_begin(llmp__draft *draft, llmp_price_import *import, const llmp__node *node,
                       const char *key, const char *provider, const char *model);

/**
 * Reads a rate: a number, or in OpenRouter's way a decimal in quotes. Absent, null and 0 leave it
 * unknown. Refuses the draft when it is negative, no number or above 10,000 USD per million.
 */
void llmp__draft_rate(llmp__draft *draft, const llmp__node *map, const char *key, double *out);

/** Tokens: a whole number from 1; anything else leaves it unknown, with a note when it is odd. */
void llmp__draft_tokens(llmp__draft *draft, const llmp__node *map, const char *key, uint64_t *out);

/** A date; what is none leaves it unknown, with a note. */
void llmp__draft_date(llmp__draft *draft, const llmp__node *map, const char *key, llmp_date *out);

/** Adds a tier in order of its threshold; NULL (and refused) when there are too many or it is 0. */
llmp_price_tier *llmp__draft_tier(llmp__draft *draft, double above_prompt_tokens);

/** Adds a window; NULL (and refused) when there are too many. */
llmp_price_window *llmp__draft_window(llmp__draft *draft);

/** A factor of another price: both of input and output, or unknown with a note. */
void llmp__draft_factor(llmp__draft *draft, double input, double output, const char *what,
                        double *out);

/** Says why no price is made of it. */
void llmp__draft_refuse(llmp__draft *draft, const char *format, ...) LLMP_PRINTF(2, 3);
/** Says what is odd about it. */
void llmp__draft_doubt(llmp__draft *draft, const char *format, ...) LLMP_PRINTF(2, 3);
/** A note without a draft. */
void llmp__price_note(llmp_price_import *import, llmp_price_note_kind kind, const llmp__node *node,
                      const char *record, const char *format, ...) LLMP_PRINTF(5, 6);

/** Checks the draft and makes it a record, unless it was refused. NULL when it was. */
llmp_api_price *llmp__draft_finish(llmp__draft *draft);

/** Marks what is known after a change to a record that was finished. */
void llmp__draft_mark(llmp_api_price *price);

/** A copy of one printable line, at most 300 characters; "" when out of memory. */
const char *llmp__price_line(llmp_price_import *import, const char *text);

/** True when a list has more than @p most entries, after a note that it was refused. */
bool llmp__price_too_many(llmp_price_import *import, const llmp__node *list, size_t most,
                          const char *record);

/** Text of a scalar node; NULL for what is none. */
const char *llmp__price_text(const llmp__node *map, const char *key);

/** Our name of a provider that other lists call differently. */
const char *llmp__price_provider(const char *name);

/** False when the name is taken already. */
bool llmp__names_add(llmp_price_import *import, const char *name);

/* One reader per format: the map or list is of its shape. */
void llmp__read_litellm(llmp_price_import *import, const llmp__node *root);
void llmp__read_models_dev(llmp_price_import *import, const llmp__node *root);
void llmp__read_openrouter(llmp_price_import *import, const llmp__node *root);
void llmp__read_genai(llmp_price_import *import, const llmp__node *root);
void llmp__read_llm_prices(llmp_price_import *import, const llmp__node *root);

#endif
