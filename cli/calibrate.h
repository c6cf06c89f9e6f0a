/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file calibrate.h
 * @brief What `calibrate` has open, and where its measurements come from.
 */
#ifndef LLMP_CLI_CALIBRATE_H
#define LLMP_CLI_CALIBRATE_H

#include "cli/cli.h"

#include <llmplan/report_calibrate.h>

/** What is open while the command runs. */
typedef struct calibration_session {
    llmp_catalog *catalog;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_calibrate_request request;
    llmp_measured *files[LLMP_CALIBRATE_FILES_MAX];
    char *texts[LLMP_CALIBRATE_FILES_MAX]; /* of files of rows */
    size_t sizes[LLMP_CALIBRATE_FILES_MAX];
    const char *paths[LLMP_CALIBRATE_FILES_MAX];
    size_t text_count;
    llmp_calibration_kernels kernels;
    bool bandwidth_measured; /* the machine's bandwidth is what kernels read */
    char *device_overlay;    /* what kernels say of the device, to be stored too */
    llmp_machine_calibration *made;
} calibration_session;

/** Reads the files of --from: kernels are kept as such, the text of others until there is a catalog
 * to look names up in. */
int calibration_read_texts(calibration_session *s, const arguments *args);
/** Measures this processor: `calibrate --on this` without a file of kernels. */
int calibration_run_kernels(calibration_session *s);
/** Turns the texts kept into rows. */
int calibration_read_rows(calibration_session *s, const arguments *args);

#endif
