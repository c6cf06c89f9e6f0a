/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processors, caches and NUMA nodes, as hwloc sees them. */
#include "calibrate/capture.h"

#include <hwloc.h>
#include <string.h>

static uint64_t count_of(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    int count = hwloc_get_nbobjs_by_type(topology, type);
    return count < 0 ? 0 : (uint64_t)count;
}

static void add_machine(llmp__text *out, hwloc_topology_t topology)
{
    hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(topology);
    int threads = allowed == NULL ? -1 : hwloc_bitmap_weight(allowed);
    llmp__text_add(out, "machine");
    llmp__fact_add_whole(out, "packages", count_of(topology, HWLOC_OBJ_PACKAGE));
    llmp__fact_add_whole(out, "cores", count_of(topology, HWLOC_OBJ_CORE));
    llmp__fact_add_whole(out, "threads", count_of(topology, HWLOC_OBJ_PU));
    llmp__fact_add_whole(out, "numa_nodes", count_of(topology, HWLOC_OBJ_NUMANODE));
    llmp__fact_add_whole(out, "allowed_threads", threads < 0 ? 0 : (uint64_t)threads);
    llmp__text_add_char(out, '\n');
}

/* The largest of a level: cores of two kinds may differ. */
static void add_cache(llmp__text *out, hwloc_topology_t topology, hwloc_obj_type_t type, int level)
{
    uint64_t bytes = 0;
    for (hwloc_obj_t at = hwloc_get_next_obj_by_type(topology, type, NULL); at != NULL;
         at = hwloc_get_next_obj_by_type(topology, type, at)) {
        bytes = at->attr->cache.size > bytes ? at->attr->cache.size : bytes;
    }
    if (bytes > 0) {
        llmp__text_add_format(out, "cache level=%d", level);
        llmp__fact_add_whole(out, "bytes", bytes);
        llmp__fact_add_whole(out, "count", count_of(topology, type));
        llmp__text_add_char(out, '\n');
    }
}

static void add_nodes(llmp__text *out, hwloc_topology_t topology)
{
    for (hwloc_obj_t at = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, NULL);
         at != NULL; at = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, at)) {
        llmp__text_add(out, "node");
        llmp__fact_add_whole(out, "bytes", at->attr->numanode.local_memory);
        llmp__text_add_char(out, '\n');
    }
}

void llmp__capture_topology(llmp_capture *capture, const char *xml)
{
    hwloc_topology_t topology;
    llmp__text facts = {0};
    if (hwloc_topology_init(&topology) != 0) {
        return;
    }
    /* what is there, also where this process may not run; limits are told apart */
    unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;
    if ((xml == NULL || hwloc_topology_set_xml(topology, xml) == 0) &&
        hwloc_topology_set_flags(topology, flags) == 0 && hwloc_topology_load(topology) == 0) {
        add_machine(&facts, topology);
        add_cache(&facts, topology, HWLOC_OBJ_L1CACHE, 1);
        add_cache(&facts, topology, HWLOC_OBJ_L2CACHE, 2);
        add_cache(&facts, topology, HWLOC_OBJ_L3CACHE, 3);
        add_cache(&facts, topology, HWLOC_OBJ_L4CACHE, 4);
        add_nodes(&facts, topology);
        llmp__capture_add(capture, "topology", llmp__text_get(&facts), facts.length);
    }
    llmp__text_free(&facts);
    hwloc_topology_destroy(topology);
}
