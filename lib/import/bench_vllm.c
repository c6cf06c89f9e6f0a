/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON of vLLM's benchmark_serving (vllm bench serve --save-result). */
#include "import/bench.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double number_of(const llmp__node *map, const char *key)
{
    return llmp__bench_number(llmp__bench_member(map, key));
}

/* The median where the file has it, else the mean. */
static double milliseconds(const llmp__node *map, const char *median, const char *mean)
{
    double ms = number_of(map, median);
    return ms > 0 ? ms : number_of(map, mean);
}

/* How many ran at once: the limit, or by Little's law how much time they spent in all. */
static double concurrency(const llmp__node *map, double requests, double gen)
{
    const double limit = number_of(map, "max_concurrency");
    const double duration_s = number_of(map, "duration");
    const double ttft_ms = number_of(map, "mean_ttft_ms");
    const double tpot_ms = number_of(map, "mean_tpot_ms");
    const double spent_s = requests * (ttft_ms + tpot_ms * fmax(0, gen - 1)) / 1000;
    double at_once = duration_s > 0 && isfinite(spent_s) ? spent_s / duration_s : (double)NAN;
    if (limit >= 1)
        at_once = isfinite(at_once) ? fmin(limit, at_once) : limit;
    return fmin(65536, fmax(1, round(fmin(at_once, requests))));
}

/* Weights served as published: the quant of the name, else the format the model ships in. */
static const char *quant_of(llmp__bench *bench, const char *model_id, const char *model)
{
    const char *quant = llmp__bench_quant_of_name(bench, model_id);
    const llmp_record *record =
        quant || !model ? NULL : llmp_catalog_get(bench->catalog, LLMP_KIND_MODEL, model);
    const char *native = record ? LLMP_MODEL(record)->native_format : NULL;
    const llmp_record *named = NULL;
    if (quant || !record)
        return quant;
    if (native &&
        llmp_catalog_find(bench->catalog, LLMP_KIND_QUANT, native, &named, NULL, NULL) == LLMP_OK)
        return named->id;
    return "BF16";
}

static llmp_measured_row *add(llmp__bench *bench, const llmp__node *map, const char *phase)
{
    llmp_measured_row *row = llmp__measured_add(bench->out);
    if (!row)
        return NULL;
    const char *model_id = llmp__bench_member(map, "model_id");
    const char *model = llmp__bench_model(bench, model_id);
    row->line = bench->lines_before + map->line;
    row->model = llmp__measured_text(bench->out, model);
    row->quant = llmp__measured_text(bench->out, quant_of(bench, model_id, model));
    row->engine = llmp__measured_text(bench->out, "vllm");
    row->split_mode = llmp__measured_text(bench->out, "tensor");
    row->device_count = 1;
    llmp__measured_set_phase(bench->out, row, phase);
    return row;
}

static llmp_status result(llmp__bench *bench, const llmp__node *map)
{
    const double requests = number_of(map, "completed");
    if (!(requests >= 1))
        return llmp__bench_not(bench, "benchmark_serving");
    const double prompt = number_of(map, "total_input_tokens") / requests;
    const double gen = number_of(map, "total_output_tokens") / requests;
    const double tpot_ms = milliseconds(map, "median_tpot_ms", "mean_tpot_ms");
    const double ttft_ms = milliseconds(map, "median_ttft_ms", "mean_ttft_ms");
    if (!(prompt >= 1) || !(gen >= 1) || prompt > 4294967296.0 || gen > 4294967296.0 ||
        !isfinite(tpot_ms))
        return llmp__bench_not(bench, "benchmark_serving");
    const double batch = concurrency(map, requests, gen);
    if (tpot_ms > 0 && gen > 1) {
        llmp_measured_row *row = add(bench, map, "decode");
        if (!row)
            return llmp__fail_memory(bench->error, "a row");
        row->prompt_tokens = round(prompt);
        row->context_depth = round(prompt);
        row->gen_tokens = round(gen);
        row->batch = batch;
        row->tokens_per_s = batch * 1000 / tpot_ms;
    }
    if (ttft_ms > 0 && batch <= 1) {
        llmp_measured_row *row = add(bench, map, "prefill");
        if (!row)
            return llmp__fail_memory(bench->error, "a row");
        row->prompt_tokens = round(prompt);
        row->context_depth = 0;
        row->batch = 1;
        row->tokens_per_s = prompt * 1000 / ttft_ms;
    }
    return LLMP_OK;
}

static llmp_status read_vllm(llmp__bench *bench)
{
    return llmp__bench_each_json(bench, result);
}

const llmp__bench_format llmp__bench_vllm = {"vllm", "vLLM's benchmark_serving, JSON", read_vllm};
