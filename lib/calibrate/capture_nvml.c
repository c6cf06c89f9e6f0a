/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NVIDIA's management library, when there is one. Declared here as its documentation has it: no
 * header, no link. UUIDs and serial numbers are not asked for. */
#include "calibrate/capture.h"

#include <dlfcn.h>
#include <string.h>

typedef void *nvml_device;

typedef struct nvml_pci { /* nvmlPciInfo_t of version 3 */
    char bus_id_legacy[16];
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned pci_device_id; /* device << 16 | vendor */
    unsigned pci_subsystem_id;
    char bus_id[32];
} nvml_pci;

typedef struct nvml_memory { /* nvmlMemory_t */
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
} nvml_memory;

enum { NVML_SUCCESS = 0, NVML_CLOCK_MEM = 2, NVML_NAME_SIZE = 96 };

typedef struct nvml {
    void *handle;
    int (*init)(void);
    int (*shutdown)(void);
    int (*count)(unsigned *);
    int (*handle_by_index)(unsigned, nvml_device *);
    int (*name)(nvml_device, char *, unsigned);
    int (*pci)(nvml_device, nvml_pci *);
    int (*memory)(nvml_device, nvml_memory *);
    int (*power_limit)(nvml_device, unsigned *);
    int (*power_default)(nvml_device, unsigned *);
    int (*bus_width)(nvml_device, unsigned *);
    int (*max_clock)(nvml_device, int, unsigned *);
    int (*max_generation)(nvml_device, unsigned *);
    int (*max_lanes)(nvml_device, unsigned *);
    int (*mig)(nvml_device, unsigned *, unsigned *);
} nvml;

/* An object pointer to a function pointer, without the cast that C forbids. */
static void find(void *handle, const char *name, void *out)
{
    void *symbol = dlsym(handle, name);
    memcpy(out, &symbol, sizeof symbol);
}

static bool load(nvml *n)
{
    memset(n, 0, sizeof *n);
    n->handle = dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (n->handle == NULL) {
        return false;
    }
    find(n->handle, "nvmlInit_v2", &n->init);
    find(n->handle, "nvmlShutdown", &n->shutdown);
    find(n->handle, "nvmlDeviceGetCount_v2", &n->count);
    find(n->handle, "nvmlDeviceGetHandleByIndex_v2", &n->handle_by_index);
    find(n->handle, "nvmlDeviceGetName", &n->name);
    find(n->handle, "nvmlDeviceGetPciInfo_v3", &n->pci);
    find(n->handle, "nvmlDeviceGetMemoryInfo", &n->memory);
    find(n->handle, "nvmlDeviceGetPowerManagementLimit", &n->power_limit);
    find(n->handle, "nvmlDeviceGetPowerManagementDefaultLimit", &n->power_default);
    find(n->handle, "nvmlDeviceGetMemoryBusWidth", &n->bus_width);
    find(n->handle, "nvmlDeviceGetMaxClockInfo", &n->max_clock);
    find(n->handle, "nvmlDeviceGetMaxPcieLinkGeneration", &n->max_generation);
    find(n->handle, "nvmlDeviceGetMaxPcieLinkWidth", &n->max_lanes);
    find(n->handle, "nvmlDeviceGetMigMode", &n->mig);
    if (n->init == NULL || n->shutdown == NULL || n->count == NULL || n->handle_by_index == NULL) {
        (void)dlclose(n->handle);
        return false;
    }
    return true;
}

static void add_number(llmp__text *out, const char *key, int (*get)(nvml_device, unsigned *),
                       nvml_device device)
{
    unsigned value;
    if (get != NULL && get(device, &value) == NVML_SUCCESS) {
        llmp__fact_add_whole(out, key, value);
    }
}

static void add_pci(llmp__text *out, const nvml *n, nvml_device device)
{
    nvml_pci pci;
    memset(&pci, 0, sizeof pci);
    if (n->pci == NULL || n->pci(device, &pci) != NVML_SUCCESS) {
        return;
    }
    llmp__text_add_format(out, " slot=%04x:%02x:%02x.0", pci.domain, pci.bus, pci.device);
    llmp__text_add_format(out, " id=%04x:%04x", pci.pci_device_id & 0xFFFF,
                          pci.pci_device_id >> 16);
}

static void add_device(llmp__text *out, const nvml *n, nvml_device device)
{
    char name[NVML_NAME_SIZE] = "";
    nvml_memory memory;
    unsigned value;
    unsigned pending;
    llmp__text_add(out, "gpu");
    add_pci(out, n, device);
    if (n->name != NULL && n->name(device, name, sizeof name) == NVML_SUCCESS) {
        name[sizeof name - 1] = '\0';
        llmp__fact_add(out, "name", name);
    }
    if (n->memory != NULL && n->memory(device, &memory) == NVML_SUCCESS) {
        llmp__fact_add_whole(out, "memory_bytes", memory.total);
    }
    add_number(out, "power_limit_mw", n->power_limit, device);
    add_number(out, "power_default_mw", n->power_default, device);
    add_number(out, "memory_bus_bits", n->bus_width, device);
    if (n->max_clock != NULL && n->max_clock(device, NVML_CLOCK_MEM, &value) == NVML_SUCCESS) {
        llmp__fact_add_whole(out, "memory_mhz", value);
    }
    add_number(out, "pcie_generation", n->max_generation, device);
    add_number(out, "pcie_lanes", n->max_lanes, device);
    if (n->mig != NULL && n->mig(device, &value, &pending) == NVML_SUCCESS) {
        llmp__fact_add_whole(out, "mig", value);
    }
    llmp__text_add_char(out, '\n');
}

void llmp__capture_nvml(llmp_capture *capture)
{
    nvml n;
    unsigned count = 0;
    llmp__text facts = {0};
    if (!load(&n)) {
        return;
    }
    if (n.init() == NVML_SUCCESS) {
        if (n.count(&count) == NVML_SUCCESS) {
            llmp__text_add_format(&facts, "nvml count=%u\n", count);
            for (unsigned i = 0; i < count && i < LLMP_DETECTED_GPUS_MAX; i++) {
                nvml_device device;
                if (n.handle_by_index(i, &device) == NVML_SUCCESS) {
                    add_device(&facts, &n, device);
                }
            }
            llmp__capture_add(capture, "nvml", llmp__text_get(&facts), facts.length);
        }
        (void)n.shutdown();
    }
    llmp__text_free(&facts);
    (void)dlclose(n.handle);
}
