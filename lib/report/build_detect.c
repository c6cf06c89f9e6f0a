/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `detect`: the machine, what it plans as, and what is unknown. */
#include "base/error.h"
#include "report/build.h"

#include <llmplan/report_detect.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 13 };

static const llmp__column columns[] = {
    {.key = "part"}, {.key = "id"}, {.key = "name"}, {.key = "catalog_id"}, {.key = "memory_bytes"},
};

/* --- data ------------------------------------------------------------------------------------- */

static void data_known(llmp_document *d, llmp__node *map, const char *key, uint64_t whole)
{
    if (whole > 0) {
        llmp__data_whole(d, map, key, whole);
    } else {
        llmp__data_null(d, map, key);
    }
}

static void data_positive(llmp_document *d, llmp__node *map, const char *key, double number)
{
    if (number > 0) {
        llmp__data_number(d, map, key, number);
    } else {
        llmp__data_null(d, map, key);
    }
}

static void data_words(llmp_document *d, llmp__node *map, const char *key, const char *text)
{
    llmp__data_text(d, map, key, *text == '\0' ? NULL : text);
}

static const char *id_of(const llmp_device *device)
{
    return device == NULL ? NULL : device->head.id;
}

static void data_cpu(llmp_document *d, const llmp_detected *m)
{
    const llmp_detected_cpu *cpu = &m->cpu;
    llmp__node *map = llmp__data_map(d, d->data, "cpu");
    data_words(d, map, "name", cpu->name);
    data_words(d, map, "identity", cpu->identity);
    llmp__data_bool(d, map, "virtual_machine", cpu->virtual_machine);
    if (cpu->isa_known) {
        llmp__node *isa = llmp__data_list(d, map, "isa");
        for (int i = 0; i < LLMP_ISA_COUNT; i++) {
            if ((cpu->isa >> i & 1) != 0) {
                llmp__data_text(d, isa, NULL, llmp_isa_name((llmp_isa)i));
            }
        }
    } else {
        llmp__data_null(d, map, "isa");
    }
    data_known(d, map, "packages", cpu->packages);
    data_known(d, map, "cores", cpu->cores);
    data_known(d, map, "threads", cpu->threads);
    data_known(d, map, "numa_nodes", cpu->numa_nodes);
    data_known(d, map, "max_mhz", cpu->max_mhz);
    llmp__node *caches = llmp__data_list(d, map, "caches");
    for (uint64_t i = 0; i < LLMP_DETECTED_CACHES_MAX; i++) {
        if (cpu->caches[i].bytes > 0) {
            llmp__node *cache = llmp__data_map(d, caches, NULL);
            llmp__data_whole(d, cache, "level", i + 1);
            llmp__data_whole(d, cache, "bytes", cpu->caches[i].bytes);
            data_known(d, cache, "count", cpu->caches[i].count);
        }
    }
    llmp__data_text(d, map, "catalog_id", id_of(cpu->match));
    llmp__data_text(d, map, "rates_as", id_of(cpu->alike));
    llmp__data_text(d, map, "device_id", m->device_id);
}

static void data_memory(llmp_document *d, const llmp_detected *m)
{
    const llmp_detected_memory *memory = &m->memory;
    llmp__node *map = llmp__data_map(d, d->data, "memory");
    data_known(d, map, "total_bytes", memory->total_bytes);
    data_known(d, map, "installed_bytes", memory->installed_bytes);
    data_known(d, map, "modules", memory->modules);
    data_known(d, map, "channels", memory->channels);
    data_known(d, map, "bus_bits", memory->bus_bits);
    data_words(d, map, "type", memory->type);
    data_known(d, map, "mt_per_s", memory->mt_per_s);
    data_positive(d, map, "bandwidth_bytes_per_s", memory->bandwidth_bytes_per_s);
    llmp__data_text(d, map, "bandwidth_basis",
                    memory->bandwidth_basis == LLMP_BANDWIDTH_MODULES   ? "modules"
                    : memory->bandwidth_basis == LLMP_BANDWIDTH_CATALOG ? "catalog"
                                                                        : NULL);
}

static void data_limits(llmp_document *d, const llmp_detected *m)
{
    llmp__node *map = llmp__data_map(d, d->data, "limits");
    llmp__data_bool(d, map, "container", m->limits.container);
    data_known(d, map, "memory_bytes", m->limits.memory_bytes);
    data_known(d, map, "threads", m->limits.threads);
    data_positive(d, map, "cpu_quota_count", m->limits.cpu_quota_count);
    data_positive(d, map, "usable_cpu_count", m->limits.usable_cpu_count);
}

static void data_gpus(llmp_document *d, const llmp_detected *m)
{
    llmp__node *list = llmp__data_list(d, d->data, "gpus");
    for (size_t i = 0; i < m->gpu_count; i++) {
        const llmp_detected_gpu *gpu = &m->gpus[i];
        llmp__node *map = llmp__data_map(d, list, NULL);
        data_words(d, map, "slot", gpu->slot);
        data_words(d, map, "pci_id", gpu->pci_id);
        data_words(d, map, "revision", gpu->revision);
        data_words(d, map, "name", gpu->name);
        data_words(d, map, "driver", gpu->driver);
        data_known(d, map, "memory_bytes", gpu->memory_bytes);
        llmp__data_bool(d, map, "shares_memory", gpu->shares_memory);
        data_positive(d, map, "power_limit_w", gpu->power_limit_w);
        data_positive(d, map, "power_default_w", gpu->power_default_w);
        data_positive(d, map, "bandwidth_bytes_per_s", gpu->bandwidth_bytes_per_s);
        data_known(d, map, "pcie_generation", gpu->pcie_generation);
        data_known(d, map, "pcie_lanes", gpu->pcie_lanes);
        llmp__data_bool(d, map, "partitioned", gpu->partitioned);
        llmp__data_bool(d, map, "visible", gpu->visible);
        llmp__data_text(d, map, "catalog_id", id_of(gpu->match));
        data_words(d, map, "why_unknown", gpu->why);
    }
}

static void data_notes(llmp_document *d, const llmp_detected *m)
{
    llmp__node *list = llmp__data_list(d, d->data, "unknown");
    for (size_t i = 0; i < m->note_count; i++) {
        llmp__node *map = llmp__data_map(d, list, NULL);
        llmp__data_text(d, map, "what", m->notes[i].what);
        data_words(d, map, "supply", m->notes[i].supply);
    }
}

/* --- for people ------------------------------------------------------------------------------- */

static void say_cpu(llmp_document *d, const llmp_detected *m)
{
    const llmp_detected_cpu *cpu = &m->cpu;
    bool both = *cpu->name != '\0' && *cpu->identity != '\0';
    bool none = *cpu->name == '\0' && *cpu->identity == '\0';
    const char *words =
        llmp__format(d, "%s%s%s%s%s", none ? "unknown" : cpu->name, both ? " (" : "", cpu->identity,
                     both ? ")" : "", cpu->virtual_machine ? ", virtual" : "");
    llmp__labelled(d, "Processor", LABEL, words)->tight = true;
    if (cpu->threads > 0) {
        words = cpu->cores > 0 ? llmp__format(d, "%u cores, %u threads", (unsigned)cpu->cores,
                                              (unsigned)cpu->threads)
                               : llmp__format(d, "%u threads", (unsigned)cpu->threads);
        if (cpu->packages > 1 || cpu->numa_nodes > 1) {
            words = llmp__format(d, "%s, %u sockets, %u NUMA nodes", words, (unsigned)cpu->packages,
                                 (unsigned)cpu->numa_nodes);
        }
        llmp__labelled(d, "", LABEL, words)->tight = true;
    }
    words = "";
    for (int i = 0; i < LLMP_ISA_COUNT; i++) {
        if ((cpu->isa >> i & 1) != 0) {
            words = llmp__format(d, "%s%s%s", words, *words == '\0' ? "" : ", ",
                                 llmp_isa_name((llmp_isa)i));
        }
    }
    words = !cpu->isa_known ? "unknown" : *words == '\0' ? "none that engines use" : words;
    llmp__labelled(d, "Vectors", LABEL, words)->tight = true;
    words = "";
    for (unsigned i = 0; i < LLMP_DETECTED_CACHES_MAX; i++) {
        if (cpu->caches[i].bytes > 0) {
            words =
                llmp__format(d, "%s%sL%u %u \303\227 %s", words, *words == '\0' ? "" : ", ", i + 1,
                             (unsigned)cpu->caches[i].count, llmp__bytes(d, cpu->caches[i].bytes));
        }
    }
    if (*words != '\0') {
        llmp__labelled(d, "Caches", LABEL, words)->tight = true;
    }
}

static void say_memory(llmp_document *d, const llmp_detected *m)
{
    const llmp_detected_memory *memory = &m->memory;
    const char *words =
        memory->total_bytes > 0 ? llmp__bytes(d, memory->total_bytes) : "amount unknown";
    if (memory->modules > 0) {
        words = llmp__format(d, "%s; %u %s modules, %s", words, (unsigned)memory->modules,
                             memory->type, llmp__bytes(d, memory->installed_bytes));
    }
    if (memory->mt_per_s > 0) {
        words = llmp__format(d, "%s, %u MT/s", words, (unsigned)memory->mt_per_s);
    }
    llmp__labelled(d, "Memory", LABEL, words)->tight = true;
    if (m->computer == NULL && m->chip == NULL) {
        const char *figure = llmp__figure(d, memory->bandwidth_bytes_per_s / 1e9);
        words = memory->bandwidth_basis == LLMP_BANDWIDTH_MODULES
                    ? llmp__format(d, "%s GB/s: %u channels, %u bit", figure,
                                   (unsigned)memory->channels, (unsigned)memory->bus_bits)
                : memory->bandwidth_basis == LLMP_BANDWIDTH_CATALOG
                    ? llmp__format(d, "%s GB/s, as %s has it", figure, m->cpu.alike->head.id)
                    : "unknown";
        llmp__labelled(d, "Bandwidth", LABEL, words)->tight = true;
    }
}

static void say_limits(llmp_document *d, const llmp_detected *m)
{
    const char *words = m->limits.container ? "in a container" : "";
    if (m->limits.memory_bytes > 0) {
        words = llmp__format(d, "%s%s%s of memory", words, *words == '\0' ? "" : ", ",
                             llmp__bytes(d, m->limits.memory_bytes));
    }
    if (m->limits.threads > 0) {
        words = llmp__format(d, "%s%s%u of %u threads", words, *words == '\0' ? "" : ", ",
                             (unsigned)m->limits.threads, (unsigned)m->cpu.threads);
    }
    if (m->limits.cpu_quota_count > 0) {
        words = llmp__format(d, "%s%stime of %s processors", words, *words == '\0' ? "" : ", ",
                             llmp__figure(d, m->limits.cpu_quota_count));
    }
    if (*words != '\0') {
        llmp__labelled(d, "Limits", LABEL, words)->tight = true;
    }
}

static bool same_gpu(const llmp_detected_gpu *a, const llmp_detected_gpu *b)
{
    return strcmp(a->pci_id, b->pci_id) == 0 && strcmp(a->name, b->name) == 0 &&
           a->memory_bytes == b->memory_bytes && a->visible == b->visible && a->match == b->match &&
           a->power_limit_w >= b->power_limit_w && a->power_limit_w <= b->power_limit_w;
}

/* Equal ones in one line, at the first. */
static bool say_gpu(llmp_document *d, const llmp_detected *m, size_t i, const char *label)
{
    const llmp_detected_gpu *gpu = &m->gpus[i];
    unsigned count = 0;
    for (size_t j = 0; j < m->gpu_count; j++) {
        bool same = same_gpu(&m->gpus[j], gpu);
        if (same && j < i) {
            return false;
        }
        count += same;
    }
    const char *words = *gpu->name == '\0' ? gpu->pci_id : gpu->name;
    words =
        count > 1 ? llmp__format(d, "%u \303\227 %s", count, words) : llmp__format(d, "%s", words);
    if (gpu->memory_bytes > 0) {
        words = llmp__format(d, "%s, %s", words, llmp__bytes(d, gpu->memory_bytes));
    } else if (gpu->shares_memory) {
        words = llmp__format(d, "%s, shares the memory", words);
    }
    if (gpu->power_limit_w > 0) {
        words = llmp__format(d, "%s, %s W", words, llmp__figure(d, gpu->power_limit_w));
    }
    words = llmp__format(d, "%s: %s", words,
                         gpu->match != NULL                      ? gpu->match->head.id
                         : !gpu->visible                         ? "not given to this process"
                         : gpu->shares_memory && m->chip != NULL ? "part of the chip"
                                                                 : "not in the catalog");
    llmp__labelled(d, label, LABEL, words)->tight = true;
    return true;
}

static void say_plan(llmp_document *d, const llmp_detected *m)
{
    const char *words;
    size_t matched = 0;
    for (size_t i = 0; i < m->gpu_count; i++) {
        const llmp_detected_gpu *gpu = &m->gpus[i];
        matched += gpu->match != NULL && gpu->visible && !gpu->partitioned;
    }
    if (m->computer != NULL) {
        words = llmp__format(d, "%s, as a whole", m->computer->head.id);
    } else if (m->chip != NULL) {
        words = llmp__format(d, "%s with %s of memory, %s", m->chip->head.id,
                             llmp__bytes(d, m->chip_memory_bytes), m->device_id);
    } else if (matched > 0) {
        words = llmp__format(d, "%zu GPU%s in this host", matched, matched == 1 ? "" : "s");
    } else {
        words = m->cpu.alike == NULL
                    ? llmp__format(d, "its processor, %s", m->device_id)
                    : llmp__format(d, "its processor, %s; arithmetic per core as %s", m->device_id,
                                   m->cpu.alike->head.id);
    }
    llmp__labelled(d, "Plans as", LABEL, words)->tight = true;
}

static void csv_rows(llmp_document *d, const llmp_detected *m)
{
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    table->hidden = true;
    llmp__cell *cells = llmp__table_row(d, table);
    cells[0].raw = "cpu";
    cells[1].raw = llmp__format(d, "%s", m->cpu.identity);
    cells[2].raw = llmp__format(d, "%s", m->cpu.name);
    cells[3].raw = id_of(m->computer != NULL ? m->computer : m->cpu.match);
    cells[4].raw = m->memory.total_bytes > 0 ? llmp__raw_whole(d, m->memory.total_bytes) : NULL;
    for (size_t i = 0; i < m->gpu_count; i++) {
        const llmp_detected_gpu *gpu = &m->gpus[i];
        cells = llmp__table_row(d, table);
        cells[0].raw = "gpu";
        cells[1].raw = llmp__format(d, "%s", gpu->pci_id);
        cells[2].raw = llmp__format(d, "%s", gpu->name);
        cells[3].raw = id_of(gpu->match);
        cells[4].raw = gpu->memory_bytes > 0 ? llmp__raw_whole(d, gpu->memory_bytes) : NULL;
    }
}

static void say_notes(llmp_document *d, const llmp_detected *m)
{
    for (size_t i = 0; i < m->note_count; i++) {
        const char *words =
            llmp__format(d, "%s%s%s", m->notes[i].what, m->notes[i].supply[0] == '\0' ? "" : "; ",
                         m->notes[i].supply);
        llmp__block *block = llmp__labelled(d, i == 0 ? "Unknown" : "", LABEL, words);
        block->tight = i > 0;
        block->tone = LLMP__TONE_WARN;
    }
}

llmp_status llmp_report_detected(const llmp_detected *detected, llmp_document **out,
                                 llmp_error *error)
{
    if (detected == NULL || out == NULL || detected->struct_size == 0) {
        return llmp__fail_argument(error, "detected or out", "is NULL or unset");
    }
    llmp_document *d = llmp__document_new("llmplan.detect/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "the document");
    }
    data_words(d, d->data, "product", detected->product);
    data_words(d, d->data, "system", detected->system);
    data_cpu(d, detected);
    data_memory(d, detected);
    data_limits(d, detected);
    data_gpus(d, detected);
    llmp__data_text(d, d->data, "computer_catalog_id", id_of(detected->computer));
    llmp__data_text(d, d->data, "chip_catalog_id", id_of(detected->chip));
    data_known(d, d->data, "chip_memory_bytes", detected->chip_memory_bytes);
    data_notes(d, detected);

    (void)llmp__paragraph(d, LLMP__TONE_STRONG,
                          llmp__format(d, "This machine%s%s, %s",
                                       *detected->product == '\0' ? "" : ": ", detected->product,
                                       detected->system));
    say_cpu(d, detected);
    d->blocks->next->tight = false;
    say_memory(d, detected);
    say_limits(d, detected);
    bool said = false;
    for (size_t i = 0; i < detected->gpu_count; i++) {
        said = say_gpu(d, detected, i, said ? "" : "GPU") || said;
    }
    if (detected->gpu_count == 0 && detected->computer == NULL && detected->chip == NULL) {
        llmp__labelled(d, "GPU", LABEL, "none found")->tight = true;
    }
    say_plan(d, detected);
    say_notes(d, detected);
    csv_rows(d, detected);
    return llmp__document_finish(d, out, error);
}
