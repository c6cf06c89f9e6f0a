/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "memory/memory.h"

static const llmp_layer_cost *layer_of(const void *user, uint32_t i)
{
    return llmp_arch_layer((const llmp_arch *)user, i);
}

llmp_status llmp_memory_prepare(const llmp_catalog *catalog, const llmp_arch *arch,
                                const llmp_machine *machine, const llmp_engine *engine,
                                const llmp_backend *backend, const llmp_memory_options *options,
                                llmp_memory_model *out, llmp_error *error)
{
    if (!catalog || !arch || !machine || !engine || !backend || !options || !out)
        return llmp__fail_argument(error, "llmp_memory_prepare", "an argument is NULL");
    if (!machine->device_count)
        return llmp__fail_argument(error, "machine", "it has no devices");
    const llmp_format *k = options->kv_k_format, *v = options->kv_v_format;
    const llmp_record *usual = llmp_catalog_get(catalog, LLMP_KIND_FORMAT, engine->kv_format);
    k = k ? k : LLMP_FORMAT(usual);
    v = v ? v : LLMP_FORMAT(usual);
    if (!k || !v)
        return llmp__fail(error, LLMP_E_REFERENCE, "%s: KV cache type %s is not in the catalog",
                          engine->head.name, engine->kv_format);
    const llmp_arch_summary *summary = llmp_arch_summary_of(arch);
    llmp__model_view view = {summary, layer_of, arch,
                             summary->max_context_known ? summary->max_context_tokens : 0};
    llmp_memory_options resolved = *options;
    if (!resolved.context_tokens)
        resolved.context_tokens = view.max_context_tokens ? llmp__min(view.max_context_tokens,
                                                                      LLMP_CONTEXT_DEFAULT_TOKENS)
                                                          : LLMP_CONTEXT_DEFAULT_TOKENS;
    llmp_status status = llmp__memory_prepare(&view, machine, engine, backend, &resolved, k, v,
                                              llmp_format_bytes_per_element(k),
                                              llmp_format_bytes_per_element(v), out, error);
    if (status == LLMP_OK)
        out->arch = arch;
    return status;
}
