/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(const char *text, size_t length, size_t i)
{
    while (i < length && is_digit(text[i])) {
        i++;
    }
    return i;
}

/* Length of a decimal number that fills the text, else 0. */
static bool is_number(const char *text, size_t length)
{
    size_t i = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    size_t whole = skip_digits(text, length, i) - i;
    size_t fraction = 0;
    i += whole;
    if (i < length && text[i] == '.') {
        fraction = skip_digits(text, length, i + 1) - (i + 1);
        i += 1 + fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < length && (text[i] == '-' || text[i] == '+')) {
            i++;
        }
        size_t end = skip_digits(text, length, i);
        if (end == i) {
            return false;
        }
        i = end;
    }
    return i == length;
}

/* With at most 2^53 as digits and 10^22 as power both are exact doubles, so one operation rounds
 * correctly: no locale, no library. Covers nearly everything people write. */
static bool parse_short(const char *text, size_t length, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative = text[0] == '-';
    size_t i = negative || text[0] == '+' ? 1 : 0;
    uint64_t digits = 0;
    int exponent = 0;
    bool fraction = false;
    for (; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
        if (text[i] == '.') {
            fraction = true;
            continue;
        }
        if (digits > (UINT64_C(1) << 53) / 10 - 1) {
            return false;
        }
        digits = digits * 10 + (uint64_t)(text[i] - '0');
        exponent -= fraction ? 1 : 0;
    }
    if (i < length) {
        i++;
        bool minus = text[i] == '-';
        i += minus || text[i] == '+' ? 1 : 0;
        int stated = 0;
        for (; i < length; i++) {
            stated = stated * 10 + (text[i] - '0');
            if (stated > 400) {
                return false;
            }
        }
        exponent += minus ? -stated : stated;
    }
    if (exponent < -22 || exponent > 22) {
        return false;
    }
    double value =
        exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
    *out = negative ? -value : value;
    return true;
}

bool llmp__number_parse(const char *text, size_t length, double *out)
{
    char buffer[512];
    if (!is_number(text, length)) {
        return false;
    }
    if (parse_short(text, length, out)) {
        return true;
    }
    const char *point = localeconv()->decimal_point;
    size_t point_length = strlen(point);
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (n + point_length + 1 >= sizeof buffer) {
            return false;
        }
        if (text[i] == '.') {
            memcpy(buffer + n, point, point_length);
            n += point_length;
        } else {
            buffer[n++] = text[i];
        }
    }
    buffer[n] = '\0';
    char *end = NULL;
    double value = strtod(buffer, &end);
    if (end != buffer + n || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

bool llmp__whole_parse(const char *text, size_t length, uint64_t *out)
{
    uint64_t value = 0;
    if (length == 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static void format_digits(double number, int digits, char out[LLMP__NUMBER_SIZE])
{
    (void)snprintf(out, LLMP__NUMBER_SIZE, "%.*g", digits, number);
    const char *point = localeconv()->decimal_point;
    char *at = strcmp(point, ".") == 0 ? NULL : strstr(out, point);
    if (at != NULL) {
        size_t length = strlen(point);
        *at = '.';
        memmove(at + 1, at + length, strlen(at + length) + 1);
    }
}

void llmp__number_format(double number, char out[LLMP__NUMBER_SIZE])
{
    if (isnan(number) || isinf(number)) {
        const char *word = isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
        memcpy(out, word, strlen(word) + 1);
        return;
    }
    size_t length = llmp__number_shortest(number, out);
    if (length > 0) {
        out[length] = '\0';
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        double back = 0;
        format_digits(number, digits, out);
        if (llmp__number_parse(out, strlen(out), &back) && !(back < number) && !(back > number)) {
            break;
        }
    }
    /* "1e+08" is right but odd to read: whole numbers up to 2^53 are written out. */
    if (strchr(out, 'e') != NULL && fabs(number) < 9007199254740992.0 &&
        !(floor(number) < number)) {
        (void)snprintf(out, LLMP__NUMBER_SIZE, "%.0f", number);
    }
}

bool llmp__round_u64(double number, uint64_t *out)
{
    if (!(number >= 0) || number >= 9223372036854775808.0) {
        return false;
    }
    *out = (uint64_t)round(number);
    return true;
}

double llmp__unscale(double member, double scale, bool whole)
{
    double key = member / scale;
    char text[LLMP__NUMBER_SIZE];
    for (int digits = 1; digits <= 17; digits++) {
        double candidate = 0;
        format_digits(key, digits, text);
        if (llmp__number_parse(text, strlen(text), &candidate)) {
            double back = candidate * scale;
            back = whole ? round(back) : back;
            if (!(back < member) && !(back > member)) {
                return candidate;
            }
        }
    }
    return key;
}
