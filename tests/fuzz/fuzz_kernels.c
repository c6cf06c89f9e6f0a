/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of `llmplan bench`, as calibration reads it: rates are positive or absent. */
#include <llmplan/planner_calibrate.h>

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp_calibration_kernels kernels = {0};
    llmp_error error = LLMP_ERROR_INIT;
    (void)llmp_calibration_is_kernels((const char *)data, size);
    if (llmp_calibration_read_kernels((const char *)data, size, "fuzz", &kernels, &error) !=
        LLMP_OK) {
        if (kernels.struct_size != 0) {
            abort();
        }
        return 0;
    }
    if (!(kernels.read_bytes_per_s > 0) || !(kernels.fp32_op_per_s > 0) ||
        kernels.int8_op_per_s <= 0 || kernels.spread_ratio < 0) {
        abort();
    }
    return 0;
}
