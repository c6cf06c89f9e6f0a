/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fit` for programs: JSON members and the CSV row. These names are stable. */
#include "report/build.h"

#include <math.h>

static void parts(llmp_document *d, llmp__node *node, const llmp_memory_parts *p)
{
    llmp__data_whole(d, node, "weights_bytes", p->weights_bytes);
    llmp__data_whole(d, node, "kv_bytes", p->kv_bytes);
    llmp__data_whole(d, node, "state_bytes", p->state_bytes);
    llmp__data_whole(d, node, "compute_bytes", p->compute_bytes);
    llmp__data_whole(d, node, "runtime_bytes", p->runtime_bytes);
    llmp__data_whole(d, node, "total_bytes", p->total_bytes);
}

static void memory(llmp_document *d, llmp__node *parent, const llmp_memory_result *m)
{
    llmp__node *node = llmp__data_map(d, parent, "memory");
    parts(d, node, &m->total);
    llmp__data_whole(d, node, "available_bytes", m->available_bytes);
    llmp__data_whole(d, node, "headroom_bytes", m->headroom_bytes);
    llmp__data_whole(d, node, "repacked_bytes", m->repacked_bytes);
    llmp__data_whole(d, node, "missing_bytes", m->missing_bytes);
    llmp__data_text(d, parent, "placement_strategy", llmp_placement_name(m->placement));
    llmp__node *list = llmp__data_list(d, parent, "placement");
    for (uint32_t i = 0; i < m->share_count; i++) {
        const llmp_memory_share *share = &m->shares[i];
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "device",
                        share->is_host || share->device == NULL ? "host" : share->device->head.id);
        llmp__data_whole(d, entry, "layers", share->layer_count);
        llmp__data_whole(d, entry, "first_layer", share->first_layer);
        llmp__data_whole(d, entry, "expert_layers", share->expert_layer_count);
        llmp__data_number(d, entry, "tensor_share_ratio", share->tensor_share_ratio);
        parts(d, entry, &share->parts);
        if (share->is_host && share->available_bytes == 0) {
            llmp__data_null(d, entry, "available_bytes"); /* the host's memory is not known */
        } else {
            llmp__data_whole(d, entry, "available_bytes", share->available_bytes);
        }
    }
}

static void decode(llmp_document *d, llmp__node *parent, const char *key, bool known,
                   const llmp_decode_result *result, double context_tokens, uint32_t batch)
{
    if (!known) {
        llmp__data_null(d, parent, key);
        return;
    }
    llmp__node *node = llmp__data_map(d, parent, key);
    llmp__data_estimate(d, node, "tokens_per_s", true, &result->tokens_per_s);
    llmp__data_number(d, node, "context_tokens", context_tokens);
    llmp__data_whole(d, node, "batch", batch);
    llmp__data_text(d, node, "limited_by", llmp__limit_word(result->limited_by));
    bool energy = result->energy_j_per_token.p50 > 0.0;
    llmp__data_estimate(d, node, "energy_j_per_token", energy, &result->energy_j_per_token);
}

/* Where the answer is from a profile measured on this machine: what its class alone says. */
static void uncalibrated(llmp_document *d, llmp__node *parent, const llmp_fit_answer *a)
{
    if (!a->has_speed || !a->calibrated) {
        llmp__data_null(d, parent, "uncalibrated");
        return;
    }
    llmp__node *map = llmp__data_map(d, parent, "uncalibrated");
    llmp__data_estimate(d, map, "decode_tokens_per_s", true, &a->class_decode_tokens_per_s);
    llmp__data_estimate(d, map, "prefill_tokens_per_s", true, &a->class_prefill_tokens_per_s);
    llmp__data_estimate(d, map, "ttft_s", true, &a->class_ttft_s);
}

static void speed(llmp_document *d, llmp__node *parent, const llmp_fit_answer *a)
{
    uint32_t batch = a->options.parallel;
    decode(d, parent, "decode", a->has_speed, &a->decode, a->decode_context_tokens, batch);
    decode(d, parent, "decode_full_context", a->has_speed, &a->decode_full,
           (double)a->memory.context_tokens, batch);
    decode(d, parent, "speculative", a->has_speed && a->has_speculative, &a->speculative,
           a->decode_context_tokens, batch);
    llmp__data_number(d, parent, "draft_bytes",
                      a->draft_bytes == 0 ? (double)NAN : (double)a->draft_bytes);
    if (a->has_speed) {
        llmp__node *prefill = llmp__data_map(d, parent, "prefill");
        llmp__data_estimate(d, prefill, "tokens_per_s", true, &a->prefill.tokens_per_s);
        llmp__data_number(d, prefill, "prompt_tokens", a->prompt_tokens);
        llmp__data_text(d, prefill, "limited_by", llmp__limit_word(a->prefill.limited_by));
    } else {
        llmp__data_null(d, parent, "prefill");
    }
    llmp__data_estimate(d, parent, "ttft_s", a->has_speed, &a->ttft_s);
    uncalibrated(d, parent, a);
    llmp__data_text(d, parent, "limited_by",
                    a->has_speed ? llmp__limit_word(a->decode.limited_by) : NULL);
    llmp__data_number(d, parent, "load_s", a->load_s > 0.0 ? a->load_s : (double)NAN);
}

static void words(llmp_document *d, llmp__node *parent, const llmp_fit_answer *a)
{
    llmp__data_text(d, parent, "command", a->command[0] == '\0' ? NULL : a->command);
    llmp__node *basis = llmp__data_list(d, parent, "basis");
    for (uint32_t i = 0; i < a->basis_count; i++) {
        llmp__node *entry = llmp__data_map(d, basis, NULL);
        llmp__data_text(d, entry, "figure", a->basis[i].figure);
        llmp__data_text(d, entry, "grade", llmp_grade_name(a->basis[i].grade));
        llmp__data_text(d, entry, "source", a->basis[i].source);
    }
    llmp__node *warnings = llmp__data_list(d, parent, "warnings");
    for (uint32_t i = 0; i < a->warning_count; i++) {
        llmp__data_text(d, warnings, NULL, a->warnings[i]);
    }
    llmp__node *advice = llmp__data_list(d, parent, "advice");
    for (uint32_t i = 0; i < a->advice_count; i++) {
        const llmp_fit_advice *one = &a->advice[i];
        llmp__node *entry = llmp__data_map(d, advice, NULL);
        llmp__data_text(d, entry, "change", one->change);
        llmp__data_text(d, entry, "effect", one->effect);
        llmp__data_text(d, entry, "verdict", llmp__verdict_word(one->verdict));
        llmp__data_number(d, entry, "decode_p50_tokens_per_s",
                          one->decode_p50_tokens_per_s > 0.0 ? one->decode_p50_tokens_per_s
                                                             : (double)NAN);
        llmp__data_whole(d, entry, "headroom_bytes", one->headroom_bytes);
        llmp__data_whole(d, entry, "max_context_tokens", one->max_context_tokens);
    }
}

void llmp__fit_data(llmp_document *d, llmp__node *parent, const llmp_fit *fit)
{
    const llmp_fit_answer *a = llmp_fit_answer_of(fit);
    const llmp_memory_model *model = llmp_fit_memory_model(fit);
    llmp__data_text(d, parent, "verdict", llmp__verdict_word(a->verdict));
    llmp__data_text(d, parent, "model", a->model->head.id);
    llmp__data_text(d, parent, "quant", a->quant_title);
    llmp__data_text(d, parent, "quant_reason", a->quant_reason[0] == '\0' ? NULL : a->quant_reason);
    llmp__data_text(d, parent, "engine", a->engine->head.id);
    llmp__data_text(d, parent, "backend", a->backend == NULL ? NULL : a->backend->id);
    llmp__data_text(d, parent, "machine", a->machine->title);
    llmp__data_whole(d, parent, "context_tokens", a->options.context_tokens);
    llmp__data_whole(d, parent, "parallel", a->options.parallel);
    llmp__data_text(d, parent, "kv_k_type", model->kv_k_format->head.id);
    llmp__data_text(d, parent, "kv_v_type", model->kv_v_format->head.id);
    llmp__data_bool(d, parent, "flash_attention", model->flash_attention);
    memory(d, parent, &a->memory);
    speed(d, parent, a);
    llmp__data_whole(d, parent, "max_context_tokens", a->max_context_tokens);
    llmp__data_whole(d, parent, "max_parallel", a->max_parallel);
    words(d, parent, a);
}

const llmp__column llmp__fit_csv_columns[] = {
    {.key = "machine"},
    {.key = "model"},
    {.key = "quant"},
    {.key = "engine"},
    {.key = "backend"},
    {.key = "verdict"},
    {.key = "context_tokens", .right = true},
    {.key = "parallel", .right = true},
    {.key = "weights_bytes", .right = true},
    {.key = "kv_bytes", .right = true},
    {.key = "state_bytes", .right = true},
    {.key = "compute_bytes", .right = true},
    {.key = "runtime_bytes", .right = true},
    {.key = "total_bytes", .right = true},
    {.key = "available_bytes", .right = true},
    {.key = "headroom_bytes", .right = true},
    {.key = "missing_bytes", .right = true},
    {.key = "decode_p10_tokens_per_s", .right = true},
    {.key = "decode_p50_tokens_per_s", .right = true},
    {.key = "decode_p90_tokens_per_s", .right = true},
    {.key = "decode_ceiling_tokens_per_s", .right = true},
    {.key = "prefill_p50_tokens_per_s", .right = true},
    {.key = "ttft_p50_s", .right = true},
    {.key = "limited_by"},
    {.key = "max_context_tokens", .right = true},
};
const size_t llmp__fit_csv_column_count =
    sizeof llmp__fit_csv_columns / sizeof *llmp__fit_csv_columns;

void llmp__fit_csv_row(llmp_document *d, llmp__block *table, const llmp_fit_answer *a)
{
    const llmp_memory_result *m = &a->memory;
    const llmp_estimate *t = &a->decode.tokens_per_s;
    bool known = a->has_speed;
    const char *values[] = {
        a->machine->title,
        a->model->head.id,
        a->quant_title,
        a->engine->head.id,
        a->backend == NULL ? NULL : a->backend->id,
        llmp__verdict_word(a->verdict),
        llmp__raw_whole(d, a->options.context_tokens),
        llmp__raw_whole(d, a->options.parallel),
        llmp__raw_whole(d, m->total.weights_bytes),
        llmp__raw_whole(d, m->total.kv_bytes),
        llmp__raw_whole(d, m->total.state_bytes),
        llmp__raw_whole(d, m->total.compute_bytes),
        llmp__raw_whole(d, m->total.runtime_bytes),
        llmp__raw_whole(d, m->total.total_bytes),
        llmp__raw_whole(d, m->available_bytes),
        llmp__raw_whole(d, m->headroom_bytes),
        llmp__raw_whole(d, m->missing_bytes),
        known ? llmp__raw_number(d, t->p10) : NULL,
        known ? llmp__raw_number(d, t->p50) : NULL,
        known ? llmp__raw_number(d, t->p90) : NULL,
        known ? llmp__raw_number(d, t->ceiling) : NULL,
        known ? llmp__raw_number(d, a->prefill.tokens_per_s.p50) : NULL,
        known ? llmp__raw_number(d, a->ttft_s.p50) : NULL,
        known ? llmp__limit_word(a->decode.limited_by) : NULL,
        llmp__raw_whole(d, a->max_context_tokens),
    };
    _Static_assert(sizeof values / sizeof *values ==
                       sizeof llmp__fit_csv_columns / sizeof *llmp__fit_csv_columns,
                   "a value for every column");
    llmp__cell *cells = llmp__table_row(d, table);
    for (size_t i = 0; i < llmp__fit_csv_column_count; i++) {
        cells[i].raw = values[i];
    }
}
