/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is sold as one thing: rigs, computers, and clusters of computers. */
#include "planner/recommend.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A supply seldom wastes more than a tenth. */
static const double usual_efficiency_ratio = 0.9;

/* The most that a computer draws at the wall: as its maker says, as its supply can give, or as
 * somebody saw. */
static double system_peak_w(const llmp_device *d)
{
    double most = (double)NAN;
    if (d->tdp_is_wall && d->tdp_w > 0) {
        return d->tdp_w;
    }
    for (size_t i = 0; i < d->power_count; i++) {
        if (d->powers[i].scope == LLMP_POWER_WALL && d->powers[i].state == LLMP_POWER_INFERENCE) {
            most = fmax(most, d->powers[i].high_w);
        }
    }
    return most;
}

static double rig_peak_w(const llmp__search *search, const llmp_rig *rig)
{
    double sum = 0;
    const llmp_record *host =
        rig->host == NULL ? NULL : llmp_catalog_get(search->catalog, LLMP_KIND_HOST, rig->host);
    for (size_t i = 0; i < rig->device_count; i++) {
        const llmp_rig_device *part = &rig->devices[i];
        const llmp_device *d =
            LLMP_DEVICE(llmp_catalog_get(search->catalog, LLMP_KIND_DEVICE, part->device));
        if (d->kind == LLMP_DEVICE_SYSTEM || d->kind == LLMP_DEVICE_SOC) {
            double peak = system_peak_w(d);
            sum += part->count * (isnan(peak) && rig->psu_w > 0 ? rig->psu_w : peak);
        } else if (host != NULL) {
            sum += part->count * (part->power_limit_w > 0 ? part->power_limit_w : d->tdp_w) /
                   usual_efficiency_ratio;
        } else {
            return rig->psu_w > 0 ? rig->psu_w : (double)NAN;
        }
    }
    sum += host == NULL ? 0 : LLMP_HOST(host)->load_w / usual_efficiency_ratio;
    return sum * (rig->machines > 0 ? rig->machines : 1);
}

static bool is_computer(const llmp_device *d)
{
    return d->kind == LLMP_DEVICE_SYSTEM || d->kind == LLMP_DEVICE_SOC;
}

/* The one computer a rig consists of, maybe several times; NULL when it is something else. */
static const llmp_device *computer_of(const llmp__search *search, const llmp_rig *rig,
                                      uint32_t *out_count)
{
    if (rig->device_count != 1) {
        return NULL;
    }
    const llmp_record *record =
        llmp_catalog_get(search->catalog, LLMP_KIND_DEVICE, rig->devices[0].device);
    *out_count = rig->devices[0].count * (rig->machines > 0 ? rig->machines : 1);
    return record != NULL && is_computer(LLMP_DEVICE(record)) ? LLMP_DEVICE(record) : NULL;
}

/* Sets the obstacle when it is too early or too late to buy; true when it did. */
static bool out_of_time(const llmp__search *search, const llmp_device *d, llmp__offer *offer)
{
    char date[16] = "";
    if (d->release > search->day) {
        (void)llmp_date_format(d->release, date, sizeof date);
        (void)snprintf(offer->why, sizeof offer->why, "not sold before %s", date);
    } else if (d->discontinued != 0 && d->discontinued <= search->day) {
        (void)llmp_date_format(d->discontinued, date, sizeof date);
        (void)snprintf(offer->why, sizeof offer->why, "not sold new since %s", date);
    } else {
        return false;
    }
    offer->obstacle = LLMP_REJECTION_NOT_SOLD;
    return true;
}

static void no_price(const llmp__search *search, const llmp_price *prices, size_t count,
                     llmp__offer *offer)
{
    bool hourly = false;
    bool devices = false;
    for (size_t i = 0; i < count; i++) {
        hourly = hourly || prices[i].kind == LLMP_PRICE_CLOUD_HOUR ||
                 prices[i].kind == LLMP_PRICE_SPOT_HOUR;
        devices = devices || prices[i].devices_only;
    }
    offer->obstacle = LLMP_REJECTION_PRICE_UNKNOWN;
    (void)snprintf(offer->why, sizeof offer->why, "%s",
                   devices  ? "only the price of its cards is known"
                   : hourly ? "only rented, no price to buy it is known"
                   : search->request.buying == LLMP_BUYING_NEW
                       ? "no new price of the last two years is known"
                       : "no price of the last two years is known");
}

/* --- rigs ------------------------------------------------------------------------------------- */

static bool owns_rig(const llmp__search *search, const llmp_rig *rig)
{
    const llmp_machine *owned = search->request.owned;
    return owned != NULL && owned->rig == rig;
}

static void bill_rig(llmp__search *search, const llmp_rig *rig, const llmp_machine *machine,
                     llmp__offer *offer)
{
    llmp_config *c = &offer->config;
    uint32_t count = 0;
    const llmp_device *computer = computer_of(search, rig, &count);
    const llmp_device *first = machine->devices[0];
    const llmp_price *price =
        llmp__offer_price(search, rig->prices, rig->price_count, first->discontinued);
    uint32_t there = computer == NULL ? 0 : llmp__owned_devices(search, computer);
    const llmp_price *one = computer == NULL
                                ? NULL
                                : llmp__offer_price(search, computer->prices, computer->price_count,
                                                    computer->discontinued);
    if (owns_rig(search, rig)) {
        llmp__offer_part(c, LLMP_KIND_RIG, &rig->head, 0, 1, 1, price);
    } else if (out_of_time(search, first, offer) && !(computer != NULL && there >= count)) {
        return;
    } else if (computer != NULL && (one != NULL || there >= count) &&
               (there > 0 || price == NULL)) {
        offer->obstacle = LLMP_REJECTION_NONE;
        llmp__offer_part(c, LLMP_KIND_DEVICE, &computer->head, 0, count, there, one);
    } else if (price != NULL) {
        llmp__offer_part(c, LLMP_KIND_RIG, &rig->head, 0, 1, 0, price);
    } else {
        no_price(search, rig->prices, rig->price_count, offer);
        return;
    }
    llmp__offer_total(c);
}

static bool offer_rig(llmp__search *search, const llmp_rig *rig)
{
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t count = 0;
    if (rig->device_count == 0 || llmp_machine_parse(search->catalog, rig->head.id, machines,
                                                     &count, NULL, NULL) != LLMP_OK) {
        return true; /* it stands in for a host, or cannot be joined */
    }
    llmp__offer *offer = llmp__offer_add(&search->offers);
    if (offer == NULL) {
        return false;
    }
    llmp_config *c = &offer->config;
    const llmp_device *first = machines[0].devices[0];
    const llmp_record *host =
        rig->host == NULL ? NULL : llmp_catalog_get(search->catalog, LLMP_KIND_HOST, rig->host);
    c->machine = machines[0];
    (void)snprintf(c->title, sizeof c->title, "%.150s", rig->head.name);
    c->peak_w = rig_peak_w(search, rig);
    c->has_noise = host != NULL || LLMP_HAS_DEVICE(first, noise);
    c->noise = host != NULL ? LLMP_HOST(host)->noise : first->noise;
    if (host != NULL && c->noise < LLMP_NOISE_AUDIBLE) {
        c->noise = LLMP_NOISE_AUDIBLE; /* its cards have fans */
    }
    bill_rig(search, rig, &machines[0], offer);
    return true;
}

/* --- computers and clusters ------------------------------------------------------------------- */

static bool is_rig(const llmp__search *search, const llmp_device *d, uint32_t count)
{
    for (size_t i = 0; i < llmp_catalog_count(search->catalog, LLMP_KIND_RIG); i++) {
        uint32_t n = 0;
        const llmp_rig *rig = LLMP_RIG(llmp_catalog_at(search->catalog, LLMP_KIND_RIG, i));
        if (computer_of(search, rig, &n) == d && n == count) {
            return true;
        }
    }
    return false;
}

static bool offer_computers(llmp__search *search, const llmp_device *d, uint32_t count)
{
    char expression[96];
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t machine_count = 0;
    uint32_t there = llmp__owned_devices(search, d);
    const llmp_price *price = llmp__offer_price(search, d->prices, d->price_count, d->discontinued);
    (void)snprintf(expression, sizeof expression, "%ux %.80s", (unsigned)count, d->head.id);
    if (llmp_machine_parse(search->catalog, count == 1 ? d->head.id : expression, machines,
                           &machine_count, NULL, NULL) != LLMP_OK) {
        return true; /* no link joins so many */
    }
    llmp__offer *offer = llmp__offer_add(&search->offers);
    if (offer == NULL) {
        return false;
    }
    llmp_config *c = &offer->config;
    c->machine = machines[0];
    (void)snprintf(c->title, sizeof c->title, "%.150s", machines[0].title);
    c->peak_w = count * system_peak_w(d);
    c->has_noise = LLMP_HAS_DEVICE(d, noise);
    c->noise = d->noise;
    if (there < count && out_of_time(search, d, offer)) {
        return true;
    }
    if (price == NULL && there < count) {
        no_price(search, d->prices, d->price_count, offer);
        return true;
    }
    llmp__offer_part(c, LLMP_KIND_DEVICE, &d->head, 0, count, there, price);
    llmp__offer_total(c);
    return true;
}

/* As many as are documented to work; a pair where nobody says. Laptops stay alone. */
static uint32_t most_linked(const llmp__search *search, const llmp_device *d)
{
    llmp_device filled;
    (void)llmp_device_fill(search->catalog, d, &filled);
    bool laptop = d->form != NULL && strstr(d->form, "laptop") != NULL;
    if (laptop || filled.network_link == NULL) {
        return 1;
    }
    return filled.max_linked > 0 ? filled.max_linked : 2;
}

/* What a request about an owned machine starts from. */
static bool offer_owned(llmp__search *search)
{
    const llmp_machine *owned = search->request.owned;
    if (owned == NULL || owned->rig != NULL || is_computer(owned->devices[0])) {
        return true; /* among the rigs and computers */
    }
    llmp__offer *offer = llmp__offer_add(&search->offers);
    if (offer == NULL) {
        return false;
    }
    llmp_config *c = &offer->config;
    c->machine = *owned;
    (void)snprintf(c->title, sizeof c->title, "%.120s, as owned", owned->title);
    llmp__offer_part(c, LLMP_KIND_DEVICE, &owned->devices[0]->head, 0, owned->device_count,
                     owned->device_count, NULL);
    llmp__offer_total(c);
    return true;
}

llmp_status llmp__offers_enumerate(llmp__search *search, llmp_error *error)
{
    bool good = true;
    const llmp_catalog *catalog = search->catalog;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_RIG) && good; i++) {
        good = offer_rig(search, LLMP_RIG(llmp_catalog_at(catalog, LLMP_KIND_RIG, i)));
    }
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE) && good; i++) {
        const llmp_device *d = LLMP_DEVICE(llmp_catalog_at(catalog, LLMP_KIND_DEVICE, i));
        bool sold = is_computer(d) && (d->kind == LLMP_DEVICE_SYSTEM || d->price_count > 0);
        uint32_t most = sold ? most_linked(search, d) : 0;
        for (uint32_t n = 1; n <= most && n <= LLMP_MACHINE_DEVICES_MAX && good; n++) {
            good = is_rig(search, d, n) || offer_computers(search, d, n);
        }
    }
    good = good && offer_owned(search) && llmp__offers_build(search);
    return good ? LLMP_OK : llmp__fail_memory(error, "the machines to choose from");
}
