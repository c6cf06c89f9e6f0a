/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `import prices`: what a price list gave; `show --stale`: which facts of the catalog are old. */
#include "report/build.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* --- import -------------------------------------------------------------------------------------
 */

static const llmp__column note_columns[] = {
    {.title = "", .key = "what"},
    {.title = "record", .key = "record"},
    {.title = "why", .key = "why", .wrap = true},
    {.title = "line", .key = "line", .right = true},
};

static const char *what_word(llmp_price_note_kind kind)
{
    switch (kind) {
    case LLMP_PRICE_LEFT_OUT:
        return "left out";
    case LLMP_PRICE_REFUSED:
        return "refused";
    case LLMP_PRICE_DOUBTED:
        return "doubted";
    }
    return "?";
}

static llmp__tone what_tone(llmp_price_note_kind kind)
{
    switch (kind) {
    case LLMP_PRICE_LEFT_OUT:
        return LLMP__TONE_DIM;
    case LLMP_PRICE_REFUSED:
        return LLMP__TONE_BAD;
    case LLMP_PRICE_DOUBTED:
        return LLMP__TONE_WARN;
    }
    return LLMP__TONE_PLAIN;
}

/* What is left out by design is counted, unless everything is asked for. */
static void show_notes(llmp_document *d, const llmp_price_import *import, bool verbose,
                       size_t counts[3])
{
    llmp__node *list = llmp__data_list(d, d->data, "notes");
    llmp__block *table =
        llmp__table(d, note_columns, sizeof note_columns / sizeof *note_columns, true);
    for (size_t i = 0; i < llmp_prices_note_count(import); i++) {
        const llmp_price_note *n = llmp_prices_note_at(import, i);
        counts[n->kind]++;
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "what", what_word(n->kind));
        llmp__data_text(d, entry, "record", n->record);
        llmp__data_text(d, entry, "why", n->text);
        llmp__data_whole(d, entry, "line", n->line);
        if (n->kind == LLMP_PRICE_LEFT_OUT && !verbose) {
            continue;
        }
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = row[0].raw = what_word(n->kind);
        row[0].tone = what_tone(n->kind);
        row[1].text = row[1].raw = llmp__format(d, "%s", n->record);
        row[2].text = row[2].raw = llmp__format(d, "%s", n->text);
        row[3].text = row[3].raw = llmp__raw_whole(d, n->line);
    }
    table->hidden = counts[LLMP_PRICE_REFUSED] + counts[LLMP_PRICE_DOUBTED] == 0 &&
                    (!verbose || counts[LLMP_PRICE_LEFT_OUT] == 0);
}

llmp_status llmp_report_prices_import(const llmp_price_import *import,
                                      const llmp_report_style *style, llmp_document **out,
                                      llmp_error *error)
{
    if (import == NULL || out == NULL) {
        return llmp__fail_argument(error, "import or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.import_prices/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    size_t counts[3] = {0, 0, 0};
    size_t prices = llmp_prices_count(import);
    const char *format = llmp_price_format_name(llmp_prices_format(import));
    llmp__data_text(d, d->data, "file_format", format);
    llmp__data_whole(d, d->data, "prices", prices);
    llmp__block *heading = llmp__paragraph(
        d, LLMP__TONE_STRONG, llmp__format(d, "%zu prices read, format %s", prices, format));
    heading->indent = 0;
    show_notes(d, import, style != NULL && style->verbose, counts);
    llmp__data_whole(d, d->data, "left_out", counts[LLMP_PRICE_LEFT_OUT]);
    llmp__data_whole(d, d->data, "refused", counts[LLMP_PRICE_REFUSED]);
    llmp__data_whole(d, d->data, "doubted", counts[LLMP_PRICE_DOUBTED]);
    llmp__paragraph(d, LLMP__TONE_DIM,
                    llmp__format(d,
                                 "%zu refused, %zu taken with a doubt, %zu left out by design "
                                 "(no text models, aliases, free variants).",
                                 counts[LLMP_PRICE_REFUSED], counts[LLMP_PRICE_DOUBTED],
                                 counts[LLMP_PRICE_LEFT_OUT]));
    return llmp__document_finish(d, out, error);
}

/* --- stale --------------------------------------------------------------------------------------
 */

static const llmp__column stale_columns[] = {
    {.title = "id", .key = "id"},
    {.title = "as of", .key = "as_of"},
    {.title = "days old", .key = "age_days", .right = true},
    {.title = "", .key = "why", .wrap = true},
};

/* Days since 1970 of the first day that an imprecise date may mean (Howard Hinnant's formula). */
static int64_t day_number(llmp_date date)
{
    int64_t y = date / 10000;
    int64_t m = date / 100 % 100 == 0 ? 1 : date / 100 % 100;
    int64_t day = date % 100 == 0 ? 1 : date % 100;
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

typedef struct aged {
    const llmp_record *record;
    int64_t days;
    const char *why;
} aged;

static int oldest_first(const void *a, const void *b)
{
    const aged *x = a;
    const aged *y = b;
    return x->days != y->days ? (x->days < y->days ? 1 : -1) : strcmp(x->record->id, y->record->id);
}

/* Why a record is stale; NULL when it is not, or is history. */
static const char *stale_why(llmp_document *d, llmp_kind kind, const llmp_record *record,
                             llmp_date today, int64_t age_days, uint32_t max_age_days)
{
    char date[16];
    if (kind == LLMP_KIND_PRICE) {
        const llmp_api_price *p = LLMP_API_PRICE(record);
        if (p->effective_to != 0 && p->effective_to <= today) {
            return NULL;
        }
        if (p->retirement != 0 && p->retirement <= today) {
            (void)llmp_date_format(p->retirement, date, sizeof date);
            return llmp__format(d, "retired %s", date);
        }
    }
    return age_days > (int64_t)max_age_days ? "old" : NULL;
}

llmp_status llmp_report_stale(const llmp_catalog *catalog, llmp_kind kind, llmp_date today,
                              uint32_t max_age_days, const llmp_report_style *style,
                              llmp_document **out, llmp_error *error)
{
    (void)style;
    if (catalog == NULL || out == NULL || (unsigned)kind >= LLMP_KIND_COUNT || today <= 0) {
        return llmp__fail_argument(error, "catalog, kind, today or out", "is NULL or none");
    }
    size_t total = llmp_catalog_count(catalog, kind);
    size_t count = 0;
    llmp_document *d = llmp__document_new("llmplan.stale/1");
    aged *found = malloc((total + 1) * sizeof *found);
    if (d == NULL || found == NULL) {
        llmp_document_destroy(&d);
        free(found);
        return llmp__fail_memory(error, "a report");
    }
    for (size_t i = 0; i < total; i++) {
        const llmp_record *r = llmp_catalog_at(catalog, kind, i);
        int64_t days = day_number(today) - day_number(r->as_of);
        const char *why = stale_why(d, kind, r, today, days, max_age_days);
        if (why != NULL) {
            found[count++] = (aged){r, days, why};
        }
    }
    qsort(found, count, sizeof *found, oldest_first);
    char date[16];
    (void)llmp_date_format(today, date, sizeof date);
    llmp__data_text(d, d->data, "kind", llmp_kind_name(kind));
    llmp__data_text(d, d->data, "today", date);
    llmp__data_whole(d, d->data, "max_age_days", max_age_days);
    llmp__data_whole(d, d->data, "records", total);
    llmp__node *list = llmp__data_list(d, d->data, "stale");
    llmp__block *table =
        llmp__table(d, stale_columns, sizeof stale_columns / sizeof *stale_columns, true);
    table->indent = 0;
    for (size_t i = 0; i < count; i++) {
        char seen[16];
        (void)llmp_date_format(found[i].record->as_of, seen, sizeof seen);
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "id", found[i].record->id);
        llmp__data_text(d, entry, "as_of", seen);
        llmp__data_number(d, entry, "age_days", (double)found[i].days);
        llmp__data_text(d, entry, "why", found[i].why);
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = row[0].raw = llmp__format(d, "%s", found[i].record->id);
        row[1].text = row[1].raw = llmp__format(d, "%s", seen);
        row[2].text = row[2].raw = llmp__format(d, "%lld", (long long)found[i].days);
        row[3].text = row[3].raw = found[i].why;
    }
    free(found);
    table->hidden = count == 0;
    llmp__block *note = llmp__paragraph(
        d, LLMP__TONE_DIM,
        llmp__format(d, "%zu of %zu %ss are older than %u days or retired on %s.", count, total,
                     llmp_kind_name(kind), (unsigned)max_age_days, date));
    note->indent = 0;
    return llmp__document_finish(d, out, error);
}
