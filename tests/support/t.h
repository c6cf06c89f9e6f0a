/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The includes cmocka wants, and the assertions it lacks. */
#ifndef LLMP_TEST_T_H
#define LLMP_TEST_T_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <llmplan/status.h>

/* |a - b| <= rel * |b|: b is the expected value, from a source outside the code. */
#define assert_close(a, b, rel)                                                                    \
    do {                                                                                           \
        double close_a = (double)(a), close_b = (double)(b);                                       \
        if (!(fabs(close_a - close_b) <= (rel)*fabs(close_b)))                                     \
            fail_msg("%s = %.17g, expected %.17g within %g", #a, close_a, close_b, (double)(rel)); \
    } while (0)

/* The call succeeds; `error` is an llmp_error in scope and is printed when it does not. */
#define assert_ok(call)                                                                    \
    do {                                                                                   \
        llmp_status ok_status = (call);                                                    \
        if (ok_status != LLMP_OK)                                                          \
            fail_msg("%s: %s: %s (%s)", #call, llmp_status_name(ok_status), error.message, \
                     error.hint);                                                          \
    } while (0)

#define assert_contains(haystack, needle)                                     \
    do {                                                                      \
        const char *contains_h = (haystack);                                  \
        if (!strstr(contains_h, (needle)))                                    \
            fail_msg("\"%s\" does not contain \"%s\"", contains_h, (needle)); \
    } while (0)

#endif
