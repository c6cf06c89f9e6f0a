/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a capture to a machine, and what it leaves open. */
#include "base/error.h"
#include "calibrate/detect_private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_SLUG = 44 }; /* what an id may have, less the counts */

/* --- the name --------------------------------------------------------------------------------- */

/* "Intel(R) Xeon(R) Platinum 8480+" and "AMD Ryzen 9 9950X 16-Core Processor" without what only
 * fills: marks, clocks, counts. */
static void plain_name(const char *full, char *out, size_t size)
{
    static const char *const ends[] = {" @", " w/", " with ", " CPU @"};
    static const char *const marks[] = {"(R)", "(r)", "(TM)", "(tm)", " CPU", " Processor"};
    size_t length = strlen(full);
    size_t used = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(full, ends[i]);
        length = end != NULL && (size_t)(end - full) < length ? (size_t)(end - full) : length;
    }
    for (size_t at = 0; at < length && used + 1 < size;) {
        size_t skip = 0;
        for (size_t i = 0; i < sizeof marks / sizeof *marks && skip == 0; i++) {
            skip = strncmp(full + at, marks[i], strlen(marks[i])) == 0 ? strlen(marks[i]) : 0;
        }
        if (skip == 0 && full[at] == ' ') { /* " 16-Core", " 64-Cores" */
            size_t digits = strspn(full + at + 1, "0123456789");
            const char *word = full + at + 1 + digits;
            skip = digits > 0 && strncmp(word, "-Core", 5) == 0
                       ? 1 + digits + 5 + (size_t)(word[5] == 's')
                       : 0;
        }
        if (skip == 0) {
            out[used++] = full[at++];
        } else {
            at += skip;
        }
    }
    while (used > 0 && out[used - 1] == ' ') {
        used--;
    }
    out[used] = '\0';
}

static void add_slug(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);
    for (; *text != '\0' && used + 1 < size; text++) {
        bool word = isalnum((unsigned char)*text) != 0;
        if (word) {
            out[used++] = (char)tolower((unsigned char)*text);
        } else if (used > 0 && out[used - 1] != '-') {
            out[used++] = '-';
        }
    }
    while (used > 0 && out[used - 1] == '-') {
        used--;
    }
    out[used] = '\0';
}

/* The same for this processor with as many cores to use, whatever else the machine is. */
void llmp__detect_name(llmp_detected *out)
{
    char name[96] = "";
    char counts[32] = "";
    uint32_t cores = out->cpu.cores > 0 ? out->cpu.cores : out->cpu.threads;
    uint32_t usable = (uint32_t)(out->limits.usable_cpu_count + 0.5);
    bool limited = out->limits.threads > 0 || out->limits.cpu_quota_count > 0;
    plain_name(out->cpu.name, name, sizeof name);
    if (name[0] == '\0') {
        const char *record = out->cpu.alike_is_same ? out->cpu.alike->head.name : NULL;
        llmp__copy_text(name, sizeof name,
                        record != NULL                 ? record
                        : out->cpu.identity[0] != '\0' ? out->cpu.identity
                                                       : "processor");
    }
    if (cores > 0) {
        (void)snprintf(counts, sizeof counts, "-%uc", (unsigned)cores);
    }
    if (limited && usable > 0) {
        (void)snprintf(counts, sizeof counts, "-%u-of-%uc", (unsigned)usable, (unsigned)cores);
    }
    llmp__copy_text(out->device_id, sizeof out->device_id, "this-");
    add_slug(out->device_id, LONGEST_SLUG, name);
    size_t used = strlen(out->device_id);
    (void)snprintf(out->device_id + used, sizeof out->device_id - used, "%s", counts);
    (void)snprintf(out->device_name, sizeof out->device_name, "%.90s", name);
}

/* --- what is open ----------------------------------------------------------------------------- */

static void note(llmp_detected *out, const char *supply, const char *what, ...) LLMP_PRINTF(3, 4);

static void note(llmp_detected *out, const char *supply, const char *what, ...)
{
    if (out->note_count == LLMP_DETECTED_NOTES_MAX) {
        return;
    }
    llmp_detected_note *n = &out->notes[out->note_count++];
    va_list list;
    va_start(list, what);
    (void)vsnprintf(n->what, sizeof n->what, what, list);
    va_end(list);
    llmp__copy_text(n->supply, sizeof n->supply, supply);
}

/* Consoles and the graphics of desktop processors run no model worth placing. */
static const uint64_t least_memory_bytes = UINT64_C(4) << 30;

static void note_gpu(llmp_detected *out, const llmp_detected_gpu *gpu)
{
    const char *name = gpu->name[0] != '\0' ? gpu->name : gpu->pci_id;
    if (!gpu->visible || gpu->shares_memory) {
        return;
    }
    if (gpu->match != NULL && gpu->partitioned) {
        note(out, "switch partitions off, or name what one is like with --on",
             "%.60s at %s is partitioned: its parts are not whole devices", name, gpu->slot);
    } else if (gpu->match == NULL && gpu->memory_bytes == 0) {
        note(out, "install its driver, or name it with --on", "%.60s is left out: %.90s", name,
             gpu->why);
    } else if (gpu->match == NULL && gpu->memory_bytes >= least_memory_bytes) {
        note(out, "name it with --on, or add a record with its pci_ids (--catalog)",
             "%.60s is left out: %.90s", name, gpu->why);
    }
}

static void note_hidden(llmp_detected *out)
{
    unsigned count = 0;
    for (size_t i = 0; i < out->gpu_count; i++) {
        count += !out->gpus[i].visible;
    }
    if (count > 0) {
        note(out, "give them to the container (--gpus), or leave them",
             "%u GPU%s on the bus but not given to this process", count,
             count == 1 ? " is" : "s are");
    }
}

static void note_memory(llmp_detected *out)
{
    static const char *const as_root = "read them as root: sudo llmplan detect; or state it: "
                                       "--host-bandwidth GB/S";
    if (out->computer != NULL || out->chip != NULL ||
        out->memory.bandwidth_basis == LLMP_BANDWIDTH_MODULES) {
        return;
    }
    if (out->memory.bandwidth_basis == LLMP_BANDWIDTH_CATALOG) {
        if (out->cpu.alike->product_name_count > 0) {
            return; /* the computer is known, and its memory with it */
        }
        note(out, as_root,
             "the memory modules cannot be read: the bandwidth is that of %.48s, all channels "
             "filled",
             out->cpu.alike->head.id);
    } else if (out->cpu.virtual_machine) {
        note(out, "measure it: llmplan calibrate --on this; or state it: --host-bandwidth GB/S",
             "the memory bandwidth is unknown: a virtual machine does not see the modules");
    } else if (out->memory.modules == 0) {
        note(out, as_root, "the memory bandwidth is unknown: the modules cannot be read");
    } else {
        note(out, "state it: --host-bandwidth GB/S",
             "the memory bandwidth is unknown: the firmware does not tell the modules' %s",
             out->memory.mt_per_s == 0 ? "speed" : "channels");
    }
}

void llmp__detect_notes(llmp_detected *out)
{
    bool matched = false;
    for (size_t i = 0; i < out->gpu_count; i++) {
        note_gpu(out, &out->gpus[i]);
        matched = matched || out->gpus[i].match != NULL;
    }
    note_hidden(out);
    note_memory(out);
    if (!matched && out->computer == NULL && out->chip == NULL && out->cpu.alike == NULL) {
        note(out, "state it: --set device.fp32_tflops=N",
             "the processor's arithmetic rate is unknown: no record has its cpu_ids or cpu_names");
    }
}

llmp_status llmp_detect(const llmp_catalog *catalog, const llmp_capture *capture,
                        llmp_detected *out, llmp_error *error)
{
    if (catalog == NULL || capture == NULL || out == NULL || out->struct_size == 0) {
        return llmp__fail_argument(error, "catalog, capture or output", "is NULL or unset");
    }
    llmp_detected found = LLMP_DETECTED_INIT;
    uint32_t gpu_cores = 0;
    const char *ioreg = llmp__capture_get(capture, "ioreg");
    const char *line = NULL;
    llmp__detect_product(capture, &found);
    llmp__detect_cpu(capture, &found);
    llmp__detect_memory(capture, &found);
    llmp__detect_limits(capture, &found);
    llmp__detect_gpus(capture, &found);
    if (found.cpu.name[0] == '\0' && found.cpu.identity[0] == '\0' && found.cpu.threads == 0 &&
        found.memory.total_bytes == 0) {
        return llmp__fail(error, LLMP_E_NO_DATA,
                          "neither a processor nor memory is to be found there");
    }
    if (ioreg != NULL && llmp__fact_next(ioreg, "gpu", &line)) {
        gpu_cores = llmp__fact_u32(line, "cores");
    }
    llmp__detect_match(catalog, gpu_cores, &found);
    llmp__detect_name(&found);
    llmp__detect_notes(&found);
    *out = found;
    return LLMP_OK;
}
