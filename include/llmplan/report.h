/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file report.h
 * @brief Results as text, JSON, CSV or Markdown.
 *
 * A builder turns a result into a neutral document: a data tree (what JSON prints, keys carry
 * units) and a presentation (paragraphs, tables, bars, plots). Renderers know no domain words.
 */
#ifndef LLMPLAN_REPORT_H
#define LLMPLAN_REPORT_H

#include <llmplan/import_prices.h>
#include <llmplan/planner.h>
#include <llmplan/validate.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A renderer. Named, in a NULL-terminated list. */
typedef struct llmp_renderer llmp_renderer;

/** "text", "json", "csv", "md", ... @return LLMP_E_UNKNOWN with the choices in the hint */
LLMP_API LLMP_NODISCARD llmp_status llmp_renderer_find(const char *name, const llmp_renderer **out,
                                                       llmp_error *error);
LLMP_API const char *llmp_renderer_name(const llmp_renderer *renderer);
/** The i-th renderer; NULL past the end. */
LLMP_API const llmp_renderer *llmp_renderer_at(size_t i);

/** How to draw. */
typedef struct llmp_report_style {
    uint32_t struct_size;
    uint32_t width; /**< columns of the terminal; 40 .. 400 */
    bool colour;    /**< ANSI colours; never carry meaning */
    bool ascii;     /**< no box or block characters */
    bool verbose;   /**< everything, also what a summary leaves out */
} llmp_report_style;

#define LLMP_REPORT_STYLE_INIT                             \
    {                                                      \
        sizeof(llmp_report_style), 80, false, false, false \
    }

/** A neutral document under construction or done. */
typedef struct llmp_document llmp_document;

LLMP_API void llmp_document_destroy(llmp_document **document);

/**
 * Renders.
 * @param out  allocated, NUL-terminated; free with llmp_text_free
 * @return LLMP_E_MEMORY; LLMP_E_ARGUMENT
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_document_render(const llmp_document *document,
                                                         const llmp_renderer *renderer,
                                                         const llmp_report_style *style, char **out,
                                                         llmp_error *error);

/** `fit`: @p with_trace adds the derivation ("trace" in JSON). JSON: llmplan.fit/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_fit(const llmp_fit *const *fits, size_t count,
                                                    bool with_trace, const llmp_report_style *style,
                                                    llmp_document **out, llmp_error *error);

/** `fit` without a model: what can I run here. @p limit rows, 0 for all. JSON: llmplan.fit_list/1.
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_fit_list(const llmp_fit_list *list,
                                                         const llmp_machine *machine, size_t limit,
                                                         const llmp_report_style *style,
                                                         llmp_document **out, llmp_error *error);

/** Axes of `speed`. */
typedef struct llmp_speed_axes {
    uint32_t struct_size;
    const double *contexts_tokens;
    size_t context_count;
    const uint32_t *batches;
    size_t batch_count;
} llmp_speed_axes;

/** `speed`: decode and prefill over context and batch, table and plot. JSON: llmplan.speed/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_speed(const llmp_fit *fit,
                                                      const llmp_speed_axes *axes,
                                                      const llmp_report_style *style,
                                                      llmp_document **out, llmp_error *error);

/** `list`: the records of a kind. JSON: llmplan.list/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_list(const llmp_catalog *catalog, llmp_kind kind,
                                                     const char *filter,
                                                     const llmp_report_style *style,
                                                     llmp_document **out, llmp_error *error);

/** `show`: one record; @p why adds who set each field and where it comes from. JSON:
 * llmplan.show/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_show(const llmp_catalog *catalog, llmp_kind kind,
                                                     const llmp_record *record, bool why,
                                                     const llmp_report_style *style,
                                                     llmp_document **out, llmp_error *error);

/** `show --schema`: the keys of a kind. JSON: llmplan.schema/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_schema(llmp_kind kind,
                                                       const llmp_report_style *style,
                                                       llmp_document **out, llmp_error *error);

/** `import`: what a foreign file says. JSON: llmplan.import/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_import(const llmp_import *import,
                                                       const llmp_report_style *style,
                                                       llmp_document **out, llmp_error *error);

/** `import prices`: what a price list gave, and what became of the rest. JSON:
 * llmplan.import_prices/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_prices_import(const llmp_price_import *import,
                                                              const llmp_report_style *style,
                                                              llmp_document **out,
                                                              llmp_error *error);

/**
 * `show --stale`: the records of a kind that were observed more than @p max_age_days before
 * @p today, oldest first, and models retired by then. Prices whose span has ended are history and
 * not stale. JSON: llmplan.stale/1.
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_stale(const llmp_catalog *catalog, llmp_kind kind,
                                                      llmp_date today, uint32_t max_age_days,
                                                      const llmp_report_style *style,
                                                      llmp_document **out, llmp_error *error);

/** What checking one catalog file gave. */
typedef struct llmp_check_result {
    const char *file;
    llmp_status status;
    llmp_error error; /**< where status is not LLMP_OK */
} llmp_check_result;

/** `check`: which files are good, and where the others are not. JSON: llmplan.check/1. */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_check(const llmp_check_result *results,
                                                      size_t count, const llmp_report_style *style,
                                                      llmp_document **out, llmp_error *error);

/** A file of cases, in memory. */
typedef struct llmp_case_file {
    const char *where; /**< for messages */
    const char *text;
    size_t text_bytes;
} llmp_case_file;

/**
 * `check` of case files: runs them and says what did not pass. JSON: llmplan.cases/1.
 * @param out_failed  number of cases that did not pass; may be NULL
 * @return as llmp_cases_run
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_cases(const llmp_catalog *catalog,
                                                      const llmp_case_file *files, size_t count,
                                                      const llmp_report_style *style,
                                                      size_t *out_failed, llmp_document **out,
                                                      llmp_error *error);

/**
 * `validate`: errors and coverage by group, refused rows, worst rows, a plot of predicted against
 * measured. JSON: llmplan.validate/1.
 * @param file       name of the table
 * @param with_rows  adds every row ("per_row" in JSON; CSV then lists rows, not groups)
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_report_validate(const llmp_validation *validation,
                                                         const char *file, bool with_rows,
                                                         const llmp_report_style *style,
                                                         llmp_document **out, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
