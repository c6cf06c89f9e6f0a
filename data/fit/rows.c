/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measurements in, with what is left out of the fit and why. */
#include "fit.h"
#include "speed/step.h"

#include "base/file.h"
#include "doc/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 26 };

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool repeats(const fit_row *a, const fit_row *b)
{
    return a->device == b->device && a->scenario->model == b->scenario->model &&
           same(a->row->quant, b->row->quant) && same(a->row->backend, b->row->backend) &&
           a->scenario->phase == b->scenario->phase &&
           (a->scenario->batch > 1) == (b->scenario->batch > 1);
}

static void weigh(fit_data *data)
{
    for (size_t i = 0; i < data->row_count; i++) {
        double count = 0;
        for (size_t j = 0; j < data->row_count; j++)
            count += repeats(&data->rows[i], &data->rows[j]);
        data->rows[i].weight = 1 / sqrt(count);
    }
}

/* What attention takes of a decode step, as predicted now. */
static double attention_of(const llmp__measured_scenario *scenario)
{
    llmp__step step;
    if (scenario->phase != LLMP_PHASE_DECODE)
        return 0;
    llmp__decode_step(&scenario->speed, scenario->context_tokens, scenario->batch, 1, &step);
    return step.attention_ratio;
}

void read_rows(fit_data *data, const char *path)
{
    char *text;
    size_t size;
    llmp_measured *measured; /* rows keep its text to the end of the program */
    if (llmp__file_read(path, FILE_MAX, &text, &size, &data->error) != LLMP_OK ||
        llmp_measured_read(text, size, path, &measured, &data->error) != LLMP_OK)
        die("%s", data->error.message);
    free(text);
    size_t count = llmp_measured_size(measured);
    data->rows = realloc(data->rows, (data->row_count + count) * sizeof *data->rows);
    if (!data->rows)
        die("out of memory");
    for (size_t i = 0; i < count; i++) {
        const llmp_measured_row *row = llmp_measured_at(measured, i);
        llmp__measured_scenario *scenario = malloc(sizeof *scenario);
        if (!scenario)
            die("out of memory");
        llmp_estimate rate;
        if (llmp__measured_prepare(data->catalog, row, scenario, &data->error) != LLMP_OK ||
            llmp__measured_predict(scenario, &rate, &data->error) != LLMP_OK) {
            fprintf(stderr, "fit: %s refused: %s\n", row->id, data->error.message);
            data->refused++;
            free(scenario);
            continue;
        }
        fit_row *out = &data->rows[data->row_count++];
        *out = (fit_row){.scenario = scenario, .row = row, .system = -1, .driver = -1};
        out->device = scenario->machine.devices[0];
        out->conditions = llmp__measured_conditions(scenario);
        out->log_measured = log(row->tokens_per_s);
        out->log_before = log(rate.p50);
        out->log_ceiling = log(rate.ceiling);
        out->attention_ratio = attention_of(scenario);
        out->sigma = out->sigma_stated = log(rate.p50 / rate.p10) / 1.2815515655446004;
    }
    weigh(data);
}

void read_exclusions(fit_data *data, const char *path)
{
    char *text;
    size_t size;
    llmp__csv csv;
    if (llmp__file_read(path, FILE_MAX, &text, &size, &data->error) != LLMP_OK ||
        llmp__csv_parse(text, size, path, &data->arena, &csv, &data->error) != LLMP_OK)
        die("%s", data->error.message);
    free(text);
    size_t id = llmp__csv_column(&csv, "id"), reason = llmp__csv_column(&csv, "reason");
    for (size_t i = 0; i < csv.row_count; i++) {
        bool found = false;
        for (size_t j = 0; j < data->row_count; j++)
            if (same(data->rows[j].row->id, llmp__csv_cell(&csv, i, id))) {
                data->rows[j].excluded = llmp__csv_cell(&csv, i, reason);
                found = true;
            }
        if (!found)
            fprintf(stderr, "fit: exclusion of %s, which is not among the rows\n",
                    llmp__csv_cell(&csv, i, id));
    }
}
