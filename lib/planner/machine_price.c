/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a whole machine costs on a day: as it is sold, or its cards and the computer around them. */
#include "planner/recommend.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static double middle_usd(const llmp_price *price)
{
    return 0.5 * (price->low_usd + price->high_usd);
}

static void add(llmp_machine_price *sum, const llmp_price *price, double count)
{
    sum->low_usd += count * price->low_usd;
    sum->usd += count * middle_usd(price);
    sum->high_usd += count * price->high_usd;
    sum->grade = llmp_grade_worse(sum->grade, price->grade);
    if (sum->as_of == 0 || price->as_of < sum->as_of) {
        sum->as_of = price->as_of;
    }
}

/* --- devices ---------------------------------------------------------------------------------- */

static const llmp_price *newest_used(const llmp_device *device, llmp_date day)
{
    const llmp_price *p = llmp_price_to_buy(device->prices, device->price_count, LLMP_BUYING_USED,
                                            device->discontinued, day);
    return p != NULL && p->kind == LLMP_PRICE_USED ? p : NULL;
}

static llmp_status no_price(const llmp__search *search, const llmp_device *device,
                            llmp_error *error)
{
    char day[16] = "";
    const bool new_ones = search->request.buying == LLMP_BUYING_NEW;
    const llmp_price *used = new_ones ? newest_used(device, search->day) : NULL;
    (void)llmp_date_format(search->day, day, sizeof day);
    (void)llmp__fail(error, LLMP_E_NO_DATA,
                     "the catalog has no %sprice of %.60s in the two years to %s",
                     new_ones ? "new " : "", device->head.name, day);
    if (used != NULL) {
        llmp__hint(error, "used ones are about %.0f USD: --used, or --assume own.machine_usd=8000",
                   middle_usd(used));
    } else {
        llmp__hint(error, "state one: --assume own.machine_usd=8000");
    }
    return LLMP_E_NO_DATA;
}

static llmp_status price_devices(const llmp__search *search, const llmp_machine *machine,
                                 llmp_machine_price *sum, llmp_error *error)
{
    for (uint32_t i = 0; i < machine->device_count; i++) {
        const llmp_device *device = machine->devices[i];
        const llmp_price *price =
            llmp__offer_price(search, device->prices, device->price_count, device->discontinued);
        if (price == NULL) {
            return no_price(search, device, error);
        }
        add(sum, price, 1);
        if (i == 0) {
            char date[16] = "";
            (void)llmp_date_format(price->as_of, date, sizeof date);
            (void)snprintf(sum->source, sizeof sum->source, "%u x %.40s, %s: %.80s",
                           machine->device_count, device->head.name, date, price->source);
        }
    }
    return LLMP_OK;
}

/* --- the computer around cards ---------------------------------------------------------------- */

/* What the bill of an offer has beside its cards. */
static void sum_around(const llmp_config *config, llmp_machine_price *out, const llmp_host **host)
{
    *out = (llmp_machine_price){.grade = LLMP_GRADE_EXACT};
    *host = NULL;
    for (uint32_t i = 0; i < config->part_count; i++) {
        const llmp_part *part = &config->parts[i];
        if (part->kind == LLMP_KIND_HOST && part->memory_bytes == 0) {
            *host = LLMP_HOST(part->record);
        }
        if (part->kind != LLMP_KIND_DEVICE && part->price != NULL) {
            add(out, part->price, part->count);
        }
    }
}

/* Full power before a limit, then the lower price. */
static bool better(const llmp_config *a, double a_usd, const llmp_config *b, double b_usd)
{
    const bool limited_a = a->power_limit_w > 0;
    const bool limited_b = b->power_limit_w > 0;
    return limited_a != limited_b ? limited_b : a_usd < b_usd;
}

/* Of the offers the best that is enough; NULL when there is none. */
static const llmp_config *choose(const llmp__offers *offers, const llmp_machine *machine,
                                 llmp_machine_price *out, const llmp_host **out_host)
{
    const llmp_config *best = NULL;
    const uint64_t wanted_bytes = machine->host_memory_known ? machine->host_memory_bytes : 0;
    const char *named = machine->rig == NULL ? NULL : machine->rig->host;
    for (size_t i = 0; i < offers->count; i++) {
        const llmp_config *config = &offers->items[i]->config;
        const llmp_host *host;
        llmp_machine_price around;
        sum_around(config, &around, &host);
        const bool enough = config->machine.host_memory_bytes >= wanted_bytes && host != NULL &&
                            (named == NULL || strcmp(named, host->head.id) == 0);
        if (enough && (best == NULL || better(config, around.usd, best, out->usd))) {
            best = config;
            *out = around;
            *out_host = host;
        }
    }
    return best;
}

/* The card that asks most of a computer. */
static const llmp_device *hungriest(const llmp_machine *machine)
{
    const llmp_device *most = machine->devices[0];
    for (uint32_t i = 1; i < machine->device_count; i++) {
        most = machine->devices[i]->tdp_w > most->tdp_w ? machine->devices[i] : most;
    }
    return most;
}

static llmp_status no_computer(uint32_t cards, const llmp_device *card, const char *why,
                               double cards_usd, llmp_error *error)
{
    char usd[32] = "";
    (void)llmp_count_format((uint64_t)cards_usd, usd, sizeof usd);
    (void)llmp__fail(error, LLMP_E_NO_DATA,
                     "%u x %.60s: %s USD is known for the cards alone, nothing for the computer "
                     "around them: %.100s",
                     (unsigned)cards, card->head.name, usd, why);
    llmp__hint(error, "state the price of the whole: --assume own.machine_usd=USD");
    return LLMP_E_NO_DATA;
}

/* Cards run at their own power here: what an outlet would take of it is no matter of price. */
static const llmp_circuit *strongest(const llmp_catalog *catalog)
{
    const llmp_circuit *best = NULL;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_CIRCUIT); i++) {
        const llmp_circuit *c = LLMP_CIRCUIT(llmp_catalog_at(catalog, LLMP_KIND_CIRCUIT, i));
        best = llmp_circuit_w(c) > llmp_circuit_w(best) ? c : best;
    }
    return best;
}

static llmp_status price_around(llmp__search *search, const llmp_machine *machine,
                                llmp_machine_price *sum, llmp_error *error)
{
    const llmp_device *card = hungriest(machine);
    const uint32_t cards = machine->device_count / machine->machines;
    llmp_machine_price around = {.grade = LLMP_GRADE_EXACT};
    const llmp_host *host = NULL;
    char why[200] = "no host of the catalog takes such modules";
    bool any = false;
    if (llmp__is_card(card)) {
        why[0] = '\0';
        if (!llmp__offers_of_cards(search, card, cards, &any, why)) {
            llmp__offers_free(&search->offers);
            return llmp__fail_memory(error, "the computers around cards");
        }
    }
    const llmp_config *best = choose(&search->offers, machine, &around, &host);
    if (best == NULL) {
        llmp__offers_free(&search->offers);
        return no_computer(machine->device_count, card, any ? "none has its host and memory" : why,
                           sum->usd, error);
    }
    char memory[32] = "";
    char limit[48] = "";
    (void)llmp_bytes_format(best->machine.host_memory_bytes, memory, sizeof memory);
    if (best->power_limit_w > 0) {
        (void)snprintf(limit, sizeof limit, " (feeds each %.0f W)", best->power_limit_w);
    }
    sum->host_usd = machine->machines * around.usd;
    (void)snprintf(sum->source, sizeof sum->source,
                   "%u x %.30s for %.0f, %.30s with %s and supply for %.0f%s",
                   machine->device_count, card->head.name, sum->usd, host->head.name, memory,
                   sum->host_usd, limit);
    sum->low_usd += machine->machines * around.low_usd;
    sum->usd += sum->host_usd;
    sum->high_usd += machine->machines * around.high_usd;
    sum->grade = llmp_grade_worse(sum->grade, around.grade);
    sum->as_of = around.as_of < sum->as_of ? around.as_of : sum->as_of;
    llmp__offers_free(&search->offers);
    return LLMP_OK;
}

/* --- the machine ------------------------------------------------------------------------------ */

static void price_of_rigs(const llmp_price *price, uint32_t count, llmp_machine_price *out)
{
    char date[16] = "";
    (void)llmp_date_format(price->as_of, date, sizeof date);
    *out = (llmp_machine_price){.grade = LLMP_GRADE_EXACT};
    add(out, price, count);
    (void)snprintf(out->source, sizeof out->source, "%s: %.140s", date, price->source);
}

llmp_status llmp_machine_price_of(const llmp_catalog *catalog, const llmp_machine *machine,
                                  llmp_buying buying, llmp_date as_of, llmp_machine_price *out,
                                  llmp_error *error)
{
    if (catalog == NULL || machine == NULL || machine->device_count == 0 || out == NULL) {
        return llmp__fail_argument(error, "catalog, machine or out", "is missing");
    }
    llmp__search search;
    llmp_recommend_request request = LLMP_RECOMMEND_REQUEST_INIT;
    request.buying = buying;
    request.as_of = as_of;
    request.circuit = strongest(catalog);
    llmp_status status = llmp__search_shop(catalog, &request, &search, error);
    if (status != LLMP_OK) {
        return status;
    }
    const llmp_rig *rig = machine->rig;
    const llmp_price *whole = rig == NULL
                                  ? NULL
                                  : llmp__offer_price(&search, rig->prices, rig->price_count,
                                                      machine->devices[0]->discontinued);
    llmp_machine_price sum = {.grade = LLMP_GRADE_EXACT};
    if (whole != NULL) {
        price_of_rigs(whole, machine->machines / rig->machines, out);
        return LLMP_OK;
    }
    status = price_devices(&search, machine, &sum, error);
    if (status == LLMP_OK && (machine->devices[0]->kind == LLMP_DEVICE_GPU ||
                              machine->devices[0]->kind == LLMP_DEVICE_ACCELERATOR)) {
        status = price_around(&search, machine, &sum, error);
    }
    if (status == LLMP_OK) {
        *out = sum;
    }
    return status;
}
