/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recipes whose tensor types no rule predicts: shares by nominal formats, scaled to a known total.
 */
#include "arch/assign.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static const llmp_quant_size *recorded(const llmp_quant *quant, const llmp_model *model)
{
    for (size_t i = 0; i < quant->size_count; i++) {
        if (strcmp(quant->sizes[i].model, model->head.id) == 0)
            return &quant->sizes[i];
    }
    return NULL;
}

llmp_status llmp__known_size_of(const llmp_model *model, const llmp_quant *quant,
                                const llmp_arch_options *options, llmp__known_size *out,
                                llmp_error *error)
{
    llmp__known_size known = {options->weight_bytes, false};
    if (known.bytes == 0 && quant->own_recipe) {
        const llmp_quant_size *size = recorded(quant, model);
        if (size == NULL) {
            (void)llmp__fail(error, LLMP_E_NO_DATA,
                             "%s is chosen tensor by tensor, and no size of %s is on record",
                             quant->head.id, model->head.id);
            llmp__hint(error, "give the .gguf file, or choose a quant whose rules are public");
            return LLMP_E_NO_DATA;
        }
        known.bytes = size->weight_bytes;
        known.with_mtp = size->with_mtp;
    }
    *out = known;
    return LLMP_OK;
}

static bool counts_in(const llmp__known_size *known, const llmp_tensor *tensor)
{
    return tensor->role != LLMP_ROLE_VISION && (tensor->role != LLMP_ROLE_MTP || known->with_mtp);
}

void llmp__scale_to(llmp_tensor *tensors, size_t count, const llmp__known_size *known)
{
    uint64_t fixed = 0, scaled = 0, sum = 0;
    size_t largest = count;
    for (size_t i = 0; i < count; i++) {
        if (!counts_in(known, &tensors[i])) {
            continue;
        }
        if (tensors[i].format->family == LLMP_FAMILY_FLOAT) {
            fixed += tensors[i].bytes;
        } else {
            scaled += tensors[i].bytes;
        }
    }
    bool all = scaled == 0 || fixed >= known->bytes;
    double factor = all ? (double)known->bytes / (double)(fixed + scaled)
                        : (double)(known->bytes - fixed) / (double)scaled;
    for (size_t i = 0; i < count; i++) {
        if (!counts_in(known, &tensors[i])) {
            continue;
        }
        if (all || tensors[i].format->family != LLMP_FAMILY_FLOAT) {
            tensors[i].bytes = (uint64_t)floor((double)tensors[i].bytes * factor);
        }
        sum += tensors[i].bytes;
        if (largest == count || tensors[i].bytes > tensors[largest].bytes) {
            largest = i;
        }
    }
    if (largest < count) {
        tensors[largest].bytes += known->bytes - sum; /* what rounding lost */
    }
}
