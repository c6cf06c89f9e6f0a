/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file sweep.h
 * @brief Inside a sweep: the axes with what machines cost, and what a worker keeps prepared.
 */
#ifndef LLMP_PLANNER_SWEEP_H
#define LLMP_PLANNER_SWEEP_H

#include <llmplan/sweep.h>

/** A machine's name and money. */
typedef struct llmp__sweep_machine {
    char name[96];
    double usd_per_s;             /* loss of value; NaN: no price */
    double electricity_usd_per_j; /* at the wall of the site; NaN: no tariff */
} llmp__sweep_machine;

struct llmp_sweep {
    const llmp_catalog *catalog;
    llmp_sweep_axes axes;
    llmp__sweep_machine *machines;
    uint64_t count;
    uint64_t inner_count; /* prompts, contexts, batches: rows that share what is prepared */
};

/** A row's place on each axis. */
typedef struct llmp__sweep_place {
    size_t model, quant, machine, engine, kv, ubatch, prompt, context, batch;
} llmp__sweep_place;

/** Where rows of one plan's shape are the same for the speed stage. */
typedef struct llmp__sweep_shape {
    uint32_t share_count;
    uint32_t tensor_parallel;
    uint32_t cpu_expert_layers;
    uint64_t disk_bytes;
    struct {
        const llmp_device *device;
        uint32_t first_layer;
        uint32_t layer_count;
    } shares[LLMP_MACHINE_DEVICES_MAX + 1];
} llmp__sweep_shape;

/** A prepared speed model, and prefill for the latest prompt. */
typedef struct llmp__sweep_speed {
    llmp__sweep_shape shape;
    llmp_status status; /* of preparing it */
    char reason[384];
    llmp_speed_model model;
    double prompt_tokens; /* 0: none yet */
    llmp_estimate prefill_tokens_per_s;
    llmp_estimate ttft_s;
} llmp__sweep_speed;

enum { LLMP__SWEEP_SPEEDS = 16 };

struct llmp_sweep_worker {
    const llmp_sweep *sweep;

    /* model and quant */
    bool has_pair;
    const llmp_model *model;
    const llmp_quant *quant;
    llmp_arch *arch;
    llmp_error arch_error; /* status LLMP_OK when there is an arch */

    /* and machine, engine, cache type, ubatch: the rows outer * inner_count onwards */
    bool has_scenario;
    uint64_t outer;
    const llmp_engine *engine;
    const llmp_backend *backend;
    const llmp_format *kv_k_format;
    const llmp_format *kv_v_format;
    llmp_error scenario_error;

    bool has_memory;
    uint64_t memory_outer;
    llmp_error memory_error;
    llmp_memory_model memory;

    llmp_memory_result plan;
    uint32_t speed_count; /* entries in use */
    uint32_t speed_next;  /* entry to replace */
    llmp__sweep_speed *speeds;
    llmp_error row_error;
};

llmp__sweep_place llmp__sweep_place_of(const llmp_sweep *sweep, uint64_t index);

#endif
