/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <llmplan/units.h>

#include "base/error.h"
#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *llmp_grade_name(llmp_grade grade)
{
    switch (grade) {
    case LLMP_GRADE_EXACT:
        return "exact";
    case LLMP_GRADE_MEASURED:
        return "measured";
    case LLMP_GRADE_DATASHEET:
        return "datasheet";
    case LLMP_GRADE_DERIVED:
        return "derived";
    case LLMP_GRADE_ESTIMATE:
        return "estimate";
    }
    return "unknown";
}

llmp_grade llmp_grade_worse(llmp_grade a, llmp_grade b)
{
    return a > b ? a : b;
}

/* --- dates ------------------------------------------------------------------------------------ */

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Exactly @p width digits; -1 otherwise. */
static int digits(const char *text, int width)
{
    int value = 0;
    for (int i = 0; i < width; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

llmp_status llmp_date_parse(const char *text, llmp_date *out, llmp_error *error)
{
    if (text == NULL || out == NULL) {
        return llmp__fail_argument(error, text == NULL ? "text" : "out", "is NULL");
    }
    size_t length = strlen(text);
    int year = length >= 4 ? digits(text, 4) : -1;
    int month = 0;
    int day = 0;
    bool form = length == 4 || length == 7 || length == 10;
    if (form && length >= 7) {
        month = text[4] == '-' ? digits(text + 5, 2) : -1;
        form = month >= 1 && month <= 12;
    }
    if (form && length == 10 && year > 0) {
        day = text[7] == '-' ? digits(text + 8, 2) : -1;
        form = day >= 1 && day <= days_in_month(year, month);
    }
    if (!form || year < 1970 || year > 2999) {
        llmp_status status = llmp__fail(error, LLMP_E_RANGE, "'%.40s' is not a date", text);
        llmp__hint(error, "write 2026, 2026-02 or 2026-02-23");
        return status;
    }
    *out = year * 10000 + month * 100 + day;
    return LLMP_OK;
}

int llmp_date_format(llmp_date date, char *out, size_t out_size)
{
    int year = date / 10000;
    int month = date / 100 % 100;
    int day = date % 100;
    if (date <= 0) {
        return snprintf(out, out_size, "unknown");
    }
    if (month == 0) {
        return snprintf(out, out_size, "%04d", year);
    }
    if (day == 0) {
        return snprintf(out, out_size, "%04d-%02d", year, month);
    }
    return snprintf(out, out_size, "%04d-%02d-%02d", year, month, day);
}

/* --- numbers ---------------------------------------------------------------------------------- */

llmp_status llmp_number_parse(const char *text, double *out_number, llmp_error *error)
{
    if (text == NULL || out_number == NULL) {
        return llmp__fail_argument(error, text == NULL ? "text" : "out_number", "is NULL");
    }
    if (!llmp__number_parse(text, strlen(text), out_number)) {
        return llmp__fail(error, LLMP_E_RANGE, "'%.60s' is not a finite decimal number", text);
    }
    return LLMP_OK;
}

/* Length of the leading number, without sign or exponent. */
static size_t number_length(const char *text)
{
    return strspn(text, "0123456789.");
}

/* number * scale as a whole number below 2^63; exact when the number has no fraction. */
static bool scaled(const char *text, size_t length, uint64_t scale, bool must_be_whole,
                   uint64_t *out)
{
    const uint64_t limit = (uint64_t)1 << 63;
    uint64_t whole = 0;
    if (llmp__whole_parse(text, length, &whole)) {
        if (whole > limit / scale) {
            return false;
        }
        *out = whole * scale;
        return true;
    }
    double number = 0;
    uint64_t rounded = 0;
    if (!llmp__number_parse(text, length, &number) ||
        !llmp__round_u64(number * (double)scale, &rounded)) {
        return false;
    }
    double back = (double)rounded;
    if (must_be_whole && (back < number * (double)scale || back > number * (double)scale)) {
        return false;
    }
    *out = rounded;
    return true;
}

static const struct unit {
    const char *name;
    const char *lower;
    const char *upper;
    uint64_t bytes;
} byte_units[] = {
    {"B", "b", "B", 1},
    {"kB", "kb", "KB", UINT64_C(1000)},
    {"MB", "mb", "MB", UINT64_C(1000000)},
    {"GB", "gb", "GB", UINT64_C(1000000000)},
    {"TB", "tb", "TB", UINT64_C(1000000000000)},
    {"KiB", "kib", "KIB", UINT64_C(1) << 10},
    {"MiB", "mib", "MIB", UINT64_C(1) << 20},
    {"GiB", "gib", "GIB", UINT64_C(1) << 30},
    {"TiB", "tib", "TIB", UINT64_C(1) << 40},
};

llmp_status llmp_bytes_parse(const char *text, uint64_t *out_bytes, llmp_error *error)
{
    if (text == NULL || out_bytes == NULL) {
        return llmp__fail_argument(error, text == NULL ? "text" : "out_bytes", "is NULL");
    }
    size_t length = number_length(text);
    const char *unit = text + length;
    unit += *unit == ' ' ? 1 : 0;
    if (length > 0 && strlen(unit) == 1 && strchr("kKmMgGtT", unit[0]) != NULL) {
        char letter = (char)(unit[0] >= 'a' ? unit[0] - 'a' + 'A' : unit[0]);
        llmp_status status =
            llmp__fail(error, LLMP_E_RANGE, "'%.40s': the unit '%s' has two readings", text, unit);
        llmp__hint(error, "write %.*s%ciB (binary) or %.*s%cB (decimal)", (int)length, text, letter,
                   (int)length, text, letter == 'K' ? 'k' : letter);
        return status;
    }
    uint64_t scale = *text != '\0' && *unit == '\0' && unit == text + length ? 1 : 0;
    for (size_t i = 0; i < sizeof byte_units / sizeof byte_units[0] && scale == 0; i++) {
        const struct unit *u = &byte_units[i];
        if (strcmp(unit, u->name) == 0 || strcmp(unit, u->lower) == 0 ||
            strcmp(unit, u->upper) == 0) {
            scale = u->bytes;
        }
    }
    if (length == 0 || scale == 0) {
        llmp_status status = llmp__fail(error, LLMP_E_RANGE, "'%.60s' is not a size", text);
        llmp__hint(error, "write a number and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB");
        return status;
    }
    if (!scaled(text, length, scale, false, out_bytes)) {
        return llmp__fail(error, LLMP_E_RANGE, "'%.60s' is not a number below 2^63 bytes", text);
    }
    return LLMP_OK;
}

/* Removes "," between groups of three; 0 when they stand elsewhere. */
static size_t without_commas(const char *text, size_t length, char out[32])
{
    size_t n = 0;
    size_t since = 0;
    bool seen = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ',') {
            if (since == 0 || since > 3 || (seen && since != 3)) {
                return 0;
            }
            seen = true;
            since = 0;
        } else if (n + 1 < 32) {
            out[n++] = text[i];
            since++;
        } else {
            return 0;
        }
    }
    out[n] = '\0';
    return seen && since != 3 ? 0 : n;
}

llmp_status llmp_tokens_parse(const char *text, uint64_t *out_tokens, llmp_error *error)
{
    if (text == NULL || out_tokens == NULL) {
        return llmp__fail_argument(error, text == NULL ? "text" : "out_tokens", "is NULL");
    }
    char plain[32];
    size_t length = strspn(text, "0123456789.,");
    const char *suffix = text + length;
    uint64_t scale = 0;
    if (*suffix == '\0') {
        scale = 1;
    } else if (strcmp(suffix, "k") == 0) {
        scale = UINT64_C(1) << 10;
    } else if (strcmp(suffix, "M") == 0) {
        scale = UINT64_C(1) << 20;
    }
    size_t n = without_commas(text, length, plain);
    if (scale == 0 || n == 0 || !scaled(plain, n, scale, true, out_tokens)) {
        llmp_status status =
            llmp__fail(error, LLMP_E_RANGE, "'%.60s' is not a whole number of tokens", text);
        llmp__hint(error, "write 5731, 5,731, 8k (8,192) or 1M (1,048,576)");
        return status;
    }
    return LLMP_OK;
}

int llmp_bytes_format(uint64_t bytes, char *out, size_t out_size)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        return snprintf(out, out_size, "%" PRIu64 " B", bytes);
    }
    /* A unit in which the value, rounded to what is printed, stays below 1024. */
    unsigned unit = 1;
    double value = (double)bytes / 1024.0;
    while (unit < 6 && value >= 1023.5) {
        value /= 1024.0;
        unit++;
    }
    unsigned decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    uint64_t power = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    uint64_t units = (uint64_t)(value * (double)power + 0.5);
    if (decimals == 0) {
        return snprintf(out, out_size, "%" PRIu64 " %s", units, names[unit]);
    }
    return snprintf(out, out_size, "%" PRIu64 ".%0*" PRIu64 " %s", units / power, (int)decimals,
                    units % power, names[unit]);
}

int llmp_count_format(uint64_t count, char *out, size_t out_size)
{
    char text[32];
    size_t n = sizeof text;
    unsigned group = 0;
    text[--n] = '\0';
    do {
        if (group == 3) {
            text[--n] = ',';
            group = 0;
        }
        text[--n] = (char)('0' + count % 10);
        count /= 10;
        group++;
    } while (count > 0);
    return snprintf(out, out_size, "%s", text + n);
}
