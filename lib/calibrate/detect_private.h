/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_CALIBRATE_DETECT_PRIVATE_H
#define LLMP_CALIBRATE_DETECT_PRIVATE_H

#include "calibrate/capture.h"

/* Each reads its part of a capture; what it does not find stays 0 or "". */
void llmp__detect_cpu(const llmp_capture *capture, llmp_detected *out);
void llmp__detect_memory(const llmp_capture *capture, llmp_detected *out);
void llmp__detect_limits(const llmp_capture *capture, llmp_detected *out);
void llmp__detect_product(const llmp_capture *capture, llmp_detected *out);
void llmp__detect_gpus(const llmp_capture *capture, llmp_detected *out);

/** Sets the matches. @p gpu_cores of an Apple chip; 0 unknown. */
void llmp__detect_match(const llmp_catalog *catalog, uint32_t gpu_cores, llmp_detected *out);
void llmp__detect_notes(llmp_detected *out);
/** Fills in device_id and device_name. */
void llmp__detect_name(llmp_detected *out);

/** The first value of "key : value" in a text such as /proc/cpuinfo or sysctl's. */
bool llmp__colon_value(const char *text, const char *key, char *out, size_t out_size);
bool llmp__colon_whole(const char *text, const char *key, uint64_t *out);
/** Copies what fits. */
void llmp__copy_text(char *out, size_t out_size, const char *text);
/** Memory of the host that this process may use; 0 unknown. */
uint64_t llmp__usable_memory(const llmp_detected *detected);

#endif
