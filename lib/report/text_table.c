/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables in a terminal: columns as wide as their longest cell; one may wrap, one may be a bar. */
#include "report/render.h"
#include "report/utf8.h"

#include <string.h>

enum { GAP = 2 };

static const char *cell_text(const llmp__row *row, size_t column)
{
    const char *text = row->cells[column].text;
    return text == NULL ? "" : text;
}

static bool column_shown(const llmp__column *column, const llmp_report_style *style)
{
    return column->title != NULL && llmp__shown(column->detail, style);
}

/* A column cannot be narrower than its longest word; addresses may stick out of theirs. */
static unsigned longest_word(const llmp__block *table, size_t column)
{
    enum { LEAST = 8, MOST = 24 };
    unsigned longest = LEAST;
    for (const llmp__row *row = table->rows; row != NULL; row = row->next) {
        for (const char *at = cell_text(row, column); *at != '\0';) {
            size_t length = strcspn(at, " ");
            unsigned width = length < MOST ? (unsigned)length : MOST;
            longest = width > longest ? width : longest;
            at += length + strspn(at + length, " ");
        }
    }
    return longest;
}

static void measure(const llmp__block *table, const llmp_report_style *style,
                    unsigned widths[LLMP__COLUMNS_MAX])
{
    unsigned used = table->indent;
    size_t stretch = LLMP__COLUMNS_MAX; /* the column that takes what is left */
    for (size_t c = 0; c < table->column_count; c++) {
        const llmp__column *column = &table->columns[c];
        widths[c] = 0;
        if (!column_shown(column, style)) {
            continue;
        }
        widths[c] = llmp__utf8_width(column->title);
        for (const llmp__row *row = table->rows; row != NULL && !column->bar; row = row->next) {
            unsigned width = llmp__utf8_width(cell_text(row, c));
            widths[c] = width > widths[c] ? width : widths[c];
        }
        if (column->bar || column->wrap) {
            stretch = c;
        }
        used += widths[c] + (c > 0 ? GAP : 0);
    }
    if (stretch == LLMP__COLUMNS_MAX) {
        return;
    }
    if (table->columns[stretch].bar) {
        unsigned others = used - widths[stretch];
        unsigned room = style->width > others ? style->width - others : 0;
        room = room > 60 ? 60 : room;
        widths[stretch] = room > widths[stretch] ? room : widths[stretch];
    } else if (used > style->width) {
        unsigned over = used - style->width;
        unsigned floor = longest_word(table, stretch);
        widths[stretch] = widths[stretch] > over + floor ? widths[stretch] - over : floor;
    }
}

/* Blanks are owed, not written, so that no line ends in them. */
static void pad(llmp__text *out, unsigned *owed)
{
    llmp__text_add_indent(out, *owed);
    *owed = 0;
}

/* One printed line of a row; @p rest holds what of each wrapped cell is still to come. */
static bool line(const llmp__block *table, const llmp__row *row, const llmp_report_style *style,
                 const unsigned widths[LLMP__COLUMNS_MAX], const char *rest[LLMP__COLUMNS_MAX],
                 bool first, llmp__text *out)
{
    unsigned owed = table->indent;
    bool more = false;
    bool any = false;
    for (size_t c = 0; c < table->column_count; c++) {
        const llmp__column *column = &table->columns[c];
        if (!column_shown(column, style)) {
            continue;
        }
        owed += any ? GAP : 0;
        any = true;
        if (column->bar && row != NULL) {
            if (first && row->cells[c].share > 0.0) {
                pad(out, &owed);
                llmp__tone_begin(row->cells[c].tone, style, out);
                llmp__text_bar(row->cells[c].share, widths[c], style, out);
                llmp__tone_end(row->cells[c].tone, style, out);
            }
            continue;
        }
        const char *text = rest[c];
        size_t length = strlen(text);
        rest[c] = "";
        if (column->wrap) {
            length = llmp__utf8_break(text, widths[c], &rest[c]);
            more = more || *rest[c] != '\0';
        }
        llmp__text part = {0};
        llmp__text_add_bytes(&part, text, length);
        unsigned width = llmp__utf8_width(llmp__text_get(&part));
        llmp__text_free(&part);
        unsigned blank = widths[c] > width ? widths[c] - width : 0;
        owed += column->right ? blank : 0;
        if (length > 0) {
            llmp__tone tone = row == NULL ? LLMP__TONE_DIM : row->cells[c].tone;
            pad(out, &owed);
            llmp__tone_begin(tone, style, out);
            llmp__utf8_add(out, text, length, style->ascii);
            llmp__tone_end(tone, style, out);
        }
        owed += column->right ? 0 : blank;
    }
    llmp__text_add_char(out, '\n');
    return more;
}

void llmp__text_table(const llmp__block *table, const llmp_report_style *style, llmp__text *out)
{
    unsigned widths[LLMP__COLUMNS_MAX];
    const char *rest[LLMP__COLUMNS_MAX];
    measure(table, style, widths);
    bool titled = false;
    for (size_t c = 0; c < table->column_count; c++) {
        rest[c] = table->columns[c].title == NULL ? "" : table->columns[c].title;
        titled = titled || *rest[c] != '\0';
    }
    if (titled) {
        while (line(table, NULL, style, widths, rest, true, out)) {
        }
    }
    for (const llmp__row *row = table->rows; row != NULL; row = row->next) {
        for (size_t c = 0; c < table->column_count; c++) {
            rest[c] = cell_text(row, c);
        }
        bool first = true;
        while (line(table, row, style, widths, rest, first, out)) {
            first = false;
        }
    }
}
