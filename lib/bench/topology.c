/* SPDX-License-Identifier: GPL-3.0-or-later */
#if defined(__linux__)
#define _GNU_SOURCE /* CPU affinity */
#endif
#include "bench/topology.h"

#include "base/file.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <pthread.h>
#include <sys/sysctl.h>
#endif

enum { FILE_CAP = 1 << 20, PATH_ROOM = 512 };

/* First `size - 1` bytes of a small file; "" when it is not there. */
static void read_text(const char *path, char *out, size_t size)
{
    char *data = NULL;
    size_t length = 0;
    out[0] = '\0';
    if (llmp__file_read(path, FILE_CAP, &data, &length, NULL) == LLMP_OK) {
        (void)snprintf(out, size, "%s", data);
        out[strcspn(out, "\n")] = '\0';
        free(data);
    }
}

static bool read_whole(const char *path, uint64_t *out)
{
    char text[64];
    read_text(path, text, sizeof text);
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && llmp__whole_parse(text, digits, out);
}

/* The value after "key" at the start of a line, up to the end of it. */
static bool find_line(const char *text, const char *key, char *out, size_t size)
{
    size_t length = strlen(key);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, key, length) == 0) {
            const char *value = line + length;
            value += strspn(value, " \t:");
            (void)snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
            return true;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return false;
}

static void read_key(const char *path, const char *key, char *out, size_t size)
{
    char *data = NULL;
    size_t length = 0;
    out[0] = '\0';
    if (llmp__file_read(path, FILE_CAP, &data, &length, NULL) == LLMP_OK) {
        (void)find_line(data, key, out, size);
        free(data);
    }
}

/* Where this process is in a hierarchy of /proc/self/cgroup: "" for version 2, "cpu" or "memory".
 */
static void control_group(const char *root, const char *controller, char *out, size_t size)
{
    char path[PATH_ROOM];
    char *data = NULL;
    size_t length = 0;
    out[0] = '\0';
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (llmp__file_read(path, FILE_CAP, &data, &length, NULL) != LLMP_OK) {
        return;
    }
    for (const char *line = data; *line != '\0';) {
        const char *names = strchr(line, ':');
        const char *where = names == NULL ? NULL : strchr(names + 1, ':');
        size_t end = strcspn(line, "\n");
        if (where != NULL && where < line + end) {
            size_t want = strlen(controller);
            for (const char *at = names + 1; at <= where;) {
                size_t one = strcspn(at, ",:");
                if (one == want && strncmp(at, controller, one) == 0) {
                    (void)snprintf(out, size, "%.*s", (int)(line + end - where - 1), where + 1);
                }
                at += one + 1;
            }
        }
        line += end + (line[end] == '\n' ? 1 : 0);
    }
    free(data);
}

/* Whole CPUs of a quota and period in microseconds; 0 for none. */
static uint32_t quota_of(const char *quota, const char *period)
{
    uint64_t allowed;
    uint64_t each;
    if (!llmp__whole_parse(quota, strlen(quota), &allowed) ||
        !llmp__whole_parse(period, strlen(period), &each) || allowed == 0 || each == 0) {
        return 0;
    }
    uint64_t cpus = (allowed + each - 1) / each;
    return cpus < LLMP__CPUS_MAX ? (uint32_t)cpus : 0;
}

static uint32_t least_limit(uint32_t a, uint32_t b)
{
    return a == 0 ? b : b == 0 || a < b ? a : b;
}

/* The quota that a group's folder states; 0 for none. */
static uint32_t folder_quota(const char *folder, bool unified)
{
    char path[PATH_ROOM + 32];
    char quota[64];
    char period[64];
    if (unified) {
        (void)snprintf(path, sizeof path, "%s/cpu.max", folder);
        read_text(path, quota, sizeof quota);
        size_t first = strcspn(quota, " ");
        (void)snprintf(period, sizeof period, "%s", quota[first] == ' ' ? quota + first + 1 : "");
        quota[first] = '\0';
    } else {
        (void)snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
        read_text(path, quota, sizeof quota);
        (void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        read_text(path, period, sizeof period);
    }
    return quota_of(quota, period);
}

/* A limit of any group above ours binds too, so folders are read up to the root. In a container the
 * path may be that of the host, and only the root is there. */
static void read_hierarchy(const char *root, const char *controller, bool memory,
                           llmp__topology *out)
{
    char group[256];
    char folder[PATH_ROOM];
    char path[PATH_ROOM + 32];
    bool unified = *controller == '\0';
    control_group(root, controller, group, sizeof group);
    for (;;) {
        (void)snprintf(folder, sizeof folder, "%s/sys/fs/cgroup%s%s%s", root, unified ? "" : "/",
                       controller, strcmp(group, "/") == 0 ? "" : group);
        if (memory) {
            uint64_t limit;
            (void)snprintf(path, sizeof path, "%s/%s", folder,
                           unified ? "memory.max" : "memory.limit_in_bytes");
            if (read_whole(path, &limit) && limit < out->available_memory_bytes) {
                out->available_memory_bytes = limit;
            }
        } else {
            out->quota_cpus = least_limit(out->quota_cpus, folder_quota(folder, unified));
        }
        char *slash = strrchr(group, '/');
        if (slash == NULL) {
            return;
        }
        *slash = '\0';
    }
}

static void read_control_groups(const char *root, llmp__topology *out)
{
    read_hierarchy(root, "", false, out);
    read_hierarchy(root, "", true, out);
    read_hierarchy(root, "cpu", false, out);
    read_hierarchy(root, "memory", true, out);
}

static uint64_t size_of_text(const char *text)
{
    uint64_t size = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || !llmp__whole_parse(text, digits, &size)) {
        return 0;
    }
    return text[digits] == 'K' ? size << 10 : text[digits] == 'M' ? size << 20 : size;
}

/* The first number of a list such as "0,64" or "0-7": it names the group that shares. */
static uint32_t first_of(const char *path, uint32_t otherwise)
{
    uint64_t first;
    return read_whole(path, &first) && first < UINT32_MAX ? (uint32_t)first : otherwise;
}

static void read_caches(const char *root, const uint16_t *cpus, uint32_t count, llmp__topology *out)
{
    char path[PATH_ROOM];
    char text[64];
    uint64_t top_level = 0;
    uint64_t sizes[8] = {0};
    for (uint32_t index = 0; index < 8; index++) {
        uint64_t level;
        (void)snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/cache/index%u/level",
                       root, cpus[0], index);
        if (!read_whole(path, &level) || level < 1 || level > 7) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/cache/index%u/type",
                       root, cpus[0], index);
        read_text(path, text, sizeof text);
        if (strcmp(text, "Instruction") == 0) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/cache/index%u/size",
                       root, cpus[0], index);
        read_text(path, text, sizeof text);
        sizes[level] = size_of_text(text);
        if (level >= top_level && sizes[level] > 0) {
            top_level = level;
            /* one instance for each distinct first CPU that shares it */
            uint32_t instances = 0;
            static const uint32_t none = UINT32_MAX;
            uint32_t last = none;
            for (uint32_t i = 0; i < count; i++) {
                (void)snprintf(path, sizeof path,
                               "%s/sys/devices/system/cpu/cpu%u/cache/index%u/shared_cpu_list",
                               root, cpus[i], index);
                uint32_t first = first_of(path, cpus[i]);
                /* a CPU counts when it is the lowest usable one of its group */
                bool counted = first == cpus[i];
                if (!counted && first != last) {
                    counted = true;
                    for (uint32_t k = 0; k < i && counted; k++) {
                        (void)snprintf(
                            path, sizeof path,
                            "%s/sys/devices/system/cpu/cpu%u/cache/index%u/shared_cpu_list", root,
                            cpus[k], index);
                        counted = first_of(path, cpus[k]) != first;
                    }
                }
                last = first;
                instances += counted ? 1 : 0;
            }
            out->llc_total_bytes = sizes[level] * instances;
        }
    }
    out->l1_bytes = sizes[1];
    out->l2_bytes = sizes[2];
}

/* One CPU of each core first. */
static void order_cpus(const char *root, const uint16_t *cpus, uint32_t count, llmp__topology *out)
{
    char path[PATH_ROOM];
    uint16_t rest[LLMP__CPUS_MAX];
    uint32_t seen[LLMP__CPUS_MAX];
    uint32_t rest_count = 0;
    out->cores = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path,
                       "%s/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", root,
                       cpus[i]);
        uint32_t core = first_of(path, cpus[i]);
        bool known = false;
        for (uint32_t k = 0; k < out->cores && !known; k++) {
            known = seen[k] == core;
        }
        if (known) {
            rest[rest_count++] = cpus[i];
        } else {
            seen[out->cores] = core;
            out->order[out->cores++] = cpus[i];
        }
    }
    memcpy(out->order + out->cores, rest, rest_count * sizeof *rest);
}

void llmp__topology_read(const char *root, const uint16_t *cpus, uint32_t cpu_count,
                         llmp__topology *out)
{
    char path[PATH_ROOM];
    char text[96];
    root = root == NULL ? "" : root;
    *out = (llmp__topology){.logical_cpus = cpu_count};
    (void)snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
    read_key(path, "model name", out->cpu, sizeof out->cpu);
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    read_key(path, "MemAvailable", text, sizeof text);
    out->available_memory_bytes = size_of_text(text) << 10;
    read_control_groups(root, out);
    order_cpus(root, cpus, cpu_count, out);
    read_caches(root, cpus, cpu_count, out);
    out->threads = least_limit(out->cores, out->quota_cpus);
}

#if defined(__APPLE__)
static uint64_t sysctl_whole(const char *name)
{
    uint64_t value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 ? value : 0;
}
#endif

void llmp__topology_detect(llmp__topology *out)
{
#if defined(__linux__)
    uint16_t cpus[LLMP__CPUS_MAX];
    uint32_t count = 0;
    cpu_set_t *set = CPU_ALLOC(LLMP__CPUS_MAX);
    size_t size = CPU_ALLOC_SIZE(LLMP__CPUS_MAX);
    if (set != NULL && sched_getaffinity(0, size, set) == 0) {
        for (uint16_t i = 0; i < LLMP__CPUS_MAX; i++) {
            if (CPU_ISSET_S(i, size, set)) {
                cpus[count++] = i;
            }
        }
    }
    CPU_FREE(set);
    bool can_pin = count > 0;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    for (long i = 0; !can_pin && i < online && count < LLMP__CPUS_MAX; i++) {
        cpus[count++] = (uint16_t)i;
    }
    if (count == 0) {
        cpus[count++] = 0;
    }
    llmp__topology_read(NULL, cpus, count, out);
    out->can_pin = can_pin;
#else
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    *out = (llmp__topology){.logical_cpus = online > 0 ? (uint32_t)online : 1};
    out->cores = out->logical_cpus;
#if defined(__APPLE__)
    out->can_pin = true; /* llmp__topology_pin takes no number there */
    size_t length = sizeof out->cpu;
    if (sysctlbyname("machdep.cpu.brand_string", out->cpu, &length, NULL, 0) != 0) {
        out->cpu[0] = '\0';
    }
    uint64_t cores = sysctl_whole("hw.physicalcpu");
    out->cores = cores > 0 && cores <= out->logical_cpus ? (uint32_t)cores : out->logical_cpus;
    out->l1_bytes = sysctl_whole("hw.perflevel0.l1dcachesize");
    out->l2_bytes = sysctl_whole("hw.perflevel0.l2cachesize");
    uint64_t share = sysctl_whole("hw.perflevel0.cpusperl2");
    uint64_t fast = sysctl_whole("hw.perflevel0.physicalcpu");
    out->llc_total_bytes = sysctl_whole("hw.l3cachesize");
    if (out->llc_total_bytes == 0 && share > 0) {
        out->llc_total_bytes = out->l2_bytes * ((fast + share - 1) / share);
    }
    out->available_memory_bytes = sysctl_whole("hw.memsize"); /* all of it: pages come and go */
    out->threads = fast > 0 && fast < out->cores ? (uint32_t)fast : out->cores;
#else
    out->threads = out->cores;
#endif
#endif
}

bool llmp__topology_pin(uint16_t cpu)
{
#if defined(__linux__)
    cpu_set_t *set = CPU_ALLOC(LLMP__CPUS_MAX);
    size_t size = CPU_ALLOC_SIZE(LLMP__CPUS_MAX);
    bool done = false;
    if (set != NULL) {
        CPU_ZERO_S(size, set);
        CPU_SET_S(cpu, size, set);
        done = sched_setaffinity(0, size, set) == 0;
        CPU_FREE(set);
    }
    return done;
#elif defined(__APPLE__)
    /* no binding to a core; the class keeps the thread on the fast ones */
    (void)cpu;
    return pthread_set_qos_class_self_np(QOS_CLASS_USER_INTERACTIVE, 0) == 0;
#else
    (void)cpu;
    return false;
#endif
}
