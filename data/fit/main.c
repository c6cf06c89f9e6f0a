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

static void show_all(const fit_data *data)
{
    show(data, "compiled in", offsetof(fit_row, log_before));
    show(data, "fitted", offsetof(fit_row, log_fit));
    show(data, "each device left out", offsetof(fit_row, log_device));
    show(data, "each model left out", offsetof(fit_row, log_model));
}

static void search(fit_data *data, const char *path)
{
    search_widths(data);
    write_widths(data, path);
    for (int s = 0; s < data->system_count; s++)
        set_widths(data, &data->systems[s]);
}

/* ln(predicted/measured) of every row, by all rows and with its device or its model left out. */
static void write_rows(const fit_data *data, FILE *file)
{
    fputs("id,device,devices,model,quant,engine,backend,version,driver,phase,prompt,depth,batch,"
          "tensor_parallel,flash_attn,measured,excluded,fit,device_out,model_out,sigma\n",
          file);
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *r = &data->rows[i];
        const llmp__measured_scenario *s = r->scenario;
        fprintf(file,
                "%s,%s,%u,%s,%s,%s,%s,\"%s\",%s,%s,%g,%g,%u,%g,%s,%g,%d,%.3f,%.3f,%.3f,%.3f\n",
                r->row->id ? r->row->id : "", r->device->head.id, s->machine.device_count,
                r->row->model, r->row->quant, s->engine->head.id, s->backend->id,
                r->row->engine_version ? r->row->engine_version : "",
                r->row->driver ? r->row->driver : "",
                s->phase == LLMP_PHASE_DECODE ? "decode" : "prefill", s->prompt_tokens,
                s->context_tokens, s->batch, r->row->tensor_parallel,
                isnan(r->row->flash_attn) ? ""
                : r->row->flash_attn > 0  ? "1"
                                          : "0",
                exp(r->log_measured), r->excluded != NULL, r->log_fit - r->log_measured,
                r->log_device - r->log_measured, r->log_model - r->log_measured, r->sigma);
    }
}

/* Paths are those of the source tree: the program runs at its root. */
static const char *const inputs[] = {
    "data/measured/speed.csv", "data/measured/speed_other_mapped.csv", "data/fit/exclusions.csv",
    "data/fit/priors.csv", "data/fit/widths.csv"};

int main(int argc, char **argv)
{
    static fit_data data;
    llmp__csv priors;
    const char *verb = argc == 2 ? argv[1] : "";
    if (strcmp(verb, "fit") != 0 && strcmp(verb, "search") != 0 && strcmp(verb, "report") != 0 &&
        strcmp(verb, "rows") != 0)
        die("usage: llmplan-fit fit | search | report | rows, at the root of the source tree");
    gsl_set_error_handler_off();
    if (llmp_catalog_create(&data.catalog, &data.error) != LLMP_OK)
        die("%s", data.error.message);
    read_rows(&data, inputs[0]);
    read_rows(&data, inputs[1]);
    read_exclusions(&data, inputs[2]);
    read_priors(&data, inputs[3], &priors);
    read_widths(&data, inputs[4]);
    build_systems(&data);
    if (strcmp(verb, "search") == 0)
        search(&data, inputs[4]);
    fit_all(&data);
    cross_validate(&data, false);
    cross_validate(&data, true);
    set_sigmas(&data);
    if (strcmp(verb, "rows") == 0) {
        write_rows(&data, stdout);
        return 0;
    }
    show_all(&data);
    if (strcmp(verb, "report") == 0) {
        write_report(&data, "docs", inputs, sizeof inputs / sizeof inputs[0]);
        write_baseline(data.catalog, inputs[0], "tests/truth/accuracy_baseline.csv");
    } else {
        write_profiles(&data, &priors, "data/engines");
    }
    return 0;
}
