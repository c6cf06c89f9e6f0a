/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine a measured row ran on, also where nobody would build it. */
#include "planner/measured.h"

#include "base/error.h"
#include "base/names.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double or_else(double number, double otherwise)
{
    return isnan(number) ? otherwise : number;
}

static bool is_computer(const llmp_device *device)
{
    return device->kind == LLMP_DEVICE_SOC || device->kind == LLMP_DEVICE_SYSTEM;
}

static const llmp_link *link_named(const llmp_catalog *catalog, const char *name)
{
    const llmp_record *record = NULL;
    if (!name || llmp_catalog_find(catalog, LLMP_KIND_LINK, name, &record, NULL, NULL) != LLMP_OK)
        return NULL;
    return LLMP_LINK(record);
}

/* Devices nobody joins by the catalog's rules, but somebody did. */
static llmp_status join_anyway(const llmp_catalog *catalog, const llmp_measured_row *row,
                               uint32_t count, llmp_machine *out, llmp_error *error)
{
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t found = 0;
    llmp_status status = llmp_machine_parse(catalog, row->device, machines, &found, NULL, error);
    if (status != LLMP_OK)
        return status;
    llmp_machine *machine = &machines[0];
    if (machine->device_count != 1)
        return llmp__fail(error, LLMP_E_IMPOSSIBLE, "%u x %s cannot be one machine",
                          (unsigned)count, row->device);
    const llmp_device *device = machine->devices[0];
    for (uint32_t i = 1; i < count; i++)
        machine->devices[i] = device;
    machine->device_count = count;
    snprintf(machine->title, sizeof machine->title, "%u x %.100s", (unsigned)count,
             device->head.name);
    if (is_computer(device)) {
        machine->machines = count;
        machine->machine_link = link_named(catalog, "10gbe");
    }
    *out = *machine;
    return LLMP_OK;
}

static llmp_status parse(const llmp_catalog *catalog, const llmp_measured_row *row, uint32_t count,
                         llmp_machine *out, llmp_error *error)
{
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t found = 0;
    char expression[128];
    int length = count == 1 ? snprintf(expression, sizeof expression, "%s", row->device)
                            : snprintf(expression, sizeof expression, "%ux %s", (unsigned)count,
                                       row->device);
    if (length < 0 || (size_t)length >= sizeof expression)
        return llmp__fail(error, LLMP_E_UNKNOWN, "no device is called '%.60s...'", row->device);
    llmp_status status = llmp_machine_parse(catalog, expression, machines, &found, NULL, error);
    if (status == LLMP_E_IMPOSSIBLE)
        return join_anyway(catalog, row, count, out, error);
    if (status != LLMP_OK)
        return status;
    if (found != 1)
        return llmp__fail(error, LLMP_E_IMPOSSIBLE, "'%s' is several machines", row->device);
    *out = machines[0];
    return LLMP_OK;
}

/* A link by its id, or the words of result tables: pcie is the devices' own, nvlink what they can
 * be bridged with. An unknown word changes nothing. */
static void set_link(const llmp_catalog *catalog, const llmp_measured_row *row, llmp_machine *out)
{
    if (!row->link || out->device_count < 2)
        return;
    const llmp_link *link = link_named(catalog, row->link);
    if (link && link->between_machines) {
        out->machines = out->device_count;
        out->machine_link = link;
        out->device_link = NULL;
    } else if (link) {
        out->machines = 1;
        out->device_link = link;
        out->machine_link = NULL;
    } else if (llmp__name_equal(row->link, "pcie") && !is_computer(out->devices[0])) {
        out->machines = 1;
        out->device_link = NULL; /* the stages after take the device's PCIe */
        out->machine_link = NULL;
    } else if (llmp__name_in_family(row->link, "nvlink") || llmp__name_equal(row->link, "nvlink")) {
        const llmp_link *own = link_named(catalog, out->devices[0]->device_link);
        out->device_link = own ? own : out->device_link;
    }
}

/* A CPU or rig of the catalog; free text leaves the host as it is assumed. */
static void set_host(const llmp_catalog *catalog, const llmp_measured_row *row, llmp_machine *out)
{
    const llmp_record *record = NULL;
    if (!row->host)
        return;
    const llmp_device *cpu = NULL;
    if (llmp_catalog_find(catalog, LLMP_KIND_RIG, row->host, &record, NULL, NULL) == LLMP_OK) {
        const llmp_rig *rig = LLMP_RIG(record);
        if (rig->host_cpu)
            cpu = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, rig->host_cpu));
        if (LLMP_HAS_RIG(rig, host_memory_bytes)) {
            out->host_memory_bytes = rig->host_memory_bytes;
            out->host_memory_known = true;
        }
        if (LLMP_HAS_RIG(rig, host_memory_bandwidth_bytes_per_s))
            out->host_bandwidth_bytes_per_s = rig->host_memory_bandwidth_bytes_per_s;
        else if (cpu && cpu->memory_bandwidth_bytes_per_s > 0)
            out->host_bandwidth_bytes_per_s = cpu->memory_bandwidth_bytes_per_s;
        out->host_assumed = false;
    } else if (llmp_catalog_find(catalog, LLMP_KIND_DEVICE, row->host, &record, NULL, NULL) ==
                   LLMP_OK &&
               LLMP_DEVICE(record)->kind == LLMP_DEVICE_CPU) {
        cpu = LLMP_DEVICE(record);
        if (cpu->memory_bandwidth_bytes_per_s > 0)
            out->host_bandwidth_bytes_per_s = cpu->memory_bandwidth_bytes_per_s;
        out->host_assumed = false; /* its memory is, but it held the weights */
    }
    if (cpu)
        out->host_cpu = cpu;
}

llmp_status llmp__measured_machine(const llmp_catalog *catalog, const llmp_measured_row *row,
                                   llmp_machine *out, llmp_error *error)
{
    const uint32_t devices = (uint32_t)or_else(row->device_count, 1);
    const uint32_t tensor = (uint32_t)or_else(row->tensor_parallel, 1);
    /* groups of a tensor split that follow one another add memory, not speed, to a single stream */
    const uint32_t count = tensor > 1 && tensor < devices ? tensor : devices;
    llmp_machine machine;
    llmp_status status = parse(catalog, row, count, &machine, error);
    if (status != LLMP_OK) {
        llmp__set_field(error, "device");
        return status;
    }
    set_link(catalog, row, &machine);
    set_host(catalog, row, &machine);
    if (row->power_limit_w > 0)
        machine.device_power_limit_w = row->power_limit_w;
    *out = machine;
    return LLMP_OK;
}
