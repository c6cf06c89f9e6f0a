/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices, models and quants in the words of file names and drivers. */
#include "import/bench.h"

#include "base/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 128, WORDS_MAX = 16 };

/* Words of a name and where each begins and ends in it. */
typedef struct words {
    char text[NAME_SIZE];
    size_t count;
    size_t first[WORDS_MAX];
    size_t end[WORDS_MAX];
} words;

/* A dot before a letter as well: "llama-2-7b.Q4_0", but not "3.1". */
static bool separates(const char *at)
{
    return *at == ' ' || *at == '-' || *at == '_' || (*at == '.' && isalpha((unsigned char)at[1]));
}

static void split(const char *text, size_t length, words *out)
{
    out->count = 0;
    length = length < NAME_SIZE - 1 ? length : NAME_SIZE - 1;
    memcpy(out->text, text, length);
    out->text[length] = '\0';
    for (size_t i = 0; i < length && out->count < WORDS_MAX;) {
        while (i < length && separates(out->text + i))
            i++;
        if (i == length)
            break;
        out->first[out->count] = i;
        while (i < length && !separates(out->text + i))
            i++;
        out->end[out->count++] = i;
    }
}

/* The id that words [first, end) name; NULL when they name nothing, or only a family. */
static const char *look_up(const llmp__bench *bench, llmp_kind kind, const words *w, size_t first,
                           size_t end, bool families)
{
    char name[NAME_SIZE], note[256];
    const llmp_record *record = NULL;
    snprintf(name, sizeof name, "%.*s", (int)(w->end[end - 1] - w->first[first]),
             w->text + w->first[first]);
    if (llmp_catalog_find(bench->catalog, kind, name, &record, note, NULL) != LLMP_OK ||
        (note[0] && !families))
        return NULL;
    return record->id;
}

/* Makers' words, and sizes and kinds of memory: what may be left out without naming another one. */
static bool is_noise(const char *word, size_t length)
{
    static const char *const noise[] = {"nvidia", "geforce",  "amd",       "radeon", "intel",
                                        "arc",    "graphics", "gpu",       "apple",  "tesla",
                                        "quadro", "instinct", "processor", "cpu",    "core",
                                        "ryzen",  "xeon",     "epyc",      "with",   "series"};
    char text[32];
    if (length >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        if (llmp__name_equal(text, noise[i]))
            return true;
    return (length > 2 && llmp__name_equal(text + length - 2, "gb")) ||
           strncmp(text, "HBM", 3) == 0 || strspn(text, "0123456789") == length;
}

static bool all_noise(const words *w, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (!is_noise(w->text + w->first[i], w->end[i] - w->first[i]))
            return false;
    return true;
}

const char *llmp__bench_device(llmp__bench *bench, const char *text)
{
    words w;
    char name[NAME_SIZE];
    size_t length = 0;
    /* "(R)" and "(TM)" belong to the word before; anything longer in brackets is the driver's */
    for (const char *at = text; *at && length < sizeof name - 1; at++) {
        const char *close = *at == '(' ? strchr(at, ')') : NULL;
        if (close && close - at > 3)
            break;
        if (close)
            at = close;
        else
            name[length++] = *at;
    }
    split(name, length, &w);
    /* the whole first; of equals, what leaves out words before the name */
    for (length = w.count; length > 0; length--)
        for (size_t first = w.count - length + 1; first-- > 0;) {
            const size_t end = first + length;
            if (all_noise(&w, first, end) || !all_noise(&w, 0, first) ||
                !all_noise(&w, end, w.count))
                continue;
            const char *id = look_up(bench, LLMP_KIND_DEVICE, &w, first, end, true);
            if (id)
                return id;
        }
    return text;
}

/* "8B", "30B.A3B", "0.6b": what a name must keep to mean one model. */
static bool is_size(const char *word, size_t length)
{
    return length >= 2 && isdigit((unsigned char)word[0]) &&
           (strpbrk(word, "bBmM") != NULL && strpbrk(word, "bBmM") < word + length);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *back = strrchr(path, '\\');
    const char *last = back > slash ? back : slash;
    return last ? last + 1 : path;
}

/* Length without ".gguf" and "-00001-of-00003". */
static size_t stem_length(const char *name)
{
    size_t length = strlen(name);
    if (length > 5 && llmp__name_equal(name + length - 5, ".gguf"))
        length -= 5;
    if (length > 15 && name[length - 15] == '-' && memcmp(name + length - 9, "-of-", 4) == 0)
        length -= 15;
    return length;
}

const char *llmp__bench_model(llmp__bench *bench, const char *text)
{
    words w;
    const char *name = base_name(text);
    split(name, stem_length(name), &w);
    size_t size_word = w.count;
    for (size_t i = 0; i < w.count && size_word == w.count; i++)
        if (is_size(w.text + w.first[i], w.end[i] - w.first[i]))
            size_word = i;
    /* words after the size are dropped, and a maker before; never the size */
    for (size_t length = w.count; length > 0; length--)
        for (size_t first = 0; first <= 1 && first + length <= w.count; first++) {
            if (size_word < w.count && (first > size_word || first + length <= size_word))
                continue;
            if (length < 2 && w.count > 1)
                continue;
            const char *id = look_up(bench, LLMP_KIND_MODEL, &w, first, first + length, false);
            if (id)
                return id;
        }
    return text[0] ? llmp__bench_text(bench, name, stem_length(name)) : NULL;
}

const char *llmp__bench_quant_of_name(llmp__bench *bench, const char *text)
{
    words w;
    const char *name = base_name(text);
    split(name, stem_length(name), &w);
    /* from the end: the longest run that ends there, then shorter names */
    for (size_t end = w.count; end > 0; end--)
        for (size_t first = end > 4 ? end - 4 : 0; first < end; first++) {
            const char *id = look_up(bench, LLMP_KIND_QUANT, &w, first, end, false);
            if (id)
                return id;
        }
    return NULL;
}

/* llama.cpp's names of its mixes: a base, and a size in words. */
static const struct {
    const char *words;
    const char *letter;
} mix_sizes[] = {{" - Small", "_S"}, {" - Medium", "_M"}, {" - Large", "_L"}};

const char *llmp__bench_quant_of_type(llmp__bench *bench, const char *text)
{
    char name[NAME_SIZE];
    size_t length = strlen(text);
    const char *letter = "";
    /* " (guessed)", " - 4.25 bpw" */
    const char *end = strstr(text, " (guessed)");
    length = end ? (size_t)(end - text) : length;
    for (size_t i = 0; i < sizeof mix_sizes / sizeof *mix_sizes; i++) {
        const char *found = strstr(text, mix_sizes[i].words);
        if (found) {
            length = (size_t)(found - text);
            letter = mix_sizes[i].letter;
        }
    }
    end = strstr(text, " - ");
    if (!letter[0] && end && strstr(end, "bpw"))
        length = (size_t)(end - text);
    words w;
    split(text, length, &w);
    /* the last words name it, but "MXFP4 MoE" has one more; underscores were split */
    for (size_t stop = w.count; stop > 0 && stop + 1 >= w.count; stop--)
        for (size_t first = stop > 3 ? stop - 3 : 0; first < stop; first++) {
            const llmp_record *record = NULL;
            snprintf(name, sizeof name, "%.*s%s", (int)(w.end[stop - 1] - w.first[first]),
                     w.text + w.first[first], letter);
            if (llmp_catalog_find(bench->catalog, LLMP_KIND_QUANT, name, &record, NULL, NULL) ==
                LLMP_OK)
                return record->id;
            snprintf(name, sizeof name, "%.*s", (int)(w.end[stop - 1] - w.first[first]),
                     w.text + w.first[first]);
            if (llmp_catalog_find(bench->catalog, LLMP_KIND_QUANT, name, &record, NULL, NULL) ==
                LLMP_OK)
                return record->id;
        }
    return NULL;
}
