/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * llm-prices: vendors with models that have a history, USD per million tokens, spans half-open. A
 * long-context tier is a model of its own ("gpt-5.4-272k", named ">272k") and goes with the model
 * it is a tier of.
 */
#include "import/price_private.h"

#include <stdlib.h>
#include <string.h>

/* The length of an id without its "-272k" when it is a tier by name; 0 when it is none. */
static size_t tier_of(const llmp__node *model, const char *id, double *above)
{
    const char *dash = strrchr(id, '-');
    const char *name = llmp__price_text(model, "name");
    char *end = NULL;
    if (dash == NULL || dash == id || name == NULL || strchr(name, '>') == NULL) {
        return 0;
    }
    unsigned long k = strtoul(dash + 1, &end, 10);
    if (end == dash + 1 || strcmp(end, "k") != 0 || k == 0 || k > 100000) {
        return 0;
    }
    *above = 1000.0 * (double)k;
    return (size_t)(dash - id);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_span(const llmp__node *a, const llmp__node *b)
{
    return same(llmp__price_text(a, "from_date"), llmp__price_text(b, "from_date")) &&
           same(llmp__price_text(a, "to_date"), llmp__price_text(b, "to_date"));
}

/* The tier's entry of the same span, in the model that is `id` with a threshold behind it. */
static void add_tiers(llmp__draft *d, const llmp__node *models, const char *id,
                      const llmp__node *entry)
{
    size_t length = strlen(id);
    for (const llmp__node *m = models->first; m != NULL; m = m->next) {
        double above = 0;
        const char *other = llmp__price_text(m, "id");
        const llmp__node *history = llmp__node_get(m, "price_history");
        if (other == NULL || tier_of(m, other, &above) != length ||
            strncmp(other, id, length) != 0 || history == NULL) {
            continue;
        }
        for (const llmp__node *e = history->first; e != NULL; e = e->next) {
            if (same_span(e, entry)) {
                llmp_price_tier *tier = llmp__draft_tier(d, above);
                if (tier == NULL) {
                    return;
                }
                llmp__draft_rate(d, e, "input", &tier->input_usd_per_mtok);
                llmp__draft_rate(d, e, "output", &tier->output_usd_per_mtok);
                llmp__draft_rate(d, e, "input_cached", &tier->cached_read_usd_per_mtok);
            }
        }
    }
}

static void read_entry(llmp_price_import *import, const char *vendor, const llmp__node *models,
                       const char *id, const llmp__node *entry)
{
    llmp__draft d;
    llmp__draft_begin(&d, import, entry, id, vendor, id);
    llmp__draft_rate(&d, entry, "input", &d.price.input_usd_per_mtok);
    llmp__draft_rate(&d, entry, "output", &d.price.output_usd_per_mtok);
    llmp__draft_rate(&d, entry, "input_cached", &d.price.cached_read_usd_per_mtok);
    llmp__draft_date(&d, entry, "from_date", &d.price.effective_from);
    llmp__draft_date(&d, entry, "to_date", &d.price.effective_to);
    if (models != NULL) {
        add_tiers(&d, models, id, entry);
    }
    (void)llmp__draft_finish(&d);
}

static const llmp__node *find_base(const llmp__node *models, const char *id, size_t length)
{
    for (const llmp__node *m = models->first; m != NULL; m = m->next) {
        const char *other = llmp__price_text(m, "id");
        if (other != NULL && strlen(other) == length && strncmp(other, id, length) == 0) {
            return m;
        }
    }
    return NULL;
}

/* A tier over other days than its model would be lost. */
static bool spans_match(const llmp__node *history, const llmp__node *base)
{
    const llmp__node *others = llmp__node_get(base, "price_history");
    for (const llmp__node *e = history->first; e != NULL; e = e->next) {
        bool found = false;
        for (const llmp__node *o = others == NULL ? NULL : others->first; o != NULL; o = o->next) {
            found = found || same_span(e, o);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static void read_vendor(llmp_price_import *import, const llmp__node *node)
{
    const char *vendor = llmp__price_text(node, "vendor");
    const llmp__node *models = llmp__node_get(node, "models");
    const char *shown = node->key == NULL ? "vendor" : node->key;
    if (vendor == NULL || models == NULL || models->kind != LLMP__NODE_LIST) {
        llmp__price_note(import, LLMP_PRICE_REFUSED, node, shown, "no vendor or no models");
        return;
    }
    vendor = llmp__price_provider(vendor);
    if (llmp__price_too_many(import, models, LLMP__SIBLINGS_MAX, vendor)) {
        return;
    }
    for (const llmp__node *m = models->first; m != NULL && !import->failed; m = m->next) {
        double above = 0;
        const char *id = llmp__price_text(m, "id");
        const llmp__node *history = llmp__node_get(m, "price_history");
        if (id == NULL || history == NULL || history->kind != LLMP__NODE_LIST) {
            llmp__price_note(import, LLMP_PRICE_REFUSED, m, id == NULL ? vendor : id,
                             "no id or no price_history");
            continue;
        }
        if (llmp__price_too_many(import, history, LLMP__SPANS_MAX, id)) {
            continue;
        }
        size_t length = tier_of(m, id, &above);
        const llmp__node *base = length > 0 ? find_base(models, id, length) : NULL;
        if (base != NULL) {
            bool match = spans_match(history, base);
            llmp__price_note(import, match ? LLMP_PRICE_LEFT_OUT : LLMP_PRICE_REFUSED, m, id,
                             match ? "a tier of another model"
                                   : "a tier over other days than the model it belongs to");
            continue;
        }
        for (const llmp__node *e = history->first; e != NULL; e = e->next) {
            read_entry(import, vendor, models, id, e);
        }
    }
}

void llmp__read_llm_prices(llmp_price_import *import, const llmp__node *root)
{
    const llmp__node *all = llmp__node_get(root, "prices");
    if (all != NULL && all->kind == LLMP__NODE_LIST) {
        for (const llmp__node *e = all->first; e != NULL && !import->failed; e = e->next) {
            const char *vendor = llmp__price_text(e, "vendor");
            const char *id = llmp__price_text(e, "id");
            if (vendor == NULL || id == NULL) {
                llmp__price_note(import, LLMP_PRICE_REFUSED, e, "prices", "no vendor or no id");
            } else {
                read_entry(import, llmp__price_provider(vendor), NULL, id, e);
            }
        }
        return;
    }
    if (llmp__node_get(root, "vendor") != NULL) {
        read_vendor(import, root);
        return;
    }
    for (const llmp__node *vendor = root->first; vendor != NULL; vendor = vendor->next) {
        read_vendor(import, vendor);
    }
}
