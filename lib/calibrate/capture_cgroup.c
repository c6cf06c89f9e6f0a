/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control groups. A limit anywhere between the process and the root of the tree binds; paths hold
 * names of users and containers, so only the tightest values are kept. */
#include "base/number.h"
#include "calibrate/capture.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 1024, LINE_SIZE = 4096 };

/* Version 1 writes "no limit" as the largest page count; nothing has an exbibyte. */
static const uint64_t no_limit_bytes = UINT64_C(1) << 60;

struct limits {
    uint64_t memory_bytes; /* 0: none */
    uint64_t quota_us;     /* with the period, the least quotient; 0: none */
    uint64_t period_us;
};

static bool read_line(const char *root, const char *folder, const char *file, char *out)
{
    char path[PATH_SIZE];
    size_t size;
    int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    if (length < 0 || length >= PATH_SIZE || !llmp__slurp(root, path, out, LINE_SIZE - 1, &size)) {
        return false;
    }
    out[strcspn(out, "\n")] = '\0';
    return true;
}

static bool read_whole(const char *root, const char *folder, const char *file, uint64_t *out)
{
    char line[LINE_SIZE];
    return read_line(root, folder, file, line) && llmp__whole_parse(line, strlen(line), out);
}

static void offer_memory(struct limits *limits, uint64_t bytes)
{
    if (bytes < no_limit_bytes && (limits->memory_bytes == 0 || bytes < limits->memory_bytes)) {
        limits->memory_bytes = bytes;
    }
}

static void offer_quota(struct limits *limits, uint64_t quota_us, uint64_t period_us)
{
    if (quota_us == 0 || period_us == 0) {
        return;
    }
    if (limits->quota_us == 0 || (double)quota_us / (double)period_us <
                                     (double)limits->quota_us / (double)limits->period_us) {
        limits->quota_us = quota_us;
        limits->period_us = period_us;
    }
}

static void read_folder(const char *root, const char *folder, struct limits *limits)
{
    char line[LINE_SIZE];
    uint64_t value;
    uint64_t period;
    if (read_whole(root, folder, "memory.max", &value) ||
        read_whole(root, folder, "memory.limit_in_bytes", &value)) {
        offer_memory(limits, value);
    }
    if (read_line(root, folder, "cpu.max", line)) {
        size_t digits = strcspn(line, " ");
        if (llmp__whole_parse(line, digits, &value) && line[digits] == ' ' &&
            llmp__whole_parse(line + digits + 1, strlen(line + digits + 1), &period)) {
            offer_quota(limits, value, period);
        }
    }
    if (read_whole(root, folder, "cpu.cfs_quota_us", &value) && /* -1, no limit, is no number */
        read_whole(root, folder, "cpu.cfs_period_us", &period)) {
        offer_quota(limits, value, period);
    }
}

/* From the process's own group up to the mount. Inside a container the path may be the host's and
 * not exist; the mount itself then is the container's group. */
static void climb(const char *root, const char *mount, const char *group, struct limits *limits)
{
    char folder[PATH_SIZE];
    size_t base = strlen(mount);
    if (strstr(group, "..") != NULL ||
        snprintf(folder, sizeof folder, "%s%s", mount, group) >= PATH_SIZE) {
        return;
    }
    for (;;) {
        read_folder(root, folder, limits);
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= base || slash == NULL) {
            return;
        }
        *slash = '\0';
    }
}

static bool lists(const char *controllers, size_t length, const char *name)
{
    size_t size = strlen(name);
    for (size_t at = 0; at + size <= length; at++) {
        bool begins = at == 0 || controllers[at - 1] == ',';
        bool ends = at + size == length || controllers[at + size] == ',';
        if (begins && ends && strncmp(controllers + at, name, size) == 0) {
            return true;
        }
    }
    return false;
}

/* "ID:CONTROLLERS:PATH"; version 2 has no controllers. */
static void read_entry(const char *root, char *line, struct limits *limits)
{
    const char *controllers = strchr(line, ':');
    char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (path == NULL) {
        return;
    }
    controllers++;
    size_t length = (size_t)(path - controllers);
    path++;
    if (strcmp(path, "/") == 0) {
        path = path + 1; /* the mount itself */
    }
    if (length == 0) {
        climb(root, "/sys/fs/cgroup", path, limits);
        climb(root, "/sys/fs/cgroup/unified", path, limits);
    }
    if (lists(controllers, length, "memory")) {
        climb(root, "/sys/fs/cgroup/memory", path, limits);
    }
    if (lists(controllers, length, "cpu")) {
        climb(root, "/sys/fs/cgroup/cpu", path, limits);
        climb(root, "/sys/fs/cgroup/cpu,cpuacct", path, limits);
    }
}

void llmp__capture_cgroup(llmp_capture *capture, const char *root)
{
    char text[LINE_SIZE];
    struct limits limits = {0, 0, 0};
    llmp__text facts = {0};
    size_t size;
    if (!llmp__slurp(root, "/proc/self/cgroup", text, sizeof text - 1, &size)) {
        return;
    }
    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        char *next = line + length + (line[length] == '\n');
        line[length] = '\0';
        read_entry(root, line, &limits);
        line = next;
    }
    if (limits.quota_us > 0) {
        llmp__text_add(&facts, "cpu");
        llmp__fact_add_whole(&facts, "quota_us", limits.quota_us);
        llmp__fact_add_whole(&facts, "period_us", limits.period_us);
        llmp__text_add_char(&facts, '\n');
    }
    if (limits.memory_bytes > 0) {
        llmp__text_add(&facts, "memory");
        llmp__fact_add_whole(&facts, "limit_bytes", limits.memory_bytes);
        llmp__text_add_char(&facts, '\n');
    }
    if (facts.length > 0) {
        llmp__capture_add(capture, "cgroup", facts.data, facts.length);
    }
    llmp__text_free(&facts);
}
