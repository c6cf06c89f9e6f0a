/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people type for sizes, counts, dates and numbers: in range or refused. */
#include "base/number.h"

#include <llmplan/units.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256];
    char out[64];
    uint64_t whole = 0;
    double number = 0;
    llmp_date date = 0;
    size_t length = size < sizeof text ? size : sizeof text - 1;
    if (length > 0) {
        memcpy(text, data, length);
    }
    text[length] = '\0';
    if (llmp_bytes_parse(text, &whole, NULL) == LLMP_OK) {
        (void)llmp_bytes_format(whole, out, sizeof out);
        if (whole > (uint64_t)1 << 63) {
            abort();
        }
    }
    if (llmp_tokens_parse(text, &whole, NULL) == LLMP_OK && whole > (uint64_t)1 << 63) {
        abort();
    }
    if (llmp_date_parse(text, &date, NULL) == LLMP_OK) {
        (void)llmp_date_format(date, out, sizeof out);
        if (strcmp(out, text) != 0) {
            abort();
        }
    }
    if (llmp_number_parse(text, &number, NULL) == LLMP_OK) {
        double back = 0;
        char written[LLMP__NUMBER_SIZE];
        llmp__number_format(number, written);
        if (!isfinite(number) || !llmp__number_parse(written, strlen(written), &back) ||
            back < number || back > number) {
            abort();
        }
    }
    return 0;
}
