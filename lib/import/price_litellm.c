/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LiteLLM: one flat map of models, USD per token as floating point. `above_1hr` is how long a cache
 * entry lives, `above_200k_tokens` a long-context tier that prices whole requests, `tiered_pricing`
 * bands without any flat price beside them.
 */
#include "import/price_private.h"

#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text_mode(const char *mode)
{
    return mode == NULL || strcmp(mode, "chat") == 0 || strcmp(mode, "completion") == 0 ||
           strcmp(mode, "responses") == 0;
}

static double rate(llmp__draft *d, const llmp__node *map, const char *key)
{
    double value = 0;
    llmp__draft_rate(d, map, key, &value);
    return value;
}

/* "START_above_272k_tokensEND" */
static double rate_above(llmp__draft *d, const llmp__node *map, const char *start,
                         unsigned long thousand, const char *end)
{
    char key[128];
    (void)snprintf(key, sizeof key, "%s_above_%luk_tokens%s", start, thousand, end);
    return rate(d, map, key);
}

/* Thresholds are in the names of keys: input_cost_per_token_above_272k_tokens. */
static void read_tiers(llmp__draft *d, const llmp__node *map)
{
    static const char start[] = "input_cost_per_token_above_";
    for (const llmp__node *n = map->first; n != NULL; n = n->next) {
        char *end = NULL;
        if (strncmp(n->key, start, sizeof start - 1) != 0) {
            continue;
        }
        unsigned long k = strtoul(n->key + sizeof start - 1, &end, 10);
        if (strcmp(end, "k_tokens") != 0 || k == 0 || k > 100000) {
            continue;
        }
        llmp_price_tier *tier = llmp__draft_tier(d, 1000.0 * (double)k);
        if (tier == NULL) {
            return;
        }
        tier->input_usd_per_mtok = rate_above(d, map, "input_cost_per_token", k, "");
        tier->output_usd_per_mtok = rate_above(d, map, "output_cost_per_token", k, "");
        tier->cached_read_usd_per_mtok = rate_above(d, map, "cache_read_input_token_cost", k, "");
        tier->cache_write_5m_usd_per_mtok =
            rate_above(d, map, "cache_creation_input_token_cost", k, "");
        tier->cache_write_1h_usd_per_mtok =
            rate_above(d, map, "cache_creation_input_token_cost_above_1hr", k, "");
        tier->batch_input_usd_per_mtok = rate_above(d, map, "input_cost_per_token", k, "_batches");
        tier->batch_output_usd_per_mtok =
            rate_above(d, map, "output_cost_per_token", k, "_batches");
    }
}

/* Bands [from, to] of whole requests; they must begin at 0 and leave no gap. */
static void read_bands(llmp__draft *d, const llmp__node *bands)
{
    double expected = 0;
    for (const llmp__node *band = bands->first; band != NULL; band = band->next) {
        const llmp__node *range = llmp__node_get(band, "range");
        double from = -1;
        double to = -1;
        if (range == NULL || range->kind != LLMP__NODE_LIST || range->count != 2 ||
            !llmp__node_number(range->first, &from) || !llmp__node_number(range->last, &to) ||
            from < expected || from > expected || !(to > from)) {
            llmp__draft_refuse(d, "the bands of tiered_pricing do not join");
            return;
        }
        expected = to;
        if (!(from > 0)) {
            llmp__draft_rate(d, band, "input_cost_per_token", &d->price.input_usd_per_mtok);
            llmp__draft_rate(d, band, "output_cost_per_token", &d->price.output_usd_per_mtok);
            llmp__draft_rate(d, band, "cache_read_input_token_cost",
                             &d->price.cached_read_usd_per_mtok);
            continue;
        }
        llmp_price_tier *tier = llmp__draft_tier(d, from);
        if (tier == NULL) {
            return;
        }
        llmp__draft_rate(d, band, "input_cost_per_token", &tier->input_usd_per_mtok);
        llmp__draft_rate(d, band, "output_cost_per_token", &tier->output_usd_per_mtok);
        llmp__draft_rate(d, band, "cache_read_input_token_cost", &tier->cached_read_usd_per_mtok);
    }
}

static double factor_in(llmp__draft *d, const llmp__node *map, const char *key)
{
    const llmp__node *node = llmp__node_get(map, key);
    double factor = 0;
    if (node != NULL && (!llmp__node_number(node, &factor) || factor < 1 || factor > 100)) {
        llmp__draft_doubt(d, "%s is no factor from 1 to 100: left out", key);
        factor = 0;
    }
    return factor;
}

static void read_services(llmp__draft *d, const llmp__node *map)
{
    llmp_api_price *p = &d->price;
    llmp__draft_rate(d, map, "input_cost_per_token_batches", &p->batch_input_usd_per_mtok);
    llmp__draft_rate(d, map, "output_cost_per_token_batches", &p->batch_output_usd_per_mtok);
    llmp__draft_factor(d, rate(d, map, "input_cost_per_token_flex"),
                       rate(d, map, "output_cost_per_token_flex"), "flex", &p->flex_ratio);
    llmp__draft_factor(d, rate(d, map, "input_cost_per_token_priority"),
                       rate(d, map, "output_cost_per_token_priority"), "priority",
                       &p->priority_ratio);
    double eu = factor_in(d, map, "regional_processing_uplift_multiplier_eu");
    double us = factor_in(d, map, "regional_processing_uplift_multiplier_us");
    const llmp__node *own = llmp__node_get(map, "provider_specific_entry");
    if (own != NULL && own->kind == LLMP__NODE_MAP) {
        double fast = factor_in(d, own, "fast");
        us = us > 0 ? us : factor_in(d, own, "us");
        p->priority_ratio = p->priority_ratio > 0 ? p->priority_ratio : fast;
    }
    p->regional_ratio = eu > us ? eu : us;
}

/* "eu.anthropic..." and "bedrock/eu-west-1/..." are the same model at another price. */
static const char *region_of(llmp__draft *d, const char *key)
{
    static const char *const regions[] = {"us-gov", "apac", "us", "eu", "au", "jp", "global"};
    if (strncmp(key, "bedrock/", 8) == 0) {
        size_t length = strcspn(key + 8, "/");
        return key[8 + length] == '/' ? llmp__arena_text(&d->import->arena, key + 8, length) : NULL;
    }
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        size_t length = strlen(regions[i]);
        if (strncmp(key, regions[i], length) == 0 && key[length] == '.') {
            return regions[i];
        }
    }
    return NULL;
}

static void read_model(llmp_price_import *import, const llmp__node *node)
{
    llmp__draft d;
    const char *key = node->key;
    const char *provider = llmp__price_text(node, "litellm_provider");
    if (provider == NULL) {
        llmp__price_note(import, LLMP_PRICE_REFUSED, node, key, "no litellm_provider");
        return;
    }
    size_t prefix = strlen(provider);
    const char *model =
        strncmp(key, provider, prefix) == 0 && key[prefix] == '/' ? key + prefix + 1 : key;
    model = strncmp(model, "gemini/", 7) == 0 ? model + 7 : model;
    llmp__draft_begin(&d, import, node, key, llmp__price_provider(provider), model);
    d.per_token = true;
    llmp_api_price *p = &d.price;
    if (strcmp(p->provider, "bedrock") == 0) {
        p->region = region_of(&d, key);
    }
    llmp__draft_rate(&d, node, "input_cost_per_token", &p->input_usd_per_mtok);
    llmp__draft_rate(&d, node, "output_cost_per_token", &p->output_usd_per_mtok);
    llmp__draft_rate(&d, node, "cache_read_input_token_cost", &p->cached_read_usd_per_mtok);
    if (!(p->cached_read_usd_per_mtok > 0)) {
        llmp__draft_rate(&d, node, "input_cost_per_token_cache_hit", &p->cached_read_usd_per_mtok);
    }
    llmp__draft_rate(&d, node, "cache_creation_input_token_cost", &p->cache_write_5m_usd_per_mtok);
    llmp__draft_rate(&d, node, "cache_creation_input_token_cost_above_1hr",
                     &p->cache_write_1h_usd_per_mtok);
    llmp__draft_rate(&d, node, "output_cost_per_reasoning_token", &p->reasoning_usd_per_mtok);
    const llmp__node *bands = llmp__node_get(node, "tiered_pricing");
    if (bands != NULL && bands->kind == LLMP__NODE_LIST) {
        read_bands(&d, bands);
    } else {
        read_tiers(&d, node);
    }
    read_services(&d, node);
    llmp__draft_tokens(&d, node, "max_input_tokens", &p->context_tokens);
    llmp__draft_tokens(&d, node, "max_output_tokens", &p->max_output_tokens);
    llmp__draft_date(&d, node, "deprecation_date", &p->retirement);
    p->deprecated = p->retirement != 0;
    if (llmp__node_get(node, "input_dbu_cost_per_token") != NULL && !(p->input_usd_per_mtok > 0)) {
        llmp__draft_refuse(&d, "priced in Databricks units, not in USD");
    }
    (void)llmp__draft_finish(&d);
}

void llmp__read_litellm(llmp_price_import *import, const llmp__node *root)
{
    for (const llmp__node *node = root->first; node != NULL && !import->failed; node = node->next) {
        const char *mode = llmp__price_text(node, "mode");
        if (node->kind != LLMP__NODE_MAP) {
            llmp__price_note(import, LLMP_PRICE_REFUSED, node, node->key, "%s, no model",
                             llmp__node_kind_name(node));
        } else if (strcmp(node->key, "sample_spec") == 0) {
            llmp__price_note(import, LLMP_PRICE_LEFT_OUT, node, node->key, "an example, no model");
        } else if (!is_text_mode(mode)) {
            llmp__price_note(import, LLMP_PRICE_LEFT_OUT, node, node->key, "%.40s, no text model",
                             mode);
        } else {
            read_model(import, node);
        }
    }
}
