/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What mlx_lm.generate and mlx_lm.benchmark print. */
#include "import/bench.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

/* What is known when a rate is printed. */
typedef struct run {
    double prompt_tokens;
    double gen_tokens;
    double batch;
} run;

/* The number after a word of the line; NaN when there is none. */
static double after(const char *line, const char *word)
{
    const char *at = strstr(line, word);
    if (!at)
        return (double)NAN;
    double number = llmp__bench_leading(at + strlen(word), NULL);
    return number <= 1e12 ? number : (double)NAN;
}

static llmp_status add(llmp__bench *bench, const char *phase, uint32_t line, const run *r,
                       double tokens_per_s)
{
    const bool decodes = strcmp(phase, "decode") == 0;
    llmp_measured_row *row = llmp__measured_add(bench->out);
    if (!row)
        return llmp__fail_memory(bench->error, "a row");
    row->line = line;
    row->engine = llmp__measured_text(bench->out, "mlx");
    row->backend = llmp__measured_text(bench->out, "metal");
    llmp__measured_set_phase(bench->out, row, phase);
    row->device_count = 1;
    row->tensor_parallel = 1;
    row->batch = r->batch;
    row->prompt_tokens = r->prompt_tokens;
    row->context_depth = decodes && r->prompt_tokens > 0 ? r->prompt_tokens : 0;
    row->gen_tokens = decodes ? r->gen_tokens : (double)NAN;
    row->tokens_per_s = tokens_per_s;
    return LLMP_OK;
}

/* generate: "Prompt: 512 tokens, 1234.5 tokens-per-sec", "Generation: 128 tokens, 98.7 ...". */
static llmp_status generate_line(llmp__bench *bench, const char *line, uint32_t number, run *r)
{
    const double rate = after(strchr(line, ',') ? strchr(line, ',') : "", ",");
    if (!isfinite(rate))
        return LLMP_OK;
    if (strncmp(line, "Prompt:", 7) == 0) {
        r->prompt_tokens = after(line, "Prompt:");
        return add(bench, "prefill", number, r, rate);
    }
    r->gen_tokens = after(line, "Generation:");
    return add(bench, "decode", number, r, rate);
}

/* benchmark: "Timing with prompt_tokens=512, generation_tokens=1024, batch_size=1.", then
 * "Averages: prompt_tps=1234.5, generation_tps=98.7, peak_memory=12.3". */
static llmp_status averages_line(llmp__bench *bench, const char *line, uint32_t number,
                                 const run *r)
{
    const double prefill = after(line, "prompt_tps=");
    const double decode = after(line, "generation_tps=");
    llmp_status status = LLMP_OK;
    if (isfinite(prefill))
        status = add(bench, "prefill", number, r, prefill);
    if (status == LLMP_OK && isfinite(decode))
        status = add(bench, "decode", number, r, decode);
    return status;
}

static llmp_status read_mlx(llmp__bench *bench)
{
    run r = {(double)NAN, (double)NAN, 1};
    llmp_status status = LLMP_OK;
    uint32_t number = 0;
    const char *line;
    for (size_t at = 0; status == LLMP_OK && (line = llmp__bench_line(bench, &at)) != NULL;) {
        number++;
        if (strstr(line, "prompt_tokens=")) {
            const double batch = after(line, "batch_size=");
            r.prompt_tokens = after(line, "prompt_tokens=");
            r.gen_tokens = after(line, "generation_tokens=");
            r.batch = batch >= 1 && batch <= 65536 ? floor(batch) : 1;
        } else if (strncmp(line, "Averages:", 9) == 0) {
            status = averages_line(bench, line, number, &r);
        } else if ((strncmp(line, "Prompt:", 7) == 0 || strncmp(line, "Generation:", 11) == 0) &&
                   strstr(line, "tokens-per-sec")) {
            status = generate_line(bench, line, number, &r);
        }
    }
    if (status == LLMP_OK && bench->out->count == 0)
        return llmp__bench_not(bench, "mlx_lm");
    return status;
}

const llmp__bench_format llmp__bench_mlx = {"mlx", "mlx_lm.generate and mlx_lm.benchmark",
                                            read_mlx};
