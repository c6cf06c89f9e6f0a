/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a sweep as text. Hundreds of thousands a second, hence no document is built. */
#include <llmplan/report_sweep.h>

#include "base/number.h"
#include "report/build.h"

#include <math.h>
#include <string.h>

typedef struct line {
    char *out;
    size_t size;
    size_t length; /* it has or would have had */
    bool json;
} line;

static void put(line *l, const char *text, size_t length)
{
    if (l->length + length <= l->size) {
        memcpy(l->out + l->length, text, length);
    }
    l->length += length;
}

static void put_text(line *l, const char *text)
{
    put(l, text, strlen(text));
}

/* "," and, in JSON, the key with its colon. */
static void next(line *l, const char *key)
{
    if (!l->json) {
        put(l, ",", 1);
        return;
    }
    put(l, ",\"", 2);
    put_text(l, key);
    put(l, "\":", 2);
}

static void unknown(line *l)
{
    if (l->json) {
        put(l, "null", 4);
    }
}

static void put_escaped(line *l, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\') {
            char escape[2] = {'\\', *c};
            put(l, escape, 2);
        } else if (byte < 0x20) {
            char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            put(l, escape, 6);
        } else {
            put(l, c, 1);
        }
    }
}

static void put_csv_quoted(line *l, const char *text)
{
    put(l, "\"", 1);
    for (const char *c = text; *c != '\0'; c++) {
        put(l, c, 1);
        if (*c == '"') {
            put(l, c, 1);
        }
    }
    put(l, "\"", 1);
}

static void word(line *l, const char *key, const char *text)
{
    next(l, key);
    if (text == NULL || *text == '\0') {
        unknown(l);
    } else if (l->json) {
        put(l, "\"", 1);
        put_escaped(l, text);
        put(l, "\"", 1);
    } else if (strpbrk(text, ",\"\r\n") != NULL) {
        put_csv_quoted(l, text);
    } else {
        put_text(l, text);
    }
}

static void whole(line *l, const char *key, bool known, uint64_t number)
{
    char text[LLMP__NUMBER_SIZE];
    next(l, key);
    if (known) {
        put(l, text, llmp__whole_write(number, text));
    } else {
        unknown(l);
    }
}

static void put_number(line *l, double number)
{
    char text[LLMP__NUMBER_SIZE];
    if (!isfinite(number)) {
        unknown(l);
        return;
    }
    size_t length = llmp__number_shortest(number, text);
    if (length == 0) {
        llmp__number_format(number, text);
        length = strlen(text);
    }
    put(l, text, length);
}

static void number(line *l, const char *key, bool known, double value)
{
    next(l, key);
    put_number(l, known ? value : (double)NAN);
}

/* In CSV the four are columns of their own. */
static void estimate(line *l, const char *key, bool known, const llmp_estimate *e)
{
    static const char *const names[] = {"{\"p10\":", ",\"p50\":", ",\"p90\":", ",\"ceiling\":"};
    const double values[] = {e->p10, e->p50, e->p90, e->ceiling};
    if (l->json && (!known || !isfinite(e->p50))) {
        next(l, key);
        unknown(l);
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        if (!l->json) {
            number(l, "", known, values[i]);
            continue;
        }
        if (i == 0) {
            next(l, key);
        }
        put_text(l, names[i]);
        put_number(l, values[i]);
    }
    if (l->json) {
        put(l, "}", 1);
    }
}

static void put_scenario(line *l, const llmp_sweep_row *row)
{
    char text[LLMP__NUMBER_SIZE];
    if (l->json) {
        put_text(l, "{\"schema\":\"llmplan.sweep/1\",\"llmplan\":\"");
        put_text(l, llmp_version());
        put_text(l, "\",\"data\":\"");
        put_text(l, llmp_data_version());
        put_text(l, "\",\"row\":");
    }
    put(l, text, llmp__whole_write(row->index + 1, text));
    word(l, "model", row->model->head.id);
    word(l, "quant", row->quant_name);
    word(l, "machine", row->machine_name);
    word(l, "engine", row->engine == NULL ? NULL : row->engine->head.id);
    word(l, "backend", row->backend == NULL ? NULL : row->backend->id);
    word(l, "kv_k_type", row->kv_k_format == NULL ? NULL : row->kv_k_format->head.id);
    word(l, "kv_v_type", row->kv_v_format == NULL ? NULL : row->kv_v_format->head.id);
    whole(l, "ubatch_tokens", row->ubatch_tokens > 0, row->ubatch_tokens);
    whole(l, "prompt_tokens", true, row->prompt_tokens);
    whole(l, "context_tokens", true, row->context_tokens);
    whole(l, "batch", true, row->batch);
}

static const char scenario_columns[] =
    "row,model,quant,machine,engine,backend,kv_k_type,kv_v_type,ubatch_tokens,prompt_tokens,"
    "context_tokens,batch";
static const char figure_columns[] =
    ",verdict,placement_strategy,weights_bytes,kv_bytes,state_bytes,compute_bytes,runtime_bytes,"
    "total_bytes,host_bytes,headroom_bytes,missing_bytes,decode_p10_tokens_per_s,"
    "decode_p50_tokens_per_s,decode_p90_tokens_per_s,decode_ceiling_tokens_per_s,limited_by,"
    "prefill_p10_tokens_per_s,prefill_p50_tokens_per_s,prefill_p90_tokens_per_s,"
    "prefill_ceiling_tokens_per_s,ttft_p10_s,ttft_p50_s,ttft_p90_s,ttft_ceiling_s,"
    "energy_p50_j_per_token,least_usd_per_mtok,reason\n";

static void put_figures(line *l, const llmp_sweep_row *row)
{
    bool memory = row->has_memory;
    bool speed = row->has_speed;
    const llmp_memory_parts *parts = &row->memory;
    word(l, "verdict", memory ? llmp__verdict_word(row->verdict) : NULL);
    word(l, "placement_strategy", memory ? llmp_placement_name(row->placement) : NULL);
    whole(l, "weights_bytes", memory, parts->weights_bytes);
    whole(l, "kv_bytes", memory, parts->kv_bytes);
    whole(l, "state_bytes", memory, parts->state_bytes);
    whole(l, "compute_bytes", memory, parts->compute_bytes);
    whole(l, "runtime_bytes", memory, parts->runtime_bytes);
    whole(l, "total_bytes", memory, parts->total_bytes);
    whole(l, "host_bytes", memory, row->host_bytes);
    whole(l, "headroom_bytes", memory, row->headroom_bytes);
    whole(l, "missing_bytes", memory, row->missing_bytes);
    estimate(l, "decode_tokens_per_s", speed, &row->decode_tokens_per_s);
    word(l, "limited_by", speed ? llmp__limit_word(row->limited_by) : NULL);
    estimate(l, "prefill_tokens_per_s", speed, &row->prefill_tokens_per_s);
    estimate(l, "ttft_s", speed, &row->ttft_s);
    number(l, "energy_p50_j_per_token", speed, row->energy_j_per_token.p50);
    number(l, "least_usd_per_mtok", speed, row->least_usd_per_mtok);
    word(l, "reason", row->reason);
    put_text(l, l->json ? "}\n" : "\n");
}

size_t llmp_sweep_format_header(llmp_sweep_format format, char *out, size_t out_size)
{
    line l = {out, out_size, 0, format == LLMP_SWEEP_NDJSON};
    if (l.json) {
        return 0;
    }
    put_text(&l, scenario_columns);
    put_text(&l, figure_columns);
    return l.length;
}

size_t llmp_sweep_format_row(llmp_sweep_format format, const llmp_sweep_row *row, char *out,
                             size_t out_size)
{
    line l = {out, out_size, 0, format == LLMP_SWEEP_NDJSON};
    put_scenario(&l, row);
    put_figures(&l, row);
    return l.length;
}

size_t llmp_sweep_format_scenario(llmp_sweep_format format, const llmp_sweep_row *row, char *out,
                                  size_t out_size)
{
    line l = {out, out_size, 0, format == LLMP_SWEEP_NDJSON};
    put_scenario(&l, row);
    put(&l, ",", 1);
    return l.length;
}
