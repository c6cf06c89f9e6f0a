/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <llmplan/arch.h>

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

uint64_t llmp_format_bytes(const llmp_format *format, const uint64_t ne[4])
{
    uint64_t columns = ne[0], rows = ne[1], matrices = ne[2] * ne[3];
    uint64_t block_rows = format->block_rows > 0 ? format->block_rows : 1;
    uint64_t tiles = ceil_div(columns, format->block_weights) * ceil_div(rows, block_rows);
    uint64_t bytes;
    if (format->scale_bytes > 0) {
        /* Scales lie in a tensor of their own, so only they are rounded up to whole tiles. */
        uint64_t packed = format->block_bytes - format->scale_bytes;
        bytes = ceil_div(columns * rows * packed, format->block_weights * block_rows) +
                tiles * format->scale_bytes;
    } else {
        bytes = tiles * format->block_bytes;
    }
    bytes += rows * format->row_bytes + columns * format->column_bytes;
    return bytes * matrices;
}

double llmp_format_bytes_per_element(const llmp_format *format)
{
    uint64_t block_rows = format->block_rows > 0 ? format->block_rows : 1;
    return (double)format->block_bytes / (double)(format->block_weights * block_rows);
}
