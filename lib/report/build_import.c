/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `import`: what a foreign file says. */
#include "report/build.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const llmp__column columns[] = {
    {.title = "format", .key = "format"},
    {.title = "tensors", .key = "tensors", .right = true},
    {.title = "GiB", .key = "bytes", .right = true},
    {.title = "share", .key = "share_ratio", .right = true},
    {.title = "", .bar = true},
};

static const char *kind_name(llmp_import_kind kind)
{
    switch (kind) {
    case LLMP_IMPORT_GGUF:
        return "GGUF";
    case LLMP_IMPORT_SAFETENSORS:
        return "safetensors";
    case LLMP_IMPORT_HF_CONFIG:
        return "config.json";
    }
    return "unknown";
}

enum { FORMATS_MAX = 64 };

typedef struct tally {
    const llmp_format *format;
    uint64_t tensors;
    uint64_t bytes;
} tally;

static int larger_first(const void *a, const void *b)
{
    uint64_t x = ((const tally *)a)->bytes;
    uint64_t y = ((const tally *)b)->bytes;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void formats(llmp_document *d, const llmp_import *import)
{
    size_t count = 0;
    size_t used = 0;
    tally found[FORMATS_MAX];
    const llmp_tensor *tensors = llmp_import_tensors(import, &count);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < used && found[k].format != tensors[i].format) {
            k++;
        }
        if (k == used) {
            if (used == FORMATS_MAX) {
                continue;
            }
            found[used++] = (tally){tensors[i].format, 0, 0};
        }
        found[k].tensors++;
        found[k].bytes += tensors[i].bytes;
    }
    llmp__node *list = llmp__data_list(d, d->data, "formats");
    if (count == 0) {
        return;
    }
    qsort(found, used, sizeof *found, larger_first);
    double total = (double)llmp_import_tensor_bytes(import);
    llmp__block *table = llmp__table(d, columns, sizeof columns / sizeof *columns, true);
    for (size_t k = 0; k < used; k++) {
        const char *id = found[k].format == NULL ? "unknown" : found[k].format->head.id;
        double share = total > 0.0 ? (double)found[k].bytes / total : 0.0;
        llmp__node *entry = llmp__data_map(d, list, NULL);
        llmp__data_text(d, entry, "format", id);
        llmp__data_whole(d, entry, "tensors", found[k].tensors);
        llmp__data_whole(d, entry, "bytes", found[k].bytes);
        llmp__cell *row = llmp__table_row(d, table);
        row[0].text = id;
        row[1].text = llmp__count(d, found[k].tensors);
        row[1].raw = llmp__raw_whole(d, found[k].tensors);
        row[2].text = llmp__gib(d, (double)found[k].bytes, 2);
        row[2].raw = llmp__raw_whole(d, found[k].bytes);
        row[3].text = llmp__format(d, "%.1f %%", 100.0 * share);
        row[3].raw = llmp__raw_number(d, share);
        row[4].share = share;
    }
}

static void fact(llmp_document *d, const char *label, const char *text)
{
    llmp__labelled(d, label, 14, text);
}

llmp_status llmp_report_import(const llmp_import *import, const llmp_report_style *style,
                               llmp_document **out, llmp_error *error)
{
    (void)style;
    if (import == NULL || out == NULL) {
        return llmp__fail_argument(error, "import or out", "is NULL");
    }
    llmp_document *d = llmp__document_new("llmplan.import/1");
    if (d == NULL) {
        return llmp__fail_memory(error, "a report");
    }
    const llmp_model *model = llmp_import_model(import);
    const char *quant = llmp_import_quant_title(import);
    const char *kind = kind_name(llmp_import_kind_of(import));
    size_t tensors = 0;
    (void)llmp_import_tensors(import, &tensors);
    uint64_t bytes = llmp_import_tensor_bytes(import);
    uint64_t file_bytes = llmp_import_file_bytes(import);
    bool context = LLMP_HAS_MODEL(model, max_context_tokens);
    llmp__data_text(d, d->data, "file_kind", kind);
    llmp__data_text(d, d->data, "id", model->head.id);
    llmp__data_text(d, d->data, "name", model->head.name);
    llmp__data_text(d, d->data, "architecture", model->architecture);
    llmp__data_text(d, d->data, "quant", quant);
    llmp__data_whole(d, d->data, "layers", model->layer_count);
    llmp__data_whole(d, d->data, "hidden_size", model->hidden_size);
    llmp__data_whole(d, d->data, "vocab_size", model->vocab_size);
    if (context) {
        llmp__data_whole(d, d->data, "max_context_tokens", model->max_context_tokens);
    } else {
        llmp__data_null(d, d->data, "max_context_tokens");
    }
    llmp__data_whole(d, d->data, "tensors", tensors);
    llmp__data_whole(d, d->data, "tensor_bytes", bytes);
    llmp__data_whole(d, d->data, "file_bytes", file_bytes);
    llmp__data_text(d, d->data, "missing", model->missing);

    llmp__paragraph(d, LLMP__TONE_STRONG,
                    llmp__format(d, "%s \xC2\xB7 %s \xC2\xB7 %s", model->head.name,
                                 quant == NULL ? "quant not stated" : quant, kind))
        ->indent = 0;
    fact(d, "architecture",
         llmp__format(d, "%s, %zu layers, width %s, vocabulary %s",
                      model->architecture == NULL ? "unknown" : model->architecture,
                      model->layer_count, llmp__count(d, model->hidden_size),
                      llmp__count(d, model->vocab_size)));
    d->last_block->tight = false;
    fact(d, "layers", model->layers_pattern == NULL ? "unknown" : model->layers_pattern);
    fact(d, "context",
         context ? llmp__format(d, "%s tokens", llmp__count(d, model->max_context_tokens))
                 : "unknown");
    if (tensors > 0) {
        fact(d, "weights",
             llmp__format(d, "%s bytes (%s) in %s tensors", llmp__count(d, bytes),
                          llmp__bytes(d, bytes), llmp__count(d, tensors)));
    }
    if (model->missing != NULL) {
        fact(d, "not told", model->missing);
    }
    formats(d, import);
    return llmp__document_finish(d, out, error);
}
