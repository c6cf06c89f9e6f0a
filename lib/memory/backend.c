/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an engine runs on a machine. */
#include <stdio.h>

#include "base/error.h"
#include "base/names.h"
#include "memory/memory.h"

static bool takes(const llmp_backend *backend, const llmp_device *device)
{
    bool vendor = false, kind = false;
    for (size_t i = 0; i < backend->vendor_count; i++)
        vendor = vendor || backend->vendors[i] == device->vendor;
    for (size_t i = 0; i < backend->kind_count; i++)
        kind = kind || backend->kinds[i] == device->kind;
    return vendor && kind;
}

/* All devices alike. */
static bool on_devices(const llmp_backend *backend, const llmp_machine *machine)
{
    bool all = machine->device_count > 0;
    for (uint32_t d = 0; d < machine->device_count; d++)
        all = all && takes(backend, machine->devices[d]);
    return all;
}

/* Or, when it is asked for, the host's CPU: nobody buys a TPU to run beside it. */
static bool runs_on(const llmp_backend *backend, const llmp_machine *machine)
{
    return on_devices(backend, machine) || (machine->host_cpu && takes(backend, machine->host_cpu));
}

static void list_backends(const llmp_engine *engine, const llmp_machine *machine, char *out,
                          size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < engine->backend_count && at < size; i++) {
        if (machine && !runs_on(&engine->backends[i], machine))
            continue;
        int n = snprintf(out + at, size - at, "%s%s", at ? ", " : "", engine->backends[i].id);
        at += n > 0 ? (size_t)n : 0;
    }
}

static const llmp_backend *named(const llmp_engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->backend_count; i++)
        if (llmp__name_equal(engine->backends[i].id, id) ||
            llmp__name_equal(engine->backends[i].name, id))
            return &engine->backends[i];
    return NULL;
}

static llmp_status refuse(const llmp_engine *engine, const char *backend,
                          const llmp_machine *machine, llmp_error *error)
{
    char can[128];
    list_backends(engine, machine, can, sizeof can);
    llmp__fail(error, LLMP_E_IMPOSSIBLE, "%s%s%s does not run on %s", engine->head.name,
               backend ? " " : "", backend ? backend : "", machine->title);
    if (can[0]) {
        llmp__hint(error, "here it runs with %s", can);
    } else {
        list_backends(engine, NULL, can, sizeof can);
        llmp__hint(error, "its backends are %s; choose another engine", can);
    }
    return LLMP_E_IMPOSSIBLE;
}

llmp_status llmp_backend_for(const llmp_engine *engine, const llmp_machine *machine, const char *id,
                             const llmp_backend **out, llmp_error *error)
{
    if (!engine || !machine || !out)
        return llmp__fail_argument(error, "llmp_backend_for", "an argument is NULL");
    const llmp_backend *best = NULL;
    if (id) {
        char known[128];
        best = named(engine, id);
        if (!best) {
            list_backends(engine, NULL, known, sizeof known);
            llmp__fail(error, LLMP_E_UNKNOWN, "%s has no backend \"%s\"", engine->head.name, id);
            llmp__hint(error, "it has %s", known);
            return LLMP_E_UNKNOWN;
        }
        if (!runs_on(best, machine))
            return refuse(engine, best->name, machine, error);
    }
    for (size_t i = 0; i < engine->backend_count && !id; i++) {
        const llmp_backend *backend = &engine->backends[i];
        if (on_devices(backend, machine) && (!best || backend->priority < best->priority))
            best = backend;
    }
    if (!best)
        return refuse(engine, NULL, machine, error);
    *out = best;
    return LLMP_OK;
}
