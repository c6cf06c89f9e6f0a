/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenCL devices, when a loader is installed: the memory of GPUs whose kernel driver does not tell
 * it. Declared as the OpenCL 3.0 specification has it: no header, no link. */
#include "calibrate/capture.h"

#include <dlfcn.h>
#include <string.h>

typedef void *cl_handle;

enum {
    CL_SUCCESS = 0,
    CL_DEVICE_TYPE_GPU = 1 << 2,
    CL_DEVICE_TYPE_ACCELERATOR = 1 << 3,
    CL_DEVICE_VENDOR_ID = 0x1001,
    CL_DEVICE_MAX_COMPUTE_UNITS = 0x1002,
    CL_DEVICE_GLOBAL_MEM_SIZE = 0x101F,
    CL_DEVICE_NAME = 0x102B,
    CL_DEVICE_HOST_UNIFIED_MEMORY = 0x1035,
    CL_DEVICE_PCI_BUS_INFO_KHR = 0x410F,
    PLATFORMS_MAX = 8,
    DEVICES_MAX = 16
};

typedef struct opencl {
    int32_t (*platforms)(uint32_t, cl_handle *, uint32_t *);
    int32_t (*devices)(cl_handle, uint64_t, uint32_t, cl_handle *, uint32_t *);
    int32_t (*info)(cl_handle, uint32_t, size_t, void *, size_t *);
} opencl;

static void find(void *handle, const char *name, void *out)
{
    void *symbol = dlsym(handle, name);
    memcpy(out, &symbol, sizeof symbol);
}

static void add_device(llmp__text *out, const opencl *cl, cl_handle device)
{
    char name[96];
    uint32_t bus[4]; /* domain, bus, device, function */
    uint32_t small;
    uint64_t bytes;
    llmp__text_add(out, "gpu");
    if (cl->info(device, CL_DEVICE_PCI_BUS_INFO_KHR, sizeof bus, bus, NULL) == CL_SUCCESS) {
        llmp__text_add_format(out, " slot=%04x:%02x:%02x.%x", bus[0], bus[1], bus[2], bus[3]);
    }
    if (cl->info(device, CL_DEVICE_VENDOR_ID, sizeof small, &small, NULL) == CL_SUCCESS) {
        llmp__text_add_format(out, " vendor=%04x", small & 0xFFFF);
    }
    if (cl->info(device, CL_DEVICE_NAME, sizeof name, name, NULL) == CL_SUCCESS) {
        name[sizeof name - 1] = '\0';
        llmp__fact_add(out, "name", name);
    }
    if (cl->info(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof bytes, &bytes, NULL) == CL_SUCCESS) {
        llmp__fact_add_whole(out, "memory_bytes", bytes);
    }
    if (cl->info(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof small, &small, NULL) == CL_SUCCESS) {
        llmp__fact_add_whole(out, "compute_units", small);
    }
    if (cl->info(device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof small, &small, NULL) == CL_SUCCESS) {
        llmp__fact_add_whole(out, "shares_memory", small != 0);
    }
    llmp__text_add_char(out, '\n');
}

void llmp__capture_opencl(llmp_capture *capture)
{
    opencl cl = {NULL, NULL, NULL};
    cl_handle platforms[PLATFORMS_MAX];
    uint32_t platform_count = 0;
    llmp__text facts = {0};
    void *handle = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) {
        return;
    }
    find(handle, "clGetPlatformIDs", &cl.platforms);
    find(handle, "clGetDeviceIDs", &cl.devices);
    find(handle, "clGetDeviceInfo", &cl.info);
    if (cl.platforms == NULL || cl.devices == NULL || cl.info == NULL ||
        cl.platforms(PLATFORMS_MAX, platforms, &platform_count) != CL_SUCCESS) {
        platform_count = 0;
    }
    for (uint32_t i = 0; i < platform_count && i < PLATFORMS_MAX; i++) {
        cl_handle devices[DEVICES_MAX];
        uint32_t count = 0;
        if (cl.devices(platforms[i], CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR, DEVICES_MAX,
                       devices, &count) != CL_SUCCESS) {
            continue;
        }
        for (uint32_t j = 0; j < count && j < DEVICES_MAX; j++) {
            add_device(&facts, &cl, devices[j]);
        }
    }
    if (facts.length > 0) {
        llmp__capture_add(capture, "opencl", facts.data, facts.length);
    }
    llmp__text_free(&facts);
    /* not closed: drivers leave threads and exit handlers behind */
}
