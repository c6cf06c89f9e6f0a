/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GitHub-flavoured Markdown, for issues and notes. */
#include "report/render.h"
#include "report/utf8.h"

#include <string.h>

static void escaped(llmp__text *out, const char *text)
{
    for (const char *c = text == NULL ? "" : text; *c != '\0';) {
        uint32_t code;
        unsigned bytes = llmp__utf8_next(c, &code);
        if (strchr("\\`*_[]<>|#", *c) != NULL) {
            llmp__text_add_char(out, '\\');
        }
        llmp__utf8_add(out, *c == '\n' ? " " : c, *c == '\n' ? 1 : bytes, false);
        c += bytes;
    }
}

static void table(const llmp__block *b, const llmp_report_style *style, llmp__text *out)
{
    for (int part = 0; part < 2; part++) {
        for (size_t c = 0; c < b->column_count; c++) {
            const llmp__column *column = &b->columns[c];
            if (column->title == NULL || column->bar || !llmp__shown(column->detail, style)) {
                continue;
            }
            llmp__text_add(out, "| ");
            if (part == 0) {
                escaped(out, column->title);
                llmp__text_add_char(out, ' ');
            } else {
                llmp__text_add(out, column->right ? "---: " : "--- ");
            }
        }
        llmp__text_add(out, "|\n");
    }
    for (const llmp__row *row = b->rows; row != NULL; row = row->next) {
        for (size_t c = 0; c < b->column_count; c++) {
            const llmp__column *column = &b->columns[c];
            if (column->title == NULL || column->bar || !llmp__shown(column->detail, style)) {
                continue;
            }
            llmp__text_add(out, "| ");
            escaped(out, row->cells[c].text);
            llmp__text_add_char(out, ' ');
        }
        llmp__text_add(out, "|\n");
    }
}

static void paragraph(const llmp__block *b, llmp__text *out)
{
    if (b->label != NULL && *b->label != '\0') {
        llmp__text_add(out, "**");
        escaped(out, b->label);
        llmp__text_add(out, "** ");
    }
    bool strong = b->label == NULL && b->tone != LLMP__TONE_PLAIN && b->tone != LLMP__TONE_DIM;
    llmp__text_add(out, strong ? "**" : "");
    escaped(out, b->text);
    llmp__text_add(out, strong ? "**\n" : "\n");
}

static void render(const llmp_document *document, const llmp_report_style *style, llmp__text *out)
{
    bool first = true;
    for (const llmp__block *b = document->blocks; b != NULL; b = b->next) {
        if (!llmp__block_shown(b, style) || b->kind == LLMP__PLOT || b->narrow) {
            continue;
        }
        if (!first) {
            llmp__text_add_char(out, '\n');
        }
        first = false;
        switch (b->kind) {
        case LLMP__PARAGRAPH:
            paragraph(b, out);
            break;
        case LLMP__TABLE:
            table(b, style, out);
            break;
        case LLMP__COMMAND:
            llmp__text_add(out, "```sh\n");
            llmp__utf8_add(out, b->text, strlen(b->text), false);
            llmp__text_add(out, "\n```\n");
            break;
        case LLMP__PLOT: /* its numbers stand in a table */
            break;
        }
    }
}

const llmp_renderer llmp__render_md = {"md", "Markdown tables, for issues and notes", render};
