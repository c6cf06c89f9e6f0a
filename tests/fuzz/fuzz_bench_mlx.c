/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz_bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_bench("mlx", data, size);
    return 0;
}
