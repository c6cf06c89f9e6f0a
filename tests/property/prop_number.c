/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast way to write a number writes what the C library's printf and strtod agree on. */
#include "t.h"

#include "base/number.h"

#include <stdlib.h>

enum { TRIES = 60000 };

static uint64_t seed = 88172645463325252u;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Shortest by trial. */
static size_t by_trial(double number, char *out)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, LLMP__NUMBER_SIZE, "%.*e", digits - 1, number);
        if (strtod(out, NULL) == number)
            return (size_t)digits;
    }
    return 17;
}

static size_t digits_of(const char *text, size_t length)
{
    size_t count = 0, zeros = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            continue;
        if (text[i] != '0' || count > 0)
            count++;
        zeros = text[i] == '0' ? zeros + 1 : 0;
    }
    return memchr(text, '.', length) ? count : count - zeros;
}

static void check(double number)
{
    char fast[LLMP__NUMBER_SIZE], slow[LLMP__NUMBER_SIZE];
    size_t length = llmp__number_shortest(number, fast);
    size_t digits = by_trial(number, slow);
    if (!(fabs(number) >= 1e-4 && fabs(number) < 1e15)) {
        assert_int_equal(length, 0);
        return;
    }
    assert_true(length > 0 && length < LLMP__NUMBER_SIZE);
    fast[length] = '\0';
    if (strtod(fast, NULL) != number)
        fail_msg("%.17g written as %s", number, fast);
    if (digits_of(fast, length) > digits)
        fail_msg("%.17g written as %s, shorter is %s", number, fast, slow);
    /* of equally short ones the nearest: the trial's, rounded correctly */
    char again[LLMP__NUMBER_SIZE];
    snprintf(again, sizeof again, "%.*e", (int)digits - 1, strtod(fast, NULL));
    assert_string_equal(again, slow);
}

static void any_bits(void **state)
{
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        uint64_t bits = draw();
        double number;
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number))
            check(number);
        /* the same significand in the range that is written fast */
        number = ldexp(1 + (double)(bits >> 12) / 4503599627370496.0, (int)(bits % 64) - 14);
        check(bits & 2048 ? -number : number);
    }
}

static void few_digits(void **state)
{
    (void)state;
    static const double scales[] = {1e-7, 1e-4, 0.001, 0.01, 0.1, 1, 1e3, 1e9, 1e14};
    for (int i = 0; i < TRIES; i++)
        check((double)(draw() % 1000000) * scales[draw() % 9]);
}

static void edges(void **state)
{
    (void)state;
    for (int e = -20; e < 52; e++) {
        double power = ldexp(1, e);
        check(power);
        check(nextafter(power, 0));
        check(nextafter(power, 1e300));
    }
    for (double power = 1e-5; power < 1e17; power *= 10) {
        check(power);
        check(nextafter(power, 0));
        check(nextafter(power, 1e300));
        check(power + 0.5);
    }
    check(0);
    check(5e-324);
    check(1.7976931348623157e308);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bits),
        cmocka_unit_test(few_digits),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
