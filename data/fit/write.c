/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitted effects as profile records. */
#include "fit.h"

#include "doc/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char header[] = "# SPDX-License-Identifier: GPL-3.0-or-later\n"
                             "# Written by ./dev fit from data/measured and data/fit/priors.csv; "
                             "do not edit.\n"
                             "profiles:\n";
static const double least_effect = 0.01;

static void write_number(FILE *file, const char *key, double value)
{
    fprintf(file, "    %s: %.4g\n", key, value);
}

static void write_formats(FILE *file, const fit_system *system)
{
    if (system->format_count)
        fputs("    formats:\n", file);
    for (int k = 0; k < system->format_count; k++)
        fprintf(file, "      - {format: %s, compute_factor: %.4g}\n", system->formats[k]->head.id,
                exp(system->value[system->format_effect[k]]));
}

static void write_base(FILE *file, const fit_data *data, const fit_system *system)
{
    write_number(file, "norm_p", system->base.norm_p);
    if (system->base.cache_split_tokens > 0) {
        write_number(file, "cache_split_us", 1e6 * system->base.cache_split_s);
        write_number(file, "cache_split_tokens", system->base.cache_split_tokens);
    }
    if (system->base.kv_free_row_bytes > 0)
        write_number(file, "kv_free_row_bytes", system->base.kv_free_row_bytes);
    if (system->base.expert_bandwidth_factor > 0)
        write_number(file, "expert_bandwidth_factor", system->base.expert_bandwidth_factor);
    fprintf(file, "    build_year: %.1f\n", system->base.build_year);
    static const char *const situations[SITUATIONS] = {"batch",  "deep",  "attention",    "mixed",
                                                       "hybrid", "split", "prefill_split"};
    for (int k = 0; k < SITUATIONS; k++)
        if (k != SITUATION_ATTENTION || on_processor(system))
            fprintf(file, "    sigma_%s_factor: %.4g\n", situations[k], data->situation_factor[k]);
    write_formats(file, system);
    if (!system->driver_count)
        return;
    static const char *const keys[FACTOR_COUNT] = {"bandwidth_factor", "kv_factor", "layer_factor",
                                                   "compute_factor", "moe_compute_factor"};
    fputs("    drivers:\n", file);
    for (int d = 0; d < system->driver_count; d++) {
        fprintf(file, "      - {id: %s", system->drivers[d]);
        for (int f = 0; f < FACTOR_COUNT; f++)
            fprintf(file, ", %s: %.4g", keys[f], exp(system->value[system->driver_effect[d][f]]));
        fputs("}\n", file);
    }
}

static bool differs(int p, const double *own, const double *parent)
{
    return !parent || fabs(own[p] - parent[p]) > least_effect;
}

static void write_record_head(FILE *file, const fit_system *system, const char *name)
{
    fprintf(file, "  - id: %s-%s-%s\n    name: %s %s on %s\n", system->engine, system->backend,
            name, system->engine, system->backend, name);
    fprintf(file, "    engine: %s\n    backend: %s\n    device_class: %s\n", system->engine,
            system->backend, name);
}

static void write_structure(FILE *file, const llmp__csv *priors, const fit_system *system,
                            const char *class, bool numbers)
{
    for (size_t i = 0; i < priors->row_count; i++) {
        const char *const *cell = &priors->cells[i * priors->column_count];
        if (strcmp(cell[0], system->engine) != 0 || strcmp(cell[1], system->backend) != 0 ||
            strcmp(cell[2], class) != 0)
            continue;
        bool number = cell[4][0] >= '0' && cell[4][0] <= '9';
        if (number == numbers || !number)
            fprintf(file, "    %s: %s\n", cell[3], cell[4]);
    }
}

static void write_node(FILE *file, const fit_data *data, const llmp__csv *priors, int s, int n)
{
    const fit_system *system = &data->systems[s];
    const fit_node *node = &system->nodes[n];
    double own[PARAM_COUNT], parent[PARAM_COUNT];
    node_values(system, n, own);
    if (node->parent >= 0)
        node_values(system, node->parent, parent);
    const double *above = node->parent >= 0 ? parent : NULL;
    write_record_head(file, system, node->name);
    write_structure(file, priors, system, node->name, false);
    for (int p = 0; p < PARAM_COUNT; p++)
        if (params[p].key && !isnan(own[p]) && differs(p, own, above))
            write_number(file, params[p].key, to_value(params[p].scale, own[p]));
    if (node->parent < 0)
        write_base(file, data, system);
    write_number(file, "sigma_decode", node_sigma(data, s, n, LLMP_PHASE_DECODE));
    write_number(file, "sigma_prefill", node_sigma(data, s, n, LLMP_PHASE_PREFILL));
    fprintf(file,
            "    samples: %d\n    as_of: 2026-11\n    source: data/measured, fitted\n"
            "    grade: derived\n\n",
            node->rows);
}

static bool of_system(const char *const *cell, const fit_system *system)
{
    return strcmp(cell[0], system->engine) == 0 && strcmp(cell[1], system->backend) == 0;
}

/* Appends classes that nobody measured but of which something is known. */
static int unmeasured(const fit_system *system, const llmp__csv *priors, const char **names,
                      int count)
{
    for (size_t i = 0; i < priors->row_count; i++) {
        const char *const *cell = &priors->cells[i * priors->column_count];
        bool known = !of_system(cell, system);
        for (int n = 0; n < system->node_count; n++)
            known = known || strcmp(system->nodes[n].name, cell[2]) == 0;
        for (int n = 0; n < count; n++)
            known = known || strcmp(names[n], cell[2]) == 0;
        if (!known && count < 2 * NODES_MAX)
            names[count++] = cell[2];
    }
    return count;
}

static const char *reason_of(const llmp__csv *priors, const fit_system *system, const char *class)
{
    for (size_t i = 0; i < priors->row_count; i++) {
        const char *const *cell = &priors->cells[i * priors->column_count];
        if (of_system(cell, system) && strcmp(cell[2], class) == 0 && *cell[6])
            return cell[6];
    }
    return "prior";
}

static FILE *open_profiles(const char *directory, const char *engine, const char *backend)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/profiles-%s-%s.yaml", directory, engine, backend);
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write %s", path);
    fputs(header, file);
    return file;
}

/* Engines with the kernels of another: a profile for each of its classes. */
static const struct {
    const char *engine, *name, *like;
    const char *backends;
} followers[] = {{"ollama", "Ollama", "llama.cpp", "cuda metal rocm vulkan"},
                 {"ik_llama.cpp", "ik_llama.cpp", "llama.cpp", "cuda"}};

static void write_follower(const fit_system *system, const llmp__csv *priors, size_t follower,
                           const char *directory)
{
    const char *engine = followers[follower].engine;
    FILE *file = open_profiles(directory, engine, system->backend);
    const char *names[2 * NODES_MAX];
    int count = 0;
    for (int n = 0; n < system->node_count; n++)
        names[count++] = system->nodes[n].name;
    count = unmeasured(system, priors, names, count);
    for (int i = 0; i < count; i++)
        fprintf(file,
                "  - id: %s-%s-%s\n    name: %s %s on %s\n    engine: %s\n    backend: %s\n"
                "    device_class: %s\n    like: %s-%s-%s\n    as_of: 2026-11\n"
                "    source: as %s on the same devices\n    grade: estimate\n\n",
                engine, system->backend, names[i], followers[follower].name, system->backend,
                names[i], engine, system->backend, names[i], system->engine, system->backend,
                names[i], system->engine);
    if (fclose(file) != 0)
        die("cannot write the profiles of %s", engine);
}

void write_profiles(fit_data *data, const llmp__csv *priors, const char *directory)
{
    for (int s = 0; s < data->system_count; s++) {
        const fit_system *system = &data->systems[s];
        if (!system->node_count)
            continue;
        FILE *file = open_profiles(directory, system->engine, system->backend);
        for (int n = 0; n < system->node_count; n++)
            write_node(file, data, priors, s, n);
        const char *names[2 * NODES_MAX];
        int count = unmeasured(system, priors, names, 0);
        for (int i = 0; i < count; i++) {
            write_record_head(file, system, names[i]);
            write_structure(file, priors, system, names[i], true);
            fprintf(file, "    as_of: 2026-11\n    source: %s\n    grade: estimate\n\n",
                    reason_of(priors, system, names[i]));
        }
        if (fclose(file) != 0)
            die("cannot write the profiles of %s", system->engine);
        for (size_t f = 0; f < sizeof followers / sizeof followers[0]; f++)
            if (strcmp(followers[f].like, system->engine) == 0 &&
                strstr(followers[f].backends, system->backend))
                write_follower(system, priors, f, directory);
    }
}
