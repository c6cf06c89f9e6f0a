/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report.h
 * @brief What the engine did against what was predicted.
 */
#ifndef LLMP_ENGINE_REPORT_H
#define LLMP_ENGINE_REPORT_H

#include <llmplan/llmplan.h>

enum { CASES_MAX = 4096, FILES_MAX = 64, ROUNDS_MAX = 32, CATALOGS_MAX = 4, NAME_SIZE = 64 };

/** One configuration with the seconds of a step in every round. */
typedef struct engine_case {
    char shape[NAME_SIZE];
    char quant[NAME_SIZE];
    bool prefill;
    double depth;
    uint32_t batch;
    double tokens; /* of a step, all sequences */
    double wall_s[ROUNDS_MAX];
    double share[ROUNDS_MAX]; /* processor time over wall time and threads */
    size_t rounds;
    double predicted_s[CATALOGS_MAX];
    double p10_s[CATALOGS_MAX], p90_s[CATALOGS_MAX];
} engine_case;

/** What the engine logged, and the system said, of one file. */
typedef struct engine_memory {
    char shape[NAME_SIZE];
    char quant[NAME_SIZE];
    double kv_mib, compute_mib, output_mib, mapped_mib, repack_mib;
    double resident_kib, resident_file_kib;
} engine_memory;

void die(const char *what, const char *detail);
double median(const double *values, size_t count);
/** Steps in which the engine had less than least_share of the processors are left out and counted.
 */
size_t read_cases(const char *path, unsigned threads, engine_case *out, size_t *left_out,
                  size_t *lines);
#define LEAST_SHARE 0.95
size_t read_memory(const char *path, engine_memory *out);
/** Prints the memory section. */
void report_memory(const llmp_catalog *catalog, const llmp_machine *machine, const char *folder,
                   const engine_memory *files, size_t count);
/** A model as the suite runs it, and its plan; the caller frees the three. */
void open_model(const llmp_catalog *catalog, const llmp_machine *machine, const char *folder,
                const char *shape, const char *quant, uint32_t sequences, uint32_t outputs,
                llmp_import **import, llmp_arch **arch, llmp_memory_model *model,
                llmp_memory_result *plan);

#endif
