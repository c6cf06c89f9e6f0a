/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file document.h
 * @brief The neutral document between builders and renderers: a data tree (what JSON prints) and
 * blocks (what people read). Nothing here knows a domain word.
 *
 * Builders never check a call: a failed allocation is remembered in the document and told once by
 * llmp__document_finish.
 */
#ifndef LLMP_REPORT_DOCUMENT_H
#define LLMP_REPORT_DOCUMENT_H

#include "base/arena.h"
#include "base/text.h"
#include "doc/tree.h"

#include <llmplan/report.h>

/** What a text means for the reader. Colour follows from it and adds nothing to the words. */
typedef enum llmp__tone {
    LLMP__TONE_PLAIN,
    LLMP__TONE_STRONG,
    LLMP__TONE_DIM,
    LLMP__TONE_GOOD,
    LLMP__TONE_WARN,
    LLMP__TONE_BAD
} llmp__tone;

/** A column. Without a title it is only in CSV; without a key it is only for people. */
typedef struct llmp__column {
    const char *title;
    const char *key; /* CSV header, unit included */
    bool right;
    bool bar;    /* cells are shares in 0..1, drawn over what width is left */
    bool detail; /* people see it only in verbose style */
    bool wrap;   /* may be wrapped when the terminal is narrow; at most one column */
} llmp__column;

/** A cell: what people read and what machines read. Either may be NULL (empty). */
typedef struct llmp__cell {
    const char *text;
    const char *raw;
    double share;
    llmp__tone tone;
} llmp__cell;

typedef struct llmp__row {
    struct llmp__row *next;
    llmp__cell *cells; /* one per column */
} llmp__row;

typedef struct llmp__series {
    const char *title;
    const double *x;
    const double *y;
    size_t count;
    struct llmp__series *next;
} llmp__series;

typedef enum llmp__block_kind {
    LLMP__PARAGRAPH, /* text, with an optional hanging label */
    LLMP__TABLE,
    LLMP__PLOT,
    LLMP__COMMAND /* a line to copy into a shell */
} llmp__block_kind;

typedef struct llmp__block {
    llmp__block_kind kind;
    struct llmp__block *next;
    bool detail; /* only in verbose style */
    bool narrow; /* only where width matters: text */
    bool wide;   /* only where it is no matter: Markdown and CSV */
    bool tight;  /* no blank line before it */
    unsigned indent;
    llmp__tone tone;
    const char *label; /* of paragraphs and commands; hangs to label_width */
    unsigned label_width;
    const char *text; /* of paragraphs and commands; title of plots */
    /* tables */
    bool csv;    /* what CSV prints */
    bool hidden; /* from people */
    const llmp__column *columns;
    size_t column_count;
    llmp__row *rows;
    llmp__row *last_row;
    /* plots */
    const char *x_title;
    const char *y_title;
    bool log_x;
    bool scatter; /* points on equal logarithmic axes, with the line y = x */
    llmp__series *series;
} llmp__block;

enum { LLMP__COLUMNS_MAX = 32 };

struct llmp_document {
    llmp__arena arena;
    llmp__node *data; /* a map */
    llmp__block *blocks;
    llmp__block *last_block;
    bool failed;
    /* where builders write after an allocation failed: thrown away with the document */
    llmp__block lost_block;
    llmp__cell lost_cells[LLMP__COLUMNS_MAX];
};

/** An empty document with its "schema", "llmplan" and "data_version" keys; NULL without memory. */
llmp_document *llmp__document_new(const char *schema);
/** Hands over a document, or destroys it and fails. */
llmp_status llmp__document_finish(llmp_document *document, llmp_document **out, llmp_error *error);

/* --- data ------------------------------------------------------------------------------------- */
/* Add to @p parent, a map (with @p key) or a list (key NULL). Text is copied; keys are not. */
llmp__node *llmp__data_map(llmp_document *d, llmp__node *parent, const char *key);
llmp__node *llmp__data_list(llmp_document *d, llmp__node *parent, const char *key);
/** NULL text is null. */
void llmp__data_text(llmp_document *d, llmp__node *parent, const char *key, const char *text);
/** Not finite is null. */
void llmp__data_number(llmp_document *d, llmp__node *parent, const char *key, double number);
void llmp__data_whole(llmp_document *d, llmp__node *parent, const char *key, uint64_t whole);
void llmp__data_bool(llmp_document *d, llmp__node *parent, const char *key, bool boolean);
void llmp__data_null(llmp_document *d, llmp__node *parent, const char *key);

/* --- presentation ----------------------------------------------------------------------------- */

/** Text in the document's arena; "" without memory. */
const char *llmp__format(llmp_document *d, const char *format, ...) LLMP_PRINTF(2, 3);

/** Indented by two. The pointer is for setting label, tight, detail; never NULL. */
llmp__block *llmp__paragraph(llmp_document *d, llmp__tone tone, const char *text);
llmp__block *llmp__labelled(llmp_document *d, const char *label, unsigned label_width,
                            const char *text);
llmp__block *llmp__command(llmp_document *d, const char *label, unsigned label_width,
                           const char *text);
/** Columns are kept by reference and must be static or in the arena. */
llmp__block *llmp__table(llmp_document *d, const llmp__column *columns, size_t count, bool csv);
/** Appends a row of empty cells to fill; never NULL. */
llmp__cell *llmp__table_row(llmp_document *d, llmp__block *table);
llmp__block *llmp__plot(llmp_document *d, const char *title, const char *x_title,
                        const char *y_title, bool log_x);
/** x and y are copied. */
void llmp__plot_series(llmp_document *d, llmp__block *plot, const char *title, const double *x,
                       const double *y, size_t count);

#endif
