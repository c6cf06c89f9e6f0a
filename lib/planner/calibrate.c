/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of benchmarks to samples, samples to a profile. */
#include "planner/calibrate.h"

#include "base/error.h"
#include "base/names.h"
#include "planner/measured.h"
#include "speed/prepare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const llmp_catalog *catalog;
    const llmp_calibrate_request *request;
    llmp_machine_calibration *out;
    llmp__measured_scenario *scenario; /* scratch */
    llmp_speed_model *models;          /* one per sample */
    llmp_calibration_sample *samples;
    size_t *row_of;
    size_t sample_count;
    llmp_error *error;
} job;

/* --- rows ---------------------------------------------------------------------------------------
 */

static const char *keep(job *j, const char *text)
{
    return llmp__arena_text(&j->out->arena, text, strlen(text));
}

static void set_aside(llmp_calibrate_row *row, const char *why)
{
    snprintf(row->fit.reason, sizeof row->fit.reason, "%s", why);
}

/* A row's own words of a device that the catalog knows must be this one; words it does not know are
 * the user's to vouch for. */
static bool other_device(const job *j, const llmp_measured_row *measured, char *why, size_t size)
{
    const llmp_device *device = j->out->answer.device;
    const llmp_record *found;
    if (!measured->device || llmp_catalog_find(j->catalog, LLMP_KIND_DEVICE, measured->device,
                                               &found, NULL, NULL) != LLMP_OK)
        return false;
    if (strcmp(found->id, device->head.id) == 0)
        return false;
    snprintf(why, size, "measured on %s, not on %s", found->name, device->head.name);
    return true;
}

static bool other_engine(const job *j, const llmp_measured_row *measured, char *why, size_t size)
{
    const llmp_calibrate_answer *answer = &j->out->answer;
    const llmp_record *engine;
    if (measured->engine && (llmp_catalog_find(j->catalog, LLMP_KIND_ENGINE, measured->engine,
                                               &engine, NULL, NULL) != LLMP_OK ||
                             strcmp(engine->id, answer->engine->head.id) != 0)) {
        snprintf(why, size, "measured with %.40s, not %s", measured->engine,
                 answer->engine->head.name);
        return true;
    }
    if (measured->backend && !llmp__name_equal(measured->backend, answer->backend->id) &&
        !llmp__name_equal(measured->backend, answer->backend->name)) {
        snprintf(why, size, "measured on backend %.40s, not %s", measured->backend,
                 answer->backend->id);
        return true;
    }
    return false;
}

static double or_zero(double number)
{
    return isnan(number) ? 0 : number;
}

static void set_sample(job *j, llmp_calibrate_row *row, size_t index)
{
    const llmp__measured_scenario *s = j->scenario;
    const llmp_measured_row *measured = row->measured;
    llmp_calibration_sample *sample = &j->samples[j->sample_count];
    char label[160];
    row->model = s->model->head.id;
    row->quant = s->quant->head.id;
    snprintf(label, sizeof label, "%.80s %.40s", row->model, row->quant);
    *sample = (llmp_calibration_sample)LLMP_CALIBRATION_SAMPLE_INIT;
    sample->model = &j->models[j->sample_count];
    sample->prefill = s->phase == LLMP_PHASE_PREFILL;
    sample->context_tokens = s->context_tokens;
    sample->prompt_tokens = s->prompt_tokens;
    sample->batch = s->batch;
    sample->tokens_per_s = measured->tokens_per_s;
    sample->spread_ratio = or_zero(measured->tokens_per_s_stddev) / measured->tokens_per_s;
    sample->label = keep(j, label);
    j->row_of[j->sample_count++] = index;
}

/* The parameters are put in by the fit, which also derives what follows. */
static void use_formats(const job *j, llmp_speed_model *model)
{
    const llmp_calibrate_answer *answer = &j->out->answer;
    for (uint32_t i = 0; answer->format_count > 0 && i < model->stage_count; i++) {
        model->stages[i].profile.formats = answer->formats;
        model->stages[i].profile.format_count = answer->format_count;
    }
}

/* One row: a sample, or the reason why not. */
static void take_row(job *j, size_t index)
{
    llmp_calibrate_row *row = &j->out->rows[index];
    char why[160] = "";
    if (other_device(j, row->measured, why, sizeof why) ||
        other_engine(j, row->measured, why, sizeof why)) {
        set_aside(row, why);
        return;
    }
    llmp_measured_row given = *row->measured;
    llmp_error error = LLMP_ERROR_INIT;
    given.device = j->out->answer.device->head.id;
    given.engine = j->out->answer.engine->head.id;
    given.backend = j->out->answer.backend->id;
    llmp_status status = llmp__measured_prepare(j->catalog, &given, j->scenario, &error);
    if (status == LLMP_OK)
        status =
            llmp_speed_prepare_class(j->catalog, &j->scenario->memory_model, &j->scenario->memory,
                                     &j->models[j->sample_count], &error);
    if (status == LLMP_OK) {
        use_formats(j, &j->models[j->sample_count]);
        set_sample(j, row, index);
    } else {
        snprintf(why, sizeof why, "%.60s%s%.90s", error.field, error.field[0] ? ": " : "",
                 error.message);
        set_aside(row, why);
    }
    llmp__measured_release(j->scenario);
}

/* --- errors -------------------------------------------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    if (!count)
        return (double)NAN;
    qsort(values, count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

static void measure(const job *j, bool prefill, double *scratch, llmp_calibrate_errors *out)
{
    enum { OF_CLASS, CALIBRATED, LEFT_OUT, KINDS };
    double *medians[KINDS] = {&out->class_ratio, &out->calibrated_ratio, &out->left_out_ratio};
    *out = (llmp_calibrate_errors){.samples = 0};
    for (int kind = 0; kind < KINDS; kind++) {
        size_t count = 0;
        for (size_t i = 0; i < j->sample_count; i++) {
            const llmp_calibration_sample *sample = &j->samples[i];
            const llmp_calibration_fit *fit = &j->out->rows[j->row_of[i]].fit;
            const double rates[KINDS] = {fit->prior_tokens_per_s, fit->posterior_tokens_per_s,
                                         fit->left_out_tokens_per_s};
            if (fit->used && sample->prefill == prefill && rates[kind] > 0)
                scratch[count++] = fabs(rates[kind] / sample->tokens_per_s - 1);
        }
        *medians[kind] = median(scratch, count);
        if (kind == OF_CLASS)
            out->samples = (uint32_t)count;
        if (kind == LEFT_OUT)
            out->left_out = (uint32_t)count;
    }
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static uint32_t count_models(const job *j)
{
    uint32_t models = 0;
    for (size_t i = 0; i < j->sample_count; i++) {
        bool seen = !j->out->rows[j->row_of[i]].fit.used;
        for (size_t k = 0; k < i && !seen; k++)
            seen = j->out->rows[j->row_of[k]].fit.used &&
                   strcmp(j->samples[i].label, j->samples[k].label) == 0;
        models += !seen;
    }
    return models;
}

static llmp_status no_sample(const job *j)
{
    const llmp_machine_calibration *out = j->out;
    for (size_t i = 0; i < out->row_count; i++)
        if (!out->rows[i].fit.used) {
            llmp_status status = llmp__fail(
                j->error, LLMP_E_NO_DATA, "none of %zu rows can calibrate %s; the first: %.140s",
                out->row_count, out->answer.device->head.name, out->rows[i].fit.reason);
            llmp__hint(j->error, "%s", "llmplan validate FILE shows every row");
            return status;
        }
    return llmp__fail(j->error, LLMP_E_NO_DATA, "there is no row to calibrate from");
}

static double narrower(double sigma, double of_class)
{
    return sigma > 0 && (!(of_class > 0) || sigma < of_class) ? sigma : of_class;
}

/* The class's spread is that of steps without attention, widened by its share: once attention is
 * measured, one spread holds for all. */
static bool knows_attention(const llmp_calibrate_answer *answer)
{
    const bool *informed = answer->calibration.informed;
    return answer->has_kernels || informed[LLMP_CALIBRATE_ATTENTION_DECODE] ||
           informed[LLMP_CALIBRATE_KV_BANDWIDTH];
}

static llmp_status fit(job *j)
{
    llmp_calibrate_answer *answer = &j->out->answer;
    llmp_calibration_fit *fits = calloc(j->sample_count + 1, sizeof *fits);
    double *scratch = calloc(j->sample_count + 1, sizeof *scratch);
    llmp_status status = fits && scratch ? LLMP_OK : llmp__fail_memory(j->error, "samples");
    if (status == LLMP_OK)
        status = llmp_calibrate(answer->prior, j->samples, j->sample_count, &j->request->options,
                                &answer->calibration, fits, j->error);
    if (status == LLMP_OK) {
        for (size_t i = 0; i < j->sample_count; i++)
            j->out->rows[j->row_of[i]].fit = fits[i];
        measure(j, false, scratch, &answer->decode);
        measure(j, true, scratch, &answer->prefill);
        answer->models = count_models(j);
        answer->calibrated.sigma_decode =
            narrower(answer->calibration.sigma_decode, answer->of_class.sigma_decode);
        answer->calibrated.sigma_prefill =
            narrower(answer->calibration.sigma_prefill, answer->of_class.sigma_prefill);
        answer->attention_known = knows_attention(answer);
        if (answer->attention_known && j->out->class_profile.sigma_attention_factor > 1)
            answer->calibrated.sigma_decode = answer->calibration.decode_used
                                                  ? answer->calibration.sigma_decode
                                                  : LLMP_CALIBRATION_KERNELS_SIGMA_DECODE;
        else if (answer->has_kernels && !answer->calibration.decode_used)
            answer->calibrated.sigma_decode =
                narrower(LLMP_CALIBRATION_KERNELS_SIGMA_DECODE, answer->of_class.sigma_decode);
        if (answer->has_kernels) {
            answer->calibrated.sigma_prefill =
                narrower(answer->calibration.prefill_used ? answer->calibrated.sigma_prefill
                                                          : LLMP_CALIBRATION_KERNELS_SIGMA_PREFILL,
                         answer->of_class.sigma_prefill);
        }
        if (!answer->calibration.used && (!answer->has_kernels || j->out->row_count))
            status = no_sample(j);
    }
    free(fits);
    free(scratch);
    return status;
}

static llmp_status take_rows(job *j)
{
    size_t count = 0;
    for (size_t f = 0; f < j->request->measured_count; f++)
        count += llmp_measured_size(j->request->measured[f]);
    if (count > LLMP_CALIBRATION_SAMPLES_MAX)
        return llmp__fail(j->error, LLMP_E_LIMIT, "%zu rows, at most %d", count,
                          LLMP_CALIBRATION_SAMPLES_MAX);
    j->out->rows = calloc(count + 1, sizeof *j->out->rows);
    j->models = malloc((count + 1) * sizeof *j->models);
    j->samples = calloc(count + 1, sizeof *j->samples);
    j->row_of = calloc(count + 1, sizeof *j->row_of);
    j->scenario = calloc(1, sizeof *j->scenario);
    if (!j->out->rows || !j->models || !j->samples || !j->row_of || !j->scenario)
        return llmp__fail_memory(j->error, "samples");
    for (size_t f = 0; f < j->request->measured_count; f++)
        for (size_t i = 0; i < llmp_measured_size(j->request->measured[f]); i++)
            j->out->rows[j->out->row_count++].measured =
                llmp_measured_at(j->request->measured[f], i);
    for (size_t i = 0; i < j->out->row_count; i++)
        take_row(j, i);
    return LLMP_OK;
}

/* The engine that ran the first row that names one, else llama.cpp. */
static llmp_status choose_engine(job *j)
{
    const llmp_calibrate_request *request = j->request;
    llmp_calibrate_answer *answer = &j->out->answer;
    const llmp_record *record = NULL;
    answer->engine = request->engine;
    for (size_t f = 0; f < request->measured_count && !answer->engine; f++)
        for (size_t i = 0; i < llmp_measured_size(request->measured[f]) && !answer->engine; i++) {
            const char *name = llmp_measured_at(request->measured[f], i)->engine;
            if (name && llmp_catalog_find(j->catalog, LLMP_KIND_ENGINE, name, &record, NULL,
                                          NULL) == LLMP_OK)
                answer->engine = LLMP_ENGINE(record);
        }
    if (!answer->engine) {
        llmp_status status =
            llmp_catalog_find(j->catalog, LLMP_KIND_ENGINE, "llama.cpp", &record, NULL, j->error);
        if (status != LLMP_OK)
            return status;
        answer->engine = LLMP_ENGINE(record);
    }
    return llmp_backend_for(answer->engine, request->machine, request->backend, &answer->backend,
                            j->error);
}

static const llmp_profile_format *find_format(const llmp_profile_format *list, size_t count,
                                              const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].format, id) == 0)
            return &list[i];
    return NULL;
}

/* Formats without a kernel stand to Q4_0 as the class has them; other widths as to their width. */
static void set_formats(job *j)
{
    llmp_calibrate_answer *answer = &j->out->answer;
    const llmp_profile *of_class = &j->out->class_profile;
    size_t measured = llmp_calibration_formats(j->request->kernels, answer->device, answer->prior,
                                               answer->formats);
    const llmp_profile_format *here = find_format(answer->formats, measured, "q4_0");
    const llmp_profile_format *there =
        find_format(of_class->formats, of_class->format_count, "q4_0");
    double narrow = here && there && there->compute_factor > 0
                        ? here->compute_factor / there->compute_factor
                        : 1;
    answer->format_count = measured;
    for (size_t i = 0; measured > 0 && i < of_class->format_count; i++) {
        const llmp_profile_format *known = &of_class->formats[i];
        const llmp_format *format =
            LLMP_FORMAT(llmp_catalog_get(j->catalog, LLMP_KIND_FORMAT, known->format));
        if (find_format(answer->formats, measured, known->format) || !format ||
            answer->format_count == LLMP_CALIBRATE_FORMATS_MAX)
            continue;
        llmp_profile_format *out = &answer->formats[answer->format_count++];
        *out = *known;
        if (llmp__format_width(format) == LLMP__WIDTH_4)
            out->compute_factor *= narrow;
    }
}

static llmp_status use_kernels(job *j)
{
    llmp_calibrate_answer *answer = &j->out->answer;
    if (answer->device->kind != LLMP_DEVICE_CPU || strcmp(answer->backend->id, "cpu") != 0) {
        llmp_status status = llmp__fail(j->error, LLMP_E_IMPOSSIBLE,
                                        "kernels of a processor say nothing of %s on %s",
                                        answer->engine->head.name, answer->device->head.name);
        llmp__hint(j->error, "calibrate it from llama-bench's results");
        return status;
    }
    answer->has_kernels = true;
    answer->kernels = *j->request->kernels;
    llmp_status status =
        llmp_calibration_narrow(j->request->kernels, answer->device, answer->prior, j->error);
    if (status == LLMP_OK)
        set_formats(j);
    return status;
}

static llmp_status run(job *j)
{
    llmp_calibrate_answer *answer = &j->out->answer;
    llmp_grade grade;
    answer->struct_size = sizeof *answer;
    answer->device = j->request->machine->devices[0];
    llmp_status status = choose_engine(j);
    if (status == LLMP_OK)
        status =
            llmp_profile_resolve_class(j->catalog, answer->engine, answer->backend, answer->device,
                                       &j->out->class_profile, &grade, j->error);
    if (status == LLMP_OK)
        status = llmp_calibration_prior(&j->out->class_profile, answer->prior, j->error);
    memcpy(answer->of_class_values, answer->prior, sizeof answer->prior);
    if (status == LLMP_OK && j->request->kernels)
        status = use_kernels(j);
    if (status != LLMP_OK)
        return status;
    answer->of_class.sigma_decode = j->out->class_profile.sigma_decode;
    answer->of_class.sigma_prefill = j->out->class_profile.sigma_prefill;
    status = take_rows(j);
    if (status == LLMP_OK)
        status = fit(j);
    if (status == LLMP_OK)
        status = llmp__calibrate_write(j->catalog, j->request->as_of, j->out, j->error);
    return status;
}

llmp_status llmp_machine_calibrate(const llmp_catalog *catalog,
                                   const llmp_calibrate_request *request,
                                   llmp_machine_calibration **out, llmp_error *error)
{
    if (!catalog || !request || !request->struct_size || !out)
        return llmp__fail_argument(error, "catalog, request or out", "is NULL or not initialised");
    if (!request->machine || !request->machine->device_count)
        return llmp__fail_argument(error, "machine", "is missing");
    if (request->measured_count > LLMP_CALIBRATE_FILES_MAX)
        return llmp__fail(error, LLMP_E_LIMIT, "%zu files, at most %d", request->measured_count,
                          LLMP_CALIBRATE_FILES_MAX);
    llmp_machine_calibration *made = calloc(1, sizeof *made);
    if (!made)
        return llmp__fail_memory(error, "a calibration");
    job j = {.catalog = catalog, .request = request, .out = made, .error = error};
    llmp_status status = run(&j);
    free(j.models);
    free(j.samples);
    free(j.row_of);
    free(j.scenario);
    if (status == LLMP_OK)
        *out = made;
    else
        llmp_machine_calibration_destroy(&made);
    return status;
}

void llmp_machine_calibration_destroy(llmp_machine_calibration **calibration)
{
    if (!calibration || !*calibration)
        return;
    free((*calibration)->rows);
    free((*calibration)->overlay);
    llmp__arena_free(&(*calibration)->arena);
    free(*calibration);
    *calibration = NULL;
}

const llmp_calibrate_answer *llmp_calibrate_answer_of(const llmp_machine_calibration *calibration)
{
    return &calibration->answer;
}

size_t llmp_calibrate_row_count(const llmp_machine_calibration *calibration)
{
    return calibration->row_count;
}

const llmp_calibrate_row *llmp_calibrate_row_at(const llmp_machine_calibration *calibration,
                                                size_t i)
{
    return i < calibration->row_count ? &calibration->rows[i] : NULL;
}

const char *llmp_calibrate_overlay(const llmp_machine_calibration *calibration)
{
    return calibration->overlay;
}
