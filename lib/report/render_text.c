/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for a terminal: wraps, aligns by display width, colours only where the style says. */
#include "report/render.h"
#include "report/utf8.h"

#include <string.h>

static const char *tone_code(llmp__tone tone)
{
    switch (tone) {
    case LLMP__TONE_PLAIN:
        return NULL;
    case LLMP__TONE_STRONG:
        return "1";
    case LLMP__TONE_DIM:
        return "2";
    case LLMP__TONE_GOOD:
        return "1;32";
    case LLMP__TONE_WARN:
        return "1;33";
    case LLMP__TONE_BAD:
        return "1;31";
    }
    return NULL;
}

void llmp__tone_begin(llmp__tone tone, const llmp_report_style *style, llmp__text *out)
{
    const char *code = tone_code(tone);
    if (style->colour && code != NULL) {
        llmp__text_add_format(out, "\033[%sm", code);
    }
}

void llmp__tone_end(llmp__tone tone, const llmp_report_style *style, llmp__text *out)
{
    if (style->colour && tone_code(tone) != NULL) {
        llmp__text_add(out, "\033[0m");
    }
}

void llmp__text_bar(double share, unsigned width, const llmp_report_style *style, llmp__text *out)
{
    static const char *const eighths[] = {"",
                                          "\xE2\x96\x8F",
                                          "\xE2\x96\x8E",
                                          "\xE2\x96\x8D",
                                          "\xE2\x96\x8C",
                                          "\xE2\x96\x8B",
                                          "\xE2\x96\x8A",
                                          "\xE2\x96\x89"};
    double filled = share > 0.0 ? share < 1.0 ? share : 1.0 : 0.0;
    unsigned parts = (unsigned)(filled * width * 8.0 + 0.5);
    if (parts == 0 && filled > 0.0) {
        parts = 1; /* there is something, however little */
    }
    if (style->ascii) {
        for (unsigned i = 0; i < (parts + 4) / 8; i++) {
            llmp__text_add_char(out, '#');
        }
        llmp__text_add(out, parts > 0 && parts < 4 ? "." : "");
        return;
    }
    for (unsigned i = 0; i < parts / 8; i++) {
        llmp__text_add(out, "\xE2\x96\x88");
    }
    llmp__text_add(out, eighths[parts % 8]);
}

static void paragraph(const llmp__block *block, const llmp_report_style *style, llmp__text *out)
{
    unsigned hang = block->indent;
    llmp__text_add_indent(out, block->indent);
    if (block->label != NULL) {
        unsigned width = llmp__utf8_width(block->label);
        llmp__utf8_add(out, block->label, strlen(block->label), style->ascii);
        hang += block->label_width > width ? block->label_width : width + 1;
        llmp__text_add_indent(out, hang - block->indent - width);
    }
    unsigned room = style->width > hang + 20 ? style->width - hang : 20;
    const char *next = block->text == NULL ? "" : block->text;
    bool first = true;
    do {
        const char *line = next;
        size_t length = llmp__utf8_break(line, room, &next);
        if (!first) {
            llmp__text_add_indent(out, hang);
        }
        llmp__tone_begin(block->tone, style, out);
        llmp__utf8_add(out, line, length, style->ascii);
        llmp__tone_end(block->tone, style, out);
        llmp__text_add_char(out, '\n');
        first = false;
    } while (*next != '\0');
}

/* Stays one shell command when broken: backslashes end its lines, and quotes are never broken.
 * Breaks before an option if one begins early enough, else at the last blank that fits. */
static size_t break_command(const char *text, unsigned width, const char **out_next)
{
    unsigned used = 0;
    char quote = '\0';
    const char *option = NULL, *blank = NULL;
    const char *at = text;
    while (*at != '\0' && *at != '\n') {
        uint32_t code;
        unsigned bytes = llmp__utf8_next(at, &code);
        if (quote != '\0') {
            quote = *at == quote ? '\0' : quote;
        } else if (*at == '\'' || *at == '"') {
            quote = *at;
        } else if (*at == ' ' && (used < width || blank == NULL)) {
            blank = at;
            option = at[1] == '-' && used >= width / 2 ? at : option;
        }
        used += llmp__utf8_code_width(code);
        at += bytes;
    }
    blank = option != NULL ? option : blank;
    if (used > width + 2 && blank != NULL) {
        *out_next = blank + 1;
        return (size_t)(blank - text);
    }
    *out_next = *at == '\n' ? at + 1 : at;
    return (size_t)(at - text);
}

static void command(const llmp__block *block, const llmp_report_style *style, llmp__text *out)
{
    unsigned width = block->label == NULL ? 0 : llmp__utf8_width(block->label);
    unsigned hang = block->indent + (block->label_width > width ? block->label_width : width + 1);
    if (block->label != NULL) {
        llmp__text_add_indent(out, block->indent);
        llmp__utf8_add(out, block->label, strlen(block->label), style->ascii);
        llmp__text_add_indent(out, hang - block->indent - width);
    } else {
        llmp__text_add_indent(out, hang);
    }
    unsigned room = style->width > hang + 22 ? style->width - hang - 2 : 20;
    const char *next = block->text == NULL ? "" : block->text;
    unsigned extra = 0;
    bool first = true;
    do {
        const char *line = next;
        size_t length = break_command(line, room - extra, &next);
        if (!first) {
            llmp__text_add_indent(out, hang + extra);
        }
        llmp__tone_begin(LLMP__TONE_STRONG, style, out);
        llmp__utf8_add(out, line, length, style->ascii);
        llmp__tone_end(LLMP__TONE_STRONG, style, out);
        bool wrapped = *next != '\0' && line[length] == ' ';
        llmp__text_add(out, wrapped ? " \\\n" : "\n");
        extra = wrapped ? 4 : 0;
        first = false;
    } while (*next != '\0');
}

static void render(const llmp_document *document, const llmp_report_style *style, llmp__text *out)
{
    bool first = true;
    for (const llmp__block *b = document->blocks; b != NULL; b = b->next) {
        if (!llmp__block_shown(b, style) || b->wide) {
            continue;
        }
        if (!first && !b->tight) {
            llmp__text_add_char(out, '\n');
        }
        first = false;
        switch (b->kind) {
        case LLMP__PARAGRAPH:
            paragraph(b, style, out);
            break;
        case LLMP__TABLE:
            llmp__text_table(b, style, out);
            break;
        case LLMP__PLOT:
            llmp__text_plot(b, style, out);
            break;
        case LLMP__COMMAND:
            command(b, style, out);
            break;
        }
    }
}

const llmp_renderer llmp__render_text = {"text", "for people, in a terminal", render};
