/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arch/inventory.h"

#include <stdlib.h>
#include <string.h>

static llmp_status begin(const llmp_catalog *catalog, const llmp_model *model, llmp_arch **out,
                         llmp_error *error)
{
    llmp_arch *arch = calloc(1, sizeof *arch);
    if (!arch)
        return llmp__fail_memory(error, "an architecture");
    llmp_status status = llmp__geometry(catalog, model, &arch->arena, &arch->model, error);
    if (status) {
        llmp_arch_destroy(&arch);
        return status;
    }
    *out = arch;
    return LLMP_OK;
}

static llmp_status finish(llmp_arch *arch, llmp_grade grade, llmp_error *error)
{
    llmp_status status = llmp__arch_costs(arch, error);
    if (status == LLMP_OK)
        llmp__arch_summarise(arch, grade);
    return status;
}

static llmp_status build(llmp_arch *arch, const llmp_catalog *catalog,
                         const llmp_arch_options *options, llmp_error *error)
{
    llmp_status status = llmp__inventory_build(arch->model, &arch->arena, &arch->tensors,
                                               &arch->tensor_count, error);
    if (status)
        return status;
    llmp_grade grade = LLMP_GRADE_EXACT;
    status = llmp__assign_formats(catalog, arch->model, arch->quant, options, arch->tensors,
                                  arch->tensor_count, &grade, error);
    if (status)
        return status;
    /* Geometry that was itself derived or guessed cannot give exact bytes. */
    if (arch->model->head.grade > LLMP_GRADE_DATASHEET)
        grade = llmp_grade_worse(grade, arch->model->head.grade);
    return finish(arch, grade, error);
}

llmp_status llmp_arch_create(const llmp_catalog *catalog, const llmp_model *model,
                             const llmp_quant *quant, const llmp_arch_options *options,
                             llmp_arch **out, llmp_error *error)
{
    static const llmp_arch_options defaults = LLMP_ARCH_OPTIONS_INIT;
    if (!catalog || !model || !quant || !out)
        return llmp__fail_argument(error, !model ? "model" : !quant ? "quant" : "out", "is NULL");
    if (options && options->struct_size == 0)
        return llmp__fail_argument(error, "options", "has struct_size 0");
    llmp_arch *arch;
    llmp_status status = begin(catalog, model, &arch, error);
    if (status)
        return status;
    arch->quant = quant;
    arch->title = quant->head.id;
    status = build(arch, catalog, options ? options : &defaults, error);
    if (status) {
        llmp_arch_destroy(&arch);
        return status;
    }
    *out = arch;
    return LLMP_OK;
}

static llmp_status copy_tensors(llmp_arch *arch, const llmp_tensor *tensors, size_t count,
                                llmp_error *error)
{
    arch->tensors = llmp__arena_alloc(&arch->arena, count, sizeof *tensors);
    if (count && !arch->tensors)
        return llmp__fail_memory(error, "the tensor list");
    for (size_t i = 0; i < count; i++) {
        llmp_tensor *tensor = &arch->tensors[i];
        *tensor = tensors[i];
        if (tensors[i].suffix) {
            tensor->suffix =
                llmp__arena_text(&arch->arena, tensors[i].suffix, strlen(tensors[i].suffix));
            if (!tensor->suffix)
                return llmp__fail_memory(error, "a tensor name");
        } else {
            tensor->suffix = "";
        }
        /* Files count multi-token-prediction layers after the model's own. */
        if (tensor->layer != LLMP_NO_LAYER && tensor->layer >= arch->model->layer_count)
            tensor->role = LLMP_ROLE_MTP;
    }
    arch->tensor_count = count;
    return LLMP_OK;
}

llmp_status llmp_arch_create_from_tensors(const llmp_catalog *catalog, const llmp_model *model,
                                          const llmp_tensor *tensors, size_t tensor_count,
                                          const char *title, llmp_arch **out, llmp_error *error)
{
    if (!catalog || !model || !tensors || !tensor_count || !title || !out)
        return llmp__fail_argument(error,
                                   !model   ? "model"
                                   : !title ? "title"
                                            : "tensors",
                                   "is NULL or empty");
    llmp_arch *arch;
    llmp_status status = begin(catalog, model, &arch, error);
    if (status)
        return status;
    arch->title = llmp__arena_text(&arch->arena, title, strlen(title));
    status = arch->title ? copy_tensors(arch, tensors, tensor_count, error)
                         : llmp__fail_memory(error, "a title");
    if (status == LLMP_OK)
        status = finish(arch, LLMP_GRADE_EXACT, error);
    if (status) {
        llmp_arch_destroy(&arch);
        return status;
    }
    *out = arch;
    return LLMP_OK;
}

void llmp_arch_destroy(llmp_arch **arch)
{
    if (!arch || !*arch)
        return;
    llmp__arena_free(&(*arch)->arena);
    free(*arch);
    *arch = NULL;
}

const llmp_model *llmp_arch_model(const llmp_arch *arch)
{
    return arch->model;
}

const llmp_quant *llmp_arch_quant(const llmp_arch *arch)
{
    return arch->quant;
}

const char *llmp_arch_quant_title(const llmp_arch *arch)
{
    return arch->title;
}

const llmp_arch_summary *llmp_arch_summary_of(const llmp_arch *arch)
{
    return &arch->summary;
}

const llmp_layer_cost *llmp_arch_layer(const llmp_arch *arch, uint32_t i)
{
    return i < arch->summary.layer_count ? &arch->layers[i] : NULL;
}

size_t llmp_arch_tensor_count(const llmp_arch *arch)
{
    return arch->tensor_count;
}

const llmp_tensor *llmp_arch_tensor(const llmp_arch *arch, size_t i)
{
    return i < arch->tensor_count ? &arch->tensors[i] : NULL;
}
