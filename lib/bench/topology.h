/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file topology.h
 * @brief As much of the machine as a benchmark needs: which CPUs it may use, its caches, its
 * memory. Affinity masks and control groups count: in a container the machine is what the container
 * has.
 */
#ifndef LLMP_BENCH_TOPOLOGY_H
#define LLMP_BENCH_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LLMP__CPUS_MAX = 1024 };

typedef struct llmp__topology {
    char cpu[96];                   /* the name the processor gives itself; "" unknown */
    uint32_t logical_cpus;          /* in the affinity mask */
    uint32_t cores;                 /* distinct cores among them */
    uint32_t quota_cpus;            /* of the control group, rounded up; 0: none */
    uint32_t threads;               /* cores, or the quota where that is less */
    uint16_t order[LLMP__CPUS_MAX]; /* CPU numbers: one of each core first, then its siblings */
    bool can_pin;                   /* order is usable */
    uint64_t l1_bytes;              /* 0: unknown, as all below */
    uint64_t l2_bytes;
    uint64_t llc_total_bytes; /* distinct instances of the last level that are reached */
    uint64_t available_memory_bytes;
} llmp__topology;

void llmp__topology_detect(llmp__topology *out);

/**
 * The same from files below @p root (NULL: the live system), for a mask of CPUs. What is tested.
 */
void llmp__topology_read(const char *root, const uint16_t *cpus, uint32_t cpu_count,
                         llmp__topology *out);

/** Moves the calling thread to a CPU for good; false where the system has no such call. */
bool llmp__topology_pin(uint16_t cpu);

#endif
