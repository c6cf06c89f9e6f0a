/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of "kind key=value": how a capture holds what libraries answered. */
#include "base/number.h"
#include "calibrate/capture.h"

#include <string.h>

void llmp__fact_add(llmp__text *out, const char *key, const char *value)
{
    bool bare = *value != '\0' && strcspn(value, " \t\n\"=") == strlen(value);
    llmp__text_add_format(out, " %s=%s", key, bare ? "" : "\"");
    for (const char *c = value; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        llmp__text_add_char(out, byte < 0x20 || byte >= 0x7f ? '?' : *c == '"' ? '\'' : *c);
    }
    llmp__text_add(out, bare ? "" : "\"");
}

void llmp__fact_add_whole(llmp__text *out, const char *key, uint64_t value)
{
    llmp__text_add_format(out, " %s=%llu", key, (unsigned long long)value);
}

bool llmp__fact_next(const char *text, const char *kind, const char **at)
{
    size_t length = strlen(kind);
    const char *line = *at == NULL ? text : *at + strcspn(*at, "\n");
    while (line != NULL && *line != '\0') {
        line += *line == '\n';
        if (strncmp(line, kind, length) == 0 && (line[length] == ' ' || line[length] == '\n')) {
            *at = line;
            return true;
        }
        line += strcspn(line, "\n");
    }
    return false;
}

/* The next word of a line; a quoted value may hold blanks. */
static const char *word_end(const char *at)
{
    bool quoted = false;
    for (; *at != '\0' && *at != '\n' && (quoted || *at != ' '); at++) {
        quoted = quoted != (*at == '"');
    }
    return at;
}

bool llmp__fact_text(const char *line, const char *key, char *out, size_t out_size)
{
    size_t key_length = strlen(key);
    for (const char *at = word_end(line); *at == ' ';) {
        at += strspn(at, " ");
        const char *end = word_end(at);
        if (strncmp(at, key, key_length) == 0 && at[key_length] == '=') {
            const char *from = at + key_length + 1;
            bool quoted = end - from >= 2 && *from == '"' && end[-1] == '"';
            from += quoted;
            size_t length = (size_t)(end - from) - quoted;
            if (length >= out_size) {
                return false;
            }
            memcpy(out, from, length);
            out[length] = '\0';
            return true;
        }
        at = end;
    }
    return false;
}

bool llmp__fact_whole(const char *line, const char *key, uint64_t *out)
{
    char text[24];
    return llmp__fact_text(line, key, text, sizeof text) &&
           llmp__whole_parse(text, strlen(text), out);
}

uint32_t llmp__fact_u32(const char *line, const char *key)
{
    uint64_t value;
    return llmp__fact_whole(line, key, &value) && value <= UINT32_MAX ? (uint32_t)value : 0;
}
