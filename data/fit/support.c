/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows behind each target can and cannot support. */
#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double disagreement = 1.25;

typedef struct part {
    const cell_info *cell;
    const llmp_device *device; /* NULL: any */
    bool others;               /* all but that */
} part;

static bool in_part(const fit_row *row, const void *argument)
{
    const part *p = argument;
    return p->cell->in(row) && (!p->device || (row->device == p->device) != p->others);
}

static size_t rows_of(const fit_data *data, const part *p)
{
    size_t count = 0;
    for (size_t i = 0; i < data->row_count; i++)
        count += in_part(&data->rows[i], p);
    return count;
}

static const llmp_device *most_measured(const fit_data *data, const cell_info *cell)
{
    const llmp_device *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        const part p = {cell, data->rows[i].device, false};
        if (!cell->in(&data->rows[i]) || p.device == best)
            continue;
        size_t count = rows_of(data, &p);
        if (count > most) {
            most = count;
            best = p.device;
        }
    }
    return best;
}

/* The same as far as predictions know, but for build, driver and power limit. */
static bool repeats(const fit_row *a, const fit_row *b)
{
    const llmp__measured_scenario *x = a->scenario, *y = b->scenario;
    return a->device == b->device && x->machine.device_count == y->machine.device_count &&
           x->model == y->model && x->quant == y->quant && x->engine == y->engine &&
           x->backend == y->backend && x->phase == y->phase && x->batch == y->batch &&
           fabs(x->context_tokens - y->context_tokens) < 1 &&
           fabs(x->prompt_tokens - y->prompt_tokens) < 1;
}

static size_t contradicted(const fit_data *data, const cell_info *cell)
{
    size_t count = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        bool found = false;
        for (size_t j = 0; j < data->row_count && cell->in(row) && !found; j++) {
            const fit_row *other = &data->rows[j];
            found = j != i && cell->in(other) && repeats(row, other) &&
                    fabs(row->log_measured - other->log_measured) > log(disagreement);
        }
        count += found;
    }
    return count;
}

static void write_part(FILE *file, const fit_data *data, const part *p)
{
    cell_errors e;
    measure(data, in_part, p, offsetof(fit_row, log_device), &e);
    if (e.rows)
        fprintf(file, " %zu | %.1f / %.0f %% |", e.rows, 100 * e.median, 100 * e.p90);
    else
        fputs(" 0 | |", file);
}

/* --- what single models and computers do to a cell ----------------------------------------------
 */

static bool is_llama_2_7b(const fit_row *row)
{
    return strcmp(row->scenario->model->head.id, "llama-2-7b") == 0;
}

static bool is_exllama(const fit_row *row)
{
    return strcmp(row->scenario->engine->head.id, "exllamav3") == 0;
}

static bool has_mamba(const fit_row *row)
{
    const llmp_speed_model *model = &row->scenario->speed;
    for (uint32_t i = 0; i < model->group_count; i++)
        if (model->groups[i].work & LLMP_WORK_STATE_SPACE)
            return true;
    return false;
}

static bool is_contested(const fit_row *row)
{
    return row->excluded || is_exllama(row) || row->scenario->machine.machines > 1;
}

static bool is_amd_toolbox(const fit_row *row)
{
    return strcmp(row->device->head.id, "strix-halo-395-128") == 0 ||
           strcmp(row->device->head.id, "radeon-ai-pro-r9700") == 0;
}

static const struct without {
    size_t cell;
    const char *what;
    bool (*is)(const fit_row *row);
} withouts[] = {
    {0, "Llama 2 7B, all that most devices have", is_llama_2_7b},
    {2, "ExLlamaV3: one model on one computer", is_exllama},
    {3, "Mamba: one model on one device", has_mamba},
    {4, "rows not fitted, ExLlamaV3, computers joined by a network", is_contested},
    {6, "Strix Halo and R9700, over many drivers and builds", is_amd_toolbox},
};

static bool in_rest(const fit_row *row, const void *argument)
{
    const struct without *w = argument;
    return cells[w->cell].in(row) && !w->is(row);
}

static void write_withouts(FILE *file, const fit_data *data)
{
    fputs("The same cells without what no other rows can stand for, as median / nine of ten:\n\n"
          "| cell | without | rows | device left out | model left out | aim |\n"
          "|---|---|--:|--:|--:|--:|\n",
          file);
    for (size_t i = 0; i < sizeof withouts / sizeof withouts[0]; i++) {
        const struct without *w = &withouts[i];
        cell_errors device, model;
        measure(data, in_rest, w, offsetof(fit_row, log_device), &device);
        measure(data, in_rest, w, offsetof(fit_row, log_model), &model);
        fprintf(file, "| %s | %s | %zu | %.1f / %.0f %% | %.1f / %.0f %% | %.0f / %.0f %% |\n",
                cells[w->cell].name, w->what, device.rows, 100 * device.median, 100 * device.p90,
                100 * model.median, 100 * model.p90, 100 * cells[w->cell].median,
                100 * cells[w->cell].p90);
    }
    fputs("\n", file);
}

void write_support(FILE *file, const fit_data *data)
{
    fprintf(file,
            "Targets missed when each device is left out, as median / nine of ten: the device with "
            "most of the rows, which is then predicted from the others, and those others. "
            "*Contradicted* are rows that another of the same device, number of devices, model, "
            "quant, engine, batch and depth differs from by more than %.0f %%, for reasons in "
            "build, driver, power or the run that the columns hardly tell.\n\n"
            "| cell | devices | all: rows | error | aim | most measured | rows | error | others: "
            "rows | error | contradicted |\n|---|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|\n",
            100 * (disagreement - 1));
    for (const cell_info *cell = cells; cell->name; cell++) {
        part p = {cell, NULL, false};
        cell_errors e;
        measure(data, in_part, &p, offsetof(fit_row, log_device), &e);
        if (!(cell->median > 0) || !e.rows || (e.median <= cell->median && e.p90 <= cell->p90))
            continue;
        fprintf(file, "| %s | %zu |", cell->name, e.devices);
        write_part(file, data, &p);
        p.device = most_measured(data, cell);
        fprintf(file, " %.0f / %.0f %% | %s |", 100 * cell->median, 100 * cell->p90,
                p.device->head.id);
        write_part(file, data, &p);
        p.others = true;
        write_part(file, data, &p);
        fprintf(file, " %zu |\n", contradicted(data, cell));
    }
    fputs(
        "\nA cell of one device cannot be checked by leaving it out: what is left is a prior. "
        "One of two devices checks each against a device of another maker. Rows that "
        "contradict each other set a floor that no parameter lowers. Where the others are further "
        "off than the device with most rows, the miss is not that device's alone.\n\n",
        file);
    write_withouts(file, data);
}
