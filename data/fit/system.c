/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Engines on backends: their classes of devices, and which effects they have. */
#include "fit.h"

#include "base/file.h"
#include "base/names.h"
#include "doc/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRIORS_BYTES_MAX = 1 << 20 };
static const double driver_width = 0.3;

static fit_system *system_of(fit_data *data, const char *engine, const char *backend)
{
    for (int i = 0; i < data->system_count; i++)
        if (strcmp(data->systems[i].engine, engine) == 0 &&
            strcmp(data->systems[i].backend, backend) == 0)
            return &data->systems[i];
    return NULL;
}

static void set_prior(fit_system *system, const char *key, double value, double spread)
{
    for (int p = 0; p < PARAM_COUNT; p++)
        if (params[p].key && strcmp(params[p].key, key) == 0) {
            system->prior[p] = to_scale(params[p].scale, value);
            system->spread[p] = spread;
            return;
        }
    if (strcmp(key, "format_compute_factor") == 0)
        system->format_spread = spread;
    else if (strcmp(key, "norm_p") == 0)
        system->base.norm_p = value;
    else if (strcmp(key, "cache_split_us") == 0)
        system->base.cache_split_s = value * 1e-6;
    else if (strcmp(key, "cache_split_tokens") == 0)
        system->base.cache_split_tokens = value;
    else if (strcmp(key, "kv_free_row_bytes") == 0)
        system->base.kv_free_row_bytes = value;
    else if (strcmp(key, "expert_bandwidth_factor") == 0)
        system->base.expert_bandwidth_factor = value;
    else if (strcmp(key, "build_year") == 0)
        system->base.build_year = value;
    else
        die("priors: unknown parameter %s", key);
}

void read_priors(fit_data *data, const char *path, llmp__csv *csv)
{
    char *text;
    size_t size;
    if (llmp__file_read(path, PRIORS_BYTES_MAX, &text, &size, &data->error) != LLMP_OK ||
        llmp__csv_parse(text, size, path, &data->arena, csv, &data->error) != LLMP_OK)
        die("%s", data->error.message);
    free(text);
    for (size_t i = 0; i < csv->row_count; i++) {
        const char *const *cell = &csv->cells[i * csv->column_count];
        const char *engine = cell[0], *backend = cell[1], *class = cell[2];
        fit_system *system = system_of(data, engine, backend);
        if (!system) {
            if (data->system_count == SYSTEMS_MAX)
                die("priors: more than %d engines and backends", SYSTEMS_MAX);
            system = &data->systems[data->system_count++];
            *system = (fit_system){.engine = engine, .backend = backend, .root = class};
            for (int p = 0; p < PARAM_COUNT; p++)
                system->prior[p] = (double)NAN;
            system->prior[PARAM_COMPUTE] = 0;
        }
        if (strcmp(class, system->root) == 0 && cell[4][0] >= '-' && cell[4][0] <= '9')
            set_prior(system, cell[3], strtod(cell[4], NULL), strtod(cell[5], NULL));
    }
}

static const char *const width_names[] = {"class_bandwidths",  "class_times",  "class_compute",
                                          "device_bandwidths", "device_times", "device_compute"};

static double *width_at(fit_widths *widths, int i)
{
    return i < FAMILY_COUNT ? &widths->of_class[i] : &widths->of_device[i - FAMILY_COUNT];
}

void read_widths(fit_data *data, const char *path)
{
    char *text;
    size_t size;
    llmp__csv csv;
    if (llmp__file_read(path, PRIORS_BYTES_MAX, &text, &size, &data->error) != LLMP_OK ||
        llmp__csv_parse(text, size, path, &data->arena, &csv, &data->error) != LLMP_OK)
        die("%s", data->error.message);
    free(text);
    for (int i = 0; i < 2 * FAMILY_COUNT; i++) {
        *width_at(&data->widths, i) = 1;
        for (size_t r = 0; r < csv.row_count; r++)
            if (strcmp(llmp__csv_cell(&csv, r, 0), width_names[i]) == 0)
                *width_at(&data->widths, i) = strtod(llmp__csv_cell(&csv, r, 1), NULL);
    }
}

void write_widths(const fit_data *data, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write %s", path);
    fputs("effects_of,factor\n", file);
    fit_widths widths = data->widths;
    for (int i = 0; i < 2 * FAMILY_COUNT; i++)
        fprintf(file, "%s,%.4g\n", width_names[i], *width_at(&widths, i));
    if (fclose(file) != 0)
        die("cannot write %s", path);
}

/* --- classes ------------------------------------------------------------------------------------
 */

static int node_at(fit_system *system, const char *name)
{
    for (int i = 0; i < system->node_count; i++)
        if (strcmp(system->nodes[i].name, name) == 0)
            return i;
    return -1;
}

static int add_node(fit_system *system, const char *name, const fit_row *row)
{
    int at = node_at(system, name);
    if (at < 0) {
        if (system->node_count == NODES_MAX)
            die("%s %s: more than %d classes", system->engine, system->backend, NODES_MAX);
        at = system->node_count++;
        system->nodes[at] = (fit_node){.name = name, .parent = -1, .first = row->device->head.id};
    }
    system->nodes[at].rows++;
    system->nodes[at].decode_rows += row->scenario->phase == LLMP_PHASE_DECODE;
    return at;
}

static bool in_class(const llmp_device *device, const char *class)
{
    for (size_t k = 0; k < device->class_count; k++)
        if (strcmp(device->classes[k], class) == 0)
            return true;
    return strcmp(device->head.id, class) == 0;
}

/* Measured devices that are in both classes. */
static int devices_in(const fit_data *data, int system, const char *class, const char *other)
{
    const llmp_device *seen[NODES_MAX];
    int count = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        const llmp_device *device = data->rows[i].device;
        if (data->rows[i].system != system || !in_class(device, class) || !in_class(device, other))
            continue;
        int at = 0;
        while (at < count && seen[at] != device)
            at++;
        if (at == count && count < NODES_MAX)
            seen[count++] = device;
    }
    return count;
}

/*
 * Root first. Classes that do not contain the narrower ones are left out (a chip of two dies is
 * also of a generation). Of classes with the same measured devices the widest stands for all, so
 * that its relatives without measurements inherit; a device that is alone in its class is the
 * class.
 */
static void set_chain(fit_data *data, fit_row *row)
{
    fit_system *system = &data->systems[row->system];
    const llmp_device *device = row->device;
    const char *names[CHAIN_MAX] = {device->head.id};
    int count = 1, below = 1;
    for (size_t k = 0; k < device->class_count && count < CHAIN_MAX; k++) {
        const char *class = device->classes[k];
        bool is_root = strcmp(class, system->root) == 0;
        int devices = devices_in(data, row->system, class, class);
        bool contains = devices_in(data, row->system, class, names[count - 1]) == below;
        if (is_root || (contains && devices > below)) {
            if (is_root && devices == below && count > 1)
                count--;
            names[count++] = class;
            below = devices;
        } else if (contains && devices == below) {
            names[count - 1] = class;
        }
        if (is_root)
            break;
    }
    row->chain_count = count;
    for (int i = 0; i < count; i++)
        row->chain[i] = add_node(system, names[count - 1 - i], row);
    for (int i = 1; i < count; i++)
        system->nodes[row->chain[i]].parent = row->chain[i - 1];
    system->nodes[row->chain[count - 1]].is_device =
        names[0] == device->head.id || strcmp(names[0], device->head.id) == 0;
}

/* Names of drivers up to the first digit group: rocm7.1.1 and rocm7.2 are one. */
static void set_driver(fit_data *data, fit_row *row)
{
    fit_system *system = &data->systems[row->system];
    const char *name = row->row->driver;
    if (!name || strcmp(name, "radv") == 0)
        return;
    size_t length = strcspn(name, "._");
    for (int i = 0; i < system->driver_count; i++)
        if (strlen(system->drivers[i]) == length &&
            strncmp(system->drivers[i], name, length) == 0) {
            row->driver = i;
            return;
        }
    if (system->driver_count == DRIVERS_MAX)
        die("more than %d drivers", DRIVERS_MAX);
    row->driver = system->driver_count++;
    snprintf(system->drivers[row->driver], sizeof system->drivers[0], "%.*s", (int)length, name);
}

static void set_formats(fit_data *data, fit_row *row)
{
    fit_system *system = &data->systems[row->system];
    for (int part = 0; system->format_spread > 0 && part < LLMP_PART_COUNT; part++) {
        const llmp_format_mix *mix = &row->scenario->speed.mixes[part];
        for (uint32_t i = 0; i < mix->count; i++) {
            int at = 0;
            while (at < system->format_count && system->formats[at] != mix->formats[i])
                at++;
            if (at < system->format_count || !has_format(row, mix->formats[i]))
                continue;
            if (system->format_count == FORMATS_MAX)
                die("more than %d formats", FORMATS_MAX);
            system->formats[system->format_count++] = mix->formats[i];
        }
    }
}

static int add_effect(fit_system *system)
{
    if (system->effect_count == EFFECTS_MAX)
        die("%s %s: more than %d effects", system->engine, system->backend, EFFECTS_MAX);
    return system->effect_count++;
}

void set_widths(fit_data *data, fit_system *system)
{
    for (int p = 0; p < PARAM_COUNT; p++)
        for (int n = 0; n < system->node_count; n++) {
            int at = system->effect[p][n];
            if (at < 0)
                continue;
            const fit_node *node = &system->nodes[n];
            system->width[at] =
                node->parent < 0 ? system->spread[p]
                : node->is_device
                    ? params[p].device_width * data->widths.of_device[params[p].family]
                    : params[p].class_width * data->widths.of_class[params[p].family];
        }
    for (int d = 0; d < system->driver_count; d++)
        for (int f = 0; f < FACTOR_COUNT; f++)
            system->width[system->driver_effect[d][f]] = driver_width;
    for (int k = 0; k < system->format_count; k++)
        system->width[system->format_effect[k]] = system->format_spread;
}

static void set_effects(fit_data *data, fit_system *system)
{
    for (int p = 0; p < PARAM_COUNT; p++)
        for (int n = 0; n < system->node_count; n++) {
            const fit_node *node = &system->nodes[n];
            double width = node->parent < 0  ? system->spread[p]
                           : node->is_device ? params[p].device_width
                                             : params[p].class_width;
            bool used = width > 0 && !isnan(system->prior[p]);
            system->effect[p][n] = used ? add_effect(system) : -1;
        }
    for (int d = 0; d < system->driver_count; d++)
        for (int f = 0; f < FACTOR_COUNT; f++)
            system->driver_effect[d][f] = add_effect(system);
    for (int k = 0; k < system->format_count; k++)
        system->format_effect[k] = add_effect(system);
    set_widths(data, system);
}

void build_systems(fit_data *data)
{
    for (size_t i = 0; i < data->row_count; i++) {
        fit_row *row = &data->rows[i];
        const char *backend = row->scenario->backend->id;
        fit_system *system = system_of(data, row->scenario->engine->head.id, backend);
        row->system = system ? (int)(system - data->systems) : -1;
    }
    for (size_t i = 0; i < data->row_count; i++)
        if (data->rows[i].system >= 0) {
            set_chain(data, &data->rows[i]);
            set_driver(data, &data->rows[i]);
            set_formats(data, &data->rows[i]);
        }
    for (int s = 0; s < data->system_count; s++) {
        if (!data->systems[s].node_count)
            continue;
        set_effects(data, &data->systems[s]);
    }
}
