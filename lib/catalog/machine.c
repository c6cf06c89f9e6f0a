/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machine expressions: what people write after --on, to devices, links and a host. */
#include "base/error.h"
#include "base/names.h"
#include "base/number.h"

#include <llmplan/catalog.h>

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 128 };

/* --- names --------------------------------------------------------------------------------------
 */

/* A device or a rig; exactly one is set. */
struct found {
    const llmp_device *device;
    const llmp_rig *rig;
};

static void offer_all(llmp__nearest *nearest, const llmp_catalog *catalog, llmp_kind kind)
{
    for (size_t i = 0; i < llmp_catalog_count(catalog, kind); i++) {
        const llmp_record *r = llmp_catalog_at(catalog, kind, i);
        llmp__nearest_offer(nearest, r->id, r->id);
        for (size_t j = 0; j < r->alias_count; j++) {
            llmp__nearest_offer(nearest, r->aliases[j], r->id);
        }
    }
}

static llmp_status unknown_machine(const llmp_catalog *catalog, const char *name, llmp_error *error)
{
    if (error != NULL) {
        char hint[240];
        llmp__nearest nearest;
        llmp__nearest_begin(&nearest, name);
        offer_all(&nearest, catalog, LLMP_KIND_DEVICE);
        offer_all(&nearest, catalog, LLMP_KIND_RIG);
        llmp__nearest_format(&nearest, hint, sizeof hint);
        (void)llmp__fail(error, LLMP_E_UNKNOWN, "no device or rig is called '%.64s'", name);
        llmp__hint(error, "%s", hint);
    }
    return LLMP_E_UNKNOWN;
}

/* An exact device id, an exact rig id, any name of a device, any name of a rig, in this order. */
static llmp_status find_named(const llmp_catalog *catalog, const char *name, struct found *out,
                              char note[256], llmp_error *error)
{
    const llmp_record *record = NULL;
    note[0] = '\0';
    out->rig = NULL;
    out->device = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, name));
    if (out->device != NULL) {
        return LLMP_OK;
    }
    out->rig = LLMP_RIG(llmp_catalog_get(catalog, LLMP_KIND_RIG, name));
    if (out->rig != NULL) {
        return LLMP_OK;
    }
    llmp_status as_device = llmp_catalog_find(catalog, LLMP_KIND_DEVICE, name, &record, note, NULL);
    if (as_device == LLMP_OK) {
        out->device = LLMP_DEVICE(record);
        return LLMP_OK;
    }
    llmp_status as_rig = llmp_catalog_find(catalog, LLMP_KIND_RIG, name, &record, note, NULL);
    if (as_rig == LLMP_OK) {
        out->rig = LLMP_RIG(record);
        return LLMP_OK;
    }
    /* Only a failure that stays one is worth the search for what was meant. */
    if (as_device == LLMP_E_AMBIGUOUS) {
        return llmp_catalog_find(catalog, LLMP_KIND_DEVICE, name, &record, NULL, error);
    }
    return as_rig == LLMP_E_AMBIGUOUS
               ? llmp_catalog_find(catalog, LLMP_KIND_RIG, name, &record, NULL, error)
               : unknown_machine(catalog, name, error);
}

/* --- devices and links --------------------------------------------------------------------------
 */

static const llmp_link *link_of(const llmp_catalog *catalog, const char *id)
{
    return id == NULL ? NULL : LLMP_LINK(llmp_catalog_get(catalog, LLMP_KIND_LINK, id));
}

/* PCI Express as the slowest of the devices has it; NULL when one's is unknown. */
static const llmp_link *pcie_of(const llmp_catalog *catalog, const llmp_machine *m)
{
    uint32_t generation = UINT32_MAX;
    uint32_t lanes = UINT32_MAX;
    for (uint32_t i = 0; i < m->device_count; i++) {
        const llmp_device *d = m->devices[i];
        generation = d->pcie_generation < generation ? d->pcie_generation : generation;
        lanes = d->pcie_lanes < lanes ? d->pcie_lanes : lanes;
    }
    char id[40];
    (void)snprintf(id, sizeof id, "pcie%u-x%u", (unsigned)generation, (unsigned)lanes);
    return link_of(catalog, id);
}

static void add_devices(llmp_machine *m, const llmp_device *device, uint32_t count)
{
    for (uint32_t i = 0; i < count && m->device_count < LLMP_MACHINE_DEVICES_MAX; i++) {
        m->devices[m->device_count++] = device;
    }
}

static void write_title(llmp_machine *m, uint32_t count, const char *name)
{
    if (count == 1) {
        (void)snprintf(m->title, sizeof m->title, "%.110s", name);
    } else {
        (void)snprintf(m->title, sizeof m->title, "%u x %.110s", (unsigned)count, name);
    }
}

/* What the devices themselves say of the host: unified memory, or being the processor. */
static void host_from_device(llmp_machine *m)
{
    const llmp_device *d = m->devices[0];
    if (d->unified_memory) {
        m->host_shares_device_memory = true;
        m->host_memory_bytes = d->memory_bytes;
        m->host_memory_known = d->memory_bytes > 0;
        m->host_bandwidth_bytes_per_s = d->memory_bandwidth_bytes_per_s;
    } else if (d->kind == LLMP_DEVICE_CPU) {
        m->host_shares_device_memory = true;
        m->host_cpu = d;
        m->host_bandwidth_bytes_per_s = d->memory_bandwidth_bytes_per_s;
    }
}

/* A card alone says nothing of the computer around it: the catalog's "assumed-host" stands in, so
 * that offload can be judged at all. A processor brings its own bandwidth. */
static void assume_host(const llmp_catalog *catalog, llmp_machine *m)
{
    const llmp_rig *host = LLMP_RIG(llmp_catalog_get(catalog, LLMP_KIND_RIG, "assumed-host"));
    if (m->host_memory_known || host == NULL) {
        return;
    }
    m->host_memory_bytes = host->host_memory_bytes;
    m->host_memory_known = LLMP_HAS_RIG(host, host_memory_bytes);
    m->host_assumed = m->host_memory_known;
    if (!(m->disk_read_bytes_per_s > 0)) {
        m->disk_read_bytes_per_s = host->disk_read_bytes_per_s;
    }
    if (!(m->host_bandwidth_bytes_per_s > 0)) {
        m->host_bandwidth_bytes_per_s = host->host_memory_bandwidth_bytes_per_s;
    }
    if (m->host_cpu == NULL && host->host_cpu != NULL) {
        m->host_cpu = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, host->host_cpu));
    }
}

static bool is_computer(const llmp_device *d)
{
    return d->kind == LLMP_DEVICE_SOC || d->kind == LLMP_DEVICE_SYSTEM;
}

static bool form_has(const llmp_device *d, const char *word)
{
    return d->form != NULL && strstr(d->form, word) != NULL;
}

static llmp_status cannot_join(const llmp_device *d, uint32_t count, const char *why,
                               const char *hint, llmp_error *error)
{
    (void)llmp__fail(error, LLMP_E_IMPOSSIBLE, "%u x %.60s cannot share a model: %s",
                     (unsigned)count, d->head.name, why);
    llmp__hint(error, "%s", hint);
    return LLMP_E_IMPOSSIBLE;
}

/* Whole computers are joined over their network, one device each. */
static llmp_status join_computers(const llmp_catalog *catalog, const llmp_device *d, uint32_t count,
                                  llmp_machine *m, llmp_error *error)
{
    m->machine_link = link_of(catalog, d->network_link);
    if (m->machine_link == NULL) {
        return cannot_join(d, count, "no link between two of them is known",
                           "separate machines are written \"A + B\"", error);
    }
    if (d->max_linked > 0 && count > d->max_linked) {
        char why[120];
        (void)snprintf(why, sizeof why, "%.40s joins at most %u", m->machine_link->head.name,
                       (unsigned)d->max_linked);
        return cannot_join(d, count, why, "", error);
    }
    m->machines = count;
    return LLMP_OK;
}

/* Cards and modules: their own link, several boards over a network, or PCI Express. */
static llmp_status join_cards(const llmp_catalog *catalog, const llmp_device *d, uint32_t count,
                              llmp_machine *m, llmp_error *error)
{
    const llmp_link *own = link_of(catalog, d->device_link);
    const llmp_link *network = link_of(catalog, d->network_link);
    bool within = own != NULL && (d->max_linked == 0 || count <= d->max_linked);
    if (form_has(d, "laptop")) {
        return cannot_join(d, count, "it is built into a laptop", "", error);
    }
    if (within) {
        m->device_link = own;
        return LLMP_OK;
    }
    if (own != NULL && network != NULL && count % d->max_linked == 0) {
        m->device_link = own;
        m->machine_link = network;
        m->machines = count / d->max_linked;
        return LLMP_OK;
    }
    if (d->pcie_generation > 0 && (own == NULL || form_has(d, "card"))) {
        m->device_link = pcie_of(catalog, m);
        return LLMP_OK;
    }
    if (own != NULL) {
        char why[120];
        (void)snprintf(why, sizeof why, "%.40s joins at most %u", own->head.name,
                       (unsigned)d->max_linked);
        return cannot_join(d, count, why, "a rig may join several machines over a network", error);
    }
    return cannot_join(d, count, "no link between two of them is known", "", error);
}

static llmp_status from_device(const llmp_catalog *catalog, const llmp_device *d, uint32_t count,
                               llmp_machine *m, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    m->machines = 1;
    add_devices(m, d, count);
    host_from_device(m);
    assume_host(catalog, m);
    write_title(m, count, d->head.name);
    if (count == 1) {
        return LLMP_OK;
    }
    if (d->kind == LLMP_DEVICE_CPU) {
        status = cannot_join(d, count, "sockets are part of one machine's memory",
                             "state the machine as a rig", error);
    } else if (is_computer(d)) {
        status = join_computers(catalog, d, count, m, error);
    } else {
        status = join_cards(catalog, d, count, m, error);
    }
    return status;
}

/* --- rigs ---------------------------------------------------------------------------------------
 */

static void host_from_rig(const llmp_catalog *catalog, const llmp_rig *rig, llmp_machine *m)
{
    host_from_device(m);
    m->disk_read_bytes_per_s = rig->disk_read_bytes_per_s; /* 0 when absent */
    if (rig->host_cpu != NULL) {
        m->host_cpu = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, rig->host_cpu));
    }
    if (LLMP_HAS_RIG(rig, host_memory_bytes)) {
        m->host_memory_bytes = rig->host_memory_bytes;
        m->host_memory_known = true;
    }
    if (LLMP_HAS_RIG(rig, host_memory_bandwidth_bytes_per_s)) {
        m->host_bandwidth_bytes_per_s = rig->host_memory_bandwidth_bytes_per_s;
    } else if (m->host_cpu != NULL) {
        m->host_bandwidth_bytes_per_s = m->host_cpu->memory_bandwidth_bytes_per_s;
    }
    assume_host(catalog, m);
}

/* The rig's own link, else the one all its devices share, else PCI Express. */
static const llmp_link *link_in_rig(const llmp_catalog *catalog, const llmp_rig *rig,
                                    const llmp_machine *m, uint32_t per_machine)
{
    const llmp_device *d = m->devices[0];
    if (per_machine < 2) {
        return NULL;
    }
    if (rig->device_link != NULL) {
        return link_of(catalog, rig->device_link);
    }
    if (rig->device_count == 1 && d->device_link != NULL &&
        (d->max_linked == 0 || per_machine <= d->max_linked)) {
        return link_of(catalog, d->device_link);
    }
    return pcie_of(catalog, m);
}

static llmp_status from_rig(const llmp_catalog *catalog, const llmp_rig *rig, uint32_t count,
                            llmp_machine *m, llmp_error *error)
{
    uint32_t per_machine = 0;
    for (size_t i = 0; i < rig->device_count; i++) {
        per_machine += rig->devices[i].count;
    }
    if (per_machine == 0) {
        (void)llmp__fail(error, LLMP_E_IMPOSSIBLE, "%.60s has no device to run a model on",
                         rig->head.name);
        llmp__hint(error, "it only stands in for the computer around a card");
        return LLMP_E_IMPOSSIBLE;
    }
    uint64_t total = (uint64_t)per_machine * rig->machines * count;
    if (total > LLMP_MACHINE_DEVICES_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "%u x %.60s has %u devices, at most %d can be one",
                          (unsigned)count, rig->head.name, (unsigned)total,
                          LLMP_MACHINE_DEVICES_MAX);
    }
    m->rig = rig;
    m->machines = rig->machines * count;
    for (uint32_t machine = 0; machine < m->machines; machine++) {
        for (size_t i = 0; i < rig->device_count; i++) {
            const llmp_record *d =
                llmp_catalog_get(catalog, LLMP_KIND_DEVICE, rig->devices[i].device);
            if (d == NULL) {
                return llmp__fail(error, LLMP_E_INTERNAL, "rig %s names no device", rig->head.id);
            }
            add_devices(m, LLMP_DEVICE(d), rig->devices[i].count);
        }
    }
    m->device_link = link_in_rig(catalog, rig, m, per_machine);
    host_from_rig(catalog, rig, m);
    if (m->machines > 1) {
        const char *link =
            rig->machine_link != NULL ? rig->machine_link : m->devices[0]->network_link;
        m->machine_link = link_of(catalog, link);
        if (m->machine_link == NULL) {
            (void)llmp__fail(error, LLMP_E_IMPOSSIBLE,
                             "%u x %.60s cannot share a model: no link between them is known",
                             (unsigned)count, rig->head.name);
            llmp__hint(error, "separate machines are written \"A + B\"");
            return LLMP_E_IMPOSSIBLE;
        }
    }
    write_title(m, count, rig->head.name);
    return LLMP_OK;
}

/* --- expressions --------------------------------------------------------------------------------
 */

/* "2x", "2 x" or "2*" before a name. "7900xtx" has none: a count that long is written apart. */
static size_t count_prefix(const char *text, uint64_t *out)
{
    size_t digits = strspn(text, "0123456789");
    size_t at = digits + strspn(text + digits, " ");
    bool apart = at > digits;
    if (digits == 0 || !llmp__whole_parse(text, digits, out)) {
        return 0;
    }
    if (text[at] == 'x' || text[at] == 'X' || text[at] == '*') {
        at++;
    } else if (strncmp(text + at, "\xc3\x97", 2) == 0) { /* the multiplication sign in UTF-8 */
        at += 2;
    } else {
        return 0;
    }
    apart = apart || text[at] == ' ';
    at += strspn(text + at, " ");
    return text[at] == '\0' || (digits > 3 && !apart) ? 0 : at;
}

/* "h100x8", "h100 x 8": a count behind a name. Writes the name without it. */
static bool count_suffix(const char *text, char name[NAME_SIZE], uint64_t *out)
{
    size_t end = strlen(text);
    size_t at = end;
    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') {
        at--;
    }
    if (at == end || end - at > 2 || !llmp__whole_parse(text + at, end - at, out)) {
        return false;
    }
    while (at > 0 && text[at - 1] == ' ') {
        at--;
    }
    if (at < 2 || (text[at - 1] != 'x' && text[at - 1] != 'X' && text[at - 1] != '*')) {
        return false;
    }
    for (at--; at > 0 && (text[at - 1] == ' ' || text[at - 1] == '-'); at--) {
    }
    (void)snprintf(name, NAME_SIZE, "%.*s", (int)at, text);
    return at > 0 && at < NAME_SIZE;
}

static llmp_status parse_term(const llmp_catalog *catalog, const char *term, llmp_machine *m,
                              char note[256], llmp_error *error)
{
    struct found found = {NULL, NULL};
    uint64_t count = 1;
    char name[NAME_SIZE];
    memset(m, 0, sizeof *m);
    /* The whole first: a name may begin with digits and an x. */
    size_t at = count_prefix(term, &count);
    llmp_status status = find_named(catalog, term, &found, note, at > 0 ? NULL : error);
    if (status == LLMP_OK) {
        count = 1;
    } else if (at > 0) {
        status = find_named(catalog, term + at, &found, note, error);
    } else if (status == LLMP_E_UNKNOWN && count_suffix(term, name, &count)) {
        status = find_named(catalog, name, &found, note, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    if (count < 1 || count > LLMP_MACHINE_DEVICES_MAX) {
        return llmp__fail(error, LLMP_E_RANGE, "'%.80s': a count from 1 to %d, please", term,
                          LLMP_MACHINE_DEVICES_MAX);
    }
    return found.device != NULL ? from_device(catalog, found.device, (uint32_t)count, m, error)
                                : from_rig(catalog, found.rig, (uint32_t)count, m, error);
}

/* Copies [from, to) without blanks around; false when it is empty or too long. */
static bool copy_term(const char *from, const char *to, char out[NAME_SIZE])
{
    while (from < to && *from == ' ') {
        from++;
    }
    while (to > from && to[-1] == ' ') {
        to--;
    }
    size_t length = (size_t)(to - from);
    if (length == 0 || length >= NAME_SIZE) {
        return false;
    }
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

/* The next '+' that separates; with @p spaced only one between blanks ("Ryzen AI Max+ 395"). */
static const char *next_plus(const char *text, bool spaced)
{
    const char *plus = strchr(text, '+');
    while (plus != NULL && spaced && !(plus > text && plus[-1] == ' ' && plus[1] == ' ')) {
        plus = strchr(plus + 1, '+');
    }
    return plus;
}

static llmp_status parse_all(const llmp_catalog *catalog, const char *expression, bool spaced,
                             llmp_machine machines[LLMP_MACHINES_MAX], size_t *out_count,
                             char note[256], llmp_error *error)
{
    const char *at = expression;
    size_t count = 0;
    note[0] = '\0';
    for (;;) {
        char term[NAME_SIZE];
        char term_note[256];
        const char *plus = next_plus(at, spaced);
        if (!copy_term(at, plus == NULL ? at + strlen(at) : plus, term)) {
            return llmp__fail(error, LLMP_E_UNKNOWN, "'%.80s' names no machine", expression);
        }
        if (count == LLMP_MACHINES_MAX) {
            return llmp__fail(error, LLMP_E_RANGE, "more than %d machines", LLMP_MACHINES_MAX);
        }
        llmp_status status = parse_term(catalog, term, &machines[count], term_note, error);
        if (status != LLMP_OK) {
            return status;
        }
        count++;
        if (note[0] == '\0') {
            memcpy(note, term_note, sizeof term_note);
        }
        if (plus == NULL) {
            *out_count = count;
            return LLMP_OK;
        }
        at = plus + 1;
    }
}

llmp_status llmp_machine_parse(const llmp_catalog *catalog, const char *expression,
                               llmp_machine *out_machines, size_t *out_count, char out_note[256],
                               llmp_error *error)
{
    if (catalog == NULL || expression == NULL || out_machines == NULL || out_count == NULL) {
        return llmp__fail_argument(error, "catalog, expression or output", "is NULL");
    }
    llmp_machine machines[LLMP_MACHINES_MAX];
    char note[256];
    size_t count = 0;
    llmp_status status = parse_all(catalog, expression, true, machines, &count, note, error);
    if (status == LLMP_E_UNKNOWN && strchr(expression, '+') != NULL) {
        status = parse_all(catalog, expression, false, machines, &count, note, error);
    }
    if (status != LLMP_OK) {
        return status;
    }
    memcpy(out_machines, machines, count * sizeof machines[0]);
    *out_count = count;
    if (out_note != NULL) {
        memcpy(out_note, note, sizeof note);
    }
    return LLMP_OK;
}
