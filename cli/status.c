/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Library statuses as exit codes and as words on standard error. */
#include "cli/cli.h"

int exit_of(llmp_status status)
{
    switch (status) {
    case LLMP_OK:
        return EXIT_DONE;
    case LLMP_E_ARGUMENT:
    case LLMP_E_RANGE:
    case LLMP_E_UNKNOWN:
    case LLMP_E_AMBIGUOUS:
    case LLMP_E_IMPOSSIBLE:
        return EXIT_USAGE;
    case LLMP_E_SYNTAX:
    case LLMP_E_SCHEMA:
    case LLMP_E_VALUE:
    case LLMP_E_REFERENCE:
    case LLMP_E_DUPLICATE:
    case LLMP_E_UNSUPPORTED:
    case LLMP_E_TRUNCATED:
    case LLMP_E_LIMIT:
        return EXIT_BAD_INPUT;
    case LLMP_E_NO_DATA:
        return EXIT_NO_DATA;
    case LLMP_E_NO_SOLUTION:
        return EXIT_ANSWER_NO;
    case LLMP_E_IO:
        return EXIT_IO;
    case LLMP_E_MEMORY:
    case LLMP_E_INTERNAL:
        return EXIT_INTERNAL;
    }
    return EXIT_INTERNAL;
}

int fail(const char *where, const llmp_error *error)
{
    char text[1200];
    (void)llmp_error_format(error, text, sizeof text);
    bool placed = where == NULL || error->where[0] != '\0';
    (void)fprintf(stderr, "llmplan: %s%s", placed ? "" : where, placed ? "" : ": ");
    for (const char *c = text; *c != '\0'; c++) {
        /* foreign names must not steer the terminal */
        (void)fputc((unsigned char)*c < 0x20 && *c != '\n' ? '?' : *c, stderr);
        if (*c == '\n') {
            (void)fputs("  ", stderr);
        }
    }
    (void)fputc('\n', stderr);
    return exit_of(error->status);
}
