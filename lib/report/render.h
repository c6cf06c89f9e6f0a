/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How a document becomes text: named renderers and what they share. */
#ifndef LLMP_REPORT_RENDER_H
#define LLMP_REPORT_RENDER_H

#include "report/document.h"

struct llmp_renderer {
    const char *name;
    const char *title;
    void (*render)(const llmp_document *document, const llmp_report_style *style, llmp__text *out);
};

extern const llmp_renderer llmp__render_text;
extern const llmp_renderer llmp__render_json;
extern const llmp_renderer llmp__render_csv;
extern const llmp_renderer llmp__render_md;

/* --- text renderer's parts -------------------------------------------------------------------- */

void llmp__text_table(const llmp__block *table, const llmp_report_style *style, llmp__text *out);
void llmp__text_plot(const llmp__block *plot, const llmp_report_style *style, llmp__text *out);
/** Opens and closes a tone around text; nothing without colour. */
void llmp__tone_begin(llmp__tone tone, const llmp_report_style *style, llmp__text *out);
void llmp__tone_end(llmp__tone tone, const llmp_report_style *style, llmp__text *out);
/** A bar of @p share of @p width columns, in eighths where the style allows. */
void llmp__text_bar(double share, unsigned width, const llmp_report_style *style, llmp__text *out);

/** True when a column of that detail is for this style. */
bool llmp__shown(bool detail, const llmp_report_style *style);
/** The same of a block; a table whose columns have no titles is for CSV alone. */
bool llmp__block_shown(const llmp__block *block, const llmp_report_style *style);

#endif
