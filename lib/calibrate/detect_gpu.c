/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GPUs: what is on the bus, and what the drivers and libraries say of it. */
#include "base/number.h"
#include "calibrate/detect_private.h"

#include <stdio.h>
#include <string.h>

enum { FOLDER_SIZE = 256, PCI_NVIDIA = 0x10de, PCI_AMD = 0x1002, PCI_INTEL = 0x8086 };

static const char bus[] = "/sys/bus/pci/devices/";

static llmp_vendor vendor_of(uint64_t pci_vendor)
{
    switch (pci_vendor) {
    case PCI_NVIDIA:
        return LLMP_VENDOR_NVIDIA;
    case PCI_AMD:
        return LLMP_VENDOR_AMD;
    case PCI_INTEL:
    case 0x1da3: /* Habana Labs */
        return LLMP_VENDOR_INTEL;
    case 0x1ae0:
        return LLMP_VENDOR_GOOGLE;
    case 0x1d0f:
        return LLMP_VENDOR_AWS;
    case 0x19e5:
        return LLMP_VENDOR_HUAWEI;
    default:
        return LLMP_VENDOR_OTHER;
    }
}

static llmp_detected_gpu *add_gpu(llmp_detected *out)
{
    if (out->gpu_count == LLMP_DETECTED_GPUS_MAX) {
        return NULL;
    }
    llmp_detected_gpu *gpu = &out->gpus[out->gpu_count++];
    memset(gpu, 0, sizeof *gpu);
    gpu->visible = true;
    return gpu;
}

static llmp_detected_gpu *at_slot(llmp_detected *out, const char *slot)
{
    for (size_t i = 0; i < out->gpu_count; i++) {
        if (strcmp(out->gpus[i].slot, slot) == 0) {
            return &out->gpus[i];
        }
    }
    return NULL;
}

/* --- the bus ---------------------------------------------------------------------------------- */

/* "16.0 GT/s PCIe": transfers per lane tell the generation. */
static uint32_t generation_of(const char *speed)
{
    static const struct {
        const char *speed;
        uint32_t generation;
    } table[] = {{"2.5 ", 1}, {"5.0 ", 2}, {"5 ", 2},   {"8.0 ", 3},
                 {"8 ", 3},   {"16.0", 4}, {"32.0", 5}, {"64.0", 6}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strncmp(speed, table[i].speed, strlen(table[i].speed)) == 0) {
            return table[i].generation;
        }
    }
    return 0;
}

static void read_board(const llmp_capture *capture, const char *folder, llmp_detected_gpu *gpu)
{
    char text[48];
    uint64_t value;
    if (llmp__capture_whole(capture, folder, "mem_info_vram_total", &value) ||
        llmp__capture_whole(capture, folder, "tile0/physical_vram_size_bytes", &value)) {
        gpu->memory_bytes = value;
    }
    if (llmp__capture_whole(capture, folder, "revision", &value) && value <= 0xFF) {
        (void)snprintf(gpu->revision, sizeof gpu->revision, "%02x", (unsigned)value);
    }
    (void)llmp__capture_line(capture, folder, "driver", gpu->driver, sizeof gpu->driver);
    if (llmp__capture_line(capture, folder, "max_link_speed", text, sizeof text)) {
        gpu->pcie_generation = generation_of(text);
    }
    if (llmp__capture_whole(capture, folder, "max_link_width", &value) && value <= 32) {
        gpu->pcie_lanes = (uint32_t)value;
    }
    if (llmp__capture_whole(capture, folder, "power1_cap", &value)) {
        gpu->power_limit_w = (double)value * 1e-6;
    }
    if (llmp__capture_whole(capture, folder, "power1_cap_default", &value)) {
        gpu->power_default_w = (double)value * 1e-6;
    }
    if (llmp__capture_line(capture, folder, "current_compute_partition", text, sizeof text)) {
        gpu->partitioned = strcmp(text, "SPX") != 0;
    }
}

/* Consoles of servers and hypervisors are display controllers too; nothing runs on them. */
static void read_bus(const llmp_capture *capture, llmp_detected *out)
{
    for (size_t i = 0; i < capture->count; i++) {
        const char *name = capture->sections[i].name;
        const char *slot = name + sizeof bus - 1;
        char folder[FOLDER_SIZE];
        uint64_t vendor;
        uint64_t device;
        uint64_t class_code = 0;
        if (strncmp(name, bus, sizeof bus - 1) != 0) {
            continue;
        }
        size_t length = strcspn(slot, "/");
        if (strcmp(slot + length, "/vendor") != 0 || length >= sizeof out->gpus[0].slot) {
            continue;
        }
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slot + length - name), name);
        (void)llmp__capture_whole(capture, folder, "class", &class_code);
        if (!llmp__capture_whole(capture, folder, "vendor", &vendor) || vendor > 0xFFFF ||
            !llmp__capture_whole(capture, folder, "device", &device) || device > 0xFFFF ||
            (vendor_of(vendor) == LLMP_VENDOR_OTHER && class_code >> 16 != 0x12)) {
            continue;
        }
        llmp_detected_gpu *gpu = add_gpu(out);
        if (gpu == NULL) {
            return;
        }
        (void)snprintf(gpu->slot, sizeof gpu->slot, "%.*s", (int)length, slot);
        (void)snprintf(gpu->pci_id, sizeof gpu->pci_id, "%04x:%04x", (unsigned)vendor,
                       (unsigned)device);
        gpu->vendor = vendor_of(vendor);
        gpu->shares_memory = vendor == PCI_INTEL && strcmp(gpu->slot, "0000:00:02.0") == 0;
        read_board(capture, folder, gpu);
    }
}

/* --- ROCm's kernel driver --------------------------------------------------------------------- */

/* Lines of "key value". */
static uint64_t kfd_value(const char *text, const char *key)
{
    size_t length = strlen(key);
    uint64_t value = 0;
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, key, length) == 0 && line[length] == ' ') {
            const char *digits = line + length + 1;
            return llmp__whole_parse(digits, strspn(digits, "0123456789"), &value) ? value : 0;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return 0;
}

static void read_kfd(const llmp_capture *capture, llmp_detected *out)
{
    static const char nodes[] = "/sys/class/kfd/kfd/topology/nodes/";
    for (size_t i = 0; i < capture->count; i++) {
        const char *name = capture->sections[i].name;
        const char *node = name + sizeof nodes - 1;
        const char *text = capture->sections[i].text;
        char path[FOLDER_SIZE];
        char slot[24];
        if (strncmp(name, nodes, sizeof nodes - 1) != 0 ||
            strcmp(node + strcspn(node, "/"), "/properties") != 0 ||
            kfd_value(text, "vendor_id") != PCI_AMD || kfd_value(text, "simd_count") == 0) {
            continue;
        }
        uint64_t location = kfd_value(text, "location_id");
        (void)snprintf(slot, sizeof slot, "%04x:%02x:%02x.0",
                       (unsigned)(kfd_value(text, "domain") & 0xFFFF),
                       (unsigned)(location >> 8 & 0xFF), (unsigned)(location >> 3 & 0x1F));
        llmp_detected_gpu *gpu = at_slot(out, slot);
        if (gpu == NULL && (gpu = add_gpu(out)) != NULL) {
            llmp__copy_text(gpu->slot, sizeof gpu->slot, slot);
            (void)snprintf(gpu->pci_id, sizeof gpu->pci_id, "%04x:%04x", (unsigned)PCI_AMD,
                           (unsigned)(kfd_value(text, "device_id") & 0xFFFF));
            gpu->vendor = LLMP_VENDOR_AMD;
        }
        int length = snprintf(path, sizeof path, "%s%.*s/mem_banks/0/properties", nodes,
                              (int)strcspn(node, "/"), node);
        const char *bank = length < FOLDER_SIZE ? llmp__capture_get(capture, path) : NULL;
        if (gpu != NULL && gpu->memory_bytes == 0 && bank != NULL) {
            gpu->memory_bytes = kfd_value(bank, "size_in_bytes");
        }
    }
}

/* --- libraries -------------------------------------------------------------------------------- */

static void read_nvml_gpu(const char *line, llmp_detected_gpu *gpu)
{
    uint64_t memory;
    gpu->vendor = LLMP_VENDOR_NVIDIA;
    gpu->visible = true;
    (void)llmp__fact_text(line, "id", gpu->pci_id, sizeof gpu->pci_id);
    (void)llmp__fact_text(line, "name", gpu->name, sizeof gpu->name);
    if (llmp__fact_whole(line, "memory_bytes", &memory)) {
        gpu->memory_bytes = memory;
    }
    gpu->power_limit_w = llmp__fact_u32(line, "power_limit_mw") * 1e-3;
    gpu->power_default_w = llmp__fact_u32(line, "power_default_mw") * 1e-3;
    gpu->partitioned = llmp__fact_u32(line, "mig") == 1;
    /* NVML's clock is half the data rate, on GDDR as on HBM */
    gpu->bandwidth_bytes_per_s =
        2e6 * llmp__fact_u32(line, "memory_mhz") * llmp__fact_u32(line, "memory_bus_bits") / 8.0;
    uint32_t generation = llmp__fact_u32(line, "pcie_generation");
    uint32_t lanes = llmp__fact_u32(line, "pcie_lanes");
    gpu->pcie_generation = generation > 0 ? generation : gpu->pcie_generation;
    gpu->pcie_lanes = lanes > 0 ? lanes : gpu->pcie_lanes;
}

/* A container is given some of the cards on the bus; NVML lists those. */
static void read_nvml(const llmp_capture *capture, llmp_detected *out)
{
    const char *nvml = llmp__capture_get(capture, "nvml");
    if (nvml == NULL) {
        return;
    }
    for (size_t i = 0; i < out->gpu_count; i++) {
        out->gpus[i].visible = out->gpus[i].vendor != LLMP_VENDOR_NVIDIA;
    }
    for (const char *line = NULL; llmp__fact_next(nvml, "gpu", &line);) {
        char slot[24] = "";
        (void)llmp__fact_text(line, "slot", slot, sizeof slot);
        llmp_detected_gpu *gpu = slot[0] == '\0' ? NULL : at_slot(out, slot);
        if (gpu == NULL && (gpu = add_gpu(out)) != NULL) {
            llmp__copy_text(gpu->slot, sizeof gpu->slot, slot);
        }
        if (gpu != NULL) {
            read_nvml_gpu(line, gpu);
        }
    }
}

static llmp_detected_gpu *only_of(llmp_detected *out, llmp_vendor vendor)
{
    llmp_detected_gpu *found = NULL;
    for (size_t i = 0; i < out->gpu_count; i++) {
        if (out->gpus[i].vendor == vendor) {
            if (found != NULL) {
                return NULL;
            }
            found = &out->gpus[i];
        }
    }
    return found;
}

/* Only what the kernel's driver left open: an OpenCL driver may keep some memory for itself. */
static void read_opencl(const llmp_capture *capture, llmp_detected *out)
{
    const char *opencl = llmp__capture_get(capture, "opencl");
    for (const char *line = NULL; opencl != NULL && llmp__fact_next(opencl, "gpu", &line);) {
        char slot[24] = "";
        char vendor[8] = "";
        uint64_t memory = 0;
        (void)llmp__fact_text(line, "slot", slot, sizeof slot);
        (void)llmp__fact_text(line, "vendor", vendor, sizeof vendor);
        llmp_detected_gpu *gpu = slot[0] != '\0'               ? at_slot(out, slot)
                                 : strcmp(vendor, "8086") == 0 ? only_of(out, LLMP_VENDOR_INTEL)
                                 : strcmp(vendor, "1002") == 0 ? only_of(out, LLMP_VENDOR_AMD)
                                                               : NULL;
        if (gpu == NULL) {
            continue;
        }
        gpu->shares_memory = gpu->shares_memory || llmp__fact_u32(line, "shares_memory") == 1;
        if (gpu->name[0] == '\0') {
            (void)llmp__fact_text(line, "name", gpu->name, sizeof gpu->name);
        }
        if (gpu->memory_bytes == 0 && !gpu->shares_memory &&
            llmp__fact_whole(line, "memory_bytes", &memory)) {
            gpu->memory_bytes = memory;
        }
    }
}

void llmp__detect_gpus(const llmp_capture *capture, llmp_detected *out)
{
    read_bus(capture, out);
    read_kfd(capture, out);
    read_nvml(capture, out);
    read_opencl(capture, out);
}
