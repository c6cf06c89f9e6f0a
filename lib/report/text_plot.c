/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line plot in a terminal: 2 x 4 dots a character in braille, one mark a series in ASCII. */
#include "report/render.h"
#include "report/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 10, COLUMNS_MAX = 100, AXIS = 8, MARKS = 6 };

typedef struct canvas {
    unsigned columns;
    unsigned dots_x; /* per character */
    unsigned dots_y;
    unsigned char cells[ROWS][COLUMNS_MAX];
} canvas;

typedef struct range {
    double low;
    double high;
} range;

static void dot(canvas *c, double x, double y, unsigned series)
{
    static const unsigned char braille[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    static const char marks[MARKS] = {'*', 'o', '+', 'x', '#', '@'};
    double column = x * (double)(c->columns * c->dots_x - 1);
    double row = (1.0 - y) * (double)(ROWS * c->dots_y - 1);
    unsigned dx = (unsigned)(column + 0.5);
    unsigned dy = (unsigned)(row + 0.5);
    unsigned char *cell = &c->cells[dy / c->dots_y][dx / c->dots_x];
    if (c->dots_x == 1) {
        *cell = (unsigned char)marks[series % MARKS];
    } else {
        *cell |= braille[dy % 4][dx % 2];
    }
}

static double place(double value, range r, bool log_scale)
{
    double share =
        log_scale ? log(value / r.low) / log(r.high / r.low) : (value - r.low) / (r.high - r.low);
    return share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
}

static void draw(canvas *c, const llmp__series *s, unsigned index, range xs, range ys, bool log_x)
{
    for (size_t i = 0; i < s->count; i++) {
        double x = place(s->x[i], xs, log_x);
        double y = place(s->y[i], ys, false);
        dot(c, x, y, index);
        if (i + 1 == s->count) {
            break;
        }
        double to_x = place(s->x[i + 1], xs, log_x);
        double to_y = place(s->y[i + 1], ys, false);
        unsigned steps = c->columns * c->dots_x;
        for (unsigned k = 1; k < steps; k++) {
            double t = (double)k / steps;
            dot(c, x + t * (to_x - x), y + t * (to_y - y), index);
        }
    }
}

/* Points, and every fourth dot of the line y = x. */
static void draw_scatter(canvas *c, const llmp__series *s, unsigned index, range both)
{
    unsigned steps = c->columns * c->dots_x;
    for (unsigned k = 0; k < steps; k += 4 * c->dots_x) {
        double x = (double)k / (steps - 1);
        dot(c, x, x, index + 1);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->x[i] > 0.0 && s->y[i] > 0.0) {
            dot(c, place(s->x[i], both, true), place(s->y[i], both, true), index);
        }
    }
}

static void axis_number(double value, char out[16])
{
    if (value >= 9999.5) {
        (void)snprintf(out, 16, "%.0fk", value / 1000.0);
    } else if (value >= 99.5 || value == floor(value)) {
        (void)snprintf(out, 16, "%.0f", value);
    } else {
        (void)snprintf(out, 16, "%.3g", value);
    }
}

static void token_number(double value, char out[16])
{
    if (value >= 1024.0 && fmod(value, 1024.0) == 0.0) {
        (void)snprintf(out, 16, "%.0fk", value / 1024.0);
    } else {
        (void)snprintf(out, 16, "%.0f", value);
    }
}

static double level(range ys, double share, bool log_scale)
{
    return log_scale ? ys.low * pow(ys.high / ys.low, share) : ys.low + share * (ys.high - ys.low);
}

static void body(const canvas *c, range ys, bool log_y, const llmp_report_style *style,
                 llmp__text *out)
{
    for (unsigned row = 0; row < ROWS; row++) {
        char label[16] = "";
        if (row == 0 || row == ROWS - 1 || row == ROWS / 2) {
            double share = 1.0 - ((double)row + (row == ROWS - 1 ? 1.0 : 0.0)) / ROWS;
            axis_number(row == 0 ? ys.high : level(ys, share, log_y), label);
        }
        llmp__text_add_format(out, "  %*s ", AXIS - 3, label);
        llmp__text_add(out, style->ascii ? "|" : "\xE2\x94\x82");
        unsigned last = c->columns;
        while (last > 0 && c->cells[row][last - 1] == 0) {
            last--;
        }
        for (unsigned k = 0; k < last; k++) {
            unsigned char cell = c->cells[row][k];
            if (cell == 0) {
                llmp__text_add_char(out, ' ');
            } else if (style->ascii) {
                llmp__text_add_char(out, (char)cell);
            } else {
                /* U+2800 + cell */
                char text[3] = {(char)0xE2, (char)(0xA0 + (cell >> 6)),
                                (char)(0x80 + (cell & 0x3F))};
                llmp__text_add_bytes(out, text, sizeof text);
            }
        }
        llmp__text_add_char(out, '\n');
    }
    llmp__text_add_indent(out, AXIS);
    llmp__text_add(out, style->ascii ? "+" : "\xE2\x94\x94");
    for (unsigned k = 0; k < c->columns; k++) {
        llmp__text_add(out, style->ascii ? "-" : "\xE2\x94\x80");
    }
    llmp__text_add_char(out, '\n');
}

/* One range for both axes, of what is above zero. */
static range common_range(const llmp__block *plot)
{
    range both = {HUGE_VAL, -HUGE_VAL};
    for (const llmp__series *s = plot->series; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->count; i++) {
            if (s->x[i] > 0.0 && s->y[i] > 0.0) {
                both.low = fmin(both.low, fmin(s->x[i], s->y[i]));
                both.high = fmax(both.high, fmax(s->x[i], s->y[i]));
            }
        }
    }
    return both;
}

void llmp__text_plot(const llmp__block *plot, const llmp_report_style *style, llmp__text *out)
{
    range xs = {HUGE_VAL, -HUGE_VAL};
    range ys = {0.0, 0.0}; /* rates start at zero, or small changes look large */
    for (const llmp__series *s = plot->series; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->count; i++) {
            xs.low = fmin(xs.low, s->x[i]);
            xs.high = fmax(xs.high, s->x[i]);
            ys.high = fmax(ys.high, s->y[i]);
        }
    }
    if (plot->scatter) {
        xs = ys = common_range(plot);
    }
    if (!(xs.high > xs.low) || !(ys.high > 0.0) || !isfinite(ys.high)) {
        return; /* one point is no curve */
    }
    canvas c = {style->width - AXIS - 4, style->ascii ? 1 : 2, style->ascii ? 1 : 4, {{0}}};
    c.columns = c.columns > COLUMNS_MAX ? COLUMNS_MAX : c.columns;
    c.columns = c.columns > 68 ? 68 : c.columns;
    unsigned index = 0;
    bool log_x = plot->log_x && xs.low > 0.0;
    for (const llmp__series *s = plot->series; s != NULL; s = s->next) {
        if (plot->scatter) {
            draw_scatter(&c, s, index++, xs);
        } else {
            draw(&c, s, index++, xs, ys, log_x);
        }
    }
    llmp__text_add_indent(out, plot->indent);
    llmp__utf8_add(out, plot->text, strlen(plot->text), style->ascii);
    llmp__text_add_char(out, '\n');
    body(&c, ys, plot->scatter, style, out);
    char low[16];
    char high[16];
    if (plot->scatter) {
        axis_number(xs.low, low);
        axis_number(xs.high, high);
    } else {
        token_number(xs.low, low);
        token_number(xs.high, high);
    }
    llmp__text_add_indent(out, AXIS + 1);
    unsigned used = (unsigned)strlen(low);
    unsigned title = llmp__utf8_width(plot->x_title);
    unsigned end = (unsigned)strlen(high);
    unsigned middle = c.columns / 2 > title / 2 + used ? c.columns / 2 - title / 2 - used : 1;
    llmp__text_add(out, low);
    llmp__text_add_indent(out, middle);
    llmp__utf8_add(out, plot->x_title, strlen(plot->x_title), style->ascii);
    used += middle + title;
    llmp__text_add_indent(out, c.columns > used + end ? c.columns - used - end : 1);
    llmp__text_add(out, high);
    llmp__text_add_char(out, '\n');
}
