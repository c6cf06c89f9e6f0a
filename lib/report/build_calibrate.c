/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `calibrate`: what was believed, what is now, and how well samples were predicted. */
#include "report/build_validate.h"

#include "base/error.h"

#include <llmplan/report_calibrate.h>

#include <math.h>
#include <string.h>

#define DOT " \xC2\xB7 "
enum { ROWS_SHOWN = 24 };

/* --- data ---------------------------------------------------------------------------------------
 */

static void value_data(llmp_document *d, llmp__node *map, const char *key, double value,
                       double spread, double unit)
{
    llmp__node *out = llmp__data_map(d, map, key);
    llmp__data_number(d, out, "value", value > 0 ? value / unit : (double)NAN);
    llmp__data_number(d, out, "spread_ratio", value > 0 ? spread : (double)NAN);
}

static double unit_of(const char *key)
{
    size_t length = strlen(key);
    return length > 3 && strcmp(key + length - 3, "_us") == 0 ? 1e-6 : 1;
}

static void parameters_data(llmp_document *d, const llmp_calibrate_answer *a)
{
    llmp__node *list = llmp__data_list(d, d->data, "parameters");
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++) {
        const char *key = llmp_calibration_key((llmp_calibration_parameter)i);
        const llmp_calibration_value *after = &a->calibration.posterior[i];
        if (!(a->prior[i].value > 0 || after->value > 0))
            continue;
        llmp__node *map = llmp__data_map(d, list, NULL);
        llmp__data_text(d, map, "key", key);
        value_data(d, map, "class", a->of_class_values[i].value, a->of_class_values[i].spread_ratio,
                   unit_of(key));
        value_data(d, map, "prior", a->prior[i].value, a->prior[i].spread_ratio, unit_of(key));
        value_data(d, map, "calibrated", after->value, after->spread_ratio, unit_of(key));
        llmp__data_bool(d, map, "written", a->written[i]);
    }
}

static double batch_factor(const llmp_profile_format *format)
{
    return format->batch_factor > 0 ? format->batch_factor : 1;
}

static bool from_kernels(const llmp_profile_format *format)
{
    for (size_t i = 0; llmp_calibration_format(i); i++)
        if (strcmp(format->format, llmp_calibration_format(i)) == 0)
            return true;
    return false;
}

static void formats_data(llmp_document *d, const llmp_calibrate_answer *a)
{
    llmp__node *list = llmp__data_list(d, d->data, "formats");
    for (size_t i = 0; i < a->format_count; i++) {
        llmp__node *map = llmp__data_map(d, list, NULL);
        llmp__data_text(d, map, "format", a->formats[i].format);
        llmp__data_number(d, map, "compute_factor", a->formats[i].compute_factor);
        llmp__data_number(d, map, "batch_factor", batch_factor(&a->formats[i]));
        llmp__data_text(d, map, "from", from_kernels(&a->formats[i]) ? "kernels" : "class");
    }
}

static void errors_data(llmp_document *d, const char *key, const llmp_calibrate_errors *e,
                        double class_sigma, double sigma)
{
    llmp__node *map = llmp__data_map(d, d->data, key);
    llmp__data_whole(d, map, "samples", e->samples);
    llmp__data_number(d, map, "class_median_abs_error_ratio", e->class_ratio);
    llmp__data_number(d, map, "calibrated_median_abs_error_ratio", e->calibrated_ratio);
    llmp__data_whole(d, map, "left_out", e->left_out);
    llmp__data_number(d, map, "left_out_median_abs_error_ratio", e->left_out_ratio);
    llmp__data_number(d, map, "class_sigma", class_sigma > 0 ? class_sigma : (double)NAN);
    llmp__data_number(d, map, "calibrated_sigma", sigma > 0 ? sigma : (double)NAN);
}

static double known(double rate)
{
    return rate > 0 ? rate : (double)NAN;
}

static void rows_data(llmp_document *d, const llmp_machine_calibration *c)
{
    llmp__node *list = llmp__data_list(d, d->data, "samples");
    for (size_t i = 0; i < llmp_calibrate_row_count(c); i++) {
        const llmp_calibrate_row *row = llmp_calibrate_row_at(c, i);
        const llmp_measured_row *m = row->measured;
        llmp__node *map = llmp__data_map(d, list, NULL);
        llmp__data_text(d, map, "id", m->id);
        llmp__data_number(d, map, "line", m->line ? m->line : (double)NAN);
        llmp__data_text(d, map, "model", row->model ? row->model : m->model);
        llmp__data_text(d, map, "quant", row->quant ? row->quant : m->quant);
        llmp__data_text(d, map, "phase", llmp_phase_name(m->phase));
        llmp__data_number(d, map, "prompt_tokens", m->prompt_tokens);
        llmp__data_number(d, map, "context_depth", m->context_depth);
        llmp__data_number(d, map, "batch", m->batch);
        llmp__data_number(d, map, "measured_tokens_per_s", m->tokens_per_s);
        llmp__data_number(d, map, "class_tokens_per_s", known(row->fit.prior_tokens_per_s));
        llmp__data_number(d, map, "calibrated_tokens_per_s",
                          known(row->fit.posterior_tokens_per_s));
        llmp__data_number(d, map, "left_out_tokens_per_s", known(row->fit.left_out_tokens_per_s));
        llmp__data_bool(d, map, "used", row->fit.used);
        llmp__data_text(d, map, "reason", row->fit.reason[0] ? row->fit.reason : NULL);
    }
}

static const llmp__column csv_columns[] = {
    {.key = "model"},
    {.key = "quant"},
    {.key = "phase"},
    {.key = "context_depth", .right = true},
    {.key = "batch", .right = true},
    {.key = "measured_tokens_per_s", .right = true},
    {.key = "class_tokens_per_s", .right = true},
    {.key = "calibrated_tokens_per_s", .right = true},
    {.key = "left_out_tokens_per_s", .right = true},
    {.key = "used"},
    {.key = "reason"},
};

static void rows_csv(llmp_document *d, const llmp_machine_calibration *c)
{
    llmp__block *table =
        llmp__table(d, csv_columns, sizeof csv_columns / sizeof *csv_columns, true);
    table->hidden = true;
    for (size_t i = 0; i < llmp_calibrate_row_count(c); i++) {
        const llmp_calibrate_row *row = llmp_calibrate_row_at(c, i);
        const llmp_measured_row *m = row->measured;
        llmp__cell *cell = llmp__table_row(d, table);
        cell[0].raw = llmp__format(d, "%s", row->model ? row->model : m->model ? m->model : "");
        cell[1].raw = llmp__format(d, "%s", row->quant ? row->quant : m->quant ? m->quant : "");
        cell[2].raw = llmp_phase_name(m->phase);
        cell[3].raw = llmp__raw_number(d, m->context_depth);
        cell[4].raw = llmp__raw_number(d, m->batch);
        cell[5].raw = llmp__raw_number(d, m->tokens_per_s);
        cell[6].raw = llmp__raw_number(d, known(row->fit.prior_tokens_per_s));
        cell[7].raw = llmp__raw_number(d, known(row->fit.posterior_tokens_per_s));
        cell[8].raw = llmp__raw_number(d, known(row->fit.left_out_tokens_per_s));
        cell[9].raw = row->fit.used ? "true" : "false";
        cell[10].raw = llmp__format(d, "%s", row->fit.reason);
    }
}

/* --- for people ---------------------------------------------------------------------------------
 */

static const llmp__column error_columns[] = {
    {.title = "median error"},
    {.title = "samples", .right = true},
    {.title = "class", .right = true},
    {.title = "calibrated", .right = true},
    {.title = "left out", .right = true},
    {.title = "80 % within, before", .right = true},
    {.title = "now", .right = true},
};

static const char *percent_or(llmp_document *d, double ratio)
{
    return isnan(ratio) ? "-" : llmp__percent(d, ratio, false);
}

/* Half of the 80 % interval as a factor: e^(1.2816 sigma). */
static const char *factor(llmp_document *d, double sigma)
{
    return sigma > 0 ? llmp__format(d, "x/\xC3\xB7 %.2f", exp(1.2815515655446004 * sigma)) : "-";
}

static void error_row(llmp_document *d, llmp__block *table, const char *name,
                      const llmp_calibrate_errors *e, double class_sigma, double sigma)
{
    llmp__cell *c = llmp__table_row(d, table);
    c[0].text = name;
    c[1].text = llmp__count(d, e->samples);
    c[2].text = percent_or(d, e->class_ratio);
    c[3].text = percent_or(d, e->calibrated_ratio);
    c[4].text = percent_or(d, e->left_out_ratio);
    c[5].text = factor(d, class_sigma);
    c[6].text = factor(d, sigma);
}

static const llmp__column parameter_columns[] = {
    {.title = "parameter"},
    {.title = "class", .right = true},
    {.title = "calibrated", .right = true},
    {.title = "within", .right = true},
    {.title = "from"},
};

static void parameters_table(llmp_document *d, const llmp_calibrate_answer *a)
{
    llmp__block *table = llmp__table(d, parameter_columns,
                                     sizeof parameter_columns / sizeof *parameter_columns, false);
    for (int i = 0; i < LLMP_CALIBRATE_COUNT; i++) {
        const char *key = llmp_calibration_key((llmp_calibration_parameter)i);
        const llmp_calibration_value *after = &a->calibration.posterior[i];
        if (!(after->value > 0))
            continue;
        llmp__cell *c = llmp__table_row(d, table);
        c[0].text = key;
        c[1].text = a->of_class_values[i].value > 0
                        ? llmp__figure(d, a->of_class_values[i].value / unit_of(key))
                        : "-";
        c[2].text = llmp__figure(d, after->value / unit_of(key));
        c[2].tone = a->written[i] ? LLMP__TONE_STRONG : LLMP__TONE_PLAIN;
        c[3].text = llmp__percent(d, after->spread_ratio, false);
        c[4].text = a->calibration.informed[i]        ? "samples"
                    : a->has_kernels && a->written[i] ? "kernels"
                    : a->written[i]                   ? "class, moved"
                                                      : "class";
    }
}

static const llmp__column format_columns[] = {
    {.title = "products of weights in"},
    {.title = "x its width's", .right = true},
    {.title = "few tokens", .right = true},
    {.title = "from"},
};

static void formats_table(llmp_document *d, const llmp_calibrate_answer *a)
{
    if (!a->format_count)
        return;
    llmp__block *table =
        llmp__table(d, format_columns, sizeof format_columns / sizeof *format_columns, false);
    for (size_t i = 0; i < a->format_count; i++) {
        llmp__cell *c = llmp__table_row(d, table);
        c[0].text = a->formats[i].format;
        c[1].text = llmp__figure(d, a->formats[i].compute_factor);
        c[2].text = llmp__figure(d, a->formats[i].compute_factor * batch_factor(&a->formats[i]));
        c[3].text = from_kernels(&a->formats[i]) ? "kernels" : "class";
    }
}

static const llmp__column row_columns[] = {
    {.title = "sample, tokens/s"},        {.title = "measured", .right = true},
    {.title = "class", .right = true},    {.title = "calibrated", .right = true},
    {.title = "left out", .right = true}, {.title = "error", .right = true},
};

static const char *row_name(llmp_document *d, const llmp_calibrate_row *row)
{
    const llmp_measured_row *m = row->measured;
    double tokens = m->phase == LLMP_PHASE_PREFILL ? m->prompt_tokens : m->context_depth;
    const char *what = m->phase == LLMP_PHASE_PREFILL ? "prefill of" : "decode at";
    return llmp__format(
        d, "%s %s %s %s%s", row->model ? row->model : "?", row->quant ? row->quant : "?", what,
        tokens >= 0 ? llmp__count(d, (uint64_t)tokens) : "0",
        m->batch > 1 ? llmp__format(d, ", %s at once", llmp__count(d, (uint64_t)m->batch)) : "");
}

static void rows_table(llmp_document *d, const llmp_machine_calibration *c, bool all)
{
    llmp__block *table =
        llmp__table(d, row_columns, sizeof row_columns / sizeof *row_columns, false);
    size_t shown = 0, used = 0;
    for (size_t i = 0; i < llmp_calibrate_row_count(c); i++) {
        const llmp_calibrate_row *row = llmp_calibrate_row_at(c, i);
        const llmp_calibration_fit *fit = &row->fit;
        used += fit->used;
        if (!fit->used || (shown == ROWS_SHOWN && !all))
            continue;
        shown++;
        double judged = fit->left_out_tokens_per_s > 0 ? fit->left_out_tokens_per_s
                                                       : fit->posterior_tokens_per_s;
        llmp__cell *cell = llmp__table_row(d, table);
        cell[0].text = row_name(d, row);
        cell[1].text = llmp__figure(d, row->measured->tokens_per_s);
        cell[2].text = llmp__figure(d, fit->prior_tokens_per_s);
        cell[3].text = llmp__figure(d, fit->posterior_tokens_per_s);
        cell[4].text =
            fit->left_out_tokens_per_s > 0 ? llmp__figure(d, fit->left_out_tokens_per_s) : "-";
        cell[5].text = llmp__percent(d, judged / row->measured->tokens_per_s - 1, true);
    }
    if (used > shown)
        llmp__paragraph(d, LLMP__TONE_DIM,
                        llmp__format(d, "%s more: -v", llmp__count(d, used - shown)))
            ->tight = true;
}

/* Each reason once, with how many rows it holds for. */
static void set_aside(llmp_document *d, const llmp_machine_calibration *c)
{
    const size_t count = llmp_calibrate_row_count(c);
    for (size_t i = 0; i < count; i++) {
        const llmp_calibrate_row *row = llmp_calibrate_row_at(c, i);
        size_t same = 0;
        bool first = !row->fit.used;
        for (size_t k = 0; k < count && first; k++) {
            const llmp_calibrate_row *other = llmp_calibrate_row_at(c, k);
            if (other->fit.used || strcmp(other->fit.reason, row->fit.reason) != 0)
                continue;
            same++;
            first = k >= i;
        }
        if (first)
            llmp__labelled(d, "Set aside:", 11,
                           llmp__format(d, "%s row%s: %s", llmp__count(d, same),
                                        same == 1 ? "" : "s", row->fit.reason));
    }
}

static void fill(llmp_document *d, const llmp_machine_calibration *c, const char *stored_in,
                 const llmp_report_style *style)
{
    const llmp_calibrate_answer *a = llmp_calibrate_answer_of(c);
    llmp__data_text(d, d->data, "device", a->device->head.id);
    llmp__data_text(d, d->data, "engine", a->engine->head.id);
    llmp__data_text(d, d->data, "backend", a->backend->id);
    llmp__data_text(d, d->data, "profile", a->profile_id);
    llmp__data_text(d, d->data, "stored_in", stored_in);
    llmp__data_whole(d, d->data, "models", a->models);
    llmp__data_whole(d, d->data, "rejected", a->calibration.rejected);
    errors_data(d, "decode", &a->decode, a->of_class.sigma_decode, a->calibrated.sigma_decode);
    errors_data(d, "prefill", &a->prefill, a->of_class.sigma_prefill, a->calibrated.sigma_prefill);
    parameters_data(d, a);
    formats_data(d, a);
    rows_data(d, c);
    rows_csv(d, c);

    llmp__block *heading = llmp__paragraph(
        d, LLMP__TONE_STRONG,
        llmp__format(d, "%s" DOT "%s %s" DOT "%s", a->device->head.name, a->engine->head.name,
                     a->backend->name,
                     a->models == 0
                         ? "from kernels alone"
                         : llmp__format(d, "%s samples of %s model%s",
                                        llmp__count(d, a->calibration.used),
                                        llmp__count(d, a->models), a->models == 1 ? "" : "s")));
    heading->indent = 0;
    llmp__block *table =
        a->decode.samples || a->prefill.samples
            ? llmp__table(d, error_columns, sizeof error_columns / sizeof *error_columns, false)
            : NULL;
    if (a->decode.samples)
        error_row(d, table, "decode", &a->decode, a->of_class.sigma_decode,
                  a->calibrated.sigma_decode);
    if (a->prefill.samples)
        error_row(d, table, "prefill", &a->prefill, a->of_class.sigma_prefill,
                  a->calibrated.sigma_prefill);
    parameters_table(d, a);
    formats_table(d, a);
    if (a->calibration.used)
        rows_table(d, c, style && style->verbose);
    set_aside(d, c);
    if (a->models == 1)
        llmp__labelled(d, "Note:", 11,
                       "one model: a second of another size tells bandwidth from per-layer cost");
    if (stored_in)
        llmp__labelled(d, "Stored in:", 11, stored_in);
    else
        llmp__labelled(d, "Stored:", 11, "nothing (--check)");
}

llmp_status llmp_report_calibrate(const llmp_machine_calibration *calibration,
                                  const char *stored_in, const llmp_report_style *style,
                                  llmp_document **out, llmp_error *error)
{
    if (calibration == NULL || out == NULL) {
        return llmp__fail_argument(error, "calibration or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.calibrate/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    fill(d, calibration, stored_in, style);
    return llmp__document_finish(d, out, error);
}
