/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overlay of a calibration: a profile of the device, each field with its spread and origin. */
#include "planner/calibrate.h"

#include "base/error.h"
#include "base/text.h"
#include "calibrate/parameters.h"
#include "catalog/load.h"
#include "catalog/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A field that neither moved by more than this nor became surer keeps the class's. */
static const double moved = 0.005;

typedef struct writer {
    llmp_machine_calibration *calibration;
    llmp_profile profile;
    llmp_field_source sources[LLMP_CALIBRATE_COUNT + 2];
    const char *keys[LLMP_CALIBRATE_COUNT + 2];
    size_t source_count;
    llmp_date as_of;
    const char *source;
    bool failed;
} writer;

static const char *keep(writer *w, const char *text)
{
    const char *kept = llmp__arena_text(&w->calibration->arena, text, strlen(text));
    w->failed = w->failed || !kept;
    return kept ? kept : "";
}

static void mark(writer *w, size_t offset)
{
    const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_PROFILE);
    for (size_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].offset == offset)
            llmp__schema_mark(schema, &w->profile, i, true);
}

static void mark_source(llmp_field_source *source)
{
    for (size_t i = 0; i < llmp__schema_field_source.field_count; i++) {
        size_t offset = llmp__schema_field_source.fields[i].offset;
        if (offset != offsetof(llmp_field_source, note) &&
            offset != offsetof(llmp_field_source, as_of))
            llmp__schema_mark(&llmp__schema_field_source, source, i, true);
    }
}

/* How sure one field is, in its own words. */
static void add_source(writer *w, const char *key, llmp_grade grade, const char *text)
{
    llmp_field_source *source = &w->sources[w->source_count];
    w->keys[w->source_count] = key;
    *source = (llmp_field_source){.fields = &w->keys[w->source_count],
                                  .field_count = 1,
                                  .grade = grade,
                                  .source = keep(w, text)};
    mark_source(source);
    w->source_count++;
}

/* Digits beyond what a measurement can say are noise to read: five of them in the field's unit, and
 * the member from which the unit gives just these. */
static double significant(double value, double unit)
{
    char text[32];
    snprintf(text, sizeof text, "%.5g", value / unit);
    double shown = strtod(text, NULL), out = shown * unit;
    for (int i = 0; i < 4 && out / unit > shown; i++)
        out = nextafter(out, 0);
    for (int i = 0; i < 4 && out / unit < shown; i++)
        out = nextafter(out, HUGE_VAL);
    return out;
}

static double unit_of(size_t offset)
{
    const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_PROFILE);
    for (size_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].offset == offset)
            return schema->fields[i].scale;
    return 1;
}

static void add_parameter(writer *w, int i)
{
    llmp_calibrate_answer *answer = &w->calibration->answer;
    const llmp_calibration *result = &answer->calibration;
    const llmp_calibration_value *value = &result->posterior[i];
    const llmp_calibration_value *of_class = &answer->of_class_values[i];
    bool narrowed = answer->has_kernels && answer->prior[i].spread_ratio > 0 &&
                    memcmp(&answer->prior[i], of_class, sizeof *of_class) != 0;
    char text[160];
    answer->written[i] =
        value->value > 0 && (of_class->value > 0 || narrowed) &&
        (result->informed[i] || narrowed || fabs(log(value->value / of_class->value)) > moved);
    if (!answer->written[i])
        return;
    size_t offset = llmp__parameters[i].offset;
    double rounded = significant(value->value, unit_of(offset));
    memcpy((char *)&w->profile + offset, &rounded, sizeof rounded);
    mark(w, offset);
    int length = snprintf(text, sizeof text, "llmplan calibrate, %s: sure within %.0f %%",
                          result->informed[i] ? "samples"
                          : narrowed          ? "kernels"
                                              : "moved with others",
                          100 * value->spread_ratio);
    if (of_class->value > 0 && length > 0)
        snprintf(text + length, sizeof text - (size_t)length, ", by class alone %.0f %%",
                 100 * of_class->spread_ratio);
    add_source(w, llmp_calibration_key((llmp_calibration_parameter)i),
               result->informed[i] ? LLMP_GRADE_MEASURED : LLMP_GRADE_DERIVED, text);
}

static void add_formats(writer *w)
{
    llmp_calibrate_answer *answer = &w->calibration->answer;
    for (size_t i = 0; i < answer->format_count; i++)
        answer->formats[i].compute_factor = significant(answer->formats[i].compute_factor, 1);
    if (!answer->format_count)
        return;
    w->profile.formats = answer->formats;
    w->profile.format_count = answer->format_count;
    mark(w, offsetof(llmp_profile, formats));
    add_source(w, "formats", LLMP_GRADE_DERIVED, "llmplan calibrate, kernels");
}

static void add_spread(writer *w, double spread, size_t offset)
{
    spread = significant(spread, 1);
    memcpy((char *)&w->profile + offset, &spread, sizeof spread);
    mark(w, offset);
}

static void add_spreads(writer *w)
{
    const llmp_calibrate_answer *answer = &w->calibration->answer;
    double decode = answer->calibrated.sigma_decode, prefill = answer->calibrated.sigma_prefill;
    bool all = answer->attention_known && w->calibration->class_profile.sigma_attention_factor > 1;
    if (decode > 0 && (all || decode < answer->of_class.sigma_decode))
        add_spread(w, decode, offsetof(llmp_profile, sigma_decode));
    if (all)
        add_spread(w, 1, offsetof(llmp_profile, sigma_attention_factor));
    if (prefill > 0 && prefill < answer->of_class.sigma_prefill)
        add_spread(w, prefill, offsetof(llmp_profile, sigma_prefill));
}

static void set_identity(writer *w)
{
    llmp_machine_calibration *c = w->calibration;
    llmp_calibrate_answer *answer = &c->answer;
    llmp_profile *p = &w->profile;
    const llmp_device *device = answer->device;
    char text[256];
    snprintf(answer->profile_id, sizeof answer->profile_id, "%.30s-%.15s-%.64s-calibrated",
             answer->engine->head.id, answer->backend->id, device->head.id);
    snprintf(text, sizeof text, "%s %s on %s, calibrated", answer->engine->head.name,
             answer->backend->id, device->head.name);
    p->head.id = answer->profile_id;
    p->head.name = keep(w, text);
    p->head.as_of = w->as_of;
    int length = snprintf(text, sizeof text, "llmplan calibrate: %s",
                          answer->has_kernels ? "kernels of llmplan bench" : "");
    if (answer->calibration.used && length > 0)
        snprintf(text + length, sizeof text - (size_t)length,
                 "%s%u samples (%u decode, %u prefill) of %u model%s",
                 answer->has_kernels ? ", " : "", (unsigned)answer->calibration.used,
                 (unsigned)answer->calibration.decode_used,
                 (unsigned)answer->calibration.prefill_used, (unsigned)answer->models,
                 answer->models == 1 ? "" : "s");
    p->head.source = keep(w, text);
    p->head.grade = LLMP_GRADE_MEASURED;
    p->engine = answer->engine->head.id;
    p->backend = answer->backend->id;
    p->device_class = device->head.id;
    p->samples = answer->calibration.used;
    p->calibrated = true;
    static const size_t offsets[] = {
        offsetof(llmp_profile, head.id),    offsetof(llmp_profile, head.name),
        offsetof(llmp_profile, head.as_of), offsetof(llmp_profile, head.source),
        offsetof(llmp_profile, head.grade), offsetof(llmp_profile, engine),
        offsetof(llmp_profile, backend),    offsetof(llmp_profile, device_class),
        offsetof(llmp_profile, calibrated)};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        mark(w, offsets[i]);
    if (p->samples)
        mark(w, offsetof(llmp_profile, samples));
}

llmp_status llmp__calibrate_write(const llmp_catalog *catalog, llmp_date as_of,
                                  llmp_machine_calibration *calibration, llmp_error *error)
{
    llmp__text text = {0};
    writer w = {.calibration = calibration};
    (void)catalog;
    if (!as_of && llmp_date_parse(llmp_data_version(), &as_of, error) != LLMP_OK)
        return LLMP_E_INTERNAL;
    w.as_of = as_of;
    set_identity(&w);
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++)
        add_parameter(&w, i);
    add_formats(&w);
    add_spreads(&w);
    w.profile.head.field_sources = w.sources;
    w.profile.head.field_source_count = w.source_count;
    if (w.source_count)
        mark(&w, offsetof(llmp_profile, head.field_sources));
    llmp__write_section(&text, LLMP_KIND_PROFILE);
    llmp__write_record(&text, LLMP_KIND_PROFILE, &w.profile.head);
    if (w.failed || text.failed || !text.data) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "an overlay");
    }
    calibration->overlay = text.data;
    return LLMP_OK;
}

/* --- the device ---------------------------------------------------------------------------------
 */

/* Kernels of ours are no peak; an engine's may be better by as much. */
static const double arithmetic_headroom = 1.5;

static void add_rate(llmp__text *out, const char *key, double stated, double measured, double unit)
{
    if (!(stated > 0) && measured > 0)
        llmp__text_add_format(out, "    %s: %.5g\n", key, measured / unit);
}

llmp_status llmp_calibration_device(const llmp_device *device,
                                    const llmp_calibration_kernels *kernels, llmp_date as_of,
                                    char **out, llmp_error *error)
{
    if (!device || !kernels || !out)
        return llmp__fail_argument(error, "device, kernels or out", "is NULL");
    if (!as_of && llmp_date_parse(llmp_data_version(), &as_of, error) != LLMP_OK)
        return LLMP_E_INTERNAL;
    llmp__text rates = {0}, text = {0};
    add_rate(&rates, "memory_bandwidth_gb_s", device->memory_bandwidth_bytes_per_s,
             kernels->read_bytes_per_s, 1e9);
    add_rate(&rates, "fp32_tflops", device->fp32_flop_per_s,
             arithmetic_headroom * kernels->fp32_op_per_s, 1e12);
    add_rate(&rates, "int8_tops", device->int8_op_per_s,
             arithmetic_headroom * kernels->int8_op_per_s, 1e12);
    if (rates.data) {
        llmp_device known = *device;
        memset(known.head.present, 0, sizeof known.head.present);
        static const size_t kept[] = {offsetof(llmp_device, head.id),
                                      offsetof(llmp_device, head.name),
                                      offsetof(llmp_device, vendor), offsetof(llmp_device, kind),
                                      offsetof(llmp_device, classes)};
        const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_DEVICE);
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            for (size_t i = 0; i < schema->field_count; i++)
                if (schema->fields[i].offset == kept[k])
                    llmp__schema_mark(schema, &known, i, true);
        llmp__write_section(&text, LLMP_KIND_DEVICE);
        llmp__write_record(&text, LLMP_KIND_DEVICE, &known.head);
        if (text.length && text.data[text.length - 1] != '\n')
            llmp__text_add_char(&text, '\n');
        llmp__text_add_format(&text,
                              "    as_of: %04u-%02u-%02u\n    source: llmplan bench on it\n"
                              "    grade: measured\n",
                              (unsigned)as_of / 10000, (unsigned)as_of / 100 % 100,
                              (unsigned)as_of % 100);
        llmp__text_add(&text, rates.data);
    }
    llmp__text_add(&text, "");
    bool failed = rates.failed || text.failed;
    llmp__text_free(&rates);
    if (failed) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "an overlay");
    }
    *out = text.data;
    return LLMP_OK;
}
