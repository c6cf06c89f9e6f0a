/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When an engine was built, from what people write as its version. */
#include "planner/measured.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* llama.cpp numbers its builds; dates of a few releases. */
static const struct {
    double build, year;
} releases[] = {{1500, 2023.87}, {2800, 2024.35}, {4400, 2025.0},
                {6000, 2025.55}, {7423, 2025.95}, {9187, 2026.37}};
enum { RELEASES = sizeof releases / sizeof releases[0] };

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static double of_build(double build)
{
    int i = 1;
    while (i < RELEASES - 1 && build > releases[i].build)
        i++;
    double slope =
        (releases[i].year - releases[i - 1].year) / (releases[i].build - releases[i - 1].build);
    return releases[i].year + slope * (build - releases[i].build);
}

/* "2026-02", "2026-02-05", "09-01-2026", "Nov 2023", "2026". */
static double of_date(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (strncmp(at, "20", 2) != 0 || (at > text && isdigit((unsigned char)at[-1])))
            continue;
        char *end;
        long year = strtol(at, &end, 10);
        if (end - at != 4)
            continue;
        long month = 0;
        if (*end == '-' && isdigit((unsigned char)end[1]))
            month = strtol(end + 1, NULL, 10);
        else if (at - text >= 3 && at[-1] == '-')
            month = strtol(at - 3, NULL, 10);
        for (long i = 0; i < 12 && at - text >= 4; i++)
            if (strncmp(at - 4, months[i], 3) == 0)
                month = i + 1;
        return (double)year + (month >= 1 && month <= 12 ? ((double)month - 0.5) / 12 : 0.5);
    }
    return 0;
}

double llmp__build_year(const char *engine_version)
{
    if (!engine_version)
        return 0;
    double year = of_date(engine_version);
    if (year > 0)
        return year;
    char *end;
    const double build = engine_version[0] == 'b' && isdigit((unsigned char)engine_version[1])
                             ? strtod(engine_version + 1, &end)
                             : 0;
    /* a commit such as b8e09f0 goes on in letters */
    if (build >= 1000 && build < 100000 && !isalnum((unsigned char)*end))
        return of_build(build);
    return 0;
}
