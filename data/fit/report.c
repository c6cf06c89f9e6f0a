/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/accuracy.md. */
#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 128, NAME_MAX_BYTES = 64, WORST = 20 };

#define LEFT_OUT offsetof(fit_row, log_device)

static bool in_cell(const fit_row *row, const void *cell)
{
    return ((const cell_info *)cell)->in(row);
}

static void write_cells(FILE *file, const fit_data *data)
{
    static const struct {
        const char *title;
        size_t offset;
    } views[] = {
        {"A device nobody measured (each device left out of the fit in turn)", LEFT_OUT},
        {"A model nobody measured (each model left out in turn)", offsetof(fit_row, log_model)},
        {"As shipped, on the rows it was fitted to", offsetof(fit_row, log_before)},
    };
    for (size_t v = 0; v < sizeof views / sizeof views[0]; v++) {
        fprintf(
            file,
            "### %s\n\n| cell | rows | devices | median | 9 of 10 | by device | covered | aim |\n"
            "|---|--:|--:|--:|--:|--:|--:|--:|\n",
            views[v].title);
        for (const cell_info *cell = cells; cell->name; cell++) {
            cell_errors e;
            measure(data, in_cell, cell, views[v].offset, &e);
            if (!e.rows) {
                fprintf(file, "| %s | 0 | | | | | | |\n", cell->name);
                continue;
            }
            fprintf(file, "| %s | %zu | %zu | %.1f %% | %.0f %% | %.1f %% | %.0f %% |", cell->name,
                    e.rows, e.devices, 100 * e.median, 100 * e.p90, 100 * e.balanced,
                    100 * e.coverage);
            if (cell->median > 0)
                fprintf(file, " %.0f / %.0f %% |\n", 100 * cell->median, 100 * cell->p90);
            else
                fputs(" |\n", file);
        }
        fputs("\n", file);
    }
}

/* --- groups -------------------------------------------------------------------------------------
 */

typedef void group_name(const fit_row *row, char *out, size_t size);

static void by_class(const fit_row *row, char *out, size_t size)
{
    const llmp_device *device = row->device;
    size_t at = device->class_count > 1 && strcmp(device->classes[0], device->head.id) == 0;
    snprintf(out, size, "%s", device->class_count ? device->classes[at] : device->head.id);
}

static void by_engine(const fit_row *row, char *out, size_t size)
{
    snprintf(out, size, "%s, %s", row->scenario->engine->head.name, row->scenario->backend->name);
}

static void by_quant(const fit_row *row, char *out, size_t size)
{
    snprintf(out, size, "%s", row->row->quant);
}

static void by_depth(const fit_row *row, char *out, size_t size)
{
    double depth = row->row->context_depth > 0 ? row->row->context_depth : 0;
    snprintf(out, size, "%s",
             depth < 1       ? "0"
             : depth < 4097  ? "1 to 4,096"
             : depth < 16385 ? "to 16,384"
             : depth < 32769 ? "to 32,768"
                             : "beyond 32,768");
}

static void by_batch(const fit_row *row, char *out, size_t size)
{
    snprintf(out, size, "%2u", row->scenario->batch);
}

static void by_devices(const fit_row *row, char *out, size_t size)
{
    snprintf(out, size, "%2u", row->scenario->machine.device_count);
}

static void by_architecture(const fit_row *row, char *out, size_t size)
{
    const llmp_arch_summary *summary = llmp_arch_summary_of(row->scenario->arch);
    bool experts = false, recurrent = false;
    for (uint32_t i = 0; i < summary->layer_count; i++) {
        const llmp_layer_cost *cost = llmp_arch_layer(row->scenario->arch, i);
        experts = experts || cost->experts > 0;
        recurrent = recurrent || (cost->work & LLMP_WORK_RECURRENT);
    }
    snprintf(out, size, "%s%s", recurrent ? "hybrid, " : "", experts ? "experts" : "dense");
}

static void by_driver(const fit_row *row, char *out, size_t size)
{
    snprintf(out, size, "%s", row->row->driver ? row->row->driver : "not stated");
}

enum { CHECKED_ROWS = 30, CHECKED_DEVICES = 5 };
static const double least_coverage = 0.65;

typedef struct group {
    group_name *name;
    const char *value;
    llmp_phase phase;
} group;

static bool in_group(const fit_row *row, const void *argument)
{
    const group *g = argument;
    char name[NAME_MAX_BYTES];
    g->name(row, name, sizeof name);
    return row->scenario->phase == g->phase && strcmp(name, g->value) == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

typedef struct coverage_tally {
    size_t groups, below;
    double least;
} coverage_tally;

static void tally_coverage(coverage_tally *coverage, const cell_errors *e)
{
    coverage->groups++;
    coverage->below += e->coverage < least_coverage;
    coverage->least = fmin(coverage->least, e->coverage);
}

static void write_groups(FILE *file, const fit_data *data, const char *title, group_name *name,
                         coverage_tally *coverage)
{
    static char names[GROUPS_MAX][NAME_MAX_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        char own[NAME_MAX_BYTES];
        name(&data->rows[i], own, sizeof own);
        size_t at = 0;
        while (at < count && strcmp(names[at], own) != 0)
            at++;
        if (at == count && count < GROUPS_MAX)
            snprintf(names[count++], NAME_MAX_BYTES, "%s", own);
    }
    qsort(names, count, sizeof names[0], compare_names);
    fprintf(file,
            "### %s\n\n| | decode: rows | devices | median | 9 of 10 | covered | prefill: rows | "
            "median | 9 of 10 | covered |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
            title);
    for (size_t i = 0; i < count; i++) {
        cell_errors e[2];
        for (int p = 0; p < 2; p++) {
            group g = {name, names[i], p ? LLMP_PHASE_PREFILL : LLMP_PHASE_DECODE};
            measure(data, in_group, &g, LEFT_OUT, &e[p]);
        }
        fprintf(file, "| %s |", names[i]);
        for (int p = 0; p < 2; p++)
            if (e[p].rows >= CHECKED_ROWS && e[p].devices >= CHECKED_DEVICES)
                tally_coverage(coverage, &e[p]);
        if (e[0].rows)
            fprintf(file, " %zu | %zu | %.1f %% | %.0f %% | %.0f %% |", e[0].rows, e[0].devices,
                    100 * e[0].median, 100 * e[0].p90, 100 * e[0].coverage);
        else
            fputs(" | | | | |", file);
        if (e[1].rows)
            fprintf(file, " %zu | %.1f %% | %.0f %% | %.0f %% |\n", e[1].rows, 100 * e[1].median,
                    100 * e[1].p90, 100 * e[1].coverage);
        else
            fputs(" | | | |\n", file);
    }
    fputs("\n", file);
}

/* --- comparison and outliers --------------------------------------------------------------------
 */

static double ours(const fit_row *row)
{
    return row->log_device;
}

static void write_rivals(FILE *file, const fit_data *data, const char *folder)
{
    static const struct {
        const char *name;
        double (*predict)(const fit_row *row);
    } rivals[] = {{"llmplan, device left out", ours},
                  {"0.55 x bandwidth / bytes read", rival_share},
                  {"bandwidth / bytes read", rival_roofline},
                  {"table by bits and vendor (whichllm)", rival_table}};
    enum { RIVALS = sizeof rivals / sizeof rivals[0] };
    error_series series[RIVALS];
    fputs("| formula | rows | median error | 9 of 10 |\n|---|--:|--:|--:|\n", file);
    for (size_t r = 0; r < RIVALS; r++) {
        series[r] = (error_series){rivals[r].name, malloc(data->row_count * sizeof(double)), 0};
        if (!series[r].errors)
            die("out of memory");
        for (size_t i = 0; i < data->row_count; i++) {
            const fit_row *row = &data->rows[i];
            if (row->scenario->phase != LLMP_PHASE_DECODE || row->scenario->batch > 1 ||
                row->scenario->machine.device_count > 1)
                continue;
            series[r].errors[series[r].count++] =
                fabs(exp(rivals[r].predict(row) - row->log_measured) - 1);
        }
        double median = median_of(series[r].errors, series[r].count);
        fprintf(file, "| %s | %zu | %.1f %% | %.0f %% |\n", series[r].name, series[r].count,
                100 * median, 100 * quantile_of(series[r].errors, series[r].count, 0.9));
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/img/accuracy-errors.svg", folder);
    plot_errors(series, RIVALS, path);
    for (size_t r = 0; r < RIVALS; r++)
        free(series[r].errors);
}

static int compare_worst(const void *a, const void *b)
{
    const fit_row *const *x = a, *const *y = b;
    double left = fabs((*x)->log_before - (*x)->log_measured);
    double right = fabs((*y)->log_before - (*y)->log_measured);
    return (left < right) - (left > right);
}

static void write_worst(FILE *file, const fit_data *data)
{
    const fit_row **order = malloc(data->row_count * sizeof *order);
    if (!order)
        die("out of memory");
    for (size_t i = 0; i < data->row_count; i++)
        order[i] = &data->rows[i];
    qsort(order, data->row_count, sizeof *order, compare_worst);
    fputs("| row | what | measured | predicted | known of it |\n|---|---|--:|--:|---|\n", file);
    for (size_t i = 0; i < WORST && i < data->row_count; i++) {
        const fit_row *row = order[i];
        fprintf(file, "| %s | %g x %s, %s %s, %s, depth %g, batch %u | %.4g | %.4g | %s |\n",
                row->row->id, (double)row->scenario->machine.device_count, row->device->head.id,
                row->scenario->model->head.id, row->row->quant,
                llmp_phase_name(row->scenario->phase),
                row->row->context_depth > 0 ? row->row->context_depth : 0, row->scenario->batch,
                row->row->tokens_per_s, exp(row->log_before), row->excluded ? row->excluded : "");
    }
    free(order);
}

static void write_models(FILE *file, const fit_data *data)
{
    fputs("| engine, backend | rows | devices and classes | effects |\n|---|--:|--:|--:|\n", file);
    for (int s = 0; s < data->system_count; s++) {
        const fit_system *system = &data->systems[s];
        if (system->node_count)
            fprintf(file, "| %s, %s | %d | %d | %d |\n", system->engine, system->backend,
                    system->nodes[0].rows, system->node_count, system->effect_count);
    }
}

void write_report(const fit_data *data, const char *folder, const char *const *inputs,
                  size_t input_count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/accuracy.md", folder);
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write %s", path);
    size_t excluded = 0;
    for (size_t i = 0; i < data->row_count; i++)
        excluded += data->rows[i].excluded != NULL;
    fprintf(file,
            "# Accuracy\n\nWritten by `./dev accuracy`; do not edit.\n\n"
            "%zu measured speeds, %zu refused. Errors are |predicted/measured - 1| of the p50: the "
            "median, what nine rows of ten stay within, and the median when each device weighs the "
            "same. *Covered* is the share of rows within p10 to p90, meant to be 80 %%. %zu rows "
            "are reported but not fitted, each with its reason in `data/fit/exclusions.csv`.\n\n"
            "Repeats of one configuration differ from their own median by 3.9 %% in decode (nine "
            "of ten: 13 %%) and by 15 %% in prefill (55 %%): no model gets below that.\n\n"
            "What calibration on a machine adds, against a real llama.cpp: "
            "[engine-proof.md](engine-proof.md).\n\n"
            "## What to expect\n\n",
            data->row_count, data->refused, excluded);
    write_cells(file, data);
    fputs("![predicted against measured](img/accuracy-scatter.svg)\n\n", file);
    char plot[4096];
    snprintf(plot, sizeof plot, "%s/img/accuracy-scatter.svg", folder);
    plot_scatter(data, plot);
    fputs("## Against simpler formulas\n\nDecode of one sequence on one device, the same rows; "
          "ours with the device left out of the fit, theirs as published.\n\n",
          file);
    write_rivals(file, data, folder);
    fputs("\n![share of rows within an error](img/accuracy-errors.svg)\n\n"
          "## By group\n\nEach device left out of the fit in turn.\n\n",
          file);
    coverage_tally coverage = {.least = 1};
    write_groups(file, data, "Class of device", by_class, &coverage);
    write_groups(file, data, "Engine and backend", by_engine, &coverage);
    write_groups(file, data, "Driver", by_driver, &coverage);
    write_groups(file, data, "Quantisation", by_quant, &coverage);
    write_groups(file, data, "Depth", by_depth, &coverage);
    write_groups(file, data, "Batch", by_batch, &coverage);
    write_groups(file, data, "Devices together", by_devices, &coverage);
    write_groups(file, data, "Architecture", by_architecture, &coverage);
    fprintf(file,
            "Of %zu groups above of at least %d rows and %d devices, %zu are covered less than "
            "%.0f %%; the least covered is so to %.0f %%.\n\n",
            coverage.groups, CHECKED_ROWS, CHECKED_DEVICES, coverage.below, 100 * least_coverage,
            100 * coverage.least);
    fputs("## Furthest off\n\nNothing is deleted: these rows count in every table above.\n\n",
          file);
    write_worst(file, data);
    fputs("\n## What the fit consists of\n\nEffects are drawn towards the next wider class, so "
          "most carry little of their own; see `data/fit/README.md`.\n\n",
          file);
    write_models(file, data);
    fputs("\n## What the classes rest on\n\n", file);
    write_support(file, data);
    fputs("- Three devices (Strix Halo, GB10, M2 Ultra) hold half of the rows. Leaving one of them "
          "out leaves hardly anything of its kind, so row medians of that view are pessimistic for "
          "an ordinary card; the medians by device are not.\n"
          "- Batches of 2 to 32 were measured on two devices in llama.cpp. Leaving one out leaves "
          "the other, of another maker and backend, and its own backend without any batch: what "
          "is left are priors. One of five models in GB10's batches is a hybrid whose states "
          "only GB10 shows.\n"
          "- Most devices have only Llama 2 7B. Leaving that model out leaves them without a row; "
          "the error by device of that view is one of unmeasured devices and models at once.\n"
          "- Nearly two thirds of the several-device rows are three computers: four RTX 3090, "
          "power limited, and four and eight RTX PRO 6000. Layer split, which leaves the "
          "speed of one sequence as it is, is predicted within 17 % on the six computers with "
          "GeForce or workstation cards.\n"
          "- ExLlamaV3 was measured with one model on one computer: either view leaves priors.\n"
          "- CPU and offload rows come from three processors and three computers that keep "
          "experts on the host. The two processors with depths differ four-fold in what their "
          "attention reaches of their arithmetic, one of them being a virtual machine. What "
          "switching flash attention off does is known of one of them alone. The share of the "
          "bandwidth at which ik_llama.cpp gathers experts is from the same three computers that "
          "it is judged on.\n"
          "- On Strix Halo under Vulkan and ROCm the same model, quant and depth differ by up to "
          "four times between builds and between drivers.\n"
          "- Before they were fitted, the 202 rows added in November 2026 were a blind test of the "
          "profiles of the day: decode in llama.cpp, one device, 5.4 % (nine of ten 14 %) on 23 "
          "devices, prefill 6.3 % (55 %) on 19.\n\n## Inputs\n\n",
          file);
    for (size_t i = 0; i < input_count; i++)
        fprintf(file, "- `%s` %016llx\n", inputs[i], (unsigned long long)file_sum(inputs[i]));
    if (fclose(file) != 0)
        die("cannot write %s", path);
}
