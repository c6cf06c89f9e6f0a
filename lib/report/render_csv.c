/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV (RFC 4180, LF line ends): the main table, one header row with units in its names. */
#include "report/render.h"
#include "report/utf8.h"

#include <string.h>

static void field(llmp__text *out, const char *text)
{
    if (text == NULL) {
        return;
    }
    /* A spreadsheet takes these for the start of a formula; a quote in front is its own escape. */
    bool number = text[strspn(text, "+-.0123456789eE")] == '\0';
    bool formula = !number && strchr("=+-@", text[0]) != NULL && text[0] != '\0';
    if (!formula && text[strcspn(text, ",\"\r\n")] == '\0') {
        llmp__utf8_add(out, text, strlen(text), false);
        return;
    }
    llmp__text_add(out, formula ? "\"'" : "\"");
    for (const char *c = text; *c != '\0';) {
        uint32_t code;
        unsigned bytes = llmp__utf8_next(c, &code);
        if (*c == '"') {
            llmp__text_add_char(out, '"');
        }
        llmp__utf8_add(out, c, bytes, false);
        c += bytes;
    }
    llmp__text_add_char(out, '"');
}

static void render(const llmp_document *document, const llmp_report_style *style, llmp__text *out)
{
    (void)style;
    const llmp__column *headed = NULL; /* tables of the same columns share one header */
    for (const llmp__block *b = document->blocks; b != NULL; b = b->next) {
        if (b->kind != LLMP__TABLE || !b->csv) {
            continue;
        }
        const char *comma = "";
        for (size_t c = 0; c < b->column_count && headed != b->columns; c++) {
            if (b->columns[c].key != NULL) {
                llmp__text_add(out, comma);
                field(out, b->columns[c].key);
                comma = ",";
            }
        }
        if (headed != b->columns) {
            llmp__text_add_char(out, '\n');
        }
        headed = b->columns;
        for (const llmp__row *row = b->rows; row != NULL; row = row->next) {
            comma = "";
            for (size_t c = 0; c < b->column_count; c++) {
                if (b->columns[c].key == NULL) {
                    continue;
                }
                const llmp__cell *cell = &row->cells[c];
                llmp__text_add(out, comma);
                field(out, cell->raw == NULL && b->columns[c].right ? NULL
                           : cell->raw == NULL                      ? cell->text
                                                                    : cell->raw);
                comma = ",";
            }
            llmp__text_add_char(out, '\n');
        }
    }
}

const llmp_renderer llmp__render_csv = {"csv", "the main table, for spreadsheets and scripts",
                                        render};
