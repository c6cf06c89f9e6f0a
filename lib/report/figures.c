/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures as people read them. */
#include "report/build.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xE2\x80\x93"

const char *llmp__count(llmp_document *d, uint64_t count)
{
    char text[40];
    (void)llmp_count_format(count, text, sizeof text);
    return llmp__format(d, "%s", text);
}

const char *llmp__figure(llmp_document *d, double number)
{
    if (!isfinite(number)) {
        return "unknown";
    }
    if (number < 0.0) {
        return llmp__format(d, "-%s", llmp__figure(d, -number));
    }
    if (number > 0.0 && number < 0.01) {
        return llmp__format(d, "%.3g", number);
    }
    if (number < 9.995) {
        return llmp__format(d, "%.2f", number);
    }
    if (number < 99.95) {
        return llmp__format(d, "%.1f", number);
    }
    double unit = pow(10.0, floor(log10(number)) - 2.0);
    uint64_t whole;
    return llmp__round_u64(round(number / unit) * unit, &whole) ? llmp__count(d, whole)
                                                                : llmp__format(d, "%.3g", number);
}

const char *llmp__interval(llmp_document *d, const llmp_estimate *estimate)
{
    return llmp__format(d, "%s" DASH "%s", llmp__figure(d, estimate->p10),
                        llmp__figure(d, estimate->p90));
}

static const char *time_unit(double seconds, double *out_unit)
{
    static const struct {
        double up_to;
        double unit;
        const char *name;
    } units[] = {{1e-3, 1e-6, "\xC2\xB5s"},
                 {0.9995, 1e-3, "ms"},
                 {120.0, 1.0, "s"},
                 {7200.0, 60.0, "min"},
                 {HUGE_VAL, 3600.0, "h"}};
    size_t i = 0;
    while (i < 4 && !(seconds < units[i].up_to)) {
        i++;
    }
    *out_unit = units[i].unit;
    return units[i].name;
}

const char *llmp__seconds(llmp_document *d, double seconds)
{
    double unit;
    const char *name = time_unit(seconds, &unit);
    return llmp__format(d, "%s %s", llmp__figure(d, seconds / unit), name);
}

const char *llmp__seconds_interval(llmp_document *d, const llmp_estimate *estimate_s)
{
    double unit;
    const char *name = time_unit(estimate_s->p50, &unit);
    return llmp__format(d, "%s %s (%s" DASH "%s)", llmp__figure(d, estimate_s->p50 / unit), name,
                        llmp__figure(d, estimate_s->p10 / unit),
                        llmp__figure(d, estimate_s->p90 / unit));
}

const char *llmp__bytes(llmp_document *d, uint64_t bytes)
{
    char text[40];
    (void)llmp_bytes_format(bytes, text, sizeof text);
    return llmp__format(d, "%s", text);
}

const char *llmp__gib(llmp_document *d, double bytes, int decimals)
{
    return llmp__format(d, "%.*f", decimals, bytes / (double)LLMP_GIB);
}

const char *llmp__params(llmp_document *d, uint64_t params)
{
    double count = (double)params;
    if (count >= 999.5e9) {
        return llmp__format(d, "%.3gT", count / 1e12);
    }
    if (count >= 999.5e6) {
        return llmp__format(d, "%.3gB", count / 1e9);
    }
    return llmp__format(d, "%.3gM", count / 1e6);
}

const char *llmp__machine_title(llmp_document *d, const llmp_machine *machine)
{
    size_t digits = strspn(machine->title, "0123456789");
    if (digits > 0 && strncmp(machine->title + digits, " x ", 3) == 0) {
        return llmp__format(d, "%.*s \xC3\x97 %s", (int)digits, machine->title,
                            machine->title + digits + 3);
    }
    return llmp__format(d, "%s", machine->title);
}

const char *llmp__raw_number(llmp_document *d, double number)
{
    char text[LLMP__NUMBER_SIZE];
    if (!isfinite(number)) {
        return NULL;
    }
    llmp__number_format(number, text);
    return llmp__format(d, "%s", text);
}

const char *llmp__raw_whole(llmp_document *d, uint64_t whole)
{
    return llmp__format(d, "%llu", (unsigned long long)whole);
}

void llmp__data_estimate(llmp_document *d, llmp__node *parent, const char *key, bool known,
                         const llmp_estimate *estimate)
{
    if (!known) {
        llmp__data_null(d, parent, key);
        return;
    }
    llmp__node *map = llmp__data_map(d, parent, key);
    llmp__data_number(d, map, "p10", estimate->p10);
    llmp__data_number(d, map, "p50", estimate->p50);
    llmp__data_number(d, map, "p90", estimate->p90);
    llmp__data_number(d, map, "ceiling", estimate->ceiling);
}

const char *llmp__verdict_word(llmp_verdict verdict)
{
    switch (verdict) {
    case LLMP_VERDICT_FITS:
        return "fits";
    case LLMP_VERDICT_RUNS_SLOWLY:
        return "runs_slowly";
    case LLMP_VERDICT_CANNOT_RUN:
        return "cannot_run";
    }
    return "unknown";
}

const char *llmp__verdict_shout(llmp_verdict verdict)
{
    switch (verdict) {
    case LLMP_VERDICT_FITS:
        return "FITS";
    case LLMP_VERDICT_RUNS_SLOWLY:
        return "RUNS SLOWLY";
    case LLMP_VERDICT_CANNOT_RUN:
        return "CANNOT RUN";
    }
    return "UNKNOWN";
}

llmp__tone llmp__verdict_tone(llmp_verdict verdict)
{
    switch (verdict) {
    case LLMP_VERDICT_FITS:
        return LLMP__TONE_GOOD;
    case LLMP_VERDICT_RUNS_SLOWLY:
        return LLMP__TONE_WARN;
    case LLMP_VERDICT_CANNOT_RUN:
        return LLMP__TONE_BAD;
    }
    return LLMP__TONE_PLAIN;
}

const char *llmp__limit_word(llmp_limit limit)
{
    switch (limit) {
    case LLMP_LIMIT_WEIGHT_BANDWIDTH:
        return "weight_bandwidth";
    case LLMP_LIMIT_KV_BANDWIDTH:
        return "kv_bandwidth";
    case LLMP_LIMIT_COMPUTE:
        return "compute";
    case LLMP_LIMIT_DEQUANTISATION:
        return "dequantisation";
    case LLMP_LIMIT_OVERHEAD:
        return "overhead";
    case LLMP_LIMIT_COMMUNICATION:
        return "communication";
    case LLMP_LIMIT_HOST_BANDWIDTH:
        return "host_bandwidth";
    case LLMP_LIMIT_DISK:
        return "disk";
    case LLMP_LIMIT_HOST_COMPUTE:
        return "host_compute";
    case LLMP_LIMIT_COUNT:
        break;
    }
    return "unknown";
}
