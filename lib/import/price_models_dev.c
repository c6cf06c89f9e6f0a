/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * models.dev: providers with models, USD per million tokens. `tiers` are long-context tiers; the
 * older `context_over_200k` stands beside them for any threshold from 200k up, so it counts only
 * where `tiers` is missing. A missing cache price is unknown.
 */
#include "import/price_private.h"

#include <string.h>

static void read_rates(llmp__draft *d, const llmp__node *cost, llmp_price_tier *tier)
{
    llmp__draft_rate(d, cost, "input", &tier->input_usd_per_mtok);
    llmp__draft_rate(d, cost, "output", &tier->output_usd_per_mtok);
    llmp__draft_rate(d, cost, "cache_read", &tier->cached_read_usd_per_mtok);
    llmp__draft_rate(d, cost, "cache_write", &tier->cache_write_5m_usd_per_mtok);
}

static void read_tiers(llmp__draft *d, const llmp__node *cost)
{
    const llmp__node *tiers = llmp__node_get(cost, "tiers");
    const llmp__node *older = llmp__node_get(cost, "context_over_200k");
    if (tiers == NULL && older != NULL && older->kind == LLMP__NODE_MAP) {
        llmp_price_tier *tier = llmp__draft_tier(d, 200000);
        if (tier != NULL) {
            read_rates(d, older, tier);
            llmp__draft_doubt(d, "the tier above 200k tokens may begin higher");
        }
        return;
    }
    if (tiers == NULL || tiers->kind != LLMP__NODE_LIST) {
        return;
    }
    for (const llmp__node *t = tiers->first; t != NULL; t = t->next) {
        const llmp__node *what = llmp__node_get(t, "tier");
        const char *type = llmp__price_text(what, "type");
        double size = 0;
        if (type == NULL || strcmp(type, "context") != 0 ||
            !llmp__node_number(llmp__node_get(what, "size"), &size)) {
            llmp__draft_refuse(d, "a tier that is none of context");
            return;
        }
        llmp_price_tier *tier = llmp__draft_tier(d, size);
        if (tier == NULL) {
            return;
        }
        read_rates(d, t, tier);
    }
}

static const llmp__node *at(const llmp__node *node, const char *a, const char *b, const char *c)
{
    return llmp__node_get(llmp__node_get(llmp__node_get(node, a), b), c);
}

static void read_model(llmp_price_import *import, const char *provider, const llmp__node *node)
{
    llmp__draft d;
    const llmp__node *cost = llmp__node_get(node, "cost");
    const llmp__node *limit = llmp__node_get(node, "limit");
    const char *status = llmp__price_text(node, "status");
    llmp_price_tier base = {0};
    llmp_price_tier fast = {0};
    llmp__draft_begin(&d, import, node, node->key, provider, node->key);
    llmp_api_price *p = &d.price;
    if (cost == NULL || cost->kind != LLMP__NODE_MAP) {
        llmp__draft_refuse(&d, "no cost");
    }
    read_rates(&d, cost, &base);
    p->input_usd_per_mtok = base.input_usd_per_mtok;
    p->output_usd_per_mtok = base.output_usd_per_mtok;
    p->cached_read_usd_per_mtok = base.cached_read_usd_per_mtok;
    p->cache_write_5m_usd_per_mtok = base.cache_write_5m_usd_per_mtok;
    llmp__draft_rate(&d, cost, "reasoning", &p->reasoning_usd_per_mtok);
    read_tiers(&d, cost);
    const llmp__node *mode = at(node, "experimental", "modes", "fast");
    if (mode != NULL) {
        read_rates(&d, llmp__node_get(mode, "cost"), &fast);
        llmp__draft_factor(&d, fast.input_usd_per_mtok, fast.output_usd_per_mtok, "the fast mode",
                           &p->priority_ratio);
    }
    llmp__draft_tokens(&d, limit, "context", &p->context_tokens);
    llmp__draft_tokens(&d, limit, "output", &p->max_output_tokens);
    p->deprecated = status != NULL && strcmp(status, "deprecated") == 0;
    (void)llmp__draft_finish(&d);
}

void llmp__read_models_dev(llmp_price_import *import, const llmp__node *root)
{
    for (const llmp__node *vendor = root->first; vendor != NULL; vendor = vendor->next) {
        const llmp__node *models = llmp__node_get(vendor, "models");
        if (models == NULL || models->kind != LLMP__NODE_MAP) {
            llmp__price_note(import, LLMP_PRICE_REFUSED, vendor, vendor->key, "no map of models");
            continue;
        }
        for (const llmp__node *m = models->first; m != NULL && !import->failed; m = m->next) {
            read_model(import, llmp__price_provider(vendor->key), m);
        }
    }
}
