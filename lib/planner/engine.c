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
    if (request->import && llmp_import_kind_of(request->import) == LLMP_IMPORT_GGUF) {
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

static bool preferred_on(const llmp_engine *engine, const llmp_machine *machine)
{
    const llmp_device *device = machine->devices[0];
    for (size_t i = 0; i < engine->preferred_for_count; i++)
        for (size_t j = 0; j < device->class_count; j++)
            if (strcmp(engine->preferred_for[i], device->classes[j]) == 0)
                return true;
    return false;
}

/* "vLLM, SGLang": engines of the catalog that load the family and run on the machine. */
static void list_engines(const llmp_catalog *catalog, const llmp_fit_request *request,
                         llmp_format_family family, char *out, size_t out_size)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_ENGINE); i++) {
        const llmp_engine *engine = LLMP_ENGINE(llmp_catalog_at(catalog, LLMP_KIND_ENGINE, i));
        const llmp_backend *backend;
        if (!llmp__engine_loads(engine, family) ||
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
                                llmp_format_family family, const char *quant_id,
                                const llmp_backend **out_backend, llmp_error *error)
{
    const llmp_engine *engine = request->engine;
    llmp_status status =
        llmp_backend_for(engine, request->machine, request->backend, out_backend, error);
    if (status != LLMP_OK)
        return status;
    if (llmp__engine_loads(engine, family))
        return LLMP_OK;
    char able[200];
    list_engines(catalog, request, family, able, sizeof able);
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
    const llmp_format_family family = llmp__required_family(request, quant);
    const char *quant_id = quant ? quant->head.id : "this file";
    const bool any_family = !quant && !request->import;
    if (request->engine) {
        llmp_status status =
            any_family ? llmp_backend_for(request->engine, request->machine, request->backend,
                                          out_backend, error)
                       : check_engine(catalog, request, family, quant_id, out_backend, error);
        if (status == LLMP_OK)
            *out_engine = request->engine;
        return status;
    }
    const llmp_engine *best = NULL;
    const llmp_backend *best_backend = NULL;
    bool best_preferred = false;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_ENGINE); i++) {
        const llmp_engine *engine = LLMP_ENGINE(llmp_catalog_at(catalog, LLMP_KIND_ENGINE, i));
        const llmp_backend *backend;
        if ((!any_family && !llmp__engine_loads(engine, family)) ||
            llmp_backend_for(engine, request->machine, request->backend, &backend, NULL) != LLMP_OK)
            continue;
        bool preferred = preferred_on(engine, request->machine);
        if (best && (best_preferred > preferred ||
                     (best_preferred == preferred && best->priority <= engine->priority)))
            continue;
        best = engine;
        best_backend = backend;
        best_preferred = preferred;
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
