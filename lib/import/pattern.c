/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "import/builder.h"

#include <string.h>

typedef struct folder {
    const llmp_layer *layers;
    const llmp_block *blocks;
    llmp__text text;
} folder;

static bool same_layers(const folder *f, size_t a, size_t b, size_t count)
{
    return memcmp(&f->layers[a], &f->layers[b], count * sizeof *f->layers) == 0;
}

/* How often the stretch of @p period layers at @p at stands there before @p end. */
static size_t repeats(const folder *f, size_t at, size_t end, size_t period)
{
    size_t count = 1;
    while (at + (count + 1) * period <= end && same_layers(f, at, at + count * period, period)) {
        count++;
    }
    return count;
}

static void write_layer(folder *f, size_t at)
{
    const llmp_layer *layer = &f->layers[at];
    for (uint8_t i = 0; i < layer->block_count; i++) {
        llmp__text_add(&f->text, i > 0 ? "+" : "");
        llmp__text_add(&f->text, f->blocks[layer->blocks[i]].id);
    }
}

/* Folds at each place the period that covers most layers; the shortest of equals. Parentheses do
 * not nest: an inner stretch is folded only as runs. */
static void write_range(folder *f, size_t at, size_t end, bool inner)
{
    enum { PERIOD_MAX = 32 };
    for (bool first = true; at < end; first = false) {
        size_t best_period = 1, best_count = repeats(f, at, end, 1);
        for (size_t period = 2; !inner && period <= PERIOD_MAX && at + 2 * period <= end;
             period++) {
            size_t count = repeats(f, at, end, period);
            if (count > 1 && count * period > best_count * best_period) {
                best_count = count;
                best_period = period;
            }
        }
        llmp__text_add(&f->text, first ? "" : " ");
        if (best_period == 1) {
            write_layer(f, at);
        } else {
            llmp__text_add_char(&f->text, '(');
            write_range(f, at, at + best_period, true);
            llmp__text_add_char(&f->text, ')');
        }
        if (best_count > 1) {
            llmp__text_add_format(&f->text, "*%zu", best_count);
        }
        at += best_count * best_period;
    }
}

const char *llmp__pattern_write(llmp__arena *arena, const llmp_layer *layers, size_t layer_count,
                                const llmp_block *blocks)
{
    folder f = {.layers = layers, .blocks = blocks};
    write_range(&f, 0, layer_count, false);
    const char *text = llmp__text_get(&f.text);
    const char *out = f.text.failed ? NULL : llmp__arena_text(arena, text, strlen(text));
    llmp__text_free(&f.text);
    return out;
}
