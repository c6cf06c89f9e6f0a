/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `audit`: verdict first, then the sentence that carries it, then what would be true. */
#include "report/build.h"

#include <llmplan/report_audit.h>

#include "base/error.h"

#include <math.h>

#define DASH "\xE2\x80\x93"
#define AT_LEAST "\xE2\x89\xA5 "

/* As many claims are told in full; of more, only those that do not hold. As many are in a table for
 * a screen. */
enum { FULL_MAX = 3, TABLE_MAX = 12 };

static const llmp__column columns[] = {
    {.title = "verdict", .key = "verdict"},
    {.title = "claim", .key = "claim", .wrap = true},
    {.title = "says", .right = true},
    {.title = "computed", .right = true},
    {.title = "unit", .key = "unit"},
    {.title = "chance", .key = "chance_ratio", .right = true},
    {.key = "kind"},
    {.key = "says_low_value", .right = true},
    {.key = "says_high_value", .right = true},
    {.key = "p1_value", .right = true},
    {.key = "p50_value", .right = true},
    {.key = "p99_value", .right = true},
    {.key = "ceiling_value", .right = true},
    {.key = "computed_low_value", .right = true},
    {.key = "computed_high_value", .right = true},
    {.key = "factor_ratio", .right = true},
    {.key = "source"},
    {.key = "reading"},
    {.title = "why", .key = "why"},
};

/* What a screen has room for. */
static const llmp__column narrow_columns[] = {
    {.title = "verdict"},
    {.title = "claim", .wrap = true},
    {.title = "says", .right = true},
    {.title = "computed", .right = true},
    {.title = ""},
};

/* --- words ------------------------------------------------------------------------------------ */

static llmp__tone tone_of(llmp_claim_verdict verdict)
{
    switch (verdict) {
    case LLMP_CLAIM_IMPOSSIBLE:
    case LLMP_CLAIM_PARTLY_IMPOSSIBLE:
    case LLMP_CLAIM_WRONG:
        return LLMP__TONE_BAD;
    case LLMP_CLAIM_IMPLAUSIBLE:
        return LLMP__TONE_WARN;
    case LLMP_CLAIM_CONSISTENT:
        return LLMP__TONE_GOOD;
    case LLMP_CLAIM_NOT_JUDGED:
    case LLMP_CLAIM_VERDICT_COUNT:
        break;
    }
    return LLMP__TONE_DIM;
}

/* For programs. */
static const char *word_of(llmp_claim_verdict verdict)
{
    static const char *const words[] = {"impossible",  "partly_impossible", "wrong",
                                        "implausible", "not_judged",        "consistent"};
    return words[verdict];
}

static const char *shout(llmp_document *d, const llmp_claim_result *r)
{
    static const char *const words[] = {"IMPOSSIBLE",  "PARTLY IMPOSSIBLE", "WRONG",
                                        "IMPLAUSIBLE", "CANNOT BE JUDGED",  "CONSISTENT"};
    bool off = isfinite(r->factor_ratio) && r->factor_ratio > 0.0 &&
               r->verdict <= LLMP_CLAIM_WRONG && fabs(r->factor_ratio - 1.0) > 5e-3;
    double factor = off && r->factor_ratio < 1.0 ? 1.0 / r->factor_ratio : r->factor_ratio;
    const char *end = r->verdict == LLMP_CLAIM_PARTLY_IMPOSSIBLE ? ", at one end" : "";
    return off ? llmp__format(d, "%s by a factor of %s%s", words[r->verdict],
                              llmp__figure(d, factor), end)
               : words[r->verdict];
}

/* Arithmetic is shown whole, not to three digits. */
static const char *whole(llmp_document *d, double number)
{
    bool integer = number >= 0.0 && number < 1e15 && fabs(number - round(number)) < 1e-9;
    return integer || (number >= 1000.0 && number < 1e15)
               ? llmp__count(d, (uint64_t)llround(number))
               : llmp__format(d, "%.4g", number);
}

typedef const char *figure(llmp_document *d, double number);

static const char *range(llmp_document *d, double low, double high, figure *write)
{
    if (!isfinite(high)) {
        return isfinite(low) ? llmp__format(d, AT_LEAST "%s", write(d, low)) : "never";
    }
    return high > low ? llmp__format(d, "%s" DASH "%s", write(d, low), write(d, high))
                      : write(d, low);
}

static const char *says(llmp_document *d, const llmp_claim_result *r)
{
    return r->has_says ? llmp__format(d, "%s", r->claim->says) : "";
}

static const char *computed(llmp_document *d, const llmp_claim_result *r)
{
    if (r->has_estimate) {
        return r->verdict <= LLMP_CLAIM_PARTLY_IMPOSSIBLE
                   ? llmp__figure(d, r->estimate.p50)
                   : range(d, r->tails.low_value, r->tails.high_value, llmp__figure);
    }
    return r->has_computed ? range(d, r->computed.low_value, r->computed.high_value, whole) : "";
}

/* --- data ------------------------------------------------------------------------------------- */

static void number_or_null(llmp_document *d, llmp__node *map, const char *key, bool known,
                           double number)
{
    llmp__data_number(d, map, key, known ? number : (double)NAN);
}

static const char *text_or_null(const char *text)
{
    return text == NULL || *text == '\0' ? NULL : text;
}

static llmp__node *data(llmp_document *d, llmp__node *list, const llmp_claim_result *r)
{
    const llmp_claim *c = r->claim;
    llmp__node *map = llmp__data_map(d, list, NULL);
    llmp_claim_kind kind = (llmp_claim_kind)c->kind;
    llmp__data_text(d, map, "claim", c->id);
    llmp__data_text(d, map, "kind", llmp_claim_kind_name(kind));
    llmp__data_text(d, map, "source", c->source);
    llmp__data_text(d, map, "text", c->text);
    llmp__data_text(d, map, "verdict", word_of(r->verdict));
    llmp__data_text(d, map, "unit", llmp_claim_unit(kind));
    llmp__data_text(d, map, "says", c->says);
    number_or_null(d, map, "says_low_value", r->has_says, r->says.low_value);
    number_or_null(d, map, "says_high_value", r->has_says, r->says.high_value);
    llmp__data_estimate(d, map, "estimate", r->has_estimate, &r->estimate);
    number_or_null(d, map, "p1_value", r->has_estimate, r->tails.low_value);
    number_or_null(d, map, "p99_value", r->has_estimate, r->tails.high_value);
    number_or_null(d, map, "chance_ratio", r->has_estimate, r->chance_ratio);
    number_or_null(d, map, "computed_low_value", r->has_computed, r->computed.low_value);
    number_or_null(d, map, "computed_high_value", r->has_computed, r->computed.high_value);
    number_or_null(d, map, "factor_ratio", r->factor_ratio > 0.0, r->factor_ratio);
    llmp__data_text(d, map, "why", text_or_null(r->why));
    llmp__data_text(d, map, "alternative", text_or_null(r->alternative));
    llmp__data_text(d, map, "assumed", text_or_null(r->assumed));
    llmp__data_text(d, map, "reading", text_or_null(r->reading));
    llmp__data_whole(d, map, "readings_count", r->readings_count);
    llmp__data_text(d, map, "note", c->note);
    return map;
}

static const char *raw(llmp_document *d, bool known, double number)
{
    return known && isfinite(number) ? llmp__raw_number(d, number) : NULL;
}

/* Worth a look only where the claim is far out. */
static const char *chance(llmp_document *d, const llmp_claim_result *r)
{
    if (!r->has_estimate || r->verdict <= LLMP_CLAIM_WRONG || r->chance_ratio >= 0.3) {
        return "";
    }
    return r->chance_ratio < 0.01 ? "< 1 %" : llmp__format(d, "%.0f %%", 100.0 * r->chance_ratio);
}

static void row(llmp_document *d, llmp__block *table, const llmp_claim_result *r)
{
    const llmp_claim *c = r->claim;
    llmp__cell *cell = llmp__table_row(d, table);
    cell[0].text = llmp_claim_verdict_name(r->verdict);
    cell[0].raw = word_of(r->verdict);
    cell[0].tone = tone_of(r->verdict);
    cell[1].text = cell[1].raw = llmp__format(d, "%s", c->id);
    cell[2].text = says(d, r);
    cell[3].text = computed(d, r);
    cell[4].text = cell[4].raw = llmp_claim_unit((llmp_claim_kind)c->kind);
    cell[18].text = llmp__format(d, "%s%s%s%s%s", r->why, *r->alternative == '\0' ? "" : " ",
                                 r->alternative, c->note == NULL ? "" : " ",
                                 c->note == NULL || c->kind == LLMP_CLAIM_OTHER ? "" : c->note);
    cell[18].raw = cell[18].text;
    cell[5].text = chance(d, r);
    cell[5].raw = raw(d, r->has_estimate, r->chance_ratio);
    cell[6].raw = llmp_claim_kind_name((llmp_claim_kind)c->kind);
    cell[7].raw = raw(d, r->has_says, r->says.low_value);
    cell[8].raw = raw(d, r->has_says, r->says.high_value);
    cell[9].raw = raw(d, r->has_estimate, r->tails.low_value);
    cell[10].raw = raw(d, r->has_estimate, r->estimate.p50);
    cell[11].raw = raw(d, r->has_estimate, r->tails.high_value);
    cell[12].raw = raw(d, r->has_estimate, r->estimate.ceiling);
    cell[13].raw = raw(d, r->has_computed, r->computed.low_value);
    cell[14].raw = raw(d, r->has_computed, r->computed.high_value);
    cell[15].raw = raw(d, r->factor_ratio > 0.0, r->factor_ratio);
    cell[16].raw = llmp__format(d, "%s", c->source);
    cell[17].raw = llmp__format(d, "%s", r->reading);
}

static void narrow_row(llmp_document *d, llmp__block *table, const llmp_claim_result *r)
{
    const char *rare = chance(d, r);
    llmp__cell *cell = llmp__table_row(d, table);
    cell[0].text = *rare == '\0'
                       ? llmp_claim_verdict_name(r->verdict)
                       : llmp__format(d, "%s, %s", llmp_claim_verdict_name(r->verdict), rare);
    cell[0].tone = tone_of(r->verdict);
    cell[1].text = llmp__format(d, "%s", r->claim->id);
    cell[2].text = says(d, r);
    cell[3].text = computed(d, r);
    cell[4].text = llmp_claim_unit((llmp_claim_kind)r->claim->kind);
}

/* --- for people ------------------------------------------------------------------------------- */

static void told(llmp_document *d, const llmp_claim_result *r, size_t count, bool detail)
{
    const bool in_list = count > FULL_MAX;
    const llmp_claim *c = r->claim;
    llmp__block *before = d->last_block;
    const char *title =
        in_list     ? llmp__format(d, "%s: %s", shout(d, r), c->text == NULL ? c->id : c->text)
        : count > 1 ? llmp__format(d, "%s%s%s: %s", c->id, c->says == NULL ? "" : " ",
                                   c->says == NULL ? "" : c->says, shout(d, r))
                    : shout(d, r);
    llmp__paragraph(d, tone_of(r->verdict), title);
    llmp__paragraph(d, LLMP__TONE_PLAIN, llmp__format(d, "%s", r->why))->tight = true;
    if (*r->alternative != '\0') {
        llmp__paragraph(d, LLMP__TONE_PLAIN, llmp__format(d, "%s", r->alternative))->tight = true;
    }
    if (c->note != NULL && c->kind != LLMP_CLAIM_OTHER) {
        llmp__paragraph(d, LLMP__TONE_PLAIN, llmp__format(d, "%s", c->note))->tight = true;
    }
    if (*r->reading != '\0' || *r->assumed != '\0') {
        llmp__paragraph(d, LLMP__TONE_DIM,
                        llmp__format(d, "%s%s%s%s", *r->reading == '\0' ? "" : "Judged as ",
                                     r->reading,
                                     *r->assumed == '\0'   ? ""
                                     : *r->reading == '\0' ? "Assumed: "
                                                           : "; assumed ",
                                     r->assumed))
            ->tight = true;
    }
    if (in_list) {
        llmp__paragraph(d, LLMP__TONE_DIM, llmp__format(d, "Said by: %s", c->source))->tight = true;
    }
    for (llmp__block *b = before == NULL ? d->blocks : before->next; b != NULL; b = b->next) {
        b->detail = detail;
        b->narrow = in_list;
    }
}

static void summary(llmp_document *d, const llmp_audit *audit)
{
    const char *text = llmp__format(d, "%zu claims", llmp_audit_size(audit));
    for (int v = 0; v < (int)LLMP_CLAIM_VERDICT_COUNT; v++) {
        size_t count = llmp_audit_count(audit, (llmp_claim_verdict)v);
        if (count > 0) {
            text = llmp__format(d, "%s, %zu %s", text, count,
                                llmp_claim_verdict_name((llmp_claim_verdict)v));
        }
    }
    llmp__block *line = llmp__paragraph(d, LLMP__TONE_STRONG, text);
    line->indent = 0;
}

typedef struct one_claim {
    const llmp_audit *audit;
    size_t index;
} one_claim;

static llmp_status derive(const void *of, const llmp_trace *trace, llmp_error *error)
{
    const one_claim *a = of;
    return llmp_audit_explain(a->audit, a->index, trace, error);
}

static llmp_status fill(llmp_document *d, const llmp_audit *audit, bool with_trace,
                        llmp_error *error)
{
    size_t count = llmp_audit_size(audit);
    bool many = count > FULL_MAX;
    llmp__node *list = llmp__data_list(d, d->data, "claims");
    if (many) {
        summary(d, audit);
    }
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    llmp__block *narrow =
        llmp__table(d, narrow_columns, sizeof narrow_columns / sizeof *narrow_columns, false);
    table->indent = narrow->indent = 0;
    table->hidden = narrow->hidden = !many;
    table->wide = narrow->narrow = true;
    narrow->detail = count > TABLE_MAX;
    llmp_status status = LLMP_OK;
    for (size_t i = 0; status == LLMP_OK && i < count; i++) {
        const llmp_claim_result *r = llmp_audit_result(audit, i);
        llmp__node *map = data(d, list, r);
        row(d, table, r);
        narrow_row(d, narrow, r);
        if (!many || r->verdict != LLMP_CLAIM_CONSISTENT || with_trace) {
            told(d, r, count, many && r->verdict == LLMP_CLAIM_NOT_JUDGED && !with_trace);
        } else {
            told(d, r, count, true);
        }
        if (with_trace) {
            const one_claim a = {audit, i};
            status = llmp__trace_section(d, map, derive, &a, error);
        }
    }
    if (count > TABLE_MAX) {
        llmp__block *hint =
            llmp__paragraph(d, LLMP__TONE_DIM, "Every claim: -v, --format md or csv.");
        hint->indent = 0;
        hint->narrow = true;
    }
    return status;
}

llmp_status llmp_report_audit(const llmp_audit *audit, const char *file, bool with_trace,
                              const llmp_report_style *style, llmp_document **out,
                              llmp_error *error)
{
    (void)style;
    if (audit == NULL || out == NULL) {
        return llmp__fail_argument(error, "audit or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.audit/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    llmp__data_text(d, d->data, "file", file);
    llmp__data_whole(d, d->data, "claims_count", llmp_audit_size(audit));
    for (int v = 0; v < (int)LLMP_CLAIM_VERDICT_COUNT; v++) {
        static const char *const keys[] = {"impossible_count", "partly_impossible_count",
                                           "wrong_count",      "implausible_count",
                                           "not_judged_count", "consistent_count"};
        llmp__data_whole(d, d->data, keys[v], llmp_audit_count(audit, (llmp_claim_verdict)v));
    }
    llmp_status status = fill(d, audit, with_trace, error);
    if (status != LLMP_OK) {
        llmp_document_destroy(&d);
        return status;
    }
    return llmp__document_finish(d, out, error);
}
