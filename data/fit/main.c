/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit ROWS.csv...: fits engine profiles to measurements. */
#include "fit.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("fit: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static bool in_cell(const fit_row *row, const void *cell)
{
    return ((const cell_info *)cell)->in(row);
}

static void show(const fit_data *data, const char *name, size_t offset)
{
    printf("%s\n", name);
    for (const cell_info *cell = cells; cell->name; cell++) {
        cell_errors e;
        measure(data, in_cell, cell, offset, &e);
        if (e.rows)
            printf("  %-58s %4zu %3zu  %5.1f %6.1f  bal %5.1f  cov %.2f bias %+.2f\n", cell->name,
                   e.rows, e.devices, 100 * e.median, 100 * e.p90, 100 * e.balanced, e.coverage,
                   e.bias);
    }
}

int main(int argc, char **argv)
{
    static fit_data data;
    gsl_set_error_handler_off();
    if (llmp_catalog_create(&data.catalog, &data.error) != LLMP_OK)
        die("%s", data.error.message);
    for (int f = 0; f < FAMILY_COUNT; f++)
        data.widths.of_class[f] = data.widths.of_device[f] = 1;
    if (argc < 4)
        die("usage: fit FOLDER-OF-PRIORS OUTPUT-FOLDER ROWS.csv...");
    for (int i = 3; i < argc; i++)
        read_rows(&data, argv[i]);
    char path[4096];
    snprintf(path, sizeof path, "%s/exclusions.csv", argv[1]);
    read_exclusions(&data, path);
    snprintf(path, sizeof path, "%s/priors.csv", argv[1]);
    llmp__csv priors;
    read_priors(&data, path, &priors);
    build_systems(&data);
    fit_all(&data);
    cross_validate(&data, false);
    cross_validate(&data, true);
    set_sigmas(&data);
    show(&data, "before", offsetof(fit_row, log_before));
    show(&data, "fit", offsetof(fit_row, log_fit));
    show(&data, "leave one device out", offsetof(fit_row, log_device));
    show(&data, "leave one model out", offsetof(fit_row, log_model));
    if (getenv("LLMPLAN_FIT_ROWS"))
        for (size_t i = 0; i < data.row_count; i++) {
            const fit_row *r = &data.rows[i];
            printf("row,%s,%s,%g,%s,%s,%s,%s,%s,%s,%g,%u,%g,%+.3f,%+.3f,%+.3f,%s\n", r->row->id,
                   r->device->head.id, r->row->device_count, r->scenario->model->head.id,
                   r->row->quant, r->row->engine, r->row->backend,
                   r->row->driver ? r->row->driver : "", llmp_phase_name(r->scenario->phase),
                   r->row->context_depth, r->scenario->batch, r->row->tokens_per_s,
                   r->log_fit - r->log_measured, r->log_device - r->log_measured,
                   r->log_model - r->log_measured,
                   r->row->engine_version ? r->row->engine_version : "");
        }
    write_profiles(&data, &priors, argv[2]);
    return 0;
}
