/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which records of the catalog this machine's parts are: by identity, never by likeness. */
#include "base/names.h"
#include "base/number.h"
#include "calibrate/detect_private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Drivers report less than the box says (ECC and firmware take up to 8 %), and never more than
 * rounding. Of one memory for all, firmware keeps more. */
static const double own_memory_least = 0.92;
static const double shared_memory_least = 0.85;
static const double memory_most = 1.02;

enum { CANDIDATES_MAX = 8 };

/* --- words ------------------------------------------------------------------------------------ */

static bool edge(char c)
{
    return !isalnum((unsigned char)c);
}

/* "Ryzen 9 9950X" is in "AMD Ryzen 9 9950X 16-Core Processor" and not in "AMD Ryzen 9 9950X3D". */
static bool names(const char *full, const char *part)
{
    size_t length = strlen(part);
    for (const char *at = full; strlen(at) >= length; at++) {
        size_t same = 0;
        while (same < length &&
               tolower((unsigned char)at[same]) == tolower((unsigned char)part[same])) {
            same++;
        }
        if (same == length && (at == full || edge(at[-1])) && edge(at[length])) {
            return true;
        }
    }
    return false;
}

static bool has_product(const llmp_device *device, const char *full)
{
    for (size_t i = 0; i < device->product_name_count; i++) {
        if (full[0] != '\0' && names(full, device->product_names[i])) {
            return true;
        }
    }
    return false;
}

/* Of a processor the words, of a chip all of it: "Apple M1" is not "Apple M1 Pro". */
static bool has_cpu_name(const llmp_device *device, const char *full)
{
    for (size_t i = 0; i < device->cpu_name_count; i++) {
        const char *name = device->cpu_names[i];
        if (full[0] != '\0' &&
            (device->kind == LLMP_DEVICE_CPU ? names(full, name) : llmp__name_equal(full, name))) {
            return true;
        }
    }
    return false;
}

/* "1002:744c" or, where revisions differ, "1002:744c:c8". */
static bool has_pci_id(const llmp_device *device, const llmp_detected_gpu *gpu)
{
    char full[24];
    (void)snprintf(full, sizeof full, "%s:%s", gpu->pci_id, gpu->revision);
    for (size_t i = 0; i < device->pci_id_count; i++) {
        if (llmp__name_equal(device->pci_ids[i], gpu->pci_id) ||
            llmp__name_equal(device->pci_ids[i], full)) {
            return true;
        }
    }
    return false;
}

/* --- memory ----------------------------------------------------------------------------------- */

static bool within(double reported, double stated, double least)
{
    return stated > 0 && reported >= least * stated && reported <= memory_most * stated;
}

/* What firmware set aside for an AMD GPU is no longer in the system's total. */
static uint64_t shared_memory(const llmp_detected *machine, const llmp_detected_gpu *gpu)
{
    bool aside = gpu != NULL && gpu->vendor == LLMP_VENDOR_AMD;
    return machine->memory.total_bytes + (aside ? gpu->memory_bytes : 0);
}

static bool memory_agrees(const llmp_device *device, const llmp_detected *machine,
                          const llmp_detected_gpu *gpu)
{
    double own = gpu == NULL ? 0 : (double)gpu->memory_bytes;
    if (device->unified_memory) {
        return within((double)shared_memory(machine, gpu), (double)device->memory_bytes,
                      shared_memory_least);
    }
    return within(own, (double)device->memory_bytes, own_memory_least) ||
           within(own, (double)device->memory_reported_bytes, 0.98);
}

/* --- candidates ------------------------------------------------------------------------------- */

struct candidates {
    const llmp_device *items[CANDIDATES_MAX];
    size_t count;
};

static void add(struct candidates *c, const llmp_device *device)
{
    if (c->count < CANDIDATES_MAX) {
        c->items[c->count++] = device;
    }
}

/* Keeps those that a test holds for, if it does for any. */
static void prefer(struct candidates *c, bool (*test)(const llmp_device *, const void *),
                   const void *against)
{
    struct candidates kept = {{NULL}, 0};
    for (size_t i = 0; i < c->count; i++) {
        if (test(c->items[i], against)) {
            add(&kept, c->items[i]);
        }
    }
    if (kept.count > 0) {
        *c = kept;
    }
}

static bool states_product(const llmp_device *device, const void *against)
{
    (void)against;
    return device->product_name_count > 0;
}

static bool has_power(const llmp_device *device, const void *against)
{
    const llmp_detected_gpu *gpu = against;
    return device->tdp_w > 0 && gpu->power_default_w > 0.97 * device->tdp_w &&
           gpu->power_default_w < 1.03 * device->tdp_w;
}

/* Every identity a record states must hold. */
static bool identities_hold(const llmp_device *device, const llmp_detected *machine,
                            const llmp_detected_gpu *gpu)
{
    bool stated = device->pci_id_count + device->cpu_name_count + device->product_name_count > 0;
    bool pci = device->pci_id_count == 0 || (gpu != NULL && has_pci_id(device, gpu));
    bool cpu = device->cpu_name_count == 0 || has_cpu_name(device, machine->cpu.name);
    bool product = device->product_name_count == 0 || has_product(device, machine->product);
    return stated && pci && cpu && product;
}

/* --- devices ---------------------------------------------------------------------------------- */

static const llmp_device *device_at(const llmp_catalog *catalog, size_t i)
{
    return LLMP_DEVICE(llmp_catalog_at(catalog, LLMP_KIND_DEVICE, i));
}

static void explain_gpu(const llmp_detected_gpu *gpu, const struct candidates *known,
                        const struct candidates *fit, char *out, size_t size)
{
    if (fit->count > 1) {
        (void)snprintf(out, size, "it may be %s or %s", fit->items[0]->head.id,
                       fit->items[1]->head.id);
    } else if (known->count == 0) {
        (void)snprintf(out, size, "the catalog has no device with PCI id %s%s%s", gpu->pci_id,
                       gpu->revision[0] == '\0' ? "" : ", revision ", gpu->revision);
    } else if (gpu->memory_bytes == 0 && !known->items[0]->unified_memory) {
        (void)snprintf(out, size, "no driver tells its memory size: %s", known->items[0]->head.id);
    } else {
        (void)snprintf(out, size, "its memory is not that of %s", known->items[0]->head.id);
    }
}

/* The same chip with another amount of memory: its other facts hold. One that names no product. */
static void take_chip(const struct candidates *known, uint64_t memory_bytes, llmp_detected *machine)
{
    const llmp_device *chip = NULL;
    for (size_t i = 0; i < known->count; i++) {
        const llmp_device *device = known->items[i];
        if (device->unified_memory && device->product_name_count == 0) {
            if (chip != NULL) {
                return; /* which of them cannot be told */
            }
            chip = device;
        }
    }
    if (chip != NULL && memory_bytes > 0) {
        machine->chip = chip;
        machine->chip_memory_bytes = memory_bytes;
    }
}

static void match_gpu(const llmp_catalog *catalog, llmp_detected *machine, llmp_detected_gpu *gpu)
{
    struct candidates known = {{NULL}, 0};
    struct candidates fit = {{NULL}, 0};
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_device *device = device_at(catalog, i);
        if (device->pci_id_count > 0 && identities_hold(device, machine, gpu)) {
            add(&known, device);
            if (memory_agrees(device, machine, gpu)) {
                add(&fit, device);
            }
        }
    }
    prefer(&fit, states_product, NULL);
    if (fit.count > 1) {
        prefer(&fit, has_power, gpu);
    }
    if (fit.count == 1) {
        gpu->match = fit.items[0];
        gpu->shares_memory = fit.items[0]->unified_memory;
        return;
    }
    take_chip(&known, shared_memory(machine, gpu), machine);
    if (machine->chip != NULL) {
        gpu->shares_memory = true;
    }
    explain_gpu(gpu, &known, &fit, gpu->why, sizeof gpu->why);
}

/* --- the computer ----------------------------------------------------------------------------- */

static bool cores_agree(const llmp_catalog *catalog, const llmp_device *device, uint32_t gpu_cores)
{
    llmp_device filled;
    uint64_t stated;
    (void)llmp_device_fill(catalog, device, &filled);
    if (gpu_cores == 0 || filled.gpu_cores == NULL ||
        !llmp__whole_parse(filled.gpu_cores, strspn(filled.gpu_cores, "0123456789"), &stated)) {
        return true;
    }
    return stated == gpu_cores;
}

/* A chip, or a computer sold as one thing, whose GPU is on no bus (Apple, Jetson). */
static void match_computer(const llmp_catalog *catalog, uint32_t gpu_cores, llmp_detected *machine)
{
    struct candidates known = {{NULL}, 0};
    struct candidates fit = {{NULL}, 0};
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_device *device = device_at(catalog, i);
        if (device->unified_memory && device->pci_id_count == 0 &&
            identities_hold(device, machine, NULL) && cores_agree(catalog, device, gpu_cores)) {
            add(&known, device);
            if (memory_agrees(device, machine, NULL)) {
                add(&fit, device);
            }
        }
    }
    prefer(&fit, states_product, NULL);
    if (fit.count == 1) {
        machine->computer = fit.items[0];
    } else {
        take_chip(&known, machine->memory.total_bytes, machine);
    }
}

/* A container that may use less than the chip shares has a chip with less memory. */
static void apply_limit(llmp_detected *machine)
{
    uint64_t limit = machine->limits.memory_bytes;
    if (machine->computer != NULL && limit > 0) {
        machine->chip = machine->computer;
        machine->chip_memory_bytes = limit;
        machine->computer = NULL;
    } else if (machine->chip != NULL && limit > 0 && limit < machine->chip_memory_bytes) {
        machine->chip_memory_bytes = limit;
    }
}

/* --- the processor ---------------------------------------------------------------------------- */

static bool has_modules(const llmp_device *device, const void *against)
{
    const llmp_detected_memory *memory = against;
    return device->memory_mt_per_s == memory->mt_per_s &&
           device->memory_channels == memory->channels;
}

static bool is_default(const llmp_device *device, const void *against)
{
    (void)against;
    return device->head.default_for_count > 0;
}

static bool same_cores(const llmp_device *device, const char *identity)
{
    for (size_t i = 0; i < device->cpu_id_count; i++) {
        if (identity[0] != '\0' && strcmp(device->cpu_ids[i], identity) == 0) {
            return true;
        }
    }
    return false;
}

static void match_cpu(const llmp_catalog *catalog, llmp_detected *machine)
{
    llmp_detected_cpu *cpu = &machine->cpu;
    struct candidates named = {{NULL}, 0};
    const llmp_device *alike = NULL;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_device *device = device_at(catalog, i);
        if (device->kind != LLMP_DEVICE_CPU) {
            continue;
        }
        if (device->cpu_name_count + device->product_name_count > 0 &&
            identities_hold(device, machine, NULL)) {
            add(&named, device);
        } else if (alike == NULL && device->cpu_cores > 0 && same_cores(device, cpu->identity)) {
            alike = device;
        }
    }
    if (machine->memory.bandwidth_bytes_per_s > 0) {
        struct candidates exact = named;
        prefer(&exact, has_modules, &machine->memory);
        if (exact.count == 1 && has_modules(exact.items[0], &machine->memory)) {
            cpu->match = exact.items[0];
        }
    }
    prefer(&named, is_default, NULL);
    cpu->alike = cpu->match != NULL ? cpu->match : named.count > 0 ? named.items[0] : alike;
    cpu->alike_is_same = named.count > 0;
}

/* The record's own bandwidth holds for the whole processor on real metal, its channels filled. */
static void assume_channels(llmp_detected *machine)
{
    const llmp_detected_cpu *cpu = &machine->cpu;
    llmp_detected_memory *memory = &machine->memory;
    if (memory->bandwidth_bytes_per_s > 0) {
        memory->bandwidth_basis = LLMP_BANDWIDTH_MODULES;
    } else if (cpu->alike_is_same && !cpu->virtual_machine && memory->modules == 0 &&
               cpu->packages <= 1 && cpu->cores == cpu->alike->cpu_cores) {
        memory->bandwidth_basis = LLMP_BANDWIDTH_CATALOG;
        memory->bandwidth_bytes_per_s = cpu->alike->memory_bandwidth_bytes_per_s;
    }
}

void llmp__detect_match(const llmp_catalog *catalog, uint32_t gpu_cores, llmp_detected *out)
{
    match_cpu(catalog, out);
    assume_channels(out);
    for (size_t i = 0; i < out->gpu_count; i++) {
        llmp_detected_gpu *gpu = &out->gpus[i];
        match_gpu(catalog, out, gpu);
        if (gpu->match != NULL && gpu->match->unified_memory && out->computer == NULL) {
            out->computer = gpu->match;
        }
    }
    if (out->computer == NULL && out->chip == NULL) {
        match_computer(catalog, gpu_cores, out);
    }
    apply_limit(out);
}
