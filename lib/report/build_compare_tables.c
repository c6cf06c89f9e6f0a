/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block of a comparison as tables: subjects side by side, or a line each, topic by topic. */
#include "report/build_compare.h"
#include "report/utf8.h"

enum { LABEL = 20, CELL_WIDE = 23, CELL_LEAST = 16, ENGINE = 12, GAP = 2, LINE_TITLE_MOST = 26 };

/* What a mark looks like to the eye. */
static void set_cell(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block,
                     const llmp_compare_row *row, uint32_t subject, bool wide, llmp__cell *out)
{
    const llmp_compare_cell *cell = &row->cells[subject];
    out->text =
        llmp__format(d, "%s%s", llmp__compare_cell_text(d, compare, block, row, subject, wide),
                     llmp__compare_mark_text(cell->mark));
    out->tone = cell->mark == LLMP_COMPARE_WINS ? LLMP__TONE_GOOD : LLMP__TONE_PLAIN;
    if (row->metric == LLMP_COMPARE_VERDICT && cell->value.p50 > 0.0) {
        out->tone = llmp__verdict_tone((llmp_verdict)(int)cell->value.p50);
    }
}

/* A row that every subject answers alike tells nothing: 1 machine needed. */
static bool worth_a_row(const llmp_compare_block *block, const llmp_compare_row *row)
{
    bool more = row->metric != LLMP_COMPARE_MACHINES;
    for (uint32_t i = 0; i < block->subject_count; i++) {
        more =
            more || (row->cells[i].state == LLMP_COMPARE_VALUE && row->cells[i].value.p50 != 1.0);
    }
    return more;
}

/* --- titles ----------------------------------------------------------------------------------- */

static const char *letter(llmp_document *d, uint32_t subject)
{
    return llmp__format(d, "%c", (char)('A' + (int)subject));
}

static unsigned longest_title(llmp_document *d, const llmp_compare *compare,
                              const llmp_compare_block *block)
{
    unsigned longest = 0;
    for (uint32_t i = 0; i < block->subject_count; i++) {
        unsigned width = llmp__utf8_width(llmp__compare_subject_title(d, compare, block, i));
        longest = width > longest ? width : longest;
    }
    return longest;
}

/* Long names stand above, by letter. */
static void legend(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block)
{
    for (uint32_t i = 0; i < block->subject_count; i++) {
        llmp__labelled(d, letter(d, i), 3, llmp__compare_subject_title(d, compare, block, i))
            ->tight = i > 0;
    }
}

/* --- side by side ----------------------------------------------------------------------------- */

/* The fit on the machine that decodes fastest: of several the one whose figures stand below. */
static const llmp_fit_answer *fit_shown(const llmp_compare *compare,
                                        const llmp_compare_block *block, uint32_t subject)
{
    const llmp_compare_subject *s = &block->subjects[subject];
    uint32_t machine = 0;
    for (uint32_t r = 0; r < block->row_count; r++) {
        const llmp_compare_cell *cell = &block->rows[r].cells[subject];
        if (block->rows[r].metric == LLMP_COMPARE_DECODE && cell->state == LLMP_COMPARE_VALUE) {
            machine = cell->machine;
            break;
        }
    }
    return llmp__compare_fit(compare, s->column, s->model,
                             llmp_compare_answer_of(compare)->together ? 0 : machine);
}

static const char *placement_of(llmp_document *d, const llmp_compare *compare,
                                const llmp_compare_block *block, uint32_t subject)
{
    (void)d;
    const llmp_fit_answer *fit = fit_shown(compare, block, subject);
    return fit == NULL || fit->verdict == LLMP_VERDICT_CANNOT_RUN
               ? ""
               : llmp_placement_name(fit->memory.placement);
}

static const char *engine_of(llmp_document *d, const llmp_compare *compare,
                             const llmp_compare_block *block, uint32_t subject)
{
    (void)d;
    const llmp_fit_answer *fit = fit_shown(compare, block, subject);
    return fit == NULL ? "" : fit->engine->head.name;
}

/* What kind of thing stands there; a rig is described by its name. */
static const char *form_of(llmp_document *d, const llmp_compare *compare,
                           const llmp_compare_block *block, uint32_t subject)
{
    const llmp_compare_column *column =
        llmp_compare_column_at(compare, block->subjects[subject].column);
    const char *text = "";
    for (uint32_t k = 0; k < column->machine_count; k++) {
        const llmp_machine *machine = &column->machines[k];
        const char *form = machine->rig != NULL                ? "rig"
                           : machine->devices[0]->form == NULL ? "unknown"
                                                               : machine->devices[0]->form;
        text = k == 0 ? form : llmp__format(d, "%s + %s", text, form);
    }
    return text;
}

typedef const char *teller(llmp_document *d, const llmp_compare *compare,
                           const llmp_compare_block *block, uint32_t subject);

static void told_row(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block,
                     llmp__block *table, const char *title, teller *tell)
{
    llmp__cell *cells = llmp__table_row(d, table);
    cells[0].text = title;
    for (uint32_t i = 0; i < block->subject_count; i++) {
        cells[1 + i].text = tell(d, compare, block, i);
    }
}

static void side_by_side(llmp_document *d, const llmp_compare *compare,
                         const llmp_compare_block *block, bool wide, bool letters)
{
    const size_t count = block->subject_count + 1;
    llmp__column *columns = llmp__arena_alloc(&d->arena, count, sizeof *columns);
    if (columns == NULL) {
        d->failed = true;
        return;
    }
    columns[0] = (llmp__column){.title = ""};
    for (uint32_t i = 0; i < block->subject_count; i++) {
        columns[1 + i] = (llmp__column){
            .title = letters ? letter(d, i) : llmp__compare_subject_title(d, compare, block, i)};
    }
    llmp__block *table = llmp__table(d, columns, count, false);
    for (uint32_t r = 0; r < block->row_count; r++) {
        const llmp_compare_row *row = &block->rows[r];
        if (!worth_a_row(block, row)) {
            continue;
        }
        llmp__cell *cells = llmp__table_row(d, table);
        cells[0].text = llmp__compare_row_title(d, row);
        for (uint32_t i = 0; i < block->subject_count; i++) {
            set_cell(d, compare, block, row, i, wide, &cells[1 + i]);
        }
        if (row->metric == LLMP_COMPARE_QUANT_LOSS) {
            told_row(d, compare, block, table, "engine", engine_of);
            told_row(d, compare, block, table, "placement", placement_of);
        } else if (row->metric == LLMP_COMPARE_IDLE_W && !block->of_models) {
            told_row(d, compare, block, table, "form", form_of);
        }
    }
}

/* --- a line each ------------------------------------------------------------------------------ */

/* Rows that belong on one table. */
static int topic_of(const llmp_compare_row *row)
{
    switch (row->metric) {
    case LLMP_COMPARE_DECODE:
    case LLMP_COMPARE_TTFT:
        return 1;
    case LLMP_COMPARE_TASK:
        return 2;
    case LLMP_COMPARE_LOAD:
    case LLMP_COMPARE_DISK:
    case LLMP_COMPARE_DECODE_W:
    case LLMP_COMPARE_IDLE_W:
    case LLMP_COMPARE_NOISE:
        return 3;
    case LLMP_COMPARE_PRICE:
    case LLMP_COMPARE_MACHINES:
    case LLMP_COMPARE_USD_PER_MONTH:
    case LLMP_COMPARE_USD_PER_MTOK:
    case LLMP_COMPARE_BREAKEVEN:
        return 4;
    case LLMP_COMPARE_VERDICT:
    case LLMP_COMPARE_QUANT_LOSS:
    case LLMP_COMPARE_CONTEXT:
    case LLMP_COMPARE_USERS:
    case LLMP_COMPARE_USER_SPEED:
    case LLMP_COMPARE_METRIC_COUNT:
        break;
    }
    return 0;
}

static void lines_table(llmp_document *d, const llmp_compare *compare,
                        const llmp_compare_block *block, const llmp_compare_row *const *rows,
                        size_t row_count, bool letters)
{
    /* the engine stands beside the quant that it decides */
    size_t count = row_count + 1;
    size_t engine = 0;
    for (size_t r = 0; r < row_count; r++) {
        engine = rows[r]->metric == LLMP_COMPARE_QUANT_LOSS ? count : engine;
    }
    count += engine > 0 ? 1 : 0;
    llmp__column *columns = llmp__arena_alloc(&d->arena, count, sizeof *columns);
    if (columns == NULL) {
        d->failed = true;
        return;
    }
    columns[0] = (llmp__column){.title = ""};
    for (size_t r = 0; r < row_count; r++) {
        columns[1 + r] = (llmp__column){.title = llmp__compare_row_head(d, rows[r])};
    }
    if (engine > 0) {
        columns[engine] = (llmp__column){.title = "engine"};
    }
    llmp__block *table = llmp__table(d, columns, count, false);
    for (uint32_t i = 0; i < block->subject_count; i++) {
        llmp__cell *cells = llmp__table_row(d, table);
        cells[0].text = letters ? letter(d, i) : llmp__compare_subject_title(d, compare, block, i);
        for (size_t r = 0; r < row_count; r++) {
            set_cell(d, compare, block, rows[r], i, false, &cells[1 + r]);
        }
        if (engine > 0) {
            cells[engine].text = engine_of(d, compare, block, i);
        }
    }
}

static unsigned widest(llmp_document *d, const llmp_compare *compare,
                       const llmp_compare_block *block, const llmp_compare_row *row)
{
    unsigned most = llmp__utf8_width(llmp__compare_row_head(d, row));
    for (uint32_t i = 0; i < block->subject_count; i++) {
        unsigned width =
            llmp__utf8_width(llmp__compare_cell_text(d, compare, block, row, i, false)) + 2;
        most = width > most ? width : most;
    }
    if (row->metric == LLMP_COMPARE_QUANT_LOSS) {
        most += GAP + ENGINE;
    }
    return most;
}

static void lines(llmp_document *d, const llmp_compare *compare, const llmp_compare_block *block,
                  const llmp_report_style *style, bool letters, unsigned title_width)
{
    const llmp_compare_row *rows[LLMP_COMPARE_ROWS_MAX];
    for (int topic = 0; topic < 5; topic++) {
        size_t count = 0;
        unsigned used = GAP + (letters ? 1 : title_width);
        for (uint32_t r = 0; r < block->row_count; r++) {
            const llmp_compare_row *row = &block->rows[r];
            if (topic_of(row) != topic || !worth_a_row(block, row)) {
                continue;
            }
            const unsigned width = widest(d, compare, block, row) + GAP;
            if (count > 0 && used + width > style->width) {
                lines_table(d, compare, block, rows, count, letters);
                count = 0;
                used = GAP + (letters ? 1 : title_width);
            }
            rows[count++] = row;
            used += width;
        }
        if (count > 0) {
            lines_table(d, compare, block, rows, count, letters);
        }
    }
}

void llmp__compare_tables(llmp_document *d, const llmp_compare *compare,
                          const llmp_compare_block *block, const llmp_report_style *style)
{
    const unsigned title = longest_title(d, compare, block);
    const unsigned room = style->width > LABEL + GAP ? style->width - LABEL - GAP : 0;
    const unsigned each = block->subject_count > 0 ? room / block->subject_count : 0;
    if (each < CELL_LEAST + GAP) {
        const bool letters = title > LINE_TITLE_MOST;
        if (letters) {
            legend(d, compare, block);
        }
        lines(d, compare, block, style, letters, title);
        return;
    }
    const bool letters = title + GAP > each;
    if (letters) {
        legend(d, compare, block);
    }
    side_by_side(d, compare, block, each >= CELL_WIDE + GAP, letters);
}
