/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * genai-prices: a list of providers with models, USD per million tokens. Prices may be a list of
 * entries under conditions of which the last that holds wins: a first day, or hours of the day. A
 * value is a number or a base with tiers that begin above `start` tokens.
 */
#include "import/price_private.h"

#include <stdio.h>
#include <string.h>

static const char *const keys[] = {"input_mtok", "output_mtok", "cache_read_mtok",
                                   "cache_write_mtok", "cache_write_1h_mtok"};
enum { KEYS = sizeof keys / sizeof keys[0] };

static double *slot(llmp_price_tier *t, size_t i)
{
    double *const slots[KEYS] = {&t->input_usd_per_mtok, &t->output_usd_per_mtok,
                                 &t->cached_read_usd_per_mtok, &t->cache_write_5m_usd_per_mtok,
                                 &t->cache_write_1h_usd_per_mtok};
    return slots[i];
}

/* A key's value for a prompt of more than @p above tokens: of the highest tier begun, or the base.
 */
static double value_above(llmp__draft *d, const llmp__node *prices, const char *key, double above)
{
    const llmp__node *node = llmp__node_get(prices, key);
    double value = 0;
    if (node == NULL || node->kind != LLMP__NODE_MAP) {
        llmp__draft_rate(d, prices, key, &value);
        return value;
    }
    double begun = -1;
    const llmp__node *tiers = llmp__node_get(node, "tiers");
    llmp__draft_rate(d, node, "base", &value);
    for (const llmp__node *t = tiers == NULL ? NULL : tiers->first; t != NULL; t = t->next) {
        double start = 0;
        if (!llmp__node_number(llmp__node_get(t, "start"), &start)) {
            llmp__draft_refuse(d, "a tier of %s has no start", key);
            return 0;
        }
        if (start <= above && start > begun) {
            begun = start;
            value = 0;
            llmp__draft_rate(d, t, "price", &value);
        }
    }
    return value;
}

static void read_tiers(llmp__draft *d, const llmp__node *prices)
{
    for (size_t i = 0; i < KEYS; i++) {
        const llmp__node *tiers = llmp__node_get(llmp__node_get(prices, keys[i]), "tiers");
        for (const llmp__node *t = tiers == NULL ? NULL : tiers->first; t != NULL; t = t->next) {
            double start = 0;
            bool known = !llmp__node_number(llmp__node_get(t, "start"), &start);
            for (size_t j = 0; j < d->price.tier_count && !known; j++) {
                double other = (double)d->tiers[j].above_prompt_tokens;
                known = !(start < other) && !(start > other);
            }
            llmp_price_tier *tier = known ? NULL : llmp__draft_tier(d, start);
            for (size_t k = 0; k < KEYS && tier != NULL; k++) {
                *slot(tier, k) = value_above(d, prices, keys[k], start);
            }
            if (d->refused) {
                return;
            }
        }
    }
}

static void read_base(llmp__draft *d, const llmp__node *prices)
{
    llmp_price_tier base = {0};
    for (size_t i = 0; i < KEYS; i++) {
        *slot(&base, i) = value_above(d, prices, keys[i], -1);
    }
    llmp_api_price *p = &d->price;
    p->input_usd_per_mtok = base.input_usd_per_mtok;
    p->output_usd_per_mtok = base.output_usd_per_mtok;
    p->cached_read_usd_per_mtok = base.cached_read_usd_per_mtok;
    p->cache_write_5m_usd_per_mtok = base.cache_write_5m_usd_per_mtok;
    p->cache_write_1h_usd_per_mtok = base.cache_write_1h_usd_per_mtok;
    llmp__draft_rate(d, prices, "output_reasoning_mtok", &p->reasoning_usd_per_mtok);
    double thousand = 0;
    llmp__draft_rate(d, prices, "requests_kcount", &thousand);
    p->request_usd = thousand / 1000;
    read_tiers(d, prices);
}

/* "01:00:00Z" */
static bool read_time(const char *text, uint32_t *out)
{
    unsigned h = 0;
    unsigned m = 0;
    if (text == NULL || sscanf(text, "%2u:%2u", &h, &m) != 2 || h > 24 || m > 59) {
        return false;
    }
    *out = h * 100 + m;
    return true;
}

static void read_window(llmp__draft *d, const llmp__node *constraint, const llmp__node *prices)
{
    uint32_t from = 0;
    uint32_t to = 0;
    if (!read_time(llmp__price_text(constraint, "start_time"), &from) ||
        !read_time(llmp__price_text(constraint, "end_time"), &to) || from == to || from > 2359 ||
        to > 2400) {
        llmp__draft_refuse(d, "a window without start_time and end_time");
        return;
    }
    llmp_price_window *w = llmp__draft_window(d);
    if (w == NULL) {
        return;
    }
    w->utc_from_hhmm = from;
    w->utc_to_hhmm = to;
    w->input_usd_per_mtok = value_above(d, prices, keys[0], -1);
    w->output_usd_per_mtok = value_above(d, prices, keys[1], -1);
    w->cached_read_usd_per_mtok = value_above(d, prices, keys[2], -1);
    w->cache_write_5m_usd_per_mtok = value_above(d, prices, keys[3], -1);
    if (d->price.window_count == 1) {
        llmp__draft_doubt(d, "its hours hold on every day here; the vendor may spare weekends");
    }
}

/* One price of a model, begun on a day or always there, until the next one that is dated. */
static void read_span(llmp_price_import *import, const char *provider, const llmp__node *model,
                      const char *id, const llmp__node *list, const llmp__node *entry)
{
    llmp__draft d;
    const llmp__node *prices = list == NULL ? entry : llmp__node_get(entry, "prices");
    llmp__draft_begin(&d, import, entry->line != 0 ? entry : model, id, provider, id);
    if (prices == NULL || prices->kind != LLMP__NODE_MAP) {
        llmp__draft_refuse(&d, "no prices");
    }
    read_base(&d, prices);
    llmp__draft_date(&d, llmp__node_get(entry, "constraint"), "start_date",
                     &d.price.effective_from);
    const llmp__node *n = list == NULL ? NULL : entry->next;
    for (; n != NULL; n = n->next) {
        const llmp__node *constraint = llmp__node_get(n, "constraint");
        if (llmp__node_get(constraint, "start_date") != NULL) {
            llmp__draft_date(&d, constraint, "start_date", &d.price.effective_to);
            break;
        }
    }
    /* Hours are those of the last price: a list cannot say hours of earlier ones. */
    for (n = n == NULL && list != NULL ? list->first : NULL; n != NULL; n = n->next) {
        const llmp__node *constraint = llmp__node_get(n, "constraint");
        if (llmp__node_get(constraint, "start_time") != NULL) {
            read_window(&d, constraint, llmp__node_get(n, "prices"));
        }
    }
    llmp__draft_tokens(&d, model, "context_window", &d.price.context_tokens);
    (void)llmp__draft_finish(&d);
}

static void read_model(llmp_price_import *import, const char *provider, const llmp__node *model)
{
    const char *id = llmp__price_text(model, "id");
    const llmp__node *prices = llmp__node_get(model, "prices");
    if (id == NULL || prices == NULL) {
        llmp__price_note(import, LLMP_PRICE_REFUSED, model, id == NULL ? provider : id, "no %s",
                         id == NULL ? "id" : "prices");
        return;
    }
    if (prices->kind != LLMP__NODE_LIST) {
        read_span(import, provider, model, id, NULL, prices);
        return;
    }
    if (llmp__price_too_many(import, prices, LLMP__SPANS_MAX, id)) {
        return;
    }
    for (const llmp__node *e = prices->first; e != NULL; e = e->next) {
        const llmp__node *constraint = llmp__node_get(e, "constraint");
        bool dated = llmp__node_get(constraint, "start_date") != NULL;
        if (dated || constraint == NULL || llmp__node_is_null(constraint)) {
            read_span(import, provider, model, id, prices, e);
        } else if (llmp__node_get(constraint, "start_time") == NULL) {
            llmp__price_note(import, LLMP_PRICE_REFUSED, e, id,
                             "a price under a condition that is none of day or hours");
        }
    }
}

void llmp__read_genai(llmp_price_import *import, const llmp__node *root)
{
    for (const llmp__node *vendor = root->first; vendor != NULL; vendor = vendor->next) {
        const char *provider = llmp__price_text(vendor, "id");
        const llmp__node *models = llmp__node_get(vendor, "models");
        if (provider == NULL || models == NULL || models->kind != LLMP__NODE_LIST) {
            llmp__price_note(import, LLMP_PRICE_REFUSED, vendor,
                             provider == NULL ? "provider" : provider, "no id or no models");
            continue;
        }
        for (const llmp__node *m = models->first; m != NULL && !import->failed; m = m->next) {
            read_model(import, llmp__price_provider(provider), m);
        }
    }
}
