/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every cell of a table that was read is text. */
#include "doc/csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp__arena arena = {NULL};
    llmp__csv csv;
    llmp_error error = LLMP_ERROR_INIT;
    if (llmp__csv_parse((const char *)data, size, "fuzz", &arena, &csv, &error) == LLMP_OK) {
        size_t total = 0;
        for (size_t row = 0; row < csv.row_count; row++) {
            for (size_t column = 0; column < csv.column_count; column++) {
                total += strlen(llmp__csv_cell(&csv, row, column));
            }
        }
        if (total > size) {
            abort();
        }
    }
    llmp__arena_free(&arena);
    return 0;
}
