/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/fit.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

const llmp_model *llmp__request_model(const llmp_fit_request *request)
{
    return request->import ? llmp_import_model(request->import) : request->model;
}

llmp_format_family llmp__required_family(const llmp_fit_request *request, const llmp_quant *quant)
{
    if (!quant && request->import && llmp_import_kind_of(request->import) == LLMP_IMPORT_GGUF) {
        size_t count = 0;
        const llmp_tensor *tensors = llmp_import_tensors(request->import, &count);
        for (size_t i = 0; i < count; i++)
            if (tensors[i].format && tensors[i].format->family == LLMP_FAMILY_IK)
                return LLMP_FAMILY_IK;
        return LLMP_FAMILY_GGML;
    }
    return quant ? quant->family : LLMP_FAMILY_FLOAT;
}

bool llmp__engine_loads(const llmp_engine *engine, llmp_format_family family)
{
    for (size_t i = 0; i < engine->family_count; i++)
        if (engine->families[i] == family)
            return true;
    return false;
}

bool llmp__engine_loads_quant(const llmp_catalog *catalog, const llmp_engine *engine,
                              const llmp_quant *quant, const llmp_model *model)
{
    if (!llmp__engine_loads(engine, quant->family))
        return false;
    const llmp_record *base =
        quant->base_format ? llmp_catalog_get(catalog, LLMP_KIND_FORMAT, quant->base_format) : NULL;
    return !base || LLMP_FORMAT(base)->family == LLMP_FAMILY_FLOAT ||
           llmp__engine_loads(engine, LLMP_FORMAT(base)->family) ||
           (model && llmp__quant_is_native(catalog, quant, model));
}

/* The quant decides; without one a GGUF file has the formats it has, and all else plain floats. */
static bool loads(const llmp_catalog *catalog, const llmp_engine *engine,
                  const llmp_fit_request *request, const llmp_quant *quant)
{
    return quant ? llmp__engine_loads_quant(catalog, engine, quant, llmp__request_model(request))
                 : llmp__engine_loads(engine, llmp__required_family(request, quant));
}

static bool preferred_on(const llmp_engine *engine, const llmp_machine *machine)
{
    const llmp_device *device = machine->devices[0];
    for (size_t i = 0; i < engine->preferred_for_count; i++)
        for (size_t j = 0; j < device->class_count; j++)
            if (strcmp(engine->preferred_for[i], device->classes[j]) == 0)
                return true;
    return false;
}

/* "vLLM, SGLang": engines of the catalog that load it and run on the machine. */
static void list_engines(const llmp_catalog *catalog, const llmp_fit_request *request,
                         const llmp_quant *quant, char *out, size_t out_size)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_ENGINE); i++) {
        const llmp_engine *engine = LLMP_ENGINE(llmp_catalog_at(catalog, LLMP_KIND_ENGINE, i));
        const llmp_backend *backend;
        if (!loads(catalog, engine, request, quant) ||
            llmp_backend_for(engine, request->machine, NULL, &backend, NULL) != LLMP_OK)
            continue;
        int added =
            snprintf(out + length, out_size - length, "%s%s", length ? ", " : "", engine->head.id);
        if (added < 0 || (size_t)added >= out_size - length)
            return;
        length += (size_t)added;
    }
}

static llmp_status check_engine(const llmp_catalog *catalog, const llmp_fit_request *request,
                                const llmp_quant *quant, const char *quant_id,
                                const llmp_backend **out_backend, llmp_error *error)
{
    const llmp_engine *engine = request->engine;
    llmp_status status =
        llmp_backend_for(engine, request->machine, request->backend, out_backend, error);
    if (status != LLMP_OK)
        return status;
    if (loads(catalog, engine, request, quant))
        return LLMP_OK;
    char able[200];
    list_engines(catalog, request, quant, able, sizeof able);
    llmp__fail(error, LLMP_E_IMPOSSIBLE, "%s does not load %s", engine->head.name, quant_id);
    llmp__hint(error,
               able[0] ? "engines that load it on this machine: %s"
                       : "no known engine loads it on this machine%s",
               able);
    return LLMP_E_IMPOSSIBLE;
}

llmp_status llmp__choose_engine(const llmp_catalog *catalog, const llmp_fit_request *request,
                                const llmp_quant *quant, const llmp_engine **out_engine,
                                const llmp_backend **out_backend, llmp_error *error)
{
    const char *quant_id = quant             ? quant->head.id
                           : request->import ? "this file"
                           : request->model  ? request->model->head.name
                                             : "a model";
    const bool any_family = !quant && !request->import;
    if (request->engine) {
        llmp_status status =
            any_family ? llmp_backend_for(request->engine, request->machine, request->backend,
                                          out_backend, error)
                       : check_engine(catalog, request, quant, quant_id, out_backend, error);
        if (status == LLMP_OK)
            *out_engine = request->engine;
        return status;
    }
    const llmp_engine *best = NULL;
    const llmp_backend *best_backend = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_ENGINE); i++) {
        const llmp_engine *engine = LLMP_ENGINE(llmp_catalog_at(catalog, LLMP_KIND_ENGINE, i));
        const llmp_backend *backend;
        if ((!any_family && !loads(catalog, engine, request, quant)) ||
            llmp_backend_for(engine, request->machine, request->backend, &backend, NULL) != LLMP_OK)
            continue;
        /* where none can do what the options state, the usual one says why */
        const int rank = 2 * llmp_engine_takes(engine, &request->memory) +
                         preferred_on(engine, request->machine);
        if (best && (best_rank > rank || (best_rank == rank && best->priority <= engine->priority)))
            continue;
        best = engine;
        best_backend = backend;
        best_rank = rank;
    }
    if (!best) {
        llmp__fail(error, LLMP_E_IMPOSSIBLE, "no known engine runs %s on %s", quant_id,
                   request->machine->title);
        llmp__hint(error, "`llmplan show engine NAME` says what an engine loads and where it runs");
        return LLMP_E_IMPOSSIBLE;
    }
    *out_engine = best;
    *out_backend = best_backend;
    return LLMP_OK;
}
