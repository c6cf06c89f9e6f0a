/* SPDX-License-Identifier: GPL-3.0-or-later */
/* llama-bench: CSV, JSON and JSONL, and what a result of any format means. */
#include "import/bench.h"

#include "base/error.h"
#include "base/names.h"
#include "doc/csv.h"

#include <llmplan/units.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *llmp__bench_get(const llmp__bench_record *record, const char *key)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->keys[i], key) == 0)
            return record->values[i];
    return "";
}

void llmp__bench_put(llmp__bench_record *record, const char *key, const char *value)
{
    if (record->count == LLMP__BENCH_FIELDS_MAX)
        return;
    record->keys[record->count] = key;
    record->values[record->count++] = value;
}

/* --- a result -----------------------------------------------------------------------------------
 */

/* "CUDA", "Metal,BLAS", "MTL,BLAS", "CUDA,RPC": the device's, whatever helps it. */
static const char *backend_of(const llmp__bench_record *record)
{
    static const struct {
        const char *said;
        const char *id;
    } names[] = {{"CUDA", "cuda"}, {"ROCm", "rocm"},     {"HIP", "rocm"},     {"Metal", "metal"},
                 {"MTL", "metal"}, {"Vulkan", "vulkan"}, {"CPU", "cpu"},      {"BLAS", "cpu"},
                 {"SYCL", "sycl"}, {"CANN", "cann"},     {"OpenCL", "opencl"}};
    const char *backends = llmp__bench_get(record, "backends");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(backends, names[i].said))
            return names[i].id;
    /* builds of 2023 and 2024 had a column each */
    static const char *const flags[] = {"cuda", "metal", "vulkan", "sycl", "gpu_blas"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const char *value = llmp__bench_get(record, flags[i]);
        if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
            return strcmp(flags[i], "gpu_blas") == 0 ? NULL : flags[i];
    }
    return backends[0] ? backends : NULL;
}

/* "NVIDIA GeForce RTX 3090, NVIDIA GeForce RTX 3090": the first, and how many. */
static void set_device(llmp__bench *bench, const llmp__bench_record *record, bool on_cpu,
                       llmp_measured_row *row)
{
    const char *info = llmp__bench_get(record, on_cpu ? "cpu_info" : "gpu_info");
    const char *comma = strchr(info, ',');
    size_t length = comma ? (size_t)(comma - info) : strlen(info);
    double count = 1;
    for (const char *at = info; !on_cpu && (at = strchr(at, ',')) != NULL; at++)
        count++;
    if (strcmp(llmp__bench_get(record, "split_mode"), "none") == 0)
        count = 1;
    const char *counted = llmp__bench_get(record, "device_count"); /* of Markdown */
    if (counted[0])
        count = llmp__bench_number(counted);
    row->device_count = count;
    if (strstr(info, "RADV"))
        row->driver = llmp__measured_text(bench->out, "radv");
    else if (strstr(info, "AMD open-source driver"))
        row->driver = llmp__measured_text(bench->out, "amdvlk");
    row->device = llmp__measured_text(
        bench->out, llmp__bench_device(bench, llmp__bench_text(bench, info, length)));
}

static void set_kv_type(llmp__bench *bench, const llmp__bench_record *record,
                        llmp_measured_row *row)
{
    const char *k = llmp__bench_get(record, "type_k");
    const char *v = llmp__bench_get(record, "type_v");
    char text[64];
    if (!k[0] && !v[0])
        return;
    snprintf(text, sizeof text, "%.24s/%.24s", k[0] ? k : "f16", v[0] ? v : "f16");
    row->kv_type = llmp__measured_text(bench->out, strcmp(k, v) == 0 ? k : text);
}

static double positive(const char *text)
{
    double number = llmp__bench_number(text);
    return number > 0 ? number : (double)NAN;
}

static double flag(const char *text)
{
    if (strcmp(text, "1") == 0 || strcmp(text, "true") == 0 || strcmp(text, "on") == 0)
        return 1;
    if (strcmp(text, "0") == 0 || strcmp(text, "false") == 0 || strcmp(text, "off") == 0)
        return 0;
    return (double)NAN; /* "auto", -1 */
}

static void set_names(llmp__bench *bench, const llmp__bench_record *record, llmp_measured_row *row)
{
    const char *file = llmp__bench_get(record, "model_filename");
    const char *type = llmp__bench_get(record, "model_type");
    const char *quant = llmp__bench_quant_of_name(bench, file);
    quant = quant ? quant : llmp__bench_quant_of_type(bench, type);
    const char *build = llmp__bench_get(record, "build_number");
    char text[64];
    row->quant = llmp__measured_text(bench->out, quant);
    row->model = llmp__measured_text(bench->out, llmp__bench_model(bench, file[0] ? file : type));
    row->engine = llmp__measured_text(bench->out, "llama.cpp");
    if (build[0]) {
        snprintf(text, sizeof text, "b%.20s %.30s", build, llmp__bench_get(record, "build_commit"));
        row->engine_version = llmp__measured_text(bench->out, text);
    }
}

/* A pp test is prefill, a tg test decode; pp+tg is neither. */
static void set_test(llmp__bench *bench, const llmp__bench_record *record, llmp_measured_row *row)
{
    const double prompt = llmp__bench_number(llmp__bench_get(record, "n_prompt"));
    const double gen = llmp__bench_number(llmp__bench_get(record, "n_gen"));
    const double depth = llmp__bench_number(llmp__bench_get(record, "n_depth"));
    char text[64];
    snprintf(text, sizeof text, "%s",
             prompt > 0 && gen > 0 ? "pp+tg"
             : prompt > 0          ? "prefill"
             : gen > 0             ? "decode"
                                   : "");
    llmp__measured_set_phase(bench->out, row, text);
    row->prompt_tokens = prompt > 0 ? prompt : (double)NAN;
    row->gen_tokens = gen > 0 ? gen : (double)NAN;
    row->context_depth = depth > 0 ? depth : 0;
    row->batch = 1;
    row->tensor_parallel = 1;
    row->tokens_per_s = positive(llmp__bench_get(record, "avg_ts"));
    row->tokens_per_s_stddev = positive(llmp__bench_get(record, "stddev_ts"));
}

llmp_status llmp__bench_llama_row(llmp__bench *bench, const llmp__bench_record *record)
{
    llmp_measured_row *row = llmp__measured_add(bench->out);
    if (!row)
        return llmp__fail_memory(bench->error, "a row");
    const char *backend = backend_of(record);
    const bool on_cpu = backend && strcmp(backend, "cpu") == 0;
    row->line = record->line;
    row->backend = llmp__measured_text(bench->out, backend);
    set_names(bench, record, row);
    set_test(bench, record, row);
    set_device(bench, record, on_cpu, row);
    set_kv_type(bench, record, row);
    const double bytes = positive(llmp__bench_get(record, "model_size"));
    row->weights_gib = bytes / (double)LLMP_GIB;
    row->n_ubatch = positive(llmp__bench_get(record, "n_ubatch"));
    row->flash_attn = flag(llmp__bench_get(record, "flash_attn"));
    row->split_mode = llmp__measured_text(bench->out, llmp__bench_get(record, "split_mode"));
    if (!on_cpu) {
        row->gpu_layers = llmp__bench_number(llmp__bench_get(record, "n_gpu_layers"));
        row->cpu_moe_layers = llmp__bench_number(llmp__bench_get(record, "n_cpu_moe"));
    }
    return LLMP_OK;
}

/* --- formats ------------------------------------------------------------------------------------
 */

static llmp_status json_result(llmp__bench *bench, const llmp__node *map)
{
    llmp__bench_record record = {.line = bench->lines_before + map->line};
    if (!llmp__node_get(map, "avg_ts"))
        return llmp__bench_not(bench, "llama-bench");
    for (const llmp__node *node = map->first; node; node = node->next)
        if (node->kind == LLMP__NODE_PLAIN || node->kind == LLMP__NODE_QUOTED)
            llmp__bench_put(&record, node->key, node->text ? node->text : "");
    return llmp__bench_llama_row(bench, &record);
}

static llmp_status read_csv(llmp__bench *bench, const char *from)
{
    llmp__csv csv;
    llmp_status status = llmp__csv_parse(from, bench->size - (size_t)(from - bench->text),
                                         bench->where, bench->arena, &csv, bench->error);
    if (status != LLMP_OK)
        return status;
    if (llmp__csv_column(&csv, "avg_ts") == csv.column_count)
        return llmp__bench_not(bench, "llama-bench");
    for (size_t r = 0; r < csv.row_count && status == LLMP_OK; r++) {
        llmp__bench_record record = {.line = csv.lines[r]};
        for (size_t c = 0; c < csv.column_count; c++)
            llmp__bench_put(&record, csv.columns[c], llmp__csv_cell(&csv, r, c));
        status = llmp__bench_llama_row(bench, &record);
    }
    return status;
}

/* A line that begins so, maybe after what the program logged; NULL when there is none. */
static const char *line_with(const llmp__bench *bench, const char *start)
{
    const char *at = bench->text;
    while (at && strncmp(at, start, strlen(start)) != 0) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return at;
}

static llmp_status read_llama(llmp__bench *bench)
{
    const char *csv = line_with(bench, "build_commit,");
    if (csv)
        return read_csv(bench, csv);
    if (line_with(bench, "INSERT INTO"))
        return llmp__bench_llama_sql(bench);
    if (line_with(bench, "|"))
        return llmp__bench_llama_markdown(bench);
    const char *json = line_with(bench, "[");
    const char *object = line_with(bench, "{");
    if (object && (!json || object < json))
        json = object;
    if (!json)
        return llmp__bench_not(bench, "llama-bench");
    llmp__bench rest = *bench;
    rest.size -= (size_t)(json - bench->text);
    rest.text = json;
    for (const char *c = bench->text; c < json; c++)
        rest.lines_before += *c == '\n';
    return llmp__bench_each_json(&rest, json_result);
}

const llmp__bench_format llmp__bench_llama = {"llama-bench", "llama.cpp's llama-bench, any format",
                                              read_llama};
