/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bills: parts, what is owned of them, supplies and power limits. */
#include "planner/recommend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

llmp__offer *llmp__offer_add(llmp__offers *offers)
{
    if (offers->count == offers->capacity) {
        size_t capacity = offers->capacity * 2 + 64;
        llmp__offer **items = realloc(offers->items, capacity * sizeof(*items));
        if (items == NULL) {
            return NULL;
        }
        offers->items = items;
        offers->capacity = capacity;
    }
    llmp__offer *offer = calloc(1, sizeof *offer);
    if (offer != NULL) {
        offer->config.peak_w = (double)NAN;
        offer->family = ++offers->families;
        offers->items[offers->count++] = offer;
    }
    return offer;
}

void llmp__offer_drop(llmp__offers *offers)
{
    free(offers->items[--offers->count]);
}

void llmp__offers_free(llmp__offers *offers)
{
    while (offers->count > 0) {
        llmp__offer_drop(offers);
    }
    free(offers->items);
}

const llmp_price *llmp__offer_price(const llmp__search *search, const llmp_price *prices,
                                    size_t count, llmp_date discontinued)
{
    return llmp_price_to_buy(prices, count, search->request.buying, discontinued, search->day);
}

void llmp__offer_part(llmp_config *config, llmp_kind kind, const llmp_record *record,
                      uint64_t memory_bytes, uint32_t count, uint32_t owned,
                      const llmp_price *price)
{
    if (config->part_count < LLMP_RECOMMEND_PARTS_MAX) {
        owned = owned < count ? owned : count;
        config->parts[config->part_count++] = (llmp_part){
            .kind = kind,
            .record = record,
            .memory_bytes = memory_bytes,
            .count = count - owned,
            .owned_count = owned,
            .unit_usd = price == NULL ? 0 : 0.5 * (price->low_usd + price->high_usd),
            .price = price,
        };
    }
}

void llmp__offer_total(llmp_config *config)
{
    config->has_price = true;
    config->low_usd = config->usd = config->high_usd = 0;
    config->price_grade = LLMP_GRADE_EXACT;
    config->is_owned = true;
    for (uint32_t i = 0; i < config->part_count; i++) {
        const llmp_part *part = &config->parts[i];
        config->is_owned = config->is_owned && part->count == 0;
        if (part->price == NULL || part->count == 0) {
            continue;
        }
        config->low_usd += part->count * part->price->low_usd;
        config->usd += part->count * part->unit_usd;
        config->high_usd += part->count * part->price->high_usd;
        config->price_grade = llmp_grade_worse(config->price_grade, part->price->grade);
        if (config->price_as_of == 0 || part->price->as_of < config->price_as_of) {
            config->price_as_of = part->price->as_of;
        }
    }
}

uint32_t llmp__owned_devices(const llmp__search *search, const llmp_device *device)
{
    uint32_t count = 0;
    const llmp_machine *owned = search->request.owned;
    for (uint32_t i = 0; owned != NULL && i < owned->device_count; i++) {
        count += strcmp(owned->devices[i]->head.id, device->head.id) == 0 ? 1 : 0;
    }
    return count;
}

/* --- power ------------------------------------------------------------------------------------ */

/* An adapter of four 8-pin plugs stands in for a 16-pin one, as makers pack with their cards. */
enum { ADAPTER_8PIN = 4, LIMIT_STEP_W = 5 };

static bool connects(const llmp_psu *psu, uint32_t supplies, const llmp_device *card,
                     uint32_t cards)
{
    uint32_t have16 = psu->power_16pin_count * supplies;
    uint32_t have8 = psu->power_8pin_count * supplies;
    uint32_t need16 = card->power_16pin_count * cards;
    uint32_t need8 = card->power_8pin_count * cards;
    uint32_t adapted = need16 > have16 ? need16 - have16 : 0;
    return need8 + ADAPTER_8PIN * adapted <= have8;
}

/* What the supplies and the wall leave each card, in steps; its own power at most. */
static double left_for_card(const llmp__search *search, const llmp_host *host, const llmp_psu *psu,
                            uint32_t supplies, const llmp_device *card, uint32_t cards)
{
    double wall_w = llmp_circuit_w(search->circuit);
    if (search->request.peak_max_w > 0) {
        wall_w = fmin(wall_w, search->request.peak_max_w);
    }
    double output_w =
        fmin(psu->rated_w * psu->load_ratio * supplies, wall_w * psu->efficiency_ratio);
    double each_w = floor((output_w - host->load_w) / cards / LIMIT_STEP_W) * LIMIT_STEP_W;
    return fmin(each_w, card->tdp_w);
}

typedef struct choice {
    const llmp_psu *psu;
    uint32_t supplies;
    const llmp_price *price; /* NULL: comes with the host, or is owned */
    bool owned;
    double card_w;
} choice;

static double choice_usd(const choice *c)
{
    return c->price == NULL || c->owned
               ? 0
               : c->supplies * 0.5 * (c->price->low_usd + c->price->high_usd);
}

/* Cheaper first, then by id. */
static bool cheaper(const choice *a, const choice *b)
{
    double x = choice_usd(a);
    double y = choice_usd(b);
    return x != y ? x < y : strcmp(a->psu->head.id, b->psu->head.id) < 0;
}

/* Less than this is not worth a larger supply. */
static const double same_power_ratio = 0.97;

enum { CHOICES_MAX = 64 };

static size_t try_psu(const llmp__search *search, const llmp_host *host, const llmp_psu *psu,
                      const llmp_device *card, uint32_t cards, choice *list, size_t count)
{
    const llmp_price *price = llmp__offer_price(search, psu->prices, psu->price_count, 0);
    bool own = host->psu != NULL;
    for (uint32_t n = own ? host->psus_max : 1; n <= host->psus_max; n++) {
        bool there = search->owned.host == host && n == 1 && psu->rated_w <= search->owned.psu_w;
        choice c = {psu, n, own ? NULL : price, there, 0};
        if (connects(psu, n, card, cards) && (price != NULL || own || there) &&
            count < CHOICES_MAX) {
            c.card_w = left_for_card(search, host, psu, n, card, cards);
            list[count++] = c;
        }
    }
    return count;
}

/* The cheapest that feeds the cards as well as any. */
static choice best_of(const choice *list, size_t count, double full_w)
{
    choice best = {NULL, 0, NULL, false, 0};
    double most = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, list[i].card_w);
    }
    for (size_t i = 0; i < count; i++) {
        bool enough =
            most <= 0 || list[i].card_w >= (most < full_w ? same_power_ratio * most : full_w);
        if (enough && (best.psu == NULL || cheaper(&list[i], &best))) {
            best = list[i];
        }
    }
    return best;
}

bool llmp__offer_power(const llmp__search *search, const llmp_host *host, const llmp_device *card,
                       uint32_t cards, llmp_config *config, char why[200])
{
    choice list[CHOICES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < llmp_catalog_count(search->catalog, LLMP_KIND_PSU); i++) {
        const llmp_psu *psu = LLMP_PSU(llmp_catalog_at(search->catalog, LLMP_KIND_PSU, i));
        bool sold_apart = host->psu == NULL && psu->price_count > 0;
        bool its_own = host->psu != NULL && strcmp(host->psu, psu->head.id) == 0;
        if ((sold_apart || its_own) && psu->mains_min_v <= search->circuit->mains_v) {
            count = try_psu(search, host, psu, card, cards, list, count);
        }
    }
    const choice best = best_of(list, count, card->tdp_w);
    if (best.psu == NULL) {
        (void)snprintf(why, 200, "no power supply at %.0f V has the connectors for %u of them",
                       search->circuit->mains_v, (unsigned)cards);
        return false;
    }
    bool limited = best.card_w < card->tdp_w;
    if (limited && !LLMP_HAS_DEVICE(card, power_limit_min_w)) {
        (void)snprintf(why, 200,
                       "supply and outlet leave each card %.0f of %.0f W, and no lower limit is "
                       "known for it",
                       fmax(best.card_w, 0), card->tdp_w);
        return false;
    }
    if (limited && best.card_w < card->power_limit_min_w) {
        (void)snprintf(why, 200, "supply and outlet leave each card %.0f W; it needs %.0f",
                       fmax(best.card_w, 0), card->power_limit_min_w);
        return false;
    }
    config->power_full_w = card->tdp_w;
    config->power_limit_w = limited ? best.card_w : 0;
    config->peak_w = (cards * best.card_w + host->load_w) / best.psu->efficiency_ratio;
    if (host->psu == NULL) {
        llmp__offer_part(config, LLMP_KIND_PSU, &best.psu->head, 0, best.supplies,
                         best.owned ? best.supplies : 0, best.price);
    }
    return true;
}
