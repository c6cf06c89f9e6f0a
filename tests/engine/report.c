/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine_report SPEED.csv MEMORY.csv MODELS DEVICE THREADS NAME=OVERLAY.yaml...: Markdown of what
 * the engine did against what each overlay predicts; NAME alone is the catalog without one.
 */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static engine_case cases[CASES_MAX];
static engine_memory files[FILES_MAX];

static void parse_machine(const llmp_catalog *catalog, const char *device, llmp_machine *out)
{
    static llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_error error = LLMP_ERROR_INIT;
    size_t count = 0;
    if (llmp_machine_parse(catalog, device, machines, &count, NULL, &error) != LLMP_OK) {
        die(device, error.message);
    }
    *out = machines[0];
}

/* Steps were timed at positions depth + 1 .. depth + 12. */
static const double mean_step = 6.5;

static void predict(const llmp_catalog *catalog, const llmp_machine *machine, const char *folder,
                    engine_case *all, size_t count, size_t column)
{
    static llmp_memory_model memory;
    static llmp_memory_result plan;
    static llmp_speed_model speed;
    llmp_error error = LLMP_ERROR_INIT;
    for (size_t i = 0; i < count; i++) {
        engine_case *c = &all[i];
        llmp_import *import = NULL;
        llmp_arch *arch = NULL;
        open_model(catalog, machine, folder, c->shape, c->quant, c->batch, 0, &import, &arch,
                   &memory, &plan);
        llmp_status status = llmp_speed_prepare(catalog, &memory, &plan, &speed, &error);
        llmp_estimate rate = {0};
        if (status == LLMP_OK && c->prefill) {
            llmp_prefill_result prefill;
            status = llmp_speed_prefill(&speed, c->tokens, c->depth, 1, NULL, &prefill, &error);
            rate = prefill.tokens_per_s;
        } else if (status == LLMP_OK) {
            llmp_decode_result decode;
            status =
                llmp_speed_decode(&speed, c->depth + mean_step, c->batch, NULL, &decode, &error);
            rate = decode.tokens_per_s;
        }
        if (status != LLMP_OK) {
            die(c->shape, error.message);
        }
        c->predicted_s[column] = c->tokens / rate.p50;
        c->p10_s[column] = c->tokens / rate.p90;
        c->p90_s[column] = c->tokens / rate.p10;
        llmp_arch_destroy(&arch);
        llmp_import_destroy(&import);
    }
}

/* --- summaries ----------------------------------------------------------------------------------
 */

typedef bool filter(const engine_case *c, const void *argument);

static bool is_decode(const engine_case *c, const void *none)
{
    (void)none;
    return !c->prefill;
}

static bool is_prefill(const engine_case *c, const void *none)
{
    (void)none;
    return c->prefill;
}

typedef struct point {
    double depth;
    uint32_t batch;
} point;

static bool at_point(const engine_case *c, const void *argument)
{
    const point *p = argument;
    return !c->prefill && c->batch == p->batch && !(c->depth < p->depth) && !(c->depth > p->depth);
}

static bool of_shape(const engine_case *c, const void *shape)
{
    return !c->prefill && strcmp(c->shape, shape) == 0;
}

static bool prefill_of_shape(const engine_case *c, const void *shape)
{
    return c->prefill && strcmp(c->shape, shape) == 0;
}

static bool of_quant(const engine_case *c, const void *quant)
{
    return !c->prefill && strcmp(c->quant, quant) == 0;
}

/* As rates: |predicted / measured - 1|. */
static double error_of(const engine_case *c, size_t column)
{
    return fabs(median(c->wall_s, c->rounds) / c->predicted_s[column] - 1);
}

static void line(const char *name, size_t count, size_t columns, filter *in, const void *argument)
{
    static double errors[CASES_MAX], noise[CASES_MAX * 2];
    size_t n = 0, noises = 0;
    for (size_t i = 0; i < count; i++) {
        const engine_case *c = &cases[i];
        if (!in(c, argument)) {
            continue;
        }
        n++;
        /* the same configuration again: one round against the median of all the others */
        for (size_t r = 0; r < c->rounds && c->rounds > 2 && noises < CASES_MAX; r++) {
            double others[ROUNDS_MAX];
            size_t k = 0;
            for (size_t o = 0; o < c->rounds; o++) {
                if (o != r) {
                    others[k++] = c->wall_s[o];
                }
            }
            noise[noises++] = fabs(c->wall_s[r] / median(others, k) - 1);
        }
    }
    if (n == 0) {
        return;
    }
    printf("| %s | %zu | %.1f %% |", name, n, 100 * median(noise, noises));
    for (size_t k = 0; k < columns; k++) {
        double bias[CASES_MAX];
        size_t m = 0, covered = 0;
        for (size_t i = 0; i < count; i++) {
            const engine_case *c = &cases[i];
            if (!in(c, argument)) {
                continue;
            }
            double measured = median(c->wall_s, c->rounds);
            bias[m] = measured / c->predicted_s[k] - 1;
            errors[m++] = error_of(c, k);
            covered += c->p10_s[k] <= measured && measured <= c->p90_s[k];
        }
        printf(" %.1f %% (%+.1f %%, %.0f %%) |", 100 * median(errors, m), 100 * median(bias, m),
               100.0 * (double)covered / (double)m);
    }
    printf("\n");
}

static void header(const char *what, char **names, size_t columns)
{
    printf("\n| %s | configurations | noise |", what);
    for (size_t k = 0; k < columns; k++) {
        printf(" %.*s |", (int)strcspn(names[k], "="), names[k]);
    }
    printf("\n|---|---|---|");
    for (size_t k = 0; k < columns; k++) {
        printf("---|");
    }
    printf("\n");
}

static bool first_of(size_t i, size_t offset)
{
    const char *name = (const char *)&cases[i] + offset;
    for (size_t k = 0; k < i; k++) {
        if (strcmp((const char *)&cases[k] + offset, name) == 0) {
            return false;
        }
    }
    return true;
}

static void summaries(size_t count, char **names, size_t columns)
{
    static const point points[] = {{0, 1}, {512, 1}, {2048, 1}, {0, 4}, {512, 4}, {2048, 4}};
    char text[96];
    printf(
        "\n## Speed\n\nMedian of |predicted / measured - 1|; in brackets the median of predicted "
        "/ measured - 1 and the share of configurations within the predicted 80 %% interval. "
        "Noise is the median difference of one round from the median of the others.\n");
    header("", names, columns);
    line("decode, all", count, columns, is_decode, NULL);
    line("prefill of 512, all", count, columns, is_prefill, NULL);
    header("decode by depth and batch", names, columns);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        snprintf(text, sizeof text, "depth %.0f, batch %u", points[i].depth, points[i].batch);
        line(text, count, columns, at_point, &points[i]);
    }
    header("decode by quant", names, columns);
    for (size_t i = 0; i < count; i++) {
        if (first_of(i, offsetof(engine_case, quant))) {
            line(cases[i].quant, count, columns, of_quant, cases[i].quant);
        }
    }
    header("by model", names, columns);
    for (size_t i = 0; i < count; i++) {
        if (first_of(i, offsetof(engine_case, shape))) {
            snprintf(text, sizeof text, "%.60s, decode", cases[i].shape);
            line(text, count, columns, of_shape, cases[i].shape);
            snprintf(text, sizeof text, "%.60s, prefill", cases[i].shape);
            line(text, count, columns, prefill_of_shape, cases[i].shape);
        }
    }
}

static void table(size_t count, char **names, size_t columns)
{
    printf("\n## Every configuration, tokens/s\n\n| model | quant | | measured | low | high |");
    for (size_t k = 0; k < columns; k++) {
        printf(" %.*s |", (int)strcspn(names[k], "="), names[k]);
    }
    printf("\n|---|---|---|---|---|---|");
    for (size_t k = 0; k < columns; k++) {
        printf("---|");
    }
    printf("\n");
    for (size_t i = 0; i < count; i++) {
        const engine_case *c = &cases[i];
        double least = HUGE_VAL, most = 0;
        for (size_t r = 0; r < c->rounds; r++) {
            least = fmin(least, c->wall_s[r]);
            most = fmax(most, c->wall_s[r]);
        }
        printf("| %s | %s | ", c->shape, c->quant);
        if (c->prefill) {
            printf("prefill %.0f", c->tokens);
        } else {
            printf("decode at %.0f, batch %u", c->depth, c->batch);
        }
        printf(" | %.1f | %.1f | %.1f |", c->tokens / median(c->wall_s, c->rounds),
               c->tokens / most, c->tokens / least);
        for (size_t k = 0; k < columns; k++) {
            printf(" %.1f |", c->tokens / c->predicted_s[k]);
        }
        printf("\n");
    }
}

static double cpu_share(size_t count)
{
    static double shares[CASES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count && n < CASES_MAX; i++) {
        shares[n++] = median(cases[i].share, cases[i].rounds);
    }
    return median(shares, n);
}

int main(int argc, char **argv)
{
    if (argc < 7 || argc > 6 + CATALOGS_MAX) {
        fprintf(stderr, "usage: engine_report SPEED.csv MEMORY.csv MODELS DEVICE THREADS "
                        "NAME=OVERLAY.yaml[,OVERLAY.yaml]...\n");
        return 2;
    }
    unsigned threads = (unsigned)strtoul(argv[5], NULL, 10);
    size_t left_out = 0, lines = 0;
    size_t columns = (size_t)argc - 6;
    size_t count = read_cases(argv[1], threads, cases, &left_out, &lines);
    llmp_error error = LLMP_ERROR_INIT;
    llmp_machine machine;
    for (size_t k = 0; k < columns; k++) {
        llmp_catalog *catalog = NULL;
        if (llmp_catalog_create(&catalog, &error) != LLMP_OK) {
            die("catalog", error.message);
        }
        const char *equals = strchr(argv[6 + k], '=');
        for (const char *at = equals == NULL ? "" : equals + 1; *at != '\0';) {
            char one[1024];
            int length = (int)strcspn(at, ",");
            snprintf(one, sizeof one, "%.*s", length, at);
            if (llmp_catalog_overlay_file(catalog, one, &error) != LLMP_OK) {
                die(one, error.message);
            }
            at += length + (at[length] == ',');
        }
        parse_machine(catalog, argv[4], &machine);
        predict(catalog, &machine, argv[3], cases, count, k);
        if (k + 1 == columns) {
            printf("\n%zu configurations, measured %zu times; %zu of these were left out, as the "
                   "engine had less than %.0f %% of the processors' time. In the others it had "
                   "%.0f %% (median).\n",
                   count, lines, left_out, 100 * LEAST_SHARE, 100 * cpu_share(count));
            summaries(count, argv + 6, columns);
            size_t memories = read_memory(argv[2], files);
            report_memory(catalog, &machine, argv[3], files, memories);
            table(count, argv + 6, columns);
        }
        llmp_catalog_destroy(&catalog);
    }
    return 0;
}
