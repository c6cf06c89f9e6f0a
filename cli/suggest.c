/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest of some names, for words mistyped on the command line. */
#include "cli/cli.h"

#include <string.h>

enum { LENGTH_MAX = 40 };

/* Insertions, deletions and substitutions. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[LENGTH_MAX + 1];
    size_t la = strlen(a);
    size_t lb = strlen(b);
    if (la > LENGTH_MAX || lb > LENGTH_MAX) {
        return LENGTH_MAX;
    }
    for (size_t j = 0; j <= lb; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= la; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned up = row[j];
            unsigned best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            best = up + 1 < best ? up + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[lb];
}

void nearest_offer(nearest *n, const char *name)
{
    unsigned far = distance(n->query, name);
    /* "ctx" begins no option, "quantisation" begins with one: prefixes count as near */
    size_t query = strlen(n->query);
    if (query >= 3 && strncmp(name, n->query, query) == 0) {
        far = 1;
    }
    if (n->best == NULL || far < n->distance) {
        n->best = name;
        n->distance = far;
    }
}

const char *nearest_hint(const nearest *n, const char *prefix, char out[128])
{
    size_t limit = strlen(n->query) / 3 + 1;
    out[0] = '\0';
    if (n->best != NULL && n->distance <= limit) {
        (void)snprintf(out, 128, "did you mean '%s%s'?", prefix, n->best);
    }
    return out;
}
