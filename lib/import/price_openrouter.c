/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenRouter: a list of models, USD per token as decimals in quotes. "-1" is set request by
 * request, ":free" a rate-limited gift, "~x" an alias, ":batch" the same model at the batch price.
 * `overrides` hold under conditions, later ones win, and keys that are missing in them inherit.
 */
#include "import/price_private.h"

#include <stdio.h>
#include <string.h>

static bool ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text);
    size_t n = strlen(tail);
    return length > n && strcmp(text + length - n, tail) == 0;
}

static void read_tier(llmp__draft *d, const llmp__node *override, double above)
{
    const llmp_api_price *p = &d->price;
    llmp_price_tier *tier = llmp__draft_tier(d, above);
    if (tier == NULL) {
        return;
    }
    tier->input_usd_per_mtok = p->input_usd_per_mtok;
    tier->output_usd_per_mtok = p->output_usd_per_mtok;
    tier->cached_read_usd_per_mtok = p->cached_read_usd_per_mtok;
    tier->cache_write_5m_usd_per_mtok = p->cache_write_5m_usd_per_mtok;
    tier->cache_write_1h_usd_per_mtok = p->cache_write_1h_usd_per_mtok;
    llmp__draft_rate(d, override, "prompt", &tier->input_usd_per_mtok);
    llmp__draft_rate(d, override, "completion", &tier->output_usd_per_mtok);
    llmp__draft_rate(d, override, "input_cache_read", &tier->cached_read_usd_per_mtok);
    llmp__draft_rate(d, override, "input_cache_write", &tier->cache_write_5m_usd_per_mtok);
    llmp__draft_rate(d, override, "input_cache_write_1h", &tier->cache_write_1h_usd_per_mtok);
}

static bool is_time(double number, double last)
{
    return number >= 0 && number <= last && (unsigned)number % 100 < 60 &&
           !(number > (double)(unsigned)number);
}

static void read_window(llmp__draft *d, const llmp__node *override)
{
    double from = -1;
    double to = -1;
    if (!llmp__node_number(llmp__node_get(override, "utc_start"), &from) ||
        !llmp__node_number(llmp__node_get(override, "utc_end"), &to) || !is_time(from, 2359) ||
        !is_time(to, 2400)) {
        llmp__draft_refuse(d, "utc_start and utc_end are no times such as 130 for 01:30");
        return;
    }
    llmp_price_window *w = llmp__draft_window(d);
    if (w == NULL) {
        return;
    }
    w->utc_from_hhmm = (uint32_t)from;
    w->utc_to_hhmm = (uint32_t)to;
    llmp__draft_rate(d, override, "prompt", &w->input_usd_per_mtok);
    llmp__draft_rate(d, override, "completion", &w->output_usd_per_mtok);
    llmp__draft_rate(d, override, "input_cache_read", &w->cached_read_usd_per_mtok);
    llmp__draft_rate(d, override, "input_cache_write", &w->cache_write_5m_usd_per_mtok);
    if (w->utc_from_hhmm == w->utc_to_hhmm) {
        llmp__draft_refuse(d, "a window of no length");
    }
}

static void read_overrides(llmp__draft *d, const llmp__node *overrides)
{
    if (overrides == NULL || overrides->kind != LLMP__NODE_LIST) {
        return;
    }
    for (const llmp__node *o = overrides->first; o != NULL; o = o->next) {
        const llmp__node *least = llmp__node_get(o, "min_prompt_tokens");
        bool time = llmp__node_get(o, "utc_start") != NULL || llmp__node_get(o, "utc_end") != NULL;
        double above = 0;
        if (llmp__node_get(o, "utc_days") != NULL || (least != NULL && time)) {
            llmp__draft_refuse(d, "an override by days, or by length and time at once");
        } else if (time) {
            read_window(d, o);
        } else if (least != NULL && llmp__node_number(least, &above)) {
            read_tier(d, o, above);
        } else {
            llmp__draft_refuse(d, "an override under no known condition");
        }
        if (d->refused) {
            return;
        }
    }
}

/* The catalog's model of that Hugging Face name. */
static const char *open_model(const llmp_price_import *import, const char *name)
{
    const llmp_record *record = NULL;
    if (name == NULL ||
        llmp_catalog_find(import->catalog, LLMP_KIND_MODEL, name, &record, NULL, NULL) != LLMP_OK) {
        return NULL;
    }
    return record->id;
}

static void read_model(llmp_price_import *import, const llmp__node *node, const char *id)
{
    llmp__draft d;
    const llmp__node *pricing = llmp__node_get(node, "pricing");
    llmp__draft_begin(&d, import, node, id, "openrouter", id);
    d.per_token = true;
    llmp_api_price *p = &d.price;
    llmp__draft_rate(&d, pricing, "prompt", &p->input_usd_per_mtok);
    llmp__draft_rate(&d, pricing, "completion", &p->output_usd_per_mtok);
    llmp__draft_rate(&d, pricing, "input_cache_read", &p->cached_read_usd_per_mtok);
    llmp__draft_rate(&d, pricing, "input_cache_write", &p->cache_write_5m_usd_per_mtok);
    llmp__draft_rate(&d, pricing, "input_cache_write_1h", &p->cache_write_1h_usd_per_mtok);
    double reasoning = 0;
    llmp__draft_rate(&d, pricing, "internal_reasoning", &reasoning);
    if (reasoning < p->output_usd_per_mtok || reasoning > p->output_usd_per_mtok) {
        p->reasoning_usd_per_mtok = reasoning;
    }
    d.per_token = false;
    llmp__draft_rate(&d, pricing, "request", &p->request_usd);
    d.per_token = true;
    read_overrides(&d, llmp__node_get(pricing, "overrides"));
    p->open_model = open_model(import, llmp__price_text(node, "hugging_face_id"));
    llmp__draft_tokens(&d, node, "context_length", &p->context_tokens);
    llmp__draft_tokens(&d, llmp__node_get(node, "top_provider"), "max_completion_tokens",
                       &p->max_output_tokens);
    llmp__draft_date(&d, node, "expiration_date", &p->retirement);
    (void)llmp__draft_finish(&d);
}

/* "x:batch" is x at another price: it goes with x, which may stand before or after it. */
static const llmp__node *find(const llmp__node *list, const char *id, size_t length)
{
    for (const llmp__node *n = list->first; n != NULL; n = n->next) {
        const char *other = llmp__price_text(n, "id");
        if (other != NULL && strlen(other) == length && strncmp(other, id, length) == 0) {
            return n;
        }
    }
    return NULL;
}

static void read_batch(llmp_price_import *import, const llmp__node *list, const llmp__node *node,
                       const char *id)
{
    size_t length = strlen(id) - strlen(":batch");
    if (find(list, id, length) == NULL) {
        llmp__price_note(import, LLMP_PRICE_REFUSED, node, id, "a batch price of no model listed");
        return;
    }
    for (size_t i = 0; i < import->price_count; i++) {
        llmp_api_price *p = import->prices[i];
        if (strlen(p->model) != length || strncmp(p->model, id, length) != 0) {
            continue;
        }
        llmp__draft d;
        const llmp__node *pricing = llmp__node_get(node, "pricing");
        llmp__draft_begin(&d, import, node, id, p->provider, p->model);
        d.per_token = true;
        llmp__draft_rate(&d, pricing, "prompt", &p->batch_input_usd_per_mtok);
        llmp__draft_rate(&d, pricing, "completion", &p->batch_output_usd_per_mtok);
        llmp__draft_rate(&d, pricing, "input_cache_read", &p->batch_cached_read_usd_per_mtok);
        llmp__draft_mark(p);
        return;
    }
    llmp__price_note(import, LLMP_PRICE_REFUSED, node, id, "no price was made of its model");
}

void llmp__read_openrouter(llmp_price_import *import, const llmp__node *root)
{
    const llmp__node *data = llmp__node_get(root, "data");
    if (llmp__price_too_many(import, data, LLMP__SIBLINGS_MAX, "data")) {
        return;
    }
    for (const llmp__node *n = data->first; n != NULL && !import->failed; n = n->next) {
        const char *id = llmp__price_text(n, "id");
        if (id == NULL) {
            llmp__price_note(import, LLMP_PRICE_REFUSED, n, "data", "a model without id");
        } else if (*id == '~') {
            llmp__price_note(import, LLMP_PRICE_LEFT_OUT, n, id, "an alias of another model");
        } else if (ends_with(id, ":free")) {
            llmp__price_note(import, LLMP_PRICE_LEFT_OUT, n, id,
                             "free but rate-limited, no price to plan with");
        } else if (!ends_with(id, ":batch")) {
            read_model(import, n, id);
        }
    }
    for (const llmp__node *n = data->first; n != NULL && !import->failed; n = n->next) {
        const char *id = llmp__price_text(n, "id");
        if (id != NULL && *id != '~' && ends_with(id, ":batch")) {
            read_batch(import, data, n, id);
        }
    }
}
