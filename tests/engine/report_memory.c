/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <math.h>
#include <stdio.h>

static const double mib = 1048576;

void open_model(const llmp_catalog *catalog, const llmp_machine *machine, const char *folder,
                const char *shape, const char *quant, uint32_t sequences, uint32_t outputs,
                llmp_import **import, llmp_arch **arch, llmp_memory_model *model,
                llmp_memory_result *plan)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    const llmp_backend *backend;
    char path[1024];
    const llmp_engine *engine =
        LLMP_ENGINE(llmp_catalog_get(catalog, LLMP_KIND_ENGINE, "llama.cpp"));
    snprintf(path, sizeof path, "%s/%s.%s.gguf", folder, shape, quant);
    options.context_tokens = 2304;
    options.parallel = sequences;
    options.kv_split = sequences > 1;
    options.output_tokens = outputs;
    options.known_to_run = true;
    options.placement = LLMP_PLACE_CPU;
    if (llmp_import_open(catalog, path, import, &error) != LLMP_OK ||
        llmp_import_arch(catalog, *import, NULL, arch, &error) != LLMP_OK ||
        llmp_backend_for(engine, machine, "cpu", &backend, &error) != LLMP_OK ||
        llmp_memory_prepare(catalog, *arch, machine, engine, backend, &options, model, &error) !=
            LLMP_OK ||
        llmp_memory_plan(model, 0, 0, NULL, plan, &error) != LLMP_OK) {
        die(path, error.message);
    }
}

static void print_median(const char *what, const double *errors, size_t count)
{
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, errors[i]);
    }
    printf("| %s | %zu | %.2f %% | %.2f %% |\n", what, count, 100 * median(errors, count),
           100 * worst);
}

void report_memory(const llmp_catalog *catalog, const llmp_machine *machine, const char *folder,
                   const engine_memory *files, size_t count)
{
    static llmp_memory_model model;
    static llmp_memory_result plan;
    double kv[FILES_MAX] = {0}, compute[FILES_MAX] = {0}, resident[FILES_MAX] = {0};
    printf("\n## Memory, as the engine logs it\n\nContext 2,304, one sequence, MiB: predicted / "
           "logged. Resident is what the system counts after a prompt and four tokens.\n\n"
           "| model | quant | KV cache | compute buffer | weights, repacked copy included | "
           "resident |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        llmp_import *import = NULL;
        llmp_arch *arch = NULL;
        const engine_memory *m = &files[i];
        /* reserved for logits of every token, but touched for one */
        open_model(catalog, machine, folder, m->shape, m->quant, 1, 1, &import, &arch, &model,
                   &plan);
        double resident_predicted =
            (double)(plan.total.total_bytes + plan.repacked_bytes + model.backend->runtime_bytes) /
            mib;
        llmp_arch_destroy(&arch);
        llmp_import_destroy(&import);
        open_model(catalog, machine, folder, m->shape, m->quant, 1, 0, &import, &arch, &model,
                   &plan);
        const llmp_memory_parts *p = &plan.total;
        double kv_predicted = (double)p->kv_bytes / mib;
        double compute_predicted = (double)p->compute_bytes / mib;
        double weights_predicted = (double)(p->weights_bytes + plan.repacked_bytes) / mib;
        double compute_logged = m->compute_mib + m->output_mib;
        kv[i] = fabs(kv_predicted / m->kv_mib - 1);
        compute[i] = fabs(compute_predicted / compute_logged - 1);
        resident[i] = fabs(resident_predicted / (m->resident_kib / 1024) - 1);
        printf("| %s | %s | %.2f / %.2f | %.1f / %.1f | %.1f / %.1f | %.0f / %.0f |\n", m->shape,
               m->quant, kv_predicted, m->kv_mib, compute_predicted, compute_logged,
               weights_predicted, m->mapped_mib + m->repack_mib, resident_predicted,
               m->resident_kib / 1024);
        llmp_arch_destroy(&arch);
        llmp_import_destroy(&import);
    }
    printf("\n| error | files | median | worst |\n|---|---|---|---|\n");
    print_median("KV cache", kv, count);
    print_median("compute buffer", compute, count);
    print_median("resident", resident, count);
}
