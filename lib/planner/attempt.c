/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/fit.h"

#include <string.h>

static llmp_status build_arch(const llmp_catalog *catalog, const llmp_fit_request *request,
                              const llmp_quant *quant, llmp_arch **out, llmp_error *error)
{
    if (request->import)
        return llmp_import_arch(catalog, request->import, quant, out, error);
    return llmp_arch_create(catalog, request->model, quant, NULL, out, error);
}

llmp_status llmp__attempt_of_arch(const llmp_catalog *catalog, const llmp_fit_request *request,
                                  llmp_arch *arch, const llmp_quant *quant,
                                  const llmp_engine *engine, const llmp_backend *backend,
                                  llmp__attempt *out, llmp_error *error)
{
    out->arch = NULL; /* the models are large and set whole, or not read */
    out->has_speed = false;
    out->speed_status = LLMP_OK;
    out->speed_error = (llmp_error)LLMP_ERROR_INIT;
    out->quant = quant;
    out->engine = engine;
    out->backend = backend;
    llmp_status status = llmp_memory_prepare(catalog, arch, request->machine, engine, backend,
                                             &request->memory, &out->memory_model, error);
    if (status == LLMP_OK)
        status = llmp_memory_plan(&out->memory_model, 0, 0, NULL, &out->memory, error);
    if (status == LLMP_OK)
        out->arch = arch;
    return status;
}

llmp_status llmp__attempt_memory(const llmp_catalog *catalog, const llmp_fit_request *request,
                                 const llmp_quant *quant, const llmp_engine *engine,
                                 const llmp_backend *backend, llmp__attempt *out, llmp_error *error)
{
    llmp_arch *arch = NULL;
    out->arch = NULL;
    llmp_status status = build_arch(catalog, request, quant, &arch, error);
    if (status == LLMP_OK)
        status = llmp__attempt_of_arch(catalog, request, arch, quant, engine, backend, out, error);
    if (status != LLMP_OK)
        llmp_arch_destroy(&arch);
    return status;
}

void llmp__attempt_speed(const llmp_catalog *catalog, llmp__attempt *attempt)
{
    attempt->has_speed = false;
    attempt->speed_status = LLMP_OK;
    if (attempt->memory.verdict == LLMP_VERDICT_CANNOT_RUN)
        return;
    attempt->speed_status = llmp_speed_prepare(catalog, &attempt->memory_model, &attempt->memory,
                                               &attempt->speed, &attempt->speed_error);
    attempt->has_speed = attempt->speed_status == LLMP_OK;
}

void llmp__attempt_release(llmp__attempt *attempt)
{
    llmp_arch_destroy(&attempt->arch);
}
