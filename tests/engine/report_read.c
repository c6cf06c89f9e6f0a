/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *what, const char *detail)
{
    fprintf(stderr, "engine_report: %s: %s\n", what, detail);
    exit(1);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(const double *values, size_t count)
{
    double sorted[CASES_MAX];
    if (count == 0 || count > CASES_MAX) {
        return 0;
    }
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, ascending);
    return count % 2 ? sorted[count / 2] : 0.5 * (sorted[count / 2 - 1] + sorted[count / 2]);
}

/* shape,quant,phase,depth,batch,tokens,wall_s,processor_s */
size_t read_cases(const char *path, unsigned threads, engine_case *out, size_t *left_out,
                  size_t *lines)
{
    char line[256];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        die(path, "cannot be read");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        engine_case one = {.rounds = 0};
        char phase[16];
        double wall, processor;
        if (sscanf(line, "%63[^,],%63[^,],%15[^,],%lf,%u,%lf,%lf,%lf", one.shape, one.quant, phase,
                   &one.depth, &one.batch, &one.tokens, &wall, &processor) != 8) {
            continue;
        }
        ++*lines;
        if (processor / wall / threads < LEAST_SHARE) {
            ++*left_out;
            continue;
        }
        one.prefill = strcmp(phase, "prefill") == 0;
        size_t i = 0;
        while (i < count &&
               (strcmp(out[i].shape, one.shape) != 0 || strcmp(out[i].quant, one.quant) != 0 ||
                out[i].prefill != one.prefill || out[i].batch != one.batch ||
                out[i].depth > one.depth || out[i].depth < one.depth)) {
            i++;
        }
        if (i == CASES_MAX) {
            die(path, "too many configurations");
        }
        if (i == count) {
            out[count++] = one;
        }
        if (out[i].rounds < ROUNDS_MAX) {
            out[i].share[out[i].rounds] = processor / wall / threads;
            out[i].wall_s[out[i].rounds++] = wall;
        }
    }
    fclose(file);
    return count;
}

/* "load_tensors:   CPU_Mapped model buffer size =    70.45 MiB" */
static double size_after(const char *line, const char *what)
{
    const char *at = strstr(line, what);
    at = at == NULL ? NULL : strchr(at, '=');
    return at == NULL ? 0 : strtod(at + 1, NULL);
}

/* shape,quant,LINE of llama_run memory */
size_t read_memory(const char *path, engine_memory *out)
{
    char line[512];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        die(path, "cannot be read");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        char shape[NAME_SIZE], quant[NAME_SIZE];
        int used = 0;
        if (sscanf(line, "%63[^,],%63[^,],%n", shape, quant, &used) != 2 || used == 0) {
            continue;
        }
        size_t i = 0;
        while (i < count &&
               (strcmp(out[i].shape, shape) != 0 || strcmp(out[i].quant, quant) != 0)) {
            i++;
        }
        if (i == FILES_MAX) {
            die(path, "too many files");
        }
        engine_memory *m = &out[i];
        if (i == count) {
            *m = (engine_memory){.kv_mib = 0};
            memcpy(m->shape, shape, sizeof shape);
            memcpy(m->quant, quant, sizeof quant);
            count++;
        }
        const char *rest = line + used;
        m->kv_mib += size_after(rest, "KV buffer size");
        m->compute_mib += size_after(rest, "compute buffer size");
        m->output_mib += size_after(rest, "output buffer size");
        m->mapped_mib += size_after(rest, "CPU_Mapped model buffer size");
        m->repack_mib += size_after(rest, "CPU_REPACK model buffer size");
        (void)sscanf(rest, "resident_kib,%lf", &m->resident_kib);
        (void)sscanf(rest, "resident_file_kib,%lf", &m->resident_file_kib);
    }
    fclose(file);
    return count;
}
