/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shortest decimal that reads back as the same double, without locale and without trial.
 *
 * R. Giulietti, "The Schubfach way to render doubles", 2020, for the magnitudes that quantities
 * have; there every power of ten it needs is exact in 128 bits. */
#include "base/number.h"

#include <math.h>
#include <string.h>

enum { DIGITS_MAX = 20, FRACTION_BITS = 52, EXPONENT_BIAS = 1075 };

/* Digits of a whole number, at the end of a buffer; returns where they begin. */
static char *write_digits(uint64_t number, char *end)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    while (number >= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (number % 100), 2);
        number /= 100;
    }
    if (number >= 10) {
        end -= 2;
        memcpy(end, pairs + 2 * number, 2);
    } else {
        *--end = (char)('0' + number);
    }
    return end;
}

size_t llmp__whole_write(uint64_t number, char out[LLMP__NUMBER_SIZE])
{
    char buffer[DIGITS_MAX];
    char *first = write_digits(number, buffer + DIGITS_MAX);
    size_t length = (size_t)(buffer + DIGITS_MAX - first);
    memcpy(out, first, length);
    return length;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* 10^n for 0 <= n <= 21, as a number of 128 bits whose highest bit is set. */
static wide power_of_ten(int n)
{
    static const uint64_t powers[] = {
        UINT64_C(1),         UINT64_C(10),         UINT64_C(100),         UINT64_C(1000),
        UINT64_C(10000),     UINT64_C(100000),     UINT64_C(1000000),     UINT64_C(10000000),
        UINT64_C(100000000), UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000)};
    wide power = (wide)powers[n / 2] * powers[n - n / 2];
    uint64_t high = (uint64_t)(power >> 64);
    int free_bits = high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)power);
    return power << free_bits;
}

/* The top of a product, its lowest bit set when anything was cut off. */
static uint64_t round_to_odd(wide power, uint64_t factor)
{
    wide low = (wide)(uint64_t)power * factor;
    wide high = (wide)(uint64_t)(power >> 64) * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static int floor_log2_of_ten_to(int n)
{
    return (n * 1741647) >> 19;
}

/* @p number is positive, has a fraction, and lies in [1e-4, 1e15). */
static uint64_t shortest(double number, int *out_exponent)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    int exponent = (int)(bits >> FRACTION_BITS) - EXPONENT_BIAS;
    uint64_t c = fraction | UINT64_C(1) << FRACTION_BITS;
    bool even = (c & 1) == 0;
    bool closer_below = fraction == 0;
    int k = (exponent * 1262611 - (closer_below ? 524031 : 0)) >> 22;
    int shift = exponent + floor_log2_of_ten_to(-k) + 1;
    wide power = power_of_ten(-k);
    uint64_t low = round_to_odd(power, (4 * c - 2 + closer_below) << shift) + !even;
    uint64_t middle = round_to_odd(power, 4 * c << shift);
    uint64_t high = round_to_odd(power, (4 * c + 2) << shift) - !even;
    uint64_t s = middle / 4;
    uint64_t tens = s / 10;
    bool down = low <= 40 * tens, up = 40 * tens + 40 <= high;
    if (down != up) {
        *out_exponent = k + 1;
        return tens + up;
    }
    *out_exponent = k;
    down = low <= 4 * s;
    up = 4 * s + 4 <= high;
    if (down != up) {
        return s + up;
    }
    uint64_t half = 4 * s + 2;
    return s + (middle > half || (middle == half && (s & 1) != 0));
}

/* Digits with a point so many places from their end. */
static size_t place_point(uint64_t digits, int places, char *out)
{
    char buffer[DIGITS_MAX];
    char *end = buffer + DIGITS_MAX;
    char *first = write_digits(digits, end);
    while (end[-1] == '0') {
        end--;
        places--;
    }
    int length = (int)(end - first);
    size_t n = 0;
    if (length <= places) {
        out[n++] = '0';
        out[n++] = '.';
        for (int zeros = places - length; zeros > 0; zeros--) {
            out[n++] = '0';
        }
        memcpy(out + n, first, (size_t)length);
        return n + (size_t)length;
    }
    size_t whole = (size_t)(length - places);
    memcpy(out, first, whole);
    out[whole] = '.';
    memcpy(out + whole + 1, first + whole, (size_t)places);
    return (size_t)length + 1;
}
#endif

size_t llmp__number_shortest(double number, char out[LLMP__NUMBER_SIZE])
{
    double size = fabs(number);
    size_t sign = number < 0 ? 1 : 0;
    if (!(size >= 1e-4 && size < 1e15)) {
        return 0;
    }
    out[0] = '-';
    if (!(floor(size) < size)) {
        return sign + llmp__whole_write((uint64_t)size, out + sign);
    }
#ifdef __SIZEOF_INT128__
    int exponent;
    uint64_t digits = shortest(size, &exponent);
    return sign + place_point(digits, -exponent, out + sign);
#else
    return 0;
#endif
}
