/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines from parts: cards in hosts, as slots, lanes, supplies and the outlet allow. */
#include "planner/recommend.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

bool llmp__is_card(const llmp_device *d)
{
    return d->kind == LLMP_DEVICE_GPU && d->form != NULL && strstr(d->form, " card") != NULL;
}

static const llmp_slot_layout *layout_for(const llmp_host *host, uint32_t cards)
{
    for (size_t i = 0; i < host->layout_count; i++) {
        if (host->layouts[i].cards == cards) {
            return &host->layouts[i];
        }
    }
    return NULL;
}

/* Passive cards need a server's fans, and a server wants cards that its fans can cool. */
static bool is_cooled(const llmp_host *host, const llmp_device *card)
{
    if (!LLMP_HAS_DEVICE(card, cooling)) {
        return !host->forced_airflow;
    }
    return host->forced_airflow
               ? card->cooling == LLMP_COOLING_PASSIVE || card->cooling == LLMP_COOLING_BLOWER
               : card->cooling != LLMP_COOLING_PASSIVE;
}

static bool goes_in(const llmp_host *host, const llmp_slot_layout *layout, const llmp_device *card,
                    uint32_t cards, char why[200])
{
    if (layout == NULL) {
        (void)snprintf(why, 200, "%.40s takes no %u cards", host->head.name, (unsigned)cards);
    } else if (!is_cooled(host, card)) {
        (void)snprintf(why, 200, "%.40s cannot cool it", host->head.name);
    } else if (!(card->slots_count > 0) || !(card->length_mm > 0) || !(card->tdp_w > 0)) {
        (void)snprintf(why, 200, "its size or power is unknown");
    } else if (card->slots_count > layout->slots_count) {
        (void)snprintf(why, 200, "%u cards in %.40s may be %g slots wide; this one is %g",
                       (unsigned)cards, host->head.name, layout->slots_count, card->slots_count);
    } else if (card->length_mm > host->card_length_mm) {
        (void)snprintf(why, 200, "%.0f mm long, %.40s has room for %.0f", card->length_mm,
                       host->head.name, host->card_length_mm);
    } else {
        return true;
    }
    return false;
}

/* The slots' lanes or the card's, whichever are fewer; two cards with a bridge of their own use it.
 */
static const llmp_link *link_of(const llmp_catalog *catalog, const llmp_slot_layout *layout,
                                const llmp_device *card, uint32_t cards)
{
    char id[40];
    uint32_t generation = layout->pcie_generation;
    uint32_t lanes = layout->pcie_lanes;
    if (cards == 1) {
        return NULL;
    }
    if (card->pcie_generation > 0 && card->pcie_generation < generation) {
        generation = card->pcie_generation;
    }
    if (card->pcie_lanes > 0 && card->pcie_lanes < lanes) {
        lanes = card->pcie_lanes;
    }
    (void)snprintf(id, sizeof id, "pcie%u-x%u", (unsigned)generation, (unsigned)lanes);
    return LLMP_LINK(llmp_catalog_get(catalog, LLMP_KIND_LINK, id));
}

static void fill_machine(const llmp__search *search, const llmp_host *host,
                         const llmp_memory_kit *kit, const llmp_slot_layout *layout,
                         const llmp_device *card, uint32_t cards, llmp_config *config)
{
    llmp_machine *m = &config->machine;
    memset(m, 0, sizeof *m);
    m->machines = 1;
    for (uint32_t i = 0; i < cards; i++) {
        m->devices[m->device_count++] = card;
    }
    m->device_link = link_of(search->catalog, layout, card, cards);
    m->host_cpu = LLMP_DEVICE(llmp_catalog_get(search->catalog, LLMP_KIND_DEVICE, host->cpu));
    m->host_memory_bytes = kit->memory_bytes;
    m->host_memory_known = true;
    m->host_bandwidth_bytes_per_s = kit->bandwidth_bytes_per_s;
    m->disk_read_bytes_per_s = host->disk_read_bytes_per_s;
    m->device_power_limit_w = config->power_limit_w;
    char limit[32] = "";
    if (config->power_limit_w > 0) {
        (void)snprintf(limit, sizeof limit, " at %.0f W", config->power_limit_w);
    }
    (void)snprintf(config->title, sizeof config->title, "%u x %.48s%s, %.36s, %.0f GiB",
                   (unsigned)cards, card->head.name, limit, host->head.name,
                   (double)kit->memory_bytes / 1073741824.0);
    (void)snprintf(m->title, sizeof m->title, "%.127s", config->title);
}

static llmp_noise noise_of(const llmp_host *host, const llmp_device *card)
{
    bool loud = LLMP_HAS_DEVICE(card, cooling) && card->cooling == LLMP_COOLING_BLOWER;
    llmp_noise cards = loud ? LLMP_NOISE_LOUD : LLMP_NOISE_AUDIBLE;
    return host->noise > cards ? host->noise : cards;
}

/* One offer for each size of memory; false when out of memory. */
static bool offer_kits(llmp__search *search, const llmp_host *host, const llmp_price *host_price,
                       const llmp_device *card, const llmp_price *card_price, uint32_t cards,
                       const llmp_slot_layout *layout, const llmp_config *powered)
{
    bool there = search->owned.host == host;
    uint32_t family = 0;
    for (size_t k = 0; k < host->memory_count; k++) {
        const llmp_memory_kit *kit = &host->memories[k];
        bool kit_there = there && kit->memory_bytes <= search->owned.memory_bytes;
        const llmp_price *price = llmp__offer_price(search, kit->prices, kit->price_count, 0);
        if (price == NULL && !kit_there) {
            continue;
        }
        llmp__offer *offer = llmp__offer_add(&search->offers);
        if (offer == NULL) {
            return false;
        }
        llmp_config *c = &offer->config;
        offer->family = family == 0 ? offer->family : family;
        family = offer->family;
        *c = *powered;
        const llmp_part psu = powered->parts[0];
        c->part_count = 0;
        fill_machine(search, host, kit, layout, card, cards, c);
        llmp__offer_part(c, LLMP_KIND_DEVICE, &card->head, 0, cards,
                         llmp__owned_devices(search, card), card_price);
        llmp__offer_part(c, LLMP_KIND_HOST, &host->head, 0, 1, there ? 1 : 0, host_price);
        llmp__offer_part(c, LLMP_KIND_HOST, &host->head, kit->memory_bytes, 1, kit_there ? 1 : 0,
                         price);
        if (powered->part_count > 0) {
            c->parts[c->part_count++] = psu;
        }
        c->has_noise = true;
        c->noise = noise_of(host, card);
        llmp__offer_total(c);
    }
    return true;
}

bool llmp__offers_of_cards(llmp__search *search, const llmp_device *card, uint32_t cards,
                           bool *out_any, char why[200])
{
    const llmp_price *card_price =
        llmp__offer_price(search, card->prices, card->price_count, card->discontinued);
    for (size_t h = 0; h < llmp_catalog_count(search->catalog, LLMP_KIND_HOST); h++) {
        const llmp_host *host = LLMP_HOST(llmp_catalog_at(search->catalog, LLMP_KIND_HOST, h));
        const llmp_price *price = llmp__offer_price(search, host->prices, host->price_count, 0);
        const llmp_slot_layout *layout = layout_for(host, cards);
        llmp_config powered;
        char reason[200] = "";
        memset(&powered, 0, sizeof powered);
        if (price == NULL && search->owned.host != host) {
            continue;
        }
        if (!goes_in(host, layout, card, cards, reason) ||
            !llmp__offer_power(search, host, card, cards, &powered, reason)) {
            if (why[0] == '\0' || layout != NULL) {
                memcpy(why, reason, sizeof reason);
            }
            continue;
        }
        *out_any = true;
        if (!offer_kits(search, host, price, card, card_price, cards, layout, &powered)) {
            return false;
        }
    }
    return true;
}

static llmp__offer *add_obstacle(llmp__search *search, const llmp_device *card, uint32_t cards,
                                 llmp_rejection obstacle)
{
    llmp__offer *offer = llmp__offer_add(&search->offers);
    if (offer != NULL) {
        offer->obstacle = obstacle;
        (void)snprintf(offer->config.title, sizeof offer->config.title, "%u x %.100s",
                       (unsigned)cards, card->head.name);
    }
    return offer;
}

enum { CARDS_MAX = 8 };

static bool offer_card(llmp__search *search, const llmp_device *card)
{
    uint32_t owned = llmp__owned_devices(search, card);
    const llmp_price *price =
        llmp__offer_price(search, card->prices, card->price_count, card->discontinued);
    if (card->release > search->day) {
        llmp__offer *offer = add_obstacle(search, card, 1, LLMP_REJECTION_NOT_SOLD);
        char date[16] = "";
        if (offer != NULL) {
            (void)llmp_date_format(card->release, date, sizeof date);
            (void)snprintf(offer->why, sizeof offer->why, "not sold before %s", date);
        }
        return offer != NULL;
    }
    if (price == NULL && owned == 0) {
        llmp__offer *offer = add_obstacle(search, card, 1, LLMP_REJECTION_PRICE_UNKNOWN);
        if (offer != NULL) {
            (void)snprintf(offer->why, sizeof offer->why,
                           "no %sprice of the last two years is known",
                           search->request.buying == LLMP_BUYING_NEW ? "new " : "");
        }
        return offer != NULL;
    }
    for (uint32_t n = 1; n <= CARDS_MAX && (price != NULL || n <= owned); n++) {
        bool any = false;
        char why[200] = "";
        if (!llmp__offers_of_cards(search, card, n, &any, why)) {
            return false;
        }
        if (!any) { /* more of them will not go either: one line tells why */
            llmp__offer *offer = add_obstacle(search, card, n, LLMP_REJECTION_CANNOT_BUILD);
            if (offer != NULL) {
                memcpy(offer->why, why, sizeof offer->why);
            }
            return offer != NULL;
        }
    }
    return true;
}

bool llmp__offers_build(llmp__search *search)
{
    for (size_t i = 0; i < llmp_catalog_count(search->catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_device *d = LLMP_DEVICE(llmp_catalog_at(search->catalog, LLMP_KIND_DEVICE, i));
        if (llmp__is_card(d) && !offer_card(search, d)) {
            return false;
        }
    }
    return true;
}
