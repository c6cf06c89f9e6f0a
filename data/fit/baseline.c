/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accuracy that later profiles may not fall behind. */
#include "fit.h"

#include "base/file.h"

#include <llmplan/validate.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 26 };

/* FNV-1a */
uint64_t file_sum(const char *path)
{
    char *text;
    size_t size;
    llmp_error error;
    if (llmp__file_read(path, FILE_MAX, &text, &size, &error) != LLMP_OK)
        die("%s", error.message);
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)text[i]) * 1099511628211u;
    free(text);
    return sum;
}

void write_baseline(const llmp_catalog *catalog, const char *rows, const char *path)
{
    char *text;
    size_t size;
    llmp_error error;
    llmp_measured *measured;
    llmp_validation *validation;
    if (llmp__file_read(rows, FILE_MAX, &text, &size, &error) != LLMP_OK ||
        llmp_measured_read(text, size, rows, &measured, &error) != LLMP_OK ||
        llmp_validation_create(catalog, measured, &validation, &error) != LLMP_OK)
        die("%s", error.message);
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write %s", path);
    fputs("summary,phase,rows,median_abs_error_percent,p90_abs_error_percent\n", file);
    for (size_t i = 0; i < llmp_validation_group_count(validation); i++) {
        const llmp_validate_group *group = llmp_validation_group(validation, i);
        if (group->axis != LLMP_AXIS_SUMMARY && group->axis != LLMP_AXIS_ALL)
            continue;
        fprintf(file, "\"%s\",%s,%zu,%.2f,%.2f\n", group->name, llmp_phase_name(group->phase),
                group->stats.n, 100 * group->stats.median_abs_error_ratio,
                100 * group->stats.p90_abs_error_ratio);
    }
    if (fclose(file) != 0)
        die("cannot write %s", path);
    llmp_validation_destroy(&validation);
    llmp_measured_destroy(&measured);
    free(text);
}
