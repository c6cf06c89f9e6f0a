/* SPDX-License-Identifier: GPL-3.0-or-later */
/* llama-bench's SQL and Markdown. */
#include "import/bench.h"

#include "base/error.h"

#include <ctype.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

/* --- SQL ----------------------------------------------------------------------------------------
 */

/* Reads "(a, 'b', ...)" at @p at: calls for each item. @return after it, or NULL. */
static const char *read_list(llmp__bench *bench, const char *at, const char **out, size_t *count)
{
    *count = 0;
    at = strchr(at, '(');
    if (!at)
        return NULL;
    at++;
    for (;;) {
        at += strspn(at, " \t\r\n");
        const char *from = at;
        size_t length;
        if (*at == '\'') { /* a doubled quote stays doubled: no name has one */
            from = ++at;
            while (*at && (*at != '\'' || at[1] == '\''))
                at += *at == '\'' ? 2 : 1;
            length = (size_t)(at - from);
            if (*at++ != '\'')
                return NULL;
        } else {
            length = strcspn(at, ",)\n");
            at += length;
            while (length && isspace((unsigned char)from[length - 1]))
                length--;
        }
        if (*count < LLMP__BENCH_FIELDS_MAX)
            out[(*count)++] = llmp__bench_text(bench, from, length);
        at += strspn(at, " \t\r\n");
        if (*at == ')')
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static uint32_t line_of(const llmp__bench *bench, const char *at)
{
    uint32_t line = 1;
    for (const char *c = bench->text; c < at; c++)
        line += *c == '\n';
    return line;
}

llmp_status llmp__bench_llama_sql(llmp__bench *bench)
{
    static const char insert[] = "INSERT INTO";
    const char *at = bench->text;
    while ((at = strstr(at, insert)) != NULL) {
        llmp__bench_record record = {.line = line_of(bench, at)};
        size_t names = 0, values = 0;
        const char *next = read_list(bench, at, record.keys, &names);
        next = next ? strstr(next, "VALUES") : NULL;
        next = next ? read_list(bench, next, record.values, &values) : NULL;
        if (!next || names != values)
            return llmp__fail_at(bench->error, LLMP_E_SYNTAX, bench->where, record.line, 0, NULL,
                                 "an INSERT whose columns and values do not match");
        record.count = names;
        llmp_status status = llmp__bench_llama_row(bench, &record);
        if (status != LLMP_OK)
            return status;
        at = next;
    }
    return LLMP_OK;
}

/* --- Markdown -----------------------------------------------------------------------------------
 */

enum { CELLS_MAX = 32 };

/* Column titles that differ from the names of the other formats. */
static const struct {
    const char *title;
    const char *key;
} titles[] = {{"model", "model_type"}, {"backend", "backends"}, {"ngl", "n_gpu_layers"},
              {"sm", "split_mode"},    {"fa", "flash_attn"},    {"n_cpu_moe", "n_cpu_moe"},
              {"ncmoe", "n_cpu_moe"},  {"t/s", "avg_ts"},       {"type_k", "type_k"},
              {"type_v", "type_v"},    {"n_ubatch", "n_ubatch"}};

static const char *key_of(const char *title)
{
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (strcmp(titles[i].title, title) == 0)
            return titles[i].key;
    return title;
}

static size_t split_cells(llmp__bench *bench, const char *line, const char **out)
{
    size_t count = 0;
    while (*line == '|' && line[1] && count < CELLS_MAX) {
        const char *from = line + 1;
        const char *end = strchr(from, '|');
        const char *stop = end ? end : from + strlen(from);
        line = stop;
        from += strspn(from, " ");
        while (stop > from && stop[-1] == ' ')
            stop--;
        out[count++] = llmp__bench_text(bench, from, (size_t)(stop - from));
    }
    return count;
}

static const char *whole(llmp__bench *bench, double number)
{
    char text[DBL_MAX_10_EXP + 3]; /* of the largest: digits, sign, end */
    int length = snprintf(text, sizeof text, "%.0f", number);
    return llmp__bench_text(bench, text, (size_t)length);
}

/* "pp512", "tg128 @ d4096", "pp512+tg128". */
static void put_test(llmp__bench *bench, llmp__bench_record *record, const char *test)
{
    const char *prompt = strstr(test, "pp");
    const char *gen = strstr(test, "tg");
    const char *depth = strstr(test, "@ d");
    if (prompt)
        llmp__bench_put(record, "n_prompt", whole(bench, llmp__bench_leading(prompt + 2, NULL)));
    if (gen)
        llmp__bench_put(record, "n_gen", whole(bench, llmp__bench_leading(gen + 2, NULL)));
    if (depth)
        llmp__bench_put(record, "n_depth", whole(bench, llmp__bench_leading(depth + 3, NULL)));
}

/* "3.56 GiB", "512.00 MiB", in bytes. */
static void put_size(llmp__bench *bench, llmp__bench_record *record, const char *size)
{
    const char *unit = "";
    double number = llmp__bench_leading(size, &unit);
    double scale = strstr(unit, "GiB") ? 1073741824.0 : strstr(unit, "MiB") ? 1048576.0 : 0;
    if (number > 0 && scale > 0 && number < 1e6)
        llmp__bench_put(record, "model_size", whole(bench, number * scale));
}

/* "2368.80 +- 93.24", with the sign of one character */
static void put_rate(llmp__bench *bench, llmp__bench_record *record, const char *cell)
{
    size_t length = strcspn(cell, " ");
    const char *spread = cell + length;
    spread += strcspn(spread, "0123456789");
    llmp__bench_put(record, "avg_ts", llmp__bench_text(bench, cell, length));
    if (*spread)
        llmp__bench_put(record, "stddev_ts", llmp__bench_text(bench, spread, strcspn(spread, " ")));
}

static llmp_status table_row(llmp__bench *bench, const char *const *heads, const char *const *cells,
                             size_t count, llmp__bench_record *record)
{
    for (size_t i = 0; i < count; i++) {
        const char *key = key_of(heads[i]);
        if (strcmp(key, "test") == 0)
            put_test(bench, record, cells[i]);
        else if (strcmp(key, "size") == 0)
            put_size(bench, record, cells[i]);
        else if (strcmp(key, "avg_ts") == 0)
            put_rate(bench, record, cells[i]);
        else
            llmp__bench_put(record, key, cells[i]);
    }
    return llmp__bench_llama_row(bench, record);
}

/* "  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9" and "ggml_vulkan: 0 = AMD ... | "
 * come before the table when the log was kept. */
static bool logged_device(llmp__bench *bench, const char *line, const char **name)
{
    const char *found = strstr(line, "Device ");
    const char *after = found ? strstr(found, ": ") : NULL;
    size_t length;
    if (after && isdigit((unsigned char)found[7])) {
        after += 2;
        length = strcspn(after, ",");
    } else if (strncmp(line, "ggml_vulkan: ", 13) == 0 && isdigit((unsigned char)line[13]) &&
               (after = strstr(line, " = ")) != NULL) {
        after += 3;
        length = strcspn(after, "|");
    } else if ((after = strstr(line, "GPU name:")) != NULL) { /* ggml_metal_init */
        after += 9;
        after += strspn(after, " ");
        length = strlen(after);
    } else {
        return false;
    }
    *name = llmp__bench_text(bench, after, length);
    return true;
}

llmp_status llmp__bench_llama_markdown(llmp__bench *bench)
{
    const char *heads[CELLS_MAX], *cells[CELLS_MAX], *device = "", *line;
    size_t head_count = 0, rows = 0;
    double devices = 0;
    uint32_t number = 0;
    for (size_t at = 0; (line = llmp__bench_line(bench, &at)) != NULL;) {
        number++;
        if (line[0] != '|') {
            devices += logged_device(bench, line, &device);
            continue;
        }
        size_t count = split_cells(bench, line, cells);
        if (count && strcmp(cells[0], "model") == 0) {
            memcpy(heads, cells, count * sizeof *cells);
            head_count = count;
            continue;
        }
        if (!head_count || !count || strspn(cells[0], "-: ") == strlen(cells[0]))
            continue;
        if (count != head_count)
            return llmp__fail_at(bench->error, LLMP_E_SYNTAX, bench->where, number, 0, NULL,
                                 "%zu cells in a row, %zu in the header", count, head_count);
        llmp__bench_record record = {.line = number};
        llmp__bench_put(&record, "gpu_info", device);
        if (devices > 0)
            llmp__bench_put(&record, "device_count", whole(bench, devices));
        llmp_status status = table_row(bench, heads, cells, count, &record);
        if (status != LLMP_OK)
            return status;
        rows++;
    }
    return rows ? LLMP_OK : llmp__bench_not(bench, "llama-bench");
}
