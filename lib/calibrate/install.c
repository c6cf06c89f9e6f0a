/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The detected machine as records of a catalog: the rig "this", and its processor as a device. */
#include "base/error.h"
#include "base/number.h"
#include "calibrate/detect_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char source[] = "detected on this machine";

/* --- YAML ------------------------------------------------------------------------------------- */

static void add_text(llmp__text *out, const char *key, const char *value)
{
    llmp__text_add_format(out, "    %s: \"", key);
    for (const char *c = value; *c != '\0'; c++) {
        llmp__text_add_char(out, *c == '"' ? '\'' : *c == '\\' ? '/' : *c);
    }
    llmp__text_add(out, "\"\n");
}

/* In the unit of the key, @p scale base units each. */
static void add_number(llmp__text *out, const char *key, double value, double scale)
{
    char number[LLMP__NUMBER_SIZE];
    llmp__number_format(llmp__unscale(value, scale, false), number);
    llmp__text_add_format(out, "    %s: %s\n", key, number);
}

static void add_head(llmp__text *out, const char *id, const char *name, const char *grade)
{
    llmp__text_add_format(out, "  - id: %s\n", id);
    add_text(out, "name", name);
    add_text(out, "as_of", llmp_data_version());
    add_text(out, "source", source);
    add_text(out, "grade", grade);
}

/* --- the processor ---------------------------------------------------------------------------- */

/* Rates of the whole chip, in the unit of the key. */
static const struct {
    const char *key;
    size_t offset;
} rates[] = {
    {"fp32_tflops", offsetof(llmp_device, fp32_flop_per_s)},
    {"fp16_tflops", offsetof(llmp_device, fp16_flop_per_s)},
    {"bf16_tflops", offsetof(llmp_device, bf16_flop_per_s)},
    {"int8_tops", offsetof(llmp_device, int8_op_per_s)},
};

static uint32_t usable_cores(const llmp_detected *d)
{
    uint32_t cores = d->cpu.cores > 0 ? d->cpu.cores : d->cpu.threads;
    double usable = d->limits.usable_cpu_count;
    bool limited = d->limits.threads > 0 || d->limits.cpu_quota_count > 0;
    if (limited && usable > 0 && usable < cores) {
        cores = usable < 1 ? 1 : (uint32_t)usable;
    }
    return cores;
}

static double bandwidth_of(const llmp_detected *d, double stated, const char **grade,
                           const char **why)
{
    if (stated > 0) {
        *grade = "estimate";
        *why = "stated by the user";
        return stated;
    }
    bool modules = d->memory.bandwidth_basis == LLMP_BANDWIDTH_MODULES;
    *grade = modules ? "derived" : "estimate";
    *why = modules ? "bus width / 8 x MT/s of the modules that firmware lists"
                   : "as the catalog has this processor, all channels filled: modules unread";
    return d->memory.bandwidth_bytes_per_s;
}

static bool lacks(const llmp_device *known, size_t offset)
{
    return known == NULL || !llmp_catalog_has(LLMP_KIND_DEVICE, known, offset);
}

static void add_isa(llmp__text *out, const llmp_detected_cpu *cpu)
{
    bool first = true;
    for (int i = 0; i < LLMP_ISA_COUNT; i++) {
        if ((cpu->isa >> i & 1) != 0) {
            llmp__text_add_format(out, "%s%s", first ? "    cpu_isa: \"" : ", ",
                                  llmp_isa_name((llmp_isa)i));
            first = false;
        }
    }
    llmp__text_add(out, first ? "" : "\"\n");
}

static void add_rates(llmp__text *out, const llmp_detected *d, const llmp_device *known)
{
    const llmp_device *alike = d->cpu.alike;
    uint32_t cores = usable_cores(d);
    if (alike == NULL || alike->cpu_cores == 0 || cores == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double rate;
        memcpy(&rate, (const char *)alike + rates[i].offset, sizeof rate);
        if (rate > 0 && lacks(known, rates[i].offset)) {
            add_number(out, rates[i].key, rate * cores / alike->cpu_cores, 1e12);
        }
    }
    bool all = cores == alike->cpu_cores;
    if (alike->tdp_w > 0 && all && lacks(known, offsetof(llmp_device, tdp_w))) {
        add_number(out, "tdp_w", alike->tdp_w, 1);
    }
}

static void add_classes(llmp__text *out, const llmp_device *alike)
{
    llmp__text_add(out, "    classes: [");
    for (size_t i = 0; alike != NULL && i < alike->class_count; i++) {
        llmp__text_add_format(out, "%s%s", i == 0 ? "" : ", ", alike->classes[i]);
    }
    llmp__text_add(out, alike == NULL ? "cpu]\n" : "]\n");
}

/* A device the catalog has already keeps what it states. */
static void add_device(llmp__text *out, const llmp_detected *d, double bandwidth_bytes_per_s,
                       const char *grade, const char *why, const llmp_device *known)
{
    static const char *const vendors[] = {"other", "nvidia", "amd", "intel", "apple", "arm"};
    const llmp_detected_cpu *cpu = &d->cpu;
    bool amd = strncmp(cpu->identity, "AuthenticAMD", 12) == 0;
    bool intel = strncmp(cpu->identity, "GenuineIntel", 12) == 0;
    bool arm = strncmp(cpu->identity, "arm-", 4) == 0;
    llmp__text_add(out, "devices:\n");
    if (known == NULL) {
        add_head(out, d->device_id, d->device_name, "estimate");
        add_text(out, "vendor", vendors[amd ? 2 : intel ? 3 : arm ? 5 : 0]);
        add_text(out, "kind", "cpu");
        add_classes(out, cpu->alike);
        add_number(out, "memory_bandwidth_gb_s", bandwidth_bytes_per_s, 1e9);
        llmp__text_add_format(out,
                              "    sources:\n      - {fields: [memory_bandwidth_gb_s], grade: %s,"
                              " note: \"%s\"}\n",
                              grade, why);
        if (cpu->alike != NULL) {
            llmp__text_add_format(out,
                                  "      - {fields: [fp32_tflops, int8_tops], grade: estimate,"
                                  " note: \"per core as %s\"}\n",
                                  cpu->alike->head.id);
        }
    } else {
        llmp__text_add_format(out, "  - id: %s\n", d->device_id);
    }
    add_rates(out, d, known);
    if (usable_cores(d) > 0 && lacks(known, offsetof(llmp_device, cpu_cores))) {
        add_number(out, "cpu_cores", usable_cores(d), 1);
    }
    if (lacks(known, offsetof(llmp_device, cpu_isa))) {
        add_isa(out, cpu);
    }
    if (cpu->numa_nodes > 0 && cpu->numa_nodes <= 64 &&
        lacks(known, offsetof(llmp_device, numa_nodes))) {
        add_number(out, "numa_nodes", cpu->numa_nodes, 1);
    }
    if (d->memory.mt_per_s >= 100 && lacks(known, offsetof(llmp_device, memory_mt_per_s))) {
        add_number(out, "memory_mt_s", d->memory.mt_per_s, 1);
    }
    if (d->memory.channels > 0 && lacks(known, offsetof(llmp_device, memory_channels))) {
        add_number(out, "memory_channels", d->memory.channels, 1);
    }
}

/* The share of a shared memory that a model may take is the system's to set, and it goes by the
 * amount: as the maker's device nearest in memory has it. 0 when none says. */
static double usable_ratio(const llmp_catalog *catalog, const llmp_detected *d)
{
    double ratio = d->chip->usable_memory_ratio;
    double nearest = -1;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_device *device = LLMP_DEVICE(llmp_catalog_at(catalog, LLMP_KIND_DEVICE, i));
        double distance = fabs((double)device->memory_bytes - (double)d->chip_memory_bytes);
        if (device->vendor == d->chip->vendor && device->unified_memory &&
            device->usable_memory_ratio > 0 && (nearest < 0 || distance < nearest)) {
            nearest = distance;
            ratio = device->usable_memory_ratio;
        }
    }
    return ratio;
}

/* A chip of the catalog with other memory. */
static void add_chip(llmp__text *out, const llmp_catalog *catalog, const llmp_detected *d,
                     const llmp_device *known)
{
    double ratio = usable_ratio(catalog, d);
    static const char *const vendors[] = {"other", "nvidia", "amd", "intel", "apple",
                                          "arm",   "google", "aws", "huawei"};
    const llmp_device *chip = d->chip;
    llmp__text_add(out, "devices:\n");
    if (known != NULL) {
        llmp__text_add_format(out, "  - id: %s\n", d->device_id);
    } else {
        add_head(out, d->device_id, chip->head.name, "derived");
        add_text(out, "vendor", vendors[chip->vendor]);
        add_text(out, "kind", "soc");
        add_classes(out, chip);
        add_number(out, "memory_bandwidth_gb_s", chip->memory_bandwidth_bytes_per_s, 1e9);
        llmp__text_add_format(out, "    unified_memory: true\n    like: %s\n", chip->head.id);
    }
    if (lacks(known, offsetof(llmp_device, memory_bytes))) {
        add_number(out, "memory_gib", (double)d->chip_memory_bytes, 1073741824.0);
    }
    if (ratio > 0 && lacks(known, offsetof(llmp_device, usable_memory_ratio))) {
        add_number(out, "usable_memory_ratio", ratio, 1);
    }
}

/* --- the rig ---------------------------------------------------------------------------------- */

static bool runs(const llmp_detected_gpu *gpu)
{
    return gpu->match != NULL && gpu->visible && !gpu->partitioned;
}

/* A limit set below the default slows a card down. */
static double set_limit_w(const llmp_detected_gpu *gpu)
{
    return gpu->power_limit_w > 0 && gpu->power_limit_w < 0.98 * gpu->power_default_w
               ? gpu->power_limit_w
               : 0;
}

static bool same(const llmp_detected_gpu *a, const llmp_detected_gpu *b)
{
    double difference = set_limit_w(a) - set_limit_w(b);
    return a->match == b->match && difference < 1 && difference > -1;
}

static size_t add_gpus(llmp__text *out, const llmp_detected *d)
{
    size_t total = 0;
    for (size_t i = 0; i < d->gpu_count; i++) {
        const llmp_detected_gpu *gpu = &d->gpus[i];
        size_t count = 0;
        bool seen = !runs(gpu);
        for (size_t j = 0; j < i && !seen; j++) {
            seen = runs(&d->gpus[j]) && same(&d->gpus[j], gpu);
        }
        for (size_t j = i; j < d->gpu_count && !seen; j++) {
            count += runs(&d->gpus[j]) && same(&d->gpus[j], gpu);
        }
        if (count > 0) {
            llmp__text_add_format(out, "      - {device: %s, count: %zu", gpu->match->head.id,
                                  count);
            if (set_limit_w(gpu) > 0) {
                llmp__text_add_format(out, ", power_limit_w: %.0f", set_limit_w(gpu));
            }
            llmp__text_add(out, "}\n");
        }
        total += count;
    }
    return total;
}

static size_t count_gpus(const llmp_detected *d)
{
    size_t count = 0;
    for (size_t i = 0; i < d->gpu_count; i++) {
        count += runs(&d->gpus[i]);
    }
    return count;
}

static void rig_name(const llmp_detected *d, char *out, size_t size)
{
    const llmp_device *whole = d->computer != NULL ? d->computer : d->chip;
    if (whole != NULL) {
        (void)snprintf(out, size, "this machine (%.80s)", whole->head.name);
        return;
    }
    size_t gpus = count_gpus(d);
    const llmp_detected_gpu *first = NULL;
    for (size_t i = 0; i < d->gpu_count && first == NULL; i++) {
        first = runs(&d->gpus[i]) ? &d->gpus[i] : NULL;
    }
    if (first == NULL) {
        (void)snprintf(out, size, "this machine (%.60s)", d->device_name);
    } else if (gpus == 1) {
        (void)snprintf(out, size, "this machine (%.60s)", first->match->head.name);
    } else {
        (void)snprintf(out, size, "this machine (%zu x %.60s)", gpus, first->match->head.name);
    }
}

static void add_rig(llmp__text *out, const llmp_detected *d, double bandwidth, bool cpu_known)
{
    char name[120];
    uint64_t memory = llmp__usable_memory(d);
    rig_name(d, name, sizeof name);
    llmp__text_add(out, "rigs:\n");
    add_head(out, "this", name, "derived");
    llmp__text_add(out, "    devices:\n");
    if (d->computer != NULL) {
        llmp__text_add_format(out, "      - {device: %s, count: 1}\n", d->computer->head.id);
    } else if (d->chip != NULL || add_gpus(out, d) == 0) {
        llmp__text_add_format(out, "      - {device: %s, count: 1}\n", d->device_id);
    }
    if (cpu_known) {
        add_text(out, "host_cpu", d->device_id);
    }
    if (memory >= UINT64_C(1) << 29) {
        add_number(out, "host_memory_gib", (double)memory, 1073741824.0);
    }
    if (cpu_known) {
        add_number(out, "host_memory_bandwidth_gb_s", bandwidth, 1e9);
    }
}

static llmp_status unknown_bandwidth(const llmp_detected *d, llmp_error *error)
{
    (void)llmp__fail(error, LLMP_E_NO_DATA,
                     "the memory bandwidth of this machine's processor (%.60s) is unknown",
                     d->device_name);
    llmp__set_field(error, "memory_bandwidth_gb_s");
    llmp__hint(error,
               "measure it: llmplan calibrate --on this; or state it: --host-bandwidth GB/S");
    return LLMP_E_NO_DATA;
}

llmp_status llmp_detected_records(const llmp_detected *detected, double bandwidth_bytes_per_s,
                                  const llmp_catalog *catalog, char **out, llmp_error *error)
{
    if (detected == NULL || catalog == NULL || out == NULL || detected->struct_size == 0) {
        return llmp__fail_argument(error, "detected, catalog or output", "is NULL or unset");
    }
    const char *grade = "";
    const char *why = "";
    const llmp_device *known =
        LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, detected->device_id));
    double bandwidth = known != NULL ? known->memory_bandwidth_bytes_per_s
                                     : bandwidth_of(detected, bandwidth_bytes_per_s, &grade, &why);
    bool whole = detected->computer != NULL || detected->chip != NULL;
    if (!whole && count_gpus(detected) == 0 && !(bandwidth > 0)) {
        return unknown_bandwidth(detected, error);
    }
    bool cpu_known = bandwidth > 0 && !whole;
    llmp__text text = {0};
    if (detected->chip != NULL) {
        add_chip(&text, catalog, detected, known);
    }
    if (cpu_known) {
        add_device(&text, detected, bandwidth, grade, why, known);
    }
    add_rig(&text, detected, bandwidth, cpu_known);
    if (text.failed) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "the records of this machine");
    }
    *out = text.data; /* the caller's now */
    return LLMP_OK;
}

llmp_status llmp_detected_install(const llmp_detected *detected, double bandwidth_bytes_per_s,
                                  llmp_catalog *catalog, llmp_error *error)
{
    char *text = NULL;
    if (catalog != NULL && llmp_catalog_get(catalog, LLMP_KIND_RIG, "this") != NULL) {
        return llmp__fail_argument(error, "catalog", "has a rig 'this' already");
    }
    llmp_status status =
        llmp_detected_records(detected, bandwidth_bytes_per_s, catalog, &text, error);
    if (status == LLMP_OK) {
        status = llmp_catalog_overlay(catalog, text, strlen(text), source, error);
        free(text);
    }
    return status;
}
