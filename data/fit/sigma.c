/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spreads that intervals are made of, from the errors of cross-validation. */
#include "fit.h"
#include "speed/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double z80 = 1.2815515655446004;
static const double parent_weight = 3; /* devices or models that a parent's spread counts as */
static const double deep_positions = 8192;
enum { RESIDUALS_MAX = 8192, ROUNDS = 6 };

/* Attention matters where it takes so much of a step. */
static const double attention_least = 0.1;
static const double factor_most = 4, attention_factor_most = 10;

bool on_processor(const fit_system *system)
{
    return strcmp(system->backend, "cpu") == 0;
}

static bool in_situation(const fit_data *data, const fit_row *row, int k)
{
    const llmp__measured_scenario *scenario = row->scenario;
    const llmp_speed_model *model = &scenario->speed;
    uint32_t work = 0;
    if ((scenario->phase != LLMP_PHASE_DECODE) != (k == SITUATION_PREFILL_SPLIT))
        return false;
    for (uint32_t i = 0; i < model->group_count; i++)
        work |= model->groups[i].work;
    switch (k) {
    case SITUATION_BATCH:
        return scenario->batch > 1;
    case SITUATION_DEEP:
        return scenario->context_tokens > deep_positions;
    case SITUATION_ATTENTION:
        return row->system >= 0 && on_processor(&data->systems[row->system]) && !offloaded(row) &&
               row->attention_ratio > attention_least;
    case SITUATION_MIXED:
        return work & (LLMP_WORK_MOE | LLMP_WORK_RECURRENT);
    case SITUATION_HYBRID:
        return (work & LLMP_WORK_MOE) && (work & LLMP_WORK_RECURRENT);
    default:
        return model->stages[0].devices > 1 || model->stage_count > 1;
    }
}

/* The power of a situation's factor that applies. */
static double situation_power(const fit_row *row, int k)
{
    return k == SITUATION_BATCH       ? llmp__batch_power(row->scenario->batch)
           : k == SITUATION_ATTENTION ? row->attention_ratio
                                      : 1;
}

static double situation_factor(const fit_data *data, const fit_row *row)
{
    double factor = llmp__depth_sigma(
        1, row->scenario->context_tokens +
               (row->scenario->phase == LLMP_PHASE_PREFILL ? row->scenario->prompt_tokens : 0));
    for (int k = 0; k < SITUATIONS; k++)
        if (in_situation(data, row, k))
            factor *= pow(data->situation_factor[k], situation_power(row, k));
    return factor;
}

static bool in_node(const fit_row *row, int system, int node)
{
    if (row->system != system)
        return false;
    for (int i = 0; i < row->chain_count; i++)
        if (row->chain[i] == node)
            return true;
    return false;
}

/* A model is new to a device, and a device, a model or both to a class: errors of the matching
 * cross-validations. Split conformal: the 80 % quantile of |ln(predicted/measured)|, one row more
 * at infinity. */
static double spread_of(const fit_data *data, int system, int node, llmp_phase phase,
                        double *groups)
{
    static double residual[RESIDUALS_MAX];
    const void *seen[NODES_MAX];
    size_t n = 0;
    int count = 0;
    bool device = data->systems[system].nodes[node].is_device;
    for (size_t i = 0; i < data->row_count && n < RESIDUALS_MAX; i++) {
        const fit_row *row = &data->rows[i];
        /* where attention matters is a situation's to say, or it would hide in what is common */
        if (!in_node(row, system, node) || row->scenario->phase != phase ||
            in_situation(data, row, SITUATION_ATTENTION))
            continue;
        double factor = situation_factor(data, row);
        residual[n++] = fabs(row->log_model - row->log_measured) / factor;
        if (!device && n < RESIDUALS_MAX)
            residual[n++] = fabs(row->log_device - row->log_measured) / factor;
        const void *group = device ? (const void *)row->scenario->model : (const void *)row->device;
        int at = 0;
        while (at < count && seen[at] != group)
            at++;
        if (at == count && count < NODES_MAX)
            seen[count++] = group;
    }
    *groups = count;
    double q = 0.8 * (1 + 1.0 / (double)(n ? n : 1));
    return n ? quantile_of(residual, n, q < 1 ? q : 1) / z80 : (double)NAN;
}

double node_sigma(const fit_data *data, int system, int node, llmp_phase phase)
{
    double groups;
    double own = spread_of(data, system, node, phase, &groups);
    int parent = data->systems[system].nodes[node].parent;
    if (parent < 0)
        return own > 0 ? own : 0.4;
    double above = node_sigma(data, system, parent, phase);
    if (!(own > 0))
        return above;
    return exp((groups * log(fmax(own, 0.02)) + parent_weight * log(above)) /
               (groups + parent_weight));
}

static void set_row_sigmas(fit_data *data)
{
    double sigma[NODES_MAX][2];
    for (int s = 0; s < data->system_count; s++) {
        for (int n = 0; n < data->systems[s].node_count; n++) {
            sigma[n][0] = node_sigma(data, s, n, LLMP_PHASE_DECODE);
            sigma[n][1] = node_sigma(data, s, n, LLMP_PHASE_PREFILL);
        }
        for (size_t i = 0; i < data->row_count; i++) {
            fit_row *row = &data->rows[i];
            /* of a new device: the class above it */
            int at = row->chain_count > 1 ? row->chain_count - 2 : 0;
            if (row->system == s && !offloaded(row))
                row->sigma = sigma[row->chain[at]][row->scenario->phase == LLMP_PHASE_PREFILL] *
                             situation_factor(data, row);
        }
    }
}

/* A situation's errors in units of the spread stated for them: their 80 % quantile, of new devices
 * or of new models, whichever is worse. */
static double situation_quantile(const fit_data *data, int k)
{
    static double ratio[2][RESIDUALS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < data->row_count && n < RESIDUALS_MAX; i++) {
        const fit_row *row = &data->rows[i];
        if (row->system < 0 || !in_situation(data, row, k))
            continue;
        ratio[0][n] = fabs(row->log_device - row->log_measured) / (z80 * row->sigma);
        ratio[1][n++] = fabs(row->log_model - row->log_measured) / (z80 * row->sigma);
    }
    return n ? fmax(quantile_of(ratio[0], n, 0.8), quantile_of(ratio[1], n, 0.8)) : 1;
}

/* Spreads of situations: what brings that quantile to 1. */
void set_sigmas(fit_data *data)
{
    for (int k = 0; k < SITUATIONS; k++)
        data->situation_factor[k] = 1;
    set_row_sigmas(data);
    for (int round = 0; round < ROUNDS; round++)
        for (int k = 0; k < SITUATIONS; k++) {
            data->situation_factor[k] =
                fmin(k == SITUATION_ATTENTION ? attention_factor_most : factor_most,
                     fmax(0.8, data->situation_factor[k] * situation_quantile(data, k)));
            set_row_sigmas(data);
        }
}
