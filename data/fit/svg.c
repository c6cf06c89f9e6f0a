/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two plots: predicted against measured, and errors in order. */
#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 640, HEIGHT = 480, LEFT = 60, BOTTOM = 50, TOP = 20, RIGHT = 20 };
static const char *const colours[] = {"#0b6e4f", "#b8860b", "#a03030", "#5050a0"};

static FILE *begin(const char *path, const char *title)
{
    FILE *file = fopen(path, "w");
    if (!file)
        die("cannot write %s", path);
    fprintf(
        file,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
        " font-size=\"12\"><title>%s</title><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
        WIDTH, HEIGHT, title, WIDTH, HEIGHT);
    return file;
}

static void finish(FILE *file, const char *path)
{
    fputs("</svg>\n", file);
    if (fclose(file) != 0)
        die("cannot write %s", path);
}

static double across(double share)
{
    return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double up(double share)
{
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
}

static void label(FILE *file, double x, double y, const char *anchor, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

static void grid(FILE *file, double x1, double y1, double x2, double y2, const char *colour)
{
    fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1,
            x2, y2, colour);
}

void plot_scatter(const fit_data *data, const char *path)
{
    FILE *file = begin(path, "Predicted against measured, each device left out of the fit");
    static const double decades[] = {1, 10, 100, 1000, 10000};
    const double span = log(40000);
    for (int i = 0; i < 5; i++) {
        double at = log(decades[i]) / span;
        char text[32];
        snprintf(text, sizeof text, "%.0f", decades[i]);
        grid(file, across(at), up(0), across(at), up(1), "#ddd");
        grid(file, across(0), up(at), across(1), up(at), "#ddd");
        label(file, across(at), up(0) + 16, "middle", text);
        label(file, across(0) - 6, up(at) + 4, "end", text);
    }
    grid(file, across(0), up(0), across(1), up(1), "#888");
    label(file, across(0.5), HEIGHT - 12, "middle", "measured, tokens/s");
    label(file, across(0.02), up(0.96), "start", "predicted, tokens/s");
    for (int phase = 0; phase < 2; phase++)
        label(file, across(0.98), up(0.06 + 0.05 * phase), "end",
              phase ? "<tspan fill=\"#b8860b\">prefill</tspan>"
                    : "<tspan fill=\"#0b6e4f\">decode</tspan>");
    for (size_t i = 0; i < data->row_count; i++) {
        const fit_row *row = &data->rows[i];
        double x = row->log_measured / span, y = row->log_device / span;
        if (x < 0 || y < 0 || x > 1 || y > 1)
            continue;
        fprintf(file,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\" fill-opacity=\"0.5\"/>\n",
                across(x), up(y), colours[row->scenario->phase == LLMP_PHASE_PREFILL]);
    }
    finish(file, path);
}

void plot_errors(const error_series *series, size_t count, const char *path)
{
    FILE *file = begin(path, "Share of rows within an error");
    const double largest = 1;
    for (int i = 0; i <= 10; i += 2) {
        double share = 0.1 * i;
        char text[32];
        snprintf(text, sizeof text, "%d %%", 10 * i);
        grid(file, across(share), up(0), across(share), up(1), "#ddd");
        grid(file, across(0), up(share), across(1), up(share), "#ddd");
        label(file, across(share), up(0) + 16, "middle", text);
        label(file, across(0) - 6, up(share) + 4, "end", text);
    }
    label(file, across(0.5), HEIGHT - 12, "middle", "error of the prediction at most");
    for (size_t s = 0; s < count; s++) {
        fprintf(file, "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"",
                colours[s % 4]);
        for (int i = 0; i <= 100; i++) {
            double error = largest * i / 100;
            size_t within = 0;
            for (size_t k = 0; k < series[s].count; k++)
                within += series[s].errors[k] <= error;
            fprintf(file, "%.1f,%.1f ", across(error / largest),
                    up((double)within / (double)series[s].count));
        }
        fputs("\"/>\n", file);
        fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"%s\">%s</text>\n",
                across(0.98), up(0.05 + 0.05 * (double)(count - 1 - s)), colours[s % 4],
                series[s].name);
    }
    finish(file, path);
}
