/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links between devices, machines and host, reduced to latency and bandwidth. */
#include "speed/prepare.h"

#include <math.h>
#include <stdio.h>

/* Latency and bandwidth of a message and of an all-reduce. */
typedef struct path {
    double latency_s;
    double bytes_per_s;
    double reduce_latency_s;
    double reduce_bytes_per_s;
} path;

/* Of the specification: PCIe 4 and 5 with 16 lanes reach 25 of 31.5 and 55.6 of 63 GB/s. */
static const double achieved_ratio = 0.8;
static const double default_latency_s = 15e-6;
static const double pcie_collective_latency_s = 40e-6;

/*
 * An all-reduce measured over r devices, scaled to n. Between machines the ring's steps follow one
 * another: latency x (n-1)/(r-1). Inside a machine devices signal each other at once and latency
 * saturates: ((n-1)/n) / ((r-1)/r), which fits the DGX H100 (17, 31, 29 us at 2, 4, 8 devices)
 * better than steps or their logarithm.
 */
static double scaled_latency_s(const llmp_link *link, double n)
{
    double r = link->allreduce_devices > 1 ? link->allreduce_devices : 2;
    double factor = link->between_machines ? (n - 1) / (r - 1) : (n - 1) / n / ((r - 1) / r);
    return link->allreduce_latency_s * factor;
}

static path of_link(const llmp_link *link, double n)
{
    path out;
    out.bytes_per_s = LLMP_HAS_LINK(link, achieved_bandwidth_bytes_per_s)
                          ? link->achieved_bandwidth_bytes_per_s
                          : achieved_ratio * link->bandwidth_bytes_per_s;
    out.latency_s = LLMP_HAS_LINK(link, latency_s) ? link->latency_s : default_latency_s;
    out.reduce_bytes_per_s = LLMP_HAS_LINK(link, allreduce_bandwidth_bytes_per_s)
                                 ? link->allreduce_bandwidth_bytes_per_s
                                 : out.bytes_per_s;
    /* a ring of n devices passes 2(n-1) messages one after another */
    out.reduce_latency_s = LLMP_HAS_LINK(link, allreduce_latency_s) ? scaled_latency_s(link, n)
                                                                    : 2 * (n - 1) * out.latency_s;
    return out;
}

/* GT/s x 128/130 per lane, generations 3 to 6 doubling; the older two at 8b/10b. */
static double pcie_bytes_per_s(uint32_t generation, uint32_t lanes)
{
    double lane = generation >= 3 ? 8e9 / 8 * 128 / 130 * ldexp(1, (int)generation - 3)
                                  : 2.5e9 / 10 * (generation == 2 ? 2 : 1);
    return lanes * lane;
}

static path of_pcie(llmp__preparation *preparation, const llmp_device *device, double n)
{
    uint32_t generation = 4, lanes = 16;
    if (LLMP_HAS_DEVICE(device, pcie_generation))
        generation = device->pcie_generation;
    else
        llmp__widen(preparation, "PCIe 4.0 x16 assumed");
    if (LLMP_HAS_DEVICE(device, pcie_lanes))
        lanes = device->pcie_lanes;
    char id[32];
    snprintf(id, sizeof id, "pcie%u-x%u", generation, lanes);
    const llmp_record *record = llmp_catalog_get(preparation->catalog, LLMP_KIND_LINK, id);
    if (record)
        return of_link(LLMP_LINK(record), n);
    path out;
    out.bytes_per_s = achieved_ratio * pcie_bytes_per_s(generation, lanes);
    out.latency_s = default_latency_s;
    out.reduce_bytes_per_s = out.bytes_per_s;
    out.reduce_latency_s = 2 * (n - 1) / n * pcie_collective_latency_s;
    return out;
}

/* CPU and device in one memory hand over a pointer. */
static void link_host(llmp__preparation *preparation, const llmp_device *device)
{
    llmp_speed_model *out = preparation->out;
    const llmp_machine *machine = preparation->memory->machine;
    if (machine->host_shares_device_memory || device->unified_memory) {
        out->host_link_latency_s = 0;
        out->host_link_bandwidth_bytes_per_s = device->memory_bandwidth_bytes_per_s;
        return;
    }
    path pcie = of_pcie(preparation, device, 2);
    out->host_link_latency_s = pcie.latency_s;
    out->host_link_bandwidth_bytes_per_s = pcie.bytes_per_s;
}

void llmp__prepare_links(llmp__preparation *preparation, uint32_t tensor_parallel)
{
    llmp_speed_model *out = preparation->out;
    const llmp_machine *machine = preparation->memory->machine;
    const llmp_device *device = machine->devices[0];
    link_host(preparation, device);
    if (machine->device_count < 2)
        return;

    uint32_t machines = machine->machines > 1 && machine->machine_link ? machine->machines : 1;
    double n = tensor_parallel > 1 ? tensor_parallel : 2;
    double outer = machines > 1 && n > 1 ? fmin(n, machines) : 1;
    double inner = fmax(1, n / outer);
    path within = {0, 0, 0, 0};
    if (inner > 1 || machines == 1)
        within = machine->device_link ? of_link(machine->device_link, fmax(inner, 2))
                                      : of_pcie(preparation, device, fmax(inner, 2));
    path between = machines > 1 ? of_link(machine->machine_link, outer) : within;

    out->stage_link_latency_s = between.latency_s;
    out->stage_link_bandwidth_bytes_per_s = between.bytes_per_s;
    if (machines == 1) {
        out->allreduce_latency_s = within.reduce_latency_s;
        out->allreduce_bandwidth_bytes_per_s = within.reduce_bytes_per_s;
        return;
    }
    /* reduce inside each machine, then across; W is what makes 2(n-1)/n bytes/W the sum of both */
    double seconds_per_byte = (outer - 1) / outer / between.reduce_bytes_per_s;
    out->allreduce_latency_s = between.reduce_latency_s;
    if (inner > 1) {
        seconds_per_byte += (inner - 1) / inner / within.reduce_bytes_per_s;
        out->allreduce_latency_s += within.reduce_latency_s;
    }
    out->allreduce_bandwidth_bytes_per_s = (n - 1) / n / seconds_per_byte;
}
