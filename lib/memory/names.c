/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <llmplan/memory.h>

const char *llmp_verdict_name(llmp_verdict verdict)
{
    switch (verdict) {
    case LLMP_VERDICT_FITS:
        return "fits";
    case LLMP_VERDICT_RUNS_SLOWLY:
        return "runs slowly";
    case LLMP_VERDICT_CANNOT_RUN:
        return "cannot run";
    }
    return "?";
}

const char *llmp_placement_name(llmp_placement placement)
{
    switch (placement) {
    case LLMP_PLACE_AUTO:
        return "auto";
    case LLMP_PLACE_DEVICE:
        return "device";
    case LLMP_PLACE_LAYER_SPLIT:
        return "layer split";
    case LLMP_PLACE_TENSOR_PARALLEL:
        return "tensor parallel";
    case LLMP_PLACE_EXPERT_OFFLOAD:
        return "expert offload";
    case LLMP_PLACE_LAYER_OFFLOAD:
        return "layer offload";
    case LLMP_PLACE_CPU:
        return "cpu";
    case LLMP_PLACE_DISK:
        return "disk";
    }
    return "?";
}
