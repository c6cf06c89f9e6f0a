/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file bench.h
 * @brief Output of benchmark programs as measured rows.
 */
#ifndef LLMP_IMPORT_BENCH_H
#define LLMP_IMPORT_BENCH_H

#include "doc/tree.h"
#include "import/measured.h"

/** One file being read. */
typedef struct llmp__bench {
    const llmp_catalog *catalog;
    const char *text; /* NUL-terminated */
    size_t size;
    const char *where;
    uint32_t lines_before; /* of the file, before the text */
    llmp__arena *arena;    /* of intermediate text */
    llmp_measured *out;
    llmp_error *error;
} llmp__bench;

/** A reader of one program's output. All of them end in NULL. */
typedef struct llmp__bench_format {
    const char *name;
    const char *title;
    llmp_status (*read)(llmp__bench *bench);
} llmp__bench_format;

extern const llmp__bench_format *const llmp__bench_formats[];
extern const llmp__bench_format llmp__bench_llama;
extern const llmp__bench_format llmp__bench_vllm;
extern const llmp__bench_format llmp__bench_mlx;

enum { LLMP__BENCH_FIELDS_MAX = 96 };

/** One result of llama-bench: what its columns say, whatever the format. */
typedef struct llmp__bench_record {
    uint32_t line;
    size_t count;
    const char *keys[LLMP__BENCH_FIELDS_MAX];
    const char *values[LLMP__BENCH_FIELDS_MAX];
} llmp__bench_record;

/** "" when there is no such field. */
const char *llmp__bench_get(const llmp__bench_record *record, const char *key);
/** Fields beyond the maximum are dropped: none of them is one we know. */
void llmp__bench_put(llmp__bench_record *record, const char *key, const char *value);
/** Turns a record into a row. */
llmp_status llmp__bench_llama_row(llmp__bench *bench, const llmp__bench_record *record);

/** llama-bench's formats that are neither CSV nor JSON. */
llmp_status llmp__bench_llama_sql(llmp__bench *bench);
llmp_status llmp__bench_llama_markdown(llmp__bench *bench);

/** Calls @p each with every result: the text is an object, a list of them, or one a line. */
llmp_status llmp__bench_each_json(llmp__bench *bench,
                                  llmp_status (*each)(llmp__bench *bench, const llmp__node *map));

/** Text of a JSON member; "" when absent, null or no scalar. */
const char *llmp__bench_member(const llmp__node *map, const char *key);
/** A number from text; NaN when it is none. */
double llmp__bench_number(const char *text);
/** The number a text begins with, whatever follows; @p end receives what does. NaN when none. */
double llmp__bench_leading(const char *text, const char **end);
/** A copy in the bench's arena; "" when memory is short. */
const char *llmp__bench_text(llmp__bench *bench, const char *text, size_t length);
/** The next line without its end, or NULL at the end; @p at moves on. */
const char *llmp__bench_line(llmp__bench *bench, size_t *at);
/** LLMP_E_SCHEMA: the text is no output of @p program. */
llmp_status llmp__bench_not(const llmp__bench *bench, const char *program);

/** --- names as their makers write them: catalog ids, or the words themselves ---------------- */

/** "NVIDIA GeForce RTX 4090", "AMD Radeon Graphics (RADV GFX1151)". */
const char *llmp__bench_device(llmp__bench *bench, const char *text);
/** "org/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", with or without the parts around the model. */
const char *llmp__bench_model(llmp__bench *bench, const char *text);
/** The quant at the end of a file name, or anywhere in it; NULL when there is none. */
const char *llmp__bench_quant_of_name(llmp__bench *bench, const char *text);
/** "qwen3 8B Q4_K - Medium" and the like; NULL when it names none. */
const char *llmp__bench_quant_of_type(llmp__bench *bench, const char *text);

#endif
