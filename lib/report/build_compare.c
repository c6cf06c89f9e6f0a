/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `compare` for people: who leads in what, the tables, who does which job, what it rests on. */
#include "report/build_compare.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define DOT " \xC2\xB7 "

enum { NOTE = 9, NAMED_MOST = 5 };

/* --- who leads -------------------------------------------------------------------------------- */

static void add_name(llmp_document *d, const char **list, uint32_t *count, const char *name)
{
    (*count)++;
    if (*count <= NAMED_MOST) {
        *list = **list == '\0' ? name : llmp__format(d, "%s, %s", *list, name);
    }
}

static const char *and_more(llmp_document *d, const char *list, uint32_t count)
{
    return count <= NAMED_MOST ? list : llmp__format(d, "%s and %u more", list, count - NAMED_MOST);
}

static void leads(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block)
{
    uint32_t ties = 0;
    bool any = false;
    for (uint32_t i = 0; i < block->subject_count && block->subject_count > 1; i++) {
        const char *list = "";
        uint32_t count = 0;
        for (uint32_t r = 0; r < block->row_count; r++) {
            const llmp_compare_row *row = &block->rows[r];
            if (row->cells[i].mark == LLMP_COMPARE_WINS) {
                add_name(d, &list, &count, llmp__compare_row_head(d, row));
            }
        }
        if (count > 0) {
            llmp__paragraph(d, LLMP__TONE_PLAIN,
                            llmp__format(d, "%s leads in %s",
                                         llmp__compare_subject_title(d, compare, block, i),
                                         and_more(d, list, count)))
                ->tight = any;
            any = true;
        }
    }
    for (uint32_t r = 0; r < block->row_count; r++) {
        bool tie = false;
        for (uint32_t i = 0; i < block->subject_count; i++) {
            tie = tie || block->rows[r].cells[i].mark == LLMP_COMPARE_TIES;
        }
        ties += tie ? 1 : 0;
    }
    if (ties > 0) {
        llmp__paragraph(
            d, LLMP__TONE_PLAIN,
            llmp__format(d, "too close to call, or equal: %u of %u rows", ties, block->row_count))
            ->tight = any;
    }
}

/* --- heading ---------------------------------------------------------------------------------- */

static const char *context_words(llmp_document *d, const llmp_compare *compare,
                                 const llmp_compare_block *block)
{
    const llmp_compare_subject *s = &block->subjects[0];
    const llmp_fit_answer *fit = llmp__compare_fit(compare, s->column, s->model, 0);
    return llmp__format(d, "context %s" DOT "parallel %s",
                        llmp__count(d, fit->options.context_tokens),
                        llmp__count(d, fit->options.parallel));
}

static void heading(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block,
                    bool first)
{
    const llmp_compare_answer *a = llmp_compare_answer_of(compare);
    const llmp_model *model = llmp__compare_model(compare, block->subjects[0].model);
    const char *title = block->of_models ? llmp__compare_column_title(d, compare, 0)
                        : block->whole   ? "the machines, with all models loaded"
                        : a->together
                            ? llmp__format(d, "%s, with the others loaded", model->head.name)
                            : model->head.name;
    llmp__block *block_title = llmp__paragraph(d, LLMP__TONE_STRONG, title);
    block_title->indent = 0;
    block_title->tight = first;
    if (!block->whole) {
        llmp__block *defaults =
            llmp__paragraph(d, LLMP__TONE_DIM, context_words(d, compare, block));
        defaults->indent = 0;
        defaults->tight = true;
    }
}

/* --- several machines as one answer ----------------------------------------------------------- */

/* With models together: the one machine of a column on which this one lies. */
static void home(llmp_document *d, const llmp_compare *compare, const llmp_compare_subject *s)
{
    const llmp_compare_column *column = llmp_compare_column_at(compare, s->column);
    for (uint32_t k = 0; k < column->machine_count && column->machine_count > 1; k++) {
        uint32_t slot;
        if (llmp_compare_assessment(compare, s->column, k, s->model, &slot) != NULL) {
            llmp__labelled(d, "Lies on:", NOTE,
                           llmp__format(d, "%s, of %s",
                                        llmp__machine_title(d, &column->machines[k]),
                                        llmp__compare_column_title(d, compare, s->column)));
        }
    }
}

/* What each machine of a column does best. */
static void jobs(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block,
                 uint32_t subject)
{
    const llmp_compare_subject *s = &block->subjects[subject];
    const llmp_compare_column *column = llmp_compare_column_at(compare, s->column);
    for (uint32_t k = 0; k < column->machine_count && column->machine_count > 1; k++) {
        const char *list = "";
        uint32_t count = 0;
        for (uint32_t r = 0; r < block->row_count; r++) {
            const llmp_compare_row *row = &block->rows[r];
            if (row->cells[subject].by_one && row->cells[subject].machine == k &&
                (row->metric == LLMP_COMPARE_TASK || row->metric == LLMP_COMPARE_DECODE ||
                 row->metric == LLMP_COMPARE_TTFT)) {
                add_name(d, &list, &count, llmp__compare_row_head(d, row));
            }
        }
        llmp__labelled(d, k == 0 ? "Jobs:" : "", NOTE,
                       llmp__format(d, "%s: %s", llmp__machine_title(d, &column->machines[k]),
                                    count == 0 ? "none; the other does them all better"
                                               : and_more(d, list, count)))
            ->tight = k > 0;
    }
}

/* --- closing ---------------------------------------------------------------------------------- */

static bool quants_differ(const llmp_compare *compare, const llmp_compare_block *block)
{
    const char *first = NULL;
    for (uint32_t i = 0; i < block->subject_count && !block->whole && !block->of_models; i++) {
        const llmp_fit_answer *fit;
        for (uint32_t k = 0; (fit = llmp__compare_fit(compare, block->subjects[i].column,
                                                      block->subjects[i].model, k)) != NULL;
             k++) {
            first = first == NULL ? fit->quant_title : first;
            if (strcmp(first, fit->quant_title) != 0) {
                return true;
            }
        }
    }
    return false;
}

static void note(llmp_document *d, bool *first, const char *text)
{
    llmp__labelled(d, *first ? "Note:" : "", NOTE, text)->tight = !*first;
    *first = false;
}

/* The i-th assessment of the first model over all columns and machines; NULL past the last. */
static const llmp_assessment *assessment_at(const llmp_compare *compare, uint32_t i)
{
    for (uint32_t c = 0; c < llmp_compare_answer_of(compare)->column_count; c++) {
        for (uint32_t k = 0; k < llmp_compare_column_at(compare, c)->machine_count; k++) {
            uint32_t slot;
            const llmp_assessment *it = llmp_compare_assessment(compare, c, k, 0, &slot);
            if (it != NULL && i-- == 0) {
                return it;
            }
        }
    }
    return NULL;
}

const llmp_cost_answer *llmp__compare_money_answer(const llmp_compare *compare)
{
    const llmp_assessment *it;
    for (uint32_t i = 0; (it = assessment_at(compare, i)) != NULL; i++) {
        if (llmp_assess_cost(it) != NULL) {
            return llmp_cost_answer_of(llmp_assess_cost(it));
        }
    }
    return NULL;
}

static void money_note(llmp_document *d, const llmp_compare *compare, bool *first)
{
    const llmp_cost_answer *money = llmp__compare_money_answer(compare);
    if (money == NULL) {
        return;
    }
    note(d, first,
         llmp__format(d,
                      "money: owning for %u months, resale, electricity and time included, to "
                      "serve %s (%s requests a month)%s%s",
                      money->study.horizon_months, money->workload->head.name,
                      llmp__count(d, (uint64_t)llround(money->study.demand.requests_count)),
                      money->api == NULL ? "" : "; pays against ",
                      money->api == NULL ? "" : money->api->head.name));
}

static void reasons(llmp_document *d, const llmp_compare *compare, bool *first)
{
    const llmp_assessment *it;
    for (uint32_t i = 0; (it = assessment_at(compare, i)) != NULL; i++) {
        const llmp_assess_answer *one = llmp_assess_answer_of(it);
        if (one->cost_reason[0] != '\0' && one->verdict != LLMP_VERDICT_CANNOT_RUN) {
            note(d, first,
                 llmp__format(d, "no costs of %s: %s", llmp__machine_title(d, one->machine),
                              one->cost_reason));
        }
    }
}

/* The worst grades behind the speeds and the prices. */
static void basis(llmp_document *d, const llmp_compare *compare, bool marked, bool with_trace)
{
    llmp_grade speed = LLMP_GRADE_EXACT;
    llmp_grade price = LLMP_GRADE_EXACT;
    bool has_speed = false;
    bool has_price = false;
    const llmp_assessment *it;
    for (uint32_t i = 0; (it = assessment_at(compare, i)) != NULL; i++) {
        const llmp_assess_answer *a = llmp_assess_answer_of(it);
        if (a->models[0].has_speed) {
            speed = llmp_grade_worse(speed, a->models[0].fit->decode.tokens_per_s.grade);
        }
        has_speed = has_speed || a->models[0].has_speed;
        has_price = has_price || a->has_price;
        price = a->has_price ? llmp_grade_worse(price, a->price.grade) : price;
    }
    llmp__labelled(d, "Basis:", NOTE,
                   llmp__format(d, "speeds %s, prices %s, data of %s%s",
                                has_speed ? llmp_grade_name(speed) : "unknown",
                                has_price ? llmp_grade_name(price) : "unknown", llmp_data_version(),
                                with_trace ? "" : DOT "why: --explain"))
        ->tight = marked;
}

/* A card alone says nothing of what its computer draws. */
static bool bare_card(const llmp_compare *compare)
{
    const llmp_compare_answer *a = llmp_compare_answer_of(compare);
    for (uint32_t c = 0; c < a->column_count; c++) {
        const llmp_compare_column *column = llmp_compare_column_at(compare, c);
        for (uint32_t k = 0; k < column->machine_count; k++) {
            if (column->machines[k].rig == NULL &&
                column->machines[k].devices[0]->kind == LLMP_DEVICE_GPU) {
                return true;
            }
        }
    }
    return false;
}

/* The rate that stands in for an unknown storage; 0 where every machine's is known. */
static double disk_assumed_bytes_per_s(const llmp_compare *compare)
{
    const llmp_assessment *it;
    for (uint32_t i = 0; (it = assessment_at(compare, i)) != NULL; i++) {
        if (llmp_assess_answer_of(it)->disk_assumed) {
            return llmp_assess_answer_of(it)->disk_read_bytes_per_s;
        }
    }
    return 0.0;
}

static void closing(llmp_document *d, const llmp_compare *compare, bool with_trace)
{
    const llmp_compare_answer *a = llmp_compare_answer_of(compare);
    bool first = true;
    bool differ = false;
    for (uint32_t b = 0; b < a->block_count; b++) {
        differ = differ || quants_differ(compare, &a->blocks[b]);
    }
    if (differ) {
        note(d, &first, "each machine has the best quant that fits it; --quant makes them alike");
    }
    money_note(d, compare, &first);
    reasons(d, compare, &first);
    const double assumed = disk_assumed_bytes_per_s(compare);
    if (assumed > 0.0) {
        note(d, &first,
             llmp__format(d,
                          "loading: where a machine's storage is unknown, %.3g GB/s are assumed "
                          "(rig assumed-host)",
                          assumed / LLMP_GB));
    }
    if (bare_card(compare)) {
        note(d, &first,
             "power and its costs: of a card that is named alone, without the computer around it, "
             "which the price has; a rig has both");
    }
    const bool marked = a->blocks[0].subject_count > 1;
    if (marked) {
        llmp__labelled(d, "Marks:", NOTE, "* best; = as good as the best, within 80 % intervals");
    }
    basis(d, compare, marked, with_trace);
}

llmp_status llmp_report_compare(const llmp_compare *compare, bool with_trace,
                                const llmp_report_style *style, llmp_document **out,
                                llmp_error *error)
{
    static const llmp_report_style plain = LLMP_REPORT_STYLE_INIT;
    if (compare == NULL || out == NULL) {
        return llmp__fail_argument(error, "compare or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.compare/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    style = style == NULL ? &plain : style;
    const llmp_compare_answer *a = llmp_compare_answer_of(compare);
    for (uint32_t b = 0; b < a->block_count; b++) {
        const llmp_compare_block *block = &a->blocks[b];
        heading(d, compare, block, b == 0);
        leads(d, compare, block);
        llmp__compare_tables(d, compare, block, style);
        for (uint32_t i = 0; i < block->subject_count && !block->whole; i++) {
            if (a->together) {
                home(d, compare, &block->subjects[i]);
            } else {
                jobs(d, compare, block, i);
            }
        }
    }
    closing(d, compare, with_trace);
    llmp_status status = llmp__compare_data(d, compare, with_trace, error);
    if (status != LLMP_OK) {
        llmp_document_destroy(&d);
        return status;
    }
    return llmp__document_finish(d, out, error);
}
