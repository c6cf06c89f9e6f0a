/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of `sweep`: axes from words, rows by many threads, a file that can be continued. */
#ifndef LLMP_CLI_SWEEP_H
#define LLMP_CLI_SWEEP_H

#include "cli/cli.h"

#include <llmplan/report_sweep.h>

enum { SWEEP_AXIS_MAX = 65536 };

/** The axes and what they are made of. */
typedef struct sweep_axes {
    llmp_sweep_axes axes;
    const llmp_model **models;
    llmp_import **imports; /* as many as models; NULL for those of the catalog */
    size_t own_count;      /* of them files that need no quant to be named */
    const llmp_quant **quants;
    llmp_machine *machines;
    llmp_sweep_engine *engines;
    char **backends; /* texts that engines point to */
    size_t backend_count;
    llmp_sweep_kv *kv;
    uint64_t *contexts_tokens;
    uint64_t *prompts_tokens;
    uint32_t *ubatches_tokens;
    uint32_t *batches;
} sweep_axes;

/** Always to be closed, also on failure. */
int sweep_axes_open(const arguments *args, const llmp_catalog *catalog, sweep_axes *out);
void sweep_axes_close(sweep_axes *axes);

/** Rows first .. end - 1 and where they go. */
typedef struct sweep_job {
    const llmp_sweep *sweep;
    llmp_sweep_format format;
    uint64_t first;
    uint64_t end;
    uint64_t threads;
    const char *path; /* "-": standard output */
    int fd;
} sweep_job;

/** Opens job->path. With @p resume, moves job->first behind the rows the file has, cutting off a
 * line that is not whole; a file of other rows is an error and stays as it is. */
int sweep_file_open(sweep_job *job, bool resume);

/** Computes and writes; whole lines only, whatever interrupts it. */
int sweep_run(const sweep_job *job);

/** Writes all, in spite of signals. */
bool sweep_write(int fd, const char *text, size_t length);

/** The line of a row, grown as needed. False when memory runs out. */
typedef struct sweep_text {
    char *text;
    size_t length;
    size_t size;
} sweep_text;
bool sweep_text_row(sweep_text *t, llmp_sweep_format format, const llmp_sweep_row *row);

#endif
