/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files of a Linux system, below any root. Only what detection reads is taken, so that
 * nothing else can get into a bug report. */
#include "calibrate/capture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, SMALL = 4096, LARGE = 2 << 20, ENTRIES_MAX = 512, ENTRY_SIZE = 64 };

static bool join(const char *root, const char *path, char out[PATH_SIZE])
{
    bool whole = strcmp(root, "/") == 0;
    int length = snprintf(out, PATH_SIZE, "%s%s", whole ? "" : root, path);
    return length > 0 && length < PATH_SIZE;
}

static bool below(const char *folder, const char *file, char out[PATH_SIZE])
{
    int length = snprintf(out, PATH_SIZE, "%s/%s", folder, file);
    return length > 0 && length < PATH_SIZE;
}

bool llmp__slurp(const char *root, const char *path, char *out, size_t cap, size_t *out_size)
{
    char full[PATH_SIZE];
    struct stat info;
    int fd = join(root, path, full) ? open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd < 0) {
        return false;
    }
    size_t size = 0;
    bool good = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    while (good && size < cap) {
        ssize_t got = read(fd, out + size, cap - size);
        good = got >= 0;
        if (got <= 0) {
            break;
        }
        size += (size_t)got;
    }
    (void)close(fd);
    out[size] = '\0';
    *out_size = size;
    return good;
}

static bool take(llmp_capture *capture, const char *root, const char *path)
{
    char text[SMALL + 1];
    size_t size;
    if (!llmp__slurp(root, path, text, SMALL, &size) || size == 0) {
        return false;
    }
    llmp__capture_add(capture, path, text, size);
    return true;
}

static void take_from(llmp_capture *capture, const char *root, const char *folder,
                      const char *const *names)
{
    for (; *names != NULL; names++) {
        char path[PATH_SIZE];
        if (below(folder, *names, path)) {
            (void)take(capture, root, path);
        }
    }
}

/* Names in a folder, in order; at most ENTRIES_MAX. */
static size_t list(const char *root, const char *folder, char (*out)[ENTRY_SIZE])
{
    char full[PATH_SIZE];
    DIR *dir = join(root, folder, full) ? opendir(full) : NULL;
    size_t count = 0;
    if (dir == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL && count < ENTRIES_MAX;
         entry = readdir(dir)) {
        if (entry->d_name[0] != '.' && strlen(entry->d_name) < ENTRY_SIZE) {
            (void)snprintf(out[count++], ENTRY_SIZE, "%s", entry->d_name);
        }
    }
    (void)closedir(dir);
    return count;
}

/* --- filtered files --------------------------------------------------------------------------- */

/* Copies the lines of [text, end) whose key, before a colon, is listed. */
static void add_lines(llmp__text *out, const char *text, const char *end, const char *const *keys)
{
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *next = newline == NULL ? end : newline + 1;
        const char *colon = memchr(text, ':', (size_t)(next - text));
        size_t length = colon == NULL ? 0 : (size_t)(colon - text);
        while (length > 0 && (text[length - 1] == '\t' || text[length - 1] == ' ')) {
            length--;
        }
        for (const char *const *key = keys; *key != NULL; key++) {
            if (strlen(*key) == length && strncmp(*key, text, length) == 0) {
                llmp__text_add_bytes(out, text, (size_t)(next - text));
            }
        }
        text = next;
    }
}

static void take_lines(llmp_capture *capture, const char *root, const char *path,
                       const char *const *keys)
{
    char text[SMALL + 1];
    llmp__text kept = {0};
    size_t size;
    if (llmp__slurp(root, path, text, SMALL, &size)) {
        add_lines(&kept, text, text + size, keys);
        if (kept.length > 0) {
            llmp__capture_add(capture, path, kept.data, kept.length);
        }
    }
    llmp__text_free(&kept);
}

/* One block a processor, most of them alike: of those only "processor" stays. */
static void take_cpuinfo(llmp_capture *capture, const char *root)
{
    static const char path[] = "/proc/cpuinfo";
    static const char *const number[] = {"processor", NULL};
    static const char *const same[] = {
        "vendor_id", "cpu family",      "model",       "model name", "stepping", "siblings",
        "cpu cores", "CPU implementer", "CPU variant", "CPU part",   "flags",    "Features",
        "Model",     "CPU revision",    "isa",         "Hardware",   NULL};
    char *text = malloc(LARGE + 1);
    llmp__text kept = {0};
    llmp__text previous = {0};
    size_t size;
    if (text != NULL && llmp__slurp(root, path, text, LARGE, &size)) {
        for (const char *at = text; *at != '\0';) {
            const char *blank = strstr(at, "\n\n");
            const char *end = blank == NULL ? at + strlen(at) : blank + 1;
            llmp__text block = {0};
            add_lines(&kept, at, end, number);
            add_lines(&block, at, end, same);
            if (strcmp(llmp__text_get(&block), llmp__text_get(&previous)) != 0) {
                llmp__text_add(&kept, llmp__text_get(&block));
            }
            llmp__text_add_char(&kept, '\n');
            llmp__text_free(&previous);
            previous = block;
            at = blank == NULL ? end : blank + 2;
        }
        if (kept.length > 1) {
            llmp__capture_add(capture, path, kept.data, kept.length);
        }
    }
    llmp__text_free(&previous);
    llmp__text_free(&kept);
    free(text);
}

static void take_smbios(llmp_capture *capture, const char *root)
{
    char *table = malloc(LARGE + 1);
    size_t size;
    if (table != NULL && llmp__slurp(root, "/sys/firmware/dmi/tables/DMI", table, LARGE, &size)) {
        llmp__capture_smbios(capture, (const unsigned char *)table, size);
    }
    free(table);
}

static void take_container_marks(llmp_capture *capture, const char *root)
{
    static const char *const marks[] = {"/.dockerenv", "/run/.containerenv", NULL};
    for (const char *const *mark = marks; *mark != NULL; mark++) {
        char full[PATH_SIZE];
        if (join(root, *mark, full) && access(full, F_OK) == 0) {
            llmp__capture_add(capture, *mark, "present\n", 8);
        }
    }
}

/* What ROCm's kernel driver says of memory; the GPUs' unique ids stay out. */
static void take_kfd(llmp_capture *capture, const char *root)
{
    static const char folder[] = "/sys/class/kfd/kfd/topology/nodes";
    static const char *const keys[] = {"simd_count",       "simd_per_cu", "gfx_target_version",
                                       "vendor_id",        "device_id",   "location_id",
                                       "domain",           "num_xcc",     "max_engine_clk_fcompute",
                                       "drm_render_minor", NULL};
    char(*names)[ENTRY_SIZE] = malloc(sizeof(char[ENTRIES_MAX][ENTRY_SIZE]));
    size_t count = names == NULL ? 0 : list(root, folder, names);
    for (size_t i = 0; i < count; i++) {
        char path[PATH_SIZE];
        char text[SMALL + 1];
        llmp__text kept = {0};
        size_t size;
        (void)snprintf(path, sizeof path, "%s/%s/properties", folder, names[i]);
        if (llmp__slurp(root, path, text, SMALL, &size)) {
            for (const char *line = text; *line != '\0';) {
                size_t length = strcspn(line, "\n") + 1;
                length = length > strlen(line) ? strlen(line) : length;
                for (const char *const *key = keys; *key != NULL; key++) {
                    if (strncmp(line, *key, strlen(*key)) == 0 && line[strlen(*key)] == ' ') {
                        llmp__text_add_bytes(&kept, line, length);
                    }
                }
                line += length;
            }
            if (kept.length > 0) {
                llmp__capture_add(capture, path, kept.data, kept.length);
            }
        }
        llmp__text_free(&kept);
        (void)snprintf(path, sizeof path, "%s/%s/mem_banks/0/properties", folder, names[i]);
        (void)take(capture, root, path);
    }
    free(names);
}

/* --- the PCI bus ------------------------------------------------------------------------------ */

/* The kernel's driver is the last part of a link. */
static void take_driver(llmp_capture *capture, const char *root, const char *folder)
{
    char path[PATH_SIZE];
    char full[PATH_SIZE];
    char target[PATH_SIZE];
    if (!below(folder, "driver", path) || !join(root, path, full)) {
        return;
    }
    ssize_t length = readlink(full, target, sizeof target - 1);
    if (length > 0) {
        target[length] = '\0';
        const char *name = strrchr(target, '/');
        name = name == NULL ? target : name + 1;
        llmp__capture_add(capture, path, name, strlen(name));
    } else {
        (void)take(capture, root, path); /* a copied tree may hold the name */
    }
}

static void take_power_caps(llmp_capture *capture, const char *root, const char *folder)
{
    static const char *const files[] = {"power1_cap", "power1_cap_default", "power1_cap_max", NULL};
    char path[PATH_SIZE];
    char hwmon[PATH_SIZE];
    char(*names)[ENTRY_SIZE] = malloc(sizeof(char[ENTRIES_MAX][ENTRY_SIZE]));
    bool there = names != NULL && below(folder, "hwmon", path) && list(root, path, names) > 0 &&
                 below(path, names[0], hwmon);
    if (there) {
        /* numbered in order of discovery: the number says nothing */
        for (const char *const *file = files; *file != NULL; file++) {
            char from[PATH_SIZE];
            char to[PATH_SIZE];
            char text[SMALL + 1];
            size_t size;
            if (below(hwmon, *file, from) && below(folder, *file, to) &&
                llmp__slurp(root, from, text, SMALL, &size) && size > 0) {
                llmp__capture_add(capture, to, text, size);
            }
        }
    }
    free(names);
}

/* Display controllers (class 03) and processing accelerators (class 12). */
static bool runs_models(const char *root, const char *folder)
{
    char path[PATH_SIZE];
    char text[SMALL + 1];
    size_t size;
    return below(folder, "class", path) && llmp__slurp(root, path, text, SMALL, &size) &&
           (strncmp(text, "0x03", 4) == 0 || strncmp(text, "0x12", 4) == 0);
}

bool llmp__capture_pci(llmp_capture *capture, const char *root)
{
    static const char bus[] = "/sys/bus/pci/devices";
    static const char *const files[] = {"class",
                                        "vendor",
                                        "device",
                                        "revision",
                                        "subsystem_vendor",
                                        "subsystem_device",
                                        "max_link_speed",
                                        "max_link_width",
                                        "current_link_width",
                                        "numa_node",
                                        "mem_info_vram_total",
                                        "mem_info_gtt_total",
                                        "current_compute_partition",
                                        "tile0/physical_vram_size_bytes",
                                        NULL};
    bool any = false;
    char(*names)[ENTRY_SIZE] = malloc(sizeof(char[ENTRIES_MAX][ENTRY_SIZE]));
    size_t count = names == NULL ? 0 : list(root, bus, names);
    for (size_t i = 0; i < count; i++) {
        char folder[PATH_SIZE];
        (void)snprintf(folder, sizeof folder, "%s/%s", bus, names[i]);
        if (runs_models(root, folder)) {
            any = true;
            take_from(capture, root, folder, files);
            take_driver(capture, root, folder);
            take_power_caps(capture, root, folder);
        }
    }
    free(names);
    return any;
}

void llmp__capture_files(llmp_capture *capture, const char *root)
{
    static const char *const memory[] = {"MemTotal", NULL};
    static const char *const allowed[] = {"Cpus_allowed_list", "Mems_allowed_list", NULL};
    /* what names a make and model, never the one machine */
    static const char *const paths[] = {"/sys/class/dmi/id/sys_vendor",
                                        "/sys/class/dmi/id/product_name",
                                        "/sys/class/dmi/id/product_family",
                                        "/sys/class/dmi/id/board_vendor",
                                        "/sys/class/dmi/id/board_name",
                                        "/sys/firmware/devicetree/base/model",
                                        "/sys/firmware/devicetree/base/compatible",
                                        "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
                                        "/sys/devices/system/cpu/online",
                                        NULL};
    take_cpuinfo(capture, root);
    take_lines(capture, root, "/proc/meminfo", memory);
    take_lines(capture, root, "/proc/self/status", allowed);
    for (const char *const *path = paths; *path != NULL; path++) {
        (void)take(capture, root, *path);
    }
    take_smbios(capture, root);
    take_container_marks(capture, root);
    take_kfd(capture, root);
}
