/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells that accuracy is stated in. */
#include "fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_engine(const fit_row *row, const char *id)
{
    return strcmp(row->scenario->engine->head.id, id) == 0;
}

static bool decode(const fit_row *row)
{
    return row->scenario->phase == LLMP_PHASE_DECODE;
}

static bool on_devices(const fit_row *row)
{
    llmp_placement placement = row->scenario->memory.placement;
    return placement == LLMP_PLACE_DEVICE || placement == LLMP_PLACE_LAYER_SPLIT ||
           placement == LLMP_PLACE_TENSOR_PARALLEL;
}

bool offloaded(const fit_row *row)
{
    return !on_devices(row) && strcmp(row->scenario->backend->id, "cpu") != 0;
}

static bool one_device(const fit_row *row)
{
    return on_devices(row) && row->scenario->machine.device_count == 1;
}

static bool plain(const fit_row *row)
{
    const llmp_arch_summary *summary = llmp_arch_summary_of(row->scenario->arch);
    for (uint32_t i = 0; i < summary->layer_count; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(row->scenario->arch, i);
        if (cost->experts > 0 || (cost->work & (LLMP_WORK_RECURRENT | LLMP_WORK_MLA)))
            return false;
    }
    return true;
}

static bool cell_dense(const fit_row *row)
{
    return decode(row) && is_engine(row, "llama.cpp") && one_device(row) && plain(row) &&
           row->scenario->batch == 1 && !(row->row->context_depth > 0);
}

static bool cell_depth(const fit_row *row)
{
    return decode(row) && is_engine(row, "llama.cpp") && one_device(row) &&
           row->scenario->batch == 1;
}

static bool cell_engines(const fit_row *row)
{
    return decode(row) && !is_engine(row, "llama.cpp") && one_device(row);
}

static bool cell_batch(const fit_row *row)
{
    return decode(row) && one_device(row) && row->scenario->batch > 1 && row->scenario->batch <= 32;
}

static bool cell_devices(const fit_row *row)
{
    return decode(row) && on_devices(row) && row->scenario->machine.device_count > 1;
}

static bool cell_host(const fit_row *row)
{
    return decode(row) && !on_devices(row);
}

static bool cell_prefill(const fit_row *row)
{
    return !decode(row) && is_engine(row, "llama.cpp") && one_device(row);
}

static bool cell_decode(const fit_row *row)
{
    return decode(row);
}

static bool cell_all_prefill(const fit_row *row)
{
    return !decode(row);
}

const cell_info cells[] = {
    {"decode, llama.cpp, dense, one device, batch 1, depth 0", cell_dense, 0.07, 0.20},
    {"decode, llama.cpp, any architecture and depth, one device", cell_depth, 0.10, 0.30},
    {"decode, MLX, vLLM, ExLlama, Ollama, one device", cell_engines, 0.12, 0.35},
    {"decode, batch 2 to 32, one device", cell_batch, 0.15, 0.40},
    {"decode, several devices", cell_devices, 0.15, 0.40},
    {"decode, CPU or offloaded", cell_host, 0.20, 0.50},
    {"prefill, llama.cpp, one device", cell_prefill, 0.15, 0.50},
    {"decode, all", cell_decode, 0, 0},
    {"prefill, all", cell_all_prefill, 0, 0},
    {NULL, NULL, 0, 0},
};

double prediction(const fit_row *row, size_t offset)
{
    double out;
    memcpy(&out, (const char *)row + offset, sizeof out);
    return out;
}

void measure(const fit_data *data, row_filter *in, const void *argument, size_t offset,
             cell_errors *out)
{
    double *error = malloc(data->row_count * sizeof *error);
    double *of_device = malloc(data->row_count * sizeof *of_device);
    double *by_device = malloc(data->row_count * sizeof *by_device);
    bool *done = calloc(data->row_count, sizeof *done);
    if (!error || !of_device || !by_device || !done)
        die("out of memory");
    *out = (cell_errors){.rows = 0};
    size_t covered = 0;
    double signs = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        if (done[i] || !in(row, argument))
            continue;
        size_t count = 0;
        for (size_t j = i; j < data->row_count; j++) {
            const fit_row *other = &data->rows[j];
            if (other->device != row->device || !in(other, argument))
                continue;
            done[j] = true;
            double log_error = prediction(other, offset) - other->log_measured;
            of_device[count] = fabs(exp(log_error) - 1);
            error[out->rows++] = of_device[count++];
            covered += fabs(log_error) <= 1.2815515655446004 * other->sigma;
            signs += log_error;
        }
        by_device[out->devices++] = median_of(of_device, count);
    }
    out->median = median_of(error, out->rows);
    out->p90 = quantile_of(error, out->rows, 0.9);
    out->balanced = median_of(by_device, out->devices);
    out->coverage = (double)covered / (double)out->rows;
    out->bias = signs / (double)out->rows;
    free(error);
    free(of_device);
    free(by_device);
    free(done);
}
