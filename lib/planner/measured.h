/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file measured.h
 * @brief One measured row: resolved to a scenario, placed as it ran, and predicted.
 */
#ifndef LLMP_PLANNER_MEASURED_H
#define LLMP_PLANNER_MEASURED_H

#include <llmplan/measured.h>
#include <llmplan/speed.h>

/**
 * A row as the stages see it. Owns `arch`; the inner pointers point into the scenario itself, so it
 * must stay where it was prepared. About 150 KB.
 */
typedef struct llmp__measured_scenario {
    const llmp_measured_row *row;
    const llmp_model *model;
    const llmp_quant *quant;
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_machine machine; /* devices, link, host and power limit as the row says */
    llmp_arch *arch;
    llmp_memory_options options;
    llmp_memory_model memory_model;
    llmp_memory_result memory;
    llmp_speed_model speed;

    /* the call */
    llmp_phase phase;
    uint32_t batch;
    double context_tokens; /* decode: mean depth; prefill: cached before the prompt */
    double prompt_tokens;  /* prefill: per sequence */
    char note[96];         /* what was done about a row that contradicts itself; "" mostly */
} llmp__measured_scenario;

/**
 * Resolves and places a row. It ran, so memory is never held against it: a placement that the row
 * states is taken as it is. What it does not state:
 * - one device, and weights alone that exceed it: offload as the engine would do it;
 * - several devices: tensor parallelism where tensor_parallel > 1 or split_mode is row or tensor,
 *   else the layer split;
 * - blank device_count, batch, tensor_parallel: 1; blank context_depth: 0; blank gen_tokens of a
 *   decode row: 128; blank prompt_tokens of a prefill row: 512 (what llama-bench does by default).
 * @return LLMP_E_UNKNOWN or _AMBIGUOUS (a name: field and nearest), LLMP_E_NO_DATA (device, model,
 *         quant, engine or rate is blank; phase is neither; a fact the prediction needs is
 *         unknown), LLMP_E_IMPOSSIBLE, LLMP_E_MEMORY, ...
 */
llmp_status llmp__measured_prepare(const llmp_catalog *catalog, const llmp_measured_row *row,
                                   llmp__measured_scenario *out, llmp_error *error);

/** Frees what a scenario owns; accepts one that is zeroed. */
void llmp__measured_release(llmp__measured_scenario *scenario);

/** Year and its fraction of a build, from a date or a llama.cpp build number; 0: not said. */
double llmp__build_year(const char *engine_version);

/** The row's build and driver. A build cannot be older than the device it ran on. */
llmp_speed_conditions llmp__measured_conditions(const llmp__measured_scenario *scenario);

/** Tokens per second of all sequences together, from `speed` as it is now. */
llmp_status llmp__measured_predict(const llmp__measured_scenario *scenario,
                                   llmp_estimate *out_tokens_per_s, llmp_error *error);

/** What the row runs on, from its names. @return as llmp__measured_prepare */
llmp_status llmp__measured_machine(const llmp_catalog *catalog, const llmp_measured_row *row,
                                   llmp_machine *out, llmp_error *error);

#endif
