/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file capture.h
 * @brief A capture is named sections of text. Readers put in what they may; detection reads it out.
 *
 * Names are paths of a Linux system, and these for what libraries answered, as facts:
 * "topology" (hwloc), "nvml", "opencl", "smbios", "cgroup", "sysctl", "ioreg", "system".
 */
#ifndef LLMP_CALIBRATE_CAPTURE_H
#define LLMP_CALIBRATE_CAPTURE_H

#include "base/arena.h"
#include "base/text.h"

#include <llmplan/detect.h>

typedef struct llmp__section {
    const char *name;
    const char *text; /* NUL-terminated; printable, tabs and newlines */
} llmp__section;

struct llmp_capture {
    llmp__arena arena;
    llmp__section *sections; /* ordered by name once sealed */
    size_t count;
    size_t capacity;
    size_t bytes;
    bool failed; /* an allocation did, or the cap was met */
};

llmp_capture *llmp__capture_new(void);
/** Adds a section; what is not printable becomes '?', NUL a newline (device tree). */
void llmp__capture_add(llmp_capture *capture, const char *name, const char *text, size_t length);
/** Orders the sections. @return LLMP_E_MEMORY, LLMP_E_LIMIT, LLMP_E_DUPLICATE */
llmp_status llmp__capture_seal(llmp_capture *capture, llmp_error *error);

/** The text of a section, or NULL. */
const char *llmp__capture_get(const llmp_capture *capture, const char *name);
/** As llmp__capture_get for a folder and a file; the first line, without blanks around. False when
 * there is none or it does not fit. */
bool llmp__capture_line(const llmp_capture *capture, const char *folder, const char *file,
                        char *out, size_t out_size);
/** A whole number, decimal or with 0x; false when it is none. */
bool llmp__capture_whole(const llmp_capture *capture, const char *folder, const char *file,
                         uint64_t *out);

/* --- facts: lines of "kind key=value key="a value"" ------------------------------------------- */

/** Text of a fact's value: quoted when need be, quotes inside become '. */
void llmp__fact_add(llmp__text *out, const char *key, const char *value);
void llmp__fact_add_whole(llmp__text *out, const char *key, uint64_t value);

/** Moves to the next line of that kind: starts with *at == NULL; false at the end. */
bool llmp__fact_next(const char *text, const char *kind, const char **at);
/** The value of a key on the line; false when it has none. */
bool llmp__fact_text(const char *line, const char *key, char *out, size_t out_size);
bool llmp__fact_whole(const char *line, const char *key, uint64_t *out);
/** 0 when there is none or it is above UINT32_MAX. */
uint32_t llmp__fact_u32(const char *line, const char *key);

/* --- readers ---------------------------------------------------------------------------------- */

/** Files below a root. */
void llmp__capture_files(llmp_capture *capture, const char *root);
/** Graphics and accelerators on the PCI bus; true when there is one. */
bool llmp__capture_pci(llmp_capture *capture, const char *root);
/** Limits of control groups, version 1 and 2, the tightest on the way up. */
void llmp__capture_cgroup(llmp_capture *capture, const char *root);
/** Memory modules of SMBIOS tables; serial numbers are never read. */
void llmp__capture_smbios(llmp_capture *capture, const unsigned char *table, size_t size);
/** Processors and caches by hwloc. @p xml NULL: this machine's; else a file of hwloc's. */
void llmp__capture_topology(llmp_capture *capture, const char *xml);
void llmp__capture_nvml(llmp_capture *capture);
void llmp__capture_opencl(llmp_capture *capture);
/** sysctl and IOKit; nothing elsewhere than on macOS. */
void llmp__capture_darwin(llmp_capture *capture);

/** Reads a small file whole; false when it cannot be read. @p out has room for @p cap + 1. */
bool llmp__slurp(const char *root, const char *path, char *out, size_t cap, size_t *out_size);

#endif
