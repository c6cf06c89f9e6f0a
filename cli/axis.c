/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values along an axis, as people write them: "1,4,16", "4k..128k*2", "0..32k+4k". */
#include "cli/cli.h"

#include <string.h>

typedef struct axis {
    const char *option;
    uint64_t *values;
    size_t room;
    size_t count;
} axis;

static int add(axis *a, uint64_t value)
{
    if (a->count == a->room) {
        return usage_error(a->option, NULL, "asks for more than %zu values", a->room);
    }
    if (a->count > 0 && value <= a->values[a->count - 1]) {
        return usage_error(a->option, NULL, "its values must rise");
    }
    a->values[a->count++] = value;
    return EXIT_DONE;
}

static int number(axis *a, const char *text, size_t length, uint64_t *out)
{
    char copy[64];
    llmp_error error = LLMP_ERROR_INIT;
    if (length == 0 || length >= sizeof copy) {
        return usage_error(a->option, "such as 1k,8k,32k or 1k..64k*2 or 0..32k+4k",
                           "a number is missing");
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (llmp_tokens_parse(copy, out, &error) != LLMP_OK) {
        return fail(a->option, &error);
    }
    return EXIT_DONE;
}

static int range(axis *a, const char *text, size_t length)
{
    const char *dots = strstr(text, "..");
    size_t first = (size_t)(dots - text);
    const char *second = dots + 2;
    size_t rest = length - first - 2;
    size_t to = strcspn(second, "*+");
    to = to < rest ? to : rest;
    uint64_t from;
    uint64_t end;
    uint64_t step = 2;
    char kind = to < rest ? second[to] : '*';
    int code = number(a, text, first, &from);
    if (code == EXIT_DONE) {
        code = number(a, second, to, &end);
    }
    if (code == EXIT_DONE && to < rest) {
        code = number(a, second + to + 1, rest - to - 1, &step);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (step < 1 || (kind == '*' && (step < 2 || from < 1)) || end < from) {
        return usage_error(a->option, "such as 1k..64k*2 or 0..32k+4k",
                           "the range never reaches its end");
    }
    for (uint64_t value = from; code == EXIT_DONE && value <= end;) {
        code = add(a, value);
        if (kind == '*' ? value > end / step : value > end - step || end < step) {
            break;
        }
        value = kind == '*' ? value * step : value + step;
    }
    if (code == EXIT_DONE && to == rest && a->values[a->count - 1] < end) {
        code = add(a, end); /* nobody who writes 1..3 means 1 and 2 */
    }
    return code;
}

int options_read_axis(const char *option, const char *text, uint64_t *out, size_t room,
                      size_t *out_count)
{
    axis a = {option, out, room, 0};
    int code = EXIT_DONE;
    for (const char *at = text; code == EXIT_DONE;) {
        size_t length = strcspn(at, ",");
        const char *dots = strstr(at, "..");
        if (dots != NULL && dots < at + length) {
            code = range(&a, at, length);
        } else {
            uint64_t value = 0;
            code = number(&a, at, length, &value);
            code = code == EXIT_DONE ? add(&a, value) : code;
        }
        if (at[length] == '\0') {
            break;
        }
        at += length + 1;
    }
    *out_count = code == EXIT_DONE ? a.count : 0;
    return code;
}
