/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macOS: sysctl, and the number of GPU cores from the I/O registry. */
#include "calibrate/capture.h"

#ifdef __APPLE__

#include <CoreFoundation/CoreFoundation.h>
#include <IOKit/IOKitLib.h>
#include <string.h>
#include <sys/sysctl.h>

static void add_text(llmp__text *out, const char *name)
{
    char value[256];
    size_t size = sizeof value - 1;
    if (sysctlbyname(name, value, &size, NULL, 0) == 0) {
        value[size] = '\0';
        llmp__text_add_format(out, "%s: %s\n", name, value);
    }
}

static void add_whole(llmp__text *out, const char *name)
{
    uint64_t value = 0; /* 4 or 8 bytes, little-endian on every Mac */
    size_t size = sizeof value;
    if (sysctlbyname(name, &value, &size, NULL, 0) == 0) {
        llmp__text_add_format(out, "%s: %llu\n", name, (unsigned long long)value);
    }
}

static void add_gpu_cores(llmp_capture *capture)
{
    io_service_t service = IOServiceGetMatchingService(0, IOServiceMatching("AGXAccelerator"));
    if (service == 0) {
        return;
    }
    CFTypeRef property = IORegistryEntryCreateCFProperty(service, CFSTR("gpu-core-count"), NULL, 0);
    int64_t cores = 0;
    if (property != NULL && CFGetTypeID(property) == CFNumberGetTypeID() &&
        CFNumberGetValue((CFNumberRef)property, kCFNumberSInt64Type, &cores) && cores > 0) {
        llmp__text facts = {0};
        llmp__text_add(&facts, "gpu");
        llmp__fact_add_whole(&facts, "cores", (uint64_t)cores);
        llmp__text_add_char(&facts, '\n');
        llmp__capture_add(capture, "ioreg", llmp__text_get(&facts), facts.length);
        llmp__text_free(&facts);
    }
    if (property != NULL) {
        CFRelease(property);
    }
    IOObjectRelease(service);
}

void llmp__capture_darwin(llmp_capture *capture)
{
    static const char *const texts[] = {"hw.model", "machdep.cpu.brand_string",
                                        "machdep.cpu.features", "machdep.cpu.leaf7_features", NULL};
    static const char *const numbers[] = {"hw.memsize",
                                          "hw.physicalcpu",
                                          "hw.logicalcpu",
                                          "hw.packages",
                                          "hw.perflevel0.physicalcpu",
                                          "hw.perflevel1.physicalcpu",
                                          "hw.optional.arm64",
                                          "hw.optional.arm.FEAT_FP16",
                                          "hw.optional.arm.FEAT_DotProd",
                                          "hw.optional.arm.FEAT_I8MM",
                                          "hw.optional.arm.FEAT_BF16",
                                          "hw.optional.arm.FEAT_SME",
                                          "kern.hv_vmm_present",
                                          NULL};
    llmp__text facts = {0};
    for (const char *const *name = texts; *name != NULL; name++) {
        add_text(&facts, *name);
    }
    for (const char *const *name = numbers; *name != NULL; name++) {
        add_whole(&facts, *name);
    }
    llmp__capture_add(capture, "sysctl", llmp__text_get(&facts), facts.length);
    llmp__text_free(&facts);
    add_gpu_cores(capture);
}

#else

void llmp__capture_darwin(llmp_capture *capture)
{
    (void)capture;
}

#endif
