/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "memory/memory.h"

#include <string.h>

static const llmp_layer_cost *layer_of(const void *user, uint32_t i)
{
    return llmp_arch_layer((const llmp_arch *)user, i);
}

/* Matrices, dense or of experts, in a format that the engine lays out anew. Embeddings are looked
 * up by row and stay as they are. */
static bool is_repacked(const llmp_backend *backend, const llmp_tensor *tensor)
{
    bool known = false;
    for (size_t i = 0; i < backend->repacked_format_count && tensor->format; i++)
        known = known || strcmp(backend->repacked_formats[i], tensor->format->head.id) == 0;
    bool experts = tensor->role == LLMP_ROLE_EXPERT_GATE || tensor->role == LLMP_ROLE_EXPERT_UP ||
                   tensor->role == LLMP_ROLE_EXPERT_DOWN;
    bool looked_up =
        tensor->role == LLMP_ROLE_TOKEN_EMBEDDING || tensor->role == LLMP_ROLE_PER_LAYER_EMBEDDING;
    return known && !looked_up && (tensor->dims == 2 || (tensor->dims == 3 && experts)) &&
           tensor->ne[1] % (backend->repacked_rows ? backend->repacked_rows : 1) == 0;
}

static uint64_t repacked_bytes(const llmp_memory_model *model, const llmp_arch *arch)
{
    uint64_t bytes = 0;
    if (!model->cpu_only || model->options.no_mmap)
        return 0;
    for (size_t i = 0; i < llmp_arch_tensor_count(arch); i++) {
        const llmp_tensor *tensor = llmp_arch_tensor(arch, i);
        if (is_repacked(model->backend, tensor))
            bytes += tensor->bytes;
    }
    return bytes;
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
    if (status == LLMP_OK) {
        out->arch = arch;
        out->repacked_bytes = repacked_bytes(out, arch);
    }
    return status;
}
