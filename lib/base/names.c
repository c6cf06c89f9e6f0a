/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/names.h"

#include <stdio.h>
#include <string.h>

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c == ' ' || c == '_' ? '-' : c;
}

bool llmp__name_equal(const char *a, const char *b)
{
    while (*a != '\0' && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

uint64_t llmp__name_hash(const char *name)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name != '\0'; name++) {
        h = (h ^ (unsigned char)fold(*name)) * UINT64_C(1099511628211);
    }
    return h ^ h >> 29;
}

static const char *skip_separators(const char *text)
{
    while (fold(*text) == '-') {
        text++;
    }
    return text;
}

bool llmp__name_equal_loose(const char *a, const char *b)
{
    a = skip_separators(a);
    b = skip_separators(b);
    while (*a != '\0' && fold(*a) == fold(*b)) {
        a = skip_separators(a + 1);
        b = skip_separators(b + 1);
    }
    return *a == '\0' && *b == '\0';
}

bool llmp__name_in_family(const char *name, const char *prefix)
{
    while (*prefix != '\0') {
        if (fold(*name) != fold(*prefix)) {
            return false;
        }
        name++;
        prefix++;
    }
    return fold(*name) == '-';
}

enum { LETTERS = 63 };

unsigned llmp__name_distance(const char *a, const char *b)
{
    size_t n = strlen(a);
    size_t m = strlen(b);
    n = n > LETTERS ? LETTERS : n;
    m = m > LETTERS ? LETTERS : m;
    unsigned rows[3][LETTERS + 1];
    for (size_t j = 0; j <= m; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= n; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *above2 = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            char x = fold(a[i - 1]);
            char y = fold(b[j - 1]);
            unsigned best = above[j - 1] + (x == y ? 0 : 1);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && x == fold(b[j - 2]) && y == fold(a[i - 2]) &&
                above2[j - 2] + 1 < best) {
                best = above2[j - 2] + 1;
            }
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

static bool contains(const char *name, const char *part)
{
    for (; *name != '\0'; name++) {
        const char *a = name;
        const char *b = part;
        while (*b != '\0' && fold(*a) == fold(*b)) {
            a++;
            b++;
        }
        if (*b == '\0') {
            return true;
        }
    }
    return false;
}

/* Several words, each of them in the name: "llama 70b" in "llama-3.1-70b". */
static bool contains_words(const char *name, const char *words)
{
    char word[LETTERS + 1];
    size_t count = 0;
    for (; *words != '\0'; count++) {
        size_t length = 0;
        words = skip_separators(words);
        while (words[length] != '\0' && fold(words[length]) != '-') {
            length++;
        }
        if (length == 0) {
            break;
        }
        if (length > LETTERS || (length == 1 && (*words < '0' || *words > '9'))) {
            return false; /* one letter is in every name */
        }
        memcpy(word, words, length);
        word[length] = '\0';
        if (!contains(name, word)) {
            return false;
        }
        words += length;
    }
    return count > 1;
}

void llmp__nearest_begin(llmp__nearest *nearest, const char *query)
{
    size_t length = strlen(query);
    memset(nearest, 0, sizeof *nearest);
    nearest->query = query;
    nearest->limit = (unsigned)(length / 3 > 2 ? length / 3 : length < 3 ? 1 : 2);
    if (nearest->limit > 8) {
        nearest->limit = 8;
    }
}

void llmp__nearest_offer(llmp__nearest *nearest, const char *name, const char *shown)
{
    size_t asked = strlen(nearest->query);
    size_t length = strlen(name);
    size_t apart = asked > length ? asked - length : length - asked;
    /* At least as far as the lengths are apart, so most names need no look at their letters. */
    unsigned distance =
        apart > nearest->limit ? nearest->limit + 1 : llmp__name_distance(nearest->query, name);
    if (asked >= 3 && distance > 2 && contains(name, nearest->query)) {
        /* A part of a name is a good guess, the less is left over the better. */
        distance = 2;
    }
    if (distance > 1 && contains_words(name, nearest->query)) {
        distance = 1;
    }
    if (distance > nearest->limit) {
        return;
    }
    size_t at = nearest->count;
    for (size_t i = 0; i < nearest->count; i++) {
        if (strcmp(nearest->names[i], shown) == 0) {
            if (nearest->distances[i] <= distance) {
                return;
            }
            nearest->count--;
            for (size_t j = i; j < nearest->count; j++) {
                nearest->names[j] = nearest->names[j + 1];
                nearest->distances[j] = nearest->distances[j + 1];
            }
            break;
        }
    }
    for (at = nearest->count; at > 0 && nearest->distances[at - 1] > distance; at--) {
    }
    if (at >= LLMP__NEAREST_MAX) {
        return;
    }
    size_t last = nearest->count < LLMP__NEAREST_MAX ? nearest->count : LLMP__NEAREST_MAX - 1;
    for (size_t i = last; i > at; i--) {
        nearest->names[i] = nearest->names[i - 1];
        nearest->distances[i] = nearest->distances[i - 1];
    }
    nearest->names[at] = shown;
    nearest->distances[at] = distance;
    nearest->count = last + 1;
}

void llmp__nearest_format(const llmp__nearest *nearest, char *out, size_t out_size)
{
    const char *const *n = nearest->names;
    if (nearest->count == 0) {
        (void)snprintf(out, out_size, "%s", "");
    } else if (nearest->count == 1) {
        (void)snprintf(out, out_size, "did you mean '%s'?", n[0]);
    } else if (nearest->count == 2) {
        (void)snprintf(out, out_size, "did you mean '%s' or '%s'?", n[0], n[1]);
    } else {
        (void)snprintf(out, out_size, "did you mean '%s', '%s' or '%s'?", n[0], n[1], n[2]);
    }
}
