/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/price_private.h"

#include "base/number.h"
#include "catalog/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double rate_max = 10000;  /* USD per million: beyond, a unit is wrong */
static const double rate_high = 1000;  /* dearer than any list price */
static const double rate_low = 0.001;  /* cheaper than any */
static const double lopsided_max = 20; /* output over input; the median is 4 */

/* --- notes --------------------------------------------------------------------------------------
 */

static bool grow(llmp__arena *arena, void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    size_t more = *capacity * 2 + 64;
    void *bigger = llmp__arena_alloc(arena, more, size);
    if (bigger == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(bigger, *items, count * size);
    }
    *items = bigger;
    *capacity = more;
    return true;
}

/* One printable line: what comes from files may hold anything. */
const char *llmp__price_line(llmp_price_import *import, const char *text)
{
    size_t length = strlen(text);
    char *out = llmp__arena_text(&import->arena, text, length < 300 ? length : 300);
    for (char *c = out; c != NULL && *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F) {
            *c = ' ';
        }
    }
    import->failed = import->failed || out == NULL;
    return out == NULL ? "" : out;
}

static void add_note(llmp_price_import *import, llmp_price_note_kind kind, const llmp__node *node,
                     const char *record, const char *format, va_list args) LLMP_PRINTF(5, 0);

static void add_note(llmp_price_import *import, llmp_price_note_kind kind, const llmp__node *node,
                     const char *record, const char *format, va_list args)
{
    char text[300];
    void *items = import->notes;
    (void)vsnprintf(text, sizeof text, format, args);
    if (!grow(&import->arena, &items, import->note_count, &import->note_capacity,
              sizeof *import->notes)) {
        import->failed = true;
        return;
    }
    import->notes = items;
    llmp_price_note *note = &import->notes[import->note_count++];
    note->kind = kind;
    note->record = llmp__price_line(import, record);
    note->text = llmp__price_line(import, text);
    note->line = node->key != NULL ? node->key_line : node->line;
}

void llmp__price_note(llmp_price_import *import, llmp_price_note_kind kind, const llmp__node *node,
                      const char *record, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_note(import, kind, node, record, format, args);
    va_end(args);
}

bool llmp__price_too_many(llmp_price_import *import, const llmp__node *list, size_t most,
                          const char *record)
{
    if (list->count > most) {
        llmp__price_note(import, LLMP_PRICE_REFUSED, list, record, "more than %zu entries", most);
        return true;
    }
    return false;
}

void llmp__draft_refuse(llmp__draft *draft, const char *format, ...)
{
    va_list args;
    if (draft->refused) {
        return;
    }
    draft->refused = true;
    va_start(args, format);
    add_note(draft->import, LLMP_PRICE_REFUSED, draft->node, draft->key, format, args);
    va_end(args);
}

void llmp__draft_doubt(llmp__draft *draft, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_note(draft->import, LLMP_PRICE_DOUBTED, draft->node, draft->key, format, args);
    va_end(args);
}

/* --- values -------------------------------------------------------------------------------------
 */

const char *llmp__price_text(const llmp__node *map, const char *key)
{
    const llmp__node *node = llmp__node_get(map, key);
    bool scalar = node != NULL && !llmp__node_is_null(node) &&
                  (node->kind == LLMP__NODE_PLAIN || node->kind == LLMP__NODE_QUOTED);
    return scalar && *node->text != '\0' ? node->text : NULL;
}

/* Ten significant digits, so that 3.0000000000000004 is 3. */
static double round_digits(double number)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%.9e", number);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == ',' ? '.' : *c; /* whatever the locale's point is */
    }
    double rounded = number;
    return llmp__number_parse(text, strlen(text), &rounded) ? rounded : number;
}

void llmp__draft_rate(llmp__draft *draft, const llmp__node *map, const char *key, double *out)
{
    const llmp__node *node = llmp__node_get(map, key);
    double number = 0;
    if (node == NULL || llmp__node_is_null(node)) {
        return;
    }
    bool scalar = node->kind == LLMP__NODE_PLAIN || node->kind == LLMP__NODE_QUOTED;
    if (!scalar || !llmp__number_parse(node->text, strlen(node->text), &number)) {
        llmp__draft_refuse(draft, "%s is %.40s, no number", key,
                           scalar ? node->text : llmp__node_kind_name(node));
        return;
    }
    double rate = draft->per_token ? round_digits(number * 1e6) : round_digits(number);
    if (number < 0) {
        llmp__draft_refuse(draft, "%s is %.40s%s", key, node->text,
                           draft->import->format == LLMP_PRICES_OPENROUTER
                               ? ": set request by request"
                               : ", below zero");
    } else if (!(rate <= rate_max)) {
        llmp__draft_refuse(draft, "%s is %.40s, above 10,000 USD per million tokens: a wrong unit?",
                           key, node->text);
    } else if (rate > 0) {
        *out = rate;
    }
}

void llmp__draft_tokens(llmp__draft *draft, const llmp__node *map, const char *key, uint64_t *out)
{
    const llmp__node *node = llmp__node_get(map, key);
    double number = 0;
    uint64_t whole = 0;
    if (node == NULL || llmp__node_is_null(node)) {
        return;
    }
    if (!llmp__node_number(node, &number) || number < 0 || number > 1e9 ||
        !llmp__round_u64(number, &whole)) {
        llmp__draft_refuse(draft, "%s is no count of tokens", key);
    } else if (whole > 0) {
        *out = whole;
    }
}

void llmp__draft_date(llmp__draft *draft, const llmp__node *map, const char *key, llmp_date *out)
{
    const char *text = llmp__price_text(map, key);
    if (text == NULL) {
        return;
    }
    char day[11];
    (void)snprintf(day, sizeof day, "%.10s", text); /* some have an hour behind */
    if (llmp_date_parse(day, out, NULL) != LLMP_OK) {
        llmp__draft_doubt(draft, "%s is '%.40s', no date: left out", key, text);
    }
}

llmp_price_tier *llmp__draft_tier(llmp__draft *draft, double above_prompt_tokens)
{
    llmp_api_price *p = &draft->price;
    uint64_t above = 0;
    if (!(above_prompt_tokens >= 1) || above_prompt_tokens > 1e9 ||
        !llmp__round_u64(above_prompt_tokens, &above) || p->tier_count == LLMP__TIERS_MAX) {
        llmp__draft_refuse(draft, "a tier above %.12g tokens, or more than %d tiers",
                           above_prompt_tokens, (int)LLMP__TIERS_MAX);
        return NULL;
    }
    size_t i = p->tier_count;
    for (; i > 0 && draft->tiers[i - 1].above_prompt_tokens > above; i--) {
        draft->tiers[i] = draft->tiers[i - 1];
    }
    if (i > 0 && draft->tiers[i - 1].above_prompt_tokens == above) {
        llmp__draft_refuse(draft, "two tiers above %.12g tokens", above_prompt_tokens);
        return NULL;
    }
    memset(&draft->tiers[i], 0, sizeof draft->tiers[i]);
    draft->tiers[i].above_prompt_tokens = above;
    p->tier_count++;
    return &draft->tiers[i];
}

llmp_price_window *llmp__draft_window(llmp__draft *draft)
{
    llmp_api_price *p = &draft->price;
    if (p->window_count == LLMP__WINDOWS_MAX) {
        llmp__draft_refuse(draft, "more than %d windows of time", (int)LLMP__WINDOWS_MAX);
        return NULL;
    }
    return &draft->windows[p->window_count++];
}

void llmp__draft_factor(llmp__draft *draft, double input, double output, const char *what,
                        double *out)
{
    const llmp_api_price *p = &draft->price;
    if (!(input > 0) || !(output > 0) || !(p->input_usd_per_mtok > 0) ||
        !(p->output_usd_per_mtok > 0)) {
        return;
    }
    double factor = round_digits(input / p->input_usd_per_mtok);
    double other = round_digits(output / p->output_usd_per_mtok);
    if (factor > other * 1.0001 || other > factor * 1.0001) {
        llmp__draft_doubt(draft,
                          "%s is %.6g times the input price but %.6g times the output's: "
                          "left out",
                          what, factor, other);
        return;
    }
    *out = factor;
}

/* --- records ------------------------------------------------------------------------------------
 */

void llmp__draft_begin(llmp__draft *draft, llmp_price_import *import, const llmp__node *node,
                       const char *key, const char *provider, const char *model)
{
    memset(draft, 0, sizeof *draft);
    draft->import = import;
    draft->node = node;
    draft->key = key;
    draft->price.provider = provider;
    draft->price.model = model;
}

static void check_rates(llmp__draft *draft)
{
    llmp_api_price *p = &draft->price;
    double in = p->input_usd_per_mtok;
    double output = p->output_usd_per_mtok;
    if (*p->model == '\0' || *p->provider == '\0') {
        llmp__draft_refuse(draft, "no name");
    } else if (!(in > 0) && !(output > 0)) {
        llmp__draft_refuse(draft, "no price, or 0, which may mean free, local or unknown");
    } else if (!(in > 0) || !(output > 0)) {
        llmp__draft_refuse(draft, "no %s price", in > 0 ? "output" : "input");
    }
    for (size_t i = 0; i < p->tier_count; i++) {
        if (!(draft->tiers[i].input_usd_per_mtok > 0) ||
            !(draft->tiers[i].output_usd_per_mtok > 0)) {
            llmp__draft_refuse(draft, "the tier above %.12g tokens lacks a price",
                               (double)draft->tiers[i].above_prompt_tokens);
        }
    }
    if (p->effective_from != 0 && p->effective_to != 0 && p->effective_to <= p->effective_from) {
        llmp__draft_refuse(draft, "ends before it begins");
    }
    if (draft->refused) {
        return;
    }
    if (output > lopsided_max * in || in > rate_high || output > rate_high || in < rate_low ||
        output < rate_low) {
        p->doubtful = true;
        llmp__draft_doubt(draft, "%.6g in and %.6g out USD per million tokens look odd", in,
                          output);
    }
    if (p->cached_read_usd_per_mtok > in * 1.0001) {
        llmp__draft_doubt(draft, "reading the cache costs more than input: left out");
        p->cached_read_usd_per_mtok = 0;
    }
    if (p->cache_write_5m_usd_per_mtok > 0 && p->cache_write_5m_usd_per_mtok < in / 2) {
        llmp__draft_doubt(draft,
                          "writing the cache costs %.6g, less than half of input, which is "
                          "storage rather than a write: left out",
                          p->cache_write_5m_usd_per_mtok);
        p->cache_write_5m_usd_per_mtok = 0;
    }
}

/* What a tier says of writes, as for the price itself. */
static void check_tiers(llmp__draft *draft)
{
    for (size_t i = 0; i < draft->price.tier_count; i++) {
        llmp_price_tier *t = &draft->tiers[i];
        if (t->cache_write_5m_usd_per_mtok > 0 &&
            t->cache_write_5m_usd_per_mtok < t->input_usd_per_mtok / 2) {
            llmp__draft_doubt(draft,
                              "above %.12g tokens writing the cache costs %.6g, less than "
                              "half of input: left out",
                              (double)t->above_prompt_tokens, t->cache_write_5m_usd_per_mtok);
            t->cache_write_5m_usd_per_mtok = 0;
        }
    }
}

static void make_name(const llmp__draft *draft, char *out, size_t size)
{
    const llmp_api_price *p = &draft->price;
    char date[16];
    int n = snprintf(out, size, "%s/%s", p->provider, p->model);
    if (p->region != NULL && n > 0 && (size_t)n < size) {
        n += snprintf(out + n, size - (size_t)n, "@%s", p->region);
    }
    if (p->effective_from != 0 && n > 0 && (size_t)n < size) {
        (void)llmp_date_format(p->effective_from, date, sizeof date);
        (void)snprintf(out + n, size - (size_t)n, "@%s", date);
    } else if (p->effective_to != 0 && n > 0 && (size_t)n < size) {
        (void)llmp_date_format(p->effective_to, date, sizeof date);
        (void)snprintf(out + n, size - (size_t)n, "@start..%s", date);
    }
    for (char *c = out; *c != '\0'; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                    (*c >= '0' && *c <= '9') || strchr("._-/:@#~+", *c) != NULL;
        *c = fine ? *c : '-';
    }
}

/* provider/model, with the dates of a span, and where that is taken with format and date. */
static const char *choose_id(llmp__draft *draft)
{
    llmp_price_import *import = draft->import;
    char id[320];
    make_name(draft, id, sizeof id);
    size_t length = strlen(id);
    if (length <= LLMP__PRICE_ID_MAX && llmp__names_add(import, id)) {
        return llmp__price_line(import, id);
    }
    char date[16];
    (void)llmp_date_format(import->as_of, date, sizeof date);
    (void)snprintf(id + length, sizeof id - length, "@%s-%s",
                   llmp_price_format_name(import->format), date);
    if (strlen(id) > LLMP__PRICE_ID_MAX) {
        llmp__draft_refuse(draft, "the name is longer than %d characters", (int)LLMP__PRICE_ID_MAX);
        return NULL;
    }
    if (!llmp__names_add(import, id)) {
        llmp__draft_refuse(draft, "another record of the file has the same name");
        return NULL;
    }
    return llmp__price_line(import, id);
}

/* What is not zero is known. */
static void mark(const llmp_schema *schema, void *record)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const unsigned char *at = (const unsigned char *)record + schema->fields[i].offset;
        bool known = false;
        for (size_t b = 0; b < llmp__member_size(schema->fields[i].type); b++) {
            known = known || at[b] != 0;
        }
        llmp__schema_mark(schema, record, i, known);
    }
}

void llmp__draft_mark(llmp_api_price *price)
{
    mark(&llmp__schema_api_price, price);
}

static void *copy(llmp_price_import *import, const void *items, size_t count, size_t size)
{
    void *out = count == 0 ? NULL : llmp__arena_alloc(&import->arena, count, size);
    import->failed = import->failed || (count > 0 && out == NULL);
    if (out != NULL) {
        memcpy(out, items, count * size);
    }
    return out;
}

llmp_api_price *llmp__draft_finish(llmp__draft *draft)
{
    llmp_price_import *import = draft->import;
    llmp_api_price *p = &draft->price;
    void *items = import->prices;
    if (!draft->refused) {
        check_rates(draft);
    }
    if (!draft->refused) {
        check_tiers(draft);
    }
    p->head.id = draft->refused ? NULL : choose_id(draft);
    if (p->head.id == NULL || import->failed) {
        return NULL;
    }
    char name[200];
    (void)snprintf(name, sizeof name, "%.90s (%.40s)", p->model, p->provider);
    p->head.name = llmp__price_line(import, name);
    p->provider = llmp__price_line(import, p->provider);
    p->model = llmp__price_line(import, p->model);
    p->region = p->region == NULL ? NULL : llmp__price_line(import, p->region);
    p->head.as_of = import->as_of;
    p->head.source = import->where;
    p->head.grade = p->doubtful ? LLMP_GRADE_ESTIMATE : LLMP_GRADE_DERIVED;
    for (size_t i = 0; i < p->tier_count; i++) {
        mark(&llmp__schema_price_tier, &draft->tiers[i]);
    }
    for (size_t i = 0; i < p->window_count; i++) {
        llmp_price_window *w = &draft->windows[i];
        mark(&llmp__schema_price_window, w);
        /* 0 is midnight here */
        llmp__schema_mark(&llmp__schema_price_window, w, 0, true);
        llmp__schema_mark(&llmp__schema_price_window, w, 1, true);
    }
    p->tiers = copy(import, draft->tiers, p->tier_count, sizeof *draft->tiers);
    p->windows = copy(import, draft->windows, p->window_count, sizeof *draft->windows);
    mark(&llmp__schema_api_price, p);
    llmp_api_price *kept = copy(import, p, 1, sizeof *p);
    if (kept == NULL || !grow(&import->arena, &items, import->price_count, &import->price_capacity,
                              sizeof(llmp_api_price *))) {
        import->failed = true;
        return NULL;
    }
    import->prices = items;
    import->prices[import->price_count++] = kept;
    return kept;
}
